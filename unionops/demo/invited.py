"""Who is asked into the demo union and has not come yet: one invitation with a slip, and one with roles that should not meet."""

from __future__ import annotations

from datetime import datetime

from unionops.core.accounts import services as accounts
from unionops.core.accounts.models import User


def build(by: User, now: datetime) -> None:
    """An invitation of a new member of staff, printed; one of a director who shall also keep the accounts, not yet handed over."""
    clerk = accounts.invitations.invite("許家豪", wanted=[("staff", None)], by=by, now=now)
    accounts.invitations.printed(clerk, now=now)
    accounts.invitations.invite(
        "鄭麗華", email="cheng@stage-union.example.tw", wanted=[("director", None), ("accountant", None)], by=by, now=now
    )
