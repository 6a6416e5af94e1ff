"""The three employers of the office's own files, with the members it asked them to hold back from, and what they sent back."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from tests.members.acts import work
from unionops.core import clock
from unionops.core.db import db
from unionops.core.union import services as union
from unionops.members.models import (
    CheckoffLine,
    CheckoffList,
    ClassStay,
    Consent,
    Employer,
    Employment,
    Membership,
    Person,
    Scheme,
    SchemeTerms,
)
from unionops.members.services import checkoff
from unionops.members.services.dues import running

FOLDER = Path(__file__).parents[2] / "data" / "office"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
TODAY = date(2026, 3, 25)
FEB, Q1 = date(2026, 2, 1), date(2026, 1, 1)
EMPLOYERS = {
    "wangsheng": ("旺笙舞台工程", "旺笙舞台工程有限公司", 1, "", FEB), "hemu": ("禾沐展演股份", "禾沐展演股份有限公司", 1, "D01", FEB),
    "yuguang": ("聿光影音器材", "聿光影音器材有限公司", 3, "", Q1),
}


def found_union(kind: str = "occupational") -> None:
    with work():
        union.edit_record(name="中彰投展演舞台技術人員職業工會", short_name="中彰投舞台工會", kind=kind, authority="臺中市政府勞工局",
                          seat="臺中市西區民權路 1 號", phone="0422580217", today=date(2026, 1, 5))


def schemes() -> None:
    """Dues by the month: 150, or 200 of the other class."""
    db.session.add(Scheme(id=1, title="經常會費", kind="regular", period="month"))
    db.session.add(SchemeTerms(scheme_id=1, valid_from=date(2010, 1, 1), basis="class", table=[["regular", 150], ["sponsor", 200]]))


def employ(name: str, *, consent: bool = True) -> int:
    """One employer with the members of its sheet, terms since January; its id."""
    sheet, title, months, code, _period = EMPLOYERS[name]
    rows = [row for row in openpyxl.load_workbook(FOLDER / "checkoff_sent.xlsx")[sheet].iter_rows(min_row=4, values_only=True) if isinstance(row[0], int)]
    with work():
        employer = Employer(name=title)
        db.session.add(employer)
        for _at, staff, number, member, _unit, amount in rows:
            person = Person(name=str(member))
            stay = Membership(person=person, number=str(number), joined_on=date(2015, 1, 1))
            db.session.add(person)
            db.session.add(stay)
            db.session.flush()
            db.session.add(ClassStay(membership_id=stay.id, member_class="sponsor" if amount == 200 else "regular", from_on=date(2015, 1, 1)))
            db.session.add(Employment(person_id=person.id, employer=employer, staff_number=str(staff), from_on=date(2015, 1, 1)))
            if consent:
                db.session.add(Consent(person_id=person.id, kind="check_off", given_on=date(2015, 1, 1), how="入會申請書"))
        db.session.flush()
        checkoff.set_terms(
            employer, None, from_on=Q1, until_on=None, basis="individual", agreement="114.12.1 代扣協議書", months=months, hand_over_day=10,
            email="pay@example.tw", layout={"code": code},
        )
        return employer.id


def bill() -> None:
    """January to March."""
    for month in (1, 2, 3):
        with work():
            running.apply([1], date(2026, month, 1), title=f"115年{month}月", today=TODAY)


def furnish(*names: str) -> dict[str, int]:
    """Employers with members, billed for the first quarter; name → list id."""
    found_union()
    with work():
        schemes()
    made = {name: employ(name) for name in names}
    bill()
    lists = {}
    for name, number in made.items():
        with work():
            employer = db.session.get_one(Employer, number)
            # February alone is asked for: what January left open is collected otherwise.
            lists[name] = checkoff.make_list(employer, EMPLOYERS[name][4], carry=False, by=None, today=TODAY).id
    return lists


def file_of(name: str) -> FileStorage:
    return upload((FOLDER / f"checkoff_return_{name}.xlsx").read_bytes(), f"checkoff_return_{name}.xlsx")


def upload(content: bytes, name: str = "return.xlsx") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def sheet_of(rows: list[list[Any]], name: str = "return.xlsx") -> FileStorage:
    """A returned file with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return upload(file.getvalue(), name)


def the(number: int) -> CheckoffList:
    return db.session.get_one(CheckoffList, number)


def read(number: int, file: FileStorage, **given: Any) -> None:
    with work():
        checkoff.read_answer(the(number), file, **({"anyway": False, "by": None, "today": TODAY, "now": clock.now()} | given))


def book(number: int, **given: Any) -> None:
    with work():
        sheet = the(number)
        checkoff.book(sheet, **({
            "received_on": sheet.transferred_on or TODAY, "transferred": sheet.transferred, "fee": sheet.fee, "differences_seen": True, "today": TODAY,
        } | given))


def line(number: int, staff: str) -> CheckoffLine:
    return db.session.scalars(sa.select(CheckoffLine).where(CheckoffLine.list_id == number, CheckoffLine.staff_number == staff)).one()
