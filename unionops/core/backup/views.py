"""The screen of backups: the last one, where it lies, what the last test restore checked; one may be made or tested at once."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.backup import queries, rules, services
from unionops.core.backup.models import MADE, RESTORED, TESTED, BackupRun
from unionops.core.i18n import _, _l, say
from unionops.core.jobs import tasks
from unionops.core.pages import page
from unionops.core.screens import Area

area = Area("backup", title=_l("備份"), permissions={"backup.read": _l("檢視備份"), "backup.make": _l("製作備份與還原測試")})

recording.sentence("backup.asked", _l("要求製作備份"))
recording.sentence("backup.test_asked", _l("要求做還原測試"))

KINDS = {MADE: _l("備份"), TESTED: _l("還原測試"), RESTORED: _l("還原")}
CHECKS = {"rows": _l("資料筆數"), "audit": _l("稽核紀錄鏈"), "files": _l("附件內容"), "keys": _l("加密欄位")}
SHOWN = 30


@area.screen("/", title=_l("備份"), permission="backup.read", menu=("備", "Bk", 950))
def overview():
    now = clock.now()
    last_good, last, tested = queries.last(MADE, only_good=True), queries.last(MADE), queries.last(TESTED)
    return page(
        "backup/overview.html", last_good=last_good, last_failed=last if last and not last.ok else None, tested=tested,
        overdue=rules.is_overdue(last_good.at if last_good else None, now), runs=queries.runs(SHOWN), kinds=KINDS, reasons=_reasons,
        checks=_checks(tested) if tested else [], failing_since=queries.failing_since(), advice=services.advice_on(tested) if tested else [], folder=queries.folder(), nightly=bool(current_app.config["BACKUP_FOLDER"]),
        has_key=bool(current_app.config["BACKUP_KEY"]), may_make=current_user.can("backup.make"),
    )


@area.screen("/make", title=_l("立即備份"), permission="backup.make", methods=["POST"], parent="backup.overview")
def make():
    return _started("backup.make", "backup.asked")


@area.screen("/test", title=_l("立即做還原測試"), permission="backup.make", methods=["POST"], parent="backup.overview")
def test():
    return _started("backup.restore_test", "backup.test_asked")


def _started(kind: str, action: str) -> Any:
    begun = tasks.start(kind, current_user)
    recording.describe(action)
    return redirect(url_for("jobs.task", task_id=begun.id))


def _reasons(run: BackupRun) -> str:
    return _("；").join(say(one) for one in services.problems_of(run))


def _checks(run: BackupRun) -> list[tuple[str, bool, str]]:
    """What was checked: its name, whether it was right, how much of it there was. Nothing when the backup did not even open."""
    figures = run.figures
    if not figures:
        return []
    counts = {
        "rows": _("%(tables)s 個資料表，%(rows)s 筆", tables=figures["tables"], rows=f"{figures['rows']:,}"),
        "audit": _("%(count)s 筆封存", count=f"{figures['sealed']:,}"),
        "files": _("%(count)s 個", count=f"{figures['files']:,}") if not figures["lost"] else _(
            "%(count)s 個；%(lost)s 個找不到或已損壞", count=f"{figures['files']:,}", lost=figures["lost"]
        ),
        "keys": _("每一種加密欄位各試一筆"),
    }
    return [(str(title), word not in figures["findings"], counts[word]) for word, title in CHECKS.items()]
