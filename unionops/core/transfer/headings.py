"""Finds the heading of a sheet and proposes what each column is.

Owns the comparison of headings with an area's ``Field``s, and the choice between what a heading says and what its column
holds. A proposal is only that: a person may change it, and the change is remembered under the heading's ``signature``.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

from unionops.core.transfer.workbook import Cell, Row, Sheet, cell_text, column_letter, is_blank
from unionops.values.problems import Problem, problem, words

_SEARCHED = 80
_POINTED_AT = 15
SPAN = 3
"""The most lines of a heading."""
_SAMPLE = 200
_SURE = 0.6
_WORTH = 0.36
_BRACKET = re.compile(r"[（(【\[]([^（()）】\]]*)[）)】\]]")
_WORD = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9]+")


@dataclass(frozen=True)
class Field:
    """One thing a column may hold.

    ``synonyms`` are headings that mean it; ``weak`` ones mean it only if nothing better is there and the content agrees
    (編號, 日期). ``looks`` tells whether one cell could be a value. ``by_content``, which is stricter, alone proposes the field
    for a column without any heading, and with ``is_distinct`` also for one whose heading is unknown.
    ``is_key``: a heading without any key field is not the heading of such a list.
    ``is_ignored`` fields are recognised so that they are left alone (serial numbers, our own remarks in a repair file).
    """

    name: str
    label: str
    synonyms: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    looks: Callable[[Cell], bool] | None = None
    by_content: Callable[[Cell], bool] | None = None
    is_distinct: bool = False
    is_key: bool = False
    is_ignored: bool = False


@dataclass(frozen=True)
class Header:
    """Where the heading is and what it says. ``rows`` are numbers as shown; empty if there is no heading at all.

    ``labels`` has one text for each column: the lowest line; ``paths`` all lines, from the top, blanks left out.
    """

    rows: tuple[int, ...]
    first_data_row: int
    labels: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The whole heading of each column in one line, as it is exported."""
        return tuple(" ".join(path) for path in self.paths)


@dataclass(frozen=True)
class MappedColumn:
    """What one column is taken for. ``score`` runs from 0 to 1 (a person's choice: 1); ``why`` explains it in a sentence."""

    index: int
    heading: str
    field: str | None
    score: float
    why: Problem
    filled: int = 0
    samples: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        """The letters over the column in a spreadsheet."""
        return column_letter(self.index)


@dataclass(frozen=True)
class MappingProposal:
    """What every column is taken for. ``notices`` point out duplicate headings and headings that contradict their content."""

    columns: tuple[MappedColumn, ...]
    notices: tuple[Problem, ...] = ()
    duplicates: tuple[str, ...] = ()
    chosen: Mapping[int, str | None] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        """The 0-based place of a field, or None."""
        return next((column.index for column in self.columns if column.field == name), None)

    @property
    def fields(self) -> dict[str, int]:
        """Field name → 0-based place."""
        return {column.field: column.index for column in self.columns if column.field}

    @property
    def unmapped(self) -> tuple[MappedColumn, ...]:
        """Columns with something in them that will not be read."""
        return tuple(column for column in self.columns if column.field is None and column.filled)

    def changed(self, choices: Mapping[int, str | None]) -> "MappingProposal":
        """The same with a person's choices: column place → field name, or None for a column to leave out.

        A field that is chosen for one column is taken from any other.
        """
        taken = {name for name in choices.values() if name}
        columns = []
        for column in self.columns:
            if column.index in choices:
                why = problem(column.heading, "由使用者指定", code="chosen")
                column = replace(column, field=choices[column.index], score=1.0, why=why)
            elif column.field in taken:
                column = replace(column, field=None, score=0.0, why=problem(column.heading, "已指定給別欄", code="taken"))
            columns.append(column)
        return replace(self, columns=tuple(columns), chosen={**self.chosen, **choices})

    def as_dict(self) -> dict[str, str | None]:
        """To be remembered under the heading's signature, and given back as ``remembered``: heading and its turn → field."""
        return {_remembered_key(self.columns, column): column.field for column in self.columns}


def signature(header: Header) -> str:
    """A stable name for a heading: the same columns in the same order, however they are spaced or wrapped.

    The two columns that a repair file adds do not count, so that it finds the mapping of the file it came from.
    """
    said = [normal_heading("".join(path)) for path in header.paths]
    said = [heading for heading in said if heading not in _REPAIR]
    while said and not said[-1]:
        said.pop()
    return hashlib.sha256("|".join(said).encode()).hexdigest()[:20]


ROW_HEADING = "列號"
REASON_HEADING = "退件原因"


