"""The chain: what it seals, and that nothing can be changed in it unseen."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from unionops.core import append_only, clock
from unionops.core.audit import sealing
from unionops.core.audit.models import AuditEntry, AuditSeal
from unionops.core.db import db, durable, intent, unit_of_work
from unionops.values.refs import Ref


def seal(later: timedelta = timedelta(minutes=1)) -> int:
    with unit_of_work("排程", "test"):
        return sealing.seal(clock.now() + later)


def verdict(anchor: str = "") -> sealing.Verdict:
    with intent(write=False):
        found = sealing.verify(anchor)
        db.session.rollback()
    return found


def tamper(*statements: str) -> None:
    """What somebody with the whole database in hand could do."""
    db.session.remove()
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            append_only.drop(connection)
            for statement in statements:
                connection.exec_driver_sql(statement)
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


@pytest.fixture
def ten(app, note) -> None:
    for number in range(10):
        note(f"第{number}筆", Ref("thing", number))
    assert seal() == 10


def test_an_empty_chain_is_whole(app):
    assert verdict() == sealing.Verdict(True, 0, 0, None, "", sealing.FIRST)


def test_seals_once_in_the_order_of_ids_and_leaves_the_newest(app, note):
    note("甲"), note("乙")
    assert seal(timedelta(0)) == 0  # They have not settled yet.
    assert verdict().unsealed == 2
    assert seal() == 2
    assert seal() == 0
    rows = db.session.execute(sa.select(AuditSeal.place, AuditSeal.entry_id).order_by(AuditSeal.place)).all()
    assert [tuple(row) for row in rows] == [(1, rows[0].entry_id), (2, rows[0].entry_id + 1)]
    assert verdict().ok


def test_an_entry_that_was_committed_late_is_still_sealed(ten, note):
    last = note("早的")
    tamper(f"UPDATE audit_entry SET id = {last + 5} WHERE id = {last}")  # As if a long transaction had held a lower id.
    seal()
    tamper(f"INSERT INTO audit_entry SELECT {last}, at, kind, actor_id, actor, source, address, acts, changes "
           f"FROM audit_entry WHERE id = {last + 5}")
    assert seal() == 1
    assert (verdict().ok, verdict().sealed) == (True, 12)


def steps_of_sealing_one(note) -> int:
    """How many instructions SQLite spends on sealing one new entry, in hundreds."""
    note("新的")
    steps = []
    with unit_of_work("test", "test"):
        driver = db.session.connection().connection.driver_connection
        driver.set_progress_handler(lambda: steps.append(1), 100)
        assert sealing.seal(clock.now() + timedelta(seconds=30)) == 1
        driver.set_progress_handler(None, 0)
    return len(steps)


def test_sealing_costs_no_more_when_the_log_is_long(ten, note):
    few = steps_of_sealing_one(note)
    with durable() as own:
        old = {"kind": "read", "actor": "", "source": "", "acts": [], "changes": [], "at": clock.now() - timedelta(days=400)}
        own.execute(sa.insert(AuditEntry), [old] * 5000)
    with unit_of_work("test", "test"):
        assert sealing.seal(clock.now() + timedelta(seconds=30), thorough=True) == 5000
    assert steps_of_sealing_one(note) <= few + 3


def test_an_entry_older_than_anything_can_come_late_is_told_and_sealed_by_the_command(ten, note, app):
    with durable() as own:
        own.execute(sa.insert(AuditEntry), [{"kind": "read", "actor": "", "source": "", "acts": [], "changes": [], "at": clock.now() - timedelta(days=2)}])
    assert seal() == 0
    assert verdict().unsealed == 1
    assert "sealed 1" in app.test_cli_runner().invoke(args=["audit", "seal"]).output
    assert verdict().unsealed == 0


@pytest.mark.parametrize(
    ("statement", "place", "reason"),
    [
        ("UPDATE audit_entry SET actor = '別人' WHERE id = 4", 4, "altered"),
        ("UPDATE audit_entry SET acts = json_replace(acts, '$[0].params.name', '改過') WHERE id = 10", 10, "altered"),
        ("UPDATE audit_entry SET at = datetime(at, '-1 day') WHERE id = 1", 1, "altered"),
        ("UPDATE audit_subject SET ref = 'thing:99' WHERE entry_id = 5", 5, "altered"),
        ("DELETE FROM audit_subject WHERE entry_id = 5", 5, "altered"),
        ("INSERT INTO audit_subject VALUES (5, 'thing:98')", 5, "altered"),
        ("UPDATE audit_seal SET digest = lower(hex(randomblob(32))) WHERE place = 3", 3, "altered"),
        ("DELETE FROM audit_entry WHERE id = 7", 7, "missing"),
        ("DELETE FROM audit_seal WHERE place = 6", 6, "gap"),
        ("DELETE FROM audit_seal WHERE place = 1", 1, "gap"),
    ],
)
def test_finds_what_was_changed(ten, statement, place, reason):
    tamper(statement)
    found = verdict()
    assert (found.ok, found.first_broken, found.reason) == (False, place, reason)


def test_finds_two_entries_whose_order_was_changed(ten):
    tamper(
        "UPDATE audit_seal SET entry_id = -1 WHERE place = 3",
        "UPDATE audit_seal SET entry_id = 3 WHERE place = 4",
        "UPDATE audit_seal SET entry_id = 4 WHERE place = 3",
    )
    assert (verdict().first_broken, verdict().reason) == (3, "altered")


def test_finds_a_removed_tail_by_the_anchor_only(ten):
    anchor = verdict().last_digest
    assert verdict(anchor).ok
    tamper("DELETE FROM audit_seal WHERE place > 8", "DELETE FROM audit_subject WHERE entry_id > 8", "DELETE FROM audit_entry WHERE id > 8")
    assert verdict().ok
    found = verdict(anchor)
    assert (found.ok, found.first_broken, found.reason, found.sealed) == (False, 9, "cut", 8)


def test_the_anchor_stays_good_while_the_chain_grows(ten, note):
    anchor = verdict().last_digest
    note("後來的")
    seal()
    assert verdict(anchor).ok
    assert verdict(anchor).last_digest != anchor


def test_a_chain_longer_than_a_batch(app, note, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    for number in range(8):
        note(f"第{number}筆", Ref("thing", number))
    assert seal() == 8
    told = []
    with intent(write=False):
        assert sealing.verify(progress=lambda done, total: told.append((done, total))).ok
        db.session.rollback()
    assert told == [(3, 8), (6, 8)]
    tamper("UPDATE audit_entry SET actor = '別人' WHERE id = 7")
    assert verdict().first_broken == 7


def test_sealing_writes_no_entry_of_its_own(ten):
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 10


def test_commands(ten, app):
    run = app.test_cli_runner().invoke
    good = run(args=["audit", "verify", "--json"])
    assert good.exit_code == 0
    said = json.loads(good.output)
    assert (said["ok"], said["sealed"]) == (True, 10)
    assert run(args=["audit", "verify", "--anchor", said["last_digest"]]).exit_code == 0
    assert run(args=["audit", "verify", "--anchor", "f" * 64]).exit_code == 1
    assert run(args=["audit", "seal"]).output.startswith("sealed 0")
    tamper("UPDATE audit_entry SET actor = '別人' WHERE id = 4")
    broken = run(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert "place 4" in broken.output
