"""What anonymous results may show: no count from 1 to 4, and nothing from which one could be computed.

``LEAST`` people make a group in which nobody stands out. A small count is hidden, and as many others with it as it takes: whoever
knows every figure that is shown, the totals among them, must still find at least two values possible for each small count. For a
table this is asked exactly: a hidden count can change by one, all totals kept, if and only if a closed walk runs through hidden
counts that are raised and lowered in turn (``exact``).

Two tables over different groupings could be set against each other, so an anonymous questionnaire has one grouping only, and its
results are shown when it is closed: who looks before and after one more answer has read that answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from unionops.surveys.rules.statistics import rounded

LEAST = 5

Place = tuple[int, int]


def is_small(count: int) -> bool:
    """Whether this count points at few people. Nobody at all is no secret."""
    return 0 < count < LEAST


def hidden_in_line(counts: Sequence[int]) -> frozenset[int]:
    """Which of these counts, whose sum is shown, stay hidden: the small ones, and one more when it would stand alone."""
    hidden = {place for place, count in enumerate(counts) if is_small(count)}
    if len(hidden) == 1 and len(counts) > 1:
        (only,) = hidden
        hidden.add(min((p for p in range(len(counts)) if p != only), key=lambda p: (counts[p], abs(p - only))))
    return frozenset(hidden)


def hidden_in_table(
    counts: Sequence[Sequence[int]], *, rows: Iterable[int] = (), columns: Iterable[int] = ()
) -> frozenset[Place]:
    """Which cells stay hidden when row and column totals are shown, except the totals of ``rows`` and ``columns``.

    The grand total is always shown. Hidden totals must be what ``hidden_in_line`` hides of them.
    """
    table = _Table(counts)
    secret = {(r, table.width) for r in rows} | {(table.height, c) for c in columns}
    hidden = {place for place in table.inner if is_small(table.value(place))} | secret
    small = sorted(place for place in hidden if is_small(table.value(place)))
    for place in small:
        while place_exact(table, hidden, place):
            free = [one for one in table.inner if one not in hidden]
            if not free:
                break
            hidden.add(min(free, key=lambda one: (one[0] != place[0] and one[1] != place[1], table.value(one), one)))
    return frozenset(place for place in hidden if place[0] < table.height and place[1] < table.width)


def exact(
    counts: Sequence[Sequence[int]], hidden: Iterable[Place], *, rows: Iterable[int] = (), columns: Iterable[int] = ()
) -> frozenset[Place]:
    """The hidden cells and totals that can be computed from everything that is shown; totals stand behind the last row and column."""
    table = _Table(counts)
    all_hidden = {*hidden, *((r, table.width) for r in rows), *((table.height, c) for c in columns)}
    return frozenset(place for place in all_hidden if place_exact(table, all_hidden, place))


class _Table:
    """A table with its totals as one more row and column. Totals count negative, so that every line sums to nothing."""

    def __init__(self, counts: Sequence[Sequence[int]]) -> None:
        self.counts = counts
        self.height, self.width = len(counts), len(counts[0]) if counts else 0
        self.inner = [(r, c) for r in range(self.height) for c in range(self.width)]
        self._values = {(r, c): counts[r][c] for r, c in self.inner}
        for r in range(self.height):
            self._values[r, self.width] = sum(counts[r])
        for c in range(self.width):
            self._values[self.height, c] = sum(row[c] for row in counts)

    def value(self, place: Place) -> int:
        return self._values[place]

    def is_total(self, place: Place) -> bool:
        return (place[0] == self.height) != (place[1] == self.width)

    def may(self, place: Place, step: int) -> bool:
        """Whether the entry can move by ``step`` without a count below nothing."""
        return (step < 0) == self.is_total(place) or self._values[place] > 0


def place_exact(table: _Table, hidden: set[Place], place: Place) -> bool:
    """Whether no other table with the same visible figures has another value here."""
    return not any(table.may(place, step) and _closes(table, hidden, place, step) for step in (1, -1))


def _closes(table: _Table, hidden: set[Place], start: Place, step: int) -> bool:
    """Whether ``start`` moved by ``step`` can be made good by other hidden entries: down and up in turn, back to its column."""
    others = hidden - {start}
    back = [one for one in others if table.may(one, -step)]
    forth = [one for one in others if table.may(one, step)]
    rows, waiting, columns = {start[0]}, [start[0]], set()
    while waiting:
        row = waiting.pop()
        for at, column in back:
            if at != row or column in columns:
                continue
            if column == start[1]:
                return True
            columns.add(column)
            for other, at_column in forth:
                if at_column == column and other not in rows:
                    rows.add(other)
                    waiting.append(other)
    return False


def mean_digits(counts: Mapping[int, int], hidden: Iterable[int]) -> int | None:
    """With how many decimals the mean of a scale may stand beside its counts, None for not at all.

    Enough when every hidden count could be one more or less by a move between two hidden values that leaves the rounded mean as it is.
    """
    secret, base = set(hidden), sum(counts.values())
    if not secret:
        return 2
    total = sum(value * count for value, count in counts.items())
    for digits in (2, 1):
        shown = rounded(Fraction(total, base), digits)
        free = {
            value
            for giver in secret if counts.get(giver, 0) > 0
            for taker in secret if taker != giver and rounded(Fraction(total + taker - giver, base), digits) == shown
            for value in (giver, taker)
        }
        if free >= secret:
            return digits
    return None
