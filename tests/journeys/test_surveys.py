"""The story of a questionnaire: made from a template, opened, answered on a telephone by its short address, three sheets of paper typed
in without a mouse, closed, and read as figures and pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor
from tests.surveys.conftest import fill_in
from unionops.core.db import db, unit_of_work
from unionops.members.models import Person
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


@pytest.mark.parametrize("width", [1280, 390])
def test_links_are_mailed_and_a_draft_is_removed(
    app: Flask, office: Any, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:9")  # Nothing leaves: the outbox keeps it.
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example")
    with unit_of_work("test", "test"):
        person = db.session.scalars(sa.select(Person).where(Person.name == "林秀琴")).one()
        person.email = "lin@example.org"
    db.session.rollback()
    desk = visit(office.user("staff"), width=width)
    desk.open(f"/surveys/{office.visits['surveys.people']['survey_id']}/people")
    desk.arrive("個人連結")
    desk.fill("會員", "林秀琴")
    desk.press("發出個人連結")
    desk.reads("未填，還沒寄連結")
    desk.follow("寄出連結給 1 人")
    desk.arrive("寄出個人連結")
    desk.reads("寄出 1 封電子郵件；另有 0 人要用紙本。")
    desk.press("寄出 1 封")
    desk.reads("已排入寄信匣 1 封")
    desk.arrive("個人連結")
    desk.reads("未填，連結剛寄出")

    desk.open(f"/surveys/{office.visits['surveys.remove']['survey_id']}")
    desk.arrive("還沒用到的問卷")
    desk.follow("刪除草稿")
    desk.arrive(re.compile("刪除問卷草稿"))
    desk.press("刪除草稿")
    desk.reads("已刪除問卷「還沒用到的問卷」")
    desk.arrive("問卷")
