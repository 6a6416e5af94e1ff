"""The figures: what moved adds up, agrees with the single charges and with the ledger."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from tests.members.acts import work
from tests.members.arrears.stories import union_of
from tests.members.arrears.test_writing_off import charges_of, give_up
from tests.members.dues.books import TODAY, nothing_contradicts, pay, run
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import Employment, Payment, Person
from unionops.members.queries import dues, figures
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import SchemeKind
from unionops.members.services import structure
from unionops.members.services.dues import opening, paying

SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


def test_a_month_adds_up_and_ties_with_the_books(union):
    one, other, third = union_of(3)
    run(date(2026, 8, 1), (1, 2))
    run(date(2026, 9, 1), (1,))
    pay(one, 400, TODAY)
    pay(other, 100, TODAY, channel=Channel.BANK)
    with work():
        give_up({charges_of(third)[0]: 150})
        paying.receive(None, amount=70, received_on=TODAY, channel=Channel.BANK, today=TODAY)
    moved = figures.movements(*SEPTEMBER)
    assert moved[SchemeKind.REGULAR] == figures.Movement(charged=900, written_off=150, paid=400)
    assert moved[SchemeKind.MUTUAL] == figures.Movement(charged=90, paid=30)
    assert figures.channels(*SEPTEMBER) == {"counter": figures.Received(1, 400, 0), "bank": figures.Received(2, 170, 0)}
    lines = {line.account: (line.ledger, line.rows) for line in figures.reconciled(moved, SEPTEMBER[1])}
    balances = books.balances(until=SEPTEMBER[1])
    assert lines == {
        chart.DUES_RECEIVABLE: (350, 350), chart.MUTUAL_RECEIVABLE: (60, 60), chart.IN_ADVANCE: (70, 70), chart.SUSPENSE: (70, 70),
    }
    assert all(balances[code] == ledger for code, (ledger, _rows) in lines.items())
    nothing_contradicts()
    # A month later nothing has moved: what was open stays open.
    later = figures.movements(date(2026, 10, 1), date(2026, 10, 31))
    assert {kind: (one.opening, one.closing) for kind, one in later.items()} == {SchemeKind.REGULAR: (350, 350), SchemeKind.MUTUAL: (60, 60)}


def test_what_was_brought_along_is_neither_charged_nor_received_in_the_month_in_which_the_books_begin(union):
    one, other, _third = union_of(3)
    with work():
        opening.begin(SEPTEMBER[0], today=TODAY)
    with work():
        opening.enter_by_hand(db.session.get_one(Person, one), kind="regular", text="移轉前欠費", amount=600, period_on=date(2026, 6, 1), months=3, due_on=date(2026, 8, 31), today=TODAY)
        opening.enter_by_hand(db.session.get_one(Person, other), kind="credit", text="", amount=250, period_on=None, months=1, due_on=None, today=TODAY)
    run(date(2026, 9, 1), (1,))
    moved = figures.movements(*SEPTEMBER)
    assert (moved[SchemeKind.REGULAR].opening, moved[SchemeKind.REGULAR].charged) == (600, 450)
    assert figures.channels(*SEPTEMBER) == {}
    assert figures.brought(*SEPTEMBER) == 250
    assert figures.months(SEPTEMBER[0], 1)[0].charged == 450
    assert figures.months(SEPTEMBER[0], 1)[0].received == 0
    assert figures.months(SEPTEMBER[0], 1)[0].open == moved[SchemeKind.REGULAR].closing
    assert all(line.difference == 0 for line in figures.reconciled(moved, SEPTEMBER[1]))
    nothing_contradicts()


@pytest.mark.parametrize("seed", range(6))
def test_random_months_agree_with_the_single_charges_and_the_ledger(app, seed):
    random, some = Random(seed), union_of(4)
    for month in (7, 8, 9):
        run(date(2026, month, 1), (1, 2))
    for _times in range(15):
        pay(random.choice(some), random.randint(1, 300), TODAY)
        if random.random() < 0.3:
            with work():
                payment = db.session.get_one(Payment, random.choice(list(db.session.scalars(db.select(Payment.id).where(Payment.kind == "received")))))
                if paying.left_of(payment) + sum(part for *_charge, part in paying.allotted_of(payment)) > 0:
                    paying.take_back(payment, why="x", on=TODAY, today=TODAY)
    moved = figures.movements(*SEPTEMBER)
    open_ = sum(item.open for mine in dues.items_of(None).values() for item in mine)
    assert sum(each.closing for each in moved.values()) == open_
    assert all(line.difference == 0 for line in figures.reconciled(moved, TODAY))
    assert sum(each.net for each in figures.channels(*SEPTEMBER).values()) == sum(each.paid for each in moved.values()) + sum(figures.unplaced(TODAY))
    table = figures.months(SEPTEMBER[0], 3)
    assert (table[-1].open, table[-1].received) == (open_, sum(each.net for each in figures.channels(*SEPTEMBER).values()))
    nothing_contradicts()


def test_money_identified_later_shows_as_a_difference(app):
    one, *_ = union_of(1)
    run(date(2026, 8, 1), (1,))
    with work():
        number = paying.receive(None, amount=150, received_on=date(2026, 8, 20), channel=Channel.BANK, today=TODAY).id
    with work():
        paying.identify(db.session.get_one(Payment, number), db.session.get_one(Person, one), today=TODAY)
    august = figures.reconciled(figures.movements(date(2026, 8, 1), date(2026, 8, 31)), date(2026, 8, 31))
    assert {line.account: line.difference for line in august}[chart.SUSPENSE] == 150
    september = figures.reconciled(figures.movements(*SEPTEMBER), SEPTEMBER[1])
    assert all(line.difference == 0 for line in september)


def test_by_employer_and_what_members_paid(union):
    one, other, _third = union_of(3)
    with work():
        firm = structure.add_employer(name="澄岳精密工業股份有限公司")
        db.session.flush()
        for person in (one, other):
            db.session.add(Employment(person_id=person, employer_id=firm.id, from_on=date(2020, 1, 1)))
    run(date(2026, 9, 1), (1,))
    pay(one, 150, TODAY)
    assert figures.employers(date(2026, 1, 1), date(2026, 12, 31)) == [
        figures.Collected("", 1, 150, 0), figures.Collected("澄岳精密工業股份有限公司", 2, 300, 150),
    ]
    assert figures.members_paid(date(2026, 1, 1), date(2026, 12, 31)) == 150
    assert figures.members_paid(date(2025, 1, 1), date(2025, 12, 31)) == 0
    assert figures.month_ends(date(2026, 2, 10)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert figures.months(date(2026, 9, 1))[-2:] == [figures.Month(date(2026, 8, 1), 0, 0, 0), figures.Month(date(2026, 9, 1), 450, 150, 300)]
    assert sum(one.received for one in figures.months(TODAY - timedelta(60))) == 0
