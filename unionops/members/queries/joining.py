"""Reads of joining: applications with where they stand, whom the register knows already, what waits for the board, who might join.

Who may handle one unit only sees the applications and prospects of that unit and of those below it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from unionops.core import refs, search
from unionops.core.accounts.models import User
from unionops.core.accounts.roles import GRANTS
from unionops.core.approvals import queries as asked
from unionops.core.approvals import rules as approving
from unionops.core.approvals.models import Approval
from unionops.core.db import blind_index, db, plain
from unionops.core.union import queries as union
from unionops.law.union_act import UnionKind
from unionops.members.models import (
    ID_PLACE,
    Adjustment,
    Allocation,
    Application,
    Charge,
    Employer,
    Employment,
    JoiningForm,
    Measure,
    Membership,
    Person,
    Prospect,
    Unit,
)
from unionops.members.queries.dues import items_of, scheme_rules, total
from unionops.members.queries.stays import in_force
from unionops.members.queries.visibility import may_see, units_below, with_descendants
from unionops.members.rules import admission as rules
from unionops.members.rules import membership, recruiting
from unionops.members.rules.admission import Applicant, Circumstances, Dated, Decision, Finding, Known, Match, State, Twin
from unionops.members.rules.dues import AmountBasis
from unionops.members.rules.measures import MeasureKind
from unionops.values.refs import Ref
from unionops.values.text import name_key

KIND, PROSPECT = "application", "prospect"
BOARD, PRESIDENT, RATIFY = CHAINS = ("joining.board", "joining.president", "joining.ratify")
"""The chains through which an application goes (``services.joining.deciding``)."""
TO_RATIFY = "to_ratify"
"""A filter beside the states: admitted by the president, not yet ratified."""


# --- who may see what -------------------------------------------------------------------------------------------------


def visible(user: Any) -> sa.Select[tuple[int]] | None:
    """SELECT of the applications this user may see; None when that is all."""
    return _within(Application, user)


def visible_prospects(user: Any) -> sa.Select[tuple[int]] | None:
    """The same of the people on the recruiting board."""
    return _within(Prospect, user)


def _within(model: Any, user: Any) -> sa.Select[tuple[int]] | None:
    if not user.can("joining.read"):
        return refs.nobody(model)
    scopes = user.scopes("joining.read")
    if scopes is None:
        return None
    return sa.select(model.id).where(model.unit_id.in_(units_below(scopes)))


def reach(user: Any) -> set[int] | None:
    """The units in which this user may handle applications; None means all, and none at all."""
    scopes = user.scopes("joining.handle")
    return None if scopes is None else with_descendants(ref.id for ref in scopes if ref.kind == "unit")


def application_for(user: Any, application_id: int) -> Application:
    """The application, or 404 when there is none that this user may see."""
    return _one(Application, visible(user), application_id)


def prospect_for(user: Any, prospect_id: int) -> Prospect:
    """Somebody on the board, or 404."""
    return _one(Prospect, visible_prospects(user), prospect_id)


def _one(model: Any, chosen: Any, number: int) -> Any:
    found = db.session.get(model, number)
    if found is None or (chosen is not None and not refs.holds(chosen, number)):
        abort(404)
    return found


# --- where it stands --------------------------------------------------------------------------------------------------

_changed = sa.select(sa.func.coalesce(total(Adjustment.amount), 0)).where(Adjustment.charge_id == Charge.id).correlate(Charge).scalar_subquery()
_paid = sa.select(sa.func.coalesce(total(Allocation.amount), 0)).where(Allocation.charge_id == Charge.id).correlate(Charge).scalar_subquery()
FEE_OPEN = sa.select(Charge.amount + _changed - _paid).where(Charge.id == Application.charge_id).correlate(Application).scalar_subquery()
"""NT$ of the entrance fee still open; NULL when none was charged."""
IS_ASKED = sa.exists().where(Approval.ref_kind == KIND, Approval.ref_id == Application.id, Approval.closed_as == "").correlate(Application)
STATE: sa.ColumnElement[str] = sa.case(
    (Application.decision == Decision.REFUSED.value, State.REFUSED.value),
    (Application.membership_id.is_not(None), State.MEMBER.value),
    (Application.withdrawn_on.is_not(None), State.WITHDRAWN.value),
    (sa.and_(Application.decision != "", Application.charge_id.is_(None)), State.APPROVED.value),
    (sa.and_(Application.decision != "", FEE_OPEN > 0), State.UNPAID.value),
    (Application.decision != "", State.PAID.value),
    (IS_ASKED, State.ASKED.value),
    (Application.checked_on.is_not(None), State.CHECKED.value),
    else_=State.RECEIVED.value,
)
"""``rules.admission.state`` as the database answers it, for lists and counts."""
_UNRATIFIED = sa.and_(Application.decision == Decision.INTERIM.value, Application.ratified_on.is_(None))


def fee_open(application: Application) -> int | None:
    """NT$ of the entrance fee still open, None when none was charged."""
    if application.charge_id is None:
        return None
    found = db.session.scalar(sa.select(Charge.amount + _changed - _paid).where(Charge.id == application.charge_id))
    return int(found or 0)


def fee_paid_on(application: Application) -> date | None:
    """The day on which the last of the entrance fee was allotted."""
    return db.session.scalar(sa.select(sa.func.max(Allocation.allotted_on)).where(Allocation.charge_id == application.charge_id))


def state_of(application: Application) -> State:
    """Where it stands now."""
    waits = db.session.scalar(sa.select(sa.exists().where(refs.pointing_at(Approval, Ref(KIND, application.id)), Approval.closed_as == "")))
    return rules.state(Dated(
        application.checked_on, bool(waits), application.decision, application.withdrawn_on, fee_open(application), application.membership_id is not None,
    ))


def waits_for_ratifying(application: Application) -> bool:
    """Whether the president's admission has still to be ratified by the board."""
    return application.decision == Decision.INTERIM and application.ratified_on is None


