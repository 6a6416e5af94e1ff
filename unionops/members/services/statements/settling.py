"""Decides lines: books what may post by itself, what somebody agreed to, or puts the money in suspense; and takes any of it back.

Whoever decides holds the one lock of batches first, then the line: of two at once the second is told that it is decided already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import bulk, bulk_insert, db, lock_row, unhindered
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.rules import chart
from unionops.finance.rules.vouchers import Entry, credit, debit
from unionops.finance.services import Draft
from unionops.members.models import CheckoffList, PayerAccount, Person, Statement, StatementLine
from unionops.members.queries import dues
from unionops.members.queries import statements as queries
from unionops.members.queries.checkoff import Awaited, deposits_awaited
from unionops.members.queries.statements import Row, Waiting
from unionops.members.rules import collecting
from unionops.members.rules.clues import tail_of
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import Item, allot
from unionops.members.rules.layouts import Source
from unionops.members.rules.matching import ASKED, HELD, MAY_POST, NO_DUES
from unionops.members.services import checkoff
from unionops.members.services.dues import paying
from unionops.members.services.dues.paying import Received
from unionops.members.services.statements.judging import judge_waiting
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

POSTED_MANY = recording.sentence("statements.posted_many", _l("對帳入帳 %(count)s 筆，共 %(amount)s 元"))
SUSPENDED_MANY = recording.sentence("statements.suspended_many", _l("對帳列暫收款 %(count)s 筆，共 %(amount)s 元"))
SETTLED = recording.sentence("statements.settled", _l("對帳明細 %(on)s %(amount)s 元：%(how)s"))
UNDONE = recording.sentence("statements.undone", _l("取消對帳明細 %(on)s %(amount)s 元的處理：%(why)s"))

CHANNELS = {Source.BANK: Channel.BANK, Source.GIRO: Channel.GIRO, Source.SHOP: Channel.SHOP}
POSTED, SUSPENSE, ASIDE, REVERSED = "posted", "suspense", "aside", "reversed"
_HOW = {POSTED: "入帳", SUSPENSE: "列暫收款", ASIDE: "不是會員繳款", REVERSED: "沖正"}


class Wanted(NamedTuple):
    """So much of a line for a person. ``period_on`` names the bill, ``to`` the charges (id, NT$); neither: the oldest first."""

    person_id: int
    amount: int
    period_on: date | None = None
    to: Sequence[tuple[int, int]] | None = None


class Posted(NamedTuple):
    """What a batch did; ``held`` lines could not be booked on their day."""

    count: int
    amount: int
    held: int


def pointer(line: StatementLine) -> Ref:
    return Ref("statement_line", line.id)


# --- many at once -----------------------------------------------------------------------------------------------------


def post(verdicts: Collection[str] = MAY_POST, *, today: date, statement: Statement | None = None) -> Posted:
    """Books every open line of these verdicts as it is proposed, all or none. They are judged once more first: the books may have moved
    since somebody looked. Lines of a closed month or before the books begin stay open, with the reason. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    judge_waiting(today)
    with unhindered():
        found = queries.waiting_rows(Waiting(tuple(sorted(verdicts)), statement.id if statement else None))
        held = [one for one in found if one.proposal.get("held")]
        ready = sorted((one for one in found if not one.proposal.get("held") and one.proposal.get("to")), key=lambda one: (one.moved_on, one.id))
        _book([(one, proposed(one), False) for one in ready], today)
        _learn(ready)
    if ready:
        recording.describe(POSTED_MANY, count=len(ready), amount=sum(one.amount for one in ready))
        judge_waiting(today)
    return Posted(len(ready), sum(one.amount for one in ready), len(held))


def proposed(line: StatementLine | Row) -> list[Wanted]:
    """What the matcher proposes for a line."""
    return [
        Wanted(person, amount, date.fromisoformat(period_on) if period_on else None) for person, period_on, amount in line.proposal.get("to", ())
    ]


def _book(chosen: Sequence[tuple[StatementLine | Row, Sequence[Wanted], bool]], today: date) -> None:
    """Books lines, each for the people wanted; what is left over is the last one's credit if so said, else in suspense."""
    if not chosen:
        return
    files = {one.id: one for one in db.session.scalars(sa.select(Statement).where(Statement.id.in_({line.statement_id for line, _some, _keep in chosen})))}
    people = {one.person_id for _line, some, _keep in chosen for one in some}
    paying.hold_people(people)  # What a cashier takes from one of them in this moment is seen.
    items = dues.items_of(people)
    payments: list[Received] = []
    for line, some, keep in chosen:
        payments += _received(line, files[line.statement_id], some, keep, items)
    paying.receive_many(payments, today=today)
    for how in (POSTED, SUSPENSE):
        _mark([line.id for line, some, _keep in chosen if bool(some) == (how == POSTED)], how)


