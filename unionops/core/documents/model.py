"""What a printed paper is made of: plain values, from which every file format is written.

Owns the blocks and how a cell reads in print. Knows no file format, no framework and no area: an area says what the
paper holds, the writers beside this module say how it is set.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain, islice
from typing import Literal

from unionops.values.roc import roc_date

Align = Literal["left", "center", "right", "justify"]
Kind = Literal["text", "int", "money", "date"]
Cell = str | int | float | Decimal | date | None
"""What a table cell may hold; ``datetime`` counts as a date with its time. Money is whole New Taiwan dollars."""
Batch = Sequence[Sequence[Cell]]
"""Some hundred rows of a long list, given as columns of the same length: what a column holds is judged in one go, many times
quicker than cell by cell."""

A4_MM = (210.0, 297.0)
CARDS_ON_SHEET = 10
AT_ONCE = 500
"""How many rows of a long list make a batch. More are not quicker: they no longer fit the processor's own memory."""
_SHORT = 14
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Column:
    """One column. ``width`` is a weight against the other columns (0: measured from what the column holds)."""

    title: str = ""
    width: float = 0
    align: Align | None = None
    kind: Kind = "text"

    @property
    def alignment(self) -> Align:
        """As asked, or by kind: figures to the right, dates centred, words to the left."""
        return self.align or {"text": "left", "date": "center"}.get(self.kind, "right")  # type: ignore[return-value]


@dataclass(frozen=True)
class Heading:
    """A heading inside the paper; level 1 is the largest of three."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; a line feed breaks the line. ``size`` in points (0: the paper's own); ``hanging`` and ``indent``, the room left of
    it all, in characters.

    A ``mark`` such as 一、 stands in the room that hangs out (as wide as it is, unless ``hanging`` says more). ``tight`` leaves no more
    room to the next paragraph than between lines; ``above`` adds points before it.
    """

    text: str
    align: Align = "justify"
    bold: bool = False
    size: float = 0
    hanging: float = 0
    indent: float = 0
    mark: str = ""
    tight: bool = False
    above: float = 0

    @property
    def hang(self) -> float:
        """How many characters the further lines stand to the right of the first."""
        return max(self.hanging, text_width(self.mark) / 2)

    @property
    def tabbed(self) -> tuple[str, float]:
        """The text with its mark, and how far it hangs, for word processors: a tab leads to the hanging edge only from before it."""
        return (f"{self.mark}\t{self.text}", self.hang + 0.1) if self.mark else (self.text, self.hang)


@dataclass(frozen=True)
class Facts:
    """Labels with their values, in one or two columns; ``boxed`` draws the ruled form that receipts and slips have."""

    rows: Sequence[tuple[str, Cell]]
    columns: int = 1
    boxed: bool = True


