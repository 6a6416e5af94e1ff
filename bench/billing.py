"""The monthly bill run of everybody against one INSERT … SELECT of the same rows into the same table, and its preview."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import date
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench import data
from bench.report import Section, seconds, times
from unionops.core import clock
from unionops.core.db import db, intent, unit_of_work
from unionops.members import models as m
from unionops.members.rules.dues import months_on
from unionops.members.services.dues import drafts, running

AT_MOST = 4.0
"""How many times the limit a run may take, by the median."""
ROUNDS, MANY = (11, 3), 20_000
"""Runs of a union of up to so many members, and of a larger one: the shorter they are the more the moment counts."""
SCHEME = 1

_LIMIT = """INSERT INTO charge (person_id, run_id, scheme_id, kind, text, period_on, months, entry, amount, charged_on, due_on, "order", why)
SELECT person_id, :run, :scheme, 'regular', '經常會費', :period, 1, 1, 200, :today, :due, 10, '' FROM membership
WHERE (joined_on IS NULL OR joined_on < :after) AND (left_on IS NULL OR left_on > :period)"""


def runs(homes: data.Homes, kinds: Sequence[str], sizes: Sequence[int]) -> Section:
    """One monthly run after another, each followed by its limit."""
    section = Section(
        "Bill run",
        f"Everybody in force is charged the same for a month: who was a member when, what was charged before and who pays less is read (class, unit and "
        f"wage are not: nothing depends on them), each judged, all charges, the voucher and the audit written in one unit; beside it one INSERT … SELECT of the same rows into the same table "
        f"(medians of {ROUNDS[0]}, from {MANY:,} members on of {ROUNDS[1]}, in turns). At most {AT_MOST:g} times. The preview keeps a line for everybody.",
        ("database", "members", "preview", "run", "statements", "one INSERT … SELECT", "ratio", "at most"),
    )
    for size in sizes:
        for kind in kinds:
            app = homes.new(kind, f"bills_{size}")
            data.fill(app, size)
            with app.app_context():
                cells, ratio = _measured(kind, size)
                section.add(*cells, ok=ratio <= AT_MOST)
                db.session.remove()
                db.engine.dispose()
    return section


def _measured(kind: str, size: int) -> tuple[tuple[str, ...], float]:
    today = clock.today()
    with unit_of_work("bench", "bench"):
        db.session.add(m.Scheme(id=SCHEME, title="經常會費", kind="regular", period="month", due_month=1))
        db.session.add(m.Scheme(id=SCHEME + 1, title="對照", kind="regular", period="month", due_month=1))
        db.session.add(m.SchemeTerms(scheme_id=SCHEME, valid_from=date(2000, 1, 1), basis="fixed", amount=200))
        run = m.BillRun(title="對照", period_on=date(2000, 1, 1), schemes=[SCHEME + 1], billed_on=today)  # Charges of a run belong to it.
        db.session.add(run)
        db.session.flush()
        of_limit = run.id
    rounds = ROUNDS[size > MANY]
    first = months_on(today.replace(day=1), -rounds)
    looked = _looked_through(first)
    taken, limits, counts = [], [], set()
    for at in range(rounds):
        period = months_on(first, at)
        counts.add(_run(period, today, taken))
        limits.append(_limit(of_limit, period, today))
    ratio = statistics.median(taken) / statistics.median(limits)
    told = f"{min(counts)}" if len(counts) == 1 else f"{min(counts)}–{max(counts)}"
    shown = (kind, f"{size:,}", seconds(looked), seconds(statistics.median(taken)), told, seconds(statistics.median(limits)), times(ratio), times(AT_MOST))
    return shown, ratio


def _looked_through(period: date) -> float:
    begun = perf_counter()
    with unit_of_work("bench", "bench"):
        draft = m.BillDraft(title="bench", period_on=period, schemes=[SCHEME])
        db.session.add(draft)
        db.session.flush()
        drafts._store(draft, drafts._reckoned(draft))
    taken = perf_counter() - begun
    with unit_of_work("bench", "bench"):
        drafts.drop(db.session.scalars(sa.select(m.BillDraft)).one())
    db.session.remove()
    return taken


def _run(period: date, today: date, taken: list[float]) -> int:
    """Makes a run; how many statements it took."""
    count = 0

    def seen(*_given: object) -> None:
        nonlocal count
        count += 1

    event.listen(Engine, "before_cursor_execute", seen)
    begun = perf_counter()
    try:
        with unit_of_work("bench", "bench"):
            running.apply([SCHEME], period, title=f"{period:%Y-%m}", today=today)
    finally:
        event.remove(Engine, "before_cursor_execute", seen)
    taken.append(perf_counter() - begun)
    db.session.remove()
    return count


def _limit(run: int, period: date, today: date) -> float:
    begun = perf_counter()
    with intent(write=True), db.engine.begin() as connection:
        connection.execute(sa.text(_LIMIT), {
            "run": run, "scheme": SCHEME + 1, "period": period, "after": months_on(period, 1), "today": today, "due": today,
        } if connection.dialect.name == "postgresql" else {
            "run": run, "scheme": SCHEME + 1, "period": period.isoformat(), "after": months_on(period, 1).isoformat(), "today": today.isoformat(),
            "due": today.isoformat(),
        })
    return perf_counter() - begun
