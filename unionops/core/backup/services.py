"""What the jobs, the screen and the command have in common: one backup into its folder, one test restore, and who is told of them.

Each gives an unsaved ``BackupRun``; failures that the machine's state explains are told in it, others are raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from unionops.core.audit import recording
from unionops.core.backup import making, queries, restoring, rules
from unionops.core.backup.models import MADE, TESTED, BackupRun
from unionops.core.db import db
from unionops.core.documents import atomic_file
from unionops.core.i18n import _l
from unionops.core.notify.registry import notice_kind
from unionops.core.notify.services import tell
from unionops.values.problems import Problem, RuleBroken, problem

recording.sentence("backup.made", _l("製作備份 %(file)s"))
recording.sentence("backup.tested", _l("還原測試 %(file)s：通過"))
recording.sentence("backup.failed", _l("備份或還原測試沒有成功：%(file)s"))
TEST_FAILED = notice_kind("backup.test_failed", title=_l("還原測試沒有通過"), compulsory=True)
OVERDUE = notice_kind("backup.overdue", title=_l("太久沒有備份"), compulsory=True)

NEVER_MADE = _l("還沒有備份。電腦壞掉時，資料就沒有了。")
LONG_AGO = _l("最後一份備份已經超過兩天。請看備份為什麼沒有做成。")
SCREEN = "/backup/"
"""Where notices lead."""
NONE_YET = problem("", "還沒有備份可以測試。請先製作一份備份。")
FINDINGS = {
    "rows": problem("", "資料筆數或資料庫結構與備份時不符"),
    "audit": problem("", "稽核紀錄鏈斷開"),
    "keys": problem("", "加密欄位打不開"),
    "files": problem("", "有附件在備份時就找不到或已損壞"),
}
"""What a test restore may find wrong."""
ADVICE = {
    "rows": _l("請立即備份，再做一次還原測試。還是不符，請檢查磁碟；較早的備份先不要刪。"),
    "audit": _l("請到「稽核紀錄」核對封存，和監事手上的封存碼比對，查明從哪一筆起被改動。"),
    "keys": _l("請確認設定裡的 FIELD_KEYS 沒有少掉以前用過的金鑰，再備份、測試一次。"),
    "files": _l("請從較早的備份取回這些附件，或請原來的人重新附上。"),
}
"""What to do about each."""
ADVICE_ELSE = _l("請先照上面的原因處理，立即備份，再做一次還原測試。較早的備份先不要刪。")


def back_up(path: Path, *, now: datetime) -> BackupRun:
    """Writes a backup to ``path``, whole or not at all."""

    def work() -> dict[str, Any]:
        with atomic_file(path) as file:
            facts = making.make(file, now=now)
        return {
            "version": facts["version"], "revision": facts["revision"], "tables": len(facts["rows"]), "rows": sum(facts["rows"].values()),
            "members": facts["rows"].get("person", 0), "files": facts["files"], "lost": facts["lost"], "lost_files": facts["lost_files"],
        }

    return _told(MADE, path, now, work)


def back_up_into_folder(*, now: datetime) -> BackupRun:
    """A backup into the folder of backups; then those that no rule keeps any more are removed there."""
    folder = queries.folder()
    own = not current_app.config["BACKUP_FOLDER"]
    if own:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not folder.is_dir():  # Not made: a drive that is not mounted would be filled in behind the mount.
        missing = problem("", "找不到備份資料夾 %(folder)s。請確認磁碟已經接上。", folder=str(folder))
        return BackupRun(kind=MADE, at=now, ok=False, file=str(folder)[-200:], reason={"message": missing.message, "params": missing.params})
    run = back_up(folder / queries.file_name(now), now=now)
    if run.ok:
        thin(folder)
    return run


def thin(folder: Path) -> int:
    """Removes from a folder the backups that ``rules.kept`` does not name; how many."""
    there = queries.backups(folder)
    gone = there.keys() - rules.kept(there)
    for moment in gone:
        there[moment].unlink(missing_ok=True)
    return len(gone)


def test(path: Path, *, now: datetime) -> BackupRun:
    """Restores a backup into a scratch place and checks it there; the installation is not touched."""

    def work() -> dict[str, Any]:
        with path.open("rb") as source, restoring.unpacked(source, current_app.config["BACKUP_KEY"], keep_files=False) as opened:
            return opened.figures

    run = _told(TESTED, path, now, work)
    if run.ok and run.figures["findings"]:
        run.ok = False
    return run


def test_newest(*, now: datetime) -> BackupRun:
    """The same with the newest backup of the folder. Raises RuleBroken when there is none."""
    newest = next(iter(queries.backups(queries.folder()).values()), None)
    if newest is None:
        raise RuleBroken(NONE_YET)
    return test(newest, now=now)


def record(run: BackupRun) -> BackupRun:
    """Keeps a run, inside the caller's unit; of a test restore that was not passed everybody is told who may see the backups."""
    db.session.add(run)
    if run.kind == TESTED and not run.ok:
        tell(
            TEST_FAILED, queries.readers(), subject=_l("還原測試沒有通過"), url=SCREEN, urgent=True,
            text=_l("備份 %(file)s 還原測試沒有通過，電腦壞掉時可能救不回資料。請看哪裡不符、該怎麼做。", file=run.file),
        )
    action = "backup.failed" if not run.ok else "backup.made" if run.kind == MADE else "backup.tested"
    recording.describe(action, file=run.file)
    return run


def tell_overdue(*, now: datetime) -> int:
    """Tells everybody who may see the backups that none was made for too long, once a week; how many were told."""
    last_good = queries.last_good_at()
    if not rules.tells(last_good, queries.last_told(OVERDUE), now):
        return 0
    text = NEVER_MADE if last_good is None else LONG_AGO
    return tell(OVERDUE, queries.readers(), subject=_l("太久沒有備份"), text=text, url=SCREEN, urgent=True)


def _told(kind: str, path: Path, now: datetime, work: Callable[[], dict[str, Any]]) -> BackupRun:
    begun = time.monotonic()
    try:
        figures, reason = work(), None
    except Exception as error:
        figures, reason = {}, restoring.trouble(error)
        if reason is None:
            raise
    told: dict[str, Any] = {"message": reason.message, "params": {name: str(value) for name, value in reason.params.items()}} if reason else {}
    return BackupRun(
        kind=kind, at=now, ok=reason is None, file=path.name[-200:], size=path.stat().st_size if path.exists() else 0,
        seconds=round(time.monotonic() - begun, 2), figures=figures, reason=told,
    )


def problems_of(run: BackupRun) -> list[Problem]:
    """Why a run did not go well."""
    if run.reason:
        return [Problem("", run.reason["message"], run.reason["params"])]
    return [FINDINGS[word] for word in dict.fromkeys(run.figures.get("findings", ()))]


def advice_on(run: BackupRun) -> list[Any]:
    """What to do about a test restore that was not passed, a sentence for each finding."""
    if run.ok:
        return []
    return [ADVICE[word] for word in dict.fromkeys(run.figures.get("findings", ()))] or [ADVICE_ELSE]
