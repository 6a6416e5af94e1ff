"""What each kind of pointer means: its model, its title, its page, and who may see which of its records.

Areas register their kinds once; audit, calendar, attachments, approvals, notices, letters and search share this one mechanism.
Who may see a record is said once, as the SELECT ``among``: single records, lists and counts all follow from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core import clock
from unionops.core.db import db, plain
from unionops.core.i18n import _l
from unionops.core.pages import addresses
from unionops.values.refs import Ref

Among = Callable[[Any], sa.Select[tuple[int]] | None]


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of record.

    ``among(user)`` is a SELECT of the ids of the records this user may see, None when that is all of them. It follows from who asks, his
    roles and the day alone, for it is kept (``by_reader``): what else it depends on, the SELECT asks itself. ``title`` gives a
    record's name, ``remark`` what tells it from another of the same name. Both read no more of it than ``columns``, if those are said:
    then many records are looked up as rows, and ``remark`` may read columns that only these rows have. ``argument`` is what its page calls the record's number,
    empty for a record of which there is only one. ``tails`` are the places of encrypted numbers whose last digits find it
    (``core.search``). A kind that ``follows`` has no visibility of its own: who sees a file or a deadline follows from the record it
    belongs to. A ``confidential`` kind shows its titles inside the app only: never in mail, feeds or on paper slips.
    """

    name: str
    model: type[Any]
    label: Any
    title: Callable[[Any], str]
    endpoint: str
    argument: str
    among: Among
    remark: Callable[[Any], str]
    tails: tuple[str, ...]
    confidential: bool
    columns: tuple[Any, ...] = ()
    follows: bool = False

    def url(self, number: int) -> str:
        """The page of the record with this number."""
        return url_for(self.endpoint, **({self.argument: number} if self.argument else {}))

    def visible(self, user: Any, record: Any) -> bool:
        """Whether this user may see this record."""
        chosen = self.among(user)
        return chosen is None or holds(chosen, record.id)


KINDS: dict[str, Kind] = {}


def register(
    name: str,
    model: type[Any],
    *,
    label: Any,
    title: Callable[[Any], str],
    endpoint: str,
    argument: str = "",
    among: Among,
    remark: Callable[[Any], str] = lambda record: "",
    tails: Iterable[str] = (),
    confidential: bool = False,
    columns: Iterable[Any] = (),
    follows: bool = False,
) -> None:
    """Registers a kind of record under ``name``; twice is an error."""
    if name in KINDS and KINDS[name].model is not model:
        raise ValueError(f"reference kind {name!r} is taken")
    KINDS[name] = Kind(name, model, label, title, endpoint, argument, among, remark, tuple(tails), confidential, tuple(columns), follows)


@lru_cache
def nobody(model: type[Any]) -> sa.Select[tuple[int]]:
    """A SELECT of no ids: this user may see none of them. Always the same one for a model, so that ``seen`` knows it again."""
    return sa.select(model.id).where(sa.false())


def holds(chosen: sa.Select[tuple[int]], number: int) -> bool:
    """Whether this id is among the chosen ones; asked from the inside, so that the database need not list all of them."""
    ids = chosen.subquery()
    return db.session.scalar(sa.select(sa.literal(1)).select_from(ids).where(ids.c[0] == number).limit(1)) is not None


def allowed(model: type[Any], permission: str) -> Among:
    """For kinds that are seen all or not at all: everybody who holds the permission sees every record."""
    return lambda user: None if user.can(permission) else nobody(model)


def ref(record: Any) -> Ref:
    """The pointer to a stored record. Raises LookupError for a record without a kind."""
    for kind in KINDS.values():
        if isinstance(record, kind.model):
            return Ref(kind.name, record.id)
    raise LookupError(f"no reference kind for {type(record).__name__}")


def record(pointer: Ref, user: Any) -> Any:
    """What it points to, or None when it is gone or this person may not see it."""
    kind = KINDS.get(pointer.kind)
    found = db.session.get(kind.model, pointer.id) if kind else None
    return found if kind is not None and found is not None and kind.visible(user, found) else None


class Shown(NamedTuple):
    """A record as a link: ``title`` and ``url`` are empty when this person may not see it."""

    kind: Kind
    title: str
    url: str
    remark: str
    visible: bool


T = TypeVar("T")
_following: ContextVar[bool] = ContextVar("unionops_refs_following", default=False)
_KEPT = 500
"""So many conditions are kept of each kind before all of them are made anew."""


