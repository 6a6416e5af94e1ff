"""The dated facts of memberships, read set by set for ``rules.standing``: of one person or of everybody with the same statements.

What is owed is summed by the database as of the day asked: only regular dues that were due and open on it are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core.db import plain
from unionops.core.union import queries as union
from unionops.law.basis import Basis
from unionops.law.union_act import UnionKind
from unionops.members.models import Absence, Charge, ClassStay, Employment, InstalmentPlan, Measure, Membership, Person, Retained
from unionops.members.queries.dues import charges_as_of
from unionops.members.rules import standing as rules
from unionops.members.rules.dues import SchemeKind
from unionops.members.rules.membership import MemberClass
from unionops.members.rules.standing import Charter, Facts, Owing, Standing, Stretch

Memberships = sa.Select[tuple[int]] | None
"""A SELECT of membership ids, or None for all."""


def charter(on: date) -> Charter:
    """What the constitution says on a day, as the rule asks it."""
    found, record = union.charter(on), union.the_union()

    def value(key: str) -> Any:
        held = found.get(key)
        return None if held is None or held.value is None else held.value

    return Charter(
        good_standing_months=value("charter.good_standing_months"),
        retained_after_dismissal=value("charter.retained_after_dismissal") == "yes",
        managers_may_join=record is None or record.union_kind is not UnionKind.ENTERPRISE or value("charter.managers_may_join") == "yes",
    )


def standings(wanted: Memberships, on: date) -> dict[int, Standing]:
    """membership → its standing on a day."""
    return rules.standings(facts(wanted, on), on, charter(on))


def standing_of(membership_id: int, on: date) -> tuple[Standing, list[Basis]]:
    """Where one membership stands on a day, and every reason."""
    ((_number, found),) = facts(sa.select(Membership.id).where(Membership.id == membership_id), on)
    asked = charter(on)
    return rules.standing(found, on, asked), rules.reasons(found, on, asked)


def facts(wanted: Memberships, on: date) -> Iterator[tuple[int, Facts]]:
    """(membership id, facts as of a day) of these memberships, by number."""
    people = sa.select(Membership.person_id).where(Membership.id.in_(wanted)) if wanted is not None else None
    classes = _rows(ClassStay.membership_id, wanted, ClassStay.from_on, ClassStay.until_on, ClassStay.member_class, where=[ClassStay.member_class != MemberClass.REGULAR])
    absent = _rows(Absence.membership_id, wanted, Absence.from_on, Absence.until_on)
    retained = _rows(Retained.membership_id, wanted, Retained.from_on, Retained.until_on)
    measures = _rows(
        Measure.membership_id, wanted, Measure.kind, Measure.from_on, Measure.until_on, Measure.lifted_on,
        where=[Measure.from_on.is_not(None), Measure.dropped_on.is_(None)],
    )
    managing = _rows(Employment.person_id, people, Employment.from_on, Employment.until_on, where=[Employment.is_manager])
    agreed = _rows(InstalmentPlan.person_id, people, InstalmentPlan.agreed_on, InstalmentPlan.ended_on)
    owing: dict[int, list[Owing]] = {}
    due = charges_as_of(people, on, open_only=True).where(Charge.kind == SchemeKind.REGULAR, Charge.due_on < on)
    for row in plain(due):
        owing.setdefault(row.person_id, []).append(Owing(row.due_on, row.months, row.amount, ((on, row.open - row.amount, True),)))
    everybody = sa.select(
        Membership.id, Membership.person_id, Membership.joined_on, Membership.left_on, Membership.left_reason, Person.birth_on, Person.died_on,
    ).join(Person, Person.id == Membership.person_id).order_by(Membership.number)
    if wanted is not None:
        everybody = everybody.where(Membership.id.in_(wanted))
    for number, person, *dates in plain(everybody):
        yield number, Facts(
            *dates, classes=[(Stretch(first, last), name) for first, last, name in classes.get(number, ())],
            suspensions=[_suspended(*one) for one in measures.get(number, ()) if one[0] == "suspension"],
            expelled_on=min((one[1] for one in measures.get(number, ()) if one[0] == "expulsion"), default=None),
            absences=_stretches(absent.get(number)), retained=_stretches(retained.get(number)), managing=_stretches(managing.get(person)),
            owing=owing.get(person, ()), agreed=_stretches(agreed.get(person)),
        )


def _rows(key: Any, wanted: Any, *columns: Any, where: Any = ()) -> dict[int, list[Any]]:
    """key → its rows of these columns."""
    found: dict[int, list[Any]] = {}
    statement = sa.select(key, *columns).where(*where)
    for number, *rest in plain(statement if wanted is None else statement.where(key.in_(wanted))):
        found.setdefault(number, []).append(rest)
    return found


def _stretches(rows: list[Any] | None) -> Any:
    return [Stretch(*row) for row in rows] if rows else ()


def _suspended(_kind: str, from_on: date, until_on: date | None, lifted_on: date | None) -> Stretch:
    """The day on which a suspension is lifted is the first day free of it."""
    ends = [day for day in (until_on, lifted_on and lifted_on - timedelta(1)) if day is not None]
    return Stretch(from_on, min(ends, default=None))
