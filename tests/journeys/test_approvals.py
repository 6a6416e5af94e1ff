"""The story of an approval: the clerk asks, the secretary-general looks on her phone and returns it, then approves; the president, on his
way to a flight, hands his part to a director, who approves on a phone; the clerk reads who decided what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browsing import Browser
from tests.core.approvals.conftest import CHAIN, Happened, People, happened, people  # noqa: F401  A fixture.
from tests.journeys.visitor import Visitor, barriers, sideways
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


@pytest.fixture
def enter(app: Any, persons: People, browser: Browser, visit: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """``enter(user, width=390)`` → somebody signed in at a browser."""
    name = app.config["SESSION_COOKIE_NAME"]

    def come(user: User, **wishes: Any) -> Visitor:
        held = browser.as_(user).client.get_cookie(name)
        assert held is not None
        visitor = visit(**wishes)
        visitor.carry({name: held.value})
        return visitor

    return come


def ask(persons: People) -> int:
    with unit_of_work("test", "test"):
        made = services.ask(
            db.session.get_one(User, persons.subject.id), CHAIN, by=db.session.get_one(User, persons.staff.id), note="下週到職", now=clock.now()
        )
        db.session.flush()
        return made.id


def looks_well(visitor: Visitor, heading: str) -> None:
    expect(visitor.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert barriers(visitor.page) + sideways(visitor.page) == []
    assert visitor.faults == []


def press(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_from_asking_to_the_last_approval(persons: People, enter: Callable[..., Visitor], happened: Happened) -> None:  # noqa: F811
    number = ask(persons)
    phone = enter(persons.chief, width=390)
    phone.open("/approvals")
    looks_well(phone, "簽核")
    phone.page.get_by_role("main").get_by_role("link", name="新同仁").click()
    looks_well(phone, "新同仁")
    for word in ("6,400 元", "吳建宏", "下週到職"):
        expect(phone.page.get_by_role("main").get_by_text(word).first).to_be_visible()
    button = phone.page.get_by_role("button", name="核可", exact=True).bounding_box()
    assert button is not None
    assert button["height"] >= THUMB
    assert button["y"] + button["height"] < 844, "the button is below the first screen of a phone"

    press(phone, "退回")
    expect(phone.page.get_by_role("alert")).to_contain_text("要寫理由")
    phone.faults.clear()  # The refused form answers 422, which the browser tells.
    looks_well(phone, "新同仁")
    phone.page.get_by_label("說明").fill("缺到職日")
    press(phone, "退回")
    expect(phone.page.get_by_text("已退回給經手人")).to_be_visible()
    db.session.rollback()
    assert happened.ends == [("returned", "缺到職日")]

    number = ask(persons)
    phone.open(f"/approvals/{number}")
    press(phone, "核可")
    expect(phone.page.get_by_text("已核可，送下一關")).to_be_visible()
    looks_well(phone, "新同仁")

    president = enter(persons.president)
    president.open("/approvals/delegations")
    looks_well(president, "簽核代理")
    president.page.get_by_label("代理人").select_option(label="王志強（理事）")
    president.page.get_by_label("迄日").fill(f"{clock.today():%Y-%m-%d}")
    president.page.get_by_label("事由").fill("出國")
    press(president, "登錄代理")
    expect(president.page.get_by_role("table").get_by_text("代理中")).to_be_visible()
    looks_well(president, "簽核代理")

    director = enter(persons.director, width=390)
    director.open(f"/approvals/{number}")
    expect(director.page.get_by_text("您代理張理事長核可")).to_be_visible()
    press(director, "核可")
    expect(director.page.get_by_text("全部完成")).to_be_visible()

    clerk = enter(persons.staff)
    clerk.open(f"/approvals/{number}")
    looks_well(clerk, "新同仁")
    expect(clerk.page.get_by_role("main").get_by_text("王志強代張理事長")).to_be_visible()
    clerk.open("/approvals?list=sent")
    looks_well(clerk, "簽核")


def test_without_scripts(persons: People, enter: Callable[..., Visitor]) -> None:
    number = ask(persons)
    plain = enter(persons.chief, width=390, java_script_enabled=False)
    plain.open(f"/approvals/{number}")
    press(plain, "核可")
    expect(plain.page.get_by_text("已核可，送下一關")).to_be_visible()
    assert plain.faults == []
