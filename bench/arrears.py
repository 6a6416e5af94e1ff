"""The list of who is behind, and whose step of the ladder is due, against one grouped statement over the same charges."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from bench import data, dues
from bench.report import Section, seconds, times
from unionops.core import clock
from unionops.core.db import db
from unionops.members.queries import arrears, figures

AT_MOST = 4.0
"""How many times the limit the list may take, by the median."""
ROUNDS = 5

_LIMIT = """SELECT c.person_id, sum(c.amount - coalesce(p.paid, 0)) AS open FROM charge c
LEFT JOIN (SELECT charge_id, sum(amount) AS paid FROM allocation GROUP BY charge_id) p ON p.charge_id = c.id
WHERE c.due_on < :today AND c.amount > coalesce(p.paid, 0) GROUP BY c.person_id ORDER BY open DESC"""


class _Everybody:
    """A reader who sees everybody."""

    def can(self, _permission: str) -> bool:
        return True

    def scopes(self, _permission: str) -> None:
        return None


def lists(homes: data.Homes, kinds: Sequence[str], sizes: Sequence[int]) -> Section:
    """The same question of unions of each size, in turns with its limit."""
    section = Section(
        "Arrears",
        f"Who is behind after twelve months of bills, one in eight: what each owes by age, months of dues, oldest due day, by the amount, with the names "
        f"and the next step of the first page; beside it one grouped SELECT of the same sums (medians of {ROUNDS}, in turns). At most {AT_MOST:g} times. "
        f"Whose step is due is asked for everybody; the year is twelve months of charged, received and open.",
        ("database", "members", "list", "one grouped SELECT", "ratio", "at most", "whose step is due", "the year in figures"),
    )
    for size in sizes:
        for kind in kinds:
            app = homes.new(kind, f"arrears_{size}")
            data.fill(app, size)
            dues.fill(app, size)
            with app.app_context():
                listed, limit, ladder, year = _measured()
                db.session.remove()
                db.engine.dispose()
            ratio = listed / limit
            section.add(
                kind, f"{size:,}", seconds(listed), seconds(limit), times(ratio), times(AT_MOST), seconds(ladder), seconds(year), ok=ratio <= AT_MOST
            )
    return section


def _measured() -> tuple[float, ...]:
    today = clock.today()

    def listed() -> None:
        rows = arrears.behind(_Everybody(), today)[:25]
        arrears.debtors([one.person_id for one in rows])
        arrears.steps_due(rows, today)

    def ladder() -> None:
        arrears.steps_due(arrears.behind(_Everybody(), today), today)

    acts: tuple[Callable[[], Any], ...] = (
        listed, lambda: db.session.execute(sa.text(_LIMIT), {"today": today}).all(), ladder, lambda: figures.months(today),
    )
    taken: list[list[float]] = [[] for _act in acts]
    for _round in range(ROUNDS):
        for at, act in enumerate(acts):
            begun = perf_counter()
            act()
            taken[at].append(perf_counter() - begun)
            db.session.rollback()
    return tuple(statistics.median(some) for some in taken)
