"""Questions and what counts as an answer to them, read in one way from the web form and from the grid for paper.

Choices are numbered from 1 in the order in which they stand; a scale's code is its value. Nothing here knows forms or tables.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from unionops.values import roc
from unionops.values.problems import Problem, Unreadable, problem
from unionops.values.text import half_width

OTHER = 99
"""The code of "other, namely …"."""
MOST_OPTIONS, MOST_ROWS, MOST_QUESTIONS = 20, 12, 60
SHORT_TEXT, LONG_TEXT = 200, 5000
FARTHEST = 10**12
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Kind(StrEnum):
    """What is asked for."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE5 = "scale5"
    SCALE10 = "scale10"
    MATRIX = "matrix"
    NUMBER = "number"
    DATE = "date"
    SHORT = "short"
    LONG = "long"


SCALES = {Kind.SCALE5: tuple(range(1, 6)), Kind.SCALE10: tuple(range(11)), Kind.MATRIX: tuple(range(1, 6))}
CHOICES = (Kind.SINGLE, Kind.MULTIPLE)
TEXTS = (Kind.SHORT, Kind.LONG)
GROUPING = (Kind.SINGLE, Kind.SCALE5, Kind.SCALE10)
"""Kinds by which results can be set side by side: every sheet falls into one group."""


@dataclass(frozen=True)
class Asked:
    """One question as it is asked. ``options`` are the choices; ``rows`` the lines of a matrix; ``low`` and ``high`` name a scale's ends."""

    id: int
    kind: Kind
    title: str
    options: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    required: bool = False
    other: bool = False
    low: str = ""
    high: str = ""
    number: int = 0

    @property
    def codes(self) -> tuple[int, ...]:
        """Every code an answer may have, in order; none for figures, days and texts."""
        if self.kind in CHOICES:
            return (*range(1, len(self.options) + 1), *((OTHER,) if self.other else ()))
        return SCALES.get(self.kind, ())

    @property
    def parts(self) -> tuple[str, ...]:
        """The lines that are answered one by one: those of a matrix, else one without a name."""
        return self.rows if self.kind == Kind.MATRIX else ("",)


@dataclass(frozen=True)
class Given:
    """One thing answered: a choice or a value of a scale (``code``), a figure, a day or a text."""

    question: int
    part: int = 0
    code: int = 0
    number: float | None = None
    day: date | None = None
    text: str = ""


def check_definition(asked: Asked) -> list[Problem]:
    """What is wrong with a question before anybody is asked."""
    found = []
    if not asked.title.strip():
        found.append(problem("title", "請寫題目。"))
    if asked.kind in CHOICES:
        if len(asked.options) < 2 - asked.other:
            found.append(problem("options", "至少要有兩個選項，一行一個。"))
        if len(asked.options) > MOST_OPTIONS:
            found.append(problem("options", "最多 %(most)s 個選項。", most=MOST_OPTIONS))
    if asked.kind == Kind.MATRIX and not 1 <= len(asked.rows) <= MOST_ROWS:
        found.append(problem("rows", "請寫 1 到 %(most)s 個評分項目，一行一個。", most=MOST_ROWS))
    for name, lines in (("options", asked.options), ("rows", asked.rows)):
        twice = sorted({line for line in lines if lines.count(line) > 1})
        if twice:
            found.append(problem(name, "「%(line)s」重複了。", line=twice[0]))
        if any(len(line) > SHORT_TEXT for line in lines):
            found.append(problem(name, "每行最多 %(most)s 個字。", most=SHORT_TEXT))
    return found


