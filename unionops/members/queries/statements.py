"""Reads of statements: files and their lines, what waits, and what the matcher needs to know. Set-based; money NT$."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.db import db, plain
from unionops.members.models import (
    Charge,
    CheckoffLine,
    CheckoffList,
    Employer,
    Membership,
    PayerAccount,
    Payment,
    PaymentNumbering,
    Person,
    Statement,
    StatementLayout,
    StatementLine,
)
from unionops.members.queries import bills as numbers
from unionops.members.queries import dues
from unionops.members.rules import layouts
from unionops.members.rules.clues import Directory, Line
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.layouts import Layout, Source
from unionops.members.rules.matching import Bill
from unionops.members.rules.payment_numbers import ACCOUNT, SLIP

REMEMBERED = timedelta(400)
"""How long a paid bill is known, so that paying it again is seen as that."""


def every_layout() -> list[Layout]:
    """The union's own layouts first, then those that come with the program."""
    own = [layouts.layout_of({**one.content, "key": one.key, "title": one.title}, is_own=True) for one in db.session.scalars(sa.select(StatementLayout).order_by(StatementLayout.id))]
    return [*own, *layouts.built_in()]


def same_file(fingerprint: str) -> Statement | None:
    return db.session.scalar(sa.select(Statement).where(Statement.fingerprint == fingerprint))


def known_marks(marks: Sequence[str]) -> set[str]:
    """Those of these marks that a line has already."""
    found: set[str] = set()
    for start in range(0, len(marks), 5_000):
        found.update(db.session.scalars(sa.select(StatementLine.mark).where(StatementLine.mark.in_(marks[start : start + 5_000]))))
    return found


# --- for the matcher --------------------------------------------------------------------------------------------------


def directory(today: date) -> Directory:
    """Everybody who could pay: members in force, and whoever owed anything of late."""
    lately = sa.select(Charge.person_id).where(Charge.due_on >= today - REMEMBERED)
    in_force = sa.select(Membership.person_id).where(sa.or_(Membership.left_on.is_(None), Membership.left_on > today))
    could = sa.and_(Person.merged_into_id.is_(None), Person.id.in_(sa.union(in_force, lately)))  # Asked apart, PostgreSQL compares each with all.
    names = {person: (name, other) if other else (name,) for person, name, other in plain(sa.select(Person.id, Person.name, Person.other_name).where(could))}
    held = plain(sa.select(Membership.number, Membership.person_id).join(Person, Person.id == Membership.person_id).where(could))
    tails: dict[str, list[int]] = {}
    for tail, person in plain(sa.select(PayerAccount.tail, PayerAccount.person_id).order_by(PayerAccount.person_id)):
        if person in names:
            tails.setdefault(tail, []).append(person)
    return Directory(
        names, dict(held.all()), tails, tuple(db.session.scalars(sa.select(Employer.name))),
        tuple(db.session.scalars(sa.select(PaymentNumbering.agreed_with).where(PaymentNumbering.kind == SLIP).distinct())),
        tuple(numbers.every_numbering(ACCOUNT)), tuple(numbers.every_numbering(SLIP)),
        frozenset(plain(sa.select(CheckoffLine.person_id).join(CheckoffList, CheckoffList.id == CheckoffLine.list_id).where(
            CheckoffLine.person_id.is_not(None), CheckoffList.period_on >= today - REMEMBERED,
        )).scalars()),
    )


def bills_of(people: Collection[int], today: date) -> dict[int, list[Bill]]:
    """person → bills by period: whatever is open, and what was paid of late."""
    one = dues.charges_as_of(dues.some_of(people), None, open_only=False).subquery()
    rows = plain(
        sa.select(one.c.person_id, one.c.period_on, dues.total(one.c.amount), dues.total(one.c.open), sa.func.max(one.c.due_on))
        .where(one.c.amount > 0, sa.or_(one.c.open > 0, one.c.due_on >= today - REMEMBERED)).group_by(one.c.person_id, one.c.period_on)
    )
    found: dict[int, list[Bill]] = {}
    for row in rows.all():
        found.setdefault(row[0], []).append(Bill(*row))
    return found


def lines_to_judge() -> list[Line]:
    """Every line nobody decided yet, and the settled ones that a bank may have taken back by one of them."""
    columns = (
        StatementLine.id, Statement.kind, StatementLine.moved_on, StatementLine.amount, StatementLine.paid_on, StatementLine.word, StatementLine.memo,
        StatementLine.payer, StatementLine.account, StatementLine.code,
    )
    query = sa.select(*columns).join(Statement, Statement.id == StatementLine.statement_id).order_by(StatementLine.moved_on, StatementLine.id)
    found = [_line(row, False) for row in plain(query.where(StatementLine.settled_at.is_(None)))]
    backwards = {-one.amount for one in found if one.amount < 0}
    if backwards:
        settled = query.where(StatementLine.settled_as.in_(("posted", "suspense")), StatementLine.amount.in_(backwards))
        found += [_line(row, True) for row in plain(settled)]
    return sorted(found, key=lambda one: (one.moved_on, one.id))


