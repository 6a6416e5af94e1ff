"""The language and the colours of the pages: kept in cookies, switched from where one is."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, current_app, make_response, redirect, request
from werkzeug.exceptions import HTTPException

from unionops.core.accounts import rules
from unionops.core.accounts.views.area import area
from unionops.core.i18n import COOKIE, LOCALES, _l
from unionops.core.screens import PUBLIC

THEMES = ("light", "dark", "auto")
YEAR = 365 * 24 * 3600


@area.screen("/language/<language>", title=_l("語言"), permission=PUBLIC, exact=True)
def switch_language(language: str):
    if language not in LOCALES:
        abort(404)
    return _remember(COOKIE, language)


@area.screen("/theme/<theme>", title=_l("外觀"), permission=PUBLIC, exact=True)
def switch_theme(theme: str):
    if theme not in THEMES:
        abort(404)
    return _remember("theme", theme)


def _remember(name: str, value: str) -> Response:
    response = make_response(redirect(_came_from()))
    response.set_cookie(name, value, max_age=YEAR, secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax")
    return response


def _came_from() -> str:
    """The page of this site on which a link was pressed; the first page if the browser does not tell, or if it was the answer to a form."""
    came = urlsplit(request.referrer or "")
    path = came.path.removeprefix(request.script_root)
    back = f"{came.path}?{came.query}" if came.query else came.path
    if came.netloc != request.host or not rules.is_local(back):
        return "/"
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return "/"
    return back
