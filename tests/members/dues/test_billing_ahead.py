"""A run reckoned before the unit that writes it: what somebody changes in between is always noticed, and money that comes in is no change."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.dues.books import Q1, TODAY, furnish, nothing_contradicts, pay, run
from unionops.core.db import db
from unionops.members.models import Charge, Membership, Person, Scheme, SchemeTerms, Unit
from unionops.members.queries import billing
from unionops.members.queries import dues as queries
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services import changes, merging, people
from unionops.members.services.dues import correcting, running, schemes
from unionops.values.problems import RuleBroken


def marked() -> tuple[tuple[int, ...], list[running.Line]]:
    """The mark of the facts, and what a run would do by them."""
    db.session.rollback()
    found = billing.facts(), list(running.reckon(list(queries.scheme_rules().values()), Q1))
    db.session.rollback()
    return found


def leave(person: int, on: date) -> None:
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == person)).one()
        people.leave(stay, left_on=on, reason="resigned", note="", today=TODAY)


def test_it_is_reckoned_again_when_a_fact_has_changed(union):
    one, other = furnish(2)
    ahead = running.reckon_ahead((1, 2), Q1, today=TODAY)
    db.session.rollback()
    leave(one, date(2026, 1, 1))
    run(ahead=ahead)
    assert sorted(db.session.execute(sa.select(Charge.person_id, Charge.amount)).all()) == [(other, 90), (other, 450)]
    nothing_contradicts()


def test_it_is_written_as_it_is_when_none_has(union):
    some = furnish(3)
    ahead = running.reckon_ahead((1, 2), Q1, today=TODAY)
    assert ahead is not None
    assert {number: len(rows) for number, rows in ahead.fresh.items()} == {1: 3, 2: 3}
    db.session.rollback()
    pay(some[0], 100)
    assert billing.facts() == ahead.facts  # Money that comes in changes nothing of it.
    db.session.rollback()
    run(ahead=ahead)
    assert sorted(db.session.scalars(sa.select(Charge.person_id))) == sorted([*some, *some])
    nothing_contradicts()
    db.session.rollback()
    assert refused(lambda: running.apply((1, 2), Q1, title="again", today=TODAY, ahead=ahead)) == ["nothing"]  # Its own charges are a change.


def test_what_cannot_be_written_is_not_reckoned(app):
    furnish(1)
    assert running.reckon_ahead((), Q1, today=TODAY) is None
    assert running.reckon_ahead((1,), Q1 + timedelta(1), today=TODAY) is None


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_a_run_follows_from_changes_unmarked(app, seed):
    """Whatever is done between two looks: when a run would do something else, the mark is another."""
    dice = Random(seed)
    furnish(4)
    with work():
        db.session.add(Scheme(id=3, title="按薪資", kind="regular", period="quarter"))
        db.session.add(SchemeTerms(scheme_id=3, valid_from=date(2010, 1, 1), basis="share", rate="0.005"))
        db.session.add_all([Unit(id=1, name="一組"), Unit(id=2, name="二組"), Scheme(id=4, title="各組", kind="levy", period="quarter")])
        db.session.add(SchemeTerms(scheme_id=4, valid_from=date(2010, 1, 1), basis="unit", table=[["1", 10], ["2", 20]]))
    seen = marked()
    for step in range(40):
        with suppress(RuleBroken), work():
            act(dice, step)
        now = marked()
        assert now[0] != seen[0] or now[1] == seen[1], step
        seen = now


def act(dice: Random, step: int) -> None:
    stay = dice.choice(db.session.scalars(sa.select(Membership)).all())
    person, day = stay.person, Q1 + timedelta(dice.randrange(80))
    match dice.randrange(12):
        case 0:
            running.apply((1, 2, 3, 4), Q1, title="run", today=TODAY)
        case 1:
            people.add_member(today=TODAY, name=f"後{step}", joined_on=day)
        case 2:
            people.leave(stay, left_on=day, reason="resigned", note="", today=TODAY)
        case 3:
            people.undo_leaving(stay)
        case 4:
            people.rejoin(person, number="", joined_on=day, joined_by="", member_class="regular", unit=None, today=TODAY)
        case 5:
            people.change_class(stay, "sponsor", from_on=day, today=TODAY)
        case 6:
            schemes.exempt(person, None, percent=50, from_on=day, until_on=None, reason="x", basis="x")
        case 7:
            running.charge_once(person, 1, on=Q1, today=TODAY)
        case 8:
            charge = db.session.scalars(sa.select(Charge).where(Charge.person_id == person.id).limit(1)).first()
            if charge is not None:
                correcting.correct(charge, to=dice.randrange(500), kind=AdjustmentKind.CORRECTION, why="x", today=TODAY)
        case 9:
            changes.change_wage(stay, insured_salary=dice.choice([29500, 45800]), dependants_count=0, from_on=day, proof="", today=TODAY)
        case 10:
            people.move(stay, db.session.get_one(Unit, dice.choice([1, 2])), from_on=day, today=TODAY)
        case 11:
            other = dice.choice(db.session.scalars(sa.select(Person).where(Person.id != person.id, Person.merged_into_id.is_(None))).all())
            merging.merge(person, other, take={}, today=TODAY)
