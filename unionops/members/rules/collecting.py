"""Money that comes in and goes back: what may be booked, and where it stands in the books. Pure; whole NT$.

Sources: 工會財務處理準則 20 (FR-20-seals: receipts for income); activities-subsidies-finance §5.4 (over-payments are never income).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from unionops.finance.rules import chart
from unionops.finance.rules.vouchers import Entry, credit, debit, gathered, signed
from unionops.law.parameters import Snapshot, built_in
from unionops.members.rules.dues import BOOKS, AdjustmentKind, Item, SchemeKind
from unionops.values.problems import Problem, _m, problem

MOST = 99_999_999
"""NT$; a payment above is a slip of the keyboard."""


class PaymentKind(StrEnum):
    """Why a payment is there: money that came; or, negative, one taken back because it did not hold, or given back."""

    RECEIVED = "received"
    REVERSED = "reversed"
    REFUNDED = "refunded"


class Channel(StrEnum):
    """How money comes: 櫃檯, 銀行轉帳, 郵政劃撥, 超商, 雇主代扣, 帳戶扣款; 期初 is what somebody had paid too much before the books began."""

    COUNTER = "counter"
    BANK = "bank"
    GIRO = "giro"
    SHOP = "shop"
    CHECKOFF = "checkoff"
    DEBIT = "debit"
    OPENING = "opening"

    @property
    def account(self) -> str:
        """Where the money is when it is booked: in the box, in the bank, or still with whoever collected it. What came before the books
        began is in the balances with which they began."""
        if self is Channel.COUNTER:
            return chart.CASH_TO_BANK
        if self is Channel.OPENING:
            return chart.SURPLUS
        return chart.IN_TRANSIT if self in (Channel.SHOP, Channel.CHECKOFF) else chart.BANK


CHANNEL_WORDS = {
    Channel.COUNTER: _m("櫃檯現金"), Channel.BANK: _m("銀行轉帳"), Channel.GIRO: _m("郵政劃撥"), Channel.SHOP: _m("超商代收"), Channel.CHECKOFF: _m("雇主代扣"),
    Channel.DEBIT: _m("帳戶扣款"), Channel.OPENING: _m("期初溢繳"),
}
"""As vouchers and papers name them; screens translate them."""


def payment_problems(amount: int | None, received_on: date | None, *, today: date, is_closed: bool = False, since: date | None = None) -> list[Problem]:
    """What stands against booking money received. ``since`` is the day from which this system keeps the books."""
    problems: list[Problem] = []
    if amount is None:
        problems.append(problem("amount", "請填金額。", code="amount_missing"))
    elif amount <= 0:
        problems.append(problem("amount", "金額須大於 0。", code="amount_not_positive"))
    elif amount > MOST:
        problems.append(problem("amount", "金額超過 %(most)s 元，請確認。", code="amount_too_high", most=MOST))
    if received_on is None:
        problems.append(problem("received_on", "請填日期。", code="date_missing"))
    elif received_on > today:
        problems.append(problem("received_on", "日期不得晚於今天。", code="date_in_future"))
    elif is_closed:
        problems.append(problem("received_on", "這個月已結帳，不能再登錄這一天的收付；請填本月的日期。", code="month_closed"))
    elif since is not None and received_on < since:
        problems.append(problem("received_on", "本系統自 %(since)s 起記帳，之前的收款請列入期初餘額。", code="before_go_live", since=since))
    return problems


MODEST = 1_000
"""NT$ that nobody is asked about of whom it is not known what he pays in a year."""


def year_of_dues(charges: Iterable[Item]) -> int:
    """NT$ that somebody comes to owe in a year, as he was charged last: of what comes again and again, the newest period of each kind."""
    newest: dict[SchemeKind, list[Item]] = {}
    for one in charges:
        if one.kind in (SchemeKind.REGULAR, SchemeKind.MUTUAL, SchemeKind.AGENCY) and one.months and one.amount > 0:
            known = newest.setdefault(one.kind, [])
            if known and known[0].period_on < one.period_on:
                known.clear()
            if not known or known[0].period_on == one.period_on:
                known.append(one)
    return sum(-(-one.amount * 12 // one.months) for kind in newest.values() for one in kind)


def far_above(amount: int, *, open_: int, year: int) -> Problem | None:
    """Whether an amount typed at the desk looks like a slip, a nought too many: more than all that is open (``open_``) and the dues of a
    ``year`` to come. Who pays a period ahead, be it a year, is not asked; nor is, where nothing tells of a year, who pays five times what
    is open or a modest sum."""
    if year:
        if amount <= open_ + year:
            return None
        return problem(
            "amount", "%(amount)s 元比未繳的 %(open)s 元再加一年的會費 %(year)s 元還多，是不是多打了一個 0？金額沒錯請在下面勾選，再按一次。",
            code="far_above", amount=f"{amount:,}", open=f"{open_:,}", year=f"{year:,}",
        )
    if amount <= max(5 * open_, MODEST):
        return None
    return problem("amount", "%(amount)s 元比未繳的 %(open)s 元多很多，是不是打錯了？金額沒錯請在下面勾選，再按一次。", code="far_above", amount=f"{amount:,}", open=f"{open_:,}")


def refund_problems(
    amount: int | None, on: date | None, *, free: int, why: str, in_cash: bool, received_on: date, today: date, is_closed: bool = False,
    law: Snapshot | None = None,
) -> list[Problem]:
    """What stands against giving money back: only what pays nothing (``free``), and in cash no more than FR-19-petty allows at a time."""
    problems = payment_problems(amount, on, today=today, is_closed=is_closed)
    if not why.strip():
        problems.append(problem("why", "要寫理由。", code="reason_missing"))
    if on is not None and on < received_on:
        problems.append(problem("received_on", "退款日不得早於收款日。", code="before_payment"))
    if amount is not None and amount > free:
        problems.append(problem("amount", "這筆收款可退的只有 %(free)s 元。", code="refund_too_much", free=free))
    most = (law or built_in().latest()).whole("finance.petty_item_max")
    if in_cash and amount is not None and amount > most:
        problems.append(problem(
            "amount", "現金支付每筆不得超過 %(most)s 元（工會財務處理準則第 19 條第 3 項），請改以轉帳退還。", code="too_much_cash", most=most,
        ))
    return problems


def charge_entries(charges: Iterable[tuple[SchemeKind, int]]) -> list[Entry]:
    """What becomes owed (or, negative, no longer owed): receivable against income, liability or fund."""
    return gathered(
        entry for kind, amount in charges for entry in (*signed(BOOKS[kind].receivable, amount), *signed(BOOKS[kind].becomes, -amount))
    )


def adjustment_entries(kind: AdjustmentKind, changes: Iterable[tuple[SchemeKind, int]], *, brought: Iterable[tuple[SchemeKind, int]] = ()) -> list[Entry]:
    """A later change. A write-off of union money is an expense; of money for others there was never income to take back. What was
    ``brought`` when the books began is no income of now: it stands against the surplus, and so does what lessens or raises it."""
    if kind is not AdjustmentKind.WRITE_OFF:
        of_before = (entry for scheme, change in brought for entry in (*signed(BOOKS[scheme].receivable, change), *signed(chart.SURPLUS, -change)))
        return gathered([*charge_entries(changes), *of_before])
    lost = {SchemeKind.AGENCY: chart.AGENCY_MONEY, SchemeKind.MUTUAL: chart.MUTUAL_FUND}
    return gathered(
        entry for scheme, amount in (*changes, *brought)
        for entry in (*signed(lost.get(scheme, chart.BAD_DEBTS), -amount), *signed(BOOKS[scheme].receivable, amount))
    )


def receipt_entries(
    account: str, amount: int, allotted: Iterable[tuple[SchemeKind, int]], *, fee: int = 0, is_known: bool = True, bank_account_id: int | None = None
) -> list[Entry]:
    """Money received: what arrived and what was kept on the way, against what it pays. What pays nothing yet is a liability: the
    person's own in advance, or in suspense while nobody knows whose it is."""
    paid = list(allotted)
    rest = amount - sum(part for _kind, part in paid)
    return gathered([
        *signed(account, amount - fee, bank_account_id=bank_account_id if account == chart.BANK else None), *signed(chart.FEES, fee),
        *(entry for kind, part in paid for entry in signed(BOOKS[kind].receivable, -part)),
        *signed(chart.IN_ADVANCE if is_known else chart.SUSPENSE, -rest),
    ])


