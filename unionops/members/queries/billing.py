"""What a run of bills reads: everybody who may owe something in a period, and what was charged for it already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.db import data_versions, db, plain
from unionops.members.models import Adjustment, BillRun, Charge, ClassStay, Exemption, Membership, UnitStay, WageBase
from unionops.members.queries import dues
from unionops.members.queries.visibility import unit_tree
from unionops.members.rules.dues import AdjustmentKind, Payer, Reduction, SchemeRule, months_on
from unionops.members.rules.membership import MemberClass


def facts() -> tuple[int, ...]:
    """What changes whenever anything that this module reads for a run does: members with their classes, units and wages, schemes,
    reductions, charges and their adjustments. A payment is none of it. Read before all the rest."""
    return data_versions("members", "dues")


def payers(schemes: Sequence[SchemeRule], period_on: date, person_id: int | None = None) -> Iterator[tuple[int, Payer]]:
    """(person id, who he is as of the period) of every membership that touched it, or those of one person; class, unit and wage, if one of
    the schemes asks for it, as of its first day, of who joined later as of the joining. Who was a member before comes without the day he
    joined: for the rule they are all alike, and such people share one ``Payer``. A person with two stays in one period comes twice."""
    after = months_on(period_on, max(1, *(one.period.months for one in schemes)))
    reductions = _reductions(period_on, after)
    asks_unit = any(one.asks_unit for one in schemes)
    wanted = _payers(any(one.asks_class for one in schemes), asks_unit, any(one.asks_wage for one in schemes), person_id is not None)
    above = _units_above() if asks_unit else {}
    nothing: frozenset[int] = frozenset()
    alike: dict[tuple[Any, ...], Payer] = {}
    for person, *who in plain(wanted, {"first": period_on, "after": after, "person": person_id}).all():
        key = (*who, reductions.get(person, ()))
        if (found := alike.get(key)) is None:
            joined, left_on, member_class, unit, wage = who
            found = alike[key] = Payer(joined, left_on, member_class or MemberClass.REGULAR, above.get(unit, nothing), wage, key[-1])
        yield person, found


@lru_cache
def _payers(asks_class: bool, asks_unit: bool, asks_wage: bool, is_one: bool) -> Any:
    """The SELECT behind ``payers``, built once: that takes as long as reading some hundred members."""
    first, after = sa.bindparam("first", type_=sa.Date), sa.bindparam("after", type_=sa.Date)
    as_of = sa.case((Membership.joined_on > first, Membership.joined_on), else_=first)
    wanted: Any = sa.select(Membership.person_id, sa.case((Membership.joined_on > first, Membership.joined_on)), Membership.left_on)
    parts: tuple[tuple[bool, Any, Any], ...] = (
        (asks_class, ClassStay, ClassStay.member_class), (asks_unit, UnitStay, UnitStay.unit_id), (asks_wage, WageBase, WageBase.insured_salary),
    )
    for is_asked, stay, column in parts:
        wanted = wanted.add_columns(column).outerjoin(stay, _holds(stay, as_of)) if is_asked else wanted.add_columns(sa.null())
    if is_one:
        wanted = wanted.where(Membership.person_id == sa.bindparam("person", type_=sa.Integer))
    return wanted.where(
        sa.or_(Membership.joined_on.is_(None), Membership.joined_on < after), sa.or_(Membership.left_on.is_(None), Membership.left_on > first),
    ).order_by(Membership.number)


def _holds(stay: Any, as_of: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        stay.membership_id == Membership.id, sa.or_(stay.from_on.is_(None), stay.from_on <= as_of), sa.or_(stay.until_on.is_(None), stay.until_on >= as_of),
    )


def _reductions(period_on: date, after: date) -> dict[int, tuple[Reduction, ...]]:
    found: dict[int, tuple[Reduction, ...]] = {}
    rows = plain(
        sa.select(Exemption.person_id, Exemption.from_on, Exemption.until_on, Exemption.percent, Exemption.scheme_id, Exemption.reason)
        .where(Exemption.from_on < after, sa.or_(Exemption.until_on.is_(None), Exemption.until_on >= period_on)).order_by(Exemption.id)
    )
    for person, *rest in rows:
        found[person] = (*found.get(person, ()), Reduction(*rest))
    return found


def _units_above() -> dict[int | None, frozenset[int]]:
    """unit → itself and all above it."""
    found: dict[int | None, frozenset[int]] = {}
    for unit, _depth in unit_tree():  # Parents come before children.
        found[unit.id] = found.get(unit.parent_id, frozenset()) | {unit.id}
    return found


class Charged(NamedTuple):
    """What somebody was charged for a period: the living charge (None: all were taken back), what runs made of it (``amount``), how many
    entries there are, and what it asks for ``now``, after what was remitted, corrected or written off by hand, too."""

    charge_id: int | None
    amount: int
    entries: int
    now: int = 0


def charged(period_on: date, schemes: list[int], person_id: int | None = None) -> dict[tuple[int, int], Charged]:
    """(person id, scheme id) → what was charged for this period, to everybody or to one person."""
    given: dict[str, Any] = {"runs": _runs_of(period_on)} if person_id is None else {"person": person_id}
    rows = plain(_charged(person_id is not None), {"period": period_on, "schemes": schemes, **given})
    found: dict[tuple[int, int], Charged] = {}
    for person, scheme, number, amount, total, changes, was_taken_back in rows:
        before = found.get((person, scheme))
        entries = before.entries + 1 if before else 1
        if was_taken_back:  # Of two charges of records that were merged the later one may be the one taken back.
            found[person, scheme] = before._replace(entries=entries) if before else Charged(None, 0, entries)
        else:
            found[person, scheme] = Charged(number, amount + int(total or 0), entries, amount + int(changes or 0))
    return found


# What is charged for a period: to everybody, found by the runs of the period (or of none), however many years lie behind; or to one person.
_PERIOD = (Charge.period_on == sa.bindparam("period", type_=sa.Date), Charge.scheme_id.in_(sa.bindparam("schemes", expanding=True, type_=sa.Integer)))
_FOR_PERIOD = (sa.or_(Charge.run_id.is_(None), Charge.run_id.in_(sa.bindparam("runs", expanding=True, type_=sa.Integer))), *_PERIOD)


def _runs_of(period_on: date) -> list[int]:
    return [*db.session.scalars(sa.select(BillRun.id).where(BillRun.period_on == period_on))] or [0]


@lru_cache
def _charged(is_one: bool) -> sa.Select[Any]:
    """The SELECT behind ``charged``, built once."""
    wanted = (Charge.person_id == sa.bindparam("person", type_=sa.Integer), *_PERIOD) if is_one else _FOR_PERIOD
    # What somebody decided by hand stays decided: a run neither undoes it nor counts it as charged wrongly.
    of_runs = sa.func.sum(sa.case((Adjustment.run_id.is_not(None), Adjustment.amount), else_=0))
    all_ = sa.func.sum(Adjustment.amount)
    back = sa.func.sum(sa.case((Adjustment.kind == AdjustmentKind.REVERSAL, 1), else_=0))
    here = sa.select(Charge.id).where(*wanted)
    changed = (
        sa.select(Adjustment.charge_id, of_runs.label("total"), all_.label("all"), back.label("back")).where(Adjustment.charge_id.in_(here)).group_by(Adjustment.charge_id).subquery()
    )
    return (
        sa.select(Charge.person_id, Charge.scheme_id, Charge.id, Charge.amount, changed.c.total, changed.c.all, changed.c.back)
        .outerjoin(changed, changed.c.charge_id == Charge.id)
        .where(*wanted).order_by(Charge.entry)
    )


def members_about() -> int:
    """How many stays have not ended: by this it is judged whether a run can be waited for. Read from the index alone."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Membership).where(Membership.left_on.is_(None))) or 0


