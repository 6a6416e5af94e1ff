"""The desk, the first screen of the day; and the search over everything a person may see."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core import desk as cards
from unionops.core.accounts import sessions
from unionops.core.audit.telling import Told
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, here, page
from unionops.core.screens import SIGNED_IN, Area
from unionops.members import queries as members
from unionops.overview import queries
from unionops.values.identifiers import identity_check

area = Area("overview", title=_l("今日"), prefix="")

CHANGES = 8


@area.screen("/", title=_l("今日"), permission=SIGNED_IN, menu=("今", "To", 100))
def desk():
    now = clock.now()
    since = queries.last_looked(current_user, sessions.this_session_id(), now)
    return page(
        "overview/desk.html", cards=cards.cards(current_user), today=clock.today(), since=since,
        changes=[_change(one) for one in queries.changes_since(current_user, since, limit=CHANGES)],
    )


def _change(told: Told) -> dict[str, Any]:
    title, url = told.links[0]
    return {"lead": told.when, "text": _("%(who)s%(what)s", who=told.actor, what=told.sentence), "url": url or "", "sub": title, "end": ""}


# --- search -----------------------------------------------------------------------------------------------------------


@area.screen("/find", title=_l("搜尋"), permission=SIGNED_IN, methods=["POST"], parent="overview.search")
def find():
    """Takes what was typed on to the hits. A whole identity number leads to its person at once and never stands in an address."""
    typed = request.form.get("q", "").strip()[:200]
    identity = next((one for one in map(identity_check, [typed, *typed.split()]) if one.problem != "id_format"), None)
    if identity is None:
        return redirect(url_for(".search", q=typed or None))
    holder = members.taken_by(identity.normal)
    if holder is not None and members.may_see(current_user, holder):
        return redirect(url_for("members.person", person_id=holder.id))
    flash(_("沒有人登錄這個身分證號，或那個人不在您看得到的單位。"), "warning")
    return redirect(url_for(".search"))


@area.screen("/search", title=_l("搜尋"), permission=SIGNED_IN)
def search():
    typed = request.args.get("q", "").strip()[:200]
    kind = request.args.get("kind", "")
    found = queries.found(current_user, typed, kind=kind if kind in refs.KINDS else "")
    paging = Paging(found.counts.get(kind, 0) if kind else found.total)
    return page(
        "overview/search.html", typed=typed, kind=kind, found=found, paging=paging, kinds=_kinds(found, kind), shortest=queries.SHORTEST,
        hits=found.page(offset=paging.offset, size=paging.size), screens=queries.screens(current_user, typed),
    )


def _kinds(found: queries.Found, chosen: str) -> list[dict[str, Any]]:
    """The tabs over the hits; none when all are of one kind."""
    if len(found.counts) < 2:
        return []
    tabs = [{"label": _("全部"), "url": here(kind=None, page=None), "count": found.total, "current": not chosen}]
    return tabs + [
        {"label": refs.KINDS[name].label, "url": here(kind=name, page=None), "count": count, "current": chosen == name}
        for name, count in found.counts.items()
    ]
