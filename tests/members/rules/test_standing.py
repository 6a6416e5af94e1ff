"""Standing as of a day: every reason alone, together, and over random histories (UA-26-hearing, UA-19-adult, ER-18-keep, UA-14-manager)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.standing import Charter, Facts, Owing, Reason, Standing, Stretch, answers, reasons, standing, standings

ON = date(2026, 9, 1)
YESTERDAY, TOMORROW = ON - timedelta(1), ON + timedelta(1)
STRICT = Charter(good_standing_months=3, retained_after_dismissal=True, managers_may_join=False)


def facts(**given: Any) -> Facts:
    return Facts(**({"joined_on": date(2010, 5, 1), "birth_on": date(1980, 1, 1)} | given))


def ask(charter: Charter = STRICT, on: date = ON, **given: Any) -> Standing:
    return standing(facts(**given), on, charter)


def quarter(due: date = date(2026, 2, 28), *changes: tuple[date, int, bool]) -> Owing:
    return Owing(due, 3, 450, changes)


def test_a_member_with_nothing_against_him():
    assert ask() == Standing(True, True, True, True, 0, (Reason.MEMBER,))


@pytest.mark.parametrize(("given_", "reason"), [
    ({"joined_on": TOMORROW}, Reason.NOT_YET), ({"left_on": ON}, Reason.LEFT), ({"left_on": YESTERDAY}, Reason.LEFT), ({"died_on": ON}, Reason.DIED),
    ({"expelled_on": ON}, Reason.EXPELLED),
])
def test_who_is_no_member(given_, reason):
    assert ask(**given_) == Standing(False, False, False, False, 0, (reason,))


@pytest.mark.parametrize("given_", [{"joined_on": ON}, {"joined_on": None}, {"left_on": TOMORROW}, {"died_on": TOMORROW}, {"expelled_on": TOMORROW}])
def test_who_still_or_already_is(given_):
    assert ask(**given_).member


@pytest.mark.parametrize(("stretch", "acts"), [
    (Stretch(ON, ON), True), (Stretch(None, None), True), (Stretch(TOMORROW), False), (Stretch(None, YESTERDAY), False), (Stretch(date(2026, 1, 1), date(2026, 12, 31)), True),
])
def test_suspension(stretch, acts):
    found = ask(suspensions=(stretch,))
    assert (found.member, found.good, found.may_vote, found.may_stand) == (True, not acts, not acts, not acts)
    assert (Reason.SUSPENDED in found.reasons) == acts


def test_retained_while_a_dismissal_is_contested():
    left = {"left_on": date(2026, 6, 1), "left_reason": "left_trade"}
    assert ask(**left, retained=(Stretch(date(2026, 6, 1)),)).reasons == (Reason.RETAINED,)
    assert not ask(**left, retained=(Stretch(date(2026, 6, 1), YESTERDAY),)).member
    assert not ask(Charter(retained_after_dismissal=False), **left, retained=(Stretch(date(2026, 6, 1)),)).member
    assert not ask(expelled_on=ON, retained=(Stretch(date(2026, 6, 1)),)).member


def test_arrears_take_standing_only_from_the_months_of_the_constitution():
    behind = ask(owing=(Owing(date(2026, 2, 28), 2, 300),))
    assert (behind.good, behind.months, behind.reasons) == (True, 2, (Reason.MEMBER, Reason.BEHIND))
    far = ask(owing=(quarter(),))
    assert (far.good, far.may_vote, far.months, far.reasons) == (False, False, 3, (Reason.MEMBER, Reason.ARREARS))
    assert ask(Charter(), owing=(quarter(),)).good


def test_a_payment_acts_from_its_day_and_taken_back_from_that():
    paid = quarter(date(2026, 2, 28), (date(2026, 5, 1), -450, True), (date(2026, 7, 1), 450, True))
    assert [ask(on=day, owing=(paid,)).good for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 1), date(2026, 6, 30), date(2026, 7, 1))] == [True, False, True, True, False]


def test_a_remission_lessens_what_is_owed():
    assert ask(owing=(quarter(date(2026, 2, 28), (date(2026, 5, 1), -450, False)),)).months == 0
    assert ask(owing=(quarter(date(2026, 2, 28), (date(2026, 5, 1), -150, False)),)).months == 3, "two months' dues are now the whole; all of it is open"


def test_an_agreement_that_is_kept():
    agreed = (Stretch(date(2026, 8, 1), date(2026, 12, 31)),)
    assert ask(owing=(quarter(),), agreed=agreed).reasons == (Reason.MEMBER, Reason.ARREARS_AGREED)
    assert ask(owing=(quarter(),), agreed=agreed).may_vote
    counted = Charter(good_standing_months=3, instalments_count=True)
    assert not ask(counted, owing=(quarter(),), agreed=agreed).good


@pytest.mark.parametrize(("member_class", "vote", "stand"), [("regular", True, True), ("retired", True, False), ("sponsor", False, False), ("honorary", False, False)])
def test_classes(member_class, vote, stand):
    found = ask(classes=((Stretch(None, YESTERDAY), "regular"), (Stretch(ON), member_class)))
    assert (found.good, found.may_vote, found.may_stand) == (True, vote, stand)
    assert (Reason.CLASS in found.reasons) == (not (vote and stand))


def test_who_may_vote_but_not_stand():
    assert ask(birth_on=date(2008, 9, 2)).reasons == (Reason.MEMBER, Reason.MINOR)
    assert ask(birth_on=date(2008, 9, 1)).may_stand
    rival = ask(rival=(Stretch(None),))
    assert (rival.may_vote, rival.may_stand) == (True, False)


def test_a_manager_is_told_and_decided_by_the_board():
    assert ask(managing=(Stretch(None),)) == Standing(True, True, True, True, 0, (Reason.MEMBER, Reason.MANAGER))
    assert ask(Charter(), managing=(Stretch(None),)).reasons == (Reason.MEMBER,)


def test_leave_of_absence_takes_nothing():
    assert ask(absences=(Stretch(ON),)) == Standing(True, True, True, True, 0, (Reason.MEMBER, Reason.ABSENT))


days = st.dates(date(2020, 1, 1), date(2028, 12, 31))
stretches = st.lists(st.builds(Stretch, st.none() | days, st.none() | days), max_size=2).map(tuple)
histories = st.builds(
    Facts, joined_on=st.none() | days, left_on=st.none() | days, birth_on=st.none() | st.dates(date(1940, 1, 1), date(2012, 1, 1)), died_on=st.none() | days,
    classes=st.lists(st.tuples(st.builds(Stretch, st.none() | days, st.none() | days), st.sampled_from(["regular", "retired", "sponsor"])), max_size=2).map(tuple),
    suspensions=stretches, expelled_on=st.none() | days, absences=stretches, retained=stretches, managing=stretches, rival=stretches, agreed=stretches,
    owing=st.lists(st.builds(
        Owing, days, st.sampled_from([1, 3, 12]), st.integers(1, 2000), st.lists(st.tuples(days, st.integers(-800, 800), st.booleans()), max_size=4).map(tuple),
    ), max_size=4).map(tuple),
)
charters = st.builds(Charter, good_standing_months=st.none() | st.integers(1, 24), retained_after_dismissal=st.booleans(), managers_may_join=st.booleans(), instalments_count=st.booleans())


@given(histories, days, charters)
def test_never_a_contradiction(history, on, charter):
    found = standing(history, on, charter)
    assert found.member or not (found.good or found.may_vote or found.may_stand)
    assert found.good or not (found.may_vote or found.may_stand)
    assert found.reasons
    assert len(set(found.reasons)) == len(found.reasons)
    told = reasons(history, on, charter)
    assert len(told) == len(found.reasons)
    assert all(one.rule and one.citation and one.result for one in told)
    asked = answers(history, on, charter)
    assert [(one.question, one.yes) for one in asked] == [("member", found.member), ("good", found.good), ("may_vote", found.may_vote), ("may_stand", found.may_stand)]
    assert all(one.bases for one in asked), "every yes and no has its reason"
    assert {basis.rule for one in asked for basis in one.bases} >= {basis.rule for basis in told}, "and no reason is left untold"
    if Reason.SUSPENDED in found.reasons or Reason.ARREARS in found.reasons:
        assert not found.good


@given(histories, days, days, charters, st.integers(-500, 500).filter(bool))
def test_what_happens_later_changes_no_day_before(history, on, later, charter, money):
    if later <= on or not history.owing:
        return
    first, *rest = history.owing
    changed = Facts(**{name: getattr(history, name) for name in Facts.__slots__} | {"owing": (first._replace(changes=(*first.changes, (later, money, True))), *rest)})
    assert standing(changed, on, charter) == standing(history, on, charter)


@given(st.lists(histories, max_size=8), days, charters)
def test_the_batch_says_what_the_one_says(many, on, charter):
    assert standings(enumerate(many), on, charter) == {number: standing(one, on, charter) for number, one in enumerate(many)}


def test_the_four_answers_name_what_decided():
    told = {one.question: [basis.result for basis in one.bases] for one in answers(facts(owing=(quarter(),), birth_on=date(2010, 1, 1)), ON, STRICT)}
    assert told == {
        "member": ["在籍"], "good": ["欠費達章程所定月數"], "may_vote": ["欠費達章程所定月數"], "may_stand": ["欠費達章程所定月數", "未滿 18 歲，不得被選舉"],
    }
    retired = answers(facts(classes=((Stretch(None), "retired"),)), ON, STRICT)
    assert [(one.yes, one.bases[-1].rule) for one in retired] == [
        (True, "UA-31-roster"), (True, "charter.good_standing_months"), (True, "HB-electorate"), (False, "HB-electorate"),
    ]
