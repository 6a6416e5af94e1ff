"""Applications typed in by the office: at the counter or from the paper; corrected, withdrawn."""

from __future__ import annotations

from flask import request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.members.forms.joining import CorrectForm, ReceiveForm, WithdrawForm
from unionops.members.models import Prospect
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import Channel, State
from unionops.members.services.joining import receiving, telling
from unionops.members.views.joining.area import HANDLE, POSTS, application_of, area, back
from unionops.values.problems import problem

PAPER_VERSION = "書面告知"


@area.screen("/new", title=_l("登錄入會申請"), **HANDLE, methods=POSTS, once=True, parent="joining.index")
def receive():
    today, now = clock.today(), clock.now()
    form = ReceiveForm(queries.circumstances(today).kind, queries.reach(current_user))
    prospect = _prospect(form.prospect.data or request.args.get("prospect", ""))
    if not form.is_submitted():
        form.received_on.data = today
        if prospect is not None:
            form.prospect.data, form.name.data, form.mobile.data = str(prospect.id), prospect.name, prospect.phone
            form.unit.data = str(prospect.unit_id or "")
            if "employer" in form:
                form.employer.data = prospect.employer.name if prospect.employer else ""
            form.workplace.data, form.introducer.data = prospect.workplace, prospect.asked_by
    if form.validate_on_submit():
        if not form.privacy.data:
            form.refuse(problem("privacy", "要先告知個人資料事項並取得同意，才能受理。"))
        else:
            with form.catching():
                made = receiving.receive(
                    form.typed, channel=Channel(form.channel.data), received_on=form.received_on.data, privacy_version=_version(), unit=form.unit.chosen,
                    prospect=prospect, today=today,
                )
                for file in form.files.data:
                    attachments.add(telling.pointer(made), file, sensitive=True, by=current_user, now=now)
                return back(made, _("已受理，申請編號 %(number)s。接著核對資料與文件。", number=made.number))
    return page("joining/receive.html", form=form, prospect=prospect)


@area.screen("/<int:application_id>/correct", title=_l("更正申請內容"), **HANDLE, methods=POSTS, personal=True, parent="joining.application")
def correct(application_id: int):
    application, today = application_of(application_id), clock.today()
    recording.subject(telling.pointer(application))
    if queries.state_of(application) not in (State.RECEIVED, State.CHECKED):
        return back(application, _("送審之後不能更正；要改請先撤回送審。"))
    kind, reach = queries.circumstances(today).kind, queries.reach(current_user)
    if request.method == "POST":
        form = CorrectForm(kind, reach)
    else:
        form = CorrectForm(kind, reach, {**queries.typed(application), "unit": str(application.unit_id or "")})
    if form.validate_on_submit():
        with form.catching():
            # What this kind of form does not ask stays as it was.
            receiving.correct(application, queries.typed(application) | form.typed, unit=form.unit.chosen, today=today)
            return back(application, _("已更正；原來寫的仍保留。請重新審查。"))
        application = application_of(application_id)
    return page("joining/correct.html", form=form, application=application)


@area.screen("/<int:application_id>/withdraw", title=_l("撤回申請"), **HANDLE, methods=POSTS, once=True, parent="joining.application")
def withdraw(application_id: int):
    application = application_of(application_id)
    form = WithdrawForm()
    if form.validate_on_submit():
        with form.catching():
            receiving.withdraw(application, why=form.why.data, today=clock.today(), now=clock.now())
            return back(application, _("已登錄撤回。"))
        application = application_of(application_id)
    return page("joining/act.html", title=_("撤回 %(number)s", number=application.number), form=form, application=application, submit=_("登錄撤回"), kind="stop",
                say=_("申請人不再申請時登錄；審查不同意的，由理事會登錄決定。撤回後不能恢復，要再申請請另收一件。"), back=url_for(".application", application_id=application.id))


def _prospect(text: str) -> Prospect | None:
    """The person on the board whose application this is."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    found = queries.prospect_for(current_user, int(text))
    return found if found.application_id is None else None


def _version() -> str:
    """The version of the privacy notice that the office hands out."""
    form = queries.public_form()
    return form.notice_version if form is not None else PAPER_VERSION

