"""Reads across every area: what one search finds, and what changed since this person last looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, url_for
from sqlalchemy.orm import aliased

from unionops.core import search
from unionops.core.accounts.models import UserSession
from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.audit.telling import Told, tell
from unionops.core.db import plain
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


_THIS = aliased(UserSession)
_BEFORE = (
    sa.select(sa.func.max(UserSession.seen_at)).join(_THIS, UserSession.started_at < _THIS.started_at)
    .where(UserSession.user_id == sa.bindparam("user"), _THIS.id == sa.bindparam("this"))
)


def last_looked(user: Any, session_id: int | None, now: datetime) -> datetime:
    """When this person was last here before this sign-in: the last act of the session before it; a day ago for whoever is new.

    Computed from the sessions, so looking at the desk writes nothing and looking twice hides nothing."""
    found = plain(_BEFORE, {"user": user.id, "this": session_id}).scalar_one()
    return max(found, now - timedelta(days=14)) if found is not None else now - timedelta(days=1)


_CHANGES = (
    sa.select(*AuditEntry.__table__.c)
    .where(
        sa.exists().where(AuditSubject.entry_id == AuditEntry.id), AuditEntry.kind == "change", AuditEntry.at > sa.bindparam("since", type_=AuditEntry.at.type),
        sa.or_(AuditEntry.actor_id.is_(None), AuditEntry.actor_id != sa.bindparam("user", type_=sa.Integer)),
    )
    .order_by(AuditEntry.id.desc()).limit(_READ)
)


def changes_since(user: Any, since: datetime, *, limit: int) -> list[Told]:
    """What others did since then to records that this person may see, newest first."""
    told = tell(plain(_CHANGES, {"since": since, "user": user.id}).all(), user, fields=False)
    return [one for one in told if not one.hidden and one.links][:limit]
