"""The people who may sign in: the list, one person, roles, deactivation, and what each role may do."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.accounts import queries, rules, services
from unionops.core.accounts.forms import ActForm, PersonForm, RolesForm
from unionops.core.accounts.roles import GRANTS, ROLES, SCOPED
from unionops.core.accounts.views.area import area, myself, open_sessions, person_of
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, here, page
from unionops.core.screens import AREAS


@area.screen("/users", title=_l("使用者"), permission="accounts.read", menu=("帳", "Us", 910))
def users():
    asked = {name: request.args.get(name, "")[:80].strip() for name in ("q", "role", "state", "duties")}
    found = queries.users(text=asked["q"], role=asked["role"], state=asked["state"], in_conflict=asked["duties"] == "conflict")
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
        invited=queries.count(queries.invitations()),
        in_conflict=queries.count(queries.users(in_conflict=True)),
        filters=_filters(asked),
        role_options=[(role, text, role == asked["role"]) for role, text in ROLES.items()],
        duty_options=[("conflict", _("有職務衝突"), asked["duties"] == "conflict")],
        state_options=[(word, text, word == asked["state"]) for word, text in (("inactive", _("已停用")), ("all", _("含停用")))],
    )


def _filters(asked: dict[str, str]) -> list[tuple[str, str]]:
    """The chips of the filters that are on: words, and the address without them."""
    chips = []
    if asked["q"]:
        chips.append((_("含「%(text)s」", text=asked["q"]), here(q=None, page=None)))
    if asked["role"] in ROLES:
        chips.append((str(ROLES[asked["role"]]), here(role=None, page=None)))
    if asked["duties"] == "conflict":
        chips.append((_("有職務衝突"), here(duties=None, page=None)))
    if asked["state"] in ("inactive", "all"):
        chips.append((_("已停用") if asked["state"] == "inactive" else _("含停用"), here(state=None, page=None)))
    return chips


@area.screen("/users/<int:user_id>", title=_l("使用者資料"), permission="accounts.read", parent="accounts.users", personal=True)
def user(user_id: int):
    person = person_of(user_id)
    recording.subject(person)
    return page(
        "accounts/user.html",
        title=person.name,
        user=person,
        scopes={str(pointer): title for pointer, title in queries.scopes()},
        roles=ROLES,
        conflicts=rules.role_conflicts({row.role for row in person.roles}),
        passkeys=len(queries.passkeys_of(person)),
        signed_in=open_sessions(person),
        last=queries.last_sign_ins([person]).get(person.id),
        own=person.id == current_user.id,
    )


@area.screen("/users/<int:user_id>/edit", title=_l("修改使用者"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.user")
def edit_user(user_id: int):
    person = person_of(user_id)
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
    person = person_of(user_id)
    form = RolesForm(user=person)
    if form.validate_on_submit():
        with form.catching():
            services.set_roles(person, form.wanted(), by=myself())
            flash(_("已設定%(name)s的角色。", name=person.name), "success")
            return redirect(url_for(".user", user_id=person.id))
    return page("accounts/set_roles.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/deactivate", title=_l("停用使用者"), permission="accounts.manage", methods=["GET", "POST"], parent="accounts.user",
    fresh=True,
)
def deactivate_user(user_id: int):
    person = person_of(user_id)
    form = ActForm()
    if form.validate_on_submit():
        with form.catching():
            services.deactivate(person, by=myself(), now=clock.now())
            flash(_("已停用%(name)s。", name=person.name), "success")
            return redirect(url_for(".user", user_id=person.id))
    return page("accounts/deactivate_user.html", form=form, user=person)


@area.screen(
    "/users/<int:user_id>/reactivate", title=_l("恢復使用者"), permission="accounts.manage", methods=["POST"], parent="accounts.user", fresh=True
)
def reactivate_user(user_id: int):
    person = person_of(user_id)
    services.reactivate(person)
    flash(_("已恢復%(name)s。角色和停用前一樣。", name=person.name), "success")
    return redirect(url_for(".user", user_id=person.id))


@area.screen(
    "/users/<int:user_id>/reset-second-factor", title=_l("移除兩步驟驗證與通行金鑰"), permission="accounts.manage", methods=["GET", "POST"],
    parent="accounts.user", fresh=True,
)
def reset_second_factor(user_id: int):
    person = person_of(user_id)
    form = ActForm()
    if form.validate_on_submit():
        services.reset_second_factor(person)
        services.passkeys.remove_all(person)
        flash(_("已移除%(name)s的兩步驟驗證與通行金鑰。", name=person.name), "success")
        return redirect(url_for(".user", user_id=person.id))
    return page("accounts/reset_second_factor.html", form=form, user=person, passkeys=len(queries.passkeys_of(person)))


@area.screen(
    "/users/<int:user_id>/end-sessions", title=_l("結束全部登入"), permission="accounts.manage", methods=["POST"], parent="accounts.user"
)
def end_sessions(user_id: int):
    person = person_of(user_id)
    ended = services.revoke_all(person, now=clock.now())
    flash(_("已結束%(name)s的 %(count)s 個登入。", name=person.name, count=ended), "success")
    return redirect(url_for(".user", user_id=person.id))


@area.screen("/users/<int:user_id>/unlock", title=_l("解除登入暫停"), permission="accounts.manage", methods=["POST"], parent="accounts.user")
def unlock_user(user_id: int):
    person = person_of(user_id)
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
