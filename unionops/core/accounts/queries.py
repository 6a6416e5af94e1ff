"""Reads: users, their keys and open sessions, invitations, and the units to which a role may be limited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core.accounts import rules
from unionops.core.accounts.models import Invitation, Passkey, RecoveryCode, Ticket, User, UserRole, UserSession
from unionops.core.db import db
from unionops.values.refs import Ref

ScopeSource = Callable[[], Iterable[tuple[Ref, str]]]
_SCOPES: list[ScopeSource] = []


def scope_source(source: ScopeSource) -> ScopeSource:
    """Registers what a role may be limited to: ``source()`` gives (pointer, title) pairs. Units belong to a higher layer."""
    _SCOPES.append(source)
    return source


def scopes() -> list[tuple[Ref, str]]:
    """Everything a role may be limited to, in the order of its sources."""
    return [pair for source in _SCOPES for pair in source()]


def user_by_username(username: str) -> User | None:
    """The person of this sign-in name, active or not."""
    return db.session.scalar(sa.select(User).where(User.username == username.strip().casefold()))


def users(*, text: str = "", role: str = "", state: str = "", in_conflict: bool = False) -> sa.Select[Any]:
    """People who sign in, by name; ``state`` is active (the default), inactive or all; ``in_conflict`` those with roles that should not meet."""
    found = sa.select(User).order_by(User.deactivated_at.is_not(None), User.name, User.id)
    if state == "inactive":
        found = found.where(User.deactivated_at.is_not(None))
    elif state != "all":
        found = found.where(User.deactivated_at.is_(None))
    if role:
        found = found.where(User.roles.any(UserRole.role == role))
    if in_conflict:
        found = found.where(sa.or_(*(
            sa.and_(*(User.roles.any(UserRole.role == role) for role in conflict.roles)) for conflict in rules.CONFLICTS
        )))
    if text:
        found = found.where(User.name.icontains(text, autoescape=True) | User.username.icontains(text, autoescape=True))
    return found


def count(selection: sa.Select[Any]) -> int:
    """How many rows a selection has."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(selection.order_by(None).subquery())) or 0


def open_sessions(user: User, *, now: datetime, idle: timedelta, longest: timedelta) -> list[UserSession]:
    """Where this person is signed in now, the latest use first."""
    return list(
        db.session.scalars(
            sa.select(UserSession)
            .where(
                UserSession.user_id == user.id,
                UserSession.ended_at.is_(None),
                UserSession.seen_at > now - idle,
                UserSession.started_at > now - longest,
            )
            .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
        )
    )


def session_of(user: User, session_id: int) -> UserSession | None:
    """One sign-in of this person; None when it is someone else's."""
    return db.session.scalar(sa.select(UserSession).where(UserSession.id == session_id, UserSession.user_id == user.id))


def last_sign_ins(people: Iterable[User]) -> dict[int, datetime]:
    """user id → when this person last signed in, in one statement."""
    ids = [person.id for person in people]
    rows = db.session.execute(
        sa.select(UserSession.user_id, sa.func.max(UserSession.started_at)).where(UserSession.user_id.in_(ids)).group_by(UserSession.user_id)
    )
    return dict(rows.all())


def passkeys_of(user: User) -> list[Passkey]:
    """This person's passkeys, the oldest first."""
    return list(db.session.scalars(sa.select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))


def passkey_of(user: User, passkey_id: int) -> Passkey | None:
    """One passkey of this person; None when it is someone else's."""
    return db.session.scalar(sa.select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id))


def invitations(state: str = "") -> sa.Select[Any]:
    """Invitations, the newest first; ``state`` is open (the default), ended or all."""
    found = sa.select(Invitation).options(sa.orm.joinedload(Invitation.invited_by)).order_by(Invitation.id.desc())
    is_open = Invitation.user_id.is_(None) & Invitation.withdrawn_at.is_(None)
    if state == "all":
        return found
    return found.where(~is_open if state == "ended" else is_open)


def last_tickets(people: Iterable[Invitation]) -> dict[int, Ticket]:
    """invitation id → the ticket that was made last, in one statement."""
    newest = sa.select(sa.func.max(Ticket.id)).where(Ticket.invitation_id.in_([one.id for one in people])).group_by(Ticket.invitation_id)
    return {ticket.invitation_id: ticket for ticket in db.session.scalars(sa.select(Ticket).where(Ticket.id.in_(newest))) if ticket.invitation_id}


def unused_recovery_codes(user: User) -> int:
    """How many recovery codes this person has left."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    ) or 0


def active_administrators() -> list[User]:
    """Who may administer now, locked until the end of the unit: the last one must stay."""
    found = sa.select(User).where(User.deactivated_at.is_(None), User.roles.any(UserRole.role == "administrator")).order_by(User.id)
    db.session.scalars(found.with_for_update()).all()
    # Asked again once the lock is held: what the one before us took away does not show in the rows that we waited for.
    return list(db.session.scalars(found))
