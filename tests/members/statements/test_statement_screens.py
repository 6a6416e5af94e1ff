"""The screens of statements: a file handed over, booked as far as is certain, and the rest decided line by line."""

from __future__ import annotations

import io

import pytest

from tests.members.acts import work
from tests.members.dues.books import nothing_contradicts
from tests.members.statements.furnishing import TODAY, Owing, accounts, owe
from tests.members.statements.samples import Q1, content, written
from tests.members.statements.test_settling import VA, bank_file
from unionops.core import search
from unionops.core.db import db
from unionops.members.models import Person, Statement, StatementLine
from unionops.members.queries import dues
from unionops.members.services import statements as services
from unionops.values.refs import Ref


@pytest.fixture
def clerk(app, make_user, browser):
    return browser.as_(make_user("accountant"))


@pytest.fixture
def office(app):
    people = owe([Owing("00001", "王小明", 450, 90), Owing("00002", "陳美玲", 450), Owing("00003", "林志強", 450), Owing("00004", "林志強", 450)])
    with work():
        for person in db.session.scalars(db.select(Person)):
            search.put("person", person.id, search.words_of(person.name, person.memberships[0].number))
    bank, giro = accounts()
    return people | {"bank": bank, "giro": giro}


def upload(browser, data: bytes, name: str, account: int, status: int = 302):
    return browser.post("statements.upload", data={"account": str(account), "file": (io.BytesIO(data), name), "encoding": ""}, status=status)


ROWS = (
    ("115/02/03", "存", 540, VA.number("1", Q1), ""), ("115/02/04", "存", 450, "陳美玲", "****77777"), ("115/02/05", "存", 900, "林志強兩人", ""),
    ("115/02/06", "手續費", -10, "", ""), ("115/02/07", "存", 33, "利息", ""), ("115/02/08", "轉", 5000, "劃撥戶轉入", ""),
)


def test_a_file_from_upload_to_an_empty_queue(office, clerk):
    clerk.get("statements.index")
    upload(clerk, bank_file(*ROWS), "二月.csv", office["bank"])
    file = db.session.scalars(db.select(Statement)).one()
    shown = clerk.get("statements.file", statement_id=file.id)
    assert "自動入帳 1 筆" in shown.text
    assert "餘額逐筆接得上" in shown.text
    clerk.get("statements.post_file", statement_id=file.id)
    clerk.post("statements.post_file", statement_id=file.id)
    assert "陳美玲" in clerk.get("statements.queue").text
    clerk.get("statements.queue", verdict="name_amount")
    lines = {one.amount: one.id for one in db.session.scalars(db.select(StatementLine))}
    assert "照建議入帳" in clerk.get("statements.line", line_id=lines[450]).text
    clerk.post("statements.line", line_id=lines[450], data={"decision": "agree", "rest": "suspense"})
    both = {"decision": "people", "rest": "suspense", "person_1": "00003", "amount_1": "450", "person_2": "00004", "amount_2": "450"}
    clerk.post("statements.line", line_id=lines[900], data=both)
    clerk.post("statements.agree", verdict="bank_fee")
    clerk.post("statements.line", line_id=lines[33], data={"decision": "interest", "rest": "suspense"})
    assert clerk.post("statements.line", line_id=lines[5000], data={"decision": "transfer", "rest": "suspense"}, status=422).error("other_account")
    clerk.post("statements.line", line_id=lines[5000], data={"decision": "transfer", "rest": "suspense", "other_account": str(office["giro"])})
    assert "沒有待處理的明細" in clerk.get("statements.queue").text
    assert all(not some for some in dues.items_of(None).values())
    nothing_contradicts()
    clerk.get("statements.undo", line_id=lines[450])
    assert clerk.post("statements.undo", line_id=lines[450], data={"why": ""}, status=422).error("why")
    clerk.post("statements.undo", line_id=lines[450], data={"why": "本人說不是他繳的"})
    assert sum(one.open for one in dues.items_of([office["00002"]])[office["00002"]]) == 450
    nothing_contradicts()


