"""A run looked through before it is made: reckoned into a draft, by a background task when the union is large, then made or dropped.

The draft is not the run: making it reckons again and refuses when the figures have moved since somebody saw them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import bulk, bulk_insert, db, lock_row, unhindered, unit_of_work
from unionops.core.i18n import _l
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.finance import queries as books
from unionops.members.models import BillDraft, BillDraftLine, BillRun
from unionops.members.queries import billing, bills
from unionops.members.queries import dues as queries
from unionops.members.rules.dues import SchemeRule
from unionops.members.services.dues import running
from unionops.members.services.dues.running import Figures, Line
from unionops.values.problems import RuleBroken, _m, problem

RECKON, APPLY = "dues.reckon_run", "dues.apply_run"
QUEUED = recording.sentence("dues.run_queued", _l("在背景開單 %(title)s"))
LARGE = 2_000
"""Members up to which a run is reckoned and written while somebody waits."""
KEPT = timedelta(days=14)
_ROWS = 20_000


def begin(scheme_ids: Sequence[int], period_on: date, *, title: str, due_on: date | None, user: Any, today: date) -> BillDraft:
    """A draft of a run, reckoned at once in a small union; else ``task_id`` is the task that does. Raises RuleBroken."""
    known = queries.scheme_rules(on=today)
    schemes = [known[number] for number in scheme_ids if number in known]
    found = running.problems(schemes, period_on, today=today, since=books.begins_on(), due_on=due_on)
    if not title.strip():
        found.append(problem("title", "請填這次開單的名稱。", code="title_missing"))
    if found:
        raise RuleBroken(*found)
    draft = BillDraft(
        title=title.strip(), period_on=period_on, schemes=[one.id for one in schemes], due_on=due_on, by_user_id=getattr(user, "id", None),
    )
    db.session.add(draft)
    db.session.flush()  # Its lines point to it.
    reckon_again(draft, user)
    return draft


def reckon_again(draft: BillDraft, user: Any) -> None:
    """Reckons a draft by the facts as they are now; later, in a large union."""
    if is_large():
        draft.task_id = tasks.start(RECKON, user, title=draft.title, draft_id=draft.id).id
    else:
        _store(draft, _reckoned(draft))


def is_large() -> bool:
    """Whether the union has too many members for somebody to wait for a run."""
    return billing.members_about() > LARGE


def _schemes(draft: BillDraft) -> list[SchemeRule]:
    known = queries.scheme_rules()
    return [known[number] for number in draft.schemes if number in known]


class _Preview(NamedTuple):
    """What is kept of a draft: rows of ``_ROW``, one for each person and scheme, and its figures."""

    rows: list[tuple[Any, ...]]
    counts: dict[str, Any]


_ROW = ("place", "person_id", "scheme_id", "verdict", "amount", "before", "months", "reduced", "reason")


def _reckoned(draft: BillDraft) -> _Preview:
    lines = list(running.reckon(_schemes(draft), draft.period_on))
    rows = [
        (
            place, one.person_id, one.scheme_id, _verdict(one), one.owed.amount if one.charge_id is None else one.now + one.change, one.now,
            one.owed.months, one.owed.reduced, one.owed.reason,
        )
        for place, one in enumerate(lines)
    ]
    counts = running.summed(lines).told() | {
        "schemes": _by((one.scheme_id, one) for one in lines), "units": _by(_with_unit(lines)), "people": len({one.person_id for one in lines if one.change}),
        "before": billing.charged_in(_period_before(draft), draft.schemes), "reduced": sum(one.owed.reduced for one in lines if one.charge_id is None),
        "together": [[one.person_id, one.scheme_id, one.owed.stays] for one in lines if one.owed.stays > 1],
    }
    return _Preview(rows, counts)


def _verdict(line: Line) -> str:
    if line.charge_id is not None:
        return "mend" if line.change else "same"
    return line.owed.skipped.value if line.owed.skipped is not None else "new"


def _store(draft: BillDraft, seen: _Preview) -> None:
    bulk(sa.delete(BillDraftLine).where(BillDraftLine.draft_id == draft.id), reason="bill_draft_line")
    for start in range(0, len(seen.rows), _ROWS):
        bulk_insert(BillDraftLine.__table__, _ROW, seen.rows[start : start + _ROWS], alike={"draft_id": draft.id}, reason="bill_draft_line")
    draft.counts, draft.reckoned_at = seen.counts, clock.now()


def _period_before(draft: BillDraft) -> date | None:
    periods = {one.period for one in _schemes(draft)}
    months = next(iter(periods)).months if periods else 0
    return next(iter(periods)).begins(draft.period_on - timedelta(1)) if months else None


def _by(lines: Iterable[tuple[int | None, Line]]) -> list[list[Any]]:
    """[key, charges, NT$] of what is newly charged."""
    count: Counter[int | None] = Counter()
    total: dict[int | None, int] = defaultdict(int)
    for key, one in lines:
        if one.charge_id is None and one.owed.amount:
            count[key] += 1
            total[key] += one.owed.amount
    return [[key, count[key], total[key]] for key in count]


def _with_unit(lines: Iterable[Line]) -> Iterable[tuple[int | None, Line]]:
    units = billing.units_now()
    return ((units.get(one.person_id), one) for one in lines)


def figures(draft: BillDraft) -> Figures:
    """What the draft says will be done."""
    return Figures(*(draft.counts[name] for name in Figures._fields))


def mark(draft: BillDraft) -> str:
    """What the page that asks for the last word carries, so that nobody agrees to figures that he did not see."""
    return "-".join(map(str, figures(draft)))


def stays_together(draft: BillDraft) -> dict[tuple[int, int], int]:
    """(person, scheme) → how many stays are charged together, for those who left and came back within the period."""
    return {(person, scheme): stays for person, scheme, stays in draft.counts.get("together", ())}


def must_be_seen(draft: BillDraft, seen: str) -> None:
    """Raises RuleBroken when the draft was reckoned again since."""
    if seen != mark(draft):
        raise RuleBroken(problem("", "預覽之後資料有更動，請重新看過再開單。", code="stale"))


def make(draft: BillDraft, *, today: date, ahead: running.Reckoned | None = None, tell: running.Tell = lambda done, total: None) -> BillRun:
    """Makes the run of a draft, in the caller's unit; ``ahead`` as for ``running.apply``. The draft is to be dropped then, now or soon: that takes
    a while, and on SQLite all who write would wait for it. Raises RuleBroken."""
    lock_row(draft)
    if draft.run_id is not None:
        raise _gone()
    if draft.reckoned_at is None:
        raise RuleBroken(problem("", "還沒有試算完，請稍候。", code="not_reckoned"))
    made = running.apply(
        draft.schemes, draft.period_on, title=draft.title, today=today, seen=figures(draft), due_on=draft.due_on, ahead=ahead, tell=tell,
    )
    draft.run_id = made.id
    return made


def make_later(draft: BillDraft, user: Any, *, today: date) -> Task:
    """Queues the making; its page tells how far it is, and it may be stopped until it writes."""
    lock_row(draft)
    if is_going(draft):
        raise RuleBroken(problem("", "這次開單已經在背景進行。", code="going"))
    task = tasks.start(APPLY, user, title=draft.title, draft_id=draft.id, today=today.isoformat())
    draft.task_id = task.id
    recording.describe(QUEUED, title=draft.title)
    return task


def is_going(draft: BillDraft) -> bool:
    """Whether a background task works on it just now."""
    task = db.session.get(Task, draft.task_id) if draft.task_id is not None else None
    return task is not None and task.is_going


def drop(draft: BillDraft) -> None:
    """Forgets a draft."""
    bulk(sa.delete(BillDraftLine).where(BillDraftLine.draft_id == draft.id), reason="bill_draft_line")
    db.session.delete(draft)


def forget_old(now: Any) -> int:
    """Drops drafts that nobody made a run of, and what is left of those of which one was made; how many."""
    old = list(db.session.scalars(sa.select(BillDraft).where(sa.or_(BillDraft.created_at < now - KEPT, BillDraft.run_id.is_not(None)))))
    for one in old:
        drop(one)
    return len(old)


@tasks.task(RECKON, title=_l("試算開單"), retry=True)
def reckon_run(work: tasks.Work, *, draft_id: int) -> None:
    draft = bills.draft(draft_id)
    if draft is None:
        return
    work.progress(0, None, _m("逐人計算應收金額"))
    with unhindered():
        seen = _reckoned(draft)
        work.progress(0, len(seen.rows), _m("整理試算結果"))
        with work.applying():
            draft = bills.draft(draft_id)
            if draft is not None:
                _store(draft, seen)
                work.finish(endpoint="dues.draft", arguments={"draft_id": draft_id}, count=len(seen.rows))


@tasks.task(APPLY, title=_l("開單"))
def apply_run(work: tasks.Work, *, draft_id: int, today: str) -> None:
    """Reckons while everybody goes on working; only then it writes, for on SQLite all who write wait for it."""
    work.progress(0, None, _m("逐人計算應收金額"))
    draft, on = bills.draft(draft_id), date.fromisoformat(today)
    ahead = running.reckon_ahead(draft.schemes, draft.period_on, today=on) if draft is not None else None
    work.progress(0, None, _m("開單"))
    with work.applying():
        draft = bills.draft(draft_id)
        if draft is None:
            raise _gone()
        made = make(draft, today=on, ahead=ahead, tell=lambda done, total: work.progress(done, total, _m("寫入應收款")))
        work.finish(endpoint="dues.run", arguments={"run_id": made.id}, count=made.counts["charged"])
    with unit_of_work("", f"task {APPLY}"):
        if (done := db.session.get(BillDraft, draft_id)) is not None:
            drop(done)


def _gone() -> RuleBroken:
    return RuleBroken(problem("", "這份試算已經開過單或放棄了。", code="gone"))
