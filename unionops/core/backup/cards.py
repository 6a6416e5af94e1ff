"""What the desk says of backups: nothing is as quiet as a backup that is no longer made."""

from __future__ import annotations

from typing import Any

from flask import url_for

from unionops.core import clock
from unionops.core.backup import queries, rules, services
from unionops.core.backup.models import TESTED
from unionops.core.desk import Card, Figure, card
from unionops.core.i18n import _, show_date

FIRST = 5
"""Where the card stands while something is wrong: before all others."""


@card(lambda user: user.can("backup.read"))
def backups(user: Any, _found: Any) -> Card | None:
    """When the last good backup was made, and how the last test restore ended."""
    last, tested, failing = queries.last_good_at(), queries.last(TESTED), queries.failing_since()
    overdue = rules.is_overdue(last, clock.now())
    figures = [
        Figure(_("最後備份"), show_date(clock.in_taipei(last).date()) if last else _("沒有"), note=_("✕ 逾期") if overdue else ""),
        Figure(_("還原測試"), _("沒有") if tested is None else "✓"),
    ]
    texts = [str(services.NEVER_MADE if last is None else services.LONG_AGO)] if overdue else []
    if failing is not None:
        since = show_date(clock.in_taipei(failing).date())
        figures = [Figure(_("還原測試"), "✕", note=_("%(date)s 起", date=since)), figures[0]]
        texts.insert(0, _("備份從 %(date)s 起沒有通過還原測試，電腦壞掉時可能救不回資料。", date=since))
    return Card(
        title=_("備份"), figures=figures, text=" ".join(texts), order=FIRST if texts else 95,
        url=url_for("backup.overview", _anchor="test" if failing is not None else None),
        link=_("看哪裡不符、該怎麼做") if failing is not None else _("備份"),
    )
