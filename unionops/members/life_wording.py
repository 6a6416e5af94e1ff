"""The words in which the life of a membership is told on screens: kinds, states, reasons."""

from __future__ import annotations

from unionops.core.i18n import _l
from unionops.members.rules.measures import Body, MeasureKind, State

MEASURES = {MeasureKind.SUSPENSION: _l("停權"), MeasureKind.EXPULSION: _l("除名")}
STATES = {
    State.PROPOSED: ("soon", _l("已提案，待通知")),
    State.ASKED: ("soon", _l("已通知，待陳述")),
    State.OVERDUE: ("warn", _l("陳述期滿，待登錄")),
    State.READY: ("soon", _l("待議決")),
    State.COMING: ("soon", _l("已議決，未生效")),
    State.ACTING: ("stop", _l("執行中")),
    State.OVER: ("off", _l("已期滿或解除")),
    State.DROPPED: ("off", _l("已撤案或未通過")),
}
UNDER_WAY = (State.PROPOSED, State.ASKED, State.OVERDUE, State.READY)
IN_FORCE = (State.COMING, State.ACTING)
BODIES = {Body.ASSEMBLY: _l("會員（代表）大會"), Body.BOARD: _l("理事會")}
HOW = {
    "counter": _l("親自送交"), "registered": _l("掛號郵寄"), "post": _l("普通郵寄"), "mail": _l("電子郵件"), "employer": _l("經雇主或單位轉交"),
}
"""How a written wish came."""
RETAINED = {
    "dispute": _l("勞資爭議調解、仲裁期間"), "ulp": _l("不當勞動行為裁決期間"), "interim": _l("法院定暫時狀態處分"), "suit": _l("確認僱傭關係訴訟期間"),
}
"""Grounds on which a dismissed member keeps the membership (ER-18-keep)."""
