"""What somebody is on a day, from dated facts alone: member? in good standing? may vote? may stand? One function, used everywhere.

Sources: 工會法 19, 26, 28; 施行細則 18, 21 (ER-18-keep, UA-19-*, UA-26-hearing). What the constitution decides comes in as ``Charter``.
Nothing here is stored: a payment, a resolution or a correction dated back changes the answer for every day it touches, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from unionops.law.basis import Basis
from unionops.members.rules.dues import Item, SchemeKind, months_unpaid
from unionops.members.rules.membership import MemberClass, Place
from unionops.values.days import age_on

ADULT = 18
"""From this age on one may be elected (UA-19-adult)."""


class Stretch(NamedTuple):
    """Days from ``from_on`` to ``until_on`` inclusive; None is without end on that side."""

    from_on: date | None
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or day <= self.until_on)


class Owing(NamedTuple):
    """One charge of regular dues with everything that ever changed it: (day, NT$), adjustments as they are, money paid negative."""

    due_on: date
    months: int
    amount: int
    changes: tuple[tuple[date, int, bool], ...] = ()
    """(day, NT$, whether it is a payment)"""

    def item(self, on: date) -> Item:
        """The charge as it stood on a day."""
        amount = self.amount + sum(change for day, change, paid in self.changes if not paid and day <= on)
        open_ = amount + sum(change for day, change, paid in self.changes if paid and day <= on)
        return Item(0, SchemeKind.REGULAR, self.due_on, self.due_on, self.due_on, 0, self.months, amount, open_)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one membership that decides its standing. Rows of one kind do not overlap.

    ``suspensions`` and ``expelled_on`` act only when decided after a hearing: the services let no other in (UA-26-hearing).
    ``retained`` are the times while a dismissal is contested (ER-18-keep). ``agreed`` are instalment agreements that are kept.
    """

    joined_on: date | None
    left_on: date | None = None
    left_reason: str = ""
    birth_on: date | None = None
    died_on: date | None = None
    classes: Sequence[tuple[Stretch, str]] = ()
    suspensions: Sequence[Stretch] = ()
    expelled_on: date | None = None
    absences: Sequence[Stretch] = ()
    retained: Sequence[Stretch] = ()
    managing: Sequence[Stretch] = ()
    rival: Sequence[Stretch] = ()
    """Membership in an industrial or commercial association (UA-19-conflict)."""
    owing: Sequence[Owing] = ()
    agreed: Sequence[Stretch] = ()


@dataclass(frozen=True, slots=True)
class Charter:
    """What the constitution says, as of the day asked. Months of arrears None: arrears alone take nothing away."""

    voting_classes: frozenset[str] = frozenset({MemberClass.REGULAR, MemberClass.RETIRED})
    standing_classes: frozenset[str] = frozenset({MemberClass.REGULAR})
    good_standing_months: int | None = None
    """So many months of unpaid dues and somebody is not in good standing (and neither votes nor stands)."""
    retained_after_dismissal: bool = False
    managers_may_join: bool = True
    """UA-14-manager concerns enterprise unions only."""
    instalments_count: bool = False
    """Whether what is being paid by agreement still counts as arrears."""


