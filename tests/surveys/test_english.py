"""Words in two languages: who reads English sees the English that was written, and what was not is shown as it stands."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from tests.surveys.conftest import fill_in, shut
from tests.surveys.test_results import content
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.surveys import documents, queries
from unionops.surveys.models import Survey
from unionops.surveys.rules.questions import Asked, Kind, check_english
from unionops.surveys.services import making

SCALE = {"kind": "scale5", "title": "整體滿意嗎？", "low": "非常不滿意", "high": "非常滿意"}


def english(browser):
    browser.client.set_cookie("lang", "en")
    return browser


def only() -> Survey:
    return db.session.scalars(sa.select(Survey).order_by(Survey.id.desc()).limit(1)).one()


@pytest.mark.parametrize("template", sorted(making.templates()))
def test_every_template_is_read_in_english(app, office, template):
    """Line for line: what somebody ticks means the same in both languages."""
    begun = making.templates()[template]
    for one in begun["questions"]:
        assert one["en"].keys() == one.keys() & {"section", "title", "hint", "options", "rows", "low", "high"}
        assert [len(one["en"].get(name, ())) for name in ("options", "rows")] == [len(one.get(name, ())) for name in ("options", "rows")]
    office.post("surveys.make_survey", data={"title": "", "template": template, "anonymous": "yes"})
    survey = only()
    number, token, title = survey.id, survey.token, survey.title
    office.post("surveys.period", survey_id=number, data={"opens_on": clock.today().isoformat(), "closes_on": ""})
    chinese = office.get("answer.form", token=token)
    assert title in chinese.text
    page = english(office).get("answer.form", token=token)
    assert page.h1.startswith(begun["en"]["title"])
    asked = page.text.partition(begun["en"]["introduction"])[2]
    for one in begun["questions"]:
        for words in (one["title"], *one.get("options", ()), *one.get("rows", ())):
            assert words in chinese.text
            assert words not in asked or words == "LINE"
        for words in (one["en"]["title"], *one["en"].get("options", ()), *one["en"].get("rows", ())):
            assert words in asked
    assert begun["questions"][0]["en"]["title"] in office.get("surveys.survey", survey_id=number).text
    paper = " ".join(str(block) for block in _blank(app, number).blocks)
    assert all(one["en"]["title"] in paper and one["title"] not in paper for one in begun["questions"])


def _blank(app, number):
    with app.test_request_context(), force_locale("en"):
        return documents.blank(db.session.get_one(Survey, number), documents.Occasion("Union", "https://union.example/s/x"))


def test_a_title_of_ones_own_is_not_covered_by_that_of_the_template(app, office):
    office.post("surveys.make_survey", data={"title": "中秋晚會滿意度", "template": "satisfaction", "anonymous": "yes"})
    number = only().id
    page = english(office).get("surveys.survey", survey_id=number)
    assert page.h1.startswith("中秋晚會滿意度")
    assert "How satisfied were you with this event?" in page.text


def test_the_editor_takes_both_languages(app, office):
    with unit_of_work("test", "test"):
        survey = making.make(title="午餐")
        number = survey.id
    office.post("surveys.settings", survey_id=number, data={"title": "午餐", "title_en": "Lunch", "anonymous": "y", "base_kind": "attended"})
    question = {"kind": "single", "title": "吃什麼", "options": "便當\n麵", "title_en": "What do you eat?", "low_en": "dropped"}
    page = office.post("surveys.add_question", survey_id=number, status=422, data=question | {"options_en": "Box"})
    assert "要和中文一樣多行" in page.text
    office.post("surveys.add_question", survey_id=number, data=question | {"options_en": "Box\nNoodles"})
    stored = only().questions[0]
    assert stored.english == {"title": "What do you eat?", "options": ["Box", "Noodles"]}
    page = office.get("surveys.edit_question", survey_id=number, question_id=stored.id)
    assert (page.value("title_en"), page.value("options_en").split()) == ("What do you eat?", ["Box", "Noodles"])
    office.post("surveys.edit_question", survey_id=number, question_id=stored.id, data=question | {"options_en": "", "title_en": ""})
    assert only().questions[0].english is None
    assert english(office).get("surveys.survey", survey_id=number).h1.startswith("Lunch")
    assert "便當" in english(office).get("surveys.edit_question", survey_id=number, question_id=stored.id).html


def test_a_wording_is_mended_in_either_language(app, office, opened):
    survey = opened([SCALE | {"english": {"title": "Are you satisfyed?"}}])
    fill_in(survey, [5])
    number, question = survey.id, survey.questions[0].id
    data = {"title": "整體滿意嗎？", "title_en": "Are you satisfied?", "reason": "拼字"}
    office.post("surveys.edit_question", survey_id=number, question_id=question, data=data)
    mended = only().questions[0]
    assert (mended.title, mended.english["title"]) == ("整體滿意嗎？", "Are you satisfied?")
    assert [(one.before, one.after) for one in mended.wordings] == [("Are you satisfyed?", "Are you satisfied?")]
    page = office.post("surveys.edit_question", survey_id=number, question_id=question, status=422, data=data)
    assert "文字沒有變" in page.text


def test_a_copy_brings_both_languages(app, office, opened):
    old = opened(template="course")
    with unit_of_work("test", "test"):
        made = making.copy(old, title="下一期課程")
        assert [one.english for one in made.questions] == [one.english for one in old.questions]
        assert "title" not in made.english
        assert made.english["introduction"] == old.english["introduction"]


def test_results_and_files_are_in_the_readers_language(app, office, opened):
    survey = opened(template="course")
    number = survey.id
    fill_in(survey, *([[5] * 5, 2, 3, 8, 5, [1], "好"] for _one in range(7)))
    shut(survey)
    english(office)
    assert "Do you agree with the following?" in office.get("surveys.results", survey_id=number).text
    with app.test_request_context(), force_locale("en"):
        found = db.session.get_one(Survey, number)
        heads = [column.title for column in documents.rows(found, 7)[0]]
        assert any("The teacher explained clearly" in head for head in heads)
        made = documents.report(queries.results(found), {}, documents.Occasion("Union", ""))
        assert "教學" not in made.title
    assert content(office.get("surveys.paper_file", survey_id=number, kind="report", fmt="pdf"))[:2] == b"%P"


@pytest.mark.parametrize(
    ("told", "wrong"),
    [({}, []), ({"options": ["a", "b"]}, []), ({"options": ["a"]}, ["options_en"]), ({"options": ["a", "a"]}, ["options_en"]),
     ({"options": ["a", "x" * 201]}, ["options_en"]), ({"rows": ["a"]}, ["rows_en"])],
)
def test_english_stands_line_for_line(told, wrong):
    assert [one.field for one in check_english(Asked(1, Kind.SINGLE, "吃什麼", ("便當", "麵")), told)] == wrong
