"""The facts of standing as the database holds them, against the pure rule over random histories, on any day and on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import work
from tests.members.dues.books import TODAY, pay, perhaps, run
from tests.members.dues.books import furnish as scheme_and_members
from unionops.core.db import db, intent, touch_data
from unionops.core.union.models import CharterValue
from unionops.members.models import (
    Absence,
    Adjustment,
    Allocation,
    Charge,
    ClassStay,
    Employer,
    Employment,
    Instalment,
    InstalmentPlan,
    Measure,
    Membership,
    Payment,
    Person,
    Retained,
)
from unionops.members.queries import standing as queries
from unionops.members.rules import membership
from unionops.members.rules.arrears import PlanState, Promise, plan_state
from unionops.members.rules.collecting import Channel
from unionops.members.rules.standing import Charter, Facts, Owing, Reason, Stretch, place, standing
from unionops.members.services import people
from unionops.members.services.dues import paying, running

FIRST = date(2024, 1, 1)
CHARTER = Charter(good_standing_months=3, retained_after_dismissal=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


class Histories:
    """Random lives, written as rows and kept beside as the facts that the rule takes."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.facts: dict[int, Facts] = {}
        self.agreements: dict[int, tuple[date, date | None, list[Promise]]] = {}
        self.days: set[date] = {FIRST, FIRST + timedelta(1000)}

    def day(self, after: date = FIRST) -> date:
        found = after + timedelta(self.random.randrange(1000))
        self.days |= {found, found + timedelta(1)}
        return found

    def perhaps(self) -> bool:
        return self.random.random() < 0.4

    def stretch(self) -> tuple[date, date | None]:
        first = self.day()
        return first, self.day(first) if self.perhaps() else None

    def add(self, row: Any) -> Any:
        db.session.add(row)
        db.session.flush()
        return row

    def life(self, number: int) -> None:
        draw = self.random
        joined = self.day() if self.perhaps() else None
        left = self.day(joined or FIRST) if self.perhaps() else None
        died = self.day() if draw.random() < 0.1 else None
        birth = draw.choice([None, date(1970, 5, 5), date(2007, 3, 1)])
        person = self.add(Person(name=f"人{number}", birth_on=birth, died_on=died))
        stay = self.add(Membership(person_id=person.id, number=f"{number:05d}", joined_on=joined, left_on=left, left_reason="left_trade" if left else ""))
        classes = []
        if self.perhaps():
            turn = self.day()
            first, second = draw.sample(["regular", "retired", "sponsor"], 2)
            for name, held in ((first, (None, turn - timedelta(1))), (second, (turn, None))):
                self.add(ClassStay(membership_id=stay.id, member_class=name, from_on=held[0], until_on=held[1]))
                classes.append((Stretch(*held), name))
        suspensions, expelled = [], None
        if self.perhaps():
            since, until = self.stretch()
            lifted = self.day(since) if self.perhaps() else None
            self.measure(stay, "suspension", since, until_on=until, lifted_on=lifted)
            suspensions.append(Stretch(since, min((day for day in (until, lifted - timedelta(1) if lifted else None) if day), default=None)))
        if draw.random() < 0.1:
            expelled = self.day()
            self.measure(stay, "expulsion", expelled)
        if self.perhaps():  # Proposals and dropped ones act on nothing.
            self.add(Measure(membership_id=stay.id, kind="suspension", ground="x", proposed_on=FIRST))
            self.measure(stay, "expulsion", FIRST, dropped_on=FIRST)
        absences, retained, managing = [], [], []
        if self.perhaps():
            absences.append(Stretch(*(held := self.stretch())))
            self.add(Absence(membership_id=stay.id, from_on=held[0], until_on=held[1], reason="留職停薪"))
        if self.perhaps():
            retained.append(Stretch(*(held := self.stretch())))
            self.add(Retained(membership_id=stay.id, from_on=held[0], until_on=held[1], ground="ulp"))
        if self.perhaps():
            managing.append(Stretch(*(held := self.stretch())))
            self.add(Employment(person_id=person.id, employer_id=1, is_manager=True, from_on=held[0], until_on=held[1]))
        if self.perhaps():
            self.agree(stay.id, person.id)
        owing = [self.owed(person, draw.choice([1, 3]), FIRST + timedelta(91 * at)) for at in range(draw.randrange(6))]
        self.facts[stay.id] = Facts(
            joined, left, "left_trade" if left else "", birth, died, classes=classes, suspensions=suspensions, expelled_on=expelled, absences=absences,
            retained=retained, managing=managing, owing=owing,
        )

    def agree(self, stay: int, person: int) -> None:
        """An agreement with two to four parts, kept or not."""
        agreed_on, ended_on = self.stretch()
        parts = [Promise(agreed_on + timedelta(60 * place), self.random.randrange(1, 1500)) for place in range(1, self.random.randrange(3, 6))]
        self.days |= {one.due_on for one in parts}
        self.add(InstalmentPlan(
            person_id=person, agreed_on=agreed_on, ended_on=ended_on, total=sum(one.amount for one in parts), instalments=[Instalment(**one._asdict()) for one in parts],
        ))
        self.agreements[stay] = (agreed_on, ended_on, parts)

    def known(self, on: date) -> dict[int, Facts]:
        """The facts as of a day: of an agreement only whether it is kept on it."""
        return {number: replace(facts, agreed=self.agreed(number, facts, on)) for number, facts in self.facts.items()}

    def agreed(self, number: int, facts: Facts, on: date) -> list[Stretch]:
        agreed_on, ended_on, parts = self.agreements.get(number, (date.max, None, []))
        rest = sum(one.item(on).open for one in facts.owing if one.due_on < agreed_on)
        rest += sum(one.amount for one in facts.owing if one.due_on < agreed_on)  # The mutual aid of the same days, which nobody ever pays.
        return [Stretch(agreed_on)] if agreed_on <= on and plan_state(parts, rest, on, ended_on) is PlanState.KEPT else []

    def measure(self, stay: Membership, kind: str, from_on: date, **given: Any) -> None:
        self.add(Measure(
            membership_id=stay.id, kind=kind, ground="x", proposed_on=FIRST, from_on=from_on, resolution="第 3 屆第 2 次大會", heard_on=FIRST, decided_on=FIRST, **given,
        ))

    def owed(self, person: Person, months: int, period: date) -> Owing:
        """A charge with what came of it: lessened, paid in parts, taken back. Beside it money of other kinds, which takes no standing."""
        amount = self.random.randrange(1, 600)
        charged, due = period, period + timedelta(self.random.randrange(60))
        self.days |= {due, due + timedelta(1)}
        row = self.add(Charge(person_id=person.id, kind="regular", text="會費", period_on=period, months=months, amount=amount, charged_on=charged, due_on=due))
        self.add(Charge(person_id=person.id, kind="mutual", text="互助金", period_on=period, months=months, amount=amount, charged_on=charged, due_on=due))
        changes, open_ = [], amount
        for _step in range(self.random.randrange(4)):
            on = self.day(charged)
            if self.perhaps() and open_ > 1:
                part = self.random.randrange(1, open_)
                self.add(Adjustment(charge_id=row.id, kind="remission", amount=-part, adjusted_on=on, why="x", resolution="x"))
                changes.append((on, -part, False))
                open_ -= part
            elif open_ > 0:
                part = self.random.randint(1, open_)
                payment = self.add(Payment(person_id=person.id, channel="counter", received_on=on, amount=part))
                self.add(Allocation(payment_id=payment.id, charge_id=row.id, amount=part, allotted_on=on))
                changes.append((on, -part, True))
                open_ -= part
                if self.perhaps():
                    back = self.day(on)
                    self.add(Allocation(payment_id=payment.id, charge_id=row.id, amount=-part, allotted_on=back))
                    changes.append((back, part, True))
                    open_ += part
        return Owing(due, months, amount, tuple(changes))


