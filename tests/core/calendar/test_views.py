"""The screens: what each person sees, what they may do, and what is said to what is typed wrongly."""

import io
from datetime import datetime, time, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from tests.browsing import Statements
from unionops.core import clock
from unionops.core.calendar import queries, services
from unionops.core.calendar.models import Appointment, Deadline
from unionops.core.db import db, unit_of_work
from unionops.values.refs import Ref


def day(days):
    return clock.today() + timedelta(days=days)


def typed(days):
    return day(days).isoformat()


def one():
    db.session.rollback()
    return db.session.scalars(sa.select(Deadline)).one()


def own(people, days=9, owner="clerk", title="續約影印機"):
    with unit_of_work("測試", "test"):
        return services.add_own(title=title, nominal_on=day(days), owner=people[owner], today=day(0)).id


# --- who sees what


def test_everybody_sees_his_own_and_the_chief_everything(browser, people, put):
    own(people, title="我的期限")
    put(5, owner="other", title="別人的期限")
    clerk = browser.as_(people["clerk"])
    assert "我的期限" in clerk.get("calendar.deadlines").text
    everything = clerk.get("calendar.deadlines", whose="all").text
    assert "我的期限" in everything
    assert "別人的期限" not in everything
    chief = browser.as_(people["chief"])
    assert "別人的期限" not in chief.get("calendar.deadlines").text
    everything = chief.get("calendar.deadlines", whose="all").text
    assert "我的期限" in everything
    assert "別人的期限" in everything


def test_somebody_elses_does_not_exist(browser, people):
    number = own(people, owner="other")
    clerk = browser.as_(people["clerk"])
    for screen in ("deadline", "edit_deadline", "extend_deadline", "hand_over_deadline", "close_deadline"):
        clerk.get(f"calendar.{screen}", status=404, deadline_id=number)
    for screen in ("edit_deadline", "extend_deadline", "hand_over_deadline", "close_deadline"):
        clerk.post(f"calendar.{screen}", {"reason": "x", "how": "x"}, status=404, deadline_id=number)


def test_who_sees_the_record_reads_but_does_not_act(browser, people, make_user, put):
    put(5, owner="clerk", pointer=Ref("user", people["clerk"].id))
    reader = browser.as_(make_user("auditor"))  # May read user accounts, which the record is.
    number = one().id
    assert "函復勞工局" in reader.get("calendar.deadline", deadline_id=number).text
    reader.get("calendar.extend_deadline", status=403, deadline_id=number)


def test_a_record_that_its_owner_may_not_see_is_not_named(browser, people, put):
    put(5, owner="clerk", title="函復")
    page = browser.as_(people["clerk"]).get("calendar.deadline", deadline_id=one().id)
    assert "沒有檢視權限" in page.text
    assert "林總幹事" not in page.text


def test_a_member_may_look_but_not_write(browser, make_user):
    member = browser.as_(make_user("member"))
    for screen in ("deadlines", "month", "year", "feeds"):
        member.get(f"calendar.{screen}")
    for screen in ("add_deadline", "add_appointment"):
        member.get(f"calendar.{screen}", status=403)


# --- the list


def test_filters(browser, people, put):
    put(-3, title="逾期的事", suffix="a")
    put(5, title="快到的事", suffix="b", kind="test.filing")
    put(90, title="很遠的事", suffix="c")
    put(4, title="做完的事", suffix="d")
    put(6, title="取消的事", suffix="e")
    with unit_of_work("測試", "test"):
        pointer = Ref("user", people["chief"].id)
        services.close(pointer, "test.reply", how="已函復", suffix="d", now=clock.now())
        row = services.of(pointer, "test.reply", "e")
        services._withdraw(row, why="免辦", now=clock.now())
    clerk = browser.as_(people["clerk"])

    def titles(**asked):
        text = clerk.get("calendar.deadlines", **asked).text
        return [word for word in ("逾期的事", "快到的事", "很遠的事", "做完的事", "取消的事") if word in text]

    assert titles() == ["逾期的事", "快到的事", "很遠的事"]
    assert titles(state="overdue") == ["逾期的事"]
    assert titles(state="month") == ["快到的事"]
    assert titles(state="closed") == ["做完的事"]
    assert titles(state="withdrawn") == ["取消的事"]
    assert len(titles(state="every")) == 5
    assert titles(kind="test.filing") == ["快到的事"]
    assert titles(q="很遠") == ["很遠的事"]
    assert titles(q="沒有這個") == []
    assert len(titles(state="nonsense", kind="nonsense", owner="x")) == 3
    chief = browser.as_(people["chief"])
    assert "快到的事" not in chief.get("calendar.deadlines", whose="all", owner=str(people["other"].id)).text


