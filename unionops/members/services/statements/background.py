"""Large files are judged and booked by a background task; its page tells how far it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.members.models import Statement
from unionops.members.services.statements.judging import judge_waiting
from unionops.members.services.statements.settling import post
from unionops.values.problems import _m

LARGE = 1_500
"""Lines; more are not judged while somebody waits for the page."""


def judge_later(statement: Statement, user: Any, *, post: bool = False) -> Task:
    """Judges a file in the background, or books what is certain of it."""
    made = tasks.start("members.match_statement", user, title=statement.file_name, statement_id=statement.id, post=post, today=clock.today().isoformat())
    statement.counts = {**statement.counts, "task": made.id}
    return made


@tasks.task("members.match_statement", title=_l("比對對帳檔"))
def match_statement(work: tasks.Work, *, statement_id: int, post: bool, today: str) -> None:
    total = int(db.session.get_one(Statement, statement_id).counts.get("lines", 0))
    work.progress(0, total, _m("比對明細"))
    with work.applying():
        on, statement = date.fromisoformat(today), db.session.get_one(Statement, statement_id)
        figures = _book(statement, on) if post else {"count": judge_waiting(on)}
        work.finish(endpoint="statements.file", arguments={"statement_id": statement_id}, **figures)


def _book(statement: Statement, on: date) -> dict[str, int]:
    return post(today=on, statement=statement)._asdict()
