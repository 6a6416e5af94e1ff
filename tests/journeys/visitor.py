"""Somebody at a real browser: signs in, looks, and notices what a person with other eyes or another screen would stumble over.

Owns what counts as a fault of a page. Which pages are visited is the journeys' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Request, Response

from unionops.core.i18n import COOKIE

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
AXE = Axe()
WAIT = 10_000
"""Milliseconds after which a page counts as broken."""


class Visitor:
    """One browser window on the site. ``faults`` gathers what went wrong behind the page: console errors, failed requests."""

    def __init__(self, chromium: Chromium, site: str, *, width: int = 1280, language: str = "zh_Hant_TW", **context: Any) -> None:
        self.site = site
        self.language = language
        self.context = chromium.new_context(
            base_url=site, viewport={"width": width, "height": 800}, locale="zh-TW" if language.startswith("zh") else "en", **context
        )
        self.context.set_default_timeout(WAIT)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda said: self.faults.append(f"console: {said.text}") if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

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

    def open(self, address: str) -> list[str]:
        """Goes there; what was wrong on the way."""
        self.faults.clear()
        answer = self.page.goto(address, wait_until="load")
        if answer is None or answer.status != 200:
            self.faults.append(f"answered {answer.status if answer else 'nothing'}")
        return list(self.faults)

    def close(self) -> None:
        self.context.close()


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
