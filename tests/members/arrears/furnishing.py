"""Debtors of the furnished office (tests/office.py): one at each point of the ladder, and with what the screens of arrears are visited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.members.models import Dunning, Person, Scheme, SchemeTerms
from unionops.members.queries import arrears as queries
from unionops.members.queries.arrears import Filter
from unionops.members.rules.arrears import Step, equal_promises
from unionops.members.rules.dues import months_on
from unionops.members.services import arrears, people
from unionops.members.services.dues import running


def owing(name: str, months: int, scheme: int, today: date, **given: Any) -> Person:
    """A member of many years who was billed month by month and has paid nothing for so many months."""
    person = people.add_member(today=today, name=name, joined_on=date(today.year - 5, 3, 2), **given)
    db.session.flush()
    for back in range(months + 1, 1, -1):
        first = months_on(today, -back)
        running.charge_once(person, scheme, on=first, today=first)
    return person


def dues(today: date) -> int:
    """A scheme of 200 a month, due at the end of the month; its number."""
    scheme = Scheme(title="經常會費（舊制）", kind="regular", period="month", due_month=1, due_day=31, order=30)
    db.session.add(scheme)
    db.session.flush()
    db.session.add(SchemeTerms(scheme_id=scheme.id, valid_from=date(today.year - 5, 1, 1), basis="fixed", amount=200, clause="第 29 條"))
    db.session.flush()
    return scheme.id


def send(step: Step, person: Person, day: date, by: User) -> int:
    """A letter to one person on an earlier day; the number of its run."""
    way = arrears.REGISTERED if step is Step.FORMAL else arrears.POST
    run = arrears.send(step, Filter(ids=(person.id,)), by, way=way, pay_by=day + timedelta(30), by=by, today=day)
    return run.id


def visits(by: User, today: date) -> dict[str, dict[str, Any]]:
    """Lets people fall behind inside the caller's unit; what each screen's address needs."""
    scheme = dues(today)
    owing("許久未", 4, scheme, today, email="hsu@example.tw")
    far, agreed = owing("簡欠年", 14, scheme, today, mail_address="臺中市北區三民路三段 1 號"), owing("賴分期", 5, scheme, today)
    send(Step.NOTICE, far, today - timedelta(80), by)
    formal = send(Step.FORMAL, far, today - timedelta(45), by)
    letters = list(db.session.scalars(sa.select(Dunning).where(Dunning.run_id == formal)))
    arrears.record_delivery(letters, delivered_on=today - timedelta(43), returned_on=None, proof="掛號 40012345678", today=today)
    arrears.propose(Step.SUSPENSION, Filter(ids=(far.id,)), by, clause="章程第 10 條", by=by, today=today)
    total = sum(one.open for one in queries.open_items([agreed.id], today)[agreed.id])
    plan = arrears.agree(agreed, equal_promises(total, 4, today + timedelta(10)), agreed_on=today, note="", today=today)
    return {
        **{f"arrears.{name}": {"person_id": far.id} for name in ("person", "agree", "write_off")},
        **{f"arrears.{name}": {"run_id": formal} for name in ("run", "letters", "print_letters", "delivery", "ticked", "close_run")},
        "arrears.merge": {"run_id": formal, "fmt": "xlsx"},
        **{f"arrears.{name}": {"dunning_id": letters[0].id} for name in ("letter", "correct_delivery")},
        **{f"arrears.{name}": {"plan_id": plan.id} for name in ("agreement", "end_plan")},
        "arrears.prepare": {"step": "notice"},
        "arrears.export": {"fmt": "ods"},
        "dues.report_file": {"month": f"{today.year - 1911}{today.month:02}", "fmt": "ods"},
    }
