"""Reads of letters: who may see which, the registers with their filters, one letter with what belongs to it, the figures of the desk.

The day an answer is due is the calendar's, where it may have been extended; every list takes it from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import aliased, joinedload, selectinload

from unionops.core import search
from unionops.core.accounts.models import User, UserRole
from unionops.core.calendar.models import Deadline
from unionops.core.db import Counter, db, plain
from unionops.core.refs import by_reader, nobody
from unionops.letters.models import Answer, Letter, Receiver, Series, Template
from unionops.letters.rules import Direction, State, counter_name

KIND = "letter"


# --- who may see what -------------------------------------------------------------------------------------------------


def visible_letters(user: Any) -> sa.Select[tuple[int]] | None:
    """The letters this user may see. A confidential one is for whoever made or handles it and for those who hold ``letters.secret``;
    a clerk whose role is limited to units sees only those he made or handles: letters are the whole union's."""
    if not user.can("letters.read"):
        return nobody(Letter)
    own = sa.or_(Letter.owner_id == user.id, Letter.made_by_id == user.id)
    if user.scopes("letters.read") is not None:
        return sa.select(Letter.id).where(own)
    if user.can("letters.secret"):
        return None
    return sa.select(Letter.id).where(sa.or_(Letter.secrecy == "normal", own))


def letter_for(user: Any, letter_id: int, *, direction: Direction | None = None) -> Letter:
    """The letter, or 404 for one that is not there, not for these eyes, or of the other register."""
    chosen = visible_letters(user)
    wanted = sa.select(Letter).where(Letter.id == letter_id).options(
        joinedload(Letter.series), joinedload(Letter.owner), joinedload(Letter.made_by), selectinload(Letter.receivers)
    )
    if chosen is not None:
        wanted = wanted.where(Letter.id.in_(chosen))
    if direction is not None:
        wanted = wanted.where(Letter.direction == direction)
    return db.session.scalar(wanted) or abort(404)


def receiver_for(user: Any, letter_id: int, receiver_id: int) -> Receiver:
    """One receiver of a letter this user may see, or 404."""
    letter = letter_for(user, letter_id, direction=Direction.OUT)
    return next((one for one in letter.receivers if one.id == receiver_id), None) or abort(404)


# --- the registers ----------------------------------------------------------------------------------------------------

AWAITED = "awaited"
"""The state by which the out-register asks for letters whose reply has not come; on top of the stored ones."""


@dataclass(frozen=True)
class Filter:
    """What a register shows. ``overdue`` keeps only letters whose answer is late on ``today``; ``owner`` 0 is nobody."""

    direction: Direction
    text: str = ""
    year: int | None = None
    series: int | None = None
    states: tuple[str, ...] = ()
    owner: int | None = None
    counterpart: str = ""
    overdue: bool = False


class Row(NamedTuple):
    """A line of a register. ``due_on`` is the day worked towards while the letter is open."""

    letter: Letter
    due_on: date | None
    owner: str | None
    receivers: int
    unsent: int


_DUE = aliased(Deadline)
_OPEN_DUE = sa.and_(_DUE.ref_kind == KIND, _DUE.ref_id == Letter.id, _DUE.closed_at.is_(None), _DUE.withdrawn_at.is_(None))


def _conditions(user: Any, wanted: Filter, today: date) -> list[Any]:
    found: list[Any] = [Letter.direction == wanted.direction]
    chosen = visible_letters(user)
    if chosen is not None:
        found.append(Letter.id.in_(chosen))
    if wanted.text.strip():
        hits = search.matching(KIND, wanted.text)
        found.append(Letter.id.in_(hits) if hits is not None else sa.false())
    if wanted.year is not None:
        # A draft has no number yet, so it belongs to no year.
        found.append(Letter.year == wanted.year)
    if wanted.series is not None:
        found.append(Letter.series_id == wanted.series)
    if wanted.states:
        stored = [state for state in wanted.states if state != AWAITED]
        either = [Letter.state.in_(stored)] if stored else []
        if AWAITED in wanted.states:
            either.append(sa.and_(Letter.state == State.SENT, Letter.id.in_(_awaiting())))
        found.append(sa.or_(*either))
    if wanted.owner is not None:
        found.append(Letter.owner_id == wanted.owner if wanted.owner else Letter.owner_id.is_(None))
    if wanted.counterpart.strip():
        found.append(Letter.counterpart.contains(wanted.counterpart.strip(), autoescape=True))
    if wanted.overdue:
        found.append(Letter.id.in_(_awaiting().where(Deadline.nominal_on < today)))
    return found


