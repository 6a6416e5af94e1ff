"""Invitations: asked, mailed or printed, accepted once with a password or a passkey, and every way in which they do not open."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest
import segno
import sqlalchemy as sa
import time_machine
from flask import Flask

from tests.browsing import Browser
from tests.conftest import PASSWORD
from tests.core.accounts.device import Device
from unionops.core.accounts import documents, queries, services
from unionops.core.accounts.models import Invitation, Passkey, Ticket, User, UserSession
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.documents import Image
from unionops.core.notify.models import Delivery
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
Maker = Callable[..., User]
JOINED = {"username": "Chun-Jiao", "new_password": PASSWORD, "again": PASSWORD, "locale": "zh_Hant_TW"}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def admin(clock: Any, browser: Browser, make_user: Maker) -> Browser:
    return browser.as_(make_user("administrator", username="admin", name="陳管理"))


@pytest.fixture
def mailing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An office that can send mails; nothing leaves the outbox here."""
    for name, value in (("SMTP_URL", "smtp://localhost:1025"), ("MAIL_FROM", "office@union.example"), ("PUBLIC_URL", "https://union.example/office")):
        monkeypatch.setitem(app.config, name, value)


def ask(browser: Browser, **typed: Any) -> Invitation:
    """Invites 林春嬌 as staff (or as ``typed`` says)."""
    browser.get("accounts.invite")
    browser.post("accounts.invite", {"name": "林春嬌", "email": "", "locale": "zh_Hant_TW", "roles": ["staff"], **typed})
    db.session.rollback()
    return db.session.scalars(sa.select(Invitation).order_by(Invitation.id.desc())).first()


def issued(invitation: Invitation) -> Any:
    with unit_of_work("test", "test"):
        return services.invitations.printed(db.session.get_one(Invitation, invitation.id), now=datetime.now(UTC))


def guest(app: Flask, token: str = "") -> Browser:
    """Somebody who is not signed in, with the token opened."""
    one = Browser(app)
    if token:
        assert one.get("accounts.open_ticket", token=token, status=302).location == "/join"
    return one


def actions() -> list[str]:
    db.session.rollback()
    return [act["action"] for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)) for act in entry.acts]


def mail() -> Delivery:
    db.session.rollback()
    return db.session.scalars(sa.select(Delivery).order_by(Delivery.id.desc())).first()


def token_in(text: str) -> str:
    (found,) = re.findall(r"/slip/([\w-]{43})", text)
    return str(found)


# --- asked


def test_somebody_is_asked_by_mail_and_joins_with_a_password(app: Flask, admin: Browser, mailing: None) -> None:
    invitation = ask(admin, email="lin@example.org", roles=["staff", "cashier"])
    sent = mail()
    assert (sent.address, sent.name, sent.secret) == ("lin@example.org", "林春嬌", True)
    assert "https://union.example/office/slip/" in (sent.body or "")
    assert "2026-09-08 09:00" in (sent.body or "")
    page = admin.get("accounts.invitation", invitation_id=invitation.id)
    assert "等本人接受" in page.text
    assert "邀請中 1 人" in admin.get("accounts.users").text
    mine = guest(app, token_in(sent.body or ""))
    welcome = mine.get("accounts.join")
    assert "林春嬌，歡迎加入" in welcome.h1
    assert "會務人員、出納" in welcome.text
    assert mine.post("accounts.join", JOINED).location == "/"
    assert mine.get("accounts.me").h1 == "林春嬌"
    user = queries.user_by_username("chun-jiao")
    assert user is not None
    assert (user.email, user.locale, [row.role for row in user.roles]) == ("lin@example.org", "zh_Hant_TW", ["staff", "cashier"])
    assert services.is_password(user, PASSWORD)
    assert "已接受" in admin.get("accounts.invitation", invitation_id=invitation.id).text
    told = actions()
    for action in ("invited", "invitation_mailed", "user_created", "invitation_accepted"):
        assert f"accounts.{action}" in told
    joined = [entry for entry in db.session.scalars(sa.select(AuditEntry)) if any(act["action"] == "accounts.user_created" for act in entry.acts)]
    assert [entry.actor for entry in joined] == ["林春嬌"]


def test_only_hashes_of_the_secrets_are_kept(app: Flask, admin: Browser) -> None:
    made = issued(ask(admin))
    row = db.session.scalars(sa.select(Ticket)).one()
    assert len(made.token) == 43
    kept = "".join(str(value) for value in vars(row).values())
    told = "".join(str(entry.acts) + str(entry.changes) for entry in db.session.scalars(sa.select(AuditEntry)))
    for secret in (made.token, made.code, made.code.replace("-", "")):
        assert secret not in kept + told


