"""The life of a membership beside its dates: who is asked to join, applications, leave of absence, measures, leaving, the yearly roll check.

Dated facts only; what they make of a membership on a day is ``rules.standing``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.db import JSON, Encrypted, Model, Ntd, RefType, UtcDateTime
from unionops.core.i18n import _l
from unionops.members.models.roster import Employer, Membership, Person, Unit
from unionops.values.refs import Ref

FORMER_ID_PLACE = "former_identity.id_number"


class Prospect(Model):
    """Somebody who might join (招募對象). ``result`` is a ``rules.recruiting.Result``; ``application_id`` is set when an application came."""

    __tablename__ = "prospect"
    __table_args__ = {"info": {"title": _l("招募對象")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), info={"personal": "name", "title": _l("姓名")})
    phone: Mapped[str] = mapped_column(sa.String(40), default="", info={"personal": "phone", "title": _l("電話")})
    employer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("employer.id"), index=True, info={"title": _l("雇主序號")})
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True, info={"title": _l("單位序號")})
    workplace: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("工作場所")})
    asked_by: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("聯絡人")})
    asked_on: Mapped[date | None] = mapped_column(info={"title": _l("聯絡日")})
    again_on: Mapped[date | None] = mapped_column(info={"title": _l("再聯絡日")})
    result: Mapped[str] = mapped_column(sa.String(12), default="new", info={"title": _l("結果")})
    note: Mapped[str] = mapped_column(sa.String(400), default="", info={"personal": "secret", "title": _l("說明")})
    application_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"), unique=True, info={"title": _l("入會申請序號")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    employer: Mapped[Employer | None] = relationship()
    unit: Mapped[Unit | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Application(Model):
    """Somebody asks to join. What was written is kept as it was (``content``, encrypted); it becomes a person only with the admission.

    Its state follows from its days (``rules.admission.state``): received, checked, decided, the fee charged and paid, a member
    (``membership_id``). ``channel``: counter, paper, online. ``content`` holds what was ``written`` and what the office ``corrected``.
    ``person_id`` is the former member or known person that the check found, or who was made of the applicant. ``findings`` are what the check
    asked and how it was answered. ``decision``: approved (by the board), interim (by the president, until ``ratified_on``), refused.
    ``charge_id`` is the entrance fee, if there is one. Who handles one unit sees those of ``unit_id``.
    """

    __tablename__ = "application"
    __table_args__ = {"info": {"title": _l("入會申請")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True, info={"title": _l("申請編號")})
    channel: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("管道")})
    received_on: Mapped[date] = mapped_column(index=True, info={"title": _l("收件日")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"personal": "name", "title": _l("姓名")})
    id_index: Mapped[str | None] = mapped_column(sa.String(32), index=True, info={"audit": False})
    content: Mapped[str] = mapped_column(Encrypted("application.content"), info={"audit": False})
    privacy_version: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("個資告知版本")})
    introducer: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("介紹人")})
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True, info={"title": _l("單位序號")})
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("審查事項")})
    checked_on: Mapped[date | None] = mapped_column(info={"title": _l("審查日")})
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("審查人")})
    decided_on: Mapped[date | None] = mapped_column(info={"title": _l("決定日")})
    decision: Mapped[str] = mapped_column(sa.String(10), default="", info={"title": _l("決定")})
    decided_by: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("決定依據")})
    ratified_on: Mapped[date | None] = mapped_column(info={"title": _l("追認日")})
    ratified_by: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("追認決議")})
    refused_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("不同意理由")})
    withdrawn_on: Mapped[date | None] = mapped_column(info={"title": _l("撤回日")})
    charge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("charge.id"), index=True, info={"title": _l("入會費序號")})
    membership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    person: Mapped[Person | None] = relationship()
    membership: Mapped[Membership | None] = relationship()
    unit: Mapped[Unit | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class JoiningForm(Model):
    """The public application form as it stood from a moment on: open or not, and the privacy notice of that version (PDP-03). Never changed;
    the newest row counts, and without one the form is closed."""

    __tablename__ = "joining_form"
    __table_args__ = {"info": {"title": _l("線上入會申請")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=False, info={"title": _l("開放")})
    introduction: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("前言")})
    notice: Mapped[str] = mapped_column(sa.Text, info={"title": _l("個資告知")})
    notice_version: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("個資告知版本")})
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("登錄人")})
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})


class Absence(Model):
    """Leave of absence from the union's duties (停會、留職停薪): still a member; whether dues rest is an exemption of its own."""

    __tablename__ = "absence"
    __table_args__ = {"info": {"title": _l("暫停會務")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    reason: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("事由")})
    proof: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("證明文件")})


