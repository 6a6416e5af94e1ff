"""Asking people in: the invitations, the mail, the slip; and the slip or the mail for a lost password."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, flash, redirect, request, url_for

from unionops.core import clock
from unionops.core.accounts import documents, queries, rules, services
from unionops.core.accounts.documents import Slip
from unionops.core.accounts.forms import ActForm, InviteForm
from unionops.core.accounts.models import Invitation, Ticket
from unionops.core.accounts.roles import ROLES
from unionops.core.accounts.services import tickets
from unionops.core.accounts.views.area import area, myself, person_of
from unionops.core.addresses import public_address
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import Document, serving
from unionops.core.i18n import _, _l
from unionops.core.notify import services as notify
from unionops.core.pages import Paging, here, page, union_name


@area.screen(
    "/users/invite", title=_l("邀請使用者"), permission="accounts.invite", methods=["GET", "POST"], parent="accounts.users", fresh=True
)
def invite():
    form = InviteForm(manages=myself().can("accounts.manage"))
    if form.validate_on_submit():
        with form.catching():
            now = clock.now()
            made = services.invitations.invite(
                form.name.data, email=form.email.data or "", wanted=form.wanted(), locale=form.locale.data, by=myself(), now=now
            )
            if made.email and notify.can_be_mailed():
                services.invitations.mail(made, union=union_name(), now=now)
                flash(_("已寄出%(name)s的邀請信。", name=made.name), "success")
            else:
                flash(_("已建立%(name)s的邀請，請印邀請單交給本人。", name=made.name), "success")
            return redirect(url_for(".invitation", invitation_id=made.id))
    return page("accounts/invite.html", form=form, can_mail=notify.can_be_mailed())


@area.screen("/users/invitations", title=_l("邀請"), permission="accounts.read", parent="accounts.users")
def invitations():
    state = request.args.get("state", "")
    found = queries.invitations(state)
    paging = Paging(queries.count(found))
    rows = list(db.session.scalars(found.limit(paging.size).offset(paging.offset)))
    last = queries.last_tickets(rows)
    shown = [(word, text, word == state) for word, text in (("", _("等待中")), ("ended", _("已接受或撤回")), ("all", _("全部")))]
    return page(
        "accounts/invitations.html",
        rows=[_shown(row, last.get(row.id)) for row in rows],
        paging=paging,
        views=[{"label": text, "url": here(state=word or None, page=None), "current": current} for word, text, current in shown],
    )


@area.screen("/users/invitations/<int:invitation_id>", title=_l("邀請"), permission="accounts.read", parent="accounts.invitations", personal=True)
def invitation(invitation_id: int):
    found = _invitation(invitation_id)
    recording.subject(found)
    return page(
        "accounts/invitation.html",
        title=found.name,
        invitation=found,
        row=_shown(found, queries.last_tickets([found]).get(found.id)),
        scopes={str(pointer): title for pointer, title in queries.scopes()},
        roles=ROLES,
        conflicts=rules.role_conflicts({role for role, _scope in found.wanted}),
        can_mail=bool(found.email) and notify.can_be_mailed(),
        only_here=not current_app.config["PUBLIC_URL"],
        days=current_app.config["INVITATION_DAYS"],
    )


def _invitation(invitation_id: int) -> Invitation:
    found: Invitation = db.session.get(Invitation, invitation_id) or abort(404)
    return found


def _shown(row: Invitation, ticket: Ticket | None) -> dict[str, Any]:
    """A line of the list: the invitation and where it stands."""
    state = rules.invitation_state(
        is_accepted=row.user_id is not None, is_withdrawn=row.withdrawn_at is not None,
        ticket=tickets.state(ticket, clock.now()) if ticket else "",
    )
    held = {role for role, _scope in row.wanted}
    return {
        "id": row.id, "invitation": row, "ticket": ticket, "state": state, "conflicts": rules.role_conflicts(held),
        "titles": [str(title) for role, title in ROLES.items() if role in held],
    }


@area.screen(
    "/users/invitations/<int:invitation_id>/mail", title=_l("寄邀請信"), permission="accounts.invite", methods=["POST"],
    parent="accounts.invitation",
)
def mail_invitation(invitation_id: int):
    found, form = _invitation(invitation_id), ActForm()
    if not notify.can_be_mailed():
        abort(409)
    with form.catching():
        services.invitations.mail(found, union=union_name(), now=clock.now())
        flash(_("已寄出%(name)s的邀請信。", name=found.name), "success")
    return _back(form, url_for(".invitation", invitation_id=invitation_id))


@area.screen(
    "/users/invitations/<int:invitation_id>/slip", title=_l("印邀請單"), permission="accounts.invite", methods=["POST"],
    parent="accounts.invitation", exact=True,
)
def print_invitation(invitation_id: int):
    found, form = _invitation(invitation_id), ActForm()
    with form.catching():
        issued = services.invitations.printed(found, now=clock.now())
        titles = _shown(found, None)["titles"]
        return _sent(documents.invitation_slip(_slip(found.name, issued, found.locale), titles), found.name)
    return _back(form, url_for(".invitation", invitation_id=invitation_id))


@area.screen(
    "/users/invitations/<int:invitation_id>/withdraw", title=_l("撤回邀請"), permission="accounts.invite", methods=["POST"],
    parent="accounts.invitation",
)
def withdraw_invitation(invitation_id: int):
    found = _invitation(invitation_id)
    services.invitations.withdraw(found, now=clock.now())
    flash(_("已撤回%(name)s的邀請；寄出的連結和印出的單子都作廢。", name=found.name), "success")
    return redirect(url_for(".invitations"))


# --- a lost password --------------------------------------------------------------------------------------------------


@area.screen("/users/<int:user_id>/reset-password", title=_l("重設密碼"), permission="accounts.manage", parent="accounts.user", fresh=True)
def reset_password(user_id: int):
    person = person_of(user_id)
    return page("accounts/reset_password.html", user=person, can_mail=bool(person.email) and notify.can_be_mailed())


@area.screen(
    "/users/<int:user_id>/reset-password/mail", title=_l("寄重設密碼的信"), permission="accounts.manage", methods=["POST"],
    parent="accounts.reset_password", fresh=True,
)
def mail_reset(user_id: int):
    person, form = person_of(user_id), ActForm()
    if not notify.can_be_mailed():
        abort(409)
    with form.catching():
        if services.resets.mail(person, union=union_name(), now=clock.now()):
            flash(_("已寄出重設密碼的連結給%(name)s。", name=person.name), "success")
        else:
            flash(_("一小時內已經寄過幾封，請先看信箱；或改印單子。"), "warning")
    return _back(form, url_for(".user", user_id=user_id))


@area.screen(
    "/users/<int:user_id>/reset-password/slip", title=_l("印重設密碼單"), permission="accounts.manage", methods=["POST"],
    parent="accounts.reset_password", fresh=True, exact=True,
)
def print_reset(user_id: int):
    person, form = person_of(user_id), ActForm()
    with form.catching():
        issued = services.resets.printed(person, now=clock.now())
        return _sent(documents.reset_slip(_slip(person.name, issued, person.locale), person.username), person.name)
    return _back(form, url_for(".user", user_id=user_id))


# --- papers -----------------------------------------------------------------------------------------------------------


def _slip(name: str, issued: tickets.Issued, locale: str) -> Slip:
    return Slip(
        union=union_name(), name=name, link=tickets.link(issued), site=public_address("accounts.slip"), code=issued.code,
        expires_at=issued.expires_at, locale=locale,
    )


def _sent(document: Document, name: str) -> Response:
    return serving.send(serving.made(document, "pdf"), f"{document.title} {name}")


def _back(form: ActForm, target: str) -> Response:
    """Back to the page of the button; what was refused is told there."""
    for told in form.form_errors:
        flash(told, "error")
    return redirect(target)
