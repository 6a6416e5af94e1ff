"""What may be opened, how text is decoded, and that a spreadsheet arrives as it is shown."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from unionops.core.transfer.reading import FileRefused, Limits, read_table_file

OFFICE = Path(__file__).parents[2] / "data" / "office"


def xlsx(*sheets, **options) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False, **options})
    for number, rows in enumerate(sheets):
        sheet = book.add_worksheet(f"表{number + 1}")
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
    book.close()
    return target.getvalue()


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return target.getvalue()


def code_of(data: bytes, name: str, **options) -> str:
    with pytest.raises(FileRefused) as caught:
        read_table_file(data, name, **options)
    assert caught.value.problem.text
    assert "%(" not in caught.value.problem.text
    return caught.value.problem.code


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.csv", "empty"),
        (b"", "a.xlsx", "empty"),
        (b"\xef\xbb\xbf\r\n\x1a", "a.csv", "empty"),
        (b"PK\x03\x04 not an archive", "a.xlsx", "corrupt"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "password"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xls", "unsupported"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xlsx", "name_mismatch"),
        (OLE + "WordDocument".encode("utf-16-le"), "a.doc", "unsupported"),
        (b"%PDF-1.7\n1 0 obj", "a.pdf", "unsupported"),
        (b"%PDF-1.7\n1 0 obj", "a.csv", "name_mismatch"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "roster.xlsx", "name_mismatch"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "unsupported"),
        (b"<?xml version='1.0'?><Workbook/>", "a.xls", "unsupported"),
        ("姓名,電話\n".encode(), "a.xlsx", "name_mismatch"),
        (bytes(range(32)) * 50, "a.csv", "name_mismatch"),
        (zipped(word__document_DOT_xml=b"<w/>"), "a.xlsx", "name_mismatch"),
        (zipped(anything=b"x"), "a.zip", "unsupported"),
        (xlsx([["a"]]), "a.csv", "name_mismatch"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data, name, code):
    assert code_of(data, name) == code


def test_sixty_megabytes_are_too_many():
    assert code_of(b"a,b\n" * (15 * 2**20), "a.csv") == "too_big"


def test_the_limit_is_a_setting():
    assert code_of(b"a,b\n1,2\n", "a.csv", limits=Limits(file_bytes=4)) == "too_big"
    assert code_of(b"a,b\n" * 9, "a.csv", limits=Limits(rows=5)) == "too_many_rows"


def test_a_zip_bomb_is_refused_before_anything_is_unpacked():
    bomb = zipped(xl__workbook_DOT_xml=b"<w/>", xl__worksheets__sheet1_DOT_xml=b"0" * (120 * 2**20))
    assert len(bomb) < 2**20
    assert code_of(bomb, "a.xlsx") == "zip_bomb"


def test_an_archive_that_lies_about_its_sizes_is_refused():
    data = bytearray(xlsx([["a", "b"], [1, 2]]))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = (5).to_bytes(4, "little")
    assert code_of(bytes(data), "a.xlsx") == "corrupt"


def test_a_truncated_workbook_is_refused():
    assert code_of(xlsx([["a"]])[:-200], "a.xlsx") == "corrupt"


def test_broken_xml_is_refused():
    book = zipped(**{
        "xl/workbook.xml": b"<workbook><sheets",
        "xl/_rels/workbook.xml.rels": b"<Relationships/>",
        "[Content_Types].xml": b"<Types/>",
    })
    assert code_of(book, "a.xlsx") == "corrupt"


def test_an_xml_entity_is_never_expanded():
    laughs = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><workbook><sheets/></workbook>'
    assert code_of(zipped(**{"xl/workbook.xml": laughs, "xl/_rels/workbook.xml.rels": b"<R/>"}), "a.xlsx") == "corrupt"


def test_one_cell_in_the_last_corner_does_not_take_the_memory():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "a")
    sheet.write(1_048_575, 16_383, "z")
    book.close()
    assert code_of(target.getvalue(), "a.xlsx") == "too_many_rows"


def test_formats_down_to_the_last_row_are_no_content():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    grey = book.add_format({"bg_color": "#cccccc"})
    sheet.write_row(0, 0, ["姓名", "電話"])
    sheet.write_blank(1_048_575, 0, None, grey)
    book.close()
    assert len(read_table_file(target.getvalue(), "a.xlsx").sheets[0].rows) == 1


def test_cells_of_a_workbook_keep_their_kind():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("名冊")
    day = book.add_format({"num_format": "yyyy/mm/dd"})
    sheet.write_row(1, 1, ["字", 820816, 2.5, True])
    sheet.write_datetime(1, 5, datetime(1993, 8, 16), day)
    sheet.set_column(2, 2, 10, None, {"hidden": True})
    sheet.set_row(1, 15, None, {"hidden": True})
    sheet.merge_range(3, 0, 3, 2, "合併")
    book.add_worksheet("藏").hide()
    book.close()
    read = read_table_file(target.getvalue(), "名冊.xlsx")
    first, hidden = read.sheets
    assert list(first.rows[1].cells) == ["", "字", 820816, 2.5, True, date(1993, 8, 16)]
    assert isinstance(first.rows[1].cells[2], int)
    assert first.rows[1].number == 2
    assert first.rows[1].hidden
    assert not first.rows[0].hidden
    assert first.hidden_columns == {2}
    assert [(m.top, m.left, m.bottom, m.right) for m in first.merged] == [(3, 0, 3, 2)]
    assert hidden.hidden


def test_an_open_document_sheet_is_read(tmp_path):
    from odfdo import Document, Row, Table

    document = Document("spreadsheet")
    document.body.clear()
    table = Table("名冊")
    for values in (["姓名", "會號"], ["王小明", 7]):
        row = Row()
        row.set_values(values)
        table.append_row(row)
    document.body.append(table)
    document.save(tmp_path / "a.ods")
    data = (tmp_path / "a.ods").read_bytes()
    assert [list(row.cells) for row in read_table_file(data, "a.ods").sheets[0].rows] == [["姓名", "會號"], ["王小明", 7]]
    assert code_of(data, "a.xlsx") == "name_mismatch"


def test_an_open_document_sheet_with_a_million_copies_of_a_cell_is_refused(tmp_path):
    content = (
        b'<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        b'table:number-columns-repeated="16384" office:value-type="float" office:value="1"/></table:table-row></table:table>'
    )
    data = zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": content})
    assert code_of(data, "a.ods") == "too_many_rows"


# Text ------------------------------------------------------------------------------------------------------------------


def rows(data: bytes, name: str = "a.csv", **options) -> list[list[object]]:
    return [list(row.cells) for row in read_table_file(data, name, **options).sheets[0].rows]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp950", "cp950"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le")],
)
def test_encodings_are_found_by_trial(encoding, told):
    text = "姓名,地址\r\n林恒碁,臺中市裏街1號\r\n"
    read = read_table_file(text.encode(encoding), "a.csv")
    assert read.encoding == told
    assert list(read.sheets[0].rows[1].cells) == ["林恒碁", "臺中市裏街1號"]


def test_hong_kong_characters_are_read_and_pointed_out():
    read = read_table_file("姓名,會號\r\n陳堃,1\r\n".encode("big5hkscs"), "a.csv")
    assert read.encoding == "big5hkscs"
    assert [notice.code for notice in read.notices] == ["encoding_doubtful"]
    assert "堃" in read.notices[0].text


def test_bytes_that_are_no_character_are_named_by_line_and_column_and_flaw_only_their_row():
    good = "會號,姓名\r\n1,王小明\r\n2,林?美\r\n3,張三\r\n".encode("cp950")
    read = read_table_file(good.replace(b"?", b"\xff"), "a.csv")
    assert read.encoding == "cp950"
    assert [(one.line, one.column, one.octets, one.shown) for one in read.bad_bytes] == [(3, 4, "FF", "2,林�美")]
    assert [row.flaws for row in read.sheets[0].rows] == [(), (), ("undecodable",), ()]
    assert [notice.code for notice in read.notices] == ["undecodable"]
    assert read.alternatives


def test_a_person_may_choose_the_encoding():
    data = "姓名,会号\n张伟,1\n".encode("gb18030")
    assert rows(data, encoding="gb18030")[1] == ["张伟", "1"]
    assert code_of(data, "a.csv", encoding="klingon") == "encoding_unknown"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_separators_are_found(delimiter):
    lines = [["姓名", "地址", "電話"], ["王小明", "臺中市, 西區", "04"], ["李四", "a;b", "05"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert rows(text.encode()) == lines


def test_the_end_of_file_mark_of_old_programs_is_no_row():
    assert rows("姓名,號\r\n王,1\r\n\x1a".encode("cp950")) == [["姓名", "號"], ["王", "1"]]


def test_line_breaks_inside_quotes_keep_row_and_line_apart():
    read = read_table_file('姓名,備註\n甲,"一\n二"\n乙,三\n'.encode(), "a.csv").sheets[0]
    assert [(row.number, row.line) for row in read.rows] == [(1, 1), (2, 2), (3, 4)]
    assert read.rows[1].cells[1] == "一\n二"


def test_a_quotation_mark_that_is_never_closed_costs_one_row():
    text = "姓名,備註,號\n甲,\"沒有關,1\n" + "".join(f"乙{n},x,{n}\n" for n in range(200))
    read = read_table_file(text.encode(), "a.csv").sheets[0]
    assert read.rows[1].flaws == ("unclosed_quote",)
    assert len(read.rows) == 202
    assert [row.cells[0] for row in read.rows[2:5]] == ["乙0", "乙1", "乙2"]
    assert read.rows[-1].line == 202


def test_nul_and_control_characters_pass_through_for_the_rules_to_judge():
    assert rows(b"a,b\nx\x00y,\x07\n")[1] == ["x\x00y", "\x07"]


def test_a_very_long_field_is_read():
    assert len(str(rows(("a,b\nx," + "長" * 200_000 + "\n").encode())[1][1])) == 200_000


@pytest.mark.parametrize("name", ["roster.xlsx", "roster_big5.csv", "roster_utf8bom.csv", "naughty.csv"])
def test_sample_files_are_read_without_notice(name):
    read = read_table_file((OFFICE / name).read_bytes(), name)
    assert read.notices == ()
    assert read.bad_bytes == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
def test_a_guess_can_be_asked_for_again(encoding):
    """A file is read once more with the encoding that was found, whenever its columns are settled."""
    data = "姓名,身分證字號\r\n林佳慧,A123456789\r\n陳志明,F131104093\r\n".encode(encoding)
    first = read_table_file(data, "a.csv")
    again = read_table_file(data, "a.csv", encoding=first.encoding)
    assert [[str(cell).lstrip("\ufeff") for cell in row.cells] for row in again.sheets[0].rows] == [list(row.cells) for row in first.sheets[0].rows]