class Measure(Model):
    """Suspension or expulsion (UA-26): proposed, the person heard or heard in vain, decided by the body with its resolution.

    ``kind``: suspension, expulsion. It acts only from ``from_on``, which needs ``resolution`` and either ``heard_on`` or ``waived_why``
    (UA-26-hearing). ``lifted_on`` ends a suspension early; ``dropped_on`` ends a proposal, and a decision that was overturned.
    ``origin`` is what led to it, such as a step of the arrears ladder. ``votes``: base, present, in_favour, against.
    """

    __tablename__ = "measure"
    __table_args__ = (
        sa.CheckConstraint("from_on IS NULL OR (resolution <> '' AND (heard_on IS NOT NULL OR waived_why <> ''))", name="heard_and_decided"),
        # Of one kind only one is under way for a membership, also when two propose it at once.
        sa.Index("uq_measure_under_way", "membership_id", "kind", unique=True,
                 postgresql_where=sa.text("decided_on IS NULL AND dropped_on IS NULL"),
                 sqlite_where=sa.text("decided_on IS NULL AND dropped_on IS NULL")),
        {"info": {"title": _l("停權除名")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    kind: Mapped[str] = mapped_column(sa.String(12), info={"title": _l("種類")})
    ground: Mapped[str] = mapped_column(sa.String(400), info={"personal": "secret", "title": _l("事實與理由")})
    clause: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("章程依據")})
    proposed_on: Mapped[date] = mapped_column(info={"title": _l("提案日")})
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("登錄人序號")})
    origin: Mapped[Ref | None] = mapped_column(RefType, index=True, info={"title": _l("緣由")})
    asked_on: Mapped[date | None] = mapped_column(info={"title": _l("通知陳述日")})
    asked_how: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("通知方式")})
    hearing_on: Mapped[date | None] = mapped_column(info={"title": _l("陳述期限")})
    heard_on: Mapped[date | None] = mapped_column(info={"title": _l("陳述日")})
    statement: Mapped[str] = mapped_column(sa.Text, default="", info={"personal": "secret", "title": _l("陳述內容")})
    waived_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("未陳述情形")})
    waived_on: Mapped[date | None] = mapped_column(info={"title": _l("未陳述認定日")})
    body: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("議決機關")})
    resolution: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("決議")})
    decided_on: Mapped[date | None] = mapped_column(info={"title": _l("決議日")})
    votes: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, info={"title": _l("表決")})
    from_on: Mapped[date | None] = mapped_column(info={"title": _l("生效日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    told_on: Mapped[date | None] = mapped_column(info={"title": _l("決議通知日")})
    told_how: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("決議通知方式")})
    lifted_on: Mapped[date | None] = mapped_column(info={"title": _l("解除日")})
    lifted_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("解除原因")})
    dropped_on: Mapped[date | None] = mapped_column(info={"title": _l("撤案日")})
    dropped_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("撤案原因")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    membership: Mapped[Membership] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Leaving(Model):
    """A written wish to leave (退會申請): when it arrived, from when it acts (``rules.leaving.effective_on``), taken back or not."""

    __tablename__ = "leaving"
    __table_args__ = (
        sa.Index("uq_leaving_standing", "membership_id", unique=True, postgresql_where=sa.text("withdrawn_on IS NULL"),
                 sqlite_where=sa.text("withdrawn_on IS NULL")),
        {"info": {"title": _l("退會申請")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    received_on: Mapped[date] = mapped_column(info={"title": _l("書面到達日")})
    how: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("送達方式")})
    reason: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("出會原因")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("說明")})
    effective_on: Mapped[date] = mapped_column(info={"title": _l("生效日")})
    card_returned_on: Mapped[date | None] = mapped_column(info={"title": _l("會員證繳回日")})
    employer_told_on: Mapped[date | None] = mapped_column(info={"title": _l("通知雇主停扣日")})
    left_to: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("轉往工會")})
    withdrawn_on: Mapped[date | None] = mapped_column(info={"title": _l("撤回日")})

    membership: Mapped[Membership] = relationship()


class Retained(Model):
    """A dismissed member who keeps membership and office while the dismissal is contested (ER-18-keep): ground, and what ended it."""

    __tablename__ = "retained"
    __table_args__ = {"info": {"title": _l("保留資格")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("起日")})
    ground: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("事由")})
    document: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("文件")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    ended_by: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("終止原因")})


