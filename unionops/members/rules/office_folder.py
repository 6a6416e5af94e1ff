"""A folder with the working files of an office: which file is what, and what its lists of receivables and of check-off say. Pure.

Files are known by the beginning of their names, as the office calls them; what is in them is known by headings, never by place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from unionops.members.rules.payment_numbers import numbering
from unionops.values import money, roc
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


_HEADINGS = {
    "number": "會員編號", "name": "姓名", "period": "期別", "dues": "會費", "insurance": "保險費", "due": "繳款期限", "account": "虛擬帳號", "slip": "超商銷帳編號",
    "tail": "常用帳號末五碼",
}
_QUARTER = re.compile(r"(\d{2,3})Q([1-4])")


def receivables(rows: Iterable[Sequence[Any]]) -> list[Receivable]:
    """The rows of a list of receivables. Raises Unreadable for one without its headings, or a period or amount that is none."""
    found: list[Receivable] = []
    places: dict[str, int] | None = None
    for cells in rows:
        texts = [_text(cell) for cell in cells]
        if places is None:
            if {"會員編號", "會費"} <= set(texts):
                places = {name: texts.index(title) for name, title in _HEADINGS.items() if title in texts}
            continue
        given = {name: texts[at] if at < len(texts) else "" for name, at in places.items()}
        if given.get("number"):
            found.append(_receivable(given))
    if places is None:
        raise Unreadable("file", "應收款檔要有「會員編號」與「會費」兩欄。")
    return found


def _receivable(given: Mapping[str, str]) -> Receivable:
    period = _QUARTER.fullmatch(given.get("period", ""))
    if period is None:
        raise Unreadable("period", "看不懂期別「%(text)s」，請填如 115Q1。", text=given.get("period", ""))
    begins = date(int(period[1]) + roc.EPOCH, int(period[2]) * 3 - 2, 1)
    return Receivable(
        given["number"], given.get("name", ""), begins, 3, _amount(given.get("dues", "")), _amount(given.get("insurance", "")), roc.parse_date(given.get("due", "")),
        given.get("account", ""), given.get("slip", ""), given.get("tail", ""),
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


_TITLE = re.compile(r"致\s*(\S+?)\s+.*?(\d{2,3})年(\d{1,2})(?:[~～\-至](\d{1,2}))?月")


def sent(sheets: Iterable[Iterable[Sequence[Any]]]) -> Iterator[Sent]:
    """The lists of a workbook, one a sheet; sheets that are none are passed over."""
    for rows in sheets:
        title, places, people = None, None, []
        for cells in rows:
            texts = [_text(cell) for cell in cells]
            title = title or next((match for text in texts if (match := _TITLE.search(half_width(text)))), None)
            if places is None:
                if {"員工編號", "會員編號"} <= set(texts):
                    places = {title: at for at, title in enumerate(texts)}
                continue
            staff, number = texts[places["員工編號"]], texts[places["會員編號"]]
            if staff and number:
                amount = next(at for heading, at in places.items() if "會費" in heading or "金額" in heading)
                department = texts[places["部門"]] if "部門" in places else ""
                people.append(Asked(staff, number, texts[places["姓名"]], department, _amount(texts[amount])))
        if title is not None and people:
            first = int(title[3])
            yield Sent(title[1], date(int(title[2]) + roc.EPOCH, first, 1), int(title[4] or first) - first + 1, tuple(people))


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
    return "" if cell is None else str(cell).strip()


def _amount(text: str) -> int:
    return money.parse_ntd(text) if text else 0
