"""Telling people: one call writes the bell, the mails and the letters of everybody concerned, inside the caller's unit.

Nothing is sent here: the rows of the outbox are committed together with what they tell of, so that a mail never speaks of what was
rolled back, and none is lost that was not. ``sending`` takes them from there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale

from unionops.core import clock, refs
from unionops.core.addresses import public_address
from unionops.core.attachments.models import AttachmentVersion
from unionops.core.audit import recording
from unionops.core.db import bulk_insert, db, keyring
from unionops.core.i18n import LOCALES, _, _l
from unionops.core.notify import rules
from unionops.core.notify.models import ADDRESS, Delivery, Notice, NoticeChoice
from unionops.core.notify.registry import KINDS, notice_kind
from unionops.values.problems import RuleBroken, _m, problem
from unionops.values.refs import Ref

OFFICE = notice_kind("notify.office", title=_l("會務通知"))
"""What the office tells people of and no area has a kind of its own for."""

recording.sentence("notify.told", _l("通知 %(people)s 人（%(kind)s）"))
recording.sentence("notify.mailed", _l("寄給 %(name)s：%(kind)s"))
recording.sentence("notify.secrets_mailed", _l("寄給 %(people)s 人：%(kind)s"))

MOST_MEGABYTES = 20
"""What files may weigh in one mail: many mailboxes take no more than 25 MB, and what is mailed grows by a third."""


@dataclass(frozen=True)
class Reader:
    """Somebody without an account, or with another address than the account's: reached by mail, or by a printed letter."""

    name: str
    email: str = ""
    postal_address: str = ""
    locale: str = ""
    user_id: int | None = None


@dataclass(frozen=True)
class _Texts:
    """One notice in one language, for people with or without an account: as it stands in the app, and as it leaves the app."""

    subject: str
    text: str
    mail_subject: str
    mail_text: str


def tell(
    kind: str, people: Iterable[Any], *, subject: Any, text: Any, pointer: Ref | None = None, url: str = "", urgent: bool = False
) -> int:
    """Tells people of something, each in his own language and the way he chose; how many there were.

    ``people`` are users (bell, and mail by their choice) or ``Reader``s. ``subject`` and ``text`` may be lazy. ``pointer`` names the record
    it is about, ``url`` a page instead; of a confidential kind of record nothing but "something needs you" leaves the app. ``urgent``
    mails leave first and never wait for the daily one. Raises LookupError for a kind nobody registered.
    """
    known = KINDS[kind] if kind in KINDS else _unknown(kind)
    chosen = {one.user_id: rules.Ways(one.bell, one.mail) for one in db.session.scalars(sa.select(NoticeChoice).where(NoticeChoice.kind == kind))}
    now = clock.now()
    texts: dict[tuple[str, bool], _Texts] = {}
    ref_kind, ref_id = (pointer.kind, pointer.id) if pointer is not None else (None, None)
    bells: list[tuple[Any, ...]] = []
    rows: list[dict[str, Any]] = []
    users: set[int] = set()
    count = 0
    for reader in map(_reader, people):
        if reader is None or reader.user_id in users:
            continue
        count += 1
        language = reader.locale if reader.locale in LOCALES else "zh_Hant_TW"
        form = (language, reader.user_id is not None)
        if form not in texts:
            texts[form] = _texts(*form, subject, text, pointer, url)
        told = texts[form]
        ways = rules.Ways(bell=False)
        if reader.user_id is not None:
            users.add(reader.user_id)
            ways = rules.allowed(chosen.get(reader.user_id, rules.Ways()), compulsory=known.compulsory)
        if ways.bell:
            bells.append((reader.user_id, kind, told.subject, told.text, url, ref_kind, ref_id, now))
        mail = rules.AT_ONCE if urgent and ways.mail == rules.DIGEST else ways.mail
        if mail != rules.NONE and (reader.email or reader.user_id is None):
            rows.append(_row(
                reader, language, kind=kind, subject=told.mail_subject, body=told.mail_text, held=mail == rules.DIGEST,
                priority=rules.URGENT if urgent else rules.NORMAL, ref_kind=ref_kind, ref_id=ref_id, now=now,
            ))
    bulk_insert(
        Notice.__table__, ("user_id", "kind", "subject", "text", "url", "ref_kind", "ref_id", "asked_at"), bells, reason="notice",  # type: ignore[arg-type]
    )
    if rows:
        columns = tuple(rows[0])
        bulk_insert(Delivery.__table__, columns, [tuple(row.values()) for row in rows], reason="notice_delivery")  # type: ignore[arg-type]
    if count:
        recording.describe("notify.told", people=count, kind=known.title)
    return count


