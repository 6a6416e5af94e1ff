"""People who might join: put on the board, asked, asked again."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core import search
from unionops.core.audit import recording
from unionops.core.db import db, touch_data
from unionops.core.i18n import _l
from unionops.members.models import Employer, Prospect, Unit
from unionops.members.queries import joining as queries
from unionops.members.rules.recruiting import Result, prospect_problems
from unionops.values.identifiers import normal_phone
from unionops.values.problems import RuleBroken, Unreadable, problem
from unionops.values.text import half_width, tidy_name, unseen

ADDED = recording.sentence("joining.prospect_added", _l("登錄招募對象 %(name)s"))
ASKED = recording.sentence("joining.prospect_asked", _l("登錄招募對象 %(name)s 的聯絡結果"))
DROPPED = recording.sentence("joining.prospect_dropped", _l("刪除招募對象 %(name)s 的資料"))


def save(
    prospect: Prospect | None, *, name: str, phone: str = "", employer: Employer | None = None, workplace: str = "", unit: Unit | None = None,
    asked_by: str = "", asked_on: date | None = None, again_on: date | None = None, result: str = Result.NEW, note: str = "", today: date,
) -> Prospect:
    """Puts somebody on the board, or writes down what came of asking. Raises RuleBroken."""
    wrong = prospect_problems(result=result, asked_by=asked_by, asked_on=asked_on, again_on=again_on, today=today)
    if not name.strip():
        wrong.append(problem("name", "請填姓名。"))
    elif unseen(name):
        wrong.append(problem("name", "姓名含有看不見的字元，請重新輸入。"))
    if prospect is not None and prospect.application_id is not None and result != Result.APPLIED:
        wrong.append(problem("result", "這個人已經提出申請。"))
    if (prospect is None or prospect.application_id is None) and result == Result.APPLIED:
        wrong.append(problem("result", "收到申請書後，系統會自動改為已申請。"))
    try:
        phone = normal_phone(half_width(phone)) if phone.strip() else ""
    except Unreadable as unreadable:
        wrong.append(unreadable.problem("phone"))
    if wrong:
        raise RuleBroken(*wrong)
    is_new = prospect is None
    kept = prospect or Prospect()
    values: dict[str, Any] = {
        "name": tidy_name(name), "phone": phone, "employer_id": employer.id if employer else None, "workplace": workplace, "unit_id": unit.id if unit else None,
        "asked_by": asked_by, "asked_on": asked_on, "again_on": again_on, "result": str(result), "note": note,
    }
    for column, value in values.items():
        setattr(kept, column, value)
    db.session.add(kept)
    db.session.flush()
    search.put(queries.PROSPECT, kept.id, search.words_of(kept.name, kept.phone, kept.workplace))
    touch_data("joining")
    recording.describe(ADDED if is_new else ASKED, kept, name=kept.name)
    return kept


def drop(prospect: Prospect) -> None:
    """Takes somebody off the board for good: who does not wish to be asked has a right to that (PDP-07). Raises RuleBroken after an application."""
    if prospect.application_id is not None:
        raise RuleBroken(problem("", "這個人已經提出申請，資料留在申請裡。"))
    name = prospect.name
    search.forget(queries.PROSPECT, [prospect.id])
    db.session.delete(prospect)
    touch_data("joining")
    recording.describe(DROPPED, name=name)
