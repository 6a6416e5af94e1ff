"""What was laid before whom, as it stood that day, what each step decided, and who stands in for whom.

Knows no record: an approval points to what it is about. A closed approval never changes; asking again makes a new one.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import JSON, Model, Ntd, UtcDateTime
from unionops.core.i18n import _l
from unionops.core.refs import Pointing


class Approval(Pointing, Model):
    """One asking. ``summary`` and ``digest`` are what the record said when it was asked; ``closed_as`` is empty while it waits."""

    __tablename__ = "approval"
    __table_args__ = (
        # One open asking of a chain for each record, whoever presses first.
        sa.Index(
            "uq_approval_open", "chain", "ref_kind", "ref_id", unique=True,
            sqlite_where=sa.text("closed_as = ''"), postgresql_where=sa.text("closed_as = ''"),
        ),
        sa.Index("ix_approval_ref_kind_ref_id", "ref_kind", "ref_id"),
        {"info": {"title": _l("簽核")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str] = mapped_column(sa.String(60), info={"title": _l("簽核流程")})
    title: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("項目")})
    amount: Mapped[int | None] = mapped_column(Ntd, info={"title": _l("金額")})
    summary: Mapped[list[list[Any]]] = mapped_column(JSON, default=list, info={"audit": False})
    digest: Mapped[str] = mapped_column(sa.String(64), info={"audit": False})
    note: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("送核說明")})
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("經手人序號")})
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("送出時間")})
    closed_as: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("結果")})
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("結束時間")})

    made_by: Mapped[User] = relationship()
    steps: Mapped[list[ApprovalStep]] = relationship(
        back_populates="approval", cascade="all, delete-orphan", lazy="selectin", order_by="ApprovalStep.place"
    )


class ApprovalStep(Model):
    """One step, by a role or by a body. It waits from ``opened_at`` until it has a ``verdict``.

    ``decided_by`` is who decided, ``in_place_of`` for whom; a body's decision has a ``recorded_by`` and its resolution instead.
    ``remark`` says why the step was left out, or handed up from the role ``role_was`` (``rules.REMARKS``).
    """

    __tablename__ = "approval_step"
    __table_args__ = (
        sa.UniqueConstraint("approval_id", "place"),
        sa.UniqueConstraint("approval_id", "decided_by_id"),  # Nobody decides two steps of one matter.
        # What waits is a handful among all that was ever decided, and every page asks for it.
        sa.Index("ix_approval_step_waiting", "role", sqlite_where=sa.text("verdict = ''"), postgresql_where=sa.text("verdict = ''")),
        {"info": {"title": _l("簽核步驟")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approval.id"), index=True, info={"title": _l("簽核序號")})
    place: Mapped[int] = mapped_column(info={"title": _l("順序")})
    role: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("核可角色")})
    body: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("決議機關")})
    role_was: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("原核可角色")})
    remark: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("附記")})
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("送達時間")})
    verdict: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("決定")})
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("決定者序號")})
    in_place_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("被代理人序號")})
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("登錄決議者序號")})
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("決定時間")})
    reason: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("理由")})
    resolution_number: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("決議案號")})
    resolution_on: Mapped[date | None] = mapped_column(info={"title": _l("決議日")})
    resolution_text: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("決議內容")})

    approval: Mapped[Approval] = relationship(back_populates="steps")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    in_place_of: Mapped[User | None] = relationship(foreign_keys=[in_place_of_id])
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_id])


class Delegation(Model):
    """``to_user`` decides for ``user`` from the first day to the last, in one role or (``role`` empty) in all that he may."""

    __tablename__ = "delegation"
    __table_args__ = {"info": {"title": _l("簽核代理")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("被代理人序號")})
    to_user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("代理人序號")})
    role: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("代理角色")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date] = mapped_column(info={"title": _l("迄日")})
    why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("事由")})
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("登錄時間")})
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("提前結束時間")})

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    to_user: Mapped[User] = relationship(foreign_keys=[to_user_id])
