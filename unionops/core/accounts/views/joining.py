"""Coming in by a ticket: from the link of a mail, the QR of a slip or its typed code, to an account of one's own or a new password.

The token leaves the address at once (the signed cookie remembers the ticket's number), so that it is in no history and in no Referer.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, request, session, url_for

from unionops.core import clock
from unionops.core.accounts import rules, services
from unionops.core.accounts.forms import JoinForm, JoinWithPasskeyForm, NewPasswordForm, SlipForm
from unionops.core.accounts.models import Ticket
from unionops.core.accounts.roles import ROLES
from unionops.core.accounts.services import tickets
from unionops.core.accounts.views.area import area, shown_once, signed_in, site
from unionops.core.accounts.views.passkeys import answered, asked, refuse_bare_address
from unionops.core.db import db
from unionops.core.i18n import _, _l, language, say
from unionops.core.limits import limiter
from unionops.core.pages import union_name
from unionops.core.screens import PUBLIC
from unionops.values.problems import Problem


@area.screen("/slip/<token>", title=_l("開啟邀請或重設密碼"), permission=PUBLIC)
@limiter.limit("30 per minute", override_defaults=False)
def open_ticket(token: str):
    return _enter(tickets.by_token(token))


@area.screen("/slip", title=_l("輸入單子上的代碼"), permission=PUBLIC, methods=["GET", "POST"], parent="accounts.sign_in")
@limiter.limit("10 per minute", methods=["POST"], override_defaults=False)
def slip():
    form = SlipForm()
    if form.validate_on_submit():
        found = tickets.by_code(form.code.data)
        if found is not None:
            return _enter(found)
        form.refuse(Problem("code", "沒有這個代碼。請對照單子再輸入一次；仍不行時，請給你單子的人再印一張。"))
    return shown_once("accounts/slip.html", form=form)


def _enter(ticket: Ticket | None) -> Response:
    if ticket is None or tickets.state(ticket, clock.now()) != "open":
        return _void(ticket)
    session["ticket"] = ticket.id
    return redirect(url_for(".join" if ticket.invitation_id else ".new_password"))  # type: ignore[return-value]


def _void(ticket: Ticket | None) -> Response:
    """Why it does not open, and what to do; one who only guesses learns nothing."""
    session.pop("ticket", None)
    state = tickets.state(ticket, clock.now()) if ticket else "unknown"
    response = shown_once("accounts/ticket_void.html", state=state, is_reset=ticket is not None and ticket.user_id is not None)
    response.status_code = 410 if ticket else 404
    return response


def _held(*, invitation: bool) -> Ticket | Response:
    """The ticket with which this browser came in; else where to go instead."""
    ticket = db.session.get(Ticket, session.get("ticket", 0))
    if ticket is None or (ticket.invitation_id is not None) != invitation:
        return redirect(url_for(".slip"))  # type: ignore[return-value]
    return ticket if tickets.state(ticket, clock.now()) == "open" else _void(ticket)


# --- an account of one's own ------------------------------------------------------------------------------------------


@area.screen("/join", title=_l("接受邀請"), permission=PUBLIC, methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def join():
    ticket = _held(invitation=True)
    if not isinstance(ticket, Ticket):
        return ticket
    form = JoinForm(locale=_locale(ticket))
    if form.validate_on_submit():
        with form.catching():
            user = services.invitations.accept(
                ticket.id, form.username.data, password=form.new_password.data, locale=form.locale.data, now=clock.now()
            )
            return signed_in(user)
    return _join_page("accounts/join.html", ticket, form)


@area.screen("/join/passkey", title=_l("用通行金鑰接受邀請"), permission=PUBLIC, methods=["GET", "POST"], parent="accounts.join")
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def join_by_passkey():
    ticket = _held(invitation=True)
    if not isinstance(ticket, Ticket):
        return ticket
    form = JoinWithPasskeyForm(locale=_locale(ticket))
    if form.validate_on_submit():
        with form.catching():
            now, username = clock.now(), form.username.data.strip().casefold()
            challenge = answered("join", username=username)
            user = services.invitations.accept(ticket.id, username, password=None, locale=form.locale.data, now=now)
            device = rules.device_name(request.user_agent.string) or _("第一個裝置")
            services.passkeys.register(user, form.credential.data, challenge=challenge, site=site(), name=device, now=now)
            return signed_in(user, by_passkey=True)
    return _join_page("accounts/join_by_passkey.html", ticket, form)


@area.screen("/join/passkey/question", title=_l("用通行金鑰接受邀請"), permission=PUBLIC, methods=["POST"], exact=True)
@limiter.limit("30 per minute", override_defaults=False)
def join_question():
    ticket = _held(invitation=True)
    if not isinstance(ticket, Ticket) or ticket.invitation is None:
        return _told(_("邀請已失效。請重新整理頁面。"))
    if refused := refuse_bare_address():
        return refused
    username = request.form.get("username", "").strip().casefold()[:80]
    if problems := services.people.username_problems(username):
        return _told(say(problems[0]))
    question = services.passkeys.question_for_new(site(), union=union_name(), username=username, name=ticket.invitation.name, held=[])
    return asked("join", question, username=username)


def _told(text: str) -> Response:
    response = jsonify({"problem": text})
    response.status_code = 422
    return response


def _locale(ticket: Ticket) -> str:
    return (ticket.invitation.locale if ticket.invitation else "") or language()


def _join_page(template: str, ticket: Ticket, form: Any) -> Response:
    # The form may have rolled the unit back: what the page shows is read again.
    held = db.session.get_one(Ticket, ticket.id)
    roles = {role for role, _scope in held.invitation.wanted} if held.invitation else set()
    return shown_once(
        template, form=form, invitation=held.invitation, titles=[str(title) for role, title in ROLES.items() if role in roles]
    )


# --- a new password ---------------------------------------------------------------------------------------------------


@area.screen("/new-password", title=_l("設定新密碼"), permission=PUBLIC, methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def new_password():
    ticket = _held(invitation=False)
    if not isinstance(ticket, Ticket):
        return ticket
    form = NewPasswordForm()
    username = ticket.user.username if ticket.user else ""
    if form.validate_on_submit():
        with form.catching():
            services.resets.reset(ticket.id, form.new_password.data, now=clock.now())
            session.pop("ticket", None)
            flash(_("已設定新密碼，所有登入都已結束。請用新密碼登入。"), "success")
            return redirect(url_for(".sign_in"))
    return shown_once("accounts/new_password.html", form=form, username=username)
