"""Suspension and expulsion: the cases, one case step by step, its papers. Need to know: others see only that a measure acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.attachments import queries as files
from unionops.core.attachments import services as attachments
from unionops.core.attachments.registry import allows, may_attach
from unionops.core.audit import recording
from unionops.core.calendar import queries as calendar
from unionops.core.documents import serving
from unionops.core.forms import Form
from unionops.core.i18n import _, _l
from unionops.core.pages import here, page
from unionops.core.union import queries as union
from unionops.law.basis import Basis
from unionops.members import life_wording as words
from unionops.members import queries
from unionops.members.documents import life as documents
from unionops.members.forms.life import AskForm, DecideForm, DropForm, HearForm, LiftForm, ProposeForm, TellForm, WaiveForm
from unionops.members.models import Measure
from unionops.members.queries import arrears
from unionops.members.queries import measures as reads
from unionops.members.rules.measures import BODY_WORDS, Body, MeasureKind, State, Votes, earliest_hearing, outcome, state
from unionops.members.services import life
from unionops.members.views.area import acting, area
from unionops.values.refs import Ref

MEASURE: dict[str, Any] = {"permission": reads.PERMISSION, "task": "T1.2", "indicators": ["P1.2.2"], "personal": True}
WRITE: dict[str, Any] = {**MEASURE, "methods": ["GET", "POST"], "once": True}
FORMATS = {"pdf": "PDF", "odt": _l("文書 ODT"), "docx": "Word"}

refs.register(
    "measure", Measure, label=_l("停權除名案"), title=lambda one: str(_l("%(kind)s案，會號 %(number)s", kind=str(words.MEASURES[MeasureKind(one.kind)]), number=one.membership.number)),
    endpoint="members.measure", argument="measure_id", among=reads.visible, confidential=True,
)
may_attach("measure", lambda user, one: user.can(reads.PERMISSION))


# --- the cases --------------------------------------------------------------------------------------------------------


@area.screen("/measures", title=_l("停權與除名"), **MEASURE, parent="members.roster")
def measures():
    today = clock.today()
    found = reads.cases(current_user, today)
    which = request.args.get("show", "open")
    groups = {"open": (_("進行中"), words.UNDER_WAY), "acting": (_("已議決"), words.IN_FORCE), "ended": (_("已結束"), (State.OVER, State.DROPPED))}
    which = which if which in groups else "open"
    tabs = [
        {"label": title, "url": here(show=key), "count": sum(one.state in states for one in found), "current": key == which}
        for key, (title, states) in groups.items()
    ]
    rows = [SimpleNamespace(
        url=url_for("members.measure", measure_id=one.measure.id), name=one.person.name, number=one.number, kind=words.MEASURES[MeasureKind(one.measure.kind)],
        sign=words.STATES[one.state][0], word=words.STATES[one.state][1], paid=_paid_up(one.measure, one.state, today), proposed_on=one.measure.proposed_on, next=_next_day(one.measure, one.state),
    ) for one in found if one.state in groups[which][1]]
    return page("members/measures.html", rows=rows, tabs_shown=tabs, which=which, any=bool(found))


def _paid_up(measure: Measure, now: State, today: date) -> str:
    """What may follow when the arrears that a living case came from are paid; empty otherwise. Nothing ends by itself: a body began it."""
    if measure.origin is None or measure.origin.kind != "dunning_run" or now not in (*words.UNDER_WAY, State.ACTING):
        return ""
    if arrears.of_person(measure.membership.person_id, today) is not None:
        return ""
    if now != State.ACTING:
        return _("欠費已繳清，可以撤案")
    return _("欠費已繳清，可以解除停權") if measure.kind == MeasureKind.SUSPENSION else ""


def _next_day(measure: Measure, now: State) -> Any:
    """The day that matters next in this state: until when to answer, from or until when it acts."""
    if now in (State.ASKED, State.OVERDUE):
        return measure.hearing_on
    if now == State.COMING:
        return measure.from_on
    return measure.until_on if now == State.ACTING else measure.lifted_on or measure.dropped_on or measure.until_on


@area.screen("/<int:person_id>/measures/new", title=_l("提案停權或除名"), **WRITE, parent="members.measures")
def propose_measure(person_id: int):
    person, today = queries.person_for(acting(), person_id), clock.today()
    recording.subject(person)
    facts = queries.person_facts(person_id, today)
    current = facts.current if facts else None
    if current is None:
        abort(404)
    form = ProposeForm(data={"proposed_on": today})
    if form.validate_on_submit():
        with form.catching():
            membership = queries.membership_for(acting(), current.membership.id)
            made = life.propose_measure(
                membership, form.kind.data, ground=form.ground.data, clause=form.clause.data or "", on=form.proposed_on.data, by=current_user,
                today=today,
            )
            return _done(made, _("已提案。下一步：通知本人陳述意見。"))
    rule = reads.deciding(MeasureKind.EXPULSION, today)
    return page("members/propose_measure.html", title=_("%(name)s：提案停權或除名", name=person.name), form=form, person=person, bases=_rules(rule[0], rule[1]))


@area.screen("/measures/<int:measure_id>", title=_l("停權除名案"), **MEASURE, parent="members.measures")
def measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    recording.subject(one.membership.person)
    now = state(reads.course(one), today)
    votes = Votes.of(one.votes)
    result = None
    if votes is not None and one.decided_on is not None:
        result = outcome(votes, Body(one.body), special=reads.deciding(MeasureKind(one.kind), one.decided_on)[1])
    pointer = Ref("measure", one.id)
    return page(
        "members/measure.html", title=_title(one), measure=one, person=one.membership.person, words=words, state=now, shown=words.STATES[now], paid=_paid_up(one, now, today),
        kind=words.MEASURES[MeasureKind(one.kind)], stages=_stages(one, now), actions=_actions(one, now), votes=votes, result=result,
        origin=refs.look_up([one.origin], current_user).get(one.origin) if one.origin else None, bodies=words.BODIES,
        deciding=reads.deciding(MeasureKind(one.kind), one.decided_on or today), bases=_rules(*reads.deciding(MeasureKind(one.kind), one.decided_on or today)[:2]),
        dues=calendar.of_record(pointer, current_user), pointer=pointer, files=files.of_record(pointer),
        may_attach=allows("measure", current_user, one),
    )


def _stages(one: Measure, now: State) -> list[dict[str, Any]]:
    """How far it has come, as five steps."""
    done = [True, one.asked_on is not None, one.heard_on is not None or bool(one.waived_why), one.decided_on is not None, now in (State.ACTING, State.OVER)]
    notes = [one.proposed_on, one.asked_on, one.heard_on or one.waived_on, one.decided_on, one.from_on]
    labels = [_("提案"), _("通知陳述"), _("陳述"), _("議決"), _("生效")]
    current = next((at for at, is_done in enumerate(done) if not is_done), len(done))
    shown = []
    for at, (label, is_done, note) in enumerate(zip(labels, done, notes, strict=True)):
        open_ = "next" if at > current or now == State.DROPPED else "now"
        shown.append({"label": label, "state": "done" if is_done else open_, "note": note})
    return shown


def _actions(one: Measure, now: State) -> list[tuple[str, Any, str]]:
    """What may be done next, the main thing last."""
    to = {name: url_for(f"members.{name}", measure_id=one.id) for name in (
        "ask_measure", "hear_measure", "waive_measure", "decide_measure", "tell_measure", "lift_measure", "drop_measure")}
    paper = url_for("members.measure_paper", measure_id=one.id)
    is_told = one.told_on is not None
    match now:
        case State.PROPOSED:
            return [(to["drop_measure"], _("撤案"), "plain"), (paper, _("陳述意見通知書"), "plain"), (to["ask_measure"], _("登錄已通知"), "main")]
        case State.ASKED | State.OVERDUE:
            return [(to["drop_measure"], _("撤案"), "plain"), (to["waive_measure"], _("登錄未陳述"), "plain"), (to["hear_measure"], _("登錄陳述"), "main")]
        case State.READY:
            return [(to["drop_measure"], _("撤案"), "plain"), (to["decide_measure"], _("登錄決議"), "main")]
        case State.COMING | State.ACTING:
            lift = [(to["lift_measure"], _("解除停權"), "plain")] if one.kind == MeasureKind.SUSPENSION and one.lifted_on is None else []
            tell = [] if is_told else [(to["tell_measure"], _("登錄已通知決議"), "main")]
            return [(to["drop_measure"], _("決議經撤銷"), "plain"), *lift, (paper, _("決議通知書"), "plain"), *tell]
    return []


# --- step by step -----------------------------------------------------------------------------------------------------


@area.screen("/measures/<int:measure_id>/ask", title=_l("通知陳述意見"), **WRITE, parent="members.measure")
def ask_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    days = reads.hearing_days(today)
    form = AskForm(data={"asked_on": today, "hearing_on": earliest_hearing(today, days)})
    say = _("期限至少 %(days)s 天（章程所定或預設）。送達的證明請附上：議決有爭議時要拿得出來。", days=days)
    return _step(one, form, _("登錄已通知"), _("已登錄通知，陳述期限掛在行事曆上。"), lambda: life.ask_to_be_heard(
        one, asked_on=form.asked_on.data, hearing_on=form.hearing_on.data, how=form.asked_how.data or "", by=current_user, today=today), say)


@area.screen("/measures/<int:measure_id>/hear", title=_l("登錄陳述"), **WRITE, parent="members.measure")
def hear_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    return _step(one, form := HearForm(data={"heard_on": today}), _("登錄陳述"), _("已登錄陳述，可以提請議決。"), lambda: life.record_hearing(
        one, heard_on=form.heard_on.data, statement=form.statement.data, today=today, now=clock.now()),
        _("在大會上當場陳述的，陳述日就是大會那一天。"))


@area.screen("/measures/<int:measure_id>/waive", title=_l("登錄未陳述"), **WRITE, parent="members.measure")
def waive_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    return _step(one, form := WaiveForm(), _("登錄未陳述"), _("已登錄，可以提請議決。"), lambda: life.record_waiver(
        one, declined=form.declined.data == "declined", why=form.why.data, today=today, now=clock.now()),
        _("期限屆滿才能登錄未到場；本人表明不陳述的，隨時可以登錄。"))


@area.screen("/measures/<int:measure_id>/decide", title=_l("登錄決議"), **WRITE, parent="members.measure")
def decide_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    form = DecideForm(data={"decided_on": today})
    if one.kind == MeasureKind.EXPULSION:
        del form.until_on
    body, special, clause = reads.deciding(MeasureKind(one.kind), form.decided_on.data or today)
    if form.validate_on_submit():
        with form.catching():
            found = life.decide(
                one, decided_on=form.decided_on.data, resolution=form.resolution.data, votes=form.votes, from_on=form.from_on.data,
                until_on=form.until_on.data if "until_on" in form else None, by=current_user, today=today,
            )
            _attach(one, form)
            return _done(one, _("決議已登錄。") if found.carried else _("贊成未達 %(needed)s 票，案子沒有通過。", needed=found.needed))
        one = _measure(measure_id)
    return page(
        "members/decide_measure.html", title=_("%(what)s：登錄決議", what=_title(one)), form=form, measure=one, person=one.membership.person,
        kind=words.MEASURES[MeasureKind(one.kind)], body=words.BODIES[body], bases=_rules(body, special, clause),
    )


@area.screen("/measures/<int:measure_id>/tell", title=_l("通知決議"), **WRITE, parent="members.measure")
def tell_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    return _step(one, form := TellForm(data={"told_on": today}), _("登錄已通知決議"), _("已登錄。"), lambda: life.tell_decision(
        one, on=form.told_on.data, how=form.told_how.data or "", today=today, now=clock.now()), "")


@area.screen("/measures/<int:measure_id>/lift", title=_l("解除停權"), **WRITE, parent="members.measure")
def lift_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    return _step(one, form := LiftForm(data={"lifted_on": today}), _("解除停權"), _("已解除停權。"), lambda: life.lift(
        one, on=form.lifted_on.data, why=form.why.data), _("解除日起恢復行使會員的權利。"))


@area.screen("/measures/<int:measure_id>/drop", title=_l("撤案"), **WRITE, parent="members.measure")
def drop_measure(measure_id: int):
    one, today = _measure(measure_id), clock.today()
    say = _("決議經撤銷或確認無效時，視同從未停權、除名；除名的會籍會恢復。") if one.from_on else _("案子到此為止，紀錄保留。")
    return _step(one, form := DropForm(data={"dropped_on": today}), _("撤案"), _("已撤案。"), lambda: life.drop(
        one, on=form.dropped_on.data, why=form.why.data, today=today), say, kind="stop")


def _step(one: Measure, form: Form, submit: str, done: str, act: Callable[[], Any], say: str, kind: str = "main") -> Any:
    """The page of one step: shown, refused, or recorded with its files and back to the case."""
    number = one.id
    if form.validate_on_submit():
        with form.catching():
            act()
            _attach(one, form)
            return _done(one, done)
        one = _measure(number)
    return page("members/measure_act.html", title=_("%(what)s：%(act)s", what=_title(one), act=submit), form=form, measure=one, person=one.membership.person,
                kind=words.MEASURES[MeasureKind(one.kind)], submit=submit, say=say, button=kind)


def _attach(one: Measure, form: Form) -> None:
    for file in form.files.data if "files" in form else ():
        attachments.add(Ref("measure", one.id), file, sensitive=True, by=current_user, now=clock.now())


def _done(one: Measure, text: str) -> Any:
    flash(text, "success")
    return redirect(url_for("members.measure", measure_id=one.id))


def _measure(measure_id: int) -> Measure:
    return reads.measure_for(current_user, measure_id)


def _title(one: Measure) -> str:
    return _("%(name)s %(kind)s案", name=one.membership.person.name, kind=words.MEASURES[MeasureKind(one.kind)])


def _rules(body: Body, special: bool, clause: str = "") -> list[Basis]:
    """Who decides and by which majority, before any figure is known."""
    source = "charter" if clause else "default"
    who = "會員（代表）大會議決" if body == Body.ASSEMBLY else "理事會議決"
    share = "出席三分之二以上同意" if special else "出席過半數同意"
    return [
        Basis("UA-26-hearing", "工會法第 26 條第 1 項第 5 款、第 3 項", f"{who}；議決前應給予陳述機會", note=clause),
        Basis("UA-26-expel-majority", "工會法第 27 條第 1 項", share, source=source, confidence="derived",
              note="法條列為特別決議的是停權、除名之規定；個案章程未定時從嚴。"),
    ]


# --- papers -----------------------------------------------------------------------------------------------------------


@area.screen("/measures/<int:measure_id>/paper", title=_l("停權除名文件"), **MEASURE, parent="members.measure")
def measure_paper(measure_id: int):
    one = _measure(measure_id)
    recording.subject(one.membership.person)
    document = _paper(one)
    files_shown = [{"label": label, "url": url_for(".measure_file", measure_id=one.id, fmt=fmt)} for fmt, label in FORMATS.items()]
    shown = SimpleNamespace(
        title=document.title, facts=[one.membership.person.name, _("會號 %(number)s", number=one.membership.number)], notes=[], files=files_shown,
        open_url=url_for(".measure_file", measure_id=one.id, fmt="pdf", show=1), shown=serving.preview(document), short=None, empty=None,
    )
    return page("documents/preview.html", title=document.title, paper=shown)


@area.screen("/measures/<int:measure_id>/paper.<fmt>", title=_l("停權除名文件檔案"), **MEASURE, exact=True, parent="members.measure")
def measure_file(measure_id: int, fmt: str):
    one = _measure(measure_id)
    if fmt not in FORMATS:
        abort(404)
    recording.subject(one.membership.person)
    document = _paper(one)
    return serving.send(serving.made(document, fmt), f"{document.title}-{one.membership.number}", inline=fmt == "pdf" and request.args.get("show") == "1")


def _paper(one: Measure) -> Any:
    """Before the decision the notice of the hearing, after it the notice of the decision."""
    record, today = union.the_union(), clock.today()
    name = record.name if record else union.union_name()
    if one.decided_on is not None:
        return documents.decision_notice(one, name, today)
    asked_on = one.asked_on or today
    return documents.hearing_notice(one, name, today, until=one.hearing_on or asked_on + timedelta(reads.hearing_days(today)),
                                    body=BODY_WORDS[reads.deciding(MeasureKind(one.kind), today)[0]])

