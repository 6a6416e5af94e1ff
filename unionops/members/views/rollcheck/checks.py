"""One year's check of the roll: opened, its list, letters, findings, leavers, end; a whole list at once where a whole list is meant."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.calendar import queries as calendar
from unionops.core.db import db
from unionops.core.forms import Form
from unionops.core.i18n import _, _l, show_date, show_year
from unionops.core.pages import Paging, here, page
from unionops.core.screens import reachable
from unionops.law.basis import Basis
from unionops.members import life_wording as words
from unionops.members import queries
from unionops.members.forms.rollcheck import AnswerForm, CloseForm, DoForm, DoubtForm, OpenForm, ResultForm, TellForm
from unionops.members.models import Membership, RollCheck, RollDoubt
from unionops.members.queries import rollcheck as reads
from unionops.members.rules import rollcheck as rules
from unionops.members.rules.rollcheck import Doubt, Result, Stage
from unionops.members.services import rollcheck
from unionops.members.views.area import acting, of_everybody, sees_everybody
from unionops.members.views.rollcheck.area import area
from unionops.values.refs import Ref

SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.2"]}
READ: dict[str, Any] = {"permission": "rollcheck.read", **SERVES}
WRITE: dict[str, Any] = {"permission": "rollcheck.manage", **SERVES, "methods": ["GET", "POST"], "once": True}

refs.register(
    "roll_check", RollCheck, label=_l("會籍清查"), title=lambda one: f"{one.year - 1911} 年度會籍清查", endpoint="rollcheck.check", argument="check_id",
    among=refs.allowed(RollCheck, "rollcheck.read"),
)


@area.screen("/", title=_l("會籍清查"), **READ, menu=("查", "Rc", 260))
def checks():
    rows = []
    for one in reads.checks():
        counts = reads.counts(one)
        rows.append(SimpleNamespace(
            url=url_for("rollcheck.check", check_id=one.id), year=_("%(year)s 年度", year=show_year(one.year)), members=counts["members"], doubts=counts["doubts"],
            stays=counts["stays"] + counts["changed"], leaves=counts["leaves"], open=counts["open"], opened_on=one.opened_on, closed_on=one.closed_on,
        ))
    return page("rollcheck/checks.html", rows=rows, has_open=any(row.closed_on is None for row in rows))


@area.screen("/new", title=_l("開始會籍清查"), **WRITE, parent="rollcheck.checks")
def open_check():
    of_everybody()
    today = clock.today()
    form = OpenForm(data={"year": str(today.year - 1911), "opened_on": today})
    if form.validate_on_submit():
        with form.catching():
            made = rollcheck.open_check(
                year=form.number, team=form.names, resolution=form.resolution.data, opened_on=form.opened_on.data, by=current_user, today=today,
            )
            if not rules.team_is_usual(form.names):
                flash(_("清查小組有 %(n)s 人；函釋與各地須知通常是 5 到 7 人。", n=len(form.names)), "warning")
            return _to(made, _("已開始清查。下一步：產生存疑名單。"))
    return page("rollcheck/open.html", form=form)


@area.screen("/<int:check_id>", title=_l("年度清查"), **READ, personal=True, parent="rollcheck.checks")
def check(check_id: int):
    one, today = reads.check_for(check_id), clock.today()
    found, counts = reads.lines(current_user, one, today), reads.counts(one)
    which, reason = request.args.get("stage", ""), request.args.get("reason", "")
    which = which if which in set(Stage) else ""
    reason = reason if reason in set(Doubt) else ""
    shown = [line for line in found if (not which or line.stage == which) and (not reason or reason in line.doubt.reasons)]
    paging = Paging(len(shown))
    tabs = [{"label": _("全部"), "url": here(stage=None, page=None), "count": len(found), "current": not which}]
    tabs += [
        {"label": words.STAGES[each][1], "url": here(stage=each.value, page=None), "count": sum(line.stage == each for line in found), "current": which == each}
        for each in Stage
    ]
    may = reachable("rollcheck.tell") and one.closed_on is None
    return page(
        "rollcheck/check.html", title=_("%(year)s 年度會籍清查", year=show_year(one.year)), check=one, counts=counts, rows=[_line(line) for line in shown[paging.offset:paging.offset + paging.size]],
        paging=paging, tabs_shown=tabs, stages=_stages(one, counts, found), may=may, may_all=may and sees_everybody("rollcheck.manage"), hidden=counts["doubts"] - len(found), total=len(shown),
        facets=[{"label": _("存疑事由"), "name": "reason", "options": [(word.value, title, word == reason) for word, title in words.DOUBTS.items()]}],
        chips=[(words.DOUBTS[Doubt(reason)], here(reason=None, page=None))] if reason else [], keep=[("stage", which)] if which else [],
        parts=_parts(counts), reasons=[(title, counts.get(f"reason_{word.value}", 0)) for word, title in words.DOUBTS.items() if counts.get(f"reason_{word.value}")],
        before=_before(one), unrecorded=len(reads.unrecorded(one)), dues=calendar.of_record(Ref("roll_check", one.id), current_user),
        bulk=[("tell", _("登錄已通知")), ("decide", _("認定")), ("notices", _("印通知書"))] if may else [],
        filter_pairs=[(name, value) for name, value in (("stage", which), ("reason", reason)) if value],
    )


def _line(line: reads.Line) -> SimpleNamespace:
    doubt = line.doubt
    sign, word = words.STAGES[line.stage]
    if doubt.result:
        sign, word = words.RESULT_SIGNS[Result(doubt.result)], words.RESULTS[Result(doubt.result)]
    return SimpleNamespace(
        id=doubt.id, name=line.name, number=line.number, unit=line.unit, url=url_for("rollcheck.doubt", check_id=doubt.roll_check_id, doubt_id=doubt.id),
        reasons=[words.DOUBTS[Doubt(reason)] for reason in doubt.reasons], note=doubt.note, sign=sign, word=word, answer_by=doubt.answer_by if not doubt.result else None,
    )


def _stages(one: RollCheck, counts: dict[str, int], found: list[reads.Line]) -> list[dict[str, Any]]:
    told = bool(found) and all(line.stage != Stage.UNTOLD for line in found)
    decided = bool(counts["doubts"]) and not counts["open"]
    done = [True, bool(counts["doubts"]), told or decided, decided, decided and not reads.unrecorded(one), one.closed_on is not None]
    labels = [_("開始"), _("存疑名單"), _("通知舉證"), _("認定"), _("登錄出會"), _("完成")]
    now = next((at for at, is_done in enumerate(done) if not is_done), len(done))
    return [{"label": label, "state": "done" if at < now else "now" if at == now else "next"} for at, label in enumerate(labels)]


def _parts(counts: dict[str, int]) -> list[tuple[str, Any, int]]:
    return [("c1", _("留會"), counts["stays"] + counts["changed"]), ("c4", _("出會"), counts["leaves"]), ("rest", _("未認定"), counts["open"])]


def _before(one: RollCheck) -> SimpleNamespace | None:
    """The check before this one, for comparison."""
    earlier = next((other for other in reads.checks() if other.year < one.year), None)
    return SimpleNamespace(year=show_year(earlier.year), counts=reads.counts(earlier)) if earlier else None


# --- the list ---------------------------------------------------------------------------------------------------------


@area.screen("/<int:check_id>/draw", title=_l("產生存疑名單"), **WRITE, parent="rollcheck.check")
def draw(check_id: int):
    of_everybody()
    one, today = reads.check_for(check_id), clock.today()
    form = DoForm()
    if form.validate_on_submit():
        with form.catching():
            count = rollcheck.draw(one, on=today)
            return _to(one, _("名單新增 %(n)s 人。", n=count) if count else _("沒有新的存疑會員。"))
    return _form(one, form, _("產生存疑名單"), _("依雇主、代扣回覆、欠費、退信、聯絡資料、年齡與死亡登錄逐人檢查；已在名單上的不重複。存疑不是認定，要通知本人舉證。"))


@area.screen("/<int:check_id>/doubts/new", title=_l("加入存疑名單"), **WRITE, parent="rollcheck.check")
def add_doubt(check_id: int):
    one, form = reads.check_for(check_id), DoubtForm()
    if form.validate_on_submit():
        with form.catching():
            found = db.session.scalar(queries.only_visible(sa.select(Membership).where(Membership.number == form.number.data), acting()))
            if found is None:
                raise rollcheck.RuleBroken(rollcheck.problem("number", "沒有會號 %(number)s 的會員。", number=form.number.data))
            rollcheck.add_by_hand(one, found, note=form.note.data)
            return _to(one, _("已列入名單。"))
        one = reads.check_for(check_id)
    return _form(one, form, _("加入存疑名單"), _("規則看不出來、但有人知道的情形，例如鄰居說已出國。"))


@area.screen("/<int:check_id>/chosen", title=_l("對選取的人"), permission="rollcheck.manage", **SERVES, methods=["POST"], parent="rollcheck.check")
def chosen(check_id: int):
    one = reads.check_for(check_id)
    act = {"tell": "rollcheck.tell", "decide": "rollcheck.decide", "notices": "rollcheck.notices"}.get(request.form.get("act", "")) or abort(400)
    ids = [text for text in request.form.getlist("ids") if text.isascii() and text.isdigit()][:200]
    if not ids and "all" not in request.form:
        flash(_("還沒有勾選任何人。"), "warning")
        return redirect(url_for("rollcheck.check", check_id=one.id))
    pairs = [("all", "1"), *((name, request.form[name]) for name in ("stage", "reason") if request.form.get(name))] if "all" in request.form else [("ids", text) for text in ids]
    return redirect(url_for(act, check_id=one.id, **({"fmt": "pdf"} if act.endswith("notices") else {})) + "?" + urlencode(pairs))


def picked(one: RollCheck) -> list[reads.Line]:
    """The doubts that the address means, as far as whoever asks may see them."""
    today = clock.today()
    if request.args.get("all"):
        stage, reason = request.args.get("stage"), request.args.get("reason")
        found = reads.lines(acting(), one, today)
        return [line for line in found if (not stage or line.stage == stage) and (not reason or reason in line.doubt.reasons)]
    ids = [int(text) for text in request.args.getlist("ids")[:200] if text.isascii() and text.isdigit() and len(text) < 10]
    return reads.lines(acting(), one, today, ids=ids)


@area.screen("/<int:check_id>/tell", title=_l("登錄已通知"), **WRITE, parent="rollcheck.check")
def tell(check_id: int):
    one, today = reads.check_for(check_id), clock.today()
    lines = picked(one)
    form = TellForm(data={"told_on": today, "answer_by": rules.earliest_answer(today)})
    if form.validate_on_submit():
        with form.catching():
            count = rollcheck.tell(one, [line.id for line in lines], told_on=form.told_on.data, answer_by=form.answer_by.data, way=form.way.data, by=current_user, today=today)
            return _to(one, _("已登錄通知 %(n)s 人，期限 %(day)s。", n=count, day=show_date(form.answer_by.data)))
        one, lines = reads.check_for(check_id), picked(reads.check_for(check_id))
    return _form(one, form, _("登錄通知 %(n)s 人", n=len(lines)), _("通知書先印出來寄送；掛號號碼可以逐人補登。"), lines)


@area.screen("/<int:check_id>/decide", title=_l("認定"), **WRITE, parent="rollcheck.check")
def decide(check_id: int):
    one, today = reads.check_for(check_id), clock.today()
    lines, form = picked(one), ResultForm()
    if form.validate_on_submit():
        with form.catching():
            count = rollcheck.decide(
                one, [line.id for line in lines], result=form.result.data, why=form.why.data, left_on=form.left_on.data, left_reason=form.left_reason.data or "", today=today,
            )
            return _to(one, _("已認定 %(n)s 人。", n=count))
        one, lines = reads.check_for(check_id), picked(reads.check_for(check_id))
    return _form(one, form, _("認定 %(n)s 人", n=len(lines)), _("認定出會的，要通知過並過了舉證期限；已登錄死亡的除外。"), lines)


@area.screen("/<int:check_id>/doubts/<int:doubt_id>", title=_l("存疑會員"), **READ, personal=True, parent="rollcheck.check")
def doubt(check_id: int, doubt_id: int):
    one, today = reads.check_for(check_id), clock.today()
    line = next(iter(reads.lines(current_user, one, today, ids=[doubt_id])), None) or abort(404)
    may = reachable("rollcheck.answer") and one.closed_on is None
    return page("rollcheck/doubt.html", title=line.name, check=one, line=line, doubt=line.doubt, shown=_line(line), words=words, may=may,
                person_id=db.session.get_one(Membership, line.doubt.membership_id).person_id, way=words.LETTER_WAYS.get(line.doubt.way, ""))


@area.screen("/<int:check_id>/doubts/<int:doubt_id>/answer", title=_l("登錄送達與回覆"), **WRITE, parent="rollcheck.doubt")
def answer(check_id: int, doubt_id: int):
    one, today = reads.check_for(check_id), clock.today()
    line = next(iter(reads.lines(acting(), one, today, ids=[doubt_id])), None) or abort(404)
    name = line.name
    form = AnswerForm(data={key: getattr(line.doubt, key) for key in ("delivered_on", "returned_on", "proof", "answered_on", "answer")})
    if form.validate_on_submit():
        with form.catching():
            rollcheck.record_answer(
                db.session.get_one(RollDoubt, doubt_id), one, delivered_on=form.delivered_on.data, returned_on=form.returned_on.data, proof=form.proof.data or "",
                answered_on=form.answered_on.data, answer=form.answer.data or "", today=today,
            )
            flash(_("已登錄。"), "success")
            return redirect(url_for("rollcheck.doubt", check_id=check_id, doubt_id=doubt_id))
        one = reads.check_for(check_id)
    return page("rollcheck/act.html", title=_("%(name)s：登錄送達與回覆", name=name), form=form, check=one, submit=_("登錄"), say=_("沒有通知過的，不能登錄送達。") if line.doubt.told_on is None else "", lines=[],
                cancel=url_for("rollcheck.doubt", check_id=check_id, doubt_id=doubt_id))


# --- its end ----------------------------------------------------------------------------------------------------------


@area.screen("/<int:check_id>/leavers", title=_l("登錄清查出會"), **WRITE, personal=True, parent="rollcheck.check")
def leavers(check_id: int):
    of_everybody()
    one, today = reads.check_for(check_id), clock.today()
    found, form = reads.unrecorded(one), DoForm()
    if form.validate_on_submit():
        with form.catching():
            count = rollcheck.record_leavers(one, today=today)
            return _to(one, _("已登錄 %(n)s 人出會。出會名冊在「報表」。", n=count))
        one, found = reads.check_for(check_id), reads.unrecorded(reads.check_for(check_id))
    rows = [SimpleNamespace(name=membership.person.name, number=membership.number, on=doubt.left_on, why=doubt.result_why) for doubt, membership in found]
    basis = Basis("UA-31-roster", "工會法第 31 條第 1 項第 2 款", _("出會 %(n)s 人", n=len(found)), (("清查年度", one.year - 1911),))
    return page("rollcheck/leavers.html", title=_("登錄清查出會"), form=form, check=one, rows=rows, basis=basis)


@area.screen("/<int:check_id>/close", title=_l("完成清查"), **WRITE, parent="rollcheck.check")
def close(check_id: int):
    of_everybody()
    one, today = reads.check_for(check_id), clock.today()
    form = CloseForm(data={"closed_on": today})
    if form.validate_on_submit():
        with form.catching():
            rollcheck.close(one, closed_on=form.closed_on.data, by=current_user, now=clock.now(), today=today)
            return _to(one, _("清查完成，函報期限掛在行事曆上。"))
        one = reads.check_for(check_id)
    return _form(one, form, _("完成清查"), _("全部認定、出會都登錄之後才能完成；完成後名單不再變動。"))


def _form(one: RollCheck, form: Form, submit: str, say: str, lines: list[reads.Line] | None = None) -> Any:
    return page("rollcheck/act.html", title=submit, form=form, check=one, submit=submit, say=say, lines=lines or [], cancel=url_for("rollcheck.check", check_id=one.id))


def _to(one: RollCheck, text: str) -> Any:
    flash(text, "success")
    return redirect(url_for("rollcheck.check", check_id=one.id))
