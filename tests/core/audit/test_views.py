"""The viewer: sentences, old → new, filters, need to know, export, verification."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from tests.browsing import Statements
from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.audit import queries, recording, sealing
from unionops.core.audit.models import AuditEntry
from unionops.core.audit.telling import sentence_of, shown, source_title
from unionops.core.db import Counter, db, durable, intent, unit_of_work
from unionops.core.i18n import _l
from unionops.core.jobs import tasks
from unionops.values.problems import words
from unionops.values.refs import Ref


@pytest.fixture
def auditor(browser, make_user):
    return browser.as_(make_user("auditor"))


@pytest.fixture
def secret(app, make_user, monkeypatch):
    """A kind of record, here users, that only its own person may see: the pointer to one of them."""
    user = make_user("staff", name="隱密人")
    pointer = Ref("testfile", user.id)
    db.session.rollback()
    monkeypatch.setitem(
        refs.KINDS, "testfile",
        refs.Kind(
            "testfile", User, "檔案", lambda record: f"檔案{record.name}", "jobs.my_tasks", "of",
            lambda reader: sa.select(User.id).where(User.id == reader.id), lambda record: "", (), False,
        ),
    )
    return pointer


def test_every_entry_is_one_sentence(auditor, note):
    note("甲君")
    page = auditor.get("audit.entries")
    assert "記下 甲君，日期 115/09/01" in page.text
    assert "林秘書" in page.text
    auditor.client.set_cookie("lang", "en")
    assert "2026-09-01" in auditor.get("audit.entries").text


def test_old_and_new_under_the_title_of_the_column(auditor, make_user):
    user = make_user("staff", name="林一")
    with unit_of_work("林秘書", "test"):
        user.name = "林新名"
    page = auditor.get("audit.entries", kind="change")
    assert "姓名 林一 → 林新名" in page.text
    assert "修改" in page.text


def test_reads_and_refusals_are_told(browser, make_user, auditor):
    browser.as_(make_user("staff")).get("audit.entries", status=403)
    browser.as_(make_user("staff")).get("jobs.jobs", status=403)
    page = auditor.get("audit.entries", kind="refused")
    assert "想開啟「稽核紀錄」，沒有「檢視稽核紀錄」的權限，已拒絕" in page.text
    assert "想開啟「背景工作」" in page.text


def test_what_jobs_and_tasks_did_is_named_by_their_titles(app):
    assert source_title("job audit.seal") == "封存稽核紀錄"
    assert source_title("task audit.verify") == "驗證稽核紀錄鏈"
    assert source_title("audit.entries") == "稽核紀錄"
    assert source_title("command audit seal") == "command audit seal"


def test_empty_and_nothing_found(app, browser, make_user):
    reader = browser.as_(make_user("auditor"))
    assert "沒有符合條件的紀錄" in reader.get("audit.entries", text="沒有這個字").text


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"person": "林"}, ["甲", "乙"]),
        ({"person": "王_"}, []),
        ({"text": "乙"}, ["乙"]),
        ({"text": "%"}, []),
        ({"text": "記下"}, ["甲", "乙", "丙"]),
        ({"action": "test.noted"}, ["甲", "乙", "丙"]),
        ({"action": "test_noted"}, []),
        ({"ref": "thing:2"}, ["乙"]),
        ({"kind": "read"}, []),
        ({"since": date(2100, 1, 1)}, []),
        ({"until": date(2000, 1, 1)}, []),
        ({"since": clock.today() - timedelta(days=1), "until": clock.today() + timedelta(days=1), "text": "丙"}, ["丙"]),
    ],
)
def test_filters(app, note, wanted, found):
    note("甲", Ref("thing", 1)), note("乙", Ref("thing", 2)), note("丙", Ref("thing", 3), actor="王幹事")
    with app.test_request_context(), intent(write=False):
        told = queries.page_of(queries.Filter(**wanted), None).told
        db.session.rollback()
    assert [one.sentence[3] for one in told][::-1] == found


def test_filters_live_in_the_address_and_come_off_one_by_one(auditor, note):
    note("甲")
    page = auditor.get("audit.entries", person="林", text="甲", since="115/1/1")
    assert "記下 甲" in page.text
    assert "115/01/01 起" in page.text
    assert any("text=%E7%94%B2" in link and "person" not in link for link in page.links())
    wrong = auditor.get("audit.entries", since="115/2/30", action="no.such", before="x")
    assert "沒有套用" in wrong.text
    assert "記下 甲" in wrong.text


def test_pages_by_the_last_entry_seen(app, note):
    ids = [note(f"{number:03d}") for number in range(7)]
    with app.test_request_context(), intent(write=False):
        first = queries.page_of(queries.Filter(), None, size=3)
        note_ids = [one.id for one in first.told]
        second = queries.page_of(queries.Filter(), None, before=first.older, size=3)
        third = queries.page_of(queries.Filter(), None, before=second.older, size=3)
        db.session.rollback()
    assert note_ids + [one.id for one in second.told + third.told] == ids[::-1]
    assert (third.older, len(third.told)) == (None, 1)


def test_links_to_the_older_page(auditor, note):
    for number in range(55):
        note(f"{number:03d}")
    page = auditor.get("audit.entries", kind="change", person="林")
    older = next(link for link in page.links() if "before=" in link)
    assert "記下 004" in auditor.get(older).text
    assert "記下 005" not in auditor.get(older).text


def test_as_many_statements_for_many_entries_as_for_one(auditor, note, secret):
    note("甲", secret)
    auditor.get("audit.entries")
    with Statements() as few:
        auditor.get("audit.entries")
    for number in range(40):
        note(f"{number}", secret, Ref("thing", number))
    with Statements() as many:
        auditor.get("audit.entries")
    assert len(many) == len(few)


def test_need_to_know(app, auditor, note, secret):
    note("機密內容", secret)
    note("公開內容", Ref("thing", 1))
    page = auditor.get("audit.entries")
    assert "（無權檢視的紀錄）" in page.text
    assert "機密內容" not in page.text
    assert "檔案隱密人" not in page.text
    assert "公開內容" in page.text
    # Guessing words or the pointer does not even tell that there is something.
    for guess in ({"text": "機密"}, {"ref": str(secret)}, {"action": "test.noted", "text": "機密內容"}):
        told = auditor.get("audit.entries", **guess).text
        assert "無權檢視" not in told
        assert "沒有符合條件" in told
    answer = auditor.get("audit.export", fmt="csv").response
    exported = answer.get_data().decode("utf-8-sig")
    answer.close()
    assert "機密內容" not in exported
    assert "公開內容" in exported


def test_who_may_see_it_gets_the_link(app, note, secret):
    note("本人內容", secret)
    with app.test_request_context(), intent(write=False):
        own = db.session.get_one(User, secret.id)
        told = queries.timeline(secret, own)
        stranger = queries.timeline(secret, User(id=10**6))
        db.session.rollback()
    assert [one.sentence for one in told] == ["記下 本人內容，日期 115/09/01"]
    assert told[0].links == [("檔案隱密人", f"/jobs/tasks?of={secret.id}")]
    assert stranger == []


def test_a_record_that_is_gone_is_still_explained(app, auditor, note, secret):
    note("已刪的", Ref("testfile", 10**6))
    assert "已刪的" in auditor.get("audit.entries").text


def test_an_action_whose_area_is_gone_is_named(app, auditor, note, monkeypatch):
    note("甲")
    monkeypatch.delitem(recording.SENTENCES, "test.noted")
    assert "test.noted" in auditor.get("audit.entries").text


def test_a_bulk_change_tells_its_rows(app, auditor):
    from unionops.core.db import bulk

    with unit_of_work("林秘書", "test"):
        bulk(sa.insert(Counter), [{"name": f"n{number}", "last": 0} for number in range(1200)], reason="開立會費單")
    page = auditor.get("audit.entries", kind="change")
    assert "批次開立會費單 1200 筆" in page.text


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "ods"])
def test_export_as_shown(auditor, note, fmt):
    note("甲"), note("=cmd|乙")
    answer = auditor.get("audit.export", fmt=fmt, text="乙").response
    assert f".{fmt}" in answer.headers["Content-Disposition"]
    data = answer.get_data()
    assert len(data) > 50
    if fmt == "csv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert [len(row) for row in rows] == [9, 9]
        assert "=cmd|乙" in rows[1][3]
    answer.close()
    with intent(write=False):
        acts = db.session.scalar(sa.select(AuditEntry.acts).order_by(AuditEntry.id.desc()).limit(1))
        db.session.rollback()
    assert acts == [{"action": "audit.exported", "params": {"format": fmt}}]
    auditor.get("audit.export", fmt="exe", status=404)


def test_export_in_batches(app, note, monkeypatch):
    monkeypatch.setattr(queries, "BATCH", 3)
    for number in range(8):
        note(f"{number}")
    with app.test_request_context(), intent(write=False):
        assert len(list(queries.all_of(queries.Filter(), None, 100))) == 8
        assert len(list(queries.all_of(queries.Filter(), None, 5))) == 5
        db.session.rollback()


def test_verify_the_chain_in_the_background(auditor, note, tmp_path):
    note("甲")
    assert "還沒有驗證過" in auditor.get("audit.chain").text
    with unit_of_work("排程", "test"):
        sealing.seal(clock.now() + timedelta(minutes=1))
    assert "64" in auditor.post("audit.chain", {"anchor": "abc"}, status=422).error("anchor")
    page = auditor.post("audit.chain", {"anchor": ""})
    assert "/jobs/tasks/" in page.location
    assert tasks.work_once()
    assert "已完成" in auditor.get(page.location).text
    assert "筆完整" in auditor.get("audit.chain").text
    auditor.post("audit.chain", {"anchor": "F" * 64})
    tasks.work_once()
    told = auditor.get("audit.chain").text
    assert "鏈在第" in told
    assert "整段刪除" in told


def test_not_without_the_permission(browser, make_user):
    staff = browser.as_(make_user("staff"))
    for endpoint, arguments in (("audit.entries", {}), ("audit.chain", {}), ("audit.export", {"fmt": "csv"})):
        staff.get(endpoint, status=403, **arguments)
        browser.get(endpoint, status=302, **arguments)
    staff.post("audit.chain", status=403)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (True, "是"), (False, "否"), (12, "12"), ("2026-09-01", "115/09/01"), ("2026-99-99", "2026-99-99"),
        ("2026-09-01T01:02:03+00:00", "115/09/01 09:02"), (["a", None], "a、–"), ([], "–"), ({"甲": 1}, "甲 1"),
    ],
)
def test_values_as_people_write_them(app, value, text):
    assert shown(value) == text


@pytest.mark.postgres
def test_text_and_action_on_postgresql(pg_app):
    with unit_of_work("林秘書", "test"):
        recording.describe("test.noted", name="中文甲", day="2026-09-01")
    with durable() as own:
        assert own.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1
    with pg_app.test_request_context():
        assert len(queries.page_of(queries.Filter(text="中文甲", action="test.noted"), None).told) == 1
        assert queries.page_of(queries.Filter(text="中文乙"), None).told == []
        db.session.rollback()


def test_a_word_in_a_sentence_is_told_in_the_language_of_its_reader(app, note):
    number = note(_l("入會 %(years)s 年 %(months)s 個月", years=2, months=3))
    entry = db.session.get_one(AuditEntry, number)
    assert entry.acts[0]["params"]["name"] == {"word": "入會 %(years)s 年 %(months)s 個月", "figures": {"years": 2, "months": 3}}
    for language, told in (("zh_Hant_TW", "入會 2 年 3 個月"), ("en", "years 2, months 3")):
        with app.test_request_context(), force_locale(language):
            assert told in sentence_of(entry)


def test_words_among_the_figures_are_kept_as_words(app, note):
    entry = db.session.get_one(AuditEntry, note(words("入會 %(years)s 年 %(months)s 個月", years=2, months=3)))
    assert entry.acts[0]["params"]["name"] == {"word": "入會 %(years)s 年 %(months)s 個月", "figures": {"years": 2, "months": 3}}
    with app.test_request_context(), force_locale("zh_Hant_TW"):
        assert "入會 2 年 3 個月" in sentence_of(entry)