def units_now() -> dict[int, int]:
    """person id → the unit of the newest stay."""
    return dict(plain(
        sa.select(Membership.person_id, UnitStay.unit_id).join(UnitStay, UnitStay.membership_id == Membership.id)
        .where(UnitStay.until_on.is_(None)).order_by(Membership.id)
    ).all())


def charged_in(period_on: date | None, schemes: list[int]) -> list[list[Any]]:
    """[scheme, charges, NT$] of a period, as charged by its runs; to hold the next one against."""
    if period_on is None:
        return []
    rows = plain(
        sa.select(Charge.scheme_id, sa.func.count(), sa.cast(sa.func.sum(Charge.amount), sa.BigInteger))
        .where(*_FOR_PERIOD, ~_was_taken_back()).group_by(Charge.scheme_id),
        {"period": period_on, "schemes": schemes, "runs": _runs_of(period_on)},
    )
    return [list(row) for row in rows]


def _was_taken_back() -> sa.ColumnElement[bool]:
    return sa.exists().where(Adjustment.charge_id == Charge.id, Adjustment.kind == AdjustmentKind.REVERSAL)


def payer_groups(on: date) -> list[tuple[Payer, int]]:
    """(somebody, how many members in force are like him) by class, unit and wage on a day."""
    above = _units_above()
    as_of = sa.literal(on, sa.Date)
    keys = (ClassStay.member_class, UnitStay.unit_id, WageBase.insured_salary)
    rows = plain(
        sa.select(*keys, sa.func.count()).select_from(Membership)
        .outerjoin(ClassStay, _holds(ClassStay, as_of)).outerjoin(UnitStay, _holds(UnitStay, as_of)).outerjoin(WageBase, _holds(WageBase, as_of))
        .where(sa.or_(Membership.joined_on.is_(None), Membership.joined_on <= on), sa.or_(Membership.left_on.is_(None), Membership.left_on > on))
        .group_by(*keys)
    )
    return [(Payer(None, None, kind or MemberClass.REGULAR, above.get(unit, frozenset()), wage), count) for kind, unit, wage, count in rows]


def entrance_of_stay(person_id: int, scheme_id: int) -> Charge | None:
    """The living entrance fee of the newest stay, or since it ended: it is owed once for each, whatever the day on which somebody asks for
    it again."""
    begun = sa.select(sa.func.coalesce(Membership.left_on, Membership.joined_on)).where(Membership.person_id == person_id).order_by(Membership.id.desc()).limit(1).scalar_subquery()
    return db.session.scalar(
        sa.select(Charge).where(Charge.person_id == person_id, Charge.scheme_id == scheme_id, ~_was_taken_back(), sa.or_(begun.is_(None), Charge.period_on >= begun))
        .order_by(Charge.id).limit(1)
    )


def brought(charge_ids: Collection[int]) -> set[int]:
    """Those of these charges that were owed when the books began."""
    found = sa.select(Charge.id).where(Charge.opening_id.is_not(None))
    return set(db.session.scalars(found.where(Charge.id.in_(charge_ids)) if len(charge_ids) <= dues.MANY else found)) & set(charge_ids)
