"""Who is behind as of a day, how old it is, which step of the ladder is due. Set-based: one aggregate for everybody, never one person by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from unionops.core import search
from unionops.core.db import db, plain, remembered
from unionops.core.union import queries as union
from unionops.letters.models import Letter
from unionops.letters.rules import NUMBERED, Direction
from unionops.members.models import (
    Charge,
    Dunning,
    DunningRun,
    Employer,
    Employment,
    InstalmentPlan,
    Measure,
    Membership,
    Person,
    Unit,
    UnitStay,
)
from unionops.members.queries import dues
from unionops.members.queries.stays import in_force
from unionops.members.queries.visibility import in_units, visible_people, with_descendants
from unionops.members.rules.arrears import (
    Charter,
    Due,
    Facts,
    PlanState,
    Promise,
    Step,
    Taken,
    age_limits,
    beside,
    paid_ahead,
    plan_state,
    step_due,
)
from unionops.members.rules.dues import AGES, Item, SchemeKind, months_unpaid

AGE_NAMES = tuple(name for _limit, name in AGES)
SORTS = ("amount", "months", "since")


@dataclass(frozen=True)
class Filter:
    """Which debtors a list shows; all of it stands in the address. ``age``: of the oldest. ``standing``: ``in``, ``left`` or everybody."""

    text: str = ""
    unit: int | None = None
    employer: int | None = None
    age: str = ""
    standing: str = ""
    sort: str = "amount"
    ids: tuple[int, ...] = ()


class Behind(NamedTuple):
    """One debtor: NT$ overdue in all and by age, months of regular dues unpaid, the oldest due day."""

    person_id: int
    amount: int
    months: int
    since: date
    ages: tuple[int, ...]

    @property
    def age(self) -> str:
        """How old the oldest is."""
        return next(name for name, part in reversed(list(zip(AGE_NAMES, self.ages, strict=True))) if part)


def charter(on: date) -> Charter:
    """The ladder of the constitution on a day."""
    found = union.charter(on)

    def whole(key: str) -> int:
        value = found[f"charter.arrears_{key}"].value
        return int(value) if value is not None else 0

    return Charter(whole("notice_months"), whole("formal_months"), whole("suspend_months"), whole("expel_months"), whole("pay_days"))


def behind(reader: Any, on: date, wanted: Filter = Filter()) -> list[Behind]:
    """Everybody that this reader may see and the filter means who owes something overdue on a day, in one statement."""
    people = _people(reader, on, wanted)
    rows = [Behind(person, amount, months or 0, since, ages) for person, amount, months, since, *ages in plain(_overdue(people, on))]
    rows = [one._replace(ages=tuple(one.ages)) for one in rows]
    if wanted.age:
        rows = [one for one in rows if one.age == wanted.age]
    key = {"months": lambda one: (-one.months, -one.amount), "since": lambda one: (one.since, -one.amount)}.get(wanted.sort, lambda one: (-one.amount, one.since))
    return sorted(rows, key=lambda one: (*key(one), one.person_id))


def of_person(person_id: int, on: date) -> Behind | None:
    """What one person owes overdue; None when it is nothing."""
    row = plain(_overdue([person_id], on)).first()
    return Behind(row[0], row[1], row[2] or 0, row[3], tuple(row[4:])) if row else None


def _overdue(people: dues.People, on: date) -> sa.Select[Any]:
    one = dues.charges_as_of(people, on, open_only=True).where(Charge.due_on < on).subquery()
    # Begun months of a charge paid in part count, as ``rules.dues.months_unpaid`` says.
    unpaid = sa.case(((one.c.kind == SchemeKind.REGULAR) & (one.c.amount > 0), (one.c.open * one.c.months + one.c.amount - 1) // one.c.amount), else_=0)
    limits = age_limits(on)
    ages = []
    for place, (_name, first) in enumerate(limits):
        bounds = [one.c.due_on >= first] if first != date.min else []
        if place:
            bounds.append(one.c.due_on < limits[place - 1][1])
        ages.append(dues.total(sa.case((sa.and_(*bounds), one.c.open), else_=0)))
    return (
        sa.select(one.c.person_id, dues.total(one.c.open), dues.total(unpaid), sa.func.min(one.c.due_on), *ages)
        .where(one.c.open > 0).group_by(one.c.person_id)
    )


def _people(reader: Any, on: date, wanted: Filter) -> dues.People:
    """A SELECT of the people that are meant; None for everybody."""
    if wanted.ids and len(wanted.ids) <= dues.MANY:
        chosen: Any = sa.select(Person.id).where(Person.id.in_(wanted.ids))
    else:
        chosen = sa.select(Person.id)
    conditions: list[Any] = []
    seen = visible_people(reader)
    if seen is not None:
        conditions.append(Person.id.in_(seen))
    if text := wanted.text.strip():
        found = search.matching("person", text)
        conditions.append(Person.id.in_(found) if found is not None else sa.false())
    if wanted.unit is not None:
        here = in_units(with_descendants([wanted.unit]))
        conditions.append(Person.id.in_(sa.select(Membership.person_id).where(Membership.id.in_(here))))
    if wanted.employer is not None:
        conditions.append(Person.id.in_(sa.select(Employment.person_id).where(Employment.employer_id == wanted.employer, Employment.until_on.is_(None))))
    if wanted.standing:
        inside = Person.id.in_(_in_force(on))
        conditions.append(inside if wanted.standing == "in" else ~inside)
    return chosen.where(*conditions) if conditions or wanted.ids else None


def _in_force(on: date) -> sa.Select[tuple[int]]:
    return sa.select(Membership.person_id).where(in_force(on))


def ages_in_all(rows: Iterable[Behind]) -> dict[str, int]:
    """age → NT$ of them all."""
    sums = [0] * len(AGE_NAMES)
    for one in rows:
        for place, part in enumerate(one.ages):
            sums[place] += part
    return dict(zip(AGE_NAMES, sums, strict=True))


class OpenItem(NamedTuple):
    """One charge that is overdue, as a letter lists it."""

    charge_id: int
    text: str
    period_on: date
    due_on: date
    amount: int
    open: int


def open_items(ids: Collection[int], on: date) -> dict[int, list[OpenItem]]:
    """person → what is overdue on a day, the oldest first."""
    found: dict[int, list[OpenItem]] = {}
    wanted = set(ids)
    rows = dues.charges_as_of(wanted if len(wanted) <= dues.MANY else None, on, open_only=True).add_columns(Charge.text).where(Charge.due_on < on)
    for row in plain(rows.order_by(Charge.due_on, Charge.period_on, Charge.order, Charge.id)):
        if row.open > 0 and row.person_id in wanted:
            found.setdefault(row.person_id, []).append(OpenItem(row.id, row.text, row.period_on, row.due_on, row.amount, row.open))
    return found


def dunned_items(ids: Collection[int], on: date) -> dict[int, list[OpenItem]]:
    """The same of what letters are about: without what a kept agreement covers."""
    found = open_items(ids, on)
    for person, about in _agreements(on, found.keys()).items():
        if about.kept:
            open_ = {item.id: item.open for item in about.beside}
            found[person] = [one._replace(open=open_[one.charge_id]) for one in found[person] if one.charge_id in open_]
    return {person: items for person, items in found.items() if items}


# --- who they are -----------------------------------------------------------------------------------------------------


class Debtor(NamedTuple):
    """How a list names a debtor, and where a letter reaches him."""

    id: int
    name: str
    number: str
    unit: str
    employer: str
    email: str
    address: str
    left_on: date | None
    died_on: date | None


def debtors(ids: Collection[int]) -> dict[int, Debtor]:
    """person → who he is, with his latest membership, in the fewest statements; of very many all are read."""
    if not ids:
        return {}
    latest = sa.select(Membership.person_id, sa.func.max(Membership.id).label("id")).group_by(Membership.person_id).subquery()
    found = (
        sa.select(
            Person.id, Person.name, Membership.number, Unit.name, Employer.name, Person.email, Person.mail_address, Person.home_address, Membership.left_on,
            Person.died_on,
        )
        .outerjoin(latest, latest.c.person_id == Person.id).outerjoin(Membership, Membership.id == latest.c.id)
        .outerjoin(UnitStay, sa.and_(UnitStay.membership_id == Membership.id, UnitStay.until_on.is_(None))).outerjoin(Unit, Unit.id == UnitStay.unit_id)
        .outerjoin(Employment, sa.and_(Employment.person_id == Person.id, Employment.until_on.is_(None))).outerjoin(Employer, Employer.id == Employment.employer_id)
    )
    wanted = set(ids)
    if len(wanted) <= dues.MANY:
        found = found.where(Person.id.in_(wanted))
    return {
        row[0]: Debtor(row[0], row[1], row[2] or "", row[3] or "", row[4] or "", row[5] or "", row[6] or row[7] or "", row[8], row[9])
        for row in plain(found) if row[0] in wanted
    }


def memberships_of(ids: Collection[int], on: date) -> dict[int, Membership]:
    """person → the newest membership that has not ended by a day."""
    open_ = sa.select(Membership).where(sa.or_(Membership.left_on.is_(None), Membership.left_on > on)).order_by(Membership.id)
    return {one.person_id: one for one in db.session.scalars(_some(open_, Membership.person_id, ids)) if one.person_id in ids}


# --- the ladder -------------------------------------------------------------------------------------------------------


def steps_due(rows: Sequence[Behind], on: date) -> dict[int, Due]:
    """person → the step due for each of these debtors, with the same few statements for one or for all."""
    found, law = facts(rows, on), charter(on)
    return {person: step_due(one, law, on) for person, one in found.items()}


class Waiting(NamedTuple):
    """What the desk tells: people whose step is due, formal letters without proof, people who broke their agreement."""

    steps: int
    unproved: int
    broken: int


def waiting(reader: Any, on: date) -> Waiting:
    """What waits for this reader, as it is reckoned once a day and after each act of the ladder: payments since count tomorrow."""
    return remembered("arrears", (reader.scopes("members.read"), on), lambda: _waiting(reader, on))


def _waiting(reader: Any, on: date) -> Waiting:
    steps = sum(1 for one in steps_due(behind(reader, on), on).values() if one.step is not None)
    unproved = sa.select(sa.func.count()).where(Dunning.step == Step.FORMAL, Dunning.delivered_on.is_(None), Dunning.returned_on.is_(None))
    broken = {one.plan.person_id for one in plans(on, running=True) if one.state is PlanState.BROKEN}
    if (seen := visible_people(reader)) is not None:
        unproved = unproved.where(Dunning.person_id.in_(seen))
        broken &= set(db.session.scalars(seen)) if broken else set()
    return Waiting(steps, int(plain(unproved).scalar() or 0), len(broken))


def asked_of(rows: Sequence[Behind], due: Mapping[int, Due], step: Step) -> list[Behind]:
    """Those whose step it is, with what it is about: less than they owe where they keep an agreement about a part of it."""
    found = []
    for one in rows:
        if due[one.person_id].step is step:
            about = due[one.person_id].about
            found.append(one._replace(amount=about.amount, months=about.months, since=about.since or one.since))
    return found


def facts(rows: Sequence[Behind], on: date) -> dict[int, Facts]:
    """person → what decides his step."""
    ids = {one.person_id for one in rows}
    if not ids:
        return {}
    taken = steps_taken(ids, on)
    credit = dues.credit_of(ids)
    inside = {person for (person,) in plain(_some(_in_force(on), Membership.person_id, ids))}
    died = {person for (person,) in plain(_some(sa.select(Person.id).where(Person.died_on <= on), Person.id, ids))}
    agreed = _agreements(on, ids)
    found = {}
    for one in rows:
        months, amount, since, kept, broken = one.months, one.amount, one.since, 0, 0
        if (about := agreed.get(one.person_id)) is not None:
            kept, broken = about.kept, about.broken
            if kept:
                months, amount = months_unpaid(about.beside, on), sum(item.open for item in about.beside)
                since = min((item.due_on for item in about.beside), default=None)
        found[one.person_id] = Facts(
            months, amount, since, taken.get(one.person_id, ()), credit.get(one.person_id, 0), kept, broken, left=one.person_id not in inside, died=one.person_id in died,
        )
    return found


def steps_taken(ids: Collection[int], on: date) -> dict[int, list[Taken]]:
    """person → the steps taken until a day, the oldest first."""
    rows = plain(_some(
        sa.select(Dunning.person_id, Dunning.step, Dunning.sent_on, Dunning.pay_by, Dunning.delivered_on, Dunning.returned_on, Dunning.belongs_to)
        .where(Dunning.sent_on <= on).order_by(Dunning.sent_on, Dunning.id), Dunning.person_id, ids,
    )).all()
    measures = _measures({row.belongs_to.id for row in rows if row.belongs_to is not None and row.belongs_to.kind == "measure"}, on)
    found: dict[int, list[Taken]] = {}
    for person, step, *days, pointer in rows:
        found.setdefault(person, []).append(Taken(Step(step), *days, acts=measures.get(pointer.id) if pointer is not None else None))
    # What somebody proposed by hand and nobody decided yet stands in the way like a step of the ladder.
    by_hand = sa.select(Membership.person_id, Measure.kind, Measure.proposed_on).join(Membership, Membership.id == Measure.membership_id).where(
        Measure.proposed_on <= on, Measure.decided_on.is_(None), Measure.dropped_on.is_(None),
    )
    for person, kind, day in plain(_some(by_hand, Membership.person_id, ids)):
        found.setdefault(person, []).append(Taken(Step(kind), day, day))
    return found


def _measures(ids: Collection[int], on: date) -> dict[int, bool | None]:
    """measure → whether it acts or acted; None while it is not decided."""
    found: dict[int, bool | None] = {}
    rows = plain(_some(sa.select(Measure.id, Measure.from_on, Measure.dropped_on), Measure.id, ids)) if ids else ()
    for number, from_on, dropped_on in rows:
        found[number] = False if dropped_on is not None else None if from_on is None else from_on <= on
    return found


def _some(statement: sa.Select[Any], column: Any, ids: Collection[int]) -> sa.Select[Any]:
    """The statement for these ids only, unless they are very many."""
    return statement.where(column.in_(ids)) if len(ids) <= dues.MANY else statement


def dunnings_of(person_id: int) -> list[Dunning]:
    """Every step taken for a person, the newest first."""
    return list(db.session.scalars(sa.select(Dunning).where(Dunning.person_id == person_id).order_by(Dunning.sent_on.desc(), Dunning.id.desc())))


def runs(limit: int | None = None) -> list[DunningRun]:
    """What went out, the newest first."""
    return list(db.session.scalars(sa.select(DunningRun).order_by(DunningRun.sent_on.desc(), DunningRun.id.desc()).limit(limit)))


def fared(run_ids: Collection[int]) -> dict[int, tuple[int, int, int, int]]:
    """run → (letters, NT$, delivered, returned)."""
    rows = plain(
        sa.select(
            Dunning.run_id, sa.func.count(), dues.total(Dunning.amount), sa.func.count(Dunning.delivered_on), sa.func.count(Dunning.returned_on),
        ).where(Dunning.run_id.in_(run_ids)).group_by(Dunning.run_id)
    )
    return {number: tuple(rest) for number, *rest in rows}


def of_run(reader: Any, run: DunningRun) -> list[Dunning]:
    """The letters of a run that this reader may see, by member number."""
    number = sa.select(sa.func.max(Membership.number)).where(Membership.person_id == Dunning.person_id).scalar_subquery()
    wanted = sa.select(Dunning).where(Dunning.run_id == run.id).order_by(number, Dunning.id)
    seen = visible_people(reader)
    return list(db.session.scalars(wanted.where(Dunning.person_id.in_(seen)) if seen is not None else wanted))


def official_letter(run: DunningRun) -> Letter | None:
    """The official letter whose number the letters of a run carry."""
    return db.session.get(Letter, run.belongs_to.id) if run.belongs_to is not None and run.belongs_to.kind == "letter" else None


def issued_letters(since: date) -> list[Letter]:
    """Official letters issued since a day that are nobody's secret, the newest first: one of them may give its number to a run."""
    return list(db.session.scalars(
        sa.select(Letter).where(Letter.direction == Direction.OUT, Letter.state.in_(NUMBERED), Letter.issued_on >= since, Letter.secrecy == "normal")
        .order_by(Letter.issued_on.desc(), Letter.id.desc()).limit(50)
    ))


