"""Any history of members and their money, on both databases: standing, balances and the ledger never contradict each other, on any day.

What the screens, lists and counts ask of the database is held against sums made here from the plain rows, after every single act.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.members.acts import work
from tests.members.dues.books import TODAY, contradictions, furnish
from unionops.core import clock
from unionops.core.db import db
from unionops.core.union.models import CharterValue
from unionops.members.models import Adjustment, Allocation, BillRun, Charge, InstalmentPlan, Membership, Payment, Person, Receipt
from unionops.members.queries import arrears
from unionops.members.queries import dues as queries
from unionops.members.queries import standing as standings
from unionops.members.rules.arrears import equal_promises
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import AdjustmentKind, months_unpaid
from unionops.members.services import arrears as ladder
from unionops.members.services import merging, people
from unionops.members.services.dues import correcting, paying, receipts, running, schemes, writing_off
from unionops.values.problems import RuleBroken

LIMIT = 3
"""Months of unpaid dues after which the constitution of this union takes the vote."""
Draw = Callable[[int], int]


class _Over(Exception):
    """The end of a history: nothing of it stays."""


@contextmanager
def history() -> Iterator[None]:
    with suppress(_Over), work():
        yield
        raise _Over


# --- what may happen; each act chooses among what there is --------------------------------------------------------------


def _one(draw: Draw, wanted: sa.Select[Any]) -> Any:
    found = db.session.scalars(wanted).all()
    return found[draw(len(found))] if found else None


def _person(draw: Draw) -> Person:
    return _one(draw, sa.select(Person).order_by(Person.id))


def _payment(draw: Draw) -> Payment | None:
    return _one(draw, sa.select(Payment).where(Payment.kind == "received").order_by(Payment.id))


def _charge(draw: Draw) -> Charge | None:
    return _one(draw, sa.select(Charge).order_by(Charge.id))


def _before(draw: Draw) -> date:
    return TODAY - timedelta(draw(240))


def pay(draw: Draw) -> None:
    made = paying.receive(_person(draw), amount=1 + draw(900), received_on=_before(draw), channel=Channel.COUNTER, today=TODAY)
    receipts.issue(made, today=TODAY)


def pay_chosen(draw: Draw) -> None:
    """Money for charges that the payer names, the newest first, and not more than a part of each."""
    person, amount, to = _person(draw), 1 + draw(900), []
    for one in reversed(queries.items_of([person.id]).get(person.id, [])):
        if (part := min(one.open, amount - sum(each for _charge, each in to))) > 0:
            to.append((one.id, 1 + draw(part)))
    paying.receive(person, amount=amount, received_on=_before(draw), channel=Channel.BANK, today=TODAY, to=to)


def pay_by_file(draw: Draw) -> None:
    some = [None, *db.session.scalars(sa.select(Person.id).order_by(Person.id))]
    paying.receive_many([
        paying.Received(some[draw(len(some))], 1 + draw(900), _before(draw), Channel.BANK, paying.Source(fee=draw(2) * 15) if draw(2) else paying.NOWHERE) for _row in range(1 + draw(3))
    ], today=TODAY)


def identify(draw: Draw) -> None:
    held = _one(draw, sa.select(Payment).where(Payment.person_id.is_(None), Payment.kind == "received").order_by(Payment.id))
    if held is not None:
        paying.identify(held, _person(draw), today=TODAY)


def refund(draw: Draw) -> None:
    if (held := _payment(draw)) is not None:
        paying.refund(held, amount=1 + draw(max(paying.left_of(held), 1)), why="退費", on=TODAY - timedelta(draw(30)), today=TODAY)


def take_back(draw: Draw) -> None:
    if (held := _payment(draw)) is not None:
        paying.take_back(held, why="銀行沖正", on=TODAY - timedelta(draw(60)), today=TODAY)


def void(draw: Draw) -> None:
    if (receipt := _one(draw, sa.select(Receipt).order_by(Receipt.id))) is not None:
        receipts.void(receipt, why="寫錯", now=clock.now())


def reallot(draw: Draw) -> None:
    if (held := _payment(draw)) is not None and held.person_id is not None:
        items = queries.items_of([held.person_id]).get(held.person_id, [])
        left, parts = paying.left_of(held), []
        for one in reversed(items):
            if (part := min(one.open, left)) > 0:
                parts.append((one.id, 1 + draw(part)))
                left -= parts[-1][1]
        paying.reallot(held, to=parts, today=TODAY)


def use_credit(draw: Draw) -> None:
    paying.use_credit(_person(draw), today=TODAY)


def bill(draw: Draw) -> None:
    running.apply([(1,), (2,), (1, 2)][draw(3)], date(2026, 1 + 3 * draw(3), 1), title="開單", today=TODAY)


def bill_once(draw: Draw) -> None:
    running.charge_once(_person(draw), 1 + draw(2), on=date(2026, 1 + draw(9), 1), today=TODAY)


def bill_back(draw: Draw) -> None:
    if (made := _one(draw, sa.select(BillRun).order_by(BillRun.id))) is not None:
        running.take_back(made, why="金額有誤", today=TODAY)


def correct(draw: Draw) -> None:
    if (charge := _charge(draw)) is not None:
        kind = (AdjustmentKind.CORRECTION, AdjustmentKind.REMISSION)[draw(2)]
        correcting.correct(charge, to=draw(700), kind=kind, why="更正", resolution="第 3 屆第 2 次理事會", today=TODAY)


def write_off(draw: Draw) -> None:
    if (charge := _charge(draw)) is not None:
        open_ = {one.id: one.open for one in queries.items_of([charge.person_id]).get(charge.person_id, ())}
        writing_off.give_up({charge.id: 1 + draw(max(open_.get(charge.id, 1), 1))}, AdjustmentKind.WRITE_OFF, why="收不到", resolution="第 3 屆大會", on=TODAY, today=TODAY)


def leave(draw: Draw) -> None:
    stay = _one(draw, sa.select(Membership).order_by(Membership.id))
    people.leave(stay, left_on=_before(draw), reason="resigned", note="", today=TODAY)


def come_back_after_all(draw: Draw) -> None:
    """A leaving is taken back."""
    people.undo_leaving(_one(draw, sa.select(Membership).order_by(Membership.id)))


def reduce(draw: Draw) -> None:
    """Somebody pays less, from a day gone by on: the next run mends what was billed."""
    from_on = _before(draw)
    schemes.exempt(
        _person(draw), None, percent=(50, 100)[draw(2)], from_on=from_on, until_on=(None, from_on + timedelta(60))[draw(2)], reason="清寒", basis="理事會決議",
    )


def join(draw: Draw) -> None:
    people.add_member(today=TODAY, name=f"新會員{draw(1000)}", joined_on=_before(draw))


def rejoin(draw: Draw) -> None:
    people.rejoin(_person(draw), number="", joined_on=_before(draw), joined_by="", member_class="regular", unit=None, today=TODAY)


def merge(draw: Draw) -> None:
    merging.merge(_person(draw), _person(draw), take={}, today=TODAY)


def agree(draw: Draw) -> None:
    person, on = _person(draw), TODAY - timedelta(draw(100))
    owed = sum(one.open for one in arrears.covered(queries.items_of([person.id]).get(person.id, ()), on))
    ladder.agree(person, equal_promises(owed, 1 + draw(4), on + timedelta(draw(40))) if owed else [], agreed_on=on, note="", today=TODAY)


def end_agreement(draw: Draw) -> None:
    if (plan := _one(draw, sa.select(InstalmentPlan).order_by(InstalmentPlan.id))) is not None:
        ladder.end_plan(plan, why="違約", on=plan.agreed_on + timedelta(draw(30)), today=TODAY)


ACTS = (
    pay, pay, pay, pay_chosen, pay_by_file, identify, refund, take_back, void, reallot, use_credit, bill, bill, bill_once, bill_back, correct, write_off, reduce,
    leave, come_back_after_all, join, rejoin, merge, agree, end_agreement,
)
"""Paying, refunding, voiding, billing and billing again, with days gone by; and whatever else moves money or members."""


# --- what has to be so --------------------------------------------------------------------------------------------------


class Everybody:
    """Who reads everything."""

    def can(self, _permission: str) -> bool:
        return True

    def scopes(self, _permission: str) -> None:
        return None


def nothing_contradicts() -> None:
    contradictions()
    _money()
    for on in (TODAY - timedelta(90), TODAY + timedelta(1), TODAY + timedelta(120)):
        _balances(on)
    _receipts()


def _money() -> None:
    """Dollar by dollar: each payment, less what was given back of it, is what it pays and what is left of it; nothing is paid with somebody
    else's money, nothing twice, and nothing by less than nothing."""
    payments = {one.id: one for one in db.session.scalars(sa.select(Payment))}
    charges = {one.id: one for one in db.session.scalars(sa.select(Charge))}
    left, pays = Counter[int](), Counter[tuple[int, int]]()
    for one in payments.values():
        assert (one.amount > 0) == (one.reverses_id is None)
        source = payments[one.reverses_id or one.id]
        assert source.person_id == one.person_id
        left[source.id] += one.amount
    for row in db.session.scalars(sa.select(Allocation)):
        assert payments[row.payment_id].person_id == charges[row.charge_id].person_id
        pays[row.payment_id, row.charge_id] += row.amount
    assert all(part >= 0 for part in pays.values())
    for (payment, _charge), part in pays.items():
        left[payment] -= part
    assert all(rest >= 0 for rest in left.values()), "more was allotted than received"
    assert {number: paying.left_of(payments[number]) for number in left} == dict(left)
    credit, suspense = Counter[int](), 0
    for number, rest in left.items():
        if (owner := payments[number].person_id) is None:
            suspense += rest
        else:
            credit[owner] += rest
    assert queries.credit_of(None) == {person: rest for person, rest in credit.items() if rest}
    assert sum(one.amount for one in payments.values()) == sum(pays.values()) + sum(credit.values()) + suspense
    asked = Counter({one.id: one.amount for one in charges.values()})
    for change in db.session.scalars(sa.select(Adjustment)):
        asked[change.charge_id] += change.amount
    for (_payment, charge), part in pays.items():
        asked[charge] -= part
    assert all(rest >= 0 for rest in asked.values()), "more was paid than asked for"


