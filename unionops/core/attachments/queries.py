"""What is attached to a record, and who opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from unionops.values.refs import Ref


@dataclass(frozen=True)
class AttachmentView:
    """One file as a record's page shows it (its newest version)."""

    id: int
    title: str
    name: str
    media_type: str
    preview: str
    size: int
    is_sensitive: bool
    scan: str
    versions: int
    added_at: datetime
    added_by: str


def of_record(pointer: Ref) -> list[AttachmentView]:
    """The files of a record, oldest first, without the removed ones; one statement. Whoever sees the record may see them."""
    raise NotImplementedError
