"""Nobody can compute what anonymous results hide: checked by trying every other table that shows the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unionops.surveys.rules import hiding, statistics
from unionops.surveys.rules.hiding import exact, hidden_in_line, hidden_in_table, is_small, mean_digits

counts = st.integers(0, 9)
lines = st.lists(st.integers(0, 60), min_size=1, max_size=8)


def other_lines(total: int, places: int) -> Iterator[tuple[int, ...]]:
    """Every way to spread a sum over some places."""
    if places == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in other_lines(total - first, places - 1):
            yield (first, *rest)


@given(st.lists(counts, min_size=2, max_size=5).filter(lambda line: sum(line) >= 5))
def test_every_small_count_of_a_line_could_be_another(line):
    hidden = sorted(hidden_in_line(line))
    assert {place for place, count in enumerate(line) if is_small(count)} <= set(hidden)
    possible = list(other_lines(sum(line[place] for place in hidden), len(hidden))) if hidden else []
    for at, _place in enumerate(hidden):
        assert len({one[at] for one in possible}) > 1


@given(lines)
def test_nothing_is_hidden_where_nobody_stands_out(line):
    if not any(is_small(count) for count in line):
        assert hidden_in_line(line) == frozenset()


def tables(table, hidden, rows, columns):
    """Every table of counts with the same visible cells and the same visible totals."""
    height, width = len(table), len(table[0])
    total = sum(map(sum, table))
    most = [range(total + 1) if place in hidden else (table[place[0]][place[1]],) for place in product(range(height), range(width))]

    def walk(at, chosen, left):
        if at == len(most):
            if left == 0:
                yield [chosen[r * width:(r + 1) * width] for r in range(height)]
            return
        for value in most[at]:
            if value > left:
                break
            row = at // width
            if at % width == width - 1 and row not in rows and sum(chosen[row * width:]) + value != sum(table[row]):
                continue
            yield from walk(at + 1, [*chosen, value], left - value)

    for one in walk(0, [], total):
        if all(c in columns or sum(r[c] for r in one) == sum(r[c] for r in table) for c in range(width)):
            yield one


small_tables = st.integers(2, 3).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 7), min_size=width, max_size=width), min_size=2, max_size=3)
).filter(lambda t: 5 <= sum(map(sum, t)) <= 22)


@settings(max_examples=120)
@given(small_tables)
def test_every_small_cell_could_be_another_with_all_totals_as_shown(table):
    rows = hidden_in_line([sum(row) for row in table])
    columns = hidden_in_line([sum(row[c] for row in table) for c in range(len(table[0]))])
    hidden = hidden_in_table(table, rows=rows, columns=columns)
    possible = list(tables(table, hidden, rows, columns))
    assert table in possible
    for r, c in product(range(len(table)), range(len(table[0]))):
        if is_small(table[r][c]):
            assert (r, c) in hidden
            assert len({one[r][c] for one in possible}) > 1, (table, hidden, (r, c))
    for r in rows:
        if is_small(sum(table[r])):
            assert len({sum(one[r]) for one in possible}) > 1
    for c in columns:
        if is_small(sum(row[c] for row in table)):
            assert len({sum(row[c] for row in one) for one in possible}) > 1


@settings(max_examples=120)
@given(small_tables, st.data())
def test_what_counts_as_computable_is_so_exactly(table, data):
    places = list(product(range(len(table)), range(len(table[0]))))
    hidden = frozenset(data.draw(st.lists(st.sampled_from(places), unique=True)))
    possible = list(tables(table, hidden, (), ()))
    fixed = {place for place in hidden if len({one[place[0]][place[1]] for one in possible}) == 1}
    assert exact(table, hidden) == fixed


@given(st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=2, max_size=6).filter(lambda t: sum(map(sum, t)) >= 5))
def test_larger_tables_hide_every_small_cell_and_nothing_can_be_computed(table):
    rows = hidden_in_line([sum(row) for row in table])
    columns = hidden_in_line([sum(row[c] for row in table) for c in range(4)])
    hidden = hidden_in_table(table, rows=rows, columns=columns)
    fixed = exact(table, hidden, rows=rows, columns=columns)
    assert all((r, c) in hidden - fixed for r, c in product(range(len(table)), range(4)) if is_small(table[r][c]))


def test_two_groups_cannot_be_subtracted_from_the_whole():
    """Men and women: a small cell of one would follow from the total and the other."""
    table = [[10, 3], [8, 20]]
    assert hidden_in_table(table) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert exact(table, [(0, 1)]) == {(0, 1)}


@pytest.mark.parametrize(
    ("line", "hidden"),
    [([20, 12, 3, 1, 0], {2, 3}), ([20, 12, 3, 0, 0], {2, 3}), ([20, 12, 8, 6, 5], set()), ([20, 12, 8, 6, 4], {3, 4}), ([30, 0], set()), ([9], set()), ([4, 4, 30], {0, 1})],
)
def test_lines_of_an_evaluation(line, hidden):
    assert hidden_in_line(line) == hidden


scales = st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(lambda line: sum(line) >= 5)


@given(scales)
def test_the_mean_beside_the_counts_gives_none_away(line):
    counted = dict(enumerate(line, 1))
    hidden = {place + 1 for place in hidden_in_line(line)}
    digits = mean_digits(counted, hidden)
    if not hidden:
        assert digits == 2
    elif digits is not None:
        told = statistics.mean(counted, digits)
        free = sorted(hidden)
        possible = [
            one for one in other_lines(sum(counted[v] for v in free), len(free))
            if statistics.mean(counted | dict(zip(free, one, strict=True)), digits) == told
        ] if sum(counted[v] for v in free) < 40 else None
        if possible is not None:
            for at in range(len(free)):
                assert len({one[at] for one in possible}) > 1


def test_the_mean_of_the_example_keeps_one_decimal():
    assert mean_digits({5: 20, 4: 12, 3: 3, 2: 1, 1: 0}, {3, 2}) == 1
    assert mean_digits({5: 2, 4: 3, 3: 0, 2: 0, 1: 0}, {5, 4}) is None


def test_five_is_the_least_group():
    assert hiding.LEAST == 5
    assert [count for count in range(8) if is_small(count)] == [1, 2, 3, 4]
