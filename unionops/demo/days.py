"""What the demo's papers say of days, told from the day on which a paper is made: years of the Republic, months, seasons, quarters.

``told("{year:90} 年度計畫", day)`` names the year of the day ninety days later; every place in a text counts from the same day.
"""

from __future__ import annotations

from datetime import date, timedelta

from unionops.values import roc


def told(text: str, day: date) -> str:
    """``text`` with its places filled: {year} 115, {month} 115 年 9 月, {quarter} 四, {season} 秋季, {day} 12 月 20 日, {long} with year and
    weekday; each with the number of days to count on from ``day``, as in ``{day:27}``."""
    return text.format(**{name: _Place(name, day) for name in _WORDS})


def saturday_after(day: date) -> date:
    """The first Saturday from ``day`` on: when members have time."""
    return day + timedelta(days=(5 - day.weekday()) % 7)


def yearly(month: int, day: int, today: date, *, passed: bool) -> date:
    """The last one of this day of the year before ``today``, when it is ``passed``; else the next one."""
    this = date(today.year, month, day)
    if passed:
        return this if this < today else date(today.year - 1, month, day)
    return this if this > today else date(today.year + 1, month, day)


class _Place:
    def __init__(self, name: str, day: date) -> None:
        self.name, self.day = name, day

    def __format__(self, spec: str) -> str:
        return _WORDS[self.name](self.day + timedelta(days=int(spec or 0)))


_WORDS = {
    "year": lambda day: str(day.year - 1911),
    "month": lambda day: f"{day.year - 1911} 年 {day.month} 月",
    "quarter": lambda day: "一二三四"[(day.month - 1) // 3],
    "season": lambda day: "冬春夏秋"[day.month % 12 // 3] + "季",
    "day": lambda day: f"{day.month} 月 {day.day} 日",
    "long": roc.roc_long,
}
