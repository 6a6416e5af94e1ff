"""The way of an application by requests: received, checked, decided, paid, a member; what each step says and what it leaves behind."""

from __future__ import annotations

import io
from datetime import timedelta

import sqlalchemy as sa

from tests.members.joining.conftest import application, charter, entrance_fee, open_form, state, user
from tests.office import id_number
from unionops.core import clock
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.i18n import show_date
from unionops.core.notify.models import Delivery, Notice
from unionops.members.models import Application, Consent, Membership, Person
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import State
from unionops.members.rules.collecting import Channel
from unionops.members.rules.membership import LeaveReason
from unionops.members.services.dues import paying

FORM = {
    "name": "何佩芸", "id_number": id_number("A22345678"), "birth_on": "75/3/12", "mobile": "0955666777", "mail_address": "臺中市西屯區惠來路二段 101 號",
    "email": "yun@example.tw", "trade": "燈光師", "workplace": "臺中國家歌劇院", "introducer": "陳小明", "agree": "y",
}


def only() -> Application:
    db.session.rollback()
    return db.session.scalars(sa.select(Application)).one()


def pay(person_id: int, amount: int) -> None:
    with unit_of_work("test", "test"):
        paying.receive(db.session.get_one(Person, person_id), amount=amount, received_on=clock.today(), channel=Channel.COUNTER, today=clock.today())
    db.session.rollback()


def mails() -> list[str]:
    db.session.rollback()
    return [f"{row.subject}|{row.body}" for row in db.session.scalars(sa.select(Delivery).where(Delivery.kind == "joining.told").order_by(Delivery.id))]


