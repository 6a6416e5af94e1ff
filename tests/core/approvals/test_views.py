"""The screens: what waits, one matter on one page, whom it does not exist for, and two presses of one button."""

from __future__ import annotations

import re
from datetime import date

import pytest
import sqlalchemy as sa

from tests.conftest import new_user, statements
from tests.core.approvals.conftest import CHAIN, NOW, Happened, People, asked, decided
from unionops.core.accounts.models import UserRole
from unionops.core.accounts.services import people as accounts
from unionops.core.approvals import services
from unionops.core.approvals.models import Approval, Delegation
from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.db import db, unit_of_work


def stored(approval: Approval) -> Approval:
    db.session.rollback()
    return db.session.get_one(Approval, approval.id)


@pytest.fixture
def approval(office: People) -> Approval:
    return asked(office.staff, office.subject, note="下週到職")


def test_the_list_says_what_waits_and_the_navigation_counts_it(browser, office: People, approval: Approval) -> None:
    chief = browser.as_(office.chief)
    page = chief.get("approvals.waiting")
    for word in ("新同仁", "吳建宏", "6,400", "115/11/24 10:00"):
        assert word in page.text
    assert "1 件待辦" in page.html
    chief.post("approvals.decide", {"place": "1"}, approval_id=approval.id)
    page = chief.get("approvals.waiting")
    assert "沒有等您核可的事" in page.text
    assert "件待辦" not in page.html
    assert "新同仁" in chief.get("approvals.waiting", list="decided").text
    assert "1 件待辦" in browser.as_(office.president).get("overview.desk").html
    sent = browser.as_(office.staff).get("approvals.waiting", list="sent")
    assert "簽核中" in sent.text
    assert "沒有這個狀態" in browser.as_(office.staff).get("approvals.waiting", list="sent", state="void").text
    browser.as_(office.staff).get("approvals.waiting", list="other", status=404)


def test_the_page_shows_what_is_to_be_decided(browser, office: People, approval: Approval) -> None:
    page = browser.as_(office.chief).get("approvals.approval", approval_id=approval.id)
    assert page.h1 == "新同仁"
    for word in ("開立帳號", "6,400 元", "subject", "吳建宏", "下週到職", "總幹事", "理事長", "尚未送達"):
        assert word in page.text
    assert [button for button in ("核可", "退回", "駁回") if f">{button}</button>" in page.html] == ["核可", "退回", "駁回"]
    read = db.session.scalar(sa.select(AuditEntry.id).where(AuditEntry.kind == "read", AuditEntry.source == "approvals.approval"))
    assert f"approval:{approval.id}" in db.session.scalars(sa.select(AuditSubject.ref).where(AuditSubject.entry_id == read)).all()


def test_the_maker_sees_it_without_buttons_and_may_withdraw(browser, office: People, approval: Approval, happened: Happened) -> None:
    maker = browser.as_(office.staff)
    page = maker.get("approvals.approval", approval_id=approval.id)
    assert "您是經手人" in page.text
    assert ">核可</button>" not in page.html
    refused = maker.post("approvals.decide", {"place": "1"}, status=422, approval_id=approval.id)
    assert "您是經手人" in refused.text
    assert stored(approval).steps[0].verdict == ""
    maker.post("approvals.withdraw", {"why": "寫錯"}, approval_id=approval.id)
    assert happened.ends == [("withdrawn", "寫錯")]
    assert "已經結束，不能撤回" in maker.post("approvals.withdraw", status=422, approval_id=approval.id).text


def test_returning_needs_a_reason_and_keeps_what_was_typed(browser, office: People, approval: Approval, happened: Happened) -> None:
    chief = browser.as_(office.chief)
    page = chief.post("approvals.decide", {"place": "1", "returned": "1"}, status=422, approval_id=approval.id)
    assert "退回或駁回要寫理由" in page.error("reason")
    chief.post("approvals.decide", {"place": "1", "returned": "1", "reason": "缺到職日"}, approval_id=approval.id)
    assert happened.ends == [("returned", "缺到職日")]
    assert "缺到職日" in browser.as_(office.staff).get("approvals.approval", approval_id=approval.id).text


def test_two_presses_do_it_once(browser, office: People, approval: Approval) -> None:
    chief = browser.as_(office.chief)
    for _press in range(2):
        answer = chief.post("approvals.decide", {"place": "1"}, once="the-same-form-pressed-twice", approval_id=approval.id)
        assert answer.location.endswith(f"/approvals/{approval.id}")
    assert [step.verdict for step in stored(approval).steps] == ["approved", ""]


