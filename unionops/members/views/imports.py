"""The roster import as a person does it: hand over a file, settle its columns, look, mend, write, and take back."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask_login import current_user

from unionops.core import clock, documents
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.errors import Conflict
from unionops.core.i18n import _, _l, listed, say, show_date
from unionops.core.jobs.models import Task
from unionops.core.pages import Paging, here, page
from unionops.core.transfer.tables import Table, repair_rows
from unionops.core.transfer.workbook import Row
from unionops.members.forms.imports import (
    ApplyForm,
    UndoForm,
    UploadForm,
    decision_form,
    mapping_form,
    row_form,
    sheet_choices,
    typed_cells,
)
from unionops.members.models import RosterImport
from unionops.members.queries import checks
from unionops.members.queries import imports as queries
from unionops.members.queries.checks import Check
from unionops.members.rules import import_outcome as outcome
from unionops.members.rules.import_outcome import Line
from unionops.members.rules.roster_verdicts import MESSAGES, Finding
from unionops.members.services import imports as services
from unionops.members.views.area import area
from unionops.values import masks
from unionops.values.problems import Problem, RuleBroken

STATES = {
    queries.READ: ("soon", _l("已讀入，尚未匯入")),
    queries.APPLIED: ("ok", _l("已匯入")),
    queries.UNDONE: ("warn", _l("已復原")),
    queries.DROPPED: ("off", _l("已放棄")),
}
KINDS = {
    outcome.CREATED: ("ok", _l("新增")),
    outcome.CHANGED: ("soon", _l("更新")),
    outcome.UNCHANGED: ("off", _l("相同")),
    outcome.REFUSED: ("stop", _l("退件")),
    outcome.DUPLICATE: ("warn", _l("待決定")),
    outcome.FOLDED: ("off", _l("併入他列")),
    outcome.LEFT_OUT: ("off", _l("不匯入")),
    outcome.SKIPPED: ("off", _l("不是會員的列")),
}
"""kind of line → (sign, word)"""
_TABS = (
    ("", _l("全部")), (outcome.REFUSED, KINDS[outcome.REFUSED][1]), (outcome.DUPLICATE, KINDS[outcome.DUPLICATE][1]),
    (outcome.CREATED, KINDS[outcome.CREATED][1]), (outcome.CHANGED, KINDS[outcome.CHANGED][1]), (outcome.UNCHANGED, KINDS[outcome.UNCHANGED][1]),
    ("left", _l("其中已出會")), (outcome.FOLDED, KINDS[outcome.FOLDED][1]), (outcome.LEFT_OUT, KINDS[outcome.LEFT_OUT][1]),
    (outcome.SKIPPED, KINDS[outcome.SKIPPED][1]),
)
_REPAIRED = 5000
"""Rows of one repair file: more nobody mends by hand, and the page does not wait for them."""
_SERVES: dict[str, Any] = {"permission": "members.import", "task": "T1.2", "indicators": ["P1.2.2"]}


@area.screen("/imports", title=_l("匯入紀錄"), parent="members.roster", **_SERVES)
def imports():
    _whole_union()
    query = queries.imports_query()
    paging = Paging(db.session.scalar(db.select(db.func.count()).select_from(RosterImport)) or 0)
    rows = db.session.execute(query.limit(paging.size).offset(paging.offset)).all()
    return page("members/imports.html", rows=[SimpleNamespace(batch=batch, who=who or "") for batch, who in rows], paging=paging, states=STATES)


@area.screen("/imports/new", title=_l("匯入名冊"), parent="members.imports", methods=["GET", "POST"], **_SERVES)
def start_import():
    _whole_union()
    form = UploadForm()
    if form.validate_on_submit():
        with form.catching():
            data = form.file.data.read()
            waiting = queries.waiting_file(data)
            if waiting is not None:
                flash(_("這個檔案先前已經讀入，還沒有匯入；接著做即可，更正過的都還在。"), "info")
                return redirect(url_for(".import_preview", import_id=waiting.id))
            batch = services.stage(data, form.file.data.filename or "", current_user, clock.today(), may_point=True, later=True)
            if queries.is_large(batch):
                return _checked_later(batch, "members.import_mapping")
            return redirect(url_for(".import_mapping", import_id=batch.id))
    return page("members/import_start.html", form=form)


@area.screen("/imports/<int:import_id>/columns", title=_l("工作表與欄位"), parent="members.imports", methods=["GET", "POST"], personal=True, **_SERVES)
def import_mapping(import_id: int):
    batch = _batch(import_id)
    _must_be_read(batch)
    check = _check(batch)
    plans = check.plans
    form = mapping_form(
        plans, is_text=bool(check.encoding), as_of=check.as_of, area_code=batch.mapping.get("area_code", ""), encoding=check.encoding,
    )
    if form.validate_on_submit():
        with form.catching():
            sheets = sheet_choices(form, plans)
            services.choose_mapping(
                batch, encoding=form["encoding"].data if check.encoding else "", as_of=form["as_of"].data,
                area_code=form["area_code"].data or "", sheets=sheets, today=clock.today(),
            )
            is_moved = any("heading" in one for one in sheets.values())
            if is_moved:
                flash(_("標題列已經改了，請看一下各欄是什麼。"), "info")
            then = "members.import_mapping" if is_moved or "reread" in request.form else "members.import_preview"
            if queries.is_large(batch) and not (check := checks.check_of(batch)).is_of_this_mapping:
                return _checked_later(batch, then)
            return redirect(url_for(then, import_id=import_id))
    return page(
        "members/import_mapping.html", title=batch.file_name, form=form, batch=batch, plans=plans, book_notices=check.book_notices,
        earlier=_earlier(batch), hidden=[(plan.sheet.name, len(plan.sheet.hidden_columns)) for plan in plans if plan.sheet.hidden_columns],
    )


@area.screen("/imports/<int:import_id>", title=_l("匯入預覽"), parent="members.imports", personal=True, **_SERVES)
def import_preview(import_id: int):
    batch = _batch(import_id)
    if batch.state in (queries.DROPPED, queries.UNDONE):
        return redirect(url_for(".import_result", import_id=import_id))
    if _is_written(batch):
        return redirect(url_for(".check_import", import_id=import_id))
    check = _check(batch, by_columns=True)
    if batch.state == queries.READ and not any(plan.is_read for plan in check.plans):
        return redirect(url_for(".import_mapping", import_id=import_id))
    kind, code, text = request.args.get("kind", ""), request.args.get("code", ""), request.args.get("q", "").strip()
    if kind not in {word for word, _title in _TABS}:
        kind = ""
    chosen = check.chosen(kind, code, text)
    paging = Paging(len(chosen))
    lines = [_shown(batch, check, line) for line in check.lines(chosen[paging.offset : paging.offset + paging.size])]
    codes = check.codes(kind)
    chips = [(_code_label(code), here(code=None, page=None))] if code else []
    chips += [(text, here(q=None, page=None))] if text else []
    tabs = [
        {"label": title, "url": url_for(".import_preview", import_id=import_id, kind=word or None),
         "count": sum(check.counts[one] for one in outcome.KINDS if one != outcome.SKIPPED) if not word else check.counts[word],
         "current": word == kind}
        for word, title in _TABS if not word or check.counts[word]
    ]
    return page(
        "members/import_preview.html", title=batch.file_name, batch=batch, check=check, lines=lines, paging=paging, tabs=tabs, kind=kind,
        chips=chips, text=text, states=STATES, earlier=_earlier(batch) if batch.state == queries.READ else None,
        code_options=[(word, f"{_code_label(word)}（{count}）", word == code) for word, count in codes],
        notices=[say(one) for one in check.notices], sheets=len(check.sheets), figures=_figures(check.counts),
        repairable=check.counts[outcome.REFUSED] + check.counts[outcome.DUPLICATE], is_going=_running(batch) is not None,
    )


@area.screen("/imports/<int:import_id>/check", title=_l("檢查名冊檔案"), parent="members.imports", methods=["GET", "POST"], **_SERVES)
def check_import(import_id: int):
    """A large file is checked in the background: how far that is, why it came to nothing, and once more."""
    batch = _batch(import_id)
    if batch.state in (queries.DROPPED, queries.UNDONE) or not queries.is_large(batch):
        return redirect(url_for(".import_preview", import_id=import_id))
    if request.method == "POST":
        return _checked_later(batch, "members.import_preview")
    task = db.session.get(Task, batch.task_id) if batch.task_id is not None else None
    if task is not None and task.is_going and (task.owner_id == current_user.id or current_user.can("jobs.read")):
        return redirect(url_for("jobs.task", task_id=task.id))
    return page(
        "members/import_check.html", title=batch.file_name, batch=batch, task=task,
        reason=[say(Problem.of(one)) for one in task.problems] if task is not None else [],
    )


@area.screen(
    "/imports/<int:import_id>/rows/<int:sheet>/<int:number>", title=_l("更正一列"), parent="members.import_preview", methods=["GET", "POST"],
    personal=True, **_SERVES,
)
def import_row(import_id: int, sheet: int, number: int):
    batch, check, line = _line(import_id, sheet, number)
    seen = services.row_token(batch, line.sheet, number)
    form = row_form(check.plans[sheet], line, seen, _corrected_cells(batch, line))
    if form.validate_on_submit():
        _same_as_shown(batch, sheet, line, form["seen"].data, seen)
        checked = "checked" in form and form["checked"].data
        with form.catching():
            services.correct_row(
                batch, line, cells=typed_cells(form, line), width=_width(check, sheet, line) if checked else 0
            )
            _check_again(batch, _("已存更正，第 %(number)s 列重新檢查過了。", number=number))
            return redirect(url_for(".import_row", import_id=import_id, sheet=sheet, number=number))
    return _row_page(batch, check, line, sheet, form=form, choice=decision_form(line, seen))


@area.screen(
    "/imports/<int:import_id>/rows/<int:sheet>/<int:number>/decision", title=_l("決定一列怎麼處理"), parent="members.import_preview",
    methods=["POST"], personal=True, **_SERVES,
)
def decide_import_row(import_id: int, sheet: int, number: int):
    batch, check, line = _line(import_id, sheet, number)
    seen = services.row_token(batch, line.sheet, number)
    _same_as_shown(batch, sheet, line, request.form.get("seen", ""), seen)
    if request.form.get("act") in ("leave", "restore"):
        with _told():
            if request.form["act"] == "leave":
                services.decide_row(batch, line, outcome.LEAVE)
            else:
                services.forget_corrections(batch, line)
            _check_again(batch)
        return redirect(url_for(".import_row", import_id=import_id, sheet=sheet, number=number))
    choice = decision_form(line, seen)
    if choice.validate_on_submit():
        with choice.catching():
            services.decide_row(batch, line, choice.decision.data)
            _check_again(batch, _("已決定第 %(number)s 列怎麼處理。", number=number))
            return redirect(url_for(".import_row", import_id=import_id, sheet=sheet, number=number))
    form = row_form(check.plans[sheet], line, seen, _corrected_cells(batch, line))
    return _row_page(batch, check, line, sheet, form=form, choice=choice)


@area.screen("/imports/<int:import_id>/repair", title=_l("匯出待修檔"), parent="members.import_preview", personal=True, exact=True, **_SERVES)
def import_repair_file(import_id: int):
    """The refused and undecided rows in their own columns, with row number and reasons, to be corrected and handed over again."""
    batch = _batch(import_id)
    if batch.state not in (queries.READ, queries.APPLIED):
        abort(404)
    check = _check(batch, by_columns=True)
    plan = next((one for one in check.plans if one.table is not None and one.sheet.name == request.args.get("sheet", batch.sheet)), None)
    if plan is None or plan.table is None:
        abort(404)
    lines = [line for line in check.lines(check.waiting()[:_REPAIRED]) if line.sheet == plan.sheet.name]
    reasons = {line.number: [_reason(one) for one in line.findings if not one.is_silent] or [_("待決定")] for line in lines}
    sheet = replace(plan.sheet, rows=[Row(line.number, line.cells) for line in lines])
    headings, rows = repair_rows(Table(sheet, plan.table.header, plan.table.mapping), reasons)
    file = io.BytesIO()
    fmt = "csv" if plan.sheet.kind == "csv" else "ods" if plan.sheet.kind == "ods" else "xlsx"
    documents.write_rows([documents.Column(one) for one in headings], ([_exported(cell) for cell in row] for row in rows), fmt, file, sheet=plan.sheet.name)
    file.seek(0)
    stem = batch.file_name.rpartition(".")[0] or batch.file_name
    return send_file(file, mimetype=documents.MEDIA_TYPES[fmt], as_attachment=True, download_name=f"{stem}-{_('待修')}.{fmt}")


@area.screen("/imports/<int:import_id>/apply", title=_l("匯入"), parent="members.import_preview", methods=["GET", "POST"], once=True, **_SERVES)
def apply_import(import_id: int):
    batch = _batch(import_id)
    _must_be_read(batch)
    if _is_written(batch):
        return redirect(url_for(".check_import", import_id=import_id))
    form = ApplyForm()
    if form.validate_on_submit():
        try:
            with form.catching():
                seen, again = form.seen.data or "-", form.again.data
                if queries.is_large(batch):
                    task = services.apply_later(batch, current_user, clock.today(), seen=seen, again=again)
                    return redirect(url_for("jobs.task", task_id=task.id))
                services.apply(batch, current_user, clock.today(), seen=seen, again=again)
                flash(_("已匯入。"), "success")
                return redirect(url_for(".import_result", import_id=import_id))
        except services.Stale as stale:
            raise Conflict([], url_for(".import_preview", import_id=import_id)) from stale
    check = _check(batch, by_columns=True)
    if not check.is_of_these_corrections:
        flash(_("有更正還沒有檢查完，請等檢查完成再匯入。"), "warning")
        return redirect(url_for(".import_preview", import_id=import_id))
    if request.method == "GET":
        form.seen.data = check.token
    return page(
        "members/import_apply.html", title=batch.file_name, form=form, batch=batch, check=check, earlier=_earlier(batch),
        in_background=queries.is_large(batch),
    )


@area.screen("/imports/<int:import_id>/result", title=_l("匯入結果"), parent="members.imports", **_SERVES)
def import_result(import_id: int):
    batch = _batch(import_id)
    if batch.state == queries.READ:
        return redirect(url_for(".import_preview", import_id=import_id))
    return page(
        "members/import_result.html", title=batch.file_name, batch=batch, who=queries.imported_by(batch), states=STATES,
        figures=_figures(batch.counts) if batch.state == queries.APPLIED else [],
        waiting=batch.counts.get(outcome.REFUSED, 0) + batch.counts.get(outcome.DUPLICATE, 0),
        out=[(KINDS[kind][1], batch.counts.get(kind, 0)) for kind in (outcome.REFUSED, outcome.DUPLICATE, outcome.LEFT_OUT, outcome.FOLDED, outcome.SKIPPED)
             if batch.counts.get(kind)],
    )


@area.screen("/imports/<int:import_id>/undo", title=_l("復原匯入"), parent="members.import_result", methods=["GET", "POST"], fresh=True, **_SERVES)
def undo_import(import_id: int):
    batch = _batch(import_id)
    if batch.state != queries.APPLIED:
        return redirect(url_for(".import_result", import_id=import_id))
    form = UndoForm()
    if form.validate_on_submit():
        with form.catching():
            services.undo(batch)
            flash(_("已復原，這次匯入的資料都移除了。"), "success")
            return redirect(url_for(".import_result", import_id=import_id))
    return page(
        "members/import_undo.html", title=batch.file_name, form=form, batch=batch, against=[say(one) for one in services.dependencies(batch)],
        created=batch.counts.get(outcome.CREATED, 0), changed=batch.counts.get(outcome.CHANGED, 0),
    )


@area.screen("/imports/<int:import_id>/drop", title=_l("放棄檔案"), parent="members.import_preview", methods=["GET", "POST"], **_SERVES)
def drop_import(import_id: int):
    batch = _batch(import_id)
    _must_be_read(batch)
    form = UndoForm()
    if form.validate_on_submit():
        with form.catching():
            services.drop(batch)
            flash(_("已放棄，檔案內容已刪除。"), "success")
            return redirect(url_for(".imports"))
    return page("members/import_drop.html", title=batch.file_name, form=form, batch=batch)


# --- inside -----------------------------------------------------------------------------------------------------------


def _whole_union() -> None:
    """A file may name members of any unit: who is limited to units may not bring one in."""
    if current_user.scopes("members.import") is not None:
        recording.denied(request.endpoint or "", "members.import")
        abort(403)


def _batch(import_id: int) -> RosterImport:
    _whole_union()
    batch = queries.import_for(import_id)
    recording.subject(batch)
    return batch


def _must_be_read(batch: RosterImport) -> None:
    """What was written, dropped or undone cannot be worked on: its result page says so."""
    if batch.state != queries.READ:
        flash(_("這個檔案已經處理完了。"), "info")
        abort(redirect(url_for(".import_result", import_id=batch.id)))


def _running(batch: RosterImport) -> Task | None:
    task = db.session.get(Task, batch.task_id) if batch.task_id is not None else None
    return task if task is not None and task.is_going else None


def _earlier(batch: RosterImport) -> SimpleNamespace | None:
    earlier = queries.applied_before(batch)
    return SimpleNamespace(batch=earlier, who=queries.imported_by(earlier)) if earlier is not None else None


def _is_written(batch: RosterImport) -> bool:
    """Whether a background task is writing the file just now."""
    task = _running(batch)
    return task is not None and task.kind == services.APPLY


def _check(batch: RosterImport, *, by_columns: bool = False) -> Check:
    """What the check of the file found; while there is nothing to show, the page that tells how far it is. ``by_columns``: only
    rows that were judged by the columns chosen now are of use."""
    check = checks.check_of(batch)
    if check is None or (by_columns and not check.is_of_this_mapping) or (not check.knows_columns and _running(batch) is not None):
        abort(redirect(url_for(".check_import", import_id=batch.id)))
    return check


def _checked_later(batch: RosterImport, then: str) -> Response:
    task = services.check_later(batch, current_user, then=then)
    return redirect(url_for("jobs.task", task_id=task.id) if task.owner_id == current_user.id else url_for(".check_import", import_id=batch.id))


def _check_again(batch: RosterImport, told: str = "") -> None:
    """After a row was changed: a large file is checked again behind the page, which says so."""
    if queries.is_large(batch):
        services.check_later(batch, current_user)
        told = _("已存。檔案很大，正在背景重新檢查；可以繼續更正其他列。")
    if told:
        flash(told, "success")


def _line(import_id: int, sheet: int, number: int) -> tuple[RosterImport, Check, Line]:
    batch = _batch(import_id)
    _must_be_read(batch)
    check = _check(batch, by_columns=True)
    line = check.line(check.plans[sheet].sheet.name, number) if sheet < len(check.plans) else None
    if line is None:
        abort(404)
    return batch, check, line


def _same_as_shown(batch: RosterImport, sheet: int, line: Line, seen: str | None, now: str) -> None:
    """A correction made in another tab is not overwritten unseen."""
    if seen != now:
        raise Conflict([], url_for(".import_row", import_id=batch.id, sheet=sheet, number=line.number))


class _told:
    """Says a refusal as a message instead of on a form that is not there."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, RuleBroken):
            flash(" ".join(say(one) for one in error.problems), "error")
            return True
        return False


