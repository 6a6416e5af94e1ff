"""Orders to draw dues from accounts: what the bank's file looks like, as data, and what its answer says. Pure; whole NT$.

A layout gives lines of fixed places counted in bytes. Those that come with the program lie in ``members/data/debits``. ASCII only: names
do not stand in such files, a member is known by number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from unionops.members.rules.statements import as_lines
from unionops.values.problems import Problem, RuleBroken, problem


class Place(NamedTuple):
    """Where a value stands, from 1, the last one included, and how: ``number`` filled up with zeros, ``text`` with blanks, ``roc`` a day yyymmdd."""

    first: int
    last: int
    kind: str


@dataclass(frozen=True)
class DebitLayout:
    """``records`` are role → (mark, fields); ``results`` what the bank's codes mean."""

    key: str
    title: str
    width: int
    success: str
    records: Mapping[str, tuple[str, Mapping[str, Place]]]
    results: Mapping[str, str]


class Order(NamedTuple):
    """One line: from whose account how much. ``number`` is the member's, and comes back with the answer."""

    serial: int
    bank: str
    account: str
    identity: str
    amount: int
    number: str


class Answer(NamedTuple):
    """What the bank says of one order; ``result`` its code."""

    serial: int
    number: str
    amount: int
    result: str


@cache
def layouts() -> Mapping[str, DebitLayout]:
    """The layouts that come with the program, by key."""
    folder = files("unionops.members").joinpath("data/debits")
    found = [_layout(tomllib.loads(one.read_text(encoding="utf-8"))) for one in folder.iterdir() if one.name.endswith(".toml")]
    return {one.key: one for one in sorted(found, key=lambda one: one.key)}


def _layout(content: Mapping[str, Any]) -> DebitLayout:
    records = {
        str(one["role"]): (str(one["mark"]), {str(name): Place(int(at["place"][0]), int(at["place"][1]), str(at["kind"])) for name, at in one["fields"].items()})
        for one in content["record"]
    }
    return DebitLayout(str(content["key"]), str(content["title"]), int(content["width"]), str(content["success"]), records, dict(content["results"]))


def mandate_problems(bank: str, account: str, from_on: date, until_on: date | None) -> list[Problem]:
    """What stands against an authorisation."""
    problems = []
    if not re.fullmatch(r"\d{7}", bank):
        problems.append(problem("bank", "金融機構代號是 7 位數字：銀行 3 位、分行 4 位。", code="bank"))
    if not re.fullmatch(r"\d{6,16}", account):
        problems.append(problem("account", "帳號是 6 到 16 位數字。", code="account"))
    if until_on is not None and until_on < from_on:
        problems.append(problem("until_on", "迄日早於起日 %(since)s。", since=from_on, code="ends_before_it_begins"))
    return problems


def write(layout: DebitLayout, orders: Sequence[Order], *, union: str, made_on: date, collect_on: date) -> bytes:
    """The file for the bank, lines ended by CR LF. Raises RuleBroken for what does not fit its place."""
    lines = [_line(layout, "heading", {"made_on": made_on, "collect_on": collect_on, "union": union})]
    lines += [_line(layout, "line", {**one._asdict(), "result": ""}) for one in orders]
    lines.append(_line(layout, "total", {"count": len(orders), "sum": sum(one.amount for one in orders)}))
    return b"".join(line + b"\r\n" for line in lines)


def _line(layout: DebitLayout, role: str, values: Mapping[str, Any]) -> bytes:
    mark, fields = layout.records[role]
    line = bytearray(b" " * layout.width)
    line[: len(mark)] = mark.encode("ascii")
    for name, place in fields.items():
        value, width = values.get(name, ""), place.last - place.first + 1
        if place.kind == "roc":
            text = f"{value.year - 1911:03d}{value:%m%d}"
        else:
            text = str(value).zfill(width) if place.kind == "number" else str(value).ljust(width)
        if len(text) > width or not text.isascii():
            raise RuleBroken(problem("", "「%(value)s」放不進檔案的 %(name)s 欄（%(width)s 位）。", value=str(value), name=name, width=width, code="too_long"))
        line[place.first - 1 : place.last] = text.encode("ascii")
    return bytes(line)


def read(layout: DebitLayout, data: bytes) -> list[Answer]:
    """The bank's answer. Raises RuleBroken for a file that is none, or whose total is not that of its lines."""
    answers: list[Answer] = []
    stated: tuple[int, int] | None = None
    for at, raw in enumerate(as_lines(data).rstrip(b"\x1a\r\n\x00").split(b"\n"), 1):
        line = raw.rstrip()
        if not line:
            continue
        role = next((role for role, (mark, _fields) in layout.records.items() if line.startswith(mark.encode("ascii"))), None)
        if role is None or len(line) > layout.width:
            raise RuleBroken(problem("file", "第 %(at)s 行不是「%(title)s」的格式。", at=at, title=layout.title, code="not_this_layout"))
        values = _values(layout, role, line)
        try:
            if role == "line":
                answers.append(Answer(int(values["serial"]), values["number"], int(values["amount"]), values["result"]))
            elif role == "total":
                stated = int(values["count"]), int(values["sum"])
        except ValueError:
            raise RuleBroken(problem("file", "第 %(at)s 行的數字看不懂。", at=at, code="not_a_number")) from None
    if not answers:
        raise RuleBroken(problem("file", "檔案裡沒有扣款結果。", code="no_rows"))
    if stated is not None and stated != (len(answers), sum(one.amount for one in answers)):
        raise RuleBroken(problem(
            "file", "總計列寫 %(count)s 筆 %(sum)s 元，與明細不同；檔案可能不完整。", count=stated[0], sum=stated[1], code="total_differs",
        ))
    return answers


def _values(layout: DebitLayout, role: str, line: bytes) -> dict[str, str]:
    return {name: line[place.first - 1 : place.last].decode("ascii", "replace").strip() for name, place in layout.records[role][1].items()}


def answer_problems(orders: Mapping[int, tuple[str, int]], answers: Iterable[Answer]) -> list[Problem]:
    """What stands against an answer for these orders (serial → number, NT$): another run's, a line twice, another amount, no result."""
    seen: set[int] = set()
    problems: list[Problem] = []
    for one in answers:
        wanted = orders.get(one.serial)
        if wanted is None or wanted[0] != one.number:
            return [problem("file", "這不是這一批的回覆檔：第 %(at)s 筆不在這一批。", at=one.serial, code="other_run")]
        if one.serial in seen:
            problems.append(problem("file", "第 %(at)s 筆出現兩次。", at=one.serial, code="twice"))
        elif one.amount != wanted[1]:
            problems.append(problem("file", "第 %(at)s 筆的金額 %(said)s 元，送出的是 %(sent)s 元。", at=one.serial, said=one.amount, sent=wanted[1], code="amount"))
        elif not one.result:
            problems.append(problem("file", "第 %(at)s 筆還沒有扣款結果。", at=one.serial, code="no_result"))
        seen.add(one.serial)
    if not problems and (missing := len(orders.keys() - seen)):
        problems.append(problem("file", "少了 %(count)s 筆的結果。", count=missing, code="missing"))
    return problems