def allotment_entries(allotted: Iterable[tuple[SchemeKind, int]], *, out_of: str = chart.IN_ADVANCE) -> list[Entry]:
    """Money that was here already goes to charges (negative: comes back from them)."""
    parts = list(allotted)
    return gathered([
        *signed(out_of, sum(part for _kind, part in parts)), *(entry for kind, part in parts for entry in signed(BOOKS[kind].receivable, -part)),
    ])


def settled_entries(amount: int, fee: int, bank_account_id: int | None) -> list[Entry]:
    """What a collector owed us has reached the bank, less what it kept. NT$ ``amount`` before its fee."""
    return [debit(chart.BANK, amount - fee, bank_account_id=bank_account_id), *signed(chart.FEES, fee), credit(chart.IN_TRANSIT, amount)]


def moved_entries(from_account: str, to_account: str, amount: int) -> list[Entry]:
    """Money that stays a liability but is somebody else's: from suspense to a known person's credit."""
    return [debit(from_account, amount), credit(to_account, amount)]


# --- the cash box -----------------------------------------------------------------------------------------------------

DENOMINATIONS = (2000, 1000, 500, 200, 100, 50, 20, 10, 5, 1)
"""Notes and coins of the New Taiwan dollar, NT$ each."""
MOST_PIECES = 9_999


