"""The real migrations: one line of them, they go up, down and up again, and their end is what the models say. Both databases.

How migrations are run, whatever they contain, is tests/test_migrations.py."""

import re
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from config import ROOT, TestConfig
from unionops.app import create_app
from unionops.core import migrations
from unionops.core.db import db

FOLDER = ROOT / "migrations"
FULL_TEXT = re.compile(r"search_index|ix_search_text_words")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def office(request, tmp_path):
    """The app on an empty database without any table."""
    if request.param == "sqlite":
        yield from _on(f"sqlite:///{tmp_path / 'office.db'}", tmp_path)
    else:
        with request.getfixturevalue("postgres_server").database() as url:
            yield from _on(url.render_as_string(hide_password=False), tmp_path)


def _on(url: str, home: Path):
    app = create_app(TestConfig(url, home=home))
    migrations.attach(app)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences() -> list[tuple[Any, ...]]:
    """What a new migration would have to do for the tables to be what the models say."""
    with db.engine.connect() as connection:
        # The full-text index is no model; what it consists of is compared by ``written_out``.
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": lambda name, kind, parents: not FULL_TEXT.match(name or "")}
        )
        return compare_metadata(context, db.metadata)


def written_out() -> set[str]:
    """What is in the database beside tables and constraints, in its own words: triggers, functions, indexes."""
    statements = {
        "sqlite": ["SELECT name || ' ' || sql FROM sqlite_master WHERE sql IS NOT NULL AND (type <> 'table' OR sql LIKE 'CREATE VIRTUAL%')"],
        "postgresql": [
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'",
        ],
    }
    with db.engine.connect() as connection:
        rows = [row for statement in statements[connection.dialect.name] for row in connection.exec_driver_sql(statement).scalars()]
    return {re.sub(r"\s+", " ", row.replace('"', "").replace("IF NOT EXISTS ", "")).strip() for row in rows}


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def test_there_is_one_line_of_migrations():
    script = ScriptDirectory(str(FOLDER))
    assert len(script.get_heads()) == 1
    numbers = sorted(revision.revision for revision in script.walk_revisions())
    assert numbers == [f"{place:04d}" for place in range(1, len(numbers) + 1)]


def test_up_down_and_up_again_end_at_the_models(office):
    flask_migrate.upgrade(directory=str(FOLDER))
    assert differences() == []
    flask_migrate.downgrade(directory=str(FOLDER), revision="base")
    assert tables() <= {"alembic_version"}
    flask_migrate.upgrade(directory=str(FOLDER))
    assert differences() == []
    assert {name for name in tables() if not FULL_TEXT.match(name)} == {*db.metadata.tables, "alembic_version"}


def test_triggers_and_indexes_are_those_that_the_models_make(office):
    flask_migrate.upgrade(directory=str(FOLDER))
    migrated = written_out()
    flask_migrate.downgrade(directory=str(FOLDER), revision="base")
    assert written_out() == set()
    db.create_all()
    assert written_out() == migrated


def test_a_forgotten_column_is_found(office):
    db.create_all()
    assert differences() == []
    with db.engine.begin() as connection:
        connection.execute(sa.text('ALTER TABLE union_record DROP COLUMN seat'))
    assert [(kind, column.name) for kind, _schema, _table, column in differences()] == [("add_column", "seat")]


def test_a_forgotten_trigger_is_found(office):
    db.create_all()
    whole = written_out()
    with db.engine.begin() as connection:
        lite = connection.dialect.name == "sqlite"
        connection.execute(sa.text("DROP TRIGGER audit_entry_no_update" if lite else "DROP TRIGGER audit_entry_no_truncate ON audit_entry"))
    assert len(whole - written_out()) == 1
