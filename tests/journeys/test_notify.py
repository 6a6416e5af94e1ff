"""The secretary-general hears the bell, finds a mail that could not be delivered, mends it and prints a letter; on a desk and a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor
from tests.office import Office
from tests.servers import MailServer
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.notify import queries, sending, services

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_mail_that_could_not_be_delivered_is_mended(
    app: Any, office: Office, visit: Callable[..., Visitor], mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch, width: int,
) -> None:
    for name, value in {"SMTP_URL": mail_server.url, "MAIL_FROM": "office@union.example.tw", "PUBLIC_URL": "https://union.example.tw"}.items():
        monkeypatch.setitem(app.config, name, value)
    with unit_of_work("test", "journey"):
        services.tell(
            "notify.test", [office.user("secretary_general"), services.Reader("陳小明", "ming@nowhere.example.tw")],
            subject="臨時會員代表大會開會通知", text="時間：115 年 12 月 1 日", url="/notify/outbox",
        )
    mail_server.refuse = {"ming@nowhere.example.tw": "550 5.1.1 no such user"}
    db.session.remove()
    sending.run(clock.now())
    chief = visit(office.user("secretary_general"), width=width)
    page = chief.page
    chief.open("/")
    bell = page.locator(".bell")
    unread = queries.unread_count(office.user("secretary_general"))
    db.session.remove()
    expect(bell).to_contain_text(f"{unread} 則未讀")
    with chief.going():
        bell.click()
    chief.look()
    with chief.going():
        page.get_by_role("row", name="臨時會員代表大會開會通知").get_by_role("button", name="查看").click()
    chief.arrive("寄信匣")  # Where the notice leads.
    expect(bell).to_contain_text(f"{unread - 1} 則未讀")
    chief.follow(re.compile("寄不出去"))
    chief.reads("收件地址不存在，或對方拒收。")
    chief.look()
    chief.follow(re.compile("陳小明"))
    chief.reads("550 5.1.1 no such user")
    chief.look()
    chief.follow("更正電子郵件")
    chief.fill("電子郵件", "ming@")
    chief.press("更正並重寄")
    chief.refused("看不懂的電子郵件")
    chief.look()
    chief.fill("電子郵件", "ming@example.tw")
    chief.press("更正並重寄")
    chief.reads("等待寄出")
    sending.run(clock.now())
    assert "ming@example.tw" in mail_server.recipients
    page.reload()
    chief.reads("已寄出")

    chief.open("/notify/papers")
    chief.look()
    with page.expect_download() as loading:
        chief.link("列印（PDF）").click()
    assert loading.value.suggested_filename == "信函.pdf"
    chief.press("標為已印出")
    chief.reads("沒有待列印的信函")

    chief.open("/notify/choices")
    chief.look()
