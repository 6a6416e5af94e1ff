"""Vouchers and their postings, which nobody changes once posted, and the months that are closed.

A mistake is taken back by a voucher that reverses it. What a voucher was made for is pointed to by value (``belongs_to``).
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import append_only, clock
from unionops.core.db import Model, Ntd, RefType, UtcDateTime
from unionops.core.i18n import _l
from unionops.finance.rules.vouchers import Entry, VoucherKind, kind_of, voucher_number
from unionops.values.refs import Ref


class Voucher(Model):
    """One entry in the journal. ``year`` is the ROC year of ``posted_on``; ``serial`` runs through it without gaps."""

    __tablename__ = "voucher"
    __table_args__ = (sa.UniqueConstraint("year", "serial"), {"info": {"title": _l("傳票")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(info={"title": _l("年度")})
    serial: Mapped[int] = mapped_column(info={"title": _l("序號")})
    posted_on: Mapped[date] = mapped_column(index=True, info={"title": _l("傳票日期")})
    text: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("摘要")})
    belongs_to: Mapped[Ref | None] = mapped_column(RefType, index=True, info={"title": _l("來源")})
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("voucher.id"), unique=True, info={"title": _l("沖銷的傳票")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("製票人")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    postings: Mapped[list[Posting]] = relationship(back_populates="voucher", order_by="Posting.line")

    @property
    def number(self) -> str:
        return voucher_number(self.year, self.serial)

    @property
    def entries(self) -> list[Entry]:
        return [Entry(one.account, one.debit, one.credit, one.note, one.bank_account_id) for one in self.postings]

    @property
    def kind(self) -> VoucherKind:
        return kind_of(self.entries)


class Posting(Model):
    """One line of a voucher: an account and an amount in NT$ on one side."""

    __tablename__ = "posting"
    __table_args__ = (
        sa.CheckConstraint("(debit > 0 AND credit = 0) OR (debit = 0 AND credit > 0)", name="one_side"),
        sa.Index("ix_posting_account", "account", "voucher_id"),
        {"info": {"title": _l("分錄")}},
    )

    voucher_id: Mapped[int] = mapped_column(sa.ForeignKey("voucher.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(8), info={"title": _l("科目")})
    debit: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("借方")})
    credit: Mapped[int] = mapped_column(Ntd, default=0, info={"title": _l("貸方")})
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("備註")})
    bank_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("union_bank_account.id"), info={"title": _l("工會帳戶")})

    voucher: Mapped[Voucher] = relationship(back_populates="postings")


for _model in (Voucher, Posting):
    append_only.attach(_model.__table__)


class ClosedMonth(Model):
    """A month of the books that takes no more entries."""

    __tablename__ = "closed_month"
    __table_args__ = {"info": {"title": _l("已結帳月份")}}

    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("結帳人")})


class BooksBegin(Model):
    """The day from which this system keeps the books; a union that comes from a spreadsheet brings its balances of the day before."""

    __tablename__ = "books_begin"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"), {"info": {"title": _l("記帳起始日")}})

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    begins_on: Mapped[date] = mapped_column(info={"title": _l("起始日")})
