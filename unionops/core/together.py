"""Several small SELECTs sent to the database as one statement, for a record with much hanging on it.

One person's page reads a dozen tables, a row or two from each. Asked one after another, the asking costs many times what the
database does. Owns nothing about any table: areas say what they read.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from unionops.core.db import db, plain

_STORED: tuple[type[TypeEngine[Any]], ...] = (sa.Boolean, sa.Integer, sa.String, sa.Date, sa.DateTime, sa.LargeBinary)
"""How values lie in a database: only what lies there alike can stand in one column of a UNION."""


class Together:
    """``Together(notes=select(Note.id, Note.text).where(Note.person_id == bindparam("person")), …)(person=7)`` →
    ``{"notes": [row, …], …}``: the rows of every part, the names of its columns as attributes.

    Parts bring no ORDER BY and no LIMIT; their rows come in no order. Values pass the types of their
    columns (encryption, dates). Raises TypeError for columns that cannot stand under others (JSON).
    """

    def __init__(self, **parts: sa.Select[Any]) -> None:
        self._names = tuple(parts)
        stored: list[TypeEngine[Any]] = []  # The columns of the whole statement, as many as the parts need.
        places = [_places(part, stored) for part in parts.values()]
        self._readers = [_reader(name, part, at) for (name, part), at in zip(parts.items(), places, strict=True)]
        # Made once: SQLAlchemy knows it again and does not compile it a second time.
        self._statement = sa.union_all(*(
            _padded(number, part, at, stored) for number, (part, at) in enumerate(zip(parts.values(), places, strict=True))
        ))

    def __call__(self, **given: Any) -> dict[str, list[Any]]:
        found: list[list[Any]] = [[] for _name in self._names]
        for row in plain(self._statement, given):
            found[row[0]].append(self._readers[row[0]](row))
        return dict(zip(self._names, found, strict=True))


def _places(part: sa.Select[Any], stored: list[TypeEngine[Any]]) -> list[int]:
    """Under which column of the statement each column of the part stands; ``stored`` grows when none is free."""
    places: list[int] = []
    for column in part.selected_columns:
        kind = _kind(column.type)
        free = (at for at, other in enumerate(stored) if isinstance(other, kind) and at not in places)
        at = next(free, len(stored))
        if at == len(stored):
            stored.append(kind())
        places.append(at)
    return places


def _kind(of: TypeEngine[Any]) -> type[TypeEngine[Any]]:
    plain = of.impl_instance if isinstance(of, TypeDecorator) else of
    for kind in _STORED:
        if isinstance(plain, kind):
            return kind
    raise TypeError(f"{of!r} cannot stand in a statement put together")


def _reads(of: TypeEngine[Any]) -> bool:
    return isinstance(of, TypeDecorator) and type(of).process_result_value is not TypeDecorator.process_result_value


def _padded(number: int, part: sa.Select[Any], places: list[int], stored: list[TypeEngine[Any]]) -> sa.Select[Any]:
    own = dict(zip(places, part.selected_columns, strict=True))
    columns = [
        # PostgreSQL would take a bare NULL for text.
        (sa.type_coerce(own[at], kind) if at in own else sa.cast(sa.null(), kind)).label(f"c{at}") for at, kind in enumerate(stored)
    ]
    return part.with_only_columns(sa.literal_column(str(number), sa.Integer).label("part"), *columns, maintain_column_froms=True)


def _reader(name: str, part: sa.Select[Any], places: list[int]) -> Callable[[Any], Any]:
    make = namedtuple(name, part.selected_columns.keys())._make  # type: ignore[misc]
    pick = itemgetter(*(at + 1 for at in places)) if len(places) > 1 else itemgetter(slice(places[0] + 1, places[0] + 2))
    own = [(at, column.type) for at, column in enumerate(part.selected_columns) if _reads(column.type)]
    if not own:
        return lambda row: make(pick(row))

    def read(row: Any) -> Any:
        values = list(pick(row))
        for at, kind in own:
            values[at] = kind.process_result_value(values[at], db.engine.dialect)
        return make(values)

    return read
