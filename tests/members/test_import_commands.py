"""The commands over a roster file."""

from __future__ import annotations

import json

import sqlalchemy as sa

from tests.members.rosters import AS_OF, EXPECTED, OFFICE, csv_file, row
from unionops.core.db import db
from unionops.members.models import Person, RosterImport


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(args=["members", *arguments])


def test_checking_prints_every_row_as_json(app):
    told = run(app, "check-roster", str(OFFICE / "roster.xlsx"), "--as-of", AS_OF.isoformat(), "--sheet", "會員名冊", "--json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.output)
    expected = EXPECTED["roster.xlsx"]
    assert [(one["name"], one["header_rows"]) for one in answer["sheets"]] == [("會員名冊", expected["header_rows"])]
    assert answer["counts"] == {"ok": 1168, "refuse": 22, "duplicate": 10, "skip": 12}
    rows = {one["row"]: one for one in answer["rows"]}
    for person in expected["people"]:
        found = rows[person["row"]]
        assert (found["status"], found["codes"], found["values"]["id_number"] or None) == (person["status"], person["codes"], person["id"])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RosterImport)) == 0


def test_checking_for_people_names_what_is_refused(app, tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(csv_file([row(1, 出生日期="75/2/30"), row(2)]))
    told = run(app, "check-roster", str(file), "--as-of", "115/3/25")
    assert "date_impossible" in told.output
    assert "身分證字號 → id_number" in told.output


def test_checking_what_is_no_roster(app, tmp_path):
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"%PDF-1.7")
    told = run(app, "check-roster", str(file))
    assert told.exit_code == 1
    assert "內容卻是" in told.output
    told = run(app, "check-roster", str(OFFICE / "roster.xlsx"), "--sheet", "沒有這張")
    assert told.exit_code == 1
    assert run(app, "check-roster", str(OFFICE / "roster.xlsx"), "--as-of", "什麼").exit_code == 2


def test_importing_writes_only_when_told_to(app, tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(csv_file([row(1), row(2, "陳志明")]))
    told = run(app, "import-roster", str(file))
    assert told.exit_code == 0, told.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    told = run(app, "import-roster", str(file), "--apply")
    assert json.loads(told.output)["created"] == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 2
    told = run(app, "import-roster", str(file), "--apply")
    assert told.exit_code == 1
    assert "已經匯入過" in told.output
