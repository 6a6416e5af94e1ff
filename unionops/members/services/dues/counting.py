"""The cash box at the end of the day: counted against what was taken in, the difference explained and posted, the cash brought to the bank;
a count that was wrong taken back before that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import bulk, db, lock_row
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import CashCount, Payment
from unionops.members.queries import cash as queries
from unionops.members.rules import collecting as rules
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

COUNTED = recording.sentence("dues.cash_counted", _l("點收現金：應有 %(expected)s 元，實點 %(counted)s 元"))
UNDONE = recording.sentence("dues.count_undone", _l("撤銷 %(on)s 的點收 %(amount)s 元：%(why)s"))
BANKED = recording.sentence("dues.cash_banked", _l("現金 %(amount)s 元存入銀行"))


def count(cashier: User, pieces: Mapping[int, int], *, note: str, today: date, seen: int | None = None) -> CashCount:
    """Counts a cashier's box: what was taken in until now is counted, what comes next belongs to the next count. ``seen`` is what the
    cashier was told should be there. Raises RuleBroken, also when that has moved meanwhile."""
    held = queries.held(cashier.id)
    expected = sum(amount for _number, amount in held)
    if problems := rules.count_problems(pieces, expected=expected, payments=len(held), note=note, seen=seen):
        raise RuleBroken(*problems)
    counted = rules.counted(pieces)
    made = CashCount(
        counted_on=today, by_user_id=cashier.id, expected=expected, counted=counted, note=note.strip()[:200],
        pieces={str(worth): number for worth, number in pieces.items() if number},
    )
    db.session.add(made)
    db.session.flush()  # What was counted points to it.
    ids = [number for number, _amount in held]
    for start in range(0, len(ids), 5_000):
        bulk(sa.update(Payment).where(Payment.id.in_(ids[start : start + 5_000])).values(cash_count_id=made.id), reason="payment")
    if gap := counted - expected:
        ledger.post(Draft(today, f"櫃檯點收差額：{made.note}"[:200], rules.gap_entries(gap), Ref("cash_count", made.id)), today=today)
    recording.describe(COUNTED, made, expected=expected, counted=counted)
    return made


def undo(count: CashCount, *, why: str, today: date) -> None:
    """Takes back a count whose cash is not in the bank yet: what it saw is to be counted again, and the voucher of a difference is
    reversed. The count stays readable, with the reason. Raises RuleBroken."""
    lock_row(count)
    if problems := rules.undo_problems(why, holds=queries.holds(count), is_banked=count.banked_on is not None):
        raise RuleBroken(*problems)
    bulk(sa.update(Payment).where(Payment.cash_count_id == count.id).values(cash_count_id=None), reason="payment")
    for voucher in books.vouchers_of(Ref("cash_count", count.id)):
        ledger.reverse(voucher, on=today, why=f"撤銷點收：{why.strip()}"[:200], today=today)
    count.note = f"撤銷：{why.strip()}" + (f"（原說明：{count.note}）" if count.note else "")
    count.note = count.note[:200]
    recording.describe(UNDONE, count, on=count.counted_on, amount=count.counted, why=why.strip())


def deposit(counts: Sequence[CashCount], *, bank_account_id: int | None, on: date | None, today: date) -> int:
    """Records that the cash of these counts was brought to the bank, a voucher for each; NT$ in all. All or none; raises RuleBroken."""
    is_closed = on is not None and books.is_closed(on)
    if not counts:
        raise RuleBroken(problem("counts", "請選要存入的現金。", code="nothing"))
    for one in sorted(counts, key=lambda each: each.id):
        lock_row(one)
        if problems := rules.deposit_problems(
            on, counted_on=one.counted_on, holds=queries.holds(one), is_banked=one.banked_on is not None, has_account=bank_account_id is not None, today=today, is_closed=is_closed,
        ):
            raise RuleBroken(*problems)
    assert on is not None
    assert bank_account_id is not None
    for one in counts:
        one.banked_on, one.bank_account_id = on, bank_account_id
        ledger.post(Draft(on, "櫃檯現金存入銀行", rules.deposit_entries(one.counted, bank_account_id), Ref("cash_count", one.id)), today=today)
    amount = sum(one.counted for one in counts)
    recording.describe(BANKED, *counts, amount=amount)
    return amount
