"""What a line of a statement tells of who paid: numbers of ours, the account, the member number, names whole or damaged. Pure.

What follows from it is ``matching``'s to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from unionops.members.rules.layouts import Source
from unionops.members.rules.payment_numbers import Numbering
from unionops.values.text import half_width, name_key

LOST = "?？�□○〇＊*Ｘ●◯"
"""What stands for a character that a bank could not show, or would not."""
_LONGEST_PART = 40


class Line(NamedTuple):
    """A movement as the matcher sees it. ``id`` is whatever the caller knows it by; ``is_settled`` ones only stand to be taken back."""

    id: int
    source: Source
    moved_on: date
    amount: int
    paid_on: date | None = None
    word: str = ""
    memo: str = ""
    payer: str = ""
    account: str = ""
    code: str = ""
    is_settled: bool = False

    @property
    def said(self) -> str:
        return f"{self.word} {self.memo} {self.payer}"


@dataclass(frozen=True)
class Directory:
    """Who could pay, and by what a payment tells of him. ``names``: person → name and other names; ``numbers``: member number → person;
    ``tails``: last five figures of accounts → people; ``employers`` and ``collectors``: what they are called; ``held_back``:
    whose dues an employer was asked for of late."""

    names: Mapping[int, Sequence[str]]
    numbers: Mapping[str, int]
    tails: Mapping[str, Sequence[int]] = field(default_factory=dict)
    employers: Sequence[str] = ()
    collectors: Sequence[str] = ()
    accounts: Sequence[Numbering] = ()
    slips: Sequence[Numbering] = ()
    held_back: frozenset[int] = frozenset()

    @cached_property
    def by_name(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for person, names in self.names.items():
            for name in names:
                key = name_key(name)
                if len(key) > 1 and person not in found.get(key, ()):
                    found[key] = (*found.get(key, ()), person)
        return found

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The first two characters of every name: at most places in a text none of them stands, and there is nothing to try."""
        return frozenset(name[:2] for name in self.by_name)

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.by_name), default=0)

    @cached_property
    def by_place(self) -> dict[tuple[int, int, str], set[str]]:
        """(length, place, character) → names."""
        found: dict[tuple[int, int, str], set[str]] = {}
        for name in self.by_name:
            for place, char in enumerate(name):
                found.setdefault((len(name), place, char), set()).add(name)
        return found

    def looks_like(self, damaged: str) -> tuple[int, ...]:
        """Who bears a name that is the same but for the characters that were lost; nobody when none or all were."""
        known = [(len(damaged), place, char) for place, char in enumerate(damaged) if char not in LOST]
        if not known or len(known) == len(damaged):
            return ()
        names = set.intersection(*(self.by_place.get(one, set()) for one in known))
        return tuple(dict.fromkeys(person for name in sorted(names) for person in self.by_name[name]))

    @cached_property
    def by_figures(self) -> dict[str, int | None]:
        """Member number without noughts in front → person; None where two would share it."""
        found: dict[str, int | None] = {}
        for number, person in self.numbers.items():
            figures = number.lstrip("0")
            found[figures] = None if figures in found and found[figures] != person else person
        return found

    @cached_property
    def widths(self) -> frozenset[int]:
        return frozenset(map(len, self.numbers))

    @cached_property
    def collector_keys(self) -> tuple[str, ...]:
        return tuple(name_key(one) for one in self.collectors if len(one) > 1)

    @cached_property
    def employer_pattern(self) -> re.Pattern[str] | None:
        """The first four characters of each employer's name without city and legal form: banks cut the rest."""
        begins = {stem[:4] for stem in map(_stem, self.employers) if len(stem) > 1}
        return re.compile("|".join(map(re.escape, sorted(begins, key=len, reverse=True)))) if begins else None


class Clues(NamedTuple):
    """What a line tells of a person. ``names``: for each name found who bears it; ``looks`` who a damaged name could be;
    ``is_certain``: nothing stands beside the names that could belong to another name. ``wrong`` is a number of ours that is no bill."""

    bill: tuple[int, date] | None = None
    is_slip: bool = False
    wrong: str = ""
    tail: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    names: tuple[tuple[int, ...], ...] = ()
    looks: tuple[int, ...] = ()
    full_name: str = ""
    surname: str = ""
    is_certain: bool = True

    @property
    def people(self) -> set[int]:
        named = {self.bill[0]} if self.bill else set()
        return named.union(self.tail, self.numbers, self.looks, *self.names)


_LABELLED = re.compile(r"(?:會員編號|會員號碼|會員證號|會員代號|會員號|會號|編號|號碼|no\.?|#)\s*[:：.]?\s*([a-z]{0,3}[0-9]{1,10})", re.IGNORECASE)
_FIGURES = re.compile(r"(?<![0-9/.\-])[0-9]{3,10}(?![0-9/.]|\s*[年月日])")
_TITLE = re.compile(r"^(.{1,2})(?:先生|小姐|女士|太太|君|夫人|媽媽|爸爸|阿姨|伯伯|老師)$")
_LOSSY = re.compile(rf"[^\W\d_A-Za-z{LOST}]?[\w{LOST}‧]*[{LOST}][\w{LOST}‧]*")
_GAPS = re.compile(f"[{LOST}]")
_SPLIT = re.compile(r"[、,，+＋/／&＆;；()（）:：|]+|(?<=[㐀-鿿])\s+|\s+(?=[㐀-鿿])")
_NOISE = re.compile(
    r"勞健保費?|勞保費?|健保費?|保險費?|保費|會員編號|會員|會費|常年|經常|工會|繳費|繳交|繳納|代繳|補繳|預繳|先繳|繳|匯款|轉帳|轉入|匯入|存入|付款|"
    r"第?[一二三四0-9]+季|[上下]半年|[0-9一二三四五六七八九十]+[\-~～至到][0-9一二三四五六七八九十]+月份?|一個月|[0-9一二三四五六七八九十]+個?[年月日人份]|"
    r"年度?|月份?|[0-9]+q[0-9]|本人|先生|小姐|女士|太太|夫妻|全家|共|及|和|與|的|之|費|款|號|編號|no|[0-9\W_a-z]"
)


