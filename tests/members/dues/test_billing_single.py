"""One person charged alone: the entrance fee at admission."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.dues.books import TODAY, furnish, nothing_contradicts, run
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import Charge, Exemption, Person, Scheme, SchemeTerms
from unionops.members.services.dues import drafts, running


@pytest.fixture
def entrance(app):
    some = furnish(2)
    with work():
        db.session.add(Scheme(id=3, title="入會費", kind="entrance", period="once", due_day=14, order=5))
        db.session.add(SchemeTerms(scheme_id=3, valid_from=date(2010, 1, 1), basis="fixed", amount=500))
    return some


def charge(person, scheme=3, on=TODAY, today=TODAY):
    with work():
        made = running.charge_once(db.session.get_one(Person, person), scheme, on=on, today=today)
        return made and (made.id, made.amount, made.due_on)


def test_an_entrance_fee_is_charged_once_and_booked(entrance):
    number, amount, due_on = charge(entrance[0])
    assert (amount, due_on) == (500, date(2026, 9, 15))
    assert charge(entrance[0]) == (number, amount, due_on), "pressed twice"
    assert books.balances() == {chart.DUES_RECEIVABLE: 500, chart.ENTRANCE_FEES: 500}


def test_who_is_exempt_is_charged_nothing(entrance):
    with work():
        db.session.add(Exemption(person_id=entrance[0], scheme_id=3, from_on=date(2026, 1, 1), percent=100, reason="創會", basis="章程第8條"))
    assert charge(entrance[0]) is None
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0


def test_a_period_charged_alone_is_not_charged_by_the_run(entrance):
    assert charge(entrance[0], 1, date(2026, 2, 14))[1] == 450
    run()
    assert db.session.scalar(sa.select(sa.func.count(Charge.id)).where(Charge.scheme_id == 1)) == 2
    nothing_contradicts()


def test_a_closed_scheme_is_refused(entrance):
    with work():
        db.session.get_one(Scheme, 3).closed_on = TODAY
    assert refused(lambda: running.charge_once(db.session.get_one(Person, entrance[0]), 3, on=TODAY, today=TODAY)) == ["no_schemes"]


def test_no_run_bills_the_entrance_fee(entrance):
    """Not even for a scheme chosen by hand in the address: members of long ago would be asked for it again."""
    assert refused(lambda: running.apply((3,), TODAY, title="x", today=TODAY)) == ["entrance"]
    assert refused(lambda: drafts.begin((3,), TODAY, title="x", due_on=None, user=None, today=TODAY)) == ["entrance"]
    assert refused(lambda: running.apply((1, 3), date(2026, 1, 1), title="x", today=TODAY)) == ["different_periods", "entrance"]
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0