def _corrected_cells(batch: RosterImport, line: Line) -> dict[str, str]:
    cells: dict[str, str] = queries.corrections_of(batch).get(queries.row_key(line.sheet, line.number), {}).get("cells", {})
    return cells


def _width(check: Check, sheet: int, line: Line) -> int:
    table = check.plans[sheet].table
    return len(table.header.paths) if table is not None and table.header.paths else len(line.cells)


def _row_page(batch: RosterImport, check: Check, line: Line, sheet: int, **forms: Any) -> Response:
    after = check.next_waiting(line)
    places = {plan.sheet.name: at for at, plan in enumerate(check.plans)}
    table = check.plans[sheet].table
    held = {column.index for column in table.mapping.columns if column.field} if table else set()
    return page(
        "members/import_row.html", title=_("第 %(number)s 列", number=line.number), batch=batch, line=line, sheet=sheet,
        shown=_shown(batch, check, line), kinds=KINDS, waiting=len(check.waiting()), act_url=url_for(
            ".decide_import_row", import_id=batch.id, sheet=sheet, number=line.number),
        next_url=url_for(".import_row", import_id=batch.id, sheet=places[after.sheet], number=after.number) if after else None,
        others=[(column.heading or column.letter, line.cells[column.index]) for column in (table.mapping.columns if table else ())
                if column.index not in held and column.index < len(line.cells) and line.cells[column.index] != ""],
        decided=_decided(line), **forms,
    )


