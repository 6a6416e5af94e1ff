"""Lists of arrears of many offices: periods as people write them, columns of many kinds, and whose a row is."""

from __future__ import annotations

from datetime import date

import pytest

from unionops.members.rules.opening import Known, Months, Part, find, is_somebody, judge, month_columns, read_period, read_row

BEGIN = date(2026, 4, 1)
PLACES = {name: at for at, name in enumerate(["number", "name", "period", "regular", "agency", "total", "due_on", "credit", "months", "id_number"])}


@pytest.mark.parametrize(("text", "first", "months"), [
    ("115Q1", date(2026, 1, 1), 3), ("115q4", date(2026, 10, 1), 3), ("115-Q2", date(2026, 4, 1), 3), ("115年第3季", date(2026, 7, 1), 3),
    ("115 年第一季", date(2026, 1, 1), 3), ("2026Q2", date(2026, 4, 1), 3), ("115/1-3", date(2026, 1, 1), 3), ("115年1月-3月", date(2026, 1, 1), 3),
    ("114/11-115/2", date(2025, 11, 1), 4), ("11501", date(2026, 1, 1), 1), ("115/01", date(2026, 1, 1), 1), ("115年1月份", date(2026, 1, 1), 1), ("202601", date(2026, 1, 1), 1),
    ("114下半年", date(2025, 7, 1), 6), ("民國114年上半年", date(2025, 1, 1), 6), ("114", date(2025, 1, 1), 12), ("114年度", date(2025, 1, 1), 12), ("１１５Ｑ１", date(2026, 1, 1), 3), ("2026-02-01", date(2026, 2, 1), 1),
])
def test_periods_as_people_write_them(text, first, months):
    assert read_period(text) == (first, months)


@pytest.mark.parametrize("text", ["", "Q1", "115Q5", "115/13", "115/3-1", "上季", "115年第五季", "7", "99999", "115/0", "115.1", "2026-02-05", "115-2-5"])
def test_what_is_no_period(text):
    assert read_period(text) is None


def row(**cells):
    given = {"number": "00007", "name": "張家傑", "period": "115Q1"} | cells
    made = read_row(2, [given.get(name, "") for name in PLACES], PLACES, begins_on=BEGIN)
    assert made is not None
    return made


def codes(made):
    return [one.code for one in made.problems]


def test_columns_of_each_kind_and_their_sum():
    made = row(regular="450", agency="10,572", total=11022, due_on="115/02/28")
    assert made.parts == [Part("regular", "115Q1 經常會費", 450), Part("agency", "115Q1 保險費（代收）", 10572)]
    assert (made.period_on, made.months, made.due_on, made.problems) == (date(2026, 1, 1), 3, date(2026, 2, 28), [])


def test_a_sum_alone_is_arrears_and_an_empty_row_is_left_out():
    assert row(total=600).parts == [Part("regular", "115Q1 欠費", 600)]
    assert [one.code for one in row(regular="0").remarks] == ["nothing"]
    assert read_row(3, [""] * 10, PLACES, begins_on=BEGIN) is None


def test_months_tell_the_period_where_none_is_written():
    made = row(period="", months="5", regular="750")
    assert (made.period_on, made.months, made.due_on) == (date(2025, 11, 1), 5, date(2026, 3, 31))


@pytest.mark.parametrize(("cells", "code"), [
    ({"regular": "450", "total": "500"}, "total"), ({"regular": "四百五"}, "amount"), ({"regular": "-450"}, "amount_range"), ({"regular": "450.5"}, "amount"),
    ({"regular": "999999999"}, "amount_range"), ({"regular": "450", "period": "上一季"}, "period"), ({"regular": "450", "period": "115Q2"}, "after_begin"),
    ({"regular": "450", "due_on": "115/2/30"}, "due_on"), ({"regular": "450", "months": "0"}, "months"), ({"credit": "x"}, "amount"),
])
def test_what_stops_a_row(cells, code):
    assert code in codes(row(**cells))


KNOWN = Known({"7": (1, "張家傑"), "9": (2, "劉智興")}, {"A123456789": (1, "張家傑")}, {"張家傑": [1], "陳美玲": [3, 4], "劉智興": [2]})


