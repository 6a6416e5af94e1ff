"""What a person meets when something is refused or breaks: calm pages, never a trace.

A 404 and someone else's record look the same. A rule broken outside any form is a 422, a record that somebody else changed
meanwhile a 409. A 500 gets an incident number that is in the log beside the trace.
"""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from unionops.core import db as database
from unionops.core import drafts
from unionops.core.i18n import _, say
from unionops.core.screens import current_screen
from unionops.core.templates import render
from unionops.values.problems import RuleBroken

log = structlog.get_logger()


class Conflict(HTTPException):
    """Somebody else changed the record meanwhile. ``fields`` are (label, theirs, mine) for the merge page."""

    code = 409
    description = "conflict"

    def __init__(self, fields: list[tuple[str, str, str]], back: str) -> None:
        super().__init__()
        self.fields = fields
        self.back = back


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RuleBroken, _rule_broken)
    app.register_error_handler(StaleDataError, _overtaken)
    app.register_error_handler(Exception, _broken)


def _page(code: int, **context: object):
    template = f"errors/{code}.html" if code in (400, 403, 404, 409, 413, 422, 429, 500) else "errors/error.html"
    return render(template, code=code, **context), code


def _refused(error: HTTPException):
    database.rollback()
    if error.response is not None:
        return error
    code = error.code or 500
    if code >= 500:
        return _broken(error)
    extra: dict[str, object] = {"fields": error.fields, "back": error.back} if isinstance(error, Conflict) else {}
    if code == 413:
        extra = {"most": current_app.config["MAX_CONTENT_LENGTH"] // 2**20 - 2, "back": _typed()}
    body, status = _page(code, message="", incident="", **extra)
    return body, status, {"Allow": ", ".join(error.valid_methods)} if getattr(error, "valid_methods", None) else {}


def _typed() -> str:
    """Where the text of a form that was too large waits; empty when there is none or nobody to give it back to."""
    screen = current_screen()
    if not getattr(request, "too_large", False) or screen is None or "GET" not in screen.methods:
        return ""
    address = drafts.keep()
    return address if "draft=" in address else ""


def _csrf(error: CSRFError):
    database.rollback()
    return _page(400, message=_("這個頁面放得太久，或是在另一個分頁登出了。請回上一頁重新整理後再送出；打過的字仍在。"), incident="")


def _rule_broken(error: RuleBroken):
    """A button without a form has no field beside which to say it."""
    database.rollback()
    return _page(422, message=" ".join(say(one) for one in error.problems), incident="")


def _overtaken(error: StaleDataError):
    """Two wrote one record at the same moment: the version in its row tells the second."""
    return _refused(Conflict([], request.full_path.rstrip("?")))


def _broken(error: Exception):
    database.rollback()
    incident = secrets.token_hex(4).upper()
    log.error("incident", incident=incident, path=request.path, method=request.method, exc_info=error)
    try:
        return _page(500, message="", incident=incident)
    except Exception as also:  # The error page itself fails: say it without any template.
        log.error("error page failed", incident=incident, exc_info=also)
        return f"系統發生錯誤，事件編號 {incident}。資料沒有變動。 / Something went wrong, incident {incident}. Nothing was changed.", 500
