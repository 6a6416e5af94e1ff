"""The cards of the desk: what each area has to say first thing in the day. Areas register theirs in their ``cards`` module;
``overview`` shows them. Every figure of a card leads to its list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


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


CardMaker = Callable[[Any], Card | None]
CARDS: list[CardMaker] = []


def card(maker: CardMaker) -> CardMaker:
    """Registers a card: ``maker(user)`` gives it, or None when this person has no use for it."""
    CARDS.append(maker)
    return maker


def cards(user: Any) -> list[Card]:
    """The cards of this person, in order."""
    return sorted((made for maker in CARDS if (made := maker(user))), key=lambda one: one.order)
