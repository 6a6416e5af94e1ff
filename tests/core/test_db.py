"""The database's own promises: keys that rotate, errors without personal data, and no unit that waits for itself."""

from __future__ import annotations

import hmac
import io
import json
import os
import time
from contextlib import redirect_stdout
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from config import TestConfig
from unionops.core.accounts.models import User
from unionops.core.db import Keyring, bulk_insert, db, durable, durable_rows, intent, remembered, rollback, touch_data, unit_of_work
from unionops.members.models import Person

BLIND = "22" * 32
FIRST, SECOND = "1:" + "11" * 32, "2:" + "33" * 32


# --- keys that rotate


def test_the_blind_index_is_an_hmac_of_place_and_value():
    ring = Keyring(FIRST, BLIND)
    for text in ("A123456789", "", "林"):
        whole = hmac.digest(bytes.fromhex(BLIND), f"person.id_number\0{text}".encode(), "sha256").hex()
        assert ring.blind(text, "person.id_number") == whole[:32]


def test_a_new_key_encrypts_and_the_old_one_still_decrypts(app):
    ring = app.extensions["keyring"]
    with unit_of_work("test", "test"):
        before = Person(name="林佳慧")
        before.identify("A123456789")
        db.session.add(before)
    try:
        app.extensions["keyring"] = Keyring(f"{FIRST},{SECOND}", BLIND)
        with unit_of_work("test", "test"):
            after = Person(name="陳大文")
            after.identify("B123456780")
            db.session.add(after)
        stored = dict(db.session.execute(sa.text("SELECT name, id_number FROM person")).all())
        assert {name: bytes(sealed)[0] for name, sealed in stored.items()} == {"林佳慧": 1, "陳大文": 2}
        db.session.rollback()
        assert [one.id_number for one in db.session.scalars(sa.select(Person).order_by(Person.id))] == ["A123456789", "B123456780"]
        with unit_of_work("test", "test"):
            db.session.get_one(Person, before.id).identify("C123456781")
        assert bytes(db.session.scalar(sa.text("SELECT id_number FROM person WHERE name = '林佳慧'")))[0] == 2
        db.session.rollback()
        app.extensions["keyring"] = Keyring(FIRST, BLIND)
        with pytest.raises(ValueError, match="its key is missing"):
            _ = db.session.scalars(sa.select(Person)).all()
    finally:
        db.session.rollback()
        app.extensions["keyring"] = ring


def test_a_file_encrypted_part_by_part_is_what_it_would_be_in_one():
    ring, content = Keyring(f"{FIRST},{SECOND}", BLIND), os.urandom(3 * (1 << 18) + 5)
    for given in (content, content[: 1 << 18], b""):
        sealed = io.BytesIO()
        ring.encrypt_file(io.BytesIO(given), sealed, "task.file:1")
        assert len(sealed.getvalue()) == len(ring.encrypt_bytes(given, "task.file:1"))
        assert ring.decrypt_bytes(sealed.getvalue(), "task.file:1") == given
        with pytest.raises(ValueError, match="altered"):
            ring.decrypt_bytes(sealed.getvalue(), "task.file:2")
        with pytest.raises(ValueError, match="altered"):
            ring.decrypt_bytes(sealed.getvalue()[:-1], "task.file:1")


def test_the_last_key_listed_encrypts_whatever_its_number():
    assert Keyring(f"{SECOND},{FIRST}", BLIND).encrypt("A123456789", "person.id_number")[0] == 1


def test_a_value_moved_to_another_column_is_not_decrypted():
    ring = Keyring(FIRST, BLIND)
    sealed = ring.encrypt("A123456789", "person.id_number")
    assert ring.decrypt(sealed, "person.id_number") == "A123456789"
    with pytest.raises(ValueError, match="altered"):
        ring.decrypt(sealed, "person.bank_account")


@pytest.mark.parametrize("keys", ["", "1:zz", "1", "1:1111", f"{FIRST},{FIRST}", "0:" + "11" * 32, "256:" + "11" * 32, "x:" + "11" * 32])
def test_keys_that_could_not_be_used_stop_the_start_and_are_not_repeated(keys):
    with pytest.raises(RuntimeError, match="FIELD_KEYS") as stopped:
        Keyring(keys, BLIND)
    assert "11" * 16 not in str(stopped.value)


def test_a_short_key_of_the_index_stops_the_start():
    with pytest.raises(RuntimeError, match="BLIND_INDEX_KEY"):
        Keyring(FIRST, "22" * 8)


@pytest.mark.parametrize(("name", "value"), [("SECRET_KEY", ""), ("SECRET_KEY", "short"), ("FIELD_KEYS", ""), ("BLIND_INDEX_KEY", "")])
def test_a_missing_or_guessable_secret_stops_the_start(name, value):
    config = TestConfig()
    setattr(config, name, value)
    with pytest.raises(RuntimeError, match=name):
        config.check()


