"""Adding, replacing and removing files, inside the caller's unit.

The content is in the store before its row is written, so a row without content cannot be; what a unit that failed left in the store
is removed by the nightly job. Who may do it is the caller's question (``registry``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import after_this_request, current_app, has_request_context
from werkzeug.datastructures import FileStorage

from unionops.core import search
from unionops.core.accounts.models import User
from unionops.core.attachments import scan, sniff
from unionops.core.attachments.models import INFECTED, MADE, UNDO, Attachment, AttachmentVersion
from unionops.core.attachments.storage import StoreDown, store
from unionops.core.audit import recording
from unionops.core.db import db, intent, keyring, lock_row
from unionops.core.i18n import _l
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ADDED = recording.sentence("attachments.added", _l("附上「%(title)s」"))
REPLACED = recording.sentence("attachments.replaced", _l("「%(title)s」換成第 %(number)s 版"))
REMOVED = recording.sentence("attachments.removed", _l("移除附件「%(title)s」：%(why)s"))
BROUGHT_BACK = recording.sentence("attachments.brought_back", _l("取回附件「%(title)s」"))
FOUND = recording.sentence("attachments.found", _l("拒收檔案「%(name)s」：掃毒發現 %(finding)s"))


def add(
    pointer: Ref, file: FileStorage, *, title: str = "", sensitive: bool = False, by: User | None, now: datetime, field: str = "files"
) -> Attachment:
    """Attaches an uploaded file. Raises RuleBroken, on ``field``, for what is refused; then nothing is kept."""
    return _attach(pointer, examined(file, field), title=title, sensitive=sensitive, by=by, now=now)


def add_content(
    pointer: Ref, content: bytes, name: str, *, title: str = "", by: User | None, now: datetime, sensitive: bool = False
) -> Attachment:
    """The same for a file that the app made itself, such as a signed letter: there is nothing foreign in it to scan."""
    looked = sniff.look(name, content, most=most_bytes())
    return _attach(pointer, (looked, content, MADE), title=title, sensitive=sensitive, by=by, now=now)


def new_version(attachment: Attachment, file: FileStorage, *, by: User | None, now: datetime, field: str = "files") -> AttachmentVersion:
    """A newer content for the same attachment; the older ones stay. Raises RuleBroken as ``add`` does."""
    given = examined(file, field)
    lock_row(attachment)  # Two who replace it at once take two numbers.
    _refuse_removed(attachment)
    version = _keep(attachment, given, attachment.newest.number + 1, by, now)
    recording.describe(REPLACED, attachment, attachment.ref, title=attachment.title, number=version.number)
    return version


def remove(attachment: Attachment, *, why: str, by: User | None, now: datetime) -> None:
    """Takes the file off its record, with a reason. Its content can be brought back for ``models.UNDO``."""
    lock_row(attachment)
    _refuse_removed(attachment)
    if not why.strip():
        raise RuleBroken(problem("why", "請寫下移除的原因。"))
    attachment.removed_at, attachment.removed_by_id, attachment.removed_why = now, _id(by), why.strip()
    search.forget("attachment", [attachment.id])
    recording.describe(REMOVED, attachment, attachment.ref, title=attachment.title, why=attachment.removed_why)


def bring_back(attachment: Attachment, *, now: datetime) -> None:
    """Undoes ``remove`` while the content is still kept. Raises RuleBroken afterwards."""
    lock_row(attachment)
    if not attachment.can_come_back(now):
        raise RuleBroken(problem("", "移除超過 %(days)s 天，內容已經清除，不能取回。", days=UNDO.days))
    attachment.removed_at, attachment.removed_by_id, attachment.removed_why = None, None, ""
    _indexed(attachment)
    recording.describe(BROUGHT_BACK, attachment, attachment.ref, title=attachment.title)


def move(old: Ref, new: Ref) -> None:
    """Puts all files of one record on to another one, when two records are made into one."""
    for one in db.session.scalars(sa.select(Attachment).where(Attachment.ref_kind == old.kind, Attachment.ref_id == old.id)):
        one.ref_kind, one.ref_id = new.kind, new.id


def drop(pointer: Ref) -> None:
    """Takes all files from a record that is itself removed for good, so that none of them turns up on a later record of the same number;
    their contents go with the nightly job."""
    for one in db.session.scalars(sa.select(Attachment).where(Attachment.ref_kind == pointer.kind, Attachment.ref_id == pointer.id)):
        search.forget("attachment", [one.id])
        db.session.delete(one)


def most_bytes() -> int:
    """How large a file may be."""
    most: int = current_app.config["ATTACHMENT_MEGABYTES"]
    return most << 20


Examined = tuple[sniff.Looked, bytes, str]
"""What a file is, its content, and what the scanner said."""


def look(file: FileStorage, field: str = "files") -> tuple[sniff.Looked, bytes]:
    """What an uploaded file is, and its content. Raises RuleBroken."""
    file.stream.seek(0)  # A form may have looked at it before.
    content = file.stream.read(most_bytes() + 1)
    return sniff.look(file.filename or "", content, most=most_bytes(), field=field), content


def examined(file: FileStorage, field: str = "files") -> Examined:
    """The same, and scanned. Raises RuleBroken."""
    looked, content = look(file, field)
    state, finding = scan.scan(content)
    if state == INFECTED:
        _tell_finding(looked.name, finding)
        raise RuleBroken(problem(
            field, "「%(name)s」沒有存入：掃毒程式發現 %(finding)s。請勿再開啟原檔，並通知資訊人員檢查這台電腦。", name=looked.name, finding=finding
        ))
    return looked, content, state


def keep_tidying_away(*, alone: bool = False) -> None:
    """Until the end of the unit no content leaves the store: what is put there now gets its row first. ``alone`` is for who removes.

    On SQLite whoever writes is alone anyway.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({_STORE_LOCK})"))


