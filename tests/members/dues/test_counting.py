"""The cash box: whose money is in it, counting it, explaining a difference, bringing it to the bank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.members.acts import refused
from tests.members.dues.books import TODAY, account, furnish, nothing_contradicts
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import CashCount, Payment, Person
from unionops.members.queries import cash
from unionops.members.rules.collecting import Channel, count_problems, counted
from unionops.members.services.dues import counting, paying
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref


def take(cashier: int, person: int, amount: int, channel: Channel = Channel.COUNTER) -> int:
    with unit_of_work("出納", "test", cashier):
        return paying.receive(db.session.get_one(Person, person), amount=amount, received_on=TODAY, channel=channel, today=TODAY).id


def count(cashier: int, pieces: dict[int, int], **given: object) -> CashCount:
    with unit_of_work("出納", "test", cashier):
        return counting.count(db.session.get_one(User, cashier), pieces, **({"note": "", "today": TODAY} | given))


def boxes() -> dict[int, int]:
    found = {one.user_id: one.expected for one in cash.boxes()}
    db.session.rollback()
    return found


def test_each_cashier_counts_what_he_took(union):
    one, *_ = furnish(1)
    li, chen = new_user("cashier", name="李").id, new_user("cashier", name="陳").id
    take(li, one, 700), take(li, one, 500), take(chen, one, 300), take(li, one, 999, Channel.BANK)
    assert boxes() == {li: 1200, chen: 300}
    made = count(li, {1000: 1, 100: 2}, seen=1200)
    assert (made.expected, made.counted, made.pieces) == (1200, 1200, {"1000": 1, "100": 2})
    assert boxes() == {chen: 300}
    assert refused(lambda: counting.count(db.session.get_one(User, li), {}, note="", today=TODAY)) == ["nothing_to_count"]
    nothing_contradicts()


def test_money_taken_back_leaves_the_box_it_was_booked_into(union):
    one, *_ = furnish(1)
    li, chief = new_user("cashier", name="李").id, new_user("secretary_general", name="總").id
    number = take(li, one, 700)
    take(li, one, 50)
    with unit_of_work("總", "test", chief):
        paying.take_back(db.session.get_one(Payment, number), why="誤收", on=TODAY, today=TODAY)
    assert boxes() == {li: 50}
    count(li, {50: 1})
    with unit_of_work("總", "test", chief):
        again = paying.receive(db.session.get_one(Person, one), amount=40, received_on=TODAY, channel=Channel.COUNTER, today=TODAY)
        paying.refund(again, amount=40, why="溢繳", on=TODAY, today=TODAY, in_cash=True)
    assert boxes() == {chief: 0}
    nothing_contradicts()


@pytest.mark.parametrize(("pieces", "gap", "account_of_gap"), [({500: 1, 10: 1}, 10, chart.OTHER_INCOME), ({100: 4}, -100, chart.OTHER_EXPENSE)])
def test_a_difference_is_explained_and_posted(union, pieces, gap, account_of_gap):
    one, *_ = furnish(1)
    li = new_user("cashier", name="李").id
    take(li, one, 500)
    assert refused(lambda: counting.count(db.session.get_one(User, li), pieces, note=" ", today=TODAY)) == ["gap_unexplained"]
    made = count(li, pieces, note="找錯錢")
    assert (made.expected, made.counted) == (500, 500 + gap)
    balances = books.balances()
    assert (balances[chart.CASH_TO_BANK], abs(balances[account_of_gap])) == (500 + gap, abs(gap))
    assert len(books.vouchers_of(Ref("cash_count", made.id))) == 1
    nothing_contradicts()


@pytest.mark.parametrize(("pieces", "gap"), [({500: 1}, 0), ({500: 1, 10: 1}, 10), ({100: 4}, -100)])
def test_a_count_is_undone_with_its_difference_while_the_cash_is_here(union, pieces, gap):
    one, *_ = furnish(1)
    li, bank = new_user("cashier", name="李").id, account()
    take(li, one, 500)
    before = books.balances()
    made = count(li, pieces, note="找錯錢" if gap else "").id
    nothing_contradicts()

    def undo(why: str) -> None:
        counting.undo(db.session.get_one(CashCount, made), why=why, today=TODAY)

    assert refused(lambda: undo(" ")) == ["reason_missing"]
    with unit_of_work("出納", "test", li):
        undo("算錯了")
    assert {code: amount for code, amount in books.balances().items() if amount} == before
    assert boxes() == {li: 500}
    assert cash.to_bank() == []
    assert db.session.get_one(CashCount, made).note.startswith("撤銷：算錯了")
    assert refused(lambda: undo("再")) == ["undone_already"]
    assert refused(lambda: counting.deposit([db.session.get_one(CashCount, made)], bank_account_id=bank, on=TODAY, today=TODAY)) == ["undone_already"]
    nothing_contradicts()
    again = count(li, {500: 1}).id
    with unit_of_work("出納", "test", li):
        counting.deposit([db.session.get_one(CashCount, again)], bank_account_id=bank, on=TODAY, today=TODAY)
    assert refused(lambda: counting.undo(db.session.get_one(CashCount, again), why="x", today=TODAY)) == ["banked_already"]
    nothing_contradicts()


def test_undone_and_banked_at_once_only_one_of_them_happens(union):
    from threading import Barrier, Thread

    from flask import current_app

    one, *_ = furnish(1)
    li, bank = new_user("cashier", name="李").id, account()
    take(li, one, 500)
    made = count(li, {500: 1}).id
    db.session.rollback()
    app, together, outcomes = current_app._get_current_object(), Barrier(2), []

    def at_once(act: Any) -> Thread:
        def go() -> None:
            with app.app_context():
                together.wait()
                try:
                    with unit_of_work("出納", "test", li):
                        act(db.session.get_one(CashCount, made))
                    outcomes.append("done")
                except RuleBroken as broken:
                    outcomes.append(broken.problems[0].code)
                finally:
                    db.session.remove()

        thread = Thread(target=go)
        thread.start()
        return thread

    threads = [
        at_once(lambda it: counting.undo(it, why="x", today=TODAY)), at_once(lambda it: counting.deposit([it], bank_account_id=bank, on=TODAY, today=TODAY)),
    ]
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) in (["done", "undone_already"], ["banked_already", "done"])
    nothing_contradicts()


def test_the_screens_undo_a_count_of_ones_own(browser, app):
    one, *_ = furnish(1)
    li, chen = new_user("cashier", name="李"), new_user("cashier", name="陳")
    take(li.id, one, 500)
    made = count(li.id, {500: 1}).id
    assert "只能撤銷自己的" in browser.as_(chen).post("dues.undo_count", {"why": "算錯了"}, status=422, count_id=made).text
    assert boxes() == {}
    seen = browser.as_(li)
    assert seen.post("dues.undo_count", {"why": ""}, status=422, count_id=made).error("why")
    seen.post("dues.undo_count", {"why": "算錯了"}, count_id=made)
    assert "已撤銷" in seen.get("dues.cash_count", count_id=made).text
    assert "已撤銷" in seen.get("dues.cash").text
    assert boxes() == {li.id: 500}


def test_counted_cash_goes_to_the_bank_once(union):
    one, *_ = furnish(1)
    li, bank = new_user("cashier", name="李").id, account()
    take(li, one, 500)
    made = count(li, {500: 1}).id

    def deposit(**given: object) -> int:
        wanted = {"bank_account_id": bank, "on": TODAY, "today": TODAY} | given
        return counting.deposit([db.session.get_one(CashCount, made)], **wanted)

    for given, code in (
        ({"bank_account_id": None}, "no_account"), ({"on": None}, "date_missing"), ({"on": TODAY + timedelta(1)}, "date_in_future"),
        ({"on": TODAY - timedelta(1)}, "before_count"),
    ):
        assert refused(lambda given=given: deposit(**given)) == [code]
    with unit_of_work("出納", "test", li):
        assert deposit() == 500
    assert refused(deposit) == ["banked_already"]
    balances = books.balances()
    assert (balances[chart.CASH_TO_BANK], balances[chart.BANK]) == (0, 500)
    (voucher,) = books.vouchers_of(Ref("cash_count", made))
    assert {entry.bank_account_id for entry in voucher.entries} == {bank, None}
    assert cash.to_bank() == []
    nothing_contradicts()


def test_what_came_in_meanwhile_is_noticed(app):
    one, *_ = furnish(1)
    li = new_user("cashier", name="李").id
    take(li, one, 500)
    take(li, one, 20)
    assert refused(lambda: counting.count(db.session.get_one(User, li), {500: 1}, note="", today=TODAY, seen=500)) == ["stale"]
    assert db.session.scalar(sa.select(sa.func.count(CashCount.id))) == 0


def test_what_a_count_refuses():
    def codes(pieces: dict[int, int], **given: object) -> list[str]:
        return [one.code for one in count_problems(pieces, **({"expected": 100, "payments": 1, "note": ""} | given))]

    assert codes({100: 1}) == []
    assert codes({100: -1}) == codes({100: 10_000}) == ["bad_pieces"]
    assert codes({}, expected=-5) == ["box_below_zero"]
    assert codes({}, expected=0) == []
    assert counted({2000: 1, 1000: 2, 1: 3}) == 4003
