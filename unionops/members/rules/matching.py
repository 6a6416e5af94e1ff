"""Whose money a movement is, or what else it is: a verdict with its reasons for every line of a statement. Pure.

The order of evidence is the office's own: the number on the bill, the account a person usually pays from, the member number, the name.
Only full amounts under the first three may post by themselves; everything else is a proposal, a question, or waits in suspense.
What the books do with a verdict is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from unionops.members.rules.clues import LOST, Clues, Directory, Line, is_employer, tail_of
from unionops.members.rules.layouts import Source
from unionops.values.problems import Problem, problem
from unionops.values.text import name_key

TAKEN = (10, 15, 30)
"""NT$ that a payer's bank takes off a transfer."""
REVERSED_WITHIN = timedelta(62)
"""How far back the payment lies that a bank takes back."""


USUAL_DAYS = timedelta(5)
"""How long a shop's payment takes to arrive; one that takes longer and so arrives after the due day was still paid in time."""


class Verdict(StrEnum):
    """What a line is."""

    VA_EXACT = "va_exact"
    LAST5_EXACT = "last5_exact"
    BY_NUMBER = "by_number"
    NORMAL = "normal"
    NAME_AMOUNT = "name_amount"
    BY_NAME = "by_name"
    NAME_LOSSY = "name_lossy"
    COMBINED = "combined"
    FEE_SHORT = "fee_short"
    OVERPAID = "overpaid"
    PART_PAYMENT = "part_payment"
    LATE_ARRIVAL = "late_arrival_in_time"
    PAID_LATE = "paid_late"
    DUPLICATE = "duplicate_payment"
    UNKNOWN = "unknown"
    WRONG_ACCOUNT = "wrong_virtual_account"
    AMBIGUOUS = "ambiguous_name"
    CONFLICT = "number_name_conflict"
    EMPLOYER = "employer_checkoff"
    SHOPS = "store_settlement"
    GIRO = "giro_transfer"
    INTEREST = "interest"
    BANK_FEE = "bank_fee"
    OUTGOING = "outgoing"
    RETURNED = "returned_outgoing"
    REVERSAL = "reversal"
    REVERSED = "reversed_original"


MAY_POST = frozenset({Verdict.VA_EXACT, Verdict.LAST5_EXACT, Verdict.BY_NUMBER, Verdict.NORMAL})
"""Posted by themselves."""
PROPOSED = frozenset({
    Verdict.NAME_AMOUNT, Verdict.BY_NAME, Verdict.NAME_LOSSY, Verdict.COMBINED, Verdict.FEE_SHORT, Verdict.OVERPAID, Verdict.PART_PAYMENT,
    Verdict.LATE_ARRIVAL, Verdict.PAID_LATE,
})
"""Posted when somebody agrees."""
HELD = frozenset({Verdict.DUPLICATE, Verdict.UNKNOWN, Verdict.WRONG_ACCOUNT})
"""Nobody's for now: suspense, never income."""
ASKED = frozenset({Verdict.AMBIGUOUS, Verdict.CONFLICT})
"""Two people could be meant: somebody asks."""
NO_DUES = frozenset({
    Verdict.EMPLOYER, Verdict.SHOPS, Verdict.GIRO, Verdict.INTEREST, Verdict.BANK_FEE, Verdict.OUTGOING, Verdict.RETURNED, Verdict.REVERSAL, Verdict.REVERSED,
})
"""No payment of one member."""


class Bill(NamedTuple):
    """What one person was billed for a period, and what is open of it. ``amount`` is after adjustments."""

    person: int
    period_on: date
    amount: int
    open: int
    due_on: date


class Share(NamedTuple):
    """So much of a line for a person; ``period_on`` names the bill, None lets it pay the oldest."""

    person: int
    period_on: date | None
    amount: int


class Judgement(NamedTuple):
    """``to`` is proposed for whom; ``people`` all who come into question; ``partner`` the other line of a reversal. ``confidence`` 0–100."""

    verdict: Verdict
    confidence: int
    reasons: tuple[Problem, ...]
    to: tuple[Share, ...] = ()
    people: tuple[int, ...] = ()
    partner: int | None = None


# --- what is no member's payment --------------------------------------------------------------------------------------

