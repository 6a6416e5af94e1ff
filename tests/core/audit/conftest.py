"""A small record of its own for the audit's tests: anything that changes in the database is audited the same way."""

from __future__ import annotations

import pytest

from unionops.core.audit import recording
from unionops.core.db import db, intent, unit_of_work


@pytest.fixture(autouse=True)
def _sentence(monkeypatch):
    monkeypatch.setitem(recording.SENTENCES, "test.noted", "記下 %(name)s，日期 %(day)s")


@pytest.fixture
def note(app):
    """``note("甲")`` writes one audited entry in a unit of its own; its id."""
    from unionops.core.audit.models import AuditEntry

    def write(name: str = "甲", *subjects: object, actor: str = "林秘書", **params: object) -> int:
        with unit_of_work(actor, "test"):
            recording.describe("test.noted", *subjects, name=name, **{"day": "2026-09-01", **params})
        with intent(write=False):
            newest = db.session.scalar(db.select(db.func.max(AuditEntry.id)))
            db.session.rollback()
        return newest

    return write