def mail_secret(reader: Any, *, subject: Any, text: Any, kind: str) -> Delivery:
    """A mail with a secret in it (an invitation, a new password's link): leaves first, never in the daily mail, never behind the bell.

    Its text is encrypted until it is sent and wiped right after. ``kind`` is registered like any other, so that the outbox can name it.
    Raises RuleBroken when the address is none.
    """
    return _single(reader, kind, subject, text, None, priority=rules.URGENT, secret=True)


def mail_secrets(letters: Iterable[tuple[Reader, Any]], *, subject: Any, kind: str, pointer: Ref | None = None) -> list[int]:
    """The same to many, each with a text of his own: (reader, text). Gives the ids of the rows, in that order.

    They leave after what is urgent; an address that is none stands in the outbox as given up, and keeps no text.
    """
    known = KINDS[kind] if kind in KINDS else _unknown(kind)
    now, rows, subjects = clock.now(), [], {}
    ref_kind, ref_id = (pointer.kind, pointer.id) if pointer is not None else (None, None)
    for reader, text in letters:
        language = reader.locale if reader.locale in LOCALES else "zh_Hant_TW"
        with force_locale(language):
            if language not in subjects:
                subjects[language] = rules.one_line(str(subject))[:200]
            row = _row(
                reader, language, kind=kind, subject=subjects[language], body=str(text), held=False, priority=rules.NORMAL, ref_kind=ref_kind,
                ref_id=ref_id, now=now,
            )
        rows.append(row | {"secret": True} | ({"subject": None, "body": None} if row["failure"] else {}))
    if not rows:
        return []
    bulk_insert(Delivery.__table__, tuple(rows[0]), [tuple(row.values()) for row in rows], reason="notice_delivery")  # type: ignore[arg-type]
    recording.describe("notify.secrets_mailed", people=len(rows), kind=known.title)
    made = dict(db.session.execute(sa.select(Delivery.message_id, Delivery.id).where(Delivery.asked_at == now, Delivery.kind == kind)).all())
    return [made[row["message_id"]] for row in rows]


def can_be_mailed() -> bool:
    """Whether a link can leave by mail: somebody must carry it, and the address in it must be set. The address that a browser asked for
    could be anybody's, who would then be sent the secret."""
    return bool(current_app.config["SMTP_URL"] and current_app.config["PUBLIC_URL"])


