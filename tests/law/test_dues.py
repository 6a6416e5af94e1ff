"""The floors of dues and what a federation gets, by the worked examples W-23, W-24, E18, E19."""

import pytest

from unionops.law.dues import below_floor, federation, floors


@pytest.mark.parametrize(("wage", "daily", "regular", "entrance"), [(36_000, None, 180, 1_200), (36_300, None, 182, 1_210), (36_000, 1_500, 180, 1_500), (29_500, None, 148, 984)])
def test_floors(wage, daily, regular, entrance):
    found = floors(wage, daily)
    assert (found.regular, found.entrance) == (regular, entrance)
    assert [one.rule for one in found.basis] == ["UA-28-monthly", "UA-28-entrance"]


def test_federation_dues():
    assert federation(1_200_000)[:2] == (60_000, 360_000)
    assert federation(0)[:2] == (0, 0)


def test_whom_flat_dues_leave_below_the_floor():
    assert below_floor(150, [29_500, 30_000, 45_800, 45_800]) == (2, 229)