def test_from_the_public_form_to_a_member_number(people, browser, staff, chief):
    open_form()
    entrance_fee(1000)
    assert "個人資料" in browser.get("apply.form").text
    page = browser.post("apply.form", FORM | {"files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "從業證明.pdf")})
    assert page.location.endswith("/apply/thanks")
    one = only()
    assert one.number in browser.get("apply.thanks").text
    assert queries.written(one)["birth_on"] == "75/3/12"
    assert one.privacy_version.startswith("第 1 版")
    assert [line for line in mails() if one.number in line and "何佩芸" not in line]
    assert db.session.scalar(sa.select(sa.func.count()).where(Notice.user_id == people.chief, Notice.kind == "joining.arrived")) == 1

    number = one.id
    assert "何佩芸" in staff.get("joining.index").text
    shown = staff.get("joining.application", application_id=number)
    assert FORM["id_number"] not in shown.html
    assert "從業證明" in shown.text
    assert FORM["id_number"] in staff.get("joining.written", application_id=number).html
    staff.post("joining.check", {"papers": ["identity", "photo", "work_proof"]}, application_id=number)
    assert state(number) == State.CHECKED
    staff.post("joining.ask", {}, ids=number)
    assert state(number) == State.ASKED
    assert application(number).number in staff.get("joining.board").text
    assert "何佩芸" in chief.get("joining.review_paper").html or chief.get("joining.review_paper").text
    chief.post("joining.board", {"number": "第 5 屆第 8 次第 3 案", "resolved_on": show_date(clock.today()), "wording": "同意", f"verdict_{number}": "approved", f"reason_{number}": ""})
    assert state(number) == State.APPROVED

    staff.post("joining.admit", {"member_class": "regular", "number": "", "unit": ""}, application_id=number)
    assert state(number) == State.UNPAID
    one = application(number)
    assert one.membership_id is None
    assert queries.fee_open(one) == 1000
    assert any("1,000" in line for line in mails())
    assert db.session.scalar(sa.select(Deadline).where(Deadline.kind == "joining.entrance_fee")).closed_at is None
    staff.post("joining.admit", {"member_class": "regular", "number": "", "unit": ""}, status=422, application_id=number)
    pay(one.person_id, 1000)
    assert state(number) == State.PAID
    staff.post("joining.admit", {"member_class": "regular", "number": "", "unit": ""}, application_id=number)
    one = application(number)
    assert state(number) == State.MEMBER
    assert one.membership.joined_on == clock.today()
    assert one.membership.joined_by == "理事會 第 5 屆第 8 次第 3 案"
    assert one.membership.person.trade == "燈光師"
    assert db.session.scalar(sa.select(Deadline).where(Deadline.kind == "joining.entrance_fee")).closed_at is not None
    consent = db.session.scalars(sa.select(Consent)).one()
    assert (consent.kind, consent.text_version) == ("privacy", one.privacy_version)
    assert any(one.membership.number in line for line in mails())
    assert one.membership.number in staff.get("joining.application", application_id=number).text
    assert staff.get("joining.welcome_file", application_id=number, fmt="pdf").response.data[:4] == b"%PDF"


def test_the_president_first_and_the_board_ratifies(people, desk, staff):
    charter("admission", "president")
    charter("admission_begins", "approved")
    number = desk.ask(desk.check(desk.receive()))
    from unionops.core.approvals import queries as asked
    from unionops.core.approvals import services as approvals
    from unionops.values.refs import Ref

    for who in (people.chief, people.president):
        with unit_of_work("test", "test"):
            waiting = asked.open_of_record(Ref("application", number), queries.PRESIDENT)
            approvals.decide(waiting, by=user(who), verdict="approved", now=clock.now())
    one = application(number)
    assert (one.decision, state(number)) == ("interim", State.APPROVED)
    due = db.session.scalar(sa.select(Deadline).where(Deadline.kind == "joining.ratify"))
    assert due.closed_at is None
    assert desk.admit(number) == State.MEMBER
    assert "追認" in staff.get("joining.application", application_id=number).text
    assert "追認" in staff.get("joining.board").text
    desk.agree(number)
    one = application(number)
    assert one.ratified_by == "理事會 第 5 屆第 8 次第 3 案"
    db.session.refresh(due)
    assert due.closed_at is not None
    assert not queries.waits_for_ratifying(one)


def test_a_board_that_does_not_ratify_ends_the_membership(people, desk):
    charter("admission", "president")
    charter("admission_begins", "approved")
    number = desk.ask(desk.check(desk.receive()))
    from unionops.core.approvals import queries as asked
    from unionops.core.approvals import services as approvals
    from unionops.values.refs import Ref

    for who in (people.chief, people.president):
        with unit_of_work("test", "test"):
            approvals.decide(asked.open_of_record(Ref("application", number), queries.PRESIDENT), by=user(who), verdict="approved", now=clock.now())
    desk.admit(number)
    desk.agree(number, verdict="rejected", reason="未從事本業")
    one = application(number)
    assert state(number) == State.REFUSED
    assert one.membership.left_on == clock.today()
    assert (one.membership.left_reason, one.membership.left_note) == (LeaveReason.NOT_RATIFIED, "未從事本業")


def test_refused_is_told_with_the_reason(desk, staff):
    number = desk.ask(desk.check(desk.receive(email="yun@example.tw")))
    desk.agree(number, verdict="rejected", reason="未從事本業")
    assert state(number) == State.REFUSED
    assert any("未從事本業" in line for line in mails())
    assert "未從事本業" in staff.get("joining.application", application_id=number).text


def test_returned_has_to_be_checked_again(desk):
    number = desk.ask(desk.check(desk.receive()))
    desk.agree(number, verdict="returned", reason="缺從業證明")
    assert state(number) == State.RECEIVED


def test_one_resolution_for_many(desk, people):
    numbers = [desk.ask(desk.check(desk.receive(name))) for name in ("甲先生", "乙小姐", "丙先生")]
    with unit_of_work("test", "test"):
        from tests.members.joining.furnishing import agree

        agree(application(numbers[0]), application(numbers[1]), by=user(people.chief))
    assert [state(one) for one in numbers] == [State.APPROVED, State.APPROVED, State.ASKED]


def test_a_returning_member_gets_the_old_record_and_a_new_number(desk, add, staff):
    from unionops.members.services import people as members

    charter("admission_begins", "approved")
    person = add("何佩芸", id_number=FORM["id_number"], number="0007", birth_on=None)
    with unit_of_work("test", "test"):
        members.leave(db.session.get_one(Membership, person.memberships[0].id), left_on=clock.today() - timedelta(days=90), reason="resigned", note="", today=clock.today())
    number = desk.receive(id_number=FORM["id_number"], mobile="0955666777")
    assert "曾為會員" in staff.get("joining.application", application_id=number).text
    desk.agree(desk.ask(desk.check(number)))
    assert desk.admit(number) == State.MEMBER
    one = application(number)
    assert one.person_id == person.id
    assert next(m.number for m in one.person.memberships) == "0007"
    assert len(one.person.memberships) == 2
    assert one.person.mobile == "0955666777"


def test_somebody_admitted_and_not_yet_paid_can_be_found_and_pay(people, desk, staff, browser):
    """He is on record without a membership until the fee is paid."""
    entrance_fee(1000)
    number = desk.decided()
    assert desk.admit(number) == State.UNPAID
    person = application(number).person_id
    assert "何佩芸" in staff.get("members.person", person_id=person).text
    cashier = browser.as_(user(people.cashier))
    assert "1,000" in cashier.get("dues.account", person_id=person).text
    assert "尚欠 1,000 元" in staff.get("joining.index").text


def test_the_person_tells_of_the_application(desk, staff):
    charter("admission_begins", "approved")
    number = desk.decided()
    desk.admit(number)
    one = application(number)
    shown = staff.get("members.person", person_id=one.person_id)
    assert f"入會申請 {one.number}" in shown.text
    assert any(link.endswith(f"/joining/{number}") for link in shown.links())
