"""The database refuses to change what the audit wrote, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from unionops.core import append_only, clock
from unionops.core.audit import recording, sealing
from unionops.core.db import db, unit_of_work
from unionops.values.refs import Ref

STATEMENTS = [
    "UPDATE audit_entry SET actor = '別人'",
    "DELETE FROM audit_subject",
    "UPDATE audit_subject SET ref = 'thing:2'",
    "DELETE FROM audit_seal",
    "UPDATE audit_seal SET digest = 'x'",
    "DELETE FROM audit_entry",
]


def written() -> None:
    with unit_of_work("林秘書", "test"):
        recording.describe("test.noted", Ref("thing", 1), name="甲", day="2026-09-01")
    with unit_of_work("排程", "test"):
        assert sealing.seal(clock.now() + timedelta(minutes=1)) == 1
    db.session.remove()


def refused(statement: str) -> str:
    with pytest.raises(DatabaseError) as caught, db.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    return str(caught.value.orig)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_sqlite_refuses(app, statement):
    written()
    assert "append-only" in refused(statement)


def test_sqlite_refuses_replace(app):
    written()
    assert "append-only" in refused("INSERT OR REPLACE INTO audit_seal SELECT place, entry_id, 'x', sealed_at FROM audit_seal")


@pytest.mark.postgres
def test_postgresql_refuses_and_seals(pg_app):
    written()
    for statement in [*STATEMENTS, "TRUNCATE audit_seal", "TRUNCATE audit_entry CASCADE"]:
        assert "append-only" in refused(statement)
    assert sealing.verify().ok


def test_drop_and_create_for_a_migration(app):
    written()
    with db.engine.begin() as connection:
        append_only.drop(connection)
        connection.exec_driver_sql("UPDATE audit_entry SET actor = '別人'")
        append_only.create(connection)
        append_only.create(connection)
    assert "append-only" in refused("UPDATE audit_entry SET actor = '又一個'")
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT actor FROM audit_entry")) == "別人"
