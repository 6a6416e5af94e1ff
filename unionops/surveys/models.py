"""Questionnaires, their questions, and the sheets that came back.

Of an anonymous questionnaire nothing leads from a sheet to a person: no user, no address, no link, no moment (the day only), and its
number says nothing about its order. ``SurveyReceipt`` keeps a form from counting twice and names neither sheet nor questionnaire.
Sheets and answers are not audited: an entry would carry the moment. Tables without row numbers keep no order of arrival on SQLite.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.db import JSON, Model, UtcDateTime
from unionops.core.i18n import _l, chinese
from unionops.core.refs import Pointing
from unionops.surveys.rules.opening import State, state
from unionops.surveys.rules.questions import Asked, Kind

UNORDERED = {"sqlite_with_rowid": False}


def random_id() -> int:
    """A number that says nothing about when it was drawn."""
    return secrets.randbits(62) + 1


def said(record: Any, name: str) -> Any:
    """The words of this column in the reader's language, as far as they were written in it. ``record`` may be a row with ``english``."""
    return getattr(record, name) if chinese() else (record.english or {}).get(name) or getattr(record, name)


class Bilingual:
    """Words that may stand in English beside what was written. Nobody has to: what is missing there is shown as it was written."""

    english: Mapped[dict[str, Any] | None] = mapped_column(JSON, info={"title": _l("英文")})

    def said(self, name: str) -> Any:
        """The words of this column in the reader's language (``said``)."""
        return said(self, name)


class Survey(Bilingual, Model, Pointing):
    """A questionnaire. It may belong to any record (an activity, a course, a meeting)."""

    __tablename__ = "survey"
    __table_args__ = (sa.Index("ix_survey_ref", "ref_kind", "ref_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("名稱")})
    introduction: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("前言")})
    purpose: Mapped[str] = mapped_column(sa.String(300), default="", info={"title": _l("目的")})
    anonymous: Mapped[bool] = mapped_column(default=True, info={"title": _l("匿名")})
    shared_device: Mapped[bool] = mapped_column(default=False, info={"title": _l("同一裝置可填多份")})
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("開放時間")})
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("截止時間")})
    token: Mapped[str] = mapped_column(sa.String(16), unique=True, info={"audit": False})
    base_kind: Mapped[str] = mapped_column(sa.String(20), default="attended", info={"title": _l("回收率的基數")})
    base_count: Mapped[int | None] = mapped_column(info={"title": _l("基數人數")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    questions: Mapped[list[SurveyQuestion]] = relationship(
        order_by="(SurveyQuestion.position, SurveyQuestion.id)", back_populates="survey", cascade="all, delete-orphan"
    )

    def state(self, now: datetime) -> State:
        """Whether it can be answered at this moment."""
        return state(self.opens_at, self.closes_at, now)

    @property
    def asked(self) -> list[Asked]:
        """Its questions as plain values, numbered in order, in the reader's words."""
        return [question.asked(number) for number, question in enumerate(self.questions, 1)]


class SurveyQuestion(Bilingual, Model):
    """One question. Its wording may be mended after answers came (``SurveyWording``), nothing else."""

    __tablename__ = "survey_question"
    __table_args__ = {"info": {"title": _l("問卷題目")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"), index=True, info={"title": _l("問卷序號")})
    position: Mapped[int] = mapped_column(default=0, info={"title": _l("順序")})
    section: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("段落")})
    kind: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("題型")})
    title: Mapped[str] = mapped_column(sa.String(500), info={"title": _l("題目")})
    hint: Mapped[str] = mapped_column(sa.String(500), default="", info={"title": _l("說明")})
    options: Mapped[list[str]] = mapped_column(JSON, default=list, info={"title": _l("選項")})
    rows: Mapped[list[str]] = mapped_column(JSON, default=list, info={"title": _l("評分項目")})
    low: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("低分的意思")})
    high: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("高分的意思")})
    required: Mapped[bool] = mapped_column(default=False, info={"title": _l("必填")})
    other: Mapped[bool] = mapped_column(default=False, info={"title": _l("可填其他")})
    grouping: Mapped[bool] = mapped_column(default=False, info={"title": _l("分組題")})

    survey: Mapped[Survey] = relationship(back_populates="questions")
    wordings: Mapped[list[SurveyWording]] = relationship(order_by="SurveyWording.id", cascade="all, delete-orphan")

    def asked(self, number: int = 0) -> Asked:
        """The question as a plain value, in the reader's words."""
        return Asked(
            self.id, Kind(self.kind), self.said("title"), tuple(self.said("options")), tuple(self.said("rows")), self.required, self.other,
            self.said("low"), self.said("high"), number,
        )


class SurveyWording(Model):
    """A wording that was mended after answers had come, and why; results tell it."""

    __tablename__ = "survey_wording"
    __table_args__ = {"info": {"title": _l("題目文字修正")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_question.id"), index=True, info={"title": _l("題目序號")})
    before: Mapped[str] = mapped_column(sa.String(500), info={"title": _l("原文字")})
    after: Mapped[str] = mapped_column(sa.String(500), info={"title": _l("新文字")})
    reason: Mapped[str] = mapped_column(sa.String(300), info={"title": _l("理由")})
    changed_on: Mapped[date] = mapped_column(info={"title": _l("修正日期")})


class SurveyInvitation(Model, Pointing):
    """A personal link of a named questionnaire. ``nonce`` makes the link; a new one ends the old. ``delivery_id`` is the last mail that
    carried the link as it is now."""

    __tablename__ = "survey_invitation"
    __table_args__ = (sa.UniqueConstraint("survey_id", "ref_kind", "ref_id"), {"info": {"title": _l("問卷個人連結")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"), index=True, info={"title": _l("問卷序號")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("姓名"), "personal": "name"})
    nonce: Mapped[str] = mapped_column(sa.String(16), default=lambda: secrets.token_hex(8), info={"audit": False})
    withdrawn: Mapped[bool] = mapped_column(default=False, info={"title": _l("已停用")})
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice_delivery.id"), index=True, info={"audit": False})

    def renew(self) -> None:
        """Makes a new link, which nobody was sent yet."""
        self.nonce, self.delivery_id = secrets.token_hex(8), None


class SurveySheet(Model, Pointing):
    """One sheet that came back, from the web or from paper. Who answered and when is kept for named questionnaires only."""

    __tablename__ = "survey_sheet"
    __audited__ = False
    __table_args__ = (
        sa.UniqueConstraint("survey_id", "number"), sa.UniqueConstraint("survey_id", "ref_kind", "ref_id"), UNORDERED,
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, default=random_id)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"), index=True)
    source: Mapped[str] = mapped_column(sa.String(10))
    number: Mapped[int | None]
    filled_on: Mapped[date]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": "name"})
    checked: Mapped[bool] = mapped_column(default=False)


class SurveyAnswer(Model):
    """One thing answered on a sheet: of several choices each is a row. ``code`` is the choice or the value of a scale."""

    __tablename__ = "survey_answer"
    __audited__ = False
    __table_args__ = (sa.Index("ix_survey_answer_counts", "question_id", "part", "code", "sheet_id"), UNORDERED)

    sheet_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey("survey_sheet.id"), primary_key=True, autoincrement=False)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_question.id"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    number: Mapped[float | None] = mapped_column(sa.Float)
    day: Mapped[date | None]
    text: Mapped[str] = mapped_column(sa.Text, default="")


class SurveyReceipt(Model):
    """The fingerprint of a form's one-time key, and nothing else: which sheet came of it is not kept."""

    __tablename__ = "survey_receipt"
    __audited__ = False
    __table_args__ = UNORDERED

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
