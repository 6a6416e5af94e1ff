import json
from datetime import date

import pytest

from unionops.law.calculators import CALCULATORS, Calculator, as_json, parse, register
from unionops.values.problems import RuleBroken


def ask(name, **raw):
    """As the command line would: text in, JSON out."""
    return json.loads(json.dumps(as_json(CALCULATORS[name].ask(raw))))


def refused(name, **raw):
    with pytest.raises(RuleBroken) as caught:
        CALCULATORS[name].ask(raw)
    return {problem.field: problem for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("name", "raw", "answer"),
    [
        ("period.deadline", {"event_on": "2026-03-01", "length": "90"}, {"nominal_on": "2026-05-30", "latest_on": "2026-06-01"}),
        (
            "period.deadline",
            {"event_on": "115/7/15", "length": "2", "unit": "month", "roll": "CC122"},
            {"nominal_on": "2026-09-15", "latest_on": "2026-09-15"},
        ),
        (
            "period.deadline",
            {"event_on": "2023-03-10", "length": "4", "unit": "year", "roll": "NONE", "first_day": "included"},
            {"nominal_on": "2027-03-09", "latest_on": "2027-03-09"},
        ),
        ("period.deadline", {"event_on": "2026-08-01", "length": "-60"}, {"nominal_on": "2026-06-02", "latest_on": "2026-06-02"}),
        ("notice.latest_delivery", {"body": "assembly", "session": "regular", "meeting_on": "2026-05-20"}, {"deliver_by": "2026-05-04"}),
        ("notice.latest_delivery", {"body": "board", "session": "regular", "meeting_on": "20260302"}, {"deliver_by": "2026-02-22"}),
        (
            "officers.limits",
            {"members": "1234", "kind": "enterprise"},
            {
                "directors_min": 5,
                "directors_max": 13,
                "supervisors_max": 4,
                "standing_directors_max": 4,
                "alternate_directors_max": 6,
                "alternate_supervisors_max": 2,
                "delegates_min": 39,
            },
        ),
        (
            "officers.limits",
            {"members": "480", "kind": "industrial", "directors": "7"},
            {
                "directors_min": 5,
                "directors_max": 9,
                "supervisors_max": 2,
                "standing_directors_max": 2,
                "alternate_directors_max": 3,
                "alternate_supervisors_max": 1,
                "delegates_min": 21,
            },
        ),
        ("assembly.thresholds", {"base": "101"}, {"quorum": 51}),
        ("assembly.thresholds", {"base": "101", "attending": "６７"}, {"quorum": 51, "ordinary": 34, "special": 45}),
        (
            "assembly.thresholds",
            {"base": "120", "attending": "61", "in_person": "46"},
            {"quorum": 61, "ordinary": 31, "special": 41, "proxies_max": 15},
        ),
        ("identity.check", {"number": "A123456789"}, {"valid": True, "kind": "national", "sex": "M"}),
        ("identity.check", {"number": "bb94553903"}, {"valid": True, "kind": "resident_old", "sex": "F"}),
        ("identity.check", {"number": "A123456788"}, {"valid": False, "kind": "national", "sex": "M"}),
        ("identity.check", {"number": "待補"}, {"valid": False, "kind": "unknown", "sex": None}),
        ("dues.floors", {"monthly_wage": "36300"}, {"regular_min": 182, "entrance_min": 1210}),
        ("dues.floors", {"monthly_wage": "36000", "daily_wage": "1500"}, {"regular_min": 180, "entrance_min": 1500}),
        ("dues.federation", {"members_dues": "1200000"}, {"min": 60_000, "max": 360_000}),
        ("dues.federation", {"members_dues": "0"}, {"min": 0, "max": 0}),
        ("money.capitals", {"amount": "120"}, {"text": "壹佰貳拾元整"}),
        ("money.capitals", {"amount": "0"}, {"text": "零元整"}),
    ],
)
def test_answers(name, raw, answer):
    told = ask(name, **raw)
    assert told["answer"] == answer
    assert all(basis["rule"] and basis["citation"] and basis["confidence"] for basis in told["basis"])


