"""Ten cashiers at once, on both databases: no number twice, none left out, no dollar twice. And a process that dies leaves no gap."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask

from tests.conftest import new_user
from tests.members.dues.books import TODAY, furnish, nothing_contradicts, open_of, run
from tests.members.dues.killing import killed
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.members.models import BillRun, CashCount, Charge, Membership, Payment, Person, Receipt
from unionops.members.queries import cash
from unionops.members.queries import dues as queries
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services import people
from unionops.members.services.dues import correcting, counting, paying, receipts, running
from unionops.values.problems import RuleBroken

CASHIERS = 10


def together(app: Flask, acts: list[Callable[[], Any]]) -> list[Any]:
    """Does all of these at once, each in a thread and unit of its own; what each gave, or the refusal."""
    ready = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def work(at: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            ready.wait()
            try:
                found[at] = act()
            except RuleBroken as refusal:
                found[at] = refusal
            except Exception as error:
                found[at] = error
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [threading.Thread(target=work, args=(at, act)) for at, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def take(person: int, amount: int, user: int | None = None) -> str:
    with unit_of_work("出納", "test", user):
        made = paying.receive(db.session.get_one(Person, person), amount=amount, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)
        return receipts.issue(made, today=TODAY).number


def serials() -> list[int]:
    return list(db.session.scalars(sa.select(Receipt.serial).order_by(Receipt.serial)))


def test_ten_cashiers_at_once_leave_no_gap_and_nothing_double(union):
    some = furnish(CASHIERS)
    run()

    def cashier(person: int) -> Callable[[], list[str]]:
        return lambda: [take(person, 100) for _time in range(3)]

    found = together(union, [cashier(person) for person in some])
    numbers = [number for each in found for number in each]
    assert len(set(numbers)) == 3 * CASHIERS
    assert serials() == list(range(1, 3 * CASHIERS + 1))
    assert [open_of(person) for person in some] == [240] * CASHIERS
    nothing_contradicts()


def test_ten_cashiers_with_one_person_pay_each_charge_once(union):
    (one,) = furnish(1)
    run()
    found = together(union, [lambda: take(one, 100) for _each in range(CASHIERS)])
    assert len(set(found)) == CASHIERS
    assert (open_of(one), queries.credit_of([one])) == (0, {one: 460})
    assert serials() == list(range(1, CASHIERS + 1))
    nothing_contradicts()


def test_one_payment_gets_one_receipt(union):
    (one,) = furnish(1)
    with unit_of_work("test", "test"):
        number = paying.receive(db.session.get_one(Person, one), amount=5, received_on=TODAY, channel=Channel.BANK, today=TODAY).id

    def issue() -> str:
        with unit_of_work("test", "test"):
            return receipts.issue(db.session.get_one(Payment, number), today=TODAY).number

    found = together(union, [issue] * 6)
    assert sorted(type(each).__name__ for each in found) == ["RuleBroken"] * 5 + ["str"]
    assert serials() == [1]


def test_taking_back_refunding_and_using_credit_at_once(union):
    """Whoever comes second sees what the first did; nobody waits for ever."""
    (one,) = furnish(1)
    with unit_of_work("test", "test"):
        number = paying.receive(db.session.get_one(Person, one), amount=900, received_on=TODAY, channel=Channel.BANK, today=TODAY).id
    run()

    def act(what: Callable[[], Any]) -> Callable[[], None]:
        def done() -> None:
            with unit_of_work("test", "test"):
                what()

        return done

    found = together(union, [
        act(lambda: paying.take_back(db.session.get_one(Payment, number), why="x", on=TODAY, today=TODAY)),
        act(lambda: paying.refund(db.session.get_one(Payment, number), amount=300, why="x", on=TODAY, today=TODAY)),
        act(lambda: paying.use_credit(db.session.get_one(Person, one), today=TODAY)),
        act(lambda: paying.take_back(db.session.get_one(Payment, number), why="x", on=TODAY, today=TODAY)),
    ])
    assert all(each is None or isinstance(each, RuleBroken) for each in found), found
    nothing_contradicts()


def while_a_cashier_takes_money(app: Flask, person: int, act: Callable[[], Any]) -> Any:
    """What came of ``act``, begun when a cashier has taken 540 of this person and is not done yet."""
    taken = threading.Event()

    def cashier() -> None:
        with unit_of_work("出納", "test"):
            paying.receive(db.session.get_one(Person, person), amount=540, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)
            db.session.flush()
            taken.set()
            time.sleep(0.7)

    def other() -> Any:
        assert taken.wait(20)
        with unit_of_work("會計", "test"):
            return act()

    first, second = together(app, [cashier, other])
    assert first is None, first
    return second


def test_a_file_waits_for_the_cashier_with_one_of_its_people(union):
    """No charge is paid twice."""
    one, other = furnish(2)
    run()
    found = while_a_cashier_takes_money(union, one, lambda: paying.receive_many(
        [paying.Received(person, 540, TODAY, Channel.BANK, paying.NOWHERE) for person in (other, one)], today=TODAY,
    ))
    assert isinstance(found, list), found
    assert ([open_of(one), open_of(other)], queries.credit_of(None)) == ([0, 0], {one: 540})
    nothing_contradicts()


def test_a_run_waits_for_the_cashier_before_it_is_taken_back(union):
    one, _other = furnish(2)
    number = run()
    found = while_a_cashier_takes_money(union, one, lambda: running.take_back(db.session.get_one(BillRun, number), why="金額有誤", today=TODAY))
    assert isinstance(found, RuleBroken), found
    assert [each.code for each in found.problems] == ["paid_already"]
    nothing_contradicts()


def test_a_run_that_mends_waits_for_the_cashier(union):
    """Who left long ago owes less than he is paying in this moment: the rest is his credit."""
    one, _other = furnish(2)
    run()
    with unit_of_work("test", "test"):
        people.leave(db.session.scalars(sa.select(Membership).where(Membership.person_id == one)).one(), left_on=date(2026, 2, 1), reason="resigned", note="", today=TODAY)
    found = while_a_cashier_takes_money(union, one, lambda: running.apply((1, 2), date(2026, 1, 1), title="補正", today=TODAY).id)
    assert isinstance(found, int), found
    assert (open_of(one), queries.credit_of([one])) == (0, {one: 360})
    nothing_contradicts()


def test_files_cashiers_corrections_and_bills_at_once_never_wait_for_ever(union):
    some = furnish(4)
    run()
    charges = list(db.session.scalars(sa.select(Charge.id).where(Charge.scheme_id == 1).order_by(Charge.id)))

    def act(*deeds: Callable[[], Any]) -> Callable[[], None]:
        def done() -> None:
            for _time in range(3):
                for deed in deeds:
                    with unit_of_work("test", "test"):
                        deed()

        return done

    def correct(number: int) -> None:
        now = correcting.amount_of(db.session.get_one(Charge, number))
        correcting.correct(db.session.get_one(Charge, number), to=now - 5, kind=AdjustmentKind.CORRECTION, why="x", today=TODAY)

    found = together(union, [
        act(lambda: paying.receive_many([paying.Received(person, 10, TODAY, Channel.BANK, paying.NOWHERE) for person in some], today=TODAY)),
        *(act(lambda person=person: paying.receive(db.session.get_one(Person, person), amount=10, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)) for person in some),
        act(*(lambda number=number: correct(number) for number in reversed(charges))),
        act(lambda: running.charge_once(db.session.get_one(Person, some[3]), 1, on=date(2026, 4, 1), today=TODAY)),
    ])
    assert found == [None] * 7, found
    nothing_contradicts()


def test_one_box_is_counted_once(union):
    (one,) = furnish(1)
    li = new_user("cashier", name="李").id
    take(one, 500, li)

    def count() -> int:
        with unit_of_work("李", "test", li):
            return counting.count(db.session.get_one(User, li), {500: 1}, note="", today=TODAY).counted

    found = together(union, [count] * 4 + [lambda: take(one, 40, li)])
    # Who counts after the late 40 came in finds 40 too few and is refused.
    assert sum(each == 500 for each in found[:4]) <= 1
    assert (db.session.scalar(sa.select(sa.func.count(CashCount.id))) or 0) <= 1
    in_boxes = sum(each.expected for each in cash.boxes())
    counted = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CashCount.counted), 0)))
    assert in_boxes + counted == 540
    nothing_contradicts()


# --- a process that dies ----------------------------------------------------------------------------------------------

def test_a_killed_process_leaves_no_gap(union):
    """kill -9 at 25 random moments on each database, while receipts are issued singly and by the batch: what was not committed gives its
    numbers back."""
    (one,) = furnish(1)
    run()
    found = killed("receipts", union, 25)
    assert found == (25, 0)
    before = serials()
    assert len(before) > 25
    assert before == list(range(1, len(before) + 1))
    db.session.rollback()
    take(one, 10)
    assert serials()[-1] == len(before) + 1
    nothing_contradicts()
