"""A union that begins with nothing: the wizard, an invitation accepted with a passkey, a letter drafted, approved on a telephone, mailed,
answered, and its deadline closed. Each part has a journey of its own; this one shows that they hold together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.conftest import new_user
from tests.journeys import test_accounts as accounts
from tests.journeys import test_letters as letters
from tests.journeys import test_setup as setup
from tests.journeys.visitor import Visitor
from tests.servers import MailServer
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.core.notify import sending
from unionops.core.setup import services as wizard

pytestmark = pytest.mark.browser
CLERK = "林秀琴"


@pytest.mark.serves("P1.2.3")
def test_from_an_empty_start_to_an_answered_letter(
    app: Any, visit: Callable[..., Any], site: str, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SMTP_URL": mail_server.url, "MAIL_FROM": "office@union.example.tw", "PUBLIC_URL": site}.items():
        monkeypatch.setitem(app.config, name, value)
    founder = visit()
    sets_up(founder)
    invites(founder)
    clerk = visit(kind=accounts.Person)
    joins(clerk)
    others = [new_user(role, name=name) for role, name in (("secretary_general", "張雅婷"), ("president", "黃志明"))]  # As if invited too.
    db.session.rollback()
    letters.registers(clerk)
    letters.drafts(clerk)
    for other in others:
        letters.approves(visit(other, width=390))
    letters.issues(clerk)
    assert_mailed(mail_server)
    letters.gets_the_reply(clerk)
    assert letters.all_deadlines_closed()


def sets_up(founder: Visitor) -> None:
    with unit_of_work("test", "test"):
        code = wizard.new_code(now=clock.now())
    setup.enters_the_code(founder, code)
    setup.names_the_union(founder)
    setup.takes_the_authority(founder)
    founder.arrive("章程規定的值")
    founder.press("都先用預設值，之後再填")
    setup.makes_the_administrator(founder)


def invites(founder: Visitor) -> None:
    founder.open("/users")
    founder.follow("邀請使用者")
    founder.arrive("邀請使用者")
    founder.fill("姓名", CLERK)
    founder.page.get_by_label("會務人員").check()
    founder.press("邀請")
    founder.arrive(CLERK)


def joins(clerk: accounts.Person) -> None:
    clerk.take_device()
    clerk.open("/slip")
    clerk.fill("單子上的代碼", accounts.slip(CLERK).code)
    clerk.press("繼續")
    clerk.arrive(re.compile("歡迎加入"))
    clerk.follow("改用通行金鑰加入")
    clerk.fill("帳號", "xiuqin")
    clerk.press("用通行金鑰加入")
    expect(clerk.page).to_have_url("/")


def assert_mailed(server: MailServer) -> None:
    db.session.remove()
    sending.run(clock.now())
    assert "labor@example.tw" in server.recipients
    papers = [part.get_content() for mail in server.mails if "labor@example.tw" in mail["To"] for part in mail.iter_attachments()]
    assert papers[0].startswith(b"%PDF")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 4
    db.session.rollback()
