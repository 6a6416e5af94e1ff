"""Money given back, taken back and found to be somebody's: each with its receipt, its drawer and its voucher."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.dues.books import TODAY, furnish, nothing_contradicts, open_of, pay, run
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.finance.services import close_month
from unionops.members import collecting_wording
from unionops.members.documents import arrears
from unionops.members.documents import receipts as receipts_paper
from unionops.members.models import Payment, Person, Receipt
from unionops.members.queries import dues as queries
from unionops.members.rules.collecting import Channel, refund_problems
from unionops.members.services import people
from unionops.members.services.dues import paying, receipts


def payment(number: int) -> Payment:
    return db.session.get_one(Payment, number)


def test_a_payment_taken_back_takes_its_receipt_with_it(union):
    one, *_ = furnish(1)
    run()
    number = pay(one, 540)
    with work():
        receipts.issue(payment(number), today=TODAY)
    with work():
        paying.take_back(payment(number), why="支票退票", on=TODAY, today=TODAY)
    (held,) = db.session.scalars(sa.select(Receipt))
    assert (held.serial, held.void_why) == (1, "收款沖回：支票退票")
    assert held.voided_at is not None
    assert open_of(one) == 540
    nothing_contradicts()


@pytest.mark.parametrize("known", [True, False])
def test_taking_back_what_came_by_giro_takes_back_what_the_post_kept(union, known):
    one, *_ = furnish(1)
    run()
    before = books.balances()
    with work():
        person = db.session.get_one(Person, one) if known else None
        number = paying.receive(
            person, amount=540, received_on=TODAY, channel=Channel.GIRO, today=TODAY, source=paying.Source(fee=15),
        ).id
    nothing_contradicts()
    with work():
        paying.take_back(payment(number), why="郵局沖正", on=TODAY, today=TODAY)
    assert {code: amount for code, amount in books.balances().items() if amount} == before
    nothing_contradicts()


def test_of_a_payment_partly_given_back_the_rest_goes_with_what_was_kept(union):
    one, *_ = furnish(1)
    with work():
        number = paying.receive(
            db.session.get_one(Person, one), amount=500, received_on=TODAY, channel=Channel.GIRO, today=TODAY, source=paying.Source(fee=15),
        ).id
    with work():
        paying.refund(payment(number), amount=200, why="溢繳", on=TODAY, today=TODAY)
    with work():
        paying.take_back(payment(number), why="郵局沖正", on=TODAY, today=TODAY)
    assert {code: amount for code, amount in books.balances().items() if amount} == {}
    nothing_contradicts()


def test_a_refund_in_cash_leaves_the_box_and_one_by_transfer_the_bank(union):
    one, *_ = furnish(1)
    number = pay(one, 500)
    with work():
        paying.refund(payment(number), amount=200, why="溢繳", on=TODAY, today=TODAY, in_cash=True)
    with work():
        paying.refund(payment(number), amount=100, why="溢繳", on=TODAY, today=TODAY)
    balances = books.balances()
    assert (balances[chart.CASH_TO_BANK], balances[chart.BANK], balances[chart.IN_ADVANCE]) == (300, -100, 200)
    channels = db.session.scalars(sa.select(Payment.channel).where(Payment.amount < 0).order_by(Payment.id))
    assert list(channels) == ["counter", "bank"]
    assert queries.credit_of([one]) == {one: 200}
    nothing_contradicts()


@pytest.mark.parametrize(("given", "codes"), [
    ({"amount": None}, ["amount_missing"]), ({"amount": 0}, ["amount_not_positive"]), ({"amount": -3}, ["amount_not_positive"]),
    ({"amount": 501}, ["refund_too_much"]), ({"why": " "}, ["reason_missing"]), ({"on": None}, ["date_missing"]),
    ({"on": TODAY + timedelta(1)}, ["date_in_future"]), ({"on": date(2026, 1, 31)}, ["before_payment"]),
])
def test_refunds_that_are_refused_leave_nothing(app, given, codes):
    one, *_ = furnish(1)
    number = pay(one, 500)
    wanted = {"amount": 500, "why": "溢繳", "on": TODAY} | given
    assert refused(lambda: paying.refund(payment(number), today=TODAY, **wanted)) == codes
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 1
    nothing_contradicts()


def test_cash_has_its_limit():
    """FR-19-petty: 10,000 at a time."""
    def codes(amount: int, in_cash: bool) -> list[str]:
        found = refund_problems(amount, TODAY, free=50_000, why="x", in_cash=in_cash, received_on=TODAY, today=TODAY)
        return [one.code for one in found]

    assert (codes(10_000, True), codes(10_001, True), codes(10_001, False)) == ([], ["too_much_cash"], [])


def test_suspense_partly_given_back_is_found_to_be_somebodys(union):
    one, *_ = furnish(1)
    run()
    with work():
        number = paying.receive(None, amount=700, received_on=date(2026, 2, 3), channel=Channel.BANK, today=TODAY).id
    with work():
        paying.refund(payment(number), amount=60, why="匯錯", on=TODAY, today=TODAY)
    nothing_contradicts()
    with work():
        paying.identify(payment(number), db.session.get_one(Person, one), today=TODAY)
    assert (open_of(one), queries.credit_of([one])) == (0, {one: 100})
    nothing_contradicts()


def test_nothing_is_received_for_a_record_that_was_merged(app):
    one, *_ = furnish(1)
    with work():
        twin = people.add_member(today=TODAY, name="會員0", joined_on=date(2010, 1, 1))
        twin.merged_into_id = one
        other = twin.id
    wanted = {"amount": 5, "received_on": TODAY, "channel": Channel.COUNTER, "today": TODAY}
    assert refused(lambda: paying.receive(db.session.get_one(Person, other), **wanted)) == ["merged"]
    with work():
        number = paying.receive(None, **(wanted | {"channel": Channel.BANK})).id
    assert refused(lambda: paying.identify(payment(number), db.session.get_one(Person, other), today=TODAY)) == ["merged"]
    nothing_contradicts()


def test_a_closed_month_takes_no_money_in_and_gives_none_back(app):
    one, *_ = furnish(1)
    number = pay(one, 500, date(2026, 7, 3))
    with work():
        close_month(115, 7, today=TODAY)
    person = db.session.get_one(Person, one)
    july = date(2026, 7, 20)
    assert refused(lambda: paying.receive(person, amount=5, received_on=july, channel=Channel.COUNTER, today=TODAY)) == ["month_closed"]
    assert refused(lambda: paying.refund(payment(number), amount=5, why="x", on=july, today=TODAY)) == ["month_closed"]
    assert refused(lambda: paying.take_back(payment(number), why="x", on=july, today=TODAY)) == ["month_closed"]
    with work():
        paying.take_back(payment(number), why="x", on=TODAY, today=TODAY)
    nothing_contradicts()


def test_every_way_in_which_money_comes_has_its_words():
    """On screens, receipts and the monthly report: credit brought from before is shown like any other money."""
    for words in (collecting_wording.CHANNELS, arrears.CHANNELS, receipts_paper.CHANNELS):
        assert set(words) == set(Channel)
