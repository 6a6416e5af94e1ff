"""Runs of jobs and background tasks: the rows that claim work, and tell what became of it. Owns no work itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core import clock
from unionops.core.db import JSON, Model, RefType, UtcDateTime
from unionops.values.refs import Ref

WAITING, RUNNING, DONE, FAILED, CANCELLED, SKIPPED = "waiting", "running", "done", "failed", "cancelled", "skipped"


class JobRun(Model):
    """One run of a job, due at ``scheduled_at``. The unique pair is what makes a second run of the same hour harmless.

    ``worker`` is the token of whoever claimed it; ``error`` names the kind of error, its trace is in the log under ``incident``.
    """

    __tablename__ = "job_run"
    __audited__ = False
    __table_args__ = (sa.UniqueConstraint("job", "scheduled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(sa.String(80))
    scheduled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(sa.String(120), default="")
    state: Mapped[str] = mapped_column(sa.String(12), index=True)
    worker: Mapped[str] = mapped_column(sa.String(32), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(sa.String(400), default="")
    error: Mapped[str] = mapped_column(sa.String(200), default="")
    incident: Mapped[str] = mapped_column(sa.String(12), default="")


class Task(Model):
    """Long work that one person started. ``message`` is a source sentence, filled from ``params`` and translated when shown.

    ``problems`` are [{"message", "params"}] of a refusal. ``link`` is {"endpoint", "arguments"} of the result page,
    ``result_ref`` the record that came out, ``file_name`` a file kept in the installation's folder.
    """

    __tablename__ = "task"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(80))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    owner_name: Mapped[str] = mapped_column(sa.String(80), default="")
    state: Mapped[str] = mapped_column(sa.String(12), default=WAITING, index=True)
    worker: Mapped[str] = mapped_column(sa.String(32), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    message: Mapped[str] = mapped_column(sa.String(200), default="")
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    incident: Mapped[str] = mapped_column(sa.String(12), default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result_ref: Mapped[Ref | None] = mapped_column(RefType)
    link: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    file_name: Mapped[str] = mapped_column(sa.String(200), default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_going(self) -> bool:
        return self.state in (WAITING, RUNNING)
