"""Making questionnaires: from nothing, from a template or an old one; their questions; when they can be answered; whom they ask.

Once an answer came, the questions stand. Only a wording may be mended, with a reason that the results tell.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from unionops.core import search
from unionops.core.audit import recording
from unionops.core.db import db, lock_row
from unionops.core.i18n import _l
from unionops.surveys import queries
from unionops.surveys.models import Survey, SurveyInvitation, SurveyQuestion, SurveyWording
from unionops.surveys.rules.opening import State
from unionops.surveys.rules.questions import CHOICES, GROUPING, MOST_QUESTIONS, SCALES, Kind, check_definition, check_english
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

MADE = recording.sentence("surveys.made", _l("新增問卷 %(title)s"))
REMOVED = recording.sentence("surveys.removed", _l("刪除問卷草稿 %(title)s"))
CHANGED = recording.sentence("surveys.changed", _l("修改問卷 %(title)s"))
QUESTION_ADDED = recording.sentence("surveys.question_added", _l("問卷 %(title)s 新增題目"))
QUESTION_CHANGED = recording.sentence("surveys.question_changed", _l("問卷 %(title)s 修改題目"))
QUESTION_REMOVED = recording.sentence("surveys.question_removed", _l("問卷 %(title)s 刪除題目"))
WORDING_MENDED = recording.sentence("surveys.wording_mended", _l("問卷 %(title)s 修正題目文字，理由：%(reason)s"))
PERIOD_SET = recording.sentence("surveys.period_set", _l("問卷 %(title)s 開放填答"))
CLOSED = recording.sentence("surveys.closed", _l("問卷 %(title)s 結束填答"))
INVITED = recording.sentence("surveys.invited", _l("問卷 %(title)s 邀請 %(count)s 人"))
LINK_RENEWED = recording.sentence("surveys.link_renewed", _l("問卷 %(title)s 換發個人連結"))
LINK_WITHDRAWN = recording.sentence("surveys.link_withdrawn", _l("問卷 %(title)s 停用個人連結"))

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""What is not mistaken when an address is typed from a poster."""


@cache
def templates() -> dict[str, dict[str, Any]]:
    """The questionnaires to begin with, by name."""
    return tomllib.loads((files("unionops.surveys") / "data" / "templates.toml").read_text(encoding="utf-8"))


def make(
    *, title: str, introduction: str = "", purpose: str = "", anonymous: bool = True, template: str = "", pointer: Ref | None = None
) -> Survey:
    """A draft, with the questions of a template if one is named. Raises RuleBroken for a template that does not exist."""
    begun: Mapping[str, Any] = {}
    if template:
        if template not in templates():
            raise RuleBroken(problem("template", "沒有這個範本。"))
        begun = templates()[template]
    own = {"title": title, "introduction": introduction, "purpose": purpose}
    survey = Survey(
        **{name: typed or begun.get(name, "") for name, typed in own.items()}, anonymous=anonymous, token=_token(),
        english={name: words for name, words in begun.get("en", {}).items() if not own[name]} or None,  # Its English says only what it says itself.
    )
    survey.ref = pointer
    under: dict[str, Any] = {"section": "", "en": {}}
    for position, one in enumerate(begun.get("questions", ()), 1):
        if "section" in one:
            under = {"section": one["section"], "en": {"section": one["en"]["section"]}}
        told = {name: value for name, value in one.items() if name != "en"}
        survey.questions.append(SurveyQuestion(
            **{"options": [], "rows": [], **told, "section": under["section"], "english": under["en"] | one["en"], "position": position}
        ))
    return _stored(survey)


def make_for(pointer: Ref, template: str, *, title: str = "", anonymous: bool = True) -> Survey:
    """For other areas: a draft from a template that belongs to one of their records."""
    return make(title=title, template=template, anonymous=anonymous, pointer=pointer)


def copy(old: Survey, *, title: str) -> Survey:
    """A new draft with the questions of an old questionnaire, in the wording they have now."""
    survey = Survey(
        title=title, introduction=old.introduction, purpose=old.purpose, anonymous=old.anonymous, shared_device=old.shared_device,
        base_kind=old.base_kind, token=_token(), english={name: words for name, words in (old.english or {}).items() if name != "title"} or None,
    )
    names = [
        column.key for column in sa.inspect(SurveyQuestion).column_attrs if column.key not in ("id", "survey_id")
    ]
    survey.questions = [SurveyQuestion(**{name: getattr(one, name) for name in names}) for one in old.questions]
    return _stored(survey)


