"""The story of getting in: an administrator invites, the invited person joins on a telephone with a passkey, signs out and in by it,
adds another on the laptop, confirms with it, and takes it away; and a lost password is set anew from a slip. Passkeys are real: those of
Chromium's virtual authenticator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.conftest import PASSWORD, new_user
from tests.journeys.visitor import Visitor, barriers, sideways
from unionops.core import clock
from unionops.core.accounts import services
from unionops.core.accounts.models import Invitation, Passkey
from unionops.core.db import db, unit_of_work

pytestmark = pytest.mark.browser


class Person(Visitor):
    """Somebody with a device that knows who holds it. Every page is looked at."""

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

    def sees(self, heading: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        found = barriers(self.page) + sideways(self.page)
        assert found == [], f"{self.page.url}: {found}"
        assert self.faults == []

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("main").get_by_role("link", name=name, exact=isinstance(name, str)).first.click()


@pytest.fixture
def sit_down(chromium: Any, site: str) -> Iterator[Callable[..., Person]]:
    """``sit_down(width=390)`` → a person at the app, by its name: passkeys are bound to one."""
    seated: list[Person] = []

    def enter(**wishes: Any) -> Person:
        seated.append(Person(chromium, site.replace("127.0.0.1", "localhost"), **wishes))
        return seated[-1]

    yield enter
    for one in seated:
        one.close()


def slip(name: str = "林春嬌") -> Any:
    """A slip for the invitation of this name, as the printer gives it."""
    db.session.rollback()
    with unit_of_work("test", "test"):
        made = services.invitations.printed(db.session.scalars(sa.select(Invitation).where(Invitation.name == name)).one(), now=clock.now())
    db.session.rollback()
    return made


def invites(admin: Person) -> None:
    admin.page.goto("/sign-in")
    admin.sees("登入")
    admin.page.get_by_label("帳號").fill("admin")
    admin.page.get_by_label("密碼").fill(PASSWORD)
    admin.press("登入")
    admin.page.goto("/users")
    admin.sees("使用者")
    admin.follow("邀請使用者")
    admin.sees("邀請使用者")
    admin.page.get_by_label("姓名").fill("林春嬌")
    admin.page.get_by_label("會務人員").check()
    admin.press("邀請")
    admin.sees("林春嬌")
    with admin.page.expect_download() as paper:
        admin.press("印邀請單")
    assert paper.value.suggested_filename.endswith("林春嬌.pdf")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_invited_person_joins_with_a_passkey_and_gets_in_by_it(app: Any, sit_down: Callable[..., Person], width: int) -> None:
    new_user("administrator", username="admin", name="陳管理")
    db.session.rollback()
    admin = sit_down()
    invites(admin)

    she = sit_down(width=width)
    she.take_device()
    she.page.goto("/slip")
    she.sees("輸入單子上的代碼")
    she.page.get_by_label("單子上的代碼").fill(slip().code)
    she.press("繼續")
    she.sees("林春嬌，歡迎加入")
    she.follow("改用通行金鑰加入")
    she.sees("林春嬌，歡迎加入")
    she.page.get_by_label("帳號").fill("chunjiao")
    she.press("用通行金鑰加入")
    expect(she.page).to_have_url(re.compile(r"localhost:\d+/$"))

    she.page.goto("/me")
    she.sees("林春嬌")
    she.page.get_by_role("main").get_by_text("沒有密碼").wait_for()
    she.page.context.clear_cookies()
    she.page.goto("/sign-in?next=/me")
    she.press("用通行金鑰登入")
    she.sees("林春嬌")
    db.session.rollback()
    held = db.session.scalars(sa.select(Passkey)).one()
    assert held.used_at is not None
    assert held.sign_count > 0
    db.session.rollback()

    # Another device; the first one would say that it has a passkey already.
    she.follow("新增通行金鑰")
    she.sees("新增通行金鑰")
    she.page.get_by_label("名稱").fill("辦公室電腦")
    she.press("新增通行金鑰")
    expect(she.page.get_by_role("status").filter(has_text="已經有這個帳號的通行金鑰")).to_be_visible()
    she.device.send("WebAuthn.disable")
    she.take_device()
    she.press("新增通行金鑰")
    she.sees("林春嬌")
    expect(she.page.get_by_role("row").filter(has_text="辦公室電腦")).to_be_visible()

    # A quarter of an hour later she is asked again, and a wrong finger is not enough.
    with app.test_request_context():
        name = app.config["SESSION_COOKIE_NAME"]
        serializer = app.session_interface.get_signing_serializer(app)
        cookie = next(one for one in she.context.cookies() if one["name"] == name)
        held_cookie = serializer.loads(cookie["value"]) | {"fresh_at": 0}
        she.context.add_cookies([{"name": name, "value": serializer.dumps(held_cookie), "url": she.site}])
    she.page.get_by_role("row").filter(has_text="辦公室電腦").get_by_role("link", name="移除").click()
    she.sees("確認是本人")
    she.refuses(True)
    she.press("用通行金鑰確認")
    expect(she.page.get_by_role("status").filter(has_text="沒有完成")).to_be_visible()
    she.refuses(False)
    she.press("用通行金鑰確認")
    she.sees("移除通行金鑰「辦公室電腦」")
    she.press("移除 1 個通行金鑰")
    she.sees("林春嬌")
    expect(she.page.get_by_role("row").filter(has_text="辦公室電腦")).to_have_count(0)


def test_without_a_script_a_sentence_says_what_to_do(app: Any, sit_down: Callable[..., Person]) -> None:
    with unit_of_work("test", "test"):
        services.invitations.invite("林春嬌", wanted=[("staff", None)], by=None, now=clock.now())
    token = slip().token
    she = sit_down(java_script_enabled=False)
    she.page.goto("/sign-in")
    expect(she.page.get_by_text("通行金鑰需要 JavaScript")).to_be_visible()
    expect(she.page.get_by_role("button", name="用通行金鑰登入")).to_be_hidden()
    she.page.goto(f"/slip/{token}")
    expect(she.page).to_have_url(re.compile("/join$"))
    she.page.get_by_label("帳號").fill("chunjiao")
    she.page.get_by_label("新密碼", exact=False).first.fill("一句真的很長的新密碼，下雨天")
    she.page.get_by_label("新密碼再輸入一次").fill("一句真的很長的新密碼，下雨天")
    she.press("用密碼加入")
    expect(she.page).to_have_url(re.compile(r"localhost:\d+/$"))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_lost_password_is_set_anew_from_a_slip(app: Any, sit_down: Callable[..., Person], width: int) -> None:
    user = new_user("staff", username="staff", name="林春嬌")
    with unit_of_work("test", "test"):
        made = services.resets.printed(db.session.merge(user), now=clock.now())
    db.session.rollback()
    she = sit_down(width=width)
    she.page.goto("/sign-in")
    she.follow("忘記密碼")
    she.sees("忘記密碼")
    she.follow("我有單子，輸入代碼")
    she.sees("輸入單子上的代碼")
    she.page.get_by_label("單子上的代碼").fill(made.code)
    she.press("繼續")
    she.sees("設定新密碼")
    she.page.get_by_label("新密碼", exact=False).first.fill("一句真的很長的新密碼，下雨天")
    she.page.get_by_label("新密碼再輸入一次").fill("一句真的很長的新密碼，下雨天")
    she.press("設定新密碼")
    she.sees("登入")
    she.page.goto(f"/slip/{made.token}")
    she.faults.clear()  # The answer says 410, and says so.
    she.sees("已經用過了")
