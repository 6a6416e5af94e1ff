"""What a reader does with his notices: reads them, and chooses how he is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import bulk, db
from unionops.core.i18n import _l
from unionops.core.notify import rules
from unionops.core.notify.models import Notice, NoticeChoice
from unionops.core.notify.registry import KINDS

recording.sentence("notify.read", _l("已讀 %(count)s 則通知"))
recording.sentence("notify.chosen", _l("改變自己的通知方式"))


def read(notice: Notice, now: datetime) -> None:
    """Marks one as read."""
    if notice.read_at is None:
        notice.read_at = now
        recording.describe("notify.read", count=1)


def read_all(user: Any, until_id: int, now: datetime) -> int:
    """Marks everything up to this notice as read: what came after it was never on the page. How many there were."""
    unread = sa.update(Notice).where(Notice.user_id == user.id, Notice.id <= until_id, Notice.read_at.is_(None)).values(read_at=now)
    count: int = bulk(unread, reason="notice").rowcount
    recording.describe("notify.read", count=count)
    return count


def choose(user: Any, wanted: Mapping[str, rules.Ways]) -> None:
    """Keeps how this user wants to be told of each kind; a compulsory one stays as audible as it must."""
    stored = {one.kind: one for one in db.session.scalars(sa.select(NoticeChoice).where(NoticeChoice.user_id == user.id))}
    for name, ways in wanted.items():
        ways = rules.allowed(ways, compulsory=KINDS[name].compulsory)
        choice = stored.get(name)
        if choice is None:
            if ways == rules.Ways():
                continue
            choice = NoticeChoice(user_id=user.id, kind=name)
            db.session.add(choice)
        choice.bell, choice.mail = ways.bell, ways.mail
    recording.describe("notify.chosen")
