"""The keys of a constitution, reading their values, and the law's limits on them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.union.rules import (
    Circumstances,
    account_problems,
    canonical,
    charter_keys,
    judge,
    logo_problems,
    picture_kind,
    plain_account_number,
    record_problems,
    value_of,
)
from unionops.law.parameters import built_in
from unionops.law.union_act import CHARTER_KEYS, UnionKind
from unionops.values.problems import Unreadable

DAY = date(2026, 9, 1)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40 + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"


def given_(members=1204, kind=UnionKind.INDUSTRIAL, directors=13, supervisors=4, day=DAY, **more):
    return Circumstances(built_in().at(day), kind, members, directors, supervisors, **more)


def judged(short, value, **more):
    return judge(charter_keys()[f"charter.{short}"], value, given_(**more))


def rules_of(found):
    return [problem.code for problem in found]


def test_every_key_is_complete():
    for definition in charter_keys().values():
        assert definition.zh
        assert definition.en.isascii()
        assert definition.kind in ("int", "rate", "text", "choice")
        assert bool(definition.choices) == (definition.kind == "choice")
        if definition.default is not None:
            value_of(definition, definition.default)
    assert {f"charter.{short}" for short in CHARTER_KEYS} <= charter_keys().keys()


@pytest.mark.parametrize("kind", UnionKind)
def test_defaults_never_break_the_law_for_a_union_of_any_kind(kind):
    for definition in charter_keys().values():
        if definition.default is not None:
            value = value_of(definition, definition.default)
            given = Circumstances(built_in().at(DAY), kind, 30, 9, 3, 12, 24)
            assert judge(definition, value, given).problems == ()


@pytest.mark.parametrize(
    ("short", "typed", "stored"),
    [
        ("directors", "13", "13"),
        ("directors", " １３ ", "13"),
        ("dues_monthly", "1,200", "1200"),
        ("dues_monthly_rate", "0.5", "0.005"),
        ("dues_monthly_rate", "0.5 %", "0.005"),
        ("dues_monthly_rate", "0", "0"),
        ("president_elected_by", "members", "members"),
        ("fallback_rules", " 準用選罷辦法 ", "準用選罷辦法"),
    ],
)
def test_reads_a_value_as_typed(short, typed, stored):
    assert canonical(charter_keys()[f"charter.{short}"], typed) == stored


@pytest.mark.parametrize(
    ("short", "typed", "code"),
    [
        ("directors", "many", "not_a_number"),
        ("directors", "-5", "not_a_number"),
        ("directors", "5.5", "not_a_number"),
        ("directors", "0", "out_of_range"),
        ("directors", "9" * 13, "not_a_number"),
        ("member_minimum_age", "66", "out_of_range"),
        ("dues_monthly_rate", "half", "not_a_number"),
        ("dues_monthly_rate", "", "not_a_number"),
        ("dues_monthly_rate", "1.2.3", "not_a_number"),
        ("dues_monthly_rate", "101", "out_of_range"),
        ("president_elected_by", "lot", "choice"),
        ("fallback_rules", "  ", "missing"),
        ("fallback_rules", "x" * 301, "too_long"),
    ],
)
def test_refuses_what_is_no_value(short, typed, code):
    with pytest.raises(Unreadable) as refusal:
        canonical(charter_keys()[f"charter.{short}"], typed)
    assert refusal.value.code == code


@given(st.decimals(0, 100, places=4))
def test_a_rate_survives_storing(percent):
    definition = charter_keys()["charter.dues_monthly_rate"]
    assert value_of(definition, canonical(definition, f"{percent:f}")) * 100 == percent


@pytest.mark.parametrize(
    ("short", "value", "rules"),
    [
        ("directors", 13, []),
        ("directors", 14, ["UA-17-directors"]),
        ("directors", 4, ["UA-17-directors"]),
        ("supervisors", 4, []),
        ("supervisors", 5, ["UA-17-supervisors"]),
        ("standing_directors", 0, []),
        ("standing_directors", 5, ["UA-17-standing"]),
        ("alternate_directors", 7, ["UA-17-alternates"]),
        ("delegates", 0, []),
        ("delegates", 38, ["ER-14-delegates"]),
        ("delegates", 39, []),
        ("term_years", 5, ["UA-20-term"]),
        ("president_terms", 3, ["UA-20-president"]),
        ("board_meeting_every_months", 3, []),
        ("board_meeting_every_months", 4, ["UA-24-freq"]),
        ("dues_monthly_rate", Decimal("0.005"), []),
        ("dues_monthly_rate", Decimal("0.0049"), ["UA-28-monthly"]),
        ("leave_notice_days", 30, []),
    ],
)
def test_the_law_holds_the_constitution(short, value, rules):
    found = judged(short, value)
    assert rules_of(found.problems) == rules
    assert all(problem.field == "value" for problem in found.problems)


def test_the_limit_names_its_rule_and_article():
    limit = judged("directors", None).limit
    assert (limit.rule, limit.result) == ("UA-17-directors", "5–13")
    assert "工會法第 17 條" in limit.citation
    assert judged("leave_notice_days", 3).limit is None


def test_delegates_need_a_hundred_members():
    assert rules_of(judged("delegates", 39, members=99).problems) == ["UA-15-threshold"]
    assert judged("delegates", 39, members=100).problems == ()


def test_without_a_count_of_members_only_what_always_holds_is_judged():
    assert judged("directors", 27, members=None).problems == ()
    assert rules_of(judged("directors", 28, members=None).problems) == ["UA-17-directors"]
    assert judged("directors", 9, members=None).limit is None
    assert judged("supervisors", 4, members=None).limit is not None


def test_dues_under_the_minimum_wage_floor_are_a_warning():
    wage = built_in().at(DAY).whole("wage.minimum_month")
    floor = -(-wage * 5 // 1000)
    assert rules_of(judged("dues_monthly", floor - 1).warnings) == ["UA-28-monthly"]
    assert judged("dues_monthly", floor - 1).problems == ()
    assert judged("dues_monthly", floor).warnings == ()
    entrance = -(-wage // 30)
    assert rules_of(judged("entrance_fee", entrance - 1).warnings) == ["UA-28-entrance"]
    assert judged("entrance_fee", entrance).warnings == ()


def test_nobody_is_expelled_before_he_could_be_suspended():
    assert judged("arrears_expel_months", 5, suspend_months=6).problems
    assert judged("arrears_suspend_months", 25, expel_months=24).problems
    assert judged("arrears_expel_months", 6, suspend_months=6).problems == ()


def test_before_the_act_of_2011_nothing_is_judged():
    assert judged("directors", 99, day=date(1999, 1, 1)).problems == ()


@pytest.mark.parametrize(
    ("founded", "registered", "fields"),
    [
        (None, None, []),
        (date(2000, 1, 1), date(2000, 1, 20), []),
        (date(2000, 1, 20), date(2000, 1, 1), ["registered_on"]),
        (date(2026, 9, 2), None, ["founded_on"]),
        (None, date(2026, 9, 2), ["registered_on"]),
    ],
)
def test_a_union_is_founded_then_registered(founded, registered, fields):
    found = record_problems(founded_on=founded, registered_on=registered, today=DAY)
    assert [problem.field for problem in found] == fields


@pytest.mark.parametrize(
    ("holder", "number", "fields"),
    [
        ("臺中市機械業產業工會", "0123456789", []),
        ("臺中市 機械業產業工會", "0123456789", []),
        ("王小明", "0123456789", ["holder"]),
        ("臺中市機械業產業工會", "12345", ["account_number"]),
        ("王小明", "1" * 17, ["holder", "account_number"]),
    ],
)
def test_dues_go_to_an_account_in_the_unions_name(holder, number, fields):
    found = account_problems(holder=holder, union_name="臺中市機械業產業工會", account_number=number)
    assert [problem.field for problem in found] == fields


def test_an_account_number_is_figures():
    assert plain_account_number(" ０１２-345 678 ") == "012345678"
    with pytest.raises(Unreadable):
        plain_account_number("12A4")


def test_a_picture_is_what_its_bytes_are():
    assert picture_kind(PNG) == "image/png"
    assert picture_kind(JPEG) == "image/jpeg"
    assert logo_problems(PNG) == []
    for wrong in (b"", b"<svg onload='x'/>", b"GIF89a", PNG[:-12], JPEG[:-2], b"%PDF-1.7", PNG + b"\0" * 2_000_000):
        assert [problem.field for problem in logo_problems(wrong)] == ["logo"]
