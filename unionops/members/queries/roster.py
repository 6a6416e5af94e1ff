"""The roster list: which memberships a filter means, their number, their order, and the columns that may be shown of them.

A merged person has no memberships (``services.merging`` moves them), so the list needs no look at ``person`` to leave one out.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from unionops.core import search
from unionops.core.db import blind_index, db, plain, remembered
from unionops.core.documents import AT_ONCE
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
from unionops.members.queries import standing as standings
from unionops.members.queries.visibility import in_units, only_visible, visible_units, with_descendants
from unionops.members.rules.membership import Standing, standing
from unionops.members.rules.standing import Standing as Stands
from unionops.values.identifiers import identity_check

SORTS = {
    "number": Membership.number,
    "name": Person.name,
    "joined_on": Membership.joined_on,
    "left_on": Membership.left_on,
}
class Rights(StrEnum):
    """What may be asked of everybody's standing (``rules.standing``)."""

    GOOD = "good"
    NOT_GOOD = "not_good"
    MAY_VOTE = "vote"
    MAY_STAND = "stand"

    def held_by(self, found: Stands) -> bool:
        match self:
            case Rights.GOOD:
                return found.good
            case Rights.NOT_GOOD:
                return found.member and not found.good
            case Rights.MAY_VOTE:
                return found.may_vote
            case Rights.MAY_STAND:
                return found.may_stand


EVERYBODY = "all"
"""The value of ``RosterFilter.standing`` that leaves nobody out."""
FAR = 5000
"""How many rows of an order are passed over for one page; beyond, the whole order is read once and remembered."""


@dataclass(frozen=True)
class RosterFilter:
    """Which memberships a roster shows. Everything in it is in the URL; ``ids`` are the rows ticked, empty for all. ``rights`` are
    some of ``Rights``, all of which must hold; ``behind`` asks for so many months of unpaid dues at least."""

    text: str = ""
    standing: str = Standing.IN_FORCE
    units: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    joined_from: date | None = None
    joined_to: date | None = None
    employer: int | None = None
    rights: tuple[str, ...] = ()
    behind: int | None = None
    ids: tuple[int, ...] = ()
    sort: str = "number"
    descending: bool = False


# --- which memberships ------------------------------------------------------------------------------------------------
#
# A filter is made of conditions, each with a name and a value. Statements are built once for each set of names and kept; the values
# are handed over at the time. Which ids a filter means is remembered until the membership changes; their cells are read every time.


def _conditions(user: Any, wanted: RosterFilter, today: date) -> dict[str, Any]:
    """What the filter asks, by the names of ``_condition``."""
    seen = visible_units(user)
    text = wanted.text.strip()
    identity = identity_check(text).normal if text and identity_check(text).valid else None
    asked: dict[str, Any] = {
        wanted.standing: today if wanted.standing != EVERYBODY else None,
        **(_odd(today) if wanted.standing != EVERYBODY else {}),
        "seen": None if seen is None else sorted(seen),
        # A whole identity number is looked up by its fingerprint only.
        "identity": blind_index(identity, ID_PLACE) if identity else None,
        "units": sorted(with_descendants(wanted.units)) or None,
        "classes": wanted.classes or None,
        "joined_from": wanted.joined_from,
        "joined_to": wanted.joined_to,
        "employer": wanted.employer,
        "ids": wanted.ids or None,
    }
    if text and not identity:
        words = search.sought(text, secret_places=(ID_PLACE,))
        asked["words" if words else "nobody"] = words or True  # Signs alone find nobody.
    return {name: value for name, value in asked.items() if value is not None}


def _odd(today: date) -> dict[str, Any]:
    """Of whom the dates alone say it wrongly: nearly always nobody, and then the conditions are about dates alone."""
    odd = standings.odd_places(today)
    if not odd:
        return {}
    return {"odd": sorted(odd), **{f"odd_{which}": sorted(number for number, place in odd.items() if place == which) for which in Standing}}


