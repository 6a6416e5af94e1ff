"""A month as a table and as a list, and the year at a glance."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import request
from flask_login import current_user

from unionops.core import clock
from unionops.core.calendar import office_year, queries
from unionops.core.calendar.views.area import area
from unionops.core.i18n import _, _l, chinese, listed
from unionops.core.legal.queries import DayOff, working_year
from unionops.core.pages import here, page
from unionops.core.screens import SIGNED_IN
from unionops.values import roc
from unionops.values.problems import _m

FIRST_YEAR, LAST_YEAR = 1990, 2100
LEADS = {"open": _m("期限"), "overdue": _m("逾期"), "closed": _m("已結案"), "withdrawn": _m("已撤銷")}
IN_A_DAY = 3
"""So many entries of a day stand in the table; the list under it has them all."""


class Day(NamedTuple):
    """One day of the table: what is due, what takes place, and whether it is worked. Days of the neighbouring months are ``outside``."""

    day: date
    outside: bool
    today: bool
    holiday: DayOff | None
    due: list[queries.Due]
    entries: list[queries.Entry]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The day as a list, what takes place first."""
        taking_place = [
            {
                "lead": _("整天") if one.all_day else f"{one.starts_at:%H:%M}–{one.ends_at:%H:%M}", "text": one.title, "url": one.url,
                "sub": one.place, "end": one.owner,
            }
            for one in self.entries
        ]
        return taking_place + [
            {"lead": _(LEADS[one.status]), "text": one.title, "url": one.url, "sub": one.about, "end": one.owner, "past": one.done, "strong": one.status == "overdue"}
            for one in self.due
        ]

    @property
    def count(self) -> int:
        return len(self.due) + len(self.entries)


@area.screen("/month", title=_l("月曆"), permission=SIGNED_IN, parent="calendar.deadlines")
def month():
    today = clock.today()
    first = _month(request.args.get("month", ""), today)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    whose: queries.Whose = "all" if request.args.get("whose") == "all" else "mine"
    due = queries.due_between(current_user, first, last, whose=whose, today=today)
    entries = queries.appointments(current_user, first, last)
    days = _days(first, last, today, due, entries)
    return page(
        "calendar/month.html", title=month_name(first), name=month_name(first), weeks=[days[place : place + 7] for place in range(0, len(days), 7)],
        listed=[one for one in days if not one.outside and (one.count or one.holiday)], whose=whose, shown=IN_A_DAY,
        columns=[{"key": str(place), "title": title} for place, title in enumerate(_weekdays())],
        before=here(month=_before(first)), after=here(month=_after(first)), now=here(month=None), is_now=first == today.replace(day=1),
        habits=office_year.of_month(first.month), due=due, entries=entries, year=first.year,
    )


@area.screen("/year", title=_l("全年"), permission=SIGNED_IN, parent="calendar.deadlines")
def year():
    today = clock.today()
    asked = request.args.get("year", "")
    chosen = int(asked) if re.fullmatch(r"\d{4}", asked) and FIRST_YEAR <= int(asked) <= LAST_YEAR else today.year
    whose: queries.Whose = "all" if request.args.get("whose") == "all" else "mine"
    counted = queries.year_counts(current_user, chosen, whose=whose, today=today)
    months = [
        {
            "number": number, "name": _("%(n)s 月", n=number), "url_month": f"{chosen}-{number:02d}", "now": (chosen, number) == (today.year, today.month),
            "habits": office_year.of_month(number), **counted[number],
        }
        for number in range(1, 13)
    ]
    return page(
        "calendar/year.html", title=year_name(chosen), name=year_name(chosen), year=chosen, months=months, whose=whose, years=(FIRST_YEAR, LAST_YEAR),
        habits=[(one, _("%(months)s 月", months=listed(one.months))) for one in office_year.OFFICE_YEAR],
    )


def _weekdays() -> list[str]:
    """Sunday to Saturday, as short as the reader's language has them."""
    week = [date(2026, 11, 1) + timedelta(days=place) for place in range(7)]  # The first of that month is a Sunday.
    return [roc.weekday(day) if chinese() else f"{day:%a}" for day in week]


def year_name(number: int) -> str:
    return _("%(year)s 年", year=number - 1911) if chinese() else str(number)


def month_name(first: date) -> str:
    return _("%(year)s 年 %(month)s 月", year=first.year - 1911, month=first.month) if chinese() else f"{first:%Y-%m}"


def _month(asked: str, today: date) -> date:
    """The first day of the month asked for (2026-11), or of this one."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", asked)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return today.replace(day=1)
    return date(int(found[1]), int(found[2]), 1)


def _before(first: date) -> str:
    return f"{first - timedelta(days=1):%Y-%m}"


def _after(first: date) -> str:
    return f"{first + timedelta(days=31):%Y-%m}"


def _days(first: date, last: date, today: date, due: list[queries.Due], entries: list[queries.Entry]) -> list[Day]:
    """Whole weeks from Sunday to Saturday round the month."""
    by_day: dict[date, list[queries.Due]] = defaultdict(list)
    for one in due:
        by_day[one.nominal_on].append(one)
    taking_place: dict[date, list[queries.Entry]] = defaultdict(list)
    for entry in entries:
        for day in _from_to(*entry.days):
            taking_place[day].append(entry)
    year = working_year(first.year)
    off = {one.day: one for one in year.days} if year is not None else {}
    begins = first - timedelta(days=first.isoweekday() % 7)
    ends = last + timedelta(days=6 - last.isoweekday() % 7)
    return [
        Day(day, not first <= day <= last, day == today, off.get(day) if first <= day <= last else None, by_day[day], taking_place[day])
        if first <= day <= last else Day(day, True, False, None, [], [])
        for day in _from_to(begins, ends)
    ]


def _from_to(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