def test_the_list_asks_the_same_of_few_and_of_many(browser, people, put):
    chief = browser.as_(people["chief"])
    counted = []
    for many in (2, 20):
        for number in range(many):
            put(number + 1, suffix=f"{many}-{number}")
        chief.get("calendar.deadlines", whose="all")
        with Statements() as seen:
            chief.get("calendar.deadlines", whose="all")
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_export_as_shown(browser, people, put):
    put(5, title="=HYPERLINK(1)")
    put(90, title="很遠的事", suffix="c")
    clerk = browser.as_(people["clerk"])
    with clerk.get("calendar.export", fmt="xlsx", state="month").response as response:
        book = openpyxl.load_workbook(io.BytesIO(response.get_data()))
    cells = list(book.active.iter_rows(values_only=True))
    assert len(cells) == 2
    assert cells[1][2].lstrip("'") == "=HYPERLINK(1)"
    assert book.active["C2"].data_type == "s"
    clerk.get("calendar.export", status=404, fmt="exe")


# --- one deadline


def test_its_page_says_why(browser, people, put):
    put(5)
    text = browser.as_(people["clerk"]).get("calendar.deadline", deadline_id=one().id).text
    for word in ("UA-31-annual", "工會法第 31 條第 1 項", "決算通過日", "登錄回文即結案", "還有 5 天"):
        assert word in text
    assert "115/03/25" in text


def test_noted_extended_handed_over_and_closed(browser, people):
    clerk = browser.as_(people["clerk"])
    done = clerk.post(
        "calendar.add_deadline",
        {"title": "續約影印機", "nominal_on": typed(9), "latest_on": typed(12), "owner_id": str(people["clerk"].id), "note": "比價"},
    )
    number = one().id
    assert done.location.endswith(f"/calendar/deadlines/{number}")
    clerk.post("calendar.extend_deadline", {"to_on": typed(20), "reason": "廠商請假"}, deadline_id=number)
    clerk.post("calendar.hand_over_deadline", {"owner_id": str(people["other"].id), "reason": "休假"}, deadline_id=number)
    clerk.get("calendar.deadline", status=404, deadline_id=number)  # Handed over for good.
    other = browser.as_(people["other"])
    text = other.get("calendar.deadline", deadline_id=number).text
    for word in ("展延", "廠商請假", "交接", "休假", "陳會務 → 黃會務"):
        assert word in text
    other.post("calendar.close_deadline", {"outcome": "done", "how": "已簽約"}, deadline_id=number)
    assert (one().closed_how, one().closed_by) == ("已簽約", "黃會務")
    assert "已簽約" in other.get("calendar.deadline", deadline_id=number).text


def test_no_longer_needed(browser, people):
    number = own(people)
    browser.as_(people["clerk"]).post("calendar.close_deadline", {"outcome": "not_needed", "how": "活動取消"}, deadline_id=number)
    assert one().withdrawn_why == "活動取消"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": ""}, "title"), ({"title": "字" * 201}, "title"), ({"nominal_on": ""}, "nominal_on"), ({"nominal_on": "115/2/30"}, "nominal_on"),
        ({"nominal_on": "110/1/1"}, "nominal_on"), ({"latest_on": "110/1/1"}, "latest_on"), ({"owner_id": "999999"}, "owner_id"), ({"owner_id": ""}, "owner_id"),
        ({"note": "字" * 2001}, "note"), ({"title": "a\x00b"}, "title"),
    ],
)
@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_what_cannot_be_noted(browser, people, data, field, language):
    clerk = browser.as_(people["clerk"])
    clerk.client.set_cookie("lang", language)
    good = {"title": "續約", "nominal_on": typed(9), "owner_id": str(people["clerk"].id)}
    page = clerk.post("calendar.add_deadline", good | data, status=422)
    assert page.error(field)
    assert db.session.scalar(sa.select(sa.func.count(Deadline.id))) == 0


def test_pressed_twice_it_is_noted_once(browser, people):
    clerk = browser.as_(people["clerk"])
    data = {"title": "續約", "nominal_on": typed(9), "owner_id": str(people["clerk"].id)}
    first = clerk.post("calendar.add_deadline", data, once="once-000000000000000000001")
    second = clerk.post("calendar.add_deadline", data, once="once-000000000000000000001")
    assert first.location == second.location
    one()


@pytest.mark.parametrize(
    ("screen", "data", "field"),
    [
        ("extend_deadline", {"to_on": "", "reason": "x"}, "to_on"), ("extend_deadline", {"to_on": "明天", "reason": "x"}, "to_on"),
        ("extend_deadline", {"to_on": "110/1/1", "reason": "x"}, "to_on"), ("extend_deadline", {"to_on": "119/1/1", "reason": " "}, "reason"),
        ("hand_over_deadline", {"owner_id": ""}, "owner_id"), ("hand_over_deadline", {"owner_id": "999"}, "owner_id"),
        ("close_deadline", {"outcome": "done", "how": ""}, "how"), ("close_deadline", {"outcome": "perhaps", "how": "x"}, "outcome"),
        ("edit_deadline", {"title": "", "nominal_on": "119/1/1"}, "title"),
    ],
)
def test_what_cannot_be_done_to_it(browser, people, screen, data, field):
    number = own(people)
    before = one().version
    version = {"version": str(before)} if screen == "edit_deadline" else {}
    assert browser.as_(people["clerk"]).post(f"calendar.{screen}", data | version, status=422, deadline_id=number).error(field)
    assert one().version == before