_REVERSAL = re.compile(r"沖正|更正|沖銷|沖回|退票|誤入|取消")
_FEE = re.compile(r"手續費|匯費|郵電費|帳管費|帳戶管理費|工本費|服務費")
_INTEREST = re.compile(r"利息|存息|結息|活息")
_RETURNED = re.compile(r"退匯|匯退|退回|匯款退|存入退|沖正|更正|沖銷|沖回")
_SHOPS = re.compile(r"超商|便利商店|代收入帳|代收款撥")


def _no_dues(line: Line, directory: Directory) -> tuple[Verdict, Problem] | None:
    said = line.said
    if line.amount < 0:
        if _REVERSAL.search(said):
            return Verdict.REVERSAL, problem("", "摘要說是沖正或退票。", code="reversal_word")
        if _FEE.search(said):
            return Verdict.BANK_FEE, problem("", "摘要說是手續費。", code="fee_word")
        return Verdict.OUTGOING, problem("", "這是支出。", code="outgoing")
    if line.source is not Source.BANK:
        return None
    if _RETURNED.search(said):
        return Verdict.RETURNED, problem("", "摘要說是退匯。", code="returned_word")
    if _INTEREST.search(said):
        return Verdict.INTEREST, problem("", "摘要說是利息。", code="interest_word")
    if _SHOPS.search(said) or (directory.collectors and _names_collector(said, directory)):
        return Verdict.SHOPS, problem("", "摘要說是超商代收的撥款。", code="shops_word")
    if "劃撥" in said:
        return Verdict.GIRO, problem("", "摘要說是劃撥帳戶轉入。", code="giro_word")
    if is_employer(line, directory):
        return Verdict.EMPLOYER, problem("", "匯款人是代扣會費的雇主。", code="employer_name")
    return None


def _names_collector(said: str, directory: Directory) -> bool:
    key = name_key(said)
    return any(one in key for one in directory.collector_keys)


# --- judging ----------------------------------------------------------------------------------------------------------


class _Books:
    """What is open, as line after line takes its share."""

    def __init__(self, bills: Mapping[int, Sequence[Bill]]) -> None:
        self.bills = {person: sorted(some, key=lambda one: (one.due_on, one.period_on)) for person, some in bills.items()}

    def of(self, person: int, period_on: date | None = None) -> list[Bill]:
        return [one for one in self.bills.get(person, ()) if period_on is None or one.period_on == period_on]

    def take(self, shares: Iterable[Share]) -> None:
        for share in shares:
            left = share.amount
            some = self.bills.get(share.person, [])
            for at, one in enumerate(some):
                if share.period_on in (None, one.period_on):
                    part = min(left, max(one.open, 0))
                    some[at] = one._replace(open=one.open - part)
                    left -= part


class Fit(NamedTuple):
    """How an amount stands to what a person owes."""

    verdict: Verdict | None
    """None: exactly what is open."""
    shares: tuple[Share, ...]
    reason: Problem


def fit(person: int, amount: int, bills: Sequence[Bill]) -> Fit:
    """Holds an amount against a person's bills: one of them, or the oldest ones together, in full; with a bank's fee taken off; more,
    less, or nothing open at all."""
    open_ = [one for one in bills if one.open > 0]
    if not open_ or (all(one.open <= max(TAKEN) for one in open_) and any(amount in {one.amount - less for less in (0, *TAKEN)} for one in bills)):
        return Fit(Verdict.DUPLICATE, (), problem("", "這個人的帳單都已繳清，這是再繳一次或溢繳。" if bills else "這個人沒有應繳的帳單。", code="nothing_open"))
    groups = [[one] for one in open_] + [open_[: count + 1] for count in range(1, len(open_))]
    for less in (0, *TAKEN):
        for group in groups:
            if sum(one.open for one in group) - less == amount:
                shares = [Share(person, one.period_on, one.open) for one in group]
                if not less:
                    return Fit(None, tuple(shares), problem("", "金額 %(amount)s 元與未繳金額相同。", code="amount_exact", amount=f"{amount:,}"))
                shares[-1] = shares[-1]._replace(amount=shares[-1].amount - less)
                return Fit(Verdict.FEE_SHORT, tuple(shares), problem(
                    "", "少 %(less)s 元，應是匯款行扣的手續費；差額仍未繳。", code="fee_short", less=less,
                ))
    total = sum(one.open for one in open_)
    if amount > total:
        return Fit(Verdict.OVERPAID, tuple(Share(person, one.period_on, one.open) for one in open_), problem(
            "", "比未繳的 %(open)s 元多 %(more)s 元。", code="overpaid", open=f"{total:,}", more=f"{amount - total:,}",
        ))
    shares, left = [], amount
    for one in open_:
        if left > 0:
            shares.append(Share(person, one.period_on, min(left, one.open)))
            left -= shares[-1].amount
    return Fit(Verdict.PART_PAYMENT, tuple(shares), problem("", "比未繳的 %(open)s 元少，先抵最早的。", code="part", open=f"{total:,}"))


