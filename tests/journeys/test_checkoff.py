"""The story of a check-off: agreed with an employer, its list made and handed over, the answer read as it comes, booked, a wrong number
cleared up, the letter about the differences drafted. Every page is looked at; the whole of it also without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from tests.members.acts import work
from tests.members.checkoff import furnishing
from tests.members.checkoff.office import found_union
from unionops.core import clock
from unionops.core.db import db
from unionops.letters.models import Letter
from unionops.members.models import CheckoffLine, CheckoffList, Person
from unionops.members.rules.dues import months_on

pytestmark = pytest.mark.browser
EMPLOYER = "旺笙舞台工程有限公司"


@pytest.fixture
def sit(visit: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """``sit(width=390)``: the accountant, signed in, at a browser of this width; an employer's people are billed and have agreed."""
    clerk = new_user("accountant", name="吳佩珊")
    found_union()
    with work():
        employer, terms = furnishing.employer(clock.today())
        db.session.delete(terms)
        assert employer.id
    db.session.rollback()  # A writer holds SQLite's lock.
    return lambda **wishes: visit(clerk, **wishes)


def agrees(clerk: Visitor) -> None:
    clerk.open("/checkoff/")
    clerk.arrive("代扣會費")
    clerk.follow("登錄代扣約定")
    clerk.arrive(re.compile("代扣約定"))
    first = months_on(clock.today(), -1)
    clerk.fill("起日", f"{first.year - 1911}/{first.month}/1")
    clerk.fill("約定文件", "114/12/1 代扣協議書")
    clerk.press("存約定")
    clerk.arrive(EMPLOYER)
    clerk.reads("1 位在職會員還沒有代扣同意")


def lists(clerk: Visitor) -> None:
    clerk.follow("製作名冊")
    clerk.arrive(re.compile("製作代扣名冊"))
    clerk.page.get_by_label("期別").select_option(months_on(clock.today(), -1).strftime("%Y-%m"))
    clerk.press("看這一期")
    clerk.reads("沒有代扣同意")
    clerk.press("製作名冊，7 人")
    clerk.arrive(re.compile(EMPLOYER))
    clerk.follow("列印名冊")
    clerk.arrive("代扣會費名冊")
    with clerk.going():
        clerk.page.go_back()
    clerk.follow("登錄已送出")
    clerk.arrive(re.compile("登錄送出"))
    clerk.press("登錄已送出")
    clerk.reads("逾期未回覆")


def reads_the_answer(clerk: Visitor) -> None:
    clerk.follow("匯入回覆檔")
    clerk.arrive(re.compile("匯入回覆檔"))
    rows = furnishing.answered(n01341=[["01341", "潘彥鴻", 100, None]], n01583=[["01538", "鄭冠祥", 150, None]], n01898=[["01898", "楊永廷", "-", "已離職"]], n02298=[])
    content = furnishing.returned([*rows, ["合計", None, 800, None]]).stream.read()
    clerk.field("回覆檔").set_input_files([{"name": "回覆.xlsx", "mimeType": "application/octet-stream", "buffer": content}])
    clerk.press("讀入並比對")
    clerk.arrive(re.compile(EMPLOYER))
    clerk.reads("所載合計 800 元，各列相加是 850 元")
    clerk.reads("員工編號似有誤")


def books(clerk: Visitor) -> None:
    clerk.follow("入帳")
    clerk.arrive(re.compile("代扣入帳"))
    clerk.press(re.compile("入帳 850 元"))
    clerk.reads("合計或匯款與各列相加不同")
    clerk.faults[:] = [one for one in clerk.faults if not one.startswith("422")]
    clerk.field("看過差額").check()
    clerk.press(re.compile("入帳 850 元"))
    clerk.arrive(re.compile(EMPLOYER))
    clerk.reads("已入帳，1 列待處理")


def clears_up(clerk: Visitor) -> None:
    clerk.follow("處理")
    clerk.arrive(re.compile("處理：01538"))
    clerk.field("查明會員").check()
    clerk.fill("說明", "電話向人事確認")
    clerk.press("處理")
    clerk.arrive(re.compile(EMPLOYER))
    clerk.reads("已入帳")


def writes(clerk: Visitor) -> None:
    clerk.follow("差異表")
    clerk.arrive("代扣會費差異表")
    with clerk.going():
        clerk.page.go_back()
    clerk.follow("函知雇主差異")
    clerk.arrive(re.compile("致 "))
    clerk.press("存成公文草稿")
    clerk.arrive(re.compile("差異表"))
    clerk.open("/checkoff/")
    clerk.follow(EMPLOYER)
    clerk.arrive(EMPLOYER)


def all_is_kept() -> None:
    db.session.rollback()
    [sheet] = db.session.scalars(sa.select(CheckoffList))
    assert (sheet.booked_on is not None, sheet.stated_total) == (True, 800)
    wrong = db.session.scalars(sa.select(CheckoffLine).where(CheckoffLine.staff_number == "01538")).one()
    assert wrong.decision == "assigned"
    assert db.session.scalars(sa.select(Person).where(Person.name == "鄭冠祥")).one().id
    assert db.session.scalars(sa.select(Letter)).one().counterpart == EMPLOYER


@pytest.mark.serves("P1.2.1")
@pytest.mark.parametrize("wishes", [{"width": 1280}, {"width": 390}, {"java_script_enabled": False}])
def test_the_story_of_a_check_off(sit, wishes):
    clerk = sit(**wishes)
    for part in (agrees, lists, reads_the_answer, books, clears_up, writes):
        part(clerk)
    assert clerk.faults == []
    all_is_kept()
