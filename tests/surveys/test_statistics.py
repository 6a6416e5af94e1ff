"""The figures of an evaluation against worked examples and against the library of statistics."""

from __future__ import annotations

import statistics as reference
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.surveys.rules import statistics
from unionops.surveys.rules.opening import State, last_day, state
from unionops.surveys.rules.statistics import deviation, mean, median, response_rate, rounded, satisfied, share

EXAMPLE = {5: 20, 4: 12, 3: 3, 2: 1, 1: 0}


def test_the_worked_example():
    """Planned 50, registered 48, attended 42; 36 valid forms with 20/12/3/1/0."""
    assert mean(EXAMPLE) == Decimal("4.42")
    assert satisfied(EXAMPLE) == Decimal("88.9")
    assert response_rate(36, 42) == Decimal("85.7")
    assert (share(42, 50), share(42, 48)) == (Decimal("84.0"), Decimal("87.5"))


distributions = st.dictionaries(st.integers(0, 10), st.integers(0, 30), min_size=1).filter(lambda d: sum(d.values()) >= 2)


@given(distributions)
def test_as_the_library_computes(counts):
    values = [value for value, count in counts.items() for _n in range(count)]
    assert mean(counts) == pytest.approx(Decimal(reference.fmean(values)), abs=Decimal("0.00501"))
    assert median(counts) == Decimal(str(reference.median(values))).quantize(Decimal("0.01"))
    assert float(deviation(counts)) == pytest.approx(reference.stdev(values), abs=0.00501)


def test_nothing_from_nobody():
    assert (mean({}), median({}), deviation({3: 1}), satisfied({}), share(0, 0), response_rate(3, None)) == (None,) * 6


def test_half_is_rounded_up():
    assert [rounded(x, 1) for x in (statistics.Fraction(1, 20), statistics.Fraction(-1, 20), 2)] == [Decimal("0.1"), Decimal("-0.1"), Decimal("2.0")]


def test_each_figure_names_its_rule():
    found = [
        statistics.mean_basis(36, mean(EXAMPLE)), statistics.satisfied_basis(32, 36, satisfied(EXAMPLE)),
        statistics.response_basis(36, 42, "實到人數", response_rate(36, 42)),
    ]
    assert [(one.rule, one.result, one.source) for one in found] == [
        ("EV-3-mean", "4.42", "default"), ("EV-3-satisfied", "88.9%", "default"), ("EV-3-response", "85.7%", "default"),
    ]


def test_when_it_can_be_answered():
    start, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 4, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert state(None, None, start) == State.DRAFT
    assert [state(start, end, moment) for moment in (start - tick, start, end - tick, end)] == [State.PLANNED, State.OPEN, State.OPEN, State.CLOSED]
    assert state(start, None, end) == State.OPEN
    assert [last_day(end + after) for after in (-tick, timedelta(), tick, timedelta(minutes=30))] == [
        date(2026, 9, 3), date(2026, 9, 3), date(2026, 9, 4), date(2026, 9, 4),  # Closed half an hour after midnight: open on that day.
    ]
