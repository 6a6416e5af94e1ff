"""The worked examples that are sums rather than dates, from dated figures and the one rounding."""

from datetime import date
from decimal import Decimal

import pytest

from unionops import law
from unionops.values.money import round_ntd

ON = law.at(date(2026, 7, 1))


def test_dues_of_a_month_and_on_joining():
    """W-23: a legal minimum is rounded up to the dollar."""
    assert round_ntd(36_000 * ON.rate("dues.monthly_rate"), "up") == 180
    assert round_ntd(Decimal(36_000) / 30 * ON.whole("dues.entrance_day_wages"), "up") == 1200
    assert round_ntd(36_001 * ON.rate("dues.monthly_rate"), "up") == 181


def test_dues_to_a_federation():
    """W-24."""
    low, high = ON.rate("dues.federation_rate_min"), ON.rate("dues.federation_rate_max")
    assert (round_ntd(1_200_000 * low, "up"), round_ntd(1_200_000 * high, "down")) == (60_000, 360_000)


def test_the_floor_of_business_and_office_expenses():
    """W-34."""
    assert round_ntd(4_000_000 * ON.rate("finance.business_office_min"), "up") - 1_580_000 == 20_000


@pytest.mark.parametrize(("salary", "li", "nhi"), [(30_300, 2_091, 940), (45_800, 3_160, 1_421), (29_500, 2_036, 915)])
def test_a_members_premiums(salary, li, nhi):
    """E12, E13: half up, and the tables' own column."""
    assert round_ntd(salary * ON.rate("li.rate") * ON.rate("li.member_share"), "half_up") == li
    assert round_ntd(salary * ON.rate("nhi.rate") * ON.rate("nhi.member_share"), "half_up") == nhi


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_computed_columns_of_the_grade_tables(year):
    then = law.at(date(year, 7, 1))
    for row in law.parameters.tables("li_grades", year).rows:
        share = round_ntd(int(row["insured_salary"]) * then.rate("li.rate") * then.rate("li.member_share"), "half_up")
        assert share == int(row["member_ordinary_premium_60pct"])
    for row in law.parameters.tables("nhi_grades", year).rows:
        own = round_ntd(int(row["insured_amount"]) * then.rate("nhi.rate") * then.rate("nhi.member_share"), "half_up")
        assert [int(row[f"cat2_{who}"]) for who in ("self", "plus1", "plus2", "plus3")] == [own, 2 * own, 3 * own, 4 * own]


def test_late_fees():
    """E15, E16, E17."""
    assert round_ntd(2_091 * ON.rate("li.late_fee_rate") * 19, "half_up") == 40
    assert round_ntd(35 * ON.rate("oai.late_fee_rate") * 19, "half_up") == 1
    assert round_ntd(182_400 * ON.rate("nhi.late_fee_rate") * 19, "half_up") == 3_466
    assert round_ntd(182_400 * ON.rate("nhi.late_fee_cap_unit"), "half_up") == 27_360
