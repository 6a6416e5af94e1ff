"""Papers as DOCX, for offices that write in Word.

Owns the DOCX format. Every run names a Chinese font by ``w:eastAsia``; without it Word sets Chinese in its Latin font.
"""

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Line

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
    clean,
    display,
    editable_blocks,
    running_align,
    table_size,
    text_width,
)
from .pdf import png_of

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT, "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_LETTER_MM = 0.18
"""Width of a half-width letter for each point of type size, with a little air."""
_CellText = tuple[str, str, bool]


def to_bytes(document: Document) -> bytes:
    """The paper as a Word document."""
    return _Writer(document).file()


class _Writer:
    def __init__(self, document: Document) -> None:
        self.paper = document
        self.word = docx.Document()
        self.width_mm = (297 if document.landscape else 210) - 2 * document.margin_mm

    def file(self) -> bytes:
        self._styles()
        self._page()
        if self.paper.titled:
            self._title()
        for block in editable_blocks(self.paper):
            self._block(block)
        properties = self.word.core_properties
        properties.title, properties.author, properties.comments = clean(self.paper.title)[:255], clean(self.paper.union)[:255], ""
        file = io.BytesIO()
        self.word.save(file)
        return file.getvalue()

    def _styles(self) -> None:
        language = "zh-TW" if self.paper.roc else self.paper.lang
        for name in ("Normal", "Heading 1", "Heading 2", "Heading 3", "Heading 4"):
            style = self.word.styles[name]
            style.font.name = EDITABLE_LATIN
            style.font.color.rgb = None
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            for script in ("ascii", "hAnsi", "cs"):
                fonts.set(qn(f"w:{script}"), EDITABLE_LATIN)
            fonts.set(qn("w:eastAsia"), EDITABLE_FAMILY)
            spoken = OxmlElement("w:lang")
            spoken.set(qn("w:val"), "en-US")
            spoken.set(qn("w:eastAsia"), language)
            style.element.rPr.append(spoken)
            style.paragraph_format.line_spacing = 1.25
            style.paragraph_format.space_after = Pt(6)
        self.word.styles["Normal"].font.size = Pt(12)
        for color in self.word.styles.element.iter(qn("w:color")):
            color.attrib.clear()
            color.set(qn("w:val"), "000000")

    def _page(self) -> None:
        section = self.word.sections[0]
        width, height = (Mm(297), Mm(210)) if self.paper.landscape else (Mm(210), Mm(297))
        section.page_width, section.page_height = width, height
        section.orientation = WD_ORIENT.LANDSCAPE if self.paper.landscape else WD_ORIENT.PORTRAIT
        section.left_margin = section.right_margin = section.top_margin = Mm(self.paper.margin_mm)
        section.bottom_margin = Mm(self.paper.margin_mm - 2)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        before, between, after = self.paper.words["page"].split("{}")
        lead = f"{clean(self.paper.footer)}　" if self.paper.footer else ""
        for piece in (lead + before, "PAGE", between, "NUMPAGES", after):
            if piece in ("PAGE", "NUMPAGES"):
                _add_field(foot, piece, 9)
            else:
                foot.add_run(piece).font.size = Pt(9)
        if self.paper.confidential:
            head = section.header.paragraphs[0]
            head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            head.add_run(self.paper.words["confidential"]).bold = True

    def _title(self) -> None:
        paper = self.paper
        if paper.union:
            self._line(paper.union, align="center", size=14, below=2)
        self._line(paper.title, align="center", size=20, bold=True, below=4, style="Heading 1")
        if paper.subtitle:
            self._line(paper.subtitle, align="center", below=4)
        number, day = paper.meta_line
        if number or day:
            line = self._line(f"{number}\t{day}", size=11)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(self.width_mm), WD_TAB_ALIGNMENT.RIGHT)

    def _line(self, text: str, *, align: str = "left", size: float = 12, bold: bool = False, above: float = 0, below: float = 6,
              style: str | None = None, into: Line | None = None) -> Line:
        line = into if into is not None else self.word.add_paragraph(style=style)
        line.alignment = _ALIGN[align]
        line.paragraph_format.space_before, line.paragraph_format.space_after = Pt(above), Pt(below)
        run = line.add_run(clean(text))
        run.font.size = Pt(size)
        if bold:
            run.font.bold = True
        return line

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                size = {1: 14, 2: 13}.get(block.level, 12)
                self._line(block.text, size=size, bold=True, above=10, style=f"Heading {min(block.level, 3) + 1}")
            case Paragraph():
                size, (text, hanging) = block.size or 12, block.tabbed
                line = self._line(text, align=running_align(block), size=size, bold=block.bold, above=block.above, below=0 if block.tight else 6)
                if hanging or block.indent:
                    line.paragraph_format.left_indent = Pt((block.indent + hanging) * size)
                    line.paragraph_format.first_line_indent = Pt(-hanging * size)
            case Facts():
                self._facts(block)
            case Table():
                self._table(block)
            case SealBoxes():
                self._line("", size=6, below=0).paragraph_format.keep_with_next = True
                n = len(block.labels)
                grid = self._grid([1.0] * n)
                self._row(grid, [(label, "center", True) for label in block.labels], shade=True)
                self._row(grid, [("", "center", False)] * n, height=block.height_mm)
            case Image():
                png = png_of(block.data, block.width_mm) if block.is_svg else block.data
                line = self.word.add_paragraph()
                line.alignment = _ALIGN[block.align]
                picture = line.add_run().add_picture(io.BytesIO(png), width=Mm(block.width_mm))
                picture._inline.docPr.set("descr", clean(block.alt))
            case PageBreak():
                self.word.add_page_break()

    def _facts(self, block: Facts) -> None:
        pairs = [(label, display(value, "money", roc=self.paper.roc)) for label, value in block.rows]
        if not block.boxed:
            hang = Pt(12 * (max((text_width(label) / 2 for label, _ in pairs), default=0) + 1))
            for label, value in pairs:
                line = self._line(f"{label}{self.paper.words['colon']}\t{value}", below=4)
                line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = hang, -hang
            return
        grid = self._grid([1.0, 3.0 if block.columns == 1 else 2.0] * block.columns)
        for at in range(0, len(pairs), block.columns):
            line = pairs[at : at + block.columns] + [("", "")] * max(0, at + block.columns - len(pairs))
            cells = [cell for label, value in line for cell in ((label, "left", True), (value, "left", False))]
            self._row(grid, cells, size=12)
        self._line("", size=6, below=0)

    def _table(self, table: Table) -> None:
        roc, size = self.paper.roc, table_size(table, self.paper)
        if table.caption:
            self._line(table.caption, bold=True, above=8, below=4).paragraph_format.keep_with_next = True
        grid = self._grid(table.widths_mm(self.width_mm, size * _LETTER_MM))
        if table.has_head:
            head = self._row(grid, [(column.title, "center", True) for column in table.columns], shade=True, size=size)
            if table.repeat_header:
                head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for row in table.rows:
            cells = zip(cells_of(row, table.columns), table.columns, strict=True)
            self._row(grid, [(display(cell, c.kind, roc=roc), c.alignment, False) for cell, c in cells], height=table.row_height_mm, size=size)
        if table.totals:
            cells = zip(table.totals, table.columns, strict=True)
            self._row(grid, [(display(cell, c.kind, roc=roc), c.alignment, True) for cell, c in cells], shade=True, size=size)
        self._line("", size=6, below=0)

    def _grid(self, widths: Sequence[float]) -> Any:
        grid = self.word.add_table(rows=0, cols=len(widths))
        grid.style = "Table Grid"
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        grid.autofit = False
        margins = OxmlElement("w:tblCellMar")
        for side, twips in (("top", 55), ("start", 70), ("bottom", 55), ("end", 70)):
            margin = OxmlElement(f"w:{side}")
            margin.set(qn("w:w"), str(twips))
            margin.set(qn("w:type"), "dxa")
            margins.append(margin)
        look = grid._tbl.tblPr.find(qn("w:tblLook"))
        look.addprevious(margins)
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Mm(self.width_mm * width / sum(widths))
        return grid

    def _row(self, grid: Any, cells: Sequence[_CellText], *, shade: bool = False, height: float = 0, size: float = 11) -> Any:
        row = grid.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if height:
            row.height = Mm(height)
        for tc, (text, align, bold) in zip(row._tr.tc_lst, cells, strict=True):
            cell = _Cell(tc, grid)
            line = self._line(text, align=align, size=size, bold=bold, below=0, into=cell.paragraphs[0])
            line.paragraph_format.line_spacing = 1.1
            middle = OxmlElement("w:vAlign")
            middle.set(qn("w:val"), "center")
            if shade:
                colour = OxmlElement("w:shd")
                for name, value in (("val", "clear"), ("color", "auto"), ("fill", "F2F2F2")):
                    colour.set(qn(f"w:{name}"), value)
                tc.get_or_add_tcPr().append(colour)
            tc.get_or_add_tcPr().append(middle)
        return row._tr


def _add_field(line: Line, instruction: str, size: float) -> None:
    """A figure that Word fills in; each mark needs a run of its own, or its size is lost."""
    for kind in ("begin", "code", "separate", "shown", "end"):
        run = line.add_run("1" if kind == "shown" else "")
        run.font.size = Pt(size)
        if kind == "code":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {instruction} "
            run._r.append(code)
        elif kind != "shown":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
