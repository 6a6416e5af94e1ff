"""The story of an approval: the clerk asks, the secretary-general looks on her phone and returns it, then approves; the president, on his
way to a flight, hands his part to a director, who approves on a phone; the clerk reads who decided what.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.core.approvals.conftest import CHAIN, Happened, People, happened, people  # noqa: F401  A fixture.
from tests.journeys.visitor import Visitor
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals import services
from unionops.core.db import db, unit_of_work

pytestmark = pytest.mark.browser

THUMB = 40
"""Pixels that a target needs at least in height, to be met by a thumb."""


@pytest.fixture
def persons(app: Any, happened: Happened) -> People:  # noqa: F811
    found = people()
    db.session.rollback()
    return found


def ask(persons: People) -> int:
    with unit_of_work("test", "test"):
        made = services.ask(
            db.session.get_one(User, persons.subject.id), CHAIN, by=db.session.get_one(User, persons.staff.id), note="下週到職", now=clock.now()
        )
        db.session.flush()
        return made.id


def test_from_asking_to_the_last_approval(persons: People, visit: Callable[..., Visitor], happened: Happened) -> None:  # noqa: F811
    number = ask(persons)
    phone = visit(persons.chief, width=390)
    phone.open("/approvals")
    phone.arrive("簽核")
    phone.follow(re.compile("新同仁"))
    phone.arrive("新同仁")
    for word in ("6,400 元", "吳建宏", "下週到職"):
        phone.reads(word)
    button = phone.page.get_by_role("button", name="核可", exact=True).bounding_box()
    assert button is not None
    assert button["height"] >= THUMB
    assert button["y"] + button["height"] < 844, "the button is below the first screen of a phone"

    phone.press("退回")
    phone.refused("要寫理由")
    phone.arrive("新同仁")
    phone.fill("說明", "缺到職日")
    phone.press("退回")
    phone.reads("已退回給經手人")
    db.session.rollback()
    assert happened.ends == [("returned", "缺到職日")]

    number = ask(persons)
    phone.open(f"/approvals/{number}")
    phone.press("核可")
    phone.reads("已核可，送下一關")
    phone.arrive("新同仁")

    president = visit(persons.president)
    president.open("/approvals/delegations")
    president.arrive("簽核代理")
    president.page.get_by_label("代理人").select_option(label="王志強（理事）")
    president.fill("迄日", f"{clock.today():%Y-%m-%d}")
    president.fill("事由", "出國")
    president.press("登錄代理")
    expect(president.page.get_by_role("table").get_by_text("代理中")).to_be_visible()
    president.arrive("簽核代理")

    director = visit(persons.director, width=390)
    director.open(f"/approvals/{number}")
    director.reads("您代理張理事長核可")
    director.press("核可")
    director.reads("全部完成")

    clerk = visit(persons.staff)
    clerk.open(f"/approvals/{number}")
    clerk.arrive("新同仁")
    clerk.reads("王志強代張理事長")
    clerk.open("/approvals?list=sent")
    clerk.arrive("簽核")


def test_without_scripts(persons: People, visit: Callable[..., Visitor]) -> None:
    number = ask(persons)
    plain = visit(persons.chief, width=390, java_script_enabled=False)
    plain.open(f"/approvals/{number}")
    plain.press("核可")
    plain.reads("已核可，送下一關")
    plain.look()
