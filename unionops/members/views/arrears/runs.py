"""What went out: each run with its letters, their PDF, their fields for mail merge, how each fared, the end of the time to pay."""

from __future__ import annotations

from types import SimpleNamespace

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.calendar import queries as calendar
from unionops.core.db import db
from unionops.core.documents import render_batch, serving
from unionops.core.i18n import _, _l
from unionops.core.jobs import tasks
from unionops.core.pages import Paging, addresses, page
from unionops.core.transfer import exporting
from unionops.members import arrears_wording as words
from unionops.members import queries as members
from unionops.members.documents import arrears as documents
from unionops.members.forms.arrears import CloseRunForm, DeliveryForm, whole
from unionops.members.models import Dunning, DunningRun
from unionops.members.queries import arrears as queries
from unionops.members.rules.arrears import Step
from unionops.members.services import arrears
from unionops.members.views.area import acting, of_everybody
from unionops.members.views.arrears.area import READ, WRITE, area, the_run
from unionops.members.views.arrears.debtors import tabs
from unionops.values.refs import Ref

AT_ONCE = 100
"""More letters than this are set behind the page."""
PRINTED = recording.sentence("arrears.printed", _l("列印%(step)s %(count)s 件"))
MERGED = recording.sentence("arrears.merged", _l("匯出合併列印欄位 %(count)s 人"))


@area.screen("/runs", title=_l("已寄發的催繳"), **READ, parent="arrears.index")
def runs():
    found = queries.runs()
    paging = Paging(len(found))
    shown = found[paging.offset : paging.offset + paging.size]
    counts = queries.fared([one.id for one in shown])
    address = addresses("arrears.run", "run_id")
    rows = [SimpleNamespace(run=one, title=words.STEPS[Step(one.step)], url=address(one.id), counts=counts.get(one.id, (0, 0, 0, 0)), proposes=Step(one.step).proposes) for one in shown]
    return page("arrears/runs.html", rows=rows, paging=paging, tabs_shown=tabs("arrears.runs"))


@area.screen("/runs/<int:run_id>", title=_l("催繳批次"), **READ, parent="arrears.runs", personal=True)
def run(run_id: int):
    one, today = the_run(run_id), clock.today()
    sent = queries.of_run(acting(), one)
    paging = Paging(len(sent))
    shown = sent[paging.offset : paging.offset + paging.size]
    who = queries.debtors([row.person_id for row in shown])
    still = {each.person_id: each.amount for each in queries.behind(acting(), today, queries.Filter(ids=tuple(row.person_id for row in sent)))} if sent else {}
    step = Step(one.step)
    rows = [SimpleNamespace(
        id=row.id, row=row, name=who[row.person_id].name, number=who[row.person_id].number, url=url_for("arrears.person", person_id=row.person_id),
        way=arrears.WAYS.get(row.way, ""), open=still.get(row.person_id, 0), measure=row.belongs_to.id if row.belongs_to else None,
    ) for row in shown]
    official = queries.official_letter(one)
    dues = calendar.of_record(Ref("dunning_run", one.id), current_user)
    return page(
        "arrears/run.html", title=_title(one), run=one, rows=rows, paging=paging, step=step, word=words.STEPS[step], official=official, dues=dues,
        paid=sum(1 for row in sent if row.person_id not in still), delivered=sum(1 for row in sent if row.delivered_on), returned=sum(1 for row in sent if row.returned_on),
        proposes=step.proposes, may_close=any(not due.done for due in dues), total=len(sent), amount=sum(row.amount for row in sent), at_once=len(sent) <= AT_ONCE,
    )


def _title(one: DunningRun) -> str:
    return str(words.STEPS[Step(one.step)])


@area.screen("/runs/<int:run_id>/letters.pdf", title=_l("催繳信件"), **READ, parent="arrears.run", personal=True, exact=True)
def letters(run_id: int):
    one = the_run(run_id)
    sent = queries.of_run(acting(), one)
    if not sent or Step(one.step).proposes:
        abort(404)
    if len(sent) > AT_ONCE:
        return redirect(url_for("arrears.run", run_id=run_id))
    rendered = render_batch(list(documents.letters(one, sent)))
    recording.event_happened(PRINTED, step=words.STEPS[Step(one.step)], count=len(sent))
    return serving.send(rendered, f"{_title(one)}-{one.sent_on:%Y%m%d}", inline="inline" in request.args)


@area.screen("/runs/<int:run_id>/print", title=_l("在背景製作催繳信件"), **(READ | {"methods": ["POST"]}), parent="arrears.run")
def print_letters(run_id: int):
    one = the_run(run_id)
    if Step(one.step).proposes:
        abort(404)
    made = tasks.start("arrears.print", current_user, _("列印%(step)s", step=words.STEPS[Step(one.step)]), run_id=one.id, name=f"{_title(one)}-{one.sent_on:%Y%m%d}.pdf")
    return redirect(url_for("jobs.task", task_id=made.id))