@lru_cache(maxsize=4096)
def normal_heading(text: str) -> str:
    """A heading as it is compared: without blanks, signs, line breaks, width and case."""
    # Not half_width: 1⃣ and ㊞ and the like vanish here too, and a heading is never stored in this form.
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char)[0] in "LN")


_REPAIR = frozenset({normal_heading(ROW_HEADING), normal_heading(REASON_HEADING)})


def find_header(sheet: Sheet, fields: Sequence[Field]) -> Header | None:
    """The heading, found by what it says: under title lines, of one to three lines, with merged cells. None if there is none."""
    scorer = _Scorer(fields)
    width = _width(sheet)
    best: tuple[float, int, int] | None = None
    for start in range(min(_SEARCHED, len(sheet.rows))):
        for span in range(1, min(SPAN, len(sheet.rows) - start) + 1):
            block = [_stretched(sheet, start + line, width) for line in range(span)]
            if not any(not is_blank(cell) for cell in sheet.rows[start + span - 1].cells):
                break
            score = scorer.heading(sheet, start, span, block, width)
            # More lines must say more: the first row of data would else be taken in.
            if score and (best is None or score > best[0] + 0.01):
                best = (score, start, span)
    return _header(sheet, best[1], best[2], width) if best else None


def header_at(sheet: Sheet, number: int, lines: int) -> Header:
    """The heading that somebody pointed at: ``lines`` rows from the one with this number on."""
    start = next((place for place, row in enumerate(sheet.rows) if row.number == number), 0)
    return _header(sheet, start, min(lines, len(sheet.rows) - start), _width(sheet))


def known_header(sheet: Sheet, signatures: Collection[str]) -> Header | None:
    """The heading that has one of these signatures, wherever it stands among the first rows."""
    width = _width(sheet)
    for span in range(SPAN, 0, -1):
        for start in range(min(_POINTED_AT, len(sheet.rows) - span + 1)):
            header = _header(sheet, start, span, width)
            if sum(map(bool, header.labels)) >= 2 and signature(header) in signatures:
                return header
    return None


def first_rows(sheet: Sheet) -> list[Row]:
    """The rows among which somebody may point at the heading: the first ones that hold anything."""
    return [row for row in sheet.rows[:_SEARCHED] if any(not is_blank(cell) for cell in row.cells)][:_POINTED_AT]


def could_be_list(sheet: Sheet) -> bool:
    """Whether there is anything to point at: two rows or more of two cells or more."""
    return sum(sum(not is_blank(cell) for cell in row.cells) >= 2 for row in first_rows(sheet)) >= 2


def _header(sheet: Sheet, start: int, span: int, width: int) -> Header:
    paths = _paths([_stretched(sheet, start + line, width) for line in range(span)], width)
    numbers = tuple(sheet.rows[start + line].number for line in range(span))
    labels = tuple(path[-1] if path else "" for path in paths)
    return Header(numbers, numbers[-1] + 1, labels, tuple(paths))


def _width(sheet: Sheet) -> int:
    return max((len(row.cells) for row in sheet.rows[: _SEARCHED * 2]), default=0)


def without_header(sheet: Sheet, fields: Sequence[Field]) -> Header:
    """For a list that has no heading: data begins at the first row in which two cells look like different key or dated values."""
    told = [one.by_content for one in fields if one.by_content]
    width = _width(sheet)
    for row in sheet.rows[:_SEARCHED]:
        if sum(any(looks(cell) for looks in told) for cell in row.cells if not is_blank(cell)) >= 2:
            return Header((), row.number, ("",) * width, ((),) * width)
    return Header((), sheet.rows[0].number if sheet.rows else 1, ("",) * width, ((),) * width)


