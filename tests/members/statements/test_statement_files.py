"""Reading the files of banks, post office and shops: the office's own, and the same movements as other banks would write them."""

from __future__ import annotations

import io
import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.members.statements.samples import BANK, EXPECTED, GIRO, SHOPS, content, judged, lines_of, read, told, written
from unionops.core.transfer.workbook import FileRefused
from unionops.members.rules import layouts, statements
from unionops.members.rules.layouts import Form, Layout, Source, layout_of
from unionops.members.rules.statements import Unknown

HEADING = 5
"""Index of the bank file's heading."""


def test_the_bank_file():
    reading, wanted = read(content(BANK), BANK), EXPECTED[BANK]
    assert (reading.encoding, len(reading.movements), reading.first_line) == (wanted["encoding"], wanted["transactions"], wanted["first_data_line"])
    assert (reading.opening, reading.closing) == (wanted["opening_balance"], wanted["closing_balance"])
    assert (reading.sum_in, reading.sum_out, reading.is_newest_first) == (wanted["sum_in"], wanted["sum_out"], wanted["newest_first"])
    assert (reading.problems, reading.refused, reading.own_account) == ((), (), "0187200056731")
    assert reading.stated == {"count_in": 364, "sum_in": wanted["sum_in"], "count_out": 47, "sum_out": wanted["sum_out"]}
    assert [(one.line, one.moved_on.isoformat(), one.amount) for one in reading.movements] == [
        (one["line"], one["date"], one["amount"]) for one in wanted["lines"]
    ]


def test_the_giro_list():
    reading, wanted = read(content(GIRO), GIRO), EXPECTED[GIRO]
    assert (reading.encoding, len(reading.movements), reading.sum_in, reading.fees) == (
        wanted["encoding"], wanted["transactions"], wanted["sum_amount"], wanted["sum_fee"],
    )
    assert (bool(reading.stated), reading.problems, reading.own_account) == (wanted["has_total_line"], (), "02298817")


def test_the_shops_file():
    reading, wanted = read(content(SHOPS), SHOPS), EXPECTED[SHOPS]
    assert (len(reading.movements), reading.sum_in, reading.sum_in - reading.fees) == (wanted["detail_records"], wanted["sum_amount"], wanted["sum_net"])
    assert {one.fee for one in reading.movements} == {wanted["fee_each"]}
    assert (reading.problems, reading.stated["count"]) == ((), wanted["trailer_count"])
    per_day: dict[str, int] = {}
    for one in reading.movements:
        per_day[one.moved_on.isoformat()] = per_day.get(one.moved_on.isoformat(), 0) + one.amount - one.fee
    assert per_day == wanted["net_per_clearing_day"]


def other_bank(seed: int) -> tuple[bytes, str]:
    """The bank file's movements as another bank would write them: headings, order of columns and of lines, dates, signs, encoding."""
    chance = random.Random(seed)
    rows = [row for row in lines_of(content(BANK))[HEADING + 1 :] if len(row) == 8]
    if newest := chance.random() < 0.5:
        rows.reverse()
    signed = chance.choice(["two", "sign", "minus"])
    columns: dict[str, list[str]] = {}
    iso = chance.choice(["roc", "compact", "iso", "iso_compact"])

    def day(text: str) -> str:
        year, month, day = text.split("/")
        return {
            "roc": text, "compact": f"{year}{month}{day}", "iso": f"{int(year) + 1911}-{month}-{day}", "iso_compact": f"{int(year) + 1911}{month}{day}",
        }[iso]

    columns[chance.choice(["交易日期", "日期", "帳務日期"])] = [day(row[0]) for row in rows]
    columns[chance.choice(["交易摘要", "摘要", "說明"])] = [row[2] for row in rows]
    if signed == "two":
        columns[chance.choice(["提出", "支出金額", "借方金額"])] = [row[3] or "0" for row in rows]
        columns[chance.choice(["存入", "存入金額", "貸方金額"])] = [row[4] for row in rows]
    elif signed == "sign":
        columns["借貸別"] = ["D" if row[3] else "C" for row in rows]
        columns["交易金額"] = [f"{row[3] or row[4]}.00" for row in rows]
    else:
        columns["金額"] = [f"-{row[3]}" if row[3] else row[4] for row in rows]
    columns[chance.choice(["餘額", "帳戶餘額", "結餘"])] = [row[5] for row in rows]
    columns[chance.choice(["備註", "附言", "存摺備註"])] = [row[6] for row in rows]
    columns[chance.choice(["對方帳號", "轉出入帳號"])] = [row[7] for row in rows]
    order = list(columns)
    chance.shuffle(order)
    above = [["某某銀行"], []][: chance.randrange(3)]
    table = [*above, order, *([columns[name][at] for name in order] for at in range(len(rows)))]
    if chance.random() < 0.5:
        table += [[], ["＊＊以下空白＊＊"]]
    if chance.random() < 0.25:
        book = Workbook()
        for row in table:
            book.active.append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue(), "明細.xlsx"
    encoding = chance.choice(["utf-8", "utf-8-sig", "cp950", "utf-16"])
    return written(table, chance.choice([",", "\t", ";"])).encode(encoding), f"newest={newest}.csv"


