"""Large files: read and checked in the background, shown part by part, and never read in a request."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser, Page
from tests.conftest import new_user, statements
from tests.members.rosters import AS_OF, OFFICE, csv_file, row
from tests.members.test_imports_views import sent
from unionops.core import clock
from unionops.core.db import db, touch_data, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import CANCELLED, DONE, FAILED, WAITING, Task
from unionops.members.models import Person, RosterImport, RosterPreview
from unionops.members.queries import checks
from unionops.members.queries import imports as queries
from unionops.members.services import imports
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def large(monkeypatch) -> None:
    """Files of the size of these tests count as large."""
    monkeypatch.setattr(queries, "AT_ONCE", 5)
    monkeypatch.setattr(queries, "READ_AT_ONCE", 500)


@pytest.fixture
def office(browser: Browser, make_user) -> Browser:
    return browser.as_(make_user("staff", name="張雅婷"))


def upload(office: Browser, data: bytes, name: str = "名冊.csv") -> Page:
    return office.post("members.start_import", {"file": (io.BytesIO(data), name)})


def kept(data: bytes, name: str = "名冊.csv") -> int:
    """A file handed over as on the page, its check waiting."""
    with unit_of_work("test", "test"):
        batch = imports.stage(data, name, None, AS_OF, may_point=True, later=True)
        imports.check_later(batch, None)
        return batch.id


def checked(data: bytes, name: str = "名冊.csv") -> RosterImport:
    batch = kept(data, name)
    assert worked()
    return stored(batch)


def worked() -> bool:
    db.session.rollback()  # Looking holds the writer's lock here.
    return tasks.work_once()


def stored(batch: int) -> RosterImport:
    db.session.expire_all()
    return db.session.get_one(RosterImport, batch)


def last_task() -> Task:
    db.session.expire_all()
    return db.session.scalars(sa.select(Task).order_by(Task.id.desc())).first()


def parts() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(RosterPreview))


FILE = [row(n) for n in range(1, 20)] + [row(20, 出生日期="75/2/30"), row(3, "陳志明"), row(22, 會員編號="00005")]


def test_the_whole_way_of_a_large_file(office, large):
    page = upload(office, csv_file(FILE))
    assert page.location == "/jobs/tasks/1"
    batch = db.session.scalars(sa.select(RosterImport)).one().id
    assert "rows" not in stored(batch).counts, "nothing is read in the request"
    for screen in ("import_mapping", "import_preview", "apply_import"):
        assert office.get(f"members.{screen}", import_id=batch, status=302).location == f"/members/imports/{batch}/check"
    assert office.get("members.check_import", import_id=batch, status=302).location == "/jobs/tasks/1"
    assert worked()
    assert last_task().state == DONE
    assert f"/members/imports/{batch}/columns" in office.get("jobs.task", task_id=1).html
    page = office.get("members.import_mapping", import_id=batch)
    assert page.value("col_0_1") == "name"
    assert office.post("members.import_mapping", sent(page), import_id=batch).location == f"/members/imports/{batch}"
    page = office.get("members.import_preview", import_id=batch)
    assert "新增 19" in page.text
    assert "沒有這一天" in office.get("members.import_preview", import_id=batch, kind="refused").text
    assert "陳志明" in office.get("members.import_preview", import_id=batch, q="陳志明").text
    where = {"import_id": batch, "sheet": 0, "number": 21}
    page = office.get("members.import_row", **where)
    office.post("members.import_row", {**sent(page), "cell_3": "75/2/28"}, **where)
    assert "這一列改過了，還沒有重新檢查" in office.get("members.import_row", **where).text
    assert "正在重新檢查" in office.get("members.import_preview", import_id=batch).text
    assert office.get("members.apply_import", import_id=batch, status=302).location == f"/members/imports/{batch}"
    assert worked()
    assert "新增 20" in office.get("members.import_preview", import_id=batch).text
    page = office.get("members.apply_import", import_id=batch)
    office.post("members.apply_import", {"seen": page.value("seen")}, import_id=batch)
    assert worked()
    assert (last_task().state, last_task().problems) == (DONE, [])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 20
    assert parts() == 0
    # What was not written can still be fetched: the file is checked once more.
    assert office.get("members.import_repair_file", import_id=batch, status=302).location == f"/members/imports/{batch}/check"
    office.post("members.check_import", import_id=batch)
    assert worked()
    assert "陳志明" in office.get("members.import_repair_file", import_id=batch).response.get_data(as_text=True)


def test_a_changed_column_is_checked_again(office, large):
    batch = checked(csv_file(FILE)).id
    page = office.get("members.import_mapping", import_id=batch)
    data = {**sent(page), "col_0_9": "", "col_0_5": ""}
    assert office.post("members.import_mapping", data, import_id=batch).location == f"/jobs/tasks/{last_task().id}"
    assert office.get("members.import_preview", import_id=batch, status=302).location == f"/members/imports/{batch}/check"
    assert worked()
    assert "mobile" not in checks.check_of(stored(batch)).plans[0].table.mapping.fields
    office.get("members.import_preview", import_id=batch)
    page = office.get("members.import_mapping", import_id=batch)
    office.post("members.import_mapping", {**sent(page), "head_0": "0"}, import_id=batch)
    assert worked()
    assert "沒有標題列" in office.get("members.import_mapping", import_id=batch).text


@pytest.mark.parametrize("name", ["roster.xlsx", "naughty.csv", "roster_big5.csv"])
def test_what_is_kept_says_the_same_as_what_was_judged(app, large, name):
    batch = checked((OFFICE / name).read_bytes(), name)
    preview, check = queries.preview(batch), checks.check_of(batch)
    assert check.is_current
    assert (check.counts, check.token, len(check)) == (preview.counts, preview.token, len(preview.lines))
    assert [one.text for one in check.notices] == [one.text for one in preview.notices]
    for one, other in zip(check.lines(range(len(check))), preview.lines, strict=True):
        for told in ("sheet", "number", "kind", "codes", "choices", "decisions", "is_edited", "place", "changes"):
            assert getattr(one, told) == getattr(other, told), told
        assert list(one.cells) == list(other.cells)
        assert [found.message.text for found in one.findings] == [found.message.text for found in other.findings]
    for plan, other in zip(check.plans, preview.plans, strict=True):
        assert (plan.role, plan.heading, plan.sheet.name) == (other.role, other.heading, other.sheet.name)


def of_twenty_thousand_rows(app: Flask, browser: Browser) -> None:
    office = browser.as_(new_user("staff", name="張雅婷"))
    rows = [row(n) for n in range(1, 20_001)]
    rows[15_000][3] = "75/2/30"
    batch = kept(csv_file(rows))
    assert worked()
    assert parts() == 1 + 20_000 // checks.ROWS
    looks = (
        ("import_mapping", {}, 0), ("import_preview", {"page": 200}, 1), ("import_preview", {"kind": "refused"}, 1),
        ("import_row", {"sheet": 0, "number": 12_345}, 2), ("import_row", {"sheet": 0, "number": 15_002}, 1), ("apply_import", {}, 0),
        ("import_repair_file", {}, 1),
    )
    for screen, given, most in looks:
        with statements(app) as told:
            office.get(f"members.{screen}", import_id=batch, **given).response.close()
        assert not [one for one in told if "roster_file" in one], f"{screen} reads the file"
        wanted = [re.findall(r"part IN \(([^)]*)\)", one) for one in told if "FROM roster_preview" in one]
        assert sum(len(one[0].split(",")) for one in wanted) <= 1 + most, f"{screen} reads more than it shows"
    with statements(app) as told:
        assert "第 15002 列" in office.get("members.import_preview", import_id=batch, q="75/2/30").text
    assert not [one for one in told if "roster_file" in one]


def test_no_request_reads_a_file_of_twenty_thousand_rows_on_sqlite(app, browser):
    of_twenty_thousand_rows(app, browser)


def test_no_request_reads_a_file_of_twenty_thousand_rows_on_postgresql(pg_app):
    of_twenty_thousand_rows(pg_app, Browser(pg_app))


# When something comes between ------------------------------------------------------------------------------------------

KILLED = """
import sys, time
from pathlib import Path
from config import TestConfig
from unionops.app import create_app
from unionops.core.jobs import tasks
from unionops.members.services.imports import checking
keep = checking._keep
def kept(*given):
    keep(*given)
    print("kept", flush=True)
    time.sleep(60)
