"""Rosters in and out: the import against parse and one bulk insert, the export against the writer library alone.

Memory is measured in processes of their own, see ``processes``.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import python_calamine
import sqlalchemy as sa
import xlsxwriter
from flask import Flask

from bench import data, limits, processes
from bench.report import Section, megabytes, seconds, times
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, intent, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import DONE, Task
from unionops.members import listing, queries
from unionops.members.queries import RosterFilter, checks
from unionops.members.queries import imports as reading
from unionops.members.services import imports

IMPORT_AT_MOST = 4.0
EXPORT_AT_MOST = 1.3
EXPORTED = {"xlsx": 5, "csv": 15}
"""How often an export is measured: a CSV takes half a second, and a slow moment of the machine as long."""
FLAT = 1.2
"""How much more memory the largest export may take at its peak than the smallest."""


class Everybody:
    """Whoever sees all members; the export asks for nobody else's sight."""

    def scopes(self, permission: str) -> None:
        return None


# --- in ---------------------------------------------------------------------------------------------------------------


def bring_in(homes: data.Homes, kinds: Sequence[str], count: int) -> Section:
    """Takes a workbook of ``count`` members the whole way of the screens into an empty database."""
    section = Section(
        "Import",
        f"A workbook of {count:,} members with {len(data.HEADINGS)} columns is handed over and kept, read, each row judged and compared, what was found "
        "kept in parts, a page of it shown, and everything written with encryption, search index and audit, by the background tasks that somebody "
        "waits for; beside it the same file parsed by the library and put into one plain table by one bulk insert (mean of one run before and "
        f"one after). At most {IMPORT_AT_MOST:g} times.",
        ("database", "members", "hand over", "check", "a page", "apply", "together", "parse + bulk insert", "ratio", "at most"),
    )
    content = data.workbook(count)
    today = clock.today()
    for kind in kinds:
        app = homes.new(kind, f"import_{count}")
        plain = [_plainly(app, content)]
        with app.app_context():
            staging, batch_id = _timed(lambda: _stage(content, today))
            checking, _done = _timed(_worked)
            found = reading.preview(reading.import_for(batch_id))  # Held, so that freeing it is no part of the time; nor is it of the limit's.
            showing, token = _timed(lambda batch_id=batch_id: _page(batch_id))
            applying, _done = _timed(lambda batch_id=batch_id, token=token: _apply(batch_id, token, today))
            counts = reading.import_for(batch_id).counts
            if counts["created"] != count:
                raise RuntimeError(f"of {count} rows the import took {counts}")
            db.session.remove()
            del found
        plain.append(_plainly(app, content))
        parts, limit = (staging, checking, showing, applying), statistics.mean(plain)
        together = sum(parts)
        section.add(
            kind, f"{count:,}", *map(seconds, parts), seconds(together), seconds(limit), times(together / limit), times(IMPORT_AT_MOST),
            ok=together <= IMPORT_AT_MOST * limit,
        )
    return section


def _stage(content: bytes, today: date) -> int:
    with unit_of_work("bench", "bench"):
        batch = imports.stage(content, "roster.xlsx", None, today, later=True)
        imports.check_later(batch, None)
    return batch.id


def _worked() -> None:
    db.session.remove()
    tasks.work_once()
    task = db.session.scalars(sa.select(Task).order_by(Task.id.desc())).first()
    if task is None or task.state != DONE:
        raise RuntimeError(f"the task of the import came to nothing: {task and (task.problems, task.incident)}")
    db.session.remove()


def _page(batch_id: int) -> str:
    with intent(write=False):
        check = checks.check_of(reading.import_for(batch_id))
        if check is None:
            raise RuntimeError("nothing was kept of the check")
        list(check.lines(check.chosen("", "", "")[:50]))
    db.session.remove()
    return check.token


def _apply(batch_id: int, token: str, today: date) -> None:
    with unit_of_work("bench", "bench"):
        imports.apply_later(reading.import_for(batch_id), None, today, seen=token, again=False)
    _worked()


def _plainly(app: Flask, content: bytes) -> float:
    """Seconds of the limit: the library reads the file, one statement writes it."""
    with app.app_context():
        engine = db.engine
    table = sa.Table(
        "plain_roster", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(f"column_{at}", sa.Text) for at in range(len(data.HEADINGS))),
    )
    table.create(engine)
    begun = perf_counter()
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    with engine.begin() as connection:
        connection.execute(sa.insert(table), [{f"column_{at}": str(cell) for at, cell in enumerate(row)} for row in rows[1:]])
    taken = perf_counter() - begun
    table.drop(engine)
    return taken


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = perf_counter()
    result = work()
    return perf_counter() - begun, result


