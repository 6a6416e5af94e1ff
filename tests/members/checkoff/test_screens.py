"""The screens: agreed, listed, sent, answered, booked, decided, written about; and what is refused on them."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import furnished, work
from tests.members.checkoff import furnishing
from tests.members.checkoff.office import found_union
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.core.notify.models import Delivery
from unionops.letters.models import Letter
from unionops.members.models import CheckoffLine, CheckoffList, Consent, Employer, EmployerTerms, Person
from unionops.members.queries import checkoff as queries
from unionops.members.rules.dues import months_on
from unionops.values.refs import Ref


@pytest.fixture
def clerk(app: Any, make_user: Any) -> User:
    found_union()
    return make_user("accountant", name="吳佩珊")


@pytest.fixture
def office(browser: Any, clerk: User) -> Any:
    return browser.as_(clerk)


@pytest.fixture
def screens(clerk: User) -> dict[str, dict[str, Any]]:
    return furnished(furnishing, clerk)


def staff_line(staff: str) -> CheckoffLine:
    db.session.expire_all()
    return db.session.scalars(sa.select(CheckoffLine).where(CheckoffLine.staff_number == staff).order_by(CheckoffLine.id)).first()


def test_an_empty_office_says_what_to_do_first(office):
    shown = office.get("checkoff.index")
    assert "還沒有代扣約定" in shown.text


def test_every_page_shows(office, screens):
    for endpoint, address in screens.items():
        office.get(endpoint, **address)
    assert "盧采珠" in office.get("checkoff.queue").text
    shown = office.get("checkoff.sheet", **screens["checkoff.sheet"]).text
    assert "所載合計 1,000 元，各列相加是 1,150 元，相差 -150 元" in shown
    assert "員工編號似有誤" in shown
    for group in ("all", "fine", "asks", "differs", "nonsense"):
        office.get("checkoff.sheet", **screens["checkoff.sheet"], show=group)


def test_terms_are_agreed_with_the_form_of_the_list(office):
    with work():
        employer = Employer(name="禾沐展演股份有限公司")
        db.session.add(employer)
        db.session.flush()
        number = employer.id
    typed = {
        "from_on": "115/1/1", "basis": "charter", "agreement": "章程第 30 條", "months": "1", "hand_over_day": "10", "columns": "員工編號=EMPNO\n姓名\n怪欄", "keys": "staff",
        "code": "D01",
    }
    shown = office.post("checkoff.add_terms", typed, employer_id=number, status=422)
    assert "沒有「怪欄」這一欄" in shown.error("columns")
    shown = office.post("checkoff.add_terms", typed | {"columns": "員工編號=EMPNO\n姓名"}, employer_id=number, status=422)
    assert "個別同意" in shown.error("basis")
    office.post("checkoff.add_terms", typed | {"columns": "員工編號=EMPNO\n姓名\n每月會費", "basis": "individual", "hand_over_day": "32"}, employer_id=number, status=422)
    office.post("checkoff.add_terms", typed | {"columns": "員工編號=EMPNO\n姓名\n應扣合計=AMT", "basis": "individual"}, employer_id=number)
    terms = db.session.scalars(sa.select(EmployerTerms)).one()
    assert (terms.layout["columns"], terms.layout["titles"], terms.layout["code"]) == (["staff", "name", "expected"], {"staff": "EMPNO", "expected": "AMT"}, "D01")
    assert "EMPNO" in office.get("checkoff.edit_terms", employer_id=number, terms_id=terms.id).text
    shown = office.post("checkoff.add_terms", typed | {"columns": "", "basis": "individual", "from_on": "115/6/1"}, employer_id=number, status=422)
    assert "重疊" in shown.error("from_on")


def test_consents_on_paper_let_somebody_stand_on_the_next_list(office, screens):
    number = screens["checkoff.employer"]["employer_id"]
    assert "1 位在職會員還沒有代扣同意" in office.get("checkoff.employer", employer_id=number).text
    office.post("checkoff.consents", {"given_on": "115/1/1", "how": "書面"}, employer_id=number, status=422)
    last = db.session.scalars(sa.select(Person).where(Person.name == "郭智華")).one().id
    office.post("checkoff.consents", {"people": [str(last)], "given_on": "115/1/1", "how": "書面"}, employer_id=number)
    assert db.session.scalar(sa.select(sa.func.count(Consent.id)).where(Consent.kind == "check_off")) == 8
    assert "沒有有效的同意" in office.get("checkoff.consents", employer_id=number).text


def test_from_the_list_to_the_letter(office, clerk, tmp_path):
    today = clock.today()
    with work():
        employer, _terms = furnishing.employer(today)
        number = employer.id
    month = months_on(today, -1)
    shown = office.get("checkoff.make", employer_id=number, period=month.strftime("%Y-%m"), carry="y")
    assert "沒有代扣同意" in shown.text
    office.post("checkoff.make", {}, employer_id=number, period=month.strftime("%Y-%m"))
    sheet = db.session.scalars(sa.select(CheckoffList)).one()
    assert (sheet.period_on, len(sheet.lines), sheet.lines[0].expected, sheet.lines[0].carried) == (month, 7, 150, 0) or sheet.lines[0].carried == 300
    office.post("checkoff.make", {}, employer_id=number, period=month.strftime("%Y-%m"), status=422)
    office.post("checkoff.mail", {"subject": "名冊", "text": "請代扣", "fmt": "csv"}, list_id=sheet.id)
    mailed = db.session.scalars(sa.select(Delivery)).one()
    assert mailed.address == "pay@example.tw"
    office.post("checkoff.answer", {}, list_id=sheet.id, status=422)
    office.post("checkoff.answer", {"file": (io.BytesIO(b"nonsense"), "x.txt")}, list_id=sheet.id, status=422)
    rows = [[one.staff_number, one.name, one.expected] for one in queries.lines_of(sheet.id)]
    rows[0][2] = 100
    file = furnishing.returned([*rows, ["09999", "無此人", 150]])
    office.post("checkoff.answer", {"file": (file.stream, "r.xlsx")}, list_id=sheet.id)
    office.post("checkoff.book", {"received_on": "115/13/1"}, list_id=sheet.id, status=422)
    office.post("checkoff.book", {"received_on": str(today)}, list_id=sheet.id)
    assert queries.deposits_awaited()
    office.post("checkoff.write", {}, list_id=sheet.id)
    letter = db.session.scalars(sa.select(Letter)).one()
    assert letter.belongs_to == Ref("checkoff_list", sheet.id)
    assert "差異表" in letter.subject
    office.post("checkoff.take_back", {"on": str(today), "why": ""}, list_id=sheet.id, status=422)
    office.post("checkoff.take_back", {"on": str(today), "why": "雇主更正"}, list_id=sheet.id)
    assert queries.deposits_awaited() == []


def test_rows_are_decided_once(office, screens):
    twice = staff_line("01482")
    office.post("checkoff.decide", {"decision": ""}, line_id=twice.id, status=422)
    office.post("checkoff.decide", {"decision": "refund", "why": ""}, line_id=twice.id, status=422)
    office.post("checkoff.decide", {"decision": "own"}, line_id=twice.id)
    assert staff_line("01482").decision == "assigned"
    assert "已經處理" in office.get("checkoff.decide", line_id=twice.id).text
    office.post("checkoff.decide", {"decision": "own"}, line_id=twice.id, status=422)
    wrong = staff_line("01538")
    office.post("checkoff.decide", {"decision": "assign", "person": "查無此人"}, line_id=wrong.id, status=422)
    meant = staff_line("01583")
    office.post("checkoff.decide", {"decision": "assign", "person": "鄭冠祥", "person-pick": f"person:{meant.person_id}", "person-for": "鄭冠祥", "why": "電話確認"}, line_id=wrong.id)
    assert staff_line("01538").note == "鄭冠祥"
    other = staff_line("01375")
    office.post("checkoff.decide", {"decision": "same", "why": "改名"}, line_id=other.id)
    unasked = staff_line("02298")
    assert unasked.verdict == "not_asked"
    office.post("checkoff.decide", {"decision": "refund", "why": "沒有同意書，退還本人"}, line_id=unasked.id)
    assert "沒有待處理的列" in office.get("checkoff.queue").text


def test_a_file_without_a_list_is_a_404(office, screens):
    for endpoint, more in (("checkoff.paper_file", {"fmt": "exe"}), ("checkoff.data_file", {"fmt": "pdf"}), ("checkoff.difference_file", {"fmt": "exe"})):
        office.get(endpoint, status=404, **{"list_id": screens["checkoff.sheet"]["list_id"]} | more)
    office.get("checkoff.differences", status=404, list_id=screens["checkoff.send"]["list_id"])
    for endpoint in ("checkoff.sheet", "checkoff.paper", "checkoff.book"):
        office.get(endpoint, status=404, list_id=999)


def test_whoever_is_limited_to_a_unit_sees_only_its_members(browser, screens, make_user, unit):
    first = unit("第一組")
    branch = make_user("staff", name="分會幹事", scope=Ref("unit", first.id))
    seen = browser.as_(branch)
    shown = seen.get("checkoff.sheet", list_id=screens["checkoff.sheet"]["list_id"])
    assert "陳添忠" not in shown.text
    for endpoint in ("checkoff.answer", "checkoff.book", "checkoff.paper", "checkoff.take_back", "checkoff.differences"):
        seen.get(endpoint, status=404, list_id=screens["checkoff.sheet"]["list_id"])
    seen.get("checkoff.evidence", status=404, employer_id=screens["checkoff.employer"]["employer_id"])


def test_the_list_is_what_the_employers_program_takes(office, screens):
    answer = office.get("checkoff.data_file", list_id=screens["checkoff.send"]["list_id"], fmt="csv")
    lines = answer.response.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "序,員工編號,會員編號,姓名,部門,每月會費,應扣金額"
    assert "01258" in lines[1]


