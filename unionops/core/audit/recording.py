"""Collects every row change on flush and writes one audit entry per unit; services add the meaning with ``describe``.

Personal fields are masked before they reach the entry: a column says so by ``info={"personal": "id"}`` (a mask's name);
encrypted columns are never shown. A model opts out with ``__audited__ = False`` (the audit's own tables, counters).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from flask import g, has_request_context, request
from flask_login import current_user
from sqlalchemy import event
from sqlalchemy.orm import ColumnProperty, Session, SessionTransaction

from unionops.core import clock
from unionops.core.audit.models import REF_LENGTH, AuditEntry, AuditSubject
from unionops.core.db import Encrypted, Model, before_commit, db, durable_rows
from unionops.core.i18n import Later, source_of
from unionops.values.problems import Problem
from unionops.values.refs import Ref

SENTENCES: dict[str, Any] = {}
"""action → the sentence it is told by, with %(name)s figures; areas register theirs with ``sentence``."""

_acting: ContextVar[tuple[str, str, int | None] | None] = ContextVar("unionops_acting", default=None)
NOT_TOLD = {"once_key", "counter", "data_version", "draft"}
"""Tables of the machinery, whose rows say nothing about anybody's acts."""


def sentence(action: str, text: Any) -> str:
    """Registers how ``action`` is told; returns the action so that it can be named once."""
    SENTENCES[action] = text
    return action


@contextmanager
def acting(actor: str, source: str, actor_id: int | None = None) -> Iterator[None]:
    """Names who acts in a job or a command, where nobody is signed in; ``actor_id`` when it is done for a user."""
    token = _acting.set((actor, source, actor_id))
    try:
        yield
    finally:
        _acting.reset(token)


def describe(action: str, *records: Any, **params: Any) -> None:
    """Says what this unit means: ``describe("members.person_added", person, name=person.name)``.

    ``records`` (models or ``Ref``) become the entry's subjects. The action must have a registered sentence.
    """
    if action not in SENTENCES:
        raise LookupError(f"no sentence for audit action {action!r}")
    info = db.session.info
    info.setdefault("acts", []).append({"action": action, "params": {name: _plain(value) for name, value in params.items()}})
    info.setdefault("subjects", []).extend(records)


def actor() -> tuple[int | None, str]:
    """Who acts in this unit: the user's number, if it is one, and the name; empty when nobody does. For rows that say who wrote them."""
    who = _who()
    return who["actor_id"], who["actor"]


def subject(record: Any) -> None:
    """Names whose data this request reads, for the read log of a ``personal`` screen."""
    if has_request_context():
        g.setdefault("read_subjects", []).append(record)


@event.listens_for(Model, "attribute_instrument", propagate=True)
def _keep_old(owner: type[Any], key: str, attribute: Any) -> None:
    """A value that is set is read first, so that an expired or deferred column still tells its old value."""
    if getattr(owner, "__audited__", True) and isinstance(getattr(attribute, "property", None), ColumnProperty):
        attribute.impl.active_history = True


# What a savepoint took back has not happened: the marks say how much had been collected when it began.
_COLLECTED = ("changes", "acts", "subjects", "bulk")


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault("marks", WeakKeyDictionary())[transaction] = {name: len(session.info.get(name, ())) for name in _COLLECTED}


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, transaction: SessionTransaction) -> None:
    for name, count in session.info.get("marks", {}).get(transaction, {}).items():
        del session.info.get(name, [])[count:]


@event.listens_for(Session, "after_flush")
def _collect(session: Session, context: Any) -> None:
    if session.info.get("unaudited"):
        return
    changes = session.info.setdefault("changes", [])
    for op, rows in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for row in rows:
            table = getattr(row, "__tablename__", "")
            if not getattr(row, "__audited__", True) or table in NOT_TOLD:
                continue
            fields = _fields(row, op)
            if fields or op == "delete":
                changes.append({"ref": _pointer(row), "table": table, "op": op, "fields": fields})


def _fields(row: Any, op: str) -> dict[str, list[Any]]:
    state = sa.inspect(row)
    told: dict[str, list[Any]] = {}
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        if column.info.get("audit") is False or column.primary_key:
            continue
        history = state.attrs[attribute.key].history
        if op == "update":
            if not history.has_changes():
                continue
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            told[attribute.key] = [_shown(column, old), _shown(column, new)]
        else:
            value = state.dict.get(attribute.key)
            if value not in (None, "", [], {}):
                told[attribute.key] = [None, _shown(column, value)] if op == "insert" else [_shown(column, value), None]
    return told


