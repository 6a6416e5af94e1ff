"""Adding, replacing and removing files, inside the caller's unit. The content is in the store before the row is written."""

from __future__ import annotations

from datetime import datetime

from werkzeug.datastructures import FileStorage

from unionops.core.accounts.models import User
from unionops.core.attachments.models import Attachment, AttachmentVersion
from unionops.values.refs import Ref


def add(pointer: Ref, file: FileStorage, *, title: str = "", sensitive: bool = False, by: User | None, now: datetime) -> Attachment:
    """Attaches an uploaded file. Raises RuleBroken (field ``files``) for what is refused; then nothing is kept."""
    raise NotImplementedError


def add_content(
    pointer: Ref, content: bytes, name: str, *, title: str = "", by: User | None, now: datetime, sensitive: bool = False
) -> Attachment:
    """The same for a file that the app made itself, such as a signed letter."""
    raise NotImplementedError


def new_version(attachment: Attachment, file: FileStorage, *, by: User | None, now: datetime) -> AttachmentVersion:
    """A newer content for the same attachment; the older ones stay. Raises RuleBroken as ``add`` does."""
    raise NotImplementedError


def remove(attachment: Attachment, *, why: str, by: User | None, now: datetime) -> None:
    """Takes the file off its record, with a reason. Its content can be brought back for ``models.UNDO``."""
    raise NotImplementedError


def bring_back(attachment: Attachment, *, now: datetime) -> None:
    """Undoes ``remove`` while the content is still kept. Raises RuleBroken afterwards."""
    raise NotImplementedError
