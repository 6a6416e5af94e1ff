"""Erasing what may no longer be kept: a dry run, a second person, and money that stays to the dollar. On both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.conftest import new_user
from tests.members.conftest import stored
from tests.members.dues.books import nothing_contradicts, pay, run
from tests.office import _picture, id_number
from unionops.core import search
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as waiting
from unionops.core.approvals import services as approvals
from unionops.core.attachments import services as attachments
from unionops.core.attachments.models import Attachment
from unionops.core.audit.models import AuditEntry
from unionops.core.calendar import services as calendar
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.finance import queries as books
from unionops.members.models import (
    Allocation,
    Application,
    Charge,
    DebitMandate,
    EmergencyContact,
    Erasure,
    Note,
    PayerAccount,
    Payment,
    Person,
    Prospect,
    Receipt,
    Scheme,
    SchemeTerms,
    Statement,
    StatementLine,
)
from unionops.members.queries import retention as reads
from unionops.members.rules.collecting import Channel
from unionops.members.rules.receipts import Content
from unionops.members.rules.retention import Hold
from unionops.members.services import changes, leaving, life, people, retention
from unionops.members.services.dues import paying, receipts
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


def test_no_deadline_keeps_the_name(chiefs: tuple[int, int]) -> None:
    gone, other = member("林佳慧"), member("林佳", left=None)
    with work():
        for number in (gone, other):
            person = db.session.get_one(Person, number)
            made = calendar.put(Ref("person", number), changes.ABSENCE_ENDS, title=f"打電話給{person.name}", latest_on=TODAY, owner=None, today=TODAY)
            calendar.close_by_hand(made, how=f"已告知{person.name}本人", now=NOW)
    confirm(asked(), chiefs[1])
    with work():
        told = {one.ref_id: (one.title, one.closed_how) for one in db.session.scalars(sa.select(Deadline).where(Deadline.ref_kind == "person"))}
    assert told == {gone: ("打電話給林○慧", "已告知林○慧本人"), other: ("打電話給林佳", "已告知林佳本人")}
    chosen = search.matching("deadline", "林佳慧")
    assert chosen is not None
    assert not list(db.session.scalars(chosen))


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


# --- money told of by files, applications, and very many ---------------------------------------------------------------


def line(place: int, payer: str, *people: int | None, amount: int = 450) -> tuple[int, list[int]]:
    """A line of a statement, and what was booked for each of these people (None: nobody knows whose)."""
    with work():
        if db.session.get(Statement, 1) is None:
            db.session.add(Statement(id=1, layout="x", kind="bank", file_name="x.csv", fingerprint="x"))
            db.session.flush()
        day = date(2017, 2, 1)
        made = StatementLine(
            statement_id=1, place=place, mark=f"m{place}", moved_on=day, amount=amount * len(people), payer=payer, account="12345678901234", memo=f"{payer}會費",
            settled_at=NOW, settled_as="posted", proposal={"to": [], "people": [1]},
        )
        db.session.add(made)
        db.session.flush()
        ids = paying.receive_many([
            paying.Received(person, amount, day, Channel.BANK, paying.Source(statement_line_id=made.id), payer) for person in people
        ], today=TODAY)
        return made.id, ids


def read(number: int) -> tuple[str, str, str, Any]:
    one = stored(StatementLine, number)
    return one.payer, one.account, one.memo, one.proposal


def refunded(*payments: int) -> None:
    """Nothing is left over of them."""
    with work():
        for number in payments:
            paying.refund(db.session.get_one(Payment, number), amount=450, why="溢繳", on=date(2017, 3, 1), today=TODAY)


def test_what_files_of_the_bank_told_of_him_goes_and_no_sum_with_it(chiefs: tuple[int, int]) -> None:
    gone, stays = member("林佳慧"), member("王大同", left=None)
    with work():
        db.session.add(DebitMandate(person_id=gone, bank="0122009", account="00998877665544", from_on=date(2016, 1, 1), until_on=date(2018, 1, 1), note="林佳慧親簽"))
        db.session.add(PayerAccount(person_id=gone, tail="01234", since_on=date(2017, 2, 1)))
    own, (payment,) = line(1, "林佳慧", gone)
    shared, (first, _second) = line(2, "林佳慧", gone, stays)
    half, (third, _unknown) = line(3, "林佳慧", gone, None)
    wrong, (fourth,) = line(4, "王大同", gone)
    with work():
        receipts.issue(db.session.get_one(Payment, payment), today=date(2017, 2, 2))
        paying.take_back(db.session.get_one(Payment, fourth), why="不是她的", on=date(2017, 2, 3), today=TODAY)
        paying.receive(
            db.session.get_one(Person, stays), amount=450, received_on=date(2017, 2, 1), channel=Channel.BANK, today=TODAY, payer="王大同",
            source=paying.Source(statement_line_id=wrong),
        )
    refunded(payment, first, third)
    before = money()
    found = reads.dry_run(TODAY)
    assert [(one.id, one.fields["lines"], one.fields["mandates"], one.fields["payer_accounts"]) for one in found.due] == [(gone, 4, 1, 1)]
    confirm(asked(), chiefs[1])
    assert read(own) == ("", "", "", {})
    for number in (shared, half):
        assert read(number)[:2] == ("林佳慧", "12345678901234"), "somebody else's, or nobody knows whose, is in it too"
    assert read(wrong)[0] == "王大同"
    assert set(db.session.scalars(sa.select(Payment.payer).where(Payment.person_id == gone))) == {""}
    assert "王大同" in set(db.session.scalars(sa.select(Payment.payer).where(Payment.person_id == stays)))
    mandate = db.session.scalars(sa.select(DebitMandate)).one()
    assert (mandate.account, mandate.note, mandate.from_on) == ("", "", date(2016, 1, 1))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PayerAccount)) == 0
    receipt = db.session.scalars(sa.select(Receipt)).one()
    content = Content.read(receipt.content)
    assert (receipt.number, content.payer, content.amount, content.received_on) == ("106A000001", "林○慧", 450, date(2017, 2, 1))
    assert money() == before
    nothing_contradicts()
    # When the other one is gone as well, so is the line of both.
    with work():
        leaving.record(db.session.get_one(Person, stays).memberships[0], left_on=date(2018, 4, 1), reason="resigned", note="", by=None, today=TODAY)
    refunded(_second, db.session.scalars(sa.select(Payment.id).where(Payment.statement_line_id == wrong, Payment.person_id == stays)).one())
    confirm(asked(), chiefs[1])
    assert read(shared) == read(wrong) == ("", "", "", {})
    assert read(half)[0] == "林佳慧"
    nothing_contradicts()


def test_a_name_in_latin_letters_goes_once(chiefs: tuple[int, int]) -> None:
    gone = member("Maria Santos")
    confirm(asked(), chiefs[1])
    assert stored(Person, gone).name == "M**** S*****"
    assert not reads.dry_run(TODAY).due


def application(name: str, ended: date, *, withdrawn: bool = False) -> int:
    with work():
        made = Application(
            number=f"A{name}", channel="online", received_on=ended, name=name, content=f'{{"written": {{"name": "{name}"}}}}', id_index="x", introducer="陳小明",
            findings={"answers": {"likely-1": {"text": name}}}, **({"withdrawn_on": ended} if withdrawn else {"decision": "refused", "decided_on": ended, "refused_why": "未從事本業"}),
        )
        db.session.add(made)
        db.session.flush()
        db.session.add(Prospect(name=name, phone="0912345678", application_id=made.id))
        search.put("application", made.id, search.words_of(made.number, name))
        attachments.add_content(Ref("application", made.id), _picture(), "id.png", title="證件", by=db.session.get_one(User, 1), now=NOW)
        return made.id


def test_applications_that_came_to_nothing_go_after_their_time(chiefs: tuple[int, int]) -> None:
    refused, withdrawn, recent = application("甲先生", date(2025, 11, 22)), application("乙小姐", date(2024, 1, 1), withdrawn=True), application("丙先生", date(2025, 11, 23))
    with work():
        db.session.add(Application(number="A4", channel="counter", received_on=date(2020, 1, 1), name="還在審", content="{}"))
    assert reads.dry_run(TODAY).applications == [refused, withdrawn]
    number = asked()
    assert stored(Application, refused).name == "甲先生"
    confirm(number, chiefs[1])
    for one in (refused, withdrawn):
        held = stored(Application, one)
        assert (held.name, held.content, held.id_index, held.introducer, held.findings) == ("（已刪減）", '{"written": {}}', None, "", {})
    held = stored(Application, refused)
    assert (held.number, held.decided_on, held.refused_why) == ("A甲先生", date(2025, 11, 22), "未從事本業")
    assert stored(Application, recent).name == "丙先生"
    assert list(db.session.scalars(search.matching("application", "乙小姐"))) in ([], [withdrawn]), "its number is its own"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1
    assert set(db.session.scalars(sa.select(Prospect.phone))) == {"", "0912345678"}
    assert stored(Erasure, number).counts == {"applications": 2}
    assert not reads.dry_run(TODAY).applications


def test_very_many_go_in_the_background_and_once(chiefs: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    some = [member(f"林佳{one}") for one in "甲乙丙"]
    number = asked()
    confirm(number, chiefs[1])
    assert (stored(Erasure, number).state, stored(Person, some[0]).minimised_on) == (retention.RUNNING, None)
    with pytest.raises(RuleBroken), work():
        retention.ask(by=db.session.get_one(User, chiefs[0]), today=TODAY, now=NOW)
    with pytest.raises(RuleBroken), work():
        retention.begin(db.session.get_one(Erasure, number), by=db.session.get_one(User, chiefs[0]))
    db.session.rollback()
    with work():
        tasks.cancel(db.session.scalars(sa.select(Task)).one(), NOW)  # It broke off.
    with work():
        retention.begin(db.session.get_one(Erasure, number), by=db.session.get_one(User, chiefs[0]))
    assert tasks.work_once()
    db.session.expire_all()
    assert [stored(Person, one).minimised_on is not None for one in some] == [True] * 3
    assert stored(Erasure, number).state == retention.DONE
    assert not tasks.work_once()


PERSONAL = {
    "person", "custom_value", "dependant", "emergency_contact", "former_identity", "payer_account", "person_note", "debit_mandate", "application", "prospect",
    "checkoff_line", "measure", "roll_doubt", "payment", "statement_line",
}
"""Tables with personal columns of members, each of which an erasure takes away."""


def test_no_table_of_members_with_personal_columns_is_forgotten(app: Any) -> None:
    """A new one needs its place in services/retention.py, and then its name here."""
    from unionops.core.db import Model

    found = {
        table.name for table in Model.metadata.tables.values()
        if any(column.info.get("personal") for column in table.columns)
        and (table.name == "person" or {key.column.table.name for key in table.foreign_keys} & {"person", "membership", "application", "payment", "statement"})
    }
    assert found == PERSONAL


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
