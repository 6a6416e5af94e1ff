"""Which kinds of deadlines there are. Areas register theirs when their services are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unionops.core.i18n import _l


@dataclass(frozen=True)
class DeadlineKind:
    """``closes`` says what settles such a deadline; one settled ``by_hand`` is closed by whoever is in charge, any other by its record.
    Reminders of a ``compulsory`` one cannot be switched off by their reader."""

    name: str
    title: Any
    closes: Any
    compulsory: bool = False
    by_hand: bool = False


KINDS: dict[str, DeadlineKind] = {}


def deadline_kind(name: str, *, title: Any, closes: Any, compulsory: bool = False, by_hand: bool = False) -> str:
    """Registers a kind of deadline; gives its name back, so that it is written once. Raises ValueError when another area has it."""
    made = DeadlineKind(name, title, closes, compulsory, by_hand)
    if name in KINDS and (str(KINDS[name].title), KINDS[name].compulsory) != (str(title), compulsory):
        raise ValueError(f"deadline kind {name!r} is taken")
    KINDS[name] = made
    return name


OWN = deadline_kind("calendar.own", title=_l("自訂期限"), closes=_l("由負責人自行結案"), by_hand=True)
"""A deadline that belongs to no record: somebody noted it."""
STATUTORY = deadline_kind(
    "calendar.statutory", title=_l("法定申報"), closes=_l("送件後由負責人結案，附上送件證明"), compulsory=True, by_hand=True
)
"""A filing of the union as such, for which no area of work keeps a record of its own; its suffix is the rule and the year."""


def kind_of(name: str) -> DeadlineKind:
    """The kind of this name; one whose area is gone keeps its name as its title."""
    return KINDS.get(name) or DeadlineKind(name, name, "")
