"""Posting on both databases: numbers without gaps, no entry after closing, nothing edited, reversal once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.finance import queries, services
from unionops.finance.models import Posting, Voucher
from unionops.finance.rules.vouchers import VoucherKind, credit, debit
from unionops.finance.services import Draft
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

TODAY = date(2026, 9, 1)
MONEY_CAME = (debit("1102", 450), credit("11041", 450))


def draft(on: date = TODAY, amount: int = 450, **given: Any) -> Draft:
    return Draft(on, "收會費", (debit("1102", amount), credit("11041", amount)), **given)


def post(one: Draft) -> Voucher:
    with unit_of_work("會計", "test"):
        return services.post(one, today=TODAY)


def refused(act: Any) -> list[str]:
    with pytest.raises(RuleBroken) as caught, unit_of_work("會計", "test"):
        act()
    return [one.code for one in caught.value.problems]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def books(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def test_a_voucher_and_its_balances(books):
    made = post(draft(belongs_to=Ref("payment", 7)))
    assert (made.number, made.kind) == ("115-000001", VoucherKind.RECEIPT)
    assert post(draft(date(2025, 12, 31))).number == "114-000001"
    assert [one.number for one in queries.vouchers_of(Ref("payment", 7))] == ["115-000001"]
    assert queries.balances() == {"1102": 900, "11041": -900}
    assert queries.balances(since=date(2026, 1, 1)) == {"1102": 450, "11041": -450}
    assert queries.balances(until=date(2025, 12, 31)) == {"1102": 450, "11041": -450}


def test_many_are_numbered_in_their_order_and_go_on(books):
    post(draft())
    with unit_of_work("會計", "test"):
        services.post_many([draft(date(2026, 8, 1 + at % 28), 10 + at) for at in range(300)] + [draft(date(2025, 3, 1))], today=TODAY, now=clock.now())
    assert post(draft()).number == "115-000302"
    rows = db.session.execute(sa.select(Voucher.serial, Posting.debit).join(Posting).where(Voucher.year == 115, Posting.line == 1).order_by(Voucher.serial)).all()
    assert [serial for serial, _debit in rows] == list(range(1, 303))
    assert [amount for _serial, amount in rows[1:301]] == [10 + at for at in range(300)]


def test_one_bad_voucher_of_many_and_nothing_is_posted(books):
    some = [draft(), Draft(TODAY, "不平", (debit("1102", 1), credit("11041", 2))), draft()]
    assert refused(lambda: services.post_many(some, today=TODAY, now=clock.now())) == ["not_balanced"]
    assert db.session.scalar(sa.select(sa.func.count(Voucher.id))) == 0
    db.session.rollback()
    assert post(draft()).number == "115-000001"


def test_reversed_once_and_never_edited(books):
    made = post(draft(amount=777))
    with unit_of_work("會計", "test"):
        back = services.reverse(db.session.get_one(Voucher, made.id), on=TODAY, why="登錄錯誤", today=TODAY)
    assert back.reverses_id == made.id
    assert queries.balances() == {"1102": 0, "11041": 0}
    assert refused(lambda: services.reverse(db.session.get_one(Voucher, made.id), on=TODAY, why="再一次", today=TODAY)) == ["reversed_already"]
    assert refused(lambda: services.reverse(db.session.get_one(Voucher, back.id), on=TODAY, why="沖沖銷", today=TODAY)) == ["is_reversal"]
    for statement in ("UPDATE posting SET debit = 1 WHERE debit = 777", "DELETE FROM voucher"):
        with pytest.raises(DatabaseError, match="append-only"), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_closed_month_takes_no_entry_until_it_is_opened(books):
    with unit_of_work("會計", "test"):
        services.close_month(115, 8, today=TODAY)
    assert refused(lambda: services.post(draft(date(2026, 8, 31)), today=TODAY)) == ["month_closed"]
    assert refused(lambda: services.post_many([draft(), draft(date(2026, 8, 1))], today=TODAY, now=clock.now())) == ["month_closed"]
    assert refused(lambda: services.close_month(115, 8, today=TODAY)) == ["month_closed"]
    assert refused(lambda: services.open_month(115, 8, why=" ")) == ["reason_missing"]
    with unit_of_work("會計", "test"):
        services.open_month(115, 8, why="漏登一筆利息")
    assert post(draft(date(2026, 8, 31))).number == "115-000001"
    assert refused(lambda: services.open_month(115, 8, why="x")) == ["month_open"]


def test_this_month_cannot_be_closed(books):
    assert refused(lambda: services.close_month(115, 9, today=TODAY)) == ["month_not_over"]
    assert refused(lambda: services.close_month(116, 1, today=TODAY)) == ["month_not_over"]
