"""Housekeeping: old runs, old tasks and their files go, and what the gate keeps for a while: typed text, used one-time keys."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from unionops.core import drafts
from unionops.core.db import OnceKey, durable
from unionops.core.i18n import _l
from unionops.core.jobs.models import FAILED, RUNNING, WAITING, JobRun, Task
from unionops.core.jobs.registry import job
from unionops.core.jobs.tasks import remove_files

KEEP_DONE, KEEP_FAILED, KEEP_TASKS, KEEP_KEYS = timedelta(days=14), timedelta(days=180), timedelta(days=180), timedelta(days=30)


@job("jobs.tidy", cron="40 3 * * *", title=_l("清除過期的執行紀錄與背景工作檔案"))
def tidy(now: datetime) -> str:
    newest = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.job)  # What catching up counts from must stay.
    with durable() as own:  # Housekeeping of rows that are not audited: nobody's record changes.
        runs = own.execute(
            sa.delete(JobRun).where(
                JobRun.id.not_in(newest),
                JobRun.state.not_in((RUNNING, WAITING)),
                sa.or_(
                    sa.and_(JobRun.state != FAILED, JobRun.scheduled_at < now - KEEP_DONE), JobRun.scheduled_at < now - KEEP_FAILED
                ),
            ),
            execution_options={"synchronize_session": False},
        ).rowcount
        old = own.execute(
            sa.delete(Task).where(Task.state.not_in((RUNNING, WAITING)), Task.created_at < now - KEEP_TASKS),
            execution_options={"synchronize_session": False},
        ).rowcount
        drafts.forget_old(own, now)
        own.execute(sa.delete(OnceKey).where(OnceKey.used_at < now - KEEP_KEYS), execution_options={"synchronize_session": False})
    files = remove_files(now - timedelta(days=current_app.config["TASK_FILE_DAYS"]))
    return f"{runs} + {old} + {files}"
