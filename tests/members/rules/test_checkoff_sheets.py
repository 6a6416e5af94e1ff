"""Returned files as they come: any program, any clerk, any month."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from unionops.core.transfer.reading import read_table_file
from unionops.members.rules.checkoff_sheets import Period, Returned, amount_of, month_of, read, staff_of
from unionops.values.money import AmountUnreadable
from unionops.values.problems import RuleBroken

FEB = Period(date(2026, 2, 1), 1)
Q1 = Period(date(2026, 1, 1), 3)
JAN_D, FEB_D, MAR_D = (date(2026, month, 1) for month in (1, 2, 3))


def book(*sheets: tuple[str, list[list[Any]]]) -> Any:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return read_table_file(file.getvalue(), "x.xlsx")


def said(answer: Returned) -> list[tuple[Any, ...]]:
    return [(one.staff_number, one.name, one.amount) for one in answer.entries]


def test_a_payroll_sheet_with_one_column_for_each_deduction():
    answer = read(book(("薪資扣項", [
        ["丙公司 115年2月 薪資扣項明細"], ["工號", "姓名", "底薪", "勞保費", "健保費", "工會會費", "福利金", "備註"],
        ["A01", "甲", 40000, 900, 700, 150, 60, None], ["A02", "乙", 40000, 900, 700, None, 60, "留職停薪"], ["合計", None, 80000, 1800, 1400, 150, 120, None],
    ])), FEB)
    assert said(answer) == [("A01", "甲", 150), ("A02", "乙", 0)]
    assert (answer.stated, answer.months, answer.entries[1].reason) == (150, {FEB_D}, "留職停薪")


def test_a_heading_of_two_lines_with_months_over_it():
    answer = read(book(("扣款", [
        ["員工", "", "1月", "", "2月", "", "3月", "", "合計"], ["編號", "姓名", "應扣", "實扣", "應扣", "實扣", "應扣", "實扣", ""],
        [101, "甲", 150, 150, 150, 100, 150, 0, 250], [102, "乙", 150, 150, 150, 150, 150, 150, 450], ["總計", None, None, None, None, None, None, None, 700],
    ])), Q1)
    assert [one.amounts for one in answer.entries] == [((JAN_D, 150), (FEB_D, 100)), ((JAN_D, 150), (FEB_D, 150), (MAR_D, 150))]
    assert answer.stated == 700


@pytest.mark.parametrize("heads", [
    ["11501", "11502", "11503"], ["2026/01", "2026/02", "2026/03"], ["一月份".replace("一", "1"), "2月份", "3月份"],
    ["115年1月會費", "115年2月會費", "115年3月會費"], [202601, 202602, 202603], ["115.01", "115.02", "115.03"],
])
def test_months_side_by_side_however_they_are_written(heads):
    answer = read(book(("季", [["聿某 季報"], ["員工編號", "姓名", *heads, "小計"], ["B1", "甲", 150, 150, 150, 450], ["B2", "乙", 150, "-", "", 150]])), Q1)
    assert [[month for month, _amount in one.amounts] for one in answer.entries] == [[JAN_D, FEB_D, MAR_D], [JAN_D]]


def test_months_one_under_the_other():
    rows = [["EMPNO", "EMPNAME", "YYYYMM", "AMT"]] + [[f"B{who}", "甲", month, "150.00"] for who in (1, 2) for month in (202601, "202602", "2026/03")]
    answer = read(book(("data", rows)), Q1)
    assert [one.amounts[0][0] for one in answer.entries] == [JAN_D, FEB_D, MAR_D] * 2


def test_one_sheet_for_each_month():
    sheet = [["員工編號", "姓名", "扣款金額"], ["00012", "甲", 150]]
    answer = read(book(("1月", sheet), ("2月", sheet), ("3月", sheet)), Q1)
    assert [one.amounts for one in answer.entries] == [((JAN_D, 150),), ((FEB_D, 150),), ((MAR_D, 150),)]


def test_a_text_file_in_big5():
    data = "員工代號,姓名,扣款,備註\r\n00012,王明,\"1,150元\",\r\n00013,李麗,０,已離職\r\n合計,,1150,\r\n".encode("cp950")
    answer = read(read_table_file(data, "return.csv"), FEB)
    assert said(answer) == [("00012", "王明", 1150), ("00013", "李麗", 0)]
    assert answer.stated == 1150


def test_an_amount_that_is_none_is_pointed_out():
    answer = read(book(("a", [["員工編號", "姓名", "實扣"], [1001, "甲", "一百五"], [1002, "乙", 150.5], [1003, "丙", "150"]])), FEB)
    assert [one.unread for one in answer.entries] == ["一百五", "150.5", ""]


def test_deductions_with_a_minus_are_how_some_programs_write():
    rows = [["員工編號", "姓名", "實扣"], [1001, "甲", -150], [1002, "乙", "-150.00"], [1003, "丙", "(150)"], ["合計", "", -450]]
    answer = read(book(("a", rows)), FEB)
    assert ([one.amount for one in answer.entries], answer.stated) == ([150, 150, 150], 450)


def test_one_minus_among_many_is_money_given_back():
    rows = [["員工編號", "姓名", "實扣"], [1001, "甲", 150], [1002, "乙", 150], [1002, "乙", -150]]
    assert [one.amount for one in read(book(("a", rows)), FEB).entries] == [150, 150, -150]


def test_several_deductions_need_to_know_which_is_ours():
    rows = [["員工編號", "扣款代號", "金額"], ["A1", "D01", 150], ["A1", "D03", 900]]
    with pytest.raises(RuleBroken) as caught:
        read(book(("a", rows)), FEB)
    assert [one.code for one in caught.value.problems] == ["code_needed"]
    with pytest.raises(RuleBroken) as caught:
        read(book(("a", rows)), FEB, code="D09")
    assert [one.code for one in caught.value.problems] == ["code_not_found"]
    assert read(book(("a", rows)), FEB, code="d01").total == 150


def test_a_total_of_all_deductions_is_not_ours():
    rows = [["員工編號", "扣款代號", "金額"], ["A1", "D01", 150], ["A1", "D03", 900], ["TOTAL", "", 1050]]
    assert read(book(("a", rows)), FEB, code="D01").stated is None
    rows[-1:] = [["TOTAL", "D01", 150], ["TOTAL", "D03", 900], ["TOTAL", "", 1050]]
    assert read(book(("a", rows)), FEB, code="D01").stated == 150


def test_subtotals_alone_are_added_up_and_a_grand_total_wins():
    rows = [["部門", "員工編號", "實扣"], ["甲組", "A1", 150], ["甲組小計", None, 150], ["乙組", "A2", 150], ["乙組小計", None, 150]]
    assert read(book(("a", rows)), FEB).stated == 300
    assert read(book(("a", [*rows, ["總計", None, 310]])), FEB).stated == 310


def test_no_list_is_refused():
    with pytest.raises(RuleBroken) as caught:
        read(book(("a", [["會員大會簽到"], ["甲", "乙"]])), FEB)
    assert [one.code for one in caught.value.problems] == ["no_heading"]


def test_own_headings_of_an_employer():
    rows = [["人號", "稱呼", "T7"], ["A1", "甲", 150]]
    assert said(read(book(("a", rows)), FEB, headings={"staff": "人號", "name": "稱呼", "amount": "T7"})) == [("A1", "甲", 150)]


def test_hidden_sheets_are_not_read_but_told_of():
    made = openpyxl.Workbook()
    made.active.append(["員工編號", "實扣"])
    made.active.append(["A1", 150])
    old = made.create_sheet("上月")
    old.append(["員工編號", "實扣"])
    old.append(["A1", 150])
    old.sheet_state = "hidden"
    file = io.BytesIO()
    made.save(file)
    answer = read(read_table_file(file.getvalue(), "x.xlsx"), FEB)
    assert (len(answer.entries), [one.code for one in answer.notices]) == (1, ["hidden_sheet"])


@pytest.mark.parametrize(("text", "wanted"), [
    ("匯款金額：NT$8,015（手續費30元內扣）", (8015, None, 30)), ("已於115/3/10匯款 8,015 元", (8015, date(2026, 3, 10), 0)),
    ("匯款日：115年3月10日　金額：8015", (8015, date(2026, 3, 10), 0)), ("3月20日已匯15,840元", (15840, date(2026, 3, 20), 0)), ("製表：王", (None, None, 0)),
])
def test_what_the_remarks_say_of_the_transfer(text, wanted):
    assert read(book(("a", [["員工編號", "實扣"], ["A1", 150], [text]])), FEB).transfer == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("01258", ("01258", "")), ("1258.0", ("1258", "")), ("HM0124", ("HM0124", "")), ("Y0547曹金輝", ("Y0547", "曹金輝")), ("Y0417 方進宏", ("Y0417", "方進宏")),
    ("Y0417(方進宏)", ("Y0417", "方進宏")), ("合計", ("", "")), ("共55人", ("", "")), ("55人", ("", "")), ("115年2月", ("", "")), ("TOTAL", ("", "")),
])
def test_numbers_with_and_without_a_name(text, wanted):
    assert staff_of(text) == wanted


@pytest.mark.parametrize(("cell", "wanted"), [(150, 150), ("150.00", 150), ("-", None), ("", None), ("１５０", 150), ("NT$1,150", 1150), ("(150)", -150), ("150-", -150), ("+150", 150), (" 150 元 ", 150)])
def test_amounts_as_text(cell, wanted):
    assert amount_of(cell) == wanted


@pytest.mark.parametrize("cell", ["abc", "1e3", 150.5, True, date(2026, 1, 1)])
def test_what_is_no_amount(cell):
    with pytest.raises(AmountUnreadable):
        amount_of(cell)


@pytest.mark.parametrize("cell", [202602, "11502", "115/02", "2月", date(2026, 2, 25), "2026-02", "115年2月份", 2])
def test_months_in_cells(cell):
    assert month_of(cell, FEB) == FEB_D


def csv_book(text: str) -> Any:
    return read_table_file(text.encode("utf-8-sig"), "x.csv")


def test_a_row_that_lost_its_number_keeps_its_money():
    answer = read(csv_book("工號,姓名,會費\n00101,甲甲,150\n,乙乙,150\n1.01E+02,丙丙,150\n合計,,450\n"), FEB)
    assert (said(answer), answer.stated) == ([("00101", "甲甲", 150), ("", "乙乙", 150), ("1.01E+02", "丙丙", 150)], 450)


def test_a_word_instead_of_an_amount_is_the_reason():
    answer = read(book(("a", [["工號", "姓名", "會費"], [101, "甲", "留停"], [102, "乙", "離職"], [103, "丙", "1,50"], [104, "丁", "一百五"]])), FEB)
    assert [(one.reason, one.unread) for one in answer.entries] == [("留停", ""), ("離職", ""), ("", "1,50"), ("", "一百五")]


def test_a_bare_comma_moves_no_column():
    answer = read(csv_book("工號,姓名,會費,備註\n101,甲,1,500,x\n102,乙,150,y\n"), FEB)
    assert [(one.amount, bool(one.unread)) for one in answer.entries] == [(0, True), (150, False)]


def test_a_formula_that_no_program_has_calculated_is_no_nought():
    answer = read(book(("a", [["工號", "姓名", "會費"], [101, "甲", "=100+50"], [102, "乙", 150]])), FEB)
    assert [(one.amount, one.unread) for one in answer.entries] == [(0, "（公式未計算）"), (150, "")]


def test_months_of_a_program_in_english():
    answer = read(book(("a", [["EmpNo", "Name", "Jan", "Feb 2026", "Mar"], [101, "甲", 150, 150, None]])), Q1)
    assert answer.entries[0].amounts == ((JAN_D, 150), (FEB_D, 150))


def test_a_list_set_out_with_blanks():
    text = "公司 115年2月 代扣會費\r\n工號     姓名      會費  備註\r\n00101    王小明     150\r\n00102    李四       150  留任\r\n合計                300\r\n"
    answer = read(read_table_file(text.encode("cp950"), "x.txt"), FEB)
    assert (said(answer), answer.stated, answer.months) == ([("00101", "王小明", 150), ("00102", "李四", 150)], 300, {FEB_D})
