"""A page: the template, its status, and what every page shows round it (menu, breadcrumb, task badge, language)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Flask, Request, Response, current_app, make_response, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.forms import Form, field_kind
from unionops.core.i18n import LOCALES, _, language, show_moment
from unionops.core.screens import AREAS, MENU, SCREENS, open_to
from unionops.core.templates import render

PAGE_SIZES = (25, 50, 100)
COUNTED = 1000
THEMES = ("light", "dark")


def page(template: str, *, title: str | None = None, **context: Any) -> Response:
    """Renders an area's template. Any refused form among ``context`` makes it a 422. ``title`` names the record shown."""
    refused = any(isinstance(value, Form) and value.refused for value in context.values())
    body = render(template, page_title=title, **context)
    response = make_response(body, 422 if refused else 200)
    if request.headers.get("HX-Request"):
        response.headers["Vary"] = "HX-Request"
    return response


class Paging:
    """One page of a long list: which rows, how many in all, and the addresses of its neighbours (filters kept).

    Instead of the number of all rows, ``total`` may be ``count(most)``, which counts no further than ``most``: asked for
    ``COUNTED`` rows beyond this page, so that a list that grows for years costs no more to show; ``is_capped`` if there are more.
    """

    def __init__(self, total: int | Callable[[int], int], *, sizes: tuple[int, ...] = PAGE_SIZES) -> None:
        self.sizes = sizes
        self.size = _whole(request.args.get("size"), sizes[0])
        if self.size not in sizes:
            self.size = sizes[0]
        self.is_capped = False
        if callable(total):
            most = _whole(request.args.get("page"), 1) * self.size + COUNTED
            counted = total(most + 1)
            total, self.is_capped = min(counted, most), counted > most
        self.total = total
        self.pages = max(1, -(-total // self.size))
        self.number = min(max(1, _whole(request.args.get("page"), 1)), self.pages)
        self.offset = (self.number - 1) * self.size
        self.first = self.offset + 1 if total else 0
        self.last = min(self.offset + self.size, total)

    def url(self, number: int, size: int | None = None) -> str:
        return f"{self._rest}{'&' if '?' in self._rest else '?'}page={number}&size={size or self.size}"

    @cached_property
    def _rest(self) -> str:
        return here(page=None, size=None)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else default


def here(**changes: Any) -> str:
    """This address with some of its parameters changed (None drops one): filters stay in the URL."""
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    arguments: dict[str, Any] = asked.args.to_dict(flat=False)
    for name, value in changes.items():
        if value is None:
            arguments.pop(name, None)
        else:
            arguments[name] = value if isinstance(value, list) else [value]
    arguments.pop("draft", None)
    path: str | None = asked.environ.get("unionops.path")
    if path is None:  # As its rule writes it, which may differ from what was typed.
        path = asked.environ["unionops.path"] = url_for(asked.endpoint or "", **(asked.view_args or {}))
    return f"{path}?{_query(arguments)}" if arguments else path


def _query(arguments: dict[str, Any]) -> str:
    return urlencode(arguments, doseq=True, safe="!$'()*,/:;?@")


def address(endpoint: str, **arguments: Any) -> str:
    """``url_for``, where an address without arguments is made once: a page has dozens of them."""
    return url_for(endpoint, **arguments) if arguments or not request else _address(endpoint, request.script_root)


@lru_cache(maxsize=1000)
def _address(endpoint: str, root: str, **choice: str) -> str:
    return url_for(endpoint, **choice)  # type: ignore[arg-type]


_SOME = 987654321


def addresses(endpoint: str, argument: str) -> Callable[[int], str]:
    """``address(7)`` → the address of record 7: a long list builds the address once and puts the numbers in."""
    before, after = url_for(endpoint, **{argument: _SOME}).split(str(_SOME))  # type: ignore[arg-type]
    return lambda number: f"{before}{number}{after}"


def init_app(app: Flask) -> None:
    app.context_processor(_around)
    app.jinja_env.globals.update(here=here, url_for=address, field_kind=field_kind)


class MenuLine(NamedTuple):
    """A line of the navigation as this person sees it; ``count`` is how much waits there."""

    seal: str
    title: str
    url: str
    current: bool
    count: int | None = None


class Shell(NamedTuple):
    """What stands round every page of a person: links as (address, words), switches with the one that holds. ``sign_in`` is for nobody yet."""

    home: str
    search: str
    language: tuple[str, str, str]
    links: tuple[tuple[str, str], ...]
    themes: tuple[tuple[str, str, str], ...]
    theme: str
    sign_in: str
    foot: tuple[tuple[str, str], ...]


def _around() -> dict[str, Any]:
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    person = current_user._get_current_object()
    permissions = person.permissions if person.is_authenticated else None
    endpoint, root, shown = asked.endpoint or "", asked.script_root, language()
    theme = asked.cookies.get("theme")
    shell = _shell(permissions, root, shown, theme if theme in THEMES else "auto")
    return {
        "screen": SCREENS.get(endpoint),
        "crumbs": _crumbs(endpoint, asked.view_args or {}, signed_in=permissions is not None),
        "menu": _counted(_menu(permissions, endpoint, root, shown), person, permissions, root) if permissions is not None else (),
        "reachable": partial(open_to, permissions=permissions),
        "union_name": union_name(),
        "locale": shown,
        "theme": shell.theme,
        "shell": shell,
        "bell": _bell(person, permissions, root),
        "now_text": show_moment(clock.now()),
        "page_title": None,
        "standard_url": _address("standard.codes", root),
        "development": current_app.debug or current_app.testing,
    }


def union_name() -> str:
    """What the bar and the papers call this union."""
    name = current_app.extensions.get("union_name")
    return name() if name else "unionops"


def _bell(person: Any, permissions: frozenset[str] | None, root: str) -> tuple[str, int] | None:
    """Where this person's notices are and how many are unread: counted anew for every page, so that it is right as soon as one is read."""
    count = current_app.extensions.get("unread_notices")
    return (_address("notify.inbox", root), count(person)) if count and permissions is not None else None


@lru_cache(maxsize=200)
def _shell(permissions: frozenset[str] | None, root: str, shown: str, theme: str) -> Shell:
    """It follows from these four alone. The switches lead back to where they were pressed, which the browser tells."""

    def links(*offered: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple((_address(endpoint, root), words) for endpoint, words in offered if open_to(endpoint, permissions))

    other = "zh_Hant_TW" if shown == "en" else "en"
    themes = (("auto", _("依系統")), ("light", _("淺色")), ("dark", _("深色")))
    return Shell(
        home=_address("overview.desk", root) if open_to("overview.desk", permissions) else "/",
        search=_address("overview.find", root) if open_to("overview.find", permissions) else "",
        language=(_address("accounts.switch_language", root, language=other), LOCALES[other], "en" if other == "en" else "zh-Hant-TW"),
        links=links(("accounts.me", _("我的帳號")), ("notify.inbox", _("通知")), ("overview.help", _("說明"))),
        themes=tuple((word, words, _address("accounts.switch_theme", root, theme=word)) for word, words in themes),
        theme=theme,
        sign_in=_address("accounts.sign_in", root),
        foot=links(("overview.help", _("說明")), ("overview.privacy", _("個人資料告知")), ("overview.accessibility", _("無障礙說明"))),
    )


@lru_cache(maxsize=1000)
def _menu(permissions: frozenset[str], endpoint: str, root: str, shown: str) -> tuple[tuple[MenuLine, ...], ...]:
    """The lines of the navigation by groups. They follow from these four alone, so they are the same for everybody with the same roles."""
    groups: dict[int, list[MenuLine]] = {}
    area, top = endpoint.split(".")[0], _top_endpoint(endpoint)
    for item in sorted(MENU, key=lambda line: line.order):
        if open_to(item.endpoint, permissions):
            current = item.endpoint == top or (item.endpoint.split(".")[0] == area and top not in {m.endpoint for m in MENU})
            seal, url = item.letters if shown == "en" else item.seal, _address(item.endpoint, root)
            groups.setdefault(item.order // 100, []).append(MenuLine(seal, str(item.title), url, current))
    return tuple(map(tuple, groups.values()))


def _counted(menu: tuple[tuple[MenuLine, ...], ...], person: Any, permissions: frozenset[str], root: str) -> tuple[tuple[MenuLine, ...], ...]:
    """The navigation with what waits for this person; no count where nothing does."""
    waits = {
        _address(item.endpoint, root): count
        for item in MENU if item.waiting and open_to(item.endpoint, permissions) and (count := item.waiting(person))
    }
    if not waits:
        return menu
    return tuple(tuple(line._replace(count=waits.get(line.url)) for line in group) for group in menu)


def _chain(endpoint: str | None) -> list[str]:
    chain: list[str] = []
    while endpoint in SCREENS and endpoint not in chain:
        chain.append(endpoint)
        endpoint = SCREENS[endpoint].parent
    return chain


def _top_endpoint(endpoint: str) -> str:
    chain = [each for each in _chain(endpoint) if each != "overview.desk"]
    return chain[-1] if chain else endpoint


def _crumbs(endpoint: str, arguments: dict[str, Any], *, signed_in: bool) -> list[tuple[Any, str | None]]:
    chain = _chain(endpoint)
    if "overview.desk" not in chain and signed_in:
        chain.append("overview.desk")
    return [(SCREENS[each].title, _above(each, arguments) if place else None) for place, each in enumerate(chain)][::-1]


def _above(endpoint: str, arguments: dict[str, Any]) -> str | None:
    """The address of a screen above this one, as far as this one's address names its records."""
    wanted = next(current_app.url_map.iter_rules(endpoint)).arguments
    return address(endpoint, **{name: arguments[name] for name in wanted}) if wanted <= arguments.keys() else None


def area_title(endpoint: str) -> Any:
    """The name of the area a screen belongs to."""
    area = AREAS.get(endpoint.split(".")[0])
    return area.title if area else endpoint
