"""A calculator on screen: a link that holds the question, the answer with its basis, wrong input beside its field."""

import pytest

from tests.browsing import XHTML
from unionops.core.calculators.wording import RESULTS
from unionops.law.calculators import CALCULATORS

EXAMPLES = {
    "period.deadline": {"event_on": "115/9/1", "length": "10"},
    "notice.latest_delivery": {"body": "assembly", "session": "regular", "meeting_on": "2026-03-17"},
    "officers.limits": {"members": "1,234".replace(",", ""), "kind": "industrial"},
    "assembly.thresholds": {"base": "61", "attending": "54", "in_person": "41"},
    "identity.check": {"number": "A123456789"},
    "dues.floors": {"monthly_wage": "36300"},
    "dues.federation": {"members_dues": "1200000"},
    "money.capitals": {"amount": "120"},
}


@pytest.fixture
def staff(browser, make_user):
    return browser.as_(make_user("staff"))


def test_all_are_listed_by_task_with_links(staff):
    page = staff.get("calculators.all")
    assert all(f"/calculators/{name}" in page.links() for name in CALCULATORS)
    assert "理監事與會員代表名額" in page.text


@pytest.mark.parametrize("name", EXAMPLES)
def test_shows_an_empty_question(staff, name):
    page = staff.get("calculators.calculator", name=name)
    for given in CALCULATORS[name].inputs:
        assert page.error(given.name) == ""
    assert "為什麼" not in page.text


@pytest.mark.parametrize(("name", "asked"), EXAMPLES.items())
def test_a_link_holds_the_answer_with_its_basis(staff, name, asked):
    page = staff.get("calculators.calculator", name=name, **asked)
    values, bases = CALCULATORS[name].ask(asked)
    assert all(basis.rule in page.text and basis.citation in page.text for basis in bases)
    assert all(str(RESULTS[key]) in page.text for key in values)
    opened = [e for e in page.tree.iter(f"{XHTML}details") if "why" in e.get("class", "").split()]
    assert opened
    assert all(e.get("open") is not None for e in opened)


def test_what_was_asked_stays_in_the_fields(staff):
    page = staff.get("calculators.calculator", name="officers.limits", members="1234", kind="industrial")
    assert page.value("members") == "1234"
    assert page.value("kind") == "industrial"


def test_the_answer_can_be_copied_and_printed(staff):
    page = staff.get("calculators.calculator", name="officers.limits", members="1234", kind="industrial")
    copied = [e.get("data-copy") for e in page.tree.iter(f"{XHTML}button") if e.get("data-copy")]
    assert "理事上限：13" in copied[0]
    assert any(e.get("data-print") is not None for e in page.tree.iter(f"{XHTML}button"))


@pytest.mark.parametrize(
    ("name", "asked", "field", "told"),
    [
        ("officers.limits", {"members": "很多", "kind": "industrial"}, "members", "須為整數"),
        ("officers.limits", {"members": "5"}, "kind", "請填寫此項"),
        ("officers.limits", {"members": "9" * 13, "kind": "industrial"}, "members", "須為整數"),
        ("period.deadline", {"event_on": "115/2/30", "length": "10"}, "event_on", "沒有這一天"),
        ("period.deadline", {"event_on": "115/2/3", "length": "10", "unit": "fortnight"}, "unit", "須為下列之一：day、week、month、year、working_day"),
        ("assembly.thresholds", {"base": "10", "attending": "11"}, "attending", "出席人數不得多於應出席人數 10"),
    ],
)
def test_wrong_input_is_told_beside_the_field(staff, name, asked, field, told):
    page = staff.get("calculators.calculator", status=422, name=name, **asked)
    assert page.error(field) == told


def test_an_unknown_calculator_is_not_found(staff):
    staff.get("calculators.calculator", status=404, name="horoscope")


def test_every_result_has_a_title():
    for name, asked in EXAMPLES.items():
        assert CALCULATORS[name].ask(asked)[0].keys() <= RESULTS.keys()


def test_a_member_may_ask_and_a_stranger_may_not(browser, make_user):
    browser.as_(make_user("member")).get("calculators.calculator", name="identity.check")
    browser.get("calculators.all", status=302)