def test_two_who_edit_meet(browser, people):
    number = own(people)
    stale = str(one().version)
    chief, data = browser.as_(people["chief"]), {"title": "續約影印機甲", "nominal_on": typed(9)}
    chief.post("calendar.edit_deadline", data | {"version": stale}, deadline_id=number)
    page = browser.as_(people["clerk"]).post("calendar.edit_deadline", data | {"title": "續約影印機乙", "version": stale}, status=409, deadline_id=number)
    assert "續約影印機甲" in page.text
    assert one().title == "續約影印機甲"


def test_what_its_record_closes_has_no_button(browser, people, put):
    put(5)
    clerk = browser.as_(people["clerk"])
    clerk.get("calendar.close_deadline", status=404, deadline_id=one().id)
    clerk.get("calendar.edit_deadline", status=404, deadline_id=one().id)
    clerk.get("calendar.extend_deadline", deadline_id=one().id)


# --- month and year


def test_the_month_as_table_and_list(browser, people, put):
    put(0, title="今天到期的事")
    noon = datetime.combine(day(0), time(12), tzinfo=clock.TAIPEI)
    with unit_of_work("測試", "test"):
        services.add_appointment(title="理事會", starts_at=noon, ends_at=noon + timedelta(hours=2), owner=people["clerk"], today=day(0))
    clerk = browser.as_(people["clerk"])
    text = clerk.get("calendar.month").text
    assert "今天到期的事" in text
    assert "12:00–14:00" in text
    assert "國慶" in clerk.get("calendar.month", month="2026-10").text
    for wrong in ("2026-13", "x", "0001-01", "9999-99"):
        assert "今天到期的事" in clerk.get("calendar.month", month=wrong).text
    clerk.get("calendar.month", month="1990-01")
    clerk.get("calendar.month", month="2100-12")


def test_the_year(browser, people, put):
    put(0)
    clerk = browser.as_(people["clerk"])
    text = clerk.get("calendar.year").text
    assert "會籍清查" in text
    assert "UA-31-annual" in text
    for asked in ("1990", "2100", "x", "99999"):
        clerk.get("calendar.year", year=asked)


# --- appointments


def appointment_data(**changes):
    return {"title": "勞資會議", "place": "會議室", "starts_on": typed(3), "starts_time": "9:30", "ends_time": "1100"} | changes


def test_an_appointment_is_made_changed_and_cancelled(browser, people):
    clerk = browser.as_(people["clerk"])
    clerk.post("calendar.add_appointment", appointment_data(attendees=[str(people["other"].id)]))
    made = db.session.scalars(sa.select(Appointment)).one()
    assert [clock.in_taipei(at).strftime("%H:%M") for at in (made.starts_at, made.ends_at)] == ["09:30", "11:00"]
    number, version = made.id, str(made.version)
    shown = clerk.get("calendar.edit_appointment", appointment_id=number)
    assert "09:30" in shown.html
    clerk.post("calendar.edit_appointment", appointment_data(all_day="y", ends_on=typed(4), version=version), appointment_id=number)
    db.session.rollback()
    made = db.session.get_one(Appointment, number)
    with browser.app.test_request_context():
        assert queries.entry(made).days == (day(3), day(4))
    browser.as_(people["other"]).get("calendar.appointment", status=404, appointment_id=number)  # No longer among those who attend.
    clerk = browser.as_(people["clerk"])
    clerk.post("calendar.cancel_appointment", {"why": "改線上"}, appointment_id=number)
    assert "改線上" in clerk.get("calendar.appointment", appointment_id=number).text
    clerk.post("calendar.cancel_appointment", {"why": "又一次"}, status=422, appointment_id=number)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"), ({"starts_time": ""}, "starts_time"), ({"starts_time": "25:00"}, "starts_time"), ({"starts_time": "早上"}, "starts_time"),
        ({"ends_time": "9:00"}, "ends_time"), ({"ends_on": "110/1/1"}, "ends_time"), ({"all_day": "y", "ends_on": "110/1/1"}, "ends_on"),
        ({"starts_on": ""}, "starts_on"), ({"attendees": ["999"]}, "attendees"), ({"starts_on": "180/1/1"}, "starts_on"),
    ],
)
def test_what_is_no_appointment(browser, people, changes, field):
    assert browser.as_(people["clerk"]).post("calendar.add_appointment", appointment_data(**changes), status=422).error(field)
    assert db.session.scalar(sa.select(sa.func.count(Appointment.id))) == 0


def test_somebody_elses_appointment(browser, people):
    noon = datetime.combine(day(1), time(12), tzinfo=clock.TAIPEI)
    with unit_of_work("測試", "test"):
        number = services.add_appointment(
            title="面談", starts_at=noon, ends_at=noon + timedelta(hours=1), owner=people["other"], attendees=[people["clerk"]], today=day(0)
        ).id
    clerk = browser.as_(people["clerk"])
    clerk.get("calendar.appointment", appointment_id=number)
    clerk.get("calendar.edit_appointment", status=404, appointment_id=number)
    clerk.get("calendar.cancel_appointment", status=404, appointment_id=number)
    browser.as_(people["chief"]).get("calendar.edit_appointment", appointment_id=number)
