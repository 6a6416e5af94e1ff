"""Printed matter and exports: one plain ``Document`` in, a file of any format out.

Owns every file format the program writes. An area says what a paper holds; nothing here knows areas or the database, and
only ``serving`` (not loaded by this package) knows the web, so a paper can be made in a request, in a job and in a test alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

from .files import atomic_file, write_atomically
from .fonts import font_paths, use_typeface
from .model import (
    AT_ONCE,
    Batch,
    Block,
    Card,
    CardSheet,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Image,
    LabelSheet,
    PageBreak,
    Paragraph,
    SealBoxes,
    Slip,
    SlipSheet,
    Table,
    in_batches,
)

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
PAPER_FORMATS = ("pdf", "odt", "docx")
ROW_FORMATS = ("xlsx", "ods", "csv")


@dataclass(frozen=True)
class Rendered:
    """A finished file. ``missing`` names the characters that the typeface lacks, ``archival`` says it is PDF/A-2a."""

    data: bytes
    media_type: str
    extension: str
    missing: tuple[str, ...] = ()
    archival: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything on the paper can be read on it."""
        return not self.missing


def render(document: Document, fmt: str, *, archival: bool = True) -> Rendered:
    """The document as a file of the format ``fmt``, a key of ``MEDIA_TYPES``.

    Raises ValueError for another format, and for what the format cannot hold (a row longer than its columns, more rows
    than a sheet). ``archival`` asks for PDF/A-2a and matters for PDF only; see ``Rendered`` for what became of it.
    """
    if fmt == "pdf":
        return render_batch([document], archival=archival)
    if fmt not in MEDIA_TYPES:
        raise ValueError(f"no format {fmt!r}; there are {', '.join(MEDIA_TYPES)}")
    return Rendered(_writer(fmt).to_bytes(document), MEDIA_TYPES[fmt], fmt)


def render_batch(documents: Sequence[Document], *, archival: bool = True) -> Rendered:
    """Many papers in one PDF, each with its own title and its own page numbers. Raises ValueError if there is none."""
    if not documents:
        raise ValueError("no paper to print")
    data, missing, is_archival = _writer("pdf").to_pdf(documents, archival=archival)
    return Rendered(data, MEDIA_TYPES["pdf"], "pdf", missing, is_archival)


def write_joined(documents: Iterable[Document], fileobj: BinaryIO) -> int:
    """Many papers in one PDF, set one after the other as they come, so that memory does not grow with them; how many pages. Hand over
    papers of some 25 pages. A plain PDF, not one for the archive. Raises ValueError if there is none."""
    pages: int = _writer("pdf").write_joined(documents, fileobj)
    return pages


def write_rows(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], fmt: str, fileobj: BinaryIO, *, sheet: str = "", roc: bool = False
) -> int:
    """``write_batches`` for whom has the rows one by one. Raises ValueError for a row longer than the columns, too."""
    return write_batches(columns, in_batches(rows, columns), fmt, fileobj, sheet=sheet, roc=roc)


def write_batches(
    columns: Sequence[Column], batches: Iterable[Batch], fmt: str, fileobj: BinaryIO, *, sheet: str = "", roc: bool = False
) -> int:
    """Stream rows into ``fileobj`` as csv, xlsx or ods and say how many there were; memory does not grow with them.

    Figures stay figures and dates stay dates. With ``roc`` dates show years of the Republic: as the cell's format where
    the file can hold one, as text in CSV. Cells that a spreadsheet would run as a formula are kept as text.
    Raises ValueError for another format, or more rows than a sheet holds.
    """
    if fmt not in ROW_FORMATS:
        raise ValueError(f"no format {fmt!r} for rows; there are {', '.join(ROW_FORMATS)}")
    written: int = _writer(fmt).write_batches(columns, batches, fileobj, sheet=sheet, roc=roc)
    return written


def preview_pages(document: Document, *, ppi: float = 110) -> tuple[bytes, ...]:
    """The printed pages as PNG pictures, in order, for ``<img>``; their number is the page count."""
    pictures: tuple[bytes, ...] = _writer("pdf").page_pictures(document, ppi=ppi)
    return pictures


def _writer(fmt: str) -> Any:
    """The module of a format, loaded when the first such file is made: all their libraries are a third of a start, and most
    workers never write most formats."""
    return import_module(f"{__name__}.{'csv_out' if fmt == 'csv' else fmt}")


__all__ = [
    "AT_ONCE",
    "MEDIA_TYPES",
    "PAPER_FORMATS",
    "ROW_FORMATS",
    "Batch",
    "Block",
    "Card",
    "CardSheet",
    "Cell",
    "Column",
    "Document",
    "Facts",
    "Heading",
    "Image",
    "LabelSheet",
    "PageBreak",
    "Paragraph",
    "Rendered",
    "SealBoxes",
    "Slip",
    "SlipSheet",
    "Table",
    "atomic_file",
    "font_paths",
    "in_batches",
    "preview_pages",
    "render",
    "render_batch",
    "use_typeface",
    "write_atomically",
    "write_batches",
    "write_joined",
    "write_rows",
]
