"""What is taken, what is refused and why: by content first, by name second."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.attachments import samples
from unionops.core.attachments import sniff
from unionops.values.problems import RuleBroken

MOST = 1 << 20


def looked(name: str, content: bytes) -> sniff.Looked:
    return sniff.look(name, content, most=MOST)


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(RuleBroken) as refused:
        looked(name, content)
    (problem,) = refused.value.problems
    assert problem.field == "files"
    return problem.text


GOOD = {
    "掃描.pdf": (samples.pdf(), "application/pdf", "pdf"),
    "照片.JPG": (samples.jpeg(), "image/jpeg", "image"),
    "動態照片.jpeg": (samples.jpeg(after=b"\0\0\0\x18ftypmp42" + b"film" * 50), "image/jpeg", "image"),
    "圖.png": (samples.png(), "image/png", "image"),
    "點.gif": (samples.gif(), "image/gif", "image"),
    "新.webp": (samples.webp(), "image/webp", "image"),
    "手機.heic": (samples.heic(), "image/heic", ""),
    "傳真.tif": (b"II*\0\x08\0\0\0\0\0\0\0", "image/tiff", ""),
    "公文.docx": (samples.docx(), sniff.FORMATS["docx"].media_type, ""),
    "名冊.xlsx": (samples.packed({"[Content_Types].xml": "", "xl/workbook.xml": ""}), sniff.FORMATS["xlsx"].media_type, ""),
    "簡報.pptx": (samples.packed({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), sniff.FORMATS["pptx"].media_type, ""),
    "章程.odt": (samples.odt(), sniff.FORMATS["odt"].media_type, ""),
    "舊檔.doc": (samples.ole("WordDocument"), "application/msword", ""),
    "舊表.xls": (samples.ole("Workbook"), "application/vnd.ms-excel", ""),
    "舊簡報.ppt": (samples.ole("PowerPoint Document"), "application/vnd.ms-powerpoint", ""),
    "備忘.txt": ("會員大會紀要\r\n".encode("cp950"), "text/plain", ""),
    "名冊.csv": ("姓名,電話\n王小明,0912\n".encode("utf-8-sig"), "text/csv", ""),
    "寬.txt": ("紀要".encode("utf-16"), "text/plain", ""),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_an_office_keeps_is_taken(name: str) -> None:
    content, media_type, preview = GOOD[name]
    assert looked(name, content) == sniff.Looked(name, media_type, preview)


def test_a_name_without_extension_gets_the_one_of_the_content() -> None:
    assert looked("掃描 001", samples.pdf()).name == "掃描 001.pdf"


def test_a_locked_pdf_is_taken_but_not_previewed() -> None:
    assert looked("密.pdf", samples.pdf(b"/Encrypt 5 0 R")).preview == ""


def test_the_extension_must_agree_and_the_message_says_what_it_really_is() -> None:
    said = refusal("證書.pdf", samples.png())
    assert "其實是PNG 圖片" in said
    assert ".png" in said


@pytest.mark.parametrize(("name", "content", "word"), [
    ("圖.svg", samples.SVG, "網頁或 SVG"),
    ("圖.png", samples.SVG, "網頁或 SVG"),
    ("圖.txt", samples.SVG, "網頁或 SVG"),
    ("頁.html", samples.HTML, "網頁或 SVG"),
    ("頁.pdf", samples.HTML, "網頁或 SVG"),
    ("頁.csv", b"a,b\n<script>alert(1)</script>,2\n", "網頁或 SVG"),
    ("頁.txt", "<html><script>x</script>".encode("utf-16"), "不是可收的檔案"),
    ("安裝.exe", samples.EXE, "程式或指令檔"),
    ("發票.pdf", samples.EXE, "程式或指令檔"),
    ("發票.pdf.exe", samples.pdf(), "程式或指令檔"),
    ("跑.sh", b"#!/bin/sh\n", "程式或指令檔"),
    ("跑.txt", b"#!/bin/sh\nrm -rf /\n", "程式或指令檔"),
    ("頁.php", b"<?php system(1);", "不收"),
    ("全部.zip", samples.packed({"a.txt": "a"}), "解開後逐一附上"),
    ("全部.docx", samples.packed({"a.txt": "a"}), "壓縮檔"),
    ("程式.docx", samples.packed({"META-INF/MANIFEST.MF": "", "A.class": ""}), "壓縮檔"),
    ("信.eml", b"From: a\n\n<html>", "列印成 PDF"),
    ("影片.mp4", b"\0\0\0\x18ftypmp42", "不收"),
    ("亂.txt", bytes(range(256)), "看不出格式"),
    ("空.pdf", b"", "是空的檔案"),
])
def test_what_is_not_on_the_list_is_refused_with_its_true_name(name: str, content: bytes, word: str) -> None:
    assert word in refusal(name, content)


@pytest.mark.parametrize(("name", "content"), [
    ("a.pdf", samples.HTML + samples.pdf()),
    ("a.pdf", b"\n\n" + samples.pdf()),
])
def test_a_document_with_something_before_it_is_not_that_document(name: str, content: bytes) -> None:
    assert "不是可收的檔案" in refusal(name, content)


@pytest.mark.parametrize(("name", "content"), [
    ("a.png", samples.png() + samples.HTML),
    ("a.png", samples.png() + samples.packed({"x.class": "x"})),
    ("a.gif", samples.gif() + samples.packed({"x.class": "x"})),
    ("a.jpg", samples.jpeg() + samples.HTML),
    ("a.jpg", samples.jpeg() + samples.packed({"x.class": "x"})),
    ("a.jpg", samples.jpeg() + samples.pdf()),
    ("a.webp", samples.webp() + samples.packed({"x": "x"})),
    ("a.heic", samples.heic() + samples.box(samples.packed({"x": "x"}))),
    ("a.tif", b"II*\0" + samples.packed({"x": "x"})),
    ("a.pdf", samples.pdf() + samples.HTML),
    ("a.pdf", samples.pdf() + samples.packed({"x": "x"})),
    ("a.pdf", samples.pdf(after=b"\n" + b"x" * 5000)),
    ("a.docx", samples.docx() + samples.HTML),
    ("a.docx", samples.packed({"[Content_Types].xml": "", "word/document.xml": ""}, comment=samples.HTML)),
    ("a.docx", samples.packed({"x": "x"}) + samples.docx()),
    ("a.docx", samples.docx(**{"word/run.exe": b"MZ"})),
])
def test_two_things_in_one_file_are_refused(name: str, content: bytes) -> None:
    assert "藏有別的內容" in refusal(name, content)


@pytest.mark.parametrize(("name", "content", "word"), [
    ("巨集.docx", samples.docx(**{"word/vbaProject.bin": b"x"}), "巨集"),
    ("巨集.docx", samples.docx(**{"[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml"}), "巨集"),
    ("巨集.docm", samples.docx(), "巨集"),
    ("巨集.odt", samples.odt(**{"Basic/Standard/Module1.xml": "Sub Main"}), "巨集"),
    ("巨集.doc", samples.ole("WordDocument", "_VBA_PROJECT"), "巨集"),
    ("密.xlsx", samples.ole("EncryptedPackage"), "密碼"),
    ("密.odt", samples.odt(**{"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "密碼"),
    ("壞.png", samples.png()[:-20], "不完整"),
    ("壞.jpg", samples.jpeg()[:-8], "不完整"),
    ("壞.gif", samples.gif()[:-3], "不完整"),
    ("壞.webp", samples.webp()[:-4], "不完整"),
    ("壞.pdf", samples.pdf()[:60], "不完整"),
    ("壞.docx", samples.docx()[:-30], "不完整"),
])
def test_what_runs_is_locked_or_broken_is_refused(name: str, content: bytes, word: str) -> None:
    assert word in refusal(name, content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_bomb_is_refused_without_being_unpacked() -> None:
    bomb = samples.docx(**{"word/media/a.bin": b"\0" * (40 << 20)})
    assert len(bomb) < MOST
    assert "惡意" in refusal("炸彈.docx", bomb)


def test_too_large_says_the_limit_and_that_the_form_stays() -> None:
    said = refusal("大.pdf", samples.pdf() + b"x" * MOST)
    assert "1 MB" in said
    assert "都還在" in said


@pytest.mark.parametrize(("given_name", "kept"), [
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("C:\\Users\\王\\掃描.pdf", "掃描.pdf"),
    ("..", "file"),
    ("", "file"),
    ("CON.pdf", "_CON.pdf"),
    ("lpt1", "_lpt1"),
    ("年度\u202efdp.exe.pdf", "年度fdp.exe.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
    ("帳<>:\"|?*冊.pdf", "帳_______冊.pdf"),
    ("  名 冊 . ", "名 冊"),
    ("e\u0301.pdf", "é.pdf"),
    ("𠮷田.pdf", "𠮷田.pdf"),
    ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
])
def test_names_are_made_harmless(given_name: str, kept: str) -> None:
    assert sniff.clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_does_harm(name: str) -> None:
    kept = sniff.clean_name(name)
    assert 0 < len(kept) <= sniff.NAME_LENGTH
    assert not set(kept) & set('/\\<>:"|?*')
    assert all(unicodedata.category(c)[0] not in "CZ" or c == " " for c in kept)
    assert kept not in (".", "..")
    assert sniff.clean_name(kept) == kept


@given(st.binary(max_size=300), st.sampled_from(["a.pdf", "a.jpg", "a.png", "a.gif", "a.webp", "a.heic", "a.docx", "a.doc", "a.txt", "a"]), st.sampled_from([
    b"", b"%PDF-1.4", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x08\0\0\0WEBP", b"\0\0\0\x18ftypheic", b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
]))
def test_no_bytes_break_the_look(content: bytes, name: str, head: bytes) -> None:
    with suppress(RuleBroken):
        assert looked(name, head + content).media_type in sniff.TITLES
