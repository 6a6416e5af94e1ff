"""Passkeys: the questions that a browser puts to a device, and a person's own list of them.

A question is fetched when the button is pressed; its challenge waits in the signed cookie, for one answer. The answer comes back in an
ordinary form, so that refusals, redirects and the CSRF token are those of every form.
"""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, jsonify, redirect, session, url_for
from flask_login import current_user
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from unionops.core import clock
from unionops.core.accounts import queries, services
from unionops.core.accounts.forms import ActForm, NewPasskeyForm
from unionops.core.accounts.models import Passkey
from unionops.core.accounts.services.passkeys import CHALLENGE_HOLDS
from unionops.core.accounts.views.area import area, myself, site
from unionops.core.i18n import _, _l
from unionops.core.limits import limiter
from unionops.core.pages import page, union_name
from unionops.core.screens import PUBLIC, SIGNED_IN
from unionops.values.problems import Problem, RuleBroken


def asked(purpose: str, question: tuple[dict[str, Any], bytes], **more: str) -> Response:
    """Hands a question to the browser and remembers its challenge, for which purpose and since when."""
    options, challenge = question
    session["passkey"] = {"for": purpose, "challenge": bytes_to_base64url(challenge), "at": clock.now().timestamp(), **more}
    response = jsonify(options)
    response.headers["Cache-Control"] = "no-store"
    return response


def answered(purpose: str, **more: str) -> bytes:
    """The challenge that this form answers; it is given out once. Raises RuleBroken when it was for another purpose, or too long ago."""
    held = session.pop("passkey", {})
    too_old = clock.now().timestamp() - held.get("at", 0) > CHALLENGE_HOLDS.total_seconds()
    if held.get("for") != purpose or too_old or any(held.get(name) != value for name, value in more.items()):
        raise RuleBroken(Problem("", "等太久了，或頁面開了兩次。請再按一次通行金鑰的按鈕。"))
    return base64url_to_bytes(held["challenge"])


def refuse_bare_address() -> Response | None:
    """What to tell a script whose page is reached by a bare address; None where passkeys work."""
    if site().takes_passkeys:
        return None
    told = _("用 IP 位址（例如 127.0.0.1）開啟的網頁不能用通行金鑰。請改用網站的名稱開啟，在這台電腦上是 localhost；或用密碼。")
    response = jsonify({"problem": told})
    response.status_code = 422
    return response


@area.screen("/sign-in/passkey/question", title=_l("登入"), permission=PUBLIC, methods=["POST"], exact=True)
@limiter.limit("30 per minute", override_defaults=False)
def passkey_question():
    """For signing in: whichever passkey the device has for this site. For somebody signed in: one of the own."""
    if refused := refuse_bare_address():
        return refused
    if current_user.is_authenticated:
        return asked("confirm", services.passkeys.question(site(), queries.passkeys_of(myself())))
    return asked("sign_in", services.passkeys.question(site()))


@area.screen("/me/passkeys/question", title=_l("新增通行金鑰"), permission=SIGNED_IN, methods=["POST"], exact=True, parent="accounts.me")
def new_passkey_question():
    if refused := refuse_bare_address():
        return refused
    user = myself()
    question = services.passkeys.question_for_new(
        site(), union=union_name(), username=user.username, name=user.name, held=queries.passkeys_of(user)
    )
    return asked("add", question, user=str(user.id))


@area.screen("/me/passkeys/new", title=_l("新增通行金鑰"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me", fresh=True)
def add_passkey():
    form = NewPasskeyForm()
    if form.validate_on_submit():
        with form.catching():
            user = myself()
            challenge = answered("add", user=str(user.id))
            made = services.passkeys.add(user, form.credential.data, challenge=challenge, site=site(), name=form.name.data, now=clock.now())
            flash(_("已新增通行金鑰「%(passkey)s」，下次可以不打密碼登入。", passkey=made.name), "success")
            return redirect(url_for(".me"))
    return page("accounts/add_passkey.html", form=form)


@area.screen(
    "/me/passkeys/<int:passkey_id>/remove", title=_l("移除通行金鑰"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me",
    fresh=True,
)
def remove_passkey(passkey_id: int):
    passkey: Passkey = queries.passkey_of(myself(), passkey_id) or abort(404)
    form = ActForm()
    if form.validate_on_submit():
        with form.catching():
            services.passkeys.remove(passkey, now=clock.now())
            flash(_("已移除通行金鑰「%(passkey)s」。", passkey=passkey.name), "success")
            return redirect(url_for(".me"))
    return page("accounts/remove_passkey.html", form=form, passkey=passkey)
