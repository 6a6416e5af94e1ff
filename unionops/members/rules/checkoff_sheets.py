"""An employer's returned file: which rows hold whose deductions for which months, what total it states, what it says was transferred.

Every employer has a form of its own, and sends it as its payroll program or its clerk makes it: headings in any row, several months side
by side or one under the other, number and name in one cell, other deductions between ours, amounts with a minus sign or as text, subtotals
between, remarks below. Knows no person and no list; what the rows mean against a list is ``checkoff``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from unionops.core.transfer.headings import Header, first_rows, header_at, normal_heading
from unionops.core.transfer.tables import RowKinds, too_wide
from unionops.core.transfer.workbook import Cell, Row, Sheet, Workbook, cell_text, is_blank
from unionops.members.rules.checkoff import Entry
from unionops.members.rules.collecting import MOST
from unionops.members.rules.dues import months_on
from unionops.values.money import AmountUnreadable, parse_ntd
from unionops.values.problems import Problem, RuleBroken, Unreadable, problem
from unionops.values.roc import parse_date
from unionops.values.text import half_width

EXACT = {
    "staff": ("員工編號", "員工代號", "員工號", "員工工號", "員編", "工號", "職工編號", "職工代號", "職號", "職員編號", "人員代號", "人員編號", "人員", "員工", "職工",
              "識別證號", "empno", "empid", "empcode", "employeeid", "employeeno", "employeenumber", "employee", "staffno", "staffid", "badgeno", "pno"),
    "member": ("會員編號", "會號", "會員證號", "會員號", "工會編號", "memberno", "memberid"),
    "name": ("姓名", "員工姓名", "會員姓名", "中文姓名", "職工姓名", "empname", "name", "employeename", "staffname"),
    "reason": ("備註", "備考", "說明", "原因", "未扣原因", "memo", "remark", "remarks", "note"),
    "month": ("年月", "月份", "扣款年月", "扣款月份", "所屬年月", "所屬月份", "計薪年月", "發薪年月", "薪資年月", "薪資月份", "期別", "yyyymm", "yearmonth", "period", "paymonth"),
    "code": ("dedcode", "deductcode", "deductioncode", "itemcode", "扣款代號", "扣款代碼", "扣項代號", "扣項代碼", "項目代號", "項目代碼", "代扣代號", "代扣代碼", "科目代號", "科目代碼"),
    "item": ("dedname", "deductname", "deductionname", "itemname", "扣款項目", "扣款名稱", "扣項名稱", "扣項", "項目名稱", "代扣項目", "項目", "科目", "科目名稱"),
    "total": ("小計", "合計", "總計", "合計金額", "總金額", "實扣合計", "扣款合計", "小計金額", "季合計", "total", "subtotal", "sum"),
}
WEAK = {"staff": ("編號", "代號", "no", "id", "code"), "amount": ("金額", "amt", "amount", "金額元")}
_ASKED = re.compile(r"應扣|應繳|應收|應代扣|每月會費|標準|due")
_OTHERS = re.compile(r"勞保|健保|福利|所得稅|退休|勞退|借支|保險|團保|法扣|伙食|宿舍|薪資|底薪|津貼|加班")
_AMOUNTS = (
    re.compile(r"(?:實扣|已扣|實際扣|實收|實繳).*會費|會費.*(?:實扣|已扣|實際)"), re.compile(r"實扣|已扣|實際扣|實收|實繳"), re.compile(r"會費"),
    re.compile(r"扣款|代扣|扣繳|扣薪|deduct"),
)
_OURS = re.compile(r"工會|會費|union", re.IGNORECASE)
_ROC_OR_AD = r"(?<!\d)(1\d{2}|20\d{2}|9\d)"
_PERIOD = re.compile(
    _ROC_OR_AD + r"\s*(?:年度?|[./-])\s*(0?[1-9]|1[0-2])(?!\d)\s*月?\s*(?:[~～至到–-]\s*(0?[1-9]|1[0-2])(?!\d))?(?!\s*[./-]\s*\d|\s*月?\s*\d{1,2}\s*日)"
)
_QUARTER = re.compile(_ROC_OR_AD + r"\s*年?度?\s*第?\s*(?:Q\s*)?([一二三四1-4])\s*季|" + _ROC_OR_AD + r"\s*年?\s*Q([1-4])", re.IGNORECASE)
_PACKED = re.compile(r"(?<!\d)(1\d{2}|20\d{2})(0[1-9]|1[0-2])(?!\d)")
_MONTH_WORD = re.compile(r"(?:(1\d{2}|20\d{2}|9\d)\s*[年./-]\s*)?(0?[1-9]|1[0-2])\s*月份?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?(?:[-'/]?(20\d{2})|[-'/]?(1\d{2}))?", re.IGNORECASE)
_FILLER = re.compile(r"工?會?會費|扣款|實扣|代扣|金額|元|[()（）\s:：]")
_STAFF = re.compile(r"[A-Za-z]{0,6}[-_]?\d{1,12}[A-Za-z]?")
_STAFF_AND_NAME = re.compile(r"([A-Za-z]{0,6}[-_]?\d{2,12})[\s　/／,，、()（-]*([^\d\s()（）].*?)[)）]?")
_NO_NAME = re.compile(r"^(?:年|月|日|人|名|筆|元)|[小合總共]\s*計|total|\d", re.IGNORECASE)
_SMALL_TOTAL = re.compile(r"小\s*計|sub\s*total", re.IGNORECASE)
_GRAND_TOTAL = re.compile(r"[合總共]\s*計|(?<!sub)total", re.IGNORECASE)
_FIGURES = re.compile(r"[0-9０-９一二三四五六七八九十百千零壹貳參肆伍陸柒捌玖拾佰仟]|公式")
_NOTHING = frozenset({"", "-", "－", "–", "—", "無", "未扣", "x", "X", "／", "/", "n/a", "N/A", "NA", "null", "NULL"})
_DAY = r"((?:1\d{2}|20\d{2})\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}日?|20\d{6}|1\d{6})"
_PAID_ON = re.compile(r"(?:匯款|轉帳|付款|撥款|匯出|入帳|匯入)\s*(?:日期?|時間)\s*[:：]?\s*" + _DAY)
_PAID_SHORT = re.compile(r"(?<!\d)(\d{1,2})\s*[/月]\s*(\d{1,2})\s*日?\s*(?:已|業已)?\s*(?:匯|轉帳|付|撥)")
_PAID = re.compile(r"(?:(?:匯款|轉帳|付款|撥款|匯出|匯入|實匯|實付)(?:金額|總額|合計)?|已匯|已轉帳|已付|金額)\D{0,8}?((?:NT)?\$?\s*[\d,，]+)")
_FEE = re.compile(r"(?:匯費|手續費|匯款費)\D{0,4}([\d,]+)")


class Period(NamedTuple):
    """The months of the list that the file answers; months without a year are taken for these."""

    first: date
    months: int

    @property
    def all(self) -> list[date]:
        return [months_on(self.first, at) for at in range(self.months)]

    def named(self, month: int) -> date:
        """The month of this number: of the list, or of the year in which it begins."""
        return next((one for one in self.all if one.month == month), date(self.first.year, month, 1))


class Transfer(NamedTuple):
    """What the file says of the money: what left the employer's account for ours, when, and what the bank kept of it."""

    amount: int | None = None
    on: date | None = None
    fee: int = 0


