"""Reads the movements of a statement under its layout, and holds them against its own balances and totals. Pure; whole NT$.

Money is never dropped for a name that cannot be shown: bytes that are no character stand as �, and only a row without a readable day or
amount is refused, with its reason. Which layout a file has is ``layouts``' to say.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from unionops.core.transfer.reading import read_table_file
from unionops.core.transfer.tables import too_wide
from unionops.core.transfer.workbook import Cell, FileRefused, Row, Sheet, cell_text, is_blank
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
from unionops.members.rules.statement_cells import HUGEST, CellUnreadable, amount, day, is_number, is_shortened, side, unguarded
from unionops.values.problems import Problem, problem
from unionops.values.text import half_width


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
    count_out sum_out opening closing``). ``problems`` are shown before anything is written and do not keep the rest from it.
    ``own_accounts`` are the accounts that a column of accounts names, where that is more than one."""

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
    own_accounts: frozenset[str] = frozenset()

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
    lines = as_lines(data)
    fixed = recognise_lines(lines, known)
    if fixed is not None:
        return _settled(_read_lines(lines, fixed))
    workbook = read_table_file(data, file_name, encoding=encoding)
    shown = [sheet for sheet in workbook.sheets if not sheet.hidden]
    readings, left = [], []
    for sheet in shown:
        found = recognise_table(sheet, known)
        if found is not None:
            readings.append(_settled(_read_table(sheet, *found, is_one_of_many=len(shown) > 1)))
        elif sum(sum(not is_blank(cell) for cell in row.cells) > 2 for row in sheet.rows) > 1:
            left.append(sheet.name)
    if not readings:
        raise Unknown(max((sheet.rows for sheet in shown), key=len, default=()))
    notices = [problem("file", "工作表「%(sheet)s」不是明細，沒有讀取。", code="sheet_left", sheet=name) for name in left]
    notices += [problem("file", "隱藏的工作表「%(sheet)s」沒有讀取。", code="sheet_hidden", sheet=one.name) for one in workbook.sheets if one.hidden and one.rows]
    made = readings[0] if len(readings) == 1 else _together(readings)
    return replace(made, encoding=workbook.encoding or workbook.kind, problems=(*made.problems, *notices))


