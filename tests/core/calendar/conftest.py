"""People in office, a kind of record with deadlines, and short ways to make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import new_user
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.calendar import services
from unionops.core.calendar.models import Deadline
from unionops.core.calendar.registry import KINDS, DeadlineKind
from unionops.core.db import unit_of_work
from unionops.law.basis import Basis
from unionops.values.refs import Ref

BASIS = Basis(
    "UA-31-annual", "工會法第 31 條第 1 項", date(2026, 4, 24), (("決算通過日", date(2026, 3, 25)), ("日數", 30)), note="起算日採大會通過決算之日。"
)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (DeadlineKind("test.reply", "來文回覆", "登錄回文即結案"), DeadlineKind("test.filing", "法定申報", "登錄送件即結案", compulsory=True)):
        monkeypatch.setitem(KINDS, kind.name, kind)


@pytest.fixture
def people(app: Any) -> dict[str, User]:
    """One active person for each role of the ladder, and two clerks."""
    return {
        "chief": new_user("secretary_general", username="chief", name="林總幹事"),
        "president": new_user("president", username="president", name="王理事長"),
        "clerk": new_user("staff", username="clerk", name="陳會務"),
        "other": new_user("staff", username="other", name="黃會務"),
    }


@pytest.fixture
def put(people: dict[str, User]) -> Callable[..., Deadline]:
    """``put(5, owner="clerk")`` → a deadline of the chief's account record, in so many days."""

    def make(days: int = 10, *, owner: str | None = "clerk", kind: str = "test.reply", suffix: str = "", **given: Any) -> Deadline:
        today = clock.today()
        with unit_of_work("測試", "test"):
            return services.put(
                given.pop("pointer", Ref("user", people["chief"].id)), kind, suffix=suffix, today=today,
                owner=people[owner] if owner else None,
                **{"title": "函復勞工局", "latest_on": today + timedelta(days=days), "basis": BASIS} | given,
            )

    return make


@pytest.fixture
def looking(app: Any) -> Iterator[None]:
    """Inside a request: lists carry addresses."""
    with app.test_request_context():
        yield