def mail_files(
    reader: Reader, *, kind: str, subject: Any, text: Any, files: Sequence[int], pointer: Ref | None = None
) -> Delivery:
    """A letter of the union itself to somebody outside, as written, with files (``files``: ids of versions of attachments) and without any
    way into the app; it may be answered. Gives its row, already numbered.

    Whoever calls has seen to it that these files may go to this reader. Raises RuleBroken when the address is none, when the files are too large
    for a mail, and for whatever belongs to a confidential kind of record.
    """
    known = refs.KINDS.get(pointer.kind) if pointer is not None else None
    if known is not None and known.confidential:
        raise RuleBroken(problem("files", _m("這類資料涉及保密，檔案不以電子郵件寄送。")))
    size = db.session.scalar(sa.select(sa.func.sum(AttachmentVersion.size)).where(AttachmentVersion.id.in_(files))) or 0
    if size > MOST_MEGABYTES * 1024 * 1024:
        raise RuleBroken(problem(
            "files", _m("附件共 %(size)s MB，超過 %(most)s MB，多數信箱收不下。請分次寄送或改寄紙本。"), size=-(-size // 2**20), most=MOST_MEGABYTES
        ))
    return _single(reader, kind, subject, text, pointer, files=list(files) or None)


def _single(reader: Any, kind: str, subject: Any, text: Any, pointer: Ref | None, *, priority: int = rules.NORMAL, **values: Any) -> Delivery:
    """One row of the outbox by itself. Raises RuleBroken when the address is none."""
    known = KINDS[kind] if kind in KINDS else _unknown(kind)
    found = _reader(reader)
    if found is None:
        raise ValueError("no mail for somebody whose account is closed")
    rules.mail_address(found.email, "email")
    language = found.locale if found.locale in LOCALES else "zh_Hant_TW"
    with force_locale(language):
        row = _row(
            found, language, kind=kind, subject=rules.one_line(str(subject))[:200], body=str(text), held=False, priority=priority,
            ref_kind=pointer.kind if pointer else None, ref_id=pointer.id if pointer else None, now=clock.now(),
        )
    made = Delivery(**row | values)
    db.session.add(made)
    db.session.flush()  # Its number is how the caller finds it again.
    recording.describe("notify.mailed", name=found.name, kind=known.title)
    return made


def _unknown(kind: str) -> Any:
    raise LookupError(f"no notice kind {kind!r}")


def _reader(person: Any) -> Reader | None:
    """A user as a reader; None for a closed account."""
    if isinstance(person, Reader):
        return person
    return Reader(person.name, person.email, "", person.locale, person.id) if person.is_active else None


def _texts(language: str, has_account: bool, subject: Any, text: Any, pointer: Ref | None, url: str) -> _Texts:
    with force_locale(language):
        plain, told = rules.one_line(str(subject))[:200], str(text)
        kind = refs.KINDS.get(pointer.kind) if pointer is not None else None
        if kind is not None and kind.confidential:  # Its very address would say what it is about.
            way = _way_in(public("notify.inbox")) if has_account else _("請與工會聯絡。")
            return _Texts(plain, told, _("有一件事項需要您處理"), "\n\n".join((_("內容涉及保密，不在信中說明。"), way)))
        way = ""
        if url:
            way = _way_in(absolute(url))
        elif kind is not None and pointer is not None and has_account:  # Nobody else could open the record's page.
            way = _way_in(public(kind.endpoint, **({kind.argument: pointer.id} if kind.argument else {})))
        return _Texts(plain, told, plain, "\n\n".join(part for part in (told, way) if part))


def _way_in(link: str) -> str:
    return _("詳情：%(link)s", link=link) if link else _("詳情請登入工會系統查看。")


def public(endpoint: str, **values: Any) -> str:
    """The whole address of a page below ``PUBLIC_URL``; empty without. Never from the address a browser asked for: whoever asks could
    write any into a mail."""
    return public_address(endpoint, **values) if current_app.config["PUBLIC_URL"] else ""


def absolute(url: str) -> str:
    """An address within the app as it leaves the app; empty without ``PUBLIC_URL``."""
    base = current_app.config["PUBLIC_URL"]
    if url.startswith(("https://", "http://")) or not base:
        return url if base or url.startswith("http") else ""
    path = urlsplit(base).path
    return base.removesuffix(path) + url if path and url.startswith(path + "/") else base + url


def _row(
    reader: Reader, language: str, *, kind: str, subject: str, body: str, held: bool, priority: int, ref_kind: str | None, ref_id: int | None,
    now: Any,
) -> dict[str, Any]:
    """One row of the outbox. An address that is none is given up at once: the outbox shows it with what helps."""
    channel = rules.MAIL if reader.email.strip() else rules.PAPER
    address, failure = (reader.email.strip() or reader.postal_address.strip()), ""
    if channel == rules.MAIL:
        try:
            address = rules.mail_address(address)
        except RuleBroken:
            failure = "address"
    waits = channel == rules.MAIL and not held and not failure
    return {
        "channel": channel, "kind": kind, "user_id": reader.user_id, "name": rules.one_line(reader.name)[:80], "locale": language,
        "address": address, "address_key": keyring().blind(address.casefold(), ADDRESS) if address else "",
        "subject": subject, "body": body, "message_id": secrets.token_hex(16), "priority": priority, "secret": False, "is_digest": False,
        "held": held and not failure, "ref_kind": ref_kind, "ref_id": ref_id, "asked_at": now, "tries": 0,
        "next_try_at": now if waits else None, "claim": "", "given_up_at": now if failure else None, "failure": failure,
    }
