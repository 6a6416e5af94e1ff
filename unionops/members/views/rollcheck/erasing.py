"""Taking away what may no longer be kept of people who left: the dry run, the asking, what came of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.approvals import queries as approvals
from unionops.core.i18n import _, _l, listed, show_date
from unionops.core.legal import queries as legal
from unionops.core.pages import Paging, here, page
from unionops.members import life_wording as words
from unionops.members.forms.rollcheck import DoForm
from unionops.members.models import Erasure
from unionops.members.queries import retention as reads
from unionops.members.rules import retention as rules
from unionops.members.services import retention
from unionops.members.views.area import of_everybody
from unionops.members.views.rollcheck.area import area
from unionops.values.refs import Ref

ERASE: dict[str, Any] = {"permission": "rollcheck.erase", "task": "T1.2", "indicators": ["P1.2.2"]}
STATES = {retention.ASKED_STATE: ("soon", _l("等待核可")), retention.RUNNING: ("soon", _l("刪減中")), retention.DONE: ("ok", _l("已刪減")), retention.RETURNED: ("off", _l("退回，沒有刪減"))}

refs.register(
    "erasure", Erasure, label=_l("個資刪減"), title=lambda one: _("%(day)s 提出的個資刪減", day=show_date(one.asked_on)), endpoint="rollcheck.erasure",
    argument="erasure_id", among=refs.allowed(Erasure, "rollcheck.erase"),
)


@area.screen("/erasures", title=_l("出會者個資刪減"), **ERASE, personal=True, parent="rollcheck.checks")
def erasures():
    of_everybody()
    today = clock.today()
    run = reads.dry_run(today)
    which = "stays" if request.args.get("show") == "stays" else "due"
    found = run.due if which == "due" else run.stays
    paging = Paging(len(found))
    rows = [SimpleNamespace(
        name=one.name, numbers=one.numbers, url=url_for("members.person", person_id=one.id), left_on=one.left_on, until=one.until,
        what=listed([str(words.KEPT_FIELDS[name]) for name in one.fields]) if which == "due" else listed([str(words.HOLDS[hold]) for hold in one.holds]),
    ) for one in found[paging.offset:paging.offset + paging.size]]
    past = reads.erasures()
    return page(
        "rollcheck/erasures.html", run=run, rows=rows, which=which, paging=paging, bases=rules.bases(legal.book().at(today)),
        tabs_shown=[{"label": _("到期可刪減"), "url": here(show=None, page=None), "count": len(run.due), "current": which == "due"},
                    {"label": _("暫不刪減"), "url": here(show="stays", page=None), "count": len(run.stays), "current": which == "stays"}],
        fields=_counted(run.fields), reasons=[(words.HOLDS[hold], _("%(n)s 人", n=count)) for hold, count in run.reasons.items()],
        waiting=next((one for one in past if one.state in (retention.ASKED_STATE, retention.RUNNING)), None),
        past=[(show_date(one.asked_on), STATES[one.state][1]) for one in past],
    )


@area.screen("/erasures/new", title=_l("提請刪減"), **ERASE, methods=["GET", "POST"], once=True, fresh=True, parent="rollcheck.erasures")
def ask_erasure():
    of_everybody()
    today = clock.today()
    form = DoForm()
    if form.validate_on_submit():
        with form.catching():
            made = retention.ask(by=current_user, today=today, now=clock.now())
            flash(_("已提請理事長核可；核可前什麼都不會刪。"), "success")
            return redirect(url_for("rollcheck.erasure", erasure_id=made.id))
    return page("rollcheck/ask_erasure.html", title=_("提請刪減個人資料"), form=form, run=reads.dry_run(today), bases=rules.bases(legal.book().at(today)))


@area.screen("/erasures/<int:erasure_id>", title=_l("個資刪減"), **ERASE, parent="rollcheck.erasures")
def erasure(erasure_id: int):
    of_everybody()
    one = reads.erasure_for(erasure_id)
    return page("rollcheck/erasure.html", title=_("%(day)s 提出的個資刪減", day=show_date(one.asked_on)), one=one, shown=STATES[one.state], fields=_counted(one.counts),
                history=approvals.of_record(Ref("erasure", one.id)), has_stopped=one.state == retention.RUNNING and not retention.is_going(one))


@area.screen("/erasures/<int:erasure_id>/again", title=_l("重新執行刪減"), **ERASE, methods=["POST"], once=True, parent="rollcheck.erasure")
def erase_again(erasure_id: int):
    """When the background broke off: it was confirmed, and nothing of it is done."""
    of_everybody()
    one, form = reads.erasure_for(erasure_id), DoForm()
    if form.validate_on_submit():
        with form.catching():
            retention.begin(one, by=current_user)
            flash(_("已重新在背景執行。"), "success")
            return redirect(url_for("rollcheck.erasure", erasure_id=erasure_id))
    flash(form.form_errors[0] if form.form_errors else _("請再試一次。"), "error")
    return redirect(url_for("rollcheck.erasure", erasure_id=erasure_id))


def _counted(fields: dict[str, int]) -> list[tuple[Any, Any]]:
    return [(words.KEPT_FIELDS[name], _("%(n)s 項", n=f"{count:,}")) for name, count in fields.items() if name in words.KEPT_FIELDS]
