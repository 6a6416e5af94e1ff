"""What is written when areas and people speak of deadlines."""

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from tests.core.calendar.conftest import BASIS
from unionops.core import clock, search
from unionops.core.audit.models import AuditEntry
from unionops.core.calendar import queries, services
from unionops.core.calendar.models import Deadline, DeadlineMove
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Notice
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref


def day(days):
    return clock.today() + timedelta(days=days)


def moves(deadline):
    return [(one.kind, one.from_on, one.to_on) for one in reversed(queries.moves(deadline))]


def only():
    return db.session.scalars(sa.select(Deadline)).one()


def test_saying_it_again_changes_nothing(put):
    first = put(10).version
    assert put(10).version == first
    assert (db.session.scalar(sa.select(sa.func.count(Deadline.id))), moves(only())) == (1, [])


def test_the_earlier_of_the_two_days_is_counted_to(put):
    assert put(10, nominal_on=day(8)).nominal_on == day(8)
    assert put(10, nominal_on=day(12), suffix="b").nominal_on == day(10)


def test_kinds_and_suffixes_are_apart(put):
    assert len({put(1).id, put(1, suffix="a").id, put(1, kind="test.filing").id}) == 3


def test_a_kind_that_nobody_registered(put):
    with pytest.raises(LookupError):
        put(1, kind="test.unknown")


def test_a_day_that_was_counted_anew_is_a_move(put):
    put(10)
    assert put(12).nominal_on == day(12)
    assert moves(only()) == [("recomputed", day(10), day(12))]


def test_an_extension_outlasts_the_same_word_but_not_a_new_one(put):
    one = put(10)
    with unit_of_work("測試", "test"):
        services.extend(one, to_on=day(20), reason="勞工局來函同意", today=day(0))
    assert (only().nominal_on, only().latest_on) == (day(20), day(20))
    assert put(10).nominal_on == day(20)
    assert put(14).nominal_on == day(14)
    assert moves(only()) == [("extended", day(10), day(20)), ("recomputed", day(20), day(14))]


def test_within_the_lawful_days_an_extension_leaves_the_last_one(put):
    one = put(10, nominal_on=day(5))
    with unit_of_work("測試", "test"):
        services.extend(one, to_on=day(8), reason="等候資料", today=day(0))
    assert (only().nominal_on, only().latest_on) == (day(8), day(10))


def test_handing_over_outlasts_the_same_word_but_not_a_new_one(put, people):
    one = put(10)
    with unit_of_work("測試", "test"):
        services.hand_over(one, people["other"], reason="產假")
    assert put(10).owner_id == people["other"].id
    assert put(10, owner="president").owner_id == people["president"].id
    told = {notice.user_id: notice.subject for notice in db.session.scalars(sa.select(Notice))}
    assert told.keys() == {people["other"].id, people["president"].id}
    assert "函復勞工局" in told[people["other"].id]


def test_nobody_is_handed_what_is_his_or_what_he_could_not_read(put, people):
    one = put(10)
    for who, field in ((people["clerk"], "owner_id"),):
        with pytest.raises(RuleBroken) as refusal:
            services.hand_over(one, who)
        assert refusal.value.problems[0].field == field
    with unit_of_work("測試", "test"):
        people["other"].deactivated_at = clock.now()
    with pytest.raises(RuleBroken, match="停用"):
        services.hand_over(only(), people["other"])


def test_closed_is_closed_until_it_is_said_otherwise(put, people):
    put(10)
    pointer = Ref("user", people["chief"].id)
    with unit_of_work("陳會務", "test"):
        assert services.close(pointer, "test.reply", how="發文 115001 函復", now=clock.now()) is not None
    with unit_of_work("陳會務", "test"):
        assert services.close(pointer, "test.reply", how="又一次", now=clock.now()) is None
    assert (only().closed_how, only().closed_by) == ("發文 115001 函復", "陳會務")
    assert put(15).nominal_on == day(10)
    assert put(15, reopen=True).closed_at is None
    assert only().nominal_on == day(15)
    assert [kind for kind, *_rest in moves(only())] == ["reopened", "recomputed"]


def test_what_lost_its_event_is_withdrawn_and_kept(put, people, looking):
    put(10)
    put(20, kind="test.filing")
    put(30, suffix="done")
    pointer = Ref("user", people["chief"].id)
    with unit_of_work("測試", "test"):
        services.close(pointer, "test.reply", how="已送", suffix="done", now=clock.now())
    with unit_of_work("測試", "test"):
        assert services.withdraw(pointer, why="來文登錄錯誤，已刪除") == 2
    rows = db.session.scalars(sa.select(Deadline).order_by(Deadline.id)).all()
    assert [(one.withdrawn_why, one.closed_how) for one in rows] == [("來文登錄錯誤，已刪除", ""), ("來文登錄錯誤，已刪除", ""), ("", "已送")]
    assert queries.open_deadlines(people["chief"], whose="all") == []
    shown = [(due.status, due.withdrawn_why) for due in queries.of_record(pointer, people["chief"])]
    assert ("withdrawn", "來文登錄錯誤，已刪除") in shown
    assert put(10).withdrawn_at is None  # The event is back.


def test_only_one_kind_is_withdrawn_if_asked(put, people):
    put(10)
    put(20, kind="test.filing")
    with unit_of_work("測試", "test"):
        assert services.withdraw(Ref("user", people["chief"].id), "test.filing", why="免申報") == 1