class Reason(StrEnum):
    """Why the answer is what it is; each has its ``Basis``."""

    NOT_YET = "not_yet"
    LEFT = "left"
    DIED = "died"
    EXPELLED = "expelled"
    RETAINED = "retained"
    MEMBER = "member"
    SUSPENDED = "suspended"
    ARREARS = "arrears"
    ARREARS_AGREED = "arrears_agreed"
    BEHIND = "behind"
    ABSENT = "absent"
    CLASS = "class"
    MANAGER = "manager"
    MINOR = "minor"
    RIVAL = "rival"


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer for one day. ``months`` of regular dues are due and unpaid; ``reasons`` name everything that decided."""

    member: bool
    good: bool
    may_vote: bool
    may_stand: bool
    months: int
    reasons: tuple[Reason, ...]


def standing(facts: Facts, on: date, charter: Charter) -> Standing:
    """Where somebody stands on a day. Pure and quick: the roster, counts, exports and the electoral roll ask it for everybody."""
    out = _outside(facts, on)
    kept = out in (Reason.LEFT, None) and charter.retained_after_dismissal and any(one.holds(on) for one in facts.retained)
    if out is not None and not (kept and out == Reason.LEFT):
        return Standing(False, False, False, False, 0, (out,))
    reasons = [Reason.RETAINED if kept else Reason.MEMBER]
    good = True
    if any(one.holds(on) for one in facts.suspensions):
        reasons.append(Reason.SUSPENDED)
        good = False
    months = months_unpaid((one.item(on) for one in facts.owing), on) if facts.owing else 0
    if months:
        counted = months if charter.instalments_count else _months_not_agreed(facts, on)
        is_far = charter.good_standing_months is not None and counted >= charter.good_standing_months
        reasons.append(Reason.ARREARS if is_far else Reason.BEHIND if counted == months else Reason.ARREARS_AGREED)
        good = good and not is_far
    if any(one.holds(on) for one in facts.absences):
        reasons.append(Reason.ABSENT)
    now = _class(facts, on)
    may_vote, may_stand = good and now in charter.voting_classes, good and now in charter.standing_classes
    if now not in charter.voting_classes or now not in charter.standing_classes:
        reasons.append(Reason.CLASS)
    if not charter.managers_may_join and any(one.holds(on) for one in facts.managing):
        reasons.append(Reason.MANAGER)  # Told, not decided: whether the post is one of management is for the board (UA-14-manager-def).
    if facts.birth_on is not None and age_on(facts.birth_on, on) < ADULT:
        reasons.append(Reason.MINOR)
        may_stand = False
    if any(one.holds(on) for one in facts.rival):
        reasons.append(Reason.RIVAL)
        may_stand = False
    return Standing(True, good, may_vote, may_stand, months, tuple(reasons))


def _months_not_agreed(facts: Facts, on: date) -> int:
    """Months unpaid beside those that a kept agreement is about: what was overdue already when it was made. Dues due since are to be paid."""
    agreed_on = max((one.from_on for one in facts.agreed if one.from_on is not None and one.holds(on)), default=date.min)
    return months_unpaid((one.item(on) for one in facts.owing if one.due_on >= agreed_on), on)


def place(found: Standing) -> Place:
    """Whether that is a member, one to come, or one of the past: what a roster calls the state (在籍、未生效、已出會)."""
    if found.member:
        return Place.IN_FORCE
    return Place.EXPECTED if found.reasons == (Reason.NOT_YET,) else Place.LEFT


def standings(everybody: Iterable[tuple[int, Facts]], on: date, charter: Charter) -> dict[int, Standing]:
    """The same for very many in one pass: number → standing."""
    return {number: standing(facts, on, charter) for number, facts in everybody}


def _outside(facts: Facts, on: date) -> Reason | None:
    """Why somebody is no member on a day, None when he is. The day of leaving is the first day outside."""
    if facts.died_on is not None and facts.died_on <= on:
        return Reason.DIED
    if facts.expelled_on is not None and facts.expelled_on <= on:
        return Reason.EXPELLED
    if facts.left_on is not None and facts.left_on <= on:
        return Reason.LEFT
    if facts.joined_on is not None and facts.joined_on > on:
        return Reason.NOT_YET
    return None


def _class(facts: Facts, on: date) -> str:
    return next((name for stretch, name in facts.classes if stretch.holds(on)), MemberClass.REGULAR)


def reasons(facts: Facts, on: date, charter: Charter) -> list[Basis]:
    """Every reason of ``standing`` with its rule, for the "why?" of a screen."""
    found = standing(facts, on, charter)
    return [_basis(one, found, facts, on, charter) for one in found.reasons]


class Answer(NamedTuple):
    """One of the four questions (member, good, may_vote, may_stand), answered, with everything that decided it or is told beside it."""

    question: str
    yes: bool
    bases: tuple[Basis, ...]


_OF_GOOD = frozenset({Reason.SUSPENDED, Reason.ARREARS, Reason.ARREARS_AGREED, Reason.BEHIND})
_OF_VOTE = frozenset({Reason.CLASS})
_OF_OFFICE = frozenset({Reason.CLASS, Reason.MINOR, Reason.RIVAL})


def answers(facts: Facts, on: date, charter: Charter) -> tuple[Answer, ...]:
    """The four questions with their reasons, for a screen: a "no" names what stands against it, a "yes" what it rests on."""
    found = standing(facts, on, charter)
    told = {reason: _basis(reason, found, facts, on, charter) for reason in found.reasons}
    if not found.member:
        return tuple(Answer(question, False, tuple(told.values())) for question in ("member", "good", "may_vote", "may_stand"))

    def of(reasons: frozenset[Reason]) -> tuple[Basis, ...]:
        return tuple(basis for reason, basis in told.items() if reason in reasons)

    against = tuple(basis for reason, basis in told.items() if reason in (Reason.SUSPENDED, Reason.ARREARS))
    aside = of(frozenset(Reason) - _OF_GOOD - _OF_OFFICE)
    is_barred = _class(facts, on) not in charter.standing_classes
    office = of(_OF_OFFICE if is_barred else _OF_OFFICE - _OF_VOTE)
    rests_on = [_basis_of_yes(question, facts, on, charter) for question in ("good", "may_vote", "may_stand")]
    return (
        Answer("member", True, aside),
        Answer("good", found.good, of(_OF_GOOD) or (rests_on[0],)),
        Answer("may_vote", found.may_vote, (rests_on[1],) if found.may_vote else (*against, *(() if _class(facts, on) in charter.voting_classes else of(_OF_VOTE)))),
        Answer("may_stand", found.may_stand, (rests_on[2],) if found.may_stand else (*against, *office)),
    )


def _basis(reason: Reason, found: Standing, facts: Facts, on: date, charter: Charter) -> Basis:
    day = ("計算日", on)

    def stretch(rows: Sequence[Stretch]) -> tuple[tuple[str, date | str], ...]:
        held = next(one for one in rows if one.holds(on))
        return ((("起日", held.from_on),) if held.from_on else ()) + ((("迄日", held.until_on),) if held.until_on else ())

    match reason:
        case Reason.MEMBER:
            joined: tuple[tuple[str, date | str], ...] = (("入會日期", facts.joined_on or "未登錄"), day)
            return Basis("UA-31-roster", "工會法第 12 條第 7 款、第 31 條第 1 項第 2 款", "在籍", joined)
        case Reason.NOT_YET:
            return Basis("UA-31-roster", "工會法第 12 條第 7 款、第 31 條第 1 項第 2 款", "尚未入會", (("入會日期", facts.joined_on or "未登錄"), day))
        case Reason.LEFT:
            return Basis("UA-31-roster", "工會法第 12 條第 7 款、第 31 條第 1 項第 2 款", "已出會", (("出會日期", facts.left_on or "未登錄"), day), note="出會當日起不計入在籍。")
        case Reason.DIED:
            return Basis("UA-31-roster", "工會法第 12 條第 7 款、第 31 條第 1 項第 2 款", "已故", (("死亡日期", facts.died_on or "未登錄"), day))
        case Reason.EXPELLED:
            return Basis("UA-26-hearing", "工會法第 26 條第 1 項第 5 款、第 3 項", "已除名", (("除名生效日", facts.expelled_on or "未登錄"), day))
        case Reason.RETAINED:
            return Basis("ER-18-keep", "工會法施行細則第 18 條第 2、3 項", "解僱爭議期間保留資格", (*stretch(facts.retained), day), source="charter")
        case Reason.SUSPENDED:
            return Basis("UA-26-hearing", "工會法第 26 條第 1 項第 5 款、第 3 項", "停權中", (*stretch(facts.suspensions), day), note="停權期間不得行使選舉權與被選舉權，仍為會員。")
        case Reason.ARREARS | Reason.BEHIND:
            limit: tuple[tuple[str, int | date | str], ...] = (
                (("章程所定月數", charter.good_standing_months),) if charter.good_standing_months is not None else ()
            )
            far = reason == Reason.ARREARS
            return Basis(
                "charter.good_standing_months", "章程", "欠費達章程所定月數" if far else "有欠費，未達章程所定月數",
                (("欠繳經常會費月數", found.months), *limit, day), source="charter", confidence="derived",
            )
        case Reason.ARREARS_AGREED:
            return Basis(
                "charter.instalments_count", "章程", "欠費已協議分期", (("欠繳經常會費月數", found.months), *stretch(facts.agreed), day), source="charter", confidence="derived",
                note="章程未規定者，依約繳納期間不計入欠費月數。",
            )
        case Reason.ABSENT:
            return Basis("UA-31-roster", "章程", "暫停會務中，仍為會員", (*stretch(facts.absences), day), source="charter", confidence="derived")
        case Reason.CLASS:
            return Basis("HB-electorate", "工會組織運作實務參考手冊第 24 頁", _class_words(_class(facts, on), charter), (day,), source="charter", confidence="secondary")
        case Reason.MANAGER:
            return Basis("UA-14-manager", "工會法第 14 條", "登錄為主管人員，請理事會認定", (*stretch(facts.managing), day))
        case Reason.MINOR:
            return Basis("UA-19-adult", "工會法第 19 條第 1 項", "未滿 18 歲，不得被選舉", (("出生日期", facts.birth_on or ""), day))
        case Reason.RIVAL:
            return Basis("UA-19-conflict", "工會法第 19 條第 2 項", "為工商業團體會員，不得被選舉", (*stretch(facts.rival), day))


def _basis_of_yes(question: str, facts: Facts, on: date, charter: Charter) -> Basis:
    day = ("計算日", on)
    match question:
        case "good":
            limit = charter.good_standing_months
            return Basis(
                "charter.good_standing_months", "章程", "沒有停權，沒有到期未繳的經常會費", (*((("章程所定月數", limit),) if limit is not None else ()), day),
                source="charter", confidence="derived",
            )
        case "may_vote":
            return Basis("HB-electorate", "工會組織運作實務參考手冊第 24 頁", "在籍、權利正常，會員類別有選舉權", (day,), source="charter", confidence="secondary")
        case _:
            birth = ("出生日期", facts.birth_on or "未登錄")
            return Basis("UA-19-adult", "工會法第 19 條第 1 項", "在籍、權利正常，年滿 18 歲，會員類別有被選舉權", (birth, day))


def _class_words(now: str, charter: Charter) -> str:
    if now in charter.voting_classes:
        return "這個會員類別沒有被選舉權"
    return "這個會員類別沒有選舉權" if now in charter.standing_classes else "這個會員類別沒有選舉權與被選舉權"
