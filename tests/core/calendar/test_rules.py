"""When somebody is reminded, and who."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.calendar import rules
from unionops.core.calendar.rules import STAGES, addressees, due_stage, stage, status
from unionops.core.clock import TAIPEI

TODAY = date(2026, 11, 22)
ALL = {"secretary_general", "president", "administrator", "staff"}


@pytest.mark.parametrize(
    ("days", "reached"),
    [(31, None), (30, 30), (29, 30), (15, 30), (14, 14), (8, 14), (7, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 0), (-1, -1), (-40, -40)],
)
def test_the_stage_reached(days, reached):
    assert stage(days) == reached


@given(st.integers(-400, 400))
def test_stages_never_go_back_as_days_pass(days):
    now, later = stage(days), stage(days - 1)
    assert now is None or (later is not None and later <= now)
    assert now is None or now >= days or days < 0


@given(set_before=st.integers(-5, 60), closed_days=st.sets(st.integers(0, 80)))
def test_daily_runs_tell_each_stage_once_and_miss_none(set_before, closed_days):
    """However many days the office is closed, after each run everything reached has been told, as its newest stage."""
    told: list[int] = []
    for day in range(80):
        days = set_before - day
        if day in closed_days:
            continue
        now = due_stage(days, told[-1] if told else None)
        if now is not None:
            told.append(now)
        assert due_stage(days, told[-1] if told else None) is None
        assert (told[-1] if told else None) == stage(days)
    assert len(told) == len(set(told))
    assert told == sorted(told, reverse=True)


def test_an_office_that_never_closes_hears_every_stage():
    told: list[int] = []
    for days in range(40, -4, -1):
        now = due_stage(days, told[-1] if told else None)
        told += [now] if now is not None else []
    assert told == [*STAGES, -1, -2, -3]


def test_a_deadline_that_moved_starts_anew():
    assert due_stage(6, 7) is None
    assert due_stage(6, None) == 7


@pytest.mark.parametrize(
    ("closed", "withdrawn", "day", "expected"),
    [
        (False, False, TODAY, "open"), (False, False, TODAY - timedelta(days=1), "overdue"), (True, False, TODAY - timedelta(days=9), "closed"),
        (False, True, TODAY, "withdrawn"), (True, True, TODAY, "closed"),
    ],
)
def test_how_it_stands(closed, withdrawn, day, expected):
    assert status(day, closed=closed, withdrawn=withdrawn, today=TODAY) == expected


def roles(days, owner="active", owner_roles=("staff",), held=ALL):
    return [rung.role for rung in addressees(days, owner=owner, owner_roles=owner_roles, held=held)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (30, ["owner"]), (0, ["owner"]), (-1, ["owner", "secretary_general"]), (-2, ["owner", "secretary_general", "president"]),
        (-30, ["owner", "secretary_general", "president"]),
    ],
)
def test_one_more_person_up_each_further_day(days, expected):
    assert roles(days) == expected


def test_the_ladder_begins_above_the_owner():
    assert roles(-1, owner_roles=("secretary_general", "staff")) == ["owner", "president"]
    assert roles(-5, owner_roles=("president",)) == ["owner"]


def test_who_left_is_stood_in_for_at_once():
    assert roles(14, owner="gone") == ["secretary_general"]
    assert roles(14, owner="none") == ["secretary_general"]
    assert roles(-1, owner="gone") == ["secretary_general", "president"]
    assert "停用" in addressees(14, owner="gone", owner_roles=(), held=ALL)[0].why
    assert "尚未指定" in addressees(14, owner="none", owner_roles=(), held=ALL)[0].why


def test_vacant_rungs_are_passed_over():
    assert roles(-1, held={"president"}) == ["owner", "president"]
    assert roles(5, owner="gone", held={"president"}) == ["president"]
    assert roles(5, owner="gone", held={"administrator"}) == ["administrator"]


@given(
    days=st.integers(-60, 60), owner=st.sampled_from(["active", "gone", "none"]), own=st.sets(st.sampled_from(sorted(ALL))),
    held=st.sets(st.sampled_from(sorted(ALL))),
)
def test_somebody_is_always_addressed_and_nobody_twice(days, owner, own, held):
    found = roles(days, owner, own, held)
    assert found
    assert len(found) == len(set(found))
    assert set(roles(days - 1, owner, own, held)) >= set(found) or days - 1 >= 0


# --- what may be written


def fields(problems):
    return [one.field for one in problems]


@pytest.mark.parametrize(
    ("nominal", "latest", "wrong"),
    [
        (TODAY, None, []), (TODAY - timedelta(days=1), None, ["nominal_on"]), (TODAY, TODAY - timedelta(days=1), ["latest_on"]),
        (date(2062, 1, 1), None, ["nominal_on"]), (TODAY, TODAY + timedelta(days=3), []),
    ],
)
def test_an_own_deadline(nominal, latest, wrong):
    assert fields(rules.own_problems(nominal_on=nominal, latest_on=latest, today=TODAY)) == wrong


@pytest.mark.parametrize(
    ("to_on", "reason", "settled", "wrong"),
    [
        (TODAY + timedelta(days=5), "來函同意", False, []), (TODAY + timedelta(days=2), "x", False, ["to_on"]), (TODAY + timedelta(days=9), " ", False, ["reason"]),
        (TODAY + timedelta(days=9), "x", True, [""]), (date(2075, 1, 1), "x", False, ["to_on"]),
    ],
)
def test_an_extension(to_on, reason, settled, wrong):
    found = rules.extension_problems(from_on=TODAY + timedelta(days=2), to_on=to_on, reason=reason, settled=settled, today=TODAY)
    assert fields(found) == wrong


def test_an_extension_of_what_is_overdue_lies_ahead():
    found = rules.extension_problems(from_on=TODAY - timedelta(days=9), to_on=TODAY - timedelta(days=2), reason="x", settled=False, today=TODAY)
    assert fields(found) == ["to_on"]


def test_an_appointment_ends_after_it_begins():
    nine, ten = datetime(2026, 11, 23, 9, tzinfo=TAIPEI), datetime(2026, 11, 23, 10, tzinfo=TAIPEI)
    check = rules.appointment_problems
    assert check(starts_at=nine, ends_at=ten, all_day=False, today=TODAY) == []
    assert fields(check(starts_at=ten, ends_at=nine, all_day=False, today=TODAY)) == ["ends_time"]
    assert fields(check(starts_at=nine, ends_at=nine, all_day=True, today=TODAY)) == ["ends_on"]
    assert fields(check(starts_at=nine, ends_at=nine + timedelta(days=800), all_day=False, today=TODAY)) == ["ends_on"]
    assert fields(check(starts_at=nine.replace(year=2062), ends_at=ten.replace(year=2062), all_day=False, today=TODAY)) == ["starts_on"]
