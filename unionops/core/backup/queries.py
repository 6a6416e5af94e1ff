"""Reads: the last backups, the last test restore, and where the files lie."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from unionops.core.accounts.models import User, UserRole
from unionops.core.accounts.roles import GRANTS
from unionops.core.backup.models import MADE, TESTED, BackupRun
from unionops.core.db import db
from unionops.core.notify.models import Notice

_NAME = re.compile(r"unionops-(\d{8}-\d{6})\.backup", re.ASCII)


def folder() -> Path:
    """Where backups lie: BACKUP_FOLDER, or ``backups`` in the folder of the data."""
    return Path(current_app.config["BACKUP_FOLDER"] or Path(current_app.config["HOME"]) / "backups")


def file_name(moment: datetime) -> str:
    """What a backup of this moment is called; its time is UTC."""
    return f"unionops-{moment.astimezone(UTC):%Y%m%d-%H%M%S}.backup"


def backups(place: Path) -> dict[datetime, Path]:
    """The backups in a folder by their moment, newest first; files of other names do not count."""
    found = {}
    for path in place.glob("unionops-*.backup") if place.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            found[datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)] = path
    return dict(sorted(found.items(), reverse=True))


def last(kind: str, *, only_good: bool = False) -> BackupRun | None:
    """The newest run of a kind."""
    found = sa.select(BackupRun).where(BackupRun.kind == kind).order_by(BackupRun.at.desc(), BackupRun.id.desc()).limit(1)
    return db.session.scalar(found.where(BackupRun.ok) if only_good else found)


def last_good_at() -> datetime | None:
    """When the newest good backup was made."""
    found = last(MADE, only_good=True)
    return found.at if found else None


def failing_since() -> datetime | None:
    """When the first test restore failed after which none was passed; None while the last one was, and before there is any."""
    good = sa.select(sa.func.max(BackupRun.id)).where(BackupRun.kind == TESTED, BackupRun.ok).scalar_subquery()
    return db.session.scalar(sa.select(sa.func.min(BackupRun.at)).where(BackupRun.kind == TESTED, BackupRun.id > sa.func.coalesce(good, 0)))


def readers() -> list[User]:
    """Everybody active who may see the backups."""
    roles = [role for role, granted in GRANTS.items() if "backup.read" in granted]
    asked = sa.select(User).where(User.deactivated_at.is_(None), User.id.in_(sa.select(UserRole.user_id).where(UserRole.role.in_(roles))))
    return list(db.session.scalars(asked.order_by(User.id)))


def last_told(kind: str) -> datetime | None:
    """When people were told of this kind of notice last."""
    return db.session.scalar(sa.select(sa.func.max(Notice.asked_at)).where(Notice.kind == kind))


def runs(limit: int) -> list[BackupRun]:
    """The newest runs of every kind."""
    return list(db.session.scalars(sa.select(BackupRun).order_by(BackupRun.at.desc(), BackupRun.id.desc()).limit(limit)))
