"""The bench runs to its end at tiny sizes and writes its page. How fast the app is is not asserted here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import data, report
from config import ROOT
from unionops.values.identifiers import identity_check


@pytest.mark.postgres
def test_the_bench_measures_everything_and_writes_its_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--write", str(page)], cwd=ROOT, env={**os.environ, "UNIONOPS_HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=600,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    told = page.read_text(encoding="utf-8")
    for title in ("Screens", "Growth", "Statements", "Export", "Memory of an export", "Start and memory", "Mail", "Import"):
        assert f"## {title}" in told
        assert title in done.stdout
    assert "sqlite" in told
    assert "postgresql" in told


def test_invented_members_are_valid_and_always_the_same() -> None:
    first, again = list(data.invent(300)), list(data.invent(300))
    assert first == again
    assert all(identity_check(one.id_number).valid for one in first)
    assert len({one.id_number for one in first}) == len({one.number for one in first}) == 300


def test_a_limit_that_is_not_held_is_told() -> None:
    section = report.Section("A", "B", ("what", "ratio"))
    section.add("x", report.times(4.5), ok=False)
    section.add("y", report.times(3.5), ok=True)
    assert [line.cells[0] for line in section.failed] == ["x"]
    assert "1 of 2 limits are held; 1 are not (NO)" in report.markdown([section], _about("today"), "python -m bench")
    assert "NO" in report.terminal(section)


def test_what_was_not_measured_again_stays_on_the_page() -> None:
    first, second = report.Section("First", "One", ("what", "ratio")), report.Section("Second", "Two", ("what", "ratio"))
    first.add("x", report.times(4.5), ok=False)
    second.add("y", report.times(3.5), ok=True)
    page = report.markdown([first, second], _about("Monday"), "python -m bench")
    again = report.Section("First", "One", ("what", "ratio"))
    again.add("x", report.times(2.5), ok=True)
    page = report.markdown([again], _about("Friday"), "python -m bench", page)
    assert "**2 of 2 limits are held.**" in page
    assert "4.50 ×" not in page
    assert page.index("| x | 2.50 × | yes |\n\nFriday") < page.index("## Second") < page.index("| y | 3.50 × | yes |\n\nMonday")
    assert page == report.markdown([], _about("Sunday"), "python -m bench", page)


def _about(day: str) -> list[tuple[str, str]]:
    return [("day", day), ("load", "load 0.1")]