_STORE_LOCK = 7_036_421


def content_of(version: AttachmentVersion) -> bytes:
    """The content, checked and decrypted. Raises ContentLost, StoreDown, and ValueError when its key is missing.

    Whole, never part by part: nothing of a sensitive file may be shown before all of it has been found genuine.
    """
    kept = store().read(version.key)
    return keyring().decrypt_bytes(kept, version.place) if version.attachment.is_sensitive else kept


def _attach(pointer: Ref, given: Examined, *, title: str, sensitive: bool, by: User | None, now: datetime) -> Attachment:
    name = given[0].name
    attachment = Attachment(
        ref_kind=pointer.kind, ref_id=pointer.id, title=title.strip()[:120] or name.rpartition(".")[0] or name, is_sensitive=sensitive,
        added_at=now, added_by_id=_id(by), removed_why="",
    )
    db.session.add(attachment)
    db.session.flush()  # The encryption is bound to its number.
    _keep(attachment, given, 1, by, now)
    recording.describe(ADDED, attachment, pointer, title=attachment.title)
    return attachment


def _keep(attachment: Attachment, given: Examined, number: int, by: User | None, now: datetime) -> AttachmentVersion:
    looked, content, state = given
    version = AttachmentVersion(
        attachment_id=attachment.id, number=number, name=looked.name, media_type=looked.media_type, preview=looked.preview, size=len(content),
        scan=state, finding="", added_at=now, added_by_id=_id(by),
    )
    keep_tidying_away()
    try:
        version.key = store().put(keyring().encrypt_bytes(content, version.place) if attachment.is_sensitive else content)
    except StoreDown as down:
        scan.log.error("file store does not answer", error=str(down))
        raise RuleBroken(problem("", "檔案庫現在不能存檔，這份表單沒有送出，資料沒有變動。請稍後再試；再送時檔案要重新選取。")) from down
    db.session.add(version)
    db.session.flush()
    db.session.expire(attachment, ["versions"])
    _indexed(attachment)
    return version


def _indexed(attachment: Attachment) -> None:
    search.put("attachment", attachment.id, search.words_of(attachment.title, attachment.newest.name))


def _refuse_removed(attachment: Attachment) -> None:
    if attachment.removed_at is not None:
        raise RuleBroken(problem("", "這份附件已經移除。"))


def _id(user: Any) -> int | None:
    return user.id if user is not None else None


def _tell_finding(name: str, finding: str) -> None:
    """Says it in the audit although the unit is about to be rolled back, and as soon as it is: SQLite has one writer."""
    if has_request_context():

        @after_this_request
        def told(response: Any) -> Any:
            with intent(write=False):  # Who it was is read anew after the rollback; that must not take the writer's place.
                recording.event_happened(FOUND, name=name, finding=finding)
            return response
