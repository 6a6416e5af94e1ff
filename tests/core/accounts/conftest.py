"""Cheap password hashing: what is tested here is what happens around it."""

import pytest
from argon2 import PasswordHasher

from unionops.core.accounts import services


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
