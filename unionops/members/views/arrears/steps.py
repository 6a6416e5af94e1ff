"""Steps of the ladder that are due: how many of each and why not the others, looked through, then taken for all of them at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.jobs import tasks
from unionops.core.pages import Paging, page
from unionops.letters.models import Letter
from unionops.members import arrears_wording as words
from unionops.members.documents import arrears as documents
from unionops.members.forms.arrears import ProposeForm, SendForm, whole
from unionops.members.queries import arrears as queries
from unionops.members.queries.arrears import Behind, Filter
from unionops.members.rules.arrears import Due, Step, Why
from unionops.members.services import arrears
from unionops.members.views.area import acting
from unionops.members.views.arrears.area import READ, WRITE, area
from unionops.members.views.arrears.debtors import asked, filters, kept, lines, tabs

AT_ONCE = 300
"""More letters than this are made behind the page."""
ORDER = (Step.NOTICE, Step.FORMAL, Step.SUSPENSION, Step.EXPULSION, Step.FINAL)


@area.screen("/steps", title=_l("該辦的步驟"), **READ, parent="arrears.index")
def steps():
    today, wanted = clock.today(), asked()
    _rows, due = _everybody(wanted, today)
    sums: dict[Step, list[int]] = {step: [0, 0] for step in ORDER}
    for one in due.values():
        if one.step is not None:
            sums[one.step][0] += 1
            sums[one.step][1] += one.about.amount
    others = Counter(one.why for one in due.values() if one.step is None)
    law = queries.charter(today)
    shown = [
        {"step": step, "title": words.STEPS[step], "months": law.months(step), "people": people, "amount": amount, "url": url_for("arrears.prepare", step=step.value, **kept(wanted))}
        for step, (people, amount) in sums.items()
    ]
    return page(
        "arrears/steps.html", shown=shown, others=[(words.WHYS[why][1], _("%(n)s 人", n=others[why])) for why in Why if others.get(why)], tabs_shown=tabs("arrears.steps"), law=law,
        wanted=wanted, **filters(wanted),
    )


def _everybody(wanted: Filter, today: date) -> tuple[list[Behind], dict[int, Due]]:
    rows = queries.behind(acting(), today, wanted)
    return rows, queries.steps_due(rows, today)


@area.screen("/steps/<step>", title=_l("預覽這一步"), **WRITE, parent="arrears.steps", personal=True, once=True)
def prepare(step: str):
    """Who gets it, how much, and who does not and why; then it is done for all of them or none."""
    if step not in set(Step):
        abort(404)
    kind, today, wanted = Step(step), clock.today(), asked()
    rows, due = _everybody(wanted, today)
    chosen = queries.asked_of(rows, due, kind)
    form = _form(kind, today)
    if form.validate_on_submit():
        with form.catching():
            return _taken(kind, wanted, form, today)
    elif not form.is_submitted():
        form.show(len(chosen), sum(one.amount for one in chosen))
    paging = Paging(len(chosen))
    others = Counter(one.why if one.step is None else words.STEPS[one.step] for one in due.values() if one.step is not kind)
    return page(
        "arrears/prepare.html", title=str(words.STEPS[kind]), form=form, step=kind, rows=lines(chosen[paging.offset : paging.offset + paging.size]), paging=paging,
        total=sum(one.amount for one in chosen), others=[(words.WHYS[why][1] if isinstance(why, Why) else why, _("%(n)s 人", n=count)) for why, count in others.items()],
        law=queries.charter(today), many=len(chosen) > AT_ONCE, basis=next((due[one.person_id].basis for one in chosen), ()), wanted=wanted, **filters(wanted),
        no_address=[one.name for one in queries.debtors([each.person_id for each in chosen[:2000]]).values() if not one.address and not one.email][:20] if not kind.proposes else [],
    )


def _form(step: Step, today: date) -> Any:
    if step.proposes:
        return ProposeForm()
    form = SendForm(data={"pay_by": today + timedelta(queries.charter(today).pay_days), "text": documents.TEXTS[step]})
    form.offer(step, queries.issued_letters(today - timedelta(90)))
    return form


def _taken(step: Step, wanted: Filter, form: Any, today: date) -> Any:
    reader = acting()
    if step.proposes:
        run = arrears.propose(step, wanted, reader, clause=form.clause.data, by=current_user, seen=form.figures, today=today)
        flash(_("已提案 %(n)s 人。下一步：在停權與除名通知本人陳述。", n=run.counts["people"]), "success")
        return redirect(url_for("arrears.run", run_id=run.id))
    if form.figures and form.figures[0] > AT_ONCE:
        made = tasks.start(
            "arrears.send", current_user, _("寄發%(step)s", step=words.STEPS[step]), step=step.value, wanted=asdict(wanted), way=form.way.data,
            pay_by=form.pay_by.data.isoformat(), text=form.text.data, letter_id=whole(form.letter.data), seen=list(form.figures),
        )
        return redirect(url_for("jobs.task", task_id=made.id))
    by = documents.sender(today)
    run = arrears.send(
        step, wanted, reader, way=form.way.data, pay_by=form.pay_by.data, text=form.text.data, letter=db.session.get(Letter, whole(form.letter.data) or 0),
        by=current_user, seen=form.figures, mail=lambda run, one, who: documents.mail_text(run, who, one.amount, one.months, by), today=today,
    )
    flash(_("已登錄寄發 %(n)s 件；請列印、寄出，再登錄送達。", n=run.counts["people"]), "success")
    return redirect(url_for("arrears.run", run_id=run.id))