def propose_mapping(
    header: Header, rows: Iterable[Row], fields: Sequence[Field], remembered: Mapping[str, str | None] | None = None
) -> MappingProposal:
    """What each column is, from its heading and from what it holds. ``remembered`` is a former ``as_dict`` for this heading."""
    columns = _contents(header, rows)
    scorer = _Scorer(fields)
    by_name = {one.name: one for one in fields}
    notices: list[Problem] = []
    candidates: list[tuple[float, int, str, Problem]] = []
    for column in columns:
        for one in fields:
            score, why = scorer.column(header.paths[column.index], one, column, notices)
            if score >= _WORTH:
                candidates.append((score, column.index, one.name, why))
    # Ties go to the fuller column, then to the left one; of two columns with one heading the empty one loses.
    candidates.sort(key=lambda found: (-found[0], -columns[found[1]].filled, found[1]))
    chosen: dict[int, tuple[float, str, Problem]] = {}
    used: set[str] = set()
    for score, index, name, why in candidates:
        if index in chosen or name in used:
            continue
        chosen[index] = (score, name, why)
        if not by_name[name].is_ignored:
            used.add(name)
    mapped = []
    for column in columns:
        score, found, why = chosen.get(column.index, (0.0, None, problem(column.heading, "不認得的欄位，將不匯入", code="unmapped")))
        mapped.append(MappedColumn(column.index, column.heading, found, score, why, column.filled, column.samples))
    duplicates = _duplicates(header)
    for heading, letters in duplicates.items():
        used_letter = next((one.letter for one in mapped if one.letter in letters and one.field), letters[0])
        notices.append(
            problem(
                heading,
                "標題「%(heading)s」重複出現於 %(letters)s 欄，將採用 %(used)s 欄，請確認",
                code="duplicate_heading",
                heading=heading,
                letters=letters,
                used=used_letter,
            )
        )
    proposal = MappingProposal(tuple(mapped), tuple(one for one in notices if _still_true(one, mapped)), tuple(duplicates), {})
    if remembered:
        keys = {_remembered_key(proposal.columns, column): column.index for column in proposal.columns}
        known = {keys[key]: name for key, name in remembered.items() if key in keys and (name is None or name in by_name)}
        proposal = proposal.changed(known)
    return proposal


def _still_true(notice: Problem, mapped: Sequence[MappedColumn]) -> bool:
    """A contradiction is not told where the column's own heading also means something that its content agrees with."""
    if notice.code != "content_contradicts":
        return True
    better = (
        column.field != notice.params["field_name"] and column.field and column.why.code == "heading"
        for column in mapped
        if column.heading == notice.field
    )
    return not any(better)


@dataclass(frozen=True)
class _Column:
    index: int
    heading: str
    cells: tuple[Cell, ...]
    filled: int
    samples: tuple[str, ...]


def _contents(header: Header, rows: Iterable[Row]) -> list[_Column]:
    data = [row.cells for row in rows if row.number >= header.first_data_row]
    columns = []
    for index, path in enumerate(header.paths):
        given = [
            cell for cells in data if index < len(cells) and (cell := cells[index]) != "" and (type(cell) is not str or not cell.isspace())
        ]
        columns.append(_Column(index, " ".join(path), tuple(given[:_SAMPLE]), len(given), tuple(cell_text(cell)[:40] for cell in given[:3])))
    return columns


def _duplicates(header: Header) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    shown: dict[str, str] = {}
    for index, path in enumerate(header.paths):
        key = normal_heading("".join(path))
        if key:
            places.setdefault(key, []).append(column_letter(index))
            shown.setdefault(key, " ".join(path))
    return {shown[key]: letters for key, letters in places.items() if len(letters) > 1}


def _remembered_key(columns: Sequence[MappedColumn], column: MappedColumn) -> str:
    turn = sum(normal_heading(one.heading) == normal_heading(column.heading) for one in columns if one.index < column.index)
    heading = normal_heading(column.heading) or f"#{column.letter}"
    return f"{heading}#{turn}" if turn else heading


def _stretched(sheet: Sheet, place: int, width: int) -> list[str]:
    """One line of a heading as texts; a cell merged over several columns stands over each of them."""
    cells = [cell_text(cell).strip() for cell in sheet.rows[place].cells[:width]]
    cells += [""] * (width - len(cells))
    for merge in sheet.merged:
        if merge.top == place and merge.right > merge.left and merge.left < width:
            for column in range(merge.left, min(merge.right + 1, width)):
                cells[column] = cells[merge.left]
    return cells


def _paths(block: list[list[str]], width: int) -> list[tuple[str, ...]]:
    """The lines over each column. Without merged cells (CSV) a heading stretches right over blanks that have something below."""
    lines = [list(line) for line in block]
    for upper, lower in pairwise(lines):
        held = ""
        for column in range(width):
            if upper[column]:
                held = upper[column] if lower[column] else ""
            elif held and lower[column]:
                upper[column] = held
            else:
                held = ""
    paths = []
    for column in range(width):
        path: list[str] = []
        for line in lines:
            text = " ".join(line[column].split())
            if text and (not path or path[-1] != text):
                path.append(text)
        paths.append(tuple(path))
    return paths


