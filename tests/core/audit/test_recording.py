"""What is collected on flush: who, what, old → new, masked; nothing that did not happen."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from unionops.core.accounts.models import User, UserRole
from unionops.core.audit import recording
from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.db import db, unit_of_work
from unionops.values.refs import Ref


def newest() -> AuditEntry:
    found = db.session.scalar(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    assert found is not None
    return found


def add_user(**values: object) -> User:
    with unit_of_work("林秘書", "test"):
        user = User(username="lin", name="林一", **values)
        db.session.add(user)
    return user


def test_one_entry_a_unit_with_every_row(app):
    with unit_of_work("林秘書", "test"):
        db.session.add(User(username="lin", name="林一", roles=[UserRole(role="staff")]))
        db.session.flush()
        db.session.add(User(username="wang", name="王二"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1
    entry = newest()
    assert (entry.actor, entry.source, entry.kind, entry.actor_id) == ("林秘書", "test", "change", None)
    assert sorted(change["table"] for change in entry.changes) == ["user", "user", "user_role"]


def test_an_inserted_row_without_a_kind_of_its_own_is_named_by_table_and_key(app):
    with unit_of_work("林秘書", "test"):
        db.session.add(User(username="lin", name="林一", roles=[UserRole(role="staff")]))
    role = db.session.scalar(sa.select(UserRole.id))
    assert f"user_role:{role}" in {change["ref"] for change in newest().changes}


def test_update_tells_old_and_new(app):
    user = add_user()
    with unit_of_work("林秘書", "test"):
        user.name = "林新名"
    assert newest().changes[0]["fields"]["name"] == ["林一", "林新名"]


def test_old_value_of_an_expired_row_is_read_before_it_is_lost(app):
    user = add_user()
    db.session.commit()
    assert "name" not in sa.inspect(user).dict
    with unit_of_work("林秘書", "test"):
        user.name = "林新名"
    assert newest().changes[0]["fields"] == {"name": ["林一", "林新名"]}


def test_setting_the_same_value_is_no_change(app):
    user = add_user()
    before = newest().id
    with unit_of_work("林秘書", "test"):
        user.name = "林一"
    assert newest().id == before


def test_personal_and_encrypted_values_are_masked(app):
    user = add_user(email="ming@example.org", totp_secret="JBSWY3DPEHPK3PXP", password_hash="argon")
    fields = newest().changes[0]["fields"]
    assert fields["email"] == [None, "m***@example.org"]
    assert "JBSWY3DP" not in str(newest().changes)
    assert "password_hash" not in fields
    assert user.email == "ming@example.org"


def test_delete_tells_what_there_was(app):
    user = add_user()
    with unit_of_work("林秘書", "test"):
        db.session.delete(user)
    assert newest().changes[0]["op"] == "delete"
    assert newest().changes[0]["fields"]["name"] == ["林一", None]


def test_what_a_savepoint_took_back_is_not_told(app):
    with unit_of_work("林秘書", "test"):
        db.session.add(User(username="lin", name="林一"))
        inner = db.session.begin_nested()
        db.session.add(User(username="wang", name="王二"))
        db.session.flush()
        inner.rollback()
        with db.session.begin_nested():
            db.session.add(User(username="chen", name="陳三"))
    told = [change["fields"]["name"][1] for change in newest().changes]
    assert told == ["林一", "陳三"]
    assert db.session.scalars(sa.select(User.name).order_by(User.id)).all() == ["林一", "陳三"]


def test_a_unit_that_fails_leaves_nothing(app):
    def fail() -> None:
        with unit_of_work("林秘書", "test"):
            db.session.add(User(username="lin", name="林一"))
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


def test_describe_needs_a_sentence_and_names_subjects(app, note):
    with pytest.raises(LookupError), unit_of_work("林秘書", "test"):
        recording.describe("test.never_registered")
    note("甲", Ref("thing", 7), day=date(2026, 9, 1))
    entry = newest()
    assert entry.acts == [{"action": "test.noted", "params": {"name": "甲", "day": "2026-09-01"}}]
    assert db.session.scalars(sa.select(AuditSubject.ref).where(AuditSubject.entry_id == entry.id)).all() == ["thing:7"]


def test_two_long_keys_that_begin_alike_do_not_collide(app, note):
    note("甲", Ref("a" * 50, 1), Ref("a" * 50, 2))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditSubject)) == 2


def test_done_for_a_user_names_the_user(app):
    user = add_user()
    with unit_of_work(user.name, "task members.import", user.id):
        db.session.add(User(username="wang", name="王二"))
    assert (newest().actor, newest().actor_id) == ("林一", user.id)


def test_bytes_are_counted_not_copied():
    assert recording._plain(b"\x00\x01") == "(2 bytes)"
