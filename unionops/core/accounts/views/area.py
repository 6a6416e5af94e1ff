"""The area itself: its name, its permissions, how other areas point to a user, and what its screens share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Response, abort, current_app, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.accounts import queries, rules, sessions
from unionops.core.accounts.models import Invitation, User, UserSession
from unionops.core.accounts.services.passkeys import Site
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.pages import page
from unionops.core.screens import Area

area = Area(
    "accounts",
    title=_l("使用者與角色"),
    prefix="",
    permissions={
        "accounts.read": _l("檢視使用者與角色"), "accounts.invite": _l("邀請新使用者"), "accounts.manage": _l("管理使用者與角色"),
    },
)

refs.register(
    "user", User, label=_l("使用者"), title=lambda user: user.name, endpoint="accounts.user", argument="user_id",
    among=lambda viewer: None if viewer.can("accounts.read") else sa.select(User.id).where(User.id == viewer.id),
    columns=(User.name,),
)
refs.register(
    "invitation", Invitation, label=_l("邀請"), title=lambda invitation: invitation.name, endpoint="accounts.invitation",
    argument="invitation_id", among=refs.allowed(Invitation, "accounts.read"), columns=(Invitation.name,),
)


def myself() -> User:
    """The signed-in person as the unit's own object."""
    person: User = current_user._get_current_object()
    return person


def person_of(user_id: int) -> User:
    """The user of an address, or 404."""
    person: User = db.session.get(User, user_id) or abort(404)
    return person


def address() -> str:
    """Where the request comes from, for the locks."""
    return request.remote_addr or ""


def goes_on() -> str:
    """Where to go on: only an address of this site."""
    target = request.args.get("next", "")
    return target if rules.is_local(target) else url_for("overview.desk")


def signed_in(user: User, *, by_passkey: bool = False) -> Any:
    """Begins the sign-in of this browser and leads on."""
    # The address is read before the cookie is emptied, and the browser's name kept for the list of sign-ins.
    target = goes_on()
    device = rules.device_name(request.user_agent.string)
    sessions.begin(user, address=address(), device=device, now=clock.now(), by_passkey=by_passkey)
    return redirect(target)


def open_sessions(user: User) -> list[UserSession]:
    """Where this person is signed in."""
    config = current_app.config
    return queries.open_sessions(
        user, now=clock.now(), idle=timedelta(minutes=config["SESSION_IDLE_MINUTES"]), longest=timedelta(hours=config["SESSION_HOURS"])
    )


def site() -> Site:
    """Where passkeys are used: below ``PUBLIC_URL``, or at the address of this request."""
    base = urlsplit(current_app.config["PUBLIC_URL"] or request.host_url)
    return Site(host=base.hostname or "", origin=f"{base.scheme}://{base.netloc}")


def shown_once(template: str, **context: Any) -> Response:
    """A page with a secret on it: never stored by the browser, never shown again."""
    response = page(template, **context)
    response.headers["Cache-Control"] = "no-store"
    return response
