"""Reads: which deadlines and appointments somebody may see, as plain rows with the links of their records. Constant statements, whatever
the number of rows.

Everybody sees the deadlines in his charge and those of records he may see; whoever supervises also those that belong to no record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from flask import abort, url_for
from sqlalchemy.orm import selectinload

from unionops.core import clock, refs, search
from unionops.core.accounts.models import User, UserRole
from unionops.core.calendar import rules
from unionops.core.calendar.models import Appointment, Deadline, DeadlineMove, FeedKey, Reminder, attendance
from unionops.core.calendar.registry import kind_of
from unionops.core.db import db, plain
from unionops.core.i18n import SEMICOLON, _, listed, show_day
from unionops.core.pages import addresses
from unionops.law.basis import Basis
from unionops.values.refs import Ref

SUPERVISE, KEEP = "calendar.supervise", "calendar.keep"
Whose = Literal["mine", "all"]
WEEK, MONTH = timedelta(days=7), timedelta(days=30)

OPEN = sa.and_(Deadline.closed_at.is_(None), Deadline.withdrawn_at.is_(None))


class Due(NamedTuple):
    """One deadline as lists show it; the macro ``due_list`` takes it as it is. ``days`` are left until the day counted to, negative
    when it has passed; ``record`` is what it belongs to, None for an own deadline or a record that is gone, without title and address
    where this reader may not see it."""

    id: int
    title: str
    kind: str
    kind_title: Any
    nominal_on: date
    latest_on: date
    days: int
    status: rules.Status
    owner_id: int | None
    owner: str
    reasons: list[Basis]
    ref: Ref | None
    record: refs.Shown | None
    closed_at: datetime | None
    closed_how: str
    withdrawn_at: datetime | None
    withdrawn_why: str
    url: str

    @property
    def basis(self) -> Basis | None:
        """The rule that gave the day, the last of ``reasons``."""
        return self.reasons[-1] if self.reasons else None

    @property
    def day(self) -> str:
        """The day counted to, in the reader's words."""
        return show_day(self.nominal_on)

    @property
    def latest(self) -> str:
        """The last lawful day in the reader's words, empty when it is the same."""
        return show_day(self.latest_on) if self.latest_on != self.nominal_on else ""

    @property
    def done(self) -> bool:
        return self.status in ("closed", "withdrawn")

    @property
    def about(self) -> str:
        """What it is, and to what it belongs, unless its title says so already."""
        named = f"{self.record.kind.label} {self.record.title}".strip() if self.record is not None and self.record.title not in self.title else ""
        return listed(filter(None, (str(self.kind_title), named)), SEMICOLON)


class Counts(NamedTuple):
    """Open deadlines that are overdue, due within seven days (today included), and within thirty (these seven included)."""

    overdue: int
    week: int
    month: int


class Entry(NamedTuple):
    """One appointment as lists show it, its times on the clock in Taiwan."""

    id: int
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    owner: str
    cancelled: bool
    url: str

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day it touches."""
        return self.starts_at.date(), (self.ends_at - timedelta(microseconds=1)).date()


# --- deadlines --------------------------------------------------------------------------------------------------------


@refs.by_reader
def visible(user: Any) -> sa.ColumnElement[bool]:
    """The deadlines this user may see."""
    conditions = [Deadline.owner_id == user.id, refs.seen(user, Deadline.ref_kind, Deadline.ref_id)]
    if user.can(SUPERVISE):
        conditions.append(Deadline.ref_kind.is_(None))
    return sa.or_(*conditions)


def visible_deadlines(user: Any) -> sa.Select[tuple[int]]:
    """SELECT of the ids of the deadlines this user may see."""
    return sa.select(Deadline.id).where(visible(user))


def open_deadlines(
    user: Any, *, whose: Whose = "mine", until: date | None = None, limit: int | None = None, today: date | None = None
) -> list[Due]:
    """The open deadlines in this user's charge, or all he may see, the most urgent first."""
    return rows(_most_urgent(user, whose, until is not None, limit), user, today or clock.today(), until=until)


@refs.by_reader
def _most_urgent(user: Any, whose: Whose, bounded: bool, limit: int | None) -> sa.Select[Any]:
    wanted = _ROWS.where(OPEN, Deadline.owner_id == user.id if whose == "mine" else visible(user))
    if bounded:
        wanted = wanted.where(Deadline.nominal_on <= sa.bindparam("until", type_=sa.Date))
    return wanted.order_by(Deadline.nominal_on, Deadline.id).limit(limit)


def counts(user: Any, today: date) -> dict[Whose, Counts]:
    """How many open deadlines press, of his own and of all he may see (which are more), in one statement."""
    found = plain(_counted(user), {"today": today, "week": today + WEEK, "month": today + MONTH}).one()
    return {"mine": Counts(*found[:3]), "all": Counts(*found[3:])}


