"""What is decided about letters without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.letters import rules
from unionops.letters.rules import (
    Arrival,
    Asked,
    Direction,
    Draft,
    Line,
    Receiver,
    Role,
    outline,
    read_receivers,
    reply_due,
    write_receivers,
)

TODAY = date(2026, 11, 22)


# --- numbers


@pytest.mark.parametrize(("direction", "code", "sequence", "digits", "number"), [
    (Direction.IN, "收", 1, 4, "收115-0001"), (Direction.OUT, "中市展演總", 1, 4, "中市展演總字第1150001號"),
    (Direction.OUT, "中市展演總", 12345, 4, "中市展演總字第11512345號"),
])
def test_numbers_are_written_as_offices_write_them(direction, code, sequence, digits, number):
    assert rules.letter_number(direction, code, 115, sequence, digits) == number


@given(st.integers(1, 200), st.integers(1, 99_999), st.integers(3, 7))
def test_a_number_never_loses_a_figure(year, sequence, digits):
    assert str(sequence) in rules.letter_number(Direction.OUT, "會", year, sequence, digits)


@pytest.mark.parametrize(("code", "digits", "used", "field"), [
    ("", 4, 0, "code"), ("收 文", 4, 0, "code"), ("收1", 4, 0, "code"), ("收" * 21, 4, 0, "code"), ("收", 2, 0, "digits"), ("收", 8, 0, "digits"),
    ("收", 3, 1000, "used"), ("收", 3, -1, "used"),
])
def test_series_that_cannot_be(code, digits, used, field):
    assert [one.field for one in rules.series_problems(code, digits, used)] == [field]


# --- numbered text


def test_a_single_line_has_no_number():
    assert outline("  依據貴局來函辦理。\n") == [Line(0, "", "依據貴局來函辦理。")]


def test_lines_are_numbered_and_typed_numbers_put_right():
    text = "甲\n三、乙\n(五)丙\n（一）丁\n1. 戊\n（1）己\n庚"
    assert [(line.level, line.mark, line.text) for line in outline(text)] == [
        (1, "一、", "甲"), (1, "二、", "乙"), (2, "(一)", "丙"), (2, "(二)", "丁"), (3, "1、", "戊"), (4, "(1)", "己"), (1, "三、", "庚"),
    ]


def test_blanks_count_levels_where_no_number_is_typed():
    assert [line.mark for line in outline("甲\n　乙\n  丙\n    丁\n戊")] == ["一、", "(一)", "(二)", "1、", "二、"]


def test_no_level_is_skipped():
    assert [line.level for line in outline("(1)甲\n1、乙\n一、丙\n1、丁")] == [1, 2, 1, 2]


@pytest.mark.parametrize("line", ["115年度決算", "10.5 元", "一般會員", "十大要點", "(附件)", "1150001號"])
def test_words_that_only_look_like_a_number_stay(line):
    assert outline(f"{line}\n乙")[0].text == line


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=8), min_size=2, max_size=40))
def test_every_line_of_a_text_is_kept(lines):
    text = "\n".join(f"甲{line}" for line in lines)
    assert [line.text.strip() for line in outline(text)] == [f"甲{line}".strip() for line in lines]


@pytest.mark.parametrize(("number", "word"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
def test_chinese_figures(number, word):
    assert rules.chinese_figure(number) == word


# --- receivers


def test_receivers_are_read_from_lines():
    found, wrong = read_receivers(Role.ORIGINAL, "to", "臺中市政府勞工局；臺中市臺灣大道 99 號；a@labor.tw\n\n全國總工會; b@union.tw\n本會理事會")
    assert wrong == []
    assert [(one.name, one.address, one.email) for one in found] == [
        ("臺中市政府勞工局", "臺中市臺灣大道 99 號", "a@labor.tw"), ("全國總工會", "", "b@union.tw"), ("本會理事會", "", ""),
    ]


@pytest.mark.parametrize("text", ["a@b.tw", "甲；a@b", "甲；地；址", "甲；a@b.tw；c@d.tw", "甲\n甲", "甲" * 121, "甲；" + "路" * 251])
def test_receivers_that_cannot_be_read(text):
    _found, wrong = read_receivers(Role.COPY, "copies", text)
    assert [one.field for one in wrong] == ["copies"]


def test_too_many_receivers_are_told_of_a_notice():
    assert "公告" in read_receivers(Role.COPY, "copies", "\n".join(f"會員{n}" for n in range(201)))[1][0].text


@given(st.lists(st.builds(Receiver, st.just(Role.COPY), st.text("甲乙丙丁局處室", min_size=1, max_size=6), st.sampled_from(["", "臺中市"]),
                          st.sampled_from(["", "a@b.tw"])), max_size=6, unique_by=lambda one: (one.name, one.email)))
def test_receivers_written_are_read_again(receivers):
    assert read_receivers(Role.COPY, "copies", write_receivers(receivers)) == (receivers, [])


# --- deadlines


def test_a_named_day_stands_and_one_works_towards_a_working_day():
    due = reply_due(Asked(by_day=date(2026, 11, 29)), since=TODAY, letter="中市勞資字第1號")  # A Sunday.
    assert (due.latest_on, due.safe_on) == (date(2026, 11, 29), date(2026, 11, 27))
    assert "中市勞資字第1號" in due.basis[0].citation


def test_a_number_of_days_counts_from_the_next_day_and_moves_off_rest_days():
    due = reply_due(Asked(within_days=7, citation="工會法第 43 條"), since=date(2026, 11, 14), letter="x")
    assert due.latest_on == date(2026, 11, 23)  # Counted to Saturday the 21st.
    assert due.safe_on == date(2026, 11, 20)
    assert due.basis[0].citation == "工會法第 43 條"


def test_nothing_asked_is_no_deadline():
    assert reply_due(Asked(), since=TODAY, letter="x") is None
    assert Asked(citation="工會法").as_dict() == {}


@given(st.builds(Asked, st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.none() | st.integers(1, 730), st.text(max_size=5)))
def test_what_was_asked_is_kept(asked):
    kept = Asked.stored(asked.as_dict())
    assert (kept.by_day, kept.within_days) == (asked.by_day, asked.within_days)


@pytest.mark.parametrize(("asked", "field"), [
    (Asked(by_day=date(2026, 11, 21)), "due_on"), (Asked(within_days=0), "within_days"), (Asked(within_days=731), "within_days"),
    (Asked(by_day=TODAY, within_days=3), "within_days"),
])
def test_deadlines_that_cannot_be(asked, field):
    assert [one.field for one in asked.problems(TODAY)] == [field]


# --- what is typed


def test_an_arrival_keeps_its_dates_in_order():
    wrong = Arrival(date(2026, 11, 23), "post", "勞工局", "x", their_on=date(2026, 11, 24)).problems(TODAY)
    assert {one.field for one in wrong} == {"received_on", "their_on"}
    assert Arrival(TODAY, "post", "勞工局", "x", their_on=TODAY).problems(TODAY) == []


def draft(**given):
    return Draft(**{"form": "letter", "body": {"subject": "主旨"}, "receivers": (Receiver(Role.ORIGINAL, "勞工局"),)} | given)


@pytest.mark.parametrize(("given", "field"), [
    ({"body": {"subject": " "}}, "subject"), ({"body": {"subject": "字" * 301}}, "subject"), ({"body": {"subject": "x", "explanation": "字" * 6001}}, "explanation"),
    ({"receivers": (Receiver(Role.COPY, "勞工局"),)}, "to"), ({"secrecy": "secret"}, "declassify"),
    ({"form": "meeting", "body": {"subject": "理事會", "time": "今日", "place": ""}, "receivers": (Receiver(Role.ATTEND, "理事"),)}, "place"),
])
def test_drafts_that_cannot_be_kept(given, field):
    assert [one.field for one in draft(**given).problems()] == [field]


def test_a_notice_needs_no_receiver():
    assert draft(form="notice", receivers=()).problems() == []


def test_lists_name_the_first_receiver():
    assert draft().counterpart == "勞工局"
    assert draft(receivers=tuple(Receiver(Role.COPY, name) for name in "甲乙丙")).counterpart == "甲等 3 個"


@pytest.mark.parametrize("changed", [
    {"body": {"subject": "主旨。"}}, {"receivers": (Receiver(Role.COPY, "勞工局"),)}, {"urgency": "fast"}, {"signatory": "union"}, {"enclosures": "1 份"},
    {"secrecy": "secret", "declassify": "辦畢解密"},
])
def test_any_other_letter_has_another_fingerprint(changed):
    assert draft(**changed).digest != draft().digest


def test_what_is_not_printed_leaves_the_fingerprint_alone():
    assert draft(asked=Asked(within_days=10)).digest == draft().digest == draft(body={"subject": "主旨", "explanation": ""}).digest


def test_delivery_follows_issue():
    issued = date(2026, 11, 20)
    assert rules.delivery_problems(issued, date(2026, 11, 20), TODAY, TODAY) == []
    wrong = (date(2026, 11, 19), None), (date(2026, 11, 23), None), (date(2026, 11, 21), date(2026, 11, 20)), (date(2026, 11, 21), date(2026, 11, 23))
    for sent, delivered in wrong:
        assert len(rules.delivery_problems(issued, sent, delivered, TODAY)) == 1
