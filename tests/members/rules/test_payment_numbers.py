"""Numbers on bills: what a bank and a collector printed on real ones, and back again; nothing that is not one is taken for one."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.members.rules.payment_numbers import Bill, numbering
from unionops.values.problems import Unreadable

ACCOUNT = numbering("98217{member:6}{year:1}{quarter:1}{weights:371}")
SLIP = numbering("J62{member:6}{year:3}{quarter:2}{rest:97}")
Q1 = date(2026, 1, 1)
BILLS = Path(__file__).parents[2] / "data/office/receivables_115Q1.csv"


def test_every_printed_bill_of_the_office_has_these_numbers():
    with BILLS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["虛擬帳號"] or row["超商銷帳編號"]]
    assert len(rows) > 100
    for row in rows:
        number = row["會員編號"]
        assert (ACCOUNT.number(number, Q1), SLIP.number(number, Q1)) == (row["虛擬帳號"], row["超商銷帳編號"])
        told = Bill(number.lstrip("0"), Q1)
        assert ACCOUNT.read(row["虛擬帳號"], date(2026, 3, 24)) == SLIP.read(row["超商銷帳編號"], date(2026, 3, 24)) == told


@given(st.integers(0, 999_999), st.integers(0, 9), st.integers(0, 3))
def test_what_is_made_is_read_again(member, year, quarter):
    day = date(2018 + year, quarter * 3 + 1, 1)
    for one in (ACCOUNT, SLIP):
        made = one.number(f"{member:05}", day)
        assert made is not None
        assert len(made) == one.length
        assert one.read(made, date(2026, 9, 1)) == Bill(str(member), day)


@given(st.integers(0, 999_999), st.integers(5, 13), st.integers(1, 9))
def test_one_wrong_figure_is_seen(member, place, more):
    made = ACCOUNT.number(str(member), Q1)
    # Of the weights 3, 7 and 1 each has an inverse modulo ten: no single slip of the pen passes.
    wrong = made[:place] + str((int(made[place]) + more) % 10) + made[place + 1 :]
    assert ACCOUNT.read(wrong, Q1) is None


@pytest.mark.parametrize(("text", "is_one"), [
    ("98217000007516", True), ("９８２１７００００７５１６", False), ("9821 7000 0075 16", True), ("98217-000007-516", True), ("98217000007517", False),
    ("98217000007596", False), ("98218000007516", False), ("", False), ("9821700000751", False), ("982170000075166", False), ("98217ABCDEF516", False),
])
def test_only_what_is_one_is_read(text, is_one):
    assert (ACCOUNT.read(text, Q1) is not None) == is_one


def test_full_width_figures_are_read():
    assert ACCOUNT.read("９８２１７０００００７５１６", Q1) == Bill("7", Q1)


@pytest.mark.parametrize("member", ["A123", "1234567", "王12"])
def test_a_member_number_that_does_not_fit_has_no_number(member):
    assert ACCOUNT.number(member, Q1) is None


@pytest.mark.parametrize(("pattern", "member", "day", "made"), [
    ("5566{year:3}{month:2}{member:5}", "123", date(2026, 11, 1), "55661151100123"),
    ("{member:7}{year:2}{half:1}{weights:12}", "45", date(2026, 7, 1), "00000451526"),
    ("88{year:3}{member:6}", "9", date(2026, 1, 1), "88115000009"),
])
def test_other_agreements(pattern, member, day, made):
    one = numbering(pattern)
    assert one.number(member, day) == made
    assert one.read(made, day) == Bill(member, day)


@pytest.mark.parametrize("pattern", [
    "", "98217", "98217{member:6}", "{member:6}{member:6}{year:1}", "{member:6}{year:9}", "{member:0}{year:1}", "{who:6}{year:1}", "中文{member:6}{year:1}",
    "{member:6}{year:1}{rest:1}", "{member:6}{year:1}{weights:0}", "{member:6}{year:1}{month:2}{quarter:1}", "123456789012345{member:10}{year:1}", "{member:6}{year:1}x",
])
def test_patterns_that_could_not_tell_whose_are_refused(pattern):
    with pytest.raises(Unreadable):
        numbering(pattern)
