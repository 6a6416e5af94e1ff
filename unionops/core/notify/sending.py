"""Hands the waiting mails to the mail server: claims some, sends each, notes what became of it, until none is due or the time is up.

At least once, and hardly ever twice. A mail counts as sent when the server has taken it; that is noted in a transaction of its own
before the next one is begun. A process that dies between the two leaves one mail that will leave again, under the same
Message-ID; everything else it had claimed falls due again by itself when the claim is over. The other order (noted first, then
sent) would lose that one mail without anybody knowing, and mail knows no third way (docs/decisions/0020).

Works beside the job's unit, never in it: a unit held open for as long as a mail server takes would keep all others from writing.
"""

from __future__ import annotations

import secrets
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.orm import Session

from unionops.core.attachments.models import INFECTED, AttachmentVersion
from unionops.core.attachments.services import content_of
from unionops.core.attachments.storage import ContentLost, StoreDown
from unionops.core.db import db, durable, durable_connection, intent
from unionops.core.notify import mails, rules
from unionops.core.notify.models import Delivery, MailServer
from unionops.core.pages import union_name
from unionops.values.problems import RuleBroken

BATCH = 50
RUN = timedelta(seconds=50)
"""A run ends then and leaves the rest to the next minute's: other jobs want their turn."""
TIMEOUT = 60.0
"""Seconds that the server may take for each answer."""
HOLD, LEASE = timedelta(minutes=4), timedelta(minutes=15)
"""A batch is worked for at most ``HOLD`` and claimed for ``LEASE``: nobody takes a row up whose mail may still be on its way."""
DROPS = 3
"""After so many broken connections, one after another, the server is left alone for a while."""
log = structlog.get_logger()
_TABLE = Delivery.__table__


@dataclass
class Sent:
    """What a run did."""

    sent: int = 0
    failed: int = 0
    halted: str = ""

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.failed} failed" + (f", stopped: {self.halted}" if self.halted else "")


class _Refused(Exception):
    """The server does not take this mail, or none at all; ``code`` is one of ``rules.FAILURES``."""

    def __init__(self, code: str, reply: str) -> None:
        super().__init__(code)
        self.code, self.reply = code, reply


def run(now: datetime) -> Sent:
    """One run. Without a mail server it does nothing: what waits goes on waiting."""
    done = Sent()
    if not current_app.config["SMTP_URL"]:
        return done
    halted = halted_until()
    if halted is not None and halted > now:
        done.halted = "waiting"
        return done
    with intent(write=False):
        union = union_name()
        db.session.rollback()  # The look-up must not hold a transaction open while mails are sent.
    clock, stopped = _Clock(now), None
    with durable_connection() as connection, _Line(current_app.config["SMTP_URL"], current_app.config["MAIL_FROM"]) as line:
        outbox = Rows(connection)
        try:
            while clock.now() < now + RUN and (rows := outbox.claim(clock.now())):
                _send_batch(outbox, rows, line, union, clock, done)
        except _Refused as refused:
            stopped = refused
    if halted is not None and done.sent:
        _resume()
    if stopped is not None:
        _halt(stopped, clock.now())
        done.halted = stopped.code
    return done


class _Clock:
    """The time of the run: what it was begun with, and what has passed since."""

    def __init__(self, now: datetime) -> None:
        self._now, self._begun = now, time.monotonic()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._begun)


# --- rows -------------------------------------------------------------------------------------------------------------

_NEEDED = ("id", "user_id", "name", "locale", "address", "subject", "body", "message_id", "secret", "files", "tries", "claim")


