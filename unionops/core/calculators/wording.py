"""The words for what calculators answer: names of results, and results that are words. Areas add theirs to both."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core.i18n import _, _l, listed, show_long

RESULTS: dict[str, Any] = {
    "nominal_on": _l("期間末日（未順延）"),
    "latest_on": _l("最遲日（含順延）"),
    "deliver_by": _l("最遲送達日"),
    "directors_min": _l("理事下限"),
    "directors_max": _l("理事上限"),
    "supervisors_max": _l("監事上限"),
    "standing_directors_max": _l("常務理事上限"),
    "alternate_directors_max": _l("候補理事上限"),
    "alternate_supervisors_max": _l("候補監事上限"),
    "delegates_min": _l("會員代表下限"),
    "quorum": _l("開會門檻（出席人數）"),
    "ordinary": _l("普通決議門檻（票數）"),
    "special": _l("特別決議門檻（票數）"),
    "proxies_max": _l("委託出席上限（人）"),
    "valid": _l("號碼是否正確"),
    "kind": _l("號碼種類"),
    "sex": _l("性別"),
    "regular_min": _l("經常會費下限（每月，元）"),
    "entrance_min": _l("入會費下限（元）"),
    "min": _l("下限（元）"),
    "max": _l("上限（元）"),
    "text": _l("國字大寫"),
}
"""name of a result → its title."""

WORDS: dict[str, Any] = {
    "national": _l("國民身分證"),
    "resident_new": _l("居留證（新式）"),
    "resident_old": _l("居留證（舊式）"),
    "unknown": _l("無法辨識"),
    "M": _l("男"),
    "F": _l("女"),
}
"""A result that is a word → how it is told."""


def result_title(name: str) -> str:
    """What a result is called; its own name when nobody has given it a title."""
    return str(RESULTS.get(name, name))


def result_text(value: object) -> str:
    """A result in the reader's language: a day with its weekday, figures with commas, yes or no."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, date):
        return show_long(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return listed(result_text(one) for one in value)
    return str(WORDS.get(str(value), value))
