"""Screens of accounts: signing in and out, one's own account, and the people who may sign in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, make_response, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from unionops.core import clock, refs
from unionops.core.accounts import queries, rules, services, sessions
from unionops.core.accounts.forms import (
    ActForm,
    AddUserForm,
    ChangePasswordForm,
    ConfirmPasswordForm,
    EnrolForm,
    PersonForm,
    RolesForm,
    SecondFactorForm,
    SignInForm,
)
from unionops.core.accounts.models import User, UserSession
from unionops.core.accounts.roles import GRANTS, ROLES, SCOPED
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import COOKIE, LOCALES, _, _l
from unionops.core.limits import limiter
from unionops.core.pages import Paging, here, page, union_name
from unionops.core.screens import AREAS, PUBLIC, SIGNED_IN, Area

area = Area(
    "accounts",
    title=_l("使用者與角色"),
    prefix="",
    permissions={"accounts.read": _l("檢視使用者與角色"), "accounts.manage": _l("管理使用者與角色")},
)

THEMES = ("light", "dark", "auto")
YEAR = 365 * 24 * 3600

refs.register(
    "user", User, label=_l("使用者"), title=lambda user: user.name, endpoint="accounts.user", argument="user_id",
    among=lambda viewer: None if viewer.can("accounts.read") else sa.select(User.id).where(User.id == viewer.id),
)


# --- signing in and out -----------------------------------------------------------------------------------------------


@area.screen("/sign-in", title=_l("登入"), permission=PUBLIC, methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def sign_in():
    form = SignInForm()
    if form.validate_on_submit():
        with form.catching():
            user = services.check_password(form.username.data, form.password.data, address=_address(), now=clock.now())
            if not user.has_second_factor:
                return _signed_in(user)
            sessions.wait_for_second_factor(user.id, clock.now())
            return redirect(url_for(".second_factor", next=_next()))
    return page("accounts/sign_in.html", form=form, why=sessions.why_signed_out(), demo=_demo_sign_ins())


@area.screen("/sign-in/second-factor", title=_l("兩步驟驗證"), permission=PUBLIC, methods=["GET", "POST"], parent="accounts.sign_in")
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def second_factor():
    user_id = sessions.waiting_for_second_factor(clock.now())
    if user_id is None:
        return redirect(url_for(".sign_in", next=_next()))
    form = SecondFactorForm()
    if form.validate_on_submit():
        with form.catching():
            return _signed_in(services.check_second_factor(user_id, form.code.data, address=_address(), now=clock.now()))
    return page("accounts/second_factor.html", form=form, back=url_for(".sign_in", next=_next()))


def _signed_in(user: User) -> Any:
    # The address is read before the cookie is emptied, and the browser's name kept for the list of sign-ins.
    target = _next()
    sessions.begin(user, address=_address(), device=rules.device_name(request.user_agent.string), now=clock.now())
    return redirect(target)


@area.screen("/sign-out", title=_l("登出"), permission=PUBLIC, methods=["POST"])
def sign_out():
    if current_user.is_authenticated:
        recording.describe("accounts.signed_out", _me(), name=current_user.name)
    sessions.end_this(clock.now())
    flash(_("已登出。"), "success")
    return redirect(url_for(".sign_in"))


@area.screen("/confirm-password", title=_l("確認密碼"), permission=SIGNED_IN, methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def confirm_password():
    form = ConfirmPasswordForm()
    if form.validate_on_submit():
        with form.catching():
            services.confirm_password(_me(), form.password.data, address=_address(), now=clock.now())
            sessions.confirmed(clock.now())
            return redirect(_next())
    return page("accounts/confirm_password.html", form=form, back=url_for("overview.desk"))


@area.screen("/language/<language>", title=_l("語言"), permission=PUBLIC, exact=True)
def switch_language(language: str):
    if language not in LOCALES:
        abort(404)
    return _remember(COOKIE, language)


@area.screen("/theme/<theme>", title=_l("外觀"), permission=PUBLIC, exact=True)
def switch_theme(theme: str):
    if theme not in THEMES:
        abort(404)
    return _remember("theme", theme)


def _remember(name: str, value: str) -> Response:
    response = make_response(redirect(_came_from()))
    response.set_cookie(name, value, max_age=YEAR, secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax")
    return response


def _came_from() -> str:
    """The page of this site on which a link was pressed; the first page if the browser does not tell, or if it was the answer to a form."""
    came = urlsplit(request.referrer or "")
    path = came.path.removeprefix(request.script_root)
    back = f"{came.path}?{came.query}" if came.query else came.path
    if came.netloc != request.host or not rules.is_local(back):
        return "/"
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return "/"
    return back


def _next() -> str:
    """Where to go on: only an address of this site."""
    target = request.args.get("next", "")
    return target if rules.is_local(target) else url_for("overview.desk")


def _address() -> str:
    return request.remote_addr or ""


def _me() -> User:
    """The signed-in person as the unit's own object."""
    person: User = current_user._get_current_object()
    return person


def _demo_sign_ins() -> tuple[Any, ...]:
    return tuple(current_app.extensions.get("demo_sign_ins", ())) if current_app.config["DEMO"] else ()


