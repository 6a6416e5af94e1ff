"""A process that reminds: ``python work.py URL HOME schedule|remind``. Inside its unit, everything written and nothing committed, it waits
for as long as the file ``hold`` is there."""

from __future__ import annotations

import os
import sys
import time
from datetime import date
from pathlib import Path

from flask import current_app

from unionops.core import clock
from unionops.core.calendar import reminding
from unionops.core.db import db, unit_of_work
from unionops.core.jobs.registry import JOBS, Job

NAME = "calendar.remind"


def held(today: date) -> str:
    home = Path(current_app.config["HOME"])
    told = reminding.remind(today)
    db.session.flush()
    with (home / "begun").open("a") as file:
        file.write(f"{os.getpid()}\n")
    while (home / "hold").exists():
        time.sleep(0.02)
    return str(told)


def main(url: str, home: str, what: str) -> None:
    from config import TestConfig
    from unionops.app import create_app
    from unionops.core.jobs import scheduler

    app = create_app(TestConfig(url, home=Path(home)))
    known = JOBS[NAME]
    JOBS.clear()
    JOBS[NAME] = Job(NAME, held, known.cron, known.title)
    if what == "schedule":
        scheduler.run(app)
        return
    with app.app_context():
        print("ready", flush=True)
        while not (Path(home) / "go").exists():
            time.sleep(0.001)
        with unit_of_work("測試", "test"):
            print(reminding.remind(clock.today()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
