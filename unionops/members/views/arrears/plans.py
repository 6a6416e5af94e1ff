"""Instalment agreements: made, on paper, kept or broken, ended."""

from __future__ import annotations

from types import SimpleNamespace

from flask import abort, flash, redirect, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import render_batch, serving
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, addresses, page
from unionops.members import arrears_wording as words
from unionops.members import queries as members
from unionops.members.documents import arrears as documents
from unionops.members.forms.arrears import AgreeForm, EndPlanForm
from unionops.members.models import InstalmentPlan
from unionops.members.queries import arrears as queries
from unionops.members.queries import dues
from unionops.members.rules.arrears import PlanState, equal_promises
from unionops.members.services import arrears
from unionops.members.views.area import acting
from unionops.members.views.arrears.area import READ, WRITE, area
from unionops.members.views.arrears.debtors import tabs
from unionops.values.problems import problem

USUAL_PARTS = 6


@area.screen("/plans", title=_l("分期協議"), **READ, parent="arrears.index", personal=True)
def plans():
    found = queries.plans(clock.today())
    if (seen := members.visible_people(acting())) is not None:
        may = set(db.session.scalars(seen))
        found = [one for one in found if one.plan.person_id in may]
    found.sort(key=lambda one: list(PlanState).index(one.state) if one.state is not PlanState.BROKEN else -1)
    paging = Paging(len(found))
    shown = found[paging.offset : paging.offset + paging.size]
    who, address = queries.debtors([one.plan.person_id for one in shown]), addresses("arrears.person", "person_id")
    rows = [SimpleNamespace(
        view=one, name=who[one.plan.person_id].name, number=who[one.plan.person_id].number, url=address(one.plan.person_id), sign=words.PLANS[one.state][0],
        word=words.PLANS[one.state][1], next=next((part for part in one.plan.instalments if part.due_on >= clock.today()), None),
    ) for one in shown]
    return page("arrears/plans.html", rows=rows, paging=paging, tabs_shown=tabs("arrears.plans"))


@area.screen("/person/<int:person_id>/agree", title=_l("分期協議"), **WRITE, once=True, parent="arrears.person", personal=True)
def agree(person_id: int):
    one, today = members.person_for(acting(), person_id), clock.today()
    recording.subject(one)
    total = sum(item.open for item in queries.covered(dues.items_of([person_id]).get(person_id, ()), today))
    form = AgreeForm(data={"agreed_on": today, "count": USUAL_PARTS, "first_on": today})
    if form.validate_on_submit():
        promises = form.promises()
        if promises is None and not form.refused:
            if form.count.data and form.first_on.data:
                covered = sum(item.open for item in queries.covered(dues.items_of([person_id]).get(person_id, ()), form.agreed_on.data))
                promises = equal_promises(covered, form.count.data, form.first_on.data)
            else:
                form.refuse(problem("count", "請填期數與第一期期限，或自訂各期。"))
        if promises is not None and not form.refused:
            with form.catching():
                person = members.person_for(acting(), person_id)
                arrears.agree(person, promises, agreed_on=form.agreed_on.data, note=form.note.data or "", today=today)
                flash(_("已登錄分期協議；請列印協議書雙方簽名。"), "success")
                return redirect(url_for("arrears.person", person_id=person_id))
    return page("arrears/agree.html", title=_("%(name)s：分期協議", name=one.name), form=form, person=one, total=total)


def _plan(plan_id: int) -> InstalmentPlan:
    plan: InstalmentPlan = db.session.get(InstalmentPlan, plan_id) or abort(404)
    recording.subject(members.person_for(acting(), plan.person_id))
    return plan


@area.screen("/plans/<int:plan_id>.pdf", title=_l("分期協議書"), **READ, parent="arrears.plans", personal=True, exact=True)
def agreement(plan_id: int):
    plan, today = _plan(plan_id), clock.today()
    who = queries.debtors([plan.person_id])[plan.person_id]
    items = queries.open_items([plan.person_id], plan.agreed_on).get(plan.person_id, [])
    return serving.send(render_batch([documents.agreement(plan, who, items, today)]), f"{_('分期協議書')}-{who.number}")


@area.screen("/plans/<int:plan_id>/end", title=_l("終止分期協議"), **WRITE, parent="arrears.plans", personal=True)
def end_plan(plan_id: int):
    plan, today = _plan(plan_id), clock.today()
    back = url_for("arrears.person", person_id=plan.person_id)
    form = EndPlanForm(data={"on": today})
    if form.validate_on_submit():
        with form.catching():
            arrears.end_plan(plan, why=form.why.data, on=form.on.data, today=today)
            flash(_("分期協議已終止；未繳的部分回復為欠費。"), "success")
            return redirect(back)
    who = queries.debtors([plan.person_id])[plan.person_id]
    return page("arrears/act.html", title=_("終止 %(name)s 的分期協議", name=who.name), form=form, submit=_("終止協議"), back_to=back, facts_shown=[who.number],
                note=_("終止日起，未繳的部分回復為欠費，照章程的步驟處理。"), kind="stop")
