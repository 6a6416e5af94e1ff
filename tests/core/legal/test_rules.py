"""What a new legal figure must be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.legal.rules import typed_value, value_problems
from unionops.law.parameters import built_in, parse_value

DAY = date(2027, 1, 1)


def problems(key="nhi.rate", typed="5.17%", valid_from=DAY, source="衛福部公告", own_taken=False, corrects=False):
    found = value_problems(
        key, typed=typed, valid_from=valid_from, source=source, book=built_in(), own_taken=own_taken, corrects=corrects
    )
    return [problem.field for problem in found]


@pytest.mark.parametrize(
    ("unit", "typed", "stored"),
    [
        ("rate", "11.5%", "0.115"),
        ("rate", "11.5 %", "0.115"),
        ("rate", "１１．５％", "0.115"),
        ("rate", "0.115", "0.115"),
        ("rate", "100%", "1"),
        ("NTD", "30,000", "30000"),
        ("share", "2/3", "2/3"),
        ("month_day", "03-31", "03-31"),
    ],
)
def test_reads_what_people_type(unit, typed, stored):
    assert typed_value(unit, typed) == stored


@pytest.mark.parametrize(
    ("unit", "typed"), [("rate", "1e5"), ("rate", "nan"), ("rate", "%"), ("NTD", "三萬"), ("share", "1/0"), ("month_day", "13-45"), ("day", "")]
)
def test_refuses_what_is_no_value(unit, typed):
    with pytest.raises(ValueError):
        typed_value(unit, typed)


@given(st.decimals(min_value=0, max_value=100, places=3))
def test_per_cent_is_a_hundredth(percent):
    assert parse_value("rate", typed_value("rate", f"{percent:f}%")) * 100 == percent


def test_a_good_value_passes():
    assert problems() == []
    assert problems("wage.minimum_month", "30,500") == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"key": "moon.phase"}, ["value"]),
        ({"typed": "5.17"}, ["value"]),
        ({"typed": "-1%"}, ["value"]),
        ({"typed": "1/0", "key": "majority.special"}, ["value"]),
        ({"typed": "29500.5", "key": "wage.minimum_month"}, ["value"]),
        ({"typed": "abc"}, ["value"]),
        ({"valid_from": date(1900, 1, 1)}, ["valid_from"]),
        ({"source": ""}, ["source"]),
        ({"own_taken": True}, ["valid_from"]),
        ({"typed": "x", "source": "", "own_taken": True}, ["value", "valid_from", "source"]),
    ],
)
def test_each_wrong_field_is_named(changes, fields):
    assert problems(**changes) == fields


def test_a_correction_of_the_same_day_is_allowed_when_said():
    assert problems(own_taken=True, corrects=True) == []
