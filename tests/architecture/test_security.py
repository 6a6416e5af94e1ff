"""docs/security.md keeps what it says: every test that it names exists, and every line has a test, a reason or an issue."""

import ast
import re

from config import ROOT

PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def absent(page: str) -> list[str]:
    """The named tests that are not there."""
    lost = []
    for file, name in NAMED.findall(page):
        path = ROOT / file
        known = {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)} if path.is_file() else set()
        if name not in known:
            lost.append(f"{file}::{name}")
    return lost


def unfounded(page: str) -> list[str]:
    """Lines of a table that name no test and give neither reason nor issue."""
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| requirement")]
    return [row for row in rows if not NAMED.search(row) and not re.search(r"\*\*(no test|not yet)|reason", row.split("|")[3])
            and "issue" not in row.split("|")[3]]


def test_every_named_test_exists():
    assert absent(PAGE.read_text()) == []


def test_every_line_has_its_ground():
    assert unfounded(PAGE.read_text()) == []


def test_a_lost_test_and_an_empty_claim_are_found():
    assert absent("`tests/architecture/test_security.py::test_nothing`, `tests/nowhere.py::test_x`") == [
        "tests/architecture/test_security.py::test_nothing", "tests/nowhere.py::test_x",
    ]
    assert unfounded("| a | b | surely |\n| a | b | reason: none |\n| a | b | **not yet**: issue 3 |") == ["| a | b | surely |"]
