"""The office's files of January to March 115, who owes what in them, and what a careful clerk makes of every line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from unionops.members.rules import layouts, statements
from unionops.members.rules.clues import Directory, Line, clues
from unionops.members.rules.layouts import Source
from unionops.members.rules.matching import Bill, Judgement, judge
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.statements import Reading

OFFICE = Path(__file__).parents[2] / "data" / "office"
EXPECTED = json.loads((OFFICE / "expected.json").read_text("utf-8"))
BANK, GIRO, SHOPS = "bank_statement.csv", "postal_giro.csv", "convenience_store_settlement.txt"
ACCOUNT, SLIP = "98217{member:6}{year:1}{quarter:1}{weights:371}", "J62{member:6}{year:3}{quarter:2}{rest:97}"
EMPLOYERS = ("旺笙舞台工程有限公司", "禾沐展演製作股份有限公司", "聿光影音有限公司")
Q1, DUE = date(2026, 1, 1), date(2026, 2, 28)
RECEIVABLES = list(csv.DictReader((OFFICE / "receivables_115Q1.csv").read_text("utf-8-sig").splitlines()))
NUMBERS = [row["會員編號"] for row in RECEIVABLES]


def content(name: str) -> bytes:
    return (OFFICE / name).read_bytes()


def lines_of(data: bytes) -> list[list[str]]:
    """The rows of the bank's or post office's file, to be written otherwise."""
    text = data.decode("cp950") if b"\xa5" in data[:200] and not data.startswith(b"\xef\xbb\xbf") and not _is_utf8(data) else data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def written(rows: Iterable[Iterable[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def directory() -> Directory:
    tails: dict[str, list[int]] = {}
    for person, row in enumerate(RECEIVABLES, 1):
        if row["常用帳號末五碼"]:
            tails.setdefault(row["常用帳號末五碼"], []).append(person)
    return Directory(
        {person: (row["姓名"],) for person, row in enumerate(RECEIVABLES, 1)}, {number: person for person, number in enumerate(NUMBERS, 1)}, tails, EMPLOYERS,
        ("匯聚代收",), (numbering(ACCOUNT),), (numbering(SLIP),),
    )


def bills() -> dict[int, list[Bill]]:
    return {person: [Bill(person, Q1, int(row["應繳金額"]), int(row["應繳金額"]), DUE)] for person, row in enumerate(RECEIVABLES, 1)}


def read(data: bytes, name: str = "file.csv", **given: Any) -> Reading:
    return statements.read(data, name, layouts.built_in(), **given)


def lines(reading: Reading) -> list[Line]:
    kind = reading.layout.kind
    return [
        Line(one.line if kind is not Source.GIRO else one.record, kind, one.moved_on, one.amount, one.paid_on, one.word, one.memo, one.payer, one.account, one.code)
        for one in reading.movements
    ]


def judged(reading: Reading) -> dict[int, Judgement]:
    some, known = lines(reading), directory()
    return judge(some, {one.id: clues(one, known) for one in some}, known, bills())


def told(judgements: dict[int, Judgement]) -> dict[int, tuple[str, list[list[Any]]]]:
    """line → class and to whom how much, in the words of expected.json."""
    return {number: (one.verdict.value, [[NUMBERS[share.person - 1], share.amount] for share in one.to]) for number, one in judgements.items()}


def expected(name: str) -> dict[int, tuple[str, list[list[Any]]]]:
    if name == SHOPS:
        return {
            one["line"]: (one["class"], [] if one["class"] == "duplicate_payment" else [[one["member"], one["amount"]]]) for one in EXPECTED[name]["records"]
        }
    return {one.get("line", one.get("record")): (one["class"], one["to"]) for one in EXPECTED[name].get("lines", EXPECTED[name].get("records"))}
