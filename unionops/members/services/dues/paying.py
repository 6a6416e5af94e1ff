"""Money that comes in, is allotted, allotted otherwise, and goes back. Each act posts its voucher in the same unit.

Who pays is locked while it happens: of two cashiers with the same person the second sees what the first one did. Always the person
first, then the payment: two acts on the same money wait for each other and never for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import bulk_insert, db, hold_data, lock_row
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.rules import chart
from unionops.finance.services import Draft
from unionops.members.models import Allocation, Charge, Payment, Person
from unionops.members.queries import accounts, survivors
from unionops.members.queries import dues as queries
from unionops.members.queries import receipts as receipts_read
from unionops.members.rules import collecting as rules
from unionops.members.rules.collecting import Channel, PaymentKind
from unionops.members.rules.dues import Item, SchemeKind, allot, by_order
from unionops.members.services.dues import receipts
from unionops.values.problems import RuleBroken, problem, words
from unionops.values.refs import Ref

RECEIVED = recording.sentence("dues.received", _l("收 %(name)s %(amount)s 元（%(channel)s）"))
IN_SUSPENSE = recording.sentence("dues.in_suspense", _l("暫收 %(amount)s 元，付款人待查"))
IDENTIFIED = recording.sentence("dues.identified", _l("暫收款 %(amount)s 元查明為 %(name)s 所繳"))
REVERSED = recording.sentence("dues.reversed", _l("沖回 %(name)s %(on)s 的收款 %(amount)s 元：%(why)s"))
REFUNDED = recording.sentence("dues.refunded", _l("退還 %(name)s 溢繳款 %(amount)s 元：%(why)s"))
REALLOTTED = recording.sentence("dues.reallotted", _l("重新沖帳 %(name)s 的收款"))

MANY = recording.sentence("dues.received_many", _l("入帳 %(count)s 筆，共 %(amount)s 元"))


class Source(NamedTuple):
    """Where a payment was told of, if not at the counter; money that a collector kept (``fee``) is our cost."""

    statement_line_id: int | None = None
    checkoff_line_id: int | None = None
    bank_account_id: int | None = None
    fee: int = 0


NOWHERE = Source()


def receive(
    person: Person | None, *, amount: int | None, received_on: date | None, channel: Channel, today: date, payer: str = "", note: str = "",
    to: Sequence[tuple[int, int]] | None = None, source: Source = NOWHERE, seen: str | None = None,
) -> Payment:
    """Books money received. It pays the person's open charges in the stated order, or those of ``to`` (charge id, NT$); what is left
    is the person's credit. Without a person it is in suspense. ``seen`` is the state of the account (``queries.accounts.state_of``) that
    somebody looked at when he took the money. Raises RuleBroken, also when that has moved."""
    is_closed = received_on is not None and books.is_closed(received_on)
    if problems := rules.payment_problems(amount, received_on, today=today, is_closed=is_closed, since=books.begins_on()):
        raise RuleBroken(*problems)
    assert amount is not None
    assert received_on is not None
    made = Payment(
        person_id=person.id if person else None, channel=channel, received_on=received_on, amount=amount, payer=payer, note=note,
        statement_line_id=source.statement_line_id, checkoff_line_id=source.checkoff_line_id, by_user_id=recording.actor()[0],
    )
    parts: list[tuple[Item, int]] = []
    if person is not None:
        _hold_person(person)
        if seen is not None and seen != accounts.state_of(person.id):
            raise RuleBroken(problem("", "這位會員的帳剛剛有異動（可能別的櫃檯已經收款），請看過現在的金額再收。", code="moved"))
        parts = _chosen(queries.items_of([person.id]).get(person.id, []), amount, to)
        recording.describe(RECEIVED, person, name=person.name, amount=amount, channel=words(rules.CHANNEL_WORDS[channel]))
    else:
        recording.describe(IN_SUSPENSE, amount=amount)
    db.session.add(made)
    db.session.flush()  # Allotments and the voucher point to the payment.
    _allot(made, parts, received_on)
    entries = rules.receipt_entries(
        channel.account, amount, _by_kind(parts), fee=source.fee, is_known=person is not None, bank_account_id=source.bank_account_id
    )
    ledger.post(Draft(received_on, _words(person.name if person else None, channel), entries, Ref("payment", made.id)), today=today)
    return made


class Received(NamedTuple):
    """One of many payments told of by a file. ``to`` as in ``receive``; None pays the person's oldest."""

    person_id: int | None
    amount: int
    received_on: date
    channel: Channel
    source: Source
    payer: str = ""
    note: str = ""
    to: Sequence[tuple[int, int]] | None = None


