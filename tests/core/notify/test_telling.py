"""One call tells everybody, in one unit, in his own way and language, and says nothing outside of what is confidential."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine

from tests.conftest import statements
from tests.core.notify.conftest import DUTY, NEWS, audit_lines, rows, statuses, told, use, user
from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.db import db, durable, unit_of_work
from unionops.core.i18n import _l
from unionops.core.notify import gathering, inbox, jobs, queries, rules, sending, services
from unionops.core.notify.models import Delivery, Notice
from unionops.core.notify.services import Reader
from unionops.values.refs import Ref


def bells() -> list[Notice]:
    db.session.rollback()
    with durable() as own:
        found = list(own.scalars(sa.select(Notice).order_by(Notice.id)))
        own.expunge_all()
    return found


def told_and_failed(person: User) -> None:
    services.tell(NEWS, [person], subject="-", text="-")
    services.tell("test.unknown", [person], subject="-", text="-")


def chosen(person: User, kind: str, **ways) -> None:
    with unit_of_work("test", "test"):
        inbox.choose(person, {kind: rules.Ways(**ways)})


def test_a_user_is_told_in_the_app_and_by_mail(app):
    person = user("ming")
    assert told(person, person, subject="理事會\n開會") == 1
    assert [(one.user_id, one.subject, one.text) for one in bells()] == [(person.id, "理事會 開會", "週三開會。")]
    assert statuses() == ["waiting"]
    assert audit_lines()[-1] == [{"action": "notify.told", "params": {"people": 1, "kind": {"word": "測試消息"}}}]


def test_what_was_rolled_back_was_told_to_nobody(app):
    person = user("ming")
    with pytest.raises(LookupError), unit_of_work("test", "test"):
        told_and_failed(person)
    assert (bells(), rows()) == ([], [])


def test_the_ways_people_choose(app):
    quiet, daily, mailless, gone = user("quiet"), user("daily"), user("mailless"), user("gone")
    with unit_of_work("test", "test"):
        mailless.email = ""
        gone.deactivated_at = clock.now()
    chosen(quiet, NEWS, bell=False, mail="none")
    chosen(daily, NEWS, bell=False, mail="digest")
    assert told(quiet, daily, mailless, gone) == 3
    assert [one.user_id for one in bells()] == [mailless.id]
    assert [(row.user_id, row.status) for row in rows()] == [(daily.id, "held")]


def test_a_compulsory_kind_cannot_be_switched_off(app):
    person = user("ming")
    chosen(person, DUTY, bell=False, mail="none")
    told(person, kind=DUTY)
    assert len(bells()) == 1
    assert statuses() == ["held"]


def test_what_is_urgent_does_not_wait_for_the_daily_mail(app):
    person = user("ming")
    chosen(person, NEWS, mail="digest")
    told(person, urgent=True)
    assert [(row.status, row.priority) for row in rows()] == [("waiting", rules.URGENT)]


def test_people_without_mail_get_a_letter(app):
    told(Reader("林阿嬤", postal_address="臺中市大雅區文昌街 103 號"), Reader("無址人"))
    assert [(row.channel, row.status, row.address) for row in rows()] == [
        ("paper", "to_print", "臺中市大雅區文昌街 103 號"), ("paper", "to_print", ""),
    ]


def test_an_unknown_kind_is_an_error(app):
    with pytest.raises(LookupError):
        told(Reader("甲"), kind="test.unknown")


def test_each_language_is_written_once(app):
    told(user("ming"), user("ann", locale="en"), Reader("Bob", "bob@example.org", locale="en"), Reader("丙", "c@example.org", locale="fr"), subject=_l("儲存"))
    assert [row.subject for row in rows()] == ["儲存", "Save", "Save", "儲存"]
    assert [one.subject for one in bells()] == ["儲存", "Save"]


def test_links_only_below_the_public_address(app, mail_server, monkeypatch):
    person = user("ming")
    with app.test_request_context("/", base_url="http://evil.example"):
        told(person, pointer=Ref("user", person.id))
        told(person, url="/legal/")
    use(app, mail_server, monkeypatch)
    told(person, pointer=Ref("user", person.id))
    told(person, url="/legal/")
    told(Reader("甲", "a@example.org"), pointer=Ref("user", person.id))
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example/office")
    told(person, url="/office/legal/")
    told(person, url="/legal/")
    assert [row.body.partition("\n\n")[2] for row in rows()] == [
        "詳情請登入工會系統查看。", "詳情請登入工會系統查看。", f"詳情：https://union.example/users/{person.id}", "詳情：https://union.example/legal/", "",
        "詳情：https://union.example/office/legal/", "詳情：https://union.example/office/legal/",
    ]


@pytest.fixture
def secret_kind(monkeypatch):
    """A confidential kind of record: those of users whom the reader may see."""
    kind = refs.KINDS["user"]
    monkeypatch.setitem(refs.KINDS, "test_case", refs.Kind(
        "test_case", User, "申訴案", lambda one: one.name, kind.endpoint, kind.argument, kind.among, lambda one: "", (), confidential=True,
    ))


def test_nothing_confidential_leaves_the_app(app, mail_server, monkeypatch, secret_kind):
    use(app, mail_server, monkeypatch)
    person = user("ming", "administrator")
    told(person, Reader("外人", "x@example.org"), Reader("無信箱"), subject="陳小明申訴案開會", text="陳小明遭解僱。", pointer=Ref("test_case", person.id))
    assert [one.subject for one in bells()] == ["陳小明申訴案開會"]
    for row in rows():
        assert row.subject == "有一件事項需要您處理"
        assert "陳小明" not in row.body
        assert f"/{person.id}" not in row.body
    assert "https://union.example/notify/" in rows()[0].body


def test_a_notice_shows_its_record_only_as_long_as_the_reader_may_see_it(app):
    reader, other = user("ming"), user("ann")
    told(reader, subject="甲", pointer=Ref("user", reader.id))
    told(reader, subject="乙", text="秘密", pointer=Ref("user", other.id))
    told(reader, subject="丙", pointer=Ref("user", 99999))
    told(reader, subject="丁", url="/legal/")
    told(reader, subject="戊", url="https://evil.example/")
    with app.test_request_context("/"):
        found = queries.lines(db.session.scalars(queries.inbox(reader)).all(), reader)
    assert [(line.subject, line.url) for line in reversed(found)] == [
        ("甲", f"/users/{reader.id}"), ("測試消息", ""), ("丙", ""), ("丁", "/legal/"), ("戊", ""),
    ]
    assert "秘密" not in " ".join(line.text for line in found)


def test_twenty_thousand_in_few_statements(app):
    people = [Reader(f"會員 {n}", f"m{n}@example.org") for n in range(20_000)]
    with statements(app) as seen:
        assert told(*people) == 20_000
    assert len([one for one in seen if "INSERT INTO notice_delivery" in one]) < 400
    with durable() as own:
        assert own.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 20_000
    assert audit_lines()[-1] == [{"action": "notify.told", "params": {"people": 20000, "kind": {"word": "測試消息"}}}]


# --- many made one ----------------------------------------------------------------------------------------------------


def test_the_daily_mail(posted):
    ming, ann = user("ming"), user("ann", locale="en")
    for person in (ming, ann):
        chosen(person, NEWS, mail="digest")
    with time_machine.travel(datetime(2026, 11, 22, 1, tzinfo=UTC), tick=False):
        for number in range(3):
            told(ming, subject=f"第 {number} 件")
        told(ann, subject="One")
        told(Reader("乙", "b@example.org"))
        assert sending.run(clock.now()).sent == 1
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert jobs.daily(now) == "2"
    assert jobs.daily(now) == "0"
    assert sending.run(now).sent == 2
    assert posted.mails[1]["Subject"] == "3 則通知：每日彙整"
    text = posted.mails[1].get_content()
    assert all(f"{n + 1}. 第 {n} 件" in text for n in range(3))
    assert sorted(statuses()) == ["gathered"] * 4 + ["sent"] * 3
    assert [row.is_digest for row in rows()][-2:] == [True, True]


def test_many_of_one_kind_become_one_mail(posted):
    ming = user("ming")
    for number in range(5):
        told(ming, subject=f"第 {number} 件")
    for number in range(4):
        told(ming, kind=DUTY, subject=f"期限 {number}")
    for _n in range(5):
        told(Reader("王太太", "ming@example.org"))
    told(Reader("王先生", "ming@example.org"))
    assert jobs.send(clock.now()) == "7 sent, 0 failed"
    subjects = [mail["Subject"] for mail in posted.mails]
    assert subjects.count("5 則通知：測試消息") == 2
    assert sorted(mail["To"].addresses[0].display_name for mail in posted.mails) == ["王先生", "王太太", *["王小明"] * 5]


def test_what_is_urgent_or_was_tried_is_not_gathered(posted):
    for _n in range(6):
        told(Reader("甲", "a@example.org"), urgent=True)
    posted.refuse = {"b@example.org": ["450 later"] * 5}
    for _n in range(4):
        told(Reader("乙", "b@example.org"))
    now = clock.now()
    assert jobs.send(now) == "6 sent, 4 failed"
    told(Reader("乙", "b@example.org"))
    assert gathering.collapse(clock.now()) == 0


def test_a_very_long_gathering_says_how_much_is_left(posted):
    for number in range(gathering.MOST + 3):
        told(Reader("甲", "a@example.org"), subject=f"第 {number} 件")
    jobs.send(clock.now())
    assert "另有 3 則" in posted.mails[0].get_content()
    assert len(posted.mails) == 1


def test_a_gathered_mail_that_is_refused_is_seen(posted):
    for _n in range(5):
        told(Reader("甲", "a@example.org"))
    posted.refuse = {"a@example.org": "550 no"}
    jobs.send(clock.now())
    assert queries.counts().failed == 1


# --- tidying ----------------------------------------------------------------------------------------------------------


def test_old_texts_go_and_what_is_open_stays(posted):
    person = user("ming")
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        told(person, Reader("乙", "b@example.org"))
        told(person, Reader("丙", postal_address="台中"))
        sending.run(clock.now())
        with unit_of_work("test", "test"):
            inbox.read_all(person, 1, clock.now())
        told(Reader("丁", "bad"), Reader("戊", "e@example.org"))
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert jobs.tidy(now) == "1 + 4"
    assert [(row.status, row.body is not None) for row in rows()] == [
        ("sent", False), ("sent", False), ("sent", False), ("to_print", True), ("failed", False), ("waiting", True),
    ]
    assert len(bells()) == 1


def test_each_delivery_is_in_exactly_one_part_of_the_outbox(app):
    from itertools import product

    now = clock.now()
    names = ("sent_at", "printed_at", "given_up_at", "cancelled_at")
    with unit_of_work("test", "test"):
        first = Delivery(channel="mail", kind=NEWS, name="甲", address="a@example.org", message_id="x")
        db.session.add(first)
        db.session.flush()
        for channel, held, gathered, *flags in product(("mail", "paper"), (False, True), (None, first.id), *[(None, now)] * 4):
            db.session.add(Delivery(
                channel=channel, kind=NEWS, name="甲", address="a@example.org", message_id="x", held=held, gathered_into_id=gathered,
                **dict(zip(names, flags, strict=True)),
            ))
    part_of = {
        "waiting": "waiting", "retrying": "waiting", "held": "waiting", "failed": "failed", "to_print": "paper", "sent": "ended", "printed": "ended",
        "cancelled": "ended", "gathered": "ended",
    }
    for name, condition in queries.CONDITIONS.items():
        assert {part_of[row.status] for row in rows(condition)} == {name}
    assert sum(len(rows(condition)) for condition in queries.CONDITIONS.values()) == len(rows()) == 129


def test_the_count_for_the_bell_is_one_look_into_an_index(app):
    person = user("ming")
    told(person)
    told(person)
    reader = SimpleNamespace(id=person.id)
    with statements(app) as seen:
        assert queries.unread_count(reader) == 2
    assert len(seen) == 1
    plan = db.session.execute(sa.text("EXPLAIN QUERY PLAN SELECT count(*) FROM notice WHERE user_id = 1 AND read_at IS NULL")).all()
    assert "COVERING INDEX ix_notice_user_id_read_at (user_id=? AND read_at=?)" in str(plan)
