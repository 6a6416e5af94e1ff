"""Reads of the roll check: the signs of everybody in force, set by set; one check's doubts, figures and leavers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import abort

from unionops.core.db import db, plain
from unionops.core.union import queries as union
from unionops.members.models import (
    CheckoffLine,
    CheckoffList,
    ClassStay,
    Dunning,
    Employer,
    Employment,
    Membership,
    Person,
    RollCheck,
    RollDoubt,
    Unit,
    UnitStay,
)
from unionops.members.queries import standing
from unionops.members.queries.stays import in_force
from unionops.members.queries.visibility import only_visible
from unionops.members.rules import rollcheck as rules
from unionops.members.rules.checkoff import Verdict
from unionops.members.rules.membership import MemberClass
from unionops.members.rules.rollcheck import Result, Signs, Stage
from unionops.members.rules.standing import Reason

LOOKED_BACK = timedelta(366)
"""Letters that came back and files of employers count for so long."""


def found_on(on: date) -> Iterator[tuple[int, list[tuple[rules.Doubt, str]]]]:
    """(membership id, reasons with what they rest on) of everybody who is a member on a day and in doubt."""
    values, may_manage = union.charter(on), standing.charter(on).managers_may_join
    months = int(values["charter.arrears_suspend_months"].value or 12)  # type: ignore[arg-type]
    for number, signs in signs_on(on):
        if reasons := rules.doubts(signs, on, unpaid_months=months, managers_may_join=may_manage):
            yield number, reasons


def signs_on(on: date) -> Iterator[tuple[int, Signs]]:
    """What is known of everybody who has not left by a day: one statement for each kind of sign."""
    places = standing.standings(None, on)
    ended = dict(_pairs(
        sa.select(Employment.person_id, sa.func.max(Employment.until_on)).group_by(Employment.person_id)
        .having(sa.func.count() == sa.func.count(Employment.until_on))
    ))
    closed = dict(_pairs(
        sa.select(Employment.person_id, sa.func.max(Employer.closed_on)).join(Employer, Employer.id == Employment.employer_id)
        .where(Employment.until_on.is_(None), Employer.closed_on.is_not(None)).group_by(Employment.person_id)
    ))
    since = on - LOOKED_BACK
    told = dict(_pairs(
        sa.select(CheckoffLine.person_id, sa.func.max(CheckoffList.returned_on)).join(CheckoffList, CheckoffList.id == CheckoffLine.list_id)
        .where(CheckoffLine.verdict == Verdict.LEFT, CheckoffList.returned_on.between(since, on)).group_by(CheckoffLine.person_id)
    ))
    returned = dict(_pairs(
        sa.select(Dunning.person_id, sa.func.max(Dunning.returned_on)).where(Dunning.returned_on.between(since, on)).group_by(Dunning.person_id)
    ))
    retired = set(db.session.scalars(sa.select(ClassStay.membership_id).where(
        ClassStay.member_class == MemberClass.RETIRED, ClassStay.until_on.is_(None))))
    contact = sa.func.length(Person.mobile + Person.phone + Person.email + Person.home_address + Person.mail_address) > 0
    everybody = sa.select(Membership.id, Membership.person_id, Person.birth_on, Person.died_on, contact).join(Person, Person.id == Membership.person_id).where(in_force(on))
    for number, person, birth_on, died_on, has_contact in plain(everybody.order_by(Membership.number)):
        place = places.get(number)
        yield number, Signs(
            birth_on, died_on, bool(has_contact), ended.get(person), closed.get(person), told.get(person), returned.get(person),
            place.months if place else 0, place is not None and Reason.MANAGER in place.reasons, number in retired,
        )


def on_the_roll(on: date) -> int:
    """How many memberships are open on a day: who has died and was not taken off the roll yet still stands on it."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Membership).where(in_force(on))) or 0


def _pairs(statement: sa.Select[Any]) -> Iterator[tuple[int, Any]]:
    return ((row[0], row[1]) for row in plain(statement) if row[0] is not None and row[1] is not None)


# --- one check --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One doubt with whom it concerns."""

    doubt: RollDoubt
    number: str
    name: str
    unit: str
    address: str
    stage: Stage

    @property
    def id(self) -> int:
        return self.doubt.id


def lines(
    user: Any, check: RollCheck, today: date, *, stages: Iterable[Stage] = (), ids: Iterable[int] | None = None, result: str = "",
) -> list[Line]:
    """The doubts of one check about members this user may see, by member number."""
    unit = sa.select(Unit.name).join(UnitStay, UnitStay.unit_id == Unit.id).where(
        UnitStay.membership_id == RollDoubt.membership_id, UnitStay.until_on.is_(None)).limit(1).scalar_subquery()
    address = sa.func.coalesce(sa.func.nullif(Person.mail_address, ""), Person.home_address)
    query = sa.select(RollDoubt, Membership.number, Person.name, unit, address).join(Membership, Membership.id == RollDoubt.membership_id).join(
        Person, Person.id == Membership.person_id).where(RollDoubt.roll_check_id == check.id)
    if ids is not None:
        query = query.where(RollDoubt.id.in_(list(ids)))
    if result:
        query = query.where(RollDoubt.result == result)
    wanted = set(stages)
    found = [
        Line(doubt, number, name, unit_name or "", where or "", stage_of(doubt, today))
        for doubt, number, name, unit_name, where in db.session.execute(only_visible(query, user).order_by(Membership.number))
    ]
    return [one for one in found if not wanted or one.stage in wanted]


def stage_of(doubt: RollDoubt, today: date) -> Stage:
    """How far a doubt has come."""
    return rules.stage(
        told_on=doubt.told_on, answer_by=doubt.answer_by, answered_on=doubt.answered_on, result=doubt.result, today=today,
    )


def counts(check: RollCheck) -> dict[str, int]:
    """The figures of a check: those kept when it ended, otherwise as they are now."""
    if check.closed_on is not None:
        return dict(check.counts)
    rows = db.session.execute(sa.select(RollDoubt.reasons, RollDoubt.result).where(RollDoubt.roll_check_id == check.id))
    return rules.counts(int(check.counts.get("members", 0)), ((reasons, result) for reasons, result in rows))


def unrecorded(check: RollCheck) -> list[tuple[RollDoubt, Membership]]:
    """Who was found to leave and has not been recorded as having left."""
    rows = db.session.execute(
        sa.select(RollDoubt, Membership).join(Membership, Membership.id == RollDoubt.membership_id).where(
            RollDoubt.roll_check_id == check.id, RollDoubt.result == Result.LEAVES, Membership.left_on.is_(None),
        ).order_by(Membership.number)
    )
    return [(doubt, membership) for doubt, membership in rows]


def checks() -> list[RollCheck]:
    """Every check, the newest first."""
    return list(db.session.scalars(sa.select(RollCheck).order_by(RollCheck.year.desc())))


def check_for(check_id: int) -> RollCheck:
    """The check, or 404."""
    return db.session.get(RollCheck, check_id) or abort(404)


OPEN = sa.select(RollCheck.id).where(RollCheck.closed_on.is_(None))


def current() -> RollCheck | None:
    """The check that is not ended, the newest."""
    return db.session.scalar(sa.select(RollCheck).where(RollCheck.closed_on.is_(None)).order_by(RollCheck.year.desc()).limit(1))
