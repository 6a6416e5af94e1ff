"""From counts to what is shown: the figures of one question, and the same question set out by groups.

Everything that anonymous results leave out is left out here, so that screen, paper and file show the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from unionops.law.basis import Basis
from unionops.surveys.rules import hiding, statistics
from unionops.surveys.rules.hiding import LEAST
from unionops.surveys.rules.questions import OTHER, SCALES, Asked, Kind

UNANSWERED = -1
"""The code of no answer, as a column or a group of a table."""
MOST_LINES = 12
"""Figures of a number question are listed one by one up to this many, in ranges beyond."""


@dataclass(frozen=True)
class Line:
    """One answer and how often it was given. ``count`` and ``share`` are None when hidden; ``code`` is None for a range or a month."""

    label: str
    count: int | None
    share: Decimal | None
    code: int | None = None


@dataclass(frozen=True)
class Part:
    """The figures of one question, or of one line of a matrix. ``base`` answered, ``unanswered`` did not."""

    label: str
    base: int
    unanswered: int
    lines: tuple[Line, ...] = ()
    mean: Decimal | None = None
    median: Decimal | date | None = None
    deviation: Decimal | None = None
    satisfied: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    bases: tuple[Basis, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether some count is hidden."""
        return any(line.count is None for line in self.lines)


@dataclass(frozen=True)
class Row:
    """One group of a table: its label, how many it has, its cells (None: hidden) with their shares, its mean."""

    label: str
    total: int | None
    cells: tuple[int | None, ...]
    shares: tuple[Decimal | None, ...]
    mean: Decimal | None = None


@dataclass(frozen=True)
class Cross:
    """A question by groups; ``columns`` are its answers."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Counted:
    """What was counted of one part: how often each value, and how many answered at all."""

    base: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    numbers: dict[float, int] = field(default_factory=dict)
    days: dict[date, int] = field(default_factory=dict)


def label_of(asked: Asked, code: int, words: Mapping[str, str]) -> str:
    """What a code stands for. ``words`` has the reader's words for ``other`` and ``unanswered``."""
    if code == UNANSWERED:
        return words["unanswered"]
    if code == OTHER:
        return words["other"]
    if asked.kind in SCALES:
        ends = {SCALES[asked.kind][0]: asked.low, SCALES[asked.kind][-1]: asked.high}
        return f"{code} {ends.get(code, '')}".strip()
    return asked.options[code - 1]


def hidden_codes(asked: Asked, counted: Counted) -> frozenset[int]:
    """The codes whose counts anonymous results hide when this question stands alone."""
    if asked.kind == Kind.MULTIPLE:  # Every choice is a question of its own: ticked or not.
        pairs = {code: counted.codes.get(code, 0) for code in asked.codes}
        return frozenset(code for code, count in pairs.items() if hiding.hidden_in_line([count, counted.base - count]))
    hidden = hiding.hidden_in_line([counted.codes.get(code, 0) for code in asked.codes])
    return frozenset(asked.codes[place] for place in hidden)


def summary(asked: Asked, part: int, counted: Counted, sheets: int, *, anonymous: bool, words: Mapping[str, str]) -> Part:
    """The figures of one part of a question out of ``sheets`` that came back."""
    label, base = asked.parts[part], counted.base
    unanswered = sheets - base
    if asked.codes:
        hidden = hidden_codes(asked, counted) if anonymous else frozenset()
        lines = tuple(_line(label_of(asked, code, words), counted.codes.get(code, 0), base, code, code in hidden) for code in asked.codes)
        told: dict[str, Any] = _scale(asked, counted, hidden) if asked.kind in SCALES and base else {}
        return Part(label, base, unanswered, lines, **told)
    if not base or (anonymous and base < LEAST):
        return Part(label, base, unanswered)
    if counted.numbers:
        return _number(label, counted.numbers, unanswered, anonymous=anonymous)
    if counted.days:
        return _days(label, counted.days, unanswered, anonymous=anonymous)
    return Part(label, base, unanswered)


def _line(label: str, count: int, base: int, code: int | None, hidden: bool) -> Line:
    return Line(label, None, None, code) if hidden else Line(label, count, statistics.share(count, base), code)


def _scale(asked: Asked, counted: Counted, hidden: frozenset[int]) -> dict[str, Any]:
    """Mean, median and so on, as far as they give away no hidden count."""
    counts = {code: counted.codes.get(code, 0) for code in asked.codes}
    told: dict[str, Any] = {}
    bases: list[Basis] = []
    digits = hiding.mean_digits(counts, hidden)
    if digits is not None and (mean := statistics.mean(counts, digits)) is not None:
        told["mean"] = mean
        bases.append(statistics.mean_basis(counted.base, mean))
    if not hidden:
        told |= {"median": statistics.median(counts), "deviation": statistics.deviation(counts)}
    if len(asked.codes) == 5 and not hidden & {4, 5} and (satisfied := statistics.satisfied(counts)) is not None:
        told["satisfied"] = satisfied
        bases.append(statistics.satisfied_basis(counts[4] + counts[5], counted.base, satisfied))
    return told | {"bases": tuple(bases)}


