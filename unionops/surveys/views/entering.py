"""Stacks of paper into the computer: a page of sheets by keyboard, and the same once more to find slips of the finger."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for

from unionops.core import clock
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.surveys import documents, queries
from unionops.surveys.forms import PaperForm, column_label, paper_form
from unionops.surveys.models import Survey
from unionops.surveys.rules.opening import State
from unionops.surveys.rules.questions import OTHER, Asked, Given, Kind
from unionops.surveys.services import answering
from unionops.surveys.views.area import ENTER, POSTS, area, survey_of
from unionops.values.problems import RuleBroken


@area.screen("/<int:survey_id>/enter", title=_l("登錄紙本問卷"), **ENTER, methods=POSTS, once=True, parent="surveys.survey")
def enter(survey_id: int):
    survey = survey_of(survey_id)
    form = paper_form(survey.asked, queries.paper_progress(survey)[2] + 1, named=not survey.anonymous)
    if form.validate_on_submit():
        sheets = form.read(survey.asked, named=not survey.anonymous)
        if not form.refused and not _refused(form, lambda: answering.enter(survey, sheets, now=clock.now())):
            numbers = [sheet.number for sheet in sheets]
            told = _("已登錄 %(count)s 份（第 %(first)s–%(last)s 號）。", count=len(sheets), first=min(numbers), last=max(numbers))
            flash(told, "success")
            return redirect(url_for(".enter", survey_id=survey_id))
    return _grid(survey_id, form, checking=False)


@area.screen("/<int:survey_id>/check", title=_l("複核紙本問卷"), **ENTER, methods=POSTS, once=True, parent="surveys.survey")
def check(survey_id: int):
    survey = survey_of(survey_id)
    asked, named = survey.asked, not survey.anonymous
    form = paper_form(asked, 1, named=named)
    found: list[Any] = []
    if form.validate_on_submit():
        sheets = form.read(asked, named=named)
        if not form.refused and not _refused(form, lambda: found.extend(answering.compare(survey, sheets))):
            if not found or "accept" in request.form:
                changed = answering.confirm(survey, sheets)
                flash(_("已複核 %(count)s 份，更正 %(changed)s 份。", count=len(sheets), changed=changed), "success")
                return redirect(url_for(".check", survey_id=survey_id))
            _tell(form, asked, found)
    return _grid(survey_id, form, checking=True, different=bool(found))


def _refused(form: PaperForm, act: Any) -> bool:
    """Does it; what the service refuses stands in its row. The unit changes nothing then: the page answers 422."""
    try:
        act()
    except RuleBroken as refusal:
        form.refuse_numbers(refusal.problems)
        return True
    return False


def _tell(form: PaperForm, asked: list[Asked], found: list[Any]) -> None:
    """Beside each cell what the first typing says."""
    by_id = {one.id: one for one in asked}
    rows = {(form.number_field(row).data or "").strip(): row for row in form.rows()}
    for one in found:
        cell = form.cell(rows[str(one.number)], one.question, one.part)
        first = _typed(by_id[one.question], one.before)
        cell.errors = [*cell.errors, _("第一次登錄的是「%(first)s」。", first=first or _("空白"))]


def _typed(asked: Asked, before: tuple[Given, ...]) -> str:
    told = []
    for one in before:
        if asked.codes:
            number = len(asked.options) + 1 if one.code == OTHER and asked.kind in (Kind.SINGLE, Kind.MULTIPLE) else one.code
            told.append(f"{number} {one.text}".strip())
        else:
            told.append(one.text or (str(one.day) if one.number is None else f"{one.number:g}"))
    return ",".join(told)


def _grid(survey_id: int, form: PaperForm, *, checking: bool, different: bool = False) -> Any:
    survey = survey_of(survey_id)
    typed, twice, _last = queries.paper_progress(survey)
    columns = [(one, part, column_label(one, part)) for one in survey.asked for part in range(len(one.parts))]
    state = survey.state(clock.now())
    return page(
        "surveys/enter.html", title=survey.said("title"), survey=survey, form=form, columns=columns, keys=_keys(survey), heads=_heads(survey, columns), typed=typed, twice=twice,
        checking=checking, ready=state in (State.OPEN, State.CLOSED), different=different,
    )


def _heads(survey: Survey, columns: list[tuple[Asked, int, str]]) -> list[dict[str, Any]]:
    named = [] if survey.anonymous else [{"key": "name", "title": _("姓名")}]
    return [{"key": "number", "title": _("紙本編號")}, *named, *({"key": label, "title": label} for _one, _part, label in columns)]


def _keys(survey: Survey) -> list[tuple[str, str, str]]:
    """What the columns stand for and what is typed there."""
    told = []
    for one in survey.asked:
        if one.kind in (Kind.SINGLE, Kind.MULTIPLE):
            numbered = [f"({at}) {word}" for at, word in enumerate((*one.options, *((_("其他"),) if one.other else ())), 1)]
            how = documents.GAP.join(numbered)
            if one.kind == Kind.MULTIPLE:
                how = _("%(choices)s（可打 1,3）", choices=how)
        elif one.codes:
            how = f"{one.codes[0]}–{one.codes[-1]}"
        else:
            how = {Kind.NUMBER: _("數字"), Kind.DATE: _("日期，如 115/9/1")}.get(one.kind, _("照抄文字"))
        for part, row in enumerate(one.parts):
            told.append((column_label(one, part), row or one.title, how))
    return told
