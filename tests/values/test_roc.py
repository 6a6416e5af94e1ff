from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.values.roc import FIRST, LAST, DateUnreadable, parse_date, roc_date, roc_long, weekday

DAY = date(2026, 9, 1)
DAYS = st.dates(FIRST, LAST)


def test_a_day_is_written_short_and_long():
    assert roc_date(DAY) == "115/09/01"
    assert roc_long(DAY) == "115 年 9 月 1 日（星期二）"
    assert weekday(date(2026, 9, 6)) == "日"


def test_the_year_before_the_republic_is_written_as_minus_one():
    assert roc_date(date(1911, 12, 31)) == "-1/12/31"


@pytest.mark.parametrize(
    "text",
    [
        "115/9/1",
        "115/09/01",
        "115.9.1",
        "115-09-01",
        "1150901",
        "2026-09-01",
        "2026/9/1",
        "20260901",
        "民國115年9月1日",
        "115年9月1日",
        "民國 115 年 9 月 1 日",
        "115 年 9 月 1 日（星期二）",
        "115/9/1(週二)",
        "中華民國一百一十五年九月一日",
        "民國一一五年九月一日",
        "１１５／９／１",
        "　115.9.1 ",
    ],
)
def test_one_day_in_every_way_of_writing_it(text):
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("990101", date(2010, 1, 1)),
        ("0691015", date(1980, 10, 15)),
        ("75/3/12", date(1986, 3, 12)),
        ("民國元年1月1日", date(1912, 1, 1)),
        ("民國九十九年十二月三十一日", date(2010, 12, 31)),
        ("民國一百年十月十日", date(2011, 10, 10)),
        ("民國一百零五年二月廿九日", date(2016, 2, 29)),
        ("一○一年卅月一日".replace("卅", "三"), date(2012, 3, 1)),
        ("１１３年２月２９日", date(2024, 2, 29)),
        ("2200-12-31", LAST),
    ],
)
def test_other_days(text, day):
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("75/2/30", "date_impossible"),
        ("68/13/5", "date_impossible"),
        ("114/2/29", "date_impossible"),
        ("0/1/1", "date_impossible"),
        ("0000000", "date_impossible"),
        ("115/1/0", "date_impossible"),
        ("115 年 9 月 1 日（星期三）", "date_impossible"),
        ("9999/12/31", "date_out_of_range"),
        ("民國前5年3月1日", "date_out_of_range"),
        ("1911-12-31", "date_out_of_range"),
        ("01150901", "date_out_of_range"),
        ("", "date_format"),
        ("昨天", "date_format"),
        ("115/9", "date_format"),
        ("70101", "date_format"),
        ("115-09/01年", "date_format"),
        ("-115/9/1", "date_format"),
        ("十百年一月一日", "date_format"),
        ("١١٥/٩/١", "date_format"),
        ("115/9/1; DROP TABLE", "date_format"),
    ],
)
def test_what_is_no_day_says_why(text, code):
    with pytest.raises(DateUnreadable) as caught:
        parse_date(text)
    assert caught.value.code == code
    assert caught.value.problem("born_on").code == code


@given(DAYS)
def test_what_is_written_can_be_read_again(day):
    assert parse_date(roc_date(day)) == parse_date(roc_long(day)) == parse_date(day.isoformat()) == day


@given(st.text(max_size=30))
def test_any_text_gives_a_day_or_a_reason(text):
    try:
        day, code = parse_date(text), ""
    except DateUnreadable as unreadable:
        day, code = FIRST, unreadable.code
    assert FIRST <= day <= LAST
    assert code in {"", "date_format", "date_impossible", "date_out_of_range"}
