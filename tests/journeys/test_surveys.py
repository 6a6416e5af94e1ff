"""The story of a questionnaire: made from a template, opened, answered on a telephone by its short address, three sheets of paper typed
in without a mouse, closed, and read as figures and pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor, barriers, sideways
from tests.surveys.conftest import fill_in
from unionops.core.db import db
from unionops.surveys.models import Survey

pytestmark = pytest.mark.browser


def arrive(window: Visitor, heading: str | re.Pattern[str]) -> None:
    """The page is there, without barrier, without scrolling sideways, without an error behind it."""
    expect(window.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    found = barriers(window.page) + sideways(window.page)
    assert found == [], f"{window.page.url}: {found}"
    assert window.faults == []


def press(window: Visitor, name: str) -> None:
    window.page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def follow(window: Visitor, name: str) -> None:
    window.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


@pytest.mark.serves("P2.2.1")
def test_from_template_to_figures(office: Any, visit: Callable[..., Visitor], cookies: Callable[[str], dict[str, str]]) -> None:
    desk = visit(width=1280)
    desk.carry(cookies("staff"))
    desk.open("/surveys/new")
    arrive(desk, "新增問卷")
    desk.page.get_by_label("名稱").fill("冬季講座滿意度")
    press(desk, "新增問卷")
    arrive(desk, "冬季講座滿意度")
    follow(desk, "開放填答")
    arrive(desk, "開放填答")
    press(desk, "開放填答")
    arrive(desk, "冬季講座滿意度")
    address = desk.page.locator("main a[href*='/s/']").first.inner_text()
    path = address[address.index("/s/"):]

    phone = visit(width=390)
    phone.open(path)
    arrive(phone, "冬季講座滿意度")
    press(phone, "送出填答")  # Too early: what must be answered is named.
    expect(phone.page.get_by_role("alert")).to_contain_text("要修正")
    assert all("422" in fault for fault in phone.faults)
    phone.faults.clear()
    assert barriers(phone.page) == []
    for group in ("活動內容", "講師或帶領人", "場地與設備", "餐點與交通安排", "工作人員服務"):
        phone.page.get_by_role("group", name=re.compile(f"^{group}")).last.get_by_label("5 非常滿意").check()
    phone.page.get_by_role("group", name=re.compile("整體來說")).get_by_label("4").check()
    phone.page.get_by_label("5. 最喜歡哪個部分？").fill("講得很清楚")
    press(phone, "送出填答")
    arrive(phone, "已收到，謝謝您")
    phone.open(path)
    expect(phone.page.get_by_role("main")).to_contain_text("這台裝置已經填過")

    survey = db.session.scalars(db.select(Survey).where(Survey.title == "冬季講座滿意度")).one()
    number = survey.id
    fill_in(survey, *([[4, 4, 5, 3, 5], 5, 8, [1], None, None, 2] for _one in range(6)))
    db.session.rollback()

    desk.open(f"/surveys/{number}/enter")
    arrive(desk, re.compile("登錄紙本"))
    desk.page.get_by_label("第 1 列 編號").focus()
    for values in (("5", "5", "4", "5", "5", "5", "10", "1,5 廣播", "", "", "1"), ("3", "4", "4", "4", "4", "4", "7", "2", "午餐好吃", "", "3"), ("5",) * 6 + ("9", "3", "", "早點開始", "2")):
        for value in values:
            desk.page.keyboard.press("Tab")
            desk.page.keyboard.type(value)
        desk.page.keyboard.press("Tab")  # The number of the next sheet is there already.
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("main")).to_contain_text("已登錄 3 份（第 1–3 號）")
    arrive(desk, re.compile("登錄紙本"))

    desk.open(f"/surveys/{number}/results")
    expect(desk.page.get_by_role("main")).to_contain_text("還看不到統計")
    desk.open(f"/surveys/{number}/close")
    arrive(desk, re.compile("結束填答"))
    press(desk, "結束填答")
    arrive(desk, "冬季講座滿意度")
    follow(desk, "看結果")
    arrive(desk, re.compile("結果"))
    desk.page.locator("figure img").last.scroll_into_view_if_needed()
    expect(desk.page.locator("figure img").last).to_have_js_property("complete", True)
    assert desk.page.locator("figure img").last.evaluate("picture => picture.naturalWidth") > 600
    expect(desk.page.get_by_role("main")).to_contain_text("隱藏")
    expect(desk.page.get_by_text("網路 7、紙本 3", exact=True)).to_be_visible()
    small = visit(width=390)
    small.carry(cookies("president"))
    small.open(f"/surveys/{number}/results")
    arrive(small, re.compile("結果"))


def test_it_is_answered_without_a_script(office: Any, visit: Callable[..., Visitor]) -> None:
    plain = visit(width=390, java_script_enabled=False)
    plain.open(plain.site + "/s/" + office.visits["answer.form"]["token"])
    for group in plain.page.get_by_role("group").all():
        if group.get_by_label("5 非常滿意").count() == 1:
            group.get_by_label("5 非常滿意").check()
    press(plain, "送出填答")
    expect(plain.page.get_by_role("heading", level=1)).to_have_text("已收到，謝謝您")
    assert plain.faults == []
