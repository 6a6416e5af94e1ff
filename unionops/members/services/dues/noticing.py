"""Bill notices by mail: everybody of a run who still owes something and has an address, each with his own text, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import db, lock_row
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.models import Delivery
from unionops.core.notify.registry import notice_kind
from unionops.members.models import BillRun
from unionops.members.queries import bills
from unionops.members.queries.bills import PersonBill
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

NOTICE = notice_kind("dues.bill_mailed", title=_l("寄送繳費通知"), choice=False)
MAILED = recording.sentence("dues.bills_mailed", _l("寄出 %(title)s 的繳費通知 %(count)s 封"))
PRINTED = recording.sentence("dues.bills_printed", _l("列印 %(title)s 的繳費通知，%(count)s 人"))
_AT_ONCE = 1_000


def mail_all(run: BillRun, user: Any, text: Callable[[PersonBill], str], *, again: bool, tell: Callable[[int], None] = lambda done: None) -> int:
    """Puts the notices into the outbox; how many. ``again`` sends them although they were sent. Raises RuleBroken."""
    lock_row(run)
    if run.reversed_on is not None:
        raise RuleBroken(problem("", "這次開單已經撤銷，沒有要通知的。", code="taken_back"))
    if mailed(run) and not again:
        raise RuleBroken(problem("again", "這次開單的通知已經寄過，要再寄請勾選。", code="mailed_already"))
    count, after = 0, ""
    while some := bills.bills_of_run(run, user, after=after, limit=_AT_ONCE):
        after = some[-1].number
        letters = [(notify.Reader(one.name, one.email), text(one)) for one in some if one.email]
        count += len(notify.mail_secrets(letters, subject=_l("繳費通知"), kind=NOTICE, pointer=Ref("bill_run", run.id)))
        tell(count)
    if not count:
        raise RuleBroken(problem("", "未繳的人都沒有電子郵件，請列印寄送。", code="nobody"))
    recording.describe(MAILED, run, title=run.title, count=count)
    return count


def mailed(run: BillRun) -> int:
    """How many notices of this run were put into the outbox."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(Delivery.ref_kind == "bill_run", Delivery.ref_id == run.id)) or 0
