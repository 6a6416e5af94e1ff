"""Results as the office sees them: figures, what stays hidden, groups, texts, files, papers."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
import segno

from tests.conftest import statements
from tests.surveys.conftest import fill_in, shut, typed
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.documents import Image
from unionops.surveys import documents, queries
from unionops.surveys.models import Survey
from unionops.surveys.rules.questions import field_name
from unionops.surveys.services import answering, making
from unionops.surveys.views import papers
from unionops.values.refs import Ref

SCALE = {"kind": "scale5", "title": "整體滿意嗎？", "low": "非常不滿意", "high": "非常滿意"}
GROUP = {"kind": "single", "title": "哪一組？", "options": ["第一組", "第二組"], "grouping": True}
SEVERAL = {"kind": "multiple", "title": "從哪裡知道？", "options": ["通知", "群組"], "other": True}
TEXT = {"kind": "long", "title": "還想說什麼？"}
EXAMPLE = [5] * 20 + [4] * 12 + [3] * 3 + [2]


def named_answers(survey: Survey, *sheets) -> None:
    for number, values in enumerate(sheets):
        with unit_of_work("test", "test"):
            answering.answer_by_name(survey, typed(survey, *values), respondent=Ref("person", number + 1), name=f"會員{number}", now=clock.now())


def test_the_worked_example_by_name(app, opened):
    survey = opened([SCALE], anonymous=False)
    named_answers(survey, *([value] for value in EXAMPLE))
    with unit_of_work("test", "test"):
        survey.base_count = 42
    found = queries.results(survey)
    part = found.questions[0].parts[0]
    assert (found.returned, found.rate, part.mean, part.satisfied, part.median) == (36, Decimal("85.7"), Decimal("4.42"), Decimal("88.9"), Decimal("5.00"))
    assert [(line.count, line.share) for line in part.lines][2:] == [(3, Decimal("8.3")), (12, Decimal("33.3")), (20, Decimal("55.6"))]
    assert [basis.rule for basis in part.bases] == ["EV-3-mean", "EV-3-satisfied"]


def test_the_worked_example_anonymously(app, opened):
    survey = opened([SCALE])
    fill_in(survey, *([value] for value in EXAMPLE))
    assert queries.results(survey).withheld == "open"
    shut(survey)
    part = queries.results(survey).questions[0].parts[0]
    assert [line.count for line in part.lines] == [0, None, None, 12, 20]
    assert (part.mean, part.satisfied, part.median, part.deviation) == (Decimal("4.4"), Decimal("88.9"), None, None)


def test_fewer_than_five_are_nobodys_business(app, office, opened):
    survey = opened([SCALE, TEXT])
    number = survey.id
    fill_in(survey, *([5, "好"] for _n in range(4)))
    shut(survey)
    assert queries.results(survey).withheld == "few"
    page = office.get("surveys.results", survey_id=number)
    assert "不到 5 份" in page.text
    office.get("surveys.texts", survey_id=number, question_id=db.session.get_one(Survey, number).questions[1].id, status=404)
    assert "還不能匯出" in office.get("surveys.export", survey_id=number).text
    office.post("surveys.export", survey_id=number, data={"fmt": "csv"})


def test_unanswered_questions_have_a_base_of_their_own(app, opened):
    survey = opened([SCALE, SEVERAL], anonymous=False)
    named_answers(survey, [5, [1, 2]], [4, None], [None, [1]])
    scale, several = (one.parts[0] for one in queries.results(survey).questions)
    assert (scale.base, scale.unanswered, several.base, several.unanswered) == (2, 1, 2, 1)
    assert [(line.count, line.share) for line in several.lines] == [(2, Decimal("100.0")), (1, Decimal("50.0")), (0, Decimal("0.0"))]


def test_groups_hide_small_cells_and_what_gives_them_away(app, office, opened):
    survey = opened([SCALE, SEVERAL, GROUP])
    fill_in(survey, *([5, [1], 1] for _n in range(10)), *([2, [2], 1] for _n in range(3)), *([5, [1, 2], 2] for _n in range(8)), *([2, [1], 2] for _n in range(20)))
    shut(survey)
    number, by = survey.id, survey.asked[2]
    asked, (cross,) = queries.by_groups(survey, by)[0]
    assert [row.total for row in cross.rows] == [13, 28]
    assert [[row.cells[at] for at in (1, 4)] for row in cross.rows] == [[None, None], [None, None]]
    assert all(row.mean is None for row in cross.rows)
    _asked, (several,) = queries.by_groups(survey, by)[1]
    assert [row.cells[0] for row in several.rows] == [None, None]
    assert "隱藏" in office.get("surveys.by_groups", survey_id=number, question_id=by.id).text
    office.get("surveys.by_groups", survey_id=number, question_id=asked.id, status=404)  # One grouping only, chosen before.


def test_groups_of_a_named_questionnaire_are_whole(app, opened):
    survey = opened([SCALE, GROUP], anonymous=False)
    named_answers(survey, [5, 1], [4, 1], [2, 2], [3, None])
    _asked, (cross,) = queries.by_groups(survey, survey.asked[1])[0]
    assert [(row.label, row.total, row.cells, row.mean) for row in cross.rows] == [
        ("第一組", 2, (0, 0, 0, 1, 1, 0), Decimal("4.50")), ("第二組", 1, (0, 1, 0, 0, 0, 0), Decimal("2.00")), ("未答", 1, (0, 0, 1, 0, 0, 0), Decimal("3.00")),
    ]


def test_texts_of_an_anonymous_questionnaire(app, office, opened):
    survey = opened([SCALE, TEXT, {"kind": "short", "title": "一句話"}])
    fill_in(survey, *([5, text, None] for text in ("丙", "甲", "<b>乙</b>", "甲", "=1+1")), [4, None, "只有一則"])
    shut(survey)
    number, (_scale, many, few) = survey.id, survey.questions
    assert queries.texts(survey, many)[0] == [("<b>乙</b>", "", 1), ("=1+1", "", 1), ("丙", "", 1), ("甲", "", 2)]
    assert queries.texts(survey, few) == ([], 0)
    page = office.get("surveys.results", survey_id=number)
    assert "文字意見不到 5 則" in page.text
    assert "只有一則" not in page.text
    assert "<b>乙" not in page.html


def test_numbers_and_days(app, opened):
    questions = [{"kind": "number", "title": "次數"}, {"kind": "date", "title": "哪一天"}]
    named, nameless = opened(questions, anonymous=False), opened(questions)
    sheets = [[1, "115/9/1"], [2, "115/9/2"], [2.5, "115/10/1"], [9, None], [9, "115/9/9"]]
    named_answers(named, *sheets)
    fill_in(nameless, *sheets)
    shut(nameless)
    number, day = (one.parts[0] for one in queries.results(named).questions)
    assert (number.mean, number.median, number.lowest, number.highest) == (Decimal("4.70"), Decimal("2.50"), 1, 9)
    assert [(line.label, line.count) for line in day.lines] == [("115/09", 3), ("115/10", 1)]
    number, day = (one.parts[0] for one in queries.results(nameless).questions)
    assert (number.mean, number.lowest, number.lines, day.lines) == (Decimal("4.7"), None, (), ())


def content(page) -> bytes:
    data = page.response.get_data()
    page.response.close()
    return data


def rows_of(page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content(page).decode("utf-8-sig"))))


def test_the_file_of_a_named_questionnaire(app, office, opened):
    survey = opened([SCALE, SEVERAL, TEXT], anonymous=False)
    number = survey.id
    named_answers(survey, [5, [1, 2], "=HYPERLINK(\"http://x\")"], [3, None, "<i>好</i>"])
    page = office.post("surveys.export", survey_id=number, data={"fmt": "csv"}, status=200)
    head, first, second = rows_of(page)
    assert head[0] == "姓名"
    assert (first[0], first[3:7]) == ("會員0", ["5", "1", "1", ""])
    assert not first[7].startswith("=")
    assert second[7] == "<i>好</i>"
    for fmt in ("xlsx", "ods"):
        assert content(office.post("surveys.export", survey_id=number, data={"fmt": fmt}, status=200))[:2] == b"PK"


def test_the_file_of_an_anonymous_one_has_no_lines_of_people(app, office, opened):
    survey = opened([SCALE, SEVERAL, TEXT])
    number = survey.id
    fill_in(survey, *([5, [1], "=1+1"] for _n in range(20)), *([4, [2], None] for _n in range(12)), *([3, None, None] for _n in range(3)), [1, [1], None])
    shut(survey)
    head, *rows = rows_of(office.post("surveys.export", survey_id=number, data={"fmt": "csv"}, status=200))
    assert not any(word in "".join(head) for word in ("日期", "時間", "姓名", "編號"))
    assert len(rows) == 36
    columns = [sorted(cells) for cells in zip(*rows, strict=True)]
    assert (columns[0].count("5 非常滿意"), columns[0].count("4"), columns[0].count("隱藏")) == (20, 12, 4)
    assert "3" not in columns[0]
    assert all(not cell.startswith("=") for cell in columns[-1])
    both = {(row[0], row[-1] != "") for row in rows}
    assert len(both) > 3  # Whoever said 5 also wrote, before the columns were shuffled apart.


@pytest.mark.parametrize("kind", ["poster", "blank", "report"])
def test_papers_in_every_format(app, office, opened, kind):
    survey = opened(template="satisfaction")
    number = survey.id
    with unit_of_work("test", "test"):
        survey.title = "<b>&\\#秋季 $x$"
        making.mend_wording(survey.questions[1], title="整體滿意嗎", reason="多了一個字", today=clock.today())
    fill_in(survey, *([[5, 4, 5, 4, 3], 5, 9, [1], "謝謝 #let x = 1", None, 1] for _n in range(7)))
    shut(survey)
    assert "預覽" in office.get("surveys.paper", survey_id=number, kind=kind).text
    for fmt in ("pdf", "odt", "docx"):
        assert content(office.get("surveys.paper_file", survey_id=number, kind=kind, fmt=fmt))[:2] in (b"%P", b"PK")
    office.get("surveys.paper_file", survey_id=number, kind=kind, fmt="svg", status=404)
    office.get("surveys.paper", survey_id=number, kind="other", status=404)


def test_the_poster_bears_the_short_address(app, opened):
    survey = opened([SCALE])
    made = documents.poster(survey, documents.Occasion("工會", "https://union.example/s/abcdefgh"))
    assert "https://union.example/s/abcdefgh" in [block.text for block in made.blocks if hasattr(block, "text")]


def test_the_code_on_the_poster_leads_to_the_questionnaire(app, office, opened, monkeypatch):
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example/office")
    survey = opened([SCALE])
    address = f"https://union.example/office/s/{survey.token}"
    with app.test_request_context():
        made = documents.poster(survey, papers.occasion_of(survey))
    (picture,) = [block for block in made.blocks if isinstance(block, Image)]
    told = io.BytesIO()
    segno.make(address, error="q", micro=False).save(told, kind="svg", border=2)
    assert picture.data == told.getvalue()
    assert address in picture.alt
    assert address in office.get("surveys.paper", survey_id=survey.id, kind="poster").text


def test_results_cost_the_same_whatever_the_number_of_sheets(app, office, opened):
    office.get("surveys.surveys")  # The first look of a session asks more.
    seen = []
    for count in (6, 60):
        survey = opened(template="satisfaction")
        fill_in(survey, *([[5, 4, 5, 4, 3], 5, 9, [1, 2], f"意見 {n}", None, 1 + n % 4] for n in range(count)))
        shut(survey)
        number, by = survey.id, survey.questions[-1].id
        pages = [("surveys.results", {}), ("surveys.by_groups", {"question_id": by}), ("surveys.surveys", {}), ("surveys.survey", {})]
        asked = []
        for screen, more in pages:
            with statements(app) as told:
                office.get(screen, **(more if screen == "surveys.surveys" else {"survey_id": number, **more}))
            asked.append(len(told))
        seen.append(asked)
    assert seen[0] == seen[1]
    assert max(seen[0]) < 30, seen


def test_other_areas_make_one_and_read_it(app, opened):
    from unionops.surveys import services

    with unit_of_work("test", "test"):
        made = services.make_for(Ref("union", 1), "course", title="吊掛安全課程評量")
        db.session.flush()
        making.set_period(made, opens_at=clock.now(), closes_at=clock.now() + timedelta(days=1), now=clock.now())
    assert [one.title for one in queries.of_record(Ref("union", 1))] == ["吊掛安全課程評量"]
    assert queries.results(made).withheld == "open"
    assert field_name(3, 1) == "q3_1"