def _token() -> str:
    return "".join(secrets.choice(ALPHABET) for _n in range(8))


def _stored(survey: Survey) -> Survey:
    db.session.add(survey)
    db.session.flush()
    _index(survey)
    recording.describe(MADE, survey, title=survey.title)
    return survey


def _index(survey: Survey) -> None:
    search.put("survey", survey.id, search.words_of(survey.title, survey.purpose, (survey.english or {}).get("title", "")))


def change(
    survey: Survey, *, title: str, introduction: str, purpose: str, anonymous: bool, shared_device: bool, base_kind: str,
    base_count: int | None, english: Mapping[str, Any] | None = None,
) -> None:
    """Changes what is said about it; ``english`` has the English words by column, None leaves them as they are. Whether it is anonymous was
    promised: that stands once it was opened or somebody was asked by name."""
    if anonymous != survey.anonymous and (survey.opens_at is not None or queries.invited_count(survey)):
        raise RuleBroken(problem("anonymous", "問卷已經開放或已發出個人連結，不能再改記名或匿名。請複製成新問卷。"))
    if base_count is not None and base_count < 1:
        raise RuleBroken(problem("base_count", "人數要是 1 以上。"))
    survey.title, survey.introduction, survey.purpose = title, introduction, purpose
    survey.anonymous, survey.shared_device = anonymous, shared_device
    survey.base_kind, survey.base_count = base_kind, base_count
    if english is not None:
        survey.english = dict(english) or None
    _index(survey)
    recording.describe(CHANGED, survey, title=title)


def remove(survey: Survey) -> None:
    """Removes a draft with its questions and personal links. Raises RuleBroken once it was opened or holds a sheet."""
    lock_row(survey)
    if survey.opens_at is not None or queries.has_answers(survey):
        raise RuleBroken(problem("", "問卷已經設定開放或有人填答，不能刪除。不再需要的，結束填答即可。"))
    recording.describe(REMOVED, survey, title=survey.title)
    for invitation in db.session.scalars(sa.select(SurveyInvitation).where(SurveyInvitation.survey_id == survey.id)):
        db.session.delete(invitation)
    search.forget("survey", [survey.id])
    db.session.delete(survey)


# --- questions --------------------------------------------------------------------------------------------------------


def add_question(survey: Survey, **fields: Any) -> SurveyQuestion:
    """Adds a question at the end. Raises RuleBroken once answers came."""
    _refuse_answered(survey)
    if len(survey.questions) >= MOST_QUESTIONS:
        raise RuleBroken(problem("", "一份問卷最多 %(most)s 題。", most=MOST_QUESTIONS))
    question = SurveyQuestion(position=max((one.position for one in survey.questions), default=0) + 1)
    _fill(survey, question, fields)
    survey.questions.append(question)
    recording.describe(QUESTION_ADDED, survey, title=survey.title)
    return question


def change_question(question: SurveyQuestion, **fields: Any) -> None:
    """Changes a question. Raises RuleBroken once answers came."""
    _refuse_answered(question.survey)
    _fill(question.survey, question, fields)
    recording.describe(QUESTION_CHANGED, question.survey, title=question.survey.title)


def _fill(survey: Survey, question: SurveyQuestion, fields: Mapping[str, Any]) -> None:
    kind = Kind(fields["kind"])
    kept = dict(fields)
    english = {name: words for name, words in (kept.pop("english", None) or {}).items() if words}
    if kind not in CHOICES:
        kept |= {"options": [], "other": False}
    if kind != Kind.MATRIX:
        kept["rows"] = []
    if kind not in SCALES:
        kept |= {"low": "", "high": ""}
    wished = SurveyQuestion(**{"options": [], "rows": [], "title": "", "required": False, "other": False, "low": "", "high": "", **kept}).asked()
    kept["english"] = {name: words for name, words in english.items() if kept.get(name)} or None  # Nothing that has no words of its own.
    problems = check_definition(wished) + check_english(wished, kept["english"] or {})
    if kept.get("grouping") and kind not in GROUPING:
        problems.append(problem("grouping", "分組題要是單選或 1–5、0–10 分的題目。"))
    if kept.get("grouping") and any(one.grouping and one is not question for one in survey.questions):
        problems.append(problem("grouping", "已有一個分組題。匿名問卷只能有一個，兩種分組放在一起會看出少數人的答案。"))
    if problems:
        raise RuleBroken(*problems)
    for name, value in kept.items():
        setattr(question, name, value)


