"""Sums of dues for the dashboard, the monthly report and the federation: by month, kind, channel and employer. Only sums, nobody's name.

Rows count from their own days: a charge from ``charged_on``, a change from ``adjusted_on``, money from ``received_on``, an allotment from
``allotted_on``. The ledger counts from the day an act was booked; where the two differ, ``reconciled`` says by how much.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.db import db, plain
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import Adjustment, Allocation, Charge, Employer, Employment, Payment
from unionops.members.queries.dues import total
from unionops.members.rules.collecting import Channel, PaymentKind
from unionops.members.rules.dues import BOOKS, AdjustmentKind, SchemeKind, months_on

BROUGHT = Charge.opening_id.is_not(None)
"""What was owed before the books began."""
CAME = Payment.channel != Channel.OPENING
"""Money that came; credit that members brought along into the books did not."""


class Movement(NamedTuple):
    """What became of what members owe, NT$: open before, charged, changed later (negative: less), written off, paid, open after."""

    opening: int = 0
    charged: int = 0
    changed: int = 0
    written_off: int = 0
    paid: int = 0

    @property
    def closing(self) -> int:
        return self.opening + self.charged + self.changed - self.written_off - self.paid

    def __add__(self, other: object) -> Movement:  # type: ignore[override]
        assert isinstance(other, Movement)
        return Movement(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def movements(first: date, last: date) -> dict[SchemeKind, Movement]:
    """kind → how it moved from a day to a day, both included; kinds that never were are left out."""
    charged = _sums(Charge.amount, Charge.charged_on, first, last, Charge.kind)
    paid = _sums(Allocation.amount, Allocation.allotted_on, first, last, Charge.kind, sa.select().join_from(Allocation, Charge, Charge.id == Allocation.charge_id))
    changes = _sums(
        Adjustment.amount, Adjustment.adjusted_on, first, last, Charge.kind, sa.select().join_from(Adjustment, Charge, Charge.id == Adjustment.charge_id), Adjustment.kind,
    )
    found: dict[SchemeKind, Movement] = {}

    def add(kind: str, **part: int) -> None:
        found[SchemeKind(kind)] = found.get(SchemeKind(kind), Movement()) + Movement(**part)

    for (kind,), before, within in charged:
        add(kind, opening=before, charged=within)
    for (kind,), _before, within in _sums(Charge.amount, Charge.charged_on, first, last, Charge.kind, sa.select().where(BROUGHT)):
        add(kind, opening=within, charged=-within)  # It was owed before; the books only begin with it.
    for (kind,), before, within in paid:
        add(kind, opening=-before, paid=within)
    for (kind, why), before, within in changes:
        lost = why == AdjustmentKind.WRITE_OFF
        add(kind, opening=before, **({"written_off": -within} if lost else {"changed": within}))
    return {kind: found[kind] for kind in SchemeKind if kind in found}


def _sums(amount: Any, day: Any, first: date, last: date, key: Any, start: sa.Select[Any] | None = None, *more: Any) -> list[tuple[tuple[str, ...], int, int]]:
    """(keys, sum before the first day, sum of the days) of rows until the last day."""
    before = total(sa.case((day < first, amount), else_=0))
    within = total(sa.case((day >= first, amount), else_=0))
    wanted = (start if start is not None else sa.select()).add_columns(key, *more, before, within).where(day <= last).group_by(key, *more)
    return [(tuple(row[:-2]), int(row[-2] or 0), int(row[-1] or 0)) for row in plain(wanted)]


class Received(NamedTuple):
    """Money that came by one channel: how many payments, NT$, and NT$ that went back (reversed or refunded)."""

    count: int
    amount: int
    back: int

    @property
    def net(self) -> int:
        return self.amount - self.back


def channels(first: date, last: date) -> dict[str, Received]:
    """channel → what came by it. What members brought along as credit when the books began did not come then (``brought``)."""
    came = Payment.kind == PaymentKind.RECEIVED
    rows = plain(
        sa.select(
            Payment.channel, sa.func.count(sa.case((came, 1))), total(sa.case((came, Payment.amount), else_=0)), total(sa.case((came, 0), else_=-Payment.amount)),
        ).where(Payment.received_on.between(first, last), CAME).group_by(Payment.channel).order_by(Payment.channel)
    )
    return {channel: Received(count, int(amount), int(back)) for channel, count, amount, back in rows}


def brought(first: date, last: date) -> int:
    """NT$ of credit that members brought along when the books began, if they began in these days."""
    return int(plain(sa.select(total(Payment.amount)).where(Payment.received_on.between(first, last), ~CAME)).scalar() or 0)


class Month(NamedTuple):
    """One month: NT$ charged (with later changes and what was written off), received, and still open at its end. What members brought
    along when the books began, owed or paid too much, is only in what is open."""

    first: date
    charged: int
    received: int
    open: int


def months(last_month: date, count: int = 12) -> list[Month]:
    """So many months up to this one, the oldest first."""
    first, after = months_on(last_month, 1 - count), months_on(last_month, 1)
    charged, changed = _by_month(Charge.amount, Charge.charged_on, first, after), _by_month(Adjustment.amount, Adjustment.adjusted_on, first, after)
    paid, received = _by_month(Allocation.amount, Allocation.allotted_on, first, after), _by_month(Payment.amount, Payment.received_on, first, after, CAME)
    before = _by_month(Charge.amount, Charge.charged_on, first, after, BROUGHT)
    open_ = charged.pop(None, 0) + changed.pop(None, 0) - paid.pop(None, 0)
    found = []
    for place in range(count):
        month = months_on(first, place)
        owed = charged.get(month, 0) + changed.get(month, 0)
        open_ += owed - paid.get(month, 0)
        found.append(Month(month, owed - before.get(month, 0), received.get(month, 0), open_))
    return found


def _by_month(amount: Any, day: Any, first: date, after: date, *where: Any) -> dict[date | None, int]:
    """first of the month → sum; None for all before the first."""
    early = day < first
    year, month = sa.case((early, 0), else_=sa.extract("year", day)), sa.case((early, 0), else_=sa.extract("month", day))
    rows = plain(sa.select(year, month, total(amount)).where(day < after, *where).group_by(year, month))
    return {date(int(y), int(m), 1) if y else None: int(amount) for y, m, amount in rows}


class Collected(NamedTuple):
    """What the people of one employer were charged in a time, and what of it is paid by now; ``name`` is empty for those without one."""

    name: str
    people: int
    charged: int
    paid: int


def employers(first: date, last: date) -> list[Collected]:
    """Collection by present employer of what was charged from a day to a day, the most still open first."""
    works = sa.select(Employment.person_id, sa.func.min(Employment.employer_id).label("employer_id")).where(Employment.until_on.is_(None)).group_by(Employment.person_id).subquery()
    here = Charge.charged_on.between(first, last)

    def summed(amount: Any, *more: Any, source: Any = None) -> dict[int | None, Any]:
        wanted = sa.select(works.c.employer_id, total(amount), *more)
        wanted = wanted.select_from(Charge) if source is None else wanted.select_from(source).join(Charge, Charge.id == source.charge_id)
        return {row[0]: row[1:] for row in plain(wanted.outerjoin(works, works.c.person_id == Charge.person_id).where(here).group_by(works.c.employer_id))}

    charged = summed(Charge.amount, sa.func.count(Charge.person_id.distinct()))
    changed, paid = summed(Adjustment.amount, source=Adjustment), summed(Allocation.amount, source=Allocation)
    names = dict(db.session.execute(sa.select(Employer.id, Employer.name).where(Employer.id.in_([one for one in charged if one is not None]))).all())
    found = [
        Collected(names.get(number or 0, ""), people, int(amount) + int(changed.get(number, (0,))[0]), int(paid.get(number, (0,))[0]))
        for number, (amount, people) in charged.items()
    ]
    return sorted(found, key=lambda one: (one.paid - one.charged, one.name))


class Unplaced(NamedTuple):
    """NT$ received that pays nothing: members' credit, and what nobody has claimed."""

    credit: int
    suspense: int


