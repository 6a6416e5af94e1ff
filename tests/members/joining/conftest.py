"""A union that takes members: who handles, decides and records; short ways to an application in any state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import new_user
from tests.members.joining import furnishing
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union
from unionops.members.models import Application, Scheme, SchemeTerms
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import NOTICE, State
from unionops.members.services.joining import admitting, opening

UNION = "臺中市展演技術人員職業工會"


@pytest.fixture
def people(app: Any) -> SimpleNamespace:
    return make_people()


def make_people(kind: str = "occupational") -> SimpleNamespace:
    """staff, chief, president, accountant of a union of this kind: their ids."""
    made = {role: new_user(role, name=name).id for role, name in (
        ("staff", "林秀琴"), ("secretary_general", "張雅婷"), ("president", "黃志明"), ("accountant", "吳佩珊"), ("cashier", "周美玲"),
    )}
    with unit_of_work("test", "test"):
        union.edit_record(name=UNION, short_name="中市展演工會", kind=kind, phone="0422580217", seat="臺中市西屯區", today=clock.today())
    db.session.rollback()
    return SimpleNamespace(**{"chief": made.pop("secretary_general")} | made)


def user(number: int) -> User:
    return db.session.get_one(User, number)


def application(number: int) -> Application:
    db.session.rollback()
    return db.session.get_one(Application, number)


def state(number: int) -> State:
    return queries.state_of(application(number))


def charter(key: str, word: str) -> None:
    """What the constitution says from the beginning of the year on."""
    with unit_of_work("test", "test"):
        from unionops.core.union.queries import the_union

        union.add_charter_value(the_union(), key=f"charter.{key}", typed=word, valid_from=date(clock.today().year, 1, 1), clause="第 8 條", members=4)
    db.session.rollback()


def entrance_fee(amount: int = 1000) -> int:
    """An entrance fee that everybody owes."""
    with unit_of_work("test", "test"):
        scheme = Scheme(title="入會費", kind="entrance", period="once", due_day=30, prorate="full", order=1)
        scheme.terms.append(SchemeTerms(valid_from=date(2020, 1, 1), basis="fixed", amount=amount, clause="第 30 條"))
        db.session.add(scheme)
    db.session.rollback()
    return scheme.id


def open_form() -> None:
    with unit_of_work("test", "test"):
        chief = db.session.scalar(db.select(User).order_by(User.id))
        opening.set_form(is_open=True, introduction="歡迎加入。", notice=NOTICE.format(union=UNION), by=chief, now=clock.now())
    db.session.rollback()


class Desk:
    """Acts, each in a unit of its own; applications by their ids."""

    def __init__(self, people: SimpleNamespace) -> None:
        self.people = people

    def receive(self, name: str = "何佩芸", **given: Any) -> int:
        with unit_of_work("test", "test"):
            made = furnishing.receive(name, **given)
        return made.id

    def check(self, number: int, **given: Any) -> int:
        with unit_of_work("test", "test"):
            furnishing.check(application(number), user(self.people.staff), **given)
        return number

    def ask(self, number: int) -> int:
        with unit_of_work("test", "test"):
            furnishing.ask(application(number), user(self.people.staff))
        return number

    def agree(self, *numbers: int, verdict: str = "approved", reason: str = "") -> None:
        with unit_of_work("test", "test"):
            furnishing.agree(*[application(one) for one in numbers], by=user(self.people.chief), verdict=verdict, reason=reason)

    def decided(self, name: str = "何佩芸", **given: Any) -> int:
        number = self.ask(self.check(self.receive(name, **given)))
        self.agree(number)
        return number

    def admit(self, number: int, **given: Any) -> State:
        with unit_of_work("test", "test"):
            return admitting.admit(application(number), by=user(self.people.staff), today=clock.today(), now=clock.now(), **given)


@pytest.fixture
def desk(people: SimpleNamespace) -> Desk:
    return Desk(people)


@pytest.fixture
def staff(people: SimpleNamespace, browser: Any) -> Any:
    return browser.as_(user(people.staff))


@pytest.fixture
def chief(people: SimpleNamespace, browser: Any) -> Any:
    return browser.as_(user(people.chief))


Acts = Callable[..., Any]
