"""What members owed, or had paid too much, before the books began: how a row of an office's list is read and judged. Pure; whole NT$.

A list may have one column of arrears or one for each kind of money, with or without their sum; a period as people write it (115Q1, 115/1-3,
114 年下半年, 11501); members named by number, identity number or name. Knows no table of the database: ``Known`` says who there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from unionops.core.transfer.headings import Field
from unionops.core.transfer.workbook import Cell, cell_text, is_blank
from unionops.members.rules.collecting import MOST
from unionops.members.rules.dues import SchemeKind, months_on
from unionops.members.rules.roster_looks import looks_like_date, looks_like_id, looks_like_person
from unionops.values import roc
from unionops.values.problems import Problem, _m, problem
from unionops.values.text import half_width, name_key

CREDIT = "credit"
"""The kind of a row's part that is money paid too much."""
AMOUNTS: dict[str, tuple[str, str]] = {
    "arrears": (SchemeKind.REGULAR, _m("欠費")), "regular": (SchemeKind.REGULAR, _m("經常會費")), "entrance": (SchemeKind.ENTRANCE, _m("入會費")),
    "levy": (SchemeKind.LEVY, _m("特別會費")), "mutual": (SchemeKind.MUTUAL, _m("互助金")), "agency": (SchemeKind.AGENCY, _m("保險費（代收）")),
    CREDIT: (CREDIT, _m("溢繳")),
}
"""field → (kind of money, what the charge is called)."""


def _is_amount(cell: Cell) -> bool:
    return _amount(cell) is not None


FIELDS: tuple[Field, ...] = (
    Field("number", _m("會員編號"), ("會員編號", "會號", "會員號碼", "會員代號", "編號", "會籍編號", "MNO"), weak=("號碼",), is_key=True),
    Field("name", _m("姓名"), ("姓名", "會員姓名", "名字", "NAME"), looks=looks_like_person, by_content=looks_like_person, is_key=True),
    Field("id_number", _m("身分證號"), ("身分證號", "身分證字號", "身分證統一編號", "身分證", "IDNO"), looks=looks_like_id, by_content=looks_like_id, is_key=True),
    Field("period", _m("期別"), ("期別", "費用期別", "收費期別", "年月", "所屬期間", "期間", "月份", "季別"), weak=("年度",)),
    Field("due_on", _m("繳款期限"), ("繳款期限", "繳費期限", "到期日", "應繳日", "應繳日期", "期限"), looks=looks_like_date),
    Field("months", _m("欠繳月數"), ("欠繳月數", "欠費月數", "月數", "欠繳期數"), weak=("期數",)),
    Field("text", _m("項目"), ("項目", "摘要", "費用名稱", "款項", "費用別"), weak=("備註", "說明")),
    Field("arrears", _m("欠費"), ("欠費", "欠繳", "欠繳金額", "未繳金額", "未收金額", "欠費金額", "期初欠費", "欠款", "尚欠"), weak=("金額", "餘額"), looks=_is_amount),
    Field("regular", _m("經常會費"), ("會費", "經常會費", "常年會費", "月會費", "季會費"), looks=_is_amount),
    Field("entrance", _m("入會費"), ("入會費",), looks=_is_amount),
    Field("levy", _m("特別會費"), ("特別會費", "臨時會費", "特別捐"), looks=_is_amount),
    Field("mutual", _m("互助金"), ("互助金", "福利互助金", "互助費"), looks=_is_amount),
    Field("agency", _m("保險費（代收）"), ("保險費", "勞健保費", "代收保費", "代收款", "勞保費", "保費"), looks=_is_amount),
    Field("total", _m("合計"), ("應繳金額", "合計", "應繳合計", "總計", "應收金額", "總額"), weak=("金額",), looks=_is_amount),
    Field(CREDIT, _m("溢繳"), ("溢繳", "預收", "預繳", "溢收", "溢繳金額", "預收會費", "多繳"), looks=_is_amount),
    Field("serial", _m("序號"), ("序號", "項次", "No"), is_ignored=True),
    Field("own", _m("退件原因"), ("列號", "退件原因"), is_ignored=True),
)


class Part(NamedTuple):
    """One sum of a row: what kind of money, what it is called, NT$."""

    kind: str
    text: str
    amount: int


@dataclass
class Row:
    """A row as read: whose, for when, how much; ``problems`` stop it, ``remarks`` are told."""

    line: int
    number: str = ""
    name: str = ""
    id_number: str = ""
    period_on: date | None = None
    months: int = 1
    due_on: date | None = None
    parts: list[Part] = field(default_factory=list)
    person_id: int | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


def _text(cell: Cell | None) -> str:
    return half_width(cell_text(cell)).strip()


