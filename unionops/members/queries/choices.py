"""What the roster's filters offer: units, employers. Remembered as plain values until the membership changes, for every page shows them."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from unionops.core.db import db, remembered
from unionops.members.models import Employer
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
