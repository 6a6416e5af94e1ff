"""The accountant hands over the bank's file, books what is certain, and settles what is left line by line until nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from tests.members.statements.furnishing import Owing, accounts, owe
from tests.members.statements.samples import Q1
from tests.members.statements.test_settling import VA, bank_file
from unionops.core.db import db

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_from_the_file_of_the_bank_to_an_empty_queue(app, visit: Callable[..., Visitor], width, tmp_path: Path):
    owe([Owing("00001", "王小明", 450), Owing("00002", "陳美玲", 450), Owing("00003", "林志強", 450), Owing("00004", "林志強", 450)])
    accounts()
    accountant = new_user("accountant", name="周佩珊")
    file = tmp_path / "存摺.csv"
    file.write_bytes(bank_file(
        ("115/02/03", "存", 450, VA.number("1", Q1) or "", ""), ("115/02/04", "存", 450, "陳美玲會費", "****77777"), ("115/02/05", "存", 450, "林志強", ""),
        ("115/02/06", "存", 600, "阿伯代繳", ""),
    ))
    db.session.rollback()
    clerk = visit(accountant, width=width)

    clerk.open("/statements/")
    clerk.arrive("對帳")
    clerk.main.get_by_role("link", name="匯入對帳檔").first.click()
    clerk.arrive("匯入對帳檔")
    clerk.field("檔案").set_input_files(file)
    clerk.press("讀入")
    clerk.arrive("存摺.csv")
    clerk.reads("餘額逐筆接得上")
    clerk.follow("自動入帳 1 筆")
    clerk.arrive("自動入帳：存摺.csv")
    clerk.press("入帳 1 筆")
    clerk.arrive("存摺.csv")
    clerk.follow("逐筆處理")
    clerk.arrive("待處理明細")
    clerk.follow("從第一筆開始")
    clerk.reads("姓名與金額相符")
    clerk.press("照建議入帳")
    clerk.reads("同名待查")
    clerk.look()
    with clerk.going():
        clerk.main.get_by_role("button", name="是這位").last.click()
    clerk.reads("無法辨認")
    clerk.press("列暫收款")
    clerk.arrive("待處理明細")
    clerk.reads("沒有待處理的明細")
