"""Reads of the cash boxes: what was taken in and given back at the counter since each cashier last counted, and the counts."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import aliased

from unionops.core import refs
from unionops.core.accounts.models import User
from unionops.core.db import db, plain
from unionops.members.models import CashCount, Payment, Person, Receipt
from unionops.members.queries.dues import total
from unionops.members.queries.receipts import number_of
from unionops.members.queries.visibility import visible_people, within
from unionops.members.rules.collecting import Channel, PaymentKind

_first = aliased(Payment)
box_owner = sa.case((Payment.kind == PaymentKind.REVERSED, _first.by_user_id), else_=Payment.by_user_id)
"""In whose box the money is: what was booked wrongly leaves the box that it was booked into, whoever takes it back."""


class Box(NamedTuple):
    """What one cashier took in and gave back in cash and has not counted yet, NT$; ``since`` is the oldest day."""

    user_id: int
    name: str
    payments: int
    expected: int
    since: date


def uncounted(*columns: Any) -> sa.Select[Any]:
    """SELECT of cash entries that no count has seen yet."""
    return (
        sa.select(*columns).select_from(Payment).outerjoin(_first, _first.id == Payment.reverses_id)
        .where(Payment.channel == Channel.COUNTER, Payment.cash_count_id.is_(None))
    )


IN_BOXES = uncounted(total(Payment.amount).label("amount"))


def boxes() -> list[Box]:
    """The boxes with something in them, by name."""
    found = plain(
        uncounted(box_owner.label("owner"), User.name, sa.func.count(), total(Payment.amount), sa.func.min(Payment.received_on))
        .join(User, User.id == box_owner).group_by(box_owner, User.name).order_by(User.name)
    )
    return [Box(*row) for row in found]


def box_of(user_id: int) -> Box | None:
    """The box of one cashier; None when nothing was taken in since the last count."""
    return next((one for one in boxes() if one.user_id == user_id), None)


def held(user_id: int) -> list[tuple[int, int]]:
    """(payment id, NT$) in one cashier's box, locked until the end of the unit."""
    mine = uncounted(Payment.id, Payment.amount).where(box_owner == user_id).order_by(Payment.id).with_for_update(of=Payment)
    return [(number, amount) for number, amount in db.session.execute(mine)]


HOLDS: sa.ColumnElement[bool] = sa.exists().where(Payment.cash_count_id == CashCount.id).correlate(CashCount)
"""Whether a count holds: it saw something when it was made, and sees nothing any more once it is undone."""


def holds(count: CashCount) -> bool:
    """The same for one count."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Payment.cash_count_id == count.id))))


def visible(user: Any) -> sa.Select[tuple[int]] | None:
    """SELECT of the counts this user may see; None for all. A count tells of everybody who paid: whoever is limited to units sees his own."""
    if not user.can("dues.read"):
        return refs.nobody(CashCount)
    return None if visible_people(within(user, "dues.read")) is None else sa.select(CashCount.id).where(CashCount.by_user_id == user.id)


def count_for(user: Any, count_id: int) -> CashCount:
    """The count, or 404 when there is none that this user may see."""
    found, chosen = db.session.get(CashCount, count_id), visible(user)
    if found is None or (chosen is not None and not refs.holds(chosen, count_id)):
        abort(404)
    return found


def counts(user: Any, *, limit: int, offset: int = 0) -> list[Any]:
    """Counts that this user may see, with who counted and whether they hold, the newest first."""
    wanted = sa.select(CashCount, User.name, HOLDS).join(User, User.id == CashCount.by_user_id).order_by(CashCount.id.desc())
    return list(db.session.execute(_seen(wanted, user).limit(limit).offset(offset)))


def count_of_counts(user: Any) -> int:
    """How many those are."""
    return db.session.scalar(_seen(sa.select(sa.func.count(CashCount.id)), user)) or 0


def _seen(wanted: sa.Select[Any], user: Any) -> sa.Select[Any]:
    chosen = visible(user)
    return wanted if chosen is None else wanted.where(CashCount.id.in_(chosen))


_TO_BANK: Any = sa.and_(CashCount.banked_on.is_(None), CashCount.counted > 0, HOLDS)
WITH_US = sa.select(total(CashCount.counted).label("amount")).where(_TO_BANK)


def to_bank() -> list[Any]:
    """Counts whose cash was not brought to the bank yet, the oldest first, with who counted."""
    return list(db.session.execute(sa.select(CashCount, User.name).join(User, User.id == CashCount.by_user_id).where(_TO_BANK).order_by(CashCount.id)))


def lines_of(count_id: int) -> list[Any]:
    """What was counted: received_on, name, number of its receipt, NT$; in the order of the days."""
    rows = plain(
        sa.select(Payment.received_on, Person.name, Receipt.year, Receipt.series, Receipt.serial, Payment.amount)
        .outerjoin(Person, Person.id == Payment.person_id)
        .outerjoin(Receipt, sa.and_(Receipt.payment_id == Payment.id, Receipt.voided_at.is_(None)))
        .where(Payment.cash_count_id == count_id).order_by(Payment.received_on, Payment.id)
    )
    return [Line(row.received_on, row.name or "", number_of(row.year, row.series, row.serial) if row.serial else "", row.amount) for row in rows]


class Line(NamedTuple):
    """One entry that a count saw."""

    received_on: date
    name: str
    receipt: str
    amount: int
