"""Suspension and expulsion: proposed, heard, decided by the body of the constitution, acting from a day, ended.

Nothing acts without a hearing (or its waiver) and a resolution: ``rules.measures`` says so, and the database once more.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import db, touch_data
from unionops.core.i18n import _l
from unionops.law.basis import Basis
from unionops.members.models import Measure, Membership
from unionops.members.queries import measures as queries
from unionops.members.rules import measures as rules
from unionops.members.rules.measures import MeasureKind, Outcome, Votes
from unionops.members.rules.membership import LeaveReason
from unionops.members.services import leaving
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

PROPOSED = recording.sentence("members.measure_proposed", _l("提案停權或除名，會號 %(number)s"))
ASKED = recording.sentence("members.measure_asked", _l("通知會號 %(number)s 陳述意見，期限 %(day)s"))
HEARD = recording.sentence("members.measure_heard", _l("登錄會號 %(number)s 的陳述"))
WAIVED = recording.sentence("members.measure_waived", _l("登錄會號 %(number)s 未陳述的情形"))
DECIDED = recording.sentence("members.measure_decided", _l("登錄會號 %(number)s 的停權或除名決議，自 %(day)s 生效"))
NOT_CARRIED = recording.sentence("members.measure_not_carried", _l("會號 %(number)s 的停權或除名案未通過"))
TOLD = recording.sentence("members.measure_told", _l("將決議通知會號 %(number)s"))
LIFTED = recording.sentence("members.measure_lifted", _l("解除會號 %(number)s 的停權"))
DROPPED = recording.sentence("members.measure_dropped", _l("撤銷會號 %(number)s 的停權或除名案"))

HEARING = deadline_kind("members.hearing", title=_l("陳述意見期限"), closes=_l("登錄陳述，或登錄未陳述的情形"))
TELLING = deadline_kind("members.measure_told", title=_l("通知停權或除名決議"), closes=_l("登錄決議通知日"))
TELL_WITHIN = 10
"""Days in which the office means to tell a decision; its own habit, no rule of law."""


def propose_measure(
    membership: Membership, kind: str, *, ground: str, clause: str, on: date, by: User | None, origin: Ref | None = None, today: date
) -> Measure:
    """A measure is proposed; nothing acts yet. Raises RuleBroken: left already, one of the kind under way, no ground, a coming day."""
    under_way = db.session.scalar(sa.select(Measure.id).where(
        Measure.membership_id == membership.id, Measure.kind == kind, Measure.decided_on.is_(None), Measure.dropped_on.is_(None),
    ))
    if problems := rules.proposal_problems(
        ground=ground, on=on, joined_on=membership.joined_on, left_on=membership.left_on, today=today, is_under_way=under_way is not None,
    ):
        raise RuleBroken(*problems)
    made = Measure(
        membership=membership, kind=MeasureKind(kind), ground=ground.strip(), clause=clause.strip(), proposed_on=on,
        proposed_by_id=by.id if by is not None else None, origin=origin,
    )
    db.session.add(made)
    db.session.flush()
    _told(PROPOSED, made)
    return made


def ask_to_be_heard(measure: Measure, *, asked_on: date, hearing_on: date, how: str, by: User | None, today: date) -> None:
    """The member was told of the proposal and until when he may answer; asked again, the later notice counts. Raises RuleBroken."""
    _open(measure)
    days = queries.hearing_days(asked_on)
    if problems := rules.asking_problems(
        proposed_on=measure.proposed_on, asked_on=asked_on, hearing_on=hearing_on, days=days, today=today,
    ):
        raise RuleBroken(*problems)
    measure.asked_on, measure.hearing_on, measure.asked_how = asked_on, hearing_on, how.strip()
    measure.heard_on, measure.statement, measure.waived_why, measure.waived_on = None, "", "", None  # A new notice opens the time to answer anew.
    calendar.put(
        Ref("measure", measure.id), HEARING, title=str(_l("陳述意見：會號 %(number)s", number=measure.membership.number)), latest_on=hearing_on,
        basis=Basis("UA-26-hearing", "工會法第 26 條第 3 項", hearing_on, (("通知日", asked_on), ("陳述期間（日）", days))), owner=by, today=today,
        reopen=True,
    )
    _told(ASKED, measure, day=hearing_on)


def record_hearing(measure: Measure, *, heard_on: date, statement: str, today: date, now: datetime) -> None:
    """What the member said, by word or in writing. Raises RuleBroken."""
    _open(measure)
    if problems := rules.hearing_problems(asked_on=measure.asked_on, on=heard_on, text=statement, today=today):
        raise RuleBroken(*problems)
    measure.heard_on, measure.statement, measure.waived_why, measure.waived_on = heard_on, statement.strip(), "", None
    calendar.close(Ref("measure", measure.id), HEARING, how=str(_l("已陳述")), now=now)
    _told(HEARD, measure)


def record_waiver(measure: Measure, *, declined: bool, why: str, today: date, now: datetime) -> None:
    """The member had the chance and did not use it, or said that he will not (``declined``). Raises RuleBroken."""
    _open(measure)
    if problems := rules.waiver_problems(
        asked_on=measure.asked_on, hearing_on=measure.hearing_on, declined=declined, why=why, today=today,
    ):
        raise RuleBroken(*problems)
    if measure.heard_on is not None:
        raise RuleBroken(problem("", "已經登錄陳述。"))
    measure.waived_why = why.strip()
    # Whoever says nothing has his time to the end of its last day.
    measure.waived_on = today if declined or measure.hearing_on is None else measure.hearing_on + timedelta(1)
    calendar.close(Ref("measure", measure.id), HEARING, how=str(_l("未陳述")), now=now)
    _told(WAIVED, measure)


def decide(
    measure: Measure, *, decided_on: date, resolution: str, votes: Votes, from_on: date | None, until_on: date | None, by: User | None,
    today: date,
) -> Outcome:
    """The body decided. Carried, it acts from ``from_on`` (without one, from the decision on), and an expulsion ends the membership;
    otherwise the case is closed. Raises RuleBroken; without a hearing or a resolution nothing is ever recorded."""
    _open(measure)
    kind = MeasureKind(measure.kind)
    heard = measure.heard_on is not None or bool(measure.waived_why)
    body, special, _clause = queries.deciding(kind, decided_on)
    from_on = from_on or decided_on
    problems = rules.decision_problems(
        heard=heard, resolution=resolution, decided_on=decided_on, heard_by=measure.heard_on or measure.waived_on, from_on=from_on,
        until_on=until_on, kind=kind, today=today,
    ) + rules.votes_problems(votes)
    left = measure.membership.left_on
    if left is not None and left <= decided_on:
        problems.append(problem("", "會籍已經在 %(day)s 終止，請改辦撤案。", day=left))
    if problems:
        raise RuleBroken(*problems)
    found = rules.outcome(votes, body, special=special)
    measure.body, measure.resolution, measure.decided_on, measure.votes = body, resolution.strip(), decided_on, votes.stored()
    if not found.carried:
        measure.dropped_on, measure.dropped_why = decided_on, "表決未通過"
        calendar.withdraw(Ref("measure", measure.id), why="表決未通過")
        _told(NOT_CARRIED, measure)
        return found
    measure.from_on, measure.until_on = from_on, until_on
    if kind == MeasureKind.EXPULSION:
        membership = measure.membership
        if membership.left_on is not None:  # A leaving for a later day was recorded before; the expulsion comes first.
            leaving.undo(membership, on=decided_on)
            db.session.flush()
        leaving.record(membership, left_on=from_on, reason=LeaveReason.EXPELLED, note=resolution.strip()[:200], by=by, today=today)
    calendar.put(
        Ref("measure", measure.id), TELLING, title=str(_l("通知決議：會號 %(number)s", number=measure.membership.number)),
        latest_on=decided_on + timedelta(TELL_WITHIN), owner=by, today=today,
    )
    touch_data("members")
    _told(DECIDED, measure, day=from_on)
    return found


def tell_decision(measure: Measure, *, on: date, how: str, today: date, now: datetime) -> None:
    """The member was told of the decision. Raises RuleBroken."""
    if problems := rules.telling_problems(decided_on=measure.decided_on, on=on, today=today):
        raise RuleBroken(*problems)
    measure.told_on, measure.told_how = on, how.strip()
    calendar.close(Ref("measure", measure.id), TELLING, how=str(_l("已通知")), now=now)
    _told(TOLD, measure)


def lift(measure: Measure, *, on: date, why: str) -> None:
    """A suspension ends early; ``on`` is the first day free of it. Raises RuleBroken."""
    if measure.kind != MeasureKind.SUSPENSION:
        raise RuleBroken(problem("", "除名不能解除；決議經撤銷時請用「撤案」，要回來請辦再入會。"))
    if measure.dropped_on is not None:
        raise RuleBroken(problem("", "這一案已經撤銷。"))
    if problems := rules.lifting_problems(
        from_on=measure.from_on, until_on=measure.until_on, lifted_on=measure.lifted_on, on=on, why=why,
    ):
        raise RuleBroken(*problems)
    measure.lifted_on, measure.lifted_why = on, why.strip()
    touch_data("members")
    _told(LIFTED, measure)


def drop(measure: Measure, *, on: date, why: str, today: date) -> None:
    """The proposal is not pursued, or the decision was overturned: then it never acted, and an expelled member is one again. Raises
    RuleBroken."""
    if measure.dropped_on is not None:
        raise RuleBroken(problem("", "這一案已經撤銷。"))
    problems = [] if why.strip() else [problem("why", "請寫明撤案的原因。")]
    if on > today or on < measure.proposed_on:
        problems.append(problem("dropped_on", "撤案日須在提案日到今天之間。"))
    if problems:
        raise RuleBroken(*problems)
    membership = measure.membership
    if measure.from_on is not None and measure.kind == MeasureKind.EXPULSION and membership.left_reason == LeaveReason.EXPELLED:
        leaving.undo(membership, on=on)
    measure.dropped_on, measure.dropped_why = on, why.strip()
    calendar.withdraw(Ref("measure", measure.id), why=why.strip())
    touch_data("members")
    _told(DROPPED, measure)


# --- inside -----------------------------------------------------------------------------------------------------------


def _open(measure: Measure) -> None:
    if measure.decided_on is not None or measure.dropped_on is not None:
        raise RuleBroken(problem("", "這一案已經決議或撤銷。"))


def _told(sentence: str, measure: Measure, **figures: object) -> None:
    """The audit names the membership by its number and the measure as its record: who may not see measures reads neither."""
    recording.describe(sentence, Ref("measure", measure.id), number=measure.membership.number, **figures)
