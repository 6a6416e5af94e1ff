"""The demo union as it is built on a day in November and on one in March: full, believable on that day, made by the services alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from config import TestConfig
from tests.browsing import XHTML, Browser
from tests.conftest import app_of_its_own
from tests.members.dues.books import nothing_contradicts
from unionops import demo
from unionops.core import clock
from unionops.core.accounts import queries as accounts
from unionops.core.approvals.models import Delegation
from unionops.core.audit import recording
from unionops.core.audit.models import AuditEntry
from unionops.core.calendar.models import Appointment, Deadline
from unionops.core.db import Model, db
from unionops.core.notify.models import Delivery, Notice
from unionops.core.screens import MENU, SCREENS
from unionops.letters.models import Letter
from unionops.members.models import (
    Absence,
    Adjustment,
    Application,
    BillRun,
    CheckoffLine,
    Dunning,
    InstalmentPlan,
    Measure,
    Payment,
    Receipt,
    RollCheck,
    RosterImport,
    StatementLine,
)
from unionops.members.queries import standing
from unionops.members.queries.joining import state_of
from unionops.members.rules.admission import State as State_
from unionops.surveys.models import Survey
from unionops.surveys.rules.opening import State

NOT_YET = {"backup.overview"}
"""What the first night brings."""
ROSTER = {"person", "membership", "class_stay", "unit_stay", "wage_base", "person_note"}
"""What the import of the roster makes, which is one entry of the audit however many rows it has."""
MORNINGS = (datetime(2026, 11, 23, 2, 30, tzinfo=UTC), datetime(2027, 3, 15, 2, 30, tzinfo=UTC))


@pytest.fixture(scope="module", params=MORNINGS, ids=lambda one: f"{one:%Y-%m-%d}")
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app with its demo union, on the morning on which it was built."""
    home = tmp_path_factory.mktemp("demo")
    with time_machine.travel(request.param, tick=False), app_of_its_own(TestConfig(f"sqlite:///{home / 'demo.db'}", home=home)) as app:
        demo.build(lambda told: None)
        yield app
        db.engine.dispose()


@pytest.fixture
def chief(built: Flask) -> Iterator[Browser]:
    user = accounts.user_by_username("chief")
    assert user is not None
    yield Browser(built).as_(user)
    db.session.rollback()


def all_of(model: type[Any]) -> list[Any]:
    return list(db.session.scalars(sa.select(model)))


def test_every_main_screen_shows_something(built: Flask, chief: Browser) -> None:
    user = accounts.user_by_username("chief")
    bare = []
    for item in MENU:
        if not user.can(SCREENS[item.endpoint].permission) or item.endpoint in NOT_YET:
            continue
        main = next(chief.get(item.endpoint).tree.iter(f"{XHTML}main"))
        if any("empty" in (element.get("class") or "").split() for element in main.iter()):
            bare.append(item.endpoint)
    assert bare == []


def test_nothing_lies_on_the_wrong_side_of_today(built: Flask, chief: Browser) -> None:
    today, now = clock.today(), clock.now()
    open_ones = [one for one in all_of(Deadline) if not one.settled]
    assert [one.title for one in open_ones if one.nominal_on < today - timedelta(days=7)] == []
    assert any(one.nominal_on < today for one in open_ones)
    assert any(one.nominal_on == today for one in open_ones)
    assert len([one for one in open_ones if one.nominal_on > today]) > 10
    assert all(one.closed_at <= now for one in all_of(Deadline) if one.closed_at)
    days = [clock.in_taipei(one.starts_at).date() for one in all_of(Appointment)]
    assert days.count(today) == 2
    assert min(days) == today
    assert {one.state(now) for one in all_of(Survey)} == {State.OPEN, State.CLOSED}
    (delegation,) = all_of(Delegation)
    assert today < delegation.from_on <= delegation.until_on < today + timedelta(days=14)
    for letter in all_of(Letter):
        for day in (letter.received_on, letter.their_on, letter.issued_on):
            assert day is None or day <= today, letter.title
    desk = chief.get("overview.desk").text
    assert "新會員入會說明" in desk


def test_every_record_was_made_by_a_service(built: Flask) -> None:
    """A row that was put there past the services is in no entry of the audit."""
    told: dict[str, int] = {}
    for entry in all_of(AuditEntry):
        for change in entry.changes:
            rows = 1 if change["op"] == "insert" else change["fields"]["rows"][1] if change["op"] == "bulk" else 0
            told[change["table"]] = told.get(change["table"], 0) + rows
    (imported,) = all_of(RosterImport)
    unsaid = {}
    for mapper in Model.registry.mappers:
        model = mapper.class_
        if getattr(model, "__audited__", True) and model.__tablename__ not in recording.NOT_TOLD:
            rows = db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
            brought = imported.counts["created"] if model.__tablename__ in ROSTER else 0
            if told.get(model.__tablename__, 0) + brought < rows:
                unsaid[model.__tablename__] = rows
    assert unsaid == {}


def test_papers_speak_of_days_around_it(built: Flask) -> None:
    """Every year of the Republic in a text is near that of today: the accounts before the assembly are those of the year before."""
    year = clock.today().year - 1911
    said = [text for model in (Letter, Deadline, Appointment, Survey, Notice, Delivery) for one in all_of(model) for text in _texts(one)]
    years = [int(found) for text in said for found in re.findall(r"(?<!\d)(1[12]\d) ?年(?!級)", text)]
    assert len(years) > 10
    assert set(years) <= {year - 2, year - 1, year, year + 1}
    assert [text for text in said if re.search(r"\{\w+[:}]", text)] == []


def _texts(row: Any) -> list[str]:
    """Every text that stands in this row, those of the parts of a letter too."""
    values = [getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs]
    return [text for value in values for text in (value.values() if isinstance(value, dict) else [value]) if isinstance(text, str)]


def test_the_year_of_dues_has_everything_in_it_and_its_books_agree(built: Flask) -> None:
    nothing_contradicts()
    today = clock.today()
    runs = all_of(BillRun)
    assert len(runs) >= 12
    assert {payment.channel for payment in all_of(Payment)} >= {"counter", "bank", "giro", "shop", "checkoff", "debit"}
    assert {payment.kind for payment in all_of(Payment)} == {"received", "refunded"}
    assert any(payment.person_id is None for payment in all_of(Payment))
    assert [receipt for receipt in all_of(Receipt) if receipt.voided_at]
    assert {one.step for one in all_of(Dunning)} == {"notice", "formal", "suspension"}
    assert len(all_of(InstalmentPlan)) == 1
    assert "write_off" in {one.kind for one in all_of(Adjustment)}
    assert {state_of(one) for one in all_of(Application)} >= {State_.RECEIVED, State_.CHECKED, State_.ASKED, State_.MEMBER, State_.REFUSED, State_.WITHDRAWN}
    assert [line for line in all_of(StatementLine) if line.settled_at is None], "a queue"
    assert [line for line in all_of(CheckoffLine) if line.verdict not in ("ok", "split")], "differences"
    assert len(all_of(Absence)) == len(all_of(RollCheck)) == 1
    assert {case.heard_on for case in all_of(Measure)} == {None, today - timedelta(12)}, "one proposed by the ladder, one heard"
    found = standing.everybody(today)
    lost = [one for one in found.others.values() if one.member and not one.good]
    assert 2 <= len(lost) <= 20
