"""Reads of the membership: the roster list, one person, and who may see whom.

A person limited to units sees the memberships of those units and of everything below them; everything else does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from unionops.core import search
from unionops.core.db import blind_index, db, remembered
from unionops.members.models import (
    ID_PLACE,
    ClassStay,
    Employer,
    Employment,
    Membership,
    Person,
    SavedView,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.rules.membership import Standing, standing
from unionops.values.identifiers import identity_check

SORTS = {
    "number": Membership.number,
    "name": Person.name,
    "joined_on": Membership.joined_on,
    "left_on": Membership.left_on,
}


@dataclass(frozen=True)
class RosterFilter:
    """Which memberships a roster shows. Everything in it is in the URL."""

    text: str = ""
    standing: str = Standing.IN_FORCE
    units: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    joined_from: date | None = None
    joined_to: date | None = None
    employer: int | None = None
    sort: str = "number"
    descending: bool = False


@dataclass
class RosterRow:
    """One line of the roster: a membership with what is true of it today."""

    membership: Membership
    person: Person
    standing: Standing
    unit: Unit | None = None
    member_class: str = ""
    employment: Employment | None = None
    wage: WageBase | None = None


# --- who may see whom -------------------------------------------------------------------------------------------------


def unit_tree() -> list[tuple[Unit, int]]:
    """Every unit with its depth, parents before children, in order of code and name."""
    units = list(db.session.scalars(sa.select(Unit).order_by(Unit.code, Unit.name, Unit.id)))
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)

    def walk(parent: int | None, depth: int) -> Iterator[tuple[Unit, int]]:
        for unit in below.get(parent, []):
            yield unit, depth
            yield from walk(unit.id, depth + 1)

    return list(walk(None, 0))


def with_descendants(unit_ids: Iterable[int]) -> set[int]:
    """These units and all below them."""
    wanted = set(unit_ids)
    for unit, _depth in unit_tree():
        if unit.parent_id in wanted:
            wanted.add(unit.id)
    return wanted


def _visible(query: Any, user: Any) -> Any:
    scopes = user.scopes("members.read")
    if scopes is None:
        return query
    units = with_descendants(ref.id for ref in scopes if ref.kind == "unit")
    inside = sa.select(UnitStay.membership_id).where(UnitStay.unit_id.in_(units), UnitStay.until_on.is_(None))
    return query.where(Membership.id.in_(inside))


def person_for(user: Any, person_id: int) -> Person:
    """The person, or 404 when there is none that this user may see."""
    person = db.session.get(Person, person_id)
    if person is None or not may_see(user, person):
        abort(404)
    return person


def may_see(user: Any, person: Person) -> bool:
    """Whether this user may see this person at all."""
    if not user.can("members.read"):
        return False
    if user.scopes("members.read") is None:
        return True
    query = _visible(sa.select(Membership.id).where(Membership.person_id == person.id), user)
    return db.session.scalar(query.limit(1)) is not None


def membership_for(user: Any, membership_id: int) -> Membership:
    """The membership, or 404 when there is none that this user may see."""
    membership = db.session.get(Membership, membership_id)
    if membership is None:
        abort(404)
    person_for(user, membership.person_id)
    return membership


# --- the roster -------------------------------------------------------------------------------------------------------


def _standing_clause(which: str, today: date) -> Any:
    left = sa.and_(Membership.left_on.is_not(None), Membership.left_on <= today)
    expected = sa.and_(sa.not_(left), Membership.joined_on.is_not(None), Membership.joined_on > today)
    if which == Standing.LEFT:
        return left
    if which == Standing.EXPECTED:
        return expected
    if which == Standing.IN_FORCE:
        return sa.and_(
            sa.or_(Membership.left_on.is_(None), Membership.left_on > today),
            sa.or_(Membership.joined_on.is_(None), Membership.joined_on <= today),
        )
    return sa.true()


def roster_query(user: Any, wanted: RosterFilter, today: date) -> Any:
    """SELECT of the membership ids that the filter means and this user may see, unordered."""
    query = sa.select(Membership.id).join(Person, Person.id == Membership.person_id).where(Person.merged_into_id.is_(None))
    query = _visible(query.where(_standing_clause(wanted.standing, today)), user)
    if wanted.text.strip():
        query = query.where(_found(wanted.text))
    if wanted.units:
        inside = sa.select(UnitStay.membership_id).where(UnitStay.unit_id.in_(with_descendants(wanted.units)), UnitStay.until_on.is_(None))
        query = query.where(Membership.id.in_(inside))
    if wanted.classes:
        inside = sa.select(ClassStay.membership_id).where(ClassStay.member_class.in_(wanted.classes), ClassStay.until_on.is_(None))
        query = query.where(Membership.id.in_(inside))
    if wanted.employer:
        inside = sa.select(Employment.person_id).where(Employment.employer_id == wanted.employer, Employment.until_on.is_(None))
        query = query.where(Membership.person_id.in_(inside))
    if wanted.joined_from:
        query = query.where(Membership.joined_on >= wanted.joined_from)
    if wanted.joined_to:
        query = query.where(Membership.joined_on <= wanted.joined_to)
    return query


def _found(text: str) -> Any:
    identity = identity_check(text)
    if identity.valid:  # A whole identity number is looked up by its fingerprint only.
        return Person.id_index == blind_index(identity.normal, ID_PLACE)
    ids = search.matching("person", text, secret_places=(ID_PLACE,))
    return Membership.person_id.in_(ids) if ids is not None else sa.true()


def roster_count(user: Any, wanted: RosterFilter, today: date) -> int:
    """How many rows the filter gives; remembered until the membership changes or the day turns."""
    key = ("count", user.scopes("members.read"), wanted, today)
    return remembered("members", key, lambda: db.session.scalar(
        sa.select(sa.func.count()).select_from(roster_query(user, wanted, today).subquery())) or 0)


def roster_ids(user: Any, wanted: RosterFilter, today: date, *, offset: int = 0, limit: int | None = None) -> list[int]:
    """The membership ids in the order shown."""
    column = SORTS.get(wanted.sort, Membership.number)
    order = [column.desc() if wanted.descending else column.asc()]
    if column is not Membership.number:
        order.append(Membership.number.asc())
    return list(db.session.scalars(roster_query(user, wanted, today).order_by(*order).offset(offset).limit(limit)))


def roster_rows(ids: list[int], today: date) -> list[RosterRow]:
    """These memberships with what is true of them today, in the given order, in a constant number of statements."""
    found = {
        m.id: m for m in db.session.scalars(sa.select(Membership).where(Membership.id.in_(ids)).options(joinedload(Membership.person)))
    }
    rows = {
        number: RosterRow(m, m.person, standing(joined_on=m.joined_on, left_on=m.left_on, today=today)) for number, m in found.items()
    }
    for stay in db.session.scalars(
        sa.select(UnitStay).where(UnitStay.membership_id.in_(ids), UnitStay.until_on.is_(None)).options(joinedload(UnitStay.unit))
    ):
        rows[stay.membership_id].unit = stay.unit
    for held in db.session.scalars(sa.select(ClassStay).where(ClassStay.membership_id.in_(ids), ClassStay.until_on.is_(None))):
        rows[held.membership_id].member_class = held.member_class
    for wage in db.session.scalars(sa.select(WageBase).where(WageBase.membership_id.in_(ids), WageBase.until_on.is_(None))):
        rows[wage.membership_id].wage = wage
    by_person = {row.person.id: row for row in rows.values()}
    for job in db.session.scalars(
        sa.select(Employment).where(Employment.person_id.in_(by_person), Employment.until_on.is_(None)).options(joinedload(Employment.employer))
    ):
        by_person[job.person_id].employment = job
    return [rows[number] for number in ids if number in rows]


def in_batches(ids: list[int], today: date, size: int = 500) -> Iterator[RosterRow]:
    """All rows for an export, a batch in memory at a time."""
    for start in range(0, len(ids), size):
        yield from roster_rows(ids[start : start + size], today)
        db.session.expunge_all()


def standing_counts(user: Any, today: date) -> dict[str, int]:
    """How many memberships there are of each standing, for the line that says who is missing."""
    return {which: roster_count(user, RosterFilter(standing=which), today) for which in Standing}


def saved_views(user: Any) -> list[SavedView]:
    """One's own saved views and the shared ones."""
    mine = sa.or_(SavedView.user_id == user.id, SavedView.is_shared)
    return list(db.session.scalars(sa.select(SavedView).where(mine).order_by(SavedView.title)))


