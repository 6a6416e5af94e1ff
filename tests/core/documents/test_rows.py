"""Long exports: right values, no formulas, flat memory."""

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.documents import AT_ONCE, Column, csv_out, write_batches, write_rows
from unionops.core.documents.cells import LONGEST_TEXT, MOST_ROWS, harmless, stored, unformula
from unionops.core.documents.model import clean
from unionops.core.documents.sheets import sheet_name

from .conftest import COLUMNS, NAMES, rows

FORMULAS = ("=1+1", "+886-2-1234", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "　=1", "＝1+1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0")


def written(fmt, columns, lines, **more):
    file = io.BytesIO()
    write_rows(columns, lines, fmt, file, **more)
    return file.getvalue()


def read_csv(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_sheet(data):
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("fmt", ["xlsx", "ods"])
def test_spreadsheets_keep_figures_dates_and_names(fmt):
    back = read_sheet(written(fmt, COLUMNS, iter(rows(12)), sheet="名冊"))
    assert back[0] == [column.title for column in COLUMNS]
    assert [tuple(row) for row in back[1:]] == [(a, b, c, float(d), float(e)) for a, b, c, d, e in rows(12)]


def test_csv_opens_in_excel_and_keeps_figures_bare():
    data = written("csv", COLUMNS, iter(rows(12)))
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    back = read_csv(data)
    assert back[2] == ["A00001", NAMES[1], "2020-01-02", "-1", "1000"]
    assert read_csv(written("csv", COLUMNS, iter(rows(12)), roc=True))[2][2] == "109/01/02"


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_never_starts_a_formula(text):
    back = read_csv(written("csv", [Column("=head"), Column("x")], [(text, -5)]))
    assert back[0][0] == "'=head"
    assert back[1][0].startswith("'")
    assert back[1][1] == "-5"


@given(st.text())
def test_harmless_text_is_not_touched(text):
    marked = unformula(text)
    assert marked in (text, f"'{text}")
    assert marked.lstrip(" 　")[:1] not in tuple("=+-@\t\r\n")


@given(st.lists(st.text() | st.builds("{}{}".format, st.sampled_from([*FORMULAS, "|=", "| -", "\u2028"]), st.text())))
def test_texts_harmless_at_a_glance_are_those_that_would_stay_as_they_are(texts):
    if harmless(texts):
        assert [unformula(clean(text)) for text in texts] == texts


def test_usual_texts_are_harmless_at_a_glance():
    assert harmless(["王小明", "02-2345-6789", "a@example.org", "0912***678", "臺中市西屯區文心路 1 號", "𠮷", ""])
    assert harmless([])


@given(st.integers(1, 3).flatmap(lambda width: st.lists(
    st.lists(st.sampled_from(["", "a", ",", '"', "\r", "\n", "\r\n", " ", "a,b", 'a"b', "名"]), min_size=width, max_size=width), min_size=1)))
def test_rows_that_need_no_quotes_are_put_together_as_the_library_would(rows):
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows(rows)
    assert csv_out._lines(rows) == expected.getvalue().encode()


@pytest.mark.parametrize("text", FORMULAS)
def test_one_formula_among_many_harmless_texts_is_found(text):
    names = [f"會員{at}" for at in range(2 * AT_ONCE)]
    names[AT_ONCE + 7] = text
    back = [row[0] for row in read_csv(written("csv", [Column("x"), Column("y")], [(name, None) for name in names]))[1:]]
    assert back[AT_ONCE + 7].startswith("'")
    assert [name for name in back if name.startswith("'")] == [back[AT_ONCE + 7]]


_CELLS = st.one_of(
    st.none(), st.text(max_size=5), st.sampled_from([*FORMULAS, "陳", 0, 0.0, False, True, 10**15, -5, Decimal("1.50"), "兩\n行"]), st.integers(),
    st.dates(), st.datetimes(),
)


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
@given(cells=st.lists(_CELLS, min_size=1, max_size=12), roc=st.booleans())
def test_a_column_written_at_once_is_as_its_cells_written_one_by_one(fmt, cells, roc):
    """Whatever stands beside a cell has no bearing on how it is written."""

    def content(batches):
        file = io.BytesIO()
        assert write_batches([Column("甲", kind="money"), Column()], batches, fmt, file, roc=roc) == len(cells)
        if fmt == "csv":
            return file.getvalue()
        with zipfile.ZipFile(file) as archive:
            return archive.read("xl/worksheets/sheet1.xml"), archive.read("xl/styles.xml")

    assert content([[cells, ["|"] * len(cells)]]) == content([[[cell], ["|"]] for cell in cells])


@pytest.mark.parametrize("text", FORMULAS)
def test_xlsx_holds_text_not_formulas_or_links(text):
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", [Column(text)], [(text,), ("http://example.org",)])))
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type in ("s", "inlineStr")
            assert cell.hyperlink is None


@pytest.mark.parametrize("fmt", ["xlsx", "ods"])
def test_text_survives_as_it_was(fmt):
    texts = ["=1+1", "-2+3", "0912345678", "00123", "a & b <c> \"d\"", "兩\n行", "𠮷"]
    assert [row[0] for row in read_sheet(written(fmt, [Column("t")], [(text,) for text in texts]))[1:]] == texts


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "ods"])
def test_unwritable_characters_do_not_break_the_file(fmt):
    data = written(fmt, [Column("a\x00b")], [("x\x01\x1b\ud800\uffffy",), (None,), ("",), (True,)])
    back = read_csv(data) if fmt == "csv" else read_sheet(data)
    assert back[0] == ["ab"]
    assert back[1] == ["xy"]


