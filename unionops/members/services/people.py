"""Adding, correcting and merging persons; joining, leaving, returning; their unit, class, work, family, consents, notes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core import search
from unionops.core.audit import recording
from unionops.core.db import db, hold_data, next_number, touch_data
from unionops.core.i18n import _l
from unionops.members import queries
from unionops.members.models import (
    ID_PLACE,
    ClassStay,
    Consent,
    CustomField,
    CustomValue,
    Dependant,
    EmergencyContact,
    Employer,
    Employment,
    FormerIdentity,
    Membership,
    Note,
    Person,
    Unit,
    UnitStay,
    WageBase,
    Workplace,
)
from unionops.members.rules import membership as rules
from unionops.values.identifiers import identity_check, normal_phone
from unionops.values.problems import Problem, RuleBroken, Unreadable, problem
from unionops.values.text import tidy_name

ADDED = recording.sentence("members.person_added", _l("新增會員 %(name)s，會員編號 %(number)s"))
KNOWN = recording.sentence("members.person_known", _l("登錄 %(name)s，尚未入會"))
CHANGED = recording.sentence("members.person_changed", _l("修改 %(name)s 的資料"))
LEFT = recording.sentence("members.member_left", _l("登錄 %(name)s（%(number)s）自 %(on)s 出會"))
RETURNED = recording.sentence("members.member_returned", _l("登錄 %(name)s 再入會，會員編號 %(number)s"))
LEAVING_UNDONE = recording.sentence("members.leaving_undone", _l("取消 %(name)s（%(number)s）的出會登錄"))
MOVED = recording.sentence("members.member_moved", _l("%(name)s 自 %(on)s 改屬 %(unit)s"))
RECLASSED = recording.sentence("members.class_changed", _l("%(name)s 自 %(on)s 改列其他會員類別"))
EMPLOYED = recording.sentence("members.employment_recorded", _l("登錄 %(name)s 的雇主為 %(employer)s"))
NOTED = recording.sentence("members.note_added", _l("在 %(name)s 的資料加註"))
CONSENTED = recording.sentence("members.consent_recorded", _l("登錄 %(name)s 的同意事項"))
WITHDRAWN = recording.sentence("members.consent_withdrawn", _l("登錄 %(name)s 撤回同意"))
FAMILY = recording.sentence("members.dependant_recorded", _l("登錄 %(name)s 的眷屬"))
CONTACTED = recording.sentence("members.contact_recorded", _l("登錄 %(name)s 的緊急聯絡人"))
EXPORTED = recording.sentence("members.roster_exported", _l("匯出會員名冊 %(count)s 筆（%(covered)s）%(reason)s"))
REVEALED = recording.sentence("members.value_revealed", _l("查看 %(name)s 的%(what)s，事由：%(reason)s"))

PERSON_FIELDS = (
    "other_name", "nationality", "mobile", "phone", "email", "line_name", "home_address", "mail_address", "education", "trade",
)
MERGED_FIELDS = ("name", "sex", "birth_on", *PERSON_FIELDS, "died_on")
"""The fields for which a merge asks whose value stays. The identity number needs no choice: two different ones refuse the merge."""


def add_member(
    *, today: date, asker: Any = None, name: str, id_number: str = "", sex: str = "", birth_on: date | None = None, number: str = "",
    joined_on: date | None = None, joined_by: str = "", member_class: str = rules.MemberClass.REGULAR, unit: Unit | None = None,
    insured_salary: int | None = None, dependants_count: int = 0, joined_from: str = "", **particulars: str,
) -> Person:
    """Records a new person who joins. Without a number the next free one is given. Raises RuleBroken with every problem; whom an
    identity number belongs to is told only if ``asker``, a user, may see that person."""
    hold_data("members")  # Before the counter of numbers, as an import does.
    person = Person()
    problems = _set_particulars(person, name=name, id_number=id_number, sex=sex, birth_on=birth_on, **particulars)
    problems += _person_problems(person, id_number, today, asker)
    number = number.strip() or next_member_number()
    problems += rules.joining_problems(
        number=number, joined_on=joined_on, birth_on=birth_on, today=today, number_taken=_number_taken(number)
    )
    if problems:
        raise RuleBroken(*problems)
    db.session.add(person)
    membership = _join(person, number=number, joined_on=joined_on, joined_by=joined_by, member_class=member_class, unit=unit)
    membership.joined_from = joined_from.strip()
    if insured_salary is not None or dependants_count:
        membership.wages.append(WageBase(insured_salary=insured_salary, dependants_count=dependants_count, from_on=joined_on))
    indexed(person)
    recording.describe(ADDED, person, name=person.name, number=number)
    return person


def add_person(
    *, today: date, asker: Any = None, name: str, id_number: str = "", sex: str = "", birth_on: date | None = None, **particulars: str
) -> Person:
    """Records somebody who is no member yet: an applicant who was admitted and has still to pay. ``rejoin`` makes him a member. Raises
    RuleBroken as ``add_member`` does."""
    person = Person()
    problems = _set_particulars(person, name=name, id_number=id_number, sex=sex, birth_on=birth_on, **particulars)
    problems += _person_problems(person, id_number, today, asker)
    if problems:
        raise RuleBroken(*problems)
    db.session.add(person)
    indexed(person)
    recording.describe(KNOWN, person, name=person.name)
    return person


def change_person(
    person: Person, *, today: date, asker: Any = None, name: str, id_number: str | None, sex: str, birth_on: date | None, **particulars: str
) -> None:
    """Corrects a person's particulars. ``id_number`` None leaves the number as it is (it is masked on the form); ``asker`` as above."""
    kept = person.id_number or "" if id_number is None else id_number
    # A number that came wrong from an old file must not stand in the way of correcting the rest.
    judged = kept if id_number is not None or identity_check(kept).valid else ""
    with db.session.no_autoflush:
        problems = _set_particulars(person, name=name, id_number=kept, sex=sex, birth_on=birth_on, **particulars)
        problems += _person_problems(person, judged, today, asker)
    if problems:
        raise RuleBroken(*problems)
    indexed(person)
    recording.describe(CHANGED, person, name=person.name)


