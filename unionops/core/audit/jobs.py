"""The audit's own work: sealing every minute, verifying the chain in the background."""

from __future__ import annotations

from datetime import datetime

from unionops.core.audit import sealing
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.jobs.tasks import Work, task
from unionops.values.problems import _m


@job("audit.seal", cron="* * * * *", title=_l("封存稽核紀錄"))
def seal_entries(now: datetime) -> str:
    return str(sealing.seal(now))


@task("audit.verify", title=_l("驗證稽核紀錄鏈"), retry=True)
def verify_chain(work: Work, *, anchor: str = "") -> None:
    step = _m("正在逐筆核對封存")
    work.progress(0, None, step)
    verdict = sealing.verify(anchor, lambda done, total: work.progress(done, total, step))
    work.finish(endpoint="audit.chain", **verdict.as_dict())
