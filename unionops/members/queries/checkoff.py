"""Reads of what employers hold back: terms, lists, who could be asked for, expected against received month by month, what waits.

Whoever may see only some units sees only the lines of their members (``people_of``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from unionops.core.db import db, plain
from unionops.members.models import (
    CheckoffLine,
    CheckoffList,
    Consent,
    Employer,
    EmployerTerms,
    Employment,
    Membership,
    Payment,
    Person,
    Workplace,
)
from unionops.members.queries import dues
from unionops.members.queries.dues import total
from unionops.members.queries.stays import holds, in_force
from unionops.members.queries.visibility import visible_people, within
from unionops.members.rules import checkoff as rules
from unionops.members.rules.checkoff import Candidate, Verdict
from unionops.members.rules.collecting import PaymentKind
from unionops.members.rules.dues import months_on
from unionops.members.rules.membership import ConsentKind

KIND = "checkoff_list"
_back = aliased(Payment)


def people_of(user: Any, permission: str = "checkoff.read") -> Any:
    """SELECT of the people whose lines this user may see, or change with another permission; None for everybody's."""
    return None if user.scopes(permission) is None else visible_people(within(user, permission))


# --- terms and lists --------------------------------------------------------------------------------------------------


def terms_of(employer_id: int) -> list[EmployerTerms]:
    """All terms with an employer, the newest first."""
    return list(db.session.scalars(sa.select(EmployerTerms).where(EmployerTerms.employer_id == employer_id).order_by(EmployerTerms.from_on.desc())))


def terms_on(employer_id: int, first: date, last: date | None = None) -> EmployerTerms | None:
    """The terms that hold on a day, or at any time until ``last``; the newest of them."""
    return next((
        one for one in terms_of(employer_id) if one.from_on <= (last or first) and (one.until_on is None or one.until_on >= first)
    ), None)


class Line(NamedTuple):
    """An employer with check-off, as the first page shows it."""

    employer: Employer
    terms: EmployerTerms | None
    people: int
    last: CheckoffList | None
    asks: int


def overview(today: date) -> list[Line]:
    """Employers with terms, by name: how many members work there, the newest list, and how many of its rows wait for a decision."""
    with_terms = sa.select(EmployerTerms.employer_id)
    employers = list(db.session.scalars(sa.select(Employer).where(Employer.id.in_(with_terms)).order_by(Employer.name)))
    counts = dict(plain(
        sa.select(Employment.employer_id, sa.func.count(sa.distinct(Employment.person_id))).join(Membership, Membership.person_id == Employment.person_id)
        .where(Employment.employer_id.in_(with_terms), holds(Employment, today), in_force(today)).group_by(Employment.employer_id)
    ).all())
    newest = sa.select(sa.func.max(CheckoffList.period_on)).where(CheckoffList.employer_id == Employer.id).correlate(Employer).scalar_subquery()
    last = {one.employer_id: one for one in db.session.scalars(
        sa.select(CheckoffList).join(Employer, Employer.id == CheckoffList.employer_id).where(CheckoffList.period_on == newest)
    )}
    waiting = asking_counts([one.id for one in last.values()])
    return [
        Line(one, terms_on(one.id, today), counts.get(one.id, 0), found := last.get(one.id), waiting.get(found.id, 0) if found else 0) for one in employers
    ]


def without_terms() -> list[Employer]:
    """Employers with whom nothing is agreed yet, by name."""
    return list(db.session.scalars(
        sa.select(Employer).where(Employer.id.not_in(sa.select(EmployerTerms.employer_id)), Employer.closed_on.is_(None)).order_by(Employer.name)
    ))


def lists_of(employer_id: int) -> list[CheckoffList]:
    """Its lists, the newest first."""
    return list(db.session.scalars(sa.select(CheckoffList).where(CheckoffList.employer_id == employer_id).order_by(CheckoffList.period_on.desc())))


