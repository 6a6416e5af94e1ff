"""What most stories of this area are told with: an act in a unit of its own, and what a service refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.values.problems import Problem, RuleBroken


def work() -> Any:
    """A unit of work of the office, written down under its name."""
    return unit_of_work("會計", "test")


def problems_of(act: Callable[[], Any]) -> tuple[Problem, ...]:
    """Why this act is refused; it must be."""
    with pytest.raises(RuleBroken) as caught, work():
        act()
    return caught.value.problems


def refused(act: Callable[[], Any]) -> list[str]:
    """The same, by the codes."""
    return [one.code for one in problems_of(act)]


def refused_fields(act: Callable[[], Any]) -> list[str]:
    """The same, by the fields."""
    return [one.field for one in problems_of(act)]


def furnished(furnishing: Any, clerk: User) -> dict[str, dict[str, Any]]:
    """Lets ``furnishing`` (a module with ``visits``) write its records in the clerk's name: endpoint → what its address needs."""
    with work():
        return furnishing.visits(db.session.get_one(User, clerk.id), clock.today())
