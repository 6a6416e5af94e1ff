"""The area itself: its name, its permissions, and how other areas point to a person. Every module beside this one adds screens to it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, request
from flask_login import current_user

from unionops.core import refs
from unionops.core.attachments.registry import may_attach
from unionops.core.audit import recording
from unionops.core.i18n import _l, listed
from unionops.core.notify.registry import reached_by
from unionops.core.screens import Area, current_screen
from unionops.core.union import queries as union
from unionops.members import queries
from unionops.members.models import ID_PLACE, Person

area = Area("members", title=_l("會員"), permissions={
    "members.read": _l("檢視會員名冊"),
    "members.share": _l("把名冊的檢視給同仁用"),
    "members.edit": _l("新增與修改會員"),
    "members.export": _l("匯出會員名冊"),
    "members.print": _l("列印會員名冊與證件"),
    "members.import": _l("匯入會員名冊"),
    "members.merge": _l("合併重複的會員"),
    "members.reveal": _l("查看未遮罩的個人資料"),
    "members.define": _l("維護單位、雇主與自訂欄位"),
    "members.measure": _l("登錄停權與除名"),
})

refs.register(
    "person", Person, label=_l("會員"), title=lambda person: person.name, endpoint="members.person", argument="person_id",
    among=queries.visible_people, tails=(ID_PLACE,), remark=lambda row: listed(sorted((row.numbers or "").split())),
    columns=(Person.name, queries.NUMBERS),
)
reached_by("person", Person, email=sa.case((Person.died_on.is_(None), sa.func.trim(Person.email))))  # No letter ever goes to the dead.
union.MEMBER_COUNT = queries.members_in_force


def _reaches(permission: str) -> Any:
    """Whether a user may do this to a person: who is limited to units may do it there only."""

    def rule(user: Any, person: Person) -> bool:
        return user.can(permission) and not person.merged_into_id and refs.KINDS["person"].visible(queries.within(user, permission), person)

    return rule


may_attach("person", _reaches("members.edit"), sensitive=_reaches("members.reveal"))


def acting() -> Any:
    """The signed-in person, as far as the permission of this screen reaches; for the reads that choose records."""
    screen = current_screen()
    return queries.within(current_user, screen.permission if screen else "members.read")


def of_everybody(*permissions: str) -> None:
    """404 for whoever is limited to units by one of these permissions, or by that of this screen: what follows concerns everybody."""
    screen = current_screen()
    for permission in permissions or ((screen.permission,) if screen else ()):
        if not sees_everybody(permission):
            recording.denied(request.endpoint or "", permission)
            abort(404)


def sees_everybody(permission: str) -> bool:
    """Whether the signed-in person holds this permission for the whole union."""
    return bool(current_user.can(permission)) and current_user.scopes(permission) is None
