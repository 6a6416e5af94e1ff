"""The year of a union rebuilt by one command from the files of its office: every balance is what its clerk got."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import BillRun, Payment
from unionops.members.rules.office_folder import Kind, account_holder, collector, kind_of, pattern_of, receivables, sent
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.rebuilt import compared
from unionops.values.problems import Unreadable

OFFICE = Path(__file__).parents[1] / "data" / "office"


def test_the_year_is_rebuilt_and_every_balance_agrees(app: Flask):
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(OFFICE)])
    assert told.exit_code == 0, told.output
    assert "不符 differing: 0" in told.output
    months = [run.period_on.month for run in db.session.query(BillRun)]
    assert set(months) == set(range(1, 13))
    assert {payment.channel for payment in db.session.query(Payment)} == {"bank", "giro", "shop", "checkoff"}
    assert books.balances()[chart.AGENCY_MONEY] == 12_917_616
    db.session.rollback()
    again = app.test_cli_runner().invoke(args=["dues", "rebuild", str(OFFICE)])
    assert again.exit_code == 1
    assert "空的系統" in again.output


def test_a_difference_is_told_and_ends_with_a_fault(app: Flask, tmp_path: Path):
    """A small folder of its own: a roster, and one figure that is not so."""
    (tmp_path / "roster.csv").write_text("會員編號,姓名,身分證字號,入會日期\n00001,林佳慧,A123456789,100/1/1\n00002,陳志明,B123456780,100/1/1\n", "utf-8")
    (tmp_path / "receivables_115Q1.csv").write_text("會員編號,姓名,期別,會費,保險費,繳款期限\n00001,林佳慧,115Q1,450,1000,115/2/28\n00002,陳志明,115Q1,600,0,115/2/28\n", "utf-8")
    (tmp_path / "expected.json").write_text(json.dumps({"receivables_115Q1.csv": {"rows": 2, "sum_dues": 1050, "sum_insurance": 999}}))
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(tmp_path), "--as-of", "115/3/25", "--name", "測試工會"])
    assert told.exit_code == 1, told.output
    assert "sum_insurance: 1000 ≠ 999" in told.output
    assert "differing: 1" in told.output


def test_a_folder_without_a_roster_is_refused(app: Flask, tmp_path: Path):
    shutil.copy(OFFICE / "postal_giro.csv", tmp_path)
    told = app.test_cli_runner().invoke(args=["dues", "rebuild", str(tmp_path)])
    assert told.exit_code == 1
    assert "名冊" in told.output


def test_the_files_of_an_office_are_known_by_their_names():
    assert [kind_of(name) for name in ("roster.xlsx", "receivables_115Q1.csv", "checkoff_return_a.xlsx", "notes.txt")] == [
        Kind.ROSTER, Kind.RECEIVABLES, Kind.RETURNED, None,
    ]


@pytest.mark.parametrize("pattern", ["98217{member:6}{year:1}{quarter:1}{weights:371}", "J62{member:6}{year:3}{quarter:2}{rest:97}", "7{member:5}{year:2}{month:2}"])
def test_how_numbers_are_made_is_seen_from_them(pattern):
    period = date(2026, 4, 1)
    pairs = [(member, numbering(pattern).number(member, period) or "") for member in ("00007", "01234", "02409", "00310", "00999")]
    found = pattern_of(pairs, period)
    assert found is not None
    assert all(numbering(found).number(member, period) == text for member, text in pairs)
    assert pattern_of([(pairs[0][0], pairs[0][1]), (pairs[1][0], pairs[1][1][:-1] + "x")], period) is None


def test_lists_that_are_none_are_refused_or_passed_over():
    with pytest.raises(Unreadable):
        receivables([["甲", "乙"]])
    with pytest.raises(Unreadable):
        receivables([["會員編號", "會費", "期別"], ["1", "450", "春季"]])
    assert list(sent([[["只是一張表"]]])) == []
    assert account_holder(["帳號：1", "戶名：某某工會"]) == "某某工會"
    assert collector([], {}) == ""


def test_what_only_one_knows_of_classes_is_a_difference():
    found = list(compared({"a": {"classes": {"x": 1}, "rows": 2, "own": 3}}, {"a": {"classes": {"y": 1}, "rows": [1, 2]}}))
    assert {(one.figure, one.agrees) for one in found} == {("classes.x", False), ("classes.y", False), ("rows", True)}

