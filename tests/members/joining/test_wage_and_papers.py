"""The wage somebody declared, where dues follow from it; and asking for papers that are missing."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from tests.members.dues.books import nothing_contradicts
from tests.members.joining.conftest import application, charter, entrance_fee, state
from tests.members.joining.test_story import mails, pay
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Delivery
from unionops.members.listing import REASONS
from unionops.members.models import Charge, Scheme, SchemeTerms, WageBase
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import State
from unionops.members.rules.membership import LeaveReason
from unionops.members.services.dues import running

ADMIT = {"member_class": "regular", "number": "", "unit": ""}


@pytest.fixture
def share_of_wage(people) -> int:
    """Dues of 0.5 % of the wage, monthly."""
    with unit_of_work("test", "test"):
        scheme = Scheme(title="經常會費", kind="regular", period="month", due_day=15, prorate="full", order=10)
        scheme.terms.append(SchemeTerms(valid_from=date(2020, 1, 1), basis="share", rate="0.005", clause="第 30 條"))
        db.session.add(scheme)
    db.session.rollback()
    return scheme.id


def wages() -> list[tuple[int | None, int, date | None]]:
    db.session.rollback()
    return [(one.insured_salary, one.dependants_count, one.from_on) for one in db.session.scalars(sa.select(WageBase))]


def test_the_declared_wage_is_what_dues_are_reckoned_from(desk, staff, share_of_wage):
    charter("admission_begins", "approved")
    number = desk.decided(monthly_wage="45,800", dependants="2")
    shown = staff.get("joining.admit", application_id=number)
    assert "45,800" in shown.text
    assert shown.value("take_wage") == "y"
    staff.post("joining.admit", ADMIT | {"take_wage": "y"}, application_id=number)
    one = application(number)
    assert wages() == [(45800, 2, one.membership.joined_on)]
    person = one.person_id
    db.session.rollback()
    with unit_of_work("test", "test"):
        running.apply((share_of_wage,), clock.today().replace(day=1), title="本月", today=clock.today())
    assert db.session.scalars(sa.select(Charge.amount).where(Charge.person_id == person)).all() == [229]
    nothing_contradicts()


def test_without_the_tick_nothing_is_taken_over(desk, staff, share_of_wage):
    charter("admission_begins", "approved")
    number = desk.decided(monthly_wage="45,800")
    staff.post("joining.admit", ADMIT, application_id=number)
    assert state(number) == State.MEMBER
    assert wages() == []


def test_it_is_asked_with_the_number_and_not_before(desk, staff, share_of_wage):
    """Where membership begins with the payment, the first step only charges."""
    entrance_fee(1000)
    number = desk.decided(monthly_wage="45,800")
    assert "每月工作所得" not in staff.get("joining.admit", application_id=number).text
    staff.post("joining.admit", ADMIT, application_id=number)
    pay(application(number).person_id, 1000)
    staff.post("joining.admit", ADMIT | {"take_wage": "y"}, application_id=number)
    assert [one[0] for one in wages()] == [45800]


def test_several_at_once(desk, staff, share_of_wage):
    charter("admission_begins", "approved")
    some = [desk.decided(name, monthly_wage=wage) for name, wage in (("何佩芸", "45,800"), ("方俊傑", ""))]
    staff.post("joining.admit_many", {"take_wage": "y"}, ids=some)
    assert [state(one) for one in some] == [State.MEMBER, State.MEMBER]
    assert [one[0] for one in wages()] == [45800]


def test_a_wage_that_is_missing_is_found_by_the_check_only_where_dues_need_it(desk, staff, people):
    number = desk.receive()
    assert "會費依薪資計算" not in staff.get("joining.application", application_id=number).text
    db.session.rollback()
    with unit_of_work("test", "test"):
        scheme = Scheme(title="經常會費", kind="regular", period="month", due_day=15, prorate="full", order=10)
        scheme.terms.append(SchemeTerms(valid_from=date(2020, 1, 1), basis="share", rate="0.005"))
        db.session.add(scheme)
    assert "會費依薪資計算" in staff.get("joining.application", application_id=number).text
    desk.check(number)
    assert "wage" in application(number).findings["answers"]
    assert not [one for one in queries.findings(application(desk.receive("方俊傑", monthly_wage="30000")), None, clock.today()) if one.key == "wage"]


def test_missing_papers_are_asked_for_by_mail(desk, staff):
    number = desk.receive(email="yun@example.tw")
    form = staff.get("joining.ask_papers", application_id=number)
    assert "身分證" in form.text
    staff.post("joining.ask_papers", {"papers": ["photo", "work_proof"], "note": "照片兩張"}, application_id=number)
    told = next(one for one in mails() if "還缺" in one)
    assert application(number).number in told
    assert "照片、從業證明" in told
    assert "照片兩張" in told
    assert "身分證" not in told
    assert "何佩芸" not in told
    assert "補件" in staff.get("joining.application", application_id=number).text


def test_asking_for_papers_is_refused_where_it_says_nothing_or_reaches_nobody(desk, staff):
    number = desk.receive(mail_address="", home_address="")
    assert "電話聯絡" in staff.post("joining.ask_papers", {"papers": ["photo"]}, status=422, application_id=number).text
    assert staff.post("joining.ask_papers", {"papers": []}, status=422, application_id=number).error("papers")
    letter = desk.receive("方俊傑")
    staff.post("joining.ask_papers", {"papers": ["photo"]}, application_id=letter)
    assert db.session.scalars(sa.select(Delivery.channel)).all() == ["paper"]
    db.session.rollback()
    decided = desk.decided("曾雅琪", email="x@example.tw")
    assert "沒有要請申請人補" in staff.post("joining.ask_papers", {"papers": ["photo"]}, status=422, application_id=decided).text


def test_not_ratified_is_a_reason_that_only_the_decision_gives(staff, add, people):
    assert REASONS[LeaveReason.NOT_RATIFIED]
    person = add("林佳慧")
    offered = staff.get("members.record_leaving", person_id=person.id, membership_id=person.memberships[0].id).html
    assert LeaveReason.NOT_RATIFIED.value not in offered
