"""The union's row, its bank accounts, and the dated values of its constitution. Values are added, never changed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import Encrypted, Model, UtcDateTime
from unionops.core.i18n import _l
from unionops.law.union_act import KIND_LABELS, UnionKind
from unionops.values import masks

ACCOUNT_PLACE = "union_bank_account.account_number"


class Union(Model):
    """The union that this installation belongs to: one row."""

    __tablename__ = "union_record"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("名稱")})
    short_name: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("簡稱")})
    kind: Mapped[str] = mapped_column(sa.String(24), info={"title": _l("種類")})
    authority: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("主管機關")})
    seat: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("會址")})
    area: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("組織區域")})
    registration_number: Mapped[str] = mapped_column(sa.String(60), default="", info={"title": _l("登記證書字號")})
    registered_on: Mapped[date | None] = mapped_column(info={"title": _l("登記日")})
    founded_on: Mapped[date | None] = mapped_column(info={"title": _l("成立日")})
    phone: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("電話")})
    email: Mapped[str] = mapped_column(sa.String(254), default="", info={"title": _l("電子郵件")})
    tax_number: Mapped[str] = mapped_column(sa.String(8), default="", info={"title": _l("統一編號")})
    logo: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True, info={"audit": False})
    logo_type: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("會徽")})
    version: Mapped[int] = mapped_column(info={"audit": False})

    __mapper_args__ = {"version_id_col": version}

    @property
    def union_kind(self) -> UnionKind:
        return UnionKind(self.kind)

    @property
    def kind_label(self) -> str:
        """The Chinese word for the kind, translated when it is shown."""
        return KIND_LABELS[self.union_kind]


class BankAccount(Model):
    """An account in the union's name, in use from ``from_on`` to ``until_on`` inclusive (None: still so)."""

    __tablename__ = "union_bank_account"
    __table_args__ = {"info": {"title": _l("工會帳戶")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("銀行")})
    branch: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("分行")})
    account_number: Mapped[str] = mapped_column(Encrypted(ACCOUNT_PLACE), info={"personal": "account", "title": _l("帳號")})
    account_index: Mapped[str] = mapped_column(sa.String(32), index=True, info={"audit": False})
    holder: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("戶名")})
    purpose: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("用途")})
    from_on: Mapped[date] = mapped_column(info={"title": _l("啟用日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("停用日")})

    @property
    def masked_number(self) -> str:
        return masks.mask_account(self.account_number)

    def is_open(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


class CharterValue(Model):
    """One value of one ``charter.*`` key from a day on, with its clause. A correction is a further ``entry`` of the same day."""

    __tablename__ = "charter_value"
    __table_args__ = (
        sa.UniqueConstraint("key", "valid_from", "entry"),
        sa.CheckConstraint("source IN ('charter', 'default')", name="source"),
        {"info": {"title": _l("章程規定值")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60), info={"title": _l("項目")})
    valid_from: Mapped[date] = mapped_column(info={"title": _l("生效日")})
    entry: Mapped[int] = mapped_column(default=1, info={"audit": False})
    value: Mapped[str] = mapped_column(sa.Text, info={"title": _l("值")})
    clause: Mapped[str] = mapped_column(sa.String(60), default="", info={"title": _l("條次")})
    source: Mapped[str] = mapped_column(sa.String(10), default="charter", info={"title": _l("來源")})
    resolution: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("決議")})
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("登錄人")})
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    entered_by: Mapped[User | None] = relationship(lazy="joined")
