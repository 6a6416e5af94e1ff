"""Two at the same moment, on PostgreSQL: the last administrator, the rule against two posts, one use of a ticket, the last way in."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import PASSWORD, new_user
from unionops.core import clock
from unionops.core.accounts import queries, services
from unionops.core.accounts.models import Invitation, Passkey, Ticket, User
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


def test_two_devices_accept_the_same_invitation_and_one_account_is_made(pg_app: Flask) -> None:
    with unit_of_work("test", "test"):
        invited = services.invitations.invite("林春嬌", wanted=[("staff", None)], by=None, now=clock.now())
        services.invitations.printed(invited, now=clock.now())
        db.session.flush()
        ticket_id = db.session.scalars(sa.select(Ticket.id)).one()
    db.session.rollback()
    ended = at_once(
        pg_app,
        lambda: services.invitations.accept(ticket_id, "phone", password=PASSWORD, now=clock.now()),
        lambda: services.invitations.accept(ticket_id, "laptop", password=PASSWORD, now=clock.now()),
    )
    assert ended[0] == "done"
    assert "這張單子剛剛失效了" in ended[1]
    db.session.rollback()
    assert queries.user_by_username("laptop") is None
    made = queries.user_by_username("phone")
    assert made is not None
    assert db.session.scalars(sa.select(Invitation)).one().user_id == made.id


def test_an_invitation_that_is_withdrawn_while_it_is_accepted_ends_one_way(pg_app: Flask) -> None:
    with unit_of_work("test", "test"):
        invited = services.invitations.invite("林春嬌", wanted=[("staff", None)], by=None, now=clock.now())
        services.invitations.printed(invited, now=clock.now())
        db.session.flush()
        ticket_id, invitation_id = db.session.scalars(sa.select(Ticket.id)).one(), invited.id
    db.session.rollback()
    ended = at_once(
        pg_app,
        lambda: services.invitations.withdraw(db.session.get_one(Invitation, invitation_id), now=clock.now()),
        lambda: services.invitations.accept(ticket_id, "late", password=PASSWORD, now=clock.now()),
    )
    assert ended[0] == "done"
    assert ended[1] != "done"
    db.session.rollback()
    assert queries.user_by_username("late") is None


def test_two_passkeys_removed_at_once_leave_one(pg_app: Flask) -> None:
    owner = new_user("staff").id
    with unit_of_work("test", "test"):
        user(owner).password_hash = ""
        made = [Passkey(user=user(owner), name=name, credential_id=name.encode(), public_key=b"") for name in ("one", "two")]
        db.session.add_all(made)
        db.session.flush()
        first, second = (passkey.id for passkey in made)
    db.session.rollback()
    ended = at_once(
        pg_app,
        lambda: services.passkeys.remove(db.session.get_one(Passkey, first), now=clock.now()),
        lambda: services.passkeys.remove(db.session.get_one(Passkey, second), now=clock.now()),
    )
    assert ended[0] == "done"
    assert "唯一的登入方式" in ended[1]
