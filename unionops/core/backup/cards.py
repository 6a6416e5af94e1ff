"""What the desk says of backups: nothing is as quiet as a backup that is no longer made."""

from __future__ import annotations

from typing import Any

from flask import url_for

from unionops.core import clock
from unionops.core.backup import queries, rules
from unionops.core.backup.models import TESTED
from unionops.core.desk import Card, Figure, card
from unionops.core.i18n import _, show_date


@card
def backups(user: Any) -> Card | None:
    """When the last good backup was made, and how the last test restore ended."""
    if not user.can("backup.read"):
        return None
    last, tested = queries.last_good_at(), queries.last(TESTED)
    overdue = rules.is_overdue(last, clock.now())
    if not overdue:
        text = ""
    elif last is None:
        text = _("還沒有備份。電腦壞掉時，資料就沒有了。")
    else:
        text = _("最後一份備份已經超過兩天。請看備份為什麼沒有做成。")
    return Card(
        title=_("備份"),
        figures=[
            Figure(_("最後備份"), show_date(clock.in_taipei(last).date()) if last else _("沒有"), note=_("✕ 逾期") if overdue else ""),
            Figure(_("還原測試"), _("沒有") if tested is None else "✓" if tested.ok else "✕"),
        ],
        url=url_for("backup.overview"), link=_("備份"), text=text, order=5 if overdue else 95,
    )
