"""The figures of an evaluation, exact and rounded half up, each with the rule it follows (domain notes, evaluation of activities).

A distribution is a mapping from a value to how often it was given. Shares are of those who answered the question.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from unionops.law.basis import Basis

Counts = Mapping[Any, int]
"""A value, whole or not, and how often it was given."""

LOW_RESPONSE = 60
"""Below this many per cent a result may not speak for those who were there; practice, no rule of law."""


def rounded(value: Fraction | int, digits: int) -> Decimal:
    """Half up, as people round."""
    exact = Fraction(value)
    step = Fraction(1, 10**digits)
    whole = math.floor(abs(exact) / step + Fraction(1, 2))
    shown = Decimal(whole if exact >= 0 else -whole).scaleb(-digits)
    return shown.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def share(count: int, base: int) -> Decimal | None:
    """Per cent to one decimal; None without a base."""
    return rounded(Fraction(count * 100, base), 1) if base else None


def exact_mean(counts: Counts) -> Fraction | None:
    """Sum over number, unrounded; None without an answer."""
    base = sum(counts.values())
    return sum((Fraction(str(value)) * count for value, count in counts.items()), Fraction(0)) / base if base else None


def mean(counts: Counts, digits: int = 2) -> Decimal | None:
    """The arithmetic mean, to two decimals."""
    exact = exact_mean(counts)
    return None if exact is None else rounded(exact, digits)


def median(counts: Counts) -> Decimal | None:
    """The middle answer; of an even number the mean of the two in the middle."""
    base = sum(counts.values())
    if not base:
        return None
    wanted = ((base - 1) // 2, base // 2)
    found: list[Fraction] = []
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        while len(found) < 2 and wanted[len(found)] < passed:
            found.append(Fraction(str(value)))
    return rounded(sum(found, Fraction(0)) / 2, 2)


def deviation(counts: Counts) -> Decimal | None:
    """Standard deviation of a sample (divided by n - 1), to two decimals; None for fewer than two answers."""
    base, centre = sum(counts.values()), exact_mean(counts)
    if base < 2 or centre is None:
        return None
    variance = sum((count * (Fraction(str(value)) - centre) ** 2 for value, count in counts.items()), Fraction(0)) / (base - 1)
    scaled = variance * 10**8
    return rounded(Fraction(math.isqrt(scaled.numerator // scaled.denominator), 10**4), 2)


def satisfied(counts: Counts) -> Decimal | None:
    """Per cent of 4 and 5 on a scale of five."""
    return share(counts.get(4, 0) + counts.get(5, 0), sum(counts.values()))


def response_rate(returned: int, asked: int | None) -> Decimal | None:
    """Per cent of sheets that came back; may pass 100 when more came back than were counted."""
    return share(returned, asked) if asked else None


def mean_basis(base: int, result: Decimal) -> Basis:
    """Why the mean is what it is."""
    return Basis(
        "EV-3-mean", "活動滿意度五等量表：各級分數乘以人數的總和 ÷ 作答人數", str(result), (("作答人數", base),), "default", "secondary",
        "平均數只對作答這一題的人計算，取到小數第二位（四捨五入）。標準差以 n − 1 計算。",
    )


def satisfied_basis(high: int, base: int, result: Decimal) -> Basis:
    """Why the share of the satisfied is what it is."""
    return Basis(
        "EV-3-satisfied", "滿意比率：（5 分人數＋4 分人數）÷ 作答人數", f"{result}%", (("4 分與 5 分", high), ("作答人數", base)), "default", "secondary",
    )


def response_basis(returned: int, asked: int, word: str, result: Decimal) -> Basis:
    """Why the response rate is what it is; ``word`` names what was counted."""
    return Basis(
        "EV-3-response", "回收率：回收份數 ÷ 基數", f"{result}%", (("回收份數", returned), (word, asked), ("提醒門檻", f"{LOW_RESPONSE}%")), "default", "memory",
        "低於門檻時提醒：結果未必代表全體。這是實務慣例，不是法令。",
    )
