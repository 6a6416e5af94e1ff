"""Taking answers: from the web, anonymous or named, and from stacks of paper.

An anonymous answer writes a sheet, its answers and a receipt, and says nothing to the audit: an entry would hold the moment and, of
somebody signed in, the name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import bulk, db
from unionops.core.i18n import _l
from unionops.surveys import queries
from unionops.surveys.models import Survey, SurveyAnswer, SurveyReceipt, SurveySheet
from unionops.surveys.rules.opening import State
from unionops.surveys.rules.questions import Given, read_all
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ANSWERED = recording.sentence("surveys.answered", _l("填答問卷 %(title)s"))
ANSWER_CHANGED = recording.sentence("surveys.answer_changed", _l("更改問卷 %(title)s 的填答"))
ENTERED = recording.sentence("surveys.entered", _l("問卷 %(title)s 登錄紙本第 %(first)s 到 %(last)s 號，共 %(count)s 份"))
CHECKED = recording.sentence("surveys.checked", _l("問卷 %(title)s 複核紙本 %(count)s 份，更正 %(changed)s 份"))


class Ended(RuleBroken):
    """The questionnaire takes no answers at this moment."""


def answer_anonymously(survey: Survey, typed: Mapping[str, Sequence[str]], *, once: str, now: datetime) -> bool:
    """Takes one anonymous answer. False when this very form was taken before. Raises RuleBroken with every field that is wrong."""
    _must_be_open(survey, now)
    receipt = int.from_bytes(hashlib.sha256(f"{survey.id}:{once}".encode()).digest()[:7], "big")
    if db.session.get(SurveyReceipt, receipt) is not None:
        return False
    given = _read(survey, typed)
    db.session.add(SurveyReceipt(id=receipt))
    _add(SurveySheet(survey_id=survey.id, source="web", filled_on=_day(now)), given)
    return True


def answer_by_name(survey: Survey, typed: Mapping[str, Sequence[str]], *, respondent: Ref, name: str, now: datetime) -> bool:
    """Takes or replaces what this person answers; True when it is the first time. Raises RuleBroken with every field that is wrong."""
    _must_be_open(survey, now)
    given = _read(survey, typed)
    sheet = queries.sheet_of(survey, respondent)
    if sheet is None:
        sheet = SurveySheet(survey_id=survey.id, source="web", filled_on=_day(now), answered_at=now, name=name)
        sheet.ref = respondent
        _add(sheet, given)
        recording.describe(ANSWERED, survey, title=survey.title)
        return True
    sheet.filled_on, sheet.answered_at = _day(now), now
    _replace(sheet, given)
    recording.describe(ANSWER_CHANGED, survey, title=survey.title)
    return False


def _must_be_open(survey: Survey, now: datetime) -> None:
    state = survey.state(now)
    if state == State.CLOSED:
        raise Ended(problem("", "這份問卷已經截止，您填的沒有送出。"))
    if state != State.OPEN:
        raise Ended(problem("", "這份問卷還沒開始。"))


def _read(survey: Survey, typed: Mapping[str, Sequence[str]]) -> list[Given]:
    given, wrong = read_all(survey.asked, typed)
    if not given and not wrong:
        wrong = [problem("", "還沒有填任何一題。")]
    if wrong:
        raise RuleBroken(*wrong)
    return given


def _day(now: datetime) -> date:
    return clock.in_taipei(now).date()


def _add(sheet: SurveySheet, given: Iterable[Given]) -> None:
    db.session.add(sheet)
    db.session.flush()  # Its number is what the answers name.
    _write(sheet, given)


def _replace(sheet: SurveySheet, given: Iterable[Given]) -> None:
    bulk(sa.delete(SurveyAnswer).where(SurveyAnswer.sheet_id == sheet.id), reason="survey_answer")
    _write(sheet, given)


def _write(sheet: SurveySheet, given: Iterable[Given]) -> None:
    db.session.add_all(
        SurveyAnswer(
            sheet_id=sheet.id, question_id=one.question, part=one.part, code=one.code, number=one.number, day=one.day, text=one.text
        )
        for one in given
    )


# --- paper ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PaperSheet:
    """One sheet as it was typed in: the number written on it, who filled it in (named questionnaires), what stands on it."""

    number: int
    given: tuple[Given, ...]
    name: str = ""


def enter(survey: Survey, sheets: Sequence[PaperSheet], *, now: datetime) -> None:
    """Stores a page of paper sheets. Raises RuleBroken naming the numbers that are taken; paper may come in after the closing day."""
    if survey.state(now) in (State.DRAFT, State.PLANNED):
        raise RuleBroken(problem("", "這份問卷還沒開放，不能登錄紙本。"))
    taken = sorted(queries.by_numbers(survey, [sheet.number for sheet in sheets]))
    if taken:
        raise RuleBroken(*(problem(f"number:{number}", "第 %(number)s 號已經登錄過。", number=number) for number in taken))
    for one in sheets:
        _add(SurveySheet(
            survey_id=survey.id, source="paper", number=one.number, filled_on=_day(now), name="" if survey.anonymous else one.name,
            answered_at=None if survey.anonymous else now,
        ), one.given)
    numbers = [sheet.number for sheet in sheets]
    recording.describe(ENTERED, survey, title=survey.title, first=min(numbers), last=max(numbers), count=len(sheets))


@dataclass(frozen=True)
class Difference:
    """Where the second typing differs from the first: the sheet, the question and its line, and what stood there before."""

    number: int
    question: int
    part: int
    before: tuple[Given, ...]


def compare(survey: Survey, sheets: Sequence[PaperSheet]) -> list[Difference]:
    """The second typing against the first. Raises RuleBroken for numbers that were never typed in."""
    known = queries.by_numbers(survey, [sheet.number for sheet in sheets])
    missing = [sheet.number for sheet in sheets if sheet.number not in known]
    if missing:
        raise RuleBroken(*(problem(f"number:{number}", "第 %(number)s 號還沒登錄過，不能複核。", number=number) for number in missing))
    stored = queries.given_on(sheet.id for sheet in known.values())
    found = []
    for one in sheets:
        before = stored.get(known[one.number].id, [])
        for place in sorted({(g.question, g.part) for g in (*before, *one.given)}):
            first = {g for g in before if (g.question, g.part) == place}
            if first != {g for g in one.given if (g.question, g.part) == place}:
                found.append(Difference(one.number, *place, tuple(sorted(first, key=lambda g: g.code))))
    return found


def confirm(survey: Survey, sheets: Sequence[PaperSheet]) -> int:
    """Marks these sheets as typed in twice; where the second typing differs, it counts. How many were changed."""
    known = queries.by_numbers(survey, [sheet.number for sheet in sheets])
    changed = {one.number for one in compare(survey, sheets)}
    for one in sheets:
        if one.number in changed:
            _replace(known[one.number], one.given)
        known[one.number].checked = True
    recording.describe(CHECKED, survey, title=survey.title, count=len(sheets), changed=len(changed))
    return len(changed)
