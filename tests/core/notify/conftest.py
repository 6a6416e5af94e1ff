"""An office with a mail server, its people, and looks at the outbox that hold no lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import new_user
from tests.servers import MailServer
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, durable, durable_connection, unit_of_work
from unionops.core.i18n import _l
from unionops.core.notify import registry, sending, services
from unionops.core.notify.models import Delivery

NEWS, DUTY = "test.news", "test.duty"


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of notices that only these tests know."""
    monkeypatch.setitem(registry.KINDS, NEWS, registry.NoticeKind(NEWS, _l("測試消息")))
    monkeypatch.setitem(registry.KINDS, DUTY, registry.NoticeKind(DUTY, _l("測試期限"), compulsory=True))


@pytest.fixture
def posted(app: Flask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The mail server, and the app set to it."""
    use(app, mail_server, monkeypatch)
    return mail_server


def use(app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", server.url)
    monkeypatch.setitem(app.config, "MAIL_FROM", "臺中市展演工會 <office@union.example>")
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example")


@pytest.fixture
def reader() -> Callable[..., User]:
    """``reader("ming")`` → a stored user with the address ming@example.org."""
    return user


def user(username: str, role: str = "staff", **values: Any) -> User:
    made = new_user(role, username=username, name=values.pop("name", "王小明"))
    with unit_of_work("test", "test"):
        made.email = f"{username}@example.org"
        for field, value in values.items():
            setattr(made, field, value)
    return made


def told(*people: Any, kind: str = NEWS, **values: Any) -> int:
    """``services.tell`` in a unit of its own."""
    with unit_of_work("test", "test"):
        return services.tell(kind, people, **{"subject": "開會", "text": "週三開會。", **values})


def rows(*conditions: Any) -> list[Delivery]:
    """The outbox as it is stored, oldest first."""
    db.session.rollback()
    with durable() as own:
        found = list(own.scalars(sa.select(Delivery).where(*conditions).order_by(Delivery.id)))
        own.expunge_all()
    return found


def statuses() -> list[str]:
    return [row.status for row in rows()]


def audit_lines() -> list[Any]:
    from unionops.core.audit.models import AuditEntry

    found = [entry.acts for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]
    db.session.rollback()
    return found


def claimed() -> list[Any]:
    """What a sender claims that then does nothing."""
    with durable_connection() as connection:
        return sending.Rows(connection).claim(clock.now())
