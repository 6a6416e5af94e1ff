"""Who may decide, as a table; and whatever happens: never the maker, never one person twice, always to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.approvals import rules
from unionops.core.approvals.rules import Mandate, Matter, Person, Step

TODAY = date(2026, 11, 24)
MAKER, CHIEF, PRESIDENT, DIRECTOR, OTHER = 1, 2, 3, 4, 5
CHAIN = (Step(1, "secretary_general", who="總幹事"), Step(2, "president", who="理事長"))
BOARD = Step(3, body=rules.BOARD, who="理事會")


def after(*verdicts: str, steps: tuple[Step, ...] = CHAIN) -> Matter:
    """The chain with its first steps decided by those who hold them."""
    by = (CHIEF, PRESIDENT)
    done = tuple(
        Step(step.place, step.role, step.body, verdicts[at], by[at] if verdicts[at] in rules.VERDICTS else None, who=step.who, decider="某人")
        if at < len(verdicts) else step
        for at, step in enumerate(steps)
    )
    return Matter(MAKER, done)


def person(number: int, *roles: str, **facts: bool) -> Person:
    return Person(number, frozenset(roles), **facts)


def mandate(giver: Person, role: str = "", first: int = 0, last: int = 3, ended: bool = False) -> Mandate:
    return Mandate(giver, role, TODAY + timedelta(days=first), TODAY + timedelta(days=last), ended)


PRESIDENT_AWAY = person(PRESIDENT, "president")
SECOND = after("approved")


@pytest.mark.parametrize(("matter", "who", "mandates", "code"), [
    (after(), person(CHIEF, "secretary_general"), (), ""),
    (after(), person(PRESIDENT, "president"), (), "role"),  # Not yet his turn.
    (after(), person(MAKER, "secretary_general"), (), "maker"),
    (after(), person(CHIEF, "secretary_general", active=False), (), "inactive"),
    (after(), person(OTHER), (), "role"),
    (SECOND, person(PRESIDENT, "president"), (), ""),
    (SECOND, person(CHIEF, "secretary_general", "president"), (), "twice"),
    (after("approved", "approved"), person(PRESIDENT, "president"), (), "closed"),
    (Matter(MAKER, SECOND.steps, rules.VOID), person(PRESIDENT, "president"), (), "closed"),
    # For somebody
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY),), ""),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, "president"),), ""),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, "secretary_general"),), "role"),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, first=0, last=0),), ""),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, first=1),), "mandate_over"),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, first=-3, last=-1),), "mandate_over"),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, ended=True),), "mandate_over"),
    (SECOND, person(DIRECTOR, "director"), (mandate(PRESIDENT_AWAY, ended=True), mandate(PRESIDENT_AWAY)), ""),
    (SECOND, person(DIRECTOR, "director"), (mandate(person(PRESIDENT, "president", active=False)),), "stand_in"),
    (SECOND, person(DIRECTOR, "director"), (mandate(person(PRESIDENT)),), "role"),  # No longer president.
    (SECOND, person(DIRECTOR, "director"), (mandate(person(MAKER, "president")),), "maker"),
    (SECOND, person(DIRECTOR, "director"), (mandate(person(CHIEF, "president")),), "stand_in"),  # He has decided himself.
    (SECOND, person(MAKER, "director"), (mandate(PRESIDENT_AWAY),), "maker"),
    (SECOND, person(CHIEF, "secretary_general"), (mandate(PRESIDENT_AWAY),), "twice"),
    (SECOND, person(OTHER, "accountant"), (mandate(PRESIDENT_AWAY),), "stand_in"),
    (SECOND, person(OTHER, "supervisor"), (mandate(PRESIDENT_AWAY),), "stand_in"),
    (SECOND, person(OTHER, "member"), (mandate(PRESIDENT_AWAY),), "stand_in"),
    # A body
    (Matter(MAKER, (BOARD,)), person(PRESIDENT, "president"), (), "role"),
    (Matter(MAKER, (BOARD,)), person(MAKER, "staff", records=True), (), ""),
])
def test_who_may_decide(matter, who, mandates, code):
    answer = rules.may_decide(matter, who, mandates, today=TODAY)
    assert [one.code for one in answer.problems] == ([code] if code else [])
    assert all(one.text for one in answer.problems)
    assert answer.in_place_of == (PRESIDENT if mandates and not code else None)


def test_the_step_that_was_seen_counts():
    second = person(OTHER, "president")
    assert [one.code for one in rules.may_decide(SECOND, second, today=TODAY, place=1).problems] == ["decided"]
    assert [one.code for one in rules.may_decide(after(), second, today=TODAY, place=2).problems] == ["not_its_turn"]
    assert [one.code for one in rules.may_decide(after(), second, today=TODAY, place=9).problems] == ["closed"]
    assert not rules.may_decide(SECOND, second, today=TODAY, place=2).problems


@pytest.mark.parametrize(("verdicts", "how"), [
    ((), ""), (("approved",), ""), (("approved", "approved"), "approved"), (("left_out", "approved"), "approved"),
    (("returned",), "returned"), (("approved", "rejected"), "rejected"),
])
def test_how_it_stands(verdicts, how):
    assert rules.outcome(after(*verdicts).steps) == how


FIRST, LAST = CHAIN


@pytest.mark.parametrize(("step", "later", "holders", "deciders", "way"), [
    (FIRST, [LAST], [CHIEF], [], rules.Way("open")),
    (FIRST, [LAST], [MAKER, CHIEF], [], rules.Way("open")),
    (FIRST, [LAST], [MAKER], [], rules.Way("left_out", rules.HELD_BY_MAKER)),
    (FIRST, [LAST], [], [], rules.Way("left_out", rules.VACANT)),
    (FIRST, [], [MAKER], [], rules.Way("up", rules.HELD_BY_MAKER, "president")),
    (FIRST, [BOARD], [], [], rules.Way("up", rules.VACANT, "president")),
    (LAST, [], [CHIEF], [CHIEF], rules.Way("left_out", rules.SAME_PERSON)),
    (LAST, [], [CHIEF, OTHER], [CHIEF], rules.Way("open")),
    (LAST, [], [MAKER], [CHIEF], rules.Way("up", rules.HELD_BY_MAKER, "", rules.BOARD)),
    (LAST, [BOARD], [MAKER], [CHIEF], rules.Way("left_out", rules.HELD_BY_MAKER)),
    (LAST, [], [], [], rules.Way("up", rules.VACANT, "", rules.BOARD)),
    (BOARD, [], [], [], rules.Way("open")),
])
def test_what_becomes_of_a_step(step, later, holders, deciders, way):
    assert rules.way(step, later, holders, made_by=MAKER, deciders=deciders) == way


ROLES = ("secretary_general", "president", "accountant", "cashier")


@given(
    chain=st.lists(st.sampled_from(ROLES), min_size=1, max_size=4),
    body=st.booleans(),
    office=st.dictionaries(st.integers(1, 6), st.frozensets(st.sampled_from(ROLES)), max_size=6),
    pick=st.randoms(use_true_random=False),
)
def test_every_matter_ends_and_by_somebody_else_than_its_maker(chain, body, office, pick):
    """Whoever holds which roles: the steps come to an end, somebody decided, never the maker, nobody twice."""
    steps = [Step(place, role) for place, role in enumerate(chain, 1)] + ([Step(len(chain) + 1, body=rules.BOARD)] if body else [])
    decided = []
    for _turn in range(3 * len(steps) + 3):
        matter = Matter(MAKER, tuple(steps))
        step = rules.current(steps)
        if step is None:
            break
        holders = [one for one, roles in office.items() if step.role in roles]
        way = rules.way(step, steps[steps.index(step) + 1 :], holders, made_by=MAKER, deciders=matter.deciders)
        at = steps.index(step)
        if way.kind == "left_out":
            steps[at] = Step(step.place, step.role, verdict=rules.LEFT_OUT)
        elif way.kind == "up":
            steps[at] = Step(step.place, way.role, way.body)
        elif step.body:
            steps[at] = Step(step.place, body=step.body, verdict=rules.APPROVED)
            decided.append("body")
        else:
            may = [one for one, roles in office.items() if not rules.may_decide(matter, Person(one, roles), today=TODAY).problems]
            assert may, "it waits for nobody"
            one = pick.choice(may)
            steps[at] = Step(step.place, step.role, verdict=rules.APPROVED, decided_by=one)
            decided.append(one)
    assert rules.outcome(steps) == rules.APPROVED
    assert decided
    assert MAKER not in decided
    people = [one for one in decided if one != "body"]
    assert len(people) == len(set(people))


NOBODY: dict[str, set[int]] = {}
CHIEF_IS_THERE, PRESIDENT_IS_THERE = {"secretary_general": {CHIEF}}, {"president": {PRESIDENT}}


@pytest.mark.parametrize(("matter", "holders", "waits", "because"), [
    (after(), CHIEF_IS_THERE, (1, "secretary_general", ""), ""),
    (after(), PRESIDENT_IS_THERE, (2, "president", ""), rules.VACANT),
    (after(), NOBODY, (2, "", rules.BOARD), rules.VACANT),
    (after(steps=CHAIN[:1]), PRESIDENT_IS_THERE, (1, "president", ""), rules.VACANT),
    (after(steps=CHAIN[:1]), {"president": {MAKER}}, (1, "", rules.BOARD), rules.HELD_BY_MAKER),
    (after("approved", steps=(*CHAIN, BOARD)), NOBODY, (3, "", rules.BOARD), rules.VACANT),
    (SECOND, {"president": {CHIEF}}, (2, "", rules.BOARD), rules.SAME_PERSON),  # Nobody's leaving approves anything.
    (Matter(MAKER, (BOARD,)), NOBODY, (3, "", rules.BOARD), ""),
])
def test_where_it_waits_when_holders_have_left(matter, holders, waits, because):
    stands = rules.settled(matter, holders, may_end=False)
    step = rules.current(stands.steps)
    assert (step.place, step.role, step.body) == waits
    assert because in {one.remark for one in stands.steps}
    assert rules.settled(stands, holders, may_end=False) == stands


def test_what_has_ended_does_not_move():
    closed = Matter(MAKER, CHAIN, rules.WITHDRAWN)
    assert rules.settled(closed, NOBODY) == closed
    assert rules.outcome(rules.settled(SECOND, {"president": {CHIEF}}).steps) == rules.APPROVED  # As its turn comes, two have seen it.


OFFICES = st.dictionaries(st.integers(1, 6), st.frozensets(st.sampled_from(ROLES)), max_size=6)


@given(
    chain=st.lists(st.sampled_from(ROLES), min_size=1, max_size=4), body=st.booleans(), offices=st.lists(OFFICES, min_size=1, max_size=8),
    pick=st.randoms(use_true_random=False),
)
def test_whoever_comes_and_goes_somebody_may_decide(chain, body, offices, pick):
    """The office changes before every decision: still it waits for somebody, never the maker, nobody twice, and to an end."""
    steps = tuple(Step(place, role) for place, role in enumerate(chain, 1)) + ((Step(len(chain) + 1, body=rules.BOARD),) if body else ())
    matter, decided = Matter(MAKER, steps), []
    for turn in range(len(steps) + 1):
        office = offices[turn % len(offices)]
        holders = {role: {one for one, roles in office.items() if role in roles} for role in ROLES}
        matter = rules.settled(matter, holders, may_end=bool(turn))
        if turn and rules.current(matter.steps) is None:
            break
        office = offices[(turn + 1) % len(offices)]
        holders = {role: {one for one, roles in office.items() if role in roles} for role in ROLES}
        matter = rules.settled(matter, holders, may_end=False)
        step = rules.current(matter.steps)
        assert step is not None
        may = [one for one, roles in office.items() if not rules.may_decide(matter, Person(one, roles), today=TODAY).problems]
        assert may or step.body, "it waits for nobody"
        one = None if step.body else pick.choice(may)
        decided.append(one)
        done = replace(step, verdict=rules.APPROVED, decided_by=one)
        matter = replace(matter, steps=tuple(done if other is step else other for other in matter.steps))
    assert rules.outcome(matter.steps) == rules.APPROVED
    people = [one for one in decided if one is not None]
    assert decided
    assert MAKER not in people
    assert len(people) == len(set(people))


@given(
    who=st.integers(1, 4), maker=st.integers(1, 4), giver=st.integers(1, 4), decider=st.integers(1, 4),
    roles=st.frozensets(st.sampled_from(("president", "director", "staff", "supervisor", "member"))),
    first=st.integers(-3, 3), days=st.integers(0, 3), ended=st.booleans(),
)
def test_a_mandate_never_opens_what_is_closed(who, maker, giver, decider, roles, first, days, ended):
    matter = Matter(maker, (Step(1, "secretary_general", verdict="approved", decided_by=decider), Step(2, "president")))
    given_by = Person(giver, frozenset({"president"}))
    answer = rules.may_decide(
        matter, Person(who, roles), [Mandate(given_by, "", TODAY + timedelta(days=first), TODAY + timedelta(days=first + days), ended)], today=TODAY
    )
    if not answer.problems:
        assert who not in (maker, decider)
        if answer.in_place_of is not None:
            assert giver not in (maker, decider)
            assert not ended
            assert first <= 0 <= first + days
        else:
            assert "president" in roles


@pytest.mark.parametrize(("role", "held", "may"), [
    ("president", {"director"}, True), ("president", {"secretary_general"}, True), ("president", {"staff"}, False),
    ("president", {"accountant"}, False), ("president", {"supervisor", "staff"}, False), ("secretary_general", {"staff"}, True),
    ("accountant", {"cashier"}, False), ("accountant", {"staff"}, True), ("president", {"member"}, False), ("president", set(), False),
    ("president", {"administrator"}, False), ("president", {"president", "accountant"}, True),
])
def test_who_may_stand_in(role, held, may):
    assert (not rules.may_stand_in(role, held)) is may


@pytest.mark.parametrize(("verdict", "reason", "fields"), [
    ("approved", "", []), ("returned", "", ["reason"]), ("rejected", "", ["reason"]), ("returned", "缺件", []), ("left_out", "", [""]), ("", "", [""]),
])
def test_what_a_decision_needs(verdict, reason, fields):
    assert [one.field for one in rules.decision_problems("", verdict, reason, today=TODAY)] == fields


def test_what_a_resolution_needs():
    lacking = rules.decision_problems(rules.BOARD, "approved", "", today=TODAY)
    assert [one.field for one in lacking] == ["number", "resolved_on", "wording"]
    assert rules.decision_problems(rules.BOARD, "approved", "", number="第 1 案", on=TODAY, text="通過", today=TODAY) == []


def test_the_rules_say_why():
    for basis in (rules.TWO_PEOPLE, rules.NEXT_UP):
        assert basis.citation
        assert basis.as_dict()["source"] == "default"
