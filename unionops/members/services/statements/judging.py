"""Lets the matcher judge every line that waits, against the books as they are now, and keeps its verdicts."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core.db import bulk, db, unhindered
from unionops.finance import queries as books
from unionops.members.models import StatementLine
from unionops.members.queries import statements as queries
from unionops.members.rules import collecting
from unionops.members.rules.clues import Line, clues
from unionops.members.rules.matching import Judgement, Verdict, judge


def judge_waiting(today: date) -> int:
    """Judges every open line anew; how many verdicts changed. The number of statements does not depend on the number of lines."""
    with unhindered():
        return _judged(today)


def _judged(today: date) -> int:
    lines = queries.lines_to_judge()
    if not lines:
        return 0
    known = queries.directory(today)
    told = {one.id: clues(one, known) for one in lines if not one.is_settled}
    bills = queries.bills_of({person for one in told.values() for person in one.people}, today)
    found = judge(lines, told, known, bills)
    closed = books.closed_months([one.paid_on or one.moved_on for one in lines])
    since = books.begins_on()
    before = queries.judged_before()
    rows: list[dict[str, Any]] = []
    for line in lines:
        if (judgement := found.get(line.id)) is None:
            continue
        now = (judgement.verdict.value, judgement.confidence, _proposal(line, judgement, today, closed, since), judgement.partner)
        if before.get(line.id) != now:
            rows.append({"b_id": line.id, "verdict": now[0], "confidence": now[1], "proposal": now[2], "partner_id": now[3]})
    if rows:
        table = StatementLine.__table__
        bulk(
            sa.update(table).where(table.c.id == sa.bindparam("b_id"), table.c.settled_at.is_(None)).values(
                verdict=sa.bindparam("verdict"), confidence=sa.bindparam("confidence"), proposal=sa.bindparam("proposal"), partner_id=sa.bindparam("partner_id"),
            ), rows, reason="statement_line",
        )
        db.session.expire_all()
    return len(rows)


def _proposal(line: Line, judgement: Judgement, today: date, closed: set[tuple[int, int]], since: date | None) -> dict[str, Any]:
    on = line.paid_on or line.moved_on
    problems = collecting.payment_problems(abs(line.amount), on, today=today, is_closed=(on.year - 1911, on.month) in closed, since=since)
    if judgement.verdict in (Verdict.OUTGOING, Verdict.RETURNED, Verdict.REVERSED, Verdict.REVERSAL):
        problems = []  # Nothing is booked for them on that day.
    return {
        "to": [[share.person, share.period_on.isoformat() if share.period_on else None, share.amount] for share in judgement.to],
        "people": list(judgement.people), "reasons": [one.stored() for one in judgement.reasons], "held": problems[0].stored() if problems else None,
    }
