"""Standing orders: authorisations, the file of orders for a month, the bank's answer booked. Nobody is drawn from twice for one month."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import db, lock_row
from unionops.core.i18n import _l
from unionops.core.union.models import BankAccount
from unionops.members.models import Person
from unionops.members.models.debit import DebitLine, DebitMandate, DebitRun
from unionops.members.queries import debit as queries
from unionops.members.rules import debit as rules
from unionops.members.rules.collecting import Channel
from unionops.members.services.dues import paying
from unionops.values.problems import RuleBroken, problem

AUTHORISED = recording.sentence("debit.authorised", _l("登錄 %(name)s 的帳戶扣款授權"))
ENDED = recording.sentence("debit.ended", _l("終止 %(name)s 的帳戶扣款授權"))
MADE = recording.sentence("debit.made", _l("製作 %(on)s 帳戶扣款檔，%(count)s 筆 %(amount)s 元"))
BOOKED = recording.sentence("debit.booked", _l("讀入 %(on)s 帳戶扣款結果，成功 %(count)s 筆 %(amount)s 元，失敗 %(refused)s 筆"))
DROPPED = recording.sentence("debit.dropped", _l("刪除 %(on)s 帳戶扣款檔"))


def authorise(person: Person, *, bank: str, account: str, from_on: date, note: str) -> DebitMandate:
    """A new authorisation. Raises RuleBroken, also while another is in force."""
    lock_row(person)
    problems = rules.mandate_problems(bank, account, from_on, None)
    if db.session.scalar(sa.select(DebitMandate.id).where(DebitMandate.person_id == person.id, DebitMandate.until_on.is_(None)).limit(1)):
        problems.append(problem("person", "這位會員已有有效的授權；先終止再登錄。", code="authorised_already"))
    if problems:
        raise RuleBroken(*problems)
    made = DebitMandate(person_id=person.id, bank=bank, account=account, from_on=from_on, note=note)
    db.session.add(made)
    recording.describe(AUTHORISED, person, name=person.name)
    return made


def end(mandate: DebitMandate, *, until_on: date) -> None:
    """The last day on which it may be drawn on. Raises RuleBroken."""
    lock_row(mandate)
    if mandate.until_on is not None:
        raise RuleBroken(problem("", "這份授權已經終止。", code="ended_already"))
    if until_on < mandate.from_on:
        raise RuleBroken(problem("until_on", "迄日早於起日 %(since)s。", since=mandate.from_on, code="ends_before_it_begins"))
    mandate.until_on = until_on
    person = db.session.get_one(Person, mandate.person_id)
    recording.describe(ENDED, person, name=person.name)


def make(period_on: date, collect_on: date, *, layout: str, account: BankAccount | None, today: date) -> DebitRun:
    """The orders of a month: whoever has something open and was not drawn from for it. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    if collect_on < today:
        raise RuleBroken(problem("collect_on", "扣款日不得早於今天。", code="in_the_past"))
    people = [one for one in queries.due(period_on, collect_on) if not one.is_drawn]
    if not people:
        raise RuleBroken(problem("", "這一期沒有可以扣款的人：沒有欠費，或已經送扣。", code="nobody"))
    run = DebitRun(layout=layout, period_on=period_on, collect_on=collect_on, made_on=today, bank_account_id=account.id if account else None)
    run.lines = [
        DebitLine(person_id=one.person_id, mandate_id=one.mandate.id, serial=at, number=one.number, amount=one.amount) for at, one in enumerate(people, 1)
    ]
    run.counts = {"count": len(people), "amount": sum(one.amount for one in people)}
    db.session.add(run)
    db.session.flush()
    file_of(run, union="")  # What does not fit is told before anything is kept.
    recording.describe(MADE, run, on=collect_on, count=len(people), amount=run.counts["amount"])
    return run


def file_of(run: DebitRun, *, union: str) -> bytes:
    """The file for the bank. Raises RuleBroken for what does not fit."""
    orders = [
        rules.Order(line.serial, mandate.bank, mandate.account, identity or "", line.amount, line.number) for line, mandate, identity in queries.orders(run)
    ]
    return rules.write(rules.layouts()[run.layout], orders, union=union, made_on=run.made_on, collect_on=run.collect_on)


def drop(run: DebitRun) -> None:
    """Removes a run that the bank has not answered: the file was never handed in. Raises RuleBroken otherwise."""
    lock_row(run)
    if run.returned_on is not None:
        raise RuleBroken(problem("", "銀行已經回覆，不能刪除。", code="returned_already"))
    recording.describe(DROPPED, on=run.collect_on)
    db.session.delete(run)


def read_answer(run: DebitRun, data: bytes, *, today: date) -> tuple[int, int]:
    """Books what the bank drew, on the day of drawing, and keeps why it did not; (drawn, refused). Raises RuleBroken; then nothing changed."""
    paying.one_batch_at_a_time()
    lock_row(run)
    if run.returned_on is not None:
        raise RuleBroken(problem("file", "這一批的結果已經入帳。", code="booked_already"))
    layout = rules.layouts()[run.layout]
    answers = rules.read(layout, data)
    lines = {line.serial: line for line in run.lines}
    if problems := rules.answer_problems({serial: (line.number, line.amount) for serial, line in lines.items()}, answers):
        raise RuleBroken(*problems[:10])
    drawn = []
    for one in answers:
        line = lines[one.serial]
        line.result, line.is_drawn = one.result, one.result == layout.success
        if line.is_drawn:
            drawn.append(line)
    ids = paying.receive_many([
        paying.Received(line.person_id, line.amount, run.collect_on, Channel.DEBIT, paying.Source(bank_account_id=run.bank_account_id), note=f"帳戶扣款 {run.id}-{line.serial}")
        for line in drawn
    ], today=today) if drawn else []
    for line, number in zip(drawn, ids, strict=True):
        line.payment_id = number
    run.returned_on = today
    amount = sum(line.amount for line in drawn)
    run.counts = run.counts | {"drawn": len(drawn), "drawn_amount": amount, "refused": len(answers) - len(drawn)}
    recording.describe(BOOKED, run, on=run.collect_on, count=len(drawn), amount=amount, refused=len(answers) - len(drawn))
    return len(drawn), len(answers) - len(drawn)
