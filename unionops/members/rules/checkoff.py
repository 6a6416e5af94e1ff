"""Dues held back from wages: on which ground, whom to ask for how much, and what the employer's answer comes to. Pure; whole NT$.

Sources: 工會法 28 (UA-28-checkoff), 施行細則 25 (ER-25-consent, ER-25-collective, ER-25-others), 27 (ER-27-handover, ER-27-time);
activities-subsidies-finance §5.4. An answer is matched by number only: a name does not decide, a different one asks. Nothing is ever
written off here. Reads no file (``checkoff_sheets``) and books nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from unionops.law.basis import Basis
from unionops.law.union_act import UnionKind
from unionops.members.rules.dues import Item, SchemeKind, by_order, months_on
from unionops.values.problems import Problem, problem
from unionops.values.text import half_width, name_key

# --- on which ground --------------------------------------------------------------------------------------------------


class ConsentBasis(StrEnum):
    """Who agreed (ER-25-consent): each member, the assembly, the constitution, a collective agreement, an agreement or practice."""

    INDIVIDUAL = "individual"
    RESOLUTION = "resolution"
    CHARTER = "charter"
    COLLECTIVE = "collective"
    PRACTICE = "practice"

    @property
    def is_individual(self) -> bool:
        """Whether each member's own consent counts; on a collective ground one member's letter stops nothing (ER-25-collective)."""
        return self is ConsentBasis.INDIVIDUAL


def needs_both(kind: UnionKind | None) -> bool:
    """ER-25-others: in all but enterprise unions each member must agree, and the employer as well."""
    return kind is not None and kind is not UnionKind.ENTERPRISE


def terms_problems(
    basis: ConsentBasis, agreement: str, *, kind: UnionKind | None, from_on: date, until_on: date | None, hand_over_day: int
) -> list[Problem]:
    """What stands against terms with an employer."""
    problems: list[Problem] = []
    if needs_both(kind) and not basis.is_individual:
        problems.append(problem("basis", "產業工會、職業工會代扣會費，須經會員個別同意（工會法施行細則第 25 條第 3 項）。", code="individual_needed"))
    if (needs_both(kind) or basis in (ConsentBasis.COLLECTIVE, ConsentBasis.PRACTICE)) and not agreement.strip():
        problems.append(problem("agreement", "請填與雇主的約定或團體協約（日期、文號）。", code="agreement_needed"))
    if not agreement.strip() and basis in (ConsentBasis.RESOLUTION, ConsentBasis.CHARTER):
        problems.append(problem("agreement", "請填決議的屆次，或章程條次。", code="proof_needed"))
    if until_on is not None and until_on < from_on:
        problems.append(problem("until_on", "迄日早於起日 %(since)s。", since=from_on, code="ends_before_it_begins"))
    if not 1 <= hand_over_day <= 31:
        problems.append(problem("hand_over_day", "交付日為 1 到 31。", code="no_such_day"))
    return problems


def duty(kind: UnionKind | None) -> Basis:
    """Why the employer has to hold back and hand over, for the page and the paper."""
    if needs_both(kind):
        return Basis(
            rule="ER-25-others", citation="工會法第 28 條第 3 項、施行細則第 25 條第 3 項", result="會員個別同意，並與雇主約定或締結團體協約",
            note="兩者都要；會員撤回個別同意，自撤回後停止代扣。",
        )
    return Basis(
        rule="UA-28-checkoff", citation="工會法第 28 條第 3 項、施行細則第 25 條第 1 項", result="雇主應自勞工加入工會之日起扣繳會費並轉交",
        note="同意依據為章程、決議或團體協約時，會員個別通知雇主不停止代扣；退會才停止（102.07.31 勞資1字第1020125372號令）。",
    )


HAND_OVER = Basis(
    rule="ER-27-time", citation="工會法施行細則第 27 條", source="default", confidence="derived", result="依雙方約定之日",
    note="法令未定交付日；轉交須直接交工會，或匯入以工會名義開立之帳戶。",
)


# --- whom to ask, and for how much ------------------------------------------------------------------------------------


class LeftOut(StrEnum):
    """Why somebody who works there is not on the list."""

    NOT_BILLED = "not_billed"
    PAID = "paid"
    NO_CONSENT = "no_consent"
    WITHDRAWN = "withdrawn"
    NO_NUMBER = "no_number"
    SAME_NUMBER = "same_number"


MENDABLE = frozenset({LeftOut.NOT_BILLED, LeftOut.NO_CONSENT, LeftOut.NO_NUMBER, LeftOut.SAME_NUMBER})


class Candidate(NamedTuple):
    """A member who works for the employer in the period. ``consents`` are (given, withdrawn) days of individual consents; ``items`` all
    charges as they stand, ``credit`` what he paid too much."""

    person_id: int
    staff_number: str
    name: str
    number: str
    consents: tuple[tuple[date, date | None], ...]
    items: tuple[Item, ...]
    credit: int = 0
    department: str = ""


class Share(NamedTuple):
    """NT$ of the period itself, and left open from earlier ones since check-off began."""

    now: int
    carried: int

    @property
    def total(self) -> int:
        return self.now + self.carried


def share(items: Iterable[Item], period_on: date, months: int, *, since: date) -> Share:
    """What of the open regular dues falls into this period. A charge for a quarter is asked month by month in equal parts; what was
    charged for months before ``since`` is not the employer's to hold back."""
    now = carried = 0
    end = months_on(period_on, months)
    for one in items:
        if one.kind != SchemeKind.REGULAR or one.period_on >= end or one.open <= 0:
            continue
        before, until = _through(one, period_on), _through(one, end)
        paid = max(one.amount - one.open, _through(one, since.replace(day=1)))
        carried += max(before - paid, 0)
        now += max(until - max(paid, before), 0)
    return Share(now, carried)


