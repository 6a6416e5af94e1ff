"""The gate from outside: what comes back after a sign-in, forged forms and keys, addresses that mean nothing, refusals without a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask, flash, request, session
from sqlalchemy.exc import IntegrityError

from tests.browsing import Browser
from tests.conftest import PASSWORD
from unionops.core import drafts
from unionops.core.accounts.models import User
from unionops.core.accounts.rules import is_local
from unionops.core.db import OnceKey, db, unit_of_work
from unionops.core.drafts import Draft
from unionops.core.screens import SCREENS
from unionops.members.models import Person


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 9, 1, 1, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def kept() -> int:
    found = db.session.scalar(sa.select(sa.func.count()).select_from(Draft)) or 0
    db.session.rollback()
    return found


def person() -> int:
    with unit_of_work("test", "test"):
        made = Person(name="林佳慧")
        db.session.add(made)
    return made.id


# --- what was typed when a session ended


def test_the_whole_address_comes_back_with_the_draft(browser: Browser, clock: Any, make_user: Callable[..., User]) -> None:
    clerk = browser.as_(make_user("staff", username="staff"))
    clock.shift(timedelta(hours=2))
    location = clerk.post("members.export", {"fmt": "csv", "cover": "masked"}, unit=["3", "4"], standing="all").location
    back = clerk.post(location, {"username": "staff", "password": PASSWORD}).location
    assert back.startswith("/members/export?")
    for part in ("unit=3", "unit=4", "standing=all", "draft="):
        assert part in back
    chosen = [one.get("value") for one in clerk.get(back).tree.iter() if one.get("name") == "fmt" and one.get("checked") is not None]
    assert chosen == ["csv"]


def test_a_stranger_leaves_no_draft(browser: Browser) -> None:
    location = browser.post("members.add_member", {"name": "林佳慧" * 1000}).location
    assert location == "/sign-in?next=/members/new"
    assert kept() == 0


def test_a_form_prepared_by_a_stranger_is_not_filled_in(app: Flask, browser: Browser, make_user: Callable[..., User]) -> None:
    with unit_of_work("test", "test"):
        db.session.add(Draft(token_hash=drafts._hash("prepared"), user_id=None, path="/members/new", text='[["name", "假名"]]'))
    assert browser.as_(make_user("staff")).get("members.add_member", draft="prepared").value("name") == ""


def test_no_secret_is_kept_in_a_draft(app: Flask) -> None:
    typed = {"name": "林佳慧", "password": "a", "new_password": "b", "again": "c", "code": "123456", "once": "d", "csrf_token": "e"}
    with app.test_request_context("/users/new", method="POST", data=typed):
        session["last_user_id"] = 1
        drafts.keep()
    assert db.session.scalars(sa.select(Draft)).one().text == '[["name", "\\u6797\\u4f73\\u6167"]]'


def test_a_button_pressed_after_the_session_ended_leads_to_its_page(browser: Browser, clock: Any, make_user: Callable[..., User]) -> None:
    admin, other = make_user("administrator", username="admin"), make_user("staff")
    mine = browser.as_(admin)
    clock.shift(timedelta(hours=2))
    location = mine.post("accounts.reactivate_user", user_id=other.id).location
    back = mine.post(location, {"username": "admin", "password": PASSWORD}).location
    assert back == f"/users/{other.id}"
    mine.get(back)


def test_a_button_that_asks_the_password_again_leads_to_its_page(browser: Browser, make_user: Callable[..., User]) -> None:
    admin, other = make_user("administrator"), make_user("staff")
    mine = browser.as_(admin, fresh=False)
    location = mine.post("accounts.reactivate_user", user_id=other.id).location
    assert mine.post(location, {"password": PASSWORD}).location == f"/users/{other.id}"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(browser: Browser) -> None:
    said = {"HX-Request": "true", "HX-Current-URL": "http://localhost/members/?q=%E6%9E%97&page=2"}
    answer = browser.get("/members/?q=x", headers=said).response
    assert answer.data == b""
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/members/?q%3D%25E6%259E%2597%26page%3D2"


def test_every_button_without_a_page_has_a_page_above_it() -> None:
    alone = [s.endpoint for s in SCREENS.values() if "GET" not in s.methods and s.endpoint != "accounts.sign_out" and s.permission != "public"]
    assert alone
    assert [name for name in alone if SCREENS[name].parent is None] == []


def test_drafts_and_used_keys_do_not_stay(app: Flask) -> None:
    from unionops.core.jobs.jobs import tidy

    now = datetime(2026, 9, 1, tzinfo=UTC)
    with unit_of_work("test", "test"):
        for name, age in (("old", timedelta(days=31)), ("new", timedelta(hours=1))):
            db.session.add(Draft(token_hash=name, user_id=1, path="/", text="[]", kept_at=now - age))
            db.session.add(OnceKey(key=name, endpoint="x", user_id=1, used_at=now - age))
    tidy(now)
    assert db.session.scalars(sa.select(Draft.token_hash)).all() == ["new"]
    assert db.session.scalars(sa.select(OnceKey.key)).all() == ["new"]


# --- forged requests


def test_every_unsafe_request_needs_the_token(app: Flask, browser: Browser, make_user: Callable[..., User]) -> None:
    admin = browser.as_(make_user("administrator"))
    target = person()
    addresses = [admin.address("accounts.end_other_sessions"), admin.address("accounts.sign_out"), f"/members/{target}/edit"]
    for address in addresses:
        with admin._alone():
            assert admin.client.post(address, data={"once": "x" * 24}).status_code == 400
            assert admin.client.post(address, data={}, headers={"HX-Request": "true"}).status_code == 400
        for method in ("put", "patch", "delete"):
            with admin._alone():
                assert getattr(admin.client, method)(address).status_code in (400, 405)
    admin.get("accounts.me")


def test_a_once_key_of_somebody_else_or_of_another_form_is_refused(browser: Browser, make_user: Callable[..., User]) -> None:
    one, two = browser.as_(make_user("staff")), browser.as_(make_user("staff"))
    key = "a-key-that-was-seen-by-another"
    made = one.post("members.add_member", {"name": "甲", "joined_on": "115/3/2", "member_class": "regular"}, once=key)
    assert one.post("members.add_member", {"name": "甲", "joined_on": "115/3/2", "member_class": "regular"}, once=key).location == made.location
    two.post("members.add_member", {"name": "乙", "joined_on": "115/3/2", "member_class": "regular"}, once=key, status=400)
    who = db.session.scalars(sa.select(Person.id)).one()
    one.post("members.add_contact", {"name": "丙", "phone": "0912345678"}, person_id=who, once=key, status=400)


@pytest.mark.parametrize("away", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)",
    "evil.example", "", " //evil.example", "http:evil.example", "///evil.example", "/\x7f/evil.example",
])
def test_nobody_is_sent_to_another_site(browser: Browser, make_user: Callable[..., User], away: str) -> None:
    assert not is_local(away)
    make_user("staff", username="staff")
    assert browser.post("accounts.sign_in", {"username": "staff", "password": PASSWORD}, next=away).location == "/"
    assert browser.get("accounts.switch_language", language="en", headers={"Referer": away.replace("\n", "")}, status=302).location == "/"


# --- addresses that mean nothing


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, 0])
def test_a_number_that_no_record_has_is_not_found(browser: Browser, make_user: Callable[..., User], number: int) -> None:
    browser.as_(make_user("administrator")).get(f"/users/{number}", status=404)
    browser.as_(make_user("staff")).get(f"/members/{number}", status=404)


def test_a_null_character_is_dropped_from_an_address_and_refused_in_a_form(pg_app: Flask) -> None:
    from tests.conftest import new_user

    secretary, admin = Browser(pg_app).as_(new_user("secretary_general")), Browser(pg_app).as_(new_user("administrator"))
    assert "王測試" in admin.get("accounts.users", q="王\0測試").text
    admin.get("audit.entries", text="a\0b")
    who = person()
    assert secretary.post("members.add_note", {"text": "多次\0聯絡不到"}, status=422, person_id=who).error("text")
    secretary.post("members.add_note", {"text": "多次聯絡不到"}, status=400, person_id=who, once="a key\0of sixteen letters")


# --- refusals


def test_a_rule_broken_outside_a_form_is_said_calmly_and_nothing_changes(
    app: Flask, browser: Browser, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    from unionops.values.problems import RuleBroken, problem

    def act(user_id: int) -> Any:
        db.session.get_one(User, user_id).name = "改過"
        db.session.flush()
        raise RuleBroken(problem("", "同一層已有「%(name)s」。", name="<b>甲</b>"))

    other = make_user("staff")
    monkeypatch.setitem(app.view_functions, "accounts.unlock_user", _screened("accounts.unlock_user", act))
    page = browser.as_(make_user("administrator")).post("accounts.unlock_user", user_id=other.id, status=422)
    assert "同一層已有「<b>甲</b>」。" in page.text
    assert db.session.get_one(User, other.id, populate_existing=True).name == "王測試"


def _screened(endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    from unionops.core import screens

    return screens._gated(SCREENS[endpoint], view)


def test_two_who_write_one_record_at_the_same_moment_meet_calmly(
    app: Flask, browser: Browser, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    who = person()

    def act(user_id: int) -> Any:
        found = db.session.get_one(Person, who)
        db.session.connection().exec_driver_sql("UPDATE person SET version = version + 1")  # As if another had committed.
        found.name = "改過"
        return ""

    monkeypatch.setitem(app.view_functions, "accounts.unlock_user", _screened("accounts.unlock_user", act))
    page = browser.as_(make_user("administrator")).post("accounts.unlock_user", user_id=1, status=409)
    assert "有人剛改過這一筆" in page.text
    assert db.session.get_one(Person, who, populate_existing=True).name == "林佳慧"


class Taken(Exception):
    """What PostgreSQL's driver says of a unique constraint that refuses a row."""

    sqlstate = "23505"