def _awaiting() -> sa.Select[Any]:
    return sa.select(Deadline.ref_id).where(Deadline.ref_kind == KIND, Deadline.closed_at.is_(None), Deadline.withdrawn_at.is_(None))


def count(user: Any, wanted: Filter, today: date) -> int:
    """How many letters the filter finds."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Letter).where(*_conditions(user, wanted, today))) or 0


def rows(user: Any, wanted: Filter, today: date, *, offset: int = 0, limit: int | None = None) -> list[Row]:
    """The lines of a register in one statement: drafts first, then the newest number; those overdue by how late they are."""
    receivers = sa.select(sa.func.count()).where(Receiver.letter_id == Letter.id).correlate(Letter).scalar_subquery()
    unsent = sa.select(sa.func.count()).where(Receiver.letter_id == Letter.id, Receiver.sent_on.is_(None)).correlate(Letter).scalar_subquery()
    order = (_DUE.nominal_on, Letter.id) if wanted.overdue else (Letter.year.desc().nulls_first(), Letter.id.desc())
    asked = (
        sa.select(Letter, _DUE.nominal_on, User.name, receivers, unsent)
        .outerjoin(_DUE, _OPEN_DUE).outerjoin(User, User.id == Letter.owner_id)
        .where(*_conditions(user, wanted, today)).order_by(*order).offset(offset).limit(limit)
    )
    return [Row(*line) for line in db.session.execute(asked)]


def states(user: Any, wanted: Filter, today: date) -> dict[str, int]:
    """How many letters there are of each state, all other parts of the filter kept."""
    free = _conditions(user, replace(wanted, states=()), today)
    return dict(db.session.execute(sa.select(Letter.state, sa.func.count()).where(*free).group_by(Letter.state)).all())


def hidden(user: Any, wanted: Filter, today: date) -> int:
    """How many letters of this register exist that this user may not see: a register that leaves something out says so."""
    chosen = visible_letters(user)
    if chosen is None:
        return 0
    whose = [Letter.direction == wanted.direction, Letter.id.not_in(chosen)]
    if wanted.year is not None:
        whose.append(Letter.year == wanted.year)
    return db.session.scalar(sa.select(sa.func.count()).select_from(Letter).where(*whose)) or 0


def years(direction: Direction) -> list[int]:
    """The years of the Republic in which letters were numbered, newest first."""
    asked = sa.select(Letter.year).where(Letter.direction == direction, Letter.year.is_not(None)).distinct().order_by(Letter.year.desc())
    return [year for year in db.session.scalars(asked) if year is not None]


def in_order(user: Any, direction: Direction, year: int, *, limit: int | None = None) -> list[Letter]:
    """The numbered letters of a year that this user may see, as the register lists them: by code, then by number."""
    asked = (
        sa.select(Letter).join(Series, Series.id == Letter.series_id).where(*_of_year(user, direction, year))
        .options(joinedload(Letter.owner), selectinload(Letter.receivers)).order_by(Series.code, Letter.sequence).limit(limit)
    )
    return list(db.session.scalars(asked))


def count_of_year(user: Any, direction: Direction, year: int) -> tuple[int, int]:
    """How many letters ``in_order`` gives in all, and how many of them are cancelled."""
    cancelled = sa.func.count().filter(Letter.state == State.CANCELLED)
    total, void = db.session.execute(sa.select(sa.func.count(), cancelled).select_from(Letter).where(*_of_year(user, direction, year))).one()
    return total, void


def _of_year(user: Any, direction: Direction, year: int) -> list[sa.ColumnElement[bool]]:
    chosen = visible_letters(user)
    whole = [Letter.direction == direction, Letter.year == year]
    return whole if chosen is None else [*whole, Letter.id.in_(chosen)]


# --- one letter and what belongs to it --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exchange:
    """The letters around one: those it answers, those that answer it. Only those that this user may see."""

    answers: Sequence[Letter] = field(default_factory=list)
    answered_by: Sequence[Letter] = field(default_factory=list)


def exchange(user: Any, letter: Letter) -> Exchange:
    """Both ways in one statement."""
    chosen = visible_letters(user)
    pairs = sa.or_(
        sa.and_(Answer.answer_id == letter.id, Letter.id == Answer.question_id), sa.and_(Answer.question_id == letter.id, Letter.id == Answer.answer_id)
    )
    asked = sa.select(Letter, Answer.answer_id).join(Answer, pairs).order_by(Letter.id)
    found = db.session.execute(asked if chosen is None else asked.where(Letter.id.in_(chosen))).all()
    return Exchange([one for one, by in found if by == letter.id], [one for one, by in found if by != letter.id])


def answered_by(letter_ids: Iterable[int]) -> dict[int, list[str]]:
    """The numbers of the letters that answer these."""
    found: dict[int, list[str]] = {}
    asked = sa.select(Answer.question_id, Letter.number).join(Letter, Letter.id == Answer.answer_id).where(Answer.question_id.in_(list(letter_ids)))
    for question, number in db.session.execute(asked.order_by(Letter.id)):
        found.setdefault(question, []).append(number)
    return found


def twins(letter: Letter) -> list[Letter]:
    """Other incoming letters of the same sender with the same number: most likely the same paper, received twice."""
    if not letter.their_number:
        return []
    same = (Letter.direction == Direction.IN, Letter.their_number == letter.their_number, Letter.counterpart == letter.counterpart)
    return list(db.session.scalars(sa.select(Letter).where(*same, Letter.id != letter.id, Letter.state != State.CANCELLED)))


def waiting_for_reply(user: Any) -> list[Letter]:
    """Letters sent whose reply has not come, newest first: what an incoming letter may answer."""
    chosen = visible_letters(user)
    asked = sa.select(Letter).where(Letter.direction == Direction.OUT, Letter.state.in_((State.ISSUED, State.SENT)), Letter.id.in_(_awaiting()))
    asked = asked.order_by(Letter.id.desc()).limit(100)
    return list(db.session.scalars(asked if chosen is None else asked.where(Letter.id.in_(chosen))))


# --- what is chosen from ----------------------------------------------------------------------------------------------


def series(direction: Direction | None = None, *, closed: bool = False) -> list[Series]:
    """The series of numbers, oldest first."""
    asked = sa.select(Series).order_by(Series.direction, Series.id)
    if direction is not None:
        asked = asked.where(Series.direction == direction)
    return list(db.session.scalars(asked if closed else asked.where(Series.closed_on.is_(None))))


def last_numbers(year: int) -> dict[int, int]:
    """The last number taken in a year, by series; those given by hand before are counted."""
    named = {counter_name(one.id, year): one.id for one in series(closed=True)}
    found = db.session.execute(sa.select(Counter.name, Counter.last).where(Counter.name.in_(named)))
    return {named[name]: last for name, last in found}


def templates(*, retired: bool = False) -> list[Template]:
    """The union's own templates by name."""
    asked = sa.select(Template).order_by(Template.title)
    return list(db.session.scalars(asked if retired else asked.where(Template.retired_on.is_(None))))


