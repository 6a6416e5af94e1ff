"""Roster files made up on the spot, and the office's own, for the tests of the import."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

from unionops.core.db import db, unit_of_work
from unionops.members.models import RosterImport
from unionops.members.services import imports

OFFICE = Path(__file__).parents[1] / "data" / "office"
EXPECTED = json.loads((OFFICE / "expected.json").read_text("utf-8"))
AS_OF = date.fromisoformat(EXPECTED["_about"]["list_as_of"])
HEADINGS = ["會員編號", "姓名", "身分證字號", "出生日期", "入會日期", "手機", "組別", "投保薪資", "眷屬人數", "備註"]
_CODES = {letter: code for code, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}


def identity(serial: int, letter: str = "A") -> str:
    """A valid national identity number, another one for each serial."""
    body = f"1{serial:07d}"
    tens, ones = divmod(_CODES[letter], 10)
    total = tens + ones * 9 + sum(int(digit) * weight for digit, weight in zip(body, range(8, 0, -1), strict=True))
    return f"{letter}{body}{-total % 10}"


def row(serial: int, name: str = "林佳慧", **cells: str) -> list[str]:
    """One row under HEADINGS; ``cells`` replaces by heading."""
    usual = dict(zip(HEADINGS, [
        f"{serial:05d}", name, identity(serial), "70/5/3", "110/3/1", f"09{serial:08d}", "第一組", "45800", "1", "",
    ], strict=True))
    return list((usual | cells).values())


def csv_file(rows: list[list[str]], headings: list[str] | None = None, encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADINGS if headings is None else headings, *rows])
    return text.getvalue().encode(encoding)


def staged(data: bytes, name: str = "名冊.csv", user: Any = None, today: date = AS_OF) -> RosterImport:
    with unit_of_work("test", "test"):
        return imports.stage(data, name, user, today)


def office_file(name: str) -> RosterImport:
    return staged((OFFICE / name).read_bytes(), name)


def applied(batch: RosterImport, today: date = AS_OF, **given: Any) -> dict[str, int]:
    with unit_of_work("test", "test"):
        return imports.apply(db.session.get_one(RosterImport, batch.id), None, today, **given)


def brought_in(data: bytes, name: str = "名冊.csv", today: date = AS_OF) -> RosterImport:
    batch = staged(data, name, today=today)
    applied(batch, today)
    return batch


def undone(batch: RosterImport) -> None:
    with unit_of_work("test", "test"):
        imports.undo(db.session.get_one(RosterImport, batch.id))


def all_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Everything the register holds, table by table, without what only counts or logs."""
    apart = {"audit_entry", "audit_subject", "audit_seal", "roster_import", "roster_file", "data_version", "counter", "user", "session", "once_key"}
    return {
        table.name: sorted(
            (tuple(value for name, value in one.items() if name not in ("version", "id")) for one in db.session.execute(table.select()).mappings()), key=str
        )
        for table in db.metadata.sorted_tables
        if table.name not in apart and not table.name.startswith(("user", "task", "job", "audit", "search"))
    }
