"""Reads of receipts: what a payment would have on its own, who has one, and which one a code names."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.db import db, keyring, plain
from unionops.members.models import Allocation, Charge, Payment, Person, Receipt
from unionops.members.queries.dues import total
from unionops.members.queries.stays import member_number
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.dues import SchemeKind
from unionops.members.rules.receipts import Part

AT_ONCE = 5_000
"""Ids that one statement names."""


class Told(NamedTuple):
    """A payment as its receipt needs it. ``back`` is what was given back of it (negative), ``is_taken_back`` whether it did not hold;
    ``receipt`` the number of the receipt that holds."""

    id: int
    person_id: int | None
    kind: str
    channel: str
    amount: int
    received_on: Any
    note: str
    name: str | None
    number: str | None
    by: str | None
    back: int
    is_taken_back: bool
    receipt: str


def told(payment_ids: Sequence[int]) -> dict[int, Told]:
    """id → what a receipt says of each payment; locked until the end of the unit, so that none gets two."""
    found: dict[int, Told] = {}
    for some in _few(payment_ids):
        db.session.execute(sa.select(Payment.id).where(Payment.id.in_(some)).order_by(Payment.id).with_for_update())
        back: dict[int, tuple[int, bool]] = {}
        for first, kind, amount in plain(
            sa.select(Payment.reverses_id, Payment.kind, total(Payment.amount)).where(Payment.reverses_id.in_(some))
            .group_by(Payment.reverses_id, Payment.kind)
        ):
            before = back.get(first, (0, False))
            back[first] = before[0] + int(amount), before[1] or kind == PaymentKind.REVERSED
        living = plain(sa.select(Receipt.payment_id, Receipt.year, Receipt.series, Receipt.serial).where(Receipt.payment_id.in_(some), Receipt.voided_at.is_(None)))
        held = {payment: number_of(year, series, serial) for payment, year, series, serial in living}
        for row in plain(
            sa.select(
                Payment.id, Payment.person_id, Payment.kind, Payment.channel, Payment.amount, Payment.received_on, Payment.note, Person.name,
                member_number(Payment.person_id).label("number"), User.name.label("by"),
            )
            .outerjoin(Person, Person.id == Payment.person_id).outerjoin(User, User.id == Payment.by_user_id).where(Payment.id.in_(some))
        ):
            found[row.id] = Told(*row, *back.get(row.id, (0, False)), held.get(row.id, ""))
    return found


def parts_of(payment_ids: Sequence[int]) -> dict[int, list[Part]]:
    """id → what each payment pays now."""
    amount = total(Allocation.amount)
    found: dict[int, list[Part]] = {}
    for some in _few(payment_ids):
        for payment, text, kind, period_on, months, part in plain(
            sa.select(Allocation.payment_id, Charge.text, Charge.kind, Charge.period_on, Charge.months, amount)
            .join(Charge, Charge.id == Allocation.charge_id).where(Allocation.payment_id.in_(some))
            .group_by(Allocation.payment_id, Charge.id, Charge.text, Charge.kind, Charge.period_on, Charge.months, Charge.order).having(amount != 0)
            .order_by(Allocation.payment_id, Charge.period_on, Charge.order, Charge.id)
        ):
            found.setdefault(payment, []).append(Part(text, SchemeKind(kind), period_on, months, int(part)))
    return found


def living_of(payment_id: int) -> Receipt | None:
    """The receipt of a payment that holds."""
    return db.session.scalar(sa.select(Receipt).where(Receipt.payment_id == payment_id, Receipt.voided_at.is_(None)))


class Printing(NamedTuple):
    """How a receipt stands for whoever prints it."""

    times: int
    is_void: bool


def printings(receipt_ids: Sequence[int], *, lock: bool = False) -> dict[int, Printing]:
    """id → how these receipts stand; with ``lock`` they stay so until the end of the unit."""
    wanted = sa.select(Receipt.id, Receipt.printed, Receipt.voided_at).where(Receipt.id.in_(receipt_ids)).order_by(Receipt.id)
    return {row.id: Printing(row.printed, row.voided_at is not None) for row in db.session.execute(wanted.with_for_update() if lock else wanted)}


def number_of(year: int, series: str, serial: int) -> str:
    """115A000123, as ``Receipt.number`` says it."""
    return f"{year}{series}{serial:06d}"


def _few(ids: Iterable[int]) -> Iterator[list[int]]:
    wanted = list(ids)
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]


# --- the code on a receipt --------------------------------------------------------------------------------------------


def token_of(receipt_id: int) -> str:
    """What the QR code of a receipt carries: which one it is and a signature of 128 bits, nothing that names a person."""
    # Receipts are kept for years: signed with the key that never changes, so that a new session key does not void them.
    signature = base64.urlsafe_b64encode(bytes.fromhex(keyring().blind(str(receipt_id), "receipt.token"))).decode().rstrip("=")
    return f"{receipt_id}.{signature}"


def by_token(token: str) -> Receipt | None:
    """The receipt that a genuine code names; None for anything that this union did not sign."""
    number, _dot, _signature = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and hmac.compare_digest(token_of(int(number)).encode(), token.encode())):
        return None
    return db.session.get(Receipt, int(number))
