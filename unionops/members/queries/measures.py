"""Reads of suspensions and expulsions: what the constitution asks of them, the list of cases, one case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import abort

from unionops.core import refs
from unionops.core.db import db
from unionops.core.union import queries as union
from unionops.members.models import Measure, Membership, Person
from unionops.members.queries.visibility import visible_people, within
from unionops.members.rules.measures import Body, Course, MeasureKind, State, state

PERMISSION = "members.measure"


def deciding(kind: MeasureKind, on: date) -> tuple[Body, bool, str]:
    """(which body decides, whether two thirds are asked, the clause that says so) on a day."""
    values = union.charter(on)
    body = values[f"charter.{kind}_decided_by"]
    return Body(str(body.value)), values["charter.measure_majority"].value == "special", body.clause


def hearing_days(on: date) -> int:
    """How many days somebody has to answer, at least."""
    return int(union.charter(on)["charter.hearing_days"].value or 0)  # type: ignore[arg-type]


def course(measure: Measure) -> Course:
    """The days of a measure, as the rules ask for them."""
    return Course(
        asked_on=measure.asked_on, hearing_on=measure.hearing_on, heard=measure.heard_on is not None or bool(measure.waived_why),
        from_on=measure.from_on, until_on=measure.until_on, lifted_on=measure.lifted_on, dropped_on=measure.dropped_on,
    )


def visible(user: Any) -> sa.Select[tuple[int]] | None:
    """SELECT of the ids of the measures this user may see: need to know, and only of people he may see; None for all."""
    if not user.can(PERMISSION):
        return refs.nobody(Measure)
    people = visible_people(within(user, PERMISSION))
    if people is None:
        return None
    return sa.select(Measure.id).join(Membership, Membership.id == Measure.membership_id).where(Membership.person_id.in_(people))


@dataclass(frozen=True, slots=True)
class Case:
    """A measure with whom it concerns and how far it has come."""

    measure: Measure
    person: Person
    number: str
    state: State


def cases(user: Any, today: date, *, states: Iterable[State] = (), people: Iterable[int] | None = None) -> list[Case]:
    """The cases this user may see, newest first."""
    found = (
        sa.select(Measure, Person, Membership.number).join(Membership, Membership.id == Measure.membership_id)
        .join(Person, Person.id == Membership.person_id).order_by(Measure.proposed_on.desc(), Measure.id.desc())
    )
    if (chosen := visible(user)) is not None:
        found = found.where(Measure.id.in_(chosen))
    if people is not None:
        found = found.where(Membership.person_id.in_(list(people)))
    wanted = set(states)
    rows = [Case(measure, person, number, state(course(measure), today)) for measure, person, number in db.session.execute(found)]
    return [one for one in rows if not wanted or one.state in wanted]


def measure_for(user: Any, measure_id: int) -> Measure:
    """The measure, or 404 when there is none that this user may see."""
    found = db.session.get(Measure, measure_id)
    chosen = visible(user)
    if found is None or (chosen is not None and not refs.holds(chosen, found.id)):
        abort(404)
    return found
