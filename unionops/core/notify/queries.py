"""What waits, what arrived and what did not; what stands behind somebody's bell, as far as he may still see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app

from unionops.core import refs
from unionops.core.db import blind_index, db, plain
from unionops.core.i18n import _
from unionops.core.notify import rules
from unionops.core.notify.models import ADDRESS, Delivery, MailServer, Notice, NoticeChoice
from unionops.core.notify.registry import KINDS, NoticeKind, title_of

# --- the bell ---------------------------------------------------------------------------------------------------------

_UNREAD = sa.select(sa.func.count()).select_from(Notice).where(Notice.user_id == sa.bindparam("user"), Notice.read_at.is_(None))


def unread_count(user: Any) -> int:
    """How many notices this user has not read: a look into an index."""
    return plain(_UNREAD, {"user": user.id}).scalar_one()


def inbox(user: Any) -> sa.Select[tuple[Notice]]:
    """This user's notices, newest first."""
    return sa.select(Notice).where(Notice.user_id == user.id).order_by(Notice.id.desc())


@dataclass(frozen=True)
class Line:
    """One notice as its reader may see it now; ``url`` is empty when there is nowhere to go."""

    notice: Notice
    subject: str
    text: str
    url: str


def lines(notices: Iterable[Notice], user: Any) -> list[Line]:
    """The notices with their links. What is about a record that the reader may no longer see says only of which kind it was."""
    notices = list(notices)
    known = refs.look_up({one.ref for one in notices if one.ref is not None}, user)
    return [_line(one, known.get(one.ref) if one.ref is not None else None) for one in notices]


def _line(notice: Notice, shown: refs.Shown | None) -> Line:
    if shown is not None and not shown.visible:
        return Line(notice, str(title_of(notice.kind)), _("您目前不能檢視這筆資料。"), "")
    url = rules.place_within(notice.url, current_app.config["PUBLIC_URL"])
    return Line(notice, notice.subject, notice.text, url or (shown.url if shown is not None else ""))


def choices(user: Any) -> list[tuple[NoticeKind, rules.Ways]]:
    """Every kind that people choose about, by title, and what this user has chosen."""
    chosen = {one.kind: rules.Ways(one.bell, one.mail) for one in db.session.scalars(sa.select(NoticeChoice).where(NoticeChoice.user_id == user.id))}
    kinds = sorted((kind for kind in KINDS.values() if kind.choice), key=lambda kind: (kind.name.partition(".")[0], str(kind.title)))
    return [(kind, rules.allowed(chosen.get(kind.name, rules.Ways()), compulsory=kind.compulsory)) for kind in kinds]


# --- the outbox -------------------------------------------------------------------------------------------------------

_OPEN = sa.and_(
    *(column.is_(None) for column in (Delivery.sent_at, Delivery.printed_at, Delivery.cancelled_at, Delivery.gathered_into_id, Delivery.given_up_at))
)
CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "waiting": sa.and_(Delivery.channel == rules.MAIL, _OPEN),
    "failed": sa.and_(
        Delivery.given_up_at.is_not(None),
        *(column.is_(None) for column in (Delivery.sent_at, Delivery.printed_at, Delivery.cancelled_at, Delivery.gathered_into_id)),
    ),
    "paper": sa.and_(Delivery.channel == rules.PAPER, _OPEN),
    "ended": sa.or_(
        *(column.is_not(None) for column in (Delivery.sent_at, Delivery.printed_at, Delivery.cancelled_at, Delivery.gathered_into_id))
    ),
}
"""The parts of the outbox; each delivery is in exactly one (``rules.status`` tells them apart further)."""


@dataclass(frozen=True)
class Counts:
    """How many mails wait, how many could not be delivered, how many letters wait for the printer."""

    waiting: int
    failed: int
    paper: int


def counts() -> Counts:
    """For the tabs and the desk: indexes over what is open, however much has been sent."""
    found = {name: db.session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(CONDITIONS[name])) or 0 for name in ("waiting", "failed", "paper")}
    return Counts(**found)


def failed_count() -> int:
    """How many could not be delivered and wait for somebody."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(CONDITIONS["failed"])) or 0


@dataclass(frozen=True)
class Filter:
    """What is looked for in the outbox; ``text`` is part of a name, or a whole address."""

    part: str = "waiting"
    kind: str = ""
    failure: str = ""
    text: str = ""


def outbox(wanted: Filter) -> sa.Select[tuple[Delivery]]:
    """The deliveries that match, newest first. Texts are not read: the outbox tells what becomes of a mail, not what it says."""
    query = sa.select(Delivery).options(sa.orm.defer(Delivery.subject), sa.orm.defer(Delivery.body)).order_by(Delivery.id.desc())
    query = query.where(CONDITIONS[wanted.part])
    if wanted.kind:
        query = query.where(Delivery.kind == wanted.kind)
    if wanted.failure:
        query = query.where(Delivery.failure == wanted.failure)
    if wanted.text:
        same = Delivery.address_key == blind_index(wanted.text.strip().casefold(), ADDRESS)
        query = query.where(same if "@" in wanted.text else sa.or_(Delivery.name.contains(wanted.text, autoescape=True), same))
    return query


def failures() -> list[tuple[str, int]]:
    """(failure, how many could not be delivered because of it), the most frequent first."""
    count = sa.func.count()
    found = db.session.execute(sa.select(Delivery.failure, count).where(CONDITIONS["failed"]).group_by(Delivery.failure).order_by(count.desc()))
    return [(failure, number) for failure, number in found]


def papers(limit: int) -> list[Delivery]:
    """The letters that wait for the printer, oldest first."""
    return list(db.session.scalars(sa.select(Delivery).where(CONDITIONS["paper"]).order_by(Delivery.id).limit(limit)))


def server_trouble() -> MailServer | None:
    """Since when the mail server takes nothing; None when it was last found well."""
    return db.session.get(MailServer, 1)