def _condition(name: str, sqlite: bool, beside: bool = False, odd: bool = False) -> Any:
    """One condition, its value the parameter of the same name. ``beside``: rows that come by another way are only judged by it. ``odd``:
    there are memberships that stand otherwise than their dates say."""
    # Neither database guesses well how few rows a condition leaves, so it is led. A condition to stand beside is written so that SQLite
    # can enter no index by it, and the dates always are: nearly all rows pass them. One to come by is an array for PostgreSQL, which
    # otherwise reads all memberships.
    def among(column: Any, found: Any) -> Any:
        found = found.correlate(Membership)  # Whatever else the statement reads: the tables of a condition are its own.
        if beside:
            (key,) = found.selected_columns
            return found.where(key == column).exists()
        return column.in_(found) if sqlite else column == sa.any_(sa.func.array(found.scalar_subquery()))

    if odd and name in tuple(Standing):
        aside, of_them = (sa.bindparam(each, expanding=True) for each in ("odd", f"odd_{name}"))
        return sa.or_(sa.and_(_condition(name, sqlite, beside), Membership.id.not_in(aside)), Membership.id.in_(of_them))
    value: Any = sa.bindparam(name, expanding=name in ("seen", "units", "classes", "ids"))
    joined, left = (_unindexed(column) if sqlite else column for column in (Membership.joined_on, Membership.left_on))
    match name:
        case Standing.LEFT:
            return left <= value
        case Standing.EXPECTED | Standing.IN_FORCE:
            inside = sa.or_(Membership.left_on.is_(None), left > value)
            if name == Standing.EXPECTED:
                return sa.and_(inside, joined > value)
            return sa.and_(inside, sa.or_(Membership.joined_on.is_(None), joined <= value))
        case "seen" | "units":
            return among(Membership.id, in_units(value))
        case "classes":
            held = sa.select(ClassStay.membership_id).where(ClassStay.member_class.in_(value), ClassStay.until_on.is_(None))
            return among(Membership.id, held)
        case "employer":
            working = sa.select(Employment.person_id).where(Employment.employer_id == value, Employment.until_on.is_(None))
            return among(Membership.person_id, working)
        case "joined_from":
            return (joined if beside else Membership.joined_on) >= value
        case "joined_to":
            return (joined if beside else Membership.joined_on) <= value
        case "ids":
            return Membership.id.in_(value)
        case "identity":  # Only of persons that are not merged into another: so says the index, too.
            return among(Membership.person_id, sa.select(Person.id).where(Person.id_index == value, Person.merged_into_id.is_(None)))
        case "words":
            return among(Membership.person_id, search.hits("person"))
        case _:
            return sa.false()