def colleagues() -> list[User]:
    """Who may handle a letter: everybody active whose role reads letters."""
    from unionops.core.accounts.roles import GRANTS

    roles = [role for role, granted in GRANTS.items() if "letters.read" in granted]
    asked = sa.select(User).where(User.deactivated_at.is_(None), User.id.in_(sa.select(UserRole.user_id).where(UserRole.role.in_(roles))))
    return list(db.session.scalars(asked.order_by(User.name)))


def holder(role: str) -> str:
    """The name of whoever holds an office now, "" when nobody or more than one does."""
    asked = sa.select(User.name).join(UserRole, UserRole.user_id == User.id).where(User.deactivated_at.is_(None), UserRole.role == role)
    names = list(db.session.scalars(asked.limit(2)))
    return names[0] if len(names) == 1 else ""


# --- the desk ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """Open incoming letters that nobody handles, letters whose answer is late (from us, to us), letters approved and not yet issued."""

    unassigned: int
    late_in: int
    late_out: int
    ready: int


def figures(user: Any, today: date) -> Figures:
    """In one statement."""
    return Figures(*plain(_figures(user), {"today": today}).one())


@by_reader
def _figures(user: Any) -> sa.Select[Any]:
    late = Letter.id.in_(_awaiting().where(Deadline.nominal_on < sa.bindparam("today", type_=sa.Date)))
    incoming = Letter.direction == Direction.IN

    def tally(*conditions: Any) -> Any:
        return sa.func.count(sa.case((sa.and_(*conditions), 1)))

    asked = sa.select(
        tally(incoming, Letter.state == State.OPEN, Letter.owner_id.is_(None)), tally(incoming, Letter.state == State.OPEN, late),
        tally(sa.not_(incoming), late), tally(Letter.state == State.APPROVED),
    )
    chosen = visible_letters(user)
    return asked if chosen is None else asked.where(Letter.id.in_(chosen))
