"""Posting: the only way into the books. Inside the caller's unit, so that what is posted and what it was posted for stand or fall together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import bulk_insert, db, next_number
from unionops.core.i18n import _l
from unionops.finance import queries
from unionops.finance.models import ClosedMonth, Posting, Voucher
from unionops.finance.rules.vouchers import Entry, voucher_problems
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

MONTH_CLOSED = recording.sentence("finance.month_closed", _l("%(year)s 年 %(month)s 月結帳"))
MONTH_OPENED = recording.sentence("finance.month_opened", _l("重新開啟 %(year)s 年 %(month)s 月的帳：%(why)s"))


@dataclass(frozen=True)
class Draft:
    """A voucher to be posted. ``belongs_to`` is what it is made for; ``reverses_id`` the voucher that it takes back."""

    on: date
    text: str
    entries: Sequence[Entry]
    belongs_to: Ref | None = None
    reverses_id: int | None = None


def post(draft: Draft, *, today: date) -> Voucher:
    """Posts one voucher. Raises RuleBroken."""
    _refuse([draft], today)
    voucher = Voucher(
        year=draft.on.year - 1911, serial=next_number(_series(draft.on)), posted_on=draft.on, text=draft.text, belongs_to=draft.belongs_to,
        reverses_id=draft.reverses_id, by_user_id=recording.actor()[0],
    )
    voucher.postings = [
        Posting(line=place, account=one.account, debit=one.debit, credit=one.credit, note=one.note, bank_account_id=one.bank_account_id)
        for place, one in enumerate(draft.entries, 1)
    ]
    db.session.add(voucher)
    db.session.flush()  # Who posts may point to the voucher.
    return voucher


def post_many(drafts: Sequence[Draft], *, today: date, now: datetime) -> None:
    """Posts very many vouchers set-based, numbered in their order. All or none; raises RuleBroken."""
    _refuse(drafts, today)
    by_user_id = recording.actor()[0]
    numbered: dict[str, list[Draft]] = {}
    for draft in drafts:
        numbered.setdefault(_series(draft.on), []).append(draft)
    for series, some in numbered.items():
        first = next_number(series, len(some))
        year = some[0].on.year - 1911
        bulk_insert(
            Voucher.__table__, ("year", "serial", "posted_on", "text", "belongs_to", "reverses_id", "by_user_id", "created_at"),
            [(year, first + at, one.on, one.text, one.belongs_to, one.reverses_id, by_user_id, now) for at, one in enumerate(some)],
            reason="voucher",
        )
        ids = db.session.scalars(
            sa.select(Voucher.id).where(Voucher.year == year, Voucher.serial.between(first, first + len(some) - 1)).order_by(Voucher.serial)
        )
        rows: list[tuple[Any, ...]] = [
            (number, line, one.account, one.debit, one.credit, one.note, one.bank_account_id)
            for number, draft in zip(ids, some, strict=True) for line, one in enumerate(draft.entries, 1)
        ]
        bulk_insert(Posting.__table__, ("voucher_id", "line", "account", "debit", "credit", "note", "bank_account_id"), rows, reason="posting")


def reverse(voucher: Voucher, *, on: date, why: str, today: date) -> Voucher:
    """Takes a voucher back by one with every line on the other side. Raises RuleBroken when that was done already."""
    if queries.reversal_of(voucher) is not None:
        raise RuleBroken(problem("", "傳票 %(number)s 已經沖銷。", code="reversed_already", number=voucher.number))
    if voucher.reverses_id is not None:
        raise RuleBroken(problem("", "沖銷傳票本身不能再沖銷，請重新製票。", code="is_reversal"))
    turned = Draft(on, why, [one.turned for one in voucher.entries], voucher.belongs_to, voucher.id)
    return post(turned, today=today)


def close_month(year: int, month: int, *, today: date) -> ClosedMonth:
    """Closes a month (ROC year) that is over. Raises RuleBroken."""
    if (year + 1911, month) >= (today.year, today.month):
        raise RuleBroken(problem("month", "這個月還沒結束，不能結帳。", code="month_not_over"))
    if db.session.get(ClosedMonth, (year, month)) is not None:
        raise RuleBroken(problem("month", "這個月已經結帳。", code="month_closed"))
    made = ClosedMonth(year=year, month=month, by_user_id=recording.actor()[0])
    db.session.add(made)
    recording.describe("finance.month_closed", year=year, month=month)
    return made


def open_month(year: int, month: int, *, why: str) -> None:
    """Opens a closed month again, with the reason. Raises RuleBroken."""
    found = db.session.get(ClosedMonth, (year, month))
    if found is None:
        raise RuleBroken(problem("month", "這個月沒有結帳。", code="month_open"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    db.session.delete(found)
    recording.describe("finance.month_opened", year=year, month=month, why=why)


def _refuse(drafts: Sequence[Draft], today: date) -> None:
    closed = queries.closed_months(one.on for one in drafts)
    for draft in drafts:
        if problems := voucher_problems(draft.on, draft.entries, today=today, is_closed=(draft.on.year - 1911, draft.on.month) in closed):
            raise RuleBroken(*problems)


def _series(day: date) -> str:
    return f"voucher.{day.year - 1911}"
