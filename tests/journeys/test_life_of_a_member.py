"""The whole story of one membership, at the screens alone: she applies, is admitted, pays, falls behind, is reminded, heard and suspended, pays,
leaves with her account settled, and comes back a year later. In the end the books hold, and every past day still answers as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests.journeys.applying import sends_the_form
from tests.journeys.test_arrears import Days, chooses
from tests.journeys.visitor import Visitor
from tests.members.dues.books import nothing_contradicts
from tests.members.joining.conftest import UNION, entrance_fee, make_people, open_form, user
from tests.members.joining.test_story import FORM
from unionops.core.db import db, unit_of_work
from unionops.core.i18n import show_date
from unionops.core.union import services as union_services
from unionops.core.union.queries import the_union
from unionops.finance.models import BooksBegin
from unionops.members.models import Scheme, SchemeTerms

pytestmark = pytest.mark.browser
NAME = "何佩芸"
CHARTER = {"arrears_notice_months": "2", "arrears_formal_months": "3", "arrears_suspend_months": "4", "good_standing_months": "3", "leave_effective": "month_end"}


@dataclass
class Office:
    """The people at their desks, each at a window of some width, and what day it is."""

    days: Days
    clerk: Visitor
    chief: Visitor
    accountant: Visitor
    cashier: Visitor
    stranger: Visitor

    def on(self, month: int, day: int) -> date:
        """It becomes the next day of this month and day."""
        year = self.days.day.year + ((month, day) < (self.days.day.month, self.days.day.day))
        self.days.day = date(year, month, day)
        return self.days.day

    @property
    def today(self) -> str:
        return show_date(self.days.day)


@pytest.fixture
def office(app: Any, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, width: int) -> Office:
    """A union with a constitution, an entrance fee and monthly dues of 200, an account at the bank, and books that begin with the story."""
    days = Days(monkeypatch)
    first = days.day = date(days.day.year - 2, 1, 6)
    people = make_people()
    entrance_fee(1000)
    open_form()
    with unit_of_work("test", "test"):
        record = the_union()
        assert record is not None
        db.session.add(BooksBegin(begins_on=date(first.year, 1, 1)))
        for key, typed in CHARTER.items():
            union_services.add_charter_value(record, key=f"charter.{key}", typed=typed, valid_from=date(first.year - 1, 1, 1), clause="第 12 條", members=1)
        union_services.add_bank_account(record, bank="合作金庫銀行", branch="文心分行", account_number="0580717123456", holder=UNION, purpose="會費", from_on=date(2015, 3, 2))
        dues = Scheme(title="經常會費", kind="regular", period="month", due_month=1, due_day=31, order=10, prorate="full")
        dues.terms.append(SchemeTerms(valid_from=date(2020, 1, 1), basis="fixed", amount=200, clause="第 29 條"))
        db.session.add(dues)
    db.session.rollback()
    at = {role: visit(user(getattr(people, role)), width=width) for role in ("chief", "accountant", "cashier")}
    return Office(days, visit(user(people.staff), width=width), **at, stranger=visit(width=390))


# --- in ---------------------------------------------------------------------------------------------------------------


def applies(office: Office) -> None:
    stranger = office.stranger
    stranger.open("/apply")
    stranger.arrive(re.compile("申請加入"))
    sends_the_form(stranger)


def is_checked(office: Office) -> None:
    clerk = office.clerk
    clerk.open("/joining/")
    clerk.arrive("入會")
    clerk.follow(NAME)
    clerk.arrive(NAME)
    clerk.follow("審查資料")
    clerk.arrive(re.compile("審查"))
    for paper in ("身分證（或居留證）影本", "照片", re.compile("^從業證明")):
        clerk.main.get_by_label(paper).check()


def goes_before_the_board(office: Office, day: tuple[int, int], number: str) -> None:
    clerk, chief = office.clerk, office.chief
    clerk.press("完成審查")
    clerk.arrive(NAME)
    clerk.follow("送審")
    clerk.arrive("送審")
    clerk.press("送審 1 件")
    clerk.arrive(NAME)
    clerk.reads("審查中")
    office.on(*day)
    chief.open("/joining/board")
    chief.arrive("理事會審查入會")
    chief.fill("決議案號", number)
    chief.fill("決議內容", f"同意{NAME}入會。")
    chief.press("登錄決議")
    chief.arrive("入會")
    chief.reads("同意 1 件")


def pays(office: Office, amount: int, owed: int | None = None) -> None:
    """At the desk, from the name to the receipt."""
    cashier = office.cashier
    cashier.open("/dues/")
    cashier.fill("會號或姓名", NAME)
    with cashier.going():
        cashier.page.keyboard.press("Enter")
    cashier.arrive(NAME)
    cashier.reads(f"未繳共 {owed or amount:,} 元")
    cashier.fill("收款金額", str(amount))
    cashier.press("收款並開收據")
    cashier.arrive(re.compile("收據 "))
    cashier.reads(f"{amount:,}")


def becomes_a_member(office: Office, number: str) -> None:
    clerk = office.clerk
    clerk.open("/joining/?state=approved")
    clerk.follow(NAME)
    clerk.follow("辦理入會")
    clerk.arrive(f"{NAME} 入會")
    clerk.press("開立入會費")
    clerk.arrive(NAME)
    clerk.reads("入會費 1,000 元還沒有繳")
    pays(office, 1000)
    clerk.page.reload()
    clerk.reads("入會費已繳清")
    clerk.follow("辦理入會")
    clerk.arrive(f"{NAME} 入會")
    clerk.press("編號入會")
    clerk.arrive(NAME)
    clerk.reads("已入會")
    clerk.reads(number)


# --- behind -----------------------------------------------------------------------------------------------------------


def month_is_billed(office: Office, month: int) -> None:
    """The first of the month: looked through, then made. What these pages look like is another journey's."""
    sit = office.accountant
    office.on(month, 1)
    sit.open("/dues/runs/new")
    sit.press("試算")
    sit.reads("預覽，還沒有開單")
    sit.follow("開這些單")
    sit.press("開 1 筆單")
    sit.reads("已開單 1 筆，共 200 元")
    assert sit.faults == []