def unplaced(until: date) -> Unplaced:
    """What stood so at the end of a day, as known now."""
    received, nobodys = plain(
        sa.select(total(Payment.amount), total(sa.case((Payment.person_id.is_(None), Payment.amount), else_=0))).where(Payment.received_on <= until)
    ).one()
    allotted = plain(sa.select(total(Allocation.amount)).where(Allocation.allotted_on <= until)).scalar()
    return Unplaced(int(received or 0) - int(nobodys or 0) - int(allotted or 0), int(nobodys or 0))


class Line(NamedTuple):
    """One account at the end of a day: by the ledger, and by the rows it stands for."""

    account: str
    title: str
    en: str
    ledger: int
    rows: int

    @property
    def difference(self) -> int:
        """NT$ by which they differ: what was booked later than it counts from, such as money in suspense that was identified afterwards."""
        return self.ledger - self.rows


def reconciled(moved: dict[SchemeKind, Movement], until: date) -> list[Line]:
    """The accounts that dues stand in, against the movements closed on that day."""
    rows: dict[str, int] = {}
    for kind, one in moved.items():
        rows[BOOKS[kind].receivable] = rows.get(BOOKS[kind].receivable, 0) + one.closing
    rest = unplaced(until)
    rows |= {chart.IN_ADVANCE: rest.credit, chart.SUSPENSE: rest.suspense}
    balances = books.balances(until=until)
    order = (chart.DUES_RECEIVABLE, chart.MUTUAL_RECEIVABLE, chart.AGENCY_RECEIVABLE, chart.IN_ADVANCE, chart.SUSPENSE)
    return [Line(code, chart.account(code).zh, chart.account(code).en, balances.get(code, 0), rows.get(code, 0)) for code in order if balances.get(code) or rows.get(code)]


def members_paid(first: date, last: date, kinds: Iterable[SchemeKind] = (SchemeKind.REGULAR,)) -> int:
    """NT$ that members really paid of these kinds from a day to a day: what a federation's share is reckoned from."""
    wanted = sa.select(total(Allocation.amount)).join(Charge, Charge.id == Allocation.charge_id)
    return int(plain(wanted.where(Charge.kind.in_(list(kinds)), Allocation.allotted_on.between(first, last))).scalar() or 0)


def month_ends(month: date) -> tuple[date, date]:
    """The first and the last day of the month that a day lies in."""
    return month.replace(day=1), months_on(month, 1) - timedelta(1)
