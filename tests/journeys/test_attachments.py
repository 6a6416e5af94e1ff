"""A clerk attaches files to a member, looks at them, replaces one, removes one and takes it back; on a desk and a telephone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.core.attachments import samples
from tests.journeys.visitor import Visitor
from tests.office import Office
from unionops.core.documents import Document, Paragraph, render

pytestmark = pytest.mark.browser


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, str]:
    """Files on the clerk's computer."""
    contents = {
        "入會申請書.pdf": render(Document(title="入會申請書", blocks=[Paragraph("本人申請加入工會。")]), "pdf").data,
        "照片.png": samples.png(400, 300), "新照片.png": samples.png(300, 400), "假的.png": samples.SVG, "很大.pdf": samples.pdf() + b" " * (26 << 20),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


@pytest.mark.parametrize("width", [1280, 390])
def test_files_of_a_member(
    office: Office, visit: Callable[..., Visitor], papers: dict[str, str], width: int
) -> None:
    person = office.visits["members.person"]["person_id"]
    clerk = visit(office.user("staff"), width=width)
    page = clerk.page
    clerk.open(f"/members/{person}")
    clerk.follow("附上檔案")
    field = page.get_by_label("檔案", exact=False).first
    field.set_input_files([papers["很大.pdf"]])  # The script says it before 26 MB are sent.
    expect(page.locator("output.err")).to_contain_text("超過 25 MB")
    clerk.look()
    clerk.button("附上檔案").click()
    expect(page.locator("output.err")).to_be_visible()

    field.set_input_files([papers["假的.png"]])
    clerk.fill("標題", "證件照")
    clerk.press("附上檔案")
    clerk.refused("SVG")
    expect(clerk.field("標題")).to_have_value("證件照")
    clerk.look()

    page.get_by_label("檔案", exact=False).first.set_input_files([papers["入會申請書.pdf"], papers["照片.png"]])
    clerk.press("附上檔案")
    clerk.reads("已附上 2 個檔案")
    clerk.look()

    clerk.follow("照片")
    picture = page.get_by_role("img", name="照片")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 400
    clerk.look()
    clerk.follow("換新版本")
    page.get_by_label("新的檔案").set_input_files(papers["新照片.png"])
    clerk.press("換新版本")
    expect(page.get_by_role("row", name="第 2 版")).to_be_visible()
    assert page.get_by_role("img", name="照片").evaluate("image => image.naturalWidth") == 300
    with page.expect_download() as fetched:
        page.get_by_role("row", name="第 1 版").get_by_role("link", name="下載").click()
    assert fetched.value.suggested_filename == "照片.png"
    assert Path(fetched.value.path()).read_bytes() == samples.png(400, 300)

    clerk.follow("移除")
    clerk.fill("原因", "附錯會員")
    clerk.look()
    clerk.press("移除 1 份附件")
    clerk.reads("附錯會員")
    clerk.look()
    clerk.press("取回附件")
    clerk.reads("已取回「照片」")
    clerk.reads("會務人員")  # Who opened it.

    clerk.open(f"/members/{person}")
    clerk.follow("入會申請書")
    with clerk.context.expect_page() as opened:
        page.get_by_role("link", name="在新分頁預覽").click()
    reader = opened.value
    # The browser's own reader of PDF works in spite of the policy of that answer: it is an extension in a frame of the page.
    for _time in range(50):
        if any(frame.url.startswith("chrome-extension://") for frame in reader.frames):
            break
        reader.wait_for_timeout(200)
    else:
        raise AssertionError(f"no reader in {[frame.url for frame in reader.frames]}")
    clerk.look()
