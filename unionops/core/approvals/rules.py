"""Who may decide what, in which order, for whom, and what becomes of a step that has nobody left to decide it.

Pure: knows neither records nor the clock. People are their ids, roles their names; ``Step``, ``Matter``, ``Person`` and ``Mandate`` are
the facts, which queries gather.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from unionops.core.accounts.rules import role_conflicts
from unionops.law.basis import Basis
from unionops.values.problems import Problem, _m, problem

APPROVED, RETURNED, REJECTED, WITHDRAWN, VOID, LEFT_OUT = "approved", "returned", "rejected", "withdrawn", "void", "left_out"
VERDICTS = (APPROVED, RETURNED, REJECTED)
"""What whoever decides may say. A step may also be ``left_out``; a matter may end as ``withdrawn`` or ``void``."""

BOARD, ASSEMBLY = "board", "assembly"

OFFICE = frozenset({"secretary_general", "staff", "president", "director", "accountant", "cashier"})
"""Roles that carry on the union's affairs: only they stand in for one another. Supervisors audit what these decide (工會法第 18 條)."""

TWO_PEOPLE = Basis(
    rule="approvals.two-people",
    citation="內部控制：經手與核可由不同人擔任；工會財務處理準則第 20 條分別蓋章",
    result=_m("經手的人不核可，同一件每人只核可一關"),
    source="default",
    confidence="derived",
    note="代理人也一樣：經手人不因代理而核可，也不由別人代理經手人核可。",
)
NEXT_UP = Basis(
    rule="approvals.next-up",
    citation="工會法第 18 條：會員大會或會員代表大會休會期間，由理事會處理工會一切事務",
    result=_m("總幹事不能核可的由理事長核可，理事長不能核可的由理事會決議"),
    source="default",
    confidence="derived",
    note="條文定理事會的職權；逐級上送的順序是內部控制的預設。",
)

HELD_BY_MAKER, VACANT, SAME_PERSON = "held_by_maker", "vacant", "same_person"
REMARKS = {
    HELD_BY_MAKER: _m("擔任者就是經手人"),
    VACANT: _m("目前無人擔任"),
    SAME_PERSON: _m("擔任者已在前一關核可"),
}
"""Why a step was left out or handed up."""


@dataclass(frozen=True)
class Step:
    """A step as it stands: by ``role`` or ``body``, undecided while ``verdict`` is empty. ``who`` is its title for messages.

    ``remark`` says why it was left out, or handed up from the role ``role_was``.
    """

    place: int
    role: str = ""
    body: str = ""
    verdict: str = ""
    decided_by: int | None = None
    in_place_of: int | None = None
    who: str = ""
    decider: str = ""
    decided_at: datetime | None = None
    role_was: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Matter:
    """An approval as it stands: who made the record, its steps in order, and how it ended ("" while it waits)."""

    made_by: int
    steps: tuple[Step, ...]
    closed_as: str = ""

    @property
    def deciders(self) -> frozenset[int]:
        """Who has had a say: those who decided, and those for whom it was decided."""
        return frozenset(one for step in self.steps for one in (step.decided_by, step.in_place_of) if one is not None)


@dataclass(frozen=True)
class Person:
    """Somebody who signs in, with the roles held for the whole union today; ``records``: may record what a body resolved."""

    id: int
    roles: frozenset[str] = frozenset()
    active: bool = True
    records: bool = False


@dataclass(frozen=True)
class Mandate:
    """A delegation to the person who wants to decide, in ``role`` or (empty) in every role that ``giver`` holds."""

    giver: Person
    role: str
    from_on: date
    until_on: date
    ended: bool = False

    def holds_on(self, today: date) -> bool:
        """In force from its first day to the end of its last, unless ended before."""
        return not self.ended and self.from_on <= today <= self.until_on


# --- the course of a matter -------------------------------------------------------------------------------------------


def current(steps: Iterable[Step]) -> Step | None:
    """The step that waits: the first without a verdict."""
    return next((step for step in steps if not step.verdict), None)


def outcome(steps: Sequence[Step]) -> str:
    """How the steps together end the matter: the first that returned or rejected it, approved when none is left, "" while one waits."""
    against = next((step.verdict for step in steps if step.verdict in (RETURNED, REJECTED)), "")
    return against or ("" if current(steps) else APPROVED)


