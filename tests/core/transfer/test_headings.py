"""Headings and rows of lists in general; what a roster makes of them is tested with the rosters."""

from unionops.core.transfer.headings import REASON_HEADING, ROW_HEADING, Field, find_header, normal_heading, propose_mapping, signature
from unionops.core.transfer.tables import RowKinds, Table, repair_rows
from unionops.core.transfer.workbook import Merge, Row, Sheet, column_letter

FIELDS = (
    Field("name", "姓名", ("姓名", "NAME"), is_key=True),
    Field("amount", "金額", ("金額", "AMOUNT"), looks=lambda cell: isinstance(cell, int)),
    Field("paid_on", "日期", ("繳款日期",), weak=("日期",)),
    Field("repair", "註記", (ROW_HEADING, REASON_HEADING), is_ignored=True),
)


def sheet(*lines, merged=()) -> Sheet:
    return Sheet("表", [Row(number, list(line), number) for number, line in enumerate(lines, 1)], merged=merged)


def test_column_letters():
    assert [column_letter(place) for place in (0, 25, 26, 51, 52, 701, 702, 16_383)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]


def test_headings_are_compared_without_blanks_signs_width_and_case():
    assert normal_heading(" 姓　名：*\n") == "姓名"
    assert normal_heading("Ｎame_No.") == "nameno"


def test_a_heading_under_titles_and_blank_lines():
    header = find_header(sheet(["某某工會 收費表"], [], ["金額單位：元", "日期"], ["姓名", "金額", "日期"], ["王小明", 300, "1"]), FIELDS)
    assert (header.rows, header.first_data_row, header.labels) == ((4,), 5, ("姓名", "金額", "日期"))


def test_merged_cells_stand_over_all_their_columns():
    header = find_header(
        sheet(["姓名", "應收", ""], ["", "金額", "繳款日期"], ["王", 1, "x"], merged=(Merge(0, 1, 0, 2), Merge(0, 0, 1, 0))), FIELDS
    )
    assert header.paths == (("姓名",), ("應收", "金額"), ("應收", "繳款日期"))


def test_without_a_key_field_there_is_no_heading():
    assert find_header(sheet(["金額", "繳款日期"], [1, "x"]), FIELDS) is None


def test_a_heading_that_its_content_contradicts_is_told():
    lists = sheet(["姓名", "金額"], ["王", "多"], ["李", "少"], ["陳", "無"])
    mapping = propose_mapping(find_header(lists, FIELDS), lists.rows, FIELDS)
    assert mapping.fields == {"name": 0, "amount": 1}
    assert [notice.code for notice in mapping.notices] == ["content_contradicts"]


def test_of_two_columns_with_one_heading_the_full_one_is_taken():
    lists = sheet(["姓名", "金額", "金額"], ["王", "", 1], ["李", "", 2], ["陳", "", 3])
    mapping = propose_mapping(find_header(lists, FIELDS), lists.rows, FIELDS)
    assert mapping.fields == {"name": 0, "amount": 2}
    assert mapping.duplicates == ("金額",)
    assert "C" in next(notice for notice in mapping.notices if notice.code == "duplicate_heading").text


def test_a_signature_knows_the_heading_again_however_it_is_spaced():
    one, other, third = (
        find_header(sheet(line, ["王", 1, "x"]), FIELDS)
        for line in (["姓 名", "金額", "日期"], ["姓名", "金　額：", "日期", ROW_HEADING, REASON_HEADING], ["姓名", "日期", "金額"])
    )
    assert signature(one) == signature(other)
    assert signature(one) != signature(third)


def test_choices_move_a_field_from_one_column_to_another():
    lists = sheet(["姓名", "金額", "說明"], ["王", 1, "5"])
    mapping = propose_mapping(find_header(lists, FIELDS), lists.rows, FIELDS).changed({2: "amount"})
    assert mapping.fields == {"name": 0, "amount": 2}
    assert mapping.columns[1].field is None


def test_kinds_of_rows():
    header = find_header(sheet(["姓名", "金額", "日期"], ["王", 1, "x"]), FIELDS)
    kinds = RowKinds(header)
    said = {
        "empty": [["", " ", "　"], []],
        "header": [["姓　名", "金額", "日期"], ["姓名", "金額", ""]],
        "subtotal": [["小　計", 500, ""], ["", "第一組合計", "3人"], ["總計", "共12人", ""], ["", "12人", ""]],
        "sign": [["理事長：　　總幹事：　　製表：", "", ""], ["製表人：", "", "審核："]],
        "note": [["※ 請於月底前繳清", "", ""], ["註：以元計", "", ""], ["第 2 頁", "", ""]],
        "section": [["第一組", "", ""]],
        "data": [["王小明", 300, ""]],
    }
    assert {kind: {kinds.kind(row) for row in rows} for kind, rows in said.items()} == {kind: {kind} for kind in said}


def test_a_repair_file_has_the_original_columns_the_row_and_the_reasons():
    lists = sheet(["收費表"], ["姓名", "金額"], ["王", 1], ["李", "x"])
    header = find_header(lists, FIELDS)
    table = Table(lists, header, propose_mapping(header, lists.rows, FIELDS))
    assert repair_rows(table, {4: ["不是整數", "不是整數"]}) == (["姓名", "金額", ROW_HEADING, REASON_HEADING], [["李", "x", 4, "不是整數"]])
