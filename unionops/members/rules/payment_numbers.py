"""The numbers printed on a bill by which a payment tells whose it is: virtual account (虛擬帳號) and shop slip (超商銷帳編號).

Each bank and collector agrees its own with the union, so how a number is made is a pattern, kept as dated data: letters and figures stand
for themselves, ``{member:6}`` for the figures of the member number, ``{year:3}`` for the last figures of the ROC year in which the period
begins, ``{half:1}``, ``{quarter:1}`` and ``{month:2}`` for its place there; ``{weights:371}`` is one check figure that brings the sum of all
figures before it, weighted in turn, to a multiple of ten; ``{rest:97}`` is the remainder of the filled-in figures. Pure; knows no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import cycle
from typing import NamedTuple

from unionops.values.problems import Unreadable
from unionops.values.text import half_width

ACCOUNT, SLIP = "account", "slip"
"""What a numbering is for."""
LONGEST = 24

_FILLED = {"member": 10, "year": 3, "half": 1, "quarter": 2, "month": 2}
"""What a place may be filled with, and how many figures at most. A quarter may fill two places."""
_PART = re.compile(r"\{(\w+):(\d+)\}|([0-9A-Z])")


class Bill(NamedTuple):
    """What a number says: the figures of the member number without leading noughts, and the first day of the period that was billed.

    Who fills fewer figures of the year than there are leaves open which decade is meant: the last one that has begun, or next year's.
    """

    member: str
    period_on: date


@dataclass(frozen=True)
class Numbering:
    """One pattern, read. ``parts`` are (what, figures or check)."""

    pattern: str
    parts: tuple[tuple[str, str], ...]

    @property
    def length(self) -> int:
        return sum(_width(what, value) for what, value in self.parts)

    def number(self, member: str, period_on: date) -> str | None:
        """The number on the bill of this member for the period that begins on this day; None when the member number has letters or is
        longer than its places: such a bill has none."""
        figures = member.lstrip("0") or "0"
        made, filled = "", ""
        for what, value in self.parts:
            match what:
                case "text":
                    made += value
                case "weights" | "rest":
                    made += _check(what, value, made, filled)
                case _:
                    part = figures if what == "member" else str(_place(what, period_on))
                    width = int(value)
                    if what == "year":
                        part = part[-width:]
                    if not part.isascii() or not part.isdigit() or len(part) > width:
                        return None
                    made, filled = made + part.rjust(width, "0"), filled + part.rjust(width, "0")
        return made

    def read(self, text: str, near: date) -> Bill | None:
        """What a number says that a bank or shop told; None when it is none of this pattern or a check figure is wrong."""
        text = re.sub(r"[\s-]", "", half_width(text)).upper()
        if len(text) != self.length:
            return None
        found: dict[str, str] = {}
        at = 0
        for what, value in self.parts:
            part = text[at : at + _width(what, value)]
            at += len(part)
            if what == "text" and part != value:
                return None
            if what != "text" and not (part.isascii() and part.isdigit()):
                return None
            if what in _FILLED:
                found[what] = part
        period_on = _period(found, near)
        if period_on is None or self.number(found["member"], period_on) != text:
            return None
        return Bill(found["member"].lstrip("0") or "0", period_on)


@lru_cache(maxsize=100)
def numbering(pattern: str) -> Numbering:
    """Reads a pattern. Raises Unreadable."""
    parts: list[tuple[str, str]] = []
    at = 0
    for match in _PART.finditer(pattern):
        if match.start() != at:
            break
        at = match.end()
        what, value, text = match.groups()
        if text:
            if parts and parts[-1][0] == "text":
                parts[-1] = ("text", parts[-1][1] + text)
            else:
                parts.append(("text", text))
        elif _is_known(what, int(value)):
            parts.append((what, value))
        else:
            break
    else:
        if at == len(pattern):
            return _checked(pattern, parts)
    raise Unreadable("pattern", "看不懂「%(part)s」。固定的字用半形數字與大寫英文，其餘如 {member:6}、{year:1}、{quarter:1}、{weights:371}、{rest:97}。", part=pattern[at:][:12])


def _is_known(what: str, value: int) -> bool:
    if what == "weights":
        return value > 0
    return 2 <= value <= 997 if what == "rest" else what in _FILLED and 1 <= value <= _FILLED[what]


def _checked(pattern: str, parts: Sequence[tuple[str, str]]) -> Numbering:
    names = [what for what, _value in parts if what != "text"]
    made = Numbering(pattern, tuple(parts))
    if "member" not in names or "year" not in names:
        raise Unreadable("pattern", "須有會員編號 {member:位數} 與年度 {year:位數}，才認得是誰繳哪一期。")
    if len(set(names)) < len(names):
        raise Unreadable("pattern", "同一種欄位不能出現兩次。")
    if sum(name in ("half", "quarter", "month") for name in names) > 1:
        raise Unreadable("pattern", "半年、季、月只用一種。")
    if made.length > LONGEST:
        raise Unreadable("pattern", "編號最多 %(most)s 碼。", most=LONGEST)
    return made


def _width(what: str, value: str) -> int:
    match what:
        case "text":
            return len(value)
        case "weights":
            return 1
        case "rest":
            return len(str(int(value) - 1))
        case _:
            return int(value)


def _check(what: str, value: str, made: str, filled: str) -> str:
    if what == "rest":
        return str(int(filled) % int(value)).rjust(_width(what, value), "0")
    total = sum(int(figure) * int(weight) for figure, weight in zip(_figures(made), cycle(value), strict=False))
    return str(-total % 10)


def _figures(text: str) -> Iterator[str]:
    """A letter counts for nothing, but takes a place."""
    return (each if each.isdigit() else "0" for each in text)


def _place(what: str, day: date) -> int:
    match what:
        case "year":
            return day.year - 1911
        case "half":
            return (day.month - 1) // 6 + 1
        case "quarter":
            return (day.month - 1) // 3 + 1
        case _:
            return day.month


def _period(found: dict[str, str], near: date) -> date | None:
    months = {"half": 6, "quarter": 3, "month": 1}
    month = 1
    for what, each in months.items():
        if what in found:
            month = (int(found[what]) - 1) * each + 1
    if not 1 <= month <= 12:
        return None
    step = 10 ** len(found["year"])
    newest = near.year - 1911 + 1
    year = newest - (newest - int(found["year"])) % step
    return date(year + 1911, month, 1) if year > 0 else None
