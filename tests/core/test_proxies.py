"""Behind a reverse proxy, with the very command that the documentation gives: whose address counts, and whose word is taken for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request, request_started
from waitress.adjustments import Adjustments

from config import ROOT, TestConfig
from unionops.app import create_app
from unionops.core.db import db

# What a proxy adds to the right of what the visitor pretended.
SENT = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "office.example.tw"}


def documented() -> dict[str, Any]:
    """The arguments of ``waitress-serve`` in docs/settings.md, as waitress reads them."""
    line = re.search(r"waitress-serve (.*) wsgi:app", (ROOT / "docs" / "settings.md").read_text())
    assert line is not None
    settings = Adjustments.parse_args([*line[1].split(), "wsgi:app"])
    read: dict[str, Any] = settings[0] if isinstance(settings, tuple) else settings
    return {name: value for name, value in read.items() if name not in ("help", "call", "app")}


@pytest.fixture
def seen(tmp_path: Path, live_server: Callable[..., str]) -> Callable[[int], tuple[str | None, str, str]]:
    """``seen(1)`` → address, scheme and host of a visitor, as the app sees them with TRUSTED_PROXIES=1."""

    def ask(count: int) -> tuple[str | None, str, str]:
        config = TestConfig(f"sqlite:///{tmp_path / 'office.db'}", tmp_path)
        config.TRUSTED_PROXIES = count
        app, found = create_app(config), []
        with app.app_context():
            db.create_all()
            db.engine.dispose()

        def note(sender: Flask, **more: object) -> None:
            found.append((request.remote_addr, request.scheme, request.host))

        with request_started.connected_to(note, app):
            connection = HTTPConnection(live_server(app, **documented()).removeprefix("http://"), timeout=10)
            connection.request("GET", "/sign-in", headers=SENT)
            assert connection.getresponse().status == 200
            connection.close()
        with app.app_context():
            db.engine.dispose()
        return found[0]

    return ask


def test_only_this_machine_reaches_the_app_past_the_proxy() -> None:
    assert documented()["listen"].strip().startswith("127.0.0.1:")


def test_the_address_that_the_nearest_proxy_saw_counts(seen: Callable[[int], tuple[str | None, str, str]]) -> None:
    assert seen(1) == ("198.51.100.7", "https", "office.example.tw")


def test_without_the_setting_nobodys_word_is_taken(seen: Callable[[int], tuple[str | None, str, str]]) -> None:
    address, scheme, host = seen(0)
    assert (address, scheme) == ("127.0.0.1", "http")
    assert host.startswith("127.0.0.1")


def test_with_one_too_many_the_visitors_own_word_is_taken(seen: Callable[[int], tuple[str | None, str, str]]) -> None:
    """Why the number must be right."""
    assert seen(2)[0] == "203.0.113.9"
