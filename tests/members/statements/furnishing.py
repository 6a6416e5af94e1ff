"""A union whose members owe what the office's receivables say, in the books as well; and its bank accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from tests.members.acts import work
from tests.members.statements.samples import ACCOUNT, DUE, EMPLOYERS, Q1, RECEIVABLES, SLIP
from unionops.core.db import db
from unionops.core.union import services as union
from unionops.core.union.models import BankAccount, Union
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import Charge, Employer, Membership, PayerAccount, PaymentNumbering, Person
from unionops.members.rules import collecting
from unionops.members.rules.dues import SchemeKind

TODAY = date(2026, 3, 25)


class Owing(NamedTuple):
    """Who owes how much of dues and of mutual aid."""

    number: str
    name: str
    dues: int
    aid: int = 0
    tail: str = ""


def receivables() -> list[Owing]:
    return [Owing(row["會員編號"], row["姓名"], int(row["會費"]), int(row["保險費"]), row["常用帳號末五碼"]) for row in RECEIVABLES]


def owe(some: Sequence[Owing], *, charged_on: date = date(2026, 1, 2), period_on: date = Q1, due_on: date = DUE) -> dict[str, int]:
    """Members and what each owes; member number → person."""
    with work():
        made = [(one, Person(name=one.name, memberships=[Membership(number=one.number, joined_on=date(2015, 1, 1))])) for one in some]
        db.session.add_all(person for _one, person in made)
        db.session.flush()
        posted = []
        for one, person in made:
            if one.tail:
                db.session.add(PayerAccount(person_id=person.id, tail=one.tail, since_on=period_on))
            for kind, amount, order in ((SchemeKind.REGULAR, one.dues, 10), (SchemeKind.MUTUAL, one.aid, 20)):
                if amount:
                    posted.append((kind, amount))
                    db.session.add(Charge(
                        person_id=person.id, kind=kind.value, text=kind.value, period_on=period_on, months=3, amount=amount, charged_on=charged_on, due_on=due_on, order=order,
                    ))
        ledger.post(Draft(charged_on, "開單", collecting.charge_entries(posted)), today=TODAY)
        return {one.number: person.id for one, person in made}


def accounts() -> tuple[int, int]:
    """The union, its bank account and its giro account; how its numbers are made."""
    with work():
        record = db.session.scalar(sa.select(Union)) or Union(name="中彰投展演舞台技術人員職業工會", kind="occupational")
        db.session.add(record)
        db.session.flush()
        bank = union.add_bank_account(record, bank="嘉穗商業銀行", branch="臺中分行", account_number="0187200056731", holder=record.name, purpose="會費", from_on=date(2015, 1, 1))
        giro = union.add_bank_account(record, bank="中華郵政", branch="", account_number="02298817", holder=record.name, purpose="劃撥", from_on=date(2015, 1, 1))
        for kind, pattern, who in (("account", ACCOUNT, "嘉穗商業銀行"), ("slip", SLIP, "匯聚代收")):
            db.session.add(PaymentNumbering(kind=kind, valid_from=date(2025, 1, 1), pattern=pattern, agreed_with=who))
        db.session.add_all(Employer(name=name) for name in EMPLOYERS)
        db.session.flush()
        return bank.id, giro.id


def account(number: int | None) -> BankAccount | None:
    return db.session.get_one(BankAccount, number) if number is not None else None
