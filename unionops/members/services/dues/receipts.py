"""Receipts: numbered without gaps by year of the Republic and series, frozen as they were made, made void with a reason, never removed.

The number is taken in the unit that books the money: what is rolled back gives its number back, and a process that dies leaves no gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import bulk, bulk_insert, db, lock_row, next_number
from unionops.core.i18n import _l
from unionops.core.union import queries as union
from unionops.members.models import Payment, Receipt
from unionops.members.queries import receipts as queries
from unionops.members.queries.receipts import Printing, Told
from unionops.members.rules import receipts as rules
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.receipts import Content, Part
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref
from unionops.values.roc import EPOCH

ISSUED = recording.sentence("dues.receipt_issued", _l("開立收據 %(number)s：%(name)s %(amount)s 元"))
ISSUED_MANY = recording.sentence("dues.receipts_issued", _l("開立收據 %(count)s 張：%(first)s 至 %(last)s"))
VOIDED = recording.sentence("dues.receipt_voided", _l("作廢收據 %(number)s：%(why)s"))
PRINTED = recording.sentence("dues.receipt_printed", _l("列印收據 %(number)s，第 %(times)s 次"))
PRINTED_MANY = recording.sentence("dues.receipts_printed", _l("列印收據 %(count)s 張"))

USUAL_SERIES = "A"


def issue(payment: Payment, *, today: date, series: str = USUAL_SERIES) -> Receipt:
    """The receipt for a payment, with what it pays now; dated and numbered today. Raises RuleBroken when it may not have one, or has one."""
    db.session.flush()  # What the payment pays may have been written in this very unit.
    told = queries.told([payment.id])[payment.id]
    if problems := _problems(told, series):
        raise RuleBroken(*problems)
    content = _content(told, queries.parts_of([payment.id]).get(payment.id, []), _union())
    made = Receipt(
        year=today.year - EPOCH, series=series, serial=next_number(_counter(today, series)), payment_id=payment.id, issued_on=today,
        amount=content.amount, content=content.stored(), by_user_id=recording.actor()[0],
    )
    db.session.add(made)
    db.session.flush()  # Its code names it by its id.
    recording.describe(ISSUED, made, Ref("person", told.person_id), number=made.number, name=content.payer, amount=made.amount)
    return made


def issue_many(payment_ids: Sequence[int], *, today: date, series: str = USUAL_SERIES) -> list[int]:
    """Receipts for those of these payments that may have one and have none yet, numbered in this order; the ids of the receipts. All or
    none; raises RuleBroken for a bad series."""
    if problems := rules.series_problems(series):
        raise RuleBroken(*problems)
    db.session.flush()
    wanted = list(dict.fromkeys(payment_ids))
    known, parts = queries.told(wanted), queries.parts_of(wanted)
    may = [known[number] for number in wanted if number in known and not _problems(known[number], series)]
    if not may:
        return []
    year, first, by, name = today.year - EPOCH, next_number(_counter(today, series), len(may)), recording.actor()[0], _union()
    contents = [_content(one, parts.get(one.id, []), name) for one in may]
    bulk_insert(
        Receipt.__table__, ("year", "series", "serial", "payment_id", "issued_on", "amount", "content", "printed", "void_why", "by_user_id"),
        [
            (year, series, first + at, one.id, today, content.amount, content.stored(), 0, "", by)
            for at, (one, content) in enumerate(zip(may, contents, strict=True))
        ],
        reason="receipt",
    )
    last = first + len(may) - 1
    recording.describe(
        ISSUED_MANY, count=len(may), first=queries.number_of(year, series, first), last=queries.number_of(year, series, last),
    )
    mine = sa.select(Receipt.id).where(Receipt.year == year, Receipt.series == series, Receipt.serial.between(first, last))
    return list(db.session.scalars(mine.order_by(Receipt.serial)))


def void(receipt: Receipt, *, why: str, now: datetime) -> None:
    """Makes a receipt void: its number, its content and its reason stay, and the payment may have a new one. Raises RuleBroken."""
    lock_row(receipt)
    if problems := rules.void_problems(why, is_void=receipt.voided_at is not None):
        raise RuleBroken(*problems)
    receipt.voided_at, receipt.void_why = now, why.strip()[:200]
    recording.describe(VOIDED, receipt, Ref("payment", receipt.payment_id), number=receipt.number, why=receipt.void_why)


def printed(receipt: Receipt) -> int:
    """Counts a printing: 1 is the original, every further one a copy that says so."""
    lock_row(receipt)
    receipt.printed += 1
    recording.describe(PRINTED, receipt, number=receipt.number, times=receipt.printed)
    return receipt.printed


def printed_many(seen: Mapping[int, Printing]) -> None:
    """The same for very many at once, now that their file is made; ``seen`` is how they stood before they were set. Raises RuleBroken when
    one was printed or made void meanwhile: the file would hold a second original, or one that holds no more."""
    numbers = sorted(seen)
    for start in range(0, len(numbers), queries.AT_ONCE):
        some = numbers[start : start + queries.AT_ONCE]
        if queries.printings(some, lock=True) != {one: seen[one] for one in some}:
            raise RuleBroken(problem("", "排版期間有收據被另外列印或作廢，這份檔案不算數，請重新整批列印。", code="moved"))
        bulk(sa.update(Receipt).where(Receipt.id.in_(some)).values(printed=Receipt.printed + 1), reason="receipt")
    recording.describe(PRINTED_MANY, count=len(numbers))


def _problems(told: Told, series: str) -> list[rules.Problem]:
    return rules.issue_problems(
        is_received=told.kind == PaymentKind.RECEIVED, is_known=told.person_id is not None, is_taken_back=told.is_taken_back, has_one=told.receipt,
        series=series,
    )


def _content(told: Told, parts: Sequence[Part], union_name: str) -> Content:
    given = sum(one.amount for one in parts)
    return Content(
        union=union_name, payer=told.name or "", number=told.number or "", amount=told.amount, received_on=told.received_on,
        lines=rules.lines(parts, rest=told.amount + told.back - given, returned=-told.back), channel=told.channel, by=told.by or "",
        note=told.note,
    )


def _union() -> str:
    row = union.the_union()
    return row.name if row is not None else ""


def _counter(today: date, series: str) -> str:
    return f"receipt.{today.year - EPOCH}.{series}"
