"""The check of an application, sending it to be decided, the board's resolution on many, and the admission of one or several."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.approvals.services import Resolution
from unionops.core.audit import recording
from unionops.core.i18n import _, _l, listed, say
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.members.forms.joining import AdmitForm, AdmitManyForm, ManyForm, check_form, resolve_form
from unionops.members.models import Application
from unionops.members.queries import joining as queries
from unionops.members.rules import admission as rules
from unionops.members.rules.admission import State, Weight
from unionops.members.services.joining import admitting, deciding, telling
from unionops.members.views.joining.area import HANDLE, POSTS, STATES, application_of, area, back, former
from unionops.members.views.joining.inbox import MOST

RECORD: dict[str, Any] = {"permission": "approvals.record", "task": "T1.2", "indicators": ["P1.2.1"]}


@area.screen("/<int:application_id>/check", title=_l("審查資料"), **HANDLE, methods=POSTS, once=True, personal=True, parent="joining.application")
def check(application_id: int):
    application, today = application_of(application_id), clock.today()
    recording.subject(telling.pointer(application))
    who, around = queries.applicant(application, today), queries.circumstances(today)
    wanted = rules.papers(around.kind, who)
    # Which papers are there is said on this very form: what it asks follows from what was ticked.
    ticked = [one for one in request.form.getlist("papers") if one in wanted] if request.method == "POST" else queries.papers_received(application)
    found = queries.findings(application, current_user, today, papers_there=ticked)
    form = check_form(application, found, wanted)
    if form.validate_on_submit():
        with form.catching():
            deciding.check(application, answers=form.answers, papers=ticked, by=current_user, today=today)
            return back(application, _("審查完成，可以送審。"))
        application = application_of(application_id)
    return page(
        "joining/check.html", title=_("審查 %(number)s", number=application.number), form=form, application=application, who=who,
        asked=[SimpleNamespace(key=one.key, text=say(one.text), basis=one.basis, person_id=one.person_id) for one in form.asked],
        others=[SimpleNamespace(kind="stop" if one.weight == Weight.STOP else "info", text=say(one.text), basis=one.basis) for one in found if one.weight != Weight.ASK],
    )


@area.screen("/ask", title=_l("送審"), **HANDLE, methods=POSTS, once=True, parent="joining.index")
def ask():
    some, today = _chosen(), clock.today()
    form = ManyForm()
    if form.validate_on_submit():
        with form.catching():
            count = deciding.ask(some, by=current_user, today=today, now=clock.now())
            flash(_("已送審 %(n)s 件。", n=count), "success")
            return redirect(url_for(".application", application_id=some[0].id) if count == 1 else url_for(".index"))
        some = _chosen()
    by_president = union.charter(today)["charter.admission"]
    return page("joining/many.html", title=_("送審"), form=form, rows=_rows(some), submit=_("送審 %(n)s 件", n=len(some)), basis=by_president.basis,
                say=_("依章程：%(way)s。", way=by_president.shown), ids=[one.id for one in some])


@area.screen("/<int:application_id>/take-back", title=_l("撤回送審"), **HANDLE, methods=POSTS, once=True, parent="joining.application")
def take_back(application_id: int):
    application = application_of(application_id)
    form = ManyForm()
    if form.validate_on_submit():
        with form.catching():
            deciding.take_back(application, by=current_user, now=clock.now())
            return back(application, _("已撤回送審，可以更正後重送。"))
        application = application_of(application_id)
    return page("joining/act.html", title=_("撤回 %(number)s 的送審", number=application.number), form=form, application=application, submit=_("撤回送審"), kind="plain",
                say=_("只有送審的人可以撤回；已經核可的步驟要重來。"), back=url_for(".application", application_id=application.id))


@area.screen("/board", title=_l("理事會審查入會"), **RECORD, methods=POSTS, once=True, parent="joining.index")
def board():
    """Everything that waits for the board, with one resolution for all that the meeting dealt with."""
    today = clock.today()
    waiting = queries.before_board(current_user)
    form = resolve_form([one.application.id for one in waiting])
    if not form.is_submitted():
        form.resolved_on.data = today
    if form.validate_on_submit():
        said = Resolution(form.number.data, form.resolved_on.data, form.wording.data)
        with form.catching():
            done = deciding.resolve(form.verdicts, by=current_user, resolution=said, now=clock.now())
            words = {"approved": _("同意 %(n)s 件"), "rejected": _("不同意 %(n)s 件"), "returned": _("退回 %(n)s 件")}
            flash(_("已登錄決議：%(what)s。", what=listed(words[key] % {"n": n} for key, n in done.items())), "success")
            return redirect(url_for(".index"))
        waiting = queries.before_board(current_user)
    shown = []
    for one in waiting:
        who = queries.applicant(one.application, today)
        shown.append(SimpleNamespace(
            id=one.application.id, number=one.application.number, name=who.name, url=url_for(".application", application_id=one.application.id), ratifying=one.is_ratifying,
            work=listed(part for part in (who.employer, who.trade, who.job) if part), questions=[
                f"{given['text'].rstrip('。')}{'：' if given.get('answer') else ''}{given.get('answer', '')}" for given in one.application.findings.get("answers", {}).values()
            ],
        ))
    return page("joining/board.html", form=form, rows=shown)


@area.screen("/<int:application_id>/admit", title=_l("辦理入會"), **HANDLE, methods=POSTS, once=True, parent="joining.application")
def admit(application_id: int):
    application, today = application_of(application_id), clock.today()
    where, begins = queries.state_of(application), union.charter(today)["charter.admission_begins"]
    wage = queries.applicant(application, today).monthly_wage
    becomes_member = where == State.PAID or begins.value != "paid"
    form = AdmitForm(queries.reach(current_user), may_take_wage=bool(wage) and becomes_member)
    if not form.is_submitted():
        form.unit.data = str(application.unit_id or "")
        if form.take_wage:
            form.take_wage.data = queries.needs_wage(today)
    if form.validate_on_submit():
        with form.catching():
            then = admitting.admit(
                application, by=current_user, today=today, now=clock.now(), number=form.number.data or "", member_class=form.member_class.data,
                unit=form.unit.chosen, take_wage=bool(form.take_wage and form.take_wage.data),
            )
            return back(application, _told(application, then))
        application = application_of(application_id)
    return page("joining/admit.html", title=_("%(name)s 入會", name=application.name), form=form, application=application, where=where, begins=begins, wage=wage,
                becomes_member=becomes_member, former=former(application.person))


@area.screen("/admit", title=_l("辦理入會"), **HANDLE, methods=POSTS, once=True, parent="joining.index")
def admit_many():
    some, today = _chosen(), clock.today()
    form = AdmitManyForm()
    if not form.is_submitted():
        form.take_wage.data = queries.needs_wage(today)
    if form.validate_on_submit():
        with form.catching():
            then = [
                admitting.admit(one, by=current_user, today=today, now=clock.now(), unit=one.unit, take_wage=bool(form.take_wage.data)) for one in some
            ]
            members, unpaid = then.count(State.MEMBER), then.count(State.UNPAID)
            flash(_("編號入會 %(members)s 人，開立入會費 %(unpaid)s 人。", members=members, unpaid=unpaid), "success")
            return redirect(url_for(".index"))
        some = _chosen()
    begins = union.charter(today)["charter.admission_begins"]
    return page("joining/many.html", title=_("辦理入會"), form=form, rows=_rows(some), submit=_("辦理 %(n)s 件", n=len(some)), basis=begins.basis,
                say=_("會籍開始日依章程：%(when)s。審查通過的開立入會費，繳清的編會員編號。", when=begins.shown), ids=[one.id for one in some])


def _told(application: Application, then: State) -> str:
    if then == State.UNPAID:
        return _("已開立入會費；繳清後再按「辦理入會」編會員編號。")
    return _("已入會，會員編號 %(number)s。", number=application.membership.number if application.membership else "")


def _chosen() -> list[Application]:
    """The applications of the address."""
    numbers = [int(text) for text in request.args.getlist("ids")[:MOST] if text.isascii() and text.isdigit() and len(text) < 10]
    return queries.chosen(current_user, numbers)


def _rows(some: list[Application]) -> list[SimpleNamespace]:
    rows = []
    for one in some:
        sign, word = STATES[queries.state_of(one)]
        rows.append(SimpleNamespace(name=one.name, number=one.number, url=url_for(".application", application_id=one.id), sign=sign, word=word))
    return rows
