"""Reads a table file that somebody hands over: what it really is, whether it may be opened, and its sheets.

Owns the order of the checks (size, kind by content, agreement with the name) and the one entry ``read_table_file``.
``text_tables`` reads CSV and its like, ``spreadsheets`` XLSX and ODS. Decides nothing about what the columns mean.
"""

import io
import re
import zipfile
from pathlib import PurePath

import filetype  # type: ignore[import-untyped]

from unionops.core.transfer.spreadsheets import archive_kind, read_ods, read_xlsx
from unionops.core.transfer.text_tables import ENCODINGS, read_text
from unionops.core.transfer.workbook import FileRefused, Limits, Workbook, refused
from unionops.values.problems import _m, words

__all__ = ["ENCODINGS", "FileRefused", "Limits", "Workbook", "kind_of", "read_table_file", "sniff", "unpacked_size"]

_TEXT = frozenset({"csv", "txt", "tsv", "tab", "dat", "prn", "asc", ""})
_NAMES = {
    "xlsx": _m("Excel 活頁簿（.xlsx）"),
    "ods": _m("OpenDocument 試算表（.ods）"),
    "text": _m("文字檔（.csv）"),
    "xls": _m("舊版 Excel 檔（.xls）"),
    "xlsb": _m("Excel 二進位活頁簿（.xlsb）"),
    "docx": _m("Word 文件"),
    "odt": _m("OpenDocument 文件"),
    "pptx": _m("簡報"),
    "zip": _m("壓縮檔"),
    "html": _m("網頁（HTML）"),
    "xml": _m("XML 檔"),
    "pdf": "PDF",
    "ole": _m("舊版 Office 檔"),
    "binary": _m("非表格檔"),
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_table_file(data: bytes, filename: str, *, encoding: str | None = None, limits: Limits | None = None) -> Workbook:
    """The sheets of a CSV, XLSX or ODS file. ``encoding`` overrides the guess for a text file.

    Raises FileRefused for what cannot or must not be opened; bytes that are no character refuse their rows, not the file.
    """
    limits = limits or Limits()
    kind = kind_of(data, filename, limits)
    if kind == "xlsx":
        return read_xlsx(data, filename, limits)
    if kind == "ods":
        return read_ods(data, filename, limits)
    return read_text(data, filename, encoding, limits)


def unpacked_size(data: bytes) -> int:
    """How many bytes reading goes through: those that an archive says it holds, else those of the file. 0 for a broken archive."""
    if not data.startswith(b"PK"):
        return len(data)
    try:
        return sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return 0


def kind_of(data: bytes, filename: str, limits: Limits | None = None) -> str:
    """``xlsx``, ``ods`` or ``text``, before anything is read. Raises FileRefused for all else, and where name and content disagree."""
    limits = limits or Limits()
    kind = sniff(data, limits)
    extension = PurePath(filename.replace("\\", "/")).suffix.lower().lstrip(".")
    if kind not in ("xlsx", "ods", "text"):
        if extension in ("xlsx", "xlsm", "ods", "csv", "tsv", "txt"):
            told = words(_NAMES.get(kind, kind))
            raise refused("name_mismatch", "檔名是 .%(extension)s，內容卻是%(kind)s，未讀取", extension=extension, kind=told)
        if kind in ("xls", "xlsb"):
            raise refused("unsupported", "無法讀取%(kind)s，請以 Excel 或 LibreOffice 另存為 .xlsx 再匯入", kind=words(_NAMES[kind]))
        raise refused("unsupported", "這是%(kind)s，不是表格；請匯入 .xlsx、.ods 或 .csv", kind=words(_NAMES.get(kind, kind)))
    fits = extension in _TEXT if kind == "text" else extension in (kind, "", "xlsm" if kind == "xlsx" else kind)
    if not fits:
        raise refused(
            "name_mismatch", "檔名是 .%(extension)s，內容卻是%(kind)s，請確認檔案或改正副檔名", extension=extension, kind=words(_NAMES[kind])
        )
    return kind


def sniff(data: bytes, limits: Limits) -> str:
    """What the bytes are: ``xlsx``, ``ods``, ``text``, or a word for what cannot be read. Raises FileRefused for empty, too big, locked."""
    if len(data) > limits.file_bytes:
        raise refused(
            "too_big", "檔案太大（%(size)s MB），上限為 %(limit)s MB", size=-(-len(data) // 2**20), limit=limits.file_bytes // 2**20
        )
    head = data[:4096]
    if not data.strip(b"\x00\x1a \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise refused("empty", "檔案是空的")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return archive_kind(data, limits)
    if head.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refused("password", "檔案設有開啟密碼，請先取消密碼再匯入")
        return "xls" if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") in data else "ole"
    if head.startswith(b"%PDF"):
        return "pdf"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return "html"
    if start.startswith(b"<?xml"):
        return "xml"
    known = filetype.guess(head)
    if known is not None:
        return str(known.extension)
    if _utf16_without_mark(head):
        return "text"
    # A NUL or two is a slip of the pen in a text file; a file full of control characters is no text.
    control = len(re.findall(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]", head))
    return "binary" if control * 10 > len(head) + 40 else "text"


def _utf16_without_mark(head: bytes) -> bool:
    """Line ends as UTF-16 writes them, and hardly another explanation for so many NULs."""
    return head.count(b"\x00") * 8 > len(head) and (b"\r\x00\n\x00" in head or b"\x00\r\x00\n" in head)
