"""What a file really is, whatever it is called, and whether an office wants it: pure, on its name and its bytes.

An allow-list: what is not on it is refused, and so is what is two things at once, what runs, and what cannot be looked into.
Owns names and formats; knows no forms, no store, no scanner.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import filetype  # type: ignore[import-untyped]

from unionops.core.transfer.workbook import Limits
from unionops.values.problems import Problem, RuleBroken, _m, problem, words

NAME_LENGTH = 120
_MACROS = _m("「%(name)s」含有巨集（會自動執行的程式），不收。請另存為沒有巨集的檔案，或轉成 PDF。")
_LOCKED = _m("「%(name)s」設有開啟密碼，無法檢查內容，不收。請先取消密碼；需要保密時勾選「敏感」，由系統加密保存。")
_BROKEN = _m("「%(name)s」不完整或已損壞。請用原來的程式開啟後另存新檔，再附上。")
_TWO_THINGS = _m("「%(name)s」裡另外藏有別的內容，不收。請用原來的程式開啟後另存新檔，再附上。")


@dataclass(frozen=True)
class Format:
    """A kind of file that is taken. ``title`` is a Chinese source string; ``preview`` says how a browser may show it: image, pdf or not."""

    title: str
    media_type: str
    extensions: tuple[str, ...]
    preview: str = ""


def _office(kind: str) -> str:
    return f"application/vnd.openxmlformats-officedocument.{kind}"


FORMATS = {
    "pdf": Format(_m("PDF 文件"), "application/pdf", ("pdf",), "pdf"),
    "jpg": Format(_m("JPEG 圖片"), "image/jpeg", ("jpg", "jpeg"), "image"),
    "png": Format(_m("PNG 圖片"), "image/png", ("png",), "image"),
    "webp": Format(_m("WebP 圖片"), "image/webp", ("webp",), "image"),
    "gif": Format(_m("GIF 圖片"), "image/gif", ("gif",), "image"),
    "heic": Format(_m("HEIC 照片"), "image/heic", ("heic", "heif")),
    "tif": Format(_m("TIFF 掃描檔"), "image/tiff", ("tif", "tiff")),
    "docx": Format(_m("Word 文件"), _office("wordprocessingml.document"), ("docx",)),
    "xlsx": Format(_m("Excel 試算表"), _office("spreadsheetml.sheet"), ("xlsx",)),
    "pptx": Format(_m("PowerPoint 簡報"), _office("presentationml.presentation"), ("pptx",)),
    "odt": Format(_m("ODF 文件"), "application/vnd.oasis.opendocument.text", ("odt",)),
    "ods": Format(_m("ODF 試算表"), "application/vnd.oasis.opendocument.spreadsheet", ("ods",)),
    "odp": Format(_m("ODF 簡報"), "application/vnd.oasis.opendocument.presentation", ("odp",)),
    "doc": Format(_m("舊版 Word 文件"), "application/msword", ("doc",)),
    "xls": Format(_m("舊版 Excel 試算表"), "application/vnd.ms-excel", ("xls",)),
    "ppt": Format(_m("舊版 PowerPoint 簡報"), "application/vnd.ms-powerpoint", ("ppt",)),
    "txt": Format(_m("純文字"), "text/plain", ("txt",)),
    "csv": Format(_m("CSV 表格"), "text/csv", ("csv",)),
}
TITLES = {format.media_type: format.title for format in FORMATS.values()}
ACCEPT = ",".join(f".{extension}" for format in FORMATS.values() for extension in format.extensions)
"""What the file chooser of a browser offers."""
WANTED = _m("可收 PDF、圖片、Word、Excel、PowerPoint、ODF、純文字與 CSV。")

_REASONS = {
    "zip": _m("壓縮檔裡的東西無法逐一檢查，請解開後逐一附上。"),
    "eml": _m("電子郵件請列印成 PDF，信中的附件另外附上。"), "msg": _m("電子郵件請列印成 PDF，信中的附件另外附上。"),
    "rtf": _m("請另存為 DOCX、ODT 或 PDF。"),
    "docm": _m("含巨集的格式不收，請另存為沒有巨集的檔案。"), "xlsm": _m("含巨集的格式不收，請另存為沒有巨集的檔案。"),
    "pptm": _m("含巨集的格式不收，請另存為沒有巨集的檔案。"),
}
_RUNS = frozenset({
    "exe", "dll", "msi", "com", "scr", "pif", "bat", "cmd", "ps1", "vbs", "js", "jse", "wsf", "hta", "jar", "class", "sh", "lnk", "elf", "app",
    "apk", "reg", "chm", "swf", "wasm",
})
_ARCHIVES = frozenset({"zip", "rar", "7z", "tar", "gz", "bz2", "xz", "zst", "lz4", "cab"})


@dataclass(frozen=True)
class Looked:
    """What was found: the name under which to keep it, and what it is."""

    name: str
    media_type: str
    preview: str


def look(name: str, content: bytes, *, most: int, field: str = "files") -> Looked:
    """Looks at a file of at most ``most`` bytes. Raises RuleBroken with one Problem on ``field`` that says what it really is and what to do."""
    name = clean_name(name)

    def refuse(message: str, **params: Any) -> RuleBroken:
        return RuleBroken(problem(field, message, name=name, **params))

    if not content:
        raise refuse(_m("「%(name)s」是空的檔案，裡面沒有內容。請確認選對檔案。"))
    if len(content) > most:
        raise refuse(
            _m("「%(name)s」超過 %(most)s MB 的上限。請縮小圖片、調低掃描解析度，或分成幾個檔案；其他已填的內容都還在。"), most=most >> 20
        )
    extension = extension_of(name)
    named = next((key for key, format in FORMATS.items() if extension in format.extensions), "")
    if extension and not named:
        raise refuse(
            _m("不收「%(name)s」這種檔案（%(what)s）。%(reason)s"), what=_what(extension), reason=words(_REASONS.get(extension, WANTED))
        )
    try:
        found = _format_of(content, named)
    except _Refused as reason:
        raise refuse(reason.message) from None
    if not found:
        raise refuse(_m("「%(name)s」不是可收的檔案，它其實是%(what)s。%(wanted)s"), what=_really(content), wanted=words(WANTED))
    format = FORMATS[found]
    if not extension:
        name = f"{name}.{format.extensions[0]}"
    elif named != found:
        raise refuse(
            _m("「%(name)s」的副檔名與內容不符，它其實是%(what)s。請把副檔名改成 .%(extension)s，或確認選對檔案。"),
            what=words(format.title), extension=format.extensions[0],
        )
    locked = found == "pdf" and b"/Encrypt" in content
    return Looked(name, format.media_type, "" if locked else format.preview)


# --- names ------------------------------------------------------------------------------------------------------------

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?=\.|$)", re.IGNORECASE)


def clean_name(name: str) -> str:
    """A name that every system takes: no path, nothing invisible or that turns the direction of reading, NFC, at most 120 characters
    with the extension kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(c for c in last if c == " " or unicodedata.category(c)[0] not in "CZ")
    plain = re.sub(" +", " ", _FORBIDDEN.sub("_", plain)).strip(" .")
    plain = plain or "file"
    if _DEVICES.match(plain):
        plain = f"_{plain}"
    if len(plain) > NAME_LENGTH:
        ending = f".{extension_of(plain)}" if 0 < len(extension_of(plain)) <= 10 else ""
        plain = plain[: NAME_LENGTH - len(ending)].rstrip(" .") + ending
    return plain