@refs.by_reader
def _counted(user: Any) -> sa.Select[Any]:
    today, week, month = (sa.bindparam(name, type_=sa.Date) for name in ("today", "week", "month"))
    days = (Deadline.nominal_on < today, Deadline.nominal_on.between(today, week), Deadline.nominal_on >= today)
    mine = Deadline.owner_id == user.id
    return sa.select(
        *(sa.func.count().filter(mine, day) for day in days), *(sa.func.count().filter(day) for day in days)
    ).where(OPEN, Deadline.nominal_on <= month, visible(user))


def of_record(pointer: Ref, user: Any, *, today: date | None = None) -> list[Due]:
    """Every deadline of a record whose page this user is looking at: open ones first."""
    wanted = _ROWS.where(refs.pointing_at(Deadline, pointer)).order_by(sa.not_(OPEN), Deadline.nominal_on, Deadline.id)
    return rows(wanted, user, today or clock.today())


_ROWS = sa.select(
    Deadline.id, Deadline.title, Deadline.kind, Deadline.nominal_on, Deadline.latest_on, Deadline.owner_id, User.name, Deadline.basis,
    Deadline.ref_kind, Deadline.ref_id, Deadline.closed_at, Deadline.closed_how, Deadline.withdrawn_at, Deadline.withdrawn_why,
).outerjoin(User, User.id == Deadline.owner_id)


def rows(wanted: sa.Select[Any], user: Any, today: date, **given: Any) -> list[Due]:
    """What a SELECT over ``_ROWS`` finds, with links: one statement, and one for each kind of record."""
    found = plain(wanted, given).all()
    pointers = {Ref(row.ref_kind, row.ref_id) for row in found if row.ref_kind is not None}
    shown = refs.look_up(pointers, user)
    address = addresses("calendar.deadline", "deadline_id")
    told = []
    for row in found:
        ref = Ref(row.ref_kind, row.ref_id) if row.ref_kind is not None else None
        told.append(Due(
            row.id, row.title, row.kind, kind_of(row.kind).title, row.nominal_on, row.latest_on, (row.nominal_on - today).days,
            rules.status(row.nominal_on, closed=row.closed_at is not None, withdrawn=row.withdrawn_at is not None, today=today),
            row.owner_id, row.name or "", reasons(row.basis), ref, shown.get(ref) if ref else None, row.closed_at, row.closed_how,
            row.withdrawn_at, row.withdrawn_why, address(row.id),
        ))
    return told


def reasons(stored: Iterable[dict[str, Any]]) -> list[Basis]:
    """What was stored with ``Basis.as_dict``: days are days again, so that each reader sees them in his own way."""
    return [
        Basis(**one | {"inputs": tuple((label, _day(value)) for label, value in one["inputs"]), "result": _day(one["result"])}) for one in stored
    ]


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) and _ISO_DAY.fullmatch(value) else value


_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Wanted:
    """What a list of deadlines asks for. ``state`` is open, overdue, month (due within thirty days), closed, withdrawn or every."""

    whose: Whose = "mine"
    state: str = "open"
    kind: str = ""
    owner_id: int | None = None
    text: str = ""


def chosen(user: Any, wanted: Wanted, today: date) -> sa.Select[Any]:
    """SELECT of the rows of a list, the most urgent first, of settled ones the newest; ``limit`` and ``offset`` are still to be given."""
    found = _listed(user, replace(wanted, text=""), today)
    if wanted.text and (ids := search.matching("deadline", wanted.text)) is not None:
        found = found.where(Deadline.id.in_(ids))
    return found


@refs.by_reader
def _listed(user: Any, wanted: Wanted, today: date) -> sa.Select[Any]:
    found = _ROWS.where(Deadline.owner_id == user.id if wanted.whose == "mine" else visible(user))
    if wanted.state in _STATES:
        found = found.where(_STATES[wanted.state](today))
    if wanted.kind:
        found = found.where(Deadline.kind == wanted.kind)
    if wanted.owner_id is not None:
        found = found.where(Deadline.owner_id == wanted.owner_id)
    found = found.limit(sa.bindparam("limit", type_=sa.Integer)).offset(sa.bindparam("offset", type_=sa.Integer))
    if wanted.state in ("closed", "withdrawn"):
        return found.order_by(Deadline.nominal_on.desc(), Deadline.id.desc())
    return found.order_by(Deadline.nominal_on, Deadline.id)