class Dunning(Model):
    """One step of the arrears ladder that was taken for one person: told how much for how many months, how, and with what proof.

    ``step`` is a ``rules.arrears.Step``; ``run_id`` what went out with it; ``belongs_to`` the measure that it proposed.
    """

    __tablename__ = "dunning"
    __table_args__ = {"info": {"title": _l("催繳")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dunning_run.id"), index=True, info={"title": _l("催繳批次序號")})
    step: Mapped[str] = mapped_column(sa.String(12), info={"title": _l("階段")})
    sent_on: Mapped[date] = mapped_column(index=True, info={"title": _l("寄發日")})
    pay_by: Mapped[date] = mapped_column(info={"title": _l("限期")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("欠費金額")})
    months: Mapped[int] = mapped_column(info={"title": _l("欠費月數")})
    way: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("送達方式")})
    delivered_on: Mapped[date | None] = mapped_column(info={"title": _l("送達日")})
    returned_on: Mapped[date | None] = mapped_column(info={"title": _l("退件日")})
    proof: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("送達證明")})
    belongs_to: Mapped[Ref | None] = mapped_column(RefType, index=True, info={"title": _l("停權除名案")})


class RollCheck(Model):
    """The yearly check of the roll (會籍清查): who checks, by when, the result."""

    __tablename__ = "roll_check"
    __table_args__ = {"info": {"title": _l("會籍清查")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True, info={"title": _l("年度")})
    opened_on: Mapped[date] = mapped_column(info={"title": _l("開始日")})
    team: Mapped[list[str]] = mapped_column(JSON, default=list, info={"title": _l("清查小組")})
    resolution: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("組成決議")})
    closed_on: Mapped[date | None] = mapped_column(info={"title": _l("完成日")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("清查結果")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    __mapper_args__ = {"version_id_col": version}


class RollDoubt(Model):
    """One member in doubt at a roll check: why, when told, until when there is time to prove it, and what was found."""

    __tablename__ = "roll_doubt"
    __table_args__ = (sa.UniqueConstraint("roll_check_id", "membership_id"), {"info": {"title": _l("清查存疑")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    roll_check_id: Mapped[int] = mapped_column(sa.ForeignKey("roll_check.id"), info={"title": _l("會籍清查序號")})
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list, info={"title": _l("存疑事由")})
    note: Mapped[str] = mapped_column(sa.String(400), default="", info={"title": _l("說明")})
    told_on: Mapped[date | None] = mapped_column(info={"title": _l("通知日")})
    way: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("送達方式")})
    delivered_on: Mapped[date | None] = mapped_column(info={"title": _l("送達日")})
    returned_on: Mapped[date | None] = mapped_column(info={"title": _l("退件日")})
    proof: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("送達證明")})
    answer_by: Mapped[date | None] = mapped_column(info={"title": _l("舉證期限")})
    answered_on: Mapped[date | None] = mapped_column(info={"title": _l("回覆日")})
    answer: Mapped[str] = mapped_column(sa.String(400), default="", info={"personal": "secret", "title": _l("回覆內容")})
    result: Mapped[str] = mapped_column(sa.String(10), default="", info={"title": _l("結果")})
    result_on: Mapped[date | None] = mapped_column(info={"title": _l("認定日")})
    result_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("認定理由")})
    left_on: Mapped[date | None] = mapped_column(info={"title": _l("出會日期")})
    left_reason: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("出會原因")})

    membership: Mapped[Membership] = relationship()


class FormerIdentity(Model):
    """A name or an identity number somebody had before, until when and by which document it changed; old papers still find the person."""

    __tablename__ = "former_identity"
    __table_args__ = {"info": {"title": _l("曾用姓名與證號")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    name: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": "name", "title": _l("曾用姓名")})
    id_number: Mapped[str | None] = mapped_column(Encrypted(FORMER_ID_PLACE), info={"personal": "id", "title": _l("曾用證號")})
    id_index: Mapped[str | None] = mapped_column(sa.String(32), index=True, info={"audit": False})
    until_on: Mapped[date] = mapped_column(info={"title": _l("變更日")})
    proof: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("證明文件")})


class Erasure(Model):
    """A taking away of what the union may no longer keep of people who left: asked for by one, confirmed by another, done once.

    ``until_on`` is the day as of which it was reckoned; ``people`` the ids of those meant. Of what was taken away nothing is kept but
    ``counts`` (field → how many)."""

    __tablename__ = "erasure"
    __table_args__ = {"info": {"title": _l("個人資料刪減")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_on: Mapped[date] = mapped_column(info={"title": _l("提出日")})
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("提出人序號")})
    people: Mapped[list[int]] = mapped_column(JSON, default=list, info={"audit": False})
    state: Mapped[str] = mapped_column(sa.String(10), default="asked", info={"title": _l("狀態")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("刪減項目")})
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("執行時間")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    __mapper_args__ = {"version_id_col": version}
