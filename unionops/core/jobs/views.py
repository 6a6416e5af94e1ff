"""The screens of background work: jobs and their runs for the administrator, one's own tasks for everybody."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace

import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, request, send_file, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.jobs import queries, running, tasks
from unionops.core.jobs.models import CANCELLED, DONE, FAILED, RUNNING, SKIPPED, WAITING, Task
from unionops.core.jobs.registry import JOBS
from unionops.core.pages import Paging, page
from unionops.core.screens import SIGNED_IN, Area

area = Area(
    "jobs", title=_l("背景工作"), permissions={"jobs.read": _l("檢視背景工作"), "jobs.manage": _l("執行與停止背景工作")}
)

recording.sentence("jobs.run_asked", _l("要求立即執行排程「%(job)s」"))
recording.sentence("jobs.task_cancelled", _l("停止背景工作「%(title)s」"))

STATES = {
    WAITING: ("off", _l("等候中")),
    RUNNING: ("soon", _l("執行中")),
    DONE: ("ok", _l("完成")),
    FAILED: ("stop", _l("失敗")),
    CANCELLED: ("warn", _l("已停止")),
    SKIPPED: ("off", _l("首次啟動，未執行")),
}
"""state → (kind of sign, word)"""

@area.screen("/", title=_l("背景工作"), permission="jobs.read", menu=("工", "Jb", 930))
def jobs():
    now = clock.now()
    return page(
        "jobs/jobs.html", lines=queries.job_lines(now), silent=queries.scheduler_is_silent(now), states=STATES,
        may_run=current_user.can("jobs.manage"),
    )


@area.screen("/<name>/run", title=_l("立即執行"), permission="jobs.manage", methods=["POST"], parent="jobs.jobs")
def run_job(name: str):
    if name not in JOBS:
        abort(404)
    running.ask(name, current_user.name, clock.now())
    recording.describe("jobs.run_asked", job=JOBS[name].title)
    flash(_("已排入，排程程序會馬上執行；結果列在執行紀錄。"), "success")
    return redirect(url_for("jobs.runs", job=name))


@area.screen("/runs", title=_l("執行紀錄"), permission="jobs.read", parent="jobs.jobs")
def runs():
    name = request.args.get("job", "")
    query = queries.runs(name if name in JOBS else "")
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0)
    rows = db.session.scalars(query.limit(paging.size).offset(paging.offset)).all()
    return page("jobs/runs.html", rows=rows, paging=paging, jobs=JOBS, chosen=JOBS.get(name), states=STATES)


@area.screen("/tasks", title=_l("我的背景工作"), permission=SIGNED_IN)
def my_tasks():
    everybody = request.args.get("of") == "all"
    query = queries.tasks_of(current_user, everybody=everybody)
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0)
    rows = db.session.scalars(query.limit(paging.size).offset(paging.offset)).all()
    return page(
        "jobs/my_tasks.html", rows=rows, paging=paging, states=STATES, title_of=title_of, everybody=everybody,
        may_see_all=current_user.can("jobs.read"),
    )


@area.screen("/tasks/<int:task_id>", title=_l("進度"), permission=SIGNED_IN, parent="jobs.my_tasks")
def task(task_id: int):
    found = queries.task_for(current_user, task_id)
    return page("jobs/task.html", title=title_of(found), job=_shown(found), found=found, states=STATES)


@area.screen("/tasks/<int:task_id>/progress", title=_l("進度"), permission=SIGNED_IN, parent="jobs.task", exact=True)
def task_progress(task_id: int):
    found = queries.task_for(current_user, task_id)
    response = page("components/progress_fragment.html", job=_shown(found))
    if found.finished_at is not None:
        response.headers["HX-Refresh"] = "true"  # What stands round the bar has changed, too: when it ended, what may be done now.
    return response


@area.screen("/tasks/<int:task_id>/cancel", title=_l("停止背景工作"), permission=SIGNED_IN, methods=["POST"], parent="jobs.task")
def cancel_task(task_id: int):
    found = queries.task_for(current_user, task_id)
    if found.owner_id != current_user.id and not current_user.can("jobs.manage"):
        abort(404)
    if tasks.cancel(found, clock.now()):
        recording.describe("jobs.task_cancelled", title=title_of(found))
        flash(_("已要求停止，資料不會變動。"), "info")
    else:
        flash(_("這項工作已經結束，沒有停止。"), "warning")
    return redirect(url_for("jobs.task", task_id=task_id))


@area.screen("/tasks/<int:task_id>/file", title=_l("下載結果"), permission=SIGNED_IN, parent="jobs.task", exact=True)
def task_file(task_id: int):
    found = queries.task_for(current_user, task_id)
    if found.owner_id != current_user.id or found.state != DONE or not found.file_name or not tasks.has_file(task_id):
        abort(404)
    response = send_file(BytesIO(tasks.file_of(task_id)), mimetype="application/octet-stream", as_attachment=True, download_name=found.file_name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _mine(found: Task) -> bool:
    """What a task says of its work (a file's name, a member's in a refusal) is for whoever started it; others see that it runs and how
    it ended."""
    return bool(found.owner_id == current_user.id)


def title_of(found: Task) -> str:
    """What the task does: to its owner by its own title, else by that of its kind."""
    kind = tasks.KINDS.get(found.kind)
    return (found.title if _mine(found) else "") or (str(kind.title) if kind else found.kind)


def _shown(found: Task) -> SimpleNamespace:
    """The task as the progress component takes it."""
    stoppable = found.is_going and not found.cancel_requested
    stops = _mine(found) or current_user.can("jobs.manage")
    return SimpleNamespace(
        state=found.state, title=title_of(found), sentence=_sentence(found), done=found.progress, total=found.total,
        poll_url=url_for("jobs.task_progress", task_id=found.id), page_url=url_for("jobs.task", task_id=found.id),
        cancel_url=url_for("jobs.cancel_task", task_id=found.id) if stoppable and stops else None,
        result_url=queries.result_url(found, current_user), result_label=_("下載檔案") if found.file_name else _("看結果"),
        reason=_reason(found),
    )


def _sentence(found: Task) -> str:
    title = title_of(found)
    if found.state == WAITING:
        return _("「%(title)s」排隊等候中。", title=title)
    if found.state == RUNNING:
        if found.cancel_requested:
            return _("正在停止「%(title)s」。", title=title)
        told = found.message and (_mine(found) or not found.params)
        step = (_(found.message) % found.params if found.params else _(found.message)) if told else title
        if found.total:
            return _("%(step)s：%(done)s／%(total)s", step=step, done=f"{found.progress:,}", total=f"{found.total:,}")
        return _("%(step)s：已處理 %(done)s 筆", step=step, done=f"{found.progress:,}") if found.progress else step
    if found.state == DONE and found.file_name and not tasks.has_file(found.id):
        days = current_app.config["TASK_FILE_DAYS"]
        return _("「%(title)s」已完成。檔案只保存 %(days)s 天，已經刪除；要用時請重新製作。", title=title, days=days)
    if found.state == DONE:
        return _("「%(title)s」已完成。", title=title)
    if found.state == CANCELLED:
        return _("「%(title)s」已停止，資料沒有變動。", title=title)
    return _("「%(title)s」沒有完成，資料沒有變動。", title=title)


def _reason(found: Task) -> str:
    if found.incident:
        return _("系統發生錯誤，事件編號 %(incident)s。請告知系統管理員。", incident=found.incident)
    if not _mine(found) and any(one["params"] for one in found.problems):
        return _("檢查沒有通過，原因只給提出的人看。")
    texts = [_(one["message"]) % one["params"] if one["params"] else _(one["message"]) for one in found.problems]
    return " ".join(texts)
