"""Every screen of the roster answers, as a person of the office would use it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.members.conftest import stored
from unionops.core.db import db, unit_of_work
from unionops.members.models import CustomField, Dependant, Employer, Membership, Person, SavedView, Unit
from unionops.members.services import people, structure

pytestmark = pytest.mark.serves("P1.2.2")


def test_empty_roster_teaches_the_first_step(office):
    page = office.get("members.roster")
    assert page.h1 == "會員名冊"
    assert "名冊裡還沒有人" in page.text


def test_roster_lists_members_with_covered_values(office, add):
    add("林佳慧", mobile="0912345678", id_number="A123456789")
    page = office.get("members.roster")
    assert "林佳慧" in page.text and "0912***678" in page.text and "0912345678" not in page.html
    assert "全部 1 筆" in page.text
    shown = office.get("members.roster", columns=["id_number", "birth_on"])
    assert "A1******89" in shown.text and "A123456789" not in shown.html


def test_member_page_tells_everything(office, add, unit, employer):
    person = add("林佳慧", unit=unit("一廠"), mobile="0912345678", id_number="A223456781", birth_on=date(1984, 5, 6), insured_salary=45800)
    with unit_of_work("test", "test"):
        person = db.session.get(Person, person.id)
        people.employ(person, employer=db.session.get(Employer, employer().id), workplace=None, staff_number="0073", job="領班",
                      is_manager=False, from_on=date(2026, 4, 1), today=date(2026, 11, 1))
        people.add_dependant(person, name="林小華", relation="子女", id_number="", birth_on=None, from_on=None, today=date(2026, 11, 1))
        people.add_contact(person, name="林大同", relation="父", phone="0922333444")
        people.record_consent(person, kind="privacy", text_version="第 3 版", given_on=DAY, how="書面", today=date(2026, 11, 1))
        people.add_note(person, "<b>喜歡羽球</b>", author="張雅婷")
    page = office.get("members.person", person_id=person.id)
    assert page.h1 == "林佳慧"
    for words in ("在籍", "一廠", "45,800", "領班", "0073", "林小華", "林大同", "第 3 版", "<b>喜歡羽球</b>", "入會，會號 00001", "UA-31-roster"):
        assert words in page.text, words
    assert "0912345678" not in page.html and "A223456781" not in page.html


DAY = date(2026, 3, 2)