def _received(line: StatementLine | Row, file: Statement, some: Sequence[Wanted], keep: bool, items: dict[int, list[Item]]) -> list[Received]:
    by_person: dict[int, tuple[int, list[tuple[int, int]]]] = {}
    for one in some:
        amount, to = by_person.get(one.person_id, (0, []))
        by_person[one.person_id] = amount + one.amount, [*to, *_charges(one, items)]
    rest = line.amount - sum(one.amount for one in some)
    if rest < 0 or any(one.amount <= 0 for one in some):
        raise RuleBroken(problem("amount", "分給各人的金額合計須等於或少於 %(amount)s 元。", code="more_than_came", amount=f"{line.amount:,}"))
    parts: list[tuple[int | None, int, list[tuple[int, int]] | None]] = [(person, amount, to) for person, (amount, to) in by_person.items()]
    if rest and keep and parts:
        person, amount, to = parts[-1]
        parts[-1] = person, amount + rest, to
    elif rest:
        parts.append((None, rest, None))
    channel, fee = CHANNELS[Source(file.kind)], 0 if file.kind == Source.SHOP else line.fee  # A shop's fee is told by the deposit.
    found = []
    for person_id, amount, to in parts:
        found.append(Received(
            person_id, amount, line.paid_on or line.moved_on, channel,
            paying.Source(statement_line_id=line.id, bank_account_id=file.bank_account_id, fee=min(fee, amount)), (line.payer or line.memo)[:120], "", to,
        ))
        fee -= min(fee, amount)
    return found


def _charges(one: Wanted, items: dict[int, list[Item]]) -> list[tuple[int, int]]:
    """Which charges it pays; they are taken from ``items``, so that the next payment finds them paid."""
    mine = items.get(one.person_id, [])
    if one.to is not None:
        parts = list(one.to)
    else:
        parts, _rest = allot([item for item in mine if one.period_on in (None, item.period_on)], one.amount)
    taken = Counter(dict(parts))
    items[one.person_id] = [item._replace(open=item.open - taken[item.id]) for item in mine]
    return parts


def _mark(ids: Sequence[int], how: str, note: str = "") -> None:
    """Marks lines as decided. Nobody may have decided one of them meanwhile."""
    table = StatementLine.__table__
    done = 0
    for start in range(0, len(ids), 5_000):
        done += bulk(
            sa.update(table).where(table.c.id.in_(ids[start : start + 5_000]), table.c.settled_at.is_(None))
            .values(settled_at=clock.now(), settled_as=how, settled_by_id=recording.actor()[0], note=note[:200]),
            reason="statement_line",
        ).rowcount  # type: ignore[attr-defined]
    if done != len(ids):
        raise RuleBroken(_decided())
    db.session.expire_all()


def _decided() -> Problem:
    return problem("", "這筆剛剛已有人處理，請重新查看。", code="settled")


def _learn(lines: Sequence[Row]) -> None:
    """Whoever's payment somebody agreed to is known by its account from then on."""
    found: dict[tuple[int, str], date] = {}
    for line in lines:
        people = {one[0] for one in line.proposal.get("to", ())}
        tail = tail_of(line.account)
        if line.verdict not in MAY_POST and tail and len(people) == 1:
            found.setdefault((people.pop(), tail), line.moved_on)
    known = queries.known_accounts({person for person, _tail in found}) if found else set()
    new = [(*one, since) for one, since in found.items() if one not in known]
    bulk_insert(PayerAccount.__table__, ("person_id", "tail", "since_on"), new, reason="payer_account")


# --- one line ---------------------------------------------------------------------------------------------------------


def _hold(line: StatementLine) -> Statement:
    """The locks of whoever decides one line. Raises RuleBroken when it is decided already."""
    paying.one_batch_at_a_time()
    lock_row(line)
    if line.settled_at is not None:
        raise RuleBroken(_decided())
    return db.session.get_one(Statement, line.statement_id)


def settle(line: StatementLine, wanted: Sequence[Wanted], *, today: date, keep_rest: bool = False) -> None:
    """Books a line for these people. What is left over waits in suspense, or is the last one's credit (``keep_rest``). Raises RuleBroken."""
    _hold(line)
    if line.amount <= 0:
        raise RuleBroken(problem("", "支出不能列為會員繳款。", code="outgoing"))
    if not wanted:
        raise RuleBroken(problem("person", "請指定是哪位會員。", code="nobody"))
    account = tail_of(line.account)
    _book([(line, wanted, keep_rest)], today)
    if account and len({one.person_id for one in wanted}) == 1 and db.session.get(PayerAccount, (wanted[0].person_id, account)) is None:
        db.session.add(PayerAccount(person_id=wanted[0].person_id, tail=account, since_on=line.moved_on))
    names = dict(db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_({one.person_id for one in wanted}))).all())
    recording.describe(SETTLED, line, on=line.moved_on, amount=line.amount, how=f"{_HOW[POSTED]} {'、'.join(names.values())}")
    judge_waiting(today)


