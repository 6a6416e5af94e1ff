"""Dated facts about a membership that come with a paper: leave of absence, being retained, wages, another name or identity number.

Unit, class and employer are in ``people``. Corrections of mistakes are no changes: ``people.change_person``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import blind_index, db, touch_data
from unionops.core.i18n import _l
from unionops.core.union import queries as union
from unionops.members import queries
from unionops.members.models import FORMER_ID_PLACE, Absence, FormerIdentity, Membership, Person, Retained, WageBase
from unionops.members.rules import leaving as rules
from unionops.members.rules import membership as memberships
from unionops.members.services import people
from unionops.values.identifiers import identity_check
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref
from unionops.values.text import tidy_name

ABSENT = recording.sentence("members.absence_recorded", _l("登錄 %(name)s 自 %(on)s 暫停會務"))
BACK = recording.sentence("members.absence_ended", _l("登錄 %(name)s 恢復會務"))
RETAINED = recording.sentence("members.retained_recorded", _l("登錄 %(name)s 自 %(on)s 保留會員資格"))
RELEASED = recording.sentence("members.retained_ended", _l("登錄 %(name)s 的保留資格終止"))
PAID = recording.sentence("members.wage_changed", _l("變更 %(name)s 自 %(on)s 的投保薪資"))
RENAMED = recording.sentence("members.identity_changed", _l("%(name)s 自 %(on)s 變更姓名或證號"))

ABSENCE_ENDS = deadline_kind("members.absence_ends", title=_l("暫停會務期滿"), closes=_l("登錄恢復會務或延長"), by_hand=True)


def rest(membership: Membership, *, from_on: date, until_on: date | None, reason: str, proof: str, by: User | None, today: date) -> Absence:
    """A leave of absence: still a member. Whether dues rest meanwhile is a reduction of its own. Raises RuleBroken."""
    others = [(one.from_on, one.until_on) for one in _rows(Absence, membership)]
    problems = rules.stretch_problems(
        from_on=from_on, until_on=until_on, joined_on=membership.joined_on, left_on=membership.left_on, others=others,
    )
    if not reason.strip():
        problems.append(problem("reason", "請寫明事由，例如育嬰留職停薪。"))
    if problems:
        raise RuleBroken(*problems)
    made = Absence(membership_id=membership.id, from_on=from_on, until_on=until_on, reason=reason.strip(), proof=proof.strip())
    db.session.add(made)
    db.session.flush()
    if until_on is not None and until_on >= today:
        calendar.put(Ref("person", membership.person_id), ABSENCE_ENDS, suffix=str(made.id), latest_on=until_on, owner=by, today=today,
                     title=str(_l("暫停會務期滿：會號 %(number)s", number=membership.number)))
    touch_data("members")
    recording.describe(ABSENT, membership.person, name=membership.person.name, on=from_on)
    return made


def end_rest(absence: Absence, *, until_on: date, person: Person) -> None:
    """The last day of a leave of absence; one that has an end is moved to another. Raises RuleBroken."""
    if problems := rules.ending_problems(from_on=absence.from_on, ended_on=None, until_on=until_on):
        raise RuleBroken(*problems)
    absence.until_on = until_on
    calendar.withdraw(Ref("person", person.id), ABSENCE_ENDS, why="已登錄恢復會務")
    touch_data("members")
    recording.describe(BACK, person, name=person.name)


def retain(membership: Membership, *, from_on: date, ground: str, document: str) -> Retained:
    """A dismissed member keeps the membership while the dismissal is contested (ER-18-keep). Raises RuleBroken."""
    says = union.charter(from_on)["charter.retained_after_dismissal"].value == "yes"
    others = [(one.from_on, one.until_on) for one in _rows(Retained, membership)]
    problems = rules.retaining_problems(charter_says=says, document=document) + rules.stretch_problems(
        from_on=from_on, until_on=None, joined_on=membership.joined_on, left_on=membership.left_on, others=others, may_follow_leaving=True,
    )
    if problems:
        raise RuleBroken(*problems)
    made = Retained(membership_id=membership.id, from_on=from_on, ground=ground, document=document.strip())
    db.session.add(made)
    touch_data("members")
    recording.describe(RETAINED, membership.person, name=membership.person.name, on=from_on)
    return made


def release(retained: Retained, *, until_on: date, ended_by: str, person: Person, today: date) -> None:
    """What ended it: the judgment, the settlement, the decision; ``until_on`` is the last day retained. Raises RuleBroken."""
    problems = rules.ending_problems(from_on=retained.from_on, ended_on=retained.until_on, until_on=until_on)
    if not ended_by.strip():
        problems.append(problem("ended_by", "請寫明終止的原因，例如判決確定日期字號、調解成立復職。"))
    if until_on > today:
        problems.append(problem("until_on", "迄日不得晚於今天。"))
    if problems:
        raise RuleBroken(*problems)
    retained.until_on, retained.ended_by = until_on, ended_by.strip()
    touch_data("members")
    recording.describe(RELEASED, person, name=person.name)


def change_wage(
    membership: Membership, *, insured_salary: int | None, dependants_count: int, from_on: date, proof: str, today: date
) -> WageBase:
    """Another wage base from a day on; the one before ends the day before. Raises RuleBroken."""
    open_row = next((row for row in membership.wages if row.until_on is None), None)
    problems = memberships.changing_problems(from_on=from_on, left_on=membership.left_on)
    since = open_row.from_on if open_row is not None else None
    if from_on > today:
        problems.append(problem("from_on", "生效日不得晚於今天，請到時再登錄。"))
    if since is not None and from_on <= since:
        problems.append(problem("from_on", "生效日須晚於目前這一筆的起日 %(since)s。", since=since))
    elif membership.joined_on is not None and from_on < membership.joined_on:
        problems.append(problem("from_on", "生效日早於入會日期 %(day)s。", day=membership.joined_on))
    if insured_salary is None or insured_salary <= 0:
        problems.append(problem("insured_salary", "請填大於 0 的金額。"))
    if open_row is not None and (open_row.insured_salary, open_row.dependants_count) == (insured_salary, dependants_count):
        problems.append(problem("insured_salary", "目前就是這個金額。"))
    if problems:
        raise RuleBroken(*problems)
    if open_row is not None:
        open_row.until_on = from_on - timedelta(days=1)
    made = WageBase(insured_salary=insured_salary, dependants_count=dependants_count, from_on=from_on, proof=proof.strip())
    membership.wages.append(made)
    touch_data("members")
    recording.describe(PAID, membership.person, name=membership.person.name, on=from_on)
    return made


def rename(person: Person, *, name: str, id_number: str, changed_on: date, proof: str, today: date, asker: Any = None) -> FormerIdentity:
    """Another name or identity number by a document; what was so before stays, and still finds the person. An empty ``id_number``
    leaves the number as it is. Raises RuleBroken."""
    new_name, new_id = tidy_name(name), identity_check(id_number).normal if id_number else person.id_number
    problems = rules.renaming_problems(
        changed_on=changed_on, today=today, proof=proof, same=(new_name, new_id) == (person.name, person.id_number),
    )
    other = queries.taken_by(new_id, besides=person.id) if new_id and id_number else None
    told = other.name if other and asker is not None and queries.may_see(asker, other) else ""
    problems += memberships.person_problems(
        name=new_name, id_number=id_number, sex=person.sex, birth_on=person.birth_on, today=today, id_taken_by=told if other else None,
    )
    if problems:
        raise RuleBroken(*problems)
    old_id = person.id_number if new_id != person.id_number else None
    made = FormerIdentity(
        person_id=person.id, name=person.name if new_name != person.name else "", id_number=old_id,
        id_index=blind_index(old_id, FORMER_ID_PLACE) if old_id else None, until_on=changed_on, proof=proof.strip(),
    )
    db.session.add(made)
    person.name = new_name
    if old_id or (new_id and person.id_number is None):
        person.identify(new_id)
    people.indexed(person)
    recording.describe(RENAMED, person, name=person.name, on=changed_on)
    return made


def _rows(model: Any, membership: Membership) -> list[Any]:
    return list(db.session.scalars(sa.select(model).where(model.membership_id == membership.id).order_by(model.from_on)))
