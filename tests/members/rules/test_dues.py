"""What is owed, how money is allotted, how far somebody is behind (UA-28-*, ER-26-table; worked examples W-23, W-24, E18, E19)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.dues import (
    AmountBasis,
    Item,
    Owed,
    Payer,
    Period,
    Prorate,
    Reduction,
    SchemeKind,
    SchemeRule,
    Skipped,
    Terms,
    ageing,
    allot,
    by_order,
    months_on,
    months_overdue,
    months_unpaid,
    owed,
)

Q1 = date(2026, 1, 1)
LONG_AGO = date(2010, 5, 1)


def flat(amount: int = 150, since: date = LONG_AGO, **given: Any) -> SchemeRule:
    return SchemeRule(1, SchemeKind.REGULAR, **({"period": Period.QUARTER, "terms": (Terms(since, AmountBasis.FIXED, amount),)} | given))


def payer(joined: date | None = LONG_AGO, left: date | None = None, **given: Any) -> Payer:
    return Payer(joined, left, **({"member_class": "regular"} | given))


# --- what is owed


def test_a_quarter_of_flat_dues():
    assert owed(flat(), Q1, payer()) == Owed(450, None, 3)
    assert flat(due_month=2).due_on(Q1) == date(2026, 2, 28)
    assert flat(due_month=2).due_on(date(2028, 1, 1)) == date(2028, 2, 29)
    assert flat(due_day=10).due_on(Q1) == date(2026, 1, 10)


@pytest.mark.parametrize(("prorate", "amount"), [(Prorate.FULL, 450), (Prorate.MONTHS, 300), (Prorate.DAYS, 91 + 150)])
def test_who_joined_on_12_february(prorate, amount):
    # By days: the 12th to the 28th are 17 of 28 days, 91.07.
    assert owed(flat(prorate=prorate), Q1, payer(date(2026, 2, 12))).amount == amount


@pytest.mark.parametrize(("left", "found"), [
    (date(2026, 1, 1), Owed(0, Skipped.LEFT)),
    (date(2026, 1, 2), Owed(150, None, 1)),
    (date(2026, 2, 1), Owed(150, None, 1)),
    (date(2026, 2, 2), Owed(300, None, 2)),
    (date(2026, 4, 1), Owed(450, None, 3)),
])
def test_the_day_of_leaving_is_the_first_day_outside(left, found):
    assert owed(flat(prorate=Prorate.MONTHS), Q1, payer(left=left)) == found


def test_who_is_not_charged():
    assert owed(flat(), Q1, payer(date(2026, 4, 1))).skipped == Skipped.NOT_YET
    assert owed(flat(classes=frozenset({"regular"})), Q1, payer(member_class="honorary")).skipped == Skipped.OTHER_CLASS
    assert owed(flat(units=frozenset({7})), Q1, payer(units=frozenset({8, 9}))).skipped == Skipped.OTHER_UNIT
    assert owed(flat(units=frozenset({7})), Q1, payer(units=frozenset({7, 9}))).amount == 450
    assert owed(flat(since=date(2026, 2, 1)), Q1, payer()).skipped == Skipped.NO_TERMS
    assert owed(flat(0), Q1, payer()).skipped == Skipped.NOTHING


def test_new_terms_hold_from_their_own_month():
    scheme = flat(terms=(Terms(LONG_AGO, AmountBasis.FIXED, 150), Terms(date(2026, 3, 1), AmountBasis.FIXED, 200)))
    assert owed(scheme, Q1, payer()).amount == 500


def test_share_of_the_wage_is_rounded_up_each_month():
    scheme = flat(terms=(Terms(LONG_AGO, AmountBasis.SHARE, rate=Decimal("0.005")),), period=Period.MONTH)
    assert owed(scheme, Q1, payer(wage=36_300)).amount == 182  # E18: 181.5
    assert owed(scheme, Q1, payer()).skipped == Skipped.WAGE_UNKNOWN


@pytest.mark.parametrize(("wage", "amount"), [(29_500, 150), (29_501, 200), (45_800, 200), (45_801, 250), (None, Skipped.WAGE_UNKNOWN)])
def test_bands_of_wages(wage, amount):
    scheme = flat(terms=(Terms(LONG_AGO, AmountBasis.TABLE, table={45_800: 200, 29_500: 150, None: 250}),), period=Period.MONTH)
    found = owed(scheme, Q1, payer(wage=wage))
    assert amount in (found.amount, found.skipped)


def test_a_wage_beyond_the_table_is_asked_about():
    scheme = flat(terms=(Terms(LONG_AGO, AmountBasis.TABLE, table={29_500: 150}),))
    assert owed(scheme, Q1, payer(wage=30_000)).skipped == Skipped.NO_ROW


def test_by_class_and_by_unit():
    by_class = flat(terms=(Terms(LONG_AGO, AmountBasis.CLASS, table={"regular": 150, "retired": 50}),))
    assert owed(by_class, Q1, payer(member_class="retired")).amount == 150
    assert owed(by_class, Q1, payer(member_class="sponsor")).skipped == Skipped.NO_ROW
    by_unit = flat(terms=(Terms(LONG_AGO, AmountBasis.UNIT, 100, table={7: 120}),))
    assert owed(by_unit, Q1, payer(units=frozenset({7}))).amount == 360
    assert owed(by_unit, Q1, payer(units=frozenset({8}))).amount == 300


def test_reductions_hold_month_by_month():
    off = Reduction(date(2026, 2, 1), date(2026, 2, 28), 100, None, "育嬰留停")
    assert owed(flat(), Q1, payer(reductions=(off,))) == Owed(300, None, 3, 150, "育嬰留停")
    half = off._replace(until_on=None, percent=50)
    assert owed(flat(), Q1, payer(reductions=(half,))).amount == 150 + 75 + 75
    whole = off._replace(from_on=Q1, until_on=None)
    assert owed(flat(), Q1, payer(reductions=(whole,))).skipped == Skipped.EXEMPT
    assert owed(flat(), Q1, payer(reductions=(whole._replace(scheme_id=2),))).amount == 450


def test_a_reduction_of_dues_is_none_of_mutual_aid():
    scheme = SchemeRule(2, SchemeKind.MUTUAL, Period.MONTH, (Terms(LONG_AGO, AmountBasis.FIXED, 30),))
    assert owed(scheme, Q1, payer(reductions=(Reduction(Q1, None, 100, None, "減免"),))).amount == 30


def test_entrance_fee_once():
    scheme = SchemeRule(3, SchemeKind.ENTRANCE, Period.ONCE, (Terms(LONG_AGO, AmountBasis.FIXED, 1_000),), due_day=14)
    assert owed(scheme, date(2026, 3, 5), payer(date(2026, 3, 5))).amount == 1_000
    assert scheme.due_on(date(2026, 3, 5)) == date(2026, 3, 19)


@pytest.mark.parametrize(("period", "day", "first"), [
    (Period.MONTH, date(2026, 5, 20), date(2026, 5, 1)), (Period.QUARTER, date(2026, 5, 20), date(2026, 4, 1)),
    (Period.HALF, date(2026, 5, 20), date(2026, 1, 1)), (Period.YEAR, date(2026, 5, 20), date(2026, 1, 1)), (Period.ONCE, date(2026, 5, 20), date(2026, 5, 20)),
])
def test_where_periods_begin(period, day, first):
    assert period.begins(day) == first


days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(days, st.integers(0, 900), st.sampled_from(list(Prorate)), st.integers(1, 1000))
def test_nobody_owes_more_than_the_whole_period(joined, stay, prorate, amount):
    found = owed(flat(amount, prorate=prorate), Q1, payer(joined, joined + timedelta(stay)))
    assert 0 <= found.amount <= 3 * amount
    assert (found.amount == 0) == (found.skipped is not None)


@given(days, st.integers(1, 900))
def test_less_of_a_period_never_costs_more(joined, stay):
    one = payer(joined, joined + timedelta(stay))
    by_days, by_months, full = (owed(flat(prorate=each), Q1, one).amount for each in (Prorate.DAYS, Prorate.MONTHS, Prorate.FULL))
    assert by_days <= by_months <= full


# --- two stays in one period


LEFT_AND_BACK = payer(left=date(2026, 1, 20)), payer(date(2026, 3, 5))
"""A member until 19 January and again from 5 March on: 19 of 31 days, and 27 of 31."""


@pytest.mark.parametrize(("prorate", "found"), [
    (Prorate.FULL, Owed(450, None, 3, stays=2)),  # The whole quarter, once.
    (Prorate.MONTHS, Owed(300, None, 2, stays=2)),  # January and March, not February.
    (Prorate.DAYS, Owed(92 + 131, None, 2, stays=2)),  # 91.94 and 130.65.
])
def test_who_left_and_came_back_owes_for_both_stays(prorate, found):
    assert owed(flat(prorate=prorate), Q1, *LEFT_AND_BACK) == found
    assert owed(flat(prorate=prorate), Q1, *reversed(LEFT_AND_BACK)) == found


@pytest.mark.parametrize(("prorate", "amount"), [(Prorate.FULL, 450), (Prorate.MONTHS, 450), (Prorate.DAYS, 150 + 96 + 150)])
def test_both_stays_in_one_month_count_it_once(prorate, amount):
    # Out from 11 to 20 February: 18 of 28 days, 96.43; rounded once, not for each stay.
    assert owed(flat(prorate=prorate), Q1, payer(left=date(2026, 2, 11)), payer(date(2026, 2, 21))) == Owed(amount, None, 3, stays=2)


def test_out_and_in_again_on_one_day_is_no_gap():
    for prorate in Prorate:
        assert owed(flat(prorate=prorate), Q1, payer(left=date(2026, 2, 14)), payer(date(2026, 2, 14))) == Owed(450, None, 3, stays=2)


def test_money_owed_once_is_owed_once_of_two_stays():
    scheme = SchemeRule(3, SchemeKind.LEVY, Period.ONCE, (Terms(LONG_AGO, AmountBasis.FIXED, 1_000),))
    assert owed(scheme, date(2026, 3, 5), payer(left=date(2026, 3, 6)), payer(date(2026, 3, 8))) == Owed(1_000, None, 1)


@pytest.mark.parametrize(("prorate", "amount"), [
    (Prorate.FULL, 3 * 150),  # Of each month what the dearer stay asks.
    (Prorate.MONTHS, 50 + 150 + 150),  # February lies in both.
    (Prorate.DAYS, 50 + 93 + 150),  # 13 days at 50 and 13 at 150 of 28: 92.86.
])
def test_each_stay_by_its_own_class(prorate, amount):
    scheme = flat(terms=(Terms(LONG_AGO, AmountBasis.CLASS, table={"regular": 150, "retired": 50}),), prorate=prorate)
    assert owed(scheme, Q1, payer(left=date(2026, 2, 14), member_class="retired"), payer(date(2026, 2, 16))).amount == amount


def test_a_stay_that_a_scheme_is_not_for_adds_nothing():
    scheme = flat(classes=frozenset({"regular"}), prorate=Prorate.MONTHS)
    assert owed(scheme, Q1, payer(left=date(2026, 2, 11), member_class="honorary"), payer(date(2026, 3, 2))) == Owed(150, None, 1)
    assert owed(scheme, Q1, *(one._replace(member_class="honorary") for one in LEFT_AND_BACK)).skipped == Skipped.OTHER_CLASS


def test_what_is_unknown_of_one_stay_is_unknown_of_both():
    scheme = flat(terms=(Terms(LONG_AGO, AmountBasis.SHARE, rate=Decimal("0.005")),))
    assert owed(scheme, Q1, payer(left=date(2026, 2, 11), wage=30_000), payer(date(2026, 3, 2))).skipped == Skipped.WAGE_UNKNOWN


def test_a_reduction_holds_in_both_stays():
    off = (Reduction(date(2026, 3, 1), None, 50, None, "育嬰留停"),)
    found = owed(flat(prorate=Prorate.MONTHS), Q1, *(one._replace(reductions=off) for one in LEFT_AND_BACK))
    assert found == Owed(225, None, 2, 75, "育嬰留停", 2)


@given(st.lists(days, min_size=4, max_size=4, unique=True), st.sampled_from(list(Prorate)), st.integers(1, 1000), st.sampled_from(list(Period)[1:]))
def test_two_stays_owe_no_less_than_either_and_no_more_than_both_or_the_whole(edges, prorate, amount, period):
    joined, left, back, gone = sorted(edges)
    scheme, on = flat(amount, prorate=prorate, period=period), period.begins(left)
    one, other = payer(joined, left), payer(back, gone)
    apart, both = [owed(scheme, on, each).amount for each in (one, other)], owed(scheme, on, one, other).amount
    rounding = period.months if prorate == Prorate.DAYS else 0
    assert max(apart) <= both <= min(sum(apart) + rounding, period.months * amount)
    assert owed(scheme, on, payer(joined, left), payer(left, back), payer(back, gone)).amount == owed(scheme, on, payer(joined, gone)).amount


@given(st.lists(days, min_size=4, max_size=4))
def test_stays_that_overlap_after_merging_count_a_day_once(edges):
    one, other = (payer(*sorted(pair)) for pair in (edges[:2], edges[2:]))
    scheme = flat(prorate=Prorate.DAYS, period=Period.MONTH, terms=(Terms(LONG_AGO, AmountBasis.FIXED, 31),))
    inside = {day for day in (date(2026, 1, 1) + timedelta(at) for at in range(31)) for each in (one, other) if each.joined_on <= day < each.left_on}
    assert owed(scheme, Q1, one, other).amount == len(inside)


@given(st.integers(-40, 40))
def test_months_on_and_back(months):
    assert months_on(months_on(Q1, months), -months) == Q1


# --- allotting


def item(number: int, open_: int, due: date = date(2026, 2, 28), order: int = 10, **given: Any) -> Item:
    return Item(**({"id": number, "kind": SchemeKind.REGULAR, "charged_on": due.replace(day=1), "due_on": due, "period_on": due.replace(day=1), "order": order, "months": 3, "amount": 450, "open": open_} | given))


def test_the_oldest_first_then_the_stated_order():
    old, dues, insurance = item(1, 450, date(2025, 11, 30)), item(2, 450), item(3, 10_572, order=5, kind=SchemeKind.AGENCY)
    assert [one.id for one in by_order([dues, insurance, old])] == [1, 3, 2]
    assert allot([dues, insurance, old], 11_000) == ([(1, 450), (3, 10_550)], 0)
    assert allot([dues, insurance, old], 20_000) == ([(1, 450), (3, 10_572), (2, 450)], 8_528)
    assert allot([], 450) == ([], 450)


@given(st.lists(st.tuples(st.integers(-50, 500), days), max_size=12), st.integers(1, 5000))
def test_no_dollar_is_lost_or_made(opens, amount):
    items = [item(number, open_, due) for number, (open_, due) in enumerate(opens)]
    given_, rest = allot(items, amount)
    assert sum(part for _id, part in given_) + rest == amount
    assert rest >= 0
    by_id = {one.id: one for one in items}
    assert all(0 < part <= by_id[number].open for number, part in given_)
    if rest:
        assert sum(part for _id, part in given_) == sum(max(one.open, 0) for one in items)


# --- arrears


@pytest.mark.parametrize(("on", "months"), [
    (date(2026, 2, 28), 0), (date(2026, 3, 1), 1), (date(2026, 3, 28), 1), (date(2026, 3, 29), 2), (date(2027, 2, 28), 12), (date(2027, 3, 1), 13),
])
def test_months_overdue(on, months):
    assert months_overdue(date(2026, 2, 28), on) == months


def test_months_overdue_at_the_ends_of_months():
    assert months_overdue(date(2026, 1, 31), date(2026, 2, 28)) == 1
    assert months_overdue(date(2026, 1, 31), date(2026, 3, 1)) == 2


def test_ages():
    items = [item(1, 100, date(2026, 8, 31)), item(2, 200, date(2026, 5, 31)), item(3, 300, date(2026, 2, 28)), item(4, 400, date(2025, 8, 31)), item(5, 9, date(2026, 9, 1))]
    assert ageing(items, date(2026, 9, 1)) == {"1-3": 100, "4-6": 200, "7-12": 300, "12+": 400}


def test_months_unpaid_counts_the_open_part():
    on = date(2026, 9, 1)
    assert months_unpaid([item(1, 450)], on) == 3
    assert months_unpaid([item(1, 150)], on) == 1
    assert months_unpaid([item(1, 151)], on) == 2
    assert months_unpaid([item(1, 0), item(2, 450, on), item(3, 30, kind=SchemeKind.MUTUAL)], on) == 0