_STATES: dict[str, Any] = {
    "open": lambda today: OPEN,
    "overdue": lambda today: sa.and_(OPEN, Deadline.nominal_on < today),
    "month": lambda today: sa.and_(OPEN, Deadline.nominal_on.between(today, today + MONTH)),
    "closed": lambda today: Deadline.closed_at.is_not(None),
    "withdrawn": lambda today: sa.and_(Deadline.closed_at.is_(None), Deadline.withdrawn_at.is_not(None)),
}


def row_of(deadline: Deadline) -> sa.Select[Any]:
    """SELECT of the one row of this deadline, for ``rows``."""
    return _ROWS.where(Deadline.id == deadline.id)


def due_between(user: Any, first: date, last: date, *, whose: Whose, today: date) -> list[Due]:
    """The deadlines of these days that were not withdrawn, settled ones included."""
    return rows(_due_between(user, whose), user, today, first=first, last=last)


@refs.by_reader
def _due_between(user: Any, whose: Whose) -> sa.Select[Any]:
    first, last = (sa.bindparam(name, type_=sa.Date) for name in ("first", "last"))
    return _ROWS.where(
        Deadline.nominal_on.between(first, last), sa.or_(Deadline.closed_at.is_not(None), Deadline.withdrawn_at.is_(None)),
        Deadline.owner_id == user.id if whose == "mine" else visible(user),
    ).order_by(Deadline.nominal_on, Deadline.id).limit(IN_A_MONTH)


IN_A_MONTH = 1000
"""So many deadlines the table of a month holds."""


def year_counts(user: Any, year: int, *, whose: Whose, today: date) -> dict[int, dict[str, int]]:
    """month → how many deadlines are open, overdue and closed, and how many appointments begin."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    counted = {month: {"open": 0, "overdue": 0, "closed": 0, "appointments": 0} for month in range(1, 13)}
    found = db.session.execute(
        sa.select(Deadline.nominal_on, Deadline.closed_at.is_not(None), sa.func.count())
        .where(
            Deadline.nominal_on.between(first, last), sa.or_(Deadline.closed_at.is_not(None), Deadline.withdrawn_at.is_(None)),
            Deadline.owner_id == user.id if whose == "mine" else visible(user),
        )
        .group_by(Deadline.nominal_on, Deadline.closed_at.is_not(None))
    )
    for day, closed, count in found:
        counted[day.month]["closed" if closed else "overdue" if day < today else "open"] += count
    from_at, until_at = _moments(first, last)
    starts = sa.select(Appointment.starts_at).where(
        Appointment.starts_at >= from_at, Appointment.starts_at < until_at, Appointment.cancelled_at.is_(None), _may_see(user)
    )
    for at in db.session.scalars(starts):
        counted[clock.in_taipei(at).month]["appointments"] += 1
    return counted


def how_many(selection: sa.Select[Any], most: int) -> int:
    """How many rows a list has, at most ``most``: counted without the owners' names, which are joined one to one."""
    condition = selection.whereclause
    assert condition is not None
    return plain(sa.select(sa.func.count()).select_from(sa.select(Deadline.id).where(condition).limit(most).subquery())).scalar_one()


def deadline_for(user: Any, deadline_id: int) -> Deadline:
    """The deadline, or 404 when there is none that this user may see."""
    found = db.session.scalar(sa.select(Deadline).where(Deadline.id == deadline_id, visible(user)))
    if found is None:
        abort(404)
    return found


def may_act(user: Any, deadline: Deadline) -> bool:
    """Whether this user may extend, hand over and settle it: who is in charge, and who supervises."""
    return bool(user.can(SUPERVISE) or (user.can(KEEP) and deadline.owner_id == user.id))


def deadline_to_act_on(user: Any, deadline_id: int) -> Deadline:
    """The deadline, or 404 when this user may not see it or not act on it."""
    found = deadline_for(user, deadline_id)
    if not may_act(user, found):
        abort(404)
    return found


def moves(deadline: Deadline) -> list[DeadlineMove]:
    """What happened to its days and its owner, the newest first."""
    return list(db.session.scalars(
        sa.select(DeadlineMove).where(DeadlineMove.deadline_id == deadline.id).order_by(DeadlineMove.id.desc())
        .options(selectinload(DeadlineMove.from_owner), selectinload(DeadlineMove.to_owner))
    ))


def reminders(deadline: Deadline) -> list[Reminder]:
    """What was told of it, the newest first."""
    return list(db.session.scalars(sa.select(Reminder).where(Reminder.deadline_id == deadline.id).order_by(Reminder.id.desc())))


# --- appointments -----------------------------------------------------------------------------------------------------


def visible_appointments(user: Any) -> sa.Select[tuple[int]]:
    """SELECT of the ids of the appointments this user may see."""
    return sa.select(Appointment.id).where(_may_see(user))