def leave(membership: Membership, *, left_on: date | None, reason: str, note: str, today: date) -> None:
    """Records that a member leaves on a day; the day itself is the first outside."""
    if problems := rules.leaving_problems(
        joined_on=membership.joined_on, left_on=left_on, today=today, already_left=membership.left_on
    ):
        raise RuleBroken(*problems)
    assert left_on is not None
    membership.left_on, membership.left_reason, membership.left_note = left_on, reason, note
    if reason == rules.LeaveReason.DECEASED and membership.person.died_on is None:
        membership.person.died_on = left_on
    touch_data("members")
    recording.describe(LEFT, membership.person, name=membership.person.name, number=membership.number, on=left_on)


def undo_leaving(membership: Membership) -> None:
    """Takes back a leaving that was recorded by mistake."""
    if membership.left_on is None:
        raise RuleBroken(problem("", "這筆會籍沒有出會登錄。"))
    if any(other.id != membership.id and other.left_on is None for other in membership.person.memberships):
        raise RuleBroken(problem("", "這個人已經再入會，不能取消先前的出會。"))
    if membership.left_reason == rules.LeaveReason.DECEASED and membership.person.died_on == membership.left_on:
        membership.person.died_on = None
    membership.left_on, membership.left_reason, membership.left_note = None, "", ""
    touch_data("members")
    recording.describe(LEAVING_UNDONE, membership.person, name=membership.person.name, number=membership.number)


