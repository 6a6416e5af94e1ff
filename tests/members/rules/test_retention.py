"""What may go of people who left, and when. Worked examples of 勞工保險條例 10 and 工會財務處理準則 27."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.law import parameters
from unionops.members.rules.retention import Former, Hold, Part, application_until, bases, due, holds, name_until, particulars_until

LAW = parameters.at(date(2026, 11, 1))
ON = date(2026, 11, 1)
LONG_AGO = date(2018, 3, 31)
BOTH = frozenset(Part)


@pytest.mark.parametrize(("left", "until"), [(date(2021, 10, 31), date(2026, 10, 31)), (date(2020, 2, 29), date(2025, 2, 28))])
def test_five_years_from_the_leaving(left: date, until: date) -> None:
    assert particulars_until(left, LAW) == until


def test_a_voucher_names_who_paid_for_five_years_from_the_accounts() -> None:
    assert name_until(LONG_AGO, date(2018, 2, 1), LAW) == date(2024, 12, 31)
    assert name_until(date(2024, 1, 1), date(2018, 2, 1), LAW) == date(2029, 1, 1)
    assert name_until(LONG_AGO, None, LAW) == date(2023, 3, 31)


@pytest.mark.parametrize(("one", "expected"), [
    (Former(LONG_AGO), BOTH),
    (Former(date(2021, 10, 31)), BOTH),              # yesterday was the last day
    (Former(date(2021, 11, 1)), frozenset()),
    (Former(LONG_AGO, date(2023, 5, 1)), frozenset({Part.PARTICULARS})),
    (Former(LONG_AGO, particulars_gone=True), frozenset({Part.NAME})),
    (Former(LONG_AGO, particulars_gone=True, name_gone=True), frozenset()),
])
def test_what_goes(one: Former, expected: frozenset[Part]) -> None:
    assert due(one, ON, LAW) == expected


@pytest.mark.parametrize(("given", "hold"), [
    ({"owed": 1}, Hold.OWES), ({"credit": 1}, Hold.CREDIT), ({"open_measure": True}, Hold.MEASURE), ({"retained": True}, Hold.RETAINED), ({"held": True}, Hold.CASE),
])
def test_what_is_open_holds_everything(given: dict, hold: Hold) -> None:
    one = Former(LONG_AGO, **given)
    assert holds(one, ON, LAW) == [hold]
    assert due(one, ON, LAW) == frozenset()


@given(left=st.dates(date(2000, 1, 1), date(2030, 1, 1)), money=st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)), on=st.dates(date(2000, 1, 1), date(2045, 1, 1)))
def test_the_name_never_goes_before_the_particulars(left: date, money: date | None, on: date) -> None:
    gone = due(Former(left, money), on, LAW)
    assert Part.NAME not in gone or Part.PARTICULARS in gone
    assert (Part.PARTICULARS in gone) == (on > particulars_until(left, LAW))


def test_the_rules_are_named() -> None:
    assert [one.rule for one in bases(LAW)] == ["LI-10-roster", "FR-27-vouchers", "PDP-07", "PDP-07"]


def test_what_came_to_nothing_is_kept_for_a_year() -> None:
    assert application_until(date(2024, 2, 29)) == date(2025, 2, 28)
    assert application_until(date(2025, 11, 22)) == date(2026, 11, 22)
