"""The register of a long year: made in the background, by its owner's eyes, and shown without reading all of it."""

from __future__ import annotations

import io
import zipfile

import pytest
import sqlalchemy as sa

from tests.conftest import statements
from tests.letters.conftest import user
from unionops.core import clock
from unionops.core.accounts.models import UserRole
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.letters.models import Letter
from unionops.letters.rules import year_of
from unionops.letters.services import incoming
from unionops.letters.views import papers

SENDERS = ("甲公司", "乙公司", "丙公司")


@pytest.fixture
def staff(people, browser, monkeypatch):
    """Whoever asks for registers of which more than one letter is many."""
    monkeypatch.setattr(papers, "REGISTER_AT_ONCE", 1)
    monkeypatch.setattr(papers, "SHOWN", 1)
    return browser.as_(user(people.staff))


@pytest.fixture
def three(desk):
    """Letters received this year."""
    for sender in SENDERS:
        desk.register(given={"sender": sender, "their_number": sender})


def asked(staff, fmt: str = "xlsx") -> Task:
    """What became of the register after the background had its turn."""
    gone = staff.post("letters.year_file", direction="in", year=year_of(clock.today()), fmt=fmt)
    assert "筆數較多" in staff.get(gone.location).text
    assert tasks.work_once()
    db.session.rollback()
    return db.session.get_one(Task, int(gone.location.rsplit("/", 1)[1]))


def words(file: bytes) -> str:
    """All texts in a spreadsheet."""
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize("fmt", ["pdf", "ods", "xlsx"])
def test_a_long_one_is_made_in_the_background(staff, three, fmt):
    page = staff.get("letters.year_register", direction="in").text
    assert all(said in page for said in ("3 件", "作廢 0 件", "在背景製作PDF", "這裡顯示前 1 件"))
    made = asked(staff, fmt)
    assert (made.state, made.result, made.file_name) == ("done", {"count": 3}, f"{year_of(clock.today())}年度收文登記簿.{fmt}")
    with staff.get("jobs.task_file", task_id=made.id).response as file:
        assert file.data.startswith(b"%PDF") if fmt == "pdf" else all(sender in words(file.data) for sender in SENDERS)
    assert "登記簿" in str(db.session.scalars(sa.select(AuditEntry.acts).where(AuditEntry.source == "letters.year_file")).one())


def test_nobody_else_gets_the_file(staff, three, browser, people):
    made = asked(staff)
    browser.as_(user(people.chief)).get("jobs.task_file", task_id=made.id, status=404)


def test_it_holds_what_its_owner_may_see_when_it_is_made(staff, three, desk, people):
    desk.register(by="chief", owner=user(people.chief), given={"sender": "機密單位", "secrecy": "secret", "their_number": "密 1"})
    text = words(tasks.file_of(asked(staff).id))
    assert "甲公司" in text
    assert "機密單位" not in text
    staff.post("letters.year_file", direction="in", year=year_of(clock.today()), fmt="xlsx")
    with unit_of_work("test", "test"):
        user(people.staff).roles = [UserRole(role="member")]
    assert tasks.work_once()
    assert "甲公司" not in words(tasks.file_of(db.session.scalar(sa.select(sa.func.max(Task.id)))))


def test_a_cancelled_number_is_counted_and_listed(staff, three, desk):
    with unit_of_work("test", "test"):
        incoming.cancel(db.session.scalars(sa.select(Letter)).first(), why="重複登錄", today=clock.today())
    page = staff.get("letters.year_register", direction="in").text
    assert "3 件" in page
    assert "作廢 1 件" in page
    assert "重複登錄" in words(tasks.file_of(asked(staff).id))


def test_a_long_year_is_shown_with_as_few_statements_as_a_short_one(app, staff, desk, three):
    def cost() -> int:
        staff.get("letters.year_register", direction="in")
        with statements(app) as seen:
            staff.get("letters.year_register", direction="in")
        return len(seen)

    few = cost()
    for number in range(8):
        desk.register(given={"their_number": str(number)})
    assert cost() == few
