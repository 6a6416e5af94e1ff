"""A year of dues for the invented membership, set by set: every month charged to everybody in force, most of it paid, one in eight behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

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
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        db.session.remove()


def _month(count: int, at: int, period: date) -> None:
    run, due, now = at + 1, months_on(period, 1) - timedelta(1), clock.now()
    db.session.add(m.BillRun(id=run, title=f"{period:%Y-%m}", period_on=period, schemes=[SCHEME], billed_on=period))
    db.session.flush()
    members = list(_in_force(count))
    ids = [at * count + one for one in members]
    bulk_insert(m.Charge.__table__, (
        "id", "person_id", "run_id", "scheme_id", "kind", "text", "period_on", "months", "entry", "amount", "charged_on", "due_on", "order", "why",
    ), [
        (number, one, run, SCHEME, "regular", "經常會費", period, 1, 1, MONTHLY, period, due, 10, "") for number, one in zip(ids, members, strict=True)
    ], reason="charge")
    paid = [(number, one) for number, one in zip(ids, members, strict=True) if one % 8 or at < one // 8 % MONTHS]
    bulk_insert(m.Payment.__table__, ("id", "person_id", "kind", "channel", "received_on", "amount", "payer", "note", "created_at"), [
        (number, one, "received", "bank", due, MONTHLY, "", "", now) for number, one in paid
    ], reason="payment")
    bulk_insert(m.Allocation.__table__, ("payment_id", "charge_id", "amount", "allotted_on"), [
        (number, number, MONTHLY, due) for number, _one in paid
    ], reason="allocation")


def _in_force(count: int) -> Iterator[int]:
    return (one.at for one in data.invent(count) if one.left_on is None)