def _through(one: Item, first: date) -> int:
    """NT$ of a charge for its months before the first of a month."""
    months = max(one.months, 1)
    passed = (first.year - one.period_on.year) * 12 + first.month - one.period_on.month
    return one.amount * min(max(passed, 0), months) // months


class Wanted(NamedTuple):
    """Somebody on the list, or not: ``left_out`` says why."""

    who: Candidate
    share: Share
    left_out: LeftOut | None = None


def wanted(
    people: Sequence[Candidate], period_on: date, months: int, *, basis: ConsentBasis, since: date, carry: bool = True
) -> list[Wanted]:
    """Whom to ask the employer to hold back from, and how much; and who is left out and why. Credit is taken off."""
    numbers: dict[str, int] = {}
    for one in people:
        numbers[loose(one.staff_number)] = numbers.get(loose(one.staff_number), 0) + 1
    found = []
    for one in people:
        part = share(one.items, period_on, months, since=since)
        if not carry:
            part = Share(part.now, 0)
        less = min(one.credit, part.total)
        asked = Share(part.now - max(less - part.carried, 0), max(part.carried - less, 0))
        end = months_on(period_on, months)
        out: LeftOut | None = None
        if basis.is_individual and (out := consent(one.consents, end)):
            pass
        elif not one.staff_number:
            out = LeftOut.NO_NUMBER
        elif numbers[loose(one.staff_number)] > 1:
            out = LeftOut.SAME_NUMBER
        elif not asked.total:
            charged = any(each.kind == SchemeKind.REGULAR and period_on < months_on(each.period_on, max(each.months, 1)) and each.period_on < end for each in one.items)
            out = LeftOut.PAID if charged or one.credit else LeftOut.NOT_BILLED
        found.append(Wanted(one, asked, out))
    return found


def consent(consents: Sequence[tuple[date, date | None]], end: date) -> LeftOut | None:
    """Why somebody's own consent does not cover the months before ``end``; None: it does."""
    given = [withdrawn for on, withdrawn in consents if on < end]
    if any(withdrawn is None for withdrawn in given):
        return None
    return LeftOut.WITHDRAWN if given else LeftOut.NO_CONSENT


