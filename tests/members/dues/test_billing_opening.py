"""The beginning of a union that comes from a spreadsheet: nothing before its day, its balances, what members owed and had paid too much."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from tests.members.acts import work
from tests.members.dues.billing_office import before, found
from tests.members.dues.books import nothing_contradicts
from unionops.core import clock
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.rules import chart
from unionops.members.models import Charge, OpeningBatch, Payment, Person
from unionops.members.queries import billing
from unionops.members.queries import dues as queries
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services import people
from unionops.members.services.dues import correcting, opening, paying, running, writing_off
from unionops.values.problems import RuleBroken

DAY, BEGIN = date(2026, 4, 2), date(2026, 4, 1)
BILLS = Path(__file__).parents[2] / "data/office/receivables_115Q1.csv"


@pytest.fixture
def office(browser, make_user, monkeypatch):
    signed_in = before(found(DAY), DAY, browser, make_user, monkeypatch)
    signed_in.post("dues.set_begin", data={"begins_on": "115/4/1"})
    return signed_in


def handed(office, *lines, head="會員編號,姓名,期別,會費,保險費,溢繳"):
    text = "\n".join([head, *lines])
    page = office.post("dues.opening_file", data={"file": (io.BytesIO(text.encode("utf-8-sig")), "欠費.csv")})
    return int(page.location.rsplit("/", 1)[1])


def taken_in(office, *lines, **given):
    batch = handed(office, *lines, **given)
    seen = office.get("dues.apply_opening", batch_id=batch).value("seen")
    office.post("dues.apply_opening", batch_id=batch, data={"seen": seen})
    return batch


def number_of(at):
    return db.session.get_one(Person, at).memberships[0].number


def test_nothing_is_billed_or_booked_before_the_day(office):
    assert "之前的欠費請列入期初餘額" in office.post("dues.new_run", data={"schemes": ["2"], "period": "quarter:2026-01-01"}, status=422).text
    office.post("dues.new_run", data={"schemes": ["2"], "period": "quarter:2026-04-01"})
    with pytest.raises(RuleBroken), work():
        running.charge_once(db.session.get_one(Person, office.members[0]), 1, on=date(2026, 3, 31), today=DAY)


@pytest.mark.parametrize("given", ["", "115/4/15", "120/1/1", "90/1/1", "x"])
def test_a_day_that_cannot_be(browser, make_user, given):
    assert browser.as_(make_user("accountant")).post("dues.set_begin", data={"begins_on": given}, status=422).error("begins_on")


def test_the_day_stays_once_something_is_booked(office):
    office.post("dues.set_begin", data={"begins_on": "115/3/1"})
    office.post("dues.set_begin", data={"begins_on": "115/4/1"})
    taken_in(office, f"{number_of(office.members[0])},會員0,115Q1,450,,")
    assert "帳上已有傳票" in office.post("dues.set_begin", data={"begins_on": "115/3/1"}, status=422).error("begins_on")


def test_what_members_bring_is_theirs_and_no_income(office):
    one, other = (number_of(each) for each in office.members[:2])
    batch = taken_in(office, f"{one},會員0,115Q1,450,\"10,572\",", f"{other},會員1,,,,300", "合計,,,450,10572,300")
    items = queries.items_of(office.members)
    assert [(each.kind.value, each.open, each.months, each.due_on) for each in items[office.members[0]]] == [("regular", 450, 3, date(2026, 3, 31)), ("agency", 10572, 3, date(2026, 3, 31))]
    assert queries.credit_of(None) == {office.members[1]: 300}
    assert books.balances() == {
        chart.DUES_RECEIVABLE: 450, chart.AGENCY_RECEIVABLE: 10572, chart.IN_ADVANCE: 300, chart.SURPLUS: 450 + 10572 - 300,
    }
    assert db.session.get_one(OpeningBatch, batch).content is None
    assert "已登錄" in office.get("dues.opening_batch", batch_id=batch).text
    with work():
        person = db.session.get_one(Person, office.members[0])
        paying.receive(person, amount=450, received_on=DAY, channel=Channel.COUNTER, today=DAY)
    with work():
        charge = db.session.scalars(sa.select(Charge).where(Charge.kind == "agency")).one()
        correcting.correct(charge, to=10000, kind=AdjustmentKind.CORRECTION, why="算錯", today=DAY)
    assert books.balances()[chart.SURPLUS] == 450 + 10000 - 300
    assert chart.REGULAR_DUES not in books.balances()
    assert chart.AGENCY_MONEY not in books.balances()
    nothing_contradicts()


def test_what_is_remitted_of_what_was_brought_is_no_income_lost(office):
    """The years before had the income: what is forgiven lessens the surplus, and what is written off is a loss of now."""
    taken_in(office, *(f"{number_of(each)},會員{at},115Q1,450,," for at, each in enumerate(office.members[:2])))
    first, second = db.session.scalars(sa.select(Charge.id).order_by(Charge.id))
    db.session.rollback()
    with work():
        writing_off.give_up({first: 450}, AdjustmentKind.REMISSION, why="家境清寒", resolution="第 5 屆第 3 次理事會", on=DAY, today=DAY)
    with work():
        writing_off.give_up({second: 450}, AdjustmentKind.WRITE_OFF, why="失聯", resolution="第 5 屆第 2 次大會", on=DAY, today=DAY)
    assert {code: amount for code, amount in books.balances().items() if amount} == {chart.SURPLUS: 450, chart.BAD_DEBTS: 450}
    nothing_contradicts()


def test_rows_are_judged_and_the_refused_come_back(office):
    one = number_of(office.members[0])
    batch = handed(office, f"{one},會員0,115Q1,450,,", "99999,沒有這人,115Q1,450,,", f"{one},別的名字,115Q1,450,,", f"{one},會員0,115Q1,300,,", ",會員2,115Q2,450,,", ",會員3,上一季,,,",
                   ",會員4,114Q4,四百,,", ",會員5,114Q4,,,")
    text = office.get("dues.opening_batch", batch_id=batch, view="bad").text
    for said in ("名冊裡找不到這個人", "姓名不符", "同一人、同一期", "由本系統開單", "看不懂", "不是整數"):
        assert said in text
    assert "會員5" in office.get("dues.opening_batch", batch_id=batch, view="out").text
    answer = office.get("dues.opening_refused", batch_id=batch, fmt="csv").response
    assert "名冊裡找不到這個人" in answer.data.decode("utf-8-sig")
    answer.close()
    seen = office.get("dues.apply_opening", batch_id=batch).value("seen")
    assert "更動" in office.post("dues.apply_opening", batch_id=batch, data={"seen": "0-0-0"}, status=422).text
    office.post("dues.apply_opening", batch_id=batch, data={"seen": seen})
    assert db.session.scalars(sa.select(Charge.amount)).all() == [450]
    again = handed(office, f"{one},會員0,115Q1,450,,")
    assert "已經登錄過期初" in office.get("dues.opening_batch", batch_id=again, view="bad").text


def test_words_that_look_like_a_total_or_a_signature_lose_no_member(office):
    one, other, third = (number_of(each) for each in office.members[:3])
    batch = handed(office, f"{one},會員0,114Q4,150,承辦:林秀琴已電催", f"{other},會員1,114Q4,150,合計已對過", "合計,,,400,", f"{third},會員2,114Q4,1,450,", "製表：林秀琴", head="會員編號,姓名,期別,欠費,備註")
    page = office.get("dues.opening_batch", batch_id=batch)
    assert "登錄 2 列" in page.text
    assert "檔案的合計是 400，各列相加是 301" in page.text
    assert "金額裡的逗號" in office.get("dues.opening_batch", batch_id=batch, view="bad").text
    seen = office.get("dues.apply_opening", batch_id=batch).value("seen")
    office.post("dues.apply_opening", batch_id=batch, data={"seen": seen})
    assert {(each.amount, each.due_on) for each in db.session.scalars(sa.select(Charge))} == {(150, date(2025, 12, 31))}


def test_a_list_with_a_column_for_each_month_becomes_a_charge_for_each(office):
    one, other = (number_of(each) for each in office.members[:2])
    batch = taken_in(office, f"{one},會員0,150,,150,300", f"{other},會員1,,,150,150", "合計,,150,0,300,450", head="會員編號,姓名,114/11,114/12,115/01,欠費合計")
    assert db.session.get_one(OpeningBatch, batch).counts["owed"] == 450
    rows = db.session.execute(sa.select(Charge.period_on, Charge.due_on, Charge.amount).order_by(Charge.person_id, Charge.period_on)).all()
    assert [tuple(each) for each in rows] == [
        (date(2025, 11, 1), date(2025, 11, 30), 150), (date(2026, 1, 1), date(2026, 1, 31), 150), (date(2026, 1, 1), date(2026, 1, 31), 150),
    ]
    nothing_contradicts()


def test_two_lists_in_one_workbook_are_asked_about(office):
    book = Workbook()
    for name in ("第一組", "第二組"):
        sheet = book.create_sheet(name)
        sheet.append(["會員編號", "姓名", "欠費"])
        sheet.append([number_of(office.members[0]), "會員0", 450])
    out = io.BytesIO()
    book.save(out)
    answer = office.post("dues.opening_file", data={"file": (io.BytesIO(out.getvalue()), "欠費.xlsx")}, status=422)
    assert "第一組、第二組" in answer.error("file")
    assert db.session.scalar(sa.select(sa.func.count(OpeningBatch.id))) == 0


def test_columns_may_be_chosen_and_a_file_dropped(office):
    batch = handed(office, f"{number_of(office.members[0])},會員0,450", head="會員編號,姓名,甲")
    assert "登錄 0 列" in office.get("dues.opening_batch", batch_id=batch).text
    assert "至少一欄金額" in office.post("dues.opening_columns", batch_id=batch, data={"column0": "number", "column1": "name", "column2": ""}, status=422).text
    office.post("dues.opening_columns", batch_id=batch, data={"column0": "number", "column1": "name", "column2": "arrears"})
    assert "登錄 1 列" in office.get("dues.opening_batch", batch_id=batch).text
    office.post("dues.drop_opening", batch_id=batch, data={})
    assert db.session.get_one(OpeningBatch, batch).content is None
    office.post("dues.apply_opening", batch_id=batch, data={"seen": "1-450-0"})
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0


def test_a_batch_is_taken_back_until_it_is_used(office):
    person = office.members[0]
    batch = taken_in(office, f"{number_of(person)},會員0,115Q1,450,,", f"{number_of(office.members[1])},會員1,,,,300")
    with work():
        made = paying.receive(db.session.get_one(Person, person), amount=100, received_on=DAY, channel=Channel.COUNTER, today=DAY).id
    assert "已有收款" in office.post("dues.undo_opening", batch_id=batch, data={"why": "檔案拿錯"}, status=422).text
    with work():
        paying.take_back(db.session.get_one(Payment, made), why="誤收", on=DAY, today=DAY)
    used = office.post("dues.undo_opening", batch_id=batch, data={"why": "檔案拿錯"}, status=422).text
    assert "已有收款" in used, "what was allotted once is told of by its rows"
    other = taken_in(office, f"{number_of(person)},會員0,114Q4,450,,", f"{number_of(office.members[1])},會員1,114Q4,,,200")
    office.post("dues.undo_opening", batch_id=other, data={"why": "檔案拿錯"})
    assert books.balances()[chart.IN_ADVANCE] == 300
    assert queries.credit_of(None) == {office.members[1]: 300}
    nothing_contradicts()
    taken_in(office, f"{number_of(person)},會員0,114Q4,450,,")
    nothing_contradicts()


def test_a_batch_is_known_by_its_number_and_by_no_words(union, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: DAY)
    person = found(DAY, members=1)[0]

    def by_hand(kind, amount):
        return opening.enter_by_hand(
            db.session.get_one(Person, person), kind=kind, text="", amount=amount, period_on=date(2025, 10, 1), months=3, due_on=None, today=DAY
        )

    with work():
        opening.begin(BEGIN, today=BEGIN)
    with work():  # Nobody's batch, whatever it says of itself.
        db.session.add(Charge(
            person_id=person, kind="regular", text="經常會費", period_on=date(2025, 10, 1), months=3, amount=90, charged_on=DAY, due_on=DAY, why="期初",
        ))
    with work():
        owed, credit, other = by_hand("regular", 450), by_hand("credit", 300), by_hand("credit", 20)
        db.session.add(Payment(person_id=person, channel=Channel.OPENING, received_on=DAY, amount=7, note=f"期初#{credit.id}"))
    mine = db.session.scalars(sa.select(Charge.id).where(Charge.opening_id == owed.id)).one()
    assert billing.brought(list(db.session.scalars(sa.select(Charge.id)))) == {mine}
    with work():
        opening.undo(credit, why="檔案拿錯", today=DAY)
        opening.undo(owed, why="檔案拿錯", today=DAY)
    gone = db.session.scalars(sa.select(Payment.reverses_id).where(Payment.amount < 0)).all()
    assert gone == list(db.session.scalars(sa.select(Payment.id).where(Payment.opening_id == credit.id)))
    assert ([one.open for one in queries.items_of([person])[person]], queries.credit_of(None)) == ([90], {person: 27})
    with work():
        opening.undo(other, why="檔案拿錯", today=DAY)
        by_hand("regular", 450)


def test_one_sum_by_hand(office):
    given = {"person": "會員1", "kind": "regular", "text": "114 年第 4 季會費", "amount": "450", "period_on": "114/10/1", "months": "3", "due_on": "114/11/30"}
    for more, field in (({"amount": "0"}, "amount"), ({"amount": "-3"}, "amount"), ({"period_on": "115/4/1"}, "period_on"), ({"months": "0"}, "months"), ({"person": "誰"}, "person")):
        assert office.post("dues.add_opening_item", data=given | more, status=422).error(field), more
    office.post("dues.add_opening_item", data=given)
    assert "已經登錄過期初" in office.post("dues.add_opening_item", data=given, status=422).text
    assert (db.session.scalars(sa.select(Charge)).one().due_on, books.balances()[chart.SURPLUS]) == (date(2025, 11, 30), 450)
    office.post("dues.add_opening_item", data=given | {"kind": "credit", "amount": "80", "text": ""})
    assert queries.credit_of(None) == {office.members[1]: 80}
    assert "450" in office.get("dues.opening").text


def test_balances_are_one_voucher_that_balances(office):
    assert "累計餘絀" in office.post("dues.opening_balances", data={"lines": "零用金 5,000\n1102 350,000", "check": "1"}, status=200).text
    assert books.balances() == {}
    for bad in ("沒有這科目 5", "銀行存款", "應收會費 500", "經常會費收入 3", ""):
        assert office.post("dues.opening_balances", data={"lines": bad}, status=422).error("lines"), bad
    office.post("dues.opening_balances", data={"lines": "銀行存款 350,000\n代收款 80000"})
    assert books.balances() == {chart.BANK: 350_000, chart.AGENCY_MONEY: 80_000, chart.SURPLUS: 270_000}
    assert "已經登錄" in office.post("dues.opening_balances", data={"lines": "銀行存款 1"}, status=422).text
    office.post("dues.take_back_balances", data={"why": "重算"})
    assert not any(books.balances().values())
    office.post("dues.opening_balances", data={"lines": "銀行存款 1"})
    assert books.balances()[chart.BANK] == 1
    nothing_contradicts()


def test_a_closed_month_takes_no_beginning(office, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 5, 2))
    with work():
        ledger.close_month(115, 4, today=date(2026, 5, 2))
    assert "已結帳" in office.post("dues.opening_balances", data={"lines": "銀行存款 1"}, status=422).text


def test_an_offices_own_list_is_taken_in_whole(app):
    """The list of a quarter with dues and premiums, for members who are in the roster."""
    with BILLS.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with work():
        for row in rows:
            people.add_member(today=DAY, name=row["姓名"], number=row["會員編號"], joined_on=date(2010, 1, 1))
    with work():
        opening.begin(BEGIN, today=DAY)
    with work():
        batch = opening.stage(BILLS.read_bytes(), BILLS.name, today=DAY)
        check = opening.check(batch)
        assert check.bad == []
        assert len(check.good) == len(rows)
        opening.apply(batch, today=DAY, seen=opening.mark(check))
    total = sum(int(row["應繳金額"]) for row in rows)
    assert db.session.scalar(sa.select(sa.func.sum(Charge.amount))) == total
    assert db.session.scalar(sa.select(sa.func.sum(Charge.amount)).where(Charge.kind == "regular")) == sum(int(row["會費"]) for row in rows)
    assert books.balances()[chart.SURPLUS] == total
    nothing_contradicts()
