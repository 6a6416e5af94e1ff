"""How a cell is stored in a spreadsheet: as a figure, a date or harmless text.

Owns the decision for all spreadsheet formats, and the guard against formulas in CSV. Knows no file format.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from .model import Cell, clean

MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
"""What a sheet and a cell hold in Excel and LibreOffice alike."""

_STARTS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_MAY_START_FORMULA = re.compile(f"\\| *[{re.escape(''.join(_STARTS_FORMULA))}]")
EXACT = 10**15
"""From here on a spreadsheet would round a whole number."""


def stored(cell: Cell) -> str | int | float | date | None:
    """The cell as a spreadsheet keeps it: int, float, date, naive datetime, str or None.

    A whole number beyond 15 digits becomes text, since a spreadsheet would round it; longer text than a cell holds is
    cut and ends in "…". Moments lose their zone: give them as they should read on the wall.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None, microsecond=0)
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int):
        return cell if abs(cell) < EXACT else str(cell)
    if isinstance(cell, (float, Decimal)):
        number = float(cell)
        return number if abs(number) < EXACT else str(cell)
    text = clean(str(cell))
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def unformula(text: str) -> str:
    """Text that a spreadsheet would run as a formula, with an apostrophe before it; any other text unchanged."""
    start = text.lstrip(" \u3000")[:1]
    return f"'{text}" if start and start in _STARTS_FORMULA else text


def harmless(texts: Iterable[str]) -> bool:
    """Whether ``clean`` and ``unformula`` would change none of these texts, seen in one look at all of them.

    In doubt (a bar before a sign, an ideographic space) the answer is no, and each text has to be looked at. Raises TypeError for
    anything but text.
    """
    together = "|" + "|".join(texts)
    if not together.isprintable():
        return False
    return not any(sign in together for sign in _STARTS_FORMULA) or _MAY_START_FORMULA.search(together) is None
