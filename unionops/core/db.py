"""The database: engine, column types, the unit of work, and the only places that commit.

One commit per request (the gate) or per job (``unit_of_work``). Rows that must outlive a rolled-back request, such as a
failed sign-in, are written by ``durable``. Set-based statements that change rows go through ``bulk``.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from flask import current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from unionops.core import clock
from unionops.values.refs import Ref


class Base(DeclarativeBase):
    """The parent of every model; constraints get stable names so that migrations can find them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
Model = Base if TYPE_CHECKING else db.Model

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A JSON column, the same on both databases."""


# --- column types -----------------------------------------------------------------------------------------------------


class Ntd(TypeDecorator[int]):
    """Whole New Taiwan dollars. Refuses float, bool and Decimal: rounding belongs to a rule, never to storage."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:
        if value is not None and type(value) is not int:
            raise TypeError(f"money must be int NT$, not {type(value).__name__}")
        return value


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware, stored in UTC. Refuses naive values."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class RefType(TypeDecorator[Ref]):
    """A pointer by value, stored as ``kind:id``."""

    impl = sa.String(60)
    cache_ok = True

    def process_bind_param(self, value: Ref | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Ref | None:
        return None if value is None else Ref.parse(value)


class Encrypted(TypeDecorator[str]):
    """Text encrypted at rest: AES-256-GCM, one key-id byte, a random nonce, bound to its ``table.column``.

    Keys come from FIELD_KEYS ("1:hex,2:hex"): the last one encrypts, all decrypt, so keys rotate without a stop.
    """

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else _keyring().encrypt(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else _keyring().decrypt(bytes(value), self.place)


_PART = 1 << 18
"""Bytes of a file that are encrypted at a time."""


class Keyring:
    """The field keys of this installation and the key of the blind index."""

    def __init__(self, field_keys: str, blind_key: str) -> None:
        """Raises RuntimeError for keys that could not be used, without repeating them."""
        pairs = [pair.strip().partition(":") for pair in field_keys.split(",") if pair.strip()]
        try:
            keys = [(int(number), bytes.fromhex(key)) for number, _colon, key in pairs]
            self._blind = bytes.fromhex(blind_key)
        except ValueError:
            raise RuntimeError("FIELD_KEYS must be 1:hex,2:hex and BLIND_INDEX_KEY hex") from None
        numbers = [number for number, _key in keys]
        if not keys or len(set(numbers)) < len(numbers) or not all(0 < number < 256 for number in numbers):
            raise RuntimeError("FIELD_KEYS needs a number from 1 to 255 for every key, none of them twice")
        if any(len(key) != 32 for _number, key in keys) or len(self._blind) < 32:
            raise RuntimeError("every key in FIELD_KEYS, and BLIND_INDEX_KEY, needs 32 bytes (64 hex digits)")
        self._ciphers = {number: AESGCM(key) for number, key in keys}
        self._current, self._key = keys[-1]
        # HMAC-SHA-256 (RFC 2104) with the key, and each place, hashed in once: such states are copied for every fingerprint.
        key = self._blind if len(self._blind) <= 64 else hashlib.sha256(self._blind).digest()
        self._inner, self._outer = (hashlib.sha256(bytes(octet ^ pad for octet in key.ljust(64, b"\0"))) for pad in (0x36, 0x5C))
        self._places: dict[str, Callable[[str], str]] = {}

    def encrypt(self, text: str, place: str) -> bytes:
        return self.encrypt_bytes(text.encode(), place)

    def decrypt(self, data: bytes, place: str) -> str:
        return self.decrypt_bytes(data, place).decode()

    def encrypt_bytes(self, content: bytes, place: str) -> bytes:
        """The same for a file: ``place`` is its ``table.column``, followed by the row's id where a swap of rows would matter."""
        nonce = os.urandom(12)
        sealed = self._ciphers[self._current].encrypt(nonce, content, place.encode())
        return bytes([self._current]) + nonce + sealed

    def encrypt_file(self, source: BinaryIO, target: BinaryIO, place: str) -> None:
        """Writes what ``encrypt_bytes`` would make of all that ``source`` holds, a part in memory at a time."""
        nonce = os.urandom(12)
        work = Cipher(AES(self._key), GCM(nonce)).encryptor()
        work.authenticate_additional_data(place.encode())
        target.write(bytes([self._current]) + nonce)
        while part := source.read(_PART):
            target.write(work.update(part))
        target.write(work.finalize() + work.tag)

    def decrypt_bytes(self, data: bytes, place: str) -> bytes:
        try:
            return self._ciphers[data[0]].decrypt(data[1:13], data[13:], place.encode())
        except (KeyError, InvalidTag) as wrong:
            raise ValueError(f"{place} cannot be decrypted: its key is missing or the value was altered") from wrong

    def blind(self, text: str, place: str) -> str:
        return self.blinder(place)(text)

    def blinder(self, place: str) -> Callable[[str], str]:
        """``blind`` for one place, for many values."""
        made = self._places.get(place)
        if made is None:
            begun, begin_outer = self._inner.copy(), self._outer.copy
            begun.update(f"{place}\0".encode())
            begin = begun.copy

            def made(text: str) -> str:
                inner, outer = begin(), begin_outer()
                inner.update(text.encode())
                outer.update(inner.digest())
                return outer.hexdigest()[:32]

            self._places[place] = made
        return made


def _keyring() -> Keyring:
    keyring: Keyring = current_app.extensions["keyring"]
    return keyring


def blind_index(text: str, place: str) -> str:
    """The keyed fingerprint by which an encrypted value is found exactly: 32 hex digits, different for every ``place``."""
    return _keyring().blind(text, place)


def keyring() -> Keyring:
    """The keys of the running app, for batches that encrypt many values at once."""
    return _keyring()


# --- engine -----------------------------------------------------------------------------------------------------------

_writing: ContextVar[bool] = ContextVar("unionops_writing", default=True)


@contextmanager
def intent(*, write: bool) -> Iterator[None]:
    """Says whether the transactions begun inside will write; on PostgreSQL others cannot. On SQLite a writer takes its lock at the start:
    otherwise two that read and then write would silently lose updates or fail at once."""
    token = _writing.set(write)
    try:
        yield
    finally:
        _writing.reset(token)


def is_writing() -> bool:
    """Whether what is read now may hold rows of this unit that are not committed."""
    return _writing.get()


@event.listens_for(Engine, "do_connect")
def _keep_statements(dialect: sa.Dialect, _record: Any, _words: Any, given: dict[str, Any]) -> None:
    if dialect.name == "sqlite":
        given.setdefault("cached_statements", 1_000)  # The app has some hundreds; reading one anew costs more than doing it.


@event.listens_for(Engine, "connect")
def _connect(connection: Any, record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # We say BEGIN ourselves, see _begin.
        cursor = connection.cursor()
        for pragma in ("busy_timeout=15000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-16000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
    else:
        connection.connection.dbapi_connection.read_only = not _writing.get()  # type: ignore[union-attr]


@event.listens_for(Session, "after_begin")
def _hold(session: Session, transaction: sa.orm.SessionTransaction, connection: sa.Connection) -> None:
    if not transaction.nested:
        session.info["holds_writer"] = connection.dialect.name == "sqlite" and _writing.get()


@event.listens_for(Session, "after_transaction_end")
def _let_go(session: Session, transaction: sa.orm.SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("holds_writer", None)
        session.info.pop("touched", None)


def plain(statement: sa.Executable, given: dict[str, Any] | None = None) -> sa.CursorResult[Any]:
    """Rows of the tables, read inside the unit without the machinery of records, which costs more than a small SELECT does."""
    db.session.flush()  # As before any SELECT of the session: what this unit has changed so far is seen.
    return db.session.connection().execute(statement, given)


# --- transactions -----------------------------------------------------------------------------------------------------

Hook = Callable[[Session], None]
_before_commit: list[Hook] = []


def before_commit(hook: Hook) -> Hook:
    """Registers what happens once, just before the one commit of a unit (the audit entry is written so)."""
    _before_commit.append(hook)
    return hook


def commit() -> None:
    """The one commit of the request: flush, audit, commit. For the gate and ``unit_of_work`` only."""
    db.session.flush()
    for hook in _before_commit:
        hook(db.session())
    db.session.commit()


def end_reading() -> None:
    """Ends a transaction that only read. PostgreSQL forgets every statement that it prepared on a connection when one is rolled back."""
    if db.engine.dialect.name == "postgresql":
        db.session.commit()


def rollback() -> None:
    """Forget everything of this unit. For the gate, ``unit_of_work`` and ``forms.catching`` only."""
    db.session.rollback()
    db.session.info.clear()


@contextmanager
def unit_of_work(actor: str, source: str, actor_id: int | None = None) -> Iterator[None]:
    """The transaction of a job or a command: all of it or nothing, one audit entry naming ``actor`` and ``source``.

    ``actor_id`` is the user for whom it is done, if there is one."""
    from unionops.core.audit import recording  # The audit builds on this module.

    with intent(write=True), recording.acting(actor, source, actor_id):
        try:
            yield
            commit()
        except BaseException:
            rollback()
            raise


@contextmanager
def durable() -> Iterator[Session]:
    """A short transaction of its own that survives the request's rollback: failed sign-ins, refusals, reads, job runs.

    Before the unit's first statement only: SQLite has one writer at a time, and a unit that writes would wait for itself.
    Raises RuntimeError at once instead of waiting.
    """
    _refuse_inside_a_writer()
    with intent(write=True), Session(db.engine) as session, session.begin():
        session.info["unaudited"] = True
        yield session


@contextmanager
def durable_rows() -> Iterator[sa.Connection]:
    """The same for rows that go straight to their tables: a session would cost as much as the writing. The audit logs every look so."""
    _refuse_inside_a_writer()
    with intent(write=True), db.engine.begin() as connection:
        yield connection


@contextmanager
def durable_connection() -> Iterator[sa.Connection]:
    """A connection for many such transactions one after another, each ``with connection.begin()``: to take one from the pool and give it
    back costs as much as a short transaction itself."""
    _refuse_inside_a_writer()
    with intent(write=True), db.engine.connect() as connection:
        yield connection


def _refuse_inside_a_writer() -> None:
    if db.session.registry.has() and db.session.info.get("holds_writer"):
        raise RuntimeError("durable() inside a unit that writes would wait for itself; call it before the unit's first statement")


class BulkStatementRefused(RuntimeError):
    """An UPDATE or DELETE over many rows outside ``bulk``: it would pass the audit by."""


def bulk(statement: sa.Executable, rows: list[dict[str, Any]] | None = None, *, reason: str) -> sa.Result[Any]:
    """Runs a set-based statement inside the unit. ``reason`` goes into the unit's audit entry with the number of rows.

    Only for batches (an import, a bill run): one statement, one line in the audit, instead of one per row.
    """
    db.session.flush()
    result = db.session.execute(statement, rows, execution_options={"bulk": True}) if rows is not None else db.session.execute(
        statement, execution_options={"bulk": True}
    )
    count = len(rows) if rows is not None else max(getattr(result, "rowcount", -1), 0)
    db.session.info.setdefault("bulk", []).append((reason, count))
    return result


@contextmanager
def unhindered() -> Iterator[None]:
    """Holds the collection of circular garbage while a batch makes very many objects that all stay: it would walk them again
    and again and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()  # Together: what was made counts as old at once, without the walk through all of it that comes next.
            gc.enable()


def bulk_insert(
    table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, reason: str, alike: Mapping[str, Any] | None = None
) -> None:
    """Inserts many rows inside the unit, handed to the driver in one go; ``reason`` as for ``bulk``.

    Every row names every one of ``columns``, in that order; ``alike`` holds what is the same in all of them. Of columns that are not named
    those with a constant as their default are filled in with it. Values pass the column types as always (encryption, time zones); what is
    saved is the statement's preparation row by row.
    """
    if not rows:
        return
    db.session.flush()
    connection = db.session.connection()
    dialect = connection.dialect
    given = dict(zip(columns, zip(*rows, strict=True), strict=True))
    of_all = dict(alike or {})
    of_all |= {
        column.name: column.default.arg for column in table.columns
        if column.name not in given and column.name not in of_all and column.default is not None and column.default.is_scalar
    }
    for name, values in given.items():
        if (make := _fit(table.c[name].type, dialect)) is not None:
            given[name] = tuple(map(make, values))
    for name, value in of_all.items():
        if (make := _fit(table.c[name].type, dialect)) is not None:
            of_all[name] = make(value)
    if dialect.name == "postgresql":
        _copy(connection, table, [*given, *of_all], zip(*given.values(), *(repeat(value, len(rows)) for value in of_all.values()), strict=True))
    else:
        if len(rows) >= _MANY:
            connection.exec_driver_sql("PRAGMA cache_size=-65536")  # 64 MB, of this connection: indexes are written all over.
        _insert_several(connection, table, given, of_all, len(rows))
    db.session.info.setdefault("bulk", []).append((reason, len(rows)))


def _insert_several(connection: sa.Connection, table: sa.Table, given: dict[str, tuple[Any, ...]], of_all: dict[str, Any], count: int) -> None:
    """SQLite: many rows by each statement, for the full-text index writes what it has gathered whenever one ends. What all rows share is
    handed over once a statement: to bind a value takes about as long as to store it."""
    quote = connection.dialect.identifier_preparer
    width = len(given)
    flat: list[Any] = [None] * (count * width)  # Row after row, as the driver takes them.
    for at, values in enumerate(given.values()):
        flat[at::width] = values
    begin = f"INSERT INTO {quote.format_table(table)} ({', '.join(map(quote.quote, (*given, *of_all)))}) SELECT *{', ?' * len(of_all)} FROM (VALUES "
    row = f"({', '.join('?' * width)})"
    several = max(1, _VALUES // width) * width
    for start in range(0, len(flat), several):
        some = flat[start : start + several]
        connection.exec_driver_sql(f"{begin}{', '.join([row] * (len(some) // width))})", (*of_all.values(), *some))


def _copy(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """PostgreSQL's own way for many rows: several times as fast as INSERT, with the same defaults, checks and triggers."""
    quote = connection.dialect.identifier_preparer
    statement = f"COPY {quote.format_table(table)} ({', '.join(map(quote.quote, columns))}) FROM STDIN"
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.dbapi.IntegrityError as error:  # Here the driver is spoken to directly: nobody wraps its errors.
        raise IntegrityError(statement, None, error) from error


_MANY = 10_000
_VALUES = 2000
"""How many values one statement brings; with many more its preparation costs what it saves."""


def _fit(column_type: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What makes a value fit for the driver, encrypted where the column is; None when it is as it stands."""
    if isinstance(column_type, Encrypted):
        encrypt, place = _keyring().encrypt, column_type.place
        return lambda value: None if value is None else encrypt(value, place)
    return _maker(column_type, dialect)


@lru_cache(maxsize=200)
def _maker(column_type: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What makes a value fit for the driver. Days and moments come again and again: what was made of one is kept."""
    own = column_type.dialect_impl(dialect)
    make: Callable[[Any], Any] | None = own.bind_processor(dialect)
    return lru_cache(maxsize=50_000)(make) if make is not None and isinstance(own, sa.Date | sa.DateTime | UtcDateTime) else make


@event.listens_for(Session, "do_orm_execute")
def _only_through_bulk(state: sa.orm.ORMExecuteState) -> None:
    if (state.is_update or state.is_delete) and not state.execution_options.get("bulk") and not state.session.info.get("unaudited"):
        raise BulkStatementRefused("use core.db.bulk for set-based changes")


def is_taken(error: IntegrityError) -> bool:
    """Whether somebody else stored the same key meanwhile. On SQLite nobody can: one writes at a time, from reading to committing."""
    return getattr(error.orig, "sqlstate", "") == "23505"  # unique_violation


# Locks are taken in one order everywhere, so that two units wait for each other in turn and never for ever (PostgreSQL; on SQLite whoever
# writes is alone):
#
# 1. what is being approved: the approval, and the record that it is about;
# 2. bodies of data: those that the unit reads to decide by ``hold_data``, all at once; any other by ``touch_data`` before rows of it are written;
# 3. the record that is decided upon: a line of a statement, a list, a scheme;
# 4. people by their numbers, all of them before the first voucher; then their payments, then receipts;
# 5. counters: a voucher's, then a receipt's number.


def lock_row(row: Any) -> None:
    """Reads ``row`` again with a lock until the end of the unit: for every read-then-write on shared numbers. Only itself: what was
    loaded joined with it stays free."""
    db.session.refresh(row, with_for_update={"of": type(row)})


def alone(session: Session, table: str) -> None:
    """Until the end of the transaction nobody else writes to ``table``: what was counted in it stays true. Readers go on.

    For short transactions. A writer on SQLite is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))


R = TypeVar("R", bound=Base)


def _locked(model: type[R], name: str, **first: Any) -> R:
    """The row of this name, locked until the end of the unit; made with the values ``first`` when there is none. Of two who make it
    at once the second waits for the first and goes on with its row."""
    with db.session.no_autoflush:  # The lock first: what this unit has changed so far locks rows as soon as it is written.
        row = db.session.get(model, name, with_for_update=True)
        if row is None:
            dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
            db.session.execute(dialect.insert(model.__table__).values(name=name, **first).on_conflict_do_nothing())  # type: ignore[arg-type]
            row = db.session.get_one(model, name, with_for_update=True)
    if db.session.autoflush:
        db.session.flush()
    return row


class Counter(Model):
    """Consecutive numbers without gaps or collisions: member numbers, receipts, letters by year."""

    __tablename__ = "counter"

    name: sa.orm.Mapped[str] = sa.orm.mapped_column(sa.String(80), primary_key=True)
    last: sa.orm.Mapped[int] = sa.orm.mapped_column(sa.BigInteger, default=0)


def next_number(name: str, count: int = 1) -> int:
    """The next free number of a series (the first of ``count``). Taken inside the unit: a rollback gives it back."""
    row = _locked(Counter, name, last=0)
    first = row.last + 1
    row.last += count
    return first


class OnceKey(Model):
    """A one-time key of a form: the second press of the button meets the first result instead of doing it again."""

    __tablename__ = "once_key"

    key: sa.orm.Mapped[str] = sa.orm.mapped_column(sa.String(64), primary_key=True)
    endpoint: sa.orm.Mapped[str] = sa.orm.mapped_column(sa.String(120))
    user_id: sa.orm.Mapped[int | None]
    location: sa.orm.Mapped[str] = sa.orm.mapped_column(sa.Text, default="")
    used_at: sa.orm.Mapped[datetime] = sa.orm.mapped_column(UtcDateTime, default=clock.now)


class DataVersion(Model):
    """How often a body of data has changed: counts shown on lists are remembered until it moves."""

    __tablename__ = "data_version"

    name: sa.orm.Mapped[str] = sa.orm.mapped_column(sa.String(40), primary_key=True)
    version: sa.orm.Mapped[int] = sa.orm.mapped_column(sa.BigInteger, default=0)


def touch_data(name: str) -> None:
    """Says, inside the unit, that the body of data ``name`` changes; see ``remembered``. Nobody else can until the unit ends."""
    db.session.info.setdefault("touched", set()).add(name)
    _locked(DataVersion, name, version=0).version += 1


def hold_data(*names: str) -> None:
    """Before a unit reads what it decides by: whoever holds or touches one of these bodies of data waits until it ends, and this unit for
    whoever does now, and sees what he wrote. Always in the order of their names, whatever the order in which they are given."""
    for name in sorted(set(names) - db.session.info.get("touched", set())):
        db.session.refresh(_locked(DataVersion, name, version=0))


def data_versions(*names: str) -> tuple[int, ...]:
    """How often each of these bodies of data has changed: what is read after this holds as long as they stay the same."""
    known = dict(db.session.execute(_VERSIONS).all())
    return tuple(known.get(name, 0) for name in names)


T = TypeVar("T")
_AT_MOST = 1_000_000
"""How many figures (ids of a list, values of a table) are remembered of one body of data before all of them are forgotten."""


@dataclass
class _Memory:
    """What is remembered of one body of data, in one version of it."""

    version: int
    values: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    size: int = 0


def remembered(name: str, key: tuple[Any, ...], compute: Callable[[], T]) -> T:
    """``compute()``, remembered in this process until ``touch_data(name)`` is committed anywhere.

    One cheap read per call; one per request while nothing is written. The result is shared: plain values, no records.
    """
    version = _version(name)
    if name in db.session.info.get("touched", ()):
        return compute()  # This unit has changed the data and may yet be rolled back: what it sees is for nobody else.
    memory: dict[str, _Memory] = current_app.extensions.setdefault("remembered", {})
    held = memory.get(name)
    if held is None or held.version != version:
        held = memory[name] = _Memory(version)
    values = held.values
    if key not in values:
        if held.size > _AT_MOST:
            values = held.values = {}
            held.size = 0
        value = values[key] = compute()
        held.size += len(value) if hasattr(value, "__len__") else 1
    found: T = values[key]
    return found


_VERSIONS = sa.select(DataVersion.name, DataVersion.version)


def _version(name: str) -> int:
    if _writing.get() or not has_request_context():
        return dict(db.session.execute(_VERSIONS).all()).get(name, 0)  # Through the session, which flushes what was touched just now.
    known: dict[str, int] | None = request.environ.get("unionops.versions")
    if known is None:
        known = request.environ["unionops.versions"] = dict(db.session.connection().execute(_VERSIONS).all())
    return known.get(name, 0)