def receive_many(payments: Sequence[Received], *, today: date) -> list[int]:
    """Books very many payments set-based, in their order, each as ``receive`` would; gives their ids. All or none; raises RuleBroken.

    Two payments of one person in a batch see each other: the second pays what the first left open.
    """
    one_batch_at_a_time()  # Nobody merges records meanwhile, either.
    # A file may name somebody whose record was merged since it was matched: the money is that of the record that stayed.
    stayed = survivors({one.person_id for one in payments if one.person_id is not None})
    payments = [one._replace(person_id=stayed.get(one.person_id, one.person_id)) if one.person_id is not None else one for one in payments]
    hold_people(one.person_id for one in payments if one.person_id is not None)
    closed, since = books.closed_months(one.received_on for one in payments), books.begins_on()
    for one in payments:
        is_closed = (one.received_on.year - 1911, one.received_on.month) in closed
        if problems := rules.payment_problems(one.amount, one.received_on, today=today, is_closed=is_closed, since=since):
            raise RuleBroken(*problems)
    people = {one.person_id for one in payments if one.person_id is not None}
    items = queries.items_of(people)
    names = dict(db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(people) if len(people) <= queries.MANY else sa.true())).all())
    allotted: list[list[tuple[Item, int]]] = []
    for one in payments:
        mine = items.get(one.person_id, []) if one.person_id is not None else []
        parts = _chosen(mine, one.amount, one.to) if one.person_id is not None else []
        taken = {item.id: part for item, part in parts}
        if taken and one.person_id is not None:
            items[one.person_id] = [item._replace(open=item.open - taken.get(item.id, 0)) for item in mine]
        allotted.append(parts)
    ids = _insert(payments)
    bulk_insert(Allocation.__table__, ("payment_id", "charge_id", "amount", "allotted_on"), [
        (number, item.id, part, max(one.received_on, item.charged_on))
        for number, one, parts in zip(ids, payments, allotted, strict=True) for item, part in parts
    ], reason="allocation")
    ledger.post_many([
        Draft(
            one.received_on, _words(names.get(one.person_id or 0), one.channel),
            rules.receipt_entries(
                one.channel.account, one.amount, _by_kind(parts), fee=one.source.fee, is_known=one.person_id is not None,
                bank_account_id=one.source.bank_account_id,
            ),
            Ref("payment", number),
        )
        for number, one, parts in zip(ids, payments, allotted, strict=True)
    ], today=today, now=clock.now())
    recording.describe(MANY, count=len(payments), amount=sum(one.amount for one in payments))
    return ids


def _insert(payments: Sequence[Received]) -> list[int]:
    by, now = recording.actor()[0], clock.now()
    last = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(Payment.id), 0)))
    columns = (
        "person_id", "kind", "channel", "received_on", "amount", "payer", "note", "statement_line_id", "checkoff_line_id", "by_user_id", "created_at",
    )
    bulk_insert(Payment.__table__, columns, [
        (
            one.person_id, PaymentKind.RECEIVED.value, one.channel.value, one.received_on, one.amount, one.payer, one.note, one.source.statement_line_id,
            one.source.checkoff_line_id, by, now,
        )
        for one in payments
    ], reason="payment")
    mine = sa.select(Payment.id, Payment.person_id, Payment.amount).where(Payment.id > last, Payment.created_at == now, Payment.by_user_id == by if by is not None else Payment.by_user_id.is_(None))
    rows = db.session.execute(mine.order_by(Payment.id)).all()
    # Rows are numbered in the order in which they were handed over; if a database did otherwise, nothing may be written.
    if [(person, amount) for _id, person, amount in rows] != [(one.person_id, one.amount) for one in payments]:
        raise RuntimeError("the database numbered the inserted rows in another order")
    return [row.id for row in rows]


def one_batch_at_a_time(*others: str) -> None:
    """Whoever bills or books many at once waits here for the other, and then sees what the other wrote. ``others`` are the bodies of data
    beside the dues that this unit is going to change: all are held together (the order of locks stands in ``core.db``)."""
    hold_data("dues", *others)