# --- out --------------------------------------------------------------------------------------------------------------


def export(app: Flask, fmt: str) -> float:
    """Seconds of the background task that the export's button queues: the whole roster with its usual columns."""
    with app.app_context():
        with unit_of_work("bench", "bench"):
            owner = db.session.scalars(sa.select(User)).first()
            task_id = tasks.start(
                "members.export_roster", owner, query="standing=all", columns=list(queries.USUAL_COLUMNS), fmt=fmt, whole=False, name="roster"
            ).id
        db.session.remove()
        taken, _done = _timed(tasks.work_once)
        if db.session.get_one(Task, task_id).state != DONE:
            raise RuntimeError(f"the export to {fmt} failed")
        db.session.remove()
        return taken


def library(fmt: str, rows: Sequence[Sequence[Any]], path: Path) -> None:
    """The writer library alone, on rows that stand ready."""
    if fmt == "csv":
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows(rows)
        return
    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet, text, day = book.add_worksheet(), book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, day)
                elif cell is not None:
                    sheet.write_string(at, column, cell, text)


def ready(app: Flask) -> list[tuple[Any, ...]]:
    """The rows of the export in memory, for the library alone."""
    everybody = RosterFilter(standing=queries.EVERYBODY)
    with app.app_context(), intent(write=False):
        today = clock.today()
        columns = [queries.roster_columns()[key] for key in queries.USUAL_COLUMNS]
        read = listing.batch_reader(columns, whole=False, today=today)
        lines = queries.lines_streamed(Everybody(), everybody, columns, today)
        return [row for batch in map(read, lines) for row in zip(*batch, strict=True)]


def select(app: Flask) -> None:
    """The rows of the export by one SELECT of the driver's own cursor."""
    with app.app_context(), db.engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(limits.ROSTER)
        cursor.fetchall()
        cursor.close()


def take_out(unions: Sequence[Any], folder: Path) -> list[Section]:
    """The export of each database's largest and smallest membership."""
    section = Section(
        "Export",
        "The roster with its usual columns, masked, everybody included, by the background task from its start to its end. The limit is one SELECT of "
        "the same rows by the database's driver and the writer library on rows that stand ready in memory, one after the other: at most "
        f"{EXPORT_AT_MOST:g} times. The library alone is told beside it. Best of several runs in turns.",
        ("format", "database", "rows", "export", "one SELECT", "library", "limit", "ratio", "at most", "ratio to library alone"),
    )
    memory = Section(
        "Memory of an export", f"The peak of a process that does nothing else; the largest may take {FLAT:g} times the smallest.",
        ("format", "database", "rows from", "rows to", "peak from", "peak to", "ratio", "at most"),
    )
    for kind in dict.fromkeys(u.kind for u in unions):
        own = sorted((u for u in unions if u.kind == kind), key=lambda u: u.size)
        large, small = own[-1], own[0]
        rows = ready(large.app)
        for fmt in EXPORTED:
            path = folder / f"export.{fmt}"
            ours, alone, read = [], [], []
            for _turn in range(EXPORTED[fmt]):
                ours.append(export(large.app, fmt))
                read.append(_timed(lambda large=large: select(large.app))[0])
                alone.append(_timed(lambda fmt=fmt, path=path, rows=rows: library(fmt, rows, path))[0])
            limit = min(read) + min(alone)
            section.add(
                fmt, kind, f"{len(rows):,}", seconds(min(ours)), seconds(min(read)), seconds(min(alone)), seconds(limit),
                times(min(ours) / limit), times(EXPORT_AT_MOST), times(min(ours) / min(alone)), ok=min(ours) <= EXPORT_AT_MOST * limit,
            )
            if small is not large:
                peaks = [processes.run("export", processes.url_of(u.app), str(folder), fmt)["peak"] for u in (small, large)]
                memory.add(
                    fmt, kind, f"{small.size:,}", f"{large.size:,}", megabytes(peaks[0]), megabytes(peaks[1]), times(peaks[1] / peaks[0]),
                    times(FLAT), ok=peaks[1] <= FLAT * peaks[0],
                )
    return [section, *([memory] if memory.lines else [])]
