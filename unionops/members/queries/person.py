"""One person: memberships, what hangs on the record, what happened to it in any area, and who may be the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import abort

from unionops.core.attachments import queries as attachments
from unionops.core.db import blind_index, db, remembered
from unionops.core.together import Together
from unionops.members.models import (
    FORMER_ID_PLACE,
    ID_PLACE,
    Absence,
    ClassStay,
    Consent,
    CustomField,
    CustomValue,
    Dependant,
    EmergencyContact,
    Employer,
    Employment,
    FormerIdentity,
    Measure,
    Membership,
    Note,
    Person,
    Retained,
    Unit,
    UnitStay,
    WageBase,
    Workplace,
)
from unionops.members.queries import standing
from unionops.members.queries.cells import place_of
from unionops.members.queries.dues import charges_as_of, credit, item
from unionops.members.queries.standing import Explained
from unionops.members.queries.visibility import may_see, only_visible, visible_units
from unionops.members.rules.dues import Item
from unionops.members.rules.membership import Place, days_held, likely_same


@dataclass(frozen=True)
class Happening:
    """One line of a person's timeline. ``kind`` is event, key (a change of stage) or plan."""

    on: date
    text: Any
    detail: Any = ""
    kind: str = "event"
    url: str = ""


NUMBERS = (
    sa.select(sa.func.aggregate_strings(Membership.number, " ")).where(Membership.person_id == Person.id)
    .correlate(Person).scalar_subquery().label("numbers")
)
"""All member numbers of a person, beside the other columns of ``Person``, parted by blanks."""


# --- one person with everything ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StayFacts:
    """One membership of a person, with its dated rows, the earliest first; ``unit``, ``member_class`` and ``wage`` are those that
    have not ended."""

    membership: Any
    standing: Place
    units: list[Any]
    classes: list[Any]
    wages: list[Any]
    unit: str
    member_class: str
    wage: Any

    def days_of(self, row: Any) -> tuple[date | None, date | None] | None:
        """First and last day on which one of its dated rows holds (``rules.days_held``)."""
        return days_held(row.from_on, row.until_on, left_on=self.membership.left_on)


@dataclass(frozen=True)
class PersonFacts:
    """One person with everything the member page shows, as plain rows: nothing here can be changed or read further.

    ``rows`` are the memberships, the latest first; ``current`` is the one that has not ended. What hangs on the person: the latest
    first, dependants still entered before the others, contacts and the union's own fields as they were entered.
    """

    person: Any
    rows: list[StayFacts]
    current: StayFacts | None
    employments: list[Any]
    dependants: list[Any]
    contacts: list[Any]
    consents: list[Any]
    notes: list[Any]
    custom: list[Any]
    attached: list[attachments.AttachmentView]
    absences: list[Any]
    retained: list[Any]
    former: list[Any]
    acting: list[Any]
    """Measures that act or acted: kind and days, never why."""
    owed: list[Item]
    credit: int
    """NT$ paid and not allotted to anything."""
    standing: dict[int, Explained]
    """membership → where it stands today and every reason."""
    told: dict[str, list[Any]]
    """What the tellers asked for; see ``tells``."""