# --- the inbox --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """What a list of applications asks for. ``states`` may hold ``TO_RATIFY``."""

    text: str = ""
    states: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


class Row(NamedTuple):
    application: Application
    state: State
    unit: str | None
    fee_open: int | None


def _conditions(user: Any, wanted: Filter) -> list[Any]:
    found: list[Any] = []
    chosen = visible(user)
    if chosen is not None:
        found.append(Application.id.in_(chosen))
    if wanted.text.strip():
        hits = search.matching(KIND, wanted.text, secret_places=(ID_PLACE,))
        found.append(Application.id.in_(hits) if hits is not None else sa.false())
    if wanted.first is not None:
        found.append(Application.received_on >= wanted.first)
    if wanted.last is not None:
        found.append(Application.received_on <= wanted.last)
    if wanted.states:
        of_states = STATE.in_([one for one in wanted.states if one != TO_RATIFY])
        found.append(sa.or_(of_states, _UNRATIFIED) if TO_RATIFY in wanted.states else of_states)
    return found


def count(user: Any, wanted: Filter) -> int:
    """How many applications the filter finds."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Application).where(*_conditions(user, wanted))) or 0


def rows(user: Any, wanted: Filter, *, offset: int = 0, limit: int | None = None) -> list[Row]:
    """The lines of the inbox, the longest waiting first among the open ones, then the newest of the rest. One statement."""
    is_open = sa.case((STATE.in_([one.value for one in rules.OPEN]), 0), else_=1)
    waiting = sa.case((STATE.in_([one.value for one in rules.OPEN]), Application.received_on))
    found = db.session.execute(
        sa.select(Application, STATE, Unit.name, FEE_OPEN).outerjoin(Unit, Unit.id == Application.unit_id).where(*_conditions(user, wanted))
        .order_by(is_open, waiting, Application.received_on.desc(), Application.id.desc()).offset(offset).limit(limit)
    )
    return [Row(one, State(word), unit, fee) for one, word, unit, fee in found]


def states(user: Any, wanted: Filter) -> dict[str, int]:
    """How many applications there are of each state, all other parts of the filter kept; those to be ratified beside them."""
    found: dict[str, int] = {TO_RATIFY: 0}
    for state, unratified, number in plain(_states(user, replace(wanted, states=()))):
        found[state] = found.get(state, 0) + number
        if unratified and state != State.REFUSED:
            found[TO_RATIFY] += number
    return found


@refs.by_reader
def _states(user: Any, wanted: Filter) -> sa.Select[Any]:
    some = sa.select(STATE.label("state"), _UNRATIFIED.label("unratified")).where(*_conditions(user, wanted)).subquery()
    return sa.select(some.c.state, some.c.unratified, sa.func.count()).group_by(some.c.state, some.c.unratified)


def chosen(user: Any, ids: Sequence[int]) -> list[Application]:
    """These applications, those of them that this user may see, in the order of their numbers."""
    wanted = sa.select(Application).where(Application.id.in_(ids)).order_by(Application.id)
    seen = visible(user)
    return list(db.session.scalars(wanted if seen is None else wanted.where(Application.id.in_(seen))))


class BeforeBoard(NamedTuple):
    """An application that waits for the board: to be admitted, or (``is_ratifying``) to be ratified."""

    application: Application
    approval: Approval
    is_ratifying: bool


def before_board(user: Any) -> list[BeforeBoard]:
    """What the next meeting of the board has to decide, by number. A constant number of statements."""
    waiting = db.session.scalars(
        sa.select(Approval).where(Approval.ref_kind == KIND, Approval.closed_as == "").options(selectinload(Approval.steps)).order_by(Approval.ref_id)
    ).all()
    there = {one.id: one for one in chosen(user, [one.ref_id for one in waiting])}
    found = []
    for one in waiting:
        step = approving.current(asked.matter(one).steps)
        if step is not None and step.body and one.ref_id in there:
            found.append(BeforeBoard(there[one.ref_id], one, waits_for_ratifying(there[one.ref_id])))
    return found


# --- what was written, and whom the register knows --------------------------------------------------------------------


def written(application: Application) -> dict[str, str]:
    """Word for word what came in."""
    found: dict[str, str] = json.loads(application.content)["written"]
    return found


def corrected(application: Application) -> dict[str, str]:
    """What the office put right: field → text."""
    found: dict[str, str] = json.loads(application.content).get("corrected", {})
    return found


def typed(application: Application) -> dict[str, str]:
    """What counts: as written, with the corrections."""
    return written(application) | corrected(application)


def applicant(application: Application, today: date) -> Applicant:
    """What the application says, as it will be kept."""
    return rules.read(typed(application), today=today)[0]


def circumstances(today: date) -> Circumstances:
    """What the union is, and what its constitution says on the day."""
    values, record = union.charter(today), union.the_union()
    age = values["charter.member_minimum_age"]
    return Circumstances(
        record.union_kind if record is not None else UnionKind.OCCUPATIONAL, values["charter.managers_may_join"].value == "yes",
        values["charter.managers_may_join"].basis, age.value if isinstance(age.value, int) else None, age.basis, needs_wage(today),
    )


def needs_wage(on: date) -> bool:
    """Whether some dues of this day follow from the wage."""
    return any((terms := one.terms_on(on)) is not None and terms.basis in (AmountBasis.SHARE, AmountBasis.TABLE) for one in scheme_rules(on=on).values())


def findings(application: Application, user: Any, today: date, *, papers_there: Sequence[str] | None = None) -> list[Finding]:
    """What the check asks of this application now. ``papers_there`` are the papers received, as stored unless given."""
    who, around = applicant(application, today), circumstances(today)
    there = papers_received(application) if papers_there is None else papers_there
    return rules.findings(
        who, known=known(who, user, today), twins=twins(application, today),
        missing=[one for one in rules.papers(around.kind, who) if one not in there], union=around, today=today,
    )


def papers_received(application: Application) -> list[str]:
    """The papers that the check ticked."""
    return list(application.findings.get("papers", ()))


def known(who: Applicant, user: Any, today: date) -> list[Known]:
    """People in the register who may be the applicant: by identity number, by name and birth date, by telephone."""
    by: dict[int, Match] = {}
    alive = Person.merged_into_id.is_(None)
    if who.phone or who.mobile:
        phones = [one for one in (who.mobile, who.phone) if len(one) >= 8]
        for number in db.session.scalars(sa.select(Person.id).where(alive, sa.or_(Person.mobile.in_(phones), Person.phone.in_(phones))).limit(20)):
            by[number] = Match.PHONE
    if who.birth_on is not None:
        for number, name in db.session.execute(sa.select(Person.id, Person.name).where(alive, Person.birth_on == who.birth_on).limit(1000)):
            if name_key(name) == name_key(who.name):
                by[number] = Match.BIRTH
    if who.id_number:
        index = blind_index(who.id_number, ID_PLACE)
        by.update(dict.fromkeys(db.session.scalars(sa.select(Person.id).where(alive, Person.id_index == index)), Match.IDENTITY))
        # Whose number is another one is another person, however alike.
        others = sa.select(Person.id).where(Person.id.in_(list(by)), Person.id_index.is_not(None), Person.id_index != index)
        for number in db.session.scalars(others):
            if by[number] != Match.IDENTITY:
                del by[number]
    if not by:
        return []
    return _told(by, user, today)


def _told(by: dict[int, Match], user: Any, today: date) -> list[Known]:
    people = list(db.session.scalars(sa.select(Person).where(Person.id.in_(list(by))).options(selectinload(Person.memberships)).order_by(Person.id)))
    owed = items_of(list(by), today)
    expelled = dict(db.session.execute(
        sa.select(Membership.person_id, sa.func.min(Measure.from_on)).join(Measure, Measure.membership_id == Membership.id)
        .where(Membership.person_id.in_(list(by)), Measure.kind == MeasureKind.EXPULSION, Measure.from_on <= today, Measure.dropped_on.is_(None))
        .group_by(Membership.person_id)
    ).all())
    found = []
    for one in people:
        stays = [(membership.standing(joined_on=m.joined_on, left_on=m.left_on, today=today), m) for m in one.memberships]
        last = max((m for _s, m in stays if m.left_on is not None), key=lambda m: m.left_on, default=None)
        numbers = "、".join(m.number for m in one.memberships)
        may = may_see(user, one)
        found.append(Known(
            one.id, by[one.id], (f"{one.name}（{numbers}）" if numbers else one.name) if may else "",
            any(standing != membership.Place.LEFT for standing, _m in stays), last.left_on if last else None,
            membership.LEAVE_REASONS.get(last.left_reason, "") if last else "", expelled.get(one.id), sum(item.open for item in owed.get(one.id, ())),
        ))
    return found


def twins(application: Application, today: date) -> list[Twin]:
    """Other open applications that may be of the same person: the same identity number, or the same name."""
    same = [Application.name == application.name]
    if application.id_index:
        same.append(Application.id_index == application.id_index)
    some = db.session.scalars(
        sa.select(Application).where(Application.id != application.id, sa.or_(*same), STATE.in_([one.value for one in rules.OPEN]))
        .order_by(Application.id).limit(20)
    )
    mine = applicant(application, today)
    found = []
    for one in some:
        if one.id_index and one.id_index == application.id_index:
            found.append(Twin(one.id, one.number, Match.IDENTITY))
        elif not (one.id_index and application.id_index) and applicant(one, today).birth_on in (mine.birth_on, None):
            found.append(Twin(one.id, one.number, Match.BIRTH))
    return found


def same_again(id_index: str | None, name: str, text: dict[str, str]) -> Application | None:
    """An open application in which exactly this was written."""
    whose = Application.id_index == id_index if id_index else sa.and_(Application.id_index.is_(None), Application.name == name)
    some = db.session.scalars(
        sa.select(Application).where(whose, STATE.in_([State.RECEIVED.value, State.CHECKED.value, State.ASKED.value])).order_by(Application.id.desc()).limit(20)
    )
    return next((one for one in some if written(one) == text), None)


def public_form() -> JoiningForm | None:
    """The public form as it stands; None as long as nobody has said anything about it."""
    return db.session.scalar(sa.select(JoiningForm).order_by(JoiningForm.id.desc()).limit(1))


def addressed(permission: str) -> list[User]:
    """Active people who hold this permission for the whole union."""
    return asked.holders(*(role for role, granted in GRANTS.items() if permission in granted))


# --- recruiting -------------------------------------------------------------------------------------------------------


def prospects(user: Any, *, employer: int | None = None, text: str = "", limit: int = 500) -> list[Prospect]:
    """The people on the board, those to be asked soonest first."""
    wanted = sa.select(Prospect).options(joinedload(Prospect.employer), joinedload(Prospect.unit))
    seen = visible_prospects(user)
    if seen is not None:
        wanted = wanted.where(Prospect.id.in_(seen))
    if employer is not None:
        wanted = wanted.where(Prospect.employer_id == employer)
    if text.strip():
        wanted = wanted.where(sa.or_(*(
            column.contains(text.strip(), autoescape=True) for column in (Prospect.name, Prospect.workplace, Prospect.asked_by)
        )))
    return list(db.session.scalars(wanted.order_by(Prospect.again_on.nulls_last(), Prospect.id.desc()).limit(limit)))


class AtWork(NamedTuple):
    """How far one employer's people are organised."""

    employer_id: int | None
    name: str
    reached: recruiting.Reached


