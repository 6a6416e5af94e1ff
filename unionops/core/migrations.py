"""The history of the schema, for whoever changes the schema: ``up``, the ``db`` commands, the tests.

Apart from ``db`` and not part of ``create_app``: a process that serves pages or runs jobs never needs Alembic, which would
be a fifth of its start.
"""

from __future__ import annotations

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from config import ROOT
from unionops.core.db import db

FOLDER = ROOT / "migrations"


def attach(app: Flask) -> None:
    """Gives the app its migrations: ``flask_migrate``'s functions and commands work from here on."""
    flask_migrate.Migrate(app, db, directory=str(FOLDER), render_as_batch=True, compare_type=True)


def present() -> set[str]:
    """The revisions that the database of the current app stands at; empty for a new one."""
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def newest() -> set[str]:
    """The revisions that the code needs."""
    return set(ScriptDirectory(str(FOLDER)).get_heads())


def known() -> set[str]:
    """Every revision that the code has heard of."""
    return {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}


def upgrade(revision: str = "head") -> None:
    """Brings the database of the current app, which has its migrations attached, to the newest revision or to this one."""
    flask_migrate.upgrade(revision=revision)
