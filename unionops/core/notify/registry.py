"""Which kinds of notices there are. Areas register theirs when their services are loaded; nothing here knows who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NoticeKind:
    """``compulsory``: nobody may switch it off, only move its mail into the daily one."""

    name: str
    title: Any
    compulsory: bool = False


KINDS: dict[str, NoticeKind] = {}


def notice_kind(name: str, *, title: Any, compulsory: bool = False) -> str:
    """Registers a kind of notice; gives its name back, so that it is written once. Raises ValueError when another area has it."""
    made = NoticeKind(name, title, compulsory)
    if name in KINDS and (str(KINDS[name].title), KINDS[name].compulsory) != (str(title), compulsory):
        raise ValueError(f"notice kind {name!r} is taken")
    KINDS[name] = made
    return name


def title_of(kind: str) -> Any:
    """How people call the kind; its own name when no area knows it any more."""
    return KINDS[kind].title if kind in KINDS else kind