def _balances(on: date) -> None:
    """Of every person: what the rows sum to is what is shown as owed, who is listed as behind, and what the standing says."""
    charges = db.session.scalars(sa.select(Charge).where(Charge.charged_on <= on)).all()
    open_ = Counter({one.id: one.amount for one in charges})
    for row in db.session.scalars(sa.select(Adjustment).where(Adjustment.adjusted_on <= on)):
        open_[row.charge_id] += row.amount
    for row in db.session.scalars(sa.select(Allocation).where(Allocation.allotted_on <= on)):
        open_[row.charge_id] -= row.amount
    owed, late = Counter[int](), Counter[int]()
    for one in charges:
        owed[one.person_id] += open_[one.id]
        if one.due_on < on and open_[one.id] > 0:
            late[one.person_id] += open_[one.id]
    items = queries.items_of(None, on)
    shown = {person: sum(one.open for one in some) for person, some in items.items()}
    assert {person: rest for person, rest in shown.items() if rest} == {person: rest for person, rest in owed.items() if rest}
    assert {one.person_id: one.amount for one in arrears.behind(Everybody(), on)} == dict(late)
    kept, everybody, found = arrears.kept_plans(on), standings.everybody(on), standings.standings(None, on)
    for stay in db.session.scalars(sa.select(Membership)):
        one = found[stay.id]
        assert everybody.of(stay.id) == one, "what is remembered is what would be read"
        is_member = stay.joined_on <= on and (stay.left_on is None or stay.left_on > on)
        unpaid = months_unpaid(items.get(stay.person_id, ()), on)
        assert (one.member, one.months) == (is_member, unpaid if is_member else 0)
        assert one.good == is_member if unpaid < LIMIT else not one.good or stay.person_id in kept


