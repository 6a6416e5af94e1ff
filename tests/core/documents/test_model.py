"""How papers and their cells read, before any file format."""

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.documents import Card, CardSheet, Column, Document, Image, LabelSheet, Paragraph, Table
from unionops.core.documents.model import cells_of, clean, display, editable_blocks, spreadsheet_blocks


@pytest.mark.parametrize(("cell", "kind", "shown"), [
    (None, "money", ""), (0, "money", "0"), (1234567, "money", "1,234,567"), (-1200, "int", "-1,200"), (Decimal("1.5"), "int", "1.5"),
    (date(2026, 9, 1), "date", "115/09/01"), (datetime(2026, 9, 1, 14, 5), "date", "115/09/01 14:05"), (2026, "text", "2026"),
    ("0912", "text", "0912"), ("a\r\nb\x00", "text", "a\nb"),
])
def test_display(cell, kind, shown):
    assert display(cell, kind) == shown


def test_papers_in_english_show_iso_dates():
    paper = Document("Roll", [], lang="en", issued_on=date(2026, 9, 1), number="7")
    assert display(date(2026, 9, 1), roc=paper.roc) == "2026-09-01"
    assert paper.meta_line == ("No. 7", "2026-09-01")


def test_the_date_under_a_chinese_title():
    assert Document("名冊", [], issued_on=date(2026, 9, 1)).meta_line == ("", "中華民國115年9月1日")


@given(st.text())
def test_cleaned_text_can_be_stored_anywhere(text):
    kept = clean(text)
    kept.encode()
    assert not set(kept) & {chr(code) for code in range(32) if code not in (9, 10)}
    assert clean(kept) == kept


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_columns_fill_the_paper(lengths):
    table = Table([Column(f"c{n}") for n in range(len(lengths))], [["x" * length for length in lengths]])
    assert sum(table.widths_mm(170, 2)) == pytest.approx(170)
    assert min(table.widths_mm(170, 2)) > 0


def test_a_generator_of_rows_can_be_printed_twice():
    table = Table([Column("a")], (row for row in [("1",), ("2",)]))
    assert list(table.rows) == list(table.rows) == [("1",), ("2",)]


@pytest.mark.parametrize(("paragraph", "hang", "tabbed"), [
    (Paragraph("甲", mark="一、"), 2, ("一、\t甲", 2.1)), (Paragraph("甲", mark="(1)", hanging=2), 2, ("(1)\t甲", 2.1)), (Paragraph("甲", hanging=3), 3, ("甲", 3)),
])
def test_a_mark_hangs_as_wide_as_it_is(paragraph, hang, tabbed):
    assert paragraph.hang == hang
    assert paragraph.tabbed == tabbed


def test_no_value_is_lost_in_a_row_that_is_too_long():
    assert cells_of(("a",), [Column(), Column()]) == ["a", None]
    with pytest.raises(ValueError, match="3 cells for 2 columns"):
        cells_of((1, 2, 3), [Column(), Column()])


@pytest.mark.parametrize("wrong", [{"columns": 3}, {"rows": 9}, {"columns": 0}, {"skip": 14}])
def test_labels_must_fit_the_sheet(wrong):
    with pytest.raises(ValueError, match=r"A4|skip"):
        LabelSheet([], **wrong)


def test_tables_are_whole():
    with pytest.raises(ValueError, match="column"):
        Table([], [])
    with pytest.raises(ValueError, match="totals"):
        Table([Column("a")], [], totals=(1, 2))


def test_pictures_are_png_or_svg():
    with pytest.raises(ValueError, match="PNG or SVG"):
        Image(b"GIF89a", 10, "x")


def test_sheets_become_tables_where_they_are_edited():
    paper = Document("x", [
        LabelSheet([["100", "甲"], ["200", "乙", "收"]], skip=1),
        CardSheet([Card("王小明", [("編號", "A1")]), Card("李四", [("類別", "贊助")])], "工會"),
    ])
    labels, cards = editable_blocks(paper)
    assert [list(row) for row in labels.rows] == [["", "100\n甲"], ["200\n乙\n收", ""]]
    assert [column.title for column in cards.columns] == ["姓名", "編號", "類別"]
    assert list(cards.rows) == [("王小明", "A1", None), ("李四", None, "贊助")]
    assert [list(row) for row in next(spreadsheet_blocks(paper)).rows] == [["100", "甲"], ["200", "乙", "收"]]


def test_papers_need_neither_the_web_nor_the_database():
    code = ("import sys, unionops.core.documents; "
            "assert not {'flask', 'sqlalchemy', 'werkzeug'} & set(sys.modules), sorted(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)
