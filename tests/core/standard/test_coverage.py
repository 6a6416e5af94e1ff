"""The declared screens held against the standard: no code is invented, none is forgotten."""

import dataclasses
import json

import pytest

from unionops.core.screens import SCREENS, Screen
from unionops.core.standard.codes import pending, standard
from unionops.core.standard.coverage import coverage, serving


def faults(screen: Screen, module: str) -> list[str]:
    """What is wrong with the codes of a screen that ``module`` declares."""
    known = standard()
    if screen.task is None:
        found = [] if module.startswith(("unionops.core.", "unionops.overview.")) else ["has no task"]
        return found + (["has codes without a task"] if screen.outputs or screen.indicators else [])
    if screen.task not in known.tasks:
        return [f"unknown task {screen.task}"]
    task = known.tasks[screen.task]
    wrong = [code for code in screen.outputs if code not in task.outputs] + [code for code in screen.indicators if code not in task.indicators]
    return [f"{code} is not of {task.code}" for code in wrong]


def test_every_code_on_a_screen_exists_and_belongs_to_its_task(app):
    found = {name: faults(screen, app.view_functions[name].__module__) for name, screen in SCREENS.items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("changes", "module", "fault"),
    [
        ({"task": "T9.9"}, "unionops.members.views", "unknown task T9.9"),
        ({"task": "T1.1", "indicators": ("P1.2.2",)}, "unionops.members.views", "P1.2.2 is not of T1.1"),
        ({"task": "T1.1", "indicators": ("O1.1.1",)}, "unionops.members.views", "O1.1.1 is not of T1.1"),
        ({"task": None}, "unionops.members.views", "has no task"),
        ({"task": None, "indicators": ("P1.2.2",)}, "unionops.core.standard.views", "has codes without a task"),
    ],
)
def test_the_guard_itself_finds_a_bad_screen(app, changes, module, fault):
    assert faults(dataclasses.replace(SCREENS["standard.codes"], **changes), module) == [fault]


def test_every_output_and_indicator_is_served_or_pending_but_never_both(app):
    known = standard()
    codes = [*known.outputs, *known.indicators]
    assert [code for code in codes if not serving(code) and code not in pending()] == []
    assert [code for code in codes if serving(code) and code in pending()] == []


def test_coverage_names_every_code_with_its_screens(app):
    found = coverage()
    assert list(found) == ["indicators", "outputs", "tasks"]
    assert [len(found[group]) for group in found] == [18, 2, 7]
    assert "union.record" in found["tasks"]["T1.1"]["screens"]
    assert found["tasks"]["T1.1"]["pending"] is False
    assert found["outputs"]["O2.1.1"] == {"screens": serving("O2.1.1"), "pending": "O2.1.1" in pending()}


def test_the_command_prints_the_same_as_json(app):
    answer = app.test_cli_runner().invoke(args=["standard", "coverage", "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == coverage()


def test_the_command_prints_a_line_for_every_code(app):
    lines = app.test_cli_runner().invoke(args=["standard", "coverage"]).stdout.splitlines()
    assert len(lines) == 18 + 2 + 7
