"""Whole months and years: ends of months, leap days, birthdays."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.values.days import age_on, month_end, same_day

DAYS = st.dates(date(1912, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(("day", "months", "found"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)), (date(2026, 11, 30), 3, date(2027, 2, 28)),
    (date(2026, 3, 31), -1, date(2026, 2, 28)), (date(2024, 2, 29), 12, date(2025, 2, 28)), (date(2026, 12, 1), 1, date(2027, 1, 1)),
])
def test_the_same_day_of_another_month(day, months, found):
    assert same_day(day, months) == found


@given(DAYS, st.integers(-600, 600))
def test_it_lies_in_the_month_meant_and_goes_back_where_the_day_was_not_cut(day, months):
    found = same_day(day, months)
    assert found.year * 12 + found.month == day.year * 12 + day.month + months
    assert found.day == day.day or found == month_end(found)
    assert same_day(found, -months) == day or found.day < day.day


@given(DAYS)
def test_the_next_day_after_the_end_of_a_month_is_a_first(day):
    assert month_end(day) >= day
    assert (month_end(day) + timedelta(1)).day == 1
    assert month_end(day).month == day.month


@pytest.mark.parametrize(("birth", "day", "age"), [
    (date(2008, 5, 6), date(2026, 5, 5), 17), (date(2008, 5, 6), date(2026, 5, 6), 18), (date(2008, 2, 29), date(2026, 2, 28), 17),
    (date(2008, 2, 29), date(2026, 3, 1), 18), (date(2008, 2, 29), date(2028, 2, 29), 20),
])
def test_ages(birth, day, age):
    assert age_on(birth, day) == age
