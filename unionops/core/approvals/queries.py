"""Reads of approvals: what waits for somebody, what he asked, what was decided, the history of a record."""

from __future__ import annotations

from unionops.core.accounts.models import User
from unionops.core.approvals.models import Approval
from unionops.values.refs import Ref


def waiting_for(user: User, *, limit: int | None = None) -> list[Approval]:
    """What this person may decide now, the longest waiting first."""
    raise NotImplementedError


def waiting_count(user: User) -> int:
    """How much waits for this person."""
    raise NotImplementedError


def of_record(pointer: Ref) -> list[Approval]:
    """Every asking about a record, the latest first, for ``approval_history``."""
    raise NotImplementedError
