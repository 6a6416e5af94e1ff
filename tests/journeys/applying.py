"""The public application form filled in at a browser, as the stories of joining begin."""

from __future__ import annotations

import re

from tests.journeys.visitor import Visitor
from tests.members.joining.test_story import FORM

PDF = {"name": "從業證明.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"}
FIELDS = (
    ("姓名", "name"), ("身分證號", "id_number"), ("出生日期", "birth_on"), ("手機", "mobile"), ("通訊地址", "mail_address"), ("電子郵件", "email"), ("工作種類", "trade"),
)


def sends_the_form(stranger: Visitor) -> None:
    """Fills it in where it is open, with a proof of employment, and sends it."""
    for label, name in FIELDS:
        stranger.fill(label, FORM[name])
    stranger.main.get_by_label("證明文件").set_input_files([PDF])
    stranger.main.get_by_label(re.compile("我已閱讀並同意")).check()
    stranger.press("送出申請")
    stranger.arrive("已收到申請")
