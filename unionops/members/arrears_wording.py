"""The words of arrears: steps, reasons, ages, agreements, each with its sign."""

from __future__ import annotations

from unionops.core.i18n import _, _l
from unionops.members.rules.arrears import Due, PlanState, Step, Why
from unionops.values.money import ntd

STEPS = {
    Step.NOTICE: _l("繳費通知"), Step.FORMAL: _l("催繳函"), Step.SUSPENSION: _l("提案停權"), Step.EXPULSION: _l("提案除名"), Step.FINAL: _l("結清通知"),
}
WHYS = {
    Why.DUE: ("warn", _l("該辦")), Why.AGAIN: ("warn", _l("退件，再寄一次")), Why.CLEAR: ("ok", _l("沒有欠費")), Why.CREDIT: ("ok", _l("有溢繳可抵")),
    Why.DIED: ("off", _l("已故，不催繳")), Why.AGREED: ("ok", _l("分期依約繳納中")), Why.FEW: ("soon", _l("未達章程月數")), Why.WAITING: ("soon", _l("限期未到")),
    Why.UNPROVED: ("warn", _l("催繳函未登錄送達")), Why.UNDECIDED: ("soon", _l("停權案未議決或未生效")), Why.DONE: ("off", _l("各步驟都已辦過")),
}
AGES = {"1-3": _l("1 至 3 個月"), "4-6": _l("4 至 6 個月"), "7-12": _l("7 至 12 個月"), "12+": _l("超過 12 個月")}
PLANS = {PlanState.KEPT: ("ok", _l("依約")), PlanState.BROKEN: ("stop", _l("違約")), PlanState.FULFILLED: ("ok", _l("繳清")), PlanState.ENDED: ("off", _l("已終止"))}


def besides(due: Due) -> str:
    """What an agreement has to do with the step: what it keeps off the ladder, or brought back to it; nothing without one."""
    if due.about.broken:
        return _("分期未依約繳納，協議的 %(amount)s 元回復計入", amount=ntd(due.about.broken))
    if due.about.agreed and due.about.amount:
        return _("分期依約的 %(agreed)s 元不計；協議以外欠 %(amount)s 元", agreed=ntd(due.about.agreed), amount=ntd(due.about.amount))
    return ""
