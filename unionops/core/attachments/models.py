"""What is attached to a record, and each version of it. The content itself lies in the store (``storage``)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core.accounts.models import User
from unionops.core.db import Model, UtcDateTime
from unionops.core.i18n import _l
from unionops.core.refs import Pointing

CLEAN, NOT_SCANNED, WAITING, INFECTED, MADE = "clean", "not_scanned", "waiting", "infected", "made"
"""What the virus scanner said: nothing found; there is no scanner; it could not be asked yet; something found later on; or that nobody
asked it, because the app made the file itself."""

UNDO = timedelta(days=30)
"""How long what was removed can be brought back; then its content goes and only the row tells that it was there."""


class Attachment(Pointing, Model):
    """A file on a record, never on none. What is shown is its newest version; a removed one keeps its row and its history."""

    __tablename__ = "attachment"
    __table_args__ = (sa.Index("ix_attachment_ref", "ref_kind", "ref_id"), {"info": {"title": _l("附件")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    ref_kind: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("所屬種類")})  # type: ignore[assignment]
    ref_id: Mapped[int] = mapped_column(info={"title": _l("所屬序號")})  # type: ignore[assignment]
    title: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("標題")})
    is_sensitive: Mapped[bool] = mapped_column(default=False, info={"title": _l("敏感")})
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, info={"title": _l("加入時間")})
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("加入者")})
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("移除時間")})
    removed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("移除者")})
    removed_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("移除原因")})

    added_by: Mapped[User | None] = relationship(foreign_keys=[added_by_id])
    removed_by: Mapped[User | None] = relationship(foreign_keys=[removed_by_id])
    versions: Mapped[list[AttachmentVersion]] = relationship(
        back_populates="attachment", order_by="AttachmentVersion.number.desc()", cascade="all"
    )

    @property
    def newest(self) -> AttachmentVersion:
        """The version that is shown."""
        return self.versions[0]

    def can_come_back(self, now: datetime) -> bool:
        """Whether it is removed, but its content is still kept."""
        return self.removed_at is not None and now < self.removed_at + UNDO


class AttachmentVersion(Model):
    """One content of an attachment. ``key`` is its name in the store: the SHA-256 of the bytes that lie there (those of a
    sensitive file are encrypted, so its key tells nothing of the content); empty once a removed file's content is gone. ``is_lost``
    says that the last check found the content missing or altered."""

    __tablename__ = "attachment_version"
    __table_args__ = (
        sa.UniqueConstraint("attachment_id", "number"),
        sa.CheckConstraint("scan IN ('clean', 'not_scanned', 'waiting', 'infected', 'made')", name="scan"),
        {"info": {"title": _l("附件的版本")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), info={"audit": False})
    number: Mapped[int] = mapped_column(info={"title": _l("版次")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("檔名")})
    media_type: Mapped[str] = mapped_column(sa.String(100), info={"title": _l("檔案類型")})
    preview: Mapped[str] = mapped_column(sa.String(8), default="", info={"audit": False})
    size: Mapped[int] = mapped_column(sa.BigInteger, info={"title": _l("大小")})
    key: Mapped[str] = mapped_column(sa.String(64), default="", index=True, info={"title": _l("內容指紋")})
    scan: Mapped[str] = mapped_column(sa.String(12), default=NOT_SCANNED, info={"title": _l("掃毒")})
    finding: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("掃毒發現")})
    is_lost: Mapped[bool] = mapped_column(default=False, info={"title": _l("內容遺失")})
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, info={"title": _l("加入時間")})
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("加入者")})

    attachment: Mapped[Attachment] = relationship(back_populates="versions")
    added_by: Mapped[User | None] = relationship(foreign_keys=[added_by_id])

    @property
    def place(self) -> str:
        """To what the encryption of a sensitive content is bound: swapped with another it does not open."""
        return f"attachment_version.file:{self.attachment_id}:{self.number}"
