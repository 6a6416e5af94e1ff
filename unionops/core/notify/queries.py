"""What waits, what arrived and what did not."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from unionops.core.db import db
from unionops.core.notify.models import Notice


def unread_count(user: Any) -> int:
    """How many notices this user has not read: a look into an index of the unread alone."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None))) or 0
