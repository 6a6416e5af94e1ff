"""Conditions about the days of memberships, for statements over many: who is inside, which dated row holds, by which number somebody is known.

What they say of one membership is ``rules.membership``'s; what else decides about somebody is ``standing``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from unionops.members.models import Membership


def in_force(first: Any, last: Any = None) -> sa.ColumnElement[bool]:
    """Memberships whose dates are in force on a day, or at any time until ``last``; the day of leaving is the first day outside."""
    joined, left = Membership.joined_on, Membership.left_on
    return sa.and_(sa.or_(joined.is_(None), joined <= (first if last is None else last)), sa.or_(left.is_(None), left > first))


def holds(row: Any, first: Any, last: Any = None) -> sa.ColumnElement[bool]:
    """Rows with ``from_on`` and ``until_on`` (both included, None without end) that hold on a day, or at any time until ``last``."""
    return sa.and_(
        sa.or_(row.from_on.is_(None), row.from_on <= (first if last is None else last)), sa.or_(row.until_on.is_(None), row.until_on >= first),
    )


def member_number(person_id: Any) -> sa.ScalarSelect[str]:
    """The member number of the newest stay of whoever this column names."""
    newest = sa.select(Membership.number).where(Membership.person_id == person_id).order_by(Membership.id.desc()).limit(1)
    return newest.correlate(person_id.class_).scalar_subquery()
