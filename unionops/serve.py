"""``python3 -m unionops up``: the whole office on one machine, from an empty folder to a page in the browser.

Owns the order: port, database, demo, scheduler, web server, and their end. What each of them does lives elsewhere. Several
starts on one instance folder wait for each other; a start that was killed is taken up again by the next one.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from waitress.server import create_server

import config
from unionops import environment
from unionops.core import catalogues, clock, migrations

HOST = "127.0.0.1"
THREADS = 8
RESTART_AFTER_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Serves until it is told to end; returns the exit status (1: the port is taken or the database is not reached)."""
    options = _options(arguments)
    os.umask(0o077)  # The data of members is the business of this user alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Being told to end is the same as Ctrl-C.
    try:
        with closing(_listen(options.port)) as listener:
            with environment.locked(_home()):
                app, has_demo = _prepare(empty=options.empty)
            with _scheduler():
                _serve(app, listener, has_demo)
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    print("已停止。Stopped.")
    return 0


class CannotStart(Exception):
    """Something of this machine is in the way; the text says what, and what to do."""


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m unionops up", description="Set up what is needed and serve on this machine.")
    parser.add_argument("--empty", action="store_true", help="do not build the demo union")
    parser.add_argument("--port", type=int, default=config.port(), help="port on 127.0.0.1 (PORT; default 8000; 0: any free one)")
    return parser.parse_args(arguments)


# --- the port


