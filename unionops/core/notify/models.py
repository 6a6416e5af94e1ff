"""What was told to whom, and what became of it on its way. Owns no words: areas say what a notice tells.

Rows of the machinery are not audited one by one: the service that makes or changes them says so, and their texts are nobody's
but the reader's.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core import clock
from unionops.core.db import JSON, Encrypted, Model, UtcDateTime
from unionops.core.i18n import _l
from unionops.core.notify import rules
from unionops.core.refs import Pointing

ADDRESS, SUBJECT, BODY, REPLY = (f"notice_delivery.{name}" for name in ("address", "subject", "body", "reply"))

_TO_PRINT = "channel = 'paper' AND printed_at IS NULL AND cancelled_at IS NULL"


class Notice(Pointing, Model):
    """A line behind the bell of one user. It shows the record it points to only as long as he may see that."""

    __tablename__ = "notice"
    __audited__ = False
    __table_args__ = (
        sa.Index("ix_notice_user_id_id", "user_id", "id"),
        sa.Index("ix_notice_user_id_read_at", "user_id", "read_at"),  # Counts the unread, for every page.
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(sa.String(80))
    subject: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Pointing, Model):
    """One mail or one letter to one reader: a row of the outbox, written in the same unit as what it tells of.

    ``next_try_at`` stands exactly as long as a mail waits to be sent. Whoever sends claims the row by writing a ``claim`` and
    moving ``next_try_at`` past the time it may need: if it dies, the row falls due again by itself. ``held`` waits for the daily
    mail; ``gathered_into_id`` is the one mail that carries this row's text together with others. ``address`` is a mail address
    or a postal one; ``address_key`` finds equal ones. ``failure`` is a code of ``rules.FAILURES``, ``reply`` what the server said.
    ``files`` are the versions of attachments that go along with a letter of the union to somebody outside
    (``services.mail_files``; NULL: none).
    ``secret`` texts are wiped as soon as they are sent, given up or cancelled; all others some time later.
    """

    __tablename__ = "notice_delivery"
    __audited__ = False
    __table_args__ = (
        sa.Index(
            "ix_notice_delivery_due", "priority", "next_try_at", "id",
            sqlite_where=sa.text("next_try_at IS NOT NULL"), postgresql_where=sa.text("next_try_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_notice_delivery_given_up_at", "given_up_at",
            sqlite_where=sa.text("given_up_at IS NOT NULL"), postgresql_where=sa.text("given_up_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_notice_delivery_to_print", "id", sqlite_where=sa.text(_TO_PRINT), postgresql_where=sa.text(_TO_PRINT),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(8))
    kind: Mapped[str] = mapped_column(sa.String(80))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80), info={"personal": "name"})
    locale: Mapped[str] = mapped_column(sa.String(12), default="")
    address: Mapped[str] = mapped_column(Encrypted(ADDRESS), info={"personal": "email"})
    address_key: Mapped[str] = mapped_column(sa.String(32), default="", index=True)
    subject: Mapped[str | None] = mapped_column(Encrypted(SUBJECT))
    body: Mapped[str | None] = mapped_column(Encrypted(BODY))
    message_id: Mapped[str] = mapped_column(sa.String(40))
    priority: Mapped[int] = mapped_column(sa.SmallInteger, default=rules.NORMAL)
    secret: Mapped[bool] = mapped_column(default=False)
    files: Mapped[list[int] | None] = mapped_column(JSON)
    is_digest: Mapped[bool] = mapped_column(default=False)
    held: Mapped[bool] = mapped_column(default=False)
    gathered_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice_delivery.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim: Mapped[str] = mapped_column(sa.String(32), default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    printed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(sa.String(20), default="")
    reply: Mapped[str | None] = mapped_column(Encrypted(REPLY))

    @property
    def status(self) -> str:
        """Where the row stands, a key of ``rules.STATUSES``."""
        return rules.status(
            self.channel, sent=self.sent_at is not None, printed=self.printed_at is not None, given_up=self.given_up_at is not None,
            cancelled=self.cancelled_at is not None, held=self.held, gathered=self.gathered_into_id is not None, tries=self.tries,
        )


class NoticeChoice(Model):
    """How one user wants to be told of one kind. No row: in the app, and by mail at once."""

    __tablename__ = "notice_choice"
    __table_args__ = (sa.UniqueConstraint("user_id", "kind"), {"info": {"title": _l("通知方式")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("使用者序號")})
    kind: Mapped[str] = mapped_column(sa.String(80), index=True, info={"title": _l("通知種類")})
    bell: Mapped[bool] = mapped_column(default=True, info={"title": _l("站內通知")})
    mail: Mapped[str] = mapped_column(sa.String(8), default=rules.AT_ONCE, info={"title": _l("電子郵件")})


class MailServer(Model):
    """The one row that says since when the mail server does not take anything, and when it is asked again. No row: all is well."""

    __tablename__ = "mail_server"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    failing_since: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=1)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(sa.String(20))
    reply: Mapped[str] = mapped_column(sa.String(300), default="")
