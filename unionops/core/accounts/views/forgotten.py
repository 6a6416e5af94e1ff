"""A forgotten password: asked for by anybody, answered the same for everybody."""

from __future__ import annotations

from flask import flash, redirect, url_for

from unionops.core import clock
from unionops.core.accounts import services
from unionops.core.accounts.forms import ForgotPasswordForm
from unionops.core.accounts.views.area import area
from unionops.core.i18n import _, _l
from unionops.core.limits import limiter
from unionops.core.notify import services as notify
from unionops.core.pages import page
from unionops.core.screens import PUBLIC


@area.screen("/forgot-password", title=_l("忘記密碼"), permission=PUBLIC, methods=["GET", "POST"], parent="accounts.sign_in")
@limiter.limit("5 per minute;30 per hour", methods=["POST"], override_defaults=False)
def forgot_password():
    form = ForgotPasswordForm()
    if notify.can_be_mailed() and form.validate_on_submit():
        services.resets.wish(form.account.data, now=clock.now())
        flash(_("若有這個帳號，也留了電子郵件，幾分鐘內會收到連結，1 小時內有效。沒收到時看垃圾信匣，或請系統管理員印重設單。"), "info")
        return redirect(url_for(".sign_in"))
    return page("accounts/forgot_password.html", form=form, can_mail=notify.can_be_mailed())
