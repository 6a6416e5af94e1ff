"""Signing in through the real gate: wrong passwords, locks, second factor, sessions that end, drafts that come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from tests.browsing import Browser
from tests.conftest import PASSWORD
from unionops.core.accounts import services
from unionops.core.accounts.models import Invitation, RecoveryCode, SignInTry, User, UserSession
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)  # 09:00 in Taiwan
WRONG = "帳號或密碼不正確。請檢查大小寫與輸入法後再試；連續錯 10 次會暫停 15 分鐘。"
LOCKED = "登入失敗次數過多，暫停到 09:15（還有 15 分鐘），到時再試。急用請洽系統管理員解除；忘記密碼可按「忘記密碼」重設。"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(clock: Any, make_user: Callable[..., User]) -> User:
    return make_user("staff", username="staff")


def attempt(browser: Browser, username: str = "staff", password: str = PASSWORD, **more: Any) -> Any:
    return browser.post("accounts.sign_in", {"username": username, "password": password}, **more)


def entries(action: str) -> list[AuditEntry]:
    return [entry for entry in db.session.scalars(sa.select(AuditEntry)) if any(act["action"] == action for act in entry.acts)]


# --- the password


def test_the_right_password_signs_in_and_is_told(browser: Browser, staff: User) -> None:
    assert "登入" in browser.get("accounts.sign_in").h1
    assert attempt(browser).location == "/"
    assert "王測試" in browser.get("accounts.me").h1
    (entry,) = entries("accounts.signed_in")
    assert (entry.actor_id, entry.source, entry.address) == (staff.id, "accounts.sign_in", "127.0.0.1")


def test_the_account_is_found_whatever_the_case_and_the_keyboard(browser: Browser, staff: User) -> None:
    assert attempt(browser, " STAFF ", PASSWORD.replace("-9", "－９")).location == "/"


@pytest.mark.parametrize(("username", "password"), [("staff", "不對的密碼一二三四"), ("nobody", PASSWORD), ("nobody", "x"), ("staff", "x" * 200)])
def test_a_wrong_pair_says_the_same_whether_the_account_exists(browser: Browser, staff: User, username: str, password: str) -> None:
    page = attempt(browser, username, password, status=422)
    assert WRONG in page.text
    assert page.value("username") == username
    assert page.value("password") == ""


def test_an_unknown_account_costs_a_hash_too(browser: Browser, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = services.passwords.fits
    monkeypatch.setattr(services.passwords, "fits", lambda kept, password: seen.append(kept) or real(kept, password))
    attempt(browser, "nobody", status=422)
    assert seen == [""]
    assert services.passwords.nobodys().startswith("$argon2id$")


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "username"), ({"username": "staff"}, "password"), ({"password": PASSWORD}, "username"), ({"username": "x" * 81, "password": "y"}, "username"),
     ({"username": "staff", "password": "x" * 201}, "password"), ({"username": "sta\x00ff", "password": PASSWORD}, "username")],
)
def test_a_form_that_is_not_whole_counts_as_no_try(browser: Browser, staff: User, data: dict[str, str], field: str) -> None:
    page = browser.post("accounts.sign_in", data, status=422)
    assert page.error(field)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInTry)) == 0


def test_ten_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(browser: Browser, staff: User, clock: Any) -> None:
    for _time in range(9):
        assert LOCKED not in attempt(browser, password="wrong", status=422).text
    page = attempt(browser, password="wrong", status=422)
    assert WRONG in page.text
    assert LOCKED in page.text
    assert LOCKED in attempt(browser, status=422).text, "the right password does not open a closed door"
    clock.shift(timedelta(minutes=14, seconds=59))
    assert "還有 1 分鐘" in attempt(browser, status=422).text
    clock.shift(timedelta(seconds=1))
    assert attempt(browser).location == "/"
    assert len(entries("accounts.sign_in_failed")) == 10
    assert len(entries("accounts.door_locked")) == 1


def test_an_account_that_does_not_exist_locks_just_the_same(browser: Browser, staff: User) -> None:
    for _time in range(10):
        page = attempt(browser, "nobody", "wrong", status=422)
    assert LOCKED in page.text
    assert attempt(browser).location == "/", "other accounts stay open"
    assert "nobody" not in "".join(str(row.acts) for row in db.session.scalars(sa.select(AuditEntry)))


def test_an_account_stays_closed_from_every_address(browser: Browser, staff: User) -> None:
    for place in range(10):
        browser.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{place}"
        attempt(browser, password="wrong", status=422)
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.99"
    assert LOCKED in attempt(browser, status=422).text


def test_an_address_that_tries_many_accounts_is_closed_and_others_are_not(browser: Browser, staff: User, clock: Any) -> None:
    with unit_of_work("test", "test"):
        db.session.add_all([SignInTry(account=f"{n}", address="127.0.0.1", succeeded=False, at=NOW) for n in range(49)])
    assert WRONG in attempt(browser, "somebody", "wrong", status=422).text
    assert LOCKED in attempt(browser, status=422).text
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert attempt(browser).location == "/"


def test_a_success_ends_the_count(browser: Browser, staff: User) -> None:
    for _round in range(2):
        for _time in range(9):
            attempt(browser, password="wrong", status=422)
        assert attempt(browser).location == "/"


def test_an_administrator_opens_the_door(browser: Browser, staff: User, make_user: Callable[..., User]) -> None:
    for _time in range(10):
        attempt(browser, password="wrong", status=422)
    browser.as_(make_user("administrator")).post("accounts.unlock_user", user_id=staff.id)
    assert attempt(browser).location == "/"
    assert entries("accounts.unlocked")


def test_a_deactivated_person_is_told_only_with_the_right_password(browser: Browser, staff: User) -> None:
    with unit_of_work("test", "test"):
        db.session.get_one(User, staff.id).deactivated_at = NOW
    assert WRONG in attempt(browser, password="wrong", status=422).text
    assert "這個帳號已停用" in attempt(browser, status=422).text


def test_an_old_hash_is_renewed(browser: Browser, staff: User) -> None:
    from argon2 import PasswordHasher

    with unit_of_work("test", "test"):
        db.session.get_one(User, staff.id).password_hash = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    attempt(browser)
    assert not services.passwords.hasher.check_needs_rehash(db.session.get_one(User, staff.id, populate_existing=True).password_hash)


def test_without_a_csrf_token_nothing_happens(browser: Browser, staff: User) -> None:
    assert attempt(browser, csrf=False, status=400).text
    browser.get("accounts.me", status=302)


def test_thirty_posts_a_minute_from_one_address_are_enough(limited_app: Flask, clock: Any) -> None:
    browser = Browser(limited_app)
    for _time in range(30):
        browser.post("accounts.sign_in", {"username": ""}, status=422)
    browser.post("accounts.sign_in", {"username": ""}, status=429)
    browser.get("accounts.sign_in")


# --- where one goes after it


@pytest.mark.parametrize("target", ["/me", "/users?role=staff"])
def test_one_goes_on_to_where_one_wanted(browser: Browser, staff: User, target: str) -> None:
    assert attempt(browser, next=target).location == target


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"])
def test_never_to_another_site(browser: Browser, staff: User, target: str) -> None:
    assert attempt(browser, next=target).location == "/"
    for came in (target, f"http://localhost{target}"):
        assert browser.get("accounts.switch_language", language="en", headers={"Referer": came}, status=302).location == "/"
        assert browser.get("accounts.switch_theme", theme="dark", headers={"Referer": came}, status=302).location == "/"


def test_who_is_not_signed_in_is_asked_and_comes_back(browser: Browser, staff: User) -> None:
    location = browser.get("accounts.users", status=302, q="王").location
    back = parse_qs(urlsplit(location).query)["next"]
    assert urlsplit(location).path == "/sign-in"
    assert attempt(browser, next=back).location == "/users?q=%E7%8E%8B"


# --- the second factor


@pytest.fixture
def secret(staff: User) -> str:
    made = services.new_totp_secret()
    with unit_of_work("test", "test"):
        db.session.get_one(User, staff.id).totp_secret = made
    return made


def second(browser: Browser, code: str, **more: Any) -> Any:
    return browser.post("accounts.second_factor", {"code": code}, **more)


def test_the_second_factor_is_asked_before_anything_opens(browser: Browser, secret: str) -> None:
    assert attempt(browser, next="/me").location == "/sign-in/second-factor?next=/me"
    assert browser.get("accounts.me", status=302).location.startswith("/sign-in")
    assert "兩步驟驗證" in browser.get("accounts.second_factor").h1
    assert second(browser, pyotp.TOTP(secret).at(NOW), next="/me").location == "/me"
    browser.get("accounts.me")


@pytest.mark.parametrize(("shift", "ok"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_is_good_one_step_before_and_after(browser: Browser, secret: str, shift: int, ok: bool) -> None:
    attempt(browser)
    second(browser, pyotp.TOTP(secret).at(NOW + timedelta(seconds=shift)), status=302 if ok else 422)


def test_a_code_works_once(browser: Browser, secret: str, clock: Any) -> None:
    code = pyotp.TOTP(secret).at(NOW)
    attempt(browser)
    second(browser, f"{code[:3]} {code[3:]}")
    browser.post("accounts.sign_out")
    attempt(browser)
    page = second(browser, code, status=422)
    assert "驗證碼不正確或已用過" in page.error("code")
    clock.shift(timedelta(seconds=30))
    second(browser, pyotp.TOTP(secret).at(NOW + timedelta(seconds=30)))


def test_the_second_step_cannot_be_guessed_for_ever(browser: Browser, secret: str) -> None:
    for _round in range(5):
        attempt(browser)  # The right password in between does not end the count.
        second(browser, "000000", status=422)
        page = second(browser, "000001", status=422)
    assert LOCKED in page.text
    assert LOCKED in second(browser, pyotp.TOTP(secret).at(NOW), status=422).text
    assert LOCKED in attempt(browser, status=422).text


def test_the_second_step_needs_the_first_and_soon(browser: Browser, secret: str, clock: Any) -> None:
    assert browser.get("accounts.second_factor", status=302).location.startswith("/sign-in")
    attempt(browser)
    clock.shift(timedelta(minutes=10, seconds=1))
    assert second(browser, pyotp.TOTP(secret).at(NOW + timedelta(minutes=10)), status=302).location.startswith("/sign-in")
    browser.get("accounts.me", status=302)


def test_a_recovery_code_opens_once(browser: Browser, staff: User, secret: str) -> None:
    with unit_of_work("test", "test"):
        codes = services.new_recovery_codes(db.session.get_one(User, staff.id))
    assert len(set(codes)) == services.RECOVERY_CODES
    attempt(browser)
    second(browser, codes[0].lower().replace("-", " "))
    browser.get("accounts.me")
    attempt(browser)
    second(browser, codes[0], status=422)
    second(browser, codes[1])
    (first, _second) = entries("accounts.signed_in_by_recovery_code")
    assert first.acts[0]["params"]["left"] == 9
    kept = db.session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert not {code.replace("-", "") for code in codes} & set(kept)


def test_somebody_elses_recovery_code_is_no_use(browser: Browser, secret: str, make_user: Callable[..., User]) -> None:
    other = make_user("staff", username="other")
    with unit_of_work("test", "test"):
        codes = services.new_recovery_codes(db.session.get_one(User, other.id))
    attempt(browser)
    second(browser, codes[0], status=422)


# --- sessions


def test_signing_in_takes_a_new_token_and_empties_the_cookie(browser: Browser, staff: User) -> None:
    with browser.client.session_transaction() as cookie:
        cookie["sid"] = "planted"
        cookie["fresh_at"] = 9e9
        cookie["anything"] = "planted"
    attempt(browser)
    with browser.client.session_transaction() as cookie:
        first = cookie["sid"]
        assert first != "planted"
        assert "anything" not in cookie
        assert cookie["fresh_at"] == NOW.timestamp()
    assert first not in db.session.scalars(sa.select(UserSession.token_hash)).all()
    attempt(browser)
    with browser.client.session_transaction() as cookie:
        assert cookie["sid"] != first


def test_a_quiet_session_ends_and_its_use_keeps_it(browser: Browser, staff: User, clock: Any) -> None:
    attempt(browser)
    clock.shift(timedelta(minutes=59))
    browser.get("accounts.me")
    clock.shift(timedelta(minutes=59))
    browser.get("accounts.me")
    clock.shift(timedelta(minutes=60))
    assert browser.get("accounts.me", status=302).location.startswith("/sign-in")
    assert "60 分鐘沒有動作，已自動登出" in browser.get("accounts.sign_in").text


def test_a_session_ends_after_twelve_hours_in_any_case(browser: Browser, staff: User, clock: Any) -> None:
    attempt(browser)
    for _time in range(14):
        clock.shift(timedelta(minutes=50))
        browser.get("accounts.me")
    clock.shift(timedelta(minutes=20))
    browser.get("accounts.me", status=302)
    assert "登入已滿 12 小時" in browser.get("accounts.sign_in").text


def test_use_is_noted_at_most_once_a_minute(browser: Browser, staff: User, clock: Any) -> None:
    attempt(browser)
    clock.shift(timedelta(seconds=59))
    browser.get("accounts.me")
    assert db.session.scalar(sa.select(UserSession.seen_at)) == NOW
    db.session.rollback()
    clock.shift(timedelta(seconds=1))
    browser.get("accounts.me")
    assert db.session.scalar(sa.select(UserSession.seen_at)) == NOW + timedelta(minutes=1)


def test_signing_out_ends_the_session_for_the_old_cookie_too(app: Flask, browser: Browser, staff: User) -> None:
    attempt(browser)
    copy = Browser(app)
    with browser.client.session_transaction() as cookie:
        held = dict(cookie)
    with copy.client.session_transaction() as cookie:
        cookie.update(held)
    copy.get("accounts.me")
    browser.post("accounts.sign_out")
    browser.get("accounts.me", status=302)
    copy.get("accounts.me", status=302)


def test_a_revoked_session_is_out_at_the_next_request(browser: Browser, staff: User) -> None:
    here, there = browser.as_(staff), browser.as_(staff)
    rows = db.session.scalars(sa.select(UserSession.id).order_by(UserSession.id)).all()
    db.session.rollback()
    assert "這個瀏覽器" in here.get("accounts.me").text
    here.post("accounts.end_session", session_id=rows[1])
    assert there.get("accounts.me", status=302).location.startswith("/sign-in")
    assert "這次登入已被結束" in there.get("accounts.sign_in").text
    here.get("accounts.me")


def test_all_other_sessions_end_at_once(browser: Browser, staff: User) -> None:
    here, *others = (browser.as_(staff) for _time in range(3))
    here.post("accounts.end_other_sessions")
    here.get("accounts.me")
    for other in others:
        other.get("accounts.me", status=302)


def test_somebody_elses_session_is_not_found(browser: Browser, staff: User, make_user: Callable[..., User]) -> None:
    theirs = browser.as_(make_user("staff", username="other"))
    mine = browser.as_(staff)
    row = db.session.scalar(sa.select(UserSession.id).order_by(UserSession.id))
    db.session.rollback()
    mine.post("accounts.end_session", session_id=row, status=404)
    mine.post("accounts.end_session", session_id=99999, status=404)
    theirs.get("accounts.me")


def test_a_deactivated_person_is_out_at_the_next_request(browser: Browser, staff: User, make_user: Callable[..., User]) -> None:
    theirs = browser.as_(staff)
    theirs.get("accounts.me")
    browser.as_(make_user("administrator")).post("accounts.deactivate_user", user_id=staff.id)
    theirs.get("accounts.me", status=302)
    assert db.session.get_one(User, staff.id, populate_existing=True).roles, "history stays"


# --- a session that ends in the middle of a form


def test_what_was_typed_comes_back_after_signing_in_again(browser: Browser, clock: Any, make_user: Callable[..., User]) -> None:
    admin = make_user("administrator", username="admin")
    attempt(browser, "admin")
    clock.shift(timedelta(hours=2))
    typed = {"name": "林春嬌", "email": "lin@example.org", "roles": ["staff"]}
    location = browser.post("accounts.invite", typed).location
    assert location.startswith("/sign-in?next=/users/invite")
    page = browser.get(location)
    assert "剛才打的字會還給你" in page.text
    back = browser.post(location, {"username": "admin", "password": PASSWORD}).location
    assert back.startswith("/users/invite?draft=")
    form = browser.get(back)
    assert (form.value("name"), form.value("email")) == ("林春嬌", "lin@example.org")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 0, "nothing was saved meanwhile"
    assert admin.id


def test_nobody_else_gets_the_typed_text(browser: Browser, staff: User, clock: Any, make_user: Callable[..., User]) -> None:
    make_user("administrator", username="admin")
    make_user("administrator", username="other")
    attempt(browser, "admin")
    clock.shift(timedelta(hours=2))
    location = browser.post("accounts.invite", {"name": "林春嬌"}).location
    back = browser.post(location, {"username": "other", "password": PASSWORD}).location
    assert browser.get(back).value("name") == ""


def test_the_password_is_asked_again_before_sensitive_acts(browser: Browser, clock: Any, make_user: Callable[..., User]) -> None:
    admin = browser.as_(make_user("administrator", username="admin"), fresh=False)
    location = admin.post("accounts.invite", {"name": "林春嬌"}).location
    assert location.startswith("/confirm-password?next=/users/invite")
    page = admin.post(location, {"password": "wrong"}, status=422)
    assert page.error("password") == "密碼不正確。請再輸入一次。"
    back = admin.post(location, {"password": PASSWORD}).location
    assert admin.get(back).value("name") == "林春嬌"
    clock.shift(timedelta(minutes=15))
    admin.get("accounts.invite", status=302)


def test_asking_the_password_again_counts_at_the_same_door(browser: Browser, staff: User) -> None:
    signed_in = browser.as_(staff)
    for _time in range(10):
        page = signed_in.post("accounts.confirm_password", {"password": "wrong"}, status=422)
    assert LOCKED in page.text
    assert LOCKED in attempt(browser, status=422).text


# --- language, appearance, demo


def test_language_and_theme_are_kept_in_cookies(browser: Browser, staff: User) -> None:
    came = {"Referer": "http://localhost/sign-in?next=/me"}
    assert browser.get("accounts.switch_language", language="en", headers=came, status=302).location == "/sign-in?next=/me"
    assert 'lang="en"' in browser.get("accounts.sign_in").html
    assert browser.get("accounts.switch_theme", theme="dark", status=302).location == "/"  # The browser did not tell.
    answer = {"Referer": "http://localhost/sign-out"}  # Only ever the answer to a form: it cannot be asked for again.
    assert browser.get("accounts.switch_theme", theme="dark", headers=answer, status=302).location == "/"
    assert 'data-bs-theme="dark"' in browser.get("accounts.sign_in").html
    browser.get("accounts.switch_language", language="de", status=404)
    browser.get("accounts.switch_theme", theme="pink", status=404)


def test_demo_sign_ins_are_shown_in_the_demo_only(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "demo_sign_ins", [("會務人員", "demo-staff", "demo-password")])
    assert "demo-staff" not in browser.get("accounts.sign_in").text
    monkeypatch.setitem(app.config, "DEMO", True)
    assert "demo-staff" in browser.get("accounts.sign_in").text
