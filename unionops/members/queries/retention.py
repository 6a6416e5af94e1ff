"""Reads of what is kept of people who left: the facts of all of them, set by set; what would go, field by field; why others stay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import aliased

from unionops.core.attachments.models import Attachment
from unionops.core.db import db, plain
from unionops.core.legal import queries as legal
from unionops.members.models import (
    Application,
    Charge,
    Consent,
    CustomValue,
    DebitMandate,
    Dependant,
    EmergencyContact,
    Erasure,
    FormerIdentity,
    Measure,
    Membership,
    Note,
    PayerAccount,
    Payment,
    Person,
    Retained,
    StatementLine,
)
from unionops.members.queries import dues
from unionops.members.rules import retention as rules
from unionops.members.rules.admission import Decision
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.retention import Former, Hold, Part
from unionops.values import masks

GONE = "（已刪減）"

NAME_GONE: sa.ColumnElement[bool] = sa.or_(*(Person.name.contains(cover, autoescape=True) for cover in masks.NAME_COVERS))

HOLDERS: list[Callable[[], sa.Select[tuple[int]]]] = []
"""SELECTs of the ids of people about whom another area still has something open. Areas add theirs."""

BLANKED = (
    "other_name", "sex", "nationality", "mobile", "phone", "email", "line_name", "home_address", "mail_address", "education", "trade", "bank_code",
)
NULLED = ("id_number", "id_index", "birth_on", "bank_account", "bank_index")
HANGING: dict[str, Any] = {
    "dependants": Dependant.person_id, "contacts": EmergencyContact.person_id, "consents": Consent.person_id, "notes": Note.person_id,
    "custom": CustomValue.person_id, "former": FormerIdentity.person_id, "payer_accounts": PayerAccount.person_id,
}


def former(on: date) -> dict[int, Former]:
    """person → what decides about everybody who has left by a day, whatever of him is gone already."""
    left = dict(_pairs(
        sa.select(Membership.person_id, sa.func.max(Membership.left_on)).group_by(Membership.person_id)
        .having(sa.func.count() == sa.func.count(Membership.left_on), sa.func.max(Membership.left_on) <= on)
    ))
    owed = {person: sum(one.open for one in some) for person, some in dues.items_of(None).items()}
    credit = dues.credit_of(None)
    money: dict[int, date] = {}
    for statement in (
        sa.select(Payment.person_id, sa.func.max(Payment.received_on)).group_by(Payment.person_id),
        sa.select(Charge.person_id, sa.func.max(Charge.charged_on)).group_by(Charge.person_id),
    ):
        for person, day in _pairs(statement):
            money[person] = max(day, money.get(person, day))
    measured = set(db.session.scalars(sa.select(Membership.person_id).join(Measure, Measure.membership_id == Membership.id).where(
        Measure.decided_on.is_(None), Measure.dropped_on.is_(None))))
    retained = set(db.session.scalars(sa.select(Membership.person_id).join(Retained, Retained.membership_id == Membership.id).where(Retained.until_on.is_(None))))
    held = {person for holder in HOLDERS for person in db.session.scalars(holder())}
    gone = {row.id: row.name for row in plain(sa.select(Person.id, Person.name).where(Person.minimised_on.is_not(None)))}
    merged = set(db.session.scalars(sa.select(Person.id).where(Person.merged_into_id.is_not(None))))
    return {
        person: Former(
            day, money.get(person), owed.get(person, 0), credit.get(person, 0), person in measured, person in retained, person in held,
            person in gone, person in gone and any(cover in gone[person] for cover in masks.NAME_COVERS),
        )
        for person, day in left.items() if person not in merged
    }


def _pairs(statement: sa.Select[Any]) -> Iterable[tuple[int, Any]]:
    return ((row[0], row[1]) for row in plain(statement) if row[0] is not None and row[1] is not None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One former member: what may go today, or why it stays."""

    id: int
    name: str
    numbers: str
    left_on: date
    parts: frozenset[Part]
    holds: list[Hold]
    until: date
    fields: dict[str, int]
    """field → how many values go."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would take away, and what it would leave, with every reason."""

    due: list[Candidate]
    stays: list[Candidate]
    fields: dict[str, int]
    applications: list[int]
    """Applications that came to nothing and whose time is over."""

    @property
    def reasons(self) -> dict[Hold, int]:
        told: dict[Hold, int] = {}
        for one in self.stays:
            for hold in one.holds:
                told[hold] = told.get(hold, 0) + 1
        return told


