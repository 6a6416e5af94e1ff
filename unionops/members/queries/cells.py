"""What the roster shows of memberships: the columns that may be shown, plain rows of them for screens and exports, and whole records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from unionops.core.db import db, plain, remembered
from unionops.core.documents import AT_ONCE
from unionops.core.i18n import _l
from unionops.members.models import (
    ClassStay,
    CustomValue,
    Employer,
    Employment,
    Membership,
    Person,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.queries import standing as standings
from unionops.members.queries.choices import custom_fields
from unionops.members.queries.roster import whole
from unionops.members.queries.roster_filter import RosterFilter, conditions, in_order, where
from unionops.members.rules.membership import Place, standing


@dataclass(frozen=True)
class RosterColumn:
    """A column of the roster. ``kind`` is that of the table macro; ``mask`` names how it is covered ("" when it need not be);
    ``words`` are the stored values' titles; ``needs`` is what it is joined from."""

    key: str
    title: Any = field(compare=False)
    value: Any
    kind: str = "text"
    mask: str = ""
    needs: str = ""


COLUMNS: dict[str, RosterColumn] = {column.key: column for column in (
    RosterColumn("number", _l("會號"), Membership.number),
    RosterColumn("name", _l("姓名"), Person.name),
    RosterColumn("standing", _l("狀態"), None, "status"),
    RosterColumn("good", _l("權利"), None),
    RosterColumn("may_vote", _l("選舉權"), None),
    RosterColumn("may_stand", _l("被選舉權"), None),
    RosterColumn("months", _l("欠費月數"), None, "num"),
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
def _lines(columns: tuple[RosterColumn, ...], *, named: bool = True) -> Any:
    """SELECT of these columns, each under its key, with the dates that place a row and what names it. Made once for each choice of columns."""
    fixed: dict[str, Any] = {"id": Membership.id, "joined_on": Membership.joined_on, "left_on": Membership.left_on}
    if named:
        fixed |= {"person_id": Membership.person_id, "number": Membership.number, "name": Person.name}
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
    found = {row.id: row for row in plain(_lines_of(tuple(columns)), {"ids": ids})}
    return [found[number] for number in ids if number in found]


def lines_in_batches(ids: Sequence[int], columns: Sequence[RosterColumn], size: int = 1000) -> Iterator[Any]:
    """The same for many: a batch by each statement."""
    for start in range(0, len(ids), size):
        yield from roster_lines(ids[start : start + size], columns)


def lines_streamed(user: Any, wanted: RosterFilter, columns: Sequence[RosterColumn], today: date) -> Iterator[Sequence[Any]]:
    """All rows that the filter gives, in its order and as they are at one moment, for an export: by one statement that is read as its
    rows are needed, ``AT_ONCE`` in memory at a time."""
    if wanted.rights or wanted.behind:
        ids = whole(user, wanted, today).tolist()
        return (roster_lines(ids[start : start + AT_ONCE], columns) for start in range(0, len(ids), AT_ONCE))
    connection = db.session.connection()
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        # PostgreSQL expects that a tenth of what is read bit by bit will do, and would go through indexes row by row. All is wanted.
        connection.execute(sa.select(sa.func.set_config("cursor_tuple_fraction", "1", True)))
    asked = conditions(user, wanted, today)
    lines = _lines(tuple(columns), named=False).where(*where(tuple(asked), sqlite)).order_by(*in_order(wanted.sort, wanted.descending))
    return connection.execute(lines, asked, execution_options={"stream_results": True, "yield_per": AT_ONCE}).partitions()


def place_of(row: Any, today: date) -> Place:
    """Whether this membership (``id``, ``joined_on``, ``left_on``) is in force, to come or over: as ``rules.standing`` says, by its dates
    but for those few whom they tell wrongly."""
    return places_of([row], today)[0]


def places_of(rows: Iterable[Any], today: date) -> list[Place]:
    """The same of many, in their order."""
    odd = standings.odd_places(today)
    return [odd.get(row.id) or standing(joined_on=row.joined_on, left_on=row.left_on, today=today) for row in rows]


# --- as records -------------------------------------------------------------------------------------------------------


@dataclass
class RosterRow:
    """One membership with its person and what is true of it today, as records."""

    membership: Membership
    person: Person
    standing: Place
    unit: Unit | None = None
    member_class: str = ""
    employment: Employment | None = None
    wage: WageBase | None = None


def roster_rows(ids: Sequence[int], today: date) -> list[RosterRow]:
    """These memberships with what is true of them today, in the given order, in a constant number of statements."""
    found = {
        m.id: m for m in db.session.scalars(sa.select(Membership).where(Membership.id.in_(ids)).options(joinedload(Membership.person)))
    }
    rows = {m.id: RosterRow(m, m.person, place) for m, place in zip(found.values(), places_of(found.values(), today), strict=True)}
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
