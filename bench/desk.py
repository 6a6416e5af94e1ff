"""The counter while everybody is billed behind it: the desk and the page that takes one member's money, during a run in another process.

`python -m bench.desk <database url> <folder>` is that process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Thread
from time import perf_counter

import sqlalchemy as sa

from bench import data, dues, processes
from bench.measures import Caller, counted, signed_in
from bench.report import Section, seconds
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.members.models import BillDraft, BillRun
from unionops.members.rules.dues import months_on
from unionops.members.services.dues import drafts

AT_MOST = 1.0
"""Seconds that any request may hold a worker."""
ROUNDS = 20
PAGES = ("/dues/", "/dues/{person}/take")
"""The desk, and the page of one member: that one logs who looked, and so writes."""


def counter(homes: data.Homes, kinds: Sequence[str], sizes: Sequence[int], *, quick: bool) -> Section:
    section = Section(
        "The desk during a bill run",
        f"The desk and the page that takes one member's money (which logs who looked): alone (median of {ROUNDS}), and one after the other while another "
        f"process does the two background tasks of a run for everybody, the preview and the run itself, SQLite having one writer at a time. The longest may take {AT_MOST:g} s, and both send as many SQL statements as before.",
        ("database", "members", "both tasks", "desk alone", "longest", "member alone", "longest", "pages shown", "statements", "at most"),
    )
    for size in sizes:
        for kind in kinds:
            app = homes.new(kind, f"desk_{size}")
            data.fill(app, size)
            dues.fill(app, size)
            browser = signed_in(app, data.staff(app))
            with app.app_context():
                url = db.engine.url.render_as_string(hide_password=False)
            alone = [_alone(browser, page, size) for page in PAGES]
            taken, longest, shown, sent = _during(browser, url, homes.folder, size)
            is_held = max(longest) <= AT_MOST and sent == [count for _time, count in alone]
            section.add(
                kind, f"{size:,}", seconds(taken), *(cell for (usual, _count), most in zip(alone, longest, strict=True) for cell in (seconds(usual), seconds(most))),
                str(shown), " + ".join(map(str, sent)), seconds(AT_MOST), ok=None if quick else is_held,
            )
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
    return section


def _path(page: str, at: int, size: int) -> str:
    return page.format(person=at * 10 % size + 1)  # One in ten has left; these have not.


def _alone(browser: Caller, page: str, size: int) -> tuple[float, int]:
    browser(_path(page, 0, size))
    found = statistics.median(browser(_path(page, at, size)) for at in range(ROUNDS))
    with counted() as seen:
        browser(_path(page, 1, size))
    return found, len(seen)


def _during(browser: Caller, url: str, folder: Path, size: int) -> tuple[float, list[float], int, list[int]]:
    """How long the run took, the longest of each page meanwhile, how many were shown, and the statements of the last of each."""
    process = subprocess.Popen([sys.executable, "-m", "bench.desk", url, str(folder)], cwd=processes.ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # It has started and begins now.
    ended: list[str] = []
    waiter = Thread(target=lambda: ended.append(process.stdout.read() if process.stdout else ""))
    waiter.start()
    longest, sent, shown = [0.0] * len(PAGES), [0] * len(PAGES), 0
    while waiter.is_alive() or not shown:
        for place, page in enumerate(PAGES):
            with counted() as seen:
                longest[place] = max(longest[place], browser(_path(page, shown, size)))
            sent[place] = len(seen)
            shown += 1
    waiter.join()
    if process.wait():
        raise RuntimeError("the run failed")
    return float(ended[0]), longest, shown, sent


def _process(url: str, folder: str) -> None:
    app = data.app_on(url, Path(folder))
    today: date = clock.today()
    with app.app_context():
        db.session.connection()
        db.session.rollback()
        print("begun", flush=True)
        begun = perf_counter()
        with unit_of_work("bench", "bench"):
            draft = drafts.begin([dues.SCHEME], months_on(today.replace(day=1), 1), title="bench", due_on=None, user=None, today=today).id
        tasks.work_once()
        with unit_of_work("bench", "bench"):
            drafts.make_later(db.session.get_one(BillDraft, draft), None, today=today)
        tasks.work_once()
        if db.session.scalar(sa.select(BillRun.id).where(BillRun.title == "bench")) is None:
            raise RuntimeError("the run failed")
        print(perf_counter() - begun, flush=True)


if __name__ == "__main__":
    _process(*sys.argv[1:])
