"""Papers handed over the web: names of files, what a browser may open, a disk that is full, the pictures of a preview."""

import errno

import pytest

from unionops.core.documents import CardSheet, Document, PageBreak, Paragraph, render, serving
from unionops.values.problems import RuleBroken


def _full(*_given, **_named):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_preview_shows_the_first_pages_and_counts_them_all(app):
    paper = Document("測試", [Paragraph("甲"), *[PageBreak(), Paragraph("乙")] * 4])
    shown = serving.preview(paper, most=2)
    assert (len(shown.pages), shown.page_count, shown.is_cut, shown.missing) == (2, 5, True, ())
    assert shown.pages[0].address.startswith("data:image/png;base64,")
    assert shown.pages[0].height / shown.pages[0].width == pytest.approx(297 / 210, rel=0.01)
    assert not serving.preview(paper).is_cut


def test_a_sheet_of_cards_cannot_be_skipped_whole():
    with pytest.raises(ValueError, match="whole sheet"):
        CardSheet([], "工會", skip=10)


def test_a_file_is_whole_or_not_there(tmp_path, monkeypatch):
    rendered = render(Document("測試", [Paragraph("甲")]), "pdf")
    target = tmp_path / "paper"
    target.write_bytes(b"old")
    monkeypatch.setattr("os.fsync", _full)
    with pytest.raises(RuleBroken):
        serving.keep(target, rendered)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["paper"]
    monkeypatch.undo()
    serving.keep(target, rendered)
    assert target.read_bytes() == rendered.data


@pytest.mark.parametrize(("name", "kept"), [
    ("會員名冊_1151122", "會員名冊_1151122.pdf"), ("../../etc/passwd", "etc_passwd.pdf"), ("a\r\nSet-Cookie: x", "a_Set-Cookie_ x.pdf"), ("", "document.pdf"),
    ("／會", "／會.pdf"),
])
def test_a_file_name_is_safe_and_keeps_its_script(name, kept):
    assert serving.file_name(name, "pdf") == kept


def test_only_a_pdf_is_shown_in_the_browser(app):
    with app.test_request_context(), pytest.raises(ValueError, match="only a PDF"):
        serving.send(render(Document("測試", [Paragraph("甲")]), "odt"), "測試", inline=True)