ONE = sa.bindparam("person_id", type_=sa.Integer)
"""The person in what ``tells`` reads."""
_ON = sa.bindparam("on", type_=sa.Date)
_OF_STAYS = Membership.person_id == ONE
_HANGING: dict[str, sa.Select[Any]] = {
    "person": sa.select(*(column for column in Person.__table__.c if column.name not in ("id_index", "bank_index", "import_id"))).where(
        Person.id == ONE),
    "memberships": sa.select(
        Membership.id, Membership.number, Membership.joined_on, Membership.joined_by, Membership.left_on, Membership.left_reason,
        Membership.left_note, Membership.joined_from, Membership.left_to,
    ).where(_OF_STAYS),
    "units": sa.select(
        UnitStay.id, UnitStay.membership_id, Unit.name.label("unit"), UnitStay.from_on, UnitStay.until_on, UnitStay.proof,
    ).join(Membership, Membership.id == UnitStay.membership_id).join(Unit, Unit.id == UnitStay.unit_id).where(_OF_STAYS),
    "classes": sa.select(
        ClassStay.id, ClassStay.membership_id, ClassStay.member_class, ClassStay.from_on, ClassStay.until_on, ClassStay.proof,
    ).join(Membership, Membership.id == ClassStay.membership_id).where(_OF_STAYS),
    "wages": sa.select(
        WageBase.id, WageBase.membership_id, WageBase.insured_salary, WageBase.dependants_count, WageBase.from_on, WageBase.until_on,
        WageBase.proof,
    ).join(Membership, Membership.id == WageBase.membership_id).where(_OF_STAYS),
    "employments": sa.select(
        Employment.id, Employer.name.label("employer"), Workplace.name.label("workplace"), Employment.staff_number, Employment.job,
        Employment.is_manager, Employment.from_on, Employment.until_on, Employment.proof,
    ).join(Employer, Employer.id == Employment.employer_id).outerjoin(Workplace, Workplace.id == Employment.workplace_id).where(
        Employment.person_id == ONE),
    "dependants": sa.select(
        Dependant.id, Dependant.name, Dependant.relation, Dependant.id_number, Dependant.birth_on, Dependant.until_on,
    ).where(Dependant.person_id == ONE),
    "contacts": sa.select(EmergencyContact.id, EmergencyContact.name, EmergencyContact.relation, EmergencyContact.phone).where(
        EmergencyContact.person_id == ONE),
    "consents": sa.select(
        Consent.id, Consent.kind, Consent.text_version, Consent.given_on, Consent.how, Consent.withdrawn_on,
    ).where(Consent.person_id == ONE),
    "notes": sa.select(Note.id, Note.text, Note.author, Note.at).where(Note.person_id == ONE),
    "custom": sa.select(CustomField.id, CustomField.title, CustomField.retired_on, CustomValue.value).outerjoin(
        CustomValue, sa.and_(CustomValue.field_id == CustomField.id, CustomValue.person_id == ONE),
    ).where(sa.or_(CustomField.retired_on.is_(None), CustomValue.value.is_not(None))),
    "attached": attachments.chosen("person", ONE),
    "absences": sa.select(Absence.id, Absence.from_on, Absence.until_on, Absence.reason, Absence.proof).join(
        Membership, Membership.id == Absence.membership_id).where(_OF_STAYS),
    "retained": sa.select(Retained.id, Retained.from_on, Retained.until_on, Retained.ground, Retained.document, Retained.ended_by).join(
        Membership, Membership.id == Retained.membership_id).where(_OF_STAYS),
    "former": sa.select(FormerIdentity.id, FormerIdentity.name, FormerIdentity.id_number, FormerIdentity.until_on, FormerIdentity.proof).where(
        FormerIdentity.person_id == ONE),
    "acting": sa.select(Measure.id, Measure.kind, Measure.from_on, Measure.until_on, Measure.lifted_on).join(
        Membership, Membership.id == Measure.membership_id).where(_OF_STAYS, Measure.from_on.is_not(None), Measure.dropped_on.is_(None)),
    "owed": charges_as_of(sa.select(ONE), None, open_only=True), "credit": credit(sa.select(ONE)),
}
_STANDS = standing.parts_of_one(ONE, _ON)
_TOLD: dict[str, sa.Select[Any]] = {}


@lru_cache(maxsize=1)
def _everything() -> Together:
    return Together(**_HANGING, **{f"standing_{name}": part for name, part in _STANDS.items()}, **{f"told_{name}": part for name, part in _TOLD.items()})


def facts_for(user: Any, person_id: int, today: date) -> PersonFacts:
    """The person with everything, or 404 when there is none that this user may see."""
    facts = person_facts(person_id, today)
    if facts is None or not may_see(user, facts.person):
        abort(404)
    return facts


