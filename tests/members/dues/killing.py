"""Kills a process that works (kill -9) again and again, at random moments, and looks after each kill whether anything is half done.

One process is started and warm; each victim is forked from it. Run as ``python -m tests.members.dues.killing``: see ``killed``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from flask import Flask

from config import TestConfig
from unionops.app import create_app
from unionops.core.db import Counter, db, unit_of_work
from unionops.members.models import Charge, Payment, Person, Receipt
from unionops.members.rules.collecting import Channel
from unionops.members.services.dues import paying, receipts, running

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 9, 1)
BATCH = 20


class Outcome(NamedTuple):
    """How many victims were killed while they worked, and after how many something was half done."""

    died: int
    half_done: int


def killed(work: str, app: Flask, times: int) -> Outcome:
    """Lets ``runs`` or ``receipts`` be killed so many times over the database of an app."""
    db.session.remove()
    db.engine.dispose()
    done = subprocess.run(
        [sys.executable, "-m", "tests.members.dues.killing", work, str(app.config["SQLALCHEMY_DATABASE_URI"]), str(app.config["HOME"]), str(times)],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=150,
    )
    # A run that had ended before it was killed says that there is nothing left to bill; that is the only thing that may be said.
    assert done.stdout, done.stderr[-2000:]
    assert "Error" not in done.stderr.replace("RuleBroken", "").replace("sqlalchemy.exc.OperationalError", ""), done.stderr[-2000:]
    return Outcome(**json.loads(done.stdout))


def bill(month: int) -> None:
    """Bills everybody for a quarter, once."""
    with unit_of_work("test", "test"):
        running.apply([1, 2], date(2026, month, 1), title="run", today=TODAY)


def bills_are_whole() -> bool:
    """Each person has a charge of each scheme in every run that there is."""
    people = sa.select(sa.func.count(Person.id)).scalar_subquery()
    runs = sa.select(sa.func.count(sa.distinct(Charge.run_id))).scalar_subquery()
    return bool(db.session.scalar(sa.select(sa.func.count(Charge.id) == 2 * people * runs)))


def receive_and_issue(times: int | None) -> None:
    """Takes money over the counter with a receipt, and what a bank told of with receipts for the batch, so many times or for ever."""
    person = db.session.scalar(sa.select(sa.func.min(Person.id)))
    db.session.rollback()
    for _time in range(times) if times is not None else count():
        with unit_of_work("出納", "test"):
            made = paying.receive(db.session.get_one(Person, person), amount=10, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)
            receipts.issue(made, today=TODAY)
        with unit_of_work("會計", "test"):
            paying.receive_many([paying.Received(person, 5, TODAY, Channel.BANK, paying.NOWHERE)] * BATCH, today=TODAY)
        waiting = list(db.session.scalars(sa.select(Payment.id).where(~sa.exists().where(Receipt.payment_id == Payment.id)).order_by(Payment.id)))
        db.session.rollback()
        for start in range(0, len(waiting), BATCH):
            with unit_of_work("會計", "test"):
                receipts.issue_many(waiting[start : start + BATCH], today=TODAY)


def receipts_are_whole() -> bool:
    """Numbers from 1 on without a gap, and the next one follows; no batch of them in part; every receipt has its payment."""
    last = sa.select(sa.func.coalesce(sa.func.max(Receipt.serial), 0)).scalar_subquery()
    next_ = sa.select(sa.func.coalesce(sa.func.max(Counter.last), 0)).where(Counter.name.like("receipt.%")).scalar_subquery()
    singly = sa.func.sum(sa.case((Receipt.amount == 10, 1), else_=0))
    together = sa.func.sum(sa.case((Receipt.amount == 5, 1), else_=0))
    row = db.session.execute(sa.select(sa.func.count(Receipt.id), last, next_, sa.func.coalesce(singly, 0), sa.func.coalesce(together, 0))).one()
    return row[0] == row[1] == row[2] == row[3] + row[4] and row[4] % BATCH == 0


Act = Callable[[], None]
WORKS: dict[str, tuple[Act, Act, Act, Callable[[], bool]]] = {
    "runs": (lambda: bill(1), lambda: bill(4), lambda: bill(7), bills_are_whole),
    "receipts": (lambda: receive_and_issue(1), lambda: receive_and_issue(1), lambda: receive_and_issue(None), receipts_are_whole),
}
"""What is done to warm up, what once more to see how long it takes, what each victim does, and what must be so after it died."""


def main(work: str, url: str, home: str, times: int) -> Outcome:
    app, dice = create_app(TestConfig(url, home=Path(home))), random.Random(3)
    warm, once, victim, is_whole = WORKS[work]
    with app.app_context():
        warm()
        begun = time.monotonic()
        once()
        usual = time.monotonic() - begun
        db.session.remove()
        db.engine.dispose()
    died = half_done = 0
    for _attempt in range(times):
        child = os.fork()
        if not child:
            with app.app_context():
                victim()
            os._exit(0)
        time.sleep(dice.uniform(0, usual * 1.1))
        os.kill(child, signal.SIGKILL)
        died += os.waitpid(child, 0)[1] != 0
        with app.app_context():
            half_done += not is_whole()
            db.session.remove()
            db.engine.dispose()
    return Outcome(died, half_done)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))._asdict()))