@dataclass(frozen=True)
class Returned:
    """What a file says. ``months`` are those it names anywhere; ``texts`` what stands above and below its rows; ``others`` how many rows
    of other deductions were left aside, by their code."""

    entries: tuple[Entry, ...]
    stated: int | None
    transfer: Transfer
    months: frozenset[date]
    texts: tuple[str, ...]
    others: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()

    @property
    def total(self) -> int:
        """NT$ of all rows of ours."""
        return sum(one.amount for one in self.entries)


@dataclass(frozen=True)
class _Columns:
    """Which column is what; ``by_month`` are (column, month)."""

    places: Mapping[str, int]
    by_month: tuple[tuple[int, date], ...] = ()

    @property
    def is_enough(self) -> bool:
        return bool({"staff", "member"} & self.places.keys()) and bool(self.by_month or {"amount", "total"} & self.places.keys())

    @property
    def score(self) -> int:
        return len(self.places) + len(self.by_month)


def read(book: Workbook, period: Period, *, code: str = "", headings: Mapping[str, str] | None = None) -> Returned:
    """The rows of ours in a returned file. ``code`` is what the employer's program calls our deduction; ``headings`` are headings of its
    own by what they mean (``staff``, ``amount`` …). Raises RuleBroken when no sheet holds numbers and amounts."""
    lists: list[tuple[Sheet, Header, _Columns]] = []
    texts: list[tuple[str, str]] = []
    notices: list[Problem] = []
    for sheet in book.sheets:
        if sheet.hidden:
            notices.append(problem("file", "隱藏的工作表「%(sheet)s」沒有讀取。", sheet=sheet.name, code="hidden_sheet"))
            continue
        found = _heading(sheet, period, headings or {})
        if found is None:
            texts += [(sheet.name, _line(row)) for row in sheet.rows]
        else:
            lists.append((sheet, *found))
    if not lists:
        raise RuleBroken(problem("file", "找不到標題列：要有員工編號一欄，和實扣金額（或各月份）一欄。", code="no_heading"))
    rows: list[_Row] = []
    totals: list[_Total] = []
    months: set[date] = set()
    for sheet, header, columns in lists:
        above = [_line(row) for row in sheet.rows if row.number < header.rows[0]]
        named = months_named([*above, sheet.name], period)
        months |= named
        # One sheet for each month: its name is the month of all its rows.
        month = next(iter(named)) if len(lists) > 1 and len(named) == 1 else None
        here = _SheetReader(sheet, header, columns, period, month)
        rows += here.rows
        totals += here.totals
        texts += [(sheet.name, text) for text in (*above, *here.notes)]
    ours, others = _ours(rows, code)
    months |= {month for one in ours for month, _amount in one.amounts if month is not None}
    sign = -1 if _is_negative(ours) else 1
    entries = tuple(
        Entry(one.place, one.staff, one.name, tuple((month, sign * amount) for month, amount in one.amounts), one.reason, one.member, one.unread)
        for one in ours
    )
    stated = _stated(totals, code, mixed=bool(others))
    notices += [
        problem("file", "%(place)s 的合計 %(said)s 與各月相加 %(sum)s 不同。", place=one.place, said=one.said, sum=sum(a for _m, a in one.amounts), code="row_total")
        for one in ours if one.said is not None and one.amounts and one.said != sum(amount for _month, amount in one.amounts)
    ]
    return Returned(
        entries, None if stated is None else sign * stated, _transfer(texts, period), frozenset(months), tuple(text for _sheet, text in texts if text), others, tuple(notices),
    )


