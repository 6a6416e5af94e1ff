"""The furnished office behind a real server, and visitors with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browsing import Browser
from tests.journeys.visitor import Visitor
from tests.office import _furnished, office  # noqa: F401  Fixtures.
from unionops.core.accounts.models import User


@pytest.fixture
def site(app: Any, live_server: Callable[[object], str]) -> str:
    """The address at which the app is served, with a name: passkeys are bound to one. Ask for ``office`` beside it to have it furnished
    first."""
    return live_server(app).replace("127.0.0.1", "localhost")


@pytest.fixture
def visit(chromium: Any, site: str, browser: Browser) -> Iterator[Callable[..., Any]]:
    """``visit(user, width=390, language="en")`` → a visitor, signed in as the user if there is one; all windows are closed at the end.
    ``kind`` is a Visitor who knows more."""
    windows: list[Visitor] = []

    def enter(user: User | None = None, *, kind: type[Visitor] = Visitor, **wishes: Any) -> Visitor:
        windows.append(kind(chromium, site, **wishes))
        if user is not None:
            windows[-1].carry(browser.as_(user).cookies)
        return windows[-1]

    yield enter
    for window in windows:
        window.close()
