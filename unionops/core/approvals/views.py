"""The screens of approvals: what waits for me, one matter to decide on a phone, and who stands in for me."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import joinedload

from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.accounts.roles import ROLES
from unionops.core.approvals import queries, rules, services
from unionops.core.approvals.forms import DecisionForm, ResolutionForm, WithdrawForm, delegation_form
from unionops.core.approvals.models import Approval, Delegation
from unionops.core.approvals.wording import STATES, tell
from unionops.core.attachments import queries as attachments
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, here, page
from unionops.core.screens import SIGNED_IN, Area

area = Area(
    "approvals",
    title=_l("簽核"),
    permissions={
        "approvals.use": _l("送核與核可"),
        "approvals.record": _l("登錄理事會與大會的決議"),
        "approvals.oversee": _l("檢視與結束所有的簽核代理"),
    },
)

refs.register(
    "approval", Approval, label=_l("簽核"), title=lambda approval: approval.title, endpoint="approvals.approval", argument="approval_id",
    among=queries.among, follows=True, columns=(Approval.title,),
)
refs.register(
    "delegation", Delegation, label=_l("簽核代理"), title=lambda one: one.to_user.name, endpoint="approvals.delegations",
    among=lambda user: None if user.can("approvals.oversee") else sa.select(Delegation.id).where(
        sa.or_(Delegation.user_id == user.id, Delegation.to_user_id == user.id)
    ),
)

LISTS = ("waiting", "sent", "decided")


def _me() -> User:
    found: User = current_user._get_current_object()
    return found


@area.screen("", title=_l("簽核"), permission="approvals.use", task="T1.3", menu=("核", "Ap", 110), waiting=queries.waiting_count)
def waiting():
    me, which = _me(), request.args.get("list", LISTS[0])
    if which not in LISTS:
        abort(404)
    count = queries.waiting_count(me)
    tabs = [
        {"label": label, "url": here(list=None if name == LISTS[0] else name, page=None, state=None), "current": name == which,
         "count": count if name == LISTS[0] else None}
        for name, label in zip(LISTS, (_("等我核可"), _("我送出的"), _("已決定")), strict=True)
    ]
    if which == LISTS[0]:
        paging = Paging(count)
        return page("approvals/waiting.html", tabs=tabs, which=which, paging=paging,
                    lines=queries.waiting_for(me, limit=paging.size, offset=paging.offset))
    chosen = queries.asked_by(me) if which == "sent" else queries.decided_by(me)
    state = request.args.get("state", "")
    known = {"open": "", **{name: name for name in STATES if name}}
    if state in known:
        chosen = chosen.where(Approval.closed_as == known[state])
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(chosen.order_by(None).subquery())) or 0)
    found = db.session.scalars(chosen.limit(paging.size).offset(paging.offset)).unique()
    states = [(name, str(STATES[stored][1]), name == state) for name, stored in known.items()]
    return page("approvals/waiting.html", tabs=tabs, which=which, paging=paging, lines=[queries.told(one) for one in found],
                states=[("", _("全部"), state not in known), *states], filtered=state in known)


@area.screen("/<int:approval_id>", title=_l("簽核"), permission=SIGNED_IN, task="T1.3", parent="approvals.waiting", personal=True)
def approval(approval_id: int):
    found = queries.approval_for(_me(), approval_id)
    recording.subject(found)
    return _shown(found)


@area.screen(
    "/<int:approval_id>/decide", title=_l("核可或退回"), permission=SIGNED_IN, task="T1.3", methods=["POST"], parent="approvals.approval",
    personal=True, once=True, exact=True,
)
def decide(approval_id: int):
    found = queries.approval_for(_me(), approval_id)
    form = _form(found)
    if form.validate_on_submit():
        verdict = next((name for name in (rules.RETURNED, rules.REJECTED) if name in request.form), rules.APPROVED)
        resolution = None
        if isinstance(form, ResolutionForm):
            resolution = services.Resolution(form.number.data or "", form.resolved_on.data, form.wording.data or "")
        with form.catching():
            now_stands = services.decide(
                found, by=_me(), verdict=verdict, reason=form.reason.data or "", now=clock.now(), resolution=resolution,
                place=form.seen,
            )
            _flash(now_stands, verdict)
            return redirect(url_for("approvals.approval", approval_id=approval_id))
    return _shown(found, form=form)


def _flash(now_stands: str, verdict: str) -> None:
    if now_stands == rules.VOID:
        flash(_("內容在送核後變更，這次簽核作廢，已通知經手人重新送核。沒有記為核可。"), "warning")
    elif now_stands == "":
        flash(_("已核可，送下一關。"), "success")
    else:
        told = {rules.APPROVED: _("已核可，全部完成。"), rules.RETURNED: _("已退回給經手人。"), rules.REJECTED: _("已駁回。")}
        flash(told[verdict], "success")


def _form(found: Approval) -> DecisionForm:
    step = rules.current(queries.matter(found).steps)
    made: DecisionForm = (ResolutionForm if step is not None and step.body else DecisionForm)()
    if not made.is_submitted():
        made.place.data = step.place if step is not None else ""
    return made


def _shown(found: Approval, *, form: DecisionForm | None = None, withdrawal: WithdrawForm | None = None) -> Any:
    me = _me()
    matter = queries.matter(found)
    answer = rules.may_decide(matter, queries.person(me), queries.mandates(me), today=clock.today())
    step = rules.current(matter.steps) if not found.closed_as else None
    may_withdraw = found.made_by_id == me.id and step is not None
    away = db.session.get(User, answer.in_place_of) if answer.in_place_of else None
    record = refs.look_up([found.ref], me).get(found.ref) if found.ref else None
    return page(
        "approvals/approval.html", title=found.title, found=found, told=tell(found, matter.steps), form=form or _form(found), step=step,
        may=not answer.problems, why_not=answer.problems[0] if answer.problems and step else None, basis=answer.basis, away=away,
        changed=step is not None and queries.has_changed(found), record=record,
        files=attachments.of_record(found.ref) if found.ref and record and record.visible else [],
        withdrawal=withdrawal or (WithdrawForm(formdata=None) if may_withdraw else None),
    )


@area.screen(
    "/<int:approval_id>/withdraw", title=_l("撤回簽核"), permission=SIGNED_IN, task="T1.3", methods=["POST"], parent="approvals.approval",
    once=True, exact=True,
)
def withdraw(approval_id: int):
    found = queries.approval_for(_me(), approval_id)
    if found.made_by_id != current_user.id:
        abort(404)
    form = WithdrawForm()
    if form.validate_on_submit():
        with form.catching():
            services.withdraw(found, by=_me(), now=clock.now(), why=form.why.data or "")
            flash(_("已撤回。改好後可以再送。"), "success")
            return redirect(url_for("approvals.approval", approval_id=approval_id))
    return _shown(found, withdrawal=form)


@area.screen(
    "/delegations", title=_l("簽核代理"), permission="approvals.use", task="T1.3", methods=["GET", "POST"], parent="approvals.waiting", once=True
)
def delegations():
    me, today = _me(), clock.today()
    form = delegation_form(me, data=None if request.method == "POST" else {"from_on": today})
    if form.validate_on_submit():
        to = db.session.get_one(User, int(form.to_user.data))
        with form.catching():
            services.delegate(me, to, form.from_on.data, form.until_on.data, form.why.data or "", role=form.role.data or "", now=clock.now())
            flash(_("已登錄代理，並通知%(name)s。", name=to.name), "success")
            return redirect(url_for("approvals.delegations"))
    everybody = current_user.can("approvals.oversee") and request.args.get("of") == "all"
    chosen = queries.delegations(None if everybody else me, today=today)
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(chosen.order_by(None).subquery())) or 0)
    return page(
        "approvals/delegations.html", form=form, rows=db.session.scalars(chosen.limit(paging.size).offset(paging.offset)).all(),
        paging=paging, today=today, roles=ROLES, everybody=everybody, me=me, may_oversee=current_user.can("approvals.oversee"),
        may_give=len(form.to_user.choices) > 1, has_roles=bool(queries.roles_of(me) & rules.OFFICE),
    )


@area.screen(
    "/delegations/<int:delegation_id>/end", title=_l("結束代理"), permission="approvals.use", task="T1.3", methods=["POST"],
    parent="approvals.delegations", exact=True,
)
def end_delegation(delegation_id: int):
    """By whoever gave it; an overseer ends any."""
    chosen = sa.select(Delegation).where(Delegation.id == delegation_id).options(joinedload(Delegation.user), joinedload(Delegation.to_user))
    if not current_user.can("approvals.oversee"):
        chosen = chosen.where(Delegation.user_id == current_user.id)
    found = db.first_or_404(chosen)
    if queries.is_over(found, clock.today()):
        flash(_("這個代理已經結束。"), "info")
    else:
        services.end_delegation(found, now=clock.now())
        flash(_("已結束代理。"), "success")
    return redirect(url_for("approvals.delegations"))
