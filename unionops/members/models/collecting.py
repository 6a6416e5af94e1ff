"""What came in: payments and how they were allotted, receipts, files of banks, post and shops, and what employers hold back from wages.

Payments and allocations are never edited: money given back or wrongly booked is a row with a negative amount that names the first one.
What is paid on a charge, and what credit a person has, on any day, is a sum over these rows.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import append_only, clock
from unionops.core.db import JSON, Encrypted, Model, Ntd, UtcDateTime
from unionops.core.i18n import _l
from unionops.members.models.roster import Employer


class Payment(Model):
    """Money received for one person, or given back (negative). ``person_id`` is None while nobody knows whose it is (暫收款).

    ``channel`` is a ``rules.collecting.Channel``. ``reverses_id`` names the payment that a negative one takes back, in part or whole;
    ``kind`` is a ``rules.collecting.PaymentKind``, ``opening_id`` the batch of what was paid too much before the books began. ``once`` is
    what makes the same money come only once: the key of the statement line or of the pressed button.
    """

    __tablename__ = "payment"
    __table_args__ = (
        sa.CheckConstraint("amount <> 0", name="not_nothing"),
        sa.CheckConstraint("(amount > 0) = (kind = 'received')", name="sign"),
        sa.Index("ix_payment_day", "received_on", "channel"),
        sa.Index("ix_payment_opening", "opening_id", sqlite_where=sa.text("opening_id IS NOT NULL"), postgresql_where=sa.text("opening_id IS NOT NULL")),
        sa.Index("ix_payment_box", "channel", "cash_count_id"),  # What a cash box holds is asked with every page of the desk.
        {"info": {"title": _l("收款")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    kind: Mapped[str] = mapped_column(sa.String(10), default="received", info={"title": _l("種類")})
    channel: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("管道")})
    received_on: Mapped[date] = mapped_column(info={"title": _l("收款日")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    payer: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": "name", "title": _l("繳款人")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("備註")})
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("payment.id"), index=True, info={"title": _l("沖回的收款")})
    statement_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement_line.id"), index=True, info={"title": _l("對帳明細序號")})
    checkoff_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("checkoff_line.id"), index=True, info={"title": _l("代扣明細序號")})
    cash_count_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cash_count.id"), index=True, info={"title": _l("點收序號")})
    opening_id: Mapped[int | None] = mapped_column(sa.ForeignKey("opening_batch.id"), info={"title": _l("期初明細批次")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("經收人")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    receipt: Mapped[Receipt | None] = relationship(back_populates="payment", primaryjoin="and_(Receipt.payment_id == Payment.id, Receipt.voided_at.is_(None))", uselist=False, viewonly=True)


class Allocation(Model):
    """So much of a payment goes to a charge, from ``allotted_on`` on; taken back by a row with a negative amount."""

    __tablename__ = "allocation"
    __table_args__ = (
        sa.CheckConstraint("amount <> 0", name="not_nothing"),
        sa.Index("ix_allocation_charge", "charge_id", "allotted_on", "amount"),
        {"info": {"title": _l("沖帳")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"), index=True, info={"title": _l("收款序號")})
    charge_id: Mapped[int] = mapped_column(sa.ForeignKey("charge.id"), info={"title": _l("應收款序號")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    allotted_on: Mapped[date] = mapped_column(info={"title": _l("沖帳日")})


append_only.attach(Allocation.__table__)


class Receipt(Model):
    """A numbered paper for a payment: ``year`` (ROC), ``series``, ``serial`` without gaps. A void one keeps its number and says why.

    ``content`` is what stands on it, as it was when it was made (``rules.receipts.Content``); ``printed`` how often it was printed. A
    payment has one receipt that holds at most.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        sa.UniqueConstraint("year", "series", "serial"),
        sa.Index(
            "uq_receipt_living", "payment_id", unique=True, sqlite_where=sa.text("voided_at IS NULL"), postgresql_where=sa.text("voided_at IS NULL"),
        ),
        {"info": {"title": _l("收據")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(info={"title": _l("年度")})
    series: Mapped[str] = mapped_column(sa.String(8), info={"title": _l("字軌")})
    serial: Mapped[int] = mapped_column(info={"title": _l("序號")})
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"), index=True, info={"title": _l("收款序號")})
    issued_on: Mapped[date] = mapped_column(info={"title": _l("開立日")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    content: Mapped[str] = mapped_column(Encrypted("receipt.content"), info={"audit": False})
    printed: Mapped[int] = mapped_column(default=0, info={"audit": False})
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("作廢時間")})
    void_why: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("作廢原因")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("開立人")})

    payment: Mapped[Payment] = relationship()

    @property
    def number(self) -> str:
        return f"{self.year}{self.series}{self.serial:06d}"