def suspend(line: StatementLine, *, today: date) -> None:
    """Keeps the money for whoever turns out to have paid it (暫收款). Raises RuleBroken."""
    _hold(line)
    if line.amount <= 0:
        raise RuleBroken(problem("", "支出不能列為暫收款。", code="outgoing"))
    _book([(line, (), False)], today)
    recording.describe(SETTLED, line, on=line.moved_on, amount=line.amount, how=_HOW[SUSPENSE])
    judge_waiting(today)


def set_aside(line: StatementLine, how: str, *, today: date, other_account_id: int | None = None, note: str = "") -> None:
    """What is no member's payment: ``interest`` and ``bank_fee`` go to the ledger, ``transfer`` moves money between our accounts,
    ``store_settlement`` and ``employer_checkoff`` bring what collectors owed us, ``elsewhere`` is booked by another part of the office
    (expenses, and what came back of them). Raises RuleBroken."""
    file = _hold(line)
    partner = None
    entries: list[Entry] = []
    match how:
        case "interest" if line.amount > 0:
            entries = [debit(chart.BANK, line.amount, bank_account_id=file.bank_account_id), credit(chart.OTHER_INCOME, line.amount)]
        case "bank_fee" if line.amount < 0:
            entries = [debit(chart.FEES, -line.amount), credit(chart.BANK, -line.amount, bank_account_id=file.bank_account_id)]
        case "transfer":
            if other_account_id is None or other_account_id == file.bank_account_id:
                raise RuleBroken(problem("other_account", "請選另一個帳戶。", code="account_missing"))
            here, there = (file.bank_account_id, other_account_id) if line.amount > 0 else (other_account_id, file.bank_account_id)
            entries = [debit(chart.BANK, abs(line.amount), bank_account_id=here), credit(chart.BANK, abs(line.amount), bank_account_id=there)]
        case "store_settlement" if line.amount > 0:
            day = next((one for one in queries.shop_days(line.moved_on) if one.net == line.amount), None)
            if day is None:
                raise RuleBroken(problem("", "沒有哪一個清算日的超商代收淨額是 %(amount)s 元；超商檔可能還沒讀入。", code="no_shop_day", amount=f"{line.amount:,}"))
            entries = collecting.settled_entries(day.amount, day.fees, file.bank_account_id)
            partner = day.first_id
        case "employer_checkoff" if line.amount > 0:
            entries = _employer_entries(line, file)
        case "elsewhere":
            pass
        case _:
            raise RuleBroken(problem("", "這筆不能這樣處理。", code="not_this_way"))
    if entries:
        since = books.begins_on()
        if problems := collecting.payment_problems(abs(line.amount), line.moved_on, today=today, is_closed=books.is_closed(line.moved_on), since=since):
            raise RuleBroken(*problems)
        ledger.post(Draft(line.moved_on, f"對帳：{line.memo or line.word or how}"[:200], entries, pointer(line)), today=today)
    _decide(line, ASIDE, note or how, partner)


def _employer_entries(line: StatementLine, file: Statement) -> list[Entry]:
    fitting = _awaited(line)
    if not fitting:
        raise RuleBroken(problem("", "沒有已入帳而未撥款、金額是 %(amount)s 元的代扣名冊；請先在「代扣」入帳。", code="no_list", amount=f"{line.amount:,}"))
    said = [one for one in fitting if one.employer[:2] in f"{line.memo}{line.payer}"]
    if len(fitting) > 1 and len(said) != 1:
        raise RuleBroken(problem("", "有 %(count)s 份代扣名冊是這個金額，請到該名冊指定匯入款。", code="several_lists", count=len(fitting)))
    sheet = db.session.get_one(CheckoffList, (said or fitting)[0].list_id)
    checkoff.settle_deposit(sheet, line.id)
    return collecting.settled_entries(line.amount + sheet.fee, sheet.fee, file.bank_account_id)


def _awaited(line: StatementLine) -> list[Awaited]:
    """Lists of employers whose money this line could be: what the employer said that he sent, or what was booked less his fee."""
    return [one for one in deposits_awaited() if line.amount in (one.transferred, one.booked - one.fee)]