# --- agreements -------------------------------------------------------------------------------------------------------


class PlanView(NamedTuple):
    """An agreement with where it stands: ``rest`` NT$ still open of what it covers, and the ``charges`` that these are."""

    plan: InstalmentPlan
    rest: int
    state: PlanState
    charges: frozenset[int]

    @property
    def paid(self) -> int:
        return self.plan.total - self.rest


def plans(on: date, *, people: Collection[int] | None = None, running: bool = False) -> list[PlanView]:
    """Agreements made until a day, the newest first, and where they stood on it. ``running``: only those not ended by hand."""
    return _plans(on, people, running)[0]


def _plans(on: date, people: Collection[int] | None, running: bool) -> tuple[list[PlanView], dict[int, list[Item]]]:
    """The same, with what these people owe."""
    wanted = sa.select(InstalmentPlan).where(InstalmentPlan.agreed_on <= on).options(selectinload(InstalmentPlan.instalments))
    if people is not None:
        wanted = _some(wanted, InstalmentPlan.person_id, people)
    if running:
        wanted = wanted.where(sa.or_(InstalmentPlan.ended_on.is_(None), InstalmentPlan.ended_on > on))
    found = list(db.session.scalars(wanted.order_by(InstalmentPlan.agreed_on.desc(), InstalmentPlan.id.desc())))
    items = dues.items_of({one.person_id for one in found}, on) if found else {}
    views = []
    for plan in found:
        about = covered(items.get(plan.person_id, ()), plan.agreed_on)
        rest = sum(one.open for one in about)
        views.append(PlanView(plan, rest, plan_state(_promises(plan), rest, on, plan.ended_on), frozenset(one.id for one in about)))
    return views, items


