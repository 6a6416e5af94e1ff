"""Who may see whom, and the tree of units that decides it.

A person limited to units sees the memberships of those units and of everything below them; everything else does not exist.
What a person may do may reach less far than what they may see: ``within``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask import abort

from unionops.core import refs
from unionops.core.db import db, remembered
from unionops.members.models import Membership, Person, Unit, UnitStay
from unionops.values.refs import Ref


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
    parents = remembered("members", ("parents",), lambda: [(unit.id, unit.parent_id) for unit, _depth in unit_tree()])
    wanted = set(unit_ids)
    for unit, parent in parents:
        if parent in wanted:
            wanted.add(unit)
    return wanted


BOOKS = frozenset({"dues.read", "arrears.read", "checkoff.read"})
"""Permissions to read books that say who owes and who paid: a supervisor reads them to the last name without having the roster."""


class _Within:
    """A user whose sight ends where one permission does; everything else is the user's own."""

    def __init__(self, user: Any, units: frozenset[Ref] | None) -> None:
        self._user, self._units = user, units

    def can(self, permission: str) -> bool:
        return permission == "members.read" or bool(self._user.can(permission))

    def scopes(self, permission: str) -> frozenset[Ref] | None:
        return self._units if permission == "members.read" else self._user.scopes(permission)

    @property
    def sight(self) -> tuple[Any, ...]:
        return *self._user.sight, self._units

    def __getattr__(self, name: str) -> Any:
        return getattr(self._user, name)


def within(user: Any, permission: str) -> Any:
    """``user`` for the reads below, seeing only where ``permission`` holds too: who may read everybody but edit one unit edits
    that unit. Who reads books without the roster sees there whom they are about, and nowhere else."""
    if permission == "members.read":
        return user
    reach = user.scopes(permission)
    if reach is None and (user.can("members.read") or permission not in BOOKS):
        return user
    if reach is None:
        return _Within(user, None)
    units = with_descendants(ref.id for ref in reach if ref.kind == "unit")
    seen = visible_units(user)
    return _Within(user, frozenset(Ref("unit", number) for number in (units if seen is None else units & seen)))


def visible_units(user: Any) -> set[int] | None:
    """The units whose members this user may see; None means everybody."""
    scopes = user.scopes("members.read")
    return None if scopes is None else with_descendants(ref.id for ref in scopes if ref.kind == "unit")


def only_visible(query: Any, user: Any) -> Any:
    """``query`` over ``Membership``, narrowed to what this user may see."""
    units = visible_units(user)
    return query if units is None else query.where(Membership.id.in_(in_units(units)))


def in_units(unit_ids: Any) -> Any:
    """SELECT of the ids of the memberships that belong to these units now."""
    return sa.select(UnitStay.membership_id).where(UnitStay.unit_id.in_(unit_ids), UnitStay.until_on.is_(None))


def person_for(user: Any, person_id: int) -> Person:
    """The person, or 404 when there is none that this user may see."""
    person = db.session.get(Person, person_id)
    if person is None or not may_see(user, person):
        abort(404)
    return person


def visible_people(user: Any) -> Any:
    """SELECT of the ids of the people this user may see; None when that is everybody."""
    if not user.can("members.read"):
        return refs.nobody(Person)
    if user.scopes("members.read") is None:
        return None
    return sa.select(Membership.person_id).where(Membership.id.in_(in_units(units_below(user.scopes("members.read")))))


def units_below(scopes: Iterable[Ref]) -> sa.Select[tuple[int]]:
    """SELECT of the units among these pointers and of all below them. Which those are is asked inside: a condition is kept for its reader
    (``refs.by_reader``), the tree may change."""
    below = sa.select(Unit.id).where(Unit.id.in_([ref.id for ref in scopes if ref.kind == "unit"])).cte(recursive=True)
    below = below.union(sa.select(Unit.id).join(below, Unit.parent_id == below.c.id))
    return sa.select(below.c.id)


def may_see(user: Any, person: Person) -> bool:
    """Whether this user may see this person at all."""
    people = visible_people(user)
    return people is None or refs.holds(people, person.id)


def membership_for(user: Any, membership_id: int) -> Membership:
    """The membership, or 404 when there is none that this user may see."""
    membership = db.session.get(Membership, membership_id)
    if membership is None:
        abort(404)
    person_for(user, membership.person_id)
    return membership


def numbered(user: Any, number: str) -> Any:
    """The membership of this number as a plain row (``id``, ``person_id``, ``number``, ``name``); None when there is none that this user
    may see."""
    found = sa.select(Membership.id, Membership.person_id, Membership.number, Person.name).join(Person, Person.id == Membership.person_id)
    return db.session.execute(only_visible(found.where(Membership.number == number.strip()), user)).first()
