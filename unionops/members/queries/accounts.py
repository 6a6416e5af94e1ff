"""Reads of payments and of one person's account: what is owed and paid, who took it, which receipts there are; lists of payments.

Whoever is limited to units sees the payments of the people there; money in suspense belongs to nobody yet and is shown to those only who
see everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import aliased

from unionops.core.accounts.models import User
from unionops.core.db import db, plain
from unionops.members.models import Adjustment, Allocation, Charge, Exemption, Membership, Payment, Person, Receipt, Scheme
from unionops.members.queries.dues import charges_as_of, total
from unionops.members.queries.receipts import number_of
from unionops.members.queries.stays import member_number
from unionops.members.queries.visibility import visible_people
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.dues import Item, SchemeKind

# --- who is at the desk -----------------------------------------------------------------------------------------------


def by_number(user: Any, typed: str) -> int | None:
    """The person who has this member number, if this user may see him."""
    wanted = sa.select(Membership.person_id).where(Membership.number == typed)
    people = visible_people(user)
    return db.session.scalar(wanted.where(Membership.person_id.in_(people)) if people is not None else wanted)


class Brief(NamedTuple):
    """A person in one line."""

    id: int
    name: str
    number: str
    died_on: date | None
    merged_into_id: int | None
    left_on: date | None
    joined_on: date | None
    membership_id: int | None


def briefs(people: Iterable[int]) -> dict[int, Brief]:
    """Several people in one statement, each with the newest membership."""
    newest = aliased(Membership)
    last = sa.select(sa.func.max(newest.id)).where(newest.person_id == Person.id).scalar_subquery()
    rows = plain(
        sa.select(Person.id, Person.name, Membership.number, Person.died_on, Person.merged_into_id, Membership.left_on, Membership.joined_on, Membership.id)
        .outerjoin(Membership, Membership.id == last).where(Person.id.in_(list(people)))
    )
    return {row.id: Brief(row.id, row.name, row.number or "", *row[3:]) for row in rows}


def state_of(person_id: int) -> str:
    """What changes whenever anything about a person's money does: what two at once with the same person are told apart by."""
    charged = sa.select(sa.func.count(Charge.id), sa.func.coalesce(sa.func.max(Charge.id), 0)).where(Charge.person_id == person_id)
    paid = sa.select(sa.func.count(Payment.id), sa.func.coalesce(sa.func.max(Payment.id), 0)).where(Payment.person_id == person_id)
    changed = sa.select(sa.func.count(Adjustment.id), sa.func.coalesce(sa.func.max(Adjustment.id), 0)).join(Charge, Charge.id == Adjustment.charge_id).where(Charge.person_id == person_id)
    given = sa.select(sa.func.count(Allocation.id), sa.func.coalesce(sa.func.max(Allocation.id), 0)).join(Payment, Payment.id == Allocation.payment_id).where(Payment.person_id == person_id)
    return ".".join(f"{count}-{last}" for count, last in plain(sa.union_all(*(
        one.add_columns(sa.literal(at).label("at")) for at, one in enumerate((charged, paid, changed, given))
    )).order_by(sa.text("at"))).columns(0, 1))


# --- one person's account ---------------------------------------------------------------------------------------------


class Owed(NamedTuple):
    """A charge as of a day, with its wording and why it is as it is."""

    item: Item
    text: str
    why: str
    run_id: int | None


def charges(person_id: int, on: date | None, *, open_only: bool = False) -> list[Owed]:
    """The charges of one person as of a day, the newest period first."""
    wanted = charges_as_of([person_id], on, open_only=open_only).add_columns(Charge.text, Charge.why, Charge.run_id)
    return [
        Owed(Item(row.id, SchemeKind(row.kind), row.charged_on, row.due_on, row.period_on, row.order, row.months, row.amount, row.open), row.text, row.why, row.run_id)
        for row in plain(wanted.order_by(Charge.period_on.desc(), Charge.order, Charge.id))
    ]


def adjustments(person_id: int) -> list[Any]:
    """What changed the charges of one person afterwards, the newest first: kind, amount, adjusted_on, why, resolution, text, period_on."""
    return list(plain(
        sa.select(Adjustment.kind, Adjustment.amount, Adjustment.adjusted_on, Adjustment.why, Adjustment.resolution, Charge.text, Charge.period_on)
        .join(Charge, Charge.id == Adjustment.charge_id).where(Charge.person_id == person_id).order_by(Adjustment.id.desc())
    ))


def exemptions(person_id: int) -> list[Any]:
    """Who pays less: from_on, until_on, percent, reason, basis, title of the scheme."""
    return list(plain(
        sa.select(Exemption.from_on, Exemption.until_on, Exemption.percent, Exemption.reason, Exemption.basis, Scheme.title)
        .outerjoin(Scheme, Scheme.id == Exemption.scheme_id).where(Exemption.person_id == person_id).order_by(Exemption.from_on.desc())
    ))


