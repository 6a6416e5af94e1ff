"""The story of a debt: a member falls behind, is reminded, gets the formal letter with proof, is proposed for suspension, pays and is clear."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.journeys.visitor import Visitor
from tests.members.arrears import furnishing
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.members.models import Measure, Person
from unionops.members.rules.collecting import Channel
from unionops.members.services.dues import paying

pytestmark = pytest.mark.browser


class Days:
    """What day it is for the office; it passes when the story says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.day = clock.today()
        monkeypatch.setattr(clock, "today", lambda: self.day)

    def pass_by(self, days: int) -> date:
        self.day += timedelta(days)
        return self.day


def chooses(clerk: Visitor, step: str, people: int = 1) -> None:
    """From the list over the steps to the preview of one."""
    clerk.open("/arrears/")
    clerk.arrive("欠費催繳")
    clerk.follow("看該辦的步驟")
    clerk.arrive("該辦的步驟")
    clerk.follow("預覽名單")
    clerk.arrive(f"{step}：預覽")
    clerk.reads(f"{people} 人")


@pytest.mark.parametrize("width", [1280, 390])
def test_from_the_first_notice_to_a_clear_account(app, visit: Callable[..., Visitor], monkeypatch, width):
    days = Days(monkeypatch)
    chief = new_user("secretary_general", name="陳淑芬")
    with unit_of_work("test", "test"):
        debtor = furnishing.owing("簡欠年", 14, furnishing.dues(days.day), days.day, mail_address="臺中市北區三民路三段 1 號")
        number = debtor.id
    db.session.rollback()
    clerk = visit(chief, width=width)

    chooses(clerk, "繳費通知")
    clerk.press("登錄寄發 1 件")
    clerk.arrive(re.compile("^繳費通知 "))
    clerk.reads("未登錄")
    clerk.open("/arrears/steps")
    clerk.reads("限期未到")

    days.pass_by(31)
    chooses(clerk, "催繳函")
    clerk.press("登錄寄發 1 件")
    clerk.arrive(re.compile("^催繳函 "))
    clerk.follow("登錄其餘送達")
    clerk.arrive(re.compile("^登錄送達"))
    clerk.fill("送達證明", "掛號 40012345678")
    clerk.press("登錄")
    clerk.arrive(re.compile("^催繳函 "))
    clerk.reads("掛號 40012345678")

    days.pass_by(31)
    chooses(clerk, "提案停權")
    clerk.fill("章程依據", "章程第 10 條")
    clerk.press("提案 1 人")
    clerk.arrive(re.compile("^提案停權 "))
    clerk.reads("只是提案，尚未生效")
    db.session.rollback()
    assert [(one.kind, one.from_on) for one in db.session.scalars(sa.select(Measure))] == [("suspension", None)]
    db.session.rollback()

    clerk.open(f"/arrears/person/{number}")
    clerk.arrive("簡欠年 的欠費")
    clerk.reads("停權案未議決或未生效")
    with unit_of_work("test", "test"):
        paying.receive(db.session.get_one(Person, number), amount=14 * 200, received_on=days.day, channel=Channel.COUNTER, today=days.day)
    clerk.open(f"/arrears/person/{number}")
    clerk.reads("沒有欠費")
    clerk.open("/arrears/")
    clerk.arrive("欠費催繳")
    clerk.reads("沒有人欠費")
    clerk.open("/dues/figures")
    clerk.arrive("會費統計")
    clerk.open("/dues/report")
    clerk.arrive(re.compile("會費收入月報"))
