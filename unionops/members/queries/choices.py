"""What there is to choose from: units, employers, the union's own fields, saved views. What every page of the roster offers is remembered as
plain values until it changes."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from unionops.core.db import db, remembered
from unionops.members.models import CustomField, Employer, SavedView
from unionops.members.queries.visibility import unit_tree


class Choice(NamedTuple):
    """One thing to choose; ``title`` is its name, indented by its depth where there is one."""

    id: int
    name: str
    title: str


def every_unit() -> tuple[Choice, ...]:
    """The units as a tree, the closed ones too."""
    return remembered("members", ("every unit",), lambda: tuple(
        Choice(unit.id, unit.name, "　" * depth + unit.name) for unit, depth in unit_tree()))


def every_employer() -> tuple[Choice, ...]:
    """The employers by name."""
    return remembered("members", ("every employer",), lambda: tuple(
        Choice(*row) for row in db.session.execute(sa.select(Employer.id, Employer.name, Employer.name).order_by(Employer.name))))


class View(NamedTuple):
    """A saved view as a plain row."""

    id: int
    user_id: int
    title: str
    query: str
    is_shared: bool


def saved_views(user: Any) -> tuple[View, ...]:
    """One's own saved views and the shared ones."""

    def read() -> tuple[View, ...]:
        query = sa.select(SavedView.id, SavedView.user_id, SavedView.title, SavedView.query, SavedView.is_shared)
        query = query.where(sa.or_(SavedView.user_id == user.id, SavedView.is_shared)).order_by(SavedView.title, SavedView.id)
        return tuple(View(*row) for row in db.session.execute(query))

    return remembered("saved_views", ("of", user.id), read)


def employers() -> list[Employer]:
    """All employers by name, with their workplaces."""
    return list(db.session.scalars(sa.select(Employer).options(selectinload(Employer.workplaces)).order_by(Employer.name)))


def custom_fields(*, retired: bool = False) -> list[CustomField]:
    """The union's own fields in use, or with the retired ones."""
    query = sa.select(CustomField).order_by(CustomField.id)
    return list(db.session.scalars(query if retired else query.where(CustomField.retired_on.is_(None))))