class _Scorer:
    """How well a heading, and a column's content, fit the fields of one area."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self.exact: dict[str, list[tuple[str, float]]] = {}
        for one in fields:
            for word in (*one.synonyms, one.name):
                self.exact.setdefault(normal_heading(word), []).append((one.name, 1.0))
            for word in one.weak:
                self.exact.setdefault(normal_heading(word), []).append((one.name, 0.7))
        self.synonyms = {one.name: tuple(normal_heading(word) for word in one.synonyms) for one in fields}
        self.keys = {one.name for one in fields if one.is_key}
        self.cache: dict[tuple[tuple[str, ...], str], float] = {}

    def heading(self, sheet: Sheet, start: int, span: int, block: list[list[str]], width: int) -> float:
        """How much a block of rows says as a heading; 0 if it is none."""
        filled = [sum(bool(text) for text in line) for line in block]
        if max(filled) < 2 or (span > 1 and min(filled) < 2):
            return 0.0
        penalty = sum(self._data_like(cell) for line in range(span) for cell in sheet.rows[start + line].cells)
        if penalty > max(filled) / 4:
            return 0.0
        found: dict[str, float] = {}
        for path in _paths(block, width):
            score, name = max(((self.words(path, one.name), one.name) for one in self.fields), default=(0.0, ""))
            if score > 0:
                found[name] = max(found.get(name, 0.0), score)
        strong = {name for name, score in found.items() if score >= _SURE}
        if len(strong) < 2 or (self.keys and not strong & self.keys):
            return 0.0
        return sum(found.values()) - penalty * 1.5

    def words(self, path: tuple[str, ...], name: str) -> float:
        """0 to 1: does this heading mean the field?"""
        if (path, name) not in self.cache:
            self.cache[path, name] = self._words(path, name)
        return self.cache[path, name]

    def _words(self, path: tuple[str, ...], name: str) -> float:
        if not path:
            return 0.0
        best = 0.0
        last = path[-1]
        inner = _BRACKET.findall(last)
        base = _BRACKET.sub("", last)
        tries = [("".join(path), 1.0), (last, 0.97), (base, 0.93)] + [(text, 0.94) for text in inner]
        tries += [("".join(path[:-1]) + base, 0.96), (path[0], 0.55)] if len(path) > 1 else []
        tries += [(part, 0.85) for part in re.split(r"[/／、\n]", base) if part != base]
        for text, weight in tries:
            key = normal_heading(text)
            best = max([best, *(weight * strength for field_name, strength in self.exact.get(key, ()) if field_name == name)])
        if best:
            return best
        whole = normal_heading(last)
        words = _WORD.findall(unicodedata.normalize("NFKC", last).casefold())
        for synonym in self.synonyms[name]:
            if len(synonym) < 2:
                continue
            if synonym.isascii():
                # NAME is in MEM_NAME, not in USERNAME2 or TELEGRAM.
                fits = len(synonym) > 2 and synonym in words
            else:
                fits = synonym in whole
            if fits:
                best = max(best, 0.5 + 0.4 * len(synonym) / len(whole))
        return best

    def column(self, path: tuple[str, ...], one: Field, column: _Column, notices: list[Problem]) -> tuple[float, Problem]:
        """Heading and content together."""
        said = self.words(path, one.name)
        enough = len(column.cells) >= 3
        share = sum(one.looks(cell) for cell in column.cells) / len(column.cells) if one.looks and column.cells else None
        if said:
            why = problem(column.heading, "標題「%(heading)s」", code="heading", heading=column.heading)
            if share is not None and share < 0.2 and enough:
                notices.append(
                    problem(
                        column.heading,
                        "%(letter)s 欄標題「%(heading)s」，內容卻多半不像%(label)s，請確認",
                        code="content_contradicts",
                        letter=column_letter(column.index),
                        heading=column.heading,
                        label=words(one.label),
                        field_name=one.name,
                    )
                )
                return said * 0.45, why
            weak = share is not None and normal_heading("".join(path)) in {normal_heading(word) for word in one.weak}
            if weak and share is not None and share < 0.6 and enough:
                return 0.0, why
            return (said + 0.05 * share if share is not None else said), why
        if one.by_content and enough and (one.is_distinct or not path):
            share = sum(one.by_content(cell) for cell in column.cells) / len(column.cells)
            why = problem(column.heading, "內容像%(label)s", code="content", label=words(one.label))
            # Content outweighs only a heading that its own column contradicts.
            return (0.5 * share if share >= 0.6 else 0.0), why
        nothing_to_say = ""
        return 0.0, problem(column.heading, nothing_to_say)

    @staticmethod
    def _data_like(cell: Cell) -> bool:
        if isinstance(cell, str):
            text = cell.strip()
            return bool(text) and sum(char.isdigit() for char in text) * 2 > len(text)
        return isinstance(cell, int | float | date | datetime) and not isinstance(cell, bool)
