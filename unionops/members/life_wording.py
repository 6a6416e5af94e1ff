"""The words in which the life of a membership is told on screens: kinds, states, reasons."""

from __future__ import annotations

from unionops.core.i18n import _l
from unionops.members.rules.measures import BODY_WORDS, KIND_WORDS, State
from unionops.members.rules.retention import Hold
from unionops.members.rules.rollcheck import DOUBT_WORDS, RESULT_WORDS, Result, Stage

MEASURES = {one: _l(word) for one, word in KIND_WORDS.items()}
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
BODIES = {one: _l(word) for one, word in BODY_WORDS.items()}
HOW = {
    "counter": _l("親自送交"), "registered": _l("掛號郵寄"), "post": _l("普通郵寄"), "mail": _l("電子郵件"), "employer": _l("經雇主或單位轉交"),
}
"""How a written wish came."""
RETAINED = {
    "dispute": _l("勞資爭議調解、仲裁期間"), "ulp": _l("不當勞動行為裁決期間"), "interim": _l("法院定暫時狀態處分"), "suit": _l("確認僱傭關係訴訟期間"),
}
"""Grounds on which a dismissed member keeps the membership (ER-18-keep)."""

DOUBTS = {one: _l(word) for one, word in DOUBT_WORDS.items()}
RESULTS = {one: _l(word) for one, word in RESULT_WORDS.items()}
RESULT_SIGNS = {Result.STAYS: "ok", Result.CHANGED: "ok", Result.LEAVES: "stop"}
STAGES = {
    Stage.UNTOLD: ("warn", _l("待通知")), Stage.WAITING: ("soon", _l("待回覆")), Stage.OVERDUE: ("warn", _l("期限過了沒有回覆")),
    Stage.ANSWERED: ("soon", _l("已回覆，待認定")), Stage.DONE: ("ok", _l("已認定")),
}
LETTER_WAYS = {"registered": _l("掛號郵寄"), "post": _l("普通郵寄"), "counter": _l("親自送交"), "mail": _l("電子郵件"), "employer": _l("經雇主或單位轉交")}

HOLDS = {
    Hold.RECENT: _l("保存期限未滿"), Hold.OWES: _l("有欠費"), Hold.CREDIT: _l("有溢繳未退"), Hold.MEASURE: _l("停權除名案未結"), Hold.RETAINED: _l("保留資格中"),
    Hold.CASE: _l("有案件未結"),
}
KEPT_FIELDS = {
    "other_name": _l("其他姓名"), "sex": _l("性別"), "nationality": _l("國籍"), "mobile": _l("手機"), "phone": _l("電話"), "email": _l("電子郵件"), "line_name": _l("LINE"),
    "home_address": _l("戶籍地址"), "mail_address": _l("通訊地址"), "education": _l("學歷"), "trade": _l("工作種類"), "bank_code": _l("金融機構"), "id_number": _l("身分證號"),
    "birth_on": _l("出生日期"), "bank_account": _l("帳號"), "dependants": _l("眷屬"), "contacts": _l("緊急聯絡人"), "consents": _l("同意事項"), "notes": _l("備註"),
    "custom": _l("自訂欄位"), "former": _l("曾用姓名與證號"), "payer_accounts": _l("常用繳款帳號"), "files": _l("附件"),
    "mandates": _l("扣款授權的帳號"), "lines": _l("對帳明細的帳號與附言"), "applications": _l("未成的入會申請"), "name": _l("姓名（改為遮罩）"),
}
"""What is kept of a person, as the dry run of an erasure names it."""
