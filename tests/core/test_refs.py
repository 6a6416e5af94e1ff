"""The conditions of who sees what are kept for each reader, and never longer than they hold."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from unionops.core import clock, refs
from unionops.core.accounts.models import User, UserRole
from unionops.values.refs import Ref


def test_the_same_reader_gets_the_same_condition_and_a_changed_role_another():
    made = []
    condition = refs.by_reader(lambda user, what: made.append(what) or object())
    reader = User(id=7, roles=[UserRole(role="staff")])
    first = condition(reader, "a")
    assert condition(User(id=7, roles=[UserRole(role="staff")]), "a") is first
    assert condition(reader, "b") is not first
    assert condition(User(id=8, roles=[UserRole(role="staff")]), "a") is not first
    reader.roles[0].scope = Ref("unit", 3)
    assert condition(reader, "a") is not first
    reader.roles = []
    assert condition(reader, "a") is not first
    assert len(made) == 5


def test_a_new_day_asks_anew(monkeypatch):
    condition = refs.by_reader(lambda user: object())
    reader = SimpleNamespace(sight=(1,))
    first = condition(reader)
    monkeypatch.setattr(clock, "today", lambda: date(2099, 1, 1))
    assert condition(reader) is not first


def test_what_was_kept_longest_does_not_fill_the_memory():
    condition = refs.by_reader(lambda user: object())
    first = condition(SimpleNamespace(sight=(0,)))
    for number in range(1, 501):
        condition(SimpleNamespace(sight=(number,)))
    assert condition(SimpleNamespace(sight=(0,))) is not first
