"""A bank's file of ten thousand lines among all members: read, judged and booked, against what the database takes for the same rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from time import perf_counter

import sqlalchemy as sa

from bench import data, dues
from bench.measures import counted
from bench.report import Section, seconds, times
from unionops.core import clock
from unionops.core.db import bulk, bulk_insert, db, plain, rollback, unit_of_work
from unionops.core.union.models import BankAccount, Union
from unionops.members import models as m
from unionops.members.queries import dues as owed
from unionops.members.services import statements
from unionops.members.services.statements import reading
from unionops.values.roc import roc_date

AT_MOST = 4.0
"""How many times the rows alone reading and judging may take."""
LINES = 10_000


def matched(homes: data.Homes, kinds: Sequence[str], sizes: Sequence[int], *, quick: bool) -> Section:
    """The same file for unions of each size; one of few lines beside it counts the SQL statements of judging."""
    count = 500 if quick else LINES
    section = Section(
        "Statement matching",
        f"A bank's file of {count:,} lines, most with a member number, is read and judged against names, numbers and open bills; then what is certain is "
        f"booked with allotments and vouchers, all judged once more before and what is left after. Beside it the rows alone: the lines inserted, names and "
        f"bills read, a verdict with its proposal written to each line. At most {AT_MOST:g} times. Judging takes as many SQL statements as for ten lines.",
        ("database", "members", "read and judged", "rows alone", "ratio", "at most", "booked", "statements, 10 lines and all"),
    )
    for size in sizes:
        for kind in kinds:
            app = homes.new(kind, f"matching_{size}")
            data.fill(app, size)
            dues.fill(app, size)
            dues.bill(app, size)
            with app.app_context():
                account, today = _account(), clock.today()
                few = _judged(_file(10, today, "few"), account, today)[1]
                judged, several = _judged(_file(count, today, "all"), account, today)
                begun = perf_counter()
                with unit_of_work("bench", "bench"):
                    done = statements.post(today=today)
                booked, alone = perf_counter() - begun, _alone(count, today)
                db.session.remove()
                db.engine.dispose()
            section.add(
                kind, f"{size:,}", seconds(judged), seconds(alone), times(judged / alone), times(AT_MOST), f"{done.count:,} in {seconds(booked)}",
                f"{few} / {several}", ok=None if quick else judged / alone <= AT_MOST and several <= few + 2,
            )
    return section


def _account() -> int:
    with unit_of_work("bench", "bench"):
        record = db.session.scalar(sa.select(Union)) or Union(name="bench", kind="occupational")
        db.session.add(record)
        db.session.flush()
        made = BankAccount(bank="bench", account_number="12345678", account_index="", holder="bench", from_on=date(2000, 1, 1))
        db.session.add(made)
        db.session.flush()
        return made.id


def _file(count: int, today: date, name: str) -> bytes:
    """Lines for the first members: four in five under a member number, the rest by name."""
    people = db.session.execute(
        sa.select(m.Membership.number, m.Person.name).join(m.Person, m.Person.id == m.Membership.person_id).where(m.Membership.left_on.is_(None)).order_by(m.Person.id).limit(count)
    ).all()
    db.session.rollback()
    balance, rows = 0, ["交易日期,摘要,支出金額,存入金額,餘額,備註,對方帳號"]
    for at in range(count):
        number, person = people[at % len(people)]
        balance += dues.MONTHLY
        rows.append(f"{roc_date(today)},{name},,{dues.MONTHLY},{balance},{person if at % 5 == 4 else f'No.{number}'},")
    return "\n".join(rows).encode()


def _judged(content: bytes, account: int, today: date) -> tuple[float, int]:
    begun = perf_counter()
    with unit_of_work("bench", "bench"):
        statements.take_in(content, "bench.csv", account=db.session.get_one(BankAccount, account), today=today)
        with counted() as seen:
            statements.judge_waiting(today)
    return perf_counter() - begun, len(seen)


_PROPOSAL = {
    "to": [[1, "2026-01-01", 200]], "people": [1], "held": None,
    "reasons": [{"message": "寫了會員編號。", "params": {}, "code": "number"}, {"message": "金額 %(amount)s 元與未繳金額相同。", "params": {"amount": "200"}, "code": "exact"}],
}


def _alone(count: int, today: date) -> float:
    """The lines inserted, everybody's names and bills read, and the same written to every line, with nothing made of it."""
    begun = perf_counter()
    with unit_of_work("bench", "bench"):
        made = m.Statement(layout="bank_table", kind="bank", file_name="x", fingerprint="x", counts={})
        db.session.add(made)
        db.session.flush()
        bulk_insert(m.StatementLine.__table__, reading._COLUMNS, [
            (made.id, at, f"alone{at}", today, None, 200, 0, "", "", "", "", "", 0, "", 0, {}, "", "") for at in range(count)
        ], reason="statement_line")
        plain(sa.select(m.Person.id, m.Person.name, m.Membership.number).join(m.Membership, m.Membership.person_id == m.Person.id)).all()
        plain(owed.charges_as_of(None, None, open_only=False)).all()
        table = m.StatementLine.__table__
        ids = db.session.scalars(sa.select(table.c.id).where(table.c.statement_id == made.id)).all()
        bulk(
            sa.update(table).where(table.c.id == sa.bindparam("b_id")).values(verdict="by_number", confidence=98, proposal=sa.bindparam("proposal")),
            [{"b_id": one, "proposal": _PROPOSAL} for one in ids], reason="statement_line",
        )
        taken = perf_counter() - begun
        rollback()
    return taken
