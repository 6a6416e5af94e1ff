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
