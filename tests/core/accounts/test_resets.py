"""A new password for whoever lost the old one: asked for without telling who exists, good for an hour and once, and seen by its owner."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pypdf
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from tests.browsing import Browser, Statements
from tests.conftest import PASSWORD
from unionops.core.accounts import jobs, services
from unionops.core.accounts.models import ResetWish, Ticket, User
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Delivery, Notice

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
NEW = "一句很長的新密碼，下雨天"
TYPED = {"new_password": NEW, "again": NEW}
Maker = Callable[..., User]


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def mailing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An office that can send mails; nothing leaves the outbox here."""
    for name, value in (("SMTP_URL", "smtp://localhost:1025"), ("MAIL_FROM", "office@union.example"), ("PUBLIC_URL", "https://union.example")):
        monkeypatch.setitem(app.config, name, value)


@pytest.fixture
def staff(clock: Any, make_user: Maker) -> User:
    user = make_user("staff", username="staff", name="林春嬌")
    with unit_of_work("test", "test"):
        user.email = "Lin@example.org"
    return user


def forgot(browser: Browser, account: str, **more: Any) -> Any:
    return browser.post("accounts.forgot_password", {"account": account}, **more)


def work() -> str:
    """What the job of every minute does."""
    with unit_of_work("job", "test"):
        return jobs.mail_resets(datetime.now(UTC))


