"""A union whose dues are billed and paid, for every story about its money, and the question that may be asked of it at any moment: whether
what the rows say, what the sums say and what the ledger says is one and the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from tests.members.acts import work
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as the_union
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import Adjustment, Allocation, CashCount, Payment, Person, Scheme, SchemeTerms
from unionops.members.queries import billing, cash
from unionops.members.queries import dues as queries
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import BOOKS, AdjustmentKind, SchemeKind
from unionops.members.services import people
from unionops.members.services.dues import opening, paying, running
from unionops.values.problems import RuleBroken

TODAY = date(2026, 9, 1)
Q1 = date(2026, 1, 1)


def furnish(members: int = 6) -> list[int]:
    """Members since 2010 and two schemes: 150 a month of dues by quarters (id 1), 30 of mutual aid (id 2)."""
    with work():
        for number, (title, kind, amount, order) in enumerate([("經常會費", "regular", 150, 10), ("互助金", "mutual", 30, 20)], 1):
            db.session.add(Scheme(id=number, title=title, kind=kind, period="quarter", due_month=2, order=order, prorate="months"))
            db.session.add(SchemeTerms(scheme_id=number, valid_from=date(2010, 1, 1), basis="fixed", amount=amount))
        for number in range(members):
            people.add_member(today=TODAY, name=f"會員{number}", joined_on=date(2010, 1, 1) + timedelta(number))
    return list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))


def run(period_on: date = Q1, schemes: tuple[int, ...] = (1, 2), **given: Any) -> int:
    with work():
        return running.apply(schemes, period_on, title=f"{period_on:%Y-%m}", today=TODAY, **given).id


def pay(person: int, amount: int, on: date = date(2026, 2, 1), **given: Any) -> int:
    with work():
        return paying.receive(db.session.get_one(Person, person), **({"amount": amount, "received_on": on, "channel": Channel.COUNTER, "today": TODAY} | given)).id


def open_of(person: int, on: date | None = None) -> int:
    return sum(one.open for one in queries.items_of([person], on).get(person, []))


def account() -> int:
    with unit_of_work("test", "test"):
        record = the_union.edit_record(name="臺中市展演技術人員職業工會", short_name="", kind="occupational", authority="臺中市政府勞工局", today=TODAY)
        made = the_union.add_bank_account(
            record, bank="合作金庫銀行", branch="文心分行", account_number="0580717123456", holder=record.name, purpose="會費", from_on=date(2015, 3, 2),
        )
    return made.id


@contextmanager
def perhaps(*codes: str) -> Iterator[None]:
    """One act, done or refused for one of these reasons; any other is a fault."""
    try:
        with work():
            yield
    except RuleBroken as broken:
        if {one.code for one in broken.problems} - set(codes):
            raise


def nothing_contradicts() -> None:
    """What the rows say, what the sums say, and what the ledger says is one and the same; any story may ask it at any moment, and nothing is
    held locked by having looked."""
    contradictions()
    db.session.rollback()


def contradictions() -> None:
    """The same inside a unit."""
    balances = Counter(books.balances())
    for voucher in books.vouchers_of(opening.BALANCES_REF):  # What the union had before is told by no row of ours.
        for entry in voucher.entries:
            balances[entry.account] -= (1 if chart.account(entry.account).grows_by_debit else -1) * (entry.debit - entry.credit)
    received = sum_of(Payment.amount)
    credit, suspense = sum(queries.credit_of(None).values()), sum_of(Payment.amount, Payment.person_id.is_(None))
    assert received == sum_of(Allocation.amount) + credit + suspense
    assert balances[chart.IN_ADVANCE] == credit
    assert balances[chart.SUSPENSE] == suspense

    items = [one for some in queries.items_of(None, open_only=False).values() for one in some]
    assert all(one.open >= 0 for one in items)
    owed = Counter({chart.DUES_RECEIVABLE: 0, chart.MUTUAL_RECEIVABLE: 0, chart.AGENCY_RECEIVABLE: 0})
    for one in items:
        owed[BOOKS[one.kind].receivable] += one.open
    assert {code: balances[code] for code in owed} == owed

    # What was charged is income, fund or liability; what was brought when the books began is none of now, but stands against the surplus.
    given_up = dict(db.session.execute(
        sa.select(Adjustment.charge_id, queries.total(Adjustment.amount)).where(Adjustment.kind == AdjustmentKind.WRITE_OFF).group_by(Adjustment.charge_id)
    ).all())
    brought = billing.brought([one.id for one in items])
    became = Counter({chart.SURPLUS: -sum_of(Payment.amount, Payment.channel == Channel.OPENING), chart.BAD_DEBTS: 0} | {one.becomes: 0 for one in BOOKS.values()})
    for one in items:
        lost = given_up.get(one.id, 0)
        became[chart.SURPLUS if one.id in brought else BOOKS[one.kind].becomes] += one.amount - lost
        if one.kind in (SchemeKind.AGENCY, SchemeKind.MUTUAL):
            became[BOOKS[one.kind].becomes] += lost
        else:
            became[chart.BAD_DEBTS] -= lost
    assert {code: balances[code] for code in became} == became

    # Where money is, with what was kept of it on the way, is what came in; a box that was counted over or short, and interest, beside it.
    money = sum(balances[code] for code in (chart.CASH_TO_BANK, chart.BANK, chart.IN_TRANSIT, chart.FEES))
    assert money == sum_of(Payment.amount, Payment.channel != Channel.OPENING) + balances[chart.OTHER_INCOME] - balances[chart.OTHER_EXPENSE]
    gaps = db.session.execute(sa.select(CashCount.counted - CashCount.expected).where(CashCount.counted != CashCount.expected, cash.HOLDS)).scalars().all()
    assert balances[chart.OTHER_EXPENSE] == -sum(gap for gap in gaps if gap < 0)
    assert balances[chart.OTHER_INCOME] >= sum(gap for gap in gaps if gap > 0)


def sum_of(column: Any, *which: Any) -> int:
    return int(db.session.scalar(sa.select(sa.func.coalesce(queries.total(column), 0)).where(*which)) or 0)