def test_the_code_on_the_slip_opens_it(app: Flask, admin: Browser, mailing: None) -> None:
    made = issued(ask(admin))
    with app.test_request_context():
        link = services.tickets.link(made)
        slip = documents.Slip("測試工會", "林春嬌", link, "https://union.example/office/slip", made.code, made.expires_at)
        (picture,) = [block for block in documents.invitation_slip(slip, ["會務人員"]).blocks if isinstance(block, Image)]
    told = io.BytesIO()
    segno.make(f"https://union.example/office/slip/{made.token}", error="m").save(told, kind="svg", border=2, scale=4)
    assert picture.data == told.getvalue()
    assert "歡迎加入" in guest(app, token_in(link)).get("accounts.join").h1


def test_a_slip_is_printed_with_a_picture_and_a_code_to_type(app: Flask, admin: Browser) -> None:
    invitation = ask(admin)
    assert "請印邀請單交給本人" in admin.get("accounts.invitation", invitation_id=invitation.id).text
    response = admin.post("accounts.print_invitation", status=200, invitation_id=invitation.id).response
    assert response.content_type == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    pages = pypdf.PdfReader(io.BytesIO(response.get_data())).pages
    text = pages[0].extract_text()
    assert len(pages) == 1
    assert "115 年 9 月 8 日" in re.sub(r"\s+", " ", text).replace("115年9月8日", "115 年 9 月 8 日")
    (code,) = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", text)
    mine = guest(app)
    assert mine.get("accounts.slip").h1 == "輸入單子上的代碼"
    assert mine.post("accounts.slip", {"code": f" {code.lower().replace('-', ' ')} "}).location == "/join"
    mine.post("accounts.join", JOINED)
    assert "accounts.invitation_printed" in actions()


def test_an_invited_person_joins_with_a_passkey_and_no_password(app: Flask, admin: Browser) -> None:
    mine, device = guest(app, issued(ask(admin)).token), Device()
    mine.get("accounts.join_by_passkey")
    said = mine.post("accounts.join_question", {"username": "admin"}, status=422).response.get_json()
    assert "已經有人用了" in said["problem"]
    asked = mine.post("accounts.join_question", {"username": "chunjiao"}, status=200).response.get_json()
    answer = {"username": "chunjiao", "locale": "en", "credential": device.create(asked)}
    mine.post("accounts.join_by_passkey", answer | {"username": "another"}, status=422)
    asked = mine.post("accounts.join_question", {"username": "chunjiao"}, status=200).response.get_json()
    mine.post("accounts.join_by_passkey", answer | {"credential": device.create(asked)})
    mine.get("accounts.me")
    db.session.rollback()
    user = db.session.scalars(sa.select(Passkey)).one().user
    assert (user.username, user.locale, user.password_hash) == ("chunjiao", "en", "")
    Browser(app).post("accounts.sign_in", {"username": "chunjiao", "password": ""}, status=422)
    again = Browser(app)
    asked = json.loads(again.post("accounts.passkey_question", status=200).response.get_data(as_text=True))
    again.post("accounts.sign_in_by_passkey", {"credential": device.answer(asked)})
    again.get("accounts.me")


def test_a_passkey_that_does_not_fit_leaves_the_invitation_open(app: Flask, admin: Browser) -> None:
    mine = guest(app, issued(ask(admin)).token)
    asked = mine.post("accounts.join_question", {"username": "chunjiao"}, status=200).response.get_json()
    wrong = {"username": "chunjiao", "locale": "en", "credential": Device(origin="https://evil.example").create(asked)}
    assert "對不上這次的要求" in mine.post("accounts.join_by_passkey", wrong, status=422).text
    assert queries.user_by_username("chunjiao") is None
    mine.post("accounts.join", JOINED)


def test_the_second_factor_is_turned_on_first_where_the_role_asks_for_it(app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", frozenset({"accountant"}))
    mine = guest(app, issued(ask(admin, roles=["accountant"])).token)
    mine.post("accounts.join", JOINED)
    assert mine.get("overview.desk", status=302).location == "/me/second-factor"
    assert "你的角色須開啟兩步驟驗證" in mine.get("accounts.enrol_second_factor").text


# --- by whom, as what


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"name": ""}, "name", "必填"),
        ({"name": "長" * 81}, "name", "最多 80 個字"),
        ({"name": "林春嬌\r\nBcc: all@example.org"}, "name", "控制字元"),
        ({"email": "not-an-address"}, "email", "看不懂的電子郵件"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "email", "控制字元"),
        ({"roles": []}, "", "至少勾一個角色"),
        ({"roles": ["accountant", "cashier"]}, "", "同一人不得兼任會計與出納"),
        ({"roles": ["king"]}, "", "清單中沒有這一項"),
        ({"locale": "fr"}, "locale", "請從清單中選一個"),
    ],
)
def test_who_cannot_be_invited_is_told_why(admin: Browser, change: dict[str, Any], field: str, text: str) -> None:
    typed = {"name": "林春嬌", "email": "", "locale": "zh_Hant_TW", "roles": ["staff"], **change}
    page = admin.post("accounts.invite", typed, status=422)
    assert text in (page.error(field) if field else page.text)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 0


