"""The two databases under the money of the members."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from config import TestConfig
from tests.conftest import app_of_its_own


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """A PostgreSQL database without a table."""
    dsn = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres_url


@pytest.fixture
def pg_union(empty_postgres: str, tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty PostgreSQL database, with the tables as the models have them."""
    with app_of_its_own(TestConfig(empty_postgres, home=tmp_path)) as app:
        yield app


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def union(request: pytest.FixtureRequest) -> Flask:
    """An app on an empty database, of either kind."""
    return request.getfixturevalue("app" if request.param == "sqlite" else "pg_union")
