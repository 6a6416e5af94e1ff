"""Suspension and expulsion through the services and screens: nothing acts without a hearing and a resolution; need to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tests.browsing import Browser
from tests.members.acts import refused_fields as refused
from tests.members.acts import work
from tests.members.conftest import stored
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.calendar.models import Deadline
from unionops.core.db import db
from unionops.core.union import services as union
from unionops.members.models import Measure, Membership, Person
from unionops.members.queries.measures import course
from unionops.members.queries.standing import standings
from unionops.members.rules.measures import State, Votes, state
from unionops.members.rules.standing import Reason
from unionops.members.services import life, people
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
NOW = datetime(2026, 9, 10, 4, tzinfo=UTC)
TODAY = date(2026, 9, 10)
GROUND = "欠繳經常會費 25 個月，經兩次書面催繳仍未繳納。"


def proposed(person: Person, kind: str = "expulsion", on: date = date(2026, 8, 1), **given: Any) -> int:
    with work():
        membership = db.session.get_one(Membership, person.memberships[0].id)
        return life.propose_measure(membership, kind, **{"ground": GROUND, "clause": "章程第 12 條", "on": on, "by": None, "today": TODAY} | given).id


def heard(person: Person, kind: str = "expulsion") -> int:
    number = proposed(person, kind)
    with work():
        one = db.session.get_one(Measure, number)
        life.ask_to_be_heard(one, asked_on=date(2026, 8, 5), hearing_on=date(2026, 8, 20), how="雙掛號", by=None, today=TODAY)
        life.record_hearing(one, heard_on=date(2026, 8, 15), statement="願意分期繳納。", today=TODAY, now=NOW)
    return number


def decide(number: int, votes: Votes = Votes(100, 60, 45, 10), **given: Any) -> Any:
    with work():
        return life.decide(db.session.get_one(Measure, number), **{
            "decided_on": date(2026, 9, 1), "resolution": "第 9 屆第 2 次會員代表大會第 4 案", "votes": votes, "from_on": None, "until_on": None, "by": None,
            "today": TODAY,
        } | given)


def of(number: int) -> Measure:
    found: Measure = stored(Measure, number)
    return found


def now_of(number: int) -> State:
    return state(course(of(number)), TODAY)


def reasons(person: Person, on: date = TODAY) -> tuple[Reason, ...]:
    found = standings(sa.select(Membership.id).where(Membership.person_id == person.id), on)
    return next(iter(found.values())).reasons


def test_from_proposal_to_expulsion_and_its_overturning(add: Callable[..., Person]) -> None:
    person = add()
    number = heard(person)
    assert now_of(number) == State.READY
    found = decide(number)
    assert found.carried
    assert found.needed == 40
    membership = stored(Person, person.id).memberships[0]
    assert (membership.left_on, membership.left_reason) == (date(2026, 9, 1), "expelled")
    assert reasons(person) == (Reason.EXPELLED,)
    assert reasons(person, date(2026, 8, 31)) == (Reason.MEMBER,)
    with work():
        life.tell_decision(of(number), on=date(2026, 9, 3), how="雙掛號", today=TODAY, now=NOW)
    with work():
        life.drop(of(number), on=date(2026, 9, 9), why="法院判決決議無效", today=TODAY)
    assert stored(Person, person.id).memberships[0].left_on is None
    assert reasons(person) == (Reason.MEMBER,)


def test_a_suspension_takes_the_vote_until_it_is_lifted(add: Callable[..., Person]) -> None:
    person = add()
    number = heard(person, "suspension")
    decide(number, until_on=date(2027, 8, 31))
    assert Reason.SUSPENDED in reasons(person)
    with work():
        life.lift(of(number), on=date(2026, 9, 8), why="欠費已清償")
    assert Reason.SUSPENDED in reasons(person, date(2026, 9, 7))
    assert reasons(person, date(2026, 9, 8)) == (Reason.MEMBER,)
    assert refused(lambda: life.lift(of(number), on=TODAY, why="再一次"))


def test_nothing_is_decided_without_a_hearing(add: Callable[..., Person]) -> None:
    number = proposed(add())
    assert refused(lambda: decide(number)) == [""]
    with work():
        life.ask_to_be_heard(of(number), asked_on=date(2026, 8, 5), hearing_on=date(2026, 8, 20), how="", by=None, today=TODAY)
    assert refused(lambda: decide(number))
    assert of(number).from_on is None
    with pytest.raises(IntegrityError), work():
        of(number).from_on = TODAY


def test_the_vote_must_carry(add: Callable[..., Person]) -> None:
    person = add()
    number = heard(person)
    assert not decide(number, Votes(100, 60, 39, 21)).carried
    assert (now_of(number), of(number).dropped_on) == (State.DROPPED, date(2026, 9, 1))
    assert stored(Person, person.id).memberships[0].left_on is None
    assert proposed(person, on=TODAY)  # Another proposal may follow.


def test_a_meeting_without_its_quorum_decides_nothing(add: Callable[..., Person]) -> None:
    number = heard(add())
    assert refused(lambda: decide(number, Votes(100, 50, 50, 0))) == ["present"]


def test_the_constitution_may_ask_more_than_half(add: Callable[..., Person]) -> None:
    with work():
        record = union.edit_record(name="測試工會", short_name="測試", kind="occupational", today=date(2026, 1, 5))
        union.add_charter_value(record, key="charter.measure_majority", typed="ordinary", valid_from=date(2026, 1, 1), clause="第 12 條", members=100)
    assert decide(heard(add()), Votes(100, 60, 31, 29)).carried


def test_silence_counts_after_the_time_only(add: Callable[..., Person]) -> None:
    number = proposed(add(), on=TODAY)
    with work():
        life.ask_to_be_heard(of(number), asked_on=TODAY, hearing_on=TODAY + timedelta(7), how="", by=None, today=TODAY)
    assert refused(lambda: life.record_waiver(of(number), declined=False, why="沒來", today=TODAY, now=NOW))
    with work():
        life.record_waiver(of(number), declined=False, why="屆期未到", today=TODAY + timedelta(8), now=NOW)
    assert of(number).waived_on == TODAY + timedelta(8)
    # Decided on the last day of his time would be too early.
    assert refused(lambda: decide(number, decided_on=TODAY + timedelta(7), today=TODAY + timedelta(9))) == ["decided_on"]


def test_a_new_notice_opens_the_time_to_answer_anew(add: Callable[..., Person]) -> None:
    number = heard(add())
    with work():
        life.ask_to_be_heard(of(number), asked_on=TODAY, hearing_on=TODAY + timedelta(10), how="補送", by=None, today=TODAY)
    assert (of(number).heard_on, of(number).statement) == (None, "")
    deadline = db.session.scalar(sa.select(Deadline).where(Deadline.ref_kind == "measure", Deadline.ref_id == number, Deadline.kind == life.HEARING))
    assert (deadline.nominal_on, deadline.closed_at) == (TODAY + timedelta(10), None)


def test_one_case_of_a_kind_at_a_time(add: Callable[..., Person]) -> None:
    person = add()
    proposed(person)
    assert refused(lambda: proposed(person))
    assert proposed(person, "suspension")
    with pytest.raises(IntegrityError), work():  # Also when two propose at once.
        db.session.add(Measure(membership_id=person.memberships[0].id, kind="expulsion", ground="x", proposed_on=TODAY))


def test_who_left_before_is_not_expelled(add: Callable[..., Person]) -> None:
    person = add()
    number = heard(person)
    with work():
        people.leave(stored(Membership, person.memberships[0].id), left_on=date(2026, 8, 30), reason="resigned", note="", today=TODAY)
    assert refused(lambda: decide(number)) == [""]


def test_an_expulsion_comes_before_a_leaving_for_a_later_day(add: Callable[..., Person]) -> None:
    person = add()
    number = heard(person)
    with work():
        people.leave(stored(Membership, person.memberships[0].id), left_on=date(2026, 12, 31), reason="resigned", note="", today=TODAY)
    decide(number)
    assert stored(Membership, person.memberships[0].id).left_reason == "expelled"


def test_the_ladder_says_where_it_came_from(add: Callable[..., Person]) -> None:
    number = proposed(add(), origin=Ref("person", 1))
    assert of(number).origin == Ref("person", 1)


# --- screens ----------------------------------------------------------------------------------------------------------


def test_the_whole_way_on_the_screens(browser: Browser, secretary: User, add: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:
    person = add()
    seen = browser.as_(secretary)
    seen.get("members.measures")
    today = clock.today()
    seen.post("members.propose_measure", person_id=person.id, data={"kind": "suspension", "ground": "", "proposed_on": "115/9/1"}, status=422)
    seen.post("members.propose_measure", person_id=person.id, data={"kind": "suspension", "ground": GROUND, "proposed_on": today.isoformat()})
    number = db.session.scalar(sa.select(Measure.id))
    assert GROUND in seen.get("members.measure", measure_id=number).text
    assert "陳述意見通知書" in seen.get("members.measure_paper", measure_id=number).text
    later = (today + timedelta(7)).isoformat()
    seen.post("members.ask_measure", measure_id=number, data={"asked_on": today.isoformat(), "hearing_on": today.isoformat()}, status=422)
    seen.post("members.ask_measure", measure_id=number, data={"asked_on": today.isoformat(), "hearing_on": later})
    seen.post("members.waive_measure", measure_id=number, data={"declined": "absent", "why": "沒來"}, status=422)
    seen.post("members.hear_measure", measure_id=number, data={"heard_on": today.isoformat(), "statement": "願意分期。"})
    votes = {"base": "100", "present": "60", "in_favour": "45", "against": "10", "decided_on": today.isoformat()}
    wrong = seen.post("members.decide_measure", measure_id=number, data=votes | {"resolution": "", "present": "101"}, status=422)
    assert wrong.error("resolution")
    seen.post("members.decide_measure", measure_id=number, data=votes | {"resolution": "第 9 屆第 2 次大會"})
    told = seen.get("members.measure", measure_id=number)
    assert "通過" in told.text
    assert "停權決議通知書" in seen.get("members.measure_paper", measure_id=number).text
    seen.post("members.tell_measure", measure_id=number, data={"told_on": today.isoformat()})
    seen.post("members.lift_measure", measure_id=number, data={"lifted_on": today.isoformat(), "why": "已清償"})
    assert stored(Measure, number).lifted_on == today
    for fmt in ("pdf", "odt", "docx"):
        seen.get("members.measure_file", measure_id=number, fmt=fmt).response.close()


def test_others_see_neither_the_case_nor_its_ground(browser: Browser, staff: User, secretary: User, add: Callable[..., Person]) -> None:
    person = add()
    number = heard(person)
    decide(number)
    seen = browser.as_(staff)
    for endpoint in ("members.measure", "members.measure_paper", "members.decide_measure"):
        seen.get(endpoint, measure_id=number, status=403)
    seen.get("members.measures", status=403)
    assert GROUND not in seen.get("members.person", person_id=person.id).text
