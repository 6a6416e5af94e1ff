from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.law.calendar import TAIWAN, WorkCalendar
from unionops.law.parameters import tables
from unionops.law.periods import deadline, hours_deadline, notice_latest_delivery, notice_takes_effect, term_ends
from unionops.values.problems import RuleBroken

D = date
DAYS = st.dates(date(1999, 1, 1), date(2027, 6, 30))
UNITS = st.sampled_from(["day", "week", "month", "year", "working_day"])
ROLLS = st.sampled_from(["APA48", "CC122", "NONE"])


@pytest.mark.parametrize(
    ("event_on", "length", "unit", "roll", "nominal_on", "latest_on", "safe_on"),
    [
        (D(2026, 3, 1), 90, "day", "APA48", D(2026, 5, 30), D(2026, 6, 1), D(2026, 5, 29)),  # E01
        (D(2026, 2, 10), 90, "day", "APA48", D(2026, 5, 11), D(2026, 5, 11), D(2026, 5, 11)),  # E02
        (D(2026, 7, 15), 30, "day", "CC122", D(2026, 8, 14), D(2026, 8, 14), D(2026, 8, 14)),  # E03
        (D(2026, 7, 15), 2, "month", "CC122", D(2026, 9, 15), D(2026, 9, 15), D(2026, 9, 15)),  # E03
        (D(2026, 6, 2), 3, "day", "APA48", D(2026, 6, 5), D(2026, 6, 5), D(2026, 6, 5)),  # E04
        (D(2026, 6, 5), 7, "day", "APA48", D(2026, 6, 12), D(2026, 6, 12), D(2026, 6, 12)),  # E04
        (D(2026, 6, 12), 10, "day", "APA48", D(2026, 6, 22), D(2026, 6, 22), D(2026, 6, 22)),  # E04
        (D(2026, 4, 10), 30, "day", "NONE", D(2026, 5, 10), D(2026, 5, 10), D(2026, 5, 8)),  # E05
        (D(2026, 3, 31), 30, "day", "NONE", D(2026, 4, 30), D(2026, 4, 30), D(2026, 4, 30)),  # E06
        (D(2021, 5, 5), 5, "year", "NONE", D(2026, 5, 5), D(2026, 5, 5), D(2026, 5, 5)),  # E07
        (D(2026, 5, 5), 2, "year", "NONE", D(2028, 5, 5), D(2028, 5, 5), D(2028, 5, 5)),  # E08
        (D(2026, 8, 3), 60, "day", "APA48", D(2026, 10, 2), D(2026, 10, 2), D(2026, 10, 2)),  # E23
        (D(2026, 9, 1), 15, "day", "NONE", D(2026, 9, 16), D(2026, 9, 16), D(2026, 9, 16)),  # E25
        (D(2026, 9, 16), 15, "day", "NONE", D(2026, 10, 1), D(2026, 10, 1), D(2026, 10, 1)),  # E25
        (D(2026, 2, 27), 6, "month", "APA48", D(2026, 8, 27), D(2026, 8, 27), D(2026, 8, 27)),  # E27
        (D(2026, 7, 20), 3, "year", "NONE", D(2029, 7, 20), D(2029, 7, 20), D(2029, 7, 20)),  # E28
        (D(2029, 3, 31), 1, "year", "NONE", D(2030, 3, 31), D(2030, 3, 31), D(2030, 3, 29)),  # E28
        (D(2026, 6, 1), 10, "day", "NONE", D(2026, 6, 11), D(2026, 6, 11), D(2026, 6, 11)),  # W-18
        (D(2027, 2, 20), 10, "day", "NONE", D(2027, 3, 2), D(2027, 3, 2), D(2027, 3, 2)),  # W-20
        (D(2025, 10, 15), 90, "day", "NONE", D(2026, 1, 13), D(2026, 1, 13), D(2026, 1, 13)),  # W-21
        (D(2026, 3, 25), 30, "day", "APA48", D(2026, 4, 24), D(2026, 4, 24), D(2026, 4, 24)),  # W-25, W-26
        (D(2026, 3, 25), 10, "year", "NONE", D(2036, 3, 25), D(2036, 3, 25), D(2036, 3, 25)),  # W-25
        (D(2026, 3, 25), 5, "year", "NONE", D(2031, 3, 25), D(2031, 3, 25), D(2031, 3, 25)),  # W-25
        (D(2026, 1, 15), 90, "day", "APA48", D(2026, 4, 15), D(2026, 4, 15), D(2026, 4, 15)),  # W-28
        (D(2026, 8, 1), 30, "day", "NONE", D(2026, 8, 31), D(2026, 8, 31), D(2026, 8, 31)),  # W-29
        (D(2026, 4, 16), 30, "day", "APA48", D(2026, 5, 16), D(2026, 5, 18), D(2026, 5, 15)),  # W-35
        (D(2024, 2, 29), 5, "year", "NONE", D(2029, 2, 28), D(2029, 2, 28), D(2029, 2, 27)),  # DATE-03; 2/28 is a holiday
        (D(2026, 1, 30), 1, "month", "CC122", D(2026, 2, 28), D(2026, 3, 2), D(2026, 2, 26)),  # no 31 February
        (D(2026, 1, 31), 1, "month", "NONE", D(2026, 2, 28), D(2026, 2, 28), D(2026, 2, 26)),  # a whole month from the first
        (D(2026, 2, 13), 1, "working_day", "APA48", D(2026, 2, 23), D(2026, 2, 23), D(2026, 2, 23)),  # over the New Year
        (D(2026, 9, 1), 2, "week", "CC122", D(2026, 9, 15), D(2026, 9, 15), D(2026, 9, 15)),
        (D(2026, 6, 18), 1, "day", "APA48", D(2026, 6, 19), D(2026, 6, 22), D(2026, 6, 18)),  # a holiday on Friday
        (D(2026, 9, 1), 0, "day", "NONE", D(2026, 9, 1), D(2026, 9, 1), D(2026, 9, 1)),  # LI-01: the same day
    ],
)
def test_worked_examples(event_on, length, unit, roll, nominal_on, latest_on, safe_on):
    found = deadline(event_on, length, unit, roll)
    assert (found.nominal_on, found.latest_on, found.safe_on) == (nominal_on, latest_on, safe_on)


