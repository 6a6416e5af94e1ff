"""Making a backup: the database at one moment, the files that it names, and the keys that open both.

Owns the order and what stands in the file besides the data. The files are read after the database: a content never changes under its
name, and what was removed in between is told as lost instead of spoiling the backup.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app

from unionops import environment
from unionops.core.attachments import storage
from unionops.core.backup import snapshot
from unionops.core.backup.sealed import Writer
from unionops.core.db import db
from unionops.values.problems import RuleBroken, problem

ABOUT, KEYS, FILE = "about", "keys", "file:"
KEY_NAMES = ("FIELD_KEYS", "BLIND_INDEX_KEY")
NO_KEY = problem("", "還沒有備份金鑰。請設定 BACKUP_KEY，並另外保管一份。")
STORE_DOWN = problem("", "存放附件的地方沒有回應，備份沒有完成。請確認後再做一次。")
LIST_AT_MOST = 100
"""How many lost files are named."""


def version() -> str:
    """The version of the program."""
    return importlib.metadata.version("unionops")


@contextmanager
def working_folder() -> Iterator[Path]:
    """An empty folder beside the data, for one backup or restore at a time; what a killed one left there goes first."""
    folder = Path(current_app.config["HOME"]) / "backups" / ".work"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with environment.locked(folder):
        _clear(folder)
        try:
            yield folder
        finally:
            _clear(folder)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def make(target: BinaryIO, *, now: datetime) -> dict[str, Any]:
    """Writes a backup of this installation to ``target``; the closing facts. Memory does not grow with the data.

    Raises RuleBroken without a backup key or when the store of files is down, OSError or the database's error when there is no room.
    """
    secret = current_app.config["BACKUP_KEY"]
    if not secret:
        raise RuleBroken(NO_KEY)
    with working_folder() as folder, snapshot.taken(db.engine, folder) as taken:
        writer = Writer(target, secret)
        about = {"version": version(), "made_at": now.isoformat(), "database": taken.kind, "revision": taken.revision, "columns": taken.columns}
        writer.member(ABOUT, [json.dumps(about).encode()])
        writer.member(KEYS, [json.dumps({name: current_app.config[name] for name in KEY_NAMES}).encode()])
        size = sum(writer.member(name, content) for name, content in taken.members())
        lost: list[str] = []
        try:
            file_size = sum(_file(writer, key, lost) for key in taken.file_keys)
        except storage.StoreDown as down:
            raise RuleBroken(STORE_DOWN) from down
        facts = {
            "rows": taken.rows, "counters": taken.counters, "audit": taken.audit_digest, "database_size": size,
            "files": len(taken.file_keys) - len(lost), "file_size": file_size, "lost": len(lost), "lost_files": lost[:LIST_AT_MOST],
        }
        writer.close(facts)
    return about | facts


def _file(writer: Writer, key: str, lost: list[str]) -> int:
    """Puts one file in, its size; a file that is missing or is not what its name says goes onto the list of those lost."""
    try:
        stream = storage.store().open(key)
    except storage.ContentLost:
        lost.append(key)
        return 0
    digest = hashlib.sha256()

    def content() -> Iterator[bytes]:
        while part := stream.read(snapshot.PART):
            digest.update(part)
            yield part

    with stream:
        size = writer.member(FILE + key, content())
    if digest.hexdigest() != key:
        lost.append(key)
        return 0
    return size
