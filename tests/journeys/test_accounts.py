"""The story of getting in: an administrator invites, the invited person joins on a telephone with a passkey, signs out and in by it,
adds another on the laptop, confirms with it, and takes it away; and a lost password is set anew from a slip. Passkeys are real: those of
Chromium's virtual authenticator.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.conftest import PASSWORD, new_user
from tests.journeys.visitor import Visitor
from unionops.core import clock
from unionops.core.accounts import services
from unionops.core.accounts.models import Invitation, Passkey
from unionops.core.db import db, unit_of_work

pytestmark = pytest.mark.browser


class Person(Visitor):
    """Somebody with a device that knows who holds it."""

    def take_device(self) -> None:
        self.device = self.context.new_cdp_session(self.page)
        self.device.send("WebAuthn.enable")
        self.device_id = self.device.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }})["authenticatorId"]

    def refuses(self, refused: bool) -> None:
        """The device's owner does not touch it as it asks: a wrong finger."""
        self.device.send("WebAuthn.setUserVerified", {"authenticatorId": self.device_id, "isUserVerified": not refused})

    def fails(self, name: str, words: str) -> None:
        """Presses the button and is told in these words that the device did not do it."""
        self.button(name).click()
        expect(self.page.get_by_role("status").filter(has_text=words)).to_be_visible()


def slip(name: str = "林春嬌") -> Any:
    """A slip for the invitation of this name, as the printer gives it."""
    db.session.rollback()
    with unit_of_work("test", "test"):
        made = services.invitations.printed(db.session.scalars(sa.select(Invitation).where(Invitation.name == name)).one(), now=clock.now())
    db.session.rollback()
    return made


def invites(admin: Person) -> None:
    admin.open("/sign-in")
    admin.arrive("登入")
    admin.fill("帳號", "admin")
    admin.fill("密碼", PASSWORD)
    admin.press("登入")
    admin.open("/users")
    admin.arrive("使用者")
    admin.follow("邀請使用者")
    admin.arrive("邀請使用者")
    admin.fill("姓名", "林春嬌")
    admin.page.get_by_label("會務人員").check()
    admin.press("邀請")
    admin.arrive("林春嬌")
    with admin.page.expect_download() as paper:
        admin.button("印邀請單").click()
    assert paper.value.suggested_filename.endswith("林春嬌.pdf")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_invited_person_joins_with_a_passkey_and_gets_in_by_it(app: Any, visit: Callable[..., Person], width: int) -> None:
    new_user("administrator", username="admin", name="陳管理")
    db.session.rollback()
    admin = visit(kind=Person)
    invites(admin)

    she = visit(kind=Person, width=width)
    she.take_device()
    she.open("/slip")
    she.arrive("輸入單子上的代碼")
    she.fill("單子上的代碼", slip().code)
    she.press("繼續")
    she.arrive("林春嬌，歡迎加入")
    she.follow("改用通行金鑰加入")
    she.arrive("林春嬌，歡迎加入")
    she.fill("帳號", "chunjiao")
    she.press("用通行金鑰加入")
    expect(she.page).to_have_url("/")

    she.open("/me")
    she.arrive("林春嬌")
    she.main.get_by_text("沒有密碼").wait_for()
    she.page.context.clear_cookies()
    she.open("/sign-in?next=/me")
    she.press("用通行金鑰登入")
    she.arrive("林春嬌")
    db.session.rollback()
    held = db.session.scalars(sa.select(Passkey)).one()
    assert held.used_at is not None
    assert held.sign_count > 0
    db.session.rollback()

    # Another device; the first one would say that it has a passkey already.
    she.follow("新增通行金鑰")
    she.arrive("新增通行金鑰")
    she.fill("名稱", "辦公室電腦")
    she.fails("新增通行金鑰", "已經有這個帳號的通行金鑰")
    she.device.send("WebAuthn.disable")
    she.take_device()
    she.press("新增通行金鑰")
    she.arrive("林春嬌")
    expect(she.page.get_by_role("row").filter(has_text="辦公室電腦")).to_be_visible()

    # A quarter of an hour later she is asked again, and a wrong finger is not enough.
    with app.test_request_context():
        name = app.config["SESSION_COOKIE_NAME"]
        serializer = app.session_interface.get_signing_serializer(app)
        cookie = next(one for one in she.context.cookies() if one["name"] == name)
        held_cookie = serializer.loads(cookie["value"]) | {"fresh_at": 0}
        she.context.add_cookies([{"name": name, "value": serializer.dumps(held_cookie), "url": she.site}])
    with she.going():
        she.page.get_by_role("row").filter(has_text="辦公室電腦").get_by_role("link", name="移除").click()
    she.arrive("確認是本人")
    she.refuses(True)
    she.fails("用通行金鑰確認", "沒有完成")
    she.refuses(False)
    she.press("用通行金鑰確認")
    she.arrive("移除通行金鑰「辦公室電腦」")
    she.press("移除 1 個通行金鑰")
    she.arrive("林春嬌")
    expect(she.page.get_by_role("row").filter(has_text="辦公室電腦")).to_have_count(0)


def test_without_a_script_a_sentence_says_what_to_do(app: Any, visit: Callable[..., Person]) -> None:
    with unit_of_work("test", "test"):
        services.invitations.invite("林春嬌", wanted=[("staff", None)], by=None, now=clock.now())
    token = slip().token
    she = visit(kind=Person, java_script_enabled=False)
    she.open("/sign-in")
    she.reads("通行金鑰需要 JavaScript")
    expect(she.page.get_by_role("button", name="用通行金鑰登入")).to_be_hidden()
    she.open(f"/slip/{token}")
    expect(she.page).to_have_url(re.compile("/join$"))
    she.fill("帳號", "chunjiao")
    she.fill("新密碼", "一句真的很長的新密碼，下雨天")
    she.fill("新密碼再輸入一次", "一句真的很長的新密碼，下雨天")
    she.press("用密碼加入")
    expect(she.page).to_have_url("/")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_lost_password_is_set_anew_from_a_slip(app: Any, visit: Callable[..., Person], width: int) -> None:
    user = new_user("staff", username="staff", name="林春嬌")
    with unit_of_work("test", "test"):
        made = services.resets.printed(db.session.merge(user), now=clock.now())
    db.session.rollback()
    she = visit(kind=Person, width=width)
    she.open("/sign-in")
    she.follow("忘記密碼")
    she.arrive("忘記密碼")
    she.follow("我有單子，輸入代碼")
    she.arrive("輸入單子上的代碼")
    she.fill("單子上的代碼", made.code)
    she.press("繼續")
    she.arrive("設定新密碼")
    she.fill("新密碼", "一句真的很長的新密碼，下雨天")
    she.fill("新密碼再輸入一次", "一句真的很長的新密碼，下雨天")
    she.press("設定新密碼")
    she.arrive("登入")
    she.open(f"/slip/{made.token}")
    she.refused("已經用過了", 410)
