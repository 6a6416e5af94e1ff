from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from unionops.core.backup.rules import is_overdue, kept, tells

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)  # 02:30 in Taiwan, on the 23rd.


def nights(count: int) -> list[datetime]:
    return [NOW - timedelta(days=at) for at in range(count)]


def test_a_week_of_nights_is_kept_whole():
    assert kept(nights(7)) == set(nights(7))


def test_two_years_of_nights():
    stay = sorted(kept(nights(730)), reverse=True)
    assert stay[:7] == nights(7)
    # The newest of the weeks that end on Sunday 15, 8 and 1 November (this week's is kept already), then the newest of each month.
    assert [f"{moment + timedelta(hours=8):%Y-%m-%d}" for moment in stay[7:]] == [
        "2026-11-15", "2026-11-08",
        "2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2026-05-31", "2026-04-30", "2026-03-31", "2026-02-28", "2026-01-31",
        "2025-12-31",
    ]


def test_of_several_on_one_day_the_newest():
    assert kept([NOW, NOW - timedelta(hours=1), NOW - timedelta(hours=2)]) == {NOW}


def test_the_day_changes_at_midnight_in_taiwan():
    before, after = datetime(2026, 11, 22, 15, 59, tzinfo=UTC), datetime(2026, 11, 22, 16, 1, tzinfo=UTC)
    assert kept([before, after]) == {before, after}


def test_a_machine_that_was_off_keeps_what_it_has():
    old = [NOW - timedelta(days=at) for at in range(300, 307)]
    assert set(old) <= kept([NOW, *old[:6]]) | {old[6]}


MOMENTS = st.lists(st.integers(0, 90_000).map(lambda hours: NOW - timedelta(hours=hours)), max_size=60)


@given(MOMENTS)
def test_the_newest_stays_and_never_more_than_all_rules_together(made):
    stay = kept(made)
    assert stay <= set(made)
    assert not made or max(made) in stay
    assert len(stay) <= 7 + 4 + 12


@given(MOMENTS)
def test_thinning_again_removes_nothing_more(made):
    assert kept(kept(made)) == kept(made)


def test_overdue():
    assert is_overdue(None, NOW)
    assert not is_overdue(NOW - timedelta(days=2), NOW)
    assert is_overdue(NOW - timedelta(days=2, seconds=1), NOW)


def test_people_are_told_when_it_begins_and_every_week():
    day = timedelta(days=1)
    assert not tells(NOW - day, None, NOW)
    assert tells(None, None, NOW)
    assert tells(NOW - 3 * day, None, NOW)
    assert not tells(NOW - 4 * day, NOW - day, NOW)
    assert not tells(None, NOW - 6 * day, NOW)
    assert tells(None, NOW - 7 * day + timedelta(minutes=5), NOW)
    assert tells(NOW - 3 * day, NOW - 4 * day, NOW)  # Told of the time before the last good one: this is another.
