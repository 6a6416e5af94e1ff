"""A paper on the web: its pages shown in the browser, and the file handed over.

Owns what every area needs to show or send a paper: pictures of the pages, the characters that the typeface lacks, the name
of the download, and the calm answer when the disk is full. The only module of this package that knows the web; what is on
a paper, and who may see it, is the area's business (page: ``documents/preview.html``).
"""

from __future__ import annotations

import base64
import io
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from flask import Response, send_file

from unionops.core.documents import Document, Rendered, preview_pages, render, write_atomically
from unionops.values.problems import RuleBroken, problem

MOST_PAGES = 6
"""Pages shown: they travel inside the page as pictures, about 150 kB each, so that no personal data are kept anywhere."""
_DOTS_PER_INCH = 96
_NO_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
log = structlog.get_logger()


@dataclass(frozen=True)
class PagePicture:
    """One page as ``<img>`` needs it: a ``data:`` address and the size in dots."""

    address: str
    width: int
    height: int


@dataclass(frozen=True)
class Preview:
    """The first pages of a paper, how many it has in all, and the characters that print as empty boxes."""

    pages: tuple[PagePicture, ...]
    page_count: int
    missing: tuple[str, ...]

    @property
    def is_cut(self) -> bool:
        """Whether there are more pages than are shown."""
        return self.page_count > len(self.pages)


def preview(document: Document, *, most: int = MOST_PAGES) -> Preview:
    """The first ``most`` pages. All pages are set to know their number: give a long paper's first rows only."""
    with room_on_disk():
        pictures = preview_pages(document, ppi=_DOTS_PER_INCH)
        missing = render(document, "pdf").missing
    return Preview(tuple(_picture(png) for png in pictures[:most]), len(pictures), missing)


def made(document: Document, fmt: str) -> Rendered:
    """``documents.render``, but a full disk (spreadsheets pass through temporary files) is a RuleBroken to be shown."""
    with room_on_disk():
        return render(document, fmt)


def keep(path: Path, rendered: Rendered) -> None:
    """Writes the file whole or not at all. Raises RuleBroken when the disk does not take it."""
    with room_on_disk():
        write_atomically(path, rendered.data)


def send(rendered: Rendered, name: str, *, inline: bool = False) -> Response:
    """The file as a download called ``name`` plus its extension; any script may be in the name.

    ``inline`` lets the browser show it instead, for the preview of a PDF. Raises ValueError for another format: the
    browser must never be made to open what somebody typed as anything but a PDF.
    """
    if inline and rendered.extension != "pdf":
        raise ValueError("only a PDF is shown in the browser")
    response = send_file(
        io.BytesIO(rendered.data), mimetype=rendered.media_type, as_attachment=not inline, download_name=file_name(name, rendered.extension),
        max_age=0,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def file_name(name: str, extension: str) -> str:
    """A name that every system takes: no path, no control characters, at most 80 letters before the extension."""
    plain = _NO_NAME.sub("_", name).strip(" ._")[:80]
    return f"{plain or 'document'}.{extension}"


@contextmanager
def room_on_disk() -> Iterator[None]:
    """Turns what the disk refuses into a problem that a person can act on; the cause goes to the log."""
    try:
        yield
    except OSError as error:
        log.error("document not written", exc_info=error)
        raise RuleBroken(problem("", "磁碟空間不足或無法寫入，檔案沒有產生，資料沒有變動。請通知系統管理員清出空間後再試。")) from error


def _picture(png: bytes) -> PagePicture:
    width, height = struct.unpack(">II", png[16:24])  # The PNG header says its size at a fixed place.
    return PagePicture("data:image/png;base64," + base64.b64encode(png).decode(), width, height)
