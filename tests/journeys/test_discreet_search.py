"""Looking for somebody by a whole identity number: no address that the browser asks for holds it, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from unionops.core.db import unit_of_work
from unionops.members.services import people

pytestmark = [pytest.mark.browser, pytest.mark.serves("P1.2.2")]


@pytest.mark.parametrize("script", [True, False])
def test_a_number_that_is_typed_is_in_no_address(
    app: Flask, visit: Callable[..., Visitor], site: str, script: bool
) -> None:
    with unit_of_work("test", "test"):
        people.add_member(today=date(2026, 11, 1), name="林佳慧", id_number="A123456789", joined_on=date(2026, 3, 2))
        people.add_member(today=date(2026, 11, 1), name="王志強", joined_on=date(2026, 3, 2))
    clerk = visit(new_user("staff"), java_script_enabled=script)
    asked: list[str] = []
    clerk.page.on("request", lambda request: asked.append(request.url))
    clerk.open("/members/")
    search = clerk.main.get_by_role("searchbox").first
    search.press_sequentially("A123456789", delay=60)
    clerk.page.wait_for_timeout(500)  # The list follows the typing after a fifth of a second.
    with clerk.going():
        search.press("Enter")
    clerk.arrive("林佳慧")
    assert not [address for address in asked if "A1234" in address]
    clerk.open("/members/")
    search.press_sequentially("志強", delay=60)
    if not script:
        with clerk.going():
            search.press("Enter")
    expect(clerk.main.get_by_text("林佳慧")).to_have_count(0)
    expect(clerk.link("王志強")).to_be_visible()
    assert "csrf" not in clerk.page.url
    assert asked.count(f"{site}/members/find") == (1 if script else 2)  # With a script only what looks like a number is posted.
    clerk.look()
