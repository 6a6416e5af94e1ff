"""What needs a process of its own: how long a start takes, how much memory a worker holds.

`python -m bench.processes start|serve|export …` is that process; ``run`` starts it and reads the one line of JSON it prints.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from bench.report import Section, megabytes, seconds

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = 200


def run(what: str, *arguments: str) -> dict[str, Any]:
    """Does ``what`` in a new process and gives what it measured."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.processes", what, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def url_of(app: Flask) -> str:
    """The database of this app, with its password, for another process on this machine."""
    return str(app.config["SQLALCHEMY_DATABASE_URI"])


def peak() -> int:
    """The most memory this process has held, in bytes."""
    try:  # On Linux getrusage also counts what the parent held when it started this process.
        status = Path("/proc/self/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


# --- inside the process -----------------------------------------------------------------------------------------------


def start(url: str, home: str) -> dict[str, Any]:
    from bench import data

    data.app_on(url, Path(home))
    return {"peak": peak()}


def serve(url: str, home: str) -> dict[str, Any]:
    """A worker's memory after its first request and after many: lists, searches and member pages in turns."""
    from bench import data, measures
    from unionops.core.accounts.models import User
    from unionops.core.db import db

    app = data.app_on(url, Path(home))
    with app.app_context():
        user_id = db.session.scalar(db.select(User.id).order_by(User.id))
    browser = measures.signed_in(app, user_id)
    paths = ["/members/", "/members/?q=陳", "/members/1", "/members/?page=2", "/members/2", "/"]
    browser(paths[0])
    first = peak()
    for turn in range(REQUESTS):
        browser(paths[turn % len(paths)])
    return {"first": first, "peak": peak()}


def export(url: str, home: str, fmt: str) -> dict[str, Any]:
    from bench import data, files

    app = data.app_on(url, Path(home))
    files.export(app, fmt)
    return {"peak": peak()}


# --- told -------------------------------------------------------------------------------------------------------------


def told(unions: list[Any], folder: Path, *, quick: bool) -> list[Section]:
    section = Section(
        "Start and memory",
        f"`create_app` in a new Python, from its start to its end (median of three); the memory of a worker after one request and after {REQUESTS}.",
        ("what", "database", "members", "measured"),
    )
    for kind in dict.fromkeys(u.kind for u in unions):
        u = max((u for u in unions if u.kind == kind), key=lambda one: one.size)
        url = url_of(u.app)
        runs = []
        for _turn in range(1 if quick else 3):
            begun = time.perf_counter()
            started = run("start", url, str(folder))
            runs.append(time.perf_counter() - begun)
        section.add("start of the app", kind, f"{u.size:,}", seconds(statistics.median(runs)))
        section.add("memory after the start", kind, f"{u.size:,}", megabytes(started["peak"]))
        served = run("serve", url, str(folder))
        section.add("memory after one request", kind, f"{u.size:,}", megabytes(served["first"]))
        section.add(f"memory after {REQUESTS} requests", kind, f"{u.size:,}", megabytes(served["peak"]))
    if not quick:
        with tempfile.TemporaryDirectory(prefix="unionops-up-") as home:
            for which in ("first start of `up`, demo union built", "second start of `up`"):
                with _up(Path(home)) as taken:
                    section.add(which, "sqlite", "", seconds(taken))
    return [section]


@contextmanager
def _up(home: Path) -> Iterator[float]:
    """`python -m unionops up` on a free port: the seconds until it answers; ended afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "UNIONOPS_HOME": str(home), "PORT": str(port), "DATABASE_URL": ""}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "unionops", "up"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - begun > 600:
                raise RuntimeError("`up` did not come up")
            time.sleep(0.05)
        yield time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    print(json.dumps({"start": start, "serve": serve, "export": export}[sys.argv[1]](*sys.argv[2:])))
