"""The first screen of the day: the president decides from it what waits for him, a clerk closes what is due, and a desk without work says
what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.visitor import Visitor
from tests.letters.conftest import SUBJECT, Office, user
from tests.letters.conftest import people as people  # A fixture.
from unionops.core import clock
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import KINDS, DeadlineKind
from unionops.core.db import db, unit_of_work
from unionops.law.basis import Basis
from unionops.values.refs import Ref

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [1280, 390])]

TODAY = re.compile(r"\d+ 年 \d+ 月 \d+ 日")
"""The heading of the desk."""


def block(visitor: Visitor, title: str) -> Locator:
    """The part of the desk under this heading."""
    return visitor.main.locator("section").filter(has=visitor.page.get_by_role("heading", level=2, name=title, exact=True))


def test_the_president_decides_what_waits(people: SimpleNamespace, visit: Callable[..., Visitor], width: int) -> None:
    letters = Office(people)
    number = letters.draft()
    letters.ask(number)
    letters.decide(number, "chief")
    db.session.rollback()

    president = visit(user(people.president), width=width)
    president.open("/")
    president.arrive(TODAY)
    waiting = block(president, "等我核可")
    expect(waiting).to_contain_text("1 件")
    expect(waiting).to_contain_text("發文簽核")
    president.follow("檢視")
    president.arrive(SUBJECT)
    president.reads("理事長署名")
    president.press("核可")
    president.reads("全部完成")
    president.reads("黃志明")
    president.arrive(SUBJECT)

    president.open("/")
    president.arrive(TODAY)
    expect(block(president, "等我核可")).to_have_count(0)
    expect(block(president, "到期")).to_contain_text("30 天內沒有到期的事")


def test_a_clerk_closes_what_is_due(
    people: SimpleNamespace, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setitem(KINDS, "test.filing", DeadlineKind("test.filing", "法定申報", "登錄送件即結案", by_hand=True))
    today = clock.today()
    why = Basis("UA-31-annual", "工會法第 31 條第 1 項", today + timedelta(days=5), (("決算通過日", today - timedelta(days=25)), ("日數", 30)))
    with unit_of_work("test", "test"):
        calendar.put(
            Ref("union_record", 1), "test.filing", title="函報會員名冊", latest_on=today + timedelta(days=5), basis=why, owner=user(people.staff), today=today
        )
    db.session.rollback()

    clerk = visit(user(people.staff), width=width)
    clerk.open("/")
    clerk.arrive(TODAY)
    due = block(clerk, "到期")
    expect(due).to_contain_text("還有 5 天")
    expect(due).to_contain_text("工會法第 31 條第 1 項")
    expect(due.get_by_text("決算通過日")).to_be_hidden()
    due.get_by_text("為什麼", exact=True).click()
    expect(due.get_by_text("決算通過日")).to_be_visible()
    clerk.look()

    clerk.follow("函報會員名冊")
    clerk.arrive("函報會員名冊")
    clerk.follow("結案")
    clerk.arrive("結案")
    clerk.fill("怎麼完成，或為什麼不需要", "今天臨櫃送件，收文章如附件")
    clerk.press("結案")
    clerk.arrive("函報會員名冊")
    clerk.reads("已結案")

    clerk.open("/")
    clerk.arrive(TODAY)
    expect(block(clerk, "到期")).to_contain_text("30 天內沒有到期的事")
    expect(block(clerk, "到期")).not_to_contain_text("函報會員名冊")


def test_an_empty_desk_says_what_to_do(app: Any, make_user: Callable[..., Any], visit: Callable[..., Visitor], width: int) -> None:
    clerk = visit(make_user("staff"), width=width)
    clerk.open("/")
    clerk.arrive(TODAY)
    for words in ("30 天內沒有到期的事", "也可以自己加一個期限", "今天沒有行程。", "還沒有會員；可以先匯入現有的名冊。"):
        clerk.reads(words)
    expect(block(clerk, "等我核可")).to_have_count(0)
    clerk.follow("新增期限")
    clerk.arrive("登錄自訂期限")
