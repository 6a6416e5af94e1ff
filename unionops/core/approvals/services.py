"""Asking for approval, deciding, withdrawing; handing one's approvals to somebody while away.

Everything runs inside the caller's unit, what the chain's area does upon the end included. Says nothing about who may: ``rules``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from unionops.core.accounts.models import User
from unionops.core.approvals.models import Approval, Delegation


@dataclass(frozen=True)
class Resolution:
    """What a body resolved: number, day and wording as in its minutes."""

    number: str
    on: date
    text: str


def ask(record: Any, chain: str, *, by: User, note: str = "", now: datetime) -> Approval:
    """Lays the stored record before the first step of the chain. Raises RuleBroken when it waits there already."""
    raise NotImplementedError


def decide(
    approval: Approval, *, by: User, verdict: str, reason: str = "", now: datetime, resolution: Resolution | None = None,
    place: int | None = None,
) -> str:
    """Decides the step that waits; returns how the whole now stands: "" (the next one waits), approved, returned, rejected, or void
    because the record has changed since it was asked. Raises RuleBroken when ``by`` may not, or came second."""
    raise NotImplementedError


def withdraw(approval: Approval, *, by: User, now: datetime, why: str = "") -> None:
    """The maker takes it back while it waits. Raises RuleBroken for anybody else, or when it has ended."""
    raise NotImplementedError


def delegate(user: User, to: User, from_on: date, until_on: date, why: str = "", *, role: str = "", now: datetime) -> Delegation:
    """``to`` decides for ``user`` on these days. Raises RuleBroken for people or days that cannot be."""
    raise NotImplementedError


def end_delegation(delegation: Delegation, *, now: datetime) -> None:
    """Ends it at once."""
    raise NotImplementedError
