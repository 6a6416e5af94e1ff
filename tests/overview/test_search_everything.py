"""Every kind of record is found through the one search by whoever may see it, leads to its page, and is neither shown nor counted for
anybody else; on both databases.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.browsing import XHTML, Browser, Page
from tests.conftest import new_user
from tests.letters.conftest import arrival
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.attachments import services as attachments
from unionops.core.calendar import services as calendar
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union
from unionops.letters.models import Letter
from unionops.letters.rules import Asked
from unionops.letters.services import incoming
from unionops.surveys.services import making
from unionops.values.refs import Ref

WORD = "調解"
"""Stands in the title of every record here, so that one search could find all of them."""
ROLES = ("secretary_general", "president", "staff", "accountant", "cashier", "director", "member", "administrator", "auditor")


@pytest.fixture(params=["app", pytest.param("pg_app", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest) -> Flask:
    """The app on SQLite, and on PostgreSQL."""
    found: Flask = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def office(either: Flask) -> SimpleNamespace:
    """Of each kind a record for the clerk's eyes and one that is not; ``users`` by role, records by name."""
    users = {role: new_user(role, name=role).id for role in ROLES}
    office = SimpleNamespace(users=users, seen={}, hidden={})
    today, now = clock.today(), clock.now()

    def who(role: str) -> User:
        return db.session.get_one(User, users[role])

    def letter(by: str, **given: Any) -> Letter:
        return incoming.register(arrival(**given), by=who(by), today=today, now=now)

    def appointment(title: str, owner: str) -> Any:
        return calendar.add_appointment(title=title, starts_at=now, ends_at=now + timedelta(hours=1), owner=who(owner), today=today)

    def own(title: str, owner: str) -> Any:
        return calendar.add_own(title=title, nominal_on=today + timedelta(days=3), owner=who(owner), today=today)

    def file(title: str, of: Letter) -> Any:
        return attachments.add_content(Ref("letter", of.id), b"%PDF-1.4\n%%EOF\n", "scan.pdf", title=title, by=who("secretary_general"), now=now)

    with unit_of_work("test", "test"):
        union.edit_record(name="臺中市展演技術人員職業工會", kind="occupational", today=date(2026, 1, 5))
    with unit_of_work("test", "test"):
        plain = letter("secretary_general", subject="調解會議開會通知單", their_number="府勞資字第1150099001號")
        secret = letter("secretary_general", subject="調解當事人病歷調閱", their_number="府勞資字第1150099002號", secrecy="secret", asked=Asked(by_day=today + timedelta(days=9)))
        survey = making.make(title="調解服務滿意度")
        db.session.flush()
        office.seen = {
            "letter": (plain.id, "調解會議開會通知單"), "survey": (survey.id, "調解服務滿意度"),
            "deadline": (own("備妥調解資料", "staff").id, "備妥調解資料"), "appointment": (appointment("調解會前會", "staff").id, "調解會前會"),
            "attachment": (file("調解委任書", plain).id, "調解委任書"),
        }
        office.hidden = {
            "letter": (secret.id, "調解當事人病歷調閱"), "deadline": (own("考慮調解人選", "secretary_general").id, "考慮調解人選"),
            "appointment": (appointment("調解私下會談", "secretary_general").id, "調解私下會談"),
            "attachment": (file("調解病歷影本", secret).id, "調解病歷影本"),
        }
        db.session.flush()
        office.number, office.secret_number = plain.number, secret.number
    return office


@pytest.fixture
def ask(either: Flask, office: SimpleNamespace) -> Callable[..., Page]:
    """``ask("staff", "調解", kind="letter")`` → what the search answers somebody of this role."""
    signed_in: dict[str, Browser] = {}

    def asked(role: str, typed: str, **more: str) -> Page:
        if role not in signed_in:
            signed_in[role] = Browser(either).as_(db.session.get_one(User, office.users[role]))
        return signed_in[role].get("overview.search", q=typed, **more)

    return asked


