"""The area itself: its name, its permissions, how other areas point to letters sent together. Every module beside this one adds screens to it."""

from __future__ import annotations

from typing import Any

from flask import abort

from unionops.core import refs
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.screens import Area
from unionops.members.arrears_wording import STEPS
from unionops.members.models import DunningRun
from unionops.members.rules.arrears import Step
from unionops.members.views.dues import area as _dues  # noqa: F401  # Who may write off is a permission of that area.
from unionops.values.roc import roc_date

area = Area("arrears", title=_l("欠費催繳"), permissions={
    "arrears.read": _l("檢視欠費"),
    "arrears.manage": _l("催繳與分期協議"),
})

refs.register(
    "dunning_run", DunningRun, label=_l("催繳批次"), title=lambda run: f"{STEPS[Step(run.step)]} {roc_date(run.sent_on)}", endpoint="arrears.run", argument="run_id",
    among=refs.allowed(DunningRun, "arrears.read"),
)

SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.1"]}
READ: dict[str, Any] = {"permission": "arrears.read", **SERVES}
WRITE: dict[str, Any] = {"permission": "arrears.manage", **SERVES, "methods": ["GET", "POST"]}


def the_run(run_id: int) -> DunningRun:
    """The run of this address, or 404."""
    return db.session.get(DunningRun, run_id) or abort(404)