@area.screen("/runs/<int:run_id>/merge.<fmt>", title=_l("合併列印欄位"), **(READ | {"methods": ["POST"]}), parent="arrears.run", exact=True)
def merge(run_id: int, fmt: str):
    """The figures of each letter, for a letter of one's own in a word processor."""
    one = the_run(run_id)
    if fmt not in exporting.FORMATS or Step(one.step).proposes:
        abort(404)
    rows = list(documents.merge_rows(one, queries.of_run(acting(), one)))
    recording.describe(MERGED, one, count=len(rows))
    return exporting.file_response(list(documents.MERGE_COLUMNS), [list(zip(*rows, strict=True))] if rows else [], fmt, name=f"{_title(one)}-{one.sent_on:%Y%m%d}")


@area.screen("/letter/<int:dunning_id>.pdf", title=_l("一件催繳信"), **READ, parent="arrears.index", personal=True, exact=True)
def letter(dunning_id: int):
    row = _letter(dunning_id)
    if row.run_id is None or Step(row.step).proposes:
        abort(404)
    rendered = render_batch(list(documents.letters(the_run(row.run_id), [row])))
    return serving.send(rendered, f"{words.STEPS[Step(row.step)]}-{row.sent_on:%Y%m%d}", inline="inline" in request.args)


def _letter(dunning_id: int) -> Dunning:
    """The letter, or 404 when there is none to somebody whom this user may see."""
    row: Dunning = db.session.get(Dunning, dunning_id) or abort(404)
    recording.subject(members.person_for(acting(), row.person_id))
    return row


@area.screen("/runs/<int:run_id>/delivery", title=_l("登錄送達"), **WRITE, parent="arrears.run", personal=True)
def delivery(run_id: int):
    """For the letters ticked on the page before (``ids``), or for all of which nothing is recorded yet."""
    one, today = the_run(run_id), clock.today()
    picked = {number for number in map(whole, request.args.getlist("ids")) if number is not None}
    sent = [row for row in queries.of_run(acting(), one) if (row.id in picked if picked else not (row.delivered_on or row.returned_on))]
    form = DeliveryForm(data={"delivered_on": today})
    if Step(one.step).proposes:
        abort(404)
    if form.validate_on_submit():
        with form.catching():
            arrears.record_delivery(sent, delivered_on=form.delivered_on.data, returned_on=form.returned_on.data, proof=form.proof.data or "", today=today)
            flash(_("已登錄 %(n)s 件。", n=len(sent)), "success")
            return redirect(url_for("arrears.run", run_id=run_id))
    who = queries.debtors([row.person_id for row in sent])
    return page(
        "arrears/act.html", title=_("登錄送達：%(n)s 件", n=len(sent)), form=form, submit=_("登錄"), back_to=url_for("arrears.run", run_id=run_id),
        facts_shown=[_title(one), "、".join(list(dict.fromkeys(told.name for told in who.values()))[:12])],
        note=_("送達與退件擇一填；送達要有證明。"),
    )


@area.screen("/runs/<int:run_id>/ticked", title=_l("登錄勾選的送達"), **(WRITE | {"methods": ["POST"]}), parent="arrears.run")
def ticked(run_id: int):
    the_run(run_id)
    ids = [number for number in map(whole, request.form.getlist("ids")) if number is not None] if "all" not in request.form else []
    return redirect(url_for("arrears.delivery", run_id=run_id, ids=ids))


@area.screen("/letter/<int:dunning_id>/delivery", title=_l("更正送達"), **WRITE, parent="arrears.index", personal=True)
def correct_delivery(dunning_id: int):
    row, today = _letter(dunning_id), clock.today()
    form = DeliveryForm(data={"delivered_on": row.delivered_on, "returned_on": row.returned_on, "proof": row.proof})
    back = url_for("arrears.person", person_id=row.person_id)
    if form.validate_on_submit():
        with form.catching():
            arrears.record_delivery([row], delivered_on=form.delivered_on.data, returned_on=form.returned_on.data, proof=form.proof.data or "", today=today, anew=True)
            flash(_("已登錄送達情形。"), "success")
            return redirect(back)
    return page("arrears/act.html", title=_("更正送達"), form=form, submit=_("登錄"), back_to=back, facts_shown=[words.STEPS[Step(row.step)]], note=_("送達與退件擇一填；送達要有證明。"))


@area.screen("/runs/<int:run_id>/close", title=_l("限期結案"), **WRITE, parent="arrears.run")
def close_run(run_id: int):
    of_everybody()
    one = the_run(run_id)
    form = CloseRunForm()
    back = url_for("arrears.run", run_id=run_id)
    if form.validate_on_submit():
        with form.catching():
            arrears.close_run(one, how=form.how.data, now=clock.now())
            flash(_("限期已結案。"), "success")
            return redirect(back)
    return page("arrears/act.html", title=_("限期結案"), form=form, submit=_("結案"), back_to=back, facts_shown=[_title(one)], note=_("行事曆的期限會結案；未繳的人仍在欠費名單。"))