def extension_of(name: str) -> str:
    """What stands after the last dot, in small letters; empty when there is none."""
    return PurePosixPath(name).suffix[1:].lower()


# --- contents ---------------------------------------------------------------------------------------------------------


class _Refused(Exception):
    """A format that would be taken, but not this file of it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|script|svg|iframe|object|embed|\?php)\b", re.IGNORECASE)
_ALIEN = re.compile(_MARKUP.pattern + rb"|PK\x03\x04|PK\x05\x06|%PDF-|Rar!\x1a|7z\xbc\xaf|MZ[\s\S]{58,500}PE\0\0|\x7fELF", re.IGNORECASE)


def _format_of(content: bytes, named: str) -> str:
    """The key in ``FORMATS`` of what this is; empty when it is none of them."""
    found = ""
    if content.startswith(b"%PDF-"):
        found, rest = "pdf", _after_pdf(content)
    elif content.startswith(b"\xff\xd8\xff"):
        found, rest = "jpg", _after_jpeg(content)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        found, rest = "png", _after_png(content)
    elif content[:6] in (b"GIF87a", b"GIF89a"):
        found, rest = "gif", _after_gif(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found, rest = "webp", _after(content, 8 + int.from_bytes(content[4:8], "little"))
    elif content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
        found, rest = "heic", _after_boxes(content)
    elif content[:4] in (b"II*\0", b"MM\0*"):
        found, rest = "tif", b""
    if found:
        if _ALIEN.search(rest) or zipfile.is_zipfile(io.BytesIO(content)):
            raise _Refused(_TWO_THINGS)
        return found
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(content)
    if named in ("txt", "csv") and _is_text(content):
        return named
    return "txt" if not named and _is_text(content) else ""


def _after(content: bytes, end: int) -> bytes:
    if end > len(content) + 1:
        raise _Refused(_BROKEN)
    return content[end:]


def _after_pdf(content: bytes) -> bytes:
    """What follows the end of the document: nothing but a few blanks, else somebody put it there."""
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise _Refused(_BROKEN)
    rest = content[end + 5 :].strip(b"\0\r\n\t\x1a ")
    if len(rest) > 1024:
        raise _Refused(_TWO_THINGS)
    return rest


_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def _after_jpeg(content: bytes) -> bytes:
    """Telephones append pictures and films of their own after the end, which is well; what comes back is looked at for other things."""
    at = 2
    while (marker := content[at + 1 : at + 2]) and content[at] == 0xFF:
        if marker == b"\xff":
            at += 1
            continue
        if marker == b"\xd9":
            return content[at + 2 :]
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == b"\xda":  # The picture itself follows, until the next marker.
            found = _NEXT_MARKER.search(content, at)
            if found is None:
                break
            at = found.start()
    raise _Refused(_BROKEN)


def _after_png(content: bytes) -> bytes:
    at = 8
    while at + 12 <= len(content):
        kind, length = content[at + 4 : at + 8], int.from_bytes(content[at : at + 4], "big")
        at += 12 + length
        if kind == b"IEND":
            return _after(content, at)
    raise _Refused(_BROKEN)


def _after_gif(content: bytes) -> bytes:
    def skip(at: int) -> int:  # Sub-blocks, each with its length before it; the last one has none.
        while at < len(content) and content[at]:
            at += content[at] + 1
        return at + 1

    def colours(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    at = 13 + (colours(content[10]) if len(content) > 13 else 0)
    while at < len(content):
        if content[at] == 0x3B:
            return content[at + 1 :]
        if content[at] == 0x21:
            at = skip(at + 2)
        elif content[at] == 0x2C and at + 10 < len(content):
            at = skip(at + 11 + colours(content[at + 9]))
        else:
            break
    raise _Refused(_BROKEN)


def _after_boxes(content: bytes) -> bytes:
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        if size == 0:  # To the end.
            return b""
        if size < 8:
            break
        at += size
    return _after(content, at)


_ODF = {f"application/vnd.oasis.opendocument.{kind}".encode(): key for kind, key in (("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp"))}
_OOXML = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}


def _packed(content: bytes) -> str:
    """An office document is a packed folder: which one it is, that nothing hangs on to it, and that it unpacks to a bearable size."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or len(content) < end + 22:
        raise _Refused(_BROKEN)
    size, begin = int.from_bytes(content[end + 12 : end + 16], "little"), int.from_bytes(content[end + 16 : end + 20], "little")
    # An archive of the large kind has two more records (76 bytes) before its end.
    fits = begin + size in (end, end - 76) or 0xFFFFFFFF in (begin, size)
    if len(content) != end + 22 or not fits:
        raise _Refused(_TWO_THINGS)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except Exception:  # Each way to be broken has its own exception there.
        raise _Refused(_BROKEN) from None
    limits = Limits()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes or (unpacked > limits.ratio_from and unpacked > limits.ratio * len(content)) or len(entries) > 20_000:
        raise _Refused(_m("「%(name)s」解開後大得不合理，疑為惡意檔案，不收。"))
    names = {entry.filename for entry in entries}
    kind = _ODF.get(_member(archive, "mimetype")) if "mimetype" in names else None
    kind = kind or next((key for path, key in _OOXML.items() if path in names and "[Content_Types].xml" in names), None)
    if kind is None:
        return ""
    if any(entry.flag_bits & 1 for entry in entries) or b"encryption-data" in _member(archive, "META-INF/manifest.xml"):
        raise _Refused(_LOCKED)
    lowered = {name.lower() for name in names}
    if (
        any(name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/")) for name in lowered)
        or b"macroEnabled" in _member(archive, "[Content_Types].xml")
    ):
        raise _Refused(_MACROS)
    if any(extension_of(name) in _RUNS for name in lowered):
        raise _Refused(_TWO_THINGS)
    return kind


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        return b""
    try:
        with archive.open(name) as file:
            return file.read(1 << 20)
    except Exception:  # zlib, CRC, truncation, a password.
        return b""


def _compound(content: bytes) -> str:
    """The office documents of before 2007; the names of the streams inside tell which."""

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise _Refused(_LOCKED)
    if has("_VBA_PROJECT"):
        raise _Refused(_MACROS)
    if has("WordDocument"):
        return "doc"
    if has("PowerPoint Document"):
        return "ppt"
    return "xls" if has("Workbook") or has("Book") else ""


def _is_text(content: bytes) -> bool:
    if _MARKUP.search(content) or content.lstrip()[:2] == b"#!" or content.lstrip()[:5].lower() == b"<?xml":
        return False
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp950"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not _MARKUP.search(text.encode()) and not re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", text)
    return False


# --- what it is instead -----------------------------------------------------------------------------------------------


def _what(extension: str) -> Problem:
    if extension in _RUNS:
        return words("程式或指令檔")
    if extension in _ARCHIVES:
        return words("壓縮檔")
    if extension in ("html", "htm", "xhtml", "mht", "svg", "xml"):
        return words("網頁或 SVG，可能含有程式")
    return words(".%(extension)s 檔", extension=extension[:10])


def _really(content: bytes) -> Problem:
    """What the bytes are, for somebody who was sure that they are something else."""
    head = content[:1024].lstrip().lower()
    if _MARKUP.search(content[:65536]) or head.startswith(b"<?xml"):
        return _what("html")
    if head.startswith(b"#!"):
        return _what("sh")
    if content.startswith(b"PK\x03\x04"):
        return _what("zip")
    guessed = filetype.guess(content[:8192])
    return _what(guessed.extension) if guessed is not None else words("看不出格式的內容")
