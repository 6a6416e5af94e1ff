"""Suspension and expulsion (停權、除名): in which order they go, whom the member must be able to answer, which vote carries them. Pure.

Sources: 工會法 26, 27 (UA-26-hearing, UA-26-expel-majority, UA-27-quorum), HB-recorded. Which body decides, and whether two thirds are
asked, is the constitution's; what it leaves open comes in as the cautious default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from unionops.law.basis import Basis
from unionops.law.parameters import Snapshot
from unionops.law.union_act import assembly_thresholds, more_than_half
from unionops.values.problems import Problem, _m, problem


class MeasureKind(StrEnum):
    """What is done to a membership."""

    SUSPENSION = "suspension"
    EXPULSION = "expulsion"


class Body(StrEnum):
    """Who decides."""

    ASSEMBLY = "assembly"
    BOARD = "board"


KIND_WORDS = {MeasureKind.SUSPENSION: _m("停權"), MeasureKind.EXPULSION: _m("除名")}
BODY_WORDS = {Body.ASSEMBLY: _m("會員（代表）大會"), Body.BOARD: _m("理事會")}
"""Both as papers name them; screens translate them."""


class State(StrEnum):
    """How far a measure has come; it follows from its days."""

    PROPOSED = "proposed"
    ASKED = "asked"
    OVERDUE = "overdue"
    """The day until which he might answer has passed, and nothing is recorded."""
    READY = "ready"
    """Heard, or heard in vain: the body may decide."""
    COMING = "coming"
    ACTING = "acting"
    OVER = "over"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Course:
    """The days of one measure."""

    asked_on: date | None = None
    hearing_on: date | None = None
    heard: bool = False
    from_on: date | None = None
    until_on: date | None = None
    lifted_on: date | None = None
    dropped_on: date | None = None


def state(course: Course, today: date) -> State:
    """Where a measure stands on a day."""
    if course.dropped_on is not None:
        return State.DROPPED
    if course.from_on is not None:
        if course.from_on > today:
            return State.COMING
        is_over = (course.until_on is not None and course.until_on < today) or (course.lifted_on is not None and course.lifted_on <= today)
        return State.OVER if is_over else State.ACTING
    if course.heard:
        return State.READY
    if course.asked_on is None:
        return State.PROPOSED
    return State.OVERDUE if course.hearing_on is not None and course.hearing_on < today else State.ASKED


# --- what may be recorded ---------------------------------------------------------------------------------------------


def proposal_problems(*, ground: str, on: date, joined_on: date | None, left_on: date | None, today: date, is_under_way: bool) -> list[Problem]:
    """What stands against proposing a measure."""
    problems: list[Problem] = []
    if left_on is not None and left_on <= on:
        problems.append(problem("", "這筆會籍已經在 %(day)s 出會，不能再提案。", day=left_on))
    if joined_on is not None and joined_on > on:
        problems.append(problem("", "這筆會籍在 %(day)s 才生效，還不能提案。", day=joined_on))
    if is_under_way:
        problems.append(problem("", "已有一件同樣的提案還沒有決定，請接著辦那一件。"))
    if not ground.strip():
        problems.append(problem("ground", "請寫明事實與理由：當事人要知道自己被指什麼，才能陳述。"))
    if on > today:
        problems.append(problem("proposed_on", "提案日不得晚於今天。"))
    return problems


def earliest_hearing(asked_on: date, days: int) -> date:
    """The first day on which a time to answer of so many days may end; the day of the notice is not counted."""
    return asked_on + timedelta(days)


def asking_problems(*, proposed_on: date, asked_on: date, hearing_on: date, days: int, today: date) -> list[Problem]:
    """What stands against this notice of the hearing (UA-26-hearing)."""
    problems: list[Problem] = []
    if asked_on < proposed_on:
        problems.append(problem("asked_on", "通知日早於提案日 %(day)s。", day=proposed_on))
    if asked_on > today:
        problems.append(problem("asked_on", "通知日不得晚於今天。"))
    if hearing_on < earliest_hearing(asked_on, days):
        problems.append(problem(
            "hearing_on", "陳述期限離通知日不到 %(days)s 天，最早是 %(day)s。", days=days, day=earliest_hearing(asked_on, days),
        ))
    return problems


def hearing_problems(*, asked_on: date | None, on: date, text: str, today: date) -> list[Problem]:
    """What stands against recording that somebody was heard."""
    problems: list[Problem] = []
    if asked_on is None:
        problems.append(problem("", "還沒有通知當事人陳述意見。"))
    elif on < asked_on:
        problems.append(problem("heard_on", "陳述日早於通知日 %(day)s。", day=asked_on))
    if on > today:
        problems.append(problem("heard_on", "陳述日不得晚於今天。"))
    if not text.strip():
        problems.append(problem("statement", "請記下陳述的內容；書面陳述請一併附上。"))
    return problems


def waiver_problems(*, asked_on: date | None, hearing_on: date | None, declined: bool, why: str, today: date) -> list[Problem]:
    """What stands against recording that somebody was not heard: before the time is over only he himself may say so (``declined``)."""
    problems: list[Problem] = []
    if asked_on is None:
        problems.append(problem("", "還沒有通知當事人陳述意見。"))
    elif hearing_on is not None and not declined and today <= hearing_on:
        problems.append(problem("", "陳述期限到 %(day)s 才屆滿，屆滿後才能登錄未到場。", day=hearing_on))
    if not why.strip():
        problems.append(problem("why", "請寫明情形，例如通知已送達、屆期未到場也沒有書面。"))
    return problems


# --- the vote ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Votes:
    """``base``: who should attend (seats of the board, members or delegates); ``present`` counts valid proxies."""

    base: int
    present: int
    in_favour: int
    against: int

    @classmethod
    def of(cls, stored: Mapping[str, int]) -> Votes | None:
        """What is stored with a measure; None where nothing is."""
        return cls(**{name: int(stored[name]) for name in ("base", "present", "in_favour", "against")}) if stored else None

    def stored(self) -> dict[str, int]:
        return {"base": self.base, "present": self.present, "in_favour": self.in_favour, "against": self.against}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a vote carried, and the quorum and the majority it is held against, each with its ``Basis``."""

    carried: bool
    quorum: int
    needed: int
    bases: tuple[Basis, ...]


