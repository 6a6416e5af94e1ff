"""What stands on a receipt, and when one may be made. Pure; whole NT$.

Sources: 工會財務處理準則 20 (FR-20-seals: receipts for income); activities-subsidies-finance §5.4 (payer, item and period, amount in figures
and in capitals, day, method, who received it; numbers without gaps by year and series; a void one kept with its reason).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import NamedTuple

from unionops.members.rules.dues import SchemeKind, months_on
from unionops.values.money import ntd_in_words
from unionops.values.problems import Problem, problem
from unionops.values.roc import EPOCH

LINES = 6
"""Lines that a receipt has room for; what is more is summed in its last one."""
_SERIES = re.compile(r"[A-Z]{1,2}")


class Part(NamedTuple):
    """So much of a payment pays a charge: its wording, its kind, and the period that it is for."""

    text: str
    kind: SchemeKind
    period_on: date
    months: int
    amount: int


class Line(NamedTuple):
    """One line of a receipt: what for, of which period (may be empty), NT$."""

    text: str
    period: str
    amount: int


@dataclass(frozen=True)
class Content:
    """A receipt as it was made: never changed afterwards, whatever becomes of the payment or of the person's name."""

    union: str
    payer: str
    number: str
    lines: tuple[Line, ...]
    amount: int
    received_on: date
    channel: str
    by: str
    note: str = ""

    @property
    def capitals(self) -> str:
        """壹佰貳拾元整."""
        return ntd_in_words(self.amount)

    def stored(self) -> str:
        return json.dumps(asdict(self) | {"received_on": self.received_on.isoformat()}, ensure_ascii=False)

    @classmethod
    def read(cls, stored: str) -> Content:
        held = json.loads(stored)
        return cls(**held | {"lines": tuple(Line(*one) for one in held["lines"]), "received_on": date.fromisoformat(held["received_on"])})


def lines(parts: Iterable[Part], *, rest: int = 0, returned: int = 0) -> tuple[Line, ...]:
    """What a payment is for: its parts, those of one wording together with the period from the first to the last of them; then what pays
    nothing yet (``rest``) and what went back already (``returned``)."""
    grouped: dict[tuple[str, SchemeKind], list[Part]] = {}
    for one in sorted(parts, key=lambda part: part.period_on):
        grouped.setdefault((one.text, one.kind), []).append(one)
    found = [Line(text, _period(kind, some), sum(one.amount for one in some)) for (text, kind), some in grouped.items()]
    if rest:
        found.append(Line("預收（抵繳以後各期）", "", rest))
    if returned:
        found.append(Line("溢繳，已退還", "", returned))
    if len(found) > LINES:
        over = found[LINES - 1 :]
        found = [*found[: LINES - 1], Line(f"其他 {len(over)} 項", "", sum(one.amount for one in over))]
    return tuple(found)


def period_of(kind: SchemeKind, first: date, months: int) -> str:
    """115/1–115/3, 115/3; nothing for money owed once."""
    return _span(kind, first, months_on(first, max(months, 1)) - timedelta(1))


def _period(kind: SchemeKind, parts: Sequence[Part]) -> str:
    """From the first of the parts to the last."""
    return _span(kind, parts[0].period_on, max(months_on(one.period_on, max(one.months, 1)) for one in parts) - timedelta(1))


def _span(kind: SchemeKind, first: date, last: date) -> str:
    if kind in (SchemeKind.ENTRANCE, SchemeKind.LEVY):
        return ""
    begun, ended = (f"{day.year - EPOCH}/{day.month}" for day in (first, last))
    return begun if begun == ended else f"{begun}–{ended}"


def issue_problems(*, is_received: bool, is_known: bool, is_taken_back: bool, has_one: str = "", series: str = "A") -> list[Problem]:
    """What stands against a receipt for a payment. ``has_one`` is the number of the one that holds already."""
    if not is_received:
        return [problem("", "退款與沖回不開收據。", code="not_received")]
    if not is_known:
        return [problem("", "這筆款還不知道是誰繳的，請先指定會員再開收據。", code="in_suspense")]
    if is_taken_back:
        return [problem("", "這筆收款已經沖回，不能開收據。", code="given_back")]
    if has_one:
        return [problem("", "這筆收款已開收據 %(number)s；要重開請先作廢。", code="has_receipt", number=has_one)]
    return series_problems(series)


def series_problems(series: str) -> list[Problem]:
    """A series is one or two capital letters."""
    return [] if _SERIES.fullmatch(series) else [problem("series", "字軌須為一到兩個大寫英文字母。", code="bad_series")]


def void_problems(why: str, *, is_void: bool) -> list[Problem]:
    """What stands against making a receipt void."""
    if is_void:
        return [problem("", "這張收據已經作廢。", code="void_already")]
    return [] if why.strip() else [problem("why", "要寫作廢的原因。", code="reason_missing")]
