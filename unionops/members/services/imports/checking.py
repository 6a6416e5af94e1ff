"""Large files are read and judged by a background task, which keeps what it found in parts (``queries.checks``).

The parts are a copy with a stamp: when the file's columns, a correction or the register have changed, they are made anew. They go
when the file is written or dropped, and when nobody came back to it for a month.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.clock import in_taipei
from unionops.core.db import bulk_insert, db, keyring, lock_row, unhindered
from unionops.core.i18n import _l
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.core.transfer.reading import FileRefused
from unionops.members.models import RosterImport, RosterPreview
from unionops.members.queries import checks
from unionops.members.queries import imports as queries
from unionops.members.services.imports.staging import as_refusal, forget_check, settle
from unionops.values.problems import RuleBroken, _m, problem

KIND = "members.check_import"
KEPT = timedelta(days=30)
QUEUED = recording.sentence("members.roster_check_queued", _l("在背景檢查名冊檔案 %(file)s"))
CHECKED = recording.sentence("members.roster_checked", _l("檢查名冊檔案 %(file)s"))
_AT_ONCE = 20
"""Parts of one INSERT."""


def check_later(batch: RosterImport, user: Any, *, then: str = "members.import_preview") -> Task:
    """Queues the check of a large file, or gives the task that is busy with it already. ``then``: the screen its page leads to."""
    db.session.flush()  # The lock reads the row again.
    lock_row(batch)
    going = db.session.get(Task, batch.task_id, populate_existing=True) if batch.task_id is not None else None
    return going if going is not None and going.is_going else _queue(batch, user, then)


def _queue(batch: RosterImport, user: Any, then: str) -> Task:
    task = tasks.start(KIND, user, title=batch.file_name, batch_id=batch.id, then=then)
    task.link = {"endpoint": "members.check_import", "arguments": {"import_id": batch.id}}  # If it comes to nothing: why, and once more.
    batch.task_id = task.id
    recording.describe(QUEUED, batch, file=batch.file_name)
    return task


@tasks.task(KIND, title=_l("檢查名冊檔案"), retry=True)
def check_import(work: tasks.Work, *, batch_id: int, then: str) -> None:
    batch = db.session.get_one(RosterImport, batch_id)
    _must_be_kept(batch)
    db.session.expunge(batch)  # What is settled below is settled on a copy; it is written when everything else is.
    told = batch.encoding, batch.mapping, batch.corrections
    try:
        with unhindered():
            if "rows" not in batch.counts:
                work.progress(0, None, _m("讀取檔案"))
                settle(batch, queries.book_of(batch), may_point=True)
            made = queries.preview(batch, tell=lambda message: work.progress(0, None, message))
            work.progress(0, None, _m("整理預覽"))
            parts = checks.pack(made)
    except FileRefused as refused:
        raise as_refusal(refused) from refused
    with work.applying():
        stored = db.session.get_one(RosterImport, batch_id)
        lock_row(stored)
        _must_be_kept(stored)
        is_the_same = (stored.encoding, stored.mapping, stored.corrections) == told
        if "rows" not in stored.counts:
            stored.encoding, stored.mapping = batch.encoding, batch.mapping
        if stored.state == queries.READ:
            stored.sheet = next((plan.sheet.name[:80] for plan in made.plans if plan.is_read), stored.sheet)
            stored.counts = {**stored.counts, "rows": len(made.lines)}
        forget_check(batch_id)
        _keep(batch_id, parts)
        recording.describe(CHECKED, stored, file=stored.file_name)
        if not is_the_same:  # Somebody corrected rows meanwhile.
            _queue(stored, db.session.get(User, work.owner_id) if work.owner_id else None, "members.import_preview")
        work.finish(endpoint=then, arguments={"import_id": batch_id})


def _must_be_kept(batch: RosterImport) -> None:
    if batch.state == queries.DROPPED:
        raise RuleBroken(problem("", "這個檔案已經放棄，內容已刪除。", code="not_open"))


def _keep(import_id: int, parts: list[bytes]) -> None:
    keys = keyring()
    rows = ((import_id, at, keys.encrypt_bytes(content, checks.place_of(import_id, at))) for at, content in enumerate(parts))
    while some := list(islice(rows, _AT_ONCE)):
        bulk_insert(RosterPreview.__table__, ("import_id", "part", "content"), some, reason="roster_preview")


def forget_old_checks(today: date) -> int:
    """Removes the checks of files that were written, or read a month ago; who comes back has the file checked again."""
    kept = sa.select(RosterPreview.import_id).distinct()
    old = [
        batch.id for batch in db.session.scalars(sa.select(RosterImport).where(RosterImport.id.in_(kept)))
        if batch.state != queries.READ or in_taipei(batch.read_at).date() < today - KEPT
    ]
    for import_id in old:
        forget_check(import_id)
    return len(old)
