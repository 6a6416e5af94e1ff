"""What members owed, or had paid too much, before the books began: how a row of an office's list is read and judged. Pure; whole NT$.

A list may have one column of arrears or one for each kind of money, with or without their sum; a period as people write it (115Q1, 115/1-3,
114 年下半年, 11501); members named by number, identity number or name. Knows no table of the database: ``Known`` says who there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from unionops.core.transfer.headings import Field, Header, first_rows, header_at, normal_heading
from unionops.core.transfer.workbook import Cell, Sheet, cell_text, is_blank
from unionops.members.rules import statement_cells
from unionops.members.rules.collecting import MOST
from unionops.members.rules.dues import SchemeKind, months_on
from unionops.members.rules.roster_cells import member_number
from unionops.members.rules.roster_looks import looks_like_date, looks_like_id, looks_like_person
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
    Field("number", _m("會員編號"), ("會員編號", "會號", "會員號碼", "會員代號", "會員代碼", "會員證號", "編號", "會籍編號", "MNO"), weak=("號碼",), is_key=True),
    Field("name", _m("姓名"), ("姓名", "會員姓名", "會員名稱", "名字", "會員", "NAME"), looks=looks_like_person, by_content=looks_like_person, is_key=True),
    Field("id_number", _m("身分證號"), ("身分證號", "身分證字號", "身分證統一編號", "身分證", "IDNO"), looks=looks_like_id, by_content=looks_like_id, is_key=True),
    Field("period", _m("期別"), ("期別", "費用期別", "收費期別", "年月", "所屬期間", "期間", "月份", "季別", "欠費月份", "欠費期間", "欠繳月份", "欠繳年月", "欠繳期間", "積欠期間", "積欠月份", "費用年月", "應繳年月"), weak=("年度",)),
    Field("due_on", _m("繳款期限"), ("繳款期限", "繳費期限", "到期日", "應繳日", "應繳日期", "期限", "繳費截止日", "繳款截止日"), looks=looks_like_date),
    Field("months", _m("欠繳月數"), ("欠繳月數", "欠費月數", "月數", "欠繳期數"), weak=("期數",)),
    Field("text", _m("項目"), ("項目", "摘要", "費用名稱", "款項", "費用別"), weak=("備註", "說明")),
    Field("arrears", _m("欠費"), ("欠費", "欠繳", "欠繳金額", "未繳金額", "未收金額", "欠費金額", "期初欠費", "欠款", "尚欠", "積欠金額", "積欠會費", "欠繳會費", "欠繳總額", "應收未收", "未繳會費", "應收會費", "未繳"), weak=("金額", "餘額"), looks=_is_amount),
    Field("regular", _m("經常會費"), ("會費", "經常會費", "常年會費", "月會費", "季會費"), looks=_is_amount),
    Field("entrance", _m("入會費"), ("入會費",), looks=_is_amount),
    Field("levy", _m("特別會費"), ("特別會費", "臨時會費", "特別捐"), looks=_is_amount),
    Field("mutual", _m("互助金"), ("互助金", "福利互助金", "互助費"), looks=_is_amount),
    Field("agency", _m("保險費（代收）"), ("保險費", "勞健保費", "代收保費", "代收款", "勞保費", "保費"), looks=_is_amount),
    Field("total", _m("合計"), ("應繳金額", "合計", "應繳合計", "總計", "應收金額", "總額", "欠費合計", "欠繳合計", "合計金額"), weak=("金額",), looks=_is_amount),
    Field(CREDIT, _m("溢繳"), ("溢繳", "預收", "預繳", "溢收", "溢繳金額", "預收會費", "多繳", "預收金額", "溢付", "暫存"), looks=_is_amount),
    Field("serial", _m("序號"), ("序號", "項次", "No"), is_ignored=True),
    Field("own", _m("退件原因"), ("列號", "退件原因"), is_ignored=True),
)


class Part(NamedTuple):
    """One sum of a row: what kind of money, what it is called, NT$. ``period_on`` and ``months`` where the part has a period of its own,
    of a list with a column for each month; else the row's."""

    kind: str
    text: str
    amount: int
    period_on: date | None = None
    months: int = 0

    @property
    def due_on(self) -> date | None:
        """The last day of a period of its own."""
        return last_day(self.period_on, self.months) if self.period_on is not None else None


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
    if cell is None or is_blank(cell) or isinstance(cell, bool | date | datetime):
        return None
    if isinstance(cell, float) and cell == int(cell):
        return int(cell)
    try:
        return statement_cells.amount(_text(cell))
    except statement_cells.CellUnreadable:
        return None


