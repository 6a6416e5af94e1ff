"""The story of a letter: the bureau asks, the clerk drafts the answer, the president signs it off on a telephone, it is issued, mailed,
answered, and its deadline closes. Every page is looked at; the core of it also without JavaScript.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.conftest import new_user
from tests.journeys.visitor import Visitor, barriers, sideways
from tests.letters.conftest import BUREAU
from unionops.core import clock
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union

pytestmark = pytest.mark.browser
PDF = {"name": "來文.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"}


class Person(Visitor):
    """Somebody of the office at a browser."""

    looks = True

    def arrive(self, heading: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        if self.looks:
            found = barriers(self.page) + sideways(self.page)
            assert found == [], f"{self.page.url}: {found}"
        assert self.faults == []

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("main").get_by_role("link", name=name, exact=isinstance(name, str)).first.click()

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=isinstance(name, str)).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_role("main").get_by_label(re.compile(f"^{label}")).first.fill(text)


@pytest.fixture
def office_people(app: Any, chromium: Any, site: str, browser: Any) -> Any:
    """``sit("staff", width=390)``: somebody with this role, signed in, at a browser of this width."""
    today = clock.today()
    people = {role: new_user(role, name=name) for role, name in (("secretary_general", "張雅婷"), ("president", "黃志明"), ("staff", "林秀琴"))}
    with unit_of_work("test", "test"):
        union.edit_record(name="臺中市展演技術人員職業工會", short_name="中市展演總", kind="occupational", authority=BUREAU, today=today)
    db.session.rollback()
    seated: list[Person] = []
    name = app.config["SESSION_COOKIE_NAME"]

    def sit(role: str, **wishes: Any) -> Person:
        held = browser.as_(people[role]).client.get_cookie(name)
        db.session.rollback()
        one = Person(chromium, site, **wishes)
        one.carry({name: held.value})
        seated.append(one)
        return one

    yield sit
    for one in seated:
        one.close()


def registers(clerk: Person) -> None:
    clerk.page.goto("/letters/")
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
    expect(clerk.page.get_by_text("中市勞資字第1150052345號").first).to_be_visible()


def drafts(clerk: Person) -> None:
    clerk.follow("起草回覆")
    clerk.arrive("起草公文")
    clerk.follow("函復")
    clerk.arrive("起草函")
    clerk.fill("說明", "復貴局來函。\n補正事項如下：\n  會議紀錄 1 份。\n  簽到名冊 1 份。")
    clerk.page.get_by_label(re.compile("^正本")).fill(f"{BUREAU}；臺中市西屯區臺灣大道三段 99 號；labor@example.tw")
    clerk.fill("或幾日內", "30")
    clerk.press("存草稿")
    clerk.arrive(re.compile("復貴單位"))
    clerk.follow("看公文樣式")
    clerk.arrive(re.compile("函："))
    assert clerk.page.get_by_role("main").get_by_role("img").first.evaluate("e => e.naturalWidth") > 500
    clerk.page.go_back()
    clerk.follow("送核")
    clerk.arrive(re.compile("送核"))
    clerk.press("送核")
    expect(clerk.page.get_by_text("簽核中").first).to_be_visible()


def approves(person: Person) -> None:
    """On a telephone: what waits, all of the letter, one press."""
    person.page.goto("/approvals")
    person.page.get_by_role("main").get_by_role("link", name=re.compile("復貴單位")).first.click()
    expect(person.page.get_by_role("main")).to_contain_text("(一)會議紀錄 1 份。")
    if person.looks:
        assert barriers(person.page) + sideways(person.page) == []
    person.press(re.compile("核可"))
    expect(person.page.get_by_text("核可").first).to_be_visible()
    assert person.faults == []


def issues(clerk: Person) -> None:
    clerk.page.reload()
    clerk.follow("編號發文")
    clerk.arrive(re.compile("發文："))
    clerk.press("編號發文")
    clerk.arrive(re.compile("復貴單位"))
    expect(clerk.page.get_by_text(re.compile(r"字第\d{7}號")).first).to_be_visible()
    clerk.follow("以電子郵件寄送")
    clerk.arrive(re.compile("以電子郵件寄送"))
    clerk.press("寄出")
    clerk.arrive(re.compile("復貴單位"))
    expect(clerk.page.get_by_text("等待回文").first).to_be_visible()


def gets_the_reply(clerk: Person) -> None:
    clerk.follow("登錄回文")
    clerk.arrive("登錄收文")
    expect(clerk.page.get_by_label(re.compile("^來文者"))).to_have_value(BUREAU)
    clerk.fill("主旨", "貴會會議紀錄同意備查")
    clerk.press("登錄並編號")
    clerk.arrive("貴會會議紀錄同意備查")
    clerk.follow(re.compile("復貴單位"))
    clerk.arrive(re.compile("復貴單位"))
    expect(clerk.page.get_by_text("已收到回文").first).to_be_visible()
    clerk.page.goto("/letters/out")
    clerk.arrive("發文")
    clerk.follow("年度登記簿")
    clerk.arrive(re.compile("年度發文登記簿"))


def all_deadlines_closed() -> bool:
    db.session.rollback()
    return all(db.session.scalars(sa.select(Deadline.closed_at)))


def tell(sit: Any, clerk: Person, **phone: Any) -> None:
    registers(clerk)
    drafts(clerk)
    for role in ("secretary_general", "president"):
        one = sit(role, width=390, **phone)
        one.looks = clerk.looks
        approves(one)
    issues(clerk)
    gets_the_reply(clerk)
    assert all_deadlines_closed()


@pytest.mark.serves("P1.2.3")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_story_of_a_letter(office_people, width):
    tell(office_people, office_people("staff", width=width))


@pytest.mark.serves("P1.2.3")
def test_the_story_without_javascript(office_people):
    clerk = office_people("staff", java_script_enabled=False)
    clerk.looks = False
    tell(office_people, clerk, java_script_enabled=False)