def mails() -> list[Delivery]:
    """The links that were sent; notices of safety go by mail too."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(Delivery).where(Delivery.secret).order_by(Delivery.id)))


def token(delivery: Delivery) -> str:
    (found,) = re.findall(r"https://union\.example/slip/([\w-]{43})", delivery.body or "")
    return str(found)


def opened(app: Flask, made: str) -> Browser:
    one = Browser(app)
    assert one.get("accounts.open_ticket", token=made, status=302).location == "/new-password"
    return one


def again(user: User) -> User:
    return db.session.get_one(User, user.id, populate_existing=True)


def actions() -> list[str]:
    db.session.rollback()
    return [act["action"] for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)) for act in entry.acts]


# --- asked for


def test_a_link_comes_by_mail_and_sets_a_new_password(app: Flask, browser: Browser, staff: User) -> None:
    theirs = browser.as_(staff)
    assert "忘記密碼" in browser.get("accounts.sign_in").text
    browser.get("accounts.forgot_password")
    assert forgot(browser, "staff").location == "/sign-in"
    assert mails() == [], "nobody is looked up while somebody waits"
    assert work() == "1"
    (sent,) = mails()
    assert (sent.address, sent.secret) == ("Lin@example.org", True)
    assert "2026-09-01 10:00" in (sent.body or "")
    mine = opened(app, token(sent))
    assert "staff" in mine.get("accounts.new_password").text
    assert mine.post("accounts.new_password", TYPED).location == "/sign-in"
    assert services.is_password(again(staff), NEW)
    assert not services.is_password(again(staff), PASSWORD)
    theirs.get("accounts.me", status=302)
    mine.get("accounts.me", status=302)
    mine.post("accounts.sign_in", {"username": "staff", "password": NEW})
    assert "剛剛用連結或單子重設了" in db.session.scalars(sa.select(Notice)).one().text
    assert {"accounts.reset_mailed", "accounts.password_reset"} <= set(actions())


@pytest.mark.parametrize("account", ["staff", "STAFF ", "lin@example.org", "nobody", "nobody@example.org", "gone", "mute", "x' OR 1=1 --", "長" * 200])
def test_the_answer_and_the_work_are_the_same_for_everybody(
    app: Flask, browser: Browser, staff: User, make_user: Maker, account: str
) -> None:
    make_user("staff", username="mute")
    gone = make_user("staff", username="gone")
    with unit_of_work("test", "test"):
        again(gone).email = "gone@example.org"
        again(gone).deactivated_at = NOW
    forgot(browser, "somebody")  # The first request of a browser also begins its cookie.
    with Statements() as seen:
        page = forgot(browser, account)
    kinds = [statement.split()[0:3] for statement in seen]
    with Statements() as before:
        forgot(browser, "somebody")
    assert page.location == "/sign-in"
    assert kinds == [statement.split()[0:3] for statement in before]
    assert not any("user" in statement.split("WHERE")[0].split() for statement in seen)
    assert "若有這個帳號" in browser.get("accounts.sign_in").text
    work()
    assert len(mails()) == (1 if account.strip().casefold() in ("staff", "lin@example.org") else 0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ResetWish)) == 0


def test_what_was_typed_is_not_readable_meanwhile(browser: Browser, staff: User) -> None:
    forgot(browser, "my-secret-typed-by-mistake")
    raw = db.session.connection().exec_driver_sql("SELECT account FROM reset_wish").scalar()
    assert b"typed-by-mistake" not in raw


def test_a_flood_of_wishes_sends_three_mails_an_hour(app: Flask, browser: Browser, staff: User, clock: Any) -> None:
    for _time in range(5):
        forgot(browser, "staff")
        forgot(browser, "lin@example.org")
        work()
    assert len(mails()) == 3
    assert [Browser(app).get("accounts.open_ticket", token=token(one), status=status).status for one, status in zip(mails(), (410, 410, 302), strict=True)]
    clock.shift(timedelta(hours=1))
    forgot(browser, "staff")
    work()
    assert len(mails()) == 4


def test_an_address_asks_thirty_times_an_hour(limited_app: Flask, clock: Any) -> None:
    one = Browser(limited_app)
    for _time in range(5):
        forgot(one, "x", status=200)
    forgot(one, "x", status=429)
    one.get("accounts.forgot_password")
    for _time in range(10):
        one.post("accounts.slip", {"code": "AAAA"}, status=422)
    one.post("accounts.slip", {"code": "AAAA"}, status=429)


def test_a_poisoned_host_gets_no_link(app: Flask, browser: Browser, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"
    forgot(browser, "staff")
    work()
    assert "evil" not in (mails()[0].body or "")
    monkeypatch.setitem(app.config, "PUBLIC_URL", "")
    assert "印一張重設密碼單" in forgot(browser, "staff", status=200).text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ResetWish)) == 0


# --- used


def test_a_link_holds_for_an_hour_and_once(app: Flask, browser: Browser, staff: User, clock: Any) -> None:
    forgot(browser, "staff")
    work()
    made = token(mails()[0])
    slow, late = opened(app, made), opened(app, made)
    opened(app, made).post("accounts.new_password", TYPED)
    assert slow.post("accounts.new_password", {"new_password": "另一句很長的密碼啊啊", "again": "另一句很長的密碼啊啊"}, status=410).h1 == "已經用過了"
    assert services.is_password(again(staff), NEW)
    forgot(browser, "staff")
    work()
    made = token(mails()[1])
    inside = opened(app, made)
    clock.shift(timedelta(hours=1))
    assert Browser(app).get("accounts.open_ticket", token=made, status=410).h1 == "已經過期"
    assert inside.post("accounts.new_password", TYPED, status=410)
    late.get("accounts.new_password", status=410)


def test_a_weak_password_keeps_the_link_open(app: Flask, browser: Browser, staff: User) -> None:
    forgot(browser, "staff")
    work()
    mine = opened(app, token(mails()[0]))
    assert "至少 10 個字" in mine.post("accounts.new_password", {"new_password": "short", "again": "short"}, status=422).error("new_password")
    mine.post("accounts.new_password", TYPED)


def test_the_second_factor_is_still_asked(app: Flask, browser: Browser, staff: User) -> None:
    secret = services.new_totp_secret()
    with unit_of_work("test", "test"):
        again(staff).totp_secret = secret
    forgot(browser, "staff")
    work()
    mine = opened(app, token(mails()[0]))
    mine.post("accounts.new_password", TYPED)
    assert mine.post("accounts.sign_in", {"username": "staff", "password": NEW}).location.startswith("/sign-in/second-factor")
    mine.get("accounts.me", status=302)
    mine.post("accounts.second_factor", {"code": pyotp.TOTP(secret).at(NOW)})


def test_a_closed_door_is_opened(app: Flask, browser: Browser, staff: User) -> None:
    for _time in range(10):
        browser.post("accounts.sign_in", {"username": "staff", "password": "wrong"}, status=422)
    forgot(browser, "staff")
    work()
    opened(app, token(mails()[0])).post("accounts.new_password", TYPED)
    browser.post("accounts.sign_in", {"username": "staff", "password": NEW})


def test_whoever_was_deactivated_meanwhile_gets_no_further(app: Flask, browser: Browser, staff: User) -> None:
    forgot(browser, "staff")
    work()
    mine = opened(app, token(mails()[0]))
    with unit_of_work("test", "test"):
        services.deactivate(again(staff), by=None, now=NOW)
    assert mine.post("accounts.new_password", TYPED, status=410).h1 == "已經作廢"


def test_a_link_for_a_password_is_no_invitation(app: Flask, browser: Browser, staff: User) -> None:
    forgot(browser, "staff")
    work()
    mine = opened(app, token(mails()[0]))
    assert mine.get("accounts.join", status=302).location == "/slip"
    assert mine.post("accounts.join", TYPED | {"username": "x", "locale": "en"}).location == "/slip"


# --- without mail


def test_an_administrator_prints_a_slip(app: Flask, browser: Browser, staff: User, make_user: Maker) -> None:
    admin = browser.as_(make_user("administrator"))
    assert "你不替別人設密碼" in admin.get("accounts.reset_password", user_id=staff.id).text
    response = admin.post("accounts.print_reset", status=200, user_id=staff.id).response
    text = pypdf.PdfReader(io.BytesIO(response.get_data())).pages[0].extract_text()
    (code,) = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", text)
    assert services.is_password(again(staff), PASSWORD), "the old one holds until then"
    assert db.session.scalars(sa.select(Ticket)).one().expires_at == NOW + timedelta(hours=24)
    mine = Browser(app)
    assert mine.post("accounts.slip", {"code": code}).location == "/new-password"
    mine.post("accounts.new_password", TYPED)
    assert services.is_password(again(staff), NEW)
    assert "accounts.reset_printed" in actions()


def test_an_administrator_mails_a_link(browser: Browser, staff: User, make_user: Maker) -> None:
    admin = browser.as_(make_user("administrator"))
    assert "寄到 Lin@example.org" in admin.get("accounts.reset_password", user_id=staff.id).text
    for _time in range(4):
        admin.post("accounts.mail_reset", user_id=staff.id)
    assert len(mails()) == 3
    assert "一小時內已經寄過幾封" in admin.get("accounts.user", user_id=staff.id).text


def test_the_only_administrator_gets_a_code_in_a_terminal(app: Flask, clock: Any, make_user: Maker) -> None:
    user = make_user("administrator", username="chen")
    with unit_of_work("test", "test"):
        again(user).totp_secret = services.new_totp_secret()
    db.session.rollback()
    run = app.test_cli_runner().invoke
    told = run(args=["accounts", "reset", "chen", "--second-factor"])
    assert told.exit_code == 0, told.output
    (code,) = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", told.output)
    assert "2026-09-02 09:00" in told.output
    mine = Browser(app)
    mine.post("accounts.slip", {"code": code})
    mine.post("accounts.new_password", TYPED)
    mine.post("accounts.sign_in", {"username": "chen", "password": NEW})
    mine.get("accounts.me")
    assert run(args=["accounts", "reset", "nobody"]).exit_code == 1


def test_nothing_is_printed_for_a_closed_account(browser: Browser, staff: User, make_user: Maker) -> None:
    with unit_of_work("test", "test"):
        services.deactivate(again(staff), by=None, now=NOW)
    admin = browser.as_(make_user("administrator"))
    admin.post("accounts.print_reset", user_id=staff.id)
    assert "這個帳號已停用" in admin.get("accounts.user", user_id=staff.id).text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
