"""The furnished office behind a real server, and visitors with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browsing import Browser
from tests.journeys.visitor import Visitor
from tests.office import Office, _furnished, office  # noqa: F401  Fixtures.
from unionops.core.db import db


@pytest.fixture
def site(app: Any, live_server: Callable[[object], str]) -> str:
    """The address at which the app is served. Ask for ``office`` beside it to have it furnished first."""
    return live_server(app)


@pytest.fixture
def visit(chromium: Any, site: str) -> Iterator[Callable[..., Visitor]]:
    """``visit(width=390, language="en")`` → a visitor; all windows are closed at the end."""
    windows: list[Visitor] = []

    def enter(**wishes: Any) -> Visitor:
        windows.append(Visitor(chromium, site, **wishes))
        return windows[-1]

    yield enter
    for window in windows:
        window.close()


@pytest.fixture
def cookies(app: Any, office: Office, browser: Browser) -> Callable[[str], dict[str, str]]:  # noqa: F811
    """``cookies(role)`` → those of somebody signed in with it; "" is nobody, "between X" is on the way to the screen X (``office.between``)."""
    name = app.config["SESSION_COOKIE_NAME"]

    def held(role: str) -> dict[str, str]:
        if role == "":
            return {}
        between = role.removeprefix("between ") if role.startswith("between ") else ""
        person = Browser(app) if between else browser.as_(office.user(role))
        if between:
            with person.client.session_transaction() as session:
                session.update(office.between[between])
        found = person.client.get_cookie(name)
        db.session.rollback()
        assert found is not None
        return {name: found.value}

    return held