def move_question(question: SurveyQuestion, step: int) -> None:
    """Moves a question up (-1) or down (1); at the end nothing happens. Raises RuleBroken once answers came."""
    survey = question.survey
    _refuse_answered(survey)
    order = list(survey.questions)
    at = order.index(question)
    to = min(max(at + step, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    for position, one in enumerate(order, 1):
        one.position = position
    recording.describe(QUESTION_CHANGED, survey, title=survey.title)


def remove_question(question: SurveyQuestion) -> None:
    """Removes a question. Raises RuleBroken once answers came."""
    _refuse_answered(question.survey)
    recording.describe(QUESTION_REMOVED, question.survey, title=question.survey.title)
    question.survey.questions.remove(question)


def mend_wording(question: SurveyQuestion, *, title: str, reason: str, today: date, title_en: str | None = None) -> None:
    """Corrects the words of a question after answers came, in one language or both (None: as it is); the old words, the day and the reason stay with it."""
    told = question.english or {}
    before = (question.title, told.get("title", ""))
    title_en = before[1] if title_en is None else title_en
    changed = [(old, new) for old, new in zip(before, (title, title_en), strict=True) if old != new]
    if not changed:
        raise RuleBroken(problem("title", "文字沒有變。"))
    question.wordings += [SurveyWording(before=old, after=new, reason=reason, changed_on=today) for old, new in changed if old]
    question.title = title
    question.english = {name: words for name, words in {**told, "title": title_en}.items() if words} or None
    recording.describe(WORDING_MENDED, question.survey, title=question.survey.title, reason=reason)


def _refuse_answered(survey: Survey) -> None:
    if queries.has_answers(survey):
        raise RuleBroken(problem("", "已經有人填答，題目不能再增減或改選項。文字有錯可以「修正文字」並寫理由，或複製成新問卷。"))


# --- when, and whom ---------------------------------------------------------------------------------------------------


def set_period(survey: Survey, *, opens_at: datetime, closes_at: datetime | None, now: datetime) -> None:
    """Opens it from a moment on, until another. An anonymous one that was closed stays so: its results may have been looked at, and
    a few more answers could be read from the difference."""
    if not survey.questions:
        raise RuleBroken(problem("", "還沒有題目，不能開放。"))
    if survey.anonymous and survey.state(now) == State.CLOSED:
        raise RuleBroken(problem("", "匿名問卷結束後不能再開放：前後兩次統計相減會看出新填的人答了什麼。請複製成新問卷。"))
    if closes_at is not None and (closes_at <= opens_at or closes_at <= now):
        raise RuleBroken(problem("closes_on", "截止日要在開始日當天或之後，而且還沒過去。"))
    if survey.state(now) == State.OPEN and opens_at > now:
        raise RuleBroken(problem("opens_on", "已經開放填答，開始日不能改到以後。"))
    survey.opens_at, survey.closes_at = opens_at, closes_at
    recording.describe(PERIOD_SET, survey, title=survey.title)


def close(survey: Survey, *, now: datetime) -> None:
    """Ends the answering at once."""
    if survey.state(now) != State.OPEN:
        raise RuleBroken(problem("", "這份問卷現在沒有開放填答。"))
    survey.closes_at = now
    recording.describe(CLOSED, survey, title=survey.title)


def invite(survey: Survey, people: Iterable[tuple[Ref, str]]) -> int:
    """Gives each person a link of their own; who has one keeps it. How many are new. Raises RuleBroken for an anonymous questionnaire."""
    if survey.anonymous:
        raise RuleBroken(problem("", "匿名問卷不發個人連結。"))
    wanted = dict(people)
    have = {one.ref: one for one in db.session.scalars(sa.select(SurveyInvitation).where(SurveyInvitation.survey_id == survey.id))}
    new = 0
    for pointer, name in wanted.items():
        known = have.get(pointer)
        if known is None:
            db.session.add(SurveyInvitation(survey_id=survey.id, name=name, ref_kind=pointer.kind, ref_id=pointer.id))
            new += 1
        elif known.withdrawn:
            known.withdrawn = False
            known.renew()
            new += 1
    recording.describe(INVITED, survey, title=survey.title, count=new)
    return new


def renew_link(survey: Survey, invitation: SurveyInvitation) -> None:
    """Makes a new link for somebody; the old one ends at once."""
    invitation.renew()
    recording.describe(LINK_RENEWED, survey, title=survey.title)


def withdraw_link(survey: Survey, invitation: SurveyInvitation) -> None:
    """Ends somebody's link; what was answered stays."""
    invitation.withdrawn = True
    recording.describe(LINK_WITHDRAWN, survey, title=survey.title)
