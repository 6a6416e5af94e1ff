"""How migrations are run (``migrations/env.py``), shown on a small database of its own: all or nothing, and no row lost."""

import shutil
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from config import ROOT

FIRST = """
def upgrade():
    op.create_table("unit", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
    op.create_table(
        "person", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id", ondelete="CASCADE", name="fk_person_unit_id_unit")),
    )

def downgrade():
    op.drop_table("person")
    op.drop_table("unit")
"""
REBUILD = """
def upgrade():
    with op.batch_alter_table("unit", recreate="always") as unit:
        unit.alter_column("name", type_=sa.String(80), existing_type=sa.String(20))

def downgrade():
    pass
"""
FAILS = """
def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO nowhere VALUES (1)")

def downgrade():
    pass
"""
ORPHANS = """
def upgrade():
    op.execute("INSERT INTO person VALUES (7, 99)")

def downgrade():
    pass
"""


@pytest.fixture
def office(tmp_path):
    """A folder of migrations on a database of its own: ``office.upgrade(FIRST, REBUILD)`` runs what is new."""
    built = Office(tmp_path, f"sqlite:///{tmp_path / 'office.db'}")
    yield built
    built.close()


@pytest.fixture
def postgres_office(tmp_path, postgres_server):
    with postgres_server.database() as url:
        built = Office(tmp_path, url)
        yield built
        built.close()


class Office:
    def __init__(self, folder: Path, url: str | sa.URL) -> None:
        self.folder = folder / "migrations"
        shutil.copytree(ROOT / "migrations", self.folder, ignore=shutil.ignore_patterns("0*", "__pycache__"))
        self.app = Flask("office")
        self.app.config["SQLALCHEMY_DATABASE_URI"] = url
        self.db = SQLAlchemy(self.app)
        flask_migrate.Migrate(self.app, self.db, directory=str(self.folder), render_as_batch=True)

    def upgrade(self, *migrations: str) -> None:
        for number, body in enumerate(migrations, start=1):
            head = f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "{number:04}"\ndown_revision = '
            head += f'"{number - 1:04}"\n' if number > 1 else "None\n"
            (self.folder / "versions" / f"{number:04}_step.py").write_text(head + body)
        with self.app.app_context():
            flask_migrate.upgrade()

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.app.app_context(), self.db.engine.begin() as connection:
            result = connection.execute(sa.text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    def tables(self) -> set[str]:
        with self.app.app_context():
            return set(sa.inspect(self.db.engine).get_table_names())

    def close(self) -> None:
        with self.app.app_context():
            self.db.engine.dispose()


def test_rebuilding_a_table_keeps_the_rows_that_point_to_it(office):
    office.upgrade(FIRST)
    office.rows("INSERT INTO unit VALUES (1, '第一支部')")
    office.rows("INSERT INTO person VALUES (5, 1)")
    office.upgrade(FIRST, REBUILD)
    assert office.rows("SELECT id, unit_id FROM person") == [(5, 1)]
    assert office.rows("SELECT name FROM unit") == [("第一支部",)]


def test_foreign_keys_hold_again_afterwards(office):
    office.upgrade(FIRST)
    with pytest.raises(sa.exc.IntegrityError):
        office.rows("INSERT INTO person VALUES (5, 1)")


@pytest.mark.parametrize("kind", ["office", pytest.param("postgres_office", marks=pytest.mark.postgres)])
def test_a_failing_migration_leaves_nothing_of_any(kind, request):
    office = request.getfixturevalue(kind)
    with pytest.raises(sa.exc.DBAPIError):
        office.upgrade(FIRST, FAILS)
    assert office.tables() <= {"alembic_version"}


def test_a_migration_that_leaves_rows_pointing_nowhere_is_refused(office, caplog):
    office.upgrade(FIRST)
    with pytest.raises(SystemExit):  # So Flask-Migrate ends on a RuntimeError, after logging it.
        office.upgrade(FIRST, ORPHANS)
    assert "rows that point to nothing in: person" in caplog.text
    assert office.rows("SELECT * FROM person") == []


def test_new_migrations_are_numbered(office):
    office.upgrade(FIRST)
    with office.app.app_context():
        flask_migrate.revision(message="members")
    made = office.folder / "versions" / "0002_members.py"
    assert 'down_revision = \'0001\'' in made.read_text()