def _decide(line: StatementLine, how: str, note: str = "", partner_id: int | None = None) -> None:
    line.settled_at, line.settled_as, line.settled_by_id, line.note = clock.now(), how, recording.actor()[0], note[:200]
    if partner_id is not None:
        line.partner_id = partner_id
    recording.describe(SETTLED, line, on=line.moved_on, amount=line.amount, how=_HOW[how])


def reverse(line: StatementLine, partner: StatementLine, *, today: date) -> None:
    """The bank took a payment back (沖正): what was booked for it is taken back as of that day; if nothing was, neither line counts.
    Raises RuleBroken."""
    _hold(line)
    lock_row(partner)
    if line.amount >= 0 or partner.amount != -line.amount or partner.settled_as not in ("", POSTED, SUSPENSE):
        raise RuleBroken(problem("", "這兩筆不是互相沖銷的。", code="not_a_pair"))
    paying.take_back_all(queries.payments_of(partner.id), why="銀行沖正", on=line.moved_on, today=today)
    _decide(partner, REVERSED, "", line.id)
    _decide(line, REVERSED, "", partner.id)
    judge_waiting(today)


def undo(line: StatementLine, *, why: str, today: date) -> None:
    """Takes back what was decided about a line; it waits again. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    lock_row(line)
    if line.settled_at is None:
        raise RuleBroken(problem("", "這筆還沒有處理。", code="open"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    if line.settled_as == REVERSED:
        raise RuleBroken(problem("", "銀行已沖正的明細不能取消。", code="reversed"))
    paying.take_back_all(queries.payments_of(line.id), why=why, on=today, today=today)
    for voucher in books.vouchers_of(pointer(line)):
        if line.settled_as == ASIDE and voucher.reverses_id is None and books.reversal_of(voucher) is None:
            ledger.reverse(voucher, on=today, why=f"取消對帳：{why}"[:200], today=today)
    sheet = db.session.scalar(sa.select(CheckoffList).where(CheckoffList.statement_line_id == line.id))
    if sheet is not None:
        checkoff.settle_deposit(sheet, None)
    line.settled_at, line.settled_as, line.settled_by_id, line.note, line.partner_id = None, "", None, why[:200], None
    recording.describe(UNDONE, line, on=line.moved_on, amount=line.amount, why=why)
    db.session.flush()
    judge_waiting(today)


def agree(verdict: str, *, today: date, statement: Statement | None = None) -> Posted:
    """Does with every open line of one verdict what is proposed for it: books it, sets it aside, or puts it in suspense. What cannot be
    done now stays open. Raises RuleBroken for verdicts that somebody has to decide one by one."""
    if verdict in ASKED:
        raise RuleBroken(problem("", "這一類要逐筆決定。", code="one_by_one"))
    if verdict not in NO_DUES | HELD:
        return post([verdict], today=today, statement=statement)
    paying.one_batch_at_a_time()
    judge_waiting(today)
    if verdict in HELD:
        found = queries.waiting_rows(Waiting((verdict,), statement.id if statement else None))
        ready = [one for one in found if not one.proposal.get("held")]
        if ready:
            amount = sum(one.amount for one in ready)
            _book([(one, (), False) for one in ready], today)
            recording.describe(SUSPENDED_MANY, count=len(ready), amount=amount)
            judge_waiting(today)
        return Posted(len(ready), sum(one.amount for one in ready), len(found) - len(ready))
    done = amount = held = 0
    lines = list(queries.waiting(Waiting((verdict,), statement.id if statement else None)))
    paying.hold_people(
        one.person_id for line in lines if line.partner_id is not None for one in queries.payments_of(line.partner_id) if one.person_id is not None
    )
    for line in lines:
        act = _aside_act(line)
        if act is None or line.proposal.get("held"):
            held += 1
            continue
        act(today)
        done, amount = done + 1, amount + line.amount
    return Posted(done, amount, held)


def _aside_act(line: StatementLine) -> Callable[[date], None] | None:
    """What is to be done with a line that is no member's payment, when that is certain."""
    if line.verdict == "reversal" and line.partner_id is not None:
        partner = db.session.get_one(StatementLine, line.partner_id)
        return lambda today: reverse(line, partner, today=today)
    if line.verdict == "store_settlement" and any(one.net == line.amount for one in queries.shop_days(line.moved_on)):
        return lambda today: set_aside(line, "store_settlement", today=today)
    if line.verdict == "employer_checkoff" and len(_awaited(line)) == 1:
        return lambda today: set_aside(line, "employer_checkoff", today=today)
    how = {"interest": "interest", "bank_fee": "bank_fee", "outgoing": "elsewhere", "returned_outgoing": "elsewhere"}.get(line.verdict)
    return (lambda today: set_aside(line, how, today=today)) if how else None
