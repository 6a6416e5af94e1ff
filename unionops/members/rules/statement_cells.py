"""What one cell of a statement means: an amount, a day, whether money came or went, a number that lost its figures. Pure; whole NT$.

What rows and columns are is ``layouts``' and ``statements``' to say.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from unionops.members.rules.roster_cells import read_date
from unionops.values.problems import Problem, problem
from unionops.values.text import half_width

HUGEST = 10**12
"""NT$; what is above is no amount but a number in the wrong column."""
EARLIEST = date(2000, 1, 1)
"""No bank hands out older movements: 26/01/05 read as 民國 26 年 was meant otherwise."""


class CellUnreadable(Exception):
    """``problem`` says why a cell cannot be read."""

    def __init__(self, why: Problem) -> None:
        super().__init__(why.text)
        self.problem = why


# --- amounts ----------------------------------------------------------------------------------------------------------

_MONEY = re.compile(
    r"(?P<open>\()?(?P<sign>[+\-△▲]?)(?P<figures>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<cents>[0-9]+))?(?P<behind>-|CR|DR)?(?P<close>\))?", re.IGNORECASE
)


def amount(text: str) -> int:
    """NT$ of a cell; 0 for nothing. ``38,460`` ``38460.00`` ``(38,460)`` ``38,460-`` ``NT$ 38,460`` ``－38,460`` ``△38,460`` ``38,460 DR``.

    Commas must part thousands: 9,41 is no amount. Raises CellUnreadable."""
    if text.isascii() and text.isdigit() and len(text) < 13:  # How nearly all are written.
        return int(text)
    plain = re.sub(r"(?i)nt\$?|twd|新?[臺台]幣|[$\s元]|整$", "", half_width(text)).replace("−", "-").replace("–", "-").replace("﹣", "-").replace("﹐", ",")
    if plain in ("", "-", "--"):
        return 0
    match = _MONEY.fullmatch(plain)
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise CellUnreadable(problem("amount", "看不懂金額「%(text)s」。", code="amount_format", text=text[:20]))
    if (match["cents"] or "").strip("0"):
        raise CellUnreadable(problem("amount", "金額「%(text)s」有小數。", code="cents", text=text[:20]))
    value = int(match["figures"].replace(",", ""))
    if value >= HUGEST:
        raise CellUnreadable(problem("amount", "金額「%(text)s」大得不合理。", code="huge", text=text[:20]))
    is_negative = match["open"] or match["sign"] in ("-", "△", "▲") or (match["behind"] or "").upper() in ("-", "DR")
    return -value if is_negative else value


def is_number(text: str) -> bool:
    """Whether a text is written like an amount."""
    return bool(re.fullmatch(r"[\s$()+\-0-9,.]*[0-9][\s)\-0-9,.]*", half_width(text)))


# --- days -------------------------------------------------------------------------------------------------------------

_STAMP = re.compile(r"(20[0-9]{6}|1[0-9]{6})(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?")
_WEEKDAY = re.compile(r"\s*[(（][一二三四五六日][)）]$")


@lru_cache(maxsize=2_000)  # A file's days come again and again.
def day(text: str) -> date:
    """The day of a cell, in every way an office writes one, with a time or a weekday behind it. Raises CellUnreadable."""
    plain = _WEEKDAY.sub("", half_width(text).strip())
    if stamp := _STAMP.fullmatch(plain):
        plain = stamp[1]
    parts = plain.split()
    tries = [plain, *([parts[0]] if len(parts) > 1 and re.search(r"[0-9]:[0-9]{2}", parts[-1]) else []), *(["/".join(parts)] if len(parts) == 3 else [])]
    reads = [read_date(one) for one in tries]
    found = next((one.day for one in reads if one.day is not None), None)
    if found is None:
        code = next((code for code in ("date_impossible", "date_out_of_range") if any(code in one.codes for one in reads)), "date_format")
        raise CellUnreadable(problem("moved_on", "看不懂日期「%(text)s」。", code=code, text=text[:20]))
    if found < EARLIEST:
        raise CellUnreadable(problem(
            "moved_on", "日期「%(text)s」讀成民國 %(year)s 年，早得不合理；年份請寫全。", code="date_too_early", text=text[:20], year=max(found.year - 1911, 0),
        ))
    return found


# --- directions -------------------------------------------------------------------------------------------------------

_OUT = re.compile(r"^(?:d|dr|debit|out|借.?|支出?|提.?|扣.?|付.?|出|出帳|轉出|-)$")
_IN = re.compile(r"^(?:c|cr|credit|in|貸.?|收入?|存.?|入|入帳|進|進帳|轉入|\+)$")


def side(text: str) -> int | None:
    """1 for money that came, -1 for money that went, 0 for nothing said; None for a mark that could mean either (1, 2, A)."""
    plain = half_width(text).strip().casefold().replace("−", "-")
    if not plain:
        return 0
    return -1 if _OUT.match(plain) else 1 if _IN.match(plain) else None


# --- numbers ----------------------------------------------------------------------------------------------------------

_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")


def is_shortened(text: str) -> bool:
    """Whether a spreadsheet wrote a long number as 9.82E+13: its last figures are lost."""
    return bool(_SHORTENED.fullmatch(half_width(text).strip()))


def unguarded(text: str) -> str:
    """A number without what keeps a spreadsheet from taking it for one: '0012, ="0012"."""
    return text.strip("'\"= ")


__all__ = ["EARLIEST", "HUGEST", "CellUnreadable", "amount", "day", "is_number", "is_shortened", "side", "unguarded"]
