"""The recruiting board: who might join, by what came of asking; the figures of each workplace."""

from __future__ import annotations

from types import SimpleNamespace

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.members.forms.joining import RESULTS, ManyForm, ProspectForm
from unionops.members.queries import joining as queries
from unionops.members.rules.recruiting import Result, is_late
from unionops.members.services.joining import recruiting
from unionops.members.views.joining.area import HANDLE, POSTS, READ, area

SHOWN = 500
SIGNS = {Result.NEW: "off", Result.ASKED: "soon", Result.AGAIN: "warn", Result.WILLING: "ok", Result.APPLIED: "ok", Result.DECLINED: "off"}


@area.screen("/prospects", title=_l("招募看板"), **READ, parent="joining.index")
def prospects():
    today, text = clock.today(), request.args.get("q", "")[:60]
    employer = request.args.get("employer", "")
    number = int(employer) if employer.isascii() and employer.isdigit() and len(employer) < 10 else None
    found = queries.prospects(current_user, employer=number, text=text, limit=SHOWN)
    columns = []
    for result, title in RESULTS.items():
        cards = [
            SimpleNamespace(
                name=one.name, url=url_for(".prospect", prospect_id=one.id), where=one.employer.name if one.employer else one.workplace, asked_by=one.asked_by,
                asked_on=one.asked_on, again_on=one.again_on, late=is_late(one.result, one.again_on, today),
                application_id=one.application_id,
            )
            for one in found if one.result == result
        ]
        columns.append(SimpleNamespace(title=title, sign=SIGNS[result], cards=cards))
    at_work = queries.by_workplace(current_user, today)
    return page("joining/prospects.html", columns=columns, at_work=[_line(one) for one in at_work], total=len(found), shown=SHOWN, q=text, employer=number,
                nobody=not found and not text and number is None)


def _line(one: queries.AtWork) -> dict[str, object]:
    reached = one.reached
    return {
        "name": one.name or _("（未填雇主）"), "url": url_for(".prospects", employer=one.employer_id) if one.employer_id else "", "members": reached.members,
        "known": reached.known, "asked": reached.asked, "applied": reached.applied, "density": f"{reached.density}%" if reached.density is not None and one.employer_id else "",
    }


@area.screen("/prospects/new", title=_l("登錄招募對象"), **HANDLE, methods=POSTS, once=True, parent="joining.prospects")
def add_prospect():
    form = ProspectForm(queries.reach(current_user))
    if form.validate_on_submit():
        with form.catching():
            recruiting.save(None, **form.given(), today=clock.today())
            flash(_("已登錄 %(name)s。", name=form.name.data), "success")
            return redirect(url_for(".prospects"))
    return page("joining/prospect.html", form=form, prospect=None)


@area.screen("/prospects/<int:prospect_id>", title=_l("招募對象"), **HANDLE, methods=POSTS, once=True, personal=True, parent="joining.prospects")
def prospect(prospect_id: int):
    one = queries.prospect_for(current_user, prospect_id)
    form = ProspectForm(queries.reach(current_user), one)
    if form.validate_on_submit():
        with form.catching():
            recruiting.save(one, **form.given(), today=clock.today())
            flash(_("已登錄 %(name)s 的聯絡結果。", name=form.name.data), "success")
            return redirect(url_for(".prospects"))
        one = queries.prospect_for(current_user, prospect_id)
    return page("joining/prospect.html", title=one.name, form=form, prospect=one)


@area.screen("/prospects/<int:prospect_id>/drop", title=_l("刪除招募對象"), **HANDLE, methods=POSTS, once=True, parent="joining.prospect")
def drop_prospect(prospect_id: int):
    one = queries.prospect_for(current_user, prospect_id)
    form = ManyForm()
    if form.validate_on_submit():
        with form.catching():
            recruiting.drop(one)
            flash(_("已刪除。"), "success")
            return redirect(url_for(".prospects"))
        one = queries.prospect_for(current_user, prospect_id)
    return page("joining/drop.html", title=_("刪除 %(name)s", name=one.name), form=form, prospect=one)
