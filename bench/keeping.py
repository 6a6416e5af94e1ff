"""Backup and restore against what nobody can do without: one plain copy of the database and one AES-GCM pass over the same bytes.

The plain copy of SQLite is that of its file, of PostgreSQL its own COPY of every table out into a file, and back into the same empty tables.
A restore is measured up to the step that changes places: reading, checking, migrating. Memory is that of processes of their own:
`python -m bench.keeping make|restore …` is one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import flask_migrate
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask

from bench import data, processes
from bench.report import Section, megabytes, seconds, times
from unionops.core import clock, migrations
from unionops.core.backup import making, restoring, snapshot
from unionops.core.db import db

AT_MOST = {"backup": 4.0, "restore": 10.0}
"""How many times the plain copy and pass each may take. A restore of SQLite is mostly what does not grow with the data (the key, an app of
its own for the scratch place) and the database's check of its own pages."""
FLAT = 1.2
"""How much more memory the largest may take at its peak than the smallest."""
RUNS = 3


def kept(unions: list[Any], homes: data.Homes, *, quick: bool) -> list[Section]:
    """Both, on the largest union of each database; the memory of both on the largest and the smallest. ``quick`` judges nothing: of a
    tiny database only the key's derivation and the start of the scratch app would be measured."""
    taken = Section(
        "Backup and restore",
        "A backup of database, files and keys into one sealed file, and its restore up to the step that changes places: unsealed, put into a scratch "
        "place, migrated, rows counted, the chain of the audit and the keys checked. Beside it one plain copy of the database and one AES-GCM pass over "
        f"the same bytes (best of {RUNS} in turns). At most {AT_MOST['backup']:g} and {AT_MOST['restore']:g} times.",
        ("what", "database", "members", "size", "time", "copy + AES-GCM", "ratio", "at most"),
    )
    memory = Section(
        "Memory of backup and restore", f"The most that a process holds which does nothing else. At the largest size at most {FLAT:g} times as much as at the smallest.",
        ("what", "database", "members", "measured"),
    )
    for kind in dict.fromkeys(u.kind for u in unions):
        those = sorted((u for u in unions if u.kind == kind), key=lambda u: u.size)
        peaks: dict[str, list[int]] = {"make": [], "restore": []}
        for u in those[:1] + those[1:][-1:]:
            file = homes.folder / f"{kind}-{u.size}.backup"
            with u.app.app_context():
                migrations.attach(u.app)
                flask_migrate.stamp()
                db.session.remove()
                _make(file)
                if u is those[-1]:
                    _ratios(taken, u, file, homes, quick)
            for what, found in peaks.items():
                found.append(_alone(what, u.app, file))
                flat = len(found) == 1 or found[-1] <= FLAT * found[0]
                memory.add({"make": "backup", "restore": "restore"}[what], kind, f"{u.size:,}", megabytes(found[-1]), ok=flat)
    return [taken, memory]


def _ratios(section: Section, u: Any, file: Path, homes: data.Homes, quick: bool) -> None:
    plain = homes.folder / "plain"
    made, out, restored, back = [], [], [], []
    for turn in range(1 if quick else RUNS):
        made.append(_timed(lambda: _make(file)))
        out.append(_timed(lambda: _plainly_out(plain)) + _timed(lambda: _pass(plain)))
        restored.append(_timed(lambda: _restore(file)))
        back.append(_plainly_back(plain, homes, f"plain_{u.size}_{turn}") + _timed(lambda: _pass(plain)))
    for what, ours, limit in (("backup", min(made), min(out)), ("restore", min(restored), min(back))):
        section.add(
            what, u.kind, f"{u.size:,}", megabytes(file.stat().st_size), seconds(ours), seconds(limit), times(ours / limit), times(AT_MOST[what]),
            ok=None if quick else ours <= AT_MOST[what] * limit,
        )


def _timed(work: Callable[[], Any]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _make(file: Path) -> None:
    with file.open("wb") as target:
        making.make(target, now=clock.now())
        target.flush()
        os.fsync(target.fileno())


def _restore(file: Path) -> None:
    with file.open("rb") as source, restoring.unpacked(source, "TEST-BACKUP-KEY", keep_files=True):
        pass


def _pass(file: Path) -> None:
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    for part in snapshot.pieces(file):
        cipher.encrypt(nonce, part, None)


def _copy(source: Path, target: Path) -> None:
    with target.open("wb") as file:
        for part in snapshot.pieces(source):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def _tables() -> list[str]:
    return [table.name for table in db.metadata.sorted_tables]


def _plainly_out(plain: Path) -> None:
    if db.engine.dialect.name == "sqlite":
        _copy(Path(str(db.engine.url.database)), plain)
        return
    with db.engine.connect() as connection, plain.open("wb") as file:
        cursor = connection.connection.cursor()
        for table in _tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                for part in copy:
                    file.write(part)
            file.write(b"\\.\n")
        file.flush()
        os.fsync(file.fileno())


def _plainly_back(plain: Path, homes: data.Homes, name: str) -> float:
    """The seconds that the copy back takes; the empty tables were there before."""
    if db.engine.dialect.name == "sqlite":
        return _timed(lambda: _copy(plain, plain.with_name(name)))
    other = homes.new("postgresql", name)

    def back() -> None:
        with db.engine.begin() as connection, plain.open("rb") as file:
            cursor = connection.connection.cursor()
            cursor.execute("SET session_replication_role = replica")  # Tables that point to each other have no order.
            for table in _tables():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    for line in iter(file.readline, b"\\.\n"):
                        copy.write(line)

    with other.app_context():
        taken = _timed(back)
        db.engine.dispose()
    return taken


# --- memory -----------------------------------------------------------------------------------------------------------


def _alone(what: str, app: Flask, file: Path) -> int:
    line = [sys.executable, "-m", "bench.keeping", what, processes.url_of(app), str(app.config["HOME"]), str(file)]
    done = subprocess.run(line, cwd=processes.ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return int(json.loads(done.stdout.splitlines()[-1])["peak"])


def _process(what: str, url: str, home: str, file: str) -> None:
    app = data.app_on(url, Path(home))
    migrations.attach(app)
    with app.app_context():
        (_make if what == "make" else _restore)(Path(file))
    print(json.dumps({"peak": processes.peak()}))


if __name__ == "__main__":
    _process(*sys.argv[1:])
