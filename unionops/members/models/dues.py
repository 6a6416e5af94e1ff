"""What members owe: schemes of dues with dated terms, who pays less, runs of bills, charges, and what changed them afterwards.

A charge is written once. What comes later is an adjustment, itself never edited, so that what was owed and open on any day can be told.
There is no table of bills: a bill is what one person owes from one run, and its number follows from the run and the member.
No charge says whether it is paid: that follows from its adjustments and allocations (``rules.dues.balances``).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import append_only, clock
from unionops.core.db import JSON, Encrypted, Model, Ntd, UtcDateTime
from unionops.core.i18n import _l


class Scheme(Model):
    """One kind of money that members owe. ``kind`` is a ``rules.dues.SchemeKind``, ``period`` a ``rules.dues.Period``.

    ``due_month`` counts the months of the period (1 is its first), ``due_day`` the day in it, cut to the month's end; for money owed
    once, ``due_day`` counts days from the day it is charged. ``classes`` and ``units`` narrow who owes it; empty means everybody in
    force. ``prorate`` is a ``rules.dues.Prorate``. ``order`` is its place when money received is allotted: lowest first.
    """

    __tablename__ = "dues_scheme"
    __table_args__ = {"info": {"title": _l("收費項目")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(60), unique=True, info={"title": _l("名稱")})
    kind: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("款別")})
    period: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("繳期")})
    due_month: Mapped[int] = mapped_column(default=1, info={"title": _l("繳款月")})
    due_day: Mapped[int] = mapped_column(default=31, info={"title": _l("繳款日")})
    classes: Mapped[list[str]] = mapped_column(JSON, default=list, info={"title": _l("適用會員類別")})
    units: Mapped[list[int]] = mapped_column(JSON, default=list, info={"title": _l("適用單位")})
    prorate: Mapped[str] = mapped_column(sa.String(10), default="full", info={"title": _l("未滿一期")})
    order: Mapped[int] = mapped_column(default=10, info={"title": _l("沖帳順序")})
    closed_on: Mapped[date | None] = mapped_column(info={"title": _l("停用日")})

    terms: Mapped[list[SchemeTerms]] = relationship(back_populates="scheme", order_by="SchemeTerms.valid_from")


class SchemeTerms(Model):
    """How much, from a day on, and who decided it. ``basis`` is a ``rules.dues.AmountBasis``.

    ``amount`` is NT$ a month (of a levy or entrance fee: once); ``rate`` a share of the wage as text (``0.005``); ``table`` a list of
    ``[key, amount]``: the key is a wage up to which the row holds (None: without end), a member class, or a unit's number.
    """

    __tablename__ = "dues_scheme_terms"
    __table_args__ = (sa.UniqueConstraint("scheme_id", "valid_from"), {"info": {"title": _l("收費標準")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[int] = mapped_column(sa.ForeignKey("dues_scheme.id"), index=True, info={"title": _l("收費項目序號")})
    valid_from: Mapped[date] = mapped_column(info={"title": _l("生效日")})
    basis: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("計算方式")})
    amount: Mapped[int | None] = mapped_column(Ntd, info={"title": _l("金額")})
    rate: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("比率")})
    table: Mapped[list[Any]] = mapped_column(JSON, default=list, info={"title": _l("分級表")})
    clause: Mapped[str] = mapped_column(sa.String(60), default="", info={"title": _l("章程條次")})
    resolution: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("決議")})

    scheme: Mapped[Scheme] = relationship(back_populates="terms")


class Exemption(Model):
    """Somebody pays less or nothing of a scheme (None: of all regular dues) for a time. ``percent`` is what is taken off, 1 to 100."""

    __tablename__ = "dues_exemption"
    __table_args__ = (sa.CheckConstraint("percent BETWEEN 1 AND 100", name="percent"), {"info": {"title": _l("減免")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    scheme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dues_scheme.id"), info={"title": _l("收費項目序號")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    percent: Mapped[int] = mapped_column(default=100, info={"title": _l("減免百分比")})
    reason: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("事由")})
    basis: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("依據")})


class BillRun(Model):
    """One run of bills: these schemes for this period. ``reversed_on`` is the day on which all of it was taken back.

    ``period_on`` is the first day of the period. What it posted belongs to it (``Voucher.belongs_to``). A run that only mends (late changes) has ``mends``.
    """

    __tablename__ = "bill_run"
    __table_args__ = {"info": {"title": _l("開單批次")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("名稱")})
    period_on: Mapped[date] = mapped_column(index=True, info={"title": _l("期別起日")})
    months: Mapped[int] = mapped_column(default=1, info={"title": _l("月數")})
    schemes: Mapped[list[int]] = mapped_column(JSON, default=list, info={"title": _l("收費項目")})
    billed_on: Mapped[date] = mapped_column(info={"title": _l("開單日")})
    mends: Mapped[bool] = mapped_column(default=False, info={"title": _l("補正")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("筆數與金額")})
    reversed_on: Mapped[date | None] = mapped_column(info={"title": _l("撤銷日")})
    reversed_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("撤銷原因")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("開單人")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})


class BillDraft(Model):
    """A run that was reckoned and not yet made: what it would do, for somebody to look through. It goes when it is dropped, and soon after the
    run ``run_id`` was made of it: from then on it is none any more.

    ``counts`` holds its figures once ``reckoned_at`` is set; ``task_id`` is the background task that reckons or writes it.
    """

    __tablename__ = "bill_draft"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    period_on: Mapped[date]
    schemes: Mapped[list[int]] = mapped_column(JSON, default=list)
    due_on: Mapped[date | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reckoned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    task_id: Mapped[int | None]
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bill_run.id"))
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class BillDraftLine(Model):
    """What a draft means for one person and one scheme. ``verdict`` is ``new``, ``mend``, ``same``, or a ``rules.dues.Skipped``;
    ``amount`` what is owed, ``before`` what was charged already."""

    __tablename__ = "bill_draft_line"
    __table_args__ = (sa.Index("ix_bill_draft_line_verdict", "draft_id", "verdict", "place"),)
    __audited__ = False

    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("bill_draft.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    scheme_id: Mapped[int]
    verdict: Mapped[str] = mapped_column(sa.String(12))
    amount: Mapped[int] = mapped_column(Ntd)
    before: Mapped[int] = mapped_column(Ntd)
    months: Mapped[int] = mapped_column(default=0)
    reduced: Mapped[int] = mapped_column(Ntd, default=0)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")


class OpeningBatch(Model):
    """What members owed, or had paid too much, before the books began: one file, or one entered by hand (no ``file_name``).

    ``content`` holds the rows while somebody looks through them, encrypted, and is wiped as soon as they are taken in or dropped. What was
    taken in names the batch (``Charge.opening_id``, ``Payment.opening_id``, ``Voucher.belongs_to``). ``state``: read, applied, dropped, undone.
    """

    __tablename__ = "opening_batch"
    __table_args__ = {"info": {"title": _l("期初明細批次")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("檔名")})
    state: Mapped[str] = mapped_column(sa.String(8), default="read", info={"title": _l("狀態")})
    content: Mapped[str | None] = mapped_column(Encrypted("opening_batch.content"), info={"audit": False})
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"audit": False})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("筆數與金額")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("登錄人")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})


class PaymentNumbering(Model):
    """How the numbers are made that bills carry from a day on, as agreed with a bank (``kind`` account) or a collector of shops (slip).

    ``pattern`` is read by ``rules.payment_numbers``. The numbers of older bills stay readable: their patterns are kept.
    """

    __tablename__ = "payment_numbering"
    __table_args__ = (sa.UniqueConstraint("kind", "valid_from"), {"info": {"title": _l("繳款編號規則")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8), info={"title": _l("種類")})
    valid_from: Mapped[date] = mapped_column(info={"title": _l("生效日")})
    pattern: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("編碼方式")})
    agreed_with: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("代收機構")})


class Charge(Model):
    """What one person owes of one scheme for one period. ``amount`` NT$ > 0 as first charged. ``entry`` counts charges of the same period
    after one that was taken back: two living charges for the same thing cannot both be ``entry`` 1.

    ``scheme_id`` is None for agency money and for what was owed before the books began, which ``opening_id`` says.
    ``why`` is the rule that gave the amount, when it is not simply the terms.
    """

    __tablename__ = "charge"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "scheme_id", "period_on", "entry"),
        sa.CheckConstraint("amount > 0", name="positive"),
        sa.Index("ix_charge_due", "due_on", "person_id"),
        sa.Index("ix_charge_opening", "opening_id", sqlite_where=sa.text("opening_id IS NOT NULL"), postgresql_where=sa.text("opening_id IS NOT NULL")),
        {"info": {"title": _l("應收款")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), info={"title": _l("會員序號")})  # The unique key begins with it.
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bill_run.id"), index=True, info={"title": _l("開單批次序號")})
    scheme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dues_scheme.id"), info={"title": _l("收費項目序號")})
    kind: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("款別")})
    text: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("項目")})
    period_on: Mapped[date] = mapped_column(info={"title": _l("期別起日")})
    months: Mapped[int] = mapped_column(default=1, info={"title": _l("月數")})
    entry: Mapped[int] = mapped_column(default=1, info={"audit": False})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    charged_on: Mapped[date] = mapped_column(info={"title": _l("開單日")})
    due_on: Mapped[date] = mapped_column(info={"title": _l("繳款期限")})
    order: Mapped[int] = mapped_column(default=10, info={"audit": False})
    opening_id: Mapped[int | None] = mapped_column(sa.ForeignKey("opening_batch.id"), info={"title": _l("期初明細批次")})
    why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("說明")})


class Adjustment(Model):
    """A later change of a charge, NT$, negative when less is owed. ``kind`` is a ``rules.dues.AdjustmentKind``; a write-off and a
    remission name their ``resolution``."""

    __tablename__ = "charge_adjustment"
    __table_args__ = (sa.CheckConstraint("amount <> 0", name="not_nothing"), {"info": {"title": _l("應收調整")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    charge_id: Mapped[int] = mapped_column(sa.ForeignKey("charge.id"), index=True, info={"title": _l("應收款序號")})
    kind: Mapped[str] = mapped_column(sa.String(12), info={"title": _l("種類")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    adjusted_on: Mapped[date] = mapped_column(info={"title": _l("調整日")})
    why: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("原因")})
    resolution: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("決議")})
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bill_run.id"), index=True, info={"title": _l("開單批次序號")})


append_only.attach(Adjustment.__table__)


class InstalmentPlan(Model):
    """An agreement to pay arrears bit by bit. While it is kept, what it covers does not count as arrears (charter permitting)."""

    __tablename__ = "instalment_plan"
    __table_args__ = {"info": {"title": _l("分期協議")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    agreed_on: Mapped[date] = mapped_column(info={"title": _l("協議日")})
    total: Mapped[int] = mapped_column(Ntd, info={"title": _l("總額")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("說明")})
    ended_on: Mapped[date | None] = mapped_column(info={"title": _l("終止日")})
    ended_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("終止原因")})

    instalments: Mapped[list[Instalment]] = relationship(order_by="Instalment.due_on", cascade="all, delete-orphan")


class Instalment(Model):
    """One payment promised: so much in all by this day."""

    __tablename__ = "instalment"
    __table_args__ = {"info": {"title": _l("分期期款")}}

    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("instalment_plan.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