def test_a_saturday_moves_to_monday_morning_at_an_authority_only():
    assert deadline(D(2026, 4, 16), 30, roll="APA48").latest_noon
    assert not deadline(D(2026, 4, 16), 30, roll="CC122").latest_noon
    assert not deadline(D(2026, 4, 17), 30, roll="APA48").latest_noon  # a Sunday moves to the whole of Monday
    assert deadline(D(2026, 4, 16), 30).basis[1].rule == "DATE-04"


def test_a_saturday_before_a_holiday_on_monday_moves_on():
    found = deadline(D(2026, 10, 23), 1)  # Saturday 10/24; Monday 10/26 stands in for Sunday 10/25
    assert (found.latest_on, found.latest_noon) == (D(2026, 10, 27), True)
    assert found.basis[1].confidence == "memory"


def test_a_saturday_that_was_worked_does_not_move():
    found = deadline(D(2025, 2, 7), 1)
    assert (found.latest_on, found.latest_noon) == (D(2025, 2, 8), False)


def test_the_first_day_may_count():
    assert deadline(D(2026, 9, 1), 1, first_day="included").nominal_on == D(2026, 9, 1)
    assert deadline(D(2026, 9, 1), 1, "week", first_day="included").nominal_on == D(2026, 9, 7)
    assert deadline(D(2024, 2, 29), 4, "year", "NONE", "included").nominal_on == D(2028, 2, 28)  # C-months
    assert deadline(D(2024, 2, 29), 3, "year", "NONE", "included").nominal_on == D(2027, 2, 28)
    assert deadline(D(2026, 9, 5), 1, "working_day", first_day="included").nominal_on == D(2026, 9, 7)
    assert deadline(D(2026, 9, 7), 1, "working_day", first_day="included").nominal_on == D(2026, 9, 7)


def test_backwards_never_moves():
    found = deadline(D(2026, 8, 1), -60)  # DATE-10: 60 days before a mass redundancy
    assert found.nominal_on == found.latest_on == D(2026, 6, 2)
    assert deadline(D(2026, 6, 30), -2, "week").nominal_on == D(2026, 6, 16)
    sunday = deadline(D(2026, 6, 17), -3)
    assert (sunday.nominal_on, sunday.latest_on, sunday.safe_on) == (D(2026, 6, 14), D(2026, 6, 14), D(2026, 6, 12))
    assert found.basis[0].rule == "DATE-10"


@pytest.mark.parametrize(
    ("length", "unit", "first_day"),
    [
        (-1, "month", "excluded"),
        (-1, "working_day", "excluded"),
        (0, "day", "included"),
        (0, "month", "excluded"),
        (0, "week", "excluded"),
        (36_526, "day", "excluded"),
        (101, "year", "excluded"),
        (-36_526, "day", "excluded"),
    ],
)
def test_lengths_that_make_no_sense(length, unit, first_day):
    with pytest.raises(RuleBroken) as caught:
        deadline(D(2026, 1, 1), length, unit, first_day=first_day)
    assert caught.value.problems[0].field == "length"


def test_beyond_the_published_calendar_the_moving_is_called_a_guess():
    found = deadline(D(2026, 7, 15), 24, "month")  # Saturday 2028-07-15
    assert (found.nominal_on, found.latest_on, found.is_estimated) == (D(2028, 7, 15), D(2028, 7, 17), True)
    assert "推估" in found.basis[-1].note
    assert not deadline(D(2026, 7, 15), 2, "month").is_estimated


def test_an_offices_own_calendar():
    typhoon = WorkCalendar({D(2026, 9, 1): False})
    assert deadline(D(2026, 8, 31), 1, calendar=typhoon).latest_on == D(2026, 9, 2)


def test_every_deadline_of_the_catalogue_can_be_counted():
    for row in tables("deadline_rules").rows:
        if row["counting"] == "next_day" and row["offset"].isdigit() and row["roll_policy"] in ("APA48", "CC122", "NONE"):
            found = deadline(D(2026, 3, 1), int(row["offset"]), row["unit"], row["roll_policy"])
            assert found.nominal_on > D(2026, 3, 1)


