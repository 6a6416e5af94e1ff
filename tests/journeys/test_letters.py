"""The story of a letter: the bureau asks, the clerk drafts the answer, the president signs it off on a telephone, it is issued, mailed,
answered, and its deadline closes. Every page is looked at; the core of it also without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from tests.letters.conftest import BUREAU
from unionops.core import clock
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union

pytestmark = pytest.mark.browser
PDF = {"name": "來文.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"}


@pytest.fixture
def sit(visit: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """``sit("staff", width=390)``: somebody with this role, signed in, at a browser of this width."""
    people = {role: new_user(role, name=name) for role, name in (("secretary_general", "張雅婷"), ("president", "黃志明"), ("staff", "林秀琴"))}
    with unit_of_work("test", "test"):
        union.edit_record(
            name="臺中市展演技術人員職業工會", short_name="中市展演總", kind="occupational", authority=BUREAU, today=clock.today()
        )
    return lambda role, **wishes: visit(people[role], **wishes)


def registers(clerk: Visitor) -> None:
    clerk.open("/letters/")
    clerk.arrive("收文")
    clerk.follow("登錄收文")
    clerk.arrive("登錄收文")
    clerk.fill("來文者", BUREAU)
    clerk.fill("來文字號", "中市勞資字第1150052345號")
    clerk.fill("主旨", "請補正會員代表大會會議紀錄")
    clerk.fill("或幾日內", "10")
    clerk.page.get_by_label("承辦人").select_option(label="林秀琴")
    clerk.page.get_by_label("來文掃描檔與附件").set_input_files([PDF])
    clerk.press("登錄並編號")
    clerk.arrive("請補正會員代表大會會議紀錄")
    clerk.reads("中市勞資字第1150052345號")


def drafts(clerk: Visitor) -> None:
    clerk.follow("起草回覆")
    clerk.arrive("起草公文")
    clerk.follow("函復")
    clerk.arrive("起草函")
    clerk.fill("說明", "復貴局來函。\n補正事項如下：\n  會議紀錄 1 份。\n  簽到名冊 1 份。")
    clerk.fill("正本", f"{BUREAU}；臺中市西屯區臺灣大道三段 99 號；labor@example.tw")
    clerk.fill("或幾日內", "30")
    clerk.press("存草稿")
    clerk.arrive(re.compile("復貴單位"))
    clerk.follow("看公文樣式")
    clerk.arrive(re.compile("函："))
    assert clerk.main.get_by_role("img").first.evaluate("e => e.naturalWidth") > 500
    clerk.page.go_back()
    clerk.follow("送核")
    clerk.arrive(re.compile("送核"))
    clerk.press("送核")
    clerk.reads("簽核中")


def approves(person: Visitor) -> None:
    """On a telephone: what waits, all of the letter, one press."""
    person.open("/approvals")
    person.follow(re.compile("復貴單位"))
    person.reads("(一)會議紀錄 1 份。")
    person.look()
    person.press(re.compile("核可"))
    person.reads("已核可")
    person.look()


def issues(clerk: Visitor) -> None:
    clerk.page.reload()
    clerk.follow("編號發文")
    clerk.arrive(re.compile("發文："))
    clerk.press("編號發文")
    clerk.arrive(re.compile("復貴單位"))
    clerk.reads(re.compile(r"字第\d{7}號"))
    clerk.follow("以電子郵件寄送")
    clerk.arrive(re.compile("以電子郵件寄送"))
    clerk.press("寄出")
    clerk.arrive(re.compile("復貴單位"))
    clerk.reads("等待回文")


def gets_the_reply(clerk: Visitor) -> None:
    clerk.follow("登錄回文")
    clerk.arrive("登錄收文")
    expect(clerk.field("來文者")).to_have_value(BUREAU)
    clerk.fill("主旨", "貴會會議紀錄同意備查")
    clerk.press("登錄並編號")
    clerk.arrive("貴會會議紀錄同意備查")
    clerk.follow(re.compile("復貴單位"))
    clerk.arrive(re.compile("復貴單位"))
    clerk.reads("已收到回文")
    clerk.open("/letters/out")
    clerk.arrive("發文")
    clerk.follow("年度登記簿")
    clerk.arrive(re.compile("年度發文登記簿"))


def all_deadlines_closed() -> bool:
    db.session.rollback()
    return all(db.session.scalars(sa.select(Deadline.closed_at)))


def tell(sit: Callable[..., Visitor], clerk: Visitor, **phone: bool) -> None:
    registers(clerk)
    drafts(clerk)
    for role in ("secretary_general", "president"):
        approves(sit(role, width=390, **phone))
    issues(clerk)
    gets_the_reply(clerk)
    assert all_deadlines_closed()


@pytest.mark.serves("P1.2.3")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_story_of_a_letter(sit, width):
    tell(sit, sit("staff", width=width))


@pytest.mark.serves("P1.2.3")
def test_the_story_without_javascript(sit):
    tell(sit, sit("staff", java_script_enabled=False), java_script_enabled=False)
