"""What every answer tells the browser: run nothing inline, be framed by nobody, keep nothing, come back over HTTPS."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import TestConfig
from unionops.app import create_app
from unionops.core.db import db


class OverHttps(TestConfig):
    """The tests' configuration with the cookies of an installation that is reached over HTTPS."""

    __test__ = False

    def __init__(self, database: str, home: Path) -> None:
        super().__init__(database, home)
        self.HTTPS = self.SESSION_COOKIE_SECURE = True
        self.SESSION_COOKIE_NAME = "__Host-unionops"


@pytest.mark.parametrize("address", ["/sign-in", "/nowhere", "/"])
def test_every_answer_carries_the_rules(browser, address):
    headers = browser.client.get(address).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_https_is_asked_for_only_where_it_is_spoken(browser):
    assert "Strict-Transport-Security" not in browser.client.get("/sign-in").headers
    assert "max-age=31536000" in browser.client.get("/sign-in", base_url="https://localhost").headers["Strict-Transport-Security"]


def test_the_cookie_stays_with_this_site(tmp_path):
    app = create_app(OverHttps(f"sqlite:///{tmp_path / 'office.db'}", tmp_path))
    with app.app_context():
        db.create_all()
        db.engine.dispose()
    cookie = app.test_client().get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    name, *rules = [part.strip() for part in cookie.split(";")]
    assert name.startswith("__Host-unionops=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(rules)
    assert not any(rule.startswith("Domain") for rule in rules)
    with app.app_context():
        db.engine.dispose()


def test_production_reads_its_cookies_from_https(monkeypatch, tmp_path):
    from config import Config

    monkeypatch.setenv("UNIONOPS_HOME", str(tmp_path))
    monkeypatch.delenv("HTTPS", raising=False)
    production = Config()
    assert (production.SESSION_COOKIE_SECURE, production.SESSION_COOKIE_NAME) == (True, "__Host-unionops")
