"""The area itself: its name, its permissions, how other areas point to letters sent together. Every module beside this one adds screens to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import abort, url_for

from unionops.core import refs
from unionops.core.db import db
from unionops.core.i18n import _l, show_date
from unionops.core.screens import Area
from unionops.members.arrears_wording import STEPS
from unionops.members.models import Dunning, DunningRun
from unionops.members.queries import ONE, Happening, PersonFacts, tells
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


@tells(dunnings=sa.select(Dunning.id, Dunning.step, Dunning.sent_on, Dunning.delivered_on, Dunning.returned_on).where(Dunning.person_id == ONE))
def reminded(facts: PersonFacts, user: Any) -> Iterator[Happening]:
    """The letters about arrears, in the timeline of a person; what was proposed shows there once it acts."""
    if user.can("arrears.read"):
        for one in sorted(facts.told["dunnings"], key=lambda one: one.id, reverse=True):
            if not Step(one.step).proposes:
                detail = _l("%(day)s 送達", day=show_date(one.delivered_on)) if one.delivered_on else _l("%(day)s 退件", day=show_date(one.returned_on)) if one.returned_on else ""
                yield Happening(one.sent_on, STEPS[Step(one.step)], detail, url=url_for("arrears.person", person_id=facts.person.id))
