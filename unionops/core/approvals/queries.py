"""Reads of approvals: what waits for somebody, what he asked, what was decided, the history of a record; and the facts of the rules.

Who may see an approval: its maker, those before whom it is or was, whoever decided it, and whoever sees its record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from unionops.core import clock, refs
from unionops.core.accounts.models import User, UserRole
from unionops.core.accounts.roles import GRANTS, ROLES
from unionops.core.approvals import rules
from unionops.core.approvals.models import Approval, ApprovalStep, Delegation
from unionops.core.approvals.registry import CHAINS
from unionops.core.approvals.wording import Told, tell, title_of
from unionops.core.db import db, remembered
from unionops.values.refs import Ref

RECORD = "approvals.record"
"""The permission to write down what a body resolved."""

DUTIES = "duties"
"""The body of data of who holds which role and what waits for whom (``db.touch_data``); accounts touch it when roles change."""

_WHOLE = (
    joinedload(Approval.made_by),
    selectinload(Approval.steps).options(
        joinedload(ApprovalStep.decided_by), joinedload(ApprovalStep.in_place_of), joinedload(ApprovalStep.recorded_by)
    ),
)


# --- facts for the rules ----------------------------------------------------------------------------------------------


def roles_of(user: User) -> frozenset[str]:
    """The roles held for the whole union: a branch's own clerk does not approve for all."""
    return frozenset(row.role for row in user.roles if row.scope is None)


def person(user: User) -> rules.Person:
    """The facts about somebody as they are stored now."""
    return rules.Person(user.id, roles_of(user), user.is_active, user.can(RECORD))


def matter(approval: Approval) -> rules.Matter:
    """The facts about an approval as it stands today: a step that nobody may decide any more has moved (``moved``)."""
    return _worded(approval, _facts(approval) if approval.closed_as else moved().get(approval.id) or _facts(approval))


def settled(approval: Approval, *, may_end: bool) -> rules.Matter:
    """The same, from who holds which role at this moment, for the unit that writes it down (``rules.settled``)."""
    facts = _facts(approval)
    return _worded(approval, rules.settled(facts, _holder_ids(facts), may_end=may_end))


def moved() -> dict[int, rules.Matter]:
    """By approval: the matters whose waiting step has lost everybody who could decide it, as the rules move them on. Rarely any.

    Computed, so that it holds from the moment in which the last holder leaves until one is there again; ``services.go_up`` writes it down
    at night.
    """

    def look() -> dict[int, rules.Matter]:
        stuck = db.session.scalars(sa.select(Approval).join(ApprovalStep).where(_WAITS, ApprovalStep.role != "", ~_somebody_fits())).all()
        facts = {one.id: _facts(one) for one in stuck}
        there = _holder_ids(*facts.values()) if facts else {}
        return {number: rules.settled(one, there, may_end=False) for number, one in facts.items()}

    return remembered(DUTIES, ("moved",), look)


def _facts(approval: Approval) -> rules.Matter:
    """As it is stored, without words."""
    steps = tuple(
        rules.Step(
            step.place, step.role, step.body, step.verdict, step.decided_by_id, step.in_place_of_id, decided_at=step.decided_at,
            role_was=step.role_was, remark=step.remark,
        )
        for step in approval.steps
    )
    return rules.Matter(approval.made_by_id, steps, approval.closed_as)


def _worded(approval: Approval, facts: rules.Matter) -> rules.Matter:
    deciders = [step.recorded_by if step.body else step.decided_by for step in approval.steps]
    return replace(facts, steps=tuple(
        replace(step, who=title_of(step.role, step.body), decider=decider.name if decider else "")
        for step, decider in zip(facts.steps, deciders, strict=True)
    ))


def mandates(user: User) -> list[rules.Mandate]:
    """What was handed to this person, those that are over among them: so that a refusal can say so."""
    found = db.session.scalars(
        sa.select(Delegation).where(Delegation.to_user_id == user.id).options(joinedload(Delegation.user)).order_by(Delegation.id.desc()).limit(100)
    )
    return [rules.Mandate(person(one.user), one.role, one.from_on, one.until_on, one.ended_at is not None) for one in found]


