"""When a leaving acts: worked examples, and that it never acts before the letter came."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.leaving import (
    Effect,
    effective_on,
    ending_problems,
    month_end,
    quarter_end,
    renaming_problems,
    retaining_problems,
    stretch_problems,
    wish_problems,
    withdrawal_problems,
)

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(("received", "notice", "effect", "outside"), [
    (date(2026, 9, 10), 0, Effect.AT_ONCE, date(2026, 9, 10)),     # the day on which the letter arrives
    (date(2026, 9, 10), 30, Effect.AT_ONCE, date(2026, 10, 11)),   # thirty days are over with the end of 10/10
    (date(2026, 9, 10), 0, Effect.MONTH_END, date(2026, 10, 1)),
    (date(2026, 9, 30), 0, Effect.MONTH_END, date(2026, 10, 1)),   # still in September
    (date(2026, 9, 1), 30, Effect.MONTH_END, date(2026, 11, 1)),   # the notice ends on 10/1
    (date(2026, 8, 31), 30, Effect.MONTH_END, date(2026, 10, 1)),  # on 9/30
    (date(2026, 9, 10), 0, Effect.QUARTER_END, date(2026, 10, 1)),
    (date(2026, 12, 31), 0, Effect.QUARTER_END, date(2027, 1, 1)),
    (date(2028, 2, 10), 0, Effect.MONTH_END, date(2028, 3, 1)),    # a leap year
])
def test_when_a_leaving_acts(received: date, notice: int, effect: Effect, outside: date) -> None:
    assert effective_on(received, notice_days=notice, effect=effect).result == outside


@given(received=DAYS, notice=st.integers(0, 365), effect=st.sampled_from(Effect))
def test_never_before_the_letter_and_never_more_than_a_quarter_after_the_notice(received: date, notice: int, effect: Effect) -> None:
    outside = effective_on(received, notice_days=notice, effect=effect).result
    assert isinstance(outside, date)
    assert 0 <= (outside - received).days - notice <= 92
    if effect != Effect.AT_ONCE:
        assert outside.day == 1


@given(DAYS)
def test_ends_of_months_and_quarters(day: date) -> None:
    assert day <= month_end(day) <= quarter_end(day)
    assert month_end(day).month == day.month
    assert quarter_end(day).month in (3, 6, 9, 12)


def test_who_says_so() -> None:
    assert effective_on(date(2026, 9, 10)).source == "default"
    assert effective_on(date(2026, 9, 10), clause="第 13 條").citation == "章程第 13 條"


def test_a_wish_is_taken_back_only_before_it_acts() -> None:
    given = {"effective_on": date(2026, 10, 1), "received_on": date(2026, 9, 10), "today": date(2026, 12, 1)}
    assert withdrawal_problems(**given, withdrawn_on=date(2026, 9, 30)) == []
    for day in (date(2026, 10, 1), date(2026, 9, 9)):
        assert withdrawal_problems(**given, withdrawn_on=day)
    assert withdrawal_problems(**given | {"today": date(2026, 9, 20)}, withdrawn_on=date(2026, 9, 21))


def test_wishes_that_cannot_be() -> None:
    assert wish_problems(received_on=date(2026, 9, 11), joined_on=None, today=date(2026, 9, 10))
    assert wish_problems(received_on=date(2019, 9, 11), joined_on=date(2020, 1, 1), today=date(2026, 9, 10))
    assert wish_problems(received_on=date(2026, 9, 10), joined_on=date(2020, 1, 1), today=date(2026, 9, 10)) == []


def test_stretches_do_not_overlap() -> None:
    given = {"joined_on": date(2020, 1, 1), "left_on": None}
    others = [(date(2026, 3, 1), date(2026, 5, 31))]
    assert stretch_problems(from_on=date(2026, 6, 1), until_on=None, others=others, **given) == []
    assert stretch_problems(from_on=date(2026, 2, 1), until_on=date(2026, 2, 28), others=others, **given) == []
    for first, last in ((date(2026, 5, 31), None), (date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 4, 1), date(2026, 4, 2)), (date(2026, 1, 1), None)):
        assert stretch_problems(from_on=first, until_on=last, others=others, **given), (first, last)
    assert stretch_problems(from_on=date(2026, 6, 1), until_on=date(2026, 5, 1), others=[], **given)
    assert stretch_problems(from_on=date(2019, 6, 1), until_on=None, others=[], **given)
    left = {"joined_on": None, "left_on": date(2026, 4, 1)}
    assert stretch_problems(from_on=date(2026, 4, 1), until_on=None, others=[], **left)
    assert stretch_problems(from_on=date(2026, 4, 1), until_on=None, others=[], may_follow_leaving=True, **left) == []


def test_an_end_once_and_not_before_the_beginning() -> None:
    assert ending_problems(from_on=date(2026, 1, 1), ended_on=None, until_on=date(2026, 1, 1)) == []
    assert ending_problems(from_on=date(2026, 1, 1), ended_on=date(2026, 2, 1), until_on=date(2026, 3, 1))
    assert ending_problems(from_on=date(2026, 1, 2), ended_on=None, until_on=date(2026, 1, 1))


def test_retained_only_where_the_constitution_says_so_and_with_its_paper() -> None:
    assert retaining_problems(charter_says=True, document="調解申請 115 年第 12 號") == []
    assert retaining_problems(charter_says=False, document="調解申請")
    assert [one.field for one in retaining_problems(charter_says=True, document=" ")] == ["document"]


def test_a_change_of_identity_has_a_paper_and_a_day() -> None:
    given = {"changed_on": date(2026, 9, 1), "today": date(2026, 9, 10), "proof": "戶籍謄本", "same": False}
    assert renaming_problems(**given) == []
    for wrong in ({"same": True}, {"changed_on": date(2026, 9, 11)}, {"proof": ""}):
        assert renaming_problems(**given | wrong)