def pages_say_what_lists_say() -> None:
    on = TODAY + timedelta(1)
    lists = standings.standings(None, on)
    behind = {one.person_id: one for one in arrears.behind(Everybody(), on)}
    for stay in db.session.scalars(sa.select(Membership)):
        assert standings.of_person(stay.person_id, on)[stay.id].standing == lists[stay.id]
        assert arrears.of_person(stay.person_id, on) == behind.get(stay.person_id)


def _receipts() -> None:
    """Numbers without a gap; a living receipt is of money that was not taken back."""
    rows = db.session.scalars(sa.select(Receipt).order_by(Receipt.serial)).all()
    assert [one.serial for one in rows] == [*range(1, len(rows) + 1)]
    taken_back = set(db.session.scalars(sa.select(Payment.reverses_id).where(Payment.kind == "reversed")))
    assert not [one for one in rows if one.voided_at is None and one.payment_id in taken_back]
    living = Counter(one.payment_id for one in rows if one.voided_at is None)
    assert set(living.values()) <= {1}
    amounts = dict(db.session.execute(sa.select(Payment.id, Payment.amount)).all())
    assert not [one for one in rows if one.amount != amounts[one.payment_id]]


HISTORIES = st.lists(st.tuples(st.sampled_from(ACTS), st.lists(st.integers(0, 10_000), min_size=9, max_size=9)), min_size=3, max_size=14)


def test_no_history_makes_them_contradict(union):
    furnish(3)
    with work():
        db.session.add(CharterValue(key="charter.good_standing_months", value=str(LIMIT), valid_from=date(2000, 1, 1), clause="第 9 條"))

    @settings(max_examples=30 if db.engine.dialect.name == "sqlite" else 8, suppress_health_check=[HealthCheck.too_slow])
    @given(HISTORIES)
    def search(acts: list[tuple[Callable[[Draw], None], list[int]]]) -> None:
        with history():
            for act, drawn in acts:
                happens(act, drawn)
                nothing_contradicts()
            pages_say_what_lists_say()

    search()


def happens(act: Callable[[Draw], None], drawn: list[int]) -> None:
    """An act that the services refuse leaves nothing; that they refuse is no fault."""
    numbers = iter([*drawn, *[0] * 50])
    note(f"{act.__name__} {drawn}")
    try:
        with db.session.begin_nested():
            act(lambda below: next(numbers) % max(below, 1))
    except RuleBroken as refused:
        note(f"  refused: {refused.problems[0].code or refused.problems[0].text}")
    db.session.expire_all()
