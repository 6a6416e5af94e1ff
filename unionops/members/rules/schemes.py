"""What may be entered about dues: schemes, their dated terms, reductions; and how terms stand to the floors of the Act. Pure; whole NT$.

Sources: 工會法 28 (UA-28-monthly, UA-28-entrance), 施行細則 26 (ER-26-table). Falling below a floor is told, never refused: the constitution
may have a table of bands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from unionops.law.basis import Basis
from unionops.law.dues import floors
from unionops.law.parameters import Snapshot
from unionops.members.rules.dues import AmountBasis, Payer, Period, SchemeKind, SchemeRule, Skipped, Terms, of_a_month
from unionops.values.problems import Problem, problem

MOST_AMOUNT = 1_000_000
"""NT$ a month; an amount above is a slip of the keyboard."""
MOST_ROWS = 60


def scheme_problems(kind: SchemeKind, period: Period, *, due_month: int | None, due_day: int | None, order: int | None) -> list[Problem]:
    """What stands against a scheme. Money owed once has no month of the period; its ``due_day`` counts days."""
    found: list[Problem] = []
    if kind is SchemeKind.ENTRANCE and period is not Period.ONCE:
        found.append(problem("period", "入會費是入會時收一次，繳期請選「一次」。", code="entrance_once"))
    if kind is SchemeKind.REGULAR and period is Period.ONCE:
        found.append(problem("period", "經常會費要按期收取，繳期不能選「一次」。", code="regular_periodic"))
    if period is Period.ONCE:
        if due_day is None or not 0 <= due_day <= 366:
            found.append(problem("due_day", "請填開單後幾日內繳清，0 到 366。", code="due_day"))
    else:
        if due_month is None or not 1 <= due_month <= period.months + 3:
            found.append(problem("due_month", "請填這一期的第幾個月，1 到 %(most)s。", code="due_month", most=period.months + 3))
        if due_day is None or not 1 <= due_day <= 31:
            found.append(problem("due_day", "請填 1 到 31 日；31 表示月底。", code="due_day"))
    if order is None or not 1 <= order <= 999:
        found.append(problem("order", "沖帳順序請填 1 到 999，小的先沖。", code="order"))
    return found


def terms_problems(
    terms: Terms, *, rate_text: str = "", decided: str, before: Iterable[date], used_until: date | None = None
) -> list[Problem]:
    """What stands against terms. ``decided`` is the clause or resolution behind them; ``before`` the days from which other terms hold;
    ``used_until`` the last day that is charged already: what was charged is not changed from behind."""
    found: list[Problem] = []
    if terms.valid_from in set(before):
        found.append(problem("valid_from", "這一天已經有收費標準。", code="same_day"))
    if used_until is not None and terms.valid_from <= used_until:
        found.append(problem(
            "valid_from", "到 %(until)s 為止的會費已經開單，新標準請從之後的日期起；若要追溯，請先撤銷那些開單。", code="charged_already", until=used_until,
        ))
    if not decided.strip():
        found.append(problem("clause", "請填章程條次或決議，收費要有依據。", code="basis_missing"))
    match terms.basis:
        case AmountBasis.FIXED:
            found += _amount_problems("amount", terms.amount)
        case AmountBasis.SHARE:
            if terms.rate is None or not 0 < terms.rate <= Decimal("0.1"):
                found.append(problem("rate", "請填工資的百分比，例如 0.5；大於 0，至多 10。", code="rate", text=rate_text))
        case _:
            found += _table_problems(terms)
    return found


def _amount_problems(field: str, amount: int | None) -> list[Problem]:
    if amount is None:
        return [problem(field, "請填金額。", code="amount_missing")]
    if not 0 < amount <= MOST_AMOUNT:
        return [problem(field, "金額須大於 0，至多 %(most)s 元。", code="amount", most=MOST_AMOUNT)]
    return []


def _table_problems(terms: Terms) -> list[Problem]:
    table = dict(terms.table or {})
    if not table:
        return [problem("table", "分級表至少要有一列。", code="table_empty")]
    if len(table) > MOST_ROWS:
        return [problem("table", "分級表最多 %(most)s 列。", code="table_long", most=MOST_ROWS)]
    if any(not 0 <= amount <= MOST_AMOUNT for amount in table.values()):
        return [problem("table", "每一列的金額須在 0 到 %(most)s 元之間。", code="amount", most=MOST_AMOUNT)]
    if terms.basis is AmountBasis.TABLE:
        if None not in table:
            return [problem("table", "分級表最後一列請寫「以上」，讓再高的工資也有金額。", code="no_open_row")]
        amounts = [table[key] for key in sorted(int(key) for key in table if key is not None)] + [table[None]]
        if amounts != sorted(amounts):
            return [problem("table", "工資較高的一級，金額不應較低，請確認。", code="not_rising")]
    return []


def read_rate(text: str) -> Decimal | None:
    """``0.5`` or ``0.5%`` as a share (0.005); None when it is none."""
    figures = text.strip().removesuffix("%").strip()
    try:
        return (Decimal(figures) / 100).normalize() if figures and set(figures) <= set("0123456789.") and len(figures) <= 10 else None
    except InvalidOperation:
        return None


class Row(NamedTuple):
    """One line of a typed table: what it is for, as typed, and NT$."""

    key: str
    amount: int


def read_rows(text: str) -> list[Row] | Problem:
    """Lines ``key, amount`` of a table as somebody types them; the last mark on a line is the amount."""
    found: list[Row] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.replace("，", " ").replace("\t", " ").replace("：", " ").replace("元", " ").split()
        if not words:
            continue
        amount = words[-1].replace(",", "")
        if len(words) < 2 or not (amount.isascii() and amount.isdigit() and len(amount) <= 9):
            return problem("table", "第 %(line)s 行看不懂，請一行一列，例如：30300 150", code="row", line=number)
        found.append(Row(" ".join(words[:-1]), int(amount)))
    if len({row.key for row in found}) < len(found):
        return problem("table", "分級表有兩列的級別相同。", code="row_twice")
    return found


def wage_table(rows: Sequence[Row]) -> dict[str | int | None, int] | Problem:
    """A table of wages: ``30300 150`` holds up to that wage, ``以上 300`` for all above."""
    table: dict[str | int | None, int] = {}
    for row in rows:
        key = row.key.replace(",", "").removesuffix("以下").strip()
        if key in ("以上", "其餘", "*"):
            table[None] = row.amount
        elif key.isascii() and key.isdigit() and len(key) <= 8:
            table[int(key)] = row.amount
        else:
            return problem("table", "級別「%(key)s」請填工資上限的數字，最後一列填「以上」。", code="row_key", key=row.key)
    return table


# --- the floors -------------------------------------------------------------------------------------------------------


class Shortfall(NamedTuple):
    """How many members would pay less than the Act asks (of how many whose wage is known), the highest floor among them, the widest gap,
    and the rule with the wage at which the floor is highest. ``below`` 0: nothing to warn of."""

    below: int
    known: int
    unknown: int
    highest: int
    basis: Basis | None = None


def shortfall(scheme: SchemeRule, terms: Terms, groups: Iterable[tuple[Payer, int]], *, law: Snapshot | None = None) -> Shortfall:
    """UA-28-monthly for regular dues, UA-28-entrance for the entrance fee; other money has no floor. ``groups`` are (somebody, how many
    are like him)."""
    below = known = unknown = highest = 0
    basis: Basis | None = None
    if scheme.kind not in (SchemeKind.REGULAR, SchemeKind.ENTRANCE):
        return Shortfall(0, 0, 0, 0)
    is_regular = scheme.kind is SchemeKind.REGULAR
    for payer, count in groups:
        if (scheme.classes and payer.member_class not in scheme.classes) or (scheme.units and not scheme.units & payer.units):
            continue
        if payer.wage is None:
            unknown += count
            continue
        known += count
        paid, least = of_a_month(terms, payer), floors(payer.wage, law=law)
        floor = least.regular if is_regular else least.entrance
        if not isinstance(paid, Skipped) and paid < floor:
            below += count
            if floor > highest:
                highest, basis = floor, least.basis[0 if is_regular else 1]
    return Shortfall(below, known, unknown, highest, basis)


def reduction_problems(
    *, percent: int | None, from_on: date | None, until_on: date | None, reason: str, basis: str, others: Iterable[tuple[date, date | None]] = ()
) -> list[Problem]:
    """What stands against letting somebody pay less. ``others`` are the times of those that hold already for the same scheme."""
    found: list[Problem] = []
    if percent is None or not 1 <= percent <= 100:
        found.append(problem("percent", "減免百分比請填 1 到 100；100 是全免。", code="percent"))
    if from_on is None:
        found.append(problem("from_on", "請填起日。", code="from_missing"))
    if from_on is not None and until_on is not None and until_on < from_on:
        found.append(problem("until_on", "迄日不得早於起日。", code="until_before_from"))
    if not reason.strip():
        found.append(problem("reason", "請填事由。", code="reason_missing"))
    if not basis.strip():
        found.append(problem("basis", "請填章程條次或決議。", code="basis_missing"))
    if from_on is not None and any(
        first <= (until_on or date.max) and (last or date.max) >= from_on for first, last in others
    ):
        found.append(problem("from_on", "這段期間已經有同一項目的減免，請先結束原來的。", code="overlaps"))
    return found
