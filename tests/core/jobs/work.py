"""Jobs and tasks that only tests know, and a process that runs them: ``python work.py URL HOME schedule|due|tasks``.

What was committed is counted by a row (``counter``); what was begun is written into a file, which no rollback takes back.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from flask import current_app

from unionops.core import clock
from unionops.core.db import db, next_number
from unionops.core.jobs.registry import JOBS, job
from unionops.core.jobs.tasks import Work, task


def begun(what: str) -> None:
    with (Path(current_app.config["HOME"]) / "begun").open("a") as file:
        file.write(f"{what} {os.getpid()}\n")


def hold(what: str) -> None:
    """Waits, inside the unit, for as long as the file ``hold`` is there."""
    begun(what)
    while (Path(current_app.config["HOME"]) / "hold").exists():
        time.sleep(0.02)


@job("test.count", cron="0 0 * * *", title="測試計數")
def count() -> str:
    number = next_number("test.count")
    db.session.flush()
    hold("count")
    return f"第 {number} 次"


@job("test.fail", cron="0 0 * * *", title="測試失敗")
def fail() -> None:
    next_number("test.fail")
    raise LookupError("A123456789 secret")


def _write(work: Work, rows: int) -> None:
    for row in range(rows):
        work.progress(row, rows, "讀取 %(name)s", name="名冊")
    with work.applying():
        next_number("test.rows", rows)
        db.session.flush()
        hold("task")
        work.finish(endpoint="jobs.my_tasks", rows=rows)


@task("test.write", title="測試寫入")
def write(work: Work, *, rows: int = 3) -> None:
    _write(work, rows)


@task("test.write_again", title="測試重試", retry=True)
def write_again(work: Work, *, rows: int = 3) -> None:
    _write(work, rows)


@task("test.read_long", title="測試長讀")
def read_long(work: Work) -> None:
    begun("read")
    while True:
        work.progress(1, None, "讀取中")
        time.sleep(0.05)


def main(url: str, home: str, what: str) -> None:
    from config import TestConfig
    from unionops.app import create_app
    from unionops.core.jobs import running, scheduler, tasks

    app = create_app(TestConfig(url, home=Path(home)))
    for name in [name for name in JOBS if not name.startswith("test.")]:
        del JOBS[name]
    JOBS.pop("test.fail")
    if what == "schedule":
        scheduler.run(app)
        return
    with app.app_context():
        if what == "due":
            print("ready", flush=True)
            while not (Path(home) / "go").exists():
                time.sleep(0.001)
            print(running.run_due(JOBS["test.count"], clock.now()))
        else:
            tasks.work_once()


if __name__ == "__main__":
    main(*sys.argv[1:])
