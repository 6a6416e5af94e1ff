"""Mails really leave: to a server that takes them, refuses them, is away for a day or answers half of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.core.notify.conftest import NEWS, claimed, rows, statuses, told
from unionops.core import clock
from unionops.core.db import db, durable, durable_connection, unit_of_work
from unionops.core.i18n import _l
from unionops.core.notify import jobs, sending, services
from unionops.core.notify.models import Delivery, MailServer
from unionops.core.notify.services import Reader


def run(after: timedelta = timedelta()) -> sending.Sent:
    return sending.run(clock.now() + after)


def test_a_chinese_mail_arrives_as_it_was_written(posted, reader):
    told(reader("ming", name="𠮷田・Sayun 王小明"), subject="臺中市展演工會第 12 屆第 3 次理事會開會通知：請於三日前回覆是否出席，並攜帶印章", text="時間：115/9/1\n地點：會所")
    assert str(run()) == "1 sent, 0 failed"
    [mail] = posted.mails
    assert posted.recipients == ["ming@example.org"]
    assert mail["Subject"] == "臺中市展演工會第 12 屆第 3 次理事會開會通知：請於三日前回覆是否出席，並攜帶印章"
    assert mail["To"].addresses[0].display_name == "𠮷田・Sayun 王小明"
    assert mail["From"].addresses[0].display_name == "臺中市展演工會"
    assert mail["Auto-Submitted"] == "auto-generated"
    [row] = rows()
    assert mail["Message-ID"] == f"<{row.message_id}@union.example>"
    text = mail.get_content().replace("\r\n", "\n")
    assert text.startswith("𠮷田・Sayun 王小明 您好：\n\n時間：115/9/1\n地點：會所")
    assert "https://union.example/notify/choices" in text
    assert (row.status, row.next_try_at, row.claim) == ("sent", None, "")


def test_each_reads_his_own_language(posted, reader):
    told(reader("ming"), reader("ann", locale="en"), subject=_l("儲存"), text="-")
    run()
    assert [mail["Subject"] for mail in posted.mails] == ["儲存", "Save"]


def test_without_a_mail_server_everything_waits(app, reader):
    told(reader("ming"))
    assert jobs.send(clock.now()) == ""
    assert statuses() == ["waiting"]


def test_one_connection_for_a_run(posted, reader):
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(120)])
    assert run().sent == 120
    assert len(set(posted.recipients)) == 120
    assert posted.sessions == 1


def test_urgent_mail_leaves_first(posted, reader):
    user = reader("ming")
    told(Reader("甲", "a@example.org"))
    told(Reader("乙", "b@example.org"), urgent=True)
    with unit_of_work("test", "test"):
        services.mail_secret(user, subject="邀請", text="https://union.example/invite/secret", kind=NEWS)
    run()
    assert posted.recipients == ["b@example.org", "ming@example.org", "a@example.org"]


def test_a_secret_is_wiped_once_it_is_sent(posted, reader):
    user = reader("ming")
    with unit_of_work("test", "test"):
        services.mail_secret(user, subject="邀請", text="https://union.example/invite/secret", kind=NEWS)
    [row] = rows()
    assert row.body == "https://union.example/invite/secret"
    with durable() as own:
        [kept] = own.execute(sa.text("SELECT body FROM notice_delivery")).scalars()
    assert b"secret" not in bytes(kept)
    run()
    assert "invite/secret" in posted.mails[0].get_content()
    [row] = rows()
    assert (row.status, row.subject, row.body) == ("sent", None, None)


def test_down_for_a_day_nothing_is_lost_and_no_row_pays_for_it(posted, reader):
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(60)])
    posted.stop()
    start, asked = clock.now(), 0
    for minute in range(24 * 60):
        asked += sending.run(start + timedelta(minutes=minute)).halted == "unreachable"
    assert 90 < asked < 110  # Every quarter of an hour, more often at first.
    assert {(row.status, row.tries) for row in rows()} == {("waiting", 0)}
    with durable() as own:
        state = own.get_one(MailServer, 1)
        assert (state.failure, state.failures) == ("unreachable", asked)
        assert abs(state.failing_since - start) < timedelta(minutes=1)
    posted.start()
    assert sending.run(start + timedelta(hours=24, minutes=16)).sent == 60
    assert len(set(posted.recipients)) == len(posted.recipients) == 60
    with durable() as own:
        assert own.get(MailServer, 1) is None


def test_refusing_half(posted, reader):
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(40)])
    posted.refuse = {f"m{n}@example.org": "550 5.1.1 no such user" for n in range(0, 40, 2)}
    assert str(run()) == "20 sent, 20 failed"
    assert statuses() == ["failed", "sent"] * 20
    assert {(row.failure, row.reply) for row in rows(Delivery.given_up_at.is_not(None))} == {("recipient", "550 5.1.1 no such user")}
    assert posted.recipients == [f"m{n}@example.org" for n in range(1, 40, 2)]
    assert str(run(timedelta(days=30))) == "0 sent, 0 failed"


def test_refused_for_the_time_being_then_taken(posted, reader):
    told(Reader("甲", "a@example.org"))
    posted.refuse = {"a@example.org": ["451 try later", "452 full"]}
    start = clock.now()
    assert sending.run(start).failed == 1
    [row] = rows()
    assert (row.status, row.failure, row.tries) == ("retrying", "busy", 1)
    assert sending.run(start + timedelta(seconds=30)).failed == 0
    assert sending.run(start + timedelta(minutes=2)).failed == 1
    assert sending.run(start + timedelta(minutes=6)).sent == 0
    assert sending.run(start + timedelta(minutes=8)).sent == 1
    [row] = rows()
    assert (row.status, row.failure, row.tries) == ("sent", "", 3)


def test_refused_for_the_time_being_for_good_is_given_up(posted, reader):
    told(Reader("甲", "a@example.org"))
    posted.refuse = {"a@example.org": "451 try later"}
    moment, waits = clock.now(), []
    while rows()[0].given_up_at is None:
        assert sending.run(moment).failed == 1
        if (due := rows()[0].next_try_at) is not None:
            waits.append(round((due - moment).total_seconds() / 60))
            moment = due
    assert waits == [1, 5, 30, 120, 360, 1440]
    assert (rows()[0].status, rows()[0].tries) == ("failed", 7)


def test_a_refused_text_is_given_up(posted, reader):
    told(Reader("甲", "a@example.org"))
    posted.refuse_content = "554 5.7.1 spam"
    run()
    assert [(row.status, row.failure) for row in rows()] == [("failed", "content")]


def test_a_refused_sender_stops_everything_and_costs_no_row_a_try(posted, reader):
    told(Reader("甲", "a@example.org"), Reader("乙", "b@example.org"))
    posted.refuse_sender = "550 not you"
    assert run().halted == "sender"
    assert [(row.status, row.tries, row.claim) for row in rows()] == [("waiting", 0, "")] * 2


def test_a_server_that_hangs_up_costs_one_row_a_try_and_is_then_left_alone(posted, reader):
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(10)])
    posted.refuse = {f"m{n}@example.org": "421 closing" for n in range(10)}
    assert run().halted == "unreachable"
    assert [(row.tries, row.claim) for row in rows()] == [(0, "")] * 10


@pytest.mark.parametrize("address", ["a@example.org\r\nBcc: all@example.org", "a@example.org\nX: y", "無此地址", "a@", "a b@example.org"])
def test_an_address_that_is_none_is_given_up_with_its_cure(posted, address):
    told(Reader("甲", address), Reader("乙", "b@example.org"))
    run()
    assert [(row.status, row.failure) for row in rows()] == [("failed", "address"), ("sent", "")]
    assert posted.recipients == ["b@example.org"]
    assert len(posted.mails) == 1


def test_line_breaks_in_names_and_subjects_stay_out_of_the_headers(posted):
    told(Reader("甲\r\nBcc: all@example.org", "a@example.org"), subject="開會\r\nBcc: all@example.org\r\n\r\n壞")
    run()
    [mail] = posted.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "開會 Bcc: all@example.org 壞"
    assert mail["To"].addresses[0].display_name == "甲 Bcc: all@example.org"
    assert posted.recipients == ["a@example.org"]


def test_a_run_ends_in_time_and_leaves_the_rest_to_the_next(posted, monkeypatch):
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(120)])
    monkeypatch.setattr(sending, "RUN", timedelta(microseconds=1))
    assert run().sent in (0, 50)
    monkeypatch.setattr(sending, "RUN", timedelta(seconds=50))
    run()
    assert len(set(posted.recipients)) == len(posted.recipients) == 120


def test_a_batch_held_too_long_is_given_back(posted, monkeypatch):
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(30)])
    monkeypatch.setattr(sending, "HOLD", timedelta())
    monkeypatch.setattr(sending, "RUN", timedelta(microseconds=1))
    assert run().sent == 0
    assert {(row.claim, row.status) for row in rows()} == {("", "waiting")}


def test_what_was_cancelled_while_it_was_claimed_is_not_noted_as_sent(posted):
    told(Reader("甲", "a@example.org"))
    [row] = claimed()
    with durable() as own:
        own.execute(sa.update(Delivery).values(claim="somebody else's"))
    with durable_connection() as connection:
        sending.Rows(connection).note(row, sent_at=clock.now())
    assert statuses() == ["waiting"]


def test_the_job_leaves_no_transaction_open(posted, reader):
    told(reader("ming"))
    with unit_of_work("排程", "job notify.send"):
        assert jobs.send(clock.now()) == "1 sent, 0 failed"
        assert "holds_writer" not in db.session.info


@pytest.mark.postgres
def test_on_postgresql(pg_app, mail_server, monkeypatch):
    from tests.core.notify.conftest import use

    use(pg_app, mail_server, monkeypatch)
    told(*[Reader(f"會員 {n}", f"m{n}@example.org") for n in range(60)])
    mail_server.refuse = {"m7@example.org": "550 no", "m8@example.org": "450 later"}
    assert str(run()) == "58 sent, 2 failed"
    mail_server.stop()
    assert run(timedelta(minutes=2)).halted == "unreachable"
    assert run(timedelta(minutes=2)).halted == "waiting"
