"""Arrears: how old they are, which step of the ladder is due, whether an instalment agreement is kept. Pure; whole NT$.

Sources: elections-meetings-forms §11a (a ladder of the constitution; its last steps only propose), 工會法 26 (UA-26-hearing). The months and days
of the ladder are the constitution's. What is owed is ``dues``; what is proposed goes on in ``measures``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from unionops.law.basis import Basis
from unionops.members.rules.dues import AGES, Item, allot, months_on
from unionops.values.problems import Problem, _m, problem


class Step(StrEnum):
    """The rungs: 繳費通知, 催繳函, 提案停權, 提案除名; and the one letter to who has left, 結清通知."""

    NOTICE = "notice"
    FORMAL = "formal"
    SUSPENSION = "suspension"
    EXPULSION = "expulsion"
    FINAL = "final"

    @property
    def proposes(self) -> bool:
        """Whether the step is no letter but a proposal to the body that decides."""
        return self in (Step.SUSPENSION, Step.EXPULSION)


LADDER: tuple[Step, ...] = (Step.NOTICE, Step.FORMAL, Step.SUSPENSION, Step.EXPULSION)


class Why(StrEnum):
    """Why a step is due, or none is."""

    DUE = "due"
    AGAIN = "again"
    """The formal notice came back: it goes out once more."""
    CLEAR = "clear"
    CREDIT = "credit"
    """What was paid too much covers it."""
    DIED = "died"
    AGREED = "agreed"
    """An agreement about all of it is kept."""
    FEW = "few"
    WAITING = "waiting"
    """The time to pay of the step before is running."""
    UNPROVED = "unproved"
    """The formal notice is not proved to have arrived."""
    UNDECIDED = "undecided"
    """The suspension that was proposed is not decided, or does not act."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Charter:
    """The ladder of the constitution: months of regular dues unpaid from which a step is taken, and days to pay after a letter."""

    notice_months: int = 3
    formal_months: int = 6
    suspension_months: int = 12
    expulsion_months: int = 24
    pay_days: int = 30

    def months(self, step: Step) -> int:
        """From how many months on; a final statement to who left needs none."""
        return {
            Step.NOTICE: self.notice_months, Step.FORMAL: self.formal_months, Step.SUSPENSION: self.suspension_months,
            Step.EXPULSION: self.expulsion_months,
        }.get(step, 0)


class Taken(NamedTuple):
    """One step that was taken. ``acts``: of a proposal, whether the measure acts (None: of a letter, or not decided yet)."""

    step: Step
    sent_on: date
    pay_by: date
    delivered_on: date | None = None
    returned_on: date | None = None
    acts: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one person that decides the step, as of a day.

    ``months`` of regular dues unpaid; ``amount`` NT$ overdue of all kinds; ``since`` the oldest due day among them: all without the
    ``agreed`` NT$ that an instalment agreement is about which is kept, and with the ``broken`` NT$ of one that is not. ``credit`` NT$ paid
    and not allotted.
    """

    months: int
    amount: int
    since: date | None
    taken: Sequence[Taken] = field(default_factory=tuple)
    credit: int = 0
    agreed: int = 0
    broken: int = 0
    left: bool = False
    died: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """The answer: the step to take now, or None with the reason; ``about`` what, and ``from_on`` when the time to pay is over, while it runs."""

    about: Facts
    step: Step | None
    why: Why
    basis: tuple[Basis, ...] = ()
    from_on: date | None = None


def step_due(facts: Facts, charter: Charter, on: date) -> Due:
    """Which step of the ladder is due. One rung at a time: none before the earlier was proved and its time to pay is over, none twice for
    the same arrears, none about what an agreement covers that is kept, none to the dead; who has left gets one final statement."""
    owes = facts.amount > 0 and facts.since is not None
    if facts.died and (owes or facts.agreed):
        return Due(facts, None, Why.DIED)
    if not owes:
        return Due(facts, None, Why.AGREED if facts.agreed else Why.CLEAR)
    assert facts.since is not None
    if facts.credit >= facts.amount:
        return Due(facts, None, Why.CREDIT)
    # A step was taken for these arrears when the oldest of them was overdue on that day already.
    same = sorted((one for one in facts.taken if one.sent_on > facts.since), key=lambda one: one.sent_on)
    if facts.left:
        told = any(one.step is Step.FINAL for one in same)
        return Due(facts, None, Why.DONE) if told else Due(facts, Step.FINAL, Why.DUE, (_asked(Step.FINAL, facts, charter, on),))
    last: dict[Step, Taken] = {one.step: one for one in same if one.step is not Step.FINAL}
    reached = max((LADDER.index(step) for step in last), default=-1)
    if reached == len(LADDER) - 1:
        return Due(facts, None, Why.DONE)
    step, before = LADDER[reached + 1], last.get(LADDER[reached]) if reached >= 0 else None
    basis = (_asked(step, facts, charter, on),)
    if before is not None:
        if before.step is Step.FORMAL and before.delivered_on is None:
            if before.returned_on is not None:
                return Due(facts, Step.FORMAL, Why.AGAIN, (_asked(Step.FORMAL, facts, charter, on),))
            return Due(facts, None, Why.UNPROVED, basis)
        if before.step.proposes and not before.acts:
            return Due(facts, None, Why.UNDECIDED, basis)
        ends = time_to_pay_ends(before, charter)
        if on <= ends:
            return Due(facts, None, Why.WAITING, basis, ends + timedelta(1))
    if facts.months < charter.months(step):
        return Due(facts, None, Why.FEW, basis)
    return Due(facts, step, Why.DUE, basis)


def time_to_pay_ends(taken: Taken, charter: Charter) -> date:
    """The last day to pay: the one in the letter, and for whom it reached late the charter's days after it came."""
    if taken.step.proposes:
        return taken.sent_on
    return max(taken.pay_by, taken.delivered_on + timedelta(charter.pay_days)) if taken.delivered_on else taken.pay_by


