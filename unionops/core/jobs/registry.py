"""Which jobs there are and when each is due. Areas register theirs from their ``jobs`` module. Runs nothing."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from apscheduler.triggers.cron import CronTrigger

from unionops.core.clock import TAIPEI, in_taipei

F = TypeVar("F", bound=Callable[..., Any])
_WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=367), timedelta(days=4 * 366))


@dataclass(frozen=True)
class Job:
    """A function that is called when ``cron`` (five fields, Taiwan time) says so.

    It takes ``now`` (aware) or ``today`` or neither, works inside one unit, and may return a line about what it did.
    """

    name: str
    function: Callable[..., Any]
    cron: str
    title: Any

    @property
    def trigger(self) -> CronTrigger:
        return CronTrigger.from_crontab(self.cron, timezone=TAIPEI)

    def next_due(self, now: datetime) -> datetime | None:
        """The first time after ``now``; None for a date that never comes."""
        return _after(self.trigger, now)

    def last_due(self, now: datetime) -> datetime | None:
        """The newest time that is not after ``now``; None if there was none in four years."""
        trigger = self.trigger
        for window in _WINDOWS:  # A trigger only counts forward: begin near, so that a job of every minute is no long count.
            found, due = None, _after(trigger, now - window)
            while due is not None and due <= now:
                found, due = due, _after(trigger, due)
            if found is not None:
                return found
        return None

    def call(self, now: datetime) -> str:
        """Runs the function; what it returns, as text."""
        known = {"now": now, "today": in_taipei(now).date()}
        said = self.function(**{name: known[name] for name in inspect.signature(self.function).parameters})
        return "" if said is None else str(said)


JOBS: dict[str, Job] = {}


def job(name: str, *, cron: str, title: Any) -> Callable[[F], F]:
    """Registers the function under it as the job ``name``. Raises ValueError for what could never run as meant."""

    def register(function: F) -> F:
        if name in JOBS and JOBS[name].function.__qualname__ != function.__qualname__:
            raise ValueError(f"job {name!r} is taken")
        if not inspect.signature(function).parameters.keys() <= {"now", "today"}:
            raise ValueError(f"job {name!r} may take only now and today")
        if re.search(r"\d", cron.split()[-1]):
            # The library counts Monday as 0 where cron counts Sunday: a name cannot be misread.
            raise ValueError(f"job {name!r}: write days of the week as mon, tue …")
        made = Job(name, function, cron, title)
        made.trigger  # noqa: B018  A wrong cron line must stop the start.
        JOBS[name] = made
        return function

    return register


def _after(trigger: CronTrigger, moment: datetime) -> datetime | None:
    return trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
