"""Rosters in and out: the import against parse and one bulk insert, the export against the writer library alone.

Memory is measured in processes of their own, see ``processes``.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import python_calamine
import sqlalchemy as sa
import xlsxwriter
from flask import Flask

from bench import data, processes
from bench.report import Section, megabytes, seconds, times
from unionops.core import clock
from unionops.core.db import db, intent, unit_of_work
from unionops.core.transfer import exporting
from unionops.members import listing, queries
from unionops.members.queries import RosterFilter
from unionops.members.queries import imports as reading
from unionops.members.services import imports

IMPORT_AT_MOST = 4.0
EXPORT_AT_MOST = 1.3
FLAT = 1.2
"""How much more memory the largest export may take at its peak than the smallest."""


class Everybody:
    """Whoever sees all members; the export asks for nobody else's sight."""

    def scopes(self, permission: str) -> None:
        return None


# --- in ---------------------------------------------------------------------------------------------------------------


def bring_in(homes: data.Homes, kinds: Sequence[str], count: int) -> Section:
    """Reads, judges, encrypts, previews and applies a workbook of ``count`` members into an empty database."""
    section = Section(
        "Import",
        f"A workbook of {count:,} members with {len(data.HEADINGS)} columns is read and kept, each row judged and compared, the preview made, "
        "and everything written with encryption, search index and audit; beside it the same file parsed by the library and put into one "
        f"plain table by one bulk insert (mean of one run before and one after). At most {IMPORT_AT_MOST:g} times.",
        ("database", "members", "read and keep", "preview", "apply", "together", "parse + bulk insert", "ratio", "at most"),
    )
    content = data.workbook(count)
    today = clock.today()
    for kind in kinds:
        app = homes.new(kind, f"import_{count}")
        plain = [_plainly(app, content)]
        with app.app_context():
            staging, batch_id = _timed(lambda: _stage(content, today))
            with intent(write=False):
                previewing, _found = _timed(lambda batch_id=batch_id: reading.preview(reading.import_for(batch_id)))
            db.session.remove()
            applying, counts = _timed(lambda batch_id=batch_id: _apply(batch_id, today))
            if counts["created"] != count:
                raise RuntimeError(f"of {count} rows the import took {counts}")
            db.session.remove()
        plain.append(_plainly(app, content))
        together, limit = staging + previewing + applying, statistics.mean(plain)
        section.add(
            kind, f"{count:,}", seconds(staging), seconds(previewing), seconds(applying), seconds(together), seconds(limit),
            times(together / limit), times(IMPORT_AT_MOST), ok=together <= IMPORT_AT_MOST * limit,
        )
    return section


def _stage(content: bytes, today: date) -> int:
    with unit_of_work("bench", "bench"):
        batch = imports.stage(content, "roster.xlsx", None, today)
    return batch.id


def _apply(batch_id: int, today: date) -> dict[str, int]:
    with unit_of_work("bench", "bench"):
        return imports.apply(reading.import_for(batch_id), None, today)


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


def export(app: Flask, fmt: str, path: Path) -> int:
    """The roster as shown, as the background task writes it; how many rows."""
    with app.test_request_context(), intent(write=False):
        today = clock.today()
        columns = listing.asked().columns
        ids = queries.roster_ids(Everybody(), RosterFilter(standing=queries.EVERYBODY), today)
        rows = map(listing.cells_reader(columns, whole=False, today=today), queries.lines_in_batches(ids, columns))
        return exporting.write_file(listing.sheet_columns(columns), rows, fmt, path)


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


def ready(app: Flask) -> Iterator[list[Any]]:
    """The rows of the export in memory, for the library alone."""
    with app.test_request_context(), intent(write=False):
        today = clock.today()
        columns = listing.asked().columns
        ids = queries.roster_ids(Everybody(), RosterFilter(standing=queries.EVERYBODY), today)
        yield from map(listing.cells_reader(columns, whole=False, today=today), queries.lines_in_batches(ids, columns))


def select_alone(app: Flask) -> None:
    """All rows of the export read by one SELECT of their columns, and thrown away."""
    with app.test_request_context(), intent(write=False):
        columns = listing.asked().columns
        for _row in db.session.execute(queries.roster._lines(tuple(columns))):
            pass


def take_out(unions: Sequence[Any], folder: Path) -> list[Section]:
    """The export of each database's largest and smallest membership."""
    section = Section(
        "Export",
        "The roster with its usual columns, masked, everybody included, as the background task writes it; beside it the writer library alone on "
        f"rows that stand ready in memory: at most {EXPORT_AT_MOST:g} times. What one bare SELECT of the same columns takes is told beside it: "
        "no export can do without reading. Best of three runs in turns.",
        ("format", "database", "rows", "export", "library alone", "ratio", "at most", "one SELECT", "ratio to library + SELECT"),
    )
    memory = Section(
        "Memory of an export", f"The peak of a process that does nothing else; the largest may take {FLAT:g} times the smallest.",
        ("format", "database", "rows from", "rows to", "peak from", "peak to", "ratio", "at most"),
    )
    for kind in dict.fromkeys(u.kind for u in unions):
        own = sorted((u for u in unions if u.kind == kind), key=lambda u: u.size)
        large, small = own[-1], own[0]
        rows = list(ready(large.app))
        for fmt in ("xlsx", "csv"):
            path = folder / f"export.{fmt}"
            ours, alone, read = [], [], []
            for _turn in range(3):
                ours.append(_timed(lambda fmt=fmt, path=path, large=large: export(large.app, fmt, path))[0])
                alone.append(_timed(lambda fmt=fmt, path=path, rows=rows: library(fmt, rows, path))[0])
                read.append(_timed(lambda large=large: select_alone(large.app))[0])
            ratio = min(ours) / min(alone)
            section.add(
                fmt, kind, f"{len(rows):,}", seconds(min(ours)), seconds(min(alone)), times(ratio), times(EXPORT_AT_MOST), seconds(min(read)),
                times(min(ours) / (min(alone) + min(read))), ok=ratio <= EXPORT_AT_MOST,
            )
            if small is not large:
                peaks = [processes.run("export", processes.url_of(u.app), str(folder), fmt)["peak"] for u in (small, large)]
                memory.add(
                    fmt, kind, f"{small.size:,}", f"{large.size:,}", megabytes(peaks[0]), megabytes(peaks[1]), times(peaks[1] / peaks[0]),
                    times(FLAT), ok=peaks[1] <= FLAT * peaks[0],
                )
    return [section, *([memory] if memory.lines else [])]
