"""Merging two records of one person: all that hangs on them follows, money is owed once, and the books say so."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.dues.books import Q1, TODAY, furnish, nothing_contradicts, open_of, pay, run
from unionops.core.calendar.models import Deadline
from unionops.core.db import Model, db
from unionops.finance import services as ledger
from unionops.members.models import (
    Absence,
    Application,
    Charge,
    CheckoffLine,
    CheckoffList,
    Dunning,
    Employer,
    EmployerTerms,
    Exemption,
    Instalment,
    InstalmentPlan,
    Measure,
    Membership,
    PayerAccount,
    Payment,
    Person,
)
from unionops.members.queries import billing, dues, standing
from unionops.members.rules.collecting import Channel
from unionops.members.services import changes, merging, people
from unionops.members.services.dues import paying
from unionops.values.refs import Ref


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def leave(person: int, on: date = TODAY) -> None:
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == person, Membership.left_on.is_(None))).one()
        people.leave(stay, left_on=on, reason="unknown", note="重複建檔", today=TODAY)


def merge(kept: int, gone: int) -> None:
    with work():
        merging.merge(db.session.get_one(Person, kept), db.session.get_one(Person, gone), take={}, today=TODAY)


# --- no table is forgotten --------------------------------------------------------------------------------------------


def tables_naming(target: str) -> dict[str, set[str]]:
    """table → its columns that point to ``target``."""
    return {
        table.name: columns for table in Model.metadata.tables.values()
        if (columns := {key.parent.name for key in table.foreign_keys if key.column.table.name == target})
    }


def test_every_table_that_names_a_person_is_handled(app):
    handled = {model.__tablename__ for model in (*merging.FOLLOWS, *merging.OTHERWISE)}
    assert set(tables_naming("person")) == handled, "a table that names a person needs its place in services/merging.py"
    assert all(columns == {"person_id"} for name, columns in tables_naming("person").items() if name != "person")


def test_no_row_that_simply_follows_can_collide(app):
    """Where a person may have one row only of a kind, following takes thought: such a table belongs to ``OTHERWISE``."""
    for model in merging.FOLLOWS:
        table = model.__table__
        unique = [key for key in table.constraints if isinstance(key, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
        unique += [index for index in table.indexes if index.unique]
        assert not any("person_id" in key.columns for key in unique), table.name


def test_what_names_a_membership_needs_no_merging(app):
    """Memberships change hands whole, so no table beside them may name both a membership and, apart from it, its person."""
    both = set(tables_naming("membership")) & set(tables_naming("person"))
    assert both <= {"application"}


def test_deadlines_of_a_person_follow_and_can_be_closed(app):
    kept, gone = furnish(2)
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == gone)).one()
        absence = changes.rest(stay, from_on=TODAY, until_on=TODAY + timedelta(60), reason="育嬰留職停薪", proof="", by=None, today=TODAY).id
    leave(kept)
    merge(kept, gone)
    due = db.session.scalars(sa.select(Deadline)).one()
    assert due.ref == Ref("person", kept)
    with work():
        changes.end_rest(db.session.get_one(Absence, absence), until_on=TODAY, person=db.session.get_one(Person, kept))
    db.session.refresh(due)
    assert due.settled


# --- money ------------------------------------------------------------------------------------------------------------


def test_all_money_follows_and_nothing_contradicts(union):
    kept, gone, other = furnish(3)
    with work():
        db.session.add(Exemption(person_id=gone, from_on=date(2026, 7, 1), percent=50, reason="低收入", basis="章程"))
    run()
    pay(gone, 700)
    leave(gone, date(2026, 3, 31))
    run(date(2026, 4, 1))
    pay(kept, 100)
    with work():
        db.session.add(InstalmentPlan(person_id=gone, agreed_on=TODAY, total=100, instalments=[Instalment(due_on=TODAY, amount=100)]))
        db.session.add(Dunning(person_id=gone, step="notice", sent_on=TODAY, pay_by=TODAY, amount=1, months=1))
        db.session.add_all([PayerAccount(person_id=gone, tail="11111", since_on=Q1), PayerAccount(person_id=gone, tail="22222", since_on=Q1)])
        db.session.add(PayerAccount(person_id=kept, tail="11111", since_on=TODAY))
        db.session.add(Application(number="A1", channel="counter", received_on=TODAY, name="x", content="{}", person_id=gone))
        db.session.add(Employer(id=1, name="甲公司"))
        db.session.flush()
        db.session.add(terms := EmployerTerms(employer_id=1, from_on=Q1, basis="written"))
        db.session.flush()
        db.session.add(CheckoffList(employer_id=1, terms_id=terms.id, period_on=Q1, made_on=Q1, due_on=TODAY, lines=[CheckoffLine(person_id=gone, staff_number="1", expected=1)]))
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == gone)).one()
        db.session.add(Measure(membership_id=stay.id, kind="suspension", ground="x", proposed_on=TODAY))
    merge(kept, gone)
    nothing_contradicts()
    for model in merging.FOLLOWS:
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model).where(model.person_id == gone)) == 0, model
    assert set(db.session.execute(sa.select(PayerAccount.person_id, PayerAccount.tail, PayerAccount.since_on)).all()) == {(kept, "11111", Q1), (kept, "22222", Q1)}
    # Both were charged 450 + 90 for the first quarter: owed once. Paid were 700 + 100; the second quarter is open, the rest pays it.
    assert open_of(kept) + open_of(gone) == 980
    assert dues.credit_of(None) == {kept: 700}
    assert open_of(other) == 1080
    entries = db.session.execute(sa.select(Charge.entry).where(Charge.person_id == kept, Charge.period_on == Q1, Charge.scheme_id == 1).order_by(Charge.entry)).scalars()
    assert list(entries) == [1, 2]
    assert standing.of_person(kept, TODAY).keys() == {1, 2}
    db.session.rollback()
    assert refused(lambda: paying.receive(db.session.get_one(Person, gone), amount=5, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)) == ["merged"]


def test_the_one_that_is_kept_is_charged_once_and_mended_as_ever(union):
    kept, gone, *_ = furnish(2)
    run()
    leave(gone)
    merge(kept, gone)
    ((_person, first), *_rest) = billing.charged(Q1, [1]).items()
    assert first.entries == 2
    db.session.rollback()
    assert refused(lambda: run()) == ["nothing"], "nobody is charged again"
    assert open_of(kept) == 540
    nothing_contradicts()


def test_a_smaller_one_is_taken_back_and_a_closed_month_stands_against_it(app):
    kept, gone = furnish(2)
    leave(gone, date(2026, 2, 1))
    run()
    with work():
        ledger.close_month(115, 9, today=date(2026, 10, 1))
    assert refused(lambda: merging.merge(db.session.get_one(Person, kept), db.session.get_one(Person, gone), take={}, today=TODAY)) == ["month_closed"]
    with work():
        ledger.open_month(115, 9, why="合併")
    merge(kept, gone)
    assert open_of(kept) == 540
    nothing_contradicts()


def test_a_payment_matched_before_the_merge_pays_the_record_that_stayed(app):
    kept, gone = furnish(2)
    run()
    leave(gone)
    matched = [paying.Received(gone, 540, TODAY, Channel.BANK, paying.NOWHERE)]
    merge(kept, gone)
    with work():
        paying.receive_many(matched, today=TODAY)
    assert set(db.session.scalars(sa.select(Payment.person_id))) == {kept}
    assert open_of(kept) == 0
    nothing_contradicts()


@pytest.mark.parametrize("seed", range(8))
def test_random_histories_of_records_that_are_merged(app, seed):
    random = Random(seed)
    some = furnish(5)
    before = 0
    while len(some) > 2:
        for _step in range(4):
            pay(random.choice(some), random.randint(1, 900), TODAY - timedelta(random.randrange(200)))
        try:
            run(date(2026, random.choice([1, 4, 7]), 1))
        except Exception as refusal:
            if [one.code for one in getattr(refusal, "problems", ())] != ["nothing"]:
                raise
        gone = some.pop(random.randrange(1, len(some)))
        leave(gone, TODAY - timedelta(random.randrange(60)))
        before = sum(db.session.scalars(sa.select(Payment.amount)))
        merge(random.choice(some), gone)
        assert sum(db.session.scalars(sa.select(Payment.amount))) == before
        nothing_contradicts()
        living = sa.select(Charge.person_id, Charge.scheme_id, Charge.period_on, sa.func.count()).where(
            Charge.id.in_([item.id for items in dues.items_of(None, open_only=False).values() for item in items if item.amount > 0]),
        ).group_by(Charge.person_id, Charge.scheme_id, Charge.period_on)
        assert all(count == 1 for *_key, count in db.session.execute(living)), "each period is owed once"
        db.session.rollback()


def test_merged_while_being_billed_and_paid(union):
    """A run, a payment and a merge at once: whoever comes later sees what the first one did."""
    kept, gone, *_rest = furnish(4)
    leave(gone)
    for quarter in (1, 4, 7):
        faults: list[BaseException] = []

        def at_once(act: Any, faults: list[BaseException] = faults) -> Thread:
            def go() -> None:
                with union.app_context():
                    try:
                        act()
                    except Exception as fault:
                        if [one.code for one in getattr(fault, "problems", ())] not in (["merged"], [""], ["nothing"]):
                            faults.append(fault)
                    finally:
                        db.session.remove()

            thread = Thread(target=go)
            thread.start()
            return thread

        threads = [
            at_once(lambda quarter=quarter: run(date(2026, quarter, 1))), at_once(lambda: pay(gone, 100)), at_once(lambda: merge(kept, gone)),
            at_once(lambda: pay(kept, 100)),
        ]
        for thread in threads:
            thread.join(60)
        assert not faults
        nothing_contradicts()
        assert db.session.scalar(sa.select(sa.func.count(Payment.id)).where(Payment.person_id == gone)) == 0
        db.session.rollback()
