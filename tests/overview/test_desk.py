"""The desk: what each role sees first in the day."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.browsing import XHTML
from tests.conftest import statements
from tests.letters.conftest import Office, user
from tests.letters.conftest import people as people  # A fixture.
from unionops.core import clock
from unionops.core.accounts.models import UserSession
from unionops.core.calendar import services as calendar
from unionops.core.db import db, unit_of_work
from unionops.law.basis import Basis
from unionops.letters.services.bonds import REPLY
from unionops.overview import queries
from unionops.values.refs import Ref


def test_what_others_changed_since_the_last_time(browser, make_user, add):
    chief = make_user("secretary_general")
    add("林佳慧")
    assert "林佳慧" in browser.as_(chief).get("overview.desk").text


def test_not_what_was_changed_before(app, make_user, add):
    chief = make_user("secretary_general")
    add("林佳慧")
    with app.test_request_context():
        assert queries.changes_since(chief, clock.now() + timedelta(minutes=1), limit=8) == []


def test_nor_what_may_not_be_seen(browser, make_user, add):
    add("林佳慧")
    assert "林佳慧" not in browser.as_(make_user("director")).get("overview.desk").text


def test_the_last_time_is_the_end_of_the_session_before(app, make_user):
    chief, now = make_user("secretary_general"), clock.now()
    with unit_of_work("test", "test"):
        for number, (begun, seen) in enumerate([(50, 26), (20, 15), (1, 0)]):
            db.session.add(UserSession(
                token_hash=str(number), user_id=chief.id, started_at=now - timedelta(hours=begun), seen_at=now - timedelta(hours=seen)
            ))
    this = db.session.scalar(db.select(UserSession).where(UserSession.token_hash == "2"))
    assert queries.last_looked(chief, this.id, now) == now - timedelta(hours=15)
    assert queries.last_looked(make_user("staff"), None, now) == now - timedelta(days=1)


# --- what is due ------------------------------------------------------------------------------------------------------


def own_deadline(user, title, days):
    today = clock.today()
    with unit_of_work("test", "test"):
        calendar.add_own(title=title, nominal_on=today + timedelta(days=days), owner=user, today=today)


def test_what_is_due_mine_first_then_everybodys(browser, make_user):
    chief, clerk = make_user("secretary_general", name="陳淑芬"), make_user("staff", name="張雅婷")
    own_deadline(chief, "備查會議紀錄", 3)
    own_deadline(clerk, "寄發繳費通知", 5)
    own_deadline(chief, "明年的事", 200)
    with freeze_late():
        own_deadline(chief, "答覆來文", 1)
    mine = browser.as_(chief).get("overview.desk").text
    assert "備查會議紀錄" in mine
    assert "還有 3 天" in mine
    assert "寄發繳費通知" not in mine.partition("上次離開後")[0]
    assert "明年的事" not in mine.partition("上次離開後")[0]
    assert "30 天內 1 件，1 件逾期" in mine
    everybody = browser.as_(chief).get("overview.desk", whose="all").text
    assert "寄發繳費通知" in everybody.partition("上次離開後")[0]
    assert "張雅婷" in everybody


def freeze_late():
    return time_machine.travel(clock.now() - timedelta(days=3), tick=False)


def test_colleagues_do_not_see_each_others_own_deadlines(browser, make_user):
    own_deadline(make_user("secretary_general"), "人事案", 2)
    assert "人事案" not in browser.as_(make_user("staff")).get("overview.desk", whose="all").text


def test_todays_appointments(browser, make_user):
    chief = make_user("secretary_general")
    with unit_of_work("test", "test"):
        calendar.add_appointment(
            title="勞資會議會前會", place="二樓會議室", starts_at=clock.now() + timedelta(minutes=1), ends_at=clock.now() + timedelta(minutes=2),
            owner=chief, today=clock.today(),
        )
    text = browser.as_(chief).get("overview.desk").text
    assert "勞資會議會前會" in text
    assert "二樓會議室" in text


def test_an_empty_desk_teaches_the_next_step(browser, make_user):
    assert "30 天內沒有到期的事" in browser.as_(make_user("staff")).get("overview.desk").text


def test_as_many_statements_for_many_deadlines_as_for_one(browser, app, make_user):
    chief = make_user("secretary_general")
    own_deadline(chief, "第一件", 2)
    desk = browser.as_(chief)
    desk.get("overview.desk")
    with statements(app) as few:
        desk.get("overview.desk")
    for number in range(12):
        own_deadline(chief, f"第 {number} 件", 3)
    desk.get("overview.desk")
    with statements(app) as many:
        desk.get("overview.desk")
    assert len(many) == len(few)


def test_the_small_figures_of_all_cards_are_asked_in_one_statement(browser, app, make_user):
    desk = browser.as_(make_user("secretary_general"))
    desk.get("overview.desk")
    with statements(app) as asked:
        desk.get("overview.desk")
    about = [one for one in asked if any(table in one for table in ("FROM payment", "FROM checkoff_list", "FROM cash_count", "FROM roll_check"))]
    assert len(about) == 1


# --- each block by itself ---------------------------------------------------------------------------------------------


def words(element):
    return " ".join("".join(f"{text} " for text in element.itertext()).split())


def blocks(page):
    """title → its section, in the order of the page."""
    found = (part for part in page.tree.iter(f"{XHTML}section") if part.find(f"{XHTML}header/{XHTML}h2") is not None)
    return {words(part.find(f"{XHTML}header/{XHTML}h2")): part for part in found}


def links(element):
    return {words(a): a.get("href") for a in element.iter(f"{XHTML}a")}


SUBJECT = "檢送本會會員代表大會會議紀錄 1 份，請准予備查，請查照。"


def test_what_waits_for_my_approval_until_it_is_decided(browser, people):
    letters = Office(people)
    letters.ask(letters.draft())
    chief, president = browser.as_(user(people.chief)), browser.as_(user(people.president))
    assert "等我核可" not in blocks(president.get("overview.desk")), "not before it is his turn"

    block = blocks(chief.get("overview.desk"))["等我核可"]
    [line] = block.iter(f"{XHTML}tbody")
    for word in (SUBJECT, "發文簽核", "林秀琴"):
        assert word in words(line), word
    assert "1 件" in words(block)
    led = links(block)
    assert led["檢視"] == led[SUBJECT]
    assert led["全部簽核"] == "/approvals"
    assert SUBJECT in chief.get(led["檢視"]).text
    chief.post("approvals.decide", {"place": "1"}, approval_id=led["檢視"].rpartition("/")[2])

    assert "等我核可" not in blocks(chief.get("overview.desk"))
    assert SUBJECT in words(blocks(president.get("overview.desk"))["等我核可"])
    president.post("approvals.decide", {"place": "2"}, approval_id=led["檢視"].rpartition("/")[2])
    assert "等我核可" not in blocks(president.get("overview.desk"))


def test_nobody_elses_desk_shows_what_waits(browser, people):
    letters = Office(people)
    letters.ask(letters.draft())
    for role in ("president", "staff", "other", "accountant", "auditor", "member"):
        assert "等我核可" not in blocks(browser.as_(user(getattr(people, role))).get("overview.desk")), role


def test_the_longest_waiting_come_first_and_the_rest_is_counted(browser, people):
    letters = Office(people)
    for number in range(8):
        with time_machine.travel(clock.now() - timedelta(hours=9 - number), tick=False):
            letters.ask(letters.draft(given={"body": {"subject": f"第 {number} 件", "explanation": "如說明。"}}))
    block = blocks(browser.as_(user(people.chief)).get("overview.desk"))["等我核可"]
    assert [words(head) for head in block.iter(f"{XHTML}th") if head.get("scope") == "row"] == [f"第 {number} 件 發文簽核" for number in range(6)]
    assert "8 件" in words(block)


def test_what_is_due_says_on_what_it_rests_and_how_it_was_reckoned(browser, people):
    letters = Office(people)
    number = letters.register(owner=user(people.staff))
    today = clock.today()
    why = Basis(
        "DOC-reply", "文書處理手冊第 78 點", today + timedelta(days=4), (("收文日", today), ("日數", 6)), source="default", note="末日是放假日時順延。"
    )
    with unit_of_work("test", "test"):
        due = calendar.put(
            Ref("letter", number), REPLY, title="答覆勞工局", nominal_on=today + timedelta(days=4), latest_on=today + timedelta(days=6), basis=why,
            owner=user(people.staff), today=today,
        )
    block = blocks(browser.as_(user(people.staff)).get("overview.desk"))["到期"]
    [item] = (part for part in block.iter(f"{XHTML}li") if "答覆勞工局" in words(part))
    for word in ("還有 4 天", "最遲", "文書處理手冊第 78 點", "來文回覆", "為什麼", "DOC-reply", "收文日", "日數", "6", "末日是放假日時順延。", "林秀琴"):
        assert word in words(item), word
    assert links(item)["答覆勞工局"] == f"/calendar/deadlines/{due.id}"
    assert next(item.iter(f"{XHTML}details")).get("open") is None
    with unit_of_work("test", "test"):
        calendar.close(Ref("letter", number), REPLY, how="已函復", now=clock.now())
    assert "答覆勞工局" not in words(blocks(browser.as_(user(people.staff)).get("overview.desk"))["到期"])


# --- the desks of the roles -------------------------------------------------------------------------------------------

BLOCKS = ["到期", "上次離開後的變動", "今天"]
CARDS = {
    "secretary_general": ["會員", "收發文", "備份", "會費"], "staff": ["會員", "收發文"], "president": ["會員", "收發文"], "accountant": ["會員", "收發文", "會費"],
    "cashier": ["會員"], "director": [], "supervisor": [], "member": [], "administrator": ["備份"], "auditor": ["會員", "收發文", "備份"],
}


@pytest.mark.parametrize("role", CARDS)
def test_each_role_has_its_own_blocks_and_cards_and_every_link_leads_somewhere(browser, make_user, role):
    signed_in = browser.as_(make_user(role))
    page = signed_in.get("overview.desk")
    shown = list(blocks(page))
    assert shown[:3] == BLOCKS
    assert sorted(shown[3:]) == sorted(CARDS[role])
    [main] = page.tree.iter(f"{XHTML}main")
    for word, address in links(main).items():
        assert signed_in.get(address).h1, word


def test_the_figures_of_the_cards_are_of_what_one_may_see(browser, people, make_user, add, unit):
    here, there = unit("第一組"), unit("第二組")
    add("林佳慧", unit=here)
    add("陳志明", unit=there)
    letters = Office(people)
    letters.register()
    letters.register(by="chief", given={"secrecy": "secret", "subject": "密件"})

    def card(somebody, title):
        return words(blocks(browser.as_(somebody).get("overview.desk"))[title])

    assert "在籍 2 人" in card(user(people.chief), "會員")
    assert "在籍 1 人" in card(make_user("staff", scope=Ref("unit", here.id)), "會員")
    assert "未分辦 2 件" in card(user(people.president), "收發文")
    assert "未分辦 1 件" in card(user(people.other), "收發文")


def test_the_empty_desk_offers_a_deadline_only_to_whoever_may_make_one(browser, make_user):
    offered = {role: "新增期限" in browser.as_(make_user(role)).get("overview.desk").text for role in ("staff", "auditor", "member")}
    assert offered == {"staff": True, "auditor": False, "member": False}