def rejoin(
    person: Person, *, number: str, joined_on: date | None, joined_by: str, member_class: str, unit: Unit | None, today: date, joined_from: str = ""
) -> Membership:
    """Records that somebody who left comes back: a second membership with a number of its own; or the first one of who was known before."""
    hold_data("members")
    number = number.strip() or next_member_number()
    problems = rules.joining_problems(
        number=number, joined_on=joined_on, birth_on=person.birth_on, today=today, number_taken=_number_taken(number),
        in_force=any(
            rules.standing(joined_on=m.joined_on, left_on=m.left_on, today=today) != rules.Place.LEFT for m in person.memberships
        ),
    )
    last = max((m.left_on for m in person.memberships if m.left_on), default=None)
    if joined_on and last and joined_on < last:
        problems.append(problem("joined_on", "再入會日期早於上次出會日期 %(last)s。", last=last))
    if problems:
        raise RuleBroken(*problems)
    is_first = not person.memberships
    membership = _join(person, number=number, joined_on=joined_on, joined_by=joined_by, member_class=member_class, unit=unit)
    membership.joined_from = joined_from.strip()
    indexed(person)
    recording.describe(ADDED if is_first else RETURNED, person, name=person.name, number=number)
    return membership


def move(membership: Membership, unit: Unit, *, from_on: date, today: date, proof: str = "") -> None:
    """Moves a membership to another unit from a day on; the stay before ends the day before."""
    open_stay = next((stay for stay in membership.units if stay.until_on is None), None)
    if problems := rules.changing_problems(from_on=from_on, left_on=membership.left_on):
        raise RuleBroken(*problems)
    _refuse_day("from_on", open_stay.from_on if open_stay else membership.joined_on, from_on, today, first=open_stay is None)
    if open_stay is not None and open_stay.unit_id == unit.id:
        raise RuleBroken(problem("unit", "目前就屬於%(unit)s。", unit=unit.name))
    if open_stay is not None:
        open_stay.until_on = from_on - timedelta(days=1)
    membership.units.append(UnitStay(unit=unit, from_on=from_on, proof=proof.strip()))
    touch_data("members")
    recording.describe(MOVED, membership.person, name=membership.person.name, unit=unit.name, on=from_on)


def change_class(membership: Membership, member_class: str, *, from_on: date, today: date, proof: str = "") -> None:
    """Changes the class of a membership from a day on."""
    held = next((stay for stay in membership.classes if stay.until_on is None), None)
    if problems := rules.changing_problems(from_on=from_on, left_on=membership.left_on):
        raise RuleBroken(*problems)
    _refuse_day("from_on", held.from_on if held else membership.joined_on, from_on, today, first=held is None)
    if held is not None and held.member_class == member_class:
        raise RuleBroken(problem("member_class", "目前就是這個類別。"))
    if held is not None:
        held.until_on = from_on - timedelta(days=1)
    membership.classes.append(ClassStay(member_class=rules.MemberClass(member_class), from_on=from_on, proof=proof.strip()))
    touch_data("members")
    recording.describe(RECLASSED, membership.person, name=membership.person.name, on=from_on)


def employ(
    person: Person, *, employer: Employer, workplace: Workplace | None, staff_number: str, job: str, is_manager: bool,
    from_on: date | None, today: date, proof: str = "",
) -> Employment:
    """Records whom a person works for from a day on; the employment before ends the day before."""
    if workplace is not None and workplace.employer_id != employer.id:
        raise RuleBroken(problem("workplace", "「%(place)s」不是%(employer)s的工作場所。", place=workplace.name, employer=employer.name))
    current = db.session.scalar(sa.select(Employment).where(Employment.person_id == person.id, Employment.until_on.is_(None)))
    if from_on is not None:
        _refuse_day("from_on", current.from_on if current else None, from_on, today, first=current is None)
    if current is not None:
        if from_on is None:
            raise RuleBroken(problem("from_on", "已有目前的雇主，請填轉換日期。"))
        current.until_on = from_on - timedelta(days=1)
    made = Employment(
        person_id=person.id, employer=employer, workplace=workplace, staff_number=staff_number, job=job, is_manager=is_manager, from_on=from_on,
        proof=proof.strip(),
    )
    db.session.add(made)
    indexed(person)
    recording.describe(EMPLOYED, person, name=person.name, employer=employer.name)
    return made


