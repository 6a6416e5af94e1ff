"""From the list that goes out to money in the books: the office's own three employers, and every wrong file and second press."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import refused, work
from tests.members.checkoff.office import EXPECTED, FEB, TODAY, book, file_of, furnish, line, read, sheet_of, the, upload
from tests.members.dues.books import nothing_contradicts
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.calendar import services as calendar
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.rules import chart
from unionops.members.models import CheckoffLine, Employer, Payment, Person
from unionops.members.queries import checkoff as queries
from unionops.members.queries import dues
from unionops.members.services import checkoff
from unionops.members.services.dues import paying
from unionops.values.problems import RuleBroken


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


@pytest.fixture
def clerk(make_user: Any) -> User:
    return make_user("accountant", name="吳佩珊")


@pytest.mark.parametrize("name", ["wangsheng", "hemu", "yuguang"])
def test_each_employer_from_the_list_to_the_books(union, name):
    number = furnish(name)[name]
    wanted = EXPECTED[f"checkoff_return_{name}.xlsx"]
    before = queries.sums([number])[number]
    assert (before.people, before.expected) == (wanted["sent_people"], wanted["sent_amount"])
    read(number, file_of(name))
    sums = queries.sums([number])[number]
    assert (sums.received, sums.applied, sums.held, sums.short) == (
        wanted["sum_of_rows"], wanted["money"]["applied_by_number"], wanted["money"]["not_applied"], wanted["money"]["shortfall"]
    )
    book(number)
    balances = books.balances()
    assert balances[chart.IN_TRANSIT] == wanted["sum_of_rows"]
    assert balances[chart.SUSPENSE] == wanted["money"]["not_applied"]
    assert chart.IN_ADVANCE not in balances, "nobody is paid more than is owed"
    [awaited] = queries.deposits_awaited()
    assert (awaited.booked, awaited.transferred, awaited.fee) == (wanted["sum_of_rows"], wanted["bank_transfer"]["amount"], wanted["bank_transfer"]["fee_deducted"])
    nothing_contradicts()


def test_what_was_short_is_carried_to_the_next_list(app):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    book(number)
    with work():
        later = checkoff.make_list(the(number).employer, date(2026, 3, 1), by=None, today=TODAY).id
    # January was never asked for and is open as well: check-off began with it.
    assert (line(later, "01258").expected, line(later, "01258").carried) == (300, 150)
    assert (line(later, "04423").expected, line(later, "04423").carried) == (350, 200)
    assert line(later, "02324").carried == 300


def test_the_same_file_and_another_employers_file_change_nothing(app):
    lists = furnish("wangsheng", "hemu")
    read(lists["wangsheng"], file_of("wangsheng"))
    assert refused(lambda: _read(lists["wangsheng"], file_of("wangsheng"))) == ["same_file"]
    assert refused(lambda: _read(lists["hemu"], file_of("wangsheng"))) == ["other_employers_file"]
    assert refused(lambda: _read(lists["hemu"], sheet_of([["員工編號", "扣款代號", "實扣"], ["09999", "D01", 150]]))) == ["wrong_employer"]
    assert the(lists["hemu"]).returned_on is None


def _read(number: int, file: Any, **given: Any) -> None:
    checkoff.read_answer(the(number), file, **({"anyway": False, "by": None, "today": TODAY, "now": clock.now()} | given))


@pytest.mark.parametrize(("rows", "code"), [
    ([["會員大會"], ["簽到"]], "no_heading"), ([["員工編號", "實扣"], ["合計", 0]], "no_rows"),
    ([["115年7月扣款"], ["員工編號", "實扣"], ["01258", 150]], "month_outside"),
    ([["員工編號", "實扣"], ["01258", 150], ["77771", 150], ["77772", 150]], "few_known"),
])
def test_wrong_files_are_refused(app, rows, code):
    number = furnish("wangsheng")["wangsheng"]
    assert refused(lambda: _read(number, sheet_of(rows))) == [code]
    assert the(number).returned_on is None


@pytest.mark.parametrize(("content", "name"), [(b"", "x.xlsx"), (b"PK\x03\x04 nonsense", "x.xlsx"), (b"%PDF-1.4", "x.pdf"), (b"\x00\x01\x02" * 99, "x.csv")])
def test_files_that_are_none(app, content, name):
    number = furnish("wangsheng")["wangsheng"]
    assert refused(lambda: _read(number, upload(content, name)))


def test_a_month_that_is_another_is_taken_when_somebody_looked(app):
    number = furnish("wangsheng")["wangsheng"]
    read(number, sheet_of([["115年3月扣款"], ["員工編號", "實扣"], ["01258", 150]]), anyway=True)
    assert line(number, "01258").verdict == "ok"


def test_a_corrected_file_replaces_what_was_not_booked(app):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    extra = db.session.scalar(sa.select(sa.func.count(CheckoffLine.id)).where(CheckoffLine.list_id == number, CheckoffLine.person_id.is_(None)))
    assert extra == 3
    everybody = [one.staff_number for one in queries.lines_of(number) if one.person_id]
    read(number, sheet_of([["員工編號", "實扣"], *([staff, 150] for staff in everybody)], "corrected.xlsx"))
    assert {one.person_id is None for one in queries.lines_of(number)} == {False}
    book(number)
    assert refused(lambda: _read(number, file_of("wangsheng"))) == ["booked_already"]
    nothing_contradicts()


def test_booked_once_and_taken_back_as_a_whole(union):
    number = furnish("wangsheng")["wangsheng"]
    assert refused(lambda: checkoff.book(the(number), received_on=TODAY, transferred=None, fee=0, differences_seen=True, today=TODAY)) == ["not_returned"]
    read(number, file_of("wangsheng"))
    book(number)
    assert refused(lambda: checkoff.book(the(number), received_on=TODAY, transferred=None, fee=0, differences_seen=True, today=TODAY)) == ["booked_already"]
    assert refused(lambda: checkoff.take_back(the(number), why=" ", on=TODAY, by=None, today=TODAY)) == ["reason_missing"]
    with work():
        checkoff.take_back(the(number), why="雇主更正", on=TODAY, by=None, today=TODAY)
    assert chart.IN_TRANSIT not in {code for code, amount in books.balances().items() if amount}
    nothing_contradicts()
    read(number, file_of("wangsheng"))
    book(number)
    assert books.balances()[chart.IN_TRANSIT] == 8030
    assert [one.booked for one in queries.deposits_awaited()] == [8030], "what was taken back is not awaited"
    nothing_contradicts()


@pytest.mark.parametrize(("given", "codes"), [
    ({"differences_seen": False}, ["differs"]), ({"received_on": TODAY + timedelta(1)}, ["date_in_future"]), ({"received_on": None}, ["date_missing"]),
    ({"transferred": -1}, ["amount_not_positive"]), ({"fee": -15}, ["bad_fee"]), ({"fee": 9000}, ["bad_fee"]),
])
def test_what_is_not_booked(app, given, codes):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    wanted = {"received_on": TODAY, "transferred": 8015, "fee": 15, "differences_seen": True, "today": TODAY} | given
    assert refused(lambda: checkoff.book(the(number), **wanted)) == codes
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 0


def test_nothing_is_booked_into_a_closed_month(app):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    with work():
        ledger.close_month(115, 2, today=TODAY)
    wanted = {"received_on": date(2026, 2, 27), "transferred": 8015, "fee": 15, "differences_seen": True, "today": TODAY}
    assert refused(lambda: checkoff.book(the(number), **wanted)) == ["month_closed"]


def test_two_who_book_at_once_book_once(union):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    db.session.rollback()
    results: list[str] = []

    def press() -> None:
        with union.app_context():
            try:
                book(number)
                results.append("booked")
            except RuleBroken as refusal:
                results.append(refusal.problems[0].code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _each in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(results) == ["booked", "booked_already"]
    assert books.balances()[chart.IN_TRANSIT] == 8030
    nothing_contradicts()


def test_doubtful_rows_are_decided(app, clerk):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    typo = line(number, "08512")
    meant = line(number, "08521")
    person = db.session.get_one(Person, meant.person_id)

    def assign(row: CheckoffLine, who: Person) -> None:
        checkoff.assign(row, who, by=db.session.get_one(User, clerk.id), now=clock.now(), today=TODAY)

    assert refused(lambda: assign(line(number, "08512"), person)) == ["not_booked"]
    book(number)
    waiting = queries.asking_counts([number])[number]
    with work():
        assign(line(number, "08512"), db.session.get_one(Person, meant.person_id))
    assert {one.period_on: one.open for one in dues.items_of([person.id])[person.id]} == {date(2026, 1, 1): 150, date(2026, 3, 1): 150}, "February is paid"
    assert refused(lambda: assign(line(number, "08512"), db.session.get_one(Person, meant.person_id))) == ["decided_already"]
    with work():
        checkoff.refund(line(number, "08665"), why="重複扣款退還", on=TODAY, by=db.session.get_one(User, clerk.id), now=clock.now(), today=TODAY)
    assert queries.asking_counts([number])[number] == waiting - 2
    assert refused(lambda: checkoff.take_back(the(number), why="x", on=TODAY, by=None, today=TODAY)) == ["given_back"]
    assert typo.like == "08521"
    nothing_contradicts()


def test_what_was_identified_elsewhere_is_only_noted(app, clerk):
    number = furnish("wangsheng")["wangsheng"]
    read(number, file_of("wangsheng"))
    book(number)
    [(payment, left)] = queries.suspended(line(number, "02279").id)
    assert left == 200

    def note() -> None:
        checkoff.note(line(number, "02279"), why="另案查明", by=db.session.get_one(User, clerk.id), now=clock.now())

    assert refused(note) == ["money_waits"]
    with work():
        paying.identify(db.session.get_one(Payment, payment.id), db.session.get_one(Person, line(number, "01258").person_id), today=TODAY)
    with work():
        note()
    assert line(number, "02279").decision == "noted"
    nothing_contradicts()


def test_a_name_that_is_not_ours_asks(app, clerk):
    number = furnish("wangsheng")["wangsheng"]
    everybody = [[one.staff_number, one.name, 150] for one in queries.lines_of(number)]
    everybody[0][1], everybody[1][1], everybody[2][1] = "王大同", "李小華", "盧彩○"
    read(number, sheet_of([["員工編號", "姓名", "實扣"], *everybody]))
    assert [one.other_name for one in queries.lines_of(number)][:3] == ["王大同", "李小華", ""]
    book(number)
    first, second = everybody[0][0], everybody[1][0]

    def settle(staff: str, same: bool) -> None:
        with work():
            checkoff.settle_name(line(number, staff), same=same, why="電話確認", by=db.session.get_one(User, clerk.id), now=clock.now(), today=TODAY)

    settle(first, True)
    settle(second, False)
    assert (line(number, first).decision, line(number, second).decision) == ("same", "")
    assert books.balances()[chart.SUSPENSE] == 150
    assert queries.asking_counts([number])[number] >= 1
    nothing_contradicts()


def test_a_deadline_awaits_the_answer_and_is_closed_by_booking(app):
    number = furnish("wangsheng")["wangsheng"]
    due = calendar.of(checkoff.pointer(the(number)), checkoff.DUE)
    assert due is not None
    assert (due.latest_on, due.closed_at) == (date(2026, 3, 10), None)
    read(number, file_of("wangsheng"))
    book(number)
    db.session.expire_all()
    assert calendar.of(checkoff.pointer(the(number)), checkoff.DUE).closed_at is not None


def test_one_list_for_a_month(app):
    number = furnish("wangsheng")["wangsheng"]
    assert refused(lambda: checkoff.make_list(the(number).employer, FEB, by=None, today=TODAY)) == ["list_exists"]
    assert refused(lambda: checkoff.make_list(the(number).employer, date(2026, 6, 1), by=None, today=TODAY)) == ["too_early"]
    assert refused(lambda: checkoff.make_list(the(number).employer, date(2025, 12, 1), by=None, today=TODAY)) == ["no_terms"]
    assert refused(lambda: checkoff.make_list(the(number).employer, date(2026, 4, 1), carry=False, by=None, today=TODAY)) == ["nobody"]
    with work():
        checkoff.drop(the(number), why="做錯月份")
    assert db.session.scalar(sa.select(sa.func.count(CheckoffLine.id))) == 0
    with work():
        employer = db.session.scalars(sa.select(Employer)).one()
        checkoff.make_list(employer, FEB, by=None, today=TODAY)


def test_the_evidence_shows_each_month(app):
    number = furnish("yuguang")["yuguang"]
    read(number, file_of("yuguang"))
    book(number)
    found = queries.matrix(the(number).employer_id, date(2026, 1, 1), 3)
    assert [(people, asked) for _month, people, _paid, asked, _received in found.totals] == [(37, 5600)] * 3
    assert sum(received for *_rest, received in found.totals) == 13890
    cells = {row.staff_number: [one.received if one else None for one in row.months] for row in found.rows}
    assert cells["Y0384"] == [130, 130, 130]
    assert cells["Y0715"] == [0, 0, 0]
