"""``python3 -m unionops test``: the machine, the checks of the code, then every test in one pytest run.

Owns their order and the exit status: 0 only if every check and every test passed and at least one test ran.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import machine
from unionops.core import catalogues

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
CHECKS = {
    "ruff": [str(TOOLS / "ruff"), "check", "."],
    "mypy": [str(TOOLS / "mypy")],
    "import contracts": [str(TOOLS / "lint-imports")],
}
MOST_WORKERS = 4  # Each has a database server and a browser of its own.


def main(arguments: list[str]) -> int:
    """Runs everything, or only the tests that the pytest ``arguments`` select (then without the checks of the code)."""
    machine.settle()
    catalogues.compile_all()
    if arguments:
        print("Only the selected tests; `python3 -m unionops test` alone also runs " + ", ".join(CHECKS) + ".")
        failed = []
    else:
        failed = [name for name, line in CHECKS.items() if not _passes(name, line)]
    status = _pytest(arguments)
    if failed:
        print("Checks that failed: " + ", ".join(failed), file=sys.stderr)
    return status or (1 if failed else 0)


def _passes(name: str, line: list[str]) -> bool:
    print(f"--- {name}")
    return subprocess.run(line, cwd=ROOT).returncode == 0


def _pytest(arguments: list[str]) -> int:
    """One run for all, so that its last line counts everything. A file stays on one worker: its database is made once."""
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    print(f"--- pytest ({workers} at a time)")
    return int(pytest.main(["-q", "-n", str(workers), "--dist", "loadfile", *arguments]))
