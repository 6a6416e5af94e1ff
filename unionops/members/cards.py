"""What the membership says on the desk. Only reads; every figure leads to its list."""

from __future__ import annotations

from typing import Any

from flask import url_for

from unionops.core import clock
from unionops.core.desk import Card, Figure, card
from unionops.core.i18n import _
from unionops.members import queries as members
from unionops.members.rules.membership import Standing


@card
def membership(user: Any) -> Card | None:
    """Members in force, and who joined and left this month."""
    if not user.can("members.read"):
        return None
    today = clock.today()
    counts = members.standing_counts(user, today)
    joined, left = members.movements(user, today.replace(day=1), today)
    text = _("還沒有會員；可以先匯入現有的名冊。") if not sum(counts.values()) else ""
    return Card(
        title=_("會員"),
        figures=[
            Figure(_("在籍"), f"{counts[Standing.IN_FORCE]:,}", _("人")),
            Figure(_("本月入會"), joined, _("人")),
            Figure(_("本月出會"), left, _("人")),
        ],
        url=url_for("members.roster"), link=_("會員名冊"), text=text, order=20,
    )
