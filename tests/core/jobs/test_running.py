"""One run of one job: once, all or nothing, caught up once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from tests.core.jobs.conftest import counted, run_states, scalar, wait_for
from unionops.core.audit.models import AuditEntry
from unionops.core.clock import TAIPEI
from unionops.core.db import durable
from unionops.core.jobs import running
from unionops.core.jobs.jobs import tidy
from unionops.core.jobs.models import DONE, FAILED, RUNNING, SKIPPED, JobRun
from unionops.core.jobs.registry import JOBS

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=TAIPEI)
COUNT = "test.count"


def past(state: str = DONE, due: datetime = NOW - timedelta(days=40), **values: object) -> None:
    with durable() as own:
        own.add(JobRun(job=COUNT, scheduled_at=due, state=state, **values))


def test_runs_once_for_one_due_time(home):
    assert running.run_due(JOBS[COUNT], NOW) is True
    assert running.run_due(JOBS[COUNT], NOW + timedelta(hours=3)) is False
    assert counted(COUNT) == 1
    assert running.run_due(JOBS[COUNT], NOW + timedelta(days=1)) is True
    assert counted(COUNT) == 2
    assert scalar(sa.select(JobRun.result).order_by(JobRun.id.desc())) == "第 2 次"
    assert scalar(sa.select(JobRun.scheduled_at)) == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_a_failing_job_changes_nothing_and_is_shown_with_its_incident(home):
    with capture_logs() as logs:
        assert running.run_due(JOBS["test.fail"], NOW) is False
    assert counted("test.fail") == 0
    assert run_states("test.fail") == [FAILED]
    incident = scalar(sa.select(JobRun.incident))
    assert [log["incident"] for log in logs if log["event"] == "incident"] == [incident]
    assert scalar(sa.select(JobRun.error)) == "LookupError"  # The text of an error may hold what nobody should read.
    assert running.run_due(JOBS["test.fail"], NOW) is False
    assert run_states("test.fail") == [FAILED]


def test_what_a_job_does_is_audited_under_its_name(home, monkeypatch):
    from unionops.core.accounts.models import User
    from unionops.core.db import db
    from unionops.core.jobs.registry import Job

    job = Job("test.adds", lambda: db.session.add(User(username="a", name="甲")), "* * * * *", "")
    assert running.run_due(job, NOW)
    assert scalar(sa.select(AuditEntry.source)) == "job test.adds"
    assert scalar(sa.select(AuditEntry.actor)) == "排程"


def test_missed_days_are_caught_up_once(home):
    past()
    past_fail = JOBS["test.fail"].last_due(NOW)
    with durable() as own:
        own.add(JobRun(job="test.fail", scheduled_at=past_fail, state=DONE))
    assert running.catch_up(NOW) == [COUNT]
    assert counted(COUNT) == 1
    assert running.catch_up(NOW) == []
    assert run_states() == [DONE, DONE]


def test_a_new_job_missed_nothing_but_counts_from_now_on(home):
    assert running.catch_up(NOW) == []
    assert (counted(COUNT), run_states()) == (0, [SKIPPED])
    assert running.catch_up(NOW + timedelta(hours=1)) == []
    assert running.catch_up(NOW + timedelta(days=3)) == [COUNT]
    assert counted(COUNT) == 1


def test_asked_for(home):
    from unionops.core.db import unit_of_work

    with unit_of_work("林秘書", "test"):
        running.ask(COUNT, "林秘書", NOW)
    assert counted(COUNT) == 0
    assert running.work_asked() is True
    assert running.work_asked() is False
    assert (counted(COUNT), run_states()) == (1, [DONE])


def test_an_interrupted_run_is_taken_up_again_at_most_three_times(home):
    past(RUNNING, attempts=2, worker="gone")
    assert running.take_up_interrupted() == 1
    assert running.work_asked() is True
    assert (counted(COUNT), run_states()) == (1, [DONE])
    past(RUNNING, NOW, attempts=3, worker="gone")
    running.take_up_interrupted()
    assert run_states() == [DONE, FAILED]


def test_a_run_that_was_taken_away_meanwhile_leaves_nothing(home, monkeypatch):
    past(RUNNING, worker="somebody else")
    run_id = scalar(sa.select(JobRun.id))
    assert running._work(JOBS[COUNT], (run_id, "mine")) is False
    assert (counted(COUNT), run_states()) == (0, [RUNNING])


def test_tidy_keeps_the_newest_of_every_job_and_what_failed(home):
    past(DONE, NOW - timedelta(days=400))
    past(FAILED, NOW - timedelta(days=100))
    past(DONE, NOW - timedelta(days=99))
    past(DONE, NOW - timedelta(days=50))
    assert tidy(NOW) == "2 + 0 + 0"
    assert run_states() == [FAILED, DONE]


def test_two_processes_at_the_same_moment_run_it_once(app, home, process):
    children = [process(app, "due") for _ in range(2)]
    for child in children:
        wait_for(lambda child=child: "ready" in child.stdout.readline())
    (home / "go").touch()
    said = sorted(child.communicate(timeout=60)[0].split()[-1] for child in children)
    assert said == ["False", "True"]
    assert counted(COUNT) == 1
    assert run_states() == [DONE]


def test_a_killed_job_did_nothing_and_is_taken_up(app, home, process):
    (home / "hold").touch()
    child = process(app, "due")
    (home / "go").touch()
    wait_for((home / "begun").exists)
    child.kill()
    child.wait()
    (home / "hold").unlink()
    assert (counted(COUNT), run_states()) == (0, [RUNNING])
    running.take_up_interrupted()
    assert running.work_asked()
    assert (counted(COUNT), run_states()) == (1, [DONE])


@pytest.mark.parametrize("arguments", [["list"], ["run", COUNT], ["work", "--once"]])
def test_commands(app, home, arguments):
    result = app.test_cli_runner().invoke(args=["jobs", *arguments])
    assert result.exit_code == 0, result.output
    assert counted(COUNT) == (1 if "run" in arguments else 0)


def test_commands_say_what_went_wrong(app, home):
    run = app.test_cli_runner().invoke
    assert run(args=["jobs", "run", "no.such"]).exit_code == 2
    with capture_logs():
        assert run(args=["jobs", "run", "test.fail"]).exit_code == 1
    assert run_states("test.fail") == [FAILED]
