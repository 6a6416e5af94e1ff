"""What the screens of billing show: schemes, reductions, drafts, runs and their charges, numbers on bills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.db import db, plain
from unionops.members.models import (
    Adjustment,
    Allocation,
    BillDraft,
    BillDraftLine,
    BillRun,
    Charge,
    Exemption,
    Membership,
    PaymentNumbering,
    Person,
    Scheme,
    SchemeTerms,
    UnitStay,
)
from unionops.members.queries.dues import total
from unionops.members.queries.stays import member_number
from unionops.members.queries.visibility import visible_people
from unionops.members.rules.payment_numbers import Numbering, numbering


def schemes() -> list[Scheme]:
    """Every scheme with its terms, those in use first, in the order of allotment."""
    ended = sa.case((Scheme.closed_on.is_(None), 0), else_=1)
    return list(db.session.scalars(sa.select(Scheme).options(sa.orm.selectinload(Scheme.terms)).order_by(ended, Scheme.order, Scheme.id)))


def terms_now(scheme: Scheme, on: date) -> SchemeTerms | None:
    """The terms that hold on a day."""
    return next((one for one in reversed(scheme.terms) if one.valid_from <= on), None)


def scheme_titles() -> dict[int, str]:
    return dict(db.session.execute(sa.select(Scheme.id, Scheme.title)).all())


# --- runs -------------------------------------------------------------------------------------------------------------


def was_billed() -> bool:
    """Whether anything was ever charged, by a run or as an opening balance."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Charge.id.is_not(None)))))


def runs() -> sa.Select[Any]:
    """(run, who made it), the newest first."""
    return sa.select(BillRun, User.name).outerjoin(User, User.id == BillRun.by_user_id).order_by(BillRun.id.desc())


def drafts() -> list[tuple[BillDraft, str | None]]:
    """(draft, who began it), the newest first."""
    found = sa.select(BillDraft, User.name).outerjoin(User, User.id == BillDraft.by_user_id).where(BillDraft.run_id.is_(None)).order_by(BillDraft.id.desc())
    return [(draft, name) for draft, name in db.session.execute(found)]


def draft(draft_id: int) -> BillDraft | None:
    """The draft, unless a run was made of it or it was dropped."""
    return db.session.scalar(sa.select(BillDraft).where(BillDraft.id == draft_id, BillDraft.run_id.is_(None)))


class DraftLine(NamedTuple):
    """A line of a draft with whose it is."""

    person_id: int
    name: str
    number: str | None
    scheme_id: int
    verdict: str
    amount: int
    before: int
    months: int
    reduced: int
    reason: str


def draft_verdicts(draft: BillDraft) -> dict[str, int]:
    """verdict → lines."""
    return dict(db.session.execute(
        sa.select(BillDraftLine.verdict, sa.func.count()).where(BillDraftLine.draft_id == draft.id).group_by(BillDraftLine.verdict)
    ).all())


def draft_lines(draft: BillDraft, *, verdicts: Sequence[str], schemes: Sequence[int] = (), offset: int = 0, limit: int | None = None) -> list[DraftLine]:
    """Lines in the order of member numbers."""
    wanted = (
        sa.select(
            Person.id, Person.name, member_number(Person.id), BillDraftLine.scheme_id, BillDraftLine.verdict, BillDraftLine.amount, BillDraftLine.before,
            BillDraftLine.months, BillDraftLine.reduced, BillDraftLine.reason,
        )
        .join(Person, Person.id == BillDraftLine.person_id).where(*_of(draft, verdicts, schemes)).order_by(BillDraftLine.place).offset(offset)
    )
    return [DraftLine(*row) for row in plain(wanted if limit is None else wanted.limit(limit))]


def draft_count(draft: BillDraft, verdicts: Sequence[str], schemes: Sequence[int] = ()) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(BillDraftLine).where(*_of(draft, verdicts, schemes))) or 0


def _of(draft: BillDraft, verdicts: Sequence[str], schemes: Sequence[int]) -> list[sa.ColumnElement[bool]]:
    found = [BillDraftLine.draft_id == draft.id, BillDraftLine.verdict.in_(verdicts)]
    return [*found, BillDraftLine.scheme_id.in_(schemes)] if schemes else found


class ChargeLine(NamedTuple):
    """A charge with whose it is: as charged, what it asks for now, what is open of it."""

    id: int
    person_id: int
    name: str
    number: str | None
    scheme_id: int | None
    text: str
    due_on: date
    charged: int
    amount: int
    open: int
    why: str


class RunFilter(NamedTuple):
    """Which charges of a run: ``state`` is ``""``, ``open``, ``paid`` or ``changed``; ``text`` part of a name or a member number."""

    text: str = ""
    state: str = ""
    schemes: tuple[int, ...] = ()


