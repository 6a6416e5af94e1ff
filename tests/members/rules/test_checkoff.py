"""Check-off worked by hand: whom to ask for how much, on which ground, and what an answer comes to whatever it holds."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.law.union_act import UnionKind
from unionops.members.rules import checkoff as rules
from unionops.members.rules.checkoff import Asked, Candidate, ConsentBasis, Entry, LeftOut, Share, Verdict
from unionops.members.rules.dues import Item, SchemeKind

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
LONG_AGO = date(2015, 1, 1)


def item(number: int, period_on: date, amount: int, *, open: int | None = None, months: int = 1, kind: SchemeKind = SchemeKind.REGULAR) -> Item:
    return Item(number, kind, period_on, period_on, period_on, 10, months, amount, amount if open is None else open)


@pytest.mark.parametrize(("basis", "agreement", "kind", "codes"), [
    (ConsentBasis.INDIVIDUAL, "協議書", UnionKind.OCCUPATIONAL, []), (ConsentBasis.INDIVIDUAL, "", UnionKind.OCCUPATIONAL, ["agreement_needed"]),
    (ConsentBasis.CHARTER, "章程第 30 條", UnionKind.INDUSTRIAL, ["individual_needed"]), (ConsentBasis.INDIVIDUAL, "", UnionKind.ENTERPRISE, []),
    (ConsentBasis.RESOLUTION, "第 5 屆第 2 次大會", UnionKind.ENTERPRISE, []), (ConsentBasis.RESOLUTION, " ", UnionKind.ENTERPRISE, ["proof_needed"]),
    (ConsentBasis.COLLECTIVE, "", UnionKind.ENTERPRISE, ["agreement_needed"]),
])
def test_er_25_which_ground_is_enough(basis, agreement, kind, codes):
    found = rules.terms_problems(basis, agreement, kind=kind, from_on=JAN, until_on=None, hand_over_day=10)
    assert [one.code for one in found] == codes


def test_terms_that_end_before_they_begin_and_days_that_are_none():
    found = rules.terms_problems(ConsentBasis.INDIVIDUAL, "x", kind=None, from_on=FEB, until_on=JAN, hand_over_day=32)
    assert [one.code for one in found] == ["ends_before_it_begins", "no_such_day"]


@pytest.mark.parametrize(("items", "period", "months", "wanted"), [
    ([item(1, FEB, 150)], FEB, 1, Share(150, 0)), ([item(1, JAN, 450, months=3)], JAN, 1, Share(150, 0)), ([item(1, JAN, 450, months=3)], FEB, 1, Share(150, 150)),
    ([item(1, JAN, 450, months=3, open=300)], FEB, 1, Share(150, 0)), ([item(1, JAN, 450, months=3, open=350)], FEB, 1, Share(150, 50)),
    ([item(1, JAN, 450, months=3)], JAN, 3, Share(450, 0)), ([item(1, JAN, 100, months=3)], JAN, 1, Share(33, 0)), ([item(1, JAN, 100, months=3, open=34)], MAR, 1, Share(34, 0)),
    ([item(1, JAN, 450, months=3, open=0)], FEB, 1, Share(0, 0)), ([item(1, FEB, 300, kind=SchemeKind.LEVY)], FEB, 1, Share(0, 0)), ([item(1, MAR, 150)], FEB, 1, Share(0, 0)),
])
def test_what_of_open_dues_falls_into_a_period(items, period, months, wanted):
    assert rules.share(items, period, months, since=JAN) == wanted


def test_what_was_owed_before_check_off_began_is_not_the_employers():
    assert rules.share([item(1, date(2025, 12, 1), 150), item(2, JAN, 450, months=3)], MAR, 1, since=FEB) == Share(150, 150)


def person(number: int = 1, staff: str = "01258", **more: object) -> Candidate:
    return Candidate(number, staff, "甲", "1", ((LONG_AGO, None),), (item(1, FEB, 150),))._replace(**more)


@pytest.mark.parametrize(("who", "basis", "out"), [
    (person(), ConsentBasis.INDIVIDUAL, None), (person(consents=()), ConsentBasis.INDIVIDUAL, LeftOut.NO_CONSENT), (person(consents=()), ConsentBasis.CHARTER, None),
    (person(consents=((LONG_AGO, JAN),)), ConsentBasis.INDIVIDUAL, LeftOut.WITHDRAWN), (person(consents=((LONG_AGO, JAN),)), ConsentBasis.CHARTER, None),
    (person(consents=((MAR, None),)), ConsentBasis.INDIVIDUAL, LeftOut.NO_CONSENT), (person(consents=((LONG_AGO, JAN), (JAN, None))), ConsentBasis.INDIVIDUAL, None),
    (person(staff_number=""), ConsentBasis.INDIVIDUAL, LeftOut.NO_NUMBER), (person(items=()), ConsentBasis.INDIVIDUAL, LeftOut.NOT_BILLED),
    (person(items=(item(1, FEB, 150, open=0),)), ConsentBasis.INDIVIDUAL, LeftOut.PAID), (person(credit=150), ConsentBasis.INDIVIDUAL, LeftOut.PAID),
])
def test_er_25_who_is_asked_for_and_who_not(who, basis, out):
    [found] = rules.wanted([who], FEB, 1, basis=basis, since=JAN)
    assert found.left_out is out


def test_two_with_one_number_are_both_left_out():
    found = rules.wanted([person(1, "01258"), person(2, "1258"), person(3, "02000")], FEB, 1, basis=ConsentBasis.INDIVIDUAL, since=JAN)
    assert [one.left_out for one in found] == [LeftOut.SAME_NUMBER, LeftOut.SAME_NUMBER, None]


def test_credit_is_taken_off_what_is_carried_first():
    who = person(items=(item(1, JAN, 150), item(2, FEB, 150)), credit=200)
    [found] = rules.wanted([who], FEB, 1, basis=ConsentBasis.INDIVIDUAL, since=JAN)
    assert found.share == Share(100, 0)


def test_a_deduction_pays_what_the_list_named():
    items = [item(1, JAN, 150), item(2, FEB, 150), item(3, MAR, 150), item(9, date(2024, 1, 1), 150)]
    assert rules.to_charges(items, 150, FEB, 1, since=JAN) == [(2, 150)]
    assert rules.to_charges(items, 200, FEB, 1, since=JAN, carried=50) == [(1, 50), (2, 150)]
    assert rules.to_charges(items, 400, FEB, 1, since=JAN) == [(2, 150), (1, 150)]


ASKED = [Asked(1, "01258", "陳添忠", 150, "00812"), Asked(2, "HM0124", "陳建傑", 200, "00655")]


def judged(*rows: Entry, **more: object) -> list[tuple[Verdict, int, int, int]]:
    return [(one.verdict, one.received, one.applied, one.held) for one in rules.compare(ASKED[:1], rows, **more)]


def entry(amount: int, *, staff: str = "1258", name: str = "", reason: str = "", place: str = "a!1", month: date | None = None, **more: object) -> Entry:
    return Entry(place, staff, name, ((month, amount),) if amount else (), reason)._replace(**more)


@pytest.mark.parametrize(("rows", "wanted"), [
    ([entry(150)], (Verdict.OK, 150, 150, 0)), ([entry(100), entry(50)], (Verdict.SPLIT, 150, 150, 0)), ([entry(75), entry(75)], (Verdict.SPLIT, 150, 150, 0)),
    ([entry(150), entry(150)], (Verdict.DUPLICATE, 300, 150, 150)), ([entry(200)], (Verdict.OVER, 200, 150, 50)), ([entry(100)], (Verdict.SHORT, 100, 100, 0)),
    ([entry(0, reason="已離職")], (Verdict.LEFT, 0, 0, 0)), ([entry(50, reason="2/10 離職")], (Verdict.LEFT, 50, 50, 0)), ([entry(0, reason="育嬰留停")], (Verdict.ON_LEAVE, 0, 0, 0)),
    ([entry(0, reason="薪資不足")], (Verdict.NOT_DEDUCTED, 0, 0, 0)), ([entry(0)], (Verdict.NOT_DEDUCTED, 0, 0, 0)), ([], (Verdict.MISSING, 0, 0, 0)),
    ([entry(150), entry(-150)], (Verdict.NEGATIVE, 0, 0, 0)), ([entry(-150)], (Verdict.NEGATIVE, -150, 0, 0)), ([entry(0, unread="一百五")], (Verdict.UNREADABLE, 0, 0, 0)),
    ([entry(75, month=JAN), entry(75, month=FEB)], (Verdict.OK, 150, 150, 0)), ([entry(100), entry(100)], (Verdict.DUPLICATE, 200, 100, 100)),
])
def test_the_verdict_on_one_person(rows, wanted):
    assert judged(*rows) == [wanted]


def test_numbers_are_compared_without_lost_zeros_unless_two_would_be_one():
    two = [Asked(1, "0123", "甲", 150), Asked(2, "123", "乙", 150)]
    found = rules.compare(two, [entry(150, staff="0123"), entry(150, staff="123"), entry(150, staff="00123")])
    assert [one.verdict for one in found] == [Verdict.OK, Verdict.OK, Verdict.UNKNOWN]
    [_first, second] = rules.compare(ASKED, [entry(200, staff="hm-0124")])
    assert second.verdict is Verdict.OK


def test_a_name_does_not_decide_but_asks():
    [found] = rules.compare(ASKED[:1], [entry(150, name="陳天忠")])
    assert (found.verdict, found.applied, found.other_name, found.asks) == (Verdict.OK, 150, "陳天忠", True)
    [found] = rules.compare(ASKED[:1], [entry(150, name="陳○忠")])
    assert not found.asks


def test_an_unknown_number_with_the_name_of_a_missing_person_is_a_slip():
    found = rules.compare(ASKED[:1], [entry(150, staff="01285", name="陳添忠")])
    assert [(one.verdict, one.staff_number, one.like) for one in found] == [(Verdict.TYPO, "01258", "01285"), (Verdict.TYPO, "01285", "01258")]
    twins = [*ASKED[:1], Asked(3, "01300", "陳添忠", 150)]
    assert [one.verdict for one in rules.compare(twins, [entry(150, staff="01285", name="陳添忠")])] == [Verdict.MISSING, Verdict.MISSING, Verdict.UNKNOWN]


def test_whoever_works_there_and_was_not_asked_for_is_told_apart():
    assert [one.verdict for one in rules.compare(ASKED[:1], [entry(150), entry(150, staff="5555", name="王五")], known={"05555": "王五"})] == [Verdict.OK, Verdict.NOT_ASKED]


def test_several_keys_in_their_order():
    row = entry(150, staff="", number="812")
    assert [one.verdict for one in rules.compare(ASKED[:1], [row])] == [Verdict.MISSING, Verdict.UNKNOWN]
    assert [one.verdict for one in rules.compare(ASKED[:1], [row], keys=("staff", "member"))] == [Verdict.OK]


ROWS = st.lists(st.tuples(st.sampled_from(["01258", "1258", "HM0124", "99999", "8", ""]), st.sampled_from(["陳添忠", "陳建傑", "無名", ""]), st.integers(-300, 500)), max_size=12)


@given(ROWS)
def test_no_dollar_is_lost_or_booked_beyond_what_was_asked(rows):
    entries = [Entry(f"a!{at}", staff, name, ((None, amount),) if amount else ()) for at, (staff, name, amount) in enumerate(rows)]
    found = rules.compare(ASKED, entries)
    sums = rules.money(found)
    assert sums.received == sum(amount for _staff, _name, amount in rows)
    assert all(0 <= one.applied <= one.expected and (one.received < 0 or one.applied + one.held == one.received) for one in found)
    assert (sums.asked, sums.short) == (350, 350 - sums.applied)
    assert [one.asked for one in found[:2]] == ASKED


@given(st.integers(1, 5000), st.integers(1, 12), st.integers(0, 5000))
def test_month_by_month_the_whole_charge_is_asked_for_once(amount, months, paid):
    """Paying each month's share as it is asked for, nothing is left open at the end and nothing is asked for twice."""
    open_ = max(amount - paid, 0)
    for at in range(months):
        part = rules.share([item(1, JAN, amount, months=months, open=open_)], rules.months_on(JAN, at), 1, since=JAN)
        assert 0 <= part.total <= open_
        open_ -= part.total
    assert open_ == 0


def test_periods_are_spoken():
    assert (rules.spoken(FEB), rules.spoken(JAN, 3), rules.spoken(date(2026, 11, 1), 3)) == ("115年2月", "115年1至3月", "115年11月至116年1月")
