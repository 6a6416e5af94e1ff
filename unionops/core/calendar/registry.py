"""Which kinds of deadlines there are. Areas register theirs when their services are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unionops.core.i18n import _l


@dataclass(frozen=True)
class DeadlineKind:
    """``closes`` says what settles such a deadline; reminders of a ``compulsory`` one cannot be switched off by their reader."""

    name: str
    title: Any
    closes: Any
    compulsory: bool = False


KINDS: dict[str, DeadlineKind] = {}


def deadline_kind(name: str, *, title: Any, closes: Any, compulsory: bool = False) -> str:
    """Registers a kind of deadline; gives its name back, so that it is written once. Raises ValueError when another area has it."""
    made = DeadlineKind(name, title, closes, compulsory)
    if name in KINDS and (str(KINDS[name].title), KINDS[name].compulsory) != (str(title), compulsory):
        raise ValueError(f"deadline kind {name!r} is taken")
    KINDS[name] = made
    return name


OWN = deadline_kind("calendar.own", title=_l("自訂期限"), closes=_l("由負責人自行結案"))
"""A deadline that belongs to no record: somebody noted it."""


def kind_of(name: str) -> DeadlineKind:
    """The kind of this name; one whose area is gone keeps its name as its title."""
    return KINDS.get(name) or DeadlineKind(name, name, "")
