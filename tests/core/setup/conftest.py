"""An installation that waits for its union, and somebody who goes through the steps."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from flask import Flask

from tests.browsing import Browser, Page
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.setup import services

PASSWORD = "梅川旁的老榕樹很陰涼"
UNION = {"kind": "occupational", "name": "臺中市展演技術人員職業工會", "short_name": "展演工會", "seat": "台中市西屯區文心路二段588號", "area": "臺中市"}
ADMINISTRATOR = {"name": "蔡政宏", "username": "admin", "new_password": PASSWORD, "again": PASSWORD, "is_secretary": "y"}


def new_code() -> str:
    with unit_of_work("test", "test"):
        return services.new_code(now=clock.now())


class Founder:
    """Somebody at a browser who sets up a union."""

    def __init__(self, app: Flask, code: str) -> None:
        self.browser = Browser(app)
        self.code = code

    def enter(self) -> str:
        self.browser.post("setup.start", {"code": self.code})
        return self.browser.get("setup.resume", status=302).location

    def union(self, **changes: str) -> Page:
        return self.browser.post("setup.record_union", {**UNION, **changes})

    def authority(self, **changes: str) -> Page:
        return self.browser.post("setup.record_authority", {"authority": "臺中市政府", **changes})

    def charter(self, *, status: int = 302, **changes: str) -> Page:
        """Sends the step as it is shown, but for ``changes``: ``directors="15"``, ``directors_clause="第 12 條"``."""
        shown = self.browser.get("setup.record_charter")
        sent = {name: shown.value(name) for name in re.findall(r'name="((?:value|clause):[a-z._]+|valid_from)"', shown.html)}
        for name, value in changes.items():
            short = name.removesuffix("_clause")
            sent[name if name == "valid_from" else f"{'clause' if name.endswith('_clause') else 'value'}:charter.{short}"] = value
        return self.browser.post("setup.record_charter", sent, status=status)

    def later(self) -> Page:
        return self.browser.post("setup.skip_charter")

    def secret(self) -> str:
        shown = self.browser.get("setup.make_administrator")
        found = re.search(r"<code>([A-Z2-7 ]+)</code>", shown.html)
        assert found
        return found[1].replace(" ", "")

    def administrator(self, *, status: int = 200, **changes: str) -> Page:
        code = pyotp.TOTP(self.secret()).at(clock.now())
        return self.browser.post("setup.make_administrator", {**ADMINISTRATOR, "code": code, **changes}, status=status)

    def until_administrator(self) -> Founder:
        self.enter()
        self.union()
        self.authority()
        self.later()
        return self


@pytest.fixture
def code(app: Flask) -> str:
    """The code that the terminal has printed."""
    return new_code()


@pytest.fixture
def founder(app: Flask, code: str) -> Founder:
    return Founder(app, code)


def stored(query: Any) -> Any:
    """One value, as it is committed."""
    db.session.rollback()
    return db.session.scalar(query)