def is_reminded(office: Office) -> None:
    chief = office.chief
    office.on(5, 2)
    chooses(chief, "繳費通知")
    chief.press("登錄寄發 1 件")
    chief.arrive(re.compile("^繳費通知 "))
    month_is_billed(office, 6)
    office.on(6, 3)
    chooses(chief, "催繳函")
    chief.press("登錄寄發 1 件")
    chief.arrive(re.compile("^催繳函 "))
    office.on(6, 5)
    chief.follow("登錄其餘送達")
    chief.arrive(re.compile("^登錄送達"))
    chief.fill("送達證明", "掛號 40012345678")
    chief.press("登錄")
    chief.arrive(re.compile("^催繳函 "))
    month_is_billed(office, 7)
    office.on(7, 6)
    chooses(chief, "提案停權")
    chief.fill("章程依據", "章程第 12 條")
    chief.press("提案 1 人")
    chief.arrive(re.compile("^提案停權 "))


def is_heard_and_suspended(office: Office) -> None:
    chief = office.chief
    case = f"{NAME} 停權案"
    chief.open("/members/measures")
    chief.arrive("停權與除名")
    chief.follow(NAME)
    chief.arrive(case)
    chief.follow("登錄已通知")
    chief.arrive(f"{case}：登錄已通知")
    chief.press("登錄已通知")
    chief.arrive(case)
    office.on(7, 12)
    chief.follow("登錄陳述")
    chief.arrive(f"{case}：登錄陳述")
    chief.fill("陳述內容", "劇場停演半年沒有收入，八月起可以繳清。")
    chief.press("登錄陳述")
    chief.arrive(case)
    office.on(7, 20)
    chief.follow("登錄決議")
    chief.arrive(f"{case}：登錄決議")
    chief.page.locator("[name=resolution]").fill("第 5 屆第 2 次會員代表大會提案第 4 案")
    for label, figure in (("應出席", "60"), ("出席", "45"), ("贊成", "32"), ("反對", "5")):
        chief.fill(label, figure)
    chief.press("登錄決議")
    chief.arrive(case)
    chief.follow("登錄已通知決議")
    chief.press("登錄已通知決議")
    chief.arrive(case)


def is_free_again(office: Office) -> None:
    chief = office.chief
    chief.open("/members/measures?show=acting")
    chief.reads("欠費已繳清，可以解除停權")
    chief.follow(NAME)
    chief.follow("解除停權")
    chief.arrive(f"{NAME} 停權案：解除停權")
    chief.fill("原因", "欠費已清償")
    chief.press("解除停權")
    chief.arrive(f"{NAME} 停權案")


# --- out and back -----------------------------------------------------------------------------------------------------


def leaves(office: Office) -> None:
    clerk, chief = office.clerk, office.chief
    closing = f"{NAME}：出會結清"
    office.on(8, 10)
    finds(clerk)
    clerk.follow("異動與證明")
    clerk.arrive(f"{NAME}：異動與證明")
    clerk.follow("收到退會申請")
    clerk.arrive(f"{NAME}：收到退會申請")
    clerk.fill("說明", "轉任公職")
    clerk.press(re.compile("^登錄"))
    clerk.arrive(closing)
    clerk.reads("將出會")
    office.on(9, 1)
    finds(clerk, "?standing=left")
    clerk.follow("出會結清")
    clerk.arrive(closing)
    clerk.reads("已出會")
    clerk.reads("應退還")
    clerk.follow("登錄證件繳回")
    clerk.press("登錄會員證繳回")
    clerk.arrive(closing)
    chief.open(clerk.page.url)
    chief.follow("到會費帳戶")
    chief.arrive(NAME)
    chief.look()
    is_given_back(chief)
    clerk.page.reload()
    clerk.arrive(closing)
    clerk.reads("應收應退都是 0")


