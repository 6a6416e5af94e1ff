"""What a questionnaire brought: figures with pictures, by groups, the free texts, and the answers as a file."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from flask import abort, redirect, url_for
from werkzeug.exceptions import NotFound

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.documents import in_batches
from unionops.core.forms import ChoiceField, Form
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, page
from unionops.core.transfer import exporting
from unionops.surveys import charts, documents, queries
from unionops.surveys.models import Survey
from unionops.surveys.rules import statistics
from unionops.surveys.rules.results import Line
from unionops.surveys.views.area import EDIT, POSTS, READ, STATES, area, question_of, survey_of

EXPORTED = recording.sentence("surveys.exported", _l("匯出問卷 %(title)s 的填答，%(count)s 份"))
WORDS = {"attended": _l("實到人數"), "invited": _l("發出份數")}


class ExportForm(Form):
    fmt = ChoiceField(_l("格式"), choices=list(exporting.FORMATS.items()))


@area.screen("/<int:survey_id>/results", title=_l("問卷結果"), **READ, parent="surveys.survey")
def results(survey_id: int):
    survey = survey_of(survey_id)
    now = clock.now()
    found = queries.results(survey, now=now)
    basis = None
    if found.rate is not None and found.base:
        word = str(WORDS.get(survey.base_kind, survey.base_kind)) if survey.base_count else _("邀請人數")
        basis = statistics.response_basis(found.returned, found.base, word, found.rate)
    return page(
        "surveys/results.html", title=survey.said("title"), survey=survey, found=found, state=survey.state(now), states=STATES, basis=basis,
        low=found.rate is not None and found.rate < statistics.LOW_RESPONSE, why=documents.why_withheld(found.withheld) if found.withheld else "",
        measures=documents.measures, bars=documents.bars, picture=_picture, heads=_heads, figure_rows=_figure_rows, hidden=documents.hidden_word(),
    )


def _heads(titles: Iterable[str]) -> list[dict[str, Any]]:
    return [{"key": f"column{at}", "title": title, "kind": "num"} for at, title in enumerate(titles)]


def _figure_rows(lines: Iterable[Line]) -> list[tuple[Any, ...]]:
    hidden = documents.hidden_word()
    return [
        (line.label, hidden if line.count is None else line.count, "–" if line.share is None else str(line.share)) for line in lines
    ]


def _picture(bars: Any, title: str) -> str:
    """The bars as an address that travels inside the page: a picture costs no further look at the answers."""
    return "data:image/svg+xml;base64," + base64.b64encode(charts.draw(title, bars)).decode()


@area.screen("/<int:survey_id>/results/<int:question_id>/texts", title=_l("文字意見"), **READ, personal=True, parent="surveys.results")
def texts(survey_id: int, question_id: int):
    question = question_of(survey_id, question_id)
    survey = _shown(question.survey)
    recording.subject(survey)
    paging = Paging(queries.texts(survey, question, limit=0)[1], sizes=(100,))
    rows = queries.texts(survey, question, offset=paging.offset, limit=paging.size)[0]
    return page("surveys/texts.html", title=question.said("title"), survey=survey, question=question, rows=rows, paging=paging)


@area.screen("/<int:survey_id>/results/by/<int:question_id>", title=_l("分組結果"), **READ, parent="surveys.results")
def by_groups(survey_id: int, question_id: int):
    survey = _shown(survey_of(survey_id))
    found = queries.results(survey, now=clock.now())
    by = next((one for one in found.grouping if one.id == question_id), None)
    if by is None:  # Of an anonymous questionnaire only the one that was chosen before it was opened.
        abort(404)
    return page(
        "surveys/by_groups.html", title=survey.said("title"), survey=survey, by=by, tables=queries.by_groups(survey, by), heads=_heads, hidden=documents.hidden_word(),
    )


@area.screen("/<int:survey_id>/export", title=_l("匯出填答"), **EDIT, methods=POSTS, personal=True, parent="surveys.results")
def export(survey_id: int):
    survey = survey_of(survey_id)
    recording.subject(survey)
    returned = sum(queries.sheet_counts(survey).values())
    withheld = queries.withheld_because(survey, returned, clock.now())
    form = ExportForm()
    if form.validate_on_submit():
        if withheld:
            return redirect(url_for(".export", survey_id=survey_id))
        columns, rows = documents.rows(survey, returned)
        recording.describe(EXPORTED, survey, title=survey.title, count=returned)
        return exporting.file_response(columns, in_batches(rows, columns), form.fmt.data, name=f"{survey.said('title')}-{_('填答')}")
    return page(
        "surveys/export.html", title=survey.said("title"), form=form, survey=survey, returned=returned, why=documents.why_withheld(withheld) if withheld else "",
    )


def _shown(survey: Survey) -> Survey:
    """The questionnaire if its figures may be shown at all, else 404."""
    if queries.withheld_because(survey, sum(queries.sheet_counts(survey).values()), clock.now()):
        raise NotFound
    return survey
