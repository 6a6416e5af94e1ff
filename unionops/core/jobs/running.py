"""One run of one job: claimed by a unique row, worked in one unit, its end kept with the work itself.

A run that is marked done was committed together with what it did; a run whose process died did nothing. That is why an
interrupted run may simply be taken up again. Knows no clockwork: when to call these is the scheduler's business.
"""

from __future__ import annotations

import secrets
import threading
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from unionops.core import clock
from unionops.core.db import db, durable, intent, lock_row, unit_of_work
from unionops.core.jobs.models import DONE, FAILED, RUNNING, SKIPPED, WAITING, JobRun
from unionops.core.jobs.registry import JOBS, Job

ACTOR = "排程"
ATTEMPTS = 3
log = structlog.get_logger()
_one_at_a_time = threading.Lock()


def run_due(job: Job, now: datetime) -> bool:
    """Runs the job for its newest due time unless somebody did or does; whether it ran here."""
    due = job.last_due(now)
    if due is None or _has_run(job.name, due):
        return False
    claimed = _claim(job.name, due)
    return claimed is not None and _work(job, claimed)


def catch_up(now: datetime) -> list[str]:
    """Runs, once each, the jobs that fell due while no scheduler was up; their names.

    A job that was never seen before has missed nothing: its newest due time is noted as skipped and counts from then on.
    """
    ran = []
    for job in list(JOBS.values()):
        with intent(write=False):
            known = db.session.scalar(sa.select(sa.func.count()).select_from(JobRun).where(JobRun.job == job.name))
            db.session.rollback()
        due = job.last_due(now)
        if not known and due is not None:
            _note(job.name, due, SKIPPED)
        elif run_due(job, now):
            ran.append(job.name)
    return ran


def run_now(name: str, by: str, now: datetime) -> bool:
    """Runs the job at once in this process (a command); whether it went well. Raises KeyError for an unknown name."""
    job = JOBS[name]
    claimed = _claim(name, now, by=by)
    return claimed is not None and _work(job, claimed)


def ask(name: str, by: str, now: datetime) -> JobRun:
    """Puts a run beside the clock, for the scheduler to take; part of the caller's unit."""
    run = JobRun(job=JOBS[name].name, scheduled_at=now, asked_by=by, state=WAITING)
    db.session.add(run)
    return run


def work_asked() -> bool:
    """Takes the oldest run that somebody asked for, or that was interrupted; whether there was one."""
    with intent(write=False):
        run_id = db.session.scalar(sa.select(JobRun.id).where(JobRun.state == WAITING).order_by(JobRun.id).limit(1))
        db.session.rollback()
    if run_id is None:
        return False
    token = secrets.token_hex(16)
    with durable() as own:
        taken = own.execute(
            sa.update(JobRun)
            .where(JobRun.id == run_id, JobRun.state == WAITING)
            .values(state=RUNNING, worker=token, started_at=clock.now(), attempts=JobRun.attempts + 1)
        ).rowcount
        name = own.scalar(sa.select(JobRun.job).where(JobRun.id == run_id)) if taken else None
    if name is not None and name in JOBS:
        _work(JOBS[name], (run_id, token))
    elif name is not None:
        _finish(run_id, token, FAILED, error="no such job any more")
    return True


def take_up_interrupted() -> int:
    """For the one scheduler, at its start: runs left open by a process that died wait again, or fail after three tries."""
    with durable() as own:
        open_runs = own.scalars(sa.select(JobRun).where(JobRun.state == RUNNING)).all()
        for run in open_runs:
            if run.attempts < ATTEMPTS:
                run.state, run.worker = WAITING, ""
            else:
                run.state, run.error, run.finished_at = FAILED, "interrupted", clock.now()
        return len(open_runs)


def _has_run(name: str, due: datetime) -> bool:
    with intent(write=False):
        found = db.session.scalar(sa.select(JobRun.id).where(JobRun.job == name, JobRun.scheduled_at == due))
        db.session.rollback()
    return found is not None


def _note(name: str, due: datetime, state: str, **values: Any) -> int | None:
    """A row for this run, or None when there is one already: here two schedulers part."""
    try:
        with durable() as own:
            run = JobRun(job=name, scheduled_at=due, state=state, **values)
            own.add(run)
            own.flush()  # The id is needed; a second row of the same time collides here.
            return run.id
    except IntegrityError:
        return None


def _claim(name: str, due: datetime, by: str = "") -> tuple[int, str] | None:
    token = secrets.token_hex(16)
    run_id = _note(name, due, RUNNING, worker=token, asked_by=by, started_at=clock.now(), attempts=1)
    return None if run_id is None else (run_id, token)


class _TakenAway(RuntimeError):
    """Somebody else took this run up meanwhile; what was done here must not stay."""


def _work(job: Job, claimed: tuple[int, str]) -> bool:
    run_id, token = claimed
    with _one_at_a_time:
        try:
            with unit_of_work(ACTOR, f"job {job.name}"):
                said = job.call(clock.now())
                run = db.session.get_one(JobRun, run_id)
                lock_row(run)
                if (run.state, run.worker) != (RUNNING, token):
                    raise _TakenAway(job.name)
                run.state, run.result, run.finished_at = DONE, said[:400], clock.now()
        except Exception as error:
            incident = secrets.token_hex(4).upper()
            log.error("incident", incident=incident, job=job.name, exc_info=error)
            _finish(run_id, token, FAILED, error=type(error).__name__, incident=incident)
            return False
    return True


def _finish(run_id: int, token: str, state: str, **values: Any) -> None:
    with durable() as own:
        own.execute(
            sa.update(JobRun).where(JobRun.id == run_id, JobRun.worker == token).values(state=state, finished_at=clock.now(), **values)
        )