def holders(role: str) -> list[User]:
    """Active people who hold the role for the whole union."""
    held = sa.select(UserRole.user_id).where(UserRole.role == role, UserRole.scope.is_(None))
    return list(db.session.scalars(sa.select(User).where(User.id.in_(held), User.deactivated_at.is_(None)).order_by(User.id)))


def _holder_ids(*matters: rules.Matter) -> dict[str, set[int]]:
    """Who holds the roles of these matters, and the one to which they go up. One statement."""
    asked = {"president", *(step.role for one in matters for step in one.steps if step.role)}
    held = db.session.execute(
        sa.select(UserRole.role, UserRole.user_id).join(User)
        .where(UserRole.role.in_(asked), UserRole.scope.is_(None), User.deactivated_at.is_(None))
    )
    there: dict[str, set[int]] = {}
    for role, number in held:
        there.setdefault(role, set()).add(number)
    return there


def may_decide(approval: Approval, user: User, today: date) -> rules.Answer:
    """Whether this person may decide the step that waits, and for whom."""
    return rules.may_decide(matter(approval), person(user), mandates(user), today=today)


def addressed(step: ApprovalStep, today: date) -> list[User]:
    """Who is told that the step waits: those who may decide it today, by their role or for somebody."""
    if step.body:
        recorders = {role for role, granted in GRANTS.items() if RECORD in granted}
        return [one for role in sorted(recorders) for one in holders(role)]
    there = holders(step.role)
    handed = db.session.scalars(
        sa.select(User).join(Delegation, Delegation.to_user_id == User.id)
        .where(Delegation.user_id.in_([one.id for one in there]), _in_force(today), Delegation.role.in_(("", step.role)))
        .order_by(User.id)
    )
    facts = _facts(step.approval)
    everybody = {one.id: one for one in (*there, *handed)}.values()
    return [one for one in everybody if not rules.may_decide(facts, person(one), mandates(one), today=today).problems]


# --- what waits, what may be seen -------------------------------------------------------------------------------------


