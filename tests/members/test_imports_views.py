"""The screens of the import: the whole way through them, what they refuse, and that nothing of a file runs on a page."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest
import sqlalchemy as sa

from tests.browsing import XHTML, Browser, Page
from tests.conftest import statements
from tests.members.rosters import EXPECTED, OFFICE, all_rows, applied, brought_in, csv_file, row, staged
from unionops.core import clock
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db
from unionops.members.models import Note, Person, RosterImport
from unionops.members.queries import imports as queries
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")


@pytest.fixture
def office(browser: Browser, make_user) -> Browser:
    return browser.as_(make_user("staff", name="張雅婷"))


def sent(page: Page) -> dict[str, str]:
    """The fields of a page as a browser would send them back."""
    data = {}
    for tag in ("input", "select", "textarea"):
        for element in page.tree.iter(XHTML + tag):
            name = element.get("name")
            if name and name not in ("csrf_token", "reread") and element.get("type") not in ("checkbox", "radio"):
                data[name] = page.value(name)
    return data


def upload(office: Browser, data: bytes, name: str, status: int = 302) -> Page:
    return office.post("members.start_import", {"file": (io.BytesIO(data), name)}, status=status)


def latest() -> RosterImport:
    db.session.expire_all()
    return db.session.scalars(sa.select(RosterImport).order_by(RosterImport.id.desc())).first()


# The way through -------------------------------------------------------------------------------------------------------


def test_from_the_file_to_the_members_and_back(office):
    assert "還沒有匯入過名冊" in office.get("members.imports").text
    office.get("members.start_import")
    page = upload(office, (OFFICE / "roster.xlsx").read_bytes(), "roster.xlsx")
    batch = latest()
    assert page.location == f"/members/imports/{batch.id}/columns"
    mapping = office.get("members.import_mapping", import_id=batch.id)
    assert mapping.value("col_0_3") == "id_number"
    assert mapping.value("role_1") == "left"
    assert "隱藏欄" in mapping.text
    page = office.post("members.import_mapping", {**sent(mapping), "as_of": "115/3/25"}, import_id=batch.id)
    preview = office.get(page.location)
    for text in ("新增 1,254", "退件 22", "待決定 10", "含已出會 105 人"):
        assert text in preview.text
    for kind in ("refused", "duplicate", "created", "left", "folded", "skipped"):
        office.get("members.import_preview", import_id=batch.id, kind=kind)
    wrong = office.get("members.import_preview", import_id=batch.id, kind="refused", code="date_impossible")
    assert "F228「68/13/5」" in wrong.text
    assert "共 2 筆" in wrong.text
    found = office.get("members.import_preview", import_id=batch.id, q="曹金輝")
    assert "第 228 列" in found.text

    line = office.get("members.import_row", import_id=batch.id, sheet=0, number=228)
    assert line.value("cell_5") == "68/13/5"
    office.post("members.import_row", {**sent(line), "cell_5": "68/12/5"}, import_id=batch.id, sheet=0, number=228)
    line = office.get("members.import_row", import_id=batch.id, sheet=0, number=228)
    assert "新增" in line.text
    assert "檔案上是「68/13/5」" in line.text

    double = office.get("members.import_row", import_id=batch.id, sheet=0, number=315)
    office.post(
        "members.decide_import_row", {"seen": double.value("seen"), "decision": "this"}, import_id=batch.id, sheet=0, number=315
    )
    confirm = office.get("members.apply_import", import_id=batch.id)
    assert "匯入 1,255 列" in confirm.text
    page = office.post("members.apply_import", {"seen": confirm.value("seen")}, import_id=batch.id)
    assert "還有 30 列沒有寫入" in office.get(page.location).text
    names = set(db.session.scalars(sa.select(Person.name)))
    assert {"曹金輝", "林彥翰"} <= names
    assert "賴彥翰" not in names
    assert "已匯入" in office.get("members.imports").text
    assert "拿檔案再比對" in office.get("members.import_preview", import_id=batch.id).text

    page = office.get("members.undo_import", import_id=batch.id)
    assert "移除這次新增的 1,255 人" in page.text
    page = office.post("members.undo_import", import_id=batch.id)
    assert "回到匯入之前" in office.get(page.location).text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_row_is_left_out_and_restored(office):
    batch = staged(csv_file([row(1), row(2, "陳志明")]))
    where = {"import_id": batch.id, "sheet": 0, "number": 2}
    seen = office.get("members.import_row", **where).value("seen")
    office.post("members.decide_import_row", {"act": "leave", "seen": seen}, **where)
    page = office.get("members.import_row", **where)
    assert "這一列不匯入" in page.text
    assert "不匯入 1" in office.get("members.import_preview", import_id=batch.id).text
    office.post("members.decide_import_row", {"act": "restore", "seen": page.value("seen")}, **where)
    assert queries.preview(latest()).counts["created"] == 2


def test_a_decision_must_be_one_of_those_asked(office):
    batch = staged(csv_file([row(1), row(1, "陳志明")]))
    where = {"import_id": batch.id, "sheet": 0, "number": 3}
    page = office.get("members.import_row", **where)
    for wrong in ({}, {"decision": "rename"}, {"decision": "nonsense"}):
        office.post("members.decide_import_row", {"seen": page.value("seen"), **wrong}, status=422, **where)


def test_the_repair_file_comes_back_and_finds_its_mapping(office):
    data = (OFFICE / "roster.xlsx").read_bytes()
    batch = staged(data, "roster.xlsx")
    page = office.get("members.import_repair_file", import_id=batch.id)
    assert page.response.headers["Content-Disposition"].startswith("attachment")
    sheet = openpyxl.load_workbook(io.BytesIO(page.response.data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][-2:] == ("列號", "退件原因")
    assert len(rows) == 1 + 22 + 10
    assert any("出生日期：沒有這一天" in str(one[-1]) for one in rows)
    upload(office, page.response.data, "roster-待修.xlsx")
    assert queries.preview(latest()).counts["refused"] == 22


# The same file, two tabs -----------------------------------------------------------------------------------------------


def test_the_same_file_again_says_when_and_by_whom(office):
    data = csv_file([row(1), row(2)])
    upload(office, data, "a.csv")
    first = latest()
    assert upload(office, data, "a.csv").location == f"/members/imports/{first.id}"  # Not applied yet: go on with it.
    seen = office.get("members.apply_import", import_id=first.id).value("seen")
    office.post("members.apply_import", {"seen": seen}, import_id=first.id)
    upload(office, data, "a.csv")
    again = latest()
    assert again.id != first.id
    assert "由 張雅婷 匯入過" in office.get("members.import_mapping", import_id=again.id).text
    changed = staged(csv_file([row(1, 手機="0911000000"), row(2)]))
    assert "匯入過" not in office.get("members.import_preview", import_id=changed.id).text


def test_importing_the_same_file_again_must_be_meant(office):
    data = csv_file([row(1)])
    first = brought_in(data)
    from tests.members.rosters import undone

    undone(first)
    second = brought_in(data)  # The earlier one was undone: nothing to ask.
    assert second.state == "read" or latest().state == "applied"
    brought_in(csv_file([row(1, 手機="0911000000")]))
    third = staged(data)
    seen = office.get("members.apply_import", import_id=third.id).value("seen")
    page = office.post("members.apply_import", {"seen": seen}, import_id=third.id, status=422)
    assert "已經匯入過" in page.text
    office.post("members.apply_import", {"seen": seen, "again": "y"}, import_id=third.id)
    assert db.session.scalars(sa.select(Person.mobile)).one() == "0900000001"


def test_a_preview_that_no_longer_holds_is_a_clash(office):
    batch = staged(csv_file([row(1), row(2, "陳志明")]))
    seen = office.get("members.apply_import", import_id=batch.id).value("seen")
    where = {"import_id": batch.id, "sheet": 0, "number": 2}
    token = office.get("members.import_row", **where).value("seen")
    office.post("members.decide_import_row", {"act": "leave", "seen": token}, **where)
    page = office.post("members.apply_import", {"seen": seen}, import_id=batch.id, status=409)
    assert "/members/imports/" in page.html
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    office.post("members.apply_import", {"seen": "made-up"}, import_id=batch.id, status=409)


def test_a_row_corrected_in_another_tab_is_a_clash(office):
    batch = staged(csv_file([row(1, 出生日期="75/2/30")]))
    where = {"import_id": batch.id, "sheet": 0, "number": 2}
    page = office.get("members.import_row", **where)
    office.post("members.import_row", {**sent(page), "cell_3": "75/2/28"}, **where)
    office.post("members.import_row", {**sent(page), "cell_3": "75/2/1"}, status=409, **where)
    assert queries.corrections_of(latest()) == {"!2": {"cells": {"3": "75/2/28"}}}


def test_a_double_click_imports_once(office):
    batch = staged(csv_file([row(1)]))
    seen = office.get("members.apply_import", import_id=batch.id).value("seen")
    for _ in range(2):
        page = office.post("members.apply_import", {"seen": seen}, import_id=batch.id, once="the-same-key-twice-00000")
        assert page.location == f"/members/imports/{batch.id}/result"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1


# Files that cannot be read ---------------------------------------------------------------------------------------------


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (300 * 2**20))
    return file.getvalue()


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"%PDF-1.7 not a table", "roster.xlsx", "內容卻是"),
        (b"PK\x03\x04" + b"\0" * 50, "roster.xlsx", ""),
        (b"", "roster.csv", "空的"),
        (LOCKED, "roster.xlsx", "密碼"),
        ("今天天氣晴，無風。\n明天陰。\n".encode(), "weather.txt", "名冊"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "roster.png", "不是表格"),
    ],
    ids=["pdf", "broken", "empty", "password", "no-roster", "picture"],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(office, data, name, words):
    page = upload(office, data, name, status=422)
    assert words in page.error("file")
    assert page.error("file")
    assert db.session.scalars(sa.select(RosterImport)).all() == []


def test_a_bomb_is_not_opened(office):
    page = upload(office, bomb(), "roster.xlsx", status=422)
    assert page.error("file")
    assert db.session.scalars(sa.select(RosterImport)).all() == []


def test_no_file_at_all(office):
    assert office.post("members.start_import", {}, status=422).error("file") == "請選擇檔案。"


def test_a_file_of_sixty_megabytes_is_refused_also_when_it_is_cut_off(office):
    body = io.BytesIO(b"only the beginning is ever sent")
    answer = office.client.post(
        office.address("members.start_import"), input_stream=body, content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(60 * 2**20)},
    )
    assert answer.status_code == 413
    assert "檔案太大" in answer.get_data(as_text=True)
    assert db.session.scalars(sa.select(RosterImport)).all() == []


def test_big5_with_bytes_that_are_no_character(office):
    good = csv_file([row(1), row(2, "陳志明"), row(3, "許功蓋")], encoding="cp950")
    broken = good.replace("陳志明".encode("cp950"), "陳".encode("cp950") + b"\xff\xfe" + "明".encode("cp950"))
    assert upload(office, broken, "名冊.csv").status == 302
    batch = latest()
    assert batch.encoding in ("cp950", "big5hkscs", "big5")
    preview = queries.preview(batch)
    assert preview.counts["refused"] == 1
    assert preview.counts["created"] == 2
    where = {"import_id": batch.id, "sheet": 0, "number": 3}
    page = office.get("members.import_row", **where)
    office.post("members.import_row", {**sent(page), "cell_1": "陳志明", "checked": "y"}, **where)
    assert queries.preview(latest()).counts["created"] == 3


def test_another_encoding_can_be_chosen_and_a_wrong_one_is_said(office):
    batch = staged(csv_file([row(1)], encoding="cp950"))
    page = office.get("members.import_mapping", import_id=batch.id)
    office.post("members.import_mapping", {**sent(page), "encoding": "utf-8", "reread": "1"}, import_id=batch.id, status=422)
    assert latest().encoding == batch.encoding


def test_a_list_without_heading_is_read_by_its_content_and_pointed_out(office):
    data = csv_file([row(n, "陳志明") for n in range(1, 9)], headings=row(99))
    upload(office, data, "a.csv")
    page = office.get("members.import_mapping", import_id=latest().id)
    assert "沒有標題列" in page.text
    assert page.value("col_0_1") == "name"
    assert page.value("col_0_2") == "id_number"


ODD = "代號;稱呼;證件;年資\n00001;林佳慧;{};3\n00002;陳志明;{};4\n"


def pointing(page: Page, head: str, **more: str) -> dict[str, str]:
    return {**sent(page), "head_0": head, **more}


def test_somebody_points_at_the_heading_where_none_was_recognised(office):
    """The row is chosen among the first ones as they were read, its columns are looked at, and the next file of the form is known."""
    upload(office, ODD.format("abc1", "abc2").encode(), "外包.csv")
    first = latest()
    where = {"import_id": first.id}
    page = office.get("members.import_mapping", **where)
    assert "沒有找到會員名冊的標題列" in page.text
    assert "第 1 列：代號 ｜ 稱呼 ｜ 證件 ｜ 年資" in page.text
    assert "第 3 列：00002 ｜ 陳志明" in page.text
    assert office.get("members.import_preview", status=302, **where).location.endswith("/columns")
    office.post("members.import_mapping", {**sent(page), "head_0": "-"}, status=422, **where)
    assert office.post("members.import_mapping", pointing(page, "1"), **where).location.endswith("/columns")
    page = office.get("members.import_mapping", **where)
    assert "標題列已經改了" in page.text
    assert page.value("role_0") == "members"
    office.post("members.import_mapping", pointing(page, "1", col_0_1=""), status=422, **where)
    chosen = pointing(page, "1", col_0_0="member_no", col_0_1="name", col_0_2="id_number")
    assert "columns" not in office.post("members.import_mapping", chosen, **where).location
    assert [line.number for line in queries.preview(latest()).lines] == [2, 3]

    upload(office, ODD.format("abc3", "abc4").encode(), "外包下個月.csv")
    plan = queries.preview(latest()).plans[0]
    assert (plan.heading, plan.table.mapping.column("name"), plan.table.mapping.column("id_number")) == ((1, 1), 1, 2)


def test_a_heading_that_was_taken_wrongly_is_moved_and_not_remembered(office):
    data = csv_file([["99999", "林佳慧", "", "舊會員編號", "", "", "", "", "", ""], ["No", "Person", *[""] * 8], row(1), row(2, "陳志明")])
    upload(office, data, "名冊.csv")
    where = {"import_id": latest().id}
    page = office.get("members.import_mapping", **where)
    assert queries.preview(latest()).plans[0].heading == (1, 1)
    office.post("members.import_mapping", pointing(page, "1", as_of="115/3/25"), **where)
    moved = office.post("members.import_mapping", pointing(page, "1", lines_0="3", as_of="115/3/25"), **where)
    page = office.get(moved.location)
    assert queries.preview(latest()).plans[0].heading == (1, 3)
    office.post("members.import_mapping", pointing(page, "1", as_of="115/3/25"), **where)
    assert [line.number for line in queries.preview(latest()).lines] == [4, 5]
    upload(office, data + b"\r\n", "名冊.csv")
    assert queries.preview(latest()).plans[0].heading == (1, 3)


def test_a_list_can_be_said_to_have_no_heading(office):
    upload(office, ODD.format("abc1", "abc2").encode(), "外包.csv")
    where = {"import_id": latest().id}
    page = office.get("members.import_mapping", **where)
    office.post("members.import_mapping", pointing(page, "0"), **where)
    page = office.get("members.import_mapping", **where)
    office.post("members.import_mapping", pointing(page, "0", col_0_1="name"), **where)
    assert [line.number for line in queries.preview(latest()).lines] == [1, 2, 3]
    for head in ("77", "x", "-1"):
        office.post("members.import_mapping", pointing(page, head), status=422, **where)


def test_the_thirtieth_of_february(office):
    batch = staged(csv_file([row(1, 出生日期="75/2/30")]))
    page = office.get("members.import_preview", import_id=batch.id)
    assert "出生日期：沒有這一天" in page.text
    assert "D2「75/2/30」" in page.text
    page = office.get("members.apply_import", import_id=batch.id)
    office.post("members.apply_import", {"seen": page.value("seen")}, import_id=batch.id, status=422)


# Odd rows --------------------------------------------------------------------------------------------------------------


def test_odd_rows_from_end_to_end(office):
    data = (OFFICE / "naughty.csv").read_bytes()
    source = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    upload(office, data, "naughty.csv")
    batch = latest()
    assert "標題「姓名」重複出現" in office.get("members.import_mapping", import_id=batch.id).text
    pages = [office.get("members.import_preview", import_id=batch.id, size=100)]
    assert len(max(pages[0].text.split(), key=len)) < 400, "a name of 10,000 characters is shown by its beginning"
    preview = queries.preview(batch)
    for line in preview.lines:
        pages.append(office.get("members.import_row", import_id=batch.id, sheet=0, number=line.number))
    for page in pages:
        scripts = [one for one in page.tree.iter(f"{XHTML}script") if "/assets/" not in (one.get("src") or "")]
        assert not scripts
        assert "<img" not in page.html
    counts = applied(batch, clock.today())
    expected = EXPECTED["naughty.csv"]["rows"]
    assert counts["created"] >= sum(one["expect"] == "accept" for one in expected)
    for line in preview.lines:
        if line.kind in ("refused", "duplicate"):
            assert [one for one in line.findings if not one.is_silent]
    written = {line.verdict.record for line in preview.lines if line.kind == "created"}
    names, notes = set(db.session.scalars(sa.select(Person.name))), set(db.session.scalars(sa.select(Note.text)))
    for case in expected:
        if case["expect"] == "accept":
            assert case["record"] in written
        if case["record"] in written and not set(case["codes"]) - {"formula", "markup", "sql", "template", "path"}:
            cells = source[case["record"]]
            assert any(cells[1].strip() == name or "".join(cells[1].split()) == name.replace(" ", "") for name in names), case
            assert not cells[9].strip() or any(cells[9].strip() in note for note in notes), case
    office.get("members.import_result", import_id=batch.id)
    exported = office.get("members.import_repair_file", import_id=batch.id).response.data
    for cells in csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline="")):
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


# Who may ---------------------------------------------------------------------------------------------------------------

SCREENS = ("import_mapping", "import_preview", "import_repair_file", "apply_import", "import_result", "undo_import", "drop_import")


@pytest.mark.parametrize("role", ["director", "accountant", "auditor", "administrator"])
def test_without_permission(browser, make_user, role):
    batch = staged(csv_file([row(1)]))
    nobody = browser.as_(make_user(role))
    for name in ("imports", "start_import"):
        nobody.get(f"members.{name}", status=403)
    for name in SCREENS:
        nobody.get(f"members.{name}", import_id=batch.id, status=403)
    nobody.get("members.import_row", import_id=batch.id, sheet=0, number=2, status=403)
    nobody.post("members.apply_import", {"seen": "x"}, import_id=batch.id, status=403)


def test_who_is_limited_to_a_unit_may_not_import(browser, make_user):
    batch = staged(csv_file([row(1)]))
    clerk = browser.as_(make_user("staff", scope=Ref("unit", 1)))
    clerk.get("members.imports", status=403)
    clerk.get("members.import_preview", import_id=batch.id, status=403)
    clerk.post("members.start_import", {"file": (io.BytesIO(csv_file([row(2)])), "a.csv")}, status=403)


def test_an_import_that_is_not_there(office):
    for name in SCREENS:
        office.get(f"members.{name}", import_id=99, status=404)
    batch = staged(csv_file([row(1)]))
    for sheet, number in ((0, 99), (7, 2)):
        office.get("members.import_row", import_id=batch.id, sheet=sheet, number=number, status=404)


def test_what_is_over_leads_to_its_result(office):
    batch = brought_in(csv_file([row(1)]))
    for name in ("import_mapping", "apply_import", "drop_import"):
        assert office.get(f"members.{name}", import_id=batch.id, status=302).location == f"/members/imports/{batch.id}/result"
    waiting = staged(csv_file([row(2)]))
    office.get("members.drop_import", import_id=waiting.id)
    office.post("members.drop_import", import_id=waiting.id)
    assert "內容已經刪除" in office.get("members.import_result", import_id=waiting.id).text


def test_an_undo_that_something_depends_on_names_it(office, make_user):
    from unionops.core.db import unit_of_work
    from unionops.members.services import people

    batch = brought_in(csv_file([row(1, "林佳慧")]))
    with unit_of_work("陳淑芬", "test"):
        people.add_note(db.session.scalars(sa.select(Person)).one(), "改電話", author="陳淑芬")
    before = all_rows()
    assert "林佳慧 的資料在匯入後又更動過" in office.get("members.undo_import", import_id=batch.id).text
    assert "林佳慧" in office.post("members.undo_import", import_id=batch.id, status=422).text
    assert all_rows() == before


def test_reading_a_preview_is_logged_and_identity_numbers_are_masked(office):
    batch = staged(csv_file([row(1)]))
    page = office.get("members.import_preview", import_id=batch.id)
    assert row(1)[2] not in page.text
    assert "*" in page.text
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "read").order_by(AuditEntry.id.desc())).first()
    assert entry.source == "members.import_preview"
    assert page.response.headers["Cache-Control"] == "no-store"


def test_a_preview_costs_the_same_statements_for_few_rows_and_many(app, office):
    few, many = staged(csv_file([row(n) for n in range(1, 4)])), staged(csv_file([row(n) for n in range(10, 400)]), "b.csv")
    office.get("members.imports")
    seen = []
    for batch in (few, many):
        with statements(app) as told:
            office.get("members.import_preview", import_id=batch.id)
        seen.append(len(told))
    assert seen[0] == seen[1]

