"""Reads of the books: vouchers of a record, balances of accounts, closed months."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from unionops.core.db import db
from unionops.finance.models import BooksBegin, ClosedMonth, Posting, Voucher
from unionops.finance.rules.chart import account
from unionops.values.refs import Ref


def is_closed(day: date) -> bool:
    """Whether the month of this day takes no more entries."""
    return db.session.get(ClosedMonth, (day.year - 1911, day.month)) is not None


def closed_months(days: Iterable[date]) -> set[tuple[int, int]]:
    """(ROC year, month) of those of these days that are closed, in one statement."""
    wanted = {(day.year - 1911, day.month) for day in days}
    found = db.session.execute(sa.select(ClosedMonth.year, ClosedMonth.month).where(ClosedMonth.year.in_({year for year, _month in wanted})))
    return wanted & {(year, month) for year, month in found}


def begins_on() -> date | None:
    """The day from which this system keeps the books; None while nobody said."""
    return db.session.scalar(sa.select(BooksBegin.begins_on))


def vouchers_of(pointer: Ref) -> list[Voucher]:
    """What was posted for a record, the oldest first."""
    return list(db.session.scalars(
        sa.select(Voucher).where(Voucher.belongs_to == pointer).options(selectinload(Voucher.postings)).order_by(Voucher.id)
    ))


def balances(*, until: date | None = None, since: date | None = None) -> dict[str, int]:
    """code → balance in NT$ on the side on which the account grows; accounts that were never used are left out."""
    wanted = sa.select(Posting.account, sa.func.sum(Posting.debit), sa.func.sum(Posting.credit)).group_by(Posting.account)
    if until is not None or since is not None:
        wanted = wanted.join(Voucher, Voucher.id == Posting.voucher_id)
    if until is not None:
        wanted = wanted.where(Voucher.posted_on <= until)
    if since is not None:
        wanted = wanted.where(Voucher.posted_on >= since)
    return {
        code: int(debit - credit) if account(code).grows_by_debit else int(credit - debit)
        for code, debit, credit in db.session.execute(wanted.order_by(Posting.account))
    }


def reversal_of(voucher: Voucher) -> Voucher | None:
    """The voucher that took this one back."""
    return db.session.scalar(sa.select(Voucher).where(Voucher.reverses_id == voucher.id))
