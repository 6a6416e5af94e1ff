"""Deadlines with their moves and reminders, appointments, and the keys of private feeds. How a deadline stands is never stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import JSON, Model, UtcDateTime
from unionops.core.i18n import _l
from unionops.core.refs import Pointing

_OPEN = sa.text("closed_at IS NULL AND withdrawn_at IS NULL")


class Deadline(Pointing, Model):
    """A day by which something must be done, of a record or (without a pointer) of its owner's own.

    ``nominal_on`` is the day counted to, ``latest_on`` the last lawful one, never earlier. The ``given_*`` columns keep what the
    record said last, so that saying it again undoes no extension and no handing over. ``basis`` is a list of ``Basis.as_dict``.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        sa.UniqueConstraint("ref_kind", "ref_id", "kind", "suffix"),
        sa.CheckConstraint("nominal_on <= latest_on", name="counted_to_in_time"),
        # What lists and counts ask about open deadlines stands in either index whole.
        sa.Index("ix_deadline_open", "nominal_on", "id", "owner_id", "ref_kind", "ref_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_deadline_open_owner", "owner_id", "nominal_on", "id", "ref_kind", "ref_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_deadline_nominal_on_id", "nominal_on", "id"),
        {"info": {"title": _l("期限")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60), info={"title": _l("種類")})
    suffix: Mapped[str] = mapped_column(sa.String(60), default="", info={"title": _l("細項")})
    title: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("事項")})
    note: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("備註")})
    nominal_on: Mapped[date] = mapped_column(info={"title": _l("期限")})
    latest_on: Mapped[date] = mapped_column(info={"title": _l("最後一日")})
    given_on: Mapped[date] = mapped_column(info={"audit": False})
    given_latest_on: Mapped[date] = mapped_column(info={"audit": False})
    given_owner_id: Mapped[int | None] = mapped_column(info={"audit": False})
    basis: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, info={"audit": False})
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("負責人序號")})
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})
    set_by: Mapped[str] = mapped_column(sa.String(80), default="", info={"audit": False})
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now, info={"audit": False})
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("結案時間")})
    closed_by: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("結案人")})
    closed_how: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("結案方式")})
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("撤銷時間")})
    withdrawn_why: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("撤銷原因")})
    version: Mapped[int] = mapped_column(info={"audit": False})

    owner: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def settled(self) -> bool:
        return self.closed_at is not None or self.withdrawn_at is not None


class DeadlineMove(Model):
    """One change of a deadline's days or owner. Moves are added, never changed; the audit tells them through the deadline itself."""

    __tablename__ = "deadline_move"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(sa.ForeignKey("deadline.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))  # recomputed, extended, handed_over, reopened
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    from_owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    to_owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    by: Mapped[str] = mapped_column(sa.String(80), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    from_owner: Mapped[User | None] = relationship(foreign_keys=from_owner_id)
    to_owner: Mapped[User | None] = relationship(foreign_keys=to_owner_id)


class Reminder(Model):
    """That one stage of one deadline was told, for the day it then counted to. The row is written in the unit that tells."""

    __tablename__ = "deadline_reminder"
    __audited__ = False
    __table_args__ = (sa.UniqueConstraint("deadline_id", "for_on", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(sa.ForeignKey("deadline.id"))
    for_on: Mapped[date]
    stage: Mapped[int]
    people: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


attendance = sa.Table(
    "appointment_attendee",
    Model.metadata,
    sa.Column("appointment_id", sa.ForeignKey("appointment.id"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("user.id"), primary_key=True, index=True),
)


class Appointment(Pointing, Model):
    """Something at a time and a place. An all-day one runs from the midnight before its first day to the one after its last."""

    __tablename__ = "appointment"
    __table_args__ = (sa.Index("ix_appointment_starts_at_ends_at", "starts_at", "ends_at"), {"info": {"title": _l("行程")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("事項")})
    place: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("地點")})
    note: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("備註")})
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, info={"title": _l("開始")})
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, info={"title": _l("結束")})
    all_day: Mapped[bool] = mapped_column(default=False, info={"title": _l("整天")})
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("負責人序號")})
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now, info={"audit": False})
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("取消時間")})
    cancelled_why: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("取消原因")})
    version: Mapped[int] = mapped_column(info={"audit": False})

    owner: Mapped[User] = relationship()
    attendees: Mapped[list[User]] = relationship(secondary=attendance, order_by=User.name)

    __mapper_args__ = {"version_id_col": version}


class FeedKey(Model):
    """The right to read one person's feed without signing in. The address holds the token, we hold its hash."""

    __tablename__ = "calendar_feed_key"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
