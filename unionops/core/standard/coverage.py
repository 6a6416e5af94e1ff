"""Which screens serve which code of the standard. Reads the declared screens; knows no area."""

from __future__ import annotations

from typing import TypedDict

from unionops.core.screens import SCREENS
from unionops.core.standard.codes import pending, standard


class Served(TypedDict):
    """The endpoints that serve a code, sorted, and whether the code still waits for its first."""

    screens: list[str]
    pending: bool


def coverage() -> dict[str, dict[str, Served]]:
    """Every indicator, output and task with the screens that serve it, in the order of the standard.

    A task waits while no screen carries it; indicators and outputs wait as long as ``pending.toml`` names them.
    """
    known = standard()
    tasks: dict[str, Served] = {}
    for code in known.tasks:
        screens = serving(code)
        tasks[code] = {"screens": screens, "pending": not screens}
    return {
        "indicators": {code: {"screens": serving(code), "pending": code in pending()} for code in known.indicators},
        "outputs": {code: {"screens": serving(code), "pending": code in pending()} for code in known.outputs},
        "tasks": tasks,
    }


def serving(code: str) -> list[str]:
    """The endpoints of the screens that carry this task, output or indicator."""
    return sorted(s.endpoint for s in SCREENS.values() if code == s.task or code in s.outputs or code in s.indicators)
