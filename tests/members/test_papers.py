"""The printed papers as their readers find them: the file, the screen, the code on a card."""

from __future__ import annotations

import errno
import io
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.browsing import Browser
from tests.conftest import statements
from unionops.core import clock
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.documents import Document, render, serving
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.core.union.models import Union
from unionops.law.union_act import UnionKind
from unionops.members.documents import roster as documents
from unionops.members.documents.roster import PAPERS, Occasion
from unionops.members.models import Membership, Person
from unionops.members.queries import papers as reads
from unionops.members.rules.membership import LeaveReason, MemberClass
from unionops.members.services import people, structure
from unionops.values.refs import Ref

UNION = "臺中市展演設備技術人員職業工會"
RARE = "䶮𠮷堃峯"
LOST = "\U0003134f"
"""A character of Unicode 15 that the packaged typeface does not have."""
IDS = ("A123456789", "B234567894")


def pdf_words(data: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def sheet(data: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def line(n: int = 1, **more: object) -> SimpleNamespace:
    usual = {
        "id": n, "number": f"{n:05d}", "name": f"王小明{n}", "joined_on": date(2020, 3, 1), "left_on": None, "mail_address": "407台中市西屯區文心路1號",
        "home_address": "臺北市中正區重慶南路一段122號", "phone": "0422220000", "mobile": "0912345678", "sex": "M", "birth_on": date(1980, 2, 3),
        "id_number": "A123456789", "trade": "音響", "job": "", "unit": "第一組", "member_class": MemberClass.REGULAR,
    }
    return SimpleNamespace(**(usual | more))


def occasion(**more: object) -> Occasion:
    return Occasion(**({"union": UNION, "kind": UnionKind.OCCUPATIONAL, "today": date(2026, 11, 22), "scope": "在籍會員",
                        "verify_address": f"https://union.example/members/verify/{documents.PLACE_OF_TOKEN}"} | more))


@pytest.fixture
def union(app):
    with unit_of_work("test", "test"):
        db.session.add(Union(name=UNION, short_name="展演工會", kind="occupational"))


@pytest.fixture
def add(app, union):
    """``add("陳喆", id_number=…)`` → the new member's person."""

    def made(name: str, **more: object) -> Person:
        today = clock.today()
        with unit_of_work("test", "test"):
            return people.add_member(**({"today": today, "name": name, "joined_on": today - timedelta(days=800), "mobile": "0912345678",
                                         "mail_address": "407臺中市西屯區文心路12號", "home_address": "臺中市北區三民路9號", "trade": "音響"} | more))

    return made


@pytest.fixture
def staff(browser, make_user):
    return browser.as_(make_user("staff"))


def membership(person: Person) -> Membership:
    return db.session.scalars(db.select(Membership).where(Membership.person_id == person.id)).one()


def acts(action: str) -> list[dict]:
    db.session.rollback()
    return [act["params"] for entry in db.session.scalars(db.select(AuditEntry)) for act in entry.acts if act["action"] == action]


# --- what stands on the papers ----------------------------------------------------------------------------------------


def test_the_filing_roster_has_the_columns_of_the_authority_and_no_more(app):
    lines = [line(n) for n in range(1, 61)]
    pages = pdf_words(render(documents.roster("roster_filing", lines, occasion(total=60)), "pdf").data)
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"第{number}頁，共{len(pages)}頁" in text
    for text in pages[:-1]:
        assert "序號姓名通訊地址電話行動電話" in text
    assert UNION in pages[0]
    assert "截至115/11/22在籍會員共60人" in pages[0]
    assert "製表總幹事理事長" in pages[-1]
    whole = "".join(pages)
    assert "407台中市西屯區文心路1號" in whole
    assert "A123456789" not in whole
    assert "69/02/03" not in whole
    assert "音響" not in whole


@pytest.mark.parametrize("whole", [False, True])
def test_the_insurance_roster_shows_identity_numbers_only_when_opened(app, whole):
    text = "".join(pdf_words(render(documents.roster("roster_insurance", [line()], occasion(total=1, whole=whole)), "pdf").data))
    assert ("A123456789" in text) is whole
    assert ("A1******89" in text) is not whole
    assert ("69/02/03" in text) is whole
    for head in ("姓名", "性別", "出生年月日", "住址", "身分證統一編號", "入會日期", "工作種類"):
        assert head in text
    assert "0912345678" not in text


def test_the_office_roster_masks_the_telephone_and_has_no_address(app):
    text = "".join(pdf_words(render(documents.roster("roster_office", [line()], occasion(total=1)), "pdf").data))
    assert "0912***678" in text
    assert "第一組" in text
    assert "正式會員" in text
    assert "文心路" not in text
    assert "0912345678" not in text


def test_the_roster_as_a_spreadsheet_keeps_dates_and_leading_zeros(app):
    rows = sheet(render(documents.roster("roster_office", [line(), line(2, name=f"陳{RARE}")], occasion(total=2)), "ods").data)
    head = next(at for at, row in enumerate(rows) if row[:3] == ["序號", "會員編號", "姓名"])
    assert rows[head + 1][:3] == [1, "00001", "王小明1"]
    assert rows[head + 2][2] == f"陳{RARE}"
    assert rows[head + 1][6] == date(2020, 3, 1)


def test_names_with_rare_characters_are_readable_and_lost_ones_are_told(app):
    assert render(documents.roster("roster_office", [line(name=f"陳{RARE}"), line(name="噶造‧都蘭"), line(name="=1+1")], occasion()), "pdf").complete
    shown = serving.preview(documents.roster("roster_office", [line(name=f"王{LOST}")], occasion(total=1)))
    assert shown.missing == (LOST,)


def test_what_is_missing_is_told_by_name(app):
    lines = [line(), line(2, mail_address="", home_address=""), line(3, mobile="")]
    assert documents.gaps("roster_filing", lines) == {"通訊地址": ["王小明2"], "行動電話": ["王小明3"]}
    assert documents.gaps("roster_insurance", [line(id_number=None, trade="", job="")]) == {"身分證統一編號": ["王小明1"], "工作種類": ["王小明1"]}
    assert documents.gaps("labels", lines) == {"地址": ["王小明2"]}
    assert documents.gaps("cards", lines) == {}


def test_cards_are_for_members_in_force_and_begin_where_the_sheet_is_free(app):
    lines = [line(), line(2, left_on=date(2026, 11, 22)), line(3, left_on=date(2026, 11, 23)), line(4, joined_on=date(2027, 1, 1))]
    made = documents.cards(lines, occasion(), issued_on=date(2026, 11, 22), start=10)
    pages = pdf_words(render(made, "pdf").data)
    assert len(pages) == 2
    assert "王小明1" in pages[0]
    assert "王小明3" in pages[1]
    for text in pages:
        assert "王小明2" not in text
        assert "王小明4" not in text
        assert "0912345678" not in text
    assert "發證日期115/11/22" in pages[0]
    assert "正式會員" in pages[0]
    assert [row[0] for row in sheet(render(made, "ods").data) if row[0] in ("王小明1", "王小明3")] == ["王小明1", "王小明3"]


def test_a_card_carries_an_address_and_no_personal_data(app):
    card = documents.cards([line(7)], occasion(), issued_on=date(2026, 11, 22)).blocks[0].cards[0]
    assert card.qr.startswith(b"<?xml") or b"<svg" in card.qr
    assert reads.card_token(7).startswith("7.")
    assert len(reads.card_token(7)) < 60


def test_labels_give_the_postcode_its_own_line_and_the_salutation_asked(app):
    lines = [line(), line(2, sex="F", mail_address="", home_address="100007 臺北市中正區"), line(3, sex="", mail_address="3段5號"),
             line(4, mail_address="", home_address="")]
    made = documents.labels(lines, sheet="3x8", start=23).blocks[0]
    assert made.labels == [
        ["407", "台中市西屯區文心路1號", "王小明1　先生　收"], ["100007", "臺北市中正區", "王小明2　女士　收"], ["3段5號", "王小明3　君　收"]]
    pages = pdf_words(render(Document("地址標籤", [made]), "pdf").data)
    assert len(pages) == 2
    assert "王小明3君收" in pages[1]
    assert documents.labels([line()], salutation="none").blocks[0].labels[0][-1] == "王小明1　收"
    assert documents.labels([line()], salutation="neutral", address="home").blocks[0].labels[0] == ["臺北市中正區重慶南路一段122號", "王小明1　君　收"]


@pytest.mark.parametrize("sheet_key", list(documents.SHEETS))
def test_every_label_sheet_fits_the_paper(app, sheet_key):
    made = documents.labels([line(n) for n in range(documents.places_on(sheet_key) + 1)], sheet=sheet_key, outlines=True)
    assert len(PdfReader(io.BytesIO(render(made, "pdf").data)).pages) == 2


@given(joined=st.integers(0, 40), left=st.integers(0, 40), before=st.integers(0, 2000))
def test_the_yearly_lists_add_up(joined, left, before):
    came = [SimpleNamespace(number=f"{n}", name="甲", joined_on=date(2025, 5, 1), joined_by="", has_returned=n == 0) for n in range(joined)]
    went = [SimpleNamespace(number=f"{n}", name="乙", left_on=date(2025, 6, 1), left_reason=LeaveReason.RETIRED) for n in range(left)]
    made = documents.movements(came, went, occasion(), first=date(2025, 1, 1), last=date(2025, 12, 31), before=before, most=5)
    figures = dict(made.blocks[0].rows)
    assert figures["期末在籍"] == f"{before + joined - left:,} 人"
    assert made.subtitle.startswith("114 年度")
    headings = [block.text for block in made.blocks if isinstance(block, documents.Heading)]
    assert headings == [f"入會名冊（{joined} 人）", f"出會名冊（{left} 人）"]
    assert all(len(list(block.rows)) <= 5 for block in made.blocks if isinstance(block, documents.Table))


@pytest.mark.parametrize("at_work", [True, False])
def test_the_application_fits_one_page_and_carries_the_privacy_notice(app, at_work):
    pages = pdf_words(render(documents.application(occasion(), at_work=at_work), "pdf").data)
    assert len(pages) == 1
    assert "個人資料保護法第8條" in pages[0]
    assert ("代扣會費" in pages[0]) is at_work
    assert ("隨同健保眷屬" in pages[0]) is not at_work


# --- the screens ------------------------------------------------------------------------------------------------------


def test_papers_are_offered_for_the_filter_the_choice_or_one_person(staff, add):
    chen, lin = add("陳一心"), add("林二木")
    assert "2 人" in staff.get("members.papers").text
    found = staff.get("members.papers", ids=[membership(chen).id])
    assert "1 人" in found.text
    assert "帶入一位會員的會籍資料" not in found.text
    one = staff.get("members.papers", person=lin.id)
    assert "林二木" in one.text
    assert "退會申請書" in one.text
    assert "沒有人可以列印" in staff.get("members.papers", q="沒有這個人").text


@pytest.mark.parametrize("key", list(PAPERS))
def test_every_paper_is_shown_and_every_file_of_it_can_be_had(staff, add, key):
    person = add(f"陳{RARE}", id_number=IDS[0], birth_on=date(1980, 2, 3))
    arguments = {"person": person.id} if PAPERS[key].about == "one" else {}
    shown = staff.get("members.paper_preview", paper=key, **arguments)
    assert 'src="data:image/png;base64,' in shown.html
    assert "字型缺" not in shown.text
    assert shown.response.headers["Cache-Control"] == "no-store"
    starts = {"pdf": b"%PDF", "ods": b"PK", "odt": b"PK", "xlsx": b"PK", "docx": b"PK"}
    for fmt in PAPERS[key].formats:
        sent = staff.get("members.paper_download", paper=key, fmt=fmt, **arguments).response
        assert sent.data.startswith(starts[fmt])
        assert sent.headers["Content-Disposition"].startswith("attachment;")
        assert "filename*=UTF-8''%E" in sent.headers["Content-Disposition"]
        assert sent.headers["Cache-Control"] == "no-store"
    staff.get("members.paper_download", paper=key, fmt="exe", status=404, **arguments)


def test_a_pdf_may_be_opened_in_the_browser_and_nothing_else(staff, add):
    add("陳一心")
    assert staff.get("members.paper_download", paper="labels", fmt="pdf", inline=1).response.headers["Content-Disposition"].startswith("inline;")
    odt = staff.get("members.paper_download", paper="labels", fmt="odt", inline=1).response
    assert odt.headers["Content-Disposition"].startswith("attachment;")


def test_a_lost_character_is_told_on_the_screen(staff, add):
    add(f"王{LOST}")
    assert f"字型缺這些字：{LOST}" in staff.get("members.paper_preview", paper="roster_office").text


def test_the_lists_of_a_year_hold_who_came_and_went(staff, add):
    year = clock.today().year - 1
    add("陳早到", joined_on=date(year - 1, 5, 5))
    gone, back = add("林走了", joined_on=date(year, 2, 1)), add("王回來", joined_on=date(year - 2, 2, 1))
    with unit_of_work("test", "test"):
        today = clock.today()
        people.leave(membership(gone), left_on=date(year, 12, 31), reason=LeaveReason.RETIRED, note="不外傳的說明", today=today)
        people.leave(membership(back), left_on=date(year, 3, 1), reason=LeaveReason.RESIGNED, note="", today=today)
        people.rejoin(back, number="", joined_on=date(year, 6, 1), joined_by="第 3 次理事會", member_class=MemberClass.REGULAR, unit=None, today=today)
    text = "".join(pdf_words(staff.get("members.paper_download", paper="movements", fmt="pdf").response.data))
    assert f"{year - 1911}年度" in text
    assert "入會名冊（2人）" in text
    assert "出會名冊（2人）" in text
    assert "再入會、第3次理事會" in text
    assert "退休" in text
    assert "不外傳的說明" not in text
    assert "陳早到" not in text
    for label, count in (("期初在籍", 2), ("期末在籍", 2)):
        assert f"{label}{count}人" in text
    backwards = staff.get("members.paper_preview", paper="movements", from_on="115/2/1", to_on="115/1/1", status=422)
    assert backwards.error("to_on") == "結束日早於開始日。"


@pytest.mark.parametrize(("key", "arguments", "field"), [
    ("cards", {"issued_on": "昨天"}, "issued_on"), ("cards", {"start": "11"}, "start"), ("cards", {"issued_on": ""}, "issued_on"),
    ("labels", {"sheet": "2x7", "start": "15"}, "start"), ("labels", {"sheet": "9x9"}, "sheet"), ("movements", {"from_on": ""}, "from_on"),
])
def test_choices_that_make_no_sense_are_refused_beside_their_field(staff, add, key, arguments, field):
    add("陳一心")
    shown = staff.get("members.paper_preview", paper=key, status=422, **arguments)
    assert shown.error(field)
    assert "data:image/png" not in shown.html
    staff.get("members.paper_download", paper=key, fmt="pdf", status=302, **arguments)


def test_whoever_joins_the_filter_later_stays_covered(staff, add):
    first = add("陳一心", id_number=IDS[0])
    opened = staff.post("members.paper_open", paper="roster_insurance", data={"reason": "insurance", "detail": "11 月申報"}).location
    token = opened.split("open=")[1]
    whole = {"paper": "roster_insurance", "fmt": "xlsx", "open": token}
    assert IDS[0] in str(sheet(staff.get("members.paper_download", **whole).response.data))
    assert IDS[0] in str(sheet(staff.get("members.paper_download", sort="name", **whole).response.data))  # The same persons in another order.
    newcomer = add("林二木", id_number=IDS[1])
    covered = str(sheet(staff.get("members.paper_download", **whole).response.data))
    assert "林二木" in covered
    assert IDS[0] not in covered
    assert IDS[1] not in covered
    assert "身分證號與生日已遮罩" in staff.get(opened).text
    with unit_of_work("test", "test"):
        people.leave(membership(newcomer), left_on=clock.today(), reason=LeaveReason.RESIGNED, note="", today=clock.today())
    assert IDS[0] in str(sheet(staff.get("members.paper_download", **whole).response.data))
    with unit_of_work("test", "test"):  # As many as before, but another one.
        people.undo_leaving(membership(newcomer))
        people.leave(membership(first), left_on=clock.today(), reason=LeaveReason.RESIGNED, note="", today=clock.today())
    assert IDS[1] not in str(sheet(staff.get("members.paper_download", **whole).response.data))


def test_whole_identity_numbers_need_a_reason_and_hold_for_these_members_only(staff, add, browser, make_user):
    chen, lin = add("陳一心", id_number=IDS[0]), add("林二木", id_number=IDS[1])
    chosen = {"ids": [membership(chen).id]}
    covered = staff.get("members.paper_download", paper="roster_insurance", fmt="xlsx", **chosen).response.data
    assert "A1******89" in str(sheet(covered))
    assert "身分證號與生日已遮罩" in staff.get("members.paper_preview", paper="roster_insurance", **chosen).text
    assert "1 人" in staff.get("members.paper_open", paper="roster_insurance", **chosen).text
    refused = staff.post("members.paper_open", paper="roster_insurance", data={}, status=422, **chosen)
    assert "請選事由" in refused.text
    opened = staff.post("members.paper_open", paper="roster_insurance", data={"reason": "insurance", "detail": "11 月申報"}, **chosen).location
    assert acts("members.paper_opened")[0]["reason"].endswith("11 月申報")
    assert "已遮罩" not in staff.get(opened).text
    token = opened.split("open=")[1]
    whole = staff.get("members.paper_download", paper="roster_insurance", fmt="xlsx", open=token, **chosen).response.data
    assert IDS[0] in str(sheet(whole))
    for other in ({"ids": [membership(lin).id]}, {}):  # The permission is for those members, not for others.
        taken = staff.get("members.paper_download", paper="roster_insurance", fmt="xlsx", open=token, **other).response.data
        assert IDS[1] not in str(sheet(taken))
    stranger = browser.as_(make_user("staff"))
    assert IDS[0] not in str(sheet(stranger.get("members.paper_download", paper="roster_insurance", fmt="xlsx", open=token, **chosen).response.data))
    staff.post("members.paper_open", paper="roster_filing", data={"reason": "insurance"}, status=404)


def test_printing_is_logged(staff, add):
    add("陳一心")
    staff.get("members.paper_download", paper="labels", fmt="pdf")
    assert acts("members.paper_printed") == [{"paper": {"word": "地址標籤"}, "fmt": "PDF", "count": 1}]
    assert {"paper": "labels", "fmt": "pdf"} in acts("read")


@pytest.mark.parametrize(("role", "status"), [("president", 403), ("accountant", 403), ("auditor", 403), ("member", 403), ("secretary_general", 200)])
def test_only_those_who_may_print_get_papers(browser, make_user, add, role, status):
    add("陳一心")
    user = browser.as_(make_user(role))
    user.get("members.papers", status=status)
    user.get("members.paper_preview", paper="roster_office", status=status)
    user.get("members.paper_download", paper="roster_office", fmt="pdf", status=status)


def test_a_branch_clerk_prints_the_branch_only(browser, make_user, add):
    with unit_of_work("test", "test"):
        here, there = structure.add_unit(name="第一組", code="1"), structure.add_unit(name="第二組", code="2")
    mine, other = add("陳在此", unit=here), add("林在彼", unit=there)
    clerk = browser.as_(make_user("staff", scope=Ref("unit", here.id)))
    ids = [membership(mine).id, membership(other).id]
    for arguments in ({}, {"ids": ids}, {"standing": "all"}):
        text = str(sheet(clerk.get("members.paper_download", paper="roster_office", fmt="ods", **arguments).response.data))
        assert "陳在此" in text
        assert "林在彼" not in text
    clerk.get("members.papers", person=other.id, status=404)
    assert "限所屬單位" in "".join(pdf_words(clerk.get("members.paper_download", paper="movements", fmt="pdf").response.data))


def test_unknown_papers_and_people_are_not_found(staff, add):
    staff.get("members.paper_preview", paper="nothing", status=404)
    staff.get("members.paper_preview", paper="resignation", status=404)
    staff.get("members.paper_preview", paper="resignation", person="99999", status=404)
    staff.get("members.papers", ids="x", status=404)


def test_a_roster_costs_as_many_statements_for_many_members_as_for_one(app, staff, add):
    counts = []
    for _ in range(2):
        add("陳一心")
        staff.get("members.paper_download", paper="roster_office", fmt="ods")
        with statements(app) as seen:
            staff.get("members.paper_download", paper="roster_office", fmt="ods")
        counts.append(len(seen))
    assert counts[0] == counts[1]


# --- large papers -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_limits(app, monkeypatch):
    """Cards in the background from three on, previews of two; no file of an earlier test."""
    shutil.rmtree(Path(app.config["HOME"]) / "tasks", ignore_errors=True)
    monkeypatch.setitem(PAPERS, "cards", replace(PAPERS["cards"], shown=2, at_once=2))


def test_a_large_paper_is_made_in_the_background_by_its_owner(staff, add, small_limits):
    for name in ("陳一心", "林二木", "王三多"):
        add(name)
    shown = staff.get("members.paper_preview", paper="cards")
    assert "預覽只排前 2 筆，檔案是完整的 3 筆" in shown.text
    assert "在背景製作PDF" in shown.text
    staff.get("members.paper_download", paper="cards", fmt="pdf", status=302)
    gone = staff.post("members.paper_batch", paper="cards", fmt="pdf")
    assert tasks.work_once()
    db.session.expire_all()
    made = db.session.scalars(db.select(Task)).one()
    assert made.state == "done"
    assert made.file_name.endswith(".pdf")
    staff.get(gone.location)
    sent = staff.get("jobs.task_file", task_id=made.id).response
    text = "".join(pdf_words(sent.data))
    sent.close()
    assert all(name in text for name in ("陳一心", "林二木", "王三多"))
    assert "發證日期" in text


def test_a_full_disk_in_the_background_leaves_nothing_half_written(app, staff, add, small_limits, monkeypatch):
    for name in ("陳一心", "林二木", "王三多"):
        add(name)
    staff.post("members.paper_batch", paper="cards", fmt="pdf")
    monkeypatch.setattr("os.fsync", _full)
    assert tasks.work_once()
    monkeypatch.undo()
    db.session.expire_all()
    made = db.session.scalars(db.select(Task)).one()
    assert made.state == "failed"
    assert "磁碟空間不足" in made.problems[0]["message"]
    assert not (Path(app.config["HOME"]) / "tasks" / str(made.id)).exists()
    staff.get("jobs.task_file", task_id=made.id, status=404)


def _full(*_given: object, **_named: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_in_a_request_is_told_calmly(staff, add, monkeypatch):
    add("陳一心")
    before = len(acts("members.paper_printed"))
    # A spreadsheet passes through temporary files; on a full disk none can be made.
    monkeypatch.setattr(tempfile, "TemporaryFile", _full)
    monkeypatch.setattr(tempfile, "mkstemp", _full)
    back = staff.get("members.paper_download", paper="roster_office", fmt="xlsx", status=302)
    monkeypatch.undo()
    assert "磁碟空間不足或無法寫入" in staff.get(back.location).text
    assert len(acts("members.paper_printed")) == before


# --- the check of a card ----------------------------------------------------------------------------------------------


def test_anybody_may_check_a_card_and_learns_nothing_else(browser, add):
    person = add("陳一心", id_number=IDS[0])
    stay = membership(person)
    shown = browser.get("members.verify_card", token=reads.card_token(stay.id))
    assert "有效：持證人今天是本會會員" in shown.text
    assert UNION in shown.text
    assert f"***{stay.number[-2:]}" in shown.text
    for secret in ("陳一心", IDS[0], "0912345678", "文心路", stay.number):
        assert secret not in shown.html.replace(reads.card_token(stay.id), "")
    assert shown.response.headers["Cache-Control"] == "no-store"


def test_the_card_of_one_who_left_is_not_valid_from_that_day(browser, add):
    stay = membership(add("陳一心"))
    token = reads.card_token(stay.id)
    with unit_of_work("test", "test"):
        people.leave(membership(db.session.get(Person, stay.person_id)), left_on=clock.today() + timedelta(days=1), reason=LeaveReason.RESIGNED,
                     note="", today=clock.today())
    assert "有效：" in browser.get("members.verify_card", token=token).text
    with unit_of_work("test", "test"):
        db.session.get(Membership, stay.id).left_on = clock.today()
    assert "無效：" in browser.get("members.verify_card", token=token).text


def test_a_tampered_code_is_refused(browser, add):
    first, second = membership(add("陳一心")), membership(add("林二木"))
    token = reads.card_token(first.id)
    signature = token.partition(".")[2]
    for forged in (f"{second.id}.{signature}", token[:-2], f"{first.id}", f"x.{signature}", f"{first.id}.", "%00", "王", reads.card_token(987654)):
        shown = browser.get("members.verify_card", token=forged, status=404)
        assert "這不是本會發出的會員證" in shown.text
    assert reads.membership_of_card(token).id == first.id


def test_codes_cannot_be_tried_in_bulk(limited_app):
    browser = Browser(limited_app)
    for number in range(30):
        browser.get("members.verify_card", token=f"{number}.x", status=404)
    browser.get("members.verify_card", token="31.x", status=429)
