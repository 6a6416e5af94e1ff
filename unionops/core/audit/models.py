"""Audit entries and their chain. Triggers (``core.append_only``) refuse UPDATE and DELETE on all three tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core import append_only
from unionops.core.db import JSON, Model, UtcDateTime

REF_LENGTH = 60


class AuditEntry(Model):
    """One unit of work (or one read, or one refusal): who, when, through what, what it meant, what changed.

    ``kind`` is change, read, refused or event. ``acts`` are [{"action", "params"}] told as sentences; ``changes`` are
    [{"ref", "table", "op", "fields": {name: [old, new]}}] with personal fields masked.
    """

    __tablename__ = "audit_entry"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(sa.String(120))
    source: Mapped[str] = mapped_column(sa.String(160))
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    acts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class AuditSubject(Model):
    """Which records an entry is about, so that one record's history is found by an index."""

    __tablename__ = "audit_subject"
    __audited__ = False
    __table_args__ = (sa.Index("ix_audit_subject_ref", "ref", "entry_id"),)

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(REF_LENGTH), primary_key=True)


class AuditSeal(Model):
    """One link of the chain: ``digest`` = SHA-256 over the digest before and the entry. ``place`` counts 1, 2, 3 …"""

    __tablename__ = "audit_seal"
    __audited__ = False

    place: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)


for _model in (AuditEntry, AuditSubject, AuditSeal):
    append_only.attach(_model.__table__)