def test_on_a_second_device_the_page_says_who_has_decided(browser, office: People, approval: Approval) -> None:
    phone, desk = browser.as_(office.chief), browser.as_(office.chief)
    phone.post("approvals.decide", {"place": "1"}, approval_id=approval.id)
    page = desk.post("approvals.decide", {"place": "1", "returned": "1", "reason": "再看"}, status=422, approval_id=approval.id)
    assert "這一關已由陳淑芬決定" in page.text
    assert [step.verdict for step in stored(approval).steps] == ["approved", ""]


def test_who_lost_the_role_is_refused_with_the_page_open(browser, office: People, approval: Approval) -> None:
    chief = browser.as_(office.chief)
    chief.get("approvals.approval", approval_id=approval.id)
    with unit_of_work("test", "test"):
        office.chief.roles = [UserRole(role="staff")]
    chief.post("approvals.decide", {"place": "1"}, status=404, approval_id=approval.id)  # It does not exist for staff who had no part.
    assert stored(approval).steps[0].verdict == ""


def test_what_changed_is_said_and_nothing_is_approved(browser, office: People, approval: Approval) -> None:
    with unit_of_work("test", "test"):
        office.subject.name = "另一位同仁"
    chief = browser.as_(office.chief)
    page = chief.get("approvals.approval", approval_id=approval.id)
    assert "內容在送核後變更" in page.text
    assert ">核可</button>" not in page.html
    assert "作廢並通知經手人" in page.html
    chief.post("approvals.decide", {"place": "1"}, approval_id=approval.id)
    page = chief.get("approvals.approval", approval_id=approval.id)
    assert "沒有記為核可" in page.text
    assert "內容變更，作廢" in page.text


def test_whom_it_does_not_exist_for(browser, office: People, approval: Approval) -> None:
    """The chief sees it for his step, the president not before it reaches him; who sees the record sees it, others do not."""
    for user, status in ((office.president, 404), (office.director, 404), (office.chief, 200), (new_user("administrator"), 200)):
        browser.as_(user).get("approvals.approval", status=status, approval_id=approval.id)
    for user in (office.president, office.director, new_user("member"), new_user("staff")):
        other = browser.as_(user)
        for act in ("approvals.decide", "approvals.withdraw"):
            other.post(act, {"place": "1"}, status=404, approval_id=approval.id)
    browser.as_(office.chief).post("approvals.withdraw", status=404, approval_id=approval.id)
    decided(approval, office.chief)
    president = browser.as_(office.president)
    page = president.get("approvals.approval", approval_id=approval.id)
    assert f"/users/{office.subject.id}" not in page.html  # The record's own page is closed to him; what he needs is here.
    assert "subject" in page.text
    for number in (0, 99999, 2**31 - 1):
        president.get("approvals.approval", status=404, approval_id=number)


@pytest.mark.parametrize("place", ["", "x", "９", "-1", "99999999999999999999", "0"])
def test_a_forged_step_does_no_harm(browser, office: People, approval: Approval, place: str) -> None:
    chief = browser.as_(office.chief)
    forged = place in ("0",)
    chief.post("approvals.decide", {"place": place}, status=422 if forged else 302, approval_id=approval.id)
    assert stored(approval).steps[0].verdict == ("" if forged else "approved")
    assert stored(approval).steps[1].verdict == ""


def test_the_board_decides_through_its_recorder(browser, office: People, happened: Happened) -> None:
    own = asked(office.president, office.subject)
    decided(own, office.chief)
    clerk = browser.as_(office.staff)
    page = clerk.get("approvals.approval", approval_id=own.id)
    assert "理事會決議" in page.text
    assert "上送一級" in page.text
    page = clerk.post("approvals.decide", {"place": "2"}, status=422, approval_id=own.id)
    assert "決議案號" in page.error("number")
    given = {"place": "2", "number": "第 5 屆第 8 次第 3 案", "resolved_on": "115/11/24", "wording": "照案通過"}
    clerk.post("approvals.decide", given, approval_id=own.id)
    assert happened.ends == [("approved", "")]
    assert "第 5 屆第 8 次第 3 案（115/11/24） 照案通過" in clerk.get("approvals.approval", approval_id=own.id).text


