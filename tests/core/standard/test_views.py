"""The page of the standard: every code with an anchor, its screens, and links where they can be opened."""

from tests.browsing import XHTML
from unionops.core.standard.codes import standard


def test_every_code_has_an_anchor_and_its_wording(browser, make_user):
    page = browser.as_(make_user("staff")).get("standard.codes")
    ids = {element.get("id") for element in page.tree.iter()}
    known = standard()
    groups = (known.outputs, known.indicators, known.knowledge, known.skills, known.attitudes, known.tasks)
    assert {code for group in groups for code in group} | {duty.code for duty in known.duties} <= ids
    assert "招募會員、收取會費" in page.text


def test_a_screen_is_linked_only_for_whoever_may_open_it(browser, make_user):
    assert "/union" in browser.as_(make_user("staff")).get("standard.codes").links()
    member = browser.as_(make_user("member")).get("standard.codes")
    assert "/union" not in member.links()
    assert "union.record" in member.text


def test_a_screen_of_one_record_is_named_without_a_link(browser, make_user):
    page = browser.as_(make_user("secretary_general")).get("standard.codes")
    assert "union.charter_history" in page.text
    assert not any("/union/charter/" in link for link in page.links())


def test_the_task_badge_leads_to_the_code(browser, make_user):
    page = browser.as_(make_user("staff")).get("union.record")
    badges = [a for a in page.tree.iter(f"{XHTML}a") if a.get("class") == "badge-task"]
    assert [a.get("href") for a in badges] == ["/standard#T1.1"]


def test_the_page_speaks_english(browser, make_user):
    page = browser.as_(make_user("staff")).get("standard.codes", headers={"Accept-Language": "en"})
    assert "Recruit members and collect dues" in page.text


def test_it_asks_for_a_sign_in(browser):
    assert "/sign-in" in browser.get("standard.codes", status=302).location
