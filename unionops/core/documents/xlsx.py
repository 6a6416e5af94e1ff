"""XLSX workbooks, written row by row: memory stays flat however many rows there are.

Owns the XLSX format. Nothing in a cell is ever a formula or a link.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from .cells import EXACT, LONGEST_TEXT, MOST_ROWS, stored
from .model import Batch, Cell, Column, Document, Facts, Heading, Paragraph, SealBoxes, Table, cells_of, clean, display, text_width
from .sheets import Part, column_letters, parts_of, sheet_name

_FONT = "微軟正黑體"
_EXCEL_BEGINS = date(1900, 3, 1)
"""Before this day Excel's calendar is a day off (it knows a 29 February 1900), so such dates are kept as text."""


def write_batches(columns: Sequence[Column], batches: Iterable[Batch], fileobj: BinaryIO, *, sheet: str = "", roc: bool = False) -> int:
    """See ``documents.write_batches``."""
    with _workbook(fileobj) as book:
        page = _Page(book, sheet_name(sheet, 1, ()), column_letters(columns), roc=roc)
        page.worksheet.freeze_panes(1, 0)
        page.head(columns)
        for batch in batches:
            page.batch(columns, batch)
        count = page.at - 1
        if count:
            page.worksheet.autofilter(0, 0, count, len(columns) - 1)
        return count


def to_bytes(document: Document) -> bytes:
    """The paper as a workbook: every table begins a sheet, with what stands before it above it."""
    file = io.BytesIO()
    with _workbook(file) as book:
        book.set_properties({"title": clean(document.title)[:255], "author": clean(document.union)[:255]})
        taken: list[str] = []
        for number, part in enumerate(parts_of(document), 1):
            taken.append(sheet_name(part.name, number, taken))
            _write_part(_Page(book, taken[-1], part.columns, roc=document.roc), part, document)
    return file.getvalue()


