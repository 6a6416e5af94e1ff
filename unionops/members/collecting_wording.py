"""The words for how money comes in and goes back, what a payment is now, of which months something is owed, and how far arrears are
behind; with the sign beside each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from unionops.core.i18n import _l, show_months
from unionops.members.rules.collecting import CHANNEL_WORDS, PaymentKind
from unionops.members.rules.dues import AdjustmentKind, SchemeKind, months_on

CHANNELS: dict[str, Any] = {one: _l(word) for one, word in CHANNEL_WORDS.items()}
KINDS: dict[str, Any] = {PaymentKind.RECEIVED: _l("收款"), PaymentKind.REVERSED: _l("沖回"), PaymentKind.REFUNDED: _l("退款")}
SIGNS: dict[str, str] = {PaymentKind.RECEIVED: "ok", PaymentKind.REVERSED: "stop", PaymentKind.REFUNDED: "off"}
ADJUSTMENTS: dict[str, Any] = {
    AdjustmentKind.CORRECTION: _l("更正"), AdjustmentKind.REMISSION: _l("事後減免"), AdjustmentKind.WRITE_OFF: _l("沖銷呆帳"), AdjustmentKind.REVERSAL: _l("撤銷開單"),
}
AGES: dict[str, Any] = {"1-3": _l("逾期 1–3 個月"), "4-6": _l("逾期 4–6 個月"), "7-12": _l("逾期 7–12 個月"), "12+": _l("逾期超過 12 個月")}


def months_of(kind: SchemeKind, first: date, months: int) -> str:
    """Of which months something is owed, for the reader: 115 年 10 月, 115 年 1–3 月; nothing for what is owed once."""
    if kind in (SchemeKind.ENTRANCE, SchemeKind.LEVY):
        return ""
    return show_months(first, months_on(first, max(months, 1)) - timedelta(1))
