"""Two at once, on both databases; what lists say agrees with the rule; who may see what; the recruiting board."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import new_user, statements
from tests.members.dues.books import nothing_contradicts
from tests.members.joining import furnishing
from tests.members.joining.conftest import Desk, application, charter, entrance_fee, make_people, state, user
from tests.members.joining.test_story import pay
from unionops.core import clock
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.members.models import Application, Charge, Membership, Person, Prospect, Unit
from unionops.members.queries import joining as queries
from unionops.members.queries.joining import Filter
from unionops.members.rules.admission import Channel, State
from unionops.members.services import structure
from unionops.members.services.joining import admitting, receiving
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: Any) -> Any:
    """The app on this database, inside its context."""
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def at_once(app: Any, *acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts in threads that begin together; their results, or what they raised."""
    ready, results = threading.Barrier(len(acts)), [None] * len(acts)
    db.session.rollback()
    db.session.remove()

    def run(place: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            ready.wait()
            try:
                with unit_of_work("test", "test"):
                    results[place] = act()
            except Exception as error:
                results[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_clerks_admit_one_applicant(either):
    desk = Desk(make_people())
    charter("admission_begins", "approved")
    entrance_fee(1000)
    number, staff = desk.decided(), desk.people.staff

    def admit() -> State:
        return admitting.admit(application(number), by=user(staff), today=clock.today(), now=clock.now())

    assert at_once(either, admit, admit) == [State.MEMBER, State.MEMBER]
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (Person, Membership, Charge)] == [1, 1, 1]
    nothing_contradicts()


def test_the_fee_is_charged_once_and_the_number_given_once(either):
    desk = Desk(make_people())
    entrance_fee(1000)
    number, staff = desk.decided(), desk.people.staff

    def admit() -> State:
        return admitting.admit(application(number), by=user(staff), today=clock.today(), now=clock.now())

    results = at_once(either, admit, admit)
    assert State.UNPAID in results
    assert [one for one in results if one != State.UNPAID and not isinstance(one, RuleBroken)] == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 1
    pay(application(number).person_id, 1000)
    assert at_once(either, admit, admit) == [State.MEMBER, State.MEMBER]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 1
    nothing_contradicts()


def test_the_same_form_twice_in_one_instant(either):
    make_people()

    def send() -> int:
        return receiving.receive(
            furnishing.written("何佩芸", id_number="A123456789", mobile="0955666777"), channel=Channel.ONLINE, received_on=clock.today(), privacy_version="第 1 版",
            today=clock.today(),
        ).id

    assert len(set(at_once(either, send, send, send))) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Application)) == 1


def test_the_board_decides_while_the_applicant_withdraws(either):
    desk = Desk(make_people())
    number, chief = desk.ask(desk.check(desk.receive())), desk.people.chief

    def withdraw() -> None:
        receiving.withdraw(application(number), why="本人來電", today=clock.today(), now=clock.now())

    def agree() -> None:
        furnishing.agree(application(number), by=user(chief))

    at_once(either, withdraw, agree)
    assert state(number) in (State.WITHDRAWN, State.APPROVED)
    assert queries.before_board(user(chief)) == []


# --- the lists agree with the rule


