"""Reads across every area: what one search finds, and what changed since this person last looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, url_for

from unionops.core import refs, search
from unionops.core.accounts.models import UserSession
from unionops.core.audit.models import AuditEntry
from unionops.core.audit.telling import Told, tell
from unionops.core.db import db
from unionops.core.screens import MENU, PUBLIC, SCREENS, open_to
from unionops.values.refs import Ref

SHORTEST = 2
"""Characters that must be typed: one alone finds half of the union."""
COUNTED = 2000
"""As far as hits are counted; whoever gets more needs another word, not a figure."""


@dataclass(frozen=True)
class Found:
    """What a search found that this person may see: ``counts`` of each kind, at most ``COUNTED`` in all; the records page by page."""

    counts: dict[str, int]
    user: Any = None
    words: str = ""
    selection: sa.Select[Any] | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def is_capped(self) -> bool:
        return self.total >= COUNTED

    def page(self, *, offset: int, size: int) -> list[refs.Shown]:
        """Some of the records, the newest words first, as links."""
        if self.selection is None:
            return []
        rows = db.session.execute(self.selection.limit(size).offset(offset), {"words": self.words})
        pointers = [Ref(kind, number) for kind, number in rows]
        shown = refs.look_up(pointers, self.user)
        return [shown[pointer] for pointer in pointers if pointer in shown and shown[pointer].visible]


def found(user: Any, typed: str, *, kind: str = "") -> Found:
    """What this person finds by ``typed``; the pages hold records of one ``kind`` or of all."""
    words = search.sought(typed, secret_places=[place for one in refs.KINDS.values() for place in one.tails])
    if words is None or len("".join(typed.split())) < SHORTEST:
        return Found({})
    hits = search.hits_of_all().subquery()
    visible = sa.select(hits).where(refs.seen(user, hits.c.kind, hits.c.record_id))
    some = visible.limit(COUNTED).subquery()
    counted = dict(db.session.execute(sa.select(some.c.kind, sa.func.count()).group_by(some.c.kind), {"words": words}).all())
    counts = {name: counted[name] for name in refs.KINDS if name in counted}
    return Found(counts, user, words, visible.where(hits.c.kind == kind) if kind else visible)


def screens(user: Any, typed: str) -> list[tuple[str, str]]:
    """(title, address) of the screens this person may open whose name holds what was typed: 匯入 finds the import."""
    wanted = typed.strip().casefold()
    if len(wanted) < SHORTEST:
        return []
    permissions = user.permissions
    rules = {rule.endpoint: rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    in_menu = {item.endpoint for item in MENU}
    found = [
        (screen.endpoint not in in_menu, str(screen.title), url_for(screen.endpoint))
        for screen in SCREENS.values()
        if not screen.exact and screen.permission != PUBLIC and wanted in str(screen.title).casefold()
        and screen.endpoint in rules and not rules[screen.endpoint].arguments and open_to(screen.endpoint, permissions)
    ]
    return [(title, url) for _rank, title, url in sorted(found)[:8]]


# --- what changed -----------------------------------------------------------------------------------------------------

_READ = 80
"""Entries that are looked through; of an import with thousands of rows there is one."""


def last_looked(user: Any, session_id: int | None, now: datetime) -> datetime:
    """When this person was last here before this sign-in: the last act of the session before it; a day ago for whoever is new.

    Computed from the sessions, so looking at the desk writes nothing and looking twice hides nothing."""
    this = db.session.get(UserSession, session_id) if session_id else None
    before = sa.select(sa.func.max(UserSession.seen_at)).where(UserSession.user_id == user.id)
    if this is not None:
        before = before.where(UserSession.id != this.id, UserSession.started_at < this.started_at)
    found = db.session.scalar(before)
    return max(found, now - timedelta(days=14)) if found is not None else now - timedelta(days=1)


def changes_since(user: Any, since: datetime, *, limit: int) -> list[Told]:
    """What others did since then to records that this person may see, newest first."""
    entries = sa.select(AuditEntry).where(AuditEntry.kind == "change", AuditEntry.at > since).order_by(AuditEntry.id.desc()).limit(_READ)
    told = tell(db.session.scalars(entries.where(sa.or_(AuditEntry.actor_id.is_(None), AuditEntry.actor_id != user.id))).all(), user)
    return [one for one in told if not one.hidden and one.links][:limit]
