"""Background tasks: long work that a person starts, watches, may cancel, and whose result stays.

A task has two phases. It first reads and computes, reporting progress as it goes; then ``with work.applying():`` writes
everything in one unit, in which the task is also marked done. So a process that dies leaves all or nothing, and nobody
waits for a task that is only computing.

The file that a task makes lies in the clear only while it is made: it is encrypted before the task counts as done, and goes with a
task that does not come to its end. ``jobs.tidy`` removes it when its days are over.

Why progress is not shown while a task applies on SQLite: that file has one writer at a time, and a second one, telling the
progress, would wait for the first for ever. On PostgreSQL progress is kept at any time. Keep the applying phase short (set-based
statements), for on SQLite everybody else's writing waits for it.
"""

from __future__ import annotations

import inspect
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from unionops.core import clock
from unionops.core import db as database
from unionops.core.db import db, durable, intent, keyring, lock_row, unit_of_work
from unionops.core.documents import atomic_file
from unionops.core.jobs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Task
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

F = TypeVar("F", bound=Callable[..., None])
log = structlog.get_logger()

BEAT_SECONDS = 5.0
STALE = timedelta(seconds=60)
ATTEMPTS = 3
_TELL_SECONDS = 0.4
"""Progress is written at most this often."""

INTERRUPTED = problem("", "執行到一半被中斷，資料沒有變動。請重新開始。")


@dataclass(frozen=True)
class Kind:
    """What a kind of task does. ``retry``: begun anew, up to three times, when its process died."""

    name: str
    function: Callable[..., None]
    title: Any
    retry: bool


KINDS: dict[str, Kind] = {}


def task(name: str, *, title: Any, retry: bool = False) -> Callable[[F], F]:
    """Registers ``def import_roster(work, *, batch_id)`` as the task ``name``; its arguments must be plain JSON values."""

    def register(function: F) -> F:
        if name in KINDS and KINDS[name].function.__qualname__ != function.__qualname__:
            raise ValueError(f"task {name!r} is taken")
        KINDS[name] = Kind(name, function, title, retry)
        return function

    return register


def start(kind: str, owner: Any, title: str = "", **arguments: Any) -> Task:
    """Queues a task for ``owner`` (a user, or None) inside the caller's unit; it begins once that is committed.

    ``title`` says what it is about if the kind's own title is not enough. Raises KeyError for an unknown kind and TypeError
    for arguments that its function does not take.
    """
    inspect.signature(KINDS[kind].function).bind(None, **arguments)
    made = Task(
        kind=kind, title=title, arguments=arguments, owner_id=getattr(owner, "id", None), owner_name=getattr(owner, "name", ""),
    )
    db.session.add(made)
    db.session.flush()  # The caller redirects to the task's page by its id.
    return made


def cancel(made: Task, now: datetime) -> bool:
    """Asks that the task stop, inside the caller's unit. False when it is over already."""
    lock_row(made)
    if made.state == WAITING:
        made.state, made.finished_at = CANCELLED, now
    elif made.state == RUNNING:
        made.cancel_requested = True
    else:
        return False
    return True


class Cancelled(Exception):
    """The owner asked to stop. Raised by ``work.progress``; let it pass."""


class _Stopping(Exception):
    """This process is being ended in order: the task waits for the next one."""


class _TakenAway(Exception):
    """The task was given up or taken by someone else meanwhile; what was done here must not stay."""


