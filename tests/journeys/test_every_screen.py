"""Every page of the app in a real browser: nobody is kept out, nothing breaks behind it, nothing scrolls sideways.

The pages are those of ``SCREENS``, with the records of tests/office.py; a new screen is visited by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.browsing import Browser
from tests.journeys.visitor import Visitor, barriers, sideways
from tests.office import CLOSED, Office
from unionops.core.accounts.roles import GRANTS, ROLES
from unionops.core.screens import PUBLIC, SCREENS, SIGNED_IN, Screen

pytestmark = pytest.mark.browser

NOT_PAGES = {"accounts.switch_language", "accounts.switch_theme", "accounts.open_ticket", "union.logo", "audit.export"}
"""Redirects, pictures and files; those with ``exact`` are left out by themselves."""
SPECIAL = {
    "accounts.new_recovery_codes": "administrator", "accounts.remove_second_factor": "administrator",
}
"""Screens that somebody in particular sees."""
DARK = ("accounts.sign_in", "overview.desk", "members.roster", "members.person", "members.import_preview", "audit.entries", "styleguide.parts")


def seen_by(office: Office, screen: Screen) -> str:
    """The role that looks at the screen; "" for nobody in particular."""
    if screen.endpoint in office.between:
        return f"between {screen.endpoint}"
    if screen.endpoint in SPECIAL:
        return SPECIAL[screen.endpoint]
    if screen.permission == PUBLIC:
        return ""
    return next(role for role in (office.owner, *ROLES) if screen.permission == SIGNED_IN or screen.permission in GRANTS[role])


def cookies(app: Flask, office: Office, browser: Browser, role: str) -> dict[str, str]:
    """Those of somebody with the role; "" is nobody, "between X" is on the way to the screen X (``office.between``)."""
    if role == "":
        return {}
    if not role.startswith("between "):
        return browser.as_(office.user(role)).cookies
    person = Browser(app)
    with person.client.session_transaction() as session:
        session.update(office.between[role.removeprefix("between ")])
    return person.cookies


def pages(app: Flask, office: Office, browser: Browser, only: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str]]:
    """(role, endpoint, address) of every page, one role after the other."""
    wanted = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    chosen = [
        (seen_by(office, screen), screen.endpoint)
        for screen in SCREENS.values()
        if "GET" in screen.methods and not screen.exact and screen.endpoint not in NOT_PAGES | CLOSED and (not only or screen.endpoint in only)
    ]
    for role, endpoint in sorted(chosen):
        yield role, endpoint, browser.address(endpoint, **office.arguments(endpoint, wanted[endpoint]))


def walk(visitor: Visitor, app: Flask, office: Office, browser: Browser, only: tuple[str, ...] = ()) -> list[str]:
    """Opens page after page and gives all that was wrong. On a phone, the narrowest one is tried beside it."""
    wrong, now = [], None
    width = visitor.page.viewport_size["width"]
    for role, endpoint, address in pages(app, office, browser, only):
        if role != now:
            visitor.carry(cookies(app, office, browser, role))
            now = role
        visitor.faults.clear()
        visitor.open(address)
        faults = list(visitor.faults)
        if (shown := urlsplit(visitor.page.url).path) != urlsplit(address).path:
            faults.append(f"led to {shown}")
        faults += barriers(visitor.page) + sideways(visitor.page)
        if width < 400:
            visitor.page.set_viewport_size({"width": 320, "height": 800})
            faults += [f"at 320 {fault}" for fault in sideways(visitor.page)]
            visitor.page.set_viewport_size({"width": width, "height": 800})
        wrong += [f"{endpoint}: {fault}" for fault in faults]
    return wrong


@pytest.mark.parametrize(("width", "language"), [(1280, "zh_Hant_TW"), (390, "zh_Hant_TW"), (1280, "en")])
def test_every_page_can_be_read_and_used(app, office, browser, visit, width, language):
    wrong = walk(visit(width=width, language=language), app, office, browser)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [1280, 390])
def test_dark_pages_have_contrast_too(app, office, browser, visit, width):
    wrong = walk(visit(width=width, color_scheme="dark"), app, office, browser, DARK)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", [
    '<!doctype html><html lang="zh-Hant-TW"><title>x</title><main><h1>x</h1><input name="q"></main>',
    '<!doctype html><html lang="zh-Hant-TW"><title>x</title><main><h1>x</h1><p style="color:#bbb;background:#fff">淡得看不清楚的一段字</p></main>',
    "<!doctype html><html><title>x</title><main><h1>x</h1></main>",
])
def test_a_barrier_is_found(visit, page):
    visitor = visit()
    visitor.page.set_content(page)
    assert len(barriers(visitor.page)) == 1


def test_sideways_scrolling_and_errors_are_found(visit):
    visitor = visit(width=390)
    visitor.page.set_content('<main><h1>x</h1><div style="width:900px">x</div></main>')
    assert sideways(visitor.page) != []
    visitor.open("/nowhere")
    assert visitor.faults == [f"404: {visitor.page.url}"]
