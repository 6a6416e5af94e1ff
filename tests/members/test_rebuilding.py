"""The year of a union rebuilt by one command from the files of its office: every balance is what its clerk got."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook

from unionops.core.db import db
from unionops.core.transfer.reading import read_table_file
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import BillRun, Payment
from unionops.members.rules.office_folder import Kind, account_holder, collector, kind_of, pattern_of, receivables, sent
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.rebuilt import compared
from unionops.values.problems import Unreadable

OFFICE = Path(__file__).parents[1] / "data" / "office"


def test_the_year_is_rebuilt_and_every_balance_agrees(app: Flask):
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(OFFICE)])
    assert told.exit_code == 0, told.output
    assert "不符 differing: 0" in told.output
    months = [run.period_on.month for run in db.session.query(BillRun)]
    assert set(months) == set(range(1, 13))
    assert {payment.channel for payment in db.session.query(Payment)} == {"bank", "giro", "shop", "checkoff"}
    assert books.balances()[chart.AGENCY_MONEY] == 12_917_616
    db.session.rollback()
    again = app.test_cli_runner().invoke(args=["dues", "rebuild", str(OFFICE)])
    assert again.exit_code == 1
    assert "空的系統" in again.output


def test_the_same_year_in_files_of_other_forms(app: Flask, tmp_path: Path):
    """Another office writes the same otherwise: workbooks for lists of text, other headings and columns, titles above and totals below,
    noughts lost, days of the Christian era, the newest first. What comes of it is the same."""
    other_office(tmp_path)
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "不符 differing: 0" in told.output
    assert books.balances()[chart.AGENCY_MONEY] == 12_917_616


def other_office(folder: Path) -> None:
    for name in ("roster.xlsx",):
        shutil.copy(OFFICE / name, folder)
    expected = json.loads((OFFICE / "expected.json").read_text("utf-8"))
    names = {
        "receivables_115Q1.csv": "receivables_115Q1.xlsx", "bank_statement.csv": "bank_statement.xlsx", "checkoff_return_wangsheng.xlsx": "checkoff_return_wangsheng.csv",
    }
    (folder / "expected.json").write_text(json.dumps({names.get(name, name): figures for name, figures in expected.items()}))
    # Receivables: a title, other words, the noughts of numbers gone, a total.
    with (OFFICE / "receivables_115Q1.csv").open(encoding="utf-8-sig", newline="") as file:
        owed = list(csv.DictReader(file))
    write(folder / "receivables_115Q1.xlsx", {"應收": [
        ["115年第1季 會員應繳明細"], [], ["姓名", "會號", "常年會費", "代收保費", "應收金額", "繳費期別", "繳費截止日", "虛擬帳戶", "銷帳編號", "帳號末五碼"],
        *([
            one["姓名"], int(one["會員編號"]), int(one["會費"]), f"{int(one['保險費']):,}", int(one["應繳金額"]), "115年第1季", "民國115年2月28日", one["虛擬帳號"], one["超商銷帳編號"], one["常用帳號末五碼"],
        ] for one in owed),
        ["合計", "", sum(int(one["會費"]) for one in owed), "", "", "", "", "", "", ""],
    ]})
    # The bank: newest first, one column of amounts and its side, days of the Christian era.
    rows = [row for row in csv.reader(io.StringIO((OFFICE / "bank_statement.csv").read_text("cp950"))) if len(row) == 8]
    write(folder / "bank_statement.xlsx", {"明細": [
        ["帳號：0187-20-0056731", "", "幣別：TWD"], ["戶名：中彰投展演舞台技術人員職業工會"], ["附言", "餘額", "往來帳號", "交易金額(元)", "存提", "交易日期", "交易說明"],
        *([row[6], int(row[5].replace(",", "")), row[7], (row[3] or row[4]).replace(",", ""), "提" if row[3] else "存", f"{int(row[0][:3]) + 1911}-{row[0][4:6]}-{row[0][7:]}", row[2]]
          for row in rows[:0:-1]),
    ]})
    # Post office: other words and order, a total; UTF-16 as a spreadsheet saves it. Shops: the blanks and line ends of an editor.
    giro = list(csv.reader(io.StringIO((OFFICE / "postal_giro.csv").read_text("utf-8"))))
    columns = {title: at for at, title in enumerate(giro[0])}
    table = [["劃撥金額", "寄款人", "寄款人通訊欄", "劃撥日期", "手續費", "劃撥帳號"]] + [
        [f"{int(row[columns['存款金額']]):,}", row[columns["寄款人"]], row[columns["通訊欄"]], f"115年{int(row[1][3:5])}月{int(row[1][5:])}日", row[columns["手續費"]], row[0]] for row in giro[1:]
    ] + [["1,294,799", "合計", "", "", "1,590", ""]]
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows(table)
    (folder / "postal_giro.csv").write_bytes(out.getvalue().encode("utf-16"))
    shops = (OFFICE / "convenience_store_settlement.txt").read_bytes()
    (folder / "convenience_store_settlement.txt").write_bytes(b"\xef\xbb\xbf" + b"\n".join(line.rstrip() for line in shops.split(b"\r\n")))
    # Check-off: the list with other words, one answer as text with the noughts gone.
    book = read_table_file((OFFICE / "checkoff_sent.xlsx").read_bytes(), "checkoff_sent.xlsx")
    firms = {sheet.name: str(sheet.rows[0].cells[0]).split()[1] for sheet in book.sheets}
    write(folder / "checkoff_sent.xlsx", {
        sheet.name: [
            [f"{firms[sheet.name]} 會費代扣名冊"], ["期間：115年1月至3月" if "3月" in str(sheet.rows[0].cells[0]) else "期間：115/02"], ["會員代號", "會員姓名", "工號", "單位", "代扣金額"],
            *([row.cells[2], row.cells[3], row.cells[1], row.cells[4], row.cells[5]] for row in sheet.rows if isinstance(row.cells[0], int)), ["總計", "", "", "", 1],
        ] for sheet in book.sheets
    })
    for name in ("checkoff_return_hemu.xlsx", "checkoff_return_yuguang.xlsx"):
        shutil.copy(OFFICE / name, folder)
    answer = read_table_file((OFFICE / "checkoff_return_wangsheng.xlsx").read_bytes(), "a.xlsx").sheets[0]
    out = io.StringIO()
    csv.writer(out).writerows([row.cells[at] if at < len(row.cells) else "" for at in (6, 5, 2, 1)] if isinstance(row.cells[0], int) else (
        ["說明", "實扣會費", "姓名", "工號"] if "員工編號" in row.cells else ["".join(str(cell) for cell in row.cells[:5]), row.cells[5] if len(row.cells) > 5 else "", "", ""]) for row in answer.rows)
    (folder / "checkoff_return_wangsheng.csv").write_bytes(out.getvalue().encode("utf-8-sig"))


def write(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_a_difference_is_told_and_ends_with_a_fault(app: Flask, tmp_path: Path):
    """A small folder of its own: a roster, and one figure that is not so."""
    (tmp_path / "roster.csv").write_text("會員編號,姓名,身分證字號,入會日期\n00001,林佳慧,A123456789,100/1/1\n00002,陳志明,B123456780,100/1/1\n", "utf-8")
    (tmp_path / "receivables_115Q1.csv").write_text("會員編號,姓名,期別,會費,保險費,繳款期限\n00001,林佳慧,115Q1,450,1000,115/2/28\n00002,陳志明,115Q1,600,0,115/2/28\n", "utf-8")
    (tmp_path / "expected.json").write_text(json.dumps({"receivables_115Q1.csv": {"rows": 2, "sum_dues": 1050, "sum_insurance": 999}}))
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(tmp_path), "--as-of", "115/3/25", "--name", "測試工會"])
    assert told.exit_code == 1, told.output
    assert "sum_insurance: 1000 ≠ 999" in told.output
    assert "differing: 1" in told.output


def test_a_folder_without_a_roster_is_refused(app: Flask, tmp_path: Path):
    shutil.copy(OFFICE / "postal_giro.csv", tmp_path)
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(tmp_path)])
    assert told.exit_code == 1
    assert "名冊" in told.output


def test_the_files_of_an_office_are_known_by_their_names():
    assert [kind_of(name) for name in ("roster.xlsx", "receivables_115Q1.csv", "checkoff_return_a.xlsx", "notes.txt")] == [
        Kind.ROSTER, Kind.RECEIVABLES, Kind.RETURNED, None,
    ]


@pytest.mark.parametrize("pattern", ["98217{member:6}{year:1}{quarter:1}{weights:371}", "J62{member:6}{year:3}{quarter:2}{rest:97}", "7{member:5}{year:2}{month:2}"])
def test_how_numbers_are_made_is_seen_from_them(pattern):
    period = date(2026, 4, 1)
    pairs = [(member, numbering(pattern).number(member, period) or "") for member in ("00007", "01234", "02409", "00310", "00999")]
    found = pattern_of(pairs, period)
    assert found is not None
    assert all(numbering(found).number(member, period) == text for member, text in pairs)
    assert pattern_of([(pairs[0][0], pairs[0][1]), (pairs[1][0], pairs[1][1][:-1] + "x")], period) is None


def test_lists_that_are_none_are_refused_or_passed_over():
    with pytest.raises(Unreadable):
        receivables([["甲", "乙"]])
    with pytest.raises(Unreadable):
        receivables([["會員編號", "會費", "期別"], ["1", "450", "春季"]])
    assert list(sent([("1", [["只是一張表"]])])) == []
    for heading, wrong in ((["會員編號", "會費", "期別"], ["7", "4,50", "115Q1"]), (["會員編號", "會費", "期別"], ["", "450", "115Q1"])):
        with pytest.raises(Unreadable) as caught:
            receivables([heading, wrong])
        assert "第 2 列" in caught.value.problem("file").text
    assert account_holder(["帳號：1", "戶名：某某工會"]) == "某某工會"
    assert collector([], {}) == ""


def test_what_only_one_knows_of_classes_is_a_difference():
    found = list(compared({"a": {"classes": {"x": 1}, "rows": 2, "own": 3}}, {"a": {"classes": {"y": 1}, "rows": [1, 2]}}))
    assert {(one.figure, one.agrees) for one in found} == {("classes.x", False), ("classes.y", False), ("rows", True)}

