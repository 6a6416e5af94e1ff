"""What reading a table file gives, whatever its format: sheets of rows of plain values. Owns the shapes, reads nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

from unionops.values.problems import Problem, problem

Cell = str | int | float | bool | date | datetime | time
Kind = Literal["csv", "xlsx", "ods"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row. A blank cell is ``""``; whole numbers are ``int`` even where the format knows only fractions.

    ``number`` is what a spreadsheet program shows beside the row, ``line`` the line of a text file on which it begins (the
    same as ``number`` in a spreadsheet). ``flaws`` names what was wrong with the row itself: ``undecodable`` (bytes that
    are no character of the encoding, shown as �), ``unclosed_quote``.
    """

    number: int
    cells: Sequence[Cell]
    line: int = 0
    hidden: bool = False
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, 0-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet. ``rows`` begins with the first row shown, blank rows included, so that numbers agree with the screen.

    ``hidden_columns`` holds 0-based places; hidden columns and rows are read like all others, and pointed out.
    """

    name: str
    rows: Sequence[Row]
    kind: Kind = "xlsx"
    hidden: bool = False
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[Merge, ...] = ()


@dataclass(frozen=True)
class BadBytes:
    """Bytes that are no character: ``line`` and ``column`` count from 1, ``shown`` is the line with � in their place."""

    line: int
    column: int
    octets: str
    shown: str


@dataclass(frozen=True)
class Workbook:
    """A file that was read. ``encoding`` is the guess, or the choice, for a text file and empty otherwise.

    ``alternatives`` are other encodings that fit, best first. ``notices`` are to be shown before anything is written.
    """

    filename: str
    kind: Kind
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    alternatives: tuple[str, ...] = ()
    delimiter: str = ""
    bad_bytes: tuple[BadBytes, ...] = ()
    notices: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How large a file may be. ``ratio`` is unpacked to packed size, held against archives above ``ratio_from`` bytes unpacked."""

    file_bytes: int = 50 * 2**20
    unpacked_bytes: int = 600 * 2**20
    ratio: int = 200
    ratio_from: int = 20 * 2**20
    rows: int = 300_000
    cells: int = 8_000_000
    field_chars: int = 1_000_000


@dataclass
class FileRefused(Exception):
    """The file as a whole cannot be read; nothing was changed. ``problem.code`` is one of the words used in this package:

    ``empty``, ``too_big``, ``zip_bomb``, ``password``, ``corrupt``, ``name_mismatch``, ``unsupported``, ``encoding_unknown``,
    ``too_many_rows``.
    """

    problem: Problem
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.problem.text


def refused(code: str, message: str, **params: Any) -> FileRefused:
    """A ``FileRefused`` with its words."""
    return FileRefused(problem("file", message, code=code, **params))


def column_letter(index: int) -> str:
    """The letters a spreadsheet shows over the column at a 0-based place: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def is_blank(cell: Cell | None) -> bool:
    """Nothing in it, or only blanks."""
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def cell_text(cell: Cell | None) -> str:
    """What stands in a cell, as text; dates in ISO, whole numbers without a fraction."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
