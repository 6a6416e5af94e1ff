"""PDF as its reader finds it."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests import machine
from unionops.core.documents import (
    Card,
    CardSheet,
    Column,
    Document,
    Image,
    LabelSheet,
    PageBreak,
    Paragraph,
    Table,
    font_paths,
    preview_pages,
    render,
    render_batch,
    use_typeface,
)
from unionops.core.documents.pdf import _characters

from .conftest import NAMES, RARE, SVG


def read(rendered):
    return PdfReader(io.BytesIO(rendered.data))


def words(page):
    return page.extract_text().replace(" ", "").replace("\n", "")


def one(text, **more):
    return Document("測試", [Paragraph(text)], issued_on=date(2026, 9, 1), **more)


def test_a_paper_without_a_title_begins_with_its_first_block():
    paper = Document("全名與函", [Paragraph("先說的話", indent=3), Paragraph("再說", mark="一、", tight=True, above=12)], titled=False, margin_mm=25)
    found = words(read(render(paper, "pdf")).pages[0])
    assert found.startswith("先說的話一、再說")
    assert "全名與函" not in found


@pytest.fixture(scope="module")
def printed(roster):
    return render(roster, "pdf")


def test_every_page_has_the_table_head_and_its_number(printed):
    pages = read(printed).pages
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert f"第{number}頁，共3頁" in words(page)
    for page in pages[:2]:
        assert "會員編號" in words(page)
        assert "入會日期" in words(page)
    assert "密件" in words(pages[1])
    assert "會員名冊" in words(pages[1])


def test_the_first_page_says_who_what_and_when(printed):
    first = words(read(printed).pages[0])
    for expected in ("臺北市餐飲業職業工會", "會員名冊", "115年第2季", "編號：北餐工字第1150000123號", "中華民國115年9月1日", "密件",
                     "1,234,567", "115/09/01", "地點：本會會議室", "會務組"):
        assert expected in first


def test_all_rows_and_totals_are_printed_once(printed):
    everything = "".join(words(page) for page in read(printed).pages)
    for n in range(70):
        assert everything.count(f"A{n:05d}") == 1
    assert "2,415,000" in everything
    assert everything.count("理事長") == 1


def test_names_stay_as_they_are(printed):
    everything = "".join(page.extract_text() for page in read(printed).pages).replace("\n", "").replace(" ", "")
    for name in NAMES:
        assert name.replace(" ", "") in everything
    assert printed.missing == ()


def test_fonts_are_embedded_and_the_file_is_an_archive_file(printed):
    reader = read(printed)
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        below = font["/DescendantFonts"][0].get_object()
        assert "NotoSansCJK" in below["/BaseFont"]
        assert any(key.startswith("/FontFile") for key in below["/FontDescriptor"].get_object())
    assert printed.archival
    assert b"pdfaid:part>2<" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()
    assert reader.trailer["/Root"]["/Lang"].lower() == "zh-tw"
    assert reader.metadata.title == "會員名冊"


def test_the_same_paper_gives_the_same_bytes(roster, printed):
    assert render(roster, "pdf").data == printed.data


def test_a_missing_character_is_named_and_the_paper_is_still_printed():
    rendered = render(one(f"𡍼錫{RARE}😀"), "pdf")
    assert rendered.missing == ("𡍼", "😀")
    assert not rendered.archival
    assert not rendered.complete
    assert "錫" in words(read(rendered).pages[0])


def test_missing_characters_are_named_in_plain_pdf_too():
    assert render(one("𡍼"), "pdf", archival=False).missing == ("𡍼",)
    assert render(one("好"), "pdf", archival=False).missing == ()


def test_private_characters_of_an_office_are_named():
    assert _characters('the text `"\\u{e000}\\""` could not be displayed with') == ("\ue000", '"')
    assert render(one("造字\ue123"), "pdf").missing == ("\ue123",)


@pytest.mark.parametrize("text", [
    "#panic(\"x\")", "$ unclosed", "[#include \"/etc/passwd\"]", "\\u{41} `raw ```", "</svg>\"},{", "\x00\x1b\ud800\uffff", "", "// /* */",
    "= 標題\n- 項目\n+ 一 @ref <label>",
])
def test_hostile_text_is_only_text(text):
    rendered = render(Document(text, [Paragraph(text), Table([Column(text)], [(text,)], caption=text)], union=text, number=text,
                               footer=text, subtitle=text), "pdf")
    assert len(read(rendered).pages) == 1
    assert "root:" not in words(read(rendered).pages[0])


def test_a_huge_cell_runs_over_pages_and_nothing_is_cut():
    text = "".join(f"第{n}句。" for n in range(3000))
    reader = read(render(Document("長", [Table([Column("內容")], [(text,)])]), "pdf"))
    assert len(reader.pages) > 3
    assert "第2999句" in "".join(words(page) for page in reader.pages)


def test_a_word_without_blanks_and_many_columns():
    wide = Document("寬", [Table([Column("W" * 60)] * 20, [["x" * 200] * 20])], page="A4-landscape")
    assert len(read(render(wide, "pdf")).pages) >= 1


def test_landscape_and_page_break():
    reader = read(render(Document("a", [Paragraph("一"), PageBreak(), Paragraph("二")], page="A4-landscape", lang="en"), "pdf"))
    assert [round(float(reader.pages[0].mediabox.width)), len(reader.pages)] == [842, 2]
    assert "Page2of2" in words(reader.pages[1])


def test_a_batch_counts_each_paper_on_its_own():
    papers = [one(f"第 {n} 張") for n in range(2)] + [Document("二頁", [Paragraph("上"), PageBreak(), Paragraph("下")])]
    texts = [words(page) for page in read(render_batch(papers)).pages]
    for text, (number, count) in zip(texts, [(1, 1), (1, 1), (1, 2), (2, 2)], strict=True):
        assert f"第{number}頁，共{count}頁" in text
    with pytest.raises(ValueError, match="no paper"):
        render_batch([])


def test_rows_to_write_in_are_tall():
    def pages(height):
        table = Table([Column("姓名"), Column("簽名")], [("王小明", None)] * 30, row_height_mm=height)
        return len(read(render(Document("簽到", [table]), "pdf")).pages)

    assert (pages(0), pages(15)) == (1, 2)


def test_labels_and_cards_fill_their_sheets():
    labels = LabelSheet([["100", f"地址{n}", "王小明 收"] for n in range(15)], skip=1)
    cards = CardSheet([Card(f"會員{n}", [("編號", f"A{n}"), ("發證日期", date(2026, 9, 1))], SVG) for n in range(11)], "工會")
    reader = read(render(Document("標籤", [labels, cards]), "pdf"))
    texts = [words(page) for page in reader.pages]
    assert len(texts) == 4
    assert "地址12" in texts[0]
    assert "地址13" in texts[1]
    assert "會員9" in texts[2]
    assert "會員10" in texts[3]
    assert "115/09/01" in texts[3]
    assert "標籤" not in "".join(texts)


def test_an_address_too_long_for_its_label_is_made_smaller_not_cut():
    address = "新北市板橋區文化路二段 182 巷 3 弄 5 號 12 樓之 1（社區管理委員會轉交，請勿折疊，內有選票）" * 2
    text = words(read(render(Document("標籤", [LabelSheet([["220", address, "收件人"]])]), "pdf")).pages[0])
    assert address.replace(" ", "") in text
    assert "收件人" in text


def test_pictures():
    png = preview_pages(Document("圖", [Paragraph("好")]), ppi=20)[0]
    rendered = render(Document("圖", [Image(SVG, 20, "碼"), Image(png, 30, "頁", align="left")]), "pdf")
    assert rendered.archival
    assert sum(len(page.images) for page in read(rendered).pages) >= 1


def test_the_preview_shows_every_page(roster):
    pages = preview_pages(roster, ppi=40)
    assert len(pages) == 3
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_another_typeface_must_exist():
    with pytest.raises(ValueError, match="標楷體"):
        use_typeface([], "標楷體")
    use_typeface(font_paths(), "Noto Sans CJK JP")
    try:
        fonts = read(render(one("好"), "pdf")).pages[0]["/Resources"]["/Font"].values()
        assert all("CJKjp" in font.get_object()["/BaseFont"] for font in fonts)
    finally:
        use_typeface()


def test_unknown_formats_are_refused(roster):
    with pytest.raises(ValueError, match="no format"):
        render(roster, "doc")


def test_an_empty_paper_prints_its_title(roster):
    assert "會員名冊" in words(read(render(replace(roster, blocks=()), "pdf")).pages[0])


def test_papers_can_be_printed_side_by_side():
    def printed_in_turn(_):
        return [render(one(f"第 {n} 張"), "pdf").data for n in range(8)]

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(printed_in_turn, range(4))
    assert all(other == first for other in others)


if sys.platform != "darwin":  # A Mac's package of this font is not known here.

    def test_a_folder_with_rare_characters_is_enough_to_print_them():
        folder = Path(machine.RARE_FONT.find() or "").parent
        use_typeface([folder])
        try:
            rendered = render(one("王𡍼勳"), "pdf")
        finally:
            use_typeface()
        assert (rendered.missing, rendered.archival) == ((), True)
        assert "王𡍼勳" in words(read(rendered).pages[0])
