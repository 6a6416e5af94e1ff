"""Who stands in for whom in the demo union: the president is abroad for a few days soon, and a director signs for him."""

from __future__ import annotations

from datetime import date, timedelta

from unionops.core import clock
from unionops.core.accounts import queries as accounts
from unionops.core.approvals import services
from unionops.core.audit import recording
from unionops.core.db import db


def build(today: date) -> None:
    """Inside the caller's unit; the people are there."""
    people = {user.username: user for user in db.session.scalars(accounts.users())}
    president, director = people["president"], people["director"]
    with recording.acting(president.name, "demo 代理", president.id):
        services.delegate(
            president, director, today + timedelta(days=5), today + timedelta(days=11), "率團赴日本參訪同業工會", role="president", now=clock.now()
        )