def _shown(column: sa.Column[Any], value: Any) -> Any:
    from unionops.values import masks

    if value is None:
        return None
    if isinstance(column.type, Encrypted):
        return masks.mask(str(value), column.info.get("personal", "secret"))
    if personal := column.info.get("personal"):
        return masks.mask(str(_plain(value)), personal)
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float | str | None):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Later):
        return _plain(source_of(value))
    if isinstance(value, Problem):  # Words among the figures of a sentence: each reader has them in his own language.
        return _plain({"word": value.message, **({"figures": value.params} if value.params else {})})
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value)


def _pointer(row: Any) -> str:
    from unionops.core import refs

    if isinstance(row, Ref):
        return str(row)
    try:
        return str(refs.ref(row))
    except LookupError:
        # The row itself, not its identity: a row that was just inserted has none until the flush is over.
        identity = sa.inspect(row).mapper.primary_key_from_instance(row)
        return f"{row.__tablename__}:{'/'.join(str(part) for part in identity)}"[:REF_LENGTH]


@before_commit
def _write(session: Session) -> None:
    info = session.info
    changes, acts, bulk = info.pop("changes", []), info.pop("acts", []), info.pop("bulk", [])
    subjects = info.pop("subjects", [])
    for reason, count in bulk:
        changes.append({"ref": "", "table": reason, "op": "bulk", "fields": {"rows": [None, count]}})
    if not (changes or acts):
        return
    refs = {_pointer(record) for record in subjects} | {change["ref"] for change in changes if change["ref"]}
    _add(session.connection(), _who(), "change", acts, changes, refs)
    session.flush()


def _who(source: str = "") -> dict[str, Any]:
    """Who acts, from which screen, job or address. Asked before a transaction is begun: to find out may need one of its own."""
    if acting_now := _acting.get():
        actor, source, actor_id = acting_now
        return {"actor_id": actor_id, "actor": actor, "source": source, "address": ""}
    if not has_request_context():
        return {"actor_id": None, "actor": "", "source": source or "?", "address": ""}
    return {
        "actor_id": current_user.id, "actor": current_user.name, "source": source or request.endpoint or "", "address": request.remote_addr or "",
    }


def _add(connection: sa.Connection, who: dict[str, Any], kind: str, acts: list[Any], changes: list[Any], refs: set[str]) -> None:
    written = connection.execute(_ENTRY, {"at": clock.now(), "kind": kind, **who, "acts": acts, "changes": changes})
    (entry_id,) = written.inserted_primary_key
    if refs:
        connection.execute(_SUBJECT, [{"entry_id": entry_id, "ref": ref} for ref in sorted(refs)])


# Straight to the tables: every look at personal data writes one.
_ENTRY = sa.insert(AuditEntry.__table__)
_SUBJECT = sa.insert(AuditSubject.__table__)


def read(endpoint: str, arguments: dict[str, Any]) -> None:
    """Logs that personal data were read, in a transaction of its own: the read itself changes nothing."""
    subjects = {_pointer(record) for record in g.get("read_subjects", [])}
    who = _who(endpoint)
    with durable_rows() as connection:
        _add(connection, who, "read", [{"action": "read", "params": {k: _plain(v) for k, v in arguments.items()}}], [], subjects)


def denied(endpoint: str, permission: str) -> None:
    """Logs that somebody was refused a screen."""
    who = _who(endpoint)
    with durable_rows() as connection:
        _add(connection, who, "refused", [{"action": "refused", "params": {"permission": permission}}], [], set())


def event_happened(action: str, records: tuple[Any, ...] = (), **params: Any) -> None:
    """Logs something that must be known even if this request rolls back (a failed sign-in, a revealed value)."""
    if action not in SENTENCES:
        raise LookupError(f"no sentence for audit action {action!r}")
    who = _who()
    told = [{"action": action, "params": {name: _plain(value) for name, value in params.items()}}]
    with durable_rows() as connection:
        _add(connection, who, "event", told, [], {_pointer(record) for record in records})
