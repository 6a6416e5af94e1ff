"""The story of a bill: the accountant sets up the dues, looks through a quarter, bills it, hears of a late change, mends, and prints the notices."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.members.models import Charge, Membership
from unionops.members.services import people

pytestmark = pytest.mark.browser


@pytest.fixture
def accountant(visit: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Signed in before a union of three members and no scheme."""
    someone = new_user("accountant", name="周會計")
    with unit_of_work("test", "test"):
        for number, name in enumerate(["陳小明", "林阿好", "張志強"]):
            people.add_member(today=clock.today(), name=name, joined_on=date(2015, 1, 1 + number), insured_salary=30_300)
    return lambda **wishes: visit(someone, **wishes)


def sets_up(sit: Visitor) -> None:
    sit.open("/dues/schemes")
    sit.arrive("收費項目")
    sit.follow("自行新增")
    sit.arrive("新增收費項目")
    sit.fill("名稱", "經常會費")
    sit.press("新增，接著訂標準")
    sit.arrive("「經常會費」的新標準")
    sit.fill("生效日", "110/1/1")
    sit.fill("金額", "100")
    sit.fill("章程條次", "第 29 條")
    sit.press("先比對法定下限")
    sit.reads("低於工會法第 28 條的下限")
    sit.fill("金額", "152")
    sit.press("存檔")
    sit.arrive("經常會費")
    sit.reads("都不低於工會法第 28 條的下限")


def bills(sit: Visitor) -> None:
    sit.open("/dues/runs")
    sit.arrive("開單")
    sit.follow("試算開單")
    sit.arrive("試算開單")
    sit.press("試算")
    sit.reads("預覽，還沒有開單")
    sit.reads("1,368")
    sit.follow("開這些單")
    sit.reads("開 3 筆單")
    sit.press("開 3 筆單")
    sit.reads("已開單 3 筆")


def mends(sit: Visitor) -> None:
    db.session.rollback()
    with unit_of_work("test", "test"):
        stay = db.session.scalars(sa.select(Membership).order_by(Membership.id)).first()
        first = date(clock.today().year, (clock.today().month - 1) // 3 * 3 + 1, 1)
        people.leave(stay, left_on=first, reason="resigned", note="", today=clock.today())
    sit.press("再試算，找出要補的")
    sit.follow(re.compile("^要補正"))
    sit.reads("原開 456 元")
    sit.follow("開這些單")
    sit.press("補正 1 筆")
    sit.reads("這次補正的應收款")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_quarter_is_billed_and_mended(accountant, width):
    sit = accountant(width=width)
    sets_up(sit)
    bills(sit)
    mends(sit)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.sum(Charge.amount))) == 1368
