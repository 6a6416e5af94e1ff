"""The way back: a backup is opened in a scratch place, checked through and brought up to date there, and only then changes places with
what is there, in one step. Until that step nothing of the installation is touched; a test restore leaves it out.

The step is one rename: of the database file (SQLite) or, in one transaction, of the schema (PostgreSQL). Files come first, for a content
added to the store changes nothing. What was there before is put aside, never overwritten.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from unionops.core.attachments import storage
from unionops.core.audit import recording, sealing
from unionops.core.backup import snapshot
from unionops.core.backup.making import ABOUT, FILE, KEY_NAMES, KEYS, STORE_DOWN, version, working_folder
from unionops.core.backup.models import RESTORED, BackupRun
from unionops.core.backup.sealed import Damaged, Reader
from unionops.core.db import Encrypted, db, unit_of_work
from unionops.core.documents.files import write_atomically
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken, problem

recording.sentence("backup.restored", _l("還原 %(made_at)s 的備份"))

SCRATCH = "unionops_scratch"
"""The schema in which a backup of PostgreSQL is opened."""
NO_ROOM = problem("", "磁碟空間不足，沒有完成。請清出空間後再做一次；現有的資料沒有變動。")
IN_USE = problem("", "程式還在執行。請先停止所有 unionops 程序（網頁與排程），再還原。")
NOT_EMPTY = problem("", "這裡已經有資料，沒有還原。確定要換掉時加上 --replace（原來的會移到旁邊保留），或用 --into 還原到另一個資料夾。")
OTHER_KEYS = problem(
    "", "備份用的是另一組金鑰（FIELD_KEYS、BLIND_INDEX_KEY），這裡的資料會打不開。請用 --into 還原到空的資料夾；金鑰寫在設定裡時，"
    "先用 restore --keys 取出備份裡的金鑰填進去。",
)


@dataclass
class Unpacked:
    """A backup in its scratch place, checked: ``app`` stands on it. ``figures`` say what was counted and checked, ``findings`` what
    is wrong though the backup is whole: ``rows``, ``audit``, ``keys``, ``files``."""

    about: dict[str, Any]
    keys: dict[str, str]
    app: Flask
    folder: Path
    figures: dict[str, Any] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def trouble(error: BaseException) -> Problem | None:
    """What to tell people of an error that the machine's state explains; None for any other."""
    if isinstance(error, RuleBroken):
        return error.problems[0]
    if isinstance(error, storage.StoreDown):
        return STORE_DOWN
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    original = error.orig if isinstance(error, DBAPIError) else error
    full = full or (isinstance(original, sqlite3.OperationalError) and "full" in str(original)) or getattr(original, "sqlstate", "") == "53100"
    if full:
        return NO_ROOM
    return problem("", "讀不到或寫不進檔案：%(error)s", error=error.strerror or str(error)) if isinstance(error, OSError) else None


# --- opening and checking ---------------------------------------------------------------------------------------------


@contextmanager
def unpacked(source: BinaryIO, secret: str, *, keep_files: bool) -> Iterator[Unpacked]:
    """Opens a backup in a scratch place beside the current app's data, reads it to its end, checks it and migrates it up.

    ``keep_files`` writes the files to its ``folder``; else they are only checked. Everything is gone afterwards that was not taken out.
    Raises RuleBroken, saying why, for a file that is damaged, of another database or of a newer program.
    """
    with working_folder() as folder:
        members = (reader := Reader(source, secret)).members()
        about, keys = _json(members, ABOUT), _json(members, KEYS)
        _judge(about)
        with _scratch(folder, keys) as app:
            opened = Unpacked(about, keys, app, folder)
            with app.app_context():
                _load(members, opened, reader, keep_files)
                _check(opened, reader.closing or {})
            yield opened


def keys_of(source: BinaryIO, secret: str) -> dict[str, str]:
    """The keys of the installation that the backup was made of. Raises Damaged."""
    members = Reader(source, secret).members()
    _json(members, ABOUT)
    return _json(members, KEYS)


def _json(members: Iterator[tuple[str, Iterator[bytes]]], wanted: str) -> dict[str, Any]:
    name, content = next(members, ("", iter(())))
    if name != wanted:
        raise Damaged(problem("", "備份檔的內容不是這個程式寫的。"))
    found: dict[str, Any] = json.loads(b"".join(content))
    return found


def _judge(about: dict[str, Any]) -> None:
    from unionops.core import migrations  # Alembic is slow to load, and only a restore needs it.

    here = db.engine.dialect.name
    if about["database"] != here:
        raise RuleBroken(problem("", "這份備份來自 %(theirs)s，這裡用的是 %(ours)s。請用同一種資料庫還原。", theirs=about["database"], ours=here))
    if not set(about["revision"].split(",")) <= migrations.known():
        raise RuleBroken(problem(
            "", "這份備份由較新的版本（%(theirs)s）製作，這裡是 %(ours)s。請先更新程式再還原。", theirs=about["version"], ours=version()
        ))


