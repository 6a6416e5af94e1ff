"""The words for what check-off lists say: grounds of consent, verdicts, reasons for being left out; with the sign beside each."""

from __future__ import annotations

from typing import Any

from unionops.core.i18n import _l
from unionops.members.rules.checkoff import ConsentBasis, LeftOut, Verdict

BASES: dict[str, Any] = {
    ConsentBasis.INDIVIDUAL: _l("會員個別同意"), ConsentBasis.RESOLUTION: _l("大會決議"), ConsentBasis.CHARTER: _l("章程規定"),
    ConsentBasis.COLLECTIVE: _l("團體協約"), ConsentBasis.PRACTICE: _l("與雇主約定或慣例"),
}
VERDICTS: dict[str, Any] = {
    Verdict.OK: _l("金額相符"), Verdict.SPLIT: _l("分兩筆扣，合計相符"), Verdict.SHORT: _l("少扣"), Verdict.OVER: _l("多扣"), Verdict.DUPLICATE: _l("重複扣"),
    Verdict.LEFT: _l("已離職"), Verdict.ON_LEAVE: _l("留停或請假"), Verdict.NOT_DEDUCTED: _l("未扣"), Verdict.MISSING: _l("回覆檔沒有"),
    Verdict.UNKNOWN: _l("查無此員工編號"), Verdict.TYPO: _l("員工編號似有誤"), Verdict.NOT_ASKED: _l("未請求代扣"), Verdict.NEGATIVE: _l("有負數"),
    Verdict.UNREADABLE: _l("金額看不懂"), "": _l("等待回覆"),
}
SIGNS: dict[str, str] = {
    Verdict.OK: "ok", Verdict.SPLIT: "ok", Verdict.SHORT: "warn", Verdict.OVER: "warn", Verdict.DUPLICATE: "warn", Verdict.LEFT: "off",
    Verdict.ON_LEAVE: "off", Verdict.NOT_DEDUCTED: "stop", Verdict.MISSING: "stop", Verdict.UNKNOWN: "stop", Verdict.TYPO: "warn", Verdict.NOT_ASKED: "warn",
    Verdict.NEGATIVE: "stop", Verdict.UNREADABLE: "stop", "": "soon",
}
LEFT_OUT: dict[str, Any] = {
    LeftOut.NOT_BILLED: _l("這一期還沒開單，或免繳"), LeftOut.PAID: _l("已繳清"), LeftOut.NO_CONSENT: _l("沒有代扣同意"), LeftOut.WITHDRAWN: _l("已撤回同意"),
    LeftOut.NO_NUMBER: _l("沒有員工編號"), LeftOut.SAME_NUMBER: _l("員工編號與別人相同"),
}
DECISIONS: dict[str, Any] = {
    "assigned": _l("查明會員"), "refunded": _l("已退還"), "same": _l("確認同一人"), "noted": _l("已註記"),
}
COLUMNS: dict[str, tuple[Any, str]] = {
    "serial": (_l("序號"), "序"), "staff": (_l("員工編號"), "員工編號"), "number": (_l("會員編號"), "會員編號"), "name": (_l("姓名"), "姓名"),
    "department": (_l("部門"), "部門"), "period": (_l("期別"), "期別"), "monthly": (_l("每月會費"), "每月會費"), "now": (_l("本期應扣"), "本期應扣"),
    "carried": (_l("前期未扣"), "前期未扣"), "expected": (_l("應扣合計"), "應扣金額"), "code": (_l("扣款代號"), "扣款代號"),
}
"""Columns of the list that goes out: what the screen calls each, and what stands over it unless the employer wants other words."""
USUAL_COLUMNS = ("serial", "staff", "number", "name", "department", "monthly", "expected")
