"""The gate: every request passes here once, and only what is declared here can be reached.

Owns ``Area``, ``Screen`` and the order of checks: declared → signed in → permitted → fresh → once → the view → one commit
or a rollback. Views never repeat any of it. Which record a person may see is the loader's business.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, flash, g, make_response, redirect, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map

from unionops.core import clock
from unionops.core import db as database
from unionops.core.audit import recording
from unionops.core.db import OnceKey, db
from unionops.core.i18n import _

PUBLIC = "public"
"""Written out where no sign-in is asked: sign-in itself, health."""
SIGNED_IN = "signed-in"
"""Whoever is signed in: one's own settings, the desk."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FRESH_MINUTES = 15
ATTEMPTS = 3
ASSETS = "assets.file"


@dataclass(frozen=True)
class Screen:
    """What one route is: its name, who may open it, and which codes of the occupational standard it serves."""

    endpoint: str
    title: Any
    permission: str
    task: str | None
    outputs: tuple[str, ...]
    indicators: tuple[str, ...]
    rule: str
    methods: tuple[str, ...]
    personal: bool
    once: bool
    fresh: bool
    parent: str | None
    exact: bool  # An exact endpoint such as a download or a fragment, not a page with navigation.


@dataclass(frozen=True)
class MenuItem:
    """A line of the navigation: seal of one character, two letters in English, its group and order, and how much waits there."""

    endpoint: str
    title: Any
    seal: str
    letters: str
    order: int
    waiting: Callable[[Any], int] | None = None


SCREENS: dict[str, Screen] = {}
MENU: list[MenuItem] = []
PERMISSIONS: dict[str, Any] = {}
AREAS: dict[str, Area] = {}


