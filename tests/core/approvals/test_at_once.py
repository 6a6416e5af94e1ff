"""Two devices in one instant, on PostgreSQL: one decides, the other hears who did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser
from tests.core.approvals.conftest import CHAIN, NOW, Happened, asked, people
from tests.core.test_at_once import meanwhile
from unionops.core.accounts.models import User
from unionops.core.accounts.services import people as accounts
from unionops.core.approvals import queries, services
from unionops.core.approvals.models import Approval
from unionops.core.db import db, unit_of_work
from unionops.values.problems import RuleBroken

pytestmark = pytest.mark.postgres


@contextmanager
def fresh(app: Flask) -> Iterator[None]:
    """What is committed, in a context of its own."""
    db.session.rollback()
    with app.app_context():
        yield


def test_the_same_person_on_two_devices(pg_app: Flask, happened: Happened) -> None:
    office = people()
    number = asked(office.staff, office.subject).id
    chief = office.chief.id

    def on_the_phone() -> None:
        services.decide(db.session.get_one(Approval, number), by=db.session.get_one(User, chief), verdict="approved", now=NOW)

    desk = Browser(pg_app).as_(office.chief)
    with meanwhile(pg_app, on_the_phone):
        page = desk.post("approvals.decide", {"place": "1", "rejected": "1", "reason": "不"}, status=422, approval_id=number)
    assert "這一關已由陳淑芬決定" in page.text
    with fresh(pg_app):
        assert [step.verdict for step in db.session.get_one(Approval, number).steps] == ["approved", ""]


def test_eight_at_once_decide_once(pg_app: Flask, happened: Happened) -> None:
    office = people()
    number, chief = asked(office.staff, office.subject).id, office.chief.id
    db.session.rollback()
    start, told = threading.Barrier(8), []

    def press() -> None:
        with pg_app.app_context():
            start.wait()
            try:
                with unit_of_work("test", "test"):
                    services.decide(db.session.get_one(Approval, number), by=db.session.get_one(User, chief), verdict="approved", place=1, now=NOW)
                told.append("done")
            except RuleBroken as refusal:
                told.append(refusal.problems[0].code)

    at_once([press] * 8)
    assert sorted(told) == ["decided"] * 7 + ["done"]


def test_the_same_record_is_asked_for_once(pg_app: Flask, happened: Happened) -> None:
    office = people()
    subject, staff = office.subject.id, office.staff.id
    db.session.rollback()
    start, told = threading.Barrier(4), []

    def press() -> None:
        with pg_app.app_context():
            start.wait()
            try:
                with unit_of_work("test", "test"):
                    services.ask(db.session.get_one(User, subject), CHAIN, by=db.session.get_one(User, staff), now=NOW)
                told.append("done")
            except (RuleBroken, sa.exc.IntegrityError) as refusal:  # The gate begins anew upon the second and meets the first.
                told.append(type(refusal).__name__)

    at_once([press] * 4)
    assert told.count("done") == 1
    with fresh(pg_app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Approval)) == 1


def test_the_role_is_taken_in_that_instant(pg_app: Flask, happened: Happened) -> None:
    office = people()
    number, chief = asked(office.staff, office.subject).id, office.chief.id

    def take() -> None:
        accounts.set_roles(db.session.get_one(User, chief), [("staff", None)], by=None)

    db.session.rollback()
    refused = []
    with meanwhile(pg_app, take), pytest.raises(RuleBroken) as caught, unit_of_work("test", "test"):
        services.decide(db.session.get_one(Approval, number), by=db.session.get_one(User, chief), verdict="approved", now=NOW)
    refused += [one.code for one in caught.value.problems]
    assert refused == ["role"]


def test_it_goes_up_once_while_the_next_one_decides(pg_app: Flask, happened: Happened) -> None:
    """The night's job finds what the president decides in that instant, and leaves it as he decided it."""
    office = people()
    number, president = asked(office.staff, office.subject).id, office.president.id
    other = asked(office.staff, office.director).id
    with unit_of_work("test", "test"):
        accounts.deactivate(office.chief, by=None, now=NOW)
    assert [one.id for one in queries.waiting_for(office.president)] == [number, other]

    def decide() -> None:
        services.decide(db.session.get_one(Approval, number), by=db.session.get_one(User, president), verdict="approved", place=2, now=NOW)

    db.session.rollback()
    with meanwhile(pg_app, decide), unit_of_work("test", "test"):
        assert services.go_up(NOW) == 1
    with fresh(pg_app):
        stands = {one.id: (one.closed_as, [step.verdict for step in one.steps]) for one in db.session.scalars(sa.select(Approval))}
    assert stands == {number: ("approved", ["left_out", "approved"]), other: ("", ["left_out", ""])}


def at_once(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