def person_facts(person_id: int, today: date) -> PersonFacts | None:
    """The person with everything, in one statement; None when there is none. Asks nobody's permission: see ``facts_for``."""
    found = _everything()(person_id=person_id, on=today)
    if not found["person"]:
        return None
    by_id = {name: sorted(found[name], key=lambda row: row.id) for name in _HANGING if name != "credit"}
    dated = {name: sorted(by_id[name], key=lambda row: row.from_on or date.min) for name in ("units", "classes", "wages")}
    stays = sorted(by_id["memberships"], key=lambda stay: (stay.joined_on or date.min, stay.id), reverse=True)
    rows = [_stay(stay, today, *([row for row in rows if row.membership_id == stay.id] for rows in dated.values())) for stay in stays]
    return PersonFacts(
        found["person"][0], rows, next((row for row in rows if row.standing != Place.LEFT), None),
        employments=by_id["employments"][::-1], dependants=sorted(by_id["dependants"], key=lambda one: one.until_on is not None),
        contacts=by_id["contacts"], consents=sorted(by_id["consents"], key=lambda one: (one.given_on, one.id), reverse=True),
        notes=sorted(by_id["notes"], key=lambda one: (one.at, one.id), reverse=True), custom=by_id["custom"],
        attached=attachments.shown(found["attached"]), former=by_id["former"][::-1],
        **{name: sorted(by_id[name], key=lambda one: one.from_on, reverse=True) for name in ("absences", "retained", "acting")},
        owed=[item(row) for row in by_id["owed"]], credit=sum(row.rest for row in found["credit"]),
        standing=standing.explained({name: found[f"standing_{name}"] for name in _STANDS}, today), told={name: found[f"told_{name}"] for name in _TOLD},
    )


def _stay(membership: Any, today: date, units: list[Any], classes: list[Any], wages: list[Any]) -> StayFacts:
    unit, held, wage = (next((row for row in rows if row.until_on is None), None) for rows in (units, classes, wages))
    return StayFacts(
        membership, place_of(membership, today), units, classes, wages,
        unit.unit if unit else "", held.member_class if held else "", wage,
    )


# --- what happened ----------------------------------------------------------------------------------------------------

Teller = Callable[[PersonFacts, Any], Iterable[Happening]]
TELLERS: list[Teller] = []


def tells(**reads: sa.Select[Any]) -> Callable[[Teller], Teller]:
    """Registers what an area has to tell in a person's timeline: ``teller(facts, user)``; it hides what ``user`` may not see.

    ``reads`` are small SELECTs about the person ``ONE``, as ``core.together`` takes them; they are read with all the rest and are found in
    ``facts.told`` under their names. Raises ValueError for a name that another teller has."""
    if taken := reads.keys() & _TOLD.keys():
        raise ValueError(f"told already: {sorted(taken)}")

    def register(teller: Teller) -> Teller:
        TELLERS.append(teller)
        _TOLD.update(reads)
        _everything.cache_clear()
        return teller

    return register


def timeline(facts: PersonFacts, user: Any) -> list[Happening]:
    """Everything that happened to this person in any area, newest first."""
    return sorted((line for teller in TELLERS for line in teller(facts, user)), key=lambda line: line.on, reverse=True)


# --- parts of it ------------------------------------------------------------------------------------------------------


def custom_values(person: Person) -> list[tuple[CustomField, str]]:
    """The union's own fields of this person: those in use, and retired ones that still hold something."""
    query = sa.select(CustomField, CustomValue.value).outerjoin(
        CustomValue, sa.and_(CustomValue.field_id == CustomField.id, CustomValue.person_id == person.id)
    ).where(sa.or_(CustomField.retired_on.is_(None), CustomValue.value.is_not(None))).order_by(CustomField.id)
    return [(own, value or "") for own, value in db.session.execute(query)]


def taken_by(id_number: str, *, besides: int | None = None) -> Person | None:
    """Who already has this identity number, or had it before."""
    had = sa.select(FormerIdentity.person_id).where(FormerIdentity.id_index == blind_index(id_number, FORMER_ID_PLACE))
    query = sa.select(Person).where(
        sa.or_(Person.id_index == blind_index(id_number, ID_PLACE), Person.id.in_(had)), Person.merged_into_id.is_(None),
    )
    return db.session.scalar((query.where(Person.id != besides) if besides else query).limit(1))


def survivors(people: Iterable[int]) -> dict[int, int]:
    """Of these people those whose record was merged into another → the record that stayed."""
    merged = dict(db.session.execute(sa.select(Person.id, Person.merged_into_id).where(Person.merged_into_id.is_not(None))).all())
    found = {}
    for person in people:
        last = person
        while last in merged:
            last = merged[last]
        if last != person:
            found[person] = last
    return found


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
