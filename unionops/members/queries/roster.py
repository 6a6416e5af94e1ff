"""The roster list: which memberships a filter means, their number, their order, and the columns that may be shown of them.

A merged person has no memberships (``services.people.merge`` moves them), so the list needs no look at ``person`` to leave one out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from unionops.core import search
from unionops.core.db import blind_index, db, remembered
from unionops.core.i18n import _l
from unionops.members.models import (
    ID_PLACE,
    ClassStay,
    CustomField,
    CustomValue,
    Employer,
    Employment,
    Membership,
    Person,
    SavedView,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.queries.visibility import in_units, only_visible, with_descendants
from unionops.members.rules.membership import Standing, standing
from unionops.values.identifiers import identity_check

SORTS = {
    "number": Membership.number,
    "name": Person.name,
    "joined_on": Membership.joined_on,
    "left_on": Membership.left_on,
}
FEW = 300
"""Up to how many hits of a search are named one by one."""
EVERYBODY = "all"
"""The value of ``RosterFilter.standing`` that leaves nobody out."""


@dataclass(frozen=True)
class RosterFilter:
    """Which memberships a roster shows. Everything in it is in the URL."""

    text: str = ""
    standing: str = Standing.IN_FORCE
    units: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    joined_from: date | None = None
    joined_to: date | None = None
    employer: int | None = None
    sort: str = "number"
    descending: bool = False


# --- which memberships ------------------------------------------------------------------------------------------------


def _standing_clause(which: str, today: date) -> Any:
    if which == Standing.LEFT:
        return Membership.left_on <= today
    # Nearly all rows pass this. PostgreSQL knows so from its statistics as long as the columns are bare; SQLite has none and would be
    # tempted to collect the rows by an index on the dates instead of walking down the index of the order asked, so it gets no bare column.
    if db.engine.dialect.name == "sqlite":
        inside = sa.func.coalesce(Membership.left_on, date.max) > today
        begun = sa.func.coalesce(Membership.joined_on, date.min) <= today
    else:
        inside = sa.or_(Membership.left_on.is_(None), Membership.left_on > today)
        begun = sa.or_(Membership.joined_on.is_(None), Membership.joined_on <= today)
    if which == Standing.EXPECTED:
        return sa.and_(inside, Membership.joined_on > today)
    if which == Standing.IN_FORCE:
        return sa.and_(inside, begun)
    return sa.true()


def roster_query(user: Any, wanted: RosterFilter, today: date) -> Any:
    """SELECT of the membership ids that the filter means and this user may see, unordered."""
    query = only_visible(sa.select(Membership.id).where(_standing_clause(wanted.standing, today)), user)
    if wanted.text.strip():
        query = query.where(_found(wanted.text))
    if wanted.units:
        query = query.where(Membership.id.in_(in_units(with_descendants(wanted.units))))
    if wanted.classes:
        inside = sa.select(ClassStay.membership_id).where(ClassStay.member_class.in_(wanted.classes), ClassStay.until_on.is_(None))
        query = query.where(Membership.id.in_(inside))
    if wanted.employer:
        inside = sa.select(Employment.person_id).where(Employment.employer_id == wanted.employer, Employment.until_on.is_(None))
        query = query.where(Membership.person_id.in_(inside))
    if wanted.joined_from:
        query = query.where(Membership.joined_on >= wanted.joined_from)
    if wanted.joined_to:
        query = query.where(Membership.joined_on <= wanted.joined_to)
    return query


def _found(text: str) -> Any:
    identity = identity_check(text)
    if identity.valid:  # A whole identity number is looked up by its fingerprint only.
        return Membership.person_id.in_(sa.select(Person.id).where(Person.id_index == blind_index(identity.normal, ID_PLACE)))
    ids = search.matching("person", text, secret_places=(ID_PLACE,))
    if ids is None:
        return sa.false()  # Signs alone find nobody.
    # A few hits are looked up first and named: neither database can guess from the words that they are few.
    few = remembered("members", ("found", text), lambda: tuple(db.session.scalars(ids.limit(FEW + 1))))
    return Membership.person_id.in_(few if len(few) <= FEW else ids)


def roster_count(user: Any, wanted: RosterFilter, today: date) -> int:
    """How many rows the filter gives; remembered until the membership changes or the day turns."""
    key = ("count", user.scopes("members.read"), wanted, today)
    return remembered("members", key, lambda: db.session.scalar(
        sa.select(sa.func.count()).select_from(roster_query(user, wanted, today).subquery())) or 0)


def standing_counts(user: Any, today: date) -> dict[str, int]:
    """How many memberships there are of each standing, for the tabs and the line that says who is missing."""
    return {which: roster_count(user, RosterFilter(standing=which), today) for which in Standing}


def ordered(query: Any, wanted: RosterFilter, *, backwards: bool = False) -> Any:
    """The query in the order that the filter asks; the number decides among equals."""
    column = SORTS.get(wanted.sort, Membership.number)
    if column is Person.name:
        query = query.join(Person, Person.id == Membership.person_id)
    down = wanted.descending != backwards
    order = [column.desc() if down else column.asc()]
    if column is not Membership.number:
        order.append(Membership.number.desc() if backwards else Membership.number.asc())
    return query.order_by(*order)


def roster_ids(user: Any, wanted: RosterFilter, today: date, *, offset: int = 0, limit: int | None = None) -> list[int]:
    """The membership ids in the order shown. A page of the second half is read from the end: nobody waits for what is skipped."""
    query = roster_query(user, wanted, today)
    if limit is not None and offset:
        total = roster_count(user, wanted, today)
        if offset > total // 2:
            last = min(offset + limit, total)
            backwards = ordered(query, wanted, backwards=True).offset(total - last).limit(max(0, last - offset))
            return list(db.session.scalars(backwards))[::-1]
    return list(db.session.scalars(ordered(query, wanted).offset(offset).limit(limit)))


# --- what is shown of them --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RosterColumn:
    """A column of the roster. ``kind`` is that of the table macro; ``mask`` names how it is covered ("" when it need not be);
    ``words`` are the stored values' titles; ``needs`` is what it is joined from."""

    key: str
    title: Any
    value: Any
    kind: str = "text"
    mask: str = ""
    needs: str = ""


