"""What of people who left the union no longer keeps, from which day, and why of some it still does. Pure.

Sources: 勞工保險條例 10 (LI-10-roster: the roll of an insured unit five years after leaving), 工會財務處理準則 27 (FR-27-vouchers, FR-27-books),
個人資料保護法 11 III (PDP-07: purpose gone or period over, erased unless needed by law). What is money stays as money: sums, dates and
numbers are never touched, only who it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from unionops.law.basis import Basis
from unionops.law.parameters import Snapshot
from unionops.values.days import same_day

APPLICATION_YEARS = 1
"""How long what an applicant wrote is kept after the refusal or the withdrawal: to answer what is asked about it. No act says a number and no
source was found for one: it is the program's own, and ``bases`` shows it as that."""


class Hold(StrEnum):
    """Why somebody's data stay for now."""

    RECENT = "recent"
    OWES = "owes"
    CREDIT = "credit"
    MEASURE = "measure"
    RETAINED = "retained"
    CASE = "case"


class Part(StrEnum):
    """What goes at once: the name goes last, for a voucher says who paid."""

    PARTICULARS = "particulars"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Former:
    """Somebody all of whose memberships have ended. ``last_money_on`` is the day of the last charge or payment; ``owed`` and ``credit`` NT$."""

    left_on: date
    last_money_on: date | None = None
    owed: int = 0
    credit: int = 0
    open_measure: bool = False
    retained: bool = False
    held: bool = False
    particulars_gone: bool = False
    name_gone: bool = False


def particulars_until(left_on: date, law: Snapshot) -> date:
    """The last day on which particulars are kept."""
    return same_day(left_on, 12 * law.whole("retention.insured_roster_years"))


def name_until(left_on: date, last_money_on: date | None, law: Snapshot) -> date:
    """The last day on which the name is kept: vouchers count from the end of the final-accounts procedure, at the latest the end of the
    year after the money's."""
    until = particulars_until(left_on, law)
    if last_money_on is None:
        return until
    return max(until, same_day(date(last_money_on.year + 1, 12, 31), 12 * law.whole("retention.vouchers_years")))


def holds(one: Former, on: date, law: Snapshot) -> list[Hold]:
    """Every reason to keep everything for now; none means that something may go."""
    found: list[Hold] = []
    if on <= particulars_until(one.left_on, law):
        found.append(Hold.RECENT)
    if one.owed > 0:
        found.append(Hold.OWES)
    if one.credit > 0:
        found.append(Hold.CREDIT)
    if one.open_measure:
        found.append(Hold.MEASURE)
    if one.retained:
        found.append(Hold.RETAINED)
    if one.held:
        found.append(Hold.CASE)
    return found


def due(one: Former, on: date, law: Snapshot) -> frozenset[Part]:
    """What may go on a day."""
    if holds(one, on, law):
        return frozenset()
    parts = set() if one.particulars_gone else {Part.PARTICULARS}
    if not one.name_gone and on > name_until(one.left_on, one.last_money_on, law):
        parts.add(Part.NAME)
    return frozenset(parts)


def application_until(ended_on: date) -> date:
    """The last day on which an application that came to nothing is kept (``APPLICATION_YEARS``)."""
    return same_day(ended_on, 12 * APPLICATION_YEARS)


def bases(law: Snapshot) -> list[Basis]:
    """The periods, for the "why?" of a screen."""
    roster, vouchers = law.entry("retention.insured_roster_years"), law.entry("retention.vouchers_years")
    return [
        Basis("LI-10-roster", roster.citation, "出會後按年限保存", (("保存年限", int(roster.value)),), note="期滿後刪減姓名以外的個人資料。"),
        Basis("FR-27-vouchers", vouchers.citation, "決算程序終結後按年限保存", (("保存年限", int(vouchers.value)),),
              note="會計憑證要看得出是誰繳的，姓名留到這時；金額與日期永不刪。"),
        Basis("PDP-07", "個人資料保護法第 11 條第 3 項", "目的消失或期限屆滿，主動刪除", (), note="依法令應保存或有待辦事項者除外。"),
        Basis("PDP-07", "個人資料保護法第 11 條第 3 項", "未成的入會申請按年限保存", (("保存年限", APPLICATION_YEARS),), source="default", confidence="derived",
              note="法令沒有定年限，這是本系統的預設；以足供查詢與申復為準，期滿刪減申請內容與姓名。"),
    ]
