"""What the Union Act asks of dues: the least that a member pays, and what a union pays its federation. Pure; whole NT$.

Sources: 工會法 28 (UA-28-monthly, UA-28-entrance, UA-28-fed), 施行細則 26 (ER-26-table).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from unionops.law.basis import Basis
from unionops.law.parameters import Snapshot, built_in
from unionops.values.money import round_ntd
from unionops.values.problems import _m


class Floors(NamedTuple):
    """The least the Act allows: regular dues a month, and the entrance fee."""

    regular: int
    entrance: int
    basis: tuple[Basis, ...]


def floors(monthly_wage: int, daily_wage: int | None = None, *, law: Snapshot | None = None) -> Floors:
    """UA-28-monthly, UA-28-entrance: 0.5 % of the month's wage, rounded up; a day's wage, a thirtieth of the month's unless given."""
    law = law or built_in().latest()
    rate, days = law.rate("dues.monthly_rate"), law.whole("dues.entrance_day_wages")
    regular = round_ntd(monthly_wage * rate, "up")
    of_a_day = Decimal(daily_wage) if daily_wage is not None else Decimal(monthly_wage) / 30
    entrance = round_ntd(of_a_day * days, "up")
    return Floors(regular, entrance, (
        Basis(
            rule="UA-28-monthly", citation=_m("工會法第 28 條第 2 項"), inputs=((_m("月工資"), monthly_wage), (_m("比率"), f"{rate * 100:f}".rstrip("0").rstrip(".") + "%")),
            result=regular, note=_m("不足一元者進位。"),
        ),
        Basis(
            rule="UA-28-entrance", citation=_m("工會法第 28 條第 2 項"), result=entrance, confidence="derived" if daily_wage is None else "verified",
            inputs=((_m("月工資"), monthly_wage),) if daily_wage is None else ((_m("日工資"), daily_wage),),
            note=_m("一日工資以月工資除以 30 計。") if daily_wage is None else "",
        ),
    ))


def federation(members_dues: int, *, law: Snapshot | None = None) -> tuple[int, int, Basis]:
    """UA-28-fed: least and most that a member union pays its federation, of the dues its members paid (NT$ a year)."""
    law = law or built_in().latest()
    low, high = law.rate("dues.federation_rate_min"), law.rate("dues.federation_rate_max")
    least, most = round_ntd(members_dues * low, "up"), round_ntd(members_dues * high, "down")
    return least, most, Basis(
        rule="UA-28-fed", citation=_m("工會法第 28 條第 4、5 項"), inputs=((_m("會員所繳會費"), members_dues), (_m("下限"), f"{low * 100:.0f}%"), (_m("上限"), f"{high * 100:.0f}%")),
        result=f"{least:,}–{most:,}", note=_m("聯合組織章程另有規定者，從其規定。"),
    )


class ByHeads(NamedTuple):
    """What a federation asks for by head: NT$ a year, and where that lies against what the Act allows: -1 below, 0 within, 1 above."""

    amount: int
    lies: int
    basis: Basis


def federation_by_heads(members: int, per_head: int, members_dues: int, *, law: Snapshot | None = None) -> ByHeads:
    """UA-28-fed: dues to a federation by the number of members reported (``per_head`` NT$ a year), held against what its members paid."""
    least, most, allowed = federation(members_dues, law=law)
    amount = members * per_head
    lies = -1 if amount < least else 1 if amount > most else 0
    said = {-1: _m("低於下限"), 0: _m("在範圍內"), 1: _m("高於上限")}[lies]
    return ByHeads(amount, lies, Basis(
        rule="UA-28-fed", citation=allowed.citation, inputs=((_m("申報會員人數"), members), (_m("每人每年（元）"), per_head), (_m("會員所繳會費"), members_dues), (_m("法定範圍"), allowed.result)),
        result=said, note=allowed.note,
    ))


def below_floor(monthly: int, wages: Sequence[int], *, law: Snapshot | None = None) -> tuple[int, int]:
    """How many of these wages would need more than ``monthly``, and the highest floor among them: a warning, not an error, since the
    constitution may have a table of bands (ER-26-table)."""
    needed = [floors(wage, law=law).regular for wage in set(wages)]
    high = {wage for wage in set(wages) if floors(wage, law=law).regular > monthly}
    return sum(1 for wage in wages if wage in high), max(needed, default=0)