def judge(lines: Sequence[Line], known: Mapping[int, Clues], directory: Directory, bills: Mapping[int, Sequence[Bill]]) -> dict[int, Judgement]:
    """A verdict for every line not settled, by its ``id``. Numbers and accounts are judged before mere names, each in order of time,
    so that what is certain takes its bill first; whatever takes a bill, the next one sees it paid."""
    books = _Books(bills)
    found: dict[int, Judgement] = {}
    ordered = sorted(lines, key=lambda one: (one.paid_on or one.moved_on, one.moved_on))
    _pair(ordered, found, directory)
    waiting = [one for one in ordered if one.id not in found and not one.is_settled]
    weak = []
    for line in waiting:
        clue = known.get(line.id, Clues())
        other = None if clue.bill or clue.wrong else _no_dues(line, directory)
        if other is not None:
            found[line.id] = Judgement(other[0], 90, (other[1],))
        elif clue.bill or clue.wrong or clue.tail or clue.numbers:
            found[line.id] = _kept(books, _by_number(line, clue, directory, books))
        else:
            weak.append(line)
    for line in weak:
        found[line.id] = _kept(books, _by_name(line, known.get(line.id, Clues()), directory, books))
    return found


def _kept(books: _Books, judgement: Judgement) -> Judgement:
    books.take(judgement.to)
    return judgement


def _pair(lines: Sequence[Line], found: dict[int, Judgement], directory: Directory) -> None:
    """What a bank took back, with the payment that it took back: the same amount shortly before, told of in the same words."""
    taken: set[int] = set()
    for at, line in enumerate(lines):
        if line.is_settled or line.amount >= 0 or not _REVERSAL.search(line.said):
            continue
        before = [
            one for one in lines[:at] if one.amount == -line.amount and one.source == line.source and one.id not in taken and line.moved_on - one.moved_on <= REVERSED_WITHIN
        ]
        before += [one for one in lines[at + 1 :] if one.amount == -line.amount and one.moved_on == line.moved_on and one.id not in taken and one.source == line.source]
        told = [one for one in before if any(_same(getattr(one, name), getattr(line, name)) for name in ("code", "memo", "account", "payer"))]
        same_day = [one for one in before if one.moved_on == line.moved_on]
        partner = told[-1] if told else same_day[0] if len(same_day) == 1 else before[0] if len(before) == 1 else None
        if partner is None:
            why = problem("", "找不到被沖正的那一筆：同金額的有 %(count)s 筆。", code="reversal_alone", count=len(before))
            found[line.id] = Judgement(Verdict.REVERSAL, 40, (why,))
            continue
        taken.add(partner.id)
        why = problem("", "銀行沖正 %(on)s 的 %(amount)s 元。", code="reversal_of", on=partner.moved_on, amount=f"{partner.amount:,}")
        found[line.id] = Judgement(Verdict.REVERSAL, 95 if told else 70, (why,), partner=partner.id)
        if not partner.is_settled:
            why = problem("", "這筆 %(on)s 被銀行沖正，不入帳。", code="reversed_on", on=line.moved_on)
            found[partner.id] = Judgement(Verdict.REVERSED, 95 if told else 70, (why,), partner=line.id)


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and name_key(one) == name_key(other)


def _by_number(line: Line, clue: Clues, directory: Directory, books: _Books) -> Judgement:
    """A payment under a number of ours or from a known account."""
    if clue.wrong:
        why = problem("", "編號 %(number)s 的檢查碼不符，或沒有這個會員。", code="wrong_number", number=clue.wrong)
        return Judgement(Verdict.WRONG_ACCOUNT, 0, (why,))
    if clue.bill:
        return _billed_verdict(line, clue, books)
    if clue.numbers:
        return _numbered(line, clue, directory, books)
    return _from_account(line, clue, books)


