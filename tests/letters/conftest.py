"""An office with letters: who writes and signs, and short ways to a letter in any state."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import new_user
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as asked
from unionops.core.approvals import services as approvals
from unionops.core.db import db, unit_of_work
from unionops.core.documents import render
from unionops.core.union import services as union
from unionops.letters import documents
from unionops.letters.models import Letter
from unionops.letters.rules import Arrival, Asked, Draft, Receiver, Role
from unionops.letters.services import bonds, incoming, outgoing

BUREAU = "臺中市政府勞工局"
SUBJECT = "檢送本會會員代表大會會議紀錄 1 份，請准予備查，請查照。"


def arrival(**given: Any) -> Arrival:
    """A letter of the labour bureau that came yesterday."""
    today = clock.today()
    return Arrival(**{
        "received_on": today, "way": "post", "sender": BUREAU, "subject": "請於文到 10 日內補正會議紀錄。", "their_on": today - timedelta(days=2),
        "their_number": "中市勞資字第1150052345號",
    } | given)


def written(**given: Any) -> Draft:
    """A letter to the bureau in the president's name."""
    return Draft(**{
        "form": "letter", "body": {"subject": SUBJECT, "explanation": "依工會法第 31 條辦理。\n檢附會議紀錄 1 份。"},
        "receivers": (Receiver(Role.ORIGINAL, BUREAU, "臺中市西屯區臺灣大道三段 99 號", "labor@example.tw"),),
    } | given)


@pytest.fixture
def people(app: Any) -> SimpleNamespace:
    """chief, president, staff and another clerk, of a union with a name."""
    made = {role: new_user(role, name=name).id for role, name in (
        ("secretary_general", "張雅婷"), ("president", "黃志明"), ("staff", "林秀琴"), ("accountant", "吳佩珊"), ("auditor", "謝宜蓁"), ("member", "王冠宇"),
    )}
    made["other"] = new_user("staff", name="陳美惠").id
    with unit_of_work("test", "test"):
        union.edit_record(name="臺中市展演技術人員職業工會", short_name="中市展演總", kind="occupational", authority=BUREAU,
                          seat="臺中市西屯區文心路二段 588 號", phone="0422580217", today=date(2026, 1, 5))
    db.session.rollback()
    return SimpleNamespace(**{"chief": made.pop("secretary_general")} | made)


def user(number: int) -> User:
    return db.session.get_one(User, number)


def letter(number: int) -> Letter:
    db.session.rollback()
    return db.session.get_one(Letter, number)


class Office:
    """Acts, each in a unit of its own; letters by their ids."""

    def __init__(self, people: SimpleNamespace) -> None:
        self.people = people

    def register(self, *, by: str = "staff", given: dict[str, Any] | None = None, **more: Any) -> int:
        with unit_of_work("test", "test"):
            made = incoming.register(arrival(**given or {}), by=self._who(by), today=clock.today(), now=clock.now(), **more)
        return made.id

    def draft(self, *, by: str = "staff", given: dict[str, Any] | None = None, **more: Any) -> int:
        with unit_of_work("test", "test"):
            made = outgoing.draft(written(**given or {}), by=self._who(by), now=clock.now(), **more)
        return made.id

    def ask(self, number: int, *, by: str = "staff") -> None:
        with unit_of_work("test", "test"):
            outgoing.ask_approval(letter(number), by=self._who(by), note="", now=clock.now())

    def decide(self, number: int, by: str, verdict: str = "approved", reason: str = "") -> str:
        with unit_of_work("test", "test"):
            waiting = asked.open_of_record(bonds.pointer(letter(number)), outgoing.CHAIN)
            assert waiting is not None
            return approvals.decide(waiting, by=self._who(by), verdict=verdict, reason=reason, now=clock.now())

    def approve(self, number: int) -> None:
        self.ask(number)
        self.decide(number, "chief")
        if letter(number).signatory == outgoing.PRESIDENT:
            self.decide(number, "president")

    def issue(self, number: int, **more: Any) -> None:
        with unit_of_work("test", "test"):
            outgoing.issue(letter(number), series=None, by=self._who("staff"), paper=self.paper, today=clock.today(), now=clock.now(), **more)

    def issued(self, **more: Any) -> int:
        number = self.draft(**more)
        self.approve(number)
        self.issue(number)
        return number

    def send(self, number: int, **more: Any) -> None:
        with unit_of_work("test", "test"):
            for one in letter(number).receivers:
                outgoing.send(one, **{"way": "post", "sent_on": clock.today(), "today": clock.today()} | more)

    @staticmethod
    def paper(one: Letter) -> bytes:
        return render(documents.paper_of(one), "pdf").data

    def _who(self, name: str) -> User:
        return user(getattr(self.people, name))


@pytest.fixture
def desk(people: SimpleNamespace) -> Office:
    return Office(people)


def due(days: int) -> Asked:
    return Asked(by_day=clock.today() + timedelta(days=days))