class Rows:
    """The outbox as one sender sees it. Each step is a transaction of its own; between them nothing is held."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def claim(self, now: datetime) -> list[Any]:
        """The next rows that are due, urgent ones first, made ours for ``LEASE``."""
        due = (
            sa.select(_TABLE.c.id).where(_TABLE.c.next_try_at <= now)
            .order_by(_TABLE.c.priority, _TABLE.c.next_try_at, _TABLE.c.id).limit(BATCH).with_for_update(skip_locked=True)
        )
        with self.connection.begin():
            ids = self.connection.scalars(due).all()
            if not ids:
                return []
            self.connection.execute(
                sa.update(_TABLE).where(_TABLE.c.id.in_(ids)).values(next_try_at=now + LEASE, claim=secrets.token_hex(16))
            )
            rows = self.connection.execute(sa.select(*(_TABLE.c[name] for name in _NEEDED)).where(_TABLE.c.id.in_(ids))).all()
        order = {number: place for place, number in enumerate(ids)}
        return sorted(rows, key=lambda row: order[row.id])

    def note(self, row: Any, **values: Any) -> None:
        """What became of a row, unless somebody else has taken it up meanwhile."""
        with self.connection.begin():
            self.connection.execute(
                sa.update(_TABLE).where(_TABLE.c.id == row.id, _TABLE.c.claim == row.claim).values(claim="", **values)
            )

    def release(self, rows: Sequence[Any], now: datetime) -> None:
        """The rows wait again as if they had never been claimed."""
        if rows:
            with self.connection.begin():
                self.connection.execute(
                    sa.update(_TABLE).where(_TABLE.c.id.in_([row.id for row in rows]), _TABLE.c.claim == rows[0].claim)
                    .values(claim="", next_try_at=now)
                )


def _send_batch(outbox: Rows, rows: list[Any], line: _Line, union: str, clock: _Clock, done: Sent) -> None:
    begun = clock.now()
    for place, row in enumerate(rows):
        try:
            if clock.now() > begun + HOLD:
                outbox.release(rows[place:], clock.now())
                return
            line.open()
            _send(outbox, row, line, union, clock.now())
            done.sent += 1
        except _Refused as refused:
            if rules.FAILURES[refused.code].whole:
                outbox.release(rows[place:], clock.now())
                raise
            done.failed += 1
            _failed(outbox, row, refused, clock.now())
            if line.drops >= DROPS:
                outbox.release(rows[place + 1 :], clock.now())
                raise _Refused("unreachable", refused.reply) from refused


def _send(outbox: Rows, row: Any, line: _Line, union: str, moment: datetime) -> None:
    try:
        mail = mails.message(row, line.sender, union, moment, _files(row.files) if row.files else ())
    except _Refused:
        raise
    except RuleBroken as wrong:
        raise _Refused("address", "") from wrong
    except Exception as error:  # One mail that cannot be made must not keep all others from leaving, now and every time.
        incident = secrets.token_hex(4).upper()
        log.error("incident", incident=incident, delivery=row.id, exc_info=error)
        raise _Refused("broken", incident) from error
    line.hand_in(rules.mail_address(row.address), mail.as_bytes())
    outbox.note(row, next_try_at=None, sent_at=moment, tries=row.tries + 1, failure="", reply=None, **(_WIPED if row.secret else {}))


def _files(versions: Sequence[int]) -> list[mails.File]:
    """What goes along, read when the mail leaves: what was removed or found infected since does not leave."""
    with intent(write=False), Session(db.engine) as reading:
        found = {one.id: one for one in reading.scalars(sa.select(AttachmentVersion).where(AttachmentVersion.id.in_(versions)))}
        if found.keys() != set(versions) or any(one.scan == INFECTED or one.attachment.removed_at is not None for one in found.values()):
            raise _Refused("files", "")
        try:
            return [(one.name, one.media_type, content_of(one)) for one in map(found.__getitem__, versions)]
        except StoreDown as down:
            raise _Refused("store", "") from down
        except (ContentLost, ValueError) as lost:
            raise _Refused("files", "") from lost


_WIPED = {"subject": None, "body": None}


def _failed(outbox: Rows, row: Any, refused: _Refused, moment: datetime) -> None:
    tries = row.tries + 1
    wait = None if rules.FAILURES[refused.code].final else rules.next_try(tries)
    told = {"tries": tries, "failure": refused.code, "reply": refused.reply or None}
    if wait is not None:
        outbox.note(row, next_try_at=moment + wait, **told)
    else:
        outbox.note(row, next_try_at=None, given_up_at=moment, **told, **(_WIPED if row.secret else {}))


# --- the server -------------------------------------------------------------------------------------------------------


class _Line:
    """One connection to the mail server for the whole run, opened when the first mail needs it and again when it broke."""

    def __init__(self, url: str, sender: str) -> None:
        self.server = rules.server_of(url)
        self.sender = rules.sender_of(sender)
        self.drops = 0
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *error: object) -> None:
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()

    def open(self) -> None:
        """Raises _Refused when the server cannot be used."""
        if self._smtp is None:
            with _said("connect"):
                self._smtp = _connected(self.server)

    def hand_in(self, address: str, mail: bytes) -> None:
        """Gives the server one mail. Raises _Refused when it does not take it."""
        assert self._smtp is not None
        try:
            with _said("content"):
                self._smtp.sendmail(self.sender[1], [address], mail)
        except _Refused as refused:
            if refused.code in ("dropped", "unreachable"):
                self._smtp.close()
                self._smtp = None
                self.drops += 1
            raise
        self.drops = 0


def _connected(server: rules.Server) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        if server.security == "starttls":
            smtp.starttls(context=trusted)
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


@contextmanager
def _said(stage: str) -> Iterator[None]:
    """What the library raises, as a _Refused."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        [(code, reply)] = error.recipients.values()
        raise _Refused(rules.failure_of("recipient", code), _text(code, reply)) from error
    except smtplib.SMTPSenderRefused as error:
        raise _Refused(rules.failure_of("sender", error.smtp_code), _text(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise _Refused("login" if error.smtp_code >= 500 else "unreachable", _text(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPServerDisconnected as error:
        raise _Refused("unreachable" if stage == "connect" else "dropped", str(error)) from error
    except smtplib.SMTPNotSupportedError as error:  # No STARTTLS, or no way to sign in.
        raise _Refused("tls" if "STARTTLS" in str(error) else "login", str(error)) from error
    except smtplib.SMTPResponseException as error:
        raise _Refused(rules.failure_of(stage, error.smtp_code), _text(error.smtp_code, error.smtp_error)) from error
    except ssl.SSLError as error:
        raise _Refused("tls", error.reason or type(error).__name__) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _Refused("unreachable" if stage == "connect" else "dropped", str(error)) from error


def _text(code: int, reply: bytes | str) -> str:
    said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return rules.one_line(f"{code} {said}")[:300]


# --- when nothing can be sent -----------------------------------------------------------------------------------------


def halted_until() -> datetime | None:
    """When the server is asked again; None when it was not found wanting."""
    with durable() as own:
        return own.scalar(sa.select(MailServer.next_try_at))


def _halt(refused: _Refused, now: datetime) -> None:
    """All that waits goes on waiting, untouched; the server is asked again later and later."""
    with durable() as own:
        state = own.get(MailServer, 1, with_for_update=True)
        if state is None:
            state = MailServer(id=1, failing_since=now, failures=0)
            own.add(state)
        state.failures += 1
        state.failure, state.reply = refused.code, refused.reply[:300]
        state.next_try_at = now + rules.server_pause(state.failures)
        log.warning("mail server", failure=refused.code, failures=state.failures)


def _resume() -> None:
    with durable() as own:
        own.execute(sa.delete(MailServer))