def _billed_verdict(line: Line, clue: Clues, books: _Books) -> Judgement:
    assert clue.bill is not None
    person, period_on = clue.bill
    what = problem("", "超商銷帳編號相符。", code="slip") if clue.is_slip else problem("", "虛擬帳號相符。", code="account")
    bills = books.of(person, period_on)
    if not bills:
        why = problem("", "這個編號的帳單不存在或已撤銷。", code="no_such_bill")
        return Judgement(Verdict.WRONG_ACCOUNT, 0, (what, why), people=(person,))
    found = fit(person, line.amount, bills)
    if found.verdict is not None:
        return Judgement(found.verdict, 90 if found.shares else 0, (what, found.reason), found.shares, (person,))
    due_on, paid_on = max(one.due_on for one in bills), line.paid_on or line.moved_on
    if not clue.is_slip:
        return Judgement(Verdict.VA_EXACT, 100, (what, found.reason), found.shares, (person,))
    if paid_on > due_on:
        late = problem("", "%(paid)s 繳款，期限是 %(due)s。", code="late", paid=paid_on, due=due_on)
        return Judgement(Verdict.PAID_LATE, 98, (what, found.reason, late), found.shares, (person,))
    if line.moved_on > due_on and line.moved_on - paid_on > USUAL_DAYS:
        late = problem("", "%(paid)s 在期限 %(due)s 內繳款，%(moved)s 才入帳，視為準時。", code="in_time", paid=paid_on, due=due_on, moved=line.moved_on)
        return Judgement(Verdict.LATE_ARRIVAL, 99, (what, found.reason, late), found.shares, (person,))
    return Judgement(Verdict.NORMAL, 100, (what, found.reason), found.shares, (person,))


def _numbered(line: Line, clue: Clues, directory: Directory, books: _Books) -> Judgement:
    what = problem("", "寫了會員編號。", code="number")
    if len(clue.numbers) > 1:
        return _several(line, clue.numbers, what, books)
    person = clue.numbers[0]
    if not _agrees(person, clue, directory):
        why = problem("", "會員編號是 %(owner)s 的，寫的名字卻是 %(payer)s。", code="conflict", owner=directory.names[person][0], payer=line.payer or line.memo)
        return Judgement(Verdict.CONFLICT, 30, (what, why), people=tuple(dict.fromkeys((person, *(one for some in clue.names for one in some)))))
    found = fit(person, line.amount, books.of(person))
    return Judgement(found.verdict or Verdict.BY_NUMBER, 98 if found.verdict is None else 85 if found.shares else 0, (what, found.reason), found.shares, (person,))


def _agrees(person: int, clue: Clues, directory: Directory) -> bool:
    """Whether the name that is given could be the person's: his own, or his surname with a title."""
    if not clue.surname and not clue.full_name:
        return not clue.names or any(person in some for some in clue.names)
    names = [name_key(name) for name in directory.names.get(person, ())]
    if clue.surname:
        return any(name.startswith(clue.surname) for name in names)
    if clue.full_name in names:
        return True
    pattern = re.compile("".join("." if char in LOST else re.escape(char) for char in clue.full_name))
    return any(pattern.fullmatch(name) for name in names)


def _from_account(line: Line, clue: Clues, books: _Books) -> Judgement:
    what = problem("", "從常用帳號（末五碼 %(tail)s）匯來。", code="tail", tail=tail_of(line.account))
    named = [some for some in clue.names if not set(some) & set(clue.tail)]
    if clue.names and len(named) == len(clue.names):
        others = tuple(dict.fromkeys((*clue.tail, *(one for some in named for one in some))))
        why = problem("", "帳號是一個人的，附言寫的是另一個會員。", code="tail_conflict")
        return Judgement(Verdict.CONFLICT, 30, (what, why), people=others)
    people = clue.tail
    if len(people) > 1 and (meant := [one for one in people if any(one in some for some in clue.names)]) and len(meant) == 1:
        people = tuple(meant)
    if len(people) == 1:
        found = fit(people[0], line.amount, books.of(people[0]))
        return Judgement(
            found.verdict or Verdict.LAST5_EXACT, 97 if found.verdict is None else 80 if found.shares else 0, (what, found.reason), found.shares, people,
        )
    exact = [one for one in (fit(person, line.amount, books.of(person)) for person in people) if one.verdict is None]
    if len(exact) == 1:
        return Judgement(Verdict.LAST5_EXACT, 95, (what, exact[0].reason), exact[0].shares, people)
    if len(exact) > 1:
        why = problem("", "%(count)s 個會員用同一個帳號，金額也都相符。", code="shared_account", count=len(exact))
        return Judgement(Verdict.AMBIGUOUS, 40, (what, why), people=people)
    return _several(line, people, what, books)