def overlapping(employer_id: int, period_on: date, months: int) -> CheckoffList | None:
    """A list that asks for one of these months already."""
    end = months_on(period_on, months)
    return next((one for one in lists_of(employer_id) if one.period_on < end and period_on < months_on(one.period_on, one.months)), None)


def lines_of(list_id: int, people: Any = None) -> list[CheckoffLine]:
    """Those asked for by staff number, then the numbers that nobody asked for. ``people`` narrows whose; then rows of nobody are left out."""
    wanted = sa.select(CheckoffLine).where(CheckoffLine.list_id == list_id, sa.or_(CheckoffLine.person_id.is_not(None), CheckoffLine.verdict != ""))
    if people is not None:
        wanted = wanted.where(CheckoffLine.person_id.in_(people))
    return list(db.session.scalars(wanted.order_by(CheckoffLine.person_id.is_(None), CheckoffLine.staff_number, CheckoffLine.id)))


class Sums(NamedTuple):
    """NT$ and head-counts of a list: asked for, held back according to the file, booked or to be booked by number, short."""

    people: int
    expected: int
    paid_people: int
    received: int
    applied: int
    held: int

    @property
    def short(self) -> int:
        return self.expected - self.applied


def sums(list_ids: Sequence[int], people: Any = None) -> dict[int, Sums]:
    """list id → its sums."""
    asked = CheckoffLine.person_id.is_not(None)
    received = sa.func.coalesce(CheckoffLine.received, 0)
    held = sa.case((received > CheckoffLine.applied, received - CheckoffLine.applied), else_=0)
    wanted = sa.select(
        CheckoffLine.list_id, sa.func.count(sa.case((asked, 1))), total(CheckoffLine.expected), sa.func.count(sa.case((sa.and_(asked, CheckoffLine.applied > 0), 1))),
        total(received), total(CheckoffLine.applied), total(held),
    ).where(CheckoffLine.list_id.in_(list_ids)).group_by(CheckoffLine.list_id)
    if people is not None:
        wanted = wanted.where(CheckoffLine.person_id.in_(people))
    return {row[0]: Sums(row[1], *(int(one or 0) for one in row[2:])) for row in plain(wanted)}


# --- whom to ask for --------------------------------------------------------------------------------------------------


def candidates(employer_id: int, period_on: date, months: int) -> list[Candidate]:
    """Members in force who work there at any time of the period, by staff number, with all that the rule asks for."""
    last = date.fromordinal(months_on(period_on, months).toordinal() - 1)
    rows = plain(
        sa.select(Employment.person_id, Employment.staff_number, Person.name, Membership.number, Workplace.name.label("place"), Employment.job)
        .join(Person, Person.id == Employment.person_id).join(Membership, Membership.person_id == Person.id)
        .outerjoin(Workplace, Workplace.id == Employment.workplace_id)
        .where(
            Employment.employer_id == employer_id, Person.merged_into_id.is_(None), holds(Employment, period_on, last), in_force(period_on, last),
        )
        .order_by(Employment.staff_number, Employment.from_on.desc(), Membership.number)
    ).all()
    first = {row.person_id: row for row in reversed(rows)}
    found = sorted(first.values(), key=lambda row: (row.staff_number, row.number))
    consents: dict[int, list[tuple[date, date | None]]] = {}
    for row in plain(sa.select(Consent.person_id, Consent.given_on, Consent.withdrawn_on).where(
        Consent.kind == ConsentKind.CHECK_OFF, Consent.person_id.in_(list(first)),
    )):
        consents.setdefault(row.person_id, []).append((row.given_on, row.withdrawn_on))
    items, credit = dues.items_of(first, open_only=False), dues.credit_of(first)
    return [
        Candidate(
            row.person_id, row.staff_number, row.name, str(row.number), tuple(consents.get(row.person_id, ())), tuple(items.get(row.person_id, ())),
            credit.get(row.person_id, 0), row.place or row.job or "",
        )
        for row in found
    ]


