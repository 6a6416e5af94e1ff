"""The yearly check of the roll (會籍清查): who is in doubt and why, what may be recorded of one doubt, what comes out. Pure.

Sources: elections-meetings-forms §8a (會籍清查), HB-census (keep the roll current), UA-31-roster. A doubt is no finding: who is in doubt is
told, has days to prove it, and only then somebody decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from unionops.law.basis import Basis
from unionops.values.days import age_on
from unionops.values.problems import Problem, _m, problem
from unionops.values.roc import roc_date

ANSWER_DAYS = 7
"""Days to prove it, at least (YEAR-ROLL: as the city that writes it down does; no act says a number)."""
FILE_DAYS = 15
"""Days after the check in which it is filed (YEAR-ROLL)."""
TEAM = (5, 7)
"""People of the team, from and to, as is usual (YEAR-ROLL)."""
RETIRED_AGE = 65
"""From this age on an employer may retire somebody (勞動基準法 54): a sign only, and asked about."""


class Doubt(StrEnum):
    """Why somebody is in doubt."""

    DIED = "died"
    EMPLOYMENT_ENDED = "employment_ended"
    EMPLOYER_GONE = "employer_gone"
    CHECKOFF_LEFT = "checkoff_left"
    MANAGER = "manager"
    UNPAID = "unpaid"
    RETURNED = "returned"
    NO_CONTACT = "no_contact"
    RETIRED = "retired"
    BY_HAND = "by_hand"


class Result(StrEnum):
    """What was found."""

    STAYS = "stays"
    CHANGED = "changed"
    LEAVES = "leaves"


DOUBT_WORDS = {
    Doubt.DIED: _m("死亡"), Doubt.EMPLOYMENT_ENDED: _m("離職，沒有新雇主"), Doubt.EMPLOYER_GONE: _m("雇主停業"), Doubt.CHECKOFF_LEFT: _m("雇主回覆離職"),
    Doubt.MANAGER: _m("任主管"), Doubt.UNPAID: _m("長期欠費"), Doubt.RETURNED: _m("郵件退回"), Doubt.NO_CONTACT: _m("失聯"), Doubt.RETIRED: _m("逾退休年齡"),
    Doubt.BY_HAND: _m("另有理由"),
}
RESULT_WORDS = {Result.STAYS: _m("留會"), Result.CHANGED: _m("資料更正後留會"), Result.LEAVES: _m("出會")}
"""Both as papers name them; screens translate them."""


class Stage(StrEnum):
    """How far one doubt has come."""

    UNTOLD = "untold"
    WAITING = "waiting"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one member on the day of the check."""

    birth_on: date | None = None
    died_on: date | None = None
    has_contact: bool = True
    employment_ended_on: date | None = None
    employer_closed_on: date | None = None
    checkoff_left_on: date | None = None
    returned_on: date | None = None
    months_unpaid: int = 0
    is_manager: bool = False
    retired_class: bool = False


def doubts(signs: Signs, on: date, *, unpaid_months: int, managers_may_join: bool) -> list[tuple[Doubt, str]]:
    """Every reason to doubt, with what it rests on in words, the weightiest first."""
    found: list[tuple[Doubt, str]] = []
    if signs.died_on is not None and signs.died_on <= on:
        found.append((Doubt.DIED, f"死亡日期 {roc_date(signs.died_on)}"))
    if signs.employment_ended_on is not None and signs.employment_ended_on < on:
        found.append((Doubt.EMPLOYMENT_ENDED, f"任職到 {roc_date(signs.employment_ended_on)}，沒有新雇主"))
    if signs.employer_closed_on is not None and signs.employer_closed_on <= on:
        found.append((Doubt.EMPLOYER_GONE, f"雇主 {roc_date(signs.employer_closed_on)} 停業"))
    if signs.checkoff_left_on is not None:
        found.append((Doubt.CHECKOFF_LEFT, f"雇主 {roc_date(signs.checkoff_left_on)} 回覆代扣名冊註明離職"))
    if signs.is_manager and not managers_may_join:
        found.append((Doubt.MANAGER, "登錄為代表雇主行使管理權之主管"))
    if signs.months_unpaid >= unpaid_months:
        found.append((Doubt.UNPAID, f"欠繳經常會費 {signs.months_unpaid} 個月"))
    if signs.returned_on is not None:
        found.append((Doubt.RETURNED, f"{roc_date(signs.returned_on)} 郵件退回"))
    if not signs.has_contact:
        found.append((Doubt.NO_CONTACT, "沒有電話、電子郵件與地址"))
    if signs.birth_on is not None and not signs.retired_class and age_on(signs.birth_on, on) >= RETIRED_AGE:
        found.append((Doubt.RETIRED, f"滿 {age_on(signs.birth_on, on)} 歲"))
    return found


def stage(*, told_on: date | None, answer_by: date | None, answered_on: date | None, result: str, today: date) -> Stage:
    """How far a doubt has come on a day."""
    if result:
        return Stage.DONE
    if answered_on is not None:
        return Stage.ANSWERED
    if told_on is None:
        return Stage.UNTOLD
    return Stage.OVERDUE if answer_by is not None and answer_by < today else Stage.WAITING


# --- what may be recorded ---------------------------------------------------------------------------------------------


