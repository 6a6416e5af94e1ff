"""What the app's source may not do anywhere, or only in the one place that owns it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT
from tests.architecture.tree import files, modules, named

VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "handler", "handlers"}
CLOCK = {"now", "today", "utcnow"}
ENDS = {"commit", "rollback"}
ENVIRONMENT = {"config.py", "unionops/environment.py"}
MACHINE = re.compile("|".join(("/" + "work/", r"\.\./" + "shared", "/" + "home/[a-z]", "/" + "Users/[A-Za-z]", "/tmp/" + "team")))


def vague_names(path: Path) -> list[str]:
    """The parts of a module's name that say nothing about what it owns."""
    words = {word for part in path.with_suffix("").parts for word in part.split("_")}
    return sorted(words & VAGUE)


def clock_reads(tree: ast.AST) -> Iterator[int]:
    """Lines that ask the machine for the time: ``datetime.now``, ``date.today``, ``utcnow``, ``time.time``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (owner in ("datetime", "date") and node.attr in CLOCK) or (owner, node.attr) == ("time", "time"):
                yield node.lineno


def unit_ends(tree: ast.AST) -> Iterator[int]:
    """Lines that end a transaction by themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            if (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) in ENDS:
                yield node.lineno


def environment_reads(tree: ast.AST) -> Iterator[int]:
    """Lines that touch the process's environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv") and ast.unparse(node.value) == "os":
            yield node.lineno  # A request has an environ too.
        if isinstance(node, ast.ImportFrom) and node.module == "os" and {"environ", "getenv"} & {alias.name for alias in node.names}:
            yield node.lineno


def found(guard, *, allowed) -> list[str]:
    """Where the app's source breaks a guard, outside the files it is allowed in."""
    return [
        f"{named(path)}:{line}"
        for path in modules()
        if not allowed(named(path))
        for line in guard(ast.parse(path.read_text(encoding="utf-8")))
    ]


def test_every_module_is_named_after_what_it_owns():
    assert [named(path) for path in files(".py") if vague_names(path.relative_to(ROOT))] == []


def test_only_core_ends_a_transaction():
    assert found(unit_ends, allowed=lambda name: name.startswith("unionops/core/")) == []


def test_only_the_configuration_reads_the_environment():
    assert found(environment_reads, allowed=ENVIRONMENT.__contains__) == []


def test_only_the_clock_reads_the_time():
    assert found(clock_reads, allowed="unionops/core/clock.py".__eq__) == []


def test_every_module_says_what_it_owns():
    silent = [named(path) for path in modules() if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_file_knows_the_machine_it_was_written_on():
    spots = [
        f"{named(path)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert spots == []


# --- the guards can fail


@pytest.mark.parametrize("name", ["unionops/core/utils.py", "unionops/members/import_helpers.py", "tests/common/dues.py"])
def test_vague_names_are_found(name):
    assert vague_names(Path(name))


def test_names_of_things_are_not_vague():
    assert vague_names(Path("unionops/members/rules/roster.py")) == []


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "date.today()", "datetime.datetime.utcnow()", "time.time()", "f(default=date.today)"])
def test_reads_of_the_clock_are_found(line):
    assert list(clock_reads(ast.parse(line))) == [1]


@pytest.mark.parametrize("line", ["clock.now()", "clock.today()", "time.monotonic()"])
def test_the_apps_own_clock_is_none(line):
    assert list(clock_reads(ast.parse(line))) == []


@pytest.mark.parametrize("line", ["db.session.commit()", "rollback()", "session().commit()"])
def test_ends_of_a_transaction_are_found(line):
    assert list(unit_ends(ast.parse(line))) == [1]


@pytest.mark.parametrize("line", ["os.environ['X']", "os.getenv('X')", "from os import environ"])
def test_reads_of_the_environment_are_found(line):
    assert list(environment_reads(ast.parse(line))) == [1]


@pytest.mark.parametrize("path", ["/" + "work/main", "../" + "shared/data", "/" + "home/lin/x", "/" + "Users/Lin/x"])
def test_paths_of_a_machine_are_found(path):
    assert MACHINE.search(f"see {path} for it")
    assert not MACHINE.search("GET /workplaces/3, /homepage")