def test_when_the_last_holder_leaves_the_next_one_up_finds_it_and_reads_why(browser, office: People, approval: Approval) -> None:
    president = browser.as_(office.president)
    president.get("approvals.approval", status=404, approval_id=approval.id)
    with unit_of_work("test", "test"):
        accounts.deactivate(office.chief, by=None, now=NOW)
    assert "1 件待辦" in president.get("overview.desk").html
    assert "新同仁" in president.get("approvals.waiting").text
    page = president.get("approvals.approval", approval_id=approval.id)
    assert "目前無人擔任" in page.text
    assert re.search(r'<input[^>]*name="place"[^>]*value="2"', page.html)
    president.post("approvals.decide", {"place": "2"}, approval_id=approval.id)
    assert "已核可，全部完成" in president.get("approvals.approval", approval_id=approval.id).text
    assert [step.verdict for step in stored(approval).steps] == ["left_out", "approved"]


def test_whoever_it_had_come_to_reads_that_somebody_is_back(browser, office: People, approval: Approval) -> None:
    president, clerk = browser.as_(office.president), new_user("administrator")
    with unit_of_work("test", "test"):
        accounts.deactivate(office.chief, by=None, now=NOW)
    president.get("approvals.approval", approval_id=approval.id)
    with unit_of_work("test", "test"):
        accounts.reactivate(office.chief)
    president.post("approvals.decide", {"place": "2"}, status=404, approval_id=approval.id)
    assert "現在輪到總幹事" in browser.as_(clerk).post("approvals.decide", {"place": "2"}, status=422, approval_id=approval.id).text
    assert stored(approval).steps[1].verdict == ""


# --- delegations


def test_handing_over_and_ending(browser, office: People, approval: Approval) -> None:
    decided(approval, office.chief)
    president, director = browser.as_(office.president), browser.as_(office.director)
    assert "沒有代理" in president.get("approvals.delegations").text
    given = {"to_user": str(office.director.id), "role": "", "from_on": "115/11/24", "until_on": "115/11/28", "why": "出國"}
    president.post("approvals.delegations", given)
    assert "代理中" in director.get("approvals.delegations").text
    page = director.get("approvals.approval", approval_id=approval.id)
    assert "您代理張理事長核可" in page.text
    made = db.session.scalar(sa.select(Delegation.id))
    director.post("approvals.end_delegation", status=404, delegation_id=made)
    browser.as_(office.staff).post("approvals.end_delegation", status=404, delegation_id=made)
    president.post("approvals.end_delegation", delegation_id=made)
    director.post("approvals.decide", {"place": "2"}, status=404, approval_id=approval.id)
    president.post("approvals.end_delegation", delegation_id=made)
    assert "這個代理已經結束" in president.get("approvals.delegations").text


@pytest.mark.parametrize(("field", "typed", "told"), [
    ("to_user", "", "必填"), ("to_user", "99999", "請從清單中選一個"), ("role", "cashier", "請從清單中選一個"), ("until_on", "115/11/1", "不得早於"),
    ("from_on", "明天", "看不懂的日期"),
])
def test_a_delegation_refused_beside_its_field(browser, office: People, field, typed, told) -> None:
    given = {"to_user": str(office.director.id), "role": "", "from_on": "115/11/24", "until_on": "115/11/28", "why": ""}
    page = browser.as_(office.president).post("approvals.delegations", given | {field: typed}, status=422)
    assert told in page.error(field)


def test_overseers_see_and_end_all(browser, office: People) -> None:
    with unit_of_work("test", "test"):
        made = services.delegate(office.president, office.director, date(2026, 11, 24), date(2026, 11, 28), "出國", now=NOW)
        db.session.flush()
        number = made.id
    assert "王志強" not in browser.as_(office.staff).get("approvals.delegations", of="all").text
    chief = browser.as_(office.chief)
    assert "王志強" in chief.get("approvals.delegations", of="all").text
    chief.post("approvals.end_delegation", delegation_id=number)
    assert db.session.get_one(Delegation, number).ended_at is not None
    assert "不必請人代理" in browser.as_(new_user("supervisor")).get("approvals.delegations").text


# --- cost


def test_a_long_list_takes_as_few_statements_as_a_short_one(app, browser, office: People) -> None:
    def cost() -> int:
        chief.get("approvals.waiting")
        with statements(app) as seen:
            chief.get("approvals.waiting")
        return len(seen)

    chief = browser.as_(office.chief)
    asked(office.staff, office.subject)
    few = cost()
    with unit_of_work("test", "test"):
        for number in range(30):
            record = new_row(number)
            services.ask(record, CHAIN, by=office.staff, now=NOW)
    assert cost() == few
    assert "第 1–25 筆，共 31 筆" in chief.get("approvals.waiting").text


def new_row(number: int):
    from unionops.core.accounts.models import User

    row = User(username=f"new{number}", name=f"同仁 {number}", password_hash="")
    db.session.add(row)
    db.session.flush()
    return row
