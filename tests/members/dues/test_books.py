"""Runs, payments, credits and the ledger over random histories: never a contradiction, never a dollar lost, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.members.acts import refused, work
from tests.members.dues.books import Q1, TODAY, furnish, nothing_contradicts, open_of, pay, perhaps, run
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.finance import queries as books
from unionops.finance.models import BooksBegin
from unionops.finance.rules import chart
from unionops.members.models import BillRun, CashCount, Charge, Membership, Payment, Person
from unionops.members.queries import dues as queries
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import AdjustmentKind, by_order
from unionops.members.services import people
from unionops.members.services.dues import counting, opening, paying, running, writing_off
from unionops.values.refs import Ref


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def test_a_run_charges_everybody_once(union):
    some = furnish()
    number = run()
    assert db.session.scalar(sa.select(sa.func.sum(Charge.amount))) == 6 * (450 + 90)
    assert refused(lambda: running.apply((1, 2), Q1, title="again", today=TODAY)) == ["nothing"]
    made = db.session.get_one(BillRun, number)
    assert (made.counts["charged"], made.counts["amount"]) == (12, 3240)
    assert books.balances() == {chart.DUES_RECEIVABLE: 2700, chart.MUTUAL_RECEIVABLE: 540, chart.MUTUAL_FUND: 540, chart.REGULAR_DUES: 2700}
    assert open_of(some[0]) == 540
    nothing_contradicts()


def test_who_joins_later_is_charged_by_a_further_run(union):
    furnish(2)
    run()
    with work():
        people.add_member(today=TODAY, name="新人", joined_on=date(2026, 3, 2))
    run()
    assert sorted(db.session.scalars(sa.select(Charge.amount).where(Charge.scheme_id == 1))) == [150, 450, 450]
    nothing_contradicts()


def test_a_leaving_dated_back_mends_and_frees_what_was_paid(union):
    one, other = furnish(2)
    run()
    pay(one, 540)
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == one)).one()
        people.leave(stay, left_on=date(2026, 2, 1), reason="resigned", note="", today=TODAY)
    mended = run()
    assert db.session.get_one(BillRun, mended).mends
    assert (open_of(one), open_of(other)) == (0, 540)
    assert queries.credit_of([one]) == {one: 360}
    nothing_contradicts()
    with work():
        paying.refund(db.session.scalars(sa.select(Payment)).one(), amount=360, why="退會退費", on=TODAY, today=TODAY)
    assert queries.credit_of([one]) == {}
    nothing_contradicts()


def test_money_pays_the_oldest_then_in_the_stated_order(union):
    one, *_ = furnish(1)
    run(date(2026, 4, 1))
    run()
    pay(one, 600)
    # Both runs were made on one day and are due on it: the older period first, of one period dues before mutual aid.
    assert [(item.period_on.month, item.kind.value, item.open) for item in by_order(queries.items_of([one])[one])] == [(4, "regular", 390), (4, "mutual", 90)]
    pay(one, 1000)
    assert queries.credit_of([one]) == {one: 520}
    run(date(2026, 7, 1))
    with work():
        assert paying.use_credit(db.session.get_one(Person, one), today=TODAY) == 520
    assert open_of(one) == 20
    nothing_contradicts()


def test_a_run_is_taken_back_only_while_nothing_is_paid(union):
    one, *_ = furnish(3)
    number = run()
    made = pay(one, 10)
    assert refused(lambda: running.take_back(db.session.get_one(BillRun, number), why="金額有誤", today=TODAY)) == ["paid_already"]
    with work():
        paying.take_back(db.session.get_one(Payment, made), why="誤收", on=TODAY, today=TODAY)
    with work():
        running.take_back(db.session.get_one(BillRun, number), why="金額有誤", today=TODAY)
    assert books.balances().get(chart.REGULAR_DUES, 0) == 0
    assert refused(lambda: running.take_back(db.session.get_one(BillRun, number), why="再", today=TODAY)) == ["taken_back_already"]
    nothing_contradicts()
    run()
    assert open_of(one) == 540
    nothing_contradicts()


@pytest.mark.parametrize(("given", "code"), [
    ({"amount": 0}, "amount_not_positive"), ({"amount": -5}, "amount_not_positive"), ({"amount": None}, "amount_missing"),
    ({"amount": 100_000_000}, "amount_too_high"), ({"on": TODAY + timedelta(1)}, "date_in_future"), ({"on": None}, "date_missing"),
    ({"since": date(2026, 3, 1), "on": date(2026, 2, 28)}, "before_go_live"), ({"to": [(999, 5)]}, "charge_changed"), ({"to": [(1, 541)]}, "allotted_too_much"),
])
def test_payments_that_are_refused_leave_nothing(app, given, code):
    one, *_ = furnish(1)
    run()
    given = dict(given)
    if (since := given.pop("since", None)) is not None:
        with work():
            db.session.add(BooksBegin(begins_on=since))
    arguments = {"amount": 540, "received_on": given.pop("on", TODAY), "channel": Channel.COUNTER, "today": TODAY} | given
    assert refused(lambda: paying.receive(db.session.get_one(Person, one), **arguments)) == [code]
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 0
    nothing_contradicts()


def test_suspense_is_nobodys_until_it_is_known(union):
    one, *_ = furnish(1)
    run()
    with work():
        number = paying.receive(None, amount=700, received_on=date(2026, 2, 3), channel=Channel.BANK, today=TODAY, payer="不明").id
    nothing_contradicts()
    with work():
        paying.identify(db.session.get_one(Payment, number), db.session.get_one(Person, one), today=TODAY)
    assert (open_of(one), queries.credit_of([one])) == (0, {one: 160})
    assert open_of(one, date(2026, 2, 2)) == 0, "charged only on the day of the run"
    assert refused(lambda: paying.identify(db.session.get_one(Payment, number), db.session.get_one(Person, one), today=TODAY)) == ["not_in_suspense"]
    nothing_contradicts()


def test_many_payments_at_once_do_what_each_would(union):
    one, other, third = furnish(3)
    run()
    bank = paying.Source(fee=15)
    with work():
        ids = paying.receive_many([
            paying.Received(one, 300, date(2026, 2, 1), Channel.BANK, paying.NOWHERE), paying.Received(other, 540, date(2026, 2, 2), Channel.GIRO, bank),
            paying.Received(None, 77, date(2026, 2, 3), Channel.BANK, paying.NOWHERE), paying.Received(one, 300, date(2026, 2, 4), Channel.SHOP, paying.NOWHERE),
        ], today=TODAY)
    assert len(set(ids)) == 4
    assert ([open_of(each) for each in (one, other, third)], queries.credit_of(None)) == ([0, 0, 540], {one: 60})
    assert [entry.debit for entry in books.vouchers_of(Ref("payment", ids[1]))[0].entries if entry.debit] == [525, 15]
    nothing_contradicts()
    bad = [paying.Received(third, 10, TODAY, Channel.BANK, paying.NOWHERE), paying.Received(third, 0, TODAY, Channel.BANK, paying.NOWHERE)]
    assert refused(lambda: paying.receive_many(bad, today=TODAY)) == ["amount_not_positive"]
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 4
    nothing_contradicts()


@pytest.mark.parametrize("seed", range(12))
def test_random_histories(app, seed):
    random = Random(seed)
    some, cashier = furnish(4), new_user("cashier").id
    with work():
        opening.begin(Q1, today=TODAY)
        opening.enter_balances([opening.Balance(chart.BANK, 9000), opening.Balance(chart.MUTUAL_FUND, 500)], today=TODAY)
        for person, kind in zip(some, ("regular", "mutual", "agency", "credit"), strict=True):
            opening.enter_by_hand(
                db.session.get_one(Person, person), kind=kind, text="", amount=random.randint(1, 600), period_on=date(2025, 10, 1), months=3,
                due_on=date(2025, 11, 30), today=TODAY,
            )
    nothing_contradicts()
    for _step in range(25):
        payments = list(db.session.scalars(sa.select(Payment.id).where(Payment.kind == "received")))
        runs = list(db.session.scalars(sa.select(BillRun.id)))
        db.session.rollback()
        match random.randrange(12):
            case 0:
                with perhaps("nothing"):
                    running.apply((1, 2), date(2026, random.choice([1, 4, 7]), 1), title="x", today=TODAY)
            case 1 | 2 | 3:
                pay(random.choice(some), random.randint(1, 900), TODAY - timedelta(random.randrange(200)))
            case 4 if payments:
                with perhaps("refund_too_much"):
                    paying.refund(db.session.get_one(Payment, random.choice(payments)), amount=random.randint(1, 300), why="x", on=TODAY, today=TODAY)
            case 5 if payments:
                with perhaps("given_back"):
                    paying.take_back(db.session.get_one(Payment, random.choice(payments)), why="x", on=TODAY, today=TODAY)
            case 6 if runs:
                with perhaps("paid_already", "taken_back_already", "mending_run"):
                    running.take_back(db.session.get_one(BillRun, random.choice(runs)), why="x", today=TODAY)
            case 7:
                with work():
                    paying.use_credit(db.session.get_one(Person, random.choice(some)), today=TODAY)
            case 8:
                person = random.choice(some)
                with perhaps("nothing_chosen"):
                    open_ = {one.id: random.randint(1, one.open) for one in queries.items_of([person]).get(person, ()) if random.random() < 0.5}
                    writing_off.give_up(
                        open_, random.choice([AdjustmentKind.WRITE_OFF, AdjustmentKind.REMISSION]), why="x", resolution="x", on=TODAY, today=TODAY,
                    )
            case 9:
                with unit_of_work("出納", "test", cashier):
                    paying.receive(db.session.get_one(Person, random.choice(some)), amount=random.randint(1, 300), received_on=TODAY, channel=Channel.COUNTER, today=TODAY)
            case 10:
                with perhaps("nothing_to_count", "box_below_zero"):
                    counting.count(db.session.get_one(User, cashier), {100: random.randrange(4), 1: random.randrange(90)}, note="x", today=TODAY)
            case 11:
                with perhaps("undone_already"):
                    for one in db.session.scalars(sa.select(CashCount).order_by(CashCount.id.desc()).limit(1)):
                        counting.undo(one, why="x", today=TODAY)
        nothing_contradicts()