def make(seed: int, people: int) -> Histories:
    made = Histories(seed)
    with work():
        db.session.add(Employer(id=1, name="甲公司"))
        for key, value in (("charter.good_standing_months", "3"), ("charter.retained_after_dismissal", "yes")):
            db.session.add(CharterValue(key=key, value=value, valid_from=date(2000, 1, 1), clause="第 9 條"))
        db.session.flush()
        for number in range(1, people + 1):
            made.life(number)
    return made


@pytest.mark.parametrize("seed", range(3))
def test_what_the_database_holds_is_what_the_rule_was_given(union, seed):
    made = make(seed, 30)
    for on in Random(seed).sample(sorted(made.days), 15):
        expected = {number: standing(facts, on, CHARTER) for number, facts in made.known(on).items()}
        assert queries.standings(None, on) == expected, on
        assert queries.standings(sa.select(Membership.id).where(Membership.id <= 5), on) == {number: found for number, found in expected.items() if number <= 5}


def ordered(facts: Facts) -> Facts:
    """The database promises no order of what is owed, and the rule asks for none."""
    return replace(facts, owing=sorted(facts.owing))


def test_one_by_one_is_the_same_as_all_at_once(union):
    make(9, 12)
    for on in (FIRST + timedelta(200), FIRST + timedelta(800)):
        every = dict(queries.facts(None, on))
        for number, facts in every.items():
            ((found, alone),) = queries.facts(sa.select(Membership.id).where(Membership.id == number), on)
            assert (found, ordered(alone)) == (number, ordered(facts))
        assert dict(queries.standings(None, on)) == {
            number: found.standing for number in every for found in [queries.of_person(number, on)[number]]
        }, "in these histories persons and memberships have the same numbers"


