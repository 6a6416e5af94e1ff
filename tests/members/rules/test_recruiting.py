"""What may be recorded about somebody who might join, and how far a workplace is organised."""

from __future__ import annotations

from datetime import date

import pytest

from unionops.members.rules.recruiting import Reached, Result, is_late, prospect_problems

TODAY = date(2026, 11, 23)


def wrong(**given) -> set[str]:
    held = {"result": Result.ASKED, "asked_by": "林秀琴", "asked_on": TODAY, "again_on": None} | given
    return {one.field for one in prospect_problems(today=TODAY, **held)}


@pytest.mark.parametrize(("given", "fields"), [
    ({}, set()), ({"result": Result.NEW, "asked_by": "", "asked_on": None}, set()), ({"asked_on": date(2026, 11, 24)}, {"asked_on"}),
    ({"asked_on": None}, {"asked_on"}), ({"asked_by": " "}, {"asked_by"}), ({"result": Result.AGAIN}, {"again_on"}),
    ({"result": Result.AGAIN, "again_on": date(2026, 12, 1)}, set()), ({"again_on": date(2026, 11, 1)}, {"again_on"}),
])
def test_a_contact_that_is_recorded(given, fields):
    assert wrong(**given) == fields


def test_density():
    assert Reached(30, 20, 10, 3).density == 60
    assert Reached(0, 0, 0, 0).density is None
    assert Reached(0, 5, 0, 0).density == 0


def test_when_to_ask_again():
    assert is_late(Result.AGAIN, TODAY, TODAY)
    assert not is_late(Result.AGAIN, date(2026, 11, 24), TODAY)
    assert not is_late(Result.DECLINED, date(2026, 1, 1), TODAY)
    assert not is_late(Result.NEW, None, TODAY)