def working_there(employer_id: int) -> dict[str, str]:
    """staff number → name of everybody on record as working there now or before; for rows that nobody asked for."""
    return dict(plain(
        sa.select(Employment.staff_number, Person.name).join(Person, Person.id == Employment.person_id)
        .where(Employment.employer_id == employer_id, Employment.staff_number != "", Person.merged_into_id.is_(None))
    ).all())


# --- expected against received ----------------------------------------------------------------------------------------


class Month(NamedTuple):
    """One person's month: what was asked for, what of it was held back, and the verdict of the list it stood on ("" before an answer)."""

    expected: int
    received: int | None
    verdict: str


class Row(NamedTuple):
    """One person over the months, for the evidence. ``months`` has None where he was not asked for."""

    person_id: int
    staff_number: str
    name: str
    months: tuple[Month | None, ...]
    expected: int
    received: int


class Matrix(NamedTuple):
    """People × months, and for each month: (month, people asked for, people held back from, NT$ expected, NT$ by number)."""

    months: tuple[date, ...]
    rows: tuple[Row, ...]
    totals: tuple[tuple[date, int, int, int, int], ...]

    def without_empty_ends(self) -> Matrix:
        """From the first month somebody was asked for to the last one; as it is where nobody ever was."""
        used = [place for place, one in enumerate(self.totals) if one[1]]
        if not used:
            return self
        part = slice(used[0], used[-1] + 1)
        return Matrix(self.months[part], tuple(one._replace(months=one.months[part]) for one in self.rows), self.totals[part])


def matrix(employer_id: int, first: date, months: int, people: Any = None) -> Matrix:
    """Month by month who was asked for and what came. A list for several months is told month by month by its file; without months in the
    file in equal parts."""
    span = tuple(months_on(first, at) for at in range(months))
    lists = {one.id: one for one in lists_of(employer_id) if one.period_on <= span[-1] and months_on(one.period_on, one.months) > first}
    wanted = sa.select(CheckoffLine).where(CheckoffLine.list_id.in_(list(lists)), CheckoffLine.person_id.is_not(None))
    if people is not None:
        wanted = wanted.where(CheckoffLine.person_id.in_(people))
    cells: dict[int, dict[date, Month]] = {}
    known: dict[int, CheckoffLine] = {}
    for line in db.session.scalars(wanted.order_by(CheckoffLine.staff_number)):
        sheet = lists[line.list_id]
        assert line.person_id is not None
        known[line.person_id] = line
        for at, month in enumerate(months_on(sheet.period_on, place) for place in range(sheet.months)):
            if month in span:
                asked = _part(line.expected, at, sheet.months)
                cells.setdefault(line.person_id, {})[month] = Month(asked, _of_month(line, sheet, month, at), line.verdict)
    rows = tuple(
        Row(
            person, known[person].staff_number, known[person].name, tuple(mine.get(month) for month in span),
            sum(one.expected for one in mine.values()), sum(one.received or 0 for one in mine.values()),
        )
        for person, mine in cells.items()
    )
    totals = []
    for place, month in enumerate(span):
        here = [one for row in rows if (one := row.months[place]) is not None]
        totals.append((month, len(here), sum(1 for one in here if one.received), sum(one.expected for one in here), sum(one.received or 0 for one in here)))
    return Matrix(span, rows, tuple(totals))


def _part(amount: int, at: int, months: int) -> int:
    return amount * (at + 1) // months - amount * at // months


def _of_month(line: CheckoffLine, sheet: CheckoffList, month: date, at: int) -> int | None:
    """What was held back for one month, as far as it is the person's."""
    if sheet.returned_on is None:
        return None
    told: dict[str, int] = {}
    for row in line.rows:
        for key, amount in row[1]:
            told[key] = told.get(key, 0) + amount
    if sheet.months == 1 or "" in told or line.applied != line.received:
        return _part(line.applied, at, sheet.months)
    return told.get(month.isoformat(), 0)


