"""Papers as ODT, to be edited in LibreOffice.

Owns the ODT format. Type is named, not embedded: the reader's own 標楷體 steps in.
"""

import io
from collections.abc import Sequence
from itertools import count
from typing import Any

import odfdo

from .fonts import EDITABLE_FAMILY, EDITABLE_LATIN
from .model import (
    Block,
    Document,
    Facts,
    Heading,
    Image,
    PageBreak,
    Paragraph,
    SealBoxes,
    Table,
    cells_of,
    display,
    editable_blocks,
    running_align,
    table_size,
    text_width,
)
from .odf import el, fill, packed, paragraph, text_properties, wrap
from .pdf import png_of

_BORDER = "0.5pt solid #6e6e6e"
_LETTER_MM = 0.18
"""Width of a half-width letter for each point of type size, with a little air."""
_ALIGN = {"left": "start", "center": "center", "right": "end", "justify": "justify"}


def to_bytes(document: Document) -> bytes:
    """The paper as an OpenDocument text."""
    return _Writer(document).file()


class _Writer:
    def __init__(self, document: Document) -> None:
        self.paper = document
        self.odt = odfdo.Document("text")
        self.odt.body.clear()
        self.width_mm = (297 if document.landscape else 210) - 2 * document.margin_mm
        self._names: dict[tuple[Any, ...], str] = {}
        self._count = count(1)

    def file(self) -> bytes:
        self._page()
        if self.paper.titled:
            self._title()
        for block in editable_blocks(self.paper):
            for node in self._block(block):
                self._add(node)
        return packed(self.odt, title=self.paper.title, author=self.paper.union, language=self.paper.lang.replace("-Hant", ""))

    def _add(self, node: Any) -> None:
        self.odt.body.append(wrap(node))

    # Styles

    def _style(self, family: str, *properties: Any) -> str:
        """The name of an automatic style with these properties; equal ones are made once."""
        key = (family, *[(p.tag, *sorted(p.attrib.items())) for p in properties])
        if key not in self._names:
            name = self._names[key] = f"U{next(self._count)}"
            self.odt.insert_style(wrap(el("style:style", *properties, style__name=name, style__family=family)), automatic=True)
        return self._names[key]

    def _text(self, *, align: str = "left", size: float = 12, bold: bool = False, above: float = 0, below: float = 6,
              hanging: float = 0, indent: float = 0, keep: bool = False, break_before: bool = False) -> str:
        attributes = {
            "fo__text_align": _ALIGN[align], "fo__margin_top": f"{above}pt", "fo__margin_bottom": f"{below}pt",
            "fo__line_height": "130%", "style__justify_single_word": "false",
        }
        if hanging or indent:
            attributes |= {"fo__margin_left": f"{(indent + hanging) * size}pt", "fo__text_indent": f"{-hanging * size}pt"}
        if keep:
            attributes["fo__keep_with_next"] = "always"
        if break_before:
            attributes["fo__break_before"] = "page"
        return self._style("paragraph", el("style:paragraph-properties", **attributes),
                           text_properties(size=size, bold=bold, font=EDITABLE_FAMILY, latin=EDITABLE_LATIN))

    def _page(self) -> None:
        width, height = ("297mm", "210mm") if self.paper.landscape else ("210mm", "297mm")
        layout = el(
            "style:page-layout",
            el("style:page-layout-properties", fo__page_width=width, fo__page_height=height,
               style__print_orientation="landscape" if self.paper.landscape else "portrait",
               fo__margin_top=f"{self.paper.margin_mm}mm", fo__margin_bottom=f"{self.paper.margin_mm - 5}mm",
               fo__margin_left=f"{self.paper.margin_mm}mm", fo__margin_right=f"{self.paper.margin_mm}mm"),
            el("style:header-style"),
            el("style:footer-style", el("style:header-footer-properties", fo__margin_top="5mm", fo__min_height="8mm")),
            style__name="UPage",
        )
        for name, align, size in (("UFoot", "center", 9), ("UHead", "end", 12)):
            self.odt.insert_style(wrap(el(
                "style:style", el("style:paragraph-properties", fo__text_align=align),
                text_properties(size=size, bold=name == "UHead", font=EDITABLE_FAMILY, latin=EDITABLE_LATIN),
                style__name=name, style__family="paragraph")))
        self.odt.insert_style(wrap(layout), automatic=True)
        before, between, after = self.paper.words["page"].split("{}")
        foot = el("text:p", text__style_name="UFoot")
        if self.paper.footer:
            fill(foot, f"{self.paper.footer}　")
            if len(foot):
                foot[-1].tail = (foot[-1].tail or "") + before
            else:
                foot.text += before
        else:
            foot.text = before
        number, total = el("text:page-number", text__select_page="current"), el("text:page-count")
        number.text = total.text = "1"
        number.tail, total.tail = between, after
        foot.extend([number, total])
        parts = [el("style:footer", foot)]
        if self.paper.confidential:
            parts.insert(0, el("style:header", paragraph(self.paper.words["confidential"], "UHead")))
        master = el("style:master-page", *parts, style__name="Standard", style__page_layout_name="UPage")
        self.odt.insert_style(wrap(master))

    # Blocks

    def _title(self) -> None:
        paper = self.paper
        if paper.union:
            self._add(paragraph(paper.union, self._text(align="center", size=14, below=2)))
        self._add(paragraph(paper.title, self._text(align="center", size=20, bold=True, below=4), "text:h", text__outline_level="1"))
        if paper.subtitle:
            self._add(paragraph(paper.subtitle, self._text(align="center", below=4)))
        number, day = paper.meta_line
        if number or day:
            stop = el("style:tab-stop", style__position=f"{self.width_mm}mm", style__type="right")
            style = self._style("paragraph", el("style:paragraph-properties", el("style:tab-stops", stop), fo__margin_bottom="6pt"),
                                text_properties(size=11, font=EDITABLE_FAMILY, latin=EDITABLE_LATIN))
            self._add(paragraph(f"{number}\t{day}", style))

    def _block(self, block: Block) -> list[Any]:
        match block:
            case Heading():
                style = self._text(size={1: 14, 2: 13}.get(block.level, 12), bold=True, above=10, keep=True)
                return [paragraph(block.text, style, "text:h", text__outline_level=str(block.level + 1))]
            case Paragraph():
                text, hanging = block.tabbed
                style = self._text(align=running_align(block), size=block.size or 12, bold=block.bold, hanging=hanging, indent=block.indent,
                                   above=block.above, below=0 if block.tight else 6)
                return [paragraph(text, style)]
            case Facts():
                return self._facts(block)
            case Table():
                caption = [paragraph(block.caption, self._text(bold=True, above=8, keep=True))] if block.caption else []
                return [*caption, self._table(block), paragraph("", self._text(size=6, below=0))]
            case SealBoxes():
                n = len(block.labels)
                head = [(label, "center", True) for label in block.labels]
                rows = [self._row(head, shade=True), self._row([("", "center", False)] * n, height=block.height_mm)]
                return [paragraph("", self._text(below=0, keep=True)), self._grid([1.0] * n, [], rows)]
            case Image():
                return [self._image(block)]
            case PageBreak():
                return [paragraph("", self._text(size=2, below=0, break_before=True))]
            case _:
                return []

    def _facts(self, block: Facts) -> list[Any]:
        pairs = [(label, display(value, "money", roc=self.paper.roc)) for label, value in block.rows]
        if not block.boxed:
            hang = max((text_width(label) / 2 for label, _ in pairs), default=0) + 1
            colon, style = self.paper.words["colon"], self._text(hanging=hang, below=4)
            return [paragraph(f"{label}{colon}\t{value}", style) for label, value in pairs]
        rows = []
        for at in range(0, len(pairs), block.columns):
            line = pairs[at : at + block.columns] + [("", "")] * max(0, at + block.columns - len(pairs))
            rows.append(self._row([cell for label, value in line for cell in ((label, "left", True), (value, "left", False))], size=12))
        return [self._grid([1.0, 3.0 if block.columns == 1 else 2.0] * block.columns, [], rows), paragraph("", self._text(size=6, below=0))]

    def _table(self, table: Table) -> Any:
        roc, size = self.paper.roc, table_size(table, self.paper)
        rows = [
            self._row([(display(cell, column.kind, roc=roc), column.alignment, False)
                       for cell, column in zip(cells_of(row, table.columns), table.columns, strict=True)], height=table.row_height_mm, size=size)
            for row in table.rows
        ]
        if table.totals:
            rows.append(self._row([(display(cell, column.kind, roc=roc), column.alignment, True)
                                   for cell, column in zip(table.totals, table.columns, strict=True)], shade=True, size=size))
        head = [self._row([(column.title, "center", True) for column in table.columns], shade=True, size=size)] if table.has_head else []
        if not table.repeat_header:
            head, rows = [], head + rows
        return self._grid(table.widths_mm(self.width_mm, size * _LETTER_MM), head, rows)

    def _grid(self, widths: Sequence[float], head: Sequence[Any], rows: Sequence[Any]) -> Any:
        columns = [
            el("table:table-column", table__style_name=self._style("table-column", el(
                "style:table-column-properties", style__column_width=f"{self.width_mm * width / sum(widths):.2f}mm")))
            for width in widths
        ]
        style = self._style("table", el("style:table-properties", style__width=f"{self.width_mm}mm", table__align="center",
                                        style__may_break_between_rows="true"))
        headed = [el("table:table-header-rows", *head)] if head else []
        return el("table:table", *columns, *headed, *rows, table__name=f"T{next(self._count)}", table__style_name=style)

    def _row(self, cells: Sequence[tuple[str, str, bool]], *, shade: bool = False, height: float = 0, size: float = 11) -> Any:
        box = {"fo__border": _BORDER, "fo__padding": "1.2mm", "style__vertical_align": "middle"}
        if shade:
            box["fo__background_color"] = "#f2f2f2"
        cell_style = self._style("table-cell", el("style:table-cell-properties", **box))
        line = {"fo__keep_together": "always"} | ({"style__min_row_height": f"{height}mm"} if height else {})
        row_style = self._style("table-row", el("style:table-row-properties", **line))
        return el("table:table-row", *[
            el("table:table-cell", paragraph(text, self._text(align=align, size=size, bold=bold, below=0)),
               table__style_name=cell_style, office__value_type="string")
            for text, align, bold in cells
        ], table__style_name=row_style)

    def _image(self, block: Image) -> Any:
        png = png_of(block.data, block.width_mm) if block.is_svg else block.data
        across, down = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
        address = self.odt.add_file(io.BytesIO(png))
        title = el("svg:title")
        title.text = block.alt
        frame = el(
            "draw:frame", el("draw:image", xlink__href=address, xlink__type="simple", xlink__show="embed", xlink__actuate="onLoad"), title,
            text__anchor_type="as-char", draw__name=f"I{next(self._count)}",
            svg__width=f"{block.width_mm}mm", svg__height=f"{block.width_mm * down / across:.2f}mm",
        )
        return el("text:p", frame, text__style_name=self._text(align=block.align))
