"""From the decision to the member number: the entrance fee, the record of the person, the membership. Each step once, however often pressed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import db, hold_data, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.core.union import queries as union
from unionops.members.models import Application, Charge, Employer, Employment, Membership, Person, Unit, WageBase
from unionops.members.queries import dues
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import Applicant, Channel, State
from unionops.members.rules.dues import Payer, Period, SchemeKind
from unionops.members.rules.membership import ConsentKind, MemberClass
from unionops.members.services import people
from unionops.members.services.dues import running
from unionops.members.services.joining import telling
from unionops.values.problems import RuleBroken, problem

BILLED = recording.sentence("joining.billed", _l("開立 %(name)s 的入會費 %(amount)s 元（%(number)s）"))
ADMITTED = recording.sentence("joining.admitted", _l("%(name)s 入會，會員編號 %(member)s（申請 %(number)s）"))
HOW = {Channel.COUNTER: "臨櫃申請", Channel.PAPER: "入會申請書", Channel.ONLINE: "線上申請"}


def admit(
    application: Application, *, by: User, today: date, now: datetime, number: str = "", member_class: str = MemberClass.REGULAR, unit: Unit | None = None,
    take_wage: bool = False,
) -> State:
    """The next step for somebody whom the board (or the president) agreed to; where the application stands afterwards.

    Where membership begins with the payment, the entrance fee is charged first, and whoever has paid becomes a member from that day on.
    Else membership begins on the day of the decision, and the fee is charged with it. With ``take_wage`` the wage that was declared is the
    wage base from the first day on; dues that follow from it can be billed. A member already: nothing happens. Raises RuleBroken.
    """
    lock_row(application)  # Of two clerks the second finds a member, and does nothing.
    where = queries.state_of(application)
    if where == State.MEMBER:
        return where
    if where == State.UNPAID:
        raise RuleBroken(problem("", "%(number)s：入會費還沒有繳清。", number=application.number))
    if where not in (State.APPROVED, State.PAID):
        raise RuleBroken(problem("", "%(number)s：審查通過後才能辦理入會。", number=application.number))
    hold_data("dues", "members")  # Both together, for a merge holds both.
    who = queries.applicant(application, today)
    person = _person(application, who, by, today)
    application.person_id = person.id
    unit = unit or application.unit
    begins_paid = union.charter(today)["charter.admission_begins"].value == "paid"
    if begins_paid and where == State.APPROVED:
        charge = _charge(application, person, today, _payer(who, member_class, unit))
        if charge is not None:
            _watch(application, charge, by, today)
            touch_data("joining")
            recording.describe(BILLED, application, person, name=person.name, amount=charge.amount, number=application.number)
            telling.to_pay(application, charge.amount, charge.due_on, today)
            return State.UNPAID
    assert application.decided_on is not None
    joined_on = application.decided_on
    if where == State.PAID:
        joined_on = max(queries.fee_paid_on(application) or joined_on, joined_on)
        telling.fee_came(application, now)
    membership = people.rejoin(
        person, number=number, joined_on=joined_on, joined_by=application.decided_by, member_class=member_class, unit=unit, today=today
    )
    db.session.flush()  # Its number, and for the fee: who is charged is a member now.
    application.membership_id = membership.id
    if take_wage and who.monthly_wage:
        membership.wages.append(WageBase(
            insured_salary=who.monthly_wage, dependants_count=who.dependants, from_on=joined_on, proof=f"入會申請 {application.number} 自填",
        ))
        db.session.flush()  # The fee may follow from it.
    _work(person, who, today)
    _consents(application, person, who, today)
    fee = None
    if application.charge_id is None:
        charge = _charge(application, person, today, None)
        if charge is not None:
            _watch(application, charge, by, today)
            fee = (charge.amount, charge.due_on)
    touch_data("joining")
    recording.describe(ADMITTED, application, person, name=person.name, member=membership.number, number=application.number)
    telling.welcome(application, membership.number, joined_on, fee, today)
    return State.MEMBER


def settle_fees(now: datetime) -> int:
    """Closes the deadlines of entrance fees that were paid meanwhile; how many."""
    paid = db.session.scalars(sa.select(Application).where(Application.charge_id.is_not(None), queries.FEE_OPEN <= 0, Application.membership_id.is_not(None)))
    done = 0
    for one in paid:
        before = telling.calendar.of(telling.pointer(one), telling.FEE)
        if before is not None and not before.settled:
            telling.fee_came(one, now)
            done += 1
    return done


# --- inside -----------------------------------------------------------------------------------------------------------


def _person(application: Application, who: Applicant, by: User, today: date) -> Person:
    """The record that the check found, brought up to date by what was written; or a new one."""
    held: dict[str, Any] = {name: getattr(who, name) for name in people.PERSON_FIELDS if hasattr(who, name)}
    if application.person_id is None:
        return people.add_person(today=today, asker=by, name=who.name, id_number=who.id_number, sex=who.sex, birth_on=who.birth_on, **held)
    person = db.session.get_one(Person, application.person_id)
    while person.merged_into_id is not None:  # The record was found to be another one's double since.
        person = db.session.get_one(Person, person.merged_into_id)
    if application.charge_id is not None:
        return person  # Brought up to date when the fee was charged.
    kept = {name: text or getattr(person, name) for name, text in held.items()}
    people.change_person(
        person, today=today, asker=by, name=who.name, id_number=None if person.id_number else who.id_number, sex=who.sex or person.sex,
        birth_on=who.birth_on or person.birth_on, **kept,
    )
    return person


def _payer(who: Applicant, member_class: str, unit: Unit | None) -> Payer:
    """Who the applicant will be, as the terms of the entrance fee see him."""
    units = set()
    above = unit
    while above is not None and above.id not in units:
        units.add(above.id)
        above = above.parent
    return Payer(None, None, member_class, frozenset(units), who.monthly_wage)


def _charge(application: Application, person: Person, today: date, applicant: Payer | None) -> Charge | None:
    """The entrance fee by the first scheme that asks it of this person; None where there is none."""
    on = application.decided_on if applicant is not None else (application.membership.joined_on if application.membership else None)
    if applicant is None:
        membership = db.session.get_one(Membership, application.membership_id)
        on = membership.joined_on
    assert on is not None
    for number, scheme in dues.scheme_rules(on=today).items():
        if scheme.kind == SchemeKind.ENTRANCE and scheme.period == Period.ONCE:
            charge = running.charge_once(person, number, on=on, today=today, applicant=applicant)
            if charge is not None:
                application.charge_id = charge.id
                return charge
    return None


def _watch(application: Application, charge: Charge, by: User, today: date) -> None:
    telling.watch_fee(application, charge.due_on, by, today)


def _work(person: Person, who: Applicant, today: date) -> None:
    """Whom he works for, if the office knows that employer and nothing newer is on record."""
    if not who.employer:
        return
    employer = db.session.scalar(sa.select(Employer).where(Employer.name == who.employer, Employer.closed_on.is_(None)))
    held = db.session.scalar(sa.select(Employment).where(Employment.person_id == person.id, Employment.until_on.is_(None)))
    if employer is None or (held is not None and (held.employer_id == employer.id or who.hired_on is None or (held.from_on or who.hired_on) >= who.hired_on)):
        return
    place = next((one for one in employer.workplaces if one.name == who.workplace), None)
    people.employ(
        person, employer=employer, workplace=place, staff_number=who.staff_number, job=who.job, is_manager=bool(who.is_manager), from_on=who.hired_on,
        today=today,
    )


def _consents(application: Application, person: Person, who: Applicant, today: date) -> None:
    """What was agreed to with the application (PDP-03, ER-25)."""
    how = f"{HOW[Channel(application.channel)]} {application.number}"
    if application.privacy_version:
        people.record_consent(
            person, kind=ConsentKind.PRIVACY, text_version=application.privacy_version, given_on=application.received_on, how=how, today=today
        )
    if who.check_off:
        people.record_consent(person, kind=ConsentKind.CHECK_OFF, text_version="", given_on=application.received_on, how=how, today=today)
