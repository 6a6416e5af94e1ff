"""People, roles, passwords and second factors: what a service refuses, changes and tells the audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pyotp
import pytest
import segno
import sqlalchemy as sa
from flask import Flask

from tests.conftest import PASSWORD
from unionops.core.accounts import queries, services
from unionops.core.accounts.models import RecoveryCode, User, UserRole
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

GOOD = "春雨下在稻田裡，很久"
NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def held(user: User) -> list[tuple[str, Ref | None]]:
    return [(row.role, row.scope) for row in db.session.scalars(sa.select(UserRole).where(UserRole.user_id == user.id).order_by(UserRole.id))]


def problems(refusal: pytest.ExceptionInfo[RuleBroken]) -> list[tuple[str, str]]:
    return [(problem.field, problem.text) for problem in refusal.value.problems]


# --- people


def test_a_person_is_created_with_roles_and_told_in_one_sentence() -> None:
    with unit_of_work("test", "test"):
        user = services.create_user(" Chun-Jiao ", " 林春嬌 ", password=GOOD, wanted=[("staff", Ref("unit", 3)), ("cashier", None)])
    assert (user.username, user.name) == ("chun-jiao", "林春嬌")
    assert set(held(user)) == {("staff", Ref("unit", 3)), ("cashier", None)}
    assert user.can("members.edit")
    assert user.scopes("members.edit") == frozenset({Ref("unit", 3)})
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.acts[0]["action"] == "accounts.user_created"
    assert entry.acts[0]["params"]["roles"] == ["會務人員 (unit:3)", "出納"]
    assert "argon2" not in str(entry.changes)


@pytest.mark.parametrize(
    ("username", "name", "password", "wanted", "field"),
    [
        ("", "林春嬌", GOOD, [], "username"),
        ("林春嬌", "林春嬌", GOOD, [], "username"),
        ("a b", "林春嬌", GOOD, [], "username"),
        ("STAFF", "林春嬌", GOOD, [], "username"),
        ("new", " ", GOOD, [], "name"),
        ("new", "林春嬌\r\nBcc: all@example.org", GOOD, [], "name"),
        ("new", "林春嬌", "short", [], "new_password"),
        ("new", "林春嬌", "", [], "new_password"),
        ("new", "林春嬌", GOOD, [("king", None)], "roles"),
        ("new", "林春嬌", GOOD, [("president", Ref("unit", 1))], "roles"),
        ("new", "林春嬌", GOOD, [("accountant", None), ("cashier", None)], "roles"),
    ],
)
def test_what_a_new_person_may_not_be(
    make_user: Callable[..., User], username: str, name: str, password: str, wanted: list[tuple[str, Ref | None]], field: str
) -> None:
    make_user("staff", username="staff")
    with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
        services.create_user(username, name, password=password, wanted=wanted)
    assert [one for one, _text in problems(refusal)] == [field]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 1


def test_the_first_administrator_comes_with_a_second_factor() -> None:
    secret = services.new_totp_secret()
    with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
        services.create_administrator("chen", "陳管理", password=GOOD, totp_secret=secret, code="000000", now=NOW)
    assert problems(refusal)[0][0] == "code"
    assert queries.user_by_username("chen") is None
    with unit_of_work("test", "test"):
        user, codes = services.create_administrator(
            "chen", "陳管理", password=GOOD, totp_secret=secret, code=pyotp.TOTP(secret).at(NOW), now=NOW, more=["secretary_general"]
        )
    assert {role for role, _scope in held(user)} == {"administrator", "secretary_general"}
    assert user.has_second_factor
    assert queries.unused_recovery_codes(user) == len(codes)


# --- roles


def test_roles_are_set_and_doubtful_pairs_come_back_with_their_reason(make_user: Callable[..., User]) -> None:
    user, admin = make_user("staff"), make_user("administrator")
    with unit_of_work("test", "test"):
        warnings = services.set_roles(user, [("director", None), ("accountant", None)], by=admin)
    assert held(user) == [("director", None), ("accountant", None)]
    assert [conflict.basis.rule for conflict in warnings] == ["HB-finance-post"]


def test_a_role_everywhere_swallows_the_same_role_in_a_unit(make_user: Callable[..., User]) -> None:
    user, admin = make_user("staff", scope=Ref("unit", 1)), make_user("administrator")
    with unit_of_work("test", "test"):
        services.set_roles(user, [("staff", Ref("unit", 1)), ("staff", None), ("staff", None)], by=admin)
    assert held(user) == [("staff", None)]
    assert user.scopes("members.edit") is None


def test_a_role_that_stays_keeps_its_row(make_user: Callable[..., User]) -> None:
    user, admin = make_user("staff"), make_user("administrator")
    before = user.roles[0].id
    with unit_of_work("test", "test"):
        services.set_roles(user, [("cashier", None), ("staff", None)], by=admin)
    assert before in [row.id for row in user.roles]


def test_nobody_changes_their_own_roles(make_user: Callable[..., User]) -> None:
    admin = make_user("administrator")
    make_user("administrator")
    with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
        services.set_roles(admin, [("administrator", None), ("secretary_general", None)], by=admin)
    assert problems(refusal) == [("", "不能改自己的角色。請另一位系統管理員來改。")]
    assert held(admin) == [("administrator", None)]


def test_the_last_administrator_stays(make_user: Callable[..., User]) -> None:
    admin, gone, other = make_user("administrator", name="陳管理"), make_user("administrator"), make_user("staff")
    with unit_of_work("test", "test"):
        services.deactivate(gone, by=admin, now=NOW)
    for act in (lambda: services.set_roles(admin, [("staff", None)], by=other), lambda: services.deactivate(admin, by=other, now=NOW)):
        with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
            act()
        assert problems(refusal) == [("", "陳管理是最後一位系統管理員。請先把這個角色給另一個人。")]
    with unit_of_work("test", "test"):
        services.set_roles(other, [("administrator", None)], by=admin)
    with unit_of_work("test", "test"):
        services.deactivate(admin, by=other, now=NOW)
    assert [user.id for user in queries.active_administrators()] == [other.id]


def test_nobody_deactivates_themselves(make_user: Callable[..., User]) -> None:
    admin = make_user("administrator")
    make_user("administrator")
    with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
        services.deactivate(admin, by=admin, now=NOW)
    assert problems(refusal) == [("", "不能停用自己。請另一位系統管理員來做。")]


def test_deactivation_keeps_history_and_can_be_taken_back(make_user: Callable[..., User]) -> None:
    user, admin = make_user("staff"), make_user("administrator")
    with unit_of_work("test", "test"):
        services.deactivate(user, by=admin, now=NOW)
    assert (user.is_active, user.deactivated_at, held(user)) == (False, NOW, [("staff", None)])
    with unit_of_work("test", "test"):
        services.deactivate(user, by=admin, now=NOW + timedelta(days=1))
    assert user.deactivated_at == NOW, "done once"
    with unit_of_work("test", "test"):
        services.reactivate(user)
    assert user.is_active


# --- passwords


@pytest.mark.parametrize(
    ("new", "text"),
    [("九個字的密碼不行啊", "密碼至少 10 個字"), ("staff12345", "密碼不可以是帳號"), ("qwertyuiop", "太常見"), (GOOD, "和現在的一樣")],
)
def test_a_bad_new_password_changes_nothing(make_user: Callable[..., User], new: str, text: str) -> None:
    user = make_user("staff", username="staff")
    with unit_of_work("test", "test"):
        services.change_password(user, GOOD, now=NOW)
    with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
        services.change_password(user, new, now=NOW)
    assert text in problems(refusal)[0][1]
    assert services.is_password(user, GOOD)


def test_passwords_are_argon2id_and_never_equal() -> None:
    one, two = services.hashed(PASSWORD), services.hashed(PASSWORD)
    assert one.startswith("$argon2id$")
    assert one != two


def test_who_has_no_password_cannot_sign_in(make_user: Callable[..., User]) -> None:
    user = make_user("staff")
    user.password_hash = ""
    assert not services.is_password(user, "")
    assert not services.is_password(user, PASSWORD)
    db.session.rollback()


# --- second factor


def test_the_second_factor_starts_when_a_code_shows_that_it_works(make_user: Callable[..., User]) -> None:
    user, secret = make_user("staff"), services.new_totp_secret()
    with pytest.raises(RuleBroken) as refusal, unit_of_work("test", "test"):
        services.enrol_totp(user, secret, "000000", now=NOW)
    assert problems(refusal)[0][0] == "code"
    assert not user.has_second_factor
    with unit_of_work("test", "test"):
        codes = services.enrol_totp(user, secret, pyotp.TOTP(secret).at(NOW), now=NOW)
    assert user.has_second_factor
    assert queries.unused_recovery_codes(user) == len(codes) == services.RECOVERY_CODES
    told = "".join(str(entry.changes) + str(entry.acts) for entry in db.session.scalars(sa.select(AuditEntry)))
    assert secret not in told
    assert codes[0] not in told
    raw = db.session.connection().exec_driver_sql("SELECT totp_secret FROM user").scalar()
    assert secret.encode() not in raw


def test_the_enrolment_code_cannot_sign_in_again(make_user: Callable[..., User]) -> None:
    user, secret = make_user("staff"), services.new_totp_secret()
    code = pyotp.TOTP(secret).at(NOW)
    with unit_of_work("test", "test"):
        services.enrol_totp(user, secret, code, now=NOW)
    user_id = user.id
    db.session.rollback()
    with pytest.raises(RuleBroken), unit_of_work("test", "test"):
        services.check_second_factor(user_id, code, address="192.0.2.1", now=NOW)


def test_new_recovery_codes_make_the_old_ones_void(make_user: Callable[..., User]) -> None:
    user = make_user("staff")
    with unit_of_work("test", "test"):
        old = services.new_recovery_codes(user)
    with unit_of_work("test", "test"):
        new = services.new_recovery_codes(user)
    assert not set(old) & set(new)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == services.RECOVERY_CODES


def test_resetting_the_second_factor_takes_everything_of_it_away(make_user: Callable[..., User]) -> None:
    user, secret = make_user("staff"), services.new_totp_secret()
    with unit_of_work("test", "test"):
        services.enrol_totp(user, secret, pyotp.TOTP(secret).at(NOW), now=NOW)
    with unit_of_work("test", "test"):
        services.reset_second_factor(user)
    assert not user.has_second_factor
    assert user.totp_last_step is None
    assert queries.unused_recovery_codes(user) == 0


def test_the_picture_is_a_qr_code_for_an_image() -> None:
    secret = services.new_totp_secret()
    picture = services.totp_picture(secret, username="staff", issuer="示範工會")
    assert picture.startswith("data:image/svg+xml")
    address = f"otpauth://totp/{quote('示範工會')}:staff?secret={secret}&issuer={quote('示範工會')}"
    assert picture == segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


# --- the command line


def test_the_first_administrator_is_made_on_the_command_line(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    line = ["accounts", "create-administrator", "chen", "--name", "陳管理", "--role", "secretary_general"]
    told = run(args=line, env={"UNIONOPS_PASSWORD": GOOD})
    assert told.exit_code == 0, told.output
    user = queries.user_by_username("chen")
    assert user is not None
    assert {role for role, _scope in held(user)} == {"administrator", "secretary_general"}
    db.session.rollback()
    again = run(args=line, env={"UNIONOPS_PASSWORD": GOOD})
    assert again.exit_code == 1
    assert "帳號 chen 已經有人用了" in again.output


def test_a_weak_password_is_refused_on_the_command_line_too(app: Flask) -> None:
    told = app.test_cli_runner().invoke(args=["accounts", "create-administrator", "chen", "--name", "陳"], input="short\nshort\n")
    assert told.exit_code == 1
    assert "密碼至少 10 個字" in told.output
    assert queries.user_by_username("chen") is None


def test_the_command_line_opens_a_closed_door(app: Flask, make_user: Callable[..., User]) -> None:
    make_user("staff", username="staff")
    for _time in range(10):
        with pytest.raises(RuleBroken):
            services.check_password("staff", "wrong", address="192.0.2.1", now=NOW)
    run = app.test_cli_runner().invoke
    assert run(args=["accounts", "unlock", "nobody"]).exit_code == 1
    assert run(args=["accounts", "unlock", "staff"]).exit_code == 0
    with unit_of_work("test", "test"):
        assert services.check_password("staff", PASSWORD, address="192.0.2.1", now=NOW).username == "staff"


# --- the other database


@pytest.mark.postgres
def test_doors_and_the_last_administrator_on_postgresql(pg_app: Flask) -> None:
    with unit_of_work("test", "test"):
        admin = services.create_user("admin", "陳管理", password=GOOD, wanted=[("administrator", None)])
        other = services.create_user("other", "林春嬌", password=GOOD, wanted=[("staff", Ref("unit", 3))])
    with unit_of_work("test", "test"):
        assert services.check_password("ADMIN", GOOD, address="192.0.2.1", now=NOW).id == admin.id
    for _time in range(10):
        with pytest.raises(RuleBroken):
            services.check_password("admin", "wrong", address="192.0.2.1", now=NOW)
    with pytest.raises(RuleBroken) as refusal:
        services.check_password("admin", GOOD, address="192.0.2.1", now=NOW)
    assert "還有 15 分鐘" in refusal.value.problems[0].text
    with pytest.raises(RuleBroken), unit_of_work("test", "test"):
        services.deactivate(admin, by=other, now=NOW)
    secret = services.new_totp_secret()
    with unit_of_work("test", "test"):
        services.enrol_totp(other, secret, pyotp.TOTP(secret).at(NOW), now=NOW)
    later = NOW + timedelta(seconds=30)
    with unit_of_work("test", "test"):
        services.check_second_factor(other.id, pyotp.TOTP(secret).at(later), address="192.0.2.1", now=later)
    db.session.rollback()


def test_a_password_that_grows_when_it_is_normalised_still_fits(app):
    from unionops.core.accounts import services

    password = "ﷺ一個夠長的密碼" * 20  # NFKC makes eighteen letters of the first.
    assert len(password) <= 200
    assert services.passwords.fits(services.hashed(password), password)
    assert not services.passwords.fits(services.hashed(password), password + "x")
