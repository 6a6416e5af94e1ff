"""The inbox of applications: by state, how long they have waited, what comes next; what is done to several at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.db import remembered
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, addresses, here, page
from unionops.core.screens import reachable
from unionops.members.forms.joining import CHANNELS
from unionops.members.queries import joining as queries
from unionops.members.queries.joining import TO_RATIFY, Filter
from unionops.members.rules.admission import OPEN, State
from unionops.members.views.joining.area import HANDLE, NEXT, READ, STATES, area

MOST = 200
"""Applications for one act on several."""


def waiting(user: Any) -> int:
    """How many applications wait for the office: to be checked, sent, admitted. Asked for every page, so it is remembered."""
    if not user.can("joining.handle"):
        return 0
    mine = tuple(state.value for state in (State.RECEIVED, State.CHECKED, State.APPROVED, State.PAID))
    return remembered("joining", ("waiting", user.sight), lambda: queries.count(user, Filter(states=mine)))


@area.screen("/", title=_l("入會"), **READ, menu=("入", "Jo", 210), waiting=waiting)
def index():
    wanted = _asked()
    states = queries.states(current_user, wanted)
    total = queries.count(current_user, wanted)
    paging = Paging(total)
    found = queries.rows(current_user, wanted, offset=paging.offset, limit=paging.size)
    form = queries.public_form()
    return page(
        "joining/index.html", rows=[_line(row) for row in found], paging=paging, wanted=wanted, tabs_shown=_tabs(wanted, states), nobody=not sum(states.values()),
        to_board=len(queries.before_board(current_user)) if reachable("joining.board") else 0, is_open=form is not None and form.is_open,
        bulk=_bulk(), missing=_missing(wanted, states, total),
    )


@area.screen("/choose", title=_l("批次作業"), **HANDLE, methods=["POST"], parent="joining.index")
def choose():
    """Leads to the page that shows what will be done to each."""
    numbers = [text for text in request.form.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 10][:MOST]
    where = {"ask": "joining.ask", "admit": "joining.admit_many", "paper": "joining.review_paper"}.get(request.form.get("act", ""))
    if where is None:
        abort(400)
    if not numbers:
        flash(_("請先勾選申請。"), "info")
        return redirect(url_for(".index"))
    return redirect(url_for(where, ids=numbers))


def _asked() -> Filter:
    """What the address asks; without a state, those that are open."""
    chosen = tuple(one for one in request.args.getlist("state") if one in {*State, TO_RATIFY})
    text = request.args.get("q", "")[:100]
    is_whole = request.args.get("state") == "all" or (text and not chosen)
    return Filter(text=text, states=() if is_whole else chosen or tuple(one.value for one in OPEN))


def _line(row: queries.Row) -> SimpleNamespace:
    one, today = row.application, clock.today()
    sign, word = STATES[row.state]
    is_open = row.state in OPEN
    return SimpleNamespace(
        id=one.id, name=one.name, number=one.number, url=addresses("joining.application", "application_id")(one.id), channel=CHANNELS[one.channel],
        received_on=one.received_on, days=(today - one.received_on).days if is_open else None, sign=sign, word=word, next=NEXT[row.state], unit=row.unit or "",
        unratified=row.state != State.REFUSED and queries.waits_for_ratifying(one), fee=row.fee_open if row.state == State.UNPAID else None,
    )


def _tabs(wanted: Filter, states: dict[str, int]) -> list[SimpleNamespace]:
    open_ones = tuple(one.value for one in OPEN)
    tabs = [SimpleNamespace(label=_("未結"), url=here(state=None, page=None), count=sum(states.get(one, 0) for one in open_ones), current=wanted.states == open_ones)]
    for one in (*OPEN, TO_RATIFY, State.MEMBER, State.REFUSED, State.WITHDRAWN):
        word = str(one)
        if states.get(word) or wanted.states == (word,):
            label = _("待追認") if one == TO_RATIFY else STATES[State(word)][1]
            tabs.append(SimpleNamespace(label=label, url=here(state=word, page=None), count=states.get(word, 0), current=wanted.states == (word,)))
    everything = sum(count for word, count in states.items() if word != TO_RATIFY)
    tabs.append(SimpleNamespace(label=_("全部"), url=here(state="all", page=None), count=everything, current=not wanted.states))
    return tabs


def _missing(wanted: Filter, states: dict[str, int], total: int) -> str:
    rest = sum(count for word, count in states.items() if word != TO_RATIFY) - total
    return _("未列入 %(n)s 件其他狀態的申請。", n=rest) if rest > 0 and wanted.states else ""


def _bulk() -> list[tuple[str, Any]]:
    acts = [("ask", _l("送審"), "joining.ask"), ("admit", _l("辦理入會"), "joining.admit_many"), ("paper", _l("審查名冊"), "joining.review_paper")]
    return [(word, label) for word, label, endpoint in acts if reachable(endpoint)]
