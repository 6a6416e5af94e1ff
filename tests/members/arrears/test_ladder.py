"""Who is behind, and the ladder from the first notice to a proposal: set-based reads against the rules, each act once."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.arrears.stories import ALL, LATER, behind, bill, delivered, due, rows_of, send, the_run, union_of
from tests.members.dues.books import TODAY, nothing_contradicts, pay
from unionops.core.calendar.models import Deadline
from unionops.core.db import db
from unionops.core.notify.models import Delivery
from unionops.core.union.models import CharterValue
from unionops.members.documents import arrears as documents
from unionops.members.models import Dunning, InstalmentPlan, Measure, Membership, Payment, Person
from unionops.members.queries import arrears as queries
from unionops.members.queries import dues
from unionops.members.queries.arrears import Filter
from unionops.members.rules.arrears import Promise, Step, Why, equal_promises
from unionops.members.rules.dues import ageing, months_unpaid
from unionops.members.services import arrears, life, people
from unionops.members.services.dues import paying, running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def test_what_the_database_sums_is_what_the_rules_say(union):
    some = union_of(5)
    bill(6, (1, 2))
    random = Random(7)
    for person in some[1:]:
        for _times in range(random.randrange(3)):
            pay(person, random.randint(1, 700), TODAY - timedelta(random.randrange(60)))
    for on in (date(2026, 9, 1), date(2026, 9, 2), date(2026, 10, 31), date(2027, 3, 31), LATER):
        found = behind(on)
        items = dues.items_of(None, on)
        expected = {person: [one for one in mine if one.due_on < on and one.open > 0] for person, mine in items.items()}
        assert found.keys() == {person for person, mine in expected.items() if mine}
        for person, one in found.items():
            mine = expected[person]
            assert dict(zip(queries.AGE_NAMES, one.ages, strict=True)) == ageing(mine, on)
            assert (one.amount, one.months, one.since) == (sum(each.open for each in mine), months_unpaid(mine, on), min(each.due_on for each in mine))
        assert sum(queries.ages_in_all(found.values()).values()) == sum(one.amount for one in found.values())


def test_filters_and_order(app):
    first, second, third = union_of(3)
    bill(6)
    pay(second, 150 * 4, TODAY)
    assert list(behind(sort="amount")) == [first, third, second]
    assert list(behind(text="會員1")) == [second]
    assert list(behind(ids=(third,))) == [third]
    assert behind(text="、、") == {}
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == third)).one()
        people.leave(stay, left_on=date(2026, 9, 1), reason="resigned", note="", today=TODAY)
    assert list(behind(standing="left")) == [third]
    assert list(behind(standing="in")) == [first, second]
    assert {one.age for one in behind(LATER).values()} == {"7-12"}
    assert behind(age="1-3") == {}
    assert list(behind(date(2026, 10, 2), age="1-3")) == [first, third, second]


def test_from_notice_to_proposal_and_out_again(union):
    person, *_others = union_of(2)
    bill(8)
    for one in _others:
        pay(one, 150 * 8, TODAY)
    start = date(2026, 11, 2)
    assert {number: (one.step, one.why) for number, one in due(start).items()} == {person: (Step.NOTICE, Why.DUE)}
    first = send(Step.NOTICE, start)
    assert [(one.amount, one.months, one.way) for one in rows_of(first)] == [(1200, 8, "post")]
    db.session.rollback()
    assert due(start)[person].why is Why.WAITING
    assert refused(lambda: arrears.send(Step.NOTICE, Filter(), ALL, way="post", pay_by=start + timedelta(30), by=None, today=start)) == ["nothing_due"]
    second_day = start + timedelta(31)
    assert due(second_day)[person].step is Step.FORMAL
    formal = send(Step.FORMAL, second_day)
    assert db.session.scalar(sa.select(Deadline.latest_on).where(Deadline.kind == arrears.PAY_BY)) == second_day + timedelta(30)
    db.session.rollback()
    much_later = date(2027, 6, 1)
    assert due(much_later)[person].why is Why.UNPROVED
    delivered(formal, second_day + timedelta(2))
    assert due(much_later)[person].why is Why.FEW, "eight months, and the charter asks for twelve"
    with work():
        for key in ("charter.arrears_suspend_months", "charter.arrears_expel_months"):
            db.session.add(CharterValue(key=key, value="8", valid_from=date(2026, 1, 1), clause="第 10 條"))
    assert due(much_later)[person].step is Step.SUSPENSION
    with work():
        proposed = arrears.propose(Step.SUSPENSION, Filter(), ALL, clause="章程第 10 條", by=None, today=much_later).id
    measure = db.session.scalars(sa.select(Measure)).one()
    assert (measure.kind, measure.proposed_on, measure.from_on) == ("suspension", much_later, None), "only proposed: nothing acts"
    assert rows_of(proposed)[0].belongs_to.id == measure.id
    db.session.rollback()
    assert due(much_later + timedelta(60))[person].why is Why.UNDECIDED
    # He pays: clear, and later arrears begin with a notice again.
    pay(person, 1200, TODAY)
    assert due(much_later) == {}
    nothing_contradicts()
    with work():
        paying.take_back(db.session.scalars(sa.select(Payment).where(Payment.person_id == person)).one(), why="退票", on=TODAY, today=TODAY)
    assert due(much_later + timedelta(60))[person].why is Why.UNDECIDED, "the old arrears are back, and the ladder with them"
    with work():
        life.drop(db.session.scalars(sa.select(Measure)).one(), on=much_later, why="誤提", today=much_later)
    assert due(much_later + timedelta(60))[person].why is Why.UNDECIDED
    nothing_contradicts()


def test_all_or_nothing_and_only_what_was_seen(app):
    some = union_of(3)
    bill(4)
    amount = sum(one.amount for one in behind().values())
    given = {"way": "post", "pay_by": LATER + timedelta(30), "by": None, "today": LATER}
    assert refused(lambda: arrears.send(Step.NOTICE, Filter(), ALL, seen=(2, amount), **given)) == ["stale"]
    assert refused(lambda: arrears.send(Step.NOTICE, Filter(), ALL, **(given | {"pay_by": LATER + timedelta(29)}))) == ["pay_by_too_early"]
    assert refused(lambda: arrears.send(Step.FORMAL, Filter(), ALL, **given)) == ["nothing_due"]
    assert db.session.scalar(sa.select(sa.func.count(Dunning.id))) == 0
    made = send(seen=(3, amount), wanted=Filter(ids=tuple(some)))
    assert the_run(made).counts == {"people": 3, "amount": amount}


def test_a_formal_notice_needs_a_way_with_proof(app):
    union_of(1)
    bill(8)
    send(on=LATER)
    on = LATER + timedelta(31)
    given = {"way": "post", "pay_by": on + timedelta(30), "by": None, "today": on}
    assert refused(lambda: arrears.send(Step.FORMAL, Filter(), ALL, **given)) == ["way_without_proof"]


def test_mails_go_to_who_has_an_address(app):
    first, second = union_of(2)
    bill(4)
    with work():
        db.session.get_one(Person, first).email = "a@example.tw"
    made = send(way=arrears.MAIL, mail=lambda run, one, who: f"{who.name} {one.amount}")
    assert {one.person_id: one.way for one in rows_of(made)} == {first: "mail", second: "post"}
    assert [(one.address, one.body) for one in db.session.scalars(sa.select(Delivery))] == [("a@example.tw", "會員0 600")]


def test_the_dead_are_left_in_peace_and_who_left_gets_one_statement(app):
    first, second = union_of(2)
    bill(2)
    with work():
        db.session.get_one(Person, first).died_on = date(2026, 9, 1)
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == second)).one()
        people.leave(stay, left_on=date(2026, 9, 1), reason="resigned", note="", today=TODAY)
    assert {person: (one.step, one.why) for person, one in due().items()} == {first: (None, Why.DIED), second: (Step.FINAL, Why.DUE)}
    send(Step.FINAL)
    assert due(LATER + timedelta(400))[second].why is Why.DONE


def test_proof_is_not_written_over_unseen(app):
    union_of(1)
    bill(4)
    (letter,) = rows_of(send())
    number = letter.id
    delivered(letter.run_id, LATER)

    def again(**given: Any) -> None:
        arrears.record_delivery([db.session.get_one(Dunning, number)], delivered_on=None, returned_on=LATER, proof="", today=LATER, **given)

    assert refused(again) == ["recorded_already"]
    with work():
        again(anew=True)
    letter = db.session.get_one(Dunning, number)
    assert (letter.delivered_on, letter.returned_on) == (None, LATER)
    assert refused(lambda: arrears.record_delivery([], delivered_on=LATER, returned_on=None, proof="x", today=LATER)) == ["nothing_chosen"]


# --- agreements


def agree(person: int, promises: list[Promise] | None = None, on: date = TODAY, today: date = TODAY) -> int:
    with work():
        return arrears.agree(db.session.get_one(Person, person), promises or equal_promises(900, 3, date(2026, 12, 5)), agreed_on=on, note="", today=today).id


def test_an_agreement_kept_broken_and_ended(union):
    person, *_ = union_of(1)
    bill(6)
    assert refused(lambda: arrears.agree(db.session.get_one(Person, person), equal_promises(900, 3, TODAY), agreed_on=TODAY, note="", today=TODAY)) == ["nothing_owed"]
    day = date(2026, 11, 2)
    assert refused(lambda: arrears.agree(db.session.get_one(Person, person), equal_promises(899, 3, day), agreed_on=day, note="", today=day)) == ["promises_sum"]
    number = agree(person, on=day, today=day)
    assert refused(lambda: arrears.agree(db.session.get_one(Person, person), equal_promises(900, 2, day), agreed_on=day, note="", today=day)) == ["agreed_already"]
    assert due(day)[person].why is Why.AGREED
    assert due(date(2026, 12, 5))[person].why is Why.AGREED
    assert due(date(2026, 12, 6))[person].step is Step.NOTICE, "the first instalment was not paid"
    pay(person, 300, date(2026, 12, 1), today=date(2026, 12, 1))
    assert due(date(2026, 12, 6))[person].why is Why.AGREED
    assert due(date(2027, 1, 6))[person].step is Step.NOTICE
    with work():
        arrears.end_plan(db.session.get_one(InstalmentPlan, number), why="未依約繳納", on=date(2026, 12, 20), today=date(2026, 12, 20))
    assert due(date(2026, 12, 21))[person].step is Step.NOTICE
    assert due(date(2026, 12, 19))[person].why is Why.AGREED, "as of a day before it ended"
    again = lambda **given: arrears.end_plan(db.session.get_one(InstalmentPlan, number), **({"why": "x", "on": TODAY, "today": TODAY} | given))  # noqa: E731
    assert refused(again) == ["ended_already", "ended_when"]
    nothing_contradicts()


def bill_in(day: date, *months: date) -> None:
    with work():
        for first in months:
            running.apply((1,), first, title=f"{first:%Y-%m}", today=day)


def test_what_is_overdue_beside_an_agreement_climbs_on(union):
    """Six months are paid by agreement from November on; July to September, billed in October, fall due at its end and are not paid."""
    person, other = union_of(2)
    bill(6)
    day = date(2026, 10, 2)
    agree(person, equal_promises(900, 6, date(2026, 11, 5)), on=day, today=day)
    bill_in(day, *(date(2026, month, 1) for month in (7, 8, 9)))
    assert due(day)[person].why is Why.AGREED
    later = date(2026, 11, 4)
    (row,) = [one for one in queries.behind(ALL, later) if one.person_id == person]
    found = due(later)[person]
    assert (row.amount, row.months) == (1350, 9), "the list of debtors tells all of it"
    assert (found.step, found.about.amount, found.about.months, found.about.agreed) == (Step.NOTICE, 450, 3, 900)
    number = send(on=later, wanted=Filter(ids=(person,)))
    (letter,) = rows_of(number)
    assert (letter.amount, letter.months, the_run(number).counts["amount"]) == (450, 3, 450)
    assert [one.open for one in queries.dunned_items([person], later)[person]] == [150] * 3
    (paper,) = documents.letters(the_run(number), rows_of(number))
    assert "450" in str(paper.blocks)
    assert "1,350" not in str(paper.blocks)
    assert due(later)[other].about.amount == 1350, "who has no agreement is asked for all"
    # The instalment of November is missed: what the agreement covers is back, and the reason says so. The notice was about later debts.
    broken = due(date(2026, 11, 6))[person]
    assert (broken.about.amount, broken.about.months, broken.about.agreed, broken.about.broken) == (1350, 9, 0, 900)
    assert broken.why is Why.WAITING
    after = due(date(2026, 12, 5))[person]
    assert after.step is Step.FORMAL
    assert ("分期協議違約，回復計入", 900) in after.basis[0].inputs
    # Paid after all: kept again, and only what is beside it is on the ladder.
    pay(person, 300, date(2026, 12, 5), today=date(2026, 12, 5))
    kept = due(date(2026, 12, 6))[person]
    assert (kept.about.amount, kept.about.months, kept.about.agreed, kept.why) == (450, 3, 600, Why.FEW)
    nothing_contradicts()


def test_who_pays_his_instalment_and_the_dues_of_the_month_is_not_dunned(union):
    """All that he pays goes to the oldest, which the agreement covers: it counts for the rest all the same."""
    person, *_ = union_of(1)
    bill(6)
    day = date(2026, 10, 2)
    agree(person, equal_promises(900, 6, date(2026, 11, 5)), on=day, today=day)
    bill_in(day, *(date(2026, month, 1) for month in (7, 8, 9)))
    pay(person, 450 + 150, date(2026, 10, 30), today=date(2026, 10, 30))
    on = date(2026, 11, 6)
    assert queries.of_person(person, on).amount == 750
    found = due(on)[person]
    assert (found.step, found.why, found.about.agreed) == (None, Why.AGREED, 300)
    assert queries.dunned_items([person], on) == {}
    assert due(date(2026, 12, 6))[person].about.amount == 150, "a second instalment came due: of what was paid 300 are ahead, of 450 beside it"
    nothing_contradicts()
