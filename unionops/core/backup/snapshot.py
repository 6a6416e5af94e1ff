"""A database as it is at one moment, read part by part, and put back into an empty one.

SQLite is copied in one step (stepwise it would start over at each write) and travels as that file. PostgreSQL is read table by table with
COPY inside one REPEATABLE READ transaction, and travels as those texts; its tables are made by the migrations when it is put back, so
that no program of the server is needed. Others go on writing meanwhile in both. Knows nothing of files, keys and encryption.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from unionops.core.attachments.models import AttachmentVersion

PART = 1 << 20
SQLITE_FILE = "database"
TABLE = "table:"
_REVISION = "alembic_version"
_FILES = AttachmentVersion.__tablename__
_AUDIT = "audit_seal"


@dataclass
class Snapshot:
    """One moment of a database. ``rows`` counts the rows of each table, complete once ``members`` has ended."""

    kind: str
    revision: str
    file_keys: list[str]
    audit_digest: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    _source: Any = None

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """What has to be kept, by name."""
        if self.kind == "sqlite":
            yield SQLITE_FILE, pieces(self._source)
        else:
            for table in self.columns:
                yield TABLE + table, self._copied(table)

    def _copied(self, table: str) -> Iterator[bytes]:
        with self._source.cursor() as cursor:
            with cursor.copy(f"COPY {_quoted(table)} ({_listed(self.columns[table])}) TO STDOUT") as copy:
                yield from copy
            self.rows[table] = cursor.rowcount


def pieces(path: Path) -> Iterator[bytes]:
    """The content of a file, a part at a time."""
    with path.open("rb", buffering=0) as file:
        while part := file.read(PART):
            yield part


@contextmanager
def taken(engine: sa.Engine, folder: Path) -> Iterator[Snapshot]:
    """The database as it is now. ``folder`` is where the copy of a SQLite file lies meanwhile; nothing of it stays."""
    if engine.dialect.name == "sqlite":
        copy = folder / "snapshot.db"
        try:
            with closing(sqlite3.connect(str(engine.url.database), timeout=15)) as source, closing(sqlite3.connect(copy)) as target:
                copy.chmod(0o600)
                target.execute("PRAGMA synchronous=OFF")  # A copy that a power failure breaks is made anew.
                source.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
                found = _read("sqlite", target, _sqlite_tables(target), copy)
                found.rows = {table: target.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0] for table in _sqlite_tables(target)}
            yield found
        finally:
            for part in ("", "-journal", "-wal", "-shm"):
                copy.with_name(copy.name + part).unlink(missing_ok=True)
    else:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection, connection.begin():
            driver = connection.connection.driver_connection
            assert driver is not None
            tables = _postgres_columns(driver)
            found = _read("postgresql", driver, list(tables), driver)
            found.columns = {table: columns for table, columns in tables.items() if table != _REVISION}
            found.counters = dict(driver.execute(
                "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"
            ))
            yield found


def _read(kind: str, driver: Any, tables: list[str], source: Any) -> Snapshot:
    def column(table: str, statement: str) -> list[str]:
        return [row[0] for row in driver.execute(statement)] if table in tables else []

    return Snapshot(
        kind,
        revision=",".join(sorted(column(_REVISION, f"SELECT version_num FROM {_REVISION}"))),
        file_keys=column(_FILES, f"SELECT DISTINCT key FROM {_FILES} WHERE key <> '' ORDER BY key"),
        audit_digest="".join(column(_AUDIT, f"SELECT digest FROM {_AUDIT} ORDER BY place DESC LIMIT 1")),
        _source=source,
    )


def _sqlite_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables with data of their own: not those in which the full-text index keeps itself."""
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"))
    indexes = tuple(name for name, sql in found.items() if sql.upper().startswith("CREATE VIRTUAL"))
    return [name for name in found if not any(name == index or name.startswith(index + "_") for index in indexes)]


def _postgres_columns(driver: Any) -> dict[str, list[str]]:
    rows = driver.execute(
        "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
        "AND a.attgenerated = '' GROUP BY c.relname ORDER BY c.relname"
    )
    return dict(rows.fetchall())


class TablesLoader:
    """Puts the texts of PostgreSQL tables into an empty schema that has them; ``engine`` has that schema first in its search path."""

    def __init__(self, engine: sa.Engine, columns: dict[str, list[str]]) -> None:
        self._engine = engine
        self._columns = columns

    @contextmanager
    def loading(self) -> Iterator[TablesLoader]:
        """Foreign keys are off inside and checked, all at once, at the end: tables that point to each other have no order."""
        with self._engine.begin() as connection:
            self._driver: Any = connection.connection.driver_connection
            keys = self._driver.execute(
                "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
            ).fetchall()
            for table, name, _definition in keys:
                self._driver.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            yield self
            for table, name, definition in keys:
                self._driver.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")

    def table(self, name: str, content: Iterator[bytes]) -> None:
        """One table from its text."""
        with self._driver.cursor() as cursor, cursor.copy(f"COPY {_quoted(name)} ({_listed(self._columns[name])}) FROM STDIN") as copy:
            for part in content:
                copy.write(part)

    def counters(self, counters: dict[str, int]) -> None:
        """Sequences go on where they stood."""
        for name, value in counters.items():
            self._driver.execute("SELECT setval(%s::regclass, %s)", (_quoted(name), value))


def counted(engine: sa.Engine, tables: list[str]) -> dict[str, int]:
    """The rows of each of these tables; those that are not there are left out."""
    with engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        return {table: connection.execute(sa.text(f"SELECT count(*) FROM {_quoted(table)}")).scalar_one() for table in tables if table in there}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(columns: list[str]) -> str:
    return ", ".join(map(_quoted, columns))
