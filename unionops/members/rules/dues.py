"""What members owe, how money received is allotted, and how far somebody is behind. Pure; whole NT$.

Sources: 工會法 28 (UA-28-*), 施行細則 26 (ER-26-table); activities-subsidies-finance §5.4; elections-meetings-forms §11a.
What the law asks of amounts is ``law.dues``. Does not know who is a member in good standing (``standing``) nor how money came in
(``collecting``).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from unionops.finance.rules import chart
from unionops.values.money import round_ntd


class SchemeKind(StrEnum):
    """What a charge is for: 入會費, 經常會費, 特別會費, 互助金, 代收款."""

    ENTRANCE = "entrance"
    REGULAR = "regular"
    LEVY = "levy"
    MUTUAL = "mutual"
    AGENCY = "agency"


class Period(StrEnum):
    """For how long a charge is: 一次, 月, 季, 半年, 年."""

    ONCE = "once"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Months of the period; 0 for money owed once."""
        return {"once": 0, "month": 1, "quarter": 3, "half": 6, "year": 12}[self.value]

    def begins(self, day: date) -> date:
        """The first day of the period that this day lies in. Of money owed once, the day itself."""
        if not self.months:
            return day
        return date(day.year, (day.month - 1) // self.months * self.months + 1, 1)


class AmountBasis(StrEnum):
    """How an amount is found: 定額, 工資比率, 收費分級表 (ER-26-table), by class, by unit."""

    FIXED = "fixed"
    SHARE = "share"
    TABLE = "table"
    CLASS = "class"
    UNIT = "unit"


class Prorate(StrEnum):
    """What is owed of a period that somebody was not a member for all of: the whole, the months begun, the days."""

    FULL = "full"
    MONTHS = "months"
    DAYS = "days"


class AdjustmentKind(StrEnum):
    """Why a charge changed later: 更正, 事後減免, 沖銷呆帳, 撤銷開單."""

    CORRECTION = "correction"
    REMISSION = "remission"
    WRITE_OFF = "write_off"
    REVERSAL = "reversal"


class Receivable(NamedTuple):
    """Where a kind of money stands in the books: what is owed to us, and what it becomes. Agency money becomes a liability."""

    receivable: str
    becomes: str


BOOKS = {
    SchemeKind.ENTRANCE: Receivable(chart.DUES_RECEIVABLE, chart.ENTRANCE_FEES),
    SchemeKind.REGULAR: Receivable(chart.DUES_RECEIVABLE, chart.REGULAR_DUES),
    SchemeKind.LEVY: Receivable(chart.DUES_RECEIVABLE, chart.LEVIES),
    SchemeKind.MUTUAL: Receivable(chart.MUTUAL_RECEIVABLE, chart.MUTUAL_FUND),
    SchemeKind.AGENCY: Receivable(chart.AGENCY_RECEIVABLE, chart.AGENCY_MONEY),
}


# --- what is owed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """How much, from a day on. ``table`` is {wage up to which a row holds, or class, or unit number: NT$ a month}; of a table by wages
    the row without end has the key None."""

    valid_from: date
    basis: AmountBasis
    amount: int | None = None
    rate: Decimal | None = None
    table: Mapping[str | int | None, int] | None = None


@dataclass(frozen=True)
class SchemeRule:
    """A scheme as the rule sees it; ``terms`` the oldest first. ``classes`` and ``units`` empty: everybody."""

    id: int
    kind: SchemeKind
    period: Period
    terms: tuple[Terms, ...]
    prorate: Prorate = Prorate.FULL
    due_month: int = 1
    due_day: int = 31
    classes: frozenset[str] = frozenset()
    units: frozenset[int] = frozenset()

    @property
    def asks_wage(self) -> bool:
        """Whether what somebody owes depends on his wage."""
        return any(one.basis in (AmountBasis.SHARE, AmountBasis.TABLE) for one in self.terms)

    @property
    def asks_class(self) -> bool:
        """Whether it depends on his class."""
        return bool(self.classes) or any(one.basis is AmountBasis.CLASS for one in self.terms)

    @property
    def asks_unit(self) -> bool:
        """Whether it depends on his unit."""
        return bool(self.units) or any(one.basis is AmountBasis.UNIT for one in self.terms)

    def terms_on(self, day: date) -> Terms | None:
        """What holds on a day; None before the first terms."""
        return next((one for one in reversed(self.terms) if one.valid_from <= day), None)

    def due_on(self, period_on: date) -> date:
        """The last day to pay: of a period its ``due_month``, of money owed once ``due_day`` days after the day itself."""
        if self.period == Period.ONCE:
            return period_on + timedelta(self.due_day)
        first = months_on(period_on, self.due_month - 1)
        return first.replace(day=min(self.due_day, monthrange(first.year, first.month)[1]))


LATE_DAYS = 14
"""How long somebody has who is billed after the day on which the period's money was due."""


def bill_due_on(scheme: SchemeRule, period_on: date, billed_on: date, chosen: date | None = None) -> date:
    """The last day to pay a bill: the day chosen for its run, else the period's own, and when that has passed ``LATE_DAYS`` from now."""
    own = scheme.due_on(period_on)
    return chosen or (own if own >= billed_on else billed_on + timedelta(LATE_DAYS))


class Reduction(NamedTuple):
    """Somebody pays ``percent`` less from a day to a day (None: without end). ``scheme_id`` None: of all regular dues."""

    from_on: date
    until_on: date | None
    percent: int
    scheme_id: int | None
    reason: str


class Payer(NamedTuple):
    """Who is charged, as of the period: ``units`` are the unit and all above it."""

    joined_on: date | None
    left_on: date | None
    member_class: str
    units: frozenset[int] = frozenset()
    wage: int | None = None
    reductions: tuple[Reduction, ...] = ()


class Skipped(StrEnum):
    """Why somebody is not charged. What keeps an amount unknown is for the office to mend; the rest is as it should be."""

    NOT_YET = "not_yet"
    LEFT = "left"
    OTHER_CLASS = "other_class"
    OTHER_UNIT = "other_unit"
    NO_TERMS = "no_terms"
    WAGE_UNKNOWN = "wage_unknown"
    NO_ROW = "no_row"
    EXEMPT = "exempt"
    NOTHING = "nothing"
    CHARGED = "charged"


MENDABLE = frozenset({Skipped.NO_TERMS, Skipped.WAGE_UNKNOWN, Skipped.NO_ROW})


class Owed(NamedTuple):
    """NT$ owed, or 0 with why not. ``months`` are the months charged; ``reduced`` what reductions took off; ``stays`` in how many stays of the
    person they lie."""

    amount: int
    skipped: Skipped | None = None
    months: int = 0
    reduced: int = 0
    reason: str = ""
    stays: int = 1


def months_on(day: date, months: int) -> date:
    """The first of the month so many months on (or back)."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def owed(scheme: SchemeRule, period_on: date, *stays: Payer) -> Owed:
    """What a person owes of a scheme for the period that begins on ``period_on``. Terms and reductions are looked up month by month,
    so that a resolution in the middle of a period holds from its own day.

    Who left and came back within the period has several ``stays`` and owes for all of them together, nothing of it twice: the whole period
    once; each month begun once, of a month in which both stays lie what the dearer one asks; or each day once, by the stay it lies in.
    """
    meant = [one for one in sorted(stays, key=lambda one: one.joined_on or date.min) if _unmeant(scheme, one) is None]
    if not meant:
        return Owed(0, _unmeant(scheme, stays[-1]))
    if scheme.period == Period.ONCE:
        firsts: list[tuple[date, date]] = [(period_on, period_on)]
    else:
        firsts = [(first, months_on(first, 1) - timedelta(1)) for first in (months_on(period_on, at) for at in range(scheme.period.months))]
    held = [(first, last, _days_in(first, last, meant)) for first, last in firsts]
    touching = [one for at, one in enumerate(meant) if any(days[at] for _first, _last, days in held)]
    if not touching:
        is_over = meant[-1].left_on is not None and meant[-1].left_on <= firsts[0][0]
        return Owed(0, Skipped.LEFT if is_over else Skipped.NOT_YET)
    total = reduced = months = 0
    reason = ""
    for first, last, days in held:
        # Of the whole period every stay that lies in it counts in every month of it.
        here = touching if scheme.prorate == Prorate.FULL else [one for at, one in enumerate(meant) if days[at]]
        if not here:
            continue
        terms = scheme.terms_on(first)
        if terms is None:
            return Owed(0, Skipped.NO_TERMS)
        asked: list[int] = []
        for one in here:
            monthly = of_a_month(terms, one)
            if isinstance(monthly, Skipped):
                return Owed(0, monthly)
            asked.append(monthly)
        if scheme.prorate == Prorate.DAYS:
            parts = zip(asked, (count for count in days if count), strict=True)
            due = round_ntd(Decimal(sum(monthly * count for monthly, count in parts)) / ((last - first).days + 1), "half_up")
        else:
            due = max(asked)
        off = next((one for one in here[0].reductions if _reduces(one, scheme, first)), None)
        if off is not None:
            less = round_ntd(Decimal(due) * off.percent / 100, "half_up")
            reduced, due, reason = reduced + less, due - less, off.reason
        total, months = total + due, months + 1
    if not total:
        return Owed(0, Skipped.EXEMPT if reduced else Skipped.NOTHING, months, reduced, reason)
    return Owed(total, None, months, reduced, reason, len(touching))


def _unmeant(scheme: SchemeRule, payer: Payer) -> Skipped | None:
    """Why a scheme is not for somebody at all; None when it is."""
    if scheme.classes and payer.member_class not in scheme.classes:
        return Skipped.OTHER_CLASS
    if scheme.units and not scheme.units & payer.units:
        return Skipped.OTHER_UNIT
    return None


def _days_in(first: date, last: date, stays: Iterable[Payer]) -> list[int]:
    """Days of a month that lie in each of these stays, the earliest first; the day of leaving is the first day outside. Records that were
    merged may bring stays that overlap: such a day lies in the earlier one."""
    found = []
    for one in stays:
        begin = max(first, one.joined_on) if one.joined_on else first
        end = min(last, one.left_on - timedelta(1)) if one.left_on else last
        found.append(max((end - begin).days + 1, 0))
        first = max(first, end + timedelta(1))
    return found


def _reduces(one: Reduction, scheme: SchemeRule, first: date) -> bool:
    for_this = one.scheme_id == scheme.id or (one.scheme_id is None and scheme.kind == SchemeKind.REGULAR)
    return for_this and one.from_on <= first and (one.until_on is None or one.until_on >= first)


def of_a_month(terms: Terms, payer: Payer) -> int | Skipped:
    """NT$ that these terms ask of somebody for a month (of money owed once: for once), or why that is not known."""
    match terms.basis:
        case AmountBasis.FIXED:
            return terms.amount or 0
        case AmountBasis.SHARE:
            if payer.wage is None:
                return Skipped.WAGE_UNKNOWN
            return round_ntd(payer.wage * (terms.rate or Decimal(0)), "up")
        case AmountBasis.TABLE:
            if payer.wage is None:
                return Skipped.WAGE_UNKNOWN
            wage = payer.wage
            rows = sorted((int(key), amount) for key, amount in (terms.table or {}).items() if key is not None)
            found = next((amount for key, amount in rows if wage <= key), (terms.table or {}).get(None))
            return Skipped.NO_ROW if found is None else found
        case AmountBasis.CLASS:
            return (terms.table or {}).get(payer.member_class, Skipped.NO_ROW)
        case AmountBasis.UNIT:
            found = next((amount for key, amount in (terms.table or {}).items() if key in payer.units), terms.amount)
            return Skipped.NO_ROW if found is None else found


# --- what is open -----------------------------------------------------------------------------------------------------


class Item(NamedTuple):
    """One charge as of a day: what was charged with all adjustments until then, and what is still open of it."""

    id: int
    kind: SchemeKind
    charged_on: date
    due_on: date
    period_on: date
    order: int
    months: int
    amount: int
    open: int


def by_order(items: Iterable[Item]) -> list[Item]:
    """The stated order of allotment: the oldest due day first, of one day the oldest period, of one period the lowest order."""
    return sorted(items, key=lambda one: (one.due_on, one.period_on, one.order, one.id))


def allot(items: Iterable[Item], amount: int) -> tuple[list[tuple[int, int]], int]:
    """(charge id, NT$) for money received, in the stated order, and what is left over as credit. ``amount`` > 0."""
    allotted: list[tuple[int, int]] = []
    for one in by_order(items):
        if not amount:
            break
        if one.open > 0:
            part = min(one.open, amount)
            allotted.append((one.id, part))
            amount -= part
    return allotted, amount


# --- how far behind ---------------------------------------------------------------------------------------------------

AGES = ((3, "1-3"), (6, "4-6"), (12, "7-12"), (None, "12+"))
"""(months up to which, name) of the ageing of arrears."""


def months_overdue(due_on: date, on: date) -> int:
    """How many months a due day has passed, the begun one included: 1 on the day after it, 2 a month later; 0 while it has not."""
    if on <= due_on:
        return 0
    whole = (on.year - due_on.year) * 12 + on.month - due_on.month
    last = monthrange(on.year, on.month)[1]
    return whole + (on.day > min(due_on.day, last))


def ageing(items: Iterable[Item], on: date) -> dict[str, int]:
    """age → NT$ open and overdue on a day: one to three months, four to six, seven to twelve, more."""
    found = {name: 0 for _limit, name in AGES}
    for one in items:
        behind = months_overdue(one.due_on, on)
        if behind and one.open > 0:
            found[next(name for limit, name in AGES if limit is None or behind <= limit)] += one.open
    return found


def months_unpaid(items: Iterable[Item], on: date) -> int:
    """Months of regular dues that are due and not paid. Of a charge paid in part so many months count as unpaid as its open part
    makes up, begun ones counted: who paid 300 of a quarter of 450 is one month behind."""
    count = 0
    for one in items:
        if one.kind == SchemeKind.REGULAR and one.due_on < on and one.open > 0 and one.amount > 0:
            count += -(-one.open * one.months // one.amount)
    return count
