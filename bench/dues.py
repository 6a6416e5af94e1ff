"""A year of dues for the invented membership, set by set: every month charged to everybody in force, most of it paid, one in eight behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa
from flask import Flask

from bench import data
from unionops.core import clock
from unionops.core.db import bulk_insert, db, touch_data, unit_of_work
from unionops.members import models as m
from unionops.members.rules.dues import months_on

MONTHS = 12
MONTHLY = 200
SCHEME = 1


def fill(app: Flask, count: int) -> None:
    """Twelve monthly runs up to the month before this one, with what was paid on them."""
    today = clock.today()
    first = months_on(today.replace(day=1), -MONTHS)
    with app.app_context():
        with unit_of_work("bench", "bench"):
            db.session.add(m.Scheme(id=SCHEME, title="經常會費", kind="regular", period="month"))
            db.session.add(m.SchemeTerms(scheme_id=SCHEME, valid_from=date(2000, 1, 1), basis="fixed", amount=MONTHLY))
            for at in range(MONTHS):
                _month(count, at, months_on(first, at))
            touch_data("dues")
            _count_on()
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        db.session.remove()


def bill(app: Flask, count: int) -> None:
    """One run more, of this month, which nobody paid yet."""
    with app.app_context():
        with unit_of_work("bench", "bench"):
            _charge(count, MONTHS, clock.today().replace(day=1))
            touch_data("dues")
            _count_on()
        db.session.remove()


def _count_on() -> None:
    """What is written next is numbered after what was given its number here."""
    if db.engine.dialect.name == "postgresql":
        for model in (m.Scheme, m.BillRun, m.Charge, m.Payment):
            table = model.__tablename__
            db.session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"))


def _month(count: int, at: int, period: date) -> None:
    members, ids = _charge(count, at, period)
    due, now = months_on(period, 1) - timedelta(1), clock.now()
    paid = [(number, one) for number, one in zip(ids, members, strict=True) if one % 8 or at < one // 8 % MONTHS]
    bulk_insert(m.Payment.__table__, ("id", "person_id", "kind", "channel", "received_on", "amount", "payer", "note", "created_at"), [
        (number, one, "received", "bank", due, MONTHLY, "", "", now) for number, one in paid
    ], reason="payment")
    bulk_insert(m.Allocation.__table__, ("payment_id", "charge_id", "amount", "allotted_on"), [
        (number, number, MONTHLY, due) for number, _one in paid
    ], reason="allocation")


def _charge(count: int, at: int, period: date) -> tuple[list[int], list[int]]:
    """The run of a month: (people, their charges)."""
    run, due = at + 1, months_on(period, 1) - timedelta(1)
    db.session.add(m.BillRun(id=run, title=f"{period:%Y-%m}", period_on=period, schemes=[SCHEME], billed_on=period))
    db.session.flush()
    members = list(_in_force(count))
    ids = [at * count + one for one in members]
    bulk_insert(m.Charge.__table__, (
        "id", "person_id", "run_id", "scheme_id", "kind", "text", "period_on", "months", "entry", "amount", "charged_on", "due_on", "order", "why",
    ), [
        (number, one, run, SCHEME, "regular", "經常會費", period, 1, 1, MONTHLY, period, due, 10, "") for number, one in zip(ids, members, strict=True)
    ], reason="charge")
    return members, ids


def _in_force(count: int) -> Iterator[int]:
    return (one.at for one in data.invent(count) if one.left_on is None)
