"""Suspension and expulsion: the order of the steps, and the vote that carries one. Worked examples of 工會法 26 and 27."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.measures import (
    Body,
    Course,
    MeasureKind,
    State,
    Votes,
    asking_problems,
    decision_problems,
    earliest_hearing,
    hearing_problems,
    lifting_problems,
    outcome,
    proposal_problems,
    state,
    votes_problems,
    waiver_problems,
)

TODAY = date(2026, 9, 10)


def codes(problems) -> list[tuple[str, str]]:
    return [(one.field, one.message[:12]) for one in problems]


@pytest.mark.parametrize(("course", "expected"), [
    (Course(), State.PROPOSED),
    (Course(asked_on=date(2026, 9, 1), hearing_on=TODAY), State.ASKED),
    (Course(asked_on=date(2026, 9, 1), hearing_on=date(2026, 9, 9)), State.OVERDUE),
    (Course(asked_on=date(2026, 9, 1), hearing_on=date(2026, 9, 9), heard=True), State.READY),
    (Course(heard=True, from_on=date(2026, 9, 11)), State.COMING),
    (Course(heard=True, from_on=TODAY), State.ACTING),
    (Course(heard=True, from_on=date(2026, 1, 1), until_on=TODAY), State.ACTING),
    (Course(heard=True, from_on=date(2026, 1, 1), until_on=date(2026, 9, 9)), State.OVER),
    (Course(heard=True, from_on=date(2026, 1, 1), lifted_on=TODAY), State.OVER),
    (Course(heard=True, from_on=date(2026, 1, 1), dropped_on=TODAY), State.DROPPED),
])
def test_where_a_measure_stands(course: Course, expected: State) -> None:
    assert state(course, TODAY) == expected


@pytest.mark.parametrize(("present", "in_favour", "special", "carried"), [
    (60, 40, True, True),    # two thirds of 60 are 40: the exact share is enough
    (60, 39, True, False),
    (61, 40, True, False),   # two thirds of 61 are 40.67, so 41
    (61, 41, True, True),
    (60, 31, False, True),   # more than half of 60 is 31
    (60, 30, False, False),
])
def test_the_majority_counts_those_present(present: int, in_favour: int, special: bool, carried: bool) -> None:
    found = outcome(Votes(100, present, in_favour, present - in_favour), Body.ASSEMBLY, special=special)
    assert found.carried is carried
    assert found.quorum == 51


def test_a_board_counts_its_seats() -> None:
    found = outcome(Votes(9, 6, 4, 2), Body.BOARD, special=True)
    assert (found.quorum, found.needed, found.carried) == (5, 4, True)
    assert [one.rule for one in found.bases] == ["UA-24-quorum", "UA-26-expel-majority"]
    assert outcome(Votes(9, 5, 3, 2), Body.BOARD, special=False).bases[1].rule == "UA-24-majority"


@given(base=st.integers(1, 3000), present=st.integers(1, 3000), in_favour=st.integers(0, 3000), special=st.booleans())
def test_one_vote_more_never_loses(base: int, present: int, in_favour: int, special: bool) -> None:
    less = outcome(Votes(base, present, in_favour, 0), Body.ASSEMBLY, special=special)
    more = outcome(Votes(base, present, in_favour + 1, 0), Body.ASSEMBLY, special=special)
    assert more.carried >= less.carried
    assert not outcome(Votes(base, present, 0, 0), Body.ASSEMBLY, special=special).carried


@pytest.mark.parametrize("votes", [Votes(0, 0, 0, 0), Votes(10, 11, 6, 0), Votes(10, 6, 5, 2), Votes(10, 6, -1, 0), Votes(100, 50, 50, 0)])
def test_figures_that_cannot_be_are_refused(votes: Votes) -> None:
    assert votes_problems(votes)


def test_a_meeting_with_its_quorum_is_taken() -> None:
    assert votes_problems(Votes(100, 51, 34, 10)) == []


def test_what_stands_against_a_proposal() -> None:
    given = {"ground": "欠繳會費 25 個月", "on": TODAY, "joined_on": date(2020, 1, 1), "left_on": None, "today": TODAY, "is_under_way": False}
    assert proposal_problems(**given) == []
    assert [one.field for one in proposal_problems(**given | {"ground": "  "})] == ["ground"]
    assert proposal_problems(**given | {"left_on": TODAY})
    assert proposal_problems(**given | {"is_under_way": True})
    assert [one.field for one in proposal_problems(**given | {"on": date(2026, 9, 11)})] == ["proposed_on"]
    assert proposal_problems(**given | {"joined_on": date(2026, 9, 11)})


def test_the_time_to_answer_does_not_count_the_day_of_the_notice() -> None:
    assert earliest_hearing(date(2026, 9, 1), 7) == date(2026, 9, 8)
    given = {"proposed_on": date(2026, 9, 1), "asked_on": date(2026, 9, 1), "days": 7, "today": TODAY}
    assert asking_problems(**given, hearing_on=date(2026, 9, 8)) == []
    assert [one.field for one in asking_problems(**given, hearing_on=date(2026, 9, 7))] == ["hearing_on"]
    assert asking_problems(**given | {"asked_on": date(2026, 9, 11)}, hearing_on=date(2026, 9, 30))
    assert asking_problems(**given | {"asked_on": date(2026, 8, 31)}, hearing_on=date(2026, 9, 30))


def test_nobody_is_heard_before_he_was_asked() -> None:
    assert hearing_problems(asked_on=None, on=TODAY, text="我有繳", today=TODAY)
    assert hearing_problems(asked_on=date(2026, 9, 1), on=date(2026, 8, 31), text="我有繳", today=TODAY)
    assert hearing_problems(asked_on=date(2026, 9, 1), on=TODAY, text="", today=TODAY)
    assert hearing_problems(asked_on=date(2026, 9, 1), on=TODAY, text="我有繳", today=TODAY) == []


def test_silence_counts_only_when_the_time_is_over_or_he_says_so() -> None:
    given = {"asked_on": date(2026, 9, 1), "why": "已送達，屆期未到", "today": TODAY}
    assert waiver_problems(**given, hearing_on=TODAY, declined=False)
    assert waiver_problems(**given, hearing_on=TODAY, declined=True) == []
    assert waiver_problems(**given, hearing_on=date(2026, 9, 9), declined=False) == []
    assert waiver_problems(**given | {"asked_on": None}, hearing_on=None, declined=True)


def test_a_decision_asks_for_a_hearing_a_resolution_and_never_acts_backwards() -> None:
    given = {
        "heard": True, "resolution": "第 9 屆第 2 次會員代表大會", "decided_on": TODAY, "heard_by": date(2026, 9, 9), "from_on": TODAY, "until_on": None,
        "kind": MeasureKind.EXPULSION, "today": TODAY,
    }
    assert decision_problems(**given) == []
    for wrong in ({"heard": False}, {"resolution": " "}, {"decided_on": date(2026, 9, 11)}, {"heard_by": date(2026, 9, 11)},
                  {"from_on": date(2026, 9, 9)}, {"until_on": date(2027, 1, 1)}):
        assert decision_problems(**given | wrong), wrong
    assert decision_problems(**given | {"kind": MeasureKind.SUSPENSION, "until_on": date(2026, 9, 9)})


def test_only_what_acts_is_lifted() -> None:
    given = {"from_on": date(2026, 9, 1), "until_on": None, "lifted_on": None, "on": TODAY, "why": "已清償"}
    assert lifting_problems(**given) == []
    for wrong in ({"from_on": None}, {"lifted_on": TODAY}, {"on": date(2026, 8, 31)}, {"until_on": date(2026, 9, 5)}, {"why": ""}):
        assert lifting_problems(**given | wrong), wrong
