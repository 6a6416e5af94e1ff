"""When the desk asks again about an amount: worked examples of slips, and of paying ahead, which is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.collecting import MODEST, deposit_problems, far_above, year_of_dues
from unionops.members.rules.dues import Item, SchemeKind

Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)


def charge(amount: int, kind: SchemeKind = SchemeKind.REGULAR, period_on: date = Q1, months: int = 3) -> Item:
    return Item(1, kind, period_on, period_on, period_on, 10, months, amount, 0)


@pytest.mark.parametrize(("charges", "year"), [
    ([], 0),
    ([charge(450)], 1_800),
    ([charge(450), charge(480, period_on=Q2)], 1_920),  # As charged last.
    ([charge(450), charge(90, SchemeKind.MUTUAL)], 2_160),
    ([charge(450), charge(60)], 2_040),  # Two schemes of one period.
    ([charge(1_800, months=12)], 1_800),
    ([charge(100, months=7)], 172),
    ([charge(500, SchemeKind.ENTRANCE), charge(1_000, SchemeKind.LEVY)], 0),  # Owed once, and not again in a year.
    ([charge(450), charge(0, period_on=Q2)], 1_800),  # What was taken back tells nothing.
])
def test_what_somebody_comes_to_owe_in_a_year(charges, year):
    assert year_of_dues(charges) == year
    assert year_of_dues(reversed(charges)) == year


@pytest.mark.parametrize(("amount", "open_", "year", "asks"), [
    (540, 540, 2_160, False),
    (1_080, 540, 2_160, False),  # A quarter ahead.
    (2_700, 540, 2_160, False),  # A year ahead.
    (2_701, 540, 2_160, True),
    (5_400, 540, 2_160, True),  # A nought too many.
    (2_160, 0, 2_160, False),
    (2_161, 0, 2_160, True),
    (2_500, 500, 0, False),  # An entrance fee of somebody whose dues nobody knows yet: five times.
    (2_501, 500, 0, True),
    (MODEST, 0, 0, False),
    (MODEST + 1, 0, 0, True),
    (1, 0, 0, False),
])
def test_when_the_desk_asks_again(amount, open_, year, asks):
    found = far_above(amount, open_=open_, year=year)
    assert (found is not None) == asks
    if found is not None:
        assert (found.field, found.code) == ("amount", "far_above")
        assert f"{open_}" in found.text.replace(",", "")


@pytest.mark.parametrize(("wanted", "codes"), [
    ({}, []),
    ({"on": None}, ["date_missing"]),
    ({"on": date(2026, 9, 2)}, ["date_in_future"]),
    ({"on": date(2026, 8, 30)}, ["before_count"]),
    ({"is_closed": True}, ["month_closed"]),
    ({"has_account": False}, ["no_account"]),
    ({"is_banked": True}, ["banked_already"]),
    ({"holds": False}, ["undone_already"]),
])
def test_cash_brought_to_the_bank_on_a_day_that_cannot_be(wanted, codes):
    usual = {"on": date(2026, 9, 1), "counted_on": date(2026, 8, 31), "holds": True, "is_banked": False, "has_account": True, "is_closed": False}
    given_ = usual | wanted
    on = given_.pop("on")
    assert [one.code for one in deposit_problems(on, **given_, today=date(2026, 9, 1))] == codes


@given(st.integers(0, 50_000), st.integers(1, 3_000), st.sampled_from([1, 3, 6, 12]))
def test_paying_everything_and_a_period_ahead_is_never_asked_about(open_, monthly, months):
    year = year_of_dues([charge(monthly * months, months=months)])
    assert far_above(max(open_, 1), open_=open_, year=year) is None
    assert far_above(open_ + monthly * months, open_=open_, year=year) is None
    assert far_above(10 * (open_ + year), open_=open_, year=year) is not None