def employers() -> list[Employer]:
    """All employers by name, with their workplaces."""
    return list(db.session.scalars(sa.select(Employer).options(selectinload(Employer.workplaces)).order_by(Employer.name)))


def members_in_force(today: date) -> int:
    """How many members the union has on this day: what the law's limits count."""
    return remembered("members", ("in force", today), lambda: db.session.scalar(
        sa.select(sa.func.count(Membership.id)).where(_standing_clause(Standing.IN_FORCE, today))) or 0)


# --- one person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Happening:
    """One line of a person's timeline. ``kind`` is event, change (a stage) or planned."""

    on: date
    text: Any
    detail: Any = ""
    kind: str = "event"
    url: str = ""


Teller = Callable[[Person, Any], Iterable[Happening]]
TELLERS: list[Teller] = []


def tells(teller: Teller) -> Teller:
    """Registers what an area has to tell in a person's timeline: ``teller(person, user)``; it hides what ``user`` may not see."""
    TELLERS.append(teller)
    return teller


def timeline(person: Person, user: Any) -> list[Happening]:
    """Everything that happened to this person in any area, newest first."""
    return sorted((line for teller in TELLERS for line in teller(person, user)), key=lambda line: line.on, reverse=True)


@dataclass
class PersonFacts:
    """One person with everything the member page shows."""

    person: Person
    current: RosterRow | None
    rows: list[RosterRow] = field(default_factory=list)


def person_facts(person: Person, today: date) -> PersonFacts:
    """The person's memberships, the one in force first."""
    ids = list(db.session.scalars(sa.select(Membership.id).where(Membership.person_id == person.id).order_by(Membership.joined_on.desc())))
    rows = roster_rows(ids, today)
    current = next((row for row in rows if row.standing != Standing.LEFT), None)
    return PersonFacts(person, current, rows)


def taken_by(id_number: str, *, besides: int | None = None) -> Person | None:
    """Who already has this identity number."""
    query = sa.select(Person).where(Person.id_index == blind_index(id_number, ID_PLACE), Person.merged_into_id.is_(None))
    return db.session.scalar(query.where(Person.id != besides) if besides else query)
