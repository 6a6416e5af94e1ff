"""A union on record, and people who may read and edit it."""

from datetime import date

import pytest

from unionops.core.db import unit_of_work
from unionops.core.union import queries, services

NAME = "臺中市機械業產業工會"


@pytest.fixture
def union(app):
    with unit_of_work("test", "test"):
        return services.edit_record(name=NAME, short_name="機械業工會", kind="industrial", authority="臺中市政府", today=date(2026, 9, 1))


@pytest.fixture(autouse=True)
def _members(monkeypatch):
    """1,204 members, as if an area counted them."""
    monkeypatch.setattr(queries, "MEMBER_COUNT", lambda day: 1204)


@pytest.fixture
def reader(browser, make_user):
    return browser.as_(make_user("staff"))


@pytest.fixture
def editor(browser, make_user):
    return browser.as_(make_user("secretary_general", name="林總幹事"))
