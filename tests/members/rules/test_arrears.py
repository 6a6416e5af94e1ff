"""The ladder step by step, ages as days, agreements kept and broken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.arrears import (
    Charter,
    Facts,
    PlanState,
    Promise,
    Step,
    Taken,
    Why,
    age_limits,
    beside,
    delivery_problems,
    equal_promises,
    merged,
    paid_ahead,
    pay_by_problems,
    plan_problems,
    plan_state,
    step_due,
    text_problems,
    time_to_pay_ends,
)
from unionops.members.rules.dues import AGES, Item, SchemeKind, months_overdue

TODAY = date(2026, 11, 2)
CHARTER = Charter()
SINCE = date(2026, 1, 31)


def facts(months: int = 3, **given: Any) -> Facts:
    return Facts(**({"months": months, "amount": months * 150, "since": SINCE} | given))


def letter(step: Step, sent_on: date = date(2026, 6, 1), **given: Any) -> Taken:
    return Taken(**({"step": step, "sent_on": sent_on, "pay_by": sent_on + timedelta(30)} | given))


def due(found: Facts, on: date = TODAY) -> tuple[Step | None, Why]:
    answer = step_due(found, CHARTER, on)
    return answer.step, answer.why


NOTICE = letter(Step.NOTICE, date(2026, 4, 1))
FORMAL = letter(Step.FORMAL, delivered_on=date(2026, 6, 4))
PROPOSED = Taken(Step.SUSPENSION, date(2026, 8, 1), date(2026, 8, 1))


@pytest.mark.parametrize(("found", "answer"), [
    (facts(2), (None, Why.FEW)),
    (facts(3), (Step.NOTICE, Why.DUE)),
    (facts(40), (Step.NOTICE, Why.DUE)),
    (facts(0, amount=0, since=None), (None, Why.CLEAR)),
    (facts(5, taken=[NOTICE]), (None, Why.FEW)),
    (facts(6, taken=[NOTICE]), (Step.FORMAL, Why.DUE)),
    (facts(12, taken=[NOTICE, letter(Step.FORMAL)]), (None, Why.UNPROVED)),
    (facts(12, taken=[NOTICE, letter(Step.FORMAL, returned_on=date(2026, 6, 20))]), (Step.FORMAL, Why.AGAIN)),
    (facts(11, taken=[NOTICE, FORMAL]), (None, Why.FEW)),
    (facts(12, taken=[NOTICE, FORMAL]), (Step.SUSPENSION, Why.DUE)),
    (facts(24, taken=[NOTICE, FORMAL, PROPOSED]), (None, Why.UNDECIDED)),
    (facts(24, taken=[NOTICE, FORMAL, PROPOSED._replace(acts=False)]), (None, Why.UNDECIDED)),
    (facts(23, taken=[NOTICE, FORMAL, PROPOSED._replace(acts=True)]), (None, Why.FEW)),
    (facts(24, taken=[NOTICE, FORMAL, PROPOSED._replace(acts=True)]), (Step.EXPULSION, Why.DUE)),
    (facts(30, taken=[NOTICE, FORMAL, PROPOSED._replace(acts=True), Taken(Step.EXPULSION, TODAY, TODAY)]), (None, Why.DONE)),
    (facts(0, amount=0, since=None, agreed=1800), (None, Why.AGREED)),
    (facts(2, agreed=1800), (None, Why.FEW)),
    (facts(3, agreed=1800), (Step.NOTICE, Why.DUE)),
    (facts(12, broken=1800), (Step.NOTICE, Why.DUE)),
    (facts(0, amount=0, since=None, agreed=1800, died=True), (None, Why.DIED)),
    (facts(1, agreed=1800, left=True), (Step.FINAL, Why.DUE)),
    (facts(0, amount=0, since=None, agreed=1800, left=True), (None, Why.AGREED)),
    (facts(12, died=True), (None, Why.DIED)),
    (facts(3, credit=450), (None, Why.CREDIT)),
    (facts(3, credit=449), (Step.NOTICE, Why.DUE)),
    (facts(1, left=True), (Step.FINAL, Why.DUE)),
    (facts(12, left=True, taken=[NOTICE, FORMAL, letter(Step.FINAL)]), (None, Why.DONE)),
    (facts(12, left=True, died=True), (None, Why.DIED)),
])
def test_one_rung_at_a_time(found, answer):
    assert due(found) == answer


def test_the_time_to_pay_must_be_over():
    found = facts(6, taken=[NOTICE])
    assert step_due(found, CHARTER, date(2026, 5, 1)) == step_due(found, CHARTER, NOTICE.pay_by)
    answer = step_due(found, CHARTER, NOTICE.pay_by)
    assert (answer.step, answer.why, answer.from_on) == (None, Why.WAITING, date(2026, 5, 2))
    assert due(found, date(2026, 5, 2)) == (Step.FORMAL, Why.DUE)


def test_who_got_the_letter_late_has_his_time():
    late = letter(Step.FORMAL, delivered_on=date(2026, 10, 10))
    assert time_to_pay_ends(late, CHARTER) == date(2026, 11, 9)
    assert due(facts(12, taken=[NOTICE, late])) == (None, Why.WAITING)
    assert due(facts(12, taken=[NOTICE, late]), date(2026, 11, 10)) == (Step.SUSPENSION, Why.DUE)


def test_new_arrears_begin_at_the_first_rung():
    """What the earlier letters asked for was paid: the oldest that is open now fell due after them."""
    fresh = facts(12, since=date(2026, 6, 30), taken=[NOTICE, FORMAL])
    assert due(fresh) == (Step.NOTICE, Why.DUE)
    # A payment that bounced opens the old arrears again, and with them the old steps count.
    assert due(facts(12, taken=[NOTICE, FORMAL])) == (Step.SUSPENSION, Why.DUE)


def test_every_answer_that_asks_for_something_says_why():
    answer = step_due(facts(12, taken=[NOTICE, FORMAL]), CHARTER, TODAY)
    assert [(one.rule, one.source) for one in answer.basis] == [("UA-26-hearing", "charter")]
    assert ("章程所定月數", 12) in answer.basis[0].inputs


def test_the_reason_names_the_agreement():
    for about, told in (({"agreed": 900}, ("分期協議依約中，不計入", 900)), ({"broken": 900}, ("分期協議違約，回復計入", 900))):
        answer = step_due(facts(3, **about), CHARTER, TODAY)
        assert told in answer.basis[0].inputs
        assert (answer.about.amount, answer.step) == (450, Step.NOTICE)


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(days, st.integers(0, 900))
def test_ages_by_days_are_ages_by_months(on, before):
    due_on = on - timedelta(before)
    behind = months_overdue(due_on, on)
    by_months = next(name for limit, name in AGES if limit is None or behind <= limit)
    by_days = next(name for name, first in age_limits(on) if due_on >= first)
    assert by_days == by_months


# --- agreements


@given(st.integers(1, 100_000), st.integers(1, 60), days)
def test_equal_parts_are_the_whole(total, count, first):
    promises = equal_promises(total, count, first)
    assert sum(one.amount for one in promises) == total
    assert len({one.due_on for one in promises}) == count
    assert promises[0].due_on == first


def test_equal_parts_keep_the_day_of_the_month():
    assert [one.due_on for one in equal_promises(1000, 3, date(2026, 1, 31))] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert [one.amount for one in equal_promises(1000, 3, date(2026, 1, 31))] == [334, 333, 333]


PROMISES = [Promise(date(2026, 12, 1), 400), Promise(date(2027, 1, 1), 300), Promise(date(2027, 2, 1), 300)]


@pytest.mark.parametrize(("rest", "on", "state"), [
    (1000, date(2026, 12, 1), PlanState.KEPT), (1000, date(2026, 12, 2), PlanState.BROKEN), (600, date(2026, 12, 2), PlanState.KEPT),
    (601, date(2026, 12, 2), PlanState.BROKEN), (600, date(2027, 1, 1), PlanState.KEPT), (600, date(2027, 1, 2), PlanState.BROKEN),
    (1, date(2027, 2, 1), PlanState.KEPT), (1, date(2027, 2, 2), PlanState.BROKEN), (0, date(2026, 11, 3), PlanState.FULFILLED),
])
def test_kept_or_broken(rest, on, state):
    assert plan_state(PROMISES, rest, on) == state


def charge(number: int, open_: int, due_on: date) -> Item:
    return Item(number, SchemeKind.REGULAR, due_on, due_on, due_on.replace(day=1), 10, 1, 150, open_)


OWED = [charge(1, 150, date(2026, 1, 31)), charge(2, 150, date(2026, 8, 31)), charge(3, 150, date(2026, 9, 30)), charge(4, 0, date(2026, 10, 31))]


@pytest.mark.parametrize(("covered", "ahead", "left"), [
    ((), 0, {1: 150, 2: 150, 3: 150}), ((1,), 0, {2: 150, 3: 150}), ((1,), 100, {2: 50, 3: 150}), ((1,), 150, {3: 150}), ((1,), 300, {}), ((1, 2, 3), 0, {}),
])
def test_what_an_agreement_leaves_to_the_ladder(covered, ahead, left):
    assert {one.id: one.open for one in beside(OWED, covered, ahead)} == left


@pytest.mark.parametrize(("rest", "on", "ahead"), [
    (1000, date(2026, 12, 1), 0), (600, date(2026, 12, 2), 0), (450, date(2026, 12, 2), 150), (450, date(2026, 11, 2), 550), (601, date(2026, 12, 2), 0),
])
def test_what_was_paid_beyond_what_was_promised(rest, on, ahead):
    assert paid_ahead(PROMISES, rest, on) == ahead


def test_an_agreement_ended_by_hand():
    assert plan_state(PROMISES, 1000, TODAY, ended_on=TODAY) == PlanState.ENDED
    assert plan_state(PROMISES, 1000, TODAY, ended_on=TODAY + timedelta(1)) == PlanState.KEPT


@pytest.mark.parametrize(("promises", "total", "codes"), [
    (PROMISES, 1000, []), (PROMISES, 999, ["promises_sum"]), ([], 1000, ["promises_count"]), (PROMISES, 0, ["nothing_owed"]),
    (PROMISES[::-1], 1000, ["promises_days"]), ([Promise(TODAY, 0), *PROMISES], 1000, ["promise_not_positive"]),
    ([Promise(TODAY - timedelta(1), 1000)], 1000, ["promises_days"]), ([Promise(TODAY + timedelta(at), 1) for at in range(61)], 61, ["promises_count"]),
])
def test_agreements_that_are_refused(promises, total, codes):
    assert [one.code for one in plan_problems(promises, total, TODAY, TODAY)] == codes


def test_an_agreement_of_tomorrow_is_refused():
    assert [one.code for one in plan_problems(PROMISES, 1000, TODAY + timedelta(1), TODAY)] == ["date_in_future"]


# --- proof


@pytest.mark.parametrize(("given", "codes"), [
    ({"delivered_on": TODAY, "proof": "掛號 123456"}, []), ({"returned_on": TODAY}, []), ({}, ["one_of_both"]),
    ({"delivered_on": TODAY, "returned_on": TODAY, "proof": "x"}, ["one_of_both"]), ({"delivered_on": TODAY}, ["proof_missing"]),
    ({"delivered_on": TODAY + timedelta(1), "proof": "x"}, ["date_in_future"]), ({"returned_on": date(2026, 5, 31)}, ["before_sent"]),
])
def test_proof(given, codes):
    asked = {"delivered_on": None, "returned_on": None, "proof": ""} | given
    assert [one.code for one in delivery_problems(date(2026, 6, 1), today=TODAY, **asked)] == codes


def test_no_time_to_pay_below_the_charters():
    assert pay_by_problems(TODAY, TODAY + timedelta(30), CHARTER) == []
    assert [one.code for one in pay_by_problems(TODAY, TODAY + timedelta(29), CHARTER)] == ["pay_by_too_early"]


# --- letters


def test_fields_are_filled_and_unknown_ones_named():
    assert merged("{姓名}您好：欠{ 金額 }元，｛期限｝前", {"姓名": "林佳慧", "金額": "900", "期限": "115/12/31"}) == "林佳慧您好：欠900元，115/12/31前"
    assert merged("{身分證號}", {"姓名": "x"}) == "{身分證號}"
    assert text_problems("{姓名}{大寫}") == []
    assert [one.code for one in text_problems("{身分證號}")] == ["unknown_field"]
    assert [one.code for one in text_problems("字" * 1501)] == ["text_too_long"]
