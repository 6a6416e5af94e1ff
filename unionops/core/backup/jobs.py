"""The nightly backup, the weekly test restore, the look each morning whether there is one, and the first two as background tasks that an administrator starts."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from unionops.core import clock
from unionops.core.backup import queries, services
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.jobs.tasks import Work, task


@job("backup.make", cron="30 2 * * *", title=_l("每夜備份"))
def make(now: datetime) -> str:
    """Into BACKUP_FOLDER; nothing without one."""
    if not current_app.config["BACKUP_FOLDER"]:
        return "–"
    run = services.record(services.back_up_into_folder(now=now))
    return run.file


@job("backup.restore_test", cron="30 4 * * sun", title=_l("還原測試"))
def restore_test(now: datetime) -> str:
    """The newest backup there is; nothing while there is none."""
    if not queries.backups(queries.folder()):
        return "–"
    run = services.record(services.test_newest(now=now))
    return f"{run.file} {'✓' if run.ok else '✕'}"


@job("backup.watch", cron="0 9 * * *", title=_l("看是否太久沒有備份"))
def watch(now: datetime) -> str:
    """Those who may see the backups are told when there is none of the last two days, and every week while that lasts."""
    told = services.tell_overdue(now=now)
    return str(told) if told else ""


@task("backup.make", title=_l("製作備份"))
def make_now(work: Work) -> None:
    run = services.back_up_into_folder(now=clock.now())
    _keep(work, run)


@task("backup.restore_test", title=_l("還原測試"))
def test_now(work: Work) -> None:
    run = services.test_newest(now=clock.now())
    _keep(work, run)


def _keep(work: Work, run: services.BackupRun) -> None:
    with work.applying():
        services.record(run)
        work.finish(endpoint="backup.overview", ok=run.ok)