@refs.by_reader
def _may_see(user: Any) -> sa.ColumnElement[bool]:
    conditions = [
        Appointment.owner_id == user.id,
        Appointment.id.in_(sa.select(attendance.c.appointment_id).where(attendance.c.user_id == user.id)),
        refs.seen(user, Appointment.ref_kind, Appointment.ref_id),
    ]
    if user.can(SUPERVISE):
        conditions.append(Appointment.ref_kind.is_(None))
    return sa.or_(*conditions)


def appointments(user: Any, first: date, last: date) -> list[Entry]:
    """What this user may see of the appointments that touch these days, cancelled ones left out."""
    from_at, until_at = _moments(first, last)
    return list(map(_entry, plain(_between(user), {"from_at": from_at, "until_at": until_at})))


@refs.by_reader
def _between(user: Any) -> sa.Select[Any]:
    from_at, until_at = (sa.bindparam(name, type_=Appointment.starts_at.type) for name in ("from_at", "until_at"))
    return _ENTRIES.where(
        Appointment.starts_at < until_at, Appointment.ends_at > from_at, Appointment.cancelled_at.is_(None), _may_see(user)
    ).order_by(Appointment.starts_at, Appointment.id)


_ENTRIES = sa.select(
    Appointment.id, Appointment.title, Appointment.place, Appointment.starts_at, Appointment.ends_at, Appointment.all_day, User.name,
    Appointment.cancelled_at,
).join(User, User.id == Appointment.owner_id)


def entry(appointment: Appointment) -> Entry:
    """One appointment as lists show it."""
    return _entry(db.session.execute(_ENTRIES.where(Appointment.id == appointment.id)).one())


def _entry(row: Any) -> Entry:
    return Entry(
        row.id, row.title, row.place, clock.in_taipei(row.starts_at), clock.in_taipei(row.ends_at), row.all_day, row.name,
        row.cancelled_at is not None, url_for("calendar.appointment", appointment_id=row.id),
    )


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """The midnights before the first day and after the last one, in Taiwan."""
    return tuple(datetime(day.year, day.month, day.day, tzinfo=clock.TAIPEI) for day in (first, last + timedelta(days=1)))  # type: ignore[return-value]


def appointment_for(user: Any, appointment_id: int) -> Appointment:
    """The appointment, or 404 when there is none that this user may see."""
    found = db.session.scalar(sa.select(Appointment).where(Appointment.id == appointment_id, _may_see(user)))
    if found is None:
        abort(404)
    return found


def may_change(user: Any, appointment: Appointment) -> bool:
    """Whether this user may change and cancel it: whose it is, and who supervises."""
    return bool(user.can(SUPERVISE) or (user.can(KEEP) and appointment.owner_id == user.id))


def appointment_to_change(user: Any, appointment_id: int) -> Appointment:
    """The appointment, or 404 when this user may not see it or not change it."""
    found = appointment_for(user, appointment_id)
    if not may_change(user, found):
        abort(404)
    return found


# --- people and feeds -------------------------------------------------------------------------------------------------


def people_in_office() -> list[tuple[str, str]]:
    """Who may be put in charge, as (number, name) by name: everybody active with more than a member's role."""
    return [(str(number), name) for number, name in plain(_IN_OFFICE)]


_IN_OFFICE = (
    sa.select(User.id, User.name).where(User.deactivated_at.is_(None), User.roles.any(UserRole.role != "member")).order_by(User.name, User.id)
)


def holders(roles: Collection[str]) -> dict[str, list[User]]:
    """role → the active people who hold it, for roles that somebody holds."""
    found: dict[str, list[User]] = {}
    pairs = db.session.execute(
        sa.select(UserRole.role, User).join(User, User.id == UserRole.user_id)
        .where(UserRole.role.in_(roles), User.deactivated_at.is_(None)).order_by(User.id)
    )
    for role, user in pairs:
        if user not in found.setdefault(role, []):
            found[role].append(user)
    return found


def feeds(user: Any) -> list[FeedKey]:
    """This user's keys, those in force first."""
    mine = sa.select(FeedKey).where(FeedKey.user_id == user.id)
    return list(db.session.scalars(mine.order_by(FeedKey.revoked_at.is_not(None), FeedKey.id.desc())))


def feed_for(user: Any, feed_id: int) -> FeedKey:
    """One of this user's keys, or 404."""
    found = db.session.scalar(sa.select(FeedKey).where(FeedKey.id == feed_id, FeedKey.user_id == user.id))
    if found is None:
        abort(404)
    return found


def shown_outside(ref_kind: str | None, title: str) -> str:
    """A title as it may leave the app: in mails, feeds, calendars of others."""
    kind = refs.KINDS.get(ref_kind or "")
    return _("（保密事項）") if kind is not None and kind.confidential else title
