"""Personal links by mail: to those who were not sent theirs yet, and once more to those who have not answered.

Whoever answered is known of a named questionnaire only; an anonymous one has no personal links, and nobody of it can be reminded.
Each mail is a secret of its own (``notify.mail_secrets``): never behind a bell, never in a daily mail, wiped once it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from unionops.core import clock, refs
from unionops.core.audit import recording
from unionops.core.db import bulk, lock_row
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.surveys import queries
from unionops.surveys.models import Survey, SurveyInvitation
from unionops.surveys.queries import Stands
from unionops.surveys.rules.opening import State
from unionops.values.problems import RuleBroken, problem

KIND = notice_kind("surveys.link", title=_l("問卷個人連結"), choice=False)
MAILED = recording.sentence("surveys.links_mailed", _l("問卷 %(title)s 寄出個人連結 %(count)s 封"))
REMINDED = recording.sentence("surveys.reminded", _l("問卷 %(title)s 提醒還沒填的 %(count)s 人"))


class Round(StrEnum):
    """What a round of mails is for."""

    FIRST = "first"
    REMINDER = "reminder"


TO = {Round.FIRST: (Stands.NOT_MAILED, Stands.UNDELIVERED), Round.REMINDER: (Stands.MAILED,)}
"""Who is written to in which round. Nobody twice in the same: whoever was written to stands elsewhere afterwards."""


def refusal(survey: Survey, now: datetime) -> str:
    """Why no link can be mailed at all: ``anonymous``, ``draft``, ``closed`` or ``unset``; "" when they can."""
    if survey.anonymous:
        return "anonymous"
    if survey.opens_at is None:
        return "draft"
    if survey.state(now) == State.CLOSED:
        return "closed"
    return "" if notify.can_be_mailed() else "unset"


def mail_links(survey: Survey, which: Round, *, now: datetime, told: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Mails the links of this round; how many there were. ``told`` hears how far it is: done, of how many.

    Raises RuleBroken when links cannot be mailed or nobody is left to be written to.
    """
    lock_row(survey)  # Two who press the button in the same moment: the second finds those already written to.
    if refusal(survey, now):
        raise RuleBroken(problem("", "這份問卷現在不能寄個人連結。"))
    people = queries.invitations(survey, now, only=TO[which])
    if not people:
        raise RuleBroken(problem("", "沒有要寄的人了：可能剛剛已經寄出。"))

    def letters() -> Iterator[tuple[notify.Reader, Any]]:
        for done, one in enumerate(people):
            told(done, len(people))
            link = notify.public("answer.personal", token=queries.link_token(one.invitation))
            yield notify.Reader(one.invitation.name, one.email), _text(survey, which, link)

    subject = _l("請填問卷：%(title)s", title=survey.title) if which == Round.FIRST else _l("提醒您填問卷：%(title)s", title=survey.title)
    sent = notify.mail_secrets(letters(), subject=subject, kind=KIND, pointer=refs.ref(survey))
    rows = [{"id": one.invitation.id, "delivery_id": delivery} for one, delivery in zip(people, sent, strict=True)]
    bulk(sa.update(SurveyInvitation), rows, reason="survey_invitation")
    recording.describe(MAILED if which == Round.FIRST else REMINDED, survey, title=survey.title, count=len(rows))
    return len(rows)


def _text(survey: Survey, which: Round, link: str) -> Any:
    if which == Round.FIRST:
        text = _l(
            "請您填寫問卷「%(title)s」：\n\n%(link)s\n\n這是您個人的連結，請不要轉寄。截止前可以回來修改；填答出於自願。", title=survey.title, link=link
        )
    else:
        text = _l(
            "問卷「%(title)s」還沒有收到您的填答：\n\n%(link)s\n\n這是您個人的連結，請不要轉寄。填答出於自願；已經交了紙本的，不必再填。",
            title=survey.title, link=link,
        )
    if survey.closes_at is None:
        return text
    last = clock.in_taipei(survey.closes_at - timedelta(minutes=1))  # As both languages write it in a mail; midnight belongs to the day before.
    return _l("%(text)s\n\n最晚填到 %(until)s。", text=text, until=f"{last:%Y-%m-%d %H:%M}")
