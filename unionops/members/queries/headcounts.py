"""How many there are: memberships of each standing, joiners and leavers of a time, people of each unit and employer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db, plain, remembered
from unionops.members.models import Employment, Membership, UnitStay
from unionops.members.queries.roster_filter import condition, odd_ones
from unionops.members.queries.visibility import only_visible, visible_units
from unionops.members.rules.membership import Place


def standing_counts(user: Any, today: date) -> dict[str, int]:
    """How many memberships there are of each standing, for the tabs and the line that says who is missing."""
    return _standings(visible_units(user), today)


def _standings(seen: set[int] | None, today: date) -> dict[str, int]:
    odd = odd_ones(today)

    def count() -> dict[str, int]:
        given = dict.fromkeys(Place, today) | ({} if seen is None else {"seen": sorted(seen)}) | odd
        sqlite = db.engine.dialect.name == "sqlite"
        query = sa.select(*(sa.func.count().filter(condition(which, sqlite, odd=bool(odd))).label(which) for which in Place))
        query = query.select_from(Membership).where(*([] if seen is None else [condition("seen", sqlite)]))
        return dict(plain(query, given).mappings().one())

    return remembered("members", ("standings", None if seen is None else frozenset(seen), today), count)


def members_in_force(today: date) -> int:
    """How many members the union has on this day: what the law's limits count."""
    return _standings(None, today)[Place.IN_FORCE]


def movements(user: Any, first: date, last: date) -> tuple[int, int]:
    """How many joined and how many left between two days, both included."""
    def count(column: Any) -> int:
        def ask() -> int:
            return db.session.scalar(only_visible(sa.select(sa.func.count(Membership.id)).where(column.between(first, last)), user)) or 0

        return remembered("members", (column.key, user.scopes("members.read"), first, last), ask)

    return count(Membership.joined_on), count(Membership.left_on)


def employer_counts(employer_ids: Iterable[int]) -> dict[int, int]:
    """How many persons work for each of these employers now."""
    query = sa.select(Employment.employer_id, sa.func.count()).where(
        Employment.employer_id.in_(list(employer_ids)), Employment.until_on.is_(None))
    return dict(db.session.execute(query.group_by(Employment.employer_id)).all())


def unit_counts(today: date) -> dict[int, int]:
    """How many members in force each unit has, without those below it."""
    query = sa.select(UnitStay.unit_id, sa.func.count()).join(Membership, Membership.id == UnitStay.membership_id)
    odd = odd_ones(today)
    in_force = condition(Place.IN_FORCE, db.engine.dialect.name == "sqlite", odd=bool(odd))
    query = query.where(UnitStay.until_on.is_(None), in_force).group_by(UnitStay.unit_id)
    return remembered("members", ("units", today), lambda: dict(plain(query, {Place.IN_FORCE: today} | odd).all()))