def add_note(person: Person, text: str, *, author: str) -> Note:
    """Adds a remark."""
    if not text.strip():
        raise RuleBroken(problem("text", "請寫下備註內容。"))
    note = Note(person_id=person.id, text=text.strip(), author=author)
    db.session.add(note)
    recording.describe(NOTED, person, name=person.name)
    return note


def record_consent(person: Person, *, kind: str, text_version: str, given_on: date, how: str, today: date) -> Consent:
    """Records what a person agreed to, when and how (PDP-03)."""
    if given_on > today:
        raise RuleBroken(problem("given_on", "同意日不得晚於今天。"))
    consent = Consent(person_id=person.id, kind=kind, text_version=text_version, given_on=given_on, how=how)
    db.session.add(consent)
    recording.describe(CONSENTED, person, name=person.name)
    return consent


def withdraw_consent(person: Person, consent: Consent, *, today: date) -> None:
    """Records that a consent is taken back; the record of having given it stays."""
    if consent.withdrawn_on is not None:
        raise RuleBroken(problem("", "這項同意已經在 %(day)s 撤回。", day=consent.withdrawn_on))
    consent.withdrawn_on = today
    recording.describe(WITHDRAWN, person, name=person.name)


def add_dependant(person: Person, *, name: str, relation: str, id_number: str, birth_on: date | None, from_on: date | None, today: date) -> Dependant:
    """Records a family member."""
    if problems := rules.person_problems(name=name, id_number=id_number, sex="", birth_on=birth_on, today=today):
        raise RuleBroken(*problems)
    normal = identity_check(id_number).normal if id_number else None
    row = Dependant(person_id=person.id, name=tidy_name(name), relation=relation, id_number=normal, birth_on=birth_on, from_on=from_on)
    db.session.add(row)
    recording.describe(FAMILY, person, name=person.name)
    return row


def end_dependant(person: Person, dependant: Dependant, *, until_on: date) -> None:
    """Ends a family member's entry; it stays readable."""
    if dependant.until_on is not None:
        raise RuleBroken(problem("", "這位眷屬已經登錄到 %(day)s 為止。", day=dependant.until_on))
    if dependant.from_on is not None and until_on < dependant.from_on:
        raise RuleBroken(problem("until_on", "終止日早於起日 %(since)s。", since=dependant.from_on))
    dependant.until_on = until_on
    recording.describe(FAMILY, person, name=person.name)


def add_contact(person: Person, *, name: str, relation: str, phone: str) -> EmergencyContact:
    """Records whom to call."""
    number, wrong = _phone("phone", phone)
    if wrong:
        raise RuleBroken(wrong)
    row = EmergencyContact(person_id=person.id, name=tidy_name(name), relation=relation, phone=number)
    db.session.add(row)
    recording.describe(CONTACTED, person, name=person.name)
    return row


def remove_contact(person: Person, contact: EmergencyContact) -> None:
    """Removes an emergency contact: the union has no reason to keep it."""
    db.session.delete(contact)
    recording.describe(CONTACTED, person, name=person.name)


def set_custom(person: Person, values: dict[CustomField, str]) -> None:
    """Sets the union's own fields of a person; an empty value removes it. Problems are named ``custom_<id>``."""
    problems = [wrong for own, text in values.items() if (wrong := rules.custom_problem(f"custom_{own.id}", own.kind, own.choices, text))]
    if problems:
        raise RuleBroken(*problems)
    for own, text in values.items():
        row = db.session.get(CustomValue, (person.id, own.id))
        if not text:
            if row is not None:
                db.session.delete(row)
        elif row is None:
            db.session.add(CustomValue(person_id=person.id, field_id=own.id, value=text))
        else:
            row.value = text
    recording.describe(CHANGED, person, name=person.name)


