"""Two in the same instant, on PostgreSQL: the second waits for the first and then meets what it stored, in the ordinary words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser
from tests.conftest import PASSWORD, new_user
from unionops.core import clock
from unionops.core.accounts import rules, services
from unionops.core.accounts.models import SignInTry
from unionops.core.db import Counter, DataVersion, OnceKey, db, next_number, touch_data, unit_of_work
from unionops.members.models import Employer, Person, Unit
from unionops.members.services import people, structure
from unionops.values.problems import RuleBroken

pytestmark = pytest.mark.postgres
TODAY = date(2026, 11, 1)


@contextmanager
def meanwhile(app: Flask, act: Callable[[], object]) -> Iterator[None]:
    """Another unit has done ``act`` and commits once somebody waits for one of its locks, or after two seconds."""
    done, wrong = threading.Event(), []

    def other() -> None:
        with app.app_context():
            try:
                with unit_of_work("another", "test"):
                    act()
                    db.session.flush()
                    done.set()
                    _until_somebody_waits()
            except Exception as error:
                wrong.append(error)
                done.set()

    thread = threading.Thread(target=other)
    thread.start()
    done.wait(10)
    try:
        yield
    finally:
        thread.join(30)
    assert not wrong, wrong


def _until_somebody_waits() -> None:
    until = time.monotonic() + 2
    with db.engine.connect() as beside:
        while time.monotonic() < until:
            if beside.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
                return
            time.sleep(0.01)


def count(model: Any, *conditions: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


@pytest.fixture
def office(pg_app: Flask) -> Browser:
    return Browser(pg_app).as_(new_user("secretary_general"))


# --- what was taken meanwhile is told beside its field


def test_the_same_member_number(pg_app: Flask, office: Browser) -> None:
    typed = {"name": "乙", "number": "0007", "joined_on": "115/3/2", "member_class": "regular", "mobile": "0912-345-678"}
    with meanwhile(pg_app, lambda: people.add_member(today=TODAY, name="甲", number="0007", joined_on=date(2026, 3, 2))):
        page = office.post("members.add_member", typed, status=422, once="once-of-a-form-that-meets-another")
    assert "會員編號 0007 已經有人使用" in page.error("number")
    assert (page.value("name"), page.value("mobile")) == ("乙", "0912-345-678")
    assert count(Person, Person.name == "乙") == 0
    assert count(OnceKey) == 0  # The form can be sent again.
    office.post("members.add_member", typed | {"number": ""}, once="once-of-a-form-that-meets-another")
    assert count(Person, Person.name == "乙") == 1


def test_the_same_next_number_goes_on_to_the_one_after(pg_app: Flask, office: Browser) -> None:
    with meanwhile(pg_app, lambda: people.add_member(today=TODAY, name="甲", number="00001", joined_on=date(2026, 3, 2))):
        office.post("members.add_member", {"name": "乙", "number": "", "joined_on": "115/3/2", "member_class": "regular"})
    db.session.rollback()
    assert [person.memberships[0].number for person in db.session.scalars(sa.select(Person).order_by(Person.id))] == ["00001", "00002"]


def test_the_same_identity_number(pg_app: Flask, office: Browser) -> None:
    typed = {"name": "乙", "id_number": "A123456789", "joined_on": "115/3/2", "member_class": "regular"}
    with meanwhile(pg_app, lambda: people.add_member(today=TODAY, name="甲", id_number="A123456789", joined_on=date(2026, 3, 2))):
        assert "甲" in office.post("members.add_member", typed, status=422).error("id_number")


def test_the_same_sign_in_name(pg_app: Flask) -> None:
    with unit_of_work("test", "test"):
        invited = services.invitations.invite("陳二", wanted=[("staff", None)], by=None, now=clock.now())
        token = services.invitations.printed(invited, now=clock.now()).token
    guest = Browser(pg_app)
    guest.get("accounts.open_ticket", token=token, status=302)
    typed = {"username": "chen", "new_password": PASSWORD, "again": PASSWORD, "locale": "zh_Hant_TW"}
    with meanwhile(pg_app, lambda: services.create_user("chen", "陳一", password=PASSWORD)):
        page = guest.post("accounts.join", typed, status=422)
    assert "帳號 chen 已經有人用了" in page.error("username")
    guest.post("accounts.join", typed | {"username": "chen2"})


@pytest.mark.parametrize(("endpoint", "model", "add", "typed", "field", "told"), [
    ("add_employer", Employer, lambda: structure.add_employer(name="大甲公司"), {"name": "大甲公司"}, "name", "已有同名的雇主"),
    ("add_employer", Employer, lambda: structure.add_employer(name="大甲公司", tax_number="04595257"),
     {"name": "大乙公司", "tax_number": "04595257"}, "tax_number", "已經登錄在另一個雇主"),
    ("add_unit", Unit, lambda: structure.add_unit(name="一廠"), {"name": "一廠"}, "name", "同一層已有"),
    ("add_custom_field", None, lambda: structure.add_custom_field(title="尺寸", kind="text", choices=[]), {"title": "尺寸", "kind": "text"},
     "title", "已有同名的自訂欄位"),
])
def test_the_same_name(
    pg_app: Flask, office: Browser, endpoint: str, model: Any, add: Callable[[], Any], typed: dict[str, str], field: str, told: str
) -> None:
    with meanwhile(pg_app, add):
        page = office.post(f"members.{endpoint}", typed, status=422)
    assert told in page.error(field)
    assert model is None or count(model) == 1


def test_what_is_no_clash_of_two_stays_an_error(pg_app: Flask, office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def broken(**given: Any) -> None:
        tried.append(given["name"])
        db.session.execute(sa.insert(Person), [{"name": None}])

    monkeypatch.setattr(people, "add_member", broken)
    office.post("members.add_member", {"name": "乙", "joined_on": "115/3/2", "member_class": "regular"}, status=500)
    assert tried == ["乙"]


# --- the first of a series


def test_two_first_users_of_a_series(pg_app: Flask) -> None:
    with meanwhile(pg_app, lambda: next_number("receipt", 3)), unit_of_work("test", "test"):
        assert next_number("receipt") == 4
    db.session.rollback()
    assert db.session.get_one(Counter, "receipt").last == 4


def test_two_first_changes_of_a_body_of_data(pg_app: Flask) -> None:
    with meanwhile(pg_app, lambda: touch_data("dues")), unit_of_work("test", "test"):
        touch_data("dues")
    db.session.rollback()
    assert db.session.get_one(DataVersion, "dues").version == 2


# --- tries at a door


def test_a_hundred_knocks_at_once_are_counted_one_after_another(pg_app: Flask) -> None:
    now = clock.now()
    ended: list[str] = []

    def knock() -> None:
        with pg_app.app_context():
            try:
                services.check_password("nobody", "wrong", address="192.0.2.1", now=now)
            except RuleBroken as refusal:
                ended.append(refusal.problems[0].message[:4])
            finally:
                db.session.remove()

    threads = [threading.Thread(target=knock) for _one in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(ended) == 14
    assert count(SignInTry) == rules.ACCOUNT_LOCK.limit
