"""The story of an applicant: the form on a telephone, the check, the board's resolution, the entrance fee at the counter, the member number;
and of somebody on the recruiting board. Every page is looked at, the form also without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.journeys.applying import sends_the_form
from tests.journeys.visitor import Visitor
from tests.members.joining.conftest import entrance_fee, make_people, open_form, user
from tests.members.joining.test_story import pay
from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import show_date
from unionops.members.models import Application

pytestmark = pytest.mark.browser


@pytest.fixture
def union(app: Any) -> Any:
    people = make_people()
    open_form()
    entrance_fee(1000)
    db.session.rollback()
    return people


def applies(stranger: Visitor) -> None:
    stranger.open("/apply")
    stranger.arrive(re.compile("申請加入"))
    stranger.press("送出申請")
    stranger.refused("必填")
    stranger.look()
    sends_the_form(stranger)
    stranger.reads("115-0001" if clock.today().year == 2026 else "-0001")


def checks(clerk: Visitor) -> None:
    clerk.open("/joining/")
    clerk.arrive("入會")
    clerk.follow("何佩芸")
    clerk.arrive("何佩芸")
    clerk.reads("從業證明")
    clerk.follow("審查資料")
    clerk.arrive(re.compile("審查"))
    for paper in ("身分證（或居留證）影本", "照片", re.compile("^從業證明")):
        clerk.main.get_by_label(paper).check()
    clerk.press("完成審查")
    clerk.reads("待送審")
    clerk.follow("送審")
    clerk.arrive("送審")
    clerk.press("送審 1 件")
    clerk.reads("審查中")
    clerk.look()


def resolves(chief: Visitor) -> None:
    chief.open("/joining/board")
    chief.arrive("理事會審查入會")
    chief.press("登錄決議")
    chief.refused("必填")
    chief.fill("決議案號", "第 5 屆第 8 次第 3 案")
    chief.fill("決議日", show_date(clock.today()))
    chief.fill("決議內容", "同意何佩芸入會。")
    chief.press("登錄決議")
    chief.arrive("入會")
    chief.reads("同意 1 件")
    chief.reads("待辦入會")


def test_from_a_telephone_to_a_member_number(union, visit: Callable[..., Visitor]):
    applies(visit(width=390))
    clerk, chief = visit(user(union.staff)), visit(user(union.chief), width=390)
    checks(clerk)
    resolves(chief)
    clerk.open("/joining/")
    clerk.follow("何佩芸")
    clerk.follow("辦理入會")
    clerk.arrive("何佩芸 入會")
    clerk.press("開立入會費")
    clerk.reads("入會費 1,000 元還沒有繳")
    clerk.look()
    person = db.session.scalar(sa.select(Application.person_id))
    db.session.rollback()
    pay(person, 1000)
    clerk.page.reload()
    clerk.reads("入會費已繳清")
    clerk.follow("辦理入會")
    clerk.press("編號入會")
    clerk.reads("已入會")
    clerk.look()
    clerk.follow("入會通知")
    clerk.arrive(re.compile("入會通知"))


def test_the_form_needs_no_script(union, visit: Callable[..., Visitor]):
    applies(visit(java_script_enabled=False))


def test_the_recruiting_board(union, visit: Callable[..., Visitor]):
    clerk = visit(user(union.staff), width=390)
    clerk.open("/joining/prospects")
    clerk.arrive("招募看板")
    clerk.follow("登錄招募對象")
    clerk.arrive("登錄招募對象")
    clerk.fill("姓名", "羅文彬")
    clerk.fill("工作場所", "中山堂")
    clerk.press("存檔")
    clerk.arrive("招募看板")
    clerk.follow("羅文彬")
    clerk.arrive("羅文彬")
    clerk.page.get_by_label("結果").select_option(label="再聯絡")
    clerk.press("存檔")
    clerk.refused("請填什麼時候再聯絡")
    clerk.fill("聯絡人", "林秀琴")
    clerk.fill("聯絡日", show_date(clock.today()))
    clerk.fill("再聯絡日", show_date(clock.today()))
    clerk.press("存檔")
    clerk.reads("該再聯絡了")
    clerk.follow("羅文彬")
    clerk.follow("轉為入會申請")
    clerk.arrive("登錄入會申請")
    clerk.main.get_by_label(re.compile("已告知個人資料")).check()
    clerk.press("受理並編號")
    clerk.arrive("羅文彬")
    clerk.reads("待審查")