# --- what waits -------------------------------------------------------------------------------------------------------

_ASKS = sa.and_(
    CheckoffLine.decision == "", sa.or_(
        sa.func.coalesce(CheckoffLine.received, 0) > CheckoffLine.applied, CheckoffLine.other_name != "",
        CheckoffLine.verdict.in_([Verdict.NEGATIVE, Verdict.UNREADABLE]),
    ),
)


def asking(user: Any, list_id: int | None = None) -> list[CheckoffLine]:
    """Rows of returned files that wait for somebody's decision, the oldest list first."""
    wanted = sa.select(CheckoffLine).join(CheckoffList, CheckoffList.id == CheckoffLine.list_id).where(_ASKS)
    if list_id is not None:
        wanted = wanted.where(CheckoffLine.list_id == list_id)
    if (people := people_of(user)) is not None:
        wanted = wanted.where(CheckoffLine.person_id.in_(people))
    return list(db.session.scalars(wanted.order_by(CheckoffList.period_on, CheckoffList.employer_id, CheckoffLine.id)))


def asking_counts(list_ids: Iterable[int]) -> dict[int, int]:
    """list id → how many of its rows wait."""
    return dict(plain(
        sa.select(CheckoffLine.list_id, sa.func.count(CheckoffLine.id)).where(_ASKS, CheckoffLine.list_id.in_(list(list_ids))).group_by(CheckoffLine.list_id)
    ).all())


def payments_of(list_ids: Sequence[int]) -> list[Payment]:
    """What was booked from these lists, in order."""
    lines = sa.select(CheckoffLine.id).where(CheckoffLine.list_id.in_(list_ids))
    return list(db.session.scalars(sa.select(Payment).where(Payment.checkoff_line_id.in_(lines), Payment.kind == PaymentKind.RECEIVED).order_by(Payment.id)))


def payments_of_line(line_id: int) -> list[Payment]:
    """What was booked from one row, in order: the person's part, then what belonged to nobody."""
    return list(db.session.scalars(sa.select(Payment).where(Payment.checkoff_line_id == line_id, Payment.kind == PaymentKind.RECEIVED).order_by(Payment.id)))


def suspended(line_id: int) -> list[tuple[Payment, int]]:
    """Payments of a row that are still nobody's, with what is left of each."""
    back = sa.select(sa.func.coalesce(sa.func.sum(_back.amount), 0)).where(_back.reverses_id == Payment.id).scalar_subquery()
    rows = db.session.execute(
        sa.select(Payment, Payment.amount + back).where(Payment.checkoff_line_id == line_id, Payment.person_id.is_(None), Payment.kind == PaymentKind.RECEIVED, Payment.amount + back > 0)
        .order_by(Payment.id)
    )
    return [(row[0], int(row[1])) for row in rows]


def refunded(list_id: int) -> bool:
    """Whether money of a list was given back from the bank already."""
    mine = sa.select(Payment.id).join(CheckoffLine, CheckoffLine.id == Payment.checkoff_line_id).where(CheckoffLine.list_id == list_id)
    return db.session.scalar(sa.select(Payment.id).where(Payment.reverses_id.in_(mine), Payment.kind == PaymentKind.REFUNDED).limit(1)) is not None


class Awaited(NamedTuple):
    """A booked list whose money has not been seen at the bank: ``booked`` NT$ lie in transit, of which ``transferred`` (told by the
    employer, or all) should arrive less ``fee``."""

    list_id: int
    employer_id: int
    employer: str
    booked: int
    transferred: int
    fee: int
    on: date | None