def test_what_is_wrong_is_named_all_at_once():
    found = refused("period.deadline", event_on="115/2/30", length="ten", foo="1")
    assert {field: problem.code for field, problem in found.items()} == {
        "event_on": "date_impossible",
        "length": "not_a_number",
        "foo": "unknown",
    }
    assert "event_on、length、unit、roll、first_day" in found["foo"].text


@pytest.mark.parametrize(
    ("name", "raw", "field", "text"),
    [
        ("period.deadline", {"event_on": "2026-03-01"}, "length", "請填寫此項"),
        ("period.deadline", {"event_on": "2026-03-01", "length": " "}, "length", "請填寫此項"),
        (
            "period.deadline",
            {"event_on": "2026-03-01", "length": "1", "unit": "fortnight"},
            "unit",
            "須為下列之一：day、week、month、year、working_day",
        ),
        ("period.deadline", {"event_on": "2026-03-01", "length": "99999"}, "length", "不得大於 36525"),
        ("period.deadline", {"event_on": "2026-03-01", "length": "500", "unit": "year"}, "length", "期間不得超過 100"),
        ("period.deadline", {"event_on": "2026-03-01", "length": "1.5"}, "length", "須為整數"),
        ("period.deadline", {"event_on": "9999-12-31", "length": "1"}, "event_on", "日期須在民國 1 年至 289 年之間"),
        ("notice.latest_delivery", {"body": "board", "session": "emergency", "meeting_on": "2026-05-20"}, "session", "緊急"),
        ("officers.limits", {"members": "0", "kind": "enterprise"}, "members", "不得小於 1"),
        ("officers.limits", {"members": "10000001", "kind": "enterprise"}, "members", "不得大於 10000000"),
        ("officers.limits", {"members": "480", "kind": "enterprise", "directors": "11"}, "directors", "須介於 5 與 9 之間"),
        ("assembly.thresholds", {"base": "10", "attending": "11"}, "attending", "不得多於應出席人數 10"),
        ("assembly.thresholds", {"base": "10", "attending": "8", "in_person": "9"}, "in_person", "不得多於 8"),
        ("identity.check", {"number": "A" * 201}, "number", "不得超過 200 字"),
        ("identity.check", {}, "number", "請填寫此項"),
        ("dues.floors", {"monthly_wage": "0"}, "monthly_wage", "不得小於 1"),
        ("dues.federation", {"members_dues": "-1"}, "members_dues", "不得小於 0"),
        ("money.capitals", {"amount": "1000000000000"}, "amount", "須為整數"),
    ],
)
def test_refusals_are_clear(name, raw, field, text):
    assert text in refused(name, **raw)[field].text


def test_defaults_fill_what_was_left_out():
    values = parse(CALCULATORS["period.deadline"], {"event_on": "1150301", "length": "90", "unit": ""})
    assert values == {"event_on": date(2026, 3, 1), "length": 90, "unit": "day", "roll": "APA48", "first_day": "excluded"}


def test_an_identity_number_is_not_repeated_in_the_reason():
    assert "A123456789" not in json.dumps(ask("identity.check", number="A123456789")["basis"])


@pytest.mark.parametrize("calculator", CALCULATORS.values(), ids=CALCULATORS)
def test_every_calculator_is_complete(calculator):
    assert calculator.title
    assert calculator.task
    assert all(indicator.startswith("P" + calculator.task[1:]) for indicator in calculator.indicators)
    for given in calculator.inputs:
        assert given.title
        assert (given.kind == "choice") is bool(given.choices)
        assert given.default is None or given.kind != "choice" or given.default in dict(given.choices)


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="registered already"):
        register(Calculator("identity.check", "又一個", (), lambda: ({}, ())))
