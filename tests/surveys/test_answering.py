"""Answers from the web: what an anonymous one leaves behind, what a named one keeps, and everything somebody may try."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.surveys.conftest import typed
from unionops.core import clock
from unionops.core.audit.models import AuditEntry
from unionops.core.db import OnceKey, db, unit_of_work
from unionops.surveys import queries
from unionops.surveys.models import Survey, SurveyAnswer, SurveyInvitation, SurveyReceipt, SurveySheet
from unionops.surveys.rules.questions import field_name
from unionops.surveys.services import answering, making
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

QUESTIONS = [
    {"kind": "scale5", "title": "整體滿意嗎？", "required": True, "low": "非常不滿意", "high": "非常滿意"},
    {"kind": "multiple", "title": "從哪裡知道？", "options": ["通知", "群組"], "other": True},
    {"kind": "long", "title": "還想說什麼？"},
]


def count(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def key(page) -> str:
    return page.value("once")


def test_an_anonymous_answer_leaves_nothing_of_a_person(app, office, opened):
    """Even of somebody signed in: no user, no address, no moment, no key, no audit entry."""
    survey = opened(QUESTIONS)
    token, before = survey.token, count(AuditEntry)
    page = office.get("answer.form", token=token)
    office.post("answer.form", token=token, data={**{k: v[0] for k, v in typed(survey, 5, None, "很好").items()}, "once": key(page)})
    sheet = db.session.scalars(sa.select(SurveySheet)).one()
    assert (sheet.ref, sheet.answered_at, sheet.name, sheet.number) == (None, None, "", None)
    assert sheet.filled_on == clock.today()
    assert count(AuditEntry) == before
    assert count(OnceKey) == 0
    assert {column.name for column in SurveyReceipt.__table__.columns} == {"id"}
    assert {column.name for column in SurveySheet.__table__.columns} == {
        "id", "survey_id", "source", "number", "filled_on", "answered_at", "name", "checked", "ref_kind", "ref_id",
    }


def test_rows_keep_no_order_of_arrival(app, opened):
    survey = opened(QUESTIONS)
    for number in range(30):
        with unit_of_work("test", "test"):
            answering.answer_anonymously(survey, typed(survey, 5, None, f"{number:02}"), once=f"{number:016}", now=clock.now())
    stored = db.session.execute(sa.text("SELECT text FROM survey_answer WHERE text != ''")).scalars().all()
    assert len(stored) == 30
    assert stored != sorted(stored)
    with pytest.raises(sa.exc.OperationalError, match="rowid"):
        db.session.execute(sa.text("SELECT rowid FROM survey_sheet"))
    db.session.rollback()


def test_a_device_answers_once_unless_it_is_shared(app, browser, opened):
    survey = opened(QUESTIONS)
    token, number = survey.token, survey.id
    data = {name: values[0] for name, values in typed(survey, 4).items()}
    first = browser.post("answer.form", token=token, data={**data, "once": key(browser.get("answer.form", token=token))})
    assert "HttpOnly" in str(first.response.headers.getlist("Set-Cookie"))
    assert "已經填過" in browser.get("answer.form", token=token).text
    browser.post("answer.form", token=token, data={**data, "once": "k" * 20}, status=200)
    assert count(SurveySheet) == 1
    browser.client.set_cookie(f"answered_{number}", "answered.forged", path=f"/s/{token}")
    assert "送出填答" in browser.get("answer.form", token=token).text
    browser.client.delete_cookie(f"answered_{number}", path=f"/s/{token}")
    with unit_of_work("test", "test"):
        db.session.get_one(Survey, number).shared_device = True
    for again in range(2):
        browser.post("answer.form", token=token, data={**data, "once": f"{again:020}"})
    assert count(SurveySheet) == 3
    assert "下一位" in browser.get("answer.thanks", token=token).text


def test_the_same_form_twice_counts_once(app, browser, opened):
    survey = opened(QUESTIONS, )
    with unit_of_work("test", "test"):
        survey.shared_device = True
    token = survey.token
    data = {name: values[0] for name, values in typed(survey, 4).items()} | {"once": key(browser.get("answer.form", token=token))}
    for _press in range(2):
        assert browser.post("answer.form", token=token, data=data).location.endswith("/thanks")
    assert count(SurveySheet) == 1
    browser.post("answer.form", token=token, data={**data, "once": "short"}, status=400)


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(app, browser, opened):
    survey = opened(QUESTIONS)
    scale, several, text = (field_name(q.id) for q in survey.questions)
    other = field_name(survey.questions[1].id, other=True)
    long = "長" * 10_000
    page = browser.post(
        "answer.form", token=survey.token, status=422, data={several: ["1", "99"], other: "<script>alert(1)</script>", text: long, "once": "k" * 20}
    )
    assert "這一題要填" in page.text
    assert "最多 5000 個字，現在是 10000 個字" in page.text
    assert page.value(text) == long
    assert page.value(other) == "<script>alert(1)</script>"
    assert "<script>alert" not in page.html
    assert [box.get("value") for box in page.tree.iter("{http://www.w3.org/1999/xhtml}input") if box.get("checked") is not None] == ["1", "99"]
    for forged in ("6", "0", "-1", "x", "1' OR 1=1", "５"):
        page = browser.post("answer.form", token=survey.token, status=422, data={scale: forged, "once": "k" * 20})
        assert "請從列出的選項中選" in page.text
    page = browser.post("answer.form", token=survey.token, status=422, data={scale: ["1", "2"], "once": "k" * 20})
    assert "只能選一個" in page.text
    assert count(SurveySheet) == 0


def test_nothing_at_all_is_no_answer(app, browser, opened):
    survey = opened([{"kind": "short", "title": "名字"}])
    assert "還沒有填任何一題" in browser.post("answer.form", token=survey.token, status=422, data={"once": "k" * 20}).text


def test_before_and_after_the_period(app, browser, opened):
    survey = opened(QUESTIONS)
    token, number = survey.token, survey.id
    data = {name: values[0] for name, values in typed(survey, 4).items()}
    with unit_of_work("test", "test"):
        making.close(db.session.get_one(Survey, number), now=clock.now())
    assert "截止" in browser.get("answer.form", token=token).text
    assert "沒有送出" in browser.post("answer.form", token=token, data={**data, "once": "k" * 20}, status=409).text
    with unit_of_work("test", "test"):
        survey = db.session.get_one(Survey, number)
        survey.opens_at, survey.closes_at = clock.now() + timedelta(days=1), None
    assert "開始填答" in browser.get("answer.form", token=token).text
    with unit_of_work("test", "test"):
        db.session.get_one(Survey, number).opens_at = None
    browser.get("answer.form", token=token, status=404)  # A draft does not exist outside.
    assert count(SurveySheet) == 0


def test_guessing_addresses(app, browser, opened):
    survey = opened(QUESTIONS)
    with app.app_context():
        address = browser.address("answer.form", token=survey.token)
    for guess in ("aaaaaaaa", "' OR 1=1", "p", "%00", "字"):
        browser.get("answer.form", token=guess, status=404)
    browser.get("answer.personal", token="1-00000000000000000000", status=404)
    browser.get("answer.personal", token="99999999999999-0", status=404)
    assert re.fullmatch(r"/s/[2-9a-z]{8}", address)


# --- by name


@pytest.fixture
def named(opened):
    survey = opened(QUESTIONS, anonymous=False)
    with unit_of_work("test", "test"):
        making.invite(survey, [(Ref("person", 7), "林佳慧"), (Ref("person", 8), "王大明")])
    return survey


def links(survey) -> list[str]:
    rows = db.session.scalars(sa.select(SurveyInvitation).where(SurveyInvitation.survey_id == survey.id).order_by(SurveyInvitation.id))
    return [queries.link_token(one) for one in rows]


def test_a_personal_link_is_answered_and_changed_until_the_end(app, browser, named):
    mine, _hers = links(named)
    number = named.id
    scale, several, text = (field_name(q.id) for q in named.questions)
    assert "林佳慧" in browser.get("answer.personal", token=mine).text
    browser.post("answer.personal", token=mine, data={scale: "5", several: ["1", "99"], text: "好"})
    page = browser.get("answer.personal", token=mine)
    assert page.value(text) == "好"
    assert "您填過了" in page.text
    browser.post("answer.personal", token=mine, data={scale: "2", several: "2", text: "改了"})
    assert count(SurveySheet) == 1
    sheet = db.session.scalars(sa.select(SurveySheet)).one()
    assert (sheet.ref, sheet.name) == (Ref("person", 7), "林佳慧")
    assert sorted((a.code, a.text) for a in db.session.scalars(sa.select(SurveyAnswer))) == [(0, "改了"), (2, ""), (2, "")]
    with unit_of_work("test", "test"):
        making.close(db.session.get_one(Survey, number), now=clock.now())
    browser.post("answer.personal", token=mine, data={scale: "1"}, status=409)
    assert {a.text for a in db.session.scalars(sa.select(SurveyAnswer))} == {"改了", ""}


def test_links_of_others_altered_renewed_and_withdrawn(app, browser, named):
    mine, hers = links(named)
    own_number, _dash, print_ = mine.partition("-")
    browser.get("answer.personal", token=f"{hers.partition('-')[0]}-{print_}", status=404)
    browser.get("answer.personal", token=mine[:-1] + ("0" if mine[-1] != "0" else "1"), status=404)
    with unit_of_work("test", "test"):
        making.renew_link(named, db.session.get_one(SurveyInvitation, int(own_number)))
    browser.get("answer.personal", token=mine, status=404)
    assert "林佳慧" in browser.get("answer.personal", token=links(named)[0]).text
    with unit_of_work("test", "test"):
        making.withdraw_link(named, db.session.get_one(SurveyInvitation, int(own_number)))
    browser.get("answer.personal", token=links(named)[0], status=404)


def test_a_named_questionnaire_asks_who_it_is(app, browser, office, named, staff):
    token = named.token
    assert "登入" in browser.get("answer.form", token=token).text
    browser.post("answer.form", token=token, data={field_name(named.questions[0].id): "5"}, status=200)
    assert count(SurveySheet) == 0
    office.post("answer.form", token=token, data={field_name(named.questions[0].id): "5"})
    sheet = db.session.scalars(sa.select(SurveySheet)).one()
    assert (sheet.ref.kind, sheet.name) == ("user", "張雅婷")


def test_anonymous_questionnaires_have_no_personal_links(app, opened):
    survey = opened(QUESTIONS)
    with pytest.raises(RuleBroken, match="匿名問卷不發個人連結"), unit_of_work("test", "test"):
        making.invite(survey, [(Ref("person", 7), "林佳慧")])