@contextmanager
def _workbook(fileobj: BinaryIO) -> Iterator[Workbook]:
    """A workbook that is written when the block ends. Raises OSError for a full disk, as the other formats do."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    try:
        with xlsxwriter.Workbook(fileobj, options) as book:
            yield book
    except XlsxFileError as error:
        raise OSError(f"the workbook was not written: {error}") from error


class _Page:
    """One worksheet that is written from top to bottom."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[Column], *, roc: bool) -> None:
        self.book, self.worksheet, self.at, self.roc = book, book.add_worksheet(name), 0, roc
        self._formats: dict[tuple[Any, ...], Format] = {}
        self.letters = sum(column.width for column in columns)
        for index, column in enumerate(columns):
            self.worksheet.set_column(index, index, column.width)

    def format(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_name": _FONT, "font_size": 12, "valign": "vcenter", **properties})
        return self._formats[key]

    def cell_format(self, column: Column, cell: Any, **properties: Any) -> Format:
        if isinstance(cell, date):
            day = "[$-404]e/mm/dd" if self.roc else "yyyy-mm-dd"
            properties["num_format"] = f"{day} hh:mm" if isinstance(cell, datetime) else day
        elif isinstance(cell, (int, float)) and column.kind in ("int", "money"):
            properties["num_format"] = "#,##0" if isinstance(cell, int) else "#,##0.##"
        elif isinstance(cell, str):
            properties |= {"num_format": "@", "text_wrap": "\n" in cell or properties.get("text_wrap", False)}
        align = "left" if column.alignment == "justify" else column.alignment
        return self.format(align=align, indent=int(align != "center"), **properties)

    def put(self, column_at: int, column: Column, cell: Cell, **properties: Any) -> None:
        value = stored(cell)
        if isinstance(value, date) and (value.date() if isinstance(value, datetime) else value) < _EXCEL_BEGINS:
            value = display(value, roc=self.roc)
        style = self.cell_format(column, value, **properties)
        if value is None:
            if properties:
                self.worksheet.write_blank(self.at, column_at, None, style)
        elif isinstance(value, str):
            self.worksheet.write_string(self.at, column_at, value, style)
        elif isinstance(value, date):
            self.worksheet.write_datetime(self.at, column_at, value, style)
        else:
            self.worksheet.write_number(self.at, column_at, value, style)

    def line(self, text: str, span: int, **properties: Any) -> None:
        """One line of text over the width of the sheet."""
        style = self.format(**{"align": "left", "text_wrap": True, "num_format": "@", **properties})
        # Merged cells do not grow by themselves: the row is made as tall as its lines need.
        across = max(1, int(self.letters * 12 / properties.get("font_size", 12)))
        lines = sum(max(1, -(-text_width(line) // across)) for line in text.split("\n"))
        self.worksheet.set_row(self.at, min(400, lines * properties.get("font_size", 12) * 1.6))
        if span > 1:
            self.worksheet.merge_range(self.at, 0, self.at, span - 1, "", style)
        self.worksheet.write_string(self.at, 0, str(stored(text) or ""), style)
        self.at += 1

    def head(self, columns: Sequence[Column], **properties: Any) -> None:
        for index, column in enumerate(columns):
            self.worksheet.write_string(self.at, index, str(stored(column.title) or ""), self.format(
                bold=True, align="center", bg_color="#F2F2F2", bottom=1, text_wrap=True, **properties))
        self.at += 1

    def batch(self, columns: Sequence[Column], batch: Batch) -> None:
        """Some hundred rows, their plain columns written straight, the others by ``put``."""
        if self.at + len(batch[0]) > MOST_ROWS:
            raise ValueError(f"a sheet holds {MOST_ROWS:,} rows; choose CSV")
        ways = [self._way(column, cells) for column, cells in zip(columns, batch, strict=True)]
        for row in zip(*batch, strict=True):
            for index, (cell, (write, style)) in enumerate(zip(row, ways, strict=True)):
                if write is None:
                    self.put(index, columns[index], cell)
                elif cell is not None and cell != "":
                    write(self.at, index, cell, style)
            self.at += 1

    def _way(self, column: Column, cells: Sequence[Cell]) -> tuple[Callable[..., Any] | None, Format | None]:
        """The library's call and the format for all cells of a column, when ``put`` would treat them alike and store them as they are:
        one line of text each, or days that Excel knows, or whole numbers. Else nothing."""
        held = [cell for cell in cells if cell is not None and cell != ""]
        kinds = set(map(type, held))
        if kinds == {str} and "".join(held).isprintable() and max(map(len, held)) <= LONGEST_TEXT:
            return self.worksheet.write_string, self.cell_format(column, held[0])
        if kinds == {date} and min(held) >= _EXCEL_BEGINS:
            return self.worksheet.write_datetime, self.cell_format(column, held[0])
        if kinds == {int} and max(map(abs, held)) < EXACT:
            return self.worksheet.write_number, self.cell_format(column, held[0])
        return None, None

    def rows(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], **properties: Any) -> int:
        begun = self.at
        for row in rows:
            if self.at >= MOST_ROWS:
                raise ValueError(f"a sheet holds {MOST_ROWS:,} rows; choose CSV")
            for index, cell in enumerate(cells_of(row, columns)):
                self.put(index, columns[index], cell, **properties)
            self.at += 1
        return self.at - begun


def _write_part(page: _Page, part: Part, document: Document) -> None:
    span, sheet = len(part.columns), page.worksheet
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C" + document.words["page"].format("&P", "&N"))
    if document.landscape:
        sheet.set_landscape()
    for text, size, bold in _title_lines(document):
        page.line(text, span, align="center", font_size=size, bold=bold)
    for block in part.blocks:
        match block:
            case Heading() | Paragraph():
                if isinstance(block, Heading):
                    page.line(block.text, span, bold=True, font_size=14 if block.level == 1 else 12)
                else:
                    page.line(block.text, span, bold=block.bold, align="left" if block.align == "justify" else block.align)
            case Facts():
                for label, value in block.rows:
                    page.put(0, Column(), label, bold=True)
                    page.put(1, Column(align="left", kind="money"), value, text_wrap=True)
                    page.at += 1
            case Table():
                if block.caption:
                    page.line(block.caption, span, bold=True)
                if block.has_head:
                    if block.repeat_header:
                        sheet.repeat_rows(page.at)
                    page.head(block.columns, border=1)
                page.rows(block.columns, block.rows, border=1)
                if block.totals:
                    page.rows(block.columns, [block.totals], border=1, top=6, bold=True)
            case SealBoxes():
                page.at += 1
                for index, label in enumerate(block.labels):
                    page.put(index, Column(align="center"), label, border=1)
                page.at += 1
                sheet.set_row(page.at, block.height_mm * 72 / 25.4)
                for index in range(len(block.labels)):
                    page.put(index, Column(), None, border=1)
                page.at += 1
            case _:
                pass


def _title_lines(document: Document) -> Iterator[tuple[str, int, bool]]:
    if document.confidential:
        yield document.words["confidential"], 12, True
    if document.union:
        yield document.union, 14, False
    yield document.title, 18, True
    if document.subtitle:
        yield document.subtitle, 12, False
    if any(document.meta_line):
        yield "　".join(part for part in document.meta_line if part), 11, False