def check_english(asked: Asked, english: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the English words of a question: lines stand for lines, one for one."""
    found = []
    for name, lines in (("options", asked.options), ("rows", asked.rows)):
        told = english.get(name) or ()
        if told and len(told) != len(lines):
            found.append(problem(f"{name}_en", "要和中文一樣多行：中文 %(own)s 行，英文 %(count)s 行。", own=len(lines), count=len(told)))
        elif len(set(told)) < len(told):
            found.append(problem(f"{name}_en", "有兩行一樣。"))
        if any(len(line) > SHORT_TEXT for line in told):
            found.append(problem(f"{name}_en", "每行最多 %(most)s 個字。", most=SHORT_TEXT))
    return found


def field_name(question: int, part: int = 0, *, other: bool = False) -> str:
    """What the field of a question is called, on the web and in the grid."""
    return f"q{question}_{'other' if other else part}"


def read_all(questions: Iterable[Asked], typed: Mapping[str, Sequence[str]]) -> tuple[list[Given], list[Problem]]:
    """A sheet from the web: what was answered, and what is wrong, each problem named after its field."""
    given: list[Given] = []
    wrong: list[Problem] = []
    for asked in questions:
        for part in range(len(asked.parts)):
            name = field_name(asked.id, part)
            values = [value.strip() for value in typed.get(name, ()) if value.strip()]
            other = "".join(typed.get(field_name(asked.id, other=True), ())).strip()
            found, problems = read(asked, part, values, other)
            given += found
            wrong += [problem(name, one.message, **one.params) for one in problems]
    return given, wrong


def read_cell(asked: Asked, part: int, typed: str) -> tuple[list[Given], list[Problem]]:
    """What a clerk typed for one column: the number of the choice, ``1,3`` for several, ``5 the words`` for another answer."""
    typed = half_width(typed.strip()) if asked.codes else typed.strip()
    if asked.kind not in CHOICES:
        return read(asked, part, [typed] if typed else [], "")
    codes, other = [], ""
    found = re.fullmatch(r"([0-9,、，\s]*?)(?:\s*([^0-9,、，\s].*))?", typed, re.DOTALL)
    last = len(asked.options) + 1
    for word in re.findall(r"\d+", found[1]) if found else [typed]:
        codes.append(str(OTHER) if asked.other and word == str(last) else word)
    if found and found[2]:
        other = found[2].strip()
        if asked.other and str(OTHER) not in codes:
            codes.append(str(OTHER))
    if other and not asked.other:
        return [], [problem("", "「%(typed)s」不是這一題的選項號碼。", typed=typed[:30])]
    return read(asked, part, codes, other)


def read(asked: Asked, part: int, values: Sequence[str], other: str) -> tuple[list[Given], list[Problem]]:
    """One answer from the values of its field; nothing given is nothing, unless it must be answered."""
    if not values:
        return [], [problem("", "這一題要填。")] if asked.required else []
    if asked.codes:
        return _choice(asked, part, values, other)
    if len(values) > 1:
        return [], [problem("", "這一題只能填一個答案。")]
    try:
        return [_plain(asked, part, values[0])], []
    except Unreadable as wrong:
        return [], [wrong.problem("")]


def _choice(asked: Asked, part: int, values: Sequence[str], other: str) -> tuple[list[Given], list[Problem]]:
    codes = {int(value) if re.fullmatch(r"[0-9]{1,2}", value) else -1 for value in values}
    if not codes <= set(asked.codes):
        return [], [problem("", "請從列出的選項中選。")]
    if asked.kind != Kind.MULTIPLE and len(codes) > 1:
        return [], [problem("", "這一題只能選一個。")]
    if len(other) > SHORT_TEXT:
        return [], [problem("", "說明最多 %(most)s 個字，現在是 %(count)s 個字。", most=SHORT_TEXT, count=len(other))]
    try:
        words = _visible(other) if OTHER in codes else ""
    except Unreadable as wrong:
        return [], [wrong.problem("")]
    return [Given(asked.id, part, code, text=words if code == OTHER else "") for code in sorted(codes)], []


def _plain(asked: Asked, part: int, value: str) -> Given:
    if asked.kind == Kind.NUMBER:
        return Given(asked.id, part, number=_figure(value))
    if asked.kind == Kind.DATE:
        try:
            return Given(asked.id, part, day=roc.parse_date(value))
        except ValueError:
            message = "看不懂的日期「%(text)s」，或沒有這一天。請填如 115/9/1。"
            raise Unreadable("date", message, text=value[:30]) from None
    most = SHORT_TEXT if asked.kind == Kind.SHORT else LONG_TEXT
    if len(value) > most:
        raise Unreadable("long", "最多 %(most)s 個字，現在是 %(count)s 個字。", most=most, count=len(value))
    return Given(asked.id, part, text=_visible(value))


def _figure(value: str) -> float:
    plain = value.replace(",", "").replace("，", "").translate(str.maketrans("０１２３４５６７８９．－", "0123456789.-"))
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,4})?", plain, re.ASCII):
        raise Unreadable("number", "「%(text)s」不是數字。請填如 12 或 3.5。", text=value[:30])
    figure = float(plain)
    if not math.isfinite(figure) or abs(figure) > FARTHEST:
        raise Unreadable("number", "數字太大了。")
    return figure


def _visible(text: str) -> str:
    text = text.replace("\r\n", "\n")
    if _INVISIBLE.search(text):
        raise Unreadable("control", "含有看不見的控制字元，請重新輸入。")
    return text
