"""Background tasks: worked once, all or nothing, stopped, given up, begun anew."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.core.jobs.conftest import counted, scalar, task_now, wait_for
from unionops.core import clock
from unionops.core.db import db, next_number, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Task
from unionops.core.jobs.tasks import Work
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ROWS = "test.rows"


def start(kind: str = "test.write", **arguments: object) -> int:
    with unit_of_work("林秘書", "test"):
        return tasks.start(kind, None, **arguments).id


@pytest.fixture
def kind(monkeypatch):
    """``kind(function)`` registers a task for one test; its name."""

    def register(function, retry: bool = False) -> str:
        monkeypatch.setitem(tasks.KINDS, "test.own", tasks.Kind("test.own", function, "測試", retry))
        return "test.own"

    return register


def test_worked_once_and_its_result_is_kept(home):
    task_id = start(rows=5)
    assert task_now(task_id).state == WAITING
    assert tasks.work_once() is True
    assert tasks.work_once() is False
    done = task_now(task_id)
    assert (done.state, done.result, done.link["endpoint"], done.attempts) == (DONE, {"rows": 5}, "jobs.my_tasks", 1)
    assert (done.total, done.message, done.params) == (5, "讀取 %(name)s", {"name": "名冊"})
    assert done.finished_at >= done.started_at >= done.created_at
    assert counted(ROWS) == 5


def test_the_oldest_is_worked_first(home):
    first, second = start(), start()
    tasks.work_once()
    assert (task_now(first).state, task_now(second).state) == (DONE, WAITING)


def test_only_what_was_committed_is_begun(home):
    with pytest.raises(ZeroDivisionError), unit_of_work("林秘書", "test"):
        tasks.start("test.write", None, rows=1 // 0)
    assert tasks.work_once() is False


def test_wrong_kinds_and_arguments_are_refused_at_once(home):
    with pytest.raises(KeyError):
        tasks.start("no.such", None)
    with pytest.raises(TypeError):
        tasks.start("test.write", None, lines=3)


def test_a_refusal_is_told_with_its_figures(home, kind):
    def refuse(work: Work) -> None:
        with work.applying():
            next_number(ROWS)
            raise RuleBroken(problem("file", "第 %(row)s 列有誤", row=3))

    task_id = start(kind(refuse))
    tasks.work_once()
    failed = task_now(task_id)
    assert (failed.state, failed.problems, failed.incident) == (FAILED, [{"message": "第 %(row)s 列有誤", "params": {"row": 3}}], "")
    assert counted(ROWS) == 0


def test_an_error_has_an_incident_and_leaves_nothing(home, kind):
    def fail(work: Work) -> None:
        with work.applying():
            next_number(ROWS)
            raise OSError("disk full")

    task_id = start(kind(fail))
    with capture_logs() as logs:
        tasks.work_once()
    failed = task_now(task_id)
    assert (failed.state, counted(ROWS)) == (FAILED, 0)
    assert failed.incident in [log.get("incident") for log in logs]


def test_writing_outside_the_unit_is_an_error(home, kind):
    def careless(work: Work) -> None:
        next_number(ROWS)

    task_id = start(kind(careless))
    with capture_logs():
        tasks.work_once()
    assert (task_now(task_id).state, counted(ROWS)) == (FAILED, 0)


def test_a_second_unit_is_an_error(home, kind):
    def twice(work: Work) -> None:
        with work.applying():
            next_number(ROWS)
        with work.applying():
            next_number(ROWS)

    task_id = start(kind(twice))
    with capture_logs() as logs:
        tasks.work_once()
    assert (task_now(task_id).state, counted(ROWS)) == (DONE, 1)  # The first unit stands; that there was more is in the log.
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["incident"]


def test_progress_inside_the_unit_does_not_wait_for_itself(home, kind):
    def tell(work: Work) -> None:
        work.progress(1, 3, "讀")
        with work.applying():
            next_number(ROWS)
            db.session.flush()
            for row in range(3):
                work.progress(row, 3, "寫")
            assert work.cancelled() is False

    task_id = start(kind(tell))
    tasks.work_once()
    assert (task_now(task_id).state, counted(ROWS)) == (DONE, 1)


def test_a_task_without_writing_keeps_a_record_and_a_file(home, kind):
    def make(work: Work) -> None:
        work.file("名冊.csv").write_text("a,b")
        work.finish(ref=Ref("thing", 3), count=1)

    task_id = start(kind(make))
    tasks.work_once()
    done = task_now(task_id)
    assert (done.state, done.result_ref, done.result, done.file_name) == (DONE, Ref("thing", 3), {"count": 1}, "名冊.csv")
    assert tasks.file_of(task_id) == b"a,b"


def test_a_file_is_kept_encrypted_and_for_its_own_task_only(home, kind):
    def make(work: Work) -> None:
        work.file("名冊.csv").write_text("A123456789")
        with work.applying():
            next_number(ROWS)

    first, second = start(kind(make)), start("test.own")
    tasks.work_once(), tasks.work_once()
    assert tasks.file_of(first) == b"A123456789"
    kept = [path for path in (home / "tasks").rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert not any(b"A123456789" in path.read_bytes() for path in kept)
    (home / "tasks" / str(first) / "sealed").replace(home / "tasks" / str(second) / "sealed")
    with pytest.raises(ValueError, match="cannot be decrypted"):
        tasks.file_of(second)


@pytest.mark.parametrize("how", ["fails", "refused", "cancelled", "stopped", "given up"])
def test_a_file_goes_with_a_task_that_does_not_come_to_its_end(home, kind, how):
    stopping = threading.Event()

    def make(work: Work) -> None:
        work.file("名冊.csv").write_text("A123456789")
        if how == "given up":
            tasks.give_up_stale(clock.now() + timedelta(minutes=5))
        if how == "stopped":
            stopping.set()
            work.progress(1)
        raise {"fails": OSError("disk full"), "refused": RuleBroken(problem("", "不行")), "cancelled": tasks.Cancelled()}.get(how, tasks._TakenAway())

    start(kind(make))
    with capture_logs():
        tasks.work_once(stopping)
    assert list((home / "tasks").iterdir()) == []


def cancel(task_id: int) -> bool:
    with unit_of_work("林秘書", "test"):
        return tasks.cancel(db.session.get_one(Task, task_id), clock.now())


def test_cancelled_while_waiting(home):
    task_id = start()
    assert cancel(task_id) is True
    assert tasks.work_once() is False
    assert (task_now(task_id).state, cancel(task_id)) == (CANCELLED, False)


def test_cancelled_while_computing(app, home):
    task_id = start("test.read_long")
    worker = threading.Thread(target=_work_in, args=(app,))
    worker.start()
    wait_for((home / "begun").exists)
    assert cancel(task_id) is True
    worker.join(timeout=20)
    assert task_now(task_id).state == CANCELLED


def test_cancelled_just_before_it_applies(home, kind):
    def late(work: Work) -> None:
        cancel(work.id)
        with work.applying():
            next_number(ROWS)

    task_id = start(kind(late))
    tasks.work_once()
    assert (task_now(task_id).state, counted(ROWS)) == (CANCELLED, 0)


def test_an_orderly_end_of_the_process_puts_it_back(app, home):
    task_id = start("test.read_long")
    stopping = threading.Event()
    worker = threading.Thread(target=_work_in, args=(app, stopping))
    worker.start()
    wait_for((home / "begun").exists)
    stopping.set()
    worker.join(timeout=20)
    back = task_now(task_id)
    assert (back.state, back.attempts, back.worker) == (WAITING, 0, "")


def _work_in(app, stopping=None) -> None:
    with app.app_context():
        tasks.work_once(stopping)


def test_given_up_meanwhile_nothing_stays(home, kind):
    def slow(work: Work) -> None:
        assert tasks.give_up_stale(clock.now() + timedelta(minutes=5)) == 1
        with work.applying():
            next_number(ROWS)

    task_id = start(kind(slow))
    with capture_logs():
        tasks.work_once()
    assert (task_now(task_id).state, counted(ROWS)) == (FAILED, 0)


def kill_in_the_middle(app, home, process, kind_name: str) -> int:
    task_id = start(kind_name)
    (home / "hold").touch()
    child = process(app, "tasks")
    wait_for((home / "begun").exists)
    child.kill()
    child.wait()
    (home / "hold").unlink()
    assert (task_now(task_id).state, counted(ROWS)) == (RUNNING, 0)
    assert tasks.give_up_stale(clock.now()) == 0  # Its last sign is young.
    assert tasks.give_up_stale(clock.now() + 2 * tasks.STALE) == 1
    return task_id


def test_a_killed_worker_leaves_nothing_and_the_task_fails(app, home, process):
    task_id = kill_in_the_middle(app, home, process, "test.write")
    failed = task_now(task_id)
    assert (failed.state, failed.problems[0]["message"]) == (FAILED, tasks.INTERRUPTED.message)
    assert tasks.work_once() is False


def test_a_killed_worker_s_task_is_begun_anew_when_it_may(app, home, process):
    task_id = kill_in_the_middle(app, home, process, "test.write_again")
    assert tasks.work_once() is True
    again = task_now(task_id)
    assert (again.state, again.attempts, counted(ROWS)) == (DONE, 2, 3)


def test_begun_anew_three_times_at_most(home, kind):
    def lost(work: Work) -> None:
        raise tasks._TakenAway  # As if it stopped without a word.

    task_id = start(kind(lost, retry=True))
    for _ in range(3):
        with capture_logs():
            assert tasks.work_once() is True
        tasks.give_up_stale(clock.now() + timedelta(minutes=5))
    assert (task_now(task_id).state, task_now(task_id).attempts) == (FAILED, 3)


def test_the_heart_beats_while_one_step_takes_long(home, kind, monkeypatch):
    monkeypatch.setattr(tasks, "BEAT_SECONDS", 0.05)

    def long(work: Work) -> None:
        began = task_now(work.id).heartbeat_at
        wait_for(lambda: task_now(work.id).heartbeat_at > began)

    task_id = start(kind(long))
    tasks.work_once()
    assert task_now(task_id).state == DONE


@pytest.mark.postgres
def test_killed_on_postgresql(pg_app, tmp_path, process):
    task_id = kill_in_the_middle(pg_app, tmp_path, process, "test.write_again")
    assert tasks.work_once() is True
    assert (task_now(task_id).state, counted(ROWS)) == (DONE, 3)


@pytest.mark.postgres
def test_progress_is_seen_while_applying_on_postgresql(pg_app, kind):
    seen = []

    def tell(work: Work) -> None:
        with work.applying():
            next_number(ROWS)
            db.session.flush()
            work.progress(7, 10, "寫入")
            with tasks.durable() as own:
                seen.append(own.get_one(Task, work.id).progress)

    task_id = start(kind(tell))
    tasks.work_once()
    assert (seen, task_now(task_id).state) == ([7], DONE)
    assert scalar(db.select(Task.progress)) == 7
