"""Large files are written by a background task: checked first, then applied in one unit together with the task's end."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.members.models import RosterImport
from unionops.members.queries import imports as queries
from unionops.members.services.imports.applying import Stale, apply
from unionops.members.services.imports.staging import APPLY, must_be_open
from unionops.values.problems import RuleBroken, _m, problem

QUEUED = recording.sentence("members.roster_import_queued", _l("在背景匯入會員名冊 %(file)s"))


def apply_later(batch: RosterImport, user: Any, today: date, *, seen: str, again: bool) -> Task:
    """Queues the writing of a large file; its page tells the progress, and it may be stopped until it writes."""
    must_be_open(batch)
    if not again and queries.applied_before(batch):
        raise RuleBroken(problem("again", "同一個檔案已經匯入過；請勾選仍要匯入。", code="same_file"))
    task = tasks.start(
        APPLY, user, title=batch.file_name, batch_id=batch.id, seen=seen, again=again, today=today.isoformat()
    )
    batch.task_id = task.id
    recording.describe(QUEUED, batch, file=batch.file_name)
    return task


@tasks.task(APPLY, title=_l("匯入會員名冊"))
def apply_import(work: tasks.Work, *, batch_id: int, seen: str, again: bool, today: str) -> None:
    batch = db.session.get_one(RosterImport, batch_id)
    total = int(batch.counts.get("rows", 0))
    queries.preview(batch, tell=lambda message: work.progress(0, total, message))  # At hand, if it was checked just now.
    work.progress(0, total, _m("寫入會員資料"))
    with work.applying():
        batch = db.session.get_one(RosterImport, batch_id)
        user = db.session.get(User, work.owner_id) if work.owner_id else None
        try:
            counts = apply(
                batch, user, date.fromisoformat(today), seen=seen, again=again, task_id=work.id,
                tell=lambda done, whole: work.progress(done, whole, _m("寫入會員資料")),
            )
        except Stale as stale:
            raise RuleBroken(stale.problem) from stale
        work.finish(endpoint="members.import_result", arguments={"import_id": batch_id}, **counts)
