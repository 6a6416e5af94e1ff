"""The papers: what stands on an official letter, where, and that word processors open it."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date

import docx
import odfdo
import pytest
from pypdf import PdfReader

from unionops.core.documents import Paragraph, render
from unionops.letters.documents import Sender, official_letter
from unionops.letters.rules import FORMS, Draft, Receiver, Role

UNION = Sender("臺中市展演技術人員職業工會", "臺中市西屯區文心路二段 588 號", "0422580217", "office@union.example.tw")
BODY = {
    "subject": "檢送會議紀錄 1 份，請准予備查，請查照。",
    "explanation": "依工會法第 31 條辦理。\n檢附：\n  會議紀錄。\n  簽到名冊。\n以上資料請核備。", "measures": "請函復本會。",
}
TO = (Receiver(Role.ORIGINAL, "臺中市政府勞工局"), Receiver(Role.COPY, "全國總工會"))


def letter(**given):
    draft = Draft(**{"form": "letter", "body": BODY, "receivers": TO, "enclosures": "會議紀錄 1 份"} | given)
    return official_letter(draft, UNION, contact="林秀琴", number="中市展演總字第1150001號", issued_on=date(2026, 11, 22), signer="黃志明")


def text(document, fmt="pdf"):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(render(document, fmt).data)).pages).replace(" ", "")


def test_the_parts_stand_in_the_order_of_the_handbook():
    order = (
        "臺中市展演技術人員職業工會　函", "地址：", "承辦人：林秀琴", "電話：0422580217", "受文者：臺中市政府勞工局", "發文日期：中華民國115年11月22日",
        "發文字號：中市展演總字第1150001號", "速別：普通件", "密等及解密條件或保密期限：", "附件：會議紀錄1份", "主旨：檢送", "說明：", "一、依工會法", "二、檢附",
        "(一)會議紀錄", "(二)簽到名冊", "三、以上", "辦法：請函復本會。", "正本：臺中市政府勞工局", "副本：全國總工會", "理事長　黃志明",
    )
    found = text(letter()).replace("\n", "")
    places = [found.find(part.replace(" ", "")) for part in order]
    assert -1 not in places, [part for part, place in zip(order, places, strict=True) if place < 0]
    assert places == sorted(places)


def test_sizes_and_indents_are_the_handbooks():
    blocks = [block for block in letter().blocks if isinstance(block, Paragraph)]
    by_mark = {block.mark: block for block in blocks if block.mark}
    assert (blocks[0].size, blocks[0].align) == (20, "center")
    assert (by_mark["受文者："].size, by_mark["發文日期："].size, by_mark["主旨："].size, by_mark["正本："].size) == (16, 12, 16, 12)
    assert [(by_mark[mark].indent, by_mark[mark].hang) for mark in ("主旨：", "一、", "(一)")] == [(0, 3), (1, 2), (2, 2)]


def test_several_originals_share_one_paper_and_each_may_have_its_own():
    to = (Receiver(Role.ORIGINAL, "甲機關"), Receiver(Role.ORIGINAL, "乙機關"))
    assert "受文者：如正、副本" in text(letter(receivers=to))


def test_a_draft_says_that_it_is_one():
    document = official_letter(Draft("letter", BODY, TO), UNION, contact="林秀琴")
    assert "草稿，尚未發文" in text(document)
    assert "中華民國" not in text(document)


def test_a_confidential_letter_is_marked():
    assert "密件" in text(letter(secrecy="secret", declassify="辦畢解密"))
    assert "密（辦畢解密）" in text(letter(secrecy="secret", declassify="辦畢解密"))


def test_the_stamp_is_the_unions_name():
    assert letter(signatory="union").blocks[-1].text == UNION.name


@pytest.mark.parametrize(("form", "wanted"), [
    ("plain", ("書函", "正本：")), ("meeting", ("開會通知單", "開會時間：", "出席者：全體理事")), ("notice", ("公告", "公告事項：")),
])
def test_each_form_has_its_own_parts(form, wanted):
    body = {section.key: "甲\n乙" if section.listed else "內容" for section in FORMS[form].sections}
    role = FORMS[form].receivers[0][0]
    found = text(letter(form=form, body=body, receivers=(Receiver(role, "全體理事"),)))
    assert [part for part in wanted if part not in found] == []
    assert ("受文者" in found) == FORMS[form].addressed


def test_an_archive_can_keep_it():
    assert render(letter(), "pdf").archival


@pytest.mark.parametrize("words", ["*粗* #sys.inputs $x$", "<b>&amp;", "䶮𠮷", "=cmd()", "\x00\x1b", "字" * 5000])
def test_whatever_is_typed_stays_text(words):
    document = letter(body=BODY | {"explanation": f"{words}\n乙"})
    for fmt in ("pdf", "odt", "docx"):
        assert render(document, fmt).data


def test_word_processors_get_the_marks_and_the_indents():
    word = docx.Document(io.BytesIO(render(letter(), "docx").data))
    line = next(one for one in word.paragraphs if one.text.startswith("一、"))
    assert line.text.startswith("一、\t")
    assert round(line.paragraph_format.left_indent.pt) == round(16 * 3.1)
    assert round(line.paragraph_format.first_line_indent.pt) == -round(16 * 2.1)
    body = odfdo.Document(io.BytesIO(render(letter(), "odt").data)).body
    assert any("主旨：" in one.text_recursive for one in body.paragraphs)


@pytest.mark.office
@pytest.mark.parametrize("fmt", ["odt", "docx"])
def test_libreoffice_sets_it_like_the_pdf(fmt, tmp_path):
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing"
    source = tmp_path / f"letter.{fmt}"
    source.write_bytes(render(letter(), fmt).data)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run([program, "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, source], check=True, capture_output=True, timeout=120)
    pages = PdfReader(tmp_path / "letter.pdf").pages
    found = "".join("".join(page.extract_text() for page in pages).split())
    assert len(pages) == 1
    for part in ("主旨：檢送", "一、依工會法", "(一)會議紀錄", "正本：臺中市政府勞工局", "理事長黃志明"):
        assert part in found
