"""A page: the template, its status, and what every page shows round it (menu, breadcrumb, task badge, language)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, current_app, make_response, render_template, request, url_for
from flask_login import current_user
from jinja2 import StrictUndefined

from unionops.core import clock
from unionops.core.forms import Form
from unionops.core.i18n import LOCALES, chinese, language, show_moment
from unionops.core.screens import AREAS, MENU, SCREENS, current_screen, reachable

PAGE_SIZES = (25, 50, 100)


def page(template: str, *, title: str | None = None, **context: Any) -> Response:
    """Renders an area's template. Any refused form among ``context`` makes it a 422. ``title`` names the record shown."""
    refused = any(isinstance(value, Form) and value.refused for value in context.values())
    body = render_template(template, page_title=title, **context)
    response = make_response(body, 422 if refused else 200)
    if request.headers.get("HX-Request"):
        response.headers["Vary"] = "HX-Request"
    return response


class Paging:
    """One page of a long list: which rows, how many in all, and the addresses of its neighbours (filters kept)."""

    def __init__(self, total: int, *, sizes: tuple[int, ...] = PAGE_SIZES) -> None:
        self.total = total
        self.sizes = sizes
        self.size = _whole(request.args.get("size"), sizes[0])
        if self.size not in sizes:
            self.size = sizes[0]
        self.pages = max(1, -(-total // self.size))
        self.number = min(max(1, _whole(request.args.get("page"), 1)), self.pages)
        self.offset = (self.number - 1) * self.size
        self.first = self.offset + 1 if total else 0
        self.last = min(self.offset + self.size, total)

    def url(self, number: int, size: int | None = None) -> str:
        return here(page=number, size=size or self.size)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else default


def here(**changes: Any) -> str:
    """This address with some of its parameters changed (None drops one): filters stay in the URL."""
    arguments = request.args.to_dict(flat=False)
    for name, value in changes.items():
        if value is None:
            arguments.pop(name, None)
        else:
            arguments[name] = value if isinstance(value, list) else [value]
    arguments.pop("draft", None)
    return url_for(request.endpoint or "", **{**(request.view_args or {}), **arguments})


_SOME = 987654321


def addresses(endpoint: str, argument: str) -> Callable[[int], str]:
    """``address(7)`` → the address of record 7: a long list builds the address once and puts the numbers in."""
    before, after = url_for(endpoint, **{argument: _SOME}).split(str(_SOME))  # type: ignore[arg-type]
    return lambda number: f"{before}{number}{after}"


def init_app(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_around)
    app.jinja_env.globals.update(here=here, reachable=reachable)


def _around() -> dict[str, Any]:
    screen = current_screen()
    return {
        "screen": screen,
        "crumbs": _crumbs(),
        "menu": _menu(),
        "union_name": union_name(),
        "locale": language(),
        "theme": request.cookies.get("theme") if request.cookies.get("theme") in ("light", "dark") else "auto",
        "language_switch": _language_switch(),
        "now_text": show_moment(clock.now()),
        "page_title": None,
        "standard_url": url_for("standard.codes") if "standard.codes" in SCREENS else "",
        "development": current_app.debug or current_app.testing,
    }


def union_name() -> str:
    """What the bar and the papers call this union."""
    name = current_app.extensions.get("union_name")
    return name() if name else "unionops"


def _language_switch() -> SimpleNamespace:
    other = "en" if chinese() else "zh_Hant_TW"
    back = request.full_path if request.method == "GET" else "/"
    url = url_for("accounts.switch_language", language=other, back=back) if "accounts.switch_language" in SCREENS else "#"
    return SimpleNamespace(url=url, label=LOCALES[other], lang="en" if other == "en" else "zh-Hant-TW")


def _menu() -> list[list[SimpleNamespace]]:
    if not getattr(current_user, "is_authenticated", False):
        return []
    groups: dict[int, list[SimpleNamespace]] = {}
    here_area = (request.endpoint or "").split(".")[0]
    top = _top_endpoint()
    for item in sorted(MENU, key=lambda line: line.order):
        if reachable(item.endpoint):
            current = item.endpoint == top or (item.endpoint.split(".")[0] == here_area and top not in {m.endpoint for m in MENU})
            line = SimpleNamespace(
                seal=item.seal if chinese() else item.letters, title=item.title, url=url_for(item.endpoint), current=current, count=None
            )
            groups.setdefault(item.order // 100, []).append(line)
    return list(groups.values())


def _chain() -> list[str]:
    chain: list[str] = []
    endpoint: str | None = request.endpoint
    while endpoint in SCREENS and endpoint not in chain:
        chain.append(endpoint)
        endpoint = SCREENS[endpoint].parent
    return chain


def _top_endpoint() -> str:
    chain = [endpoint for endpoint in _chain() if endpoint != "overview.desk"]
    return chain[-1] if chain else (request.endpoint or "")


def _crumbs() -> list[tuple[Any, str | None]]:
    crumbs: list[tuple[Any, str | None]] = []
    chain = _chain()
    if "overview.desk" in SCREENS and "overview.desk" not in chain and getattr(current_user, "is_authenticated", False):
        chain.append("overview.desk")
    arguments = request.view_args or {}
    for place, endpoint in enumerate(chain):
        rules = list(current_app.url_map.iter_rules(endpoint))
        wanted = rules[0].arguments if rules else set()
        url = url_for(endpoint, **{name: arguments[name] for name in wanted if name in arguments}) if wanted <= arguments.keys() else None
        crumbs.insert(0, (SCREENS[endpoint].title, None if place == 0 else url))
    return crumbs


def area_title(endpoint: str) -> Any:
    """The name of the area a screen belongs to."""
    area = AREAS.get(endpoint.split(".")[0])
    return area.title if area else endpoint
