"""Counting in whole months and years from a day.

What a period of the law ends with, and on which day it rolls, is ``law.periods``'; here is only the calendar.
"""

from calendar import monthrange
from datetime import date


def month_end(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def same_day(day: date, months: int) -> date:
    """The same day of the month so many months on (or back), or the last one of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_on(birth_on: date, day: date) -> int:
    """Full years on a day: another one from the birthday on; of who was born on 29 February, in other years from 1 March on."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))
