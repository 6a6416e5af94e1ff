"""What an application says, what its check asks, where it stands: the cases of the law and of the office."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.law.basis import Basis
from unionops.law.union_act import UnionKind
from unionops.members.rules.admission import (
    LONGEST,
    Answer,
    Applicant,
    Circumstances,
    Dated,
    Kind,
    Known,
    Match,
    State,
    Twin,
    Weight,
    check_problems,
    findings,
    papers,
    ratify_by,
    read,
    same_person,
    state,
    unanswered,
)

TODAY = date(2026, 11, 23)
CLAUSE = Basis("charter.x", "章程第 8 條", "不得入會", source="charter")
UNION = Circumstances(UnionKind.OCCUPATIONAL, False, CLAUSE, 15, CLAUSE)
FACTORY = UNION._replace(kind=UnionKind.ENTERPRISE)
WHO = Applicant(name="何佩芸", id_number="A123456789", birth_on=date(1986, 3, 12))


def asked(who: Applicant = WHO, *, union: Circumstances = UNION, known=(), twins=(), missing=()) -> dict[Kind, object]:
    return {one.kind: one for one in findings(who, known=known, twins=twins, missing=missing, union=union, today=TODAY)}


# --- where it stands


@pytest.mark.parametrize(("dated", "expected"), [
    (Dated(), State.RECEIVED), (Dated(TODAY), State.CHECKED), (Dated(TODAY, True), State.ASKED), (Dated(TODAY, False, "approved"), State.APPROVED),
    (Dated(TODAY, False, "interim"), State.APPROVED), (Dated(TODAY, False, "approved", None, 1000), State.UNPAID),
    (Dated(TODAY, False, "approved", None, 0), State.PAID), (Dated(TODAY, False, "approved", None, 1000, True), State.MEMBER),
    (Dated(TODAY, True, "interim", None, None, True), State.MEMBER), (Dated(TODAY, False, "refused"), State.REFUSED),
    (Dated(TODAY, False, "refused", None, 0, True), State.REFUSED), (Dated(TODAY, False, "", TODAY), State.WITHDRAWN),
    (Dated(TODAY, False, "approved", TODAY), State.WITHDRAWN),
])
def test_the_state_follows_from_the_days(dated, expected):
    assert state(dated) == expected


# --- what was written


def test_what_was_written_is_read_as_the_roster_is():
    who, wrong = read({
        "name": " 何　佩芸 ", "id_number": "ａ123456789", "birth_on": "75/3/12", "mobile": "０９５５－666777", "monthly_wage": "45,800", "dependants": "2",
        "is_manager": "yes", "hired_on": "1150901",
    }, today=TODAY)
    assert wrong == []
    assert (who.name, who.id_number, who.sex, who.birth_on) == ("何佩芸", "A123456789", "M", date(1986, 3, 12))
    assert (who.mobile, who.monthly_wage, who.dependants, who.is_manager, who.hired_on) == ("0955666777", 45800, 2, True, date(2026, 9, 1))


def test_a_stranger_has_to_say_who_he_is():
    _who, wrong = read({"name": "何佩芸"}, today=TODAY, is_public=True)
    assert {one.field for one in wrong} == {"id_number", "birth_on", "mobile", "mail_address"}
    assert read({"name": "何佩芸"}, today=TODAY)[1] == []


@pytest.mark.parametrize(("name", "text"), [
    ("birth_on", "75/2/30"), ("birth_on", "200/1/1"), ("hired_on", "116/1/1"), ("mobile", "123"), ("email", "yun"), ("monthly_wage", "-1"), ("monthly_wage", "99999999"),
    ("dependants", "二"), ("sex", "F"), ("id_number", "A123456780"), ("name", ""), ("name", "王\u200b小明"), ("note", "\u202e"), ("job", "長" * 81),
])
def test_what_cannot_be(name, text):
    _who, wrong = read({"name": "何佩芸", "id_number": "A123456789"} | {name: text}, today=TODAY)
    assert name in {one.field for one in wrong}


@given(st.dictionaries(st.sampled_from(sorted(LONGEST)), st.text(max_size=60)))
def test_nothing_written_breaks_the_reading(typed):
    who, wrong = read(typed, today=TODAY, is_public=True)
    assert wrong or who.name
    assert all(one.text for one in wrong)


# --- papers


def test_a_trade_is_proved_where_the_union_is_one_of_a_trade():
    assert papers(UnionKind.OCCUPATIONAL, WHO) == ["identity", "photo", "work_proof"]
    assert papers(UnionKind.ENTERPRISE, WHO) == ["identity", "employment"]
    assert "licence" in papers(UnionKind.OCCUPATIONAL, Applicant(licence="舞台燈光乙級"))
    assert papers(UnionKind.INDUSTRIAL, Applicant(nationality="越南"))[-2:] == ["residence", "permit"]


@pytest.mark.parametrize(("id_number", "nationality", "expected"), [
    ("A123456789", "", False), ("A123456789", "中華民國", False), ("A800000014", "", True), ("", "印尼", True), ("", "", False), ("A123456789", "ＴＡＩＷＡＮ", False),
])
def test_who_is_foreign(id_number, nationality, expected):
    assert Applicant(id_number=id_number, nationality=nationality).is_foreign is expected


# --- what the check asks


def test_nothing_is_asked_of_somebody_without_a_past():
    assert asked() == {}


def test_a_member_cannot_be_admitted_again():
    found = asked(known=[Known(7, Match.IDENTITY, "何佩芸（0007）", is_member=True)])
    assert found[Kind.MEMBER].weight == Weight.STOP
    assert check_problems(list(found.values()), {})[0].field == ""


def test_a_former_member_with_arrears_who_was_expelled():
    one = Known(7, Match.IDENTITY, "何佩芸（0007）", left_on=date(2024, 1, 1), left_reason="除名", expelled_on=date(2024, 1, 1), arrears=2400)
    found = asked(known=[one])
    assert {kind: item.weight for kind, item in found.items()} == {Kind.FORMER: Weight.NOTE, Kind.EXPELLED: Weight.ASK, Kind.ARREARS: Weight.ASK}
    assert "2,400" in found[Kind.ARREARS].text.text
    assert found[Kind.EXPELLED].basis.rule == "UA-26-hearing"
    items = list(found.values())
    assert len(check_problems(items, {})) == 2
    answers = {item.key: Answer("stands", "已繳清，大會同意") for item in items}
    assert check_problems(items, answers) == []
    assert same_person(items, answers) == 7


def test_somebody_alike_is_the_same_only_if_the_check_says_so():
    items = list(asked(known=[Known(7, Match.BIRTH, "何佩芸（0007）"), Known(9, Match.PHONE)]).values())
    assert [item.kind for item in findings(WHO, known=[Known(7, Match.BIRTH), Known(9, Match.PHONE)], twins=[], missing=[], union=UNION, today=TODAY)] == [Kind.LIKELY] * 2
    both = findings(WHO, known=[Known(7, Match.BIRTH), Known(9, Match.PHONE)], twins=[], missing=[], union=UNION, today=TODAY)
    cleared = {one.key: Answer("cleared", "電話問過") for one in both}
    assert same_person(both, cleared) is None
    assert same_person(both, cleared | {"likely-7": Answer("stands", "本人")}) == 7
    everybody = {one.key: Answer("stands", "本人") for one in both}
    assert any("先合併" in one.text for one in check_problems(both, everybody))
    assert "不在您看得到的單位" in both[0].text.text
    assert items


def test_an_answer_needs_a_verdict_and_words():
    items = list(asked(missing=["photo"]).values())
    assert [one.field for one in check_problems(items, {})] == ["verdict_papers"]
    assert [one.field for one in check_problems(items, {"papers": Answer("cleared", " ")})] == ["answer_papers"]
    assert [one.field for one in check_problems(items, {"papers": Answer("whatever", "好")})] == ["verdict_papers"]
    assert check_problems(items, {"papers": Answer("cleared", "下週補")}) == []
    assert "照片" in items[0].text.text


def test_managers_and_the_enterprise_union():
    """UA-14-manager: only the union of that enterprise, and not where its constitution lets them in."""
    boss = Applicant(name="何佩芸", id_number="A123456789", is_manager=True, job="廠長")
    found = asked(boss, union=FACTORY)[Kind.MANAGER]
    assert (found.weight, found.basis.rule) == (Weight.ASK, "UA-14-manager")
    assert asked(boss, union=FACTORY._replace(managers_may_join=True))[Kind.MANAGER].weight == Weight.NOTE
    assert Kind.MANAGER not in asked(boss)
    assert Kind.MANAGER not in asked(Applicant(name="何佩芸", id_number="A123456789", is_manager=False), union=FACTORY)


@pytest.mark.parametrize(("birth_on", "weight"), [
    (date(2011, 11, 24), Weight.ASK), (date(2011, 11, 23), Weight.NOTE), (date(2008, 11, 24), Weight.NOTE), (date(2008, 11, 23), None),
])
def test_age(birth_on, weight):
    """UA-age-member: the Act sets none; the constitution's is asked about, and of who is under age the guardian's consent is advised."""
    found = asked(Applicant(name="何佩芸", id_number="A123456789", birth_on=birth_on)).get(Kind.AGE)
    assert (found.weight if found else None) == weight


def test_other_questions():
    found = asked(Applicant(name="NGUYEN", nationality="越南"), twins=[Twin(3, "115-0003", Match.BIRTH)])
    assert set(found) == {Kind.TWIN, Kind.NO_ID, Kind.FOREIGN}
    assert "115-0003" in found[Kind.TWIN].text.text
    assert all(one.basis.citation for one in found.values())


def test_what_comes_up_after_the_check_has_to_be_answered_too():
    items = findings(WHO, known=[Known(7, Match.PHONE)], twins=[], missing=["photo"], union=UNION, today=TODAY)
    assert [one.key for one in unanswered(items, {"papers": {}})] == ["likely-7"]
    assert unanswered(items, {"papers": {}, "likely-7": {}}) == []


# --- ratifying


@pytest.mark.parametrize(("decided", "latest"), [
    (date(2026, 1, 15), date(2026, 4, 15)), (date(2026, 11, 30), date(2027, 2, 28)), (date(2027, 11, 30), date(2028, 2, 29)), (date(2026, 10, 1), date(2027, 1, 1)),
])
def test_the_board_ratifies_within_three_months(decided, latest):
    assert ratify_by(decided) == latest


@given(st.dates(date(2011, 5, 1), date(2100, 1, 1)))
def test_three_months_are_three_months(day):
    assert timedelta(89) <= ratify_by(day) - day <= timedelta(92)
