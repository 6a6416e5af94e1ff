"""A questionnaire on paper: the poster with its code, the empty form, the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import abort, request, url_for

from unionops.core import clock
from unionops.core.documents import Document, serving
from unionops.core.i18n import _, _l
from unionops.core.pages import page, union_name
from unionops.surveys import documents, queries
from unionops.surveys.documents import Occasion
from unionops.surveys.models import Survey
from unionops.surveys.rules.opening import State
from unionops.surveys.views.area import READ, area, survey_of
from unionops.surveys.views.making import address_of

MOST_TEXTS = 500
"""Free texts of one question on the report; the file of the answers has all."""


class Kind(NamedTuple):
    """One kind of paper: its title, how it is made, and its formats."""

    title: Any
    make: Callable[[Survey, Occasion], Document]
    formats: tuple[str, ...] = ("pdf", "odt", "docx")


def _report(survey: Survey, occasion: Occasion) -> Document:
    found = queries.results(survey, now=clock.now())
    texts = {one.asked.id: queries.texts(survey, one.question, limit=MOST_TEXTS)[0] for one in found.questions if one.text_count}
    return documents.report(found, texts, occasion)


PAPERS = {
    "poster": Kind(_l("海報"), documents.poster),
    "blank": Kind(_l("空白問卷"), documents.blank),
    "report": Kind(_l("結果報告"), _report),
}


@area.screen("/<int:survey_id>/paper/<kind>", title=_l("列印問卷"), **READ, parent="surveys.survey")
def paper(survey_id: int, kind: str):
    survey, document = _made(survey_id, kind)
    chosen = PAPERS[kind]
    notes = []
    if kind == "poster" and survey.state(clock.now()) in (State.DRAFT, State.PLANNED):
        notes.append(("warn", _("問卷還沒開放，掃描的人還不能填。"), (url_for(".period", survey_id=survey_id), _("開放填答"))))
    files = [
        {"label": _("下載 %(fmt)s", fmt=fmt.upper()), "url": url_for(".paper_file", survey_id=survey_id, kind=kind, fmt=fmt)} for fmt in chosen.formats
    ]
    told = {
        "title": _("%(paper)s：%(title)s", paper=chosen.title, title=survey.said("title")), "facts": [address_of(survey)] if kind == "poster" else [], "files": files, "notes": notes,
        "open_url": url_for(".paper_file", survey_id=survey_id, kind=kind, fmt="pdf", inline=1), "shown": serving.preview(document), "short": "",
    }
    return page("documents/preview.html", title=survey.said("title"), paper=told)


@area.screen("/<int:survey_id>/paper/<kind>.<fmt>", title=_l("下載問卷紙本"), **READ, exact=True, parent="surveys.paper")
def paper_file(survey_id: int, kind: str, fmt: str):
    survey, document = _made(survey_id, kind)
    if fmt not in PAPERS[kind].formats:
        abort(404)
    return serving.send(serving.made(document, fmt), f"{survey.said('title')}-{PAPERS[kind].title}", inline=fmt == "pdf" and "inline" in request.args)


def _made(survey_id: int, kind: str) -> tuple[Survey, Document]:
    if kind not in PAPERS:
        abort(404)
    survey = survey_of(survey_id)
    return survey, PAPERS[kind].make(survey, occasion_of(survey))


def occasion_of(survey: Survey) -> Occasion:
    """What papers about it take from outside."""
    return Occasion(union_name(), address_of(survey))