@pytest.mark.parametrize("address", ["union.example", "https://", "ftp://union.example", "https://a b", "https://union.example/?x=1", "https://u:p@h"])
def test_an_address_that_nobody_could_open_stops_the_start(address):
    config = TestConfig()
    config.PUBLIC_URL = address
    with pytest.raises(RuntimeError, match="PUBLIC_URL"):
        config.check()


# --- errors and the log


def _logged(app, error: Exception) -> str:
    """What the log holds of an error, in the app's own format."""
    from unionops.app import _logging

    _logging(app)
    file = io.StringIO()
    with redirect_stdout(file):
        structlog.get_logger().error("incident", exc_info=error)
    assert json.loads(file.getvalue())["event"] == "incident"
    return file.getvalue()


def _refused_row() -> Exception:
    with pytest.raises(IntegrityError) as refused, durable() as own:
        own.execute(sa.text("INSERT INTO person (id, name, mobile, home_address) VALUES (:id, :name, :mobile, :address)"), {
            "id": 1, "name": "林佳慧", "mobile": "0912345678", "address": "臺中市\n西區公益路一號",
        })
    return refused.value


@pytest.mark.parametrize("which", ["app", "pg_app"])
def test_an_error_of_the_database_names_no_personal_data(request, which):
    logged = _logged(request.getfixturevalue(which), _refused_row())
    assert "INSERT INTO person" in logged
    for personal in ("林佳慧", "0912345678", "公益路"):
        assert personal not in logged


# --- one writer


def test_a_unit_that_would_wait_for_itself_fails_at_once(app):
    began = time.monotonic()
    with unit_of_work("test", "test"):
        db.session.scalar(sa.select(User.id))
        for way in (durable, durable_rows):
            with pytest.raises(RuntimeError, match="wait for itself"):
                way().__enter__()
    assert time.monotonic() - began < 3


def test_what_must_stay_is_written_before_a_units_first_statement_and_beside_a_reader(app):
    with unit_of_work("test", "test"):
        with durable() as own:
            own.add(User(username="first", name="甲"))
        db.session.add(User(username="second", name="乙"))
    with intent(write=False):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 2
        with durable() as own:
            own.add(User(username="third", name="丙"))
        with durable_rows() as connection:
            connection.execute(sa.insert(User.__table__), {"username": "fourth", "name": "丁"})
        db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 4


# --- many rows at once


@pytest.mark.parametrize("count", [1, 3, 2500])
@pytest.mark.postgres
def test_what_many_rows_share_is_given_once(app, pg_app, count):
    for one in (app, pg_app):
        with one.app_context():
            with unit_of_work("test", "test"):
                bulk_insert(Person.__table__, ("id", "name"), [(at, f"會員{at}") for at in range(1, count + 1)], reason="person", alike={
                    "sex": "F", "birth_on": date(1980, 1, 2), "created_at": datetime(2026, 1, 1, tzinfo=UTC),
                })
            found = db.session.execute(sa.select(Person.name, Person.sex, Person.birth_on, Person.mobile, Person.created_at).order_by(Person.id)).all()
            assert found == [(f"會員{at}", "F", date(1980, 1, 2), "", datetime(2026, 1, 1, tzinfo=UTC)) for at in range(1, count + 1)]
            db.session.remove()


# --- what is remembered until the data changes


def test_what_is_remembered_lasts_until_the_data_is_touched(app):
    def names() -> tuple[str, ...]:
        return remembered("members", ("names",), lambda: tuple(db.session.scalars(sa.select(Person.name))))

    assert names() == ()
    with unit_of_work("test", "test"):
        db.session.add(Person(name="林佳慧"))
    assert names() == ()
    with unit_of_work("test", "test"):
        touch_data("members")
    assert names() == ("林佳慧",)


def test_what_a_unit_sees_of_its_own_changes_is_for_nobody_else(app):
    def count() -> int:
        return remembered("members", ("count",), lambda: db.session.scalar(sa.select(sa.func.count(Person.id))))

    assert count() == 0
    with unit_of_work("test", "test"):
        db.session.add(Person(name="林佳慧"))
        touch_data("members")
        assert count() == 1
        rollback()
    assert count() == 0
    with unit_of_work("test", "test"):  # The version that was taken back is given out again.
        touch_data("members")
    assert count() == 0


@pytest.mark.postgres
def test_what_only_reads_cannot_write_on_postgresql(pg_app):
    with intent(write=False), db.engine.connect() as connection, pytest.raises(sa.exc.InternalError, match="read-only"):
        connection.execute(sa.update(User).values(name="x"))
    with intent(write=True), db.engine.begin() as connection:  # The same connection, taken from the pool again.
        connection.execute(sa.update(User).values(name="x"))
