"""Stacks of paper: a page at a time, everything typed kept when one cell is wrong, and the second typing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from unionops.core.db import db, unit_of_work
from unionops.surveys import queries
from unionops.surveys.models import SurveyAnswer, SurveySheet
from unionops.surveys.rules.questions import field_name
from unionops.surveys.services import making

QUESTIONS = [
    {"kind": "scale5", "title": "整體滿意嗎？", "required": True},
    {"kind": "multiple", "title": "從哪裡知道？", "options": ["通知", "群組"], "other": True},
    {"kind": "long", "title": "還想說什麼？"},
]


def page_of(survey, *sheets: tuple[str, ...], once: str = "k" * 24) -> dict[str, str]:
    """What the grid sends: number, then a cell for each question."""
    names = [field_name(q.id) for q in survey.questions]
    typed = {f"r{row}_number": str(row + 1) for row in range(10)}
    for row, (number, *cells) in enumerate(sheets):
        typed[f"r{row}_number"] = number
        typed |= {f"r{row}_{name}": cell for name, cell in zip(names, cells, strict=False)}
    return typed | {"once": once}


def sheets() -> list[tuple[int | None, bool]]:
    return [(one.number, one.checked) for one in db.session.scalars(sa.select(SurveySheet).order_by(SurveySheet.number))]


def test_a_page_of_sheets(app, office, opened):
    survey = opened(QUESTIONS)
    number = survey.id
    typed = page_of(survey, ("1", "5", "1,3 廣播", "很好"), ("2", "4", "", ""), ("3", "１", "2", "=1+1"))
    office.post("surveys.enter", survey_id=number, data=typed)
    assert sheets() == [(1, False), (2, False), (3, False)]
    page = office.get("surveys.enter", survey_id=number)
    assert "已登錄 3 份" in page.text
    assert page.value("r0_number") == "4"
    assert {one.source for one in db.session.scalars(sa.select(SurveySheet))} == {"paper"}
    assert sorted(a.text for a in db.session.scalars(sa.select(SurveyAnswer)) if a.text) == ["=1+1", "廣播", "很好"]
    office.post("surveys.enter", survey_id=number, data=typed)  # The same page sent again.
    assert len(sheets()) == 3


def test_one_wrong_cell_keeps_everything_and_stores_nothing(app, office, opened):
    survey = opened(QUESTIONS)
    number, (scale, several, text) = survey.id, (field_name(q.id) for q in survey.questions)
    typed = page_of(survey, ("1", "5", "1", "好"), ("2", "6", "9", "字" * 6000), ("2", "3", "", ""), ("x", "3", "", ""), ("7", "", "1", ""))
    page = office.post("surveys.enter", survey_id=number, status=422, data=typed)
    assert sheets() == []
    assert (page.value(f"r0_{text}"), page.value(f"r1_{scale}"), page.value(f"r1_{several}"), page.value("r3_number")) == ("好", "6", "9", "x")
    for told in ("請從列出的選項中選", "最多 5000 個字", "第 2 號在這一頁出現兩次", "紙本編號要是 1 以上的整數", "這一題要填"):
        assert told in page.text
    assert "這一頁還沒有任何一份" in office.post("surveys.enter", survey_id=number, status=422, data=page_of(survey, once="m" * 24)).text


def test_numbers_are_taken_once(app, office, opened):
    survey = opened(QUESTIONS)
    number = survey.id
    office.post("surveys.enter", survey_id=number, data=page_of(survey, ("7", "5")))
    page = office.post("surveys.enter", survey_id=number, status=422, data=page_of(survey, ("6", "5"), ("7", "4"), once="m" * 24))
    assert "第 7 號已經登錄過" in page.text
    assert sheets() == [(7, False)]


def test_typing_twice_finds_slips(app, office, opened):
    survey = opened(QUESTIONS)
    number = survey.id
    office.post("surveys.enter", survey_id=number, data=page_of(survey, ("1", "5", "1,2", "好"), ("2", "4", "3 廣播", "")))
    page = office.post("surveys.check", survey_id=number, status=422, data=page_of(survey, ("9", "5"), once="a" * 24))
    assert "第 9 號還沒登錄過" in page.text
    typed = page_of(survey, ("1", "5", "2,1", "好"), ("2", "3", "3 電視", ""), once="b" * 24)
    page = office.post("surveys.check", survey_id=number, status=422, data=typed)
    assert "第一次登錄的是「4」" in page.text
    assert "第一次登錄的是「3 廣播」" in page.text
    assert sheets() == [(1, False), (2, False)]
    office.post("surveys.check", survey_id=number, data={**typed, "accept": "1"})
    assert sheets() == [(1, True), (2, True)]
    second = queries.by_numbers(survey, [2])[2]
    assert sorted((one.code, one.text) for one in queries.given_on([second.id])[second.id]) == [(3, ""), (99, "電視")]
    assert "已複核 2 份" in office.get("surveys.check", survey_id=number).text


def test_paper_of_a_named_questionnaire_bears_names(app, office, opened):
    survey = opened(QUESTIONS, anonymous=False)
    typed = page_of(survey, ("1", "5"))
    office.post("surveys.enter", survey_id=survey.id, data={**typed, "r0_name": "林佳慧"})
    sheet = db.session.scalars(sa.select(SurveySheet)).one()
    assert (sheet.name, sheet.answered_at is None) == ("林佳慧", False)


@pytest.mark.parametrize("screen", ["surveys.enter", "surveys.check"])
def test_a_draft_takes_no_paper(app, office, screen):
    with unit_of_work("test", "test"):
        survey = making.make(title="", template="course")
    number = survey.id
    page = office.get(screen, survey_id=number)
    assert "還沒開放" in page.text
    typed = {f"r0_{field_name(q.id, part)}": "3" for q in survey.questions for part in range(len(q.asked().parts)) if q.kind in ("matrix", "scale5", "single")}
    office.post(screen, survey_id=number, status=422, data={"r0_number": "1", **typed, "once": "k" * 24})
    assert sheets() == []
