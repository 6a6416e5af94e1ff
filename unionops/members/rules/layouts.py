"""How files of banks, the post office and collectors of shops are laid out, and which layout a file has. Pure.

A layout is data: a table whose columns are known by their headings (or places), or lines of fixed places counted in bytes. Those that
come with the program lie in ``members/data/layouts``; a union adds its own bank's. What the movements mean is ``matching``'s to say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from unionops.core.transfer.headings import header_at, normal_heading
from unionops.core.transfer.workbook import Cell, Row, Sheet, cell_text, is_blank
from unionops.members.rules.statement_cells import CellUnreadable, day
from unionops.values.problems import Problem, _m, problem


class Source(StrEnum):
    """Who tells of the movements: 銀行, 郵政劃撥, 超商代收."""

    BANK = "bank"
    GIRO = "giro"
    SHOP = "shop"


class Form(StrEnum):
    """A table with a heading, or lines of fixed places."""

    TABLE = "table"
    FIXED = "fixed"


FIELDS = {
    "moved_on": _m("交易日（入帳日）"), "paid_on": _m("繳款日"), "booked_on": _m("記帳日（不使用）"), "time": _m("時間"), "out": _m("支出金額"),
    "in": _m("存入金額"), "amount": _m("金額"), "sign": _m("借貸別"), "balance": _m("餘額"), "fee": _m("手續費"), "word": _m("摘要"),
    "memo": _m("備註、通訊欄"), "payer": _m("繳款人"), "account": _m("對方帳號"), "code": _m("虛擬帳號、銷帳編號"), "serial": _m("序號"),
    "shop": _m("門市"), "office": _m("局號"), "due_on": _m("繳款期限"), "own_account": _m("本會帳號"), "currency": _m("幣別"),
}
"""field → what it is called on the screen."""
TOTALS = ("count", "sum", "fees", "net")
SEVERAL = frozenset({"memo", "word"})
"""Fields that more than one column may tell of: they are joined."""
_SEARCHED = 60


class Record(NamedTuple):
    """One kind of fixed line: known by ``mark`` at its start; ``role`` is heading, line or total; ``fields`` name → first and last place."""

    mark: str
    role: str
    fields: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Layout:
    """How a file is read. Of a table ``columns`` gives the headings of each field, ``places`` (0-based) those of one without headings;
    ``needs`` are headings of which one must be there for the layout to be meant. ``encoding`` empty: found from the bytes."""

    key: str
    title: str
    kind: Source
    form: Form = Form.TABLE
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    width: int = 0
    encoding: str = ""
    is_own: bool = False

    def record(self, line: bytes) -> Record | None:
        """Which kind of line this is; of several the one with the longest mark."""
        fitting = [one for one in self.records if line.startswith(one.mark.encode("ascii"))]
        return max(fitting, key=lambda one: len(one.mark), default=None)


def layout_of(content: Mapping[str, Any], *, is_own: bool = False) -> Layout:
    """A layout from its data. Raises ValueError when that is no layout."""
    records = tuple(
        Record(str(one["mark"]), str(one["role"]), {str(name): (int(place[0]), int(place[1])) for name, place in one["fields"].items()})
        for one in content.get("record", ())
    )
    columns = {str(name): tuple(map(str, said)) for name, said in content.get("columns", {}).items()}
    places = {str(name): int(place) for name, place in content.get("places", {}).items()}
    made = Layout(
        str(content["key"]), str(content["title"]), Source(content["kind"]), Form(content.get("form", "table")), columns, places,
        tuple(content.get("needs", ())), records, int(content.get("width", 0)), str(content.get("encoding", "")), is_own,
    )
    if problems := layout_problems(made):
        raise ValueError("；".join(one.text for one in problems))
    return made


@cache
def built_in() -> tuple[Layout, ...]:
    """The layouts that come with the program; fixed lines first, for they are known for certain."""
    folder = files("unionops.members").joinpath("data/layouts")
    found = [layout_of(tomllib.loads(one.read_text(encoding="utf-8"))) for one in folder.iterdir() if one.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda one: (one.form != Form.FIXED, one.kind != Source.GIRO, one.kind != Source.SHOP, one.key)))


def layout_problems(layout: Layout) -> list[Problem]:
    """What a layout lacks to be of use."""
    if layout.form is Form.FIXED:
        lines = [one for one in layout.records if one.role == "line"]
        problems = []
        if not lines or any(not {"amount"} <= one.fields.keys() or not {"moved_on", "paid_on"} & one.fields.keys() for one in lines):
            problems.append(problem("record", "要說明明細行的日期與金額在第幾位。", code="line_missing"))
        for one in layout.records:
            for name, (first, last) in one.fields.items():
                if not 1 <= first <= last or (layout.width and last > layout.width):
                    problems.append(problem("record", "%(what)s 的位數 %(first)s–%(last)s 不在一行之內。", code="place", what=name, first=first, last=last))
        return problems
    has = layout.places.keys() or layout.columns.keys()
    return missing(has)


def missing(has: Collection[str]) -> list[Problem]:
    """What a table without these fields cannot tell."""
    problems: list[Problem] = []
    if not {"moved_on", "paid_on"} & set(has):
        problems.append(problem("moved_on", "沒有交易日的欄位。", code="date_missing"))
    if not {"in", "amount"} & set(has):
        problems.append(problem("amount", "沒有金額的欄位。", code="amount_missing"))
    return problems


# --- which layout a file has ------------------------------------------------------------------------------------------


class Heading(NamedTuple):
    """A table's heading under a layout: its rows (indexes; none for one of places), the columns of each field, how many headings were
    known, and how many columns it has."""

    rows: tuple[int, ...]
    columns: Mapping[str, tuple[int, ...]]
    known: int
    width: int = 0

    @property
    def first_data(self) -> int:
        """Index of the first row that is none of it."""
        return self.rows[-1] + 1 if self.rows else 0


def recognise_lines(data: bytes, layouts: Iterable[Layout]) -> Layout | None:
    """The layout of fixed lines that this file has: every line one of its records, of its width, and most payments readable."""
    lines = [one.rstrip(b"\r") for one in data.rstrip(b"\x1a\x00").split(b"\n")]
    lines = [one for one in lines if one.strip()]
    for layout in layouts:
        if layout.form is not Form.FIXED or not lines:
            continue
        found = [layout.record(one) for one in lines]
        known = sum(one is not None for one in found)
        if known < len(lines) * 0.9 or (layout.width and sum(len(one.rstrip()) > layout.width for one in lines) > len(lines) * 0.1):
            continue
        told = [(one, record) for one, record in zip(lines, found, strict=True) if record and record.role == "line"][:_SEARCHED]
        # A line that cannot be read is refused by its place; a file of which hardly one can is another kind.
        if sum(_reads(one, record, layout) for one, record in told) * 2 >= len(told):
            return layout
    return None


def _reads(line: bytes, record: Record, layout: Layout) -> bool:
    """Whether the dates and the amount of a payment are where the layout says."""
    for name, (begin, end) in record.fields.items():
        text = line[begin - 1 : end].decode(layout.encoding or "ascii", "replace").strip()
        if name in ("amount", "fee") and not text.isdigit():
            return False
        if name.endswith("_on") and text.strip("0") and not is_day(text):
            return False
    return True


def recognise_table(sheet: Sheet, layouts: Iterable[Layout]) -> tuple[Layout, Heading] | None:
    """The layout whose headings this table has most of; of equals the union's own, then the earlier one. A heading may have two lines,
    支出 and 存入 below 金額: it is taken for two where they say more than one."""
    best: tuple[tuple[int, bool, int], Layout, Heading] | None = None
    known = list(layouts)
    for at, lines, paths in _possible(sheet):
        for layout in known:
            if layout.form is not Form.TABLE or layout.places:
                continue
            heading = heading_of(paths, at, lines, layout)
            if heading is None:
                continue
            rank = (heading.known, layout.is_own, -lines)
            if best is None or rank > best[0]:
                best = rank, layout, heading
    if best is not None:
        return best[1], best[2]
    for layout in known:
        if layout.places and any(_fits_places(row, layout) for row in sheet.rows[:_SEARCHED]):
            return layout, Heading((), {name: (place,) for name, place in layout.places.items()}, len(layout.places))
    return None


def _possible(sheet: Sheet) -> Iterator[tuple[int, int, Sequence[tuple[str, ...]]]]:
    """What could be a heading: index of its first row, lines, and the texts over each column."""
    for at, row in enumerate(sheet.rows[:_SEARCHED]):
        if sum(not is_blank(cell) for cell in row.cells) < 2 or _is_data(row):
            continue
        yield at, 1, [(text,) if (text := cell_text(cell).strip()) else () for cell in row.cells]
        below = sheet.rows[at + 1] if at + 1 < len(sheet.rows) else None
        if below is not None and any(not is_blank(cell) for cell in below.cells) and not _is_data(below):
            yield at, 2, header_at(sheet, row.number, 2).paths


def _is_data(row: Row) -> bool:
    """Whether a row tells of a day, or holds a number: no line of a heading does."""
    return any((isinstance(cell, int | float) and not isinstance(cell, bool)) or is_day(cell_text(cell)) for cell in row.cells if not is_blank(cell))


_BRACKET = re.compile(r"[（(【\[][^（()）】\]]*[）)】\]]")
_UNIT = re.compile(r"(?:新?[臺台]幣|nt|ntd|twd|元)+$")


@lru_cache(maxsize=4_000)
def _says(path: tuple[str, ...]) -> tuple[str, ...]:
    """What a heading may be known by, the surest first: 交易金額 (元) over 支出 is 交易金額元支出, 支出, and without brackets and units."""
    texts = [normal_heading("".join(path)), *(normal_heading(text) for text in path[::-1])] if path else []
    texts += [normal_heading(_BRACKET.sub("", text)) for text in path[::-1]]
    texts += [short for text in texts if (short := _UNIT.sub("", text)) and short != text]
    return tuple(dict.fromkeys(filter(None, texts)))


def heading_of(paths: Sequence[tuple[str, ...]], at: int, lines: int, layout: Layout) -> Heading | None:
    """The fields that a row (or two) names, when it could be this layout's heading. A column is what its first fitting field says."""
    said = [_says(path) for path in paths]
    if sum(bool(one) for one in said) < 2:
        return None
    columns: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for name, headings in _wanted(layout):
        # The earlier synonym is the better one: of 交易日期 and 記帳日期 the first is the day of the movement.
        hits = sorted((min(ranks), place) for place, texts in enumerate(said) if (ranks := [headings[text] for text in texts if text in headings]))
        free = [place for _rank, place in hits if place not in taken]
        if free:
            columns[name] = tuple(sorted(free)) if name in SEVERAL else (free[0],)
            taken |= set(columns[name])
    if missing(columns) or (layout.needs and not set(map(normal_heading, layout.needs)) & {text for texts in said for text in texts}):
        return None
    return Heading(tuple(range(at, at + lines)), columns, sum(len(places) for places in columns.values()), len(paths))


