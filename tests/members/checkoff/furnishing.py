"""An employer that holds back dues for the furnished office: one list booked with doubtful rows, one answered, one that waits."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.members.models import Charge, CheckoffLine, CheckoffList, Consent, Employer, EmployerTerms, Employment, Membership, Person
from unionops.members.queries import checkoff as queries
from unionops.members.rules.dues import months_on
from unionops.members.services import checkoff, debit

PEOPLE = (("01258", "陳添忠"), ("01341", "潘彥鴻"), ("01375", "盧彩珠"), ("01482", "劉美琪"), ("01583", "鄭冠祥"), ("01621", "李世文"), ("01898", "楊永廷"), ("02298", "郭智華"))


def returned(rows: list[list[Any]], title: str = "代扣工會會費明細表") -> FileStorage:
    """A returned file with these rows."""
    book = openpyxl.Workbook()
    for row in ([title], ["員工編號", "姓名", "實扣金額", "備註"], *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return FileStorage(io.BytesIO(file.getvalue()), filename="代扣回覆.xlsx")


def answered(**changes: list[list[Any]]) -> list[list[Any]]:
    """Every person as asked, but for those whose rows are given."""
    rows: list[list[Any]] = []
    for staff, name in PEOPLE:
        rows += changes.get(f"n{staff}", [[staff, name, 150, None]])
    return rows


def employer(today: date, *, by: User | None = None) -> tuple[Employer, EmployerTerms]:
    """The employer with its people, charged 150 a month for the last three months, agreed to since a year."""
    made = Employer(name="旺笙舞台工程有限公司", address="臺中市西屯區工業區一路 1 號", contact="林小姐")
    db.session.add(made)
    for at, (staff, name) in enumerate(PEOPLE):
        person = Person(name=name)
        db.session.add_all([person, Membership(person=person, number=f"9{at:04d}", joined_on=date(2015, 1, 1))])
        db.session.flush()
        db.session.add(Employment(person_id=person.id, employer=made, staff_number=staff, job="技術員", from_on=date(2015, 1, 1)))
        if at < 7:
            db.session.add(Consent(person_id=person.id, kind="check_off", given_on=date(2015, 1, 1), how="入會申請書"))
        for back in (3, 2, 1):
            first = months_on(today, -back)
            db.session.add(Charge(
                person_id=person.id, kind="regular", text="經常會費", period_on=first, amount=150, charged_on=first, due_on=months_on(first, 1),
            ))
    db.session.flush()
    terms = checkoff.set_terms(
        made, None, from_on=months_on(today, -3), until_on=None, basis="individual", agreement="代扣協議書", months=1, hand_over_day=10,
        email="pay@example.tw", layout={"code": "D01"},
    )
    return made, terms


def visits(clerk: User, today: date) -> dict[str, dict[str, Any]]:
    """Writes it inside the caller's unit; what each screen's address needs."""
    made, terms = employer(today)
    now = clock.now()
    booked, open_, waiting = (checkoff.make_list(made, months_on(today, -back), by=clerk, today=today) for back in (3, 2, 1))
    odd = answered(n01341=[["01341", "潘彥鴻", 100, None]], n01482=[["01482", "劉美琪", 150, None]] * 2, n01583=[["01538", "鄭冠祥", 150, None]],
                   n01898=[["01898", "楊永廷", "-", "已離職"]], n01375=[["01375", "盧采珠", 150, None]])
    for sheet, rows in ((booked, [*odd, ["合計", None, 1000, None], ["匯款金額：1,135元（匯費15元內扣）"]]), (open_, answered(n02298=[]))):
        checkoff.read_answer(sheet, returned(rows, f"{sheet.period_on.year - 1911}年{sheet.period_on.month}月代扣"), anyway=False, by=clerk, today=today, now=now)
    checkoff.book(booked, received_on=today, transferred=1135, fee=15, differences_seen=True, today=today)
    line = db.session.scalars(sa.select(CheckoffLine).where(CheckoffLine.list_id == booked.id, CheckoffLine.staff_number == "01482")).one()
    assert queries.asking_counts([booked.id])
    person = db.session.scalars(sa.select(Person).join(Employment, Employment.person_id == Person.id).where(Employment.staff_number == "02298")).one()
    mandate = debit.authorise(person, bank="8220901", account="123456789012", from_on=today, note="授權書正本存檔")
    order = debit.make(months_on(today, 0), today, layout="lines_120", account=None, today=today)
    one: dict[str, Any] = {"employer_id": made.id}
    back, asked, due = ({"list_id": sheet.id} for sheet in (booked, open_, waiting))
    return {
        "checkoff.employer": one, "checkoff.add_terms": one, "checkoff.edit_terms": one | {"terms_id": terms.id}, "checkoff.consents": one, "checkoff.make": one,
        "checkoff.sheet": back, "checkoff.send": due, "checkoff.mail": due, "checkoff.drop": due, "checkoff.answer": due, "checkoff.book": asked,
        "checkoff.take_back": back, "checkoff.decide": {"line_id": line.id}, "checkoff.write": back, "checkoff.paper": back,
        "checkoff.paper_file": back | {"fmt": "pdf"}, "checkoff.data_file": back | {"fmt": "csv"}, "checkoff.differences": back,
        "checkoff.end_mandate": {"mandate_id": mandate.id}, **{f"checkoff.{name}": {"run_id": order.id} for name in ("debit_run", "debit_file", "debit_answer", "drop_debit")},
        "checkoff.difference_file": back | {"fmt": "ods"}, "checkoff.evidence": one, "checkoff.evidence_file": one | {"fmt": "xlsx"},
    }


def lists() -> list[CheckoffList]:
    return list(db.session.scalars(sa.select(CheckoffList).order_by(CheckoffList.period_on)))
