"""Leaving: a written wish that acts when the constitution says, or a fact (death, another trade); what is left to do, and taking it back.

``people.leave`` writes the day into the membership; here stands what led to it and what follows. Money is not touched: what is owed is
owed, and charges for the time after the leaving are mended by whoever bills.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.law.basis import Basis
from unionops.members.models import Leaving, Membership
from unionops.members.queries import leaving as queries
from unionops.members.rules import leaving as rules
from unionops.members.rules.membership import LeaveReason
from unionops.members.services import people
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

WISHED = recording.sentence("members.leaving_received", _l("收到 %(name)s（%(number)s）的退會申請，自 %(on)s 生效"))
WITHDRAWN = recording.sentence("members.leaving_withdrawn", _l("登錄 %(name)s（%(number)s）撤回退會申請"))
FOLLOWED = recording.sentence("members.leaving_followed", _l("登錄 %(name)s（%(number)s）出會後的事項"))

STOP_CHECKOFF = deadline_kind("members.stop_checkoff", title=_l("通知雇主停止代扣"), closes=_l("登錄已通知雇主停扣"))


def receive_wish(
    membership: Membership, *, received_on: date, how: str, note: str, by: User | None, today: date, left_to: str = "",
) -> Leaving:
    """A written wish to leave arrived: it acts on the day that the constitution gives. Raises RuleBroken."""
    if problems := rules.wish_problems(received_on=received_on, joined_on=membership.joined_on, today=today):
        raise RuleBroken(*problems)
    basis = queries.effective(received_on)
    outside = basis.result
    assert isinstance(outside, date)
    reason = LeaveReason.TRANSFERRED if left_to.strip() else LeaveReason.RESIGNED
    made = record(membership, left_on=outside, reason=reason, note=note, received_on=received_on, how=how, left_to=left_to, by=by, today=today)
    recording.describe(WISHED, membership.person, name=membership.person.name, number=membership.number, on=outside)
    return made


def record(
    membership: Membership, *, left_on: date | None, reason: str, note: str, by: User | None, today: date, received_on: date | None = None,
    how: str = "", left_to: str = "",
) -> Leaving:
    """Somebody leaves from a day on, for whatever reason; without a written wish ``received_on`` is the day on which the office knew.
    Raises RuleBroken."""
    people.leave(membership, left_on=left_on, reason=reason, note=note, today=today)
    assert left_on is not None
    membership.left_to = left_to.strip()
    made = Leaving(
        membership=membership, received_on=received_on or today, how=how, reason=reason, note=note, effective_on=left_on, left_to=left_to.strip(),
    )
    db.session.add(made)
    db.session.flush()
    if queries.is_checked_off(membership.person_id):
        calendar.put(
            Ref("person", membership.person_id), STOP_CHECKOFF, suffix=str(membership.id),
            title=str(_l("通知雇主自 %(day)s 停扣：會號 %(number)s", day=left_on.isoformat(), number=membership.number)),
            latest_on=max(left_on, today) + timedelta(7), nominal_on=max(left_on, today),
            basis=Basis("UA-28-checkoff", "工會法第 28 條第 3 項、施行細則第 25 條", left_on, (("出會日期", left_on),), confidence="derived",
                        note="離會後不得再代扣。"),
            owner=by, today=today, reopen=True,
        )
    return made


def return_card(leaving: Leaving, *, on: date, today: date) -> None:
    """The member card came back. Raises RuleBroken."""
    _refuse_day("card_returned_on", on, leaving, today)
    leaving.card_returned_on = on
    _followed(leaving)


def tell_employer(leaving: Leaving, *, on: date, today: date, now: datetime) -> None:
    """The employer was told to stop the check-off. Raises RuleBroken."""
    _refuse_day("employer_told_on", on, leaving, today)
    leaving.employer_told_on = on
    calendar.close(Ref("person", leaving.membership.person_id), STOP_CHECKOFF, suffix=str(leaving.membership_id), how=str(_l("已通知雇主")), now=now)
    _followed(leaving)


def withdraw(leaving: Leaving, *, on: date, today: date) -> None:
    """The wish is taken back before it acts: the membership goes on. Raises RuleBroken."""
    if leaving.withdrawn_on is not None:
        raise RuleBroken(problem("", "退會申請已經在 %(day)s 撤回。", day=leaving.withdrawn_on))
    if problems := rules.withdrawal_problems(
        effective_on=leaving.effective_on, withdrawn_on=on, received_on=leaving.received_on, today=today,
    ):
        raise RuleBroken(*problems)
    membership = leaving.membership
    undo(membership, on=on)
    recording.describe(WITHDRAWN, membership.person, name=membership.person.name, number=membership.number)


def undo(membership: Membership, *, on: date) -> None:
    """A leaving was recorded by mistake, or is taken back: as if it had not been. Raises RuleBroken."""
    people.undo_leaving(membership)
    membership.left_to = ""
    for row in db.session.scalars(sa.select(Leaving).where(Leaving.membership_id == membership.id, Leaving.withdrawn_on.is_(None))):
        row.withdrawn_on = on
    stopping = calendar.of(Ref("person", membership.person_id), STOP_CHECKOFF, str(membership.id))
    if stopping is not None and not stopping.settled:
        calendar.close(stopping.ref, STOP_CHECKOFF, suffix=str(membership.id), how=str(_l("出會登錄已取消")), now=clock.now())


def _refuse_day(field: str, on: date, leaving: Leaving, today: date) -> None:
    if on > today:
        raise RuleBroken(problem(field, "日期不得晚於今天。"))
    if on < leaving.received_on and on < leaving.effective_on:
        raise RuleBroken(problem(field, "日期早於收到退會申請的 %(day)s。", day=leaving.received_on))


def _followed(leaving: Leaving) -> None:
    person = leaving.membership.person
    recording.describe(FOLLOWED, person, name=person.name, number=leaving.membership.number)
