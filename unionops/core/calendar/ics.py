"""One person's deadlines and appointments as an iCalendar feed (RFC 5545, 7986), for the calendar of a telephone or a desk.

Whoever holds the address reads it without signing in, so it carries what is in this person's own charge only, and of confidential
kinds of records no words at all.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from icalendar import Calendar, Event

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.addresses import public_address
from unionops.core.calendar.models import Appointment, Deadline, attendance
from unionops.core.calendar.queries import reasons, shown_outside
from unionops.core.calendar.registry import kind_of
from unionops.core.db import blind_index, db
from unionops.core.i18n import LOCALES, _, show_day
from unionops.core.pages import union_name

SETTLED_STAY = timedelta(days=30)
"""How long what was closed, withdrawn or cancelled stays in the feed, so that every calendar hears of it."""
PAST_STAY = timedelta(days=90)
"""How long appointments stay once they are over."""
REFRESH = timedelta(hours=1)


def feed(user: User, now: datetime) -> tuple[bytes, datetime | None]:
    """The feed, and when what is in it was last changed (None: there is nothing in it)."""
    deadlines, appointments = _deadlines(user, now), _appointments(user, now)
    with force_locale(user.locale if user.locale in LOCALES else "zh_Hant_TW"):
        calendar = Calendar.new(
            name=_("%(union)s：%(person)s", union=union_name(), person=user.name), prodid="-//unionops//calendar//ZH", uid=_uid("user", user.id)
        )
        calendar.add("X-WR-TIMEZONE", "Asia/Taipei")
        calendar.add("X-PUBLISHED-TTL", "PT1H")
        calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})  # The RFC asks for the word; the library's setter forgets it.
        for one in deadlines:
            calendar.add_component(_deadline(one))
        for meeting in appointments:
            calendar.add_component(_appointment(meeting))
        calendar.add_missing_timezones(date(now.year - 1, 1, 1), date(now.year + 3, 1, 1))
    changed = max((one.changed_at for one in [*deadlines, *appointments]), default=None)
    return calendar.to_ical(), changed


def _deadlines(user: User, now: datetime) -> list[Deadline]:
    since = now - SETTLED_STAY
    lately = sa.and_(
        sa.or_(Deadline.closed_at.is_(None), Deadline.closed_at > since), sa.or_(Deadline.withdrawn_at.is_(None), Deadline.withdrawn_at > since)
    )
    return list(db.session.scalars(sa.select(Deadline).where(Deadline.owner_id == user.id, lately).order_by(Deadline.nominal_on, Deadline.id)))


def _appointments(user: User, now: datetime) -> list[Appointment]:
    mine = sa.or_(
        Appointment.owner_id == user.id, Appointment.id.in_(sa.select(attendance.c.appointment_id).where(attendance.c.user_id == user.id))
    )
    lately = sa.or_(Appointment.cancelled_at.is_(None), Appointment.cancelled_at > now - SETTLED_STAY)
    found = sa.select(Appointment).where(mine, lately, Appointment.ends_at > now - PAST_STAY).order_by(Appointment.starts_at, Appointment.id)
    return list(db.session.scalars(found))


def _deadline(one: Deadline) -> Event:
    title = shown_outside(one.ref_kind, one.title)
    words = _("%(title)s（已結案）", title=title) if one.closed_at is not None else _("期限：%(title)s", title=title)
    return _event(
        "deadline", one, words, one.nominal_on, one.nominal_on + timedelta(days=1), cancelled=one.closed_at is None and one.withdrawn_at is not None,
        text=_described(one) if title == one.title else "", url=public_address("calendar.deadline", deadline_id=one.id), transparency="TRANSPARENT",
    )


def _described(one: Deadline) -> str:
    lines = [str(kind_of(one.kind).title)]
    if one.latest_on != one.nominal_on:
        lines.append(_("最後一日 %(day)s", day=show_day(one.latest_on)))
    lines += [_("依據：%(citation)s", citation=_(reason.citation)) for reason in reasons(one.basis)]
    return "\n".join([*lines, one.note] if one.note else lines)


def _appointment(one: Appointment) -> Event:
    title = shown_outside(one.ref_kind, one.title)
    start: date = clock.in_taipei(one.starts_at)
    end: date = clock.in_taipei(one.ends_at)
    if one.all_day:
        start, end = clock.in_taipei(one.starts_at).date(), clock.in_taipei(one.ends_at).date()
    event = _event(
        "appointment", one, title, start, end, cancelled=one.cancelled_at is not None, text=one.note if title == one.title else "",
        url=public_address("calendar.appointment", appointment_id=one.id), transparency="OPAQUE",
    )
    if one.place and title == one.title:
        event.location = one.place
    return event


def _event(kind: str, one: Any, title: str, start: date, end: date, *, cancelled: bool, text: str, url: str, transparency: str) -> Event:
    event = Event.new(
        uid=_uid(kind, one.id), stamp=one.changed_at, last_modified=one.changed_at,
        sequence=one.version - 1, start=start, end=end, summary=title, description=text or None, url=url,
    )
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("TRANSP", transparency)
    return event


def _uid(kind: str, number: int) -> str:
    """The same for ever, different in every installation, and telling nothing."""
    return f"{blind_index(f'{kind}:{number}', 'calendar.uid')}@unionops"