def opening_problems(*, year: int, opened_on: date, team: Iterable[str], resolution: str, today: date, is_taken: bool) -> list[Problem]:
    """What stands against opening the check of a year (a Christian year)."""
    problems: list[Problem] = []
    if is_taken:
        problems.append(problem("year", "%(year)s 年度的清查已經開始。", year=year - 1911))
    if not today.year - 1 <= year <= today.year + 1:
        problems.append(problem("year", "年度須在去年到明年之間。"))
    if opened_on > today:
        problems.append(problem("opened_on", "開始日不得晚於今天。"))
    names = [name for name in team if name.strip()]
    if not names:
        problems.append(problem("team", "請填清查小組成員，一行一人。"))
    elif len(set(names)) != len(names):
        problems.append(problem("team", "清查小組有重複的名字。"))
    if not resolution.strip():
        problems.append(problem("resolution", "請填組成清查小組的決議，例如第 9 屆第 5 次理事會。"))
    return problems


def team_is_usual(team: Iterable[str]) -> bool:
    """Whether the team has the usual size."""
    return TEAM[0] <= len(list(team)) <= TEAM[1]


def earliest_answer(told_on: date) -> date:
    """The first day on which the time to prove may end: the day of the letter is not counted."""
    return told_on + timedelta(ANSWER_DAYS)


def telling_problems(*, told_on: date, answer_by: date, opened_on: date, today: date) -> list[Problem]:
    """What stands against these letters."""
    problems: list[Problem] = []
    if told_on > today:
        problems.append(problem("told_on", "通知日不得晚於今天。"))
    if told_on < opened_on:
        problems.append(problem("told_on", "通知日早於清查開始的 %(day)s。", day=opened_on))
    if answer_by < earliest_answer(told_on):
        problems.append(problem("answer_by", "舉證期限至少 %(days)s 天，最早是 %(day)s。", days=ANSWER_DAYS, day=earliest_answer(told_on)))
    return problems


def answer_problems(
    *, told_on: date | None, delivered_on: date | None, returned_on: date | None, answered_on: date | None, answer: str, today: date
) -> list[Problem]:
    """What stands against recording how the letter to somebody in doubt fared, and what was answered."""
    problems: list[Problem] = []
    for field, day in (("delivered_on", delivered_on), ("returned_on", returned_on), ("answered_on", answered_on)):
        if day is not None and day > today:
            problems.append(problem(field, "日期不得晚於今天。"))
        elif day is not None and field != "answered_on" and (told_on is None or day < told_on):
            problems.append(problem(field, "日期早於通知日，或還沒有通知。"))
    if delivered_on is not None and returned_on is not None:
        problems.append(problem("returned_on", "送達和退回只能有一個。"))
    if answered_on is not None and not answer.strip():
        problems.append(problem("answer", "請記下回覆的內容。"))
    return problems


def result_problems(
    *, result: str, why: str, stages: Iterable[Stage], reasons: Iterable[Iterable[str]], left_on: date | None, left_reason: str,
    joined: Iterable[date | None], today: date,
) -> list[Problem]:
    """What stands against this finding for some doubts at once. Who did not answer is told first and has his time; the dead need none."""
    problems: list[Problem] = []
    if not why.strip():
        problems.append(problem("why", "請寫明認定的理由。"))
    if result != Result.LEAVES:
        return problems
    early = sum(
        one in (Stage.UNTOLD, Stage.WAITING) and Doubt.DIED not in set(some) for one, some in zip(stages, reasons, strict=True)
    )
    if early:
        problems.append(problem("", "有 %(n)s 人還沒有通知，或舉證期限還沒有屆滿，不能認定出會。", n=early))
    if left_on is None:
        problems.append(problem("left_on", "請填出會日期。"))
    elif left_on > today:
        problems.append(problem("left_on", "出會日期不得晚於今天。"))
    elif any(day is not None and left_on < day for day in joined):
        problems.append(problem("left_on", "出會日期早於其中一人的入會日期。"))
    if not left_reason:
        problems.append(problem("left_reason", "請選出會原因。"))
    return problems


def closing_problems(*, open_count: int, unrecorded: int, closed_on: date, opened_on: date, today: date) -> list[Problem]:
    """What stands against ending the check."""
    problems: list[Problem] = []
    if open_count:
        problems.append(problem("", "還有 %(n)s 人沒有認定。", n=open_count))
    if unrecorded:
        problems.append(problem("", "還有 %(n)s 人認定出會，但還沒有登錄出會。", n=unrecorded))
    if closed_on > today or closed_on < opened_on:
        problems.append(problem("closed_on", "完成日須在開始日到今天之間。"))
    return problems


# --- what comes out ---------------------------------------------------------------------------------------------------


def counts(members: int, found: Iterable[tuple[Iterable[str], str]]) -> dict[str, int]:
    """The figures of the report: members at the beginning, in doubt, results, and how many by each reason (``reason_…``)."""
    told = Counter({"members": members, "doubts": 0, **{result.value: 0 for result in Result}, "open": 0})
    for reasons, result in found:
        told["doubts"] += 1
        told[result or "open"] += 1
        told.update(f"reason_{reason}" for reason in set(reasons))
    return dict(told)


def filing_basis(closed_on: date) -> Basis:
    """Until when the report is filed."""
    return Basis(
        "YEAR-ROLL", "新北市工會會員會籍清查須知", closed_on + timedelta(FILE_DAYS), (("完成日", closed_on), ("日數", FILE_DAYS)),
        confidence="secondary", note="各地主管機關不同，以來函所定期限為準。",
    )