def test_lists_and_rule_agree(either):
    desk = Desk(make_people())
    entrance_fee(1000)
    desk.receive("收件")
    desk.check(desk.receive("審完"))
    desk.ask(desk.check(desk.receive("送審")))
    desk.decided("通過")
    unpaid, paid, member = desk.decided("開單"), desk.decided("繳清"), desk.decided("會員")
    for one in (unpaid, paid, member):
        desk.admit(one)
    for one in (paid, member):
        pay(application(one).person_id, 1000)
    desk.admit(member)
    refused = desk.ask(desk.check(desk.receive("不同意")))
    desk.agree(refused, verdict="rejected", reason="不符")
    gone = desk.receive("撤回")
    with unit_of_work("test", "test"):
        receiving.withdraw(application(gone), why="本人", today=clock.today(), now=clock.now())
    chief = user(desk.people.chief)
    rows = queries.rows(chief, Filter())
    assert {row.application.name: row.state for row in rows} == {
        "收件": State.RECEIVED, "審完": State.CHECKED, "送審": State.ASKED, "通過": State.APPROVED, "開單": State.UNPAID, "繳清": State.PAID, "會員": State.MEMBER,
        "不同意": State.REFUSED, "撤回": State.WITHDRAWN,
    }
    for row in rows:
        assert queries.state_of(row.application) == row.state
    counts = queries.states(chief, Filter())
    assert {one: counts.get(one) for one in State} == dict.fromkeys(State, 1)
    assert queries.count(chief, Filter(text="繳清")) == 1
    with unit_of_work("test", "test"):
        assert admitting.settle_fees(clock.now()) == 0


def test_a_fee_paid_after_the_admission_closes_its_deadline_at_night(desk):
    charter("admission_begins", "approved")
    entrance_fee(500)
    number = desk.decided()
    assert desk.admit(number) == State.MEMBER
    due = db.session.scalar(sa.select(Deadline).where(Deadline.kind == "joining.entrance_fee"))
    assert due.closed_at is None
    pay(application(number).person_id, 500)
    with unit_of_work("test", "test"):
        assert admitting.settle_fees(clock.now()) == 1
    with unit_of_work("test", "test"):
        assert admitting.settle_fees(clock.now()) == 0
    nothing_contradicts()


def test_a_fee_that_was_taken_back_is_open_again(desk):
    """Paid by a cheque that bounced: no number is given for it."""
    from unionops.members.models import Payment
    from unionops.members.services.dues import paying

    entrance_fee(1000)
    number = desk.decided()
    desk.admit(number)
    pay(application(number).person_id, 1000)
    assert state(number) == State.PAID
    with unit_of_work("test", "test"):
        paying.take_back(db.session.scalars(sa.select(Payment)).one(), why="退票", on=clock.today(), today=clock.today())
    assert state(number) == State.UNPAID
    with pytest.raises(RuleBroken):
        desk.admit(number)


def test_the_inbox_asks_a_constant_number_of_statements(desk, staff, app):
    counted = []
    for names in (["甲"], ["乙", "丙", "丁", "戊"]):
        for name in names:
            desk.ask(desk.check(desk.receive(name)))
        staff.get("joining.index")  # What waits for everybody is remembered from here on.
        with statements(app) as seen:
            staff.get("joining.index")
        counted.append(len(seen))
    assert counted[0] == counted[1]


# --- who may see what


def test_somebody_of_one_unit_sees_those_of_his_unit(app, desk, browser, staff):
    with unit_of_work("test", "test"):
        mine, below, other = structure.add_unit(name="北區"), None, structure.add_unit(name="南區")
        below = structure.add_unit(name="北區一組", parent=mine)
    ids = {}
    for name, unit in (("北先生", mine), ("組先生", below), ("南先生", other), ("無先生", None)):
        with unit_of_work("test", "test"):
            made = receiving.receive(
                furnishing.written(name), channel=Channel.COUNTER, received_on=clock.today(), privacy_version="第 1 版", unit=db.session.get(Unit, unit.id) if unit else None,
                today=clock.today(),
            )
        ids[name] = made.id
    clerk = browser.as_(new_user("staff", scope=Ref("unit", mine.id), name="分會幹事"))
    shown = clerk.get("joining.index").text
    assert "北先生" in shown
    assert "組先生" in shown
    assert "南先生" not in shown
    assert "無先生" not in shown
    clerk.get("joining.application", application_id=ids["北先生"])
    for endpoint in ("application", "written", "check", "correct", "form_paper", "admit"):
        clerk.get(f"joining.{endpoint}", status=404, application_id=ids["南先生"])
    clerk.post("joining.withdraw", {"why": "x"}, status=404, application_id=ids["南先生"])
    page = clerk.post("joining.receive", {"channel": "counter", "received_on": "115/11/20", "privacy": "y", "unit": str(other.id), "name": "偷渡"}, status=422)
    assert page.error("unit")
    clerk.post("joining.receive", {"channel": "counter", "received_on": "115/11/20", "privacy": "y", "unit": str(below.id), "name": "正當"})


