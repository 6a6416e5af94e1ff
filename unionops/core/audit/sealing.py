"""The chain: every entry is sealed with a digest over itself and the digest before, so that no one can rewrite the past unseen.

Owns sealing and its verification. An altered, removed or reordered entry breaks the chain where it stands. A removed tail
leaves a shorter, whole chain: only a digest that was written down elsewhere (the anchor) shows that.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core.audit.models import AuditEntry, AuditSeal, AuditSubject
from unionops.core.db import alone, db

SETTLE = timedelta(seconds=5)
"""Entries younger than this are left for the next time: units that began together are then sealed in the order of their ids."""
LATE = timedelta(hours=1)
"""An entry is written just before its unit is committed, and no commit takes an hour. So the look for what came late, below what is
sealed already, goes this far back and no further: sealing costs the same in the tenth year as in the first."""
BATCH = 500
FIRST = "0" * 64
"""What stands before the first seal."""

ALTERED, MISSING, GAP, CUT = "altered", "missing", "gap", "cut"


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found. ``first_broken`` is the place in the chain where it breaks first.

    ``reason``: altered (entry, subjects or seal differ from what was sealed, or their order), missing (the entry is gone),
    gap (a seal is gone), cut (the anchor is nowhere in the chain), "" when all is well. ``last_digest`` is the next anchor.
    """

    ok: bool
    sealed: int
    unsealed: int
    first_broken: int | None
    reason: str
    last_digest: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def seal(now: datetime, *, thorough: bool = False) -> int:
    """Seals, in the order of their ids, the entries that settled and have no seal; says how many. Part of the caller's unit.

    ``thorough`` looks through all entries there are, as ``verify`` does when it counts those that wait.
    """
    alone(db.session(), "audit_seal")
    last = db.session.execute(
        sa.select(AuditSeal.place, AuditSeal.digest, AuditSeal.sealed_at).order_by(AuditSeal.place.desc()).limit(1)
    ).first()
    place, digest = (last.place, last.digest) if last else (0, FIRST)
    unsealed = sa.select(AuditEntry.id).outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id).where(
        AuditSeal.place.is_(None), AuditEntry.at <= now - SETTLE
    )
    if last and not thorough:
        unsealed = unsealed.where(AuditEntry.at > last.sealed_at - LATE)
    waiting = sorted(db.session.scalars(unsealed))  # Not by the database: SQLite would walk all ids to have their order.
    for start in range(0, len(waiting), BATCH):
        ids = waiting[start : start + BATCH]
        stored = _stored(ids)
        rows = []
        for entry_id in ids:
            place, digest = place + 1, _digest(digest, stored[entry_id])
            rows.append({"place": place, "entry_id": entry_id, "digest": digest, "sealed_at": now})
        db.session.execute(sa.insert(AuditSeal), rows)
    return len(waiting)


def verify(anchor: str = "", progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Walks the whole chain, in batches. ``anchor``: a digest that must be in it. ``progress(done, total)`` after each batch."""
    sealed = db.session.scalar(sa.select(sa.func.count()).select_from(AuditSeal)) or 0
    entries = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0
    unsealed = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.place.is_(None))
    ) or 0 if entries else 0
    digest, expected, met_anchor = FIRST, 0, not anchor
    for done, (place, entry_id, kept, stored) in enumerate(_chain(), 1):
        expected += 1
        if place != expected:
            return Verdict(False, sealed, unsealed, expected, GAP, digest)
        if entry_id not in stored:
            return Verdict(False, sealed, unsealed, place, MISSING, digest)
        if _digest(digest, stored[entry_id]) != kept:
            return Verdict(False, sealed, unsealed, place, ALTERED, digest)
        digest = kept
        met_anchor = met_anchor or digest == anchor
        if progress and done % BATCH == 0:
            progress(done, sealed)
    if not met_anchor:
        return Verdict(False, sealed, unsealed, expected + 1, CUT, digest)
    return Verdict(True, sealed, unsealed, None, "", digest)


def last_digest() -> str:
    """The digest of the newest seal: the anchor to write down. Empty when nothing is sealed."""
    return db.session.scalar(sa.select(AuditSeal.digest).order_by(AuditSeal.place.desc()).limit(1)) or ""


def _chain() -> Iterator[tuple[int, int, str, dict[int, bytes]]]:
    place = None
    while True:
        query = sa.select(AuditSeal.place, AuditSeal.entry_id, AuditSeal.digest).order_by(AuditSeal.place).limit(BATCH)
        batch = db.session.execute(query if place is None else query.where(AuditSeal.place > place)).all()
        if not batch:
            return
        place = batch[-1].place
        stored = _stored([row.entry_id for row in batch])
        for row in batch:
            yield row.place, row.entry_id, row.digest, stored


def _stored(ids: list[int]) -> dict[int, bytes]:
    """id → the canonical text of the entry with its subjects, as the database holds it now."""
    subjects = defaultdict(list)
    for entry_id, ref in db.session.execute(sa.select(AuditSubject.entry_id, AuditSubject.ref).where(AuditSubject.entry_id.in_(ids))):
        subjects[entry_id].append(ref)
    columns = list(AuditEntry.__table__.columns)
    return {
        row.id: _canonical({**row._mapping, "at": row.at.astimezone(UTC).isoformat(), "subjects": sorted(subjects[row.id])})
        for row in db.session.execute(sa.select(*columns).where(AuditEntry.id.in_(ids)))
    }


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _digest(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode() + text).hexdigest()
