"""The public form and the office's: what is odd, hostile, too much or sent twice, and the switch that is off."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.members.joining.conftest import application, open_form, state
from tests.members.joining.test_story import FORM, mails, only
from tests.office import id_number
from unionops.core.attachments.models import Attachment
from unionops.core.db import db
from unionops.members.models import Application, Person
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import State

NAUGHTY = Path(__file__).parents[2] / "data" / "office" / "naughty.csv"


def count(model=Application) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def rows() -> list[list[str]]:
    with NAUGHTY.open(encoding="utf-8-sig", newline="") as file:
        return [row + [""] * (10 - len(row)) for row in csv.reader(file) if any(row)][1:]


REFUSED = {
    "N011": ("id_number", "格式不對"), "N014": ("name", "最多 120"), "N015": ("note", "最多 1000"), "N016": ("name", "控制字元"), "N017": ("name", "看不見"),
    "N018": ("name", "看不見"), "N022": ("name", "看不見"), "N029": ("birth_on", "沒有這一天"), "N030": ("birth_on", "看不懂"), "N032": ("birth_on", "看不懂"),
    "N036": ("mobile", "必填"), "N039": ("id_number", "格式不對"), "N045": ("name", "請填姓名"),
}
"""Which rows are refused, at which field, with which words. Everything else is a person with an odd name or remark."""


def sent_as(row: list[str]) -> dict[str, str]:
    return FORM | {"name": row[1], "id_number": row[2], "birth_on": row[3], "mobile": row[5], "note": row[9], "email": ""}


@pytest.mark.parametrize("row", [row for row in rows() if row[0] in REFUSED], ids=lambda row: row[0])
def test_naughty_rows_that_are_refused(row, people, browser):
    open_form()
    sent = sent_as(row)
    page = browser.post("apply.form", sent, status=422)
    field, words = REFUSED[row[0]]
    assert words in page.error(field)
    for name in ("name", "id_number", "note"):
        # No page can hold a character of nothing.
        assert page.value(name).replace("\ufffd", "\0") == sent[name].replace("\r\n", "\n")
    assert count() == 0


@pytest.mark.parametrize("row", [row for row in rows() if row[0] not in REFUSED], ids=lambda row: row[0])
def test_naughty_rows_are_kept_character_by_character(row, people, browser, staff):
    open_form()
    browser.post("apply.form", sent_as(row))
    written = queries.written(only())
    assert (written["name"], written["id_number"], written["mobile"]) == (row[1], row[2], row[5])
    assert written.get("note", "") == row[9]
    number = only().id
    for endpoint in ("joining.index", "joining.application", "joining.written", "joining.check", "joining.correct"):
        shown = staff.get(endpoint, **({} if endpoint == "joining.index" else {"application_id": number}))
        assert "<script>alert" not in shown.html
        assert "<img src=x" not in shown.html
    assert staff.get("joining.form_file", application_id=number, fmt="docx").response.data[:2] == b"PK"


@pytest.mark.parametrize(("changed", "field"), [
    ({"name": ""}, "name"), ({"name": "　 "}, "name"), ({"name": "長" * 121}, "name"), ({"name": "王\u202e小明"}, "name"),
    ({"id_number": ""}, "id_number"), ({"id_number": "A123"}, "id_number"), ({"id_number": "A123456780"}, "id_number"),
    ({"birth_on": ""}, "birth_on"), ({"birth_on": "75/2/30"}, "birth_on"), ({"birth_on": "999/1/1"}, "birth_on"), ({"birth_on": "1800-01-01"}, "birth_on"),
    ({"mobile": ""}, "mobile"), ({"mobile": "12"}, "mobile"), ({"email": "yun"}, "email"), ({"email": "a@b c"}, "email"), ({"mail_address": ""}, "mail_address"),
    ({"mail_address": "長" * 301}, "mail_address"), ({"monthly_wage": "很多"}, "monthly_wage"), ({"monthly_wage": "-5"}, "monthly_wage"),
    ({"dependants": "１２３"}, "dependants"), ({"dependants": "x"}, "dependants"), ({"sex": "Z"}, "sex"), ({"sex": "M"}, "sex"), ({"agree": ""}, "agree"),
    ({"note": "\0"}, "note"),
])
def test_what_cannot_be_is_said_beside_its_field(changed, field, people, browser):
    open_form()
    page = browser.post("apply.form", FORM | changed, status=422)
    assert page.error(field), page.text[:500]
    assert page.value("introducer") == "陳小明"
    assert count() == 0


def test_a_form_that_is_closed_says_so_politely(people, browser, chief):
    page = browser.get("apply.form", status=404)
    assert "目前沒有開放線上申請" in page.text
    assert "0422580217" in page.text or "04" in page.text
    assert "沒有送出" in browser.post("apply.form", FORM, status=404).text
    assert count() == 0
    chief.post("joining.switch", {"is_open": "y", "introduction": "", "notice": "告知事項"})
    assert "告知事項" in browser.get("apply.form").text
    chief.post("joining.switch", {"introduction": "", "notice": "告知事項"})
    browser.get("apply.form", status=404)


def test_another_wording_is_another_version(people, chief):
    chief.post("joining.switch", {"is_open": "y", "notice": "甲"})
    first = queries.public_form().notice_version
    chief.post("joining.switch", {"is_open": "y", "notice": "甲", "introduction": "歡迎"})
    assert queries.public_form().notice_version == first
    chief.post("joining.switch", {"is_open": "y", "notice": "乙"})
    assert queries.public_form().notice_version != first
    chief.post("joining.switch", {"is_open": "y", "notice": "  "}, status=422)


def test_sent_twice_is_one_application(people, browser):
    open_form()
    browser.post("apply.form", FORM, once="the-same-key-pressed-twice")
    browser.post("apply.form", FORM, once="the-same-key-pressed-twice")
    assert count() == 1
    browser.post("apply.form", FORM | {"files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "證明.pdf")})
    assert count() == 1
    assert count(Attachment) == 1
    browser.post("apply.form", FORM | {"files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "證明.pdf")})
    assert count(Attachment) == 1
    assert len(mails()) == 1
    browser.post("apply.form", FORM | {"note": "補充一句"})
    assert count() == 2


def test_nobody_learns_from_the_form_who_is_a_member(people, browser, add, staff):
    open_form()
    add("何佩芸", id_number=FORM["id_number"])
    browser.post("apply.form", FORM)
    number = only().id
    assert "已經在籍" in staff.get("joining.application", application_id=number).text
    page = staff.post("joining.check", {"papers": ["identity", "photo", "work_proof"]}, status=422, application_id=number)
    assert "已經在籍" in page.text
    assert state(number) == State.RECEIVED


def test_a_machine_is_thanked_and_forgotten(people, browser):
    open_form()
    assert browser.post("apply.form", FORM | {"website": "http://example.invalid"}).location.endswith("/apply/thanks")
    assert count() == 0


@pytest.mark.parametrize(("content", "name", "word"), [
    (b"MZ\x90\0" + b"\0" * 200, "證明.exe", ""), (b"MZ\x90\0" + b"\0" * 200, "證明.pdf", ""), (b"", "空的.pdf", ""), (b"<html><script>alert(1)</script>", "證明.html", ""),
])
def test_files_that_are_none_of_those_wanted(content, name, word, people, browser):
    open_form()
    page = browser.post("apply.form", FORM | {"files": (io.BytesIO(content), name)}, status=422)
    assert page.error("files")
    assert page.value("name") == "何佩芸"
    assert (count(), count(Attachment)) == (0, 0)


def test_files_too_many_and_too_large(people, browser, app):
    open_form()
    most = app.config["ATTACHMENT_MEGABYTES"]
    page = browser.post("apply.form", FORM | {"files": (io.BytesIO(b"%PDF-1.4\n" + b"0" * (most * 1024 * 1024 + 10)), "大.pdf")}, status=422)
    assert page.error("files")
    page = browser.post("apply.form", FORM | {"files": [(io.BytesIO(b"%PDF-1.4\n%%EOF"), f"{n}.pdf") for n in range(7)]}, status=422)
    assert page.error("files")
    page = browser.post("apply.form", FORM | {"files": (io.BytesIO(b"%PDF-1.4\n" + b"0" * (app.config["MAX_CONTENT_LENGTH"] + 10)), "大.pdf")}, status=413)
    assert count() == 0


def test_too_many_forms_from_one_address(limited_app):
    from tests.browsing import Browser
    from tests.members.joining.conftest import make_people

    make_people()
    open_form()
    stranger = Browser(limited_app)
    for _time in range(30):
        stranger.post("apply.form", FORM | {"name": ""}, status=422)
    stranger.post("apply.form", FORM, status=429)
    assert count() == 0


def test_without_a_token_nothing_is_taken(people, browser):
    open_form()
    browser.post("apply.form", FORM, csrf=False, status=400)
    assert count() == 0


# --- the office's own form


RECEIVED = {"channel": "counter", "received_on": "115/11/20", "privacy": "y", "unit": ""}


def test_the_office_may_take_what_is_incomplete(people, staff):
    staff.post("joining.receive", RECEIVED | {"name": "何佩芸", "channel": "paper", "files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "申請書.pdf")})
    one = only()
    assert (one.channel, one.privacy_version) == ("paper", "書面告知")
    assert "沒有身分證號" in staff.get("joining.application", application_id=one.id).text
    assert count(Attachment) == 1


@pytest.mark.parametrize(("changed", "field"), [
    ({"privacy": ""}, "privacy"), ({"received_on": "999/1/1"}, "received_on"), ({"received_on": "150/1/1"}, "received_on"), ({"received_on": ""}, "received_on"),
    ({"unit": "77"}, "unit"), ({"id_number": "A123456780"}, "id_number"), ({"name": ""}, "name"),
])
def test_the_office_hears_it_beside_the_field(changed, field, people, staff):
    page = staff.post("joining.receive", RECEIVED | {"name": "何佩芸", "trade": "燈光師"} | changed, status=422)
    assert page.error(field)
    assert page.value("trade") == "燈光師"
    assert count() == 0


def test_a_correction_keeps_what_was_written(people, staff, desk):
    number = desk.receive(mobile="0955666777")
    staff.post("joining.correct", {"name": "何珮芸", "mobile": "0955666778", "birth_on": "75/3/12", "trade": "燈光師", "workplace": "", "mail_address": "x" * 10, "unit": ""}, application_id=number)
    one = application(number)
    assert (queries.written(one)["name"], queries.typed(one)["name"], one.name) == ("何佩芸", "何珮芸", "何珮芸")
    shown = staff.get("joining.written", application_id=number).text
    assert "何佩芸" in shown
    assert "何珮芸" in shown
    assert "（刪去）" in shown
    staff.post("joining.correct", {"name": "", "unit": ""}, status=422, application_id=number)


def test_acts_out_of_turn_are_refused(people, staff, desk):
    number = desk.receive()
    assert "審查通過後才能" in staff.post("joining.admit", {"member_class": "regular"}, status=422, application_id=number).text
    assert "還沒有完成審查" in staff.post("joining.ask", {}, status=422, ids=number).text
    staff.post("joining.take_back", {}, status=422, application_id=number)
    staff.post("joining.withdraw", {"why": ""}, status=422, application_id=number)
    page = staff.post("joining.check", {"papers": []}, status=422, application_id=number)
    assert page.error("answer_papers") or page.error("verdict_papers") or "請選怎麼認定" in page.text
    desk.ask(desk.check(number))
    assert "已經送審" in staff.post("joining.check", {"papers": ["identity", "photo", "work_proof"]}, status=422, application_id=number).text
    staff.post("joining.take_back", {}, application_id=number)
    assert state(number) == State.CHECKED
    staff.post("joining.withdraw", {"why": "本人來電"}, application_id=number)
    assert state(number) == State.WITHDRAWN
    staff.post("joining.withdraw", {"why": "再一次"}, status=422, application_id=number)


def test_withdrawing_while_it_is_decided_takes_it_off_the_list(people, staff, desk):
    number = desk.ask(desk.check(desk.receive()))
    staff.post("joining.withdraw", {"why": "本人來電"}, application_id=number)
    assert state(number) == State.WITHDRAWN
    assert "沒有等理事會決定" in staff.get("joining.board").text


def test_a_resolution_that_lacks_something_decides_nothing(people, staff, desk):
    one, two = (desk.ask(desk.check(desk.receive(name))) for name in ("甲先生", "乙小姐"))
    full = {"number": "第 3 案", "resolved_on": "115/11/20", "wording": "同意", f"verdict_{one}": "approved", f"reason_{one}": "", f"verdict_{two}": "rejected", f"reason_{two}": ""}
    assert "要寫理由" in staff.post("joining.board", full, status=422).text
    assert "115" in staff.post("joining.board", full | {f"reason_{two}": "不符", "resolved_on": "150/1/1"}, status=422).error("resolved_on")
    assert staff.post("joining.board", full | {f"reason_{two}": "不符", "number": ""}, status=422).error("number")
    staff.post("joining.board", full | {f"verdict_{one}": "", f"verdict_{two}": ""}, status=422)
    assert {state(one), state(two)} == {State.ASKED}
    staff.post("joining.board", full | {f"reason_{two}": "不符"})
    assert (state(one), state(two)) == (State.APPROVED, State.REFUSED)


def test_a_number_taken_is_said_beside_it(people, staff, desk, add):
    from tests.members.joining.conftest import charter

    charter("admission_begins", "approved")
    add("陳小明", number="0001")
    number = desk.decided()
    page = staff.post("joining.admit", {"member_class": "regular", "number": "0001", "unit": ""}, status=422, application_id=number)
    assert "已經有人使用" in page.error("number")
    assert count(Person) == 1


def test_somebody_added_meanwhile_with_the_same_identity_number(people, staff, desk, add):
    number = desk.decided(id_number=id_number("A22345678"))
    add("何佩芸", id_number=id_number("A22345678"))
    page = staff.post("joining.admit", {"member_class": "regular", "number": "", "unit": ""}, status=422, application_id=number)
    assert "已經登錄" in page.text
