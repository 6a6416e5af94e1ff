from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.law.calendar import (
    FIRST_KNOWN,
    KNOWN_UNTIL,
    TAIWAN,
    CalendarUnknown,
    WorkCalendar,
    holidays_of,
    is_working_day,
    next_working_day,
    previous_working_day,
)
from unionops.law.parameters import tables

KNOWN = st.dates(date(1998, 2, 1), date(2027, 12, 1))


@pytest.mark.parametrize("year", [2026, 2027])
def test_holidays_are_those_of_the_published_table(year):
    table = {
        date.fromisoformat(row["date"]): row["name"] for row in tables("public_holidays", year).rows if row["date"].startswith(str(year))
    }
    assert dict(holidays_of(year)) == table


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 9, 1), True),
        (date(2026, 9, 3), True),  # 軍人節 is for soldiers.
        (date(2026, 5, 1), False),
        (date(2024, 5, 1), False),  # Labour Day, a workers' holiday before it became everybody's.
        (date(2024, 9, 3), True),
        (date(2025, 2, 8), True),  # a Saturday worked for the long holiday
        (date(2024, 2, 17), True),
        (date(2026, 2, 14), False),
        (date(2025, 9, 29), False),  # 9/28 was a Sunday
        (date(2025, 10, 24), False),  # 10/25 was a Saturday
        (date(2027, 12, 31), False),
    ],
)
def test_days_that_were_doubted(day, worked):
    assert is_working_day(day) is worked


def test_neighbouring_working_days():
    assert next_working_day(date(2026, 2, 13)) == date(2026, 2, 23)  # the New Year of 2026
    assert previous_working_day(date(2026, 2, 23)) == date(2026, 2, 13)
    assert TAIWAN.on_or_after(date(2026, 2, 13)) == TAIWAN.on_or_before(date(2026, 2, 22)) == date(2026, 2, 13)


@pytest.mark.parametrize("day", [KNOWN_UNTIL + timedelta(days=1), FIRST_KNOWN - timedelta(days=1), date(2100, 1, 1)])
def test_outside_the_published_calendar_nothing_is_said(day):
    with pytest.raises(CalendarUnknown, match="known"):
        is_working_day(day)


def test_a_walk_over_the_edge_is_refused_too():
    with pytest.raises(CalendarUnknown):
        next_working_day(date(2027, 12, 30))


def test_estimates_are_given_on_request():
    calendar = TAIWAN.estimating()
    assert not calendar.is_working_day(date(2028, 10, 10))
    assert calendar.is_working_day(date(2028, 10, 11))
    assert not calendar.knows(date(2028, 10, 11))
    assert calendar.is_working_day(date(2290, 1, 3)) is (date(2290, 1, 3).weekday() < 5)


def test_an_office_can_say_otherwise():
    typhoon = date(2026, 9, 1)
    calendar = WorkCalendar({typhoon: False, date(2026, 9, 5): True}, known_until=date(2028, 12, 31))
    assert calendar.on_or_after(typhoon) == date(2026, 9, 2)
    assert calendar.next_working_day(date(2026, 9, 4)) == date(2026, 9, 5)
    assert not calendar.is_working_day(date(2028, 1, 1))
    assert is_working_day(typhoon)


@given(KNOWN)
def test_neighbours_are_worked_and_nothing_worked_lies_between(day):
    later, earlier = next_working_day(day), previous_working_day(day)
    assert is_working_day(later)
    assert is_working_day(earlier)
    assert earlier < day < later
    between = [day + timedelta(days=n) for n in range(1, (later - day).days)]
    assert not any(is_working_day(one) for one in between)