def _chosen(items: list[Item], amount: int, to: Sequence[tuple[int, int]] | None) -> list[tuple[Item, int]]:
    known = {one.id: one for one in items}
    if to is None:
        parts, _rest = allot(items, amount)
        return [(known[number], part) for number, part in parts]
    if sum(part for _number, part in to) > amount:
        raise RuleBroken(problem("to", "分配的金額超過收到的金額。", code="allotted_too_much"))
    for number, part in to:
        if number not in known or not 0 < part <= known[number].open:
            raise RuleBroken(problem("to", "這筆應收款的未繳金額已經變動，請重新選擇。", code="charge_changed"))
    return [(known[number], part) for number, part in to]


def _allot(payment: Payment, parts: Iterable[tuple[Item, int]], on: date) -> None:
    """A charge cannot be paid before it was charged: an allotment never counts from earlier."""
    for one, part in parts:
        db.session.add(Allocation(payment_id=payment.id, charge_id=one.id, amount=part, allotted_on=max(on, one.charged_on)))


def _by_kind(parts: Iterable[tuple[Item, int]]) -> list[tuple[SchemeKind, int]]:
    return [(one.kind, part) for one, part in parts]


def _words(name: str | None, channel: Channel) -> str:
    return f"收{rules.CHANNEL_WORDS[channel]}{' ' + name if name else '，付款人待查'}"


def identify(payment: Payment, person: Person, *, today: date, to: Sequence[tuple[int, int]] | None = None) -> None:
    """Money in suspense turns out to be somebody's: it pays what he owes, from the day it came. Raises RuleBroken."""
    _hold_person(person)
    lock_row(payment)
    if payment.person_id is not None or payment.kind != PaymentKind.RECEIVED:
        raise RuleBroken(problem("", "這筆款已經有人，不能再指定。", code="not_in_suspense"))
    free = left_of(payment)
    if free <= 0:
        raise RuleBroken(problem("", "這筆款已經沖回或退還。", code="given_back"))
    parts = _chosen(queries.items_of([person.id]).get(person.id, []), free, to)
    payment.person_id = person.id
    for back in db.session.scalars(sa.select(Payment).where(Payment.reverses_id == payment.id)):
        back.person_id = person.id  # What was given back of it was given back to this person.
    _allot(payment, parts, payment.received_on)
    given = sum(part for _one, part in parts)
    entries = [*rules.allotment_entries(_by_kind(parts), out_of=chart.SUSPENSE)] if parts else []
    if free > given:
        entries += [*rules.moved_entries(chart.SUSPENSE, chart.IN_ADVANCE, free - given)]
    ledger.post(Draft(today, f"暫收款查明：{person.name}", entries, Ref("payment", payment.id)), today=today)
    recording.describe(IDENTIFIED, person, name=person.name, amount=free)


def use_credit(person: Person, *, today: date) -> int:
    """Lets what a person paid too much pay what is open, the oldest of both first; NT$ used."""
    lock_row(person)
    items = by_order(queries.items_of([person.id]).get(person.id, []))
    used: list[tuple[Item, int]] = []
    for number, free in queries.unallotted(person.id):
        parts, _rest = allot(items, free) if free > 0 else ([], 0)
        known = {one.id: one for one in items}
        payment = db.session.get_one(Payment, number)
        chosen = [(known[charge], part) for charge, part in parts]
        _allot(payment, chosen, today)
        used += chosen
        taken = dict(parts)
        items = [one._replace(open=one.open - taken.get(one.id, 0)) for one in items]
    total = sum(part for _one, part in used)
    if total:
        ledger.post(Draft(today, f"溢繳款抵繳：{person.name}", rules.allotment_entries(_by_kind(used)), Ref("person", person.id)), today=today)
        recording.describe(REALLOTTED, person, name=person.name)
    return total


def reallot(payment: Payment, *, to: Sequence[tuple[int, int]], today: date) -> None:
    """Allots a payment otherwise: what it paid is taken back, and it pays ``to`` instead. Raises RuleBroken."""
    person = _owner(payment)
    lock_row(person)
    before = allotted_of(payment)
    _take_back(payment, before, today)
    db.session.flush()  # What is open is read again.
    free = left_of(payment)
    parts = _chosen(queries.items_of([person.id]).get(person.id, []), free, to)
    _allot(payment, parts, today)
    moves = [*((kind, -part) for _charge, kind, part in before), *_by_kind(parts)]
    if entries := rules.allotment_entries(moves):
        ledger.post(Draft(today, f"重新沖帳：{person.name}", entries, Ref("payment", payment.id)), today=today)
    recording.describe(REALLOTTED, person, name=person.name)


