"""What a filter of the roster means: the conditions of a statement, and its order. Says nothing of what is read by them (``roster``).

A merged person has no memberships (``services.merging`` moves them), so no condition needs to look at ``person`` to leave one out.

A filter is made of conditions, each with a name and a value. Statements are built once for each set of names and kept; the values are
handed over at the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from unionops.core import search
from unionops.core.db import blind_index
from unionops.members.models import ID_PLACE, ClassStay, Employment, Membership, Person
from unionops.members.queries import standing as standings
from unionops.members.queries.visibility import in_units, visible_units, with_descendants
from unionops.members.rules.membership import Place
from unionops.members.rules.standing import Standing
from unionops.values.identifiers import identity_check

SORTS = {
    "number": Membership.number,
    "name": Person.name,
    "joined_on": Membership.joined_on,
    "left_on": Membership.left_on,
}
EVERYBODY = "all"
"""The value of ``RosterFilter.standing`` that leaves nobody out."""


class Rights(StrEnum):
    """What may be asked of everybody's standing (``rules.standing``)."""

    GOOD = "good"
    NOT_GOOD = "not_good"
    MAY_VOTE = "vote"
    MAY_STAND = "stand"

    def held_by(self, found: Standing) -> bool:
        match self:
            case Rights.GOOD:
                return found.good
            case Rights.NOT_GOOD:
                return found.member and not found.good
            case Rights.MAY_VOTE:
                return found.may_vote
            case Rights.MAY_STAND:
                return found.may_stand


@dataclass(frozen=True)
class RosterFilter:
    """Which memberships a roster shows. Everything in it is in the URL; ``ids`` are the rows ticked, empty for all. ``rights`` are
    some of ``Rights``, all of which must hold; ``behind`` asks for so many months of unpaid dues at least."""

    text: str = ""
    standing: str = Place.IN_FORCE
    units: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    joined_from: date | None = None
    joined_to: date | None = None
    employer: int | None = None
    rights: tuple[str, ...] = ()
    behind: int | None = None
    ids: tuple[int, ...] = ()
    sort: str = "number"
    descending: bool = False


def conditions(user: Any, wanted: RosterFilter, today: date) -> dict[str, Any]:
    """What the filter asks, by the names of ``condition``."""
    seen = visible_units(user)
    text = wanted.text.strip()
    identity = identity_check(text).normal if text and identity_check(text).valid else None
    asked: dict[str, Any] = {
        wanted.standing: today if wanted.standing != EVERYBODY else None,
        **(odd_ones(today) if wanted.standing != EVERYBODY else {}),
        "seen": None if seen is None else sorted(seen),
        # A whole identity number is looked up by its fingerprint only.
        "identity": blind_index(identity, ID_PLACE) if identity else None,
        "units": sorted(with_descendants(wanted.units)) or None,
        "classes": wanted.classes or None,
        "joined_from": wanted.joined_from,
        "joined_to": wanted.joined_to,
        "employer": wanted.employer,
        "ids": wanted.ids or None,
    }
    if text and not identity:
        words = search.sought(text, secret_places=(ID_PLACE,))
        asked["words" if words else "nobody"] = words or True  # Signs alone find nobody.
    return {name: value for name, value in asked.items() if value is not None}


def odd_ones(today: date) -> dict[str, Any]:
    """Of whom the dates alone say it wrongly: nearly always nobody, and then the conditions are about dates alone."""
    odd = standings.odd_places(today)
    if not odd:
        return {}
    return {"odd": sorted(odd), **{f"odd_{which}": sorted(number for number, place in odd.items() if place == which) for which in Place}}


def condition(name: str, sqlite: bool, beside: bool = False, odd: bool = False) -> Any:
    """One condition, its value the parameter of the same name. ``beside``: rows that come by another way are only judged by it. ``odd``:
    there are memberships that stand otherwise than their dates say."""
    # Neither database guesses well how few rows a condition leaves, so it is led. A condition to stand beside is written so that SQLite
    # can enter no index by it, and the dates always are: nearly all rows pass them. One to come by is an array for PostgreSQL, which
    # otherwise reads all memberships.
    def among(column: Any, found: Any) -> Any:
        found = found.correlate(Membership)  # Whatever else the statement reads: the tables of a condition are its own.
        if beside:
            (key,) = found.selected_columns
            return found.where(key == column).exists()
        return column.in_(found) if sqlite else column == sa.any_(sa.func.array(found.scalar_subquery()))

    if odd and name in tuple(Place):
        aside, of_them = (sa.bindparam(each, expanding=True) for each in ("odd", f"odd_{name}"))
        return sa.or_(sa.and_(condition(name, sqlite, beside), Membership.id.not_in(aside)), Membership.id.in_(of_them))
    value: Any = sa.bindparam(name, expanding=name in ("seen", "units", "classes", "ids"))
    joined, left = (unindexed(column) if sqlite else column for column in (Membership.joined_on, Membership.left_on))
    match name:
        case Place.LEFT:
            return left <= value
        case Place.EXPECTED | Place.IN_FORCE:
            inside = sa.or_(Membership.left_on.is_(None), left > value)
            if name == Place.EXPECTED:
                return sa.and_(inside, joined > value)
            return sa.and_(inside, sa.or_(Membership.joined_on.is_(None), joined <= value))
        case "seen" | "units":
            return among(Membership.id, in_units(value))
        case "classes":
            held = sa.select(ClassStay.membership_id).where(ClassStay.member_class.in_(value), ClassStay.until_on.is_(None))
            return among(Membership.id, held)
        case "employer":
            working = sa.select(Employment.person_id).where(Employment.employer_id == value, Employment.until_on.is_(None))
            return among(Membership.person_id, working)
        case "joined_from":
            return (joined if beside else Membership.joined_on) >= value
        case "joined_to":
            return (joined if beside else Membership.joined_on) <= value
        case "ids":
            return Membership.id.in_(value)
        case "identity":  # Only of persons that are not merged into another: so says the index, too.
            return among(Membership.person_id, sa.select(Person.id).where(Person.id_index == value, Person.merged_into_id.is_(None)))
        case "words":
            return among(Membership.person_id, search.hits("person"))
        case _:
            return sa.false()


def unindexed(column: Any) -> Any:
    """``+column``: the same value, but no index is entered by it."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def where(names: tuple[str, ...], sqlite: bool, beside: bool = False) -> list[Any]:
    first = [name for name in names if name in ("words", "identity", "ids")] or names  # A search leaves fewest rows.
    return [condition(name, sqlite, beside or name not in first, "odd" in names) for name in names if not name.startswith("odd")]


def in_order(sort: str, descending: bool) -> list[Any]:
    """The number decides among equals."""
    column = SORTS.get(sort, Membership.number)
    return [column.desc() if descending else column.asc(), *([] if column is SORTS["number"] else [Membership.number])]
