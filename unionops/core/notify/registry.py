"""Which kinds of notices there are. Areas register theirs when their services are loaded; nothing here knows who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NoticeKind:
    """``compulsory``: nobody may switch it off, only move its mail into the daily one. Without ``choice`` nobody is asked how he wants it:
    a mail that answers what somebody has just done (an invitation, a test)."""

    name: str
    title: Any
    compulsory: bool = False
    choice: bool = True


KINDS: dict[str, NoticeKind] = {}


def notice_kind(name: str, *, title: Any, compulsory: bool = False, choice: bool = True) -> str:
    """Registers a kind of notice; gives its name back, so that it is written once. Raises ValueError when the name is taken."""
    made = NoticeKind(name, title, compulsory, choice)
    if KINDS.setdefault(name, made) != made:
        raise ValueError(f"notice kind {name!r} is taken")
    return name


def title_of(kind: str) -> Any:
    """How people call the kind; its own name when no area knows it any more."""
    return KINDS[kind].title if kind in KINDS else kind