class CashCount(Model):
    """What was in the cash box at the end of a day against what the receipts say; the difference is explained."""

    __tablename__ = "cash_count"
    __table_args__ = {"info": {"title": _l("櫃檯點收")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_on: Mapped[date] = mapped_column(index=True, info={"title": _l("點收日")})
    by_user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("點收人")})
    expected: Mapped[int] = mapped_column(Ntd, info={"title": _l("應有金額")})
    counted: Mapped[int] = mapped_column(Ntd, info={"title": _l("實點金額")})
    pieces: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, info={"title": _l("面額張數")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("差額說明")})
    banked_on: Mapped[date | None] = mapped_column(info={"title": _l("存入銀行日")})
    bank_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("union_bank_account.id"), info={"title": _l("工會帳戶")})


class Statement(Model):
    """A file of a bank, the post office or a collector of shops. ``layout`` names how it is read, ``kind`` is a ``rules.layouts.Source``.

    ``counts`` holds its figures: lines, new ones, sums, what its totals say otherwise, lines that could not be read.
    """

    __tablename__ = "statement"
    __table_args__ = {"info": {"title": _l("對帳檔")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    layout: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("檔案格式")})
    kind: Mapped[str] = mapped_column(sa.String(6), info={"title": _l("來源")})
    file_name: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("檔名")})
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True, info={"audit": False})
    bank_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("union_bank_account.id"), info={"title": _l("工會帳戶")})
    first_on: Mapped[date | None] = mapped_column(info={"title": _l("起日")})
    last_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("筆數與金額")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("匯入人")})
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})


class StatementLine(Model):
    """One movement. ``mark`` is what it is known by in every file that tells of it, so that overlapping files bring it once.

    ``verdict`` is the class the matcher gave (``rules.matching.Verdict``) and ``proposal`` to whom; ``settled_at`` when somebody (or the
    rule that may post by itself) decided, ``settled_as`` what: posted, suspense, aside, reversed. ``proposal`` holds ``to`` (person, bill's
    period, NT$), ``people`` who come into question, ``reasons``, and ``held`` why it cannot be booked now. ``partner_id`` is the line that a
    reversal takes back, or the first shop payment of the day that a deposit pays for.
    """

    __tablename__ = "statement_line"
    __table_args__ = (
        sa.UniqueConstraint("mark"),
        sa.Index("ix_statement_line_open", "settled_at", "moved_on"),
        {"info": {"title": _l("對帳明細")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statement.id"), index=True, info={"title": _l("對帳檔序號")})
    place: Mapped[int] = mapped_column(info={"title": _l("列號")})
    mark: Mapped[str] = mapped_column(sa.String(64), info={"audit": False})
    moved_on: Mapped[date] = mapped_column(info={"title": _l("交易日")})
    paid_on: Mapped[date | None] = mapped_column(info={"title": _l("繳款日")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    fee: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("手續費")})
    payer: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": "name", "title": _l("繳款人")})
    account: Mapped[str] = mapped_column(sa.String(40), default="", info={"personal": "account", "title": _l("帳號")})
    word: Mapped[str] = mapped_column(sa.String(60), default="", info={"title": _l("摘要")})
    memo: Mapped[str] = mapped_column(sa.String(200), default="", info={"personal": "secret", "title": _l("備註")})
    code: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("銷帳編號")})
    balance: Mapped[int | None] = mapped_column(Ntd, info={"audit": False})
    verdict: Mapped[str] = mapped_column(sa.String(24), default="", index=True, info={"title": _l("比對結果")})
    confidence: Mapped[int] = mapped_column(default=0, info={"audit": False})
    proposal: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"audit": False})
    partner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement_line.id"), index=True, info={"title": _l("相對的明細")})
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("處理時間")})
    settled_as: Mapped[str] = mapped_column(sa.String(10), default="", info={"title": _l("處理結果")})
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("處理人")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("備註")})


class StatementLayout(Model):
    """How the files of the union's own bank are laid out: ``content`` is what a layout that comes with the program holds (``rules.layouts``)."""

    __tablename__ = "statement_layout"
    __table_args__ = {"info": {"title": _l("對帳檔格式")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, info={"title": _l("代號")})
    title: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("名稱")})
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("格式")})


class PayerAccount(Model):
    """The last five figures of an account that a person usually pays from, learned when somebody agreed to such a payment."""

    __tablename__ = "payer_account"
    __table_args__ = {"info": {"title": _l("常用繳款帳號")}}

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, info={"title": _l("會員序號")})
    tail: Mapped[str] = mapped_column(sa.String(5), primary_key=True, index=True, info={"personal": "account", "title": _l("帳號末五碼")})
    since_on: Mapped[date] = mapped_column(info={"title": _l("首次使用")})