@pytest.mark.parametrize("seed", range(24))
def test_other_banks_tell_the_same(seed):
    reading = read(*other_bank(seed))
    wanted = EXPECTED[BANK]
    assert (reading.problems, reading.refused) == ((), ())
    assert (reading.opening, reading.closing, reading.sum_in, reading.sum_out) == (
        wanted["opening_balance"], wanted["closing_balance"], wanted["sum_in"], wanted["sum_out"],
    )
    assert [(one.moved_on.isoformat(), one.amount) for one in reading.movements] == [(one["date"], one["amount"]) for one in wanted["lines"]]
    by_line = told(judged(reading))
    found = [by_line[one.line] for one in reading.movements]
    assert [verdict for verdict, _to in found] == [one["class"] for one in wanted["lines"]]
    assert [to for _verdict, to in found] == [one["to"] for one in wanted["lines"]]


def marks(reading):
    return [one.mark for one in statements.marked(reading.movements)]


@pytest.mark.parametrize("seed", range(8))
def test_the_mark_of_a_movement_does_not_depend_on_how_it_is_written(seed):
    found = marks(read(*other_bank(seed)))
    assert found == marks(read(content(BANK), BANK))
    assert all(found)


def test_overlapping_files_share_the_marks_of_what_both_tell():
    rows = lines_of(content(BANK))
    days = sorted({row[0] for row in rows[HEADING + 1 :] if len(row) == 8})
    first = [row for row in rows[HEADING + 1 :] if len(row) == 8 and row[0] <= days[40]]
    second = [row for row in rows[HEADING + 1 :] if len(row) == 8 and row[0] >= days[30]]
    one, other = (set(marks(read(written([rows[HEADING], *some]).encode()))) for some in (first, second))
    assert len(one | other) == 411
    assert len(one & other) == sum(days[30] <= row[0] <= days[40] for row in rows[HEADING + 1 :] if len(row) == 8)


def test_two_movements_alike_in_everything_are_two():
    row = ["115/02/01", "存款", "", "450", "", "會費", ""]
    data = written([["交易日期", "摘要", "支出", "存入", "餘額", "備註", "對方帳號"], row, row]).encode()
    assert len(set(marks(read(data)))) == 2


def test_a_line_that_was_changed_or_is_missing_breaks_the_balance_and_the_totals():
    rows = lines_of(content(BANK))
    del rows[20]
    problems = read(written(rows).encode()).problems
    assert [one.code for one in problems] == ["balance_break", "total_differs", "total_differs"]
    assert problems[0].params["line"] == 21


def test_a_shops_file_that_was_cut_off_says_so():
    data = content(SHOPS)
    assert [one.code for one in read(data[:-102], SHOPS).problems] == ["total_missing"]
    lines = data.split(b"\r\n")
    del lines[5]
    assert [one.code for one in read(b"\r\n".join(lines), SHOPS).problems] == ["total_differs"] * 4


def test_the_giro_list_with_a_total_line():
    rows = [*lines_of(content(GIRO)), ["合計", "", "", "", "106", "1294799", "1590", "", ""]]
    reading = read(written(rows).encode())
    assert (reading.stated, reading.problems, len(reading.movements)) == ({"sum": 1294799, "fees": 1590}, (), 106)
    rows[-1][5] = "1294798"
    assert [one.code for one in read(written(rows).encode()).problems] == ["total_differs"]
    labelled = [*lines_of(content(GIRO)), ["總筆數", "106", "總金額", "1,294,799", "手續費合計", "1,590"]]
    assert read(written(labelled).encode()).stated == {"count": 106, "sum": 1294799, "fees": 1590}


BAD = {
    "both_ways": ["115/02/01", "轉", "5", "450", "", "", ""], "zero": ["115/02/01", "轉", "0", "0", "", "", ""],
    "cents": ["115/02/01", "轉", "", "450.50", "", "", ""], "amount_format": ["115/02/01", "轉", "", "4五0", "", "", ""],
    "huge": ["115/02/01", "轉", "", "9" * 14, "", "", ""], "date_impossible": ["115/02/30", "轉", "", "450", "", "", ""],
    "date_format": ["何時", "轉", "", "450", "", "", ""],
}


@pytest.mark.parametrize("code", BAD)
def test_a_line_that_cannot_be_read_is_refused_with_its_place_and_the_rest_goes_on(code):
    good = ["115/02/01", "轉", "", "450", "", "會費", ""]
    data = written([["交易日期", "摘要", "支出", "存入", "餘額", "備註", "對方帳號"], good, BAD[code], good]).encode()
    reading = read(data)
    assert len(reading.movements) == 2
    assert [(one.line, one.problem.code) for one in reading.refused] == [(3, code)]


