"""Papers as PDF and as pictures of their pages, set by typst from the templates beside this module.

Owns what is handed to the typesetter. All content goes in as JSON input, never into the source, so that markup in a
name stays text. Knows nothing of the other formats.
"""

import io
import json
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf
import typst

from unionops.core import clock

from . import fonts
from .model import (
    Block,
    CardSheet,
    Cell,
    Document,
    Facts,
    Heading,
    Image,
    LabelSheet,
    Paragraph,
    SealBoxes,
    Slip,
    SlipSheet,
    Table,
    cells_of,
    clean,
    display,
    is_sheet,
    table_size,
)

_TEMPLATES = Path(__file__).with_name("templates")
_NO_GLYPH = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r'\\u\{([0-9a-f]+)\}|\\(.)')
_LONG_CELL = 300
"""A cell of more characters than this may run over the page: its row must be allowed to break."""


def to_pdf(documents: Sequence[Document], *, archival: bool = True) -> tuple[bytes, tuple[str, ...], bool]:
    """One PDF of the papers in order, each with its own title and page numbers: the bytes, the characters that the
    typeface lacks, and whether the file is PDF/A-2a.

    A missing character (or a picture that the archive profile refuses) makes the file a plain PDF; the character shows
    as an empty box, and who asked is told which it is. The date in the file is the paper's own, so that the same paper
    gives the same bytes.
    """
    # The archive profile demands a date; without one on the paper the day of printing is nobody's secret.
    stamp = _dated(next((document for document in documents if document.issued_on), documents[0]))
    inputs = _inputs(documents, stamp.date())
    compiler = _compiler(inputs)
    missing: tuple[str, ...] = ()
    try:
        # Only the profile makes the typesetter say which characters it cannot show, so it is asked in either case.
        data = compiler.compile(format="pdf", pdf_standards="a-2a", timestamp=stamp)
        if archival:
            return data, (), True
    except typst.TypstError as error:
        if "PDF/A" not in error.message:
            raise
        missing = _characters(error.diagnostic)
    return compiler.compile(format="pdf", timestamp=stamp), missing, False


def write_joined(documents: Iterable[Document], fileobj: BinaryIO) -> int:
    """One PDF of papers that are set one after the other: the typesetter forgets each before long, and what is kept is small.

    The typesetter lets go of the interpreter: while it sets one, the next is made and the one before is joined, both in the caller's thread.
    """
    joined = pikepdf.Pdf.new()
    in_work: Future[bytes] | None = None
    with ThreadPoolExecutor(1, "typesetter") as typesetter:
        for document in documents:
            before, in_work = in_work, typesetter.submit(_part, _inputs([document], _dated(document).date()), _dated(document))
            if before is None:
                joined.docinfo.update({"/Title": clean(document.title), "/Author": clean(document.union)})
            else:
                _append(joined, before.result())
        if in_work is None:
            raise ValueError("no paper to print")
        _append(joined, in_work.result())
    joined.save(fileobj)
    return len(joined.pages)


def _append(joined: pikepdf.Pdf, part: bytes) -> None:
    with pikepdf.open(io.BytesIO(part)) as pdf:
        joined.pages.extend(pdf.pages)


def _dated(document: Document) -> datetime:
    return datetime.combine(document.issued_on or clock.today(), time(), UTC)


def _part(inputs: dict[str, str], stamp: datetime) -> bytes:
    return _compiler(inputs).compile(format="pdf", timestamp=stamp, pdf_tags=False)


def page_pictures(document: Document, *, ppi: float = 110) -> tuple[bytes, ...]:
    """Every page as PNG, in order; their number is the page count."""
    pages = _compiler(_inputs([document], document.issued_on)).compile(format="png", ppi=ppi)
    return tuple(pages) if isinstance(pages, list) else (pages,)


@lru_cache(maxsize=64)
def png_of(svg: bytes, width_mm: float) -> bytes:
    """An SVG drawn at 300 dots an inch, for formats that take no SVG."""
    source = (
        b'#set page(width: auto, height: auto, margin: 0pt)\n'
        b'#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.mm) * 1mm)'
    )
    compiler = typst.Compiler(source, font_paths=fonts.loaded(), ignore_system_fonts=True,
                              sys_inputs={"svg": svg.decode(), "mm": str(width_mm)})
    return compiler.compile(format="png", ppi=300)


def _compiler(inputs: dict[str, str]) -> typst.Compiler:
    return typst.Compiler(_TEMPLATES / "document.typ", root=_TEMPLATES, font_paths=fonts.loaded(),
                          ignore_system_fonts=True, sys_inputs=inputs)


def _characters(diagnostic: str) -> tuple[str, ...]:
    """The characters named in the typesetter's complaint, each once, in the order found."""
    found = (_ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text) for text in _NO_GLYPH.findall(diagnostic))
    return tuple(dict.fromkeys(letter for text in found for letter in text))


