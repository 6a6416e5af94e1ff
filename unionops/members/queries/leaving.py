"""Reads of leaving: when it acts by the constitution, what is still open afterwards, and the dated changes of one membership."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db
from unionops.core.union import queries as union
from unionops.law.basis import Basis
from unionops.members.models import (
    Charge,
    Consent,
    Employer,
    Employment,
    Leaving,
    Membership,
)
from unionops.members.queries import dues
from unionops.members.queries.stays import holds
from unionops.members.rules.dues import Item
from unionops.members.rules.leaving import Effect, effective_on
from unionops.members.rules.membership import ConsentKind


def effective(received_on: date) -> Basis:
    """When a wish that arrives on a day acts, by the constitution of that day; the day is the result."""
    values = union.charter(received_on)
    days, effect = values["charter.leave_notice_days"], values["charter.leave_effective"]
    return effective_on(
        received_on, notice_days=int(days.value or 0), effect=Effect(str(effect.value)), clause=effect.clause or days.clause,  # type: ignore[arg-type]
    )


def standing_wish(membership_id: int) -> Leaving | None:
    """What was recorded when this membership was left, if that was not taken back."""
    return db.session.scalar(sa.select(Leaving).where(Leaving.membership_id == membership_id, Leaving.withdrawn_on.is_(None)))


def is_checked_off(person_id: int) -> bool:
    """Whether the employer deducts this person's dues: consented, and employed."""
    consented = sa.exists().where(Consent.person_id == person_id, Consent.kind == ConsentKind.CHECK_OFF, Consent.withdrawn_on.is_(None))
    employed = sa.exists().where(Employment.person_id == person_id, Employment.until_on.is_(None))
    return bool(db.session.scalar(sa.select(sa.and_(consented, employed))))


def employer_of(person_id: int, on: date) -> str:
    """For whom a person works on a day."""
    found = sa.select(Employer.name).join(Employment, Employment.employer_id == Employer.id).where(
        Employment.person_id == person_id, holds(Employment, on),
    ).order_by(Employment.id.desc())
    return db.session.scalar(found.limit(1)) or ""


@dataclass(frozen=True, slots=True)
class FinalAccount:
    """What is open when somebody leaves: what is owed, what stands to his credit, what was charged for the time after."""

    items: list[Any]
    owed: int
    credit: int
    after: list[Charge]

    @property
    def net(self) -> int:
        """NT$ to be paid; negative is to be given back."""
        return self.owed - self.credit


def final_account(membership: Membership) -> FinalAccount:
    """The account of a member who leaves; charges of periods that begin after the leaving stand in ``after``."""
    items: list[Item] = dues.items_of([membership.person_id]).get(membership.person_id, [])
    charges = {one.id: one for one in db.session.scalars(sa.select(Charge).where(Charge.person_id == membership.person_id))}
    after = []
    if membership.left_on is not None:
        still = {one.id for one in dues.items_of([membership.person_id], open_only=False).get(membership.person_id, []) if one.amount}
        after = [one for one in charges.values() if one.period_on >= membership.left_on and one.id in still]
    shown = [(charges[one.id], one) for one in items if one.open > 0]
    return FinalAccount(shown, sum(one.open for _charge, one in shown), dues.credit_of([membership.person_id]).get(membership.person_id, 0), after)
