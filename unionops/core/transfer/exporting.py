"""Rows out as a file to download: CSV, XLSX or ODS, written to a temporary file so that memory does not grow with the rows.

Formats and the guard against formulas are ``core.documents``'; which rows and which columns is the area's business.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from flask import Response, send_file

from unionops.core.documents import MEDIA_TYPES, ROW_FORMATS, Batch, Column, atomic_file, write_batches
from unionops.core.documents.serving import room_on_disk
from unionops.core.i18n import chinese

FORMATS = {"xlsx": "Excel (.xlsx)", "ods": "OpenDocument (.ods)", "csv": "CSV (UTF-8)"}
assert set(FORMATS) == set(ROW_FORMATS)


def file_response(columns: Sequence[Column], batches: Iterable[Batch], fmt: str, *, name: str, sheet: str = "") -> Response:
    """The rows as a download called ``name`` with the format's ending. Raises ValueError for another format.

    The rows are all written before this returns, so an error in the middle gives an error page, never half a file. Raises
    RuleBroken when the disk is full.
    """
    with room_on_disk():
        file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (it is closed with the response)
        try:
            write_batches(columns, batches, fmt, file, sheet=sheet or name, roc=chinese())
        except BaseException:
            with suppress(OSError):  # Closing writes what is left, and a full disk refuses that, too.
                file.close()
            raise
    file.seek(0)
    response = send_file(file, mimetype=MEDIA_TYPES[fmt], as_attachment=True, download_name=f"{name}.{fmt}")
    response.headers["Cache-Control"] = "no-store"
    return response


def write_file(columns: Sequence[Column], batches: Iterable[Batch], fmt: str, path: Path, *, sheet: str = "", roc: bool = True) -> int:
    """The rows as the file ``path``, whole or not at all, for background tasks; how many there were. Raises RuleBroken when the
    disk is full."""
    with room_on_disk(), atomic_file(path) as file:
        return write_batches(columns, batches, fmt, file, sheet=sheet, roc=roc)