def _inputs(documents: Sequence[Document], dated: date | None) -> dict[str, str]:
    first = documents[0]
    language = first.lang.split("-")[0]
    region = next((part for part in first.lang.split("-")[1:] if len(part) == 2), "")
    data = {
        "title": clean(first.title),
        "author": clean(first.union),
        "date": {"year": dated.year, "month": dated.month, "day": dated.day} if dated else None,
        "fonts": fonts.families(),
        "lang": language,
        "region": region or None,
        "documents": [_document(document) for document in documents],
    }
    return {"data": json.dumps(data, ensure_ascii=False)}


def _document(document: Document) -> dict[str, Any]:
    return {
        "title": clean(document.title),
        "subtitle": clean(document.subtitle),
        "union": clean(document.union),
        "landscape": document.landscape,
        "titled": document.titled,
        "margin": document.margin_mm,
        "footer": clean(document.footer),
        "number": clean(document.number),
        "confidential": document.confidential,
        "meta": [clean(part) for part in document.meta_line],
        "words": document.words,
        "sheets-only": bool(document.blocks) and all(map(is_sheet, document.blocks)),
        "blocks": [_block(block, document) for block in document.blocks],
    }


def _pairs(facts: Sequence[tuple[str, Cell]], document: Document) -> list[tuple[str, str]]:
    return [(clean(label), display(value, "money", roc=document.roc)) for label, value in facts]


def _block(block: Block, document: Document) -> dict[str, Any]:
    match block:
        case Heading():
            return {"type": "heading", "text": clean(block.text), "level": block.level}
        case Paragraph():
            return {"type": "paragraph", "text": clean(block.text), "align": block.align, "bold": block.bold,
                    "size": block.size, "hanging": block.hang, "indent": block.indent, "mark": clean(block.mark), "tight": block.tight,
                    "above": block.above}
        case Facts():
            return {"type": "facts", "rows": _pairs(block.rows, document), "columns": block.columns,
                    "boxed": block.boxed, "colon": document.words["colon"]}
        case Table():
            return _table(block, document)
        case SealBoxes():
            return {"type": "seals", "labels": [clean(label) for label in block.labels], "height": block.height_mm}
        case Image():
            return {"type": "image", "data": _picture(block.data), "format": "svg" if block.is_svg else "png",
                    "width": block.width_mm, "alt": clean(block.alt), "align": block.align}
        case LabelSheet():
            return {"type": "labels", "labels": [[clean(line) for line in label] for label in block.labels],
                    "columns": block.columns, "rows": block.rows, "width": block.label_width, "height": block.label_height,
                    "left": block.margin_left, "top": block.margin_top, "gap-x": block.gap_x, "gap-y": block.gap_y,
                    "size": block.size, "skip": block.skip, "outlines": block.outlines}
        case CardSheet():
            return {"type": "cards", "union": clean(block.union), "title": clean(block.title), "skip": block.skip,
                    "seal": _seal(clean(block.seal)), "cards": [
                {"name": clean(card.name), "facts": _pairs(card.facts, document),
                 "qr": _picture(card.qr) if card.qr else None, "code-alt": "QR"} for card in block.cards]}
        case SlipSheet():
            return {"type": "slips", "union": clean(block.union), "title": clean(block.title), "parts": [clean(part) for part in block.parts],
                    "seal": _seal(clean(block.seal)), "code-note": clean(block.code_note),
                    "slips": [_slip(slip, document) for slip in block.slips]}
        case _:
            return {"type": "break"}


def _slip(slip: Slip, document: Document) -> dict[str, Any]:
    return {
        "number": clean(slip.number), "dated": clean(slip.dated), "facts": _pairs(slip.facts, document), "table": _table(slip.table, document),
        "words": [clean(part) for part in slip.in_words], "signed": _pairs(slip.signed, document), "note": clean(slip.note),
        "code": slip.code or None, "code-alt": "QR", "mark": clean(slip.mark), "void": clean(slip.void),
    }


def _seal(text: str) -> list[list[str]]:
    """The characters of a square seal as columns from right to left, as even as they come; no text, no columns."""
    letters = [letter for letter in text if not letter.isspace()]
    if not letters:
        return []
    columns = max(1, round(len(letters) ** 0.5 - 0.2))
    high = -(-len(letters) // columns)
    return [letters[at : at + high] for at in range(0, len(letters), high)][::-1]


def _table(table: Table, document: Document) -> dict[str, Any]:
    rows = [
        [display(cell, column.kind, roc=document.roc) for cell, column in zip(cells_of(row, table.columns), table.columns, strict=True)]
        for row in table.rows
    ]
    columns = [
        {"title": clean(column.title), "align": column.alignment, "width": None if tight else width}
        for column, width, tight in zip(table.columns, table.widths, table.tight, strict=True)
    ]
    totals = [display(cell, column.kind, roc=document.roc) for cell, column in zip(table.totals, table.columns, strict=False)]
    return {"type": "table", "columns": columns, "rows": rows, "totals": totals, "caption": clean(table.caption),
            "head": table.has_head, "repeat": table.repeat_header, "height": table.row_height_mm,
            "size": table_size(table, document), "breakable": any(len(cell) > _LONG_CELL for row in rows for cell in row)}


def _picture(data: bytes) -> str | list[int]:
    return list(data) if data.startswith(b"\x89PNG") else data.decode()
