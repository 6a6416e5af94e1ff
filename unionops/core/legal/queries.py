"""The law as this office knows it: the built-in values and those that somebody here has added and confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from unionops.core.db import db, remembered
from unionops.core.legal.models import LegalParameter
from unionops.law.calendar import TAIWAN, holidays_of
from unionops.law.parameters import LawBook, Parameter, Table, built_in, parse_value, tables


def book() -> LawBook:
    """Every dated value, own ones joined; remembered until one is added. Of two values of one day the office's own counts."""
    return remembered("legal", ("book",), lambda: built_in().with_entries(_own_entries()))


def _own_entries() -> list[Parameter]:
    rows = db.session.scalars(db.select(LegalParameter).order_by(LegalParameter.valid_from, LegalParameter.entry)).unique()
    return [_entry(row, built_in().history(row.key)[-1].title) for row in rows if built_in().history(row.key)]


def _entry(row: LegalParameter, title: str) -> Parameter:
    return Parameter(
        key=row.key,
        valid_from=row.valid_from,
        value=parse_value(row.unit, row.value),
        unit=row.unit,
        title=title,
        citation=row.citation,
        source=row.source,
        confidence=row.confidence,  # type: ignore[arg-type]
        confirmed_by=row.confirmed_by.name if row.confirmed_by else "–",
    )


def own_values(key: str) -> list[LegalParameter]:
    """What the office has entered for a key, newest first."""
    newest = (LegalParameter.valid_from.desc(), LegalParameter.entry.desc())
    return list(db.session.scalars(db.select(LegalParameter).where(LegalParameter.key == key).order_by(*newest)).unique())


def in_force(day: date, text: str = "") -> list[tuple[str, Parameter | None, Parameter | None]]:
    """(key, value in force, announced but not confirmed one) on a day, for the keys that ``text`` is found in, book order."""
    known = book()
    at, found = known.at(day), []
    for key in known.keys:
        about = known.history(key)[0]
        if text.casefold() in f"{key} {about.title} {about.citation}".casefold():
            found.append((key, known.entry_on(key, day), at.pending(key)))
    return found


TABLES = ("li_grades", "nhi_grades", "oai_grades", "oai_industry_rates", "disability_lump_sum_days", "old_age_claim_age")
"""The tables shown on screen, by their name in ``law.parameters``."""
FIRST_TABLE_YEAR = 2022


def table(name: str, year: int | None) -> Table | None:
    """A published table of a year; None where there is none."""
    try:
        return tables(name, year) if name in TABLES else None
    except LookupError:
        return None


def table_years(name: str, today: date) -> list[int]:
    """The years for which a table is known, newest first, up to two years ahead; empty for a table without years."""
    try:
        tables(name)
    except LookupError:
        return [year for year in range(today.year + 2, FIRST_TABLE_YEAR - 1, -1) if table(name, year)]
    return []


@dataclass(frozen=True)
class DayOff:
    """A day of the calendar that differs from its weekday: a holiday, or a weekend day that is worked."""

    day: date
    name: str
    is_worked: bool


@dataclass(frozen=True)
class WorkingYear:
    """The working calendar of one year; ``working_days`` by month, January first."""

    year: int
    days: tuple[DayOff, ...]
    working_days: tuple[int, ...]


def working_year(year: int) -> WorkingYear | None:
    """The year's holidays, make-up days and working days; None for a year that is not published."""
    if not TAIWAN.knows(date(year, 1, 1)) or not TAIWAN.knows(date(year, 12, 31)):
        return None
    holidays = holidays_of(year)
    worked = [0] * 12
    made_up = []
    for day in _days(year):
        if TAIWAN.is_working_day(day):
            worked[day.month - 1] += 1
            if day.weekday() >= 5:
                made_up.append(DayOff(day, "", True))
    days = [DayOff(day, name, False) for day, name in holidays.items()] + made_up
    return WorkingYear(year, tuple(sorted(days, key=lambda one: one.day)), tuple(worked))


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)
