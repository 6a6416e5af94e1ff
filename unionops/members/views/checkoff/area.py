"""The area itself: its name and its permissions, how other areas point to a list, who may attach files to one. Every module beside this
one adds screens to it."""

from __future__ import annotations

from typing import Any

from flask import abort

from unionops.core import refs
from unionops.core.attachments.registry import may_attach
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.screens import Area
from unionops.letters.views import area as _letters  # noqa: F401  # Who may draft a letter is a permission of that area.
from unionops.members.models import CheckoffList, Employer
from unionops.members.queries import checkoff as queries
from unionops.members.rules.checkoff import spoken
from unionops.members.views.area import of_everybody

area = Area("checkoff", title=_l("代扣會費"), permissions={
    "checkoff.read": _l("檢視代扣名冊"),
    "checkoff.manage": _l("製作代扣名冊、匯入回覆並入帳"),
})
SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.1"]}
READ: dict[str, Any] = {"permission": "checkoff.read", **SERVES}
MANAGE: dict[str, Any] = {"permission": "checkoff.manage", **SERVES, "methods": ["GET", "POST"]}


def _sees(user: Any) -> Any:
    """A list is one employer's whole answer: whoever is limited to units meets its lines, not the record with its files."""
    return None if user.can("checkoff.read") and user.scopes("checkoff.read") is None else refs.nobody(CheckoffList)


refs.register(
    queries.KIND, CheckoffList, label=_l("代扣名冊"), title=lambda sheet: f"{sheet.employer.name} {spoken(sheet.period_on, sheet.months)}",
    endpoint="checkoff.sheet", argument="list_id", among=_sees,
)
# A returned file holds other deductions of everybody, too: only whoever works with it opens it.
may_attach(queries.KIND, lambda user, sheet: user.can("checkoff.manage"), sensitive=lambda user, sheet: user.can("checkoff.manage"))


def the_employer(employer_id: int) -> Employer:
    """The employer of this address, or 404."""
    return db.session.get(Employer, employer_id) or abort(404)


def the_sheet(list_id: int, *, whole: bool = False) -> CheckoffList:
    """The list of this address, or 404; ``whole`` for acts on all of it, which whoever is limited to units may not do."""
    if whole:
        all_of_it()
    return db.session.get(CheckoffList, list_id) or abort(404)


def all_of_it() -> None:
    """404 for whoever is limited to units: what follows concerns everybody of an employer."""
    of_everybody("checkoff.read", "checkoff.manage")
