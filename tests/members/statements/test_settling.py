"""Statements in the books: the office's files from upload to the last line, and whatever goes wrong on the way."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app
from sqlalchemy import event

from tests.members.acts import refused, work
from tests.members.dues.books import nothing_contradicts
from tests.members.statements.furnishing import TODAY, Owing, account, accounts, owe, receivables
from tests.members.statements.samples import BANK, EXPECTED, GIRO, SHOPS, content, written
from unionops.core import clock
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.models import BooksBegin
from unionops.finance.rules import chart
from unionops.members.models import PayerAccount, Payment, Person, Statement, StatementLine
from unionops.members.queries import dues
from unionops.members.queries import statements as queries
from unionops.members.queries.statements import Waiting
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.statements import Unknown
from unionops.members.services import statements as services
from unionops.members.services.dues import paying, receipts
from unionops.members.services.statements import Wanted
from unionops.values.problems import RuleBroken

VA = numbering("98217{member:6}{year:1}{quarter:1}{weights:371}")
SLIP = numbering("J62{member:6}{year:3}{quarter:2}{rest:97}")
Q1 = date(2026, 1, 1)
SMALL = [Owing("00001", "王小明", 450, 90), Owing("00002", "陳美玲", 450), Owing("00003", "林志強", 450, tail="33333"), Owing("00004", "林志強", 450)]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_app")


@pytest.fixture
def small(app) -> dict[str, int]:
    people = owe(SMALL)
    bank, giro = accounts()
    return people | {"bank": bank, "giro": giro}


def take_in(data: bytes, name: str, bank: int | None, today: date = TODAY) -> int:
    with work():
        made = services.take_in(data, name, account=account(bank), today=today)
        services.judge_waiting(today)
        return made.id


def bank_file(*rows: tuple[str, str, int, str, str], opening: int = 1000) -> bytes:
    """(day, word, amount, memo, account) …"""
    table = [["交易日期", "摘要", "支出金額", "存入金額", "餘額", "備註", "對方帳號"]]
    for day, word, amount, memo, other in rows:
        opening += amount
        table.append([day, word, str(-amount) if amount < 0 else "", str(amount) if amount > 0 else "", str(opening), memo, other])
    return written(table).encode("utf-8-sig")


def line(**given: Any) -> StatementLine:
    return db.session.scalars(sa.select(StatementLine).filter_by(**given)).one()


def open_of(person: int) -> int:
    return sum(one.open for one in dues.items_of([person]).get(person, []))


def test_the_office_files_from_upload_to_the_last_line(both):
    owe(receivables())
    bank, giro = accounts()
    shops = take_in(content(SHOPS), SHOPS, None)
    file = take_in(content(BANK), BANK, bank)
    post_office = take_in(content(GIRO), GIRO, giro)
    for number, name in ((file, BANK), (post_office, GIRO), (shops, SHOPS)):
        assert {verdict: count for verdict, (count, _amount) in queries.counts(number).items()} == EXPECTED[name]["classes"]
    with work():
        done = services.post(today=TODAY)
    automatic = {"va_exact", "last5_exact", "by_number", "normal"}
    assert (done.count, done.held) == (sum(EXPECTED[name]["classes"].get(one, 0) for name in (BANK, GIRO, SHOPS) for one in automatic), 0)
    nothing_contradicts()
    for verdict in (
        "name_amount", "by_name", "name_lossy", "combined", "fee_short", "overpaid", "part_payment", "late_arrival_in_time", "paid_late", "duplicate_payment", "unknown",
        "wrong_virtual_account", "store_settlement", "interest", "bank_fee", "reversal", "outgoing", "returned_outgoing",
    ):
        with work():
            services.agree(verdict, today=TODAY)
    nothing_contradicts()
    for one in queries.waiting(Waiting(("giro_transfer",))):
        with work():
            services.set_aside(one, "transfer", today=TODAY, other_account_id=giro)
    left = Counter(one.verdict for one in queries.waiting(Waiting()))
    assert left == {"employer_checkoff": 3, "ambiguous_name": 2, "number_name_conflict": 3}
    nothing_contradicts()
    # Everything that the clerk credited to bills is on them, and the shops owe us nothing any more.
    credited = sum(EXPECTED[name]["amount_credited_to_bills"] for name in (BANK, GIRO))
    credited += sum(one["amount"] for one in EXPECTED[SHOPS]["records"] if one["class"] != "duplicate_payment")
    owed = sum(one.dues + one.aid for one in receivables())
    assert owed - sum(one.open for some in dues.items_of(None).values() for one in some) == credited
    assert books.balances().get(chart.IN_TRANSIT, 0) == 0
    assert books.balances()[chart.OTHER_INCOME] == 1036
    # A second reading of the same movements in another file brings nothing.
    again = take_in(content(BANK) + b"\r\n", BANK, bank)
    assert queries.outcomes(again) == {}


def test_the_same_file_twice_and_one_that_overlaps(small):
    rows = [(f"115/02/0{at}", "存入", 100 + at, "會費", "") for at in range(1, 7)]
    take_in(bank_file(*rows[:4]), "一.csv", small["bank"])
    assert refused(lambda: services.take_in(bank_file(*rows[:4]), "一.csv", account=account(small["bank"]), today=TODAY)) == ["same_file"]
    second = take_in(bank_file(*rows), "二.csv", small["bank"])
    assert queries.outcomes(second)[""] == (2, 211)
    # The same movements of another account are others.
    other = take_in(bank_file(*rows) + b"\r\n", "三.csv", small["giro"])
    assert queries.outcomes(other)[""][0] == 6


def test_overlapping_files_handed_over_by_two_at_once_tell_each_movement_once(both):
    """A month, and the same month with a day more, in one instant: whoever comes second finds what the first brought, and money that is
    booked from both is booked once."""
    owe(SMALL)
    bank, _giro = accounts()
    rows = [(f"115/02/0{at}", "存入", 450, f"No.0000{at}", "") for at in (2, 3, 4)]
    app, together = current_app._get_current_object(), threading.Barrier(3)
    outcomes: list[object] = []

    def hand_over(name: str, data: bytes) -> None:
        with app.app_context():
            together.wait()
            try:
                take_in(data, name, bank)
                with work():
                    outcomes.append(services.post(today=TODAY).count)
            except RuleBroken as broken:
                outcomes.append(broken.problems[0].code)
            finally:
                db.session.remove()

    files = (("一.csv", bank_file(*rows[:2])), ("二.csv", bank_file(*rows)), ("再一次.csv", bank_file(*rows)))
    db.session.rollback()
    threads = [threading.Thread(target=hand_over, args=each) for each in files]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert outcomes.count("same_file") == 1, outcomes
    assert sum(one for one in outcomes if isinstance(one, int)) == 3, outcomes
    assert db.session.scalar(sa.select(sa.func.count(StatementLine.id))) == 3
    assert db.session.scalars(sa.select(Payment.amount)).all() == [450] * 3
    nothing_contradicts()


@pytest.mark.parametrize(("amounts", "code"), [([0], "more_than_came"), ([-5], "more_than_came"), ([451], "more_than_came"), ([300, 151], "more_than_came")])
def test_amounts_that_a_line_did_not_bring_are_refused(small, amounts, code):
    """Nothing, less than nothing, and more than came."""
    take_in(bank_file(("115/02/05", "存", 450, "不明", "")), "x.csv", small["bank"])
    people = [small["00002"], small["00003"]]
    wanted = [Wanted(person, amount) for person, amount in zip(people, amounts, strict=False)]
    assert refused(lambda: services.settle(line(amount=450), wanted, today=TODAY)) == [code]
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 0
    nothing_contradicts()


def test_what_is_taken_for_another_account_or_no_statement_is_refused(small):
    data = content(BANK)
    assert refused(lambda: services.take_in(data, BANK, account=account(small["giro"]), today=TODAY)) == ["other_account"]
    assert refused(lambda: services.take_in(data, BANK, account=None, today=TODAY)) == ["account_missing"]
    assert refused(lambda: services.take_in(b"%PDF-1.4", "x.csv", account=None, today=TODAY))
    with pytest.raises(Unknown), work():
        services.take_in(written([["姓名", "電話"], ["王", "04"]]).encode(), "x.csv", account=account(small["bank"]), today=TODAY)


def test_lines_of_a_closed_month_before_the_books_begin_or_of_tomorrow_wait_and_the_rest_goes_on(small):
    with work():
        db.session.add(BooksBegin(begins_on=date(2026, 1, 1)))
        ledger.close_month(115, 1, today=TODAY)
    va = VA.number("1", Q1)
    take_in(bank_file(("114/12/30", "存", 450, "00002", ""), ("115/01/05", "存", 450, "No.00003", ""), ("115/02/05", "存", 540, va, ""), ("115/12/05", "存", 450, "會號00004", "")), "x.csv", small["bank"])
    with work():
        done = services.post(today=TODAY)
    assert (done.count, done.amount, done.held) == (1, 540, 3)
    held = {one.moved_on.year * 100 + one.moved_on.month: one.proposal["held"]["code"] for one in queries.waiting(Waiting())}
    assert held == {202512: "before_go_live", 202601: "month_closed", 202612: "date_in_future"}
    nothing_contradicts()


def test_an_overpayment_pays_the_bill_and_the_rest_waits_or_is_his_credit(small):
    va = VA.number("1", Q1)
    take_in(bank_file(("115/02/05", "存", 600, va, "")), "x.csv", small["bank"])
    one = line(amount=600)
    assert (one.verdict, one.proposal["to"]) == ("overpaid", [[small["00001"], "2026-01-01", 540]])
    with work():
        services.settle(one, services.proposed(one), today=TODAY)
    assert (open_of(small["00001"]), books.balances()[chart.SUSPENSE]) == (0, 60)
    nothing_contradicts()
    with work():
        services.undo(one, why="測試", today=TODAY)
    assert (open_of(small["00001"]), books.balances()[chart.SUSPENSE], one.settled_at) == (540, 0, None)
    with work():
        services.settle(one, services.proposed(one), today=TODAY, keep_rest=True)
    assert dues.credit_of([small["00001"]]) == {small["00001"]: 60}
    nothing_contradicts()


def test_one_payment_for_several_people_and_over_chosen_charges(small):
    take_in(bank_file(("115/02/05", "存", 700, "一起繳", "")), "x.csv", small["bank"])
    one = line(amount=700)
    aid = next(item for item in dues.items_of([small["00001"]])[small["00001"]] if item.kind == "mutual")
    assert refused(lambda: services.settle(one, [Wanted(small["00002"], 701)], today=TODAY)) == ["more_than_came"]
    assert refused(lambda: services.settle(one, [Wanted(small["00002"], 0)], today=TODAY)) == ["more_than_came"]
    assert refused(lambda: services.settle(one, [Wanted(small["00001"], 100, to=[(aid.id, 91)])], today=TODAY)) == ["charge_changed"]
    assert refused(lambda: services.settle(one, [], today=TODAY)) == ["nobody"]
    with work():
        services.settle(one, [Wanted(small["00001"], 90, to=[(aid.id, 90)]), Wanted(small["00002"], 450)], today=TODAY)
    assert (open_of(small["00001"]), open_of(small["00002"]), books.balances()[chart.SUSPENSE]) == (450, 0, 160)
    nothing_contradicts()


def test_what_somebody_agreed_to_is_known_by_its_account_from_then_on(small):
    take_in(bank_file(("115/02/05", "存", 450, "陳美玲", "****77777")), "x.csv", small["bank"])
    assert line(amount=450).verdict == "name_amount"
    with work():
        services.agree("name_amount", today=TODAY)
    assert db.session.get(PayerAccount, (small["00002"], "77777"))
    assert line(amount=450).settled_as == "posted"


def test_a_reversal_takes_the_booked_payment_back(small):
    va = VA.number("1", Q1)
    take_in(bank_file(("115/02/05", "存", 540, va, "")), "x.csv", small["bank"])
    with work():
        services.post(today=TODAY)
    assert open_of(small["00001"]) == 0
    take_in(bank_file(("115/02/05", "存", 540, va, ""), ("115/02/06", "沖正", -540, va, "")), "y.csv", small["bank"])
    one = line(amount=-540)
    assert (one.verdict, one.partner_id) == ("reversal", line(amount=540).id)
    with work():
        services.agree("reversal", today=TODAY)
    assert (open_of(small["00001"]), line(amount=540).settled_as, one.settled_as) == (540, "reversed", "reversed")
    assert refused(lambda: services.undo(one, why="x", today=TODAY)) == ["reversed"]
    nothing_contradicts()
    take_in(bank_file(("115/02/07", "存", 540, va, "")), "z.csv", small["bank"])
    assert line(moved_on=date(2026, 2, 7)).verdict == "va_exact"


def test_a_giro_payment_with_its_fee_taken_back_leaves_nothing_behind(small):
    rows = [["劃撥帳號", "交易日期", "序號", "存款金額", "手續費", "寄款人", "通訊欄"], ["02298817", "1150205", "1", "450", "15", "陳美玲", "00002"]]
    take_in(written(rows).encode(), "g.csv", small["giro"])
    before = books.balances()
    with work():
        assert services.post(today=TODAY).count == 1
    assert (books.balances()[chart.BANK], books.balances()[chart.FEES], open_of(small["00002"])) == (435, 15, 0)
    with work():
        services.undo(line(amount=450), why="測試", today=TODAY)
    assert {code: amount for code, amount in books.balances().items() if amount} == before
    nothing_contradicts()


def test_a_giro_payment_for_two_is_taken_back_with_its_fee_whoever_takes_it_back(small):
    rows = [["劃撥帳號", "交易日期", "序號", "存款金額", "手續費", "寄款人", "通訊欄"], ["02298817", "1150205", "1", "900", "15", "陳美玲", ""]]
    take_in(written(rows).encode(), "g.csv", small["giro"])
    before = books.balances()
    with work():
        services.settle(line(amount=900), [Wanted(small["00002"], 450), Wanted(small["00003"], 450)], today=TODAY)
    assert (books.balances()[chart.BANK], books.balances()[chart.FEES]) == (885, 15)
    with work():
        paying.take_back(queries.payments_of(line(amount=900).id)[1], why="不是他的", on=TODAY, today=TODAY)
    nothing_contradicts()
    with work():
        services.undo(line(amount=900), why="測試", today=TODAY)
    assert {code: amount for code, amount in books.balances().items() if amount} == before
    nothing_contradicts()


def test_shop_payments_count_from_the_day_at_the_counter_and_the_deposit_clears_them(small):
    def record(serial: int, slip: str, amount: int, paid: str, moved: str) -> str:
        return f"D{serial:06}FM160070  {paid}083146{slip}{amount:09}1150228{moved}00012".ljust(100)

    slip = SLIP.number("1", Q1)
    rows = ["H".ljust(100), record(1, slip, 540, "1150228", "1150307"), record(2, SLIP.number("2", Q1), 450, "1150301", "1150307"), "T0000020000000009900000000240000000000966".ljust(100)[:100]]
    take_in("\r\n".join(rows).encode(), "shops.txt", None)
    assert {one.verdict for one in queries.waiting(Waiting())} == {"late_arrival_in_time", "paid_late"}
    for verdict in ("late_arrival_in_time", "paid_late"):
        with work():
            services.agree(verdict, today=TODAY)
    assert sorted(db.session.scalars(sa.select(Payment.received_on))) == [date(2026, 2, 28), date(2026, 3, 1)]
    assert books.balances()[chart.IN_TRANSIT] == 990
    take_in(bank_file(("115/03/07", "代收入帳", 966, "匯聚代收超商", ""), ("115/03/08", "代收入帳", 966, "匯聚代收超商", "")), "x.csv", small["bank"])
    with work():
        done = services.agree("store_settlement", today=TODAY)
    assert (done.count, done.held) == (1, 1)  # The same net a second time: no shop day is left for it.
    assert {code: books.balances().get(code, 0) for code in (chart.IN_TRANSIT, chart.BANK, chart.FEES)} == {chart.IN_TRANSIT: 0, chart.BANK: 966, chart.FEES: 24}
    nothing_contradicts()
    with work():
        services.undo(line(moved_on=date(2026, 3, 7), amount=966), why="測試", today=TODAY)
    assert books.balances()[chart.IN_TRANSIT] == 990
    nothing_contradicts()


def test_a_line_is_decided_once(small):
    take_in(bank_file(("115/02/05", "存", 540, VA.number("1", Q1), "")), "x.csv", small["bank"])
    one = line(amount=540)
    with work():
        services.suspend(one, today=TODAY)
    assert refused(lambda: services.settle(one, [Wanted(small["00001"], 540)], today=TODAY)) == ["settled"]
    assert refused(lambda: services.suspend(one, today=TODAY)) == ["settled"]
    assert refused(lambda: services.set_aside(one, "elsewhere", today=TODAY)) == ["settled"]
    with work():
        paying.identify(queries.payments_of(one.id)[0], db.session.get_one(Person, small["00001"]), today=TODAY)
    assert open_of(small["00001"]) == 0
    nothing_contradicts()
    with work():
        services.undo(one, why="還是錯了", today=TODAY)
    assert (open_of(small["00001"]), one.verdict) == (540, "va_exact")
    assert refused(lambda: services.undo(one, why="x", today=TODAY)) == ["open"]
    nothing_contradicts()


def test_what_was_paid_at_the_counter_meanwhile_is_not_paid_twice(small):
    take_in(bank_file(("115/02/05", "存", 450, "No.00002", "")), "x.csv", small["bank"])
    assert line(amount=450).verdict == "by_number"
    with work():
        paying.receive(db.session.get_one(Person, small["00002"]), amount=450, received_on=TODAY, channel=paying.Channel.COUNTER, today=TODAY)
    with work():
        assert services.post(today=TODAY).count == 0
    assert line(amount=450).verdict == "duplicate_payment"
    nothing_contradicts()


def test_outgoing_money_is_nobodys_dues_and_a_file_can_be_dropped_while_nothing_is_decided(small):
    number = take_in(bank_file(("115/02/05", "匯款", -9000, "房租", ""), ("115/02/06", "手續費", -10, "跨行", ""), opening=20000), "x.csv", small["bank"])
    one = line(amount=-9000)
    assert refused(lambda: services.settle(one, [Wanted(small["00001"], 450)], today=TODAY)) == ["outgoing"]
    assert refused(lambda: services.suspend(one, today=TODAY)) == ["outgoing"]
    assert refused(lambda: services.set_aside(one, "interest", today=TODAY)) == ["not_this_way"]
    assert refused(lambda: services.set_aside(one, "transfer", today=TODAY)) == ["account_missing"]
    assert refused(lambda: services.agree("ambiguous_name", today=TODAY)) == ["one_by_one"]
    with work():
        services.drop(db.session.get_one(Statement, number))
    assert queries.file_count() == 0
    number = take_in(bank_file(("115/02/06", "手續費", -10, "跨行", "")), "y.csv", small["bank"])
    with work():
        services.agree("bank_fee", today=TODAY)
    assert books.balances()[chart.FEES] == 10
    assert refused(lambda: services.drop(db.session.get_one(Statement, number))) == ["settled"]


def test_two_who_decide_one_line_at_once_book_it_once(both):
    people = owe(SMALL)
    bank, _giro = accounts()
    take_in(bank_file(("115/02/05", "存", 450, "不明", "")), "x.csv", bank)
    number = line(amount=450).id
    db.session.rollback()
    app, together, outcomes = current_app._get_current_object(), threading.Barrier(2), []

    def decide(person: int) -> None:
        with app.app_context():
            together.wait()
            try:
                with work():
                    services.settle(db.session.get_one(StatementLine, number), [Wanted(person, 450)], today=TODAY)
                outcomes.append("done")
            except RuleBroken as broken:
                outcomes.append(broken.problems[0].code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=decide, args=(people[name],)) for name in ("00002", "00003")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["done", "settled"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 1
    nothing_contradicts()


def test_a_receipt_made_void_after_the_bank_matched_it_leaves_the_payment(small):
    take_in(bank_file(("115/02/05", "存", 450, "No.00002", "")), "x.csv", small["bank"])
    with work():
        services.post(today=TODAY)
    with work():
        made = receipts.issue(queries.payments_of(line(amount=450).id)[0], today=TODAY)
    with work():
        receipts.void(made, why="抬頭寫錯", now=clock.now())
    assert (open_of(small["00002"]), line(amount=450).settled_as) == (0, "posted")
    with work():
        services.undo(line(amount=450), why="測試", today=TODAY)
    assert open_of(small["00002"]) == 450
    nothing_contradicts()


def test_bytes_nobody_can_read_lose_no_money(small):
    data = content(BANK).replace("張家傑".encode("cp950"), "張".encode("cp950") + b"\xff" + "傑".encode("cp950"))
    number = take_in(data, BANK, small["bank"])
    assert sum(count for count, _amount in queries.counts(number).values()) == 411


def test_own_layouts_are_kept_and_used(small):
    assert refused(lambda: services.add_layout("", "bank", {"moved_on": ["日子"], "in": ["進帳"]})) == ["title_missing"]
    assert refused(lambda: services.add_layout("我的銀行", "bank", {"in": ["進帳"]})) == ["date_missing"]
    with work():
        services.add_layout("我的銀行", "bank", {"moved_on": ["日子"], "in": ["進帳"], "memo": ["誰"]})
    number = take_in(written([["日子", "進帳", "誰"], ["115/01/02", "450", "陳美玲"]]).encode(), "x.csv", small["bank"])
    assert queries.counts(number) == {"name_amount": (1, 450)}


def test_judging_takes_as_many_statements_for_many_lines_as_for_few(small):
    from tests.browsing import Statements

    def count(rows: int, name: str) -> int:
        number = take_in(bank_file(*(("115/02/05", "存", 450 + at, "No.00002", "") for at in range(rows))), name, small["bank"])
        with work():
            with Statements() as seen:
                services.judge_waiting(date(2026, 3, 24))
            found = len(seen)
        with work():
            services.drop(db.session.get_one(Statement, number))
        return found

    assert count(200, "b.csv") <= count(3, "a.csv") + 1




@pytest.mark.postgres
def test_who_could_pay_is_asked_so_that_postgresql_never_compares_each_with_all(pg_app):
    """Of two sub-selects under an OR it takes all rows of both for each person, once they are too many to be kept in memory."""
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, given, *_rest):
        asked.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", note)
    queries.directory(TODAY)
    event.remove(db.engine, "before_cursor_execute", note)
    plans = [
        "\n".join(db.session.connection().exec_driver_sql(f"EXPLAIN {statement}", given).scalars()) for statement, given in asked if "FROM charge" in statement
    ]
    assert len(plans) == 2
    assert not [plan for plan in plans if "SubPlan" in plan]
