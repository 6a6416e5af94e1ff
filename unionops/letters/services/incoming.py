"""Letters received: registered, given to somebody, answered or filed, cancelled. None is ever deleted."""

from __future__ import annotations

from datetime import date, datetime

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.letters.models import Letter, Series
from unionops.letters.rules import Arrival, Direction, State
from unionops.letters.services import bonds
from unionops.letters.services.definitions import give_number, usual_series
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

REGISTERED = recording.sentence("letters.registered", _l("登錄收文 %(title)s"))
CHANGED = recording.sentence("letters.changed", _l("更正收文 %(title)s"))
GIVEN = recording.sentence("letters.given", _l("%(title)s 分給 %(name)s 承辦"))
FILED = recording.sentence("letters.filed", _l("%(title)s 不回覆，存查：%(why)s"))
REOPENED = recording.sentence("letters.reopened", _l("%(title)s 重新列為待辦"))
CANCELLED = recording.sentence("letters.cancelled", _l("%(title)s 作廢：%(why)s"))
ANSWERED = recording.sentence("letters.answered", _l("%(title)s 收到回覆 %(answer)s"))


def register(
    arrival: Arrival, *, by: User, series: Series | None = None, owner: User | None = None, belongs_to: Ref | None = None,
    answers: Letter | None = None, others_awaited: bool = False, today: date, now: datetime,
) -> Letter:
    """Enters a letter under the next number. ``answers`` is our letter that it replies to, whose deadline ends unless the replies of
    ``others_awaited`` are still out. Raises RuleBroken."""
    if problems := arrival.problems(today):
        raise RuleBroken(*problems)
    letter = Letter(direction=Direction.IN, state=State.OPEN, made_by=by, made_at=now, owner=owner, subject=arrival.subject)
    letter.belongs_to = belongs_to
    _write(letter, arrival)
    give_number(letter, series or usual_series(Direction.IN, today=today), arrival.received_on)
    db.session.add(letter)
    db.session.flush()
    bonds.index(letter)
    bonds.set_due(letter, since=arrival.received_on, today=today)
    recording.describe(REGISTERED, letter, title=letter.title)
    bonds.tell_owner(letter, by)
    if answers is not None:
        _reply_to(answers, letter, others_awaited=others_awaited, by=by, now=now, today=today)
    return letter


def _reply_to(question: Letter, reply: Letter, *, others_awaited: bool, by: User, now: datetime, today: date) -> None:
    bonds.tie(question, reply)
    if not others_awaited:
        bonds.settle(question, State(question.state), how=str(_l("收到回覆 %(number)s", number=reply.number)), now=now, today=today)
    recording.describe(ANSWERED, question, title=question.title, answer=reply.number)
    if question.owner is not None and question.owner.id != by.id:
        notify.tell(
            bonds.REPLIED, [question.owner], subject=_l("收到回覆：%(title)s", title=question.title),
            text=_l("已登錄為 %(number)s。", number=reply.number), pointer=bonds.pointer(reply),
        )


def change(letter: Letter, arrival: Arrival, *, belongs_to: Ref | None, today: date) -> None:
    """Corrects what was written down; the number stays. Raises RuleBroken, for a cancelled letter as well."""
    _refuse_cancelled(letter)
    problems = arrival.problems(today)
    if arrival.received_on.year != _year(letter):
        problems.append(problem("received_on", "文號已經編在 %(year)s 年，收文日期不能改到別的年度；登錯年度請作廢後重新登錄。", year=letter.year))
    if problems:
        raise RuleBroken(*problems)
    letter.belongs_to = belongs_to
    _write(letter, arrival)
    bonds.index(letter)
    if letter.state == State.OPEN:
        bonds.set_due(letter, since=arrival.received_on, today=today)
    recording.describe(CHANGED, letter, title=letter.title)


def _year(letter: Letter) -> int:
    assert letter.received_on is not None
    return letter.received_on.year


def _write(letter: Letter, arrival: Arrival) -> None:
    letter.received_on, letter.way = arrival.received_on, arrival.way
    letter.their_on, letter.their_number = arrival.their_on, arrival.their_number
    letter.counterpart, letter.subject, letter.secrecy = arrival.sender, arrival.subject, arrival.secrecy
    letter.due_asked = arrival.asked.as_dict()


def give(letter: Letter, owner: User, *, by: User, today: date) -> None:
    """Somebody is to handle the letter, with its deadline, and is told. Raises RuleBroken for a cancelled letter and a closed account."""
    _refuse_cancelled(letter)
    if not owner.is_active:
        raise RuleBroken(problem("owner", "%(name)s的帳號已停用，請改選別人。", name=owner.name))
    letter.owner = owner
    since = letter.received_on if letter.is_incoming else letter.issued_on
    if since is not None and letter.closed_on is None:
        bonds.set_due(letter, since=since, today=today)
    recording.describe(GIVEN, letter, title=letter.title, name=owner.name)
    bonds.tell_owner(letter, by)


def file(letter: Letter, *, why: str, now: datetime, today: date) -> None:
    """It is kept without an answer, and why. Raises RuleBroken unless it is open."""
    if letter.state != State.OPEN:
        raise RuleBroken(problem("", "只有待辦的收文可以存查。"))
    letter.closing_reason = why
    bonds.settle(letter, State.FILED, how=str(_l("存查：%(why)s", why=why)), now=now, today=today)
    recording.describe(FILED, letter, title=letter.title, why=why)


def reopen(letter: Letter, *, today: date) -> None:
    """Filed too early: it waits for an answer again. Raises RuleBroken unless it was filed."""
    if letter.state != State.FILED or letter.received_on is None:
        raise RuleBroken(problem("", "只有存查的收文可以重新列為待辦。"))
    letter.state, letter.closed_on, letter.closing_reason = State.OPEN, None, ""
    bonds.set_due(letter, since=letter.received_on, today=today)
    recording.describe(REOPENED, letter, title=letter.title)


def cancel(letter: Letter, *, why: str, today: date) -> None:
    """Entered by mistake: the number stays in the register with the reason, its deadline is withdrawn. Raises RuleBroken the second time."""
    _refuse_cancelled(letter)
    title = letter.title
    letter.state, letter.closed_on, letter.closing_reason = State.CANCELLED, today, why
    calendar.withdraw(bonds.pointer(letter), why=str(_l("公文作廢：%(why)s", why=why)))
    recording.describe(CANCELLED, letter, title=title, why=why)


def _refuse_cancelled(letter: Letter) -> None:
    if letter.state == State.CANCELLED:
        raise RuleBroken(problem("", "%(title)s 已經作廢。", title=letter.title))
