"""Language: Chinese source strings, English catalogue, ROC years in Chinese and ISO in English.

Everything takes its translation functions from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from babel import Locale
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, gettext, ngettext
from flask_babel.speaklater import LazyString
from flask_login import current_user
from markupsafe import Markup, escape

from unionops.core import clock
from unionops.values import money, roc
from unionops.values.problems import Problem, _m

babel = Babel()

LOCALES = {"zh_Hant_TW": "中文", "en": "English"}
COOKIE = "lang"
_WANTED = {"zh-tw": "zh_Hant_TW", "zh-hant": "zh_Hant_TW", "zh": "zh_Hant_TW", "en": "en"}

__all__ = [
    "COMMA",
    "SEMICOLON",
    "Later",
    "_",
    "_l",
    "babel",
    "chinese",
    "language",
    "listed",
    "ngettext",
    "say",
    "show_date",
    "show_day",
    "show_moment",
    "source_of",
    "written",
]


def _(text: str, /, **figures: Any) -> str:
    """The text in the reader's language, its %(figures)s filled in. Chinese is the source: there is no catalogue to look into."""
    told: str = text if chinese() else gettext(text)
    return told % figures if figures else told


def _l(text: str, /, **figures: Any) -> Any:
    """The same for a text that is named before anybody reads it; it becomes a string for each reader."""
    return Later(_, text, **figures)


def source_of(text: Later) -> dict[str, Any]:
    """What to store of a text named by ``_l`` so that each later reader has it in his own language: ``written`` reads it."""
    return {"word": text._args[0], **({"figures": dict(text._kwargs)} if text._kwargs else {})}


def written(stored: dict[str, Any]) -> str:
    """A text stored by ``source_of``, in the reader's language."""
    text: str = stored["word"]
    return _(text, **stored.get("figures", {}))


class Later(LazyString):  # type: ignore[misc]
    def __html__(self) -> Markup:
        """Escaped like any text; flask-babel's own would vouch for whatever figures are filled in."""
        return escape(str(self))


def _in_template(text: str, /, **figures: Any) -> Markup:
    """The same in a template, where figures are escaped and a percent sign is written twice."""
    told = Markup(text if chinese() else gettext(text))
    return told % figures if figures or "%" in told else told


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
    # Asked for every text, so what flask-babel keeps for the request is looked at first.
    try:
        locale = g._flask_babel.babel_locale or get_locale()
    except (AttributeError, RuntimeError):  # Not asked yet, or nobody asks.
        locale = get_locale()
    return locale is None or locale.language == "zh"


def say(problem: Problem | str) -> str:
    """A problem in the reader's language, its figures filled in."""
    if not isinstance(problem, Problem):
        return _(problem)
    text = _(problem.message)
    return text % {name: _figure(value) for name, value in problem.params.items()} if problem.params else text


def _figure(value: Any) -> Any:
    if isinstance(value, date):
        return show_date(value)
    if isinstance(value, Problem):
        return say(value)
    return listed(value) if isinstance(value, list | tuple) else value


COMMA, SEMICOLON = _m("、"), _m("；")


def listed(items: Iterable[Any], sign: str = COMMA) -> str:
    """The items one after another with the sign that the reader's language puts between them: ``COMMA`` or ``SEMICOLON``."""
    return _(sign).join(str(item) for item in items)


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


def show_day(day: date | None) -> str:
    """The same with its weekday, short: 115/09/01（二） or 2026-09-01 (Tue)."""
    if day is None:
        return "–"
    return f"{roc.roc_date(day)}（{roc.weekday(day)}）" if chinese() else f"{day.isoformat()} ({day:%a})"


def show_month(day: date | None) -> str:
    """The month that a day lies in: 115 年 9 月 in Chinese, 2026-09 in English."""
    if day is None:
        return "–"
    return f"{day.year - roc.EPOCH} 年 {day.month} 月" if chinese() else f"{day:%Y-%m}"


def show_months(first: date, last: date) -> str:
    """From the month of a day to that of another: 115 年 1–3 月, 114 年 11 月–115 年 1 月, 2026-01–2026-03; of one month as ``show_month``."""
    if (first.year, first.month) == (last.year, last.month):
        return show_month(first)
    if chinese() and first.year == last.year:
        return f"{first.year - roc.EPOCH} 年 {first.month}–{last.month} 月"
    return f"{show_month(first)}–{show_month(last)}"


def show_year(year: int) -> int:
    """A year as the reader counts them: 115 in Chinese, 2026 in English."""
    return year - roc.EPOCH if chinese() else year


def show_moment(moment: datetime | None) -> str:
    """The wall clock in Taiwan, to the minute."""
    if moment is None:
        return "–"
    here = clock.in_taipei(moment)
    return f"{show_date(here.date())} {here:%H:%M}"


def show_short(value: float) -> str:
    """A large sum at the side of a picture: 28 萬 in Chinese, 280k in English; below ten thousand as it is."""
    if value < 10_000:
        return f"{value:,.0f}"
    if chinese():
        return f"{round(value / 10_000, 1):g} 萬"
    return f"{round(value / 1_000_000, 2):g}M" if value >= 1_000_000 else f"{round(value / 1_000, 1):g}k"


def init_app(app: Flask) -> None:
    known = {name: Locale.parse(name) for name in LOCALES}
    babel.init_app(app, locale_selector=lambda: known[language()], timezone_selector=lambda: "Asia/Taipei")
    app.jinja_env.globals.update({"_": _in_template, "gettext": _in_template})
    app.jinja_env.filters.update(roc_date=show_date, roc_day=show_day, roc_long=show_long, roc_month=show_month, roc_year=show_year, short=show_short, moment=show_moment, ntd=money.ntd, say=say, listed=listed)
