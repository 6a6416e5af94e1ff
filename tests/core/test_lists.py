"""Lists and words inside sentences, in the reader's language."""

from datetime import date

import pytest
from flask import Flask

from unionops.core.i18n import SEMICOLON, listed, say
from unionops.values.problems import RuleBroken, Unreadable, problem, words


@pytest.fixture
def english(app: Flask):
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        yield


@pytest.fixture
def chinese(app: Flask):
    with app.test_request_context("/", headers={"Accept-Language": "zh-TW"}):
        yield


def test_lists_take_the_signs_of_the_language(english):
    assert listed(["a", 1, "b"]) == "a, 1, b"
    assert listed(["a"], SEMICOLON) == "a"


def test_lists_in_chinese(chinese):
    assert (listed(["甲", "乙"]), listed(["甲", "乙"], SEMICOLON)) == ("甲、乙", "甲；乙")


def test_words_among_the_figures_are_translated_and_names_are_not(english):
    assert say(problem("name", "%(label)s：沒有這一天", label=words("姓名"))) == say(problem("name", "%(label)s：沒有這一天", label="Name"))
    assert "姓名" in say(problem("name", "%(label)s：沒有這一天", label="姓名"))


def test_a_figure_may_be_a_list_or_a_day(english):
    assert say(problem("", "標題「%(heading)s」重複出現於 %(letters)s 欄，將採用 %(used)s 欄，請確認", heading="x", letters=["A", "B"], used="A")).count("A, B") == 1
    assert "2026-09-01" in say(problem("", "%(title)s", title=date(2026, 9, 1)))


def test_the_same_in_the_source_language_without_a_reader():
    told = problem("", "沒有這個項目；可用的項目：%(names)s", names=["甲", "乙"])
    assert told.text == "沒有這個項目；可用的項目：甲、乙"
    assert str(RuleBroken(told)) == told.text
    assert str(Unreadable("choice", "須為下列之一：%(choices)s", choices=["甲", "乙"])) == "須為下列之一：甲、乙"


def test_words_inside_a_sentence_may_have_figures_of_their_own(chinese):
    told = problem("", "與%(where)s身分證字號相同，姓名不同，請確認是否更名", where=words("第 %(row)s 列", row=3))
    assert say(told) == told.text == "與第 3 列身分證字號相同，姓名不同，請確認是否更名"


def test_figures_can_be_kept_as_plain_values():
    told = problem("", "%(where)s：%(names)s %(count)s", where=words("第 %(row)s 列", row=3), names=["甲", "乙"], count=2)
    assert told.figures == {"where": "第 3 列", "names": "甲、乙", "count": 2}
