"""The story of a questionnaire: made from a template, opened, answered on a telephone by its short address, three sheets of paper typed
in without a mouse, closed, and read as figures and pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor
from tests.surveys.conftest import fill_in
from unionops.core.db import db
from unionops.surveys.models import Survey

pytestmark = pytest.mark.browser


@pytest.mark.serves("P2.2.1")
def test_from_template_to_figures(office: Any, visit: Callable[..., Visitor]) -> None:
    desk = visit(office.user("staff"), width=1280)
    desk.open("/surveys/new")
    desk.arrive("新增問卷")
    desk.fill("名稱", "冬季講座滿意度")
    desk.press("新增問卷")
    desk.arrive("冬季講座滿意度")
    desk.follow("開放填答")
    desk.arrive("開放填答")
    desk.press("開放填答")
    desk.arrive("冬季講座滿意度")
    address = desk.page.locator("main a[href*='/s/']").first.inner_text()
    path = address[address.index("/s/"):]

    phone = visit(width=390)
    phone.open(path)
    phone.arrive("冬季講座滿意度")
    phone.press("送出填答")  # Too early: what must be answered is named.
    phone.refused("要修正")
    phone.look()
    for group in ("活動內容", "講師或帶領人", "場地與設備", "餐點與交通安排", "工作人員服務"):
        phone.page.get_by_role("group", name=re.compile(f"^{group}")).last.get_by_label("5 非常滿意").check()
    phone.page.get_by_role("group", name=re.compile("整體來說")).get_by_label("4").check()
    phone.fill("5. 最喜歡哪個部分？", "講得很清楚")
    phone.press("送出填答")
    phone.arrive("已收到，謝謝您")
    phone.open(path)
    phone.reads("這台裝置已經填過")

    survey = db.session.scalars(db.select(Survey).where(Survey.title == "冬季講座滿意度")).one()
    number = survey.id
    fill_in(survey, *([[4, 4, 5, 3, 5], 5, 8, [1], None, None, 2] for _one in range(6)))
    db.session.rollback()

    desk.open(f"/surveys/{number}/enter")
    desk.arrive(re.compile("登錄紙本"))
    desk.page.get_by_label("第 1 列 編號").focus()
    for values in (("5", "5", "4", "5", "5", "5", "10", "1,5 廣播", "", "", "1"), ("3", "4", "4", "4", "4", "4", "7", "2", "午餐好吃", "", "3"), ("5",) * 6 + ("9", "3", "", "早點開始", "2")):
        for value in values:
            desk.page.keyboard.press("Tab")
            desk.page.keyboard.type(value)
        desk.page.keyboard.press("Tab")  # The number of the next sheet is there already.
    with desk.going():
        desk.page.keyboard.press("Enter")
    desk.reads("已登錄 3 份（第 1–3 號）")
    desk.arrive(re.compile("登錄紙本"))

    desk.open(f"/surveys/{number}/results")
    desk.reads("還看不到統計")
    desk.open(f"/surveys/{number}/close")
    desk.arrive(re.compile("結束填答"))
    desk.press("結束填答")
    desk.arrive("冬季講座滿意度")
    desk.follow("看結果")
    desk.arrive(re.compile("結果"))
    desk.page.locator("figure img").last.scroll_into_view_if_needed()
    expect(desk.page.locator("figure img").last).to_have_js_property("complete", True)
    assert desk.page.locator("figure img").last.evaluate("picture => picture.naturalWidth") > 600
    desk.reads("隱藏")
    desk.reads("網路 7、紙本 3")
    small = visit(office.user("president"), width=390)
    small.open(f"/surveys/{number}/results")
    small.arrive(re.compile("結果"))


def test_it_is_answered_without_a_script(office: Any, visit: Callable[..., Visitor]) -> None:
    plain = visit(width=390, java_script_enabled=False)
    plain.open(plain.site + "/s/" + office.visits["answer.form"]["token"])
    for group in plain.page.get_by_role("group").all():
        if group.get_by_label("5 非常滿意").count() == 1:
            group.get_by_label("5 非常滿意").check()
    plain.press("送出填答")
    plain.arrive("已收到，謝謝您")