def by_reader(build: Callable[..., T]) -> Callable[..., T]:
    """Keeps the SQL that ``build(user, …)`` makes: putting such conditions together costs far more than the database needs to answer.

    It must follow from ``user.sight``, the day and its other arguments alone, never from what the database holds. So nothing here grows
    old: a role taken away or a new day asks for another one.
    """
    kept: dict[tuple[Any, ...], T] = {}

    @wraps(build)
    def given(user: Any, *more: Any, **named: Any) -> T:
        key = (user.sight, clock.today(), _following.get(), more, *named.items())
        made = kept.get(key)
        if made is None:
            if len(kept) >= _KEPT:
                kept.clear()
            made = kept[key] = build(user, *more, **named)
        return made

    return given


@by_reader
def _named(user: Any, kind: Kind) -> sa.Select[Any]:
    """What ``look_up`` reads of the records whose ``ids`` are given: the row or the record, and in the last column whether it is visible."""
    chosen = kind.among(user)
    visible = sa.true() if chosen is None else kind.model.id.in_(chosen)
    what = (kind.model.id, *kind.columns) if kind.columns else (kind.model,)
    return sa.select(*what, visible).where(kind.model.id.in_(sa.bindparam("ids", expanding=True)))


def look_up(pointers: Iterable[Ref], user: Any) -> dict[Ref, Shown]:
    """The records that are there, as links for this reader; those not visible without title and address. One statement a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for pointer in pointers:
        if pointer.kind in KINDS:
            wanted[pointer.kind].add(pointer.id)
    found: dict[Ref, Shown] = {}
    for name, ids in wanted.items():
        kind = KINDS[name]
        read = plain if kind.columns else db.session.execute
        address = addresses(kind.endpoint, kind.argument) if kind.argument else kind.url
        for row in read(_named(user, kind), {"ids": list(ids)}):
            one = row if kind.columns else row[0]
            told = Shown(kind, kind.title(one), address(one.id), kind.remark(one), True) if row[-1] else Shown(kind, "", "", "", False)
            found[Ref(name, one.id)] = told
    return found


def resolve(pointer: Ref, user: Any) -> tuple[str, str] | None:
    """(title, url) of what it points to, or None when it is gone or this person may not see it."""
    shown = look_up([pointer], user).get(pointer)
    return (shown.title, shown.url) if shown is not None and shown.visible else None


class Pointing:
    """Two columns that point to any record, for tables that are filtered by who may see what they belong to."""

    ref_kind: Mapped[str | None] = mapped_column(sa.String(40), info={"title": _l("所屬種類")})
    ref_id: Mapped[int | None] = mapped_column(info={"title": _l("所屬序號")})

    @property
    def ref(self) -> Ref | None:
        return Ref(self.ref_kind, self.ref_id) if self.ref_kind is not None and self.ref_id is not None else None

    @ref.setter
    def ref(self, pointer: Ref | None) -> None:
        self.ref_kind, self.ref_id = (pointer.kind, pointer.id) if pointer is not None else (None, None)


def pointing_at(table: Any, pointer: Ref) -> sa.ColumnElement[bool]:
    """The rows of a ``Pointing`` table that belong to this record."""
    return sa.and_(table.ref_kind == pointer.kind, table.ref_id == pointer.id)


def seen(user: Any, kind: Any, number: Any, *, kinds: Collection[str] | None = None, through: bool = False) -> sa.ColumnElement[bool]:
    """The rows whose pointer, in the columns ``kind`` and ``number``, leads to a record this user may see. One condition, whatever
    the kinds; a row that points nowhere is not among them.

    ``kinds`` are those only to which such rows point. ``through`` follows records that follow others, once: a file on a deadline of
    a letter is seen by whoever sees the letter.
    """
    return _seen(user, kind, number, tuple(one for one in KINDS.values() if kinds is None or one.name in kinds), through)


@by_reader
def _seen(user: Any, kind: Any, number: Any, kinds: tuple[Kind, ...], through: bool) -> sa.ColumnElement[bool]:
    inside = _following.get()
    token = _following.set(True)
    open_kinds, conditions = [], []
    try:
        for one in kinds:
            if one.follows and (inside or not through):
                continue
            chosen = one.among(user)
            if chosen is None:
                open_kinds.append(one.name)
            elif chosen is not nobody(one.model):
                conditions.append(sa.and_(kind == one.name, number.in_(chosen)))
    finally:
        _following.reset(token)
    return sa.or_(kind.in_(open_kinds), *conditions)
