"""Which backups are kept, and when one is too old. Pure: moments in, moments out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

DAILY, WEEKLY, MONTHLY = 7, 4, 12
"""How many days, weeks and months keep the newest backup of each."""
TOO_OLD = timedelta(days=2)
AGAIN = timedelta(days=6, hours=12)
"""After how long people are told again: a week, less what one morning's look may be late."""
_TAIPEI = timezone(timedelta(hours=8))


def kept(made: Iterable[datetime]) -> set[datetime]:
    """Those of the backups ``made`` (aware moments) that stay: the newest of each of the newest 7 days, 4 ISO weeks and 12 months that
    have any, in Taiwan time. Days without a backup do not count, so a machine that was off for a month keeps as much as before."""
    newest_first = sorted(made, reverse=True)
    stay: set[datetime] = set()
    for count, period in ((DAILY, "%Y-%m-%d"), (WEEKLY, "%G-%V"), (MONTHLY, "%Y-%m")):
        seen: dict[str, datetime] = {}
        for moment in newest_first:
            seen.setdefault(moment.astimezone(_TAIPEI).strftime(period), moment)
        stay.update(list(seen.values())[:count])
    return stay


def is_overdue(last_good: datetime | None, now: datetime) -> bool:
    """Whether the last good backup is older than two days, or there never was one."""
    return last_good is None or now - last_good > TOO_OLD


def tells(last_good: datetime | None, last_told: datetime | None, now: datetime) -> bool:
    """Whether people are to be told now that there is no backup of these days: when it begins, and every week while it lasts."""
    if not is_overdue(last_good, now):
        return False
    return last_told is None or (last_good is not None and last_told < last_good) or now - last_told >= AGAIN
