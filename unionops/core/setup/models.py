"""How far the set-up has come."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core.db import Model, UtcDateTime


class SetupState(Model):
    """One row while a new installation waits for its union; none in one that was never set up by the wizard.

    ``code_index`` is the fingerprint of the one-time code, ``tries`` how often a wrong one was typed since it was made, ``reached`` how
    many steps are done. What the steps gave lies where it belongs: in the union's record, its constitution, the users.
    """

    __tablename__ = "setup_state"
    __audited__ = False
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    code_index: Mapped[str] = mapped_column(sa.String(32))
    tries: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