@dataclass(frozen=True)
class Table:
    """A ruled table; its head is repeated on every page and its rows are not split.

    ``totals`` is one more row, set apart. ``row_height_mm`` leaves room to write by hand. A table whose columns have
    no titles has no head. ``rows`` may be any iterable; one that can be walked only once is kept as a tuple.
    """

    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    totals: Sequence[Cell] = ()
    caption: str = ""
    repeat_header: bool = True
    row_height_mm: float = 0

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs a column")
        if iter(self.rows) is self.rows:
            object.__setattr__(self, "rows", tuple(self.rows))
        if self.totals and len(self.totals) != len(self.columns):
            raise ValueError("totals must have a cell for every column")

    @property
    def has_head(self) -> bool:
        return any(column.title for column in self.columns)

    @cached_property
    def widths(self) -> tuple[float, ...]:
        """A weight for every column: as asked, or the widest of its first 5,000 cells and its total, between 4 and 40 letters."""
        if all(column.width for column in self.columns):
            return tuple(column.width for column in self.columns)
        widest = [max(4, text_width(column.title)) for column in self.columns]
        for row in chain(islice(self.rows, 5000), [self.totals]):
            for at, (column, cell) in enumerate(zip(self.columns, row, strict=False)):
                widest[at] = max(widest[at], *map(text_width, display(cell, column.kind).split("\n")))
        measured = [min(width, 40) + 2.0 for width in widest]
        asked = sum(column.width for column in self.columns)
        if not asked:
            return tuple(measured)
        # Asked weights are relative to one another: scale them so that they stand beside the measured ones fairly.
        unit = sum(m for m, column in zip(measured, self.columns, strict=True) if column.width) / asked
        return tuple(column.width * unit if column.width else m for m, column in zip(measured, self.columns, strict=True))

    @cached_property
    def tight(self) -> tuple[bool, ...]:
        """Which columns keep each cell on one line: figures, dates and short words, if there are longer ones to give way."""
        tight = tuple(
            not column.width and (column.kind != "text" or width <= _SHORT)
            for column, width in zip(self.columns, self.widths, strict=True)
        )
        return tight if not all(tight) else (False,) * len(tight)

    def widths_mm(self, whole: float, letter: float) -> list[float]:
        """Column widths that fill ``whole``, all in millimetres; tight columns get what they hold at ``letter`` a half-width letter."""
        needed = [width * letter + 2.5 if tight else 0 for width, tight in zip(self.widths, self.tight, strict=True)]
        if sum(needed) > whole * 0.75:
            return [whole * width / sum(self.widths) for width in self.widths]
        loose = sum(width for width, tight in zip(self.widths, self.tight, strict=True) if not tight)
        left = whole - sum(needed)
        return [need or left * width / loose for need, width in zip(needed, self.widths, strict=True)]


@dataclass(frozen=True)
class SealBoxes:
    """Empty boxes in one row for seals or signatures, in the order in which they are signed."""

    labels: Sequence[str]
    height_mm: float = 20


@dataclass(frozen=True)
class PageBreak:
    """What follows starts a new page."""


@dataclass(frozen=True)
class Image:
    """A PNG or SVG, ``width_mm`` wide; ``alt`` says in words what it shows. Raises ValueError for other data."""

    data: bytes
    width_mm: float
    alt: str
    align: Align = "center"

    def __post_init__(self) -> None:
        if self.is_svg and b"<svg" not in self.data[:1000]:
            raise ValueError("a picture must be PNG or SVG")

    @property
    def is_svg(self) -> bool:
        return not self.data.startswith(b"\x89PNG")


@dataclass(frozen=True)
class LabelSheet:
    """Sticky address labels on A4; sizes in millimetres. ``skip`` leaves out labels already used on the first sheet.

    Raises ValueError if the labels do not fit the paper.
    """

    labels: Sequence[Sequence[str]]
    columns: int = 2
    rows: int = 7
    label_width: float = 99.1
    label_height: float = 38.1
    margin_left: float = 4.65
    margin_top: float = 15.15
    gap_x: float = 2.5
    gap_y: float = 0
    size: float = 12
    skip: int = 0
    outlines: bool = False

    def __post_init__(self) -> None:
        width = self.margin_left + self.columns * self.label_width + (self.columns - 1) * self.gap_x
        height = self.margin_top + self.rows * self.label_height + (self.rows - 1) * self.gap_y
        if self.columns < 1 or self.rows < 1 or width > A4_MM[0] + 0.01 or height > A4_MM[1] + 0.01:
            raise ValueError(f"labels of {width:g} × {height:g} mm do not fit A4")
        if not 0 <= self.skip < self.columns * self.rows:
            raise ValueError("cannot skip a whole sheet")


@dataclass(frozen=True)
class Card:
    """One member card: the name, up to five facts, and a QR code as SVG (empty: none)."""

    name: str
    facts: Sequence[tuple[str, Cell]]
    qr: bytes = b""


