"""Who pays less, for how long and by what decision."""

from __future__ import annotations

from types import SimpleNamespace

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, addresses, here, page
from unionops.members import queries as members
from unionops.members.forms.billing import DayForm, ExemptionForm
from unionops.members.models import Exemption, Person, Scheme
from unionops.members.queries import bills
from unionops.members.services.dues import schemes as services
from unionops.members.views.area import acting
from unionops.members.views.dues.area import BILL, BOTH, SERVES, area
from unionops.values.refs import Ref

STATES = ("", "past", "all")


@area.screen("/exemptions", title=_l("減免"), permission="dues.read", **SERVES, parent="dues.runs", personal=True)
def exemptions():
    today = clock.today()
    state, text = request.args.get("state", ""), request.args.get("q", "")[:60]
    if state not in STATES:
        state = ""
    query = bills.exemptions(acting(), on=today, state=state, text=text)
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0)
    address = addresses("dues.account", "person_id")
    rows = [
        SimpleNamespace(row=one, name=name, number=number or "", url=address(one.person_id), what=title or _("所有經常會費"), over=one.until_on is not None and one.until_on < today,
                        coming=one.from_on > today)
        for one, name, number, title in db.session.execute(query.limit(paging.size).offset(paging.offset))
    ]
    tabs = [{"label": label, "url": here(state=word or None, page=None), "current": state == word}
            for word, label in (("", _("現在與將來")), ("past", _("已結束")), ("all", _("全部")))]
    return page("dues/exemptions.html", rows=rows, paging=paging, tabs_shown=tabs, text=text, state=state)


@area.screen("/exemptions/new", title=_l("新增減免"), **BILL, methods=BOTH, once=True, parent="dues.exemptions")
def add_exemption():
    given = request.args.get("person", "")
    form = ExemptionForm(data={"person": Ref("person", int(given))} if given.isascii() and given.isdigit() and len(given) < 12 else None)
    schemes = bills.schemes()
    form.offer(schemes)
    if form.validate_on_submit():
        with form.catching():
            person = members.person_for(acting(), form.person.data.id)
            scheme = next((one for one in schemes if str(one.id) == form.scheme.data), None)
            services.exempt(
                person, scheme, percent=form.percent.number, from_on=form.from_on.data, until_on=form.until_on.data, reason=form.reason.data or "",
                basis=form.basis.data or "",
            )
            flash(_("已登錄 %(name)s 的減免；已經開出的單要補正才會改。", name=person.name), "success")
            return redirect(url_for(".exemptions"))
    return page("dues/form.html", title=_("新增減免"), form=form, submit=_("登錄減免"), back_to=url_for(".exemptions"))


@area.screen("/exemptions/<int:exemption_id>/end", title=_l("結束減免"), **BILL, methods=BOTH, parent="dues.exemptions", personal=True)
def end_exemption(exemption_id: int):
    row: Exemption = db.session.get(Exemption, exemption_id) or abort(404)
    person: Person = members.person_for(acting(), row.person_id)
    recording.subject(person)
    scheme = db.session.get(Scheme, row.scheme_id) if row.scheme_id else None
    form = DayForm(data={"on": max(clock.today(), row.from_on)})
    if form.validate_on_submit():
        with form.catching():
            services.end_exemption(row, on=form.on.data)
            flash(_("%(name)s 的減免到這一天為止。", name=person.name), "success")
            return redirect(url_for(".exemptions"))
    return page(
        "dues/confirm.html", title=_("結束 %(name)s 的減免", name=person.name), form=form, verb=_("減免到這一天為止"), back_to=url_for(".exemptions"),
        change=_("%(what)s 減免 %(percent)s%%，之後照標準收", what=scheme.title if scheme else _("所有經常會費"), percent=row.percent),
        unchanged=_("已經開出的單，要補正才會改"), fields=["on"],
    )