# --- headings ---------------------------------------------------------------------------------------------------------


def _heading(sheet: Sheet, period: Period, own: Mapping[str, str]) -> tuple[Header, _Columns] | None:
    """The heading and its columns: of one to three lines, the fewest that say the most."""
    best: tuple[int, int, Header, _Columns] | None = None
    for row in first_rows(sheet):
        for lines in (1, 2, 3):
            header = header_at(sheet, row.number, lines)
            columns = _columns(header, period, own)
            if columns.is_enough and not _has_data(sheet, header) and (best is None or (columns.score, -lines) > best[:2]):
                best = (columns.score, -lines, header, columns)
    return (best[2], best[3]) if best else None


def _has_data(sheet: Sheet, header: Header) -> bool:
    """Whether a row of data was taken into the heading."""
    return any(
        isinstance(cell, int | float) and not isinstance(cell, bool) and not _PACKED.fullmatch(str(cell))
        for row in sheet.rows if row.number in header.rows for cell in row.cells
    )


def _columns(header: Header, period: Period, own: Mapping[str, str]) -> _Columns:
    given = {normal_heading(text): role for role, text in own.items() if text.strip()}
    places: dict[str, int] = {}
    amounts: list[tuple[int, int]] = []
    by_month: list[tuple[int, date]] = []
    weak: dict[str, int] = {}
    for place, path in enumerate(header.paths):
        if not path:
            continue
        words = [normal_heading(re.sub(r"[（(].*?[）)]", "", text)) for text in path]
        whole, last = "".join(words), words[-1]
        role = given.get(whole) or given.get(last) or given.get(normal_heading(path[-1])) or _role(whole) or _role(last)
        month = next((found for text in path if (found := _month_heading(text, period))), None)
        if role:
            places.setdefault(role, place)
        elif _ASKED.search(whole):
            places.setdefault("asked", place)
        elif month is not None:
            by_month.append((place, month))
        elif not _OTHERS.search(whole) and (rank := next((at for at, words_of in enumerate(_AMOUNTS) if words_of.search(whole)), None)) is not None:
            amounts.append((rank, place))
        else:
            for meaning, some in WEAK.items():
                if last in some:
                    weak.setdefault(meaning, place)
    if amounts and "amount" not in places:
        places["amount"] = min(amounts)[1]
    for meaning, place in weak.items():
        if place not in places.values():
            places.setdefault(meaning, place)
    return _Columns(places, tuple(by_month))