@dataclass(frozen=True)
class CardSheet:
    """Member cards of 85.6 × 54 mm, ten on an A4 sheet, with cut marks. ``title`` stands on every card beside ``union``.

    ``seal`` is set as a square stamp on every card. ``skip`` leaves out places already used on the first sheet.
    Raises ValueError if a whole sheet would be skipped.
    """

    cards: Sequence[Card]
    union: str
    title: str = "會員證"
    name_label: str = "姓名"
    seal: str = ""
    skip: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.skip < CARDS_ON_SHEET:
            raise ValueError("cannot skip a whole sheet")


@dataclass(frozen=True)
class Slip:
    """One numbered slip, such as a receipt: facts in two columns, what it is for with its total, the amount in words, who signed, and a QR
    code as rows of 1 (dark) and 0. ``mark`` (副本) stands boxed beside the number; ``void`` is set across all of it."""

    number: str
    dated: str
    facts: Sequence[tuple[str, Cell]]
    table: Table
    in_words: tuple[str, str]
    signed: Sequence[tuple[str, Cell]] = ()
    note: str = ""
    code: tuple[str, ...] = ()
    mark: str = ""
    void: str = ""


@dataclass(frozen=True)
class SlipSheet:
    """Slips on A4, one a page, each in two parts to be cut apart, named by ``parts`` (收執聯, 存根聯); the code stands on the first.

    ``seal`` is set as a square stamp on every part."""

    slips: Sequence[Slip]
    union: str
    title: str
    parts: tuple[str, str]
    seal: str = ""
    code_note: str = ""


Block = Heading | Paragraph | Facts | Table | SealBoxes | PageBreak | Image | LabelSheet | CardSheet | SlipSheet


@dataclass(frozen=True)
class Document:
    """One paper. ``number`` and ``issued_on`` stand under the title, ``footer`` at the foot of each page at the left.

    A paper that is not ``titled`` begins with its first block, which then says what it is. ``lang`` is a BCP 47 tag; Chinese papers show years of the Republic, others ISO dates.
    """

    title: str
    blocks: Sequence[Block]
    subtitle: str = ""
    union: str = ""
    page: Literal["A4", "A4-landscape"] = "A4"
    footer: str = ""
    number: str = ""
    confidential: bool = False
    issued_on: date | None = None
    lang: str = "zh-Hant-TW"
    titled: bool = True
    margin_mm: float = 20

    @property
    def roc(self) -> bool:
        return self.lang.startswith("zh")

    @property
    def landscape(self) -> bool:
        return self.page == "A4-landscape"

    @property
    def words(self) -> dict[str, str]:
        """The few words that the paper itself adds, in its language."""
        return _WORDS["zh" if self.roc else "en"]

    @property
    def meta_line(self) -> tuple[str, str]:
        """Number and date as they stand under the title, each "" if the paper has none."""
        number = f"{self.words['number']}{self.number}" if self.number else ""
        if not self.issued_on:
            return number, ""
        if not self.roc:
            return number, self.issued_on.isoformat()
        year, month, day = self.issued_on.year - 1911, self.issued_on.month, self.issued_on.day
        return number, f"中華民國{year}年{month}月{day}日" if year > 0 else roc_date(self.issued_on)


_WORDS = {
    "zh": {"page": "第 {} 頁，共 {} 頁", "number": "編號：", "confidential": "密件", "colon": "：", "total": "合計"},
    "en": {"page": "Page {} of {}", "number": "No. ", "confidential": "CONFIDENTIAL", "colon": ": ", "total": "Total"},
}


def table_size(table: Table, document: Document) -> float:
    """The type size of a table in points: smaller where many columns have to stand side by side."""
    return 9 if len(table.columns) > (12 if document.landscape else 8) else 10.5


def running_align(paragraph: Paragraph) -> Align:
    """How word processors set a paragraph: a forced line break in a justified one would tear its line apart."""
    return "left" if paragraph.align == "justify" and "\n" in paragraph.text else paragraph.align


def clean(text: str) -> str:
    """The text without characters that no file format can hold (control characters, halves of surrogate pairs)."""
    if text.isprintable():  # Nearly every cell of a long list; nothing unwritable is printable.
        return text
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))