@dataclass(frozen=True)
class Way:
    """What becomes of a step whose turn has come: it opens, is left out, or goes up to another role or body (``remark`` says why)."""

    kind: Literal["open", "left_out", "up"]
    remark: str = ""
    role: str = ""
    body: str = ""


def way(
    step: Step, later: Sequence[Step], holders: Collection[int], *, made_by: int, deciders: Collection[int], may_end: bool = True
) -> Way:
    """TWO_PEOPLE, NEXT_UP. ``holders`` are the active people who hold the step's role today, ``later`` the steps after it.

    Somebody else than the maker and those who decided before: it opens. Whoever holds it has decided before (a president who is his
    own secretary-general): two people have seen it, it is left out. Else only the maker holds it, or nobody: it goes one up, and is
    left out when that one decides later anyway. So a secretary-general's own letter goes to the president, the president's to the board.
    Without ``may_end`` the last step is not left out but goes up.
    """
    if step.body or set(holders) - {made_by} - set(deciders):
        return Way("open")
    again = bool(set(holders) & set(deciders))
    if again and (later or may_end):
        return Way("left_out", SAME_PERSON)
    remark = SAME_PERSON if again else HELD_BY_MAKER if holders else VACANT
    role, body = ("", BOARD) if step.role == "president" else ("president", "")
    if any((other.role, other.body) == (role, body) for other in later):
        return Way("left_out", remark)
    return Way("up", remark, role, body)


def settled(matter: Matter, holders: Mapping[str, Collection[int]], *, may_end: bool = True) -> Matter:
    """The matter after ``way`` was asked for the step that waits, and on, until one is open or none is left. ``holders`` by role.

    Without ``may_end`` one always is open: a matter that merely waited is not approved because somebody left his post.
    """
    steps = list(matter.steps)
    while not matter.closed_as and (step := current(steps)) is not None:
        at = steps.index(step)
        there = way(
            step, steps[at + 1 :], holders.get(step.role, ()), made_by=matter.made_by, deciders=matter.deciders, may_end=may_end
        )
        if there.kind == "open":
            break
        if there.kind == "left_out":
            steps[at] = replace(step, verdict=LEFT_OUT, remark=there.remark)
        else:
            steps[at] = replace(step, role=there.role, body=there.body, role_was=step.role_was or step.role, remark=there.remark)
    return replace(matter, steps=tuple(steps))


# --- who may decide ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """Whether a person may decide: ``problems`` (none: yes), and for whom he then does it."""

    problems: tuple[Problem, ...]
    in_place_of: int | None = None
    basis: Basis = TWO_PEOPLE


def may_decide(
    matter: Matter, person: Person, mandates: Sequence[Mandate] = (), *, today: date, place: int | None = None
) -> Answer:
    """Whether ``person`` may decide the step that waits (TWO_PEOPLE). ``place`` is the step he saw, when that was a while ago.

    One's own role goes before a mandate. A mandate counts on its days only, for a giver who is active, holds the role today, did not make
    the matter and has not decided, and for a holder who may stand in (``may_stand_in``).
    """

    def no(text: str, *, code: str, **params: object) -> Answer:
        return Answer((problem("", text, code=code, **params),))

    step = current(matter.steps)
    seen = step if place is None else next((one for one in matter.steps if one.place == place), None)
    if seen is not None and seen.verdict in VERDICTS:
        return no("這一關已由%(who)s決定，不必再按一次。", code="decided", who=seen.decider)
    if matter.closed_as or step is None or seen is None:
        return no("這件已經結束，不再需要核可。", code="closed")
    if seen is not step:  # It had moved on because nobody held the post before; somebody holds it again.
        return no("現在輪到%(who)s這一關，請重新開啟頁面。", code="not_its_turn", who=step.who)
    if not person.active:
        return no("停用的帳號不能核可。", code="inactive")
    if step.body:
        if not person.records:
            return no("這一關由%(who)s決議，由總幹事或會務人員登錄決議。", code="role", who=step.who)
        return Answer(())  # The body decides; whoever writes its resolution down may have made the matter.
    if person.id == matter.made_by:
        return no("您是經手人，不能核可自己經手的事，請由別人核可。", code="maker")
    if person.id in matter.deciders:
        return no("您已核可過這件的前一關，這一關要由別人核可。", code="twice")
    if step.role in person.roles:
        return Answer(())
    given = [one for one in mandates if one.role in ("", step.role) and step.role in one.giver.roles]
    if not given:
        return no("這一關由%(who)s核可，您目前不是%(who)s，也沒有代理。", code="role", who=step.who)
    for mandate in given:
        giver = mandate.giver
        barred = giver.id == matter.made_by or giver.id in matter.deciders or not giver.active
        if mandate.holds_on(today) and not barred and not may_stand_in(step.role, person.roles):
            return Answer((), in_place_of=giver.id)
    if not any(mandate.holds_on(today) for mandate in given):
        return no("您的代理不在期間內，不能再代為核可。", code="mandate_over")
    if any(mandate.giver.id == matter.made_by for mandate in given):
        return no("您代理的人就是經手人，不能由代理人核可。", code="maker")
    return no("您不能代理這一關。", code="stand_in")