def test_hours_start_at_once():
    taipei = timezone(timedelta(hours=8))
    assert hours_deadline(datetime(2026, 7, 8, 22, 30, tzinfo=taipei), 8) == datetime(2026, 7, 9, 6, 30, tzinfo=taipei)  # E24
    assert hours_deadline(datetime(2026, 7, 8, 14, 30, tzinfo=UTC), 72) == datetime(2026, 7, 11, 14, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        hours_deadline(datetime(2026, 7, 8), 8)


def test_a_term_ends_the_day_before_it_would_begin_again():
    assert term_ends(D(2023, 3, 10), 4) == D(2027, 3, 9)  # W-19


@pytest.mark.parametrize(
    ("body", "session", "meeting_on", "deliver_by", "disputed_on", "rule"),
    [
        ("assembly", "regular", D(2026, 5, 20), D(2026, 5, 4), D(2026, 5, 5), "UA-23-regular"),  # W-06
        ("assembly", "regular", D(2026, 3, 17), D(2026, 3, 1), D(2026, 3, 2), "UA-23-regular"),  # the official example
        ("assembly", "extraordinary", D(2026, 6, 12), D(2026, 6, 8), D(2026, 6, 9), "UA-23-special-notice"),  # W-08
        ("assembly", "emergency", D(2026, 6, 12), D(2026, 6, 10), D(2026, 6, 11), "UA-23-special-notice"),  # W-08
        ("board", "regular", D(2026, 3, 2), D(2026, 2, 22), D(2026, 2, 23), "UA-24-notice"),  # W-09
        ("board", "extraordinary", D(2026, 3, 2), D(2026, 2, 28), D(2026, 3, 1), "UA-24-notice"),
        ("assembly", "regular", D(2027, 2, 20), D(2027, 2, 4), D(2027, 2, 5), "UA-23-regular"),  # W-20
    ],
)
def test_notices_must_arrive_in_time(body, session, meeting_on, deliver_by, disputed_on, rule):
    found = notice_latest_delivery(body, session, meeting_on)
    assert (found.deliver_by, found.disputed_on) == (deliver_by, disputed_on)
    assert [basis.rule for basis in found.basis] == [rule, "C-notice"]
    assert found.basis[1].confidence == ("secondary" if rule == "UA-23-regular" else "derived")


def test_there_is_no_emergency_board():
    with pytest.raises(RuleBroken, match="緊急") as caught:
        notice_latest_delivery("board", "emergency", D(2026, 6, 12))
    assert caught.value.problems[0].field == "session"


def test_when_a_served_notice_takes_effect():
    assert notice_takes_effect("deposit", D(2026, 4, 24)) == D(2026, 5, 4)  # W-07
    assert notice_takes_effect("public_notice", D(2026, 4, 14)) == D(2026, 5, 4)
    assert notice_takes_effect("personal", D(2026, 5, 4)) == notice_takes_effect("cohabitant", D(2026, 5, 4)) == D(2026, 5, 4)
    assert notice_takes_effect("left_on_refusal", D(2026, 5, 4)) == D(2026, 5, 4)
    with pytest.raises(ValueError, match="service"):
        notice_takes_effect("email", D(2026, 5, 4))


@given(DAYS, st.integers(1, 60), UNITS, ROLLS)
def test_safe_before_nominal_before_latest(event_on, length, unit, roll):
    found = deadline(event_on, length, unit, roll)
    assert event_on <= found.safe_on <= found.nominal_on <= found.latest_on
    calendar = TAIWAN.estimating()
    if roll == "NONE":
        assert found.latest_on == found.nominal_on
    else:
        assert calendar.is_working_day(found.latest_on)
        assert found.latest_on == found.nominal_on or not calendar.is_working_day(found.nominal_on)
    assert not found.latest_noon or (roll == "APA48" and found.nominal_on.weekday() == 5)


@given(DAYS, st.integers(1, 60), UNITS, ROLLS, st.integers(0, 10), st.integers(0, 3))
def test_a_later_event_or_a_longer_period_never_ends_earlier(event_on, length, unit, roll, later, longer):
    one = deadline(event_on, length, unit, roll)
    other = deadline(event_on + timedelta(days=later), length + longer, unit, roll)
    assert one.nominal_on <= other.nominal_on
    assert one.latest_on <= other.latest_on


@given(DAYS, st.integers(1, 400), st.sampled_from(["day", "week", "month", "year"]))
def test_counting_the_first_day_ends_one_day_sooner_than_starting_the_day_before(event_on, length, unit):
    length = min(length, 90)
    excluded = deadline(event_on, length, unit, "NONE", "excluded").nominal_on
    assert excluded == deadline(event_on + timedelta(days=1), length, unit, "NONE", "included").nominal_on


@given(DAYS, st.integers(1, 300))
def test_backwards_is_the_mirror_of_forwards(event_on, length):
    assert deadline(deadline(event_on, -length).nominal_on, length, roll="NONE").nominal_on == event_on
