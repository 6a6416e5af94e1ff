"""What is kept up beside a letter: the words by which it is found, its deadline in the calendar, which letter answers which."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from unionops.core import search
from unionops.core.accounts.models import User
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.models import Delivery
from unionops.core.notify.registry import notice_kind
from unionops.core.notify.rules import STATUSES
from unionops.letters import queries, rules
from unionops.letters.models import Answer, Letter
from unionops.letters.rules import Asked, State
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

REPLY = deadline_kind("letters.reply", title=_l("來文回覆"), closes=_l("發出回覆，或註明原因存查"))
AWAITED = deadline_kind("letters.awaited", title=_l("等待回文"), closes=_l("把收到的來文登錄為這件發文的回覆"))
ASSIGNED = notice_kind("letters.assigned", title=_l("公文分辦"))
REPLIED = notice_kind("letters.replied", title=_l("發文收到回覆"))


def pointer(letter: Letter) -> Ref:
    """How other areas name the letter."""
    return Ref(queries.KIND, letter.id)


def index(letter: Letter) -> None:
    """The words by which it is found: numbers, subject, the other side."""
    names = [one.name for one in letter.receivers]
    search.put(queries.KIND, letter.id, search.words_of(letter.number, letter.their_number, letter.subject, letter.counterpart, *names))


def set_due(letter: Letter, *, since: date, today: date) -> None:
    """Puts the deadline that the letter asks for, or takes away one that it no longer asks for."""
    kind = REPLY if letter.is_incoming else AWAITED
    due = rules.reply_due(Asked.stored(letter.due_asked), since=since, letter=letter.their_number or letter.number)
    if due is None:
        calendar.withdraw(pointer(letter), kind, why=str(_l("公文不再要求回覆")))
        return
    title = _l("回覆 %(title)s", title=letter.title) if letter.is_incoming else _l("等待回文 %(title)s", title=letter.title)
    calendar.put(
        pointer(letter), kind, title=str(title), latest_on=due.latest_on, nominal_on=due.safe_on, basis=due.basis, owner=letter.owner, today=today,
        reopen=True,
    )


def settle(letter: Letter, state: State, *, how: str, now: datetime, today: date) -> None:
    """The letter needs nothing more: its deadline is closed with these words."""
    letter.state, letter.closed_on = state, today
    calendar.close(pointer(letter), REPLY if letter.is_incoming else AWAITED, how=how, now=now)


def tie(question: Letter, answer: Letter) -> None:
    """``answer`` answers ``question``. Raises RuleBroken for two letters of one register, or a cancelled one."""
    if question.direction == answer.direction:
        raise RuleBroken(problem("answers", "來文要用發文回覆，發文要用來文回覆。"))
    if question.state == State.CANCELLED:
        raise RuleBroken(problem("answers", "%(number)s 已經作廢，不能回覆。", number=question.number))
    found = sa.select(Answer.id).where(Answer.question_id == question.id, Answer.answer_id == answer.id)
    if db.session.scalar(found) is None:
        db.session.add(Answer(question_id=question.id, answer_id=answer.id))


def mails_of(letter: Letter) -> dict[int, tuple[str, str]]:
    """Where the mails of a letter stand, by the id of the receiver: (sign, words), in one statement."""
    sent = {one.delivery_id: one.id for one in letter.receivers if one.delivery_id is not None}
    if not sent:
        return {}
    found = db.session.scalars(sa.select(Delivery).where(Delivery.id.in_(sent)))
    return {sent[row.id]: STATUSES[row.status] for row in found}


def tell_owner(letter: Letter, by: User) -> None:
    """Whoever is to handle a letter learns of it, unless he chose so himself."""
    if letter.owner is not None and letter.owner.id != by.id:
        notify.tell(
            ASSIGNED, [letter.owner], subject=_l("公文分辦：%(title)s", title=letter.title),
            text=_l("%(name)s交辦。", name=by.name), pointer=pointer(letter),
        )
