"""What is given up: by a resolution only, never more than is open, and the books say the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.arrears.stories import behind, bill, union_of
from tests.members.dues.books import TODAY, nothing_contradicts, open_of, pay, run
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.rules import chart
from unionops.members.models import Adjustment, Charge
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services.dues import writing_off


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def charges_of(person: int) -> list[int]:
    return list(db.session.scalars(sa.select(Charge.id).where(Charge.person_id == person).order_by(Charge.period_on, Charge.order)))


def give_up(parts: dict[int, int], kind: AdjustmentKind = AdjustmentKind.WRITE_OFF, **given: Any) -> int:
    usual = {"why": "失聯", "resolution": "第 5 屆第 3 次理事會決議", "on": TODAY, "today": TODAY}
    return writing_off.give_up(parts, kind, **(usual | given))


def test_lost_money_is_an_expense_and_the_charge_stays(union):
    person, other = union_of(2)
    bill(2, (1, 2))
    pay(person, 100)
    dues, mutual, *_ = charges_of(person)
    with work():
        assert give_up({dues: 50, mutual: 30}) == 80
    assert open_of(person) == 360 - 100 - 80
    assert db.session.get_one(Charge, dues).amount == 150
    balances = books.balances()
    # What is lost of mutual aid was never income: the fund is smaller.
    assert (balances[chart.BAD_DEBTS], balances[chart.MUTUAL_FUND], balances[chart.REGULAR_DUES]) == (50, 90, 600)
    nothing_contradicts()
    assert open_of(other) == 360


def test_a_remission_takes_the_income_back(union):
    person, *_ = union_of(1)
    bill(2)
    first, _second = charges_of(person)
    with work():
        give_up({first: 150}, AdjustmentKind.REMISSION)
    assert (books.balances()[chart.REGULAR_DUES], open_of(person)) == (150, 150)
    nothing_contradicts()


def test_many_at_once_with_one_voucher(union):
    some = union_of(3)
    bill(1)
    with work():
        give_up({charges_of(person)[0]: 150 for person in some})
    assert behind() == {}
    assert books.balances()[chart.BAD_DEBTS] == 450
    nothing_contradicts()


@pytest.mark.parametrize(("given", "codes"), [
    ({"why": " "}, ["reason_missing"]), ({"resolution": ""}, ["resolution_missing"]), ({"on": TODAY + timedelta(1)}, ["date_in_future"]),
    ({"parts": {}}, ["nothing_chosen"]), ({"parts": {1: 151}}, ["charge_changed"]), ({"parts": {1: 0}}, ["charge_changed"]),
    ({"parts": {1: -5}}, ["charge_changed"]), ({"parts": {999: 5}}, ["charge_changed"]), ({"on": TODAY - timedelta(1)}, ["before_charged"]),
    ({"on": date(2026, 8, 3), "closed": True}, ["month_closed"]),
])
def test_what_is_refused_changes_nothing(app, given, codes):
    union_of(1)
    bill(1)
    if given.pop("closed", False):
        with work():
            ledger.close_month(115, 8, today=TODAY)
    parts = given.pop("parts", {1: 150})
    assert refused(lambda: give_up(parts, **given)) == codes
    assert db.session.scalar(sa.select(sa.func.count(Adjustment.id))) == 0
    nothing_contradicts()


def test_who_paid_meanwhile_is_not_written_off(app):
    person, *_ = union_of(1)
    bill(1)
    pay(person, 150)
    assert refused(lambda: give_up({1: 150})) == ["charge_changed"]


def test_a_run_after_a_write_off_does_not_charge_again(app):
    person, *_ = union_of(1)
    bill(1)
    with work():
        give_up({1: 150})
    assert refused(lambda: run(date(2026, 1, 1), (1,))) == ["nothing"]
    assert open_of(person) == 0
