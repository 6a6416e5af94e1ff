"""What a voucher must be before it is posted, and what takes one back. Double entry in whole dollars; NT$ is the unit (FR-04-accrual)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from unionops.finance.rules.chart import accounts
from unionops.values.problems import Problem, problem


class VoucherKind(StrEnum):
    """Which slip an entry is written on: 收入傳票, 支出傳票, 轉帳傳票. It follows from whether money came, went, or neither."""

    RECEIPT = "receipt"
    PAYMENT = "payment"
    TRANSFER = "transfer"


@dataclass(frozen=True)
class Entry:
    """One line of a voucher: either side in NT$, the other 0. ``bank_account_id`` tells which of the union's accounts."""

    account: str
    debit: int = 0
    credit: int = 0
    note: str = ""
    bank_account_id: int | None = None

    @property
    def turned(self) -> Entry:
        """The same on the other side."""
        return Entry(self.account, self.credit, self.debit, self.note, self.bank_account_id)


def debit(account: str, amount: int, note: str = "", bank_account_id: int | None = None) -> Entry:
    return Entry(account, amount, 0, note, bank_account_id)


def credit(account: str, amount: int, note: str = "", bank_account_id: int | None = None) -> Entry:
    return Entry(account, 0, amount, note, bank_account_id)


def signed(account: str, amount: int, note: str = "", bank_account_id: int | None = None) -> list[Entry]:
    """A debit of a positive amount, a credit of a negative one, nothing for 0."""
    if not amount:
        return []
    return [debit(account, amount, note, bank_account_id) if amount > 0 else credit(account, -amount, note, bank_account_id)]


def gathered(entries: Iterable[Entry]) -> list[Entry]:
    """The same voucher with one line for each account, side and note, in the order of their first lines: what a batch posts."""
    sums: dict[tuple[str, bool, str, int | None], int] = {}
    for one in entries:
        key = (one.account, one.debit > 0, one.note, one.bank_account_id)
        sums[key] = sums.get(key, 0) + one.debit + one.credit
    return [
        debit(account, amount, note, bank) if is_debit else credit(account, amount, note, bank)
        for (account, is_debit, note, bank), amount in sums.items()
    ]


def kind_of(entries: Iterable[Entry]) -> VoucherKind:
    """Money in: receipt; money out: payment; both or neither: transfer."""
    known = accounts()
    moved = sum(one.debit - one.credit for one in entries if known[one.account].is_cash)
    return VoucherKind.RECEIPT if moved > 0 else VoucherKind.PAYMENT if moved < 0 else VoucherKind.TRANSFER


def voucher_problems(on: date, entries: Sequence[Entry], *, today: date, is_closed: bool) -> list[Problem]:
    """What stands against posting. A voucher of the future or of a closed month is refused; so is one that does not balance."""
    problems: list[Problem] = []
    if on > today:
        problems.append(problem("on", "傳票日期不得晚於今天。", code="date_in_future"))
    if is_closed:
        problems.append(problem("on", "%(year)s 年 %(month)s 月已結帳，請改用結帳後的日期。", code="month_closed", year=on.year - 1911, month=on.month))
    known = accounts()
    if len(entries) < 2:
        problems.append(problem("", "傳票至少要有一借一貸。", code="too_few_entries"))
    for one in entries:
        if one.account not in known or not known[one.account].takes_entries:
            problems.append(problem("", "科目 %(account)s 不能記帳。", code="account_unknown", account=one.account))
        if min(one.debit, one.credit) != 0 or max(one.debit, one.credit) <= 0:
            problems.append(problem("", "分錄的借方或貸方須有一邊是正數，另一邊是 0。", code="entry_amount"))
    owed, given = sum(one.debit for one in entries), sum(one.credit for one in entries)
    if owed != given:
        problems.append(problem("", "借貸不平：借方 %(debit)s 元，貸方 %(credit)s 元。", code="not_balanced", debit=owed, credit=given))
    return problems


def voucher_number(year: int, serial: int) -> str:
    """115-000123: the ROC year and a serial without gaps."""
    return f"{year}-{serial:06d}"