def _shown(batch: RosterImport, check: Check, line: Line) -> SimpleNamespace:
    """A line as the page tells it: identity numbers masked unless they are what is wrong."""
    place = next(at for at, plan in enumerate(check.plans) if plan.sheet.name == line.sheet)
    sign, word = KINDS[line.kind]
    values = line.verdict.values
    number = values.get("id_number") or ""
    reasons = [SimpleNamespace(cell=one.cell, raw=one.raw, repaired=one.repaired, text=_reason(one)) for one in line.findings if not one.is_silent]
    return SimpleNamespace(
        number=line.number, sheet=line.sheet, name=values.get("name") or "", no=line.record.get("number") or values.get("member_no") or "",
        masked=masks.mask(number, "id") if number else "", sign=sign, word=word, kind=line.kind, skipped_as=line.verdict.skipped_as,
        reasons=reasons, repairs=[_reason(one) for one in line.findings if one.is_silent],
        changes=[SimpleNamespace(label=_(one.label), old=_value(one.field, one.old), new=_value(one.field, one.new)) for one in line.changes],
        url=url_for(".import_row", import_id=batch.id, sheet=place, number=line.number) if batch.state == queries.READ else None,
        person_url=None if line.known is None else _person_url(line.known.id), known=line.known.values["name"] if line.known else "",
        is_edited=line.is_edited, is_touched=queries.row_key(line.sheet, line.number) in check.touched, decision=_decided(line),
        left_on=line.record.get("left_on"),
    )


