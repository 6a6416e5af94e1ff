"""A chain of the tests' own over records that exist anyway: opening an account for somebody, which not everybody in the office sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tests.conftest import new_user
from unionops.core.accounts.models import User
from unionops.core.approvals import registry, services
from unionops.core.approvals.models import Approval
from unionops.core.approvals.registry import Step
from unionops.core.db import db, unit_of_work

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CHAIN = "test.account"


@pytest.fixture(autouse=True)
def _the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@dataclass
class Happened:
    """What the chain's area was told: (how it ended, reason)."""

    ends: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def happened() -> Iterator[Happened]:
    """Registers the chain for one test."""
    told = Happened()
    registry.chain(
        CHAIN, title="開立帳號", kind="user",
        steps=(
            Step("secretary_general"),
            Step("president"),
            Step.body("board", when=lambda user: user.email.startswith("board")),
        ),
        summary=lambda user: [("帳號", user.username), ("電子郵件", user.email)],
        amount=lambda user: 6400,
        digest=lambda user: f"{user.name}\n{user.email}",
        approved=lambda user, approval: told.ends.append((approval.closed_as, "")),
        returned=lambda user, approval, reason: told.ends.append((approval.closed_as, reason)),
    )
    yield told
    del registry.CHAINS[CHAIN]


@dataclass
class People:
    """A small union's office, and the record it is about."""

    staff: User
    chief: User
    president: User
    director: User
    subject: User


def people() -> People:
    """Made in the database of the current app."""
    return People(
        staff=new_user("staff", username="wu", name="吳建宏"), chief=new_user("secretary_general", username="chen", name="陳淑芬"),
        president=new_user("president", username="chang", name="張理事長"), director=new_user("director", username="wang", name="王志強"),
        subject=new_user("member", username="subject", name="新同仁"),
    )


@pytest.fixture
def office(app: Any, happened: Happened) -> People:
    return people()


def asked(by: User, record: User, note: str = "") -> Approval:
    """Sent and committed."""
    with unit_of_work("test", "test"):
        return services.ask(record, CHAIN, by=by, note=note, now=NOW)


def decided(approval: Approval, by: User, verdict: str = "approved", reason: str = "", **given: Any) -> str:
    """Decided and committed."""
    with unit_of_work("test", "test"):
        return services.decide(db.session.get_one(Approval, approval.id), by=by, verdict=verdict, reason=reason, now=given.pop("now", NOW), **given)
