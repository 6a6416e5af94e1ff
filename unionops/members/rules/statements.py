"""Reads the movements of a statement under its layout, and holds them against its own balances and totals. Pure; whole NT$.

Money is never dropped for a name that cannot be shown: bytes that are no character stand as �, and only a row without a readable day or
amount is refused, with its reason. Which layout a file has is ``layouts``' to say.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from unionops.core.transfer.reading import read_table_file
from unionops.core.transfer.workbook import Cell, FileRefused, Row, cell_text, is_blank
from unionops.members.rules.layouts import (
    Form,
    Heading,
    Layout,
    Record,
    Source,
    is_day,
    recognise_lines,
    recognise_table,
)
from unionops.values.problems import Problem, problem
from unionops.values.roc import DateUnreadable, parse_date
from unionops.values.text import half_width

HUGEST = 10**12
"""NT$; what is above is no amount but a number in the wrong column."""


class Movement(NamedTuple):
    """One movement. ``amount`` is negative when money went out; ``moved_on`` the day it reached our account, ``paid_on`` the day it was
    paid, where the file tells both. ``record`` counts from 1, ``line`` is the line of the file. ``mark`` is what it is known by, once
    ``marked`` has said so."""

    line: int
    record: int
    moved_on: date
    amount: int
    paid_on: date | None = None
    time: str = ""
    fee: int = 0
    word: str = ""
    memo: str = ""
    payer: str = ""
    account: str = ""
    code: str = ""
    serial: str = ""
    shop: str = ""
    due_on: date | None = None
    balance: int | None = None
    mark: str = ""


class Refused(NamedTuple):
    """A line that tells of a movement but cannot be read."""

    line: int
    text: str
    problem: Problem


@dataclass(frozen=True)
class Reading:
    """What a file tells. ``movements`` are the oldest first; ``stated`` what its own totals say (``count sum fees net count_in sum_in
    count_out sum_out opening closing``). ``problems`` are shown before anything is written and do not keep the rest from it."""

    layout: Layout
    movements: tuple[Movement, ...]
    refused: tuple[Refused, ...] = ()
    problems: tuple[Problem, ...] = ()
    stated: Mapping[str, int] | None = None
    encoding: str = ""
    first_line: int = 0
    is_newest_first: bool = False
    opening: int | None = None
    closing: int | None = None
    own_account: str = ""

    @property
    def sum_in(self) -> int:
        return sum(one.amount for one in self.movements if one.amount > 0)

    @property
    def sum_out(self) -> int:
        return -sum(one.amount for one in self.movements if one.amount < 0)

    @property
    def fees(self) -> int:
        return sum(one.fee for one in self.movements)


class Unknown(Exception):
    """No layout fits. ``rows`` are what a person needs to say which column is what; empty when the file is no table."""

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__("no layout fits")
        self.rows = rows


def read(data: bytes, file_name: str, layouts: Iterable[Layout], *, encoding: str | None = None) -> Reading:
    """Reads a file under whichever layout it has. Raises FileRefused for what is no table, ``Unknown`` when no layout fits."""
    known = list(layouts)
    fixed = recognise_lines(data, known)
    if fixed is not None:
        return _settled(_read_lines(data, fixed))
    workbook = read_table_file(data, file_name, encoding=encoding)
    rows = max((sheet.rows for sheet in workbook.sheets if not sheet.hidden), key=len, default=())
    found = recognise_table(rows, known)
    if found is None:
        raise Unknown(rows)
    layout, heading = found
    return _settled(replace(_read_table(rows, layout, heading), encoding=workbook.encoding or workbook.kind))


# --- tables -----------------------------------------------------------------------------------------------------------


def _read_table(rows: Sequence[Row], layout: Layout, heading: Heading) -> Reading:
    movements: list[Movement] = []
    refused: list[Refused] = []
    stated: dict[str, int] = {}
    own = _own_account(rows[: heading.row], heading, rows)
    said = [cell_text(cell).strip() for cell in rows[heading.row].cells] if heading.row >= 0 else []
    for row in rows[heading.row + 1 :]:
        if all(is_blank(cell) for cell in row.cells):
            continue
        texts = {name: _joined(row.cells, places) for name, places in heading.columns.items()}
        day = texts.get("moved_on") or texts.get("paid_on") or ""
        if not is_day(day):
            if [cell_text(cell).strip() for cell in row.cells] == said or _states(row.cells, heading, stated):
                continue  # The heading once more, on the next printed page; or a line of totals.
            if not (day and _has_amount(texts)):
                continue  # A remark: ＊＊＊以下空白＊＊＊.
        try:
            movements.append(_movement(texts, row, len(movements) + len(refused) + 1, layout))
        except _Unreadable as reason:
            refused.append(Refused(row.line, " ".join(cell_text(cell) for cell in row.cells if not is_blank(cell))[:200], reason.problem))
    first = min((one.line for one in movements), default=0)
    return Reading(layout, tuple(movements), tuple(refused), stated=stated, first_line=first, own_account=own)


def _joined(cells: Sequence[Cell], places: Sequence[int]) -> str:
    if len(places) == 1:  # Nearly always.
        return _text(cells[places[0]]) if places[0] < len(cells) else ""
    parts = (_text(cells[place]) for place in places if place < len(cells))
    return " ".join(one for one in parts if one)


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    text = cell_text(cell)
    return _BLANKS.sub(" ", text).strip() if _BLANKS.search(text) else text


_BLANKS = re.compile(r"\s+")  # The ideographic blank is one of them.


def _has_amount(texts: Mapping[str, str]) -> bool:
    return any(_looks_amount(texts.get(name, "")) for name in ("in", "out", "amount"))


def _looks_amount(text: str) -> bool:
    return any(char.isdigit() for char in text) and len(text) < 30


class _Unreadable(Exception):
    def __init__(self, why: Problem) -> None:
        super().__init__(why.text)
        self.problem = why


def _movement(texts: Mapping[str, str], row: Row, record: int, layout: Layout) -> Movement:
    amount = _signed(texts, layout)
    paid_on = _day(texts["paid_on"]) if texts.get("paid_on") else None
    moved_on = _day(texts["moved_on"]) if texts.get("moved_on") else paid_on
    if moved_on is None:
        raise _Unreadable(problem("moved_on", "沒有日期。", code="date_missing"))
    fee = abs(_amount(texts["fee"])) if texts.get("fee") else 0
    if fee > abs(amount):
        raise _Unreadable(problem("fee", "手續費多於金額。", code="fee_above_amount"))
    due = texts.get("due_on", "")
    return Movement(
        row.line or row.number, record, moved_on, amount, paid_on, texts.get("time", ""), fee, texts.get("word", "")[:60], texts.get("memo", "")[:200],
        texts.get("payer", "")[:120], _unguarded(texts.get("account", ""))[:40], _unguarded(texts.get("code", ""))[:40], texts.get("serial", "")[:20],
        texts.get("shop", "")[:40], _day(due) if is_day(due) else None, _amount(texts["balance"]) if texts.get("balance") else None,
    )


def _unguarded(text: str) -> str:
    return text.strip("'\"= ")


def _signed(texts: Mapping[str, str], layout: Layout) -> int:
    """NT$, negative when money went out, from two columns or from one with its sign."""
    out, came, single = (_amount(text) if (text := texts.get(name)) else 0 for name in ("out", "in", "amount"))
    if out and came:
        raise _Unreadable(problem("amount", "同一列又有支出又有存入。", code="both_ways"))
    if out or came:
        return came - out
    if single and _goes_out(texts.get("sign", "")):
        return -abs(single)
    if not single:
        raise _Unreadable(problem("amount", "金額是 0。", code="zero"))
    if single < 0 and layout.kind is Source.SHOP:
        raise _Unreadable(problem("amount", "金額是負的。", code="negative"))
    return single


_OUT = re.compile(r"^(?:d|dr|debit|借.?|支出?|提.?|扣.?|付.?|出|轉出|[-－−])$")


def _goes_out(sign: str) -> bool:
    return bool(_OUT.match(half_width(sign).strip().casefold()))


def _amount(text: str) -> int:
    """NT$ of a cell; 0 for nothing. ``38,460`` ``38460.00`` ``(38,460)`` ``38,460-`` ``NT$ 38,460`` ``－38,460``."""
    if text.isascii() and text.isdigit() and len(text) < 13:  # How nearly all are written.
        return int(text)
    plain = re.sub(r"(?i)nt\$?|twd|[$,\s元]", "", half_width(text)).replace("−", "-").replace("－", "-")
    if plain in ("", "-", "--", "–"):
        return 0
    match = re.fullmatch(r"(\()?([+-]?)([0-9]+)(?:\.([0-9]+))?(-)?(\))?", plain)
    if match is None or bool(match[1]) != bool(match[6]):
        raise _Unreadable(problem("amount", "看不懂金額「%(text)s」。", code="amount_format", text=text[:20]))
    if match[4] and match[4].strip("0"):
        raise _Unreadable(problem("amount", "金額「%(text)s」有小數。", code="cents", text=text[:20]))
    value = int(match[3])
    if value >= HUGEST:
        raise _Unreadable(problem("amount", "金額「%(text)s」大得不合理。", code="huge", text=text[:20]))
    return -value if match[1] or match[2] == "-" or match[5] else value


@lru_cache(maxsize=2_000)  # A file's days come again and again.
def _day(text: str) -> date:
    try:
        return parse_date(text.split()[0] if text.split() else "")
    except DateUnreadable as error:
        raise _Unreadable(problem("moved_on", "看不懂日期「%(text)s」。", code=error.code, text=text[:20])) from None


_ACCOUNT = re.compile(r"[0-9][0-9\-\s]{6,20}[0-9]")


def _own_account(above: Sequence[Row], heading: Heading, rows: Sequence[Row]) -> str:
    """Digits of the account that the file is about, from the lines above the heading or its own column; empty when it does not say."""
    for row in above:
        line = " ".join(cell_text(cell) for cell in row.cells)
        if "帳號" in line or "account" in line.casefold():
            if match := _ACCOUNT.search(half_width(line.split("帳號")[-1])):
                return re.sub(r"\D", "", match[0])
    if "own_account" in heading.columns:
        said = {re.sub(r"\D", "", _joined(row.cells, heading.columns["own_account"])) for row in rows[heading.row + 1 :]} - {""}
        if len(said) == 1:
            return said.pop()
    return ""


# --- totals -----------------------------------------------------------------------------------------------------------

_TOTAL = re.compile(r"合計|總計|總額|共計|小計|筆數|total|承前|上期|期初|期末|本期餘額|結存")


def _states(cells: Sequence[Cell], heading: Heading, stated: dict[str, int]) -> bool:
    """Whether a row tells totals; what it tells goes to ``stated``. Either labels with their values behind them, or sums below the columns."""
    texts = [_text(cell) for cell in cells]
    if not any(_TOTAL.search(text.casefold()) for text in texts):
        return False
    labelled = False
    for place, text in enumerate(texts):
        name = _stated_name(text)
        inside = re.search(r"([0-9][0-9,]*)\s*(?:筆|元)?\s*$", text)
        value = next((one for one in texts[place + 1 :] if one), "")
        if name and inside and not text[0].isdigit():
            stated.setdefault(name, int(inside[1].replace(",", "")))
            labelled = True
        elif name and value and _is_number(value):
            stated.setdefault(name, _amount(value))
            labelled = True
    if not labelled or not {"sum", "sum_in", "sum_out"} & stated.keys():
        for name, wanted in (("in", "sum_in"), ("out", "sum_out"), ("amount", "sum"), ("fee", "fees")):
            places = heading.columns.get(name, ())
            text = _joined(cells, places) if places else ""
            if text and _is_number(text):
                stated.setdefault(wanted, _amount(text))
    return True


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\s$()+\-0-9,.]*[0-9][\s)\-0-9,.]*", text))


def _stated_name(text: str) -> str:
    """Which figure a label announces."""
    if not text or _is_number(text):
        return ""
    side = "_out" if re.search(r"支出|提出|提款|借方|轉出", text) else "_in" if re.search(r"存入|收入|貸方|轉入|入帳", text) else ""
    if re.search(r"期初|承前|上期", text):
        return "opening"
    if re.search(r"期末|本期餘額|結存餘額", text):
        return "closing"
    if re.search(r"手續費|代收費", text):
        return "fees"
    if re.search(r"淨額|實撥|撥款", text):
        return "net"
    if "筆數" in text or re.search(r"[0-9]\s*筆$", text):
        return f"count{side}"
    if re.search(r"金額|合計|總計|總額|共計", text) and (side or "金額" in text or "總額" in text):
        return f"sum{side}"
    return ""


# --- lines of fixed places --------------------------------------------------------------------------------------------


def _read_lines(data: bytes, layout: Layout) -> Reading:
    movements: list[Movement] = []
    refused: list[Refused] = []
    problems: list[Problem] = []
    stated: dict[str, int] = {}
    encoding = layout.encoding or "cp950"
    for number, raw in enumerate(data.rstrip(b"\x1a\x00").split(b"\n"), 1):
        line = raw.rstrip(b"\r")
        if not line.strip():
            continue
        record = layout.record(line)
        if record is None:
            refused.append(Refused(number, line.decode(encoding, "replace")[:200], problem("", "不是這種檔案的行。", code="record_unknown")))
            continue
        texts = _cut(line, record, encoding)
        if record.role == "total":
            stated.update({name: int(text) for name, text in texts.items() if text.isdigit()})
        elif record.role == "line":
            try:
                if layout.width and len(line) > layout.width:
                    raise _Unreadable(problem("", "這一行有 %(places)s 位，應為 %(width)s 位。", code="width", places=len(line), width=layout.width))
                movements.append(_movement(texts, Row(number, [], number), len(movements) + len(refused) + 1, layout))
            except _Unreadable as reason:
                refused.append(Refused(number, line.decode(encoding, "replace").strip()[:200], reason.problem))
    if not stated and any(one.role == "total" for one in layout.records):
        problems.append(problem("file", "檔案沒有總計行，可能沒有傳完。", code="total_missing"))
    first = min((one.line for one in movements), default=0)
    return Reading(layout, tuple(movements), tuple(refused), tuple(problems), stated, encoding, first)


def _cut(line: bytes, record: Record, encoding: str) -> dict[str, str]:
    """The fields of a line; places are bytes, so a Chinese character takes two of them. Dates of nothing but noughts are no dates."""
    texts = {name: _text(line[first - 1 : last].decode(encoding, "replace")) for name, (first, last) in record.fields.items()}
    return {name: "" if name.endswith("_on") and not text.strip("0") else text for name, text in texts.items()}


# --- order, balances, totals, marks -----------------------------------------------------------------------------------


def _settled(reading: Reading) -> Reading:
    """The movements in the order in which they happened, and what does not add up."""
    some = list(reading.movements)
    newest_first = _is_newest_first(some)
    if newest_first:
        some.reverse()
    problems = [*reading.problems, *_breaks(some), *total_problems(reading)]
    opening = next((one.balance - one.amount for one in some[:1] if one.balance is not None), None)
    closing = next((one.balance for one in some[-1:] if one.balance is not None), None)
    return replace(reading, movements=tuple(some), problems=tuple(problems), is_newest_first=newest_first, opening=opening, closing=closing)


def _is_newest_first(some: Sequence[Movement]) -> bool:
    if len(some) < 2:
        return False
    if some[0].moved_on != some[-1].moved_on:
        return some[0].moved_on > some[-1].moved_on
    if all(one.balance is not None for one in some):
        return len(list(_breaks(some[::-1]))) < len(list(_breaks(some)))
    return bool(some[0].time and some[-1].time) and some[0].time > some[-1].time


def _breaks(some: Sequence[Movement]) -> list[Problem]:
    """Where the running balance does not follow from the line before: a line is missing, or a figure was changed."""
    problems: list[Problem] = []
    for before, after in pairwise(some):
        if before.balance is None or after.balance is None or before.balance + after.amount == after.balance:
            continue
        problems.append(problem(
            "balance", "第 %(line)s 行的餘額接不上：前一筆餘額 %(before)s、本筆 %(amount)s，應為 %(wanted)s，檔案寫 %(stated)s。", code="balance_break",
            line=after.line, before=f"{before.balance:,}", amount=f"{after.amount:,}", wanted=f"{before.balance + after.amount:,}", stated=f"{after.balance:,}",
        ))
    return problems


_STATED = {
    "count": "筆數", "sum": "金額合計", "fees": "手續費合計", "net": "淨額", "count_in": "存入筆數", "sum_in": "存入合計", "count_out": "支出筆數",
    "sum_out": "支出合計", "opening": "期初餘額", "closing": "期末餘額",
}


def total_problems(reading: Reading) -> list[Problem]:
    """What the file's own totals say otherwise than its lines."""
    came = [one for one in reading.movements if one.amount > 0]
    ordered = sorted(reading.movements, key=lambda one: one.moved_on)
    is_signed = "amount" in reading.layout.columns and any(one.amount < 0 for one in reading.movements)
    actual = {
        "count": len(reading.movements), "sum": sum(one.amount for one in reading.movements) if is_signed else reading.sum_in, "fees": reading.fees,
        "net": reading.sum_in - reading.fees, "count_in": len(came), "sum_in": reading.sum_in, "count_out": len(ordered) - len(came), "sum_out": reading.sum_out,
    }
    return [
        problem(
            "file", "%(what)s：檔案寫 %(stated)s，各行加起來是 %(actual)s。", code="total_differs", what=_STATED[name], stated=f"{value:,}",
            actual=f"{actual[name]:,}",
        )
        for name, value in (reading.stated or {}).items() if name in actual and actual[name] != value
    ]


def marked(some: Sequence[Movement], scope: str = "") -> list[Movement]:
    """The movements with what each is known by in every file that tells of it: account (``scope``), day, amount, and the balance, or
    the serial, or all that is said. Movements that are alike in all this are counted within their day, so that none is lost."""
    seen: Counter[str] = Counter()
    found = []
    for one in some:
        known = _known_by(one)
        seen[known] += 1
        found.append(one._replace(mark=hashlib.sha256(f"{scope}|{known}|{seen[known]}".encode()).hexdigest()))
    return found


def _known_by(one: Movement) -> str:
    base = f"{one.moved_on}|{one.paid_on or ''}|{one.amount}"
    if one.balance is not None:
        return f"{base}|b{one.balance}"
    if one.shop or not one.serial:  # A collector counts its payments from 1 in each file.
        return f"{base}|{one.time}|{one.code}|{one.shop}|{one.payer}|{one.memo}|{one.account}"
    return f"{base}|s{one.serial}"


__all__ = ["HUGEST", "FileRefused", "Form", "Movement", "Reading", "Refused", "Unknown", "marked", "read", "total_problems"]
