"""Asking for approval, deciding, withdrawing; handing one's approvals to somebody while away.

Everything runs inside the caller's unit, what the chain's area does upon the end included. Says nothing about who may: ``rules``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale

from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.approvals import queries, rules
from unionops.core.approvals.models import Approval, ApprovalStep, Delegation
from unionops.core.approvals.registry import CHAINS
from unionops.core.approvals.wording import title_of
from unionops.core.audit import recording
from unionops.core.db import db, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.values.problems import RuleBroken, _m, problem
from unionops.values.refs import Ref

WAITS = notice_kind("approvals.waits", title=_l("等我核可"), compulsory=True)
ENDED = notice_kind("approvals.ended", title=_l("我送出的簽核有結果"))
HANDED = notice_kind("approvals.handed", title=_l("請我代理核可"))

recording.sentence("approvals.asked", _l("送出「%(title)s」請核可（%(chain)s）"))
recording.sentence("approvals.approved", _l("以%(who)s核可「%(title)s」"))
recording.sentence("approvals.approved_for", _l("代%(away)s以%(who)s核可「%(title)s」"))
recording.sentence("approvals.returned", _l("退回「%(title)s」：%(reason)s"))
recording.sentence("approvals.rejected", _l("駁回「%(title)s」：%(reason)s"))
recording.sentence("approvals.resolved", _l("登錄%(who)s決議（%(number)s，%(on)s）：「%(title)s」%(verdict)s"))
recording.sentence("approvals.went_up", _l("「%(title)s」等候的一關已無人可以核可，改由%(who)s核可"))
recording.sentence("approvals.ended", _l("「%(title)s」全部核可"))
recording.sentence("approvals.withdrawn", _l("撤回「%(title)s」的簽核"))
recording.sentence("approvals.void", _l("「%(title)s」送核後內容變更，簽核作廢"))
recording.sentence("approvals.handed", _l("%(name)s請%(to)s代理核可，%(from_on)s 到 %(until_on)s"))
recording.sentence("approvals.handed_back", _l("結束%(to)s代理%(name)s核可"))

_RESOLVED_AS = {rules.APPROVED: _l("通過"), rules.RETURNED: _l("退回"), rules.REJECTED: _l("不通過")}


@dataclass(frozen=True)
class Resolution:
    """What a body resolved: number, day and wording as in its minutes."""

    number: str
    on: date | None
    text: str


# --- asking and withdrawing -------------------------------------------------------------------------------------------


def ask(record: Any, chain: str, *, by: User, note: str = "", now: datetime) -> Approval:
    """Lays the stored record before the first step of the chain, as it is now. Raises RuleBroken when it waits there already."""
    laid = CHAINS[chain]
    pointer = refs.ref(record)
    if queries.open_of_record(pointer, chain) is not None:
        raise RuleBroken(problem("", "這件已經送出，還在簽核中，不必再送。"))
    with force_locale("zh_Hant_TW"):  # Words of the program are kept as in the source and translated for each reader.
        summary = [[str(label), str(value)] for label, value in laid.summary(record)]
    approval = Approval(
        chain=chain, title=str(refs.KINDS[laid.kind].title(record))[:200], amount=laid.amount(record), note=note, made_by_id=by.id,
        made_by=by, asked_at=now, closed_as="", digest=laid.fingerprint(record),
        summary=summary,
    )
    approval.ref = pointer
    approval.steps = [
        ApprovalStep(place=place, role=step.role, body=step.body_name, verdict="", role_was="", remark="")
        for place, step in enumerate((step for step in laid.steps if step.applies(record)), start=1)
    ]
    db.session.add(approval)
    db.session.flush()
    recording.describe("approvals.asked", approval, record, title=_named(approval), chain=laid.title)
    _go_on(approval, record, now)
    return approval


def withdraw(approval: Approval, *, by: User, now: datetime, why: str = "") -> None:
    """The maker takes it back while it waits. Raises RuleBroken for anybody else, or when it has ended."""
    _lock(approval)
    if by.id != approval.made_by_id:
        raise RuleBroken(problem("", "只有經手人可以撤回。"))
    if approval.closed_as:
        raise RuleBroken(problem("", "這件已經結束，不能撤回。", code="closed"))
    recording.describe("approvals.withdrawn", approval, title=_named(approval))
    _close(approval, _record(approval), rules.WITHDRAWN, why, now)


# --- deciding ---------------------------------------------------------------------------------------------------------


def decide(
    approval: Approval, *, by: User, verdict: str, reason: str = "", now: datetime, resolution: Resolution | None = None,
    place: int | None = None,
) -> str:
    """Decides the step that waits; ``place`` is the one that was seen. Returns how the whole now stands: "" (the next step waits),
    approved, returned, rejected, or void because the record has changed since it was asked.

    Raises RuleBroken when ``by`` may not, or came second (code ``decided``), or when a reason or a resolution is missing.
    """
    _lock(approval)
    # His roles as they are now, not as when the page was opened; whoever changes them waits until this has ended.
    by = db.session.get_one(User, by.id, populate_existing=True, with_for_update={"key_share": True})
    today = clock.in_taipei(now).date()
    facts = queries.settled(approval, may_end=False)  # Whoever it came to because nobody holds the post any more decides in that place.
    answer = rules.may_decide(facts, queries.person(by), queries.mandates(by), today=today, place=place)
    if answer.problems:
        raise RuleBroken(*answer.problems)
    waiting = rules.current(facts.steps)
    assert waiting is not None  # Else the answer had been that it is closed.
    said = resolution or Resolution("", None, "")
    if wrong := rules.decision_problems(
        waiting.body, verdict, reason, number=said.number, on=said.on, text=said.text, today=today
    ):
        raise RuleBroken(*wrong)
    record = _record(approval)
    if record is None or CHAINS[approval.chain].fingerprint(record) != approval.digest:
        recording.describe("approvals.void", approval, title=_named(approval))
        _close(approval, record, rules.VOID, "", now)
        return rules.VOID
    step = _write(approval, facts, now)
    step.verdict, step.reason, step.decided_at = verdict, reason, now
    if step.body:
        step.recorded_by = by
        step.resolution_number, step.resolution_on, step.resolution_text = said.number, said.on, said.text
    else:
        step.decided_by, step.in_place_of_id = by, answer.in_place_of
    db.session.flush()
    _describe(approval, step)
    if verdict == rules.APPROVED:
        return _go_on(approval, record, now)
    _close(approval, record, verdict, reason, now)
    return verdict


def _describe(approval: Approval, step: ApprovalStep) -> None:
    told = {"title": _named(approval), "who": title_of(step.role, step.body)}
    if step.body:
        words = {"number": step.resolution_number, "on": step.resolution_on, "verdict": _RESOLVED_AS[step.verdict]}
        recording.describe("approvals.resolved", approval, **told, **words)
    elif step.verdict != rules.APPROVED:
        recording.describe(f"approvals.{step.verdict}", approval, title=told["title"], reason=step.reason)
    elif step.in_place_of_id:
        away = db.session.get_one(User, step.in_place_of_id)
        recording.describe("approvals.approved_for", approval, away=away.name, **told)
    else:
        recording.describe("approvals.approved", approval, **told)


def _lock(approval: Approval) -> None:
    """Of two who decide at once the second waits here, and then reads what the first has written."""
    lock_row(approval)
    for step in approval.steps:
        db.session.refresh(step)


def _record(approval: Approval) -> Any:
    """The record, read anew and locked: nobody changes it between the look at its content and the end of the unit. None when gone."""
    kind = refs.KINDS[CHAINS[approval.chain].kind]
    db.session.flush()
    return db.session.get(kind.model, approval.ref_id, populate_existing=True, with_for_update={"of": kind.model})


def _go_on(approval: Approval, record: Any, now: datetime) -> str:
    """Opens the next step that has somebody to decide it, or ends the matter as approved."""
    facts = queries.settled(approval, may_end=True)
    if rules.current(facts.steps) is None:
        _write(approval, facts, now)
        recording.describe("approvals.ended", approval, title=_named(approval))
        _close(approval, record, rules.APPROVED, "", now)
        return rules.APPROVED
    _open(approval, facts, now)
    return ""


def go_up(now: datetime) -> int:
    """Writes down where the matters went whose step has lost its last holder, and tells those who may decide them now; how many."""
    went = 0
    for number in sorted(queries.moved()):
        approval = db.session.get_one(Approval, number)
        _lock(approval)
        facts = queries.settled(approval, may_end=False)
        step = rules.current(facts.steps)
        waited = next((row for row in approval.steps if not row.verdict), None)
        if approval.closed_as or step is None or waited is None or (step.place, step.role, step.body) == (waited.place, waited.role, waited.body):
            continue  # Decided, or somebody holds the post again, since the look without a lock.
        recording.describe("approvals.went_up", approval, title=_named(approval), who=step.who)
        _open(approval, facts, now)
        went += 1
    return went


def _open(approval: Approval, facts: rules.Matter, now: datetime) -> None:
    """The step that waits gets its turn; whoever may decide it is told."""
    step = _write(approval, facts, now)
    touch_data(queries.DUTIES)
    db.session.flush()
    _tell_waiting(approval, step, now)


def _write(approval: Approval, facts: rules.Matter, now: datetime) -> ApprovalStep:
    """Keeps what became of the steps (``rules.settled``). Returns the one that waits, opened, or else the last."""
    for row, step in zip(approval.steps, facts.steps, strict=True):
        row.role, row.body, row.role_was, row.remark = step.role, step.body, step.role_was, step.remark
        if not step.verdict:
            row.opened_at = row.opened_at or now
            break
        if not row.verdict:
            row.verdict, row.decided_at = step.verdict, now
    return row


def _close(approval: Approval, record: Any, how: str, reason: str, now: datetime) -> None:
    approval.closed_as, approval.closed_at = how, now
    touch_data(queries.DUTIES)
    db.session.flush()
    chain = CHAINS[approval.chain]
    if record is not None:
        if how == rules.APPROVED:
            chain.approved(record, approval)
        else:
            chain.returned(record, approval, reason)
    if how != rules.WITHDRAWN:
        _tell_ended(approval, reason)


# --- telling ----------------------------------------------------------------------------------------------------------


def _named(approval: Approval) -> str:
    """The title, or for confidential kinds the name of the chain: audit and mail go further than the record."""
    chain = CHAINS[approval.chain]
    return str(chain.title) if refs.KINDS[chain.kind].confidential else approval.title


def _tell_waiting(approval: Approval, step: ApprovalStep, now: datetime) -> None:
    notify.tell(
        WAITS, queries.addressed(step, clock.in_taipei(now).date()), pointer=Ref("approval", approval.id),
        subject=_l("等您核可：%(title)s", title=_named(approval)), text=_l("%(name)s送出，請核可或退回。", name=approval.made_by.name),
    )


_ENDED_AS = {
    rules.APPROVED: _m("已核可：%(title)s"),
    rules.RETURNED: _m("已退回：%(title)s"),
    rules.REJECTED: _m("已駁回：%(title)s"),
    rules.VOID: _m("送核後內容變更，要重新送核：%(title)s"),
}


def _tell_ended(approval: Approval, reason: str) -> None:
    notify.tell(
        ENDED, [approval.made_by], pointer=Ref("approval", approval.id),
        subject=_l(_ENDED_AS[approval.closed_as], title=_named(approval)), text=reason,
    )


# --- delegation -------------------------------------------------------------------------------------------------------


def delegate(user: User, to: User, from_on: date, until_on: date, why: str = "", *, role: str = "", now: datetime) -> Delegation:
    """``to`` decides for ``user`` on these days. Raises RuleBroken for people or days that cannot be."""
    today = clock.in_taipei(now).date()
    wrong = rules.delegation_problems(
        queries.person(user), queries.person(to), role, from_on, until_on, today=today, standing=queries.standing(user, today)
    )
    if wrong:
        raise RuleBroken(*wrong)
    made = Delegation(user=user, to_user=to, role=role, from_on=from_on, until_on=until_on, why=why, made_at=now)
    db.session.add(made)
    touch_data(queries.DUTIES)
    recording.describe("approvals.handed", made, name=user.name, to=to.name, from_on=from_on, until_on=until_on)
    notify.tell(
        HANDED, [to], subject=_l("%(name)s請您代理核可", name=user.name),
        text=_l("%(from_on)s 到 %(until_on)s。%(why)s", from_on=from_on, until_on=until_on, why=why),
    )
    return made


def end_delegation(delegation: Delegation, *, now: datetime) -> None:
    """Ends it at once. Raises RuleBroken when it is over already."""
    lock_row(delegation)
    if queries.is_over(delegation, clock.in_taipei(now).date()):
        raise RuleBroken(problem("", "這個代理已經結束。"))
    delegation.ended_at = now
    touch_data(queries.DUTIES)
    recording.describe("approvals.handed_back", delegation, name=delegation.user.name, to=delegation.to_user.name)