COLUMNS: dict[str, RosterColumn] = {column.key: column for column in (
    RosterColumn("number", _l("會號"), Membership.number),
    RosterColumn("name", _l("姓名"), Person.name),
    RosterColumn("standing", _l("狀態"), None, "status"),
    RosterColumn("unit", _l("單位"), Unit.name, needs="unit"),
    RosterColumn("member_class", _l("類別"), ClassStay.member_class, needs="class"),
    RosterColumn("joined_on", _l("入會日"), Membership.joined_on, "date"),
    RosterColumn("left_on", _l("出會日"), Membership.left_on, "date"),
    RosterColumn("left_reason", _l("出會原因"), Membership.left_reason),
    RosterColumn("employer", _l("雇主"), Employer.name, needs="work"),
    RosterColumn("staff_number", _l("員工編號"), Employment.staff_number, needs="work"),
    RosterColumn("job", _l("職稱"), Employment.job, needs="work"),
    RosterColumn("trade", _l("工作種類"), Person.trade),
    RosterColumn("sex", _l("性別"), Person.sex),
    RosterColumn("id_number", _l("身分證號"), Person.id_number, mask="id"),
    RosterColumn("birth_on", _l("出生日期"), Person.birth_on, "date", mask="birth"),
    RosterColumn("nationality", _l("國籍"), Person.nationality),
    RosterColumn("other_name", _l("其他姓名"), Person.other_name),
    RosterColumn("mobile", _l("手機"), Person.mobile, mask="phone"),
    RosterColumn("phone", _l("電話"), Person.phone, mask="phone"),
    RosterColumn("email", _l("電子郵件"), Person.email, mask="email"),
    RosterColumn("mail_address", _l("通訊地址"), Person.mail_address, mask="address"),
    RosterColumn("home_address", _l("戶籍地址"), Person.home_address, mask="address"),
    RosterColumn("education", _l("學歷"), Person.education),
    RosterColumn("insured_salary", _l("投保薪資"), WageBase.insured_salary, "money", needs="wage"),
    RosterColumn("dependants_count", _l("眷屬人數"), WageBase.dependants_count, "num", needs="wage"),
)}
USUAL_COLUMNS = ("number", "name", "standing", "unit", "member_class", "joined_on", "mobile")


