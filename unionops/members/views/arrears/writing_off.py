"""What is written off as lost, of one person or of many, always by a resolution."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import Paging, page
from unionops.members import queries as members
from unionops.members.forms.arrears import GiveUpForm
from unionops.members.queries import arrears as queries
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services.dues import writing_off
from unionops.members.views.area import acting
from unionops.members.views.arrears.area import SERVES, area
from unionops.members.views.arrears.debtors import asked, lines
from unionops.values.money import ntd
from unionops.values.problems import RuleBroken, problem

WRITE_OFF: dict[str, Any] = {"permission": "dues.write_off", **SERVES, "methods": ["GET", "POST"], "once": True}


@area.screen("/person/<int:person_id>/write-off", title=_l("沖銷呆帳"), **WRITE_OFF, parent="arrears.person", personal=True)
def write_off(person_id: int):
    one, today = members.person_for(acting(), person_id), clock.today()
    recording.subject(one)
    items = queries.open_items([person_id], today).get(person_id, [])
    form = GiveUpForm(data={"on": today})
    form.pre((item.charge_id, _("%(text)s %(day)s 到期，未繳 %(open)s 元", text=item.text, day=show_date(item.due_on), open=ntd(item.open))) for item in items)
    if form.validate_on_submit():
        with form.catching():
            open_ = {item.charge_id: item.open for item in items}
            total = writing_off.give_up(
                {number: open_[number] for number in form.charges.data}, AdjustmentKind.WRITE_OFF, why=form.why.data, resolution=form.resolution.data,
                on=form.on.data, today=today,
            )
            flash(_("已沖銷 %(amount)s 元。", amount=ntd(total)), "success")
            return redirect(url_for("arrears.person", person_id=person_id))
    return page("arrears/write_off.html", title=_("%(name)s：沖銷呆帳", name=one.name), form=form, person=one, items=items, total=sum(item.open for item in items))


@area.screen("/write-off", title=_l("整批沖銷呆帳"), **WRITE_OFF, parent="arrears.index", personal=True)
def write_off_many():
    """Everything overdue of all whom the list before meant: seen first, then written off together or not at all."""
    today, wanted = clock.today(), asked()
    rows = queries.behind(acting(), today, wanted)
    form = GiveUpForm(data={"on": today})
    form.pre(())
    form.charges.data = []
    total = sum(one.amount for one in rows)
    if form.validate_on_submit():
        with form.catching():
            if form.figures != (len(rows), total):
                raise RuleBroken(problem("", "預覽之後有人繳費或資料更動，請重新看過名單。", code="stale"))
            items = queries.open_items([one.person_id for one in rows], today)
            given = writing_off.give_up(
                {item.charge_id: item.open for some in items.values() for item in some}, AdjustmentKind.WRITE_OFF, why=form.why.data,
                resolution=form.resolution.data, on=form.on.data, today=today,
            )
            flash(_("已沖銷 %(n)s 人，共 %(amount)s 元。", n=len(rows), amount=ntd(given)), "success")
            return redirect(url_for("arrears.index"))
    elif not form.is_submitted():
        form.show(len(rows), total)
    paging = Paging(len(rows))
    return page(
        "arrears/write_off_many.html", form=form, rows=lines(rows[paging.offset : paging.offset + paging.size]), paging=paging, total=total,
    )
