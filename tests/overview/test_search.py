"""The search over everything: what finds what, who sees it, and that an identity number stays out of every address."""

from __future__ import annotations

import pytest

from tests.conftest import statements
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.values.refs import Ref

ID = "A123456789"


def test_two_characters_of_a_name_find_its_person(browser, make_user, add):
    add("林佳慧", number="0007")
    add("陳志明")
    found = browser.as_(make_user("staff")).get("overview.search", q="佳慧")
    assert "找到 1 筆" in found.text
    assert "林佳慧" in found.text
    assert "0007" in found.text
    assert "陳志明" not in found.text


@pytest.mark.parametrize("typed", ["0007", "5678", "0912345678", "佳慧 0007"])
def test_numbers_find_it_too(browser, make_user, add, typed):
    add("林佳慧", number="0007", mobile="0912345678")
    assert "林佳慧" in browser.as_(make_user("staff")).get("overview.search", q=typed).text


def test_the_last_four_digits_of_an_identity_number(browser, make_user, add):
    add("林佳慧", id_number=ID)
    assert "林佳慧" in browser.as_(make_user("staff")).get("overview.search", q="6789").text


def test_one_character_is_not_enough_and_the_page_says_so(browser, make_user, add):
    add("林佳慧")
    found = browser.as_(make_user("staff")).get("overview.search", q="林")
    assert "林佳慧" not in found.text
    assert "至少打 2 個字" in found.text


def test_only_what_may_be_seen_is_found_and_counted(browser, make_user, add, unit):
    here, there = unit("第一組"), unit("第二組")
    add("林佳慧", unit=here)
    add("林佳蓉", unit=there)
    clerk = make_user("staff", scope=Ref("unit", here.id))
    found = browser.as_(clerk).get("overview.search", q="林佳")
    assert "找到 1 筆" in found.text
    assert "林佳蓉" not in found.text
    assert "林佳" not in browser.as_(make_user("director")).get("overview.search", q="佳慧").text.replace("「佳慧」", "")


def test_screens_are_found_by_their_names(browser, make_user):
    found = browser.as_(make_user("staff")).get("overview.search", q="名冊")
    assert "會員名冊" in found.text
    assert "使用者" not in browser.as_(make_user("staff")).get("overview.search", q="使用者").text.replace("「使用者」", "")


def test_a_whole_identity_number_leads_to_its_person_and_into_no_address(browser, make_user, add):
    person = add("林佳慧", id_number=ID)
    clerk = browser.as_(make_user("staff"))
    assert clerk.post("overview.find", {"q": ID}).location == f"/members/{person.id}"
    assert "B123456780" not in clerk.post("overview.find", {"q": "B123456780"}).location
    assert clerk.post("overview.find", {"q": " 佳慧 "}).location == "/search?q=%E4%BD%B3%E6%85%A7"


def test_whoever_may_not_see_the_person_learns_nothing_from_the_number(browser, make_user, add, unit):
    add("林佳慧", id_number=ID, unit=unit("第二組"))
    clerk = browser.as_(make_user("staff", scope=Ref("unit", unit("第一組").id)))
    assert clerk.post("overview.find", {"q": ID}).location == "/search"
    assert "沒有人登錄這個身分證號，或那個人不在您看得到的單位" in clerk.get("overview.search").text


@pytest.mark.parametrize("typed", ["'; DROP TABLE person; --", '"', "***", "a" * 500, "NEAR(", "林\0佳", "%_", "🈴🈴"])
def test_nothing_typed_breaks_it(browser, make_user, typed):
    browser.as_(make_user("staff")).get("overview.search", q=typed)


def test_as_many_statements_for_many_hits_as_for_one(browser, app, make_user, add):
    add("林佳一")
    asked = browser.as_(make_user("staff"))
    asked.get("overview.search", q="林佳")
    with statements(app) as few:
        asked.get("overview.search", q="林佳")
    for number in range(12):
        add(f"林佳{'二三四五六七八九十甲乙丙'[number]}")
    with statements(app) as many:
        asked.get("overview.search", q="林佳")
    assert len(many) == len(few)



def test_who_lost_a_role_finds_nothing_at_the_next_request(browser, make_user, add):
    add("林佳慧", number="0007")
    staff = make_user("staff")
    page = browser.as_(staff)
    assert "0007" in page.get("overview.search", q="佳慧").text
    with unit_of_work("test", "test"):
        for role in db.session.get(User, staff.id).roles:
            role.role = "member"
    assert "0007" not in page.get("overview.search", q="佳慧").text
