"""The check of an application, and the way to its decision: the board, or the president first and the board ratifies, as the charter says.

The chains of ``core.approvals`` carry it: each application is one asking, so that a meeting may agree to some and refuse others; one
resolution decides as many as it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as asked
from unionops.core.approvals import rules as approving
from unionops.core.approvals import services as approvals
from unionops.core.approvals.models import Approval
from unionops.core.approvals.registry import Step, chain
from unionops.core.approvals.services import Resolution
from unionops.core.approvals.wording import title_of
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.db import db, lock_row, touch_data
from unionops.core.i18n import _l, say
from unionops.core.union import queries as union
from unionops.members.models import Application
from unionops.members.queries import joining as queries
from unionops.members.rules import admission as rules
from unionops.members.rules.admission import Answer, Decision, State, Weight
from unionops.members.rules.membership import LeaveReason
from unionops.members.services import people
from unionops.members.services.joining import telling
from unionops.values import masks
from unionops.values.problems import Problem, RuleBroken, problem

CHECKED = recording.sentence("joining.checked", _l("審查入會申請 %(number)s（%(name)s）"))
DECIDED = recording.sentence("joining.decided", _l("%(who)s同意 %(name)s 入會（%(number)s）"))
REFUSED = recording.sentence("joining.refused", _l("%(who)s不同意 %(name)s 入會（%(number)s）：%(why)s"))
RATIFIED = recording.sentence("joining.ratified", _l("理事會追認 %(name)s 入會（%(number)s）"))


# --- the check --------------------------------------------------------------------------------------------------------


def _kept(text: Problem) -> str:
    """A question as the file keeps it: in Chinese, with days as they are written there."""
    with force_locale("zh_Hant_TW"):
        return say(text)


def check(
    application: Application, *, answers: Mapping[str, Answer], papers: Sequence[str], by: User, today: date
) -> None:
    """Closes the check: every question has its answer, kept with the rule that asked it. Raises RuleBroken with what is still open."""
    lock_row(application)
    if queries.state_of(application) not in (State.RECEIVED, State.CHECKED):
        raise RuleBroken(problem("", "這件申請已經送審或結束，不能再審查。"))
    found = queries.findings(application, by, today, papers_there=papers)
    if wrong := rules.check_problems(found, answers):
        raise RuleBroken(*wrong)
    application.findings = {
        "papers": list(papers),
        "answers": {
            one.key: {
                "kind": one.kind.value, "weight": one.weight.value, "text": _kept(one.text), "basis": one.basis.as_dict(),
                **({"verdict": given.verdict, "answer": given.text.strip()} if (given := answers.get(one.key)) and one.weight == Weight.ASK else {}),
            }
            for one in found
        },
    }
    application.person_id = rules.same_person(found, answers)
    application.checked_on, application.checked_by_id = today, by.id
    touch_data("joining")
    recording.describe(CHECKED, application, number=application.number, name=application.name)


# --- the chains -------------------------------------------------------------------------------------------------------


def _digest(application: Application) -> str:
    """What is decided upon: what was written and what the check found."""
    return json.dumps([application.content, application.findings], ensure_ascii=False, sort_keys=True)


def _summary(application: Application) -> list[tuple[Any, Any]]:
    """What suffices to decide, without what is nobody's business: the identity number is masked."""
    who = queries.applicant(application, clock.today())
    told: list[tuple[Any, Any]] = [
        (_l("申請編號"), application.number), (_l("姓名"), who.name), (_l("身分證號"), masks.mask_id(who.id_number)),
        (_l("工作"), "　".join(part for part in (who.employer, who.trade, who.job, who.workplace) if part) or "–"), (_l("介紹人"), who.introducer or "–"),
    ]
    for one in application.findings.get("answers", {}).values():
        told.append((_l("審查事項"), one["text"] + (f"　{one['answer']}" if one.get("answer") else "")))
    return told


def _admitted(application: Application, approval: Approval) -> None:
    """The last step agreed: the board for good, the president until the board ratifies."""
    step = [one for one in approval.steps if one.verdict == approving.APPROVED][-1]
    application.decision = (Decision.APPROVED if step.body else Decision.INTERIM).value
    application.decided_on = step.resolution_on if step.body else clock.in_taipei(step.decided_at).date() if step.decided_at else clock.today()
    application.decided_by = _by(step)
    touch_data("joining")
    db.session.flush()
    recording.describe(DECIDED, application, who=title_of(step.role, step.body), number=application.number, name=application.name)
    if application.decision == Decision.INTERIM:
        telling.watch_ratifying(application, approval.made_by, clock.today())
        approvals.ask(application, queries.RATIFY, by=approval.made_by, note="", now=approval.closed_at or clock.now())


def _not_admitted(application: Application, approval: Approval, reason: str) -> None:
    """Rejected is a refusal; returned, the check begins anew."""
    if approval.closed_as == approving.RETURNED:
        application.checked_on = application.checked_by_id = None
    elif approval.closed_as == approving.REJECTED:
        _refuse(application, approval, reason)
    touch_data("joining")


def _ratified(application: Application, approval: Approval) -> None:
    step = approval.steps[-1]
    application.ratified_on, application.ratified_by = step.resolution_on, _by(step)
    calendar.close(telling.pointer(application), telling.RATIFYING, how=application.ratified_by, now=clock.now())
    touch_data("joining")
    recording.describe(RATIFIED, application, number=application.number, name=application.name)