def _sums() -> tuple[Any, Any]:
    changed = sa.select(total(Adjustment.amount)).where(Adjustment.charge_id == Charge.id).correlate(Charge).scalar_subquery()
    paid = sa.select(total(Allocation.amount)).where(Allocation.charge_id == Charge.id).correlate(Charge).scalar_subquery()
    amount = Charge.amount + sa.func.coalesce(changed, 0)
    return amount, amount - sa.func.coalesce(paid, 0)


def _narrowed(query: Any, run: BillRun, wanted: RunFilter, user: Any) -> Any:
    amount, left = _sums()
    query = query.where(Charge.run_id == run.id)
    if (people := visible_people(user)) is not None:
        query = query.where(Charge.person_id.in_(people))
    if wanted.schemes:
        query = query.where(Charge.scheme_id.in_(wanted.schemes))
    if wanted.state == "open":
        query = query.where(left > 0)
    elif wanted.state == "paid":
        query = query.where(left == 0, amount > 0)
    elif wanted.state == "changed":
        query = query.where(sa.exists().where(Adjustment.charge_id == Charge.id))
    if text := wanted.text.strip():
        of_number = sa.select(Membership.person_id).where(Membership.number.in_({text, text.zfill(5), text.zfill(6), text.lstrip("0")}))
        query = query.where(sa.or_(Charge.person_id.in_(sa.select(Person.id).where(Person.name.contains(text, autoescape=True))), Charge.person_id.in_(of_number)))
    return query


def run_charges(run: BillRun, wanted: RunFilter, user: Any, *, offset: int = 0, limit: int | None = None, after: int = 0) -> list[ChargeLine]:
    """Charges of a run that this user may see, in the order in which they were made; ``after`` a charge's id."""
    amount, left = _sums()
    query = sa.select(
        Charge.id, Person.id, Person.name, member_number(Person.id), Charge.scheme_id, Charge.text, Charge.due_on, Charge.amount, amount, left, Charge.why,
    ).join(Person, Person.id == Charge.person_id).where(Charge.id > after).order_by(Charge.id).offset(offset)
    query = _narrowed(query, run, wanted, user)
    return [ChargeLine(*row) for row in plain(query if limit is None else query.limit(limit))]


def run_count(run: BillRun, wanted: RunFilter, user: Any) -> int:
    return db.session.scalar(_narrowed(sa.select(sa.func.count()).select_from(Charge), run, wanted, user)) or 0


def run_in_batches(run: BillRun, wanted: RunFilter, user: Any, size: int = 5_000) -> Iterator[list[ChargeLine]]:
    """The same for a file, a part in memory at a time."""
    after = 0
    while some := run_charges(run, wanted, user, limit=size, after=after):
        yield some
        after = some[-1].id


def run_sums(run: BillRun) -> tuple[int, int]:
    """NT$ that the charges of a run ask for now, and what is open of them."""
    mine = sa.select(Charge.id).where(Charge.run_id == run.id)
    charged, changed, paid = (
        db.session.scalar(sa.select(total(column)).where(condition)) or 0
        for column, condition in (
            (Charge.amount, Charge.run_id == run.id), (Adjustment.amount, Adjustment.charge_id.in_(mine)), (Allocation.amount, Allocation.charge_id.in_(mine)),
        )
    )
    return charged + changed, charged + changed - paid


def changes_of_run(run: BillRun, limit: int = 200) -> list[tuple[Adjustment, str, int, str]]:
    """(adjustment, person, person id, what for) that a run made of charges of earlier ones."""
    found = (
        sa.select(Adjustment, Person.name, Person.id, Charge.text).join(Charge, Charge.id == Adjustment.charge_id).join(Person, Person.id == Charge.person_id)
        .where(Adjustment.run_id == run.id).order_by(Adjustment.id).limit(limit)
    )
    return [(one, name, person, text) for one, name, person, text in db.session.execute(found)]


# --- who pays less ----------------------------------------------------------------------------------------------------


def exemptions(user: Any, *, on: date, state: str = "", text: str = "") -> sa.Select[Any]:
    """(exemption, name, number, scheme's title) that this user may see; ``state``: ``now`` (default), ``past``, ``all``."""
    found = (
        sa.select(Exemption, Person.name, member_number(Person.id), Scheme.title).join(Person, Person.id == Exemption.person_id)
        .outerjoin(Scheme, Scheme.id == Exemption.scheme_id).order_by(Exemption.id.desc())
    )
    if (people := visible_people(user)) is not None:
        found = found.where(Exemption.person_id.in_(people))
    is_past = sa.and_(Exemption.until_on.is_not(None), Exemption.until_on < on)
    if state != "all":
        found = found.where(is_past if state == "past" else sa.not_(is_past))
    if text.strip():
        found = found.where(Person.name.contains(text.strip(), autoescape=True))
    return found


