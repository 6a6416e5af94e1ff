"""Reads XLSX and ODS, after making sure that unpacking them is safe.

Owns the checks on the archive and what the reading library does not tell: hidden columns and rows, formulas without a result. Nothing here expands an
XML entity, and no sheet is opened before the room it claims is known (the library lays cells out as a full rectangle).
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from unionops.core.transfer.workbook import Cell, FileRefused, Kind, Limits, Merge, Row, Sheet, Workbook, refused
from unionops.values.problems import _m

_CORRUPT = _m("檔案已損壞，無法讀取；請在原程式開啟後另存新檔")
_COLUMN = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(?=[0-9])')
_WIDE = re.compile(rb' r="[A-Z]{2}')
# Begins with plain letters, which are found many times faster; the like of it in a text only leads to a closer look.
_ROW = re.compile(rb'row [^>]*?\br="([0-9]{1,7})"')
_FILLED = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
_HIDDEN = re.compile(rb'hidden="(?:1|true)"')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]{1,7})"')
_EMPTY_FORMULA = re.compile(
    rb'<(?:\w+:)?c (?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb'(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>'
)
_COLS = re.compile(rb"<(?:\w+:)?cols>(.*?)</(?:\w+:)?cols>", re.DOTALL)
_ODS_CELL = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell|table-column)(?![\w-])([^>]*)>")
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="([0-9]{1,9})"')


def archive_kind(data: bytes, limits: Limits) -> str:
    """What a zip archive holds. Raises FileRefused for a bomb, a locked or a broken archive."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise refused("corrupt", _CORRUPT) from None
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes or (unpacked > limits.ratio_from and unpacked > limits.ratio * len(data)):
        raise refused(
            "zip_bomb",
            "檔案解壓縮後有 %(unpacked)s MB（原 %(packed)s MB），疑為惡意檔案，未開啟",
            unpacked=unpacked // 2**20,
            packed=max(1, len(data) // 2**20),
        )
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused("password", "檔案設有開啟密碼，請先取消密碼再匯入")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "mimetype" in names and "content.xml" in names:
        kind = _member(archive, "mimetype", limits)[:100]
        if b"opendocument.spreadsheet" in kind:
            return "ods"
        if b"opendocument" in kind:
            return "odt"
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "pptx" if any(name.startswith("ppt/") for name in names) else "zip"


def read_xlsx(data: bytes, filename: str, limits: Limits) -> Workbook:
    """All worksheets of an XLSX. Raises FileRefused."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = {path: name for name, path in _sheet_paths(archive, limits).items()}
        details = {names[path]: _details(xml, limits) for path, xml in _unpacked(archive, limits) if path in names}
    return _read(data, filename, "xlsx", details, limits)


def read_ods(data: bytes, filename: str, limits: Limits) -> Workbook:
    """All tables of an ODS. Raises FileRefused."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for _entry in _unpacked(archive, limits):
            pass
        if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in _member(archive, "META-INF/manifest.xml", limits):
            raise refused("password", "檔案設有開啟密碼，請先取消密碼再匯入")
        _room_in_ods(_member(archive, "content.xml", limits), limits)
    return _read(data, filename, "ods", {}, limits)


def _unpacked(archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Every entry with its content, which is as large as it states: a lie there would get past the check for bombs."""
    left = limits.unpacked_bytes
    for entry in archive.infolist():
        chunks = []
        try:
            with archive.open(entry) as stream:
                while chunk := stream.read(1 << 20):
                    chunks.append(chunk)
                    left -= len(chunk)
                    if left < 0:
                        raise refused("zip_bomb", "檔案解壓縮後過大，疑為惡意檔案，未開啟")
        except FileRefused:
            raise
        except Exception:  # zlib, CRC, truncation, unknown methods: each module has its own exception.
            raise refused("corrupt", _CORRUPT) from None
        yield entry.filename, b"".join(chunks)


def _member(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    try:
        with archive.open(name) as stream:
            return stream.read(limits.unpacked_bytes)
    except Exception:
        raise refused("corrupt", _CORRUPT) from None


class _EntityFound(Exception):
    pass


def _elements(xml: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """The start tags of a small XML part, without their prefixes. A document type, and so any entity, is refused."""
    found: list[tuple[str, dict[str, str]]] = []

    def refuse(*_: object) -> None:
        raise _EntityFound

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, _EntityFound):
        raise refused("corrupt", _CORRUPT) from None
    return iter(found)


def _sheet_paths(archive: zipfile.ZipFile, limits: Limits) -> dict[str, str]:
    relations = {
        at.get("Id", ""): at.get("Target", "")
        for tag, at in _elements(_member(archive, "xl/_rels/workbook.xml.rels", limits))
        if tag == "Relationship"
    }
    paths = {}
    names = set(archive.namelist())
    for tag, at in _elements(_member(archive, "xl/workbook.xml", limits)):
        if tag != "sheet":
            continue
        target = relations.get(next((value for key, value in at.items() if key.endswith(":id")), ""), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in names:
            paths[at.get("name", "")] = path
    return paths


class _Details(NamedTuple):
    """Hidden columns (0-based) and rows (as shown) of a worksheet; (row as shown, 0-based column) of formulas without a result."""

    columns: frozenset[int] = frozenset()
    rows: frozenset[int] = frozenset()
    uncalculated: frozenset[tuple[int, int]] = frozenset()


def _details(xml: bytes, limits: Limits) -> _Details:
    """What the reading library does not tell of a worksheet. Raises FileRefused if its rectangle is too large."""
    # Most lists end before column AA; only the others are looked at cell by cell.
    columns = max((_column_number(letters) for letters in set(_COLUMN.findall(xml))), default=0) if _WIDE.search(xml) else 26
    rows = max((int(number) for number in _ROW.findall(xml)), default=0)
    if rows * columns > limits.cells or rows > limits.rows:
        # Formats without content stretch a sheet to its last row; only cells with something in them take room.
        filled = _FILLED.findall(xml)
        columns = max((_column_number(letters) for letters, _ in filled), default=0)
        rows = max((int(number) for _, number in filled), default=0)
        _room(rows, columns, limits)
    hidden: set[int] = set()
    if block := _COLS.search(xml, 0, 1 << 20):
        for tag, at in _elements(b"<cols>" + re.sub(rb"<(/?)\w+:", rb"<\1", block[1]) + b"</cols>"):
            if tag == "col" and at.get("hidden") in ("1", "true"):
                hidden.update(range(int(at["min"]) - 1, min(int(at["max"]), columns)))
    hidden_rows = _HIDDEN_ROW.findall(xml) if _HIDDEN.search(xml) else ()
    # A program that writes a workbook does not calculate it: the cell would come out blank, and money with it.
    formulas = _EMPTY_FORMULA.findall(xml) if b"f>" in xml or b"f " in xml else ()
    return _Details(frozenset(hidden), frozenset(map(int, hidden_rows)), frozenset((int(row), _column_number(letters) - 1) for letters, row in formulas))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _room_in_ods(xml: bytes, limits: Limits) -> None:
    """The rectangle that the cells with something in them span. Repeated blank ones at the end cost nothing."""
    rows = columns = row = column = repeat = 0
    for match in _ODS_CELL.finditer(xml):
        tag, rest = match[1], match[2]
        times = int(found[1]) if (found := _REPEATED.search(rest)) else 1
        if tag == b"table":
            _room(rows, columns, limits)
            rows = columns = row = 0
        elif tag == b"table-row":
            row += repeat
            repeat, column = times, 0
        elif tag != b"table-column":
            column += times
            if b"value-type=" in rest:
                rows, columns = max(rows, row + repeat), max(columns, column)
    _room(rows, columns, limits)


def _room(rows: int, columns: int, limits: Limits) -> None:
    if rows * columns > limits.cells or rows > max(limits.rows, 1):
        raise refused(
            "too_many_rows", "工作表範圍過大（%(rows)s 列 × %(columns)s 欄），請刪除資料以外的儲存格後再匯入", rows=rows, columns=columns
        )


def _read(data: bytes, filename: str, kind: Kind, details: dict[str, _Details], limits: Limits) -> Workbook:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = tuple(_sheets(book, kind, details))
    except PasswordError:
        raise refused("password", "檔案設有開啟密碼，請先取消密碼再匯入") from None
    except (CalamineError, ValueError, OverflowError, OSError):
        raise refused("corrupt", _CORRUPT) from None
    except BaseException as error:
        # The library is written in Rust; where it gives up, its exception does not descend from Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise refused("corrupt", _CORRUPT) from None
    if not any(sheet.rows for sheet in sheets):
        raise refused("empty", "檔案是空的")
    return Workbook(filename=filename, kind=kind, sheets=sheets)


def _sheets(book: CalamineWorkbook, kind: Kind, details: dict[str, _Details]) -> Iterator[Sheet]:
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        told = details.get(about.name, _Details())
        rows = [
            # Most rows hold nothing but text.
            Row(
                number, cells if _TEXT.issuperset(map(type, cells)) else [cell if type(cell) is str else _plain(cell) for cell in cells], number,
                number in told.rows,
            )
            for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1)
        ]
        for number, column in told.uncalculated:
            if number <= len(rows):
                cells = [*rows[number - 1].cells, *[""] * (column + 1 - len(rows[number - 1].cells))]
                cells[column] = cells[column] or UNCALCULATED
                rows[number - 1] = replace(rows[number - 1], cells=cells)
        while rows and not any(cell != "" for cell in rows[-1].cells):
            rows.pop()
        yield Sheet(
            name=about.name,
            rows=rows,
            kind=kind,
            hidden=about.visible != SheetVisibleEnum.Visible,
            hidden_columns=told.columns,
            merged=tuple(Merge(*start, *end) for start, end in (sheet.merged_cell_ranges or ())),
        )


UNCALCULATED = "（公式未計算）"
"""What stands for a formula without a result: no amount, no day, so that whoever reads the row asks."""
_TEXT = frozenset({str})


def _plain(cell: str | float | bool | time | date | timedelta) -> Cell:
    if type(cell) is float:
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else cell
    return str(cell) if isinstance(cell, timedelta) else cell
