"""Rows under a heading: which are data, which are blank, totals, headings again, signatures, notes; and the file to repair.

Owns the words by which office lists end and are added up. What makes a row data is for the area to say first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from unionops.core.transfer.headings import REASON_HEADING, ROW_HEADING, Header, MappingProposal, normal_heading
from unionops.core.transfer.workbook import Cell, Row, Sheet, cell_text, is_blank
from unionops.values.text import half_width

RowKind = Literal["empty", "header", "subtotal", "sign", "note", "section", "data"]

_TOTAL = re.compile(
    r"小計|合計|總計|共計|累計|總數|總人數|(?:總|共|計)[0-9,]+(?:人|名|筆)|^[0-9,]+(?:人|名|筆)$|(?i:\b(?:sub)?total\b)"
)
_SIGN = re.compile(
    r"(?:製表|制表|填表|造冊|審核|覆核|複核|核准|核定|經辦|承辦|主辦|理事長|常務理事|總幹事|秘書長|會計|出納)[人者員]?[:：]"
    r"|(?:主任|主管|負責人|監事)[:：]"
)
_NOTE = re.compile(r"^[\s　]*(?:※|＊|\*|註|注意|說明|備註[:：]|附註|備考|以下空白|第?\d+頁|page)|以下空白|第\s*\d+\s*頁|請勿外流", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A sheet with its heading and what its columns are taken for."""

    sheet: Sheet
    header: Header
    mapping: MappingProposal
    _records: dict[int, int] = field(default_factory=dict, compare=False, repr=False)

    def rows(self) -> Iterator[Row]:
        """All rows under the heading, whatever they are."""
        for row in self.sheet.rows:
            if row.number >= self.header.first_data_row:
                yield row

    def records(self) -> dict[int, int]:
        """Row number → n-th record after the heading, line breaks inside quotes and blank lines not counted."""
        if not self._records:
            count = 0
            for row in self.rows():
                if row.cells:
                    count += 1
                    self._records[row.number] = count
        return self._records

    def filled_down(self) -> dict[tuple[int, int], Cell]:
        """(row number, column) → value of a cell merged over several rows, for the rows under its first."""
        down: dict[tuple[int, int], Cell] = {}
        for merge in self.sheet.merged:
            if merge.bottom > merge.top and merge.left == merge.right and merge.top < len(self.sheet.rows):
                cells = self.sheet.rows[merge.top].cells
                if merge.left < len(cells) and not is_blank(cells[merge.left]):
                    down |= {(line + 1, merge.left): cells[merge.left] for line in range(merge.top + 1, merge.bottom + 1)}
        return down


class RowKinds:
    """Tells what a row is that has not already shown itself to be data."""

    def __init__(self, header: Header) -> None:
        self.lines = [{normal_heading(text) for path in header.paths for text in path} - {""}]
        self.width = len(header.paths)

    def kind(self, cells: Sequence[Cell]) -> RowKind:
        """``section`` is a single cell with a few words: the name of a group above its members, a page title again."""
        texts = [half_width(cell_text(cell)).strip() for cell in cells if not is_blank(cell)]
        if not texts:
            return "empty"
        if len(texts) > 1 or self.width == 1:
            again = sum(normal_heading(text) in self.lines[0] for text in texts)
            if again >= 2 and again * 3 >= len(texts) * 2:
                return "header"
        close = ["".join(text.split()) for text in texts]
        if any(_TOTAL.search(text) for text in close[:4]) and not any(len(text) > 20 for text in close[:4]):
            return "subtotal"
        joined = " ".join(texts)
        if _SIGN.search("".join(joined.split())) and len(texts) <= 8:
            return "sign"
        if len(texts) <= 2 and (_NOTE.search(texts[0]) or len(joined) > 40):
            return "note"
        return "section" if len(texts) == 1 else "data"


def too_wide(sheet: Sheet, rows: Iterable[Row], width: int) -> frozenset[int]:
    """Numbers of the rows of a text file that have more fields than its heading has (``width``): a comma inside an amount or an address
    that nobody put quotation marks around has moved what stands behind it. Where all rows are as wide the heading lacks a title."""
    if sheet.kind != "csv" or not width:
        return frozenset()
    widths = {row.number: len(row.cells) for row in rows if len(row.cells) > 1 and any(not is_blank(cell) for cell in row.cells[1:])}
    usual = Counter(widths.values()).most_common(1)[0][0] if widths else 0
    most = usual if usual > width and sum(one == usual for one in widths.values()) * 10 >= len(widths) * 9 else width
    return frozenset(number for number, one in widths.items() if one > most)


def repair_rows(table: Table, reasons: Mapping[int, Sequence[str]]) -> tuple[list[str], list[list[Cell]]]:
    """The rows of these numbers in their original columns, with the row number and the reasons behind, ready to be written out.

    The headings come in one line. Both added columns are known to ``propose_mapping`` and ignored when the file comes back.
    """
    titles = list(table.header.titles) if table.header.rows else [column.field or "" for column in table.mapping.columns]
    width = max([len(titles), *(len(row.cells) for row in table.rows() if row.number in reasons)])
    headings = [*titles, *[""] * (width - len(titles)), ROW_HEADING, REASON_HEADING]
    rows: list[list[Cell]] = []
    for row in table.rows():
        if row.number in reasons:
            cells = [*row.cells, *[""] * (width - len(row.cells))]
            rows.append([*cells, row.number, "；".join(_unique(reasons[row.number]))])
    return headings, rows


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