def roster_columns() -> dict[str, RosterColumn]:
    """Every column that may be shown: the program's own and the union's fields (``custom_3``)."""
    made = remembered("members", ("own columns",), lambda: [(own.id, own.title, own.kind) for own in custom_fields()])
    return COLUMNS | {f"custom_{key}": _own_column(key, title, kind) for key, title, kind in made}


@lru_cache(maxsize=200)
def _own_column(key: int, title: str, kind: str) -> RosterColumn:
    held = sa.select(CustomValue.value).where(CustomValue.person_id == Membership.person_id, CustomValue.field_id == key)
    return RosterColumn(f"custom_{key}", title, held.scalar_subquery(), "num" if kind == "number" else "text")


@lru_cache(maxsize=200)
def _lines(columns: tuple[RosterColumn, ...]) -> Any:
    """SELECT of these columns, each under its key, with what names and places a row. Made once for each choice of columns."""
    fixed = {"id": Membership.id, "person_id": Membership.person_id, "number": Membership.number, "name": Person.name,
             "joined_on": Membership.joined_on, "left_on": Membership.left_on}
    asked = {column.key: column.value for column in columns if column.value is not None}
    query = sa.select(*(value.label(key) for key, value in {**fixed, **asked}.items()))
    query = query.select_from(Membership).join(Person, Person.id == Membership.person_id)
    needs = {column.needs for column in columns}
    if "unit" in needs:
        query = query.outerjoin(UnitStay, sa.and_(UnitStay.membership_id == Membership.id, UnitStay.until_on.is_(None)))
        query = query.outerjoin(Unit, Unit.id == UnitStay.unit_id)
    if "class" in needs:
        query = query.outerjoin(ClassStay, sa.and_(ClassStay.membership_id == Membership.id, ClassStay.until_on.is_(None)))
    if "wage" in needs:
        query = query.outerjoin(WageBase, sa.and_(WageBase.membership_id == Membership.id, WageBase.until_on.is_(None)))
    if "work" in needs:
        query = query.outerjoin(Employment, sa.and_(Employment.person_id == Membership.person_id, Employment.until_on.is_(None)))
        query = query.outerjoin(Employer, Employer.id == Employment.employer_id)
    return query


@lru_cache(maxsize=200)
def _lines_of(columns: tuple[RosterColumn, ...]) -> Any:
    return _lines(columns).where(Membership.id.in_(sa.bindparam("ids", expanding=True)))


def roster_lines(ids: Sequence[int], columns: Sequence[RosterColumn]) -> list[Any]:
    """These memberships as plain rows (``row.number``, ``row.mobile`` …), in the given order, in one statement."""
    found = {row.id: row for row in db.session.execute(_lines_of(tuple(columns)), {"ids": ids})}
    return [found[number] for number in ids if number in found]


def lines_in_batches(ids: Sequence[int], columns: Sequence[RosterColumn], size: int = 1000) -> Iterator[Any]:
    """The same for an export: a batch in memory at a time."""
    for start in range(0, len(ids), size):
        yield from roster_lines(ids[start : start + size], columns)


@dataclass
class RosterRow:
    """One membership with its person and what is true of it today, as records."""

    membership: Membership
    person: Person
    standing: Standing
    unit: Unit | None = None
    member_class: str = ""
    employment: Employment | None = None
    wage: WageBase | None = None


