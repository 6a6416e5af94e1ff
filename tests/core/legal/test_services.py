"""A dated value is added: it joins the book from its day on, the older ones stay."""

from datetime import date
from decimal import Decimal

import pytest

from tests.browsing import Statements
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.legal import queries, services
from unionops.core.legal.models import LegalParameter
from unionops.law.parameters import built_in
from unionops.values.problems import RuleBroken

DAY = date(2030, 1, 1)


def add(user, key="nhi.rate", typed="6%", valid_from=DAY, source="衛部保字第 1 號", **more):
    with unit_of_work("test", "test"):
        return services.add_value(key=key, typed=typed, valid_from=valid_from, source=source, confirmed_by=user, **more)


def test_counts_from_its_day_on(make_user):
    user = make_user("secretary_general")
    before = queries.book().at(date(2029, 12, 31))["nhi.rate"]
    add(user)
    assert queries.book().at(DAY)["nhi.rate"] == Decimal("0.06")
    assert queries.book().at(date(2029, 12, 31))["nhi.rate"] == before
    entry = queries.book().at(DAY).entry("nhi.rate")
    assert entry.confirmed_by == user.name
    assert entry.citation == built_in().history("nhi.rate")[-1].citation


def test_confirms_a_figure_that_was_not_announced(make_user):
    pending = next(p for p in built_in().entries if p.confidence == "provisional")
    assert queries.book().entry_on(pending.key, pending.valid_from) != pending
    add(make_user("secretary_general"), key=pending.key, typed=str(pending.value), valid_from=pending.valid_from)
    assert queries.book().at(pending.valid_from)[pending.key] == pending.value


def test_the_same_day_twice_is_refused_and_nothing_changes(make_user):
    user = make_user("secretary_general")
    add(user)
    with pytest.raises(RuleBroken, match="已經登錄過"):
        add(user, typed="7%")
    assert db.session.scalar(db.select(db.func.count()).select_from(LegalParameter)) == 1


def test_a_correction_counts_and_the_first_stays(make_user):
    user = make_user("secretary_general")
    add(user)
    add(user, typed="7%", corrects=True)
    assert queries.book().at(DAY)["nhi.rate"] == Decimal("0.07")
    assert [row.value for row in queries.own_values("nhi.rate")] == ["0.07", "0.06"]


def test_the_audit_tells_it(make_user):
    add(make_user("secretary_general"))
    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.acts[0]["action"] == "legal.value_added"
    assert entry.acts[0]["params"]["key"] == "nhi.rate"


def test_the_book_is_remembered(app):
    queries.book()
    with Statements() as seen:
        queries.book()
    assert len([one for one in seen if one.startswith("SELECT")]) == 1