def test_bytes_that_are_no_character_lose_no_money():
    data = content(BANK).replace("張家傑".encode("cp950"), "張".encode("cp950") + b"\xff" + "傑".encode("cp950"))
    reading = read(data, BANK)
    assert (len(reading.movements), reading.sum_in) == (411, EXPECTED[BANK]["sum_in"])
    assert any("張\ufffd傑" in one.memo for one in reading.movements)


def test_what_is_no_statement():
    with pytest.raises(Unknown) as caught:
        read(written([["姓名", "電話", "地址"], ["王小明", "0912345678", "臺中市"]]).encode())
    assert len(caught.value.rows) == 2
    with pytest.raises(FileRefused):
        read(b"", "x.csv")
    with pytest.raises(FileRefused):
        read(b"%PDF-1.4 ...", "x.csv")


def test_a_heading_nobody_knows_is_guessed_for_the_screen():
    rows = [["帳務日", "種類", "進帳金額(元)", "出帳", "餘額NT$", "附註說明"], ["115/01/02", "轉", "450", "", "450", "王小明"]]
    with pytest.raises(Unknown) as caught:
        read(written([["日子", "進帳", "誰"], ["115/01/02", "450", "王小明"]]).encode())
    assert layouts.likely_heading(caught.value.rows) == 0
    assert layouts.guess(rows[0], Source.BANK) == {0: "moved_on", 2: "in", 3: "out", 4: "balance", 5: "word"}


def test_a_layout_of_ones_own():
    own = layout_of({"key": "own1", "title": "本會銀行", "kind": "bank", "columns": {"moved_on": ["日子"], "in": ["進帳"], "out": ["出帳"], "memo": ["誰"]}}, is_own=True)
    data = written([["日子", "進帳", "出帳", "誰"], ["115/01/02", "450", "", "王小明"], ["115/01/03", "", "30", ""]]).encode()
    reading = statements.read(data, "x.csv", [*layouts.built_in(), own])
    assert (reading.layout.key, [one.amount for one in reading.movements]) == ("own1", [450, -30])
    places = layout_of({"key": "own2", "title": "無標題", "kind": "bank", "places": {"moved_on": 0, "amount": 2, "memo": 1}}, is_own=True)
    bare = written([["115/01/02", "王小明", "450"], ["115/01/03", "手續費", "-30"]]).encode()
    assert [one.amount for one in statements.read(bare, "x.csv", [*layouts.built_in(), places]).movements] == [450, -30]


def test_fixed_places_count_bytes_not_characters():
    layout = layout_of({
        "key": "fixed", "title": "定長", "kind": "bank", "form": "fixed", "encoding": "cp950", "width": 40,
        "record": [{"mark": "2", "role": "line", "fields": {"moved_on": [2, 8], "amount": [9, 17], "payer": [18, 27], "memo": [28, 40]}}],
    })
    line = b"2" + b"1150102" + b"000000450" + "王小明".encode("cp950").ljust(10) + "會費".encode("cp950").ljust(13)
    reading = statements.read(line + b"\r\n" + line, "x.txt", [layout])
    assert [(one.payer, one.memo, one.amount, one.moved_on) for one in reading.movements] == [("王小明", "會費", 450, date(2026, 1, 2))] * 2


@pytest.mark.parametrize("content", [
    {"key": "a", "title": "a", "kind": "bank", "columns": {"in": ["x"]}},
    {"key": "a", "title": "a", "kind": "bank", "columns": {"moved_on": ["x"]}},
    {"key": "a", "title": "a", "kind": "bank", "form": "fixed", "record": [{"mark": "1", "role": "line", "fields": {"amount": [1, 2]}}]},
    {"key": "a", "title": "a", "kind": "bank", "form": "fixed", "width": 5, "record": [{"mark": "1", "role": "line", "fields": {"amount": [1, 9], "moved_on": [3, 2]}}]},
    {"key": "a", "title": "a", "kind": "moon", "columns": {"moved_on": ["x"], "amount": ["y"]}},
])
def test_a_layout_that_tells_no_day_or_amount_is_none(content):
    with pytest.raises(ValueError):
        layout_of(content)


def test_the_layouts_that_come_with_the_program():
    assert {(one.kind, one.form) for one in layouts.built_in()} == {(Source.BANK, Form.TABLE), (Source.GIRO, Form.TABLE), (Source.SHOP, Form.TABLE), (Source.SHOP, Form.FIXED)}
    assert len({one.key for one in layouts.built_in()}) == len(layouts.built_in())
    assert all(isinstance(one, Layout) for one in layouts.built_in())


@given(st.integers(-10**9, 10**9).filter(bool))
def test_amounts_as_offices_write_them(amount):
    size = abs(amount)
    styles = [f"{amount}", f"{amount:,}", f"{amount}.00", f"NT$ {amount:,}"]
    if amount < 0:
        styles += [f"({size:,})", f"{size}-", f"－{size}"]
    for style in styles:
        data = written([["交易日期", "金額", "備註"], ["115/02/01", style, "x"]]).encode()
        assert [one.amount for one in read(data).movements] == [amount], style
