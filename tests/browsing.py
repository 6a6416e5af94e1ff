"""A test client that behaves like a careful reader: every page shown is checked for what every page must have.

One title and one h1, labels for every field, unique ids, a CSRF field in every POST form, no inline style or script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from xml.etree import ElementTree

import html5lib
from flask import Flask, session, url_for
from sqlalchemy import event
from sqlalchemy.engine import Engine

from unionops.core.db import db

XHTML = "{http://www.w3.org/1999/xhtml}"


class Page:
    """One answer. ``html`` is its source, ``text`` its words, ``tree`` its elements."""

    def __init__(self, response: Any, address: str) -> None:
        self.response = response
        self.status = response.status_code
        self.location = response.headers.get("Location", "")
        self.address = address
        self.html = response.get_data(as_text=True) if "text/html" in response.content_type else ""
        self.tree = ElementTree.Element("html")
        if self.html:
            parser = html5lib.HTMLParser(namespaceHTMLElements=True)
            self.tree = parser.parse(self.html)
            if response.headers.get("X-Fragment") is None and "<html" in self.html:
                problems = _problems(self.tree)
                assert not problems, f"{address}: {problems}"

    @property
    def text(self) -> str:
        body = self.tree.find(f"{XHTML}body")
        return re.sub(r"\s+", " ", " ".join((body if body is not None else self.tree).itertext())).strip()

    @property
    def h1(self) -> str:
        found = next(self.tree.iter(f"{XHTML}h1"))
        return re.sub(r"\s+", " ", "".join(found.itertext())).strip()

    def field(self, name: str) -> ElementTree.Element:
        """The control of this name; AssertionError when the page has none."""
        for tag in ("input", "select", "textarea"):
            for element in self.tree.iter(XHTML + tag):
                if element.get("name") == name:
                    return element
        raise AssertionError(f"{self.address}: no field {name!r}")

    def value(self, name: str) -> str:
        """What the field holds now."""
        element = self.field(name)
        if element.tag == XHTML + "textarea":
            return "".join(element.itertext())
        if element.tag == XHTML + "select":
            chosen = [o for o in element.iter(XHTML + "option") if o.get("selected") is not None]
            return chosen[0].get("value", "") if chosen else ""
        return element.get("value", "")

    def error(self, name: str) -> str:
        """The message beside the field, "" when there is none."""
        described = self.field(name).get("aria-describedby", "").split()
        for element in self.tree.iter():
            if element.get("id") in described and "err" in (element.get("class") or "").split():
                return re.sub(r"\s+", " ", "".join(element.itertext())).strip()
        return ""

    def links(self) -> list[str]:
        return [a.get("href", "") for a in self.tree.iter(f"{XHTML}a")]


class Browser:
    """``browser.get("members.person", person_id=1)``; ``status`` is asserted, redirects are not followed."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def as_(self, user: Any, *, fresh: bool = True) -> Browser:
        """The same browser signed in as this user, on a client of its own."""
        from unionops.core.accounts import sessions

        other = Browser(self.app)
        kind, key = type(user), user.id
        with self._alone(), self.app.test_request_context():
            held = sessions.open_for_test(db.session.get_one(kind, key), fresh=fresh)
        with other.client.session_transaction() as cookie:
            cookie.update(held)
        return other

    @property
    def cookies(self) -> dict[str, str]:
        """That of the session, for another client of the app."""
        name = self.app.config["SESSION_COOKIE_NAME"]
        held = self.client.get_cookie(name)
        assert held is not None
        return {name: held.value}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """As in the office: a request has a context and a database session of its own, and sees only what is committed.

        The test's own transaction ends first; its objects are read anew when they are next looked at.
        """
        unsaved = [*db.session.new, *db.session.dirty, *db.session.deleted]
        assert not unsaved, f"commit these in a unit_of_work before the request: {unsaved}"
        db.session.rollback()
        with self.app.app_context():
            yield

    def address(self, endpoint: str, **arguments: Any) -> str:
        if endpoint.startswith("/"):
            return endpoint
        with self.app.test_request_context():
            return url_for(endpoint, **arguments)

    def get(self, endpoint: str, status: int = 200, headers: dict[str, str] | None = None, **arguments: Any) -> Page:
        address = self.address(endpoint, **arguments)
        with self._alone():
            response = self.client.get(address, headers=headers)
        return self._page(response, address, status)

    def post(
        self, endpoint: str, data: dict[str, Any] | None = None, status: int = 302, csrf: bool = True, once: str | None = None,
        **arguments: Any,
    ) -> Page:
        """Posts ``data`` with a valid CSRF token (and a fresh one-time key unless ``once`` names one)."""
        address = self.address(endpoint, **arguments)
        sent = dict(data or {})
        if csrf:
            sent["csrf_token"] = self._csrf()
        sent.setdefault("once", once if once is not None else f"once-{self._count():024d}")
        with self._alone():
            response = self.client.post(address, data=sent, content_type="multipart/form-data")
        response.request.environ["wsgi.input"].close()  # A large upload lies in a file.
        return self._page(response, address, status)

    def _page(self, response: Any, address: str, status: int) -> Page:
        page = Page(response, address)
        assert page.status == status, f"{address}: {page.status} instead of {status}\n{page.location} {page.text[:600]}"
        return page

    def _csrf(self) -> str:
        from flask_wtf.csrf import generate_csrf

        with self.client.session_transaction() as cookie:
            held = dict(cookie)
        with self.app.app_context(), self.app.test_request_context():
            session.update(held)
            token: str = generate_csrf()
            made = session["csrf_token"]
        with self.client.session_transaction() as cookie:
            cookie["csrf_token"] = made
        return token

    _counted = 0

    def _count(self) -> int:
        Browser._counted += 1
        return Browser._counted


class Statements:
    """The SQL statements executed in a block."""

    def __enter__(self) -> list[str]:
        self.seen: list[str] = []
        event.listen(Engine, "before_cursor_execute", self._note)
        return self.seen

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        self.seen.append(statement)


def _problems(tree: ElementTree.Element) -> list[str]:
    problems = []
    if len([t for t in tree.iter(f"{XHTML}title") if "".join(t.itertext()).strip()]) != 1:
        problems.append("needs exactly one title")
    if len(list(tree.iter(f"{XHTML}h1"))) != 1:
        problems.append("needs exactly one h1")
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    problems += [f"id {name} twice" for name in {i for i in ids if ids.count(i) > 1}]
    labelled = {label.get("for") for label in tree.iter(f"{XHTML}label")}
    inside = {id(e) for label in tree.iter(f"{XHTML}label") for e in label.iter()}
    for tag in ("input", "select", "textarea"):
        for e in tree.iter(XHTML + tag):
            hidden = e.get("type") in ("hidden", "submit", "button")
            named = e.get("aria-label") or e.get("aria-labelledby") or e.get("id") in labelled or id(e) in inside
            if not hidden and not named:
                problems.append(f"field {e.get('name')} has no label")
    for form in tree.iter(f"{XHTML}form"):
        names = {e.get("name") for e in form.iter(f"{XHTML}input")}
        if (form.get("method") or "get").lower() == "post" and "csrf_token" not in names:
            problems.append(f"form {form.get('action')} has no CSRF field")
    for e in tree.iter():
        if e.get("style") or any(name.startswith("on") for name in e.attrib):
            problems.append(f"inline style or handler on {e.tag}")
        if e.tag == f"{XHTML}script" and not e.get("src"):
            problems.append("inline script")
    return problems
