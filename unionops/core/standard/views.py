"""The page of the occupational standard: every code, and the screens that serve it."""

from __future__ import annotations

from types import SimpleNamespace

from flask import current_app, url_for

from unionops.core.i18n import _l, chinese
from unionops.core.pages import page
from unionops.core.screens import SCREENS, Area, reachable
from unionops.core.standard.codes import Code, Duty, Task, pending, standard
from unionops.core.standard.coverage import serving

area = Area("standard", title=_l("職能基準"), permissions={"standard.read": _l("檢視職能基準與對應畫面")})


@area.screen("", title=_l("職能基準"), permission="standard.read", menu=("職", "St", 830))
def codes():
    known = standard()
    served = [code for code in (*known.outputs, *known.indicators) if serving(code)]
    return page(
        "standard/codes.html", standard=known, served=len(served), wanted=len(known.outputs) + len(known.indicators), words=words,
        screens=screens, pending=pending(),
    )


def words(code: Code | Task | Duty) -> str:
    """A code's wording in the reader's language."""
    return code.zh if chinese() else code.en


def screens(code: str) -> list[SimpleNamespace]:
    """The screens that serve a code: title, endpoint, and an address where one can be opened without choosing a record first."""
    found = []
    for endpoint in serving(code):
        rule = next(current_app.url_map.iter_rules(endpoint))
        opens = reachable(endpoint) and not rule.arguments and "GET" in (rule.methods or ())
        found.append(SimpleNamespace(title=SCREENS[endpoint].title, endpoint=endpoint, url=url_for(endpoint) if opens else None))
    return found
