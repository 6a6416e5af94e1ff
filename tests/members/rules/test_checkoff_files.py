"""The office's own files: what three employers were asked for, and what they sent back, each in a form of its own."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from unionops.core.transfer.reading import read_table_file
from unionops.members.rules import checkoff
from unionops.members.rules.checkoff import Asked, Found, Verdict
from unionops.members.rules.checkoff_sheets import Period, Returned, read

OFFICE = Path(__file__).parents[2] / "data" / "office"
EXPECTED = json.loads((OFFICE / "expected.json").read_text())
FILES = {
    "wangsheng": ("旺笙舞台工程", Period(date(2026, 2, 1), 1), ""), "hemu": ("禾沐展演股份", Period(date(2026, 2, 1), 1), "D01"),
    "yuguang": ("聿光影音器材", Period(date(2026, 1, 1), 3), ""),
}


def sent(sheet: str, months: int) -> list[Asked]:
    """Whom the office asked for; its list gives the monthly amount."""
    rows = openpyxl.load_workbook(OFFICE / "checkoff_sent.xlsx")[sheet].iter_rows(min_row=4, values_only=True)
    return [Asked(int(row[0]), str(row[1]), str(row[3]), int(row[5]) * months, str(row[2])) for row in rows if isinstance(row[0], int)]


def returned(name: str) -> Returned:
    book = read_table_file((OFFICE / f"checkoff_return_{name}.xlsx").read_bytes(), f"checkoff_return_{name}.xlsx")
    return read(book, FILES[name][1], code=FILES[name][2])


def result(found: list[Found], months: int) -> dict[str, Any]:
    """In the words of the office's own reckoning."""
    of = {verdict: [one for one in found if one.verdict is verdict] for verdict in Verdict}

    def rows(one: Found) -> list[int]:
        return [entry.amount // months for entry in one.entries]

    return {
        "as_asked": len(of[Verdict.OK]), "left": sorted(one.staff_number for one in of[Verdict.LEFT]),
        "missing": sorted(one.staff_number for one in of[Verdict.MISSING]), "unknown_number": sorted(one.staff_number for one in of[Verdict.UNKNOWN]),
        "number_typo": [{"given": one.staff_number, "same_name_as": one.like} for one in of[Verdict.TYPO] if one.asked is None],
        "wrong_amount": [
            {"staff": one.staff_number, "due": one.expected // months, "got": one.received // months}
            for one in sorted(of[Verdict.SHORT] + of[Verdict.OVER], key=lambda one: one.staff_number)
        ],
        "duplicate": [{"staff": one.staff_number, "due": one.expected // months, "rows": rows(one)} for one in of[Verdict.DUPLICATE]],
        "split": [{"staff": one.staff_number, "due": one.expected // months, "rows": rows(one)} for one in of[Verdict.SPLIT]],
    }


@pytest.mark.parametrize("name", FILES)
def test_each_answer_comes_to_what_a_careful_clerk_finds(name):
    sheet, period, _code = FILES[name]
    wanted = EXPECTED[f"checkoff_return_{name}.xlsx"]
    asked, answer = sent(sheet, period.months), returned(name)
    found = checkoff.compare(asked, answer.entries)
    sums = checkoff.money(found, answer.stated)
    assert (len(asked), sums.asked, len(answer.entries)) == (wanted["sent_people"], wanted["sent_amount"], wanted["data_rows"])
    assert result(found, period.months) == wanted["result"]
    assert {"applied_by_number": sums.applied, "not_applied": sums.held, "shortfall": sums.short} == wanted["money"]
    assert (sums.received, sums.stated, sums.differs) == (wanted["sum_of_rows"], wanted["stated_total"], wanted["difference_stated_minus_rows"])
    told = wanted["bank_transfer"]
    assert answer.transfer == (told["amount"], date.fromisoformat(told["date"]), told["fee_deducted"])
    assert not checkoff.file_problems(found, answer.months, period.first, period.months, anyway=False)


@pytest.mark.parametrize("name", FILES)
def test_another_employers_file_is_refused(name):
    for other, (sheet, period, _code) in FILES.items():
        if other != name:
            found = checkoff.compare(sent(sheet, period.months), returned(name).entries)
            problems = checkoff.file_problems(found, frozenset(), period.first, period.months, anyway=True)
            assert [one.code for one in problems] == ["wrong_employer"]


def test_another_month_is_refused_unless_somebody_looked():
    answer = returned("wangsheng")
    found = checkoff.compare(sent("旺笙舞台工程", 1), answer.entries)
    assert answer.months == {date(2026, 2, 1)}
    assert [one.code for one in checkoff.file_problems(found, answer.months, date(2026, 3, 1), 1, anyway=False)] == ["month_outside"]
    assert not checkoff.file_problems(found, answer.months, date(2026, 3, 1), 1, anyway=True)


def test_other_deductions_are_counted_and_left_aside():
    assert sum(returned("hemu").others.values()) == 107 - 1 - 48 + 0
