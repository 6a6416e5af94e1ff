"""Processes that run the tests' own jobs, and looks at the database that hold no lock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.core.jobs import work
from unionops.core.db import Counter, db, intent
from unionops.core.jobs.models import JobRun, Task
from unionops.core.jobs.registry import JOBS
from unionops.core.jobs.tasks import KINDS

ROOT = Path(__file__).resolve().parents[3]
# Importing ``work`` registered them; no other test may see them.
OWN_JOBS = {name: JOBS.pop(name) for name in list(JOBS) if name.startswith("test.")}
OWN_KINDS = {name: KINDS.pop(name) for name in list(KINDS) if name.startswith("test.")}


@pytest.fixture(autouse=True)
def _only_own_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's own jobs do not run here; they have their own tests."""
    for name in list(JOBS):
        monkeypatch.delitem(JOBS, name)
    for name, job in OWN_JOBS.items():
        monkeypatch.setitem(JOBS, name, job)
    for name, kind in OWN_KINDS.items():
        monkeypatch.setitem(KINDS, name, kind)


@pytest.fixture
def home(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installation's folder of this test."""
    monkeypatch.setitem(app.config, "HOME", tmp_path)
    return tmp_path


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """``process(app, "schedule")`` starts a process on the app's database; what is left is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(app: Flask, what: str) -> subprocess.Popen[str]:
        db.session.remove()
        line = [sys.executable, "-m", work.__name__, app.config["SQLALCHEMY_DATABASE_URI"], str(app.config["HOME"]), what]
        child = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def scalar(query: Any) -> Any:
    """One value, read without keeping a transaction open."""
    with intent(write=False):
        db.session.rollback()
        found = db.session.scalar(query)
        db.session.rollback()
    return found


def counted(name: str) -> int:
    """What was committed under this counter."""
    return scalar(sa.select(Counter.last).where(Counter.name == name)) or 0


def run_states(name: str = "test.count") -> list[str]:
    """The states of a job's runs, oldest first."""
    with intent(write=False):
        db.session.rollback()
        found = list(db.session.scalars(sa.select(JobRun.state).where(JobRun.job == name).order_by(JobRun.id)))
        db.session.rollback()
    return found


def task_now(task_id: int) -> Task:
    """The task as it stands, detached."""
    with intent(write=False):
        db.session.rollback()
        found = db.session.get_one(Task, task_id, populate_existing=True)
        db.session.expunge(found)
        db.session.rollback()
    return found


def wait_for(question: Callable[[], Any], seconds: float = 40) -> Any:
    """Asks until the answer is true; AssertionError after a while."""
    until = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
    return answer
