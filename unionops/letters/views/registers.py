"""The registers: letters received, letters sent, those whose answer is late; as shown on the screen and as an exported file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, request
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.documents import Column
from unionops.core.i18n import _, _l, listed
from unionops.core.pages import Paging, addresses, here, page
from unionops.core.transfer import exporting
from unionops.letters import queries
from unionops.letters.queries import AWAITED, Filter, Row
from unionops.letters.rules import OF_INCOMING, OF_OUTGOING, Direction
from unionops.letters.views.area import SERVES, area
from unionops.letters.wording import STATES, stands

EXPORTED = recording.sentence("letters.exported", _l("匯出%(what)s，%(count)s 件"))
LATE_SHOWN = 200


@area.screen("/", title=_l("收發文"), permission="letters.read", **SERVES, menu=("文", "Le", 700))
def incoming():
    return _register(Direction.IN)


@area.screen("/out", title=_l("發文"), permission="letters.read", **SERVES, parent="letters.incoming")
def outgoing():
    return _register(Direction.OUT)


@area.screen("/overdue", title=_l("逾期的公文"), permission="letters.read", **SERVES, parent="letters.incoming")
def overdue():
    today = clock.today()
    lists = []
    for direction, title in ((Direction.IN, _("本會該回而未回")), (Direction.OUT, _("對方該回而未回"))):
        wanted = Filter(direction, overdue=True)
        found = queries.rows(current_user, wanted, today, limit=LATE_SHOWN)
        total = len(found) if len(found) < LATE_SHOWN else queries.count(current_user, wanted, today)
        lists.append(SimpleNamespace(title=title, rows=_lines(found, today), total=total))
    return page("letters/overdue.html", lists=lists, columns=_columns())


def _register(direction: Direction) -> Any:
    today, wanted = clock.today(), _asked(direction)
    states = queries.states(current_user, wanted, today)
    total = queries.count(current_user, wanted, today) if wanted.states else sum(states.values())
    paging = Paging(total)
    found = queries.rows(current_user, wanted, today, offset=paging.offset, limit=paging.size)
    return page(
        "letters/register.html", direction=direction, rows=_lines(found, today), columns=_columns(), paging=paging, tabs_shown=_tabs(wanted, states),
        nobody=not total and wanted == Filter(direction), missing=_missing(wanted, states, total, today), wanted=wanted,
        late=queries.count(current_user, Filter(direction, overdue=True), today),
        export_query="?" + request.query_string.decode() if request.query_string else "", **_filters(wanted),
    )


def _columns() -> list[dict[str, Any]]:
    return [
        {"key": "number", "title": _("文號與主旨")}, {"key": "counterpart", "title": _("來文或受文者"), "p2": True},
        {"key": "day", "title": _("日期"), "kind": "date", "p2": True}, {"key": "owner", "title": _("承辦人"), "kind": "status", "p2": True},
        {"key": "due", "title": _("回覆期限")}, {"key": "state", "title": _("狀態"), "kind": "status"},
    ]


def _lines(found: Sequence[Row], today: date) -> list[SimpleNamespace]:
    address = addresses("letters.letter", "letter_id")
    lines = []
    for row in found:
        letter, (sign, word) = row.letter, stands(row.letter, row.due_on, today)
        lines.append(SimpleNamespace(
            number=letter.number or _("（未編號）"), subject=letter.subject, secret=letter.is_secret, url=address(letter.id),
            counterpart=letter.counterpart, theirs=letter.their_number, day=letter.received_on or letter.issued_on, owner=row.owner or "",
            due=(row.due_on - today).days if row.due_on is not None else None, due_on=row.due_on, sign=sign, word=word,
            unsent=row.unsent if letter.state == "issued" else 0, receivers=row.receivers,
        ))
    return lines


def _asked(direction: Direction) -> Filter:
    """What the address asks; parts that mean nothing are left out."""
    given = request.args
    known = {*OF_INCOMING} if direction == Direction.IN else {*OF_OUTGOING, AWAITED}
    owner = given.get("owner", "")
    return Filter(
        direction, text=given.get("q", "")[:100], year=_whole(given.get("year")), series=_whole(given.get("series")),
        states=tuple(state for state in given.getlist("state") if state in known), owner=_whole(owner), counterpart=given.get("who", "")[:60],
        overdue=given.get("late") == "1",
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else None


def _tabs(wanted: Filter, states: dict[str, int]) -> list[SimpleNamespace]:
    known = OF_INCOMING if wanted.direction == Direction.IN else OF_OUTGOING
    tabs = [SimpleNamespace(label=_("全部"), url=here(state=None, page=None), count=sum(states.values()), current=not wanted.states)]
    tabs += [
        SimpleNamespace(label=STATES[state], url=here(state=state.value, page=None), count=states[state], current=wanted.states == (state,))
        for state in known if states.get(state)
    ]
    if wanted.direction == Direction.OUT:
        tabs.append(SimpleNamespace(label=_("等待回文"), url=here(state=AWAITED, page=None), count=None, current=wanted.states == (AWAITED,)))
    return tabs


def _missing(wanted: Filter, states: dict[str, int], total: int, today: date) -> str:
    """What this register holds that is not in the list, and why."""
    whole = Filter(wanted.direction, year=wanted.year)
    reasons = []
    filtered = (sum(states.values()) if wanted == replace(whole, states=wanted.states) else queries.count(current_user, whole, today)) - total
    if filtered > 0:
        reasons.append(_("不符條件 %(n)s 件", n=f"{filtered:,}"))
    closed = queries.hidden(current_user, wanted, today)
    if closed:
        reasons.append(_("只給承辦人看的 %(n)s 件", n=f"{closed:,}"))
    return _("未列入：%(why)s", why=listed(reasons)) if reasons else ""


def _filters(wanted: Filter) -> dict[str, Any]:
    series = queries.series(wanted.direction, closed=True)
    people = queries.colleagues()
    codes, names = {one.id: one.code for one in series}, {0: _("尚未指定"), **{one.id: one.name for one in people}}
    given = (
        ("year", _("%(year)s 年", year=wanted.year), wanted.year is not None), ("series", codes.get(wanted.series or 0, "–"), wanted.series is not None),
        ("owner", _("承辦：%(name)s", name=names.get(wanted.owner or 0, "–")), wanted.owner is not None),
        ("who", _("來文或受文者：%(name)s", name=wanted.counterpart), wanted.counterpart), ("late", _("逾期"), wanted.overdue),
    )
    facets: list[dict[str, Any]] = [
        {"label": _("年度"), "name": "year", "options": [(year, year, year == wanted.year) for year in queries.years(wanted.direction)]},
        {"label": _("承辦人"), "name": "owner", "options": [(number, name, number == wanted.owner) for number, name in names.items()]},
    ]
    if len(series) > 1:
        facets.insert(1, {"label": _("代字"), "name": "series", "options": [(one.id, one.code, one.id == wanted.series) for one in series]})
    kept = [(name, value) for name in ("state", "late", "who", "size") for value in request.args.getlist(name)]
    return {"chips": [(text, here(**{name: None, "page": None})) for name, text, on in given if on], "facets": facets, "keep": kept}


# --- as a file --------------------------------------------------------------------------------------------------------


@area.screen("/export/<direction>.<fmt>", title=_l("匯出收發文清單"), permission="letters.read", **SERVES, methods=["POST"], exact=True,
             parent="letters.incoming")
def export(direction: str, fmt: str):
    """The list as it is shown, filters kept in the address; every page of it."""
    if direction not in set(Direction) or fmt not in exporting.FORMATS:
        abort(404)
    today, wanted = clock.today(), _asked(Direction(direction))
    found = queries.rows(current_user, wanted, today)
    answers = queries.answered_by(row.letter.id for row in found)
    name = _("收文清單") if wanted.direction == Direction.IN else _("發文清單")
    recording.describe(EXPORTED, what=name, count=len(found))
    columns = [Column(str(title), kind="date" if is_day else "text") for title, is_day in _EXPORTED]
    lines = [_exported(row, answers, today) for row in found]
    batches = [list(zip(*lines, strict=True))] if lines else []
    return exporting.file_response(columns, batches, fmt, name=f"{name}-{today:%Y%m%d}")


_EXPORTED = (
    (_l("文號"), False), (_l("收發日期"), True), (_l("來文或受文者"), False), (_l("來文日期"), True), (_l("來文字號"), False), (_l("主旨"), False),
    (_l("承辦人"), False), (_l("回覆期限"), True), (_l("狀態"), False), (_l("回覆文號"), False),
)
"""The columns of an exported list, and which of them are days."""


def _exported(row: Row, answers: dict[int, list[str]], today: date) -> tuple[Any, ...]:
    letter = row.letter
    return (
        letter.number, letter.received_on or letter.issued_on, letter.counterpart, letter.their_on, letter.their_number, letter.subject,
        row.owner or "", row.due_on, str(stands(letter, row.due_on, today)[1]), listed(answers.get(letter.id, ())),
    )