def last_day(period_on: date, months: int) -> date:
    """The last day of a period: what nobody said when it was due is overdue after it."""
    return months_on(period_on, max(months, 1)) - timedelta(1)


_QUARTER = re.compile(r"^(\d{2,4})年?[/\-.]?第?(?:Q|季)?([1-4一二三四])(?:Q|季)$|^(\d{2,4})[/\-.]?Q([1-4])$", re.IGNORECASE)
_HALF = re.compile(r"^(\d{2,4})年?度?(上|下)半年?$")
_SPAN = re.compile(r"^(\d{2,4})[年/\-.](\d{1,2})月?[-~～至到](?:(\d{2,4})[年/\-.])?(\d{1,2})月?$")
_MONTH = re.compile(r"^(\d{2,4})[年/\-.](\d{1,2})月?(?:份)?$|^(\d{3})(\d{2})$|^(\d{4})(0[1-9]|1[0-2])$")
_YEAR = re.compile(r"^(\d{2,4})年?度?$")
_TENTH = re.compile(r"^(?:\d{2,3}|\d{4})\.1$")
_DAY = re.compile(r"^(\d{2,4})-(\d{1,2})-(\d{1,2})$")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}


def read_period(text: str) -> tuple[date, int] | None:
    """First day and months of a period as people write it; None when it is none."""
    plain = "".join(half_width(text).split()).removeprefix("民國")
    if _TENTH.match(plain):
        return None  # A spreadsheet makes 115.1 of 115.10.
    if day := _DAY.match(plain):  # A day, or one of the year's months to another: a workbook keeps 2026/2 as its first day.
        return (date(int(day[1]), int(day[2]), 1), 1) if len(day[1]) == 4 and day[3] == "01" and 1 <= int(day[2]) <= 12 else None
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


_YEARLESS = re.compile(r"^\d{1,2}月份?$")


class Months(NamedTuple):
    """The columns of a list that has one for each period: place → (first day, months). ``yearless`` are those whose heading names a
    month and no year."""

    places: Mapping[int, tuple[date, int]] = {}
    yearless: Mapping[int, str] = {}


def month_columns(titles: Sequence[str], taken: Iterable[int]) -> Months:
    """Which of the columns that mean nothing else are for a period. One alone is no list by months."""
    free = [(at, "".join(half_width(title).split())) for at, title in enumerate(titles) if at not in set(taken) and title.strip()]
    places = {at: found for at, title in free if (found := read_period(_OF_DUES.sub("", title))) is not None}
    yearless = {at: title for at, title in free if at not in places and _YEARLESS.match(_OF_DUES.sub("", title))}
    return Months(places, yearless) if len(places) + len(yearless) > 1 else Months()


_OF_DUES = re.compile(r"(?:經常|常年)?會費$|欠[費繳]$|未繳$|[（(].*[）)]$")


def header_of_months(sheet: Sheet) -> Header | None:
    """The heading of a list with a column for each period, which looks like figures: a key and two periods in one row."""
    keys = {normal_heading(word) for one in FIELDS if one.is_key for word in one.synonyms}
    for row in first_rows(sheet):
        said = [cell_text(cell).strip() for cell in row.cells]
        if any(normal_heading(text) in keys for text in said) and sum(read_period(text) is not None or bool(_YEARLESS.match(text)) for text in said) > 1:
            return header_at(sheet, row.number, 1)
    return None


def read_row(line: int, cells: Sequence[Cell], places: Mapping[str, int], *, begins_on: date, months: Months = Months()) -> Row | None:
    """One row of the list; None for one that says nothing of anybody."""

    def cell(name: str) -> Cell | None:
        at = places.get(name)
        return cells[at] if at is not None and at < len(cells) else None

    row = Row(line, member_number(_text(cell("number"))), _text(cell("name")), _text(cell("id_number")).upper())
    if not (row.number or row.name or row.id_number):
        return None
    _read_when(row, cell("period"), cell("due_on"), cell("months"), begins_on)
    by_month = _read_months(row, cells, months, begins_on)
    given = {name: cell(name) for name in (*AMOUNTS, "total")}
    if by_month:
        # Beside the months a column of arrears is their sum.
        given["total"], given["arrears"] = next((given[name] for name in ("total", "arrears") if not is_blank(given[name])), None), None
    _read_parts(row, given, _text(cell("text")), _text(cell("period")), by_month)
    return row


