"""Reads of what members owe and paid: open items, credit, balances. Set-based: for one person or for everybody, the same statements.

As of a day unless said otherwise: an adjustment counts from ``adjusted_on``, an allotment from ``allotted_on``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db, plain, unhindered
from unionops.members.models import Adjustment, Allocation, Charge, Payment, Scheme, SchemeTerms
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.dues import AmountBasis, Item, Period, Prorate, SchemeKind, SchemeRule, Terms


def total(column: Any) -> sa.ColumnElement[int]:
    """A sum of money: PostgreSQL would answer with a fraction's type."""
    return sa.cast(sa.func.sum(column), sa.BigInteger)


People = Iterable[int] | sa.Select[tuple[int]] | None
"""Some people by id, a SELECT of ids, or None for everybody."""


MANY = 5_000
"""People asked for one by one; of more, as one list."""


def items_of(people: People, on: date | None = None, *, open_only: bool = True) -> dict[int, list[Item]]:
    """person → charges as they stand on a day (None: with all that was ever entered). ``open_only`` leaves out what is paid."""
    found: dict[int, list[Item]] = {}
    with unhindered():
        for row in plain(charges_as_of(some_of(people), on, open_only=open_only)).all():
            found.setdefault(row[1], []).append(item(row))
    return found


_KINDS = {one.value: one for one in SchemeKind}


def item(row: Any) -> Item:
    """A row of ``charges_as_of`` as the rules see it."""
    number, _person, kind, charged_on, due_on, period_on, order, months, amount, open_ = row
    return Item(number, _KINDS[kind], charged_on, due_on, period_on, order, months, amount, open_)


def some_of(people: People) -> People:
    """The same people; of very many as a SELECT, since a statement takes only so many values."""
    if people is None or isinstance(people, sa.Select) or len(people := set(people)) <= MANY:
        return people
    if db.engine.dialect.name == "postgresql":
        return sa.select(sa.func.unnest(sa.bindparam("people", sorted(people), sa.ARRAY(sa.Integer), unique=True)))
    return sa.select(sa.func.json_each(json.dumps(sorted(people))).table_valued("value").c.value)


def charges_as_of(people: People, on: date | None, *, open_only: bool) -> sa.Select[Any]:
    """SELECT of charges with ``amount`` after adjustments and what is ``open`` of it, as of a day."""
    changed = sa.select(Adjustment.charge_id, total(Adjustment.amount).label("total")).group_by(Adjustment.charge_id)
    paid = sa.select(Allocation.charge_id, total(Allocation.amount).label("total")).group_by(Allocation.charge_id)
    wanted = sa.select(Charge.id)
    if people is not None:
        wanted = wanted.where(Charge.person_id.in_(people if isinstance(people, sa.Select) else list(people)))
        # Of few people only their own rows are summed.
        changed, paid = changed.where(Adjustment.charge_id.in_(wanted)), paid.where(Allocation.charge_id.in_(wanted))
    if on is not None:
        changed, paid = changed.where(Adjustment.adjusted_on <= on), paid.where(Allocation.allotted_on <= on)
        wanted = wanted.where(Charge.charged_on <= on)
    less, came = changed.subquery(), paid.subquery()
    amount = Charge.amount + sa.func.coalesce(less.c.total, 0)
    open_ = amount - sa.func.coalesce(came.c.total, 0)
    found = (
        sa.select(
            Charge.id, Charge.person_id, Charge.kind, Charge.charged_on, Charge.due_on, Charge.period_on, Charge.order, Charge.months, amount.label("amount"), open_.label("open"),
        )
        .outerjoin(less, less.c.charge_id == Charge.id).outerjoin(came, came.c.charge_id == Charge.id)
    )
    if wanted.whereclause is not None:
        found = found.where(wanted.whereclause)
    return found.where(open_ != 0) if open_only else found


def credit_of(people: People) -> dict[int, int]:
    """person → NT$ received and not allotted to anything, for those who have some."""
    return {person: int(amount) for person, amount in plain(credit(some_of(people)))}


def credit(people: People) -> sa.Select[Any]:
    """SELECT of person and ``rest``: what is received of him and not allotted."""
    received = sa.select(Payment.person_id, total(Payment.amount).label("total")).group_by(Payment.person_id)
    allotted = (
        sa.select(Payment.person_id, total(Allocation.amount).label("total"))
        .join(Payment, Payment.id == Allocation.payment_id).group_by(Payment.person_id)
    )
    some = Payment.person_id.is_not(None) if people is None else Payment.person_id.in_(people if isinstance(people, sa.Select) else list(people))
    came, went = received.where(some).subquery(), allotted.where(some).subquery()
    rest = (came.c.total - sa.func.coalesce(went.c.total, 0)).label("rest")
    return sa.select(came.c.person_id, rest).outerjoin(went, went.c.person_id == came.c.person_id).where(rest != 0)


def unallotted(person_id: int) -> list[tuple[int, int]]:
    """(payment id, NT$ of it not allotted) of one person, the oldest first."""
    given = sa.select(Allocation.payment_id, total(Allocation.amount).label("total")).group_by(Allocation.payment_id).subquery()
    back = (
        sa.select(Payment.reverses_id, total(Payment.amount).label("total"))
        .where(Payment.reverses_id.is_not(None)).group_by(Payment.reverses_id).subquery()
    )
    rest = Payment.amount + sa.func.coalesce(back.c.total, 0) - sa.func.coalesce(given.c.total, 0)
    found = (
        sa.select(Payment.id, rest).outerjoin(given, given.c.payment_id == Payment.id).outerjoin(back, back.c.reverses_id == Payment.id)
        .where(Payment.person_id == person_id, Payment.kind == PaymentKind.RECEIVED, rest != 0).order_by(Payment.received_on, Payment.id)
    )
    return [(number, int(amount)) for number, amount in plain(found)]


def scheme_rules(*, on: date | None = None) -> dict[int, SchemeRule]:
    """scheme id → the scheme as the rules see it; those still in use on a day, or all."""
    terms: dict[int, list[Terms]] = {}
    for row in db.session.scalars(sa.select(SchemeTerms).order_by(SchemeTerms.scheme_id, SchemeTerms.valid_from)):
        terms.setdefault(row.scheme_id, []).append(terms_of(row))
    wanted = sa.select(Scheme).order_by(Scheme.order, Scheme.id)
    if on is not None:
        wanted = wanted.where(sa.or_(Scheme.closed_on.is_(None), Scheme.closed_on > on))
    return {
        one.id: SchemeRule(
            one.id, SchemeKind(one.kind), Period(one.period), tuple(terms.get(one.id, ())), Prorate(one.prorate), one.due_month, one.due_day,
            frozenset(one.classes), frozenset(one.units),
        )
        for one in db.session.scalars(wanted)
    }


def terms_of(row: SchemeTerms) -> Terms:
    """Stored terms as the rules see them."""
    basis = AmountBasis(row.basis)
    table = {(int(key) if basis is AmountBasis.UNIT and key is not None else key): amount for key, amount in row.table} if row.table else None
    return Terms(row.valid_from, basis, row.amount, Decimal(row.rate) if row.rate else None, table)
