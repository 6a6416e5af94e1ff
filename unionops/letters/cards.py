"""What letters say on the desk. Only reads; every figure leads to its list."""

from __future__ import annotations

from typing import Any

from flask import url_for

from unionops.core import clock
from unionops.core.desk import Card, Figure, card
from unionops.core.i18n import _
from unionops.letters import queries


@card(lambda user: user.can("letters.read"))
def waiting_letters(user: Any, _found: Any) -> Card | None:
    """Letters that nobody handles, letters whose answer is late, letters approved and not yet issued."""
    found = queries.figures(user, clock.today())
    late = found.late_in + found.late_out
    return Card(
        title=_("收發文"),
        figures=[
            Figure(_("未分辦"), found.unassigned, _("件")), Figure(_("逾期"), late, _("件")), Figure(_("待發文"), found.ready, _("件")),
        ],
        url=url_for("letters.overdue") if late else url_for("letters.incoming", owner=0, state="open"),
        link=_("看逾期的公文") if late else _("看未分辦的收文"), order=40,
    )