def test_as_many_statements_for_one_as_for_all(app):
    def statements() -> int:
        db.session.rollback()  # Each time with a transaction of its own.
        seen = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        queries.standings(None, FIRST + timedelta(900))
        return len(seen)

    make(1, 2)
    statements()  # The constitution is remembered from now on.
    few = statements()
    with work():
        again = Histories(2)
        for number in range(100, 140):
            again.life(number)
    assert statements() == few


def test_a_payment_dated_back_changes_the_days_it_touches(union):
    one, *_ = scheme_and_members(2)
    with work():
        db.session.add(CharterValue(key="charter.good_standing_months", value="3", valid_from=date(2000, 1, 1), clause="第 9 條"))
    run()
    after = TODAY + timedelta(60)  # The bills of today are due today: nobody is behind before tomorrow.
    assert not queries.standings(None, after)[one].good
    pay(one, 300, on=TODAY)
    found = queries.standings(None, after)[one]
    assert (found.good, found.months) == (True, 1)


def test_an_agreement_stands_only_while_it_is_kept_and_for_what_it_covers(union):
    one, *_ = scheme_and_members(1)
    due, agreed_on = TODAY, TODAY + timedelta(30)
    with work():
        db.session.add(CharterValue(key="charter.good_standing_months", value="3", valid_from=date(2000, 1, 1), clause="第 9 條"))
    run()  # 450 of dues for three months and 90 of mutual aid, due today.
    with work():
        db.session.add(InstalmentPlan(
            person_id=one, agreed_on=agreed_on, total=540, instalments=[Instalment(due_on=agreed_on + timedelta(30 * at), amount=270) for at in (1, 2)],
        ))

    def reasons(on: date) -> tuple[Reason, ...]:
        (stay,) = queries.of_person(one, on).values()
        assert queries.standings(None, on)[one] == stay.standing
        return stay.standing.reasons

    assert reasons(agreed_on - timedelta(1)) == (Reason.MEMBER, Reason.ARREARS)
    assert reasons(agreed_on + timedelta(30)) == (Reason.MEMBER, Reason.ARREARS_AGREED), "a day promised counts until it is over"
    assert reasons(agreed_on + timedelta(31)) == (Reason.MEMBER, Reason.ARREARS), "a promise that was missed shields nothing"
    with work():
        db.session.add(Charge(person_id=one, kind="regular", text="會費", period_on=due, months=3, amount=450, charged_on=due, due_on=agreed_on))
    assert reasons(agreed_on + timedelta(1)) == (Reason.MEMBER, Reason.ARREARS), "what fell due since is to be paid beside it"


def comes_to_nothing(some: list[int], on: date) -> None:
    with work():
        paying.receive(db.session.get_one(Person, some[0]), amount=450, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)
        queries.everybody(on)
        some[0] / 0


@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_of_everybody_keeps_up(union, seed):
    """Whatever happens in between, in this process or another: the remembered standings are those that would be read anew."""
    random, on = Random(seed), TODAY + timedelta(60)
    some = scheme_and_members(8)
    with work():
        db.session.add(CharterValue(key="charter.good_standing_months", value="3", valid_from=date(2000, 1, 1), clause="第 9 條"))
        touch_data("union")
    for step in range(12):
        match random.randrange(6):
            case 0:
                with perhaps("nothing"):
                    running.apply((1, 2), date(2026, random.choice([1, 4, 7]), 1), title="x", today=TODAY)
            case 1 | 2:
                pay(random.choice(some), random.randint(1, 900), TODAY)
            case 3:
                payment = db.session.scalar(sa.select(Payment.id).where(Payment.kind == "received").order_by(sa.func.random()))
                db.session.rollback()
                if payment:
                    with perhaps("given_back"):
                        paying.take_back(db.session.get_one(Payment, payment), why="x", on=TODAY, today=TODAY)
            case 4:
                with work():
                    people.add_member(today=TODAY, name=f"新人{step}", joined_on=TODAY)
            case _:
                with pytest.raises(ZeroDivisionError):
                    comes_to_nothing(some, on)
        with intent(write=False):
            found, anew = queries.everybody(on), queries.standings(None, on)
            db.session.rollback()
        assert {number: found.of(number) for number in anew} == anew


def test_who_is_a_member_though_the_dates_say_otherwise(app):
    made = make(4, 60)
    for on in Random(1).sample(sorted(made.days), 15):
        odd = queries.odd_places(on)
        for number, facts in made.facts.items():  # An agreement makes nobody a member.
            by_dates = membership.standing(joined_on=facts.joined_on, left_on=facts.left_on, today=on)
            assert odd.get(number, by_dates) == place(standing(facts, on, CHARTER))
        assert all(odd[number] != membership.standing(joined_on=made.facts[number].joined_on, left_on=made.facts[number].left_on, today=on) for number in odd)