def as_lines(data: bytes) -> bytes:
    """The bytes of a file of fixed places: without the mark that an editor puts in front; of two bytes a character (UTF-16) as one again."""
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(name, "replace").encode("cp950", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data.replace(b"\r", b"\n") if b"\r" in data and b"\n" not in data else data


def _together(readings: Sequence[Reading]) -> Reading:
    """One for each month, or a sheet of them all besides: what two sheets tell of is one movement, as of two files that overlap."""
    by_day = sorted(readings, key=lambda one: min((each.moved_on for each in one.movements), default=date.max))
    if len({one.layout.kind for one in by_day}) > 1 or len({one.own_account for one in by_day} - {""}) > 1:
        raise FileRefused(problem("file", "各工作表不是同一個帳戶的明細，請分開匯入。", code="sheets_differ"))
    movements: list[Movement] = []
    taken: Counter[str] = Counter()
    twice = 0
    for one in by_day:
        here: Counter[str] = Counter()
        for each in one.movements:
            known = _known_by(each)
            here[known] += 1
            if here[known] > taken[known]:
                movements.append(each)
            else:
                twice += 1
        taken |= here
    movements.sort(key=lambda each: each.moved_on)
    problems = [each for one in by_day for each in one.problems]
    if twice:
        problems.append(problem("file", "%(count)s 筆在兩個工作表都有，只算一次。", code="sheets_overlap", count=twice))
    return replace(
        by_day[0], movements=tuple(movements), refused=tuple(each for one in by_day for each in one.refused), problems=tuple(problems), stated={},
        own_account=next((one.own_account for one in by_day if one.own_account), ""), own_accounts=frozenset().union(*(one.own_accounts for one in by_day)),
        opening=next((one.opening for one in by_day if one.movements), None), closing=next((one.closing for one in reversed(by_day) if one.movements), None),
    )


# --- tables -----------------------------------------------------------------------------------------------------------


def _read_table(sheet: Sheet, layout: Layout, heading: Heading, *, is_one_of_many: bool = False) -> Reading:
    movements: list[Movement] = []
    refused: list[Refused] = []
    stated: dict[str, int] = {}
    rows = sheet.rows
    above, data = rows[: heading.rows[0]] if heading.rows else [], rows[heading.first_data :]
    _must_be_dollars(above)
    own = _own_accounts(above, heading, data)
    said = [[cell_text(cell).strip() for cell in rows[at].cells] for at in heading.rows]
    table = _Table(layout, heading, data, wide=too_wide(sheet, data, heading.width), is_theirs=len(own) > 1)
    for row in data:
        if all(is_blank(cell) for cell in row.cells):
            continue
        texts = {name: _joined(row.cells, places) for name, places in heading.columns.items()}
        written = texts.get("moved_on") or texts.get("paid_on") or ""
        if not is_day(written):
            if [cell_text(cell).strip() for cell in row.cells] in said or _states(row.cells, heading, stated):
                continue  # The heading once more, on the next printed page; or a line of totals.
            if not (written and _has_amount(texts)):
                continue  # A remark: ＊＊＊以下空白＊＊＊.
        try:
            if (label := _label(texts)) and _says_no_movement(label, texts, movements, stated):
                continue
            movements.append(table.movement(row, texts, len(movements) + len(refused) + 1))
        except CellUnreadable as reason:
            where = f"{sheet.name} " if is_one_of_many else ""
            refused.append(Refused(row.line, where + " ".join(cell_text(cell) for cell in row.cells if not is_blank(cell))[:180], reason.problem))
    first = min((one.line for one in movements), default=0)
    return Reading(
        layout, tuple(table.directed(movements, refused)), tuple(refused), tuple(table.problems(movements)), stated, first_line=first,
        own_account=next(iter(own)) if len(own) == 1 else "", own_accounts=frozenset(own) if len(own) > 1 else frozenset(),
    )


class _Table:
    """What a table's columns mean beyond their headings: which of two ways its signs are, and whose the accounts are."""

    def __init__(self, layout: Layout, heading: Heading, data: Sequence[Row], *, wide: frozenset[int], is_theirs: bool) -> None:
        self.layout, self.columns, self.wide, self.is_theirs = layout, dict(heading.columns), wide, is_theirs
        self.is_single = layout.kind is Source.BANK and not {"in", "out"} & self.columns.keys()
        if self.is_single and "sign" not in self.columns:
            taken = {place for places in self.columns.values() for place in places}
            if (place := _signs(data, taken)) is not None:
                self.columns["sign"] = (place,)
        # Brackets or minus signs all down the column of what went out are how it is written, not taken back.
        outs = [] if "out" not in self.columns else [value for row in data if (value := _figure(_joined(row.cells, self.columns["out"])))]
        self.out_is_negative = bool(outs) and all(value < 0 for value in outs)
        self.shortened: list[int] = []

    def movement(self, row: Row, texts: dict[str, str], record: int) -> Movement:
        """Raises CellUnreadable."""
        if row.number in self.wide:
            raise CellUnreadable(problem("", "這一列的欄數比標題多，可能是金額裡的逗號把一欄分成兩欄。", code="too_wide"))
        if "sign" in self.columns:
            texts["sign"] = _joined(row.cells, self.columns["sign"])
        if self.out_is_negative and texts.get("out"):
            texts["out"] = str(abs(amount(texts["out"])))
        if (currency := texts.get("currency", "")) and not _DOLLARS.fullmatch(currency):
            raise CellUnreadable(problem("currency", "幣別是 %(currency)s，不是新臺幣。", code="currency", currency=currency[:10]))
        if self.is_theirs and "account" not in self.columns:
            texts["account"] = texts.get("own_account", "")
        if is_shortened(texts.get("code", "")):
            self.shortened.append(row.line or row.number)
            texts["code"] = ""
        if is_shortened(texts.get("account", "")):
            texts["account"] = ""
        return _movement(texts, row, record, self.layout)

    def problems(self, movements: Sequence[Movement]) -> Iterator[Problem]:
        """What is to be told of the columns."""
        if self.shortened:
            yield problem(
                "code", "第 %(lines)s 行的帳號成了 9.82E+13 的樣子，末幾位已經不見，不能用來對帳；請把那一欄設成文字再重新匯出。", code="shortened",
                lines="、".join(map(str, self.shortened[:10])),
            )

    def directed(self, movements: list[Movement], refused: list[Refused]) -> list[Movement]:
        """The movements with the sign that the running balance proves, where the file has one column of amounts and no sign. Without a
        balance a word of money going out makes such a line one to ask about."""
        if not self.is_single or "sign" in self.columns or not movements or any(one.amount < 0 for one in movements):
            return movements
        if (proved := _by_balance(movements)) is not None:
            return proved
        doubtful = {one.record for one in movements if _GOES_OUT.search(one.word)}
        refused += [
            Refused(one.line, f"{one.word} {one.memo}", problem("amount", "看不出這筆是存入還是支出：檔案沒有借貸別，也沒有餘額。", code="no_direction"))
            for one in movements if one.record in doubtful
        ]
        return [one for one in movements if one.record not in doubtful]


_GOES_OUT = re.compile(r"手續費|匯費|提款|提領|支出|轉出|匯出|扣款|扣繳|代繳|付款|支付|沖正|退票|更正")


def _signs(data: Sequence[Row], taken: set[int]) -> int | None:
    """The column that says of each row whether money came or went, whatever its heading is."""
    found: dict[int, set[int | None]] = {}
    filled: Counter[int] = Counter()
    rows = [row for row in data if any(is_day(cell_text(cell)) for cell in row.cells)]
    for row in rows:
        for place, cell in enumerate(row.cells):
            if place not in taken and not is_blank(cell):
                found.setdefault(place, set()).add(side(cell_text(cell)))
                filled[place] += 1
    # A column of nothing but dashes is an empty one.
    fitting = [place for place, sides in found.items() if sides == {1, -1} and filled[place] == len(rows)]
    return fitting[0] if len(fitting) == 1 else None


def _figure(text: str) -> int:
    try:
        return amount(text) if is_number(text) else 0
    except CellUnreadable:
        return 0


def _by_balance(movements: Sequence[Movement]) -> list[Movement] | None:
    """Amounts without a sign, signed so that each balance follows from the one before; None where they do not follow either way."""
    if len(movements) < 2 or any(one.balance is None for one in movements):
        return None
    for some in (movements, movements[::-1]):
        steps = [(after.balance or 0) - (before.balance or 0) for before, after in pairwise(some)]
        if all(abs(step) == one.amount for step, one in zip(steps, some[1:], strict=True)):
            # Nothing comes before the first: more than there was before it, unless its word says otherwise.
            first = some[0]._replace(amount=-some[0].amount) if _GOES_OUT.search(some[0].word) else some[0]
            signed = [first, *(one._replace(amount=step) for one, step in zip(some[1:], steps, strict=True))]
            return signed if some is movements else signed[::-1]
    return None


_DOLLARS = re.compile(r"(?i)\s*(?:twd|ntd|nt\$?|tw|新?[臺台]幣|新?[臺台]幣元|元|00|001)?\s*")
_CURRENCY = re.compile(r"幣\s*[別種]\s*[:：]?\s*([A-Za-z$]{2,4}|[㐀-鿿]{2,4})")


def _must_be_dollars(above: Sequence[Row]) -> None:
    """Raises FileRefused for a statement of an account in foreign currency."""
    for row in above:
        match = _CURRENCY.search(" ".join(half_width(cell_text(cell)) for cell in row.cells))
        if match and not _DOLLARS.fullmatch(match[1]) and not match[1].endswith("存款"):
            raise FileRefused(problem("file", "這是 %(currency)s 帳戶的明細；只能匯入新臺幣帳戶的。", code="currency", currency=match[1]))


_NO_MOVEMENT = re.compile(r"(?:承前|承上|過次|轉次|轉下|上[期頁]|前[期頁]|期初|期末|本期|上日|昨日|開始|結束).{0,3}(?:餘額|結存|結餘)?|(?:餘額|結存|結餘)承?[前轉]?")
_PERHAPS = re.compile(r"[計餘結期頁日始束]")
_SUBTOTAL = re.compile(r"(?:本|當|每)?[日月頁期季年次]?\s*(?:小計|合計|總計|累計|共計|結計)(?:金額)?")


def _label(texts: Mapping[str, str]) -> str:
    """The words of a row that has a day and yet may be no movement: a subtotal, a balance brought forward."""
    if not _PERHAPS.search(f"{texts.get('word', '')}{texts.get('memo', '')}{texts.get('payer', '')}"):
        return ""  # Nearly always.
    return next(
        (text for name in ("word", "memo", "payer") if (text := texts.get(name, "").strip(" 　*＊:：")) and (_SUBTOTAL.fullmatch(text) or _NO_MOVEMENT.fullmatch(text))), ""
    )


def _says_no_movement(label: str, texts: Mapping[str, str], before: Sequence[Movement], stated: dict[str, int]) -> bool:
    """Whether such a row is surely none. Raises CellUnreadable for a subtotal whose sum is not that of lines before it."""
    if not _SUBTOTAL.fullmatch(label):
        if any(_figure(texts.get(name, "")) for name in ("in", "out", "amount")):
            return False
        if (balance := texts.get("balance", "")) and (name := _stated_name(label)) in ("opening", "closing"):
            stated.setdefault(name, amount(balance))
        return True
    came, went, single = (_figure(texts.get(name, "")) for name in ("in", "out", "amount"))
    sum_in = sum_out = 0
    for one in reversed(before):
        sum_in, sum_out = sum_in + max(one.amount, 0), sum_out - min(one.amount, 0)
        if ((came or went) and came in (0, sum_in) and abs(went) in (0, sum_out)) or (single and abs(single) in (sum_in, abs(sum_in - sum_out))):
            return True
    raise CellUnreadable(problem("", "這一列寫「%(label)s」，像是合計，沒有當作一筆交易；請核對。", code="looks_like_total", label=label))


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


def _movement(texts: Mapping[str, str], row: Row, record: int, layout: Layout) -> Movement:
    signed = _signed(texts, layout)
    paid_on = day(texts["paid_on"]) if texts.get("paid_on") else None
    moved_on = day(texts["moved_on"]) if texts.get("moved_on") else paid_on
    if moved_on is None:
        raise CellUnreadable(problem("moved_on", "沒有日期。", code="date_missing"))
    fee = abs(amount(texts["fee"])) if texts.get("fee") else 0
    if fee > abs(signed):
        raise CellUnreadable(problem("fee", "手續費多於金額。", code="fee_above_amount"))
    due = texts.get("due_on", "")
    return Movement(
        row.line or row.number, record, moved_on, signed, paid_on, texts.get("time", ""), fee, texts.get("word", "")[:60], texts.get("memo", "")[:200],
        texts.get("payer", "")[:120], unguarded(texts.get("account", ""))[:40], unguarded(texts.get("code", ""))[:40], texts.get("serial", "")[:20],
        texts.get("shop", "")[:40], day(due) if is_day(due) else None, amount(texts["balance"]) if texts.get("balance") else None,
    )


def _signed(texts: Mapping[str, str], layout: Layout) -> int:
    """NT$, negative when money went out, from two columns or from one with its sign."""
    out, came, single = (amount(text) if (text := texts.get(name)) else 0 for name in ("out", "in", "amount"))
    if out and came:
        raise CellUnreadable(problem("amount", "同一列又有支出又有存入。", code="both_ways"))
    if out or came:
        return came - out
    if not single:
        raise CellUnreadable(problem("amount", "金額是 0。", code="zero"))
    direction = side(texts.get("sign", ""))
    if direction is None:
        raise CellUnreadable(problem("sign", "看不懂借貸別「%(text)s」：是存入還是支出？", code="sign", text=texts["sign"][:10]))
    if direction < 0:
        return -abs(single)
    if single < 0 and layout.kind is Source.SHOP:
        raise CellUnreadable(problem("amount", "金額是負的。", code="negative"))
    return single


_ACCOUNT = re.compile(r"[0-9][0-9\-\s]{6,20}[0-9]")


def _own_accounts(above: Sequence[Row], heading: Heading, data: Sequence[Row]) -> set[str]:
    """Digits of the account that the file is about, from the lines above the heading, else all those of its own column; empty when it
    does not say."""
    for row in above:
        line = " ".join(cell_text(cell) for cell in row.cells)
        if ("帳號" in line or "account" in line.casefold()) and (match := _ACCOUNT.search(half_width(line.split("帳號")[-1]))):
            return {re.sub(r"\D", "", match[0])}
    if "own_account" not in heading.columns:
        return set()
    return {re.sub(r"\D", "", half_width(_joined(row.cells, heading.columns["own_account"]))) for row in data} - {""}


# --- totals -----------------------------------------------------------------------------------------------------------

_TOTAL = re.compile(r"合計|總計|總額|共計|小計|筆數|total|承前|上期|期初|期末|本期餘額|結存")


_PART = re.compile(r"小計|[本當每][日頁次]\s*(?:合計|總計|累計)|[承過轉].{0,2}頁")


def _states(cells: Sequence[Cell], heading: Heading, stated: dict[str, int]) -> bool:
    """Whether a row tells totals; what it tells goes to ``stated``. Either labels with their values behind them, or sums below the columns."""
    texts = [_text(cell) for cell in cells]
    if not any(_TOTAL.search(text.casefold()) for text in texts):
        return False
    if any(_PART.search(text) for text in texts):
        return True  # Of a day or a page: of no use for the whole.
    labelled = False
    for place, text in enumerate(texts):
        name = _stated_name(text)
        inside = re.search(r"([0-9][0-9,]*)\s*(?:筆|元)?\s*$", text)
        value = next((one for one in texts[place + 1 :] if one), "")
        if name and inside and (not text[0].isdigit() or text.endswith("筆")):
            stated.setdefault(name, int(inside[1].replace(",", "")))
            labelled = True
        elif name and value and is_number(value):
            stated.setdefault(name, amount(value))
            labelled = True
    if not labelled or not {"sum", "sum_in", "sum_out"} & stated.keys():
        for name, wanted in (("in", "sum_in"), ("out", "sum_out"), ("amount", "sum"), ("fee", "fees")):
            places = heading.columns.get(name, ())
            text = _joined(cells, places) if places else ""
            if text and is_number(text):
                stated.setdefault(wanted, amount(text))
    return True


def _stated_name(text: str) -> str:
    """Which figure a label announces."""
    if not text or is_number(text):
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


_FULL = frozenset({"amount", "fee", "moved_on", "paid_on", "code"})
"""What must stand whole on a line: cut off it would be another amount, another day."""


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
            for name, text in texts.items():  # Of several files in one each has its own.
                if text.isdigit():
                    stated[name] = stated.get(name, 0) + int(text)
        elif record.role == "line":
            try:
                if max((last for name, (_first, last) in record.fields.items() if name in _FULL), default=0) > len(line):
                    raise CellUnreadable(problem("", "這一行只有 %(places)s 位，沒有寫完。", code="cut_off", places=len(line)))
                if layout.width and len(line.rstrip()) > layout.width:
                    raise CellUnreadable(problem("", "這一行有 %(places)s 位，應為 %(width)s 位。", code="width", places=len(line), width=layout.width))
                movements.append(_movement(texts, Row(number, [], number), len(movements) + len(refused) + 1, layout))
            except CellUnreadable as reason:
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
    """The movements in the order in which they happened, each once, and what does not add up."""
    some = list(reading.movements)
    newest_first = _is_newest_first(some)
    if newest_first:
        some.reverse()
    some, told = _right_way_round(some)
    repeated: list[Problem] = []
    if not reading.stated or total_problems(replace(reading, movements=tuple(some))):  # Else the file itself counts them all.
        some, repeated = _without_repeats(some)
    opening = next((one.balance - one.amount for one in some[:1] if one.balance is not None), None)
    closing = next((one.balance for one in some[-1:] if one.balance is not None), None)
    made = replace(reading, movements=tuple(some), is_newest_first=newest_first, opening=opening, closing=closing)
    return replace(made, problems=(*reading.problems, *told, *repeated, *_breaks(some), *total_problems(made)))


def _right_way_round(some: list[Movement]) -> tuple[list[Movement], list[Problem]]:
    """What a bank calls 借方 is money out; a union's own bookkeeping calls it money in. The running balance shows who wrote the file."""
    breaks = len(_breaks(some))
    if breaks * 2 < len(some) or breaks < 2:
        return some, []
    turned = [one._replace(amount=-one.amount) for one in some]
    if _breaks(turned):
        return some, []
    return turned, [problem("file", "照餘額看，檔案的支出與存入兩欄和一般相反，已照餘額讀入。", code="turned_round")]


def _without_repeats(some: list[Movement]) -> tuple[list[Movement], list[Problem]]:
    """A line that came twice word for word is one movement where nothing but a slip explains it: the same serial number, or a running
    balance that it does not move. Two payments that are alike otherwise are two."""
    first: dict[tuple[object, ...], int] = {}
    kept: list[Movement] = []
    told: list[Problem] = []
    for one in some:
        alike = one[2:]  # All but where it stands.
        stands = kept[-1].balance if kept else None
        is_slip = alike in first and (bool(one.serial) if one.balance is None else stands is not None and stands + one.amount != one.balance)
        if is_slip:
            told.append(problem("file", "第 %(line)s 行和第 %(first)s 行完全相同，只算一次。", code="repeated", line=one.line, first=first[alike]))
            continue
        first.setdefault(alike, one.line)
        kept.append(one)
    return kept, told


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
    } | {name: value for name, value in (("opening", reading.opening), ("closing", reading.closing)) if value is not None}
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
