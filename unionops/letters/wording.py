"""The words for what letters are, do and wait for; in the reader's language, and as printed papers have them."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core.i18n import _l
from unionops.letters.models import Letter
from unionops.letters.rules import Direction, Role, State, Way

DIRECTIONS = {Direction.IN: _l("收文"), Direction.OUT: _l("發文")}
STATES: dict[str, Any] = {
    State.OPEN: _l("待辦"), State.ANSWERED: _l("已回覆"), State.FILED: _l("已存查"), State.DRAFT: _l("草稿"), State.SIGNING: _l("簽核中"),
    State.APPROVED: _l("已核可，待發文"), State.ISSUED: _l("已發文，待寄送"), State.SENT: _l("已寄送"), State.CANCELLED: _l("已作廢"),
}
SIGNS = {
    State.OPEN: "soon", State.ANSWERED: "ok", State.FILED: "ok", State.DRAFT: "off", State.SIGNING: "soon", State.APPROVED: "soon",
    State.ISSUED: "soon", State.SENT: "ok", State.CANCELLED: "stop",
}
"""The sign beside the word: done, in progress, nothing yet, blocked."""
WAYS = {
    Way.POST: _l("平信"), Way.REGISTERED: _l("掛號"), Way.HAND: _l("專人送達"), Way.MAIL: _l("電子郵件"), Way.FAX: _l("傳真"),
    Way.EXCHANGE: _l("電子交換"), Way.POSTED: _l("張貼公告"),
}
ARRIVALS = (Way.POST, Way.REGISTERED, Way.HAND, Way.MAIL, Way.FAX, Way.EXCHANGE)
ROLES = {Role.ORIGINAL: _l("正本"), Role.COPY: _l("副本"), Role.ATTEND: _l("出席"), Role.OBSERVE: _l("列席")}
URGENCIES = {"normal": _l("普通件"), "fast": _l("速件"), "fastest": _l("最速件")}
SECRECIES = {"normal": _l("普通"), "secret": _l("密")}
FORM_TITLES = {"letter": _l("函"), "plain": _l("書函"), "meeting": _l("開會通知單"), "notice": _l("公告")}
PARTS = {
    "主旨": _l("主旨"), "說明": _l("說明"), "辦法": _l("辦法"), "開會事由": _l("開會事由"), "開會時間": _l("開會時間"), "開會地點": _l("開會地點"),
    "主持人": _l("主持人"), "聯絡人及電話": _l("聯絡人及電話"), "備註": _l("備註"), "依據": _l("依據"), "公告事項": _l("公告事項"),
    "正本": _l("正本"), "副本": _l("副本"), "出席者": _l("出席者"), "列席者": _l("列席者"),
}
"""The headings of a paper, as the screens name them to their reader."""

_PRINTED_STATES = {
    State.OPEN: "待辦", State.ANSWERED: "已回覆", State.FILED: "存查", State.ISSUED: "已發文", State.SENT: "已寄送", State.CANCELLED: "作廢",
}
_PRINTED_WAYS = {
    Way.POST: "平信", Way.REGISTERED: "掛號", Way.HAND: "專人", Way.MAIL: "電子郵件", Way.FAX: "傳真", Way.EXCHANGE: "電子交換", Way.POSTED: "張貼",
}


def printed_state(state: str) -> str:
    """As the registers have it."""
    return _PRINTED_STATES.get(State(state), "")


def printed_way(way: str) -> str:
    """As the registers have it."""
    return _PRINTED_WAYS.get(Way(way), "") if way else ""


def stands(letter: Letter, due_on: date | None, today: date) -> tuple[str, Any]:
    """(sign, word) of where a letter stands today: late counts more than anything else."""
    if due_on is not None and due_on < today:
        return "stop", _l("逾期未回覆") if letter.is_incoming else _l("逾期未回文")
    if letter.state == State.SENT and due_on is not None:
        return "soon", _l("等待回文")
    if letter.state == State.SENT and letter.due_asked and letter.closed_on is not None:
        return "ok", _l("已收到回文") if not letter.closing_reason else _l("已結案")
    return SIGNS[State(letter.state)], STATES[letter.state]
