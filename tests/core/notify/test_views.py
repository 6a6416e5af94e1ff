"""The bell, the choices, the outbox with its cures, the letters: as people use them."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdf
import pytest
import sqlalchemy as sa

from tests.conftest import statements
from tests.core.notify.conftest import DUTY, NEWS, audit_lines, claimed, rows, statuses, told, use, user
from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.db import db, durable, unit_of_work
from unionops.core.notify import inbox, jobs, queries, rules, sending, services
from unionops.core.notify.models import MailServer, Notice, NoticeChoice
from unionops.core.notify.services import Reader
from unionops.values.refs import Ref


@pytest.fixture
def office(browser):
    """The browser of the secretary-general."""
    return browser.as_(user("secretary", "secretary_general", name="林秘書"))


def failed(posted, address="m@example.org", reply="550 5.1.1 no such user", name="王小明") -> int:
    """A mail that could not be delivered; its number."""
    posted.refuse = {address: reply}
    told(Reader(name, address))
    sending.run(clock.now())
    posted.refuse = {}
    return rows()[-1].id


# --- the bell ---------------------------------------------------------------------------------------------------------


def test_the_bell_counts_and_is_right_at_once(browser):
    ming, ann = user("ming"), user("ann")
    own = browser.as_(ming)
    assert "則未讀" not in own.get("notify.inbox").text
    told(ming, subject="甲", url="/legal/")
    told(ming, subject="乙")
    told(ann, subject="丙")
    page = own.get("notify.inbox")
    assert "2 則未讀" in page.text
    assert "甲" in page.text
    assert "丙" not in page.text
    first, second = db.session.scalars(sa.select(Notice.id).where(Notice.user_id == ming.id).order_by(Notice.id)).all()
    assert own.post("notify.open_notice", notice_id=first).location == "/legal/"
    assert "1 則未讀" in own.get("legal.parameters").text
    own.post("notify.read_notice", notice_id=second)
    assert "則未讀" not in own.get("legal.parameters").text
    own.post("notify.open_notice", notice_id=second)


def test_one_reads_only_ones_own(browser):
    ming, ann = user("ming"), user("ann")
    told(ming)
    [notice] = db.session.scalars(sa.select(Notice.id)).all()
    for endpoint in ("notify.open_notice", "notify.read_notice"):
        browser.as_(ann).post(endpoint, status=404, notice_id=notice)
    assert queries.unread_count(ming) == 1


def test_all_that_was_on_the_page_is_read_and_no_more(browser):
    ming = user("ming")
    told(ming)
    told(ming)
    told(ming)
    own = browser.as_(ming)
    second = db.session.scalars(sa.select(Notice.id).order_by(Notice.id)).all()[1]
    own.post("notify.read_all", data={"until": second})
    assert queries.unread_count(ming) == 1
    own.post("notify.read_all", data={"until": "all'; --"})
    assert queries.unread_count(ming) == 1


def test_the_bell_costs_a_page_one_statement(app, browser):
    ming = user("ming")
    own = browser.as_(ming)
    own.get("legal.parameters")
    with statements(app) as seen:
        own.get("legal.parameters")
    before = [one for one in seen if "FROM notice" in one]
    assert len(before) == 1
    for _n in range(30):
        told(ming, pointer=Ref("user", ming.id))
    with statements(app) as few:
        own.get("notify.inbox", size=25)
    with statements(app) as more:
        own.get("notify.inbox", size=50)
    assert len(more) == len(few)


def test_nobody_without_a_seat_has_a_bell(browser):
    assert "/sign-in" in browser.get("notify.inbox", status=302).location
    assert "/notify/" not in browser.get("accounts.sign_in").links()


# --- choices ----------------------------------------------------------------------------------------------------------


def test_choices(browser):
    ming = user("ming")
    own = browser.as_(ming)
    page = own.get("notify.choices")
    assert page.value("mail_test_news") == "at_once"
    with pytest.raises(AssertionError):
        page.field("bell_test_duty")
    given = {f"mail_{kind.name.replace('.', '_')}": ways.mail for kind, ways in queries.choices(ming)}
    own.post("notify.choices", data={**given, "mail_test_news": "none", "mail_test_duty": "digest"})
    found = {one.kind: (one.bell, one.mail) for one in db.session.scalars(sa.select(NoticeChoice))}
    assert found[NEWS] == (False, "none")
    assert found[DUTY] == (True, "digest")
    told(ming)
    told(ming, kind=DUTY)
    assert [row.kind for row in rows()] == [DUTY]
    page = own.post("notify.choices", data={**given, "mail_test_duty": "none"}, status=422)
    assert "清單" in page.error("mail_test_duty")
    assert str(audit_lines()).count("notify.chosen") == 1


def test_somebody_without_an_address_is_told_so(browser):
    ming = user("ming")
    with unit_of_work("test", "test"):
        ming.email = ""
    assert "帳號沒有電子郵件" in browser.as_(ming).get("notify.choices").text


# --- the outbox -------------------------------------------------------------------------------------------------------


def test_without_a_mail_server_the_outbox_says_what_to_set(office):
    told(Reader("甲", "a@example.org"))
    page = office.get("notify.outbox")
    assert "SMTP_URL" in page.text
    assert "MAIL_FROM" in page.text
    assert "甲" in page.text
    assert "a@example.org" not in page.text


def test_a_server_that_is_away_is_told_with_its_cure(posted, office):
    told(Reader("甲", "a@example.org"))
    posted.stop()
    sending.run(clock.now())
    page = office.get("notify.outbox")
    assert "連不上郵件主機" in page.text
    assert "信都還在" in page.text
    office.post("notify.ask_server")
    with durable() as own:
        assert own.get_one(MailServer, 1).next_try_at <= clock.now()
    posted.start()
    sending.run(clock.now())
    assert "連不上郵件主機" not in office.get("notify.outbox").text


def test_a_refused_mail_is_shown_with_its_cure_and_sent_again(posted, office):
    number = failed(posted)
    page = office.get("notify.outbox")
    assert "收件地址不存在" in page.text
    assert "請向本人查明" in page.text
    page = office.get("notify.delivery", delivery_id=number)
    assert "550 5.1.1 no such user" in page.text
    assert "m@example.org" not in page.text
    office.post("notify.retry", delivery_id=number)
    assert statuses() == ["waiting"]
    sending.run(clock.now())
    assert statuses() == ["sent"]
    office.post("notify.retry", delivery_id=number)
    assert statuses() == ["sent"]


def test_all_of_one_reason_are_sent_again(posted, office):
    for number in range(3):
        failed(posted, f"m{number}@example.org")
    posted.refuse_content = "554 spam"
    told(Reader("丁", "d@example.org"))
    sending.run(clock.now())
    posted.refuse_content = ""
    told(Reader("戊", "bad"))
    office.post("notify.retry_all", data={"failure": "recipient"})
    assert statuses() == ["waiting"] * 3 + ["failed"] * 2
    office.post("notify.retry_all", data={"failure": "address"})
    office.post("notify.retry_all", data={"failure": "'; --"})
    assert statuses() == ["waiting"] * 3 + ["failed"] * 2


def test_an_address_is_corrected(posted, office):
    told(Reader("甲", "a@example"))
    [row] = rows()
    assert row.status == "failed"
    office.post("notify.retry", delivery_id=row.id)  # Of no use, and said so.
    assert statuses() == ["failed"]
    page = office.get("notify.correct_address", delivery_id=row.id)
    assert page.value("address") == "a@example"
    for wrong in ("", "a@", "a@b.tw\r\nBcc: c@d.tw", "甲"):
        page = office.post("notify.correct_address", data={"address": wrong}, status=422, delivery_id=row.id)
        assert page.error("address")
    office.post("notify.correct_address", data={"address": "right@example.org"}, delivery_id=row.id)
    sending.run(clock.now())
    assert posted.recipients == ["right@example.org"]
    assert "right@example.org" not in str(audit_lines())


def test_what_was_sent_cannot_be_corrected(posted, office):
    told(Reader("甲", "a@example.org"))
    sending.run(clock.now())
    office.post("notify.correct_address", data={"address": "b@example.org"}, status=422, delivery_id=rows()[0].id)
    office.post("notify.turn_to_paper", data={"address": "台中"}, status=422, delivery_id=rows()[0].id)
    office.post("notify.cancel_delivery", status=422, delivery_id=rows()[0].id)
    assert statuses() == ["sent"]


def test_what_is_on_its_way_is_left_alone(posted, office):
    told(Reader("甲", "a@example.org"))
    [row] = claimed()
    office.post("notify.cancel_delivery", status=422, delivery_id=row.id)
    office.post("notify.correct_address", data={"address": "b@example.org"}, status=422, delivery_id=row.id)
    assert "正在寄出" in office.get("notify.delivery", delivery_id=row.id).text


def test_a_mail_is_called_off(posted, office):
    told(Reader("甲", "a@example.org"))
    number = rows()[0].id
    assert "不會寄出" in office.get("notify.cancel_delivery", delivery_id=number).text
    office.post("notify.cancel_delivery", delivery_id=number)
    assert jobs.send(clock.now()) == ""
    assert statuses() == ["cancelled"]


def test_a_secret_that_failed_cannot_be_sent_again(posted, office):
    person = user("ming")
    posted.refuse = {"ming@example.org": "550 no"}
    with unit_of_work("test", "test"):
        services.mail_secret(person, subject="邀請", text="https://union.example/invite/secret", kind=NEWS)
    sending.run(clock.now())
    [row] = rows()
    assert (row.status, row.body) == ("failed", None)
    page = office.get("notify.delivery", delivery_id=row.id)
    assert "已清除" in page.text
    office.post("notify.retry", delivery_id=row.id)
    office.post("notify.correct_address", data={"address": "b@example.org"}, status=422, delivery_id=row.id)
    assert statuses() == ["failed"]
    office.post("notify.cancel_delivery", delivery_id=row.id)
    assert statuses() == ["cancelled"]


def test_a_secret_that_is_called_off_is_wiped(app, office):
    person = user("ming")
    with unit_of_work("test", "test"):
        services.mail_secret(person, subject="邀請", text="secret", kind=NEWS)
    office.post("notify.cancel_delivery", delivery_id=rows()[0].id)
    assert [(row.status, row.body, row.subject) for row in rows()] == [("cancelled", None, None)]


def test_the_outbox_is_searched(posted, office):
    told(Reader("王小明", "ming@example.org"), Reader("李美玲", "Li@Example.org"), Reader("百%分", "p@example.org"))
    for asked, found in (({"text": "小明"}, "王小明"), ({"text": "li@example.org"}, "李美玲"), ({"text": "%"}, "百%分"), ({"kind": NEWS, "text": "王"}, "王小明")):
        page = office.get("notify.outbox", part="waiting", **asked)
        assert [name for name in ("王小明", "李美玲", "百%分") if name in page.text] == [found], asked
    page = office.get("notify.outbox", part="waiting", text="沒有", kind="test.unknown", failure="'")
    assert "沒有符合條件的信" in page.text


def test_the_record_a_mail_is_about_is_named_only_to_those_who_may_see_it(browser, monkeypatch):
    monkeypatch.setitem(refs.KINDS, "test_hidden", replace(refs.KINDS["user"], name="test_hidden", among=lambda _viewer: refs.nobody(User)))
    person = user("ming", name="陳小明")
    auditor = browser.as_(user("auditor", "auditor"))
    told(Reader("甲", "a@example.org"), pointer=Ref("test_hidden", person.id))
    assert "陳小明" not in auditor.get("notify.outbox").text
    assert "陳小明" not in auditor.get("notify.delivery", delivery_id=rows()[0].id).text
    told(Reader("乙", "b@example.org"), pointer=Ref("user", person.id))
    assert "陳小明" in auditor.get("notify.outbox").text


def test_who_may_do_what(browser, posted):
    number = failed(posted)
    auditor, clerk = browser.as_(user("auditor", "auditor")), browser.as_(user("clerk", "staff"))
    page = auditor.get("notify.delivery", delivery_id=number)
    assert "重寄" not in page.text.replace("改正後重寄", "")
    for endpoint in ("notify.retry", "notify.correct_address", "notify.turn_to_paper", "notify.cancel_delivery"):
        auditor.post(endpoint, status=403, delivery_id=number)
    for endpoint in ("notify.retry_all", "notify.ask_server", "notify.send_test", "notify.mark_printed"):
        auditor.post(endpoint, status=403)
    for endpoint in ("notify.outbox", "notify.papers"):
        clerk.get(endpoint, status=403)
    auditor.get("notify.papers_file", status=403)


def test_a_delivery_that_is_none(office):
    office.get("notify.delivery", status=404, delivery_id=99)
    office.post("notify.retry", status=404, delivery_id=99)


def test_a_test_mail_to_oneself(posted, office):
    office.post("notify.send_test")
    sending.run(clock.now())
    assert posted.recipients == ["secretary@example.org"]
    assert posted.mails[0]["Subject"] == "測試信"
    with unit_of_work("test", "test"):
        db.session.scalars(sa.select(User).where(User.username == "secretary")).one().email = ""
    office.post("notify.send_test")
    assert "您的帳號沒有電子郵件" in office.get("notify.outbox").text
    assert len(rows()) == 1


# --- letters ----------------------------------------------------------------------------------------------------------


def test_letters_are_printed_and_then_said_to_be(app, office):
    assert office.get("notify.papers_file", status=302).location
    told(Reader("林阿嬤", postal_address="臺中市大雅區文昌街 103 號"), Reader("無址人"), subject="大會開會通知", text="時間：9 月 1 日。\n\n地點：會所。")
    page = office.get("notify.papers")
    assert "林阿嬤" in page.text
    assert "文昌街" not in page.text
    made = office.get("notify.papers_file")
    words = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.response.data)).pages]
    assert len(words) == 2
    assert "林阿嬤" in words[0]
    assert "文昌街" in words[0].replace(" ", "")
    assert "大會開會通知" in words[1]
    last = rows()[-1].id
    told(Reader("後來的"))
    office.post("notify.mark_printed", data={"until": last})
    assert statuses() == ["printed", "printed", "to_print"]


def test_a_mail_that_cannot_be_delivered_becomes_a_letter(posted, office):
    number = failed(posted)
    office.post("notify.turn_to_paper", data={"address": "臺中市西屯區文心路二段 1 號"}, delivery_id=number)
    assert statuses() == ["to_print"]
    assert jobs.send(clock.now()) == ""
    assert "王小明" in office.get("notify.papers").text
    office.post("notify.turn_to_paper", data={"address": ""}, status=422, delivery_id=number)


def test_the_choice_holds_after_it_is_changed_back(app):
    ming = user("ming")
    for ways in (rules.Ways(False, "none"), rules.Ways()):
        with unit_of_work("test", "test"):
            inbox.choose(ming, {NEWS: ways})
    assert {kind.name: ways for kind, ways in queries.choices(ming)}[NEWS] == rules.Ways()


def test_the_outbox_on_a_server_set(app, office, mail_server, monkeypatch):
    use(app, mail_server, monkeypatch)
    monkeypatch.setitem(app.config, "PUBLIC_URL", "")
    assert "PUBLIC_URL" in office.get("notify.outbox").text
