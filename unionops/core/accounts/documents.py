"""The slip that is handed to a person: where the app is, a code to scan, the same code to type, and up to when.

Takes plain values; who gets one is decided by the services.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from flask_babel import force_locale

from unionops.core import clock
from unionops.core.documents import Document, Facts, Image, Paragraph
from unionops.core.i18n import _, show_long


@dataclass(frozen=True)
class Slip:
    """``link`` opens the ticket, ``site`` is the page on which ``code`` is typed instead."""

    union: str
    name: str
    link: str
    site: str
    code: str
    expires_at: datetime
    locale: str = ""


def invitation_slip(slip: Slip, role_titles: Any) -> Document:
    """Invites one person; ``role_titles`` say as what."""
    with force_locale(slip.locale or "zh_Hant_TW"):
        return _paper(slip, _("會務系統邀請單"), [(_("角色"), "、".join(map(str, role_titles)))], [
            _("1. 用手機掃描上面的圖；或在電腦開啟上面的網址，輸入代碼。"),
            _("2. 自己取一個帳號，設定密碼，或用通行金鑰（手機、電腦的指紋、臉部或 PIN）。"),
            _("這張單子只能用一次，請不要給別人看。過期或遺失時，請邀請你的人再印一張，舊的就作廢。"),
        ])


def reset_slip(slip: Slip, username: str) -> Document:
    """Lets one person set a new password."""
    with force_locale(slip.locale or "zh_Hant_TW"):
        return _paper(slip, _("重設密碼單"), [(_("帳號"), username)], [
            _("1. 用手機掃描上面的圖；或在電腦開啟上面的網址，輸入代碼。"),
            _("2. 設定新密碼，再用新密碼登入。開了兩步驟驗證的，登入時照樣要輸入驗證碼。"),
            _("這張單子只能用一次，請不要給別人看。過期或遺失時，請系統管理員再印一張，舊的就作廢。"),
        ])


def _paper(slip: Slip, title: str, more: list[tuple[str, str]], steps: list[str]) -> Document:
    end = clock.in_taipei(slip.expires_at)
    facts = [
        (_("姓名"), slip.name), *more, (_("網址"), slip.site), (_("代碼"), slip.code), (_("有效到"), f"{show_long(end.date())} {end:%H:%M}"),
    ]
    return Document(
        title, [Facts(facts), Image(_code(slip.link), 55, _("QR 圖：內容是這張單子的連結")), *(Paragraph(step) for step in steps)],
        union=slip.union, lang="en" if slip.locale == "en" else "zh-Hant-TW",
    )


def _code(link: str) -> bytes:
    file = io.BytesIO()
    segno.make(link, error="m").save(file, kind="svg", border=2, scale=4)
    return file.getvalue()
