"""Reading runs and tasks: what the screens show, and whose task it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import url_for
from werkzeug.exceptions import NotFound

from unionops.core import refs
from unionops.core.db import db
from unionops.core.jobs.models import DONE, JobRun, Task
from unionops.core.jobs.registry import JOBS, Job
from unionops.core.jobs.tasks import has_file
from unionops.core.screens import reachable

SILENT = timedelta(minutes=3)
"""A job of every minute runs as long as the scheduler does: longer silence means that none is running."""


@dataclass(frozen=True)
class JobLine:
    """One job with its newest run (None before the first) and its next time."""

    job: Job
    last: JobRun | None
    next_due: datetime | None


def job_lines(now: datetime) -> list[JobLine]:
    """Every job by name, in one statement."""
    newest = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.job)
    last = {run.job: run for run in db.session.scalars(sa.select(JobRun).where(JobRun.id.in_(newest)))}
    return [JobLine(job, last.get(name), job.next_due(now)) for name, job in sorted(JOBS.items())]


def scheduler_is_silent(now: datetime) -> bool:
    """Whether nothing was begun lately: no scheduler is running."""
    newest = db.session.scalar(sa.select(sa.func.max(JobRun.started_at)))
    return newest is None or newest < now - SILENT


def runs(job: str) -> sa.Select[tuple[JobRun]]:
    """Runs, newest first; of one job or of all."""
    query = sa.select(JobRun).order_by(JobRun.id.desc())
    return query.where(JobRun.job == job) if job else query


def tasks_of(user: Any, *, everybody: bool) -> sa.Select[tuple[Task]]:
    """Tasks, newest first: one's own, or everybody's for those who may read jobs."""
    query = sa.select(Task).order_by(Task.id.desc())
    return query if everybody and user.can("jobs.read") else query.where(Task.owner_id == user.id)


def task_for(user: Any, task_id: int) -> Task:
    """The task, for its owner and for those who may read jobs; for anybody else there is none (404)."""
    found = db.session.get(Task, task_id)
    if found is None or not (found.owner_id == user.id or user.can("jobs.read")):
        raise NotFound
    return found


def newest_done(kind: str) -> Task | None:
    """The last task of this kind that came to its end."""
    return db.session.scalar(sa.select(Task).where(Task.kind == kind, Task.state == DONE).order_by(Task.id.desc()).limit(1))


def result_url(task: Task, user: Any) -> str | None:
    """Where the result is seen, if this person may see it: its file (the owner's only), its record, its screen."""
    if task.file_name and task.state == DONE and task.owner_id == user.id and has_file(task.id):
        return url_for("jobs.task_file", task_id=task.id)
    if task.result_ref is not None:
        resolved = refs.resolve(task.result_ref, user)
        return resolved[1] if resolved else None
    if task.link and reachable(task.link["endpoint"]):
        return url_for(task.link["endpoint"], **task.link["arguments"])
    return None
