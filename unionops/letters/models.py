"""Letters received and sent, the series of their numbers, the texts they are drafted from, who gets them, which answers which.

One table for both directions: they are searched, answered and pointed to alike. A letter is never deleted; a cancelled one keeps its
number and says why. What may be read of a confidential letter in the audit is its number only.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import JSON, Model, RefType, UtcDateTime
from unionops.core.i18n import _, _l
from unionops.letters.rules import Direction, Role, State, letter_number
from unionops.values.refs import Ref


class Series(Model):
    """One run of numbers: a code (代字) in one direction. Numbers begin at 1 each year; a closed series gives none, its letters stay."""

    __tablename__ = "letter_series"
    __table_args__ = (sa.UniqueConstraint("direction", "code"), {"info": {"title": _l("文號代字")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(sa.String(3), info={"title": _l("收發別")})
    code: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("代字")})
    digits: Mapped[int] = mapped_column(default=4, info={"title": _l("流水號位數")})
    purpose: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("用途")})
    closed_on: Mapped[date | None] = mapped_column(info={"title": _l("停用日")})

    def number(self, year: int, sequence: int) -> str:
        """LET-number."""
        return letter_number(Direction(self.direction), self.code, year, sequence, self.digits)


class Template(Model):
    """A text to begin from. Retired, never deleted."""

    __tablename__ = "letter_template"
    __table_args__ = {"info": {"title": _l("公文範本")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(60), unique=True, info={"title": _l("範本名稱")})
    form: Mapped[str] = mapped_column(sa.String(12), info={"title": _l("文別")})
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("內文")})
    receivers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("受文者")})
    enclosures: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("附件說明")})
    signatory: Mapped[str] = mapped_column(sa.String(20), default="president", info={"title": _l("署名")})
    retired_on: Mapped[date | None] = mapped_column(info={"title": _l("停用日")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    __mapper_args__ = {"version_id_col": version}


class Letter(Model):
    """A letter in either register. ``counterpart`` is the sender, or the first receiver with how many more there are.

    Incoming: ``received_on``, ``way``, ``their_on`` and ``their_number``; ``closing_reason`` when it is filed without an answer.
    Outgoing: ``form`` to ``signatory`` are the draft; ``approved_digest`` what was signed off; the rest is set when it is issued.
    ``due_asked`` is how the deadline for an answer (from us, or to us) was asked; the day itself, with its extensions, is the calendar's.
    ``closed_on`` is the day the letter was settled. ``paper_id`` is the attachment that holds the issued letter,
    ``paper_hash`` the SHA-256 of its bytes.
    """

    __tablename__ = "letter"
    __table_args__ = (
        sa.UniqueConstraint("series_id", "year", "sequence"),
        sa.Index("ix_letter_register", "direction", "year", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(sa.String(3), info={"title": _l("收發別")})
    belongs_to: Mapped[Ref | None] = mapped_column(RefType, index=True, info={"title": _l("所屬")})
    state: Mapped[str] = mapped_column(sa.String(10), index=True, info={"title": _l("狀態")})
    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("letter_series.id"), info={"title": _l("代字序號")})
    year: Mapped[int | None] = mapped_column(info={"title": _l("年度")})
    sequence: Mapped[int | None] = mapped_column(info={"title": _l("流水號")})
    number: Mapped[str] = mapped_column(sa.String(60), default="", index=True, info={"title": _l("文號")})
    secrecy: Mapped[str] = mapped_column(sa.String(10), default="normal", info={"title": _l("密等")})
    subject: Mapped[str] = mapped_column(sa.String(300), info={"personal": "secret", "title": _l("主旨")})
    counterpart: Mapped[str] = mapped_column(sa.String(200), default="", info={"personal": "name", "title": _l("來（受）文者")})
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("承辦人序號")})
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("登錄人序號")})
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})
    due_asked: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("回覆期限")})
    closed_on: Mapped[date | None] = mapped_column(info={"title": _l("結案日")})
    closing_reason: Mapped[str] = mapped_column(sa.String(300), default="", info={"title": _l("存查或作廢原因")})

    received_on: Mapped[date | None] = mapped_column(info={"title": _l("收文日期")})
    way: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("收文方式")})
    their_on: Mapped[date | None] = mapped_column(info={"title": _l("來文日期")})
    their_number: Mapped[str] = mapped_column(sa.String(80), default="", index=True, info={"title": _l("來文字號")})

    form: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("文別")})
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"personal": "secret", "title": _l("內文")})
    urgency: Mapped[str] = mapped_column(sa.String(10), default="normal", info={"title": _l("速別")})
    declassify: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("解密條件或保密期限")})
    enclosures: Mapped[str] = mapped_column(sa.String(300), default="", info={"title": _l("附件說明")})
    signatory: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("署名")})
    approved_digest: Mapped[str] = mapped_column(sa.String(64), default="", info={"audit": False})
    issued_on: Mapped[date | None] = mapped_column(info={"title": _l("發文日期")})
    signer_name: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("署名人")})
    paper_id: Mapped[int | None] = mapped_column(info={"audit": False})
    paper_hash: Mapped[str] = mapped_column(sa.String(64), default="", info={"title": _l("公文檔案指紋")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    series: Mapped[Series | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    receivers: Mapped[list[Receiver]] = relationship(back_populates="letter", cascade="all, delete-orphan", order_by="Receiver.place")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_incoming(self) -> bool:
        return self.direction == Direction.IN

    @property
    def is_secret(self) -> bool:
        return self.secrecy != "normal"

    @property
    def title(self) -> str:
        """What the letter is called outside its own page: number and subject, of a draft the subject, of a confidential one the number alone."""
        missing = _("（作廢）") if self.state == State.CANCELLED else "" if not self.is_secret else _("（未編號）")
        number = self.number or missing
        return _("%(number)s（密）", number=number) if self.is_secret else f"{number} {self.subject}".strip()


class Receiver(Model):
    """One who gets an outgoing letter, and how it reached them. ``post_number`` is that of the registered post, ``signed_by`` who took it."""

    __tablename__ = "letter_receiver"
    __table_args__ = {"info": {"title": _l("受文者")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id"), index=True, info={"title": _l("公文序號")})
    place: Mapped[int] = mapped_column(info={"audit": False})
    role: Mapped[str] = mapped_column(sa.String(10), default=Role.ORIGINAL.value, info={"title": _l("正副本")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"personal": "name", "title": _l("受文者")})
    address: Mapped[str] = mapped_column(sa.String(250), default="", info={"personal": "address", "title": _l("地址")})
    email: Mapped[str] = mapped_column(sa.String(254), default="", info={"personal": "email", "title": _l("電子郵件")})
    way: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("寄送方式")})
    sent_on: Mapped[date | None] = mapped_column(info={"title": _l("寄送日期")})
    post_number: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("掛號號碼")})
    signed_by: Mapped[str] = mapped_column(sa.String(80), default="", info={"personal": "name", "title": _l("簽收人")})
    delivered_on: Mapped[date | None] = mapped_column(info={"title": _l("送達日期")})
    delivery_id: Mapped[int | None] = mapped_column(info={"audit": False})  # The row of the outbox that carries it.

    letter: Mapped[Letter] = relationship(back_populates="receivers")


class Answer(Model):
    """``answer_id`` is the letter that answers ``question_id``; either way round between the registers."""

    __tablename__ = "letter_answer"
    __table_args__ = (sa.UniqueConstraint("question_id", "answer_id"), {"info": {"title": _l("公文往復")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id"), info={"title": _l("來函序號")})
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id"), index=True, info={"title": _l("回函序號")})
