"""Which days people work in Taiwan.

Owns the calendar of working days: public holidays, substitute days, make-up Saturdays, Labour Day. Years that the
government has not published yet are refused, or estimated when the caller says so. Knows no periods (``periods``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

FIRST_KNOWN = date(1998, 1, 1)
KNOWN_UNTIL = date(2027, 12, 31)
_DAY = timedelta(days=1)


class CalendarUnknown(LookupError):
    """The day lies outside the published calendar."""

    def __init__(self, day: date, known_until: date) -> None:
        super().__init__(f"working days are known from {FIRST_KNOWN} until {known_until}, not on {day}")
        self.day = day
        self.known_until = known_until


@dataclass(frozen=True)
class WorkCalendar:
    """Working days, with an office's own ``overrides`` (day → is it worked), such as a typhoon day or a changed decree.

    Every method raises CalendarUnknown outside what is known, unless ``estimates``: then weekends and the holidays by
    statute decide. ``known_until`` moves when a further year has been checked against the official calendar.
    """

    overrides: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))
    known_until: date = KNOWN_UNTIL
    estimates: bool = False

    def knows(self, day: date) -> bool:
        return FIRST_KNOWN <= day <= self.known_until

    def estimating(self) -> "WorkCalendar":
        """The same calendar, which estimates where it does not know."""
        return replace(self, estimates=True)

    def is_working_day(self, day: date) -> bool:
        if not (self.estimates or self.knows(day)):
            raise CalendarUnknown(day, self.known_until)
        if (said := self.overrides.get(day)) is not None:
            return said
        off, made_up = _year(day.year)
        return day in made_up or (day.weekday() < 5 and day not in off)

    def on_or_after(self, day: date) -> date:
        """The day itself if it is worked, else the next that is."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The day itself if it is worked, else the last before it that was."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after the day."""
        return self.on_or_after(day + _DAY)

    def previous_working_day(self, day: date) -> date:
        """The last working day before the day."""
        return self.on_or_before(day - _DAY)


TAIWAN = WorkCalendar()


def is_working_day(day: date) -> bool:
    return TAIWAN.is_working_day(day)


def next_working_day(day: date) -> date:
    return TAIWAN.next_working_day(day)


def previous_working_day(day: date) -> date:
    return TAIWAN.previous_working_day(day)


def _official(years: int | tuple[int, ...], **options: Any) -> Any:
    from holidays import country_holidays  # Slow to load; a process that never counts working days does without.

    return country_holidays("TW", years=years, expand=False, **options)


@cache
def holidays_of(year: int) -> Mapping[date, str]:
    """The holidays of a year with their Chinese names, substitute days among them."""
    named = dict(_official(year, language="zh_TW"))
    # Until 2025 Labour Day is only an optional holiday; the other optional ones (軍人節) are for soldiers, not for workers.
    optional = _official(year, categories=("optional",), language="zh_TW")
    named |= {day: name for day, name in optional.items() if "勞動節" in name}
    return MappingProxyType({day: name for day, name in sorted(named.items()) if day.year == year})


@cache
def _year(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Days off, and weekend days that are worked in exchange."""
    # A day off in January may have been worked for in December.
    exchanged = _official((year, year + 1)).weekend_workdays
    return frozenset(holidays_of(year)), frozenset(day for day in exchanged if day.year == year)
