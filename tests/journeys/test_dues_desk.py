"""The story of a morning at the counter: a number, Enter, an amount, Enter, the receipt; one made void, one printed again; the box counted
and brought to the bank. Every page is looked at, at both widths, once without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from tests.members.dues.books import account, furnish
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.members.services.dues import running

pytestmark = pytest.mark.browser


@pytest.fixture
def people(app: object) -> dict[str, User]:
    """A cashier and the secretary-general of a union whose two members owe 540 each."""
    account()
    furnish(2)
    with unit_of_work("會計", "test"):
        running.apply((1, 2), date(clock.today().year, 1, 1), title="第一季會費", today=clock.today())
    made = {role: new_user(role, name=name) for role, name in (("cashier", "李秀琴"), ("secretary_general", "陳淑芬"))}
    db.session.rollback()
    return made


def takes(cashier: Visitor, number: str, cash: str) -> None:
    """Nothing but the keyboard from the number to the receipt."""
    with cashier.going():
        cashier.page.keyboard.type(number)
        cashier.page.keyboard.press("Enter")
    cashier.arrive(re.compile("會員"))
    cashier.reads("未繳共 540 元")
    expect(cashier.field("收款金額")).to_be_focused()
    cashier.fill("收到現金", cash)
    with cashier.going():
        cashier.page.keyboard.press("Enter")
    cashier.arrive(re.compile("收據 "))
    cashier.reads("伍佰肆拾元整")


@pytest.mark.parametrize("wishes", [{"width": 1280}, {"width": 390}, {"width": 1280, "java_script_enabled": False}])
def test_a_morning_at_the_counter(visit: Callable[..., Visitor], people: dict[str, User], wishes: dict[str, object]):
    cashier = visit(people["cashier"], **wishes)
    cashier.open("/dues/")
    cashier.arrive("收費櫃檯")
    cashier.reads("今天還沒有收款")
    cashier.field("會號或姓名").focus()
    takes(cashier, "00001", "1000")
    cashier.reads("找零 460 元")
    cashier.field("會號或姓名").focus()
    takes(cashier, "00002", "540")
    first = cashier.page.url

    chief = visit(people["secretary_general"], **wishes)
    chief.open(first)
    chief.follow("作廢")
    chief.arrive(re.compile("作廢收據"))
    chief.fill("原因", "抬頭誤植")
    chief.press("作廢這張收據")
    chief.reads("已作廢")
    chief.look()
    chief.follow("這筆收款")
    chief.arrive(re.compile("會員1"))
    chief.press("開立收據")
    chief.arrive(re.compile("A000003"))

    cashier.open("/dues/receipts")
    cashier.arrive("收據")
    cashier.reads("A000003")
    cashier.open("/dues/payments")
    cashier.arrive("收款")
    cashier.open("/dues/cash")
    cashier.arrive("現金點收")
    cashier.follow("點收我的現金")
    cashier.arrive("點收現金")
    cashier.reads("1,080")
    cashier.fill("1,000 元", "1")
    cashier.fill("50 元", "1")
    cashier.press("點收完成")
    cashier.refused("少 30 元")
    cashier.fill("10 元", "3")
    cashier.press("點收完成")
    cashier.reads("已點收 1,080 元")
    cashier.look()
    cashier.follow("登錄存入銀行")
    cashier.arrive("登錄存入銀行")
    cashier.press("登錄存入")
    cashier.reads("已登錄存入銀行 1,080 元")
    cashier.look()
