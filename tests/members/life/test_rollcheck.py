"""The roll check from its opening to the leavers, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import refused_fields as refused
from tests.members.acts import work
from tests.members.conftest import stored
from unionops.core.calendar import services as calendar
from unionops.core.db import db
from unionops.members.models import Charge, Dunning, Leaving, Membership, Person, RollCheck, RollDoubt
from unionops.members.queries import rollcheck as reads
from unionops.members.queries.standing import standings
from unionops.members.services import leaving, people, rollcheck, structure
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
TODAY = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
TEAM = ("甲", "乙", "丙", "丁", "戊")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_union")


def furnish() -> dict[str, int]:
    """One member in order and one in each kind of doubt: name → membership."""
    made: dict[str, int] = {}
    with work():
        gone = structure.add_employer(name="歇業公司")
        kept = structure.add_employer(name="照常公司")
        for name, given in {
            "照常": {"mobile": "0912345678"}, "死亡": {"mobile": "0912345678"}, "離職": {"mobile": "0912345678"}, "歇業": {"mobile": "0912345678"},
            "欠費": {"mobile": "0912345678"}, "失聯": {}, "年長": {"mobile": "0912345678", "birth_on": date(1955, 1, 1)}, "退信": {"mobile": "0912345678"},
        }.items():
            person = people.add_member(today=TODAY, name=name, joined_on=date(2010, 1, 1), **given)
            db.session.flush()
            made[name] = person.memberships[0].id
        by_name = {name: db.session.get_one(Membership, number).person for name, number in made.items()}
        by_name["死亡"].died_on = date(2026, 5, 1)
        people.employ(by_name["照常"], employer=kept, workplace=None, staff_number="", job="", is_manager=False, from_on=None, today=TODAY)
        people.employ(by_name["離職"], employer=kept, workplace=None, staff_number="", job="", is_manager=False, from_on=date(2015, 1, 1), today=TODAY).until_on = date(2026, 6, 30)
        people.employ(by_name["歇業"], employer=gone, workplace=None, staff_number="", job="", is_manager=False, from_on=None, today=TODAY)
        gone.closed_on = date(2026, 3, 1)
        db.session.add(Charge(person_id=by_name["欠費"].id, kind="regular", text="113 年會費", period_on=date(2024, 1, 1), months=12, amount=2400,
                              charged_on=date(2024, 1, 1), due_on=date(2024, 2, 1)))
        db.session.add(Dunning(person_id=by_name["退信"].id, step="notice", sent_on=date(2026, 9, 1), pay_by=date(2026, 9, 30), amount=100, months=1, returned_on=date(2026, 9, 9)))
    return made


def opened(**given: Any) -> int:
    with work():
        return rollcheck.open_check(**{"year": 2026, "team": TEAM, "resolution": "第 9 屆第 5 次理事會", "opened_on": date(2026, 10, 1), "by": None, "today": TODAY} | given).id


def check(number: int) -> RollCheck:
    found: RollCheck = stored(RollCheck, number)
    return found


def doubts() -> dict[str, RollDoubt]:
    rows = db.session.execute(sa.select(Person.name, RollDoubt).join(Membership, Membership.id == RollDoubt.membership_id).join(Person, Person.id == Membership.person_id))
    return dict(rows.all())


def test_from_the_opening_to_the_leavers(union: Any) -> None:
    stays = furnish()
    number = opened()
    assert check(number).counts["members"] == 8
    with work():
        assert rollcheck.draw(check(number), on=TODAY) == 7
    assert {name: doubt.reasons for name, doubt in doubts().items()} == {
        "死亡": ["died"], "離職": ["employment_ended"], "歇業": ["employer_gone"], "欠費": ["unpaid"], "失聯": ["no_contact"], "年長": ["retired"], "退信": ["returned"],
    }
    with work():  # Drawn again, nobody stands on the list twice.
        assert rollcheck.draw(check(number), on=TODAY) == 0
        rollcheck.add_by_hand(check(number), db.session.get_one(Membership, stays["照常"]), note="同事說已出國")
    ids = {name: doubt.id for name, doubt in doubts().items()}
    with work():
        assert rollcheck.tell(check(number), list(ids.values()), told_on=date(2026, 10, 5), answer_by=date(2026, 10, 12), way="registered", by=None, today=TODAY) == 8
    with work():
        rollcheck.record_answer(db.session.get_one(RollDoubt, ids["年長"]), check(number), delivered_on=date(2026, 10, 6), returned_on=None, proof="掛號 1",
                                answered_on=date(2026, 10, 8), answer="仍在職", today=TODAY)
        rollcheck.decide(check(number), [ids["年長"], ids["照常"], ids["退信"]], result="stays", why="在職證明", left_on=None, left_reason="", today=TODAY)
        rollcheck.decide(check(number), [ids["失聯"]], result="changed", why="補了電話", left_on=None, left_reason="", today=TODAY)
        rollcheck.decide(check(number), [ids["離職"], ids["歇業"], ids["欠費"]], result="leaves", why="屆期未舉證", left_on=date(2026, 10, 31), left_reason="left_trade", today=TODAY)
        rollcheck.decide(check(number), [ids["死亡"]], result="leaves", why="除戶謄本", left_on=date(2026, 5, 1), left_reason="deceased", today=TODAY)
    assert refused(lambda: rollcheck.close(check(number), closed_on=TODAY, by=None, now=NOW, today=TODAY)) == [""]
    with work():
        assert rollcheck.record_leavers(check(number), today=TODAY) == 4
    assert refused(lambda: rollcheck.record_leavers(check(number), today=TODAY)) == [""]
    assert {name for name, one in stays.items() if stored(Membership, one).left_on} == {"離職", "歇業", "欠費", "死亡"}
    assert sum(one.member for one in standings(None, TODAY).values()) == 4
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Leaving)) == 4
    with work():
        rollcheck.close(check(number), closed_on=TODAY, by=None, now=NOW, today=TODAY)
    told = check(number).counts
    assert (told["members"], told["doubts"], told["stays"], told["changed"], told["leaves"], told["open"]) == (8, 8, 3, 1, 4, 0)
    filing = calendar.of(Ref("roll_check", number), rollcheck.FILING)
    assert filing is not None
    assert filing.nominal_on == TODAY + timedelta(15)
    assert calendar.of(Ref("roll_check", number), rollcheck.FINISH).closed_at is not None
    assert refused(lambda: rollcheck.draw(check(number), on=TODAY)) == [""]


def test_nobody_is_found_to_leave_before_his_time_is_over(union: Any) -> None:
    furnish()
    number = opened()
    with work():
        rollcheck.draw(check(number), on=TODAY)
    ids = {name: doubt.id for name, doubt in doubts().items()}
    given = {"result": "leaves", "why": "屆期未舉證", "left_on": TODAY, "left_reason": "left_trade", "today": TODAY}
    assert refused(lambda: rollcheck.decide(check(number), [ids["離職"]], **given)) == [""]
    with work():
        rollcheck.tell(check(number), [ids["離職"]], told_on=date(2026, 10, 26), answer_by=date(2026, 11, 2), way="registered", by=None, today=TODAY)
    assert refused(lambda: rollcheck.decide(check(number), [ids["離職"]], **given)) == [""]
    with work():
        rollcheck.decide(check(number), [ids["離職"]], **given | {"today": date(2026, 11, 3)})
        rollcheck.decide(check(number), [ids["死亡"]], **given | {"left_reason": "deceased"})


def test_who_left_meanwhile_is_left_alone(union: Any) -> None:
    stays = furnish()
    number = opened()
    with work():
        rollcheck.draw(check(number), on=TODAY)
        dead = doubts()["死亡"].id
        rollcheck.decide(check(number), [dead], result="leaves", why="除戶", left_on=date(2026, 5, 1), left_reason="deceased", today=TODAY)
    with work():
        leaving.record(stored(Membership, stays["死亡"]), left_on=date(2026, 5, 1), reason="deceased", note="家屬通知", by=None, today=TODAY)
    assert refused(lambda: rollcheck.record_leavers(check(number), today=TODAY)) == [""]
    assert stored(Membership, stays["死亡"]).left_note == "家屬通知"


def test_what_cannot_be_is_refused(app: Any) -> None:
    stays = furnish()
    number = opened()
    assert refused(lambda: opened()) == ["year"]
    assert refused(lambda: opened(year=2027, team=[])) == ["team"]
    with work():
        rollcheck.draw(check(number), on=TODAY)
    one = doubts()["離職"]
    assert refused(lambda: rollcheck.add_by_hand(check(number), db.session.get_one(Membership, stays["離職"]), note="再一次")) == ["number"]
    assert refused(lambda: rollcheck.add_by_hand(check(number), db.session.get_one(Membership, stays["照常"]), note=" ")) == ["note"]
    assert refused(lambda: rollcheck.tell(check(number), [one.id], told_on=TODAY, answer_by=TODAY, way="", by=None, today=TODAY)) == ["answer_by"]
    given = {"delivered_on": TODAY, "returned_on": TODAY, "proof": "", "answered_on": TODAY, "answer": "", "today": TODAY}
    assert set(refused(lambda: rollcheck.record_answer(doubts()["離職"], check(number), **given))) == {"delivered_on", "returned_on", "answer"}
    assert refused(lambda: rollcheck.decide(check(number), [], result="stays", why="x", left_on=None, left_reason="", today=TODAY)) == [""]


def test_another_year_compares_with_the_one_before(app: Any) -> None:
    furnish()
    number = opened(year=2025, opened_on=date(2025, 10, 1))
    assert [one.id for one in reads.checks()] == [number]
    later = opened()
    assert [one.year for one in reads.checks()] == [2026, 2025]
    assert reads.current().id == later
