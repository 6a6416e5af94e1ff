"""Who is reminded of what, once, in one notice; by however many schedulers, whenever one of them dies."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.core.calendar import work
from tests.core.calendar.conftest import BASIS
from tests.core.jobs.conftest import run_states, scalar, wait_for
from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.calendar import reminding, services
from unionops.core.calendar.models import Deadline, Reminder
from unionops.core.db import db, durable, intent, unit_of_work
from unionops.core.jobs.models import DONE, RUNNING, JobRun
from unionops.core.jobs.registry import JOBS
from unionops.core.notify.models import Delivery, Notice, NoticeChoice
from unionops.values.refs import Ref

ROOT = Path(__file__).resolve().parents[3]


def day(days=0):
    return clock.today() + timedelta(days=days)


def run(days=0):
    """The job of the day in so many days."""
    with unit_of_work("排程", "job calendar.remind"):
        return reminding.remind(day(days))


def notices(user=None):
    found = sa.select(Notice).order_by(Notice.id)
    return list(db.session.scalars(found if user is None else found.where(Notice.user_id == user.id)))


def told():
    return list(map(tuple, db.session.execute(sa.select(Reminder.stage, Reminder.people).order_by(Reminder.id))))


# --- who and when


def test_every_day_once(put, people):
    put(30)
    assert [run(at)[0] for at in (-1, 0, 0, 1, 15, 16, 23, 27, 29, 30, 30, 31)] == [0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1]
    assert [stage for stage, _people in told()] == [30, 14, 7, 3, 1, 0, -1]


def test_what_a_closed_office_missed_is_told_once(put):
    put(30)
    assert [run(at)[0] for at in (0, 28, 29, 40, 40)] == [1, 1, 1, 1, 0]
    assert [stage for stage, _people in told()] == [30, 3, 1, -10]


def test_the_ladder_in_rows(put):
    put(0)
    for at in (0, 1, 2):
        run(at)
    assert [names for _stage, names in told()] == [["陳會務"], ["陳會務", "林總幹事"], ["陳會務", "林總幹事", "王理事長"]]


def test_who_left_is_stood_in_for(put, people):
    put(5)
    with unit_of_work("測試", "test"):
        db.session.get_one(User, people["clerk"].id).deactivated_at = clock.now()
    run()
    assert told() == [(7, ["林總幹事"])]
    assert "離職或停用" in notices(people["chief"])[0].text


def test_without_owner_the_chief(put, people):
    put(5, owner=None)
    run()
    assert told() == [(7, ["林總幹事"])]


def test_with_nobody_in_office_it_waits_until_there_is_somebody(put, people):
    put(5)
    with unit_of_work("測試", "test"):
        for one in db.session.scalars(sa.select(User)):
            one.deactivated_at = clock.now()
    assert run() == (0, 0)
    new_user("administrator", name="新管理員")
    assert run() == (1, 1)
    assert told() == [(7, ["新管理員"])]


def test_an_extension_starts_anew(put, people):
    one = put(3)
    run()
    with unit_of_work("測試", "test"):
        services.extend(db.session.get_one(Deadline, one.id), to_on=day(7), reason="x", today=day())
    assert run() == (1, 1)
    assert [stage for stage, _people in told()] == [3, 7]


def test_what_is_settled_is_left_in_peace(put, people):
    put(3)
    put(3, suffix="b")
    with unit_of_work("測試", "test"):
        services.close(Ref("user", people["chief"].id), "test.reply", how="x", now=clock.now())
        services.withdraw(Ref("user", people["chief"].id), why="x")
    assert run() == (0, 0)


# --- in which words


def test_many_in_one_notice(put, people):
    for number in range(40):
        put(number % 5, suffix=str(number))
    put(-3, suffix="late", owner="clerk")
    put(2, suffix="other", owner="other")
    assert run() == (42, 4)
    [notice] = notices(people["clerk"])
    assert "41 件，其中逾期 1 件" in notice.subject
    assert notice.text.count("\n") == reminding.MOST_LINES
    assert "其餘 11 件" in notice.text
    assert notice.text.startswith("・函復勞工局")
    assert "逾期 3 天" in notice.text.splitlines()[0]
    assert notice.url == "/calendar/?whose=all"
    [single] = notices(people["other"])
    assert single.subject.startswith("期限提醒：函復勞工局")
    assert single.ref_kind == "deadline"


def test_each_reads_his_own_language(put, people):
    with unit_of_work("測試", "test"):
        people["clerk"].locale = "en"
    put(7)
    run()
    assert day(7).isoformat() in notices(people["clerk"])[0].text


def test_confidential_matters_lose_their_words(put, people, monkeypatch):
    monkeypatch.setitem(refs.KINDS, "user", replace(refs.KINDS["user"], confidential=True))
    put(7, title="王小明性騷擾申訴調查報告")
    put(7, title="李大華個案", suffix="b")
    run()
    for one in notices():
        assert "王小明" not in one.subject + one.text
        assert "保密事項" in one.subject + one.text
    with unit_of_work("測試", "test"):
        services.hand_over(db.session.get_one(Deadline, 1), people["other"])
    assert "王小明" not in notices(people["other"])[0].subject


def test_who_switched_reminders_off_still_hears_of_duties(put, people):
    with unit_of_work("測試", "test"):
        for kind in (reminding.REMINDER, reminding.URGENT):
            db.session.add(NoticeChoice(user_id=people["clerk"].id, kind=kind, bell=False, mail="none"))
            db.session.add(NoticeChoice(user_id=people["other"].id, kind=kind, bell=False, mail="none"))
    put(7)
    put(7, kind="test.filing", owner="other")
    run()
    assert notices(people["clerk"]) == []
    assert len(notices(people["other"])) == 1
    run(8)
    assert len(notices(people["clerk"])) == 1  # Overdue: nobody is spared that.


def test_by_mail_too(put, people):
    with unit_of_work("測試", "test"):
        people["clerk"].email = "clerk@example.org"
    put(7)
    run()
    [mail] = db.session.scalars(sa.select(Delivery)).all()
    assert "函復勞工局" in mail.subject


# --- several schedulers


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(app, home, what):
        db.session.remove()
        line = [sys.executable, "-m", work.__name__, app.config["SQLALCHEMY_DATABASE_URI"], str(home), what]
        child = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def many(count=60):
    """So many deadlines of three people, all of which have something to say today; some are overdue."""
    users = [new_user("staff", name=f"會務{number}") for number in range(3)]
    new_user("secretary_general", name="林總幹事")
    new_user("president", name="王理事長")
    with unit_of_work("測試", "test"):
        for user in users:
            user.email = f"{user.username}@example.org"
        for number in range(count):
            services.put(
                Ref("user", users[0].id), "test.reply", title=f"第 {number} 件", latest_on=day(number % 10 - 3), basis=BASIS, owner=users[number % 3],
                suffix=str(number), today=day(),
            )
    db.session.remove()


def expect_once(count=60):
    """Every deadline told once, one notice and one mail to each."""
    with intent(write=False):
        db.session.rollback()
        found = Counter(db.session.scalars(sa.select(Reminder.deadline_id)))
        bells = Counter(db.session.scalars(sa.select(Notice.user_id)))
        mails = Counter(db.session.scalars(sa.select(Delivery.user_id).where(Delivery.channel == "mail")))
        db.session.rollback()
    assert (len(found), set(found.values())) == (count, {1})
    assert (len(bells), set(bells.values())) == (5, {1})
    assert (len(mails), set(mails.values())) == (3, {1})


def killed_in_the_middle(app, process, home):
    many()
    with durable() as own:
        own.add(JobRun(job=work.NAME, scheduled_at=clock.now() - timedelta(days=40), state=DONE))
    (home / "hold").touch()
    one, other = process(app, home, "schedule"), process(app, home, "schedule")
    wait_for((home / "begun").exists)
    pid = int((home / "begun").read_text().split()[0])
    assert scalar(sa.select(sa.func.count(Reminder.id))) == 0  # All written, nothing committed.
    victim, heir = (one, other) if one.pid == pid else (other, one)
    victim.kill()  # kill -9
    victim.wait()
    assert scalar(sa.select(sa.func.count(Notice.id))) == 0
    wait_for(lambda: len((home / "begun").read_text().split()) == 2)
    (home / "hold").unlink()
    wait_for(lambda: run_states(work.NAME) == [DONE, DONE])
    expect_once()
    heir.kill()
    heir.wait()
    third = process(app, home, "schedule")
    wait_for(lambda: "scheduler started" in third.stdout.readline())
    assert RUNNING not in run_states(work.NAME)
    expect_once()


def both_at_once(app, process, home):
    many()
    running = [process(app, home, "remind") for _number in range(2)]
    for child in running:
        assert child.stdout.readline().strip() == "ready"
    (home / "go").touch()
    said = sorted(child.communicate(timeout=60)[0].strip() for child in running)
    assert said == ["(0, 0)", "(60, 5)"]
    expect_once()


def test_one_of_two_schedulers_is_killed_in_the_middle(app, process, tmp_path):
    killed_in_the_middle(app, process, tmp_path)


@pytest.mark.postgres
def test_one_of_two_schedulers_is_killed_in_the_middle_on_postgresql(pg_app, process, tmp_path):
    killed_in_the_middle(pg_app, process, tmp_path)


def test_all_at_once_remind_once(app, process, tmp_path):
    both_at_once(app, process, tmp_path)


@pytest.mark.postgres
def test_all_at_once_remind_once_on_postgresql(pg_app, process, tmp_path):
    both_at_once(pg_app, process, tmp_path)


def test_it_is_the_job_of_every_morning(app):
    job = JOBS[work.NAME]
    assert job.cron == "30 7 * * *"
    assert job.last_due(clock.now()) is not None
