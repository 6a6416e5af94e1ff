"""Who is reminded today, and of what. All that one person must hear in a run is one notice.

A reminder is a row, written in the same unit as the notice itself: whoever dies in between has done neither, whoever comes second finds
the row. So every reminder is told exactly once, by however many schedulers.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel.speaklater import LazyString

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.addresses import local_address
from unionops.core.calendar import rules
from unionops.core.calendar.models import Deadline, Reminder
from unionops.core.calendar.queries import OPEN, holders, shown_outside
from unionops.core.calendar.registry import kind_of
from unionops.core.db import alone, bulk_insert, db
from unionops.core.i18n import _, _l, show_day
from unionops.core.notify.registry import notice_kind
from unionops.core.notify.services import tell
from unionops.values.refs import Ref

REMINDER = notice_kind("calendar.reminder", title=_l("期限提醒"))
URGENT = notice_kind("calendar.urgent", title=_l("法定期限與逾期提醒"), compulsory=True)
MOST_LINES = 30
"""How many deadlines one notice names; the list has the others."""


class _Pressing(NamedTuple):
    """One deadline of which somebody is told in this run."""

    id: int
    title: str
    ref_kind: str | None
    kind: str
    nominal_on: date
    days: int
    stage: int
    owner_id: int | None


def remind(today: date) -> tuple[int, int]:
    """Tells everybody what has become due since the last run: (reminders, people). Inside the caller's unit."""
    alone(db.session(), Reminder.__tablename__)
    pressing = _pressing(today)
    owners = _people({one.owner_id for one in pressing if one.owner_id is not None})
    held = holders((*rules.LADDER, rules.LAST_RESORT))
    letters: dict[int, list[tuple[_Pressing, str]]] = defaultdict(list)
    readers: dict[int, User] = {}
    rows = []
    for one in pressing:
        told = _addressees(one, owners.get(one.owner_id or 0), held)
        if not told:
            continue  # Nobody at all holds office; tomorrow there may be somebody.
        for user, why in told:
            readers[user.id] = user
            letters[user.id].append((one, why))
        rows.append((one.id, one.nominal_on, one.stage, [user.name for user, _why in told], clock.now()))
    bulk_insert(Reminder.__table__, ("deadline_id", "for_on", "stage", "people", "at"), rows, reason=Reminder.__tablename__)  # type: ignore[arg-type]
    for user_id, matters in letters.items():
        _tell(readers[user_id], matters)
    return len(rows), len(letters)


def _pressing(today: date) -> list[_Pressing]:
    """The open deadlines of which the stage reached has not been told, in one statement."""
    told = sa.func.min(Reminder.stage)
    found = db.session.execute(
        sa.select(
            Deadline.id, Deadline.title, Deadline.ref_kind, Deadline.kind, Deadline.nominal_on, Deadline.owner_id, told,
        )
        .outerjoin(Reminder, sa.and_(Reminder.deadline_id == Deadline.id, Reminder.for_on == Deadline.nominal_on))
        .where(OPEN, Deadline.nominal_on <= today + timedelta(days=rules.STAGES[0]))
        .group_by(Deadline.id)
        .order_by(Deadline.nominal_on, Deadline.id)
    )
    pressing = []
    for number, title, ref_kind, kind, nominal_on, owner_id, newest in found:
        days = (nominal_on - today).days
        stage = rules.due_stage(days, newest)
        if stage is not None:
            pressing.append(_Pressing(number, title, ref_kind, kind, nominal_on, days, stage, owner_id))
    return pressing


def _people(ids: set[int]) -> dict[int, User]:
    return {user.id: user for user in db.session.scalars(sa.select(User).where(User.id.in_(ids)))} if ids else {}


def _addressees(one: _Pressing, owner: User | None, held: dict[str, list[User]]) -> list[tuple[User, str]]:
    """Everybody who is told of this deadline, once each, with the reason."""
    state = "none" if owner is None else "active" if owner.is_active else "gone"
    roles = [role.role for role in owner.roles] if owner is not None else []
    found: dict[int, tuple[User, str]] = {}
    for rung in rules.addressees(one.days, owner=state, owner_roles=roles, held=held.keys()):  # type: ignore[arg-type]
        for user in [owner] if rung == rules.OWNER else held.get(rung.role, []):
            if user is not None:
                found.setdefault(user.id, (user, rung.why))
    return list(found.values())


def _tell(user: User, matters: list[tuple[_Pressing, str]]) -> None:
    """One notice, whatever their number; the most urgent stand first."""
    weighty = any(one.days < 0 or kind_of(one.kind).compulsory for one, _why in matters)
    first, _why = matters[0]
    if len(matters) == 1:
        subject = LazyString(lambda: _("期限提醒：%(what)s", what=_line(first)))
        pointer, url = Ref("deadline", first.id), ""
    else:
        late = sum(one.days < 0 for one, _why in matters)
        subject = _l("期限提醒：%(count)s 件，其中逾期 %(late)s 件", count=len(matters), late=late)
        pointer, url = None, local_address("calendar.deadlines", whose="all")
    tell(URGENT if weighty else REMINDER, [user], subject=subject, text=LazyString(_text, matters), pointer=pointer, url=url, urgent=weighty)


def _text(matters: list[tuple[_Pressing, str]]) -> str:
    lines = [f"・{_line(one)}（{_(why)}）" for one, why in matters[:MOST_LINES]]
    if len(matters) > MOST_LINES:
        lines.append(_("其餘 %(count)s 件請看期限清單。", count=len(matters) - MOST_LINES))
    return "\n".join(lines)


def _line(one: _Pressing) -> str:
    facts: dict[str, Any] = {"title": shown_outside(one.ref_kind, one.title), "day": show_day(one.nominal_on), "days": abs(one.days)}
    if one.days < 0:
        return _("%(title)s，%(day)s，逾期 %(days)s 天", **facts)
    return _("%(title)s，%(day)s，今天到期", **facts) if one.days == 0 else _("%(title)s，%(day)s，還有 %(days)s 天", **facts)
