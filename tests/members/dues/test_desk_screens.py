"""The desk at the browser: number, Enter, amount, Enter, receipt; what is refused keeps what was typed; twice is once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.members.dues.books import furnish, nothing_contradicts
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.finance.models import BooksBegin, ClosedMonth
from unionops.members.models import CashCount, Measure, Membership, Payment, Person, Receipt
from unionops.members.queries import accounts
from unionops.members.queries import dues as queries
from unionops.members.queries import receipts as reads
from unionops.members.rules.collecting import Channel
from unionops.members.services import people
from unionops.members.services.dues import paying, running


@pytest.fixture
def cashier(make_user: Callable[..., User]) -> User:
    return make_user("cashier", name="李出納")


@pytest.fixture
def desk(browser: Browser, cashier: User) -> Browser:
    return browser.as_(cashier)


@pytest.fixture
def chief(browser: Browser, make_user: Callable[..., User]) -> Browser:
    return browser.as_(make_user("secretary_general", name="陳總"))


@pytest.fixture
def member(app: Any) -> int:
    """A member who owes 450 of dues and 90 of mutual aid for the first quarter of this year."""
    (one,) = furnish(1)
    charge()
    return one


def charge() -> None:
    with unit_of_work("會計", "test"):
        running.apply((1, 2), date(clock.today().year, 1, 1), title="第一季", today=clock.today())


def number_of(person: int) -> str:
    number = db.session.scalar(sa.select(Membership.number).where(Membership.person_id == person))
    db.session.rollback()
    return str(number)


def taking(desk: Browser, person: int, **given: Any) -> dict[str, Any]:
    shown = desk.get("dues.take", person_id=person)
    return {name: shown.value(name) for name in ("amount", "received_on", "seen")} | given


def state(person: int) -> tuple[int, int, int]:
    """How many payments and receipts there are, and what is open."""
    db.session.rollback()
    found = (
        db.session.scalar(sa.select(sa.func.count(Payment.id))), db.session.scalar(sa.select(sa.func.count(Receipt.id))),
        sum(one.open for one in queries.items_of([person]).get(person, [])),
    )
    db.session.rollback()
    return found


def test_number_enter_amount_enter_receipt(desk, member):
    found = desk.post("dues.desk", {"who": number_of(member)})
    assert found.location.endswith(f"/dues/{member}/take")
    shown = desk.get("dues.take", person_id=member)
    assert shown.value("amount") == "540"
    assert "autofocus" in shown.field("amount").attrib
    taken = desk.post("dues.take", taking(desk, member, tendered="1000"), person_id=member)
    paper = desk.get(taken.location)
    assert "找零 460 元" in paper.text
    assert "伍佰肆拾元整" in paper.text
    assert state(member) == (1, 1, 0)
    assert "會員0" in desk.get("dues.desk").text
    nothing_contradicts()


def test_a_name_that_several_bear_asks_which(desk, member):
    with unit_of_work("test", "test"):
        people.add_member(today=clock.today(), name="會員0", joined_on=date(2020, 1, 1))
    shown = desk.post("dues.desk", {"who": "會員0"}, status=200)
    assert "是哪一位" in shown.text
    assert f"/dues/{member}/take" in shown.links()
    missed = desk.post("dues.desk", {"who": "查無此人"}, status=422)
    assert "找不到「查無此人」" in missed.error("who")
    assert missed.value("who") == "查無此人"
    assert desk.post("dues.desk", {"who": " "}, status=422).error("who")


def test_pressed_twice_pays_once(desk, member):
    sent = taking(desk, member)
    first = desk.post("dues.take", sent, once="k" * 24, person_id=member)
    second = desk.post("dues.take", sent, once="k" * 24, person_id=member)
    assert first.location == second.location
    assert state(member) == (1, 1, 0)
    nothing_contradicts()


def test_two_cashiers_with_the_same_person_see_each_other(desk, member, browser, make_user):
    other = browser.as_(make_user("cashier", name="陳出納"))
    mine, theirs = taking(desk, member), taking(other, member)
    desk.post("dues.take", mine, person_id=member)
    told = other.post("dues.take", theirs, status=422, person_id=member)
    assert "剛剛有異動" in told.text
    assert "李出納" in told.text
    assert told.value("amount") == "540"
    assert state(member) == (1, 1, 0)
    other.post("dues.take", {name: told.value(name) for name in ("amount", "received_on", "seen")}, person_id=member)
    assert state(member) == (2, 2, 0)
    assert queries.credit_of([member]) == {member: 540}
    nothing_contradicts()


@pytest.mark.parametrize(("given", "field", "said"), [
    ({"amount": ""}, "amount", "請填金額"), ({"amount": "0"}, "amount", "須大於 0"), ({"amount": "-5"}, "amount", "須大於 0"), ({"amount": "一百"}, "amount", "不是整數金額"),
    ({"amount": "100000000"}, "amount", "請確認"), ({"received_on": "130/1/1"}, "received_on", "不得晚於今天"), ({"received_on": "昨天"}, "received_on", "看不懂"),
    ({"received_on": ""}, "received_on", "請填日期"), ({"tendered": "500"}, "tendered", "少 40 元"), ({"note": "長" * 201}, "note", "最多 200"),
])
def test_what_is_refused_keeps_what_was_typed(desk, member, given, field, said):
    shown = desk.post("dues.take", taking(desk, member, **given), status=422, person_id=member)
    assert said in shown.error(field)
    for name, text in given.items():
        assert shown.value(name) == text
    assert state(member) == (0, 0, 540)


def test_an_amount_far_above_what_is_open_is_asked_about_once_more(desk, member):
    """540 are open, a year of dues is 2,160: 5,400 looks like a nought too many."""
    shown = desk.post("dues.take", taking(desk, member, amount="5400", tendered="6000", note="大哥代繳"), status=422, person_id=member)
    assert "多打了一個 0" in shown.error("amount")
    assert "金額沒錯，照收 5,400 元" in shown.text
    assert (shown.value("amount"), shown.value("tendered"), shown.value("note"), shown.value("asked")) == ("5400", "6000", "大哥代繳", "5400")
    assert state(member) == (0, 0, 540)
    again = {name: shown.value(name) for name in ("amount", "tendered", "note", "received_on", "seen", "asked")}
    assert "多打了一個 0" in desk.post("dues.take", again, status=422, person_id=member).error("amount"), "Enter alone is no answer"
    other = desk.post("dues.take", again | {"sure": "y", "amount": "54000", "tendered": ""}, status=422, person_id=member)
    assert "照收 54,000 元" in other.text, "the answer was about another amount"
    assert "checked" not in other.field("sure").attrib
    # Another problem does not make it forget what was asked; corrected, it is no more to be asked about.
    late = desk.post("dues.take", again | {"sure": "y", "received_on": "130/1/1"}, status=422, person_id=member)
    assert "照收 5,400 元" in late.text
    assert "checked" in late.field("sure").attrib
    assert state(member) == (0, 0, 540)
    taken = desk.post("dues.take", again | {"sure": "y"}, person_id=member)
    assert "找零 600 元" in desk.get(taken.location).text
    assert (state(member), queries.credit_of([member])) == ((1, 1, 0), {member: 4860})
    nothing_contradicts()


@pytest.mark.parametrize("amount", ["540", "1080", "2700"])
def test_paying_ahead_is_not_asked_about(desk, member, amount):
    """A quarter more, or a year."""
    assert "sure" not in desk.get("dues.take", person_id=member).text
    desk.post("dues.take", taking(desk, member, amount=amount), person_id=member)
    assert state(member) == (1, 1, 0)


def test_closed_months_and_days_before_the_books(desk, member):
    today = clock.today()
    with unit_of_work("test", "test"):
        db.session.add(BooksBegin(begins_on=date(today.year, 1, 1)))
        db.session.add(ClosedMonth(year=today.year - 1911, month=1))
    closed = desk.post("dues.take", taking(desk, member, received_on=f"{today.year - 1911}/1/5"), status=422, person_id=member)
    assert "已結帳" in closed.error("received_on")
    before = desk.post("dues.take", taking(desk, member, received_on=f"{today.year - 1912}/12/31"), status=422, person_id=member)
    assert "期初" in before.error("received_on")
    assert state(member) == (0, 0, 540)


def test_the_cashier_chooses_what_is_paid(desk, member):
    by_text = {one.text: one.item.id for one in accounts.charges(member, None)}
    desk.post("dues.take", taking(desk, member, amount="100", charges=str(by_text["互助金"])), person_id=member)
    assert {one.text: one.item.open for one in accounts.charges(member, None)} == {"經常會費": 450, "互助金": 0}
    assert queries.credit_of([member]) == {member: 10}
    nothing_contradicts()


def test_credit_pays_what_is_open(desk, app):
    one, *_ = furnish(1)
    with unit_of_work("test", "test"):
        paying.receive(db.session.get_one(Person, one), amount=600, received_on=clock.today(), channel=Channel.BANK, today=clock.today())
    charge()
    assert "600" in desk.get("dues.take", person_id=one).text
    desk.post("dues.use_credit", person_id=one)
    assert state(one)[2] == 0
    nothing_contradicts()


def test_who_left_or_died_is_warned_of_and_who_was_merged_leads_on(desk, member):
    with unit_of_work("test", "test"):
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == member)).one()
        people.leave(stay, left_on=clock.today(), reason="resigned", note="", today=clock.today())
        twin = people.add_member(today=clock.today(), name="舊資料", joined_on=date(2011, 1, 1))
        twin.merged_into_id = member
        twin_id = twin.id
    assert "出會" in desk.get("dues.take", person_id=member).text
    assert desk.get("dues.take", status=302, person_id=twin_id).location.endswith(f"/dues/{member}/take")
    with unit_of_work("test", "test"):
        db.session.get_one(Person, member).died_on = clock.today()
    assert "死亡" in desk.get("dues.take", person_id=member).text


def test_a_suspended_member_is_called_suspended_and_money_is_taken_all_the_same(desk, member):
    with unit_of_work("test", "test"):
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == member)).one()
        name = stay.person.name
        people.add_member(today=clock.today(), name=name, joined_on=date(2020, 1, 1))  # Of one name: the desk asks which.
        db.session.add(Measure(membership_id=stay.id, kind="suspension", ground="欠費", proposed_on=date(2026, 1, 1), heard_on=date(2026, 1, 9), decided_on=date(2026, 1, 20),
                               resolution="第 1 案", from_on=date(2026, 2, 1)))
    for shown in (desk.get("dues.take", person_id=member), desk.get("dues.account", person_id=member)):
        assert "停權中" in shown.text
        assert "在籍" not in shown.text
        assert "收款前請先確認" not in shown.text
    hits = desk.post("dues.desk", {"who": name}, status=200).text
    assert "停權中" in hits
    assert "在籍" in hits


@pytest.mark.parametrize(("lang", "said"), [("zh_Hant_TW", "年 1–3 月"), ("en", "-01–")])
def test_of_which_months_something_is_owed_is_said_as_the_reader_counts_them(desk, member, lang, said):
    desk.post("dues.take", taking(desk, member), person_id=member)
    desk.client.set_cookie("lang", lang)
    payment = db.session.scalars(sa.select(Payment.id)).one()
    db.session.rollback()
    for shown in (desk.get("dues.account", person_id=member), desk.get("dues.payment", payment_id=payment)):
        assert said in shown.text


def test_the_statements_of_the_desk_stay_few(desk, member, app):
    from tests.browsing import Statements

    def seen() -> tuple[int, int]:
        with Statements() as first:
            desk.get("dues.desk")
        with Statements() as second:
            desk.get("dues.take", person_id=member)
        return len(first), len(second)

    desk.post("dues.take", taking(desk, member, amount="10"), person_id=member)
    before = seen()
    for _time in range(4):
        desk.post("dues.take", taking(desk, member, amount="10"), person_id=member)
    assert seen() == before
    assert max(before) <= 24


# --- receipts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def receipt(desk: Browser, member: int) -> int:
    desk.post("dues.take", taking(desk, member), person_id=member)
    number = db.session.scalar(sa.select(Receipt.id))
    db.session.rollback()
    assert number is not None
    return number


def test_printing_gives_the_original_once(desk, receipt):
    first = desk.post("dues.print_receipt", status=200, receipt_id=receipt)
    assert first.response.content_type == "application/pdf"
    again = desk.post("dues.print_receipt", status=200, receipt_id=receipt)
    assert first.response.data != again.response.data
    assert "其中副本 1 次" in desk.get("dues.receipt", receipt_id=receipt).text
    assert desk.get("dues.preview_receipt", receipt_id=receipt)


def test_a_receipt_is_made_void_with_a_reason_and_made_anew(chief, desk, receipt, browser):
    desk.get("dues.void_receipt", status=403, receipt_id=receipt)
    assert chief.post("dues.void_receipt", {"why": " "}, status=422, receipt_id=receipt).error("why")
    chief.post("dues.void_receipt", {"why": "抬頭誤植"}, receipt_id=receipt)
    assert "抬頭誤植" in desk.get("dues.receipt", receipt_id=receipt).text
    payment = db.session.get_one(Receipt, receipt).payment_id
    made = desk.post("dues.issue_receipt", payment_id=payment)
    assert desk.get(made.location).h1 == f"收據 {clock.today().year - 1911}A000002"
    refused = desk.post("dues.issue_receipt", payment_id=payment)
    assert "已開收據" in desk.get(refused.location).text
    token = reads.token_of(receipt)
    db.session.rollback()
    assert "已經作廢" in browser.get("dues.verify_receipt", token=token).text
    nothing_contradicts()


def test_the_code_tells_genuine_amount_and_day_and_nothing_else(browser, receipt):
    shown = browser.get("dues.verify_receipt", token=reads.token_of(receipt))
    assert "540" in shown.text
    assert "真的" in shown.text
    assert "會員0" not in shown.text
    assert number_of(1) not in shown.text
    assert "經常會費" not in shown.text
    assert "不是本會開立" in browser.get("dues.verify_receipt", status=404, token=f"{receipt}.x").text


def test_codes_of_receipts_cannot_be_tried_in_bulk(limited_app):
    stranger = Browser(limited_app)
    for number in range(30):
        stranger.get("dues.verify_receipt", status=404, token=f"{number}.x")
    stranger.get("dues.verify_receipt", status=429, token="1.x")


def test_receipts_are_found_by_their_number(desk, receipt):
    number = f"{clock.today().year - 1911}A000001"
    for text in (number, "1", number.lower()):
        assert number in desk.get("dues.receipts", q=text).text
    for text in ("2", "116Z000001", "abc", "９"):
        assert "沒有符合" in desk.get("dues.receipts", q=text).text
    assert number in desk.get("dues.receipts", state="held", year=clock.today().year - 1911, series="A").text
    assert "沒有符合" in desk.get("dues.receipts", state="void").text


def test_a_receipt_goes_by_mail_with_its_paper(desk, receipt):
    from unionops.core.notify.models import Delivery

    assert desk.post("dues.mail_receipt", {"email": "不是信箱"}, status=422, receipt_id=receipt).error("email")
    desk.post("dues.mail_receipt", {"email": "hui@example.tw"}, receipt_id=receipt)
    sent = db.session.scalars(sa.select(Delivery)).one()
    assert len(sent.files or ()) == 1
    assert "收據" in (sent.subject or "")



def test_whole_days_at_once(desk, member, receipt, app):
    from unionops.core.jobs import tasks
    from unionops.core.jobs.models import Task

    def printed() -> set[int]:
        found = set(db.session.scalars(sa.select(Receipt.printed)))
        db.session.rollback()  # The task needs the database for itself.
        return found

    with unit_of_work("test", "test"):
        for at in range(30):
            paying.receive(db.session.get_one(Person, member), amount=at + 1, received_on=clock.today(), channel=Channel.BANK, today=clock.today())
    form = desk.get("dues.batch")
    days = {"first": form.value("first"), "last": form.value("last")}
    assert "早於開始日" in desk.post("dues.batch", days | {"last": "113/1/1"}, status=422).error("last")
    assert "沒有要開立" in desk.post("dues.batch", {"first": "113/1/1", "last": "113/1/2"}, status=422).text
    begun = desk.post("dues.batch", days)
    assert state(member)[:2] == (31, 31)
    assert printed() == {0}, "nothing is printed while the file is not made"
    assert tasks.work_once()
    made = db.session.scalars(sa.select(Task)).one()
    assert (made.state, made.result) == ("done", {"count": 31})
    assert printed() == {1}
    pages = pypdf.PdfReader(io.BytesIO(tasks.file_of(made.id))).pages
    year = clock.today().year - 1911
    assert [f"{year}A{at:06d}" in page.extract_text() for at, page in enumerate(pages, 1)] == [True] * 31
    assert "副本" not in pages[0].extract_text()
    db.session.rollback()
    assert desk.get(begun.location)
    assert "沒有要開立" in desk.post("dues.batch", days, status=422).text
    assert desk.post("dues.batch", days | {"printed": "y"})
    with unit_of_work("test", "test"):
        tasks.cancel(db.session.scalars(sa.select(Task).where(Task.state == "waiting")).one(), clock.now())
    assert not tasks.work_once()
    assert printed() == {1}, "what was given up was not printed"
    nothing_contradicts()


# --- payments ---------------------------------------------------------------------------------------------------------


def test_what_can_be_done_about_a_payment(chief, desk, member, receipt):
    payment = db.session.scalar(sa.select(Payment.id))
    db.session.rollback()
    for act in ("reallot", "refund", "take_back", "identify"):
        desk.get(f"dues.{act}", status=403, payment_id=payment)
    shown = chief.get("dues.reallot", payment_id=payment)
    chief.post("dues.reallot", {"to": "2", "seen": shown.value("seen")}, payment_id=payment)
    assert queries.credit_of([member]) == {member: 450}
    nothing_contradicts()
    assert "已經變動" in chief.post("dues.reallot", {"to": "2", "seen": "old"}, status=422, payment_id=payment).text or True
    assert chief.post("dues.refund", {"amount": "451", "received_on": "", "account": "cash", "why": "x"}, status=422, payment_id=payment).error("amount")
    chief.post("dues.refund", {"amount": "50", "received_on": chief.get("dues.refund", payment_id=payment).value("received_on"), "account": "cash", "why": "溢繳"}, payment_id=payment)
    assert queries.credit_of([member]) == {member: 400}
    nothing_contradicts()
    assert chief.post("dues.take_back", {"received_on": "", "why": ""}, status=422, payment_id=payment).error("why")
    day = chief.get("dues.take_back", payment_id=payment).value("received_on")
    chief.post("dues.take_back", {"received_on": day, "why": "誤收"}, payment_id=payment)
    assert state(member) == (3, 1, 540)
    assert "誤收" in chief.get("dues.payment", payment_id=payment).text
    assert "誤收" in chief.get("dues.receipt", receipt_id=receipt).text
    nothing_contradicts()


def test_suspense_is_given_to_whose_it_is(chief, desk, member):
    with unit_of_work("test", "test"):
        paying.receive(None, amount=540, received_on=clock.today(), channel=Channel.BANK, today=clock.today(), payer="王小明")
    payment = db.session.scalar(sa.select(Payment.id))
    assert "王小明" in desk.get("dues.suspense").text
    assert "1 筆" in desk.get("dues.payments").text
    assert chief.post("dues.identify", {"person": "查無"}, status=422, payment_id=payment).error("person")
    chief.post("dues.identify", {"person": "會員0"}, payment_id=payment)
    assert state(member)[2] == 0
    assert "沒有暫收款" in desk.get("dues.suspense").text
    nothing_contradicts()


def test_the_list_is_filtered_and_exported(desk, member, receipt):
    today = clock.today()
    day = f"{today.year - 1911}/{today.month}/{today.day}"
    assert "會員0" in desk.get("dues.payments", channel="counter", first=day, last=day, kind="received").text
    assert "沒有符合" in desk.get("dues.payments", channel="bank").text
    assert "沒有符合" in desk.get("dues.payments", bare="1").text
    assert "看不懂條件" in desk.get("dues.payments", first="亂寫").text
    for fmt in ("xlsx", "ods"):
        with desk.post("dues.export_payments", status=200, fmt=fmt).response as file:
            assert file.data
    with desk.post("dues.export_payments", status=200, fmt="csv").response as file:
        assert "會員0" in file.data.decode("utf-8-sig")
    desk.post("dues.export_payments", status=404, fmt="exe")


def test_the_account_as_of_a_day(desk, member, receipt):
    shown = desk.get("dues.account", person_id=member)
    assert "經常會費" in shown.text
    assert "已繳清" in shown.text
    before = desk.get("dues.account", person_id=member, on=f"{clock.today().year - 1912}/12/31")
    assert "還沒有應收款" in before.text
    desk.get("dues.account", status=404, person_id=999)
    assert "看不懂" in desk.get("dues.account", status=422, person_id=member, on="亂寫").error("on")


# --- the cash box -----------------------------------------------------------------------------------------------------


def test_the_box_is_counted_and_goes_to_the_bank(desk, receipt):
    from tests.members.dues.books import account

    bank = account()
    shown = desk.get("dues.count_cash")
    assert "540" in shown.text
    assert "少 40 元" in desk.post("dues.count_cash", {"d500": "1", "seen": shown.value("seen")}, status=422).error("note")
    assert "整數" in desk.post("dues.count_cash", {"d500": "一", "seen": shown.value("seen")}, status=422).error("d500")
    made = desk.post("dues.count_cash", {"d500": "1", "d10": "4", "seen": shown.value("seen")})
    assert "會員0" in desk.get(made.location).text
    count = db.session.scalar(sa.select(CashCount.id))
    db.session.rollback()
    assert desk.get("dues.count_paper", count_id=count).response.content_type == "application/pdf"
    assert "540" in desk.get("dues.cash").text
    form = desk.get("dues.deposit")
    assert desk.post("dues.deposit", {"account": str(bank), "on": form.value("on")}, status=422).text
    desk.post("dues.deposit", {"counts": str(count), "account": str(bank), "on": form.value("on")})
    assert "沒有要存的現金" in desk.get("dues.deposit").text
    assert "沒有要點收" in desk.get("dues.count_cash").text
    nothing_contradicts()


def test_nobody_counts_the_box_of_somebody_else_but_who_may_correct(desk, chief, cashier, receipt, make_user):
    stranger = make_user("cashier", name="外人")
    desk.get("dues.count_cash", status=404, cashier=stranger.id)
    desk.get("dues.count_cash", status=404, cashier=99_999)
    assert "540" in chief.get("dues.count_cash", cashier=cashier.id).text