def _unindexed(column: Any) -> Any:
    """``+column``: the same value, but no index is entered by it."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _where(names: tuple[str, ...], sqlite: bool, beside: bool = False) -> list[Any]:
    first = [name for name in names if name in ("words", "identity", "ids")] or names  # A search leaves fewest rows.
    return [_condition(name, sqlite, beside or name not in first, "odd" in names) for name in names if not name.startswith("odd")]


def _order(sort: str, descending: bool) -> list[Any]:
    """The number decides among equals."""
    column = SORTS.get(sort, Membership.number)
    return [column.desc() if descending else column.asc(), *([] if column is SORTS["number"] else [Membership.number])]


@lru_cache(maxsize=500)
def _statement(names: tuple[str, ...], wanted: str, sort: str, descending: bool, sqlite: bool) -> Any:
    """The number of the rows, one page of their ids (in the order asked), or all their ids as one text, parted by commas."""
    query = sa.select(Membership.id).where(*_where(names, sqlite, beside=wanted == "page"))
    if wanted == "count":
        return sa.select(sa.func.count()).select_from(query.subquery())
    if sort == "name":
        person_id = _unindexed(Person.id) if sqlite and wanted == "page" else Person.id  # Down the names, not from the memberships.
        query = query.join(Person, person_id == Membership.person_id)
    query = query.order_by(*_order(sort, descending))
    if wanted == "page":
        return query.offset(sa.bindparam("offset", type_=sa.Integer)).limit(sa.bindparam("limit", type_=sa.Integer))
    return _as_text(query)


def _ask(user: Any, wanted: RosterFilter, today: date, what: str, **more: int) -> Any:
    asked = _conditions(user, wanted, today)
    statement = _statement(tuple(asked), what, wanted.sort, wanted.descending, db.engine.dialect.name == "sqlite")
    return plain(statement, asked | more)


def _key(user: Any, wanted: RosterFilter, today: date, *more: Any) -> tuple[Any, ...]:
    return (user.scopes("members.read"), wanted, today, *more)


def _read_whole(wanted: RosterFilter) -> bool:
    """Whether a filter is never read page by page: a search knows no order, and for units and standings see ``_whole``."""
    return bool(wanted.units or wanted.text.strip() or wanted.rights or wanted.behind)


def roster_count(user: Any, wanted: RosterFilter, today: date) -> int:
    """How many rows the filter gives; remembered until the membership changes or the day turns."""
    unsorted = replace(wanted, sort="number", descending=False)
    if unsorted == RosterFilter(standing=wanted.standing):
        counts = standing_counts(user, today)
        return sum(counts.values()) if wanted.standing == EVERYBODY else counts[wanted.standing]
    if _read_whole(wanted):
        return len(_whole(user, wanted, today))
    return remembered("members", _key(user, unsorted, today, "count"), lambda: _ask(user, unsorted, today, "count").scalar_one())


def standing_counts(user: Any, today: date) -> dict[str, int]:
    """How many memberships there are of each standing, for the tabs and the line that says who is missing."""
    return _standings(visible_units(user), today)


def _standings(seen: set[int] | None, today: date) -> dict[str, int]:
    odd = _odd(today)

    def count() -> dict[str, int]:
        given = dict.fromkeys(Standing, today) | ({} if seen is None else {"seen": sorted(seen)}) | odd
        sqlite = db.engine.dialect.name == "sqlite"
        query = sa.select(*(sa.func.count().filter(_condition(which, sqlite, odd=bool(odd))).label(which) for which in Standing))
        query = query.select_from(Membership).where(*([] if seen is None else [_condition("seen", sqlite)]))
        return dict(plain(query, given).mappings().one())

    return remembered("members", ("standings", None if seen is None else frozenset(seen), today), count)


def roster_ids(user: Any, wanted: RosterFilter, today: date, *, offset: int = 0, limit: int | None = None) -> list[int]:
    """The membership ids in the order shown, or one page of them.

    A page that comes soon on the way down the order is read by itself; for a far one and for a rare filter all ids are read once.
    """
    if limit is not None and not _read_whole(wanted):
        passed = (offset + limit) * sum(standing_counts(user, today).values()) // max(1, total := roster_count(user, wanted, today))
        if passed < min(FAR, total):
            key = _key(user, wanted, today, offset, limit)
            return list(remembered("members", key, lambda: tuple(_ask(user, wanted, today, "page", offset=offset, limit=limit).scalars())))
    return _whole(user, wanted, today)[offset : None if limit is None else offset + limit].tolist()


def _whole(user: Any, wanted: RosterFilter, today: date) -> array[int]:
    """All ids that the filter gives, in its order."""
    if wanted.rights or wanted.behind:  # Follows from money too, so it is not kept with the rest; picking takes no time.
        held = _asked_of(wanted, today)
        return array("q", [one for one in _whole(user, replace(wanted, rights=(), behind=None), today) if held(one)])

    def read() -> array[int]:
        if not wanted.units:
            return _numbers(_ask(user, wanted, today, "whole"))
        # The commonest filter, and units are large: their members are put into the remembered order of the rest, which is several
        # times as fast as joining and sorting them anew for each unit.
        rest = replace(wanted, units=())
        order, places = _whole(user, rest, today), _places(user, rest, today)
        inside = _numbers(plain(_MEMBERS_OF, {"units": sorted(with_descendants(wanted.units))}))
        return array("q", [order[place] for place in sorted({places[one] for one in inside if one < len(places)} - {NOWHERE})])

    return remembered("members", _key(user, wanted, today), read)


def _asked_of(wanted: RosterFilter, today: date) -> Callable[[int], bool]:
    """Whether a membership stands as the filter asks."""
    found, rights, behind = standings.everybody(today), [Rights(one) for one in wanted.rights], wanted.behind or 0

    def holds(one: Stands) -> bool:
        return one.months >= behind and all(right.held_by(one) for right in rights)

    usual, others = holds(found.usual), {number: holds(one) for number, one in found.others.items()}
    return lambda number: others.get(number, usual)


def rights_counts(user: Any, wanted: RosterFilter, today: date) -> dict[str, int]:
    """How many rows of the filter have each of these rights."""
    found = standings.everybody(today)
    rows = _whole(user, replace(wanted, rights=(), behind=None, sort="number", descending=False), today)
    others = [found.others[one] for one in rows if one in found.others]
    usual = len(rows) - len(others)
    return {which.value: usual * which.held_by(found.usual) + sum(map(which.held_by, others)) for which in Rights}


def _places(user: Any, wanted: RosterFilter, today: date) -> array[int]:
    """The place of each membership in the filter's order, by its id; ``NOWHERE`` if it is not in it."""
    def read() -> array[int]:
        order = _whole(user, wanted, today)
        places = array("q", [NOWHERE]) * (max(order, default=-1) + 1)
        for place, one in enumerate(order):
            places[one] = place
        return places

    return remembered("members", _key(user, wanted, today, "places"), read)