def _read_months(row: Row, cells: Sequence[Cell], months: Months, begins_on: date) -> list[Part]:
    parts = []
    for at in sorted({*months.places, *months.yearless}):
        cell = cells[at] if at < len(cells) else None
        if is_blank(cell) or _text(cell) in _NOTHING:
            continue
        amount = _amount(cell)
        if at in months.yearless:
            row.problems.append(problem("period", "標題「%(text)s」沒有寫年份，請改成如 115/1。", code="yearless", text=months.yearless[at]))
        elif amount is None:
            row.problems.append(problem("period", "金額「%(text)s」不是整數。", code="amount", text=_text(cell)[:20]))
        elif amount < 0 or amount > MOST:
            row.problems.append(problem("period", "金額 %(amount)s 須在 0 到 %(most)s 之間；溢繳請放在溢繳欄。", code="amount_range", amount=amount, most=MOST))
        elif amount and months.places[at][0] >= begins_on:
            row.problems.append(problem("period", "這一期在起始日 %(day)s 之後，由本系統開單，不列期初。", code="after_begin", day=begins_on))
        elif amount:
            first, count = months.places[at]
            spoken = f"{first.year - 1911}/{first.month:02d}" + (f"-{months_on(first, count - 1).month:02d}" if count > 1 else "")
            parts.append(Part(SchemeKind.REGULAR, f"{spoken} {AMOUNTS['regular'][1]}", amount, first, count))
    return parts


_NOTHING = frozenset({"-", "–", "—", "－", "v", "V", "✓", "○", "已繳", "繳清"})
"""What stands in a month that is paid."""


def _read_when(row: Row, period: Cell | None, due: Cell | None, months: Cell | None, begins_on: date) -> None:
    if not is_blank(period):
        # 115.1 as a number may have been 115.10.
        found = (period.replace(day=1), 1) if isinstance(period, date) else None if isinstance(period, float) and period % 1 else read_period(_text(period))
        if found is None:
            row.problems.append(problem("period", "期別「%(text)s」看不懂，請寫如 115Q1、115/1-3、11501。", code="period", text=_text(period)[:20]))
        else:
            row.period_on, row.months = found
    if not is_blank(due):
        try:
            row.due_on = due if isinstance(due, date) else statement_cells.day(_text(due))
        except statement_cells.CellUnreadable:
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
    # Unless the list says when it was due, a period is overdue once it is over: what is old stays old.
    row.due_on = row.due_on or min(begins_on - timedelta(1), last_day(row.period_on, row.months) if row.period_on is not None else date.max)
    row.period_on = row.period_on or row.due_on.replace(day=1)


def _read_parts(row: Row, cells: Mapping[str, Cell | None], text: str, period: str, by_month: Sequence[Part] = ()) -> None:
    total: int | None = None
    row.parts += by_month
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


_NUMBER = re.compile(r"[A-Za-z]{0,6}[-_]?\d{1,12}[A-Za-z]?")


def is_somebody(row: Row) -> bool:
    """Whether a row is about a member whatever its words look like (合計已對過, 承辦：…): it has a number."""
    return bool(_NUMBER.fullmatch(row.number) or looks_like_id(row.id_number))


def column_sums(rows: Iterable[Sequence[Cell]], places: Iterable[int]) -> dict[int, int]:
    """NT$ of each of these columns, added up."""
    sums = dict.fromkeys(places, 0)
    for cells in rows:
        for at in sums:
            sums[at] += (_amount(cells[at]) or 0) if at < len(cells) else 0
    return sums


class Known(NamedTuple):
    """Who there is: number → (person, name), the same without leading noughts where that is one person's only, identity number → the
    same, name → people."""

    by_number: Mapping[str, tuple[int, str]]
    by_identity: Mapping[str, tuple[int, str]]
    by_name: Mapping[str, Sequence[int]]

    def numbered(self, number: str) -> tuple[int, str] | None:
        """Whose number it is, with or without the noughts that a spreadsheet drops."""
        return self.by_number.get(number) or self.by_number.get(number.lstrip("0"))


def find(row: Row, known: Known) -> None:
    """Settles whose a row is. A number and a name that belong to different people stop it; a name alone finds only the one who bears it."""
    by_number = known.numbered(row.number) if row.number else None
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
            key = (row.person_id, part.kind, part.period_on or row.period_on)
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
