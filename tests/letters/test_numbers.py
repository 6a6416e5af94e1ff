"""Five people taking numbers at once: none twice, none left out; a rollback gives its number back."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.letters.conftest import arrival, written
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.letters.models import Letter, Series
from unionops.letters.rules import Direction, Receiver, Role, State
from unionops.letters.services import definitions, incoming, outgoing

PEOPLE, EACH = 5, 8


def register(user_id: int, *, fails: bool = False) -> None:
    with unit_of_work("test", "test"):
        incoming.register(arrival(), by=db.session.get_one(User, user_id), today=clock.today(), now=clock.now())
        if fails:
            raise InterruptedError


def approved(user_id: int) -> list[int]:
    """Letters signed off, one for each try of each person."""
    with unit_of_work("test", "test"):
        made = [outgoing.draft(written(signatory="union"), by=db.session.get_one(User, user_id), now=clock.now()) for _one in range(PEOPLE * EACH)]
        for letter in made:
            letter.state, letter.approved_digest = State.APPROVED, outgoing.written_of(letter).digest
    return [letter.id for letter in made]


def issue(user_id: int, letter_id: int, *, fails: bool = False) -> None:
    with unit_of_work("test", "test"):
        outgoing.issue(
            db.session.get_one(Letter, letter_id), series=None, by=db.session.get_one(User, user_id), paper=lambda one: b"%PDF-1.4\n%%EOF",
            today=clock.today(), now=clock.now(),
        )
        if fails:
            raise InterruptedError


def all_at_once(app, direction: Direction) -> list[int]:
    """Everybody registers or issues letters at the same moment; each third try breaks off after its number was taken."""
    user_id, start, wrong = new_user("staff").id, threading.Barrier(PEOPLE), []
    with unit_of_work("test", "test"):
        definitions.add_series(direction=direction, code="收", digits=4, today=clock.today())
    waiting = approved(user_id) if direction == Direction.OUT else []
    db.session.rollback()

    def work(person: int) -> None:
        with app.app_context():
            start.wait(30)
            for turn in range(EACH):
                try:
                    if direction == Direction.OUT:
                        issue(user_id, waiting[person * EACH + turn], fails=turn % 3 == 2)
                    else:
                        register(user_id, fails=turn % 3 == 2)
                except InterruptedError:
                    pass
                except Exception as error:
                    wrong.append(error)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(person,)) for person in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []
    db.session.rollback()
    given = sa.select(Letter.sequence, Letter.number).where(Letter.sequence.is_not(None)).order_by(Letter.sequence)
    rows = db.session.execute(given).all()
    assert len({number for _sequence, number in rows}) == len(rows)
    return [sequence for sequence, _number in rows]


def expected() -> list[int]:
    return list(range(1, PEOPLE * sum(turn % 3 != 2 for turn in range(EACH)) + 1))


@pytest.mark.parametrize("direction", list(Direction))
def test_on_sqlite(app, direction):
    assert all_at_once(app, direction) == expected()


@pytest.mark.postgres
@pytest.mark.parametrize("direction", list(Direction))
def test_on_postgresql(pg_app, direction):
    assert all_at_once(pg_app, direction) == expected()


@pytest.mark.postgres
def test_two_who_send_to_the_last_two_receivers_at_once_leave_none_unsent(pg_app):
    """The second waits and sees what the first has written down: the letter has gone out."""
    user_id = new_user("staff").id
    with unit_of_work("test", "test"):
        definitions.add_series(direction=Direction.OUT, code="總", digits=4, today=clock.today())
        receivers = (Receiver(Role.ORIGINAL, "甲機關"), Receiver(Role.COPY, "乙機關"))
        letter = outgoing.draft(written(signatory="union", receivers=receivers), by=db.session.get_one(User, user_id), now=clock.now())
        letter.state, letter.approved_digest = State.APPROVED, outgoing.written_of(letter).digest
    letter_id = letter.id
    issue(user_id, letter_id)
    db.session.rollback()
    start = threading.Barrier(2)

    def work(place: int) -> None:
        with pg_app.app_context(), unit_of_work("test", "test"):
            one = db.session.get_one(Letter, letter_id).receivers[place]
            start.wait(30)
            outgoing.send(one, way="post", sent_on=clock.today(), today=clock.today())

    threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    assert db.session.get_one(Letter, letter_id).state == State.SENT


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