def _wanted(layout: Layout) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Field → heading → its rank."""
    for name, headings in layout.columns.items():
        yield name, {normal_heading(one): rank for rank, one in reversed(list(enumerate(headings)))}


def _fits_places(row: Row, layout: Layout) -> bool:
    if len(row.cells) <= max(layout.places.values()):
        return False
    return is_day(cell_text(row.cells[layout.places.get("moved_on", layout.places.get("paid_on", 0))]))


def likely_heading(rows: Sequence[Row]) -> int | None:
    """Index of the row that is probably the heading of a table nobody knows: the last row of words before rows with a date."""
    first = next((at for at, row in enumerate(rows[:_SEARCHED]) if any(is_day(cell_text(cell)) for cell in row.cells) and len(row.cells) > 2), None)
    if first is None:
        return None
    return next((at for at in range(first - 1, -1, -1) if sum(not is_blank(cell) for cell in rows[at].cells) > 2), None)


def guess(heading: Sequence[Cell], kind: Source) -> dict[int, str]:
    """place → field, for a heading that no layout has: what each column is called anywhere."""
    found: dict[int, str] = {}
    pool = sorted((one for one in built_in() if one.form is Form.TABLE), key=lambda one: one.kind != kind)
    for place, cell in enumerate(heading):
        text = normal_heading(cell_text(cell))
        texts = _says((cell_text(cell).strip(),))
        exact = (name for layout in pool for name, said in layout.columns.items() if any(normal_heading(one) in texts for one in said))
        part = (
            name for layout in pool for name, said in layout.columns.items() if text and any(len(one) > 1 and normal_heading(one) in text for one in said)
        )
        name = next(exact, None) or next(part, None)
        if name and (name in SEVERAL or name not in found.values()):
            found[place] = name
    return found


def is_day(text: str) -> bool:
    """Whether a cell can be read as a day (a time behind it does not matter)."""
    if len(text) < 6 or not any(char.isdigit() for char in text):
        return False
    try:
        day(text)
    except CellUnreadable:
        return False
    return True
