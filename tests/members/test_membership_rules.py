"""What a membership is on a day, without app or database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.membership import (
    LEAVE_REASONS,
    LeaveReason,
    Place,
    changing_problems,
    custom_problem,
    days_held,
    leaving_problems,
    likely_same,
    standing,
    standing_basis,
)

DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))
DAY = date(2026, 3, 2)


@pytest.mark.parametrize(("joined", "left", "today", "which"), [
    (DAY, None, DAY, Place.IN_FORCE),
    (DAY, None, DAY - timedelta(1), Place.EXPECTED),
    (DAY, DAY + timedelta(9), DAY + timedelta(8), Place.IN_FORCE),
    (DAY, DAY + timedelta(9), DAY + timedelta(9), Place.LEFT),
    (None, None, DAY, Place.IN_FORCE),
    (DAY, DAY, DAY, Place.LEFT),
])
def test_standing_on_a_day(joined, left, today, which):
    assert standing(joined_on=joined, left_on=left, today=today) == which
    assert standing_basis(joined_on=joined, left_on=left, today=today).inputs[-1] == ("計算日", today)


@given(DAYS, st.integers(0, 9000), DAYS)
def test_standing_only_moves_forward(joined, length, today):
    left = joined + timedelta(length)
    order = [Place.EXPECTED, Place.IN_FORCE, Place.LEFT]
    now = order.index(standing(joined_on=joined, left_on=left, today=today))
    assert order.index(standing(joined_on=joined, left_on=left, today=today + timedelta(1))) >= now


def test_leaving_is_refused_before_joining_twice_or_far_ahead():
    def fields(**given):
        return [one.field for one in leaving_problems(**{"joined_on": DAY, "left_on": DAY, "today": DAY, "already_left": None, **given})]

    assert fields() == []
    assert fields(left_on=DAY - timedelta(1)) == ["left_on"]
    assert fields(left_on=DAY + timedelta(366)) == []
    assert fields(left_on=DAY + timedelta(367)) == ["left_on"]
    assert fields(left_on=None) == ["left_on"]
    assert fields(already_left=DAY) == [""]


def test_likely_the_same_by_birth_or_telephone():
    born = date(1984, 5, 6)
    people = [(1, "莎韻・諾敏", born, "", ""), (2, "莎韻·諾敏", born, "", ""), (3, "林佳慧", None, "0912345678", ""),
              (4, "林佳慧", None, "", "0912345678"), (5, "林佳慧", born, "", "")]
    assert likely_same(people) == [(1, 2, "birth"), (3, 4, "phone")]


@pytest.mark.parametrize(("kind", "text", "fine"), [
    ("text", "x" * 200, True), ("text", "x" * 201, False), ("number", "3.5", True), ("number", "三", False), ("number", "1e9", False),
    ("date", "2026-09-01", True), ("date", "2026-02-30", False), ("yes_no", "yes", True), ("yes_no", "maybe", False),
    ("choice", "M", True), ("choice", "XL", False), ("choice", "", True),
])
def test_own_fields_take_what_their_kind_allows(kind, text, fine):
    assert (custom_problem("f", kind, ["S", "M"], text) is None) is fine


@pytest.mark.parametrize(("from_on", "until_on", "left_on", "days"), [
    (None, None, None, (None, None)),
    (DAY, None, None, (DAY, None)),
    (DAY, None, DAY + timedelta(9), (DAY, DAY + timedelta(8))),
    (DAY, DAY + timedelta(3), DAY + timedelta(9), (DAY, DAY + timedelta(3))),
    (None, None, DAY, (None, DAY - timedelta(1))),
    (DAY, None, DAY, None),
    (DAY, DAY + timedelta(9), DAY + timedelta(4), (DAY, DAY + timedelta(3))),
])
def test_a_dated_row_ends_with_the_membership_at_the_latest(from_on, until_on, left_on, days):
    assert days_held(from_on, until_on, left_on=left_on) == days


def test_nothing_changes_from_the_leaving_day_on():
    assert changing_problems(from_on=DAY - timedelta(1), left_on=DAY) == []
    assert [one.field for one in changing_problems(from_on=DAY, left_on=DAY)] == ["from_on"]
    assert changing_problems(from_on=DAY, left_on=None) == []


def test_every_reason_of_leaving_has_its_words():
    assert LEAVE_REASONS.keys() == set(LeaveReason)
