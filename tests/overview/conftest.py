"""A small union to look over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from unionops.core.db import unit_of_work
from unionops.members.models import Person, Unit
from unionops.members.services import people, structure


@pytest.fixture
def add(app: Flask) -> Callable[..., Person]:
    def made(name: str, **given: Any) -> Person:
        with unit_of_work("張雅婷", "test"):
            return people.add_member(today=date(2026, 11, 1), name=name, **{"joined_on": date(2026, 3, 2), **given})

    return made


@pytest.fixture
def unit(app: Flask) -> Callable[[str], Unit]:
    def made(name: str) -> Unit:
        with unit_of_work("test", "test"):
            return structure.add_unit(name=name)

    return made
