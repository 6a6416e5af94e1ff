"""ODS workbooks: styled ones for papers, streamed ones for long exports.

Owns the ODS format. Cells are text, figures and dates, never formulas.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import count
from typing import Any, BinaryIO

import odfdo
from stream_write_ods import stream_write_ods

from unionops.core import clock

from .cells import MOST_ROWS, stored
from .model import Batch, Cell, Column, Document, Facts, Heading, Paragraph, SealBoxes, Table, cells_of, clean, day_text, display
from .odf import el, packed, paragraph, text_properties, wrap
from .sheets import Part, parts_of, sheet_name

_FONT = "微軟正黑體"
_BORDER = "0.5pt solid #6e6e6e"
_ALIGN = {"left": "start", "center": "center", "right": "end", "justify": "start"}


def write_batches(columns: Sequence[Column], batches: Iterable[Batch], fileobj: BinaryIO, *, sheet: str = "", roc: bool = False) -> int:
    """See ``documents.write_batches``. The streamed format has one date style, so with ``roc`` dates become text."""
    written = 0

    def cells() -> Iterator[list[Any]]:
        nonlocal written
        for batch in batches:
            written += len(batch[0])
            if written >= MOST_ROWS:
                raise ValueError(f"a sheet holds {MOST_ROWS:,} rows; choose CSV")
            for row in zip(*batch, strict=True):
                yield [_plain(stored(cell), roc) for cell in row]

    titles = [clean(column.title) for column in columns]
    # The stamp inside the archive is the day, since the clock has one reader.
    stamp = datetime.combine(clock.today(), time())
    for chunk in stream_write_ods([(sheet_name(sheet, 1, ()), titles, cells())], get_modified_at=lambda: stamp):
        fileobj.write(chunk)
    return written


def to_bytes(document: Document) -> bytes:
    """The paper as a workbook: every table begins a sheet, with what stands before it above it."""
    return _Writer(document).file()


def _plain(value: Any, roc: bool) -> Any:
    return day_text(value, roc=True) if roc and isinstance(value, date) else value


class _Writer:
    def __init__(self, document: Document) -> None:
        self.paper = document
        self.ods = odfdo.Document("spreadsheet")
        self.ods.body.clear()
        self._names: dict[tuple[Any, ...], str] = {}
        self._count = count(1)

    def file(self) -> bytes:
        self._page()
        self._dates()
        taken: list[str] = []
        for number, part in enumerate(parts_of(self.paper), 1):
            taken.append(sheet_name(part.name, number, taken))
            self.ods.body.append(wrap(self._sheet(part, taken[-1])))
        return packed(self.ods, title=self.paper.title, author=self.paper.union, language=self.paper.lang.replace("-Hant", ""))

    def _page(self) -> None:
        width, height = ("297mm", "210mm") if self.paper.landscape else ("210mm", "297mm")
        properties = el(
            "style:page-layout-properties", fo__page_width=width, fo__page_height=height,
            style__print_orientation="landscape" if self.paper.landscape else "portrait", fo__margin_top="15mm", fo__margin_bottom="15mm",
            fo__margin_left="15mm", fo__margin_right="15mm", style__scale_to_X="1", style__scale_to_Y="0", style__table_centering="horizontal",
        )
        foot = el("style:footer-style", el("style:header-footer-properties", fo__min_height="8mm", fo__margin_top="3mm"))
        self.ods.insert_style(wrap(el("style:page-layout", properties, foot, style__name="UPage")), automatic=True)
        before, between, after = self.paper.words["page"].split("{}")
        foot = el("text:p")
        number, total = el("text:page-number"), el("text:page-count")
        number.text = total.text = "1"
        foot.text, number.tail, total.tail = before, between, after
        foot.extend([number, total])
        master = el("style:master-page", el("style:footer", foot), style__name="Default", style__page_layout_name="UPage")
        self.ods.insert_style(wrap(master))

    def _dates(self) -> None:
        """A date stays a date and shows the year of the Republic by its calendar."""
        calendar = {"number__calendar": "ROC"} if self.paper.roc else {}
        between = "/" if self.paper.roc else "-"

        def text(words: str) -> Any:
            node = el("number:text")
            node.text = words
            return node

        year = el("number:year", **({"number__style": "short"} if self.paper.roc else {"number__style": "long"}), **calendar)
        parts = [year, text(between), el("number:month", number__style="long"), text(between), el("number:day", number__style="long")]
        place = {"number__language": "zh", "number__country": "TW"} if self.paper.roc else {}
        self.ods.insert_style(wrap(el("number:date-style", *parts, style__name="UDay", **place)), automatic=True)
        figure = el("number:number", number__decimal_places="0", number__min_integer_digits="1", number__grouping="true")
        self.ods.insert_style(wrap(el("number:number-style", figure, style__name="UMoney")), automatic=True)

    def _style(self, family: str, *properties: Any, **attributes: str) -> str:
        key = (family, *sorted(attributes.items()), *[(p.tag, *sorted(p.attrib.items())) for p in properties])
        if key not in self._names:
            name = self._names[key] = f"U{next(self._count)}"
            style = el("style:style", *properties, style__name=name, style__family=family, **attributes)
            self.ods.insert_style(wrap(style), automatic=True)
        return self._names[key]

    def _cell_style(self, *, align: str = "left", size: float = 12, bold: bool = False, boxed: bool = False, shade: bool = False,
                    data: str = "") -> str:
        box = {"style__vertical_align": "middle", "fo__wrap_option": "wrap", "fo__padding": "0.8mm"}
        if boxed:
            box["fo__border"] = _BORDER
        if shade:
            box["fo__background_color"] = "#f2f2f2"
        return self._style(
            "table-cell", el("style:table-cell-properties", style__text_align_source="fix", **box),
            el("style:paragraph-properties", fo__text_align=_ALIGN[align]), text_properties(size=size, bold=bold, font=_FONT),
            **({"style__data_style_name": data} if data else {}),
        )

    def _sheet(self, part: Part, name: str) -> Any:
        span = len(part.columns)
        columns = [el("table:table-column", table__style_name=self._style("table-column", el(
            "style:table-column-properties", style__column_width=f"{column.width * 2.3:.1f}mm"))) for column in part.columns]
        before: list[Any] = []
        head: list[Any] = []
        after: list[Any] = []
        for text, size, bold in self._title_lines():
            before.append(self._line(text, span, align="center", size=size, bold=bold))
        for block in part.blocks:
            rows = after if head or any(isinstance(b, Table) and not b.has_head for b in part.blocks) else before
            match block:
                case Heading():
                    rows.append(self._line(block.text, span, bold=True, size=14 if block.level == 1 else 12))
                case Paragraph():
                    rows.append(self._line(block.text, span, bold=block.bold, align=block.align))
                case Facts():
                    rows += [self._fact(label, value) for label, value in block.rows]
                case Table():
                    if block.caption:
                        rows.append(self._line(block.caption, span, bold=True))
                    if block.has_head:
                        head.append(el("table:table-row", *[
                            self._cell(column.title, Column(align="center"), bold=True, boxed=True, shade=True) for column in block.columns]))
                    after += [self._row(row, block.columns) for row in block.rows]
                    if block.totals:
                        after.append(self._row(block.totals, block.columns, bold=True, shade=True))
                case SealBoxes():
                    tall = self._style("table-row", el("style:table-row-properties", style__row_height=f"{block.height_mm}mm",
                                                       style__use_optimal_row_height="false"))
                    rows.append(el("table:table-row", el("table:table-cell")))
                    rows.append(self._row(block.labels, [Column(align="center")] * len(block.labels)))
                    boxes = [self._cell(None, Column(), boxed=True) for _ in block.labels]
                    rows.append(el("table:table-row", *boxes, table__style_name=tall))
                case _:
                    pass
        headed = [el("table:table-header-rows", *head)] if head else []
        style = self._style("table", el("style:table-properties", table__display="true"), style__master_page_name="Default")
        return el("table:table", *columns, *before, *headed, *after, table__name=name, table__style_name=style)

    def _title_lines(self) -> Iterator[tuple[str, float, bool]]:
        paper = self.paper
        if paper.confidential:
            yield paper.words["confidential"], 12, True
        if paper.union:
            yield paper.union, 14, False
        yield paper.title, 18, True
        if paper.subtitle:
            yield paper.subtitle, 12, False
        if any(paper.meta_line):
            yield "　".join(part for part in paper.meta_line if part), 11, False

    def _row(self, row: Sequence[Cell], columns: Sequence[Column], **look: Any) -> Any:
        return el("table:table-row", *[
            self._cell(cell, column, boxed=True, **look) for cell, column in zip(cells_of(row, columns), columns, strict=True)])

    def _fact(self, label: str, value: Cell) -> Any:
        return el("table:table-row", self._cell(label, Column(), bold=True), self._cell(value, Column(align="left", kind="money")))

    def _line(self, text: str, span: int, **look: Any) -> Any:
        covered = [el("table:covered-table-cell") for _ in range(span - 1)]
        lines = [paragraph(line, "") for line in text.split("\n")]
        cell = el("table:table-cell", *lines, office__value_type="string", table__style_name=self._cell_style(**look),
                  table__number_columns_spanned=str(span), table__number_rows_spanned="1")
        return el("table:table-row", cell, *covered)

    def _cell(self, cell: Cell, column: Column, **look: Any) -> Any:
        value = stored(cell)
        align = column.alignment
        if value is None:
            return el("table:table-cell", table__style_name=self._cell_style(align=align, **look))
        if isinstance(value, date):
            shown = day_text(value, roc=self.paper.roc)
            return el("table:table-cell", paragraph(shown, ""), office__value_type="date", office__date_value=value.isoformat(),
                      table__style_name=self._cell_style(align=align, data="UDay", **look))
        if isinstance(value, (int, float)):
            data = "UMoney" if column.kind in ("int", "money") and isinstance(value, int) else ""
            return el("table:table-cell", paragraph(display(value, column.kind), ""), office__value_type="float", office__value=repr(value),
                      table__style_name=self._cell_style(align=align, data=data, **look))
        lines = [paragraph(line, "") for line in value.split("\n")]
        return el("table:table-cell", *lines, office__value_type="string", table__style_name=self._cell_style(align=align, **look))
