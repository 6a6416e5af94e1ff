"""Tickets: made, found again by their token or their typed code, used once. What they open is the business of whoever made them.

The token has 32 random bytes, the code twelve letters and digits for a person who cannot scan; the database keeps hashes of both.
A new ticket for the same purpose makes the older ones void.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts import rules
from unionops.core.accounts.models import Invitation, Ticket, User
from unionops.core.accounts.services.second_factor import CODE_LETTERS
from unionops.core.addresses import public_address
from unionops.core.db import blind_index, db, lock_row
from unionops.values.problems import Problem, RuleBroken

CODE_LENGTH = 12


@dataclass(frozen=True)
class Issued:
    """What is told of a new ticket, once."""

    token: str
    code: str
    expires_at: datetime


def link(issued: Issued) -> str:
    """The address that opens the ticket."""
    return public_address("accounts.open_ticket", token=issued.token)


def until(issued: Issued) -> str:
    """Up to when, on a clock in Taiwan, as both languages write it in a mail."""
    return f"{clock.in_taipei(issued.expires_at):%Y-%m-%d %H:%M}"


def issue(*, valid: timedelta, now: datetime, is_mailed: bool, invitation: Invitation | None = None, user: User | None = None) -> Issued:
    """A new ticket for the invitation or the user; older ones of the same no longer open."""
    revoke(invitation=invitation, user=user, now=now)
    token, code = secrets.token_urlsafe(32), "".join(secrets.choice(CODE_LETTERS) for _place in range(CODE_LENGTH))
    db.session.add(Ticket(
        invitation=invitation, user=user, token_hash=_hash(token), code_hash=_code_hash(code), is_mailed=is_mailed, made_at=now,
        expires_at=now + valid,
    ))
    return Issued(token, "-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4)), now + valid)


def revoke(*, now: datetime, invitation: Invitation | None = None, user: User | None = None) -> None:
    """Makes what is still open of the invitation or the user void."""
    same = Ticket.invitation_id == invitation.id if invitation is not None else Ticket.user_id == (user.id if user else None)
    for row in db.session.scalars(sa.select(Ticket).where(same, Ticket.used_at.is_(None), Ticket.revoked_at.is_(None))):
        row.revoked_at = now


def by_token(token: str) -> Ticket | None:
    """The ticket of a link or a QR code, whatever its state."""
    return db.session.scalar(sa.select(Ticket).where(Ticket.token_hash == _hash(token)))


def by_code(typed: str) -> Ticket | None:
    """The ticket of a code as a person types it: small letters, blanks and hyphens are no matter."""
    code = "".join(character for character in typed.upper() if character.isalnum())
    return db.session.scalar(sa.select(Ticket).where(Ticket.code_hash == _code_hash(code)))


def state(ticket: Ticket, now: datetime) -> str:
    """Whether it opens: a word of ``rules.ticket_state``. A ticket of somebody who was deactivated is void."""
    if ticket.user is not None and not ticket.user.is_active:
        return "revoked"
    return rules.ticket_state(expires_at=ticket.expires_at, used_at=ticket.used_at, revoked_at=ticket.revoked_at, now=now)


def take(ticket_id: int, now: datetime) -> Ticket:
    """Uses the ticket. Of two devices at once the second waits for the first and is refused. Raises RuleBroken when it does not open."""
    ticket = db.session.get(Ticket, ticket_id)
    if ticket is not None:
        lock_row(ticket.invitation or ticket.user)  # First whose it is, then the ticket: as whoever withdraws or prints does.
        lock_row(ticket)
    if ticket is None or state(ticket, now) != "open":
        raise RuleBroken(Problem("", "這張單子剛剛失效了：已經用過、過期，或換了新的。沒有任何變動；請向給你單子的人要一張新的。"))
    ticket.used_at = now
    return ticket


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_hash(code: str) -> str:
    return blind_index(code, "ticket.code_hash")  # Keyed: a code is short enough to be tried against a stolen database.
