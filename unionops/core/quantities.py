"""How a figure with its unit is written for people: 11.5 %, 2/3, 1,200 元, 3 月 31 日.

Owns the words for units; the units are those of ``law.parameters`` and of the constitution. Decides nothing.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from unionops.core.i18n import _, _l

UNITS = {
    "person": _l("人"),
    "day": _l("日"),
    "month": _l("個月"),
    "year": _l("年"),
    "age": _l("歲"),
    "hour": _l("小時"),
    "times": _l("次（倍）"),
    "term": _l("任"),
    "NTD": _l("元"),
    "day_wage": _l("日工資"),
    "rate": _l("%"),
}
"""unit → its word; units that need none (share, month_day) are missing."""


def unit_word(unit: str) -> str:
    """The word behind a figure of this unit, "" when it needs none."""
    return str(UNITS.get(unit, ""))


def percent(rate: Decimal) -> str:
    """A rate as a percentage without needless noughts: 0.1150 → 11.5 %."""
    shown = (rate * 100).normalize()
    return f"{shown:f} %"


def show_quantity(value: int | Decimal | Fraction | str, unit: str) -> str:
    """A figure and its unit in the reader's language."""
    if unit == "rate" and isinstance(value, Decimal | int):
        return percent(Decimal(value))
    if unit == "month_day":
        month, day = str(value).split("-")
        return _("%(month)s 月 %(day)s 日", month=int(month), day=int(day))
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    figure = f"{value:,}" if isinstance(value, int | Decimal) else value
    word = unit_word(unit)
    return f"{figure} {word}" if word else figure