def votes_problems(votes: Votes) -> list[Problem]:
    """Figures that contradict each other, and a meeting that could not decide at all."""
    problems: list[Problem] = []
    if min(votes.base, votes.present) < 1:
        problems.append(problem("present", "應出席與出席人數都要大於 0。"))
    if min(votes.in_favour, votes.against) < 0:
        problems.append(problem("in_favour", "票數不能是負的。"))
    if votes.present > votes.base:
        problems.append(problem("present", "出席 %(present)s 人多於應出席 %(base)s 人。", present=votes.present, base=votes.base))
    if votes.in_favour + votes.against > votes.present:
        problems.append(problem("in_favour", "贊成與反對合計多於出席 %(present)s 人。", present=votes.present))
    if not problems and votes.present < more_than_half(votes.base):
        problems.append(problem("present", "出席 %(present)s 人，未達法定的 %(quorum)s 人，會議不能議決。", present=votes.present, quorum=more_than_half(votes.base)))
    return problems


def outcome(votes: Votes, body: Body, *, special: bool, law: Snapshot | None = None) -> Outcome:
    """Whether the measure is carried.

    ``special``: two thirds of those attending, which is the cautious reading for a single case; the constitution may ask more than half.
    Abstentions count as attending.
    """
    quorum, ordinary, two_thirds = _thresholds(votes, body, law)
    needed = two_thirds if special else ordinary
    carried = votes.in_favour >= needed.result if isinstance(needed.result, int) else False
    return Outcome(carried, int(quorum.result), int(needed.result), (quorum, needed))  # type: ignore[arg-type]


def _thresholds(votes: Votes, body: Body, law: Snapshot | None) -> tuple[Basis, Basis, Basis]:
    found = {one.rule: one for one in assembly_thresholds(votes.base, votes.present, law=law).bases}
    careful = Basis(
        "UA-26-expel-majority", found["UA-27-special"].citation, found["UA-27-special"].result, found["UA-27-special"].inputs,
        confidence="derived", note="法條列為特別決議的是停權、除名之規定；個案是否也要三分之二見解不一，章程未定時從嚴。",
    )
    if body == Body.ASSEMBLY:
        return found["UA-27-quorum"], found["UA-27-ordinary"], careful
    seats = Basis("UA-24-quorum", "勞資1字第1010127493號函", more_than_half(votes.base), (("理事名額", votes.base),), confidence="secondary")
    simple = Basis("UA-24-majority", "勞資1字第1010127493號函", more_than_half(votes.present), (("出席人數", votes.present),), confidence="secondary")
    return seats, simple, careful


def decision_problems(
    *, heard: bool, resolution: str, decided_on: date, heard_by: date | None, from_on: date | None, until_on: date | None,
    kind: MeasureKind, today: date,
) -> list[Problem]:
    """What stands against this decision. ``heard_by`` is the day he was heard or the time to answer was over."""
    problems: list[Problem] = []
    if not heard:
        problems.append(problem("", "議決前應給予當事人陳述意見的機會：請先通知並登錄陳述，或登錄未陳述的情形（工會法第 26 條第 3 項）。"))
    if not resolution.strip():
        problems.append(problem("resolution", "請填決議：屆次、會議次別與案號。"))
    if decided_on > today:
        problems.append(problem("decided_on", "決議日不得晚於今天。"))
    if heard_by is not None and decided_on < heard_by:
        problems.append(problem("decided_on", "決議日早於陳述或期限屆滿的 %(day)s。", day=heard_by))
    if from_on is not None and from_on < decided_on:
        problems.append(problem("from_on", "停權、除名不能溯及既往，生效日不得早於決議日。"))
    if kind == MeasureKind.SUSPENSION and from_on is not None and until_on is not None and until_on < from_on:
        problems.append(problem("until_on", "迄日早於生效日。"))
    if kind == MeasureKind.EXPULSION and until_on is not None:
        problems.append(problem("until_on", "除名沒有迄日。"))
    return problems


def telling_problems(*, decided_on: date | None, on: date, today: date) -> list[Problem]:
    """What stands against recording that the member was told of the decision."""
    if decided_on is None:
        return [problem("", "還沒有決議。")]
    if on < decided_on:
        return [problem("told_on", "通知日早於決議日 %(day)s。", day=decided_on)]
    return [problem("told_on", "通知日不得晚於今天。")] if on > today else []


def lifting_problems(*, from_on: date | None, until_on: date | None, lifted_on: date | None, on: date, why: str) -> list[Problem]:
    """What stands against ending a suspension early; the day given is the first day free of it."""
    problems: list[Problem] = []
    if from_on is None:
        problems.append(problem("", "還沒有生效，不必解除；要撤案請用「撤案」。"))
    elif lifted_on is not None:
        problems.append(problem("", "已經在 %(day)s 解除。", day=lifted_on))
    elif on < from_on:
        problems.append(problem("lifted_on", "解除日早於生效日 %(day)s。", day=from_on))
    elif until_on is not None and on > until_on:
        problems.append(problem("lifted_on", "到 %(day)s 就期滿，不必另外解除。", day=until_on))
    if not why.strip():
        problems.append(problem("why", "請寫明原因，例如欠費已清償，或理事會決議。"))
    return problems
