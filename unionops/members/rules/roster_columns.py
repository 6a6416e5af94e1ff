"""What only a whole column of a member roster shows: where a field's width cut texts off, how wide its numbers are, which year's
salaries it holds.

Owns those facts. One cell is read by ``roster_cells``, one row judged by ``roster``.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unionops.core.transfer.tables import Table
from unionops.core.transfer.workbook import Cell, cell_text
from unionops.members.rules.roster_cells import read_salary
from unionops.values.text import half_width


@dataclass(frozen=True)
class Grades:
    """Insured salaries of the grade tables: those in force, and those of earlier tables. Empty: salaries are not compared."""

    current: frozenset[int] = frozenset()
    past: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ColumnFacts:
    """What only the whole column shows."""

    number_width: int = 0
    name_is_padded: bool = False
    name_limit: int = 0
    address_limit: int = 0
    address_in_bytes: bool = False
    nought_is_woman: bool = False
    salaries_are_old: bool = False
    width: int = 0


def octets(text: str) -> bytes:
    """The bytes a text took in an old program; a character that it could not show took one, as its question mark does."""
    return text.encode("cp950", "replace")


def column_facts(table: Table, places: Mapping[str, int], grades: Grades) -> ColumnFacts:
    """The facts about a table, from all its rows. ``places``: field name → 0-based column."""
    names = _column(table, places.get("name"))
    name_limit, padded = _name_limit([cell for cell in names if isinstance(cell, str)])
    addresses = [cell.strip() for cell in _column(table, places.get("address")) if isinstance(cell, str)]
    address_limit, in_bytes = _address_limit(addresses)
    sexes = {cell_text(cell).strip() for cell in _column(table, places.get("sex"))}
    salaries = [read.number for cell in _column(table, places.get("insured_salary")) if (read := read_salary(cell)).number]
    gone = sum(amount not in grades.current for amount in salaries) if grades.current else 0
    width = 0
    if table.sheet.kind == "csv":
        widths = Counter(len(row.cells) for row in table.rows() if row.cells)
        heading = [row for row in table.sheet.rows if row.number in table.header.rows]
        width = len(heading[-1].cells) if heading else max(widths, key=lambda one: widths[one], default=0)
        # A separator at the end of every row is the program's habit, not a slip.
        common = max(widths, key=lambda one: widths[one], default=width)
        if common > width and widths[common] * 2 > widths.total():
            width = common
    return ColumnFacts(
        number_width=_number_width(_column(table, places.get("member_no"))),
        name_is_padded=padded,
        name_limit=name_limit,
        address_limit=address_limit,
        address_in_bytes=in_bytes,
        nought_is_woman="0" in sexes and sexes <= {"0", "1"},
        # One roll in ten out of date is an oversight; a third of it is a list of another year.
        salaries_are_old=len(salaries) >= 10 and gone * 3 > len(salaries),
        width=width,
    )


def _column(table: Table, place: int | None) -> list[Cell]:
    if place is None:
        return []
    return [
        cell for row in table.rows()
        if place < len(row.cells) and (cell := row.cells[place]) != "" and (type(cell) is not str or not cell.isspace())
    ]


def _number_width(cells: Sequence[Cell]) -> int:
    """How many digits a member number has, if that is fixed: most texts have the same length and some begin with 0."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := half_width(cell).strip()).isdigit()]
    widths = Counter(map(len, texts))
    if not widths:
        return 0
    width, count = widths.most_common(1)[0]
    padded = any(text[0] == "0" for text in texts if len(text) == width)
    return width if padded and count * 2 > len(texts) else 0


def _name_limit(names: Sequence[str]) -> tuple[int, bool]:
    """Bytes that the field of names holds, 0 if it has no limit; and whether every name is filled up to it with blanks."""
    if len(names) < 5:
        return 0, False
    widths = Counter(map(len, octets("\n".join(name.replace("\n", " ") for name in names)).split(b"\n")))
    width, count = widths.most_common(1)[0]
    if count * 20 >= len(names) * 19 and sum(name != name.rstrip(" ") for name in names) * 2 > len(names):
        return width, True
    # Not filled up: long names (dots, Latin letters) all end at one width and none goes on.
    long = [len(octets(name.strip())) for name in names if _LONG_NAME.search(name)]
    most = max(widths)
    if most <= 20 and len(long) >= 4 and sum(most - 1 <= size <= most for size in long) * 5 >= len(long) * 3:
        return most, False
    return 0, False


_LONG_NAME = re.compile("[·‧•・･A-Za-z]")
_CUT = re.compile(r"[0-9之巷弄段路街里區鄉鎮市縣鄰]$")


def _address_limit(addresses: Sequence[str]) -> tuple[int, bool]:
    """The size at which addresses pile up and break off in the middle, in characters or (True) bytes; 0 if nowhere."""
    if len(addresses) < 20:
        return 0, False
    for in_bytes in (False, True):
        sizes = [len(octets(text)) if in_bytes else len(text) for text in addresses]
        most = max(sizes)
        at = [text for text, size in zip(addresses, sizes, strict=True) if size >= most - in_bytes]
        below = sum(most - 1 - in_bytes - in_bytes <= size < most - in_bytes for size in sizes)
        rest = [text for text, size in zip(addresses, sizes, strict=True) if size < most - in_bytes]
        if len(at) < max(5, len(addresses) // 33) or len(at) * 2 < below * 3 or not rest:
            continue
        cut_at, cut_rest = (sum(_CUT.search(text) is not None for text in texts) / len(texts) for texts in (at, rest))
        if cut_at >= 2 * cut_rest + 0.05:
            return most, in_bytes
    return 0, False
