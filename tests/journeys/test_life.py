"""Two stories of the membership's life: a suspension from its proposal through the hearing to its lifting, and a roll check from its
opening to the leavers. Every page is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union
from unionops.members.models import Measure, RollDoubt
from unionops.members.services import people

pytestmark = pytest.mark.browser


@pytest.fixture
def office(visit: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Somebody of the secretariat at a browser of some width; two members, one of whom has died."""
    chief = new_user("secretary_general", name="張雅婷")
    today = clock.today()
    with unit_of_work("test", "test"):
        union.edit_record(name="臺中市展演技術人員職業工會", short_name="中市展演總", kind="occupational", today=today)
        people.add_member(today=today, name="林佳慧", number="0001", joined_on=date(2015, 3, 2), mobile="0912345678")
        dead = people.add_member(today=today, name="王大同", number="0002", joined_on=date(2010, 3, 2), mobile="0922333444")
        dead.died_on = today - timedelta(90)
    return lambda **wishes: visit(chief, **wishes)


def later(days: int) -> str:
    return (clock.today() + timedelta(days)).isoformat()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_suspension_with_a_hearing(office: Callable[..., Visitor], width: int) -> None:
    chief = office(width=width)
    chief.open("/members/1/changes")
    chief.arrive("林佳慧：異動與證明")
    chief.follow("提案停權或除名")
    chief.arrive("林佳慧：提案停權或除名")
    chief.page.get_by_role("radio", name="停權").check()
    chief.fill("事實與理由", "欠繳經常會費 13 個月，經兩次書面催繳仍未繳納。")
    chief.fill("章程依據", "章程第 12 條")
    chief.press("登錄提案")
    chief.arrive("林佳慧 停權案")
    chief.follow("登錄已通知")
    chief.arrive("林佳慧 停權案：登錄已通知")
    chief.fill("陳述期限", later(3))
    chief.press("登錄已通知")
    chief.refused("陳述期限離通知日不到")
    chief.fill("陳述期限", later(7))
    chief.press("登錄已通知")
    chief.arrive("林佳慧 停權案")
    chief.follow("登錄陳述")
    chief.arrive("林佳慧 停權案：登錄陳述")
    chief.fill("陳述內容", "因住院三個月，願意分期繳清。")
    chief.press("登錄陳述")
    chief.arrive("林佳慧 停權案")
    chief.follow("登錄決議")
    chief.arrive("林佳慧 停權案：登錄決議")
    chief.page.locator("[name=resolution]").fill("第 9 屆第 2 次會員代表大會提案第 4 案")
    for label, figure in (("應出席", "100"), ("出席", "60"), ("贊成", "45"), ("反對", "10")):
        chief.fill(label, figure)
    chief.press("登錄決議")
    chief.arrive("林佳慧 停權案")
    chief.reads("出席 60 人，須 40 票")
    chief.follow("決議通知書")
    chief.arrive("停權決議通知書")
    chief.open("/members/measures?show=acting")
    chief.arrive("停權與除名")
    chief.reads("執行中")
    chief.open("/members/measures/1")
    chief.follow("解除停權")
    chief.arrive("林佳慧 停權案：解除停權")
    chief.fill("原因", "欠費已清償")
    chief.press("解除停權")
    chief.arrive("林佳慧 停權案")
    db.session.rollback()
    assert db.session.get_one(Measure, 1).lifted_on == clock.today()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_roll_check_from_its_opening_to_the_leavers(office: Callable[..., Visitor], width: int) -> None:
    chief = office(width=width)
    chief.open("/rollcheck/")
    chief.arrive("會籍清查")
    chief.follow("開始清查")
    chief.arrive("開始會籍清查")
    chief.fill("清查小組", "張一\n李二\n王三\n陳四\n林五")
    chief.fill("組成決議", "第 9 屆第 5 次理事會")
    chief.press("開始清查")
    heading = f"{clock.today().year - 1911} 年度會籍清查"
    chief.arrive(heading)
    chief.follow("產生存疑名單")
    chief.arrive("產生存疑名單")
    chief.press("產生存疑名單")
    chief.arrive(heading)
    chief.reads("王大同")
    chief.follow("加入一人")
    chief.arrive("加入存疑名單")
    chief.fill("會號", "0001")
    chief.fill("存疑的理由", "同事說已出國")
    chief.press("加入存疑名單")
    chief.arrive(heading)
    chief.page.get_by_label("選取 林佳慧").check()
    chief.press("登錄已通知")
    chief.arrive("登錄通知 1 人")
    chief.press("登錄通知 1 人")
    chief.arrive(heading)
    chief.follow("林佳慧")
    chief.arrive("林佳慧")
    chief.follow("登錄送達與回覆")
    chief.arrive("林佳慧：登錄送達與回覆")
    chief.fill("回覆日", clock.today().isoformat())
    chief.fill("回覆內容", "仍在臺中執業，附扣繳憑單。")
    chief.press("登錄")
    chief.arrive("林佳慧")
    chief.follow("認定")
    chief.arrive("認定 1 人")
    chief.page.get_by_role("radio", name="留會", exact=True).check()
    chief.fill("理由", "扣繳憑單")
    chief.press("認定 1 人")
    chief.arrive(heading)
    chief.page.get_by_label("選取 王大同").check()
    chief.press("認定")
    chief.arrive("認定 1 人")
    chief.page.get_by_role("radio", name="出會", exact=True).check()
    chief.fill("理由", "除戶謄本")
    chief.fill("出會日期", (clock.today() - timedelta(90)).isoformat())
    chief.page.get_by_label("出會原因").select_option("deceased")
    chief.press("認定 1 人")
    chief.arrive(heading)
    chief.follow("登錄 1 人出會")
    chief.arrive("登錄清查出會")
    chief.press("登錄 1 人出會")
    chief.arrive(heading)
    chief.follow("完成清查")
    chief.arrive("完成清查")
    chief.press("完成清查")
    chief.arrive(heading)
    chief.reads("完成")
    chief.follow("報表")
    chief.arrive(f"{clock.today().year - 1911} 年度清查報表")
    db.session.rollback()
    assert {one.result for one in db.session.scalars(sa.select(RollDoubt))} == {"stays", "leaves"}
