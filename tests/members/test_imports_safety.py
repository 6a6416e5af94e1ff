"""What must hold when two import at once, when the process dies, and when a large file is written in the background."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.members.rosters import AS_OF, all_rows, applied, csv_file, row, staged, undone
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import DONE, FAILED, Task
from unionops.members.models import Membership, Person, RosterImport, Unit
from unionops.members.queries import imports as queries
from unionops.members.services import imports
from unionops.values.problems import RuleBroken

ROOT = Path(__file__).parents[2]


def at_once(app: Flask, *works) -> list[BaseException | None]:
    """Runs each work in a thread of its own, all begun together; what each raised."""
    ready = threading.Barrier(len(works))
    raised: list[BaseException | None] = [None] * len(works)

    def run(place: int) -> None:
        with app.app_context():
            ready.wait()
            try:
                works[place]()
            except BaseException as error:
                raised[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    db.session.rollback()
    db.session.remove()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def two_imports_of_one_file(app: Flask) -> None:
    batch = staged(csv_file([row(n) for n in range(1, 40)])).id

    def work() -> None:
        with unit_of_work("test", "test"):
            imports.apply(db.session.get_one(RosterImport, batch), None, AS_OF)

    raised = at_once(app, work, work)
    assert [type(one) for one in raised if one is not None] in ([RuleBroken], [imports.Stale])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 39
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 39


def two_files_naming_the_same_people(app: Flask) -> None:
    first = staged(csv_file([row(n) for n in range(1, 40)])).id
    second = staged(csv_file([row(n, 手機="0911222333") for n in range(20, 60)]), "b.csv").id
    tokens = {batch: queries.preview(db.session.get_one(RosterImport, batch)).token for batch in (first, second)}

    def work(batch: int):
        def run() -> None:
            with unit_of_work("test", "test"):
                imports.apply(db.session.get_one(RosterImport, batch), None, AS_OF, seen=tokens[batch])

        return run

    raised = at_once(app, work(first), work(second))
    assert [type(one) for one in raised if one is not None] == [imports.Stale]  # Whoever came second looks again.
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Person))
    assert count in (39, 40)
    late = first if db.session.get_one(RosterImport, first).state == "read" else second
    applied(db.session.get_one(RosterImport, late))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 59


@pytest.mark.parametrize("story", [two_imports_of_one_file, two_files_naming_the_same_people])
def test_two_at_once_on_sqlite(app, story):
    story(app)


@pytest.mark.parametrize("story", [two_imports_of_one_file, two_files_naming_the_same_people])
def test_two_at_once_on_postgresql(pg_app, story):
    story(pg_app)


def test_a_whole_import_and_its_undo_on_postgresql(pg_app):
    first = staged(csv_file([row(n) for n in range(1, 30)]))
    applied(first)
    before = all_rows()
    second = staged(csv_file([row(n, "陳志明" if n == 3 else "林佳慧", 手機="0911222333", 組別="第二組", 投保薪資="43900") for n in range(1, 35)]), "b.csv")
    counts = applied(second)
    assert (counts["changed"], counts["created"], counts["duplicate"]) == (28, 5, 1)
    undone(second)
    assert all_rows() == before


# The process dies ------------------------------------------------------------------------------------------------------

KILLED = """
import sys, time
from pathlib import Path
from config import TestConfig
from unionops.app import create_app
from unionops.core.db import db, unit_of_work
from unionops.members.models import RosterImport
from unionops.members.services import imports
import datetime
app = create_app(TestConfig(sys.argv[1], home=Path(sys.argv[2])))
def tell(done, total):
    print("writing", flush=True)
    if done * 10 >= total * 5:
        time.sleep(60)
with app.app_context(), unit_of_work("test", "test"):
    imports.apply(db.session.get_one(RosterImport, int(sys.argv[3])), None, datetime.date(2026, 3, 25), tell=tell)
"""


def killed_in_the_middle(app: Flask, url: str, home: Path) -> None:
    batch = staged(csv_file([row(n) for n in range(1, 200)])).id
    before = all_rows()
    db.session.remove()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(home), str(batch)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert process.stdout.readline() == "writing\n"  # People are in, memberships too; the rest is not.
        time.sleep(0.2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        process.stdout.close()
    assert all_rows() == before
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Unit)) == 0
    assert db.session.get_one(RosterImport, batch).state == "read"
    applied(db.session.get_one(RosterImport, batch))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 199


def test_killed_while_writing_on_sqlite(app):
    killed_in_the_middle(app, app.config["SQLALCHEMY_DATABASE_URI"], app.config["HOME"])


def test_killed_while_writing_on_postgresql(pg_app):
    killed_in_the_middle(pg_app, pg_app.config["SQLALCHEMY_DATABASE_URI"], pg_app.config["HOME"])


# In the background -----------------------------------------------------------------------------------------------------


@pytest.fixture
def large(monkeypatch) -> None:
    monkeypatch.setattr(queries, "AT_ONCE", 5)


def test_a_large_file_is_written_in_the_background(app, browser, make_user, large):
    user = make_user("staff", name="張雅婷")
    office = browser.as_(user)
    batch = staged(csv_file([row(n) for n in range(1, 20)]), user=user).id
    office.post("members.check_import", import_id=batch)
    assert tasks.work_once()
    page = office.get("members.apply_import", import_id=batch)
    assert "會在背景進行" in page.text
    page = office.post("members.apply_import", {"seen": page.value("seen")}, import_id=batch)
    task = db.session.scalars(sa.select(Task).order_by(Task.id.desc())).first()
    assert page.location == f"/jobs/tasks/{task.id}"
    # While it waits, nothing else may be done with the file.
    for screen in ("import_preview", "apply_import"):
        assert office.get(f"members.{screen}", import_id=batch, status=302).location == f"/members/imports/{batch}/check"
    assert office.get("members.check_import", import_id=batch, status=302).location == page.location
    with pytest.raises(RuleBroken, match="正在背景匯入"):
        applied(db.session.get_one(RosterImport, batch))
    assert tasks.work_once()
    db.session.expire_all()
    done = db.session.get_one(Task, task.id)
    assert (done.state, done.problems) == (DONE, [])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 19
    assert "看結果" in office.get("jobs.task", task_id=task.id).text
    assert "新增 19" in office.get("members.import_result", import_id=batch).text


def test_a_stale_preview_fails_in_the_background_with_its_reason(app, make_user, large):
    user = make_user("staff")
    batch = staged(csv_file([row(n) for n in range(1, 20)]), user=user).id
    with unit_of_work("test", "test"):
        imports.apply_later(db.session.get_one(RosterImport, batch), user, AS_OF, seen="of another day", again=False)
    assert tasks.work_once()
    db.session.expire_all()
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.state, task.incident) == (FAILED, "")
    assert "預覽之後資料有更動" in task.problems[0]["message"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    applied(db.session.get_one(RosterImport, batch))  # It is open again.


def test_a_cancelled_background_import_writes_nothing(app, make_user, large):
    user = make_user("staff")
    batch = staged(csv_file([row(n) for n in range(1, 20)]), user=user).id
    with unit_of_work("test", "test"):
        token = queries.preview(db.session.get_one(RosterImport, batch)).token
        task = imports.apply_later(db.session.get_one(RosterImport, batch), user, AS_OF, seen=token, again=False)
    with unit_of_work("test", "test"):
        tasks.cancel(db.session.get_one(Task, task.id), clock.now())
    assert not tasks.work_once()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    applied(db.session.get_one(RosterImport, batch))
