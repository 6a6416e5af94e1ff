"""Which kinds of notices there are, and where the records of other areas have their mail address. Areas register theirs when they are
loaded; nothing here knows who reads them."""

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


@dataclass(frozen=True)
class Mailbox:
    """How the records of one kind are written to. ``email`` is an SQL expression over ``model``: "" for who has none, NULL for who must not be
    written to at all any more (somebody who died)."""

    model: type[Any]
    email: Any


MAILBOXES: dict[str, Mailbox] = {}
"""kind of record (``core.refs``) → how it is written to"""


def reached_by(kind: str, model: type[Any], *, email: Any) -> None:
    """Says how the records of a kind are written to, so that areas below theirs can write to many in one statement."""
    MAILBOXES[kind] = Mailbox(model, email)


def title_of(kind: str) -> Any:
    """How people call the kind; its own name when no area knows it any more."""
    return KINDS[kind].title if kind in KINDS else kind
