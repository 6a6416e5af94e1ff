"""What the desk shows: cards that areas register, each for whoever may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Card:
    """One block of the desk: a figure or a few lines, and where to go on."""

    title: Any
    figure: str
    text: Any
    url: str
    order: int = 100


CardMaker = Callable[[Any], Card | None]
CARDS: list[CardMaker] = []


def card(maker: CardMaker) -> CardMaker:
    """Registers a card: ``maker(user)`` gives it, or None when this person has no use for it."""
    CARDS.append(maker)
    return maker


def cards(user: Any) -> list[Card]:
    """The desk of this person, in order."""
    return sorted((made for maker in CARDS if (made := maker(user))), key=lambda one: one.order)
