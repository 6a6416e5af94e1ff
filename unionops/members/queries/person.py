"""One person: memberships, what hangs on the record, what happened to it in any area, and who may be the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from unionops.core.db import blind_index, db, remembered
from unionops.members.models import (
    ID_PLACE,
    Consent,
    CustomField,
    CustomValue,
    Dependant,
    EmergencyContact,
    Employment,
    Membership,
    Note,
    Person,
    UnitStay,
)
from unionops.members.queries.roster import RosterRow
from unionops.members.queries.visibility import only_visible, visible_units
from unionops.members.rules.membership import Standing, likely_same, standing


@dataclass(frozen=True)
class Happening:
    """One line of a person's timeline. ``kind`` is event, key (a change of stage) or plan."""

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
    """One person with everything the member page shows; ``current`` is the membership that has not ended."""

    person: Person
    current: RosterRow | None
    rows: list[RosterRow] = field(default_factory=list)
    employments: list[Employment] = field(default_factory=list)


def person_facts(person: Person, today: date) -> PersonFacts:
    """The person's memberships, the latest first, with their dated rows loaded; ``person.memberships`` is filled by the way."""
    history = (
        selectinload(Membership.units).joinedload(UnitStay.unit), selectinload(Membership.classes), selectinload(Membership.wages),
    )
    stays = sa.select(Membership).where(Membership.person_id == person.id).options(*history).order_by(Membership.joined_on, Membership.id)
    loaded = list(db.session.scalars(stays))
    set_committed_value(person, "memberships", loaded)
    work = employments(person)
    rows = [_row(membership, person, work, today) for membership in reversed(loaded)]
    return PersonFacts(person, next((row for row in rows if row.standing != Standing.LEFT), None), rows, work)


def _row(membership: Membership, person: Person, work: list[Employment], today: date) -> RosterRow:
    stay = next((one for one in membership.units if one.until_on is None), None)
    held = next((one for one in membership.classes if one.until_on is None), None)
    return RosterRow(
        membership, person, standing(joined_on=membership.joined_on, left_on=membership.left_on, today=today),
        unit=stay.unit if stay else None, member_class=held.member_class if held else "",
        employment=next((one for one in work if one.until_on is None), None),
        wage=next((one for one in membership.wages if one.until_on is None), None),
    )


def employments(person: Person) -> list[Employment]:
    """Whom the person worked for, the latest first."""
    query = sa.select(Employment).where(Employment.person_id == person.id).order_by(Employment.id.desc())
    return list(db.session.scalars(query.options(joinedload(Employment.employer), joinedload(Employment.workplace))))


def dependants(person: Person) -> list[Dependant]:
    """The family, those still entered first."""
    query = sa.select(Dependant).where(Dependant.person_id == person.id)
    return list(db.session.scalars(query.order_by(Dependant.until_on.is_not(None), Dependant.id)))


def contacts(person: Person) -> list[EmergencyContact]:
    """Whom to call."""
    return list(db.session.scalars(sa.select(EmergencyContact).where(EmergencyContact.person_id == person.id).order_by(EmergencyContact.id)))


def consents(person: Person) -> list[Consent]:
    """What the person agreed to, the latest first."""
    return list(db.session.scalars(
        sa.select(Consent).where(Consent.person_id == person.id).order_by(Consent.given_on.desc(), Consent.id.desc())))


def notes(person: Person) -> list[Note]:
    """Remarks, the latest first."""
    return list(db.session.scalars(sa.select(Note).where(Note.person_id == person.id).order_by(Note.at.desc(), Note.id.desc())))


def custom_values(person: Person) -> list[tuple[CustomField, str]]:
    """The union's own fields of this person: those in use, and retired ones that still hold something."""
    query = sa.select(CustomField, CustomValue.value).outerjoin(
        CustomValue, sa.and_(CustomValue.field_id == CustomField.id, CustomValue.person_id == person.id)
    ).where(sa.or_(CustomField.retired_on.is_(None), CustomValue.value.is_not(None))).order_by(CustomField.id)
    return [(own, value or "") for own, value in db.session.execute(query)]


def taken_by(id_number: str, *, besides: int | None = None) -> Person | None:
    """Who already has this identity number."""
    query = sa.select(Person).where(Person.id_index == blind_index(id_number, ID_PLACE), Person.merged_into_id.is_(None))
    return db.session.scalar(query.where(Person.id != besides) if besides else query)


# --- who may be the same ----------------------------------------------------------------------------------------------


def _name_key() -> Any:
    """The part of ``values.text.name_key`` that both databases can do: case and the commonest middle dots."""
    key: Any = sa.func.lower(Person.name)
    for dot in "·•・":
        key = sa.func.replace(key, dot, "‧")
    return key


def likely_pairs(user: Any) -> list[tuple[int, int, str]]:
    """Pairs of persons that may be one, both of whom this user may see. The database picks who shares a name and a birth date,
    or a name and a mobile number; only those are compared. Remembered until the membership changes."""
    pairs = remembered("members", ("likely pairs",), _likely_pairs)
    if visible_units(user) is None:
        return pairs
    ids = sorted({number for first, second, _why in pairs for number in (first, second)})
    seen: set[int] = set()
    for at in range(0, len(ids), 1000):
        query = sa.select(Membership.person_id).where(Membership.person_id.in_(ids[at : at + 1000]))
        seen |= set(db.session.scalars(only_visible(query, user)))
    return [pair for pair in pairs if pair[0] in seen and pair[1] in seen]


def _likely_pairs() -> list[tuple[int, int, str]]:
    key = _name_key()
    chosen: set[int] = set()
    for mark, worth in ((Person.birth_on, Person.birth_on.is_not(None)), (Person.mobile, Person.mobile != "")):
        alike = sa.select(
            Person.id, sa.func.count().over(partition_by=(key, mark)).label("count")
        ).where(Person.merged_into_id.is_(None), worth).subquery()
        chosen |= set(db.session.scalars(sa.select(alike.c.id).where(alike.c.count > 1)))

    ids = sorted(chosen)
    columns = (Person.id, Person.name, Person.birth_on, Person.mobile, Person.phone)
    rows = [row for at in range(0, len(ids), 1000) for row in db.session.execute(sa.select(*columns).where(Person.id.in_(ids[at : at + 1000])))]
    return likely_same((row.id, row.name, row.birth_on, row.mobile, row.phone) for row in sorted(rows))


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person; ``why`` is birth or phone; ``ids_differ`` when both have an identity number, not the same."""

    first: Person
    second: Person
    why: str
    ids_differ: bool
    numbers: dict[int, str]


def duplicate_pairs(chosen: list[tuple[int, int, str]]) -> list[Pair]:
    """Likely pairs as records, in a constant number of statements."""
    ids = {number for first, second, _why in chosen for number in (first, second)}
    people = {person.id: person for person in db.session.scalars(sa.select(Person).where(Person.id.in_(ids)))}
    numbers: dict[int, str] = {}
    for person_id, number in db.session.execute(
        sa.select(Membership.person_id, Membership.number).where(Membership.person_id.in_(ids)).order_by(Membership.id)
    ):
        numbers[person_id] = number
    return [
        Pair(people[a], people[b], why, bool(people[a].id_index and people[b].id_index and people[a].id_index != people[b].id_index), numbers)
        for a, b, why in chosen if a in people and b in people
    ]
