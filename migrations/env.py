"""Runs the migrations on the database of the current app: all of them in one transaction, or none.

Made for ``python -m unionops db …`` and for ``unionops.core.migrations``. New revisions are numbered 0001, 0002, ….
"""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.operations.ops import CreateTableOp
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

migrate = current_app.extensions["migrate"]


def render_plain(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """A migration names the stored type, not the app's own one: it must still run when that class has moved."""
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__.startswith("unionops."):
        return f"sa.{item.impl!r}"
    if kind == "type" and isinstance(item, sa.JSON) and "postgresql" in item._variant_mapping:
        # Alembic would write JSONB(astext_type=Text()), a name that the migration does not have.
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def number(migration_context: Any, revision: Any, directives: list[Any]) -> None:
    """Gives a new revision the next number, and makes none when nothing changed."""
    script = directives[0]
    if getattr(context.config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives.clear()
        return
    for step in (*script.upgrade_ops.ops, *script.downgrade_ops.ops):
        if isinstance(step, CreateTableOp):
            step.info = {}  # What people call the table is the app's business.
    head = ScriptDirectory.from_config(context.config).get_current_head()
    script.rev_id = f"{int(head or 0) + 1:04d}"


def ours(name: str | None, kind: str, parents: Any) -> bool:
    """Whether a table of the database is the models' business; the full-text index makes some of its own."""
    return kind != "table" or not str(name).startswith("search_index")


def enforce_foreign_keys(connection: Connection, on: bool) -> None:
    """SQLite changes a table by copying it and dropping the old one; with foreign keys on, that would delete the rows that
    point to it. The setting works only outside a transaction, hence on the driver's own connection."""
    if connection.dialect.name != "sqlite":
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def check_foreign_keys(connection: Connection) -> None:
    """Refuses the result if a row points to nothing; raises RuntimeError naming the tables, and all is rolled back."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError("rows that point to nothing in: " + ", ".join(sorted({row[0] for row in broken})))


def run() -> None:
    with migrate.db.engine.connect() as connection:
        enforce_foreign_keys(connection, False)
        try:
            context.configure(
                connection=connection,
                target_metadata=migrate.db.metadata,
                transactional_ddl=True,  # True for SQLite as well here: the app says BEGIN itself.
                render_item=render_plain,
                include_name=ours,
                process_revision_directives=number,
                **migrate.configure_args,
            )
            with context.begin_transaction():
                context.run_migrations()
                check_foreign_keys(connection)
        finally:
            enforce_foreign_keys(connection, True)


if context.is_offline_mode():
    raise SystemExit("migrations run on a database, not into a script")
run()