def _amount(cell: Cell | None) -> int | None:
    """NT$ of a cell; None for what is no whole amount."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell == int(cell) else None
    text = re.sub(r"^(?:NT\$?|＄|\$)|元整?$|[,\s]", "", _text(cell)) if cell is not None and not is_blank(cell) else ""
    text = text.replace("元", "")
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None


_QUARTER = re.compile(r"^(\d{2,4})年?[/\-.]?第?(?:Q|季)?([1-4一二三四])(?:Q|季)$|^(\d{2,4})[/\-.]?Q([1-4])$", re.IGNORECASE)
_HALF = re.compile(r"^(\d{2,4})年?度?(上|下)半年?$")
_SPAN = re.compile(r"^(\d{2,4})[年/\-.](\d{1,2})月?[-~～至到](?:(\d{2,4})[年/\-.])?(\d{1,2})月?$")
_MONTH = re.compile(r"^(\d{2,4})[年/\-.](\d{1,2})月?(?:份)?$|^(\d{3})(\d{2})$|^(\d{4})(0[1-9]|1[0-2])$")
_YEAR = re.compile(r"^(\d{2,4})年?度?$")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}


def read_period(text: str) -> tuple[date, int] | None:
    """First day and months of a period as people write it; None when it is none."""
    plain = "".join(half_width(text).split()).removeprefix("民國")
    if found := _QUARTER.match(plain):
        year, quarter = (found[1], found[2]) if found[1] else (found[3], found[4])
        number = _NUMERALS.get(quarter) or int(quarter)
        return _first(year, number * 3 - 2), 3
    if found := _HALF.match(plain):
        return _first(found[1], 1 if found[2] == "上" else 7), 6
    if found := _SPAN.match(plain):
        first, last = _month(found[1], found[2]), _month(found[3] or found[1], found[4])
        if first is None or last is None or last < first:
            return None
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return (first, months) if months <= 120 else None
    if found := _MONTH.match(plain):
        year, month = next((found[at], found[at + 1]) for at in (1, 3, 5) if found[at])
        only = _month(year, month)
        return (only, 1) if only is not None else None
    if found := _YEAR.match(plain):
        return (_first(found[1], 1), 12) if 50 <= int(found[1]) <= 2100 else None
    return None


def _first(year: str, month: int) -> date:
    number = int(year)
    return date(number if number > 1911 else number + 1911, month, 1)


def _month(year: str, month: str) -> date | None:
    return _first(year, int(month)) if 1 <= int(month) <= 12 and int(year) > 0 else None


def read_row(line: int, cells: Sequence[Cell], places: Mapping[str, int], *, begins_on: date) -> Row | None:
    """One row of the list; None for one that says nothing of anybody."""

    def cell(name: str) -> Cell | None:
        at = places.get(name)
        return cells[at] if at is not None and at < len(cells) else None

    row = Row(line, _text(cell("number")), _text(cell("name")), _text(cell("id_number")).upper())
    if not (row.number or row.name or row.id_number):
        return None
    _read_when(row, cell("period"), cell("due_on"), cell("months"), begins_on)
    _read_parts(row, {name: cell(name) for name in (*AMOUNTS, "total")}, _text(cell("text")), _text(cell("period")))
    return row


def _read_when(row: Row, period: Cell | None, due: Cell | None, months: Cell | None, begins_on: date) -> None:
    if not is_blank(period):
        found = (period.replace(day=1), 1) if isinstance(period, date) else read_period(_text(period))
        if found is None:
            row.problems.append(problem("period", "期別「%(text)s」看不懂，請寫如 115Q1、115/1-3、11501。", code="period", text=_text(period)[:20]))
        else:
            row.period_on, row.months = found
    if not is_blank(due):
        try:
            row.due_on = due if isinstance(due, date) else roc.parse_date(_text(due))
        except ValueError:
            row.problems.append(problem("due_on", "繳款期限「%(text)s」看不懂。", code="due_on", text=_text(due)[:20]))
    if not is_blank(months):
        count = _amount(months)
        if count is None or not 1 <= count <= 240:
            row.problems.append(problem("months", "月數須為 1 到 240 的整數。", code="months"))
        else:
            row.months = count
            if row.period_on is None and not row.problems:
                row.period_on = months_on(begins_on, -count)
    if row.period_on is not None and row.period_on >= begins_on:
        row.problems.append(problem("period", "這一期在起始日 %(day)s 之後，由本系統開單，不列期初。", code="after_begin", day=begins_on))
    row.due_on = row.due_on or begins_on - timedelta(1)
    row.period_on = row.period_on or row.due_on.replace(day=1)


def _read_parts(row: Row, cells: Mapping[str, Cell | None], text: str, period: str) -> None:
    total: int | None = None
    for name, cell in cells.items():
        if is_blank(cell) or _text(cell) in ("-", "–", "—"):
            continue
        amount = _amount(cell)
        if amount is None:
            row.problems.append(problem(name, "金額「%(text)s」不是整數。", code="amount", text=_text(cell)[:20]))
        elif amount < 0 or amount > MOST:
            row.problems.append(problem(name, "金額 %(amount)s 須在 0 到 %(most)s 之間；溢繳請放在溢繳欄。", code="amount_range", amount=amount, most=MOST))
        elif name == "total":
            total = amount
        elif amount:
            kind, usual = AMOUNTS[name]
            row.parts.append(Part(kind, (f"{period} {text or usual}" if name != CREDIT else usual).strip()[:80], amount))
    owed = sum(part.amount for part in row.parts if part.kind != CREDIT)
    if total is not None and not any(part.kind != CREDIT for part in row.parts):
        if total:
            row.parts.append(Part(SchemeKind.REGULAR, f"{period} {text or AMOUNTS['arrears'][1]}".strip()[:80], total))
    elif total is not None and total != owed and not row.problems:
        row.problems.append(problem("total", "合計 %(total)s 元和各欄相加的 %(sum)s 元不同。", code="total", total=total, sum=owed))
    if not row.parts and not row.problems:
        row.remarks.append(problem("", "沒有欠費也沒有溢繳，不列入。", code="nothing"))


class Known(NamedTuple):
    """Who there is: number (without leading noughts) → (person, name), identity number → the same, name → people."""

    by_number: Mapping[str, tuple[int, str]]
    by_identity: Mapping[str, tuple[int, str]]
    by_name: Mapping[str, Sequence[int]]


def find(row: Row, known: Known) -> None:
    """Settles whose a row is. A number and a name that belong to different people stop it; a name alone finds only the one who bears it."""
    by_number = known.by_number.get(row.number.lstrip("0")) if row.number else None
    by_identity = known.by_identity.get(row.id_number) if row.id_number else None
    found = by_number or by_identity
    if by_number and by_identity and by_number[0] != by_identity[0]:
        row.problems.append(problem("number", "會員編號與身分證號是不同的人。", code="two_people"))
        return
    if found is not None:
        if row.name and name_key(row.name) != name_key(found[1]):
            row.problems.append(problem("name", "編號或身分證號是「%(known)s」，姓名不符。", code="other_name", known=found[1]))
            return
        row.person_id = found[0]
        return
    people = known.by_name.get(name_key(row.name), ()) if row.name else ()
    if len(people) == 1:
        row.person_id = people[0]
        row.remarks.append(problem("name", "以姓名認出，請確認是同一人。", code="by_name"))
    elif people:
        row.problems.append(problem("name", "有 %(count)s 位同名的會員，請補會員編號。", code="same_name", count=len(people)))
    else:
        row.problems.append(problem("number", "名冊裡找不到這個人。", code="unknown"))


def judge(rows: Iterable[Row], entered: frozenset[tuple[int, str, date]]) -> None:
    """What a row alone does not show: the same sum twice in the list, or taken in already. ``entered`` are (person, kind, period)."""
    seen: dict[tuple[int, str, date], int] = {}
    for row in rows:
        if row.person_id is None or row.problems or row.period_on is None:
            continue
        for part in row.parts:
            key = (row.person_id, part.kind, row.period_on)
            if key in seen:
                row.problems.append(problem("", "和第 %(line)s 列是同一人、同一期、同一款別。", code="twice", line=seen[key]))
            elif key in entered:
                row.problems.append(problem("", "這個人這一期的%(text)s已經登錄過期初。", code="entered", text=part.text))
            seen.setdefault(key, row.line)


def opening_problems(
    begins_on: date | None, *, kind: str, amount: int | None, period_on: date | None, due_on: date | None, months: int | None, today: date
) -> list[Problem]:
    """What stands against entering one sum by hand."""
    if begins_on is None:
        return [problem("", "請先設定起始日。", code="no_begin")]
    found: list[Problem] = []
    if begins_on > today:
        found.append(problem("", "起始日 %(day)s 還沒到，到了那天再登錄期初。", code="begin_in_future", day=begins_on))
    if amount is None:
        found.append(problem("amount", "請填金額。", code="amount_missing"))
    elif not 0 < amount <= MOST:
        found.append(problem("amount", "金額須大於 0，至多 %(most)s 元。", code="amount", most=MOST))
    if period_on is not None and period_on >= begins_on:
        found.append(problem("period_on", "這一期在起始日 %(day)s 之後，由本系統開單，不列期初。", code="after_begin", day=begins_on))
    if due_on is not None and due_on >= begins_on and kind != CREDIT and (due_on - begins_on).days > 366:
        found.append(problem("due_on", "繳款期限在起始日一年以後，請確認。", code="due_on"))
    if months is None or not 1 <= months <= 240:
        found.append(problem("months", "月數須為 1 到 240。", code="months"))
    return found
