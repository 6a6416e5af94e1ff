"""Reads across every area: what one search finds, and what changed since this person last looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, url_for

from unionops.core import search
from unionops.core.accounts.models import UserSession
from unionops.core.audit.models import AuditEntry
from unionops.core.audit.telling import Told, tell
from unionops.core.db import db
from unionops.core.screens import MENU, PUBLIC, SCREENS, open_to


def screens(user: Any, typed: str) -> list[tuple[str, str]]:
    """(title, address) of the screens this person may open whose name holds what was typed: 匯入 finds the import."""
    wanted = typed.strip().casefold()
    if len(wanted) < search.SHORTEST:
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