class Paid(NamedTuple):
    """A payment in a list. ``receipt`` is the number of the one that holds; ``at`` when it was booked."""

    id: int
    person_id: int | None
    kind: str
    channel: str
    received_on: date
    amount: int
    payer: str
    note: str
    at: datetime
    name: str | None
    number: str | None
    by: str | None
    receipt_id: int | None
    receipt: str


@dataclass(frozen=True)
class PaymentFilter:
    """Which payments a list shows."""

    channels: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    by: int | None = None
    kinds: tuple[str, ...] = ()
    person: int | None = None
    without_receipt: bool = False
    suspense: bool = False


def _payments(user: Any, wanted: PaymentFilter, *columns: Any) -> sa.Select[Any]:
    chosen = sa.select(*columns).select_from(Payment)
    people = visible_people(user)
    if people is not None:
        chosen = chosen.where(Payment.person_id.in_(people))
    if wanted.channels:
        chosen = chosen.where(Payment.channel.in_(wanted.channels))
    if wanted.first is not None:
        chosen = chosen.where(Payment.received_on >= wanted.first)
    if wanted.last is not None:
        chosen = chosen.where(Payment.received_on <= wanted.last)
    if wanted.by is not None:
        chosen = chosen.where(Payment.by_user_id == wanted.by)
    if wanted.kinds:
        chosen = chosen.where(Payment.kind.in_(wanted.kinds))
    if wanted.person is not None:
        chosen = chosen.where(Payment.person_id == wanted.person)
    if wanted.suspense:
        chosen = chosen.where(Payment.person_id.is_(None))
    if wanted.without_receipt:
        living, back = aliased(Receipt), aliased(Payment)
        has = sa.exists().where(living.payment_id == Payment.id, living.voided_at.is_(None))
        taken = sa.exists().where(back.reverses_id == Payment.id, back.kind == PaymentKind.REVERSED)
        chosen = chosen.where(Payment.kind == PaymentKind.RECEIVED, Payment.person_id.is_not(None), ~has, ~taken)
    return chosen


_SHOWN = (
    Payment.id, Payment.person_id, Payment.kind, Payment.channel, Payment.received_on, Payment.amount, Payment.payer, Payment.note, Payment.created_at,
    Person.name, member_number(Person.id).label("number"), User.name.label("by"), Receipt.id.label("receipt_id"), Receipt.year, Receipt.series, Receipt.serial,
)


def _with_words(user: Any, wanted: PaymentFilter) -> sa.Select[Any]:
    return (
        _payments(user, wanted, *_SHOWN).outerjoin(Person, Person.id == Payment.person_id).outerjoin(User, User.id == Payment.by_user_id)
        .outerjoin(Receipt, sa.and_(Receipt.payment_id == Payment.id, Receipt.voided_at.is_(None)))
    )


def _paid(row: Any) -> Paid:
    return Paid(*row[:13], number_of(row.year, row.series, row.serial) if row.receipt_id else "")


def payments(user: Any, wanted: PaymentFilter, *, limit: int, offset: int = 0) -> list[Paid]:
    """Payments that this user may see, the newest first."""
    found = _with_words(user, wanted).order_by(Payment.received_on.desc(), Payment.id.desc()).limit(limit).offset(offset)
    return [_paid(row) for row in plain(found)]


def payments_streamed(user: Any, wanted: PaymentFilter, size: int = 500) -> Iterator[list[Paid]]:
    """All of them, some hundred at a time, in the order in which they were booked."""
    last = 0
    while True:
        some = [_paid(row) for row in plain(_with_words(user, wanted).where(Payment.id > last).order_by(Payment.id).limit(size))]
        if not some:
            return
        yield some
        last = some[-1].id


def payment_ids(user: Any, wanted: PaymentFilter, most: int) -> list[int]:
    """Their ids in the order of the days, at most so many."""
    return list(db.session.scalars(_payments(user, wanted, Payment.id).order_by(Payment.received_on, Payment.id).limit(most)))


def summed(user: Any, wanted: PaymentFilter) -> tuple[int, int]:
    """How many payments, and NT$ in all."""
    count, amount = plain(_payments(user, wanted, sa.func.count(), total(Payment.amount))).one()
    return count, int(amount or 0)


def takers() -> list[tuple[int, str]]:
    """Who has booked payments, by name."""
    return [tuple(row) for row in plain(sa.select(User.id, User.name).where(User.id.in_(sa.select(Payment.by_user_id).distinct())).order_by(User.name))]


# --- one payment ------------------------------------------------------------------------------------------------------