class EmployerTerms(Model):
    """How an employer holds back dues: since when, on which ground (ER-25), when it hands over, and the form of its list.

    ``basis`` is a ``rules.checkoff.ConsentBasis``; industrial and occupational unions need the agreement as well (``agreement``).
    ``months`` is for how many months one list asks. ``layout``: ``columns`` of the list that goes out, in order, ``headings`` in the
    employer's own words (of both ways), ``code`` of our deduction in its program, ``keys`` by which the answer is matched.
    """

    __tablename__ = "employer_terms"
    __table_args__ = {"info": {"title": _l("代扣約定")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(sa.ForeignKey("employer.id"), index=True, info={"title": _l("雇主序號")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    basis: Mapped[str] = mapped_column(sa.String(12), info={"title": _l("同意依據")})
    agreement: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("約定文件")})
    months: Mapped[int] = mapped_column(default=1, info={"title": _l("每次月數")})
    hand_over_day: Mapped[int] = mapped_column(default=10, info={"title": _l("每月交付日")})
    email: Mapped[str] = mapped_column(sa.String(254), default="", info={"personal": "email", "title": _l("電子郵件")})
    layout: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("名冊格式")})

    employer: Mapped[Employer] = relationship()


class CheckoffList(Model):
    """What an employer was asked to hold back for a period, and what it sent back.

    ``returned_on`` is when its file was read, ``stated_total`` the total in it, ``transferred`` what left the employer's account for ours
    (with ``fee`` kept by the bank on the way). ``left_out`` are (person, why) of those who work there and were not asked for.
    """

    __tablename__ = "checkoff_list"
    __table_args__ = (sa.UniqueConstraint("employer_id", "period_on"), {"info": {"title": _l("代扣名冊")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(sa.ForeignKey("employer.id"), index=True, info={"title": _l("雇主序號")})
    terms_id: Mapped[int] = mapped_column(sa.ForeignKey("employer_terms.id"), info={"audit": False})
    period_on: Mapped[date] = mapped_column(info={"title": _l("期別起日")})
    months: Mapped[int] = mapped_column(default=1, info={"title": _l("月數")})
    made_on: Mapped[date] = mapped_column(info={"title": _l("製作日")})
    due_on: Mapped[date] = mapped_column(info={"title": _l("應交付日")})
    left_out: Mapped[list[Any]] = mapped_column(JSON, default=list, info={"audit": False})
    sent_on: Mapped[date | None] = mapped_column(info={"title": _l("送出日")})
    sent_how: Mapped[str] = mapped_column(sa.String(10), default="", info={"title": _l("送出方式")})
    returned_on: Mapped[date | None] = mapped_column(info={"title": _l("回覆日")})
    file_name: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("檔名")})
    fingerprint: Mapped[str] = mapped_column(sa.String(64), default="", index=True, info={"audit": False})
    stated_total: Mapped[int | None] = mapped_column(Ntd, info={"title": _l("回覆檔所載總額")})
    transferred: Mapped[int | None] = mapped_column(Ntd, info={"title": _l("匯入金額")})
    transferred_on: Mapped[date | None] = mapped_column(info={"title": _l("匯款日")})
    fee: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("匯費")})
    notices: Mapped[list[Any]] = mapped_column(JSON, default=list, info={"audit": False})
    statement_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement_line.id"), info={"title": _l("匯入款序號")})
    booked_on: Mapped[date | None] = mapped_column(info={"title": _l("入帳日")})

    employer: Mapped[Employer] = relationship()
    terms: Mapped[EmployerTerms] = relationship()
    lines: Mapped[list[CheckoffLine]] = relationship(back_populates="list", order_by="CheckoffLine.id", cascade="all, delete-orphan")


class CheckoffLine(Model):
    """One person on the list (``person_id``, ``expected``, of which ``carried`` from earlier periods), or one number of the employer's
    file that nobody was asked for (``person_id`` None).

    ``received`` is what the file says was held back, ``applied`` the part that is the person's by number, ``reason`` what it says about
    why not; ``verdict`` is a ``rules.checkoff.Verdict``; ``like`` the number that was probably meant; ``other_name`` the name in the file
    where it is not ours. ``rows`` are the rows of the file: place, {month: NT$}. ``decision`` is what somebody decided about what it asks.
    """

    __tablename__ = "checkoff_line"
    __table_args__ = {"info": {"title": _l("代扣明細")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("checkoff_list.id"), index=True, info={"title": _l("代扣名冊序號")})
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    number: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("會號")})
    staff_number: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("員工編號")})
    name: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": "name", "title": _l("姓名")})
    department: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("部門")})
    expected: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("應扣金額")})
    carried: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("前期未扣")})
    received: Mapped[int | None] = mapped_column(Ntd, info={"title": _l("實扣金額")})
    applied: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("可入帳金額")})
    rows: Mapped[list[Any]] = mapped_column(JSON, default=list, info={"audit": False})
    reason: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("未扣原因")})
    verdict: Mapped[str] = mapped_column(sa.String(16), default="", info={"title": _l("比對結果")})
    like: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("疑為員工編號")})
    other_name: Mapped[str] = mapped_column(sa.String(120), default="", info={"personal": "name", "title": _l("回覆檔姓名")})
    decision: Mapped[str] = mapped_column(sa.String(10), default="", info={"title": _l("處理結果")})
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("處理時間")})
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("處理人")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("處理說明")})

    list: Mapped[CheckoffList] = relationship(back_populates="lines")
