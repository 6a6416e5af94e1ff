"""From nothing: a new installation, the code of the terminal, five steps, and the first administrator stands at the desk.

Once on a large screen, with a stop in the middle that is taken up again; once on a telephone, with the constitution left for later.
"""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor, barriers, sideways
from unionops.core import clock
from unionops.core.db import unit_of_work
from unionops.core.setup import services

pytestmark = pytest.mark.browser
PASSWORD = "梅川旁的老榕樹很陰涼"


class Founder(Visitor):
    """Whoever sets up the union. Every page that is come to is looked at."""

    def arrive(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        found = barriers(self.page) + sideways(self.page)
        assert found == [], f"{self.page.url}: {found}"
        assert self.faults == []

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


@pytest.fixture
def code(app: Any) -> str:
    with unit_of_work("test", "test"):
        return services.new_code(now=clock.now())


@pytest.fixture
def founder(chromium: Any, code: str, site: str) -> Any:
    """``founder(width=390)`` opens a browser at the new installation."""
    there: list[Founder] = []

    def come(**wishes: Any) -> Founder:
        there.append(Founder(chromium, site, **wishes))
        return there[-1]

    yield come
    for one in there:
        one.close()


def enters_the_code(founder: Founder, code: str) -> None:
    founder.page.goto("/members/")  # Whatever address: it leads here.
    founder.arrive("設定新工會")
    founder.fill("設定碼必填", code.lower())
    founder.press("開始")


def names_the_union(founder: Founder) -> None:
    founder.arrive("工會種類與名稱")
    founder.page.get_by_label("工會種類").select_option(label="職業工會")
    founder.fill("工會名稱必填", "臺中市展演技術人員職業工會")
    founder.fill("簡稱", "展演技術工會")
    founder.fill("會址", "台中市西屯區文心路二段588號")
    founder.press("下一步")


def takes_the_authority(founder: Founder) -> None:
    founder.arrive("主管機關與登記")
    expect(founder.page.get_by_label("主管機關", exact=True)).to_have_value("臺中市政府")
    founder.press("下一步")


def makes_the_administrator(founder: Founder) -> None:
    founder.arrive("第一位管理員")
    secret = founder.page.locator("code").inner_text().replace(" ", "")
    founder.fill("姓名必填", "蔡政宏")
    founder.fill("帳號必填", "admin")
    founder.fill("密碼必填", PASSWORD)
    founder.fill("密碼再輸入一次必填", PASSWORD)
    founder.fill("驗證碼必填", pyotp.TOTP(secret).at(clock.now()))
    founder.press("建立管理員")
    founder.arrive("復原碼")
    expect(founder.page.get_by_role("main").get_by_role("listitem")).to_have_count(10)
    founder.follow("已收好，繼續")
    founder.arrive("最初的幾步")


def test_from_nothing_to_the_desk(founder: Any, code: str) -> None:
    first = founder(width=1280)
    enters_the_code(first, code)
    names_the_union(first)
    first.arrive("主管機關與登記")

    again = founder(width=1280)  # Another browser, the next day: the code once more, and on where it stopped.
    enters_the_code(again, code)
    takes_the_authority(again)
    again.arrive("章程規定的值")
    again.page.get_by_label("監事名額", exact=True).fill("8")
    again.page.get_by_label("條次：監事名額", exact=True).fill("第 13 條")
    again.press("下一步")
    expect(again.page.get_by_role("alert")).to_contain_text("監事名額")
    again.faults.clear()  # The refusal is a 422, which the browser counts as a fault.
    again.page.get_by_label("監事名額", exact=True).fill("3")
    again.press("下一步")
    makes_the_administrator(again)
    again.follow("到今日")
    expect(again.page.get_by_role("heading", level=1)).to_contain_text(re.compile("年"))
    assert again.faults == []

    first.page.goto("/setup/authority")  # For whoever had stopped there, the wizard is gone.
    expect(first.page.get_by_role("heading", level=1)).to_contain_text("找不到")


def test_on_a_telephone_with_the_constitution_left_for_later(founder: Any, code: str) -> None:
    there = founder(width=390)
    enters_the_code(there, code)
    names_the_union(there)
    takes_the_authority(there)
    there.arrive("章程規定的值")
    there.press("都先用預設值，之後再填")
    makes_the_administrator(there)
    there.follow("匯入名冊")
    expect(there.page.get_by_role("heading", level=1)).to_be_visible()
    assert there.faults == []
