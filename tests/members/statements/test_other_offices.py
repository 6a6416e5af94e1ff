"""Files of other banks, post offices and collectors: what stands otherwise in them is read right, or asked about by its line; never taken wrong."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from tests.members.statements.samples import SHOPS, content, read, written
from unionops.core.transfer.workbook import FileRefused
from unionops.members.rules.statements import Reading

HEADING = ["交易日期", "摘要", "支出", "存入", "餘額", "備註", "對方帳號"]
CAME = ["115/01/05", "轉帳", "", "9,414", "109,414", "王堃喆", "00812345678912"]
WENT = ["115/01/06", "手續費", "15", "", "109,399", "", ""]
BOTH = [(date(2026, 1, 5), 9414), (date(2026, 1, 6), -15)]


def csv_of(*rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return written(rows, delimiter).encode(encoding)


def xlsx_of(sheets: dict[str, list[list[Any]]], *merged: str) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def told(reading: Reading) -> list[tuple[date, int]]:
    return [(one.moved_on, one.amount) for one in reading.movements]


def refused(reading: Reading) -> list[tuple[int, str]]:
    return [(one.line, one.problem.code) for one in reading.refused]


def codes(reading: Reading) -> list[str]:
    return [one.code for one in reading.problems]


# --- headings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", [
    ["交易日期(民國)", "摘要", "支出金額(元)", "存入金額（NT$）", "帳戶餘額(元)", "備註", "對方帳號"],
    ["Date", "Description", "Debit", "Credit", "Balance", "Memo", "Counterparty Account"],
    ["記帳日", "交易說明", "提領金額", "存款金額", "結存金額", "附言", "往來帳號"],
    ["交易日期", "摘要", "借項", "貸項", "交易後餘額", "訊息", "匯款人帳號"],
])
def test_headings_in_other_words(heading):
    reading = read(csv_of(["某某銀行 活期存款明細"], [], heading, CAME, WENT))
    assert (told(reading), refused(reading), codes(reading)) == (BOTH, [], [])
    assert (reading.movements[0].memo, reading.movements[0].account) == ("王堃喆", "00812345678912")


def test_a_heading_of_two_lines_tells_which_side_an_amount_is_on():
    above, below = ["交易日期", "摘要", "金額", "", "餘額", "備註", "對方帳號"], ["", "", "支出", "存入", "", "", ""]
    assert told(read(csv_of(above, below, CAME, WENT))) == BOTH
    assert told(read(xlsx_of({"明細": [above, below, CAME, WENT]}, "C1:D1", "A1:A2"), "明細.xlsx")) == BOTH


def test_a_list_set_out_with_blanks():
    text = "  某某銀行  帳戶明細\r\n交易日期    摘要      支出       存入       餘額  備註\r\n115/01/05   轉帳               9,414    109,414  王小明 會費\r\n115/01/06   手續費      15               109,399\r\n"
    reading = read(text.encode("cp950"), "明細.txt")
    assert (told(reading), codes(reading), reading.movements[0].memo) == (BOTH, [], "王小明 會費")


# --- which way money went ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "marks"), [
    ("存提", "存提"), ("借貸別", "貸借"), ("借/貸", "CD"), ("收付別", "收付"), ("類別碼", "CD"), ("註", "存提"), ("正負號", "+-"), ("CR/DR", ["CR", "DR"]),
])
def test_the_side_of_one_column_of_amounts(heading, marks):
    reading = read(csv_of(["交易日期", heading, "金額", "備註"], ["115/01/05", marks[0], "9414", "王"], ["115/01/06", marks[1], "15", ""]))
    assert (told(reading), refused(reading)) == (BOTH, [])


def test_a_mark_that_could_mean_either_is_asked_about():
    reading = read(csv_of(["交易日期", "借貸別", "金額", "備註"], ["115/01/05", "1", "9414", "王"], ["115/01/06", "2", "15", ""]))
    assert (told(reading), refused(reading)) == ([], [(2, "sign"), (3, "sign")])


def test_a_column_of_dashes_is_no_side():
    reading = read(csv_of(["交易日期", "金額", "附件", "備註"], ["115/01/05", "9414", "-", "王"], ["115/01/06", "15", "-", "李"]))
    assert told(reading) == [(date(2026, 1, 5), 9414), (date(2026, 1, 6), 15)]


def test_the_running_balance_gives_amounts_their_sign():
    rows = [["115/01/05", "9414", "109414", "轉帳"], ["115/01/06", "15", "109399", "x"], ["115/01/07", "5", "109404", "y"]]
    wanted = [*BOTH, (date(2026, 1, 7), 5)]
    assert told(read(csv_of(["交易日期", "金額", "餘額", "摘要"], *rows))) == wanted
    assert told(read(csv_of(["交易日期", "金額", "餘額", "摘要"], *rows[::-1]))) == wanted


def test_without_sign_and_balance_a_fee_is_not_taken_for_a_deposit():
    reading = read(csv_of(["交易日期", "金額", "摘要"], ["115/01/05", "9414", "轉帳"], ["115/01/06", "15", "手續費"]))
    assert (told(reading), refused(reading)) == (BOTH[:1], [(3, "no_direction")])


def test_debit_and_credit_from_the_unions_own_side_are_turned_round():
    rows = [["115/01/05", "9414", "", "109414"], ["115/01/06", "", "15", "109399"], ["115/01/07", "100", "", "109499"]]
    reading = read(csv_of(["交易日期", "借方", "貸方", "餘額"], *rows))
    assert (told(reading), codes(reading)) == ([*BOTH, (date(2026, 1, 7), 100)], ["turned_round"])


def test_brackets_all_down_the_column_of_what_went_out():
    reading = read(csv_of(HEADING, CAME, ["115/01/06", "手續費", "（１５）", "", "109,399", "", ""]))
    assert (told(reading), codes(reading)) == (BOTH, [])


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "1150105", "115.1.5", "115-01-05", "115年1月5日", "民國115年 1月 5日", "中華民國一一五年一月五日", "１１５／０１／０５", "115 01 05", "2026/01/05 12:02:00", "20260105120200",
    "1150105120200", "115/1/5(一)", "20260105", "2026-01-05T12:02:00", "46027",
])
def test_days_in_every_way(text):
    assert told(read(csv_of(HEADING, [text, *CAME[1:]]))) == BOTH[:1]


@pytest.mark.parametrize(("text", "code"), [("26/01/05", "date_too_early"), ("05/01/2026", "date_format"), ("01/05", "date_format"), ("115/02/30", "date_impossible")])
def test_days_that_could_be_another_are_refused_by_their_line(text, code):
    assert refused(read(csv_of(HEADING, CAME, [text, *WENT[1:]]))) == [(3, code)]


def test_days_and_amounts_as_a_workbook_keeps_them():
    reading = read(xlsx_of({"1": [HEADING, [46027, "轉帳", None, 9414.0, 109414, "王𠮷", 812345678912], [datetime(2026, 1, 6, 10, 2), "手續費", 15, None, 109399, None, None]]}), "a.xlsx")
    assert (told(reading), reading.movements[0].memo, reading.movements[0].account) == (BOTH, "王𠮷", "812345678912")


# --- amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "value"), [("△9,414", -9414), ("9,414 DR", -9414), ("9,414CR", 9414), ("新臺幣9,414元整", 9414), ("NT$9,414.00", 9414), ("９，４１４", 9414)])
def test_amounts_in_other_forms(text, value):
    assert told(read(csv_of(["交易日期", "金額", "備註"], ["115/01/05", text, "王"]))) == [(date(2026, 1, 5), value)]


@pytest.mark.parametrize("text", ["9,41", "94,14", "9'414", "九千", "9.414", "9414E2"])
def test_amounts_that_could_be_another_are_refused(text):
    assert len(refused(read(csv_of(["交易日期", "金額", "備註"], ["115/01/05", text, "王"])))) == 1


def test_a_bare_comma_in_an_amount_moves_no_column():
    text = "交易日期,摘要,存入,備註\r\n115/01/05,轉帳,9,414,王\r\n115/01/06,轉帳,414,李\r\n"
    reading = read(text.encode())
    assert (told(reading), refused(reading)) == ([(date(2026, 1, 6), 414)], [(2, "too_wide")])


def test_an_account_that_a_spreadsheet_shortened_is_no_clue():
    reading = read(csv_of(["交易日期", "存入", "虛擬帳號", "備註"], ["115/01/05", "9414", "9.8217E+13", "王"]))
    assert (reading.movements[0].code, codes(reading), reading.problems[0].params["lines"]) == ("", ["shortened"], "2")


def test_foreign_money_is_refused():
    with pytest.raises(FileRefused) as caught:
        read(csv_of(["帳號：0187-20-0056731", "", "幣別：USD"], HEADING, CAME))
    assert caught.value.problem.code == "currency"
    assert refused(read(csv_of([*HEADING, "幣別"], [*CAME, "USD"], [*WENT, "TWD"]))) == [(2, "currency")]
    assert told(read(csv_of(["帳號：0187-20-0056731", "", "幣別：新臺幣"], HEADING, CAME, WENT))) == BOTH


# --- lines that are no movement, lines that come twice ----------------------------------------------------------------


def test_subtotals_and_balances_brought_forward_are_no_movements():
    rows = [
        ["115/01/05", "承前餘額", "", "", "100,000", "", ""], CAME, ["115/01/05", "本日合計", "", "9,414", "", "", ""], WENT,
        ["", "小計", "15", "9,414", "", "", ""], ["115/01/31", "期末餘額", "", "", "109,399", "", ""],
    ]
    reading = read(csv_of(HEADING, *rows))
    assert (told(reading), refused(reading), codes(reading)) == (BOTH, [], [])
    rows[2][3] = "9,500"
    assert refused(read(csv_of(HEADING, *rows))) == [(4, "looks_like_total")]


def test_stated_balances_are_held_against_the_lines():
    assert codes(read(csv_of(["期初餘額", "100,000"], HEADING, CAME, WENT, ["期末餘額", "999"]))) == ["total_differs"]


def test_a_line_printed_twice_is_one_where_its_number_or_the_balance_says_so():
    reading = read(csv_of(HEADING, CAME, CAME, WENT))
    assert (told(reading), codes(reading), reading.problems[0].params["line"]) == (BOTH, ["repeated"], 3)
    numbered = [["交易序號", "交易日期", "存入", "備註"], ["1", "115/01/05", "9414", "王"], ["1", "115/01/05", "9414", "王"], ["2", "115/01/05", "9414", "王"]]
    assert (len(read(csv_of(*numbered)).movements), codes(read(csv_of(*numbered)))) == (2, ["repeated"])
    giro = [["交易日期", "序號", "劃撥金額", "手續費", "寄款人"], ["1150114", "1", "9,414", "15", "廖金輝"], ["1150114", "1", "9,414", "15", "廖金輝"], ["合計", "2筆", "18,828", "30", ""]]
    assert len(read(csv_of(*giro)).movements) == 2  # The list itself counts two.


def test_every_sheet_is_read_and_what_two_tell_of_is_one():
    heading = ["交易日期", "存入", "餘額", "備註"]
    january, february = ["115/01/05", 1, 1, "a"], ["115/02/05", 2, 3, "b"]
    reading = read(xlsx_of({"2月": [heading, february], "1月": [heading, january]}), "a.xlsx")
    assert (told(reading), codes(reading)) == ([(date(2026, 1, 5), 1), (date(2026, 2, 5), 2)], [])
    reading = read(xlsx_of({"全年": [heading, january, february], "1月": [heading, january], "說明": [["a", "b", "c"], ["d", "e", "f"]]}), "a.xlsx")
    assert (len(reading.movements), codes(reading)) == (2, ["sheets_overlap", "sheet_left"])


# --- lines of fixed places --------------------------------------------------------------------------------------------

LINES = content(SHOPS).split(b"\r\n")


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbf" + content(SHOPS), content(SHOPS).decode().encode("utf-16"), content(SHOPS).replace(b"\r\n", b"\n"), content(SHOPS).replace(b"\r\n", b"\r"),
    b"\r\n".join(line.rstrip() for line in LINES), b"\r\n".join(line + b"  " for line in LINES), content(SHOPS).replace(b"\r\n", b"\r\n\r\n"),
], ids=["mark", "utf16", "lf", "cr", "trimmed", "padded", "blank"])
def test_a_shops_file_that_went_through_an_editor(data):
    reading = read(data, SHOPS)
    assert (len(reading.movements), reading.sum_in, reading.refused, reading.problems) == (139, 1753107, (), ())


def test_a_shops_line_that_was_cut_off_is_no_smaller_amount():
    reading = read(content(SHOPS)[: 102 * 30 + 52], SHOPS)
    assert (len(reading.movements), refused(reading), codes(reading)) == (29, [(31, "cut_off")], ["total_missing"])


def test_a_shops_file_whose_first_payment_is_unreadable_is_still_one():
    reading = read(content(SHOPS).replace(b"1150202083146", b"1150231083146"), SHOPS)
    assert (len(reading.movements), refused(reading)[0]) == (138, (2, "date_impossible"))


def test_two_shops_files_in_one_have_two_totals():
    other = content(SHOPS).replace(b"11502", b"11404").replace(b"11503", b"11405")
    reading = read(content(SHOPS) + other, SHOPS)
    assert (len(reading.movements), reading.problems) == (278, ())
