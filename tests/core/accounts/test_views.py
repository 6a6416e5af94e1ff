"""Screens of accounts: one's own account, and the people who sign in. The real gate, the real templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser, Statements
from tests.conftest import PASSWORD
from unionops.core import clock
from unionops.core.accounts import queries, services
from unionops.core.accounts.models import User, UserRole, UserSession
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.screens import SCREENS
from unionops.values.refs import Ref

NEW = "一句很長的新密碼，下雨天"
Maker = Callable[..., User]


@pytest.fixture
def admin(browser: Browser, make_user: Maker) -> Browser:
    return browser.as_(make_user("administrator", username="admin", name="陳管理"))


@pytest.fixture
def staff(make_user: Maker) -> User:
    return make_user("staff", username="staff", name="林春嬌")


def again(user: User) -> User:
    return db.session.get_one(User, user.id, populate_existing=True)


# --- one's own account


def test_my_account_shows_roles_and_devices(browser: Browser, staff: User) -> None:
    page = browser.as_(staff).get("accounts.me")
    assert page.h1 == "林春嬌"
    assert "會務人員" in page.text
    assert "這個瀏覽器" in page.text
    assert "未開啟" in page.text


def test_my_account_says_which_roles_should_not_meet_and_why(browser: Browser, make_user: Maker) -> None:
    page = browser.as_(make_user("director", "accountant")).get("accounts.me")
    assert "勞資1字第1010127313號" in page.text
    assert "HB-finance-post" in page.text


def test_changing_the_password_ends_the_other_sign_ins(browser: Browser, staff: User) -> None:
    here, there = browser.as_(staff), browser.as_(staff)
    here.get("accounts.change_password")
    assert here.post("accounts.change_password", {"password": PASSWORD, "new_password": NEW, "again": NEW}).location == "/me"
    here.get("accounts.me")
    there.get("accounts.me", status=302)
    assert services.is_password(again(staff), NEW)


@pytest.mark.parametrize(
    ("data", "field", "text"),
    [
        ({"password": "wrong", "new_password": NEW, "again": NEW}, "password", "密碼不正確"),
        ({"password": PASSWORD, "new_password": NEW, "again": NEW + "x"}, "again", "兩次輸入的新密碼不一樣"),
        ({"password": PASSWORD, "new_password": "short", "again": "short"}, "new_password", "至少 10 個字"),
        ({"password": PASSWORD, "new_password": "", "again": ""}, "new_password", "必填"),
        ({"password": PASSWORD, "new_password": "長" * 201, "again": "長" * 201}, "new_password", "最多 200 個字"),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(browser: Browser, staff: User, data: dict[str, str], field: str, text: str) -> None:
    page = browser.as_(staff).post("accounts.change_password", data, status=422)
    assert text in page.error(field)
    assert services.is_password(again(staff), PASSWORD)


def test_weak_new_passwords_do_not_lock_whoever_knows_the_old_one(browser: Browser, staff: User) -> None:
    signed_in = browser.as_(staff)
    for _time in range(11):
        signed_in.post("accounts.change_password", {"password": PASSWORD, "new_password": "short", "again": "short"}, status=422)
    signed_in.post("accounts.change_password", {"password": PASSWORD, "new_password": NEW, "again": NEW})


def test_the_second_factor_is_turned_on_and_codes_are_shown_once(browser: Browser, staff: User) -> None:
    signed_in = browser.as_(staff)
    page = signed_in.get("accounts.enrol_second_factor")
    assert 'src="data:image/svg+xml' in page.html
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page.html)
    assert key
    secret = key[1].replace(" ", "")
    assert "對不上" in signed_in.post("accounts.enrol_second_factor", {"code": "12345"}, status=422).error("code")
    done = signed_in.post("accounts.enrol_second_factor", {"code": pyotp.TOTP(secret).at(clock.now())}, status=200)
    assert len(re.findall(r"<code>[A-Z2-9]{5}-[A-Z2-9]{5}</code>", done.html)) == services.RECOVERY_CODES
    assert done.response.headers["Cache-Control"] == "no-store"
    assert "還有 10 組" in signed_in.get("accounts.me").text
    assert "還沒用的 10 組舊復原碼作廢" in signed_in.get("accounts.new_recovery_codes").text
    more = signed_in.post("accounts.new_recovery_codes", status=200)
    assert "舊的全部作廢" in more.text
    signed_in.get("accounts.remove_second_factor")
    signed_in.post("accounts.remove_second_factor")
    assert not again(staff).has_second_factor


def test_recovery_codes_need_a_second_factor(browser: Browser, staff: User) -> None:
    assert browser.as_(staff).get("accounts.new_recovery_codes", status=302).location == "/me/second-factor"


# --- people


def test_the_list_finds_filters_and_says_who_is_missing(admin: Browser, staff: User, make_user: Maker) -> None:
    gone = make_user("staff", name="王離職")
    with unit_of_work("test", "test"):
        services.deactivate(again(gone), by=None, now=datetime(2026, 9, 1, tzinfo=UTC))
    page = admin.get("accounts.users")
    assert "林春嬌" in page.text
    assert "王離職" not in page.text
    assert "停用的 1 人不在這份清單裡" in page.text
    assert "王離職" in admin.get("accounts.users", state="inactive").text
    assert "王離職" in admin.get("accounts.users", state="all").text
    assert "林春嬌" not in admin.get("accounts.users", role="administrator").text
    assert "沒有符合條件的人" in admin.get("accounts.users", q="%_沒有這個人").text


def test_the_list_costs_as_many_statements_for_many(app: Flask, admin: Browser, make_user: Maker) -> None:
    def cost() -> int:
        with Statements() as seen:
            admin.get("accounts.users")
        return len(seen)

    make_user("staff")
    cost()  # The first page of a process also asks what it then remembers.
    few = cost()
    for _time in range(8):
        make_user("staff", "cashier")
    assert cost() == few


@pytest.mark.parametrize(("roles", "text"), [(["king"], "清單中沒有這一項"), (["accountant", "cashier"], "同一人不得兼任會計與出納")])
def test_roles_that_cannot_be_given(admin: Browser, staff: User, roles: list[str], text: str) -> None:
    admin.get("accounts.set_roles", user_id=staff.id)
    page = admin.post("accounts.set_roles", {"roles": roles}, status=422, user_id=staff.id)
    assert text in page.text
    assert [row.role for row in again(staff).roles] == ["staff"]


def test_doubtful_roles_are_told_before_they_are_given_and_as_long_as_they_are(admin: Browser, staff: User) -> None:
    typed = {"roles": ["director", "accountant"]}
    page = admin.post("accounts.set_roles", typed, status=422, user_id=staff.id)
    assert "勞資1字第1010127313號" in page.text
    assert "HB-finance-post" in page.text
    assert "不宜由同一人擔任" in page.error("accepted")
    assert [row.role for row in again(staff).roles] == ["staff"]
    admin.post("accounts.set_roles", typed | {"accepted": "y"}, user_id=staff.id)
    page = admin.get("accounts.user", user_id=staff.id)
    assert "勞資1字第1010127313號" in page.text
    assert "HB-finance-post" in page.text
    listed = admin.get("accounts.users")
    assert "職務衝突" in listed.text
    assert "有 1 人的職務不宜兼任，還沒解決" in listed.text
    found = admin.get("accounts.users", duties="conflict")
    assert "林春嬌" in found.text
    assert "陳管理" not in " ".join(element.text or "" for element in found.tree.iter() if (element.get("scope") or "") == "row")
    admin.post("accounts.set_roles", {"roles": ["director"]}, user_id=staff.id)
    assert "職務衝突" not in admin.get("accounts.users").text.replace("有職務衝突", "")
    assert "沒有符合條件的人" in admin.get("accounts.users", duties="conflict").text


def test_a_role_can_be_limited_to_units_when_there_are_any(admin: Browser, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_SCOPES", [lambda: [(Ref("unit", 1), "北區分會"), (Ref("unit", 2), "南區分會")]])
    admin.post("accounts.set_roles", {"roles": ["staff", "director"], "units": ["unit:1", "unit:2"], "accepted": "y"}, user_id=staff.id)
    assert {(row.role, row.scope) for row in again(staff).roles} == {
        ("staff", Ref("unit", 1)), ("staff", Ref("unit", 2)), ("director", None),
    }
    assert "南區分會" in admin.get("accounts.user", user_id=staff.id).text
    page = admin.post("accounts.set_roles", {"roles": ["staff"], "units": ["unit:9"]}, status=422, user_id=staff.id)
    assert "清單中沒有這一項" in page.text


def test_nobody_gives_themselves_more(admin: Browser, browser: Browser, staff: User) -> None:
    own = db.session.scalar(sa.select(User.id).where(User.username == "admin"))
    page = admin.post("accounts.set_roles", {"roles": ["administrator", "secretary_general"]}, status=422, user_id=own)
    assert "不能改自己的角色" in page.text
    clerk = browser.as_(staff)
    clerk.post("accounts.set_roles", {"roles": ["administrator"]}, status=403, user_id=staff.id)
    clerk.get("accounts.set_roles", status=403, user_id=staff.id)
    assert [row.role for row in again(staff).roles] == ["staff"]
    refused = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "refused")).all()
    assert [(entry.actor_id, entry.source) for entry in refused] == [(staff.id, "accounts.set_roles")] * 2


def test_an_extra_field_gives_nothing(admin: Browser, browser: Browser, staff: User) -> None:
    admin.post("accounts.edit_user", {"name": "林春嬌", "email": "", "roles": "administrator", "password_hash": "x"}, user_id=staff.id)
    assert [row.role for row in again(staff).roles] == ["staff"]


def test_reading_is_not_managing(browser: Browser, staff: User, make_user: Maker) -> None:
    reader = browser.as_(make_user("auditor"))
    page = reader.get("accounts.user", user_id=staff.id)
    assert "設定角色" not in page.text
    reader.get("accounts.users")
    reader.get("accounts.roles")
    for endpoint in ("edit_user", "set_roles", "deactivate_user", "reset_password", "reset_second_factor"):
        reader.get(f"accounts.{endpoint}", status=403, user_id=staff.id)
    for endpoint in ("reactivate_user", "end_sessions", "unlock_user", "mail_reset", "print_reset"):
        reader.post(f"accounts.{endpoint}", status=403, user_id=staff.id)


def test_a_persons_page_is_logged_as_read(admin: Browser, staff: User) -> None:
    admin.get("accounts.user", user_id=staff.id)
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "read")).one()
    assert entry.source == "accounts.user"


def test_name_and_address_are_corrected(admin: Browser, staff: User) -> None:
    assert admin.get("accounts.edit_user", user_id=staff.id).value("name") == "林春嬌"
    admin.post("accounts.edit_user", {"name": "林春姣", "email": "lin@example.org"}, user_id=staff.id)
    assert (again(staff).name, again(staff).email) == ("林春姣", "lin@example.org")
    admin.post("accounts.edit_user", {"name": " ", "email": ""}, status=422, user_id=staff.id)


def test_deactivation_says_what_follows_and_can_be_taken_back(admin: Browser, staff: User) -> None:
    assert "不能再登入" in admin.get("accounts.deactivate_user", user_id=staff.id).text
    admin.post("accounts.deactivate_user", user_id=staff.id)
    assert not again(staff).is_active
    assert "已停用" in admin.get("accounts.user", user_id=staff.id).text
    admin.post("accounts.reactivate_user", user_id=staff.id)
    assert again(staff).is_active


def test_the_last_administrator_cannot_be_taken_away(admin: Browser) -> None:
    own = db.session.scalar(sa.select(User.id).where(User.username == "admin"))
    page = admin.post("accounts.deactivate_user", status=422, user_id=own)
    assert "不能停用自己" in page.text or "最後一位系統管理員" in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserRole).where(UserRole.role == "administrator")) == 1


def test_a_lost_phone_is_helped(admin: Browser, staff: User) -> None:
    with unit_of_work("test", "test"):
        again(staff).totp_secret = services.new_totp_secret()
    admin.get("accounts.reset_second_factor", user_id=staff.id)
    admin.post("accounts.reset_second_factor", user_id=staff.id)
    assert not again(staff).has_second_factor


def test_all_sign_ins_of_a_person_end(admin: Browser, browser: Browser, staff: User) -> None:
    theirs = browser.as_(staff)
    admin.post("accounts.end_sessions", user_id=staff.id)
    theirs.get("accounts.me", status=302)
    open_ones = sa.select(sa.func.count()).select_from(UserSession).where(UserSession.ended_at.is_(None))
    assert db.session.scalar(open_ones) == 1


@pytest.mark.parametrize("endpoint", ["user", "edit_user", "set_roles", "deactivate_user", "reset_password", "reset_second_factor"])
def test_a_person_who_does_not_exist_is_not_found(admin: Browser, endpoint: str) -> None:
    admin.get(f"accounts.{endpoint}", status=404, user_id=99999)


def test_the_matrix_shows_every_permission_and_one_role(admin: Browser) -> None:
    page = admin.get("accounts.roles")
    assert "管理使用者與角色" in page.text
    assert "同一人不得兼任會計與出納" in page.text
    assert "可以只限於幾個單位" in admin.get("accounts.roles", role="staff").text
    assert admin.get("accounts.roles", role="king").h1 == "角色與權限"


def test_every_post_needs_its_token(admin: Browser, staff: User) -> None:
    unsafe = [name for name, screen in SCREENS.items() if name.startswith("accounts.") and "POST" in screen.methods]
    for endpoint in unsafe:
        arguments: dict[str, Any] = {}
        if "user_id" in SCREENS[endpoint].rule:
            arguments["user_id"] = staff.id
        for record in ("session_id", "invitation_id", "passkey_id"):
            if record in SCREENS[endpoint].rule:
                arguments[record] = 1
        admin.post(endpoint, csrf=False, status=400, **arguments)
    assert again(staff).is_active
