"""Dates of the Republic of China (民國): written, and read in every way an office writes them.

Owns the conversion between text and ``date``. Knows nothing of working days or periods (``law.calendar``, ``law.periods``).
"""

import re
from datetime import date

from unionops.values.problems import Unreadable
from unionops.values.text import half_width

EPOCH = 1911
FIRST = date(1912, 1, 1)
LAST = date(2200, 12, 31)
_WEEKDAYS = "一二三四五六日"

_SEPARATED = re.compile(r"([0-9]{1,4})[/.\-]([0-9]{1,2})[/.\-]([0-9]{1,2})")
_NAMED = re.compile(r"([0-9]{1,4})年([0-9]{1,2})月([0-9]{1,2})[日號]")
_WEEKDAY = re.compile(r"[（(]?(?:星期|週|周)([一二三四五六日天])[）)]?$")
_COMPACT = re.compile(r"([0-9]{2,4})([0-9]{2})([0-9]{2})")

_DIGITS = {"〇": 0, "○": 0, "零": 0, "一": 1, "二": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100}
_NUMERAL = re.compile(f"[{''.join(_DIGITS)}十百廿卅]+")


class DateUnreadable(Unreadable):
    """``code``: ``date_format``, ``date_impossible`` (2/30, year 0, a wrong weekday) or ``date_out_of_range``."""


def roc_date(day: date) -> str:
    """``115/09/01``. Days before 民國 1 年 are written with a minus sign in front of the year, as in 民國前."""
    return f"{_roc_year(day)}/{day.month:02}/{day.day:02}"


def roc_long(day: date) -> str:
    """``115 年 9 月 1 日（星期二）``."""
    return f"{_roc_year(day)} 年 {day.month} 月 {day.day} 日（星期{weekday(day)}）"


def weekday(day: date) -> str:
    """The Chinese weekday character, 一 to 日."""
    return _WEEKDAYS[day.weekday()]


def parse_date(text: str) -> date:
    """The day that a text means; ROC years have up to three digits, Christian years four.

    Reads 115/9/1, 115.9.1, 115-09-01, 1150901, 990101, 2026-09-01, 20260901, 民國115年9月1日, 民國九十九年一月一日, each
    also in full-width digits, with blanks, and with a weekday behind it. Raises DateUnreadable.
    """
    if match := _SEPARATED.fullmatch(text):  # How nearly all are written.
        return _day(*map(int, match.groups()), roc=len(match[1]) < 4)
    plain = re.sub(r"\s+", "", half_width(text))
    stated = _WEEKDAY.search(plain)
    if stated:
        plain = plain[: stated.start()]
    named_era = re.match(r"中?華?民國", plain)
    rest = plain[named_era.end() :] if named_era else plain
    if rest.startswith("前"):
        raise DateUnreadable("date_out_of_range", "日期早於民國元年，無法登錄")
    rest = re.sub(r"^元年", "1年", rest)
    if "年" in rest:
        rest = _NUMERAL.sub(lambda found: str(_number(found[0])), rest)
    match = _SEPARATED.fullmatch(rest) or _COMPACT.fullmatch(rest) or _NAMED.fullmatch(rest)
    if not match:
        raise DateUnreadable("date_format", "無法辨識的日期，請輸入如 115/09/01 或 2026-09-01")
    year, month, day = (int(part) for part in match.groups())
    found = _day(year, month, day, roc=named_era is not None or len(match[1]) < 4)
    if stated and stated[1].replace("天", "日") != weekday(found):
        raise DateUnreadable("date_impossible", "日期與星期不符：當日是星期%(weekday)s", weekday=weekday(found))
    return found


def _day(year: int, month: int, day: int, *, roc: bool) -> date:
    if year == 0 or not 1 <= month <= 12:
        raise DateUnreadable("date_impossible", "沒有這一天")
    christian = year + EPOCH if roc else year
    try:
        found = date(christian, month, day)
    except ValueError:
        if christian > LAST.year:
            raise _out_of_range() from None
        raise DateUnreadable("date_impossible", "沒有這一天") from None
    if not FIRST <= found <= LAST:
        raise _out_of_range()
    return found


def _out_of_range() -> DateUnreadable:
    return DateUnreadable("date_out_of_range", "日期須在民國 1 年至 %(last)s 年之間", last=LAST.year - EPOCH)


def _roc_year(day: date) -> int:
    year = day.year - EPOCH
    return year if year > 0 else year - 1


def _number(numeral: str) -> int:
    """九十九, 一百一十五, 廿一 by place; 一一五 and 一○○ digit by digit. Raises DateUnreadable for 十百一 and its like."""
    numeral = numeral.replace("廿", "二十").replace("卅", "三十")
    if not _UNITS.keys() & set(numeral):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    match = re.fullmatch(r"(?:([^十百零〇○])百)?[零〇○]?(?:([^十百零〇○])?(十))?([^十百零〇○])?", numeral)
    if not match:
        raise DateUnreadable("date_format", "無法辨識的日期，請輸入如 115/09/01 或 2026-09-01")
    hundreds, tens, has_tens, ones = match.groups()
    return 100 * _DIGITS.get(hundreds or "", 0) + 10 * (_DIGITS[tens] if tens else bool(has_tens)) + _DIGITS.get(ones or "", 0)
