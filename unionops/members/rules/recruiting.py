"""Who might join: what came of asking, when to ask again, and how far a workplace is organised. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from unionops.values.problems import Problem, problem


class Result(StrEnum):
    """What came of it so far: 待聯絡、已聯絡、再聯絡、有意願、已申請、無意願."""

    NEW = "new"
    ASKED = "asked"
    AGAIN = "again"
    WILLING = "willing"
    APPLIED = "applied"
    DECLINED = "declined"


OPEN = (Result.NEW, Result.ASKED, Result.AGAIN, Result.WILLING)
"""Those of whom something is still to be done, in the order of the board."""


class Reached(NamedTuple):
    """One workplace: members in force, and people on the board by what came of asking."""

    members: int
    known: int
    asked: int
    applied: int

    @property
    def density(self) -> int | None:
        """Per cent of those known there who are members; None while nobody is known."""
        everybody = self.members + self.known
        return round(100 * self.members / everybody) if everybody else None


def prospect_problems(
    *, result: str, asked_by: str, asked_on: date | None, again_on: date | None, today: date
) -> list[Problem]:
    """What is wrong with a contact that is recorded."""
    found: list[Problem] = []
    if asked_on is not None and asked_on > today:
        found.append(problem("asked_on", "聯絡日不得晚於今天。"))
    if again_on is not None and asked_on is not None and again_on < asked_on:
        found.append(problem("again_on", "再聯絡日早於聯絡日 %(asked)s。", asked=asked_on))
    if result not in (Result.NEW, Result.APPLIED):
        if asked_on is None:
            found.append(problem("asked_on", "登錄結果時請填聯絡日。"))
        if not asked_by.strip():
            found.append(problem("asked_by", "登錄結果時請填是誰聯絡的。"))
    if result == Result.AGAIN and again_on is None:
        found.append(problem("again_on", "請填什麼時候再聯絡。"))
    return found


def is_late(result: str, again_on: date | None, today: date) -> bool:
    """Whether the day on which to ask again has come."""
    return result in OPEN and again_on is not None and again_on <= today
