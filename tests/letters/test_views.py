"""The screens: the story by requests, what is refused and how it is said, two people at once, constant statements."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import statements
from tests.letters.conftest import BUREAU, SUBJECT, due, letter, user
from unionops.core import clock
from unionops.core.calendar.models import Deadline
from unionops.core.db import db
from unionops.core.i18n import show_date
from unionops.letters.models import Letter, Series, Template
from unionops.letters.rules import State, year_of
from unionops.values.refs import Ref

TODAY = show_date(clock.today())
ARRIVED = {"received_on": TODAY, "way": "post", "sender": BUREAU, "subject": "請補正會議紀錄", "secrecy": "normal", "series": "", "owner": "", "answers": ""}
DRAFTED = {
    "text_subject": SUBJECT, "text_explanation": "依工會法辦理。\n檢附紀錄。", "text_measures": "", "to": f"{BUREAU}；；labor@example.tw", "copies": "",
    "urgency": "normal", "secrecy": "normal", "signatory": "president", "owner": "",
}


@pytest.fixture
def staff(people, browser):
    return browser.as_(user(people.staff))


@pytest.fixture
def chief(people, browser):
    return browser.as_(user(people.chief))


def only(model=Letter):
    db.session.rollback()
    return db.session.scalars(sa.select(model)).one()


# --- the story


def test_from_letter_to_answer(staff, people, desk):
    page = staff.post("letters.register", ARRIVED | {"within_days": "10", "citation": "工會法第 43 條", "files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "來文.pdf")})
    question = only().id
    assert page.location.endswith(f"/letters/{question}")
    shown = staff.get("letters.letter", letter_id=question).text
    assert "來文.pdf" in shown or "來文" in shown
    assert "工會法第 43 條" in shown
    assert "起草回覆" in shown
    assert "復貴單位" in staff.get("letters.draft", source="given-reply", answers=question).html
    staff.post("letters.draft", DRAFTED, source="blank-letter", answers=question)
    db.session.rollback()
    answer = db.session.scalar(sa.select(Letter.id).where(Letter.direction == "out"))
    staff.post("letters.ask_approval", {"note": ""}, letter_id=answer)
    assert "簽核中" in staff.get("letters.letter", letter_id=answer).text
    desk.decide(answer, "chief")
    desk.decide(answer, "president")
    staff.post("letters.issue", {"series": ""}, letter_id=answer)
    assert letter(answer).state == State.ISSUED
    shown = staff.get("letters.letter", letter_id=answer).text
    assert "以電子郵件寄送" in shown
    assert "SHA-256" in shown
    staff.post("letters.mail", {"to": [str(one.id) for one in letter(answer).receivers], "text": "請查收。"}, letter_id=answer)
    assert letter(answer).state == State.SENT
    assert letter(question).state == State.ANSWERED
    assert letter(answer).number in staff.get("letters.letter", letter_id=question).text
    assert "已回覆" in staff.get("letters.incoming").text


def test_the_reply_is_registered_from_the_letter_that_waits(staff, desk):
    sent = desk.issued(given={"asked": due(20)})
    desk.send(sent)
    assert "等待回文" in staff.get("letters.outgoing").text
    form = staff.get("letters.register", answers=sent)
    assert BUREAU in form.html
    staff.post("letters.register", ARRIVED | {"answers": str(sent), "subject": "同意備查"})
    db.session.rollback()
    assert db.session.scalar(sa.select(Deadline.closed_at).where(Deadline.ref_id == sent, Deadline.kind == "letters.awaited"))
    assert "已收到回文" in staff.get("letters.outgoing").text


# --- what is refused


@pytest.mark.parametrize(("typed", "field"), [
    ({"received_on": ""}, "received_on"), ({"received_on": "115/2/30"}, "received_on"), ({"sender": " "}, "sender"), ({"subject": "字" * 301}, "subject"),
    ({"received_on": show_date(clock.today() + timedelta(days=1))}, "received_on"), ({"their_on": show_date(clock.today() + timedelta(days=1))}, "their_on"),
    ({"due_on": "114/1/1"}, "due_on"), ({"due_on": TODAY, "within_days": "3"}, "within_days"), ({"within_days": "三天"}, "within_days"),
    ({"within_days": "0"}, "within_days"), ({"way": "pigeon"}, "way"), ({"owner": "99999"}, "owner"), ({"answers": "77"}, "answers"),
    ({"belongs_to": "查無此人"}, "belongs_to"), ({"subject": "控制\x01字元"}, "subject"),
])
def test_an_arrival_that_is_refused_takes_no_number(staff, typed, field):
    page = staff.post("letters.register", ARRIVED | typed, status=422)
    assert page.error(field)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Letter)) == 0


@pytest.mark.parametrize(("typed", "field"), [
    ({"text_subject": ""}, "text_subject"), ({"to": ""}, "to"), ({"to": "甲；a@b"}, "to"), ({"secrecy": "secret"}, "declassify"),
    ({"signatory": "nobody"}, "signatory"), ({"text_explanation": "字" * 6001}, "text_explanation"), ({"within_days": "9999"}, "within_days"),
])
def test_a_draft_that_is_refused(staff, typed, field):
    assert staff.post("letters.draft", DRAFTED | typed, status=422, source="blank-letter").error(field)


@pytest.mark.parametrize("source", ["blank-nothing", "given-nothing", "own-1", "own-x", "nothing"])
def test_no_such_text_to_begin_from(staff, source):
    staff.get("letters.draft", status=404, source=source)


def test_pressed_twice_it_is_registered_once(staff):
    staff.post("letters.register", ARRIVED, once="the-same-key-0123456789")
    staff.post("letters.register", ARRIVED, once="the-same-key-0123456789")
    assert only().sequence == 1


def test_somebody_elses_confidential_letter_does_not_exist(people, browser, desk):
    number = desk.register(given={"secrecy": "secret"})
    other = browser.as_(user(people.other))
    for endpoint in ("letters.letter", "letters.edit_arrival", "letters.file", "letters.give", "letters.cancel"):
        other.get(endpoint, status=404, letter_id=number)
    assert "只給承辦人看的 1 件" in other.get("letters.incoming").text
    assert "密件" in browser.as_(user(people.staff)).get("letters.letter", letter_id=number).text


def test_the_other_register_is_not_reached_by_a_changed_address(staff, desk):
    incoming, outgoing = desk.register(), desk.draft()
    for endpoint in ("letters.edit_draft", "letters.ask_approval", "letters.issue", "letters.preview", "letters.mail"):
        staff.get(endpoint, status=404, letter_id=incoming)
    staff.get("letters.edit_arrival", status=404, letter_id=outgoing)


def test_a_reader_writes_nothing(people, browser, desk):
    auditor = browser.as_(user(people.auditor))
    number = desk.register()
    assert "登錄收文" not in auditor.get("letters.incoming").text
    auditor.get("letters.register", status=403)
    auditor.post("letters.cancel", {"why": "x"}, status=403, letter_id=number)
    auditor.get("letters.choose_template", status=403)
    browser.as_(user(people.member)).get("letters.incoming", status=403)


def test_a_cancelled_letter_says_so_and_offers_nothing(staff, desk):
    number = desk.register()
    staff.post("letters.cancel", {"why": ""}, status=422, letter_id=number)
    staff.post("letters.cancel", {"why": "重複登錄"}, letter_id=number)
    shown = staff.get("letters.letter", letter_id=number).text
    assert "已作廢：重複登錄" in shown
    assert "起草回覆" not in shown
    assert staff.post("letters.cancel", {"why": "再一次"}, status=422, letter_id=number)


# --- two at once


def test_two_who_write_the_same_draft_meet_and_lose_nothing(staff, chief, desk):
    number = desk.draft()
    version = str(letter(number).version)
    staff.post("letters.edit_draft", DRAFTED | {"text_subject": "甲先存的主旨", "version": version}, letter_id=number)
    page = chief.post("letters.edit_draft", DRAFTED | {"text_subject": "乙後存的主旨", "text_measures": "乙的辦法", "version": version}, status=409, letter_id=number)
    assert "甲先存的主旨" in page.text
    assert "乙後存的主旨" in page.text
    assert "乙的辦法" in page.text
    assert letter(number).subject == "甲先存的主旨"


def test_two_who_correct_the_same_arrival_meet(staff, chief, desk):
    number = desk.register()
    version = str(letter(number).version)
    staff.post("letters.edit_arrival", ARRIVED | {"sender": "甲機關", "version": version}, letter_id=number)
    page = chief.post("letters.edit_arrival", ARRIVED | {"sender": "乙機關", "version": version}, status=409, letter_id=number)
    assert "甲機關" in page.text
    assert "乙機關" in page.text


def test_editing_after_approval_says_that_it_is_void(staff, desk):
    number = desk.draft()
    desk.approve(number)
    assert "重新送核" in staff.get("letters.edit_draft", letter_id=number).text
    staff.post("letters.edit_draft", DRAFTED | {"text_subject": "改過", "version": str(letter(number).version)}, letter_id=number)
    assert letter(number).state == State.DRAFT


# --- the field that points to a record


def test_a_letter_belongs_to_what_is_found(staff, desk):
    first = desk.register(given={"subject": "勞資爭議調解"})
    desk.register(given={"subject": "年度備查"})
    staff.post("letters.register", ARRIVED | {"belongs_to": "爭議調解"})
    db.session.rollback()
    assert db.session.scalar(sa.select(Letter.belongs_to).order_by(Letter.id.desc())) == Ref("letter", first)


def test_several_hits_are_offered_and_one_is_chosen(staff, desk):
    first = desk.register()
    desk.register()
    page = staff.post("letters.register", ARRIVED | {"belongs_to": BUREAU}, status=422)
    assert "是哪一筆" in page.text
    staff.post("letters.register", ARRIVED | {"belongs_to": BUREAU, "belongs_to-for": BUREAU, "belongs_to-pick": f"letter:{first}"})
    db.session.rollback()
    assert db.session.scalar(sa.select(Letter.belongs_to).order_by(Letter.id.desc())) == Ref("letter", first)


@pytest.mark.parametrize("pick", ["letter:99999", "nothing", "person:1", "letter:x"])
def test_a_pick_that_nobody_offered_is_a_search_again(staff, desk, pick):
    desk.register()
    desk.register()
    assert staff.post(
        "letters.register", ARRIVED | {"belongs_to": BUREAU, "belongs_to-for": BUREAU, "belongs_to-pick": pick}, status=422
    ).error("belongs_to")


def test_what_one_may_not_see_is_not_found_and_what_it_pointed_to_stays(people, browser, desk):
    hidden = desk.register(given={"secrecy": "secret", "subject": "申訴案"})
    number = desk.register(by="other", belongs_to=Ref("letter", hidden))
    other = browser.as_(user(people.other))
    assert other.post("letters.register", ARRIVED | {"belongs_to": "申訴案"}, status=422).error("belongs_to")
    shown = other.get("letters.edit_arrival", letter_id=number)
    assert "申訴案" not in shown.html
    assert "無權檢視" in shown.html
    kept = "（原有資料，無權檢視）"
    other.post("letters.edit_arrival", ARRIVED | {
        "belongs_to": kept, "belongs_to-for": kept, "belongs_to-pick": f"letter:{hidden}", "version": str(letter(number).version),
    }, letter_id=number)
    assert letter(number).belongs_to == Ref("letter", hidden)


# --- lists and papers


def test_the_registers_are_filtered(staff, desk, people):
    desk.register(owner=user(people.staff), given={"subject": "甲案", "asked": due(3)})
    desk.register(given={"subject": "乙案", "sender": "全國總工會"})
    year = year_of(clock.today())
    for given, there, missing in (
        ({"q": "甲案"}, "甲案", "乙案"), ({"owner": "0"}, "乙案", "甲案"), ({"who": "總工會"}, "乙案", "甲案"), ({"q": f"收{year}-0002"}, "乙案", "甲案"),
        ({"owner": str(people.staff)}, "甲案", "乙案"),
    ):
        shown = staff.get("letters.incoming", **given).text
        assert there in shown
        assert missing not in shown
        assert "不符條件 1 件" in shown
    assert "沒有符合的公文" in staff.get("letters.incoming", year=year - 1).text
    assert "甲案" in staff.get("letters.incoming", year="x", series="-1", state="nothing", owner="y").text


def test_late_letters_have_their_list(staff, desk, app):
    past = clock.today() - timedelta(days=30)
    desk.register(given={"received_on": past, "their_on": None, "subject": "遲了的案", "asked": due(-5)})
    assert "遲了的案" in staff.get("letters.overdue").text
    shown = staff.get("letters.incoming").text
    assert "逾期未回覆" in shown
    assert "逾期 1 件" in shown
    assert "逾期" in staff.get("overview.desk").text


def test_lists_ask_as_much_for_many_letters_as_for_few(staff, desk, app):
    def asked():
        with statements(app) as seen:
            staff.get("letters.incoming")
            staff.get("letters.overdue")
        return len(seen)

    desk.register(given={"asked": due(5)})
    asked()  # What is remembered for all requests is looked up once.
    few = asked()
    for _n in range(12):
        desk.register(given={"asked": due(5)})
    assert asked() == few


@pytest.mark.parametrize("fmt", ["xlsx", "ods", "csv"])
def test_a_list_is_exported_as_shown(staff, desk, fmt):
    desk.register(given={"subject": "=cmd|' /C calc'!A0"})
    desk.register(given={"subject": "別件"})
    with staff.post(f"/letters/export/in.{fmt}?q=別件", status=200).response as file:
        filtered = file.data
    with staff.post(f"/letters/export/in.{fmt}", status=200).response as file:
        whole = file.data
    assert filtered != whole
    if fmt == "csv":
        assert "'=cmd" in whole.decode("utf-8-sig")
        assert "=cmd" not in filtered.decode("utf-8-sig")
    staff.post("/letters/export/in.exe", status=404)
    staff.post("/letters/export/up.csv", status=404)


@pytest.mark.parametrize("fmt", ["pdf", "ods", "xlsx"])
def test_the_register_of_a_year(staff, desk, fmt):
    desk.register()
    desk.issued()
    year = year_of(clock.today())
    for direction in ("in", "out"):
        assert staff.get("letters.year_register", direction=direction).html.count("data:image/png") >= 1
        with staff.post("letters.year_file", status=200, direction=direction, year=year, fmt=fmt).response as file:
            assert file.data
    staff.get("letters.year_register", year="9999999999", direction="x")
    staff.post("letters.year_file", status=404, direction="in", year=year, fmt="exe")


def test_the_paper_is_shown_and_sent(staff, desk):
    number = desk.draft()
    assert "草稿，尚未發文" in staff.get("letters.preview", letter_id=number).text
    for fmt, begins in (("pdf", b"%PDF"), ("odt", b"PK"), ("docx", b"PK")):
        with staff.get("letters.paper_file", letter_id=number, fmt=fmt).response as file:
            assert file.data.startswith(begins)
    staff.get("letters.paper_file", status=404, letter_id=number, fmt="exe")
    staff.get("letters.copies", status=404, letter_id=number)
    sent = desk.issued()
    with staff.get("letters.copies", letter_id=sent).response as file:
        assert file.data.startswith(b"%PDF")


# --- definitions


def test_series_are_defined_on_their_screen(chief, staff):
    staff.get("letters.series", status=403)
    assert "還沒有代字" in chief.get("letters.series").text
    chief.post("letters.add_series", {"direction": "out", "code": "中市展演選", "digits": "4", "used": "12", "purpose": "選舉"})
    series = only(Series)
    assert "12" in chief.get("letters.series").text
    assert chief.post("letters.add_series", {"direction": "out", "code": "中市展演選", "digits": "4", "used": "0"}, status=422).error("code")
    assert chief.post("letters.add_series", {"direction": "out", "code": "x", "digits": "9", "used": "0"}, status=422).error("digits")
    number = series.id
    chief.post("letters.edit_series", {"digits": "5", "purpose": "選務"}, series_id=number)
    chief.post("letters.close_series", {}, series_id=number)
    assert "停用" in chief.get("letters.series").text
    chief.get("letters.edit_series", status=404, series_id=99)


def test_templates_are_made_from_given_ones_and_offered(chief, staff):
    body = {"title": "本會的報備函", "text_subject": "檢送○○", "text_explanation": "依工會法辦理。", "to": BUREAU, "signatory": "president"}
    assert "年度資料" in chief.get("letters.add_template", source="annual").html
    chief.post("letters.add_template", body, source="letter")
    template = only(Template)
    number = template.id
    assert "本會的報備函" in staff.get("letters.choose_template").text
    assert "檢送○○" in staff.get("letters.draft", source=f"own-{number}").html
    assert chief.post("letters.add_template", body, status=422, source="letter").error("title")
    old = str(template.version)
    chief.post("letters.edit_template", body | {"title": "改名", "version": old}, template_id=number)
    assert "改名" in chief.post("letters.edit_template", body | {"version": old}, status=409, template_id=number).text
    chief.post("letters.retire_template", {}, template_id=number)
    assert "改名" not in staff.get("letters.choose_template").text
    chief.get("letters.add_template", status=404, source="nothing")
