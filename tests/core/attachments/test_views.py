"""The screens: what is uploaded, refused, opened, by whom; and what others find when they guess."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser
from tests.core.attachments import samples
from tests.core.attachments.conftest import Bucket, Scanner
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.attachments import queries, services
from unionops.core.attachments.models import INFECTED, WAITING, Attachment, AttachmentVersion
from unionops.core.attachments.storage import LocalStore
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.values.refs import Ref

Attach = Callable[..., Attachment]


def chosen(*files: tuple[bytes, str], **fields: Any) -> dict[str, Any]:
    return {"files": [(io.BytesIO(content), name) for content, name in files], **fields}


def refused(page: Any) -> str:
    """What stands beside the field of the files."""
    assert page.status == 422
    found: str = page.error("files")
    return found


@pytest.fixture
def office(browser: Browser, staff: User, local: LocalStore) -> Browser:
    return browser.as_(staff)


def files_of(pointer: Ref) -> list[str]:
    db.session.rollback()
    return [one.title for one in queries.of_record(pointer)]


# --- adding -----------------------------------------------------------------------------------------------------------


def test_several_files_are_attached_and_stand_on_the_members_page(office: Browser, member: Ref) -> None:
    form = office.get("attachments.add", kind="person", ref_id=member.id)
    assert "沒有裝掃毒程式" in form.text
    assert form.field("files").get("multiple") is not None
    sent = chosen((samples.pdf(), "入會申請.pdf"), (samples.jpeg(), "../../照片.jpg"), title="不用")
    answer = office.post("attachments.add", sent, kind="person", ref_id=member.id)
    assert answer.location == f"/members/{member.id}"
    page = office.get("members.person", person_id=member.id)
    assert "入會申請" in page.text
    assert "JPEG 圖片，1 KB" in page.text
    assert "未掃毒" in page.text
    assert f"/attachments/add/person/{member.id}" in page.links()


def test_a_single_file_takes_the_title_given(office: Browser, member: Ref) -> None:
    office.post("attachments.add", chosen((samples.pdf(), "scan0001.pdf"), title="入會申請書"), kind="person", ref_id=member.id)
    assert files_of(member) == ["入會申請書"]


def test_pressed_twice_it_is_attached_once(office: Browser, member: Ref) -> None:
    key = "once-" + "7" * 24
    for _time in range(2):
        office.post("attachments.add", chosen((samples.pdf(), "一.pdf")), once=key, kind="person", ref_id=member.id)
    assert files_of(member) == ["一"]


@pytest.mark.parametrize(("content", "name", "word"), [
    (samples.SVG, "圖.svg", "不收"),
    (samples.SVG, "圖.png", "SVG"),
    (samples.HTML, "頁.pdf", "網頁"),
    (samples.png() + samples.HTML, "圖.png", "藏有別的內容"),
    (samples.EXE, "發票.pdf", "程式"),
    (b"", "空.pdf", "空的"),
    (samples.pdf() + b" " * (26 << 20), "大.pdf", "25 MB"),
])
def test_what_is_refused_stands_beside_the_field_and_the_rest_stays_typed(
    office: Browser, member: Ref, content: bytes, name: str, word: str
) -> None:
    sent = chosen((samples.pdf(), "好.pdf"), (content, name), title="證件影本", is_sensitive="y")
    page = office.post("attachments.add", sent, status=422, kind="person", ref_id=member.id)
    assert word in refused(page)
    assert page.value("title") == "證件影本"
    assert page.field("is_sensitive").get("checked") is not None
    assert files_of(member) == []


def test_without_a_file_nothing_is_sent(office: Browser, member: Ref) -> None:
    assert "請選取檔案" in refused(office.post("attachments.add", {"title": "x"}, status=422, kind="person", ref_id=member.id))
    assert "請選取檔案" in refused(office.post("attachments.add", chosen((b"", "")), status=422, kind="person", ref_id=member.id))


def test_too_many_files_at_once_are_refused(office: Browser, member: Ref) -> None:
    sent = chosen(*((samples.pdf(), f"{number}.pdf") for number in range(21)))
    assert "一次最多 20 個檔案" in refused(office.post("attachments.add", sent, status=422, kind="person", ref_id=member.id))


def test_an_infected_file_is_refused_and_told_in_the_audit(office: Browser, member: Ref, scanner: Scanner) -> None:
    page = office.post("attachments.add", chosen((samples.EICAR, "note.txt"), title="便條"), status=422, kind="person", ref_id=member.id)
    assert "Eicar-Test-Signature" in refused(page)
    assert page.value("title") == "便條"
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "event")).one()
    assert entry.acts == [{"action": "attachments.found", "params": {"name": "note.txt", "finding": "Eicar-Test-Signature"}}]
    assert entry.actor == "張雅婷"


def test_when_the_service_is_down_the_form_stays_and_nothing_is_half_done(office: Browser, member: Ref, bucket: Bucket, app: Flask) -> None:
    before = app.extensions["file_store"]
    app.extensions["file_store"] = bucket.store
    try:
        office.post("attachments.add", chosen((samples.pdf(), "一.pdf")), kind="person", ref_id=member.id)
        bucket.stop()
        page = office.post("attachments.add", chosen((samples.png(), "二.png"), title="二"), status=422, kind="person", ref_id=member.id)
        assert "檔案庫現在不能存檔" in page.text
        assert page.value("title") == "二"
        number = db.session.scalars(sa.select(Attachment.id)).one()
        assert "檔案庫現在連不上" in office.get("attachments.download", status=422, attachment_id=number, number=1).text
    finally:
        app.extensions["file_store"] = before
    assert files_of(member) == ["一"]


# --- too large for any form -------------------------------------------------------------------------------------------


def test_200_megabytes_are_answered_with_a_way_back_to_what_was_typed(office: Browser, member: Ref) -> None:
    sent = chosen((b"%PDF-" + b"x" * (200 << 20), "大.pdf"), title="會議錄影", is_sensitive="y")
    page = office.post("attachments.add", sent, status=413, kind="person", ref_id=member.id)
    assert "檔案太大" in page.h1
    assert "50 MB" in page.text
    back = next(link for link in page.links() if "draft=" in link)
    assert office.get(back).value("title") == "會議錄影"
    assert files_of(member) == []


def test_a_stranger_who_sends_too_much_leaves_nothing(browser: Browser, member: Ref, local: LocalStore) -> None:
    page = browser.post(
        "attachments.add", chosen((b"x" * (60 << 20), "大.pdf"), title="x"), status=302, kind="person", ref_id=member.id
    )
    assert page.location.startswith("/sign-in")
    assert "draft" not in page.location


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_download_is_an_attachment_whatever_it_is(office: Browser, attach: Attach) -> None:
    one = attach(samples.png(), "證件 影本.png")
    response = office.get("attachments.download", attachment_id=one.id, number=1).response
    assert response.data == samples.png()
    assert response.headers["Content-Disposition"].startswith("attachment; filename")
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("content", "name", "policy"), [(samples.png(), "a.png", "sandbox"), (samples.pdf(), "a.pdf", "default-src 'none'")])
def test_pictures_and_pdf_are_shown_under_a_policy_of_their_own(
    office: Browser, attach: Attach, content: bytes, name: str, policy: str
) -> None:
    one = attach(content, name)
    response = office.get("attachments.preview", attachment_id=one.id, number=1).response
    assert response.headers["Content-Disposition"].startswith("inline")
    assert policy in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_else_is_shown_in_the_browser(office: Browser, attach: Attach) -> None:
    text, locked = attach(b"hello", "a.txt"), attach(samples.pdf(b"/Encrypt 5 0 R"), "b.pdf")
    for one in (text, locked):
        office.get("attachments.preview", status=404, attachment_id=one.id, number=1)
        assert "預覽" not in office.get("attachments.attachment", attachment_id=one.id).text.replace("預覽附件", "")


def test_who_opened_it_stands_on_its_page_and_in_the_audit(office: Browser, attach: Attach, member: Ref, make_user: Any) -> None:
    one = attach(sensitive=True)
    assert "還沒有人開啟過" in office.get("attachments.attachment", attachment_id=one.id).text
    chief = Browser(office.app).as_(make_user("secretary_general", name="陳淑芬"))
    chief.get("attachments.preview", attachment_id=one.id, number=1)
    office.get("attachments.download", attachment_id=one.id, number=1)
    text = office.get("attachments.attachment", attachment_id=one.id).text
    seen = text[text.index("誰看過") :]
    assert seen.index("張雅婷") < seen.index("陳淑芬")
    assert "下載 第 1 版" in seen
    assert "預覽 第 1 版" in seen
    told = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.source == "attachments.preview")).one()
    assert told.actor == "陳淑芬"


def test_a_sensitive_file_is_opened_only_by_whoever_may_see_what_is_covered(
    app: Flask, attach: Attach, make_user: Callable[..., User], local: LocalStore
) -> None:
    secret, plain = attach(sensitive=True), attach(samples.png(), "a.png")
    president = Browser(app).as_(make_user("president"))
    page = president.get("attachments.attachment", attachment_id=secret.id)
    assert "不能開啟內容" in page.text
    assert not [link for link in page.links() if "/download" in link or "/preview" in link]
    president.get("attachments.download", status=422, attachment_id=secret.id, number=1)
    president.get("attachments.preview", status=422, attachment_id=secret.id, number=1)
    president.get("attachments.download", attachment_id=plain.id, number=1)


def test_the_picture_of_a_sensitive_file_is_not_drawn_unasked(office: Browser, attach: Attach) -> None:
    assert "<img" in office.get("attachments.attachment", attachment_id=attach(samples.png(), "a.png").id).html
    assert "<img" not in office.get("attachments.attachment", attachment_id=attach(samples.png(), "b.png", sensitive=True).id).html


def test_a_file_that_waits_for_the_scanner_is_open_to_whoever_added_it_only(
    office: Browser, attach: Attach, make_user: Callable[..., User]
) -> None:
    one = attach()
    with unit_of_work("test", "test"):
        one.newest.scan = WAITING
    other = Browser(office.app).as_(make_user("secretary_general"))
    office.get("attachments.download", attachment_id=one.id, number=1)
    assert "等待掃毒" in other.get("attachments.download", status=422, attachment_id=one.id, number=1).text
    with unit_of_work("test", "test"):
        one.newest.scan, one.newest.finding = INFECTED, "Eicar"
    for reader in (office, other):
        assert "Eicar" in reader.get("attachments.attachment", attachment_id=one.id).text
        reader.get("attachments.download", status=422, attachment_id=one.id, number=1)


def test_an_altered_content_is_not_handed_out(office: Browser, attach: Attach, local: LocalStore) -> None:
    one = attach()
    key = one.newest.key
    (local.folder / key[:2] / key[2:4] / key).write_bytes(samples.HTML)
    assert "遺失或已被改動" in office.get("attachments.download", status=422, attachment_id=one.id, number=1).text


# --- replacing and removing -------------------------------------------------------------------------------------------


def test_a_new_version_stands_first_and_the_old_one_stays_open(office: Browser, attach: Attach) -> None:
    one = attach()
    office.post("attachments.new_version", chosen((samples.png(), "新.png")), attachment_id=one.id)
    page = office.get("attachments.attachment", attachment_id=one.id)
    assert page.text.index("第 2 版") < page.text.index("第 1 版")
    assert office.get("attachments.download", attachment_id=one.id, number=1).response.data == samples.pdf()
    assert office.get("attachments.download", attachment_id=one.id, number=2).response.data == samples.png()
    office.get("attachments.download", status=404, attachment_id=one.id, number=3)
    assert "SVG" in refused(office.post("attachments.new_version", chosen((samples.SVG, "a.png")), status=422, attachment_id=one.id))


def test_removal_asks_why_keeps_the_history_and_can_be_undone(office: Browser, attach: Attach, member: Ref) -> None:
    one = attach()
    assert "30 天內可以取回" in office.get("attachments.remove", attachment_id=one.id).text
    assert "原因" in office.post("attachments.remove", {"why": " "}, status=422, attachment_id=one.id).error("why")
    office.post("attachments.remove", {"why": "附錯會員"}, attachment_id=one.id)
    assert files_of(member) == []
    page = office.get("attachments.attachment", attachment_id=one.id)
    assert "附錯會員" in page.text
    office.get("attachments.download", status=422, attachment_id=one.id, number=1)
    for endpoint in ("attachments.remove", "attachments.new_version"):
        office.get(endpoint, status=404, attachment_id=one.id)
    assert "掃描" in office.get("attachments.add", kind="person", ref_id=member.id).text
    office.post("attachments.bring_back", attachment_id=one.id)
    assert files_of(member) == ["掃描"]
    office.post("attachments.bring_back", status=404, attachment_id=one.id)


# --- whoever guesses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["director", "member", "administrator"])
def test_files_of_a_record_that_one_may_not_see_do_not_exist(
    app: Flask, attach: Attach, member: Ref, make_user: Callable[..., User], role: str
) -> None:
    one, stranger = attach(), Browser(app).as_(make_user(role))
    for endpoint in ("attachments.attachment", "attachments.new_version", "attachments.remove"):
        stranger.get(endpoint, status=404, attachment_id=one.id)
    for endpoint in ("attachments.download", "attachments.preview"):
        stranger.get(endpoint, status=404, attachment_id=one.id, number=1)
    stranger.get("attachments.add", status=404, kind="person", ref_id=member.id)
    stranger.post("attachments.add", chosen((samples.pdf(), "a.pdf")), status=404, kind="person", ref_id=member.id)
    stranger.post("attachments.remove", {"why": "x"}, status=404, attachment_id=one.id)
    assert files_of(member) == ["掃描"]


def test_whoever_only_reads_the_record_changes_none_of_its_files(
    app: Flask, attach: Attach, member: Ref, make_user: Callable[..., User]
) -> None:
    one, reader = attach(), Browser(app).as_(make_user("president"))
    page = reader.get("members.person", person_id=member.id)
    assert "掃描" in page.text
    assert f"/attachments/add/person/{member.id}" not in page.links()
    for endpoint in ("attachments.new_version", "attachments.remove"):
        reader.get(endpoint, status=404, attachment_id=one.id)
    reader.post("attachments.bring_back", status=404, attachment_id=one.id)
    reader.get("attachments.add", status=404, kind="person", ref_id=member.id)


@pytest.mark.parametrize(("kind", "number"), [("person", 99), ("nothing", 1), ("attachment", 1), ("unit", 1)])
def test_a_file_cannot_hang_on_what_is_not_there_or_takes_none(office: Browser, attach: Attach, kind: str, number: int) -> None:
    attach()
    office.get("attachments.add", status=404, kind=kind, ref_id=number)


def test_a_clerk_of_one_unit_meets_only_that_units_files(
    app: Flask, attach: Attach, member: Ref, make_user: Callable[..., User]
) -> None:
    from unionops.members.services import structure

    one = attach()
    with unit_of_work("test", "test"):
        unit = structure.add_unit(name="第二組")
        db.session.flush()
        scope = Ref("unit", unit.id)
    clerk = Browser(app).as_(make_user("staff", scope=scope))
    clerk.get("attachments.attachment", status=404, attachment_id=one.id)
    clerk.get("attachments.download", status=404, attachment_id=one.id, number=1)


def test_the_unions_own_record_takes_files_too(app: Flask, local: LocalStore, make_user: Callable[..., User]) -> None:
    from unionops.core.union import services as union

    with unit_of_work("test", "test"):
        union.edit_record(name="測試職業工會", kind="occupational", authority="臺中市政府勞工局", today=clock.today())
    chief, clerk = (Browser(app).as_(make_user(role)) for role in ("secretary_general", "staff"))
    chief.post("attachments.add", chosen((samples.pdf(), "登記證書.pdf")), kind="union_record", ref_id=1)
    assert "登記證書" in clerk.get("union.record").text
    assert files_of(Ref("union_record", 1)) == ["登記證書"]
    number = db.session.scalars(sa.select(AttachmentVersion.attachment_id)).one()
    clerk.get("attachments.download", attachment_id=number, number=1)
    clerk.get("attachments.remove", status=404, attachment_id=number)


def test_files_are_found_by_their_titles_by_whoever_sees_the_record(
    app: Flask, attach: Attach, make_user: Callable[..., User], local: LocalStore
) -> None:
    from unionops.core import refs, search

    attach(samples.pdf(), "入會申請書.pdf")
    gone = attach(samples.png(), "申請附錯.png")
    with unit_of_work("test", "test"):
        services.remove(gone, why="附錯", by=None, now=clock.now())
    hit = search.matching("attachment", "申請")
    assert hit is not None
    found = db.session.scalars(hit).all()
    assert len(found) == 1
    pointer = Ref("attachment", found[0])
    with app.test_request_context():
        assert refs.look_up([pointer], make_user("staff"))[pointer].title == "入會申請書"
        assert not refs.look_up([pointer], make_user("director"))[pointer].visible


@pytest.mark.parametrize(("kind", "screen", "adds", "only_sees"), [
    ("survey", "surveys.survey", "staff", "president"),
    ("appointment", "calendar.appointment", "staff", "director"),
])
def test_files_stand_on_questionnaires_and_appointments(
    app: Flask, local: LocalStore, make_user: Callable[..., User], kind: str, screen: str, adds: str, only_sees: str
) -> None:
    from datetime import timedelta

    from unionops.core.calendar import services as calendar
    from unionops.surveys.services import making

    writer, reader, outsider = make_user(adds), make_user(only_sees), make_user("member")
    with unit_of_work("test", "test"):
        made: Any
        if kind == "survey":
            made = making.make(title="秋季講座滿意度", template="course")
        else:
            starts = clock.now() + timedelta(days=2)
            made = calendar.add_appointment(
                title="理事會", starts_at=starts, ends_at=starts + timedelta(hours=2), owner=writer, attendees=[reader], today=clock.today()
            )
        db.session.flush()
        pointer = Ref(kind, made.id)
    mine, theirs, others = (Browser(app).as_(one) for one in (writer, reader, outsider))
    mine.post("attachments.add", chosen((samples.pdf(), "議程.pdf")), kind=kind, ref_id=pointer.id)
    number = db.session.scalars(sa.select(Attachment.id)).one()
    place, add = {f"{kind}_id": pointer.id}, f"/attachments/add/{kind}/{pointer.id}"
    assert add in mine.get(screen, **place).links()
    seen = theirs.get(screen, **place)
    assert "議程" in seen.text
    assert add not in seen.links()
    theirs.get("attachments.download", attachment_id=number, number=1)
    theirs.get("attachments.add", status=404, kind=kind, ref_id=pointer.id)
    others.get("attachments.attachment", status=404, attachment_id=number)
    others.get("attachments.add", status=404, kind=kind, ref_id=pointer.id)
