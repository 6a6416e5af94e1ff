"""Reads CSV and its like: encoding, separator, quotes, and the one bad byte in line 812.

Owns the decoding of text files. An encoding is found by strict trial, never by statistics (those only suggest), and
Python's ``big5`` is not among them: it lacks 恒 碁 銹 裏 粧 嫺, which offices use.
"""

import codecs
import csv
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from unionops.core.transfer.workbook import BadBytes, Limits, Row, Sheet, Workbook, refused
from unionops.values.problems import Problem, problem
from unionops.values.text import in_big5

# Offered to the person, in this order; the value is Python's name.
ENCODINGS = {
    "utf-8": "utf-8",
    "cp950": "cp950",
    "big5hkscs": "big5hkscs",
    "utf-16": "utf-16",
    "gb18030": "gb18030",
    "shift_jis": "cp932",
    "latin-1": "latin-1",
}
_GUESSED = {name: name for name in ("utf-8-sig", "utf-16-le", "utf-16-be")}
"""What a guess may say besides; whoever keeps a guess may ask for it again."""
_TRIED = ("utf-8", "cp950", "big5hkscs")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_DELIMITERS = ",\t;|"
# How zeros in front are kept in a text file that goes through a spreadsheet: ="00123", or '00123.
_GUARD = re.compile(r"^(?:=\"([^\"]*)\"|'([A-Za-z]{0,2}[0-9]+))$")
_TOO_MANY = 2000
_QUOTED_LINES = 60


@dataclass
class _Decoded:
    text: str
    encoding: str
    bad: list[tuple[int, bytes]]


def read_text(data: bytes, filename: str, encoding: str | None, limits: Limits) -> Workbook:
    """One sheet from a text file. Raises FileRefused."""
    # DOS programs end a file with Ctrl-Z; some pad the last block with NUL, which in UTF-16 is half a character.
    data = data.rstrip(b"\x1a" if b"\x00" in data[:400] else b"\x1a\x00")
    decoded, alternatives = _decode(data, encoding)
    text = decoded.text.removeprefix("\ufeff").rstrip("\x1a")
    shift = len(decoded.text) - len(decoded.text.removeprefix("\ufeff"))
    # Only line ends count as line ends; str.splitlines would also break at form feeds and U+2028.
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)
    bad = _where(lines, [(place - shift, octets) for place, octets in decoded.bad])
    bad_lines = {one.line for one in bad}
    aligned = _aligned(lines)
    delimiter = " " if aligned else _delimiter(lines)
    rows = _aligned_rows(lines, aligned, bad_lines, limits) if aligned else _rows(lines, delimiter, bad_lines, limits)
    if not rows:
        raise refused("empty", "檔案是空的")
    return Workbook(
        filename=filename,
        kind="csv",
        sheets=(Sheet(name="", rows=rows, kind="csv"),),
        encoding=decoded.encoding,
        alternatives=alternatives,
        delimiter=delimiter,
        bad_bytes=tuple(bad),
        notices=tuple(_notices(decoded, bad)),
    )


def _decode(data: bytes, wanted: str | None) -> tuple[_Decoded, tuple[str, ...]]:
    if wanted:
        python_name = (ENCODINGS | _GUESSED).get(wanted)
        if python_name is None:
            raise refused("encoding_unknown", "不支援的編碼：%(encoding)s", encoding=wanted)
        return _tolerant(data, python_name, wanted), tuple(name for name in _TRIED if name != wanted)
    for mark, python_name, name in _MARKS:
        if data.startswith(mark):
            return _tolerant(data.removeprefix(mark), python_name, name), ()
    if b"\x00" in data[:400] and (guess := _unmarked_utf16(data)):
        return _tolerant(data, guess, guess), ()
    fits = [name for name in _TRIED if _strict(data, name)]
    if fits:
        return _Decoded(data.decode(fits[0]), fits[0], []), tuple(fits[1:] if fits[0] != "utf-8" or not data.isascii() else ())
    # Nothing fits: the one with the fewest bad bytes, and the statistics as a suggestion.
    trials = sorted((_tolerant(data, name, name) for name in _TRIED), key=lambda trial: (len(trial.bad), _TRIED.index(trial.encoding)))
    best = trials[0]
    suggestion = _suggested(data)
    if len(best.bad) > _TOO_MANY and suggestion and not _tolerant(data, ENCODINGS[suggestion], suggestion).bad:
        best = _tolerant(data, ENCODINGS[suggestion], suggestion)
    others = [suggestion] if suggestion and suggestion != best.encoding else []
    others += [name for name in _TRIED if name != best.encoding and name not in others]
    return best, tuple(others)


