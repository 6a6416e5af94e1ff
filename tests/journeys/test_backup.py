"""An administrator makes a backup, has it restored to see whether it can be, and finds both on the screen and on the desk; then one that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from tests.journeys.visitor import Visitor
from tests.office import Office
from unionops.core import clock, migrations
from unionops.core.db import db
from unionops.core.jobs import tasks
from unionops.core.jobs.running import run_now

pytestmark = pytest.mark.browser


@pytest.fixture
def drive(office: Office, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The disk on which the backups of the office lie, whose database knows its revision as one does that was set up by migrations."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        for revision in migrations.newest():
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    place = tmp_path / "drive"
    place.mkdir()
    monkeypatch.setitem(app.config, "BACKUP_FOLDER", str(place))
    return place


def card(visitor: Visitor) -> Locator:
    """The card of backups on the desk."""
    return visitor.main.locator("section").filter(has=visitor.page.get_by_role("heading", level=2, name="備份", exact=True))


def goes_back(visitor: Visitor) -> None:
    visitor.open("/backup/")
    visitor.arrive("備份")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_backup_is_made_tested_and_seen(office: Office, visit: Callable[..., Visitor], drive: Path, width: int) -> None:
    administrator = visit(office.user("administrator"), width=width)
    goes_back(administrator)
    administrator.press("立即備份")
    assert tasks.work_once()
    administrator.reads("製作備份")
    (file,) = drive.glob("*.backup")
    goes_back(administrator)
    administrator.reads(file.name)

    administrator.press("立即做還原測試")
    assert tasks.work_once()
    goes_back(administrator)
    tested = administrator.main.locator("#test")
    expect(tested).to_contain_text("通過")
    for check in ("資料筆數", "稽核紀錄鏈", "附件內容", "加密欄位"):
        expect(tested).to_contain_text(check)
    expect(tested).not_to_contain_text("不符")
    expect(tested).not_to_contain_text("沒有通過")
    administrator.open("/")
    expect(card(administrator)).to_contain_text("✓")
    administrator.look()

    file.write_bytes(file.read_bytes()[:-200])  # The disk is going bad: the test of the week finds it.
    assert run_now("backup.restore_test", "", clock.now())
    administrator.open("/")
    expect(card(administrator)).to_contain_text("✕")
    administrator.look()
    with administrator.going():
        card(administrator).get_by_role("link", name="看哪裡不符、該怎麼做").click()
    administrator.arrive("備份")
    expect(tested).to_contain_text("沒有通過還原測試")
    expect(tested).to_contain_text("怎麼辦")
    administrator.open("/notify/")
    administrator.reads("還原測試沒有通過")
    administrator.look()