@contextmanager
def _scratch(folder: Path, keys: dict[str, str]) -> Iterator[Flask]:
    """An app of its own on an empty place: a file in ``folder``, or a schema of the same database."""
    from unionops.core import migrations
    url, engine = db.engine.url, db.engine
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(folder / "unionops.db"))
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCRATCH} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {SCRATCH}")
        url = url.update_query_dict({"options": f"-csearch_path={SCRATCH}"})
    settings = {name: value for name, value in current_app.config.items() if name.isupper()} | keys
    settings |= {"SQLALCHEMY_DATABASE_URI": url.render_as_string(hide_password=False), "HOME": folder, "STORAGE_URL": "", "check": lambda self: None}
    app = current_app.extensions["create_app"](type("ScratchConfig", (), settings)())
    migrations.attach(app)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        if url.get_backend_name() != "sqlite":
            with engine.begin() as connection:
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCRATCH} CASCADE")


def _load(members: Iterator[tuple[str, Iterator[bytes]]], opened: Unpacked, reader: Reader, keep_files: bool) -> None:
    """Puts every member where it belongs, and reads to the end of the file: only then is anything of it to be trusted."""
    from unionops.core import migrations

    file_count = 0
    wrong: set[str] = set()

    def take(name: str, content: Iterator[bytes]) -> None:
        nonlocal file_count
        key = name.removeprefix(FILE)
        file_count += 1
        if not _take_file(content, key, opened.folder / "contents" / key if keep_files else None):
            wrong.add(key)

    if opened.about["database"] == "sqlite":
        for name, content in members:
            if name == snapshot.SQLITE_FILE:
                _write(content, opened.folder / "unionops.db")
            else:
                take(name, content)
    else:
        migrations.upgrade(opened.about["revision"])
        loader = snapshot.TablesLoader(db.engine, opened.about["columns"])
        with loader.loading():
            for name, content in members:
                if name.startswith(snapshot.TABLE):
                    loader.table(name.removeprefix(snapshot.TABLE), content)
                else:
                    take(name, content)
            loader.counters((reader.closing or {})["counters"])
    closing_facts = reader.closing or {}
    if len(wrong) > closing_facts["lost"] or file_count - len(wrong) != closing_facts["files"]:
        raise Damaged(problem("", "備份裡的附件與它的清單不符，不能使用。請換另一份備份。"))


def _take_file(content: Iterator[bytes], key: str, place: Path | None) -> bool:
    """Whether the content is that of its key; if so and wanted, it is kept in ``place``."""
    digest = hashlib.sha256()

    def passing() -> Iterator[bytes]:
        for part in content:
            digest.update(part)
            yield part

    if place is None:
        for _part in passing():
            pass
    else:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        _write(passing(), place)
        if digest.hexdigest() != key:
            place.unlink()
    return digest.hexdigest() == key


def _write(content: Iterator[bytes], place: Path) -> None:
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for part in content:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def _check(opened: Unpacked, closing_facts: dict[str, Any]) -> None:
    """Counts, the database's own check, its way up to this program's schema, the audit's chain, and whether the keys fit."""
    from unionops.core import migrations

    rows = snapshot.counted(db.engine, list(closing_facts["rows"]))
    if rows != closing_facts["rows"]:
        opened.findings.append("rows")
    if opened.about["database"] == "sqlite":
        with db.engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
                opened.findings.append("rows")
    if migrations.present() != migrations.newest():
        migrations.upgrade()
    verdict = sealing.verify()
    if not verdict.ok or verdict.last_digest != (closing_facts["audit"] or sealing.FIRST):
        opened.findings.append("audit")
    if not _keys_fit():
        opened.findings.append("keys")
    if closing_facts["lost"]:
        opened.findings.append("files")
    db.session.rollback()
    opened.figures = {
        "made_at": opened.about["made_at"], "version": opened.about["version"], "revision": opened.about["revision"],
        "tables": len(rows), "rows": sum(rows.values()), "members": rows.get("person", 0), "sealed": verdict.sealed,
        "files": closing_facts["files"], "lost": closing_facts["lost"], "findings": opened.findings,
    }