def _decided(line: Line) -> str:
    return listed(_(outcome.DECISIONS[one]) for one in line.decisions)


def _person_url(person_id: int) -> str | None:
    from unionops.core.screens import SCREENS

    return url_for("members.person", person_id=person_id) if "members.person" in SCREENS else None


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if field == "id_number":
        return masks.mask(str(value), "id")
    if hasattr(value, "year"):
        return show_date(value)
    if field == "sex":
        return {"M": _("男"), "F": _("女")}.get(value, str(value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _reason(finding: Finding) -> str:
    return say(finding.message)


def _code_label(code: str) -> str:
    """The reason without its figures, for the filter."""
    message = MESSAGES.get(code) or outcome.MESSAGES.get(code) or code
    text = _(message)
    for name, word in (("label", ""), ("row", "…"), ("where", ""), ("amount", "…"), ("number", "…"), ("who", ""), ("left", "…"),
                       ("found", "…"), ("expected", "…"), ("limit", "…")):
        text = text.replace(f"%({name})s", word)
    return text.lstrip("：: ").strip()


def _figures(counts: dict[str, int]) -> list[dict[str, Any]]:
    shown = [(outcome.CREATED, _("人")), (outcome.CHANGED, _("人")), (outcome.UNCHANGED, _("人")), (outcome.REFUSED, _("列")), (outcome.DUPLICATE, _("列"))]
    figures: list[dict[str, Any]] = [{"label": KINDS[kind][1], "value": f"{counts.get(kind, 0):,}", "unit": unit} for kind, unit in shown]
    if counts.get("left"):
        figures[0]["note"] = _("含已出會 %(count)s 人", count=f"{counts['left']:,}") if counts.get(outcome.CREATED) else None
    return figures


def _exported(cell: Any) -> Any:
    return cell if isinstance(cell, str | int | float) or cell is None else str(cell)