def counted(pieces: Mapping[int, int]) -> int:
    """NT$ that so many pieces of each denomination make."""
    return sum(worth * number for worth, number in pieces.items())


def count_problems(pieces: Mapping[int, int], *, expected: int, payments: int, note: str, seen: int | None = None) -> list[Problem]:
    """What stands against counting the box. ``expected`` is what ``payments`` entries since the last count say should be in it, ``seen``
    what the cashier was told when he began; a difference is explained."""
    if not payments:
        return [problem("", "上次點收以後沒有現金收付，不必點收。", code="nothing_to_count")]
    if seen is not None and seen != expected:
        return [problem("", "點收期間又有現金收付：應有金額由 %(seen)s 元變為 %(expected)s 元，請重新點收。", code="stale", seen=seen, expected=expected)]
    if expected < 0:
        return [problem("", "退出的現金比收進的多 %(short)s 元，櫃檯沒有現金可點；請等有現金收款後一併點收。", code="box_below_zero", short=-expected)]
    problems = [
        problem(f"d{worth}", "張數須為 0 到 %(most)s 的整數。", code="bad_pieces", most=MOST_PIECES)
        for worth, number in pieces.items() if not 0 <= number <= MOST_PIECES
    ]
    if not problems and (gap := counted(pieces) - expected) and not note.strip():
        word = "多 %(gap)s 元，請寫差額說明。" if gap > 0 else "少 %(gap)s 元，請寫差額說明。"
        problems.append(problem("note", word, code="gap_unexplained", gap=abs(gap)))
    return problems


def gap_entries(gap: int) -> list[Entry]:
    """A difference found when counting: over is other income, short other expenditure; what is really there is what the books say."""
    return [*signed(chart.CASH_TO_BANK, gap), *signed(chart.OTHER_INCOME if gap > 0 else chart.OTHER_EXPENSE, -gap)]


def deposit_entries(amount: int, bank_account_id: int) -> list[Entry]:
    """Counted cash is brought to the bank."""
    return [debit(chart.BANK, amount, bank_account_id=bank_account_id), credit(chart.CASH_TO_BANK, amount)]


def undo_problems(why: str, *, holds: bool, is_banked: bool) -> list[Problem]:
    """What stands against taking a count back. ``holds``: nobody took it back before."""
    if is_banked:
        return [problem("", "這次點收的現金已經存入銀行，不能撤銷。", code="banked_already")]
    if not holds:
        return [problem("", "這次點收已經撤銷。", code="undone_already")]
    return [] if why.strip() else [problem("why", "要寫理由。", code="reason_missing")]


def deposit_problems(on: date | None, *, counted_on: date, holds: bool, is_banked: bool, has_account: bool, today: date, is_closed: bool) -> list[Problem]:
    """What stands against recording that counted cash was brought to the bank."""
    if is_banked:
        return [problem("", "這筆現金已經登錄存入銀行。", code="banked_already")]
    if not holds:
        return [problem("", "這次點收剛剛已撤銷，請重新選擇。", code="undone_already")]
    problems: list[Problem] = []
    if not has_account:
        problems.append(problem("account", "請選存入的工會帳戶。", code="no_account"))
    if on is None:
        problems.append(problem("on", "請填日期。", code="date_missing"))
    elif on > today:
        problems.append(problem("on", "日期不得晚於今天。", code="date_in_future"))
    elif on < counted_on:
        problems.append(problem("on", "存入日不得早於點收日 %(day)s。", code="before_count", day=counted_on))
    elif is_closed:
        problems.append(problem("on", "這個月已結帳，不能再登錄這一天的收付；請填本月的日期。", code="month_closed"))
    return problems