def _keys_fit() -> bool:
    """Whether a value of each encrypted column opens."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                try:
                    db.session.scalar(sa.select(column).where(column.is_not(None)).limit(1))
                except ValueError:
                    return False
    return True


# --- changing places --------------------------------------------------------------------------------------------------


def restore(source: BinaryIO, secret: str, *, replace: bool, now: datetime) -> Unpacked:
    """Restores a backup into the current app's installation; what was there is put aside. Nothing else may use it meanwhile.

    Raises RuleBroken, with nothing changed, for a backup that cannot be used, an installation in use, one with people in it unless
    ``replace``, or keys that do not fit it.
    """
    sqlite = db.engine.dialect.name == "sqlite"
    file = Path(str(db.engine.url.database))
    occupied = _still(file) if sqlite else _alone()
    if occupied and not replace:
        raise RuleBroken(NOT_EMPTY)
    with unpacked(source, secret, keep_files=True) as opened:
        new_keys = not _opens(opened.keys)
        if new_keys and (occupied or not _keys_are_ours()):
            raise RuleBroken(OTHER_KEYS)
        with opened.app.app_context(), unit_of_work("命令列", "command restore"):
            db.session.add(BackupRun(kind=RESTORED, at=now, ok=not opened.findings, figures=opened.figures))
            recording.describe("backup.restored", made_at=opened.about["made_at"])
        for path in sorted((opened.folder / "contents").glob("*")):
            with path.open("rb") as content:
                storage.store().put_raw(path.name, content)
        aside = f"before_restore_{now:%Y%m%d_%H%M%S}"
        home = Path(current_app.config["HOME"])
        if new_keys:
            _change_keys(home, opened.keys, secret, aside)
        with opened.app.app_context():
            db.session.remove()
            db.engine.dispose()
        if sqlite:
            new = opened.folder / "unionops.db"
            _still(new)
            _swap_file(new, file, home / "backups" / aside)
        else:
            _swap_schema(aside)
        _forget_demo(home)
    return opened


def _still(file: Path) -> bool:
    """Makes a SQLite database one file that nobody else has open, and says whether people are in it. Raises RuleBroken while it is used."""
    db.engine.dispose()
    if not file.exists():
        return False
    with closing(sqlite3.connect(file, timeout=0.5)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            if mode != "delete":
                raise RuleBroken(IN_USE)
            there = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'user'").fetchone()[0]
            return bool(there and connection.execute('SELECT count(*) FROM "user"').fetchone()[0])
        except sqlite3.OperationalError as locked:
            raise RuleBroken(IN_USE) from locked
        except sqlite3.DatabaseError:
            return True  # Broken: that may be why somebody restores. It is put aside like any other.


def _alone() -> bool:
    """The same for PostgreSQL: whether people are in it; raises RuleBroken while others are connected."""
    db.engine.dispose()
    with db.engine.connect() as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        if connection.exec_driver_sql(others).scalar():
            raise RuleBroken(IN_USE)
        return bool(sa.inspect(connection).has_table("user") and connection.exec_driver_sql('SELECT count(*) FROM "user"').scalar())


def _opens(keys: dict[str, str]) -> bool:
    """Whether the keys of this installation open what those of the backup have closed."""
    config = current_app.config
    return set(keys["FIELD_KEYS"].split(",")) <= set(config["FIELD_KEYS"].split(",")) and keys["BLIND_INDEX_KEY"] == config["BLIND_INDEX_KEY"]


def _keys_are_ours() -> bool:
    """Whether the keys come from the folder of the data, where they may be exchanged, and not from the settings."""
    file = Path(current_app.config["HOME"]) / "secrets.json"
    return file.exists() and all(json.loads(file.read_text()).get(name) == current_app.config[name] for name in KEY_NAMES)


def _change_keys(home: Path, keys: dict[str, str], secret: str, aside: str) -> None:
    """Into an empty installation the keys come with the data, the backup key too; those made for the empty one are put aside."""
    file = home / "secrets.json"
    folder = home / "backups" / aside
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy2(file, folder / file.name)
    write_atomically(file, json.dumps(json.loads(file.read_text()) | keys).encode())
    if (home / "backup.key").exists():
        write_atomically(home / "backup.key", f"{secret}\n".encode())


def _swap_file(new: Path, file: Path, aside: Path) -> None:
    """The one step: until the rename the old database is there, after it the new one. The old one stays beside it by another name."""
    if file.exists():
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = aside / file.name
        try:
            os.link(file, kept)
        except OSError:  # Another file system, or one without such links.
            shutil.copy2(file, kept)
        for part in ("-wal", "-shm"):  # Only a broken database still has them here.
            with_part = file.with_name(file.name + part)
            if with_part.exists():
                with_part.replace(aside / with_part.name)
    os.replace(new, file)
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap_schema(aside: str) -> None:
    """The one step of PostgreSQL: both renames are committed together."""
    with db.engine.begin() as connection:
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar()
        if schema:
            connection.exec_driver_sql(f'ALTER SCHEMA "{schema}" RENAME TO {aside}')
        connection.exec_driver_sql(f'ALTER SCHEMA {SCRATCH} RENAME TO "{schema or "public"}"')


def _forget_demo(home: Path) -> None:
    """What ``up`` noted about a demo union in this place is no longer so."""
    (home / "demo.json").unlink(missing_ok=True)
