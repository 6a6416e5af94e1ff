"""When somebody is reminded of a deadline, who that is, and how a deadline stands. Pure: no database, no clock.

Days are counted to the day the office works towards (``nominal_on``), which is never later than the last lawful day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from unionops.values.problems import Problem, _m, problem

STAGES = (30, 14, 7, 3, 1, 0)
"""So many days before, a reminder is due; afterwards every day (stage -1 is the first day too late, and so on)."""

Status = Literal["open", "overdue", "closed", "withdrawn"]


def status(nominal_on: date, *, closed: bool, withdrawn: bool, today: date) -> Status:
    """How a deadline stands; what was settled is settled, even when its event was removed later."""
    if closed:
        return "closed"
    if withdrawn:
        return "withdrawn"
    return "overdue" if today > nominal_on else "open"


def stage(days_left: int) -> int | None:
    """The newest stage that has been reached with so many days left; None while there is time.

    Stages that nobody reminded of (the office was closed, the deadline was set late) are thereby told once, as the newest one.
    """
    if days_left < 0:
        return days_left
    return min((each for each in STAGES if each >= days_left), default=None)


def due_stage(days_left: int, told: int | None) -> int | None:
    """The stage to be told now; None when there is none yet or it has been told. ``told`` is the newest one told for this very day
    counted to: a deadline that moved has been told nothing yet."""
    now = stage(days_left)
    return None if now is None or (told is not None and told <= now) else now


# --- who is told ------------------------------------------------------------------------------------------------------

LADDER = ("secretary_general", "president")
"""Who stands above the person in charge, the next one first."""
LAST_RESORT = "administrator"
"""Who is told when nobody of the ladder holds office: a deadline is never missed in silence."""


@dataclass(frozen=True)
class Rung:
    """One addressee: the person in charge (``owner``) or everybody in a role, and why these are told."""

    role: str
    why: str


OWNER = Rung("owner", _m("由您負責"))
INSTEAD = Rung("", _m("負責人已離職或停用，改為通知上一級"))
NOBODY = Rung("", _m("尚未指定負責人，改為通知上一級"))
ABOVE = Rung("", _m("已逾期，通知上一級"))


def addressees(days_left: int, *, owner: Literal["active", "gone", "none"], owner_roles: Collection[str], held: Collection[str]) -> tuple[Rung, ...]:
    """Who is told with so many days left.

    The person in charge always. From the first day too late the next person up as well, and one more each further day. When
    nobody is in charge, or that person has left, the first one up stands in at once. ``held`` are the roles that somebody active
    holds; vacant ones are passed over.
    """
    above = _above(owner_roles if owner == "active" else (), held)
    if owner == "active":
        chosen = [OWNER]
    else:
        stand_in = above.pop(0) if above else LAST_RESORT
        chosen = [Rung(stand_in, (INSTEAD if owner == "gone" else NOBODY).why)]
    late = max(0, -days_left)
    return (*chosen, *(Rung(role, ABOVE.why) for role in above[:late]))


def _above(roles: Collection[str], held: Collection[str]) -> list[str]:
    """The ladder above the highest rung that these roles stand on."""
    own = max((place + 1 for place, role in enumerate(LADDER) if role in roles), default=0)
    return [role for role in LADDER[own:] if role in held]


# --- what may be written ----------------------------------------------------------------------------------------------

LONGEST_YEARS = 20
"""A day further away than this is a slip of the pen."""


def own_problems(*, nominal_on: date, latest_on: date | None, today: date) -> list[Problem]:
    """A deadline that somebody notes lies ahead, not in another age, and its last day does not come before it."""
    problems = []
    if nominal_on < today:
        problems.append(problem("nominal_on", "期限不能早於今天"))
    if latest_on is not None and latest_on < nominal_on:
        problems.append(problem("latest_on", "最後一日不能早於期限 %(day)s", day=nominal_on))
    return problems + _too_far("nominal_on", nominal_on, today)


def extension_problems(*, from_on: date, to_on: date, reason: str, settled: bool, today: date) -> list[Problem]:
    """An extension moves an open deadline to a later day that has not passed, and says why."""
    if settled:
        return [problem("", "這項期限已經結案或撤銷，不能展延")]
    problems = []
    if to_on <= from_on:
        problems.append(problem("to_on", "展延後的日期須晚於原期限 %(day)s", day=from_on))
    elif to_on < today:
        problems.append(problem("to_on", "展延後的日期不能早於今天"))
    if not reason.strip():
        problems.append(problem("reason", "展延須寫明理由"))
    return problems + _too_far("to_on", to_on, today)


def appointment_problems(*, starts_at: datetime, ends_at: datetime, all_day: bool, today: date) -> list[Problem]:
    """An appointment ends after it begins (an all-day one: not before it begins) and lasts no longer than a year."""
    problems = []
    if ends_at <= starts_at:
        message = _m("結束日不能早於開始日") if all_day else _m("結束時間須晚於開始時間")
        problems.append(problem("ends_on" if all_day else "ends_time", message))
    elif ends_at - starts_at > timedelta(days=366):
        problems.append(problem("ends_on", "行程最長一年，請確認日期"))
    return problems + _too_far("starts_on", starts_at.date(), today)


def _too_far(field: str, day: date, today: date) -> list[Problem]:
    if abs(day.year - today.year) <= LONGEST_YEARS:
        return []
    return [problem(field, "日期離今天超過 %(years)d 年，請確認年份", years=LONGEST_YEARS)]