def _in_force(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(Delegation.ended_at.is_(None), Delegation.from_on <= today, Delegation.until_on >= today)


def _had_a_say(person_id: Any) -> sa.ColumnElement[bool]:
    """Somebody decided a step of this approval. Correlated by name: a question within a question would else ask about all approvals."""
    other = sa.orm.aliased(ApprovalStep)
    return sa.exists().where(
        other.approval_id == Approval.id, sa.or_(other.decided_by_id == person_id, other.in_place_of_id == person_id)
    ).correlate(Approval, User)


_WAITS = sa.and_(Approval.closed_as == "", ApprovalStep.verdict == "", ApprovalStep.opened_at.is_not(None))
"""The one step of an open matter that has been opened and not decided."""


def _somebody_fits() -> sa.ColumnElement[bool]:
    """Somebody holds the step's role who neither made the matter nor has decided (``rules.way``)."""
    return sa.exists().where(
        UserRole.role == ApprovalStep.role, UserRole.scope.is_(None), User.id == UserRole.user_id, User.deactivated_at.is_(None),
        User.id != Approval.made_by_id, ~_had_a_say(User.id),
    ).correlate(Approval, ApprovalStep)


def moved_to(user: User, today: date) -> list[int]:
    """The matters that have moved on (``moved``) to a step that this person may decide."""

    def look() -> list[int]:
        me, handed = person(user), mandates(user)
        return [number for number, one in moved().items() if not rules.may_decide(one, me, handed, today=today).problems]

    return remembered(DUTIES, ("moved to", user.sight, today), look) if moved() else []


def _handed(user: User, today: date) -> sa.ColumnElement[bool]:
    """Steps of a role that somebody handed to this person, who may stand in for it (``rules.may_decide``)."""
    fitting = [role for role in ROLES if not rules.may_stand_in(role, roles_of(user))]
    return sa.and_(
        ApprovalStep.role.in_(fitting),
        sa.exists().where(
            Delegation.to_user_id == user.id, _in_force(today), sa.or_(Delegation.role == "", Delegation.role == ApprovalStep.role),
            UserRole.user_id == Delegation.user_id, UserRole.role == ApprovalStep.role, UserRole.scope.is_(None),
            User.id == Delegation.user_id, User.deactivated_at.is_(None), User.id != Approval.made_by_id, ~_had_a_say(User.id),
        ).correlate(Approval, ApprovalStep),
    )


def _decidable(user: User, today: date) -> sa.ColumnElement[bool]:
    """``rules.may_decide`` as a condition on steps joined with their approvals, for lists and counts."""
    personal = sa.and_(
        ApprovalStep.body == "", Approval.made_by_id != user.id, ~_had_a_say(user.id),
        sa.or_(ApprovalStep.role.in_(roles_of(user)), _handed(user, today)),
    )
    mine = [personal]
    if user.can(RECORD):
        mine.append(ApprovalStep.body != "")
    if came := moved_to(user, today):  # Nobody holds the role of these steps, so what they say themselves holds for nobody.
        mine.append(Approval.id.in_(came))
    return sa.and_(_WAITS, sa.or_(*mine))


def waiting_count(user: User) -> int:
    """How much waits for this person; remembered, for the navigation of every page asks."""
    today = clock.today()

    def count() -> int:
        chosen = sa.select(sa.func.count()).select_from(ApprovalStep).join(Approval).where(_decidable(user, today))
        return db.session.scalar(chosen) or 0

    return remembered(DUTIES, ("waiting", user.id, roles_of(user), today), count)


class Waiting(NamedTuple):
    """A matter that waits for somebody; ``since`` is when it came to him."""

    id: int
    title: str
    chain: str
    maker: str
    amount: int | None
    since: datetime

    @property
    def url(self) -> str:
        """The page on which it is decided."""
        return refs.KINDS["approval"].url(self.id)


def waiting_for(user: User, *, limit: int | None = None, offset: int = 0) -> list[Waiting]:
    """What this person may decide now, the longest waiting first. One statement."""
    chosen = (
        sa.select(Approval.id, Approval.title, Approval.chain, User.name, Approval.amount, ApprovalStep.opened_at)
        .select_from(ApprovalStep).join(Approval).join(User, User.id == Approval.made_by_id)
        .where(_decidable(user, clock.today())).order_by(ApprovalStep.opened_at, Approval.id).limit(limit).offset(offset)
    )
    return [
        Waiting(number, title, chain_title(chain), maker, amount, since)
        for number, title, chain, maker, amount, since in db.session.execute(chosen)
    ]


def chain_title(name: str) -> str:
    """What people call the chain; its own name when no area knows it any more."""
    return str(CHAINS[name].title) if name in CHAINS else name


def asked_by(user: User) -> sa.Select[tuple[Approval]]:
    """What this person sent, the latest first."""
    return sa.select(Approval).where(Approval.made_by_id == user.id).options(*_WHOLE).order_by(Approval.id.desc())


def decided_by(user: User) -> sa.Select[tuple[Approval]]:
    """What this person decided, himself or through somebody, or recorded; the latest first."""
    had = sa.select(ApprovalStep.approval_id).where(_took_part(user))
    return sa.select(Approval).where(Approval.id.in_(had)).options(*_WHOLE).order_by(Approval.id.desc())


def _took_part(user: User) -> sa.ColumnElement[bool]:
    return sa.or_(ApprovalStep.decided_by_id == user.id, ApprovalStep.in_place_of_id == user.id, ApprovalStep.recorded_by_id == user.id)


def among(user: User) -> sa.Select[tuple[int]]:
    """The ids of the approvals that this person may see."""
    before_him = [ApprovalStep.role.in_(roles_of(user)), _took_part(user), _handed(user, clock.today())]
    if user.can(RECORD):
        before_him.append(ApprovalStep.body != "")
    reached = sa.exists().where(
        ApprovalStep.approval_id == Approval.id, ApprovalStep.opened_at.is_not(None), sa.or_(*before_him)
    ).correlate(Approval)
    kinds = {chain.kind for chain in CHAINS.values()}
    sees = [Approval.made_by_id == user.id, reached, refs.seen(user, Approval.ref_kind, Approval.ref_id, kinds=kinds)]
    if came := moved_to(user, clock.today()):
        sees.append(Approval.id.in_(came))
    return sa.select(Approval.id).where(sa.or_(*sees))


def approval_for(user: User, approval_id: int) -> Approval:
    """The approval, or 404 for whoever may not see it."""
    return db.first_or_404(sa.select(Approval).where(Approval.id == approval_id, Approval.id.in_(among(user))).options(*_WHOLE))


def of_record(pointer: Ref) -> list[Told]:
    """Every asking about a record, the latest first, for ``approval_history``. Whoever sees the record may see them."""
    chosen = sa.select(Approval).where(refs.pointing_at(Approval, pointer)).options(*_WHOLE).order_by(Approval.id.desc())
    return [told(one) for one in db.session.scalars(chosen).unique()]


def told(approval: Approval) -> Told:
    """The asking as people read it, as it stands today."""
    return tell(approval, matter(approval).steps)


def record_of(approval: Approval) -> Any:
    """What it is about; None when it is gone."""
    return db.session.get(refs.KINDS[CHAINS[approval.chain].kind].model, approval.ref_id) if approval.chain in CHAINS else None


def has_changed(approval: Approval) -> bool:
    """Whether the record says something else by now than when it was asked."""
    record = record_of(approval)
    return record is None or CHAINS[approval.chain].fingerprint(record) != approval.digest


def open_of_record(pointer: Ref, chain: str) -> Approval | None:
    """The asking of this chain that waits now."""
    return db.session.scalar(
        sa.select(Approval).where(refs.pointing_at(Approval, pointer), Approval.chain == chain, Approval.closed_as == "")
    )


# --- delegations ------------------------------------------------------------------------------------------------------


def delegations(user: User | None, *, today: date) -> sa.Select[tuple[Delegation]]:
    """Those given by or to this person, or (None) by anybody; those in force or to come first."""
    chosen = sa.select(Delegation).options(joinedload(Delegation.user), joinedload(Delegation.to_user))
    if user is not None:
        chosen = chosen.where(sa.or_(Delegation.user_id == user.id, Delegation.to_user_id == user.id))
    over = sa.or_(Delegation.ended_at.is_not(None), Delegation.until_on < today)
    return chosen.order_by(over, Delegation.from_on.desc(), Delegation.id.desc())


def is_over(delegation: Delegation, today: date) -> bool:
    """Whether it counts no more."""
    return delegation.ended_at is not None or delegation.until_on < today


def standing(user: User, today: date) -> list[tuple[int, str, date, date]]:
    """This person's delegations that are not over: (to whom, role, first day, last day)."""
    return [
        (to, role, first, last)
        for to, role, first, last in db.session.execute(
            sa.select(Delegation.to_user_id, Delegation.role, Delegation.from_on, Delegation.until_on)
            .where(Delegation.user_id == user.id, Delegation.ended_at.is_(None), Delegation.until_on >= today)
        )
    ]


def stand_ins(user: User) -> list[User]:
    """Whom this person may choose: active people of the office who may stand in for one of his roles."""
    chosen: Iterable[User] = db.session.scalars(sa.select(User).where(User.deactivated_at.is_(None), User.id != user.id).order_by(User.name))
    mine = roles_of(user) & rules.OFFICE
    return [one for one in chosen if any(not rules.may_stand_in(role, roles_of(one)) for role in mine)]
