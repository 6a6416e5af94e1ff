"""One application: where it stands and what comes next, what the check asked, its files, its way to the decision, what happened; and the
whole of what was written, which is a page of its own and a read that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as approvals
from unionops.core.attachments import queries as attachments
from unionops.core.attachments import registry as attaching
from unionops.core.audit import queries as audit
from unionops.core.audit import recording
from unionops.core.audit.telling import Told
from unionops.core.calendar import queries as calendar
from unionops.core.db import db
from unionops.core.i18n import _, _l, say, show_date, show_moment
from unionops.core.pages import page
from unionops.core.screens import reachable
from unionops.law.basis import Basis
from unionops.members.forms.joining import CHANNELS, AskPapersForm, CorrectForm
from unionops.members.models import Application, Charge
from unionops.members.queries import ONE, Happening, PersonFacts, may_see, tells
from unionops.members.queries import joining as queries
from unionops.members.rules import admission as rules
from unionops.members.rules.admission import Decision, State, Verdict, Weight
from unionops.members.services.joining import telling
from unionops.members.views.joining.area import HANDLE, READ, STATES, application_of, area, back, former
from unionops.values import masks
from unionops.values.problems import RuleBroken, problem

HAPPENINGS = 40
ONE_ACT = 6
"""An act about one application touches so many records at most: the person, the fee, an asking, a deadline."""
ONWARD = frozenset({"joining.check", "joining.ask", "joining.admit", "joining.welcome_paper"})
"""What takes an application further: the main button."""


@area.screen("/<int:application_id>", title=_l("入會申請"), **READ, personal=True, parent="joining.index")
def application(application_id: int):
    one, today = application_of(application_id), clock.today()
    pointer, where = telling.pointer(one), queries.state_of(one)
    recording.subject(pointer)
    who, around = queries.applicant(one, today), queries.circumstances(today)
    found = queries.findings(one, current_user, today) if where in (State.RECEIVED, State.CHECKED) else []
    files, wanted = attachments.of_record(pointer), rules.papers(around.kind, who)
    person = one.person if one.person is not None and may_see(current_user, one.person) else None
    return page(
        "joining/application.html", title=one.number, application=one, who=who, where=where, stands=STATES[where], channel=CHANNELS[one.channel], masks=masks,
        steps=_stages(one, where), questions=_kept(one) if one.findings and where != State.RECEIVED else [], found=_found(found, one), papers=_papers(one, wanted),
        files=files, pointer=pointer, may_attach=attaching.allows(queries.KIND, current_user, one), dues=calendar.of_record(pointer, current_user),
        approvals=approvals.of_record(pointer), lines=_history(one), actions=_actions(one, where, _missing(one, wanted)), fee=_fee(one), person=person, former=former(person),
        ratifying=queries.waits_for_ratifying(one) and one.decision != Decision.REFUSED, checker=_name(one.checked_by_id), corrected=sorted(queries.corrected(one)),
        prospect=queries.prospect_of(one), may_collect=reachable("dues.account"),
    )


@area.screen("/<int:application_id>/written", title=_l("申請內容"), **HANDLE, personal=True, parent="joining.application")
def written(application_id: int):
    one = application_of(application_id)
    recording.subject(telling.pointer(one))
    titles = {field.name: field.label.text for field in CorrectForm(queries.circumstances(clock.today()).kind, None)}
    was, changed = queries.written(one), queries.corrected(one)
    rows = [SimpleNamespace(title=titles.get(name, name), was=was.get(name, ""), now=changed.get(name)) for name in rules.LONGEST if name in was or name in changed]
    return page("joining/written.html", title=_("%(number)s 的內容", number=one.number), application=one, rows=rows)


@area.screen("/<int:application_id>/ask-papers", title=_l("請申請人補件"), **HANDLE, methods=["GET", "POST"], once=True, parent="joining.application")
def ask_papers(application_id: int):
    one, today, form = application_of(application_id), clock.today(), AskPapersForm()
    who = queries.applicant(one, today)
    missing = _missing(one, rules.papers(queries.circumstances(today).kind, who)) if queries.state_of(one) in (State.RECEIVED, State.CHECKED) else []
    form.papers.choices = [(key, say(problem("", rules.PAPERS[key]))) for key in missing]
    if not form.is_submitted():
        form.papers.data = missing
    if form.validate_on_submit():
        with form.catching():
            if not missing:
                raise RuleBroken(problem("", "這件申請現在沒有要請申請人補的文件。", code="nothing_missing"))
            telling.ask_for_papers(one, form.papers.data or [], form.note.data or "", today)
            return back(one, _("已通知申請人補件。"))
        one = application_of(application_id)
    way = _("以電子郵件寄出。") if who.email else _("沒有電子郵件，列入待印的信件。")
    return page("joining/act.html", title=_("請%(name)s補件", name=one.name), form=form, application=one, submit=_("寄出"), kind="main", say=way,
                back=url_for("joining.application", application_id=one.id))


def _missing(one: Application, wanted: list[str]) -> list[str]:
    there = queries.papers_received(one)
    return [key for key in wanted if key not in there]


def _stages(one: Application, where: State) -> list[dict[str, Any]]:
    """The way of an application, as far as it has come."""
    if where in (State.REFUSED, State.WITHDRAWN):
        return []
    done = {
        _("收件"): one.received_on, _("審查資料"): one.checked_on, _("決定"): one.decided_on,
        _("入會費"): queries.fee_paid_on(one) if where in (State.PAID, State.MEMBER) and one.charge_id else None,
        _("入會"): one.membership.joined_on if one.membership else None,
    }
    order = {State.RECEIVED: 1, State.CHECKED: 2, State.ASKED: 2, State.APPROVED: 3, State.UNPAID: 3, State.PAID: 4, State.MEMBER: 5}
    at = order[where]
    return [
        {"label": label, "state": "done" if place < at else "now" if place == at else "next", "note": show_date(day) if day else ""}
        for place, (label, day) in enumerate(done.items())
    ]


def _found(found: list[rules.Finding], one: Application) -> list[SimpleNamespace]:
    """What the check asks now, whether it was answered."""
    kept = one.findings.get("answers", {}) if one.checked_on else {}
    kinds = {Weight.STOP: "stop", Weight.ASK: "warn", Weight.NOTE: "soon"}
    return [
        SimpleNamespace(kind="ok" if item.key in kept and item.weight == Weight.ASK else kinds[item.weight], text=say(item.text), basis=item.basis)
        for item in found if item.key not in kept
    ]


def _kept(one: Application) -> list[SimpleNamespace]:
    """How the questions were answered when the check was closed."""
    lines = []
    for given in one.findings.get("answers", {}).values():
        stands = given.get("verdict") == Verdict.STANDS
        is_likely = given.get("kind") == rules.Kind.LIKELY
        word = (_("是同一人") if stands else _("不是同一人")) if is_likely else (_("確有此事") if stands else _("已釐清")) if given.get("verdict") else _("供參")
        basis = Basis(**{**given["basis"], "inputs": tuple(map(tuple, given["basis"]["inputs"]))})
        lines.append(SimpleNamespace(kind="warn" if stands and not is_likely else "ok", text=say(given["text"]), answer=given.get("answer", ""), word=word, basis=basis))
    return lines


def _papers(one: Application, wanted: list[str]) -> list[tuple[str, str]]:
    there = queries.papers_received(one)
    return [("ok" if key in there else "off", say(problem("", rules.PAPERS[key]))) for key in [*wanted, *(key for key in there if key not in wanted and key in rules.PAPERS)]]


def _fee(one: Application) -> SimpleNamespace | None:
    if one.charge_id is None:
        return None
    charge = db.session.get_one(Charge, one.charge_id)
    return SimpleNamespace(amount=charge.amount, open=queries.fee_open(one), due_on=charge.due_on, person_id=charge.person_id)


def _name(user_id: int | None) -> str:
    user = db.session.get(User, user_id) if user_id else None
    return user.name if user else ""


def _history(one: Application) -> list[dict[str, Any]]:
    told = audit.timeline(telling.pointer(one), current_user, HAPPENINGS)
    return [{"when": show_moment(line.at), "iso": line.at.isoformat(), "text": _said(line), "by": line.actor} for line in told]


def _said(line: Told) -> str:
    """What was done; a decision about many is not told here with everybody else in it."""
    records = len(line.links) + line.more
    return str(line.sentence) if records <= ONE_ACT else _("在一批作業中異動（共 %(count)s 筆資料）", count=records)


def _actions(one: Application, where: State, missing: list[str]) -> list[tuple[str, Any, str]]:
    """(address, words, kind) of what this person may do with it now, the main one last."""
    this = {"application_id": one.id}
    offered: list[tuple[str, Any, dict[str, Any]]] = [("joining.form_paper", _("申請書"), this)]
    if where in (State.RECEIVED, State.CHECKED):
        offered += [("joining.withdraw", _("撤回"), this), ("joining.correct", _("更正"), this)]
        if missing:
            offered.append(("joining.ask_papers", _("請申請人補件"), this))
        offered.append(("joining.check", _("審查資料"), this))
    if where == State.CHECKED or (queries.waits_for_ratifying(one) and not refs_open(one)):
        offered.append(("joining.ask", _("送審"), {"ids": one.id}))
    if where == State.ASKED:
        offered += [("joining.withdraw", _("撤回"), this), ("joining.take_back", _("撤回送審"), this)]
    if where in rules.ADMISSIBLE:
        offered += [("joining.withdraw", _("撤回"), this)] if where == State.APPROVED else []
        offered.append(("joining.admit", _("辦理入會"), this))
    if where == State.MEMBER:
        offered.append(("joining.welcome_paper", _("入會通知"), this))
    shown = [(endpoint, words, arguments) for endpoint, words, arguments in offered if reachable(endpoint)]
    return [
        (url_for(endpoint, **arguments), words, "main" if place == len(shown) and endpoint in ONWARD else "plain")
        for place, (endpoint, words, arguments) in enumerate(shown, 1)
    ]


def refs_open(one: Application) -> bool:
    """Whether any asking about it waits."""
    return any(approvals.open_of_record(refs.ref(one), chain) is not None for chain in queries.CHAINS)


@tells(applications=sa.select(Application.id, Application.number, Application.received_on, Application.unit_id).where(Application.person_id == ONE))
def applied(facts: PersonFacts, user: Any) -> Iterator[Happening]:
    """The applications of a person, in the person's timeline."""
    if user.can("joining.read"):
        for one in queries.seen_of(user, facts.told["applications"]):
            yield Happening(one.received_on, _("入會申請 %(number)s", number=one.number), url=url_for("joining.application", application_id=one.id))