@pytest.mark.parametrize("clashes", [1, 2, 3])
def test_an_act_begun_anew_finds_file_and_session_as_they_were(
    app: Flask, browser: Browser, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch, clashes: int
) -> None:
    who, seen = person(), []

    def act(user_id: int) -> Any:
        seen.append((request.files["logo"].read(), session.get("told", 0)))
        session["told"] = session.get("told", 0) + 1
        flash("一次")
        db.session.get_one(Person, who).name = f"第{len(seen)}次"
        if len(seen) <= clashes:
            raise IntegrityError("INSERT", {}, Taken())
        return ""

    monkeypatch.setitem(app.view_functions, "accounts.unlock_user", _screened("accounts.unlock_user", act))
    mine = browser.as_(make_user("administrator"))
    mine.post("accounts.unlock_user", {"logo": (BytesIO(b"picture"), "logo.png")}, user_id=1, status=200 if clashes < 3 else 500)
    assert seen == [(b"picture", 0)] * min(clashes + 1, 3)
    with mine.client.session_transaction() as cookie:
        assert len(cookie.get("_flashes", [])) == (1 if clashes < 3 else 0)
    assert db.session.get_one(Person, who, populate_existing=True).name == (f"第{clashes + 1}次" if clashes < 3 else "林佳慧")