def _asked(step: Step, facts: Facts, charter: Charter, on: date) -> Basis:
    words = {
        Step.NOTICE: _m("寄繳費通知"), Step.FORMAL: _m("寄催繳函，保留送達證明"), Step.SUSPENSION: _m("提案停權"), Step.EXPULSION: _m("提案除名"),
        Step.FINAL: _m("寄結清通知"),
    }[step]
    inputs: tuple[tuple[str, str | int | date], ...] = ((_m("欠繳經常會費月數"), facts.months), (_m("欠費金額"), facts.amount))
    if facts.agreed:
        inputs += ((_m("分期協議依約中，不計入"), facts.agreed),)
    if facts.broken:
        inputs += ((_m("分期協議違約，回復計入"), facts.broken),)
    if step is not Step.FINAL:
        inputs = ((_m("章程所定月數"), charter.months(step)), *inputs)
    note = _m("停權、除名由章程所定機關議決，議決前須給予陳述機會；本系統只提案。") if step.proposes else ""
    if step.proposes:
        return Basis("UA-26-hearing", _m("章程、工會法第 26 條第 1 項第 5 款、第 3 項"), words, (*inputs, (_m("計算日"), on)), source="charter", note=note)
    return Basis(f"charter.arrears_{step}", _m("章程"), words, (*inputs, (_m("計算日"), on)), source="charter", confidence="derived")


# --- what letters say -------------------------------------------------------------------------------------------------

FIELDS = ("姓名", "會號", "月數", "金額", "大寫", "計算日", "期限", "工會")
"""What {…} in the text of a letter stands for; each is filled for every person."""
LONGEST_TEXT = 1500
_FIELD = re.compile(r"[{｛]\s*([^{}｛｝]*?)\s*[}｝]")


def text_problems(text: str) -> list[Problem]:
    """What stands against the text of a letter: too long, or a field that nothing fills."""
    problems: list[Problem] = []
    if len(text) > LONGEST_TEXT:
        problems.append(problem("text", "最多 %(most)s 個字。", code="text_too_long", most=LONGEST_TEXT))
    unknown = sorted({name for name in _FIELD.findall(text) if name not in FIELDS})
    if unknown:
        problems.append(problem("text", "沒有這些欄位：%(names)s；可用的是 %(fields)s。", code="unknown_field", names=unknown, fields=list(FIELDS)))
    return problems


