"""Single cells of a roster: what a person typed, what it is read as, and what is said about it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.roster_cells import (
    HARMLESS,
    SUSPECT,
    left_mark,
    read_count,
    read_date,
    read_name,
    read_phones,
    read_salary,
    text_codes,
)


@pytest.mark.parametrize(
    ("cell", "day", "codes"),
    [
        ("62/5/3", date(1973, 5, 3), ()),
        (820816, date(1993, 8, 16), ("date_number",)),
        (1121009, date(2023, 10, 9), ("date_number",)),
        (27150, date(1974, 5, 1), ("date_serial",)),
        ("27150", date(1974, 5, 1), ("date_serial",)),
        ("民國六十二年五月三日", date(1973, 5, 3), ("date_hanzi",)),
        ("７５／３／１２", date(1986, 3, 12), ("fullwidth",)),
        ("民62.5.3", date(1973, 5, 3), ()),
        ("62年5月3", date(1973, 5, 3), ()),
        ("1973-05-03 00:00:00", date(1973, 5, 3), ()),
        ("0000000", None, ("missing",)),
        (0, None, ("missing",)),
        ("不詳", None, ("missing",)),
        ("", None, ()),
        ("3 May 1981", date(1981, 5, 3), ()),
        ("3-May-1981", date(1981, 5, 3), ()),
        ("May 3rd, 1981", date(1981, 5, 3), ()),
        ("30 Feb 1981", None, ("date_impossible",)),
        ("3 Mai 1981", None, ("date_format",)),
        ("72/2/30", None, ("date_impossible",)),
        ("五月", None, ("date_format",)),
        (True, None, ("date_format",)),
        (123, None, ("date_format",)),
    ],
)
def test_dates(cell, day, codes):
    assert (read_date(cell).day, read_date(cell).codes) == (day, codes)


@pytest.mark.parametrize(
    ("cell", "number", "codes"),
    [(2, 2, ()), ("2人", 2, ()), ("２", 2, ("fullwidth",)), ("無", 0, ()), ("", 0, ()), ("－", 0, ()), ("二", 2, ()), ("2.0", 2, ()),
     (-1, None, ("out_of_range",)), ("99", None, ("out_of_range",)), (2.5, None, ("not_a_number",)), ("很多", None, ("not_a_number",))],
)  # fmt: skip
def test_counts(cell, number, codes):
    assert (read_count(cell).number, read_count(cell).codes) == (number, codes)


@pytest.mark.parametrize(
    ("cell", "amount", "codes"),
    [("29,500", 29500, ()), ("２９５００", 29500, ("fullwidth",)), ("純會員", None, ()), ("", None, ()), (0, None, ()), ("29500元", 29500, ()),
     (-30300, None, ("out_of_range",)), (7, None, ("out_of_range",)), ("3.03E+104", None, ("not_a_number",)), (3.03e104, None, ("out_of_range",)),
     (29500.5, None, ("not_a_number",))],
)  # fmt: skip
def test_salaries(cell, amount, codes):
    assert (read_salary(cell).number, read_salary(cell).codes) == (amount, codes)


@pytest.mark.parametrize(
    ("cell", "mobile", "others", "codes"),
    [
        ("0912-345-678", "0912345678", (), ()),
        ("0912-345678(LINE)", "0912345678", (), ()),
        (912345678, "0912345678", (), ("phone_zero",)),
        ("０９１２３４５６７８", "0912345678", (), ("fullwidth",)),
        ("+886-912-345-678", "0912345678", (), ()),
        ("04-22223333／0912345678", "0912345678", ("0422223333",), ()),
        ("(04)22223333", None, ("0422223333",), ()),
        ("26669431", None, ("26669431",), ()),
        ("－", None, (), ()),
        ("晚上再打", None, (), ("phone_format",)),
    ],
)
def test_phones(cell, mobile, others, codes):
    read = read_phones(cell)
    assert (read.mobile, read.others, read.codes) == (mobile, others, codes)


def test_what_is_no_phone_number_is_left_over():
    assert read_phones("晚上再打").rest == "晚上再打"


@pytest.mark.parametrize(
    ("cell", "name", "codes"),
    [
        ("紀　勳", "紀勳", ("name_spaces",)),
        ("SRI  WAHYUNI", "SRI WAHYUNI", ("name_spaces",)),
        ("達利·里夢", "達利·里夢", ("middle_dot",)),
        ("林世犇", "林世犇", ("rare_char",)),
        ("阮慧𤧟", "阮慧𤧟", ("astral_char",)),
        ("林恒碁", "林恒碁", ()),
        ("王?勳", "王?勳", ("lossy_name",)),
        ("江英□", "江英□", ("lossy_name",)),
        ("待補", "", ()),
        ("123", "123", ("unlikely_name",)),
        ("王", "王", ("unlikely_name",)),
        ("O'HARA-LÊ", "O'HARA-LÊ", ()),
    ],
)
def test_names(cell, name, codes):
    assert (read_name(cell).name, read_name(cell).codes) == (name, codes)


@pytest.mark.parametrize(
    ("note", "day"),
    [("退會", None), ("退", None), ("114/12/31 退會", date(2025, 12, 31)), ("115/1/31退會", date(2026, 1, 31)), ("歿 114/11/2", date(2025, 11, 2)),
     ("已退會(114.12)", None), ("2/28退會", None), ("轉出他會", None), ("退會 已繳回會員證", None), ("112年5月1日過世", date(2023, 5, 1)),
     ("低收，已退會", None), ("欠費除名", None)],
)  # fmt: skip
def test_remarks_that_say_somebody_has_left(note, day):
    assert left_mark(note).left_on == day


@pytest.mark.parametrize(
    "note",
    ["", "理事", "退會申請已撤回 115/2/3", "退休前任職鐵路局", "退費300元(溢繳)", "眷屬退保114/9", "停權後復權", "母歿", "配偶過世", "114/5/1退會，115/1/1復會",
     "預計年底退會", "曾退會", "退互助金500", "轉出證明已開"],
)  # fmt: skip
def test_remarks_that_do_not(note):
    assert left_mark(note) is None


@given(st.from_regex(HARMLESS, fullmatch=True))
def test_what_is_passed_at_a_glance_would_pass_a_closer_look(joined):
    assert not SUSPECT.search(joined)
    assert all(text_codes(text, quoted=False, longest=len(text)) == () for text in joined.split("\t"))
