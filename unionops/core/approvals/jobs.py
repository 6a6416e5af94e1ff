"""What the clock does: at night, matters that lost whoever could decide them are handed on for good, and the next are told."""

from __future__ import annotations

from datetime import datetime

from unionops.core.approvals import services
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job


@job("approvals.go_up", cron="30 5 * * *", title=_l("上送等候中但已無人可以核可的簽核"))
def go_up(now: datetime) -> str:
    """At night and not at once: a post that changes hands in two steps leaves nobody in between."""
    return str(services.go_up(now) or "")
