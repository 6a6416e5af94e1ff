"""The standing of all members over a year of dues, in one pass, against a bare read of the same rows by the driver."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from bench import data, dues
from bench.measures import counted
from bench.report import Section, seconds, times
from unionops.core import clock
from unionops.core.db import db, intent, unit_of_work
from unionops.members.models import Person
from unionops.members.queries import standing
from unionops.members.rules.collecting import Channel
from unionops.members.services.dues import paying

AT_MOST = 6.0
"""How many times the limit a pass over everybody may take, by the median."""
AGAIN = 0.1
"""Seconds that the remembered standings may take after a payment."""
ROUNDS = 5

_LIMIT = (
    "SELECT m.id, m.person_id, m.joined_on, m.left_on, p.birth_on, p.died_on FROM membership m JOIN person p ON p.id = m.person_id ORDER BY m.number",
    """SELECT c.person_id, c.due_on, c.months, c.amount, c.amount - coalesce(a.total, 0) FROM charge c
    LEFT JOIN (SELECT charge_id, sum(amount) AS total FROM allocation GROUP BY charge_id) a ON a.charge_id = c.id
    WHERE c.kind = 'regular' AND c.amount <> coalesce(a.total, 0)""",
)


def everybody(homes: data.Homes, kinds: Sequence[str], sizes: Sequence[int]) -> Section:
    section = Section(
        "Standing of all members",
        f"Member? in good standing? may vote? may stand? of everybody as of today, from the dated facts and a year of monthly dues: all facts read, each judged; "
        f"beside it the driver alone reading persons, memberships and open charges (medians of {ROUNDS}, in turns). At most {AT_MOST:g} times. "
        f"Remembered it takes one statement; after a payment only the person concerned is read again, at most {AGAIN:g} s.",
        ("database", "members", "all at once", "statements", "driver alone", "ratio", "at most", "remembered", "after a payment"),
    )
    for size in sizes:
        for kind in kinds:
            app = homes.new(kind, f"standing_{size}")
            data.fill(app, size)
            dues.fill(app, size)
            with app.app_context(), intent(write=False):
                cells, is_held = _measured(kind, size)
                section.add(*cells, ok=is_held)
                db.session.remove()
                db.engine.dispose()
    return section


def _measured(kind: str, size: int) -> tuple[tuple[str, ...], bool]:
    today = clock.today()
    taken, limits = [], []
    for _turn in range(ROUNDS):
        taken.append(_time(lambda: standing.standings(None, today)))
        limits.append(_time(_bare))
    with counted() as seen:
        standing.standings(None, today)
    standing.everybody(today)
    held = _time(lambda: standing.everybody(today))
    db.session.rollback()
    later = []
    for _turn in range(ROUNDS):
        _pay()
        later.append(_time(lambda: standing.everybody(today)))
        db.session.rollback()
    again = statistics.median(later)
    ratio = statistics.median(taken) / statistics.median(limits)
    return (
        kind, f"{size:,}", seconds(statistics.median(taken)), str(len(seen)), seconds(statistics.median(limits)), times(ratio), times(AT_MOST),
        f"{held * 1000:.1f} ms", f"{again * 1000:.1f} ms",
    ), ratio <= AT_MOST and again <= AGAIN


def _time(act: Callable[[], Any]) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun


def _bare() -> None:
    connection = db.session.connection()
    for statement in _LIMIT:
        connection.exec_driver_sql(statement).all()


def _pay() -> None:
    """One member who is behind pays a month."""
    with unit_of_work("bench", "bench"):
        paying.receive(db.session.get_one(Person, 8), amount=dues.MONTHLY, received_on=clock.today(), channel=Channel.COUNTER, today=clock.today())