def _number(label: str, counts: Mapping[float, int], unanswered: int, *, anonymous: bool) -> Part:
    base = sum(counts.values())
    mean = statistics.mean(counts, 1 if anonymous else 2)
    told: dict[str, Any] = {"mean": mean, "bases": (statistics.mean_basis(base, mean),) if mean is not None else ()}
    if not anonymous:  # The smallest, the largest and the single figures are those of single people.
        told |= {
            "median": statistics.median(counts), "deviation": statistics.deviation(counts), "lowest": _decimal(min(counts)),
            "highest": _decimal(max(counts)), "lines": tuple(_line(text, n, base, None, False) for text, n in _ranges(counts)),
        }
    return Part(label, base, unanswered, **told)


def _ranges(counts: Mapping[float, int]) -> list[tuple[str, int]]:
    if len(counts) <= MOST_LINES:
        return [(f"{value:g}", counts[value]) for value in sorted(counts)]
    low, high = min(counts), max(counts)
    step = (high - low) / 8
    found = [0] * 8
    for value, count in counts.items():
        found[min(7, int((value - low) / step))] += count
    return [(f"{low + step * at:g}–{low + step * (at + 1):g}", count) for at, count in enumerate(found)]


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:g}")


def _days(label: str, counts: Mapping[date, int], unanswered: int, *, anonymous: bool) -> Part:
    base = sum(counts.values())
    if anonymous:
        return Part(label, base, unanswered)
    months: dict[str, int] = {}
    for day in sorted(counts):
        name = f"{day.year - 1911}/{day.month:02}" if len({one.year for one in counts}) < 3 else f"{day.year - 1911}"
        months[name] = months.get(name, 0) + counts[day]
    return Part(label, base, unanswered, tuple(_line(name, count, base, None, False) for name, count in months.items()))


# --- by groups --------------------------------------------------------------------------------------------------------


def cross(
    asked: Asked, part: int, counted: Counted, by: Asked, by_counted: Counted, cells: Mapping[tuple[int, int], int],
    groups: Mapping[int, int], *, anonymous: bool, words: Mapping[str, str],
) -> Cross:
    """One part of a closed question by the groups of another.

    ``cells`` counts (group, code), ``groups`` how many sheets each group has, those that did not answer the grouping question under
    ``UNANSWERED``.
    """
    order = [code for code in (*by.codes, UNANSWERED) if code != UNANSWERED or groups.get(UNANSWERED)]
    secret_rows = hidden_codes(by, by_counted) if anonymous else frozenset()
    rows_at = [at for at, code in enumerate(order) if code in secret_rows]
    if asked.kind == Kind.MULTIPLE:
        return _cross_multiple(asked, counted, by, cells, order, rows_at, groups, anonymous=anonymous, words=words)
    columns = (*asked.codes, UNANSWERED)
    table = []
    for group in order:
        given = [cells.get((group, code), 0) for code in asked.codes]
        table.append([*given, groups.get(group, 0) - sum(given)])
    secret_columns = hidden_codes(asked, counted) if anonymous else frozenset()
    columns_at = [at for at, code in enumerate(columns) if code in secret_columns]
    hidden = hiding.hidden_in_table(table, rows=rows_at, columns=columns_at) if anonymous else frozenset()
    rows = []
    for at, group in enumerate(order):
        whole = at not in rows_at and not any((at, c) in hidden for c in range(len(columns)))
        base = sum(table[at][:-1])
        shown = tuple(None if (at, c) in hidden else count for c, count in enumerate(table[at]))
        bases_known = at not in rows_at and (at, len(columns) - 1) not in hidden
        shares = tuple(statistics.share(n, base) if n is not None and bases_known else None for n in shown[:-1])
        scale = {code: cells.get((group, code), 0) for code in asked.codes}
        mean = statistics.mean(scale) if asked.kind in SCALES and whole and base else None
        total = None if at in rows_at else groups.get(group, 0)
        rows.append(Row(label_of(by, group, words), total, shown, (*shares, None), mean))
    return Cross(asked.parts[part], tuple(label_of(asked, code, words) for code in columns), tuple(rows))


def _cross_multiple(
    asked: Asked, counted: Counted, by: Asked, cells: Mapping[tuple[int, int], int], order: Sequence[int], rows_at: Sequence[int],
    groups: Mapping[int, int], *, anonymous: bool, words: Mapping[str, str],
) -> Cross:
    """Every choice by itself: who ticked it, and who did not, of each group."""
    hidden: set[tuple[int, int]] = set()
    secret = hidden_codes(asked, counted) if anonymous else frozenset()
    for at, code in enumerate(asked.codes):
        if anonymous:
            table = [[cells.get((group, code), 0), groups.get(group, 0) - cells.get((group, code), 0)] for group in order]
            places = hiding.hidden_in_table(table, rows=rows_at, columns=(0, 1) if code in secret else ())
            hidden |= {(row, at) for row, _column in places}
    rows = []
    for at, group in enumerate(order):
        total = None if at in rows_at else groups.get(group, 0)
        shown = tuple(None if (at, c) in hidden else cells.get((group, code), 0) for c, code in enumerate(asked.codes))
        shares = tuple(statistics.share(n, total) if n is not None and total else None for n in shown)
        rows.append(Row(label_of(by, group, words), total, shown, shares))
    return Cross("", tuple(label_of(asked, code, words) for code in asked.codes), tuple(rows))
