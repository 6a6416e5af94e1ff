"""CSV that Excel in Taiwan opens without questions: UTF-8 with BOM, CRLF, no formulas.

Owns the CSV format. Figures are written bare, without commas.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import BinaryIO

from .cells import unformula
from .model import Cell, Column, Document, Facts, Heading, Paragraph, Table, cells_of, clean, day_text, spreadsheet_blocks


def write_rows(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], fileobj: BinaryIO, *, sheet: str = "", roc: bool = False) -> int:
    """See ``documents.write_rows``; ``sheet`` has no place in CSV. The file is left open."""
    text = io.TextIOWrapper(fileobj, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([_field(column.title, roc) for column in columns])
        count = 0
        for row in rows:
            writer.writerow([_field(cell, roc) for cell in cells_of(row, columns)])
            count += 1
        return count
    finally:
        text.detach()


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
