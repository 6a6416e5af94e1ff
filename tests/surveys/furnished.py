"""The questionnaires of the furnished office: an open anonymous one, and a named one with two answers, a link and a report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.db import db
from unionops.surveys import queries
from unionops.surveys.models import SurveyInvitation
from unionops.surveys.rules.questions import field_name
from unionops.surveys.services import answering, making
from unionops.values.refs import Ref


def visits(person_id: int, name: str) -> dict[str, dict[str, Any]]:
    """Makes them, inside the caller's unit; with what each screen is visited."""
    now = clock.now()
    nameless = making.make(title="", template="satisfaction")
    named = making.make(title="會務意見調查", template="opinion", anonymous=False)
    draft = making.make(title="還沒用到的問卷", template="course")
    db.session.flush()
    for survey in (nameless, named):
        making.set_period(survey, opens_at=now - timedelta(days=2), closes_at=now + timedelta(days=30), now=now)
    making.invite(named, [(Ref("person", person_id), name)])
    db.session.flush()
    invitation = db.session.scalars(sa.select(SurveyInvitation)).one()
    scale, several, last = named.questions[1], named.questions[2], named.questions[-1]
    for number, respondent in enumerate((Ref("person", person_id), Ref("user", 1))):
        typed = {field_name(scale.id): [str(4 + number)], field_name(several.id): ["1", "99"], field_name(several.id, other=True): ["健檢"],
                 field_name(last.id): ["辦得很好，<b>謝謝</b>"]}
        answering.answer_by_name(named, typed, respondent=respondent, name=name, now=now)
    one = {"survey_id": named.id}
    question = one | {"question_id": scale.id}
    return {
        **{
            f"surveys.{screen}": one
            for screen in ("survey", "settings", "add_question", "period", "close", "people", "enter", "check", "links_file", "results", "export")
        },
        **{f"surveys.{screen}": question for screen in ("edit_question", "remove_question", "by_groups")},
        "surveys.remove": {"survey_id": draft.id},
        "surveys.mail_links": one | {"which": "first"},
        "surveys.move_question": question | {"word": "up"},
        "surveys.texts": one | {"question_id": last.id},
        "surveys.change_link": one | {"invitation_id": invitation.id, "word": "renew"},
        "surveys.paper": one | {"kind": "report"},
        "surveys.paper_file": one | {"kind": "blank", "fmt": "odt"},
        "answer.form": {"token": nameless.token},
        "answer.thanks": {"token": nameless.token},
        "answer.personal": {"token": queries.link_token(invitation)},
    }
