"""The database itself refuses to change or remove what an append-only table holds: the audit, vouchers and their postings.

``create_all`` makes the triggers by itself; a migration writes out those of its tables (``statements``), also after it rebuilt one
(SQLite drops a table's triggers with it). Who owns the database can remove them: that is what the chain of the audit is for.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

TABLES: dict[str, tuple[str, ...]] = {}
"""The append-only tables and their keys, as ``attach`` was told."""

# Named when only the audit was append-only; landed databases have it.
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


def create(bind: sa.Connection) -> None:
    """Makes the triggers of all these tables; those that are there already stay."""
    for table in TABLES:
        _create(table, bind)


def drop(bind: sa.Connection) -> None:
    """Removes all of them."""
    for table in TABLES:
        for name in (f"{table}_no_update", f"{table}_no_delete", f"{table}_no_replace", f"{table}_append_only", f"{table}_no_truncate"):
            if bind.dialect.name == "sqlite":
                bind.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            else:
                bind.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    if bind.dialect.name == "postgresql":
        bind.exec_driver_sql("DROP FUNCTION IF EXISTS audit_append_only()")


def attach(table: Any) -> None:
    """Makes a table append-only: ``create_all`` makes its triggers right after it."""
    TABLES[table.name] = tuple(column.name for column in table.primary_key)
    sa.event.listen(table, "after_create", lambda target, bind, **rest: _create(target.name, bind))


def statements(table: str, dialect: str) -> list[str]:
    """The DDL for one table on ``sqlite`` or ``postgresql``."""
    if dialect == "postgresql":
        return [
            _POSTGRESQL_FUNCTION,
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    same = " AND ".join(f"{column} = NEW.{column}" for column in TABLES[table])
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        # INSERT OR REPLACE removes the old row without asking the delete trigger.
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}",
    ]


def _create(table: str, bind: sa.Connection) -> None:
    for statement in statements(table, bind.dialect.name):
        bind.exec_driver_sql(statement.replace("%", "%%") if bind.dialect.name == "postgresql" else statement)