_SOURCES = {one.value: one for one in Source}


def _line(row: Any, is_settled: bool) -> Line:
    return Line(row[0], _SOURCES[row[1]], *row[2:], is_settled=is_settled)


def judged_before() -> dict[int, tuple[str, int, dict[str, Any], int | None]]:
    """line → verdict, confidence, proposal, partner of every open line that was judged already."""
    rows = plain(
        sa.select(StatementLine.id, StatementLine.verdict, StatementLine.confidence, StatementLine.proposal, StatementLine.partner_id)
        .where(StatementLine.settled_at.is_(None), StatementLine.verdict != "")
    )
    return {number: (verdict, confidence, proposal, partner) for number, verdict, confidence, proposal, partner in rows}


# --- what waits -------------------------------------------------------------------------------------------------------


class Waiting(NamedTuple):
    """Which open lines are wanted."""

    verdicts: tuple[str, ...] = ()
    statement_id: int | None = None
    text: str = ""


def waiting(wanted: Waiting, *, limit: int | None = None, offset: int = 0) -> list[StatementLine]:
    """Open lines, the surest first, of equals the oldest."""
    return list(db.session.scalars(
        sa.select(StatementLine).where(*_open(wanted)).order_by(StatementLine.confidence.desc(), StatementLine.moved_on, StatementLine.id).limit(limit).offset(offset)
    ))


class Row(NamedTuple):
    """What is booked of a line, without the machinery of a record."""

    id: int
    statement_id: int
    moved_on: date
    paid_on: date | None
    amount: int
    fee: int
    payer: str
    account: str
    memo: str
    verdict: str
    proposal: dict[str, Any]


def waiting_rows(wanted: Waiting) -> list[Row]:
    """The same as ``waiting``, for batches."""
    rows = plain(
        sa.select(*(getattr(StatementLine, name) for name in Row._fields)).where(*_open(wanted))
        .order_by(StatementLine.confidence.desc(), StatementLine.moved_on, StatementLine.id)
    )
    return [Row(*row) for row in rows]


def known_accounts(people: Collection[int]) -> set[tuple[int, str]]:
    """(person, last five figures) that these people are known to pay from."""
    some = dues.some_of(people)
    rows = plain(sa.select(PayerAccount.person_id, PayerAccount.tail).where(PayerAccount.person_id.in_(some)))
    return {(person, tail) for person, tail in rows}


def waiting_ids(wanted: Waiting) -> list[int]:
    """The same, only their ids: to go from one to the next."""
    return list(db.session.scalars(
        sa.select(StatementLine.id).where(*_open(wanted)).order_by(StatementLine.confidence.desc(), StatementLine.moved_on, StatementLine.id)
    ))


def _open(wanted: Waiting) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [StatementLine.settled_at.is_(None)]
    if wanted.verdicts:
        found.append(StatementLine.verdict.in_(wanted.verdicts))
    if wanted.statement_id is not None:
        found.append(StatementLine.statement_id == wanted.statement_id)
    if wanted.text:
        if wanted.text.replace(",", "").isdigit() and len(wanted.text) < 12:
            found.append(StatementLine.amount == int(wanted.text.replace(",", "")))
        else:
            like = [column.contains(wanted.text, autoescape=True) for column in (StatementLine.memo, StatementLine.payer, StatementLine.code, StatementLine.account)]
            found.append(sa.or_(*like))
    return found


_BY_VERDICT = sa.select(StatementLine.verdict, sa.func.count().label("lines"), dues.total(StatementLine.amount).label("amount")).group_by(StatementLine.verdict)
OPEN = _BY_VERDICT.where(StatementLine.settled_at.is_(None))


def counts(statement_id: int | None = None, *, is_open: bool = True) -> dict[str, tuple[int, int]]:
    """verdict → (lines, NT$) of the open lines."""
    query = OPEN if is_open else _BY_VERDICT.where(StatementLine.settled_at.is_not(None))
    if statement_id is not None:
        query = query.where(StatementLine.statement_id == statement_id)
    return {verdict: (count, int(amount or 0)) for verdict, count, amount in plain(query)}