def roster_rows(ids: Sequence[int], today: date) -> list[RosterRow]:
    """These memberships with what is true of them today, in the given order, in a constant number of statements."""
    found = {
        m.id: m for m in db.session.scalars(sa.select(Membership).where(Membership.id.in_(ids)).options(joinedload(Membership.person)))
    }
    rows = {
        number: RosterRow(m, m.person, standing(joined_on=m.joined_on, left_on=m.left_on, today=today)) for number, m in found.items()
    }
    for stay in db.session.scalars(
        sa.select(UnitStay).where(UnitStay.membership_id.in_(ids), UnitStay.until_on.is_(None)).options(joinedload(UnitStay.unit))
    ):
        rows[stay.membership_id].unit = stay.unit
    for held in db.session.scalars(sa.select(ClassStay).where(ClassStay.membership_id.in_(ids), ClassStay.until_on.is_(None))):
        rows[held.membership_id].member_class = held.member_class
    for wage in db.session.scalars(sa.select(WageBase).where(WageBase.membership_id.in_(ids), WageBase.until_on.is_(None))):
        rows[wage.membership_id].wage = wage
    working = sa.select(Employment).where(
        Employment.person_id.in_({row.person.id for row in rows.values()}), Employment.until_on.is_(None)
    )
    jobs = {job.person_id: job for job in db.session.scalars(working.options(joinedload(Employment.employer)))}
    for row in rows.values():  # One person may have several memberships.
        row.employment = jobs.get(row.person.id)
    return [rows[number] for number in ids if number in rows]


def in_batches(ids: Sequence[int], today: date, size: int = 500) -> Iterator[RosterRow]:
    """All rows as records, a batch in memory at a time."""
    for start in range(0, len(ids), size):
        yield from roster_rows(ids[start : start + size], today)
        db.session.expunge_all()


# --- what filters are made of -----------------------------------------------------------------------------------------


def saved_views(user: Any) -> list[SavedView]:
    """One's own saved views and the shared ones."""
    mine = sa.or_(SavedView.user_id == user.id, SavedView.is_shared)
    return list(db.session.scalars(sa.select(SavedView).where(mine).order_by(SavedView.title, SavedView.id)))


def employers() -> list[Employer]:
    """All employers by name, with their workplaces."""
    return list(db.session.scalars(sa.select(Employer).options(selectinload(Employer.workplaces)).order_by(Employer.name)))


def custom_fields(*, retired: bool = False) -> list[CustomField]:
    """The union's own fields in use, or with the retired ones."""
    query = sa.select(CustomField).order_by(CustomField.id)
    return list(db.session.scalars(query if retired else query.where(CustomField.retired_on.is_(None))))


def members_in_force(today: date) -> int:
    """How many members the union has on this day: what the law's limits count."""
    return remembered("members", ("in force", today), lambda: db.session.scalar(
        sa.select(sa.func.count(Membership.id)).where(_standing_clause(Standing.IN_FORCE, today))) or 0)


def movements(user: Any, first: date, last: date) -> tuple[int, int]:
    """How many joined and how many left between two days, both included."""
    def count(column: Any) -> int:
        query = only_visible(sa.select(sa.func.count(Membership.id)).where(column.between(first, last)), user)
        return remembered("members", (column.key, user.scopes("members.read"), first, last), lambda: db.session.scalar(query) or 0)

    return count(Membership.joined_on), count(Membership.left_on)


def employer_counts(employer_ids: Iterable[int]) -> dict[int, int]:
    """How many persons work for each of these employers now."""
    query = sa.select(Employment.employer_id, sa.func.count()).where(
        Employment.employer_id.in_(list(employer_ids)), Employment.until_on.is_(None))
    return dict(db.session.execute(query.group_by(Employment.employer_id)).all())


def unit_counts(today: date) -> dict[int, int]:
    """How many members in force each unit has, without those below it."""
    query = sa.select(UnitStay.unit_id, sa.func.count()).join(Membership, Membership.id == UnitStay.membership_id)
    query = query.where(UnitStay.until_on.is_(None), _standing_clause(Standing.IN_FORCE, today)).group_by(UnitStay.unit_id)
    return remembered("members", ("units", today), lambda: dict(db.session.execute(query).all()))