def payment_for(user: Any, payment_id: int) -> Payment:
    """The payment, or 404 when there is none that this user may see."""
    found = db.session.scalar(_payments(user, PaymentFilter(), Payment).where(Payment.id == payment_id))
    return found if found is not None else abort(404)


def allotments(payment_id: int) -> list[Any]:
    """What a payment pays and has paid, the newest first: amount, allotted_on, text, period_on, due_on, charge_id."""
    return list(plain(
        sa.select(Allocation.amount, Allocation.allotted_on, Charge.text, Charge.kind, Charge.period_on, Charge.months, Charge.id.label("charge_id"))
        .join(Charge, Charge.id == Allocation.charge_id).where(Allocation.payment_id == payment_id).order_by(Allocation.id.desc())
    ))


def given_back(payment_id: int) -> list[Payment]:
    """The negative payments that took this one back, in part or whole."""
    return list(db.session.scalars(sa.select(Payment).where(Payment.reverses_id == payment_id).order_by(Payment.id)))


def _of_nobody() -> Any:
    back = aliased(Payment)
    given = sa.select(sa.func.coalesce(sa.func.sum(back.amount), 0)).where(back.reverses_id == Payment.id).scalar_subquery()
    rest = Payment.amount + given
    return sa.select(
        Payment.id, Payment.received_on, Payment.channel, Payment.amount, Payment.payer, Payment.note, rest.label("left"),
    ).where(Payment.person_id.is_(None), Payment.kind == PaymentKind.RECEIVED, rest > 0).subquery()


_LEFT = _of_nobody()
SUSPENSE = sa.select(sa.func.count().label("payments"), total(_LEFT.c.left).label("amount"), sa.func.min(_LEFT.c.received_on).label("oldest")).select_from(_LEFT)


def suspense() -> tuple[int, int, date | None]:
    """Money whose payer is unknown and that was not given back: how many payments, NT$, the oldest day."""
    count, amount, oldest = plain(SUSPENSE).one()
    return count, int(amount or 0), oldest


def in_suspense(*, limit: int, offset: int = 0) -> list[Any]:
    """The longest waiting first: id, received_on, channel, amount, payer, note, left."""
    return list(plain(sa.select(_LEFT).order_by(_LEFT.c.received_on, _LEFT.c.id).limit(limit).offset(offset)))


# --- receipts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReceiptFilter:
    """Which receipts a list shows; ``first`` and ``last`` are days of issue, ``serials`` a range of numbers."""

    year: int | None = None
    series: str = ""
    first: date | None = None
    last: date | None = None
    serials: tuple[int, int] | None = None
    void: bool | None = None
    person: int | None = None
    payment: int | None = None


def receipts(user: Any, wanted: ReceiptFilter, *columns: Any) -> sa.Select[Any]:
    """SELECT of receipts that this user may see, joined with their payments."""
    chosen = sa.select(*columns).select_from(Receipt).join(Payment, Payment.id == Receipt.payment_id)
    people = visible_people(user)
    if people is not None:
        chosen = chosen.where(Payment.person_id.in_(people))
    if wanted.year is not None:
        chosen = chosen.where(Receipt.year == wanted.year)
    if wanted.series:
        chosen = chosen.where(Receipt.series == wanted.series)
    if wanted.first is not None:
        chosen = chosen.where(Receipt.issued_on >= wanted.first)
    if wanted.last is not None:
        chosen = chosen.where(Receipt.issued_on <= wanted.last)
    if wanted.serials is not None:
        chosen = chosen.where(Receipt.serial.between(*wanted.serials))
    if wanted.void is not None:
        chosen = chosen.where(Receipt.voided_at.is_not(None) if wanted.void else Receipt.voided_at.is_(None))
    if wanted.person is not None:
        chosen = chosen.where(Payment.person_id == wanted.person)
    if wanted.payment is not None:
        chosen = chosen.where(Receipt.payment_id == wanted.payment)
    return chosen


def receipt_rows(user: Any, wanted: ReceiptFilter, *, limit: int, offset: int = 0) -> list[Any]:
    """The newest number first: the receipt, the payer's name now, who made it."""
    return list(db.session.execute(
        receipts(user, wanted, Receipt, Person.name, User.name).outerjoin(Person, Person.id == Payment.person_id)
        .outerjoin(User, User.id == Receipt.by_user_id)
        .order_by(Receipt.year.desc(), Receipt.series, Receipt.serial.desc()).limit(limit).offset(offset)
    ))


def receipt_for(user: Any, receipt_id: int) -> Receipt:
    """The receipt, or 404 when there is none that this user may see."""
    found = db.session.scalar(receipts(user, ReceiptFilter(), Receipt).where(Receipt.id == receipt_id))
    return found if found is not None else abort(404)


def series_in_use() -> list[str]:
    return list(db.session.scalars(sa.select(Receipt.series).distinct().order_by(Receipt.series)))
