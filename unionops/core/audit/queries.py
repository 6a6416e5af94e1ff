"""Reading the audit: filtered, newest first, by the key of the last entry seen; one record's history.

A filter by content never answers with a hidden entry, not even with its place in the list: otherwise guessing words would
tell what the hidden ones say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.audit.recording import SENTENCES
from unionops.core.audit.telling import Told, action_title, tell
from unionops.core.clock import TAIPEI
from unionops.core.db import db
from unionops.values.refs import Ref

BATCH = 200
SCANNED = 10
"""How many batches one page looks through at most before it offers to look further back."""


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty means all. ``since`` and ``until`` are days in Taiwan, both included."""

    person: str = ""
    kind: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    ref: str = ""
    text: str = ""

    @property
    def by_content(self) -> bool:
        return bool(self.action or self.ref or self.text)


@dataclass(frozen=True)
class Slice:
    """Entries of one page. ``older`` is where the next page begins, None at the end."""

    told: list[Told]
    older: int | None


def page_of(wanted: Filter, user: Any, *, before: int | None = None, size: int = 50) -> Slice:
    """The newest ``size`` entries before the id ``before``."""
    told: list[Told] = []
    for _batch in range(SCANNED):
        entries = db.session.scalars(_newest(wanted, before).limit(size + 1 if not wanted.by_content else BATCH)).all()
        for one in _seen(wanted, tell(entries, user)):
            if len(told) == size:
                return Slice(told, told[-1].id)
            told.append(one)
        if len(entries) < (size + 1 if not wanted.by_content else BATCH):
            return Slice(told, None)
        before = entries[-1].id
    return Slice(told, before)


def all_of(wanted: Filter, user: Any, limit: int) -> Iterator[Told]:
    """The same, batch after batch, for an export of at most ``limit`` entries."""
    before, given = None, 0
    while True:
        entries = db.session.scalars(_newest(wanted, before).limit(BATCH)).all()
        for one in _seen(wanted, tell(entries, user)):
            if given == limit:
                return
            given += 1
            yield one
        if len(entries) < BATCH:
            return
        before = entries[-1].id
        db.session.expunge_all()  # Memory stays flat.


def timeline(ref: Ref, user: Any, limit: int = 50) -> list[Told]:
    """What happened to one record, newest first, for this reader; reads are left out."""
    query = (
        sa.select(AuditEntry)
        .join(AuditSubject, AuditSubject.entry_id == AuditEntry.id)
        .where(AuditSubject.ref == str(ref), AuditEntry.kind.in_(("change", "event")))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [one for one in tell(db.session.scalars(query).all(), user) if not one.hidden]


def _seen(wanted: Filter, told: list[Told]) -> list[Told]:
    return [one for one in told if not one.hidden] if wanted.by_content else told


def _newest(wanted: Filter, before: int | None) -> sa.Select[tuple[AuditEntry]]:
    query = sa.select(AuditEntry).order_by(AuditEntry.id.desc())
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if wanted.kind:
        query = query.where(AuditEntry.kind == wanted.kind)
    if wanted.person:
        query = query.where(AuditEntry.actor.icontains(wanted.person, autoescape=True))
    if wanted.since:
        query = query.where(AuditEntry.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditEntry.at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.action:
        query = query.where(_of_action(wanted.action))
    if wanted.ref:
        query = query.where(AuditEntry.id.in_(sa.select(AuditSubject.entry_id).where(AuditSubject.ref == wanted.ref)))
    if wanted.text:
        # SQLite keeps JSON as written, with escapes; PostgreSQL gives it back in plain characters.
        stored = json.dumps(wanted.text)[1:-1] if db.engine.dialect.name == "sqlite" else wanted.text
        query = query.where(
            sa.or_(
                sa.cast(AuditEntry.acts, sa.Text).icontains(stored, autoescape=True),
                *(_of_action(name) for name in SENTENCES if wanted.text.casefold() in action_title(name).casefold()),
                sa.cast(AuditEntry.changes, sa.Text).icontains(stored, autoescape=True),
                AuditEntry.source.icontains(wanted.text, autoescape=True),
                AuditEntry.address.icontains(wanted.text, autoescape=True),
            )
        )
    return query


def _of_action(name: str) -> sa.ColumnElement[bool]:
    return sa.cast(AuditEntry.acts, sa.Text).contains(f'"action": "{name}"', autoescape=True)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI)