def _several(line: Line, people: Sequence[int], what: Problem, books: _Books) -> Judgement:
    """One payment for several people: what all of them owe together."""
    shares = [Share(one.person, one.period_on, one.open) for person in people for one in books.of(person) if one.open > 0]
    owing = {one.person for one in shares}
    if sum(one.amount for one in shares) == line.amount and len(owing) > 1:
        why = problem("", "%(count)s 個人的未繳金額合計正好是 %(amount)s 元。", code="together", count=len(owing), amount=f"{line.amount:,}")
        return Judgement(Verdict.COMBINED, 85, (what, why), tuple(shares), tuple(people))
    # A bill of each: of one period, the oldest.
    oldest = [next((share for share in shares if share.person == person), None) for person in people]
    first = [share for share in oldest if share is not None]
    if len(first) > 1 and sum(one.amount for one in first) == line.amount:
        why = problem("", "%(count)s 個人最早一期的未繳金額合計正好是 %(amount)s 元。", code="together_oldest", count=len(first), amount=f"{line.amount:,}")
        return Judgement(Verdict.COMBINED, 80, (what, why), tuple(first), tuple(people))
    if not shares:
        why = problem("", "提到的 %(count)s 個人都沒有未繳的帳單。", code="none_open", count=len(people))
        return Judgement(Verdict.DUPLICATE, 0, (what, why), people=tuple(people))
    why = problem("", "提到 %(count)s 個人，金額與他們的未繳金額都對不上。", code="several", count=len(people))
    return Judgement(Verdict.UNKNOWN, 20, (what, why), people=tuple(people))


def _by_name(line: Line, clue: Clues, directory: Directory, books: _Books) -> Judgement:
    exact = Verdict.NAME_AMOUNT if line.source is Source.BANK else Verdict.BY_NAME
    what = problem("", "寫了會員的姓名。", code="name")
    if len(clue.names) > 1:
        if all(len(some) == 1 for some in clue.names):
            return _several(line, [some[0] for some in clue.names], what, books)
        return Judgement(Verdict.AMBIGUOUS, 20, (what, _namesakes(max(map(len, clue.names)))), people=tuple(one for some in clue.names for one in some))
    # Of namesakes those whose dues an employer holds back do not pay themselves.
    meant = [one for one in clue.names[0] if one not in directory.held_back] if clue.names and len(clue.names[0]) > 1 else list(*clue.names[:1])
    if clue.names and len(meant) != 1:
        return Judgement(Verdict.AMBIGUOUS, 40, (what, _namesakes(len(clue.names[0]))), people=clue.names[0])
    if clue.names:
        (person,) = meant
        found = fit(person, line.amount, books.of(person))
        beside = () if clue.is_certain else (problem("", "姓名旁邊還有別的字，可能不是這個人。", code="beside_name"),)
        sure = (90 if found.verdict is None else 70) if clue.is_certain else 50
        return Judgement(found.verdict or exact, sure if found.shares else 0, (what, found.reason, *beside), found.shares, (person,))
    if clue.looks:
        fits = [(person, fit(person, line.amount, books.of(person))) for person in clue.looks]
        fitting = [one for one in fits if one[1].verdict is None]
        what = problem("", "姓名有缺字。", code="name_lossy")
        if len(fitting) == 1:
            return Judgement(Verdict.NAME_LOSSY, 75 if len(fits) == 1 else 60, (what, fitting[0][1].reason), fitting[0][1].shares, clue.looks)
        if len(fits) == 1:
            person, found = fits[0]
            return Judgement(found.verdict or Verdict.NAME_LOSSY, 50 if found.shares else 0, (what, found.reason), found.shares, (person,))
        return Judgement(Verdict.AMBIGUOUS, 20, (what, _namesakes(len(fits))), people=clue.looks)
    return Judgement(Verdict.UNKNOWN, 0, (problem("", "沒有編號、常用帳號或會員姓名可比對。", code="nothing_known"),))


def _namesakes(count: int) -> Problem:
    return problem("", "有 %(count)s 個會員可能是這個人，要問清楚。", code="namesakes", count=count)
