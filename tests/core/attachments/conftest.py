"""A store of its own for each test, an S3 service, a virus scanner, a member to hang files on."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from localbucket import S3Handler
from werkzeug.datastructures import FileStorage

from tests.core.attachments import samples
from unionops.core.accounts.models import User
from unionops.core.attachments import services
from unionops.core.attachments.models import Attachment
from unionops.core.attachments.storage import LocalStore, S3Store, s3_store
from unionops.core.db import db, unit_of_work
from unionops.members.services import people
from unionops.values.refs import Ref


@pytest.fixture
def local(app: Flask, tmp_path: Path) -> Iterator[LocalStore]:
    """An empty folder as the store of ``app``."""
    before = app.extensions["file_store"]
    app.extensions["file_store"] = LocalStore(tmp_path / "files")
    yield app.extensions["file_store"]
    app.extensions["file_store"] = before


class Bucket(NamedTuple):
    """A bucket on a running service: its store, its address, the folder in which it keeps its objects, and how to stop it."""

    store: S3Store
    url: str
    folder: Path
    stop: Callable[[], None]


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    folder = tmp_path / "s3" / "office-files"
    folder.mkdir(parents=True)

    class Handler(S3Handler):
        data_root = folder.parent
        protocol_version = "HTTP/1.0"  # No connection outlives its request: what is stopped is gone.

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def stop() -> None:
        if thread.is_alive():
            server.shutdown()
            thread.join()
            server.server_close()

    url = f"s3://key:se%2Fcret@office-files/union?endpoint=http://127.0.0.1:{server.server_port}&region=tw"
    yield Bucket(s3_store(url), url, folder / "union", stop)
    stop()


class Scanner:
    """A server that speaks clamd's INSTREAM: finds EICAR, counts what it was asked; ``silent`` hangs up without an answer."""

    def __init__(self) -> None:
        scanner = self
        self.asked: list[int] = []
        self.silent = False

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                assert self.rfile.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack(">L", self.rfile.read(4))[0]:
                    content += self.rfile.read(length)
                scanner.asked.append(len(content))
                if not scanner.silent:
                    self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if samples.EICAR in content else b"stream: OK\0")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"tcp://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()


@pytest.fixture
def scanner(app: Flask) -> Iterator[Scanner]:
    """A running scanner, named by the settings of ``app``."""
    made = Scanner()
    app.config["CLAMD_URL"] = made.url
    yield made
    app.config["CLAMD_URL"] = ""
    made.stop()


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_user("staff", name="張雅婷")


@pytest.fixture
def member(app: Flask) -> Ref:
    """A stored member, as a pointer."""
    from datetime import date

    with unit_of_work("test", "test"):
        person = people.add_member(today=date(2026, 11, 1), name="林佳慧", joined_on=date(2026, 3, 2))
        db.session.flush()
        return Ref("person", person.id)


def upload(content: bytes, name: str = "掃描.pdf") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


@pytest.fixture
def attach(app: Flask, local: LocalStore, staff: User, member: Ref) -> Callable[..., Attachment]:
    """``attach(content, name)`` → a stored attachment on the member, added by ``staff``."""
    from unionops.core import clock

    def made(content: bytes = samples.pdf(), name: str = "掃描.pdf", **given: Any) -> Attachment:
        with unit_of_work("test", "test"):
            return services.add(member, upload(content, name), **{"by": staff, "now": clock.now(), **given})

    return made