def test_a_read_that_changes_something_is_stopped(app: Flask, browser: Browser, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    who = make_user("administrator")

    def look() -> Any:
        db.session.get_one(User, who.id).name = "改過"
        return ""

    monkeypatch.setitem(app.view_functions, "accounts.me", _screened("accounts.me", look))
    mine = browser.as_(who)
    mine.get("accounts.me", status=500)
    assert db.session.get_one(User, who.id, populate_existing=True).name == "王測試"


def test_personal_screens_are_never_stored_by_the_browser_even_when_refused(browser: Browser, make_user: Callable[..., User]) -> None:
    who = person()
    clerk = browser.as_(make_user("staff"))
    for answer in (
        clerk.get("members.edit_person", person_id=who), clerk.post("members.edit_person", {"name": "甲", "version": "0"}, status=409, person_id=who),
        clerk.post("members.edit_person", {"name": "", "version": "1"}, status=422, person_id=who),
    ):
        assert answer.response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("endpoint", "typed", "status"), [
    ("accounts.sign_in", {"username": "staff", "password": "wrong"}, 422), ("accounts.sign_in", {"username": "staff", "password": PASSWORD}, 302),
    ("accounts.sign_out", {}, 302), ("/nowhere", {}, 404), ("accounts.invite", {}, 403),
])
def test_a_session_is_noted_as_used_before_any_act_begins(
    browser: Browser, clock: Any, make_user: Callable[..., User], endpoint: str, typed: dict[str, str], status: int
) -> None:
    mine = browser.as_(make_user("staff", username="staff"))
    mine.client.set_cookie("lang", "zh_Hant_TW")  # The language does not ask who is there.
    clock.shift(timedelta(minutes=5))
    mine.post(endpoint, typed, status=status)
    clock.shift(timedelta(minutes=5))
    mine.post("accounts.end_other_sessions", status=400, csrf=False)