class Work:
    """What a task's function holds: progress, the question whether to stop, the one unit that writes, the result."""

    def __init__(self, claimed: Task, token: str, stopping: threading.Event) -> None:
        self.id = claimed.id
        self.owner_id = claimed.owner_id
        self._owner_name = claimed.owner_name
        self._kind = claimed.kind
        self._token = token
        self._stopping = stopping
        self._phase = "computing"
        self._result: dict[str, Any] = {}
        self._told_at = 0.0
        self._told: tuple[Any, ...] = ()

    def progress(self, done: int, total: int | None = None, message: str = "", **params: Any) -> None:
        """Tells how far it is; ``message`` is a zh source string marked by ``_m``. Raises ``Cancelled`` when it is time to stop. Cheap: call it per row."""
        if self._stopping.is_set() and self._phase != "applied":
            raise _Stopping
        told = (message, total)
        if told == self._told and done != total and time.monotonic() - self._told_at < _TELL_SECONDS:
            return
        self._told, self._told_at = told, time.monotonic()
        if self._phase == "applying" and db.engine.dialect.name == "sqlite":
            return
        with durable() as own:
            mine = own.execute(
                _mine(self.id, self._token).values(progress=done, total=total, message=message, params=params, heartbeat_at=clock.now())
            ).rowcount
            stop = own.scalar(sa.select(Task.cancel_requested).where(Task.id == self.id))
        if self._phase == "applied":
            return
        if not mine:
            raise _TakenAway
        if stop:
            raise Cancelled

    def cancelled(self) -> bool:
        """Whether its owner asked to stop: for work that has something to tidy before it raises ``Cancelled``."""
        if self._phase == "applying" and db.engine.dialect.name == "sqlite":
            return False
        with durable() as own:
            return bool(own.scalar(sa.select(Task.cancel_requested).where(Task.id == self.id)))

    def let_go(self) -> None:
        """Between two parts of a long reading: the rows of the last one are given back, and the next sees what was written meanwhile."""
        if self._phase != "computing":
            raise RuntimeError("what a task is writing is not given back")
        database.rollback()

    @contextmanager
    def applying(self) -> Iterator[None]:
        """The one unit in which the task writes; the task is done with it. Objects loaded before are stale: load them again inside."""
        if self._phase != "computing":
            raise RuntimeError("a task writes in one unit only")
        database.rollback()  # The snapshot of the computing phase ends here; on SQLite it could not become a writing one.
        self._phase = "applying"
        with unit_of_work(self._owner_name, f"task {self._kind}", self.owner_id):
            yield
            row = db.session.get_one(Task, self.id)
            lock_row(row)
            if (row.state, row.worker) != (RUNNING, self._token):
                raise _TakenAway
            if row.cancel_requested:
                raise Cancelled
            _seal_file(self.id)
            row.state, row.finished_at = DONE, clock.now()
            for name, value in self._result.items():
                setattr(row, name, value)
        self._phase, self._result = "applied", {}

    def finish(self, *, ref: Ref | None = None, endpoint: str = "", arguments: dict[str, Any] | None = None, **result: Any) -> None:
        """Says what came out, best as the last thing inside ``applying``: figures, the record, or the screen that shows it."""
        self._result["result"] = result
        if ref is not None:
            self._result["result_ref"] = ref
        if endpoint:
            self._result["link"] = {"endpoint": endpoint, "arguments": arguments or {}}

    def file(self, name: str) -> Path:
        """Where to write the file that this task makes; the owner downloads it under this name. Write it before ``applying`` ends."""
        folder = _folder_of(self.id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._result["file_name"] = Path(name).name
        return folder / OPEN

    def _end(self) -> None:
        """After the function: whatever was not written in the unit is kept now."""
        if self._phase == "computing":
            if db.session.new or db.session.dirty or db.session.deleted or db.session.info.get("changes"):
                raise RuntimeError(f"task {self._kind} wrote outside work.applying()")
            database.rollback()
            _seal_file(self.id)
            self._result |= {"state": DONE, "finished_at": clock.now()}
        if self._result:
            with durable() as own:
                own.execute(sa.update(Task).where(Task.id == self.id, Task.worker == self._token).values(**self._result))


# --- files ------------------------------------------------------------------------------------------------------------

OPEN, SEALED = "file", "sealed"


def has_file(task_id: int) -> bool:
    """Whether the file that a task made is still kept."""
    return (_folder_of(task_id) / SEALED).is_file()


def file_of(task_id: int) -> bytes:
    """The file that a task made. Raises FileNotFoundError when it is not kept any more, ValueError when its key is missing."""
    return keyring().decrypt_bytes((_folder_of(task_id) / SEALED).read_bytes(), _place(task_id))


def keep_file(task_id: int, source: BinaryIO) -> None:
    """Keeps what ``source`` holds as the file of a task, encrypted."""
    folder = _folder_of(task_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with atomic_file(folder / SEALED) as target:
        keyring().encrypt_file(source, target, _place(task_id))


def remove_files(older: datetime) -> int:
    """Removes what tasks left that ended before ``older``, that did not come to their end, or of which nothing is known any more."""
    folders = {int(path.name): path for path in _folders().glob("*") if path.name.isdecimal()}  # Before asking: what is begun later stays.
    stays = sa.or_(Task.state.in_((WAITING, RUNNING)), sa.and_(Task.state == DONE, Task.finished_at >= older))
    kept = set(db.session.scalars(sa.select(Task.id).where(Task.id.in_(folders), stays)))
    gone = folders.keys() - kept
    for task_id in gone:
        shutil.rmtree(folders[task_id], ignore_errors=True)
    return len(gone)


def _folders() -> Path:
    return Path(current_app.config["HOME"]) / "tasks"


def _folder_of(task_id: int) -> Path:
    return _folders() / str(task_id)


def _place(task_id: int) -> str:
    return f"task.file:{task_id}"


def _seal_file(task_id: int) -> None:
    made = _folder_of(task_id) / OPEN
    if made.is_file():
        with made.open("rb") as source:
            keep_file(task_id, source)
        made.unlink()


# --- the worker -------------------------------------------------------------------------------------------------------


def work_once(stopping: threading.Event | None = None) -> bool:
    """Takes the oldest waiting task and works it to its end, here and now; whether there was one.

    The scheduler's worker calls it again and again; tests call it instead of waiting. Never raises for the task's own errors.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context(), intent(write=False):  # A session of its own.
        claimed = _claim()
        if claimed is None:
            return False
        made, token = claimed
        work = Work(made, token, stopping or threading.Event())
        with _beating(app, made.id, token):
            _perform(made, work, token)
        db.session.remove()
        return True


def give_up_stale(now: datetime) -> int:
    """Tasks whose process died: begun anew if their kind allows it, else failed. Nothing of them was written."""
    with durable() as own:
        stale = own.scalars(
            sa.select(Task).where(Task.state == RUNNING, Task.heartbeat_at < now - STALE).with_for_update(skip_locked=True)
        ).all()
        for one in stale:
            kind = KINDS.get(one.kind)
            if one.cancel_requested:
                one.state, one.finished_at = CANCELLED, now
            elif kind is not None and kind.retry and one.attempts < ATTEMPTS:
                one.state = WAITING
            else:
                one.state, one.finished_at, one.problems = FAILED, now, [{"message": INTERRUPTED.message, "params": {}}]
            one.worker = ""
            shutil.rmtree(_folder_of(one.id), ignore_errors=True)
        return len(stale)


def _claim() -> tuple[Task, str] | None:
    waiting = sa.select(Task.id).where(Task.state == WAITING).order_by(Task.id).limit(1)
    while (task_id := db.session.scalar(waiting)) is not None:
        db.session.rollback()
        token = secrets.token_hex(16)
        now = clock.now()
        with durable() as own:
            taken = own.execute(
                sa.update(Task)
                .where(Task.id == task_id, Task.state == WAITING)
                .values(state=RUNNING, worker=token, attempts=Task.attempts + 1, started_at=now, heartbeat_at=now, progress=0, total=None)
            ).rowcount
            if taken:
                made = own.get_one(Task, task_id)
                own.expunge(made)
                return made, token
    db.session.rollback()
    return None


def _perform(made: Task, work: Work, token: str) -> None:
    end: dict[str, Any] = {"finished_at": clock.now()}
    try:
        if made.kind not in KINDS:
            raise LookupError(f"no task kind {made.kind!r}")
        KINDS[made.kind].function(work, **made.arguments)
        work._end()
        return
    except Cancelled:
        end |= {"state": CANCELLED}
    except _Stopping:
        end = {"state": WAITING, "worker": "", "attempts": Task.attempts - 1}
    except _TakenAway:
        log.warning("task taken away", task=made.id, kind=made.kind)
        database.rollback()
        return
    except RuleBroken as refusal:
        end |= {"state": FAILED, "problems": [{"message": p.message, "params": _plain(p.figures)} for p in refusal.problems]}
    except Exception as error:
        incident = secrets.token_hex(4).upper()
        log.error("incident", incident=incident, task=made.kind, id=made.id, exc_info=error)
        end |= {"state": FAILED, "incident": incident}
    database.rollback()
    end["finished_at"] = clock.now() if end["state"] != WAITING else None
    with durable() as own:
        ended = own.execute(_mine(made.id, token).values(**end)).rowcount
    if ended:
        shutil.rmtree(_folder_of(made.id), ignore_errors=True)


def _mine(task_id: int, token: str) -> sa.Update:
    return sa.update(Task).where(Task.id == task_id, Task.worker == token, Task.state == RUNNING)


def _plain(params: Any) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float | str | None) else str(value) for name, value in dict(params).items()}


@contextmanager
def _beating(app: Flask, task_id: int, token: str) -> Iterator[None]:
    """Says every few seconds, from a thread of its own, that the process is alive, however long one step takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            # On SQLite the applying task holds the file; whoever would give it up waits for the same lock, so a beat may fail.
            with app.app_context(), suppress(OperationalError), durable() as own:
                own.execute(_mine(task_id, token).values(heartbeat_at=clock.now()))

    thread = threading.Thread(target=beat, name=f"task-{task_id}-heart", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
