"""The two areas: the office's side (``joining``) and the public form (``apply``); how other areas point to applications. Every module beside
this one adds screens to them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_login import current_user

from unionops.core import refs
from unionops.core.approvals import views as _approvals  # noqa: F401  # Who records what a meeting decided is a permission of that area.
from unionops.core.attachments.registry import may_attach
from unionops.core.i18n import _l
from unionops.core.screens import Area
from unionops.members.models import Application, Person, Prospect
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import State

area = Area("joining", title=_l("入會與招募"), permissions={
    "joining.read": _l("檢視入會申請與招募"),
    "joining.handle": _l("受理與審查入會申請、登錄招募"),
    "joining.decide": _l("登錄入會的決定"),
})
public = Area("apply", title=_l("線上入會申請"))

refs.register(
    queries.KIND, Application, label=_l("入會申請"), title=lambda one: f"{one.number} {one.name}", endpoint="joining.application", argument="application_id",
    among=queries.visible, columns=(Application.number, Application.name),
)
refs.register(
    queries.PROSPECT, Prospect, label=_l("招募對象"), title=lambda one: one.name, endpoint="joining.prospect", argument="prospect_id",
    among=lambda user: queries.visible_prospects(user) if user.can("joining.handle") else refs.nobody(Prospect), columns=(Prospect.name,),
)
may_attach(queries.KIND, lambda user, application: user.can("joining.handle") and application.membership_id is None, sensitive=lambda user, application: user.can("joining.handle"))

SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.1"]}
READ: dict[str, Any] = {"permission": "joining.read", **SERVES}
HANDLE: dict[str, Any] = {"permission": "joining.handle", **SERVES}
POSTS = ["GET", "POST"]

STATES = {
    State.RECEIVED: ("soon", _l("待審查")), State.CHECKED: ("soon", _l("待送審")), State.ASKED: ("soon", _l("審查中")), State.APPROVED: ("warn", _l("待辦入會")),
    State.UNPAID: ("warn", _l("待繳入會費")), State.PAID: ("warn", _l("已繳費，待編號")), State.MEMBER: ("ok", _l("已入會")), State.REFUSED: ("stop", _l("未通過")),
    State.WITHDRAWN: ("off", _l("已撤回")),
}
NEXT = {
    State.RECEIVED: _l("核對資料與文件"), State.CHECKED: _l("送審"), State.ASKED: _l("等決定"), State.APPROVED: _l("辦理入會"), State.UNPAID: _l("等繳費"),
    State.PAID: _l("編會員編號"), State.MEMBER: "", State.REFUSED: "", State.WITHDRAWN: "",
}


def application_of(application_id: int) -> Application:
    """The application of this screen, or 404."""
    return queries.application_for(current_user, application_id)


def back(application: Application, text: str) -> Any:
    """To the page of the application, with what was done."""
    flash(text, "success")
    return redirect(url_for("joining.application", application_id=application.id))


def former(person: Person | None) -> str:
    """The numbers a returning person had."""
    return "、".join(one.number for one in person.memberships) if person is not None else ""
