"""A small union in which people fall behind, for the tests beside this file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from tests.members.acts import work
from tests.members.dues.books import run
from unionops.core import clock
from unionops.core.db import db
from unionops.members.models import Dunning, DunningRun, Person, Scheme, SchemeTerms
from unionops.members.queries import arrears as queries
from unionops.members.queries.arrears import Behind, Filter
from unionops.members.rules.arrears import Due, Step
from unionops.members.services import arrears, people

LATER = date(2027, 6, 15)


class Everything:
    """A reader who sees everybody."""

    def can(self, _permission: str) -> bool:
        return True

    def scopes(self, _permission: str) -> None:
        return None


ALL = Everything()


def union_of(members: int = 3) -> list[int]:
    """Members since 2010; 150 a month of dues, billed each month of 2026 (due at the end of the next), mutual aid of 30 in January."""
    with work():
        db.session.add(Scheme(id=1, title="經常會費", kind="regular", period="month", due_month=2, order=10, prorate="full"))
        db.session.add(SchemeTerms(scheme_id=1, valid_from=date(2010, 1, 1), basis="fixed", amount=150))
        db.session.add(Scheme(id=2, title="互助金", kind="mutual", period="month", due_month=2, order=20, prorate="full"))
        db.session.add(SchemeTerms(scheme_id=2, valid_from=date(2010, 1, 1), basis="fixed", amount=30))
        for number in range(members):
            people.add_member(today=date(2026, 1, 1), name=f"會員{number}", joined_on=date(2010, 1, 1) + timedelta(number))
    return list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))


def bill(months: int = 6, schemes: tuple[int, ...] = (1,)) -> None:
    """The first months of 2026, one run each; the books are as of the first of September."""
    for month in range(1, months + 1):
        run(date(2026, month, 1), schemes)


def behind(on: date = LATER, **wanted: Any) -> dict[int, Behind]:
    found = {one.person_id: one for one in queries.behind(ALL, on, Filter(**wanted))}
    db.session.rollback()
    return found


def due(on: date = LATER) -> dict[int, Due]:
    found = queries.steps_due(queries.behind(ALL, on), on)
    db.session.rollback()
    return found


def send(step: Step = Step.NOTICE, on: date = LATER, *, days: int = 30, **given: Any) -> int:
    """The letters of a step for everybody whose step it is; the number of the run."""
    with work():
        usual = {"way": arrears.REGISTERED if step is Step.FORMAL else arrears.POST, "pay_by": on + timedelta(days), "by": None, "today": on}
        return arrears.send(step, given.pop("wanted", Filter()), ALL, **(usual | given)).id


def delivered(run_id: int, on: date, person: int | None = None) -> None:
    with work():
        wanted = sa.select(Dunning).where(Dunning.run_id == run_id)
        letters = list(db.session.scalars(wanted if person is None else wanted.where(Dunning.person_id == person)))
        arrears.record_delivery(letters, delivered_on=on, returned_on=None, proof="掛號 123456", today=on)


def rows_of(run_id: int) -> list[Dunning]:
    return list(db.session.scalars(sa.select(Dunning).where(Dunning.run_id == run_id).order_by(Dunning.person_id)))


def the_run(run_id: int) -> DunningRun:
    return db.session.get_one(DunningRun, run_id)


NOW = clock.now
