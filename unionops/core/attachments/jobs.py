"""What happens to files by night: scanning what waits, checking that every content is what it was, clearing what nobody names any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from unionops.core.accounts.queries import active_administrators
from unionops.core.attachments import scan, services
from unionops.core.attachments.models import INFECTED, NOT_SCANNED, UNDO, WAITING, Attachment, AttachmentVersion
from unionops.core.attachments.storage import ContentLost, store
from unionops.core.audit import recording
from unionops.core.db import db, intent
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.notify.registry import notice_kind
from unionops.core.notify.services import tell
from unionops.values.refs import Ref

SCANNED_LATER = recording.sentence("attachments.scanned_later", _l("掃毒在附件「%(title)s」發現 %(finding)s，已封存"))
LOST = recording.sentence("attachments.lost", _l("附件「%(title)s」的內容遺失或已被改動"))
FOUND_AGAIN = recording.sentence("attachments.found_again", _l("附件「%(title)s」的內容已還原"))
CLEARED = recording.sentence("attachments.cleared", _l("附件「%(title)s」移除滿 %(days)s 天，清除內容"))
TELL_INFECTED = notice_kind("attachments.infected", title=_l("附件有病毒"), compulsory=True)
TELL_LOST = notice_kind("attachments.lost", title=_l("附件內容遺失"), compulsory=True)
AT_ONCE = 100
ORPHANED = timedelta(days=1)
"""How long a content may lie in the store without a row: longer than any unit of work lasts."""


@job("attachments.scan", cron="*/10 * * * *", title=_l("掃毒等待中的附件"))
def scan_waiting() -> str:
    """Those that wait first, then those of the time before there was a scanner."""
    if not scan.is_configured():
        return ""
    states = (AttachmentVersion.scan == WAITING, AttachmentVersion.scan == NOT_SCANNED)
    verdicts: dict[int, tuple[str, str]] = {}
    for version in _versions(sa.or_(*states), order=states[1], limit=AT_ONCE):  # No transaction is open while the scanner works.
        try:
            verdict = scan.scan(services.content_of(version))
        except (ContentLost, ValueError):
            continue  # ``verify`` says so.
        if verdict[0] == WAITING:
            break  # It does not answer: the rest can wait too.
        verdicts[version.id] = verdict
    for number, (state, finding) in verdicts.items():
        version = db.session.get_one(AttachmentVersion, number)
        version.scan, version.finding = state, finding
        if state == INFECTED:
            owner = version.attachment
            recording.describe(SCANNED_LATER, owner, owner.ref, title=owner.title, finding=finding)
            if version.added_by is not None:
                tell(
                    TELL_INFECTED, [version.added_by], subject=_l("附件「%(title)s」有病毒，已封存", title=owner.title),
                    text=_l("掃毒程式發現 %(finding)s。請勿再開啟原檔，並通知資訊人員檢查那台電腦。", finding=finding),
                    pointer=Ref("attachment", owner.id), urgent=True,
                )
    return f"{len(verdicts)}, {sum(state == INFECTED for state, _finding in verdicts.values())} ✕"


@job("attachments.verify", cron="10 3 * * sun", title=_l("核對附件內容"))
def verify() -> str:
    """Reads every content and compares it with its name; marks those that are lost, and takes the mark from those that are back."""
    checked, lost, was_lost = 0, set(), set()
    after = 0
    while batch := _versions(AttachmentVersion.id > after, order=AttachmentVersion.id, limit=AT_ONCE):
        for version in batch:
            after, checked = version.id, checked + 1
            if version.is_lost:
                was_lost.add(version.id)
            try:
                store().read(version.key)
            except ContentLost as error:
                scan.log.error("content of a file is lost", version=version.id, error=str(error))
                lost.add(version.id)
    for number in lost ^ was_lost:
        version = db.session.get_one(AttachmentVersion, number)
        version.is_lost = number in lost
        owner = version.attachment
        recording.describe(LOST if version.is_lost else FOUND_AGAIN, owner, owner.ref, title=owner.title)
    if lost - was_lost:
        tell(
            TELL_LOST, active_administrators(), subject=_l("%(count)s 份附件的內容遺失或已被改動", count=len(lost - was_lost)),
            text=_l("每週核對時發現。請從備份還原檔案庫；稽核紀錄裡有是哪幾份。"), url="/audit/?action=attachments.lost", urgent=True,
        )
    return f"{checked - len(lost)} ✓ {len(lost)} ✕"


@job("attachments.tidy", cron="20 4 * * *", title=_l("清除沒有人要的附件內容"))
def tidy(now: datetime) -> str:
    """Contents that no row names go from the store; then removed files whose time is over lose their contents' names, so that these go
    the next night. Never both at once: a content is only removed after it is committed that nobody needs it."""
    with intent(write=False), db.engine.connect() as connection:
        named = set(connection.scalars(sa.select(AttachmentVersion.key)))
    idle = [one.key for one in store().each() if one.key not in named and one.at < now - ORPHANED]
    services.keep_tidying_away(alone=True)
    cleared = 0
    while some := list(islice(idle, cleared, cleared + AT_ONCE)):
        wanted_again = set(db.session.scalars(sa.select(AttachmentVersion.key).where(AttachmentVersion.key.in_(some))))
        for key in set(some) - wanted_again:
            store().remove(key)
        cleared += len(some)
    over = sa.select(Attachment).join(AttachmentVersion).where(Attachment.removed_at <= now - UNDO, AttachmentVersion.key != "").distinct()
    for attachment in db.session.scalars(over).all():
        for version in attachment.versions:
            version.key = ""
        recording.describe(CLEARED, attachment, attachment.ref, title=attachment.title, days=UNDO.days)
    return str(cleared)


def _versions(condition: sa.ColumnElement[bool], *, order: sa.ColumnElement[bool] | sa.orm.Mapped[int], limit: int) -> Sequence[AttachmentVersion]:
    """Versions with content, for looking at only, outside any transaction."""
    chosen = sa.select(AttachmentVersion).where(AttachmentVersion.key != "", condition).options(joinedload(AttachmentVersion.attachment))
    with intent(write=False), Session(db.engine, expire_on_commit=False) as own:
        return own.scalars(chosen.order_by(order, AttachmentVersion.id).limit(limit)).all()
