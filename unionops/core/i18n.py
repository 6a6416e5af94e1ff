"""Language: Chinese source strings, English catalogue, ROC years in Chinese and ISO in English.

Everything takes its translation functions from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, lazy_gettext, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from unionops.core import clock
from unionops.values import money, roc
from unionops.values.problems import Problem

_l = lazy_gettext
babel = Babel()

LOCALES = {"zh_Hant_TW": "中文", "en": "English"}
COOKIE = "lang"
_WANTED = {"zh-tw": "zh_Hant_TW", "zh-hant": "zh_Hant_TW", "zh": "zh_Hant_TW", "en": "en"}

__all__ = ["_", "_l", "babel", "chinese", "language", "ngettext", "say", "show_date", "show_moment"]


def language() -> str:
    """The language of this request: the person's own choice, the browser's, or Chinese."""
    if not has_request_context():
        return getattr(g, "language", "zh_Hant_TW") if _has_app_context() else "zh_Hant_TW"
    if "language" not in g:
        g.language = _choose()
    chosen: str = g.language
    return chosen


def _has_app_context() -> bool:
    from flask import has_app_context

    return has_app_context()


def _choose() -> str:
    cookie = request.cookies.get(COOKIE)
    if cookie in LOCALES:
        return cookie
    own = getattr(current_user, "locale", None)
    if own in LOCALES:
        return own
    match = request.accept_languages.best_match(list(_WANTED))
    return _WANTED[match] if match else "zh_Hant_TW"


def chinese() -> bool:
    """Whether the person reads Chinese now."""
    return str(get_locale() or "zh_Hant_TW").startswith("zh")


def say(problem: Problem | str) -> str:
    """A problem in the reader's language, its figures filled in."""
    if not isinstance(problem, Problem):
        return _(problem)
    params: Mapping[str, Any] = {name: show_date(value) if isinstance(value, date) else value for name, value in problem.params.items()}
    text = _(problem.message)
    return text % params if params else text


def show_date(day: date | None) -> str:
    """115/09/01 in Chinese, 2026-09-01 in English, a dash for none."""
    if day is None:
        return "–"
    return roc.roc_date(day) if chinese() else day.isoformat()


def show_long(day: date | None) -> str:
    """115 年 9 月 1 日（星期二） or 2026-09-01 (Tue)."""
    if day is None:
        return "–"
    return roc.roc_long(day) if chinese() else f"{day.isoformat()} ({day:%a})"


def show_moment(moment: datetime | None) -> str:
    """The wall clock in Taiwan, to the minute."""
    if moment is None:
        return "–"
    here = clock.in_taipei(moment)
    return f"{show_date(here.date())} {here:%H:%M}"


def init_app(app: Flask) -> None:
    babel.init_app(app, locale_selector=language, timezone_selector=lambda: "Asia/Taipei")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(roc_date=show_date, roc_long=show_long, moment=show_moment, ntd=money.ntd, say=say)
