"""Installations of their own, on both databases, with people, files and sealed audit entries."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from config import TestConfig
from tests.conftest import new_user
from unionops.app import create_app
from unionops.core import clock, migrations
from unionops.core.attachments import storage
from unionops.core.attachments.models import Attachment, AttachmentVersion
from unionops.core.audit import sealing
from unionops.core.backup import making
from unionops.core.backup.sealed import Reader, Writer
from unionops.core.db import db, keyring, next_number, unit_of_work

NOW = clock.now()
KEY = "TEST-BACKUP-KEY"


@contextmanager
def installation(url: str, home: Path) -> Iterator[Flask]:
    """An empty installation of the newest schema on this database."""
    home.mkdir(exist_ok=True)
    app = create_app(TestConfig(url, home=home))
    migrations.attach(app)
    with app.app_context():
        db.create_all()
        flask_migrate.stamp()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The same on each database, with data in it."""
    if request.param == "sqlite":
        with installation(f"sqlite:///{tmp_path / 'home' / 'unionops.db'}", tmp_path / "home") as app:
            furnish()
            yield app
    else:
        server = request.getfixturevalue("postgres_server")
        with server.database() as url, installation(url.render_as_string(hide_password=False), tmp_path / "home") as app:
            furnish()
            yield app


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Flask]:
    """The same on SQLite alone, for what the database does not matter to."""
    with installation(f"sqlite:///{tmp_path / 'home' / 'unionops.db'}", tmp_path / "home") as app:
        furnish()
        yield app


def furnish() -> None:
    """Two people, a plain file, an encrypted one, a counter that stands at 7, and an audit trail that is sealed."""
    new_user("administrator", username="admin", name="蔡政宏")
    staff = new_user("staff", username="staff", name="林秀琴")
    with unit_of_work("test", "test"):
        staff.totp_secret = "JBSWY3DPEHPK3PXP"
        next_number("receipt", 7)
        for name, content, sensitive in (("章程.txt", "第一條　宗旨\n".encode() * 90_000, False), ("病歷.txt", "密件".encode(), True)):
            made = Attachment(ref_kind="user", ref_id=staff.id, title=name, is_sensitive=sensitive, added_at=clock.now())
            db.session.add(made)
            db.session.flush()
            kept = keyring().encrypt_bytes(content, f"attachment_version.file:{made.id}:1") if sensitive else content
            db.session.add(AttachmentVersion(
                attachment_id=made.id, number=1, name=name, media_type="text/plain", size=len(content), key=storage.store().put(kept), added_at=clock.now()
            ))
    with unit_of_work("test", "test"):
        sealing.seal(clock.now() + sealing.SETTLE * 2)


def made() -> bytes:
    """A backup of the current app."""
    file = io.BytesIO()
    making.make(file, now=NOW)
    return file.getvalue()


def rewritten(backup: bytes, change) -> bytes:
    """The same backup with its members and closing facts passed through ``change``; sealed with the right key."""
    reader, file = Reader(io.BytesIO(backup), KEY), io.BytesIO()
    members = {name: b"".join(content) for name, content in reader.members()}
    change(members, reader.closing)
    writer = Writer(file, KEY)
    for name, content in members.items():
        writer.member(name, [content])
    writer.close(reader.closing)
    return file.getvalue()


def everything() -> dict[str, Any]:
    """Every row of the current app's database, by table, as the database holds it."""
    held = {}
    with db.engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        for table in db.metadata.sorted_tables:
            if table.name in there:
                rows = connection.exec_driver_sql(f'SELECT * FROM "{table.name}"').fetchall()
                held[table.name] = sorted(map(repr, map(tuple, rows)))
    return held


@pytest.fixture
def elsewhere(house: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], Flask]]:
    """``elsewhere()``: the app of another, empty place of the same kind of database, without any table; enter its context."""
    with ExitStack() as stack:

        def make() -> Flask:
            home = tmp_path / "new"
            home.mkdir()
            if house.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
                url = f"sqlite:///{home / 'unionops.db'}"
            else:
                url = stack.enter_context(request.getfixturevalue("postgres_server").database()).render_as_string(hide_password=False)
            app = create_app(TestConfig(url, home=home))
            migrations.attach(app)

            def end() -> None:
                with app.app_context():
                    db.session.remove()
                    db.engine.dispose()

            stack.callback(end)
            return app

        yield make