def _listen(port: int) -> socket.socket:
    """Takes the port first of all, so that nothing is prepared in vain; a page asked for too early just waits."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotStart(
            f"連接埠 {port} 已被使用或無法使用。Port {port} cannot be used: {_owner(port) or error}\n"
            "換一個 Take another one: python3 -m unionops up --port 8001"
        ) from error
    return listener


def _owner(port: int) -> str:
    """The process that listens on the port, as "name, pid 123"; empty if this machine does not tell."""
    if lsof := shutil.which("lsof"):
        said = subprocess.run([lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"], capture_output=True, text=True).stdout
        found = {line[0]: line[1:] for line in said.splitlines() if line}
        return f"{found['c']}, pid {found['p']}" if {"c", "p"} <= found.keys() else ""
    with contextlib.suppress(OSError):  # Linux without lsof.
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        inodes = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
        for handle in Path("/proc").glob("[0-9]*/fd/*"):
            with contextlib.suppress(OSError):  # Another user's process, or one that just ended.
                if str(handle.readlink()) in inodes:
                    process = handle.parent.parent
                    return f"{(process / 'cmdline').read_text().replace(chr(0), ' ').strip()[:80]}, pid {process.name}"
    return ""


# --- the database and the demo


def _home() -> Path:
    home = config.home()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"無法建立資料夾。The folder of the data cannot be made: {error}") from error
    return home


def _prepare(*, empty: bool) -> tuple[Flask, bool]:
    """The app on the newest schema, and whether its database holds the demo union."""
    from unionops.app import create_app

    catalogues.compile_all()
    try:
        app = create_app()
    except RuntimeError as error:  # A setting that is missing or wrong; its message says which.
        raise CannotStart(f"設定有誤，無法啟動。A setting is wrong: {error}") from error
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    demo = _DemoState(config.home() / "demo.json", url)
    if demo.is_unfinished:
        _clear_unfinished_demo(url)
    with app.app_context():
        try:
            migrations.attach(app)
            _migrate(url)
        except OperationalError as error:
            raise CannotStart(f"資料庫無法使用。The database cannot be used: {error.orig}") from error
        if not empty and not _has_accounts() and not _is_being_set_up():
            _build_demo(demo)
    return app, demo.is_built


def _clear_unfinished_demo(url: URL) -> None:
    """Only what the interrupted building made is in that file: no one could sign in yet."""
    print("上次示範資料未建立完成，重新建立。The demo was not finished last time; building it anew.")
    file = _sqlite_file(url)
    if file is None:
        raise CannotStart("請換一個空的資料庫。Half of it is in a database server: name an empty database in DATABASE_URL.")
    for part in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + part).unlink(missing_ok=True)


def _migrate(url: URL) -> None:
    """Newest schema. A SQLite database with data in it is copied first, into ``backups/`` of the instance folder."""
    present, newest = migrations.present(), migrations.newest()
    if present == newest:
        return
    file = _sqlite_file(url)
    if present and file is not None:
        backup = config.home() / "backups" / f"before-{'-'.join(sorted(newest))}-{f'{clock.now():%Y%m%d-%H%M%S}'}.db"
        backup.parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(backup)) as target:
            source.backup(target)  # In one step: stepwise it would start over at each write.
        backup.chmod(0o600)
        print(f"已備份資料庫。The database was copied to {backup}")
    print("正在更新資料庫結構。Bringing the database up to date.")
    migrations.upgrade()


def _sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for a server or for one in memory."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _has_accounts() -> bool:
    from unionops.core.accounts.models import User
    from unionops.core.db import db

    with db.engine.connect() as connection:
        return bool(connection.scalar(select(func.count()).select_from(User.__table__)))


def _is_being_set_up() -> bool:
    from unionops.core.setup import queries

    return queries.is_open()


class _DemoState:
    """Whether the demo of this database is being built or was built; kept in the instance folder, per database."""

    def __init__(self, file: Path, url: URL) -> None:
        self._file = file
        self._key = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:16]

    def _read(self) -> dict[str, str]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def say(self, word: str) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps({**self._read(), self._key: word}))
        unfinished.replace(self._file)

    @property
    def is_unfinished(self) -> bool:
        return self._read().get(self._key) == "building"

    @property
    def is_built(self) -> bool:
        return self._read().get(self._key) == "built"


def _build_demo(state: _DemoState) -> None:
    from unionops import demo

    print("正在建立示範工會（只做一次）。Building the demo union, once.")
    started = time.monotonic()
    state.say("building")
    demo.build(progress=print)
    state.say("built")
    print(f"示範工會已建立。The demo union is ready ({time.monotonic() - started:.0f} s).")


# --- the scheduler


@contextmanager
def _scheduler() -> Iterator[None]:
    """Runs the scheduler beside the web server, starts it again if it falls, and ends it at the end.

    It holds the read end of a pipe: should this process be killed, the scheduler sees the pipe close and ends as well.
    """
    ending = threading.Event()
    line = [sys.executable, "-m", "unionops", "jobs", "--with-parent"]
    current: list[subprocess.Popen[bytes]] = []

    def keep_running() -> None:
        while not ending.is_set():
            # A session of its own: Ctrl-C in the terminal reaches only this process, which then ends the other in order.
            child = subprocess.Popen(line, cwd=config.ROOT, stdin=subprocess.PIPE, start_new_session=True)
            current[:] = [child]
            status = child.wait()
            if not ending.is_set():
                print(f"排程程序中止（{status}），稍後重啟。The scheduler ended with status {status}; starting it again.", file=sys.stderr)
                ending.wait(RESTART_AFTER_SECONDS)

    keeper = threading.Thread(target=keep_running, name="scheduler-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        for child in current:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
        keeper.join(timeout=10)


# --- the web server


def _serve(app: Flask, listener: socket.socket, has_demo: bool) -> None:
    server = create_server(app, sockets=[listener], threads=THREADS, ident=None)
    print(f"\n  unionops 已啟動 is running:  http://{HOST}:{listener.getsockname()[1]}\n")
    if has_demo:
        from unionops.demo import SIGN_INS

        app.config["DEMO"] = True
        app.extensions["demo_sign_ins"] = SIGN_INS
        print("  示範帳號 Demo sign-ins (name, password, role):")
        for role, name, password in SIGN_INS:
            print(f"    {name:<24} {password:<20} {role}")
    elif code := _setup_code(app):
        print("  還沒有管理員，請用瀏覽器開上面的網址，輸入設定碼 No administrator yet; open the address above and type the set-up code:")
        print(f"    {code}\n")
    print("\n  結束請按 To stop: Ctrl-C\n")
    server.run()  # Returns on KeyboardInterrupt, after the requests under way.


def _setup_code(app: Flask) -> str:
    """A new set-up code for an installation without an administrator; "" for any other. Every start gives a new one."""
    from unionops.core.db import unit_of_work
    from unionops.core.setup import queries, services

    with app.app_context(), unit_of_work("up", "command up"):
        return "" if queries.has_administrator() else services.new_code(now=clock.now())
