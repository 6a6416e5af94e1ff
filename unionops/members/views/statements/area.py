"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_login import current_user

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("statements", title=_l("對帳"), permissions={
    "statements.read": _l("檢視對帳檔"),
    "statements.match": _l("匯入對帳檔並入帳"),
})
SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.1"]}
READ: dict[str, Any] = {"permission": "statements.read", **SERVES}
MATCH: dict[str, Any] = {"permission": "statements.match", **SERVES, "methods": ["GET", "POST"]}


def all_of_it(permission: str = "statements.read") -> None:
    """404 for whoever is limited to units: a bank's file tells of everybody."""
    if current_user.scopes(permission) is not None:
        abort(404)
