"""How a paper is laid out in a workbook: which blocks share a sheet, what it is called, how wide its columns are.

Owns what the spreadsheet formats have in common; writes no file.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from .model import Block, Column, Document, Facts, SealBoxes, Table, display, spreadsheet_blocks, text_width


@dataclass(frozen=True)
class Part:
    """The blocks of one sheet and its columns, whose ``width`` is in letters."""

    name: str
    blocks: Sequence[Block]
    columns: Sequence[Column]


def parts_of(document: Document) -> Iterator[Part]:
    """The sheets: every table begins one; text before it stands above it, text after the last one below it."""
    groups: list[list[Block]] = [[]]
    for block in spreadsheet_blocks(document):
        if isinstance(block, Table) and any(isinstance(other, Table) for other in groups[-1]):
            groups.append([])
        groups[-1].append(block)
    for blocks in groups:
        table = next((block for block in blocks if isinstance(block, Table)), None)
        yield Part(table.caption or document.title if table else document.title, blocks, _columns(table, blocks))


def sheet_name(wanted: str, number: int, taken: Collection[str]) -> str:
    """A name that every spreadsheet program takes: at most 31 letters, none of ``[]:*?/\\``, used once."""
    plain = "".join(letter for letter in wanted if letter.isprintable() and letter not in "[]:*?/\\").strip(" '")[:31]
    name = plain or ("工作表" + str(number))
    if name.lower() in (other.lower() for other in taken) or name.lower() == "history":
        suffix = f" ({number})"
        name = name[: 31 - len(suffix)] + suffix
    return name


def column_letters(columns: Sequence[Column]) -> list[Column]:
    """Columns of a streamed sheet, whose content is not known yet: wide enough for the head and the kind."""
    usual = {"text": 16, "date": 13, "int": 10, "money": 13}
    return [replace(column, width=max(usual[column.kind], text_width(column.title) + 4)) for column in columns]


def _columns(table: Table | None, blocks: Sequence[Block]) -> list[Column]:
    least = max([2, *(len(block.labels) for block in blocks if isinstance(block, SealBoxes))])
    columns = list(table.columns) if table else []
    widths = list(_letters(table)) if table else []
    columns += [Column()] * (least - len(columns))
    widths += [18.0] * (least - len(widths))
    facts = [fact for block in blocks if isinstance(block, Facts) for fact in block.rows]
    if facts:
        widths[0] = max(widths[0], *(text_width(label) + 2 for label, _ in facts))
        widths[1] = max(widths[1], *(min(48, text_width(display(value, "money")) + 2) for _, value in facts))
    return [replace(column, width=width) for column, width in zip(columns, widths, strict=True)]


def _letters(table: Table) -> Iterator[float]:
    """Width of each column in letters, measured even where a weight was asked: a weight says nothing about letters."""
    measured = replace(table, columns=[replace(column, width=0) for column in table.columns])
    return (max(8.0, width * 1.2 + 1) for width in measured.widths)
