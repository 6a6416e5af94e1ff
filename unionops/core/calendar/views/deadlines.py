"""Deadlines: the list, one of them with its reasons and its history, and what people do with it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, documents, refs
from unionops.core.accounts.models import User
from unionops.core.attachments import queries as attachments
from unionops.core.calendar import forms, queries, services
from unionops.core.calendar.registry import KINDS, OWN, kind_of
from unionops.core.calendar.views.area import area, same_version
from unionops.core.db import db
from unionops.core.documents import Column
from unionops.core.i18n import _, _l, listed, show_date
from unionops.core.pages import Paging, here, page
from unionops.core.screens import SIGNED_IN
from unionops.core.transfer import exporting

STATES = {
    "open": _l("未結"), "overdue": _l("已逾期"), "month": _l("30 天內到期"), "closed": _l("已結案"), "withdrawn": _l("已撤銷"), "every": _l("全部狀態"),
}
STATUS = {"open": ("off", _l("進行中")), "overdue": ("stop", _l("逾期")), "closed": ("ok", _l("已結案")), "withdrawn": ("off", _l("已撤銷"))}
MOVES = {"recomputed": _l("重新計算"), "extended": _l("展延"), "handed_over": _l("交接"), "reopened": _l("重新開啟")}
EXPORTED = 20_000
"""The most rows of one export."""


@area.screen("/", title=_l("行事曆"), permission=SIGNED_IN, menu=("曆", "Cd", 120))
def deadlines():
    today, wanted = clock.today(), _wanted()
    selection = queries.chosen(current_user, wanted, today)
    paging = Paging(partial(queries.how_many, selection))
    found = queries.rows(selection, current_user, today, limit=paging.size, offset=paging.offset)
    people = dict(queries.people_in_office()) if wanted.whose == "all" else {}
    return page(
        "calendar/deadlines.html", found=found, paging=paging, wanted=wanted, status=STATUS, chips=_chips(wanted, people),
        facets=_facets(wanted, people), counts=queries.counts(current_user, today)[wanted.whose],
    )


def _facets(wanted: queries.Wanted, people: dict[str, str]) -> list[dict[str, Any]]:
    """The filters that can be set."""

    def options(offered: dict[str, Any], chosen: str) -> list[tuple[str, Any, bool]]:
        return [(value, title, value == chosen) for value, title in offered.items()]

    kinds = {name: kind.title for name, kind in KINDS.items()}
    facets: list[dict[str, Any]] = [
        {"label": _("狀態"), "name": "state", "options": options(STATES, wanted.state)},
        {"label": _("種類"), "name": "kind", "options": options({"": _("全部種類")} | kinds, wanted.kind), "minor": True},
    ]
    if people:
        facets.append({"label": _("負責人"), "name": "owner", "options": options({"": _("每個人")} | people, str(wanted.owner_id or ""))})
    return facets


def _wanted() -> queries.Wanted:
    asked = request.args
    owner = asked.get("owner", "")
    return queries.Wanted(
        whose="all" if asked.get("whose") == "all" else "mine",
        state=asked.get("state", "open") if asked.get("state") in STATES else "open",
        kind=asked.get("kind", "") if asked.get("kind") in KINDS else "",
        owner_id=int(owner) if owner.isascii() and owner.isdigit() and len(owner) < 10 and asked.get("whose") == "all" else None,
        text=asked.get("q", "").strip()[:80],
    )


def _chips(wanted: queries.Wanted, people: dict[str, str]) -> list[tuple[Any, str]]:
    """The filters that are on, each with the address without it."""
    said: dict[str, Any] = {
        "state": STATES[wanted.state] if wanted.state != "open" else "",
        "kind": kind_of(wanted.kind).title if wanted.kind else "",
        "owner": people.get(str(wanted.owner_id), "") if wanted.owner_id is not None else "",
        "q": f"「{wanted.text}」" if wanted.text else "",
    }
    return [(text, here(**{name: None, "page": None})) for name, text in said.items() if text]


@area.screen("/export/<fmt>", title=_l("匯出期限"), permission=SIGNED_IN, parent="calendar.deadlines", exact=True)
def export(fmt: str):
    if fmt not in documents.ROW_FORMATS:
        abort(404)
    today = clock.today()
    found = queries.rows(queries.chosen(current_user, _wanted(), today), current_user, today, limit=EXPORTED, offset=0)
    titles = (_("期限"), _("最後一日"), _("事項"), _("種類"), _("所屬"), _("負責人"), _("狀態"), _("依據"), _("結案或撤銷"))
    columns = [Column(title, kind="date" if place < 2 else "text") for place, title in enumerate(titles)]
    rows = (
        (
            one.nominal_on, one.latest_on, one.title, str(one.kind_title), one.record.title if one.record is not None else "", one.owner,
            str(STATUS[one.status][1]), _(one.basis.citation) if one.basis is not None else "", one.closed_how or one.withdrawn_why,
        )
        for one in found
    )
    return exporting.file_response(columns, documents.in_batches(rows, columns), fmt, name=f"deadlines-{today:%Y%m%d}", sheet=_("期限"))


@area.screen("/deadlines/<int:deadline_id>", title=_l("期限內容"), permission=SIGNED_IN, parent="calendar.deadlines")
def deadline(deadline_id: int):
    one = queries.deadline_for(current_user, deadline_id)
    [due] = queries.rows(queries.row_of(one), current_user, clock.today())
    may_act = queries.may_act(current_user, one)
    return page(
        "calendar/deadline.html", title=one.title, one=one, due=due, status=STATUS[due.status], may_act=may_act,
        own=one.kind == OWN, kind=kind_of(one.kind), history=_history(one), reminders=_reminders(one),
        files=attachments.of_record(refs.ref(one)), may_attach=may_act, ref=refs.ref(one),
    )


def _reminders(one: Any) -> list[dict[str, Any]]:
    """What was told of it, newest first."""
    told = []
    for reminder in queries.reminders(one):
        if reminder.stage < 0:
            text = _("逾期第 %(n)s 天", n=-reminder.stage)
        else:
            text = _("當天的提醒") if reminder.stage == 0 else _("%(n)s 天前的提醒", n=reminder.stage)
        sub = _("期限 %(day)s", day=show_date(reminder.for_on)) if reminder.for_on != one.nominal_on else ""
        told.append({"lead": show_date(clock.in_taipei(reminder.at).date()), "text": _("%(what)s：%(people)s", what=text, people=listed(reminder.people)), "sub": sub})
    return told


def _history(one: Any) -> list[dict[str, Any]]:
    """What happened to it, as the timeline shows it, newest first."""
    told = []
    for move in queries.moves(one):
        if move.kind == "handed_over":
            old, new = (user.name if user is not None else "–" for user in (move.from_owner, move.to_owner))
        else:
            old, new = show_date(move.from_on), show_date(move.to_on)
        words = f"{MOVES[move.kind]}：{old} → {new}" if old != new else str(MOVES[move.kind])
        told.append((move.at, f"{words}　{move.reason}".strip(), move.by))
    if one.closed_at is not None:
        told.append((one.closed_at, _("結案：%(how)s", how=one.closed_how), one.closed_by))
    if one.withdrawn_at is not None:
        told.append((one.withdrawn_at, _("撤銷：%(why)s", why=one.withdrawn_why), ""))
    told.append((one.set_at, _("登錄期限 %(day)s", day=show_date(one.given_on)) if len(told) == 0 else _("登錄期限"), one.set_by))
    ordered = sorted(told, key=lambda line: line[0], reverse=True)
    return [{"when": show_date(clock.in_taipei(at).date()), "text": text, "by": by, "iso": at.isoformat()} for at, text, by in ordered]


@area.screen(
    "/deadlines/new", title=_l("登錄自訂期限"), permission=queries.KEEP, parent="calendar.deadlines", methods=["GET", "POST"], once=True
)
def add_deadline():
    form = forms.AddDeadlineForm(data={"owner_id": str(current_user.id)})
    if form.validate_on_submit():
        with form.catching():
            made = services.add_own(
                title=form.title.data, nominal_on=form.nominal_on.data, latest_on=form.latest_on.data, note=form.note.data or "",
                owner=_owner(form.owner_id.data), today=clock.today(),
            )
            flash(_("已登錄期限。"), "success")
            return redirect(url_for(".deadline", deadline_id=made.id))
    return page("calendar/add_deadline.html", form=form)


@area.screen(
    "/deadlines/<int:deadline_id>/edit", title=_l("修改自訂期限"), permission=queries.KEEP, parent="calendar.deadline", methods=["GET", "POST"]
)
def edit_deadline(deadline_id: int):
    one = _own(deadline_id)
    form = forms.OwnDeadlineForm(obj=one, data={"latest_on": one.latest_on if one.latest_on != one.nominal_on else None})
    if form.validate_on_submit():
        same_version(one, form, url_for(".edit_deadline", deadline_id=one.id), {"title": one.title, "nominal_on": one.nominal_on, "note": one.note})
        with form.catching():
            services.change_own(
                one, title=form.title.data, nominal_on=form.nominal_on.data, latest_on=form.latest_on.data, note=form.note.data or "",
                today=clock.today(),
            )
            flash(_("已修改期限。"), "success")
            return redirect(url_for(".deadline", deadline_id=deadline_id))
    return page("calendar/edit_deadline.html", form=form, one=one)


@area.screen(
    "/deadlines/<int:deadline_id>/extend", title=_l("展延期限"), permission=queries.KEEP, parent="calendar.deadline", methods=["GET", "POST"]
)
def extend_deadline(deadline_id: int):
    one = queries.deadline_to_act_on(current_user, deadline_id)
    form = forms.ExtendForm()
    if form.validate_on_submit():
        with form.catching():
            services.extend(one, to_on=form.to_on.data, reason=form.reason.data, today=clock.today())
            flash(_("已展延，提醒依新的日期重新開始。"), "success")
            return redirect(url_for(".deadline", deadline_id=deadline_id))
    return page("calendar/extend_deadline.html", form=form, one=one)


@area.screen(
    "/deadlines/<int:deadline_id>/hand-over", title=_l("交接期限"), permission=queries.KEEP, parent="calendar.deadline", methods=["GET", "POST"]
)
def hand_over_deadline(deadline_id: int):
    one = queries.deadline_to_act_on(current_user, deadline_id)
    form = forms.HandOverForm()
    if form.validate_on_submit():
        with form.catching():
            owner = _owner(form.owner_id.data)
            services.hand_over(one, owner, reason=form.reason.data or "")
            flash(_("已交給%(name)s，並已通知。", name=owner.name), "success")
            seen = queries.may_act(current_user, one) or one.ref is not None
            return redirect(url_for(".deadline", deadline_id=deadline_id) if seen else url_for(".deadlines"))
    return page("calendar/hand_over_deadline.html", form=form, one=one)


@area.screen(
    "/deadlines/<int:deadline_id>/close", title=_l("結案"), permission=queries.KEEP, parent="calendar.deadline", methods=["GET", "POST"]
)
def close_deadline(deadline_id: int):
    one = queries.deadline_to_act_on(current_user, deadline_id)
    if not kind_of(one.kind).by_hand:
        abort(404)
    form = forms.CloseForm()
    if form.validate_on_submit():
        with form.catching():
            if form.outcome.data == forms.DONE:
                services.close_by_hand(one, how=form.how.data, now=clock.now())
                flash(_("已結案。"), "success")
            else:
                services.withdraw_by_hand(one, why=form.how.data, now=clock.now())
                flash(_("已撤銷，仍可在清單的「已撤銷」找到。"), "success")
            return redirect(url_for(".deadline", deadline_id=deadline_id))
    return page("calendar/close_deadline.html", form=form, one=one)


def _own(deadline_id: int) -> Any:
    """A deadline that belongs to no record, and on which this person may act; 404 otherwise."""
    one = queries.deadline_to_act_on(current_user, deadline_id)
    return one if one.kind == OWN else abort(404)


def _owner(chosen: str) -> User:
    return db.session.get_one(User, int(chosen))