def test_what_is_settled_moves_no_more(put, people):
    one = put(10)
    with unit_of_work("測試", "test"):
        services.withdraw(one.ref, why="x")
    with pytest.raises(RuleBroken):
        services.extend(one, to_on=day(40), reason="x", today=day(0))
    with pytest.raises(RuleBroken):
        services.hand_over(one, people["other"])
    db.session.rollback()


def test_an_own_deadline(people):
    with unit_of_work("林總幹事", "test"):
        one = services.add_own(title="續約影印機", nominal_on=day(9), latest_on=day(12), note="找三家比價", owner=people["chief"], today=day(0))
    assert (one.ref, one.owner_id, one.given_on) == (None, people["chief"].id, day(9))
    assert list(db.session.scalars(search.matching("deadline", "影印"))) == [one.id]
    with unit_of_work("林總幹事", "test"):
        services.change_own(one, title="續約影印機與傳真", nominal_on=day(8), note="", today=day(0))
    assert moves(one) == [("recomputed", day(9), day(8))]
    with unit_of_work("林總幹事", "test"):
        services.close_by_hand(one, how="已簽約", now=clock.now())
    with pytest.raises(RuleBroken):
        services.close_by_hand(one, how="又一次", now=clock.now())
    db.session.rollback()


def test_two_own_deadlines_alike(people):
    with unit_of_work("林總幹事", "test"):
        for _time in range(2):
            services.add_own(title="續約", nominal_on=day(9), owner=people["chief"], today=day(0))
    assert db.session.scalar(sa.select(sa.func.count(Deadline.id))) == 2


def test_what_a_record_closes_nobody_closes_by_hand(put):
    one = put(10)
    with pytest.raises(RuleBroken, match="登錄回文即結案"):
        services.close_by_hand(one, how="x", now=clock.now())


def test_the_reasons_come_back_as_they_went_in(put, people, looking):
    put(10)
    [due] = queries.open_deadlines(people["clerk"])
    assert due.reasons == [BASIS]
    assert due.basis == BASIS
    assert (due.days, due.status, due.owner) == (10, "open", "陳會務")


def test_the_audit_tells_it(put):
    one = put(10)
    with unit_of_work("測試", "test"):
        services.extend(one, to_on=day(20), reason="來函同意", today=day(0))
    acts = [act["action"] for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)) for act in entry.acts]
    assert acts[-2:] == ["calendar.put", "calendar.extended"]
    assert db.session.scalar(sa.select(sa.func.count(DeadlineMove.id))) == 1


# --- appointments


def at(days, hour):
    return datetime.combine(day(days), time(hour), tzinfo=clock.TAIPEI)


def test_who_attends_is_told_of_what_matters(people):
    with unit_of_work("林總幹事", "test", people["chief"].id):
        one = services.add_appointment(
            title="勞資會議", place="會議室", starts_at=at(2, 9), ends_at=at(2, 11), owner=people["chief"], attendees=[people["clerk"], people["chief"]],
            today=day(0),
        )
    with unit_of_work("林總幹事", "test"):
        services.change_appointment(
            one, title="勞資會議", place="會議室", starts_at=at(3, 9), ends_at=at(3, 11), attendees=[people["clerk"], people["other"]], today=day(0)
        )
    with unit_of_work("林總幹事", "test"):
        services.change_appointment(
            one, title="勞資會議", place="會議室", starts_at=at(3, 9), ends_at=at(3, 11), note="帶名冊", attendees=[people["clerk"], people["other"]], today=day(0)
        )
    with unit_of_work("林總幹事", "test"):
        services.cancel_appointment(one, why="改期", now=clock.now())
    told = [(notice.user_id, notice.subject[:4]) for notice in db.session.scalars(sa.select(Notice).order_by(Notice.id))]
    clerk, other = people["clerk"].id, people["other"].id
    assert told == [(clerk, "邀請參加"), (other, "邀請參加"), (clerk, "行程異動"), (clerk, "行程取消"), (other, "行程取消")]
    with pytest.raises(RuleBroken):
        services.cancel_appointment(one, why="x", now=clock.now())
    db.session.rollback()


def test_changing_only_who_attends_is_a_change(people):
    with unit_of_work("林總幹事", "test"):
        one = services.add_appointment(title="會", starts_at=at(2, 9), ends_at=at(2, 11), owner=people["chief"], today=day(0))
    before = one.version
    with unit_of_work("林總幹事", "test"):
        services.change_appointment(one, title="會", starts_at=at(2, 9), ends_at=at(2, 11), attendees=[people["clerk"]], today=day(0))
    assert one.version > before


def test_which_days_an_appointment_touches(people, looking):
    with unit_of_work("林總幹事", "test"):
        services.add_appointment(title="營隊", starts_at=at(2, 0), ends_at=at(4, 0), all_day=True, owner=people["chief"], today=day(0))
    [entry] = queries.appointments(people["chief"], day(3), day(3))
    assert entry.days == (day(2), day(3))
    assert queries.appointments(people["chief"], day(4), day(9)) == []
    assert queries.appointments(people["clerk"], day(0), day(9)) == []
    assert len(queries.appointments(people["president"], day(0), day(9))) == 1
