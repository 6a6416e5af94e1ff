"""Where the content of files lies: a folder, or an S3-compatible service. One way in, one way out, whichever it is.

Contents are named by the SHA-256 of the bytes kept (equal contents are kept once) and never change under their name, so every
read and every check can tell whether they are still what they were. Sensitive contents are encrypted before they come here.
Knows no rows: which contents are still wanted is for ``jobs``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, NamedTuple, Protocol


class StoreDown(Exception):
    """The store does not answer or takes nothing more: nothing was kept; try again later."""


class ContentLost(Exception):
    """The content of this name is missing, or is no longer what was kept."""


class Kept(NamedTuple):
    """One content in the store: its name, its size in bytes, when it was last put there."""

    key: str
    size: int
    at: datetime


class Store(Protocol):
    """What both kinds of store do. Every method raises StoreDown when the store cannot be used."""

    def put(self, content: bytes) -> str:
        """Keeps the content, whole or not at all, and gives its key. What is there already is written anew: that heals a damaged copy."""

    def read(self, key: str) -> bytes:
        """The content, checked against its key. Raises ContentLost."""

    def open(self, key: str) -> BinaryIO:
        """The content as a stream, unchecked (for backups, which check for themselves). Raises ContentLost when it is missing."""

    def put_raw(self, key: str, stream: BinaryIO) -> None:
        """Keeps what the stream gives under ``key`` (for a restore). Raises ContentLost when it is not the content of that key."""

    def remove(self, key: str) -> None:
        """Removes the content; one that is not there is no error."""

    def each(self) -> Iterator[Kept]:
        """Everything in the store, one after another."""


def store() -> Store:
    """The store of the running app."""
    raise NotImplementedError
