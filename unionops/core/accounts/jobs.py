"""What accounts do by themselves: the mails of forgotten passwords, and removing tickets that ended long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from unionops.core.accounts import services
from unionops.core.db import durable
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.pages import union_name

KEEP_TICKETS = timedelta(days=90)


@job("accounts.mail_resets", cron="* * * * *", title=_l("寄出重設密碼的信"))
def mail_resets(now: datetime) -> str:
    told = services.resets.grant_wishes(union=union_name(), now=now)
    return str(told) if told else ""


@job("accounts.tidy", cron="50 3 * * *", title=_l("清除早已失效的邀請與重設連結"))
def tidy(now: datetime) -> None:
    with durable() as own:  # Machinery that is not audited; the invitations themselves stay.
        services.resets.forget(own, now - KEEP_TICKETS)