def release(charge_ids: Iterable[int], *, today: date) -> None:
    """Of charges that were lessened below what was paid on them, gives the excess back to the payments it came from, the newest first:
    it is their payer's credit now."""
    charges = list(charge_ids)
    over = {row.id: row for row in db.session.execute(queries.charges_as_of(None, None, open_only=True).where(Charge.id.in_(charges))) if row.open < 0}
    if not over:
        return
    total = queries.total(Allocation.amount)
    paid = db.session.execute(
        sa.select(Allocation.charge_id, Allocation.payment_id, total, sa.func.max(Allocation.allotted_on)).where(Allocation.charge_id.in_(over))
        .group_by(Allocation.charge_id, Allocation.payment_id).having(total > 0).order_by(Allocation.charge_id, Allocation.payment_id.desc())
    )
    excess = {number: -row.open for number, row in over.items()}
    moves: list[tuple[SchemeKind, int]] = []
    for charge, payment, amount, began in paid:
        if part := min(excess[charge], int(amount)):
            db.session.add(Allocation(payment_id=payment, charge_id=charge, amount=-part, allotted_on=max(today, began)))
            moves.append((SchemeKind(over[charge].kind), -part))
            excess[charge] -= part
    ledger.post(Draft(today, "應收減少，已繳部分轉為溢繳", rules.allotment_entries(moves)), today=today)


def take_back(payment: Payment, *, why: str, on: date | None, today: date) -> Payment:
    """Takes back a payment that did not hold: booked wrongly, a cheque that bounced, a transfer that the bank reversed. What it paid is
    open again from ``on``, and its receipt is void. Out of the bank goes what came in: what was kept on the way is no cost any more.
    Raises RuleBroken."""
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    person = hold(payment)
    back = free_if_released(payment)
    if payment.kind != PaymentKind.RECEIVED or back <= 0:
        raise RuleBroken(problem("", "這筆款已經沖回或退還。", code="given_back"))
    problems = rules.payment_problems(back, on, today=today, is_closed=on is not None and books.is_closed(on))
    if on is not None and on < payment.received_on:
        problems.append(problem("received_on", "沖回日不得早於收款日 %(day)s。", code="before_payment", day=payment.received_on))
    if problems:
        raise RuleBroken(*problems)
    assert on is not None
    before = allotted_of(payment)
    _take_back(payment, before, on)
    made = _negative(payment, back, PaymentKind.REVERSED, on, why, payment.channel)
    if (receipt := receipts_read.living_of(payment.id)) is not None:
        receipts.void(receipt, why=f"收款沖回：{why}", now=clock.now())
    entries = [one.turned for one in rules.receipt_entries(
        Channel(payment.channel).account, back, [(kind, part) for _charge, kind, part in before], fee=_fee_of(payment), is_known=person is not None,
        bank_account_id=_bank_account_of(payment),
    )]
    ledger.post(Draft(on, f"沖回收款：{why}"[:200], entries, Ref("payment", payment.id)), today=today)
    recording.describe(REVERSED, *([person] if person else []), name=person.name if person else "", on=payment.received_on, amount=back, why=why)
    return made


def take_back_all(payments: Sequence[Payment], *, why: str, on: date | None, today: date) -> None:
    """The same for several: who paid them is locked before the first voucher. Raises RuleBroken."""
    hold_people(one.person_id for one in payments if one.person_id is not None)
    for one in payments:
        take_back(one, why=why, on=on, today=today)


def refund(payment: Payment, *, amount: int | None, why: str, on: date | None, today: date, in_cash: bool = False, bank_account_id: int | None = None) -> Payment:
    """Gives back what a payment has left over, from the bank or out of the cash box. Raises RuleBroken when that is less."""
    person = hold(payment)
    free = max(left_of(payment), 0) if payment.kind == PaymentKind.RECEIVED else 0
    is_closed = on is not None and books.is_closed(on)
    if problems := rules.refund_problems(amount, on, free=free, why=why, in_cash=in_cash, received_on=payment.received_on, today=today, is_closed=is_closed):
        raise RuleBroken(*problems)
    assert amount is not None
    assert on is not None
    made = _negative(payment, amount, PaymentKind.REFUNDED, on, why, Channel.COUNTER if in_cash else Channel.BANK)
    out_of = chart.CASH_TO_BANK if in_cash else chart.BANK
    entries = [one.turned for one in rules.receipt_entries(out_of, amount, (), is_known=person is not None, bank_account_id=bank_account_id)]
    ledger.post(Draft(on, f"退還溢繳款：{person.name if person else '付款人待查'}", entries, Ref("payment", payment.id)), today=today)
    recording.describe(REFUNDED, *([person] if person else []), name=person.name if person else "", amount=amount, why=why)
    return made


