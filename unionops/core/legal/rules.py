"""What a new legal figure must be: of a known key, of the key's kind, from a believable day, with its source. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from unionops.law.parameters import LawBook, Parameter, Value, parse_value
from unionops.values.problems import Problem, problem
from unionops.values.text import half_width

FIRST = date(1929, 1, 1)
"""The year of the first Union Act: no figure of ours is older."""


def typed_value(unit: str, typed: str) -> str:
    """The text that is stored for a value as typed: commas dropped, per cent made a fraction of one. Raises ValueError.

    A rate may be typed as 11.5% or as 0.115.
    """
    text = half_width(typed).replace(",", "").strip()
    if unit == "rate" and text.endswith("%"):
        figures = text.removesuffix("%").strip()
        text = f"{(Decimal(str(parse_value('rate', figures))) / 100).normalize():f}"
    parse_value(unit, text)
    return text


def value_problems(key: str, *, typed: str, valid_from: date, source: str, book: LawBook, own_taken: bool, corrects: bool) -> list[Problem]:
    """What is wrong with a value to be added.

    ``own_taken`` says that the office has entered a value of this key and day before; a built-in value of the same day may be
    confirmed or put right, an own one only when ``corrects``.
    """
    history = book.history(key)
    if not history:
        return [problem("value", "沒有這個參數：%(key)s", key=key)]
    problems = []
    try:
        value = parse_value(history[0].unit, typed_value(history[0].unit, typed))
    except (ValueError, ArithmeticError):
        problems.append(problem("value", "看不懂的值「%(typed)s」，請比照現行值的寫法", typed=typed[:40]))
    else:
        problems += _size_problems(history[0], value)
    if valid_from < FIRST:
        problems.append(problem("valid_from", "生效日不得早於 %(first)s", first=FIRST))
    if own_taken and not corrects:
        problems.append(problem("valid_from", "這一天已經登錄過一筆；若要更正，請勾選「更正」"))
    if not source:
        problems.append(problem("source", "請填來源，例如公告文號與日期"))
    return problems


def _size_problems(like: Parameter, value: Value) -> list[Problem]:
    if isinstance(value, str):
        return []
    if value < 0:
        return [problem("value", "不得為負數")]
    if like.unit in ("rate", "share") and value > 1:
        return [problem("value", "比率不得大於 100 %；請填如 11.5% 或 0.115")]
    # An average head count is a Decimal; every other counted unit is a whole number as its history is.
    if isinstance(like.value, int) and not isinstance(value, int):
        return [problem("value", "須為整數")]
    if isinstance(value, Fraction) and value == 0:
        return [problem("value", "比例不得為 0")]
    return []
