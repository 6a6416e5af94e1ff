"""Appointments: one of them, new, changed, cancelled."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.attachments import queries as attachments
from unionops.core.calendar import forms, queries, services
from unionops.core.calendar.views.area import area, same_version
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.core.screens import SIGNED_IN


@area.screen("/appointments/<int:appointment_id>", title=_l("行程內容"), permission=SIGNED_IN, parent="calendar.month")
def appointment(appointment_id: int):
    one = queries.appointment_for(current_user, appointment_id)
    pointer = refs.ref(one)
    return page(
        "calendar/appointment.html", title=one.title, one=one, entry=queries.entry(one), may_change=queries.may_change(current_user, one),
        record=refs.look_up([one.ref], current_user).get(one.ref) if one.ref is not None else None,
        pointer=pointer, files=attachments.of_record(pointer),
    )


@area.screen("/appointments/new", title=_l("新增行程"), permission=queries.KEEP, parent="calendar.month", methods=["GET", "POST"], once=True)
def add_appointment():
    form = forms.AddAppointmentForm()
    if form.validate_on_submit():
        with form.catching():
            made = services.add_appointment(owner=current_user._get_current_object(), **_facts(form), today=clock.today())
            flash(_("已新增行程。"), "success")
            return redirect(url_for(".appointment", appointment_id=made.id))
    return page("calendar/add_appointment.html", form=form)


@area.screen(
    "/appointments/<int:appointment_id>/edit", title=_l("修改行程"), permission=queries.KEEP, parent="calendar.appointment", methods=["GET", "POST"]
)
def edit_appointment(appointment_id: int):
    one = queries.appointment_to_change(current_user, appointment_id)
    told = _told(one)
    form = forms.AppointmentForm(data=told | {"version": one.version})
    if form.validate_on_submit():
        same_version(one, form, url_for(".edit_appointment", appointment_id=one.id), {name: told[name] for name in ("title", "place", "starts_on", "note")})
        with form.catching():
            services.change_appointment(one, **_facts(form), today=clock.today())
            flash(_("已修改行程，並通知參加的人。"), "success")
            return redirect(url_for(".appointment", appointment_id=appointment_id))
    return page("calendar/edit_appointment.html", form=form, one=one)


@area.screen(
    "/appointments/<int:appointment_id>/cancel", title=_l("取消行程"), permission=queries.KEEP, parent="calendar.appointment", methods=["GET", "POST"]
)
def cancel_appointment(appointment_id: int):
    one = queries.appointment_to_change(current_user, appointment_id)
    form = forms.CancelForm()
    if form.validate_on_submit():
        with form.catching():
            services.cancel_appointment(one, why=form.why.data, now=clock.now())
            flash(_("已取消行程，並通知參加的人。"), "success")
            return redirect(url_for(".appointment", appointment_id=appointment_id))
    return page("calendar/cancel_appointment.html", form=form, one=one)


def _facts(form: forms.AppointmentForm) -> dict[str, Any]:
    """What the form says, as the services take it."""
    starts_at, ends_at = form.span
    people = db.session.scalars(db.select(User).where(User.id.in_(map(int, form.attendees.data or [])))).all()
    return {
        "title": form.title.data, "place": form.place.data or "", "note": form.note.data or "", "starts_at": starts_at, "ends_at": ends_at,
        "all_day": form.all_day.data, "attendees": people,
    }


def _told(one: Any) -> dict[str, Any]:
    """A stored appointment as the form shows it."""
    entry = queries.entry(one)
    first, last = entry.days
    return {
        "title": one.title, "place": one.place, "note": one.note, "all_day": one.all_day, "starts_on": first,
        "ends_on": last if last != first else None, "starts_time": None if one.all_day else entry.starts_at.time(),
        "ends_time": None if one.all_day else entry.ends_at.time(), "attendees": [str(user.id) for user in one.attendees],
    }
