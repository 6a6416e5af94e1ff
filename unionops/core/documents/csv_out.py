"""CSV that Excel in Taiwan opens without questions: UTF-8 with BOM, CRLF, no formulas.

Owns the CSV format. Figures are written bare, without commas.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from functools import cache, partial
from types import NoneType
from typing import BinaryIO

from .cells import harmless, unformula
from .model import Batch, Cell, Column, Document, Facts, Heading, Paragraph, Table, cells_of, clean, day_text, spreadsheet_blocks


def write_batches(columns: Sequence[Column], batches: Iterable[Batch], fileobj: BinaryIO, *, sheet: str = "", roc: bool = False) -> int:
    """See ``documents.write_batches``; ``sheet`` has no place in CSV. The file is left open."""
    fileobj.write(codecs.BOM_UTF8 + _lines([[_field(column.title, roc) for column in columns]]))
    day = cache(partial(_field, roc=roc))  # Few days stand in many rows.
    count = 0
    for batch in batches:
        fileobj.write(_lines(list(zip(*(_fields(cells, day, roc) for cells in batch), strict=True))))
        count += len(batch[0])
    return count


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as the library writes them. When no field needs quotes, which shows once they are put together, it has nothing to add."""
    text = "\r\n".join(map(",".join, rows)) + "\r\n"
    between = len(rows[0]) - 1
    plain = '"' not in text and text.count(",") == between * len(rows) and text.count("\r") == text.count("\n") == len(rows)
    if not plain or not between:  # A lonely empty field is quoted, too.
        file = io.StringIO(newline="")
        csv.writer(file).writerows(rows)
        text = file.getvalue()
    return text.encode()


def _fields(cells: Sequence[Cell], day: Callable[[Cell], str], roc: bool) -> Iterable[str]:
    """Many cells of one column as ``_field`` gives each."""
    with suppress(TypeError):  # It is raised when not all of them are texts: quicker than to look at each.
        if harmless(cells):  # type: ignore[arg-type]
            return cells  # type: ignore[return-value]
    kinds = set(map(type, cells))
    if kinds == {str, NoneType} and harmless(texts := [cell or "" for cell in cells]):  # type: ignore[misc]
        return texts  # type: ignore[return-value]
    if kinds <= {date, NoneType}:
        return map(day, cells)
    return [_field(cell, roc) for cell in cells]


def to_bytes(document: Document) -> bytes:
    """The tables and facts of the paper one under another, without its running text; dates in ISO form."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    blocks = [block for block in spreadsheet_blocks(document) if isinstance(block, (Table, Facts))]
    for number, block in enumerate(blocks):
        if number:
            writer.writerow([])
        if isinstance(block, Facts):
            writer.writerows([_field(label, False), _field(value, False)] for label, value in block.rows)
            continue
        if block.has_head:
            writer.writerow([_field(column.title, False) for column in block.columns])
        for row in block.rows:
            writer.writerow([_field(cell, False) for cell in cells_of(row, block.columns)])
        if block.totals:
            writer.writerow([_field(cell, False) for cell in block.totals])
    if not blocks:
        writer.writerows([_field(b.text, False)] for b in document.blocks if isinstance(b, (Heading, Paragraph)))
    return file.getvalue().encode("utf-8-sig")


def _field(cell: Cell, roc: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return day_text(cell, roc=roc)
    if isinstance(cell, str):
        return unformula(clean(cell))
    return str(cell)