def merged(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled; one that is not known stays as it was typed."""
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), text)


# --- how old ----------------------------------------------------------------------------------------------------------


def age_limits(on: date) -> list[tuple[str, date]]:
    """(age, first due day that is no older), the youngest first: what ``dues.months_overdue`` says, as days for a database to compare."""
    return [(name, _first_due(on, limit) if limit is not None else date.min) for limit, name in AGES]


def _first_due(on: date, months: int) -> date:
    """The first due day that is at most so many months overdue."""
    first = months_on(on, -months)
    if on.day > monthrange(first.year, first.month)[1]:
        return months_on(first, 1)
    return first.replace(day=on.day)


# --- agreements -------------------------------------------------------------------------------------------------------


class PlanState(StrEnum):
    """Where an agreement stands: kept, broken, fulfilled, ended by hand."""

    KEPT = "kept"
    BROKEN = "broken"
    FULFILLED = "fulfilled"
    ENDED = "ended"


class Promise(NamedTuple):
    """One instalment: NT$ by a day."""

    due_on: date
    amount: int


MOST_PROMISES = 60


def equal_promises(total: int, count: int, first_on: date) -> list[Promise]:
    """The total in equal monthly parts; what does not divide comes with the first. The day of the month stays, cut to the month's end."""
    part, rest = divmod(total, count)
    days = []
    for place in range(count):
        month = months_on(first_on, place)
        days.append(month.replace(day=min(first_on.day, monthrange(month.year, month.month)[1])))
    return [Promise(day, part + (rest if place == 0 else 0)) for place, day in enumerate(days)]


def plan_problems(promises: Sequence[Promise], total: int, agreed_on: date, today: date) -> list[Problem]:
    """What stands against an agreement over ``total`` NT$ of arrears."""
    problems: list[Problem] = []
    if total <= 0:
        problems.append(problem("", "這位會員沒有逾期未繳的款項，不需要分期。", code="nothing_owed"))
    if agreed_on > today:
        problems.append(problem("agreed_on", "協議日不得晚於今天。", code="date_in_future"))
    if not promises or len(promises) > MOST_PROMISES:
        problems.append(problem("count", "分期須為 1 至 %(most)s 期。", code="promises_count", most=MOST_PROMISES))
        return problems
    days = [one.due_on for one in promises]
    if days != sorted(set(days)) or days[0] < agreed_on:
        problems.append(problem("first_on", "各期日期須由早到晚、不得重複，且不早於協議日。", code="promises_days"))
    if any(one.amount <= 0 for one in promises):
        problems.append(problem("count", "每一期的金額須大於 0。", code="promise_not_positive"))
    if total > 0 and sum(one.amount for one in promises) != total:
        problems.append(problem("count", "各期合計 %(sum)s 元，與欠費 %(total)s 元不符。", code="promises_sum", sum=sum(one.amount for one in promises), total=total))
    return problems


def plan_state(promises: Iterable[Promise], rest: int, on: date, ended_on: date | None = None) -> PlanState:
    """Where an agreement stands on a day: ``rest`` is what is still open of what it covers. A day promised counts until it is over."""
    if ended_on is not None and ended_on <= on:
        return PlanState.ENDED
    if rest <= 0:
        return PlanState.FULFILLED
    still_promised = sum(one.amount for one in promises if one.due_on >= on)
    return PlanState.BROKEN if rest > still_promised else PlanState.KEPT


def paid_ahead(promises: Iterable[Promise], rest: int, on: date) -> int:
    """NT$ paid on a kept agreement beyond what was promised until a day. Money pays the oldest first, so whoever pays his instalment and
    the dues of the month has paid both, though all of it went to what the agreement covers."""
    return max(sum(one.amount for one in promises if one.due_on >= on) - rest, 0)


def beside(items: Iterable[Item], covered: Collection[int], ahead: int) -> list[Item]:
    """What is overdue beside an agreement: all but the charges it covers, less what was paid ahead of it, the oldest first."""
    outside = [one for one in items if one.id not in covered and one.open > 0]
    paid = dict(allot(outside, ahead)[0])
    return [one._replace(open=one.open - paid.get(one.id, 0)) for one in outside if one.open > paid.get(one.id, 0)]


# --- proof ------------------------------------------------------------------------------------------------------------


def delivery_problems(sent_on: date, delivered_on: date | None, returned_on: date | None, proof: str, today: date) -> list[Problem]:
    """What stands against recording how a letter fared: one of delivered and returned, with what proves it."""
    problems: list[Problem] = []
    if (delivered_on is None) == (returned_on is None):
        problems.append(problem("delivered_on", "送達日與退件日請擇一填寫。", code="one_of_both"))
    for name, day in (("delivered_on", delivered_on), ("returned_on", returned_on)):
        if day is not None and day < sent_on:
            problems.append(problem(name, "不得早於寄發日 %(sent)s。", code="before_sent", sent=sent_on))
        if day is not None and day > today:
            problems.append(problem(name, "不得晚於今天。", code="date_in_future"))
    if delivered_on is not None and not proof.strip():
        problems.append(problem("proof", "請填送達證明，例如掛號號碼或簽收人。", code="proof_missing"))
    return problems


def pay_by_problems(sent_on: date, pay_by: date, charter: Charter) -> list[Problem]:
    """A time to pay shorter than the charter's is refused."""
    least = sent_on + timedelta(charter.pay_days)
    if pay_by < least:
        return [problem("pay_by", "繳款期限至少要到 %(least)s（章程所定 %(days)s 日）。", code="pay_by_too_early", least=least, days=charter.pay_days)]
    return []
