"""When a job is due, and what may be registered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.clock import TAIPEI
from unionops.core.jobs.registry import Job, job

NOW = datetime(2026, 11, 22, 10, 30, 15, tzinfo=TAIPEI)


def of(cron: str) -> Job:
    return Job("test.any", lambda: None, cron, "")


@pytest.mark.parametrize(
    ("cron", "last", "following"),
    [
        ("* * * * *", "2026-11-22 10:30", "2026-11-22 10:31"),
        ("30 10 * * *", "2026-11-22 10:30", "2026-11-23 10:30"),
        ("31 10 * * *", "2026-11-21 10:31", "2026-11-22 10:31"),
        ("0 9 * * mon", "2026-11-16 09:00", "2026-11-23 09:00"),
        ("0 0 1 * *", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("0 8 1 1 *", "2026-01-01 08:00", "2027-01-01 08:00"),
        ("0 0 29 2 *", "2024-02-29 00:00", "2028-02-29 00:00"),
    ],
)
def test_last_and_next_due(cron, last, following):
    assert f"{of(cron).last_due(NOW):%Y-%m-%d %H:%M}" == last
    assert f"{of(cron).next_due(NOW):%Y-%m-%d %H:%M}" == following


def test_a_moment_that_is_due_counts_as_the_last():
    due = datetime(2026, 11, 22, 9, 0, tzinfo=TAIPEI)
    assert of("0 9 * * *").last_due(due) == due
    assert of("0 9 * * *").next_due(due) == due + timedelta(days=1)


def test_never():
    assert of("0 0 30 2 *").last_due(NOW) is None
    assert of("0 0 30 2 *").next_due(NOW) is None


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    cron=st.sampled_from(["* * * * *", "*/7 * * * *", "15 3 * * *", "0 9 * * mon-fri", "0 0 1 * *", "0 12 28 feb *"]),
)
def test_nothing_is_due_between_last_and_next(now, cron):
    last, following = of(cron).last_due(now), of(cron).next_due(now)
    assert last <= now < following
    assert of(cron).next_due(last) == following


def test_call_gives_what_is_asked():
    assert Job("test.any", lambda now: now, "* * * * *", "").call(NOW) == str(NOW)
    late = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert Job("test.any", lambda today: today, "* * * * *", "").call(late) == "2026-11-23"
    assert of("* * * * *").call(NOW) == ""


@pytest.mark.parametrize("cron", ["0 9 * * 1", "* * * *", "61 * * * *", "0 9 * * 1-5"])
def test_refuses_cron_lines_that_cannot_be_meant(cron):
    with pytest.raises(ValueError):
        job("test.wrong", cron=cron, title="")(lambda: None)


def test_refuses_other_arguments_and_a_taken_name():
    with pytest.raises(ValueError):
        job("test.wrong", cron="* * * * *", title="")(lambda user: None)
    with pytest.raises(ValueError):
        job("test.count", cron="* * * * *", title="")(test_never)