def test_roles_that_should_not_meet_are_told_before_and_stay_visible(admin: Browser) -> None:
    typed = {"name": "林春嬌", "email": "", "locale": "zh_Hant_TW", "roles": ["director", "accountant"]}
    page = admin.post("accounts.invite", typed, status=422)
    assert "勞資1字第1010127313號" in page.text
    assert "次級資料" in page.text, "how sure we are"
    assert page.error("accepted")
    admin.post("accounts.invite", typed | {"accepted": "y"})
    assert "職務衝突" in admin.get("accounts.invitations").text
    found = db.session.scalars(sa.select(Invitation)).one()
    assert "HB-finance-post" in admin.get("accounts.invitation", invitation_id=found.id).text


def test_the_secretary_general_invites_but_makes_no_administrator(browser: Browser, clock: Any, make_user: Maker) -> None:
    chief = browser.as_(make_user("secretary_general"))
    ask(chief)
    assert 'value="administrator"' not in chief.get("accounts.invite").html
    chief.post("accounts.invite", {"name": "甲", "locale": "en", "roles": ["administrator"]}, status=422)
    with pytest.raises(RuleBroken, match="系統管理員只能由系統管理員邀請"):
        services.invitations.invite("甲", wanted=[("administrator", None)], by=queries.user_by_username("secretary_general1"), now=NOW)
    db.session.rollback()
    browser.as_(make_user("staff")).get("accounts.invite", status=403)
    browser.as_(make_user("auditor")).get("accounts.invitations")


