"""The screens of the law's figures."""

import pytest

from tests.browsing import Statements
from unionops.core.legal import queries
from unionops.law.parameters import built_in

VALUE = {"value": "6%", "valid_from": "119/1/1", "source": "衛部保字第 1 號", "citation": "", "confidence": "verified"}


@pytest.fixture
def reader(browser, make_user):
    return browser.as_(make_user("staff"))


@pytest.fixture
def confirmer(browser, make_user):
    return browser.as_(make_user("secretary_general", name="林總幹事"))


def test_every_figure_is_listed_with_source_and_confidence(reader):
    page = reader.get("legal.parameters")
    assert all(key in page.text for key in built_in().keys)
    assert "條文已核對" in page.text
    assert "工會法第 11 條第 1 項" in page.text


def test_another_day_shows_the_values_of_that_day(reader):
    assert "26,400 元" in reader.get("legal.parameters", on="112/7/1", q="wage.minimum_month").text
    assert "29,500 元" in reader.get("legal.parameters", on="2026-07-01", q="wage.minimum_month").text


def test_a_day_before_any_value_says_so(reader):
    assert "這一天沒有值" in reader.get("legal.parameters", on="80/1/1").text


def test_an_unreadable_day_is_told_beside_the_field(reader):
    assert "看不懂的日期" in reader.get("legal.parameters", status=422, on="115/13/1").error("on")


def test_nothing_found_teaches_the_next_step(reader):
    page = reader.get("legal.parameters", q="沒有這個字")
    assert "沒有符合的參數" in page.text


def test_a_figure_that_is_not_announced_is_marked(reader):
    pending = next(p for p in built_in().entries if p.confidence == "provisional")
    page = reader.get("legal.parameters", on=pending.valid_from.isoformat(), q=pending.key)
    assert "未公告" in page.text
    assert "尚未公告" in reader.get("legal.parameter", key=pending.key).text


def test_the_history_of_a_figure(reader):
    page = reader.get("legal.parameter", key="wage.minimum_month")
    assert page.h1 == built_in().history("wage.minimum_month")[0].title
    assert all(f"{entry.value:,} 元" in page.text for entry in built_in().history("wage.minimum_month"))
    reader.get("legal.parameter", status=404, key="moon.phase")


def test_only_a_confirmer_adds_values(reader):
    reader.get("legal.add_value", status=403, key="nhi.rate")
    reader.post("legal.add_value", VALUE, status=403, key="nhi.rate")
    assert "登錄新值" not in reader.get("legal.parameter", key="nhi.rate").text


def test_adds_a_dated_value(confirmer):
    confirmer.get("legal.add_value", key="nhi.rate")
    assert confirmer.post("legal.add_value", VALUE, key="nhi.rate").location.endswith("/legal/parameters/nhi.rate")
    page = confirmer.get("legal.parameter", key="nhi.rate")
    assert "林總幹事" in page.text
    assert "6 %" in page.text
    assert "6 %" in confirmer.get("legal.parameters", on="119/1/1", q="nhi.rate").text


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"value": ""}, "value", "必填"),
        ({"value": "很多"}, "value", "看不懂的值"),
        ({"value": "600%"}, "value", "比率不得大於 100 %"),
        ({"valid_from": "2/30"}, "valid_from", "看不懂的日期"),
        ({"source": " "}, "source", "必填"),
        ({"source": "x" * 301}, "source", "最多 300 個字"),
        ({"confidence": "gossip"}, "confidence", "請從清單中選一個"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(confirmer, changes, field, told):
    page = confirmer.post("legal.add_value", VALUE | changes, status=422, key="nhi.rate")
    assert told in page.error(field)
    assert queries.own_values("nhi.rate") == []


def test_a_day_already_taken_is_refused_until_it_is_called_a_correction(confirmer):
    confirmer.post("legal.add_value", VALUE, key="nhi.rate")
    assert "更正" in confirmer.post("legal.add_value", VALUE | {"value": "7%"}, status=422, key="nhi.rate").error("valid_from")
    confirmer.post("legal.add_value", VALUE | {"value": "7%", "corrects": "y"}, key="nhi.rate")
    assert len(queries.own_values("nhi.rate")) == 2


def test_a_double_click_adds_once(confirmer):
    for _press in range(2):
        confirmer.post("legal.add_value", VALUE, once="k" * 24, key="nhi.rate")
    assert len(queries.own_values("nhi.rate")) == 1


def test_tables_with_their_source(reader):
    assert "勞工保險投保薪資分級表" in reader.get("legal.tables").text
    page = reader.get("legal.table", name="li_grades", year=2026)
    assert "29,500" in page.text
    assert "1140091863" in page.text
    for name in queries.TABLES:
        reader.get("legal.table", name=name)
    reader.get("legal.table", status=404, name="li_grades", year=1999)
    reader.get("legal.table", status=404, name="secrets")


def test_the_calendar_of_a_year(reader):
    page = reader.get("legal.calendar", year=115)
    assert "勞動節" in page.text
    assert page.text.count("放假") > 10
    assert "勞動節" in reader.get("legal.calendar", year=2027).text
    reader.get("legal.calendar")


def test_beyond_what_is_published_it_says_so(reader):
    page = reader.get("legal.calendar", year=2028)
    assert "還沒有公布" in page.text
    assert "勞動節" not in page.text


@pytest.mark.parametrize("year", ["明年", "0", "99999", "-1"])
def test_an_unreadable_year_is_told(reader, year):
    assert "看不懂的年度" in reader.get("legal.calendar", status=422, year=year).error("year")


def test_every_screen_in_english(reader):
    english = {"Accept-Language": "en"}
    assert "2026-07-01" in reader.get("legal.parameters", headers=english, on="2026-07-01").text
    reader.get("legal.table", headers=english, name="nhi_grades")
    reader.get("legal.calendar", headers=english, year=2026)


def test_members_do_not_see_it(browser, make_user):
    browser.as_(make_user("member")).get("legal.parameters", status=403)


def test_the_page_counts_its_statements(reader):
    reader.get("legal.parameters")
    with Statements() as few:
        reader.get("legal.parameters", q="健保")
    with Statements() as many:
        reader.get("legal.parameters")
    assert len(many) == len(few)
