"""The public form, behind a switch, for anybody with the address; and the switch itself.

Nothing here tells a stranger whether somebody is a member or has applied: the answer is the same either way.
"""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, request, session, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.addresses import public_address
from unionops.core.attachments import queries as attached
from unionops.core.attachments import services as attachments
from unionops.core.i18n import _l
from unionops.core.limits import limiter
from unionops.core.pages import page
from unionops.core.screens import PUBLIC
from unionops.core.union import queries as union
from unionops.members.forms.joining import PublicForm, SwitchForm
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import NOTICE, Channel
from unionops.members.services.joining import opening, receiving, telling
from unionops.members.views.area import of_everybody
from unionops.members.views.joining.area import POSTS, SERVES, area, public
from unionops.values.refs import Ref

SENT = "30 per hour"
"""Forms from one address: a hall that joins together may share one line."""


@public.screen("", title=_l("線上入會申請"), permission=PUBLIC, methods=POSTS, once=True, **SERVES)
@limiter.limit(SENT, methods=["POST"])
def form():
    switch, today = queries.public_form(), clock.today()
    if switch is None or not switch.is_open:
        return _private(page("apply/closed.html", record=union.the_union(), lost=request.method == "POST"), 404)
    sheet = PublicForm(queries.circumstances(today).kind)
    if sheet.validate_on_submit():
        if sheet.is_machine:
            return redirect(url_for(".thanks"))
        with sheet.catching():
            made = receiving.receive(
                sheet.typed, channel=Channel.ONLINE, received_on=today, privacy_version=switch.notice_version, today=today,
            )
            if not _has_files(made.id):
                for file in sheet.files.data:
                    attachments.add(telling.pointer(made), file, sensitive=True, by=None, now=clock.now())
            session["applied"] = made.number
            return redirect(url_for(".thanks"))
    return _private(page("apply/apply.html", form=sheet, switch=switch, record=union.the_union()))


@public.screen("/thanks", title=_l("已收到申請"), permission=PUBLIC, **SERVES)
def thanks():
    return _private(page("apply/thanks.html", number=session.get("applied", ""), record=union.the_union()))


@area.screen("/public-form", title=_l("線上申請的開關"), permission="joining.decide", methods=POSTS, **SERVES, parent="joining.index")
def switch():
    of_everybody()
    now_is = queries.public_form()
    name = union.union_name()
    form = SwitchForm(data={
        "is_open": now_is.is_open if now_is else False, "introduction": now_is.introduction if now_is else "",
        "notice": now_is.notice if now_is else NOTICE.format(union=name),
    })
    if form.validate_on_submit():
        with form.catching():
            opening.set_form(
                is_open=form.is_open.data, introduction=form.introduction.data or "", notice=form.notice.data, by=current_user, now=clock.now()
            )
            return redirect(url_for(".switch"))
    return page("joining/switch.html", form=form, now_is=now_is, address=public_address("apply.form"))


def _has_files(application_id: int) -> bool:
    """Whether files came with it before: who sends the same again does not attach them twice."""
    return bool(attached.of_record(Ref(queries.KIND, application_id)))


def _private(response: Any, status: int | None = None) -> Any:
    response = make_response(response)
    if status is not None:
        response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