# --- numbers on bills -------------------------------------------------------------------------------------------------


def numberings() -> list[PaymentNumbering]:
    """How numbers are made, the newest first."""
    return list(db.session.scalars(sa.select(PaymentNumbering).order_by(PaymentNumbering.kind, PaymentNumbering.valid_from.desc())))


def numbering_on(kind: str, day: date) -> Numbering | None:
    """How the numbers of bills of this day are made; None while nothing is agreed."""
    found = db.session.scalar(
        sa.select(PaymentNumbering.pattern).where(PaymentNumbering.kind == kind, PaymentNumbering.valid_from <= day)
        .order_by(PaymentNumbering.valid_from.desc()).limit(1)
    )
    return numbering(found) if found else None


def every_numbering(kind: str) -> list[Numbering]:
    """Every pattern that bills ever had, the newest first: what a statement may tell of."""
    found = db.session.scalars(sa.select(PaymentNumbering.pattern).where(PaymentNumbering.kind == kind).order_by(PaymentNumbering.valid_from.desc()))
    return [numbering(pattern) for pattern in dict.fromkeys(found)]


# --- bills ------------------------------------------------------------------------------------------------------------


class BillLine(NamedTuple):
    text: str
    due_on: date
    amount: int
    open: int
    why: str


class PersonBill(NamedTuple):
    """What one person owes from one run, with where to write to."""

    person_id: int
    name: str
    number: str
    unit_id: int | None
    address: str
    email: str
    lines: tuple[BillLine, ...]

    @property
    def open(self) -> int:
        return sum(one.open for one in self.lines)


def bills_of_run(run: BillRun, user: Any, *, after: str = "", limit: int = 500, people: Sequence[int] | None = None) -> list[PersonBill]:
    """Bills with something open, by member number after ``after``, at most so many people."""
    _amount, left = _sums()
    newest = sa.select(sa.func.max(Membership.id)).group_by(Membership.person_id)
    wanted = sa.select(Membership.person_id, Membership.number, Membership.id.label("stay")).where(
        Membership.id.in_(newest), Membership.number > after, Membership.person_id.in_(sa.select(Charge.person_id).where(Charge.run_id == run.id, left > 0)),
    ).order_by(Membership.number).limit(limit)
    if (seen := visible_people(user)) is not None:
        wanted = wanted.where(Membership.person_id.in_(seen))
    if people is not None:
        wanted = wanted.where(Membership.person_id.in_(people))
    stays = {row.person_id: row for row in plain(wanted)}
    if not stays:
        return []
    units = dict(plain(sa.select(UnitStay.membership_id, UnitStay.unit_id).where(
        UnitStay.membership_id.in_([row.stay for row in stays.values()]), UnitStay.until_on.is_(None))).all())
    lines: dict[int, list[BillLine]] = {}
    for row in run_charges_of(run, list(stays)):
        lines.setdefault(row.person_id, []).append(BillLine(row.text, row.due_on, row.amount, row.open, row.why))
    known = {one.id: one for one in db.session.scalars(sa.select(Person).where(Person.id.in_(stays)))}
    return [
        PersonBill(
            person, known[person].name, row.number, units.get(row.stay), known[person].mail_address or known[person].home_address or "",
            known[person].email or "", tuple(lines.get(person, ())),
        )
        for person, row in stays.items()
    ]


def run_charges_of(run: BillRun, people: Sequence[int]) -> list[ChargeLine]:
    """The charges of a run that ask for something, of some people."""
    amount, left = _sums()
    query = sa.select(
        Charge.id, Charge.person_id, sa.literal(""), sa.null(), Charge.scheme_id, Charge.text, Charge.due_on, Charge.amount, amount, left, Charge.why,
    ).where(Charge.run_id == run.id, Charge.person_id.in_(people), amount > 0).order_by(Charge.order, Charge.id)
    return [ChargeLine(*row) for row in plain(query)]


class ToTell(NamedTuple):
    """Of a run: people who still owe something, how many of them have a mail address, NT$ open."""

    people: int
    mail: int
    open: int


def to_tell(run: BillRun, user: Any) -> ToTell:
    _amount, left = _sums()
    owing = sa.select(Charge.person_id, left.label("open")).where(Charge.run_id == run.id, left > 0)
    if (seen := visible_people(user)) is not None:
        owing = owing.where(Charge.person_id.in_(seen))
    each = owing.subquery()
    has_mail = sa.case((sa.func.coalesce(Person.email, "") != "", each.c.person_id))
    row = db.session.execute(
        sa.select(sa.func.count(sa.distinct(each.c.person_id)), sa.func.count(sa.distinct(has_mail)), total(each.c.open)).select_from(each)
        .join(Person, Person.id == each.c.person_id)
    ).one()
    return ToTell(row[0], row[1], int(row[2] or 0))
