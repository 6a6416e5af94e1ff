"""Standing orders: authorisations, runs of orders to the bank, its answers."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, send_file, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.i18n import _, _l, show_month
from unionops.core.pages import Paging, page
from unionops.core.union import queries as union
from unionops.members.forms.debit import EndForm, MandateForm, ResultForm, RunForm
from unionops.members.forms.people import EmptyForm
from unionops.members.models import Person
from unionops.members.models.debit import DebitMandate, DebitRun
from unionops.members.queries import debit as queries
from unionops.members.rules import debit as rules
from unionops.members.rules.dues import months_on
from unionops.members.services import debit
from unionops.members.views.checkoff.area import MANAGE, SERVES, all_of_it, area
from unionops.values import masks

ONLY: dict[str, Any] = {"permission": "checkoff.manage", **SERVES}
TAKEN = recording.sentence("debit.taken", _l("取得 %(on)s 帳戶扣款檔"))


def _run(run_id: int) -> DebitRun:
    all_of_it()
    return db.session.get(DebitRun, run_id) or abort(404)


@area.screen("/debits", title=_l("帳戶扣款"), **ONLY, personal=True, parent="checkoff.index")
def debits():
    """Runs and authorisations."""
    all_of_it()
    paging = Paging(queries.mandate_count())
    mandates = [
        SimpleNamespace(mandate=one, person=person, account=masks.mask_account(one.account))
        for one, person in queries.mandates(offset=paging.offset, limit=paging.size)
    ]
    return page("checkoff/debits.html", runs=queries.runs(), mandates=mandates, paging=paging, today=clock.today())


@area.screen("/debits/mandates/new", title=_l("登錄扣款授權"), **MANAGE, once=True, personal=True, parent="checkoff.debits")
def add_mandate():
    all_of_it()
    form = MandateForm(data={"from_on": clock.today()})
    if form.validate_on_submit():
        with form.catching():
            person = db.session.get_one(Person, form.person.data.id)
            debit.authorise(person, bank=form.bank.data, account=form.account.data, from_on=form.from_on.data, note=form.note.data or "")
            flash(_("已登錄 %(name)s 的扣款授權。", name=person.name), "success")
            return redirect(url_for(".debits"))
    return page("checkoff/act.html", title=_("登錄扣款授權"), heading=_("登錄扣款授權"), form=form, submit=_("登錄授權"), back=url_for(".debits"))


@area.screen("/debits/mandates/<int:mandate_id>/end", title=_l("終止扣款授權"), **MANAGE, personal=True, parent="checkoff.debits")
def end_mandate(mandate_id: int):
    all_of_it()
    mandate = db.session.get(DebitMandate, mandate_id) or abort(404)
    person = db.session.get_one(Person, mandate.person_id)
    form = EndForm(data={"until_on": clock.today()})
    if form.validate_on_submit():
        with form.catching():
            debit.end(mandate, until_on=form.until_on.data)
            flash(_("已終止 %(name)s 的扣款授權。", name=person.name), "success")
            return redirect(url_for(".debits"))
    heading = _("終止 %(name)s 的扣款授權", name=person.name)
    return page("checkoff/act.html", title=heading, heading=heading, form=form, submit=_("終止授權"), back=url_for(".debits"))


@area.screen("/debits/new", title=_l("製作扣款檔"), **MANAGE, once=True, personal=True, parent="checkoff.debits")
def make_debit():
    all_of_it()
    today = clock.today()
    months = [months_on(today, at) for at in range(1, -6, -1)]
    form = RunForm(
        [(one.strftime("%Y-%m"), show_month(one)) for one in months],
        [(one.key, one.title) for one in rules.layouts().values()],
        [("", "–"), *((str(one.id), f"{one.bank} {one.masked_number}") for one in union.bank_accounts() if one.until_on is None)],
        data={"period": months[1].strftime("%Y-%m"), "collect_on": today},
    )
    if form.validate_on_submit():
        with form.catching():
            period = next(one for one in months if one.strftime("%Y-%m") == form.period.data)
            account = next((one for one in union.bank_accounts() if str(one.id) == form.account.data), None)
            run = debit.make(period, form.collect_on.data, layout=form.layout.data, account=account, today=today)
            flash(_("扣款檔已製作，%(count)s 筆。", count=run.counts["count"]), "success")
            return redirect(url_for(".debit_run", run_id=run.id))
    people = queries.due(months[1], today)
    return page("checkoff/make_debit.html", form=form, people=people, total=sum(one.amount for one in people if not one.is_drawn))


@area.screen("/debits/<int:run_id>", title=_l("扣款批次"), **ONLY, personal=True, parent="checkoff.debits")
def debit_run(run_id: int):
    run = _run(run_id)
    return page("checkoff/debit.html", title=_("%(month)s帳戶扣款", month=show_month(run.period_on)), run=run,
                names=queries.names(run), layout=rules.layouts()[run.layout])


@area.screen("/debits/<int:run_id>/file", title=_l("下載扣款檔"), **ONLY, personal=True, fresh=True, exact=True, parent="checkoff.debit_run")
def debit_file(run_id: int):
    run = _run(run_id)
    row = union.the_union()
    recording.describe(TAKEN, run, on=run.collect_on)
    content = debit.file_of(run, union=(row.tax_number if row and row.tax_number else "")[:8])
    response = send_file(io.BytesIO(content), mimetype="text/plain", as_attachment=True, download_name=serving.file_name(f"debit-{run.collect_on:%Y%m%d}-{run.id}", "txt"))
    response.headers["Cache-Control"] = "no-store"
    return response


@area.screen("/debits/<int:run_id>/answer", title=_l("匯入扣款結果"), **MANAGE, once=True, parent="checkoff.debit_run")
def debit_answer(run_id: int):
    run = _run(run_id)
    form = ResultForm()
    if form.validate_on_submit():
        with form.catching():
            drawn, refused = debit.read_answer(run, form.file.data.stream.read(1 << 24), today=clock.today())
            flash(_("已入帳 %(drawn)s 筆，扣不到 %(refused)s 筆。", drawn=drawn, refused=refused), "success")
            return redirect(url_for(".debit_run", run_id=run_id))
    return page("checkoff/act.html", title=_("匯入扣款結果"), heading=_("匯入扣款結果"), form=form, submit=_("讀入並入帳"), back=url_for(".debit_run", run_id=run_id),
                note=_("成功的入扣款日的帳；扣不到的留下原因，下次可以再扣。檔案與這一批不符就全部不入。"))


@area.screen("/debits/<int:run_id>/drop", title=_l("刪除扣款檔"), **MANAGE, parent="checkoff.debit_run")
def drop_debit(run_id: int):
    run = _run(run_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            debit.drop(run)
            flash(_("扣款檔已刪除。"), "success")
            return redirect(url_for(".debits"))
    return page("checkoff/confirm.html", title=_("刪除扣款檔"), form=form, verb=_("刪除扣款檔"), back=url_for(".debit_run", run_id=run_id), heading=_("刪除扣款檔"),
                will_change=_("這一批扣款刪除，這些會員可以重新送扣。"), also=_("已經交給銀行的話，請另外通知銀行撤銷。"), unchanged=_("會員的應收款不動。"))