def outcomes(statement_id: int) -> dict[str, tuple[int, int]]:
    """What became of a file's lines: settled_as (empty: still open) → (lines, NT$)."""
    query = sa.select(StatementLine.settled_as, sa.func.count(), dues.total(StatementLine.amount)).where(StatementLine.statement_id == statement_id)
    return {how: (count, int(amount or 0)) for how, count, amount in db.session.execute(query.group_by(StatementLine.settled_as))}


class FileRow(NamedTuple):
    statement: Statement
    lines: int
    open: int


def files(*, limit: int, offset: int) -> list[FileRow]:
    """The files, the newest first, with how many lines each has and how many wait."""
    waits = sa.func.sum(sa.case((StatementLine.settled_at.is_(None), 1), else_=0))
    of = sa.select(StatementLine.statement_id, sa.func.count().label("lines"), waits.label("open")).group_by(StatementLine.statement_id).subquery()
    query = sa.select(Statement, of.c.lines, of.c.open).outerjoin(of, of.c.statement_id == Statement.id).order_by(Statement.id.desc()).limit(limit).offset(offset)
    return [FileRow(row[0], int(row[1] or 0), int(row[2] or 0)) for row in db.session.execute(query)]


def file_count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Statement)) or 0


def lines_of(statement_id: int, *, settled_as: str | None = None, limit: int, offset: int) -> list[StatementLine]:
    """A file's lines in its own order; ``settled_as`` empty: those that wait."""
    query = sa.select(StatementLine).where(StatementLine.statement_id == statement_id)
    if settled_as is not None:
        query = query.where(StatementLine.settled_as == settled_as)
    return list(db.session.scalars(query.order_by(StatementLine.place).limit(limit).offset(offset)))


def people(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """person → (name, member number), for what a page shows."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(Person.id, Person.name, sa.func.max(Membership.number)).outerjoin(Membership, Membership.person_id == Person.id)
        .where(Person.id.in_(wanted)).group_by(Person.id, Person.name)
    )
    return {person: (name, number or "") for person, name, number in rows}


def payments_of(line_id: int) -> list[Payment]:
    """What was booked for a line and still stands: not given back in full."""
    back = sa.select(Payment.reverses_id, dues.total(Payment.amount).label("total")).where(Payment.reverses_id.is_not(None)).group_by(Payment.reverses_id).subquery()
    return list(db.session.scalars(
        sa.select(Payment).outerjoin(back, back.c.reverses_id == Payment.id)
        .where(Payment.statement_line_id == line_id, Payment.kind == PaymentKind.RECEIVED, Payment.amount + sa.func.coalesce(back.c.total, 0) > 0).order_by(Payment.id)
    ))


# --- deposits of collectors and employers -----------------------------------------------------------------------------


class ShopDay(NamedTuple):
    """What shops' payments of one clearing day bring: before fees, the fees, and the first of its lines."""

    day: date
    amount: int
    fees: int
    first_id: int

    @property
    def net(self) -> int:
        return self.amount - self.fees


def shop_days(around: date) -> list[ShopDay]:
    """Clearing days near a deposit that no deposit paid for yet."""
    rows = db.session.execute(
        sa.select(StatementLine.moved_on, dues.total(StatementLine.amount), dues.total(StatementLine.fee), sa.func.min(StatementLine.id))
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(Statement.kind == Source.SHOP, StatementLine.moved_on.between(around - timedelta(7), around + timedelta(1)))
        .group_by(StatementLine.moved_on)
    )
    days = [ShopDay(day, int(amount), int(fees), first) for day, amount, fees, first in rows]
    firsts = [one.first_id for one in days]
    taken = set(db.session.scalars(sa.select(StatementLine.partner_id).where(
        StatementLine.settled_as == "aside", StatementLine.verdict == "store_settlement", StatementLine.partner_id.in_(firsts),
    ))) if firsts else set()
    return sorted((one for one in days if one.first_id not in taken), key=lambda one: abs((one.day - around).days))


def same_amount(line: StatementLine, limit: int = 20) -> Sequence[StatementLine]:
    """Payments that this reversal could take back: of its amount, not long before."""
    return list(db.session.scalars(
        sa.select(StatementLine).where(
            StatementLine.amount == -line.amount, StatementLine.moved_on.between(line.moved_on - timedelta(92), line.moved_on),
            StatementLine.settled_as.in_(("", "posted", "suspense")),
        ).order_by(StatementLine.moved_on.desc(), StatementLine.id.desc()).limit(limit)
    ))


def sums(rows: Mapping[str, tuple[int, int]], verdicts: Collection[str]) -> tuple[int, int]:
    """(lines, NT$) of some verdicts together."""
    return sum(rows[one][0] for one in verdicts if one in rows), sum(rows[one][1] for one in verdicts if one in rows)
