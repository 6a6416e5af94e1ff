"""Every new grant shows in review: the table role → permissions equals the committed ``roles.txt`` beside this file.

After a change that is meant, write it anew:  .venv/bin/python -m tests.architecture.test_roles
"""

from pathlib import Path

import pytest

from unionops.core.accounts.roles import GRANTS, ROLES, SCOPED
from unionops.core.screens import PERMISSIONS

SNAPSHOT = Path(__file__).with_name("roles.txt")


def table() -> str:
    """One line per grant, so that a difference reads as what it is."""
    lines = []
    for role in ROLES:
        lines.append(f"{role}{' (may be limited to units)' if role in SCOPED else ''}")
        lines += [f"    {permission}" for permission in sorted(GRANTS[role])]
    return "\n".join(lines) + "\n"


def unknown(grants: dict[str, frozenset[str]], permissions: dict[str, object]) -> set[str]:
    """Permissions that are granted and that no area declares."""
    return set().union(*grants.values()) - permissions.keys()


def test_the_grants_are_those_that_were_reviewed() -> None:
    assert table() == SNAPSHOT.read_text(encoding="utf-8"), __doc__


def test_every_role_has_a_title_and_its_grants() -> None:
    assert list(GRANTS) == list(ROLES)
    assert SCOPED.issubset(ROLES)


@pytest.mark.usefixtures("app")
def test_every_granted_permission_is_declared_by_an_area() -> None:
    assert unknown(GRANTS, PERMISSIONS) == set()


@pytest.mark.usefixtures("app")
def test_every_declared_permission_is_granted_to_somebody() -> None:
    assert PERMISSIONS.keys() - set().union(*GRANTS.values()) == set()


def test_the_check_finds_a_permission_that_nobody_declares() -> None:
    assert unknown({"staff": frozenset({"members.raed"})}, {"members.read": ""}) == {"members.raed"}


if __name__ == "__main__":
    SNAPSHOT.write_text(table(), encoding="utf-8")