def hits(page: Page) -> dict[str, str]:
    """title → address of the records found."""
    return {" ".join("".join(a.itertext()).split()): a.get("href", "") for table in page.tree.iter(f"{XHTML}table") for a in table.iter(f"{XHTML}a")}


def counts(page: Page) -> dict[str, int]:
    """kind → how many the tab over the hits says; empty when there are none."""
    tabs = [a for a in page.tree.iter(f"{XHTML}a") if "kind=" in a.get("href", "")]
    return {a.get("href", "").partition("kind=")[2].partition("&")[0]: int("".join(next(a.iter(f"{XHTML}span")).itertext())) for a in tabs}


ADDRESSES = {
    "letter": "/letters/{}", "survey": "/surveys/{}", "deadline": "/calendar/deadlines/{}", "appointment": "/calendar/appointments/{}",
    "attachment": "/attachments/{}",
}
SEEN_BY_CLERK = {"letter": 1, "survey": 1, "deadline": 1, "appointment": 1, "attachment": 1}
EVERYTHING = {"letter": 2, "survey": 1, "deadline": 2, "appointment": 2, "attachment": 2}
"""The two deadlines of people; that of the confidential letter is called by the letter's number."""


def test_each_kind_is_found_by_its_words_and_leads_to_its_page(either: Flask, office: SimpleNamespace, ask: Callable[..., Page]) -> None:
    for kind, (number, title) in office.seen.items():
        found = ask("staff", title)
        shown = f"{office.number} {title}" if kind == "letter" else title
        assert hits(found) == {shown: ADDRESSES[kind].format(number)}, kind
        assert "找到 1 筆" in found.text, kind


def test_a_letter_is_found_by_either_number(either: Flask, office: SimpleNamespace, ask: Callable[..., Page]) -> None:
    number, title = office.seen["letter"]
    for typed in (office.number, "府勞資字第1150099001號", "1150099001", "9001"):
        assert hits(ask("staff", typed)) == {f"{office.number} {title}": f"/letters/{number}"}, typed


def test_what_may_not_be_seen_is_not_found_by_its_own_words(either: Flask, office: SimpleNamespace, ask: Callable[..., Page]) -> None:
    for typed in (*(title for _number, title in office.hidden.values()), office.secret_number, "1150099002"):
        found = ask("staff", typed)
        assert hits(found) == {}, typed
        assert "沒有找到" in found.text, typed
    secret, _title = office.hidden["letter"]
    assert hits(ask("president", "當事人病歷")) == {f"{office.secret_number}（密）": f"/letters/{secret}"}, "its subject stands on its own page only"


def test_the_counts_by_kind_are_of_what_each_role_may_see(either: Flask, office: SimpleNamespace, ask: Callable[..., Page]) -> None:
    expected: dict[str, dict[str, int]] = {
        "secretary_general": EVERYTHING, "president": EVERYTHING, "staff": SEEN_BY_CLERK, "auditor": {"letter": 1, "survey": 1, "attachment": 1},
        "accountant": {"letter": 1, "attachment": 1}, "cashier": {}, "director": {}, "member": {}, "administrator": {},
    }
    for role, kinds in expected.items():
        found = ask(role, WORD)
        assert counts(found) == kinds, role
        assert len(hits(found)) == sum(kinds.values()), role
        assert (f"找到 {sum(kinds.values())} 筆" if kinds else "沒有找到") in found.text, role


def test_a_kind_that_is_chosen_shows_only_its_own(either: Flask, office: SimpleNamespace, ask: Callable[..., Page]) -> None:
    for kind, (number, _title) in office.seen.items():
        assert list(hits(ask("staff", WORD, kind=kind)).values()) == [ADDRESSES[kind].format(number)], kind
        assert hits(ask("cashier", WORD, kind=kind)) == {}, kind
