"""An official letter leaves with its files; what was removed, lost or found infected since does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.core.attachments import samples
from tests.core.notify.conftest import NEWS, rows, user
from unionops.core import clock, refs
from unionops.core.attachments import services as attachments
from unionops.core.attachments.models import Attachment, AttachmentVersion
from unionops.core.attachments.storage import LocalStore, StoreDown
from unionops.core.db import db, durable, unit_of_work
from unionops.core.notify import gathering, sending, services
from unionops.core.notify.services import Reader
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

FILES = {"公文第 1 號.png": samples.png(8), "附件一.pdf": samples.pdf()}
ONE = Reader("臺中市政府勞工局", "labor@example.org")


@pytest.fixture
def store(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, "file_store", LocalStore(tmp_path / "files"))
    return app.extensions["file_store"]


@pytest.fixture
def letter(posted, store):
    """A letter with two files that waits to be mailed: its versions."""
    person = user("ming")
    with unit_of_work("test", "test"):
        pointer = Ref("user", person.id)
        made = [attachments.add_content(pointer, content, name, by=person, now=clock.now()) for name, content in FILES.items()]
        db.session.flush()
        versions = [one.newest.id for one in made]
        row = services.mail_files(ONE, kind=NEWS, subject="115 展字第 1 號 開會", text="檢送公文。", files=versions, pointer=pointer)
        assert row.id
    return versions


def test_it_arrives_with_its_files(posted, letter):
    assert sending.run(clock.now()).sent == 1
    [mail] = posted.mails
    assert mail["Subject"] == "115 展字第 1 號 開會"
    assert {one.get_filename(): one.get_content() for one in mail.iter_attachments()} == FILES
    assert mail["Auto-Submitted"] is None
    text = mail.get_body().get_content()
    assert "檢送公文。" in text
    assert "union.example/" not in text


@pytest.mark.parametrize("change", [{"scan": "infected"}, {"key": "0" * 64}], ids=["infected", "lost"])
def test_what_is_infected_or_lost_does_not_leave(posted, letter, change):
    with durable() as own:
        own.execute(sa.update(AttachmentVersion).where(AttachmentVersion.id == letter[1]).values(**change))
    sending.run(clock.now())
    assert posted.mails == []
    assert [(row.status, row.failure) for row in rows()] == [("failed", "files")]


def test_what_was_removed_does_not_leave(posted, letter):
    with durable() as own:
        own.execute(sa.update(Attachment).values(removed_at=clock.now()))
    sending.run(clock.now())
    assert [(row.status, row.failure) for row in rows()] == [("failed", "files")]


def test_a_store_that_is_down_is_waited_for(posted, letter, store, monkeypatch):
    def down(_key):
        raise StoreDown

    monkeypatch.setattr(type(store), "read", lambda _self, key: down(key))
    sending.run(clock.now())
    assert [(row.status, row.failure) for row in rows()] == [("retrying", "store")]


def test_letters_are_never_made_one(posted, letter):
    with unit_of_work("test", "test"):
        for _n in range(6):
            services.mail_files(ONE, kind=NEWS, subject="公文", text="-", files=letter)
    assert gathering.collapse(clock.now()) == 0


def test_what_cannot_be_mailed_is_refused_at_once(app, monkeypatch):
    person = user("ming")
    with pytest.raises(RuleBroken), unit_of_work("test", "test"):
        services.mail_files(Reader("甲", "bad"), kind=NEWS, subject="-", text="-", files=[])
    monkeypatch.setitem(refs.KINDS, "user", replace(refs.KINDS["user"], confidential=True))
    with pytest.raises(RuleBroken, match="保密"), unit_of_work("test", "test"):
        services.mail_files(ONE, kind=NEWS, subject="-", text="-", files=[], pointer=Ref("user", person.id))


def test_what_is_too_large_is_refused(posted, letter, monkeypatch):
    monkeypatch.setattr(services, "MOST_MEGABYTES", 0)
    with pytest.raises(RuleBroken, match="MB"), unit_of_work("test", "test"):
        services.mail_files(ONE, kind=NEWS, subject="-", text="-", files=letter)
