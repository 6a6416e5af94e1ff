"""Taking away what the union may no longer keep of people who left, and of applications that came to nothing: asked for by one, confirmed by
another, done in that moment, or in the background when it is of very many.

What is gone is gone: of the values nothing is written anywhere, only how many there were. Money, memberships, resolutions and the audit stay;
copies in backups go as the backups grow old (``docs/life.md``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from unionops.core import clock, search
from unionops.core.accounts.models import User
from unionops.core.approvals import services as approvals
from unionops.core.approvals.models import Approval
from unionops.core.approvals.registry import Step, chain
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.db import bulk, db, hold_data, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.core.jobs import tasks
from unionops.core.jobs.models import RUNNING as TASK_RUNNING
from unionops.core.jobs.models import WAITING, Task
from unionops.members.models import (
    Absence,
    Application,
    CheckoffLine,
    DebitMandate,
    Erasure,
    ImportChange,
    Leaving,
    Measure,
    Membership,
    Payment,
    Person,
    Prospect,
    Receipt,
    RollDoubt,
    StatementLine,
)
from unionops.members.queries import retention as queries
from unionops.members.queries.joining import KIND as APPLICATION
from unionops.members.rules.receipts import Content
from unionops.members.rules.retention import Part
from unionops.values import masks
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ASKED = recording.sentence("rollcheck.erasure_asked", _l("提請刪減 %(count)s 位出會者的個人資料"))
ERASED = recording.sentence("rollcheck.erased", _l("刪減 %(count)s 位出會者的個人資料，共 %(values)s 項"))
MANY = 500
AT_ONCE = 200
"""People; of more the data go in the background, not while somebody waits for the page."""

ASKED_STATE, RUNNING, DONE, RETURNED = "asked", "running", "done", "returned"
TASK = "rollcheck.erase"
NOTHING_WRITTEN = '{"written": {}}'


def ask(*, by: User, today: date, now: datetime, people: Sequence[int] | None = None) -> Erasure:
    """Asks that everything due today be taken away, of ``people`` or of everybody. Raises RuleBroken when nothing is due, or an asking waits."""
    if db.session.scalar(sa.select(Erasure.id).where(Erasure.state.in_((ASKED_STATE, RUNNING)))) is not None:
        raise RuleBroken(problem("", "已有一件刪減在等核可，請先等它決定。"))
    found = queries.dry_run(today, people)
    if not found.due and not found.applications:
        raise RuleBroken(problem("", "沒有到期可以刪減的資料。"))
    made = Erasure(asked_on=today, asked_by_id=by.id, people=sorted(one.id for one in found.due), counts=found.fields)
    db.session.add(made)
    db.session.flush()
    recording.describe(ASKED, made, count=len(made.people))
    approvals.ask(made, CHAIN, by=by, now=now)
    return made


def _summary(one: Erasure) -> list[tuple[Any, Any]]:
    return [
        (_l("人數"), len(one.people)), (_l("未成的入會申請"), one.counts.get("applications", 0)), (_l("提出日"), one.asked_on),
        (_l("刪減項目"), sum(one.counts.values())),
        (_l("不可復原"), _l("核可後立刻刪除，資料庫裡不留原值")),
    ]


def _approved(one: Erasure, approval: Approval) -> None:
    if len(one.people) > AT_ONCE:
        one.state = RUNNING
        begin(one, by=approval.made_by)
    else:
        erase(one, today=clock.today(), now=clock.now())


def _returned(one: Erasure, approval: Approval, reason: str) -> None:
    one.state, one.people = RETURNED, []


CHAIN = chain(
    "rollcheck.erase", title=_l("刪減出會者個人資料"), kind="erasure", steps=(Step("president"),), summary=_summary,
    digest=lambda one: f"{','.join(map(str, one.people))};{one.counts.get('applications', 0)}", approved=_approved, returned=_returned,
).name


def begin(one: Erasure, *, by: User) -> None:
    """Lets a confirmed erasure be done in the background, also once more when that broke off. Raises RuleBroken."""
    lock_row(one)
    if one.state != RUNNING or is_going(one):
        raise RuleBroken(problem("", "這一件正在執行，或已經執行或退回。"))
    tasks.start(TASK, by, erasure_id=one.id)


def is_going(one: Erasure) -> bool:
    """Whether a task does it, or is about to."""
    going = db.session.scalars(sa.select(Task).where(Task.kind == TASK, Task.state.in_((WAITING, TASK_RUNNING))))
    return any(each.arguments["erasure_id"] == one.id for each in going)


@tasks.task(TASK, title=_l("刪減出會者個人資料"), retry=True)
def erase_many(work: tasks.Work, *, erasure_id: int) -> None:
    with work.applying():
        count = erase(db.session.get_one(Erasure, erasure_id), today=clock.today(), now=clock.now())
        work.finish(endpoint="rollcheck.erasure", arguments={"erasure_id": erasure_id}, count=count)


def erase(one: Erasure, *, today: date, now: datetime) -> int:
    """Does it: for those of the asking whose data are still due today. How many people. Inside the unit of the confirmation."""
    lock_row(one)
    hold_data("members")
    if one.state not in (ASKED_STATE, RUNNING):
        raise RuleBroken(problem("", "這一件已經執行或退回。"))
    found = queries.dry_run(today, one.people)
    particulars = [each.id for each in found.due if Part.PARTICULARS in each.parts]
    names = {each.id: each.name for each in found.due if Part.NAME in each.parts}
    for some in _parts(particulars):
        _take_particulars(some, today)
    for some in _parts(list(names)):
        _take_names({number: names[number] for number in some})
    over = queries.applications_due(one.asked_on) if one.counts.get("applications") else []
    for some in _parts(over):
        _blank_applications(Application.id.in_(some), name=True)
    people = [each.id for each in found.due]
    search.forget("person", people)
    db.session.expire_all()
    numbers = dict(db.session.execute(sa.select(Membership.person_id, sa.func.aggregate_strings(Membership.number, " ")).group_by(Membership.person_id)).all())
    for some in _parts(people):
        for person in db.session.scalars(sa.select(Person).where(Person.id.in_(some))):
            search.put("person", person.id, search.words_of(person.name, *(numbers.get(person.id) or "").split()))
    one = db.session.get_one(Erasure, one.id)
    one.state, one.done_at, one.counts = DONE, now, dict(Counter(found.fields) + Counter(applications=len(over)))
    one.people = []  # Whose data went is no secret worth keeping either: the people say it themselves by ``minimised_on``.
    touch_data("members")
    recording.describe(ERASED, one, count=len(people), values=sum(one.counts.values()))
    return len(people)


def _take_particulars(people: list[int], today: date) -> None:
    """Everything but the name and the money of these."""
    mine = sa.select(Membership.id).where(Membership.person_id.in_(people))
    bulk(sa.update(Person).where(Person.id.in_(people)).values(
        **dict.fromkeys(queries.BLANKED, ""), **dict.fromkeys(queries.NULLED), minimised_on=today, version=Person.version + 1,
    ), reason="rollcheck.erase")
    for key in queries.HANGING.values():
        bulk(sa.delete(key.class_).where(key.in_(people)), reason="rollcheck.erase")
    bulk(sa.update(Measure).where(Measure.membership_id.in_(mine)).values(ground=queries.GONE, statement=""), reason="rollcheck.erase")
    bulk(sa.update(RollDoubt).where(RollDoubt.membership_id.in_(mine)).values(answer="", note=""), reason="rollcheck.erase")
    bulk(sa.update(Absence).where(Absence.membership_id.in_(mine)).values(reason=queries.GONE, proof=""), reason="rollcheck.erase")
    bulk(sa.update(Leaving).where(Leaving.membership_id.in_(mine)).values(note=""), reason="rollcheck.erase")
    asked = sa.select(Application.id).where(sa.or_(Application.person_id.in_(people), Application.membership_id.in_(mine)))
    bulk(sa.update(Prospect).where(Prospect.application_id.in_(asked)).values(phone="", note=""), reason="rollcheck.erase")
    _blank_applications(sa.or_(Application.person_id.in_(people), Application.membership_id.in_(mine)))
    bulk(sa.update(DebitMandate).where(DebitMandate.person_id.in_(people)).values(account="", note=""), reason="rollcheck.erase")
    lines = queries.lines_only_of(people, Person.minimised_on.is_not(None))
    bulk(sa.update(StatementLine).where(*lines).values(account="", memo=""), reason="rollcheck.erase")
    bulk(sa.delete(ImportChange).where(ImportChange.table == "person", ImportChange.row_id.in_(people)), reason="rollcheck.erase")
    for number in people:
        attachments.drop(Ref("person", number))


def _take_names(names: dict[int, str]) -> None:
    """The names of these, in the rows that bear them; a masked one stays, so that old lists can still be read."""
    table = Person.__table__
    bulk(sa.update(table).where(table.c.id == sa.bindparam("number")).values(name=sa.bindparam("masked"), version=table.c.version + 1),
         [{"number": number, "masked": masks.mask_name(name)} for number, name in names.items()], reason="rollcheck.erase")
    people = list(names)
    bulk(sa.update(CheckoffLine).where(CheckoffLine.person_id.in_(people)).values(name="", other_name=""), reason="rollcheck.erase")
    mine = sa.select(Membership.id).where(Membership.person_id.in_(people))
    asked = sa.or_(Application.person_id.in_(people), Application.membership_id.in_(mine))
    _blank_applications(asked, name=True)
    bulk(sa.update(Payment).where(Payment.person_id.in_(people)).values(payer=""), reason="rollcheck.erase")
    lines = queries.lines_only_of(people, queries.NAME_GONE)
    bulk(sa.update(StatementLine).where(*lines).values(payer="", proposal={}), reason="rollcheck.erase")
    _mask_receipts(names)
    calendar.reword("person", {number: (name, masks.mask_name(name)) for number, name in names.items()})


def _mask_receipts(names: dict[int, str]) -> None:
    """Who paid, on the receipts as they were made: the number, the sums and the days stay."""
    held = db.session.execute(
        sa.select(Receipt.id, Receipt.content, Payment.person_id).join(Payment, Payment.id == Receipt.payment_id).where(Payment.person_id.in_(list(names)))
    ).all()
    if held:
        table = Receipt.__table__
        bulk(sa.update(table).where(table.c.id == sa.bindparam("receipt")).values(content=sa.bindparam("masked")), [
            {"receipt": number, "masked": replace(Content.read(content), payer=masks.mask_name(names[person]), note="").stored()}
            for number, content, person in held
        ], reason="rollcheck.erase")


def _blank_applications(which: sa.ColumnElement[bool], *, name: bool = False) -> None:
    """What was written, found and attached; with ``name`` whose it was, too. That there was one, when, and what was decided stays."""
    found = list(db.session.execute(sa.select(Application.id, Application.number, Application.name).where(which)))
    ids = [row.id for row in found]
    values: dict[str, Any] = {"content": NOTHING_WRITTEN, "id_index": None, "findings": {}} | ({"name": queries.GONE, "introducer": ""} if name else {})
    bulk(sa.update(Application).where(Application.id.in_(ids)).values(**values, version=Application.version + 1), reason="rollcheck.erase")
    if name:
        bulk(sa.update(Prospect).where(Prospect.application_id.in_(ids)).values(name=queries.GONE, phone="", note=""), reason="rollcheck.erase")
    search.forget(APPLICATION, ids)
    for row in found:
        search.put(APPLICATION, row.id, search.words_of(row.number, *([] if name else [row.name])))
        attachments.drop(Ref(APPLICATION, row.id))


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + MANY] for at in range(0, len(ids), MANY)]


