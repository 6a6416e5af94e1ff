"""The floors of dues and what a federation gets, by the worked examples W-23, W-24, E18, E19."""

import pytest

from unionops.law.dues import below_floor, federation, federation_by_heads, floors


@pytest.mark.parametrize(("wage", "daily", "regular", "entrance"), [(36_000, None, 180, 1_200), (36_300, None, 182, 1_210), (36_000, 1_500, 180, 1_500), (29_500, None, 148, 984)])
def test_floors(wage, daily, regular, entrance):
    found = floors(wage, daily)
    assert (found.regular, found.entrance) == (regular, entrance)
    assert [one.rule for one in found.basis] == ["UA-28-monthly", "UA-28-entrance"]


def test_federation_dues():
    assert federation(1_200_000)[:2] == (60_000, 360_000)
    assert federation(0)[:2] == (0, 0)


@pytest.mark.parametrize(("members", "per_head", "amount", "lies"), [
    (1_000, 100, 100_000, 0), (1_000, 60, 60_000, 0), (999, 60, 59_940, -1), (1_000, 360, 360_000, 0), (1_001, 360, 360_360, 1), (0, 100, 0, -1),
])
def test_federation_dues_by_the_members_reported(members, per_head, amount, lies):
    found = federation_by_heads(members, per_head, 1_200_000)
    assert (found.amount, found.lies, found.basis.rule) == (amount, lies, "UA-28-fed")


def test_whom_flat_dues_leave_below_the_floor():
    assert below_floor(150, [29_500, 30_000, 45_800, 45_800]) == (2, 229)