def to_charges(items: Iterable[Item], amount: int, period_on: date, months: int, *, since: date, carried: int = 0) -> list[tuple[int, int]]:
    """(charge id, NT$): a deduction pays the regular dues that the list named: what was ``carried`` from earlier periods, then its own
    period, then what else is open of earlier ones since check-off began. What is left over becomes the member's credit."""
    end = months_on(period_on, months)
    before: list[Item] = []
    own: list[Item] = []
    for one in by_order(each for each in items if each.kind == SchemeKind.REGULAR and each.open > 0 and each.period_on < end):
        until = months_on(one.period_on, max(one.months, 1))
        if until > since.replace(day=1):
            (own if until > period_on else before).append(one)
    paid: dict[int, int] = {}

    def pay(some: Iterable[Item], most: int) -> int:
        for one in some:
            part = min(one.open - paid.get(one.id, 0), most)
            if part > 0:
                paid[one.id] = paid.get(one.id, 0) + part
                most -= part
        return most

    rest = amount - min(carried, amount) + pay(before, min(carried, amount))
    pay(before, pay(own, rest))
    return list(paid.items())


# --- what came back ---------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """A line of the list that went out. ``line_id`` is whatever the caller knows it by."""

    line_id: int
    staff_number: str
    name: str
    expected: int
    number: str = ""


class Entry(NamedTuple):
    """A row of the returned file. ``amounts`` are (month or None, NT$); ``amount`` None: there was something that is no amount."""

    place: str
    staff_number: str
    name: str
    amounts: tuple[tuple[date | None, int], ...]
    reason: str = ""
    number: str = ""
    unread: str = ""

    @property
    def amount(self) -> int:
        return sum(amount for _month, amount in self.amounts)


class Verdict(StrEnum):
    """What the answer says of one person and period. The first two need nobody; ``TYPO``: an unknown number with the name of somebody
    who was asked for and is missing; ``NOT_ASKED``: works there, but was not on the list."""

    OK = "ok"
    SPLIT = "split"
    SHORT = "short"
    OVER = "over"
    DUPLICATE = "duplicate"
    LEFT = "left"
    ON_LEAVE = "on_leave"
    NOT_DEDUCTED = "not_deducted"
    MISSING = "missing"
    UNKNOWN = "unknown"
    TYPO = "typo"
    NOT_ASKED = "not_asked"
    NEGATIVE = "negative"
    UNREADABLE = "unreadable"


FINE = frozenset({Verdict.OK, Verdict.SPLIT})
NOBODY = frozenset({Verdict.UNKNOWN, Verdict.TYPO, Verdict.NOT_ASKED})
"""Verdicts of rows that no line of the list asked for."""

