"""What the clock does: mails leave every minute, the daily mail is made at five, old texts go at night."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from unionops.core.db import durable
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.notify import gathering, sending
from unionops.core.notify.models import Delivery, Notice


@job("notify.send", cron="* * * * *", title=_l("寄出等待中的信"))
def send(now: datetime) -> str:
    if current_app.config["SMTP_URL"]:
        gathering.collapse(now)
    done = sending.run(now)
    return str(done) if done.sent or done.failed or done.halted else ""


@job("notify.daily", cron="0 17 * * *", title=_l("把等每日彙整的通知併成一封信"))
def daily(now: datetime) -> str:
    return str(gathering.daily(now))


@job("notify.tidy", cron="50 3 * * *", title=_l("清除舊通知與已寄出信件的內容"))
def tidy(now: datetime) -> str:
    """What was read goes; of what was sent, given up or cancelled stays that it was, but not what it said."""
    before = now - timedelta(days=current_app.config["NOTICE_DAYS"])
    ended = sa.or_(
        Delivery.sent_at < before, Delivery.printed_at < before, Delivery.given_up_at < before, Delivery.cancelled_at < before,
        sa.and_(Delivery.gathered_into_id.is_not(None), Delivery.asked_at < before),
    )
    with durable() as own:  # Rows that are not audited, and nobody's record changes.
        notices = own.execute(sa.delete(Notice).where(Notice.read_at < before), execution_options={"synchronize_session": False}).rowcount
        texts = own.execute(
            sa.update(Delivery).where(ended, Delivery.body.is_not(None)).values(subject=None, body=None, reply=None),
            execution_options={"synchronize_session": False},
        ).rowcount
    return f"{notices} + {texts}"
