"""Reads of standing orders: authorisations, whom to draw from, runs."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from unionops.core.db import db, plain
from unionops.members.models import Membership, Person
from unionops.members.models.debit import DebitLine, DebitMandate, DebitRun
from unionops.members.queries import dues
from unionops.members.queries.stays import holds


class Due(NamedTuple):
    """Somebody whose account may be drawn from: what is open less what he paid too much."""

    person_id: int
    name: str
    number: str
    mandate: DebitMandate
    amount: int
    is_drawn: bool
    """Whether an order of this period is under way or was drawn."""


def mandate_count() -> int:
    """How many authorisations there are, ended ones among them."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(DebitMandate)) or 0


def mandates(*, offset: int = 0, limit: int | None = None) -> list[tuple[DebitMandate, Person]]:
    """Authorisations, those in force first, by name: all of them, or one page."""
    ended = sa.case((DebitMandate.until_on.is_(None), 0), else_=1)
    found = sa.select(DebitMandate, Person).join(Person, Person.id == DebitMandate.person_id).order_by(ended, Person.name, DebitMandate.id).offset(offset).limit(limit)
    return [(row[0], row[1]) for row in db.session.execute(found)]


def runs() -> list[DebitRun]:
    """All runs, the newest first."""
    return list(db.session.scalars(sa.select(DebitRun).order_by(DebitRun.id.desc())))


def due(period_on: date, collect_on: date) -> list[Due]:
    """Everybody with an authorisation on the day of drawing and something open, by member number."""
    rows = db.session.execute(
        sa.select(DebitMandate, Person, sa.func.min(Membership.number).label("number")).join(Person, Person.id == DebitMandate.person_id).join(Membership, Membership.person_id == Person.id)
        .where(holds(DebitMandate, collect_on), Person.merged_into_id.is_(None))
        .group_by(DebitMandate.id, Person.id).order_by("number")
    ).all()
    rows = list({row[1].id: row for row in reversed(rows)}.values())[::-1]  # Of a merged record's two authorisations the first is drawn on.
    people = [row[1].id for row in rows]
    items, credit = dues.items_of(people), dues.credit_of(people)
    under_way = set(db.session.scalars(
        sa.select(DebitLine.person_id).join(DebitRun, DebitRun.id == DebitLine.run_id)
        .where(DebitRun.period_on == period_on, sa.or_(DebitRun.returned_on.is_(None), DebitLine.is_drawn.is_(True)))
    ))
    found = []
    for mandate, person, number in rows:
        amount = sum(one.open for one in items.get(person.id, ()) if one.open > 0) - credit.get(person.id, 0)
        if amount > 0:
            found.append(Due(person.id, person.name, number, mandate, amount, person.id in under_way))
    return found


def orders(run: DebitRun) -> list[tuple[DebitLine, DebitMandate, str | None]]:
    """(line, authorisation, identity number) of a run, in the order of the file."""
    found = db.session.execute(
        sa.select(DebitLine, DebitMandate, Person.id_number).join(DebitMandate, DebitMandate.id == DebitLine.mandate_id)
        .join(Person, Person.id == DebitLine.person_id).where(DebitLine.run_id == run.id).order_by(DebitLine.serial)
    )
    return [(line, mandate, identity) for line, mandate, identity in found]


def names(run: DebitRun) -> dict[int, str]:
    """person id → name of those in a run."""
    return dict(plain(sa.select(Person.id, Person.name).join(DebitLine, DebitLine.person_id == Person.id).where(DebitLine.run_id == run.id)).all())