def test_a_payment_over_chosen_charges(office, clerk):
    upload(clerk, bank_file(("115/02/04", "存", 90, "王小明", "")), "x.csv", office["bank"])
    line = db.session.scalars(db.select(StatementLine)).one()
    aid = next(one for one in dues.items_of([office["00001"]])[office["00001"]] if one.kind == "mutual")
    assert "請填至少一個項目的金額" in clerk.post("statements.line", line_id=line.id, data={"decision": "charges", "rest": "suspense"}, status=422).text
    clerk.post("statements.line", line_id=line.id, data={"decision": "charges", "rest": "suspense", f"charge_{aid.id}": "90"})
    assert [one.kind for one in dues.items_of([office["00001"]])[office["00001"]]] == ["regular"]


def test_of_two_of_one_name_the_right_one_is_picked_by_one_press(office, clerk):
    upload(clerk, bank_file(("115/02/04", "存", 450, "林志強", "")), "x.csv", office["bank"])
    line = db.session.scalars(db.select(StatementLine)).one()
    assert "是這位" in clerk.get("statements.line", line_id=line.id).text
    picked = {"decision": "people", "rest": "suspense", "person_1": "林志強", "person_1-for": "林志強", "person_1-pick": f"person:{office['00004']}"}
    clerk.post("statements.line", line_id=line.id, data=picked)
    assert (list(dues.items_of([office["00003"]])), list(dues.items_of([office["00004"]]))) == ([office["00003"]], [])


def test_what_cannot_be_read_is_said(office, clerk):
    assert "帳號末四碼" in upload(clerk, content("bank_statement.csv"), "x.csv", office["giro"], status=422).error("account")
    assert upload(clerk, b"", "x.csv", office["bank"], status=422).error("file")
    several = written([["帳號", "交易日期", "存入", "備註"], ["0187200056731", "115/02/04", "450", "陳美玲"], ["0187200056999", "115/02/04", "450", "王小明"]]).encode()
    assert "2 個帳戶" in upload(clerk, several, "x.csv", office["bank"], status=422).error("account")
    assert db.session.scalar(db.select(db.func.count()).select_from(Statement)) == 0
    upload(clerk, bank_file(*ROWS), "a.csv", office["bank"])
    assert "已經讀入過" in upload(clerk, bank_file(*ROWS), "a.csv", office["bank"], status=422).error("file")


def test_a_file_nobody_knows_is_told_column_by_column(office, clerk):
    data = written([["日子", "進來", "誰"], ["115/02/04", "450", "陳美玲"]]).encode()
    asked = upload(clerk, data, "x.csv", office["bank"], status=200)
    assert "指定欄位" in asked.text
    told = {"title": "我的銀行", "kind": "bank", "headings": "日子\n進來\n誰", "col_0": "moved_on", "col_1": "in", "col_2": "memo"}
    assert clerk.post("statements.add_layout", data=told | {"col_0": ""}, status=422)
    clerk.post("statements.add_layout", data=told)
    upload(clerk, data, "x.csv", office["bank"])
    assert db.session.scalars(db.select(StatementLine)).one().verdict == "name_amount"
    assert "我的銀行" in clerk.get("statements.known_layouts").text


def test_a_file_is_dropped_while_nothing_is_decided(office, clerk):
    upload(clerk, bank_file(*ROWS), "a.csv", office["bank"])
    file = db.session.scalars(db.select(Statement)).one()
    clerk.get("statements.drop_file", statement_id=file.id)
    clerk.post("statements.drop_file", statement_id=file.id)
    assert not db.session.scalars(db.select(StatementLine)).all()


def test_whoever_may_only_read_decides_nothing_and_whoever_is_limited_to_units_sees_nothing(office, clerk, browser, make_user):
    upload(clerk, bank_file(*ROWS), "a.csv", office["bank"])
    line = db.session.scalars(db.select(StatementLine)).first()
    with work():
        services.judge_waiting(TODAY)
    browser.as_(make_user("president")).get("statements.line", line_id=line.id, status=403)
    browser.as_(make_user("accountant", scope=Ref("unit", 1))).get("statements.index", status=404)
