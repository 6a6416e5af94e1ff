"""Leaving and dated changes through services and screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.members.acts import refused_fields as refused
from tests.members.acts import work
from tests.members.conftest import stored
from tests.members.dues.books import nothing_contradicts, pay, run
from tests.office import id_number
from unionops.core import clock
from unionops.core.calendar import services as calendar
from unionops.core.db import db
from unionops.core.union import services as union
from unionops.members import queries
from unionops.members.models import Absence, FormerIdentity, Leaving, Membership, Person, Retained, Scheme, SchemeTerms
from unionops.members.queries import leaving as reads
from unionops.members.queries.facts import changes_between
from unionops.members.queries.standing import standings
from unionops.members.rules.membership import MemberClass
from unionops.members.rules.standing import Reason
from unionops.members.services import changes, leaving, people
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
TODAY = date(2026, 9, 10)
NOW = datetime(2026, 9, 10, 4, tzinfo=UTC)


def stay(person: Person) -> Membership:
    found: Membership = stored(Person, person.id).memberships[0]
    return found


def charter(key: str, value: str) -> None:
    with work():
        record = union.edit_record(name="測試工會", short_name="測試", kind="enterprise", today=date(2026, 1, 5))
        union.add_charter_value(record, key=f"charter.{key}", typed=value, valid_from=date(2026, 1, 1), clause="第 13 條", members=100)


def wish(person: Person, on: date = TODAY, **given: Any) -> Leaving:
    with work():
        made = leaving.receive_wish(stay(person), **{"received_on": on, "how": "counter", "note": "", "by": None, "today": TODAY} | given)
        number = made.id
    found: Leaving = stored(Leaving, number)
    return found


def reasons(person: Person, on: date) -> tuple[Reason, ...]:
    return next(iter(standings(sa.select(Membership.id).where(Membership.person_id == person.id), on).values())).reasons


def test_by_the_constitution_a_wish_acts_at_the_end_of_the_month(add: Callable[..., Person]) -> None:
    charter("leave_effective", "month_end")
    person = add()
    row = wish(person)
    assert row.effective_on == date(2026, 10, 1)
    assert (stay(person).left_on, stay(person).left_reason) == (date(2026, 10, 1), "resigned")
    assert reasons(person, date(2026, 9, 30)) == (Reason.MEMBER,)
    assert reasons(person, date(2026, 10, 1)) == (Reason.LEFT,)


def test_a_wish_is_taken_back_before_it_acts(add: Callable[..., Person]) -> None:
    charter("leave_notice_days", "30")
    person = add()
    row = wish(person)
    with work():
        leaving.withdraw(stored(Leaving, row.id), on=TODAY, today=TODAY)
    assert stay(person).left_on is None
    assert stored(Leaving, row.id).withdrawn_on == TODAY
    again = wish(person)
    assert again.id != row.id
    assert refused(lambda: leaving.withdraw(stored(Leaving, again.id), on=again.effective_on, today=date(2026, 12, 1))) == ["withdrawn_on"]


def test_who_moves_to_another_union(add: Callable[..., Person]) -> None:
    person = add()
    wish(person, left_to="臺北市演藝工會")
    assert (stay(person).left_reason, stay(person).left_to) == ("transferred", "臺北市演藝工會")
    with work():
        back = people.rejoin(stored(Person, person.id), number="", joined_on=date(2026, 10, 1), joined_by="", member_class=MemberClass.REGULAR, unit=None,
                             today=date(2026, 10, 2), joined_from="臺北市演藝工會")
        assert back.joined_from == "臺北市演藝工會"


def test_wishes_that_cannot_be_are_refused(add: Callable[..., Person]) -> None:
    person = add()
    assert refused(lambda: leaving.receive_wish(stay(person), received_on=date(2026, 9, 11), how="", note="", by=None, today=TODAY)) == ["received_on"]
    assert refused(lambda: leaving.receive_wish(stay(person), received_on=date(2026, 1, 1), how="", note="", by=None, today=TODAY)) == ["received_on"]
    wish(person)
    assert refused(lambda: leaving.receive_wish(stay(person), received_on=TODAY, how="", note="", by=None, today=TODAY)) == [""]


def test_the_employer_is_told_to_stop(add: Callable[..., Person], employer: Callable[..., Any]) -> None:
    person, firm = add(), employer()
    with work():
        people.employ(stored(Person, person.id), employer=db.session.merge(firm), workplace=None, staff_number="A1", job="", is_manager=False, from_on=None, today=TODAY)
        people.record_consent(stored(Person, person.id), kind="check_off", text_version="", given_on=date(2026, 3, 2), how="書面", today=TODAY)
    row = wish(person)
    deadline = calendar.of(Ref("person", person.id), leaving.STOP_CHECKOFF, str(stay(person).id))
    assert deadline is not None
    assert deadline.closed_at is None
    with work():
        leaving.tell_employer(stored(Leaving, row.id), on=TODAY, today=TODAY, now=NOW)
    assert calendar.of(Ref("person", person.id), leaving.STOP_CHECKOFF, str(stay(person).id)).closed_at is not None
    assert refused(lambda: leaving.return_card(stored(Leaving, row.id), on=date(2026, 9, 11), today=TODAY)) == ["card_returned_on"]


def test_the_final_account_and_what_was_charged_for_the_time_after(add: Callable[..., Person]) -> None:
    with work():
        db.session.add(Scheme(id=1, title="經常會費", kind="regular", period="quarter", due_month=2, order=10, prorate="months"))
        db.session.add(SchemeTerms(scheme_id=1, valid_from=date(2010, 1, 1), basis="fixed", amount=150))
    person = add(joined_on=date(2020, 1, 1))
    for first in (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)):
        run(first, (1,))
    pay(person.id, 500)
    with work():  # Dated back: the third quarter was billed already.
        leaving.record(stay(person), left_on=date(2026, 6, 15), reason="left_trade", note="", by=None, today=TODAY)
    account = reads.final_account(stay(person))
    assert account.owed == 3 * 450 - 500
    assert account.credit == 0
    assert account.net == 850
    assert [one.period_on for one in account.after] == [date(2026, 7, 1)]
    nothing_contradicts()


def test_death_is_a_day_of_its_own(add: Callable[..., Person]) -> None:
    person = add()
    with work():
        leaving.record(stay(person), left_on=date(2026, 9, 1), reason="deceased", note="", by=None, today=TODAY)
    assert stored(Person, person.id).died_on == date(2026, 9, 1)
    with work():
        leaving.undo(stay(person), on=TODAY)
    assert stored(Person, person.id).died_on is None
    assert stored(Leaving, 1).withdrawn_on == TODAY


# --- dated facts ------------------------------------------------------------------------------------------------------


def test_a_leave_of_absence_stays_a_member(add: Callable[..., Person]) -> None:
    person = add()
    with work():
        made = changes.rest(stay(person), from_on=date(2026, 8, 1), until_on=date(2027, 1, 31), reason="育嬰留職停薪", proof="核准函", by=None, today=TODAY)
        number = made.id
    assert reasons(person, TODAY) == (Reason.MEMBER, Reason.ABSENT)
    assert refused(lambda: changes.rest(stay(person), from_on=TODAY, until_on=None, reason="又一次", proof="", by=None, today=TODAY)) == ["from_on"]
    with work():
        changes.end_rest(stored(Absence, number), until_on=date(2026, 9, 9), person=stored(Person, person.id))
    assert reasons(person, TODAY) == (Reason.MEMBER,)


def test_a_dismissed_member_is_kept_while_it_is_contested(add: Callable[..., Person]) -> None:
    person = add()
    with work():
        leaving.record(stay(person), left_on=date(2026, 9, 1), reason="left_trade", note="遭解僱", by=None, today=TODAY)
    given = {"from_on": date(2026, 9, 1), "ground": "dispute", "document": "調解申請書"}
    assert refused(lambda: changes.retain(stay(person), **given)) == [""]
    charter("retained_after_dismissal", "yes")
    with work():
        number = changes.retain(stay(person), **given).id
    assert reasons(person, TODAY) == (Reason.RETAINED,)
    with work():
        changes.release(stored(Retained, number), until_on=date(2026, 9, 5), ended_by="調解不成立未起訴", person=stored(Person, person.id), today=TODAY)
    assert reasons(person, TODAY) == (Reason.LEFT,)
    assert refused(lambda: changes.release(stored(Retained, number), until_on=TODAY, ended_by="", person=stored(Person, person.id), today=TODAY))


def test_wages_follow_one_another(add: Callable[..., Person]) -> None:
    person = add(insured_salary=30300)
    with work():
        changes.change_wage(stay(person), insured_salary=36300, dependants_count=1, from_on=date(2026, 9, 1), proof="薪資單", today=TODAY)
    first, second = stay(person).wages
    assert (first.until_on, second.insured_salary, second.proof) == (date(2026, 8, 31), 36300, "薪資單")
    for wrong in ({"from_on": date(2026, 9, 1)}, {"insured_salary": 0}, {"from_on": date(2026, 9, 11)}):
        given = {"insured_salary": 40100, "dependants_count": 0, "from_on": date(2026, 9, 2), "proof": "", "today": TODAY} | wrong
        assert refused(lambda given=given: changes.change_wage(stay(person), **given)), wrong


def test_who_changed_name_and_number_is_found_by_the_old_ones(add: Callable[..., Person]) -> None:
    old, new = id_number("A22345678"), id_number("A22345699")
    person = add("林佳慧", id_number=old)
    with work():
        changes.rename(stored(Person, person.id), name="林可欣", id_number=new, changed_on=TODAY, proof="戶籍謄本", today=TODAY)
    assert stored(Person, person.id).name == "林可欣"
    was = db.session.scalar(sa.select(FormerIdentity))
    assert (was.name, was.id_number, was.proof) == ("林佳慧", old, "戶籍謄本")
    assert queries.taken_by(old).id == person.id
    assert queries.taken_by(new).id == person.id
    for given in ({"name": "林可欣", "id_number": ""}, {"name": "林可欣", "id_number": "A123456780"}, {"name": "林欣", "id_number": "", "proof": ""}):
        assert refused(lambda given=given: changes.rename(
            stored(Person, person.id), **{"changed_on": TODAY, "proof": "戶籍謄本", "today": TODAY} | given)), given
    other = add("別人")
    assert refused(lambda: changes.rename(stored(Person, other.id), name="別人", id_number=new, changed_on=TODAY, proof="x", today=TODAY)) == ["id_number"]


def test_the_list_of_changes_of_a_period(add: Callable[..., Person], unit: Callable[..., Any], staff: Any) -> None:
    one, two = unit("第一組"), unit("第二組")
    person = add(unit=one, insured_salary=30300)
    with work():
        people.move(stay(person), db.session.merge(two), from_on=date(2026, 9, 1), today=TODAY, proof="異動申請書")
        people.change_class(stay(person), MemberClass.RETIRED, from_on=date(2026, 9, 2), today=TODAY)
        changes.change_wage(stay(person), insured_salary=36300, dependants_count=0, from_on=date(2026, 9, 3), proof="", today=TODAY)
        changes.rename(stored(Person, person.id), name="林可欣", id_number="", changed_on=date(2026, 9, 4), proof="戶籍謄本", today=TODAY)
    found = changes_between(staff, date(2026, 9, 1), date(2026, 9, 30))
    assert [(line.kind, line.before, line.after, line.proof) for line in found] == [
        ("單位", "第一組", "第二組", "異動申請書"), ("類別", "regular", "retired", ""), ("投保薪資", "30,300", "36,300", ""), ("姓名", "林佳慧", "林可欣", "戶籍謄本"),
    ]
    assert changes_between(staff, date(2026, 1, 1), date(2026, 8, 31)) == []


# --- screens ----------------------------------------------------------------------------------------------------------


def test_leaving_on_the_screens(office: Browser, add: Callable[..., Person]) -> None:
    person = add()
    ids = {"person_id": person.id, "membership_id": person.memberships[0].id}
    today = clock.today().isoformat()
    office.post("members.receive_leaving", **ids, data={"received_on": (clock.today() + timedelta(1)).isoformat(), "how": "counter"}, status=422)
    office.post("members.receive_leaving", **ids, data={"received_on": today, "how": "registered"})
    assert "沒有欠費" in office.get("members.closing", **ids).text
    office.post("members.return_card", **ids, data={"on": today})
    office.post("members.tell_employer", **ids, data={"on": today})
    office.post("members.withdraw_leaving", **ids, data={"on": today}, status=422)
    assert stored(Leaving, 1).card_returned_on == clock.today()
    for fmt in ("pdf", "odt", "docx"):
        office.get("members.stop_notice", **ids, fmt=fmt).response.close()
    office.get("members.stop_notice", **ids, fmt="exe", status=404)


def test_changes_on_the_screens(office: Browser, add: Callable[..., Person]) -> None:
    person = add(insured_salary=30300)
    today = clock.today().isoformat()
    charter("retained_after_dismissal", "yes")
    office.post("members.record_absence", person_id=person.id, data={"from_on": today, "reason": "", "until_on": "115/1/1"}, status=422)
    office.post("members.record_absence", person_id=person.id, data={"from_on": today, "reason": "育嬰留職停薪", "proof": "核准函"})
    office.post("members.end_absence", person_id=person.id, absence_id=1, data={"until_on": today})
    office.post("members.record_retained", person_id=person.id, data={"from_on": today, "ground": "dispute", "document": "調解申請書"})
    office.post("members.end_retained", person_id=person.id, retained_id=1, data={"until_on": today, "ended_by": "調解成立"})
    office.post("members.change_wage", person_id=person.id, data={"insured_salary": "0", "from_on": today}, status=422)
    office.post("members.change_wage", person_id=person.id, data={"insured_salary": "36,300", "dependants_count": "1", "from_on": today, "proof": "薪資單"})
    office.post("members.change_identity", person_id=person.id, data={"name": "林可欣", "changed_on": today, "proof": "戶籍謄本"})
    shown = office.get("members.changes_of", person_id=person.id).text
    for word in ("育嬰留職停薪", "調解申請書", "36,300", "林佳慧", "戶籍謄本"):
        assert word in shown
    assert "改名，原名林佳慧" in office.get("members.person", person_id=person.id).text
    office.get("members.change_form", person_id=person.id, fmt="pdf").response.close()
    office.get("members.end_absence", person_id=add("別人").id, absence_id=1, status=404)
