"""Letters received, through the services: numbers, deadlines, owners, replies, cancelled ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.letters.conftest import arrival, due, letter, user
from unionops.core import clock
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Notice
from unionops.letters import queries
from unionops.letters.models import Letter
from unionops.letters.rules import Asked, Direction, State, year_of
from unionops.letters.services import definitions, incoming, outgoing
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref


def deadline(number):
    return db.session.scalar(sa.select(Deadline).where(Deadline.ref_kind == "letter", Deadline.ref_id == number))


def test_letters_are_numbered_by_year_from_one(desk):
    today, year = clock.today(), year_of(clock.today())
    last_year = today.replace(year=today.year - 1, month=12, day=31)
    numbers = [letter(desk.register()).number, letter(desk.register()).number]
    older = letter(desk.register(given={"received_on": last_year, "their_on": None})).number
    assert numbers == [f"收{year}-0001", f"收{year}-0002"]
    assert older == f"收{year - 1}-0001"


def test_each_code_counts_on_its_own_and_goes_on_from_a_number_given_by_hand(desk):
    with unit_of_work("test", "test"):
        series = definitions.add_series(direction=Direction.IN, code="密收", digits=3, used=17, today=clock.today())
    assert letter(desk.register(series=series)).number.endswith("-018")
    with unit_of_work("test", "test"):
        definitions.close_series(db.session.merge(series), today=clock.today())
    assert letter(desk.register()).number.startswith("收")
    with pytest.raises(RuleBroken, match="停用"):
        desk.register(series=db.session.merge(series))


def test_a_refused_letter_takes_no_number(desk):
    with pytest.raises(RuleBroken):
        desk.register(given={"received_on": clock.today() + timedelta(days=1)})
    assert letter(desk.register()).sequence == 1


def test_a_deadline_stands_in_the_calendar_with_its_reason(desk, people):
    number = desk.register(given={"asked": Asked(within_days=10, citation="工會法第 43 條")}, owner=user(people.other))
    held = deadline(number)
    assert held.kind == "letters.reply"
    assert held.owner_id == people.other
    assert held.basis[0]["citation"] == "工會法第 43 條"
    assert held.latest_on >= clock.today() + timedelta(days=10)


def test_whoever_is_given_a_letter_is_told_and_gets_its_deadline(desk, people):
    number = desk.register(given={"asked": due(9)})
    with unit_of_work("test", "test"):
        incoming.give(letter(number), user(people.other), by=user(people.staff), today=clock.today())
    assert deadline(number).owner_id == people.other
    assert db.session.scalar(sa.select(Notice.user_id).where(Notice.kind == "letters.assigned")) == people.other


def test_nobody_is_told_of_what_he_took_himself(desk, people):
    desk.register(owner=user(people.staff))
    assert db.session.scalars(sa.select(Notice).where(Notice.kind == "letters.assigned")).all() == []


def test_filing_needs_no_answer_and_can_be_taken_back(desk):
    number = desk.register(given={"asked": due(5)})
    with unit_of_work("test", "test"):
        incoming.file(letter(number), why="例行通報", now=clock.now(), today=clock.today())
    assert (letter(number).state, deadline(number).closed_at is not None) == (State.FILED, True)
    with pytest.raises(RuleBroken), unit_of_work("test", "test"):
        incoming.file(letter(number), why="再一次", now=clock.now(), today=clock.today())
    with unit_of_work("test", "test"):
        incoming.reopen(letter(number), today=clock.today())
    assert (letter(number).state, letter(number).closing_reason, deadline(number).settled) == (State.OPEN, "", False)


def test_a_cancelled_letter_keeps_its_number_and_loses_its_deadline(desk):
    number = desk.register(given={"asked": due(5)})
    with unit_of_work("test", "test"):
        incoming.cancel(letter(number), why="重複登錄", today=clock.today())
    assert letter(number).number
    assert deadline(number).withdrawn_at is not None
    assert letter(desk.register()).sequence == 2
    for act in (
        lambda: incoming.cancel(letter(number), why="x", today=clock.today()),
        lambda: incoming.give(letter(number), user(desk.people.staff), by=user(desk.people.staff), today=clock.today()),
        lambda: incoming.change(letter(number), arrival(), belongs_to=None, today=clock.today()),
    ):
        with pytest.raises(RuleBroken, match="作廢"), unit_of_work("test", "test"):
            act()


def test_correcting_moves_the_deadline_and_the_words(desk, people):
    number = desk.register(given={"asked": due(20)})
    with unit_of_work("test", "test"):
        incoming.change(letter(number), arrival(sender="全國總工會", asked=due(6)), belongs_to=Ref("letter", number), today=clock.today())
    assert deadline(number).given_latest_on == clock.today() + timedelta(days=6)
    assert queries.count(user(people.chief), queries.Filter(Direction.IN, text="全國總工會"), clock.today()) == 1
    with unit_of_work("test", "test"):
        incoming.change(letter(number), arrival(), belongs_to=None, today=clock.today())
    assert deadline(number).withdrawn_at is not None


def test_a_correction_may_not_leave_the_year_of_the_number(desk):
    number = desk.register()
    last_year = clock.today().replace(year=clock.today().year - 1, day=1)
    with pytest.raises(RuleBroken, match="年度"), unit_of_work("test", "test"):
        incoming.change(letter(number), arrival(received_on=last_year, their_on=None), belongs_to=None, today=clock.today())


def test_a_reply_closes_what_was_awaited_unless_others_are_still_out(desk, people):
    sent = desk.issued(given={"asked": due(30)})
    desk.send(sent)
    desk.register(answers=letter(sent), others_awaited=True)
    assert not deadline(sent).settled
    reply = desk.register(answers=letter(sent), given={"subject": "同意備查。"})
    assert deadline(sent).closed_how == f"收到回覆 {letter(reply).number}"
    assert letter(sent).closed_on == clock.today()
    around = queries.exchange(user(people.chief), letter(sent))
    assert len(around.answered_by) == 2
    assert [one.id for one in queries.exchange(user(people.chief), letter(reply)).answers] == [sent]


def test_a_letter_answers_only_the_other_register(desk):
    first = desk.register()
    with pytest.raises(RuleBroken, match="發文回覆"):
        desk.register(answers=letter(first))


def test_an_answer_settles_the_letter_and_a_cancelled_answer_opens_it_again(desk):
    question = desk.register(given={"asked": due(10)})
    answer = desk.draft(answers=[letter(question)])
    assert letter(question).state == State.OPEN
    desk.approve(answer)
    desk.issue(answer)
    assert (letter(question).state, deadline(question).closed_at is not None) == (State.ANSWERED, True)
    with unit_of_work("test", "test"):
        outgoing.cancel(letter(answer), why="受文者有誤", by=user(desk.people.staff), now=clock.now(), today=clock.today())
    assert (letter(question).state, deadline(question).settled) == (State.OPEN, False)


def test_the_same_paper_received_twice_is_noticed(desk):
    first, second = desk.register(), desk.register()
    assert [one.id for one in queries.twins(letter(second))] == [first]
    assert queries.twins(letter(desk.register(given={"their_number": ""}))) == []


# --- who sees what


def test_a_confidential_letter_is_for_few(desk, people):
    number = desk.register(given={"secrecy": "secret", "subject": "申訴人資料"}, owner=user(people.other))
    sees = {name for name in ("chief", "president", "staff", "other", "accountant", "auditor", "member")
            if queries.count(user(getattr(people, name)), queries.Filter(Direction.IN), clock.today())}
    assert sees == {"chief", "president", "staff", "other"}
    assert queries.hidden(user(people.accountant), queries.Filter(Direction.IN), clock.today()) == 1
    assert "申訴人" not in letter(number).title


def test_a_clerk_of_one_unit_sees_only_his_own_letters(desk, people, make_user):
    clerk = make_user("staff", scope=Ref("unit", 1)).id
    desk.register()
    mine = desk.register(owner=user(clerk))
    found = queries.rows(user(clerk), queries.Filter(Direction.IN), clock.today())
    assert [row.letter.id for row in found] == [mine]


def test_a_member_sees_none(desk, people):
    desk.register()
    assert queries.count(user(people.member), queries.Filter(Direction.IN), clock.today()) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Letter)) == 1
