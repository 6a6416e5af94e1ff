"""Which memberships a filter means, how many they are, and in which order. Their cells are ``cells``'.

Which ids a filter means is remembered until the membership changes; their cells are read every time.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db, plain, remembered
from unionops.members.models import Membership, Person
from unionops.members.queries import standing as standings
from unionops.members.queries.headcounts import standing_counts
from unionops.members.queries.roster_filter import EVERYBODY, Rights, RosterFilter, conditions, in_order, unindexed, where
from unionops.members.queries.visibility import in_units, with_descendants
from unionops.members.rules.standing import Standing

FAR = 5000
"""How many rows of an order are passed over for one page; beyond, the whole order is read once and remembered."""


@lru_cache(maxsize=500)
def _statement(names: tuple[str, ...], wanted: str, sort: str, descending: bool, sqlite: bool) -> Any:
    """The number of the rows, one page of their ids (in the order asked), or all their ids as one text, parted by commas."""
    query = sa.select(Membership.id).where(*where(names, sqlite, beside=wanted == "page"))
    if wanted == "count":
        return sa.select(sa.func.count()).select_from(query.subquery())
    if sort == "name":
        person_id = unindexed(Person.id) if sqlite and wanted == "page" else Person.id  # Down the names, not from the memberships.
        query = query.join(Person, person_id == Membership.person_id)
    query = query.order_by(*in_order(sort, descending))
    if wanted == "page":
        return query.offset(sa.bindparam("offset", type_=sa.Integer)).limit(sa.bindparam("limit", type_=sa.Integer))
    return _as_text(query)


def _ask(user: Any, wanted: RosterFilter, today: date, what: str, **more: int) -> Any:
    asked = conditions(user, wanted, today)
    statement = _statement(tuple(asked), what, wanted.sort, wanted.descending, db.engine.dialect.name == "sqlite")
    return plain(statement, asked | more)


def _key(user: Any, wanted: RosterFilter, today: date, *more: Any) -> tuple[Any, ...]:
    return (user.scopes("members.read"), wanted, today, *more)


def _read_whole(wanted: RosterFilter) -> bool:
    """Whether a filter is never read page by page: a search knows no order, and for units and standings see ``whole``."""
    return bool(wanted.units or wanted.text.strip() or wanted.rights or wanted.behind)


def roster_count(user: Any, wanted: RosterFilter, today: date) -> int:
    """How many rows the filter gives; remembered until the membership changes or the day turns."""
    unsorted = replace(wanted, sort="number", descending=False)
    if unsorted == RosterFilter(standing=wanted.standing):
        counts = standing_counts(user, today)
        return sum(counts.values()) if wanted.standing == EVERYBODY else counts[wanted.standing]
    if _read_whole(wanted):
        return len(whole(user, wanted, today))
    return remembered("members", _key(user, unsorted, today, "count"), lambda: _ask(user, unsorted, today, "count").scalar_one())


def roster_ids(user: Any, wanted: RosterFilter, today: date, *, offset: int = 0, limit: int | None = None) -> list[int]:
    """The membership ids in the order shown, or one page of them.

    A page that comes soon on the way down the order is read by itself; for a far one and for a rare filter all ids are read once.
    """
    if limit is not None and not _read_whole(wanted):
        passed = (offset + limit) * sum(standing_counts(user, today).values()) // max(1, total := roster_count(user, wanted, today))
        if passed < min(FAR, total):
            key = _key(user, wanted, today, offset, limit)
            return list(remembered("members", key, lambda: tuple(_ask(user, wanted, today, "page", offset=offset, limit=limit).scalars())))
    return whole(user, wanted, today)[offset : None if limit is None else offset + limit].tolist()


def whole(user: Any, wanted: RosterFilter, today: date) -> array[int]:
    """All ids that the filter gives, in its order."""
    if wanted.rights or wanted.behind:  # Follows from money too, so it is not kept with the rest; picking takes no time.
        held = _asked_of(wanted, today)
        return array("q", [one for one in whole(user, replace(wanted, rights=(), behind=None), today) if held(one)])

    def read() -> array[int]:
        if not wanted.units:
            return _numbers(_ask(user, wanted, today, "whole"))
        # The commonest filter, and units are large: their members are put into the remembered order of the rest, which is several
        # times as fast as joining and sorting them anew for each unit.
        rest = replace(wanted, units=())
        order, places = whole(user, rest, today), _places(user, rest, today)
        inside = _numbers(plain(_MEMBERS_OF, {"units": sorted(with_descendants(wanted.units))}))
        return array("q", [order[place] for place in sorted({places[one] for one in inside if one < len(places)} - {NOWHERE})])

    return remembered("members", _key(user, wanted, today), read)


def _asked_of(wanted: RosterFilter, today: date) -> Callable[[int], bool]:
    """Whether a membership stands as the filter asks."""
    found, rights, behind = standings.everybody(today), [Rights(one) for one in wanted.rights], wanted.behind or 0

    def holds(one: Standing) -> bool:
        return one.months >= behind and all(right.held_by(one) for right in rights)

    usual, others = holds(found.usual), {number: holds(one) for number, one in found.others.items()}
    return lambda number: others.get(number, usual)


def rights_counts(user: Any, wanted: RosterFilter, today: date) -> dict[str, int]:
    """How many rows of the filter have each of these rights."""
    found = standings.everybody(today)
    rows = whole(user, replace(wanted, rights=(), behind=None, sort="number", descending=False), today)
    others = [found.others[one] for one in rows if one in found.others]
    usual = len(rows) - len(others)
    return {which.value: usual * which.held_by(found.usual) + sum(map(which.held_by, others)) for which in Rights}


def _places(user: Any, wanted: RosterFilter, today: date) -> array[int]:
    """The place of each membership in the filter's order, by its id; ``NOWHERE`` if it is not in it."""
    def read() -> array[int]:
        order = whole(user, wanted, today)
        places = array("q", [NOWHERE]) * (max(order, default=-1) + 1)
        for place, one in enumerate(order):
            places[one] = place
        return places

    return remembered("members", _key(user, wanted, today, "places"), read)


NOWHERE = -1


def _as_text(ids: Any) -> Any:
    """The one column of this SELECT as one text: it is read many times as fast as as many rows."""
    (column,) = ids.subquery().c
    return sa.select(sa.func.aggregate_strings(sa.cast(column, sa.String), ","))


def _numbers(result: Any) -> array[int]:
    text = result.scalar_one()
    return array("q", map(int, text.split(",")) if text else ())


_MEMBERS_OF = _as_text(in_units(sa.bindparam("units", expanding=True)))
