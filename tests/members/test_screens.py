"""The screens of the roster as a person of the office uses them: each answers, refuses what is wrong, and changes nothing then."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from flask import Flask

from tests.browsing import Statements
from tests.members.conftest import DAY, stored
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.members import queries
from unionops.members.models import (
    Consent,
    CustomField,
    CustomValue,
    Dependant,
    EmergencyContact,
    Employer,
    Membership,
    Person,
    SavedView,
    Unit,
)
from unionops.members.services import people, structure
from unionops.members.views import roster
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
LONG = "長" * 5000
PERSON_SCREENS = (
    "person", "edit_person", "rejoin", "move_member", "change_class", "record_employment", "add_dependant", "add_contact", "record_consent",
    "add_note",
)


def count(model) -> int:
    db.session.expire_all()
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def acts() -> list[str]:
    return [act["action"] for entry in db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id)) for act in entry.acts]


def body_of(page) -> bytes:
    """The bytes of a download; closing the response closes its temporary file, as a server does."""
    data: bytes = page.response.data
    page.response.close()
    return data


# --- the list ---------------------------------------------------------------------------------------------------------


def test_empty_roster_teaches_the_first_step(office):
    page = office.get("members.roster")
    assert page.h1 == "會員名冊"
    assert "名冊裡還沒有人" in page.text


def test_roster_lists_members_with_covered_values(office, add):
    add("林佳慧", mobile="0912345678", id_number="A123456789")
    page = office.get("members.roster")
    assert "林佳慧" in page.text
    assert "0912***678" in page.text
    assert "0912345678" not in page.html
    assert "全部 1 筆" in page.text
    shown = office.get("members.roster", columns=["id_number", "birth_on"])
    assert "A1******89" in shown.text
    assert "A123456789" not in shown.html
    # The choice of columns stays with the browser.
    assert "A1******89" in office.get("members.roster").text


@pytest.mark.parametrize("typed", ["佳慧", "林佳", "林", "00001", "5678", "45678", "0912345678", "6789", "林佳 0912"])
def test_a_member_is_found_by(office, add, typed):
    add("林佳慧", mobile="0912345678", id_number="A123456789")
    add("王志強", mobile="0922111222", number="99")
    page = office.get("members.roster", q=typed)
    assert "林佳慧" in page.text
    assert "王志強" not in page.text
    assert "不符條件 1" in page.text


@pytest.mark.parametrize("typed", ["A123456789", " a123 456 789", "Ａ１２３４５６７８９", "林佳 A123456789"])
def test_a_whole_identity_number_leads_to_its_person_and_stays_in_no_address(office, add, typed):
    person = add("林佳慧", id_number="A123456789")
    left = add("王志強", id_number="B123456780", number="99")
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, left.memberships[0].id), left_on=clock.today(), reason="resigned", note="", today=clock.today())
    assert office.post("members.find", {"q": typed}).location == f"/members/{person.id}"
    assert office.get("members.roster", status=302, q=typed).location == f"/members/{person.id}"
    assert office.post("members.find", {"q": "B123456780"}).location == f"/members/{left.id}"
    assert office.get("/members/?q=A123456789", headers={"HX-Request": "true"}).response.headers["HX-Redirect"] == f"/members/{person.id}"


def test_an_identity_number_of_nobody_stays_in_no_address(office, add):
    add("林佳慧", id_number="A123456789")
    for unknown in ("B123456780", "A123456780"):  # The second fails its check digit.
        back = office.post("members.find", {"q": unknown, "standing": "all", "size": "100"}).location
        assert back == "/members/?standing=all"
        assert "沒有人登錄這個身分證號" in office.get(back).text
    office.get("members.roster", status=302, q="B123456780")


def test_anything_else_that_is_looked_for_is_in_the_address(office, add, unit):
    add("林佳慧", number="A00101")
    row = unit("一廠")
    found = office.post("members.find", {"q": "佳慧", "unit": [row.id], "standing": "all", "size": "100", "columns": ["number", "mobile"]})
    assert found.location == f"/members/?q=%E4%BD%B3%E6%85%A7&standing=all&unit={row.id}&columns=number&columns=mobile&size=100"
    assert "林佳慧" in office.get(office.post("members.find", {"q": "A00101"}).location).text


@pytest.mark.parametrize("typed", ['"', "'; DROP TABLE person --", "*", "AND OR NOT", "(((", "\x00", "😀", "%", LONG, "a" * 500, "A" * 10])
def test_a_strange_search_finds_nobody_and_breaks_nothing(office, add, typed):
    add("林佳慧")
    office.get("members.roster", q=typed)


def test_filters_live_in_the_address(office, add, unit, employer):
    top = unit("一廠")
    below, other = unit("加工課", db.session.merge(top)), unit("二廠")
    add("甲一", unit=db.session.merge(below), joined_on=date(2020, 5, 1))
    add("乙二", unit=db.session.merge(other), joined_on=date(2021, 5, 1), member_class="retired")
    assert "甲一" in (page := office.get("members.roster", unit=top.id)).text
    assert "乙二" not in page.text
    assert "單位：一廠" in page.text
    assert "乙二" in (page := office.get("members.roster", **{"class": "retired"})).text
    assert "甲一" not in page.text
    assert "甲一" in (page := office.get("members.roster", joined_from="109/1/1", joined_to="2020-12-31")).text
    assert "乙二" not in page.text
    page = office.get("members.roster", sort="joined_on", desc=1)
    assert page.text.index("乙二") < page.text.index("甲一")


@pytest.mark.parametrize("given", [
    {"joined_from": "115/2/30"}, {"unit": "x"}, {"employer": "0x1"}, {"unit": "99999999999999999999"},
])
def test_what_an_address_cannot_mean_is_told(office, add, given):
    add()
    page = office.get("members.roster", **given)
    assert "看不懂條件" in page.text
    assert "林佳慧" in page.text


def test_odd_parameters_fall_back(office, add):
    add()
    page = office.get("members.roster", page="-3", size="7", sort="id_number", desc="x", standing="?", columns=["nothing"])
    assert "林佳慧" in page.text


def test_the_list_says_who_is_missing(office, add):
    add("甲一")
    gone = add("乙二")
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, gone.memberships[0].id), left_on=DAY, reason="resigned", note="", today=clock.today())
    page = office.get("members.roster")
    assert "未列入 1 筆：已出會 1" in page.text
    assert "乙二" not in page.text
    assert "乙二" in office.get("members.roster", standing="left").text


def test_the_list_costs_as_many_statements_for_sixty_rows_as_for_three(app: Flask, office, add):
    for number in range(3):
        add(f"會員{number}", mobile="0912345678")
    office.get("members.roster", size=100)  # From now on it is remembered which rows these are.
    with Statements() as few:
        office.get("members.roster", size=100)
    for number in range(57):
        add(f"會員{number + 3}", mobile="0912345678")
    office.get("members.roster", size=100)
    with Statements() as many:
        page = office.get("members.roster", size=100)
    assert "全部 60 筆" in page.text
    assert len(few) == len(many)
    assert len(many) <= 16


def test_a_person_costs_few_statements_however_much_there_is(office, add):
    person_id = add("林佳慧").id

    def cost() -> list[str]:
        with Statements() as seen:
            office.get("members.person", person_id=person_id)
        return [statement for statement in seen if not statement.startswith("BEGIN")]

    def remark(count: int) -> None:
        with unit_of_work("test", "test"):
            for number in range(count):
                row = db.session.get(Person, person_id)
                people.add_note(row, f"備註 {number}", author="甲")
                people.add_contact(row, name="乙", relation="", phone="0922333444")

    remark(1)
    cost()
    # Who is signed in, the person with everything, what her standing follows from, what is open and her credit, how old remembered figures are, what is behind the bell (counted, for a version of
    # the notices would make all units that tell something wait for each other); her rights as of today and what is behind them; the entry
    # in the audit and its subject.
    few = cost()
    assert len(few) <= 11
    remark(20)
    assert cost() == few


def test_pages_run_through_everybody_once(office, add):
    for number in range(60):
        add(f"會員{number:02}")
    seen = [name for at in (1, 2, 3) for name in (f"會員{n:02}" for n in range(60)) if name in office.get("members.roster", page=at).text]
    assert sorted(seen) == [f"會員{n:02}" for n in range(60)]
    assert "第 51–60 筆" in office.get("members.roster", page=99).text


def test_names_are_shown_as_text(office, add):
    person = add("<script>alert(1)</script>", home_address="<img src=x>", mail_address='"><b>')
    for page in (office.get("members.roster"), office.get("members.person", person_id=person.id)):
        assert "<script>alert" not in page.html
        assert "<script>alert(1)</script>" in page.text


# --- one person -------------------------------------------------------------------------------------------------------


def test_member_page_tells_everything(office, add, unit, employer):
    firm = employer()
    person = add("林佳慧", unit=unit("一廠"), mobile="0912345678", id_number="A223456781", birth_on=date(1984, 5, 6), insured_salary=45800)
    with unit_of_work("test", "test"):
        person = db.session.get(Person, person.id)
        people.employ(person, employer=db.session.get(Employer, firm.id), workplace=None, staff_number="0073", job="領班",
                      is_manager=False, from_on=date(2026, 4, 1), today=date(2026, 11, 1))
        people.add_dependant(person, name="林小華", relation="子女", id_number="A123456789", birth_on=None, from_on=None, today=date(2026, 11, 1))
        people.add_contact(person, name="林大同", relation="父", phone="0922333444")
        people.record_consent(person, kind="privacy", text_version="第 3 版", given_on=DAY, how="書面", today=date(2026, 11, 1))
        people.add_note(person, "<b>喜歡羽球</b>", author="張雅婷")
    page = office.get("members.person", person_id=person.id)
    assert page.h1 == "林佳慧"
    for words in ("在籍", "一廠", "45,800", "領班", "0073", "林小華", "林大同", "第 3 版", "<b>喜歡羽球</b>", "入會，會號 00001", "UA-31-roster"):
        assert words in page.text, words
    for whole in ("0912345678", "A223456781", "0922333444", "A123456789"):
        assert whole not in page.html
    assert "read" in acts()
    # Who may not read the audit sees what happened, not who wrote it down.
    assert "新增會員" not in page.text.split("往來紀錄")[-1]


def test_the_timeline_shows_the_audit_to_whoever_may_read_it(browser, secretary, add):
    person = add("林佳慧")
    assert "新增會員 林佳慧，會員編號 00001" in browser.as_(secretary).get("members.person", person_id=person.id).text


def test_a_person_that_is_not_there(office):
    for name in PERSON_SCREENS:
        office.get(f"members.{name}", person_id=99, status=404)


def test_somebody_limited_to_a_unit_sees_nobody_else(browser, make_user, add, unit):
    mine, other = unit("一廠"), unit("二廠")
    inside, outside = add("甲一", unit=db.session.merge(mine)), add("乙二", unit=db.session.merge(other), mobile="0912345678")
    limited = browser.as_(make_user("staff", scope=Ref("unit", mine.id)))
    page = limited.get("members.roster", standing="all")
    assert "甲一" in page.text
    assert "乙二" not in page.text
    assert "全部 1 筆" in page.text
    limited.get("members.person", person_id=inside.id)
    for name in PERSON_SCREENS:
        limited.get(f"members.{name}", person_id=outside.id, status=404)
    stay = outside.memberships[0].id
    limited.get("members.record_leaving", person_id=outside.id, membership_id=stay, status=404)
    limited.get("members.record_leaving", person_id=inside.id, membership_id=stay, status=404)
    limited.get("members.reveal", person_id=outside.id, what="mobile", status=404)
    limited.get("members.compare", kept_id=inside.id, gone_id=outside.id, status=404)
    page = limited.post("members.export", {"fmt": "csv", "cover": "masked"}, status=200, ids=[stay, inside.memberships[0].id])
    assert [row[1] for row in rows_of(page)[1:]] == ["甲一"]


def test_a_value_is_shown_once_with_a_reason_and_logged(office, add):
    person = add("林佳慧", mobile="0912345678")
    assert "0912345678" not in office.get("members.reveal", person_id=person.id, what="mobile").html
    page = office.post("members.reveal", {}, status=422, person_id=person.id, what="mobile")
    assert "0912345678" not in page.html
    assert page.error("detail") == ""
    assert office.post("members.reveal", {"reason": "other"}, status=422, person_id=person.id, what="mobile").error("detail")
    shown = office.post("members.reveal", {"reason": "contact", "detail": "通知開會"}, status=200, person_id=person.id, what="mobile")
    assert "0912345678" in shown.text
    assert 'data-remask="0912***678"' in shown.html
    assert shown.response.headers["Cache-Control"] == "no-store"
    assert acts()[-1] == "members.value_revealed"
    last = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert "通知開會" in str(last.acts)
    assert "0912345678" not in office.get("members.person", person_id=person.id).html


@pytest.mark.parametrize("what", ["email", "password_hash", "id_index", "contact-99", "contact-x", "dependant-", "name"])
def test_nothing_else_can_be_revealed(office, add, what):
    office.get("members.reveal", person_id=add("林佳慧").id, what=what, status=404)


def test_another_persons_contact_cannot_be_revealed(office, add):
    one, two = add("甲"), add("乙")
    with unit_of_work("test", "test"):
        row = people.add_contact(db.session.get(Person, one.id), name="丙", relation="", phone="0922333444")
        db.session.flush()
        row_id = row.id
    office.get("members.reveal", person_id=one.id, what=f"contact-{row_id}")
    for name in ("reveal",):
        office.get(f"members.{name}", person_id=two.id, what=f"contact-{row_id}", status=404)
    office.get("members.remove_contact", person_id=two.id, contact_id=row_id, status=404)


# --- adding and correcting --------------------------------------------------------------------------------------------

GOOD = {"name": "林佳慧", "joined_on": "115/3/2", "member_class": "regular"}


def test_a_member_is_added(office, unit):
    made = office.post("members.add_member", {
        **GOOD, "id_number": "Ａ１２３４５６７８９", "birth_on": "730506", "mobile": "0912-345-678", "insured_salary": "45,800", "dependants_count": "2",
        "unit": str(unit("一廠").id),
    })
    person = db.session.scalars(db.select(Person)).one()
    assert made.location.endswith(f"/members/{person.id}")
    assert (person.id_number, person.sex, person.mobile, person.birth_on) == ("A123456789", "M", "0912345678", date(1984, 5, 6))
    stay = person.memberships[0]
    assert (stay.number, stay.joined_on, stay.units[0].unit.name, stay.wages[0].insured_salary) == ("00001", date(2026, 3, 2), "一廠", 45800)


def test_a_double_press_adds_once(office):
    once = "the-same-key-000000000000"
    first = office.post("members.add_member", GOOD, once=once)
    again = office.post("members.add_member", GOOD, once=once)
    assert first.location == again.location
    assert count(Person) == 1


def test_a_form_without_its_key_is_refused(office):
    office.post("members.add_member", GOOD, once="", status=400)
    assert count(Person) == 0


@pytest.mark.parametrize(("given", "field"), [
    ({"name": ""}, "name"),
    ({"name": "   "}, "name"),
    ({"name": LONG}, "name"),
    ({"name": "王\u202e明"}, "name"),
    ({"joined_on": ""}, "joined_on"),
    ({"joined_on": "115/2/30"}, "joined_on"),
    ({"joined_on": "明天"}, "joined_on"),
    ({"joined_on": "2999-01-01"}, "joined_on"),
    ({"member_class": "emperor"}, "member_class"),
    ({"unit": "999"}, "unit"),
    ({"id_number": "A123456788"}, "id_number"),
    ({"id_number": "123"}, "id_number"),
    ({"id_number": "A123456789", "sex": "F"}, "sex"),
    ({"sex": "X"}, "sex"),
    ({"birth_on": "2099-01-01"}, "birth_on"),
    ({"birth_on": "115/9/1", "joined_on": "115/3/2"}, "joined_on"),
    ({"mobile": "電話"}, "mobile"),
    ({"phone": "12"}, "phone"),
    ({"email": "not an address"}, "email"),
    ({"insured_salary": "4.5"}, "insured_salary"),
    ({"insured_salary": "很多"}, "insured_salary"),
    ({"dependants_count": "-1"}, "dependants_count"),
    ({"number": "0" * 21}, "number"),
    ({"home_address": LONG}, "home_address"),
])
def test_a_wrong_addition_is_refused_beside_its_field(office, given, field):
    page = office.post("members.add_member", {**GOOD, **given}, status=422)
    assert page.error(field), page.text
    assert count(Person) == 0
    for name, typed in given.items():  # Nothing that was typed is lost.
        if name not in ("sex", "member_class", "unit") and typed.strip() and "\u202e" not in typed:
            assert page.value(name)


def test_a_number_or_identity_in_use_is_refused(office, add):
    add("甲", id_number="A123456789")
    page = office.post("members.add_member", {**GOOD, "id_number": "A123456789", "number": "00001"}, status=422)
    assert "甲" in page.error("id_number")
    assert "00001" in page.error("number")
    assert count(Person) == 1


def test_correcting_keeps_the_covered_number(office, add):
    person = add("林佳慧", id_number="A123456789", mobile="0912345678")
    page = office.get("members.edit_person", person_id=person.id)
    assert page.value("id_number") == ""
    assert "A1******89" in page.text
    assert "A123456789" not in page.html
    given = {"name": "林嘉慧", "mobile": "0912345678", "version": page.value("version"), "sex": "M"}
    office.post("members.edit_person", given, person_id=person.id)
    person = stored(Person, person.id)
    assert (person.name, person.id_number) == ("林嘉慧", "A123456789")
    assert queries.taken_by("A123456789").id == person.id
    assert "林嘉慧" in office.get("members.roster", q="嘉慧").text


def test_two_editors_meet_on_a_page_that_shows_both(office, add):
    person = add("林佳慧", mail_address="甲地")
    version = office.get("members.edit_person", person_id=person.id).value("version")
    office.post("members.edit_person", {"name": "林佳慧", "mail_address": "乙地", "version": version}, person_id=person.id)
    page = office.post("members.edit_person", {"name": "林佳慧", "mail_address": "丙地", "id_number": "A123456789", "version": version},
                       status=409, person_id=person.id)
    assert "乙地" in page.text
    assert "丙地" in page.text
    assert "A123456789" not in page.html
    assert stored(Person, person.id).mail_address == "乙地"


@pytest.mark.parametrize(("given", "field"), [({"name": ""}, "name"), ({"mobile": "x"}, "mobile"), ({"id_number": "A1"}, "id_number"),
                                              ({"birth_on": "x"}, "birth_on"), ({"bank_account": "9" * 31}, "bank_account")])
def test_a_wrong_correction_changes_nothing(office, add, given, field):
    person = add("林佳慧")
    page = office.post("members.edit_person", {"name": "新名", "version": "1", **given}, status=422, person_id=person.id)
    assert page.error(field)
    assert stored(Person, person.id).name == "林佳慧"


def test_reading_is_not_writing(browser, make_user, add):
    person = add("林佳慧", mobile="0912345678")
    reader = browser.as_(make_user("cashier"))
    page = reader.get("members.person", person_id=person.id)
    assert "修改" not in page.text
    assert "顯示" not in page.text
    for name in PERSON_SCREENS[1:]:
        reader.get(f"members.{name}", person_id=person.id, status=403)
    for name in ("add_member", "duplicates", "custom_fields", "add_unit", "export"):
        reader.get(f"members.{name}", status=403)
    reader.get("members.reveal", person_id=person.id, what="mobile", status=403)
    browser.as_(make_user("director")).get("members.roster", status=403)


# --- joining, leaving, moving -----------------------------------------------------------------------------------------


def test_leaving_is_confirmed_then_taken_back_and_returned_from(office, add):
    person = add("林佳慧")
    stay = {"person_id": person.id, "membership_id": person.memberships[0].id}
    page = office.get("members.record_leaving", **stay)
    assert "不計入會員人數" in page.text
    assert "登錄 1 人出會" in page.text
    page = office.post("members.record_leaving", {}, status=422, **stay)
    assert page.error("left_on")
    assert page.error("reason")
    assert office.post("members.record_leaving", {"left_on": "98/1/1", "reason": "resigned"}, status=422, **stay).error("left_on")
    assert office.post("members.record_leaving", {"left_on": "115/5/1", "reason": "bored"}, status=422, **stay).error("reason")
    office.post("members.record_leaving", {"left_on": "115/5/1", "reason": "resigned"}, **stay)
    assert "已出會" in office.get("members.person", person_id=person.id).text
    office.get("members.move_member", person_id=person.id, status=404)
    office.get("members.undo_leaving", **stay)
    office.post("members.undo_leaving", **stay)
    assert stored(Membership, stay["membership_id"]).left_on is None
    office.post("members.record_leaving", {"left_on": "115/5/1", "reason": "resigned"}, **stay)
    assert office.post("members.rejoin", {"member_class": "regular"}, status=422, person_id=person.id).error("joined_on")
    assert office.post("members.rejoin", {"joined_on": "115/4/1", "member_class": "regular"}, status=422, person_id=person.id).error("joined_on")
    office.post("members.rejoin", {"joined_on": "115/6/1", "member_class": "regular"}, person_id=person.id)
    assert "再入會，會號 00002" in office.get("members.person", person_id=person.id).text


def test_unit_and_class_change_by_day(office, add, unit):
    one, two = unit("一廠"), unit("二廠")
    person = add("林佳慧", unit=db.session.merge(one))
    office.get("members.move_member", person_id=person.id)
    assert office.post("members.move_member", {}, status=422, person_id=person.id).error("unit")
    office.post("members.move_member", {"unit": str(two.id), "from_on": "115/6/1"}, person_id=person.id)
    office.get("members.change_class", person_id=person.id)
    assert office.post("members.change_class", {"member_class": "regular", "from_on": "115/6/1"}, status=422, person_id=person.id).error(
        "member_class")
    office.post("members.change_class", {"member_class": "retired", "from_on": "115/7/1"}, person_id=person.id)
    page = office.get("members.person", person_id=person.id)
    assert "改屬二廠" in page.text
    assert "改列退休會員" in page.text


def test_work_family_contacts_consents_notes_and_own_fields(office, secretary, browser, add, employer):
    person, firm = add("林佳慧"), employer()
    me = {"person_id": person.id}
    office.get("members.record_employment", **me)
    assert office.post("members.record_employment", {}, status=422, **me).error("employer")
    office.post("members.record_employment", {"employer": str(firm.id), "staff_number": "007", "from_on": "115/3/2"}, **me)
    office.get("members.add_dependant", **me)
    assert office.post("members.add_dependant", {"relation": "子女"}, status=422, **me).error("name")
    office.post("members.add_dependant", {"name": "小華", "relation": "子女"}, **me)
    row = db.session.scalars(db.select(Dependant)).one().id
    office.get("members.end_dependant", **me, dependant_id=row)
    assert office.post("members.end_dependant", {"until_on": "x"}, status=422, **me, dependant_id=row).error("until_on")
    office.post("members.end_dependant", {"until_on": "115/6/1"}, **me, dependant_id=row)
    office.post("members.end_dependant", {"until_on": "115/6/1"}, status=422, **me, dependant_id=row)
    office.get("members.add_contact", **me)
    assert office.post("members.add_contact", {"name": "大同", "phone": "x"}, status=422, **me).error("phone")
    office.post("members.add_contact", {"name": "大同", "phone": "0922-333-444"}, **me)
    row = db.session.scalars(db.select(EmergencyContact)).one().id
    office.get("members.remove_contact", **me, contact_id=row)
    office.post("members.remove_contact", **me, contact_id=row)
    assert count(EmergencyContact) == 0
    office.get("members.record_consent", **me)
    assert office.post("members.record_consent", {"kind": "privacy", "given_on": "2999-1-1"}, status=422, **me).error("given_on")
    office.post("members.record_consent", {"kind": "privacy", "given_on": "115/3/2"}, **me)
    row = db.session.scalars(db.select(Consent)).one().id
    office.get("members.withdraw_consent", **me, consent_id=row)
    office.post("members.withdraw_consent", **me, consent_id=row)
    office.post("members.withdraw_consent", status=422, **me, consent_id=row)
    assert stored(Consent, row).withdrawn_on
    office.get("members.add_note", **me)
    assert office.post("members.add_note", {"text": " "}, status=422, **me).error("text")
    office.post("members.add_note", {"text": "第一行\n第二行"}, **me)
    office.get("members.edit_custom_values", status=404, **me)
    chief = browser.as_(secretary)
    for title, kind, choices in (("尺寸", "choice", "S\nM"), ("葷素", "yes_no", ""), ("到期", "date", ""), ("件數", "number", "")):
        chief.post("members.add_custom_field", {"title": title, "kind": kind, "choices": choices})
    ids = [one.id for one in db.session.scalars(db.select(CustomField).order_by(CustomField.id))]
    office.get("members.edit_custom_values", **me)
    page = office.post("members.edit_custom_values", {f"custom_{ids[0]}": "XXL", f"custom_{ids[2]}": "115/2/30"}, status=422, **me)
    assert page.error(f"custom_{ids[0]}")
    assert page.error(f"custom_{ids[2]}")
    assert office.post("members.edit_custom_values", {f"custom_{ids[3]}": "三"}, status=422, **me).error(f"custom_{ids[3]}")
    office.post("members.edit_custom_values", {f"custom_{ids[0]}": "M", f"custom_{ids[1]}": "yes", f"custom_{ids[2]}": "115/9/1"}, **me)
    assert count(CustomValue) == 3
    page = office.get("members.roster", columns=[f"custom_{ids[0]}", f"custom_{ids[1]}"])
    assert "M" in page.text
    assert "是" in page.text


# --- duplicates -------------------------------------------------------------------------------------------------------


def test_two_records_are_compared_and_merged(office, browser, staff, add):
    assert "沒有看起來重複的會員" in office.get("members.duplicates").text
    one = add("林佳慧", birth_on=date(1984, 5, 6), mail_address="臺中市大雅區文昌街103號")
    two = add("林佳慧", birth_on=date(1984, 5, 6), mail_address="臺中市西區公益路1號", mobile="0912345678")
    assert "並列比對" in office.get("members.duplicates").text
    pair = {"kept_id": one.id, "gone_id": two.id}
    page = office.post("members.compare", {"take_mail_address": "gone"}, status=422, **pair)
    assert "都是在籍" in page.text
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, two.memberships[0].id), left_on=DAY, reason="resigned", note="", today=clock.today())
    page = office.get("members.compare", **pair)
    assert "合併 2 筆" in page.text
    assert "文昌街" not in page.text
    assert office.post("members.compare", {"take_mail_address": "both"}, status=422, **pair)
    # A dangerous act asks the password again when it was typed long ago.
    assert "confirm" in browser.as_(staff, fresh=False).get("members.compare", status=302, **pair).location
    office.post("members.compare", {"take_mail_address": "gone"}, **pair)
    assert stored(Person, one.id).mail_address == "臺中市西區公益路1號"
    office.get("members.compare", status=404, **pair)
    assert "已併入另一筆" in office.get("members.person", person_id=two.id).text


# --- structure --------------------------------------------------------------------------------------------------------


def test_units_employers_and_own_fields(browser, secretary):
    chief = browser.as_(secretary)
    for name in ("units", "employers", "custom_fields", "add_unit", "add_employer", "add_custom_field"):
        chief.get(f"members.{name}")
    assert chief.post("members.add_unit", {"name": ""}, status=422).error("name")
    assert chief.post("members.add_unit", {"name": "一廠", "parent": "77"}, status=422).error("parent")
    chief.post("members.add_unit", {"name": "一廠", "code": "０１"})
    assert chief.post("members.add_unit", {"name": "一廠"}, status=422).error("name")
    unit = db.session.scalars(db.select(Unit)).one()
    assert unit.code == "01"
    chief.get("members.edit_unit", unit_id=unit.id)
    assert chief.post("members.edit_unit", {"name": "一廠", "parent": str(unit.id)}, status=422, unit_id=unit.id).error("parent")
    page = chief.post("members.edit_unit", {"name": "一廠", "opened_on": "115/1/1", "closed_on": "114/1/1"}, status=422, unit_id=unit.id)
    assert page.error("closed_on")
    chief.post("members.edit_unit", {"name": "第一廠"}, unit_id=unit.id)
    assert "第一廠" in chief.get("members.units").text
    assert chief.post("members.add_employer", {"name": "甲公司", "tax_number": "12345678"}, status=422).error("tax_number")
    chief.post("members.add_employer", {"name": "甲公司", "tax_number": "04595257"})
    assert chief.post("members.add_employer", {"name": "甲公司"}, status=422).error("name")
    firm = db.session.scalars(db.select(Employer)).one().id
    chief.get("members.edit_employer", employer_id=firm)
    chief.post("members.edit_employer", {"name": "甲股份有限公司", "tax_number": "04595257"}, employer_id=firm)
    chief.get("members.add_workplace", employer_id=firm)
    chief.post("members.add_workplace", {"name": "一廠"}, employer_id=firm)
    assert chief.post("members.add_workplace", {"name": "一廠"}, status=422, employer_id=firm).error("name")
    assert chief.post("members.add_custom_field", {"title": "尺寸", "kind": "choice", "choices": "S\nS"}, status=422).error("choices")
    chief.post("members.add_custom_field", {"title": "尺寸", "kind": "text"})
    assert chief.post("members.add_custom_field", {"title": "尺寸", "kind": "text"}, status=422).error("title")
    own = db.session.scalars(db.select(CustomField)).one().id
    chief.get("members.retire_custom_field", field_id=own)
    chief.post("members.retire_custom_field", field_id=own)
    assert "停用" in chief.get("members.custom_fields").text
    for name, argument in (("edit_unit", "unit_id"), ("edit_employer", "employer_id"), ("add_workplace", "employer_id"), ("retire_custom_field", "field_id")):
        chief.get(f"members.{name}", status=404, **{argument: 999})


# --- views, choice, export --------------------------------------------------------------------------------------------


def test_a_view_is_saved_shared_and_removed(office, browser, make_user, add):
    add()
    page = office.get("members.save_view", standing="left", q="林")
    assert page.value("query") == "q=%E6%9E%97&standing=left"
    assert office.post("members.save_view", {"title": ""}, status=422).error("title")
    made = office.post("members.save_view", {"title": "離開的林", "query": page.value("query") + "&evil=1", "is_shared": "y"})
    assert "evil" not in made.location
    view = db.session.scalars(db.select(SavedView)).one().id
    other = browser.as_(make_user("staff"))
    assert "離開的林" in other.get("members.roster").text
    other.get("members.remove_view", view_id=view, status=404)
    office.get("members.remove_view", view_id=view)
    office.post("members.remove_view", view_id=view)
    assert count(SavedView) == 0


def test_whoever_only_reads_shares_no_view(browser, make_user, app):
    reader = browser.as_(make_user("auditor"))
    page = reader.get("members.save_view")
    assert "同仁也看得到" not in page.text
    reader.post("members.save_view", {"title": "已出會", "query": "standing=left", "is_shared": "y"})
    view = db.session.scalars(db.select(SavedView)).one()
    assert (view.title, view.is_shared) == ("已出會", False)
    with pytest.raises(RuleBroken), unit_of_work("test", "test"):
        structure.save_view(db.session.get_one(User, view.user_id), title="已出會", query="", is_shared=True)
    assert "已出會" in reader.get("members.roster").text
    assert "同仁也看得到" in browser.as_(make_user("accountant")).get("members.save_view").text


def test_chosen_rows_go_on_to_the_export(office, add):
    one, two = add("甲一"), add("乙二")
    stay = one.memberships[0].id
    gone = office.post("members.chosen", {"ids": str(stay), "act": "export", "query": "sort=name"})
    assert f"ids={stay}" in gone.location
    assert "sort=name" in gone.location
    page = office.get(gone.location)
    assert "匯出 1 筆" in page.text
    assert "ids" not in office.post("members.chosen", {"ids": str(stay), "all": "1", "act": "export", "query": ""}).location
    assert "/members/" in office.post("members.chosen", {"act": "export"}).location
    office.post("members.chosen", {"act": "explode", "ids": str(stay)}, status=400)
    assert two.name == "乙二"


def rows_of(page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body_of(page).decode("utf-8-sig"))))


def test_the_export_holds_what_is_shown_covered_and_without_formulas(office, add):
    add("=HYPERLINK(1)", mobile="0912345678")
    page = office.post("members.export", {"fmt": "csv", "cover": "masked"}, status=200, columns=["mobile", "standing", "birth_on"])
    head, row = rows_of(page)
    assert head == ["會號", "姓名", "狀態", "出生日期", "手機"]
    assert row == ["00001", "'=HYPERLINK(1)", "在籍", "", "0912***678"]
    assert "attachment" in page.response.headers["Content-Disposition"]
    assert acts()[-1] == "members.roster_exported"
    for fmt in ("xlsx", "ods"):
        page = office.post("members.export", {"fmt": fmt, "cover": "masked"}, status=200)
        assert body_of(page)[:2] == b"PK"


def test_whole_values_leave_only_with_a_reason(office, browser, make_user, add):
    add("林佳慧", mobile="0912345678")
    assert office.post("members.export", {"fmt": "csv", "cover": "whole"}, status=422).error("reason")
    office.post("members.export", {"fmt": "docx", "cover": "masked"}, status=422)
    office.post("members.export", {}, status=422)
    page = office.post("members.export", {"fmt": "csv", "cover": "whole", "reason": "年度報送"}, status=200, columns=["mobile"])
    assert "0912345678" in rows_of(page)[1]
    last = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert "年度報送" in str(last.acts)


def test_a_large_export_is_made_in_the_background(office, add, monkeypatch):
    monkeypatch.setattr(roster, "EXPORTED_AT_ONCE", 1)
    add("甲一", mobile="0912345678")
    add("乙二", mobile="0922345678")
    assert "背景" in office.get("members.export").text
    assert len(rows_of(office.post("members.export", {"fmt": "csv", "cover": "masked"}, status=200, q="0922"))) == 2
    gone = office.post("members.export", {"fmt": "csv", "cover": "masked"}, columns=["mobile"])
    assert "/tasks/" in gone.location
    assert tasks.work_once()
    number = int(gone.location.rsplit("/", 1)[1])
    text = tasks.file_of(number).decode("utf-8-sig")
    assert "甲一" in text
    assert "0922***678" in text


def test_the_desk_counts_members(office, add):
    today = clock.today()
    add("甲一", joined_on=today.replace(day=1))
    gone = add("乙二")
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, gone.memberships[0].id), left_on=today, reason="resigned", note="", today=today)
    text = office.get("overview.desk").text
    assert "在籍 1 人 本月入會 1 人 本月出會 1 人" in text


def test_english_has_the_same_screens(office, add):
    person = add("林佳慧", birth_on=date(1984, 5, 6))
    page = office.get("members.person", person_id=person.id, headers={"Accept-Language": "en"})
    assert "1984-**-**" in page.text