@pytest.mark.parametrize(("cells", "person", "code"), [
    ({}, 1, None), ({"number": "7"}, 1, None), ({"number": "", "id_number": "a123456789"}, 1, None), ({"number": "", "name": "劉智興"}, 2, None),
    ({"number": "9"}, None, "other_name"), ({"number": "9", "name": "", "id_number": "A123456789"}, None, "two_people"), ({"number": "", "name": "陳美玲"}, None, "same_name"),
    ({"number": "404", "name": "沒有人"}, None, "unknown"),
])
def test_whose_a_row_is(cells, person, code):
    made = row(regular="450", **cells)
    find(made, KNOWN)
    assert made.person_id == person
    assert codes(made) == ([code] if code else [])


def test_the_same_sum_twice_is_seen():
    first, second = row(regular="450"), row(regular="300")
    for made in (first, second):
        find(made, KNOWN)
    judge([first, second], frozenset())
    assert (codes(first), codes(second)) == ([], ["twice"])
    third = row(regular="450")
    find(third, KNOWN)
    judge([third], frozenset({(1, "regular", date(2026, 1, 1))}))
    assert codes(third) == ["entered"]


@pytest.mark.parametrize(("text", "amount"), [("1,234.00", 1234), ("１５０元", 150), ("NT$1,500", 1500), ("450.0", 450)])
def test_amounts_in_other_forms(text, amount):
    assert [one.amount for one in row(regular=text).parts] == [amount]


@pytest.mark.parametrize(("cells", "code"), [
    ({"regular": "1,50"}, "amount"), ({"regular": "4.5E+2"}, "amount"), ({"regular": "(150)"}, "amount_range"), ({"regular": "450", "period": 115.1}, "period"),
    ({"regular": "450", "due_on": "26/02/28"}, "due_on"),
])
def test_what_could_be_another_figure_stops_a_row(cells, code):
    assert code in codes(row(**cells))


def test_what_is_old_stays_old_where_no_day_is_given():
    assert [row(period=period, regular="450").due_on for period in ("113Q1", "115Q1", "")] == [date(2024, 3, 31), date(2026, 3, 31), date(2026, 3, 31)]


HEADS = ["會員編號", "姓名", "114/11", "114年12月會費", "115/1", "欠費合計"]


def by_month(*cells, titles=HEADS):
    return read_row(2, cells, {"number": 0, "name": 1, "total": 5}, begins_on=BEGIN, months=month_columns(titles, (0, 1, 5)))


def test_a_list_with_a_column_for_each_month():
    made = by_month("7", "張家傑", 150, "", "150", 300)
    assert [(one.amount, one.period_on, one.due_on) for one in made.parts] == [(150, date(2025, 11, 1), date(2025, 11, 30)), (150, date(2026, 1, 1), date(2026, 1, 31))]
    assert (made.parts[0].text, codes(made)) == ("114/11 經常會費", [])
    assert codes(by_month("7", "張家傑", 150, "", "150", 450)) == ["total"]
    assert [one.code for one in by_month("7", "張家傑", "已繳", "v", "-", 0).remarks] == ["nothing"]
    again = [by_month("7", "張家傑", 150, "", "", 150), by_month("7", "張家傑", 150, "", "", 150)]
    for one in again:
        find(one, KNOWN)
    judge(again, frozenset())
    assert codes(again[1]) == ["twice"]


def test_months_without_a_year_and_one_column_alone():
    assert codes(by_month("7", "張家傑", 150, "", "", 150, titles=["會員編號", "姓名", "1月", "2月", "3月", "合計"])) == ["yearless"]
    assert month_columns(["會員編號", "114/11"], (0,)) == Months()


def test_numbers_with_and_without_their_noughts():
    known = Known({"7": (1, "甲"), "007": (2, "乙"), "12": (3, "丙")}, {}, {})
    assert [known.numbered(number) for number in ("7", "007", "0007", "0012", "9")] == [(1, "甲"), (2, "乙"), (1, "甲"), (3, "丙"), None]
    assert (row(number="7.0", regular="1").number, is_somebody(row(number="００７")), is_somebody(row(number="合計"))) == ("7", True, False)
