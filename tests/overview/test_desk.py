"""The desk: what each role sees first in the day."""

from __future__ import annotations

from datetime import timedelta

from unionops.core import clock
from unionops.core.accounts.models import UserSession
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
