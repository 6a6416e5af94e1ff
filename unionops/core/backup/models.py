"""What became of each backup and of each test restore."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core.db import JSON, Model, UtcDateTime

MADE, TESTED, RESTORED = "made", "tested", "restored"


class BackupRun(Model):
    """One backup made, tested or restored, or the try. ``figures`` is what was counted and checked (see ``services.Checked``);
    a failed run has no figures but a ``reason``: {"message", "params"} of a problem."""

    __tablename__ = "backup_run"
    __audited__ = False
    __table_args__ = (sa.CheckConstraint("kind IN ('made', 'tested', 'restored')", name="kind"), sa.Index("ix_backup_run_kind", "kind", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ok: Mapped[bool]
    file: Mapped[str] = mapped_column(sa.String(200), default="")
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
