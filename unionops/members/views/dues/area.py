"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from __future__ import annotations

from typing import Any

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("dues", title=_l("會費"), permissions={
    "dues.figures": _l("檢視會費統計"),
    "dues.read": _l("檢視會員的應收與繳費"),
    "dues.collect": _l("收款與開立收據"),
    "dues.bill": _l("設定收費、減免與開單"),
    "dues.correct": _l("退款、沖回、作廢、重新沖帳"),
    "dues.write_off": _l("登錄沖銷呆帳"),
})
SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.1"]}
BILL: dict[str, Any] = {"permission": "dues.bill", **SERVES}
BOTH = ["GET", "POST"]
