"""The screens of background work: who sees what, run now, progress, stop, result."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.browsing import Statements
from tests.core.jobs.conftest import counted, run_states, scalar, task_now
from unionops.core import clock
from unionops.core.audit.models import AuditEntry
from unionops.core.db import durable, unit_of_work
from unionops.core.jobs import running, tasks
from unionops.core.jobs.jobs import tidy
from unionops.core.jobs.models import CANCELLED, DONE, FAILED, RUNNING, JobRun, Task

COUNT = "test.count"


def start(owner, kind: str = "test.write", **arguments: object) -> int:
    with unit_of_work("test", "test"):
        return tasks.start(kind, owner, **arguments).id


@pytest.fixture
def admin(browser, make_user):
    return browser.as_(make_user("administrator"))


def test_jobs_with_last_and_next_run(admin, home):
    page = admin.get("jobs.jobs")
    assert "測試計數" in page.text
    assert "還沒有執行" in page.text
    assert "排程程序目前沒有在執行" in page.text
    running.catch_up(clock.now())
    running.run_now("test.fail", "", clock.now())
    page = admin.get("jobs.jobs")
    assert "首次啟動，未執行" in page.text
    assert "失敗" in page.text
    assert scalar(sa.select(JobRun.incident).where(JobRun.incident != "")) in page.text
    assert "排程程序目前沒有在執行" not in page.text


def test_as_many_statements_for_many_runs_as_for_one(admin, home):
    running.catch_up(clock.now())
    admin.get("jobs.jobs")
    with Statements() as few:
        admin.get("jobs.jobs")
    with durable() as own:
        own.add_all([JobRun(job=COUNT, scheduled_at=clock.now() - timedelta(days=n), state=DONE) for n in range(1, 40)])
    with Statements() as many:
        admin.get("jobs.jobs")
    assert len(many) == len(few)


def test_run_now(admin, home):
    page = admin.post("jobs.run_job", name=COUNT)
    assert page.location.endswith("job=test.count")
    assert "等候中" in admin.get("jobs.runs", job=COUNT).text
    running.work_asked()
    assert counted(COUNT) == 1
    page = admin.get("jobs.runs", job=COUNT)
    assert "完成" in page.text
    assert "第 1 次" in page.text
    assert "王測試 要求" in page.text
    assert scalar(sa.select(AuditEntry.acts).order_by(AuditEntry.id.desc()))[0]["action"] == "jobs.run_asked"
    admin.post("jobs.run_job", name="no.such", status=404)


def test_runs_of_all_jobs_in_pages(admin, home):
    with durable() as own:
        own.add_all([JobRun(job=COUNT, scheduled_at=clock.now() - timedelta(days=n), state=DONE) for n in range(60)])
    assert "共 60 筆" in admin.get("jobs.runs").text
    assert "共 60 筆" in admin.get("jobs.runs", job="no.such", page=3).text


def test_only_the_permitted_read_jobs_and_run_them(browser, make_user, home):
    reader, staff = browser.as_(make_user("auditor")), browser.as_(make_user("staff"))
    assert "/run" not in "".join(form.get("action", "") for form in reader.get("jobs.jobs").tree.iter("{http://www.w3.org/1999/xhtml}form"))
    reader.post("jobs.run_job", name=COUNT, status=403)
    staff.get("jobs.jobs", status=403)
    staff.get("jobs.runs", status=403)
    browser.get("jobs.my_tasks", status=302)
    assert run_states() == []


def test_one_s_own_tasks(browser, make_user, home):
    me, other = make_user("staff"), make_user("staff")
    assert "還沒有背景工作" in browser.as_(me).get("jobs.my_tasks").text
    mine = start(me)
    page = browser.as_(me).get("jobs.my_tasks")
    assert "測試寫入" in page.text
    assert "還沒有背景工作" in browser.as_(other).get("jobs.my_tasks", of="all").text
    assert "測試寫入" in browser.as_(make_user("auditor")).get("jobs.my_tasks", of="all").text
    for endpoint in ("jobs.task", "jobs.task_progress", "jobs.task_file"):
        browser.as_(other).get(endpoint, task_id=mine, status=404)
    browser.as_(other).post("jobs.cancel_task", task_id=mine, status=404)
    browser.as_(make_user("auditor")).post("jobs.cancel_task", task_id=mine, status=404)
    browser.as_(me).get("jobs.task", task_id=mine + 99, status=404)


def test_a_file_can_be_had_for_some_days(browser, make_user, home, app):
    owner = make_user("staff")
    young, old, failed, going = (start(owner) for _task in range(4))
    now, days = clock.now(), app.config["TASK_FILE_DAYS"]
    for task_id, state, ended in ((young, DONE, days - 1), (old, DONE, days + 1), (failed, FAILED, 1), (going, RUNNING, None)):
        tasks.keep_file(task_id, io.BytesIO(b"a,b"))
        with durable() as own:
            own.execute(sa.update(Task).where(Task.id == task_id).values(
                state=state, file_name="名冊.csv", finished_at=None if ended is None else now - timedelta(days=ended)))
    tasks.keep_file(going + 100, io.BytesIO(b"of a task that nobody knows"))
    with unit_of_work("test", "test"):
        assert tidy(now) == "0 + 0 + 3"
    assert sorted(int(path.name) for path in (home / "tasks").iterdir()) == [young, going]
    me = browser.as_(owner)
    assert me.get("jobs.task_file", task_id=young).response.data == b"a,b"
    me.get("jobs.task_file", task_id=old, status=404)
    page = me.get("jobs.task", task_id=old)
    assert f"檔案只保存 {days} 天" in page.text
    assert "下載檔案" not in page.text
    assert "下載檔案" in me.get("jobs.task", task_id=young).text


def test_what_a_task_says_of_persons_is_its_owners(browser, make_user, home):
    owner = make_user("staff")
    task_id = start(owner)
    told = {"title": "林佳慧的名冊.xlsx", "message": "讀取 %(name)s", "params": {"name": "林佳慧"}, "owner_name": "張雅婷"}
    refusal = [{"message": "%(name)s 的資料在匯入後又更動過", "params": {"name": "林佳慧"}}]
    for state in ({"state": RUNNING, "progress": 3}, {"state": FAILED, "problems": refusal}):
        with durable() as own:
            own.execute(sa.update(Task).where(Task.id == task_id).values(**told, **state))
        mine = browser.as_(owner).get("jobs.task", task_id=task_id)
        assert mine.text.count("林佳慧") > 2
        for role in ("auditor", "administrator"):
            for endpoint, arguments in (("jobs.task", {"task_id": task_id}), ("jobs.task_progress", {"task_id": task_id}), ("jobs.my_tasks", {"of": "all"})):
                seen = browser.as_(make_user(role)).get(endpoint, **arguments)
                assert "林佳慧" not in seen.html
                assert "測試寫入" in seen.text
    assert "原因只給提出的人看" in browser.as_(make_user("auditor")).get("jobs.task", task_id=task_id).text
    with durable() as own:
        own.execute(sa.update(Task).values(problems=[{"message": tasks.INTERRUPTED.message, "params": {}}]))
    assert "被中斷" in browser.as_(make_user("auditor")).get("jobs.task", task_id=task_id).text


def test_progress_without_and_with_script(browser, make_user, home):
    user = make_user("staff")
    me = browser.as_(user)
    task_id = start(user)
    page = me.get("jobs.task", task_id=task_id)
    assert "排隊等候中" in page.text
    assert 'http-equiv="refresh"' in page.html
    assert f'hx-get="/jobs/tasks/{task_id}/progress"' in page.html
    with durable() as own:
        own.execute(sa.update(Task).values(state=RUNNING, progress=1200, total=3000, message="讀取 %(name)s", params={"name": "名冊"}))
    fragment = me.get("jobs.task_progress", task_id=task_id)
    assert "讀取 名冊：1,200／3,000" in fragment.text
    assert "<html" not in fragment.response.get_data(as_text=True)[:200]
    assert "HX-Refresh" not in fragment.response.headers
    with durable() as own:
        own.execute(sa.update(Task).values(state="waiting"))
    tasks.work_once()
    assert me.get("jobs.task_progress", task_id=task_id).response.headers["HX-Refresh"] == "true"  # When it ended stands beside the bar.
    page = me.get("jobs.task", task_id=task_id)
    assert "已完成" in page.text
    assert "/jobs/tasks" in page.links()
    assert 'http-equiv="refresh"' not in page.html


def test_stop(browser, make_user, home):
    user = make_user("staff")
    me = browser.as_(user)
    task_id = start(user)
    me.post("jobs.cancel_task", task_id=task_id)
    assert task_now(task_id).state == CANCELLED
    assert "已停止，資料沒有變動" in me.get("jobs.task", task_id=task_id).text
    me.post("jobs.cancel_task", task_id=task_id)
    assert "已經結束" in me.get("jobs.task", task_id=task_id).text
    running_one = start(user)
    with durable() as own:
        own.execute(sa.update(Task).where(Task.id == running_one).values(state=RUNNING))
    me.post("jobs.cancel_task", task_id=running_one)
    assert task_now(running_one).cancel_requested
    assert "正在停止" in me.get("jobs.task", task_id=running_one).text
    assert scalar(sa.select(AuditEntry.acts).order_by(AuditEntry.id.desc()))[0]["action"] == "jobs.task_cancelled"


def test_why_it_failed(browser, make_user, home):
    user = make_user("staff")
    task_id = start(user)
    with durable() as own:
        own.execute(sa.update(Task).values(state=FAILED, problems=[{"message": "第 %(row)s 列有誤", "params": {"row": 3}}]))
    page = browser.as_(user).get("jobs.task", task_id=task_id)
    assert "第 3 列有誤" in page.text
    assert "沒有完成，資料沒有變動" in page.text
    with durable() as own:
        own.execute(sa.update(Task).values(incident="AB12CD34"))
    assert "AB12CD34" in browser.as_(user).get("jobs.task", task_id=task_id).text


def test_the_file_is_the_owner_s(browser, make_user, home, monkeypatch):
    user, auditor = make_user("staff"), make_user("auditor")
    monkeypatch.setitem(tasks.KINDS, "test.own", tasks.Kind("test.own", lambda work_: work_.file("名冊.csv").write_text("a,b") and None, "", False))
    task_id = start(user, "test.own")
    browser.as_(user).get("jobs.task_file", task_id=task_id, status=404)
    tasks.work_once()
    answer = browser.as_(user).get("jobs.task_file", task_id=task_id).response
    assert answer.data == b"a,b"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()
    browser.as_(auditor).get("jobs.task_file", task_id=task_id, status=404)
    assert f"/jobs/tasks/{task_id}/file" in browser.as_(user).get("jobs.task", task_id=task_id).links()


def test_in_english(admin, home):
    start(None)
    for endpoint in ("jobs.jobs", "jobs.runs", "jobs.my_tasks"):
        admin.client.set_cookie("lang", "en")
        admin.get(endpoint, of="all")
