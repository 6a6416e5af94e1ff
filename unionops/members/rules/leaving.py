"""When somebody who wants to leave is out, what may be recorded about absences, retained members and changes of identity. Pure.

Sources: elections-meetings-forms §11a (退會), 施行細則 18 (ER-18-keep), 民法 120, 121 (a period's first day is not counted; it is over with
the end of its last day).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from unionops.law.basis import Basis, Source
from unionops.values.days import month_end
from unionops.values.problems import Problem, problem


class Effect(StrEnum):
    """When a leaving acts once the notice is over, as the constitution says."""

    AT_ONCE = "at_once"
    MONTH_END = "month_end"
    QUARTER_END = "quarter_end"


def effective_on(received_on: date, *, notice_days: int = 0, effect: Effect = Effect.AT_ONCE, clause: str = "") -> Basis:
    """The first day outside, as the ``result`` of its Basis.

    Without notice and end of a period it is the day on which the letter arrived. A notice of N days ends with the N-th day after that
    day; the end of a month or quarter is the one in which the notice ends.
    """
    over = received_on + timedelta(notice_days)
    if effect == Effect.AT_ONCE:
        outside = received_on if not notice_days else over + timedelta(1)
        word = "預告期滿之次日" if notice_days else "書面到達日"
    else:
        last = month_end(over) if effect == Effect.MONTH_END else quarter_end(over)
        outside = last + timedelta(1)
        word = "當月底" if effect == Effect.MONTH_END else "當季底"
    source: Source = "charter" if clause else "default"
    inputs: tuple[tuple[str, str | int | date], ...] = (("書面到達日", received_on), ("預告日數", notice_days), ("生效時點", word))
    return Basis(
        "charter.leave_effective", (clause and f"章程{clause}") or "章程", outside, inputs, source=source, confidence="derived",
        note="出會當日起不計入在籍；之前仍有會員的權利與繳費義務。",
    )


def quarter_end(day: date) -> date:
    """The last day of its quarter."""
    return month_end(day.replace(month=(day.month + 2) // 3 * 3, day=1))


def wish_problems(*, received_on: date, joined_on: date | None, today: date) -> list[Problem]:
    """What stands against recording that a written wish to leave arrived."""
    problems: list[Problem] = []
    if received_on > today:
        problems.append(problem("received_on", "書面到達日不得晚於今天。"))
    if joined_on is not None and received_on < joined_on:
        problems.append(problem("received_on", "書面到達日早於入會日期 %(day)s。", day=joined_on))
    return problems


def withdrawal_problems(*, effective_on: date, withdrawn_on: date, received_on: date, today: date) -> list[Problem]:
    """A wish is taken back before it acts; afterwards it is a joining again."""
    if withdrawn_on >= effective_on:
        return [problem("withdrawn_on", "退會已自 %(day)s 生效，不能撤回；要回來請辦再入會。", day=effective_on)]
    if withdrawn_on < received_on:
        return [problem("withdrawn_on", "撤回日早於書面到達日 %(day)s。", day=received_on)]
    if withdrawn_on > today:
        return [problem("withdrawn_on", "撤回日不得晚於今天。")]
    return []


def stretch_problems(
    *, from_on: date, until_on: date | None, joined_on: date | None, left_on: date | None, others: Iterable[tuple[date, date | None]],
    may_follow_leaving: bool = False,
) -> list[Problem]:
    """What stands against a new stretch of days (absence, retained) beside those there are; both days included."""
    problems: list[Problem] = []
    if until_on is not None and until_on < from_on:
        problems.append(problem("until_on", "迄日早於起日。"))
    if joined_on is not None and from_on < joined_on:
        problems.append(problem("from_on", "起日早於入會日期 %(day)s。", day=joined_on))
    if left_on is not None and from_on >= left_on and not may_follow_leaving:
        problems.append(problem("from_on", "會籍已經在 %(day)s 終止。", day=left_on))
    for first, last in others:
        if (last is None or from_on <= last) and (until_on is None or first <= until_on):
            problems.append(problem("from_on", "和 %(first)s 起的那一筆重疊。", first=first))
            break
    return problems


def ending_problems(*, from_on: date, ended_on: date | None, until_on: date) -> list[Problem]:
    """What stands against ending an open stretch on a day."""
    if ended_on is not None:
        return [problem("", "已經登錄到 %(day)s 為止。", day=ended_on)]
    if until_on < from_on:
        return [problem("until_on", "迄日早於起日 %(day)s。", day=from_on)]
    return []


def retaining_problems(*, charter_says: bool, document: str) -> list[Problem]:
    """ER-18-keep: only where the constitution or the assembly provides for it, and with the paper that shows the dispute."""
    problems: list[Problem] = []
    if not charter_says:
        problems.append(problem("", "章程或大會決議沒有規定保留資格。有規定的，請先在「章程規定」登錄「遭解僱訴訟期間保留會員及職員資格」。"))
    if not document.strip():
        problems.append(problem("document", "請填證明爭議進行中的文件，例如調解申請書收文字號、起訴狀。"))
    return problems


def renaming_problems(*, changed_on: date, today: date, proof: str, same: bool) -> list[Problem]:
    """A name or an identity number changes by a document, on a day; a mistake of the office is corrected instead."""
    problems: list[Problem] = []
    if same:
        problems.append(problem("name", "姓名與證號都沒有變。"))
    if changed_on > today:
        problems.append(problem("changed_on", "變更日不得晚於今天。"))
    if not proof.strip():
        problems.append(problem("proof", "請填證明文件，例如戶籍謄本日期；只是打錯字的，請用「修改資料」更正。"))
    return problems
