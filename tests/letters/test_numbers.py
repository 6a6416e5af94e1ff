"""Five people taking numbers at once: none twice, none left out; a rollback gives its number back."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.letters.conftest import arrival
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.letters.models import Letter, Series
from unionops.letters.rules import Direction
from unionops.letters.services import definitions, incoming

PEOPLE, EACH = 5, 8


def register(user_id: int, *, fails: bool = False) -> None:
    with unit_of_work("test", "test"):
        incoming.register(arrival(), by=db.session.get_one(User, user_id), today=clock.today(), now=clock.now())
        if fails:
            raise InterruptedError


def all_at_once(app) -> list[int]:
    """Everybody registers letters at the same moment; each third try breaks off after its number was taken."""
    user_id, start, wrong = new_user("staff").id, threading.Barrier(PEOPLE), []
    with unit_of_work("test", "test"):
        definitions.add_series(direction=Direction.IN, code="收", digits=4, today=clock.today())
    db.session.rollback()

    def work() -> None:
        with app.app_context():
            start.wait(30)
            for turn in range(EACH):
                try:
                    register(user_id, fails=turn % 3 == 2)
                except InterruptedError:
                    pass
                except Exception as error:
                    wrong.append(error)
            db.session.remove()

    threads = [threading.Thread(target=work) for _one in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []
    db.session.rollback()
    return list(db.session.scalars(sa.select(Letter.sequence).order_by(Letter.sequence)))


def expected() -> list[int]:
    return list(range(1, PEOPLE * sum(turn % 3 != 2 for turn in range(EACH)) + 1))


def test_on_sqlite(app):
    assert all_at_once(app) == expected()


@pytest.mark.postgres
def test_on_postgresql(pg_app):
    assert all_at_once(pg_app) == expected()


@pytest.mark.postgres
def test_the_first_series_is_made_once(pg_app):
    """Two who register the very first letter: the second meets the first's series."""
    user_id, start, wrong = new_user("staff").id, threading.Barrier(2), []

    def work() -> None:
        with pg_app.app_context():
            start.wait(30)
            for _try in range(2):  # What the gate does when somebody took the same meanwhile.
                try:
                    register(user_id)
                    break
                except sa.exc.IntegrityError as error:
                    wrong.append(error)
            db.session.remove()

    threads = [threading.Thread(target=work) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    assert len(db.session.scalars(sa.select(Series)).all()) == 1
    assert sorted(db.session.scalars(sa.select(Letter.sequence))) == [1, 2]