@pytest.mark.parametrize(("cell", "kept"), [
    (None, None), ("", None), (10**15, "1000000000000000"), (10**15 - 1, 10**15 - 1), (Decimal("1.5"), 1.5), (True, "True"),
    (datetime(2026, 9, 1, 8, 30, 5, 999), datetime(2026, 9, 1, 8, 30, 5)), (date(2026, 9, 1), date(2026, 9, 1)),
])
def test_stored(cell, kept):
    assert stored(cell) == kept
    assert type(stored(cell)) is type(kept)


def test_text_longer_than_a_cell_says_that_it_was_cut():
    assert stored("長" * 40000) == "長" * (LONGEST_TEXT - 1) + "…"
    assert read_sheet(written("xlsx", [Column("a")], [("長" * 40000,)]))[1][0].endswith("…")


@pytest.mark.parametrize("day", [date(1898, 5, 4), date(1900, 2, 28)])
def test_days_before_excels_calendar_are_kept_as_text(day):
    assert read_sheet(written("xlsx", [Column("生日", kind="date")], [(day,)]))[1] == [f"{day:%Y-%m-%d}"]


def test_dates_show_years_of_the_republic_and_stay_dates():
    data = written("xlsx", [Column("日", kind="date")], [(date(2026, 9, 1),)], roc=True)
    cell = openpyxl.load_workbook(io.BytesIO(data)).active["A2"]
    assert (cell.value, cell.is_date, cell.number_format) == (datetime(2026, 9, 1), True, "[$-404]e/mm/dd")


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "ods"])
def test_rows_are_let_go_as_they_are_written(fmt):
    class Row(list):
        alive = most = 0

        def __init__(self, cells):
            super().__init__(cells)
            Row.alive += 1
            Row.most = max(Row.most, Row.alive)

        def __del__(self):
            Row.alive -= 1

    file = io.BytesIO()
    assert write_rows(COLUMNS, (Row(row) for row in rows(10 * AT_ONCE)), fmt, file) == 10 * AT_ONCE
    assert Row.most <= 2 * AT_ONCE


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "ods"])
def test_no_rows_and_rows_that_do_not_fit(fmt):
    assert written(fmt, COLUMNS, [])
    with pytest.raises(ValueError, match="6 cells for 5 columns"):
        written(fmt, COLUMNS, [(1, 2, 3, 4, 5, 6)])


@pytest.mark.parametrize("fmt", ["xlsx", "ods"])
def test_more_rows_than_a_sheet_holds_are_refused(fmt, monkeypatch):
    assert MOST_ROWS == 2**20
    monkeypatch.setattr(f"unionops.core.documents.{fmt}.MOST_ROWS", 10)
    assert written(fmt, [Column("a")], [(1,)] * 9)
    with pytest.raises(ValueError, match="CSV"):
        written(fmt, [Column("a")], [(1,)] * 10)


def test_unknown_formats_are_refused():
    with pytest.raises(ValueError, match="no format"):
        written("pdf", COLUMNS, [])


@pytest.mark.parametrize(("wanted", "name"), [
    ("", "工作表1"), ("a/b[c]:*?\\d", "abcd"), ("'x'", "x"), ("長" * 40, "長" * 31), ("History", "History (1)"), ("名冊", "名冊 (1)"),
])
def test_sheet_names(wanted, name):
    assert sheet_name(wanted, 1, ["名冊"]) == name
    assert len(name) <= 31
