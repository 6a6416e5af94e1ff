"""Reads: whether this installation waits for its set-up, and how far that is."""

from __future__ import annotations

import sqlalchemy as sa

from unionops.core.accounts.models import UserRole
from unionops.core.db import db, intent
from unionops.core.setup.models import SetupState

_NOBODY = ~sa.exists().where(UserRole.role == "administrator")
_OPEN = sa.select(SetupState.code_index).where(SetupState.finished_at.is_(None), _NOBODY)


def is_open() -> bool:
    """Whether everybody is led to the wizard: a code was made, and there is no administrator yet. Asked before the request's own unit."""
    with intent(write=False), db.engine.connect() as own:
        return own.execute(_OPEN).first() is not None


def open_state(*, lock: bool) -> SetupState | None:
    """The state of a set-up that is not finished; None when there is none any more. ``lock``: until the end of the unit nobody else
    takes a step, and whoever waited for it sees what the one before has done."""
    found = sa.select(SetupState).where(SetupState.finished_at.is_(None))
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    state = db.session.scalar(found)
    return None if state is None or has_administrator() else state


def has_administrator() -> bool:
    """Whether anybody administers this installation."""
    return db.session.scalar(sa.select(UserRole.id).where(UserRole.role == "administrator").limit(1)) is not None
