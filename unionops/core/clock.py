"""The only reader of the clock. Rules and services take ``today`` or ``now`` as an argument instead."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")


def now() -> datetime:
    """This moment, aware, UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in Taiwan."""
    return datetime.now(TAIPEI).date()


def in_taipei(moment: datetime) -> datetime:
    """The same moment on a wall clock in Taiwan."""
    return moment.astimezone(TAIPEI)
