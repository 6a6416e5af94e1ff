"""Standing orders: who let the union draw dues from an account, the files that ask the bank to do so, and what it answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core.db import JSON, Encrypted, Model, Ntd
from unionops.core.i18n import _l

MANDATE_PLACE = "debit_mandate.account"


class DebitMandate(Model):
    """A person's authorisation. ``bank`` is the seven digits of bank and branch. A person has one at a time; ended, never deleted."""

    __tablename__ = "debit_mandate"
    __table_args__ = {"info": {"title": _l("扣款授權")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    bank: Mapped[str] = mapped_column(sa.String(7), info={"title": _l("金融機構代號")})
    account: Mapped[str] = mapped_column(Encrypted(MANDATE_PLACE), info={"personal": "account", "title": _l("帳號")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    note: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("說明")})


class DebitRun(Model):
    """One file of orders to the bank: for which month, to be drawn on which day. ``returned_on`` is when its answer was read and booked."""

    __tablename__ = "debit_run"
    __table_args__ = {"info": {"title": _l("扣款批次")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    layout: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("檔案格式")})
    period_on: Mapped[date] = mapped_column(index=True, info={"title": _l("期別起日")})
    collect_on: Mapped[date] = mapped_column(info={"title": _l("扣款日")})
    made_on: Mapped[date] = mapped_column(info={"title": _l("製作日")})
    bank_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("union_bank_account.id"), info={"title": _l("工會帳戶")})
    returned_on: Mapped[date | None] = mapped_column(info={"title": _l("回覆日")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("筆數與金額")})

    lines: Mapped[list[DebitLine]] = relationship(back_populates="run", order_by="DebitLine.serial", cascade="all, delete-orphan")


class DebitLine(Model):
    """One order. ``result`` is the bank's code, "" before its answer; ``is_drawn`` whether the money came."""

    __tablename__ = "debit_line"
    __table_args__ = (sa.UniqueConstraint("run_id", "serial"), {"info": {"title": _l("扣款明細")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("debit_run.id"), index=True, info={"title": _l("扣款批次序號")})
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    mandate_id: Mapped[int] = mapped_column(sa.ForeignKey("debit_mandate.id"), info={"title": _l("扣款授權序號")})
    serial: Mapped[int] = mapped_column(info={"title": _l("序號")})
    number: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("會號")})
    amount: Mapped[int] = mapped_column(Ntd, info={"title": _l("金額")})
    result: Mapped[str] = mapped_column(sa.String(8), default="", info={"title": _l("扣款結果")})
    is_drawn: Mapped[bool] = mapped_column(default=False, info={"title": _l("已扣款")})
    payment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("payment.id"), index=True, info={"title": _l("收款序號")})

    run: Mapped[DebitRun] = relationship(back_populates="lines")