checking._keep = kept
app = create_app(TestConfig(sys.argv[1], home=Path(sys.argv[2])))
with app.app_context():
    tasks.work_once()
"""


def killed_in_the_middle(app: Flask) -> None:
    batch = kept(csv_file(FILE))
    db.session.remove()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, app.config["SQLALCHEMY_DATABASE_URI"], str(app.config["HOME"])], cwd=ROOT, stdout=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        process.stdout.close()
    assert (parts(), "rows" in stored(batch).counts) == (0, False)
    db.session.rollback()
    assert tasks.give_up_stale(clock.now() + timedelta(minutes=5)) == 1
    assert last_task().state == WAITING
    assert worked()
    assert checks.check_of(stored(batch)).counts["created"] == 19


def test_killed_in_the_middle_of_the_check_on_sqlite(app, large):
    killed_in_the_middle(app)


def test_killed_in_the_middle_of_the_check_on_postgresql(pg_app, large):
    killed_in_the_middle(pg_app)


def test_a_check_is_queued_once_and_two_leave_one_result(app, large):
    batch = kept(csv_file(FILE))
    with unit_of_work("test", "test"):
        assert imports.check_later(stored(batch), None).id == last_task().id == 1
        tasks.start("members.check_import", None, batch_id=batch, then="members.import_preview")
    assert worked()
    first = parts()
    assert worked()
    assert (parts(), last_task().state) == (first, DONE)


def test_a_cancelled_check_can_be_begun_again(office, large):
    upload(office, csv_file(FILE))
    office.post("jobs.cancel_task", task_id=1)
    assert not worked()
    assert last_task().state == CANCELLED
    assert "停止了" in office.get("members.check_import", import_id=1).text
    office.post("members.check_import", import_id=1)
    assert worked()
    office.get("members.import_preview", import_id=1)


def test_a_file_that_is_no_roster_says_so_and_can_be_given_up(office, large):
    upload(office, ("天氣\n" + "晴天\n" * 200).encode())
    assert worked()
    assert (last_task().state, last_task().incident) == (FAILED, "")
    assert "名冊" in office.get("members.check_import", import_id=1).text
    assert "/members/imports/1/check" in office.get("jobs.task", task_id=1).html
    office.post("members.drop_import", import_id=1)
    assert stored(1).state == "dropped"


def test_a_file_dropped_while_its_check_waits(app, large):
    batch = kept(csv_file(FILE))
    with unit_of_work("test", "test"):
        imports.drop(stored(batch))
    assert worked()
    assert (last_task().state, last_task().incident, parts()) == (FAILED, "", 0)


def test_a_correction_made_during_the_check_is_checked_too(app, large, monkeypatch):
    from unionops.members.services.imports import checking

    batch = checked(csv_file(FILE)).id
    pack = checks.pack

    def meanwhile(preview):
        monkeypatch.setattr(checking.checks, "pack", pack)
        db.session.rollback()
        with app.app_context(), unit_of_work("test", "test"):
            held = stored(batch)
            imports.correct_row(held, checks.check_of(held).line("", 21), cells={3: "75/2/28"})
        return pack(preview)

    with unit_of_work("test", "test"):
        imports.check_later(stored(batch), None)
    monkeypatch.setattr(checking.checks, "pack", meanwhile)
    assert worked()
    check = checks.check_of(stored(batch))
    assert (check.is_of_these_corrections, check.touched) == (False, {"!21"})
    assert last_task().state == WAITING
    assert worked()
    check = checks.check_of(stored(batch))
    assert (check.is_current, check.counts["created"]) == (True, 20)


def test_a_change_of_the_register_is_told_and_only_matters_when_it_changes_the_figures(office, large):
    batch = checked(csv_file(FILE)).id
    seen = office.get("members.apply_import", import_id=batch).value("seen")
    with unit_of_work("test", "test"):
        touch_data("members")
    assert "檢查之後名冊有更動" in office.get("members.import_preview", import_id=batch).text
    with unit_of_work("test", "test"):
        db.session.add(Person(name="林佳慧", id_number=row(7)[2], id_index=queries.keyring().blind(row(7)[2], queries.ID_PLACE)))
        touch_data("members")
    office.post("members.apply_import", {"seen": seen}, import_id=batch)
    assert worked()
    assert last_task().state == FAILED
    assert "預覽之後資料有更動" in last_task().problems[0]["message"]


def test_an_answer_about_the_row_before_is_found_in_its_part(office, large):
    batch = checked(csv_file([*FILE, row(5)])).id
    with unit_of_work("test", "test"):
        held = stored(batch)
        imports.decide_row(held, checks.check_of(held).line("", 24), "this")
        imports.check_later(held, None)
    assert queries.corrections_of(stored(batch)) == {"!6": {"decision": "leave"}}


# What is kept of persons -----------------------------------------------------------------------------------------------


def test_nothing_of_a_person_is_readable_in_the_database(app, large):
    batch = checked(csv_file(FILE))
    content = b"".join(bytes(one) for one in db.session.scalars(sa.select(RosterPreview.content)))
    for text in ("林佳慧", row(1)[2], "0900000001", "姓名"):
        assert text.encode() not in content
    first = db.session.scalars(sa.select(RosterPreview).where(RosterPreview.part == 0)).one()
    second = db.session.scalars(sa.select(RosterPreview).where(RosterPreview.part == 1)).one()
    with unit_of_work("test", "test"):
        first.content = second.content
    with pytest.raises(ValueError, match="cannot be decrypted"):
        checks.check_of(stored(batch.id))


def test_a_dropped_file_leaves_nothing(app, large):
    batch = checked(csv_file(FILE))
    assert parts() == 2
    with unit_of_work("test", "test"):
        imports.drop(stored(batch.id))
    assert parts() == 0


def test_checks_go_after_a_month(app, large):
    checked(csv_file(FILE))
    today = clock.today()
    for day, left in ((today + timedelta(days=30), 2), (today + timedelta(days=31), 0)):
        with unit_of_work("test", "test"):
            imports.forget_old_checks(day)
        assert parts() == left


def test_whose_check_it_is_not_sees_who_is_busy(office, browser, make_user, large):
    upload(office, csv_file(FILE))
    other = browser.as_(make_user("staff", name="陳淑芬"))
    assert "張雅婷 正在背景處理" in other.get("members.check_import", import_id=1).text
    assert other.post("members.check_import", import_id=1).location == "/members/imports/1/check"


def test_who_is_limited_to_a_unit_may_not_check(browser, make_user, large):
    batch = kept(csv_file(FILE))
    clerk = browser.as_(make_user("staff", scope=Ref("unit", 1)))
    clerk.get("members.check_import", import_id=batch, status=403)
    clerk.post("members.check_import", import_id=batch, status=403)