_LEFT = re.compile(r"離職|退休|資遣|解僱|解雇|離退|退職|調離|已離|left|resign|terminat", re.IGNORECASE)
_LEAVE = re.compile(r"留職停薪|留停|育嬰|停薪|無薪|請假|病假|產假|安胎|休假|長假|leave", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """One person of the list, or one number that nobody asked for.

    ``received`` is all that the file says; ``applied`` what may be booked for the person by number, never more than was asked;
    ``like`` the staff number that was probably meant (or, of a missing person, that was probably written instead).
    """

    verdict: Verdict
    staff_number: str
    name: str
    asked: Asked | None = None
    entries: tuple[Entry, ...] = ()
    received: int = 0
    applied: int = 0
    like: str = ""
    other_name: str = ""

    @property
    def expected(self) -> int:
        return self.asked.expected if self.asked else 0

    @property
    def held(self) -> int:
        """NT$ that came and belongs to nobody yet."""
        return max(self.received - self.applied, 0)

    @property
    def short(self) -> int:
        """NT$ that is carried over to the next period."""
        return self.expected - self.applied

    @property
    def reason(self) -> str:
        return next((one.reason for one in self.entries if one.reason), "")

    @property
    def asks(self) -> bool:
        """Whether somebody has to decide: money that belongs to nobody yet, or a name that is not the one we know."""
        return bool(self.held or self.other_name or self.verdict in (Verdict.NEGATIVE, Verdict.UNREADABLE))


class Money(NamedTuple):
    """The sums of an answer. ``stated`` is the total that the file gives; ``differs`` stated less rows, None where it states none."""

    asked: int
    received: int
    applied: int
    held: int
    short: int
    stated: int | None = None

    @property
    def differs(self) -> int | None:
        return None if self.stated is None else self.stated - self.received


def money(found: Iterable[Found], stated: int | None = None) -> Money:
    """The sums; ``received`` is the sum of all rows, negative ones too."""
    rows = list(found)
    return Money(
        sum(one.expected for one in rows), sum(one.received for one in rows), sum(one.applied for one in rows), sum(one.held for one in rows),
        sum(one.short for one in rows), stated,
    )


def strict(number: str) -> str:
    """A number as it is compared first: width, case, blanks and hyphens do not count."""
    return re.sub(r"[\s\-_－]", "", half_width(number)).upper()


def loose(number: str) -> str:
    """A number without the zeros that a spreadsheet drops: 01258 and 1258, HM0124 and HM124 are one."""
    plain = strict(number)
    match = re.fullmatch(r"([A-Z]*)0*(\d+)([A-Z]*)", plain)
    return "".join(match.groups()) if match else plain


class _Numbers:
    """Whose number it is: as it stands, else without leading zeros where that is one person's only."""

    def __init__(self, numbers: Iterable[tuple[str, int]]) -> None:
        self.exact: dict[str, int] = {}
        self.near: dict[str, set[int]] = {}
        for number, place in numbers:
            if number:
                self.exact.setdefault(strict(number), place)
                self.near.setdefault(loose(number), set()).add(place)

    def find(self, number: str) -> int | None:
        if not number:
            return None
        exact = self.exact.get(strict(number))
        near = self.near.get(loose(number), set())
        return exact if exact is not None else next(iter(near)) if len(near) == 1 else None


STAFF, MEMBER = "staff", "member"
KEYS = (STAFF, MEMBER)
"""What an employer's list may know a person by: its staff number, our member number."""


def compare(asked: Sequence[Asked], entries: Sequence[Entry], *, known: Mapping[str, str] | None = None, keys: Sequence[str] = (STAFF,)) -> list[Found]:
    """The verdict on every line of the list, in its order, then on every number that nobody asked for, in the file's order.

    ``known`` are staff number → name of members who work there and were not asked for; ``keys`` what the employer's list is matched by,
    the first that a row has and that is known.
    """
    lookups = [(key, _Numbers((one.staff_number if key == STAFF else one.number, place) for place, one in enumerate(asked))) for key in keys]
    mine: dict[int, list[Entry]] = {}
    others: dict[str, list[Entry]] = {}
    for row in entries:
        at = next((place for key, numbers in lookups if (place := numbers.find(row.staff_number if key == STAFF else row.number)) is not None), None)
        if at is not None:
            mine.setdefault(at, []).append(row)
        else:
            others.setdefault(loose(row.staff_number or row.number) or f"?{row.place}", []).append(row)
    found = [_judge(one, tuple(mine.get(place, ()))) for place, one in enumerate(asked)]
    strangers = {loose(number): name for number, name in (known or {}).items()}
    digits = _usual_width(asked)
    missing: dict[str, list[int]] = {}
    for place, one in enumerate(found):
        if one.verdict is Verdict.MISSING:
            missing.setdefault(name_key(one.name), []).append(place)
    extra = []
    for key, rows in others.items():
        name = next((row.name for row in rows if row.name), "")
        number = _padded(rows[0].staff_number or rows[0].number, digits)
        twins = missing.get(name_key(name), []) if name else []
        verdict, like = Verdict.UNKNOWN, ""
        if key in strangers and (not name or same_name(strangers[key], name)):
            verdict = Verdict.NOT_ASKED
        elif len(twins) == 1:
            verdict, like = Verdict.TYPO, found[twins[0]].staff_number
            found[twins[0]] = replace(found[twins[0]], verdict=Verdict.TYPO, like=number)
            missing.pop(name_key(name))
        extra.append(Found(verdict, number, name, None, tuple(rows), sum(row.amount for row in rows), 0, like))
    return found + extra


def _judge(one: Asked, rows: tuple[Entry, ...]) -> Found:
    base = Found(Verdict.MISSING, one.staff_number, one.name, one)
    if not rows:
        return base
    received = sum(row.amount for row in rows)
    other = next((row.name for row in rows if row.name and not same_name(one.name, row.name)), "")
    base = replace(base, entries=rows, received=received, other_name=other)
    within = min(max(received, 0), one.expected)
    if any(row.unread for row in rows):
        return replace(base, verdict=Verdict.UNREADABLE, applied=within)
    if any(amount < 0 for row in rows for _month, amount in row.amounts):
        return replace(base, verdict=Verdict.NEGATIVE, applied=within)
    # Held back twice: the same row again. Two different rows that make up the amount are one deduction in two parts.
    once = {row.amounts: row.amount for row in rows}
    if received > one.expected and len(once) < len(rows):
        return replace(base, verdict=Verdict.DUPLICATE, applied=min(sum(once.values()), one.expected))
    if received > one.expected:
        return replace(base, verdict=Verdict.OVER, applied=one.expected)
    why = " ".join(row.reason for row in rows)
    if received == one.expected:
        by_month = len({month for row in rows for month, amount in row.amounts if amount}) >= sum(1 for row in rows for _month, amount in row.amounts if amount)
        return replace(base, verdict=Verdict.OK if len(rows) == 1 or by_month else Verdict.SPLIT, applied=received)
    if _LEFT.search(why):
        verdict = Verdict.LEFT
    elif _LEAVE.search(why):
        verdict = Verdict.ON_LEAVE
    else:
        verdict = Verdict.SHORT if received else Verdict.NOT_DEDUCTED
    return replace(base, verdict=verdict, applied=received)


_UNSEEN = "?？□○〇＊*Ｏ●◯�"


def same_name(ours: str, theirs: str) -> bool:
    """Whether a name in a file may be the one we know: characters that it could not print, or hides, may stand for any."""
    mine, given = name_key(ours), name_key(theirs)
    if mine == given:
        return True
    if any(char in half_width(_UNSEEN) for char in given) and len(mine) == len(given):
        return all(a == b or b in half_width(_UNSEEN) for a, b in zip(mine, given, strict=True))
    return False


def _usual_width(asked: Sequence[Asked]) -> int:
    """How many digits the employer's numbers have, where all have as many and nothing else."""
    widths = {len(one.staff_number) for one in asked if one.staff_number.isdigit()}
    return widths.pop() if len(widths) == 1 and all(one.staff_number.isdigit() for one in asked) else 0


def _padded(number: str, digits: int) -> str:
    return number.zfill(digits) if number.isdigit() else number


# --- whether the file is the one that was awaited ---------------------------------------------------------------------


def file_problems(found: Sequence[Found], months: frozenset[date], period_on: date, count: int, *, anyway: bool) -> list[Problem]:
    """What stands against taking this file for this list. ``anyway``: somebody has looked, and the month in the file is another one
    because wages are paid later."""
    wanted_months = {months_on(period_on, at) for at in range(count)}
    matched = sum(1 for one in found if one.asked is not None and one.entries)
    rows = [one for one in found if one.entries]
    if not rows:
        return [problem("file", "檔案裡沒有一列員工的扣款資料。", code="no_rows")]
    if not matched:
        return [problem("file", "檔案裡的員工編號沒有一個在這份名冊上，可能是別家雇主的檔案。", code="wrong_employer")]
    problems = []
    if matched * 2 < len(rows) and not anyway:
        problems.append(problem(
            "file", "檔案裡的 %(rows)s 個員工編號只有 %(matched)s 個在這份名冊上；確認是這家雇主的檔案，再勾「已核對」重新匯入。",
            rows=len(rows), matched=matched, code="few_known",
        ))
    if months and not months & wanted_months and not anyway:
        problems.append(problem(
            "file", "檔案寫的是 %(theirs)s，這份名冊是 %(ours)s；確認無誤再勾「已核對」重新匯入。", code="month_outside",
            theirs="、".join(spoken(month) for month in sorted(months)), ours=spoken(period_on, count),
        ))
    return problems


def spoken(period_on: date, months: int = 1) -> str:
    """115年2月, 115年1至3月; as it stands on papers."""
    last = months_on(period_on, months - 1)
    if last.year != period_on.year:
        return f"{period_on.year - 1911}年{period_on.month}月至{last.year - 1911}年{last.month}月"
    return f"{period_on.year - 1911}年{period_on.month}月" if months == 1 else f"{period_on.year - 1911}年{period_on.month}至{last.month}月"