# --- one's own account ------------------------------------------------------------------------------------------------


@area.screen("/me", title=_l("我的帳號"), permission=SIGNED_IN)
def me():
    user = _me()
    return page(
        "accounts/me.html",
        user=user,
        conflicts=rules.role_conflicts({row.role for row in user.roles}),
        codes_left=queries.unused_recovery_codes(user),
        signed_in=_open_sessions(user),
        this_session=sessions.this_session_id(),
    )


def _open_sessions(user: User) -> list[UserSession]:
    config = current_app.config
    return queries.open_sessions(
        user, now=clock.now(), idle=timedelta(minutes=config["SESSION_IDLE_MINUTES"]), longest=timedelta(hours=config["SESSION_HOURS"])
    )


@area.screen("/me/password", title=_l("改密碼"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me")
def change_password():
    form = ChangePasswordForm()
    if form.validate_on_submit():
        user, now = _me(), clock.now()
        with form.catching():
            services.confirm_password(user, form.password.data, address=_address(), now=now)
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
            codes = services.enrol_totp(_me(), secret, form.code.data, now=clock.now())
            session.pop("totp_pending")
            return _shown_once("accounts/recovery_codes.html", codes=codes, just_enrolled=True)
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
        return _shown_once("accounts/recovery_codes.html", codes=services.new_recovery_codes(_me()), just_enrolled=False)
    return page("accounts/new_recovery_codes.html", form=form, left=queries.unused_recovery_codes(_me()))


@area.screen("/me/second-factor/remove", title=_l("關閉兩步驟驗證"), permission=SIGNED_IN, methods=["GET", "POST"], parent="accounts.me", fresh=True)
def remove_second_factor():
    form = ActForm()
    if form.validate_on_submit():
        services.reset_second_factor(_me())
        flash(_("已關閉兩步驟驗證。"), "success")
        return redirect(url_for(".me"))
    return page("accounts/remove_second_factor.html", form=form)


@area.screen("/me/sessions/<int:session_id>/end", title=_l("結束登入"), permission=SIGNED_IN, methods=["POST"], parent="accounts.me")
def end_session(session_id: int):
    row = queries.session_of(_me(), session_id) or abort(404)
    services.revoke_session(row, now=clock.now())
    flash(_("已結束那個登入。"), "success")
    return redirect(url_for(".me"))


@area.screen("/me/sessions/end-others", title=_l("結束其他登入"), permission=SIGNED_IN, methods=["POST"], parent="accounts.me")
def end_other_sessions():
    ended = services.revoke_all(_me(), now=clock.now(), but=sessions.this_session_id())
    flash(_("已結束其他 %(count)s 個登入。", count=ended), "success")
    return redirect(url_for(".me"))


# --- people who sign in -----------------------------------------------------------------------------------------------


@area.screen("/users", title=_l("使用者"), permission="accounts.read", menu=("帳", "Us", 910))
def users():
    asked = {name: request.args.get(name, "")[:80].strip() for name in ("q", "role", "state")}
    found = queries.users(text=asked["q"], role=asked["role"], state=asked["state"])
    paging = Paging(queries.count(found))
    people = list(db.session.scalars(found.limit(paging.size).offset(paging.offset)))
    return page(
        "accounts/users.html",
        people=people,
        paging=paging,
        asked=asked,
        last=queries.last_sign_ins(people),
        conflicts={person.id: rules.role_conflicts({row.role for row in person.roles}) for person in people},
        inactive=queries.count(queries.users(state="inactive")),
        filters=_filters(asked),
        role_options=[(role, text, role == asked["role"]) for role, text in ROLES.items()],
        state_options=[(word, text, word == asked["state"]) for word, text in (("inactive", _("停用")), ("all", _("含停用")))],
    )


def _filters(asked: dict[str, str]) -> list[tuple[str, str]]:
    """The chips of the filters that are on: words, and the address without them."""
    chips = []
    if asked["q"]:
        chips.append((_("含「%(text)s」", text=asked["q"]), here(q=None, page=None)))
    if asked["role"] in ROLES:
        chips.append((str(ROLES[asked["role"]]), here(role=None, page=None)))
    if asked["state"] in ("inactive", "all"):
        chips.append((_("停用") if asked["state"] == "inactive" else _("含停用"), here(state=None, page=None)))
    return chips


@area.screen("/users/new", title=_l("新增使用者"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.users", fresh=True)
def add_user():
    form = AddUserForm()
    if form.validate_on_submit():
        password = services.temporary_password()
        with form.catching():
            user = services.create_user(
                form.username.data, form.name.data, password=password, email=form.email.data or "", wanted=form.wanted()
            )
            return _shown_once("accounts/password_once.html", user=user, password=password)
    return page("accounts/add_user.html", form=form)


@area.screen("/users/<int:user_id>", title=_l("使用者資料"), permission="accounts.read", parent="accounts.users", personal=True)
def user(user_id: int):
    person = _person(user_id)
    recording.subject(person)
    return page(
        "accounts/user.html",
        title=person.name,
        user=person,
        scopes={str(pointer): title for pointer, title in queries.scopes()},
        roles=ROLES,
        conflicts=rules.role_conflicts({row.role for row in person.roles}),
        signed_in=_open_sessions(person),
        last=queries.last_sign_ins([person]).get(person.id),
        own=person.id == current_user.id,
    )


def _person(user_id: int) -> User:
    person: User = db.session.get(User, user_id) or abort(404)
    return person


@area.screen("/users/<int:user_id>/edit", title=_l("修改使用者"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.user")
def edit_user(user_id: int):
    person = _person(user_id)
    form = PersonForm(obj=person)
    if form.validate_on_submit():
        with form.catching():
            services.change_user(person, name=form.name.data, email=form.email.data or "")
            flash(_("已修改%(name)s。", name=person.name), "success")
            return redirect(url_for(".user", user_id=person.id))
    return page("accounts/edit_user.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/roles", title=_l("設定角色"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.user", fresh=True
)
def set_roles(user_id: int):
    person = _person(user_id)
    form = RolesForm(user=person)
    if form.validate_on_submit():
        with form.catching():
            warnings = services.set_roles(person, form.wanted(), by=_me())
            flash(_("已設定%(name)s的角色。", name=person.name), "success")
            if warnings:
                flash(_("其中有不宜兼任的角色，理由列在下面。"), "warning")
            return redirect(url_for(".user", user_id=person.id))
    return page("accounts/set_roles.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/deactivate", title=_l("停用使用者"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.user",
    fresh=True,
)
def deactivate_user(user_id: int):
    person = _person(user_id)
    form = ActForm()
    if form.validate_on_submit():
        with form.catching():
            services.deactivate(person, by=_me(), now=clock.now())
            flash(_("已停用%(name)s。", name=person.name), "success")
            return redirect(url_for(".user", user_id=person.id))
    return page("accounts/deactivate_user.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/reactivate", title=_l("恢復使用者"), permission="accounts.manage", methods=["POST"], parent="accounts.user", fresh=True
)
def reactivate_user(user_id: int):
    person = _person(user_id)
    services.reactivate(person)
    flash(_("已恢復%(name)s。角色和停用前一樣。", name=person.name), "success")
    return redirect(url_for(".user", user_id=person.id))


@area.screen(
    "/users/<int:user_id>/reset-password", title=_l("重設密碼"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.user",
    fresh=True,
)
def reset_password(user_id: int):
    person = _person(user_id)
    form = ActForm()
    if form.validate_on_submit():
        return _shown_once("accounts/password_once.html", user=person, password=services.reset_password(person, now=clock.now()))
    return page("accounts/reset_password.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/reset-second-factor", title=_l("移除兩步驟驗證"), permission="accounts.manage", methods=["GET", "POST"],
    parent="accounts.user", fresh=True,
)
def reset_second_factor(user_id: int):
    person = _person(user_id)
    form = ActForm()
    if form.validate_on_submit():
        services.reset_second_factor(person)
        flash(_("已移除%(name)s的兩步驟驗證。", name=person.name), "success")
        return redirect(url_for(".user", user_id=person.id))
    return page("accounts/reset_second_factor.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/end-sessions", title=_l("結束全部登入"), permission="accounts.manage", methods=["POST"], parent="accounts.user"
)
def end_sessions(user_id: int):
    person = _person(user_id)
    ended = services.revoke_all(person, now=clock.now())
    flash(_("已結束%(name)s的 %(count)s 個登入。", name=person.name, count=ended), "success")
    return redirect(url_for(".user", user_id=person.id))


@area.screen("/users/<int:user_id>/unlock", title=_l("解除登入暫停"), permission="accounts.manage", methods=["POST"], parent="accounts.user")
def unlock_user(user_id: int):
    person = _person(user_id)
    services.unlock(person, now=clock.now())
    flash(_("已解除%(name)s的登入暫停，可以馬上再試。", name=person.name), "success")
    return redirect(url_for(".user", user_id=person.id))


@area.screen("/users/roles", title=_l("角色與權限"), permission="accounts.read", parent="accounts.users")
def roles():
    """Which role may do what, as the table in ``roles`` says it."""
    groups = []
    for found in AREAS.values():
        permissions = [(name, text, [role for role in ROLES if name in GRANTS[role]]) for name, text in found.permissions.items()]
        if permissions:
            groups.append((found.title, permissions))
    chosen = request.args.get("role", "")
    chosen = chosen if chosen in ROLES else ""
    views = [{"label": _("全部角色"), "url": here(role=None), "current": not chosen}]
    views += [{"label": title, "url": here(role=role), "current": role == chosen} for role, title in ROLES.items()]
    columns = [{"key": "what", "title": _("權限")}, *({"key": role, "title": title, "p2": True} for role, title in ROLES.items())]
    return page(
        "accounts/roles.html", roles=ROLES, scoped=SCOPED, groups=groups, chosen=chosen, conflicts=rules.CONFLICTS, views=views, columns=columns
    )


def _shown_once(template: str, **context: Any) -> Response:
    """A page with a secret on it: never stored by the browser, never shown again."""
    response = page(template, **context)
    response.headers["Cache-Control"] = "no-store"
    return response
