"""The desk: what each role sees first in the day."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from tests.conftest import statements
from unionops.core import clock
from unionops.core.accounts.models import UserSession
from unionops.core.calendar import services as calendar
from unionops.core.db import db, unit_of_work
from unionops.overview import queries


def test_what_others_changed_since_the_last_time(browser, make_user, add):
    chief = make_user("secretary_general")
    add("林佳慧")
    assert "林佳慧" in browser.as_(chief).get("overview.desk").text


def test_not_what_was_changed_before(app, make_user, add):
    chief = make_user("secretary_general")
    add("林佳慧")
    with app.test_request_context():
        assert queries.changes_since(chief, clock.now() + timedelta(minutes=1), limit=8) == []


def test_nor_what_may_not_be_seen(browser, make_user, add):
    add("林佳慧")
    assert "林佳慧" not in browser.as_(make_user("director")).get("overview.desk").text


def test_the_last_time_is_the_end_of_the_session_before(app, make_user):
    chief, now = make_user("secretary_general"), clock.now()
    with unit_of_work("test", "test"):
        for number, (begun, seen) in enumerate([(50, 26), (20, 15), (1, 0)]):
            db.session.add(UserSession(
                token_hash=str(number), user_id=chief.id, started_at=now - timedelta(hours=begun), seen_at=now - timedelta(hours=seen)
            ))
    this = db.session.scalar(db.select(UserSession).where(UserSession.token_hash == "2"))
    assert queries.last_looked(chief, this.id, now) == now - timedelta(hours=15)
    assert queries.last_looked(make_user("staff"), None, now) == now - timedelta(days=1)


# --- what is due ------------------------------------------------------------------------------------------------------


def own_deadline(user, title, days):
    today = clock.today()
    with unit_of_work("test", "test"):
        calendar.add_own(title=title, nominal_on=today + timedelta(days=days), owner=user, today=today)


def test_what_is_due_mine_first_then_everybodys(browser, make_user):
    chief, clerk = make_user("secretary_general", name="陳淑芬"), make_user("staff", name="張雅婷")
    own_deadline(chief, "備查會議紀錄", 3)
    own_deadline(clerk, "寄發繳費通知", 5)
    own_deadline(chief, "明年的事", 200)
    with freeze_late():
        own_deadline(chief, "答覆來文", 1)
    mine = browser.as_(chief).get("overview.desk").text
    assert "備查會議紀錄" in mine
    assert "還有 3 天" in mine
    assert "寄發繳費通知" not in mine.partition("上次離開後")[0]
    assert "明年的事" not in mine.partition("上次離開後")[0]
    assert "30 天內 1 件，1 件逾期" in mine
    everybody = browser.as_(chief).get("overview.desk", whose="all").text
    assert "寄發繳費通知" in everybody.partition("上次離開後")[0]
    assert "張雅婷" in everybody


def freeze_late():
    return time_machine.travel(clock.now() - timedelta(days=3), tick=False)


def test_colleagues_do_not_see_each_others_own_deadlines(browser, make_user):
    own_deadline(make_user("secretary_general"), "人事案", 2)
    assert "人事案" not in browser.as_(make_user("staff")).get("overview.desk", whose="all").text


def test_todays_appointments(browser, make_user):
    chief = make_user("secretary_general")
    with unit_of_work("test", "test"):
        calendar.add_appointment(
            title="勞資會議會前會", place="二樓會議室", starts_at=clock.now() + timedelta(minutes=1), ends_at=clock.now() + timedelta(minutes=2),
            owner=chief, today=clock.today(),
        )
    text = browser.as_(chief).get("overview.desk").text
    assert "勞資會議會前會" in text
    assert "二樓會議室" in text


def test_an_empty_desk_teaches_the_next_step(browser, make_user):
    assert "30 天內沒有到期的事" in browser.as_(make_user("staff")).get("overview.desk").text


def test_as_many_statements_for_many_deadlines_as_for_one(browser, app, make_user):
    chief = make_user("secretary_general")
    own_deadline(chief, "第一件", 2)
    desk = browser.as_(chief)
    desk.get("overview.desk")
    with statements(app) as few:
        desk.get("overview.desk")
    for number in range(12):
        own_deadline(chief, f"第 {number} 件", 3)
    desk.get("overview.desk")
    with statements(app) as many:
        desk.get("overview.desk")
    assert len(many) == len(few)