def deposits_awaited() -> list[Awaited]:
    """Booked lists without a bank line, the oldest first: what a bank statement's lines are held against."""
    back = aliased(Payment)  # What was booked once and taken back is in transit no more.
    booked = (
        sa.select(CheckoffLine.list_id, total(Payment.amount + sa.func.coalesce(back.amount, 0)).label("total")).join(Payment, Payment.checkoff_line_id == CheckoffLine.id)
        .outerjoin(back, sa.and_(back.reverses_id == Payment.id, back.kind == PaymentKind.REVERSED)).group_by(CheckoffLine.list_id).subquery()
    )
    rows = plain(
        sa.select(
            CheckoffList.id, CheckoffList.employer_id, Employer.name, booked.c.total, CheckoffList.transferred, CheckoffList.fee, CheckoffList.transferred_on,
        )
        .join(Employer, Employer.id == CheckoffList.employer_id).join(booked, booked.c.list_id == CheckoffList.id)
        .where(CheckoffList.booked_on.is_not(None), CheckoffList.statement_line_id.is_(None)).order_by(CheckoffList.period_on, CheckoffList.id)
    )
    return [
        Awaited(number, employer, name, int(amount), transferred if transferred is not None else int(amount) - fee, fee, on)
        for number, employer, name, amount, transferred, fee, on in rows
    ]


class Figures(NamedTuple):
    """What the desk says: lists whose answer is late, answers not yet booked, rows that wait for a decision."""

    late: int
    unbooked: int
    asks: int


FIGURES = sa.select(
    sa.select(sa.func.count(CheckoffList.id)).where(CheckoffList.returned_on.is_(None), CheckoffList.due_on < sa.bindparam("today", type_=sa.Date)).scalar_subquery().label("late"),
    sa.select(sa.func.count(CheckoffList.id)).where(CheckoffList.returned_on.is_not(None), CheckoffList.booked_on.is_(None)).scalar_subquery().label("unbooked"),
    sa.select(sa.func.count(CheckoffLine.id)).where(_ASKS).scalar_subquery().label("asks"),
)


def figures(today: date) -> Figures:
    return Figures(*plain(FIGURES, {"today": today}).one())


def consent_lines(employer_id: int, today: date, people: Any = None) -> list[tuple[Candidate, rules.LeftOut | None]]:
    """Who works there now, and whether an individual consent is in force (None: it is)."""
    first = today.replace(day=1)
    allowed = None if people is None else set(db.session.scalars(people))
    return [
        (one, rules.consent(one.consents, months_on(first, 1))) for one in candidates(employer_id, first, 1) if allowed is None or one.person_id in allowed
    ]


def lists_by_id(ids: Iterable[int]) -> list[CheckoffList]:
    """These lists."""
    return list(db.session.scalars(sa.select(CheckoffList).where(CheckoffList.id.in_(list(ids)))))


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """person id → name."""
    return dict(plain(sa.select(Person.id, Person.name).where(Person.id.in_(list(ids)))).all())


def likely(line: CheckoffLine) -> Person | None:
    """Whom a row that nobody was asked for probably means: the one of the number like it, or whose number it is."""
    number = line.like or line.staff_number
    sheet = db.session.get_one(CheckoffList, line.list_id)
    found = list(db.session.scalars(
        sa.select(Person).join(Employment, Employment.person_id == Person.id)
        .where(Employment.employer_id == sheet.employer_id, Employment.staff_number == number, Person.merged_into_id.is_(None)).distinct()
    ))
    return found[0] if len(found) == 1 else None


def changes(sheet: CheckoffList) -> tuple[list[str], list[str]]:
    """Who is new on a list and who is no longer on it, against the list before; both empty for a first one."""
    before = next((one for one in lists_of(sheet.employer_id) if one.period_on < sheet.period_on), None)
    if before is None:
        return [], []
    now, then = ({line.person_id: f"{line.staff_number} {line.name}" for line in lines_of(one.id) if line.person_id} for one in (sheet, before))
    return [told for person, told in now.items() if person not in then], [told for person, told in then.items() if person not in now]
