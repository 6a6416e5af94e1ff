"""What is known on a day: figures, tables, the working calendar."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.legal import queries
from unionops.core.legal.views import COLUMN_TITLES, TABLE_TITLES


def test_finds_by_name_citation_and_key(app):
    day = date(2026, 9, 1)
    everything = queries.in_force(day)
    assert len(everything) == len(queries.book().keys)
    assert {key for key, _now, _pending in queries.in_force(day, "健保")} | {"nhi.rate"} <= set(queries.book().keys)
    assert [key for key, _now, _pending in queries.in_force(day, "NHI.RATE")] == ["nhi.rate"]
    assert queries.in_force(day, "沒有這個字") == []


def test_every_table_shown_has_its_source_and_titles():
    today = date(2026, 9, 1)
    assert tuple(TABLE_TITLES) == queries.TABLES
    for name in queries.TABLES:
        for year in queries.table_years(name, today) or [None]:
            found = queries.table(name, year)
            assert found is not None
            assert found.source
            assert found.rows[0].keys() <= COLUMN_TITLES.keys()


def test_a_year_without_a_table_gives_none():
    assert queries.table("li_grades", 1999) is None
    assert queries.table("deadline_rules", None) is None
    assert 2026 in queries.table_years("li_grades", date(2026, 9, 1))
    assert queries.table_years("old_age_claim_age", date(2026, 9, 1)) == []


def test_the_calendar_of_2026():
    found = queries.working_year(2026)
    assert found is not None
    assert date(2026, 5, 1) in {one.day for one in found.days}
    assert found.working_days[0] == 21
    assert all(one.day.weekday() >= 5 for one in found.days if one.is_worked)


def test_a_year_with_make_up_days_shows_them():
    found = queries.working_year(2023)
    assert found is not None
    assert date(2023, 1, 7) in {one.day for one in found.days if one.is_worked}


@pytest.mark.parametrize("year", [1997, 2028, 2100])
def test_a_year_that_is_not_published_is_not_guessed(year):
    assert queries.working_year(year) is None


@given(st.integers(1998, 2027))
def test_working_days_of_a_year_are_plausible(year):
    found = queries.working_year(year)
    assert found is not None
    assert 235 <= sum(found.working_days) <= 262 or year < 2001  # Saturdays were worked in part until 2000.