def _strict(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _tolerant(data: bytes, encoding: str, name: str) -> _Decoded:
    """Decodes to the end; every run of bytes that is no character becomes one �, and its place is kept."""
    pieces: list[str] = []
    bad: list[tuple[int, bytes]] = []
    position = length = 0
    view = memoryview(data)
    while position < len(data):
        try:
            piece = str(view[position:], encoding)
        except UnicodeDecodeError as error:
            piece = str(view[position : position + error.start], encoding)
            # One byte at a time: the next one may begin a good character.
            octets = data[position + error.start : position + error.start + (2 if encoding.startswith("utf-16") else 1)]
            length += len(piece)
            pieces += [piece, "\ufffd"]
            bad.append((length, octets))
            length += 1
            position += error.start + len(octets)
            if len(bad) > _TOO_MANY:
                pieces.append(str(view[position:], encoding, "replace"))
                break
        else:
            pieces.append(piece)
            break
    return _Decoded("".join(pieces), name, bad)


def _unmarked_utf16(data: bytes) -> str | None:
    for name in ("utf-16-le", "utf-16-be"):
        if len(data) % 2 == 0 and _strict(data, name) and "\n" in data[:4000].decode(name, "ignore"):
            return name
    return None


def _suggested(data: bytes) -> str | None:
    import charset_normalizer  # Slow to load, and seldom needed.

    best = charset_normalizer.from_bytes(data[:65536], steps=3, chunk_size=512).best()
    if best is None:
        return None
    name = codecs.lookup(best.encoding).name
    return next((ours for ours, python in ENCODINGS.items() if codecs.lookup(python).name == name), None) or (
        "gb18030" if name in ("gbk", "gb2312") else None
    )


def _where(lines: list[str], bad: list[tuple[int, bytes]]) -> list[BadBytes]:
    if not bad:
        return []
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found = []
    for place, octets in bad:
        number = bisect_right(starts, place)
        line = lines[number - 1] if number <= len(lines) else ""
        found.append(BadBytes(number, place - starts[number - 1] + 1, octets.hex(" ").upper(), line.rstrip("\r\n")[:200]))
    return found


def _notices(decoded: _Decoded, bad: list[BadBytes]) -> Iterator[Problem]:
    if bad:
        yield problem(
            "file",
            "以 %(encoding)s 解讀時有 %(count)s 處無法辨識的位元組，第一處在第 %(line)s 行第 %(column)s 字；所在各列不會匯入",
            code="undecodable",
            encoding=decoded.encoding,
            count=len(bad) if len(bad) <= _TOO_MANY else f"{_TOO_MANY}+",
            line=bad[0].line,
            column=bad[0].column,
        )
    if decoded.encoding == "big5hkscs":
        # The same bytes are user-defined characters (造字) on many old machines here: only a person can tell.
        doubtful = sorted({char for char in decoded.text if ord(char) > 0x7F and not in_big5(char)})
        yield problem(
            "file",
            "以 big5hkscs 解讀；下列字可能是舊系統的造字，請核對：%(characters)s",
            code="encoding_doubtful",
            characters="".join(doubtful[:40]),
        )


def _delimiter(lines: list[str]) -> str:
    """The separator that cuts most lines into the same number of fields."""
    if lines and (stated := re.fullmatch(r"sep=(.)\s*", lines[0])):
        return stated[1]
    sample = lines[:200]
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter(len(fields) for fields in csv.reader(iter(sample), delimiter=delimiter) if len(fields) > 1)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        # Two fields in a few lines are a comma in somebody's address.
        score = (count * min(width, 4), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


_SAMPLED = 200
_GAPS = re.compile(r"\S(?:\s{2,}|\u3000+)(?=\S)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def _aligned(lines: list[str]) -> list[tuple[int, int]]:
    """The columns of a list that is set out with blanks, as programs print them: first place and the one behind the last, Chinese
    characters taking two. Empty where anything else parts the fields."""
    shown = [line.rstrip() for line in lines if line.strip()]
    if len(shown) > _SAMPLED and not any(_GAPS.search(line) for line in shown[:_SAMPLED]):
        return []
    table = [line for line in shown if len(_GAPS.findall(line)) >= 2]
    if len(table) < 3 or len(table) * 2 < len(shown):
        return []
    if sum(any(sign in _THOUSANDS.sub("", line) for sign in _DELIMITERS) for line in table) * 5 > len(table):
        return []
    filled: set[int] = set()
    for line in table:
        filled.update(place for place, char in _places(line) if not char.isspace())
    heading = {place for place, char in _places(table[0]) if not char.isspace()}
    found: list[tuple[int, int]] = []
    for place in sorted(filled):
        if found and found[-1][1] == place:
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
    # Words with a blank between them stand under one heading.
    columns: list[tuple[int, int]] = []
    for first, last in found:
        if columns and not heading & set(range(first, last)):
            columns[-1] = columns[-1][0], last
        else:
            columns.append((first, last))
    return columns


def _places(line: str) -> Iterator[tuple[int, str]]:
    at = 0
    for char in line:
        wide = unicodedata.east_asian_width(char) in "WFA"
        yield at, char
        if wide:
            yield at + 1, char
        at += 2 if wide else 1


def _aligned_rows(lines: list[str], columns: list[tuple[int, int]], bad_lines: set[int], limits: Limits) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        cells = [""] * len(columns)
        at = column = 0
        for char in line.rstrip("\r\n"):
            while column + 1 < len(columns) and at >= columns[column + 1][0]:
                column += 1
            cells[column] += char
            at += 2 if unicodedata.east_asian_width(char) in "WFA" else 1
        if len(_GAPS.findall(line.rstrip())) < 2 and "".join(cells).strip():  # A title, or a remark, goes across.
            cells = [line]
        rows.append(Row(number, [cell.strip() for cell in cells], number, flaws=("undecodable",) if number in bad_lines else ()))
        if len(rows) > limits.rows:
            raise refused("too_many_rows", "資料超過 %(limit)s 列，請分成數個檔案", limit=limits.rows)
    while rows and not any(rows[-1].cells):
        rows.pop()
    return rows


def _rows(lines: list[str], delimiter: str, bad_lines: set[int], limits: Limits) -> list[Row]:
    # The module's own limit is global and below what one note may hold; the size of the file bounds it anyway.
    csv.field_size_limit(max(csv.field_size_limit(), limits.field_chars, limits.file_bytes))
    rows: list[Row] = []
    guarded = any('="' in line or "'" in line for line in lines)
    start = 0
    if lines and re.fullmatch(r"sep=.\s*", lines[0]):
        start = 1
        rows.append(Row(1, [], 1))
    while start < len(lines):
        feed = _Feed(lines, start)
        for cells in csv.reader(feed, delimiter=delimiter):
            begin, end = feed.begin, feed.place
            feed.begin = end
            quotes = end - begin > 1 and sum(line.count('"') for line in lines[begin:end]) % 2
            if quotes:
                # A quotation mark that is never closed swallows what follows: this line alone is at fault.
                broken = next(csv.reader([lines[begin]], delimiter=delimiter, quoting=csv.QUOTE_NONE))
                rows.append(Row(len(rows) + 1, broken, begin + 1, flaws=("unclosed_quote",)))
                start = begin + 1
                break
            if guarded:
                cells = [_GUARD.sub(r"\1\2", cell) for cell in cells]
            flaws = ("undecodable",) if bad_lines and any(line + 1 in bad_lines for line in range(begin, end)) else ()
            rows.append(Row(len(rows) + 1, cells, begin + 1, flaws=flaws))
            if len(rows) > limits.rows:
                raise refused("too_many_rows", "資料超過 %(limit)s 列，請分成數個檔案", limit=limits.rows)
        else:
            start = feed.place if feed.place < len(lines) else len(lines)
    while rows and not any(rows[-1].cells):
        rows.pop()
    return rows


class _Feed:
    """Hands lines to the csv reader, and stops a record that goes on for too long: its quote was never closed."""

    def __init__(self, lines: list[str], place: int) -> None:
        self.lines = lines
        self.place = self.begin = place

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.place >= len(self.lines) or self.place - self.begin >= _QUOTED_LINES:
            raise StopIteration
        self.place += 1
        return self.lines[self.place - 1]