def _promises(plan: InstalmentPlan) -> list[Promise]:
    return [Promise(one.due_on, one.amount) for one in plan.instalments]


class _Agreement(NamedTuple):
    """What the ladder must know of somebody's agreement: NT$ that it is about while it is ``kept``, or that are back since it is ``broken``;
    what is overdue ``beside`` it."""

    kept: int
    broken: int
    beside: list[Item]


def _agreements(on: date, people: Collection[int]) -> dict[int, _Agreement]:
    """person → his agreement, of those who have one that is kept or broken."""
    views, items = _plans(on, people, True)
    found = {}
    for one in views:
        overdue = [item for item in items.get(one.plan.person_id, ()) if item.due_on < on]
        if one.state is PlanState.KEPT:
            found[one.plan.person_id] = _Agreement(one.rest, 0, beside(overdue, one.charges, paid_ahead(_promises(one.plan), one.rest, on)))
        elif one.state is PlanState.BROKEN and one.plan.person_id not in found:
            found[one.plan.person_id] = _Agreement(0, one.rest, [])
    return found


def covered(items: Iterable[Item], agreed_on: date) -> list[Item]:
    """The charges that an agreement of this day is about: overdue on it, and open still."""
    return [one for one in items if one.charged_on <= agreed_on and one.due_on < agreed_on and one.open > 0]


def kept_plans(on: date, people: Collection[int] | None = None) -> set[int]:
    """Who keeps an agreement on a day: what it covers does not count as arrears where the charter says so."""
    return {one.plan.person_id for one in plans(on, people=people, running=True) if one.state is PlanState.KEPT}