def clues(line: Line, directory: Directory) -> Clues:
    """What a payment tells of who made it."""
    bill, is_slip, wrong = _billed(line, directory)
    if bill or wrong:
        return Clues(bill, is_slip, wrong)
    text = half_width(line.memo)
    names, is_certain = _names([line.payer, line.memo, *([line.word] if not line.memo else [])], directory)
    payer = name_key(line.payer) if line.payer else ""
    titled = _TITLE.match(payer) if payer not in directory.by_name else None
    lossy = _lossy(line, directory) if not names else ()
    return Clues(
        tail=tuple(directory.tails.get(tail_of(line.account), ())), numbers=_numbers(text, directory), names=names, looks=lossy,
        full_name=payer if not titled else "", surname=titled[1] if titled else "", is_certain=is_certain,
    )


def tail_of(account: str) -> str:
    """The last five figures of an account as a statement shows it; empty when there are fewer."""
    figures = re.sub(r"\D", "", half_width(account))
    return figures[-5:] if len(figures) >= 5 else ""


def _billed(line: Line, directory: Directory) -> tuple[tuple[int, date] | None, bool, str]:
    """The person and period of a number that our bills carry; or such a number that cannot be one."""
    wrong = ""
    if not directory.accounts and not directory.slips:
        return None, False, wrong
    for text in (line.code, line.memo, line.word, line.account):
        for token in re.findall(r"[0-9A-Za-z]{8,24}", re.sub(r"(?<=[0-9])[\s-](?=[0-9])", "", half_width(text)).upper()):
            for numbering, is_slip in (*((one, False) for one in directory.accounts), *((one, True) for one in directory.slips)):
                if len(token) != numbering.length or not _begins(token, numbering):
                    continue
                read = numbering.read(token, line.moved_on)
                person = directory.by_figures.get(read.member) if read else None
                if read and person is not None:
                    return (person, read.period_on), is_slip, ""
                wrong = token
    return None, False, wrong


def _begins(token: str, numbering: Numbering) -> bool:
    what, value = numbering.parts[0]
    return what == "text" and token.startswith(value)


def _numbers(text: str, directory: Directory) -> tuple[int, ...]:
    """Members whose number stands in a text: behind a word that announces it, or as figures exactly as the roll writes them."""
    found: dict[int, None] = {}
    for match in _LABELLED.finditer(text):
        number = match[1].upper()
        person = directory.numbers.get(number) or directory.by_figures.get(number.lstrip("0"))
        if person is not None:
            found[person] = None
    for match in _FIGURES.finditer(text):
        if len(match[0]) in directory.widths and (person := directory.numbers.get(match[0])) is not None:
            found[person] = None
    return tuple(found)


def _names(texts: Iterable[str], directory: Directory) -> tuple[tuple[tuple[int, ...], ...], bool]:
    """The names in these texts, the longest at each place, and whether nothing else stands beside them."""
    found: dict[tuple[int, ...], None] = {}
    certain = True
    for text in filter(None, texts):
        # Blanks part two names, or stand inside one: 許素蘭 張春珍, 王　小明.
        apart = _SPLIT.split(text)
        for parts in (apart, [text]) if len(apart) > 1 else (apart,):
            hits = [_names_in(name_key(part), directory) for part in parts]
            for names, rest in hits:
                found.update(dict.fromkeys(names))
                if names and _NOISE.sub("", rest):
                    certain = False
            if any(names for names, _rest in hits):
                break
    return tuple(found), certain


def _names_in(key: str, directory: Directory) -> tuple[list[tuple[int, ...]], str]:
    found, rest, at = [], "", 0
    by_name, beginnings, longest = directory.by_name, directory.beginnings, directory.longest
    while at < len(key):
        size = 0
        if key[at : at + 2] in beginnings:
            size = next((size for size in range(min(longest, len(key) - at), 1, -1) if key[at : at + size] in by_name), 0)
        if size:
            found.append(by_name[key[at : at + size]])
        rest += " " if size else key[at]
        at += size or 1
    return found, rest


def _lossy(line: Line, directory: Directory) -> tuple[int, ...]:
    """Who a name with unreadable characters could be."""
    for text in (line.payer, line.memo):
        if not _GAPS.search(text):
            continue
        for part in _SPLIT.split(text):
            for match in _LOSSY.finditer(name_key(part)[:_LONGEST_PART]):
                said = match[0]
                for begin in range(len(said) - 1):
                    if _NOISE.sub("", said[:begin]):
                        break
                    for end in range(min(len(said), begin + directory.longest), begin + 1, -1):
                        if not _NOISE.sub("", said[end:]) and (people := directory.looks_like(said[begin:end])):
                            return people
    return ()


_SUFFIX = re.compile(r"(?:股份有限公司|有限公司|企業社|工作室|商行|公司|事業|企業|行)$")


def _stem(name: str) -> str:
    stem = re.sub(r"^(?:臺|台)[中北南東]市", "", name_key(name))
    while (short := _SUFFIX.sub("", stem)) != stem and len(short) > 1:
        stem = short
    return stem


def is_employer(line: Line, directory: Directory) -> bool:
    """Whether an employer's name, or how it begins, stands in a line."""
    pattern = directory.employer_pattern
    return pattern is not None and any(pattern.search(name_key(text)) for text in (line.memo, line.payer) if text)
