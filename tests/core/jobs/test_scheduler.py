"""The scheduler as a process: one at a time, taken over, nothing twice, an orderly end."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.core.jobs.conftest import counted, run_states, scalar, wait_for
from unionops.core import clock
from unionops.core.db import durable, unit_of_work
from unionops.core.jobs import running, tasks
from unionops.core.jobs.models import DONE, JobRun, Task

COUNT = "test.count"


def two_at_once(app, process) -> None:
    with durable() as own:
        own.add(JobRun(job=COUNT, scheduled_at=clock.now() - timedelta(days=40), state=DONE))
    one, other = process(app, "schedule"), process(app, "schedule")
    wait_for(lambda: run_states() == [DONE, DONE])
    assert counted(COUNT) == 1

    holder, waiting = (one, other) if _began(one, other) is one else (other, one)
    with unit_of_work("林秘書", "test"):
        running.ask(COUNT, "林秘書", clock.now())
        task_id = tasks.start("test.write", None, rows=2).id
    wait_for(lambda: scalar(sa.select(Task.state).where(Task.id == task_id)) == DONE and run_states() == [DONE] * 3)
    assert (counted(COUNT), counted("test.rows")) == (2, 2)

    holder.kill()  # Without a word; the other takes over.
    holder.wait()
    with unit_of_work("林秘書", "test"):
        running.ask(COUNT, "林秘書", clock.now())
    wait_for(lambda: run_states() == [DONE] * 4)
    assert counted(COUNT) == 3

    waiting.send_signal(signal.SIGTERM)
    said = waiting.communicate(timeout=30)[0]
    assert waiting.returncode == 0, said
    assert "scheduler ended" in said


def _began(one, other):
    """Which of the two holds the lock: its first word says so."""
    first = one.stdout.readline()
    assert other.stdout.readline()
    return one if "scheduler started" in first else other


def test_two_started_at_once_run_nothing_twice(app, home, process):
    two_at_once(app, process)


@pytest.mark.postgres
def test_two_started_at_once_run_nothing_twice_on_postgresql(pg_app, process):
    two_at_once(pg_app, process)


def test_told_to_end_while_waiting(app, home, process):
    holder = process(app, "schedule")
    wait_for(lambda: "scheduler started" in holder.stdout.readline())
    waiting = process(app, "schedule")
    wait_for(lambda: "waiting to take over" in waiting.stdout.readline())
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(timeout=30) == 0
    assert holder.poll() is None


def test_a_database_without_tables_is_said(app, home, process, monkeypatch):
    monkeypatch.setitem(app.config, "SQLALCHEMY_DATABASE_URI", f"sqlite:///{home / 'nothing.db'}")
    child = process(app, "schedule")
    said = child.communicate(timeout=30)[0]
    assert child.returncode == 1
    assert "not ready" in said


def test_the_job_at_work_is_finished_before_the_end(app, home, process):
    with durable() as own:
        own.add(JobRun(job=COUNT, scheduled_at=clock.now() - timedelta(days=40), state=DONE))
    (home / "hold").touch()
    child = process(app, "schedule")
    wait_for((home / "begun").exists)
    child.send_signal(signal.SIGTERM)
    (home / "hold").unlink()
    child.communicate(timeout=30)
    assert (child.returncode, counted(COUNT), run_states()) == (0, 1, [DONE, DONE])
