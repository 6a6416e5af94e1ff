"""Taking away what the union may no longer keep of people who left: asked for by one, confirmed by another, done in that moment.

What is gone is gone: of the values nothing is written anywhere, only how many there were. Money, memberships, resolutions and the audit stay;
copies in backups go as the backups grow old (``docs/life.md``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
from unionops.core.db import bulk, db, touch_data
from unionops.core.i18n import _l
from unionops.members.models import (
    Absence,
    Application,
    CheckoffLine,
    Erasure,
    ImportChange,
    Leaving,
    Measure,
    Membership,
    Person,
    Prospect,
    RollDoubt,
)
from unionops.members.queries import retention as queries
from unionops.members.rules.retention import Part
from unionops.values import masks
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ASKED = recording.sentence("rollcheck.erasure_asked", _l("提請刪減 %(count)s 位出會者的個人資料"))
ERASED = recording.sentence("rollcheck.erased", _l("刪減 %(count)s 位出會者的個人資料，共 %(values)s 項"))
GONE = "（已刪減）"
MANY = 500

ASKED_STATE, DONE, RETURNED = "asked", "done", "returned"


def ask(*, by: User, today: date, now: datetime, people: Sequence[int] | None = None) -> Erasure:
    """Asks that everything due today be taken away, of ``people`` or of everybody. Raises RuleBroken when nothing is due, or an asking waits."""
    if db.session.scalar(sa.select(Erasure.id).where(Erasure.state == ASKED_STATE)) is not None:
        raise RuleBroken(problem("", "已有一件刪減在等核可，請先等它決定。"))
    found = queries.dry_run(today, people)
    if not found.due:
        raise RuleBroken(problem("", "沒有到期可以刪減的資料。"))
    made = Erasure(asked_on=today, asked_by_id=by.id, people=sorted(one.id for one in found.due), counts=found.fields)
    db.session.add(made)
    db.session.flush()
    recording.describe(ASKED, made, count=len(made.people))
    approvals.ask(made, CHAIN, by=by, now=now)
    return made


def _summary(one: Erasure) -> list[tuple[Any, Any]]:
    return [
        (_l("人數"), len(one.people)), (_l("提出日"), one.asked_on), (_l("刪減項目"), sum(one.counts.values())),
        (_l("不可復原"), _l("核可後立刻刪除，資料庫裡不留原值")),
    ]


def _approved(one: Erasure, approval: Approval) -> None:
    erase(one, today=clock.today(), now=clock.now())


def _returned(one: Erasure, approval: Approval, reason: str) -> None:
    one.state, one.people = RETURNED, []


CHAIN = chain(
    "rollcheck.erase", title=_l("刪減出會者個人資料"), kind="erasure", steps=(Step("president"),), summary=_summary,
    digest=lambda one: ",".join(map(str, one.people)), approved=_approved, returned=_returned,
).name


def erase(one: Erasure, *, today: date, now: datetime) -> int:
    """Does it: for those of the asking whose data are still due today. How many people. Inside the unit of the confirmation."""
    if one.state != ASKED_STATE:
        raise RuleBroken(problem("", "這一件已經執行或退回。"))
    found = queries.dry_run(today, one.people)
    particulars = [each.id for each in found.due if Part.PARTICULARS in each.parts]
    names = {each.id: each.name for each in found.due if Part.NAME in each.parts}
    for some in _parts(particulars):
        _take_particulars(some, today)
    for some in _parts(list(names)):
        _take_names({number: names[number] for number in some})
    people = [each.id for each in found.due]
    search.forget("person", people)
    db.session.expire_all()
    numbers = dict(db.session.execute(sa.select(Membership.person_id, sa.func.aggregate_strings(Membership.number, " ")).group_by(Membership.person_id)).all())
    for some in _parts(people):
        for person in db.session.scalars(sa.select(Person).where(Person.id.in_(some))):
            search.put("person", person.id, search.words_of(person.name, *(numbers.get(person.id) or "").split()))
    one = db.session.get_one(Erasure, one.id)
    one.state, one.done_at, one.counts = DONE, now, dict(Counter(found.fields))
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
    bulk(sa.update(Measure).where(Measure.membership_id.in_(mine)).values(ground=GONE, statement=""), reason="rollcheck.erase")
    bulk(sa.update(RollDoubt).where(RollDoubt.membership_id.in_(mine)).values(answer="", note=""), reason="rollcheck.erase")
    bulk(sa.update(Absence).where(Absence.membership_id.in_(mine)).values(reason=GONE, proof=""), reason="rollcheck.erase")
    bulk(sa.update(Leaving).where(Leaving.membership_id.in_(mine)).values(note=""), reason="rollcheck.erase")
    asked = sa.select(Application.id).where(sa.or_(Application.person_id.in_(people), Application.membership_id.in_(mine)))
    bulk(sa.update(Prospect).where(Prospect.application_id.in_(asked)).values(phone="", note=""), reason="rollcheck.erase")
    bulk(sa.update(Application).where(sa.or_(Application.person_id.in_(people), Application.membership_id.in_(mine))).values(content='{"written": {}}', id_index=None), reason="rollcheck.erase")
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
    bulk(sa.update(Prospect).where(Prospect.application_id.in_(sa.select(Application.id).where(asked))).values(name=GONE), reason="rollcheck.erase")
    bulk(sa.update(Application).where(asked).values(name=GONE, introducer=""), reason="rollcheck.erase")


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + MANY] for at in range(0, len(ids), MANY)]


