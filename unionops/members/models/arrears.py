"""Letters to who is behind, sent many at a time; the step for each person is a ``Dunning``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core import clock
from unionops.core.db import JSON, Model, RefType, UtcDateTime
from unionops.core.i18n import _l
from unionops.values.refs import Ref


class DunningRun(Model):
    """One step of the ladder (``rules.arrears.Step``) taken for many on one day. ``text`` is what the letters say before the figures, with
    its fields still unfilled; ``belongs_to`` the official letter whose number they carry."""

    __tablename__ = "dunning_run"
    __table_args__ = {"info": {"title": _l("催繳批次")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(12), info={"title": _l("階段")})
    sent_on: Mapped[date] = mapped_column(index=True, info={"title": _l("寄發日")})
    pay_by: Mapped[date] = mapped_column(info={"title": _l("限期")})
    text: Mapped[str] = mapped_column(sa.Text, default="", info={"title": _l("內文")})
    belongs_to: Mapped[Ref | None] = mapped_column(RefType, index=True, info={"title": _l("公文")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("人數與金額")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("寄發人")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})
