"""Bill notices of a run: on paper for whom to post them, by mail for whoever has an address."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.audit import recording
from unionops.core.documents import render_batch, serving
from unionops.core.i18n import _, _l
from unionops.core.jobs import tasks
from unionops.core.pages import page
from unionops.members.documents import billing as papers
from unionops.members.forms.billing import NoticesForm
from unionops.members.models import BillRun
from unionops.members.queries import bills
from unionops.members.services.dues import drafts, noticing
from unionops.members.views.area import acting
from unionops.members.views.dues.area import BILL, BOTH, area
from unionops.members.views.dues.runs import the_run

AT_ONCE = 100
"""Papers that are set while somebody waits."""

refs.register(
    "bill_run", BillRun, label=_l("開單批次"), title=lambda run: run.title, endpoint="dues.run", argument="run_id", among=refs.allowed(BillRun, "dues.read"),
)


@area.screen("/runs/<int:run_id>/notices", title=_l("繳費通知"), **BILL, methods=BOTH, once=True, parent="dues.run", personal=True)
def notices(run_id: int):
    run = the_run(run_id)
    if run.reversed_on is not None:
        flash(_("這次開單已經撤銷，沒有要通知的。"), "warning")
        return redirect(url_for(".run", run_id=run_id))
    form = NoticesForm()
    counts = bills.to_tell(run, acting())
    if form.validate_on_submit():
        with form.catching():
            if form.way.data == "mail":
                return _mail(run, again=form.again.data, count=counts.mail)
            return _print(run, only_paper=form.way.data == "paper", count=counts.people if form.way.data == "all" else counts.people - counts.mail)
    given = papers.occasion(run, clock.today())
    some = bills.bills_of_run(run, acting(), limit=1)
    return page(
        "dues/notices.html", title=run.title, form=form, run=run, counts=counts, sample=some[0] if some else None, given=given,
        numbers=papers.numbers(some[0], given) if some else [], mailed=noticing.mailed(run), preview=serving.preview(papers.notice(some[0], given)) if some else None,
    )


def _mail(run: BillRun, *, again: bool, count: int) -> Any:
    if drafts.is_large() and count:
        task = tasks.start("dues.mail_notices", current_user, title=run.title, run_id=run.id, again=again)
        return redirect(url_for("jobs.task", task_id=task.id))
    given = papers.occasion(run, clock.today())
    sent = noticing.mail_all(run, acting(), lambda bill: papers.mail_text(bill, given), again=again)
    flash(_("已寄出 %(count)s 封繳費通知。", count=f"{sent:,}"), "success")
    return redirect(url_for(".notices", run_id=run.id))


def _print(run: BillRun, *, only_paper: bool, count: int) -> Any:
    if not count:
        flash(_("沒有要列印的通知。"), "info")
        return redirect(url_for(".notices", run_id=run.id))
    recording.describe(noticing.PRINTED, run, title=run.title, count=count)
    if count > AT_ONCE:
        task = tasks.start("dues.print_notices", current_user, title=run.title, run_id=run.id, only_paper=only_paper)
        return redirect(url_for("jobs.task", task_id=task.id))
    given = papers.occasion(run, clock.today())
    some = [one for one in bills.bills_of_run(run, acting(), limit=10_000) if not (only_paper and one.email)]
    return serving.send(render_batch(list(papers.notices(some, given))), f"{papers.TITLE}-{run.title}")
