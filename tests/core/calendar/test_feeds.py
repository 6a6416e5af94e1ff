"""The private feed: what a calendar reads in it, and that nobody else does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from tests.browsing import Statements
from unionops.core import clock, refs
from unionops.core.calendar import ics, services
from unionops.core.calendar.models import Appointment, Deadline, FeedKey
from unionops.core.db import db, durable, unit_of_work
from unionops.values.refs import Ref

AWKWARD = "函復勞工局；第 3 案, 「預算」\\決算\n請於期限前以正式公文函復臺中市政府勞工局並副知各會員代表與理事會監事會"


def day(days=0):
    return clock.today() + timedelta(days=days)


@pytest.fixture
def token(people):
    with unit_of_work("測試", "test"):
        return services.make_feed(people["clerk"], name="手機")[1]


def read(browser, token, status=200, **headers):
    page = browser.get(f"/calendar/feed/{token}.ics", status=status, headers=headers)
    return page.response


def parsed(browser, token):
    return icalendar.Calendar.from_ical(read(browser, token).data)


def events(calendar):
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def test_a_deadline_in_it(browser, people, put, token):
    put(9, nominal_on=day(7))
    calendar = parsed(browser, token)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert "陳會務" in calendar["X-WR-CALNAME"]
    assert calendar["X-WR-TIMEZONE"] == "Asia/Taipei"
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in read(browser, token).data
    [event] = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "期限：函復勞工局"
    assert (event.start, event.end) == (day(7), day(8))
    assert not isinstance(event.start, datetime)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CONFIRMED", "TRANSPARENT", 0)
    assert event["DESCRIPTION"].startswith("來文回覆\n最後一日")
    assert "工會法第 31 條第 1 項" in event["DESCRIPTION"]
    assert re.fullmatch(r"https?://[^/]+/calendar/deadlines/\d+", event["URL"])


def test_the_same_event_until_it_moves(browser, people, put, token):
    put(9)
    first = next(iter(parsed(browser, token).walk("VEVENT")))
    put(12)
    second = next(iter(parsed(browser, token).walk("VEVENT")))
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second.start == day(12)


def test_uids_differ_and_say_nothing(browser, people, put, token):
    for suffix in "abc":
        put(9, suffix=suffix)
    uids = [str(event["UID"]) for event in parsed(browser, token).walk("VEVENT")]
    assert len(set(uids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}@unionops", uid) for uid in uids)


def test_what_was_removed_is_cancelled_for_thirty_days(browser, people, put, token):
    put(9)
    put(10, suffix="done")
    with unit_of_work("測試", "test"):
        services.close(Ref("user", people["chief"].id), "test.reply", how="已函復", suffix="done", now=clock.now())
        services.withdraw(Ref("user", people["chief"].id), why="免辦")
    found = events(parsed(browser, token))
    assert found["期限：函復勞工局"]["STATUS"] == "CANCELLED"
    assert found["函復勞工局（已結案）"]["STATUS"] == "CONFIRMED"
    assert list(ics._deadlines(people["clerk"], clock.now() + timedelta(days=31))) == []


def test_appointments_keep_their_hours(browser, people, put, token):
    start = datetime.combine(day(2), time(9, 30), tzinfo=clock.TAIPEI)
    with unit_of_work("測試", "test"):
        services.add_appointment(
            title="勞資會議", place="會議室, 3 樓", starts_at=start, ends_at=start + timedelta(hours=2), owner=people["other"], attendees=[people["clerk"]],
            today=day(),
        )
        midnight = datetime.combine(day(5), time(), tzinfo=clock.TAIPEI)
        services.add_appointment(title="營隊", starts_at=midnight, ends_at=midnight + timedelta(days=2), all_day=True, owner=people["clerk"], today=day())
        services.add_appointment(title="別人的", starts_at=start, ends_at=start + timedelta(hours=1), owner=people["other"], today=day())
    response = read(browser, token)
    calendar = icalendar.Calendar.from_ical(response.data)
    found = events(calendar)
    assert found.keys() == {"勞資會議", "營隊"}
    assert b"DTSTART;TZID=Asia/Taipei:" in response.data
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Taipei"]
    assert found["勞資會議"].start == start
    assert found["勞資會議"].start.utcoffset() == timedelta(hours=8)
    assert found["勞資會議"]["LOCATION"] == "會議室, 3 樓"
    assert (found["營隊"].start, found["營隊"].end) == (day(5), day(7))
    with unit_of_work("測試", "test"):
        services.cancel_appointment(db.session.scalars(sa.select(Appointment)).first(), why="改期", now=clock.now())
    assert events(parsed(browser, token))["勞資會議"]["STATUS"] == "CANCELLED"


def test_chinese_is_folded_and_escaped(browser, people, put, token):
    put(9, title=AWKWARD)
    data = read(browser, token).data
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.replace(b"\r\n", b"").count(b"\n") == 0
    for line in data.split(b"\r\n"):
        line.decode()  # No character is cut in two.
    [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event["SUMMARY"] == "期限：" + AWKWARD


def test_confidential_matters_have_no_words(browser, people, put, token, monkeypatch):
    monkeypatch.setitem(refs.KINDS, "user", replace(refs.KINDS["user"], confidential=True))
    put(9, title="王小明申訴案調查")
    text = read(browser, token).data.decode()
    assert "王小明" not in text.replace("\r\n ", "")
    [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event["SUMMARY"] == "期限：（保密事項）"
    assert "DESCRIPTION" not in event


def test_only_what_is_in_ones_charge(browser, people, put, token):
    put(9, owner="other", title="別人的")
    assert parsed(browser, token).walk("VEVENT") == []


def test_in_the_readers_language(browser, people, put, token):
    with unit_of_work("測試", "test"):
        people["clerk"].locale = "en"
    put(9, nominal_on=day(7))
    [event] = parsed(browser, token).walk("VEVENT")
    assert day(9).isoformat() in event["DESCRIPTION"]


# --- who may read it


def test_made_shown_once_and_revoked(browser, people):
    clerk = browser.as_(people["clerk"])
    page = clerk.post("calendar.feeds", {"name": "手機"}, status=200)
    address = re.search(r"https?://\S+?/calendar/feed/([\w-]+)\.ics", page.text)
    assert address is not None
    assert len(address[1]) >= 43  # 32 bytes
    assert page.response.headers["Cache-Control"] == "no-store"
    key = db.session.scalars(sa.select(FeedKey)).one()
    assert address[1] not in (key.token_hash, key.name)
    assert address[1] not in clerk.get("calendar.feeds").text
    read(browser, address[1])
    assert "還沒有讀過" not in clerk.get("calendar.feeds").text
    clerk.post("calendar.revoke_feed", feed_id=key.id)
    read(browser, address[1], status=404)
    clerk.post("calendar.revoke_feed", feed_id=key.id, status=422)


def test_pressed_twice_makes_one(browser, people):
    clerk = browser.as_(people["clerk"])
    for status in (200, 302):
        clerk.post("calendar.feeds", {"name": "手機"}, status=status, once="once-000000000000000000007")
    assert db.session.scalar(sa.select(sa.func.count(FeedKey.id))) == 1


def test_a_name_is_asked_for(browser, people):
    assert browser.as_(people["clerk"]).post("calendar.feeds", {"name": " "}, status=422).error("name")


def test_whoever_guesses_learns_nothing(browser, people, token):
    refused = [read(browser, wrong, status=404).data for wrong in ("x", token[:-1], token + "x", "A" * 43, token.swapcase())]
    with unit_of_work("測試", "test"):
        services.revoke_feed(db.session.scalars(sa.select(FeedKey)).one(), now=clock.now())
    refused.append(read(browser, token, status=404).data)
    assert len(set(refused)) == 1


def test_who_has_left_is_read_no_more(browser, people, token):
    with unit_of_work("測試", "test"):
        people["clerk"].deactivated_at = clock.now()
    read(browser, token, status=404)


def test_somebody_elses_key_is_not_revoked(browser, people, token):
    key = db.session.scalars(sa.select(FeedKey)).one().id
    browser.as_(people["other"]).post("calendar.revoke_feed", status=404, feed_id=key)
    read(browser, token)


def test_what_did_not_change_is_not_sent_again(browser, people, put, token):
    put(9)
    first = read(browser, token)
    assert first.headers["Content-Type"].startswith("text/calendar")
    assert first.headers["Last-Modified"]
    for header, value in (("If-None-Match", first.headers["ETag"]), ("If-Modified-Since", first.headers["Last-Modified"])):
        with browser._alone():
            again = browser.client.get(f"/calendar/feed/{token}.ics", headers={header: value})
        assert (again.status_code, again.data) == (304, b"")
    put(12)
    again = read(browser, token, **{"If-None-Match": first.headers["ETag"]})
    assert again.headers["ETag"] != first.headers["ETag"]


def test_that_it_was_read_is_noted_now_and_then(browser, people, token):
    read(browser, token)
    db.session.rollback()
    noted = db.session.scalars(sa.select(FeedKey)).one().last_read_at
    read(browser, token)
    db.session.rollback()
    assert db.session.scalars(sa.select(FeedKey)).one().last_read_at == noted
    db.session.rollback()
    with durable() as own:
        own.execute(sa.update(FeedKey).values(last_read_at=clock.now() - timedelta(hours=1)))
    read(browser, token)
    db.session.rollback()
    assert db.session.scalars(sa.select(FeedKey)).one().last_read_at > noted


def test_few_statements(browser, people, put, token):
    counted = []
    for many in (2, 20):
        for number in range(many):
            put(number + 1, suffix=f"{many}-{number}")
        read(browser, token)
        with Statements() as seen:
            read(browser, token)
        counted.append(len(seen))
    assert counted[0] == counted[1]
    assert db.session.scalar(sa.select(sa.func.count(Deadline.id))) == 22


def test_addresses_cannot_be_tried_in_bulk(limited_app):
    answers = [limited_app.test_client().get(f"/calendar/feed/{number}.ics").status_code for number in range(62)]
    assert answers == [404] * 60 + [429] * 2
