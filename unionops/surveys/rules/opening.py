"""Whether a questionnaire can be answered at a moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a questionnaire stands; never stored, it follows from its two moments."""

    DRAFT = "draft"
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


def state(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> State:
    """Answers are taken from ``opens_at`` until just before ``closes_at``; without the first it is a draft, without the second it stays open."""
    if opens_at is None:
        return State.DRAFT
    if closes_at is not None and now >= closes_at:
        return State.CLOSED
    return State.PLANNED if now < opens_at else State.OPEN


def last_day(closes_at: datetime) -> date:
    """The last day on which answers are taken; ``closes_at`` in local time is the first moment at which they are not."""
    return (closes_at - timedelta(microseconds=1)).date()
