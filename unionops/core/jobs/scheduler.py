"""The one process that runs what the clock and the people ask for: jobs by cron, runs asked for, background tasks.

``run`` holds a lock for as long as it lives; a second one waits and takes over. Should two run all the same, the unique
row of every run lets nothing happen twice.
"""

from __future__ import annotations

import fcntl
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from unionops.core import clock
from unionops.core.clock import TAIPEI
from unionops.core.db import db
from unionops.core.jobs import running, tasks
from unionops.core.jobs.models import JobRun
from unionops.core.jobs.registry import JOBS

ADVISORY_LOCK = 0x756E696F6E6F7073
"""The PostgreSQL lock of the scheduler; such locks are per database."""
ASK_SECONDS = 1.0
log = structlog.get_logger()


def run(app: Flask) -> None:
    """Runs until SIGTERM or SIGINT; the job at work is finished first, a task waits for the next scheduler.

    Ends with exit status 1 when the database has no tables yet, or when the connection that holds the lock is lost.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with app.app_context():
        _check_database()
        with _alone(stopping) as still_alone:
            if still_alone is not None:
                log.info("scheduler started")
                _tick(app, stopping, still_alone)
                log.info("scheduler ended")


def _tick(app: Flask, stopping: threading.Event, still_alone: Callable[[], bool]) -> None:
    running.take_up_interrupted()
    clockwork = BackgroundScheduler(timezone=TAIPEI, executors={"default": ThreadPoolExecutor(1)})
    clockwork.add_job(partial(_inside, app, lambda: running.catch_up(clock.now())), id="catch up", misfire_grace_time=None)
    for job in JOBS.values():
        clockwork.add_job(
            partial(_inside, app, lambda job=job: running.run_due(job, clock.now())),
            job.trigger, id=job.name, coalesce=True, misfire_grace_time=None, max_instances=1,
        )
    clockwork.start()
    worker = threading.Thread(target=_work, args=(app, stopping), name="worker")
    worker.start()
    try:
        while not stopping.wait(ASK_SECONDS):
            if not still_alone():
                log.error("the scheduler's lock was lost")
                sys.exit(1)
    finally:
        stopping.set()
        clockwork.shutdown(wait=True)
        worker.join()


def _work(app: Flask, stopping: threading.Event) -> None:
    while not stopping.is_set():
        worked = _inside(app, running.work_asked)
        worked = _inside(app, partial(tasks.work_once, stopping)) or worked
        if not worked:
            _inside(app, lambda: tasks.give_up_stale(clock.now()))
            stopping.wait(ASK_SECONDS)


def _inside(app: Flask, what: Callable[[], Any]) -> Any:
    """In the app's context; a database that is away for a moment must not end the scheduler."""
    with app.app_context():
        try:
            return what()
        except DBAPIError as error:
            log.error("scheduler", exc_info=error)
            return None


def _check_database() -> None:
    try:
        with db.engine.connect() as connection:
            connection.execute(sa.select(JobRun.id).limit(1))
    except DBAPIError as error:
        log.error("the database is not ready; start `up` first, or upgrade it", error=str(error.orig))
        sys.exit(1)


# --- one scheduler at a time ------------------------------------------------------------------------------------------


@contextmanager
def _alone(stopping: threading.Event) -> Iterator[Callable[[], bool] | None]:
    """Waits for the lock; gives the question whether it is still held, or None if told to end while waiting."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            got = _wait(lambda: bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(ADVISORY_LOCK)))), stopping)
            yield partial(_answers, connection) if got else None
            if got and not connection.invalidated:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(ADVISORY_LOCK)))  # The pool keeps the connection.
    else:
        name = db.engine.url.database
        path = Path(f"{name}.scheduler.lock") if name else Path(current_app.config["HOME"]) / "scheduler.lock"
        with path.open("a") as file:
            got = _wait(lambda: _try_file(file), stopping)
            yield (lambda: True) if got else None


def _wait(attempt: Callable[[], bool], stopping: threading.Event) -> bool:
    told = False
    while not attempt():
        if not told:
            log.info("another scheduler is running; waiting to take over")
            told = True
        if stopping.wait(ASK_SECONDS):
            return False
    return True


def _try_file(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers(connection: sa.Connection) -> bool:
    try:
        connection.execute(sa.text("SELECT 1"))
    except DBAPIError:
        return False
    return True
