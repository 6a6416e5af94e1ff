"""From nothing: a new installation, the code of the terminal, five steps, and the first administrator stands at the desk.

Once on a large screen, with a stop in the middle that is taken up again; once on a telephone, with the constitution left for later.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor
from unionops.core import clock
from unionops.core.db import unit_of_work
from unionops.core.setup import services

pytestmark = pytest.mark.browser
PASSWORD = "梅川旁的老榕樹很陰涼"


@pytest.fixture
def code(app: Any) -> str:
    with unit_of_work("test", "test"):
        return services.new_code(now=clock.now())


def enters_the_code(founder: Visitor, code: str) -> None:
    founder.open("/members/")  # Whatever address: it leads here.
    founder.arrive("設定新工會")
    founder.fill("設定碼", code.lower())
    founder.press("開始")


def names_the_union(founder: Visitor) -> None:
    founder.arrive("工會種類與名稱")
    founder.page.get_by_label("工會種類").select_option(label="職業工會")
    founder.fill("工會名稱", "臺中市展演技術人員職業工會")
    founder.fill("簡稱", "展演技術工會")
    founder.fill("會址", "台中市西屯區文心路二段588號")
    founder.press("下一步")


def takes_the_authority(founder: Visitor) -> None:
    founder.arrive("主管機關與登記")
    expect(founder.page.get_by_label("主管機關", exact=True)).to_have_value("臺中市政府")
    founder.press("下一步")


def makes_the_administrator(founder: Visitor) -> None:
    founder.arrive("第一位管理員")
    secret = founder.page.locator("code").inner_text().replace(" ", "")
    founder.fill("姓名", "蔡政宏")
    founder.fill("帳號", "admin")
    founder.fill("密碼", PASSWORD)
    founder.fill("密碼再輸入一次", PASSWORD)
    founder.fill("驗證碼", pyotp.TOTP(secret).at(clock.now()))
    founder.press("建立管理員")
    founder.arrive("復原碼")
    expect(founder.main.get_by_role("listitem")).to_have_count(10)
    founder.follow("已收好，繼續")
    founder.arrive("最初的幾步")


def test_from_nothing_to_the_desk(visit: Callable[..., Visitor], code: str) -> None:
    first = visit(width=1280)
    enters_the_code(first, code)
    names_the_union(first)
    first.arrive("主管機關與登記")

    again = visit(width=1280)  # Another browser, the next day: the code once more, and on where it stopped.
    enters_the_code(again, code)
    takes_the_authority(again)
    again.arrive("章程規定的值")
    again.fill("監事名額", "8")
    again.fill("條次：監事名額", "第 13 條")
    again.press("下一步")
    again.refused("監事名額")
    again.fill("監事名額", "3")
    again.press("下一步")
    makes_the_administrator(again)
    again.follow("到今日")
    again.arrive(re.compile("年"))

    first.open("/setup/authority")  # For whoever had stopped there, the wizard is gone.
    first.refused("找不到", 404)


def test_on_a_telephone_with_the_constitution_left_for_later(visit: Callable[..., Visitor], code: str) -> None:
    there = visit(width=390)
    enters_the_code(there, code)
    names_the_union(there)
    takes_the_authority(there)
    there.arrive("章程規定的值")
    there.press("都先用預設值，之後再填")
    makes_the_administrator(there)
    there.follow("匯入名冊")
    there.arrive("匯入紀錄")
