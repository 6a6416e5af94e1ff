"""The area itself: its name, its permissions, and how other areas point to a deadline or an appointment."""

from __future__ import annotations

from typing import Any

from unionops.core import refs
from unionops.core.attachments.registry import may_attach
from unionops.core.calendar import queries
from unionops.core.calendar.models import Appointment, Deadline
from unionops.core.clock import in_taipei
from unionops.core.errors import Conflict
from unionops.core.forms import Form
from unionops.core.i18n import _l, show_date, show_moment
from unionops.core.screens import Area

area = Area("calendar", title=_l("行事曆"), permissions={
    queries.KEEP: _l("登錄期限與行程，處理自己負責的期限"),
    queries.SUPERVISE: _l("督導全部期限與行程"),
})

refs.register(
    "deadline", Deadline, label=_l("期限"), title=lambda one: one.title, endpoint="calendar.deadline", argument="deadline_id",
    among=queries.visible_deadlines, follows=True, remark=lambda one: show_date(one.nominal_on),
    columns=(Deadline.title, Deadline.nominal_on),
)
may_attach("deadline", queries.may_act)  # The proof that it was met.
refs.register(
    "appointment", Appointment, label=_l("行程"), title=lambda one: one.title, endpoint="calendar.appointment", argument="appointment_id",
    among=queries.visible_appointments, follows=True, remark=lambda one: show_date(in_taipei(one.starts_at).date()),
    columns=(Appointment.title, Appointment.starts_at),
)
may_attach("appointment", queries.may_change)  # What is to be read before, what was handed out there.


def same_version(record: Any, form: Form, back: str, theirs: dict[str, Any]) -> None:
    """Two people who edit at once meet on a page that shows both. ``theirs`` are the stored values by field."""
    if form["version"].data in (str(record.version), record.version):
        return
    fields = [
        (str(form[name].label.text), _told(value), _told(form[name].data)) for name, value in theirs.items() if (value or "") != (form[name].data or "")
    ]
    raise Conflict(fields, back)


def _told(value: Any) -> str:
    if hasattr(value, "tzinfo") and hasattr(value, "year"):
        return show_moment(value)
    return show_date(value) if hasattr(value, "year") else str(value or "–")