def may_stand_in(role: str, held: Collection[str]) -> list[Problem]:
    """Whether somebody with the roles ``held`` may decide for a holder of ``role``: someone of the office whose own roles do not
    conflict with it (accountant and cashier, officers and money; ``accounts.rules.role_conflicts``)."""
    if not OFFICE & set(held):
        return [problem("to_user", "代理人須是會務人員或理事會的人。", code="office")]
    new = [one for one in role_conflicts({*held, role}) if role in one.roles and role not in held]
    return [problem("to_user", "代理人的職務與所代理的相衝突：%(why)s", why=str(one.basis.result), code="conflict") for one in new]


# --- input ------------------------------------------------------------------------------------------------------------


def decision_problems(
    body: str, verdict: str, reason: str, *, number: str = "", on: date | None = None, text: str = "", today: date
) -> list[Problem]:
    """What a decision lacks: a known verdict, the reason of a refusal, and of a body its resolution, which is not of tomorrow."""
    problems = []
    if verdict not in VERDICTS:
        problems.append(Problem("", "請按核可、退回或駁回。"))
    if verdict in (RETURNED, REJECTED) and not reason:
        problems.append(Problem("reason", "退回或駁回要寫理由，經手人才知道怎麼改。"))
    if body:
        if not number:
            problems.append(Problem("number", "請填決議案號，例如：第 5 屆第 8 次第 3 案。"))
        if on is None:
            problems.append(Problem("resolved_on", "請填決議日。"))
        elif on > today:
            problems.append(problem("resolved_on", "決議日不得晚於今天 %(today)s", today=today))
        if not text:
            problems.append(Problem("wording", "請照會議紀錄填決議內容。"))
    return problems


def delegation_problems(
    giver: Person, to: Person, role: str, from_on: date, until_on: date, *, today: date,
    standing: Iterable[tuple[int, str, date, date]] = (),
) -> list[Problem]:
    """What speaks against a delegation. ``standing`` are the giver's others that have not ended: (to whom, role, first, last day)."""
    problems = []
    if to.id == giver.id:
        problems.append(Problem("to_user", "不能代理自己。"))
    if not to.active:
        problems.append(Problem("to_user", "代理人的帳號已停用。"))
    if role and role not in giver.roles:
        problems.append(Problem("role", "您目前沒有這個職務，不能交人代理。"))
    if until_on < from_on:
        problems.append(problem("until_on", "迄日不得早於起日 %(from_on)s", from_on=from_on))
    elif until_on < today:
        problems.append(problem("until_on", "迄日已經過了，今天是 %(today)s", today=today))
    if not problems:
        wanted = [role] if role else sorted(giver.roles & OFFICE)
        if not wanted:
            problems.append(Problem("", "您沒有可以交人代理的職務。"))
        else:
            refused = [may_stand_in(one, to.roles) for one in wanted]
            if all(refused):  # "All roles" passes on those that may be: one suffices.
                problems += refused[0]
        if any(to.id == who and one in ("", role) and from_on <= last and first <= until_on for who, one, first, last in standing):
            problems.append(Problem("from_on", "這段期間已經請他代理，不必再登錄。"))
    return problems