@dataclass
class Area:
    """One area of work: its name is the first part of its endpoints and permissions, and its URL prefix."""

    name: str
    title: Any
    permissions: dict[str, Any] = field(default_factory=dict)
    prefix: str | None = None

    def __post_init__(self) -> None:
        # Area modules live in packages; templates and static files are the app's.
        self.blueprint = Blueprint(self.name, __name__, url_prefix=self.prefix if self.prefix is not None else f"/{self.name}")
        for permission in self.permissions:
            if not permission.startswith(self.name + "."):
                raise ValueError(f"{permission} does not belong to {self.name}")
        PERMISSIONS.update(self.permissions)
        AREAS[self.name] = self

    def screen(
        self,
        path: str,
        *,
        title: Any,
        permission: str,
        task: str | None = None,
        outputs: tuple[str, ...] | list[str] = (),
        indicators: tuple[str, ...] | list[str] = (),
        methods: tuple[str, ...] | list[str] = ("GET",),
        personal: bool = False,
        once: bool = False,
        fresh: bool = False,
        parent: str | None = None,
        menu: tuple[str, str, int] | None = None,
        waiting: Callable[[Any], int] | None = None,
        exact: bool = False,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declares a route. ``personal`` logs who read; ``once`` asks a one-time key; ``fresh`` asks the password again;
        ``parent`` is the endpoint above it in the breadcrumb; ``menu`` is (seal, English letters, order),
        ``waiting(user)`` how much waits there for somebody: asked for every page, so it is ``remembered``."""

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            endpoint = f"{self.name}.{view.__name__}"
            if endpoint in SCREENS:
                raise ValueError(f"{endpoint} is declared twice")
            if permission not in (PUBLIC, SIGNED_IN) and permission not in PERMISSIONS:
                raise ValueError(f"{endpoint}: unknown permission {permission}")
            declared = Screen(
                endpoint, title, permission, task, tuple(outputs), tuple(indicators), path, tuple(methods),
                personal, once, fresh, parent, exact,
            )
            SCREENS[endpoint] = declared
            if menu:
                MENU.append(MenuItem(endpoint, title, *menu, waiting))
            self.blueprint.add_url_rule(path, endpoint=view.__name__, view_func=_gated(declared, view), methods=list(methods))
            return view

        return declare


def current_screen() -> Screen | None:
    """The screen of this request; None on an error page outside any."""
    return SCREENS.get(request.endpoint or "")


# --- the order of checks ----------------------------------------------------------------------------------------------


class _RecordNumber(IntegerConverter):
    """``<int:…>`` in an address: no larger than the number of any record, for a database takes offence at more."""

    def __init__(self, map: Map, **arguments: Any) -> None:
        super().__init__(map, **{"max": 2**31 - 1, **arguments})


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = _RecordNumber
    app.before_request(_enter)
    app.teardown_request(_leave)
    for area in AREAS.values():
        app.register_blueprint(area.blueprint)
    undeclared = sorted({rule.endpoint for rule in app.url_map.iter_rules()} - SCREENS.keys() - {ASSETS})
    if undeclared:
        raise RuntimeError("routes without a Screen: " + ", ".join(undeclared))


def _enter() -> None:
    g.started_at = clock.now()
    request.environ["unionops.writing"] = database._writing.set(request.method not in SAFE)
    if request.endpoint is not None and request.endpoint != ASSETS and request.endpoint not in SCREENS:
        abort(404)  # Added behind the gate's back after the start.
    asked = list(request.args.items(multi=True))
    if any("\0" in text for _name, text in asked):  # No keyboard types it, and PostgreSQL takes no such text. Forms refuse it.
        request.args = ImmutableMultiDict([(name, text.replace("\0", "")) for name, text in asked])  # type: ignore[misc]


def _leave(_failure: BaseException | None) -> None:
    if (token := request.environ.pop("unionops.writing", None)) is not None:
        database._writing.reset(token)


def _gated(screen: Screen, view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def through(**arguments: Any) -> Response:
        g.personal = screen.personal  # An error page may show what was typed, too.
        refusal = _refusal(screen)
        if refusal is not None:
            return refusal
        if getattr(request, "too_large", False):
            abort(413)
        response = _look(screen, view, arguments) if request.method in SAFE else _act(screen, view, arguments)
        if screen.personal:
            response.headers["Cache-Control"] = "no-store"
        return response

    return through


def _refusal(screen: Screen) -> Response | None:
    if screen.permission == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to("accounts.sign_in", screen)
    if screen.permission != SIGNED_IN and not current_user.can(screen.permission):
        recording.denied(screen.endpoint, screen.permission)
        abort(403)
    if screen.fresh and not is_fresh():
        return _to("accounts.confirm_password", screen)
    return None


def is_fresh() -> bool:
    """Whether the password was asked within the last quarter of an hour."""
    return clock.now().timestamp() - float(session.get("fresh_at", 0)) < FRESH_MINUTES * 60


def _to(endpoint: str, screen: Screen) -> Response:
    """Off to sign in (or to confirm the password) and back; what was typed waits as a draft.

    A button without a page of its own (POST only) leads back to the page above it, where it is pressed again.
    """
    from unionops.core import drafts  # Drafts are rows; they build on this gate.

    if request.headers.get("HX-Request"):  # A part of a page: the whole page goes, the browser would put the sign-in into the part.
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{shown.path or '/'}?{shown.query}".rstrip("?")
        return Response(headers={"HX-Redirect": url_for(endpoint, next=back)})
    if request.method in SAFE:
        back = request.full_path.rstrip("?")
    else:
        back = drafts.keep() if "GET" in screen.methods else _above(screen)
    return make_response(redirect(url_for(endpoint, next=back)))


def _above(screen: Screen) -> str:
    parent = SCREENS.get(screen.parent or "")
    if parent is None:
        return "/"
    arguments = request.view_args or {}
    wanted = next(current_app.url_map.iter_rules(parent.endpoint)).arguments
    return url_for(parent.endpoint, **{name: arguments[name] for name in wanted}) if wanted <= arguments.keys() else "/"


def _look(screen: Screen, view: Callable[..., Any], arguments: dict[str, Any]) -> Response:
    response = make_response(view(**arguments))
    if db.session.new or db.session.dirty or db.session.deleted:
        database.rollback()
        raise RuntimeError(f"GET {screen.endpoint} changed data")
    if screen.personal and response.status_code < 300:
        recording.read(screen.endpoint, arguments)
    if not response.is_streamed:
        database.end_reading()
    return response


def _act(screen: Screen, view: Callable[..., Any], arguments: dict[str, Any]) -> Response:
    """Once, or again from the beginning when somebody took the same number, name or date in the very same moment (PostgreSQL lets both
    come that far): now the view sees what the other one stored and says so beside its field, as it always would."""
    before = deepcopy(dict(session))
    for _time in range(ATTEMPTS - 1):
        try:
            return _act_once(screen, view, arguments)
        except IntegrityError as clash:
            if not database.is_taken(clash):
                raise
            database.rollback()
            session.clear()
            session.update(before)
            for file in request.files.values():
                file.stream.seek(0)
    return _act_once(screen, view, arguments)


def _act_once(screen: Screen, view: Callable[..., Any], arguments: dict[str, Any]) -> Response:
    flashes = list(session.get("_flashes", []))
    key = request.form.get("once", "") if screen.once else ""
    if screen.once:
        again = _take(key, screen)
        if again is not None:
            return again
    response = make_response(view(**arguments))
    if response.status_code < 400:
        if screen.once:
            used = db.session.get(OnceKey, key)
            if used is not None:
                used.location = response.headers.get("Location", "")
        database.commit()
    else:
        database.rollback()
        session["_flashes"] = flashes
    return response


def _take(key: str, screen: Screen) -> Response | None:
    """Marks the one-time key as used; a key already used answers with what its first use led to."""
    if not 16 <= len(key) <= 64 or not (key.isascii() and key.isprintable()):
        abort(400)
    db.session.add(OnceKey(key=key, endpoint=screen.endpoint, user_id=getattr(current_user, "id", None)))
    try:
        db.session.flush()  # On PostgreSQL the second press waits here for the first.
    except IntegrityError:
        database.rollback()
        first = db.session.get(OnceKey, key)
        if first is None or first.endpoint != screen.endpoint or first.user_id != getattr(current_user, "id", None):
            abort(400)
        flash(_("這份表單已經送出過，沒有重複登錄。"), "info")
        return make_response(redirect(first.location or url_for(screen.endpoint, **(request.view_args or {}))))
    return None


def reachable(endpoint: str) -> bool:
    """Whether this person may open the screen: for menus and links."""
    person = current_user._get_current_object()
    return open_to(endpoint, person.permissions if person.is_authenticated else None)


def open_to(endpoint: str, permissions: Container[str] | None) -> bool:
    """Whether these permissions open the screen; None are those of nobody signed in."""
    screen = SCREENS.get(endpoint)
    if screen is None:
        return False
    return screen.permission == PUBLIC or (permissions is not None and (screen.permission == SIGNED_IN or screen.permission in permissions))


def development_only() -> None:
    """For screens that exist for developers: 404 elsewhere."""
    if not (current_app.debug or current_app.testing):
        abort(404)