def test_a_role_limited_to_a_unit_waits_as_such(app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_SCOPES", [lambda: [(Ref("unit", 1), "北區分會")]])
    invitation = ask(admin, units=["unit:1"])
    assert "北區分會" in admin.get("accounts.invitation", invitation_id=invitation.id).text
    guest(app, issued(invitation).token).post("accounts.join", JOINED)
    user = queries.user_by_username("chun-jiao")
    assert user is not None
    assert [(row.role, row.scope) for row in user.roles] == [("staff", Ref("unit", 1))]


# --- what does not open


def test_an_expired_invitation_says_so_and_is_sent_again(app: Flask, admin: Browser, clock: Any) -> None:
    invitation = ask(admin)
    made = issued(invitation)
    inside = guest(app, made.token)
    clock.shift(timedelta(days=7))
    page = guest(app).get("accounts.open_ticket", token=made.token, status=410)
    assert page.h1 == "已經過期"
    assert inside.get("accounts.join", status=410).h1 == "已經過期"
    assert inside.post("accounts.join", JOINED, status=302).location == "/slip"
    assert "已經過期" in guest(app).post("accounts.slip", {"code": made.code}, status=410).text
    with unit_of_work("test", "test"):
        fresh = services.invitations.printed(db.session.get_one(Invitation, invitation.id), now=datetime.now(UTC))
    guest(app, fresh.token).post("accounts.join", JOINED)


def test_an_invitation_works_once(app: Flask, admin: Browser) -> None:
    made = issued(ask(admin))
    slow = guest(app, made.token)
    guest(app, made.token).post("accounts.join", JOINED)
    page = guest(app).get("accounts.open_ticket", token=made.token, status=410)
    assert page.h1 == "已經用過了"
    assert "請直接登入" in page.text
    assert slow.post("accounts.join", JOINED | {"username": "other"}, status=410).h1 == "已經用過了"
    assert queries.user_by_username("other") is None


def test_a_new_slip_makes_the_old_one_void(app: Flask, admin: Browser) -> None:
    invitation = ask(admin)
    old, new = issued(invitation), issued(invitation)
    assert guest(app).get("accounts.open_ticket", token=old.token, status=410).h1 == "已經作廢"
    guest(app, new.token)


def test_inviting_the_same_address_again_makes_the_old_invitation_void(app: Flask, admin: Browser, mailing: None) -> None:
    ask(admin, email="lin@example.org")
    old = token_in(mail().body or "")
    ask(admin, email="LIN@example.org", roles=["director"])
    assert guest(app).get("accounts.open_ticket", token=old, status=410).h1 == "已經作廢"
    guest(app, token_in(mail().body or "")).post("accounts.join", JOINED)
    user = queries.user_by_username("chun-jiao")
    assert user is not None
    assert [row.role for row in user.roles] == ["director"]


def test_a_withdrawn_invitation_opens_nothing(app: Flask, admin: Browser) -> None:
    invitation = ask(admin)
    made = issued(invitation)
    inside = guest(app, made.token)
    admin.post("accounts.withdraw_invitation", invitation_id=invitation.id)
    assert inside.post("accounts.join", JOINED, status=410).h1 == "已經作廢"
    assert "已撤回" in admin.get("accounts.invitations", state="ended").text
    assert "印邀請單" not in admin.get("accounts.invitation", invitation_id=invitation.id).text
    assert admin.post("accounts.print_invitation", invitation_id=invitation.id).location.endswith(f"/{invitation.id}")
    assert "accounts.invitation_withdrawn" in actions()


@pytest.mark.parametrize("token", ["x", "A" * 43, "..%2f..%2fetc", "%00", "長" * 50])
def test_a_guessed_token_learns_nothing(app: Flask, admin: Browser, token: str) -> None:
    issued(ask(admin))
    page = guest(app).get("accounts.open_ticket", token=token, status=404)
    assert page.h1 == "打不開"
    assert "林春嬌" not in page.text


def test_a_guessed_code_learns_nothing(app: Flask, admin: Browser) -> None:
    issued(ask(admin))
    one = guest(app)
    for code in ("AAAA-BBBB-CCCC", "", "密碼", "x" * 31):
        assert one.post("accounts.slip", {"code": code}, status=422).error("code")
    assert one.get("accounts.join", status=302).location == "/slip"


def test_the_token_is_in_no_address_and_leaves_for_nowhere(app: Flask, admin: Browser) -> None:
    made = issued(ask(admin))
    one = guest(app)
    opened = one.get("accounts.open_ticket", token=made.token, status=302)
    assert opened.response.headers["Referrer-Policy"] == "same-origin"
    page = one.get("accounts.join")
    assert made.token not in page.html
    assert page.response.headers["Cache-Control"] == "no-store"
    for shown in (page, one.get("accounts.join_by_passkey"), guest(app).get("accounts.open_ticket", token="wrong", status=404)):
        assert [link for link in shown.links() if not link.startswith(("/", "#"))] == []


def test_a_poisoned_host_is_in_no_mail(app: Flask, admin: Browser, mailing: None) -> None:
    admin.client.environ_base["HTTP_HOST"] = "localhost"
    admin.client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"
    ask(admin, email="lin@example.org")
    assert "https://union.example/office/slip/" in (mail().body or "")
    assert "evil" not in (mail().body or "")


def test_nothing_is_mailed_without_a_public_address(app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://localhost:1025")
    invitation = ask(admin, email="lin@example.org")
    assert mail() is None
    page = admin.get("accounts.invitation", invitation_id=invitation.id)
    assert "寄邀請信" not in page.text
    assert "還沒設定 PUBLIC_URL" in page.text
    admin.post("accounts.mail_invitation", status=409, invitation_id=invitation.id)


def test_an_invitation_does_not_sign_anybody_in_by_itself(app: Flask, admin: Browser, clock: Any) -> None:
    mine = guest(app, issued(ask(admin)).token)
    mine.get("accounts.join")
    mine.get("accounts.me", status=302)
    mine.post("accounts.join", JOINED | {"again": "x" * 12}, status=422)
    mine.post("accounts.join", JOINED | {"new_password": "short", "again": "short"}, status=422)
    assert "已經有人用了" in mine.post("accounts.join", JOINED | {"username": "admin"}, status=422).error("username")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 1, "the administrator's"


def test_whoever_is_signed_in_is_told_before_the_account_changes(admin: Browser) -> None:
    made = issued(ask(admin))
    admin.get("accounts.open_ticket", token=made.token, status=302)
    assert "這個瀏覽器現在登入的是陳管理" in admin.get("accounts.join").text
    admin.post("accounts.join", JOINED)
    assert admin.get("accounts.me").h1 == "林春嬌"


def test_old_tickets_go_and_invitations_stay(app: Flask, admin: Browser, clock: Any) -> None:
    from unionops.core.accounts import jobs

    issued(ask(admin))
    db.session.rollback()
    clock.shift(timedelta(days=96))
    jobs.tidy(datetime.now(UTC))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1
    db.session.rollback()
    clock.shift(timedelta(days=2))
    jobs.tidy(datetime.now(UTC))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 1
