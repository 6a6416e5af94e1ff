"""Rows handed over as a file: a full disk is told, and leaves nothing half written."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Browser
from unionops.core.accounts.models import User
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db
from unionops.core.documents import Column
from unionops.core.transfer import exporting
from unionops.values.problems import RuleBroken

COLUMNS = [Column("姓名"), Column("備註")]
BATCHES = [[["甲", "乙"], ["=1+1", "@SUM(A1)"]]]


def _full(*_given: object, **_named: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("fmt", exporting.FORMATS)
def test_a_full_disk_leaves_the_old_file(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: str) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    monkeypatch.setattr("os.fsync", _full)
    with pytest.raises(RuleBroken, match="磁碟空間不足"):
        exporting.write_file(COLUMNS, BATCHES, fmt, target)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]
    monkeypatch.undo()
    assert exporting.write_file(COLUMNS, BATCHES, fmt, target) == 2


def test_a_full_disk_while_a_list_is_exported_is_told_calmly(browser: Browser, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = browser.as_(make_user("auditor"))
    monkeypatch.setattr(tempfile, "TemporaryFile", _full)
    page = auditor.get("audit.export", fmt="csv", status=422)
    assert "磁碟空間不足或無法寫入" in page.text
    assert "No space left" not in page.html
    monkeypatch.undo()
    answer = auditor.get("audit.export", fmt="csv").response
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()
    told = [act["action"] for entry in db.session.scalars(db.select(AuditEntry)) for act in entry.acts]
    assert told.count("audit.exported") == 1
