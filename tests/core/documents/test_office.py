"""Editable papers, read back by their own libraries and opened by LibreOffice."""

import csv
import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date

import docx
import odfdo
import openpyxl
import pytest
import python_calamine
from docx.oxml.ns import qn
from pypdf import PdfReader

from unionops.core.documents import MEDIA_TYPES, Card, CardSheet, Column, Document, LabelSheet, PageBreak, Paragraph, Table, render

from .conftest import NAMES, SVG, rows

INSTALL = "apt-get install -y --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui fonts-noto-cjk"


def read_docx(paper):
    return docx.Document(io.BytesIO(render(paper, "docx").data))


def read_odf(paper, fmt):
    return odfdo.Document(io.BytesIO(render(paper, fmt).data))


def read_sheets(paper, fmt):
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(render(paper, fmt).data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_docx_holds_the_paper(roster):
    word = read_docx(roster)
    table = word.tables[1]
    assert [[cell.text for cell in row.cells] for row in table.rows[1:3]] == [
        ["A00000", NAMES[0], "109/01/01", "0", "0"], ["A00001", NAMES[1], "109/01/02", "-1", "1,000"]]
    assert len(table.rows) == 72
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    texts = [line.text for line in word.paragraphs]
    assert "會員名冊" in texts
    assert "地點：\t本會會議室" in texts
    assert "密件" in word.sections[0].header.paragraphs[0].text
    assert "NUMPAGES" in word.sections[0].footer._element.xml
    assert len(word.inline_shapes) == 1
    assert word.core_properties.title == "會員名冊"


def test_docx_names_a_chinese_font(roster):
    assert read_docx(roster).styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "標楷體"


def test_odt_holds_the_paper(roster):
    body = read_odf(roster, "odt").body
    table = body.tables[1]
    values = [[cell.text_recursive.rstrip("\n") for cell in row.cells] for row in table.rows]
    assert values[0] == ["會員編號", "姓名", "入會日期", "人數", "應繳"]
    assert values[2] == ["A00001", NAMES[1], "109/01/02", "-1", "1,000"]
    assert values[-1] == ["合計", "", "", "-2,415", "2,415,000"]
    assert table.get_elements("table:table-header-rows")
    assert len(body.get_elements("descendant::draw:image")) == 1


def test_odt_keeps_blanks_tabs_and_line_breaks():
    paper = Document("x", [Paragraph("  兩  格\t欄\n次行")])
    last = read_odf(paper, "odt").body.paragraphs[-1]
    assert [len(last.get_elements(f"text:{tag}")) for tag in ("s", "tab", "line-break")] == [3, 1, 1]


@pytest.mark.parametrize("fmt", ["ods", "xlsx"])
def test_workbooks_hold_real_values(roster, fmt):
    (name, sheet), = read_sheets(roster, fmt).items()
    assert name == "在籍會員"
    assert ["A00001", NAMES[1], date(2020, 1, 2), -1.0, 1000.0] in sheet
    assert ["合計", "", "", -2415.0, 2415000.0] in sheet
    cells = [cell for row in sheet for cell in row]
    for expected in ("臺北市餐飲業職業工會", "會員名冊", 1234567.0, date(2026, 9, 1), "承辦人", "密件", NAMES[4]):
        assert expected in cells


@pytest.mark.parametrize("fmt", ["ods", "xlsx"])
def test_every_table_has_its_sheet(fmt):
    table = Table([Column("a")], [("=1",)], caption="一/二")
    sheets = read_sheets(Document("x", [Paragraph("上"), table, Paragraph("下"), table, table]), fmt)
    assert list(sheets) == ["一二", "一二 (2)", "一二 (3)"]
    assert ["上"] in sheets["一二"]
    assert ["下"] in sheets["一二"]


def test_xlsx_prints_like_an_office_paper(roster):
    sheet = openpyxl.load_workbook(io.BytesIO(render(roster, "xlsx").data)).active
    assert sheet.print_title_rows
    assert sheet.page_setup.paperSize == 9
    assert "&P" in sheet.oddFooter.center.text
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_csv_holds_the_tables(roster):
    back = list(csv.reader(io.StringIO(render(roster, "csv").data.decode("utf-8-sig"), newline="")))
    assert ["金額", "1234567"] in back
    assert ["A00004", "'" + NAMES[4], "2020-01-05", "-4", "4000"] in back
    assert ["合計", "", "", "-2415", "2415000"] in back


@pytest.mark.parametrize("fmt", ["odt", "docx", "ods", "xlsx", "csv"])
@pytest.mark.parametrize("text", ["\x00\x1b\ud800\uffff", "<w:t>&amp;]]>", "{{ x }} ${y}", "", "長" * 5000, "]]><!--"])
def test_hostile_text_breaks_no_format(fmt, text):
    paper = Document(text, [Paragraph(text), Table([Column(text)], [(text,)], caption=text)], union=text, number=text, footer=text)
    data = render(paper, fmt).data
    if fmt == "docx":
        docx.Document(io.BytesIO(data))
    elif fmt in ("odt", "ods"):
        assert odfdo.Document(io.BytesIO(data)).body.tables
    elif fmt == "xlsx":
        openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("fmt", list(MEDIA_TYPES))
def test_every_format_takes_every_paper(fmt):
    paper = Document("Mix", [
        PageBreak(), Table([Column(), Column()], [("a", None)], row_height_mm=12),
        LabelSheet([["100", "甲"]]), CardSheet([Card("王小明", [("編號", "A1")], SVG)], "工會"),
    ], page="A4-landscape", lang="en")
    rendered = render(paper, fmt)
    assert rendered.data
    assert rendered.media_type == MEDIA_TYPES[fmt]
    assert rendered.extension == fmt


@pytest.mark.office
@pytest.mark.parametrize("fmt", ["odt", "docx", "ods", "xlsx"])
def test_libreoffice_opens_and_prints_it(fmt, roster, tmp_path):
    program = shutil.which("soffice")
    assert program, f"LibreOffice is missing; type: {INSTALL}"
    source = tmp_path / f"paper.{fmt}"
    source.write_bytes(render(replace(roster, page="A4-landscape"), fmt).data)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run([program, "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, source],
                   check=True, capture_output=True, timeout=120)
    pages = PdfReader(tmp_path / "paper.pdf").pages
    texts = [page.extract_text().replace(" ", "").replace("\n", "") for page in pages]
    everything = "".join(texts)
    assert float(pages[0].mediabox.width) > float(pages[0].mediabox.height)
    for expected in ("臺北市餐飲業職業工會", "會員名冊", "A00069", "109/01/02", "2,415,000", "噶造", "𠮷", "理事長"):
        assert expected in everything
    assert len(pages) > 1
    assert f"第1頁，共{len(pages)}頁" in texts[0]
    assert "會員編號" in texts[1]
    assert len(rows(70)) == sum(everything.count(f"A{n:05d}") for n in range(70))
