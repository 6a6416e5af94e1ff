"""The two areas: the office's side (``surveys``) and the short public addresses at which questionnaires are answered (``answer``)."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_login import current_user

from unionops.core import refs
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.screens import Area
from unionops.surveys import queries
from unionops.surveys.models import Survey, SurveyQuestion, said
from unionops.surveys.rules.opening import State

area = Area("surveys", title=_l("問卷"), permissions={
    "surveys.read": _l("檢視問卷與結果"),
    "surveys.edit": _l("製作問卷、開放填答與匯出"),
    "surveys.enter": _l("登錄紙本問卷"),
})
public = Area("answer", title=_l("問卷填答"), prefix="/s")

refs.register(
    "survey", Survey, label=_l("問卷"), title=lambda survey: said(survey, "title"), endpoint="surveys.survey", argument="survey_id", among=queries.visible,
    columns=(Survey.title, Survey.english),
)

SERVES: dict[str, Any] = {"task": "T2.2", "indicators": ["P2.2.1"]}
"""Evaluating what was done; opinions of members are the same screens."""
READ = {"permission": "surveys.read", **SERVES}
EDIT = {"permission": "surveys.edit", **SERVES}
ENTER = {"permission": "surveys.enter", **SERVES}
POSTS = ["GET", "POST"]

STATES = {
    State.DRAFT: ("off", _l("草稿")), State.PLANNED: ("soon", _l("尚未開始")), State.OPEN: ("ok", _l("填答中")), State.CLOSED: ("off", _l("已截止")),
}


def survey_of(survey_id: int) -> Survey:
    """The questionnaire of this screen, or 404."""
    return queries.survey_for(current_user, survey_id)


def question_of(survey_id: int, question_id: int) -> SurveyQuestion:
    """The question of this screen, or 404 when it is not one of this questionnaire."""
    survey_of(survey_id)
    found = db.session.get(SurveyQuestion, question_id)
    if found is None or found.survey_id != survey_id:
        abort(404)
    return found
