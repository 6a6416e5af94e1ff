"""Bill notices: what stands on them, who gets which, each once."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from tests.members.acts import work
from tests.members.dues.billing_office import found
from unionops.core import clock
from unionops.core.db import db
from unionops.core.jobs import tasks
from unionops.core.notify.models import Delivery
from unionops.members.documents import billing as papers
from unionops.members.models import BillRun, Person
from unionops.members.queries import bills
from unionops.members.rules.collecting import Channel
from unionops.members.services.dues import drafts, paying, running, schemes

DAY = date(2026, 2, 10)


class Everybody:
    def can(self, permission):
        return True

    def scopes(self, permission):
        return None


@pytest.fixture
def office(browser, make_user, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: DAY)
    members = found(DAY)
    with work():
        for at, person in enumerate(members[:2]):
            db.session.get_one(Person, person).email = f"m{at}@example.tw"
        schemes.add_numbering("account", pattern="98217{member:6}{year:1}{quarter:1}{weights:371}", valid_from=date(2026, 1, 1), agreed_with="第一銀行")
        schemes.add_numbering("slip", pattern="J62{member:6}{year:3}{quarter:2}{rest:97}", valid_from=date(2026, 1, 1), agreed_with="代收公司")
    with work():
        running.apply([2, 3], date(2026, 1, 1), title="115Q1", today=DAY)
    signed_in = browser.as_(make_user("accountant"))
    signed_in.members = members
    return signed_in


def test_a_notice_says_what_until_when_and_by_which_number(office):
    run = db.session.get_one(BillRun, 1)
    given = papers.occasion(run, DAY)
    bill = bills.bills_of_run(run, Everybody())[0]
    numbers = dict(papers.numbers(bill, given))
    assert [len(one) for one in numbers.values()] == [14, 16]
    text = papers.mail_text(bill, given)
    assert "經常會費　450 元" in text
    assert "合計　540 元" in text
    assert all(number in text for number in numbers.values())
    assert "115/02/28" in text


def test_who_paid_is_not_written_to(office):
    with work():
        paying.receive(db.session.get_one(Person, office.members[0]), amount=540, received_on=DAY, channel=Channel.COUNTER, today=DAY)
        paying.receive(db.session.get_one(Person, office.members[1]), amount=450, received_on=DAY, channel=Channel.COUNTER, today=DAY)
    run = db.session.get_one(BillRun, 1)
    assert bills.to_tell(run, Everybody()) == (5, 1, 540 * 4 + 90)
    found_ = bills.bills_of_run(run, Everybody())
    assert [(one.person_id, one.open) for one in found_][:1] == [(office.members[1], 90)]


def test_notices_are_printed_and_mailed_once(office, monkeypatch):
    page = office.get("dues.notices", run_id=1)
    assert "6" in page.text
    answer = office.post("dues.notices", run_id=1, data={"way": "all"}, status=200).response
    assert answer.data.startswith(b"%PDF")
    answer.close()
    office.post("dues.notices", run_id=1, data={"way": "mail"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 2
    assert "已經寄過" in office.post("dues.notices", run_id=1, data={"way": "mail"}, status=422).text
    office.post("dues.notices", run_id=1, data={"way": "mail", "again": "y"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 4


def test_many_are_made_behind_the_page(office, monkeypatch):
    monkeypatch.setattr("unionops.members.views.dues.notices.AT_ONCE", 2)
    monkeypatch.setattr(drafts, "LARGE", 2)
    for way in ("paper", "mail"):
        assert "/jobs/" in office.post("dues.notices", run_id=1, data={"way": way}).location
        db.session.rollback()
        assert tasks.work_once()
    made = db.session.scalars(sa.select(tasks.Task).order_by(tasks.Task.id)).all()
    assert [(one.state, one.result["count"]) for one in made] == [("done", 4), ("done", 2)]
    assert tasks.file_of(made[0].id).startswith(b"%PDF")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 2


def test_a_run_that_was_taken_back_tells_nobody(office):
    with work():
        running.take_back(db.session.get_one(BillRun, 1), why="錯了", today=DAY)
    office.post("dues.notices", run_id=1, data={"way": "mail"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0
