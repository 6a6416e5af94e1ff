"""Ending sign-ins: one, or all of a person. Beginning them is ``accounts.sessions``'s business."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from unionops.core.accounts.models import User, UserSession
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _l

recording.sentence("accounts.signed_out", _l("%(name)s登出"))
recording.sentence("accounts.session_revoked", _l("結束%(name)s的一個登入（%(device)s）"))
recording.sentence("accounts.sessions_revoked", _l("結束%(name)s的 %(count)s 個登入"))


def revoke_session(row: UserSession, *, now: datetime) -> None:
    """Ends one sign-in; that browser is signed out at its next request."""
    if row.ended_at is None:
        row.ended_at = now
        recording.describe("accounts.session_revoked", row.user, name=row.user.name, device=row.device or "–")


def revoke_all(user: User, *, now: datetime, but: int | None = None) -> int:
    """Ends every sign-in of this person (``but`` one); answers how many."""
    ended = end(user, now, but=but)
    recording.describe("accounts.sessions_revoked", user, name=user.name, count=ended)
    return ended


def end(user: User, now: datetime, *, but: int | None = None) -> int:
    rows = db.session.scalars(sa.select(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None)))
    ended = [row for row in rows if row.id != but]
    for row in ended:
        row.ended_at = now
    return len(ended)