def test_who_may_do_what(app, desk, browser):
    number = desk.receive()
    president, accountant = browser.as_(user(desk.people.president)), browser.as_(user(desk.people.accountant))
    president.get("joining.application", application_id=number)
    president.get("joining.written", status=403, application_id=number)
    accountant.get("joining.index", status=403)


# --- the recruiting board


PERSON = {"name": "羅文彬", "phone": "0911222333", "employer": "", "workplace": "中山堂", "unit": "", "result": "new", "asked_by": "", "asked_on": "", "again_on": "", "note": ""}


def only() -> Prospect:
    db.session.rollback()
    return db.session.scalars(sa.select(Prospect)).one()


def test_from_the_board_to_an_application(desk, staff, employer):
    place = employer("大甲舞台工程股份有限公司")
    assert "看板上還沒有人" in staff.get("joining.prospects").text
    staff.post("joining.add_prospect", PERSON | {"employer": str(place.id)})
    one = only()
    staff.post("joining.prospect", PERSON | {"employer": str(place.id), "result": "again", "asked_by": "林秀琴", "asked_on": "115/11/20", "again_on": "115/11/21"}, prospect_id=one.id)
    shown = staff.get("joining.prospects").text
    assert "該再聯絡了" in shown
    assert "大甲舞台" in shown
    form = staff.get("joining.receive", prospect=one.id)
    assert form.value("name") == "羅文彬"
    staff.post("joining.receive", {"channel": "paper", "received_on": "115/11/20", "privacy": "y", "unit": "", "name": "羅文彬", "prospect": str(one.id)})
    one = only()
    assert (one.result, one.application_id is not None) == ("applied", True)
    assert "已申請" in staff.get("joining.prospects").text
    staff.post("joining.drop_prospect", {}, status=422, prospect_id=one.id)


@pytest.mark.parametrize(("changed", "field"), [
    ({"name": ""}, "name"), ({"phone": "12"}, "phone"), ({"result": "again"}, "again_on"), ({"result": "asked"}, "asked_by"), ({"asked_on": "150/1/1"}, "asked_on"),
    ({"result": "applied"}, "result"), ({"employer": "99"}, "employer"), ({"note": "長" * 401}, "note"),
])
def test_what_cannot_be_recorded(changed, field, desk, staff):
    page = staff.post("joining.add_prospect", PERSON | changed, status=422)
    assert page.error(field)
    assert page.value("workplace") == "中山堂"


def test_who_does_not_wish_to_be_asked_is_forgotten(desk, staff):
    staff.post("joining.add_prospect", PERSON)
    staff.post("joining.drop_prospect", {}, prospect_id=only().id)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Prospect)) == 0


def test_figures_of_a_workplace(desk, staff, add, employer):
    from unionops.members.services import people as members

    place = employer("大甲舞台工程股份有限公司")
    person = add("陳小明")
    with unit_of_work("test", "test"):
        members.employ(
            db.session.get_one(Person, person.id), employer=db.session.merge(place), workplace=None, staff_number="", job="", is_manager=False,
            from_on=clock.today() - timedelta(days=99), today=clock.today(),
        )
    staff.post("joining.add_prospect", PERSON | {"employer": str(place.id)})
    found = queries.by_workplace(user(desk.people.chief), clock.today())
    assert [(one.name, one.reached.members, one.reached.known, one.reached.density) for one in found] == [("大甲舞台工程股份有限公司", 1, 1, 50)]
    assert "50%" in staff.get("joining.prospects").text