def _not_ratified(application: Application, approval: Approval, reason: str) -> None:
    """Refused: whoever was a member already is none from the day of the resolution on. Returned, it waits for the next meeting."""
    if approval.closed_as == approving.REJECTED:
        membership = application.membership
        if membership is not None and membership.left_on is None:
            on = approval.steps[-1].resolution_on or clock.today()
            last = max(on, membership.joined_on) if membership.joined_on else on
            people.leave(membership, left_on=last, reason=LeaveReason.NOT_RATIFIED, note=reason[:200], today=clock.today())
        _refuse(application, approval, reason)
        calendar.close(telling.pointer(application), telling.RATIFYING, how=f"理事會不予追認：{reason}", now=clock.now())
    touch_data("joining")


def _refuse(application: Application, approval: Approval, reason: str) -> None:
    step = [one for one in approval.steps if one.verdict == approving.REJECTED][-1]
    application.decision, application.refused_why = Decision.REFUSED.value, reason[:200]
    application.decided_on = step.resolution_on if step.body else clock.today()
    application.decided_by = _by(step)
    recording.describe(REFUSED, application, who=title_of(step.role, step.body), number=application.number, name=application.name, why=reason)
    telling.refused(application, clock.today())


def _by(step: Any) -> str:
    """Who decided, as the register of members names it: in Chinese, whatever the language of the screen."""
    with force_locale("zh_Hant_TW"):
        title = title_of(step.role, step.body)
    return f"{title} {step.resolution_number if step.body else step.decided_by.name if step.decided_by else ''}".strip()[:200]


chain(
    queries.BOARD, title=_l("入會審查（理事會）"), kind=queries.KIND, steps=(Step.body(approving.BOARD),), summary=_summary, digest=_digest, approved=_admitted,
    returned=_not_admitted,
)
chain(
    queries.PRESIDENT, title=_l("入會審查（理事長先行核可）"), kind=queries.KIND, steps=(Step("secretary_general"), Step("president")), summary=_summary,
    digest=_digest, approved=_admitted, returned=_not_admitted,
)
chain(
    queries.RATIFY, title=_l("入會追認"), kind=queries.KIND, steps=(Step.body(approving.BOARD),), summary=_summary, digest=_digest, approved=_ratified,
    returned=_not_ratified,
)


# --- asking and deciding many together --------------------------------------------------------------------------------


def ask(applications: Sequence[Application], *, by: User, today: date, now: datetime) -> int:
    """Lays checked applications before whoever admits members by the charter of the day, and those the board has not ratified before it
    again. All or none; raises RuleBroken naming each that cannot go."""
    wrong = []
    first = queries.PRESIDENT if union.charter(today)["charter.admission"].value == "president" else queries.BOARD
    wanted: list[tuple[Application, str]] = []
    for one in applications:
        lock_row(one)
        where = queries.state_of(one)
        open_ratifying = queries.waits_for_ratifying(one) and asked.open_of_record(telling.pointer(one), queries.RATIFY) is None
        if open_ratifying and one.decision != Decision.REFUSED:
            wanted.append((one, queries.RATIFY))
        elif where == State.CHECKED and not rules.unanswered(queries.findings(one, by, today), one.findings.get("answers", {})):
            wanted.append((one, first))
        elif where == State.CHECKED:
            wrong.append(problem("", "%(number)s 審查後又有新的事項，請先重新審查。", number=one.number))
        else:
            wrong.append(problem("", "%(number)s 還沒有完成審查，或已經送審。", number=one.number))
    if wrong or not wanted:
        raise RuleBroken(*(wrong or [problem("", "請先選要送審的申請。")]))
    for one, chain_name in wanted:
        approvals.ask(one, chain_name, by=by, now=now)
    touch_data("joining")
    return len(wanted)


def take_back(application: Application, *, by: User, now: datetime) -> None:
    """Whoever sent it takes it back from the decision. Raises RuleBroken for anybody else."""
    for name in (queries.BOARD, queries.PRESIDENT):
        waiting = asked.open_of_record(telling.pointer(application), name)
        if waiting is not None:
            approvals.withdraw(waiting, by=by, now=now)
            touch_data("joining")
            return
    raise RuleBroken(problem("", "這件申請沒有在審查中。"))


def resolve(verdicts: Mapping[int, tuple[str, str]], *, by: User, resolution: Resolution, now: datetime) -> dict[str, int]:
    """One resolution of the board on many applications: application id → (verdict, reason). All or none; how many of each verdict.

    Raises RuleBroken naming the application that stands in the way.
    """
    there = {one.application.id: one for one in queries.before_board(by)}
    done: dict[str, int] = {}
    for number, (verdict, reason) in verdicts.items():
        if number not in there:
            raise RuleBroken(problem("", "名單已有變動，請重新整理後再登錄。", code="stale"))
        one = there[number]
        try:
            approvals.decide(one.approval, by=by, verdict=verdict, reason=reason, now=now, resolution=resolution)
        except RuleBroken as refusal:
            told = [
                wrong if wrong.field in ("number", "resolved_on", "wording") else problem(f"reason_{number}" if wrong.field == "reason" else "", "%(number)s：%(what)s", number=one.application.number, what=wrong)
                for wrong in refusal.problems
            ]
            raise RuleBroken(*told) from refusal
        done[verdict] = done.get(verdict, 0) + 1
    if not done:
        raise RuleBroken(problem("", "請至少登錄一件的決定。"))
    return done
