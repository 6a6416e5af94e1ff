"""Reading questionnaires: lists, the sheets that came back, and their results counted by the database.

Results take the same few statements whatever the number of sheets. Owns no rule about what may be shown (``rules.results``).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import selectinload

from unionops.core import clock, refs, search
from unionops.core.db import blind_index, db
from unionops.core.i18n import _
from unionops.core.notify.models import Delivery
from unionops.core.notify.registry import MAILBOXES
from unionops.surveys.models import Survey, SurveyAnswer, SurveyInvitation, SurveyQuestion, SurveySheet
from unionops.surveys.rules import results as figures
from unionops.surveys.rules import statistics
from unionops.surveys.rules.hiding import LEAST
from unionops.surveys.rules.opening import State
from unionops.surveys.rules.questions import CHOICES, GROUPING, TEXTS, Asked, Given, Kind
from unionops.surveys.rules.results import UNANSWERED, Counted, Cross, Part
from unionops.values.refs import Ref

LINK_PLACE = "survey_invitation.link"
FIRST_TEXTS = 5
REMIND_AFTER = timedelta(hours=24)
"""Nobody is reminded sooner after the last mail, however often the button is pressed."""


class Stands(StrEnum):
    """Where somebody asked by personal link stands: what he can still be sent follows from it."""

    ANSWERED = "answered"
    GONE = "gone"
    """Must not be written to any more."""
    WITHOUT_MAIL = "without_mail"
    NOT_MAILED = "not_mailed"
    UNDELIVERED = "undelivered"
    """The last mail was given up."""
    MAILED = "mailed"
    JUST_MAILED = "just_mailed"
    """Waits in the outbox, or left less than ``REMIND_AFTER`` ago."""


BY_HAND = (Stands.WITHOUT_MAIL, Stands.UNDELIVERED)
"""Whom only a printed link reaches."""


def visible(user: Any) -> sa.Select[tuple[int]] | None:
    """SELECT of the ids of the questionnaires this user may see; None when that is all."""
    return None if user.can("surveys.read") or user.can("surveys.enter") else refs.nobody(Survey)


def survey_for(user: Any, survey_id: int) -> Survey:
    """The questionnaire, or 404 when there is none that this user may see."""
    found = db.session.get(Survey, survey_id, options=[selectinload(Survey.questions).selectinload(SurveyQuestion.wordings)])
    if found is None or not refs.KINDS["survey"].visible(user, found):
        abort(404)
    return found


def by_token(token: str) -> Survey | None:
    """The questionnaire at this public address, unless it is a draft."""
    found = db.session.scalar(sa.select(Survey).where(Survey.token == token).options(selectinload(Survey.questions)))
    return None if found is None or found.opens_at is None else found


def link_token(invitation: SurveyInvitation) -> str:
    """What a personal link carries: the number of the invitation and a keyed fingerprint of it, nothing that names a person."""
    return f"{invitation.id}-{blind_index(f'{invitation.id}:{invitation.nonce}', LINK_PLACE)[:20]}"


def by_link(token: str) -> SurveyInvitation | None:
    """The invitation of a personal link; None for one that was made up, replaced or withdrawn."""
    number, _dash, _rest = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    found = db.session.get(SurveyInvitation, int(number))
    return found if found is not None and not found.withdrawn and link_token(found) == token else None


def surveys(user: Any, typed: str = "", *, offset: int = 0, limit: int = 25) -> tuple[list[tuple[Survey, int]], int]:
    """The questionnaires with how many sheets came back, newest first, and how many there are in all."""
    chosen = visible(user)
    wanted = [] if chosen is None else [Survey.id.in_(chosen)]
    if typed.strip() and (found := search.matching("survey", typed)) is not None:
        wanted.append(Survey.id.in_(found))
    returned = sa.select(sa.func.count()).where(SurveySheet.survey_id == Survey.id).scalar_subquery()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Survey).where(*wanted)) or 0
    rows = db.session.execute(sa.select(Survey, returned).where(*wanted).order_by(Survey.id.desc()).offset(offset).limit(limit))
    return [(row[0], row[1]) for row in rows], total


def of_record(pointer: Ref) -> list[Survey]:
    """The questionnaires that belong to a record of another area, oldest first."""
    return list(db.session.scalars(sa.select(Survey).where(refs.pointing_at(Survey, pointer)).order_by(Survey.id)))


def has_answers(survey: Survey) -> bool:
    """Whether a sheet came back."""
    return db.session.scalar(sa.select(SurveySheet.id).where(SurveySheet.survey_id == survey.id).limit(1)) is not None


def sheet_counts(survey: Survey) -> dict[str, int]:
    """How many sheets came back, by the way they came (``web``, ``paper``)."""
    counted = sa.select(SurveySheet.source, sa.func.count()).where(SurveySheet.survey_id == survey.id).group_by(SurveySheet.source)
    return {"web": 0, "paper": 0, **dict(db.session.execute(counted).all())}


def sheet_of(survey: Survey, respondent: Ref) -> SurveySheet | None:
    """What this person answered to a named questionnaire."""
    return db.session.scalar(sa.select(SurveySheet).where(SurveySheet.survey_id == survey.id, refs.pointing_at(SurveySheet, respondent)))


def given_on(sheets: Iterable[int]) -> dict[int, list[Given]]:
    """What stands on these sheets."""
    found: dict[int, list[Given]] = defaultdict(list)
    rows = db.session.scalars(sa.select(SurveyAnswer).where(SurveyAnswer.sheet_id.in_(list(sheets))))
    for one in rows:
        found[one.sheet_id].append(Given(one.question_id, one.part, one.code, one.number, one.day, one.text))
    return found


def by_numbers(survey: Survey, numbers: Iterable[int]) -> dict[int, SurveySheet]:
    """The paper sheets with these numbers."""
    wanted = sa.select(SurveySheet).where(SurveySheet.survey_id == survey.id, SurveySheet.number.in_(list(numbers)))
    return {sheet.number: sheet for sheet in db.session.scalars(wanted) if sheet.number is not None}


def paper_progress(survey: Survey) -> tuple[int, int, int]:
    """Paper sheets typed in, how many of them twice, and the last number."""
    checked = sa.func.coalesce(sa.func.sum(sa.case((SurveySheet.checked, 1), else_=0)), 0)
    counted = sa.select(sa.func.count(), checked, sa.func.coalesce(sa.func.max(SurveySheet.number), 0)).where(
        SurveySheet.survey_id == survey.id, SurveySheet.source == "paper"
    )
    typed, twice, last = db.session.execute(counted).one()
    return typed, twice, last


@dataclass(frozen=True)
class Invited:
    """Somebody asked by personal link, where he stands, and his mail address."""

    invitation: SurveyInvitation
    stands: Stands
    email: str


def invitations(
    survey: Survey, now: datetime, *, only: Iterable[Stands] = (), offset: int = 0, limit: int | None = None
) -> list[Invited]:
    """The people asked by personal link, oldest first; ``only`` those who stand there."""
    asked, stands, email = _asked_by_link(survey, now)
    query = asked.add_columns(SurveyInvitation, stands, email).order_by(SurveyInvitation.id).offset(offset).limit(limit)
    chosen = [one.value for one in only]
    rows = db.session.execute(query.where(stands.in_(chosen)) if chosen else query)
    return [Invited(invitation, Stands(where), address or "") for invitation, where, address in rows]


def standing(survey: Survey, now: datetime) -> dict[Stands, int]:
    """How many of those asked by personal link stand where."""
    asked, stands, _email = _asked_by_link(survey, now)
    counted = asked.add_columns(stands.label("stands")).subquery()
    found = dict(db.session.execute(sa.select(counted.c.stands, sa.func.count()).group_by(counted.c.stands)).all())
    return {one: found.get(one.value, 0) for one in Stands}


def _asked_by_link(survey: Survey, now: datetime) -> tuple[sa.Select[Any], sa.ColumnElement[str], sa.ColumnElement[str]]:
    """The invitations of a questionnaire with their last mail, and in SQL where each stands and his mail address (``notify.Mailbox``)."""
    asked, sheet = SurveyInvitation, SurveySheet
    email = sa.case(
        *((asked.ref_kind == kind, sa.select(box.email).where(box.model.id == asked.ref_id).scalar_subquery()) for kind, box in MAILBOXES.items()),
        else_=sa.literal(""),
    )
    by_link = sa.select(sheet.id).where(sheet.survey_id == survey.id, sheet.ref_kind == asked.ref_kind, sheet.ref_id == asked.ref_id).exists()
    by_paper = sa.select(sheet.name).where(sheet.survey_id == survey.id, sheet.source == "paper", sheet.name != "")
    alone = sa.select(asked.name).where(asked.survey_id == survey.id, ~asked.withdrawn).group_by(asked.name).having(sa.func.count() == 1)
    reached = sa.func.coalesce(Delivery.sent_at, Delivery.printed_at)
    stands = sa.case(
        # Paper bears a name and no link: it speaks for somebody only as long as nobody else of that name was asked.
        (sa.or_(by_link, sa.and_(asked.name.in_(by_paper), asked.name.in_(alone.correlate(None)))), Stands.ANSWERED.value),
        (email.is_(None), Stands.GONE.value),
        (email == "", Stands.WITHOUT_MAIL.value),
        (sa.or_(asked.delivery_id.is_(None), sa.and_(Delivery.cancelled_at.is_not(None), reached.is_(None))), Stands.NOT_MAILED.value),
        (sa.and_(Delivery.given_up_at.is_not(None), reached.is_(None)), Stands.UNDELIVERED.value),
        (reached < now - REMIND_AFTER, Stands.MAILED.value),
        else_=Stands.JUST_MAILED.value,
    )
    found = sa.select().select_from(asked).outerjoin(Delivery, Delivery.id == asked.delivery_id).where(asked.survey_id == survey.id, ~asked.withdrawn)
    return found, stands, email


def invited_count(survey: Survey) -> int:
    """How many were asked by personal link."""
    counted = sa.select(sa.func.count()).where(SurveyInvitation.survey_id == survey.id, ~SurveyInvitation.withdrawn)
    return db.session.scalar(counted.select_from(SurveyInvitation)) or 0


# --- results ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuestionFigures:
    """A question with its figures; ``texts`` are the free texts written most often, ``text_count`` how many there are (None: too few to show)."""

    asked: Asked
    question: SurveyQuestion
    parts: tuple[Part, ...]
    texts: tuple[tuple[str, int], ...] = ()
    text_count: int | None = 0


@dataclass(frozen=True)
class Results:
    """What a questionnaire brought. ``withheld`` says why there are no figures ("" when there are): ``open`` or ``few``."""

    survey: Survey
    returned: int
    sources: Mapping[str, int]
    base: int | None
    rate: Decimal | None
    withheld: str
    questions: tuple[QuestionFigures, ...]
    grouping: tuple[Asked, ...]
    """The questions by which the results can be set side by side."""


def words() -> dict[str, str]:
    """The reader's words for what is no option of the questionnaire's own."""
    return {"other": _("其他"), "unanswered": _("未答")}


def results(survey: Survey, *, now: datetime | None = None) -> Results:
    """The results as far as they may be shown: those of an anonymous questionnaire once it is closed and five sheets came back.

    ``now`` decides whether it is closed (default: this moment).
    """
    sources = sheet_counts(survey)
    returned = sum(sources.values())
    base = survey.base_count if survey.base_count is not None or survey.anonymous else invited_count(survey) or None
    rate = statistics.response_rate(returned, base)
    asked = survey.asked
    grouping = tuple(one for one, row in zip(asked, survey.questions, strict=True) if row.grouping) if survey.anonymous else tuple(
        one for one in asked if one.kind in GROUPING
    )
    withheld = withheld_because(survey, returned, now or clock.now())
    if withheld:
        return Results(survey, returned, sources, base, rate, withheld, (), grouping)
    counted, texts, told = _counted(asked), _text_counts(asked), words()
    first = _first_texts([one.id for one in asked if _shows_texts(survey, texts.get(one.id, 0))])
    questions = tuple(
        QuestionFigures(
            one, row,
            tuple(
                figures.summary(one, part, counted.get((one.id, part), Counted()), returned, anonymous=survey.anonymous, words=told)
                for part in range(len(one.parts))
            ),
            tuple(first.get(one.id, ())), texts.get(one.id, 0) if _shows_texts(survey, texts.get(one.id, 0)) else None,
        )
        for one, row in zip(asked, survey.questions, strict=True)
    )
    return Results(survey, returned, sources, base, rate, "", questions, grouping)


def withheld_because(survey: Survey, returned: int, now: datetime) -> str:
    """``open`` or ``few`` when no figure of an anonymous questionnaire may be shown yet, else ""."""
    if not survey.anonymous:
        return ""
    if survey.state(now) != State.CLOSED:
        return "open"
    return "few" if returned < LEAST else ""


def _shows_texts(survey: Survey, count: int) -> bool:
    return not survey.anonymous or count == 0 or count >= LEAST


def _counted(asked: list[Asked]) -> dict[tuple[int, int], Counted]:
    """Everything counted, by question and part, in two statements."""
    kinds, answer = {one.id: one for one in asked}, SurveyAnswer
    ticked = _who_ticked(asked)
    kept: dict[tuple[int, int], Counted] = {}
    counts = sa.select(answer.question_id, answer.part, answer.code, answer.number, answer.day, sa.func.count()).where(
        answer.question_id.in_(list(kinds))
    ).group_by(answer.question_id, answer.part, answer.code, answer.number, answer.day)
    for question, part, code, number, day, count in db.session.execute(counts):
        held = kept.setdefault((question, part), Counted(0, {}, {}, {}))
        if kinds[question].codes:
            held.codes[code] = count
        elif number is not None:
            held.numbers[number] = count
        elif day is not None:
            held.days[day] = count
        kept[question, part] = replace(held, base=ticked.get(question, held.base + count))
    return kept


def _who_ticked(asked: list[Asked]) -> dict[int, int]:
    """How many answered each question of several choices; of every other question that is the number of its answers."""
    several = [one.id for one in asked if one.kind == Kind.MULTIPLE]
    counted = sa.select(SurveyAnswer.question_id, sa.func.count(sa.distinct(SurveyAnswer.sheet_id))).where(SurveyAnswer.question_id.in_(several))
    return dict(db.session.execute(counted.group_by(SurveyAnswer.question_id)).all()) if several else {}


def _text_counts(asked: list[Asked]) -> dict[int, int]:
    counted = sa.select(SurveyAnswer.question_id, sa.func.count()).where(
        SurveyAnswer.question_id.in_([one.id for one in asked if one.kind in TEXTS or one.kind in CHOICES]), SurveyAnswer.text != ""
    )
    return dict(db.session.execute(counted.group_by(SurveyAnswer.question_id)).all())


def _first_texts(ids: list[int]) -> dict[int, list[tuple[str, int]]]:
    """The texts written most often, with how often."""
    answer, often = SurveyAnswer, sa.func.count()
    place = sa.func.row_number().over(partition_by=answer.question_id, order_by=(often.desc(), answer.text))
    ranked = sa.select(answer.question_id, answer.text, often.label("often"), place.label("place")).where(
        answer.question_id.in_(ids), answer.text != ""
    ).group_by(answer.question_id, answer.text).subquery()
    first = sa.select(ranked.c.question_id, ranked.c.text, ranked.c.often).where(ranked.c.place <= FIRST_TEXTS).order_by(ranked.c.place)
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for question, text, count in db.session.execute(first):
        found[question].append((text, count))
    return found


def texts(survey: Survey, question: SurveyQuestion, *, offset: int = 0, limit: int = 100) -> tuple[list[tuple[str, str, int]], int]:
    """(text, who wrote it, how often) in the order of the texts themselves, which tells nothing about who came first or wrote what
    elsewhere; and how many lines there are. Nobody wrote those of an anonymous questionnaire, and fewer than five are none."""
    wanted = [SurveyAnswer.question_id == question.id, SurveyAnswer.text != ""]
    lines = sa.select(SurveyAnswer.text, SurveySheet.name, sa.func.count()).join(SurveySheet, SurveySheet.id == SurveyAnswer.sheet_id).where(
        *wanted
    ).group_by(SurveyAnswer.text, SurveySheet.name)
    every = lines.subquery()
    total, count = db.session.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(every.c[2]), 0))).one()
    if not _shows_texts(survey, count):
        return [], 0
    rows = db.session.execute(lines.order_by(SurveyAnswer.text, SurveySheet.name).offset(offset).limit(limit))
    return [(text, name, often) for text, name, often in rows], total


def by_groups(survey: Survey, by: Asked) -> list[tuple[Asked, list[Cross]]]:
    """Every other closed question by the groups of ``by``, in three statements. Only for results that may be shown."""
    asked = [one for one in survey.asked if one.codes and one.id != by.id]
    group, answer = sa.orm.aliased(SurveyAnswer), SurveyAnswer
    named = sa.func.coalesce(group.code, sa.literal_column(str(UNANSWERED)))  # As a parameter PostgreSQL would not know it again.
    sizes = sa.select(named, sa.func.count()).select_from(SurveySheet).outerjoin(
        group, sa.and_(group.sheet_id == SurveySheet.id, group.question_id == by.id)
    ).where(SurveySheet.survey_id == survey.id).group_by(named)
    groups = dict(db.session.execute(sizes).all())
    counts = sa.select(named, answer.question_id, answer.part, answer.code, sa.func.count()).select_from(answer).outerjoin(
        group, sa.and_(group.sheet_id == answer.sheet_id, group.question_id == by.id)
    ).where(answer.question_id.in_([one.id for one in asked])).group_by(named, answer.question_id, answer.part, answer.code)
    cells: dict[tuple[int, int], dict[tuple[int, int], int]] = defaultdict(dict)
    for code, question, part, value, count in db.session.execute(counts):
        cells[question, part][code, value] = count
    ticked, told = _who_ticked(asked), words()
    by_counted = Counted(sum(count for code, count in groups.items() if code != UNANSWERED), groups)
    return [
        (one, [
            figures.cross(
                one, part, _altogether(cells[one.id, part], ticked.get(one.id)), by, by_counted, cells[one.id, part], groups,
                anonymous=survey.anonymous, words=told,
            )
            for part in range(len(one.parts))
        ])
        for one in asked
    ]


def _altogether(cells: Mapping[tuple[int, int], int], ticked: int | None) -> Counted:
    """The groups added up."""
    codes: dict[int, int] = defaultdict(int)
    for (_group, code), count in cells.items():
        codes[code] += count
    return Counted(sum(codes.values()) if ticked is None else ticked, codes)


# --- the answers as a file --------------------------------------------------------------------------------------------


def column_title(asked: Asked, part: str = "") -> str:
    """What stands over a column of the file: the question, with the line or the choice it is about."""
    title = f"{asked.number}. {asked.title}"
    return _("%(title)s：%(part)s", title=title, part=part) if part else title

def named_sheets(survey: Survey) -> list[tuple[SurveySheet, list[Given]]]:
    """Every sheet of a named questionnaire with what stands on it, in the order in which they came."""
    sheets = list(db.session.scalars(
        sa.select(SurveySheet).where(SurveySheet.survey_id == survey.id).order_by(SurveySheet.answered_at, SurveySheet.number, SurveySheet.id)
    ))
    rows = db.session.execute(
        sa.select(
            SurveyAnswer.sheet_id, SurveyAnswer.question_id, SurveyAnswer.part, SurveyAnswer.code, SurveyAnswer.number, SurveyAnswer.day,
            SurveyAnswer.text,
        ).join(SurveySheet, SurveySheet.id == SurveyAnswer.sheet_id).where(SurveySheet.survey_id == survey.id)
    )
    found: dict[int, list[Given]] = defaultdict(list)
    for sheet, *given in rows:
        found[sheet].append(Given(*given))
    return [(sheet, found.get(sheet.id, [])) for sheet in sheets]


def shuffled_columns(survey: Survey, returned: int, hidden_word: str) -> list[tuple[str, list[Any]]]:
    """The answers to an anonymous questionnaire, every column in an order of its own: no line is a person. What the results hide
    stands there as ``hidden_word``. Only for results that may be shown."""
    counted, told, dice = _counted(survey.asked), words(), random.SystemRandom()
    all_texts = _all_texts(survey)
    made: list[tuple[str, list[Any]]] = []
    for asked in survey.asked:
        for part, row in enumerate(asked.parts):
            have = counted.get((asked.id, part), Counted())
            title = column_title(asked, row)
            hidden = figures.hidden_codes(asked, have)
            if asked.kind == "multiple":
                for code in asked.codes:
                    count = have.codes.get(code, 0)
                    cells = [hidden_word] * returned if code in hidden else [1] * count + [None] * (returned - count)
                    made.append((column_title(asked, figures.label_of(asked, code, told)), cells))
            elif asked.codes:
                values = [
                    hidden_word if code in hidden else figures.label_of(asked, code, told) for code in asked.codes for _n in range(have.codes.get(code, 0))
                ]
                made.append((title, values))
            elif asked.kind not in TEXTS:
                given = {**have.numbers, **have.days}
                values = [hidden_word if count < LEAST else value for value, count in given.items() for _n in range(count)]
                made.append((title, values))
        texts_given = all_texts.get(asked.id, [])
        if texts_given:
            title = column_title(asked, told["other"] if asked.kind in CHOICES else "")
            made.append((title, list(texts_given) if len(texts_given) >= LEAST else [hidden_word] * len(texts_given)))
    for _title, values in made:
        values += [None] * (returned - len(values))
        dice.shuffle(values)
    return made


def _all_texts(survey: Survey) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    wanted = sa.select(SurveyAnswer.question_id, SurveyAnswer.text).where(
        SurveyAnswer.question_id.in_([one.id for one in survey.questions]), SurveyAnswer.text != ""
    )
    for question, text in db.session.execute(wanted):
        found[question].append(text)
    return found