def dry_run(on: date, people: Iterable[int] | None = None) -> DryRun:
    """Everybody who left, as of a day; of ``people`` only these."""
    law = legal.book().at(on)
    wanted = former(on)
    if people is not None:
        chosen = set(people)
        wanted = {person: one for person, one in wanted.items() if person in chosen}
    parts = {person: rules.due(one, on, law) for person, one in wanted.items()}
    fields = _fields({person for person, some in parts.items() if Part.PARTICULARS in some})
    numbers = sa.select(sa.func.aggregate_strings(Membership.number, " ")).where(Membership.person_id == Person.id).correlate(Person).scalar_subquery()
    due, stays, total = [], [], {"name": 0}
    for row in plain(sa.select(Person.id, Person.name, numbers.label("numbers")).order_by(Person.id)):
        one = wanted.get(row.id)
        if one is None:
            continue
        gone = dict(fields.get(row.id, {}))
        if Part.NAME in parts[row.id]:
            gone["name"] = 1
        why = rules.holds(one, on, law)
        until = rules.particulars_until(one.left_on, law) if not one.particulars_gone else rules.name_until(one.left_on, one.last_money_on, law)
        made = Candidate(row.id, row.name, row.numbers or "", one.left_on, parts[row.id], why, until, gone)
        if parts[row.id]:
            due.append(made)
            for name, count in gone.items():
                total[name] = total.get(name, 0) + count
        elif why:
            stays.append(made)
    over = applications_due(on) if people is None else []
    total["applications"] = len(over)
    return DryRun(due, stays, {name: count for name, count in total.items() if count}, over)


def applications_due(on: date) -> list[int]:
    """Applications, refused or withdrawn, of which nothing need be kept any more on a day."""
    ended = sa.func.coalesce(Application.withdrawn_on, Application.decided_on)
    found = plain(
        sa.select(Application.id, ended.label("ended_on")).where(
            Application.membership_id.is_(None), Application.name != GONE,
            sa.or_(Application.withdrawn_on.is_not(None), Application.decision == Decision.REFUSED.value),
        ).order_by(Application.id)
    )
    return [row.id for row in found if row.ended_on is not None and on > rules.application_until(row.ended_on)]


def lines_only_of(people: Collection[int], is_gone: sa.ColumnElement[bool]) -> list[sa.ColumnElement[bool]]:
    """What picks the lines of statements by which these people paid and nobody else did of whom something is kept still: a condition on
    ``Person`` says of whom nothing is. A payment that was taken back was another one's mistake."""
    paid, back = aliased(Payment), aliased(Payment)
    mine = sa.select(Payment.statement_line_id).where(Payment.person_id.in_(people))
    others = (
        sa.select(paid.statement_line_id).outerjoin(Person, Person.id == paid.person_id)
        .where(
            paid.statement_line_id.in_(mine), paid.kind == PaymentKind.RECEIVED, sa.or_(paid.person_id.is_(None), ~is_gone),
            ~sa.exists().where(back.reverses_id == paid.id, back.kind == PaymentKind.REVERSED),
        )
    )
    return [StatementLine.id.in_(mine), StatementLine.id.not_in(others)]


def _fields(people: set[int]) -> dict[int, dict[str, int]]:
    """person → field → how many values he has, of the people given."""
    found: dict[int, dict[str, int]] = {}
    columns = [getattr(Person, name) for name in (*BLANKED, "id_number", "birth_on", "bank_account")]
    filled = [sa.case((column.is_(None), 0), (sa.cast(column, sa.String) == "", 0), else_=1).label(column.key) for column in columns]
    for row in plain(sa.select(Person.id, *filled).where(Person.minimised_on.is_(None))):
        if row.id in people:
            found[row.id] = {name: 1 for name, has in zip(row._fields[1:], row[1:], strict=True) if has}
    counted: dict[str, sa.Select[Any]] = {name: sa.select(key, sa.func.count()).group_by(key) for name, key in HANGING.items()}
    counted["mandates"] = sa.select(DebitMandate.person_id, sa.func.count()).group_by(DebitMandate.person_id)
    counted["lines"] = (
        sa.select(Payment.person_id, sa.func.count(sa.distinct(Payment.statement_line_id)))
        .where(Payment.statement_line_id.is_not(None), Payment.person_id.is_not(None)).group_by(Payment.person_id)
    )
    counted["files"] = sa.select(Attachment.ref_id, sa.func.count()).where(Attachment.ref_kind == "person").group_by(Attachment.ref_id)
    for name, statement in counted.items():
        for person, count in plain(statement):
            if person in people:
                found.setdefault(person, {})[name] = count
    return found


def erasures() -> list[Erasure]:
    """Every asking, the newest first."""
    return list(db.session.scalars(sa.select(Erasure).order_by(Erasure.id.desc())))


def erasure_for(erasure_id: int) -> Erasure:
    """The asking, or 404."""
    return db.session.get(Erasure, erasure_id) or abort(404)
