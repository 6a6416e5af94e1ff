"""Runs under bad luck: a process killed anywhere, two at once, repeats, late changes, a person merged meanwhile, a closed month."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.dues.books import Q1, TODAY, furnish, nothing_contradicts, open_of, pay, perhaps, run
from tests.members.dues.killing import killed
from tests.members.dues.test_at_once import together
from unionops.core.db import Counter, db
from unionops.finance import services as ledger
from unionops.finance.models import BooksBegin, Voucher
from unionops.members.models import Adjustment, BillRun, Charge, Membership, Person, Scheme
from unionops.members.queries import dues as queries
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services import merging, people
from unionops.members.services.dues import correcting, running, schemes
from unionops.values.problems import RuleBroken


def whole_or_nothing(members: int) -> None:
    """Every run has all its charges and its voucher, and the vouchers have no gap."""
    by_run = dict(db.session.execute(sa.select(Charge.run_id, sa.func.count()).group_by(Charge.run_id)).all())
    runs = db.session.scalars(sa.select(BillRun)).all()
    assert by_run == {one.id: 2 * members for one in runs}
    serials = list(db.session.scalars(sa.select(Voucher.serial).order_by(Voucher.serial)))
    assert serials == list(range(1, len(runs) + 1))
    assert db.session.get_one(Counter, "voucher.115").last == len(runs)
    nothing_contradicts()


def test_a_run_killed_anywhere_leaves_all_or_nothing(union):
    """kill -9 at 25 random moments on each database."""
    furnish(200)
    found = killed("runs", union, 25)
    assert found.died > 5, "the last of them bills all, and whoever comes after has nothing to do"
    assert found.half_done == 0
    whole_or_nothing(200)
    assert refused(run) == ["nothing"]


def test_two_runs_at_once_bill_once(union):
    furnish(40)
    found = together(union, [run, run, run])
    refusals = [one for one in found if isinstance(one, RuleBroken)]
    assert len(refusals) == 2, found
    assert {each.code for one in refusals for each in one.problems} == {"nothing"}
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 80
    nothing_contradicts()


def test_one_person_charged_twice_at_once_owes_once(union):
    one, *_ = furnish(1)

    def charge() -> int:
        with work():
            return running.charge_once(db.session.get_one(Person, one), 1, on=Q1, today=TODAY).id

    found = together(union, [charge, charge, run])
    assert len({each for each in found[:2] if isinstance(each, int)}) == 1, found
    assert db.session.scalar(sa.select(sa.func.count(Charge.id)).where(Charge.scheme_id == 1)) == 1
    nothing_contradicts()


@pytest.mark.parametrize("act", ["run", "once", "correct", "back"])
def test_a_closed_month_takes_nothing(app, act):
    one, *_ = furnish(1)
    number = run()
    charge = db.session.scalar(sa.select(Charge.id).limit(1))
    with work():
        ledger.close_month(115, 9, today=date(2026, 10, 5))
    acts = {
        "run": lambda: running.apply((1,), date(2026, 4, 1), title="x", today=TODAY),
        "once": lambda: running.charge_once(db.session.get_one(Person, one), 1, on=date(2026, 4, 1), today=TODAY),
        "correct": lambda: correcting.correct(db.session.get_one(Charge, charge), to=5, kind=AdjustmentKind.CORRECTION, why="x", today=TODAY),
        "back": lambda: running.take_back(db.session.get_one(BillRun, number), why="x", today=TODAY),
    }
    assert refused(acts[act]) == ["month_closed"]
    nothing_contradicts()


def test_nothing_is_billed_before_the_beginning(app):
    one, *_ = furnish(1)
    with work():
        db.session.add(BooksBegin(id=1, begins_on=date(2026, 3, 1)))
    assert refused(lambda: running.apply((1,), Q1, title="x", today=TODAY)) == ["before_go_live"]
    assert refused(lambda: running.charge_once(db.session.get_one(Person, one), 1, on=Q1, today=TODAY)) == ["before_go_live"]
    run(date(2026, 4, 1))


@pytest.mark.parametrize(("prorate", "amounts"), [("full", [90, 450]), ("months", [60, 300]), ("days", [35, 175])])
def test_two_stays_in_one_period_are_charged_together(union, prorate, amounts):
    """A member until 9 January and again from 5 March on: the quarter; January and March; 9 and 27 days of 31 (43.55 and 130.65, of mutual
    aid 8.71 and 26.13 rounded month by month)."""
    one, *_ = furnish(1)
    with work():
        for scheme in db.session.scalars(sa.select(Scheme)):
            scheme.prorate = prorate
    with work():
        stay = db.session.scalars(sa.select(Membership)).one()
        people.leave(stay, left_on=date(2026, 1, 10), reason="resigned", note="", today=TODAY)
    assert (run(), charged()) == (1, [9, 44] if prorate == "days" else [30, 150] if prorate == "months" else [90, 450])
    with work():
        people.rejoin(db.session.get_one(Person, one), number="", joined_on=date(2026, 3, 5), joined_by="", member_class="regular", unit=None, today=TODAY)
    if prorate != "full":  # Who came back after the run gets the rest by an adjustment.
        assert run() == 2
    assert (charged(), open_of(one)) == (amounts, sum(amounts))
    assert refused(run) == ["nothing"]
    with work():
        running.take_back(db.session.get_one(BillRun, 1), why="重開", today=TODAY)
    run()
    assert [each for each in charged() if each] == amounts
    assert {each.why for each in db.session.scalars(sa.select(Charge).where(Charge.entry == 2))} == {"會籍有中斷，2 段合計"}
    nothing_contradicts()


def charged() -> list[int]:
    """What each charge asks for now, the least first."""
    return sorted(correcting.amount_of(one) for one in db.session.scalars(sa.select(Charge)))


def test_a_person_merged_after_billing_owes_once(app):
    one, other = furnish(2)
    run()
    pay(one, 540)
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == other)).one()
        people.leave(stay, left_on=date(2026, 4, 1), reason="resigned", note="", today=TODAY)
    with work():
        merging.merge(db.session.get_one(Person, one), db.session.get_one(Person, other), take={}, today=TODAY)
    nothing_contradicts()
    with pytest.raises(RuleBroken) as told, work():
        running.apply((1, 2), Q1, title="again", today=TODAY)
    assert [each.code for each in told.value.problems] == ["nothing"]
    nothing_contradicts()


def test_a_remission_is_not_asked_back_and_never_goes_below_nothing(app):
    one, *_ = furnish(1)
    run(schemes=(1,))
    charge = db.session.scalars(sa.select(Charge)).one().id
    with work():
        correcting.correct(
            db.session.get_one(Charge, charge), to=200, kind=AdjustmentKind.REMISSION, why="困難", resolution="理事會", today=TODAY,
        )
    assert refused(lambda: running.apply((1,), Q1, title="again", today=TODAY)) == ["nothing"]
    with work():
        stay = db.session.scalars(sa.select(Membership)).one()
        people.leave(stay, left_on=date(2026, 1, 1), reason="resigned", note="", today=TODAY)
    run(schemes=(1,))
    assert open_of(one) == 0
    assert sum(db.session.scalars(sa.select(Adjustment.amount))) == -450
    assert refused(lambda: running.apply((1,), Q1, title="again", today=TODAY)) == ["nothing"]
    nothing_contradicts()


@pytest.mark.parametrize("seed", range(10))
def test_whatever_happens_another_run_makes_it_right(app, seed):
    """Random joining, leaving and coming back, reductions, payments and corrections between runs: after the last run everybody owes what the rule says,
    apart from what somebody decided by hand; no run bills twice, and the books agree."""
    dice = Random(seed)
    some = furnish(4)
    decided: set[int] = set()
    for step in range(14):
        match dice.randrange(8):
            case 0 | 1:
                again()
            case 7:
                stays = db.session.scalars(sa.select(Membership.id).where(Membership.left_on.is_not(None))).all()
                db.session.rollback()
                if stays:
                    row = db.session.get_one(Membership, dice.choice(stays))
                    back, person = row.left_on + timedelta(dice.randrange(60)), row.person_id
                    db.session.rollback()
                    with suppress(RuleBroken), work():  # Who is a member again already is refused.
                        people.rejoin(db.session.get_one(Person, person), number="", joined_on=back, joined_by="", member_class="regular", unit=None, today=TODAY)
            case 2:
                with work():
                    people.add_member(today=TODAY, name=f"後{step}", joined_on=Q1 + timedelta(dice.randrange(120)))
            case 3:
                stay = dice.choice(db.session.scalars(sa.select(Membership.id).where(Membership.left_on.is_(None))).all() or [None])
                if stay:
                    db.session.rollback()
                    with work():
                        row = db.session.get_one(Membership, stay)
                        people.leave(row, left_on=max(row.joined_on, Q1 + timedelta(dice.randrange(120))), reason="resigned", note="", today=TODAY)
            case 4:
                db.session.rollback()
                with perhaps("overlaps"):
                    schemes.exempt(
                        db.session.get_one(Person, dice.choice(some)), None, percent=dice.choice([50, 100]), from_on=Q1 + timedelta(dice.randrange(90)),
                        until_on=None, reason="x", basis="x",
                    )
            case 5:
                pay(dice.choice(some), dice.randint(1, 800))
            case 6:
                charges = db.session.scalars(sa.select(Charge.id)).all()
                db.session.rollback()
                if charges:
                    charge = dice.choice(charges)
                    with perhaps("same"):
                        correcting.correct(db.session.get_one(Charge, charge), to=dice.randrange(500), kind=AdjustmentKind.CORRECTION, why="x", today=TODAY)
                    decided.add(charge)
        nothing_contradicts()
    again()
    assert refused(lambda: running.apply((1, 2), Q1, title="again", today=TODAY)) == ["nothing"]
    rules = queries.scheme_rules()
    lines = {(one.person_id, one.scheme_id): one for one in running.reckon(list(rules.values()), Q1)}
    for charge in db.session.scalars(sa.select(Charge)):
        if charge.id not in decided:
            assert correcting.amount_of(charge) == lines[charge.person_id, charge.scheme_id].owed.amount
    counts = db.session.execute(sa.select(sa.func.count()).select_from(Charge).group_by(Charge.person_id, Charge.scheme_id)).scalars().all()
    assert set(counts) <= {1}
    nothing_contradicts()


def again() -> None:
    db.session.rollback()
    with perhaps("nothing"):
        running.apply((1, 2), Q1, title="run", today=TODAY)
