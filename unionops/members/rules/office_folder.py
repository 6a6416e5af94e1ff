"""A folder with the working files of an office: which file is what, and what its lists of receivables and of check-off say. Pure.

Files are known by the beginning of their names, as the office calls them; what is in them is known by headings, never by place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from unionops.core.transfer.headings import normal_heading
from unionops.core.transfer.workbook import cell_text
from unionops.members.rules.checkoff_sheets import months_named
from unionops.members.rules.dues import months_on
from unionops.members.rules.opening import read_period
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.roster_cells import member_number
from unionops.members.rules.statement_cells import CellUnreadable, amount, day
from unionops.values.problems import Unreadable
from unionops.values.text import half_width


class Kind(StrEnum):
    """What a file of the folder is; the value is how its name begins."""

    ROSTER = "roster."
    RECEIVABLES = "receivables"
    BANK = "bank_statement"
    GIRO = "postal_giro"
    SHOPS = "convenience_store"
    SENT = "checkoff_sent"
    RETURNED = "checkoff_return"


def kind_of(name: str) -> Kind | None:
    return next((kind for kind in Kind if name.lower().startswith(kind)), None)


# --- receivables ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receivable:
    """What one member owes for a period: dues and insurance, the numbers on the bill, and the end of the account usually paid from."""

    number: str
    name: str
    period_on: date
    months: int
    dues: int
    insurance: int
    due_on: date
    account: str
    slip: str
    tail: str


_HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("會員編號", "會號", "會員號碼", "會員代號", "會員證號", "編號"),
    "name": ("姓名", "會員姓名"),
    "period": ("期別", "繳費期別", "費用期別", "收費期別", "期間", "季別", "年月", "月份"),
    "dues": ("會費", "經常會費", "常年會費", "季會費", "會費金額"),
    "insurance": ("保險費", "勞健保費", "代收保險費", "代收保費", "保費", "勞健保"),
    "due": ("繳款期限", "繳費期限", "繳款截止日", "繳費截止日", "到期日", "應繳日期", "期限"),
    "account": ("虛擬帳號", "虛擬帳戶", "繳款帳號", "轉帳帳號"),
    "slip": ("超商銷帳編號", "銷帳編號", "超商繳款編號", "超商條碼", "超商代碼", "第二段條碼", "繳款編號"),
    "tail": ("常用帳號末五碼", "帳號末五碼", "末五碼", "常用帳號後五碼", "帳號後五碼", "後五碼"),
}
_NEEDED = ("number", "dues", "period")
_TOTAL = re.compile(r"[小合總共]\s*計|total", re.IGNORECASE)
_NUMBER = re.compile(r"[A-Za-z]{0,4}-?\d{1,10}")


def receivables(rows: Iterable[Sequence[Any]]) -> list[Receivable]:
    """The rows of a list of receivables, with their totals left out. Raises Unreadable for one without its headings, or where a period, a
    number or an amount is none, by its line."""
    found: list[Receivable] = []
    places: dict[str, int] | None = None
    for line, cells in enumerate(rows, 1):
        texts = [_text(cell) for cell in cells]
        if places is None:
            places = _places(texts)
            continue
        given = {name: texts[at] if at < len(texts) else "" for name, at in places.items()}
        if not any(given.values()) or (not _NUMBER.fullmatch(given["number"]) and any(_TOTAL.search(text) for text in texts)) or _places(texts) == places:
            continue
        if given["number"] or given["dues"]:
            found.append(_receivable(line, given))
    if places is None:
        raise Unreadable("file", "應收款檔要有「會員編號」、「會費」與「期別」三欄。")
    return found


def _places(texts: Sequence[str]) -> dict[str, int] | None:
    """Which column is what, of a row that is a heading."""
    said = [normal_heading(re.sub(r"[（(].*?[）)]", "", text)) for text in texts]
    found: dict[str, int] = {}
    for name, words in _HEADINGS.items():
        ranks = {normal_heading(word): rank for rank, word in enumerate(words)}
        hits = sorted((ranks[text], at) for at, text in enumerate(said) if text in ranks and at not in found.values())
        if hits:
            found[name] = hits[0][1]
    return found if set(_NEEDED) <= found.keys() else None


def _receivable(line: int, given: Mapping[str, str]) -> Receivable:
    number = member_number(given["number"])
    if not _NUMBER.fullmatch(number):
        raise Unreadable("number", "第 %(line)s 列看不懂會員編號「%(text)s」。", line=line, text=given["number"][:20])
    period = read_period(given["period"])
    if period is None:
        raise Unreadable("period", "第 %(line)s 列看不懂期別「%(text)s」，請填如 115Q1。", line=line, text=given["period"][:20])
    try:
        due = day(given["due"]) if given.get("due") else months_on(period[0], period[1]) - timedelta(1)
        dues, insurance = amount(given["dues"]), amount(given.get("insurance", ""))
    except CellUnreadable as error:
        raise Unreadable("amount", "第 %(line)s 列：%(why)s", line=line, why=error.problem) from error
    if dues < 0 or insurance < 0:
        raise Unreadable("amount", "第 %(line)s 列的金額是負的。", line=line)
    tail = given.get("tail", "")
    return Receivable(
        number, given.get("name", ""), *period, dues, insurance, due, given.get("account", ""), given.get("slip", ""), tail.zfill(5) if tail.isdigit() else tail,
    )


def pattern_of(pairs: Sequence[tuple[str, str]], period_on: date) -> str | None:
    """How the numbers on bills are made (``payment_numbers``), from (member number, number on the bill) of one period; None when no
    pattern makes all of them."""
    pairs = [(member.lstrip("0"), text) for member, text in pairs if text and member.isascii() and member.isdigit()]
    if not pairs:
        return None
    head = _head([text for _member, text in pairs])
    width = len(pairs[0][1])
    for start in range(1, len(head) + 1):
        for places in range(max(len(member) for member, _text in pairs), width - start):
            if all(text[start : start + places] == member.rjust(places, "0") for member, text in pairs):
                for middle in _MIDDLES:
                    pattern = f"{head[:start]}{{member:{places}}}{middle}"
                    if _makes(pattern, pairs, period_on):
                        return pattern
    return None


_MIDDLES = [
    f"{year}{part}{check}" for year in ("{year:1}", "{year:2}", "{year:3}") for part in ("{quarter:1}", "{quarter:2}", "{month:2}", "{half:1}")
    for check in ("{weights:371}", "{weights:137}", "{weights:731}", "{rest:97}", "")
]


def _makes(pattern: str, pairs: Sequence[tuple[str, str]], period_on: date) -> bool:
    try:
        made = numbering(pattern)
    except Unreadable:
        return False
    return all(made.number(member, period_on) == text for member, text in pairs)


# --- check-off --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One person on a list that was sent: NT$ a month."""

    staff_number: str
    number: str
    name: str
    department: str
    amount: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What one employer was asked to hold back, for so many months from a day on."""

    employer: str
    period_on: date
    months: int
    people: tuple[Asked, ...]

    @property
    def amount(self) -> int:
        return self.months * sum(one.amount for one in self.people)


_TO = re.compile(r"(?:致|受文者|雇主|單位)\s*[:：]?\s*(\S+)")
_FIRM = re.compile(r"(\S*?(?:公司|企業社|工作室|商行|基金會|學校|醫院|劇團|樂團|協會|中心))")


def sent(sheets: Iterable[tuple[str, Sequence[Sequence[Any]]]]) -> Iterator[Sent]:
    """The lists of a workbook, one a sheet (name, rows); sheets that are none are passed over. Raises Unreadable for one that does not say
    which months it is for, or has an amount that is none, by its line."""
    for name, rows in sheets:
        above: list[str] = []
        places: dict[str, int] | None = None
        people = []
        for line, cells in enumerate(rows, 1):
            texts = [_text(cell) for cell in cells]
            if places is None:
                places = _list_places(texts)
                above += [] if places else texts
                continue
            given = {what: texts[at] if at < len(texts) else "" for what, at in places.items()}
            if given["staff"] and given["number"] and not any(_TOTAL.search(text) for text in texts[:4]):
                people.append(Asked(given["staff"], member_number(given["number"]), given.get("name", ""), given.get("department", ""), _asked_amount(name, line, given["amount"])))
        if people:
            yield Sent(_employer(above, name), *_months(above, name), tuple(people))


_LIST = {
    "staff": ("員工編號", "員工代號", "員編", "工號", "職工編號", "職號", "人員編號"), "number": ("會員編號", "會號", "會員代號", "會員號碼"), "name": ("姓名", "會員姓名", "員工姓名"),
    "department": ("部門", "單位", "課別", "組別"),
}
_AMOUNT = re.compile(r"會費|金額|應扣|代扣")


def _list_places(texts: Sequence[str]) -> dict[str, int] | None:
    said = [normal_heading(text) for text in texts]
    found = {what: said.index(word) for what, words in _LIST.items() if (word := next((one for one in map(normal_heading, words) if one in said), None))}
    money = next((at for at, text in enumerate(said) if at not in found.values() and _AMOUNT.search(text)), None)
    return found | {"amount": money} if {"staff", "number"} <= found.keys() and money is not None else None


def _asked_amount(sheet: str, line: int, text: str) -> int:
    try:
        return amount(text)
    except CellUnreadable as error:
        raise Unreadable("amount", "%(sheet)s 第 %(line)s 列：%(why)s", sheet=sheet, line=line, why=error.problem) from error


def _employer(above: Sequence[str], sheet: str) -> str:
    for pattern in (_TO, _FIRM):
        for text in above:
            if match := pattern.search(text.replace("\u3000", " ")):
                return match[1]
    return sheet


def _months(above: Sequence[str], sheet: str) -> tuple[date, int]:
    for text in (*above, sheet):
        if months := sorted(months_named([text])):
            return months[0], len(months)
    raise Unreadable("file", "名冊「%(sheet)s」沒有寫是哪個月份。", sheet=sheet)


CODE = re.compile(r"[A-Z]\d{2}")
"""What marks a kind of deduction in the list of a payroll program."""


# --- the union and its collector --------------------------------------------------------------------------------------


def account_holder(texts: Iterable[str]) -> str:
    """Whose account it is, from the lines above a statement; "" when they do not say."""
    return next((match[1] for text in texts if (match := re.search(r"戶名[:：]\s*(\S+)", text))), "")


def collector(deposits: Iterable[tuple[date, int, str]], nets: Mapping[date, int]) -> str:
    """What the bank calls the collector of shops: how the memos begin of the deposits (day, NT$, memo) that bring a clearing day's net."""
    memos = [memo for on, amount, memo in deposits if memo and nets.get(on) == amount]
    return _head(memos) if len(memos) > 1 else ""


def _head(texts: Sequence[str]) -> str:
    """How all of them begin."""
    first, last = min(texts), max(texts)
    return next((first[:at] for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), first)


def _text(cell: Any) -> str:
    return half_width(cell_text(cell)).strip()
