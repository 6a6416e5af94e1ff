"""Applications as they come in, are put right, and are taken back. What was written stays as it was; corrections stand beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from unionops.core import search
from unionops.core.approvals import queries as asked
from unionops.core.approvals import services as approvals
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.db import blind_index, db, lock_row, next_number, touch_data
from unionops.core.i18n import _l
from unionops.members.models import ID_PLACE, Application, Prospect, Unit
from unionops.members.queries import joining as queries
from unionops.members.rules import admission as rules
from unionops.members.rules.admission import Applicant, Channel, State
from unionops.members.rules.recruiting import Result
from unionops.members.services.joining import telling
from unionops.values.identifiers import identity_check
from unionops.values.problems import RuleBroken, problem
from unionops.values.roc import EPOCH

RECEIVED = recording.sentence("joining.received", _l("收到入會申請 %(number)s（%(name)s）"))
CORRECTED = recording.sentence("joining.corrected", _l("更正入會申請 %(number)s（%(name)s）的內容"))
WITHDRAWN = recording.sentence("joining.withdrawn", _l("入會申請 %(number)s（%(name)s）撤回：%(why)s"))


def receive(
    typed: Mapping[str, str], *, channel: Channel, received_on: date, privacy_version: str, unit: Unit | None = None, prospect: Prospect | None = None,
    today: date,
) -> Application:
    """An application as it was written, with the next number. The very same one that is still open is given back instead: whoever sends twice
    has applied once. Raises RuleBroken with everything that cannot be read."""
    is_public = channel == Channel.ONLINE
    who, problems = rules.read(typed, today=today, is_public=is_public)
    if received_on > today:
        problems.append(problem("received_on", "收件日不得晚於今天。"))
    if problems:
        raise RuleBroken(*problems)
    touch_data("joining")  # Who sends the same twice in one instant waits here and finds the first.
    kept = {name: text for name, text in typed.items() if name in rules.LONGEST and text.strip()}
    index = blind_index(who.id_number, ID_PLACE) if who.id_number else None
    again = queries.same_again(index, who.name, kept)
    if again is not None:
        return again
    made = Application(
        number=f"{today.year - EPOCH}-{next_number(f'application-{today.year}'):04d}", channel=channel.value, received_on=received_on, name=who.name,
        id_index=index, content=json.dumps({"written": kept}, ensure_ascii=False), privacy_version=privacy_version, introducer=who.introducer,
        unit_id=unit.id if unit is not None else None, findings={},
    )
    db.session.add(made)
    db.session.flush()
    _index(made, who)
    if prospect is not None:
        prospect.application_id, prospect.result = made.id, Result.APPLIED
    recording.describe(RECEIVED, made, number=made.number, name=made.name)
    telling.received(made, today)
    if is_public:
        telling.tell_office(made)
    return made


def correct(application: Application, typed: Mapping[str, str], *, unit: Unit | None, today: date) -> None:
    """Puts right what was written, beside it; the check has to be made anew. Raises RuleBroken once it waits for a decision, or has one."""
    lock_row(application)
    if queries.state_of(application) not in (State.RECEIVED, State.CHECKED):
        raise RuleBroken(problem("", "送審之後不能更正；要改請先撤回送審。"))
    who, problems = rules.read(typed, today=today)
    if problems:
        raise RuleBroken(*problems)
    written = queries.written(application)
    changed = {name: typed.get(name, "") for name in rules.LONGEST if typed.get(name, "").strip() != written.get(name, "").strip()}
    application.content = json.dumps({"written": written, "corrected": changed}, ensure_ascii=False)
    application.name, application.introducer = who.name, who.introducer
    application.id_index = blind_index(who.id_number, ID_PLACE) if who.id_number else None
    application.unit_id = unit.id if unit is not None else None
    application.checked_on = application.checked_by_id = None
    _index(application, who)
    touch_data("joining")
    recording.describe(CORRECTED, application, number=application.number, name=application.name)


def withdraw(application: Application, *, why: str, today: date, now: datetime) -> None:
    """The applicant takes it back. Raises RuleBroken when he is a member already, and for what was settled before."""
    lock_row(application)
    now_is = queries.state_of(application)
    if now_is not in rules.OPEN:
        raise RuleBroken(problem("", "這件申請已經結束，不能撤回。"))
    if now_is in (State.UNPAID, State.PAID):
        raise RuleBroken(problem("", "已經開立入會費；請先到會費帳戶沖銷或退還，再撤回。"))
    if not why.strip():
        raise RuleBroken(problem("why", "請寫下撤回的情形。"))
    application.withdrawn_on = today
    for chain in queries.CHAINS:
        waiting = asked.open_of_record(telling.pointer(application), chain)
        if waiting is not None:
            approvals.withdraw(waiting, by=waiting.made_by, now=now, why=why)  # The applicant's wish, whoever had sent it.
    calendar.withdraw(telling.pointer(application), why="申請人撤回")
    touch_data("joining")
    recording.describe(WITHDRAWN, application, number=application.number, name=application.name, why=why)


def _index(application: Application, who: Applicant) -> None:
    """Found by number, name, telephone, the last digits of the identity number."""
    secret = [(identity_check(who.id_number).normal, ID_PLACE)] if who.id_number else []
    search.put(queries.KIND, application.id, search.words_of(application.number, who.name, who.mobile, who.phone, secret=secret))
