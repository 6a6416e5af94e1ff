"""What counts as an answer, from the web and from paper."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.surveys.rules.questions import OTHER, Asked, Given, Kind, check_definition, field_name, read_all, read_cell

SINGLE = Asked(1, Kind.SINGLE, "來源", ("通知", "群組", "同事"), other=True)
SEVERAL = Asked(2, Kind.MULTIPLE, "來源", ("通知", "群組", "同事"), other=True)
SCALE, TEN = Asked(3, Kind.SCALE5, "滿意"), Asked(4, Kind.SCALE10, "推薦")
GRID = Asked(5, Kind.MATRIX, "各項", rows=("講師", "場地"), required=True)
NUMBER, DAY = Asked(6, Kind.NUMBER, "次數"), Asked(7, Kind.DATE, "日期")
SHORT, LONG = Asked(8, Kind.SHORT, "一句話"), Asked(9, Kind.LONG, "意見")


def codes(asked, typed):
    given, wrong = read_cell(asked, 0, typed)
    assert wrong == []
    return [(one.code, one.text) for one in given]


@pytest.mark.parametrize(
    ("asked", "typed", "expected"),
    [
        (SINGLE, "2", [(2, "")]), (SINGLE, " ２ ", [(2, "")]), (SINGLE, "4 朋友說的", [(OTHER, "朋友說的")]), (SINGLE, "朋友說的", [(OTHER, "朋友說的")]),
        (SEVERAL, "1,3", [(1, ""), (3, "")]), (SEVERAL, "1、3 3", [(1, ""), (3, "")]), (SEVERAL, "1,4 廣播", [(1, ""), (OTHER, "廣播")]),
        (SCALE, "5", [(5, "")]), (SCALE, "５", [(5, "")]), (TEN, "0", [(0, "")]), (TEN, "10", [(10, "")]), (SCALE, "", []),
    ],
)
def test_a_clerk_types_numbers(asked, typed, expected):
    assert codes(asked, typed) == expected


@pytest.mark.parametrize(
    ("asked", "typed"),
    [
        (SINGLE, "5"), (SINGLE, "1,2"), (SINGLE, "0"), (SCALE, "6"), (SCALE, "0"), (SCALE, "3.5"), (SCALE, "好"), (TEN, "11"), (SEVERAL, "1,9"), (SEVERAL, "999"),
        (NUMBER, "三次"), (NUMBER, "1e9"), (NUMBER, "nan"), (DAY, "115/2/30"), (SHORT, "字" * 201), (LONG, "字" * 5001), (LONG, "a\x07b"),
        (SHORT, "abc\u202edef"), (SINGLE, "4 " + "字" * 201), (Asked(1, Kind.SINGLE, "x", ("a", "b")), "朋友"), (GRID, ""),
    ],
)
def test_what_is_refused(asked, typed):
    given, wrong = read_cell(asked, 0, typed)
    assert given == []
    assert len(wrong) == 1


def test_figures_days_and_texts():
    assert read_cell(NUMBER, 0, "1,200.5")[0] == [Given(6, number=1200.5)]
    assert read_cell(DAY, 0, "115/9/1")[0] == [Given(7, day=date(2026, 9, 1))]
    assert read_cell(LONG, 0, "<script>alert(1)</script>\n=1+1")[0] == [Given(9, text="<script>alert(1)</script>\n=1+1")]


def test_a_whole_sheet_names_every_field_that_is_wrong():
    typed = {
        field_name(1): ["1"], field_name(2): ["1", "99"], field_name(2, other=True): ["廣播"], field_name(3): ["7"], field_name(5, 0): ["4"],
        field_name(9): ["  "], "forged": ["1"],
    }
    given, wrong = read_all([SINGLE, SEVERAL, SCALE, GRID, LONG], typed)
    assert [(one.question, one.part, one.code, one.text) for one in given] == [(1, 0, 1, ""), (2, 0, 1, ""), (2, 0, OTHER, "廣播"), (5, 0, 4, "")]
    assert [one.field for one in wrong] == ["q3_0", "q5_1"]


@given(st.text(max_size=80), st.sampled_from([SINGLE, SEVERAL, SCALE, TEN, GRID, NUMBER, DAY, SHORT, LONG]))
def test_whatever_is_typed_is_answered_or_refused(typed, asked):
    given, wrong = read_cell(asked, 0, typed)
    assert not (given and wrong)
    assert all(one.code in asked.codes for one in given if asked.codes)
    assert all(read_cell(asked, 0, typed)[0] == given for _again in range(2))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Asked(0, Kind.SINGLE, "題", ("一個",)), "options"), (Asked(0, Kind.SINGLE, "題", ("a", "a")), "options"), (Asked(0, Kind.MATRIX, "題"), "rows"),
        (Asked(0, Kind.MULTIPLE, "題", tuple(map(str, range(21)))), "options"), (Asked(0, Kind.LONG, " "), "title"), (Asked(0, Kind.SINGLE, "題", ("字" * 201, "b")), "options"),
    ],
)
def test_questions_that_cannot_be_asked(asked, field):
    assert [one.field for one in check_definition(asked)] == [field]