def _role(text: str) -> str | None:
    return next((role for role, words in EXACT.items() if text in words), None)


def _month_heading(text: str, period: Period) -> date | None:
    """The month a column is for: 1月, 115年2月會費, 11502, 2026/02."""
    plain = half_width(text).strip()
    rest = _FILLER.sub("", plain)
    if (english := _ENGLISH.fullmatch(rest)) is not None:
        return _first(english[2] or english[3], _MONTHS.index(english[1][:3].lower()) + 1, period)
    if match := _MONTH_WORD.fullmatch(rest):
        return _first(match[1], int(match[2]), period)
    if (match := _PACKED.fullmatch(rest)) or (match := re.fullmatch(r"(1\d{2}|20\d{2})[./-](0?[1-9]|1[0-2])(?:[./-]0?1)?", rest)):
        return _first(match[1], int(match[2]), period)
    return None


def _first(year: str | None, month: int, period: Period | None) -> date:
    if not year:
        assert period is not None
        return period.named(month)
    return date(int(year) + (1911 if int(year) < 1911 else 0), month, 1)


def months_named(texts: Iterable[str], period: Period | None = None) -> set[date]:
    """Months that titles speak of; one without a year (2月) only where ``period`` says of which."""
    found: set[date] = set()
    for text in texts:
        plain = half_width(text)
        for match in _QUARTER.finditer(plain):
            quarter = "一二三四".find(match[2] or "") if (match[2] or "") in "一二三四" and match[2] else int(match[2] or match[4]) - 1
            found |= {_first(match[1] or match[3], quarter * 3 + at, period) for at in (1, 2, 3)}
        for match in _PERIOD.finditer(plain):
            last = int(match[3] or match[2])
            found |= {_first(match[1], month, period) for month in range(int(match[2]), last + 1)}
        found |= {_first(match[1], int(match[2]), period) for match in _PACKED.finditer(plain)}
        if period is not None and (alone := re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*月份?\s*", plain)) is not None:
            found.add(period.named(int(alone[1])))
    return found


def month_of(cell: Cell, period: Period) -> date | None:
    """The month that a cell of a month column means: 202602, 11502, 115/02, 2月, a day in it. None for nothing."""
    if isinstance(cell, date | datetime):
        return date(cell.year, cell.month, 1)
    text = half_width(cell_text(cell)).strip()
    if (match := _PACKED.fullmatch(text)) or (match := re.fullmatch(r"(1\d{2}|20\d{2})\s*[年./-]\s*(0?[1-9]|1[0-2])\s*月?份?", text)):
        return _first(match[1], int(match[2]), period)
    number = re.fullmatch(r"(0?[1-9]|1[0-2])\s*月?份?", text)
    return period.named(int(number[1])) if number else None


# --- rows -------------------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    place: str
    staff: str
    member: str
    name: str
    amounts: tuple[tuple[date | None, int], ...]
    reason: str
    code: str
    item: str
    unread: str = ""
    said: int | None = None


class _Total(NamedTuple):
    is_grand: bool
    code: str
    amount: int


class _SheetReader:
    """One list: its rows, its totals, and what else stands under its heading."""

    def __init__(self, sheet: Sheet, header: Header, columns: _Columns, period: Period, month: date | None) -> None:
        self.name, self.columns, self.period, self.month = sheet.name, columns, period, month
        self.rows: list[_Row] = []
        self.totals: list[_Total] = []
        self.notes: list[str] = []
        self._kinds = RowKinds(header)
        under = [row for row in sheet.rows if row.number >= header.first_data_row]
        self._wide = too_wide(sheet, under, max((len(row.cells) for row in sheet.rows if row.number in header.rows), default=0))
        for row in sheet.rows:
            if row.number >= header.first_data_row and any(not is_blank(cell) for cell in row.cells):
                self._take(row)

    def _text(self, row: Row, role: str) -> str:
        place = self.columns.places.get(role)
        return half_width(cell_text(row.cells[place])).strip() if place is not None and place < len(row.cells) else ""

    def _take(self, row: Row) -> None:
        label = " ".join(half_width(cell_text(cell)) for cell in row.cells if isinstance(cell, str))
        staff, name = staff_of(self._text(row, "staff"))
        member = self._text(row, "member")
        if not (staff or member) and self._is_somebody(row, label):
            staff = self._text(row, "staff")  # 1.01E+02, or nothing at all: the money came, and somebody has to say whose it is.
        elif not (staff or member) or (not staff and _GRAND_TOTAL.search(label)):
            self._leave(row, label)
            return
        amounts, unread = self._amounts(row)
        why = self._text(row, "reason")
        if row.number in self._wide:
            amounts, unread = (), "這一列的欄數比標題多"
        elif unread and not _FIGURES.search(unread):
            unread, why = "", f"{unread} {why}".strip()  # 離職 where the amount would be.
        said = self._total_cell(row) if self.columns.by_month else None
        if self.columns.by_month and not amounts and said:
            amounts = ((None, said),)
        self.rows.append(_Row(
            f"{self.name}!{row.number}", staff, member, name or self._text(row, "name"), amounts, why[:80],
            self._text(row, "code"), self._text(row, "item"), unread, said,
        ))

    def _is_somebody(self, row: Row, label: str) -> bool:
        """Whether a row without a number that can be read is a person's all the same: it has a name, an amount, and no word of a total."""
        if _GRAND_TOTAL.search(label) or _SMALL_TOTAL.search(label) or self._kinds.kind(row.cells) != "data":
            return False
        name = self._text(row, "name")
        return len(name) > 1 and not re.search(r"\d", name) and bool(self._amounts(row)[0])

    def _amounts(self, row: Row) -> tuple[tuple[tuple[date | None, int], ...], str]:
        """(month, NT$) of a row, without those of nothing; and what stood there that is no amount."""
        places: Sequence[tuple[int, date | None]] = self.columns.by_month
        if not places:
            month = self.month
            if "month" in self.columns.places:
                at = self.columns.places["month"]
                month = month_of(row.cells[at], self.period) if at < len(row.cells) else None
            places = [(self.columns.places.get("amount", self.columns.places.get("total", -1)), month)]
        amounts, unread = [], ""
        for place, month in places:
            cell = row.cells[place] if 0 <= place < len(row.cells) else ""
            try:
                if (amount := amount_of(cell)) is not None:
                    if abs(amount) > MOST:
                        raise AmountUnreadable("out_of_range", "金額超出範圍")
                    amounts.append((month, amount))
            except AmountUnreadable:
                unread = cell_text(cell)[:40]
        return tuple((month, amount) for month, amount in amounts if amount), unread

    def _total_cell(self, row: Row) -> int | None:
        place = self.columns.places.get("total")
        try:
            return amount_of(row.cells[place]) if place is not None and place < len(row.cells) else None
        except AmountUnreadable:
            return None

    def _leave(self, row: Row, label: str) -> None:
        """A row without a number: a total, or words."""
        if (_GRAND_TOTAL.search(label) or _SMALL_TOTAL.search(label)) and self._kinds.kind(row.cells) == "subtotal":
            amount = self._row_sum(row)
            if amount is not None:
                self.totals.append(_Total(not _SMALL_TOTAL.search(label), self._text(row, "code"), amount))
                return
        self.notes.append(_line(row))

    def _row_sum(self, row: Row) -> int | None:
        """The total of a total's row: in the column of totals or amounts, else its months added up, else its last number."""
        if (said := self._total_cell(row)) is not None:
            return said
        amounts, _unread = self._amounts(row)
        if amounts:
            return sum(amount for _month, amount in amounts)
        for cell in reversed(row.cells):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                return int(cell)
            if isinstance(cell, str) and re.search(r"\d", cell):
                try:
                    return amount_of(re.sub(r"[^\d,.\-−]", "", half_width(cell)))
                except AmountUnreadable:
                    return None
        return None


def staff_of(text: str) -> tuple[str, str]:
    """(number, name) of a cell: a number alone, or one with a name behind it. Both "" for words."""
    plain = re.sub(r"\.0+$", "", text)
    if _STAFF.fullmatch(plain):
        return plain, ""
    match = _STAFF_AND_NAME.fullmatch(plain)
    if match and not _NO_NAME.search(match[2]):
        return match[1], match[2].strip()
    return "", ""


def amount_of(cell: Cell) -> int | None:
    """NT$ in a cell, None for nothing or a dash. (150) and 150- are negative. Raises AmountUnreadable."""
    if isinstance(cell, bool | date | datetime):
        raise AmountUnreadable("not_a_number", "無法辨識的金額")
    if isinstance(cell, int):
        return cell
    text = re.sub(r"\s+", "", half_width(cell_text(cell))).strip("'")
    if text in _NOTHING:
        return None
    if match := re.fullmatch(r"\((.+)\)", text) or re.fullmatch(r"(.+)-", text):
        return -parse_ntd(match[1])
    return parse_ntd(text.removeprefix("+"))


def _line(row: Row) -> str:
    return " ".join(cell_text(cell).strip() for cell in row.cells if not is_blank(cell))


def _ours(rows: Sequence[_Row], code: str) -> tuple[list[_Row], dict[str, int]]:
    """The rows of our deduction. Raises RuleBroken when its code does not come."""
    codes = {one.code for one in rows if one.code}
    wanted = half_width(code).strip().casefold()
    if codes and wanted:
        if wanted not in {one.casefold() for one in codes}:
            raise RuleBroken(problem(
                "file", "檔案裡沒有扣款代號 %(wanted)s；有的是 %(codes)s。請到代扣約定改正代號。", wanted=code,
                codes="、".join(sorted(codes)[:12]), code="code_not_found",
            ))
        mine = [one for one in rows if one.code.casefold() == wanted]
    elif len({one.item for one in rows if one.item}) > 1:
        mine = [one for one in rows if _OURS.search(one.item)]
    elif len(codes) > 1:
        raise RuleBroken(problem("file", "檔案裡有多種扣款（%(codes)s），請先在代扣約定填會費的扣款代號。", codes="、".join(sorted(codes)[:12]), code="code_needed"))
    else:
        mine = list(rows)
    kept = set(map(id, mine))
    others: dict[str, int] = {}
    for one in rows:
        if id(one) not in kept:
            others[one.code or one.item] = others.get(one.code or one.item, 0) + 1
    return mine, others


def _is_negative(rows: Sequence[_Row]) -> bool:
    """Payroll programs write deductions with a minus: where most amounts have one, it is their way of writing."""
    amounts = [amount for one in rows for _month, amount in one.amounts if amount]
    return sum(amount < 0 for amount in amounts) * 2 > len(amounts)


def _stated(totals: Sequence[_Total], code: str, *, mixed: bool) -> int | None:
    """The total that the file gives for ours: the last grand one; where there are subtotals only, their sum."""
    wanted = half_width(code).strip().casefold()
    # Among other deductions a total without a code is the total of them all.
    mine = [one for one in totals if (one.code.casefold() == wanted if one.code and wanted else not (mixed and not one.code))]
    grand = [one.amount for one in mine if one.is_grand]
    if grand:
        return grand[-1]
    small = [one.amount for one in mine if not one.is_grand]
    return sum(small) if small else None


# --- what was transferred ---------------------------------------------------------------------------------------------


def _transfer(texts: Iterable[tuple[str, str]], period: Period) -> Transfer:
    """From the remarks under the list or a sheet of their own. A fee is the bank's, kept from what arrives."""
    amount: int | None = None
    on: date | None = None
    fee = 0
    for sheet, text in texts:
        plain = half_width(text)
        about = bool(re.search(r"匯|轉帳|付款|撥款", sheet + plain))
        if not about:
            continue
        if match := _FEE.search(plain):
            fee = int(match[1].replace(",", ""))
            plain = plain.replace(match[0], "")
        if match := _PAID_ON.search(plain):
            on = _day(match[1]) or on
            plain = plain.replace(match[0], "")
        elif match := _PAID_SHORT.search(plain):
            month, day = int(match[1]), int(match[2])
            year = period.all[-1].year + (month < period.first.month and period.first.month > 9)
            on = _day(f"{year}-{month:02d}-{day:02d}") or on
        if re.search(r"帳號|戶名|收款人|代碼", plain) and not re.search(r"匯款金額|已匯", plain):
            continue
        if (match := _PAID.search(plain)) and amount is None:
            amount = parse_ntd(re.sub(r"[NT$\s]", "", match[1]).strip(",，") or "0") or None
    return Transfer(amount, on, fee)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except Unreadable:
        return None
