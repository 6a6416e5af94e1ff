"""The changes of a period, for the yearly list: unit, class, employer, wage, name and number, each with its paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db
from unionops.members.models import (
    ClassStay,
    Employer,
    Employment,
    FormerIdentity,
    Membership,
    Person,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.queries.visibility import only_visible


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the list of changes."""

    number: str
    name: str
    kind: str
    before: str
    after: str
    on: date | None
    proof: str


def changes_between(user: Any, first: date, last: date) -> list[Change]:
    """What changed about the members this user may see in a period: unit, class, employer, wage, name or number. The first row of a
    membership is its joining, and no change."""
    found: list[Change] = []
    for kind, model, value, key in (
        ("單位", UnitStay, Unit.name, UnitStay.membership_id), ("類別", ClassStay, ClassStay.member_class, ClassStay.membership_id),
        ("投保薪資", WageBase, WageBase.insured_salary, WageBase.membership_id), ("雇主", Employment, Employer.name, Employment.person_id),
    ):
        found += _steps(user, kind, model, value, key, first, last)
    former = sa.select(Membership.number, Person.name, FormerIdentity).join(Person, Person.id == Membership.person_id).join(
        FormerIdentity, FormerIdentity.person_id == Person.id).where(FormerIdentity.until_on.between(first, last))
    for number, name, row in db.session.execute(only_visible(former, user)):
        if row.name:
            found.append(Change(number, name, "姓名", row.name, name, row.until_on, row.proof))
        if row.id_number:
            found.append(Change(number, name, "身分證號", "（原號）", "（新號）", row.until_on, row.proof))
    return sorted(found, key=lambda one: (one.on or date.min, one.number, one.kind))


def _steps(user: Any, kind: str, model: Any, value: Any, key: Any, first: date, last: date) -> list[Change]:
    before = sa.func.lag(value).over(partition_by=key, order_by=(model.from_on.asc().nulls_first(), model.id))
    rank = sa.func.row_number().over(partition_by=key, order_by=(model.from_on.asc().nulls_first(), model.id))
    steps = sa.select(key.label("key"), value.label("after"), before.label("before"), rank.label("rank"), model.from_on, model.proof)
    if value.class_ is not model:
        steps = steps.join(value.class_, value.class_.id == (UnitStay.unit_id if model is UnitStay else Employment.employer_id))
    step = steps.subquery()
    held = Membership.person_id == step.c.key if model is Employment else Membership.id == step.c.key
    query = sa.select(Membership.number, Person.name, step).join(Person, Person.id == Membership.person_id).join(step, held).where(
        step.c.rank > 1, step.c.from_on.between(first, last))
    if model is Employment:  # One employment, one line: that of the stay which was open then.
        query = query.where(sa.or_(Membership.left_on.is_(None), Membership.left_on > step.c.from_on),
                            sa.or_(Membership.joined_on.is_(None), Membership.joined_on <= step.c.from_on))
    return [
        Change(row.number, row.name, kind, _text(row.before), _text(row.after), row.from_on, row.proof)
        for row in db.session.execute(only_visible(query, user))
    ]


def _text(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
