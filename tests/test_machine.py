"""What a machine lacks is named with the line to type, and the run ends: it never goes on without."""

import sys

import pytest

from tests import machine
from unionops import environment

ABSENT = machine.Part("Nonesuch", ("no-such-program",), ("no-such-package",), "no-such-formula")


@pytest.fixture
def without_rights(monkeypatch):
    monkeypatch.setattr(environment, "is_root", lambda: False)


@pytest.mark.usefixtures("without_rights")
@pytest.mark.parametrize(
    ("system", "line"),
    [("linux", "    sudo apt-get install --no-install-recommends no-such-package"), ("darwin", "    brew install no-such-formula")],
)
def test_a_missing_part_is_named_with_the_line_to_type(monkeypatch, capsys, system, line):
    monkeypatch.setattr(machine, "PARTS", (*machine.PARTS, ABSENT))
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(SystemExit) as ended:
        machine.settle()
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert "Nonesuch" in said[0]
    assert said[-1] == line


def test_a_program_is_found_by_any_of_its_names_or_places(tmp_path):
    app = tmp_path / "App"
    app.touch()
    assert machine.Part("Python", ("no-such-program", "sh"), (), "").find().endswith("/sh")
    assert machine.Part("App", ("no-such-program",), (), "", (tmp_path / "no", app)).find() == str(app)
    assert ABSENT.find() is None


def test_nothing_is_asked_of_a_complete_machine(capsys):
    machine.settle()
    assert capsys.readouterr() == ("", "")
