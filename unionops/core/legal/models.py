"""Legal figures that the office has added and confirmed. The built-in ones are data of ``law``; both are joined by ``queries.book``."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import Model, UtcDateTime
from unionops.core.i18n import _l


class LegalParameter(Model):
    """One value of one key from a day on, as text; never changed. A correction is a further ``entry`` of the same day."""

    __tablename__ = "legal_parameter"
    __table_args__ = (sa.UniqueConstraint("key", "valid_from", "entry"), {"info": {"title": _l("法定參數")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60), info={"title": _l("參數")})
    valid_from: Mapped[date] = mapped_column(info={"title": _l("生效日")})
    entry: Mapped[int] = mapped_column(default=1, info={"audit": False})
    value: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("值")})
    unit: Mapped[str] = mapped_column(sa.String(20), info={"audit": False})
    citation: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("條文")})
    source: Mapped[str] = mapped_column(sa.String(300), info={"title": _l("來源")})
    confidence: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("可信度")})
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("確認人")})
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    confirmed_by: Mapped[User | None] = relationship(lazy="joined")
