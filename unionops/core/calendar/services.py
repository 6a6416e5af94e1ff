"""Writes: deadlines that areas put, close and withdraw; what their owners do with them; appointments; keys of feeds.

An area says what its record asks for, as often as it likes: ``put`` does what is new in that and leaves alone what people did
meanwhile (an extension, a handing over).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from unionops.core import clock, search
from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import rules
from unionops.core.calendar.models import Appointment, Deadline, DeadlineMove, FeedKey
from unionops.core.calendar.queries import shown_outside
from unionops.core.calendar.registry import KINDS, OWN, kind_of
from unionops.core.db import bulk, db, plain
from unionops.core.i18n import _l
from unionops.core.notify.registry import notice_kind
from unionops.core.notify.services import tell
from unionops.core.refs import pointing_at
from unionops.law.basis import Basis
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

recording.sentence("calendar.put", _l("登錄期限 %(title)s，%(day)s"))
recording.sentence("calendar.moved", _l("期限 %(title)s 由 %(old)s 改為 %(day)s"))
recording.sentence("calendar.extended", _l("展延期限 %(title)s 由 %(old)s 至 %(day)s：%(reason)s"))
recording.sentence("calendar.handed_over", _l("期限 %(title)s 交給 %(owner)s"))
recording.sentence("calendar.closed", _l("期限 %(title)s 結案：%(how)s"))
recording.sentence("calendar.reopened", _l("期限 %(title)s 重新開啟"))
recording.sentence("calendar.withdrawn", _l("撤銷期限 %(title)s：%(why)s"))
recording.sentence("calendar.own_changed", _l("修改自訂期限 %(title)s"))
recording.sentence("calendar.appointment_added", _l("新增行程 %(title)s，%(day)s"))
recording.sentence("calendar.appointment_changed", _l("修改行程 %(title)s"))
recording.sentence("calendar.appointment_cancelled", _l("取消行程 %(title)s：%(why)s"))
recording.sentence("calendar.feed_made", _l("建立行事曆訂閱 %(name)s"))
recording.sentence("calendar.feed_revoked", _l("停用行事曆訂閱 %(name)s"))

HANDED_OVER = notice_kind("calendar.handed_over", title=_l("期限交辦"))
INVITED = notice_kind("calendar.invited", title=_l("行程邀請與異動"))


# --- what areas say ---------------------------------------------------------------------------------------------------


def put(
    pointer: Ref, kind: str, *, title: str, latest_on: date, nominal_on: date | None = None, basis: Basis | Sequence[Basis] = (),
    owner: User | None, suffix: str = "", today: date, reopen: bool = False,
) -> Deadline:
    """The deadline of this record, kind and suffix, made or brought up to date; saying the same again changes nothing.

    ``nominal_on`` is the day to work towards (a law period's ``safe_on``), ``latest_on`` the last lawful one; the earlier of the two is
    counted to. Changed days are a move, and reminders start anew. A closed one stays as it is unless ``reopen``; a withdrawn one
    comes back. Raises LookupError for a kind nobody registered.
    """
    if kind not in KINDS:
        raise LookupError(f"no deadline kind {kind!r}")
    counted_on = min(nominal_on or latest_on, latest_on)
    reasons = [one.as_dict() for one in ([basis] if isinstance(basis, Basis) else basis)]
    title = title[:200]
    found = of(pointer, kind, suffix)
    if found is None:
        return _new(
            ref_kind=pointer.kind, ref_id=pointer.id, kind=kind, suffix=suffix, title=title, nominal_on=counted_on, latest_on=latest_on,
            basis=reasons, owner=owner,
        )
    if found.closed_at is not None and not reopen:
        return found
    if found.settled:
        _reopen(found)
    if (found.title, found.basis) != (title, reasons):
        found.title, found.basis = title, reasons
        _index(found)
    if (found.given_on, found.given_latest_on) != (counted_on, latest_on):
        old = found.nominal_on
        found.nominal_on, found.latest_on, found.given_on, found.given_latest_on = counted_on, latest_on, counted_on, latest_on
        if old != counted_on:
            _move(found, "recomputed", from_on=old, to_on=counted_on)
        recording.describe("calendar.moved", found, title=title, old=old, day=counted_on)
    owner_id = owner.id if owner is not None else None
    if found.given_owner_id != owner_id:
        found.given_owner_id = owner_id
        _give(found, owner, reason="")
    return found


def of(pointer: Ref, kind: str, suffix: str = "") -> Deadline | None:
    """The deadline of this record, kind and suffix."""
    return db.session.scalar(sa.select(Deadline).where(pointing_at(Deadline, pointer), Deadline.kind == kind, Deadline.suffix == suffix))


def close(pointer: Ref, kind: str, *, how: str, suffix: str = "", now: datetime) -> Deadline | None:
    """What the deadline asked for has been done: ``how`` in words. None when there is no open one."""
    found = of(pointer, kind, suffix)
    if found is None or found.settled:
        return None
    _close(found, how=how, now=now)
    return found


def withdraw(pointer: Ref, kind: str | None = None, *, why: str) -> int:
    """The record no longer asks for it (its event was removed): its open deadlines of this kind, or all of them, stay in the history
    as withdrawn. How many there were."""
    found = sa.select(Deadline).where(pointing_at(Deadline, pointer), Deadline.closed_at.is_(None), Deadline.withdrawn_at.is_(None))
    rows = db.session.scalars(found if kind is None else found.where(Deadline.kind == kind)).all()
    for row in rows:
        _withdraw(row, why=why, now=clock.now())
    return len(rows)


def move(old: Ref, new: Ref) -> None:
    """Puts every deadline of one record on to another one, when two records are made into one: what closes it looks for it there. Raises
    IntegrityError when both have one of a kind and suffix."""
    for row in db.session.scalars(sa.select(Deadline).where(pointing_at(Deadline, old))):
        row.ref_kind, row.ref_id = new.kind, new.id


def reword(kind: str, words: Mapping[int, tuple[str, str]]) -> int:
    """In every deadline of these records of one kind the first words become the second (a name that may be kept no longer): in the title,
    the notes, what was said when it was closed or withdrawn. What they were is written nowhere. How many changed."""
    table, changed = Deadline.__table__, []
    told = (table.c.title, table.c.note, table.c.closed_how, table.c.withdrawn_why)
    for number, ref_id, *texts in plain(sa.select(table.c.id, table.c.ref_id, *told).where(table.c.ref_kind == kind, table.c.ref_id.in_(list(words)))):
        new = [text.replace(*words[ref_id]) for text in texts]
        if new != texts:
            changed.append({"number": number} | {f"new_{column.name}": text for column, text in zip(told, new, strict=True)})
            search.put("deadline", number, search.words_of(*new[:2]))
    if changed:
        values = {column.name: sa.bindparam(f"new_{column.name}") for column in told}
        bulk(sa.update(table).where(table.c.id == sa.bindparam("number")).values(**values, version=table.c.version + 1), changed, reason="calendar.reword")
    return len(changed)


# --- what people do ---------------------------------------------------------------------------------------------------


def add_own(*, title: str, nominal_on: date, latest_on: date | None = None, note: str = "", owner: User, today: date) -> Deadline:
    """A deadline that belongs to no record. Raises RuleBroken for a day that has passed."""
    if problems := rules.own_problems(nominal_on=nominal_on, latest_on=latest_on, today=today):
        raise RuleBroken(*problems)
    return _new(kind=OWN, title=title, note=note, nominal_on=nominal_on, latest_on=latest_on or nominal_on, basis=[], owner=owner)


def change_own(
    deadline: Deadline, *, title: str, nominal_on: date, latest_on: date | None = None, note: str = "", today: date
) -> None:
    """Writes an own deadline anew; a changed day is a move. Raises RuleBroken for a settled one and for a day that has passed."""
    if deadline.settled:
        raise RuleBroken(problem("", "這項期限已經結案或撤銷，不能修改"))
    moved = nominal_on != deadline.nominal_on
    if problems := rules.own_problems(nominal_on=nominal_on, latest_on=latest_on, today=today if moved else min(today, nominal_on)):
        raise RuleBroken(*problems)
    if moved:
        _move(deadline, "recomputed", from_on=deadline.nominal_on, to_on=nominal_on)
    deadline.title, deadline.note, deadline.nominal_on, deadline.latest_on = title, note, nominal_on, latest_on or nominal_on
    deadline.given_on, deadline.given_latest_on = deadline.nominal_on, deadline.latest_on
    _index(deadline)
    recording.describe("calendar.own_changed", deadline, title=title)


def close_by_hand(deadline: Deadline, *, how: str, now: datetime) -> None:
    """Whoever is in charge says how it was settled. Raises RuleBroken for one that its record closes, and for a settled one."""
    _check_by_hand(deadline)
    _close(deadline, how=how, now=now)


def withdraw_by_hand(deadline: Deadline, *, why: str, now: datetime) -> None:
    """Whoever is in charge says why it is not needed any more. Raises RuleBroken as ``close_by_hand`` does."""
    _check_by_hand(deadline)
    _withdraw(deadline, why=why.strip(), now=now)


def extend(deadline: Deadline, *, to_on: date, reason: str, today: date) -> None:
    """Moves an open deadline to a later day; where that is later than the last lawful one, that one moves with it (somebody granted
    it). Reminders start anew. Raises RuleBroken."""
    old = deadline.nominal_on
    if problems := rules.extension_problems(from_on=old, to_on=to_on, reason=reason, settled=deadline.settled, today=today):
        raise RuleBroken(*problems)
    deadline.nominal_on, deadline.latest_on = to_on, max(deadline.latest_on, to_on)
    _move(deadline, "extended", from_on=old, to_on=to_on, reason=reason.strip())
    recording.describe("calendar.extended", deadline, title=deadline.title, old=old, day=to_on, reason=reason.strip())


def hand_over(deadline: Deadline, owner: User, *, reason: str = "") -> None:
    """Somebody else is in charge from now on, and is told. Raises RuleBroken for a settled one, and for somebody who has left."""
    if deadline.settled:
        raise RuleBroken(problem("", "這項期限已經結案或撤銷，不能交接"))
    if not owner.is_active:
        raise RuleBroken(problem("owner_id", "%(name)s的帳號已停用，請改交給別人", name=owner.name))
    if deadline.owner_id == owner.id:
        raise RuleBroken(problem("owner_id", "%(name)s已經是負責人", name=owner.name))
    _give(deadline, owner, reason=reason.strip())


def add_appointment(
    *, title: str, starts_at: datetime, ends_at: datetime, all_day: bool = False, place: str = "", note: str = "", pointer: Ref | None = None,
    owner: User, attendees: Iterable[User] = (), today: date,
) -> Appointment:
    """Something at a time and a place; those who attend are told. Raises RuleBroken for an end before its beginning."""
    _check_times(starts_at, ends_at, all_day, today)
    made = Appointment(
        title=title, place=place, note=note, starts_at=starts_at, ends_at=ends_at, all_day=all_day, owner=owner, attendees=list(attendees)
    )
    made.ref = pointer
    db.session.add(made)
    db.session.flush()
    _index_appointment(made)
    recording.describe("calendar.appointment_added", made, title=title, day=clock.in_taipei(starts_at).date())
    _invite(made, made.attendees, _l("邀請參加：%(title)s", title=title))
    return made


def change_appointment(
    appointment: Appointment, *, title: str, starts_at: datetime, ends_at: datetime, all_day: bool = False, place: str = "", note: str = "",
    attendees: Iterable[User] = (), today: date,
) -> None:
    """Writes an appointment anew; those who attend are told of what matters to them. Raises RuleBroken, for a cancelled one as well."""
    if appointment.cancelled_at is not None:
        raise RuleBroken(problem("", "這項行程已經取消，不能修改"))
    _check_times(starts_at, ends_at, all_day, today)
    old, before = (appointment.starts_at, appointment.ends_at, appointment.place), list(appointment.attendees)
    appointment.title, appointment.place, appointment.note = title, place, note
    appointment.starts_at, appointment.ends_at, appointment.all_day = starts_at, ends_at, all_day
    appointment.attendees = list(attendees)
    appointment.changed_at = clock.now()  # Who attends stands in another table: the row itself must change with it.
    _index_appointment(appointment)
    recording.describe("calendar.appointment_changed", appointment, title=title)
    stayed = [one for one in appointment.attendees if one in before]
    _invite(appointment, [one for one in appointment.attendees if one not in before], _l("邀請參加：%(title)s", title=title))
    if old != (starts_at, ends_at, place):
        _invite(appointment, stayed, _l("行程異動：%(title)s", title=title))


def cancel_appointment(appointment: Appointment, *, why: str, now: datetime) -> None:
    """It does not take place; those who attend are told. Raises RuleBroken when that was said before."""
    if appointment.cancelled_at is not None:
        raise RuleBroken(problem("", "這項行程已經取消"))
    appointment.cancelled_at, appointment.cancelled_why = now, why
    recording.describe("calendar.appointment_cancelled", appointment, title=appointment.title, why=why)
    _invite(appointment, appointment.attendees, _l("行程取消：%(title)s", title=appointment.title))


# --- feeds ------------------------------------------------------------------------------------------------------------


def make_feed(user: User, *, name: str) -> tuple[FeedKey, str]:
    """A key and its token, which is shown once and stored nowhere."""
    token = secrets.token_urlsafe(32)
    key = FeedKey(user=user, name=name, token_hash=fingerprint(token))
    db.session.add(key)
    recording.describe("calendar.feed_made", user, name=name)
    return key, token


def revoke_feed(key: FeedKey, *, now: datetime) -> None:
    """The address stops working at once. Raises RuleBroken when it has stopped."""
    if key.revoked_at is not None:
        raise RuleBroken(problem("", "這個訂閱已經停用"))
    key.revoked_at = now
    recording.describe("calendar.feed_revoked", key.user, name=key.name)


def fingerprint(token: str) -> str:
    """By which a token is found: its 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- inside -----------------------------------------------------------------------------------------------------------


def _new(*, nominal_on: date, latest_on: date, owner: User | None, **columns: Any) -> Deadline:
    owner_id = owner.id if owner is not None else None
    made = Deadline(
        nominal_on=nominal_on, latest_on=latest_on, given_on=nominal_on, given_latest_on=latest_on, owner_id=owner_id,
        given_owner_id=owner_id, set_by=recording.actor()[1], **columns,
    )
    db.session.add(made)
    db.session.flush()
    _index(made)
    recording.describe("calendar.put", made, title=made.title, day=nominal_on)
    return made


def _reopen(deadline: Deadline) -> None:
    deadline.closed_at, deadline.closed_by, deadline.closed_how = None, "", ""
    deadline.withdrawn_at, deadline.withdrawn_why = None, ""
    _move(deadline, "reopened")
    recording.describe("calendar.reopened", deadline, title=deadline.title)


def _close(deadline: Deadline, *, how: str, now: datetime) -> None:
    deadline.closed_at, deadline.closed_by, deadline.closed_how = now, recording.actor()[1], how.strip()
    recording.describe("calendar.closed", deadline, title=deadline.title, how=how.strip())


def _withdraw(deadline: Deadline, *, why: str, now: datetime) -> None:
    deadline.withdrawn_at, deadline.withdrawn_why = now, why
    recording.describe("calendar.withdrawn", deadline, title=deadline.title, why=why)


def _check_by_hand(deadline: Deadline) -> None:
    if not kind_of(deadline.kind).by_hand:
        raise RuleBroken(problem("", "這項期限由所屬的紀錄結案：%(closes)s", closes=str(kind_of(deadline.kind).closes)))
    if deadline.settled:
        raise RuleBroken(problem("", "這項期限已經結案或撤銷"))


def _give(deadline: Deadline, owner: User | None, *, reason: str) -> None:
    old, new = deadline.owner_id, owner.id if owner is not None else None
    if old == new:
        return
    deadline.owner_id = new
    _move(deadline, "handed_over", from_owner_id=old, to_owner_id=new, reason=reason)
    recording.describe("calendar.handed_over", deadline, title=deadline.title, owner=owner.name if owner is not None else "–")
    if owner is not None and owner.id != recording.actor()[0]:
        title = shown_outside(deadline.ref_kind, deadline.title)
        text = _l("期限 %(day)s。負責人改為您。%(reason)s", day=deadline.nominal_on.isoformat(), reason=reason)
        tell(HANDED_OVER, [owner], subject=_l("期限交辦：%(title)s", title=title), text=text, pointer=Ref("deadline", deadline.id))


def _move(deadline: Deadline, kind: str, **facts: Any) -> None:
    db.session.add(DeadlineMove(deadline_id=deadline.id, kind=kind, by=recording.actor()[1], **facts))


def _check_times(starts_at: datetime, ends_at: datetime, all_day: bool, today: date) -> None:
    if problems := rules.appointment_problems(starts_at=starts_at, ends_at=ends_at, all_day=all_day, today=today):
        raise RuleBroken(*problems)


def _invite(appointment: Appointment, people: Iterable[User], subject: Any) -> None:
    others = [one for one in people if one.id != recording.actor()[0]]
    if others:
        when = clock.in_taipei(appointment.starts_at).strftime("%Y-%m-%d" if appointment.all_day else "%Y-%m-%d %H:%M")
        text = _l("時間：%(when)s　地點：%(place)s", when=when, place=appointment.place or "–")
        tell(INVITED, others, subject=subject, text=text, pointer=Ref("appointment", appointment.id))


def _index(deadline: Deadline) -> None:
    search.put("deadline", deadline.id, search.words_of(deadline.title, deadline.note))


def _index_appointment(appointment: Appointment) -> None:
    search.put("appointment", appointment.id, search.words_of(appointment.title, appointment.place, appointment.note))
