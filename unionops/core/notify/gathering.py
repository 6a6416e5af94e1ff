"""Many mails to one person made one: the daily mail, and the mails of one kind that pile up. Sends nothing.

The one mail is a row of the outbox of its own; the rows whose texts it carries point to it, in the same transaction. A person is
known by address and name: two who share a mailbox each get their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale

from unionops.core.db import durable
from unionops.core.i18n import _, _l
from unionops.core.notify import rules
from unionops.core.notify.models import Delivery
from unionops.core.notify.registry import notice_kind, title_of
from unionops.core.notify.services import public

DAILY = notice_kind("notify.daily", title=_l("每日彙整"), choice=False)
MOST = 100
"""So many texts stand in one mail; of the rest it says how many there are."""
_LOOSE = (Delivery.gathered_into_id.is_(None), Delivery.cancelled_at.is_(None), Delivery.given_up_at.is_(None))


def collapse(now: datetime) -> int:
    """Of one kind for one person, ``rules.COLLAPSE_FROM`` or more that are due and were not tried yet become one; how many mails that made."""
    due = (
        *_LOOSE, Delivery.channel == rules.MAIL, Delivery.next_try_at <= now, Delivery.claim == "", Delivery.tries == 0,
        Delivery.priority == rules.NORMAL, Delivery.is_digest.is_(False), Delivery.files.is_(sa.null()),
        Delivery.secret.is_(False),  # A text that is wiped once it is sent goes alone.
    )
    group = (Delivery.address_key, Delivery.name, Delivery.kind)
    with durable() as own:
        found = own.execute(sa.select(*group).where(*due).group_by(*group).having(sa.func.count() >= rules.COLLAPSE_FROM)).all()
    return sum(
        _gather((*due, Delivery.address_key == key, Delivery.name == name, Delivery.kind == kind), rules.COLLAPSE_FROM, kind, now)
        for key, name, kind in found
    )


def daily(now: datetime) -> int:
    """Everything held back for the daily mail becomes one mail for each person; how many."""
    held = (*_LOOSE, Delivery.held.is_(True))
    with durable() as own:
        people = own.execute(sa.select(Delivery.address_key, Delivery.name).where(*held).distinct()).all()
    return sum(_gather((*held, Delivery.address_key == key, Delivery.name == name), 1, DAILY, now) for key, name in people)


def _gather(chosen: Sequence[Any], least: int, kind: str, now: datetime) -> bool:
    with durable() as own:
        # A second process that gathers or sends meanwhile has locked some of them: what it took is its own.
        rows = own.scalars(sa.select(Delivery).where(*chosen).order_by(Delivery.id).with_for_update(skip_locked=True)).all()
        if len(rows) < least:
            return False
        one = _one(rows, kind, now)
        own.add(one)
        own.flush()
        for row in rows:
            row.gathered_into_id, row.next_try_at = one.id, None
    return True


def _one(rows: Sequence[Delivery], kind: str, now: datetime) -> Delivery:
    first = rows[0]
    with force_locale(first.locale or "zh_Hant_TW"):
        subject = _("%(count)s 則通知：%(kind)s", count=len(rows), kind=title_of(kind))
        texts = [f"{place}. {row.subject}\n\n{row.body}" for place, row in enumerate(rows[:MOST], 1)]
        if len(rows) > MOST:
            inbox = public("notify.inbox")
            texts.append(_("另有 %(count)s 則，請登入工會系統查看。", count=len(rows) - MOST) + (f"\n{inbox}" if inbox else ""))
    return Delivery(
        channel=rules.MAIL, kind=kind, user_id=first.user_id, name=first.name, locale=first.locale, address=first.address,
        address_key=first.address_key, subject=subject, body="\n\n\n".join(texts), message_id=secrets.token_hex(16), priority=rules.NORMAL,
        is_digest=True, asked_at=now, next_try_at=now,
    )
