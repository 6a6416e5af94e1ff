"""Passkeys at the server: made, used to sign in and to confirm, refused for every answer that does not fit, never the last way in lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.browsing import Browser
from tests.core.accounts.device import PRESENT, Device
from unionops.core.accounts import services
from unionops.core.accounts.models import Passkey, User
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Notice
from unionops.values.problems import RuleBroken

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
Maker = Callable[..., User]


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(clock: Any, make_user: Maker) -> User:
    return make_user("staff", username="staff", name="林春嬌")


@pytest.fixture
def device() -> Device:
    return Device()


def question(browser: Browser, endpoint: str = "accounts.passkey_question", **typed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(browser.post(endpoint, typed, status=200).response.get_data(as_text=True))
    return found


def add(browser: Browser, device: Device, name: str = "辦公室電腦", **more: Any) -> Any:
    answer = device.create(question(browser, "accounts.new_passkey_question"), **more.pop("wrong", {}))
    return browser.post("accounts.add_passkey", {"credential": answer, "name": name}, **more)


def sign_in(browser: Browser, device: Device, **more: Any) -> Any:
    answer = device.answer(question(browser), **more.pop("wrong", {}))
    return browser.post("accounts.sign_in_by_passkey", {"credential": answer}, **more)


@pytest.fixture
def known(browser: Browser, staff: User, device: Device) -> Device:
    """The device once it holds a passkey of ``staff``."""
    add(browser.as_(staff), device)
    return device


def passkeys() -> list[Passkey]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Passkey)))


def actions() -> list[str]:
    db.session.rollback()
    return [act["action"] for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)) for act in entry.acts]


# --- made


def test_a_passkey_is_added_named_listed_and_its_owner_told(browser: Browser, staff: User, device: Device) -> None:
    mine = browser.as_(staff)
    assert "不必打密碼與驗證碼" in mine.get("accounts.me").text
    assert add(mine, device).location == "/me"
    page = mine.get("accounts.me").text
    assert "辦公室電腦" in page
    assert "還沒用過" in page
    assert actions().count("accounts.passkey_added") == 1
    assert "新增了通行金鑰「辦公室電腦」" in db.session.scalars(sa.select(Notice)).one().text


def test_the_question_asks_for_what_we_expect(browser: Browser, staff: User, known: Device) -> None:
    asked = question(browser.as_(staff), "accounts.new_passkey_question")
    assert asked["rp"] == {"name": "unionops", "id": "localhost"}
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"] == {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    assert len(asked["excludeCredentials"]) == 1, "a device that holds one makes no second"
    assert "staff" not in str(known.handle), "no name on the device's mark"
    assert question(browser)["userVerification"] == "required"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"origin": "https://evil.example"}, {}),
        ({"host": "evil.example"}, {}),
        ({"flags": PRESENT}, {}),
        ({}, {"challenge": "AAAA"}),
        ({}, {"type": "webauthn.get"}),
    ],
    ids=["origin", "site", "not verified", "challenge", "kind"],
)
def test_an_answer_that_does_not_fit_makes_no_passkey(
    browser: Browser, staff: User, device: Device, change: dict[str, Any], wrong: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(device, name, value)
    assert "對不上這次的要求" in add(browser.as_(staff), device, wrong=wrong, status=422).text
    assert passkeys() == []


def test_a_passkey_that_is_known_is_nobody_elses(browser: Browser, known: Device, make_user: Maker) -> None:
    add(browser.as_(make_user("staff")), known, status=422)
    assert len(passkeys()) == 1


def test_a_question_holds_once_for_its_purpose_and_five_minutes(browser: Browser, staff: User, device: Device, clock: Any) -> None:
    mine = browser.as_(staff)
    answer = {"credential": device.create(question(mine, "accounts.new_passkey_question")), "name": "甲"}
    question(mine)  # Another button was pressed meanwhile.
    assert "請再按一次" in mine.post("accounts.add_passkey", answer, status=422).text
    answer = {"credential": device.create(question(mine, "accounts.new_passkey_question")), "name": "甲"}
    clock.shift(timedelta(minutes=5, seconds=1))
    mine.post("accounts.add_passkey", answer, status=422)
    assert passkeys() == []
    add(mine, device)
    mine.post("accounts.add_passkey", answer, status=422)


def test_a_passkey_needs_a_name(browser: Browser, staff: User, device: Device) -> None:
    assert add(browser.as_(staff), device, " ", status=422).error("name")
    assert add(browser.as_(staff), device, "甲\x07乙", status=422).error("name")


def test_adding_asks_who_one_is_again(browser: Browser, staff: User) -> None:
    assert browser.as_(staff, fresh=False).get("accounts.add_passkey", status=302).location.startswith("/confirm-password")


# --- used


def test_a_passkey_signs_in_without_name_and_second_step(browser: Browser, staff: User, known: Device, clock: Any) -> None:
    with unit_of_work("test", "test"):
        db.session.get_one(User, staff.id).totp_secret = services.new_totp_secret()
    guest = Browser(browser.app)
    assert sign_in(guest, known, next="/me").location == "/me"
    page = guest.get("accounts.me")
    assert page.h1 == "林春嬌"
    assert "115/09/01 09:00" in page.text
    assert "accounts.signed_in_by_passkey" in actions()
    guest.get("accounts.change_password")


def test_a_locked_door_is_for_passwords(browser: Browser, known: Device) -> None:
    guest = Browser(browser.app)
    for _time in range(11):
        guest.post("accounts.sign_in", {"username": "staff", "password": "wrong"}, status=422)
    sign_in(guest, known)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"origin": "https://evil.example"}, {}),
        ({"host": "evil.example"}, {}),
        ({"flags": PRESENT}, {}),
        ({"handle": b"somebody else"}, {}),
        ({"name": b"\x02" * 16}, {}),
        ({"key": Device().key}, {}),
        ({}, {"challenge": "AAAA"}),
        ({}, {"type": "webauthn.create"}),
    ],
    ids=["origin", "site", "not verified", "somebody else's mark", "unknown key", "another key's signature", "challenge", "kind"],
)
def test_an_answer_that_does_not_fit_signs_nobody_in(browser: Browser, known: Device, change: dict[str, Any], wrong: dict[str, Any]) -> None:
    for name, value in change.items():
        setattr(known, name, value)
    guest = Browser(browser.app)
    assert "這個通行金鑰不能登入" in sign_in(guest, known, wrong=wrong, status=422).text
    guest.get("accounts.me", status=302)
    assert actions()[-1] in ("accounts.passkey_refused", "accounts.unknown_passkey_refused")


def test_an_answer_is_good_once_even_with_the_old_cookie(browser: Browser, known: Device) -> None:
    guest = Browser(browser.app)
    answer = {"credential": known.answer(question(guest))}
    with guest.client.session_transaction() as cookie:
        before = dict(cookie)
    guest.post("accounts.sign_in_by_passkey", answer)
    thief = Browser(browser.app)
    with thief.client.session_transaction() as cookie:
        cookie.update(before)
    assert "這個通行金鑰不能登入" in thief.post("accounts.sign_in_by_passkey", answer, status=422).text
    thief.get("accounts.me", status=302)


def test_a_question_is_not_answered_after_five_minutes(browser: Browser, known: Device, clock: Any) -> None:
    guest = Browser(browser.app)
    answer = {"credential": known.answer(question(guest))}
    clock.shift(timedelta(minutes=5, seconds=1))
    assert "等太久了" in guest.post("accounts.sign_in_by_passkey", answer, status=422).text


def test_a_count_that_goes_back_is_a_copy(browser: Browser, known: Device) -> None:
    for count, status in ((5, 302), (6, 302), (6, 422), (3, 422), (0, 422), (7, 302)):
        known.count = count
        sign_in(Browser(browser.app), known, status=status)


def test_a_deactivated_person_gets_in_by_no_passkey(browser: Browser, staff: User, known: Device) -> None:
    with unit_of_work("test", "test"):
        services.deactivate(db.session.get_one(User, staff.id), by=None, now=NOW)
    assert "這個通行金鑰不能登入" in sign_in(Browser(browser.app), known, status=422).text


@pytest.mark.parametrize("said", ["", "{}", "[]", "null", "nonsense", '{"id": 1}', '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}'])
def test_nonsense_signs_nobody_in(browser: Browser, known: Device, said: str) -> None:
    guest = Browser(browser.app)
    question(guest)
    guest.post("accounts.sign_in_by_passkey", {"credential": said}, status=422)
    mine = browser.as_(db.session.scalars(sa.select(User)).one())
    question(mine, "accounts.new_passkey_question")
    mine.post("accounts.add_passkey", {"credential": said, "name": "甲"}, status=422)
    assert len(passkeys()) == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from(["attestationObject", "authenticatorData", "signature", "clientDataJSON"]))
def test_whatever_bytes_come_they_are_refused_calmly(app: Flask, noise: bytes, place: int, part: str) -> None:
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

    site = services.passkeys.Site("localhost", "http://localhost")
    asked, challenge = services.passkeys.question_for_new(site, union="工會", username="u", name="u", held=[])
    device = Device()
    said = json.loads(device.create(asked) if part == "attestationObject" else device.answer(asked))
    whole = base64url_to_bytes(said["response"][part])
    said["response"][part] = bytes_to_base64url(whole[:place] + noise + whole[place + len(noise) :] if noise else whole[: place % len(whole)])
    db.session.rollback()
    if part == "attestationObject":
        with suppress(RuleBroken):  # Some noise hurts nothing: zeros where there were zeros.
            services.passkeys.register(User(username="u", name="u"), json.dumps(said), challenge=challenge, site=site, name="x", now=NOW)
        db.session.rollback()
    else:
        with pytest.raises(RuleBroken):
            services.passkeys.sign_in(json.dumps(said), challenge=challenge, site=site, now=NOW)


# --- to show again that one is still the same


def test_a_passkey_confirms_as_the_password_does(browser: Browser, staff: User, known: Device) -> None:
    mine = browser.as_(staff, fresh=False)
    asked = mine.get("accounts.add_passkey", status=302).location
    assert "用通行金鑰確認" in mine.get(asked).text
    answer = known.answer(question(mine))
    assert mine.post("accounts.confirm_by_passkey", {"credential": answer}, next="/me/passkeys/new").location == "/me/passkeys/new"
    mine.get("accounts.add_passkey")


def test_nobody_confirms_with_somebody_elses_passkey(browser: Browser, known: Device, make_user: Maker) -> None:
    other = browser.as_(make_user("administrator"), fresh=False)
    other.post("accounts.confirm_by_passkey", {"credential": known.answer(question(other))}, status=422)
    other.get("accounts.invite", status=302)


def test_an_answer_for_signing_in_confirms_nothing(browser: Browser, staff: User, known: Device) -> None:
    answer = known.answer(question(Browser(browser.app)))
    mine = browser.as_(staff, fresh=False)
    question(mine)
    mine.post("accounts.confirm_by_passkey", {"credential": answer}, status=422)


# --- taken away


def test_the_last_way_in_stays(browser: Browser, staff: User, known: Device) -> None:
    with unit_of_work("test", "test"):
        db.session.get_one(User, staff.id).password_hash = ""
    mine, first = browser.as_(staff), passkeys()[0].id
    assert "唯一的登入方式" in mine.get("accounts.me").html
    mine.get("accounts.remove_passkey", passkey_id=first)
    assert "唯一的登入方式" in mine.post("accounts.remove_passkey", passkey_id=first, status=422).text
    add(mine, Device(name=b"\x09" * 16), "手機")
    assert mine.post("accounts.remove_passkey", passkey_id=first).location == "/me"
    assert [passkey.name for passkey in passkeys()] == ["手機"]
    sign_in(Browser(browser.app), known, status=422)


def test_who_has_only_a_passkey_sets_a_password(browser: Browser, staff: User, known: Device) -> None:
    with unit_of_work("test", "test"):
        db.session.get_one(User, staff.id).password_hash = ""
    new = {"new_password": "一句很長的新密碼，下雨天", "again": "一句很長的新密碼，下雨天"}
    assert browser.as_(staff, fresh=False).post("accounts.change_password", new).location.startswith("/confirm-password")
    mine = browser.as_(staff)
    assert mine.get("accounts.change_password").h1 == "設定密碼"
    mine.post("accounts.change_password", new)
    assert services.is_password(db.session.get_one(User, staff.id, populate_existing=True), new["again"])


def test_somebody_elses_passkey_is_not_found(browser: Browser, known: Device, make_user: Maker) -> None:
    other = browser.as_(make_user("administrator"))
    other.get("accounts.remove_passkey", passkey_id=passkeys()[0].id, status=404)
    other.post("accounts.remove_passkey", passkey_id=passkeys()[0].id, status=404)


def test_a_lost_device_is_helped_by_an_administrator(browser: Browser, staff: User, known: Device, make_user: Maker) -> None:
    admin = browser.as_(make_user("administrator"))
    assert "裝置遺失" in admin.get("accounts.user", user_id=staff.id).text
    admin.get("accounts.reset_second_factor", user_id=staff.id)
    admin.post("accounts.reset_second_factor", user_id=staff.id)
    assert passkeys() == []
    sign_in(Browser(browser.app), known, status=422)


# --- where they work


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://192.168.1.20", "https://[::1]"])
def test_a_bare_address_takes_no_passkeys(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", address)
    said = browser.post("accounts.passkey_question", status=422).response.get_json()
    assert "IP 位址" in said["problem"]


def test_the_site_is_the_public_address(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example/office")
    assert question(browser)["rpId"] == "union.example"


def test_the_roles_that_need_a_second_factor_have_one_by_passkey(
    app: Flask, browser: Browser, staff: User, known: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", frozenset({"staff"}))
    by_password = browser.as_(staff)
    assert by_password.get("accounts.me", status=302).location == "/me/second-factor"
    assert by_password.post("accounts.end_other_sessions").location == "/me/second-factor"
    by_password.get("accounts.enrol_second_factor")
    guest = Browser(app)
    sign_in(guest, known)
    guest.get("accounts.me")