def is_given_back(chief: Visitor) -> None:
    """What was paid too much, from the payment that it came with."""
    chief.main.get_by_role("row").filter(has_text="1,400").get_by_role("link").first.click()
    chief.arrive(re.compile(NAME))
    chief.follow("退款")
    chief.arrive(re.compile("退款"))
    chief.fill("退款金額", "200")
    chief.fill("原因", "出會，退還預收")
    chief.press("登錄退款")
    chief.arrive(re.compile(NAME))


def finds(clerk: Visitor, which: str = "") -> None:
    """Her page, from the roster."""
    clerk.open(f"/members/{which}")
    clerk.arrive("會員名冊")
    clerk.follow(NAME)
    clerk.arrive(NAME)


def applies_again(office: Office) -> None:
    """At the counter; the register knows her, and the check asks."""
    clerk = office.clerk
    office.on(2, 3)
    clerk.open("/joining/")
    clerk.follow("登錄入會申請")
    clerk.arrive("登錄入會申請")
    for label, name in (("姓名", "name"), ("身分證號", "id_number"), ("出生日期", "birth_on"), ("手機", "mobile"), ("通訊地址", "mail_address"), ("工作種類", "trade")):
        clerk.fill(label, FORM[name])
    clerk.main.get_by_label(re.compile("已告知個人資料")).check()
    clerk.press("受理並編號")
    clerk.arrive(NAME)
    clerk.reads("00001")
    is_checked(office)


def has_rights(somebody: Visitor, number: str, day: date, good: str, vote: str, *reasons: str) -> None:
    """What the calculator says of this number on a day: the standing, the vote, and why."""
    somebody.open("/dues/standing")
    somebody.fill("會號", number)
    somebody.fill("哪一天", show_date(day))
    somebody.press("試算")
    somebody.reads(re.compile(rf"\s權利\s+{good}\s"))
    somebody.reads(re.compile(rf"\s選舉權\s+{vote}\s"))
    for one in reasons:
        somebody.reads(one)
    assert somebody.faults == []


def every_past_day_answers(clerk: Visitor, year: int) -> None:
    has_rights(clerk, "00001", date(year, 1, 12), "受限", "沒有", "尚未入會")
    has_rights(clerk, "00001", date(year, 4, 30), "正常", "有", "有欠費，未達章程所定月數", "1 個月")
    has_rights(clerk, "00001", date(year, 6, 30), "受限", "沒有", "欠費達章程所定月數", "3 個月")
    has_rights(clerk, "00001", date(year, 7, 25), "受限", "沒有", "停權中")
    has_rights(clerk, "00001", date(year, 8, 31), "正常", "有", "沒有停權")
    has_rights(clerk, "00001", date(year, 9, 1), "受限", "沒有", "已出會")
    has_rights(clerk, "00002", date(year + 1, 2, 9), "受限", "沒有", "尚未入會")
    has_rights(clerk, "00002", date(year + 1, 3, 5), "正常", "有", "沒有停權")
    clerk.arrive("會員權利試算")


def the_audit_tells(chief: Visitor) -> None:
    """Each turn of the story is a sentence, found by a word of it."""
    for word, *sentences in (
        ("入會", "收到入會申請", "審查入會申請", f"理事會同意 {NAME} 入會", f"{NAME} 入會，會員編號 00001", f"登錄 {NAME} 再入會，會員編號 00002"),
        ("停權", "提案停權，1 人", "登錄會號 00001 的停權或除名決議", "解除會號 00001 的停權"),
        ("催繳", "寄發催繳函，1 人", "登錄催繳送達情形，1 件"),
        ("退會", f"收到 {NAME}（00001）的退會申請"),
        ("元", f"收 {NAME} 1400 元（櫃檯現金）", f"退還 {NAME} 溢繳款 200 元"),
    ):
        chief.open(f"/audit/?text={word}")
        chief.arrive("稽核紀錄")
        for one in sentences:
            chief.reads(one)


@pytest.mark.parametrize("width", [1280])
def test_in_behind_out_and_back(office: Office, width: int) -> None:
    year = office.days.day.year
    applies(office)
    is_checked(office)
    goes_before_the_board(office, (1, 13), "第 5 屆第 8 次第 3 案")
    becomes_a_member(office, "00001")
    month_is_billed(office, 2)
    pays(office, 200)
    for month in (3, 4, 5):
        month_is_billed(office, month)
    is_reminded(office)
    is_heard_and_suspended(office)
    has_rights(office.cashier, "00001", office.days.day, "受限", "沒有", "停權中")
    month_is_billed(office, 8)
    office.on(8, 3)
    pays(office, 1400, owed=1200)
    is_free_again(office)
    leaves(office)
    applies_again(office)
    goes_before_the_board(office, (2, 10), "第 5 屆第 20 次第 2 案")
    becomes_a_member(office, "00002")
    month_is_billed(office, 3)
    pays(office, 200)
    every_past_day_answers(office.clerk, year)
    the_audit_tells(office.chief)
    finds(office.clerk)
    db.session.rollback()
    nothing_contradicts()
