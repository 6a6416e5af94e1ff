"""Members to test with, made through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.browsing import Browser
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.members.models import Employer, Person, Unit
from unionops.members.services import people, structure

DAY = date(2026, 3, 2)


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_user("staff", name="張雅婷")


@pytest.fixture
def secretary(make_user: Callable[..., User]) -> User:
    return make_user("secretary_general", name="陳淑芬")


@pytest.fixture
def office(browser: Browser, staff: User) -> Browser:
    """The browser of somebody of the secretariat."""
    return browser.as_(staff)


@pytest.fixture
def add(app: Flask) -> Callable[..., Person]:
    """``add("林佳慧", unit=…)`` → a stored member who joined on DAY."""

    def made(name: str = "林佳慧", **given: Any) -> Person:
        with unit_of_work("test", "test"):
            return people.add_member(today=date(2026, 11, 1), name=name, **{"joined_on": DAY, **given})

    return made


@pytest.fixture
def unit(app: Flask) -> Callable[..., Unit]:
    def made(name: str, parent: Unit | None = None) -> Unit:
        with unit_of_work("test", "test"):
            return structure.add_unit(name=name, parent=parent)

    return made


@pytest.fixture
def employer(app: Flask) -> Callable[..., Employer]:
    def made(name: str = "澄岳精密工業股份有限公司", **given: Any) -> Employer:
        with unit_of_work("test", "test"):
            return structure.add_employer(name=name, **given)

    return made


def stored(model: type[Any], row_id: int) -> Any:
    """The row as the database has it now."""
    db.session.expire_all()
    return db.session.get(model, row_id)
