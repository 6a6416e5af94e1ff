"""Numbered slips in two parts, and very many papers in one file."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest

from unionops.core.documents import Column, Document, Paragraph, Slip, SlipSheet, Table, preview_pages, render, write_joined


def slip(number: int = 1, **given: object) -> Slip:
    table = Table((Column("項目", 5), Column("金額", 2, kind="money")), [("經常會費", 1200)], totals=("合計", 1200))
    values = {"code": ("101", "010", "101"), "signed": [("經收人", "李出納")]} | given
    return Slip(f"115A{number:06d}", "115 年 11 月 23 日", [("繳款人", "林佳慧"), ("會員編號", "0012")], table, ("大寫", "壹仟貳佰元整"), **values)


def sheet(*slips: Slip) -> Document:
    return Document("收據", [SlipSheet(slips, "臺中市展演技術人員職業工會", "收據", ("收執聯", "存根聯"), seal="臺中市展演技術人員職業工會")], issued_on=date(2026, 11, 23))


def text(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def test_a_slip_is_one_page_with_both_its_parts():
    made = render(sheet(slip(1), slip(2, mark="副本（補印第 1 次）", void="作廢", note="作廢原因：誤植")), "pdf")
    assert (made.archival, made.missing) == (True, ())
    first, second = text(made.data)
    assert first.count("115A000001") == 2
    assert "收執聯" in first
    assert "存根聯" in first
    assert first.count("壹仟貳佰元整") == 2
    assert "副本" not in first
    assert second.count("副本（補印第 1 次）") == second.count("誤植") == 2
    assert len(preview_pages(sheet(slip()))) == 1


@pytest.mark.parametrize("fmt", ["odt", "docx", "ods", "xlsx", "csv"])
def test_a_slip_stands_in_every_other_format(fmt):
    assert render(sheet(slip(1, note="備註一"), slip(2)), fmt).data


def test_a_long_slip_stays_on_its_page():
    table = Table((Column("項目", 5), Column("金額", 2, kind="money")), [("特別會費：會所修繕與設備更新專案第二期", 99_999_999)] * 6, totals=("合計", 599_999_994))
    assert len(preview_pages(sheet(Slip("1", "", [("繳款人", "名" * 40), ("會員編號", "9" * 20)] * 2, table, ("大寫", "玖" * 30), note="註" * 60)))) == 1


def test_many_papers_are_joined_in_their_order():
    target = io.BytesIO()
    assert write_joined((sheet(slip(at), slip(at + 1)) for at in (1, 3, 5)), target) == 6
    pages = text(target.getvalue())
    assert [f"115A{at:06d}" in page for at, page in enumerate(pages, 1)] == [True] * 6
    assert pypdf.PdfReader(target).metadata.title == "收據"


def test_no_paper_is_an_error():
    with pytest.raises(ValueError, match="no paper"):
        write_joined([], io.BytesIO())
    assert write_joined([Document("一", [Paragraph("字")])], io.BytesIO()) == 1
