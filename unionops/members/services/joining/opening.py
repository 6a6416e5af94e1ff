"""The public form: open or closed, and the privacy notice that whoever applies agrees to. Each change is a new row; texts shown once stay."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import db, touch_data
from unionops.core.i18n import _l
from unionops.members.models import JoiningForm
from unionops.members.queries import joining as queries
from unionops.values.problems import RuleBroken, problem
from unionops.values.roc import roc_date

OPENED = recording.sentence("joining.form_opened", _l("開放線上入會申請（個資告知 %(version)s）"))
CLOSED = recording.sentence("joining.form_closed", _l("關閉線上入會申請"))


def set_form(*, is_open: bool, introduction: str, notice: str, by: User, now: datetime) -> JoiningForm:
    """Says how the public form stands from now on. Another wording of the notice is another version. Raises RuleBroken without a notice."""
    if not notice.strip():
        raise RuleBroken(problem("notice", "請寫個人資料告知事項（個人資料保護法第 8 條）。"))
    touch_data("joining")
    before = queries.public_form()
    notice, introduction = notice.strip(), introduction.strip()
    if before is not None and (before.is_open, before.introduction, before.notice) == (is_open, introduction, notice):
        return before
    version = before.notice_version if before is not None and before.notice == notice else _next(now)
    made = JoiningForm(
        is_open=is_open, introduction=introduction, notice=notice, notice_version=version, made_by_id=by.id, made_at=now,
    )
    db.session.add(made)
    db.session.flush()
    recording.describe(OPENED if is_open else CLOSED, made, version=version)
    return made


def _next(now: datetime) -> str:
    count = db.session.scalar(sa.select(sa.func.count(sa.distinct(JoiningForm.notice_version)))) or 0
    return f"第 {count + 1} 版（{roc_date(clock.in_taipei(now).date())}）"