NOWHERE = -1


def _as_text(ids: Any) -> Any:
    """The one column of this SELECT as one text: it is read many times as fast as as many rows."""
    (column,) = ids.subquery().c
    return sa.select(sa.func.aggregate_strings(sa.cast(column, sa.String), ","))


def _numbers(result: Any) -> array[int]:
    text = result.scalar_one()
    return array("q", map(int, text.split(",")) if text else ())


_MEMBERS_OF = _as_text(in_units(sa.bindparam("units", expanding=True)))


# --- what is shown of them --------------------------------------------------------------------------------------------


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
        ids = _whole(user, wanted, today).tolist()
        return (roster_lines(ids[start : start + AT_ONCE], columns) for start in range(0, len(ids), AT_ONCE))
    connection = db.session.connection()
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        # PostgreSQL expects that a tenth of what is read bit by bit will do, and would go through indexes row by row. All is wanted.
        connection.execute(sa.select(sa.func.set_config("cursor_tuple_fraction", "1", True)))
    asked = _conditions(user, wanted, today)
    lines = _lines(tuple(columns), named=False).where(*_where(tuple(asked), sqlite)).order_by(*_order(wanted.sort, wanted.descending))
    return connection.execute(lines, asked, execution_options={"stream_results": True, "yield_per": AT_ONCE}).partitions()


def place_of(row: Any, today: date) -> Standing:
    """Whether this membership (``id``, ``joined_on``, ``left_on``) is in force, to come or over: as ``rules.standing`` says, by its dates
    but for those few whom they tell wrongly."""
    return standings.odd_places(today).get(row.id) or standing(joined_on=row.joined_on, left_on=row.left_on, today=today)


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
    rows = {number: RosterRow(m, m.person, place_of(m, today)) for number, m in found.items()}
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


class View(NamedTuple):
    """A saved view as a plain row."""

    id: int
    user_id: int
    title: str
    query: str
    is_shared: bool


def saved_views(user: Any) -> tuple[View, ...]:
    """One's own saved views and the shared ones."""

    def read() -> tuple[View, ...]:
        query = sa.select(SavedView.id, SavedView.user_id, SavedView.title, SavedView.query, SavedView.is_shared)
        query = query.where(sa.or_(SavedView.user_id == user.id, SavedView.is_shared)).order_by(SavedView.title, SavedView.id)
        return tuple(View(*row) for row in db.session.execute(query))

    return remembered("saved_views", ("of", user.id), read)


def employers() -> list[Employer]:
    """All employers by name, with their workplaces."""
    return list(db.session.scalars(sa.select(Employer).options(selectinload(Employer.workplaces)).order_by(Employer.name)))


def custom_fields(*, retired: bool = False) -> list[CustomField]:
    """The union's own fields in use, or with the retired ones."""
    query = sa.select(CustomField).order_by(CustomField.id)
    return list(db.session.scalars(query if retired else query.where(CustomField.retired_on.is_(None))))


def members_in_force(today: date) -> int:
    """How many members the union has on this day: what the law's limits count."""
    return _standings(None, today)[Standing.IN_FORCE]


def movements(user: Any, first: date, last: date) -> tuple[int, int]:
    """How many joined and how many left between two days, both included."""
    def count(column: Any) -> int:
        def ask() -> int:
            return db.session.scalar(only_visible(sa.select(sa.func.count(Membership.id)).where(column.between(first, last)), user)) or 0

        return remembered("members", (column.key, user.scopes("members.read"), first, last), ask)

    return count(Membership.joined_on), count(Membership.left_on)


def employer_counts(employer_ids: Iterable[int]) -> dict[int, int]:
    """How many persons work for each of these employers now."""
    query = sa.select(Employment.employer_id, sa.func.count()).where(
        Employment.employer_id.in_(list(employer_ids)), Employment.until_on.is_(None))
    return dict(db.session.execute(query.group_by(Employment.employer_id)).all())


def unit_counts(today: date) -> dict[int, int]:
    """How many members in force each unit has, without those below it."""
    query = sa.select(UnitStay.unit_id, sa.func.count()).join(Membership, Membership.id == UnitStay.membership_id)
    odd = _odd(today)
    in_force = _condition(Standing.IN_FORCE, db.engine.dialect.name == "sqlite", odd=bool(odd))
    query = query.where(UnitStay.until_on.is_(None), in_force).group_by(UnitStay.unit_id)
    return remembered("members", ("units", today), lambda: dict(plain(query, {Standing.IN_FORCE: today} | odd).all()))
