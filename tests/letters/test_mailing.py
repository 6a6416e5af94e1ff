"""A letter handed to a real mail server: as the union wrote it, with its paper, and no way into the app."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from tests.letters.conftest import letter
from tests.servers import MailServer
from unionops.core import clock
from unionops.core.attachments.models import AttachmentVersion
from unionops.core.db import db, unit_of_work
from unionops.core.notify import sending
from unionops.core.notify.models import Delivery
from unionops.letters.services import bonds, outgoing


@pytest.fixture
def posted(app, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    monkeypatch.setitem(app.config, "SMTP_URL", mail_server.url)
    monkeypatch.setitem(app.config, "MAIL_FROM", "臺中市展演工會 <office@union.example>")
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example")
    return mail_server


def mailed(desk, **given) -> int:
    number = desk.issued(**given)
    with unit_of_work("test", "test"):
        outgoing.mail(letter(number), letter(number).receivers, text="檢送公文，請查收。", files=[], today=clock.today())
    with unit_of_work("test", "test"):  # The notices of those who approved it are not what is looked at.
        for row in db.session.scalars(sa.select(Delivery).where(Delivery.kind != "letters.mailed")):
            row.next_try_at, row.cancelled_at = None, clock.now()
    db.session.rollback()
    return number


def test_the_paper_arrives_as_it_was_frozen(posted, desk):
    number = mailed(desk)
    assert sending.run(clock.now()).sent == 1
    mail, = posted.mails
    file, = mail.iter_attachments()
    assert hashlib.sha256(file.get_content()).hexdigest() == letter(number).paper_hash
    assert file.get_filename() == f"{letter(number).number}.pdf"
    assert file.get_content_type() == "application/pdf"
    body = mail.get_body().get_content()
    assert "檢送公文，請查收。" in body
    assert "https://" not in body
    assert "請勿直接回覆" not in body
    assert mail["Auto-Submitted"] is None
    assert bonds.mails_of(letter(number))[letter(number).receivers[0].id][0] == "ok"


def test_a_paper_that_is_lost_stops_its_own_mail_only(posted, desk):
    number = mailed(desk)
    with unit_of_work("test", "test"):
        version = db.session.scalar(sa.select(AttachmentVersion).where(AttachmentVersion.attachment_id == letter(number).paper_id))
        version.key = "0" * 64
    db.session.rollback()
    done = sending.run(clock.now())
    assert (done.sent, done.failed) == (0, 1)
    assert bonds.mails_of(letter(number))[letter(number).receivers[0].id][0] == "stop"
