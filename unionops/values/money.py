"""Whole New Taiwan dollars: rounded in one place, written, read, and spelt out for receipts.

Money is ``int``; ``round_ntd`` is the only way from a ``Decimal`` to it, and the rule that calls it names its legal basis.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Literal

from unionops.values.problems import Unreadable
from unionops.values.text import half_width

Rounding = Literal["half_up", "down", "up"]

_MODES: dict[Rounding, str] = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "up": ROUND_UP}
_AMOUNT = re.compile(
    r"(?P<sign>-?)(?:NT\$|NTD|\$)?(?P<sign2>-?)(?P<figures>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?P<cents>\.[0-9]+)?(?:[元圓]整?)?",
    re.IGNORECASE,
)
_LONGEST = 15
_CAPITALS = "零壹貳參肆伍陸柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_MYRIADS = ("", "萬", "億", "兆")


class AmountUnreadable(Unreadable):
    """``code``: ``not_a_number`` or ``out_of_range``."""


def round_ntd(amount: Decimal, how: Rounding) -> int:
    """Whole dollars. ``half_up`` is 四捨五入 (678.5 → 679), ``down`` cuts, ``up`` goes to the next dollar; away from and towards zero.

    Raises TypeError for a float, whose fraction is not what it seems, and ValueError for NaN and infinity.
    """
    if not isinstance(amount, Decimal):
        raise TypeError(f"money is rounded from Decimal, not {type(amount).__name__}")
    if not amount.is_finite():
        raise ValueError(f"not an amount: {amount}")
    return int(amount.to_integral_value(_MODES[how]))


def ntd(amount: int) -> str:
    """``1,234``; the unit is for the page to say."""
    return f"{amount:,}"


def parse_ntd(text: str) -> int:
    """The whole dollars that a text means: ``1,234``, ``NT$1,234``, ``１，２３４元``, ``1234.00``; a minus sign stays.

    Raises AmountUnreadable.
    """
    plain = re.sub(r"\s+", "", half_width(text)).replace("，", ",").replace("−", "-")
    match = _AMOUNT.fullmatch(plain)
    if not match or (match["sign"] and match["sign2"]):
        raise AmountUnreadable("not_a_number", "無法辨識的金額")
    if set(match["cents"] or "") - {".", "0"}:
        raise AmountUnreadable("not_a_number", "金額須為整數元")
    figures = match["figures"].replace(",", "")
    if len(figures) > _LONGEST:
        raise AmountUnreadable("out_of_range", "金額超出範圍")
    return -int(figures) if match["sign"] or match["sign2"] else int(figures)


def ntd_in_words(amount: int) -> str:
    """國字大寫: 1234 → 壹仟貳佰參拾肆元整. Raises ValueError from 10^16 on."""
    if abs(amount) >= 10**16:
        raise ValueError(f"too large to spell out: {amount}")
    words = ""
    rest, step, gap = abs(amount), 0, False
    while rest:
        rest, group = divmod(rest, 10_000)
        if group:
            # 零 stands once for any run of noughts between two figures.
            words = _four(group) + _MYRIADS[step] + ("零" if gap and words else "") + words
        gap = group < 1000 if group or words else False
        step += 1
    return f"{'負' if amount < 0 else ''}{words or '零'}元整"


def _four(group: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        figure = group // 10**place % 10
        if figure:
            words += ("零" if gap and words else "") + _CAPITALS[figure] + _PLACES[place]
        gap = figure == 0
    return words
