"""Whom the roll check doubts, and what may be recorded of a doubt."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.rollcheck import (
    Doubt,
    Result,
    Signs,
    Stage,
    closing_problems,
    counts,
    doubts,
    earliest_answer,
    filing_basis,
    opening_problems,
    result_problems,
    stage,
    team_is_usual,
    telling_problems,
)

ON = date(2026, 11, 1)


def kinds(signs: Signs, **given) -> list[Doubt]:
    return [kind for kind, _why in doubts(signs, ON, **{"unpaid_months": 12, "managers_may_join": False} | given)]


@pytest.mark.parametrize(("signs", "expected"), [
    (Signs(), []),
    (Signs(died_on=ON), [Doubt.DIED]),
    (Signs(died_on=date(2026, 11, 2)), []),
    (Signs(employment_ended_on=date(2026, 10, 31)), [Doubt.EMPLOYMENT_ENDED]),
    (Signs(employment_ended_on=ON), []),
    (Signs(employer_closed_on=ON), [Doubt.EMPLOYER_GONE]),
    (Signs(checkoff_left_on=date(2026, 9, 5)), [Doubt.CHECKOFF_LEFT]),
    (Signs(is_manager=True), [Doubt.MANAGER]),
    (Signs(months_unpaid=11), []),
    (Signs(months_unpaid=12), [Doubt.UNPAID]),
    (Signs(returned_on=date(2026, 9, 5), has_contact=False), [Doubt.RETURNED, Doubt.NO_CONTACT]),
    (Signs(birth_on=date(1961, 11, 1)), [Doubt.RETIRED]),
    (Signs(birth_on=date(1961, 11, 2)), []),
    (Signs(birth_on=date(1950, 1, 1), retired_class=True), []),
])
def test_who_is_in_doubt(signs: Signs, expected: list[Doubt]) -> None:
    assert kinds(signs) == expected


def test_a_manager_is_no_doubt_where_managers_may_join() -> None:
    assert kinds(Signs(is_manager=True), managers_may_join=True) == []


def test_each_doubt_says_what_it_rests_on() -> None:
    assert doubts(Signs(months_unpaid=14), ON, unpaid_months=12, managers_may_join=True) == [(Doubt.UNPAID, "欠繳經常會費 14 個月")]


def test_the_stages_of_a_doubt() -> None:
    given = {"told_on": date(2026, 10, 20), "answer_by": date(2026, 10, 31), "answered_on": None, "result": "", "today": ON}
    assert stage(**given) == Stage.OVERDUE
    assert stage(**given | {"answer_by": ON}) == Stage.WAITING
    assert stage(**given | {"answered_on": ON}) == Stage.ANSWERED
    assert stage(**given | {"told_on": None, "answer_by": None}) == Stage.UNTOLD
    assert stage(**given | {"result": "stays"}) == Stage.DONE


def test_seven_days_without_the_day_of_the_letter() -> None:
    assert earliest_answer(date(2026, 10, 1)) == date(2026, 10, 8)
    given = {"told_on": date(2026, 10, 1), "opened_on": date(2026, 9, 1), "today": ON}
    assert telling_problems(answer_by=date(2026, 10, 8), **given) == []
    assert [one.field for one in telling_problems(answer_by=date(2026, 10, 7), **given)] == ["answer_by"]
    assert telling_problems(answer_by=date(2027, 1, 1), **given | {"told_on": date(2026, 11, 2)})
    assert telling_problems(answer_by=date(2027, 1, 1), **given | {"told_on": date(2026, 8, 31)})


def test_nobody_leaves_before_he_had_his_time() -> None:
    given = {
        "result": Result.LEAVES, "why": "離職", "reasons": [["unpaid"], ["unpaid"]], "left_on": ON, "left_reason": "left_trade",
        "joined": [date(2020, 1, 1), None], "today": ON,
    }
    assert result_problems(stages=[Stage.OVERDUE, Stage.ANSWERED], **given) == []
    assert result_problems(stages=[Stage.OVERDUE, Stage.WAITING], **given)
    assert result_problems(stages=[Stage.UNTOLD, Stage.OVERDUE], **given)
    assert result_problems(stages=[Stage.UNTOLD, Stage.UNTOLD], **given | {"reasons": [["died"], ["died", "unpaid"]]}) == []
    for wrong in ({"left_on": None}, {"left_on": date(2026, 11, 2)}, {"left_on": date(2019, 1, 1)}, {"left_reason": ""}, {"why": " "}):
        assert result_problems(stages=[Stage.OVERDUE] * 2, **given | wrong), wrong
    assert result_problems(stages=[Stage.UNTOLD] * 2, **given | {"result": Result.STAYS, "left_on": None, "left_reason": ""}) == []


def test_opening_and_closing() -> None:
    given = {"year": 2026, "opened_on": ON, "team": ["甲", "乙"], "resolution": "第 9 屆第 5 次理事會", "today": ON, "is_taken": False}
    assert opening_problems(**given) == []
    for wrong in ({"is_taken": True}, {"year": 2020}, {"opened_on": date(2026, 11, 2)}, {"team": [" "]}, {"team": ["甲", "甲"]}, {"resolution": ""}):
        assert opening_problems(**given | wrong), wrong
    assert not team_is_usual(["甲"] * 4)
    assert team_is_usual(["甲"] * 5)
    done = {"open_count": 0, "unrecorded": 0, "closed_on": ON, "opened_on": date(2026, 10, 1), "today": ON}
    assert closing_problems(**done) == []
    for wrong in ({"open_count": 1}, {"unrecorded": 1}, {"closed_on": date(2026, 11, 2)}, {"closed_on": date(2026, 9, 1)}):
        assert closing_problems(**done | wrong), wrong
    assert filing_basis(ON).result == date(2026, 11, 16)


@given(st.lists(st.tuples(st.sets(st.sampled_from([one.value for one in Doubt]), min_size=1), st.sampled_from(["", *Result])), max_size=50))
def test_the_figures_add_up(found) -> None:
    told = counts(100, found)
    assert told["doubts"] == len(found) == told["open"] + told["stays"] + told["changed"] + told["leaves"]
    assert sum(count for name, count in told.items() if name.startswith("reason_")) == sum(len(reasons) for reasons, _result in found)
