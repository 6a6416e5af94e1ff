"""Erasing what may no longer be kept: a dry run, a second person, and money that stays to the dollar. On both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.conftest import new_user
from tests.members.conftest import stored
from tests.members.dues.test_books import nothing_contradicts, pay, run
from tests.office import _picture, id_number
from unionops.core import search
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as waiting
from unionops.core.approvals import services as approvals
from unionops.core.attachments import services as attachments
from unionops.core.attachments.models import Attachment
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.finance import queries as books
from unionops.members.models import Allocation, Charge, EmergencyContact, Erasure, Note, Payment, Person, Scheme, SchemeTerms
from unionops.members.queries import retention as reads
from unionops.members.rules.retention import Hold
from unionops.members.services import leaving, life, people, retention
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ID = id_number("A22345678")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_union")


def work() -> Any:
    return unit_of_work("總幹事", "test")


def member(name: str, left: date | None = date(2018, 3, 31), **given: Any) -> int:
    with work():
        made = people.add_member(today=TODAY, name=name, joined_on=date(2010, 1, 1), mobile="0912345678", home_address="臺中市文心路 1 號", **given)
        db.session.flush()
        people.add_contact(made, name="王美華", relation="配偶", phone="0922333444")
        people.add_note(made, "家境困難", author="林秀琴")
        if left is not None:
            leaving.record(made.memberships[0], left_on=left, reason="resigned", note="家中有事", by=None, today=TODAY)
        return made.id


def money() -> tuple[Any, ...]:
    return (
        db.session.scalar(sa.select(sa.func.sum(Charge.amount))), db.session.scalar(sa.select(sa.func.sum(Payment.amount))),
        db.session.scalar(sa.select(sa.func.sum(Allocation.amount))), books.balances(),
    )


def asked() -> int:
    with work():
        return retention.ask(by=db.session.get_one(User, 1), today=TODAY, now=NOW).id


def confirm(number: int, by: int) -> None:
    with work():
        one = waiting.open_of_record(Ref("erasure", number), retention.CHAIN)
        assert one is not None
        approvals.decide(one, by=db.session.get_one(User, by), verdict="approved", reason="", now=NOW)


@pytest.fixture
def chiefs(union: Any) -> tuple[int, int]:
    return new_user("secretary_general", name="張雅婷").id, new_user("president", name="黃志明").id


def test_what_goes_is_gone_and_money_stays_to_the_dollar(chiefs: tuple[int, int]) -> None:
    with work():
        db.session.add(Scheme(id=1, title="經常會費", kind="regular", period="quarter", due_month=2, order=10, prorate="months"))
        db.session.add(SchemeTerms(scheme_id=1, valid_from=date(2010, 1, 1), basis="fixed", amount=150))
    gone, named = member("林佳慧", id_number=ID), member("王大同", left=None)
    with work():
        attachments.add_content(Ref("person", gone), _picture(), "id.png", title="證件", by=db.session.get_one(User, 1), now=NOW)
    run(date(2019, 1, 1), (1,))
    pay(named, 450, date(2019, 2, 1))
    with work():
        leaving.record(db.session.get_one(Person, named).memberships[0], left_on=date(2019, 4, 1), reason="resigned", note="", by=None, today=TODAY)
    run_of = reads.dry_run(date(2026, 11, 23))
    assert {one.id for one in run_of.due} == {gone, named}
    assert run_of.fields["id_number"] == 1
    assert run_of.fields["files"] == 1
    before, number = money(), asked()
    assert stored(Person, gone).id_number == ID  # Nothing goes before the second person confirms.
    confirm(number, chiefs[1])
    one = stored(Person, gone)
    assert (one.id_number, one.mobile, one.home_address, one.birth_on, one.minimised_on) == (None, "", "", None, TODAY)
    assert one.name == "林○慧"
    for model in (EmergencyContact, Note):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0
    assert one.memberships[0].left_on == date(2018, 3, 31)
    assert money() == before
    nothing_contradicts()
    assert stored(Erasure, number).state == retention.DONE
    told = str([(entry.acts, entry.changes) for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))])
    for secret in (ID, "林佳慧", "0912345678", "家境困難"):
        assert secret not in told
    assert not reads.dry_run(TODAY).due


def test_the_search_finds_the_old_name_no_more(chiefs: tuple[int, int]) -> None:
    gone = member("林佳慧")
    assert gone in _found("林佳慧")
    confirm(asked(), chiefs[1])
    assert gone not in _found("林佳慧")
    assert gone not in _found("0912345678")


def _found(text: str) -> list[int]:
    chosen = search.matching("person", text)
    assert chosen is not None
    return list(db.session.scalars(chosen))


def test_who_keeps_something_open_stays(chiefs: tuple[int, int]) -> None:
    owing, recent, measured = member("欠費"), member("剛走", left=date(2022, 1, 1)), member("有案", left=None)
    with work():
        db.session.add(Charge(person_id=owing, kind="regular", text="106 年會費", period_on=date(2017, 1, 1), months=12, amount=2400, charged_on=date(2017, 1, 1), due_on=date(2017, 2, 1)))
        life.propose_measure(db.session.get_one(Person, measured).memberships[0], "suspension", ground="x", clause="", on=date(2017, 1, 1), by=None, today=TODAY)
        leaving.record(db.session.get_one(Person, measured).memberships[0], left_on=date(2018, 1, 1), reason="resigned", note="", by=None, today=TODAY)
    found = reads.dry_run(TODAY)
    assert found.due == []
    assert {one.id: one.holds for one in found.stays} == {owing: [Hold.OWES], recent: [Hold.RECENT], measured: [Hold.MEASURE]}
    with pytest.raises(RuleBroken), work():
        retention.ask(by=db.session.get_one(User, chiefs[0]), today=TODAY, now=NOW)


def test_who_joins_again_before_the_confirmation_keeps_everything(chiefs: tuple[int, int]) -> None:
    back, gone = member("回來", id_number=ID), member("沒回來")
    number = asked()
    with work():
        people.rejoin(db.session.get_one(Person, back), number="", joined_on=date(2026, 11, 1), joined_by="", member_class="regular", unit=None, today=TODAY)
    confirm(number, chiefs[1])
    assert stored(Person, back).id_number == ID
    assert stored(Person, gone).minimised_on == TODAY


def test_one_asking_at_a_time_and_a_returned_one_takes_nothing(chiefs: tuple[int, int]) -> None:
    gone = member("林佳慧")
    number = asked()
    with pytest.raises(RuleBroken), work():
        retention.ask(by=db.session.get_one(User, chiefs[0]), today=TODAY, now=NOW)
    with work():
        approvals.decide(waiting.open_of_record(Ref("erasure", number), retention.CHAIN), by=db.session.get_one(User, chiefs[1]), verdict="returned", reason="再查", now=NOW)
    assert (stored(Erasure, number).state, stored(Person, gone).name) == (retention.RETURNED, "林佳慧")


def test_the_dry_run_on_the_screens(browser: Browser, secretary: User, staff: User) -> None:
    member("林佳慧")
    member("剛走", left=date(2022, 1, 1))
    seen = browser.as_(secretary)
    assert "林佳慧" in seen.get("rollcheck.erasures").text
    assert "保存期限未滿" in seen.get("rollcheck.erasures", show="stays").text
    seen.post("rollcheck.ask_erasure", data={})
    assert "等待核可" in seen.get("rollcheck.erasure", erasure_id=1).text
    seen.post("rollcheck.ask_erasure", data={}, status=422)
    browser.as_(staff).get("rollcheck.erasures", status=403)
