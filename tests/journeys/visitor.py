"""Somebody at a real browser: signs in, looks, and notices what a person with other eyes or another screen would stumble over.

Owns how one goes from page to page, and what counts as a fault of one. Which pages are visited is the journeys' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

from unionops.core.i18n import COOKIE

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
AXE = Axe()
WAIT = 10_000
"""Milliseconds after which a page counts as broken."""
expect.set_options(timeout=WAIT)
OF_REQUESTS = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")
"""How the console begins to tell of a request that failed, which is noted already, or was given up, which is no fault."""

Words = str | re.Pattern[str]


class Visitor:
    """One browser window on the site. ``faults`` gathers what went wrong behind the page: console errors, failed requests."""

    def __init__(self, chromium: Chromium, site: str, *, width: int = 1280, language: str = "zh_Hant_TW", **context: Any) -> None:
        self.site = site
        self.language = language
        self.looks = context.get("java_script_enabled", True)  # With scripts; what looks for barriers is one itself.
        self.context = chromium.new_context(
            base_url=site, viewport={"width": width, "height": 800}, locale="zh-TW" if language.startswith("zh") else "en", **context
        )
        self.context.set_default_timeout(WAIT)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _told(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(OF_REQUESTS):
            self.faults.append(f"console: {said.text}")

    def _failed(self, request: Request) -> None:
        # What the browser itself gave up because somebody went on, or because it became a download, is no fault.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def carry(self, cookies: Mapping[str, str]) -> None:
        """Takes over the cookies of somebody who is signed in already; those of before are gone."""
        self.context.clear_cookies()
        held = {**cookies, COOKIE: self.language}
        self.context.add_cookies([{"name": name, "value": value, "url": self.site} for name, value in held.items()])

    def close(self) -> None:
        self.context.close()

    # --- going: each waits until the next page is there with its pictures, so that nothing after it cancels the request or meets the page before

    @contextmanager
    def going(self) -> Iterator[None]:
        """What is done inside leads to another page."""
        with self.page.expect_event("load"):
            yield

    def open(self, address: str) -> None:
        self.page.goto(address, wait_until="load")

    def follow(self, name: Words) -> None:
        """Goes where the first link of this name leads."""
        with self.going():
            self.link(name).click()

    def press(self, name: Words) -> None:
        """Presses the first button of this name, which sends its form."""
        with self.going():
            self.button(name).click()

    # --- the page

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def link(self, name: Words) -> Locator:
        return self.main.get_by_role("link", name=name, exact=isinstance(name, str)).first

    def button(self, name: Words) -> Locator:
        return self.main.get_by_role("button", name=name, exact=isinstance(name, str)).first

    def field(self, label: str) -> Locator:
        """The first field whose label begins with this."""
        return self.main.get_by_label(re.compile(f"^{re.escape(label)}")).first

    def fill(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def reads(self, words: Words) -> None:
        """These words are to be seen on the page, now or soon."""
        expect(self.main).to_contain_text(words, use_inner_text=True)

    def arrive(self, heading: Words) -> None:
        """The page has this heading, and nobody stumbles on it."""
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        self.look()

    def look(self) -> None:
        """Nobody stumbles on the page as it stands, and nothing was wrong behind it."""
        found = barriers(self.page) + sideways(self.page) if self.looks else []
        assert found + self.faults == [], f"{self.page.url}: {found + self.faults}"

    def refused(self, words: Words, status: int = 422) -> None:
        """The answer says with these words why nothing was done, and nothing else was wrong with it."""
        self.reads(words)
        assert self.faults == [f"{status}: {self.page.url}"]
        self.faults.clear()


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it stands, one line for each element."""
    found = AXE.run(page, options=OPTIONS).response["violations"]
    return [f"{rule['id']}: {' '.join(map(str, node['target']))} {node['html'][:120]}" for rule in found for node in rule["nodes"][:4]]


def sideways(page: Page) -> list[str]:
    """Whether the page as a whole scrolls sideways, and by whose fault."""
    over = page.evaluate(
        """() => {
            const wide = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= wide) return null;
            const names = [];
            for (const e of document.body.querySelectorAll('*')) {
                if (e.getBoundingClientRect().right > wide + 1 && names.length < 3) names.push(e.tagName + '.' + e.className);
            }
            return names.join(' ');
        }"""
    )
    return [] if over is None else [f"scrolls sideways: {over}"]
