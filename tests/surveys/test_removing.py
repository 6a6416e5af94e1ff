"""A draft can be removed; whatever was opened or answered stays."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.surveys.conftest import fill_in
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.search import SearchText
from unionops.surveys.models import Survey, SurveyInvitation, SurveyQuestion
from unionops.surveys.services import making
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref


def test_a_draft_is_removed_with_all_that_is_its_own(app, office):
    with unit_of_work("test", "test"):
        survey = making.make(title="做錯的問卷", template="course", anonymous=False)
        making.make(title="留下的問卷", template="course")
        making.invite(survey, [(Ref("person", 7), "林佳慧")])
        number = survey.id
    assert "/remove" in " ".join(office.get("surveys.survey", survey_id=number).links())
    page = office.get("surveys.remove", survey_id=number)
    assert "已邀請的 1 人的個人連結一起刪除" in page.text
    office.post("surveys.remove", survey_id=number)
    assert [one.title for one in db.session.scalars(sa.select(Survey))] == ["留下的問卷"]
    assert not db.session.scalars(sa.select(SurveyInvitation)).all()
    assert {one.survey_id for one in db.session.scalars(sa.select(SurveyQuestion))} != {number}
    assert len(db.session.scalars(sa.select(SearchText).where(SearchText.kind == "survey")).all()) == 1
    told = [act["action"] for entry in db.session.scalars(sa.select(AuditEntry)) for act in entry.acts]
    assert "surveys.removed" in told
    office.get("surveys.survey", survey_id=number, status=404)


@pytest.mark.parametrize("answered", [False, True])
def test_what_was_opened_or_answered_stays(app, office, opened, answered):
    survey = opened([{"kind": "scale5", "title": "滿意嗎"}])
    number = survey.id
    if answered:
        fill_in(survey, [5])
    assert "/remove" not in " ".join(office.get("surveys.survey", survey_id=number).links())
    assert "不能刪除" in office.get("surveys.remove", survey_id=number).text
    assert "不能刪除" in office.post("surveys.remove", survey_id=number, status=422).text
    with unit_of_work("test", "test"):  # As if it had become a draft again: the sheets alone keep it.
        db.session.get_one(Survey, number).opens_at = None
    if answered:
        with pytest.raises(RuleBroken, match="不能刪除"), unit_of_work("test", "test"):
            making.remove(db.session.get_one(Survey, number))


def test_who_may_not_remove(app, browser, make_user):
    with unit_of_work("test", "test"):
        number = making.make(title="x", template="course").id
    browser.as_(make_user("president")).post("surveys.remove", survey_id=number, status=403)
