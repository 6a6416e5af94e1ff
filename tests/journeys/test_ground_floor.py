"""The story of the first floor: on an empty system a secretary-general signs in without a mouse, brings in the real roster from
Excel, sees what is wrong with it, mends a row, writes the rest, finds a member by two characters, looks at a covered number with
a reason, prints the roster and takes the import back. The core of it also without JavaScript, and on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from playwright.sync_api import Locator, expect

from config import ROOT
from tests.conftest import PASSWORD, new_user
from tests.journeys.visitor import Visitor
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.union import services as union

pytestmark = pytest.mark.browser

ROSTER = ROOT / "tests" / "data" / "office" / "roster.xlsx"
CLEAN, REFUSED, UNDECIDED = 1254, 22, 10
"""What expected.json beside the roster says: rows that can be written, rows that cannot, rows that somebody must decide."""
MENDED = 877
"""The row whose birth date is 72/2/30."""


class Secretary(Visitor):
    """The secretary-general, at this machine also without a mouse."""

    def tab_to(self, target: Locator) -> None:
        """Tabs until the focus is there, as somebody without a mouse does; AssertionError if it never comes."""
        for _step in range(40):
            if target.evaluate("e => e === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")


@pytest.fixture
def secretary(visit: Callable[..., Secretary]) -> Callable[..., Secretary]:
    """``secretary(width=390)`` sits down at an app that has a union and her account, and nothing else."""
    new_user("secretary_general", username="chief", name="張雅婷")
    with unit_of_work("test", "test"):
        union.edit_record(
            name="中彰投展演舞台技術人員職業工會", short_name="展演技術工會", kind="occupational", authority="臺中市政府勞工局", today=date(2026, 9, 1)
        )
    db.session.rollback()
    return partial(visit, kind=Secretary)


# --- the chapters


def signs_in(she: Secretary) -> None:
    she.open("/")
    she.arrive("登入")
    she.tab_to(she.page.get_by_label("帳號"))
    she.page.keyboard.type("chief")
    she.tab_to(she.page.get_by_label("密碼"))
    she.page.keyboard.type(PASSWORD)
    with she.going():
        she.page.keyboard.press("Enter")
    she.arrive(re.compile("年.*月.*日"))
    expect(she.page).to_have_url("/")


def hands_over_the_file(she: Secretary) -> None:
    she.open("/members/")
    she.arrive("會員名冊")
    she.follow("匯入名冊")  # The empty roster teaches this step.
    she.follow("匯入名冊")
    she.arrive("匯入名冊")
    she.page.get_by_label("名冊檔案").set_input_files(ROSTER)
    she.press("讀入檔案")
    she.arrive("工作表與欄位")
    she.press("看預覽")
    she.arrive("roster.xlsx")


def sees_what_is_wrong(she: Secretary) -> None:
    tabs = she.page.get_by_role("navigation", name="依結果檢視")
    expect(tabs.get_by_role("link", name=re.compile(f"退件.*{REFUSED}"))).to_be_visible()
    expect(tabs.get_by_role("link", name=re.compile(f"待決定.*{UNDECIDED}"))).to_be_visible()
    with she.going():
        tabs.get_by_role("link", name=re.compile("退件")).click()
    for words in ("沒有這一天", f"F{MENDED}", "72/2/30"):
        expect(row_to_mend(she)).to_contain_text(words)


def row_to_mend(she: Secretary) -> Locator:
    return she.page.get_by_role("row").filter(has_text=f"第 {MENDED} 列")


def mends_a_row(she: Secretary) -> None:
    with she.going():
        row_to_mend(she).get_by_role("link").first.click()
    she.arrive(re.compile(f"第 {MENDED} 列"))
    she.page.get_by_label(re.compile("生日|出生")).first.fill("72/2/28")
    she.press("存更正並重新檢查")
    she.reads("已存更正")
    expect(she.page.get_by_text("沒有這一天")).to_have_count(0)
    she.arrive(re.compile(f"第 {MENDED} 列"))
    she.follow("回預覽")


def writes_the_rest(she: Secretary) -> None:
    she.arrive("roster.xlsx")
    words = re.compile(rf"匯入 {CLEAN + 1:,} 列")
    she.follow(words)
    she.arrive(words)
    she.press(words)
    she.reads("已匯入")
    she.arrive("roster.xlsx")


def finds_a_member(she: Secretary) -> None:
    she.follow("看會員名冊")
    she.arrive("會員名冊")
    search = she.main.get_by_role("searchbox").first
    search.fill("俊忠")
    if not she.looks:  # With a script the list follows the typing.
        search.press("Enter")
    expect(she.page).to_have_url(re.compile("q="))
    expect(she.link("黃俊忠")).to_be_visible()
    she.arrive("會員名冊")
    she.follow("黃俊忠")
    she.arrive("黃俊忠")


def looks_at_a_covered_number(she: Secretary) -> None:
    number = re.compile(r"[A-Z][12]\d{8}")
    expect(she.main).not_to_contain_text(number)
    she.follow(re.compile("顯示.*身分證號|身分證號.*顯示"))
    she.arrive(re.compile("身分證號"))
    she.press(re.compile("^顯示"))
    she.refused("請選事由。")
    she.main.get_by_role("radio").first.check()
    she.press(re.compile("^顯示"))
    she.reads(number)
    she.arrive("黃俊忠")


def prints_the_roster(she: Secretary) -> None:
    she.open("/members/papers")
    she.arrive("列印文件")
    she.follow(re.compile("會員名冊（會務用）"))
    she.arrive(re.compile("會員名冊（會務用）"))
    sheets = she.main.get_by_role("img", name=re.compile("會員名冊（會務用），第"))
    assert sheets.count() > 0
    assert all(sheet.evaluate("e => e.naturalWidth") > 500 for sheet in sheets.all())
    she.press(re.compile("在背景製作.*PDF"))
    assert tasks.work_once()
    with she.page.expect_download() as held:
        she.link("下載檔案").click()  # It comes by itself, without a script too.
    assert held.value.path().read_bytes().startswith(b"%PDF")


def takes_it_back(she: Secretary) -> None:
    she.open("/members/imports")
    she.arrive("匯入紀錄")
    she.follow("roster.xlsx")
    she.open(she.page.url.rstrip("/").removesuffix("/result") + "/result")
    she.arrive("roster.xlsx")
    she.follow("復原這次匯入")
    she.arrive("復原匯入")
    she.press("復原這次匯入")
    she.reads("已復原")
    she.open("/members/")
    she.reads("名冊裡還沒有人")


STORY: tuple[Callable[[Secretary], None], ...] = (
    signs_in, hands_over_the_file, sees_what_is_wrong, mends_a_row, writes_the_rest, finds_a_member, looks_at_a_covered_number,
    prints_the_roster, takes_it_back,
)


@pytest.mark.serves("P1.2.2")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_story(secretary, width):
    she = secretary(width=width)
    for chapter in STORY:
        chapter(she)


@pytest.mark.serves("P1.2.2")
def test_the_story_without_javascript(secretary):
    she = secretary(java_script_enabled=False)
    for chapter in STORY:
        chapter(she)
