"""One delivery as a mail: its headers, its greeting and its foot. Sends nothing.

Every header is set through the library's own objects, which refuse a line break; what people typed is made one line first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from flask_babel import force_locale

from unionops.core.clock import in_taipei
from unionops.core.i18n import _
from unionops.core.notify import rules
from unionops.core.notify.services import public

File = tuple[str, str, bytes]
"""Name, media type and content of a file that goes along."""


def message(row: Any, sender: tuple[str, str], union: str, moment: datetime, files: Sequence[File] = ()) -> EmailMessage:
    """The mail of this row of the outbox. Its Message-ID is the row's own: should a mail leave twice, the second is known as the same.

    Raises RuleBroken when the row's address is none.
    """
    name, address = sender
    made = EmailMessage(policy=SMTP)
    made["From"] = _header("From", str(Address(rules.one_line(name or union), addr_spec=address)))
    made["To"] = Address(rules.one_line(row.name), addr_spec=rules.mail_address(row.address))
    made["Subject"] = _header("Subject", rules.one_line(row.subject or ""))
    made["Date"] = format_datetime(in_taipei(moment))
    made["Message-ID"] = f"<{row.message_id}@{address.rpartition('@')[2]}>"
    if not files:
        made["Auto-Submitted"] = "auto-generated"
    with force_locale(row.locale or "zh_Hant_TW"):
        made["Content-Language"] = "en" if row.locale == "en" else "zh-Hant-TW"
        made.set_content(body(row, union), cte="base64")
    for file_name, media_type, content in files:
        maintype, _slash, subtype = media_type.partition("/")
        made.add_attachment(content, maintype=maintype, subtype=subtype, filename=rules.one_line(file_name))
    return made


@lru_cache(maxsize=100)
def _header(name: str, value: str) -> Any:
    """The header, parsed once for thousands of mails about the same thing."""
    return SMTP.header_factory(name, value)


def body(row: Any, union: str) -> str:
    """What the reader reads: greeting, text, who wrote it and where he chooses how he is told. A letter with files is the union's own
    and may be answered."""
    if row.files:
        return f"{_('%(name)s 您好：', name=row.name)}\n\n{row.body or ''}\n"
    foot = [union, _("這是系統自動寄出的信，請勿直接回覆。")]
    choices = public("notify.choices") if row.user_id is not None and not row.secret else ""
    if choices:
        foot.append(_("要改變通知方式：%(link)s", link=choices))
    return f"{_('%(name)s 您好：', name=row.name)}\n\n{row.body or ''}\n\n-- \n" + "\n".join(foot) + "\n"