def words_of(person: Person, numbers: list[str], staff_numbers: list[str], former: Iterable[FormerIdentity] = ()) -> str:
    """By what a person is found: names, member and staff numbers, phones, last digits of the identity number; also by what was so before."""
    before = list(former)
    secret = [(number, ID_PLACE) for number in (person.id_number, *(one.id_number for one in before)) if number]
    return search.words_of(person.name, person.other_name, *(one.name for one in before), *numbers, *staff_numbers, person.mobile, person.phone, secret=secret)


def next_member_number() -> str:
    """The next free member number: five digits, consecutive, skipping what is taken."""
    while True:
        number = f"{next_number('member'):05d}"
        if not _number_taken(number):
            return number


# --- inside -----------------------------------------------------------------------------------------------------------


def _set_particulars(
    person: Person, *, name: str, id_number: str, sex: str, birth_on: date | None, bank_code: str | None = None,
    bank_account: str | None = None, **particulars: str,
) -> list[Problem]:
    """Fills the record in and answers what cannot be read. Telephone numbers take their normal form."""
    problems = []
    identity = identity_check(id_number) if id_number else None
    person.name = tidy_name(name)
    person.identify(identity.normal if identity else None)
    person.sex = sex or (identity.sex if identity and identity.valid and identity.sex else "")
    person.birth_on = birth_on
    for field, value in particulars.items():
        if field not in PERSON_FIELDS:
            raise TypeError(f"a person has no {field}")
        # What an old file left stays as it is; only what is typed anew must be readable.
        if field in ("mobile", "phone") and value and value != getattr(person, field):
            value, wrong = _phone(field, value)
            problems += [wrong] if wrong else []
        setattr(person, field, value)
    if bank_account is not None:
        person.pay_into(bank_code or "", bank_account)
    elif bank_code is not None:
        person.bank_code = bank_code
    return problems


def _phone(field: str, text: str) -> tuple[str, Problem | None]:
    try:
        return normal_phone(text), None
    except Unreadable as wrong:
        return text, wrong.problem(field)


def _person_problems(person: Person, id_number: str, today: date, asker: Any) -> list[Problem]:
    other = queries.taken_by(person.id_number, besides=person.id) if person.id_number else None
    told = other.name if other and asker is not None and queries.may_see(asker, other) else ""
    return rules.person_problems(
        name=person.name, id_number=id_number, sex=person.sex, birth_on=person.birth_on, today=today, id_taken_by=told if other else None,
    )


def _number_taken(number: str) -> bool:
    return db.session.scalar(sa.select(Membership.id).where(Membership.number == number)) is not None


def _join(
    person: Person, *, number: str, joined_on: date | None, joined_by: str, member_class: str, unit: Unit | None
) -> Membership:
    membership = Membership(number=number, joined_on=joined_on, joined_by=joined_by)
    membership.classes.append(ClassStay(member_class=rules.MemberClass(member_class), from_on=joined_on))
    if unit is not None:
        membership.units.append(UnitStay(unit=unit, from_on=joined_on))
    person.memberships.append(membership)
    return membership


def indexed(person: Person) -> None:
    """Brings the words by which a person is found up to date."""
    touch_data("members")
    db.session.flush()  # The index names the person by its id.
    numbers = [m.number for m in person.memberships]
    staff = list(db.session.scalars(sa.select(Employment.staff_number).where(Employment.person_id == person.id)))
    former = db.session.scalars(sa.select(FormerIdentity).where(FormerIdentity.person_id == person.id)).all()
    search.put("person", person.id, words_of(person, numbers, staff, former))


def _refuse_day(field: str, since: date | None, from_on: date, today: date, *, first: bool) -> None:
    """A new dated row begins after the one before it (the first one may begin with it), and not in the future: the open row is what
    is true now."""
    if from_on > today:
        raise RuleBroken(problem(field, "生效日不得晚於今天，請到時再登錄。"))
    if since is not None and (from_on < since or (from_on == since and not first)):
        raise RuleBroken(problem(field, "生效日須晚於目前這一筆的起日 %(since)s。", since=since))
