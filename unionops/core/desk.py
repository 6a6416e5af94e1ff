"""The cards of the desk: what each area has to say first thing in the day. Areas register theirs in their ``cards`` module;
``overview`` shows them. Every figure of a card leads to its list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.together import Together


@dataclass(frozen=True)
class Figure:
    """One number of a card, with its unit."""

    label: Any
    value: Any
    unit: Any = ""
    note: Any = ""


@dataclass(frozen=True)
class Card:
    """One block at the side of the desk: the figures that decide, a sentence, and where to go on."""

    title: Any
    figures: Sequence[Figure]
    url: str
    link: Any
    text: Any = ""
    order: int = 100


Found = Mapping[str, list[Any]]
"""What a card asked for: the name of each read → its rows."""
CardMaker = Callable[[Any, Found], Card | None]
When = Callable[[Any], bool]


class _Maker(NamedTuple):
    when: When
    reads: Mapping[str, sa.Select[Any]]
    make: CardMaker


CARDS: list[_Maker] = []


def card(when: When, **reads: sa.Select[Any]) -> Callable[[CardMaker], CardMaker]:
    """Registers a card for those of whom ``when(user)`` holds: ``maker(user, found)`` gives it, or None when there is nothing to say.

    ``reads`` are small SELECTs, as ``core.together`` takes them; those of all cards are asked in one statement and come as ``found``. They
    may ask for ``today`` (``bindparam("today", type_=Date)``), never for what somebody is limited to: such cards read for themselves.
    """

    def register(maker: CardMaker) -> CardMaker:
        CARDS.append(_Maker(when, reads, maker))
        return maker

    return register


def cards(user: Any) -> list[Card]:
    """The cards of this person, in order."""
    wanted = tuple(at for at, one in enumerate(CARDS) if one.when(user))
    found = asked(today=clock.today()) if (asked := _asked(wanted)) is not None else {}
    made = (CARDS[at].make(user, {name: found[f"{name}_{at}"] for name in CARDS[at].reads}) for at in wanted)
    return sorted((one for one in made if one is not None), key=lambda one: one.order)


@lru_cache(maxsize=100)
def _asked(wanted: tuple[int, ...]) -> Together | None:
    reads = {f"{name}_{at}": select for at in wanted for name, select in CARDS[at].reads.items()}
    return Together(**reads) if reads else None
