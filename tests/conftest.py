"""What every test stands on: one app per worker, a fresh database per test, people who sign in, and a checking browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings

from config import TestConfig
from tests.browsing import Browser
from unionops.app import create_app
from unionops.core.accounts.models import User, UserRole
from unionops.core.db import db, unit_of_work
from unionops.core.limits import limiter
from unionops.values.refs import Ref

pytest_plugins = ["tests.servers"]

settings.register_profile("unhurried", deadline=None)  # A busy machine is no failure.
settings.load_profile("unhurried")

PASSWORD = "一個真的夠長的密碼-9"


@pytest.fixture(autouse=True, scope="session")
def _cheap_hashing() -> None:
    """Real Argon2id with its smallest parameters: what it costs an attacker is not what the tests ask."""
    from unionops.core.accounts import services

    services.passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def _one_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Path, Path]]:
    folder = tmp_path_factory.mktemp("home")
    path, empty = folder / "test.db", folder / "empty.db"
    app = create_app(TestConfig(f"sqlite:///{path}", home=folder))
    with app.app_context():
        db.create_all()
        db.session.remove()
        db.engine.dispose()  # The last connection folds the log into the file: it can be copied.
    shutil.copyfile(path, empty)
    return app, path, empty


@pytest.fixture
def app(_one_app: tuple[Flask, Path, Path]) -> Iterator[Flask]:
    """The app on a fresh, empty SQLite database, inside its context."""
    app, path, empty = _one_app
    for leftover in path.parent.glob("test.db-*"):
        leftover.unlink()
    shutil.copyfile(empty, path)
    app.extensions.pop("remembered", None)
    with app.app_context():
        yield app
        db.session.rollback()
        db.session.info.clear()
        db.session.remove()
        db.engine.dispose()


@contextmanager
def app_of_its_own(config: TestConfig) -> Iterator[Flask]:
    """An app as ``config`` says on its empty database, inside its context."""
    app = create_app(config)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def pg_app(postgres_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The same app on a fresh PostgreSQL database."""
    with app_of_its_own(TestConfig(str(postgres_url), home=tmp_path)) as app:
        yield app
        db.session.remove()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")  # Tables that point to each other have no order.
            connection.exec_driver_sql("CREATE SCHEMA public")


@pytest.fixture
def limited_app(tmp_path: Path) -> Iterator[Flask]:
    """An app of its own, which counts requests as the office's does."""
    config = TestConfig(f"sqlite:///{tmp_path / 'limited.db'}", home=tmp_path)
    config.RATELIMIT_ENABLED = True
    with app_of_its_own(config) as app:
        limiter.reset()
        yield app
        limiter.reset()
        limiter.enabled = False  # It is one for all apps.


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """``make_user("staff", "cashier", scope=Ref("unit", 3))`` → a stored user with these roles and PASSWORD."""
    return new_user


def new_user(*roles: str, scope: Ref | None = None, username: str = "", name: str = "") -> User:
    from unionops.core.accounts import services

    count = db.session.scalar(db.select(db.func.count()).select_from(User)) or 0
    with unit_of_work("test", "test"):
        user = User(
            username=username or f"{'-'.join(roles) or 'nobody'}{count + 1}",
            name=name or "王測試",
            password_hash=services.hashed(PASSWORD),
            roles=[UserRole(role=role, scope=scope) for role in roles],
        )
        db.session.add(user)
    return user


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A client that checks every page it is shown; ``browser.as_(user)`` signs in."""
    return Browser(app)


def plain(html: str) -> str:
    """The text of a page without its tags, blanks collapsed."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def statements(app: Flask) -> Any:
    """Counts the SQL statements of a block: ``with statements(app) as seen: …; len(seen)``."""
    from tests.browsing import Statements

    return Statements()
