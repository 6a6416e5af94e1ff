"""The roster: the list, its saved views, the choice of rows, the export as shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l, language, listed, show_date
from unionops.core.jobs import tasks
from unionops.core.pages import Paging, addresses, here, page
from unionops.core.screens import reachable
from unionops.core.transfer import exporting
from unionops.members import listing, queries
from unionops.members.forms.people import EmptyForm, ExportForm, SaveViewForm
from unionops.members.models import SavedView
from unionops.members.queries import RosterColumn, RosterFilter
from unionops.members.queries.choices import every_employer, every_unit
from unionops.members.rules.membership import Place
from unionops.members.services import people, structure
from unionops.members.views.area import acting, area
from unionops.values.identifiers import identity_check

EXPORTED_AT_ONCE = 3000
"""Larger exports run in the background: no request may hold a worker for a second."""
NARROW = {"name", "number", "standing"}
"""The columns that stay on a phone."""
BULK: list[tuple[str, Any, str]] = [("export", _l("匯出"), "members.export")]
"""What may be done with chosen rows: (word, label, endpoint). The endpoint gets ``ids``, or the filter for all. The papers add theirs."""


@area.screen("/", title=_l("會員名冊"), permission="members.read", task="T1.2", indicators=["P1.2.2"], menu=("員", "Me", 200))
def roster():
    today = clock.today()
    asked = listing.asked()
    if (there := _to_whom_a_number_belongs(asked)) is not None:
        return there
    wanted = asked.wanted
    counts = queries.standing_counts(current_user, today)
    total = queries.roster_count(current_user, wanted, today)
    paging = Paging(total)
    ids = queries.roster_ids(current_user, wanted, today, offset=paging.offset, limit=paging.size)
    views = queries.saved_views(current_user)
    context: dict[str, Any] = {
        "rows": _rows(queries.roster_lines(ids, asked.columns), asked.columns, today), "paging": paging, "asked": asked, "wanted": wanted,
        "heads": _heads(asked.columns, wanted), "tabs_shown": _tabs(wanted, counts, views), "today": today, "words": listing,
        "nobody": sum(counts.values()) == 0, "missing": _missing(wanted, counts, total), "told": _rights_told(wanted, today), "bulk": _bulk_actions(),
    }
    response = page("members/roster.html", **context, **_filters(asked))
    if request.args.getlist("columns"):
        keys = "-".join(column.key for column in asked.columns)
        response.set_cookie(listing.COOKIE, keys, max_age=365 * 86400, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@area.screen("/find", title=_l("找人"), permission="members.read", task="T1.2", indicators=["P1.2.2"], methods=["POST"],
             parent="members.roster")
def find():
    """Takes what was typed into the search on to the list. A whole identity number leads to its person instead: it comes by POST, for
    an address is kept by browsers and servers."""
    asked = listing.asked(request.form)
    size = [("size", text) for text in request.form.getlist("size")]
    return _to_whom_a_number_belongs(asked) or redirect(_with("members.roster", [*asked.pairs, *size]))


def _to_whom_a_number_belongs(asked: listing.Asked) -> Any:
    """Away from a list that was asked for by a whole identity number; None when it was not."""
    typed = (identity_check(text) for text in (asked.wanted.text, *asked.wanted.text.split()))
    identity = next((one for one in typed if one.problem != "id_format"), None)
    if identity is None:
        return None
    holder = queries.taken_by(identity.normal)
    if holder is not None and queries.may_see(current_user, holder):
        to = url_for("members.person", person_id=holder.id)
    else:
        flash(_("沒有人登錄這個身分證號，或那個人不在您看得到的單位。"), "warning")
        to = _with("members.roster", [pair for pair in asked.pairs if pair[0] != "q"])
    # A list that follows the typing would put the person's page into its own place.
    return Response(headers={"HX-Redirect": to}) if request.headers.get("HX-Request") else redirect(to)


def _rows(lines: Sequence[Any], columns: tuple[RosterColumn, ...], today: date) -> list[dict[str, Any]]:
    """The lines as the table shows them; the standing stays a word, for which the template has a sign."""
    if not lines:
        return []
    address = addresses("members.person", "person_id")
    plain = [column for column in columns if column.key != "standing"]
    cells = listing.batch_reader(plain, whole=False, today=today)(lines)
    for place, column in enumerate(plain):
        if column.kind == "date" and not column.mask:
            cells[place] = [show_date(day) if day else None for day in cells[place]]
    keys = [column.key for column in plain]
    return [
        dict(zip(keys, row, strict=True), id=line.id, name=line.name, url=address(line.person_id), standing=place)
        for line, row, place in zip(lines, zip(*cells, strict=True), queries.places_of(lines, today), strict=True)
    ]


def _heads(columns: tuple[RosterColumn, ...], wanted: RosterFilter) -> list[dict[str, Any]]:
    heads = []
    # The name names the row, so it stands first; the number after it.
    for column in _name_first(columns):
        sort = None
        if column.key in queries.SORTS:
            falling = wanted.sort == column.key and not wanted.descending
            sort = here(sort=column.key if column.key != "number" else None, desc="1" if falling else None, page=None)
        kind = "text" if column.mask else column.kind
        heads.append({"key": column.key, "title": column.title, "kind": kind, "p2": column.key not in NARROW, "sort": sort})
    return heads


def _name_first(columns: tuple[RosterColumn, ...]) -> list[RosterColumn]:
    return sorted(columns, key=lambda column: column.key != "name")


def _tabs(wanted: RosterFilter, counts: dict[str, int], views: Sequence[queries.View]) -> list[SimpleNamespace]:
    tabs = []
    for which, label in listing.STANDINGS.items():
        count = sum(counts.values()) if which == queries.EVERYBODY else counts[which]
        tabs.append(SimpleNamespace(
            label=label, url=here(standing=None if which == Place.IN_FORCE else which, page=None), count=count,
            current=wanted.standing == which,
        ))
    for view in views:
        tabs.append(SimpleNamespace(label=view.title, url=f"{url_for('members.roster')}?{view.query}", count=None, current=False))
    return tabs


def _missing(wanted: RosterFilter, counts: dict[str, int], total: int) -> str:
    """Who is not in the list, and why."""
    hidden = [
        _("%(word)s %(count)s", word=label, count=f"{counts[which]:,}")
        for which, label in listing.STANDINGS.items()
        if which != queries.EVERYBODY and wanted.standing not in (which, queries.EVERYBODY) and counts[which]
    ]
    filtered = (sum(counts.values()) if wanted.standing == queries.EVERYBODY else counts[wanted.standing]) - total
    if filtered > 0:
        hidden.append(_("不符條件 %(count)s", count=f"{filtered:,}"))
    if not hidden:
        return ""
    number = sum(counts.values()) - total
    return _("未列入 %(count)s 筆：%(why)s", count=f"{number:,}", why=listed(hidden))


def _filters(asked: listing.Asked) -> dict[str, Any]:
    wanted = asked.wanted
    units, employers = every_unit(), every_employer()
    names = {unit.id: unit.name for unit in units}
    chips = [(_("單位：%(name)s", name=names.get(unit, unit)), here(unit=[str(u) for u in wanted.units if u != unit] or None, page=None))
             for unit in wanted.units]
    chips += [(str(listing.CLASSES[word]), here(**{"class": [w for w in wanted.classes if w != word] or None, "page": None}))  # type: ignore[index]
              for word in wanted.classes]
    chips += [(text, here(**{name: None, "page": None})) for name, text, given in (
        ("joined_from", _("入會自 %(day)s", day=show_date(wanted.joined_from)), wanted.joined_from),
        ("joined_to", _("入會至 %(day)s", day=show_date(wanted.joined_to)), wanted.joined_to),
    ) if given]
    if wanted.employer:
        name = next((one.name for one in employers if one.id == wanted.employer), str(wanted.employer))
        chips.append((_("雇主：%(name)s", name=name), here(employer=None, page=None)))
    facets: list[dict[str, Any]] = []
    if units:
        facets.append({"label": _("單位"), "name": "unit", "options": [(unit.id, unit.title, unit.id in wanted.units) for unit in units]})
    facets.append({"label": _("類別"), "name": "class", "options": [(word, text, word in wanted.classes) for word, text in _class_words(language())]})
    chips += [(str(listing.RIGHTS[word]), here(rights=[w for w in wanted.rights if w != word] or None, page=None))  # type: ignore[index]
              for word in wanted.rights]
    if wanted.behind:
        chips.append((_behind(wanted.behind), here(behind=None, page=None)))
    facets.append({"label": _("權利"), "name": "rights", "options": [(word.value, str(text), word in wanted.rights) for word, text in listing.RIGHTS.items()]})
    facets.append({"label": _("欠費"), "name": "behind", "options": [
        (months, _behind(months), months == wanted.behind) for months in sorted({*listing.BEHIND, wanted.behind or 1})
    ]})
    facets.append({"label": _("入會日"), "days": [("joined_from", _("自"), wanted.joined_from), ("joined_to", _("至"), wanted.joined_to)]})
    if employers:
        facets.append({"label": _("雇主"), "name": "employer", "minor": True,
                       "options": [(one.id, one.name, one.id == wanted.employer) for one in employers[:200]]})
    keys = {column.key for column in asked.columns}
    facets.append({"label": _("欄位"), "name": "columns", "minor": True, "options": [
        (key, title, key in keys) for key, title in _column_titles(language(), tuple(queries.roster_columns().values()))
    ]})
    keep = [(name, value) for name, value in asked.pairs if name in ("standing", "sort", "desc")]
    if request.args.get("size"):
        keep.append(("size", request.args["size"]))
    return {"chips": chips, "facets": facets, "keep": keep}


def _behind(months: int) -> str:
    return _("欠費 %(months)s 個月以上", months=months)


def _rights_told(wanted: RosterFilter, today: date) -> list[str]:
    """How many of the list have each right, once it is asked about rights: reading that of everybody takes its time."""
    if not (wanted.rights or wanted.behind):
        return []
    counts = queries.rights_counts(current_user, wanted, today)
    return [_("%(word)s %(count)s", word=str(text), count=f"{counts[word]:,}") for word, text in listing.RIGHTS.items()]


@lru_cache(maxsize=20)
def _class_words(shown: str) -> tuple[tuple[str, str], ...]:
    return tuple((word.value, str(text)) for word, text in listing.CLASSES.items())


@lru_cache(maxsize=20)
def _column_titles(shown: str, columns: tuple[RosterColumn, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((column.key, str(column.title)) for column in columns if column.key not in ("name", "number"))


def _bulk_actions() -> list[tuple[str, Any]]:
    return [(word, label) for word, label, endpoint in BULK if reachable(endpoint)]


@area.screen("/chosen", title=_l("對選取的會員"), permission="members.read", task="T1.2", indicators=["P1.2.2"], methods=["POST"],
             parent="members.roster")
def chosen():
    """Takes the chosen rows, or the whole filter, on to the screen that was asked."""
    endpoint = next((endpoint for word, _label, endpoint in BULK if word == request.form.get("act")), None)
    if endpoint is None or not reachable(endpoint):
        abort(400)
    query = request.form.get("query", "")
    ids = [text for text in request.form.getlist("ids") if text.isascii() and text.isdigit()][:100]
    if not ids and "all" not in request.form:
        flash(_("還沒有勾選任何會員。"), "warning")
        return redirect(f"{url_for('members.roster')}?{query}")
    parameters = [*_pairs_of(query), *([] if "all" in request.form else [("ids", text) for text in ids])]
    return redirect(_with(endpoint, parameters))


def _pairs_of(query: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return list(listing.asked(MultiDict(parse_qsl(query[:2000]))).pairs)


def _with(endpoint: str, pairs: list[tuple[str, str]]) -> str:
    arguments: dict[str, list[str]] = {}
    for name, value in pairs:
        arguments.setdefault(name, []).append(value)
    return url_for(endpoint, **arguments)  # type: ignore[arg-type]


def _narrowed(wanted: RosterFilter) -> RosterFilter:
    """What this address means: the rows ticked (``ids``), or the whole filter."""
    ticked = [int(text) for text in request.args.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 10]
    return RosterFilter(standing=queries.EVERYBODY, ids=tuple(ticked[:100])) if ticked else wanted


# --- saved views ------------------------------------------------------------------------------------------------------


@area.screen("/views/new", title=_l("儲存目前檢視"), permission="members.read", task="T1.2", indicators=["P1.2.2"], methods=["GET", "POST"],
             parent="members.roster")
def save_view():
    form = SaveViewForm(may_share=current_user.can("members.share"))
    if not form.is_submitted():
        form.query.data = listing.asked().query
    if form.validate_on_submit():
        with form.catching():
            view = structure.save_view(current_user, title=form.title.data, query=_urlencoded(form.query.data), is_shared=form.shared)
            flash(_("已儲存檢視「%(name)s」。", name=view.title), "success")
            return redirect(f"{url_for('members.roster')}?{view.query}")
    mine = [view for view in queries.saved_views(current_user) if view.user_id == current_user.id]
    return page("members/save_view.html", form=form, mine=mine)


def _urlencoded(query: str | None) -> str:
    from urllib.parse import urlencode

    return urlencode(_pairs_of(query or ""))


@area.screen("/views/<int:view_id>/remove", title=_l("刪除檢視"), permission="members.read", task="T1.2", indicators=["P1.2.2"],
             methods=["GET", "POST"], parent="members.save_view")
def remove_view(view_id: int):
    view = db.session.get(SavedView, view_id)
    if view is None or view.user_id != current_user.id:
        abort(404)
    form = EmptyForm()
    if form.validate_on_submit():
        structure.remove_view(view)
        flash(_("已刪除檢視「%(name)s」。", name=view.title), "success")
        return redirect(url_for("members.roster"))
    return page("members/remove_view.html", form=form, view=view)


# --- export -----------------------------------------------------------------------------------------------------------


@area.screen("/export", title=_l("匯出名冊"), permission="members.export", task="T1.2", indicators=["P1.2.2"], methods=["GET", "POST"],
             parent="members.roster")
def export():
    today = clock.today()
    asked = listing.asked()
    wanted = _narrowed(asked.wanted)
    count = queries.roster_count(acting(), wanted, today)
    form = ExportForm(may_reveal=current_user.can("members.reveal"))
    if form.validate_on_submit():
        name = _("會員名冊-%(day)s", day=today.strftime("%Y%m%d"))
        recording.describe(
            people.EXPORTED, count=count, covered=_("完整個人資料") if form.whole else _("已遮罩"),
            reason=_("，事由：%(reason)s", reason=form.reason.data) if form.whole else "",
        )
        if count > EXPORTED_AT_ONCE:
            made = tasks.start(
                "members.export_roster", current_user, query=asked.query, columns=[column.key for column in asked.columns],
                fmt=form.fmt.data, whole=form.whole, name=name,
            )
            flash(_("筆數較多，改在背景製作；完成後可在這裡下載。"), "info")
            return redirect(url_for("jobs.task", task_id=made.id))
        read = listing.batch_reader(asked.columns, whole=form.whole, today=today)
        batches = map(read, queries.lines_streamed(acting(), wanted, asked.columns, today))
        return exporting.file_response(listing.sheet_columns(asked.columns), batches, form.fmt.data, name=name)
    return page(
        "members/export.html", form=form, count=count, columns=asked.columns, back=f"{url_for('members.roster')}?{asked.query}",
        background=count > EXPORTED_AT_ONCE,
    )
