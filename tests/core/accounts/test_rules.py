"""Passwords, locks, sessions, roles: every branch and boundary, no app and no database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.accounts import roles
from unionops.core.accounts.rules import (
    ACCOUNT_LOCK,
    ADDRESS_LOCK,
    CONFLICTS,
    Lock,
    invitation_state,
    is_local,
    locked_until,
    name_problems,
    password_problems,
    role_conflicts,
    second_factor_due,
    session_end,
    ticket_state,
)

NOW = datetime(2026, 9, 1, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


# --- passwords


@pytest.mark.parametrize(
    ("password", "ok"),
    [
        ("", False),
        ("九個字的密碼不行啊", False),
        ("十個字的密碼就可以了", True),
        ("correct horse", True),
        ("a b c d e f g", True),
        ("x" * 3 + "abcdefg" + "x" * 190, True),
        ("x" * 3 + "abcdefg" + "x" * 191, False),
        ("password123", False),
        ("PassWord123", False),
        ("ji32k7au4a83", False),
        ("aaaaaaaaaaaa", False),
        ("abababababcc", False),
        ("wang-xiaoming", False),
        ("Wang-Xiaoming2026", False),
        ("wang-xiaoming in the rain", True),
    ],
)
def test_a_password_is_long_not_the_account_and_not_common(password: str, ok: bool) -> None:
    assert (password_problems(password, "wang-xiaoming") == []) is ok


def test_a_short_password_is_told_its_length() -> None:
    (found,) = password_problems("abcdef", "staff")
    assert found.field == "new_password"
    assert found.text == "密碼至少 10 個字，現在是 6 個。可用一句話，含空白也行。"


def test_an_empty_account_name_refuses_nothing() -> None:
    assert password_problems("correct horse", "") == []


# --- locks


def failures(count: int, over: timedelta, last: datetime = NOW) -> list[datetime]:
    return [last - over * (count - 1 - n) / max(count - 1, 1) for n in range(count)]


@pytest.mark.parametrize(
    ("tries", "at", "locked"),
    [
        ([], NOW, False),
        (failures(9, MINUTE), NOW, False),
        (failures(10, MINUTE), NOW, True),
        (failures(10, 15 * MINUTE), NOW, True),
        (failures(10, 15 * MINUTE + timedelta(seconds=1)), NOW, False),
        (failures(10, MINUTE), NOW + 15 * MINUTE - timedelta(seconds=1), True),
        (failures(10, MINUTE), NOW + 15 * MINUTE, False),
        (failures(10, MINUTE) + [NOW + 15 * MINUTE], NOW + 15 * MINUTE, False),
    ],
)
def test_ten_failures_within_a_quarter_of_an_hour_lock_an_account_for_a_quarter_of_an_hour(
    tries: list[datetime], at: datetime, locked: bool
) -> None:
    assert (locked_until(tries, ACCOUNT_LOCK, at) is not None) is locked


def test_the_lock_is_counted_from_the_last_failure() -> None:
    assert locked_until(failures(10, MINUTE), ACCOUNT_LOCK, NOW) == NOW + 15 * MINUTE


def test_an_address_has_more_tries() -> None:
    assert locked_until(failures(49, MINUTE), ADDRESS_LOCK, NOW) is None
    assert locked_until(failures(50, MINUTE), ADDRESS_LOCK, NOW) is not None


@given(st.lists(st.integers(0, 7200), max_size=40), st.integers(0, 7200))
def test_a_lock_lasts_never_longer_than_said_and_needs_its_failures(seconds: list[int], after: int) -> None:
    lock = Lock(limit=5, window=timedelta(minutes=10), length=timedelta(minutes=20))
    tries = [NOW + timedelta(seconds=s) for s in seconds]
    now = NOW + timedelta(seconds=after)
    until = locked_until([t for t in tries if t <= now], lock, now)
    if until is not None:
        assert now < until <= now + lock.length
        assert len([t for t in tries if until - lock.length - lock.window <= t <= now]) >= lock.limit


# --- sessions


@pytest.mark.parametrize(
    ("age", "quiet", "ended", "why"),
    [
        (timedelta(0), timedelta(0), None, ""),
        (timedelta(hours=12) - timedelta(seconds=1), MINUTE, None, ""),
        (timedelta(hours=12), MINUTE, None, "expired"),
        (timedelta(hours=2), timedelta(minutes=60) - timedelta(seconds=1), None, ""),
        (timedelta(hours=2), timedelta(minutes=60), None, "idle"),
        (MINUTE, MINUTE, NOW, "revoked"),
    ],
)
def test_a_session_ends_when_quiet_when_old_and_when_revoked(
    age: timedelta, quiet: timedelta, ended: datetime | None, why: str
) -> None:
    found = session_end(
        started_at=NOW - age, seen_at=NOW - quiet, ended_at=ended, now=NOW, idle=timedelta(minutes=60), longest=timedelta(hours=12)
    )
    assert found == why


@pytest.mark.parametrize("address", ["/", "/members?q=王", "/members/1/edit?draft=abc-_", "/a?next=http://evil.example/"])
def test_a_path_of_this_site_is_local(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize(
    "address",
    ["", "members", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "http://evil.example/",
     "https:evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n", " /", "/a b", "http:///x", "/\x7f"],
)
def test_anything_that_may_lead_elsewhere_is_not(address: str) -> None:
    assert not is_local(address)


# --- roles


@pytest.mark.parametrize(
    ("held", "rules", "refused"),
    [
        ([], [], False),
        (["staff", "cashier"], [], False),
        (["accountant", "cashier"], ["accounts.accountant-cashier"], True),
        (["director", "accountant"], ["HB-finance-post"], False),
        (["director", "cashier"], ["HB-finance-post"], False),
        (["president", "accountant"], ["HB-finance-post"], False),
        (["director", "staff"], ["HB-finance-post"], False),
        (["director", "supervisor"], ["HB-both"], False),
        (["supervisor", "cashier"], ["UA-18-powers"], False),
        (["secretary_general", "administrator"], [], False),
    ],
)
def test_roles_that_should_not_meet(held: list[str], rules: list[str], refused: bool) -> None:
    found = role_conflicts(held)
    assert [conflict.basis.rule for conflict in found] == rules
    assert any(conflict.refused for conflict in found) is refused


def test_conflicts_name_known_roles() -> None:
    assert {role for conflict in CONFLICTS for role in conflict.roles} <= roles.ROLES.keys()


# --- tickets and second factor


@pytest.mark.parametrize(
    ("shift", "used", "revoked", "state"),
    [
        (timedelta(seconds=-1), None, None, "open"),
        (timedelta(0), None, None, "expired"),
        (timedelta(seconds=-1), NOW, None, "used"),
        (timedelta(days=9), NOW, None, "used"),
        (timedelta(seconds=-1), None, NOW, "revoked"),
    ],
)
def test_a_ticket_opens_until_its_moment_once(shift: timedelta, used: datetime | None, revoked: datetime | None, state: str) -> None:
    assert ticket_state(expires_at=NOW, used_at=used, revoked_at=revoked, now=NOW + shift) == state


@pytest.mark.parametrize(
    ("accepted", "withdrawn", "ticket", "state"),
    [
        (True, False, "used", "accepted"), (False, True, "revoked", "withdrawn"), (False, False, "", "unsent"), (False, False, "open", "open"),
        (False, False, "expired", "expired"),
    ],
)
def test_where_an_invitation_stands(accepted: bool, withdrawn: bool, ticket: str, state: str) -> None:
    assert invitation_state(is_accepted=accepted, is_withdrawn=withdrawn, ticket=ticket) == state


@pytest.mark.parametrize(
    ("held", "second", "passkey", "due"),
    [
        ({"administrator"}, False, False, True), ({"administrator"}, True, False, False), ({"administrator"}, False, True, False),
        ({"staff"}, False, False, False), (set(), False, False, False),
    ],
)
def test_a_role_may_ask_for_a_second_factor(held: set[str], second: bool, passkey: bool, due: bool) -> None:
    assert second_factor_due(held, {"administrator"}, has_second_factor=second, by_passkey=passkey) is due


@pytest.mark.parametrize("name", ["", "林春嬌\nBcc: x@example.org", "林\x00", "林\u2028春"])
def test_what_cannot_be_a_name(name: str) -> None:
    assert [wrong.field for wrong in name_problems(name)] == ["name"]


@pytest.mark.parametrize("name", ["林春嬌", "Sayun・Nomin", "𠮷田", "O'Brien-Lee, Jr."])
def test_names_of_people(name: str) -> None:
    assert name_problems(name) == []
