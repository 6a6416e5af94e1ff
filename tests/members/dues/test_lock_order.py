"""Units that lock several things, run into each other on PostgreSQL: they wait in turn, and the database never has to end one of them.

The order stands in ``unionops.core.db``. Each pair is stopped at one lock that is held from outside, one behind the other, and let go: were
the order not the same in both, each would wait for the other, and PostgreSQL would end one with "deadlock detected".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.members.acts import work
from tests.members.dues.books import Q1, TODAY, furnish, nothing_contradicts, pay, run
from tests.members.joining import conftest as applicants
from unionops.core import clock
from unionops.core.db import db, next_number, touch_data
from unionops.members.models import Application, Charge, Membership, Payment, Person, Scheme, SchemeTerms
from unionops.members.queries.arrears import Filter
from unionops.members.rules.arrears import Step, equal_promises
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import AdjustmentKind, Period, Prorate, SchemeKind
from unionops.members.services import arrears, merging, people
from unionops.members.services.dues import correcting, paying, running, schemes
from unionops.members.services.joining import admitting

pytestmark = pytest.mark.postgres
Act = Callable[[], Any]
DUES, MEMBERS, ARREARS = ("data_version", "dues"), ("data_version", "members"), ("data_version", "arrears")
VOUCHERS, MEMBER_NUMBERS = ("counter", "voucher.115"), ("counter", "member")
_WAITING = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def meet(app: Flask, at: tuple[str, str], *acts: Act) -> None:
    """Lets each of these, in a thread and a unit of its own, run until it waits, with one row of a table held from outside; lets go; all must
    get through."""
    faults: list[BaseException] = []
    threads = []

    def unit(act: Act) -> None:
        with app.app_context():
            try:
                with work():
                    act()
            except Exception as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    db.session.remove()
    with db.engine.connect() as gate, db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
        table, name = at
        with gate.begin():
            assert gate.execute(sa.text(f"SELECT name FROM {table} WHERE name = :name FOR UPDATE"), {"name": name}).first() is not None
            for place, act in enumerate(acts, 1):
                thread = threading.Thread(target=unit, args=(act,))
                thread.start()
                threads.append(thread)
                until = time.monotonic() + 20
                while thread.is_alive() and watch.scalar(_WAITING) < place and time.monotonic() < until:
                    time.sleep(0.01)
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert faults == []
    nothing_contradicts()


def both_ways(app: Flask, at: tuple[str, str], prepare: Callable[[], tuple[Act, Act]]) -> None:
    """The same, one before the other and the other before the one, each time with what ``prepare`` makes ready."""
    one, other = prepare()
    meet(app, at, one, other)
    one, other = prepare()
    meet(app, at, other, one)


def person(number: int) -> Person:
    return db.session.get_one(Person, number)


def stay_of(number: int) -> Membership:
    return db.session.scalars(sa.select(Membership).where(Membership.person_id == number).order_by(Membership.id.desc())).first()


@pytest.fixture
def union(pg_union: Flask) -> Flask:
    """Four members, billed for a quarter, who have paid before; in every body of data something was changed before."""
    some = furnish(4)
    run()
    pay(some[0], 1)
    with work():
        touch_data("arrears")
    return pg_union


def some_doubles(count: int) -> Iterator[tuple[int, int]]:
    """Pairs of records of one person, both billed; the second of each has left."""
    with work():
        made = [[people.add_member(today=TODAY, name=f"重複{at}", joined_on=date(2011, 1, day)).id for day in (1, 2)] for at in range(count)]
    run(date(2026, 4, 1))
    for kept, gone in made:
        with work():
            people.leave(stay_of(gone), left_on=TODAY, reason="resigned", note="", today=TODAY)
        yield kept, gone


def test_admitting_merging_leaving_and_importing(union):
    """All change members, and some what they owe; the applicant is one of those who are merged, and an import holds the members and then
    takes numbers."""
    desk = applicants.Desk(applicants.make_people())
    applicants.charter("admission_begins", "approved")
    with work():
        db.session.add(Scheme(id=9, title="入會費", kind="entrance", period="once", due_day=30, prorate="full", order=1))
        db.session.add(SchemeTerms(scheme_id=9, valid_from=date(2020, 1, 1), basis="fixed", amount=1000))
    staff, doubles = desk.people.staff, some_doubles(6)

    def admitting_and_merging() -> tuple[Act, Act]:
        kept, gone = next(doubles)
        number = desk.decided(f"申請人{kept}")
        with work():
            db.session.get_one(Application, number).person_id = gone
            people.leave(stay_of(kept), left_on=TODAY, reason="resigned", note="", today=TODAY)  # Else both were members.
        return (
            lambda: admitting.admit(db.session.get_one(Application, number), by=applicants.user(staff), today=clock.today(), now=clock.now()),
            lambda: merging.merge(person(kept), person(gone), take={}, today=TODAY),
        )

    def leaving_and_merging() -> tuple[Act, Act]:
        kept, gone = next(doubles)
        return (
            lambda: people.leave(stay_of(kept), left_on=TODAY, reason="resigned", note="", today=TODAY),
            lambda: merging.merge(person(kept), person(gone), take={}, today=TODAY),
        )

    def importing() -> None:
        touch_data("members")
        next_number("member", 5)

    def joining() -> None:
        people.add_member(today=TODAY, name="新人", joined_on=date(2026, 5, 1))

    both_ways(union, DUES, admitting_and_merging)
    both_ways(union, MEMBERS, admitting_and_merging)
    both_ways(union, MEMBERS, leaving_and_merging)
    both_ways(union, MEMBERS, lambda: (importing, joining))
    both_ways(union, MEMBER_NUMBERS, lambda: (importing, joining))


def test_reducing_correcting_billing_and_changing_schemes(union):
    one = db.session.scalar(sa.select(sa.func.min(Person.id)))
    charge = db.session.scalar(sa.select(sa.func.min(Charge.id)).where(Charge.person_id == one))
    amounts, days = iter(range(400, 100, -10)), iter([date(2027, 1, 1), date(2027, 3, 1)])

    def reducing_and_correcting() -> tuple[Act, Act]:
        to, on = next(amounts), next(days)
        return (
            lambda: schemes.exempt(person(one), None, percent=50, from_on=on, until_on=on, reason="清寒", basis="理事會"),
            lambda: correcting.correct(db.session.get_one(Charge, charge), to=to, kind=AdjustmentKind.CORRECTION, why="x", today=TODAY),
        )

    periods = iter([date(2026, 4, 1), date(2026, 7, 1)])

    def changing_and_billing() -> tuple[Act, Act]:
        on = next(periods)
        about = schemes.About(f"經常會費{on.month}", SchemeKind.REGULAR, Period.QUARTER, 2, 31, Prorate.MONTHS, 10)
        return (
            lambda: schemes.change_scheme(db.session.get_one(Scheme, 1), about), lambda: running.apply((1, 2), on, title="開單", today=TODAY),
        )

    both_ways(union, DUES, reducing_and_correcting)
    both_ways(union, DUES, changing_and_billing)


def test_mending_taking_back_and_the_cashier_with_one_of_the_people(union):
    """Whoever locks several people does before the first voucher."""
    some = list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))

    def mending_and_paying() -> tuple[Act, Act]:
        one = some.pop()
        with work():
            people.leave(stay_of(one), left_on=date(2026, 2, 1), reason="resigned", note="", today=TODAY)
        return (
            lambda: running.apply((1, 2), Q1, title="補正", today=TODAY),
            lambda: paying.receive(person(one), amount=540, received_on=TODAY, channel=Channel.COUNTER, today=TODAY),
        )

    def taking_back_and_paying() -> tuple[Act, Act]:
        payments = [pay(one, 20) for one in some]
        return (
            lambda: paying.take_back_all([db.session.get_one(Payment, one) for one in payments], why="銀行沖正", on=TODAY, today=TODAY),
            lambda: paying.receive(person(some[-1]), amount=30, received_on=TODAY, channel=Channel.COUNTER, today=TODAY),
        )

    both_ways(union, VOUCHERS, taking_back_and_paying)
    both_ways(union, VOUCHERS, mending_and_paying)


class Everybody:
    """Who reads everything."""

    def can(self, _permission: str) -> bool:
        return True

    def scopes(self, _permission: str) -> None:
        return None


def test_agreeing_and_dunning(union):
    some = list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))
    day = date(2027, 2, 1)

    def prepare() -> tuple[Act, Act]:
        one, other = some.pop(), some.pop()
        return (
            lambda: arrears.agree(person(one), equal_promises(540 - (one == 1), 2, day), agreed_on=day, note="", today=day),
            lambda: arrears.send(
                Step.NOTICE, Filter(ids=(one, other)), Everybody(), way=arrears.POST, pay_by=date(2027, 3, 15), by=None, today=day,
            ),
        )

    both_ways(union, ARREARS, prepare)
