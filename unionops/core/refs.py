"""What each kind of pointer means: its model, its title, its page, and who may see it.

Areas register their kinds once; audit, calendar, attachments and search share this one mechanism.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from unionops.core.db import db
from unionops.values.refs import Ref


@dataclass(frozen=True)
class Kind:
    """``title`` gives a record's name; ``visible(user, record)`` decides who may see it. ``argument`` is what its page calls the
    record's number, empty for a record of which there is only one."""

    name: str
    model: type[Any]
    label: Any
    title: Callable[[Any], str]
    endpoint: str
    argument: str
    visible: Callable[[Any, Any], bool]

    def url(self, number: int) -> str:
        """The page of the record with this number."""
        return url_for(self.endpoint, **({self.argument: number} if self.argument else {}))


KINDS: dict[str, Kind] = {}


def register(
    name: str,
    model: type[Any],
    *,
    label: Any,
    title: Callable[[Any], str],
    endpoint: str,
    argument: str = "",
    visible: Callable[[Any, Any], bool],
) -> None:
    """Registers a kind of record under ``name``; twice is an error."""
    if name in KINDS and KINDS[name].model is not model:
        raise ValueError(f"reference kind {name!r} is taken")
    KINDS[name] = Kind(name, model, label, title, endpoint, argument, visible)


def ref(record: Any) -> Ref:
    """The pointer to a stored record."""
    for kind in KINDS.values():
        if isinstance(record, kind.model):
            return Ref(kind.name, record.id)
    raise LookupError(f"no reference kind for {type(record).__name__}")


def resolve(pointer: Ref, user: Any) -> tuple[str, str | None] | None:
    """(title, url) of what it points to, or None when it is gone or this person may not see it."""
    kind = KINDS.get(pointer.kind)
    record = db.session.get(kind.model, pointer.id) if kind else None
    if kind is None or record is None or not kind.visible(user, record):
        return None
    return kind.title(record), kind.url(pointer.id)
