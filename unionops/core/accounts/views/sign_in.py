"""Signing in and out: by password and second factor, or by a passkey; and showing again that one is still the same person."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.accounts import queries, services, sessions
from unionops.core.accounts.forms import ConfirmPasswordForm, PasskeyForm, SecondFactorForm, SignInForm
from unionops.core.accounts.views.area import address, area, goes_on, myself, signed_in, site
from unionops.core.accounts.views.passkeys import answered
from unionops.core.audit import recording
from unionops.core.i18n import _, _l
from unionops.core.limits import limiter
from unionops.core.pages import page
from unionops.core.screens import PUBLIC, SIGNED_IN


@area.screen("/sign-in", title=_l("登入"), permission=PUBLIC, methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def sign_in():
    form = SignInForm()
    if form.validate_on_submit():
        with form.catching():
            user = services.check_password(form.username.data, form.password.data, address=address(), now=clock.now())
            if not user.has_second_factor:
                return signed_in(user)
            sessions.wait_for_second_factor(user.id, clock.now())
            return redirect(url_for(".second_factor", next=goes_on()))
    return _sign_in_page(form, PasskeyForm(formdata=None))


@area.screen("/sign-in/passkey", title=_l("登入"), permission=PUBLIC, methods=["POST"], parent="accounts.sign_in")
@limiter.limit("30 per minute", override_defaults=False)
def sign_in_by_passkey():
    passkey = PasskeyForm()
    if passkey.validate_on_submit():
        with passkey.catching():
            user = services.passkeys.sign_in(passkey.credential.data, challenge=answered("sign_in"), site=site(), now=clock.now())
            return signed_in(user, by_passkey=True)
    return _sign_in_page(SignInForm(formdata=None), passkey)


def _sign_in_page(form: SignInForm, passkey: PasskeyForm) -> Any:
    return page(
        "accounts/sign_in.html", form=form, passkey=passkey, next=goes_on(), why=sessions.why_signed_out(), demo=_demo_sign_ins(),
    )


@area.screen("/sign-in/second-factor", title=_l("兩步驟驗證"), permission=PUBLIC, methods=["GET", "POST"], parent="accounts.sign_in")
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def second_factor():
    user_id = sessions.waiting_for_second_factor(clock.now())
    if user_id is None:
        return redirect(url_for(".sign_in", next=goes_on()))
    form = SecondFactorForm()
    if form.validate_on_submit():
        with form.catching():
            return signed_in(services.check_second_factor(user_id, form.code.data, address=address(), now=clock.now()))
    return page("accounts/second_factor.html", form=form, back=url_for(".sign_in", next=goes_on()))


@area.screen("/sign-out", title=_l("登出"), permission=PUBLIC, methods=["POST"])
def sign_out():
    if current_user.is_authenticated:
        recording.describe("accounts.signed_out", myself(), name=current_user.name)
    sessions.end_this(clock.now())
    flash(_("已登出。"), "success")
    return redirect(url_for(".sign_in"))


@area.screen("/confirm-password", title=_l("確認是本人"), permission=SIGNED_IN, methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def confirm_password():
    form = ConfirmPasswordForm()
    if form.validate_on_submit():
        with form.catching():
            services.confirm_password(myself(), form.password.data, address=address(), now=clock.now())
            sessions.confirmed(clock.now())
            return redirect(goes_on())
    return _confirm_page(form, PasskeyForm(formdata=None))


@area.screen("/confirm-password/passkey", title=_l("確認是本人"), permission=SIGNED_IN, methods=["POST"], parent="accounts.confirm_password")
@limiter.limit("30 per minute", override_defaults=False)
def confirm_by_passkey():
    passkey = PasskeyForm()
    if passkey.validate_on_submit():
        with passkey.catching():
            services.passkeys.confirm(myself(), passkey.credential.data, challenge=answered("confirm"), site=site(), now=clock.now())
            sessions.confirmed(clock.now())
            return redirect(goes_on())
    return _confirm_page(ConfirmPasswordForm(formdata=None), passkey)


def _confirm_page(form: ConfirmPasswordForm, passkey: PasskeyForm) -> Any:
    return page(
        "accounts/confirm_password.html", form=form, passkey=passkey, next=goes_on(), back=url_for("overview.desk"),
        has_password=bool(myself().password_hash), has_passkey=bool(queries.passkeys_of(myself())),
    )


def _demo_sign_ins() -> tuple[Any, ...]:
    return tuple(current_app.extensions.get("demo_sign_ins", ())) if current_app.config["DEMO"] else ()
