"""Making, changing, opening and closing, and the list; all through the screens of the office."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.surveys.conftest import fill_in, shut
from unionops.core import clock
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.members.services import people
from unionops.surveys.models import Survey, SurveyInvitation
from unionops.surveys.rules.opening import State
from unionops.surveys.services import making
from unionops.values.problems import RuleBroken

SCALE = {"kind": "scale5", "title": "整體滿意嗎？", "low": "非常不滿意", "high": "非常滿意"}


def only() -> Survey:
    return db.session.scalars(sa.select(Survey).order_by(Survey.id.desc()).limit(1)).one()


def test_the_list_teaches_the_first_step(office):
    page = office.get("surveys.surveys")
    assert "還沒有問卷" in page.text
    assert "/surveys/new" in page.links()


@pytest.mark.parametrize("template", sorted(making.templates()))
def test_every_template_can_be_asked(app, office, browser, template):
    office.post("surveys.make_survey", data={"title": "", "template": template, "anonymous": "yes"})
    made = only()
    assert made.title == making.templates()[template]["title"]
    number, token = made.id, made.token
    office.post("surveys.period", survey_id=number, data={"opens_on": clock.today().isoformat(), "closes_on": ""})
    assert only().state(clock.now()) == State.OPEN
    assert "送出填答" in browser.get("answer.form", token=token).text


def test_a_questionnaire_from_nothing(app, office):
    office.post("surveys.make_survey", data={"title": "<b>午餐</b>", "template": "", "anonymous": "yes"})
    number = only().id
    assert "還沒有題目" in office.get("surveys.survey", survey_id=number).text
    assert "還沒有題目，不能開放" in office.post("surveys.period", survey_id=number, status=422, data={"opens_on": clock.today().isoformat()}).text
    page = office.post("surveys.add_question", survey_id=number, status=422, data={"kind": "single", "title": "吃什麼", "options": "便當", "grouping": "y"})
    assert "至少要有兩個選項" in page.text
    office.post("surveys.add_question", survey_id=number, data={"kind": "single", "title": "吃什麼", "options": "便當\n 麵 \n\n", "grouping": "y", "low": "丟掉"})
    office.post("surveys.add_question", survey_id=number, data={"kind": "scale5", "title": "好吃嗎", "low": "難吃", "high": "好吃", "options": "丟掉"})
    page = office.post("surveys.add_question", survey_id=number, status=422, data={"kind": "scale5", "title": "再一題", "grouping": "y"})
    assert "已有一個分組題" in page.text
    first, second = only().questions
    assert (first.options, first.low, second.options, second.low) == (["便當", "麵"], "", [], "難吃")
    ids = first.id, second.id
    office.post("surveys.move_question", survey_id=number, question_id=ids[1], word="up")
    assert [q.id for q in only().questions] == [ids[1], ids[0]]
    office.post("surveys.remove_question", survey_id=number, question_id=ids[1])
    assert [q.id for q in only().questions] == [ids[0]]
    page = office.get("surveys.survey", survey_id=number)
    assert "<b>午餐" not in page.html


def test_questions_stand_once_answers_came(app, office, opened):
    survey = opened([SCALE])
    number, question = survey.id, survey.questions[0].id
    fill_in(survey, [5])
    office.post("surveys.add_question", survey_id=number, status=422, data={"kind": "long", "title": "再一題"})
    for screen, more in (("surveys.remove_question", {}), ("surveys.move_question", {"word": "up"})):
        office.post(screen, survey_id=number, question_id=question, **more)
    assert "已經有人填答，題目不能再增減" in office.get("surveys.survey", survey_id=number).text
    page = office.get("surveys.edit_question", survey_id=number, question_id=question)
    assert "只能修正文字" in page.text
    office.post("surveys.edit_question", survey_id=number, question_id=question, status=422, data={"title": "整體滿意嗎", "reason": ""})
    office.post("surveys.edit_question", survey_id=number, question_id=question, data={"title": "整體滿意嗎", "reason": "多了問號"})
    (mended,) = only().questions[0].wordings
    assert (mended.before, mended.after, mended.reason) == ("整體滿意嗎？", "整體滿意嗎", "多了問號")
    assert only().questions[0].kind == "scale5"


def test_the_promise_of_anonymity_stands(app, office, opened):
    survey = opened([SCALE])
    number = survey.id
    page = office.post("surveys.settings", survey_id=number, status=422, data={"title": "改名", "base_kind": "attended"})
    assert "不能再改記名或匿名" in page.text
    office.post("surveys.settings", survey_id=number, data={"title": "改名", "anonymous": "y", "base_kind": "attended", "base_count": "42"})
    assert (only().title, only().base_count, only().anonymous) == ("改名", 42, True)


def test_a_closed_anonymous_questionnaire_stays_closed(app, office, opened):
    """Whoever saw the results before and after one more answer has read that answer."""
    survey = opened([SCALE])
    number = survey.id
    office.post("surveys.close", survey_id=number)
    page = office.post("surveys.period", survey_id=number, status=422, data={"opens_on": clock.today().isoformat(), "closes_on": ""})
    assert "不能再開放" in page.text
    office.post("surveys.close", survey_id=number, status=422)
    named = opened([SCALE], anonymous=False)
    shut(named)
    tomorrow = clock.today() + timedelta(days=1)
    office.post("surveys.period", survey_id=named.id, data={"opens_on": clock.today().isoformat(), "closes_on": tomorrow.isoformat()})
    assert only().state(clock.now()) == State.OPEN


def test_days_that_make_no_period(app, office, opened):
    survey = opened([SCALE])
    day = clock.today()
    for opens, closes in ((day, day - timedelta(days=1)), (day + timedelta(days=3), None)):
        office.post("surveys.period", survey_id=survey.id, status=422, data={"opens_on": opens.isoformat(), "closes_on": closes.isoformat() if closes else ""})
    office.post("surveys.period", survey_id=survey.id, data={"opens_on": day.isoformat(), "closes_on": day.isoformat()})
    survey = only()
    assert (survey.state(clock.now()), clock.in_taipei(survey.closes_at).hour) == (State.OPEN, 0)


def test_a_copy_brings_the_questions_and_no_answers(app, office, opened):
    old = opened(template="course")
    number, titles = old.id, [q.title for q in old.questions]
    fill_in(old, [[5] * 5, 2, 3, 8, 5])
    office.post("surveys.make_survey", data={"title": "下一期課程評量", "template": f"copy-{number}", "anonymous": "no"})
    made = only()
    assert (made.title, made.anonymous, [q.title for q in made.questions]) == ("下一期課程評量", False, titles)
    assert made.state(clock.now()) == State.DRAFT
    assert made.token != db.session.get_one(Survey, number).token
    office.post("surveys.make_survey", status=422, data={"title": "x", "template": "copy-999", "anonymous": "yes"})
    office.post("surveys.make_survey", status=422, data={"title": "", "template": "", "anonymous": "yes"})


def test_people_are_asked_by_name_or_number(app, office, opened):
    with unit_of_work("test", "test"):
        for name, number in (("林佳慧", "0001"), ("王大明", "0002"), ("王大明", "0003")):
            people.add_member(name=name, number=number, joined_on=clock.today(), today=clock.today())
    survey = opened([SCALE], anonymous=False)
    number = survey.id
    page = office.post("surveys.people", survey_id=number, status=422, data={"people": "林佳慧\n王大明\n沒有這個人"})
    assert "「王大明」不只一位" in page.text
    assert "找不到「沒有這個人」" in page.text
    office.post("surveys.people", survey_id=number, data={"people": "林佳慧\n0002"})
    rows = db.session.scalars(sa.select(SurveyInvitation).order_by(SurveyInvitation.id)).all()
    assert [(one.name, one.ref.kind) for one in rows] == [("林佳慧", "person"), ("王大明", "person")]
    office.post("surveys.people", survey_id=number, data={"people": "林佳慧"})
    assert len(db.session.scalars(sa.select(SurveyInvitation)).all()) == 2
    page = office.get("surveys.people", survey_id=number)
    assert "/s/p/" in " ".join(page.links())
    office.post("surveys.change_link", survey_id=number, invitation_id=rows[0].id, word="renew")
    office.post("surveys.change_link", survey_id=number, invitation_id=rows[0].id, word="erase", status=404)


def test_it_is_found_and_told(app, office, opened):
    opened([SCALE], title="秋季講座滿意度")
    opened([SCALE], title="家庭日")
    assert "家庭日" not in office.get("surveys.surveys", q="講座").text
    assert "沒有符合的問卷" in office.get("surveys.surveys", q="颱風").text
    told = [act["action"] for entry in db.session.scalars(sa.select(AuditEntry)) for act in entry.acts]
    assert {"surveys.made", "surveys.question_added", "surveys.period_set"} <= set(told)


def test_who_may_not(app, browser, make_user, opened):
    survey = opened([SCALE])
    number = survey.id
    browser.as_(make_user("cashier")).get("surveys.survey", survey_id=number, status=403)
    president = browser.as_(make_user("president"))
    president.get("surveys.results", survey_id=number)
    president.post("surveys.close", survey_id=number, status=403)
    president.get("surveys.enter", survey_id=number, status=403)
    other = opened([SCALE])
    staff = browser.as_(make_user("staff"))
    staff.get("surveys.edit_question", survey_id=number, question_id=other.questions[0].id, status=404)
    staff.get("surveys.survey", survey_id=999, status=404)


def test_services_refuse_what_no_screen_offers(app):
    with pytest.raises(RuleBroken, match="沒有這個範本"), unit_of_work("test", "test"):
        making.make(title="x", template="nothing")
