"""The desk, the first screen of the day; and the search over everything a person may see."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core import desk as cards
from unionops.core import search as searching
from unionops.core.accounts import sessions
from unionops.core.approvals import queries as approvals
from unionops.core.audit.telling import Told
from unionops.core.calendar import queries as calendar
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, here, page
from unionops.core.screens import SIGNED_IN, Area
from unionops.members import queries as members
from unionops.overview import queries
from unionops.values.identifiers import identity_check

area = Area("overview", title=_l("今日"), prefix="")

DUE, WAITING, CHANGES = 8, 6, 8
"""Lines of each block of the desk; the rest is behind its link."""
A_LINE = 90
"""Characters of a change that the desk tells; one act may have done a hundred things."""


@area.screen("/", title=_l("今日"), permission=SIGNED_IN, menu=("今", "To", 100))
def desk():
    now, today = clock.now(), clock.today()
    since = queries.last_looked(current_user, sessions.this_session_id(), now)
    whose: calendar.Whose = "all" if request.args.get("whose") == "all" else "mine"
    pressing = calendar.counts(current_user, today)
    waiting_count = approvals.waiting_count(current_user)
    due = calendar.open_deadlines(current_user, whose=whose, until=today + calendar.MONTH, limit=DUE, today=today)
    return page(
        "overview/desk.html", today=today, since=since, whose=whose, due=due, due_tabs=_whose_tabs(pressing, whose),
        due_count=_pressing(pressing[whose]), due_more=pressing[whose].overdue + pressing[whose].month - len(due),
        waiting=approvals.waiting_for(current_user, limit=WAITING) if waiting_count else [], waiting_count=waiting_count,
        appointments=[_entry(one, now) for one in calendar.appointments(current_user, today, today)],
        changes=[_change(one, today) for one in queries.changes_since(current_user, since, limit=CHANGES)], cards=cards.cards(current_user),
    )


def _whose_tabs(pressing: dict[calendar.Whose, calendar.Counts], chosen: str) -> list[dict[str, Any]]:
    words = {"mine": _("我負責的"), "all": _("我看得到的全部")}
    return [
        {"label": words[each], "url": url_for(".desk", whose="all" if each == "all" else None), "count": counts.overdue + counts.month,
         "current": each == chosen}
        for each, counts in pressing.items()
    ]


def _pressing(counts: calendar.Counts) -> str:
    if not counts.overdue:
        return _("30 天內 %(month)s 件", month=counts.month)
    return _("30 天內 %(month)s 件，%(overdue)s 件逾期", month=counts.month, overdue=counts.overdue)


def _entry(one: calendar.Entry, now: datetime) -> dict[str, Any]:
    lead = _("整天") if one.all_day else f"{one.starts_at:%H:%M}"
    return {"lead": lead, "text": one.title, "url": one.url, "sub": one.place, "past": one.ends_at < now, "strong": one.starts_at <= now < one.ends_at}


def _change(told: Told, today: date) -> dict[str, Any]:
    when, (title, url) = clock.in_taipei(told.at), told.links[0]
    lead = f"{when:%H:%M}" if when.date() == today else f"{when:%m/%d}"
    sentence = _("%(who)s%(what)s", who=told.actor, what=told.sentence)
    if len(sentence) > A_LINE:
        sentence = sentence[:A_LINE].rstrip() + "…"
    return {"lead": lead, "text": sentence, "url": url or "", "sub": "" if title in sentence else title}


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
    found = searching.everywhere(current_user, typed)
    paging = Paging(found.counts.get(kind, 0) if kind else found.total)
    return page(
        "overview/search.html", typed=typed, kind=kind, found=found, paging=paging, kinds=_kinds(found, kind), shortest=searching.SHORTEST,
        hits=[_hit(one) for _ref, one in found.page(offset=paging.offset, size=paging.size, kinds=[kind] if kind else ())],
        screens=queries.screens(current_user, typed),
    )


def _hit(one: refs.Shown) -> dict[str, Any]:
    return {"title": one.title, "url": one.url, "remark": one.remark, "kind": one.kind.label}


def _kinds(found: searching.Found, chosen: str) -> list[dict[str, Any]]:
    """The tabs over the hits; none when all are of one kind."""
    if len(found.counts) < 2:
        return []
    tabs = [{"label": _("全部"), "url": here(kind=None, page=None), "count": found.total, "current": not chosen}]
    return tabs + [
        {"label": refs.KINDS[name].label, "url": here(kind=name, page=None), "count": count, "current": chosen == name}
        for name, count in found.counts.items()
    ]
