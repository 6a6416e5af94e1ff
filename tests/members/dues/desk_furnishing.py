"""Money taken at the desk of the furnished office: a receipt, one made void, money nobody knows the payer of, a counted box."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.members.models import Person
from unionops.members.queries import receipts as reads
from unionops.members.rules.collecting import Channel
from unionops.members.services.dues import counting, paying, receipts


def visits(person_id: int, cashier: User, today: date) -> dict[str, dict[str, Any]]:
    """Takes money, gives receipts, counts; with what each screen of the desk is visited."""
    person = db.session.get_one(Person, person_id)
    with recording.acting(cashier.name, "office", cashier.id):
        counted = _take(person, 600, today)
        receipts.void(receipts.issue(counted, today=today), why="抬頭誤植", now=clock.now())
        receipts.issue(counted, today=today)
        done = counting.count(cashier, {500: 1, 100: 1}, note="", today=today)
        payment = _take(person, 450, today)
        held = receipts.issue(payment, today=today)
        waiting = paying.receive(None, amount=300, received_on=today, channel=Channel.BANK, today=today, payer="王小明")
    of_payment, of_receipt, of_count = {"payment_id": payment.id}, {"receipt_id": held.id}, {"count_id": done.id}
    return {
        **{f"dues.{name}": {"person_id": person_id} for name in ("account", "take", "use_credit")},
        **{f"dues.{name}": of_payment for name in ("payment", "issue_receipt", "reallot", "refund", "take_back")},
        "dues.identify": {"payment_id": waiting.id},
        **{f"dues.{name}": of_receipt for name in ("receipt", "print_receipt", "preview_receipt", "void_receipt", "mail_receipt")},
        "dues.verify_receipt": {"token": reads.token_of(held.id)},
        **{f"dues.{name}": of_count for name in ("cash_count", "count_paper", "undo_count")},
        "dues.export_payments": {"fmt": "csv"},
    }


def _take(person: Person, amount: int, today: date) -> Any:
    return paying.receive(person, amount=amount, received_on=today, channel=Channel.COUNTER, today=today)