def by_workplace(user: Any, today: date) -> list[AtWork]:
    """Every employer with people on the board: members in force there, people asked, those who applied. Two statements."""
    known_there = sa.func.count().filter(Prospect.result != recruiting.Result.APPLIED.value)
    asked_there = sa.func.count().filter(Prospect.asked_on.is_not(None))
    applied = sa.func.count().filter(Prospect.result == recruiting.Result.APPLIED.value)
    wanted = (
        sa.select(Prospect.employer_id, Employer.name, known_there, asked_there, applied).outerjoin(Employer, Employer.id == Prospect.employer_id)
        .group_by(Prospect.employer_id, Employer.name)
    )
    seen = visible_prospects(user)
    if seen is not None:
        wanted = wanted.where(Prospect.id.in_(seen))
    there = list(plain(wanted))
    members = dict(plain(
        sa.select(Employment.employer_id, sa.func.count(sa.distinct(Membership.person_id))).join(Membership, Membership.person_id == Employment.person_id)
        .where(in_force(today), Employment.until_on.is_(None), Employment.employer_id.in_([one[0] for one in there if one[0]])).group_by(Employment.employer_id)
    ).all())
    found = [
        AtWork(employer, name or "", recruiting.Reached(members.get(employer, 0) if employer else 0, known_, asked_, applied_))
        for employer, name, known_, asked_, applied_ in there
    ]
    return sorted(found, key=lambda one: (one.employer_id is None, -one.reached.known, one.name))


def prospect_of(application: Application) -> Prospect | None:
    """Who on the board this application came from."""
    return db.session.scalar(sa.select(Prospect).where(Prospect.application_id == application.id))


def seen_of(user: Any, rows: Iterable[Any]) -> list[Any]:
    """Of these applications, read with their units, those that this user may see."""
    scopes = user.scopes("joining.read")
    units = None if scopes is None else with_descendants(ref.id for ref in scopes if ref.kind == "unit")
    return [row for row in rows if units is None or row.unit_id in units]
