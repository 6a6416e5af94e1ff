"""What is attached to a record, whether a version may be opened, and who opened it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.attachments import registry, sniff
from unionops.core.attachments.models import CLEAN, INFECTED, MADE, NOT_SCANNED, WAITING, Attachment, AttachmentVersion
from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.clock import in_taipei
from unionops.core.db import db
from unionops.core.i18n import _, _l, show_date
from unionops.values.problems import Problem, problem
from unionops.values.refs import Ref

SCANS = {
    CLEAN: ("ok", _l("掃毒無異狀")), NOT_SCANNED: ("off", _l("未掃毒")), WAITING: ("soon", _l("等待掃毒")), INFECTED: ("stop", _l("有病毒，封存")),
    MADE: ("ok", _l("系統產製")),
}
OPENED = ("attachments.download", "attachments.preview")


@dataclass(frozen=True)
class AttachmentView:
    """One file as a record's page shows it: its newest version, the number of which is also how many there are."""

    id: int
    title: str
    name: str
    media_type: str
    preview: str
    size: int
    is_sensitive: bool
    scan: str
    versions: int
    added_at: datetime
    added_by: str

    @property
    def told(self) -> str:
        """PDF 文件，1.2 MB，115/11/22 林秀琴"""
        return _(
            "%(kind)s，%(size)s，%(day)s %(who)s", kind=kind_word(self.media_type), size=told_size(self.size),
            day=show_date(in_taipei(self.added_at).date()), who=self.added_by,
        ).strip()

    @property
    def scanned(self) -> tuple[str, Any]:
        """Sign and word of what the scanner said."""
        return SCANS[self.scan]


def chosen(kind: str, number: Any) -> sa.Select[Any]:
    """The columns of ``AttachmentView`` for the files of one record, without the removed ones; ``number`` may be a bind parameter."""
    version = AttachmentVersion
    newer = sa.orm.aliased(AttachmentVersion)
    newest = sa.select(sa.func.max(newer.number)).where(newer.attachment_id == Attachment.id).scalar_subquery()
    return (
        sa.select(
            Attachment.id, Attachment.title, version.name, version.media_type, version.preview, version.size, Attachment.is_sensitive,
            version.scan, version.number, version.added_at, sa.func.coalesce(User.name, "").label("added_by"),
        )
        .select_from(  # One FROM, which stays what it is when the statement is put together with others.
            sa.orm.join(Attachment, version, sa.and_(version.attachment_id == Attachment.id, version.number == newest))
            .outerjoin(User, User.id == version.added_by_id)
        )
        .where(Attachment.ref_kind == kind, Attachment.ref_id == number, Attachment.removed_at.is_(None))
    )


NEWEST_NAME = (
    sa.select(AttachmentVersion.name).where(AttachmentVersion.attachment_id == Attachment.id).order_by(AttachmentVersion.number.desc()).limit(1)
    .correlate(Attachment).scalar_subquery().label("file_name")
)
"""The name of its newest file, beside the other columns of an attachment."""


def of_record(pointer: Ref) -> list[AttachmentView]:
    """The files of a record, oldest first, without the removed ones; one statement. Whoever sees the record may see that they are there."""
    return shown(db.session.execute(chosen(pointer.kind, pointer.id)))


def shown(rows: Iterable[Any]) -> list[AttachmentView]:
    """The rows of ``chosen``, oldest first."""
    return [AttachmentView(*row) for row in sorted(rows, key=lambda row: row[0])]


def removed_of(pointer: Ref) -> list[Attachment]:
    """What was removed from a record and can still be brought back or looked up, newest first."""
    chosen = sa.select(Attachment).where(
        Attachment.ref_kind == pointer.kind, Attachment.ref_id == pointer.id, Attachment.removed_at.is_not(None)
    )
    return list(db.session.scalars(chosen.order_by(Attachment.removed_at.desc())))


def closed(attachment: Attachment, version: AttachmentVersion, record: Any, user: Any) -> Problem | None:
    """Why this user, who sees the record, may not open this version; None when he may."""
    if attachment.removed_at is not None:
        return problem("", "這份附件已經移除，不能開啟。")
    if version.scan == INFECTED:
        return problem("", "掃毒程式在這個檔案發現 %(finding)s，已封存，任何人都不能開啟。", finding=version.finding)
    if version.scan == WAITING and version.added_by_id != user.id:
        return problem("", "這個檔案還在等待掃毒，掃過之前只有附上的人可以開啟。請稍後再試。")
    if attachment.is_sensitive and not registry.opens_sensitive(attachment.ref_kind, user, record):
        return problem("", "這是敏感檔案，您的角色可以知道它在這裡，但不能開啟內容。")
    return None


@dataclass(frozen=True)
class Opening:
    """That somebody opened a version: when, who, which one, and whether it was only looked at."""

    at: datetime
    who: str
    number: int
    looked: bool


def openings(attachment: Attachment, limit: int = 50) -> list[Opening]:
    """Who opened it, newest first: downloads and previews, from the audit."""
    found = db.session.execute(
        sa.select(AuditEntry.at, AuditEntry.actor, AuditEntry.source, AuditEntry.acts)
        .join(AuditSubject, AuditSubject.entry_id == AuditEntry.id)
        .where(AuditSubject.ref == f"attachment:{attachment.id}", AuditEntry.kind == "read", AuditEntry.source.in_(OPENED))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [Opening(at, who, int(acts[0]["params"].get("number", 0)), source == OPENED[1]) for at, who, source, acts in found]


def kind_word(media_type: str) -> str:
    """What people call this kind of file."""
    return _(sniff.TITLES.get(media_type, media_type))


def told_size(size: int) -> str:
    """1.2 MB, 340 KB."""
    return f"{size / (1 << 20):,.1f} MB" if size >= 1 << 20 else f"{max(1, size >> 10):,} KB"