def _negative(payment: Payment, amount: int, kind: PaymentKind, on: date, why: str, channel: str) -> Payment:
    made = Payment(
        person_id=payment.person_id, kind=kind.value, channel=channel, received_on=on, amount=-amount, note=why.strip()[:200], reverses_id=payment.id,
        by_user_id=recording.actor()[0],
    )
    db.session.add(made)
    db.session.flush()  # Its voucher points to it.
    return made


def _hold_person(person: Person) -> None:
    """Locks who pays. Raises RuleBroken for a record that was merged into another one, perhaps in this very moment."""
    lock_row(person)
    if person.merged_into_id is not None:
        raise RuleBroken(problem("", "這筆會員資料已併入另一筆，請改用保留的那一筆。", code="merged"))


def hold_people(some: Iterable[int] | sa.Select[tuple[int]]) -> None:
    """Locks all of these people until the end of the unit, in the order of their numbers: a cashier with one of them waits, and so do we
    for him. Whoever changes what very many owe asks ``one_batch_at_a_time`` before."""
    if isinstance(some, sa.Select):
        _lock(Person.id.in_(some))
        return
    wanted = sorted(set(some))
    for start in range(0, len(wanted), queries.MANY):
        _lock(Person.id.in_(wanted[start : start + queries.MANY]))


def _lock(who: sa.ColumnElement[bool]) -> None:
    db.session.execute(sa.select(Person.id).where(who).order_by(Person.id).with_for_update(key_share=True)).all()


def hold(payment: Payment) -> Person | None:
    """Locks who paid, then the payment; who paid, if that is known."""
    person = db.session.get(Person, payment.person_id) if payment.person_id is not None else None
    if person is not None:
        lock_row(person)
    lock_row(payment)
    if payment.person_id != (person.id if person is not None else None):  # Identified, or merged, while we waited.
        raise RuleBroken(problem("", "這筆收款剛剛有人異動，請重新查看。", code="payment_changed"))
    return person


def _bank_account_of(payment: Payment) -> int | None:
    """The account of the union that a payment came to, as its voucher says."""
    return next((one.bank_account_id for held in books.vouchers_of(Ref("payment", payment.id)) for one in held.entries if one.bank_account_id), None)


def _fee_of(payment: Payment) -> int:
    """NT$ that was kept on the way of a payment, as its vouchers say."""
    return sum(one.debit - one.credit for held in books.vouchers_of(Ref("payment", payment.id)) for one in held.entries if one.account == chart.FEES)


def _owner(payment: Payment) -> Person:
    if payment.person_id is None or payment.kind != PaymentKind.RECEIVED:
        raise RuleBroken(problem("", "這筆款還不知道是誰繳的，請先指定會員。", code="in_suspense"))
    return db.session.get_one(Person, payment.person_id)


def allotted_of(payment: Payment) -> list[tuple[int, SchemeKind, int]]:
    """(charge id, kind, NT$) that a payment pays now."""
    total = queries.total(Allocation.amount)
    found = db.session.execute(
        sa.select(Allocation.charge_id, Charge.kind, total).join(Charge, Charge.id == Allocation.charge_id)
        .where(Allocation.payment_id == payment.id).group_by(Allocation.charge_id, Charge.kind).having(total != 0).order_by(Allocation.charge_id)
    )
    return [(charge, SchemeKind(kind), int(amount)) for charge, kind, amount in found]


def left_of(payment: Payment) -> int:
    """NT$ of a payment that neither pays anything nor was given back."""
    back = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Payment.amount), 0)).where(Payment.reverses_id == payment.id))
    given = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount), 0)).where(Allocation.payment_id == payment.id))
    return payment.amount + int(back or 0) - int(given or 0)


def free_if_released(payment: Payment) -> int:
    """NT$ that a payment would have for other charges if all that it pays now were taken back."""
    return left_of(payment) + sum(part for _charge, _kind, part in allotted_of(payment))


def _take_back(payment: Payment, parts: Iterable[tuple[int, SchemeKind, int]], on: date) -> None:
    """Rows that undo, never before the rows they undo began to count."""
    began = dict(db.session.execute(
        sa.select(Allocation.charge_id, sa.func.max(Allocation.allotted_on)).where(Allocation.payment_id == payment.id).group_by(Allocation.charge_id)
    ).all())
    for charge, _kind, part in parts:
        db.session.add(Allocation(payment_id=payment.id, charge_id=charge, amount=-part, allotted_on=max(on, began[charge])))