def day_text(day: date, *, roc: bool) -> str:
    """115/09/01, or 2026-09-01. A ``datetime`` keeps its hours and minutes."""
    shown = roc_date(day) if roc else f"{day:%Y-%m-%d}"
    return f"{shown} {day:%H:%M}" if isinstance(day, datetime) else shown


def display(cell: Cell, kind: Kind = "text", *, roc: bool = True) -> str:
    """How a cell reads in print: figures with commas, dates in the paper's calendar, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return day_text(cell, roc=roc)
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        return f"{cell:,}" if kind in ("int", "money") else f"{cell}"
    return clean(str(cell))


def text_width(text: str) -> int:
    """Width in half-width letters: a Chinese character counts two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def editable_blocks(document: Document) -> Iterator[Block]:
    """The blocks for word processors: sheets of labels and cards become tables that can be edited."""
    for block in document.blocks:
        if isinstance(block, LabelSheet):
            yield _label_table(block)
        elif isinstance(block, CardSheet):
            yield card_table(block)
        elif isinstance(block, SlipSheet):
            yield from _slip_blocks(block)
        else:
            yield block


def spreadsheet_blocks(document: Document) -> Iterator[Block]:
    """The blocks for spreadsheets: one label or one card becomes one row."""
    for block in document.blocks:
        if isinstance(block, LabelSheet):
            most = max((len(label) for label in block.labels), default=1) or 1
            yield Table([Column() for _ in range(most)], block.labels)
        elif isinstance(block, CardSheet):
            yield card_table(block)
        elif isinstance(block, SlipSheet):
            yield from _slip_blocks(block)
        else:
            yield block


def _slip_blocks(sheet: SlipSheet) -> Iterator[Block]:
    """Slips where nothing is cut apart: each once, one after the other."""
    for at, slip in enumerate(sheet.slips):
        if at:
            yield PageBreak()
        yield Heading("　".join(filter(None, (sheet.title, slip.number, slip.mark, slip.void))), 1)
        yield Facts([*slip.facts, *slip.signed], columns=2)
        yield slip.table
        yield Facts([slip.in_words])
        if slip.note:
            yield Paragraph(slip.note)


def card_table(sheet: CardSheet) -> Table:
    """The cards as a list: a row for each card, a column for each fact. Their codes have no place in a table."""
    labels = list(dict.fromkeys(label for card in sheet.cards for label, _ in card.facts))
    held = [(card.name, dict(card.facts)) for card in sheet.cards]
    return Table(
        [Column(sheet.name_label), *map(Column, labels)],
        [(name, *(facts.get(label) for label in labels)) for name, facts in held],
        caption=f"{sheet.union} {sheet.title}".strip(),
    )


def _label_table(sheet: LabelSheet) -> Table:
    texts = [""] * sheet.skip + ["\n".join(label) for label in sheet.labels]
    texts += [""] * (-len(texts) % sheet.columns)
    rows = [texts[at : at + sheet.columns] for at in range(0, len(texts), sheet.columns)]
    return Table([Column(width=1) for _ in range(sheet.columns)], rows, row_height_mm=sheet.label_height)


def is_sheet(block: Block) -> bool:
    """Whether the block brings its own pages, without title and page number."""
    return isinstance(block, (LabelSheet, CardSheet, SlipSheet))


def cells_of(row: Sequence[Cell], columns: Sequence[Column]) -> list[Cell]:
    """The row with exactly one cell for every column. Raises ValueError if it has more: a value would be lost."""
    if len(row) > len(columns):
        raise ValueError(f"a row has {len(row)} cells for {len(columns)} columns")
    return [*row, *[None] * (len(columns) - len(row))]


def in_batches(rows: Iterable[Sequence[Cell]], columns: Sequence[Column]) -> Iterator[Batch]:
    """The rows of a long list, ``AT_ONCE`` at a time. Raises ValueError as ``cells_of`` does."""
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield list(zip(*(cells_of(row, columns) for row in some), strict=True))
