"""One's own account: password, second factor, and where one is signed in. Passkeys have a module of their own."""

from __future__ import annotations

from flask import abort, flash, redirect, session, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.accounts import queries, rules, services, sessions
from unionops.core.accounts.forms import ActForm, ChangePasswordForm, EnrolForm, NewPasswordForm
from unionops.core.accounts.views.area import address, area, myself, open_sessions, shown_once
from unionops.core.i18n import _, _l
from unionops.core.pages import page, union_name
from unionops.core.screens import SIGNED_IN, is_fresh


@area.screen("/me", title=_l("我的帳號"), permission=SIGNED_IN)
def me():
    user = myself()
    return page(
        "accounts/me.html",
        user=user,
        conflicts=rules.role_conflicts({row.role for row in user.roles}),
        codes_left=queries.unused_recovery_codes(user),
        passkeys=queries.passkeys_of(user),
        signed_in=open_sessions(user),
        this_session=sessions.this_session_id(),
    )


@area.screen("/me/password", title=_l("改密碼"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me")
def change_password():
    """The old password is asked for here; whoever has none shows by a passkey that it is still the same person."""
    user, now = myself(), clock.now()
    if not user.password_hash and not is_fresh():
        return redirect(url_for(".confirm_password", next=url_for(".change_password")))
    form = ChangePasswordForm() if user.password_hash else NewPasswordForm()
    if form.validate_on_submit():
        with form.catching():
            if user.password_hash:
                services.confirm_password(user, form.password.data, address=address(), now=now)
            services.change_password(user, form.new_password.data, now=now, keep_session=sessions.this_session_id())
            sessions.confirmed(now)
            flash(_("已改密碼。其他地方的登入都已結束。"), "success")
            return redirect(url_for(".me"))
    return page("accounts/change_password.html", form=form)


@area.screen("/me/second-factor", title=_l("開啟兩步驟驗證"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me", fresh=True)
def enrol_second_factor():
    form = EnrolForm()
    secret = session.setdefault("totp_pending", services.new_totp_secret())
    if form.validate_on_submit():
        with form.catching():
            codes = services.enrol_totp(myself(), secret, form.code.data, now=clock.now())
            session.pop("totp_pending")
            return shown_once("accounts/recovery_codes.html", codes=codes, just_enrolled=True)
    picture = services.totp_picture(secret, username=current_user.username, issuer=union_name())
    return page("accounts/enrol_second_factor.html", form=form, picture=picture, secret=" ".join(_fours(secret)))


def _fours(text: str) -> list[str]:
    return [text[place : place + 4] for place in range(0, len(text), 4)]


@area.screen("/me/recovery-codes", title=_l("新的復原碼"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me", fresh=True)
def new_recovery_codes():
    if not current_user.has_second_factor:
        return redirect(url_for(".enrol_second_factor"))
    form = ActForm()
    if form.validate_on_submit():
        return shown_once("accounts/recovery_codes.html", codes=services.new_recovery_codes(myself()), just_enrolled=False)
    return page("accounts/new_recovery_codes.html", form=form, left=queries.unused_recovery_codes(myself()))


@area.screen("/me/second-factor/remove", title=_l("關閉兩步驟驗證"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me", fresh=True)
def remove_second_factor():
    form = ActForm()
    if form.validate_on_submit():
        services.reset_second_factor(myself())
        flash(_("已關閉兩步驟驗證。"), "success")
        return redirect(url_for(".me"))
    return page("accounts/remove_second_factor.html", form=form)


@area.screen("/me/sessions/<int:session_id>/end", title=_l("結束登入"), permission=SIGNED_IN, methods=["POST"], parent="accounts.me")
def end_session(session_id: int):
    row = queries.session_of(myself(), session_id) or abort(404)
    services.revoke_session(row, now=clock.now())
    flash(_("已結束那個登入。"), "success")
    return redirect(url_for(".me"))


@area.screen("/me/sessions/end-others", title=_l("結束其他登入"), permission=SIGNED_IN, methods=["POST"], parent="accounts.me")
def end_other_sessions():
    ended = services.revoke_all(myself(), now=clock.now(), but=sessions.this_session_id())
    flash(_("已結束其他 %(count)s 個登入。", count=ended), "success")
    return redirect(url_for(".me"))
