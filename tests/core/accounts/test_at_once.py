"""Two administrators at the same moment, on PostgreSQL: neither the last one nor the rule against two posts is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import new_user
from unionops.core import clock
from unionops.core.accounts import queries, services
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.values.problems import RuleBroken

pytestmark = pytest.mark.usefixtures("pg_app")


def at_once(app: Flask, first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """Both in units of their own: the first has done its part but not committed when the second begins. How each ended."""
    ended = ["", ""]
    ready, waiting = threading.Event(), threading.Event()

    def one() -> None:
        with app.app_context():
            ended[0] = outcome(first, lambda: (ready.set(), waiting.wait(1.5)))

    def two() -> None:
        ready.wait(10)
        with app.app_context():
            ended[1] = outcome(second, lambda: None)
        waiting.set()

    threads = [threading.Thread(target=one), threading.Thread(target=two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ended


def outcome(act: Callable[[], object], then: Callable[[], object]) -> str:
    try:
        with unit_of_work("test", "test"):
            act()
            db.session.flush()
            then()
    except RuleBroken as refusal:
        return refusal.problems[0].message
    return "done"


def user(user_id: int) -> User:
    return db.session.get_one(User, user_id)


def test_two_who_demote_each_other_leave_one_administrator(pg_app: Flask) -> None:
    one, two = new_user("administrator").id, new_user("administrator").id
    db.session.rollback()
    ended = at_once(
        pg_app,
        lambda: services.set_roles(user(two), [("staff", None)], by=user(one)),
        lambda: services.set_roles(user(one), [("staff", None)], by=user(two)),
    )
    assert ended[0] == "done"
    assert "最後一位系統管理員" in ended[1]
    assert [person.id for person in queries.active_administrators()] == [one]


def test_two_who_deactivate_each_other_leave_one_administrator(pg_app: Flask) -> None:
    one, two = new_user("administrator").id, new_user("administrator").id
    db.session.rollback()
    ended = at_once(
        pg_app,
        lambda: services.deactivate(user(two), by=user(one), now=clock.now()),
        lambda: services.deactivate(user(one), by=user(two), now=clock.now()),
    )
    assert ended[0] == "done"
    assert "最後一位系統管理員" in ended[1]


def test_roles_given_at_once_never_add_up_to_two_posts(pg_app: Flask) -> None:
    new_user("administrator")
    target = new_user("staff").id
    db.session.rollback()
    ended = at_once(
        pg_app,
        lambda: services.set_roles(user(target), [("staff", None), ("accountant", None)], by=None),
        lambda: services.set_roles(user(target), [("staff", None), ("cashier", None)], by=None),
    )
    assert ended == ["done", "done"]
    db.session.rollback()
    assert sorted(row.role for row in user(target).roles) == ["cashier", "staff"]
