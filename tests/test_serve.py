"""``up`` as a person starts it: a process of its own, an instance folder of its own, ended by a signal."""

import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from unionops import serve

ROOT = Path(serve.config.ROOT)


@contextlib.contextmanager
def up(home: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address and the process of a running ``up --empty``; told to end afterwards, it must end well."""
    settings = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PORT", "UNIONOPS_CONFIG")}
    process = subprocess.Popen(
        [sys.executable, "-m", "unionops", "up", "--empty", "--port", "0", *arguments],
        cwd=ROOT,
        env={**settings, "UNIONOPS_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0], process
                break
        else:
            pytest.fail("it did not start:\n" + "".join(said))
        if process.poll() is not None:
            return  # The test itself killed it.
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=30)[0]
        assert process.returncode == 0, "".join(said) + rest
        assert not re.search("Traceback|Fatal", "".join(said) + rest)
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()


def scheduler_of(process: subprocess.Popen[str]) -> int | None:
    """Process id of the scheduler that it started."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in found.splitlines()]
    return next((int(pid) for pid, parent, line in rows if int(parent) == process.pid and "unionops jobs" in line), None)


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")  # Z: it ended, but nobody has asked how.


def test_it_serves_keeps_everything_and_ends_cleanly(tmp_path):
    home = tmp_path / "會務 office"
    with up(home) as (address, process):
        with urlopen(address, timeout=30) as answer:
            assert answer.status == 200
        scheduler = eventually(lambda: scheduler_of(process))
        assert scheduler
        secrets = (home / "secrets.json").read_bytes()
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [home, *home.iterdir()]} == {0}
    assert not is_running(scheduler)
    with up(home) as (address, _), urlopen(address, timeout=30) as answer:
        assert answer.status == 200
    assert (home / "secrets.json").read_bytes() == secrets


def test_an_empty_start_leads_to_the_set_up_with_a_new_code_each_time(tmp_path):
    codes = []
    for _start in range(2):
        with up(tmp_path) as (address, process):
            codes.append(next(found[0] for line in process.stdout if (found := re.search(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b", line))))
            with urlopen(address, timeout=30) as answer:
                assert answer.url == f"{address}/setup"
    assert codes[0] != codes[1]


def test_the_scheduler_ends_even_if_its_parent_was_killed(tmp_path):
    with up(tmp_path) as (_, process):
        scheduler = eventually(lambda: scheduler_of(process))
        assert scheduler
        process.kill()
        process.wait()
        assert eventually(lambda: not is_running(scheduler))


def eventually(question, seconds=20.0):
    """The first true answer, or the last one when the time is over."""
    until = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < until:
        time.sleep(0.1)
    return answer


def test_a_taken_port_is_named_with_its_owner():
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(serve.CannotStart, match=rf"(?s){port}.*--port"):
            serve._listen(port)
        assert str(os.getpid()) in serve._owner(port)


def test_the_demo_state_is_kept_per_database(tmp_path):
    one, other = (serve._DemoState(tmp_path / "demo.json", serve.make_url(f"sqlite:///{name}")) for name in ("one.db", "other.db"))
    assert not one.is_unfinished
    one.say("building")
    assert one.is_unfinished
    assert not one.is_built
    one.say("built")
    assert one.is_built
    assert not other.is_built
    assert len(json.loads((tmp_path / "demo.json").read_text())) == 1


def test_half_a_demo_is_taken_away_but_never_a_database_server(tmp_path):
    file = tmp_path / "unionops.db"
    for part in ("", "-wal"):
        Path(f"{file}{part}").touch()
    serve._clear_unfinished_demo(serve.make_url(f"sqlite:///{file}"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(serve.CannotStart, match="DATABASE_URL"):
        serve._clear_unfinished_demo(serve.make_url("postgresql+psycopg://localhost/unionops"))


def test_a_wrong_setting_is_named_and_nothing_is_traced(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "unionops", "up", "--empty", "--port", "0"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "UNIONOPS_HOME": str(tmp_path), "PUBLIC_URL": "union.example"},
    )
    assert done.returncode == 1
    assert "PUBLIC_URL" in done.stderr
    assert "Traceback" not in done.stderr
