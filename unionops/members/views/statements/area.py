"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from __future__ import annotations

from typing import Any

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("statements", title=_l("對帳"), permissions={
    "statements.read": _l("檢視對帳檔"),
    "statements.match": _l("匯入對帳檔並入帳"),
})
SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.1"]}
READ: dict[str, Any] = {"permission": "statements.read", **SERVES}
MATCH: dict[str, Any] = {"permission": "statements.match", **SERVES, "methods": ["GET", "POST"]}
